// Any bytes as a .safetensors: every byte of every tensor that is found is read. The mutator keeps the length of the
// header and its text together, and makes files whose tensors fit one behind the other, or nearly.
//
//     clang -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -I.
//         tests/fuzz/fuzz_safetensors.c -o build/fuzz_safetensors -lm -lpthread
//     build/fuzz_safetensors -max_total_time=300 build/corpus tests/fuzz/corpus_safetensors
#define CONVERT_NO_MAIN
#include "../../tools/convert.c"
#include "random.h"

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);

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

// A file from nothing: up to 5 tensors, each right but for one thing in 8.
static size_t make_file(uint8_t *data, size_t max_size) {
    static const char *const names[] = {"a", "\\u00e9.b",      "__metadata__", "layer.0.weight",
                                        "",  "\\ud83d\\ude00", "\\n",          "\\ud800"};
    char header[2048];
    size_t n = (size_t)sprintf(header, "{"), at = 0, bytes = 0;
    for (uint32_t i = 0, count = below(6); i < count; i++) {
        const size_t type = below(SOURCE_N_TYPES);
        uint64_t numbers = 1;
        size_t end;
        if (i) header[n++] = ',';
        n += (size_t)sprintf(header + n, "\"%s%.0u\":{\"dtype\":\"%s\",\"shape\":[", names[below(8)], i,
                             below(32) ? source_types[type].name : "F33");
        for (uint32_t d = 0, rank = below(32) ? below(4) : below(10); d < rank; d++) {
            const uint64_t length = below(16) ? below(5) : (uint64_t)1 << below(63);
            numbers *= length;
            n += (size_t)sprintf(header + n, "%s%llu", d ? "," : "", (unsigned long long)length);
        }
        end = at + (size_t)clip__min(numbers * source_types[type].size, 99);
        if (!below(8)) at += below(2), end += below(2);
        n += (size_t)sprintf(header + n, "],\"data_offsets\":[%llu,%llu]}", (unsigned long long)at,
                             (unsigned long long)end);
        bytes = at = end;
    }
    header[n++] = '}';
    while (n % 8) header[n++] = ' ';
    bytes += !below(8);
    if (8 + n + bytes > max_size) return 0;
    clip__write_le(data, n, 8);
    memcpy(data + 8, header, n);
    for (size_t i = 0; i < bytes; i++) data[8 + n + i] = (uint8_t)i;
    return 8 + n + bytes;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed) {
    uint64_t header = size < 8 ? 0 : clip__read_le(data, 8);
    size_t made = 0, behind;
    state = seed * 2654435761u | 1;
    if (!below(8)) made = make_file(data, max_size);
    if (made || size < 9 || header > size - 8 || !below(8)) return made ? made : LLVMFuzzerMutate(data, size, max_size);
    behind = size - 8 - (size_t)header; // bytes of data, which go with the header's end
    if (below(4)) { // another header in front of the same data
        uint8_t *text = (uint8_t *)malloc(max_size);
        made = max_size - 8 - behind;
        memcpy(text, data + 8, (size_t)header);
        made = LLVMFuzzerMutate(text, (size_t)header, made);
        memmove(data + 8 + made, data + 8 + header, behind);
        memcpy(data + 8, text, made);
        free(text);
        clip__write_le(data, made, 8);
        return 8 + made + behind;
    }
    if (behind && below(2)) return size - 1;
    if (size < max_size) data[size++] = 0;
    return size;
}
