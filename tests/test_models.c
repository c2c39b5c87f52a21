// Whole encoders against PyTorch: the tiny models of goldens/make.py, whose files carry the reference's results.
#define CLIP_IMPLEMENTATION
#define CLIP_MALLOC(n) counted_malloc(n)
#define CLIP_FREE(p) counted_free(p)
#include <stddef.h>
static void *counted_malloc(size_t n);
static void counted_free(void *p);
#include "clip_tokenizer.h"
#include "clip.h"
#include "test.h"

static size_t mallocs, bytes_taken, live, fail_at; // fail_at: the n-th malloc from now gives NULL; 0 for none

static void *counted_malloc(size_t n) {
    void *p;
    mallocs++;
    if (fail_at && !--fail_at) return NULL;
    p = malloc(n);
    if (p) memset(p, 0xFF, n), live++, bytes_taken += n; // what nobody has written is NaN
    return p;
}

static void counted_free(void *p) {
    if (p) live--;
    free(p);
}

static const char *const names[] = {"resnet_basic", "resnet_bottleneck", "vit_cls", "vit_mean", "distilbert", "bert"};
enum { N_NAMES = sizeof names / sizeof *names };

// The contents of tests/goldens/NAME.ENDING, which the caller frees.
static unsigned char *read_golden(const char *name, const char *ending, size_t *size) {
    char path[256];
    void *data = NULL;
    snprintf(path, sizeof path, "tests/goldens/%s.%s", name, ending);
    if (clip__file_read(path, NULL, &data, size))
        printf("%s is missing: run from the root of the repository\n", path), exit(1);
    return (unsigned char *)data;
}

// n numbers of 4 bytes from a file.
static void read_numbers(void *to, const unsigned char *from, size_t n) {
    memcpy(to, from, 4 * n);
    if (!clip__little_endian()) clip__swap_bytes(to, 4 * n, 4);
}

static clip_model *load_golden(const char *name) {
    char path[256];
    clip_error why;
    clip_model *model = NULL;
    snprintf(path, sizeof path, "tests/goldens/%s.clip", name);
    CHECK(!clip_model_load(path, NULL, &why, &model), "%s: %s", name, why.message);
    return model;
}

static clip_context *new_context(const clip_model *model, size_t threads, size_t max_batch) {
    clip_options opt = {0};
    clip_context *c = NULL;
    clip_error why;
    opt.threads = threads;
    opt.max_batch = max_batch;
    CHECK(!clip_context_new(model, &opt, &why, &c), "%s", why.message);
    return c;
}

static double error_of(const float *got, const float *want, size_t n) {
    return (double)clip__vector_error(got, want, n);
}

static int starts_with(const char *text, const char *start) { return !strncmp(text, start, strlen(start)); }

// Vectors, pixels and ids are the reference's, for one and for several inputs of different sizes.
static void test_reference(const char *name) {
    clip_model *model = load_golden(name);
    clip_context *c = new_context(model, 1, 0);
    size_t size, dim = clip_embed_dim(model);
    unsigned char *batch = read_golden(name, "batch", &size), *p = batch;
    float worst = -1, out[8 * 64];
    CHECK(!clip_selftest(c, &worst), "%s: %s", name, clip_context_error(c));
    CHECK(worst >= 0 && worst < 2e-5f, "%s: worst error %g", name, (double)worst);
    if (model->image) {
        const size_t n = (size_t)clip__read_le(p, 4), pixels = model->pipeline.S * model->pipeline.S * 3;
        p += 4;
        for (size_t i = 0; i < n; i++, p += pixels + dim * sizeof(float)) {
            float want[64];
            read_numbers(want, p + pixels, dim);
            CHECK(!clip_encode_pixels(c, p, 1, out), "%s", clip_context_error(c));
            CHECK(error_of(out, want, dim) < 2e-5, "%s, picture %zu: error %g", name, i, error_of(out, want, dim));
        }
    } else {
        const size_t n = (size_t)clip__read_le(p, 4), T = (size_t)clip__read_le(p + 4, 4);
        int32_t ids[8 * 32];
        float want[8 * 64];
        const unsigned char *mask = p + 8 + n * T * 4;
        const char *texts[8], *text = (const char *)mask + n * T + n * dim * sizeof(float);
        read_numbers(ids, p + 8, n * T);
        read_numbers(want, mask + n * T, n * dim);
        for (size_t i = 0; i < n; i++, text += strlen(text) + 1) texts[i] = text;
        CHECK(!clip_encode_texts(c, texts, n, out), "%s", clip_context_error(c));
        for (size_t i = 0; i < n; i++)
            CHECK(error_of(out + i * dim, want + i * dim, dim) < 2e-5, "%s, \"%s\": error %g", name, texts[i],
                  error_of(out + i * dim, want + i * dim, dim));
        memset(out, 0, sizeof out);
        CHECK(!clip_encode_tokens(c, ids, mask, n, T, out), "%s", clip_context_error(c));
        for (size_t i = 0; i < n; i++)
            CHECK(error_of(out + i * dim, want + i * dim, dim) < 2e-5, "%s, ids of \"%s\"", name, texts[i]);
        for (size_t i = 0; i < n; i++) {
            int32_t got[32];
            size_t count = 0;
            CHECK(!clip_tokenize(c, texts[i], got, 32, &count), "%s", clip_context_error(c));
            for (size_t t = 0; t < T; t++)
                CHECK(t < count ? mask[i * T + t] && got[t] == ids[i * T + t] : !mask[i * T + t], "\"%s\", token %zu",
                      texts[i], t);
        }
        // A key in the middle that is masked: nothing in its place changes a bit.
        {
            unsigned char holes[32];
            float again[64];
            memset(holes, 1, sizeof holes);
            holes[3] = 0;
            CHECK(!clip_encode_tokens(c, ids, holes, 1, T, out), "%s", clip_context_error(c));
            ids[3] = ids[3] == 7 ? 8 : 7;
            CHECK(!clip_encode_tokens(c, ids, holes, 1, T, again), "%s", clip_context_error(c));
            CHECK(!memcmp(out, again, dim * sizeof(float)), "%s: what a mask hides changes the vector", name);
        }
    }
    free(batch);
    live--;
    clip_context_free(c);
    clip_model_free(model);
}

static void parallel_backwards(void *user, size_t n, void (*task)(void *arg, size_t i), void *arg) {
    ++*(int *)user;
    while (n--) task(arg, n);
}

// Promise 5: the same bits for any batch, position and number of threads.
static void test_determinism(const char *name) {
    enum { N = 32 };
    static unsigned char pictures[N][61 * 47 * 3];
    static const char *const words[] = {"a dog", "", "the red dog is running in the snow, running and running!", "42",
                                        "snow?"};
    clip_model *model = load_golden(name);
    const size_t dim = clip_embed_dim(model), threads[] = {1, 2, 3, 8}, batches[] = {1, 7, 32};
    clip_image images[N];
    const char *texts[N];
    float *want = malloc(N * dim * sizeof(float)), *got = malloc(N * dim * sizeof(float));
    uint32_t seed = 1;
    int loops = 0;
    for (size_t i = 0; i < N; i++) {
        for (size_t k = 0; k < sizeof pictures[i]; k++)
            pictures[i][k] = (unsigned char)((seed = seed * 1664525 + 1013904223) >> 24);
        images[i].data = pictures[i];
        images[i].width = 10 + i;
        images[i].height = 61 - i;
        images[i].channels = 3;
        images[i].stride = 0;
        texts[i] = words[i % 5];
    }
    for (size_t t = 0; t < 5; t++)
        for (size_t b = 0; b < 3; b++) {
            clip_options opt = {0};
            clip_context *c;
            opt.threads = t < 4 ? threads[t] : 3;
            opt.max_batch = batches[b];
            if (t == 4) opt.parallel_for = parallel_backwards, opt.parallel_user = &loops;
            CHECK(!clip_context_new(model, &opt, NULL, &c), "no context");
            for (size_t i = 0; i < N; i += batches[b]) {
                size_t n = N - i < batches[b] ? N - i : batches[b];
                if (model->image)
                    CHECK(!clip_encode_images(c, images + i, n, got + i * dim), "%s", clip_context_error(c));
                else CHECK(!clip_encode_texts(c, texts + i, n, got + i * dim), "%s", clip_context_error(c));
            }
            if (!t && !b) memcpy(want, got, N * dim * sizeof(float));
            CHECK(!memcmp(want, got, N * dim * sizeof(float)), "%s: other bits with %zu threads, batch %zu", name,
                  opt.threads, batches[b]);
            clip_context_free(c);
        }
    CHECK(loops > 0, "the caller's loop was not used");
    free(want);
    free(got);
    clip_model_free(model);
}

