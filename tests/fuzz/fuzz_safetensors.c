// Any bytes as a .safetensors: every byte of every tensor that is found is read.
//
//     clang -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -I.
//         tests/fuzz/fuzz_safetensors.c -o build/fuzz_safetensors -lm -lpthread
//     build/fuzz_safetensors -max_total_time=300 build/corpus tests/fuzz/corpus_safetensors
#define CONVERT_NO_MAIN
#include "../../tools/convert.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    run r;
    source found;
    uint32_t crc = 0;
    int good;
    memset(&r, 0, sizeof r);
    memset(&found, 0, sizeof found);
    good = safetensors_read(&r, "fuzz", data, size, &found) && source_sort(&r, &found);
    if (good == (r.why.result != CLIP_OK)) abort(); // a failure tells why
    for (size_t i = 0; good && i < found.n; i++) crc = clip__crc32(crc, found.tensors[i].data, found.tensors[i].size);
    run_end(&r);
    return crc == 1 && size == 0; // so that the reads are not left out
}
