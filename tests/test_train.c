// The trainer: every gradient, and ten updates by every optimizer, against PyTorch (goldens/make_train.py made what is
// compared with); gradients against finite differences, losses against their formulas in double; and the promises: the
// same bits for any number of threads and after a resume, errors that change nothing, no allocation in a step.
//     test_train -v     also prints the largest errors
#define _POSIX_C_SOURCE 200809L // mkdtemp
#define CLIP_IMPLEMENTATION
#define CLIP_MALLOC(n) counted_malloc(n)
#define CLIP_FREE(p) counted_free(p)
#include <stddef.h>
static void *counted_malloc(size_t n);
static void counted_free(void *p);
#include "clip.h"
#include "test.h"

static size_t mallocs, live, live_bytes, fail_at; // fail_at: the n-th malloc from now gives NULL; 0 for none
static int verbose;
static char folder[256];

enum { BEFORE = 64 }; // bytes before each block, which know its size

static void *counted_malloc(size_t n) {
    char *p;
    mallocs++;
    if (fail_at && !--fail_at) return NULL;
    p = malloc(BEFORE + n);
    if (!p) return NULL;
    memcpy(p, &n, sizeof n), memset(p + BEFORE, 0xFF, n); // what nobody has written is NaN
    live++, live_bytes += n;
    return p + BEFORE;
}

static void counted_free(void *p) {
    size_t n;
    if (!p) return;
    memcpy(&n, (char *)p - BEFORE, sizeof n);
    live--, live_bytes -= n;
    free((char *)p - BEFORE);
}

static uint32_t seed = 1;

static float uniform(void) { // -1 to 1
    seed = seed * 1664525u + 1013904223u;
    return (float)(int32_t)seed / 2147483648.0f;
}

// fmax would lose a NaN.
static double worse(double worst, double error) {
    return error <= worst ? worst : error == error ? error : (double)INFINITY;
}

