// The parts that encoders are made of, each against its formula in double: every kernel on every shape class, attention
// with masks, norms, pooling, activations, top-k, softmax, checksums, the parallel loop.
#define CLIP_IMPLEMENTATION
#include "clip.h"
#include "../tools/narrow.h"
#include "test.h"
#include <time.h>

static uint32_t seed = 1;

static float uniform(void) { // -1 to 1
    seed = seed * 1664525u + 1013904223u;
    return (float)(int32_t)seed / 2147483648.0f;
}

// fmax would lose a NaN.
static double worse(double worst, double error) {
    return error <= worst ? worst : error == error ? error : (double)INFINITY;
}

static float *random_floats(size_t n) {
    float *p = malloc((n ? n : 1) * sizeof *p);
    for (size_t i = 0; i < n; i++) p[i] = uniform();
    return p;
}

// A context as the ops see it, with room for one worker, `taps` and sequences of `longest` tokens with heads of width
// d.
static clip_context *bench_context(const clip__kernel *kernel, size_t taps, size_t run, size_t longest, size_t d) {
    static unsigned char memory[1 << 24];
    static clip_context c;
    static const void **table;
    static void *scratch;
    static clip__attention_scratch attention;
    clip__arena arena;
    arena.base = clip__align64(memory);
    arena.used = 0;
    memset(&c, 0, sizeof c);
    c.kernel = kernel;
    c.pool.workers = 1;
    c.zeros = clip__take(&arena, run, sizeof(float));
    memset(c.zeros, 0, run * sizeof(float));
    table = clip__take(&arena, taps * CLIP__BLOCK_ROWS, sizeof(void *));
    c.tables = &table;
    c.narrow_room = (1 << 18) - CLIP__BEYOND;
    c.narrow = clip__take(&arena, 1 << 18, sizeof(uint16_t));
    c.ranges = clip__take(&arena, 1 << 17, sizeof(float));
    scratch = clip__take(&arena, clip__scratch_size(kernel, taps * (run + 8), taps * (2 * run + 80)), 1);
    c.scratch = &scratch;
    memset(scratch, 0xFF, clip__scratch_size(kernel, taps * (run + 8), taps * (2 * run + 80))); // no numbers
    memset(c.narrow, 0xFF, (1 << 18) * sizeof(uint16_t));
    attention = clip__attention_scratch_take(&arena, longest, d);
    c.attention = &attention;
    CHECK(arena.used + 64 < sizeof memory, "the arena is too small: %zu", arena.used);
    return &c;
}

// y = relu(conv(x) * scale + shift + residual), in double, from the weight in PyTorch's order. Of narrower types it is
// the weight that they hold, and where x is made bytes, half of a byte's worth is allowed for each number.
static void test_conv(const clip__kernel *kernel, unsigned type, size_t n, size_t height, size_t width, size_t in,
                      size_t out, size_t side, size_t step, size_t pad) {
    const size_t oh = (height + 2 * pad - side) / step + 1, ow = (width + 2 * pad - side) / step + 1,
                 taps = side * side;
    float *x = random_floats(n * height * width * in), *w = random_floats(out * in * taps), *scale = random_floats(out),
          *shift = random_floats(out);
    float *y = random_floats(n * oh * ow * out), *residual = random_floats(n * oh * ow * out),
          *back = random_floats(out * in * taps);
    const size_t size = (size_t)clip__panel_size(type, side, side * in), all = n * height * width * in;
    unsigned char *panels = malloc((out + 15) / 16 * size);
    double worst = 0, byte = 0;
    size_t lossy = 0;
    clip__layer l;
    clip__weights held;
    clip_context *c = bench_context(kernel, taps, in * side, 1, 1);
    const clip__form form = clip__form_of(kernel, type);
    x = realloc(x, (all + CLIP__BEYOND) * sizeof *x);
    memset(x + all, 0, CLIP__BEYOND * sizeof *x);
    if (pad) // as what goes into such a convolution is; of two pictures nowhere 0 but in the padding
        for (size_t i = 0; i < all; i++) x[i] = n > 1 ? fabsf(x[i]) + 0.5f : fmaxf(x[i], 0);
    narrow_pack(type, panels, w, out, in, side, side);
    memset(&l, 0, sizeof l);
    l.panels = panels, l.type = type, l.scale = scale, l.shift = shift, l.in = in, l.out = out, l.kernel = side;
    l.step = step, l.pad = pad;
    held = clip__layer_weights(&l, 0);
    if (type == CLIP__F32) {
        float *again = malloc((out + 15) / 16 * size);
        clip__panels_pack(again, w, out, in, taps);
        clip__panels_unpack(back, again, out, in, taps);
        CHECK(!memcmp(back, w, out * in * taps * sizeof(float)), "panels of %zux%zux%zu don't come back", out, in,
              taps);
        CHECK(!memcmp(again, panels, (out + 15) / 16 * size), "narrow_pack is not clip__panels_pack");
        free(again);
    } else
        for (size_t o = 0; o < out; o++) {
            float most = 0;
            for (size_t k = 0; k < in * taps; k++) most = fmaxf(most, fabsf(w[o * in * taps + k]));
            for (size_t k = 0; k < in * taps; k++) {
                const size_t t = k % taps, at = t % side * in + k / taps;
                const float now = clip__weight(&held, panels + o / 16 * size, t / side, at, o % 16);
                const float within = type == CLIP__Q4 ? most / 5
                                     : type == CLIP__Q8
                                         ? most / 253
                                         : fabsf(w[o * in * taps + k]) / (type == CLIP__F16 ? 2047 : 255);
                lossy += !(fabsf(now - w[o * in * taps + k]) <= within + 1e-7f);
                w[o * in * taps + k] = now;
            }
        }
    CHECK(!lossy, "type %u: %zu weights became others", type, lossy);
    clip__conv_forward(c, y, x, &l, n, height, width, residual, CLIP__RELU);
    if (form == CLIP__FORM_U8) byte = (!pad ? 2.0 : n > 1 ? 1.5 : 1.0) / 255 / 2;
    if (form == CLIP__FORM_BF16)
        for (size_t i = 0; i < all; i++) x[i] = clip__f32_of_bf16(clip__bf16_of_f32(x[i]));
    if (form == CLIP__FORM_BF16 && type == CLIP__Q4)
        for (size_t i = 0; i < out * in * taps; i++) w[i] = clip__f32_of_bf16(clip__bf16_of_f32(w[i]));
    for (size_t i = 0; i < n; i++)
        for (size_t oy = 0; oy < oh; oy++)
            for (size_t ox = 0; ox < ow; ox++)
                for (size_t o = 0; o < out; o++) {
                    const size_t at = ((i * oh + oy) * ow + ox) * out + o;
                    double sum = 0, absolute = 0;
                    for (size_t t = 0; t < taps; t++) {
                        const size_t iy = oy * step + t / side - pad, ix = ox * step + t % side - pad;
                        if (iy >= height || ix >= width) continue;
                        for (size_t k = 0; k < in; k++) {
                            sum += (double)x[((i * height + iy) * width + ix) * in + k] *
                                   (double)w[(o * in + k) * taps + t];
                            absolute += fabs((double)w[(o * in + k) * taps + t]);
                        }
                    }
                    sum = sum * (double)scale[o] + (double)shift[o] + (double)residual[at];
                    sum = fabs(fmax(sum, 0) - (double)y[at]) - absolute * byte * fabs((double)scale[o]);
                    worst = worse(worst, sum > 0 ? sum : sum != sum ? INFINITY : 0);
                }
    CHECK(worst < 1e-6 * (double)(in * taps) + 1e-6,
          "%s, type %u: %zu pictures %zux%zux%zu, %zu outputs, window %zu step %zu pad %zu: error %g", kernel->isa,
          type, n, height, width, in, out, side, step, pad, worst);
    free(x), free(w), free(scale), free(shift), free(y), free(residual), free(back), free(panels);
}

