// Numbers at their edges, and arguments at theirs: what becomes of NaN, infinities, the smallest and the largest
// floats, vectors of zeros, pictures of one colour, texts without words, options and sizes that are none. Written to be
// read as the long form of NUMBERS in clip.h: each test's name is the promise, and what is expected comes from a
// formula or from PyTorch's documentation, never from this code. Every vector unit that this CPU has is gone through.
#define _XOPEN_SOURCE 700 // mkdtemp, realpath
#define CONVERT_NO_MAIN
#include "../tools/convert.c"
#include "test.h"
#include <ctype.h>
#include <sys/wait.h>

#ifdef CLIP__X86
#include <xmmintrin.h>
#endif

enum { N_KERNELS = sizeof clip__kernels / sizeof *clip__kernels };
#define EACH_KERNEL(k)                                                                                                 \
    for (const clip__kernel *k = clip__kernels; k < clip__kernels + N_KERNELS; k++)                                    \
        if (clip__kernel_runs((size_t)(k - clip__kernels)))

static char folder[256]; // for what the tests write

static const char *in_folder(const char *name) {
    static char paths[4][300];
    static int at;
    at = (at + 1) % 4;
    snprintf(paths[at], sizeof paths[at], "%s/%s", folder, name);
    return paths[at];
}

static int is_nan(const float *v, size_t n) { // all of them
    size_t odd = 0;
    for (size_t i = 0; i < n; i++) odd += v[i] != v[i];
    return odd == n;
}

static int is_finite(const float *v, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (!(v[i] - v[i] == 0)) return 0;
    return 1;
}

static int is_zero(const float *v, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (!(v[i] == 0)) return 0;
    return 1;
}

static double length_of(const float *v, size_t n) {
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += (double)v[i] * (double)v[i];
    return sqrt(sum);
}

static int near(double a, double b, double within) { return fabs(a - b) <= within; } // false for a NaN

// ---- model files, with something changed in them -------------------------------------------------------------------

typedef struct model_file {
    unsigned char *bytes;
    size_t size;
    clip__file f;
} model_file;

static model_file file_open(const char *path) {
    model_file m;
    void *bytes = NULL;
    clip_error why;
    memset(&m, 0, sizeof m);
    if (clip__file_read(path, &why, &bytes, &m.size) || clip__file_open(bytes, m.size, &why, &m.f))
        printf("%s: run from the root of the repository\n", why.message), exit(1);
    m.bytes = (unsigned char *)bytes;
    return m;
}

static model_file golden(const char *name) {
    char path[256];
    snprintf(path, sizeof path, "tests/goldens/%s.clip", name);
    return file_open(path);
}

// The same with weights of a type: "f16", "bf16", "int8", "q4"; "f32" as it is.
static model_file golden_of(const char *name, const char *type) {
    char from[256], to[400], *argv[] = {"clip-convert", from, "--type", (char *)(uintptr_t)type, "-o", to, NULL};
    FILE *streams;
    if (!strcmp(type, "f32")) return golden(name);
    snprintf(from, sizeof from, "tests/goldens/%s.clip", name);
    snprintf(to, sizeof to, "%s/%s.%s.clip", folder, name, type);
    if ((streams = fopen(to, "rb"))) return fclose(streams), file_open(to); // it was made before
    streams = tmpfile();
    CHECK(convert_main(6, argv, streams, streams) == 0, "%s can't be made %s", name, type);
    fclose(streams);
    return file_open(to);
}

static void file_close(model_file *m) { free(m->bytes); }

static clip__tensor tensor(const model_file *m, const char *name) {
    clip__tensor t;
    memset(&t, 0, sizeof t);
    if (!clip__file_find_tensor(&m->f, name, &t)) printf("there is no %s\n", name), exit(1);
    return t;
}

static unsigned char *data_of(const model_file *m, const char *name) { return m->bytes + tensor(m, name).offset; }

static void put_float(unsigned char *to, float v) { clip__write_le(to, clip__f32_bits(v), 4); }

// One number of a tensor of any type that weights have. NaN is all that is put into q8 and q4: into a scale.
static void put_number(const model_file *m, const char *name, size_t at, float v) {
    const clip__tensor t = tensor(m, name);
    unsigned char *p = m->bytes + t.offset;
    const uint16_t narrow =
        (uint16_t)(t.type == CLIP__F16 ? f16_of_f32(clip__f32_bits(v)) : bf16_of_f32(clip__f32_bits(v)));
    const size_t steps = (size_t)clip__panel_steps(t.type, t.shape[2], t.shape[3] * t.shape[1]) * CLIP__STEP;
    const uint16_t scale = (uint16_t)f16_of_f32(clip__f32_bits(v));
    if (t.type == CLIP__F32) put_float(p + 4 * at, v);
    else if (t.type == CLIP__F16 || t.type == CLIP__BF16) clip__write_le(p + 2 * at, narrow, 2);
    else if (t.layout == CLIP__ROWS && t.type == CLIP__Q8) put_float(p + 4 * (at / (size_t)t.shape[1]), v); // of a row
    else if (t.layout == CLIP__ROWS) // q4: of 32 numbers of a row
        clip__write_le(
            p + 2 * (at / (size_t)t.shape[1] * (size_t)clip__row_groups(t.shape[1]) + at % (size_t)t.shape[1] / 32),
            scale, 2);
    else if (t.type == CLIP__Q8) put_float(p + steps, v); // of column 0
    else clip__write_le(p + steps, scale, 2);
}

static void put_real(const model_file *m, const char *key, size_t i, double v) {
    clip__key k;
    uint64_t bits;
    memset(&k, 0, sizeof k);
    if (!clip__file_find_key(&m->f, key, &k)) printf("there is no %s\n", key), exit(1);
    memcpy(&bits, &v, 8);
    clip__write_le((unsigned char *)(uintptr_t)k.value + 8 * i, bits, 8);
}

// All checksums as they must be.
static void seal(const model_file *m) {
    size_t cursor = 0, at = 0;
    clip__tensor t;
    for (size_t i = 0; i < m->f.n_tensors && clip__file_next_tensor(&m->f, &cursor, &t); i++, at = cursor)
        clip__write_le(m->bytes + CLIP__HEADER + m->f.keys_size + at + 56,
                       clip__crc32(0, m->bytes + t.offset, (size_t)t.size), 4);
    clip__write_le(m->bytes + 12, clip__crc32(0, m->bytes + 16, m->f.data - 16), 4);
}

static clip_model *load(const model_file *m) {
    clip_model *model = NULL;
    clip_error why = {CLIP_OK, ""};
    seal(m);
    CHECK(!clip_model_load_memory(m->bytes, m->size, NULL, &why, &model), "%s", why.message);
    if (!model) exit(1);
    return model;
}

// What is said about a file that can't be loaded; "" if it can.
static const char *refusal(const model_file *m) {
    static clip_error why;
    clip_model *model = NULL;
    seal(m);
    *why.message = 0;
    if (!clip_model_load_memory(m->bytes, m->size, NULL, &why, &model)) clip_model_free(model);
    else CHECK(why.result == CLIP_ERROR_FORMAT && !model, "%s", why.message);
    return why.message;
}

static clip_context *context(const clip_model *model, const char *isa, size_t threads, size_t max_batch) {
    clip_options o;
    clip_context *c = NULL;
    clip_error why = {CLIP_OK, ""};
    memset(&o, 0, sizeof o);
    o.isa = isa, o.threads = threads, o.max_batch = max_batch;
    CHECK(!clip_context_new(model, &o, &why, &c), "%s", why.message);
    if (!c) exit(1);
    return c;
}

enum { PICTURES = 3, TEXTS = 5, T = 6, DIM = 64, SIDE = 70, VECTORS = PICTURES + TEXTS, HIDDEN = 2 };

// Vectors of three pictures and five texts, of which text HIDDEN has the token 7, and no other has.
static void encode(const clip_model *model, const char *isa, size_t threads, size_t max_batch, float *out) {
    static unsigned char pixels[PICTURES * SIDE * SIDE * 3];
    clip_context *c = context(model, isa, threads, max_batch);
    int32_t ids[TEXTS * T];
    for (size_t i = 0; i < sizeof pixels; i++) pixels[i] = (unsigned char)(i * i / 7 + i);
    for (size_t i = 0; i < TEXTS * T; i++) ids[i] = i % T == T - 1 ? 30 : (int32_t)(8 + i * 7 % 20);
    ids[HIDDEN * T + 1] = 7;
    CHECK(!clip_encode_pixels(c, pixels, PICTURES, out) &&
              !clip_encode_tokens(c, ids, NULL, TEXTS, T, out + PICTURES * clip_embed_dim(model)),
          "%s", clip_context_error(c));
    clip_context_free(c);
}

static const char *const TYPES[] = {"f32", "f16", "bf16", "int8", "q4"};
static const char *const MODELS[] = {"train_clip_vit", "train_clip_resnet", "train_siglip", "train_dual"};
enum { N_TYPES = sizeof TYPES / sizeof *TYPES, N_MODELS = sizeof MODELS / sizeof *MODELS };

// ---- vectors -------------------------------------------------------------------------------------------------------

// x / |x|: of zeros zeros, as PyTorch's F.normalize; of anything else that is finite a vector of length 1, however
// small or large its numbers. (x / x.norm(), as transformers has it, gives NaN for zeros, and in f32 zeros for 1e20.)
static void a_vector_is_brought_to_length_1_or_is_zero_or_nan(void) {
    static const float sizes[] = {1, 1e-10f, 1e-20f, 1e-30f, 1e-40f, 1e10f, 1e20f, 1e30f, 1e38f};
    float x[35], y[35], tiny = 1.4e-45f;
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        for (size_t i = 0; i < 35; i++) x[i] = i == 3 ? 3 * sizes[s] : i == 20 ? -1.5f * sizes[s] : 0;
        if (s == 8) x[3] = 2e38f, x[20] = -1e38f;
        clip__l2_normalize(y, x, 35);
        CHECK(near((double)y[3], 0.894427191, 2e-5) && near((double)y[20], -0.447213595, 2e-5), "%g: %g, %g",
              (double)sizes[s], (double)y[3], (double)y[20]);
    }
    clip__l2_normalize(y, &tiny, 1);
    CHECK(y[0] == 1, "the smallest number there is: %g", (double)y[0]);
    memset(x, 0, sizeof x);
    clip__l2_normalize(x, x, 35);
    CHECK(is_zero(x, 35), "zeros stay zeros");
    x[7] = INFINITY, x[9] = 1;
    clip__l2_normalize(y, x, 35);
    CHECK(is_nan(y, 35), "an infinity");
    x[7] = NAN;
    clip__l2_normalize(y, x, 35);
    CHECK(is_nan(y, 35), "a NaN");
    // and its gradient: (du - u (u . du)) / |x|, 0 for a vector without length
    memset(x, 0, sizeof x), memset(y, 0, sizeof y);
    clip__l2_backward(y, x, x, x, 35);
    CHECK(is_zero(y, 35), "no length, no gradient");
    x[7] = NAN;
    clip__l2_backward(y, x, x, x, 35);
    CHECK(is_nan(y, 35), "a NaN's gradient");
}

static void a_cosine_is_0_without_length_and_nan_with_a_nan(void) {
    static const float odd[] = {NAN, INFINITY, -INFINITY};
    float a[20], b[20];
    for (int s = -44; s <= 38; s++) { // the same direction, and one at 45 degrees, every size beside every other
        const float size = s > -44 ? powf(10, (float)s) : 1.4e-45f;
        for (int t = -44; t <= 38; t++) {
            const float other = t > -44 ? powf(10, (float)t) : 1.4e-45f;
            for (size_t i = 0; i < 20; i++) a[i] = i == 5 ? size : 0, b[i] = i == 5 || i == 18 ? other : 0;
            CHECK(near((double)clip_similarity(a, b, 20), sqrt(0.5), 2e-7) &&
                      near((double)clip_similarity(b, a, 20), sqrt(0.5), 2e-7),
                  "1e%d and 1e%d: %g", s, t, (double)clip_similarity(a, b, 20));
        }
        CHECK(near((double)clip_similarity(a, a, 20), 1, 2e-7), "1e%d: %g", s, (double)clip_similarity(a, a, 20));
    }
    for (int n = 0; n < 1000; n++) { // rounded they would be above 1, some of them
        for (size_t i = 0; i < 20; i++) a[i] = sinf((float)(n * 20 + (int)i)), b[i] = -a[i];
        CHECK(clip_similarity(a, a, 20) <= 1 && clip_similarity(a, b, 20) >= -1, "%.9g",
              (double)clip_similarity(a, a, 20));
    }
    memset(a, 0, sizeof a);
    CHECK(clip_similarity(a, b, 20) == 0 && clip_similarity(b, a, 20) == 0 && clip_similarity(a, a, 20) == 0, "zeros");
    CHECK(clip_similarity(b, b, 0) == 0, "no numbers");
    for (size_t i = 0; i < 3; i++) {
        float score;
        for (int other = 0; other < 2; other++) { // beside zeros too
            a[3] = odd[i];
            score = other ? clip_similarity(a, b, 20) : clip_similarity(b, a, 20);
            CHECK(score != score, "%g gives %g", (double)odd[i], (double)score);
            memset(a, 0, sizeof a);
            b[3] = odd[i];
            score = clip_similarity(a, b, 20);
            CHECK(score != score, "%g beside zeros gives %g", (double)odd[i], (double)score);
            b[3] = 0;
        }
    }
}