static const char *in_folder(const char *name) {
    static char path[320];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

// ---- goldens and trainers ----

static const char *const names[] = {"train_resnet_basic", "train_resnet_bottleneck", "train_vit_cls", "train_vit_after",
                                    "train_vit_before",   "train_clip_vit",          "train_siglip",  "train_dual",
                                    "train_clip_resnet"};
enum { N_NAMES = sizeof names / sizeof *names, BATCH = 8, MOST = 70 * 70 * 3 };
enum { RESNET_BASIC, RESNET_BOTTLENECK, VIT_CLS, VIT_AFTER, VIT_BEFORE, CLIP_VIT, SIGLIP };

typedef struct golden {
    const char *name;
    clip_model *model; // NAME.clip
    clip__file file;   // NAME.train
    const unsigned char *pixels, *mask;
    const int32_t *ids, *pictures;
    size_t S, T, pairs;
    unsigned char batch_pixels[BATCH * MOST]; // see batch_of
    unsigned char batch_mask[BATCH * 16];
    int32_t batch_ids[BATCH * 16];
    size_t batch_pictures[BATCH];
    clip_batch batch;
} golden;

static golden goldens[N_NAMES];

// A tensor of the golden, say soft.result; NULL if there is none.
static const void *golden_data(const golden *g, const char *start, const char *end) {
    clip__tensor t;
    char name[64];
    snprintf(name, sizeof name, "%s%s", start, end);
    return clip__file_find_tensor(&g->file, name, &t) ? t.data : NULL;
}

static void golden_open(golden *g, const char *name) {
    char path[256];
    void *bytes;
    size_t size;
    clip_error why;
    clip__tensor t;
    g->name = name;
    snprintf(path, sizeof path, "tests/goldens/%s.clip", name);
    if (clip_model_load(path, NULL, &why, &g->model)) printf("%s: run from the repository\n", why.message), exit(1);
    snprintf(path, sizeof path, "tests/goldens/%s.train", name);
    if (clip__file_read(path, &why, &bytes, &size) || clip__file_open(bytes, size, &why, &g->file))
        printf("%s\n", why.message), exit(1);
    if (!clip__little_endian()) clip__file_swap(&g->file, bytes);
    g->pixels = (const unsigned char *)golden_data(g, "pixels", "");
    g->mask = (const unsigned char *)golden_data(g, "mask", "");
    g->ids = (const int32_t *)golden_data(g, "ids", "");
    g->pictures = (const int32_t *)golden_data(g, "pictures", "");
    clip__file_find_tensor(&g->file, "pixels", &t);
    g->S = (size_t)t.shape[1];
    clip__file_find_tensor(&g->file, "ids", &t);
    g->pairs = (size_t)t.shape[0];
    g->T = (size_t)t.shape[1];
}

static void golden_close(golden *g) {
    clip_model_free(g->model);
    counted_free((void *)(uintptr_t)g->file.bytes);
}

// The same choice as `rows` of make_train.py. It lasts until the next call.
static const clip_batch *batch_of(golden *g, size_t number) {
    const size_t picture = g->S * g->S * 3, T = g->T;
    clip_batch *b = &g->batch;
    memset(b, 0, sizeof *b);
    b->n = BATCH - number % 3;
    for (size_t i = 0; i < b->n; i++) {
        const size_t pair = (3 * number + i) % g->pairs;
        g->batch_pictures[i] = (size_t)g->pictures[pair];
        memcpy(g->batch_pixels + i * picture, g->pixels + g->batch_pictures[i] * picture, picture);
        memcpy(g->batch_ids + i * T, g->ids + pair * T, T * sizeof *g->ids);
        memcpy(g->batch_mask + i * T, g->mask + pair * T, T);
    }
    b->pixels = g->batch_pixels;
    b->ids = g->batch_ids;
    b->mask = g->batch_mask;
    b->T = T;
    b->pictures = g->batch_pictures;
    return b;
}

// Nothing that a trainer did needed more memory than was counted before. (A sanitizer sees no overlap inside a block.)
static void free_trainer(clip_trainer *t) {
    CHECK(!t || t->tape.peak <= t->tape.size, "%zu bytes of a tape of %zu", t->tape.peak, t->tape.size);
    clip_trainer_free(t);
}
#define clip_trainer_free free_trainer

static clip_trainer *new_trainer(const clip_model *model, const clip_train_options *opt) {
    clip_trainer *t = NULL;
    clip_error why = {CLIP_OK, ""};
    CHECK(!clip_trainer_new(model, opt, &why, &t), "%s", why.message);
    if (!t) exit(1);
    return t;
}

// The options of most tests: the soft loss at the goldens' temperature, rates that are worth a step.
static clip_train_options options(clip_loss loss) {
    clip_train_options o;
    memset(&o, 0, sizeof o);
    o.loss = loss;
    o.temperature = 0.8;
    o.max_batch = BATCH;
    for (int i = 0; i < 3; i++) o.rate[i] = 2e-3;
    return o;
}

static clip_trainer_info info_of(const clip_trainer *t) {
    clip_trainer_info info;
    clip_trainer_get_info(t, &info);
    return info;
}

static double step(clip_trainer *t, const clip_batch *batch) {
    double loss = -1;
    CHECK(!clip_trainer_step(t, batch, &loss), "%s", clip_trainer_error(t));
    return loss;
}

// The model as the trainer has it now.
static clip_model *exported(clip_trainer *t) {
    clip_model *model = NULL;
    clip_error why = {CLIP_OK, ""};
    CHECK(!clip_trainer_export(t, in_folder("export.clip")), "%s", clip_trainer_error(t));
    CHECK(!clip_model_load(in_folder("export.clip"), NULL, &why, &model), "%s", why.message);
    if (!model) exit(1);
    return model;
}

static int same_model(const clip_model *a, const clip_model *b) {
    return a->file.size == b->file.size && !memcmp(a->file.bytes, b->file.bytes, a->file.size);
}

static clip__parameter *parameter(clip_trainer *t, const char *name, size_t size) {
    for (size_t i = 0; i < t->n_parameters; i++)
        if (t->parameters[i].name_size == size && !memcmp(t->parameters[i].name, name, size)) return &t->parameters[i];
    return NULL;
}

// The tensor at *cursor or after it that holds weights or statistics, in the file's order.
static int next_weight(const clip_model *m, size_t *cursor, clip__tensor *t) {
    const size_t end = m->file.data - CLIP__HEADER - m->file.keys_size;
    while (*cursor < end && clip__file_next_tensor(&m->file, cursor, t))
        if (t->type == CLIP__F32 && memcmp(t->name, "selftest.", 9)) return 1;
    return 0;
}

static size_t numbers_of(const clip__tensor *t) {
    return (size_t)(t->shape[0] * t->shape[1] * t->shape[2] * t->shape[3]);
}

static int is_statistic(const clip__tensor *t) {
    return (t->name_size > 5 && !memcmp(t->name + t->name_size - 5, ".mean", 5)) ||
           (t->name_size > 4 && !memcmp(t->name + t->name_size - 4, ".var", 4));
}

static void row_major(float *out, const clip__tensor *t, const float *data) {
    if (t->layout == CLIP__PANELS)
        clip__panels_unpack(out, data, (size_t)t->shape[0], (size_t)t->shape[1], (size_t)(t->shape[2] * t->shape[3]));
    else memcpy(out, data, numbers_of(t) * sizeof *out);
}

static size_t numbers_in(const clip_model *m) {
    size_t n = 0, cursor = 0;
    clip__tensor t;
    while (next_weight(m, &cursor, &t)) n += numbers_of(&t);
    return n;
}

// All gradients in the goldens' order, as PyTorch lays them out; 0 for statistics and for what is not trained.
static void gather_gradients(const golden *g, clip_trainer *t, float *out) {
    size_t cursor = 0;
    clip__tensor w;
    for (; next_weight(g->model, &cursor, &w); out += numbers_of(&w)) {
        const clip__parameter *p = parameter(t, w.name, w.name_size);
        memset(out, 0, numbers_of(&w) * sizeof *out);
        if (p && p->group != CLIP__STATISTICS) row_major(out, &w, p->gradient);
    }
}

// The largest error of a gradient, relative to the largest number of its tensor; *where names the tensor. A tensor
// whose true gradient is nearly 0 (a query's, where attention does not matter) is measured by 1e-4 of the model's
// largest.
static double gradients_error(const golden *g, const float *got, const float *want, char where[64]) {
    size_t cursor = 0;
    clip__tensor w;
    double most = 0, worst = 0;
    const float *at = want;
    for (; next_weight(g->model, &cursor, &w); at += numbers_of(&w))
        for (size_t i = 0; i < numbers_of(&w) && !is_statistic(&w); i++) most = fmax(most, fabs((double)at[i]));
    for (cursor = 0; next_weight(g->model, &cursor, &w); got += numbers_of(&w), want += numbers_of(&w)) {
        double largest = 1e-4 * most, error = 0;
        if (is_statistic(&w)) continue;
        for (size_t i = 0; i < numbers_of(&w); i++) {
            largest = fmax(largest, fabs((double)want[i]));
            error = worse(error, fabs((double)got[i] - (double)want[i]));
        }
        error = largest > 0 ? error / largest : error;
        if (error > worst) snprintf(where, 64, "%.*s", (int)w.name_size, w.name);
        worst = worse(worst, error);
    }
    return worst;
}

// ---- PyTorch ----

static const struct {
    const char *name;
    clip_loss loss;
    int freeze_statistics;
} cases[] = {{"soft", CLIP_LOSS_SOFT, 0},
             {"infonce", CLIP_LOSS_INFONCE, 0},
             {"triplet", CLIP_LOSS_TRIPLET, 0},
             {"siglip", CLIP_LOSS_SIGLIP, 0},
             {"infonce.frozen", CLIP_LOSS_INFONCE, 1}};
enum { N_CASES = sizeof cases / sizeof *cases };

// Loss, gradients and running statistics of one batch; with micro_batch the same, by way of gradient caching.
static void test_case(golden *g, size_t k, size_t micro_batch, size_t n_numbers) {
    const double *loss = (const double *)golden_data(g, cases[k].name, ".loss");
    const float *want = (const float *)golden_data(g, cases[k].name, ".result");
    clip_train_options o = options(cases[k].loss);
    clip_trainer *t;
    clip_model *after;
    double got = -1, error, worst = 0, squares = 0;
    float *gradients = malloc(n_numbers * sizeof(float));
    char where[64] = "";
    clip__tensor w;
    size_t cursor = 0;
    o.freeze_statistics = cases[k].freeze_statistics;
    o.micro_batch = micro_batch;
    o.optimizer = CLIP_SGD;
    for (int i = 0; i < 3; i++) o.rate[i] = 1e-30; // an update that moves statistics only
    t = new_trainer(g->model, &o);
    CHECK(!clip_trainer_gradients(t, batch_of(g, 0), &got), "%s: %s", g->name, clip_trainer_error(t));
    CHECK(fabs(got - *loss) <= 1e-5 * fabs(*loss), "%s, %s: loss %.9g, PyTorch %.9g", g->name, cases[k].name, got,
          *loss);
    gather_gradients(g, t, gradients);
    error = gradients_error(g, gradients, want, where);
    CHECK(error <= 1e-4, "%s, %s, micro-batch %zu: gradient of %s is off by %g of its largest", g->name, cases[k].name,
          micro_batch, where, error);
    for (size_t i = 0; i < n_numbers; i++) squares += (double)gradients[i] * (double)gradients[i];
    CHECK(!clip_trainer_update(t), "%s", clip_trainer_error(t));
    CHECK(fabs(info_of(t).gradient_norm / sqrt(squares) - 1) < 1e-6, "%s: norm %g, the gradients' is %g", g->name,
          info_of(t).gradient_norm, sqrt(squares));
    if (g->model->image == CLIP__VIT || o.freeze_statistics) // training form is that of inference
        CHECK(!clip_trainer_evaluate(t, batch_of(g, 0), &got) && fabs(got - *loss) <= 1e-5 * *loss,
              "%s, %s: evaluated %.9g, PyTorch %.9g", g->name, cases[k].name, got, *loss);
    after = exported(t);
    for (const float *at = want; next_weight(after, &cursor, &w); at += numbers_of(&w)) {
        if (!is_statistic(&w)) continue;
        worst = worse(worst, (double)clip__vector_error((const float *)w.data, at, numbers_of(&w)));
    }
    CHECK(worst <= 1e-5, "%s, %s: running statistics are off by %g of the largest", g->name, cases[k].name, worst);
    if (verbose)
        printf("%-24s %-14s micro-batch %zu: loss %.1e, gradients %.1e (%s), statistics %.1e\n", g->name, cases[k].name,
               micro_batch, fabs(got / *loss - 1), error, where, worst);
    free(gradients);
    clip_model_free(after);
    clip_trainer_free(t);
}

static void test_pytorch(golden *g) {
    const size_t n = numbers_in(g->model);
    for (size_t k = 0; k < N_CASES; k++) {
        if (!golden_data(g, cases[k].name, ".loss")) continue;
        test_case(g, k, 0, n);
        if (g->model->image == CLIP__RESNET && !cases[k].freeze_statistics) continue; // micro-batches have their own
        test_case(g, k, 3, n);
        test_case(g, k, 1, n);
    }
}

// Gradient caching gives the direct gradients, to rounding.
static void test_caching(golden *g) {
    const size_t n = numbers_in(g->model), micro[] = {0, 7, 4, 3, 1};
    float *direct = malloc(n * sizeof(float)), *cached = malloc(n * sizeof(float));
    for (size_t i = 0; i < sizeof micro / sizeof *micro; i++) {
        clip_train_options o = options(CLIP_LOSS_SIGLIP);
        clip_trainer *t;
        char where[64] = "";
        double loss[2] = {0, 0}, error;
        o.freeze_statistics = 1;
        o.micro_batch = micro[i];
        o.dropout = 0.3;
        t = new_trainer(g->model, &o);
        CHECK(!clip_trainer_gradients(t, batch_of(g, 0), &loss[i > 0]), "%s", clip_trainer_error(t));
        gather_gradients(g, t, i ? cached : direct);
        error = i ? gradients_error(g, cached, direct, where) : 0;
        CHECK(error <= 1e-5, "%s, micro-batch %zu: gradient of %s is off by %g", g->name, micro[i], where, error);
        clip_trainer_free(t);
    }
    free(direct);
    free(cached);
}

// The table RUNS of make_train.py. `batches` of them make an update.
static const struct {
    const char *name;
    size_t batches;
    clip_train_options options;
} runs[] = {
    {"sgd", 1, {.loss = CLIP_LOSS_SOFT, .optimizer = CLIP_SGD, .rate = {0.005, 0.02, 0.05}}},
    {"momentum",
     1,
     {.loss = CLIP_LOSS_TRIPLET,
      .optimizer = CLIP_SGD,
      .rate = {0.01, 0.02, 0.03},
      .momentum = 0.9,
      .decay = {0.01, 0.02, 0},
      .warmup_steps = 4}},
    {"nesterov",
     1,
     {.loss = CLIP_LOSS_INFONCE,
      .optimizer = CLIP_SGD,
      .rate = {0.002, 0.005, 0.01},
      .momentum = 0.8,
      .nesterov = 1,
      .clip_norm = 1}},
    {"adam",
     1,
     {.loss = CLIP_LOSS_INFONCE,
      .optimizer = CLIP_ADAM,
      .rate = {5e-4, 1e-3, 2e-3},
      .decay = {0.01, 0.1, 0.02},
      .schedule = CLIP_COSINE,
      .warmup_steps = 3,
      .total_steps = 10}},
    {"adamw",
     1,
     {.loss = CLIP_LOSS_SIGLIP,
      .optimizer = CLIP_ADAMW,
      .rate = {5e-4, 2e-3, 3e-3},
      .decay = {0.5, 0.1, 0.2},
      .eps = 1e-5,
      .no_decay_1d = 1,
      .schedule = CLIP_COSINE,
      .total_steps = 10}},
    {"accumulate",
     2,
     {.loss = CLIP_LOSS_SOFT,
      .optimizer = CLIP_SGD,
      .rate = {0.005, 0.01, 0.02},
      .momentum = 0.9,
      .decay = {0.1, 0.1, 0.1}}},
};
enum { N_RUNS = sizeof runs / sizeof *runs, UPDATES = 10 };

// Ten updates, each of another batch: rates, losses, and how far each tensor went.
static void test_run(golden *g, size_t k) {
    const double *losses = (const double *)golden_data(g, runs[k].name, ".losses"),
                 *rates = (const double *)golden_data(g, runs[k].name, ".rates"),
                 *moved = (const double *)golden_data(g, runs[k].name, ".moved");
    clip_train_options o = runs[k].options;
    clip_trainer *t;
    clip_model *after;
    clip__tensor w, start;
    double worst = 0, worst_moved = 0;
    size_t cursor = 0, start_cursor = 0, compared = 0;
    char where[64] = "";
    o.temperature = 0.8;
    o.max_batch = BATCH;
    t = new_trainer(g->model, &o);
    for (size_t s = 0; s <= UPDATES; s++, losses++) {
        const clip_trainer_info info = info_of(t);
        double loss = 0, one = 0;
        CHECK(info.step == s, "step %d", (int)info.step);
        for (int i = 0; i < 3; i++, rates++)
            CHECK(fabs(info.rate[i] - *rates) <= 1e-12, "%s, %s, update %zu: rate %g, formula %g", g->name,
                  runs[k].name, s, info.rate[i], *rates);
        if (s == UPDATES) break;
        for (size_t b = 0; b < runs[k].batches; b++, loss += one / (double)runs[k].batches)
            CHECK(!clip_trainer_gradients(t, batch_of(g, s * runs[k].batches + b), &one), "%s", clip_trainer_error(t));
        CHECK(!clip_trainer_update(t), "%s", clip_trainer_error(t));
        CHECK(fabs(loss - *losses) <= 1e-4 * fabs(*losses), "%s, %s, update %zu: loss %.9g, PyTorch %.9g", g->name,
              runs[k].name, s, loss, *losses);
        worst = worse(worst, fabs(loss / *losses - 1));
    }
    after = exported(t);
    for (; next_weight(after, &cursor, &w) && next_weight(g->model, &start_cursor, &start); moved += 2) {
        const float *a = (const float *)w.data, *b = (const float *)start.data; // what fills panels up stays 0
        double sum = 0, squares = 0, error;
        for (size_t i = 0; i < (size_t)w.size / sizeof(float); i++) {
            const double change = (double)a[i] - (double)b[i];
            sum += change;
            squares += change * change;
        }
        if (moved[0] != moved[0]) continue; // not even PyTorch agrees with itself
        error = fmax(fabs(sqrt(squares) - moved[1]), fabs(sum - moved[0]));
        error = moved[1] > 0 ? error / moved[1] : error;
        if (error > worst_moved) snprintf(where, sizeof where, "%.*s", (int)w.name_size, w.name);
        worst_moved = worse(worst_moved, error);
        compared++;
    }
    CHECK(worst_moved <= 1e-3, "%s, %s: %s went elsewhere, by %g of its way", g->name, runs[k].name, where,
          worst_moved);
    CHECK(compared > 20, "%s, %s: %zu tensors compared", g->name, runs[k].name, compared);
    if (verbose) printf("%-24s %-14s losses %.1e, ways %.1e (%s)\n", g->name, runs[k].name, worst, worst_moved, where);
    clip_model_free(after);
    clip_trainer_free(t);
}

// The rate after each number heard is ReduceLROnPlateau's.
static void test_plateau(golden *g) {
    static const char *const patiences[] = {"patience0", "patience1", "patience2"};
    clip__tensor heard;
    CHECK(clip__file_find_tensor(&g->file, "plateau.heard", &heard), "no golden");
    for (size_t patience = 0; patience < 3; patience++) {
        const double *want = (const double *)golden_data(g, "plateau.", patiences[patience]);
        clip_train_options o = options(CLIP_LOSS_SOFT);
        clip_trainer *t;
        o.schedule = CLIP_PLATEAU;
        o.patience = patience;
        o.factor = want[0];
        t = new_trainer(g->model, &o);
        for (size_t i = 0; i < heard.shape[0]; i++) {
            if (i % 2) { // what it has heard is in a checkpoint
                CHECK(!clip_trainer_save(t, in_folder("checkpoint.clip"), NULL, 0), "%s", clip_trainer_error(t));
                clip_trainer_free(t);
                t = new_trainer(g->model, &o);
                CHECK(!clip_trainer_resume(t, in_folder("checkpoint.clip"), NULL, 0, NULL), "%s",
                      clip_trainer_error(t));
            }
            clip_trainer_plateau(t, ((const double *)heard.data)[i]);
            for (int group = 0; group < 3; group++)
                CHECK(fabs(info_of(t).rate[group] / o.rate[group] / want[i + 1] - 1) < 1e-12,
                      "patience %zu, after %zu numbers: rate %g, PyTorch %g", patience, i + 1,
                      info_of(t).rate[group] / o.rate[group], want[i + 1]);
        }
        clip_trainer_free(t);
    }
}

// ---- finite differences ----

// One weight of each tensor is moved up and down, and the loss (in training form, with dropout) must follow its
// gradient.
static void test_differences(golden *g, clip_loss loss) {
    clip_train_options o = options(loss);
    clip_trainer *t;
    size_t checked = 0;
    double worst = 0;
    o.dropout = 0.25;
    o.seed = 7;
    t = new_trainer(g->model, &o);
    for (size_t k = 0; k < t->n_parameters; k++) {
        clip__parameter *p = &t->parameters[k];
        size_t best = 0, largest = 0;
        double most = 0, losses[2] = {0, 0}, slope, h;
        float was, gradient;
        if (p->group == CLIP__STATISTICS) continue;
        t->calls = 0; // the same mask of dropout each time
        CHECK(!clip_trainer_gradients(t, batch_of(g, 0), NULL), "%s", clip_trainer_error(t));
        for (size_t i = 1; i < p->n; i++)
            if (fabsf(p->gradient[i]) > fabsf(p->gradient[largest])) largest = i;
        most = fabs((double)p->gradient[largest]);
        for (int i = 0; i < 16; i++) { // of some at random the one that matters most
            const size_t at = (size_t)((uniform() * 0.499f + 0.5f) * (float)p->n);
            if (!i || fabsf(p->gradient[at]) > fabsf(p->gradient[best])) best = at;
        }
        if (fabs((double)p->gradient[best]) < 0.01 * most) best = largest;
        gradient = p->gradient[best];
        was = p->value[best];
        h = fmin(0.01, fmax(2e-4, 5e-5 / fabs((double)gradient))); // small, or ReLUs flip between the two
        CHECK(h * most > 5e-6, "%s: %.*s is too flat: the loss's rounding, about 3e-7, would be seen", g->name,
              (int)p->name_size, p->name);
        for (int side = 0; side < 2; side++) {
            p->value[best] = (float)((double)was + (side ? h : -h));
            CHECK(!clip_trainer_gradients(t, NULL, NULL), "%s", clip_trainer_error(t));
            t->calls = 0;
            CHECK(!clip_trainer_gradients(t, batch_of(g, 0), &losses[side]), "%s", clip_trainer_error(t));
        }
        p->value[best] = was;
        clip_trainer_gradients(t, NULL, NULL);
        slope = (losses[1] - losses[0]) / (2 * h);
        CHECK(fabs(slope - (double)gradient) <= 0.06 * most + 5e-7 / h,
              "%s: number %zu of %.*s: gradient %g, the loss says %g; the tensor's largest is %g", g->name, best,
              (int)p->name_size, p->name, (double)gradient, slope, most);
        worst = worse(worst, fabs(slope - (double)gradient) / most);
        checked++;
    }
    if (verbose) printf("%-24s finite differences of %zu tensors, off by %.1e\n", g->name, checked, worst);
    clip_trainer_free(t);
}

// CLIP's text tower with a mean over its tokens, of which there is no golden: SigLIP's, with that word in its file.
static void test_mean_of_text(const golden *siglip) {
    static golden g;
    void *bytes;
    size_t size;
    clip__file file;
    clip__key key;
    clip_model *model = NULL;
    clip_error why;
    CHECK(!clip__file_read("tests/goldens/train_siglip.clip", &why, &bytes, &size), "%s", why.message);
    CHECK(!clip__file_open(bytes, size, NULL, &file) && clip__file_find_key(&file, "text.pool", &key) && key.size == 4,
          "keys");
    memcpy((unsigned char *)bytes + (key.value - file.bytes), "mean", 4);
    clip__write_le((unsigned char *)bytes + 12, clip__crc32(0, file.bytes + 16, file.data - 16), 4);
    CHECK(!clip_model_load_memory(bytes, size, NULL, &why, &model), "%s", why.message);
    g = *siglip;
    g.model = model;
    test_differences(&g, CLIP_LOSS_INFONCE);
    clip_model_free(model);
    counted_free(bytes);
}

// ---- losses ----

static double log_sigmoid(double x) { return x < 0 ? x - log1p(exp(x)) : -log1p(exp(-x)); }

// log softmax of row [n] with a stride, at place i.
static double log_softmax(const double *row, size_t n, size_t stride, size_t i) {
    double most = row[0], sum = 0;
    for (size_t j = 1; j < n; j++) most = fmax(most, row[j * stride]);
    for (size_t j = 0; j < n; j++) sum += exp(row[j * stride] - most);
    return row[i * stride] - most - log(sum);
}

// The formulas of clip.h, word by word. T, I [n, dim]
static double loss_formula(clip_loss loss, const double *T, const double *I, size_t n, size_t dim,
                           const size_t *pictures, double scale, double bias, double temperature, double margin) {
    double S[BATCH * BATCH], G[BATCH * BATCH], tt[BATCH], ii[BATCH], sum = 0;
    for (size_t i = 0; i < n; i++) {
        tt[i] = ii[i] = 0;
        for (size_t k = 0; k < dim; k++)
            tt[i] += T[i * dim + k] * T[i * dim + k], ii[i] += I[i * dim + k] * I[i * dim + k];
    }
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            double s = 0, g = 0;
            for (size_t k = 0; k < dim; k++) {
                s += T[i * dim + k] * I[j * dim + k];
                g += (T[i * dim + k] * T[j * dim + k] + I[i * dim + k] * I[j * dim + k]) / 2;
            }
            if (loss == CLIP_LOSS_SOFT) s /= temperature;
            else s /= sqrt(tt[i] * ii[j]);
            if (loss == CLIP_LOSS_INFONCE || loss == CLIP_LOSS_SIGLIP) s *= exp(scale);
            if (loss == CLIP_LOSS_SIGLIP) s += bias;
            S[i * n + j] = s;
            G[i * n + j] = g * temperature;
        }
    for (size_t i = 0; i < n; i++) {
        double hardest_image = -1e300, hardest_text = -1e300, same = 0;
        for (size_t j = 0; j < n; j++) same += pictures[i] == pictures[j];
        for (size_t j = 0; j < n; j++) {
            const int positive = pictures[i] == pictures[j];
            if (loss == CLIP_LOSS_SOFT)
                sum -= (exp(log_softmax(G + i * n, n, 1, j)) * log_softmax(S + i * n, n, 1, j) +
                        exp(log_softmax(G + j * n, n, 1, i)) * log_softmax(S + i, n, n, j)) /
                       2;
            if (loss == CLIP_LOSS_INFONCE && positive)
                sum -= (log_softmax(S + i * n, n, 1, j) + log_softmax(S + i, n, n, j)) / 2 / same;
            if (loss == CLIP_LOSS_SIGLIP) sum -= log_sigmoid(positive ? S[i * n + j] : -S[i * n + j]);
            if (positive) continue;
            hardest_image = fmax(hardest_image, S[i * n + j]);
            hardest_text = fmax(hardest_text, S[j * n + i]);
        }
        if (loss == CLIP_LOSS_TRIPLET)
            sum += fmax(0, margin + hardest_image - S[i * n + i]) + fmax(0, margin + hardest_text - S[i * n + i]);
    }
    return sum / (double)n;
}