// A linear layer of random weights.
static clip__layer random_layer(unsigned type, size_t in, size_t out) {
    float *w = random_floats(out * in);
    unsigned char *panels = malloc((out + 15) / 16 * (size_t)clip__panel_size(type, 1, in));
    clip__layer l;
    memset(&l, 0, sizeof l);
    narrow_pack(type, panels, w, out, in, 1, 1);
    l.panels = panels, l.type = type, l.in = in, l.out = out, l.kernel = l.step = 1;
    free(w);
    return l;
}

// A row gives the same bits alone and at any place among others.
static void test_rows(const clip__kernel *kernel, unsigned type) {
    enum { ROWS = 101, IN = 72, OUT = 83 };
    float *x = random_floats(ROWS * IN), *y = random_floats(ROWS * OUT), *alone = random_floats(OUT);
    clip_context *c = bench_context(kernel, 1, IN, 1, 1);
    clip__layer l = random_layer(type, IN, OUT);
    clip__linear_forward(c, y, x, &l, ROWS, NULL, CLIP__GELU);
    for (size_t r = 0; r < ROWS; r++) {
        clip__linear_forward(c, alone, x + r * IN, &l, 1, NULL, CLIP__GELU);
        CHECK(!memcmp(alone, y + r * OUT, OUT * sizeof(float)), "%s, type %u: row %zu of %d has other bits alone",
              kernel->isa, type, r, ROWS);
    }
    free(x), free(y), free(alone), free((void *)(uintptr_t)l.panels);
}

// What a layer writes narrow, and reads narrow, are the bits of what clip__narrow makes between two layers.
static void test_narrow(const clip__kernel *kernel, unsigned type) {
    enum { ROWS = 37, IN = 24, MIDDLE = 88, OUT = 19 };
    float *x = random_floats(ROWS * IN), *y = random_floats(ROWS * MIDDLE), *residual = random_floats(ROWS * MIDDLE),
          *out = random_floats(ROWS * OUT), *again = random_floats(ROWS * OUT), *half = random_floats(ROWS * MIDDLE);
    clip_context *c = bench_context(kernel, 1, MIDDLE, 1, 1);
    clip__layer first = random_layer(type, IN, MIDDLE), second = random_layer(type, MIDDLE, OUT);
    for (int f = CLIP__IDENTITY; f <= CLIP__QUICK_GELU && clip__narrows(c, &second); f++) {
        size_t wrong = 0;
        x[5] = f == CLIP__RELU ? NAN : 1e30f;
        clip__linear_forward(c, y, x, &first, ROWS, residual, (clip__activation)f);
        clip__linear_forward(c, out, y, &second, ROWS, NULL, CLIP__IDENTITY);
        clip__conv_between(c, half, x, &first, 1, ROWS, 1, residual, (clip__activation)f, 0, 1);
        clip__conv_between(c, again, half, &second, 1, ROWS, 1, NULL, CLIP__IDENTITY, 1, 0);
        for (size_t i = 0; i < ROWS * MIDDLE; i++)
            wrong += ((uint16_t *)(void *)half)[i] != clip__bf16_of_f32(y[i]);
        CHECK(!wrong && !memcmp(out, again, ROWS * OUT * sizeof *out), "%s, type %u: %zu narrow numbers are others",
              kernel->isa, type, wrong);
    }
    free(x), free(y), free(residual), free(out), free(again), free(half);
    free((void *)(uintptr_t)first.panels), free((void *)(uintptr_t)second.panels);
}