// torch.softmax(scale * scores, 0) with products that no float holds.
static void softmax_is_exact_at_large_logits_and_nan_with_a_nan(void) {
    float p[4];
    {
        const float x[] = {1e4f, -1e4f, 0, 9990};
        clip_softmax(x, 4, 1, p);
        CHECK(near((double)p[0], 1 / (1 + exp(-10)), 1e-7) && near((double)p[3], exp(-10) / (1 + exp(-10)), 1e-11) &&
                  p[1] == 0 && p[2] == 0,
              "%g %g", (double)p[0], (double)p[3]);
    }
    {
        const float x[] = {1e30f, 3e38f, -3e38f, 3e38f}, want[] = {0, 0.5f, 0, 0.5f};
        clip_softmax(x, 4, 1e30f, p);
        CHECK(!memcmp(p, want, sizeof p), "%g %g %g %g", (double)p[0], (double)p[1], (double)p[2], (double)p[3]);
        clip_softmax(x, 4, -1e30f, p);
        CHECK(p[2] == 1 && p[0] == 0 && p[1] == 0 && p[3] == 0, "a negative scale turns the order: %g", (double)p[2]);
        clip_softmax(x, 4, 0, p);
        CHECK(p[0] == 0.25f && p[1] == 0.25f && p[2] == 0.25f && p[3] == 0.25f, "a scale of 0: %g", (double)p[0]);
    }
    {
        const float x[] = {-INFINITY, 2, -INFINITY, 2};
        clip_softmax(x, 4, 1, p);
        CHECK(p[0] == 0 && p[1] == 0.5f && p[2] == 0, "-inf: %g %g", (double)p[0], (double)p[1]);
    }
    for (int k = 0; k < 4; k++) { // as PyTorch: NaN everywhere
        const float x[] = {k == 3 ? -INFINITY : 1, k == 0 ? NAN : k == 1 ? INFINITY : k == 3 ? -INFINITY : 2};
        clip_softmax(x, 2, k == 2 ? NAN : 1, p);
        CHECK(is_nan(p, 2), "case %d: %g %g", k, (double)p[0], (double)p[1]);
    }
    p[0] = -7;
    clip_softmax(p, 1, 1, p);
    CHECK(p[0] == 1, "alone");
}

// Best first; equal scores by row; what is no number last: in every type, on every vector unit, with any number of
// threads.
static void a_search_ranks_infinities_ends_and_nan_last(void) {
    enum { N = 600, D = 19 };
    static float vectors[N * D], query[D], scales[N];
    static unsigned char rows[N * D * 4];
    static clip_match all[N + 3], found[N + 3];
    const model_file file = golden("train_clip_vit");
    clip_model *model = load(&file);
    for (size_t k = 0; k < D; k++) query[k] = k == 2 ? 0.5f : 0.25f;
    for (size_t i = 0; i < N; i++)
        for (size_t k = 0; k < D; k++) vectors[i * D + k] = i % 3 ? 0.5f : (float)(i % 5) - 2.0f;
    memset(vectors + 301 * D, 0, D * sizeof *vectors);
    vectors[4 * D + 18] = NAN, vectors[599 * D] = NAN, vectors[5 * D + 2] = -INFINITY, vectors[6 * D + 2] = INFINITY;
    for (int type = CLIP_INDEX_F32; type <= CLIP_INDEX_INT8; type++)
        EACH_KERNEL(k) for (size_t threads = 1; threads < 4; threads += 2) {
            // what has no place in the type: f16 takes its largest number, int8 makes the row a NaN
            const size_t nans = type == CLIP_INDEX_INT8 ? 4 : 2;
            clip_context *c = context(model, k->isa, threads, 0);
            clip_index x = {(clip_index_type)type, N, D, rows, scales};
            size_t n = 9, wrong = 0;
            clip_index_pack(x.type, vectors, N, D, rows, scales);
            CHECK(!clip_search(c, &x, query, N + 3, all, &n) && n == N, "%s", clip_context_error(c));
            for (size_t i = 1; i < N; i++)
                wrong += all[i].score > all[i - 1].score ||
                         (all[i].score == all[i - 1].score && all[i].index < all[i - 1].index);
            CHECK(!wrong, "%s, type %d: %zu rows stand before better ones", k->isa, type, wrong);
            for (size_t i = 0; i < N; i++) wrong += (all[i].score != all[i].score) != (i >= N - nans);
            CHECK(!wrong && all[N - 1].index == 599 && all[N - nans].index == 4,
                  "%s, type %d: NaNs are not last, by row", k->isa, type);
            if (type != CLIP_INDEX_INT8) CHECK(all[0].index == 6 && all[N - 3].index == 5, "%s: infinities", k->isa);
            for (size_t i = 0; i < N; i++) wrong += all[i].index == 301 && all[i].score != 0;
            CHECK(!wrong, "%s, type %d: a row of zeros has a score", k->isa, type);
            for (size_t few = 0; few < 9; few += 2) { // fewer are the first of them
                CHECK(!clip_search(c, &x, query, few, found, &n) && n == few, "%zu", n);
                for (size_t i = 0; i < few; i++) CHECK(found[i].index == all[i].index, "%s: %zu", k->isa, i);
            }
            if (type == CLIP_INDEX_F32) {
                CHECK(clip_top_k(vectors, N, D, query, N, found) == N, "top_k");
                for (size_t i = 0; i < N; i++) wrong += found[i].index != all[i].index;
                CHECK(!wrong, "%s: clip_top_k ranks otherwise", k->isa);
            }
            query[0] = NAN; // then nothing is better than anything: by row
            CHECK(!clip_search(c, &x, query, 5, found, &n) && n == 5, "%zu", n);
            for (size_t i = 0; i < 5; i++)
                CHECK(found[i].index == i && found[i].score != found[i].score, "%s: row %zu", k->isa, found[i].index);
            query[0] = 0.25f;
            clip_context_free(c);
        }
    // sizes of numbers that are not usual: the largest becomes 127 whatever it is
    {
        const float odd[] = {3e38f, -3e38f, 0, 0, 1e-44f, -1e-44f, INFINITY, 1, NAN, 1};
        signed char q[10];
        float scale[5];
        clip_index_pack(CLIP_INDEX_INT8, odd, 5, 2, q, scale);
        CHECK(q[0] == 127 && q[1] == -127 && near((double)scale[0], 3e38 / 127, 1e32), "%d x %g", q[0],
              (double)scale[0]);
        CHECK(q[2] == 0 && scale[1] == 0 && q[4] == 127 && q[5] == -127, "zeros, the smallest: %d %d", q[2], q[4]);
        CHECK(is_nan(scale + 3, 2), "no scale for infinities and NaNs");
    }
    clip_model_free(model);
    free(file.bytes);
}

// A picture whose vectors are NaN is found by nobody, and a caption of NaNs does not hide the picture's other one.
static void recall_counts_nan_as_not_found(void) {
    const float images[] = {1, 0, 0, 1}, texts[] = {NAN, NAN, 1, 0, 0, 1};
    const float broken[] = {NAN, 0, 0, 1};
    const size_t picture[] = {0, 0, 1}, nowhere[] = {2, (size_t)-1, 1};
    const model_file file = golden("train_clip_vit");
    clip_model *model = load(&file);
    clip_context *c = context(model, NULL, 1, 0);
    double r[6];
    clip_recall(c, images, 2, texts, 3, 2, picture, r);
    CHECK(near(r[0], 2 / 3.0, 1e-12) && near(r[2], 2 / 3.0, 1e-12), "texts: %g", r[0]);
    CHECK(r[3] == 1, "pictures: %g: one has a caption of NaNs, and a good one", r[3]);
    clip_recall(c, broken, 2, texts, 3, 2, picture, r);
    CHECK(near(r[0], 1 / 3.0, 1e-12) && r[3] == 0.5 && r[5] == 0.5, "%g %g", r[0], r[3]);
    clip_recall(c, images, 2, texts, 3, 2, nowhere, r);
    CHECK(near(r[0], 1 / 3.0, 1e-12) && r[3] == 1, "texts of pictures that are not there: %g %g", r[0], r[3]);
    clip_context_free(c);
    clip_model_free(model);
    free(file.bytes);
}

// ---- operations, on every vector unit ------------------------------------------------------------------------------

// Of all 65,536 numbers of 16 bits: what IEEE 754 says, infinities and NaNs among them.
static void numbers_of_16_bits_are_those_of_ieee_754(void) {
    static uint16_t panel[CLIP__STEP / 2 * 2048];
    static float wide[2 * 16 * 2048];
    clip__weights w = {(const unsigned char *)panel, CLIP__F16, 1, 2 * 2048};
    const float one = 1;
    for (size_t i = 0; i < 65536; i++) panel[i] = (uint16_t)i;
    EACH_KERNEL(k) {
        size_t wrong = 0;
        if (!strcmp(k->isa, "plain")) clip__unpack_f32_plain(wide, &w, w.panels);
#ifdef CLIP__X86
        else if (!strcmp(k->isa, "avx2") || !strcmp(k->isa, "avxvnni")) clip__unpack_f32_avx2(wide, &w, w.panels);
        else clip__unpack_f32_avx512(wide, &w, w.panels);
#elif defined(CLIP__ARM)
        else clip__unpack_f32_neon(wide, &w, w.panels);
#endif
        for (size_t i = 0; i < 65536; i++) {
            const int sign = i >> 15 & 1, exponent = i >> 10 & 31, fraction = i & 1023;
            const double size = exponent == 31 ? (double)INFINITY
                                : exponent     ? ldexp(1024 + fraction, exponent - 25)
                                               : ldexp(fraction, -24);
            const size_t step = i / 32, c = i % 32 / 2;
            const float got = wide[(2 * step + i % 2) * 16 + c];
            float score;
            k->scores(&score, CLIP_INDEX_F16, &panel[i], 1, 1, &one);
            if (exponent == 31 && fraction) wrong += got == got || score == score;
            else wrong += got != (float)(sign ? -size : size) || score != got;
        }
        CHECK(!wrong, "%s: %zu of them are others", k->isa, wrong);
    }
}

// Attention's softmax of n scores, some hidden: torch.softmax(x, -1).
static void attention_is_defined_for_any_scores(void) {
    EACH_KERNEL(k) for (size_t n = 1; n <= 40; n += 13) {
        float x[48 + 16];
        unsigned char mask[64] = {0};
        for (size_t i = 0; i < n; i++) x[i] = i == n / 2 ? 1e4f : -1e4f;
        k->softmax(x, NULL, n);
        for (size_t i = 0; i < n; i++) CHECK(x[i] == (i == n / 2), "%s: %g at %zu", k->isa, (double)x[i], i);
        for (size_t i = 0; i < n; i++) x[i] = 1e30f;
        k->softmax(x, NULL, n);
        for (size_t i = 0; i < n; i++) CHECK(near((double)x[i], 1 / (double)n, 1e-7), "%s: %g", k->isa, (double)x[i]);
        for (size_t i = 0; i < n; i++) x[i] = i ? -INFINITY : 1e-40f;
        k->softmax(x, NULL, n);
        for (size_t i = 0; i < n; i++) CHECK(x[i] == !i, "%s: %g at %zu beside -inf", k->isa, (double)x[i], i);
        for (size_t i = 0; i < n; i++) x[i] = i == n - 1 ? NAN : 1;
        k->softmax(x, NULL, n);
        CHECK(is_nan(x, n), "%s: a NaN among %zu", k->isa, n);
        for (size_t i = 0; i < n; i++) x[i] = i == n - 1 ? INFINITY : 1;
        k->softmax(x, NULL, n);
        CHECK(is_nan(x, n), "%s: an infinity among %zu", k->isa, n);
        for (size_t i = 0; i < n; i++) x[i] = i ? NAN : -3, mask[i] = !i; // what is hidden may be anything
        k->softmax(x, mask, n);
        for (size_t i = 0; i < n; i++) CHECK(x[i] == !i, "%s: %g at %zu beside hidden NaNs", k->isa, (double)x[i], i);
        memset(mask, 0, sizeof mask);
        for (size_t i = 0; i < n; i++) x[i] = NAN;
        k->softmax(x, mask, n);
        CHECK(is_zero(x, n), "%s: all %zu hidden: zeros", k->isa, n);
    }
}

// What each activation is far out, by its formula. torch.nn.functional.gelu(-inf) is -inf * 0, a NaN; so is it here.
static void activations_are_defined_far_out(void) {
    static const float x[] = {1e4f, -1e4f, 1e30f, -1e30f, INFINITY, -INFINITY, NAN, 1e-40f, -1e-40f, 0};
    enum { N = sizeof x / sizeof *x };
    static const clip__activation kinds[] = {CLIP__IDENTITY,  CLIP__RELU,       CLIP__GELU,
                                             CLIP__GELU_TANH, CLIP__QUICK_GELU, CLIP__TANH};
    EACH_KERNEL(k) for (size_t f = 0; f < sizeof kinds / sizeof *kinds; f++) {
        const int tanh = kinds[f] == CLIP__TANH, same = kinds[f] == CLIP__IDENTITY;
        float y[N], s[N];
        k->activation(kinds[f], y, x, N);
        for (size_t i = 0; i < N; i++) s[i] = 1;
        k->slope(kinds[f], s, x, N);
        for (size_t i = 0; i < 3; i++) { // to the right x itself, or 1
            const size_t at = 2 * i;
            CHECK(y[at] == (tanh ? 1 : x[at]), "%s, activation %zu: %g of %g", k->isa, f, (double)y[at], (double)x[at]);
            if (at > 2) continue;
            CHECK(y[at + 1] == (same   ? x[at + 1]
                                : tanh ? -1
                                       : 0),
                  "%s, %zu: %g of %g", k->isa, f, (double)y[at + 1],
                  (double)x[at + 1]); // to the left 0, or x, or -1
            if (at && kinds[f] == CLIP__GELU_TANH)
                CHECK(is_nan(s + at, 2), "0 * x^2: as PyTorch's gelu backward has it");
            else
                CHECK(s[at] == !tanh && s[at + 1] == (float)same, "%s, slope %zu: %g at %g, %g at its negative", k->isa,
                      f, (double)s[at], (double)x[at], (double)s[at + 1]);
        }
        CHECK(kinds[f] == CLIP__RELU ? y[5] == 0
              : tanh                 ? y[5] == -1
              : same                 ? y[5] == -INFINITY
                                     : y[5] != y[5],
              "%s, %zu: %g of -inf", k->isa, f, (double)y[5]);
        CHECK(y[6] != y[6], "%s, %zu: %g of a NaN", k->isa, f, (double)y[6]);
        CHECK(kinds[f] == CLIP__RELU || same || s[6] != s[6], "%s, %zu: a slope of %g at a NaN", k->isa, f,
              (double)s[6]);
        for (size_t i = 7; i < N; i++) // half of it, or it; of tanh to within 1e-7
            CHECK(near((double)y[i],
                       same                     ? (double)x[i]
                       : kinds[f] == CLIP__RELU ? fmax((double)x[i], 0)
                       : tanh                   ? 0
                                                : (double)x[i] / 2,
                       tanh ? 1e-7 : 1.5e-45),
                  "%s, %zu: %g of %g", k->isa, f, (double)y[i], (double)x[i]);
    }
}

