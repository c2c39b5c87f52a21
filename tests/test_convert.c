// clip-convert: every form of weights in and out again, bit for bit; what is damaged, hostile or unknown is refused in
// one clear line; no allocation that fails does harm. tests/goldens/make_convert.py made the files.
#define _POSIX_C_SOURCE 200809L // mkdtemp
#define _FILE_OFFSET_BITS 64 // as the converter has it, before the first header
#include <stdlib.h>
#include <string.h>

// The n-th allocation fails if the test says so, and all of them are counted. What nobody has written is NaN.
static size_t test_allocations, test_fail_at, test_live;
static void *test_malloc(size_t n) {
    void *p = ++test_allocations == test_fail_at ? NULL : malloc(n ? n : 1);
    test_live += p != NULL;
    if (p) memset(p, 0xFF, n);
    return p;
}
static void test_free(void *p) {
    test_live -= p != NULL;
    free(p);
}
#define CLIP_MALLOC(n) test_malloc(n)
#define CLIP_FREE(p) test_free(p)
#define CONVERT_NO_MAIN
#include "../tools/convert.c"
#include "test.h"

#define GOLDENS "tests/goldens/convert_"

static char folder[64];  // for what the tests write
static char told[65536]; // by the last call of convert_with: both of its streams

static const char *in_folder(const char *name) {
    static char paths[4][128];
    static int at;
    at = (at + 1) % 4;
    snprintf(paths[at], sizeof paths[at], "%s/%s", folder, name);
    return paths[at];
}

// Runs the program; the arguments end in NULL.
static int convert_with(const char *first, ...) {
    char *argv[24];
    int argc = 0, status;
    size_t n;
    va_list args;
    FILE *streams = tmpfile();
    argv[argc++] = (char *)(uintptr_t) "clip-convert";
    va_start(args, first);
    for (const char *a = first; a; a = va_arg(args, const char *)) argv[argc++] = (char *)(uintptr_t)a;
    va_end(args);
    status = convert_main(argc, argv, streams, streams);
    rewind(streams);
    n = fread(told, 1, sizeof told - 1, streams);
    told[n] = 0;
    fclose(streams);
    return status;
}

static unsigned char *read_whole(const char *path, size_t *size) {
    FILE *f = fopen(path, "rb");
    unsigned char *p = (unsigned char *)malloc(1 << 20);
    *size = f ? fread(p, 1, 1 << 20, f) : 0;
    if (f) fclose(f);
    return p;
}

static void write_whole(const char *path, const void *data, size_t size) {
    FILE *f = fopen(path, "wb");
    if (f) {
        fwrite(data, 1, size, f);
        fclose(f);
    }
}

// Copies a golden into the tests' folder, where it stays beside what test_configs writes.
static void put_golden(const char *golden, const char *name) {
    size_t size;
    unsigned char *bytes = read_whole(golden, &size);
    write_whole(in_folder(name), bytes, size);
    free(bytes);
}

static run new_run(void) {
    run r;
    memset(&r, 0, sizeof r);
    return r;
}

// ---- forms ---------------------------------------------------------------------------------------------------------

// What convert_expected.txt says about a file: the CRC-32 of "name type [shape] crc" for each tensor by name.
static uint32_t fingerprint(const char *path, size_t *n) {
    run r = new_run();
    source found = {NULL, 0, 0, 0};
    uint32_t crc = 0;
    *n = 0;
    if (read_weights(&r, path, &found) && source_sort(&r, &found)) {
        *n = found.n;
        for (size_t i = 0; i < found.n; i++) {
            const source_tensor *t = &found.tensors[i];
            char line[512], shape[256];
            int length = snprintf(line, sizeof line, "%s %s %s %08lx\n", t->name, t->type_name, source_shape(t, shape),
                                  (unsigned long)clip__crc32(0, t->data, t->size));
            crc = clip__crc32(crc, line, (size_t)length);
        }
    }
    run_end(&r);
    return crc;
}

// ---- the CLIP family -----------------------------------------------------------------------------------------------

#define FAMILY "tests/goldens/family/"

static const void *want_of(const clip__file *f, const char *name, clip__tensor *t) {
    CHECK(clip__file_find_tensor(f, name, t), "no golden %s", name);
    return t->data;
}

// A file of tensors, which the caller frees, with numbers in the host's order.
static void *open_wanted(const char *path, clip__file *f) {
    void *bytes = NULL;
    size_t size = 0;
    clip_error why = {CLIP_OK, ""};
    CHECK(!clip__file_read(path, &why, &bytes, &size) && !clip__file_open(bytes, size, &why, f), "%s", why.message);
    if (!clip__little_endian()) clip__file_swap(f, bytes);
    return bytes;
}

static float float_of(const unsigned char *p) { // in the file's order
    const uint32_t bits = (uint32_t)clip__read_le(p, 4);
    float v;
    memcpy(&v, &bits, 4);
    return v;
}

static double worst_of(const float *got, const float *want, size_t n) {
    return (double)clip__vector_error(got, want, n);
}

// The tensors of two sources are the same, name by name and bit by bit; `more`: the first may have others too.
static void check_same_source(const char *a, const char *b) {
    run r = new_run();
    source x = {NULL, 0, 0, 0}, y = {NULL, 0, 0, 0};
    CHECK(read_weights(&r, a, &x) && read_weights(&r, b, &y) && source_sort(&r, &x) && source_sort(&r, &y) &&
              x.n == y.n,
          "%s: %lu tensors came of %lu", a, (unsigned long)y.n, (unsigned long)x.n);
    for (size_t i = 0; i < x.n && i < y.n; i++) {
        const source_tensor *s = &x.tensors[i], *t = &y.tensors[i];
        char one[256], other[256];
        CHECK(!strcmp(s->name, t->name) && s->type == t->type && s->size == t->size &&
                  !strcmp(source_shape(s, one), source_shape(t, other)) && !memcmp(s->data, t->data, s->size),
              "%s: %s %s %s came back as %s %s %s, or with other bits", a, s->name, s->type_name, source_shape(s, one),
              t->name, t->type_name, source_shape(t, other));
    }
    run_end(&r);
}

// What the reference computed, from the file as it is published: vectors, token ids, and the way back.
static void test_family(const char *name, const char *weights, const char *flag, const char *value, const char *flag2,
                        const char *value2) {
    char path[256], source_path[256];
    void *bytes;
    size_t dim, S, T, n;
    clip__file f;
    clip__tensor pixels, ids, image, sentence, texts;
    clip_model *model = NULL;
    clip_context *c = NULL;
    clip_error why = {CLIP_OK, ""};
    clip_model_info info;
    float *got;
    snprintf(source_path, sizeof source_path, FAMILY "%s", name);
    CHECK(convert_with(source_path, "-o", in_folder("f.clip"), flag, value, flag2, value2, NULL) == 0, "%s: %s", name,
          told);
    snprintf(path, sizeof path, FAMILY "%.*s.want", (int)strcspn(name, "."), name);
    if (!strcmp(name, "checkpoint.pt")) snprintf(path, sizeof path, FAMILY "open_clip.want"); // the same model
    bytes = open_wanted(path, &f);
    CHECK(!clip_model_load(in_folder("f.clip"), NULL, &why, &model) && !clip_context_new(model, NULL, &why, &c),
          "%s: %s", name, why.message);
    if (!c) return;
    clip_model_get_info(model, &info);
    dim = info.embed_dim;
    want_of(&f, "pixels", &pixels), want_of(&f, "ids", &ids), want_of(&f, "image", &image),
        want_of(&f, "text", &sentence);
    S = (size_t)pixels.shape[1], T = (size_t)ids.shape[1], n = (size_t)ids.shape[0];
    got = (float *)malloc((n + 8) * dim * sizeof *got);
    CHECK(info.image_size == S && image.shape[1] == dim && sentence.shape[1] == dim, "%s: %lu pixels, vectors of %lu",
          name, (unsigned long)info.image_size, (unsigned long)dim);
    CHECK(!clip_encode_pixels(c, (const unsigned char *)pixels.data, (size_t)pixels.shape[0], got), "%s",
          clip_context_error(c));
    CHECK(worst_of(got, (const float *)image.data, (size_t)pixels.shape[0] * dim) < 5e-6, "%s: pictures off by %g",
          name, worst_of(got, (const float *)image.data, (size_t)pixels.shape[0] * dim));
    CHECK(!clip_encode_tokens(c, (const int32_t *)ids.data, NULL, n, T, got), "%s", clip_context_error(c));
    CHECK(worst_of(got, (const float *)sentence.data, n * dim) < 5e-6, "%s: texts off by %g", name,
          worst_of(got, (const float *)sentence.data, n * dim));
    CHECK(info.has_logit_scale, "%s: no logit_scale", name);
    CHECK(!clip_selftest(c, NULL), "%s: %s", name, clip_context_error(c));
    if (clip__file_find_tensor(&f, "texts", &texts)) {
        const char *line = (const char *)texts.data;
        for (size_t i = 0; i < n; i++, line += strlen(line) + 1) {
            int32_t own[32];
            size_t count = 0;
            CHECK(!clip_tokenize(c, line, own, 32, &count), "%s: %s", name, clip_context_error(c));
            CHECK(count <= T && !memcmp(own, (const int32_t *)ids.data + i * T, count * sizeof *own) &&
                      info.tokenizer && !strcmp(info.tokenizer, "bpe"),
                  "%s: other ids of \"%s\"", name, line);
            clip_tokenizer_pad(model->tokenizer, own, NULL, count, T);
            CHECK(!memcmp(own, (const int32_t *)ids.data + i * T, T * sizeof *own), "%s: other padding of \"%s\"", name,
                  line);
        }
    }
    CHECK(convert_with("--export-safetensors", in_folder("f.clip"), "-o", in_folder("f.safetensors"), NULL) == 0, "%s",
          told);
    snprintf(path, sizeof path, "%s%s", source_path, weights);
    check_same_source(path, in_folder("f.safetensors"));
    free(got);
    clip_context_free(c);
    clip_model_free(model);
    CLIP_FREE(bytes);
}

// torch.nn.functional.interpolate, bicubic, with and without antialiasing, smaller and larger.
static void test_positions(void) {
    static const size_t sides[] = {2, 3, 7};
    clip__file f;
    clip__tensor grid, want;
    void *bytes = open_wanted(FAMILY "positions.want", &f);
    want_of(&f, "grid", &grid);
    for (size_t i = 0; i < 6; i++) {
        const size_t side = sides[i / 2];
        run r = new_run();
        build b;
        source found = {NULL, 0, 0, 0};
        source_tensor t;
        float rows[17 * 3], got[49 * 3];
        char name[32];
        memset(&b, 0, sizeof b);
        memset(&t, 0, sizeof t);
        b.r = &r, b.from = &found;
        for (int k = 0; k < 3; k++) rows[k] = (float)k; // a class token
        memcpy(rows + 3, grid.data, 16 * 3 * sizeof *rows);
        if (!clip__little_endian()) clip__swap_bytes(rows, sizeof rows, 4); // as in a file
        t.file = "positions", t.name = "p", t.name_size = 1, t.rank = 2, t.shape[0] = 17, t.shape[1] = 3;
        t.data = (const unsigned char *)rows;
        CHECK(source_add(&r, &found, &t, 0) && source_sort(&r, &found) && positions_resize(&b, "p", 1, 4, side, i % 2),
              "%s", r.message);
        snprintf(name, sizeof name, "%s%lu", i % 2 ? "antialias" : "plain", (unsigned long)side);
        want_of(&f, name, &want);
        CHECK(found.tensors[0].shape[0] == 1 + side * side && !memcmp(found.tensors[0].data, rows, 3 * sizeof *rows),
              "%s: the class token's position moved", name);
        for (size_t k = 0; k < side * side * 3; k++) got[k] = float_of(found.tensors[0].data + 4 * (3 + k));
        CHECK(worst_of(got, (const float *)want.data, side * side * 3) < 1e-6, "%s: off by %g", name,
              worst_of(got, (const float *)want.data, side * side * 3));
        run_end(&r);
    }
    CLIP_FREE(bytes);
}

static void test_the_family(void) {
    test_family("clip", "/model.safetensors", NULL, NULL, NULL, NULL);
    test_family("siglip", "/model.safetensors", NULL, NULL, NULL, NULL);
    test_family("dual", "/model.safetensors", NULL, NULL, NULL, NULL);
    test_family("open_clip", "/open_clip_model.safetensors", "--vocab", FAMILY "few.txt.gz", NULL, NULL);
    test_family("open_clip_siglip", "/open_clip_pytorch_model.bin", NULL, NULL, NULL, NULL);
    test_family("openai.pt", "", "--vocab", FAMILY "few.txt.gz", NULL, NULL);
    test_family("checkpoint.pt", "", "--vocab", FAMILY "few.txt.gz", "--model", "ViT-B-32-quickgelu");
    test_positions();
    // one tower of two; interpolated positions make a model too
    CHECK(!convert_with("--image", FAMILY "clip", "-o", in_folder("f.clip"), NULL) && strstr(told, "left out"), "%s",
          told);
    CHECK(!convert_with("--text", FAMILY "clip", "-o", in_folder("f.clip"), NULL) && strstr(told, "left out"), "%s",
          told);
    CHECK(!convert_with("--image", FAMILY "openai.pt", "-o", in_folder("f.clip"), NULL) && strstr(told, "left out"),
          "%s", told);
    CHECK(!convert_with(FAMILY "clip", "--size", "40", "-o", in_folder("f.clip"), NULL) &&
              strstr(told, "interpolated to 5x5, bicubic without antialiasing"),
          "%s", told);
    remove(in_folder("f.clip"));
    remove(in_folder("f.safetensors"));
}

static void test_every_form_comes_back_bit_for_bit(void) {
    FILE *f = fopen(GOLDENS "expected.txt", "r");
    char name[64], path[128];
    unsigned long count, crc;
    int forms = 0;
    CHECK(f != NULL, "tests run from the root of the repository");
    while (f && fscanf(f, "%63s %lu %lx", name, &count, &crc) == 3) {
        const int whole = strstr(name, "whole") != NULL;
        size_t n;
        clip_model *model = NULL;
        clip_context *c = NULL;
        clip_error why = {CLIP_OK, ""};
        clip_model_info info;
        uint32_t got;
        snprintf(path, sizeof path, "tests/goldens/%s", name);
        CHECK(convert_with(path, "-o", in_folder("m.clip"), whole ? "--vocab" : NULL, GOLDENS "vocab.txt", NULL) == 0,
              "%s: %s", name, told);
        CHECK(convert_with("--export-safetensors", in_folder("m.clip"), "-o", in_folder("m.safetensors"), NULL) == 0,
              "%s: %s", name, told);
        got = fingerprint(in_folder("m.safetensors"), &n);
        CHECK(n == count && got == crc, "%s: %lu tensors with CRC %08lx, expected %lu with %08lx", name,
              (unsigned long)n, (unsigned long)got, count, crc);
        // what was written is a model, whose self-test holds
        CHECK(!clip_model_load(in_folder("m.clip"), NULL, &why, &model) && !clip_context_new(model, NULL, &why, &c),
              "%s: %s", name, why.message);
        if (!c) continue;
        clip_model_get_info(model, &info);
        CHECK(info.selftest && clip_selftest(c, NULL) == CLIP_OK, "%s: %s", name, clip_context_error(c));
        clip_context_free(c);
        clip_model_free(model);
        forms++;
    }
    if (f) fclose(f);
    CHECK(forms == 12, "%d forms", forms);
    CHECK(test_live == 0, "%lu allocations left", (unsigned long)test_live);
}

// tests/goldens/NAME.clip in fewer bits.
static const char *narrow_golden(const char *name, const char *type) {
    static char path[256];
    char from[128], to[64];
    snprintf(from, sizeof from, "tests/goldens/%s.clip", name);
    snprintf(to, sizeof to, "%s.%s.clip", name, type);
    snprintf(path, sizeof path, "%s", in_folder(to));
    CHECK(convert_with(from, "--type", type, "-o", path, NULL) == 0, "%s", told);
    return path;
}

// Vectors of two pictures and a text on one kind of CPU.
static void encode_some(const char *path, const char *isa, size_t threads, float *vectors, size_t *dim) {
    clip_model *model = NULL;
    clip_context *c = NULL;
    clip_error why = {CLIP_OK, ""};
    clip_options o;
    clip_image images[2];
    unsigned char rgb[40 * 30 * 3];
    const int32_t ids[6] = {1, 5, 3, 2, 7, 4};
    memset(&o, 0, sizeof o);
    o.isa = isa, o.threads = threads;
    for (size_t i = 0; i < sizeof rgb; i++) rgb[i] = (unsigned char)(i * i / 7 + i);
    images[0] = (clip_image){rgb, 40, 30, 3, 0}, images[1] = (clip_image){rgb + 333, 20, 25, 3, 0};
    CHECK(!clip_model_load(path, NULL, &why, &model) && !clip_context_new(model, &o, &why, &c), "%s", why.message);
    if (c) {
        clip_context *none = NULL;
        o.isa = "sse9";
        CHECK(clip_context_new(model, &o, &why, &none) == CLIP_ERROR_ARGUMENT && strstr(why.message, "sse9") && !none,
              "%s", why.message);
        CHECK(!isa || !strcmp(clip_isa_name(c), isa), "%s, not %s", clip_isa_name(c), isa);
        *dim = clip_embed_dim(model);
        CHECK(!clip_encode_images(c, images, 2, vectors) && !clip_encode_tokens(c, ids, NULL, 1, 6, vectors + 2 * *dim),
              "%s", clip_context_error(c));
        if (model->info.selftest)
            CHECK(clip_selftest(c, NULL) == CLIP_OK, "%s %s: %s", path, isa, clip_context_error(c));
    }
    clip_context_free(c);
    clip_model_free(model);
}

// Where the first picture of encode_some speaks for its text, and how much it does.
static void explain_some(const char *path, const float *words, float *score, float *map, size_t most) {
    clip_model *model = NULL;
    clip_explainer *e = NULL;
    clip_error why = {CLIP_OK, ""};
    unsigned char pixels[64 * 64 * 3];
    for (size_t i = 0; i < sizeof pixels; i++) pixels[i] = (unsigned char)(i * i / 7 + i);
    CHECK(!clip_model_load(path, NULL, &why, &model) && !clip_explainer_new(model, NULL, &why, &e), "%s", why.message);
    if (e) {
        CHECK(model->pipeline.S <= 64 && clip_explainer_side(e) * clip_explainer_side(e) <= most, "room");
        CHECK(!clip_explain(e, pixels, words, map, score), "%s", clip_explainer_error(e));
        for (size_t i = 0; i < clip_explainer_side(e) * clip_explainer_side(e); i++)
            CHECK(isfinite(map[i]), "%s: map %zu is %g", path, i, (double)map[i]);
    }
    clip_explainer_free(e);
    clip_model_free(model);
}

static void test_narrow_types(void) {
    static const char *const names[] = {"train_clip_vit", "train_clip_resnet", "train_dual", "train_siglip",
                                        "train_resnet_bottleneck"},
                             *const types[] = {"f16", "bf16", "int8", "q4"};
    static const double least[] = {0.99999, 0.999, 0.99, 0.9};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        for (size_t t = 0; t < 4; t++) {
            float want[3 * 64], got[3 * 64], again[3 * 64], map[64 * 64], scores[2] = {0, 9};
            size_t dim = 0, size = 0, before = 0, whole = 0, n = 0;
            char golden[128];
            const char *path = narrow_golden(names[i], types[t]);
            clip_train_options o;
            clip_trainer *trainer;
            clip_model *model = NULL;
            clip_error why = {CLIP_OK, ""};
            CHECK(strstr(told, "made up pictures: cosine ") && strstr(told, "made up texts: cosine ") &&
                      strstr(told, "in the same order"),
                  "%s", told);
            snprintf(golden, sizeof golden, "tests/goldens/%s.clip", names[i]);
            encode_some(golden, "plain", 1, want, &dim);
            for (size_t k = 0; k < sizeof clip__kernels / sizeof *clip__kernels; k++) {
                if (!clip__kernel_runs(k)) continue;
                encode_some(path, clip__kernels[k].isa, 1, got, &dim);
                for (size_t v = 0; v < 3; v++) {
                    const double cosine = (double)clip_similarity(want + v * dim, got + v * dim, dim);
                    CHECK(cosine >= least[t], "%s %s %s: cosine %.6f", names[i], types[t], clip__kernels[k].isa,
                          cosine);
                }
            }
            encode_some(path, NULL, 3, again, &dim);
            CHECK(!memcmp(got, again, 3 * dim * sizeof *got), "%s %s: other bits with threads", names[i], types[t]);
            explain_some(golden, want + 2 * dim, &scores[0], map, sizeof map / sizeof *map);
            explain_some(path, want + 2 * dim, &scores[1], map, sizeof map / sizeof *map);
            CHECK(fabsf(scores[0] - scores[1]) < (t < 2 ? 0.01f : 0.2f), "%s %s: similarity %g, before %g", names[i],
                  types[t], (double)scores[1], (double)scores[0]);
            free(read_whole(path, &size)), free(read_whole(golden, &before));
            CHECK(size < before, "%s %s: %zu bytes, before %zu", names[i], types[t], size, before);
            memset(&o, 0, sizeof o);
            CHECK(!clip_model_load(path, NULL, &why, &model) &&
                      clip_trainer_new(model, &o, &why, &trainer) == CLIP_ERROR_UNSUPPORTED &&
                      strstr(why.message, "narrower than f32"),
                  "%s", why.message);
            clip_model_free(model);
            CHECK(convert_with("--export-safetensors", path, "-o", in_folder("narrow.safetensors"), NULL) == 0, "%s",
                  told);
            CHECK(convert_with("--export-safetensors", golden, "-o", in_folder("wide.safetensors"), NULL) == 0, "%s",
                  told);
            fingerprint(in_folder("narrow.safetensors"), &n), fingerprint(in_folder("wide.safetensors"), &whole);
            CHECK(n == whole, "%s %s: %zu tensors are given back, of %zu", names[i], types[t], n, whole);
            CHECK(convert_with("--info", path, NULL) == 0 && strstr(told, t > 1 ? "of Q" : "F16"), "%s", told);
            remove(path), remove(in_folder("narrow.safetensors")), remove(in_folder("wide.safetensors"));
        }
    CHECK(test_live == 0, "%lu allocations left", (unsigned long)test_live);
}

// A last line needs no line feed: what is measured is the same, whatever lies behind the file in memory.
static void test_texts_that_end_without_a_line_feed(void) {
    enum { SIZE = 900, BLOCKS = 32 };
    char texts[SIZE + 1], with[512];
    void *dirty[BLOCKS]; // of the size that the file will have, so that it is read into one of them
    for (size_t i = 0; i < SIZE; i++) texts[i] = "the cat\n"[i % 8];
    memcpy(texts + SIZE - 4, "\ntwo\n", 5);
    for (size_t size = SIZE + 1; size >= SIZE; size--) {
        write_whole(in_folder("long.txt"), texts, size);
        for (size_t i = 0; i < BLOCKS; i++)
            if ((dirty[i] = malloc(size + 1))) memset(dirty[i], 'x', size + 1);
        for (size_t i = 0; i < BLOCKS; i++) free(dirty[i]);
        CHECK(!convert_with(GOLDENS "bert", "--type", "q4", "--measure-texts", in_folder("long.txt"), "-o",
                            in_folder("out.clip"), NULL),
              "%s", told);
        if (size > SIZE) strcpy(with, told);
        else
            CHECK(!strcmp(told, with) && strstr(told, "against f32, 114 texts"), "%s, but with a line feed %s", told,
                  with);
    }
}