// What is no number makes its own row so, and no other; zeros and denormals are as good as any.
static void test_numbers(const clip__kernel *kernel, unsigned type) {
    enum { ROWS = 13, IN = 40, OUT = 21 };
    const float odd[] = {NAN, -NAN, INFINITY, -INFINITY}; // not static: -NAN is no constant for tcc
    float *x = random_floats(ROWS * IN), y[ROWS * OUT], before[ROWS * OUT];
    clip_context *c = bench_context(kernel, 1, IN, 1, 1);
    clip__layer l = random_layer(type, IN, OUT);
    for (size_t k = 0; k < IN; k++) x[3 * IN + k] = 0, x[4 * IN + k] = 1e-41f;
    clip__linear_forward(c, before, x, &l, ROWS, NULL, CLIP__IDENTITY);
    for (size_t k = 0; k < OUT; k++)
        CHECK(before[3 * OUT + k] == 0.0f && fabsf(before[4 * OUT + k]) < 1e-38f, "%s, type %u: %g of zeros, %g",
              kernel->isa, type, (double)before[3 * OUT + k], (double)before[4 * OUT + k]);
    for (size_t i = 0; i < 4 * IN; i++) {
        const float kept = x[5 * IN + i % IN];
        size_t finite = 0;
        x[5 * IN + i % IN] = odd[i / IN];
        clip__linear_forward(c, y, x, &l, ROWS, NULL, CLIP__IDENTITY);
        CHECK(!memcmp(y, before, 5 * OUT * sizeof *y) &&
                  !memcmp(y + 6 * OUT, before + 6 * OUT, (ROWS - 6) * OUT * sizeof *y),
              "%s, type %u: %g goes over to other rows", kernel->isa, type, (double)odd[i / IN]);
        for (size_t k = 0; k < OUT; k++) finite += isfinite(y[5 * OUT + k]) && type != CLIP__Q4 && type != CLIP__Q8;
        CHECK(!finite, "%s, type %u: of %g at %zu come %zu numbers", kernel->isa, type, (double)odd[i / IN], i % IN,
              finite);
        x[5 * IN + i % IN] = kept;
    }
    free(x), free((void *)(uintptr_t)l.panels);
}

// Sums of bytes are exact, whatever they are.
static void test_bytes(const clip__kernel *kernel) {
    enum { ROWS = 23, K = 1540, OUT = 48 };
    static unsigned char x[ROWS * K], panels[OUT / 16 * (16 * K + 128)];
    static float y[ROWS * OUT], plain[ROWS * OUT], ranges[2 * ROWS];
    static unsigned char scratch[2 * CLIP__BLOCK_ROWS * K];
    CHECK(clip__scratch_size(kernel, 0, K + 64) <= sizeof scratch, "%s: scratch", kernel->isa);
    const void *rows[ROWS];
    clip__epilogue e;
    memset(&e, 0, sizeof e);
    for (int extreme = 0; extreme < 2; extreme++) {
        size_t wrong = 0;
        clip__part p = clip__part_f32(y, OUT, rows, ROWS, K / 4, NULL, OUT, &e);
        for (size_t i = 0; i < sizeof x; i++) x[i] = (unsigned char)(extreme ? 255 : 127.5f + 127.5f * uniform());
        for (size_t i = 0; i < sizeof panels; i++)
            panels[i] = (unsigned char)(signed char)(127 * (extreme ? (uniform() < 0 ? -1 : 1) : uniform()));
        for (size_t i = 0; i < ROWS; i++)
            rows[i] = x + i * K, ranges[2 * i] = 1 + uniform(), ranges[2 * i + 1] = uniform();
        for (size_t n = 0; n < OUT / 16; n++)
            for (size_t i = 0; i < 32; i++) {
                const float scale = 1;
                const int32_t sum = 0;
                memcpy(panels + (n + 1) * (16 * K + 128) - 128 + 4 * i, i < 16 ? (const void *)&scale : &sum, 4);
            }
        p.weights.panels = panels, p.weights.type = CLIP__Q8, p.weights.line = K, p.ranges = ranges;
        p.scratch = scratch;
        kernel->gemm[CLIP__FORM_U8](&p);
        p.y = plain;
        clip__gemm_u8_plain(&p);
        CHECK(!memcmp(y, plain, sizeof y), "%s: sums of bytes", kernel->isa);
        for (size_t i = 0; i < ROWS * OUT; i++) {
            double sum = 0;
            for (size_t k = 0; k < K; k++)
                sum += (double)(signed char)panels[i % OUT / 16 * (16 * K + 128) + k / 4 * 64 + i % 16 * 4 + k % 4] *
                       x[i / OUT * K + k];
            wrong += !(fabs((double)plain[i] - sum * (double)ranges[2 * (i / OUT)]) <= 1e-6 * fabs(sum) + 1e-6);
        }
        CHECK(!wrong, "%zu sums of bytes are wrong", wrong);
    }
}

