// Each op's backward against finite differences of its forward, for every kernel that this CPU runs.
#define CLIP_IMPLEMENTATION
#define CLIP_STATIC
#include "clip.h"
#include "test.h"

enum { LONGEST = 210, WIDEST = 24, TAPE = 1 << 22, TAKEN = 64 };

static clip_context c; // put together by hand: what ops use of one
static clip__tape tape;
static clip__parameter parameters[4];
static void *taken[TAKEN];
static size_t n_taken;

static float *floats(size_t n) {
    float *p = (float *)calloc(n + 16, sizeof *p);
    if (!p || n_taken == TAKEN) puts("out of memory"), exit(1);
    return (float *)(taken[n_taken++] = p);
}

static void give_back(size_t to) {
    while (n_taken > to) free(taken[--n_taken]);
}

static uint64_t counter;

// About normal: a sum of uniform numbers.
static float any(void) {
    float sum = -3;
    for (int i = 0; i < 6; i++) sum += (float)(clip__random(1, 2, counter++) >> 40) / 16777216.0f;
    return sum;
}

static float *filled(size_t n) {
    float *p = floats(n);
    for (size_t i = 0; i < n; i++) p[i] = any();
    return p;
}

static void context_begin(const clip__kernel *kernel) {
    static const void **table[1];
    static void *scratch[1];
    static clip__train_scratch training;
    static clip__attention_scratch attention;
    memset(&c, 0, sizeof c);
    memset(&tape, 0, sizeof tape);
    c.kernel = kernel;
    c.pool.workers = 1;
    c.zeros = floats(1024);
    table[0] = (const void **)(void *)floats(9 * CLIP__BLOCK_ROWS * 2);
    c.tables = table;
    c.scratch = scratch;
    training.left = floats(CLIP__OUTER_K * CLIP__OUTER_ROWS);
    training.right = floats(CLIP__OUTER_ROWS * CLIP__OUTER_PANELS * 16);
    training.tile = floats(CLIP__BLOCK_ROWS * CLIP__BLOCK_PANELS * 16);
    training.keys = floats(LONGEST * 32), training.values = floats(224 * WIDEST);
    training.slopes = floats(CLIP__BLOCK_ROWS * (LONGEST + 15));
    attention.keys = floats(224 * WIDEST), attention.values = floats(LONGEST * 32);
    attention.scores = floats(CLIP__BLOCK_ROWS * (LONGEST + 15));
    attention.rows = (const void **)(void *)floats(CLIP__BLOCK_ROWS * 2);
    c.training = &training;
    c.attention = &attention;
    tape.base = (unsigned char *)clip__align64(floats(TAPE / 4 + 16));
    tape.size = TAPE;
    tape.statistics = 1;
    tape.parameters = parameters;
    c.tape = &tape;
}

// Says that the gradients of `value` go to the place returned; values in the order of their addresses.
static float *trained(const float *value, size_t n) {
    clip__parameter p;
    size_t at = tape.n_parameters++;
    memset(&p, 0, sizeof p);
    p.value = (float *)(uintptr_t)value, p.n = n, p.gradient = floats(n);
    for (; at && parameters[at - 1].value > p.value; at--) parameters[at] = parameters[at - 1];
    parameters[at] = p;
    return p.gradient;
}

// The sum of weight * y, whose gradient with respect to y is `weight`.
static double weighted(const float *y, const float *weight, size_t n) {
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += (double)y[i] * (double)weight[i];
    return sum;
}

// dx against (f(x + h) - f(x - h)) / 2h for up to 50 of the n numbers of x.
static void check(const char *name, float *x, const float *dx, size_t n, double (*f)(const void *), const void *arg,
                  float h, double tolerance) {
    double most = 1e-3, worst = 0;
    for (size_t i = 0; i < n; i++) most = fmax(most, fabs((double)dx[i]));
    for (size_t i = 0; i < n; i += 1 + n / 50) {
        const float was = x[i];
        double above, below, slope;
        x[i] = was + h, above = f(arg);
        x[i] = was - h, below = f(arg);
        slope = (above - below) / ((double)(was + h) - (double)(was - h));
        x[i] = was;
        worst = fmax(worst, fabs(slope - (double)dx[i]));
        if (!(fabs(slope - (double)dx[i]) <= tolerance * most)) {
            CHECK(0, "%s, %s: number %lu: backward %g, differences %g", c.kernel->isa, name, (unsigned long)i,
                  (double)dx[i], slope);
            return;
        }
    }
    CHECK(worst <= tolerance * most, "%s", name);
}

// ---- convolution and linear ----