// Every loss is its formula, for vectors short and long, near and far, and a logit_scale up to its limit; nothing
// overflows, forward or backward. Both towers are frozen: the features are the vectors, but for the texts' linear head.
static void test_formulas(void) {
    const golden *g = &goldens[VIT_CLS];
    static const double sizes[] = {1e-3, 0.3, 1, 30, 3000};
    const size_t dim = clip_embed_dim(g->model), width = g->model->text_head.in;
    float text[BATCH * 64], image[BATCH * 64], w[64 * 64];
    double T[BATCH * 64], I[BATCH * 64];
    static const size_t some_shared[BATCH] = {0, 1, 2, 1, 3, 4, 0, 5}, all_shared[BATCH] = {9, 9, 9, 9, 9, 9, 9, 9},
                        all_different[BATCH] = {0, 1, 2, 3, 4, 5, 6, 7};
    clip__panels_unpack(w, g->model->text_head.projection.panels, dim, width, 1);
    for (int k = 0; k < 4 * 5 * 3; k++) {
        const clip_loss loss = (clip_loss)(k % 4);
        const double size = sizes[k / 4 % 5], scale = k / 20 ? log(100.0) : 2.0;
        clip_train_options o = options(loss);
        clip_trainer *t;
        clip_batch b;
        double want, got = -1, allowed;
        memset(&b, 0, sizeof b);
        o.freeze[0] = o.freeze[1] = 1;
        o.margin = k / 20 == 2 ? 1.0 : 0.3;
        o.temperature = k / 20 == 2 ? 3.0 : 0.8;
        t = new_trainer(g->model, &o);
        if (parameter(t, "logit_scale", 11)) parameter(t, "logit_scale", 11)->value[0] = (float)scale;
        if (parameter(t, "logit_bias", 10)) parameter(t, "logit_bias", 10)->value[0] = -5;
        for (size_t i = 0; i < BATCH; i++) {
            for (size_t j = 0; j < width; j++) text[i * width + j] = uniform() * (float)size;
            for (size_t c = 0; c < dim; c++) {
                T[i * dim + c] = 0;
                for (size_t j = 0; j < width; j++)
                    T[i * dim + c] += (double)w[c * width + j] * (double)text[i * width + j];
                // pictures like the texts, some noise: hinges on both sides of 0
                image[i * dim + c] = (float)(T[i * dim + c] + 0.2 * size * (double)uniform());
                I[i * dim + c] = (double)image[i * dim + c];
            }
        }
        b.n = BATCH, b.image_features = image, b.text_features = text;
        for (int share = 0; share < 5; share++) {
            const size_t *const shares[] = {NULL, all_different, all_shared, some_shared, some_shared};
            b.pictures = shares[share];
            if (share == 4) b.n = 1;
            want = loss_formula(loss, T, I, b.n, dim, share ? b.pictures : all_different, scale, -5, o.temperature,
                                o.margin);
            CHECK(!clip_trainer_evaluate(t, &b, &got), "%s", clip_trainer_error(t));
            // logits are floats: where they are in the millions, so is their rounding
            allowed = 1e-5 * fabs(want) + 1e-6 * (loss == CLIP_LOSS_SOFT ? 1 + size * size : 100);
            CHECK(fabs(got - want) <= allowed,
                  "loss %d, vectors about %g, logit_scale %g, share %d: %.9g, the formula says %.9g", (int)loss, size,
                  scale, share, got, want);
            got = -1;
            CHECK(!clip_trainer_gradients(t, &b, &got) && fabs(got - want) <= allowed, "%s: %g", clip_trainer_error(t),
                  got);
        }
        CHECK(!clip_trainer_update(t) && isfinite(info_of(t).gradient_norm), "loss %d, size %g: %s", (int)loss, size,
              clip_trainer_error(t));
        clip_trainer_free(t);
    }
}