// Rows of q4 hold what panels of q4 do: each number within half of its scale, which is an eighth of the largest of its
// 32 or less; and so many bytes as the file's description says, for any width.
static void test_rows_of_q4(void) {
    static const size_t widths[] = {1, 2, 31, 32, 33, 47, 64, 70};
    for (size_t w = 0; w < sizeof widths / sizeof *widths; w++) {
        enum { ROWS = 5, MOST = 70 };
        const size_t width = widths[w];
        float x[ROWS * MOST], row[MOST], columns[16 * MOST] = {0};
        unsigned char bytes[ROWS * (6 + 35)], panel[64 * 9 + 32 * 3];
        clip__tensor t;
        clip__weights panels = {panel, CLIP__Q4, 1, width};
        memset(&t, 0, sizeof t);
        t.type = CLIP__Q4, t.layout = CLIP__ROWS, t.shape[0] = ROWS, t.shape[1] = width, t.shape[2] = t.shape[3] = 1;
        t.size = clip__tensor_bytes(&t);
        CHECK(t.size == ROWS * ((width + 31) / 32 * 2 + (width + 1) / 2) && t.size <= sizeof bytes, "width %zu: %llu",
              width, (unsigned long long)t.size);
        for (size_t i = 0; i < ROWS * width; i++) x[i] = (float)((int)(i * 37 % 101) - 50) / (float)(1 + i % 7);
        memset(bytes, 0xEE, sizeof bytes);
        narrow_rows(CLIP__Q4, bytes, x, ROWS, width);
        for (size_t i = (size_t)t.size; i < sizeof bytes; i++)
            CHECK(bytes[i] == 0xEE, "width %zu: byte %zu is written", width, i);
        memcpy(columns, x, ROWS * width * sizeof *x);
        narrow_pack(CLIP__Q4, panel, columns, ROWS, width, 1, 1);
        for (size_t r = 0; r < ROWS; r++) {
            clip__row(row, bytes, CLIP__Q4, ROWS, width, r);
            for (size_t k = 0; k < width; k++) {
                const float want = clip__weight(&panels, panel, 0, k, r);
                CHECK(row[k] - want == 0, "width %zu, row %zu, %zu: %g, in a panel %g", width, r, k, (double)row[k],
                      (double)want);
                float most = 0;
                for (size_t i = k / 32 * 32; i < width && i < k / 32 * 32 + 32; i++)
                    most = fmaxf(most, fabsf(x[r * width + i]));
                CHECK(fabsf(row[k] - x[r * width + k]) <= most / 7, "width %zu, row %zu, %zu: %g for %g", width, r, k,
                      (double)row[k], (double)x[r * width + k]);
            }
        }
        if (clip__little_endian()) { // a machine of the other order sees scales turned round, and numbers as they are
            unsigned char turned[sizeof bytes];
            memcpy(turned, bytes, sizeof bytes);
            clip__swap_tensor(&t, turned, 0, t.size);
            for (size_t i = 0; i < t.size; i++)
                CHECK(turned[i] == bytes[i < ROWS * ((width + 31) / 32 * 2) ? i ^ 1 : i], "width %zu: byte %zu", width,
                      i);
        }
    }
}

// A machine of the other byte order turns scales and sums round and lets the numbers be, which are bytes: in rows,
// behind the scales; in each panel before them. In one part or in two.
static void test_tensors_turned_round(void) {
    enum { OUTPUTS = 20, INPUTS = 33, PANEL_COUNT = 2 };
    for (int kind = 0; kind < 4; kind++) {
        unsigned char bytes[4096], turned[4096];
        clip__tensor t;
        const size_t width = kind & 1 ? 2 : 4; // of a scale: q4's have 16 bits, one for 32 numbers
        size_t piece, first, last;              // of what is turned round, in a piece
        memset(&t, 0, sizeof t);
        t.type = kind & 1 ? CLIP__Q4 : CLIP__Q8, t.layout = kind & 2 ? CLIP__PANELS : CLIP__ROWS;
        t.shape[0] = OUTPUTS, t.shape[1] = INPUTS, t.shape[2] = t.shape[3] = 1;
        t.size = clip__tensor_bytes(&t);
        piece = (size_t)t.size / (kind & 2 ? PANEL_COUNT : 1);
        first = kind & 2 ? piece - (kind & 1 ? 2 * 16 * 2 : 2 * 16 * 4) : 0;
        last = kind & 2 ? piece : (kind & 1 ? OUTPUTS * 2 * 2 : OUTPUTS * 4);
        CHECK(t.size <= sizeof bytes && last <= piece, "kind %d: %llu bytes", kind, (unsigned long long)t.size);
        for (size_t i = 0; i < t.size; i++) bytes[i] = (unsigned char)(i * 7 % 251);
        for (size_t cut = 0; cut < 2; cut++) {
            const size_t split = cut * (kind & 2 ? piece : last);
            size_t wrong = 0;
            memcpy(turned, bytes, sizeof bytes);
            clip__swap_tensor(&t, turned, 0, split);
            clip__swap_tensor(&t, turned + split, split, t.size - split);
            for (size_t i = 0; i < t.size; i++) {
                const size_t from = i % piece >= first && i % piece < last ? i ^ (width - 1) : i;
                wrong += turned[i] != bytes[from];
            }
            CHECK(!wrong, "kind %d, split at %zu: %zu bytes of %llu are wrong", kind, split, wrong,
                  (unsigned long long)t.size);
        }
    }
}

// Weights that were of 16 bits come back bit for bit.
static void test_halves_come_back(void) {
    clip__file a, b;
    clip__tensor t, u;
    void *x = NULL, *y = NULL;
    size_t x_size, y_size, n = 0;
    clip_error why = {CLIP_OK, ""};
    CHECK(convert_with(FAMILY "openai.pt", "--vocab", FAMILY "few.txt.gz", "--type", "f16", "-o",
                       in_folder("half.clip"), NULL) == 0,
          "%s", told);
    CHECK(convert_with(FAMILY "openai.pt", "--vocab", FAMILY "few.txt.gz", "-o", in_folder("full.clip"), NULL) == 0,
          "%s", told);
    CHECK(convert_with("--export-safetensors", in_folder("half.clip"), "-o", in_folder("half.safetensors"), NULL) ==
                  0 &&
              convert_with("--export-safetensors", in_folder("full.clip"), "-o", in_folder("full.safetensors"), NULL) ==
                  0,
          "%s", told);
    CHECK(fingerprint(in_folder("half.safetensors"), &n) == fingerprint(in_folder("full.safetensors"), &n),
          "f16 of f16 is not the same");
    CHECK(!clip__file_read(in_folder("half.clip"), &why, &x, &x_size) && !clip__file_open(x, x_size, &why, &a) &&
              !clip__file_read(in_folder("full.clip"), &why, &y, &y_size) && !clip__file_open(y, y_size, &why, &b) &&
              clip__file_find_tensor(&a, "text.tokens", &t) && clip__file_find_tensor(&b, "text.tokens", &u) &&
              t.type == CLIP__F16 && u.type == CLIP__F32,
          "%s", why.message);
    test_free(x), test_free(y);
    remove(in_folder("half.clip")), remove(in_folder("half.safetensors"));
    remove(in_folder("full.clip")), remove(in_folder("full.safetensors"));
}

static clip_model_info info_of(const char *path) {
    clip_model *model;
    clip_model_info info;
    clip_error why;
    memset(&info, 0, sizeof info);
    if (!clip_model_load(path, NULL, &why, &model)) {
        clip_model_get_info(model, &info);
        clip_model_free(model); // the texts in info are constants of clip.h
    } else printf("%s\n", why.message);
    return info;
}

static int near(double a, double b) { return fabs(a - b) < 1e-9; }

static void test_the_sources_own_files_are_followed(void) {
    clip_model_info i;
    clip__file f;
    clip__key key;
    clip__tensor t;
    unsigned char *bytes;
    size_t size;
    clip_error why;
    CHECK(convert_with(GOLDENS "vit", "-o", in_folder("m.clip"), NULL) == 0, "%s", told);
    i = info_of(in_folder("m.clip"));
    CHECK(i.image.heads == 2 && !strcmp(i.image.pool, "mean") && i.image_size == 8 && i.image_short == 10 &&
              !strcmp(i.resize, "short") && !strcmp(i.filter, "bilinear") && near(i.mean[1], .2) && near(i.std[2], .6),
          "heads %lu, pool %s, size %lu, short %lu, %s, %s", (unsigned long)i.image.heads, i.image.pool,
          (unsigned long)i.image_size, (unsigned long)i.image_short, i.resize, i.filter); // 10 = floor(8 / 0.75)
    CHECK(convert_with(GOLDENS "bert", "-o", in_folder("m.clip"), NULL) == 0, "%s", told);
    i = info_of(in_folder("m.clip"));
    CHECK(i.text.heads == 3 && i.cased == 1 && i.context == 25 && !strcmp(i.text.activation, "gelu_tanh") &&
              !strcmp(i.text.pool, "cls"),
          "heads %lu, cased %d, context %lu, %s, %s", (unsigned long)i.text.heads, i.cased, (unsigned long)i.context,
          i.text.activation, i.text.pool);
    CHECK(convert_with(GOLDENS "old", "-o", in_folder("m.clip"), NULL) == 0, "%s",
          told); // its vocabulary is in tokenizer.json
    i = info_of(in_folder("m.clip"));
    CHECK(i.cased == 0 && i.tokenizer && i.context == 30, "cased %d, context %lu", i.cased, (unsigned long)i.context);
    {
        unsigned char *vocab = read_whole(GOLDENS "vocab.txt", &size), *model = read_whole(in_folder("m.clip"), &size);
        size_t vocab_size;
        free(vocab);
        vocab = read_whole(GOLDENS "vocab.txt", &vocab_size);
        CHECK(!clip__file_open(model, size, &why, &f) && clip__file_find_tensor(&f, "tokenizer.vocab", &t) &&
                  t.size == vocab_size && !memcmp(t.data, vocab, vocab_size),
              "the vocabulary of tokenizer.json is that of vocab.txt");
        free(vocab);
        free(model);
    }
    CHECK(convert_with(GOLDENS "whole.safetensors", "--vocab", GOLDENS "vocab.txt", "-o", in_folder("m.clip"), NULL) ==
              0,
          "%s", told);
    i = info_of(in_folder("m.clip"));
    CHECK(i.embed_dim == 6 && !strcmp(i.image.head, "mlp") && !strcmp(i.text.head, "mlp") &&
              !strcmp(i.resize, "stretch") && !strcmp(i.filter, "cv-bilinear") && near(i.mean[0], .485),
          "CLIP-pytorch's pipeline: %s, %s", i.resize, i.filter);
    bytes = read_whole(in_folder("m.clip"), &size);
    CHECK(!clip__file_open(bytes, size, &why, &f) && clip__file_find_key(&f, "image.eps", &key) && key.size == 8, "%s",
          why.message);
    free(bytes);
}

static void test_flags_override(void) {
    clip_model_info i;
    CHECK(convert_with(GOLDENS "resnet.safetensors", "-o", in_folder("m.clip"), NULL) == 0, "%s", told);
    i = info_of(in_folder("m.clip"));
    CHECK(i.image_size == 224 && i.image_short == 224 && !strcmp(i.resize, "short") && !strcmp(i.filter, "bilinear") &&
              near(i.std[0], .229),
          "%lu, %s, %s", (unsigned long)i.image_size, i.resize, i.filter);
    CHECK(convert_with(GOLDENS "resnet.safetensors", "-o", in_folder("m.clip"), "--size", "64", "--resize", "stretch",
                       "--filter", "cv-bilinear", "--mean", ".1,.2,.3", "--std", "1,2,3", NULL) == 0,
          "%s", told);
    i = info_of(in_folder("m.clip"));
    CHECK(i.image_size == 64 && !strcmp(i.resize, "stretch") && !strcmp(i.filter, "cv-bilinear") &&
              near(i.mean[2], .3) && near(i.std[1], 2),
          "%lu, %s, %s", (unsigned long)i.image_size, i.resize, i.filter);
    CHECK(convert_with(GOLDENS "vit", "-o", in_folder("m.clip"), "--pool", "cls", "--resize", "short", NULL) == 0, "%s",
          told);
    i = info_of(in_folder("m.clip"));
    CHECK(!strcmp(i.image.pool, "cls") && i.image_short == 8, "%s, %lu", i.image.pool, (unsigned long)i.image_short);
    CHECK(convert_with("--image", GOLDENS "vit", "--text", GOLDENS "bert", "--embed-dim", "5", "--pool", "mean", "-o",
                       in_folder("m.clip"), NULL) == 0,
          "%s", told);
    i = info_of(in_folder("m.clip"));
    CHECK(!strcmp(i.text.pool, "mean") && !strcmp(i.image.pool, "mean") && i.embed_dim == 5, "%s, %s", i.text.pool,
          i.image.pool);
    CHECK(convert_with("--image", GOLDENS "vit", "--text", GOLDENS "bert", "--embed-dim", "5", "--pool", "cls", "-o",
                       in_folder("m.clip"), NULL) == 0,
          "%s", told);
    i = info_of(in_folder("m.clip"));
    CHECK(!strcmp(i.text.pool, "cls") && !strcmp(i.image.pool, "mean"),
          "with two towers --pool is the text tower's: %s, %s", i.text.pool, i.image.pool);
}

static void test_new_heads_are_those_of_the_seed(void) {
    size_t n[4];
    unsigned char *a, *b, *c;
    size_t same, other;
    run r = new_run();
    source found = {NULL, 0, 0, 0};
    source_tensor *t;
    float least = 1, most = -1;
    const char *const base[] = {"--image", GOLDENS "vit", "--text", GOLDENS "bert", "--embed-dim"};
    CHECK(!convert_with(base[0], base[1], base[2], base[3], base[4], "40", "--seed", "7", "-o", in_folder("a.clip"),
                        NULL),
          "%s", told);
    CHECK(!convert_with(base[0], base[1], base[2], base[3], base[4], "40", "--seed", "7", "-o", in_folder("b.clip"),
                        NULL),
          "%s", told);
    CHECK(!convert_with(base[0], base[1], base[2], base[3], base[4], "40", "--seed", "8", "-o", in_folder("c.clip"),
                        NULL),
          "%s", told);
    a = read_whole(in_folder("a.clip"), &n[0]);
    b = read_whole(in_folder("b.clip"), &n[1]);
    c = read_whole(in_folder("c.clip"), &n[2]);
    same = n[0] == n[1] && !memcmp(a, b, n[0]);
    other = n[0] == n[2] && memcmp(a, c, n[0]);
    CHECK(same && other, "the same file for the same seed, another one for another: %lu, %lu", (unsigned long)same,
          (unsigned long)other);
    free(a);
    free(b);
    free(c);
    CHECK(!convert_with("--export-safetensors", in_folder("a.clip"), "-o", in_folder("a.safetensors"), NULL), "%s",
          told);
    CHECK(read_weights(&r, in_folder("a.safetensors"), &found) && source_sort(&r, &found), "%s", r.why.message);
    t = source_find(&found, "image_projection.projection.weight");
    CHECK(t && t->rank == 2 && t->shape[0] == 40 && t->shape[1] == 8, "CLIP-pytorch's names and shapes");
    for (size_t i = 0; t && i < t->count; i++) {
        const float v = float_of(t->data + 4 * i);
        least = v < least ? v : least;
        most = v > most ? v : most;
    }
    CHECK(least >= -0.354f && least < -0.34f && most <= 0.354f && most > 0.34f, "uniform within 1 / sqrt(8): %g to %g",
          (double)least, (double)most);
    t = source_find(&found, "text_projection.layer_norm.weight");
    for (size_t i = 0; t && i < 40; i++) {
        const float v = float_of(t->data + 4 * i);
        if (fabs((double)v * (double)v * 40 * 0.07 - 1) > 1e-6) t = NULL;
    }
    CHECK(t, "vectors begin with the square of their length at 1 / 0.07");
    run_end(&r);
}

static void test_info_and_help(void) {
    CHECK(!convert_with(GOLDENS "whole.safetensors", "-o", in_folder("m.clip"), NULL), "%s", told);
    CHECK(!convert_with("--info", in_folder("m.clip"), NULL) && strstr(told, "resnet") && strstr(told, "cv-bilinear") &&
              strstr(told, "text_encoder.model.transformer.layer.0.attention.q_lin.weight"),
          "%s", told);
    CHECK(!convert_with("--help", NULL) && strstr(told, "--export-safetensors"), "%s", told);
    { // a name that would clear the screen, in the table of a file that is good otherwise
        size_t size, at = 0;
        unsigned char *bytes = read_whole(in_folder("m.clip"), &size);
        while (at + 6 < size && memcmp(bytes + at, "extra.", 6)) at++;
        CHECK(at + 6 < size, "a file without extra tensors");
        memcpy(bytes + at, "\x1B[2J\xC2\x9B", 6);
        clip__write_le(bytes + 12, clip__crc32(0, bytes + 16, (size_t)clip__read_le(bytes + 16, 8) - 16), 4);
        write_whole(in_folder("m.clip"), bytes, size);
        free(bytes);
        CHECK(!convert_with("--info", in_folder("m.clip"), NULL), "%s", told);
        CHECK(strstr(told, "\n?[2J?") && !strchr(told, 0x1B) && !strstr(told, "\xC2\x9B"), "%s", told);
    }
}

// A vocabulary without merges is named; so is what is no vocabulary.
static void test_a_tokenizer_json_without_merges(void) {
    static const char *const texts[][2] = {{"{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0}}}", "has no merges"},
                                           {"{\"model\":{\"type\":\"BPE\"}}", "has no model.vocab"},
                                           {"{\"model\":{\"type\":\"Unigram\"}}", "its tokenizer is"},
                                           {"{\"model\":{\"vocab\":{\"a\":0},\"merges\":[[\"a\",\"b\",\"c\"]]}}",
                                            "of more than two"}};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        run r = new_run();
        json root;
        pairs p;
        memset(&p, 0, sizeof p);
        CHECK(!json_open(texts[i][0], strlen(texts[i][0]), &root), "%s", texts[i][0]);
        CHECK(!pairs_from_tokenizer(&r, "given", root, &p) && strstr(r.message, texts[i][1]) && r.why.result,
              "%s: %s", texts[i][0], r.message);
        run_end(&r);
    }
}

// A file of merges tells the vocabulary, if it is whole.
static void test_merges_make_the_vocabulary(void) {
    enum { CLIPS = 49408, MORE = CLIPS - 514 + 6, LINE = 4 };
    static char many[16 + LINE * MORE];
    static const struct {
        const char *text;
        size_t vocabulary, tokens; // 0: refused
        const char *words;
    } cases[] = {{"#version: 0.2\na b\nb c\n", 516, 516, ""},
                 {"\"bpe\na b\r\nb c\r\n", 516, 516, ""},
                 {"a b\nb c\nc d\n", 516, 516, ""}, // of a smaller model
                 {"a b\nb c\n\n\n", 517, 0, "2 merges make 516 tokens"}, // the blank lines are none
                 {"#version: 0.2\na b\n", 516, 0, "1 merges make 515 tokens, but the model knows 516: the file is cut"},
                 {"\"bpe\na b\n", 60000, 0, "but the model knows 49408"},
                 {"a b\n\nb c\n", 516, 0, "\"\" is no merge of two tokens"},
                 {"a b\nb\n", 516, 0, "\"b\" is no merge of two tokens"},
                 {"a b\nb c d\n", 516, 0, "\"b c d\" is no merge of two tokens"},
                 {many, 60000, CLIPS, ""},         // OpenAI's file goes on behind them
                 {many, CLIPS + 1, CLIPS, ""},     // and a tower may have been made larger
                 {many + 5, CLIPS, CLIPS, ""},     // without its first line
                 {many + 5 + 6 * LINE, 60000, CLIPS, ""},
                 {many + 5, 60000, 0, "the file is cut"}};
    char *p = many + sprintf(many, "\"bpe\n");
    for (size_t i = 0; i < MORE; i++, p += LINE) memcpy(p, "a b\n", LINE);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        run r = new_run();
        pairs made;
        int good;
        memset(&made, 0, sizeof made);
        good = pairs_from_merges(&r, "given", cases[i].text, strlen(cases[i].text), cases[i].vocabulary, &made);
        CHECK(good ? made.n == cases[i].tokens : !cases[i].tokens && strstr(r.message, cases[i].words),
              "case %lu: %lu tokens, %s", (unsigned long)i, (unsigned long)made.n, r.message);
        run_end(&r);
    }
}

// ---- refusals ------------------------------------------------------------------------------------------------------

// The call must fail with status 1, say `words` in one line, and leave an output that was there before as it was.
#define REFUSED(words, ...)                                                                                            \
    do {                                                                                                               \
        size_t size_;                                                                                                  \
        unsigned char *left_;                                                                                          \
        write_whole(in_folder("kept.clip"), "before", 6);                                                              \
        CHECK(convert_with(__VA_ARGS__, "-o", in_folder("kept.clip"), NULL) == 1, "%s", told);                         \
        CHECK(strstr(told, words) && told[strlen(told) - 1] == '\n', "expected \"%s\" in: %s", words, told);           \
        left_ = read_whole(in_folder("kept.clip"), &size_);                                                            \
        CHECK(size_ == 6 && !memcmp(left_, "before", 6), "the output was touched");                                    \
        free(left_);                                                                                                   \
        CHECK(!file_exists(in_folder("kept.clip.tmp")) && !file_exists(in_folder("kept.clip.tmp.selftest")),           \
              "a temporary file is left");                                                                             \
        CHECK(test_live == 0, "%lu allocations left", (unsigned long)test_live);                                       \
    } while (0)

// A .safetensors of a header and so many bytes of data.
static const char *safetensors_of(const char *header, size_t data) {
    const size_t n = strlen(header);
    unsigned char *p = (unsigned char *)calloc(8 + n + data, 1);
    const char *path = in_folder("made.safetensors");
    clip__write_le(p, n, 8);
    memcpy(p + 8, header, n);
    write_whole(path, p, 8 + n + data);
    free(p);
    return path;
}