typedef struct conv_case {
    const char *name;
    size_t in, out, kernel, step, pad, n, height, width;
    clip__layer layer;
    float *w, *panels, *bias, *x, *y, *weight; // w [out, in, kernel, kernel]
    size_t count;                              // numbers in y
} conv_case;

static double conv_value(const void *arg) {
    const conv_case *k = (const conv_case *)arg;
    clip__panels_pack(k->panels, k->w, k->out, k->in, k->kernel * k->kernel);
    clip__conv_forward(&c, k->y, k->x, &k->layer, k->n, k->height, k->width, NULL, CLIP__IDENTITY);
    return weighted(k->y, k->weight, k->count);
}

// What comes of bf16 beside what comes of f32.
static void near(const char *name, const float *got, const float *want, size_t n) {
    double most = 1e-3, worst = 0;
    for (size_t i = 0; i < n; i++) {
        most = fmax(most, fabs((double)want[i]));
        worst = fmax(worst, fabs((double)got[i] - (double)want[i]));
    }
    CHECK(worst <= 0.01 * most, "%s %s in bf16: off by %g of %g", c.kernel->isa, name, worst, most);
}

static void test_conv(void) {
    static const conv_case cases[] = {
        {"3x3", 3, 5, 3, 1, 1, 2, 5, 6, {0}, 0, 0, 0, 0, 0, 0, 0},
        {"3x3 step 2", 17, 20, 3, 2, 1, 2, 7, 5, {0}, 0, 0, 0, 0, 0, 0, 0},
        {"3x3 step 2, even", 16, 16, 3, 2, 1, 1, 6, 8, {0}, 0, 0, 0, 0, 0, 0, 0},
        {"1x1", 16, 33, 1, 1, 0, 3, 4, 4, {0}, 0, 0, 0, 0, 0, 0, 0},
        {"1x1 step 2", 8, 16, 1, 2, 0, 2, 5, 7, {0}, 0, 0, 0, 0, 0, 0, 0},
        {"1x1 step 2 of one pixel", 5, 7, 1, 2, 0, 3, 1, 1, {0}, 0, 0, 0, 0, 0, 0, 0},
        {"linear", 37, 50, 1, 1, 0, 1, 300, 1, {0}, 0, 0, 0, 0, 0, 0, 0},
        {"linear of many rows, in segments", 1, 18, 1, 1, 0, 1, 2500, 1, {0}, 0, 0, 0, 0, 0, 0, 0},
        {"3x3 of many rows, in segments", 1, 3, 3, 1, 1, 2, 33, 34, {0}, 0, 0, 0, 0, 0, 0, 0},
        {"linear of one row", 100, 130, 1, 1, 0, 1, 1, 1, {0}, 0, 0, 0, 0, 0, 0, 0},
        {"stem", 3, 10, 7, 2, 0, 1, 13, 15, {0}, 0, 0, 0, 0, 0, 0, 0},
        {"patches", 3, 18, 4, 4, 0, 2, 8, 8, {0}, 0, 0, 0, 0, 0, 0, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        conv_case k = cases[i];
        const size_t before = n_taken, taps = k.kernel * k.kernel, size = k.in * k.out * taps;
        const size_t pixels = k.n * k.height * k.width * k.in;
        float *dpanels, *dbias, *dw, *dx;
        tape.n_parameters = 0;
        k.layer.in = k.in, k.layer.out = k.out, k.layer.kernel = k.kernel, k.layer.step = k.step, k.layer.pad = k.pad;
        k.w = filled(size), k.bias = filled(k.out), k.x = filled(pixels);
        k.panels = floats(clip__round_up(k.out, 16) * k.in * taps);
        k.layer.panels = k.panels, k.layer.shift = k.bias;
        k.count = k.n * ((k.height + 2 * k.pad - k.kernel) / k.step + 1) *
                  ((k.width + 2 * k.pad - k.kernel) / k.step + 1) * k.out;
        k.y = floats(k.count), k.weight = filled(k.count);
        dpanels = trained(k.panels, clip__round_up(k.out, 16) * k.in * taps);
        dbias = trained(k.bias, k.out);
        dw = floats(size), dx = floats(pixels);
        conv_value(&k);
        clip__conv_backward_weight(&c, k.weight, k.x, &k.layer, k.n, k.height, k.width);
        clip__panels_unpack(dw, dpanels, k.out, k.in, taps);
        check(k.name, k.w, dw, size, conv_value, &k, 0.1f, 1e-3);
        check(k.name, k.bias, dbias, k.out, conv_value, &k, 0.1f, 1e-3);
        for (size_t p = 0; p < clip__round_up(k.out, 16) * k.in * taps; p++) // what fills up panels stays without
            if (p / 16 / (k.in * taps) * 16 + p % 16 >= k.out && dpanels[p] != 0) CHECK(0, "%s: padding", k.name);
        if (k.kernel == 1 || k.pad) {
            clip__conv_backward_input(&c, dx, k.weight, &k.layer, k.n, k.height, k.width, 0);
            check(k.name, k.x, dx, pixels, conv_value, &k, 0.1f, 1e-3);
            clip__conv_backward_input(&c, dx, k.weight, &k.layer, k.n, k.height, k.width, 1);
            for (size_t p = 0; p < pixels; p++) dx[p] *= 0.5f;
            check("added to what is there", k.x, dx, pixels, conv_value, &k, 0.1f, 1e-3);
        }
        if (c.kernel->gemm[CLIP__FORM_BF16]) { // the same in bf16
            float *y = floats(k.count), *again = floats(pixels), *dw16 = floats(size);
            memcpy(y, k.y, k.count * sizeof *y);
            clip__conv_forward(&c, y, k.x, &k.layer, k.n, k.height, k.width, NULL, CLIP__IDENTITY);
            c.half = 1;
            c.scratch[0] = floats(clip__scratch_size(c.kernel, taps * clip__round_up(clip__max(k.in, k.out), 8) * 2,
                                                     taps * (2 * clip__max(k.in, k.out) + 80)) /
                                      4 +
                                  16);
            c.scratch[0] = clip__align64(c.scratch[0]);
            clip__conv_forward(&c, k.y, k.x, &k.layer, k.n, k.height, k.width, NULL, CLIP__IDENTITY);
            near(k.name, k.y, y, k.count);
            memset(dpanels, 0, clip__round_up(k.out, 16) * k.in * taps * sizeof *dpanels);
            clip__conv_backward_weight(&c, k.weight, k.x, &k.layer, k.n, k.height, k.width);
            clip__panels_unpack(dw16, dpanels, k.out, k.in, taps);
            near(k.name, dw16, dw, size);
            if (k.kernel == 1 || k.pad) {
                clip__conv_backward_input(&c, again, k.weight, &k.layer, k.n, k.height, k.width, 0);
                near(k.name, again, dx, pixels);
            }
            c.half = 0;
        }
        CHECK(!tape.high && !tape.low, "%s leaves the tape as it was", k.name);
        give_back(before);
    }
}

// ---- norms ----

typedef struct norm_case {
    clip__norm norm;
    clip__batch_norm batch;
    float *x, *y, *weight;
    size_t rows, width;
} norm_case;

static double layernorm_value(const void *arg) {
    const norm_case *k = (const norm_case *)arg;
    clip__layernorm_forward(&c, k->y, k->x, &k->norm, k->rows, k->width, 1e-5f);
    return weighted(k->y, k->weight, k->rows * k->width);
}

static void test_layernorm(void) {
    static const size_t shapes[][2] = {{5, 19}, {300, 16}, {1, 40}, {3, 1}};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        norm_case k;
        const size_t before = n_taken;
        float *w, *b, *dw, *db, *dx, *same;
        memset(&k, 0, sizeof k);
        k.rows = shapes[i][0], k.width = shapes[i][1];
        w = filled(k.width), b = filled(k.width);
        k.norm.weight = w, k.norm.bias = b;
        k.x = filled(k.rows * k.width), k.y = floats(k.rows * k.width), k.weight = filled(k.rows * k.width);
        tape.n_parameters = 0;
        dw = trained(w, k.width), db = trained(b, k.width);
        dx = floats(k.rows * k.width), same = floats(k.rows * k.width);
        clip__layernorm_backward(&c, dx, k.weight, k.x, &k.norm, k.rows, k.width, 1e-5f, 0);
        if (k.width > 1) check("layer norm", k.x, dx, k.rows * k.width, layernorm_value, &k, 3e-3f, 1e-2);
        check("layer norm's weight", w, dw, k.width, layernorm_value, &k, 0.1f, 1e-3);
        check("layer norm's bias", b, db, k.width, layernorm_value, &k, 0.1f, 1e-3);
        memcpy(same, k.weight, k.rows * k.width * sizeof *same);
        clip__layernorm_backward(&c, same, same, k.x, &k.norm, k.rows, k.width, 1e-5f, 0);
        CHECK(!memcmp(same, dx, k.rows * k.width * sizeof *same), "in place");
        give_back(before);
    }
}