// how: 0 all see all, 1 some keys are hidden by a mask, 2 causal, 3 causal with a mask, 4 one query a sequence.
static void test_attention(const clip__kernel *kernel, const size_t *lengths, size_t n, size_t heads, size_t d,
                           int how) {
    size_t starts[8] = {0}, longest = 0, width = heads * d, rows;
    float *qkv, *y;
    unsigned char mask[1024];
    double worst = 0;
    const int masked = how == 1 || how == 3, causal = how == 2 || how == 3;
    clip__transformer shape;
    clip__attention_job job;
    clip_context *c;
    for (size_t i = 0; i < n; i++)
        starts[i + 1] = starts[i] + lengths[i], longest = lengths[i] > longest ? lengths[i] : longest;
    rows = starts[n];
    qkv = random_floats(rows * 3 * width);
    y = random_floats(rows * width);
    for (size_t r = 0; r < rows; r++) mask[r] = !masked || uniform() > 0;
    for (size_t i = 0; i < n; i++) mask[starts[i]] = 1;
    memset(&shape, 0, sizeof shape);
    shape.heads = heads, shape.width = width, shape.causal = causal;
    c = bench_context(kernel, 1, 1, longest, d);
    job = clip__attention_of_rows(c, qkv, starts, masked ? mask : NULL, &shape);
    if (how == 4) job.single = 1, job.q = qkv + width, job.ldq = width; // numbers that are no rows of qkv
    clip__attention_forward(c, y, &job, n);
    for (size_t i = 0; i < n; i++)
        for (size_t h = 0; h < heads; h++)
            for (size_t t = how == 4 ? i : starts[i], last = how == 4 ? i + 1 : starts[i + 1]; t < last; t++) {
                double p[512], sum = 0;
                const size_t end = causal ? t + 1 : starts[i + 1];
                for (size_t k = starts[i]; k < end; k++) {
                    double dot = 0;
                    for (size_t x = 0; x < d; x++)
                        dot += (double)job.q[t * job.ldq + h * d + x] * (double)qkv[k * 3 * width + width + h * d + x];
                    sum += p[k - starts[i]] = mask[k] ? exp(dot / sqrt((double)d)) : 0;
                }
                for (size_t x = 0; x < d; x++) {
                    double v = 0;
                    for (size_t k = starts[i]; k < end; k++)
                        v += p[k - starts[i]] / sum * (double)qkv[k * 3 * width + 2 * width + h * d + x];
                    worst = worse(worst, fabs(v - (double)y[t * width + h * d + x]));
                }
            }
    CHECK(worst < 2e-6, "%s: %zu sequences, %zu heads of %zu, case %d: error %g", kernel->isa, n, heads, d, how, worst);
    free(qkv), free(y);
}

static void test_kernel(const clip__kernel *kernel) {
    static const size_t lengths[4][4] = {{1, 0, 0, 0}, {5, 1, 17, 16}, {97, 3, 0, 0}, {200, 0, 0, 0}},
                        counts[4] = {1, 4, 2, 1};
    static const size_t rows[] = {1, 2, 3, 4, 11, 12, 13, 95, 96, 97, 200},
                        columns[] = {1, 15, 16, 17, 63, 64, 65, 130}, Ks[] = {1, 2, 7, 64, 129};
    static const unsigned types[] = {CLIP__F16, CLIP__BF16, CLIP__Q8, CLIP__Q4, CLIP__F32};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (size_t j = 0; j < sizeof columns / sizeof *columns; j++)
            for (size_t k = 0; k < sizeof Ks / sizeof *Ks; k++)
                test_conv(kernel, CLIP__F32, 1, rows[i], 1, Ks[k], columns[j], 1, 1, 0);
    for (size_t t = 0; t < sizeof types / sizeof *types; t++) {
        const unsigned type = types[t];
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i += t ? 2 : 1)
            for (size_t j = 0; j < sizeof columns / sizeof *columns; j++) {
                test_conv(kernel, type, 1, rows[i], 1, 8, columns[j], 1, 1, 0);
                test_conv(kernel, type, 1, rows[i], 1, 136, columns[j], 1, 1, 0);
            }
        test_conv(kernel, type, 1, 40, 1, 576, 40, 1, 1, 0); // more than CLIP__TILES in a row, the last few alone
        test_conv(kernel, type, 2, 5, 20, 64, 40, 3, 1, 1);  // tiles of rows that lie evenly, and others
        test_conv(kernel, type, 1, 20, 20, 192, 24, 3, 1, 1);
        test_narrow(kernel, type);
        test_conv(kernel, type, 2, 7, 9, 16, 18, 3, 1, 1);
        test_conv(kernel, type, 1, 8, 8, 72, 20, 3, 2, 1);
        test_conv(kernel, type, 2, 12, 12, 3, 17, 4, 4, 0);
        test_conv(kernel, type, 2, 13, 11, 3, 40, 7, 2, 0);
        test_conv(kernel, type, 2, 28, 14, 3, 16, 14, 14, 0);
        test_conv(kernel, type, 1, 9, 14, 8, 33, 1, 2, 0);
        test_rows(kernel, type);
        test_numbers(kernel, type);
    }
    test_bytes(kernel);
    test_conv(kernel, CLIP__F32, 2, 7, 9, 5, 18, 3, 1, 1);
    test_conv(kernel, CLIP__F32, 1, 8, 8, 16, 20, 3, 2, 1);
    test_conv(kernel, CLIP__F32, 3, 1, 1, 4, 3, 3, 1, 1);
    test_conv(kernel, CLIP__F32, 2, 13, 11, 3, 7, 7, 2, 0);
    test_conv(kernel, CLIP__F32, 1, 9, 14, 6, 33, 1, 2, 0);
    test_conv(kernel, CLIP__F32, 1, 15, 15, 3, 16, 7, 2, 3);
    for (size_t i = 0; i < 4; i++)
        for (int how = 0; how < 5; how++) {
            test_attention(kernel, lengths[i], counts[i], 3, 16, how);
            test_attention(kernel, lengths[i], counts[i], 2, 20, how);
            test_attention(kernel, lengths[i], counts[i], 1, 1, how);
        }
}