// Memory is taken in load and create only, and as much as was said.
static void test_memory(const char *name) {
    clip_model *model = load_golden(name);
    clip_options opt = {0};
    size_t size = 0, before = mallocs, taken = bytes_taken;
    float *out = malloc(9 * clip_embed_dim(model) * sizeof(float));
    static const unsigned char grey[12] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
    clip_image images[9];
    const char *texts[9];
    clip_context *c = NULL;
    clip_error why;
    char *memory;
    opt.threads = 2;
    for (int i = 0; i < 9; i++)
        images[i].data = grey, images[i].width = 4, images[i].height = 3, images[i].channels = 1, images[i].stride = 0,
        texts[i] = "dog";
    CHECK(!clip_context_size(model, &opt, NULL, &size) && size > 0, "no size");
    CHECK(mallocs == before, "clip_context_size allocates");
    CHECK(!clip_context_new(model, &opt, NULL, &c), "no context");
    CHECK(mallocs == before + 1 && bytes_taken - taken == size, "said %zu bytes, took %zu in %zu pieces", size,
          bytes_taken - taken, mallocs - before);
    before = mallocs;
    CHECK(model->image ? !clip_encode_images(c, images, 9, out) : !clip_encode_texts(c, texts, 9, out), "%s",
          clip_context_error(c));
    CHECK(mallocs == before, "encoding allocates");
    clip_context_free(c);

    memory = malloc(size + 1);
    memory[size] = 77;
    CHECK(clip_context_init(model, &opt, memory, size - 1, &why, &c) == CLIP_ERROR_MEMORY,
          "too little memory is taken");
    CHECK(!clip_context_init(model, &opt, memory, size, &why, &c), "%s", why.message);
    CHECK(model->image ? !clip_encode_images(c, images, 9, out) : !clip_encode_texts(c, texts, 9, out), "%s",
          clip_context_error(c));
    CHECK(mallocs == before && memory[size] == 77, "the caller's memory was left");
    clip_context_free(c);
    free(memory);
    clip_model_free(model);
    free(out);
}

// The n-th allocation fails, for all n: an error, nothing leaked, the outputs as they were.
static void test_no_memory(const char *name) {
    char path[256];
    snprintf(path, sizeof path, "tests/goldens/%s.clip", name);
    CHECK(live == 0, "%zu blocks are live before", live);
    for (size_t n = 1; n < 20; n++) {
        clip_model *model = NULL;
        clip_context *c = NULL;
        clip_error why = {CLIP_OK, ""};
        clip_result result;
        fail_at = n;
        result = clip_model_load(path, NULL, &why, &model);
        if (!result) result = clip_context_new(model, NULL, &why, &c);
        if (result) CHECK(result == CLIP_ERROR_MEMORY && strstr(why.message, "memory") && !c, "%s", why.message);
        clip_context_free(c);
        clip_model_free(model);
        CHECK(live == 0, "%s: %zu blocks are leaked when allocation %zu fails", name, live, n);
        if (fail_at) { // there was no n-th allocation
            CHECK(!result && n > 1, "n %zu", n);
            fail_at = 0;
            return;
        }
        CHECK(result == CLIP_ERROR_MEMORY, "allocation %zu failed unnoticed", n);
    }
    CHECK(0, "more allocations than were expected");
}

// Cut at any byte, with any byte of header and table flipped: an error and no crash.
static void test_damage(const char *name) {
    size_t size, table;
    unsigned char *bytes = read_golden(name, "clip", &size);
    clip_error why;
    clip_model *model = NULL;
    clip__file file;
    size_t accepted = 0;
    CHECK(!clip__file_open(bytes, size, &why, &file), "%s", why.message);
    table = file.data;
    for (size_t n = 0; n < size; n += n < table + 100 ? 1 : 997) {
        void *cut = malloc(n ? n : 1); // of its own, so that a sanitizer sees a read behind it
        memcpy(cut, bytes, n);
        accepted += !clip_model_load_memory(cut, n, NULL, &why, &model);
        free(cut);
    }
    CHECK(accepted == 0, "%s: %zu cut files were accepted", name, accepted);
    for (size_t i = 0; i < table; i++)
        for (int bit = 0; bit < 8; bit += 3) {
            bytes[i] ^= (unsigned char)(1 << bit);
            accepted += !clip_model_load_memory(bytes, size, NULL, &why, &model);
            bytes[i] ^= (unsigned char)(1 << bit);
        }
    CHECK(accepted == 0, "%s: %zu flipped files were accepted", name, accepted);
    bytes[8] = 7;
    CHECK(clip_model_load_memory(bytes, size, NULL, &why, &model) == CLIP_ERROR_VERSION &&
              strstr(why.message, "version 7,"),
          "%s: of a later version: %s", name, why.message);
    bytes[8] = 1;
    // the same flips with a checksum that fits: an error or a working model, but no read outside
    for (size_t i = 16; i < table; i++)
        for (int k = 0; k < 3; k++) {
            const unsigned char was = bytes[i];
            bytes[i] = k == 0 ? 0 : k == 1 ? 255 : (unsigned char)(was ^ 1);
            clip__write_le(bytes + 12, clip__crc32(0, bytes + 16, table - 16), 4);
            if (!clip_model_load_memory(bytes, size, NULL, &why, &model)) clip_model_free(model);
            else CHECK(*why.message, "an error without a message");
            bytes[i] = was;
        }
    clip__write_le(bytes + 12, clip__crc32(0, bytes + 16, table - 16), 4);
    CHECK(!clip_model_load_memory(bytes, size, NULL, &why, &model), "%s", why.message);
    clip_model_free(model);
    // what only a faulty writer makes, with a checksum that fits: tensors that overlap, shapes that don't fit or
    // overflow
    for (int k = 0; k < 4; k++) {
        unsigned char *record, was[64];
        clip__tensor t;
        size_t cursor = 0;
        clip__file_next_tensor(&file, &cursor, &t);
        record = bytes + CLIP__HEADER + file.keys_size + (k ? 0 : cursor);
        memcpy(was, record, 64);
        if (k == 0) clip__write_le(record + 40, t.offset, 8);
        if (k == 1) clip__write_le(record + 8, t.shape[0] - 1, 8), clip__write_le(record + 48, t.size - 64, 8);
        if (k == 2) clip__write_le(record + 8, (uint64_t)1 << 62, 8), clip__write_le(record + 16, 8, 8);
        if (k == 3) clip__write_le(record + 8, t.shape[0] + 16, 8);
        clip__write_le(bytes + 12, clip__crc32(0, bytes + 16, table - 16), 4);
        CHECK(clip_model_load_memory(bytes, size, NULL, &why, &model) == CLIP_ERROR_FORMAT,
              "%s: fault %d of a writer is taken", name, k);
        memcpy(record, was, 64);
        clip__write_le(bytes + 12, clip__crc32(0, bytes + 16, table - 16), 4);
    }
    // a flip in the data is found by the self-test's checksums
    bytes[size - 5] ^= 4;
    CHECK(!clip_model_load_memory(bytes, size, NULL, &why, &model), "%s", why.message);
    {
        clip_context *c = new_context(model, 1, 1);
        CHECK(clip_selftest(c, NULL) == CLIP_ERROR_FORMAT && strstr(clip_context_error(c), "checksum"), "%s",
              clip_context_error(c));
        clip_context_free(c);
    }
    clip_model_free(model);
    free(bytes);
    live--;
}

// A model in memory that is aligned to 4 and no better computes the same; less is refused. (UBSan watches the loads.)
static void test_alignment(const char *name) {
    size_t size;
    unsigned char *bytes = read_golden(name, "clip", &size), *room = (unsigned char *)malloc(size + 128), *at = room;
    clip_error why;
    while ((uintptr_t)at % 64 != 4) at++;
    for (size_t shift = 0; shift < 4; shift++) {
        clip_model *model = NULL;
        clip_result result;
        memcpy(at + shift, bytes, size);
        result = clip_model_load_memory(at + shift, size, NULL, &why, &model);
        if (shift) CHECK(result == CLIP_ERROR_ARGUMENT && !model && strstr(why.message, "aligned"), "%s", why.message);
        else {
            clip_context *c = new_context(model, 2, 2);
            CHECK(!clip_selftest(c, NULL), "%s: %s", name, clip_context_error(c));
            clip_context_free(c);
            clip_model_free(model);
        }
    }
    free(room);
    free(bytes);
    live--;
}

// Found by fuzzing: a self-test whose input has no bytes, though its first dimensions say otherwise.
static void test_hostile_selftest(const unsigned char *bytes, size_t size, const char *what) {
    clip_model *model = NULL;
    clip_error why;
    CHECK(clip_model_load_memory(bytes, size, NULL, &why, &model) == CLIP_ERROR_FORMAT && strstr(why.message, what),
          "%s: %s", what, why.message);
    clip_model_free(model);
}