static double batch_norm_value(const void *arg) {
    const norm_case *k = (const norm_case *)arg;
    clip__statistics s = clip__batch_norm_statistics(&c, k->x, &k->batch, k->rows, k->width);
    clip__batch_norm_forward(&c, k->y, k->x, &k->batch, &s, NULL, 0, k->rows, k->width);
    tape.low = 0;
    return weighted(k->y, k->weight, k->rows * k->width);
}

static void test_batch_norm(void) {
    for (int statistics = 0; statistics < 2; statistics++)
        for (size_t width = 5; width < 40; width += 27) {
            norm_case k;
            clip__statistics s;
            const size_t before = n_taken, rows = 300;
            float *w = filled(width), *b = filled(width), *mean = filled(width), *var = filled(width);
            float *dw, *db, *dx, *moved_mean, *moved_var;
            memset(&k, 0, sizeof k);
            for (size_t i = 0; i < width; i++) var[i] = 0.5f + var[i] * var[i];
            k.batch.weight = w, k.batch.bias = b, k.batch.mean = mean, k.batch.var = var, k.batch.eps = 1e-5;
            k.rows = rows, k.width = width;
            k.x = filled(rows * width), k.y = floats(rows * width), k.weight = filled(rows * width);
            for (size_t i = 0; i < rows * width; i++)
                k.x[i] += 100; // far from 0: a variance as a difference would fail
            tape.n_parameters = 0;
            tape.statistics = statistics;
            dw = trained(w, width), db = trained(b, width);
            if (statistics) {
                moved_mean = trained(mean, width), moved_var = trained(var, width);
                memcpy(moved_mean, mean, width * sizeof *mean), memcpy(moved_var, var, width * sizeof *var);
            } else moved_mean = mean, moved_var = var;
            dx = floats(rows * width);
            s = clip__batch_norm_statistics(&c, k.x, &k.batch, rows, width);
            clip__batch_norm_backward(&c, dx, k.weight, k.x, &k.batch, &s, rows, width);
            tape.low = 0;
            check("batch norm", k.x, dx, rows * width, batch_norm_value, &k, 0.03f, 1e-2);
            check("batch norm's weight", w, dw, width, batch_norm_value, &k, 0.1f, 1e-3);
            check("batch norm's bias", b, db, width, batch_norm_value, &k, 0.1f, 1e-3);
            for (size_t i = 0; i < width; i++) {
                double sum = 0, squares = 0, want_mean = (double)mean[i], want_var = (double)var[i];
                for (size_t r = 0; r < rows; r++) sum += (double)k.x[r * width + i] / (double)rows;
                for (size_t r = 0; r < rows; r++) squares += pow((double)k.x[r * width + i] - sum, 2);
                if (statistics) {
                    want_mean = 0.9 * want_mean + 0.1 * sum;
                    want_var = 0.9 * want_var + 0.1 * squares / ((double)rows - 1); // unbiased
                }
                CHECK(fabs((double)moved_mean[i] - want_mean) < 1e-4, "%g %g", (double)moved_mean[i], want_mean);
                CHECK(fabs((double)moved_var[i] - want_var) < 1e-4, "%g %g", (double)moved_var[i], want_var);
            }
            give_back(before);
        }
    tape.statistics = 1;
}