// A vector of zeros has no direction; that is no reason to stop.
static void test_zero_vector(clip_loss loss) {
    golden *g = &goldens[VIT_AFTER]; // its texts have no head
    clip_train_options o = options(loss);
    clip_trainer *t;
    float text[BATCH * 64];
    double value;
    o.freeze[CLIP_TEXT_TOWER] = 1;
    t = new_trainer(g->model, &o);
    batch_of(g, 0);
    for (size_t i = 0; i < BATCH * 64; i++) text[i] = i < info_of(t).text_width ? 0 : uniform();
    g->batch.ids = NULL, g->batch.mask = NULL, g->batch.text_features = text;
    CHECK(!clip_trainer_step(t, &g->batch, &value) && isfinite(value) && isfinite(info_of(t).gradient_norm),
          "loss %d: %s", (int)loss, clip_trainer_error(t));
    clip_trainer_free(t);
}

// InfoNCE's learnt temperature stops at 1/100, as Radford et al. have it; Zhai et al. 2023 set no limit.
static void test_logit_scale_limit(clip_loss loss) {
    golden *g = &goldens[loss == CLIP_LOSS_SIGLIP ? SIGLIP : VIT_CLS];
    clip_train_options o = options(loss);
    double first;
    clip_trainer *t;
    o.rate[0] = o.rate[1] = 1e-30;
    o.rate[2] = 50; // Adam's first step is of just this length
    for (int towards = -1; towards < 2; towards += 2) {
        t = new_trainer(g->model, &o);
        first = info_of(t).logit_scale;
        CHECK(loss != CLIP_LOSS_INFONCE || fabs(first - 2) < 1e-6, "the file's %g", first);
        CHECK(!clip_trainer_gradients(t, batch_of(g, 0), NULL), "%s", clip_trainer_error(t));
        parameter(t, "logit_scale", 11)->gradient[0] = -(float)towards;
        CHECK(!clip_trainer_update(t), "%s", clip_trainer_error(t));
        CHECK(towards < 0                    ? info_of(t).logit_scale < -40
              : loss == CLIP_LOSS_INFONCE ? fabs(info_of(t).logit_scale - log(100.0)) < 1e-6
                                          : fabs(info_of(t).logit_scale - first - 50) < 0.1,
              "logit_scale is %g", info_of(t).logit_scale);
        clip_trainer_free(t);
    }
}

// ---- promises ----

static void parallel_backwards(void *user, size_t n, void (*task)(void *arg, size_t i), void *arg) {
    ++*(int *)user;
    while (n--) task(arg, n);
}

static uint32_t gradients_crc(const clip_trainer *t) {
    uint32_t crc = 0;
    for (size_t i = 0; i < t->n_parameters; i++)
        crc = clip__crc32(crc, t->parameters[i].gradient, t->parameters[i].n * sizeof(float));
    return crc;
}

static uint32_t values_crc(const clip_trainer *t) {
    uint32_t crc = 0;
    for (size_t i = 0; i < t->n_parameters; i++)
        crc = clip__crc32(crc, t->parameters[i].value, t->parameters[i].n * sizeof(float));
    return crc;
}

// Products of bf16 give nearly the loss and the gradients of f32; where the CPU has none, just these.
static void test_bf16(golden *g) {
    const size_t n = numbers_in(g->model);
    float *gradients[2] = {malloc(n * sizeof(float)), malloc(n * sizeof(float))};
    double loss[2] = {-1, -2}, dot = 0, aa = 0, bb = 0;
    int half = 0;
    for (int k = 0; k < 2; k++) {
        clip_train_options o = options(CLIP_LOSS_INFONCE);
        clip_trainer *t;
        o.bf16 = k;
        t = new_trainer(g->model, &o);
        half = t->c->half;
        CHECK(half == (k && t->c->kernel->gemm[CLIP__FORM_BF16] != NULL), "%s", t->c->kernel->isa);
        CHECK(!clip_trainer_gradients(t, batch_of(g, 0), &loss[k]), "%s: %s", g->name, clip_trainer_error(t));
        gather_gradients(g, t, gradients[k]);
        CHECK(!clip_trainer_update(t) && !clip_trainer_evaluate(t, batch_of(g, 0), &dot), "%s", clip_trainer_error(t));
        CHECK(isfinite(dot), "%s: evaluated %g", g->name, dot);
        clip_trainer_free(t);
    }
    dot = 0;
    for (size_t i = 0; i < n; i++) {
        dot += (double)gradients[0][i] * (double)gradients[1][i];
        aa += (double)gradients[0][i] * (double)gradients[0][i],
            bb += (double)gradients[1][i] * (double)gradients[1][i];
    }
    CHECK(fabs(loss[0] - loss[1]) <= 0.02 * fabs(loss[0]), "%s: loss %g in bf16, %g in f32", g->name, loss[1], loss[0]);
    // A tiny ResNet's batch norms see few numbers, and its ReLUs turn over: it is the ops that tests/test_backward.c
    // checks.
    CHECK(dot >= (!half ? 1 - 1e-12 : g->model->image == CLIP__RESNET ? 0.9 : 0.99) * sqrt(aa * bb) &&
              fabs(sqrt(aa / bb) - 1) < 0.05,
          "%s: gradients in bf16 have a cosine of %g, and %g of the length", g->name, dot / sqrt(aa * bb),
          sqrt(bb / aa));
    if (half) CHECK(memcmp(gradients[0], gradients[1], n * sizeof(float)), "%s: bf16 was not used", g->name);
    free(gradients[0]), free(gradients[1]);
}

// The same bits for any number of threads: losses, gradients, and the model after three steps.
static void test_threads(golden *g, size_t micro_batch, int bf16) {
    const size_t threads[] = {1, 2, 3, 3};
    clip_model *first = NULL;
    uint32_t crc[3] = {0, 0, 0};
    double losses[3] = {0, 0, 0};
    int loops = 0;
    for (size_t k = 0; k < 4; k++) {
        clip_train_options o = options(CLIP_LOSS_INFONCE);
        clip_trainer *t;
        clip_model *after;
        o.threads = threads[k];
        if (k == 3) o.parallel_for = parallel_backwards, o.parallel_user = &loops;
        o.micro_batch = micro_batch;
        o.bf16 = bf16;
        o.dropout = 0.3;
        t = new_trainer(g->model, &o);
        for (size_t s = 0; s < 3; s++) {
            double loss = -1;
            CHECK(!clip_trainer_gradients(t, batch_of(g, s), &loss), "%s", clip_trainer_error(t));
            if (!k) crc[s] = gradients_crc(t), losses[s] = loss;
            CHECK(gradients_crc(t) == crc[s] && loss == losses[s], "%s, %zu threads, step %zu: other bits", g->name,
                  threads[k], s);
            CHECK(!clip_trainer_update(t), "%s", clip_trainer_error(t));
        }
        after = exported(t);
        if (!k) first = after;
        CHECK(same_model(first, after), "%s, %zu threads: other weights", g->name, threads[k]);
        if (k) clip_model_free(after);
        clip_trainer_free(t);
    }
    CHECK(loops > 0, "the caller's loop was not used");
    clip_model_free(first);
}

// Saved in the middle and resumed by another trainer, whose weights have been elsewhere, frozen ones too: losses and
// model as if nothing had happened.
static void test_resume(golden *g, const clip_train_options *o) {
    clip_train_options thawed = *o;
    clip_trainer *t = new_trainer(g->model, o), *other;
    clip_model *straight, *resumed, *elsewhere;
    clip_trainer_info after[3];
    double losses[3], there = -1, here = -2;
    char user[8] = "", saved[] = "epoch 7";
    size_t user_size = 0;
    for (size_t s = 0; s < 3; s++) step(t, batch_of(g, s));
    for (int epoch = 0; epoch < 6; epoch++) clip_trainer_plateau(t, epoch ? 2.5 : 2.0); // patience 2: a cut, then two
    CHECK(!clip_trainer_save(t, in_folder("checkpoint.clip"), saved, sizeof saved), "%s", clip_trainer_error(t));
    CHECK(!clip_trainer_evaluate(t, batch_of(g, 0), &there), "%s", clip_trainer_error(t));
    for (size_t s = 0; s < 3; s++) {
        losses[s] = step(t, batch_of(g, 3 + s));
        clip_trainer_plateau(t, 2.5);
        after[s] = info_of(t);
    }
    thawed.freeze[CLIP_IMAGE_TOWER] = thawed.freeze[CLIP_TEXT_TOWER] = 0;
    other = new_trainer(g->model, &thawed);
    step(other, batch_of(g, 7));
    elsewhere = exported(other);
    clip_trainer_free(other);
    other = new_trainer(elsewhere, o);
    step(other, batch_of(g, 9)); // all of this is forgotten
    CHECK(!clip_trainer_gradients(other, batch_of(g, 8), NULL), "%s", clip_trainer_error(other));
    clip_trainer_plateau(other, 3.0);
    CHECK(!clip_trainer_resume(other, in_folder("checkpoint.clip"), user, 5, &user_size), "%s",
          clip_trainer_error(other));
    CHECK(user_size == sizeof saved && !memcmp(user, "epoch\0\0", 7), "%zu bytes for the user: %.8s", user_size, user);
    CHECK(info_of(other).step == 3, "step %d", (int)info_of(other).step);
    CHECK(!clip_trainer_evaluate(other, batch_of(g, 0), &here) && here == there, "evaluates to %.17g instead of %.17g",
          here, there);
    for (size_t s = 0; s < 3; s++) {
        const double loss = step(other, batch_of(g, 3 + s));
        clip_trainer_plateau(other, 2.5);
        CHECK(loss == losses[s], "%s: step %zu after the resume: loss %.17g, uninterrupted %.17g", g->name, s, loss,
              losses[s]);
        CHECK(!memcmp(info_of(other).rate, after[s].rate, sizeof after[s].rate), "other rates after step %zu", s);
    }
    straight = exported(t);
    resumed = exported(other);
    CHECK(same_model(straight, resumed), "%s: other weights after a resume", g->name);
    clip_model_free(straight);
    clip_model_free(resumed);
    clip_model_free(elsewhere);
    clip_trainer_free(t);
    clip_trainer_free(other);
}

static void test_resumes(void) {
    clip_train_options o = options(CLIP_LOSS_SOFT);
    o.schedule = CLIP_COSINE, o.total_steps = 20, o.warmup_steps = 4, o.dropout = 0.2, o.no_decay_1d = 1,
    o.decay[0] = 0.1;
    test_resume(&goldens[RESNET_BASIC], &o);
    o = options(CLIP_LOSS_INFONCE);
    o.optimizer = CLIP_ADAM, o.schedule = CLIP_PLATEAU, o.patience = 2, o.factor = 0.5, o.micro_batch = 3;
    test_resume(&goldens[VIT_BEFORE], &o);
    o = options(CLIP_LOSS_TRIPLET);
    o.optimizer = CLIP_SGD, o.momentum = 0.9, o.nesterov = 1, o.clip_norm = 0.5;
    test_resume(&goldens[VIT_AFTER], &o);
    o = options(CLIP_LOSS_SIGLIP);
    o.optimizer = CLIP_SGD, o.freeze_statistics = 1;
    test_resume(&goldens[RESNET_BOTTLENECK], &o);
    o = options(CLIP_LOSS_SIGLIP);
    o.freeze[CLIP_TEXT_TOWER] = 1;
    test_resume(&goldens[VIT_CLS], &o);
}

