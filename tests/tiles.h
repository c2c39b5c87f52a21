// tiles.h - AMX without AMX. Included before clip.h.
// The tile instructions are replaced by what Intel's manual says that they do, so that the kernels made
// of them are tested everywhere. TILES_EMULATED is defined where that is so.
#if defined(__x86_64__) && defined(__linux__) && defined(__GNUC__) && !defined(CLIP_NO_SIMD) &&                        \
    (__GNUC__ >= 11 || __clang_major__ >= 12)
#include <immintrin.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#define TILES_EMULATED
static unsigned char emulated[8][16][64], tile_rows[8], tile_bytes[8];

static void tile_config(const unsigned char *c) { // palette 1; 16-bit widths from byte 16, heights from byte 48
    if (c[0] != 1) abort();
    for (int i = 0; i < 8; i++) tile_bytes[i] = c[16 + 2 * i], tile_rows[i] = c[48 + i];
    memset(emulated, 0xEE, sizeof emulated);
}
static void tile_load(int t, const void *from, size_t stride) {
    for (size_t r = 0; r < tile_rows[t]; r++) memcpy(emulated[t][r], (const char *)from + r * stride, tile_bytes[t]);
}
static void tile_store(int t, void *to, size_t stride) {
    for (size_t r = 0; r < tile_rows[t]; r++) memcpy((char *)to + r * stride, emulated[t][r], tile_bytes[t]);
}
static float tile_bf16(const unsigned char *p) {
    uint32_t bits = (uint32_t)(p[0] | p[1] << 8) << 16;
    float v;
    memcpy(&v, &bits, 4);
    return v;
}
static void tile_multiply(int to, int a, int b, int bytes) {
    for (int m = 0; m < tile_rows[to]; m++)
        for (int n = 0; n < tile_bytes[to] / 4; n++) {
            unsigned char *at = &emulated[to][m][4 * n];
            float sum;
            int32_t whole;
            memcpy(&sum, at, 4), memcpy(&whole, at, 4);
            for (int k = 0; k < tile_bytes[a] / 4; k++) {
                const unsigned char *x = &emulated[a][m][4 * k], *y = &emulated[b][k][4 * n];
                for (int i = 0; i < 2 && !bytes; i++) sum += tile_bf16(x + 2 * i) * tile_bf16(y + 2 * i);
                for (int i = 0; i < 4 && bytes; i++) whole += x[i] * (signed char)y[i];
            }
            if (bytes) memcpy(at, &whole, 4);
            else memcpy(at, &sum, 4);
        }
}
#undef _tile_loadconfig
#undef _tile_release
#undef _tile_zero
#undef _tile_loadd
#undef _tile_stored
#undef _tile_dpbf16ps
#undef _tile_dpbusd
#define _tile_loadconfig(c) tile_config(c)
#define _tile_release() memset(tile_rows, 0, sizeof tile_rows)
#define _tile_zero(t) memset(emulated[t], 0, sizeof emulated[t])
#define _tile_loadd(t, from, stride) tile_load(t, from, stride)
#define _tile_stored(t, to, stride) tile_store(t, to, stride)
#define _tile_dpbf16ps(to, a, b) tile_multiply(to, a, b, 0)
#define _tile_dpbusd(to, a, b) tile_multiply(to, a, b, 1)
#endif