// Channels that are constant but for a thousandth of a percent: a mean that is a float's sum of many rows is off by
// more than its own rounding, which shows in what is normalised.
static void test_batch_norm_of_little(void) {
    const size_t before = n_taken, rows = 700, width = 21;
    norm_case k;
    clip__statistics s;
    double worst = 0;
    float *w = floats(width), *b = floats(width);
    memset(&k, 0, sizeof k);
    k.batch.weight = w, k.batch.bias = b, k.batch.eps = 1e-12;
    k.x = filled(rows * width), k.y = floats(rows * width);
    for (size_t i = 0; i < width; i++) w[i] = 1, b[i] = 0;
    for (size_t i = 0; i < rows * width; i++) k.x[i] = 77.7f + 1e-3f * k.x[i];
    tape.n_parameters = 0;
    s = clip__batch_norm_statistics(&c, k.x, &k.batch, rows, width);
    clip__batch_norm_forward(&c, k.y, k.x, &k.batch, &s, NULL, 0, rows, width);
    tape.low = 0;
    for (size_t i = 0; i < width; i++) {
        double mean = 0, var = 0;
        for (size_t r = 0; r < rows; r++) mean += (double)k.x[r * width + i] / (double)rows;
        for (size_t r = 0; r < rows; r++) var += pow((double)k.x[r * width + i] - mean, 2) / (double)rows;
        for (size_t r = 0; r < rows; r++) {
            const double want = ((double)k.x[r * width + i] - mean) / sqrt(var + 1e-12);
            worst = fmax(worst, fabs((double)k.y[r * width + i] - want));
        }
        CHECK(fabs((double)s.var[i] / var - 1) < 1e-5, "%g %g", (double)s.var[i], var);
    }
    CHECK(worst < 0.01, "off by %g", worst); // half a unit of the mean's last place is 0.0056 of the deviation
    give_back(before);
}