static void write_file(const char *path, const unsigned char *bytes, size_t n) {
    FILE *f = fopen(path, "wb");
    CHECK(f && fwrite(bytes, 1, n, f) == n && !fclose(f), "%s can't be written", path);
}

// Cut or flipped anywhere, or of another training: an error, and the trainer goes on as it was.
static void test_damaged_checkpoint(void) {
    golden *g = &goldens[VIT_BEFORE];
    clip_train_options o = options(CLIP_LOSS_INFONCE);
    clip_trainer *t = new_trainer(g->model, &o), *other;
    const char *damaged = "damaged.clip";
    clip_model *before, *after;
    clip_trainer_info info;
    void *bytes;
    unsigned char *p;
    size_t size, blocks, user_size = 77;
    char user = 'u';
    double loss;
    step(t, batch_of(g, 0));
    CHECK(!clip_trainer_save(t, in_folder("good.clip"), "x", 1), "%s", clip_trainer_error(t));
    CHECK(!clip__file_read(in_folder("good.clip"), NULL, &bytes, &size), "no checkpoint");
    p = (unsigned char *)bytes;
    step(t, batch_of(g, 1));
    before = exported(t);
    info = info_of(t);
    for (size_t k = 0; k < 24; k++) {
        write_file(in_folder(damaged), p, k * size / 24);
        CHECK(clip_trainer_resume(t, in_folder(damaged), &user, 1, &user_size) == CLIP_ERROR_FORMAT, "cut at %zu",
              k * size / 24);
    }
    for (size_t k = 0; k < 48; k++) { // some in the header, most in the data; never in the zeros between tensors
        size_t at = k < 16 ? k * 97 % 4000 : 4000 + k * 3571 % (size - 4000);
        while (!p[at]) at++;
        p[at] ^= 16;
        write_file(in_folder(damaged), p, size);
        CHECK(clip_trainer_resume(t, in_folder(damaged), &user, 1, &user_size) != CLIP_OK && *clip_trainer_error(t),
              "byte %zu flipped", at);
        p[at] ^= 16;
    }
    { // the caller's own bytes have a checksum too
        clip__file file;
        clip__tensor kept;
        CHECK(!clip__file_open(p, size, NULL, &file) && clip__file_find_tensor(&file, "train.user", &kept),
              "train.user");
        p[kept.offset] ^= 1;
        write_file(in_folder(damaged), p, size);
        p[kept.offset] ^= 1;
        CHECK(clip_trainer_resume(t, in_folder(damaged), &user, 1, &user_size) == CLIP_ERROR_FORMAT &&
                  strstr(clip_trainer_error(t), "train.user"),
              "%s", clip_trainer_error(t));
    }
    CHECK(clip_trainer_resume(t, in_folder("none.clip"), NULL, 0, NULL) == CLIP_ERROR_IO, "no file");
    CHECK(clip_trainer_resume(t, "tests/goldens/train_vit_before.clip", NULL, 0, NULL) != CLIP_OK,
          "a model that is no checkpoint");
    for (int k = 0; k < 5; k++) { // of another loss, optimizer, freeze, model; and both ways
        static const char *const others[] = {"loss", "optimizer", "frozen image tower", "frozen text tower", "model"};
        clip_train_options theirs = options(k == 0 ? CLIP_LOSS_SIGLIP : CLIP_LOSS_INFONCE);
        if (k == 1) theirs.optimizer = CLIP_SGD;
        if (k == 2) theirs.freeze[CLIP_IMAGE_TOWER] = 1;
        if (k == 3) theirs.freeze[CLIP_TEXT_TOWER] = 1;
        other = new_trainer(k == 4 ? goldens[VIT_AFTER].model : g->model, &theirs);
        CHECK(!clip_trainer_save(other, in_folder("other.clip"), NULL, 0), "%s", clip_trainer_error(other));
        CHECK(clip_trainer_resume(t, in_folder("other.clip"), &user, 1, &user_size) == CLIP_ERROR_SHAPE,
              "a checkpoint of another %s: %s", others[k], clip_trainer_error(t));
        CHECK(clip_trainer_resume(other, in_folder("good.clip"), &user, 1, &user_size) == CLIP_ERROR_SHAPE,
              "a checkpoint into another %s: %s", others[k], clip_trainer_error(other));
        clip_trainer_free(other);
    }
    CHECK(user == 'u' && user_size == 77, "outputs were touched");
    CHECK(info_of(t).step == info.step && info_of(t).rate[0] == info.rate[0], "the step changed");
    after = exported(t);
    CHECK(same_model(before, after), "the weights changed");
    clip_model_free(after);
    // nor has the optimizer's memory: the next step is that of a trainer that never saw any of this
    other = new_trainer(g->model, &o);
    step(other, batch_of(g, 0));
    step(other, batch_of(g, 1));
    loss = step(other, batch_of(g, 2));
    CHECK(step(t, batch_of(g, 2)) == loss && values_crc(t) == values_crc(other), "the optimizer's memory changed");
    CHECK(!clip_trainer_resume(t, in_folder("good.clip"), &user, 1, &user_size) && user == 'x' && user_size == 1, "%s",
          clip_trainer_error(t));
    blocks = live;
    for (size_t k = 0; k < 2; k++) // no memory: nothing is leaked, and the old checkpoint stands
        for (size_t n = 1; n < 20; n++) {
            clip_result result;
            fail_at = n;
            result = k ? clip_trainer_resume(t, in_folder("good.clip"), NULL, 0, NULL)
                       : clip_trainer_save(t, in_folder("good.clip"), "y", 1);
            CHECK(live == blocks, "%zu blocks are leaked", live - blocks);
            CHECK(fail_at ? !result : result == CLIP_ERROR_MEMORY, "allocation %zu: %s", n, clip_trainer_error(t));
            if (fail_at) break;
            CHECK(!clip_trainer_resume(t, in_folder("good.clip"), &user, 1, &user_size) && user == 'x', "%s",
                  clip_trainer_error(t));
        }
    fail_at = 0;
    // without bytes of the caller's
    CHECK(!clip_trainer_save(t, in_folder("good.clip"), NULL, 0), "%s", clip_trainer_error(t));
    user = 'u', user_size = 77;
    CHECK(!clip_trainer_resume(t, in_folder("good.clip"), &user, 1, &user_size) && user == 'u' && user_size == 0,
          "%s: %zu", clip_trainer_error(t), user_size);
    CHECK(!clip_trainer_resume(t, in_folder("good.clip"), NULL, 0, NULL), "%s", clip_trainer_error(t));
    CHECK(clip_trainer_save(t, in_folder("no/such/folder.clip"), NULL, 0) == CLIP_ERROR_IO, "no such folder");
    CHECK(clip_trainer_export(t, in_folder("no/such/folder.clip")) == CLIP_ERROR_IO, "no such folder");
    clip_model_free(before);
    clip_trainer_free(other);
    clip_trainer_free(t);
    counted_free(bytes);
}

static clip_context *new_context(const clip_model *model, size_t threads) {
    clip_options o = {0};
    clip_context *c = NULL;
    clip_error why;
    o.threads = threads;
    CHECK(!clip_context_new(model, &o, &why, &c), "%s", why.message);
    return c;
}

// What is exported, and a checkpoint too, is a model like any other, with the vectors of the trainer's context.
static void test_export(golden *g) {
    const clip_train_options o = options(CLIP_LOSS_SIGLIP);
    clip_trainer *t = new_trainer(g->model, &o), *other;
    clip_model *a, *b;
    const size_t dim = clip_embed_dim(g->model);
    float now[2][BATCH * 64], then[2][BATCH * 64], start[BATCH * 64], worst = -1;
    clip_context *c = new_context(g->model, 1);
    CHECK(!clip_encode_pixels(c, batch_of(g, 0)->pixels, BATCH, start), "%s", clip_context_error(c));
    clip_context_free(c);
    for (size_t s = 0; s < 3; s++) step(t, batch_of(g, s));
    c = clip_trainer_context(t);
    batch_of(g, 0);
    CHECK(!clip_encode_pixels(c, g->batch.pixels, BATCH, now[0]), "%s", clip_context_error(c));
    CHECK(!clip_encode_tokens(c, g->batch.ids, g->batch.mask, BATCH, g->T, now[1]), "%s", clip_context_error(c));
    CHECK(memcmp(now[0], start, BATCH * dim * sizeof(float)) != 0, "%s: three steps did nothing", g->name);
    for (int k = 0; k < 2; k++) {
        clip_model *m = NULL;
        clip_error why;
        CHECK(k ? !clip_trainer_export(t, in_folder("export.clip"))
                : !clip_trainer_save(t, in_folder("export.clip"), "x", 1),
              "%s", clip_trainer_error(t));
        CHECK(!clip_model_load(in_folder("export.clip"), NULL, &why, &m), "%s", why.message);
        if (!m) continue;
        c = new_context(m, 1);
        CHECK(!clip_selftest(c, &worst) && worst <= 1e-6f, "%s: %s, %g", g->name, clip_context_error(c), (double)worst);
        CHECK(!clip_encode_pixels(c, g->batch.pixels, BATCH, then[0]), "%s", clip_context_error(c));
        CHECK(!clip_encode_tokens(c, g->batch.ids, g->batch.mask, BATCH, g->T, then[1]), "%s", clip_context_error(c));
        for (int side = 0; side < 2; side++)
            CHECK(!memcmp(now[side], then[side], BATCH * dim * sizeof(float)), "%s: side %d differs", g->name, side);
        clip_context_free(c);
        other = new_trainer(m, &o); // either is a start like any other
        a = exported(t);
        b = exported(other);
        CHECK(info_of(other).step == 0 && same_model(a, b), "%s: another model by way of a %s", g->name,
              k ? "checkpoint" : "model");
        clip_model_free(a);
        clip_model_free(b);
        clip_trainer_free(other);
        clip_model_free(m);
    }
    CHECK(!clip_trainer_encode(t, &g->batch, then[0], then[1]), "%s", clip_trainer_error(t));
    for (int side = 0; side < 2; side++)
        CHECK(!memcmp(now[side], then[side], BATCH * dim * sizeof(float)), "%s: side %d of the trainer's", g->name,
              side);
    clip_trainer_free(t);
}