// torch.nn.functional.layer_norm: a row of equal numbers gives the bias. (With an eps of 0 it is 0 / 0, a NaN, there
// and here.)
static void norms_of_equal_numbers_are_the_bias(void) {
    enum { W = 37 };
    static const float values[] = {0, 1, -3, 1e4f, 1e-20f, 1e-40f};
    EACH_KERNEL(k) {
        float x[3 * W], y[3 * W], weight[W], bias[W];
        const clip__norm norm = {weight, bias};
        for (size_t i = 0; i < W; i++) weight[i] = 2, bias[i] = (float)i;
        for (size_t v = 0; v < sizeof values / sizeof *values; v++) {
            for (size_t i = 0; i < 3 * W; i++) x[i] = i / W == 1 && i % W == 20 ? NAN : values[v];
            k->layernorm(y, x, &norm, 3, W, 1e-5f);
            for (size_t i = 0; i < W;
                 i++) // 1e4: the mean of 37 of it, in f32, is off by 1e-3 at most; 316 = 1 / sqrt(eps)
                CHECK(near((double)y[i], (double)i, fabs((double)values[v]) * 1e-7 * 2 * 316 + 1e-6) &&
                          y[2 * W + i] == y[i],
                      "%s: %g of %g", k->isa, (double)y[i], (double)values[v]);
            CHECK(is_nan(y + W, W), "%s: a NaN is in all of its row", k->isa);
        }
        for (size_t i = 0; i < W; i++) x[i] = i % 2 ? 1e30f : -1e30f; // the variance is beyond f32
        k->layernorm(y, x, &norm, 1, W, 1e-5f);
        for (size_t i = 0; i < W; i++) CHECK(y[i] == bias[i], "%s: 1e30 gives %g", k->isa, (double)y[i]);
    }
}

// torch.max_pool2d takes a NaN for the greatest.
static void a_nan_is_the_greatest(void) {
    EACH_KERNEL(k) for (size_t n = 1; n < 40; n += 7) {
        float x[40], y[40];
        for (size_t i = 0; i < n; i++) x[i] = i % 2 ? NAN : 1, y[i] = i % 3 ? NAN : INFINITY;
        k->greater(y, x, n);
        for (size_t i = 0; i < n; i++)
            CHECK(i % 2 || i % 3 ? y[i] != y[i] : y[i] == INFINITY, "%s: %g at %zu", k->isa, (double)y[i], i);
    }
}

// Rows of bytes: x = min + scale u. A NaN or an infinity makes the scale a NaN, and so all of the row's results; rows
// of equal numbers come back as they were, and the range of all floats is no trouble.
static void narrowing_is_defined_for_any_row(void) {
    EACH_KERNEL(k) for (size_t n = 1; n < 70; n += 17) {
        static const float equal[] = {0, -2, 1e38f, 1e-40f};
        float x[70], range[2];
        unsigned char u[70];
        uint16_t narrow[70];
        for (size_t e = 0; e < 4; e++) {
            for (size_t i = 0; i < n; i++) x[i] = equal[e];
            k->narrow_u8(u, range, x, n, INFINITY);
            for (size_t i = 0; i < n; i++)
                CHECK(range[1] + range[0] * u[i] == equal[e], "%s: %g became %g", k->isa, (double)equal[e],
                      (double)range[1]);
        }
        for (size_t at = 0; at < n; at += 16)
            for (int odd = 0; odd < 3; odd++) {
                for (size_t i = 0; i < n; i++) x[i] = (float)i;
                x[at] = odd ? odd > 1 ? INFINITY : -INFINITY : NAN;
                k->narrow_u8(u, range, x, n, INFINITY);
                CHECK(range[0] != range[0], "%s: %g at %zu of %zu gives a scale of %g", k->isa, (double)x[at], at, n,
                      (double)range[0]);
                k->narrow_bf16(narrow, x, n);
                for (size_t i = 0; i < n; i++) {
                    const float back = clip__f32_of_bf16(narrow[i]);
                    CHECK(x[i] != x[i] ? back != back : back == x[i], "%s: %g became %g", k->isa, (double)x[i],
                          (double)back);
                }
            }
        if (n < 2) continue;
        for (size_t i = 0; i < n; i++) x[i] = i % 2 ? 3e38f : -3e38f;
        k->narrow_u8(u, range, x, n, INFINITY);
        CHECK(!(range[0] - range[0] == 0), "%s: a range beyond f32 is %g", k->isa, (double)range[0]);
    }
}

// ---- whole models --------------------------------------------------------------------------------------------------

// A token whose row is NaN makes the vector of its text NaN, and changes no bit of what stands beside it: for each type
// of weights, vector unit, number of threads and size of batch.
static void a_nan_stays_in_its_text(void) {
    float want[VECTORS * DIM], got[VECTORS * DIM];
    for (size_t m = 0; m < N_MODELS; m++)
        for (size_t t = 0; t < N_TYPES; t++) {
            model_file file = golden_of(MODELS[m], TYPES[t]), broken = golden_of(MODELS[m], TYPES[t]);
            clip_model *model = load(&file), *other;
            const size_t dim = clip_embed_dim(model), width = model->text_head.in;
            put_number(&broken, "text.tokens", 7 * width + width / 2, NAN);
            other = load(&broken);
            EACH_KERNEL(k) {
                encode(model, k->isa, 1, 0, want);
                for (size_t i = 0; i < VECTORS; i++) // unbroken all have length 1
                    CHECK(near(length_of(want + i * dim, dim), 1, 1e-5), "%s %s %s: vector %zu has length %g",
                          MODELS[m], TYPES[t], k->isa, i, length_of(want + i * dim, dim));
                for (size_t threads = 1; threads < 4; threads += 2)
                    for (size_t batch = 1; batch <= 8; batch += 7) {
                        const size_t at = (PICTURES + HIDDEN) * dim;
                        encode(other, k->isa, threads, batch, got);
                        CHECK(is_nan(got + at, dim), "%s %s %s: the NaN is hidden", MODELS[m], TYPES[t], k->isa);
                        CHECK(!memcmp(got, want, at * sizeof *got) &&
                                  !memcmp(got + at + dim, want + at + dim, (VECTORS * dim - at - dim) * sizeof *got),
                              "%s %s %s: other vectors have changed", MODELS[m], TYPES[t], k->isa);
                    }
            }
            clip_model_free(model), clip_model_free(other);
            file_close(&file), file_close(&broken);
        }
}

// What fills the rows of a window up to whole steps is multiplied by what stands behind a picture, which may be another
// one: it must be zeros.
static void only_zeros_fill_rows_up(void) {
    size_t filled = 0;
    for (size_t t = 0; t < N_TYPES; t++) {
        model_file file = golden_of("train_clip_resnet", TYPES[t]);
        const clip__tensor w = tensor(&file, "image.stem.conv1.weight");
        const size_t g = clip__type_step[w.type], line = (size_t)(w.shape[3] * w.shape[1]), steps = (line + g - 1) / g;
        CHECK(!*refusal(&file), "%s: %s", TYPES[t], refusal(&file));
        for (size_t y = 1; y <= w.shape[2] && line % g; y++, filled++) {
            unsigned char *last = file.bytes + w.offset + y * steps * CLIP__STEP - 1;
            *last ^= 0x10;
            CHECK(strstr(refusal(&file), "image.stem.conv1.weight: what fills"), "%s, row %zu: \"%s\"", TYPES[t], y,
                  refusal(&file));
            *last ^= 0x10;
        }
        file_close(&file);
    }
    CHECK(filled >= 6, "%zu rows are filled up", filled);
}

// One number of a weight: a NaN makes all vectors of the tower NaN, on every vector unit and in every type; anything
// else gives the same kind of vector on all of them. The other tower does not change, and clip_selftest says so.
static void a_broken_weight_shows(void) {
    static const float odd[] = {NAN, INFINITY, -INFINITY, 1e38f, -1e38f, 1e-40f};
    static const char *const first[] = {"image.patch.weight", "image.stem.conv1.weight", "image.patch.weight",
                                        "image.patch.weight"};
    float want[VECTORS * DIM], got[VECTORS * DIM], plain[VECTORS * DIM];
    for (size_t m = 0; m < N_MODELS; m++)
        for (size_t t = 0; t < N_TYPES; t++)
            for (size_t o = 0; o < sizeof odd / sizeof *odd; o++)
                for (int of_text = 0; of_text < 2; of_text++) {
                    const char *name = of_text ? "text.blocks.0.mlp.fc1.weight" : first[m];
                    model_file file = golden_of(MODELS[m], TYPES[t]);
                    clip_model *model = load(&file), *other;
                    clip_context *c;
                    const size_t dim = clip_embed_dim(model);
                    float worst = 7;
                    model_file broken = file;
                    broken.bytes = memcpy(malloc(file.size), file.bytes, file.size), broken.f.bytes = broken.bytes;
                    if (o && t > 2) { // of q8 and q4 the scales alone may be odd
                        clip_model_free(model), file_close(&file), file_close(&broken);
                        continue;
                    }
                    put_number(&broken, name, 0, odd[o]);
                    other = load(&broken);
                    EACH_KERNEL(k) {
                        const int first_kernel = k == clip__kernels;
                        const float *mine = got + (of_text ? PICTURES * dim : 0);
                        const size_t n = of_text ? TEXTS : PICTURES;
                        encode(model, k->isa, 1, 0, want);
                        encode(other, k->isa, 1, 0, got);
                        if (first_kernel) memcpy(plain, got, sizeof plain);
                        for (size_t i = 0; i < n; i++) {
                            const int all = is_nan(mine + i * dim, dim);
                            CHECK(all || is_finite(mine + i * dim, dim), "%s: half a NaN", k->isa);
                            CHECK(o || all, "%s %s %s, %s: a NaN is hidden", MODELS[m], TYPES[t], k->isa, name);
                            CHECK(all == is_nan(plain + (mine - got) + i * dim, dim),
                                  "%s %s %s, %s: %g is no NaN, or one", MODELS[m], TYPES[t], k->isa, name,
                                  (double)odd[o]);
                        }
                        CHECK(!memcmp(of_text ? got : got + PICTURES * dim, of_text ? want : want + PICTURES * dim,
                                      (VECTORS - n) * dim * sizeof *got),
                              "%s: the other tower has changed", k->isa);
                    }
                    c = context(other, NULL, 1, 1);
                    if (!o)
                        CHECK(clip_selftest(c, &worst) == CLIP_ERROR_SELFTEST && worst == 7, "%s",
                              clip_context_error(c));
                    clip_context_free(c);
                    clip_model_free(model), clip_model_free(other);
                    file_close(&file), file_close(&broken);
                }
}

// A file whose own vectors are NaN is not one that agrees with anything.
static void a_selftest_of_nan_fails(void) {
    static const char *const names[] = {"selftest.image_vector", "selftest.text_vector"};
    static const float odd[] = {NAN, INFINITY};
    for (int i = 0; i < 2; i++)
        for (int k = 0; k < 2; k++)
            for (int both = 0; both < 2; both++) { // the weights too: NaN is not equal to NaN, nor infinity to itself
                model_file file = golden("train_clip_vit");
                clip_model *model;
                clip_context *c;
                float worst = 7;
                put_number(&file, names[i], 3, odd[k]);
                if (both) put_number(&file, i ? "text.tokens" : "image.class", 0, NAN);
                if (both) put_number(&file, i ? "text.positions" : "image.positions", 0, NAN);
                model = load(&file);
                c = context(model, NULL, 1, 1);
                CHECK(clip_selftest(c, &worst) == CLIP_ERROR_SELFTEST && worst == 7 &&
                          strstr(clip_context_error(c), names[i]) && strstr(clip_context_error(c), "inf"),
                      "%s", clip_context_error(c));
                clip_context_free(c);
                clip_model_free(model);
                file_close(&file);
            }
}

// Keys that are divided by, or rooted, are looked at when the file is loaded.
static void numbers_of_the_pipeline_are_checked_at_load(void) {
    static const struct {
        const char *key;
        double bad[8];
        double good[2];
    } cases[] = {
        {"image.std", {0, -1, 1e-30, 1e7, (double)NAN, (double)INFINITY, -(double)INFINITY, 1e-7}, {1e-6, 1e6}},
        {"image.mean", {1e7, -1e7, (double)NAN, (double)INFINITY, -(double)INFINITY, 1e300, -1e300, 2e6}, {-1e6, 1e6}},
        {"image.eps", {-1e-9, -1, (double)NAN, (double)INFINITY, -(double)INFINITY, 1e7, -1e300, 1e300}, {0, 1e-300}},
        {"text.eps", {-1e-9, -1, (double)NAN, (double)INFINITY, -(double)INFINITY, 1e7, -1e300, 1e300}, {0, 1}}};
    static const float scales[] = {NAN, INFINITY, -INFINITY};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        model_file file = golden("train_clip_vit");
        for (size_t k = 0; k < 8; k++) {
            put_real(&file, cases[i].key, i < 2 ? k % 3 : 0, cases[i].bad[k]);
            CHECK(strstr(refusal(&file), cases[i].key), "%s of %g: \"%s\"", cases[i].key, cases[i].bad[k],
                  refusal(&file));
            put_real(&file, cases[i].key, i < 2 ? k % 3 : 0, 0.5);
        }
        for (size_t k = 0; k < 2;
             k++) { // whatever is taken gives finite vectors: LayerNorm's rows are not of equal numbers
            float out[VECTORS * DIM];
            clip_model *model;
            put_real(&file, cases[i].key, i < 2 ? k % 3 : 0, cases[i].good[k]);
            model = load(&file);
            EACH_KERNEL(kernel) {
                encode(model, kernel->isa, 1, 0, out);
                CHECK(is_finite(out, VECTORS * clip_embed_dim(model)), "%s: %s of %g", kernel->isa, cases[i].key,
                      cases[i].good[k]);
            }
            clip_model_free(model);
        }
        file_close(&file);
    }
    for (size_t i = 0; i < 3; i++)
        for (int bias = 0; bias < 2; bias++) {
            model_file file = golden("train_siglip");
            put_number(&file, bias ? "logit_bias" : "logit_scale", 0, scales[i]);
            CHECK(strstr(refusal(&file), bias ? "logit_bias" : "logit_scale"), "%g: \"%s\"", (double)scales[i],
                  refusal(&file));
            put_number(&file, bias ? "logit_bias" : "logit_scale", 0, bias ? -100 : 100);
            CHECK(!*refusal(&file), "%s", refusal(&file));
            file_close(&file);
        }
}