// ---- attention ----

typedef struct attention_case {
    size_t starts[4], n, heads, width, rows;
    unsigned char *mask;
    float *qkv, *y, *weight, *q; // q [n, width]: one query a sequence, instead of the rows' own
    int causal;
} attention_case;

static clip__attention_job attention_job(const attention_case *k) {
    clip__attention_job j;
    clip__transformer t;
    memset(&t, 0, sizeof t);
    t.heads = k->heads, t.width = k->width, t.causal = k->causal;
    j = clip__attention_of_rows(&c, k->qkv, k->starts, k->mask, &t);
    if (k->q) j.single = 1, j.q = k->q, j.ldq = k->width;
    return j;
}

static double attention_value(const void *arg) {
    const attention_case *k = (const attention_case *)arg;
    clip__attention_job j = attention_job(k);
    clip__attention_forward(&c, k->y, &j, k->n);
    return weighted(k->y, k->weight, (k->q ? k->n : k->rows) * k->width);
}

static void test_attention(void) {
    for (int masked = 0, how = 0; how < 4; how++, masked = how % 2) // 2 and 3: causal
        for (size_t d = 5; d < WIDEST; d += 16) {
            attention_case k = {{0, 1, 18, 18 + 200}, 3, 2, 0, 218, NULL, NULL, NULL, NULL, NULL, how > 1};
            clip__attention_job j; // 200: over two blocks
            unsigned char mask[218];
            const size_t before = n_taken;
            float *dqkv;
            for (size_t i = 0; i < sizeof mask; i++) mask[i] = i % 3 != 1 || i == 1;
            k.width = k.heads * d;
            k.mask = masked ? mask : NULL;
            k.qkv = filled(k.rows * 3 * k.width), k.y = floats(k.rows * k.width), k.weight = filled(k.rows * k.width);
            dqkv = filled(k.rows * 3 * k.width); // what stands there must not matter
            j = attention_job(&k);
            clip__attention_backward(&c, dqkv, dqkv + k.width, k.weight, &j, k.n);
            check("attention", k.qkv, dqkv, k.rows * 3 * k.width, attention_value, &k, 0.02f, 2e-3);
            check("attention of 17", k.qkv + 3 * k.width, dqkv + 3 * k.width, 17 * 3 * k.width, attention_value, &k,
                  0.02f, 2e-3);
            for (size_t i = 0; masked && i < 218; i++) // a key that is hidden gets nothing
                for (size_t x = k.width; !mask[i] && x < 3 * k.width; x++)
                    if (dqkv[i * 3 * k.width + x] != 0) CHECK(0, "row %lu", (unsigned long)i);
            if (how < 2) { // keys and values as they are, one query a sequence
                float *dq = filled(k.n * k.width);
                k.q = filled(k.n * k.width);
                j = attention_job(&k);
                clip__attention_backward(&c, dq, dqkv + k.width, k.weight, &j, k.n);
                check("the query of attention", k.q, dq, k.n * k.width, attention_value, &k, 0.02f, 2e-3);
                for (size_t i = 0; i < k.rows; i++) memset(dqkv + i * 3 * k.width, 0, k.width * sizeof *dqkv);
                check("its keys and values", k.qkv, dqkv, k.rows * 3 * k.width, attention_value, &k, 0.02f, 2e-3);
            }
            give_back(before);
        }
}

// ---- pooling, activations, the L2 norm, dropout ----

typedef struct pool_case {
    float *x, *y, *weight;
    size_t n, height, width, channels;
} pool_case;

static double maxpool_value(const void *arg) {
    const pool_case *k = (const pool_case *)arg;
    clip__maxpool_forward(&c, k->y, k->x, k->n, k->height, k->width, k->channels);
    return weighted(k->y, k->weight, k->n * ((k->height - 1) / 2 + 1) * ((k->width - 1) / 2 + 1) * k->channels);
}

static double mean_value(const void *arg) {
    const pool_case *k = (const pool_case *)arg;
    for (size_t i = 0; i < k->n; i++)
        clip__mean_forward(k->y + i * k->channels, k->x + i * k->height * k->width * k->channels, NULL,
                           k->height * k->width, k->channels);
    return weighted(k->y, k->weight, k->n * k->channels);
}