// A model that has learnt nothing yet: without logit_scale and logit_bias, which begin where the papers have them, and
// without a self-test.
static void test_bare_model(void) {
    golden *g = &goldens[VIT_BEFORE];
    const clip__file *f = &g->model->file;
    clip__tensor list[256], t;
    size_t n = 0, cursor = 0;
    clip_model *bare = NULL, *after;
    clip_error why = {CLIP_OK, ""};
    while (next_weight(g->model, &cursor, &t))
        if (memcmp(t.name, "logit", 5)) list[n++] = t;
    CHECK(!clip__file_write(in_folder("bare.clip"), f->bytes + CLIP__HEADER, f->keys_size, f->n_keys, list, n, &why) &&
              !clip_model_load(in_folder("bare.clip"), NULL, &why, &bare),
          "%s", why.message);
    for (int loss = 0; loss < 4; loss++) {
        const clip_train_options o = options((clip_loss)loss);
        clip_trainer *trainer = new_trainer(bare, &o);
        const clip_trainer_info start = info_of(trainer);
        CHECK(fabs(start.logit_scale - (loss == CLIP_LOSS_INFONCE  ? log(1 / 0.07)
                                        : loss == CLIP_LOSS_SIGLIP ? log(10.0)
                                                                   : 0)) < 1e-6 &&
                  start.logit_bias == (loss == CLIP_LOSS_SIGLIP ? -10 : 0),
              "loss %d begins with %g and %g", loss, start.logit_scale, start.logit_bias);
        step(trainer, batch_of(g, 0));
        after = exported(trainer);
        CHECK(!after->info.selftest, "a self-test out of nowhere");
        CHECK((start.logit_scale != 0) == clip__file_find_tensor(&after->file, "logit_scale", &t) &&
                  (start.logit_bias != 0) == clip__file_find_tensor(&after->file, "logit_bias", &t),
              "loss %d: what was learnt is not in the file", loss);
        CHECK(start.logit_bias == 0 || info_of(trainer).logit_bias != start.logit_bias, "the bias did not move");
        clip_model_free(after);
        clip_trainer_free(trainer);
    }
    clip_model_free(bare);
    remove(in_folder("bare.clip"));
}

// A logit_scale that is not one number is the file's fault, and not read beyond its end.
static void test_foreign_logit_scale(void) {
    static const float two[2] = {2, 3};
    const clip__file *f = &goldens[VIT_BEFORE].model->file;
    clip__tensor list[256];
    clip_error why = {CLIP_OK, ""};
    clip_model *foreign = NULL;
    void *bytes = NULL;
    size_t n = 0, size = 0;
    for (size_t cursor = 0; n < f->n_tensors && clip__file_next_tensor(f, &cursor, &list[n]); n++)
        if (clip__name_is(list[n].name, list[n].name_size, "logit_scale"))
            list[n].shape[0] = 2, list[n].size = sizeof two, list[n].data = two;
    CHECK(!clip__file_image(f->bytes + CLIP__HEADER, f->keys_size, f->n_keys, list, n, &why, &bytes, &size), "%s",
          why.message);
    CHECK(clip_model_load_memory(bytes, size, NULL, &why, &foreign) == CLIP_ERROR_SHAPE &&
              strstr(why.message, "logit_scale") && !foreign,
          "%s", why.message);
    counted_free(bytes);
}

// A number that is none, in a weight or in features: an error that says where, and nothing has changed: neither weights
// nor statistics nor the optimizer's memory.
static void test_not_a_number(golden *g, const char *name) {
    const clip_train_options o = options(CLIP_LOSS_INFONCE);
    clip_trainer *t = new_trainer(g->model, &o), *other = new_trainer(g->model, &o);
    clip__parameter *p = parameter(t, name, strlen(name));
    clip_model *a, *b;
    double loss = 42;
    float was;
    step(t, batch_of(g, 0));
    step(other, batch_of(g, 0));
    was = p->value[0];
    for (int k = 0; k < 2; k++) {
        p->value[0] = k ? INFINITY : NAN;
        CHECK(clip_trainer_step(t, batch_of(g, 1), &loss) == CLIP_ERROR_NUMBER && loss == 42, "%s: %s", g->name,
              clip_trainer_error(t));
        CHECK(strstr(clip_trainer_error(t), name), "%s: %s", name, clip_trainer_error(t));
    }
    p->value[0] = was;
    CHECK(!clip_trainer_gradients(t, batch_of(g, 1), NULL), "%s", clip_trainer_error(t));
    p->gradient[0] = NAN;
    CHECK(clip_trainer_update(t) == CLIP_ERROR_NUMBER && strstr(clip_trainer_error(t), name), "%s: %s", name,
          clip_trainer_error(t));
    CHECK(clip_trainer_update(t) == CLIP_ERROR_ARGUMENT, "the broken gradients are still there");
    CHECK(info_of(t).step == 1, "a step was counted");
    CHECK(step(t, batch_of(g, 1)) == step(other, batch_of(g, 1)), "%s: the next step has another loss", g->name);
    a = exported(t);
    b = exported(other);
    CHECK(same_model(a, b), "%s: something changed", g->name);
    clip_model_free(a);
    clip_model_free(b);
    clip_trainer_free(t);
    clip_trainer_free(other);
}

// What is frozen stays as it is, statistics and all; the rest moves.
static void test_frozen(golden *g, int freeze) {
    clip_train_options o = options(CLIP_LOSS_INFONCE);
    clip_trainer *t;
    clip_model *after;
    clip__tensor w, start;
    size_t cursor = 0, start_cursor = 0, stayed = 0, trained = 0;
    o.freeze[CLIP_IMAGE_TOWER] = freeze & 1;
    o.freeze[CLIP_TEXT_TOWER] = freeze >> 1;
    o.decay[0] = o.decay[1] = o.decay[2] = 0.1;
    o.dropout = 0.1;
    t = new_trainer(g->model, &o);
    for (size_t s = 0; s < 3; s++) step(t, batch_of(g, s));
    after = exported(t);
    while (next_weight(after, &cursor, &w) && next_weight(g->model, &start_cursor, &start)) {
        const int image = !memcmp(w.name, "image.", 6), text = !memcmp(w.name, "text.", 5),
                  head = image ? !memcmp(w.name, "image.head", 10) : text && !memcmp(w.name, "text.head", 9),
                  frozen = !head && ((image && o.freeze[0]) || (text && o.freeze[1])),
                  same = !memcmp(w.data, start.data, (size_t)w.size);
        if (clip__name_is(w.name, w.name_size, "logit_bias")) continue; // not InfoNCE's
        CHECK(same == frozen, "%s, freeze %d: %.*s %s", g->name, freeze, (int)w.name_size, w.name,
              same ? "did not move" : "moved");
        stayed += (size_t)same;
        if (!frozen && !is_statistic(&w)) trained += numbers_of(&w);
    }
    CHECK(!freeze == !stayed, "freeze %d: %zu tensors stayed", freeze, stayed);
    CHECK(info_of(t).trained == trained && info_of(t).parameters >= trained,
          "of %zu numbers %zu are trained, the trainer says %zu", info_of(t).parameters, trained, info_of(t).trained);
    clip_model_free(after);
    clip_trainer_free(t);
}

// Features that were computed before train like the pixels and ids that they come from.
static void test_features(golden *g, int freeze, size_t micro_batch) {
    clip_train_options o = options(CLIP_LOSS_SOFT);
    clip_trainer *t, *other;
    clip_model *a, *b;
    float image[BATCH * 64], text[BATCH * 64];
    o.freeze[CLIP_IMAGE_TOWER] = freeze & 1;
    o.freeze[CLIP_TEXT_TOWER] = freeze >> 1;
    o.dropout = 0.1;
    o.micro_batch = micro_batch;
    t = new_trainer(g->model, &o);
    other = new_trainer(g->model, &o);
    for (size_t s = 0; s < 3; s++) {
        const double loss = step(t, batch_of(g, s));
        CHECK(!clip_trainer_features(other, &g->batch, image, text), "%s", clip_trainer_error(other));
        if (freeze & 1) g->batch.pixels = NULL, g->batch.image_features = image;
        if (freeze & 2) g->batch.ids = NULL, g->batch.mask = NULL, g->batch.T = 0, g->batch.text_features = text;
        CHECK(step(other, &g->batch) == loss, "%s, freeze %d, step %zu: another loss", g->name, freeze, s);
    }
    a = exported(t);
    b = exported(other);
    CHECK(same_model(a, b), "%s, freeze %d: other weights by way of features", g->name, freeze);
    clip_model_free(a);
    clip_model_free(b);
    // a feature that is not a number
    if (freeze == 1) {
        double loss = 42;
        image[3 * info_of(other).image_width] = NAN;
        CHECK(clip_trainer_step(other, &g->batch, &loss) == CLIP_ERROR_NUMBER && loss == 42 &&
                  strstr(clip_trainer_error(other), "image_features of pair 3"),
              "%s", clip_trainer_error(other));
    }
    if (freeze & 2) {
        const uint32_t crc = values_crc(other);
        double loss = 42;
        text[g->batch.n * info_of(other).text_width - 1] = NAN;
        CHECK(clip_trainer_step(other, &g->batch, &loss) == CLIP_ERROR_NUMBER && loss == 42, "%s",
              clip_trainer_error(other));
        CHECK(values_crc(other) == crc && info_of(other).step == 3, "a step was made");
    }
    // features for a tower that is trained
    batch_of(g, 0);
    if (freeze != 3) {
        if (freeze & 1) g->batch.ids = NULL, g->batch.mask = NULL, g->batch.T = 0, g->batch.text_features = text;
        else g->batch.pixels = NULL, g->batch.image_features = image;
        CHECK(clip_trainer_step(t, &g->batch, NULL) == CLIP_ERROR_UNSUPPORTED, "%s", clip_trainer_error(t));
    }
    // ids are looked at before they are used, features beside them or not
    batch_of(g, 0);
    g->batch_ids[0] = 2000000, g->batch.text_features = text;
    CHECK(clip_trainer_features(t, &g->batch, NULL, text) == CLIP_ERROR_ARGUMENT, "%s", clip_trainer_error(t));
    clip_trainer_free(t);
    clip_trainer_free(other);
}

// Vectors of more features than a turn takes: each as if it were alone, and nothing is written behind the last.
static void test_vectors_of_features(golden *g, const float *image, const float *text) {
    enum { MANY = 101 };
    static float features[2][MANY * 64], vectors[2][MANY * 64 + 1], alone[2][64];
    clip_train_options o = options(CLIP_LOSS_SOFT);
    const size_t dim = clip_embed_dim(g->model);
    clip_trainer *t;
    clip_batch b;
    o.max_batch = MANY, o.micro_batch = 1;
    t = new_trainer(g->model, &o);
    const size_t width[2] = {info_of(t).image_width, info_of(t).text_width};
    for (size_t i = 0; i < MANY; i++)
        for (int side = 0; side < 2; side++)
            memcpy(features[side] + i * width[side], (side ? text : image) + i % BATCH * width[side],
                   width[side] * sizeof(float));
    memset(&b, 0, sizeof b);
    b.n = MANY, b.image_features = features[0], b.text_features = features[1];
    CHECK(t->c->max_items < MANY && MANY % t->c->max_items, "one turn, or whole ones: %zu", t->c->max_items);
    vectors[0][MANY * dim] = vectors[1][MANY * dim] = 42;
    CHECK(!clip_trainer_encode(t, &b, vectors[0], vectors[1]), "%s", clip_trainer_error(t));
    for (int side = 0; side < 2; side++)
        CHECK(vectors[side][MANY * dim] == 42, "%s: side %d is written behind its end", g->name, side);
    b.n = 1;
    for (size_t i = 0; i < MANY; i++) {
        b.image_features = features[0] + i * width[0], b.text_features = features[1] + i * width[1];
        CHECK(!clip_trainer_encode(t, &b, alone[0], alone[1]), "%s", clip_trainer_error(t));
        for (int side = 0; side < 2; side++)
            CHECK(!memcmp(alone[side], vectors[side] + i * dim, dim * sizeof(float)), "%s: side %d, vector %zu",
                  g->name, side, i);
    }
    clip_trainer_free(t);
}