// Scales of 0 are weights of 0; scales that are NaN or infinite make NaN, wherever they stand.
static void scales_of_panels_may_be_anything(void) {
    static const char *const names[] = {"text.blocks.0.attn.qkv.weight", "image.blocks.1.mlp.fc2.weight"};
    for (size_t t = 3; t < N_TYPES; t++)
        for (int n = 0; n < 2; n++)
            for (int odd = 0; odd < 3; odd++) {
                model_file file = golden_of("train_siglip", TYPES[t]);
                const clip__tensor x = tensor(&file, names[n]);
                const size_t width = (size_t)x.shape[1], size = (size_t)clip__panel_size(x.type, 1, width),
                             steps = (size_t)clip__panel_steps(x.type, 1, width) * CLIP__STEP;
                clip_model *model;
                float out[VECTORS * DIM];
                for (size_t p = 0; p < x.size / size; p++)
                    for (size_t c = 0; c < 16; c++) {
                        unsigned char *behind = data_of(&file, names[n]) + p * size + steps;
                        const float scale = odd ? odd > 1 ? INFINITY : NAN : 0;
                        const uint16_t narrow = (uint16_t)f16_of_f32(clip__f32_bits(scale));
                        if (x.type == CLIP__Q8) put_float(behind + 4 * c, scale);
                        else if (x.type == CLIP__Q4) clip__write_le(behind + 2 * c, narrow, 2);
                    }
                CHECK(x.type == CLIP__Q8 || x.type == CLIP__Q4, "%s is of type %u", names[n], x.type);
                model = load(&file);
                EACH_KERNEL(k) {
                    const size_t dim = clip_embed_dim(model);
                    encode(model, k->isa, 1, 0, out);
                    if (!odd) CHECK(is_finite(out, VECTORS * dim), "%s %s: %s", TYPES[t], k->isa, names[n]);
                    else
                        CHECK(is_nan(n ? out : out + PICTURES * dim, (n ? PICTURES : TEXTS) * dim), "%s %s: %s",
                              TYPES[t], k->isa, names[n]);
                }
                clip_model_free(model);
                file_close(&file);
            }
}

// The vectors of a tower whose last layer gives zeros are zeros, not NaN; and those of one that gives 1e-25 or 1e25,
// whose squares are no floats, have length 1.
static void a_vector_of_zeros_stays_one(void) {
    static const float factors[] = {0, 1e-25f, 1e25f};
    float want[VECTORS * DIM], got[VECTORS * DIM];
    for (size_t f = 0; f < 3; f++) {
        model_file file = golden("train_clip_vit");
        clip_model *model = load(&file);
        const size_t dim = clip_embed_dim(model);
        encode(model, NULL, 1, 0, want);
        clip_model_free(model);
        for (int of_text = 0; of_text < 2; of_text++) {
            const char *name = of_text ? "text.head.projection.weight" : "image.head.projection.weight";
            unsigned char *p = data_of(&file, name), *end = p + tensor(&file, name).size;
            for (; p < end; p += 4) {
                const uint32_t bits = (uint32_t)clip__read_le(p, 4);
                float w;
                memcpy(&w, &bits, sizeof w);
                put_float(p, w * factors[f]);
            }
        }
        model = load(&file);
        EACH_KERNEL(k) {
            encode(model, k->isa, 1, 0, got);
            if (!f) CHECK(is_zero(got, VECTORS * dim), "%s: not zeros", k->isa);
            for (size_t i = 0; i < VECTORS && f; i++)
                CHECK(near(length_of(got + i * dim, dim), 1, 1e-5) &&
                          (double)clip_similarity(got + i * dim, want + i * dim, dim) > 0.9999,
                      "%s, times %g: length %g", k->isa, (double)factors[f], length_of(got + i * dim, dim));
        }
        clip_model_free(model);
        file_close(&file);
    }
}

// Whatever their size, pictures of one colour are pictures of that colour when they are resized (PIL's weights add up
// to 1), and have one vector.
static void pictures_of_one_colour_are_pictures(void) {
    static unsigned char row[40000 * 4];
    static const size_t sizes[][2] = {{1, 1}, {1, 40000}, {40000, 1}, {2, 3}, {24, 24}, {333, 2}, {640, 480}};
    static const char *const models[] = {"vit_cls", "vit_mean", "resnet_basic", "resnet_bottleneck"};
    static unsigned char pixels[128 * 128 * 3];
    for (size_t m = 0; m < 4; m++) {
        model_file file = golden(models[m]);
        clip_model *model = load(&file);
        const size_t dim = clip_embed_dim(model), S = model->pipeline.S;
        EACH_KERNEL(k) {
            clip_context *c = context(model, k->isa, 1, 0);
            for (int colour = 0; colour < 256; colour += colour ? 127 : 1) {
                float want[256], got[256];
                size_t wrong = 0;
                memset(pixels, colour, S * S * 3), memset(row, colour, sizeof row);
                CHECK(!clip_encode_pixels(c, pixels, 1, want), "%s", clip_context_error(c));
                CHECK(near(length_of(want, dim), 1, 1e-5), "%s %s: length %g", models[m], k->isa, length_of(want, dim));
                for (size_t s = 0; s < sizeof sizes / sizeof *sizes && (k == clip__kernels || s < 3); s++)
                    for (size_t channels = 1; channels <= 4; channels++) {
                        unsigned char *rgb =
                            sizes[s][1] > 1 && sizes[s][0] > 1 ? malloc(sizes[s][0] * sizes[s][1] * 4) : row;
                        const clip_image image = {rgb, sizes[s][0], sizes[s][1], channels, 0};
                        clip_result result;
                        if (rgb != row) memset(rgb, colour, sizes[s][0] * sizes[s][1] * 4);
                        result = clip_encode_images(c, &image, 1, got);
                        if (sizes[s][0] == 40000 || sizes[s][1] == 40000) // may be too long for the filter, and says so
                            wrong += result ? !strstr(clip_context_error(c), "too wide") : !!memcmp(got, want, dim * 4);
                        else wrong += result || memcmp(got, want, dim * 4);
                        if (rgb != row) free(rgb);
                    }
                CHECK(!wrong, "%s %s: %zu pictures of colour %d are others", models[m], k->isa, wrong, colour);
            }
            clip_context_free(c);
        }
        clip_model_free(model);
        file_close(&file);
    }
}

// Texts without words are [CLS] [SEP]; special tokens are themselves; anything has a finite vector.
static void texts_without_words_are_texts(void) {
    static char longest[100001];
    const char *const texts[] = {"",
                                 " ",
                                 " \t\n\r\xC2\xA0\xE3\x80\x80 ",
                                 "\xE2\x80\x8B\x01\x02",
                                 "[CLS]",
                                 "[SEP][SEP]",
                                 "[PAD]",
                                 "[UNK]",
                                 "\xFF\xFE",
                                 "!?.,;:--",
                                 longest};
    enum { N = sizeof texts / sizeof *texts };
    model_file file = golden("bert");
    clip_model *model = load(&file);
    const size_t dim = clip_embed_dim(model);
    float want[N * DIM], got[N * DIM];
    memset(longest, '#', sizeof longest - 1);
    EACH_KERNEL(k) {
        clip_context *c = context(model, k->isa, 1, 0), *other = context(model, k->isa, 3, 2);
        CHECK(!clip_encode_texts(c, texts, N, want) && !clip_encode_texts(other, texts, N, got), "%s",
              clip_context_error(c));
        CHECK(!memcmp(want, got, N * dim * sizeof *got), "%s: other bits", k->isa);
        for (size_t i = 0; i < N; i++)
            CHECK(near(length_of(want + i * dim, dim), 1, 1e-5), "%s: \"%.20s\" has length %g", k->isa, texts[i],
                  length_of(want + i * dim, dim));
        for (size_t i = 1; i < 4; i++)
            CHECK(!memcmp(want, want + i * dim, dim * sizeof *want), "%s: text %zu is not the empty one", k->isa, i);
        CHECK(memcmp(want, want + 4 * dim, dim * sizeof *want), "%s: [CLS] in a text is nothing", k->isa);
        clip_context_free(c), clip_context_free(other);
    }
    clip_model_free(model);
    file_close(&file);
}

// The smallest floats are numbers like others. (Products in bf16 are an exception that CPUs make: they take them for
// 0.) A thread that has asked its CPU to flush them hands that on to the helpers of contexts that it makes: the same
// bits for any number of threads, then too.
static void the_smallest_numbers_are_not_flushed(void) {
    float a[33], b[33];
    for (size_t i = 0; i < 33; i++) a[i] = 1e-39f, b[i] = 1;
    EACH_KERNEL(k) {
        float score, range[2], x[33], s[48];
        unsigned char u[33];
        clip__norm norm = {b, a};
        k->scores(&score, CLIP_INDEX_F32, a, 1, 33, b);
        CHECK(near((double)score, 33e-39, 1e-43), "%s: a score of %g", k->isa, (double)score);
        k->activation(CLIP__RELU, x, a, 33);
        CHECK(!memcmp(x, a, sizeof x), "%s: relu of the smallest", k->isa);
        k->narrow_u8(u, range, a, 33, INFINITY);
        CHECK(range[1] == a[0], "%s: a min of %g", k->isa, (double)range[1]);
        for (size_t i = 0; i < 33; i++) x[i] = i ? -90.0f : 0, s[i] = x[i];
        k->softmax(s, NULL, 33);
        CHECK(near((double)s[1], exp(-90), exp(-90) * 1e-4), "%s: exp(-90) is %g", k->isa, (double)s[1]);
        for (size_t i = 0; i < 33; i++) x[i] = 0;
        k->layernorm(x, x, &norm, 1, 33, 1);
        CHECK(!memcmp(x, a, sizeof x), "%s: a bias of the smallest", k->isa);
    }
#ifdef CLIP__X86
    {
        const unsigned was = _mm_getcsr();
        model_file file = golden("train_dual");
        clip_model *model = load(&file);
        float one[VECTORS * DIM], three[VECTORS * DIM];
        _mm_setcsr(was | 0x8040); // FTZ and DAZ
        for (size_t i = 0; i < tensor(&file, "text.tokens").size / 4; i += 2)
            put_number(&file, "text.tokens", i, 1e-39f);
        encode(model, NULL, 1, 0, one);
        encode(model, NULL, 3, 0, three);
        CHECK(!memcmp(one, three, VECTORS * clip_embed_dim(model) * sizeof *one),
              "helpers do not flush as their maker does");
        CHECK((_mm_getcsr() & 0x8040) == 0x8040, "the caller's flags were changed");
        _mm_setcsr(was);
        encode(model, NULL, 3, 0, three);
        CHECK((_mm_getcsr() & 0x8040) == (was & 0x8040), "flags were set");
        clip_model_free(model);
        file_close(&file);
    }
#endif
}

// A map is from 0 up; without a text's direction it is zeros; with a NaN there is none.
static void a_map_is_finite_or_an_error(void) {
    for (size_t m = 0; m <= N_MODELS; m++) {
        const char *const name = m < N_MODELS ? MODELS[m] : "vit_mean";
        model_file file = golden(name);
        clip_model *model = load(&file);
        clip_error why;
        EACH_KERNEL(k) {
            clip_options o = {0};
            clip_explainer *e = NULL;
            static unsigned char pixels[SIDE * SIDE * 3];
            float sentence[DIM] = {0}, map[SIDE * SIDE], score = 7, before;
            size_t n;
            o.isa = k->isa;
            CHECK(!clip_explainer_new(model, &o, &why, &e), "%s", why.message);
            n = clip_explainer_side(e) * clip_explainer_side(e);
            for (int colour = 0; colour < 256; colour += 85) {
                memset(pixels, colour, sizeof pixels);
                for (size_t i = 0; i < DIM; i++) sentence[i] = (float)(i % 7) - 3;
                CHECK(!clip_explain(e, pixels, sentence, map, &score) && is_finite(map, n), "%s %s: %s", name,
                      k->isa, clip_explainer_error(e));
                for (size_t i = 0; i < n; i++) CHECK(map[i] >= 0, "%g", (double)map[i]);
            }
            before = score;
            memset(sentence, 0, sizeof sentence);
            CHECK(!clip_explain(e, pixels, sentence, map, &score) && score == 0, "%s: %g", name, (double)score);
            for (size_t i = 0; i < n; i++) CHECK(map[i] == 0, "%s %s: %g of no text", name, k->isa, (double)map[i]);
            for (int odd = 0; odd < 2; odd++) {
                sentence[2] = odd ? INFINITY : NAN;
                map[0] = 42, score = before;
                CHECK(clip_explain(e, pixels, sentence, map, &score) == CLIP_ERROR_NUMBER && *clip_explainer_error(e) &&
                          map[0] == 42 && score == before,
                      "%s %s: %g", name, k->isa, (double)score);
            }
            sentence[2] = 1;
            CHECK(!clip_explain(e, pixels, sentence, map, NULL) && is_finite(map, n), "after an error: %s",
                  clip_explainer_error(e));
            clip_explainer_free(e);
        }
        clip_model_free(model);
        file_close(&file);
    }
}