static void test_norms(const clip__kernel *kernel) {
    static const size_t widths[] = {1, 2, 15, 16, 17, 100};
    for (size_t k = 0; k < sizeof widths / sizeof *widths; k++) {
        const size_t n = widths[k];
        float *x = random_floats(3 * n), *y = random_floats(3 * n), *w = random_floats(n), *b = random_floats(n);
        clip__norm norm;
        double worst = 0, length = 0;
        norm.weight = w, norm.bias = b;
        for (size_t i = 0; i < n; i++)
            x[i] += 100; // a mean far from 0: the one-pass formula would lose half of the digits
        kernel->layernorm(y, x, &norm, 3, n, 1e-5f);
        for (size_t r = 0; r < 3; r++) {
            double mean = 0, var = 0;
            for (size_t i = 0; i < n; i++) mean += (double)x[r * n + i] / (double)n;
            for (size_t i = 0; i < n; i++) var += pow((double)x[r * n + i] - mean, 2) / (double)n;
            for (size_t i = 0; i < n; i++)
                worst = worse(worst,
                              fabs((double)y[r * n + i] -
                                   (((double)x[r * n + i] - mean) / sqrt(var + 1e-5) * (double)w[i] + (double)b[i])));
        }
        CHECK(worst < (n == 1 ? 1e-6 : 1e-4), "layer norm of %zu: error %g", n, worst);
        clip__l2_normalize(y, x, n);
        for (size_t i = 0; i < n; i++) length += (double)y[i] * (double)y[i];
        CHECK(fabs(length - 1) < 1e-6, "length %g", length);
        free(x), free(y), free(w), free(b);
    }
    {
        float zero[3] = {0, 0, 0};
        clip__l2_normalize(zero, zero, 3);
        CHECK(zero[0] == 0.0f && zero[1] == 0.0f, "a vector without length becomes %g", (double)zero[0]);
    }
}

// What clip__activate and clip__activate_backward are, in doubles.
static double exact(clip__activation f, double x, int slope) {
    const double phi = 0.5 * erfc(-x / sqrt(2.0)), c = sqrt(2 / 3.14159265358979323846);
    const double t = f == CLIP__TANH ? tanh(x) : tanh(c * (x + 0.044715 * x * x * x)), s = 1 / (1 + exp(-1.702 * x));
    switch (f) {
    case CLIP__RELU: return x != x ? (slope ? 1 : x) : slope ? x > 0 : x < 0 ? 0 : x;
    case CLIP__GELU: return slope ? phi + x * exp(-x * x / 2) * c / 2 : x * phi;
    case CLIP__GELU_TANH:
        return slope ? 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * c * (1 + 3 * 0.044715 * x * x) : 0.5 * x * (1 + t);
    case CLIP__QUICK_GELU: return slope ? s + x * 1.702 * s * (1 - s) : x * s;
    case CLIP__TANH: return slope ? 1 - t * t : t;
    default: return slope ? 1 : x;
    }
}

static void test_activations(const clip__kernel *kernel) {
    enum { N = 2407 }; // 7 more than whole vectors
    const float odd[] = {NAN,  -NAN,  INFINITY, -INFINITY, 1e-40f, -1e-40f,
                         0.0f, -0.0f, 3e38f,    -3e38f,    1e20f,  -1e20f};
    for (int f = CLIP__IDENTITY; f <= CLIP__TANH; f++) {
        float x[N], y[N], slope[N], alone, above;
        double worst[2] = {0, 0};
        for (int i = 0; i < N; i++) x[i] = (float)(i - 1200) / 100, slope[i] = 2;
        memcpy(x + N - sizeof odd / sizeof *odd, odd, sizeof odd);
        kernel->activation((clip__activation)f, y, x, N);
        kernel->slope((clip__activation)f, slope, x, N);
        for (int i = 0; i < N; i++) {
            const double d = (double)x[i], scale = fmax(1, fabs(d));
            if (fabs(d) < 13) {
                worst[0] = worse(worst[0], fabs((double)y[i] - exact((clip__activation)f, d, 0)) / scale);
                worst[1] = worse(worst[1], fabs((double)slope[i] / 2 - exact((clip__activation)f, d, 1)));
            }
            alone = clip__activate((clip__activation)f, x[i]);
            CHECK(isnan(y[i]) == isnan(alone) && isinf(y[i]) == isinf(alone), "%s %s(%g): %g, plainly %g", kernel->isa,
                  clip__activation_names[f], d, (double)y[i], (double)alone);
            kernel->activation((clip__activation)f, &alone, x + i, 1);
            CHECK(!memcmp(&alone, y + i, sizeof alone) || (isnan(alone) && isnan(y[i])),
                  "%s %s(%g) depends on its neighbours", kernel->isa, clip__activation_names[f], d);
        }
        CHECK(worst[0] < 1e-6 && worst[1] < 2e-6, "%s %s: error %g, of the slope %g", kernel->isa,
              clip__activation_names[f], worst[0], worst[1]);
        above = 2, kernel->activation((clip__activation)f, &above, &above, 1);
        CHECK(fabs((double)above - exact((clip__activation)f, 2, 0)) < 1e-6, "in place");
    }
}