// More of them than max_batch, in turns; each as if it were alone.
static void test_many_features(golden *g) {
    clip_train_options o = options(CLIP_LOSS_SOFT);
    clip_trainer *t;
    float many[2][BATCH * 64], one[64];
    size_t width[2];
    o.max_batch = 3;
    t = new_trainer(g->model, &o);
    width[0] = info_of(t).image_width, width[1] = info_of(t).text_width;
    CHECK(!clip_trainer_features(t, batch_of(g, 0), many[0], many[1]), "%s", clip_trainer_error(t));
    for (size_t i = 0; i < BATCH; i++)
        for (int side = 0; side < 2; side++) {
            clip_batch b;
            memset(&b, 0, sizeof b);
            b.n = 1;
            if (side) b.ids = g->batch_ids + i * g->T, b.mask = g->batch_mask + i * g->T, b.T = g->T;
            else b.pixels = g->batch_pixels + i * g->S * g->S * 3;
            CHECK(!clip_trainer_features(t, &b, side ? NULL : one, side ? one : NULL), "%s", clip_trainer_error(t));
            CHECK(!memcmp(one, many[side] + i * width[side], width[side] * sizeof(float)), "%s: side %d, row %zu",
                  g->name, side, i);
        }
    CHECK(clip_trainer_step(t, &g->batch, NULL) == CLIP_ERROR_ARGUMENT, "8 pairs with a max_batch of 3");
    clip_trainer_free(t);
    test_vectors_of_features(g, many[0], many[1]);
}

// The mask of dropout comes of the seed and of how many batches there were: two trainers have the same, another seed or
// the next batch another. There is none in clip_trainer_evaluate.
static void test_dropout(golden *g) {
    clip_train_options o = options(CLIP_LOSS_SOFT);
    clip_trainer *t[3];
    double plain, evaluated = -1, losses[3], next;
    static float ones[10000], part[100];
    size_t kept = 0;
    for (int i = 0; i < 3; i++) o.rate[i] = 1e-30;
    o.optimizer = CLIP_SGD;
    o.freeze_statistics = 1;
    t[0] = new_trainer(g->model, &o);
    for (size_t i = 0; i < 10000; i++) ones[i] = part[i % 100] = 1;
    clip__dropout(t[0]->c, ones, 10000, 0.3, 1, 2, 0);
    clip__dropout(t[0]->c, part, 100, 0.3, 1, 2, 5000); // a part of the same
    for (size_t i = 0; i < 10000; i++) {
        CHECK(ones[i] == 0 || fabsf(ones[i] - 1 / 0.7f) < 1e-6f, "1 becomes %g", (double)ones[i]);
        kept += ones[i] != 0;
    }
    CHECK(kept > 6850 && kept < 7150, "of 10,000 numbers %zu are kept: three standard deviations are 137", kept);
    CHECK(!memcmp(part, ones + 5000, sizeof part), "the mask depends on more than the place");
    plain = step(t[0], batch_of(g, 0));
    clip_trainer_free(t[0]);
    o.dropout = 0.4;
    for (int i = 0; i < 3; i++) {
        o.seed = i == 2;
        t[i] = new_trainer(g->model, &o);
        // A step adds up the heads in another order: last bits differ, 1.3e-6 of it on s390x. Dropout moves it by 1e-4.
        CHECK(!clip_trainer_evaluate(t[i], batch_of(g, 0), &evaluated) && fabs(evaluated - plain) <= 5e-6 * plain,
              "%.9g, without dropout %.9g", evaluated, plain);
        losses[i] = step(t[i], batch_of(g, 0));
        CHECK(fabs(losses[i] - plain) > 1e-4, "%.9g with and without dropout", plain);
    }
    CHECK(losses[0] == losses[1], "the same seed, another mask: %.9g, %.9g", losses[0], losses[1]);
    CHECK(fabs(losses[2] - losses[0]) > 1e-5, "another seed, the same mask: %.9g", losses[0]);
    next = step(t[0], batch_of(g, 0));
    CHECK(fabs(next - losses[0]) > 1e-5, "the same mask for each batch: %.9g", next);
    for (int i = 0; i < 3; i++) clip_trainer_free(t[i]);
}

// Memory is taken in clip_trainer_new, as much as was said, and never in a step.
static void test_memory(golden *g, size_t micro_batch) {
    clip_train_options o = options(CLIP_LOSS_INFONCE);
    clip_trainer *t = NULL;
    clip_error why = {CLIP_OK, ""};
    size_t size = 0, before, taken = live_bytes, blocks = live;
    float image[BATCH * 64], text[BATCH * 64];
    double loss;
    o.threads = 2;
    o.micro_batch = micro_batch;
    o.dropout = 0.1;
    CHECK(!clip_trainer_size(g->model, &o, &why, &size) && size > 0, "%s", why.message);
    CHECK(live == blocks, "clip_trainer_size keeps memory");
    t = new_trainer(g->model, &o);
    CHECK(live_bytes - taken <= size && live_bytes - taken > size - size / 100 && info_of(t).memory == size,
          "said %zu bytes, %zu in info, took %zu", size, info_of(t).memory, live_bytes - taken);
    before = mallocs;
    for (size_t s = 0; s < 3; s++) step(t, batch_of(g, s));
    CHECK(!clip_trainer_evaluate(t, &g->batch, &loss) && !clip_trainer_features(t, &g->batch, image, text), "%s",
          clip_trainer_error(t));
    clip_trainer_plateau(t, loss);
    CHECK(mallocs == before, "%s: a step allocates", g->name);
    clip_trainer_free(t);
    CHECK(live == blocks, "%s: %zu blocks are leaked", g->name, live - blocks);
    for (size_t n = 1; n < 20; n++) { // the n-th allocation fails
        clip_result result;
        t = NULL;
        fail_at = n;
        result = clip_trainer_new(g->model, &o, &why, &t);
        clip_trainer_free(t);
        CHECK(live == blocks, "%s: %zu blocks are leaked when allocation %zu fails", g->name, live - blocks, n);
        if (fail_at) { // there was no n-th allocation
            CHECK(!result && n > 1, "n %zu", n);
            fail_at = 0;
            return;
        }
        CHECK(result == CLIP_ERROR_MEMORY && !t && strstr(why.message, "memory"), "allocation %zu: %s", n, why.message);
    }
    CHECK(0, "more allocations than were expected");
}

// Whatever goes through the tape, batches that are smaller than max_batch and than micro_batch too, free_trainer looks
// at it.
static void test_tape(golden *g) {
    static const size_t micro[] = {1, 3, 6, BATCH};
    for (int freeze = 0; freeze < 4; freeze++)
        for (size_t i = 0; i < sizeof micro / sizeof *micro; i++) {
            clip_train_options o = options(i % 2 ? CLIP_LOSS_INFONCE : CLIP_LOSS_SOFT);
            clip_batch batch = *batch_of(g, 0);
            clip_trainer *t;
            o.micro_batch = micro[i], o.freeze[CLIP_IMAGE_TOWER] = freeze & 1, o.freeze[CLIP_TEXT_TOWER] = freeze >> 1;
            t = new_trainer(g->model, &o);
            for (batch.n = BATCH; batch.n; batch.n /= 2)
                CHECK(!clip_trainer_gradients(t, &batch, NULL), "%s", clip_trainer_error(t));
            batch.n = micro[i];
            CHECK(!clip_trainer_gradients(t, &batch, NULL), "%s", clip_trainer_error(t));
            clip_trainer_free(t);
        }
}

