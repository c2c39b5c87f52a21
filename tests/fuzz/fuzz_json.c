// Any bytes as JSON: they are checked; what is well-formed is walked, each value read in every way.
//
//     clang -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -I.
//         tests/fuzz/fuzz_json.c -o build/fuzz_json -lm -lpthread
//     build/fuzz_json -max_total_time=300 build/corpus tests/fuzz/corpus_json
#include "../../tools/json.h"

static void walk(json v, int depth) {
    char text[64], *whole;
    uint64_t n;
    double x;
    size_t length;
    json key, value;
    if (!v.p || v.p >= v.end || depth > JSON_DEPTH) abort(); // a view is never empty, and never deeper than was checked
    json_integer(v, &n);
    json_real(v, &x);
    json_text(v, text, sizeof text);
    json_is(v, "null");
    whole = (char *)malloc((size_t)(v.end - v.p));
    length = json_text(v, whole, (size_t)(v.end - v.p));
    if (length != (size_t)-1 && length + 2 > (size_t)(v.end - v.p)) abort(); // the promise about room
    free(whole);
    json_get(v, "dtype", &value);
    for (json c = json_begin(v); json_next(&c, &key, &value);) {
        if (!value.p || value.p < v.p || value.end > v.end) abort();
        if (key.p) walk(key, depth + 1);
        walk(value, depth + 1);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    json root;
    if (!json_open((const char *)data, size, &root)) walk(root, 0);
    return 0;
}