static void test_softmax(const clip__kernel *kernel) {
    static const float spreads[] = {0, 1, 30, 1e4f, 1e38f};
    for (size_t s = 0; s < sizeof spreads / sizeof *spreads; s++)
        for (size_t n = 1; n < 70; n += n < 34 ? 1 : 9)
            for (int masked = 0; masked < 3; masked++) {
                float x[70], y[70];
                unsigned char mask[70];
                double most = -INFINITY, sum = 0, worst = 0;
                for (size_t i = 0; i < n; i++) {
                    x[i] = y[i] = spreads[s] * uniform(), mask[i] = masked < 2 && (!masked || i % 3 != 1);
                    if (mask[i]) most = fmax(most, (double)x[i]);
                }
                for (size_t i = n; i < 70; i++) y[i] = INFINITY, mask[i] = 1; // what stands behind is nothing to it
                for (size_t i = 0; i < n; i++) sum += mask[i] ? exp((double)x[i] - most) : 0;
                kernel->softmax(y, masked ? mask : NULL, n);
                for (size_t i = 0; i < n; i++) {
                    const double d = !mask[i] ? 0 : exp((double)x[i] - most) / sum;
                    worst = worse(worst, masked == 2 ? (double)fabsf(y[i]) : fabs((double)y[i] - d));
                }
                CHECK(worst < 1e-6, "%s softmax of %zu, spread %g, mask %d: error %g", kernel->isa, n,
                      (double)spreads[s], masked, worst);
            }
    for (size_t n = 2; n < 40; n += 15) {
        float x[40] = {0};
        x[n - 1] = NAN, kernel->softmax(x, NULL, n);
        CHECK(isnan(x[0]) && isnan(x[n - 1]), "%s softmax of %zu with what is no number: %g", kernel->isa, n,
              (double)x[0]);
        memset(x, 0, sizeof x);
        x[n - 1] = -INFINITY, kernel->softmax(x, NULL, n);
        CHECK(x[n - 1] == 0.0f && fabsf(x[0] * (float)(n - 1) - 1) < 1e-6f, "%s softmax with -infinity: %g",
              kernel->isa, (double)x[0]);
    }
}

static void test_pooling(const clip__kernel *kernel) {
    enum { CH = 19 };
    float x[2 * 5 * 6 * CH], y[2 * 3 * 3 * CH], mean[2];
    const unsigned char mask[3] = {1, 0, 1};
    for (size_t i = 0; i < sizeof x / sizeof *x; i++) x[i] = uniform() - 2; // all negative: padding must not win
    x[100] = NAN, x[700] = -NAN, x[900] = INFINITY, x[901] = -INFINITY;
    clip__maxpool_forward(bench_context(kernel, 1, 1, 1, 1), y, x, 2, 5, 6, CH);
    for (int n = 0; n < 2; n++)
        for (int i = 0; i < 3; i++)
            for (int j = 0; j < 3; j++)
                for (int ch = 0; ch < CH; ch++) {
                    float most = -INFINITY, got = y[((n * 3 + i) * 3 + j) * CH + ch];
                    for (int a = 2 * i - 1; a <= 2 * i + 1; a++)
                        for (int b = 2 * j - 1; b <= 2 * j + 1; b++)
                            if (a >= 0 && b >= 0 && a < 5 && b < 6) {
                                const float v = x[((n * 5 + a) * 6 + b) * CH + ch];
                                most = isnan(v) || isnan(most) ? NAN : fmaxf(most, v);
                            }
                    CHECK(got == most || (isnan(got) && isnan(most)), "%s: max pool at %d, %d: %g, not %g", kernel->isa,
                          i, j, (double)got, (double)most);
                }
    clip__mean_forward(mean, x, mask, 3, 2);
    CHECK(fabsf(mean[1] - (x[1] + x[5]) / 2) < 1e-6f, "mean over what a mask leaves");
}

// He et al.'s ResNet-50 at 224: what its largest pictures inside need.
static void test_resnet_sizes(void) {
    static const size_t depths[4] = {3, 4, 6, 3};
    clip__residual blocks[16];
    clip__resnet r;
    size_t size[4], n = 0;
    memset(&r, 0, sizeof r);
    memset(blocks, 0, sizeof blocks);
    r.stem[0].out = 64, r.n_stem = 1, r.blocks = blocks, r.n_blocks = 16;
    for (size_t s = 0; s < 4; s++)
        for (size_t i = 0; i < depths[s]; i++, n++) {
            static const float there;
            blocks[n].conv1.out = blocks[n].conv2.out = (size_t)64 << s;
            blocks[n].conv3.out = (size_t)256 << s;
            blocks[n].conv1.step = 1, blocks[n].conv2.step = s && !i ? 2 : 1;
            blocks[n].conv3.panels = &there;
            blocks[n].average = 1;
        }
    clip__resnet_sizes(&r, 224, size);
    CHECK(size[0] == 56 * 56 * 256 && size[1] == 112 * 112 * 64 && size[2] == 56 * 56 * 128 && size[3] == 56 * 56 * 64,
          "%zu %zu %zu %zu", size[0], size[1], size[2], size[3]);
}

static void test_compare(void) {
    enum { N = 50, DIM = 19, K = 7 };
    float *index = random_floats(N * DIM), *query = random_floats(DIM), p[4] = {1000, 999, -1e9f, 1000};
    clip_match found[N + 5];
    memcpy(index + 30 * DIM, index + 3 * DIM, DIM * sizeof(float)); // equal rows: the first stands first
    index[10 * DIM] = NAN;
    for (size_t k = 0; k <= N + 5; k += K) {
        const size_t n = clip_top_k(index, N, DIM, query, k, found);
        CHECK(n == (k < N ? k : N), "%zu of %zu", n, k);
        for (size_t i = 0; i + 1 < n; i++)
            CHECK(found[i].score > found[i + 1].score ||
                      (found[i].score == found[i + 1].score && found[i].index < found[i + 1].index) ||
                      found[i + 1].index == 10,
                  "order at %zu", i);
        for (size_t i = 0; i < n; i++) { // nothing better was left out
            size_t better = 0;
            for (size_t j = 0; j < N; j++) better += clip__dot(index + j * DIM, query, DIM) > found[i].score;
            CHECK(better <= i || found[i].index == 10, "row %zu stands at %zu, %zu are better", found[i].index, i,
                  better);
        }
        if (n == N) CHECK(found[N - 1].index == 10, "a score that is no number is last");
    }
    for (size_t i = 0; i < N; i++) memcpy(index + i * DIM, query, DIM * sizeof(float));
    CHECK(clip_top_k(index, N, DIM, query, 3, found) == 3 && found[0].index == 0 && found[1].index == 1 &&
              found[2].index == 2,
          "equal scores by row");
    CHECK(clip_top_k(index, 0, DIM, query, 3, found) == 0, "an empty index");
    CHECK(fabsf(clip_similarity(query, query, DIM) - 1) < 1e-6f, "a vector is like itself");
    memset(index, 0, DIM * sizeof(float));
    CHECK(clip_similarity(index, query, DIM) == 0.0f, "no length");
    clip_softmax(p, 4, 1, p);
    CHECK(fabsf(p[0] - 0.42231880f) < 1e-6f && fabsf(p[1] - 0.15536240f) < 1e-6f && p[2] == 0.0f && p[3] == p[0],
          "softmax %g %g %g", (double)p[0], (double)p[1], (double)p[2]);
    free(index), free(query);
}