static void test_pooling(void) {
    static const size_t sides[][2] = {{5, 6}, {1, 1}, {4, 4}, {7, 2}};
    for (size_t i = 0; i < sizeof sides / sizeof *sides; i++) {
        pool_case k = {NULL, NULL, NULL, 2, sides[i][0], sides[i][1], 3};
        const size_t before = n_taken, count = k.n * k.height * k.width * k.channels;
        clip__pooling_job j;
        k.x = filled(count), k.y = floats(count), k.weight = filled(count);
        memset(&j, 0, sizeof j);
        j.y = floats(count), j.x = k.x, j.dy = k.weight;
        j.height = k.height, j.width = k.width, j.channels = k.channels;
        clip__parallel(&c.pool, k.n, clip__maxpool_backward_task, &j);
        check("max pooling", k.x, j.y, count, maxpool_value, &k, 1e-4f, 1e-2);
        clip__parallel(&c.pool, k.n, clip__mean_backward_task, &j);
        check("mean", k.x, j.y, count, mean_value, &k, 0.1f, 1e-3);
        give_back(before);
    }
}

static double average_value(const void *arg) {
    const pool_case *k = (const pool_case *)arg;
    clip__average_forward(&c, k->y, k->x, k->n, k->height, k->width, k->channels, 2);
    return weighted(k->y, k->weight, k->n * (k->height / 2) * (k->width / 2) * k->channels);
}

static void test_averages(void) {
    static const size_t sides[][2] = {{5, 6}, {2, 2}, {7, 3}};
    for (size_t i = 0; i < sizeof sides / sizeof *sides; i++) {
        pool_case k = {NULL, NULL, NULL, 2, sides[i][0], sides[i][1], 3};
        const size_t before = n_taken, count = k.n * k.height * k.width * k.channels;
        float *dx = filled(count), *sum = filled(count), *was = floats(count); // what stands in dx must not matter
        k.x = filled(count), k.y = floats(count), k.weight = filled(count);
        memcpy(was, sum, count * sizeof *sum);
        clip__average_backward(&c, dx, k.weight, k.n, k.height, k.width, k.channels, 2, 0);
        check("averages", k.x, dx, count, average_value, &k, 0.1f, 1e-3);
        clip__average_backward(&c, sum, k.weight, k.n, k.height, k.width, k.channels, 2, 1);
        for (size_t x = 0; x < count; x++)
            if (!(fabsf(sum[x] - was[x] - dx[x]) < 1e-6f)) CHECK(0, "number %lu was not added", (unsigned long)x);
        give_back(before);
    }
}

// CLIP's pooling of a resnet's pixels: the mean before them, positions, and attention from the mean.
typedef struct pixels_case {
    clip__attention_pool p;
    size_t n, pixels, starts[4];
    float *x, *tokens, *features, *weight, *w, *panels;
    clip__attention_pool_kept kept;
} pixels_case;

static double pixels_value(const void *arg) {
    pixels_case *k = (pixels_case *)(uintptr_t)arg;
    clip__sequences_job j = clip__pixels_job(&k->p, k->starts, k->pixels);
    j.x = k->tokens, j.patches = k->x;
    tape.low = 0;
    clip__panels_pack(k->panels, k->w, 3 * k->p.width, k->p.width, 1);
    clip__parallel(&c.pool, k->n, clip__pixels_embed_task, &j);
    clip__attention_pool_forward(&c, k->features, k->tokens, &k->p, k->starts, k->n, k->n * j.rows, NULL, &k->kept);
    return weighted(k->features, k->weight, k->n * k->p.width);
}