static void test_damaged_safetensors(void) {
    static char deep[300], huge[9] = "\xff\xff\xff\xff\xff\xff\xff\x7f{";
    static const struct {
        const char *words, *header;
        size_t data;
    } cases[] = {
        {"overlaps",
         "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},\"b\":{\"dtype\":\"F32\",\"shape\":[2],"
         "\"data_offsets\":[4,12]}}",
         12},
        {"hole", "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}", 8},
        {"belong to nothing", "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 5},
        {"is the file cut", "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", 7},
        {"is the file cut", "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,0]}}", 8},
        {"overflows", "{\"a\":{\"dtype\":\"F32\",\"shape\":[4294967296,4294967296,4],\"data_offsets\":[0,0]}}", 0},
        {"too large", "{\"a\":{\"dtype\":\"F64\",\"shape\":[72057594037927935],\"data_offsets\":[0,8]}}", 8},
        {"ask for 12", "{\"a\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,8]}}", 8},
        {"list of up to", "{\"a\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,8]}}", 8},
        {"list of up to", "{\"a\":{\"dtype\":\"F32\",\"shape\":[18446744073709551616],\"data_offsets\":[0,8]}}", 8},
        {"list of up to", "{\"a\":{\"dtype\":\"F32\",\"shape\":[1,1,1,1,1,1,1,1,1],\"data_offsets\":[0,4]}}", 4},
        {"dtype that is not known", "{\"a\":{\"dtype\":\"F23\",\"shape\":[1],\"data_offsets\":[0,4]}}", 4},
        {"lacks dtype", "{\"a\":{\"shape\":[1],\"data_offsets\":[0,4]}}", 4},
        {"lacks dtype", "{\"a\":7}", 0},
        {"two tensors named a",
         "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},\"a\":{\"dtype\":\"F32\",\"shape\":[1],"
         "\"data_offsets\":[4,8]}}",
         8},
        {"control characters", "{\"a\\n\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 4},
        {"not Unicode", "{\"a\\ud800\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 4},
        {"comma", "{\"a\":{} \"b\":{}}", 0},
        {"ends too early", "{\"a\":{}", 0},
        {"has no tower", "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 4},
        {"has no tower", "{}", 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        REFUSED(cases[i].words, safetensors_of(cases[i].header, cases[i].data));
    memset(deep, '[', sizeof deep - 1);
    memcpy(deep, "{\"a\":", 5);
    REFUSED("nested too deeply", safetensors_of(deep, 0));
    write_whole(in_folder("made.safetensors"), huge, sizeof huge);
    REFUSED("neither safetensors", in_folder("made.safetensors"));
    REFUSED("can't be opened", in_folder("missing.safetensors"));
    REFUSED("without model.safetensors", folder);
    write_whole(in_folder("made.safetensors"), "version https://git-lfs.github.com/spec/v1\n", 43);
    REFUSED("git lfs pull", in_folder("made.safetensors"));
    write_whole(in_folder("model.safetensors.index.json"), "{\"weight_map\":{\"a\":\"../secret\"}}", 32);
    REFUSED("in its own folder", in_folder("model.safetensors.index.json"));
    remove(in_folder("model.safetensors.index.json"));
    put_golden(GOLDENS "bert/model.safetensors", "model.safetensors");
    write_whole(in_folder("adapter_config.json"), "{\"peft_type\":\"LORA\"}", 20);
    REFUSED("its adapter_config.json changes the weights", folder); // as PEFT leaves it
    remove(in_folder("adapter_config.json"));
    remove(in_folder("model.safetensors"));
}

// A file of the older form whose pickle of the dict is `dict`, with nothing behind it.
static const char *legacy_of(const char *dict, size_t size) {
    static const unsigned char before[] = {0x80, 2, 'M', 0xe9, 3, '.', 0x80, 2, '}', '.'};
    unsigned char p[16384];
    const char *path = in_folder("made.pth");
    memcpy(p, torch_legacy_magic, 15);
    memcpy(p + 15, before, sizeof before);
    memcpy(p + 15 + sizeof before, dict, size);
    write_whole(path, p, 15 + sizeof before + size);
    return path;
}

static void test_hostile_pickles(void) {
#define PICKLE(words, text) REFUSED(words, legacy_of(text, sizeof text - 1))
    PICKLE("names os.system", "\x80\x02"
                              "cos\nsystem\n(X\x02\0\0\0ls"
                              "tR.");
    PICKLE("names builtins.eval", "\x80\x04\x8c\x08"
                                  "builtins\x8c\x04"
                                  "eval\x93.");
    PICKLE("names torch.storage._load_from_bytes", "\x80\x02"
                                                   "ctorch.storage\n_load_from_bytes\n.");
    PICKLE("no state dict has an instruction", "\x80\x02I1\n.");      // INT, of protocol 0
    PICKLE("makes an object of what is no class", "\x80\x02})\x81."); // NEWOBJ
    PICKLE("fills a record with what is no dict", "\x80\x02"
                                                  "c__torch__\nA\n)\x81K\007b.");
    PICKLE("calls what is not a function", "\x80\x02"
                                           "c__torch__\nA\n)\x81)R.");
    PICKLE("holds no state dict", "\x80\x02}.\x80\x02].");
    PICKLE("holds no state dict", "\x80\x02K\x07.\x80\x02].");
    PICKLE("holds no state dict", "\x80\x02}q\0(X\x05\0\0\0modelh\0u.\x80\x02]."); // a dict within itself
    PICKLE("ends too early", "\x80\x02X\xff\xff\xff\xff"
                             "abc");
    PICKLE("ends too early", "\x80\x02}");
    PICKLE("larger than it could have filled", "\x80\x02}r\xff\xff\xff\xff.");
    PICKLE("what is not there", "\x80\x02h\x05.");
    PICKLE("where there is none", "\x80\x02.");
    PICKLE("where there is none", "\x80\x02R.");
    PICKLE("where there are none", "\x80\x02\x87.");
    PICKLE("lacks a mark", "\x80\x02}t.");
    PICKLE("what can't take them", "\x80\x02]K\x01K\x02s.");
    PICKLE("calls what is not a function", "\x80\x02})R.");
    PICKLE("calls a storage type", "\x80\x02"
                                   "ctorch\nFloatStorage\n)R.");
    PICKLE("not a storage", "\x80\x02)Q.");
    PICKLE("rebuilds a tensor from other things", "\x80\x02"
                                                  "ctorch._utils\n_rebuild_tensor_v2\n)R.");
    { // a list of 100 pairs, made a dict again and again: each time takes 7 bytes of the pickle, and 200 values of memory
        static const char start[] = "\x80\x02"
                                    "ccollections\nOrderedDict\nq\0](";
        char made[1000];
        size_t n = sizeof start - 1;
        memcpy(made, start, n);
        for (int i = 0; i < 100; i++) memcpy(made + n, "NN\x86", 3), n += 3;
        made[n++] = 'e', made[n++] = 'q', made[n++] = 1;
        for (int i = 0; i < 50; i++) memcpy(made + n, "h\0h\1\x85R0", 7), n += 7;
        made[n++] = '.';
        REFUSED("makes dicts of the same list again and again", legacy_of(made, n));
    }
    { // a name of 4096 bytes for each of 1000 tensors, which takes 4 bytes of the pickle
        static const char tensor[] = "ctorch._utils\n_rebuild_tensor_v2\n((X\7\0\0\0storagectorch\nFloatStorage\n"
                                     "X\1\0\0\0" "0X\3\0\0\0cpuK\1tQK\0K\0\x85K\1\x85\x89" "ccollections\nOrderedDict\n)RtRq\1" "0";
        static char made[10000];
        size_t n = 0;
        memcpy(made, "\x80\2X\0\x10\0\0", 7), n = 7;
        memset(made + n, 'k', 4096), n += 4096;
        memcpy(made + n, "q\0" "0", 3), n += 3;
        memcpy(made + n, tensor, sizeof tensor - 1), n += sizeof tensor - 1;
        made[n++] = '}', made[n++] = '(';
        for (int i = 0; i < 1000; i++) memcpy(made + n, "h\0h\1", 4), n += 4;
        memcpy(made + n, "u.\x80\2].", 6), n += 6; // and no list of storages
        REFUSED("the names of its tensors take more than 16 times the file", legacy_of(made, n));
    }
    REFUSED("posix.system", GOLDENS "evil.pth");
    REFUSED("posix.system", GOLDENS "evil_legacy.pth");
    REFUSED("torch.nn.modules.linear.Linear", GOLDENS "module.pth");
    CHECK(!file_exists("/tmp/clip-convert-was-fooled"), "a pickle was run");
    write_whole(in_folder("made.pth"), "\x80\x02}.", 4);
    REFUSED("not one of torch.save", in_folder("made.pth"));
#undef PICKLE
}

// A dict {"w": _rebuild_tensor_v2(storage of 4 floats, offset, (2, 2), (stride, 1))} in the older form.
static int strided_tensor(unsigned offset, unsigned stride, float out[4], char *message) {
    unsigned char file[512];
    size_t n = 0;
    run r = new_run();
    source found = {NULL, 0, 0, 0};
    int good;
#define BYTES(s) (memcpy(file + n, s, sizeof s - 1), n += sizeof s - 1)
    memcpy(file, torch_legacy_magic, n = 15);
    BYTES("\x80\x02M\xe9\x03.\x80\x02}.\x80\x02}X\x01\0\0\0w"
          "ctorch._utils\n_rebuild_tensor_v2\n"
          "((X\x07\0\0\0storage"
          "ctorch\nFloatStorage\nX\x01\0\0\0"
          "0X\x03\0\0\0cpuK\x04NtQJ");
    clip__write_le(file + n, offset, 4), n += 4;
    BYTES("K\x02K\x02\x86J");
    clip__write_le(file + n, stride, 4), n += 4;
    BYTES("K\x01\x86\x89}tRs.\x80\x02]X\x01\0\0\0"
          "0a.\x04\0\0\0\0\0\0\0");
#undef BYTES
    for (uint32_t i = 0; i < 4; i++) {
        float v = (float)i;
        uint32_t bits;
        memcpy(&bits, &v, 4);
        clip__write_le(file + n, bits, 4), n += 4;
    }
    good = torch_read(&r, "made", file, n, &found);
    if (good && found.n == 1) floats_of(&found.tensors[0], out);
    strcpy(message, r.why.message);
    run_end(&r);
    return good && found.n == 1;
}

static void test_strides_stay_in_the_storage(void) {
    float v[4];
    char message[256];
    CHECK(strided_tensor(0, 2, v, message) && v[0] == 0 && v[1] == 1 && v[2] == 2 && v[3] == 3, "%s", message);
    CHECK(strided_tensor(1, 1, v, message) && v[0] == 1 && v[1] == 2 && v[2] == 2 && v[3] == 3, "%s",
          message); // rows that overlap
    CHECK(strided_tensor(2, 0, v, message) && v[0] == 2 && v[1] == 3 && v[2] == 2 && v[3] == 3, "%s",
          message); // expanded
    CHECK(!strided_tensor(1, 2, v, message) && strstr(message, "beyond its storage"), "%s", message);
    CHECK(!strided_tensor(0, 3, v, message) && strstr(message, "beyond its storage"), "%s", message);
    CHECK(!strided_tensor(4, 0, v, message) && strstr(message, "beyond its storage"), "%s", message);
    CHECK(!strided_tensor(0x7fffffff, 0x7fffffff, v, message) && strstr(message, "beyond its storage"), "%s", message);
    CHECK(!strided_tensor(0, 0xffffffff, v, message) && strstr(message, "from 0 up"), "%s", message); // -1
}

static volatile unsigned read_sum; // so that the reads are not left out

// Reads `size` bytes as a file of weights out of memory that ends where they do, and then every number found.
static int read_bytes(const unsigned char *bytes, size_t size) {
    run r = new_run();
    source found = {NULL, 0, 0, 0};
    unsigned char *copy = (unsigned char *)calloc(size ? size : 1, 1);
    int good = 0;
    if (size) memcpy(copy, bytes, size);
    if (torch_is(copy, size)) good = torch_read(&r, "made", copy, size, &found);
    else if (safetensors_is(copy, size)) good = safetensors_read(&r, "made", copy, size, &found);
    else run_fail(&r, CLIP_ERROR_FORMAT, "no file of weights");
    good = good && source_sort(&r, &found);
    CHECK(good == !r.why.result && (good || r.why.message[0]), "a failure says why");
    test_passed--; // once for the whole file is enough
    for (size_t i = 0; good && i < found.n; i++)
        for (size_t k = 0; k < found.tensors[i].size; k++) read_sum += found.tensors[i].data[k];
    run_end(&r);
    free(copy);
    return good;
}

static void test_cut_and_flipped(void) {
    static const char *const files[] = {"resnet.safetensors", "zip64.pth", "deflated.pth", "bfloat.pt",
                                        "checkpoint.pth"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char path[128];
        unsigned char *bytes;
        size_t size, accepted = 0;
        snprintf(path, sizeof path, GOLDENS "%s", files[i]);
        bytes = read_whole(path, &size);
        CHECK(read_bytes(bytes, size), "%s is whole", files[i]);
        for (size_t n = 0; n < size; n++) accepted += (size_t)read_bytes(bytes, n);
        CHECK(!accepted, "%s: %lu of %lu cuts were taken for whole", files[i], (unsigned long)accepted,
              (unsigned long)size);
        for (size_t at = 0; at < size; at++) { // in data and names a flip is no error; nowhere may it do harm
            const unsigned char flip = (unsigned char)(at % 2 ? 0xff : 1 << at % 8);
            bytes[at] ^= flip;
            read_bytes(bytes, size);
            bytes[at] ^= flip;
        }
        CHECK(test_live == 0, "%s: %lu allocations left", files[i], (unsigned long)test_live);
        free(bytes);
    }
}

// ---- deflate and gzip ----------------------------------------------------------------------------------------------

// Unpacks out of and into memory that ends where it should, `limit` bytes of it; for raw data these must come out.
// Whether it did, how many bytes came, and their CRC-32; the message is in told.
static int unpack(int gzip, const unsigned char *in, size_t size, size_t limit, size_t *n, uint32_t *crc) {
    run r = new_run();
    unsigned char *copy = (unsigned char *)malloc(size ? size : 1), *room = (unsigned char *)malloc(limit ? limit : 1);
    const unsigned char *out = room;
    int good;
    if (size) memcpy(copy, in, size);
    *n = limit;
    good = gzip ? gzip_read(&r, "made", copy, size, limit, &out, n) : inflate_raw(&r, "made", copy, size, room, limit);
    if (good) *crc = clip__crc32(0, out, *n);
    strcpy(told, r.message);
    if (good != !r.why.result || good != !told[0]) strcpy(told, "a failure says why"), good = -1;
    run_end(&r);
    free(copy);
    free(room);
    return good;
}

static void test_inflate(void) {
    FILE *f = fopen(GOLDENS "inflate.txt", "r");
    static char hex[8192];
    char kind[16], name[64];
    unsigned long size, crc, byte;
    int lines = 0;
    CHECK(f != NULL, "tests run from the root of the repository");
    for (; f && fscanf(f, "%15s %63s %lu %lx %8191s", kind, name, &size, &crc, hex) == 5; lines++) {
        const int bad = !strncmp(kind, "bad_", 4), gzip = strstr(kind, "gzip") != NULL;
        unsigned char in[sizeof hex / 2];
        size_t n_in = 0, n, cuts = 0, differ = 0, silent = 0, expected;
        uint32_t got = 0;
        for (const char *h = hex; sscanf(h, "%2lx", &byte) == 1; h += 2) in[n_in++] = (unsigned char)byte;
        if (bad) { // the name is what the message says
            for (char *c = name; *c; c++)
                if (*c == '_') *c = ' ';
            CHECK(unpack(gzip, in, n_in, 100000, &n, &got) == 0 || strstr(name, "behind"), "%s", name);
            if (strstr(name, "behind")) CHECK(unpack(gzip, in, n_in, 2874, &n, &got) == 0, "%s", name);
            CHECK(strstr(told, name), "expected \"%s\" in: %s", name, told);
            continue;
        }
        CHECK(unpack(gzip, in, n_in, size, &n, &got) == 1 && n == size && got == crc,
              "%s %s: %lu bytes with CRC %08lx, expected %lu with %08lx. %s", kind, name, (unsigned long)n,
              (unsigned long)got, size, crc, told);
        CHECK(!size || (unpack(gzip, in, n_in, size - 1, &n, &got) == 0 && strstr(told, "more than it should")),
              "%s %s fits into a byte less: %s", kind, name, told);
        CHECK(unpack(gzip, in, n_in, size + 1, &n, &got) == gzip &&
                  (gzip ? n == size : strstr(told, "expected") != NULL),
              "%s %s: room is no size for gzip, and raw data must fill it: %s", kind, name, told);
        for (size_t cut = 0; cut < n_in; cut++) {
            cuts += unpack(gzip, in, cut, size, &n, &got) != 0;
            silent += !strstr(told, "cut");
        }
        expected = !strcmp(name, "members") ? 2 : 0; // a gzip may end where a member does
        CHECK(cuts == expected && silent == expected, "%s %s: %lu cuts taken for whole, %lu not called so", kind, name,
              (unsigned long)cuts, (unsigned long)silent);
        for (size_t at = 0; at < n_in; at++)
            for (int all = 0; all < 2; all++) {
                const unsigned char flip = (unsigned char)(all ? 0xff : 1 << at % 8);
                int good;
                in[at] ^= flip;
                good = unpack(gzip, in, n_in, size, &n, &got);
                differ += good < 0 || (good && gzip && (n != size || got != crc));
                in[at] ^= flip;
            }
        CHECK(!differ, "%s %s: %lu flips went unnoticed", kind, name, (unsigned long)differ);
    }
    if (f) fclose(f);
    CHECK(lines == 41, "%d lines", lines);
    CHECK(gzip_is((const unsigned char *)"\x1f\x8b", 2) && !gzip_is((const unsigned char *)"\x1f\x8b", 1) &&
              !gzip_is((const unsigned char *)"PK", 2),
          "gzip is known by its first two bytes");
    CHECK(test_live == 0, "%lu allocations left", (unsigned long)test_live);
}

// deflated.pth with so many bytes of the first record of its directory, data.pkl's, replaced.
static const char *deflated_with(size_t at, uint64_t value, size_t bytes) {
    size_t size;
    unsigned char *file = read_whole(GOLDENS "deflated.pth", &size);
    const char *path = in_folder("made.pth");
    clip__write_le(file + clip__read_le(file + size - 6, 4) + at, value, bytes);
    write_whole(path, file, size);
    free(file);
    return path;
}

static void test_deflated_zips_that_lie(void) {
    enum { METHOD = 10, CRC = 16, PACKED = 20, UNPACKED = 24 };
    size_t size;
    unsigned char *file = read_whole(GOLDENS "deflated.pth", &size);
    const unsigned char *record = file + clip__read_le(file + size - 6, 4);
    const uint64_t packed = clip__read_le(record + PACKED, 4), unpacked = clip__read_le(record + UNPACKED, 4);
    REFUSED("data.pkl: damaged zip: its checksum", deflated_with(CRC, clip__read_le(record + CRC, 4) ^ 1, 4));
    REFUSED("data.pkl: damaged compressed data: unpacks to", deflated_with(UNPACKED, unpacked + 1, 4));
    REFUSED("unpacks to more than it should", deflated_with(UNPACKED, unpacked - 1, 4));
    REFUSED("can't unpack to", deflated_with(UNPACKED, packed * 1032 + 1032, 4));
    REFUSED("unpacks to", deflated_with(UNPACKED, packed * 1032, 4));
    REFUSED("ends too early", deflated_with(PACKED, packed - 1, 4));
    REFUSED("1 bytes stand behind its end", deflated_with(PACKED, packed + 1, 4));
    REFUSED("overlaps", deflated_with(PACKED, packed + 100, 4));
    REFUSED("does not fit into the file", deflated_with(PACKED, size, 4));
    REFUSED("does not fit into the file", deflated_with(METHOD, ZIP_STORED, 2));
    REFUSED("compressed by method 14", deflated_with(METHOD, 14, 2)); // LZMA
    free(file);
}

// A zip of 300 KB whose data.pkl says that it unpacks to more than 256 MB, as deflate can.
static void test_a_zip_bomb_is_refused(void) {
    enum { PACKED = 300000, NAME = 10, LOCAL = 30 + NAME, RECORD = 46 + NAME };
    static const char name[] = "a/data.pkl";
    unsigned char *zip = (unsigned char *)calloc(LOCAL + PACKED + RECORD + 22, 1), *record = zip + LOCAL + PACKED;
    memcpy(zip, "PK\3\4", 4);
    clip__write_le(zip + 26, NAME, 2);
    memcpy(zip + 30, name, NAME);
    memcpy(record, "PK\1\2", 4);
    clip__write_le(record + 10, ZIP_DEFLATED, 2);
    clip__write_le(record + 20, PACKED, 4);
    clip__write_le(record + 24, ZIP_ALWAYS + 1, 4);
    clip__write_le(record + 28, NAME, 2);
    memcpy(record + 46, name, NAME);
    memcpy(record + RECORD, "PK\5\6", 4);
    clip__write_le(record + RECORD + 8, 1, 2), clip__write_le(record + RECORD + 10, 1, 2);
    clip__write_le(record + RECORD + 12, RECORD, 4);
    clip__write_le(record + RECORD + 16, LOCAL + PACKED, 4);
    write_whole(in_folder("made.pth"), zip, LOCAL + PACKED + RECORD + 22);
    REFUSED("a/data.pkl unpacks to 268435457 bytes", in_folder("made.pth"));
    CHECK(strstr(told, "zip -0"), "%s", told);
    clip__write_le(record + 24, ZIP_ALWAYS, 4);
    write_whole(in_folder("made.pth"), zip, LOCAL + PACKED + RECORD + 22);
    REFUSED("a/data.pkl: damaged compressed data", in_folder("made.pth")); // that much is looked at
    free(zip);
}

// ---- architectures -------------------------------------------------------------------------------------------------

// Writes the file again with the tensor `from` left out (to == NULL), or renamed; with a * behind it, all whose names
// begin so, in which that is then `to`. A path in the tests' folder.
static const char *changed(const char *golden, const char *from, const char *to) {
    run r = new_run();
    source found = {NULL, 0, 0, 0};
    static part parts[256];
    text header = {NULL, 0};
    size_t n = 0;
    static int turn;
    const char *path =
        in_folder(++turn % 2 ? "changed.safetensors" : "changed_too.safetensors"); // not the one it reads
    FILE *f = fopen(path, "wb");
    unsigned char length[8];
    char json_text_[65536];
    CHECK(read_weights(&r, golden, &found), "%s", r.why.message);
    memset(parts, 0, sizeof parts);
    for (size_t i = 0; i < found.n; i++) {
        const source_tensor *t = &found.tensors[i];
        const size_t stem = strcspn(from, "*");
        const int all = from[stem] == '*', hit = all ? !strncmp(t->name, from, stem) : !strcmp(t->name, from);
        if (hit && !to) continue;
        parts[n].name = hit ? to : t->name;
        if (hit && all) {
            char *name = (char *)run_alloc(&r, strlen(to) + t->name_size + 1, 1);
            if (name) sprintf(name, "%s%s", to, t->name + stem), parts[n].name = name;
        }
        parts[n].name_size = strlen(parts[n].name);
        parts[n].rank = t->rank;
        memcpy(parts[n].shape, t->shape, sizeof t->shape);
        parts[n].size = t->size;
        parts[n].t.source_type = t->type;
        parts[n++].t.data = t->data;
    }
    header.p = json_text_;
    export_header(&header, parts, n);
    clip__write_le(length, header.n, 8);
    fwrite(length, 1, 8, f);
    fwrite(header.p, 1, header.n, f);
    for (size_t i = 0; i < n; i++) fwrite(parts[i].t.data, 1, (size_t)parts[i].size, f);
    fclose(f);
    run_end(&r);
    return path;
}

// The tensors of the golden BERT beside a config.json of that text.
static const char *bert_with(const char *config) {
    write_whole(in_folder("config.json"), config, strlen(config));
    return changed(GOLDENS "bert/model.safetensors", "", NULL);
}

// Adds the model's --info to `told`, up to its table, and keys that --info does not tell.
static void tell_model(const char *path) {
    static const char *const keys[] = {"image.eps", "text.eps", "image.norm", "image.crop", "text.pad",
                                       "tokenizer.pad", "tokenizer.normalized"};
    static char before[sizeof told];
    clip_error why = {CLIP_OK, ""};
    void *bytes = NULL;
    size_t size = 0, n;
    clip__file f;
    clip__key key;
    strcpy(before, told);
    CHECK(!convert_with("--info", path, NULL), "%s", told);
    if (strstr(told, "\n\ntensors")) *strstr(told, "\n\ntensors") = 0;
    n = strlen(told);
    CHECK(!clip__file_read(path, &why, &bytes, &size) && !clip__file_open(bytes, size, &why, &f), "%s", why.message);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (clip__file_find_key(&f, keys[i], &key)) {
            const uint64_t bits = key.size >= 8 ? clip__read_le(key.value, 8) : 0;
            double real;
            memcpy(&real, &bits, 8);
            n += (size_t)sprintf(told + n, "\n%s ", keys[i]);
            if (key.type == CLIP__KEY_TEXT)
                n += (size_t)sprintf(told + n, "%.*s", (int)key.size, (const char *)key.value);
            else if (key.type == CLIP__KEY_REALS) n += (size_t)sprintf(told + n, "%g", real);
            else n += (size_t)sprintf(told + n, "%llu", (unsigned long long)bits);
        }
    snprintf(told + n, sizeof told - n, "\n%s", before);
    CLIP_FREE(bytes);
}

// JSON that has ' where " stands in the file, and ` where ' does.
static void write_quoted(const char *path, const char *quoted) {
    char json_text_[4096];
    size_t n = strlen(quoted);
    memcpy(json_text_, quoted, n);
    for (size_t i = 0; i < n; i++)
        if (quoted[i] == '\'' || quoted[i] == '`') json_text_[i] = quoted[i] == '`' ? '\'' : '"';
    write_whole(path, json_text_, n);
}

// A golden's weights, with a tensor renamed (changed()), beside up to two files of configuration, converted with up to
// two flags, or, if the first has no value, as its source. `want` is what tell_model or the refusal says.
typedef struct config_case {
    const char *want, *weights, *from, *to, *file, *text, *file2, *text2, *flag, *value, *flag2, *value2;
} config_case;

static void test_configs(const config_case *cases, size_t n) {
    for (size_t i = 0; i < n; i++) {
        const config_case *c = &cases[i];
        const char *const files[] = {c->file, c->file2}, *const texts[] = {c->text, c->text2};
        char weights[128];
        snprintf(weights, sizeof weights, "%s", changed(c->weights, c->from ? c->from : "", c->to));
        for (int k = 0; k < 2; k++)
            if (files[k]) write_quoted(in_folder(files[k]), texts[k]);
        remove(in_folder("m.clip"));
        if (c->flag && !c->value)
            convert_with(c->flag, weights, "-o", in_folder("m.clip"), c->flag2, c->value2, NULL);
        else convert_with(weights, "-o", in_folder("m.clip"), c->flag, c->value, c->flag2, c->value2, NULL);
        if (file_exists(in_folder("m.clip"))) tell_model(in_folder("m.clip"));
        CHECK(strstr(told, c->want), "%s %s\n%s\n%s\nexpected \"%s\" in: %s", c->weights, c->to ? c->to : "",
              c->file ? c->text : "", c->file2 ? c->text2 : "", c->want, told);
        for (int k = 0; k < 2; k++)
            if (files[k]) remove(in_folder(files[k]));
    }
    CHECK(test_live == 0, "%lu allocations left", (unsigned long)test_live);
}
#define CONFIGS(cases) test_configs(cases, sizeof cases / sizeof *cases)

static const char *long_vocab(void) { // one line for each id, and many more
    char lines[4096] = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n";
    size_t n = strlen(lines);
    for (int i = 0; i < 100; i++) n += (size_t)sprintf(lines + n, "word%d\n", i);
    write_whole(in_folder("long.txt"), lines, n);
    return in_folder("long.txt");
}

static void test_what_does_not_fit_is_named(void) {
    const char *const narrowed = narrow_golden("train_clip_vit", "f16");
    const char *const resnet = GOLDENS "resnet.safetensors", *const whole = GOLDENS "whole.safetensors",
                      *const vit = GOLDENS "vit/model.safetensors";
    REFUSED("tensor bn1.running_var is missing", changed(resnet, "bn1.running_var", NULL));
    REFUSED("layer3.0.conv1.weight is missing", changed(resnet, "layer3.0.conv1.weight", NULL));
    REFUSED("tensor surprise has no place in the image tower found", changed(resnet, "fc.weight", "surprise"));
    REFUSED("tensor layer1.0.conv2.weight: expected [2,1,3,3] in a ResNet, the file has",
            changed(changed(resnet, "layer1.0.conv2.weight", "x"), "layer4.0.conv2.weight", "layer1.0.conv2.weight"));
    REFUSED("holds two models", changed(resnet, "fc.weight", "ema.layer1.0.conv1.weight"));
    REFUSED("has no tower known here", changed(resnet, "layer1.0.conv1.weight", "x"));
    REFUSED("q_lin.bias is missing, which a DistilBERT has",
            changed(whole, "text_encoder.model.transformer.layer.0.attention.q_lin.bias", NULL));
    REFUSED("vectors of 8 (image) and 6 (text)", changed(whole, "image_projection.projection.weight", NULL));
    REFUSED("image_projection.projection.weight: expected [6,8]",
            changed(changed(whole, "image_projection.projection.weight", NULL), "text_projection.projection.weight",
                    "image_projection.projection.weight"));
    REFUSED("how many attention heads a timm ViT of width 8", changed(vit, "", NULL));
    REFUSED("no_embed_class", "--image",
            changed(changed(FAMILY "open_clip_siglip/open_clip_pytorch_model.bin", "visual.trunk.attn_pool.*", NULL), "text.ln_final.weight",
                    "visual.trunk.cls_token"));
    REFUSED("whether it was trained with GELU", "--image",
            changed(changed(FAMILY "open_clip_siglip/open_clip_pytorch_model.bin", "visual.trunk.attn_pool.*", NULL),
                    "visual.trunk.*", ""));
    REFUSED("takes SentencePiece tokens", FAMILY "siglip", "--vocab", FAMILY "few.txt.gz");
    REFUSED("not a WordPiece vocab.txt", FAMILY "clip", "--vocab", GOLDENS "vocab.txt");
    REFUSED("put its open_clip_config.json beside it, or give --activation", FAMILY "checkpoint.pt");
    REFUSED("does not fit this ResNet", FAMILY "openai.pt", "--size", "96");
    REFUSED("a size of 3 is less than a patch of 4", GOLDENS "vit", "--size", "3");
    REFUSED("vectors of 8 (image) and 12 (text)", "--image", GOLDENS "vit", "--text", GOLDENS "bert");
    REFUSED("has no image tower known here", "--image", GOLDENS "bert", "--text", GOLDENS "bert");
    REFUSED("has no projection head known here", "--image", GOLDENS "vit", "--text", GOLDENS "bert", "--heads",
            GOLDENS "vit");
    REFUSED("text_projection.projection.weight: expected [6,12]", "--image", whole, "--text", GOLDENS "bert", "--heads",
            whole);
    REFUSED("it is of another model", GOLDENS "bert", "--vocab", long_vocab());
    REFUSED("names the model_type \"roberta\"; known are",
            bert_with("{\"model_type\":\"roberta\",\"num_attention_heads\":3}"));
    REFUSED("says a width of 24", bert_with("{\"hidden_size\":24,\"num_attention_heads\":3}"));
    REFUSED("says 3 layers", bert_with("{\"num_hidden_layers\":3,\"num_attention_heads\":3}"));
    REFUSED("position embeddings \"relative_key\"",
            bert_with("{\"position_embedding_type\":\"relative_key\",\"num_attention_heads\":3}"));
    REFUSED("activation \"silu\"", bert_with("{\"hidden_act\":\"silu\",\"num_attention_heads\":3}"));
    REFUSED("is_decoder", bert_with("{\"is_decoder\":true,\"num_attention_heads\":3}"));
    REFUSED("how many attention heads", bert_with("{\"num_attention_heads\":5}"));
    REFUSED("config.json: the JSON text", bert_with("{\"num_attention_heads\":3"));
    remove(in_folder("config.json"));
    REFUSED("narrowed already", narrowed, "--type", "int8");
    remove(narrowed);
    REFUSED("only the --type of a .clip can be changed", "tests/goldens/train_clip_vit.clip", "--pool", "mean");
    REFUSED("has no pictures", GOLDENS "vit", "--type", "int8", "--measure-images", "tests/goldens/family");
    REFUSED("No such file", GOLDENS "bert", "--type", "int8", "--measure-texts", "missing.txt");
    REFUSED("not a .clip file", "--export-safetensors", resnet);
    CHECK(convert_with("--info", resnet, NULL) == 1 && strstr(told, "not a .clip file"), "%s", told);
    CHECK(convert_with(resnet, "-o", in_folder("no/such/folder.clip"), NULL) == 1 && strstr(told, "can't be written"),
          "%s", told);
}

#define CLIP_WEIGHTS FAMILY "clip/model.safetensors"
#define SIGLIP_WEIGHTS FAMILY "siglip/model.safetensors"
#define DUAL_WEIGHTS FAMILY "dual/model.safetensors"
#define OPEN_CLIP_WEIGHTS FAMILY "open_clip/open_clip_model.safetensors"
#define OPEN_CLIP_SIGLIP FAMILY "open_clip_siglip/open_clip_pytorch_model.bin"
#define VIT_WEIGHTS GOLDENS "vit/model.safetensors"
#define RESNET_WEIGHTS GOLDENS "resnet.safetensors"
#define BERT_WEIGHTS GOLDENS "bert/model.safetensors"

// Configurations of these, with what a case puts into them.
#define CLIP_CONFIG                                                                                                    \
    "{'model_type':'clip','vision_config':{'num_attention_heads':2},'text_config':{'num_attention_heads':2,"           \
    "'eos_token_id':553}}"
#define SIGLIP_CONFIG(text)                                                                                            \
    "{'model_type':'siglip','vision_config':{'num_attention_heads':2},'text_config':{'num_attention_heads':2" text "}}"
#define DUAL_CONFIG(pooler)                                                                                            \
    "{'model_type':'vision-text-dual-encoder','vision_config':{'num_attention_heads':2,'pooler_act':" pooler "},"      \
    "'text_config':{'num_attention_heads':3}}"
#define BERT_CONFIG "{'model_type':'bert','num_attention_heads':3}"
#define TIMM(name, more) "{'architecture':'" name "'," more ",'pretrained_cfg':{}}"
#define PLAIN_VIT(pretrained)                                                                                          \
    "{'architecture':'vit_base_patch16_224','model_args':{'num_heads':2},'pretrained_cfg':{" pretrained "}}"
#define OPEN_CLIP(model, vision, text, preprocess)                                                                     \
    "{'model_cfg':{" model "'quick_gelu':true,'vision_cfg':{'image_size':16,'layers':1,'width':64,'patch_size':8,"     \
    "'head_width':64" vision "},'text_cfg':{'context_length':16,'vocab_size':554,'width':64,'heads':1" text "}},"      \
    "'preprocess_cfg':{" preprocess "}}"
#define OPEN_CLIP_TIMM(name, vision, text, preprocess)                                                                 \
    "{'model_cfg':{'vision_cfg':{'timm_model_name':'" name "'" vision "},'text_cfg':{'hf_tokenizer_name':'x/y',"       \
    "'width':16,'heads':2,'no_causal_mask':true,'pool_type':'last'" text "}},'preprocess_cfg':{" preprocess "}}"
#define TOKENIZER(normalizer, splitter, model)                                                                         \
    "{'normalizer':" normalizer ",'pre_tokenizer':" splitter ",'model':{'type':'WordPiece'" model "}}"

// Expected: transformers/models/clip/image_processing_clip.py and image_processing_backends.py, timm/data/config.py,
// open_clip/transform.py (PreprocessCfg), torchvision/transforms/_presets.py (ImageClassification).
static void test_how_pictures_are_brought_to_size(void) {
    static const config_case cases[] = {
        {.want = "short side to 20 and crop", .weights = CLIP_WEIGHTS, .file = "config.json", .text = CLIP_CONFIG,
         .file2 = "preprocessor_config.json",
         .text2 = "{'feature_extractor_type':'CLIPFeatureExtractor','size':20,'crop_size':16,'do_center_crop':true}"},
        {.want = "short side to 20 and crop", .weights = CLIP_WEIGHTS, .file = "config.json", .text = CLIP_CONFIG,
         .file2 = "preprocessor_config.json", .text2 = "{'size':20,'crop_size':[16,16]}"},
        {.want = "crops another size", .weights = CLIP_WEIGHTS, .file = "config.json", .text = CLIP_CONFIG,
         .file2 = "preprocessor_config.json", .text2 = "{'size':20}"}, // to 224
        {.want = "16x16, stretch", .weights = CLIP_WEIGHTS, .file = "config.json", .text = CLIP_CONFIG,
         .file2 = "preprocessor_config.json", .text2 = "{'size':16,'crop_size':16,'default_to_square':true}"},
        {.want = "short side to 20 and crop", .weights = CLIP_WEIGHTS, .file = "config.json", .text = CLIP_CONFIG,
         .file2 = "preprocessor_config.json", .text2 = "{'size':20,'crop_size':16,'default_to_square':null}"},
        {.want = "image.crop floor", .weights = CLIP_WEIGHTS, .file = "config.json", .text = CLIP_CONFIG,
         .file2 = "preprocessor_config.json",
         .text2 = "{'size':{'shortest_edge':20,'longest_edge':null},'crop_size':16}"},
        {.want = "the size {\"shortest_edge\":32,\"longest_edge\":40}", .weights = CLIP_WEIGHTS,
         .file = "config.json", .text = CLIP_CONFIG, .file2 = "preprocessor_config.json",
         .text2 = "{'size':{'shortest_edge':32,'longest_edge':40},'crop_size':16}"},
        {.want = "16x16, short side to 16 and crop", .weights = CLIP_WEIGHTS, .file = "config.json",
         .text = CLIP_CONFIG, .file2 = "preprocessor_config.json",
         .text2 = "{'size':{'shortest_edge':20,'longest_edge':40},'crop_size':16}", .flag = "--resize",
         .value = "short"},
        {.want = "16x16, stretch, bilinear, mean 0.5,0.5,0.5, std 0.5,0.5,0.5", .weights = CLIP_WEIGHTS,
         .file = "config.json", .text = CLIP_CONFIG, .file2 = "preprocessor_config.json",
         .text2 = "{'image_processor_type':'ViTImageProcessorFast'}"},
        {.want = "16x16, stretch, bicubic, mean 0.5,0.5,0.5, std 0.5,0.5,0.5", .weights = CLIP_WEIGHTS,
         .file = "config.json", .text = CLIP_CONFIG, .file2 = "preprocessor_config.json",
         .text2 = "{'image_processor_type':'SiglipImageProcessorPil','size':[16,16]}"},
        {.want = "16x16, stretch, bilinear", .weights = CLIP_WEIGHTS, .file = "config.json", .text = CLIP_CONFIG,
         .file2 = "preprocessor_config.json",
         .text2 = "{'image_processor_type':null,'feature_extractor_type':'ViTFeatureExtractor','size':16}"},
        {.want = "of a \"LevitImageProcessor\"", .weights = CLIP_WEIGHTS, .file = "config.json", .text = CLIP_CONFIG,
         .file2 = "preprocessor_config.json",
         .text2 = "{'image_processor_type':'LevitImageProcessor','size':20,'crop_size':16}"},
        {.want = "of a \"BitlikeFeatureExtractor\"", .weights = CLIP_WEIGHTS, .file = "config.json",
         .text = CLIP_CONFIG, .file2 = "preprocessor_config.json",
         .text2 = "{'feature_extractor_type':'BitlikeFeatureExtractor','size':20,'crop_size':16}"},
        {.want = "do_resize null", .weights = CLIP_WEIGHTS, .file = "config.json", .text = CLIP_CONFIG,
         .file2 = "preprocessor_config.json", .text2 = "{'do_resize':null}"},
        {.want = "do_rescale null", .weights = CLIP_WEIGHTS, .file = "config.json", .text = CLIP_CONFIG,
         .file2 = "preprocessor_config.json", .text2 = "{'do_rescale':null}"},
        {.want = "mean 0,0,0, std 1,1,1", .weights = CLIP_WEIGHTS, .file = "config.json", .text = CLIP_CONFIG,
         .file2 = "preprocessor_config.json", .text2 = "{'do_normalize':null}"},
        {.want = "crops nothing", .weights = CLIP_WEIGHTS, .file = "config.json", .text = CLIP_CONFIG,
         .file2 = "preprocessor_config.json", .text2 = "{'size':{'shortest_edge':16},'do_center_crop':null}"},
        {.want = "crops nothing", .weights = CLIP_WEIGHTS, .file = "config.json", .text = CLIP_CONFIG,
         .file2 = "preprocessor_config.json", .text2 = "{'do_center_crop':false}"},
        {.want = "use_square_size true", .weights = CLIP_WEIGHTS, .file = "config.json", .text = CLIP_CONFIG,
         .file2 = "preprocessor_config.json", .text2 = "{'use_square_size':true}"},
        {.want = "16x16, stretch", .weights = CLIP_WEIGHTS, .file = "config.json", .text = CLIP_CONFIG,
         .file2 = "preprocessor_config.json", .text2 = "{'image_processor_type':'ViTImageProcessor','size':16}"},
        {.want = "16x16, stretch", .weights = SIGLIP_WEIGHTS, .file = "config.json", .text = SIGLIP_CONFIG(""),
         .file2 = "preprocessor_config.json", .text2 = "{'do_center_crop':null}"},
        {.want = "crops nothing", .weights = SIGLIP_WEIGHTS, .file = "config.json", .text = SIGLIP_CONFIG(""),
         .file2 = "preprocessor_config.json", .text2 = "{'size':16}"},
        {.want = "short side to 18 and crop", .weights = DUAL_WEIGHTS, .file = "config.json",
         .text = DUAL_CONFIG("null"), .file2 = "preprocessor_config.json",
         .text2 = "{'image_processor_type':'BitImageProcessor','size':18,'crop_size':16}"},
        {.want = "mean 0,0,0, std 1,1,1", .weights = CLIP_WEIGHTS, .file = "config.json", .text = CLIP_CONFIG,
         .file2 = "preprocessor_config.json", .text2 = "{'do_normalize':false,'image_mean':[0.5,0.5,0.5]}"},
        {.want = "mean 0.5,0.5,0.5, std 0.25,0.25,0.25", .weights = CLIP_WEIGHTS, .file = "config.json",
         .text = CLIP_CONFIG, .file2 = "preprocessor_config.json",
         .text2 = "{'image_mean':[0.5,0.5,0.5],'image_std':[0.25,0.25,0.25],'do_rescale':true,'rescale_factor':0.00392156862745098}"},
        {.want = "do_rescale false", .weights = CLIP_WEIGHTS, .file = "config.json", .text = CLIP_CONFIG,
         .file2 = "preprocessor_config.json", .text2 = "{'do_rescale':false}"},
        {.want = "rescale_factor 0.0078", .weights = CLIP_WEIGHTS, .file = "config.json", .text = CLIP_CONFIG,
         .file2 = "preprocessor_config.json", .text2 = "{'rescale_factor':0.00784313725490196}"},
        {.want = "mean 0.1,0.2,0.3", .weights = CLIP_WEIGHTS, .file = "config.json", .text = CLIP_CONFIG,
         .file2 = "preprocessor_config.json", .text2 = "{'rescale_factor':0.00784313725490196}", .flag = "--mean",
         .value = "0.1,0.2,0.3", .flag2 = "--std", .value2 = "1,1,1"},
        {.want = "image_mean [0.5]", .weights = CLIP_WEIGHTS, .file = "config.json", .text = CLIP_CONFIG,
         .file2 = "preprocessor_config.json", .text2 = "{'image_mean':[0.5]}"},
        {.want = "do_resize false", .weights = CLIP_WEIGHTS, .file = "config.json", .text = CLIP_CONFIG,
         .file2 = "preprocessor_config.json", .text2 = "{'do_resize':false}"},
        {.want = "16x16, stretch", .weights = CLIP_WEIGHTS, .file = "config.json", .text = CLIP_CONFIG,
         .file2 = "preprocessor_config.json", .text2 = "{'do_resize':false}", .flag = "--resize", .value = "stretch"},
        {.want = "crops nothing", .weights = CLIP_WEIGHTS, .file = "config.json", .text = CLIP_CONFIG,
         .file2 = "preprocessor_config.json", .text2 = "{'size':{'shortest_edge':16},'do_center_crop':false}"},
        {.want = "crops another size", .weights = CLIP_WEIGHTS, .file = "config.json", .text = CLIP_CONFIG,
         .file2 = "preprocessor_config.json", .text2 = "{'size':{'shortest_edge':16},'crop_size':24}"},
        {.want = "crops another size", .weights = CLIP_WEIGHTS, .file = "config.json", .text = CLIP_CONFIG,
         .file2 = "preprocessor_config.json", .text2 = "{'size':{'height':20,'width':20},'crop_size':16}"},
        {.want = "16x16, stretch", .weights = CLIP_WEIGHTS, .file = "config.json", .text = CLIP_CONFIG,
         .file2 = "preprocessor_config.json",
         .text2 = "{'size':{'height':16,'width':16},'do_center_crop':false,'crop_size':12}"},
        {.want = "the size {\"height\":16,\"width\":32}", .weights = CLIP_WEIGHTS, .file = "config.json",
         .text = CLIP_CONFIG, .file2 = "preprocessor_config.json", .text2 = "{'size':{'height':16,'width':32}}"},
        {.want = "the size {\"longest_edge\":16}", .weights = CLIP_WEIGHTS, .file = "config.json", .text = CLIP_CONFIG,
         .file2 = "preprocessor_config.json", .text2 = "{'size':{'longest_edge':16}}"},
        {.want = "PIL's filter \"bicubic\"", .weights = CLIP_WEIGHTS, .file = "config.json", .text = CLIP_CONFIG,
         .file2 = "preprocessor_config.json", .text2 = "{'resample':'bicubic'}"},
        {.want = "bilinear, mean", .weights = CLIP_WEIGHTS, .file = "config.json", .text = CLIP_CONFIG,
         .file2 = "preprocessor_config.json", .text2 = "{'resample':1}", .flag = "--filter", .value = "bilinear"},
        {.want = "mean 0.5,0.5,0.5, std", .weights = CLIP_WEIGHTS, .file = "config.json", .text = CLIP_CONFIG,
         .file2 = "processor_config.json", .text2 = "{'image_processor':{'image_mean':[0.5,0.5,0.5]}}"},
        {.want = "its processor_config.json has the size {\"longest_edge\":16}", .weights = CLIP_WEIGHTS,
         .file = "config.json", .text = CLIP_CONFIG, .file2 = "processor_config.json",
         .text2 = "{'image_processor':{'size':{'longest_edge':16}}}"},
        {.want = "8x8, short side to 9 and crop, bicubic, mean 0.485,0.456,0.406, std 0.229,0.224,0.225",
         .weights = VIT_WEIGHTS, .file = "config.json", .text = PLAIN_VIT("'input_size':[3,8,8]")},
        {.want = "8x8, short side to 8 and crop, bilinear", .weights = VIT_WEIGHTS, .file = "config.json",
         .text = PLAIN_VIT("'crop_pct':1.0,'interpolation':'bilinear','crop_mode':null")},
        {.want = "11x11, short side to 14 and crop, bilinear", .weights = VIT_WEIGHTS, .file = "config.json",
         .text = PLAIN_VIT("'input_size':[3,11,11],'crop_pct':0.75,'interpolation':'bilinear'")}, // two patches of 4
        {.want = "8x8, short side to 9", .weights = VIT_WEIGHTS, .file = "config.json",
         .text = PLAIN_VIT("'input_size':[3,12,12]")}, // which has three
        {.want = "23x23, stretch", .weights = SIGLIP_WEIGHTS, .file = "config.json", .text = SIGLIP_CONFIG(""),
         .file2 = "preprocessor_config.json", .text2 = "{'size':{'height':23,'width':23}}"},
        {.want = "20x20, short side to 20", .weights = OPEN_CLIP_WEIGHTS, .file = "open_clip_config.json",
         .text = "{'model_cfg':{'vision_cfg':{'image_size':20,'width':64},'text_cfg':{'width':64}}}"},
        {.want = "8x8, stretch", .weights = VIT_WEIGHTS, .file = "config.json",
         .text = PLAIN_VIT("'crop_mode':'squash','crop_pct':1.0")},
        {.want = "crop_mode \"squash\" with a crop_pct of 0.95", .weights = VIT_WEIGHTS, .file = "config.json",
         .text = PLAIN_VIT("'crop_mode':'squash','crop_pct':0.95")},
        {.want = "8x8, stretch", .weights = VIT_WEIGHTS, .file = "config.json",
         .text = PLAIN_VIT("'crop_mode':'squash','crop_pct':0.95"), .flag = "--resize", .value = "stretch"},
        {.want = "16x16, short side to 17", .weights = VIT_WEIGHTS, .file = "config.json",
         .text = PLAIN_VIT("'input_size':[3,8,8],'crop_pct':0.9"), .flag = "--size", .value = "16"},
        {.want = "4x4, short side to 4", .weights = VIT_WEIGHTS, .file = "config.json",
         .text = PLAIN_VIT("'input_size':[3,8,8],'crop_pct':0.9"), .flag = "--size", .value = "4"},
        {.want = "288x288, short side to 303", .weights = RESNET_WEIGHTS, .file = "config.json",
         .text = "{'architecture':'resnet50','pretrained_cfg':{'input_size':[3,224,224],'crop_pct':0.95}}",
         .flag = "--size", .value = "288"},
        {.want = "224x224, short side to 256", .weights = RESNET_WEIGHTS, .file = "config.json",
         .text = "{'architecture':'resnet50','pretrained_cfg':{'input_size':[3,176,176],'crop_pct':0.875}}",
         .flag = "--size", .value = "224"},
        {.want = "32x32, short side to 32", .weights = CLIP_WEIGHTS, .file = "config.json",
         .text = "{'model_type':'clip','vision_config':{'num_attention_heads':2,'image_size':20},'text_config':{'num_attention_heads':2,'eos_token_id':553}}",
         .file2 = "preprocessor_config.json", .text2 = "{'size':20,'crop_size':20}", .flag = "--size", .value = "32"},
        {.want = "32x32, short side to 40", .weights = CLIP_WEIGHTS, .file = "config.json", .text = CLIP_CONFIG,
         .file2 = "preprocessor_config.json", .text2 = "{'size':20,'crop_size':16}", .flag = "--size", .value = "32"},
        {.want = "input_size [3,8,16]; pictures known here are square", .weights = VIT_WEIGHTS,
         .file = "config.json", .text = PLAIN_VIT("'input_size':[3,8,16]")},
        {.want = "img_size [4,16]; pictures known here are square", .weights = VIT_WEIGHTS, .file = "config.json",
         .text = TIMM("vit_base_patch16_224", "'model_args':{'num_heads':2,'img_size':[4,16]}")},
        {.want = "8x8, short side", .weights = VIT_WEIGHTS, .file = "config.json",
         .text = TIMM("vit_base_patch16_224", "'model_args':{'num_heads':2,'img_size':[8,8]}")},
        {.want = "input_size [3,64,96]; pictures known here are square; give --size", .weights = RESNET_WEIGHTS,
         .file = "config.json", .text = "{'architecture':'resnet50','pretrained_cfg':{'input_size':[3,64,96]}}"},
        {.want = "64x64, short side", .weights = RESNET_WEIGHTS, .file = "config.json",
         .text = "{'architecture':'resnet50','pretrained_cfg':{'input_size':[3,64,96]}}", .flag = "--size",
         .value = "64"},
        {.want = "image_size [8,32]; pictures known here are square", .weights = CLIP_WEIGHTS, .file = "config.json",
         .text = "{'model_type':'clip','vision_config':{'num_attention_heads':2,'image_size':[8,32]},'text_config':{'num_attention_heads':2,'eos_token_id':553}}"},
        {.want = "image_size [8,32]; pictures known here are square", .weights = OPEN_CLIP_WEIGHTS,
         .file = "open_clip_config.json",
         .text = "{'model_cfg':{'vision_cfg':{'image_size':[8,32],'width':64},'text_cfg':{'width':64}}}"},
        {.want = "20x20, short side to 20", .weights = OPEN_CLIP_WEIGHTS, .file = "open_clip_config.json",
         .text = "{'model_cfg':{'vision_cfg':{'image_size':[20,20],'width':64},'text_cfg':{'width':64}}}"},
        {.want = "38x38, short side to 38", .weights = FAMILY "openai.pt", .file = "open_clip_config.json",
         .text = "{'model_cfg':{'vision_cfg':{'image_size':38},'text_cfg':{}}}"}, // a ResNet: 1x1, as of 32
        {.want = "crop_mode \"border\"", .weights = VIT_WEIGHTS, .file = "config.json",
         .text = PLAIN_VIT("'crop_mode':'border'")},
        {.want = "8x8, stretch", .weights = VIT_WEIGHTS, .file = "config.json",
         .text = PLAIN_VIT("'crop_mode':'border'"), .flag = "--resize", .value = "stretch"},
        {.want = "mean [0.5]", .weights = VIT_WEIGHTS, .file = "config.json", .text = PLAIN_VIT("'mean':[0.5]")},
        {.want = "short side to 16 and crop, bicubic, mean 0.481455,0.457827,0.408211", .weights = OPEN_CLIP_WEIGHTS,
         .file = "open_clip_config.json", .text = OPEN_CLIP("", "", "", "'size':16,'mode':'RGB'")},
        {.want = "short side to 16 and crop, bicubic, mean 0.481455,0.457827,0.408211", .weights = OPEN_CLIP_SIGLIP,
         .file = "open_clip_config.json",
         .text = OPEN_CLIP_TIMM("vit_base_patch32_siglip_256", ",'timm_pool':'map','timm_proj':'none'", "", "")},
        {.want = "stretch, bicubic, mean 0.5,0.5,0.5", .weights = OPEN_CLIP_SIGLIP, .file = "open_clip_config.json",
         .text = OPEN_CLIP_TIMM("vit_base_patch32_siglip_256", ",'timm_pool':'map','timm_proj':'none'", "", "'resize_mode':'squash','mean':[0.5,0.5,0.5]")},
        {.want = "224x224, short side to 224 and crop, bilinear", .weights = RESNET_WEIGHTS},
        {.want = "112x112, short side to 112 and crop, bilinear", .weights = RESNET_WEIGHTS, .flag = "--size",
         .value = "112"},
        {.want = "224x224, stretch", .weights = RESNET_WEIGHTS, .flag = "--embed-dim", .value = "3"}};
    CONFIGS(cases);
}

// transformers reads processor_config.json first, and preprocessor_config.json where that has no image_processor.
static void test_the_newer_processor_comes_first(void) {
    static const char *const newer[] = {"{\"image_processor\":{\"image_mean\":[0.5,0.5,0.5]}}",
                                        "{\"image_processor\":null}", "{\"processor_class\":\"CLIPProcessor\"}"};
    write_quoted(in_folder("config.json"), CLIP_CONFIG);
    write_quoted(in_folder("preprocessor_config.json"), "{'image_mean':[0.1,0.2,0.3]}");
    for (size_t i = 0; i < sizeof newer / sizeof *newer; i++) {
        const char *const want = i ? "mean 0.1,0.2,0.3" : "mean 0.5,0.5,0.5";
        write_whole(in_folder("processor_config.json"), newer[i], strlen(newer[i]));
        CHECK(!convert_with(changed(CLIP_WEIGHTS, "", NULL), "-o", in_folder("m.clip"), NULL), "%s", told);
        tell_model(in_folder("m.clip"));
        CHECK(strstr(told, want), "%s: expected \"%s\" in: %s", newer[i], want, told);
    }
    remove(in_folder("config.json"));
    remove(in_folder("preprocessor_config.json"));
    remove(in_folder("processor_config.json"));
}

// timm's widths whose heads are not of 64 (vision_transformer.py), where only the tensors tell.
static void test_heads_by_width(void) {
    static const size_t widths[][2] = {{192, 3}, {768, 12}, {1024, 16}, {1152, 16}, {1408, 16}, {1536, 16}, {1664, 16}};
    run r = new_run();
    source none;
    origin from;
    options o;
    build b;
    memset(&none, 0, sizeof none), memset(&from, 0, sizeof from), memset(&o, 0, sizeof o), memset(&b, 0, sizeof b);
    o.activation = "gelu";
    b.r = &r, b.o = &o, b.from = &none, b.path = "x";
    from.path = "x";
    for (size_t i = 0; i < sizeof widths / sizeof *widths; i++) {
        facts f = {0, 0, "gelu"};
        const char *pool = NULL;
        CHECK(facts_timm(&b, &from, widths[i][0], &f, &pool) && f.heads == widths[i][1], "width %lu: %lu heads",
              (unsigned long)widths[i][0], (unsigned long)f.heads);
    }
    run_end(&r);
}

// Heads are found wherever their libraries put them (open_clip/timm_model.py, VisionTextDualEncoderModel); of two
// towers only what is the other one's is left out.
static void test_heads_and_what_is_left(void) {
    static const config_case cases[] = {
        {.want = "head linear", .weights = OPEN_CLIP_SIGLIP, .from = "text.transformer.resblocks.0.mlp.c_proj.weight",
         .to = "visual.head.proj.weight", .file = "open_clip_config.json",
         .text = OPEN_CLIP_TIMM("vit_base_patch32_siglip_256", ",'timm_pool':'map','timm_proj':'linear'", "", ""),
         .flag = "--image"},
        {.want = "asks for a projection behind the image tower", .weights = OPEN_CLIP_SIGLIP,
         .file = "open_clip_config.json",
         .text = OPEN_CLIP_TIMM("vit_base_patch32_siglip_256", ",'timm_pool':'map','timm_proj':'linear'", "", ""),
         .flag = "--image"},
        {.want = "head linear", .weights = OPEN_CLIP_SIGLIP, .from = "text.transformer.resblocks.0.mlp.c_proj.weight",
         .to = "visual.trunk.head.weight", .file = "open_clip_config.json",
         .text = OPEN_CLIP_TIMM("vit_base_patch32_siglip_256", ",'timm_pool':'map','timm_proj':null", "", ""),
         .flag = "--image"},
        {.want = "asks for a projection behind the image tower", .weights = OPEN_CLIP_SIGLIP,
         .file = "open_clip_config.json",
         .text = OPEN_CLIP_TIMM("vit_base_patch32_siglip_256", ",'timm_pool':'map','timm_proj':''", "", ""),
         .flag = "--image"},
        {.want = "timm_proj \"mlp\"", .weights = OPEN_CLIP_SIGLIP, .file = "open_clip_config.json",
         .text = OPEN_CLIP_TIMM("vit_base_patch32_siglip_256", ",'timm_pool':'map','timm_proj':'mlp'", "", ""),
         .flag = "--image"},
        {.want = "visual.head.mlp.fc1.weight has no place in the image tower found", .weights = OPEN_CLIP_SIGLIP,
         .from = "text.text_projection.weight", .to = "visual.head.mlp.fc1.weight", .file = "open_clip_config.json",
         .text = OPEN_CLIP_TIMM("vit_base_patch32_siglip_256", ",'timm_pool':'map','timm_proj':'none'", "", ""),
         .flag = "--image"},
        {.want = "visual.attn_pool.query has no place in the image tower found", .weights = OPEN_CLIP_SIGLIP,
         .from = "text.text_projection.weight", .to = "visual.attn_pool.query", .file = "open_clip_config.json",
         .text = OPEN_CLIP_TIMM("vit_base_patch32_siglip_256", ",'timm_pool':'map','timm_proj':'none'", "", ""),
         .flag = "--image"},
        {.want = "text.proj.0.weight has no place in the text tower found", .weights = OPEN_CLIP_SIGLIP,
         .from = "text.text_projection.weight", .to = "text.proj.0.weight", .file = "open_clip_config.json",
         .text = OPEN_CLIP_TIMM("vit_base_patch32_siglip_256", ",'timm_pool':'map','timm_proj':'none'", "", ""),
         .flag = "--text"},
        {.want = "stray.weight has no place in the image tower found", .weights = OPEN_CLIP_SIGLIP,
         .from = "text.text_projection.weight", .to = "stray.weight", .file = "open_clip_config.json",
         .text = OPEN_CLIP_TIMM("vit_base_patch32_siglip_256", ",'timm_pool':'map','timm_proj':'none'", "", ""),
         .flag = "--image"},
        {.want = "head linear", .weights = OPEN_CLIP_SIGLIP, .from = "text.transformer.resblocks.0.mlp.c_proj.weight",
         .to = "visual_projection.weight", .file = "open_clip_config.json",
         .text = OPEN_CLIP_TIMM("vit_base_patch32_siglip_256", ",'timm_pool':'map','timm_proj':'none'", "", ""),
         .flag = "--image"},
        {.want = "left out", .weights = OPEN_CLIP_WEIGHTS, .from = "text_projection", .to = "stray",
         .file = "open_clip_config.json", .text = OPEN_CLIP("", "", "", ""), .flag = "--image"},
        {.want = "stray has no place in the text tower found", .weights = OPEN_CLIP_WEIGHTS, .from = "text_projection",
         .to = "stray", .file = "open_clip_config.json", .text = OPEN_CLIP("", "", "", ""), .flag = "--text"},
        {.want = "visual.ls has no place in the image tower found", .weights = OPEN_CLIP_WEIGHTS,
         .from = "text_projection", .to = "visual.ls", .file = "open_clip_config.json",
         .text = OPEN_CLIP("", "", "", ""), .flag = "--image"},
        {.want = "vectors   12 numbers", .weights = CLIP_WEIGHTS, .from = "vision_model.*",
         .to = "vision_model.vision_model.", .file = "config.json", .text = CLIP_CONFIG, .flag = "--image"},
        {.want = "vectors   12 numbers", .weights = CLIP_WEIGHTS, .from = "vision_model.*",
         .to = "vision_model.vision_model.", .file = "config.json", .text = CLIP_CONFIG},
        {.want = "head mlp", .weights = OPEN_CLIP_WEIGHTS, .file = "open_clip_config.json",
         .text = OPEN_CLIP("", "", "", ""), .flag = "--embed-dim", .value = "5"},
        {.want = "classifier.0.weight is a convolution behind the tower", .weights = RESNET_WEIGHTS,
         .from = "layer1.0.downsample.*", .to = "classifier."}, // as torchvision's fcn_resnet50
        {.want = "head none", .weights = VIT_WEIGHTS, .file = "config.json", .text = PLAIN_VIT("")}};
    CONFIGS(cases);
}

// By the name alone: timm/models/vision_transformer.py, eva.py, resnet.py. check_timm.py compares them all.
static void test_timms_architectures(void) {
    static const config_case cases[] = {
        {.want = "2 heads, mlp", .weights = VIT_WEIGHTS, .file = "config.json",
         .text = TIMM("vit_base_patch16_224.augreg_in21k", "'model_args':{'num_heads':2}")},
        {.want = "image.eps 1e-06", .weights = VIT_WEIGHTS, .file = "config.json",
         .text = TIMM("vit_large_patch14_224", "'model_args':{'num_heads':2}")},
        {.want = "image.eps 1e-05", .weights = VIT_WEIGHTS, .file = "config.json",
         .text = TIMM("vit_xsmall_patch16_clip_224", "'model_args':{'num_heads':2}")},
        {.want = ", gelu,", .weights = VIT_WEIGHTS, .file = "config.json",
         .text = TIMM("vit_base_patch16_siglip_512", "'model_args':{'num_heads':2}")},
        {.want = "quick_gelu", .weights = VIT_WEIGHTS, .file = "config.json",
         .text = TIMM("vit_base_patch32_clip_quickgelu_224", "'model_args':{'num_heads':2}")},
        {.want = "gelu_tanh", .weights = VIT_WEIGHTS, .file = "config.json",
         .text = TIMM("vit_giantopt_patch16_siglip_gap_384", "'model_args':{'num_heads':2}")},
        {.want = "gelu_tanh", .weights = VIT_WEIGHTS, .file = "config.json",
         .text = TIMM("vit_so400m_patch16_siglip_256.v2_webli", "'model_args':{'num_heads':2}")},
        {.want = "gelu_tanh", .weights = VIT_WEIGHTS, .file = "config.json",
         .text = TIMM("vit_base_patch32_siglip_gap_256", "'model_args':{'num_heads':2}")},
        {.want = "gelu_tanh", .weights = VIT_WEIGHTS, .file = "config.json",
         .text = TIMM("vit_large_patch16_siglip_512", "'model_args':{'num_heads':2}")},
        {.want = ", gelu,", .weights = VIT_WEIGHTS, .file = "config.json",
         .text = TIMM("vit_so400m_patch14_siglip_384", "'model_args':{'num_heads':2}")},
        {.want = ", gelu,", .weights = VIT_WEIGHTS, .file = "config.json",
         .text = TIMM("vit_large_patch16_siglip_384", "'model_args':{'num_heads':2}")},
        {.want = "2 heads", .weights = VIT_WEIGHTS, .file = "config.json", .text = TIMM("test_vit", "'num_classes':1")},
        {.want = "how many attention heads", .weights = VIT_WEIGHTS, .file = "config.json",
         .text = TIMM("vit_giantopt_patch16_siglip_256", "'num_classes':1")},
        {.want = "2 heads", .weights = VIT_WEIGHTS, .file = "config.json",
         .text = TIMM("eva_large_patch14_336", "'model_args':{'num_heads':2}")},
        {.want = "timm's architecture \"vit_pe_core_base_patch16_224\"", .weights = VIT_WEIGHTS, .file = "config.json",
         .text = TIMM("vit_pe_core_base_patch16_224", "'model_args':{'num_heads':2}")},
        {.want = "timm's architecture \"vit_base_patch16_rope_224\"", .weights = VIT_WEIGHTS, .file = "config.json",
         .text = TIMM("vit_base_patch16_rope_224", "'model_args':{'num_heads':2}")},
        {.want = "timm's architecture \"vit_base_patch16_rpn_224\"", .weights = VIT_WEIGHTS, .file = "config.json",
         .text = TIMM("vit_base_patch16_rpn_224", "'model_args':{'num_heads':2}")},
        {.want = "timm's architecture \"vit_relpos_base_patch16_224\"", .weights = VIT_WEIGHTS, .file = "config.json",
         .text = TIMM("vit_relpos_base_patch16_224", "'model_args':{'num_heads':2}")},
        {.want = "timm's architecture \"eva02_base_patch14_224\"", .weights = VIT_WEIGHTS, .file = "config.json",
         .text = TIMM("eva02_base_patch14_224", "'model_args':{'num_heads':2}")},
        {.want = "timm's architecture \"naflexvit_base_patch16_siglip\"", .weights = VIT_WEIGHTS,
         .file = "config.json", .text = TIMM("naflexvit_base_patch16_siglip", "'model_args':{'num_heads':2}")},
        {.want = "timm's architecture \"deit3_base_patch16_224\"", .weights = VIT_WEIGHTS, .file = "config.json",
         .text = TIMM("deit3_base_patch16_224", "'model_args':{'num_heads':2}")},
        {.want = "resnet, 4 layers", .weights = RESNET_WEIGHTS, .file = "config.json",
         .text = TIMM("resnet18", "'global_pool':'avg'")},
        {.want = "resnet, 4 layers", .weights = RESNET_WEIGHTS, .file = "config.json",
         .text = TIMM("resnet50.a1_in1k", "'global_pool':'avg'")},
        {.want = "resnet, 4 layers", .weights = RESNET_WEIGHTS, .file = "config.json",
         .text = TIMM("wide_resnet50_2", "'global_pool':'avg'")},
        {.want = "resnet, 4 layers", .weights = RESNET_WEIGHTS, .file = "config.json",
         .text = TIMM("tv_resnet34", "'global_pool':'avg'")},
        {.want = "timm's architecture \"resnetaa50\"", .weights = RESNET_WEIGHTS, .file = "config.json",
         .text = TIMM("resnetaa50", "'global_pool':'avg'")},
        {.want = "timm's architecture \"resnetblur18\"", .weights = RESNET_WEIGHTS, .file = "config.json",
         .text = TIMM("resnetblur18", "'global_pool':'avg'")},
        {.want = "timm's architecture \"resnet50_gn\"", .weights = RESNET_WEIGHTS, .file = "config.json",
         .text = TIMM("resnet50_gn", "'global_pool':'avg'")},
        {.want = "timm's architecture \"resnet50d\"", .weights = RESNET_WEIGHTS, .file = "config.json",
         .text = TIMM("resnet50d", "'global_pool':'avg'")},
        {.want = "timm's architecture \"ecaresnet26t\"", .weights = RESNET_WEIGHTS, .file = "config.json",
         .text = TIMM("ecaresnet26t", "'global_pool':'avg'")},
        {.want = "timm's architecture \"seresnet50\"", .weights = RESNET_WEIGHTS, .file = "config.json",
         .text = TIMM("seresnet50", "'global_pool':'avg'")},
        {.want = "timm's architecture \"resnext50_32x4d\"", .weights = RESNET_WEIGHTS, .file = "config.json",
         .text = TIMM("resnext50_32x4d", "'global_pool':'avg'")},
        {.want = "the pooling \"catavgmax\"", .weights = RESNET_WEIGHTS, .file = "config.json",
         .text = TIMM("resnet18", "'model_args':{'global_pool':'catavgmax'}")},
        {.want = "the pooling \"\"", .weights = RESNET_WEIGHTS, .file = "config.json",
         .text = TIMM("resnet18", "'model_args':{'global_pool':''}")},
        {.want = "resnet, 4 layers", .weights = RESNET_WEIGHTS, .file = "config.json",
         .text = TIMM("resnet18", "'global_pool':'catavgmax'")},
        {.want = "pooled by cls", .weights = VIT_WEIGHTS, .from = "fc_norm.*", .to = "norm.", .file = "config.json",
         .text = TIMM("vit_base_patch16_224", "'global_pool':'avg','model_args':{'num_heads':2}")},
        {.want = "the pooling \"\"", .weights = VIT_WEIGHTS, .file = "config.json",
         .text = TIMM("vit_base_patch16_224", "'model_args':{'num_heads':2,'global_pool':''}")},
        {.want = "an embed_dim without num_heads", .weights = VIT_WEIGHTS, .file = "config.json",
         .text = TIMM("test_vit", "'model_args':{'embed_dim':8}")},
        {.want = "2 heads", .weights = VIT_WEIGHTS, .file = "config.json",
         .text = TIMM("test_vit", "'model_args':{'embed_dim':8,'num_heads':2}")},
        {.want = "attn_pool and cls_token", .weights = OPEN_CLIP_SIGLIP, .from = "text.ln_final.weight",
         .to = "visual.trunk.cls_token", .file = "open_clip_config.json",
         .text = OPEN_CLIP_TIMM("vit_base_patch16_224", ",'timm_pool':'map','timm_proj':'none'", "", ""),
         .flag = "--image"},
        {.want = "attn_pool and fc_norm", .weights = OPEN_CLIP_SIGLIP, .from = "visual.trunk.norm.*",
         .to = "visual.trunk.fc_norm.", .file = "open_clip_config.json",
         .text = OPEN_CLIP_TIMM("vit_base_patch16_224", ",'timm_pool':'map','timm_proj':'none'", "", ""),
         .flag = "--image"},
        {.want = "whether it was trained with GELU", .weights = VIT_WEIGHTS, .from = "head.weight",
         .to = "norm_pre.weight"},
        {.want = "whether it was trained with GELU", .weights = OPEN_CLIP_SIGLIP, .from = "visual.trunk.*", .to = "",
         .flag = "--image"},
        {.want = "pooled by attention", .weights = OPEN_CLIP_SIGLIP, .from = "visual.trunk.*", .to = "",
         .flag = "--image", .flag2 = "--activation", .value2 = "gelu_tanh"},
        {.want = "the key \"aa_layer\"", .weights = RESNET_WEIGHTS, .file = "config.json",
         .text = TIMM("resnet18", "'model_args':{'aa_layer':'avg'}")},
        {.want = "the key \"norm_layer\"", .weights = VIT_WEIGHTS, .file = "config.json",
         .text = TIMM("vit_base_patch16_224", "'model_args':{'num_heads':2,'norm_layer':'rmsnorm'}")},
        {.want = "pool_include_prefix true", .weights = VIT_WEIGHTS, .file = "config.json",
         .text = TIMM("vit_base_patch16_224", "'model_args':{'num_heads':2,'pool_include_prefix':true}")},
        {.want = "pooled by mean", .weights = VIT_WEIGHTS, .file = "config.json",
         .text = TIMM("vit_base_patch16_224", "'global_pool':'token','model_args':{'num_heads':2,'global_pool':'avg'}")},
        {.want = "norm_pre and attn_pool", .weights = OPEN_CLIP_SIGLIP, .from = "text.ln_final.weight",
         .to = "visual.trunk.norm_pre.weight", .file = "open_clip_config.json",
         .text = OPEN_CLIP_TIMM("vit_base_patch16_224", ",'timm_pool':'map','timm_proj':'none'", "", ""),
         .flag = "--image"},
        {.want = "timm's architecture \"vit_pe_core_base_patch16_224\"", .weights = OPEN_CLIP_SIGLIP,
         .file = "open_clip_config.json",
         .text = OPEN_CLIP_TIMM("vit_pe_core_base_patch16_224", ",'timm_pool':'map','timm_proj':'none'", "", ""),
         .flag = "--image"},
        {.want = "without timm_proj", .weights = OPEN_CLIP_SIGLIP, .file = "open_clip_config.json",
         .text = OPEN_CLIP_TIMM("vit_base_patch32_siglip_256", ",'timm_pool':'','timm_proj':'none'", "", ""),
         .flag = "--image"},
        {.want = "the key \"frobnicate\"", .weights = OPEN_CLIP_SIGLIP, .file = "open_clip_config.json",
         .text = OPEN_CLIP_TIMM("vit_base_patch32_siglip_256", ",'timm_pool':'map','timm_proj':'none','timm_model_kwargs':{'frobnicate':1}", "", ""),
         .flag = "--image"},
        {.want = "4 heads", .weights = OPEN_CLIP_SIGLIP, .file = "open_clip_config.json",
         .text = OPEN_CLIP_TIMM("vit_base_patch32_siglip_256", ",'timm_pool':'map','timm_proj':'none','timm_model_kwargs':{'num_heads':4}", "", ""),
         .flag = "--image"},
        {.want = "which of timm's architectures", .weights = OPEN_CLIP_SIGLIP, .flag = "--image"}};
    CONFIGS(cases);
}

// CLIPVisionCfg and CLIPTextCfg in open_clip/model.py, the tokenizers in open_clip/tokenizer.py, model_configs/*.json.
static void test_open_clips_keys(void) {
    static const config_case cases[] = {
        {.want = "pooled by highest", .weights = OPEN_CLIP_WEIGHTS, .file = "open_clip_config.json",
         .text = OPEN_CLIP("", "", "", "")},
        {.want = "vision_cfg has pool_type \"avg\"", .weights = OPEN_CLIP_WEIGHTS, .file = "open_clip_config.json",
         .text = OPEN_CLIP("", ",'pool_type':'avg'", "", "")},
        {.want = "vision_cfg has attentional_pool true", .weights = OPEN_CLIP_WEIGHTS, .file = "open_clip_config.json",
         .text = OPEN_CLIP("", ",'attentional_pool':true", "", "")},
        {.want = "vision_cfg has final_ln_after_pool true", .weights = OPEN_CLIP_WEIGHTS,
         .file = "open_clip_config.json", .text = OPEN_CLIP("", ",'final_ln_after_pool':true", "", "")},
        {.want = "vision_cfg has pos_embed_type \"sin_cos_2d\"", .weights = OPEN_CLIP_WEIGHTS,
         .file = "open_clip_config.json", .text = OPEN_CLIP("", ",'pos_embed_type':'sin_cos_2d'", "", "")},
        {.want = "vision_cfg has ls_init_value 1e-4", .weights = OPEN_CLIP_WEIGHTS, .file = "open_clip_config.json",
         .text = OPEN_CLIP("", ",'ls_init_value':1e-4", "", "")},
        {.want = "vision_cfg has qk_norm true", .weights = OPEN_CLIP_WEIGHTS, .file = "open_clip_config.json",
         .text = OPEN_CLIP("", ",'qk_norm':true", "", "")},
        {.want = "vision_cfg has scale_fc true", .weights = OPEN_CLIP_WEIGHTS, .file = "open_clip_config.json",
         .text = OPEN_CLIP("", ",'scale_fc':true", "", "")},
        {.want = "vision_cfg has block_type \"custom\"", .weights = OPEN_CLIP_WEIGHTS, .file = "open_clip_config.json",
         .text = OPEN_CLIP("", ",'block_type':'custom'", "", "")},
        {.want = "text_cfg has embed_cls true", .weights = OPEN_CLIP_WEIGHTS, .file = "open_clip_config.json",
         .text = OPEN_CLIP("", "", ",'embed_cls':true", "")},
        {.want = "text_cfg has proj_type \"mlp\"", .weights = OPEN_CLIP_WEIGHTS, .file = "open_clip_config.json",
         .text = OPEN_CLIP("", "", ",'proj_type':'mlp'", "")},
        {.want = "text_cfg has hf_model_name \"roberta-base\"", .weights = OPEN_CLIP_WEIGHTS,
         .file = "open_clip_config.json", .text = OPEN_CLIP("", "", ",'hf_model_name':'roberta-base'", "")},
        {.want = "text_cfg has text_arch \"modern\"", .weights = OPEN_CLIP_WEIGHTS, .file = "open_clip_config.json",
         .text = OPEN_CLIP("", "", ",'text_arch':'modern'", "")},
        {.want = "text_cfg has norm_type \"rmsnorm\"", .weights = OPEN_CLIP_WEIGHTS, .file = "open_clip_config.json",
         .text = OPEN_CLIP("", "", ",'norm_type':'rmsnorm'", "")},
        {.want = "text_cfg has scaled_cosine_attn true", .weights = OPEN_CLIP_WEIGHTS, .file = "open_clip_config.json",
         .text = OPEN_CLIP("", "", ",'scaled_cosine_attn':true", "")},
        {.want = "text_cfg has tokenizer_mode \"clips\"", .weights = OPEN_CLIP_WEIGHTS,
         .file = "open_clip_config.json", .text = OPEN_CLIP("", "", ",'tokenizer_mode':'clips'", "")},
        {.want = "preprocess_cfg has the key \"frobnicate\"", .weights = OPEN_CLIP_WEIGHTS,
         .file = "open_clip_config.json", .text = OPEN_CLIP("", "", "", "'frobnicate':1")},
        {.want = "resize_mode \"longest\"", .weights = OPEN_CLIP_WEIGHTS, .file = "open_clip_config.json",
         .text = OPEN_CLIP("", "", "", "'resize_mode':'longest','fill_color':0")},
        {.want = "no_causal_mask without pool_type", .weights = OPEN_CLIP_WEIGHTS, .file = "open_clip_config.json",
         .text = OPEN_CLIP("", "", ",'no_causal_mask':true", "")},
        {.want = "text.pad 0", .weights = OPEN_CLIP_SIGLIP, .file = "open_clip_config.json",
         .text = OPEN_CLIP_TIMM("vit_base_patch32_siglip_256", ",'timm_pool':'map','timm_proj':'none'", "", ""),
         .file2 = "tokenizer_config.json",
         .text2 = "{'pad_token':{'content':'<pad>'},'added_tokens_decoder':{'0':{'content':'<pad>'}}}"},
        {.want = "multimodal_cfg {", .weights = OPEN_CLIP_WEIGHTS, .file = "open_clip_config.json",
         .text = OPEN_CLIP("'multimodal_cfg':{'width':1},", "", "", "")},
        {.want = "the key \"frobnicate\"", .weights = OPEN_CLIP_WEIGHTS, .file = "open_clip_config.json",
         .text = OPEN_CLIP("'frobnicate':1,", "", "", "")},
        {.want = "vision_cfg has the key \"frobnicate\"", .weights = OPEN_CLIP_WEIGHTS,
         .file = "open_clip_config.json", .text = OPEN_CLIP("", ",'frobnicate':1", "", "")},
        {.want = "text_cfg has the key \"frobnicate\"", .weights = OPEN_CLIP_WEIGHTS, .file = "open_clip_config.json",
         .text = OPEN_CLIP("", "", ",'frobnicate':1", "")},
        {.want = "pooled by highest", .weights = OPEN_CLIP_WEIGHTS, .file = "open_clip_config.json",
         .text = OPEN_CLIP("'init_logit_bias':-10,'custom_text':false,", ",'patch_dropout':0.5,'output_tokens':true,'pool_type':'tok','qk_norm':false,'timm_model_name':null", ",'proj_type':'linear','embed_cls':false,'act_kwargs':null,'tokenizer_kwargs':{ }", "")},
        {.want = "the key \"elementwise_affine\"", .weights = OPEN_CLIP_WEIGHTS, .file = "open_clip_config.json",
         .text = OPEN_CLIP("", ",'norm_kwargs':{'elementwise_affine':false}", "", "")},
        {.want = "the key \"elementwise_affine\"", .weights = OPEN_CLIP_WEIGHTS, .from = "visual.ln_p*", .to = NULL,
         .file = "open_clip_config.json", .text = OPEN_CLIP("", ",'norm_kwargs':{'elementwise_affine':false}", "", "")},
        {.want = "image     vit, 1 layers", .weights = OPEN_CLIP_WEIGHTS, .from = "visual.ln_pre.*", .to = NULL,
         .file = "open_clip_config.json", .text = OPEN_CLIP("", ",'no_ln_pre':true", "", "")},
        {.want = "text.pad 0", .weights = OPEN_CLIP_WEIGHTS, .file = "open_clip_config.json",
         .text = OPEN_CLIP("", "", ",'pool_type':'last'", "")},
        {.want = "text.pad 0", .weights = OPEN_CLIP_WEIGHTS, .file = "open_clip_config.json",
         .text = OPEN_CLIP("", "", ",'pool_type':'last','pad_id':3", "")},
        {.want = "image.eps 1e-06", .weights = OPEN_CLIP_WEIGHTS, .file = "open_clip_config.json",
         .text = OPEN_CLIP("", ",'norm_kwargs':{'eps':1e-6}", "", "")},
        {.want = "gelu_tanh", .weights = OPEN_CLIP_WEIGHTS, .file = "open_clip_config.json",
         .text = OPEN_CLIP("", ",'act_kwargs':{'approximate':'tanh'}", "", "")},
        {.want = "tokenizer_kwargs has clean \"canonicalize\"", .weights = OPEN_CLIP_WEIGHTS,
         .file = "open_clip_config.json",
         .text = OPEN_CLIP("", "", ",'tokenizer_kwargs':{'clean':'canonicalize'}", "")},
        {.want = "pooled by highest", .weights = OPEN_CLIP_WEIGHTS, .file = "open_clip_config.json",
         .text = OPEN_CLIP("", "", ",'tokenizer_kwargs':{'clean':'lower'}", "")},
        {.want = "pooled by last", .weights = OPEN_CLIP_SIGLIP, .file = "open_clip_config.json",
         .text = OPEN_CLIP_TIMM("vit_base_patch32_siglip_256", ",'timm_pool':'map','timm_proj':'none'", ",'tokenizer_kwargs':{'clean':'canonicalize'}", "")},
        {.want = "the key \"strip_sep_token\"", .weights = OPEN_CLIP_SIGLIP, .file = "open_clip_config.json",
         .text = OPEN_CLIP_TIMM("vit_base_patch32_siglip_256", ",'timm_pool':'map','timm_proj':'none'", ",'tokenizer_kwargs':{'strip_sep_token':true}", "")},
        {.want = "text.pad 1", .weights = OPEN_CLIP_SIGLIP, .file = "open_clip_config.json",
         .text = OPEN_CLIP_TIMM("vit_base_patch32_siglip_256", ",'timm_pool':'map','timm_proj':'none'", "", "")},
        {.want = "8 heads", .weights = OPEN_CLIP_WEIGHTS, .file = "open_clip_config.json",
         .text = "{'model_cfg':{'vision_cfg':{'width':64,'head_width':64},'text_cfg':{'width':64}}}"},
        {.want = "pooled by highest", .weights = OPEN_CLIP_WEIGHTS, .flag = "--model", .value = "ViT-B-32",
         .flag2 = "--vocab", .value2 = FAMILY "few.txt.gz"},
        {.want = "pooled by highest", .weights = OPEN_CLIP_WEIGHTS, .flag = "--model", .value = "RN50x4-quickgelu",
         .flag2 = "--vocab", .value2 = FAMILY "few.txt.gz"},
        {.want = "pooled by highest", .weights = OPEN_CLIP_WEIGHTS, .flag = "--model", .value = "ViT-bigG-14",
         .flag2 = "--vocab", .value2 = FAMILY "few.txt.gz"},
        {.want = "pooled by highest", .weights = OPEN_CLIP_WEIGHTS, .flag = "--model",
         .value = "ViT-L-14-336-quickgelu", .flag2 = "--vocab", .value2 = FAMILY "few.txt.gz"},
        {.want = "pooled by highest", .weights = OPEN_CLIP_WEIGHTS, .flag = "--model", .value = "ViT-B-16-plus-240",
         .flag2 = "--vocab", .value2 = FAMILY "few.txt.gz"},
        {.want = "--model ViT-B-16-SigLIP2-256: only", .weights = OPEN_CLIP_WEIGHTS, .flag = "--model",
         .value = "ViT-B-16-SigLIP2-256", .flag2 = "--vocab", .value2 = FAMILY "few.txt.gz"},
        {.want = "--model ViT-L-14-CLIPA-336: only", .weights = OPEN_CLIP_WEIGHTS, .flag = "--model",
         .value = "ViT-L-14-CLIPA-336", .flag2 = "--vocab", .value2 = FAMILY "few.txt.gz"},
        {.want = "--model ViT-H-14-worldwide: only", .weights = OPEN_CLIP_WEIGHTS, .flag = "--model",
         .value = "ViT-H-14-worldwide", .flag2 = "--vocab", .value2 = FAMILY "few.txt.gz"},
        {.want = "--model coca_ViT-B-32: only", .weights = OPEN_CLIP_WEIGHTS, .flag = "--model",
         .value = "coca_ViT-B-32", .flag2 = "--vocab", .value2 = FAMILY "few.txt.gz"},
        {.want = "--model MobileCLIP2-L-14: only", .weights = OPEN_CLIP_WEIGHTS, .flag = "--model",
         .value = "MobileCLIP2-L-14", .flag2 = "--vocab", .value2 = FAMILY "few.txt.gz"},
        {.want = "--model PE-Core-B-16: only", .weights = OPEN_CLIP_WEIGHTS, .flag = "--model",
         .value = "PE-Core-B-16", .flag2 = "--vocab", .value2 = FAMILY "few.txt.gz"},
        {.want = "--model EVA02-L-14: only", .weights = OPEN_CLIP_WEIGHTS, .flag = "--model", .value = "EVA02-L-14",
         .flag2 = "--vocab", .value2 = FAMILY "few.txt.gz"},
        {.want = "--model roberta-ViT-B-32: only", .weights = OPEN_CLIP_WEIGHTS, .flag = "--model",
         .value = "roberta-ViT-B-32", .flag2 = "--vocab", .value2 = FAMILY "few.txt.gz"},
        {.want = "--model convnext_base: only", .weights = OPEN_CLIP_WEIGHTS, .flag = "--model",
         .value = "convnext_base", .flag2 = "--vocab", .value2 = FAMILY "few.txt.gz"},
        {.want = "--model any-quickgelu: only", .weights = OPEN_CLIP_WEIGHTS, .flag = "--model",
         .value = "any-quickgelu", .flag2 = "--vocab", .value2 = FAMILY "few.txt.gz"},
        {.want = "a text tower of 554 tokens", .weights = OPEN_CLIP_WEIGHTS, .flag = "--model", .value = "ViT-B-32"}};
    CONFIGS(cases);
}

// Defaults of CLIPConfig, SiglipConfig, BertConfig; ViTPooler; sentence-transformers' Pooling.
static void test_transformers_keys(void) {
    static const config_case cases[] = {
        {.want = "12 heads", .weights = BERT_WEIGHTS, .file = "config.json", .text = "{'model_type':'bert'}"},
        {.want = "12 heads", .weights = BERT_WEIGHTS, .file = "config.json", .text = "{}"},
        {.want = "3 heads", .weights = BERT_WEIGHTS, .file = "config.json", .text = "{'num_attention_heads':3}"},
        {.want = "how many attention heads", .weights = BERT_WEIGHTS, .file = "config.json",
         .text = "{'num_attention_heads':5}"},
        {.want = "image     vit, 1 layers, width 16, 4 heads", .weights = CLIP_WEIGHTS, .file = "config.json",
         .text = "{'model_type':'clip','vision_config':{'num_attention_heads':2},'vision_config_dict':{'num_attention_heads':4},'text_config':{'eos_token_id':553}}"},
        {.want = "text      clip, 1 layers, width 16, 8 heads", .weights = CLIP_WEIGHTS, .file = "config.json",
         .text = "{'model_type':'clip','vision_config':{'num_attention_heads':2},'text_config':{'eos_token_id':553}}"},
        {.want = "text      clip, 1 layers, width 16, 2 heads, mlp 20, gelu,", .weights = CLIP_WEIGHTS,
         .file = "config.json",
         .text = "{'model_type':'clip','vision_config':{'num_attention_heads':2},'text_config':{'num_attention_heads':4},'text_config_dict':{'eos_token_id':553,'hidden_act':'gelu','num_attention_heads':2}}"},
        {.want = "text      clip, 1 layers, width 16, 2 heads, mlp 20, quick_gelu", .weights = CLIP_WEIGHTS,
         .file = "config.json",
         .text = "{'model_type':'clip','vision_config':{'num_attention_heads':2},'text_config':{'hidden_act':'gelu'},'text_config_dict':{'eos_token_id':553,'num_attention_heads':2}}"},
        {.want = "how many attention heads", .weights = CLIP_WEIGHTS, .file = "config.json",
         .text = "{'model_type':'clip','vision_config':{},'text_config':{}}"},
        {.want = "says 2 layers, the tensors have 1", .weights = CLIP_WEIGHTS, .file = "config.json",
         .text = "{'model_type':'clip','vision_config':{'num_hidden_layers':2},'text_config':{}}"},
        {.want = "says 3 layers, the tensors have 1", .weights = CLIP_WEIGHTS, .file = "config.json",
         .text = "{'model_type':'clip','vision_config':{'num_attention_heads':2},'text_config':{'num_hidden_layers':3}}"},
        {.want = "pooler_act \"relu\"", .weights = DUAL_WEIGHTS, .file = "config.json", .text = DUAL_CONFIG("'relu'")},
        {.want = "vectors   10", .weights = DUAL_WEIGHTS, .file = "config.json", .text = DUAL_CONFIG("'tanh'")},
        {.want = "vectors   10", .weights = DUAL_WEIGHTS, .file = "config.json", .text = DUAL_CONFIG("null")},
        {.want = "text.pad 1", .weights = SIGLIP_WEIGHTS, .file = "config.json", .text = SIGLIP_CONFIG("")},
        {.want = "text.pad 7", .weights = SIGLIP_WEIGHTS, .file = "config.json",
         .text = SIGLIP_CONFIG(",'pad_token_id':7")},
        {.want = "text.pad 0", .weights = SIGLIP_WEIGHTS, .file = "config.json", .text = SIGLIP_CONFIG(""),
         .file2 = "tokenizer_config.json",
         .text2 = "{'pad_token':'<pad>','added_tokens_decoder':{'0':{'content':'<pad>'},'1':{'content':'<eos>'}}}"},
        {.want = "pooling_mode_max_tokens true", .weights = BERT_WEIGHTS, .file = "config.json", .text = BERT_CONFIG,
         .file2 = "1_Pooling/config.json", .text2 = "{'pooling_mode_max_tokens':true}"},
        {.want = "pooling_mode_mean_sqrt_len_tokens true", .weights = BERT_WEIGHTS, .file = "config.json",
         .text = BERT_CONFIG, .file2 = "1_Pooling/config.json", .text2 = "{'pooling_mode_mean_sqrt_len_tokens':true}"},
        {.want = "pooling_mode_weightedmean_tokens true", .weights = BERT_WEIGHTS, .file = "config.json",
         .text = BERT_CONFIG, .file2 = "1_Pooling/config.json", .text2 = "{'pooling_mode_weightedmean_tokens':true}"},
        {.want = "pooling_mode_lasttoken true", .weights = BERT_WEIGHTS, .file = "config.json", .text = BERT_CONFIG,
         .file2 = "1_Pooling/config.json", .text2 = "{'pooling_mode_lasttoken':true}"},
        {.want = "pooling_mode \"lasttoken\"", .weights = BERT_WEIGHTS, .file = "config.json", .text = BERT_CONFIG,
         .file2 = "1_Pooling/config.json", .text2 = "{'pooling_mode':'lasttoken'}"},
        {.want = "pooled by mean", .weights = BERT_WEIGHTS, .file = "config.json", .text = BERT_CONFIG,
         .file2 = "1_Pooling/config.json", .text2 = "{'pooling_mode':'lasttoken'}", .flag = "--pool", .value = "mean"},
        {.want = "--pool mean follows it", .weights = BERT_WEIGHTS, .file = "config.json", .text = BERT_CONFIG,
         .file2 = "1_Pooling/config.json", .text2 = "{'pooling_mode_cls_token':false,'pooling_mode_mean_tokens':true}"},
        {.want = "--pool mean follows it", .weights = BERT_WEIGHTS, .file = "config.json", .text = BERT_CONFIG,
         .file2 = "1_Pooling/config.json", .text2 = "{'pooling_mode':'mean'}"},
        {.want = "pooling_mode_cls_token true", .weights = BERT_WEIGHTS, .file = "config.json", .text = BERT_CONFIG,
         .file2 = "1_Pooling/config.json", .text2 = "{'pooling_mode_cls_token':true,'pooling_mode_mean_tokens':true}"},
        {.want = "pooled by cls", .weights = BERT_WEIGHTS, .file = "config.json", .text = BERT_CONFIG,
         .file2 = "1_Pooling/config.json", .text2 = "{'pooling_mode_cls_token':true,'pooling_mode_mean_tokens':false}"},
        {.want = "pooled by cls", .weights = BERT_WEIGHTS, .file = "config.json", .text = BERT_CONFIG,
         .file2 = "modules.json",
         .text2 = "[{'type':'sentence_transformers.models.Transformer'},{'type':'sentence_transformers.models.Pooling'},{'type':'sentence_transformers.models.Normalize'}]"},
        {.want = "models.Dense behind the tower", .weights = BERT_WEIGHTS, .file = "config.json", .text = BERT_CONFIG,
         .file2 = "modules.json",
         .text2 = "[{'type':'sentence_transformers.models.Transformer'},{'type':'sentence_transformers.models.Pooling'},{'type':'sentence_transformers.models.Dense'}]"},
        {.want = "left out the sentence_transformers.models.Dense", .weights = BERT_WEIGHTS, .file = "config.json",
         .text = BERT_CONFIG, .file2 = "modules.json",
         .text2 = "[{'type':'sentence_transformers.models.Transformer'},{'type':'sentence_transformers.models.Pooling'},{'type':'sentence_transformers.models.Dense'}]",
         .flag = "--pool", .value = "mean"}};
    CONFIGS(cases);
}

// BertTokenizer and tokenizers' BertNormalizer, BertPreTokenizer and WordPiece: what is set otherwise is another
// tokenizer.
static void test_tokenizers_keys(void) {
    static const config_case cases[] = {
        {.want = "wordpiece, cased", .weights = BERT_WEIGHTS, .file = "config.json", .text = BERT_CONFIG,
         .file2 = "tokenizer_config.json",
         .text2 = "{'do_lower_case':false,'tokenizer_class':'BertTokenizer','do_basic_tokenize':true,'never_split':null,'word_tokenizer_type':'basic'}",
         .flag = "--vocab", .value = GOLDENS "vocab.txt"},
        {.want = "tokenizer_class \"BertJapaneseTokenizer\"", .weights = BERT_WEIGHTS, .file = "config.json",
         .text = BERT_CONFIG, .file2 = "tokenizer_config.json", .text2 = "{'tokenizer_class':'BertJapaneseTokenizer'}",
         .flag = "--vocab", .value = GOLDENS "vocab.txt"},
        {.want = "names the class \"PreTrainedTokenizerFast\"", .weights = BERT_WEIGHTS, .file = "config.json",
         .text = BERT_CONFIG, .file2 = "tokenizer_config.json",
         .text2 = "{'tokenizer_class':'PreTrainedTokenizerFast'}", .flag = "--vocab", .value = GOLDENS "vocab.txt"},
        {.want = "do_basic_tokenize false", .weights = BERT_WEIGHTS, .file = "config.json", .text = BERT_CONFIG,
         .file2 = "tokenizer_config.json", .text2 = "{'do_basic_tokenize':false}", .flag = "--vocab",
         .value = GOLDENS "vocab.txt"},
        {.want = "clean_text false", .weights = BERT_WEIGHTS, .file = "config.json", .text = BERT_CONFIG,
         .file2 = "tokenizer_config.json", .text2 = "{'clean_text':false}", .flag = "--vocab",
         .value = GOLDENS "vocab.txt"},
        {.want = "word_tokenizer_type \"mecab\"", .weights = BERT_WEIGHTS, .file = "config.json", .text = BERT_CONFIG,
         .file2 = "tokenizer_config.json", .text2 = "{'word_tokenizer_type':'mecab'}", .flag = "--vocab",
         .value = GOLDENS "vocab.txt"},
        {.want = "subword_tokenizer_type \"character\"", .weights = BERT_WEIGHTS, .file = "config.json",
         .text = BERT_CONFIG, .file2 = "tokenizer_config.json", .text2 = "{'subword_tokenizer_type':'character'}",
         .flag = "--vocab", .value = GOLDENS "vocab.txt"},
        {.want = "never_split [\"two\"]", .weights = BERT_WEIGHTS, .file = "config.json", .text = BERT_CONFIG,
         .file2 = "tokenizer_config.json", .text2 = "{'never_split':['two']}", .flag = "--vocab",
         .value = GOLDENS "vocab.txt"},
        {.want = "wordpiece, uncased", .weights = BERT_WEIGHTS, .file = "config.json", .text = BERT_CONFIG,
         .file2 = "tokenizer.json",
         .text2 = TOKENIZER("{'type':'BertNormalizer','clean_text':true,'lowercase':true}", "{'type':'BertPreTokenizer'}", ",'continuing_subword_prefix':'##','max_input_chars_per_word':100"),
         .flag = "--vocab", .value = GOLDENS "vocab.txt"},
        {.want = "normalizer has clean_text false", .weights = BERT_WEIGHTS, .file = "config.json",
         .text = BERT_CONFIG, .file2 = "tokenizer.json",
         .text2 = TOKENIZER("{'type':'BertNormalizer','clean_text':false,'lowercase':true}", "{'type':'BertPreTokenizer'}", ""),
         .flag = "--vocab", .value = GOLDENS "vocab.txt"},
        {.want = "normalizer has type \"Sequence\"", .weights = BERT_WEIGHTS, .file = "config.json",
         .text = BERT_CONFIG, .file2 = "tokenizer.json",
         .text2 = TOKENIZER("{'type':'Sequence'}", "{'type':'BertPreTokenizer'}", ""), .flag = "--vocab",
         .value = GOLDENS "vocab.txt"},
        {.want = "normalizer is null", .weights = BERT_WEIGHTS, .file = "config.json", .text = BERT_CONFIG,
         .file2 = "tokenizer.json", .text2 = TOKENIZER("null", "{'type':'BertPreTokenizer'}", ""), .flag = "--vocab",
         .value = GOLDENS "vocab.txt"},
        {.want = "pre_tokenizer has type \"Whitespace\"", .weights = BERT_WEIGHTS, .file = "config.json",
         .text = BERT_CONFIG, .file2 = "tokenizer.json",
         .text2 = TOKENIZER("{'type':'BertNormalizer','clean_text':true,'lowercase':true}", "{'type':'Whitespace'}", ""),
         .flag = "--vocab", .value = GOLDENS "vocab.txt"},
        {.want = "continuing_subword_prefix \"@@\"", .weights = BERT_WEIGHTS, .file = "config.json",
         .text = BERT_CONFIG, .file2 = "tokenizer.json",
         .text2 = TOKENIZER("{'type':'BertNormalizer','clean_text':true,'lowercase':true}", "{'type':'BertPreTokenizer'}", ",'continuing_subword_prefix':'@@'"),
         .flag = "--vocab", .value = GOLDENS "vocab.txt"},
        {.want = "max_input_chars_per_word 3", .weights = BERT_WEIGHTS, .file = "config.json", .text = BERT_CONFIG,
         .file2 = "tokenizer.json",
         .text2 = TOKENIZER("{'type':'BertNormalizer','clean_text':true,'lowercase':true}", "{'type':'BertPreTokenizer'}", ",'max_input_chars_per_word':3"),
         .flag = "--vocab", .value = GOLDENS "vocab.txt"}};
    CONFIGS(cases);
}

// A tokenizer.json of a class that does what it says: 5 tokens, not lower case, with that post_processor.
#define GENERIC "{'tokenizer_class':'PreTrainedTokenizerFast','do_lower_case':true}"
#define FIVE "{'[PAD]':0,'[UNK]':1,'[CLS]':2,'[SEP]':3,'a':4}"
#define SAYS(normalizer, post)                                                                                         \
    "{'added_tokens':[{'content':'[PAD]'},{'content':'[UNK]'},{'content':'[CLS]'},{'content':'[SEP]'}],"               \
    "'normalizer':{'type':'BertNormalizer'" normalizer "},'post_processor':" post ",'model':{'type':'WordPiece',"      \
    "'vocab':" FIVE "}}"
#define BERT_ENDS "{'type':'BertProcessing','sep':['[SEP]',3],'cls':['[CLS]',2]}"
#define ENDS(first, between, last)                                                                                     \
    "{'type':'TemplateProcessing','single':[{'SpecialToken':{'id':'" first "'}}," between                              \
    "{'SpecialToken':{'id':'" last "'}}]}"
#define TEXT_A "{'Sequence':{'id':'A'}},"

// Beside a vocab.txt, transformers' other files say what is another tokenizer: BertTokenizer, PreTrainedTokenizerFast.
static void test_files_beside_vocab_txt(void) {
    static const config_case cases[] = {
        {.want = "wordpiece, uncased, vocabulary of 33", .weights = BERT_WEIGHTS, .file = "tokenizer_config.json",
         .text = "{'do_lower_case':true,'cls_token':'[CLS]','sep_token':{'content':'[SEP]','single_word':false,'normalized':null}}"},
        {.want = "reads [MASK] in a text as any other signs", .weights = BERT_WEIGHTS,
         .file = "tokenizer_config.json", .text = "{'mask_token':null}"},
        {.want = "wordpiece, uncased", .weights = BERT_WEIGHTS, .file = "tokenizer_config.json",
         .text = "{'mask_token':null}", .file2 = "special_tokens_map.json", .text2 = "{'mask_token':'[MASK]'}"},
        {.want = "wordpiece, uncased", .weights = BERT_WEIGHTS, .file = "tokenizer_config.json",
         .text = "{'mask_token':null}", .flag = "--vocab", .value = GOLDENS "vocab.txt"},
        {.want = "reads [SEP] in a text as any other signs", .weights = BERT_WEIGHTS,
         .file = "tokenizer_config.json", .text = GENERIC, .file2 = "tokenizer.json",
         .text2 = "{'added_tokens':[{'content':'[CLS]'}],'post_processor':" BERT_ENDS ",'model':{'vocab':" FIVE "}}"},
        {.want = "token [MASK] has single_word true", .weights = BERT_WEIGHTS, .file = "tokenizer.json",
         .text = "{'added_tokens':[{'id':4,'content':'[MASK]','single_word':true}]}"},
        {.want = "token [MASK] has single_word true", .weights = BERT_WEIGHTS, .file = "tokenizer_config.json",
         .text = "{'added_tokens_decoder':{'4':{'content':'[MASK]','single_word':true}}}"},
        {.want = "token [MASK] has normalized true", .weights = BERT_WEIGHTS, .file = "special_tokens_map.json",
         .text = "{'mask_token':{'content':'[MASK]','normalized':true}}"},
        {.want = "wordpiece, cased", .weights = BERT_WEIGHTS, .file = "special_tokens_map.json",
         .text = "{'mask_token':{'content':'[MASK]','normalized':true}}", .file2 = "tokenizer_config.json",
         .text2 = "{'do_lower_case':false}"},
        {.want = "wordpiece, uncased", .weights = BERT_WEIGHTS, .file = "special_tokens_map.json",
         .text = "{'mask_token':{'content':'[MASK]','normalized':true}}", .file2 = "tokenizer_config.json",
         .text2 = "{'added_tokens_decoder':{}}"}, // then that file isn't read
        {.want = "tokenizer_config.json adds the token \"two\"", .weights = BERT_WEIGHTS,
         .file = "tokenizer_config.json", .text = "{'bos_token':'two'}"},
        {.want = "special_tokens_map.json adds the token \"two\"", .weights = BERT_WEIGHTS,
         .file = "special_tokens_map.json", .text = "{'image_token':{'content':'two'}}"},
        {.want = "tokenizer_config.json adds the token \"two\"", .weights = BERT_WEIGHTS,
         .file = "tokenizer_config.json", .text = "{'model_specific_special_tokens':{'image_token':'two'}}"},
        {.want = "wordpiece, uncased", .weights = BERT_WEIGHTS, .file = "tokenizer_config.json",
         .text = "{'bos_token':'two'}", .flag = "--vocab", .value = GOLDENS "vocab.txt"},
        {.want = "split_special_tokens true", .weights = BERT_WEIGHTS, .file = "tokenizer_config.json",
         .text = "{'split_special_tokens':true}"},
        {.want = "up to 9 tokens", .weights = BERT_WEIGHTS, .file = "tokenizer_config.json",
         .text = "{'max_len':9}"},
        {.want = "truncation has direction \"Left\"", .weights = BERT_WEIGHTS, .file = "tokenizer.json",
         .text = "{'truncation':{'direction':'Left'}}"},
        {.want = "wordpiece, uncased", .weights = BERT_WEIGHTS, .file = "tokenizer.json",
         .text = "{'truncation':{'direction':'Left'}}", .file2 = "tokenizer_config.json",
         .text2 = "{'truncation_side':'right'}"},
        {.want = "its tokenizer_config.json has the cls_token \"<s>\"; [CLS] is known", .weights = BERT_WEIGHTS,
         .file = "tokenizer_config.json", .text = "{'cls_token':'<s>'}"},
        {.want = "its special_tokens_map.json has the unk_token {\"content\":\"<unk>\"}; [UNK] is known",
         .weights = BERT_WEIGHTS, .file = "special_tokens_map.json", .text = "{'unk_token':{'content':'<unk>'}}"},
        {.want = "has the sep_token \"</s>\"", .weights = BERT_WEIGHTS, .file = "tokenizer_config.json",
         .text = "{'sep_token':'</s>'}", .flag = "--vocab", .value = GOLDENS "vocab.txt"},
        {.want = "tokenizer.json adds the token \"[X]\"", .weights = BERT_WEIGHTS, .file = "tokenizer.json",
         .text = "{'added_tokens':[{'id':2,'content':'[CLS]'},{'id':40,'content':'[X]'}]}"},
        {.want = "tokenizer_config.json adds the token \"[X]\"", .weights = BERT_WEIGHTS,
         .file = "tokenizer_config.json",
         .text = "{'added_tokens_decoder':{'2':{'content':'[CLS]'},'40':{'content':'[X]'}}}"},
        {.want = "tokenizer_config.json adds the token \"[X]\"", .weights = BERT_WEIGHTS,
         .file = "tokenizer_config.json",
         .text = "{'additional_special_tokens':['[X]']}"},
        {.want = "tokenizer_config.json adds the token \"[X]\"", .weights = BERT_WEIGHTS,
         .file = "tokenizer_config.json",
         .text = "{'extra_special_tokens':{'x_token':'[X]'}}"},
        {.want = "special_tokens_map.json adds the token \"[X]\"", .weights = BERT_WEIGHTS,
         .file = "special_tokens_map.json",
         .text = "{'additional_special_tokens':[{'content':'[X]'}]}"},
        {.want = "added_tokens.json adds the token \"[X]\"", .weights = BERT_WEIGHTS,
         .file = "added_tokens.json", .text = "{'[X]':40}"},
        {.want = "wordpiece, uncased", .weights = BERT_WEIGHTS, .file = "added_tokens.json", .text = "{'[X]':40}",
         .flag = "--vocab", .value = GOLDENS "vocab.txt"},
        {.want = "wordpiece, uncased", .weights = BERT_WEIGHTS, .file = "added_tokens.json", .text = "{'[MASK]':4}"},
        {.want = "truncation_side \"left\"", .weights = BERT_WEIGHTS, .file = "tokenizer_config.json",
         .text = "{'truncation_side':'left'}"},
        {.want = "unk_token \"<unk>\"", .weights = BERT_WEIGHTS, .file = "tokenizer.json",
         .text = "{'model':{'type':'WordPiece','unk_token':'<unk>'}}"},
        {.want = "the ids in its tokenizer.json", .weights = BERT_WEIGHTS, .file = "tokenizer.json",
         .text = "{'model':{'type':'WordPiece','vocab':{'[PAD]':7}}}"}, // it is read before vocab.txt
        {.want = "token 4 in its tokenizer.json is no line of text without white space", .weights = BERT_WEIGHTS,
         .file = "tokenizer.json",
         .text = "{'model':{'vocab':{'[PAD]':0,'[UNK]':1,'[CLS]':2,'[SEP]':3,'a ':4}}}"},
        {.want = "token 4 in its tokenizer.json is no line of text without white space", .weights = BERT_WEIGHTS,
         .file = "tokenizer.json",
         .text = "{'model':{'vocab':{'[PAD]':0,'[UNK]':1,'[CLS]':2,'[SEP]':3,'a\\u3000':4}}}"},
        {.want = "wordpiece, cased", .weights = BERT_WEIGHTS, .file = "tokenizer_config.json",
         .text = GENERIC, .file2 = "tokenizer.json", .text2 = SAYS(",'lowercase':false", BERT_ENDS)},
        {.want = "wordpiece, uncased", .weights = BERT_WEIGHTS, .file = "tokenizer_config.json",
         .text = "{'tokenizer_class':'BertTokenizerFast','do_lower_case':true}", .file2 = "tokenizer.json",
         .text2 = SAYS(",'lowercase':false", "null")},
        {.want = "is cased but strips accents", .weights = BERT_WEIGHTS, .file = "tokenizer_config.json",
         .text = GENERIC, .file2 = "tokenizer.json",
         .text2 = SAYS(",'lowercase':false,'strip_accents':true", BERT_ENDS)},
        {.want = "joins Chinese characters", .weights = BERT_WEIGHTS, .file = "tokenizer_config.json",
         .text = GENERIC, .file2 = "tokenizer.json",
         .text2 = SAYS(",'lowercase':true,'handle_chinese_chars':false", BERT_ENDS)},
        {.want = "joins Chinese characters", .weights = BERT_WEIGHTS, .file = "tokenizer_config.json",
         .text = "{'tokenize_chinese_chars':false}"},
        {.want = "wordpiece, uncased", .weights = BERT_WEIGHTS, .file = "tokenizer_config.json", .text = GENERIC,
         .file2 = "tokenizer.json", .text2 = SAYS(",'lowercase':true", ENDS("[CLS]", TEXT_A, "[SEP]"))},
        {.want = "does not put [CLS] before a text", .weights = BERT_WEIGHTS, .file = "tokenizer_config.json",
         .text = GENERIC, .file2 = "tokenizer.json",
         .text2 = SAYS(",'lowercase':true", "null")},
        {.want = "does not put [CLS] before a text", .weights = BERT_WEIGHTS, .file = "tokenizer_config.json",
         .text = GENERIC, .file2 = "tokenizer.json",
         .text2 = SAYS(",'lowercase':true", "{'type':'BertProcessing','sep':['[SEP]',3],'cls':['<s>',2]}")},
        {.want = "does not put [CLS] before a text", .weights = BERT_WEIGHTS, .file = "tokenizer_config.json",
         .text = GENERIC, .file2 = "tokenizer.json",
         .text2 = SAYS(",'lowercase':true", "{'type':'BertProcessing','sep':['</s>',3],'cls':['[CLS]',2]}")},
        {.want = "does not put [CLS] before a text", .weights = BERT_WEIGHTS, .file = "tokenizer_config.json",
         .text = GENERIC, .file2 = "tokenizer.json",
         .text2 = SAYS(",'lowercase':true", ENDS("<s>", TEXT_A, "[SEP]"))},
        {.want = "does not put [CLS] before a text", .weights = BERT_WEIGHTS, .file = "tokenizer_config.json",
         .text = GENERIC, .file2 = "tokenizer.json",
         .text2 = SAYS(",'lowercase':true", ENDS("[CLS]", TEXT_A, "</s>"))},
        {.want = "does not put [CLS] before a text", .weights = BERT_WEIGHTS, .file = "tokenizer_config.json",
         .text = GENERIC, .file2 = "tokenizer.json",
         .text2 = SAYS(",'lowercase':true", ENDS("[CLS]", "", "[SEP]"))},
        {.want = "does not put [CLS] before a text", .weights = BERT_WEIGHTS, .file = "tokenizer_config.json",
         .text = GENERIC, .file2 = "tokenizer.json",
         .text2 = SAYS(",'lowercase':true", ENDS("[CLS]", TEXT_A TEXT_A, "[SEP]"))},
        {.want = "does not put [CLS] before a text", .weights = BERT_WEIGHTS, .file = "tokenizer_config.json",
         .text = GENERIC, .file2 = "tokenizer.json",
         .text2 = SAYS(",'lowercase':true", ENDS("[CLS]", TEXT_A "{'SpecialToken':{'id':'[SEP]'}},", "[SEP]"))},
        {.want = "does not put [CLS] before a text", .weights = BERT_WEIGHTS, .file = "tokenizer_config.json",
         .text = GENERIC, .file2 = "tokenizer.json",
         .text2 = SAYS(",'lowercase':true", ENDS("[CLS]", "{'SpecialToken':{'id':'[X]'}},", "[SEP]"))},
        {.want = "does not put [CLS] before a text", .weights = BERT_WEIGHTS, .file = "tokenizer_config.json",
         .text = GENERIC, .file2 = "tokenizer.json",
         .text2 = SAYS(",'lowercase':true", "{'single':[{'SpecialToken':{'id':'[CLS]'}},{'Sequence':{'id':'A'}}]}")},
        {.want = "does not put [CLS] before a text", .weights = BERT_WEIGHTS, .file = "tokenizer_config.json",
         .text = GENERIC, .file2 = "tokenizer.json",
         .text2 = SAYS(",'lowercase':true", "{'type':'ByteLevel'}")},
        // a model_type without a class of its own
        {.want = "wordpiece, cased", .weights = DUAL_WEIGHTS, .file = "config.json", .text = DUAL_CONFIG("'tanh'"),
         .file2 = "tokenizer.json", .text2 = SAYS(",'lowercase':false", BERT_ENDS)}};
    write_quoted(in_folder("config.json"), BERT_CONFIG);
    put_golden(GOLDENS "vocab.txt", "vocab.txt");
    CONFIGS(cases);
    remove(in_folder("config.json"));
    remove(in_folder("vocab.txt"));
}

// A tokenizer.json of CLIP's with that in place of its parts. Its vocabulary is not the model's, so that a tokenizer
// that is taken ends in SMALL.
#define CLIP_SAYS(normalizer, marks, last, model, added)                                                               \
    "{'added_tokens':[{'id':0,'content':'<|startoftext|>'}" added "],'normalizer':" normalizer ",'pre_tokenizer':"     \
    "{'type':'Sequence','pretokenizers':[{'type':'Split','pattern':{'Regex':'" marks "`s|`t|`re|`ve|`m|`ll|`d|"        \
    "[\\\\p{L}]+|[\\\\p{N}]|[^\\\\s\\\\p{L}\\\\p{N}]+'},'behavior':'Removed','invert':true},{'type':'ByteLevel',"              \
    "'add_prefix_space':false,'trim_offsets':true" last "}]},'post_processor':{'type':'RobertaProcessing',"            \
    "'sep':['<|endoftext|>',49407],'cls':['<|startoftext|>',49406],'trim_offsets':false,'add_prefix_space':false},"    \
    "'model':{'type':'BPE'" model ",'vocab':{'<|startoftext|>':0,'<|endoftext|>':1,'a':2,'b</w>':3,'ab</w>':4},"       \
    "'merges':['a b</w>']}}"
#define CLIP_NORMALIZER                                                                                                \
    "{'type':'Sequence', 'normalizers':[{'type':'NFC'},{'type':'Replace','pattern':{'Regex':'\\\\s+'},'content':' '},"  \
    "{'type':'Lowercase'}]}"
#define CLIP_BPE_KEYS "'unk_token':'<|endoftext|>','end_of_word_suffix':'</w>'"
#define CLIP_END ",{'id':1,'content':'<|endoftext|>'}"
#define SMALL "the end of a text is token 1 of the vocabulary, but the model looks for 553"

// Of a class that does what tokenizer.json says, that must be what CLIPTokenizer does.
static void test_a_tokenizer_that_says_what_clips_does(void) {
    static const char cased[] = CLIP_SAYS("{'type':'NFC'}", "", "", "," CLIP_BPE_KEYS, CLIP_END);
    static const config_case cases[] = {
        {.want = SMALL, .text2 = CLIP_SAYS(CLIP_NORMALIZER, "", "", "," CLIP_BPE_KEYS, CLIP_END)},
        {.want = SMALL,
         .text2 = CLIP_SAYS(CLIP_NORMALIZER, "<\\\\|startoftext\\\\|>|<\\\\|endoftext\\\\|>|", ",'use_regex':true",
                            "," CLIP_BPE_KEYS ",'ignore_merges':false", CLIP_END)},
        {.want = "has no normalizer as CLIP's is", .text2 = cased},
        {.want = "has no normalizer as CLIP's is", .text = "{}", .text2 = cased}, // clip_text_model
        {.want = SMALL, .text = "{'tokenizer_class':'CLIPTokenizer'}", .text2 = cased},
        {.want = SMALL, .text2 = cased, .flag = "--vocab"},
        {.want = "has no pre_tokenizer as CLIP's is",
         .text2 = CLIP_SAYS(CLIP_NORMALIZER, " ?", "", "," CLIP_BPE_KEYS, CLIP_END)},
        {.want = "has no pre_tokenizer as CLIP's is",
         .text2 = CLIP_SAYS(CLIP_NORMALIZER, "", ",'use_regex':false", "," CLIP_BPE_KEYS, CLIP_END)},
        {.want = "model has no end_of_word_suffix </w>",
         .text2 = CLIP_SAYS(CLIP_NORMALIZER, "", "", ",'unk_token':'<|endoftext|>'", CLIP_END)},
        {.want = "model has no unk_token <|endoftext|>",
         .text2 = CLIP_SAYS(CLIP_NORMALIZER, "", "", ",'unk_token':'!','end_of_word_suffix':'</w>'", CLIP_END)},
        {.want = "model has ignore_merges true",
         .text2 = CLIP_SAYS(CLIP_NORMALIZER, "", "", "," CLIP_BPE_KEYS ",'ignore_merges':true", CLIP_END)},
        {.want = "reads <|startoftext|> or <|endoftext|> in a text as any other signs",
         .text2 = CLIP_SAYS(CLIP_NORMALIZER, "", "", "," CLIP_BPE_KEYS, "")}};
    config_case filled[sizeof cases / sizeof *cases];
    char vocab[128];
    snprintf(vocab, sizeof vocab, "%s", in_folder("clip.json"));
    write_quoted(in_folder("config.json"),
                 "{'model_type':'clip_text_model','num_attention_heads':2,'eos_token_id':553}");
    write_quoted(vocab, cased);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        filled[i] = cases[i];
        filled[i].weights = CLIP_WEIGHTS;
        filled[i].file = "tokenizer_config.json", filled[i].file2 = "tokenizer.json";
        if (!cases[i].text) filled[i].text = "{'tokenizer_class':'PreTrainedTokenizerFast'}";
        filled[i].flag = "--text", filled[i].value = NULL;
        if (cases[i].flag) filled[i].flag2 = cases[i].flag, filled[i].value2 = vocab;
    }
    CONFIGS(filled);
    remove(in_folder("config.json"));
    remove(vocab);
}

// CLIPTokenizer takes vocabulary, merges and added tokens; tokenizer_config.json and special_tokens_map.json the rest.
static void test_files_beside_merges(void) {
    static const config_case cases[] = {
        {.want = "bpe, uncased, vocabulary of 554, up to 16", .weights = CLIP_WEIGHTS, .file = "tokenizer_config.json",
         .text = "{'tokenizer_class':'CLIPTokenizerFast','bos_token':'<|startoftext|>','truncation_side':'right'}"},
        {.want = "tokenizer.pad 553", .weights = CLIP_WEIGHTS},
        {.want = "tokenizer_class \"GPT2Tokenizer\"", .weights = CLIP_WEIGHTS, .file = "tokenizer_config.json",
         .text = "{'tokenizer_class':'GPT2Tokenizer'}"},
        {.want = "bpe, uncased", .weights = CLIP_WEIGHTS, .file = "tokenizer_config.json",
         .text = "{'tokenizer_class':'GPT2Tokenizer'}", .flag = "--vocab", .value = FAMILY "clip/vocab.json"},
        {.want = "truncation_side \"left\"", .weights = CLIP_WEIGHTS, .file = "tokenizer_config.json",
         .text = "{'truncation_side':'left'}", .flag = "--vocab", .value = FAMILY "clip/vocab.json"},
        {.want = "token <|startoftext|> has single_word true", .weights = CLIP_WEIGHTS,
         .file = "special_tokens_map.json", .text = "{'bos_token':{'content':'<|startoftext|>','single_word':true}}"},
        // "normalized" as transformers 5.24 takes it: added_tokens_decoder's, else tokenizer.json's, else the roles'
        {.want = "tokenizer.normalized 1", .weights = CLIP_WEIGHTS, .file = "special_tokens_map.json",
         .text = "{'bos_token':{'content':'<|startoftext|>','normalized':true},'unk_token':'<|endoftext|>'}"},
        {.want = "tokenizer.normalized 1", .weights = CLIP_WEIGHTS, .file = "tokenizer_config.json",
         .text = "{'bos_token':{'content':'<|startoftext|>','normalized':true},"
                 "'eos_token':{'content':'<|endoftext|>','normalized':true},'pad_token':'<|endoftext|>',"
                 "'unk_token':{'content':'<|endoftext|>','normalized':true}}"},
        {.want = "tokenizer.normalized 3", .weights = CLIP_WEIGHTS, .file = "tokenizer_config.json",
         .text = "{'bos_token':{'content':'<|startoftext|>','normalized':true},"
                 "'eos_token':{'content':'<|endoftext|>','normalized':false},"
                 "'pad_token':{'content':'<|endoftext|>','normalized':true},"
                 "'unk_token':{'content':'<|endoftext|>','normalized':true}}"},
        {.want = "tokenizer.normalized 2", .weights = CLIP_WEIGHTS, .file = "tokenizer_config.json",
         .text = "{'bos_token':{'content':'<|startoftext|>','normalized':true},"
                 "'pad_token':{'content':'<|endoftext|>','normalized':true},"
                 "'unk_token':{'content':'<|endoftext|>','normalized':true}}",
         .file2 = "special_tokens_map.json", .text2 = "{'bos_token':'<|startoftext|>'}"},
        {.want = "tokenizer.normalized 2", .weights = CLIP_WEIGHTS, .file = "tokenizer_config.json",
         .text = "{'bos_token':{'content':'<|startoftext|>','normalized':true},'added_tokens_decoder':{"
                 "'552':{'content':'<|startoftext|>'},'553':{'content':'<|endoftext|>','normalized':true}}}"},
        {.want = "adds the token \"!\"", .weights = CLIP_WEIGHTS, .file = "tokenizer_config.json",
         .text = "{'cls_token':'!'}"},
        {.want = "split_special_tokens true", .weights = CLIP_WEIGHTS, .file = "tokenizer_config.json",
         .text = "{'split_special_tokens':true}"},
        {.want = "up to 9 tokens", .weights = CLIP_WEIGHTS, .file = "tokenizer_config.json", .text = "{'max_len':9}"},
        {.want = "has the bos_token \"<s>\"", .weights = CLIP_WEIGHTS, .file = "special_tokens_map.json",
         .text = "{'bos_token':'<s>'}"},
        {.want = "its pad_token <pad> is no token", .weights = CLIP_WEIGHTS, .file = "tokenizer_config.json",
         .text = "{'pad_token':'<pad>'}"},
        {.want = "texts are filled up with !", .weights = CLIP_WEIGHTS, .file = "special_tokens_map.json",
         .text = "{'pad_token':{'content':'!'}}"},
        {.want = "tokenizer.pad 0", .weights = CLIP_WEIGHTS, .file = "special_tokens_map.json",
         .text = "{'pad_token':{'content':'!'}}"},
        {.want = "tokenizer.pad 0", .weights = CLIP_WEIGHTS, .file = "tokenizer_config.json",
         .text = "{'pad_token':'!','added_tokens_decoder':{'0':{'content':'!'}}}"},
        {.want = "tokenizer.pad 553", .weights = CLIP_WEIGHTS, .file = "tokenizer_config.json",
         .text = "{'added_tokens_decoder':{}}", .file2 = "special_tokens_map.json", .text2 = "{'pad_token':'!'}"},
        {.want = "tokenizer_config.json adds the token \"[X]\"", .weights = CLIP_WEIGHTS,
         .file = "tokenizer_config.json",
         .text = "{'added_tokens_decoder':{'2':{'content':'<|endoftext|>'},'40':{'content':'[X]'}}}"},
        {.want = "tokenizer_config.json adds the token \"[X]\"", .weights = CLIP_WEIGHTS,
         .file = "tokenizer_config.json",
         .text = "{'additional_special_tokens':['[X]']}"},
        {.want = "tokenizer_config.json adds the token \"[X]\"", .weights = CLIP_WEIGHTS,
         .file = "tokenizer_config.json",
         .text = "{'extra_special_tokens':{'x_token':'[X]'}}"},
        {.want = "special_tokens_map.json adds the token \"[X]\"", .weights = CLIP_WEIGHTS,
         .file = "special_tokens_map.json",
         .text = "{'additional_special_tokens':[{'content':'[X]'}]}"},
        {.want = "added_tokens.json adds the token \"[X]\"", .weights = CLIP_WEIGHTS,
         .file = "added_tokens.json", .text = "{'[X]':40}"},
        {.want = "up to 9 tokens", .weights = CLIP_WEIGHTS, .file = "tokenizer_config.json",
         .text = "{'model_max_length':9}"},
        {.want = "up to 16 tokens", .weights = CLIP_WEIGHTS, .file = "tokenizer_config.json",
         .text = "{'model_max_length':99}"},
        {.want = "the end of a text is token 553 of the vocabulary, but the model looks for 552",
         .weights = CLIP_WEIGHTS, .file = "config.json",
         .text = "{'model_type':'clip','vision_config':{'num_attention_heads':2},'text_config':{'num_attention_heads':2,'eos_token_id':552}}"}};
    write_quoted(in_folder("config.json"), CLIP_CONFIG);
    put_golden(FAMILY "clip/vocab.json", "vocab.json");
    put_golden(FAMILY "clip/merges.txt", "merges.txt");
    CONFIGS(cases);
    remove(in_folder("vocab.json"));
    remove(in_folder("merges.txt"));
}

// What is written on the way has names of its own: no other conversion's to the same path, no file's of the user.
static void test_nobody_elses_file_is_touched(void) {
    static const char *const others[] = {"in.clip.selftest", "in.clip.tmp.selftest", "in.clip.tmp.f32"};
    char name[256];
    int claim = clip__file_claim(in_folder("in.clip"), "lock", 1, name);
    CHECK(claim >= 0 && clip__file_claim(in_folder("in.clip"), "lock", 1, name) < 0 && errno == EWOULDBLOCK,
          "what is claimed is claimed again, or errno is %d", errno);
    remove(in_folder("in.clip.lock"));
    clip__file_release(claim);
    claim = clip__file_claim(in_folder("in.clip"), "tmp", CLIP__WRITERS, name); // another conversion is at it
    CHECK(claim >= 0, "%s can't be claimed", name);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) write_whole(in_folder(others[i]), "others", 6);
    CHECK(!convert_with(GOLDENS "vit", "--type", "f16", "-o", in_folder("in.clip"), NULL), "%s", told);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        size_t size;
        unsigned char *bytes = read_whole(in_folder(others[i]), &size);
        CHECK(size == 6 && !memcmp(bytes, "others", 6), "%s was touched", others[i]);
        free(bytes);
        remove(in_folder(others[i]));
    }
    remove(name);
    clip__file_release(claim);
    CHECK(!convert_with(GOLDENS "vit", "-o", "/dev/null", NULL), "a device, in a folder of root's: %s", told);
}

static void test_usage(void) {
    const char *const v = GOLDENS "vit";
#define USAGE(words, ...)                                                                                              \
    CHECK(convert_with(__VA_ARGS__, NULL) == 2 && strstr(told, words), "expected \"%s\" in: %s", words, told)
    USAGE("give one of", "-o", "x");
    USAGE("-o is missing", v);
    USAGE("-o needs a value", v, "-o");
    USAGE("unknown option --frobnicate", v, "--frobnicate");
    USAGE("one SRC only", v, v);
    USAGE("--type takes", v, "-o", "x", "--type", "f33");
    USAGE("--size takes", v, "-o", "x", "--size", "0");
    USAGE("--size takes", v, "-o", "x", "--size", "22x");
    USAGE("--resize takes", v, "-o", "x", "--resize", "crop");
    USAGE("--filter takes", v, "-o", "x", "--filter", "lanczos");
    USAGE("--pool takes", v, "-o", "x", "--pool", "max");
    USAGE("--mean takes", v, "-o", "x", "--mean", "1,2");
    USAGE("--mean takes", v, "-o", "x", "--mean", "1,2,nan");
    USAGE("--std takes", v, "-o", "x", "--std", "1,0,1");
    USAGE("--seed goes with", v, "-o", "x", "--seed", "1");
    USAGE("exclude each other", v, "-o", "x", "--heads", v, "--embed-dim", "3");
    USAGE("give one of", v, "--image", v, "-o", "x");
#undef USAGE
}

// ---- models and folders of somebody else ----------------------------------------------------------------------------

// A ViT and no more, as m.clip, with another tensor of so many zeros that `name` was made of.
static const char *clip_with(const char *name, unsigned type, unsigned source_type, unsigned turned, uint64_t d0,
                             uint64_t d1) {
    const char *path = in_folder("m.clip");
    clip__file f = {0};
    static clip__tensor tensors[256], *t;
    size_t size, n = 0;
    clip_error why = {CLIP_OK, ""};
    void *bytes = NULL, *zeros = calloc(1, 1 << 20);
    CHECK(!convert_with(GOLDENS "vit", "-o", path, NULL) && !clip__file_read(path, &why, &bytes, &size) &&
              !clip__file_open(bytes, size, &why, &f) && f.n_tensors < 256,
          "%s %s", told, why.message);
    for (size_t cursor = 0; n < f.n_tensors && clip__file_next_tensor(&f, &cursor, &tensors[n]); n++) {
        if (!clip__little_endian())
            clip__swap_tensor(&tensors[n], (char *)bytes + tensors[n].offset, 0, tensors[n].size);
    }
    t = &tensors[n++];
    memset(t, 0, sizeof *t);
    t->name = t->source = name, t->name_size = t->source_size = strlen(name);
    t->type = type, t->source_type = source_type, t->turned = turned, t->data = zeros;
    t->shape[0] = d0, t->shape[1] = d1, t->shape[2] = t->shape[3] = 1;
    t->size = clip__tensor_bytes(t);
    CHECK(t->size <= 1 << 20 &&
              !clip__file_write(path, f.bytes + CLIP__HEADER, f.keys_size, f.n_keys, tensors, n, &why),
          "%s", why.message);
    test_free(bytes);
    free(zeros);
    return path;
}

// What says that it was turned round is moved as numbers of 4 bytes, and may be no others.
static void test_only_floats_are_turned_round(void) {
    static const unsigned types[] = {CLIP__F16,   CLIP__BF16,  CLIP__F64,  CLIP__INT8,
                                     CLIP__UINT8, CLIP__INT16, CLIP__INT64};
    run r = new_run();
    source found = {NULL, 0, 0, 0};
    const source_tensor *a;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        REFUSED("can't have been turned round", "--export-safetensors",
                clip_with("a", types[i], types[i], 1, 300, 400));
    CHECK(!convert_with("--export-safetensors", clip_with("a", CLIP__INT32, CLIP__INT32, 1, 300, 400), "-o",
                        in_folder("m.safetensors"), NULL),
          "%s", told);
    CHECK(!convert_with("--export-safetensors", clip_with("a", CLIP__F32, CLIP__F32, 1, 8, 1), "-o",
                        in_folder("m.safetensors"), NULL) &&
              read_weights(&r, in_folder("m.safetensors"), &found) && source_sort(&r, &found),
          "%s%s", told, r.message);
    a = source_find(&found, "a");
    CHECK(a && a->rank == 2 && a->shape[0] == 1 && a->shape[1] == 8, "a column is no row");
    run_end(&r);
}

// Two parts of one tensor are a vector, even where the list of shapes has a scalar for it.
static void test_parts_of_a_scalar(void) {
    static const float numbers[2] = {1, 2};
    static const unsigned char key[] = "\x0d\0\x01\0\x08\0\0\0source.shapes\0\0\0\0\0\0\0"; // and a 0 more: the rank
    clip__tensor t;
    clip_error why = {CLIP_OK, ""};
    run r = new_run();
    source found = {NULL, 0, 0, 0};
    memset(&t, 0, sizeof t);
    t.name = "a", t.name_size = 1, t.source = "a\na", t.source_size = 3, t.data = numbers, t.size = sizeof numbers;
    t.shape[0] = 2, t.shape[1] = t.shape[2] = t.shape[3] = 1;
    CHECK(!clip__file_write(in_folder("m.clip"), key, sizeof key, 1, &t, 1, &why) &&
              !convert_with("--export-safetensors", in_folder("m.clip"), "-o", in_folder("m.safetensors"), NULL) &&
              read_weights(&r, in_folder("m.safetensors"), &found) && found.n == 1 && found.tensors[0].rank == 1 &&
              found.tensors[0].count == 2,
          "%s%s%s", why.message, told, r.message);
    run_end(&r);
}

// Each part has the whole tensor made, so that a thousand parts would take a thousand times as long.
static void test_parts_are_few(void) {
    static const float numbers[17] = {0};
    clip__tensor t;
    clip_error why = {CLIP_OK, ""};
    memset(&t, 0, sizeof t);
    t.name = "a", t.name_size = 1, t.source = "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\nk\nl\nm\nn\no\np\nq", t.data = numbers;
    t.shape[1] = t.shape[2] = t.shape[3] = 1;
    for (size_t parts = 16; parts <= 17; parts++) {
        t.shape[0] = parts, t.size = parts * sizeof *numbers, t.source_size = 2 * parts - 1;
        CHECK(!clip__file_write(in_folder("m.clip"), "", 0, 0, &t, 1, &why), "%s", why.message);
        if (parts > 16) REFUSED("17 names", "--export-safetensors", in_folder("m.clip"));
        else
            CHECK(!convert_with("--export-safetensors", in_folder("m.clip"), "-o", in_folder("m.safetensors"), NULL),
                  "%s", told);
    }
}

// A tensor without numbers may have a dimension as large as it likes.
static void test_tensors_without_numbers_take_no_time(void) {
    static const char *const types[] = {"f16", "bf16", "int8", "q4"};
    const uint64_t many = (uint64_t)1 << 58;
    alarm(300); // what goes on for ever is killed
    for (unsigned type = CLIP__F32; type <= CLIP__BF16; type++)
        for (unsigned turned = 0; turned < 2; turned++)
            CHECK(!convert_with("--export-safetensors", clip_with("a", type, CLIP__F32, turned, many, 0), "-o",
                                in_folder("m.safetensors"), NULL),
                  "type %u: %s", type, told);
    for (size_t i = 0; i < 4; i++)
        CHECK(!convert_with(clip_with("text.tokens", CLIP__F32, CLIP__F32, 0, many, 0), "--type", types[i], "-o",
                            in_folder("a.clip"), NULL),
              "%s: %s", types[i], told);
    alarm(0);
}

// Rows are rows, whatever the dimensions behind the first.
static void test_rows_of_many_dimensions(void) {
    clip__file f = {0};
    clip__tensor tensors[256];
    size_t size, n = 0;
    float numbers[2 * 3 * 4 * 5];
    clip_error why = {CLIP_OK, ""};
    void *bytes = NULL;
    run r = new_run();
    source found = {NULL, 0, 0, 0};
    const source_tensor *a;
    for (size_t i = 0; i < 120; i++) numbers[i] = (float)i - 50;
    CHECK(!clip__file_read(clip_with("text.tokens", CLIP__F32, CLIP__F32, 0, 6, 20), &why, &bytes, &size) &&
              !clip__file_open(bytes, size, &why, &f) && f.n_tensors < 256,
          "%s", why.message);
    if (!clip__little_endian()) clip__file_swap(&f, bytes);
    for (size_t cursor = 0; n < f.n_tensors && clip__file_next_tensor(&f, &cursor, &tensors[n]); n++)
        if (clip__name_is(tensors[n].name, tensors[n].name_size, "text.tokens")) {
            tensors[n].data = numbers;
            for (size_t d = 0; d < 4; d++) tensors[n].shape[d] = 2 + d;
        }
    CHECK(!clip__file_write(in_folder("m.clip"), f.bytes + CLIP__HEADER, f.keys_size, f.n_keys, tensors, n, &why), "%s",
          why.message);
    test_free(bytes);
    CHECK(!convert_with(in_folder("m.clip"), "--type", "f16", "-o", in_folder("a.clip"), NULL) &&
              !convert_with("--export-safetensors", in_folder("a.clip"), "-o", in_folder("m.safetensors"), NULL) &&
              read_weights(&r, in_folder("m.safetensors"), &found) && source_sort(&r, &found),
          "%s", told);
    a = source_find(&found, "text.tokens");
    CHECK(a && a->type == CLIP__F32 && a->count == 120, "it has not come back");
    for (size_t i = 0; a && i < 120; i++)
        CHECK(float_of(a->data + 4 * i) - numbers[i] == 0, "number %lu", (unsigned long)i);
    run_end(&r);
}

// Where the data lie in a file is the same to what becomes of them.
static void test_data_at_any_alignment(void) {
    static const char *const types[] = {"f32", "f16", "bf16", "int8", "q4"};
    size_t size, wanted_size = 0, got_size;
    unsigned char *bytes = read_whole(GOLDENS "bert/model.safetensors", &size),
                  *shifted = (unsigned char *)malloc(size + 3);
    const size_t header = (size_t)clip__read_le(bytes, 8);
    put_golden(GOLDENS "bert/config.json", "config.json");
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        unsigned char *wanted = NULL;
        for (size_t shift = 0; shift < 4; shift++) {
            unsigned char *got;
            clip__write_le(shifted, header + shift, 8);
            memcpy(shifted + 8, bytes + 8, header);
            memset(shifted + 8 + header, ' ', shift);
            memcpy(shifted + 8 + header + shift, bytes + 8 + header, size - 8 - header);
            write_whole(in_folder("made.safetensors"), shifted, size + shift);
            CHECK(!convert_with(in_folder("made.safetensors"), "--vocab", GOLDENS "bert/vocab.txt", "--type",
                                types[i], "-o", in_folder("m.clip"), NULL),
                  "%s: %s", types[i], told);
            got = read_whole(in_folder("m.clip"), &got_size);
            if (!shift) wanted = got, wanted_size = got_size;
            else {
                CHECK(got_size == wanted_size && !memcmp(got, wanted, got_size),
                      "%s: another file if the data begin %lu later", types[i], (unsigned long)shift);
                free(got);
            }
        }
        free(wanted);
    }
    free(bytes), free(shifted);
    remove(in_folder("config.json"));
}

// Whatever an argument has in it, what is told of it is one line that moves no cursor and turns no letters round.
static void test_arguments_move_no_cursor(void) {
    static const char evil[] = "a\033[31m\n\xe2\x80\xae.clip";
    char path[128], weights[160];
    snprintf(path, sizeof path, "%s", in_folder(evil));
    snprintf(weights, sizeof weights, "%s.safetensors", path);
#define CLEAN(status, lines, ...)                                                                                      \
    do {                                                                                                               \
        size_t lines_ = 0, steering_ = 0;                                                                              \
        CHECK(convert_with(__VA_ARGS__, NULL) == status, "%s", told);                                                  \
        for (const char *p_ = told; *p_; p_++)                                                                         \
            lines_ += *p_ == '\n', steering_ += *p_ != '\n' && (unsigned char)*p_ < 32;                                \
        CHECK(lines_ == lines && !steering_ && !strstr(told, "\xe2\x80\xae") && strstr(told, "a?[31m??.clip"),         \
              "%lu lines, of %d: %s", (unsigned long)lines_, lines, told);                                             \
    } while (0)
    CLEAN(0, 1, GOLDENS "vit", "-o", path);
    CLEAN(0, 1, "--export-safetensors", path, "-o", weights);
    CLEAN(1, 1, path, "--size", "8", "-o", in_folder("m.clip"));
    CLEAN(1, 1, weights, "-o", in_folder("m.clip"));
    CLEAN(2, 1, "--a\033[31m\n\xe2\x80\xae.clip");
    CLEAN(2, 1, evil, evil);
    CLEAN(2, 1, evil, "-o", "x", "--type", evil);
    CLEAN(2, 1, evil, "-o", "x", "--mean", evil);
#undef CLEAN
    remove(path), remove(weights);
}

// A picture that the model refuses ends the measuring. (That it is given back is for ASan to see.)
static void test_a_picture_that_can_not_be_measured(void) {
    static const char header[] = "P5 400000 1 255\n";
    unsigned char *picture = (unsigned char *)calloc(1, sizeof header + 400000);
    memcpy(picture, header, sizeof header - 1);
    mkdir(in_folder("pictures"), 0700);
    write_whole(in_folder("pictures/a.pgm"), picture, sizeof header - 1 + 400000);
    free(picture);
    REFUSED("too wide", GOLDENS "vit", "--resize", "stretch", "--type", "f16", "--measure-images",
            in_folder("pictures"));
    remove(in_folder("pictures/a.pgm"));
    rmdir(in_folder("pictures"));
}

// A folder's files are files: from a pipe or a device there may be no end, or nothing ever.
static void test_a_folders_files_are_files(void) {
    static const char *const names[] = {"model.safetensors", "config.json", "vocab.txt", "tokenizer_config.json"};
    alarm(300); // what waits for ever is killed
    for (size_t bad = 0; bad < 4; bad++)
        for (int device = 0; device < 2; device++) {
            mkdir(in_folder("source"), 0700);
            for (size_t i = 0; i < 4; i++) {
                char path[48], golden[128];
                snprintf(path, sizeof path, "source/%s", names[i]);
                snprintf(golden, sizeof golden, GOLDENS "bert/%s", names[i]);
                if (i != bad) put_golden(golden, path);
                else
                    CHECK(!(device ? symlink("/dev/zero", in_folder(path)) : mkfifo(in_folder(path), 0600)), "%s",
                          path);
            }
            REFUSED("is not a regular file", in_folder("source"));
            CHECK(strstr(told, names[bad]), "%s is not named: %s", names[bad], told);
            for (size_t i = 0; i < 4; i++) {
                char path[48];
                snprintf(path, sizeof path, "source/%s", names[i]);
                remove(in_folder(path));
            }
            rmdir(in_folder("source"));
        }
    write_whole(in_folder("model.safetensors.index.json"), "{\"weight_map\":{\"a\":\"zero\"}}", 27);
    CHECK(!symlink("/dev/zero", in_folder("zero")), "no link");
    REFUSED("zero is not a regular file", in_folder("model.safetensors.index.json"));
    remove(in_folder("model.safetensors.index.json")), remove(in_folder("zero"));
    alarm(0);
}

// ---- allocations, numbers, JSON ------------------------------------------------------------------------------------

static void test_every_allocation_may_fail(void) {
    static const char *const calls[][10] = {
        {"--image", GOLDENS "vit", "--text", GOLDENS "old", "--embed-dim", "3", "-o", "out"},
        {GOLDENS "bfloat.pt", "--size", "32", "-o", "out"},
        {GOLDENS "deflated.pth", "--size", "32", "-o", "out"},
        {GOLDENS "whole.safetensors", "--vocab", GOLDENS "vocab.txt", "--size", "32", "-o", "out"},
        {GOLDENS "shards", "-o", "out"},
        {GOLDENS "bert", "--type", "q4", "-o", "out"},
        {"--export-safetensors", "in", "-o", "out"},
        {"--info", "in"}};
    CHECK(!convert_with(GOLDENS "whole.safetensors", "--vocab", GOLDENS "vocab.txt", "--size", "32", "-o",
                        in_folder("in.clip"), NULL),
          "%s", told);
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        size_t n = 0;
        int status = 1;
        do {
            const char *a[10] = {NULL};
            for (size_t k = 0; k < 10 && calls[i][k]; k++)
                a[k] = !strcmp(calls[i][k], "in")    ? in_folder("in.clip")
                       : !strcmp(calls[i][k], "out") ? in_folder("out.clip")
                                                     : calls[i][k];
            remove(in_folder("out.clip"));
            test_allocations = 0;
            test_fail_at = ++n;
            status = convert_with(a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7], NULL);
            test_fail_at = 0;
            if (status && (!strstr(told, "memory") || file_exists(in_folder("out.clip")) ||
                           file_exists(in_folder("out.clip.tmp")) ||
                           file_exists(in_folder("out.clip.tmp.selftest")) || test_live))
                break;
        } while (status && n < 100000);
        CHECK(!status && n > 1, "%s %s: allocation %lu of it failed, %lu left: %s", calls[i][0], calls[i][1],
              (unsigned long)n, (unsigned long)test_live, told);
    }
}