static void count_task(void *arg, size_t i, size_t worker) {
    if (worker < 5) ((unsigned char *)arg)[i]++; // no CHECK here: it counts without a lock
}

#ifdef CLIP__PTHREADS
// Two tasks that each wait for the other to begin, 20 s at most: they end in time only if a second thread takes one of
// them.
typedef struct meeting {
    int begun[2], alone;
} meeting;
static void meet_task(void *arg, size_t i, size_t worker) {
    meeting *m = (meeting *)arg;
    const time_t start = time(NULL);
    (void)worker;
    __atomic_store_n(&m->begun[i], 1, __ATOMIC_RELEASE);
    while (!__atomic_load_n(&m->begun[1 - i], __ATOMIC_ACQUIRE) && !__atomic_load_n(&m->alone, __ATOMIC_RELAXED)) {
        if (time(NULL) - start > 20) __atomic_store_n(&m->alone, 1, __ATOMIC_RELAXED);
        sched_yield();
    }
}
#endif

static void test_parallel(void) {
    static unsigned char counts[1000];
    clip__pool pool;
    memset(&pool, 0, sizeof pool);
    pool.workers = 1;
#ifdef CLIP__PTHREADS
    pool.workers = 5;
    pool.threads = malloc(4 * sizeof *pool.threads);
#endif
    clip__pool_start(&pool);
    for (size_t n = 0; n < 1000; n += 1 + n / 3) {
        memset(counts, 0, sizeof counts);
        clip__parallel(&pool, n, count_task, counts);
        for (size_t i = 0; i < 1000; i++) CHECK(counts[i] == (i < n), "task %zu of %zu ran %d times", i, n, counts[i]);
    }
#ifdef CLIP__PTHREADS
    meeting both = {{0, 0}, 0};
    clip__parallel(&pool, 2, meet_task, &both);
    CHECK(!both.alone, "one thread did both tasks, with four more that wait for some");
#endif
    clip__pool_stop(&pool);
#ifdef CLIP__PTHREADS
    free(pool.threads);
#endif
}

static void test_util(void) {
    static const char text[] = "123456789, and so on, for more than eight bytes at a time";
    static const float want[] = {0.25f, -0.5f, 0}, off[] = {0.25f, -0.375f, 0}, none[] = {0.25f, NAN, 0}, zeros[3];
    uint32_t parts = 0;
    clip_error why;
    CHECK(clip__crc32(0, "123456789", 9) == 0xCBF43926u, "the check value of CRC-32"); // the catalogue's
    for (size_t i = 0; i < sizeof text; i++) parts = clip__crc32(parts, text + i, 1);
    CHECK(parts == clip__crc32(0, text, sizeof text), "a checksum in parts");
    CHECK(clip__mul(SIZE_MAX / 2, 3) == SIZE_MAX && clip__add(SIZE_MAX, 1) == SIZE_MAX &&
              clip__round_up(SIZE_MAX - 3, 64) == SIZE_MAX && clip__round_up(SIZE_MAX - 63, 64) == SIZE_MAX - 63,
          "sizes saturate");
    CHECK(clip__mul(0, SIZE_MAX) == 0 && clip__round_up(65, 64) == 128, "sizes");
    CHECK(clip__fail(&why, CLIP_ERROR_IO, "%s", "a\x1b[2J\nb") == CLIP_ERROR_IO && !strcmp(why.message, "a?[2J?b"),
          "%s", why.message);
    CHECK(clip__vector_error(off, want, 3) - 0.25f == 0 && clip__vector_error(want, zeros, 3) - 0.5f == 0 &&
              isinf(clip__vector_error(none, want, 3)),
          "a vector's error, of its largest value or where that is 0");
    CHECK(clip_version() == CLIP_VERSION, "version");
    CHECK(!strcmp(clip_result_string((clip_result)99), "unknown result"), "a result that is none");
    for (int i = CLIP_OK; i <= CLIP_ERROR_NUMBER; i++)
        CHECK(strcmp(clip_result_string((clip_result)i), "unknown result") != 0, "result %d has no text", i);
}

// The loop of a caller: back to front.
static void backwards(void *user, size_t n, void (*task)(void *arg, size_t i), void *arg) {
    (void)user;
    while (n--) task(arg, n);
}