static void test_pixels(void) {
    static pixels_case k;
    enum { WIDTH = 16, PIXELS = 6, N = 3 };
    const size_t before = n_taken, count = N * PIXELS * WIDTH;
    float *dtokens = filled(N * (PIXELS + 1) * WIDTH), *dx = filled(count), *dw, *dpositions, *unpacked;
    clip__sequences_job j;
    memset(&k, 0, sizeof k);
    tape.n_parameters = 0;
    k.p.width = WIDTH, k.p.heads = 2, k.n = N, k.pixels = PIXELS;
    k.x = filled(count), k.tokens = floats(N * (PIXELS + 1) * WIDTH), k.features = floats(N * WIDTH);
    k.weight = filled(N * WIDTH), k.w = filled(3 * WIDTH * WIDTH), k.panels = floats(3 * WIDTH * WIDTH);
    for (size_t i = 0; i < 3 * WIDTH * WIDTH; i++) k.w[i] *= 0.3f;
    k.p.positions = filled((PIXELS + 1) * WIDTH);
    k.p.qkv.panels = k.panels, k.p.qkv.shift = filled(3 * WIDTH), k.p.qkv.in = WIDTH, k.p.qkv.out = 3 * WIDTH;
    k.p.qkv.kernel = k.p.qkv.step = 1;
    k.p.query = clip__layer_part(&k.p.qkv, 0, WIDTH);
    k.p.keys_values = clip__layer_part(&k.p.qkv, WIDTH, 2 * WIDTH);
    dw = trained(k.panels, 3 * WIDTH * WIDTH), dpositions = trained(k.p.positions, (PIXELS + 1) * WIDTH);
    unpacked = floats(3 * WIDTH * WIDTH);
    pixels_value(&k);
    clip__attention_pool_backward(&c, dtokens, k.weight, k.tokens, &k.p, k.starts, N, N * (PIXELS + 1), &k.kept);
    clip__columns(&c, CLIP__COLUMNS_SUM, clip__gradient(&c, k.p.positions), NULL, dtokens, NULL, NULL, NULL, N,
                  (PIXELS + 1) * WIDTH);
    j = clip__pixels_job(&k.p, k.starts, PIXELS);
    j.y = dx, j.features = dtokens;
    clip__parallel(&c.pool, N, clip__pixels_embed_backward_task, &j);
    clip__panels_unpack(unpacked, dw, 3 * WIDTH, WIDTH, 1);
    check("pixels", k.x, dx, count, pixels_value, &k, 0.02f, 2e-3);
    check("positions", (float *)(uintptr_t)k.p.positions, dpositions, (PIXELS + 1) * WIDTH, pixels_value, &k, 0.02f,
          2e-3);
    check("queries, keys and values", k.w, unpacked, 3 * WIDTH * WIDTH, pixels_value, &k, 0.02f, 2e-3);
    tape.low = 0;
    tape.n_parameters = 0;
    give_back(before);
}

static void test_activations(void) {
    for (int f = CLIP__IDENTITY; f <= CLIP__TANH; f++)
        for (double x = -6.03; x < 6; x += 0.11) {
            const float at = (float)x, h = 2e-3f, above = at + h, below = at - h;
            const double slope = ((double)clip__activate((clip__activation)f, above) -
                                  (double)clip__activate((clip__activation)f, below)) /
                                 ((double)above - (double)below);
            const double got = (double)clip__activate_backward((clip__activation)f, at);
            CHECK(fabs(got - slope) < 2e-3, "%s at %g: %g, differences %g", clip__activation_names[f], x, got, slope);
        }
    CHECK(clip__activate_backward(CLIP__RELU, 0) == 0, "as PyTorch's");
}

typedef struct unit_case {
    float *x, *u, *weight;
    size_t n;
} unit_case;

static double unit_value(const void *arg) {
    const unit_case *k = (const unit_case *)arg;
    clip__l2_normalize(k->u, k->x, k->n);
    return weighted(k->u, k->weight, k->n);
}

static void test_l2(void) {
    const size_t before = n_taken;
    unit_case k = {NULL, NULL, NULL, 23};
    float *dx = floats(23), zero[2] = {0, 0}, one[2] = {1, 1};
    k.x = filled(k.n), k.u = floats(k.n), k.weight = filled(k.n);
    unit_value(&k);
    clip__l2_backward(dx, k.weight, k.u, k.x, k.n);
    check("length of 1", k.x, dx, k.n, unit_value, &k, 1e-2f, 1e-3);
    clip__l2_backward(one, one, zero, zero, 2);
    CHECK(one[0] == 0 && one[1] == 0, "a vector without length has no gradient");
    give_back(before);
}

static void test_dropout(void) {
    enum { N = 40000 };
    const size_t before = n_taken;
    float *x = floats(N), *again = floats(N);
    size_t dropped = 0, others = 0, moved = 0;
    for (size_t i = 0; i < N; i++) x[i] = again[i] = 1;
    clip__dropout(&c, x, N, 0.3, 7, 5, 100);
    for (size_t i = 0; i < N; i++) {
        dropped += x[i] == 0;
        others += x[i] != 0 && !(fabsf(x[i] - 1 / 0.7f) < 1e-6f);
    }
    CHECK(fabs((double)dropped / N - 0.3) < 0.01, "%lu of %d", (unsigned long)dropped, N);
    CHECK(!others, "%lu are neither 0 nor 1 / 0.7", (unsigned long)others);
    clip__dropout(&c, again + 1000, N - 1000, 0.3, 7, 5, 1100); // a part alone gets the part's mask
    CHECK(!memcmp(again + 1000, x + 1000, (N - 1000) * sizeof *x), "the position gives the mask");
    for (size_t i = 0; i < N; i++) again[i] = 1;
    clip__dropout(&c, again, N, 0.3, 7, 6, 100);
    for (size_t i = 0; i < N; i++) moved += (again[i] == 0) != (x[i] == 0);
    CHECK(moved > N / 3, "another stream, another mask");
    give_back(before);
}