static void test_half_and_brain_floats(void) {
    uint32_t wrong = 0, least = 0x33000001, tie = 0x3F801000, odd = 0x3F803000;
    for (uint32_t h = 0; h < 65536; h++) wrong += f16_of_f32(f32_of_f16(h)) != h || bf16_of_f32(h << 16) != h;
    CHECK(!wrong, "%lu of 65,536 do not come back", (unsigned long)wrong);
    CHECK(f32_of_f16(0x3C00) == 0x3F800000 && f32_of_f16(1) == 0x33800000 && f32_of_f16(0xFBFF) == 0xC77FE000,
          "1, 2^-24, -65504");
    CHECK(f16_of_f32(tie) == 0x3C00 && f16_of_f32(odd) == 0x3C02 && f16_of_f32(tie + 1) == 0x3C01,
          "to nearest, ties to even");
    CHECK(f16_of_f32(least) == 1 && f16_of_f32(least - 1) == 0 && f16_of_f32(0x477FF000) == 0x7C00 &&
              f16_of_f32(0x477FEFFF) == 0x7BFF,
          "the ends of the range");
    // what weights are narrowed by does the same, below what is refused
    for (uint32_t bits = 0; bits < 0xFF800000; bits += 4099) {
        float v;
        memcpy(&v, &bits, sizeof v);
        if (fabsf(v) < 65520) wrong += clip__f16_of_f32(v) != f16_of_f32(bits);
        if (fabsf(v) < 3.3961775e38f) wrong += clip__bf16_of_f32(v) != bf16_of_f32(bits);
    }
    CHECK(!wrong, "%lu numbers are narrowed otherwise", (unsigned long)wrong);
    CHECK(bf16_of_f32(0x3F808000) == 0x3F80 && bf16_of_f32(0x3F818000) == 0x3F82 && bf16_of_f32(0x7F800001) == 0x7F81,
          "brain floats");
}

