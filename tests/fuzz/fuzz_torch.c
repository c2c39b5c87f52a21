// Any bytes as a file of torch.save, a zip or the older form, whichever they begin like; else as the pickle in the
// middle of an older one, where mutations do the most. Every byte of every tensor that is found is read.
//
//     clang -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -I.
//         tests/fuzz/fuzz_torch.c -o build/fuzz_torch -lm -lpthread
//     build/fuzz_torch -max_total_time=300 build/corpus tests/fuzz/corpus_torch
#define CONVERT_NO_MAIN
#include "../../tools/convert.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const unsigned char version[] = {0x80, 2, 'M', 0xe9, 3, '.', 0x80, 2, '}', '.'};
    run r;
    source found;
    uint32_t crc = 0;
    int good;
    unsigned char *whole = NULL;
    memset(&r, 0, sizeof r);
    memset(&found, 0, sizeof found);
    if (!torch_is(data, size)) {
        const size_t magic = sizeof torch_legacy_magic, before = magic + sizeof version;
        whole = (unsigned char *)malloc(before + size);
        memcpy(whole, torch_legacy_magic, magic);
        memcpy(whole + magic, version, sizeof version);
        if (size) memcpy(whole + before, data, size);
        data = whole;
        size += before;
    }
    good = torch_read(&r, "fuzz", data, size, &found) && source_sort(&r, &found);
    if (good == (r.why.result != CLIP_OK)) abort(); // a failure tells why
    for (size_t i = 0; good && i < found.n; i++) crc = clip__crc32(crc, found.tensors[i].data, found.tensors[i].size);
    run_end(&r);
    free(whole);
    return crc == 1 && size == 0; // so that the reads are not left out
}