// ---- losses ----

typedef struct loss_case {
    clip_train_options o;
    float *T, *I, scale, bias;
    const size_t *pictures;
    size_t n, d;
} loss_case;

static double loss_value(const void *arg) {
    const loss_case *k = (const loss_case *)arg;
    return clip__loss(&c, &k->o, k->T, k->I, k->n, k->d, k->pictures, (double)k->scale, (double)k->bias, NULL, NULL,
                      NULL, NULL);
}

static void test_losses(void) {
    static const size_t pictures[7] = {0, 1, 2, 1, 4, 0, 0};
    for (int loss = CLIP_LOSS_SOFT; loss <= CLIP_LOSS_SIGLIP; loss++)
        for (int shared = 0; shared < 2; shared++) { // the second time with pairs that are drawn together
            const size_t before = n_taken;
            loss_case k;
            float *dT = floats(7 * 19), *dI = floats(7 * 19), dscale = 0, dbias = 0;
            double value;
            memset(&k, 0, sizeof k);
            k.o.loss = (clip_loss)loss, k.o.temperature = 1.5, k.o.margin = 0.4;
            k.n = 7, k.d = 19, k.pictures = shared ? pictures : NULL;
            k.T = filled(7 * 19), k.I = filled(7 * 19), k.scale = 1.7f, k.bias = -2;
            for (size_t i = 0; loss == CLIP_LOSS_SOFT && i < 7 * 19; i++)
                k.T[i] *= 0.3f, k.I[i] *= 0.3f; // soft targets
            if (shared && loss != CLIP_LOSS_SOFT) {
                double apart = 0;
                value = loss_value(&k), k.o.align = 2.5;
                for (size_t i = 0; i < 7; i++) apart += 1 - (double)clip_similarity(k.T + i * 19, k.I + i * 19, 19);
                CHECK(fabs(loss_value(&k) - value - 2.5 * apart / 7) < 1e-5, "align adds %g", loss_value(&k) - value);
            }
            value = clip__loss(&c, &k.o, k.T, k.I, k.n, k.d, k.pictures, 1.7f, -2, dT, dI, &dscale, &dbias);
            CHECK(value == loss_value(&k), "the same with and without gradients");
            check("loss, texts", k.T, dT, 7 * 19, loss_value, &k, 3e-3f, 1e-2);
            check("loss, pictures", k.I, dI, 7 * 19, loss_value, &k, 3e-3f, 1e-2);
            if (loss == CLIP_LOSS_INFONCE || loss == CLIP_LOSS_SIGLIP)
                check("loss, logit_scale", &k.scale, &dscale, 1, loss_value, &k, 1e-2f, 1e-3);
            if (loss == CLIP_LOSS_SIGLIP) check("loss, bias", &k.bias, &dbias, 1, loss_value, &k, 1e-2f, 1e-3);
            give_back(before);
        }
}

int main(void) {
    static void (*const tests[])(void) = {test_conv,       test_layernorm, test_batch_norm,  test_batch_norm_of_little,
                                          test_attention,  test_pooling,   test_activations, test_l2,
                                          test_dropout,    test_losses,    test_averages,    test_pixels};
    for (size_t i = 0; i < sizeof clip__kernels / sizeof *clip__kernels; i++) {
#ifdef ONLY_ISA // tests/test_tiles_backward.c: emulated, on top of AVX-512
        if (strcmp(clip__kernels[i].isa, ONLY_ISA) || !i || !clip__kernel_runs(i - 1)) continue;
#else
        if (!clip__kernel_runs(i)) {
            printf("SKIPPED: this CPU has no %s\n", clip__kernels[i].isa);
            continue;
        }
#endif
        context_begin(&clip__kernels[i]);
        for (size_t k = 0; k < sizeof tests / sizeof *tests; k++) {
            counter = (uint64_t)(k + 2) << 32; // each draws its own numbers, none of them at a kink of a maximum
            tests[k]();
        }
        give_back(0);
    }
    return TEST_END();
}