static void test_hostile(void) {
    size_t size;
    unsigned char *bytes = read_golden("hostile_image", "clip", &size);
    clip__file file;
    clip__tensor t;
    test_hostile_selftest(bytes, size, "selftest.image");
    free(bytes);
    bytes = read_golden("distilbert", "clip", &size);
    CHECK(!clip__file_open(bytes, size, NULL, &file), "a golden is damaged");
    for (size_t cursor = 0, at = 0; clip__file_next_tensor(&file, &cursor, &t); at = cursor) {
        unsigned char *ids = bytes + CLIP__HEADER + file.keys_size + at,
                      *next = bytes + CLIP__HEADER + file.keys_size + cursor;
        if (!clip__name_is(t.name, t.name_size, "selftest.ids")) continue;
        clip__write_le(ids + 16, 0, 8), clip__write_le(ids + 48, 0, 8),
            clip__write_le(ids + 56, 0, 4);     // [n, 0], 0 bytes
        clip__write_le(next + 40, t.offset, 8); // the next tensor, the last one, begins where this one did
        clip__write_le(next + 56, clip__crc32(0, bytes + t.offset, (size_t)clip__read_le(next + 48, 8)), 4);
        clip__write_le(bytes + 12, clip__crc32(0, bytes + 16, file.data - 16), 4);
    }
    test_hostile_selftest(bytes, size, "selftest.ids");
    free(bytes);
    live -= 2;
}

// A table in which what the model needs is hard to find: in the other order, behind tensors of no bytes. With a few of
// them it is found, with 300,000 each search would take as long as a model.
static void test_long_table(void) {
    enum { FEW = 100, MANY = 300000 };
    size_t size;
    unsigned char *bytes = read_golden("train_clip_vit", "clip", &size);
    clip__tensor *tensors = calloc(MANY + 512, sizeof *tensors);
    char(*digits)[8] = malloc(MANY * sizeof *digits);
    clip__file file;
    CHECK(!clip__file_open(bytes, size, NULL, &file), "a golden is damaged");
    for (size_t empty = FEW; empty <= MANY; empty += MANY - FEW) {
        clip_model *model = NULL;
        clip_error why = {CLIP_OK, ""};
        void *image = NULL;
        for (size_t i = 0; i < empty; i++) {
            tensors[i] = (clip__tensor){0};
            tensors[i].name = digits[i], tensors[i].name_size = (size_t)snprintf(digits[i], sizeof digits[i], "%zu", i);
            tensors[i].type = CLIP__UINT8;
            for (int d = 1; d < 4; d++) tensors[i].shape[d] = 1;
        }
        for (size_t cursor = 0, i = 0; i < file.n_tensors; i++)
            clip__file_next_tensor(&file, &cursor, &tensors[empty + file.n_tensors - 1 - i]);
        CHECK(!clip__file_image(bytes + CLIP__HEADER, file.keys_size, file.n_keys, tensors, empty + file.n_tensors,
                                &why, &image, &size),
              "%s", why.message);
        const clip_result result = clip_model_load_memory(image, size, NULL, &why, &model);
        CHECK(empty == FEW ? !result : result == CLIP_ERROR_FORMAT && strstr(why.message, "tensors, too many"), "%s",
              why.message);
        clip_model_free(model);
        counted_free(image);
    }
    free(digits), free(tensors), free(bytes);
    live -= 1;
}

// SigLIP's pooling with a hidden layer that is larger than anything else of the tower: what is narrowed before fc2 has
// room.
static void test_wide_pooling(void) {
    enum { WIDE = 30000, BATCH = 3 };
    static const unsigned types[] = {CLIP__BF16, CLIP__Q8, CLIP__Q4};
    for (size_t k = 0; k < sizeof types / sizeof *types; k++) {
        size_t size, n = 0;
        unsigned char *bytes = read_golden("train_siglip", "clip", &size), *zeros[3] = {0};
        clip__tensor tensors[512], *t = tensors;
        clip__file file;
        clip_model *model = NULL;
        clip_context *c = NULL;
        clip_options o = {0};
        clip_error why = {CLIP_OK, ""};
        void *image = NULL;
        CHECK(!clip__file_open(bytes, size, NULL, &file), "a golden is damaged");
        for (size_t cursor = 0; clip__file_next_tensor(&file, &cursor, t); t++) {
            const int fc1 = clip__name_is(t->name, t->name_size, "image.pool.fc1.weight"),
                      bias = clip__name_is(t->name, t->name_size, "image.pool.fc1.bias"),
                      fc2 = clip__name_is(t->name, t->name_size, "image.pool.fc2.weight");
            if (fc1 || bias) t->shape[0] = WIDE;
            if (fc2) t->shape[1] = WIDE;
            if (fc1 || fc2) t->type = types[k];
            if (!fc1 && !bias && !fc2) continue;
            t->size = clip__tensor_bytes(t);
            t->data = zeros[n++] = calloc(1, (size_t)t->size);
        }
        CHECK(n == 3, "%zu tensors of the pooling", n);
        CHECK(!clip__file_image(bytes + CLIP__HEADER, file.keys_size, file.n_keys, tensors, (size_t)(t - tensors), &why,
                                &image, &size) &&
                  !clip_model_load_memory(image, size, NULL, &why, &model),
              "%s", why.message);
        o.max_batch = BATCH, o.threads = 1;
        CHECK(!clip_context_new(model, &o, &why, &c), "%s", why.message);
        unsigned char *pixels = calloc(BATCH, 3 * model->pipeline.S * model->pipeline.S);
        float *out = malloc(BATCH * clip_embed_dim(model) * sizeof *out);
        CHECK(!clip_encode_pixels(c, pixels, BATCH, out) && out[0] - out[0] == 0, "%s", clip_context_error(c));
        clip_context_free(c), clip_model_free(model), counted_free(image);
        free(pixels), free(out), free(bytes), free(zeros[0]), free(zeros[1]), free(zeros[2]);
        live -= 1;
    }
}

// A golden with one key or tensor changed, which the caller frees: how '-' leaves it out, 'i', 'r', 't' give a key
// other integers, reals or another text, '#' gives a tensor another shape and 'T' another type and layout, of zeros.
static unsigned char *edited(const char *model, const char *name, char how, const char *to, size_t *size) {
    static unsigned char keys[1 << 14];
    static clip__tensor tensors[512];
    unsigned char *bytes = read_golden(model, "clip", size), *zeros = NULL, *p = keys;
    size_t n_keys = 0, n_tensors = 0, found = 0;
    void *out = NULL;
    clip__file file;
    clip__key key;
    clip__tensor t;
    CHECK(!clip__file_open(bytes, *size, NULL, &file), "%s: a golden is damaged", model);
    for (size_t cursor = 0, i = 0; i < file.n_keys && clip__file_next_key(&file, &cursor, &key); i++) {
        const int is = clip__name_is(key.name, key.name_size, name);
        unsigned char *value = p + CLIP__KEY_HEADER + key.name_size;
        size_t length = 0;
        found += (size_t)is;
        if (is && how == '-') continue;
        memcpy(p + CLIP__KEY_HEADER, key.name, key.name_size);
        if (!is) memcpy(value, key.value, length = key.size);
        else if (how == 't') memcpy(value, to, length = strlen(to));
        else
            for (const char *at = to; *at; length += 8) {
                char *end;
                const double real = strtod(at, &end);
                uint64_t bits = (uint64_t)strtoll(at, NULL, 10);
                if (how == 'r') memcpy(&bits, &real, 8);
                clip__write_le(value + length, bits, 8);
                for (at = end; *at == ' '; at++) {}
            }
        clip__write_le(p, key.name_size, 2);
        clip__write_le(p + 2,
                       !is          ? key.type
                       : how == 'i' ? CLIP__KEY_INTEGERS
                       : how == 'r' ? CLIP__KEY_REALS
                                    : CLIP__KEY_TEXT,
                       2);
        clip__write_le(p + 4, length, 4);
        p = value + length, n_keys++;
    }
    for (size_t cursor = 0, i = 0; i < file.n_tensors && clip__file_next_tensor(&file, &cursor, &t); i++) {
        const int is = clip__name_is(t.name, t.name_size, name);
        found += (size_t)is;
        if (is && how == '-') continue;
        if (is) {
            unsigned long v[4] = {0};
            sscanf(to, "%lu %lu %lu %lu", v, v + 1, v + 2, v + 3);
            if (how == '#')
                for (int d = 0; d < 4; d++) t.shape[d] = v[d];
            else t.type = (unsigned)v[0], t.layout = (unsigned)v[1];
            t.size = clip__tensor_bytes(&t);
            t.data = zeros = calloc(1, (size_t)t.size + 1);
        }
        tensors[n_tensors++] = t;
    }
    CHECK(found == 1, "%s: %s is there %zu times", model, name, found);
    CHECK(!clip__file_image(keys, (size_t)(p - keys), n_keys, tensors, n_tensors, NULL, &out, size), "%s", name);
    free(zeros), free(bytes);
    live--;
    return (unsigned char *)out;
}