static void test_json(void) {
    static const char *const good[] = {
        "{}", " [ ] ", "[1,-2.5e+3,0.0]", "\"\\u00e9\\\\\"", "{\"a\":{\"b\":[true,false,null,NaN,-Infinity]}}", "0"};
    static const char *const bad[] = {"",
                                      "{",
                                      "[1,]",
                                      "{\"a\"}",
                                      "{\"a\":}",
                                      "{a:1}",
                                      "[1 2]",
                                      "01",
                                      "1.",
                                      "1e",
                                      "-",
                                      "\"\\x\"",
                                      "\"\\u12\"",
                                      "\"\n\"",
                                      "tru",
                                      "{}x",
                                      "\"\xc0\x80\"",
                                      "\"\xed\xa0\x80\"",
                                      "\"\xf4\x90\x80\x80\"",
                                      "\"abc",
                                      "[}",
                                      "{\"a\":1,}"};
    json root, value;
    char s[32];
    uint64_t n;
    double x = 0;
    const char *twice = "{\"n\":1,\"n\":2}", *object =
        "{\"x\":{\"n\":2},\"n\":18446744073709551615,\"\\u0065\\ud83c\\udf0a\":[1],\"r\":-2.5e-1,\"s\":\"\\ud800\"}";
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        CHECK(!json_open(good[i], strlen(good[i]), &root), "%s", good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) CHECK(json_open(bad[i], strlen(bad[i]), &root), "%s", bad[i]);
    CHECK(!json_open(object, strlen(object), &root), "%s", object);
    CHECK(json_get(root, "n", &value) && json_integer(value, &n) && n == UINT64_MAX,
          "the n of the object, not of what is in it");
    CHECK(json_get(root, "e\xf0\x9f\x8c\x8a", &value) && json_is_list(value), "names are compared as they read");
    CHECK(json_get(root, "r", &value) && json_real(value, &x) && near(x, -.25) && !json_integer(value, &n), "%g", x);
    CHECK(json_get(root, "s", &value) && json_text(value, s, sizeof s) == (size_t)-1, "a surrogate alone is no text");
    CHECK(!json_open(twice, strlen(twice), &root) && json_get(root, "n", &value) && json_integer(value, &n) && n == 2,
          "of two members of one name the last counts, as in Python");
    CHECK(!json_open(object, strlen(object), &root), "%s", object);
    CHECK(!json_get(root, "absent", &value) && !json_get(value, "n", &value) && !json_integer(value, &n),
          "what is not there has no members");
}

