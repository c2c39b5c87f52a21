// fuzz_picture.c - clang's libFuzzer on what the programs read by themselves: PPM pictures and search's index.
//
//     clang -g -O1 -fsanitize=fuzzer,address,undefined -I. tests/fuzz/fuzz_picture.c -o fuzz_picture -lm -lpthread
//     ./fuzz_picture -max_total_time=60
#undef STB_IMAGE_H // only the reader of our own
#define main search_main
#include "examples/search.c"
#undef main

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    clip_image picture;
    picture_index index;
    char why[WHY];
    if (!picture_parse(data, size, &picture, why)) {
        volatile unsigned char last = picture.data[picture.width * picture.height * picture.channels - 1];
        (void)last; // it is there
        picture_free(&picture);
    }
    // The index with its magic, version and checksum made right, so that the fuzzer gets behind them.
    unsigned char *bytes = malloc(size + 24);
    if (!bytes) return 0;
    memcpy(bytes, INDEX_MAGIC, 8);
    put_u32(bytes + 8, INDEX_VERSION);
    if (size) memcpy(bytes + 12, data, size);
    size = size + 12;
    if (size >= 24) put_u64(bytes + 16, index_checksum(bytes + 24, size - 24));
    if (index_parse(bytes, size, &index, why)) return 0;
    bytes = index_bytes(&index, &size); // what was taken can be written
    free(bytes);
    index_free(&index);
    return 0;
}