// ---- training ------------------------------------------------------------------------------------------------------

enum { PAIRS = 4 };
static const clip_loss LOSSES[] = {CLIP_LOSS_SOFT, CLIP_LOSS_INFONCE, CLIP_LOSS_TRIPLET, CLIP_LOSS_SIGLIP};

static uint32_t values_of(const clip_trainer *t) { // weights and moments
    uint32_t crc = clip__crc32(0, t->model->file.bytes, t->model->file.size);
    for (size_t i = 0; i < t->n_parameters; i++) {
        const clip__parameter *p = &t->parameters[i];
        if (p->first) crc = clip__crc32(crc, p->first, p->n * sizeof(float));
        if (p->second) crc = clip__crc32(crc, p->second, p->n * sizeof(float));
    }
    return crc;
}

static clip_trainer *trainer(const clip_model *model, clip_loss loss, int frozen, int bf16) {
    clip_train_options o;
    clip_trainer *t = NULL;
    clip_error why = {CLIP_OK, ""};
    memset(&o, 0, sizeof o);
    o.loss = loss, o.max_batch = PAIRS, o.freeze[0] = o.freeze[1] = frozen, o.bf16 = bf16;
    CHECK(!clip_trainer_new(model, &o, &why, &t), "%s", why.message);
    if (!t) exit(1);
    return t;
}

static clip_batch some_pairs(void) {
    static unsigned char pixels[PAIRS * SIDE * SIDE * 3];
    static int32_t ids[PAIRS * T];
    clip_batch b;
    memset(&b, 0, sizeof b);
    for (size_t i = 0; i < sizeof pixels; i++) pixels[i] = (unsigned char)(i * i / 7 + i);
    for (size_t i = 0; i < PAIRS * T; i++) ids[i] = i % T == T - 1 ? 30 : (int32_t)(8 + i * 7 % 20);
    b.n = PAIRS, b.pixels = pixels, b.ids = ids, b.T = T;
    return b;
}

// All vectors zero: all logits are the same, so that each loss is what its formula gives for a model that knows
// nothing, and nothing is divided by a length of 0.
static void losses_of_zero_vectors_are_those_of_knowing_nothing(void) {
    static const float zeros[PAIRS * DIM] = {0};
    model_file file = golden("train_clip_vit");
    clip_model *model = load(&file);
    for (size_t l = 0; l < 4; l++) {
        clip_trainer *t = trainer(model, LOSSES[l], 1, 0);
        clip_trainer_info info;
        clip_batch b;
        double loss = -1, step = -1, want = log(PAIRS);
        memset(&b, 0, sizeof b);
        b.n = PAIRS, b.image_features = zeros, b.text_features = zeros;
        clip_trainer_get_info(t, &info);
        if (LOSSES[l] == CLIP_LOSS_TRIPLET) want = 2 * 0.2; // the margin, for texts and for pictures
        if (LOSSES[l] == CLIP_LOSS_SIGLIP)                  // -log sigmoid(bias) - (n - 1) log sigmoid(-bias)
            want = log1p(exp(-info.logit_bias)) + (PAIRS - 1) * log1p(exp(info.logit_bias));
        CHECK(!clip_trainer_evaluate(t, &b, &loss) && near(loss, want, 1e-6), "loss %zu: %g, not %g", l, loss, want);
        CHECK(!clip_trainer_step(t, &b, &step) && step == loss, "loss %zu: %s", l, clip_trainer_error(t));
        clip_trainer_free(t);
    }
    clip_model_free(model);
    file_close(&file);
}

// A NaN or an infinity among the features, or the weights, of any loss: an error, and nothing is as if it had not been;
// a feature of 1e30 is a number like others.
static void a_step_that_meets_a_nan_is_refused(void) {
    static const float odd[] = {NAN, INFINITY, -INFINITY};
    static const char *const where[] = {"image.head.projection.weight",
                                        "text.head.projection.weight",
                                        "image.class",
                                        "text.positions",
                                        "image.blocks.1.mlp.fc2.bias",
                                        "text.norm.bias"};
    float features[2][PAIRS * DIM];
    model_file file = golden("train_clip_vit");
    clip_model *model = load(&file);
    for (size_t l = 0; l < 4; l++)
        for (int bf16 = 0; bf16 < 2; bf16++) {
            clip_trainer *t = trainer(model, LOSSES[l], 1, bf16);
            clip_batch b;
            uint32_t before = values_of(t);
            double loss = 42;
            memset(&b, 0, sizeof b);
            b.n = PAIRS, b.image_features = features[0], b.text_features = features[1];
            for (int of_text = 0; of_text < 2; of_text++)
                for (size_t pair = 0; pair < PAIRS; pair++)
                    for (size_t o = 0; o < 3; o++) {
                        char name[64];
                        for (size_t i = 0; i < PAIRS * DIM; i++)
                            features[0][i] = (float)(i * i % 11) - 5, features[1][i] = (float)(i * i % 13) - 6;
                        features[of_text][pair * (of_text ? model->text_head.in : model->image_head.in) + 5] = odd[o];
                        snprintf(name, sizeof name, "%s_features of pair %zu", of_text ? "text" : "image", pair);
                        CHECK(clip_trainer_evaluate(t, &b, &loss) == CLIP_ERROR_NUMBER && loss == 42 &&
                                  strstr(clip_trainer_error(t), name),
                              "loss %zu: %g, %s", l, loss, clip_trainer_error(t));
                        CHECK(clip_trainer_step(t, &b, &loss) == CLIP_ERROR_NUMBER && loss == 42 &&
                                  strstr(clip_trainer_error(t), name),
                              "loss %zu: %g, %s", l, loss, clip_trainer_error(t));
                        CHECK(clip_trainer_update(t) == CLIP_ERROR_ARGUMENT, "gradients of it were kept");
                    }
            CHECK(values_of(t) == before, "loss %zu: something has changed", l);
            for (size_t i = 0; i < PAIRS * DIM; i++)
                features[0][i] = i % 3 ? -1e30f : 1e30f, features[1][i] = i % 5 ? 1e-30f : -1e-30f;
            if (LOSSES[l] != CLIP_LOSS_SOFT) // whose logits are the products of the vectors as they are
                CHECK(!clip_trainer_evaluate(t, &b, &loss) && loss - loss == 0, "loss %zu: %s", l,
                      clip_trainer_error(t));
            clip_trainer_free(t);

            t = trainer(model, LOSSES[l], 0, bf16);
            b = some_pairs(), loss = 42;
            before = values_of(t);
            for (size_t w = 0; w < sizeof where / sizeof *where; w++)
                for (size_t i = 0; i < t->n_parameters; i++) {
                    clip__parameter *p = &t->parameters[i];
                    const float was = p->value[3];
                    if (!clip__name_is(p->name, p->name_size, where[w])) continue;
                    for (size_t o = 0; o < 3; o++) {
                        p->value[3] = odd[o];
                        CHECK(clip_trainer_evaluate(t, &b, &loss) == CLIP_ERROR_NUMBER && loss == 42 &&
                                  strstr(clip_trainer_error(t), where[w]),
                              "loss %zu, %s: %g, %s", l, where[w], loss, clip_trainer_error(t));
                        CHECK(clip_trainer_step(t, &b, &loss) == CLIP_ERROR_NUMBER && loss == 42 &&
                                  strstr(clip_trainer_error(t), where[w]),
                              "loss %zu, %s: %g, %s", l, where[w], loss, clip_trainer_error(t));
                    }
                    p->value[3] = was;
                }
            CHECK(values_of(t) == before, "loss %zu: something has changed", l);
            CHECK(!clip_trainer_step(t, &b, &loss) && loss - loss == 0 && values_of(t) != before, "loss %zu: %s", l,
                  clip_trainer_error(t));
            clip_trainer_free(t);
        }
    clip_model_free(model);
    file_close(&file);
}

// A learnt scale far out: as small as may be it makes all logits the same; too large for a float it is an error of the
// step, not a loss of NaN.
static void a_logit_scale_far_out_is_defined(void) {
    for (size_t l = 1; l < 4; l += 2)
        for (int k = 0; k < 2; k++) {
            model_file file = golden("train_siglip");
            clip_model *model;
            clip_trainer *t;
            clip_batch b = some_pairs();
            double loss = 42, want = log(PAIRS);
            put_number(&file, "logit_scale", 0, k ? 100 : -100);
            put_number(&file, "logit_bias", 0, -3);
            model = load(&file);
            t = trainer(model, LOSSES[l], 0, 0);
            if (LOSSES[l] == CLIP_LOSS_SIGLIP) want = log1p(exp(3)) + (PAIRS - 1) * log1p(exp(-3));
            if (k)
                CHECK(clip_trainer_evaluate(t, &b, &loss) == CLIP_ERROR_NUMBER &&
                          clip_trainer_step(t, &b, &loss) == CLIP_ERROR_NUMBER && loss == 42,
                      "%g: %s", loss, clip_trainer_error(t));
            else CHECK(!clip_trainer_step(t, &b, &loss) && near(loss, want, 1e-5), "%g, not %g", loss, want);
            clip_trainer_free(t);
            clip_model_free(model);
            file_close(&file);
        }
}

// Nothing that is no number is progress, the first time neither: torch.optim.lr_scheduler.ReduceLROnPlateau.
static void a_loss_of_nan_is_no_progress(void) {
    model_file file = golden("train_clip_vit");
    clip_model *model = load(&file);
    clip_train_options o;
    clip_trainer *t = NULL;
    clip_trainer_info info;
    memset(&o, 0, sizeof o);
    o.schedule = CLIP_PLATEAU, o.patience = 1, o.factor = 0.5, o.rate[0] = 1;
    CHECK(!clip_trainer_new(model, &o, NULL, &t), "no trainer");
    clip_trainer_plateau(t, (double)NAN);
    clip_trainer_plateau(t, (double)INFINITY);
    clip_trainer_get_info(t, &info);
    CHECK(info.rate[0] == 0.5, "after NaN and infinity: %g", info.rate[0]);
    clip_trainer_plateau(t, 3);
    clip_trainer_plateau(t, (double)NAN);
    clip_trainer_plateau(t, 2);
    clip_trainer_plateau(t, (double)NAN);
    clip_trainer_get_info(t, &info);
    CHECK(info.rate[0] == 0.5, "between progress: %g", info.rate[0]);
    clip_trainer_free(t);
    clip_model_free(model);
    file_close(&file);
}

// ---- arguments -----------------------------------------------------------------------------------------------------
// Every public function, with what it must not crash on: NULL, sizes of 0, sizes whose arrays can't be, options that
// nobody has filled in. What returns a clip_result returns ARGUMENT; the others 0, "" or NULL; outputs stay as they
// were. every_public_function_is_here looks for each name of the headers in what follows.

static void edges_of_models(void) {
    static const float misaligned[4] = {0};
    model_file file = golden("train_clip_vit");
    clip_model *model = NULL, *none = NULL;
    clip_model_info info;
    clip_error why;
    CHECK(clip_model_load(NULL, NULL, &why, &none) == CLIP_ERROR_ARGUMENT, "no path");
    CHECK(clip_model_load("x", NULL, &why, NULL) == CLIP_ERROR_ARGUMENT, "no place");
    CHECK(clip_model_load("x", &why, &why, &none) == CLIP_ERROR_ARGUMENT, "options, of which there are none");
    CHECK(clip_model_load("", NULL, NULL, &none) == CLIP_ERROR_IO, "an empty path");
    CHECK(clip_model_load_memory(NULL, 100, NULL, &why, &none) == CLIP_ERROR_ARGUMENT, "no data");
    CHECK(clip_model_load_memory(file.bytes, file.size, NULL, &why, NULL) == CLIP_ERROR_ARGUMENT, "no place");
    CHECK(clip_model_load_memory(file.bytes, file.size, &why, &why, &none) == CLIP_ERROR_ARGUMENT, "options");
    CHECK(clip_model_load_memory((const char *)misaligned + 1, 8, NULL, &why, &none) == CLIP_ERROR_ARGUMENT,
          "at an odd place");
    CHECK(clip_model_load_memory(file.bytes, 0, NULL, NULL, &none) == CLIP_ERROR_FORMAT, "no bytes");
    CHECK(clip_model_load_memory(file.bytes, file.size - 1, NULL, NULL, &none) == CLIP_ERROR_FORMAT, "one too few");
    CHECK(clip_model_load_memory(file.bytes, SIZE_MAX, NULL, NULL, &none) == CLIP_ERROR_FORMAT, "all there are");
    CHECK(!none, "a model was made");
    CHECK(!clip_model_load_memory(file.bytes, file.size, NULL, NULL, &model), "without a place for errors");
    info.embed_dim = 99;
    clip_model_get_info(NULL, &info);
    CHECK(info.embed_dim == 0 && !info.image.tower && clip_embed_dim(NULL) == 0, "of no model");
    clip_model_get_info(model, NULL);
    clip_model_get_info(model, &info);
    CHECK(info.embed_dim == clip_embed_dim(model) && info.embed_dim > 0, "%zu", info.embed_dim);
    clip_model_free(model);
    clip_model_free(NULL);
    for (int i = -3; i < 20; i++) CHECK(*clip_result_string((clip_result)i), "result %d has no sentence", i);
    CHECK(!strcmp(clip_result_string((clip_result)-1), clip_result_string((clip_result)99)), "unknown ones differ");
    CHECK(clip_version() == CLIP_VERSION, "%d", clip_version());
    file_close(&file);
}

