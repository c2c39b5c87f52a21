// Any bytes as deflate and as gzip. What unpacks does so again to the same, into memory that ends where it does, also
// with a gzip's header and checksum around it.
//
//     clang -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -I.
//         tests/fuzz/fuzz_inflate.c -o build/fuzz_inflate -lm -lpthread
//     build/fuzz_inflate -max_total_time=300 build/corpus tests/fuzz/corpus_inflate
#define CONVERT_NO_MAIN
#include "../../tools/convert.c"

#define HOLDS(x) ((x) ? (void)0 : abort())
enum { MOST_OUT = 1 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const unsigned char header[10] = {0x1f, 0x8b, 8};
    run r;
    size_t used = 0, n = 0, again;
    const unsigned char *unpacked;
    int good;
    memset(&r, 0, sizeof r);
    good = gzip_read(&r, "fuzz", data, size, MOST_OUT, &unpacked, &n);
    HOLDS(good == !r.why.result && (!good || n <= MOST_OUT));
    run_end(&r);

    memset(&r, 0, sizeof r);
    good = inflate_stream(&r, "fuzz", data, size, &used, NULL, MOST_OUT, &n);
    HOLDS(good == !r.why.result);
    if (good) {
        unsigned char *out = (unsigned char *)malloc(n ? n : 1), *gzip = (unsigned char *)malloc(used + 18);
        HOLDS(used <= size && n <= MOST_OUT && n <= used * INFLATE_MOST);
        HOLDS(inflate_raw(&r, "fuzz", data, used, out, n));
        memcpy(gzip, header, 10);
        memcpy(gzip + 10, data, used);
        clip__write_le(gzip + 10 + used, clip__crc32(0, out, n), 4);
        clip__write_le(gzip + 14 + used, n, 4);
        HOLDS(gzip_read(&r, "fuzz", gzip, used + 18, n, &unpacked, &again));
        HOLDS(again == n && !memcmp(unpacked, out, n) && !r.why.result);
        if (n) HOLDS(!inflate_raw(&r, "fuzz", data, used, out, n - 1));
        free(out);
        free(gzip);
    }
    run_end(&r);
    return 0;
}