// Files that are whole, but not a model, each refused for its own reason, which is told; and ones at the very bounds.
static void test_wrong_models(void) {
    static const struct {
        const char *model, *name;
        char how;
        const char *to;
        clip_result result;
        const char *says;
    } cases[] = {
        {"vit_cls", "image.tower", 't', "cnn", CLIP_ERROR_UNSUPPORTED, "key image.tower: \"cnn\" is not known"},
        {"vit_cls", "image.tower", '-', "", CLIP_ERROR_FORMAT, "neither image.tower nor text.tower"},
        {"vit_cls", "image.size", '-', "", CLIP_ERROR_FORMAT, "lacks the key image.size"},
        {"vit_cls", "image.size", 'i', "0", CLIP_ERROR_FORMAT, "image.size: 0 is outside of 1 to 4096"},
        {"vit_cls", "image.size", 'i', "-1", CLIP_ERROR_FORMAT, "image.size: -1 is outside of 1 to 4096"},
        {"vit_cls", "image.size", 'i', "4097", CLIP_ERROR_FORMAT, "image.size: 4097 is outside of 1 to 4096"},
        {"vit_cls", "image.size", 'i', "1", CLIP_ERROR_SHAPE, "smaller than a patch"},
        {"vit_cls", "image.size", 'i', "4096", CLIP_ERROR_FORMAT, "image.short: 37 is outside of 4096 to 8192"},
        {"vit_cls", "image.short", '-', "", CLIP_OK, NULL},
        {"vit_cls", "image.size", 'i', "32 32", CLIP_ERROR_FORMAT,
        "image.size: expected 8 bytes of integers, the file has 16"},
        {"vit_cls", "image.size", 'r', "32", CLIP_ERROR_FORMAT,
        "image.size: expected 8 bytes of integers, the file has 8 of type 2"},
        {"vit_cls", "image.resize", 't', "wide", CLIP_ERROR_UNSUPPORTED, "image.resize"},
        {"vit_cls", "image.resize", 'i', "1", CLIP_ERROR_FORMAT, "image.resize: expected"},
        {"vit_cls", "image.filter", 't', "bicubi", CLIP_ERROR_UNSUPPORTED, "\"bicubi\" is not known"},
        {"vit_cls", "image.mean", 'r', "0 0", CLIP_ERROR_FORMAT, "image.mean: expected 24 bytes of reals"},
        {"vit_cls", "image.mean", 'r', "0 nan 0", CLIP_ERROR_FORMAT, "image.mean: "},
        {"vit_cls", "image.mean", 'r', "0 0 1e7", CLIP_ERROR_FORMAT, "image.mean: 1e+07 is not from -1e+06 to 1e6"},
        {"vit_cls", "image.mean", 'r', "-1e6 1e6 0", CLIP_OK, NULL},
        {"vit_cls", "image.std", 'r', "1 0 1", CLIP_ERROR_FORMAT, "image.std: 0 is not from 1e-06 to 1e6"},
        {"vit_cls", "image.std", 'r', "1e-6 1 1", CLIP_OK, NULL},
        {"vit_cls", "image.eps", 'r', "-1e-9", CLIP_ERROR_FORMAT, "image.eps: -1e-09 is not from 0"},
        {"vit_cls", "image.eps", 'r', "0", CLIP_OK, NULL},
        {"vit_cls", "image.width", 'i', "0", CLIP_ERROR_FORMAT, "image.width: 0 is outside of 1 to 65536"},
        {"vit_cls", "image.width", 'i', "65537", CLIP_ERROR_FORMAT, "image.width: 65537 is outside of 1 to 65536"},
        {"vit_cls", "image.layers", 'i', "1025", CLIP_ERROR_FORMAT, "image.layers: 1025 is outside of 1 to 1024"},
        {"vit_cls", "image.layers", 'i', "1024", CLIP_ERROR_SHAPE, "lacks the tensor image.blocks."},
        {"vit_cls", "image.heads", 'i', "0", CLIP_ERROR_FORMAT, "image.heads: 0 is outside of"},
        {"vit_cls", "image.heads", 'i', "5", CLIP_ERROR_SHAPE, "image tower: 5 heads don't divide a width of"},
        {"vit_cls", "image.heads", 'i', "1", CLIP_OK, NULL},
        {"vit_cls", "image.mlp", 'i', "1", CLIP_ERROR_SHAPE, "image.blocks.0.mlp.fc1.weight: expected [1,"},
        {"vit_cls", "image.patch", 'i', "257", CLIP_ERROR_FORMAT, "image.patch: 257 is outside of 1 to 256"},
        {"vit_cls", "image.patch", 'i', "256", CLIP_ERROR_SHAPE, "image.patch.weight: expected"},
        {"vit_cls", "image.activation", 't', "tanh", CLIP_ERROR_UNSUPPORTED, "image.activation: \"tanh\""},
        {"vit_cls", "image.activation", 't', "identity", CLIP_ERROR_UNSUPPORTED, "image.activation"},
        {"vit_cls", "image.activation", 't', "relu", CLIP_OK, NULL},
        {"vit_cls", "image.pool", 't', "end", CLIP_ERROR_UNSUPPORTED, "image.pool \"end\" is for texts"},
        {"vit_cls", "image.pool", 't', "last", CLIP_ERROR_UNSUPPORTED, "image.pool \"last\" is for texts"},
        {"vit_cls", "image.pool", 't', "mean", CLIP_OK, NULL},
        {"vit_cls", "image.pool", 't', "attention", CLIP_ERROR_SHAPE, "lacks the tensor image.pool.qkv.weight"},
        {"vit_cls", "image.norm", 't', "none", CLIP_ERROR_UNSUPPORTED, "image.norm"},
        {"vit_cls", "image.class", '-', "", CLIP_ERROR_SHAPE, "image.class, which image.pool \"cls\" needs"},
        {"vit_cls", "image.patch.bias", '-', "", CLIP_OK, NULL},
        {"vit_cls", "image.norm.bias", '-', "", CLIP_ERROR_SHAPE, "lacks the tensor image.norm.bias"},
        {"vit_cls", "image.norm.bias", 'T', "1 0", CLIP_ERROR_UNSUPPORTED,
        "image.norm.bias: type 1 in layout 0; expected f32"},
        {"vit_cls", "image.blocks.1.attn.qkv.bias", '-', "", CLIP_OK, NULL},
        {"vit_cls", "image.blocks.1.norm2.weight", '-', "", CLIP_ERROR_SHAPE,
        "lacks the tensor image.blocks.1.norm2.weight"},
        {"vit_cls", "image.blocks.0.attn.proj.weight", 'T', "0 0", CLIP_ERROR_UNSUPPORTED,
        "type 0 in layout 0; expected f32, f16"},
        {"vit_cls", "image.blocks.0.attn.proj.weight", 'T', "3 0", CLIP_ERROR_UNSUPPORTED, "type 3 in layout 0"},
        {"vit_cls", "image.blocks.0.attn.proj.weight", 'T', "2 1", CLIP_OK, NULL},
        {"vit_cls", "image.head", 't', "deep", CLIP_ERROR_UNSUPPORTED, "image.head: \"deep\""},
        {"vit_cls", "image.head", '-', "", CLIP_ERROR_FORMAT, "lacks the key image.head"},
        {"resnet_basic", "image.depths", 'i', "1 1 0 1", CLIP_ERROR_FORMAT, "image.depths: 0 is outside of 1 to 1024"},
        {"resnet_basic", "image.depths", 'i', "1 1 1", CLIP_ERROR_FORMAT, "image.depths: expected 32 bytes"},
        {"resnet_basic", "image.block", 't', "wide", CLIP_ERROR_UNSUPPORTED, "image.block"},
        {"resnet_basic", "image.stem.conv.weight", '-', "", CLIP_ERROR_SHAPE,
        "lacks the tensor image.stem.conv.weight"},
        {"resnet_basic", "image.stem.norm.var", '-', "", CLIP_ERROR_SHAPE, "lacks the tensor image.stem.norm.var"},
        {"resnet_basic", "image.stages.1.0.shortcut.conv.weight", '-', "", CLIP_ERROR_SHAPE,
         "lacks the tensor image.stages.1.0.shortcut.conv.weight"},
        {"train_clip_resnet", "image.size", 'i', "1", CLIP_ERROR_SHAPE,
        "a picture of 1 pixels is too small for this resnet"},
        {"train_clip_resnet", "image.block", 't', "basic", CLIP_ERROR_SHAPE, "image.stages.0.0.conv1.weight: expected"},
        {"train_clip_resnet", "image.variant", 't', "other", CLIP_ERROR_UNSUPPORTED, "image.variant: \"other\""},
        {"train_clip_resnet", "image.heads", 'i', "7", CLIP_ERROR_SHAPE, "image.pool: 7 heads and a width of"},
        {"train_clip_resnet", "image.pool.positions", '-', "", CLIP_ERROR_SHAPE,
        "lacks the tensor image.pool.positions"},
        {"train_siglip", "image.norm", 't', "after", CLIP_ERROR_UNSUPPORTED,
        "\"after\" does not go with pooling by attention"},
        {"train_siglip", "image.pool.probe", '-', "", CLIP_ERROR_SHAPE, "lacks the tensor image.pool.probe"},
        {"train_siglip", "text.pad", 'i', "1000000", CLIP_ERROR_FORMAT, "text.pad: 1000000 is outside of 0 to"},
        {"train_siglip", "logit_bias", '#', "2 1 1 1", CLIP_ERROR_SHAPE,
        "logit_bias: expected one f32, file has 8 bytes"},
        {"train_siglip", "logit_scale", 'T', "7 0", CLIP_ERROR_SHAPE,
        "logit_scale: expected one f32, file has 4 bytes of type 7"},
        {"train_siglip", "logit_scale", '-', "", CLIP_OK, NULL},
        {"train_clip_vit", "text.pool", 't', "attention", CLIP_ERROR_UNSUPPORTED,
        "text.pool \"attention\" is for pictures"},
        {"train_clip_vit", "text.tower", 't', "gpt", CLIP_ERROR_UNSUPPORTED, "text.tower: \"gpt\""},
        {"train_clip_vit", "text.causal", 'i', "2", CLIP_ERROR_FORMAT, "text.causal: 2 is outside of 0 to 1"},
        {"train_clip_vit", "text.context", 'i', "1", CLIP_ERROR_FORMAT, "text.context: 1 is outside of 2 to 65536"},
        {"train_clip_vit", "text.context", 'i', "2", CLIP_OK, NULL},
        {"train_clip_vit", "text.context", 'i', "65536", CLIP_ERROR_SHAPE, "rows are fewer than the context of 65536"},
        {"train_clip_vit", "text.tokens", 'T', "3 0", CLIP_ERROR_UNSUPPORTED, "text.tokens: type 3"},
        {"train_clip_vit", "text.blocks.0.attn.qkv.weight", 'T', "10 1", CLIP_ERROR_SHAPE,
         "its type goes with a multiple of 4 inputs, not with 22"},
        {"train_clip_vit", "text.blocks.0.attn.qkv.weight", 'T', "11 1", CLIP_ERROR_SHAPE,
        "with a multiple of 8 inputs"},
        {"train_clip_vit", "text.blocks.0.attn.qkv.weight", 'T', "1 1", CLIP_OK, NULL},
        {"train_clip_vit", "text.head.projection.weight", '#', "65537 22 1 1", CLIP_ERROR_SHAPE,
        "65537 outputs are too many"},
        {"train_clip_vit", "image.head.projection.weight", '#', "48 24 1 1", CLIP_ERROR_SHAPE, "can't be compared"},
        // a trainer writes its vectors where these stand
        {"train_clip_vit", "selftest.image_vector", '#', "1 1 1 1", CLIP_ERROR_FORMAT, "selftest.image_vector"},
        {"train_clip_vit", "selftest.text_vector", '#', "1 16 1 1", CLIP_ERROR_FORMAT, "selftest.text_vector"},
        {"train_clip_vit", "selftest.image", '#', "2 2 3 2", CLIP_ERROR_FORMAT, "selftest.image:"},
        {"train_clip_vit", "selftest.image", 'T', "11 1", CLIP_ERROR_FORMAT, "selftest.image:"},
        {"train_clip_vit", "selftest.pixels", '#', "2 2 3 1", CLIP_ERROR_FORMAT, "selftest.pixels"},
        {"train_clip_vit", "selftest.ids", 'T', "4 0", CLIP_ERROR_FORMAT, "selftest.ids"},
        {"bert", "tokenizer.kind", 't', "unigram", CLIP_ERROR_UNSUPPORTED, "tokenizer.kind: \"unigram\""},
        {"bert", "tokenizer.vocab", '-', "", CLIP_ERROR_SHAPE, "lacks the tensor tokenizer.vocab"},
        {"bert", "tokenizer.vocab", '#', "9 1 1 1", CLIP_ERROR_FORMAT, "tokenizer: "},
        {"bert", "tokenizer.vocab", 'T', "4 0", CLIP_ERROR_SHAPE, "lacks the tensor tokenizer.vocab"},
        {"bert", "tokenizer.cased", 'i', "2", CLIP_ERROR_FORMAT, "tokenizer.cased: 2 is outside of 0 to 1"},
        {"bert", "tokenizer.cased", '-', "", CLIP_ERROR_FORMAT, "lacks the key tokenizer.cased"},
        {"bert", "tokenizer.kind", '-', "", CLIP_OK, NULL},
        {"bert", "text.types", '-', "", CLIP_OK, NULL},
        {"bert", "text.tokens", '#', "20 48 1 1", CLIP_ERROR_SHAPE, "tokens are more than the 20 of text.tokens"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t size = 0;
        unsigned char *bytes = edited(cases[i].model, cases[i].name, cases[i].how, cases[i].to, &size);
        clip_model *model = NULL;
        clip_error why = {CLIP_OK, ""};
        const clip_result result = clip_model_load_memory(bytes, size, NULL, &why, &model);
        CHECK(result == cases[i].result && !model == !!result && why.result == result &&
                  (!cases[i].says || strstr(why.message, cases[i].says)),
              "%s, %s %c %s: %d %s", cases[i].model, cases[i].name, cases[i].how, cases[i].to, (int)result,
              why.message);
        clip_model_free(model);
        counted_free(bytes);
    }
}

// Sums of bytes stay within 32 bits: a file's weight in q8 may have 65,536 numbers a column.
static void test_numbers_of_q8(void) {
    for (size_t in = 7280; in <= 7284; in += 4) { // times 3 x 3: 65,520 and 65,556
        clip__tensor t;
        clip__loader l;
        void *bytes = NULL;
        size_t size;
        memset(&l, 0, sizeof l), memset(&t, 0, sizeof t);
        t.name = "a.b.weight", t.name_size = 10, t.type = CLIP__Q8, t.layout = CLIP__PANELS;
        t.shape[0] = 16, t.shape[1] = in, t.shape[2] = t.shape[3] = 3;
        t.size = clip__tensor_bytes(&t);
        t.data = calloc(1, (size_t)t.size);
        CHECK(!clip__file_image("", 0, 0, &t, 1, NULL, &bytes, &size) && !clip__file_open(bytes, size, NULL, &l.file),
              "q8");
        clip__load_conv(&l, "a", "b", in, 0, 3, 1, 1);
        CHECK(l.result == (in == 7280 ? CLIP_OK : CLIP_ERROR_SHAPE), "%zu inputs: %d", in, (int)l.result);
        free((void *)(uintptr_t)t.data);
        counted_free(bytes);
    }
}

// What only pictures need, or only a head of two layers, no other model's context has.
static void test_room_of_a_text_model(void) {
    clip_model *model = load_golden("bert");
    clip_options opt = {0};
    size_t one = 0, eight = 0;
    clip_error why;
    CHECK(!clip_context_size(model, &opt, &why, &one), "%s", why.message);
    opt.threads = 8;
    CHECK(!clip_context_size(model, &opt, &why, &eight), "%s", why.message);
    CHECK(one < 300000 && eight < 450000, "%zu bytes, %zu with 8 threads", one, eight);
    clip_model_free(model);
}

// A turn's buffers have room for pooling by attention, even where it takes more than all that comes before: a token for
// each place and one for their mean, with keys and values.
static void test_room_for_attention(void) {
    clip__resnet r;
    size_t size[4];
    memset(&r, 0, sizeof r);
    r.n_stem = 1, r.stem[0].out = 8;
    r.features = r.attention.width = 4096;
    CHECK(clip__resnet_sizes(&r, 224, size) == 56 && size[2] >= (56 * 56 + 1) * 4096 &&
              size[3] >= (56 * 56 + 1) * 2 * 4096,
          "%zu and %zu", size[2], size[3]);
}

// The mean of a causal text. Each token sees itself and those before it, so its vector is that of the text up to it,
// which "highest" gives where ids grow; and the head is linear.
static void test_mean_of_causal_text(void) {
    enum { T = 9 };
    static const int32_t ids[T] = {1, 3, 4, 9, 12, 17, 20, 25, 30};
    float got[64], alone[64];
    double want[64] = {0};
    clip_model *models[2] = {NULL, NULL};
    clip_context *c[2] = {NULL, NULL};
    unsigned char *bytes[2];
    for (int k = 0; k < 2; k++) {
        clip_options o = {0};
        clip_error why;
        size_t size;
        o.raw = 1;
        bytes[k] = edited("train_clip_vit", "text.pool", 't', k ? "highest" : "mean", &size);
        CHECK(!clip_model_load_memory(bytes[k], size, NULL, &why, &models[k]), "%s", why.message);
        CHECK(!clip_context_new(models[k], &o, &why, &c[k]), "%s", why.message);
    }
    const size_t dim = clip_embed_dim(models[0]);
    for (size_t t = 1; t <= T; t++) {
        double worst = 0;
        CHECK(!clip_encode_tokens(c[1], ids, NULL, 1, t, alone), "%s", clip_context_error(c[1]));
        CHECK(!clip_encode_tokens(c[0], ids, NULL, 1, t, got), "%s", clip_context_error(c[0]));
        for (size_t i = 0; i < dim; i++) want[i] += (double)alone[i];
        for (size_t i = 0; i < dim; i++) worst = fmax(worst, fabs((double)got[i] - want[i] / (double)t));
        CHECK(worst < 2e-6, "%zu tokens: error %g", t, worst);
    }
    for (int k = 0; k < 2; k++) clip_context_free(c[k]), clip_model_free(models[k]), counted_free(bytes[k]);
}

// Each wrong argument is named, and `out` stays as it was.
static void test_arguments(void) {
    static unsigned char pixel[100000 * 4];
    clip_model *image_model = load_golden("vit_cls"), *text_model = load_golden("bert");
    clip_context *ic = new_context(image_model, 1, 2), *tc = new_context(text_model, 1, 2), *c = NULL;
    float out[64] = {42}, want[64];
    clip_image image = {pixel, 1, 1, 3, 0};
    const char *text = NULL, *empty = "";
    int32_t ids[30] = {2, 7, 3};
    unsigned char mask[30] = {1, 1, 1};
    clip_options opt = {0};
    clip_error why;
    clip_model *none = NULL;
    clip_model_info info;
    double work;
    size_t size;

    CHECK(clip_model_load("no/such/file.clip", NULL, &why, &none) == CLIP_ERROR_IO &&
              strstr(why.message, "no/such/file.clip"),
          "%s", why.message);
    CHECK(clip_model_load(NULL, NULL, &why, &none) == CLIP_ERROR_ARGUMENT, "NULL path");
    CHECK(clip_model_load("tests/goldens", NULL, NULL, &none) == CLIP_ERROR_IO, "a folder is no model");
    CHECK(clip_model_load("Makefile", NULL, &why, &none) == CLIP_ERROR_FORMAT && strstr(why.message, "clip-convert"),
          "%s", why.message);
    {
        unsigned char *bytes = read_golden("vit_cls", "clip", &size);
        CHECK(clip_model_load_memory(NULL, size, NULL, &why, &none) == CLIP_ERROR_ARGUMENT, "NULL data");
        CHECK(clip_model_load_memory(bytes, size, NULL, &why, NULL) == CLIP_ERROR_ARGUMENT, "NULL out");
        CHECK(clip_model_load_memory(bytes, size, &opt, &why, &none) == CLIP_ERROR_ARGUMENT,
              "options, which are reserved");
        CHECK(clip_model_load("tests/goldens/vit_cls.clip", &opt, &why, &none) == CLIP_ERROR_ARGUMENT, "options");
        CHECK(clip_model_load("tests/goldens/vit_cls.clip", NULL, &why, NULL) == CLIP_ERROR_ARGUMENT, "NULL out");
        for (size_t i = 1; i < 4; i++)
            CHECK(clip_model_load_memory(bytes + i, size - i, NULL, &why, &none) == CLIP_ERROR_ARGUMENT &&
                      strstr(why.message, "not aligned to 4 bytes"),
                  "%s", why.message);
        free(bytes);
        live--;
    }
    CHECK(none == NULL, "out was touched");

    opt.threads = 1000000;
    CHECK(clip_context_size(image_model, &opt, &why, &size) == CLIP_ERROR_ARGUMENT, "a million threads");
    opt.threads = 257;
    CHECK(clip_context_size(image_model, &opt, &why, &size) == CLIP_ERROR_ARGUMENT &&
              strstr(why.message, "at most 256"),
          "%s", why.message);
    opt.threads = 256, opt.max_batch = 65537;
    CHECK(clip_context_size(image_model, &opt, &why, &size) == CLIP_ERROR_ARGUMENT && strstr(why.message, "of 65537"),
          "%s", why.message);
    opt.threads = 256, opt.max_batch = 65536;
    if (sizeof(size_t) > 4)
        CHECK(!clip_context_size(image_model, &opt, &why, &size) && size > 65536, "the most that may be: %s",
              why.message);
    else // more than 32 bits tell apart
        CHECK(clip_context_size(image_model, &opt, &why, &size) == CLIP_ERROR_ARGUMENT &&
                  strstr(why.message, "address space"),
              "%s", why.message);
    opt.max_batch = 0, opt.isa = "avx1024";
    CHECK(clip_context_size(image_model, &opt, &why, &size) == CLIP_ERROR_ARGUMENT && strstr(why.message, "avx1024"),
          "%s", why.message);
    opt.isa = NULL;
    opt.threads = 0;
    CHECK(!clip_context_size(image_model, &opt, &why, &size), "%s", why.message);
    opt.max_memory = size;
    CHECK(!clip_context_new(image_model, &opt, &why, &c), "as much as it needs: %s", why.message);
    clip_context_free(c), c = NULL;
    opt.max_memory = size - 1;
    CHECK(clip_context_new(image_model, &opt, &why, &c) == CLIP_ERROR_ARGUMENT && !c &&
              strstr(why.message, "max_memory"),
          "%s", why.message);
    opt.max_batch = 1;
    CHECK(!clip_context_size(image_model, &opt, &why, &size) && size < opt.max_memory, "a smaller batch fits: %s",
          why.message);
    opt.max_memory = 0, opt.max_batch = 0;
    // by hand, of a BERT: tokens (layers (4 width^2 + 2 width mlp + 2 tokens width))
    clip_model_get_info(text_model, &info);
    work = 10 * (double)info.text.layers * (double)info.text.width *
           (4 * (double)info.text.width + 2 * (double)info.text.mlp + 2 * 10);
    opt.max_tokens = 10, opt.max_work = work;
    CHECK(!clip_context_new(text_model, &opt, &why, &c), "as much as it needs: %s", why.message);
    clip_context_free(c), c = NULL;
    opt.max_tokens = 11;
    CHECK(clip_context_new(text_model, &opt, &why, &c) == CLIP_ERROR_ARGUMENT &&
              strstr(why.message, "smaller max_tokens"),
          "%s", why.message);
    opt.max_tokens = 0, opt.max_work = 1000;
    CHECK(clip_context_new(image_model, &opt, &why, &c) == CLIP_ERROR_ARGUMENT &&
              strstr(why.message, "a picture takes") &&
              sscanf(why.message, "options: a picture takes the model %lf", &work) == 1,
          "%s", why.message);
    opt.max_work = 1.1 * work; // it says how much, in two digits
    CHECK(!clip_context_new(image_model, &opt, &why, &c), "%s", why.message);
    clip_context_free(c), c = NULL;
    opt.max_work = 0.9 * work;
    CHECK(clip_context_new(image_model, &opt, &why, &c) == CLIP_ERROR_ARGUMENT, "%g", work);
    opt.max_work = 0;
    opt.max_tokens = 1;
    CHECK(clip_context_new(text_model, &opt, &why, &c) == CLIP_ERROR_ARGUMENT && !c, "one token");
    CHECK(clip_context_new(NULL, NULL, &why, &c) == CLIP_ERROR_ARGUMENT, "no model");
    CHECK(clip_context_new(image_model, NULL, &why, NULL) == CLIP_ERROR_ARGUMENT, "no place for the context");
    CHECK(clip_context_size(image_model, NULL, &why, NULL) == CLIP_ERROR_ARGUMENT, "no place for the size");
    CHECK(!clip_context_size(image_model, NULL, &why, &size), "%s", why.message);
    CHECK(clip_context_init(image_model, NULL, NULL, size, &why, &c) == CLIP_ERROR_ARGUMENT && !c,
          "no memory handed in");
    CHECK(clip_context_init(image_model, NULL, pixel, size, &why, NULL) == CLIP_ERROR_ARGUMENT,
          "no place for the context");
    CHECK(clip_context_init(NULL, NULL, pixel, size, &why, &c) == CLIP_ERROR_ARGUMENT && !c, "no model");
    {
        clip_explainer *e = NULL;
        CHECK(clip_explainer_new(text_model, NULL, &why, &e) == CLIP_ERROR_UNSUPPORTED && !e, "no image tower");
        CHECK(clip_explainer_new(image_model, NULL, &why, NULL) == CLIP_ERROR_ARGUMENT, "no place for the explainer");
        CHECK(clip_explainer_new(NULL, NULL, &why, &e) == CLIP_ERROR_ARGUMENT && !e, "no model");
        clip_explainer_free(NULL);
    }
    {
        const float a[3] = {1, 2, 2}, b[3] = {2, -1, 4}, zero[3] = {0, 0, 0};
        clip_match match = {7, 7};
        CHECK(clip_similarity(a, zero, 3) == 0 && clip_similarity(zero, a, 3) == 0, "no length, no direction");
        CHECK(fabsf(clip_similarity(a, b, 3) - 8 / (3 * sqrtf(21))) < 1e-6f && clip_similarity(a, b, 0) == 0,
              "a cosine");
        CHECK(!clip_top_k(a, 1, 3, b, 0, &match) && match.index == 7, "none of them");
    }

    CHECK(!clip_encode_images(ic, NULL, 0, NULL), "nothing to do is no error");
    CHECK(clip_encode_images(ic, NULL, 1, out) == CLIP_ERROR_ARGUMENT, "NULL images");
    CHECK(clip_encode_images(tc, &image, 1, out) == CLIP_ERROR_UNSUPPORTED, "no image tower");
    CHECK(clip_encode_texts(ic, &empty, 1, out) == CLIP_ERROR_UNSUPPORTED, "no text tower");
    image.width = 0;
    CHECK(clip_encode_images(ic, &image, 1, out) == CLIP_ERROR_ARGUMENT && strstr(clip_context_error(ic), "0 x 1"),
          "%s", clip_context_error(ic));
    image.width = 1, image.height = 0;
    CHECK(clip_encode_images(ic, &image, 1, out) == CLIP_ERROR_ARGUMENT && strstr(clip_context_error(ic), "1 x 0"),
          "%s", clip_context_error(ic));
    image.height = ((size_t)1 << 24) + 1;
    CHECK(clip_encode_images(ic, &image, 1, out) == CLIP_ERROR_ARGUMENT && strstr(clip_context_error(ic), "16777217"),
          "%s", clip_context_error(ic));
    image.height = 1, image.channels = 0;
    CHECK(clip_encode_images(ic, &image, 1, out) == CLIP_ERROR_ARGUMENT && strstr(clip_context_error(ic), "0 channels"),
          "%s", clip_context_error(ic));
    image.channels = 5;
    CHECK(clip_encode_images(ic, &image, 1, out) == CLIP_ERROR_ARGUMENT, "5 channels");
    image.channels = 3, image.stride = 2;
    CHECK(clip_encode_images(ic, &image, 1, out) == CLIP_ERROR_ARGUMENT, "stride 2");
    image.stride = 0, image.data = NULL;
    CHECK(clip_encode_images(ic, &image, 1, out) == CLIP_ERROR_ARGUMENT, "NULL data");
    image.data = pixel, image.width = (size_t)1 << 25;
    CHECK(clip_encode_images(ic, &image, 1, out) == CLIP_ERROR_ARGUMENT, "33 million wide");
    CHECK(clip_encode_texts(tc, &text, 1, out) == CLIP_ERROR_ARGUMENT, "NULL text");
    CHECK(clip_encode_tokens(tc, ids, mask, 1, 25, out) == CLIP_ERROR_ARGUMENT && strstr(clip_context_error(tc), "24"),
          "%s", clip_context_error(tc));
    CHECK(clip_encode_tokens(tc, ids, mask, 1, 0, out) == CLIP_ERROR_ARGUMENT, "no tokens");
    ids[1] = -1;
    CHECK(clip_encode_tokens(tc, ids, mask, 1, 3, out) == CLIP_ERROR_ARGUMENT, "id -1");
    ids[1] = 100000;
    CHECK(clip_encode_tokens(tc, ids, mask, 1, 3, out) == CLIP_ERROR_ARGUMENT &&
              strstr(clip_context_error(tc), "100000"),
          "%s", clip_context_error(tc));
    ids[1] = 7;
    memset(mask, 0, sizeof mask);
    CHECK(clip_encode_tokens(tc, ids, mask, 1, 3, out) == CLIP_ERROR_ARGUMENT, "a mask of zeros");
    CHECK(out[0] == 42.0f && out[1] == 0.0f, "out was touched");

    { // stretched to 24 x 24: of 786,408 columns 32,767 become one, and the filter's triangle is 65,536 wide with its ends
        clip_model *model = load_golden("train_clip_vit");
        clip_context *wide = new_context(model, 1, 1);
        unsigned char *row = calloc(24 * 32768, 3), seen[24 * 24 * 3];
        clip_image image_row = {row, 24 * 32768, 1, 3, 0};
        CHECK(clip_preprocess(wide, &image_row, 1, seen) == CLIP_ERROR_ARGUMENT &&
                  strstr(clip_context_error(wide), "786432 x 1 is too wide to be shrunk to 24"),
              "%s", clip_context_error(wide));
        image_row.width = 24 * 32767;
        CHECK(!clip_preprocess(wide, &image_row, 1, seen) && !seen[0] && !seen[24 * 24 * 3 - 1], "%s",
              clip_context_error(wide));
        free(row);
        clip_context_free(wide);
        clip_model_free(model);
    }

    // odd, but right
    image.width = 100000, image.height = 1, image.channels = 4;
    CHECK(!clip_encode_images(ic, &image, 1, out), "100,000 x 1: %s", clip_context_error(ic));
    image.width = 1, image.height = 100000;
    CHECK(!clip_encode_images(ic, &image, 1, out), "1 x 100,000: %s", clip_context_error(ic));
    image.height = 1, image.channels = 1;
    CHECK(!clip_encode_images(ic, &image, 1, out), "1 x 1: %s", clip_context_error(ic));
    CHECK(!clip_encode_texts(tc, &empty, 1, want), "an empty text: %s", clip_context_error(tc));
    ids[0] = 2, ids[1] = 3;
    CHECK(!clip_encode_tokens(tc, ids, NULL, 1, 2, out) &&
              !memcmp(out, want, clip_embed_dim(text_model) * sizeof(float)),
          "an empty text is [CLS] [SEP]");
    {
        char *huge = malloc(10000001), *cut = malloc(200);
        memset(huge, 'a', 10000000);
        for (size_t i = 5; i < 10000000; i += 6) huge[i] = ' ';
        huge[10000000] = 0;
        memcpy(cut, huge, 199);
        cut[199] = 0;
        text = huge;
        CHECK(!clip_encode_texts(tc, &text, 1, out), "10 MB of text: %s", clip_context_error(tc));
        text = cut;
        CHECK(!clip_encode_texts(tc, &text, 1, want) && !memcmp(out, want, clip_embed_dim(text_model) * sizeof(float)),
              "a long text is cut");
        free(huge);
        free(cut);
    }
    clip_context_free(ic);
    clip_context_free(tc);
    clip_context_free(NULL);
    clip_model_free(image_model);
    clip_model_free(text_model);
    clip_model_free(NULL);
}

static void test_raw_and_info(void) {
    clip_model *model = load_golden("distilbert");
    clip_model_info info;
    clip_options opt = {0};
    clip_context *c = new_context(model, 1, 1), *raw;
    const char *text = "snow";
    float a[64], b[64], length = 0;
    opt.raw = 1;
    opt.max_tokens = 1000; // no more than the model has
    CHECK(!clip_context_new(model, &opt, NULL, &raw), "no context");
    {
        char words[200] = "";
        const char *longer = words;
        for (int i = 0; i < 60; i++) strcat(words, "a ");
        CHECK(!clip_encode_texts(raw, &longer, 1, a), "60 words: %s", clip_context_error(raw));
        CHECK(!clip_encode_texts(c, &longer, 1, b), "60 words: %s", clip_context_error(c));
        clip__l2_normalize(a, a, 28);
        CHECK(!memcmp(a, b, 28 * sizeof *a), "a max_tokens beyond the model's changes the vector");
        CHECK(!clip_selftest(raw, NULL), "with raw: %s", clip_context_error(raw));
    }
    CHECK(!clip_encode_texts(c, &text, 1, a) && !clip_encode_texts(raw, &text, 1, b), "no vectors");
    for (int i = 0; i < 28; i++) length += b[i] * b[i];
    for (int i = 0; i < 28; i++) CHECK(fabsf(a[i] - b[i] / sqrtf(length)) < 1e-6f, "value %d", i);
    clip_model_get_info(model, &info);
    CHECK(info.image.tower == NULL && !strcmp(info.text.tower, "bert") && !strcmp(info.text.head, "mlp") &&
              !strcmp(info.text.pool, "cls"),
          "info");
    CHECK(info.embed_dim == 28 && info.text.width == 32 && info.text.heads == 4 && info.text.layers == 2 &&
              info.text.mlp == 72,
          "info");
    CHECK(info.context == 24 && info.selftest == 1 && !strcmp(info.tokenizer, "wordpiece") &&
              starts_with(info.text.activation, "gelu"),
          "info");
    clip_context_free(c);
    clip_context_free(raw);
    clip_model_free(model);
    model = load_golden("resnet_bottleneck");
    clip_model_get_info(model, &info);
    CHECK(!strcmp(info.image.tower, "resnet") && info.image.layers == 5 && info.image.width == 48 && !info.text.tower,
          "info of a ResNet");
    clip_model_free(model);
}

// What max_work is compared with: of a resnet no less than the multiplications of timm's convolutions, and no more than
// twice.
static void test_picture_work(const char *name, double multiplications) {
    clip_model *model = load_golden(name);
    const double work = clip__picture_work(model);
    CHECK(work >= multiplications && work <= 2 * multiplications, "%s: %.0f multiplications for %.0f", name, work,
          multiplications);
    clip_model_free(model);
}

// The map of the self-test's picture for its text is that of the papers' formulas in PyTorch; any number of threads.
static void test_explain(const char *name) {
    clip_model *model = load_golden(name);
    clip__tensor pixels, text, map, score;
    float got[64], again[64], cosine = 0;
    clip_error why;
    CHECK(clip__file_find_tensor(&model->file, "selftest.pixels", &pixels) &&
              clip__file_find_tensor(&model->file, "selftest.text_vector", &text) &&
              clip__file_find_tensor(&model->file, "selftest.map", &map) &&
              clip__file_find_tensor(&model->file, "selftest.score", &score),
          "%s: no golden", name);
    for (size_t threads = 1; threads < 4; threads++) {
        clip_options o = {0};
        clip_explainer *e = NULL;
        size_t side;
        o.threads = threads;
        CHECK(!clip_explainer_new(model, &o, &why, &e), "%s: %s", name, why.message);
        side = clip_explainer_side(e);
        CHECK(side == map.shape[0] && side == map.shape[1], "%s: a side of %zu", name, side);
        for (int k = 0; k < 2; k++) {
            CHECK(!clip_explain(e, (const unsigned char *)pixels.data, (const float *)text.data,
                                threads > 1 ? again : got, &cosine),
                  "%s", clip_explainer_error(e));
            CHECK(fabsf(cosine - *(const float *)score.data) < 2e-6f, "%s: cosine %g", name, (double)cosine);
            CHECK(error_of(threads > 1 ? again : got, (const float *)map.data, side * side) < 1e-5, "%s: error %g",
                  name, error_of(got, (const float *)map.data, side * side));
        }
        CHECK(!clip_explain(e, (const unsigned char *)pixels.data, (const float *)text.data, again, NULL),
              "without the cosine");
        CHECK(threads == 1 || !memcmp(got, again, side * side * sizeof *got), "%s: other bits with %zu threads", name,
              threads);
        CHECK(clip_explain(e, NULL, got, again, NULL) == CLIP_ERROR_ARGUMENT && *clip_explainer_error(e), "no pixels");
        CHECK(e->tape.peak <= e->tape.size, "%s: %zu bytes of a tape of %zu", name, e->tape.peak, e->tape.size);
        clip_explainer_free(e);
    }
    for (fail_at = 1; fail_at < 10;) {
        const size_t n = fail_at, before = live;
        clip_explainer *e = NULL;
        const clip_result result = clip_explainer_new(model, NULL, &why, &e);
        clip_explainer_free(e);
        CHECK(live == before, "%s: %zu blocks are leaked", name, live - before);
        if (!result) break;
        CHECK(result == CLIP_ERROR_MEMORY && !e, "allocation %zu failed: %s", n, why.message);
        fail_at = n + 1;
    }
    fail_at = 0;
    for (int less = 0; less < 2; less++) { // max_memory is of all that it takes
        const size_t before = live;
        clip_options o = {0};
        clip_explainer *e = NULL;
        bytes_taken = 0;
        CHECK(!clip_explainer_new(model, &o, &why, &e), "%s: %s", name, why.message);
        clip_explainer_free(e), e = NULL;
        o.max_memory = bytes_taken - (size_t)less;
        CHECK((clip_explainer_new(model, &o, &why, &e) == CLIP_ERROR_ARGUMENT) == less, "%s: %zu of %zu bytes", name,
              o.max_memory, bytes_taken);
        CHECK((e == NULL) == less && (!less || strstr(why.message, "max_memory")), "%s: %s", name, why.message);
        clip_explainer_free(e);
        CHECK(live == before, "%s: %zu blocks are leaked", name, live - before);
    }
    clip_model_free(model);
}

// The CLIP family of goldens/make_clip.py, whose texts are ids: transformers' and open_clip's vectors, and the promises
// of batch and position. Both towers stand in one file.
static void test_family(const char *name) {
    enum { N = 9, T = 8 };
    clip_model *model = load_golden(name);
    const size_t dim = clip_embed_dim(model), S = model->pipeline.S;
    const clip__text *text = &model->text_tower;
    unsigned char *pixels = malloc(N * S * S * 3), mask[N * T];
    int32_t ids[N * T];
    float *want = malloc(2 * N * dim * sizeof(float)), *got = malloc(2 * N * dim * sizeof(float)), worst = -1;
    clip_context *c = new_context(model, 1, 1);
    clip_model_info info;
    CHECK(!clip_selftest(c, &worst), "%s: %s", name, clip_context_error(c));
    CHECK(worst >= 0 && worst < 5e-6f, "%s: worst error %g", name, (double)worst);
    clip_model_get_info(model, &info);
    CHECK(info.has_logit_scale && info.logit_scale == 2 && info.has_logit_bias && info.logit_bias == -3, "%s: %g, %g",
          name, info.logit_scale, info.logit_bias);
    for (size_t i = 0; i < N * S * S * 3; i++) pixels[i] = (unsigned char)(i * i % 251);
    for (size_t i = 0; i < N * T; i++) { // texts of 2 to 8 tokens, with an end token and padding
        const size_t t = i % T, length = 2 + i / T % 7;
        ids[i] = t + 1 == length ? 30 : t < length ? (int32_t)(4 + i * 7 % 26) : text->pad;
        mask[i] = t < length;
    }
    CHECK(!clip_encode_pixels(c, pixels, N, want) && !clip_encode_tokens(c, ids, mask, N, T, want + N * dim), "%s",
          clip_context_error(c));
    clip_context_free(c);
    for (size_t threads = 1; threads < 4; threads++) {
        c = new_context(model, threads, 2 * threads - 1);
        CHECK(!clip_encode_pixels(c, pixels, N, got) && !clip_encode_tokens(c, ids, mask, N, T, got + N * dim), "%s",
              clip_context_error(c));
        CHECK(!memcmp(want, got, 2 * N * dim * sizeof *got), "%s: other bits with %zu threads", name, threads);
        for (size_t i = 0; i < N; i++) // without what the mask hides
            CHECK(!clip_encode_tokens(c, ids + i * T, NULL, 1, 2 + i % 7, got + (N + i) * dim), "%s",
                  clip_context_error(c));
        CHECK(!memcmp(want + N * dim, got + N * dim, N * dim * sizeof *got), "%s: other bits alone", name);
        if (text->body.causal ||
            text->pool == CLIP__POOL_LAST) { // what is behind the end token is not seen, or is padding
            CHECK(!clip_encode_tokens(c, ids, NULL, N, T, got + N * dim), "%s", clip_context_error(c));
            CHECK(!memcmp(want + N * dim, got + N * dim, N * dim * sizeof *got), "%s: other bits without a mask", name);
        }
        if (text->body.causal) { // even the first, hidden: defined, and the same bits whatever it is
            mask[0] = 0;
            CHECK(!clip_encode_tokens(c, ids, mask, 1, T, got), "%s", clip_context_error(c));
            ids[0]++;
            CHECK(!clip_encode_tokens(c, ids, mask, 1, T, got + dim), "%s", clip_context_error(c));
            CHECK(!memcmp(got, got + dim, dim * sizeof *got) && got[0] - got[0] == 0, "%s: a hidden token is seen",
                  name);
            mask[0] = 1, ids[0]--;
        }
        clip_context_free(c);
    }
    free(pixels), free(want), free(got);
    clip_model_free(model);
}

int main(void) {
    static const char *const family[] = {"train_clip_vit", "train_clip_resnet", "clip_resnet", "train_siglip",
                                         "train_dual"};
    for (size_t i = 0; i < sizeof family / sizeof *family; i++) {
        test_family(family[i]);
        test_explain(family[i]);
        test_no_memory(family[i]);
    }
    test_damage("train_clip_resnet");
    test_damage("train_siglip");
    for (int i = 0; i < N_NAMES; i++) test_no_memory(names[i]);
    for (int i = 0; i < N_NAMES; i++) test_reference(names[i]);
    for (int i = 0; i < N_NAMES; i++) test_determinism(names[i]);
    for (int i = 0; i < N_NAMES; i++) test_memory(names[i]);
    for (int i = 0; i < N_NAMES; i++) test_damage(names[i]);
    for (int i = 0; i < N_NAMES; i++) test_alignment(names[i]);
    test_hostile();
    test_long_table();
    test_wide_pooling();
    test_wrong_models();
    test_numbers_of_q8();
    test_room_of_a_text_model();
    test_room_for_attention();
    test_mean_of_causal_text();
    test_arguments();
    test_raw_and_info();
    test_picture_work("resnet_basic", 5086784);
    test_picture_work("resnet_bottleneck", 10268992);
    CHECK(live == 0, "%zu blocks are leaked", live);
    return TEST_END();
}