// Each wrong argument is named, and nothing is touched.
static void test_arguments(void) {
    golden *g = &goldens[VIT_CLS];
    static const double defaults[3] = {1e-4, 1e-5, 1e-3};
    const clip_train_options good = options(CLIP_LOSS_SOFT);
    clip_train_options o;
    clip_trainer *t = NULL;
    clip_model *half = NULL;
    clip_error why;
    size_t size = 0;
    uint32_t crc;
    double loss = 42;
    clip_batch b;
#define WRONG(change)                                                                                                  \
    do {                                                                                                               \
        o = good;                                                                                                      \
        change;                                                                                                        \
        CHECK(clip_trainer_new(g->model, &o, &why, &t) == CLIP_ERROR_ARGUMENT && !t, "%s is taken", #change);          \
        CHECK(clip_trainer_size(g->model, &o, &why, &size) == CLIP_ERROR_ARGUMENT && !size, "%s has a size", #change); \
    } while (0)
    WRONG(o.dropout = 1);
    WRONG(o.dropout = -0.1);
    WRONG(o.dropout = (double)NAN);
    WRONG(o.rate[1] = -1);
    WRONG(o.rate[2] = (double)INFINITY);
    WRONG(o.decay[0] = -1);
    WRONG(o.temperature = -1);
    WRONG(o.margin = -1);
    WRONG(o.align = -1);
    WRONG(o.align = 2e6);
    WRONG((o.align = 1, o.loss = CLIP_LOSS_SOFT));
    WRONG(o.clip_norm = -1);
    WRONG(o.beta1 = 1);
    WRONG(o.beta2 = 1.5);
    WRONG(o.eps = -1);
    WRONG(o.factor = 1.5);
    WRONG(o.momentum = -0.5);
    WRONG(o.schedule = CLIP_COSINE); // without total_steps
    WRONG(o.rate[0] = 2e6);
    WRONG(o.decay[2] = 2e6);
    WRONG(o.decay[1] = (double)NAN);
    WRONG(o.temperature = 2e6);
    WRONG(o.margin = 2e6);
    WRONG(o.beta1 = -0.1);
    WRONG(o.beta2 = 1);
    WRONG(o.beta2 = -0.1);
    WRONG(o.eps = 1.5);
    WRONG(o.factor = -0.5);
    WRONG(o.momentum = 1);
    WRONG(o.threads = 1000000);
    WRONG(o.max_batch = SIZE_MAX / 2);
    WRONG(o.loss = (clip_loss)9);
    WRONG(o.optimizer = (clip_optimizer)9);
    WRONG(o.schedule = (clip_schedule)9);
#undef WRONG
    CHECK(clip_trainer_new(NULL, &good, &why, &t) == CLIP_ERROR_ARGUMENT && !t, "no model");
    CHECK(clip_trainer_new(g->model, &good, NULL, NULL) == CLIP_ERROR_ARGUMENT, "no place for the trainer");
    CHECK(!clip_model_load("tests/goldens/bert.clip", NULL, &why, &half), "%s", why.message);
    CHECK(clip_trainer_new(half, &good, &why, &t) == CLIP_ERROR_UNSUPPORTED && !t && strstr(why.message, "image"), "%s",
          why.message);
    clip_model_free(half);
    CHECK(!clip_model_load("tests/goldens/vit_cls.clip", NULL, &why, &half), "%s", why.message);
    CHECK(clip_trainer_new(half, &good, &why, &t) == CLIP_ERROR_UNSUPPORTED && !t && strstr(why.message, "text"), "%s",
          why.message);
    clip_model_free(half);
    CHECK(clip_trainer_size(g->model, &good, &why, NULL) == CLIP_ERROR_ARGUMENT, "no place for the size");
    o = good, o.rate[0] = o.rate[1] = o.rate[2] = 1e6, o.decay[0] = o.temperature = o.margin = 1e6,
    o.factor = o.eps = 1;
    CHECK(!clip_trainer_size(g->model, &o, &why, &size) && size, "the bounds themselves are allowed: %s", why.message);

    t = new_trainer(g->model, &good);
    crc = values_crc(t);
#define WRONG(change)                                                                                                  \
    do {                                                                                                               \
        b = *batch_of(g, 0);                                                                                           \
        change;                                                                                                        \
        CHECK(clip_trainer_step(t, &b, &loss) == CLIP_ERROR_ARGUMENT && *clip_trainer_error(t), "%s is taken",         \
              #change);                                                                                                \
    } while (0)
    WRONG(b.n = 0);
    WRONG(b.n = 9);
    WRONG(b.pixels = NULL);
    WRONG(b.ids = NULL);
    WRONG(b.T = 0);
    WRONG(b.T = 1000);
    WRONG(g->batch_ids[3] = -1);
    WRONG(g->batch_ids[3] = 1000);
    WRONG(memset(g->batch_mask + g->T, 0, g->T));
#undef WRONG
    CHECK(clip_trainer_step(t, NULL, &loss) == CLIP_ERROR_ARGUMENT, "no batch");
    CHECK(clip_trainer_update(t) == CLIP_ERROR_ARGUMENT, "nothing was gathered");
    CHECK(loss == 42 && values_crc(t) == crc && info_of(t).step == 0, "something changed");
    CHECK(!clip_trainer_gradients(t, batch_of(g, 0), NULL), "%s", clip_trainer_error(t));
    b = g->batch, b.n = 0;
    CHECK(clip_trainer_gradients(t, &b, NULL) == CLIP_ERROR_ARGUMENT && !clip_trainer_update(t),
          "what was gathered before a wrong batch is lost");
    memset(g->batch_mask, 1, BATCH * g->T);
    b = g->batch, b.mask = NULL; // a token everywhere
    CHECK(!clip_trainer_evaluate(t, &g->batch, &loss) && step(t, &b) == loss, "no mask, and one of ones");
    b.n = 1; // alone
    step(t, &b);
    clip_trainer_free(t);
    clip_trainer_free(NULL);
    t = new_trainer(g->model, NULL); // the defaults
    for (int i = 0; i < 3; i++)
        CHECK(fabs(info_of(t).rate[i] / defaults[i] - 1) < 1e-12, "group %d begins with a rate of %g", i,
              info_of(t).rate[i]);
    clip_trainer_free(t);
}

// ---- learning ----

// 16 pairs of noise, learnt by heart from random weights: each finds its other half.
static void test_by_heart(golden *g, clip_loss loss, size_t most_steps) {
    enum { N = 16, TOKENS = 6 };
    static unsigned char pixels[N * MOST];
    int32_t ids[N * TOKENS];
    size_t picture[N];
    float images[N * 64], texts[N * 64];
    double recalls[6] = {0}, last = 0;
    clip_train_options o = options(loss);
    clip_trainer *t;
    clip_batch b;
    size_t s = 0;
    seed = 5;
    memset(&b, 0, sizeof b);
    for (size_t i = 0; i < N * g->S * g->S * 3; i++) pixels[i] = (unsigned char)(127.5f + 127 * uniform());
    for (size_t i = 0; i < N * TOKENS; i++) ids[i] = 4 + (int32_t)(13.4f + 13.4f * uniform());
    for (size_t i = 0; i < N; i++) picture[i] = i;
    b.n = N, b.pixels = pixels, b.ids = ids, b.T = TOKENS;
    o.max_batch = N;
    o.temperature = 1;
    for (int i = 0; i < 3; i++) o.rate[i] = 3e-3;
    t = new_trainer(g->model, &o);
    for (int side = 0; side < 2; side++) { // as a new head begins. The goldens' are shorter
        clip__parameter *p =
            side ? parameter(t, "image.head.norm.weight", 22) : parameter(t, "text.head.norm.weight", 21);
        for (size_t i = 0; i < p->n; i++) p->value[i] = 1;
    }
    for (; s < most_steps && recalls[0] + recalls[3] < 2; s++) {
        clip_context *c = clip_trainer_context(t);
        last = step(t, &b);
        if (s % 5 != 4) continue;
        CHECK(!clip_encode_pixels(c, pixels, N, images), "%s", clip_context_error(c));
        CHECK(!clip_encode_tokens(c, ids, NULL, N, TOKENS, texts), "%s", clip_context_error(c));
        clip_recall(c, images, N, texts, N, clip_embed_dim(g->model), picture, recalls);
    }
    if (verbose) printf("%-24s loss %d: by heart in %zu steps, loss %g\n", g->name, (int)loss, s, last);
    CHECK(recalls[0] == 1 && recalls[3] == 1, "%s, loss %d: after %zu steps (loss %g) R@1 is %g and %g", g->name,
          (int)loss, s, last, recalls[0], recalls[3]);
    clip_trainer_free(t);
}

// Recall, against a double loop. Vectors of small integers: sums are exact and ties are many.
static void test_recall(size_t n_images, size_t n_texts, size_t dim, int values, size_t threads) {
    float *images = malloc(n_images * dim * sizeof(float)), *texts = malloc(n_texts * dim * sizeof(float));
    size_t *picture = malloc(n_texts * sizeof(size_t)), with_text = 0;
    const size_t depths[3] = {1, 5, 10};
    double got[6] = {-1, -1, -1, -1, -1, -1}, want[6] = {0, 0, 0, 0, 0, 0};
    clip_context *c = new_context(goldens[VIT_CLS].model, threads);
    for (size_t i = 0; i < n_images * dim; i++) images[i] = floorf(uniform() * (float)values);
    for (size_t i = 0; i < n_texts * dim; i++) texts[i] = floorf(uniform() * (float)values);
    for (size_t i = 0; i < n_texts; i++) { // pictures without a text, and with many
        picture[i] = (size_t)((uniform() * 0.49f + 0.5f) * (float)n_images);
        if (uniform() > 0) // a text like its picture
            for (size_t k = 0; k < dim; k++) texts[i * dim + k] += images[picture[i] * dim + k];
    }
#define SCORE(t, i) ((double)clip__dot(texts + (t)*dim, images + (i)*dim, dim))
    for (size_t t = 0; t < n_texts; t++) {
        const double own = SCORE(t, picture[t]);
        size_t rank = 0;
        for (size_t i = 0; i < n_images; i++) rank += SCORE(t, i) > own || (SCORE(t, i) == own && i < picture[t]);
        for (int k = 0; k < 3; k++) want[k] += rank < depths[k];
    }
    for (size_t i = 0; i < n_images; i++) {
        size_t best = n_texts, rank = 0; // of its own texts, the first
        for (size_t t = 0; t < n_texts; t++)
            if (picture[t] == i && (best == n_texts || SCORE(t, i) > SCORE(best, i))) best = t;
        if (best == n_texts) continue;
        with_text++;
        for (size_t t = 0; t < n_texts; t++)
            rank += SCORE(t, i) > SCORE(best, i) || (SCORE(t, i) == SCORE(best, i) && t < best);
        for (int k = 0; k < 3; k++) want[3 + k] += rank < depths[k];
    }
#undef SCORE
    clip_recall(c, images, n_images, texts, n_texts, dim, picture, got);
    for (int k = 0; k < 6; k++) {
        want[k] /= (double)(k < 3 ? n_texts : with_text);
        CHECK(fabs(got[k] - want[k]) < 1e-12, "%zu pictures, %zu texts: recall %d is %g, the loop says %g", n_images,
              n_texts, k, got[k], want[k]);
    }
    clip_context_free(c);
    free(images), free(texts), free(picture);
}

int main(int argc, char **argv) {
    static const char *const broken[] = {
        "image.stem.conv.weight", "text.head.fc.weight", "text.types",  "image.blocks.1.attn.qkv.bias", "logit_scale",
        "image.norm_pre.weight",  "image.pool.probe",    "image.class", "image.pool.positions"};
    const char *temporary = getenv("TMPDIR");
    verbose = argc > 1 && !strcmp(argv[1], "-v");
    snprintf(folder, sizeof folder, "%s/clip_train_XXXXXX", temporary ? temporary : "/tmp");
    if (!mkdtemp(folder)) return printf("no folder for temporary files\n"), 1;
    for (int i = 0; i < N_NAMES; i++) golden_open(&goldens[i], names[i]);

    for (int i = 0; i < N_NAMES; i++) test_pytorch(&goldens[i]);
    for (int i = 0; i < N_NAMES; i++) test_caching(&goldens[i]), test_bf16(&goldens[i]);
    for (size_t k = 0; k < N_RUNS; k++) test_run(&goldens[RESNET_BASIC], k), test_run(&goldens[VIT_CLS], k);
    test_plateau(&goldens[RESNET_BASIC]);
    for (int i = 0; i < N_NAMES; i++) test_differences(&goldens[i], (clip_loss)(i % 4));
    test_mean_of_text(&goldens[SIGLIP]);
    test_formulas();
    test_logit_scale_limit(CLIP_LOSS_INFONCE);
    test_logit_scale_limit(CLIP_LOSS_SIGLIP);
    for (int loss = 0; loss < 4; loss++) test_zero_vector((clip_loss)loss);

    for (int i = 0; i < N_NAMES; i++) test_threads(&goldens[i], i % 2 ? 3 : 0, i % 3 == 1);
    test_resumes();
    test_damaged_checkpoint();
    for (int i = 0; i < N_NAMES; i++) test_export(&goldens[i]);
    test_bare_model();
    test_foreign_logit_scale();
    for (int i = 0; i < N_NAMES; i++) test_not_a_number(&goldens[i], broken[i]);
    for (int freeze = 0; freeze < 4; freeze++) {
        test_frozen(&goldens[RESNET_BASIC], freeze);
        test_frozen(&goldens[VIT_BEFORE], freeze);
        if (!freeze) continue;
        test_features(&goldens[RESNET_BOTTLENECK], freeze, 0);
        test_features(&goldens[VIT_AFTER], freeze, 3);
    }
    test_many_features(&goldens[RESNET_BASIC]);
    test_many_features(&goldens[VIT_AFTER]);
    test_dropout(&goldens[VIT_AFTER]);         // pictures have a hidden layer in their head
    test_dropout(&goldens[RESNET_BOTTLENECK]); // texts have
    test_dropout(&goldens[VIT_BEFORE]);        // both have
    test_memory(&goldens[RESNET_BOTTLENECK], 0);
    test_memory(&goldens[VIT_BEFORE], 3);
    for (size_t i = 0; i < N_NAMES; i++) test_tape(&goldens[i]);
    test_arguments();

    for (int loss = 0; loss < 4; loss++) test_by_heart(&goldens[VIT_BEFORE], (clip_loss)loss, 400);
    test_by_heart(&goldens[RESNET_BASIC], CLIP_LOSS_INFONCE, 100);
    test_recall(1, 1, 3, 2, 1);
    test_recall(7, 3, 5, 2, 1);
    test_recall(60, 300, 7, 3, 2);
    test_recall(1000, 301, 16, 2, 3);

    for (int i = 0; i < N_NAMES; i++) golden_close(&goldens[i]);
    CHECK(live == 0, "%zu blocks are leaked", live);
    remove(in_folder("export.clip")), remove(in_folder("checkpoint.clip")), remove(in_folder("good.clip"));
    remove(in_folder("damaged.clip")), remove(in_folder("other.clip"));
    CHECK(!remove(folder), "a temporary file is left in %s", folder);
    return TEST_END();
}