static void test_search(const clip__kernel *kernel) {
    enum { N = 1300, DIM = 83 };
    static const float within[] = {1e-6f, 1e-3f, 2e-2f};
    float *vectors = random_floats(N * DIM), *query = random_floats(DIM);
    unsigned char *rows = malloc(N * DIM * 4);
    float *scales = random_floats(N), *wide = random_floats(N * DIM);
    clip_match best[N + 3], again[N + 3];
    clip_context *c = bench_context(kernel, 1, 1, 1, 1);
    clip_index x;
    size_t odd = 0;
    memcpy(vectors + 900 * DIM, vectors + 40 * DIM, DIM * sizeof *vectors); // equal ones
    memset(vectors + 77 * DIM, 0, DIM * sizeof *vectors);
    vectors[10 * DIM + 5] = NAN;
    for (int type = CLIP_INDEX_F32; type <= CLIP_INDEX_INT8; type++) {
        size_t far = 0;
        x.type = (clip_index_type)type, x.n = N, x.dim = DIM, x.rows = rows, x.scales = scales;
        clip_index_pack(x.type, vectors, N, DIM, rows, scales);
        for (size_t i = 0; i < N * DIM; i++) { // what the rows say
            wide[i] = type == CLIP_INDEX_F32   ? ((float *)(void *)rows)[i]
                      : type == CLIP_INDEX_F16 ? clip__f32_of_f16(((uint16_t *)(void *)rows)[i])
                                               : (float)((signed char *)rows)[i] * scales[i / DIM];
            far += i / DIM != 10 && !(fabsf(wide[i] - vectors[i]) <= within[type] / 2);
        }
        CHECK(!far, "type %d: %zu numbers became others", type, far);
        for (size_t k = 0; k <= N + 3; k += k < 20 ? 7 : 647) {
            size_t found = 99, other = 98, misplaced = 0;
            CHECK(!clip_search(c, &x, query, k, best, &found) && found == (k < N ? k : N), "%zu of %zu", found, k);
            for (size_t i = 0; i < found; i++) {
                double exact = 0;
                for (size_t d = 0; d < DIM; d++) exact += (double)wide[best[i].index * DIM + d] * (double)query[d];
                CHECK(best[i].index == 10 || fabs(exact - (double)best[i].score) < 1e-5, "%s: row %zu has %g, not %g",
                      kernel->isa, best[i].index, (double)best[i].score, exact);
                CHECK(!i || clip__match_before(&best[i - 1], &best[i]), "%s: order at %zu", kernel->isa, i);
            }
            if (found == N) CHECK(best[N - 1].index == 10, "what is no number is last, not row %zu", best[N - 1].index);
            for (size_t i = 0; i < N && found && found < N; i++) { // nothing better was left out
                float score;
                clip_match m;
                int in = 0;
                kernel->scores(&score, x.type, rows + i * DIM * (type == 0 ? 4 : type == 1 ? 2 : 1), 1, DIM, query);
                m.index = i, m.score = type == CLIP_INDEX_INT8 ? score * scales[i] : score;
                for (size_t l = 0; l < found; l++) in |= best[l].index == i;
                misplaced += in != !clip__match_before(&best[found - 1], &m);
            }
            CHECK(!misplaced, "%s: %zu rows are missing, or should not be there", kernel->isa, misplaced);
            c->pool.workers = 3, c->pool.loop = backwards;
            CHECK(!clip_search(c, &x, query, k, again, &other) && other == found, "%zu found", other);
            for (size_t i = 0; i < found; i++)
                CHECK(again[i].index == best[i].index && !memcmp(&again[i].score, &best[i].score, sizeof(float)),
                      "%s: another order of tasks gives others", kernel->isa);
            c->pool.workers = 1, c->pool.loop = NULL;
        }
    }
    x.dim = 0;
    CHECK(clip_search(c, &x, query, 1, best, &x.n) == CLIP_ERROR_ARGUMENT && x.n == N, "%s", c->error.message);
    x.dim = DIM, x.scales = NULL;
    CHECK(clip_search(c, &x, query, 1, best, &x.n) == CLIP_ERROR_ARGUMENT, "%s", c->error.message);
    CHECK(clip_search(c, &x, NULL, 1, best, &x.n) == CLIP_ERROR_ARGUMENT, "%s", c->error.message);
    for (uint32_t bits = 0; bits < 0x7C00; bits++)
        odd += clip__f16_of_f32(clip__f32_of_f16(bits)) != bits ||
               clip__f16_of_f32(-clip__f32_of_f16(bits)) != (bits | 0x8000);
    for (int i = 0; i < 100000; i++) { // its neighbours are no nearer
        const float v = fabsf(ldexpf(uniform(), i % 44 - 27));
        const unsigned bits = clip__f16_of_f32(v);
        const float miss = fabsf(clip__f32_of_f16(bits) - v);
        odd += v < 65504 &&
               ((bits && fabsf(clip__f32_of_f16(bits - 1) - v) < miss) || fabsf(clip__f32_of_f16(bits + 1) - v) < miss);
    }
    CHECK(!odd, "%zu numbers of 16 bits are wrong", odd);
    CHECK(clip__f16_of_f32(1e6f) == 0x7BFF && clip__f16_of_f32(-INFINITY) == 0xFBFF, "what is too large");
    free(vectors), free(query), free(rows), free(scales), free(wide);
}

int main(void) {
    for (size_t i = 0; i < sizeof clip__kernels / sizeof *clip__kernels; i++) {
#ifdef ONLY_ISA // tests/test_tiles.c: emulated, on top of AVX-512
        if (strcmp(clip__kernels[i].isa, ONLY_ISA) || !i || !clip__kernel_runs(i - 1)) continue;
#else
        if (!clip__kernel_runs(i)) {
            printf("SKIPPED: this CPU has no %s\n", clip__kernels[i].isa);
            continue;
        }
#endif
        test_kernel(&clip__kernels[i]);
        test_norms(&clip__kernels[i]);
        test_activations(&clip__kernels[i]);
        test_softmax(&clip__kernels[i]);
        test_pooling(&clip__kernels[i]);
        test_search(&clip__kernels[i]);
    }
    test_resnet_sizes();
    test_compare();
    test_parallel();
    test_util();
    return TEST_END();
}