static void edges_of_contexts(void) {
    model_file file = golden("train_clip_vit");
    clip_model *model = load(&file);
    clip_context *c = NULL;
    clip_options o;
    clip_error why;
    size_t size = 7, need;
    unsigned char *memory;
    float want[VECTORS * DIM], got[VECTORS * DIM];
    static unsigned char pixels[PICTURES * SIDE * SIDE * 3];
#define WRONG(change)                                                                                                  \
    do {                                                                                                               \
        memset(&o, 0, sizeof o);                                                                                       \
        change;                                                                                                        \
        *why.message = 0;                                                                                              \
        CHECK(clip_context_size(model, &o, &why, &size) == CLIP_ERROR_ARGUMENT && size == 7 && *why.message, "%s",     \
              #change);                                                                                                \
        CHECK(clip_context_new(model, &o, NULL, &c) == CLIP_ERROR_ARGUMENT && !c, "%s", #change);                      \
        CHECK(clip_context_init(model, &o, pixels, sizeof pixels, &why, &c) == CLIP_ERROR_ARGUMENT && !c, "%s",        \
              #change);                                                                                                \
        CHECK(clip_explainer_new(model, &o, &why, NULL) == CLIP_ERROR_ARGUMENT, "%s", #change);                        \
    } while (0)
    WRONG(o.threads = SIZE_MAX);
    WRONG(o.threads = SIZE_MAX / 2);
    WRONG(o.threads = (size_t)-4);
    WRONG(o.threads = 257);
    WRONG(o.max_tokens = 1);
    WRONG(o.isa = "");
    WRONG(o.isa = "AVX2");
    WRONG(o.isa = "a vector unit whose name is far longer than any message has room for, and goes on, and on, and on, "
                  "and on, "
                  "and on, and on, and on, and on, and on, and on, and on, and on, and on, and on, and on, and on, and "
                  "on, and on");
    WRONG(memset(&o, 0xA5, sizeof o); o.isa = NULL; o.parallel_for = NULL); // as memory that nobody has filled in
    WRONG(memset(&o, 0xFF, sizeof o); o.isa = NULL; o.parallel_for = NULL);
#undef WRONG
    memset(&o, 0, sizeof o);
    o.max_batch = SIZE_MAX;
    CHECK(clip_context_size(model, &o, NULL, &size) == CLIP_ERROR_ARGUMENT && size == 7, "all there are");
    o.max_batch = 65537;
    CHECK(clip_context_size(model, &o, NULL, &size) == CLIP_ERROR_ARGUMENT && size == 7, "one too many");
    o.max_batch = 65536;
    CHECK(sizeof size < 8 || (!clip_context_size(model, &o, NULL, &size) && size > 65536), "the largest: %zu bytes",
          size);
    CHECK(clip_context_size(NULL, NULL, &why, &size) == CLIP_ERROR_ARGUMENT, "no model");
    CHECK(clip_context_size(model, NULL, &why, NULL) == CLIP_ERROR_ARGUMENT, "no place");
    CHECK(clip_context_new(NULL, NULL, &why, &c) == CLIP_ERROR_ARGUMENT && !c, "no model");
    CHECK(clip_context_new(model, NULL, &why, NULL) == CLIP_ERROR_ARGUMENT, "no place");
    o.max_batch = 2, o.max_tokens = SIZE_MAX, o.raw = INT_MIN; // no more than the model has; any but 0 is yes
    CHECK(!clip_context_size(model, &o, &why, &need), "%s", why.message);
    o.raw = 0;
    memory = malloc(need + 100);
    memset(memory, 77, need + 100);
    CHECK(clip_context_init(model, &o, NULL, need, &why, &c) == CLIP_ERROR_ARGUMENT && !c, "no memory");
    CHECK(clip_context_init(model, &o, memory, need, &why, NULL) == CLIP_ERROR_ARGUMENT, "no place");
    CHECK(clip_context_init(NULL, &o, memory, need, &why, &c) == CLIP_ERROR_ARGUMENT && !c, "no model");
    for (size_t few = 0; few < need; few += few < 70 ? 1 : need / 5)
        CHECK(clip_context_init(model, &o, memory, few, &why, &c) == CLIP_ERROR_MEMORY && !c, "%zu bytes are taken",
              few);
    CHECK(clip_context_init(model, &o, memory, need - 1, &why, &c) == CLIP_ERROR_MEMORY && !c, "one byte too few");
    for (size_t i = 0; i < need + 100; i++)
        if (memory[i] != 77) CHECK(!(i = need + 100), "memory was touched");
    encode(model, NULL, 1, 2, want);
    for (size_t at = 0; at < 65; at += at < 8 ? 1 : 8) { // wherever it begins
        memset(memory, 77, need + 100);
        CHECK(!clip_context_init(model, &o, memory + at, need, &why, &c), "%s", why.message);
        for (size_t i = 0; i < sizeof pixels; i++) pixels[i] = (unsigned char)(i * i / 7 + i);
        CHECK(!clip_encode_pixels(c, pixels, PICTURES, got) &&
                  !memcmp(got, want, PICTURES * clip_embed_dim(model) * sizeof *got),
              "memory at %zu gives other bits", at);
        clip_context_free(c);
        for (size_t i = 0; i < 100 - at; i++) CHECK(memory[at + need + i] == 77, "byte %zu behind it was touched", i);
        if (at) CHECK(memory[at - 1] == 77, "the byte before it was touched");
    }
    clip_context_free(NULL);
    CHECK(!*clip_context_error(NULL) && !*clip_isa_name(NULL), "of no context");
    CHECK(clip_selftest(NULL, got) == CLIP_ERROR_ARGUMENT, "no context");
    c = context(model, NULL, 1, 1);
    CHECK(!*clip_context_error(c) && *clip_isa_name(c) && !clip_selftest(c, NULL), "%s", clip_context_error(c));
    clip_context_free(c);
    clip_model_free(model);
    free(memory);
    file_close(&file);
}

static void edges_of_encoding(void) {
    model_file file = golden("train_clip_vit"), words = golden("bert");
    clip_model *model = load(&file), *text_model = load(&words);
    clip_context *c = context(model, NULL, 1, 2), *tc = context(text_model, NULL, 1, 2);
    static unsigned char rgb[SIDE * SIDE * 3];
    unsigned char mask[4] = {1, 1, 1, 1}, pixel = 99;
    int32_t ids[4] = {1, 2, 3, 30};
    float out[DIM] = {42};
    size_t count = 9;
    clip_image image = {rgb, 5, 4, 3, 0};
    const char *sentence = "a", *const *texts = &sentence;
    const size_t huge[] = {SIZE_MAX, SIZE_MAX / 2, SIZE_MAX / 3, SIZE_MAX / 4 + 1, (size_t)-2};
#define REFUSED(call)                                                                                                  \
    CHECK((call) == CLIP_ERROR_ARGUMENT && out[0] == 42 && pixel == 99 && count == 9 && ids[0] == 1, "%s", #call)
    for (size_t i = 0; i < sizeof huge / sizeof *huge; i++) { // what looks like a negative number
        REFUSED(clip_encode_pixels(c, rgb, huge[i], out));
        REFUSED(clip_encode_images(c, &image, huge[i], out));
        REFUSED(clip_preprocess(c, &image, huge[i], &pixel));
        REFUSED(clip_encode_tokens(c, ids, mask, huge[i], 4, out));
        REFUSED(clip_encode_tokens(c, ids, mask, 1, huge[i], out));
        REFUSED(clip_encode_texts(tc, texts, huge[i], out));
        CHECK(strstr(clip_context_error(tc), "address space"), "%s", clip_context_error(tc));
#define BAD(change)                                                                                                    \
    image = (clip_image){rgb, 5, 4, 3, 0}, change;                                                                     \
    REFUSED(clip_encode_images(c, &image, 1, out));                                                                    \
    REFUSED(clip_preprocess(c, &image, 1, &pixel))
        BAD(image.width = huge[i]);
        BAD(image.height = huge[i]);
        BAD(image.channels = huge[i]);
        BAD(image.stride = huge[i]);
    }
    BAD(image.data = NULL);
    BAD(image.width = 0);
    BAD(image.height = 0);
    BAD(image.channels = 0);
    BAD(image.channels = 5);
    BAD(image.stride = 14);
    BAD(memset(&image, 0xA5, sizeof image));
#undef BAD
    image = (clip_image){rgb, 5, 4, 3, 0};
    REFUSED(clip_encode_pixels(NULL, rgb, 1, out));
    REFUSED(clip_encode_pixels(c, NULL, 1, out));
    REFUSED(clip_encode_pixels(c, rgb, 1, NULL));
    REFUSED(clip_encode_images(NULL, &image, 1, out));
    REFUSED(clip_encode_images(c, NULL, 1, out));
    REFUSED(clip_encode_images(c, &image, 1, NULL));
    REFUSED(clip_preprocess(NULL, &image, 1, &pixel));
    REFUSED(clip_preprocess(c, NULL, 1, &pixel));
    REFUSED(clip_preprocess(c, &image, 1, NULL));
    REFUSED(clip_encode_tokens(NULL, ids, mask, 1, 4, out));
    REFUSED(clip_encode_tokens(c, NULL, mask, 1, 4, out));
    REFUSED(clip_encode_tokens(c, ids, mask, 1, 4, NULL));
    REFUSED(clip_encode_tokens(c, ids, mask, 1, 0, out));
    ids[3] = INT32_MIN;
    REFUSED(clip_encode_tokens(c, ids, mask, 1, 4, out));
    ids[3] = INT32_MAX;
    REFUSED(clip_encode_tokens(c, ids, mask, 1, 4, out));
    REFUSED(clip_encode_texts(NULL, texts, 1, out));
    REFUSED(clip_encode_texts(tc, NULL, 1, out));
    REFUSED(clip_encode_texts(tc, texts, 1, NULL));
    sentence = NULL;
    REFUSED(clip_encode_texts(tc, texts, 1, out));
    REFUSED(clip_tokenize(NULL, "a", ids, 4, &count));
    REFUSED(clip_tokenize(tc, NULL, ids, 4, &count));
    REFUSED(clip_tokenize(tc, "a", NULL, 4, &count));
    REFUSED(clip_tokenize(tc, "a", ids, 4, NULL));
    REFUSED(clip_tokenize(tc, "a", ids, 1, &count));
    REFUSED(clip_tokenize(tc, "a", ids, 0, &count));
#undef REFUSED
    CHECK(clip_tokenize(c, "a", ids, 4, &count) == CLIP_ERROR_UNSUPPORTED && count == 9, "a model without a tokenizer");
    CHECK(!clip_tokenize(tc, "a b c d e f", ids, 2, &count) && count == 2, "room for two: %zu", count);
    // nothing to do, and nothing to do it with
    CHECK(!clip_encode_pixels(c, NULL, 0, NULL) && !clip_encode_images(c, NULL, 0, NULL) &&
              !clip_preprocess(c, NULL, 0, NULL),
          "no pictures");
    CHECK(!clip_encode_tokens(c, NULL, NULL, 0, 0, NULL) && !clip_encode_texts(tc, NULL, 0, NULL), "no texts");
    // a stride above what is there to read of the last row
    image.stride = 15, image.height = 4;
    CHECK(!clip_encode_images(c, &image, 1, out), "%s", clip_context_error(c));
    clip_context_free(c), clip_context_free(tc);
    clip_model_free(model), clip_model_free(text_model);
    file_close(&file), file_close(&words);
}

static void edges_of_comparing(void) {
    const float a[4] = {1, 2, 3, 4}, two[4] = {4, 3, 2, 1};
    const size_t picture[2] = {0, 1};
    model_file file = golden("train_clip_vit");
    clip_model *model = load(&file);
    clip_context *c = context(model, NULL, 1, 0);
    clip_match best[3] = {{77, 0}, {77, 0}, {77, 0}};
    clip_index x = {CLIP_INDEX_F32, 2, 2, a, NULL};
    float p[4] = {9, 9, 9, 9}, scale = 9;
    signed char q[4] = {9, 9, 9, 9};
    double r[6] = {9, 9, 9, 9, 9, 9};
    size_t found = 9;
    CHECK(clip_similarity(NULL, a, 4) == 0 && clip_similarity(a, NULL, 4) == 0 && clip_similarity(NULL, NULL, 0) == 0,
          "NULL");
    CHECK(near((double)clip_similarity(a, a, 4), 1, 2e-7), "of itself, in one place: %g",
          (double)clip_similarity(a, a, 4));

    CHECK(clip_top_k(NULL, 2, 2, a, 1, best) == 0 && clip_top_k(a, 2, 2, NULL, 1, best) == 0 &&
              clip_top_k(a, 2, 2, two, 1, NULL) == 0,
          "NULL");
    CHECK(clip_top_k(a, SIZE_MAX / 2, 2, two, 1, best) == 0 && clip_top_k(a, 2, SIZE_MAX / 2, two, 1, best) == 0 &&
              clip_top_k(a, SIZE_MAX, SIZE_MAX, two, SIZE_MAX, best) == 0,
          "an index that can't be");
    CHECK(clip_top_k(a, 0, 2, two, 3, best) == 0 && clip_top_k(a, 2, 2, two, 0, best) == 0 && best[0].index == 77,
          "none");
    CHECK(clip_top_k(a, 2, 2, two, SIZE_MAX, best) == 2 && best[2].index == 77, "more than there are");
    CHECK(clip_top_k(a, 2, 0, two, 2, best) == 2 && best[0].index == 0 && best[0].score == 0,
          "vectors without numbers");

    clip_index_pack(CLIP_INDEX_INT8, NULL, 1, 2, q, &scale);
    clip_index_pack(CLIP_INDEX_INT8, a, 1, 2, NULL, &scale);
    clip_index_pack(CLIP_INDEX_INT8, a, 1, 2, q, NULL);
    clip_index_pack(CLIP_INDEX_INT8, a, 0, 2, q, &scale);
    CHECK(q[0] == 9 && scale == 9, "something was written");
    clip_index_pack(CLIP_INDEX_INT8, a, 1, 0, q, &scale);
    CHECK(q[0] == 9 && scale == 0, "a vector without numbers");
    clip_index_pack(CLIP_INDEX_F32, p, 2, 2, p, NULL); // in place
    CHECK(p[0] == 9 && p[3] == 9, "f32 in place");

    best[0].index = 77;
#define REFUSED(call) CHECK((call) == CLIP_ERROR_ARGUMENT && found == 9 && best[0].index == 77, "%s", #call)
    REFUSED(clip_search(NULL, &x, two, 1, best, &found));
    REFUSED(clip_search(c, NULL, two, 1, best, &found));
    REFUSED(clip_search(c, &x, NULL, 1, best, &found));
    REFUSED(clip_search(c, &x, two, 1, NULL, &found));
    REFUSED(clip_search(c, &x, two, 1, best, NULL));
#define BAD(change)                                                                                                    \
    x = (clip_index){CLIP_INDEX_F32, 2, 2, a, NULL}, change;                                                           \
    REFUSED(clip_search(c, &x, two, 1, best, &found))
    BAD(x.type = (clip_index_type)3);
    BAD(x.type = (clip_index_type)-1);
    BAD(x.type = CLIP_INDEX_INT8);
    BAD(x.rows = NULL);
    BAD(x.dim = 0);
    BAD(x.dim = SIZE_MAX / 2);
    BAD(x.n = SIZE_MAX / 2);
    BAD(x.n = SIZE_MAX; x.dim = SIZE_MAX);
#undef BAD
#undef REFUSED
    x = (clip_index){CLIP_INDEX_F32, 0, 2, NULL, NULL};
    CHECK(!clip_search(c, &x, two, SIZE_MAX, best, &found) && found == 0 && best[0].index == 77, "an empty index");
    x = (clip_index){CLIP_INDEX_F32, 2, 2, a, NULL};
    CHECK(!clip_search(c, &x, two, SIZE_MAX, best, &found) && found == 2 && best[0].index == 1, "more than there are");
    CHECK(!clip_search(c, &x, two, 0, NULL, &found) && found == 0, "none asked for");

    clip_softmax(NULL, 4, 1, p), clip_softmax(a, 4, 1, NULL), clip_softmax(a, 0, 1, p), clip_softmax(NULL, 0, 1, NULL);
    CHECK(p[0] == 9 && p[3] == 9, "something was written");

    clip_recall(NULL, a, 2, two, 2, 2, picture, r), clip_recall(c, NULL, 2, two, 2, 2, picture, r);
    clip_recall(c, a, 2, NULL, 2, 2, picture, r), clip_recall(c, a, 2, two, 2, 2, NULL, r);
    clip_recall(c, a, 2, two, 2, 2, picture, NULL);
    CHECK(r[0] == 9 && r[5] == 9, "something was written");
    clip_recall(c, NULL, 0, NULL, 0, 2, NULL, r);
    CHECK(r[0] == 0 && r[5] == 0, "of nothing: %g", r[0]);
    clip_recall(c, NULL, 0, two, 2, 2, picture, r);
    CHECK(r[0] == 0 && r[5] == 0, "no pictures: %g", r[0]);
    clip_context_free(c);
    clip_model_free(model);
    file_close(&file);
}

static void edges_of_training(void) {
    model_file file = golden("train_clip_vit");
    clip_model *model = load(&file), *none = NULL;
    clip_train_options o;
    clip_trainer *t = NULL;
    clip_trainer_info info;
    clip_error why;
    clip_batch b = some_pairs();
    size_t size = 7, user_size = 7;
    double loss = 42;
    float out[PAIRS * DIM] = {42};
    uint32_t before;
    char *path = strcpy(malloc(400), in_folder("edge.clip"));
#define WRONG(change)                                                                                                  \
    do {                                                                                                               \
        memset(&o, 0, sizeof o);                                                                                       \
        change;                                                                                                        \
        CHECK(clip_trainer_new(model, &o, &why, &t) && !t && why.result != CLIP_ERROR_NUMBER, "%s is taken", #change); \
        CHECK(clip_trainer_size(model, &o, NULL, &size) && size == 7, "%s has a size", #change);                       \
    } while (0)
    WRONG(o.temperature = (double)NAN);
    WRONG(o.margin = (double)NAN);
    WRONG(o.rate[0] = (double)NAN);
    WRONG(o.decay[2] = (double)NAN);
    WRONG(o.momentum = (double)NAN);
    WRONG(o.beta1 = (double)NAN);
    WRONG(o.beta2 = (double)NAN);
    WRONG(o.eps = (double)NAN);
    WRONG(o.eps = 1e-50); // as a float it is 0, and 0 / 0 what Adam would do with a gradient of 0
    WRONG(o.clip_norm = (double)NAN);
    WRONG(o.factor = (double)NAN);
    WRONG(o.dropout = (double)NAN);
    WRONG(o.temperature = (double)INFINITY);
    WRONG(o.loss = (clip_loss)-1);
    WRONG(o.optimizer = (clip_optimizer)-1);
    WRONG(o.schedule = (clip_schedule)-1);
    WRONG(o.threads = SIZE_MAX);
    WRONG(o.max_batch = SIZE_MAX);
    WRONG(memset(&o, 0xA5, sizeof o); o.parallel_for = NULL);
    WRONG(memset(&o, 0xFF, sizeof o); o.parallel_for = NULL);
#undef WRONG
    CHECK(clip_trainer_size(NULL, NULL, NULL, &size) == CLIP_ERROR_ARGUMENT && size == 7, "no model");
    CHECK(clip_trainer_size(model, NULL, NULL, NULL) == CLIP_ERROR_ARGUMENT, "no place");
    CHECK(clip_trainer_new(NULL, NULL, NULL, &t) == CLIP_ERROR_ARGUMENT && !t, "no model");
    CHECK(clip_trainer_new(model, NULL, NULL, NULL) == CLIP_ERROR_ARGUMENT, "no place");
    memset(&o, 0, sizeof o);
    o.max_batch = PAIRS, o.micro_batch = o.max_tokens = SIZE_MAX, o.patience = SIZE_MAX, o.warmup_steps = UINT64_MAX;
    o.freeze_statistics = o.no_decay_1d = INT_MIN, o.dropout = 0.9999999999;
    CHECK(!clip_trainer_new(model, &o, &why, &t), "large, but right: %s", why.message);
    CHECK(!clip_trainer_step(t, &b, &loss) && loss - loss == 0, "%s", clip_trainer_error(t));
    clip_trainer_free(t);
    clip_trainer_free(NULL);

    t = trainer(model, CLIP_LOSS_INFONCE, 0, 0);
    before = values_of(t), loss = 42;
    info.step = 99;
    clip_trainer_get_info(NULL, &info);
    clip_trainer_get_info(t, NULL);
    CHECK(info.step == 0 && !*clip_trainer_error(NULL) && !clip_trainer_context(NULL), "of no trainer");
    clip_trainer_plateau(NULL, 1);
#define REFUSED(call)                                                                                                  \
    CHECK((call) == CLIP_ERROR_ARGUMENT && loss == 42 && out[0] == 42 && size == 7 && user_size == 7, "%s", #call)
    REFUSED(clip_trainer_step(NULL, &b, &loss));
    REFUSED(clip_trainer_step(t, NULL, &loss));
    REFUSED(clip_trainer_gradients(NULL, &b, &loss));
    REFUSED(clip_trainer_update(NULL));
    REFUSED(clip_trainer_update(t));
    REFUSED(clip_trainer_encode(NULL, &b, out, out));
    REFUSED(clip_trainer_encode(t, NULL, out, out));
    REFUSED(clip_trainer_evaluate(NULL, &b, &loss));
    REFUSED(clip_trainer_evaluate(t, NULL, &loss));
    REFUSED(clip_trainer_evaluate(t, &b, NULL));
    REFUSED(clip_trainer_features(NULL, &b, out, out));
    REFUSED(clip_trainer_features(t, NULL, out, out));
    REFUSED(clip_trainer_save(NULL, path, NULL, 0));
    REFUSED(clip_trainer_save(t, NULL, NULL, 0));
    REFUSED(clip_trainer_save(t, path, NULL, 1));
    REFUSED(clip_trainer_resume(NULL, path, NULL, 0, &user_size));
    REFUSED(clip_trainer_resume(t, NULL, NULL, 0, &user_size));
    REFUSED(clip_trainer_export(NULL, path));
    REFUSED(clip_trainer_export(t, NULL));
#define BAD(change)                                                                                                    \
    b = some_pairs(), change;                                                                                          \
    REFUSED(clip_trainer_step(t, &b, &loss));                                                                          \
    REFUSED(clip_trainer_evaluate(t, &b, &loss))
    BAD(b.n = 0);
    BAD(b.n = PAIRS + 1);
    BAD(b.n = SIZE_MAX);
    BAD(b.pixels = NULL);
    BAD(b.ids = NULL);
    BAD(b.T = 0);
    BAD(b.T = SIZE_MAX);
    BAD(memset(&b, 0, sizeof b));
#undef BAD
    b = some_pairs(), b.n = SIZE_MAX / 2;
    REFUSED(clip_trainer_encode(t, &b, out, out));
    REFUSED(clip_trainer_features(t, &b, out, out));
#undef REFUSED
    b = some_pairs();
    CHECK(!clip_trainer_encode(t, &b, NULL, NULL) && !clip_trainer_features(t, &b, NULL, NULL), "nothing asked for");
    CHECK(clip_trainer_resume(t, "no/such/folder/x", NULL, 0, &user_size) == CLIP_ERROR_IO && user_size == 7, "%s",
          clip_trainer_error(t));
    CHECK(values_of(t) == before && clip_model_load(path, NULL, NULL, &none) == CLIP_ERROR_IO && !none,
          "something was written");
    CHECK(clip_trainer_save(t, "no/such/folder/x", NULL, 0) == CLIP_ERROR_IO, "%s", clip_trainer_error(t));
    CHECK(clip_trainer_export(t, "no/such/folder/x") == CLIP_ERROR_IO, "%s", clip_trainer_error(t));
    CHECK(!clip_trainer_save(t, path, "user", 5) && !clip_trainer_resume(t, path, out, 2, &user_size) &&
              user_size == 5 && !memcmp(out, "us", 2),
          "%s", clip_trainer_error(t));
    CHECK(!clip_trainer_resume(t, path, NULL, 100, NULL), "nobody wants what is the user's: %s", clip_trainer_error(t));
    CHECK(!clip_trainer_gradients(t, NULL, NULL) && !clip_trainer_step(t, &b, NULL), "%s", clip_trainer_error(t));
    // a context that belongs to a trainer is one like others, and no other model's
    CHECK(clip_embed_dim(clip_trainer_context(t)->model) == clip_embed_dim(model), "its context");
    clip_trainer_free(t);
    clip_model_free(model);
    file_close(&file);
    remove(path);
    free(path);
}

static void edges_of_explaining(void) {
    model_file file = golden("train_clip_vit"), words = golden("bert");
    clip_model *model = load(&file), *text_model = load(&words);
    clip_explainer *e = NULL;
    clip_error why;
    float sentence[DIM] = {1}, map[SIDE * SIDE] = {42}, score = 7;
    static const unsigned char pixels[SIDE * SIDE * 3] = {0};
    CHECK(clip_explainer_new(NULL, NULL, &why, &e) == CLIP_ERROR_ARGUMENT && !e, "no model");
    CHECK(clip_explainer_new(model, NULL, &why, NULL) == CLIP_ERROR_ARGUMENT, "no place");
    CHECK(clip_explainer_new(text_model, NULL, NULL, &e) == CLIP_ERROR_UNSUPPORTED && !e, "no pictures");
    CHECK(!clip_explainer_new(model, NULL, NULL, &e), "no explainer");
    CHECK(!*clip_explainer_error(NULL) && !clip_explainer_context(NULL) && clip_explainer_side(NULL) == 0, "of none");
    CHECK(clip_explain(NULL, pixels, sentence, map, &score) == CLIP_ERROR_ARGUMENT, "no explainer");
    CHECK(clip_explain(e, NULL, sentence, map, &score) == CLIP_ERROR_ARGUMENT, "no pixels");
    CHECK(clip_explain(e, pixels, NULL, map, &score) == CLIP_ERROR_ARGUMENT, "no text");
    CHECK(clip_explain(e, pixels, sentence, NULL, &score) == CLIP_ERROR_ARGUMENT, "no place");
    CHECK(map[0] == 42 && score == 7 && *clip_explainer_error(e), "something was written");
    CHECK(clip_explainer_side(e) > 0 && !clip_encode_pixels(clip_explainer_context(e), pixels, 1, sentence),
          "its context");
    clip_explainer_free(e);
    clip_explainer_free(NULL);
    clip_model_free(model), clip_model_free(text_model);
    file_close(&file), file_close(&words);
}

static void edges_of_tokenizers(void) {
    static const char vocab[] = "[PAD]\n[UNK]\n[CLS]\n[SEP]\na\nb\n";
    clip_tokenizer_desc d;
    clip_tokenizer *t = NULL;
    void *memory;
    int32_t ids[4] = {99, 99, 99, 99};
    char sentence[8] = "999";
    size_t size = 9;
    memset(&d, 0, sizeof d);
    CHECK(clip_tokenizer_size(NULL) == 0 && clip_tokenizer_size(&d) == 0, "of nothing");
    d.vocab = vocab, d.vocab_size = sizeof vocab - 1;
    memory = malloc(clip_tokenizer_size(&d));
    CHECK(clip_tokenizer_init(NULL, memory, &t) && clip_tokenizer_init(&d, NULL, &t) &&
              clip_tokenizer_init(&d, memory, NULL),
          "NULL");
    d.vocab_size = 0;
    CHECK(clip_tokenizer_init(&d, memory, &t) && !t, "an empty vocabulary");
    d.vocab_size = SIZE_MAX;
    CHECK(clip_tokenizer_size(&d) == 0 && clip_tokenizer_init(&d, memory, &t) && !t, "a vocabulary that can't be");
    d.vocab_size = sizeof vocab - 1, d.kind = (clip_tokenizer_kind)77;
    CHECK(clip_tokenizer_init(&d, memory, &t) || t, "an unknown kind is one or the other, or an error");
    d.kind = CLIP_WORDPIECE, t = NULL;
    CHECK(!clip_tokenizer_init(&d, memory, &t) && t, "a good one");
    CHECK(clip_tokenizer_encode(NULL, "a", 1, ids, 4) == 0 && clip_tokenizer_encode(t, NULL, 1, ids, 4) == 0 &&
              clip_tokenizer_encode(t, "a", 1, NULL, 4) == 0 && clip_tokenizer_encode(t, "a", 1, ids, 1) == 0 &&
              clip_tokenizer_encode(t, "a", 1, ids, 0) == 0 && ids[0] == 99,
          "encode");
    CHECK(clip_tokenizer_encode(t, NULL, 0, ids, 4) == 2 && ids[1] == 3, "no text is an empty one");
    ids[0] = 99;
    CHECK(clip_tokenizer_pad(NULL, ids, NULL, 0, 4) == 0 && clip_tokenizer_pad(t, NULL, NULL, 0, 4) == 0 &&
              ids[0] == 99,
          "pad");
    CHECK(clip_tokenizer_pad(t, ids, NULL, 4, 4) == 4 && clip_tokenizer_pad(t, ids, NULL, SIZE_MAX, 4) == 4 &&
              ids[0] == 99,
          "nothing to fill");
    CHECK(!clip_tokenizer_token(NULL, 1, &size) && !clip_tokenizer_token(t, 1, NULL) &&
              !clip_tokenizer_token(t, -1, &size) && !clip_tokenizer_token(t, INT32_MIN, &size) &&
              !clip_tokenizer_token(t, 6, &size) && !clip_tokenizer_token(t, INT32_MAX, &size) && size == 9,
          "token");
    CHECK(clip_tokenizer_id(NULL, "a", 1) == -1 && clip_tokenizer_id(t, NULL, 1) == -1 &&
              clip_tokenizer_id(t, "a", 0) == -1 && clip_tokenizer_id(t, "a", 1) == 4,
          "id");
    CHECK(clip_tokenizer_count(NULL) == 0 && clip_tokenizer_count(t) == 6, "count");
    CHECK(clip_tokenizer_end(NULL) == -1 && clip_tokenizer_end(t) == 3, "end");
    ids[0] = 4, ids[1] = -7, ids[2] = INT32_MAX, ids[3] = 5;
    CHECK(clip_tokenizer_decode(NULL, ids, 4, sentence, 8) == 0 &&
              clip_tokenizer_decode(t, NULL, 4, sentence, 8) == 0 && clip_tokenizer_decode(t, ids, 4, NULL, 8) == 3 &&
              clip_tokenizer_decode(t, ids, 4, sentence, 0) == 3 && !strcmp(sentence, "999"),
          "decode: %s", sentence);
    CHECK(clip_tokenizer_decode(t, ids, 4, sentence, 8) == 3 && !strcmp(sentence, "a b"), "%s", sentence);
    free(memory);
}

// Each name behind CLIPDEF in the headers' declarations is called above, behind the words "---- arguments".
static void every_public_function_is_here(void) {
    static const char *const headers[] = {"clip.h", "clip_tokenizer.h"};
    void *self = NULL;
    size_t size = 0, functions = 0;
    char *section;
    CHECK(!clip__file_read("tests/test_numbers.c", NULL, &self, &size), "run from the root of the repository");
    if (!self) return;
    self = realloc(self, size + 1), ((char *)self)[size] = 0;
    section = strstr((char *)self, "// ---- arguments");
    for (size_t h = 0; h < 2; h++) {
        void *bytes = NULL;
        char *p;
        CHECK(!clip__file_read(headers[h], NULL, &bytes, &size), "%s", headers[h]);
        bytes = realloc(bytes, size + 1), ((char *)bytes)[size] = 0;
        *strstr((char *)bytes, "// Stop now, if you are only") = 0;
        for (p = (char *)bytes; (p = strstr(p, "\nCLIPDEF ")); p++) {
            char call[128], *end = strchr(p, '('), *name = end;
            while (name > p && (isalnum((unsigned char)name[-1]) || name[-1] == '_')) name--;
            snprintf(call, sizeof call, "%.*s", (int)(end - name) + 1, name);
            CHECK(strstr(section, call), "%s: %s) is not tested", headers[h], call);
            functions++;
        }
        free(bytes);
    }
    CHECK(functions > 50, "%zu functions were found", functions);
    free(self);
}

// ---- programs ------------------------------------------------------------------------------------------------------

static char told[1 << 16];

// Runs a command of the shell in the folder, with the built programs on its PATH: its exit status; both streams in
// `told`.
static int shell(const char *command) {
    char line[4096];
    FILE *f;
    int status;
    size_t n;
    snprintf(line, sizeof line, "cd \"$T\" && PATH=\"$B:$PATH\" && ( %s ) >told 2>&1", command);
    status = system(line);
    f = fopen(in_folder("told"), "rb");
    n = f ? fread(told, 1, sizeof told - 1, f) : 0;
    told[n] = 0;
    if (f) fclose(f);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void file_write(const char *name, const model_file *m) {
    FILE *f = fopen(in_folder(name), "wb");
    seal(m);
    CHECK(f && fwrite(m->bytes, m->size, 1, f) == 1, "%s can't be written", name);
    if (f) fclose(f);
}

static size_t lines_of(const char *sentence) {
    size_t n = 0;
    while (*sentence) n += *sentence++ == '\n';
    return n;
}

#define RUN(status, command)                                                                                           \
    do {                                                                                                               \
        const int got_ = shell(command);                                                                               \
        CHECK(got_ == (status), "%s: exit status %d\n%s", command, got_, told);                                        \
    } while (0)

// With models whose vectors are NaN, and with pictures of one colour: an error that says why, and nothing written;
// never a line of "nan".
static void programs_say_that_a_model_is_broken(void) {
    static const char *const broken[] = {
        "embed image.clip --images p -o out.npy",
        "embed text.clip --texts t -o out.npy",
        "embed image.clip --images p --raw -o out.npy",
        "search image.clip p 'a b'",
        "search text.clip p 'a b'",
        "search image.clip p --like p/a/grey.ppm",
        "zero_shot image.clip p/a/grey.ppm a b",
        "zero_shot image.clip p",
        "zero_shot text.clip p/a/grey.ppm a b",
        "probe image.clip p -o out.npy",
        "explain image.clip p/a/grey.ppm a -o out.png",
        "explain text.clip p/a/grey.ppm a -o out.png --map out.npy",
        "train --captions c --images p --model image.clip -o out.clip --epochs 1 --val 0",
        "probe both.clip p/a/grey.ppm --with nan.npy"};
    const char *programs = getenv("BUILD");
    char *built = realpath(programs ? programs : "build", NULL), *goldens = realpath("tests/goldens", NULL);
    model_file file;
    CHECK(built && goldens && !setenv("B", built, 1) && !setenv("G", goldens, 1) && !setenv("T", folder, 1),
          "no folders");
    free(built), free(goldens);
    RUN(0,
        "test -x \"$B/embed\" && clip-convert --image \"$G/convert_vit\" --text \"$G/convert_bert\" --embed-dim 16 --seed 1 -o "
        "both.clip && mkdir -p p/a p/b && printf 'P6 1 1 255\\n\\200\\200\\200' >p/a/grey.ppm && "
        "printf 'P6 1 1 255\\n\\0\\0\\0' >p/a/black.ppm && printf 'P6 1 1 255\\n\\377\\377\\377' >p/b/white.ppm && "
        "printf 'P6 1 1 255\\n\\200\\200\\200' >p/b/grey.ppm && printf 'a\\n\\n \\n[CLS]\\n' >t && "
        "printf 'image,caption\\na/grey.ppm,a\\na/black.ppm,b\\nb/white.ppm,c\\nb/grey.ppm,d\\n' >c");
    file = file_open(in_folder("both.clip"));
    put_number(&file, "image.norm.bias", 1, NAN);
    file_write("image.clip", &file);
    file_close(&file);
    file = file_open(in_folder("both.clip"));
    put_number(&file, "text.norm.bias", 1, NAN);
    file_write("text.clip", &file);
    file_close(&file);

    // one colour, or no words: results like others
    RUN(0, "zero_shot both.clip p/a/grey.ppm a a b && zero_shot both.clip p/a/black.ppm a && "
           "explain both.clip p/a/grey.ppm a '' -o ok.png --map ok.npy && embed both.clip --texts t -o ok.npy && "
           "embed both.clip --images p -o ok.npy && search both.clip p '' && search both.clip p --like p/b/white.ppm");
    CHECK(!strstr(told, "nan") && !strstr(told, "inf"), "%s", told);
    RUN(0, "zero_shot both.clip p/a/black.ppm a");
    CHECK(strstr(told, "1.0000  a"), "one label has a probability of 1: %s", told);
    RUN(0, "zero_shot both.clip p/a/grey.ppm b b");
    CHECK(strstr(told, "0.5000  b\n0.5000  b"), "equal labels share: %s", told);
    RUN(0, "probe both.clip p -o probe.npy && probe both.clip p/a/grey.ppm --with probe.npy");
    CHECK(!strstr(told, "nan") && !strstr(told, "inf"), "%s", told);
    RUN(0, "mkdir -p same/x same/y && cp p/a/grey.ppm same/x && cp p/a/grey.ppm same/y && probe both.clip same -o "
           "same.npy && "
           "probe both.clip p/a/grey.ppm --with same.npy");
    CHECK(strstr(told, "0.5000  x"), "what can't be told apart is half of each: %s", told);
    RUN(1, "mkdir -p single/x && cp p/a/grey.ppm single/x && probe both.clip single -o out.npy");
    CHECK(strstr(told, "two classes"), "%s", told);
    RUN(0, "cp probe.npy.txt nan.npy.txt && { head -c $(($(wc -c <probe.npy) - 4)) probe.npy && printf "
           "'\\0\\0\\300\\177'; } >nan.npy");

    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        const int status = shell(broken[i]);
        CHECK(status == 1 && strstr(told, "finite") && !strstr(told, "nan "), "%s: exit status %d\n%s", broken[i],
              status, told);
        RUN(1, "test -e out.npy || test -e out.png || test -e out.clip");
    }
    RUN(1, "search image.clip p 'a b' --index i");
    CHECK(lines_of(told) <= 2, "in one line: %s", told);
    RUN(0, "clip-convert --type int8 image.clip -o out.clip && clip-convert --type f16 text.clip -o out.clip");
    CHECK(strstr(told, "not compared") && !strstr(told, "cosine"), "%s", told);
    for (const char *const *option = (const char *const[]){"--scale", "--bias", "--threshold", "--calibrate", NULL};
         *option; option++) {
        char command[100];
        snprintf(command, sizeof command, "zero_shot both.clip p/a/grey.ppm a %s nan", *option);
        RUN(2, command);
    }
    RUN(2, "probe both.clip p --c nan");
    file = file_open(in_folder("both.clip")); // weights that a type has no room for are not made infinite
    put_number(&file, "text.blocks.0.mlp.fc1.weight", 0, 1e6f);
    put_number(&file, "text.blocks.1.mlp.fc1.weight", 0, 3.4e38f);
    file_write("big.clip", &file);
    file_close(&file);
    RUN(1, "clip-convert --type f16 big.clip -o out2.clip");
    CHECK(strstr(told, "mlp.fc1.weight has 1e+06, which is beyond f16: use --type bf16"), "%s", told);
    RUN(1, "clip-convert --type bf16 big.clip -o out2.clip");
    CHECK(strstr(told, "mlp.fc1.weight has 3.4e+38, which is beyond bf16: use --type f32"), "%s", told);
    file = golden("train_siglip");
    put_number(&file, "text.blocks.0.attn.qkv.weight", 0, 1e6f);
    file_write("big.clip", &file);
    file_close(&file);
    RUN(1, "clip-convert --type q4 big.clip -o out2.clip");
    CHECK(strstr(told, "attn.qkv.weight has 1e+06, which is beyond q4: use --type f32"), "%s", told);
}

int main(void) {
    const char *temporary = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/clip_numbers_XXXXXX", temporary ? temporary : "/tmp");
    if (!mkdtemp(folder)) return printf("%s can't be made\n", folder), 1;
    a_vector_is_brought_to_length_1_or_is_zero_or_nan();
    a_cosine_is_0_without_length_and_nan_with_a_nan();
    softmax_is_exact_at_large_logits_and_nan_with_a_nan();
    a_search_ranks_infinities_ends_and_nan_last();
    recall_counts_nan_as_not_found();
    numbers_of_16_bits_are_those_of_ieee_754();
    attention_is_defined_for_any_scores();
    activations_are_defined_far_out();
    norms_of_equal_numbers_are_the_bias();
    a_nan_is_the_greatest();
    narrowing_is_defined_for_any_row();
    a_nan_stays_in_its_text();
    only_zeros_fill_rows_up();
    a_broken_weight_shows();
    a_selftest_of_nan_fails();
    numbers_of_the_pipeline_are_checked_at_load();
    scales_of_panels_may_be_anything();
    a_vector_of_zeros_stays_one();
    pictures_of_one_colour_are_pictures();
    texts_without_words_are_texts();
    the_smallest_numbers_are_not_flushed();
    a_map_is_finite_or_an_error();
    losses_of_zero_vectors_are_those_of_knowing_nothing();
    a_step_that_meets_a_nan_is_refused();
    a_logit_scale_far_out_is_defined();
    a_loss_of_nan_is_no_progress();
    edges_of_models();
    edges_of_contexts();
    edges_of_encoding();
    edges_of_comparing();
    edges_of_training();
    edges_of_explaining();
    edges_of_tokenizers();
    every_public_function_is_here();
    programs_say_that_a_model_is_broken();
    setenv("T", folder, 1);
    if (system("rm -rf \"$T\"")) printf("%s stays behind\n", folder);
    return TEST_END();
}