int main(void) {
    const char *names[] = {"kept.clip",
                           "m.clip",
                           "m.safetensors",
                           "a.clip",
                           "b.clip",
                           "c.clip",
                           "a.safetensors",
                           "made.safetensors",
                           "made.pth",
                           "changed.safetensors",
                           "changed_too.safetensors",
                           "long.txt",
                           "in.clip",
                           "out.clip"};
    strcpy(folder, "/tmp/clip-test-XXXXXX");
    if (!mkdtemp(folder)) return puts("no folder to write into"), 1;
    mkdir(in_folder("1_Pooling"), 0700);
    test_every_form_comes_back_bit_for_bit();
    test_narrow_types();
    test_texts_that_end_without_a_line_feed();
    test_rows_of_q4();
    test_tensors_turned_round();
    test_halves_come_back();
    test_the_family();
    test_the_sources_own_files_are_followed();
    test_flags_override();
    test_new_heads_are_those_of_the_seed();
    test_info_and_help();
    test_a_tokenizer_json_without_merges();
    test_merges_make_the_vocabulary();
    test_damaged_safetensors();
    test_hostile_pickles();
    test_strides_stay_in_the_storage();
    test_cut_and_flipped();
    test_inflate();
    test_deflated_zips_that_lie();
    test_a_zip_bomb_is_refused();
    test_what_does_not_fit_is_named();
    test_how_pictures_are_brought_to_size();
    test_the_newer_processor_comes_first();
    test_heads_by_width();
    test_heads_and_what_is_left();
    test_timms_architectures();
    test_open_clips_keys();
    test_transformers_keys();
    test_tokenizers_keys();
    test_files_beside_vocab_txt();
    test_files_beside_merges();
    test_a_tokenizer_that_says_what_clips_does();
    test_nobody_elses_file_is_touched();
    test_usage();
    test_only_floats_are_turned_round();
    test_parts_of_a_scalar();
    test_parts_are_few();
    test_tensors_without_numbers_take_no_time();
    test_rows_of_many_dimensions();
    test_data_at_any_alignment();
    test_arguments_move_no_cursor();
    test_a_picture_that_can_not_be_measured();
    test_a_folders_files_are_files();
    test_every_allocation_may_fail();
    test_half_and_brain_floats();
    test_json();
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) remove(in_folder(names[i]));
    rmdir(in_folder("1_Pooling"));
    CHECK(!rmdir(folder), "%s is not empty: something was left behind", folder);
    return TEST_END();
}
