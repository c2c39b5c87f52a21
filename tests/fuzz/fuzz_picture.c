// Any bytes as the pictures that the programs read by themselves: PPM and PGM. What is read is there to its last
// sample.
//
//     clang -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -I.
//         tests/fuzz/fuzz_picture.c -o build/fuzz_picture -lm -lpthread
//     build/fuzz_picture -max_total_time=60 build/corpus tests/fuzz/corpus_picture
#undef STB_IMAGE_H // only the reader of our own
#define _XOPEN_SOURCE 700
#define CLIP_IMPLEMENTATION
#include "clip.h"
#define PROGRAM "fuzz"
#include "examples/common.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    clip_image picture;
    char why[WHY] = "";
    unsigned char *exact = malloc(size ? size : 1); // ASan sees what is read beyond it
    if (size) memcpy(exact, data, size);
    if (!picture_parse(exact, size, &picture, why)) {
        const size_t n = picture.width * picture.height * picture.channels;
        volatile unsigned sum = 0;
        if (n == 0 || n > size || picture.channels % 2 == 0 || picture.channels > 3) abort();
        for (size_t i = 0; i < n; i++) sum += picture.data[i];
        picture_free(&picture);
    } else if (!*why) abort();
    free(exact);
    return 0;
}
