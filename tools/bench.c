// bench.c - how long a model takes on this machine: median milliseconds a call, what share that is of what the CPU and
// its memory can do, the peak of memory, and how soon after its start a process has a first vector.
//
//     bench model.clip                     both towers, 1, 8 and 32 at a time
//     bench model.clip --train             one step of training
#define _XOPEN_SOURCE 700 // POSIX of 2008
#define _FILE_OFFSET_BITS 64 // files above 2 GB where a long has 32 bits
#define CLIP_IMPLEMENTATION
#include "clip_tokenizer.h"
#include "clip.h"
#define PROGRAM "bench"
#include "examples/common.h"
#include <sys/resource.h>
#include <sys/wait.h>

static const char HELP[] =
    "bench MODEL.clip [--tower image|text] [--batch 1,8,32] [--tokens N] [--threads N] [--isa NAME] [--json]\n"
    "                          median milliseconds of a call that encodes so many pictures or texts\n"
    "bench MODEL.clip --train [--batch 32] [--tokens N] [--threads N] [--freeze image,text] [--bf16] [--json]\n"
    "                          median milliseconds of a step of training: forward, backward and AdamW\n"
    "bench MODEL.clip --search N [--threads N] [--isa NAME] [--json]\n"
    "                          milliseconds to find the 10 best of N vectors in f32, f16 and int8\n"
    "\n"
    "  --tokens N     of each text; default 32, or the model's context if that is less\n"
    "  --threads N    default: the CPUs that are online\n"
    "  --isa NAME     the best vector unit to use: plain, avx2, avxvnni, avx512, avx512vnni, avx512bf16,\n"
    "                 amx, neon, neondot, neonbf16\n"
    "  --max-batch N  how many are worked on at once; default 8, or 4 pictures of a resnet, to stay in cache\n"
    "  --runs N       how many are timed, after one that is not; default 5\n"
    "  --json         one line of JSON for each\n"
    "  --help         this\n"
    "\n"
    "Pictures and ids are random: they cost what real ones do. GFLOP/s counts two for each multiplication by\n"
    "a weight, and those of attention; the peak beside it is a loop of the same instruction, on all threads,\n"
    "without memory. Memory: the weights' bytes per second, beside how fast all threads together read. The\n"
    "peak of memory is the process's so far.\n"
    "First vector: from before a process is started until it has the vector of a text, or a picture.\n"
    "Exit status: 0 success, 1 failure, 2 usage.\n";

enum { MOST_BATCHES = 16, MOST_RUNS = 1000 };

typedef struct settings {
    const char *model, *tower, *batches, *isa, *first;
    size_t tokens, threads, runs, at_once, search;
    int train, json, bf16, freeze[2]; // image, text
} settings;

typedef struct bench {
    const settings *set;
    clip_model *model;
    clip_context *clip;
    clip_trainer *trainer;
    clip_model_info info;
    clip_batch batch;
    unsigned char *pixels;
    int32_t *ids;
    float *vectors;
    double peak[CLIP__FORMS], bandwidth; // operations and bytes a second of all threads; 0: not measured
} bench;

// ---- what the machine can do ----

#ifdef CLIP__X86
// A second's multiplications and additions by one instruction: 12 sums that don't wait for one another.
#define PEAK_LOOP(name, TARGET, SUM, operations, step)                                                                 \
    TARGET static double name(void) {                                                                                  \
        SUM x[12] = {{0}};                                                                                             \
        SUM a = {0}, x0 = x[0], x1 = x[1], x2 = x[2], x3 = x[3], x4 = x[4], x5 = x[5], x6 = x[6], x7 = x[7],           \
            x8 = x[8], x9 = x[9], x10 = x[10], x11 = x[11];                                                            \
        const size_t n = 20000000;                                                                                     \
        const double began = seconds();                                                                                \
        for (size_t i = 0; i < n; i++) {                                                                               \
            CLIP__EACH_12(PEAK_ONE, step)                                                                              \
            __asm__ volatile("" : "+v"(a));                                                                            \
        }                                                                                                              \
        return 12.0 * operations * (double)n / (seconds() - began);                                                    \
    }
#define PEAK_ONE(r, step)                                                                                              \
    x##r = step(x##r, a);                                                                                              \
    __asm__ volatile("" : "+v"(x##r));
#define STEP_AVX2(x, a) _mm256_fmadd_ps(a, a, x)
PEAK_LOOP(peak_avx2, CLIP__AVX2, __m256, 16, STEP_AVX2)
#define STEP_AVX2_U8(x, a) _mm256_add_epi32(x, _mm256_madd_epi16(a, a))
PEAK_LOOP(peak_u8_avx2, CLIP__AVX2, __m256i, 32, STEP_AVX2_U8)
#define STEP_AVX512(x, a) _mm512_fmadd_ps(a, a, x)
PEAK_LOOP(peak_avx512, CLIP__AVX512, __m512, 32, STEP_AVX512)
#define STEP_AVX512_U8(x, a) _mm512_dpbusd_epi32(x, a, a)
PEAK_LOOP(peak_u8_avx512, CLIP__AVX512VNNI, __m512i, 128, STEP_AVX512_U8)
#ifdef CLIP__X86_2021
#define STEP_AVXVNNI(x, a) _mm256_dpbusd_avx_epi32(x, a, a)
PEAK_LOOP(peak_u8_avxvnni, CLIP__AVXVNNI, __m256i, 64, STEP_AVXVNNI)
#define STEP_AVX512_BF16(x, a) _mm512_dpbf16_ps(x, (__m512bh)(a), (__m512bh)(a))
PEAK_LOOP(peak_bf16_avx512, CLIP__AVX512BF16, __m512, 64, STEP_AVX512_BF16)
#endif
#ifdef CLIP__AMX
#define PEAK_TILES(name, product, operations)                                                                          \
    CLIP__AMX static double name(void) {                                                                               \
        const size_t n = 2000000;                                                                                      \
        double began;                                                                                                  \
        _tile_loadconfig(clip__amx_all);                                                                               \
        _tile_zero(4);                                                                                                 \
        _tile_zero(5);                                                                                                 \
        began = seconds();                                                                                             \
        for (size_t i = 0; i < n; i++) {                                                                               \
            product(0, 4, 5);                                                                                          \
            product(1, 4, 5);                                                                                          \
            product(2, 4, 5);                                                                                          \
            product(3, 4, 5);                                                                                          \
        }                                                                                                              \
        began = seconds() - began;                                                                                     \
        _tile_release();                                                                                               \
        return 4.0 * operations * (double)n / began;                                                                   \
    }
PEAK_TILES(peak_bf16_amx, _tile_dpbf16ps, 16384)
PEAK_TILES(peak_u8_amx, _tile_dpbusd, 32768)
#endif
#endif

typedef double peak_loop(void);

// The loop of the instruction that a kernel multiplies with; NULL where there is none here.
static peak_loop *peak_of(const clip__kernel *kernel, clip__form form) {
#ifdef CLIP__X86
    const char *isa = kernel->isa;
    const int wide = !strncmp(isa, "avx512", 6) || !strcmp(isa, "amx");
    if (!strcmp(isa, "plain")) return NULL;
#ifdef CLIP__AMX
    if (!strcmp(isa, "amx") && form == CLIP__FORM_BF16) return peak_bf16_amx;
    if (!strcmp(isa, "amx") && form == CLIP__FORM_U8) return peak_u8_amx;
#endif
    if (form == CLIP__FORM_F32) return wide ? peak_avx512 : peak_avx2;
#ifdef CLIP__X86_2021
    if (form == CLIP__FORM_BF16) return peak_bf16_avx512;
    if (!strcmp(isa, "avxvnni")) return peak_u8_avxvnni;
#endif
    return !strcmp(isa, "avx2") || !strcmp(isa, "avx512") ? peak_u8_avx2 : peak_u8_avx512;
#else
    (void)kernel, (void)form;
    return NULL;
#endif
}

enum { READ_BYTES = 1 << 28 };

typedef struct measuring { // of one thread
    peak_loop *loop;
    const uint64_t *memory; // else: reads so much of it
    size_t n;
    double got;
} measuring;

static void *measure_share(void *argument) {
    measuring *m = argument;
    uint64_t sum[8] = {0};
    if (m->loop) m->got = m->loop();
    else {
        for (size_t i = 0; i < m->n; i += 8)
            for (size_t k = 0; k < 8; k++) sum[k] += m->memory[i + k];
        for (size_t k = 1; k < 8; k++) sum[0] += sum[k];
        m->got = (double)sum[0];
    }
    return NULL;
}

// The same on all threads at once; the best of three. Below 0, said, if not all of them can be started.
static double measure_all(peak_loop *loop, const uint64_t *memory, size_t threads) {
    measuring m[MOST_THREADS];
    pthread_t id[MOST_THREADS];
    double best = 0;
    for (int round = 0; round < 3; round++) {
        const double began = seconds();
        double sum = 0;
        size_t started = 0;
        for (size_t t = 0; t < threads; t++, started++) {
            m[t].loop = loop, m[t].n = READ_BYTES / 8 / threads / 8 * 8, m[t].got = 0;
            m[t].memory = memory ? memory + t * m[t].n : NULL;
            if (pthread_create(&id[t], NULL, measure_share, &m[t])) break;
        }
        for (size_t t = 0; t < started; t++) pthread_join(id[t], NULL), sum += m[t].got;
        if (started < threads) return -complain("%zu threads can't be started at once", threads);
        if (memory) sum = READ_BYTES / (seconds() - began);
        best = sum > best ? sum : best;
    }
    return best;
}

static int measure_machine(bench *b) {
    for (int form = 0; form < CLIP__FORMS; form++) {
        peak_loop *loop = peak_of(b->clip->kernel, (clip__form)form);
        if (loop && b->clip->kernel->gemm[form]) b->peak[form] = measure_all(loop, NULL, b->set->threads);
        if (b->peak[form] < 0) return FAILED;
    }
    uint64_t *memory = malloc(READ_BYTES);
    if (!memory) return complain("not enough memory to measure how fast it is read: %d MB", READ_BYTES >> 20);
    memset(memory, 1, READ_BYTES);
    b->bandwidth = measure_all(NULL, memory, b->set->threads);
    free(memory);
    return b->bandwidth < 0;
}

// ---- what a tower does ----

typedef struct work {
    double operations, bytes; // of one picture or text; of the weights
    clip__form form;          // of its blocks
} work;

static void work_add(work *w, const clip__layer *l, size_t rows) {
    if (!l->panels) return;
    w->operations += 2.0 * (double)rows * (double)(l->kernel * l->kernel * l->in) * (double)l->out;
    const size_t panels = (l->out + 15) / 16; // of 16 outputs
    w->bytes += (double)panels * (double)clip__panel_size(l->type, l->kernel, l->kernel * l->in);
}

static void work_blocks(work *w, const clip__transformer *t, size_t T, const clip__kernel *kernel) {
    for (size_t i = 0; i < t->layers; i++) {
        work_add(w, &t->blocks[i].qkv, T), work_add(w, &t->blocks[i].proj, T);
        work_add(w, &t->blocks[i].fc1, T), work_add(w, &t->blocks[i].fc2, T);
        w->operations += 4.0 * (double)(T * T * t->width);
    }
    w->form = clip__form_of(kernel, t->blocks[0].fc1.type);
}

static void work_pool(work *w, const clip__attention_pool *p, size_t T) {
    work_add(w, &p->keys_values, T);
    work_add(w, &p->query, 1), work_add(w, &p->proj, 1), work_add(w, &p->fc1, 1), work_add(w, &p->fc2, 1);
}

static work work_of(const clip_model *m, const clip__kernel *kernel, int text, size_t T) {
    const clip__head *head = text ? &m->text_head : &m->image_head;
    work w = {0, 0, CLIP__FORM_F32};
    if (text) work_blocks(&w, &m->text_tower.body, T, kernel);
    else if (m->image == CLIP__VIT) {
        const size_t side = m->pipeline.S / m->vit.patch.kernel;
        work_add(&w, &m->vit.patch, side * side);
        work_blocks(&w, &m->vit.body, m->vit.T, kernel);
        work_pool(&w, &m->vit.attention, m->vit.T);
    } else {
        const clip__resnet *r = &m->resnet;
        size_t stem, side;
        clip__stem_sides(r, m->pipeline.S, &stem, &side);
        for (size_t i = 0; i < r->n_stem; i++) work_add(&w, &r->stem[i], stem * stem);
        for (size_t i = 0; i < r->n_blocks; i++) {
            size_t inner, middle, end;
            clip__residual_sides(&r->blocks[i], side, &inner, &middle, &end);
            work_add(&w, &r->blocks[i].conv1, inner * inner), work_add(&w, &r->blocks[i].conv2, middle * middle);
            work_add(&w, &r->blocks[i].conv3, end * end), work_add(&w, &r->blocks[i].shortcut, end * end);
            side = end;
        }
        work_pool(&w, &r->attention, side * side + 1);
        w.form = clip__form_of(kernel, r->blocks[0].conv1.type);
    }
    work_add(&w, &head->pooler, 1), work_add(&w, &head->projection, 1), work_add(&w, &head->fc, 1);
    return w;
}

// ---- how long it takes ----

static int by_value(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static long peak_mb(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss / 1024;
}

static int run_once(bench *b, const char *what, size_t n) {
    b->batch.n = n;
    if (!strcmp(what, "train")) {
        if (clip_trainer_step(b->trainer, &b->batch, NULL)) return complain("%s", clip_trainer_error(b->trainer));
    } else if (!strcmp(what, "image")) {
        if (clip_encode_pixels(b->clip, b->pixels, n, b->vectors)) return complain("%s", clip_context_error(b->clip));
    } else if (clip_encode_tokens(b->clip, b->ids, NULL, n, b->batch.T, b->vectors))
        return complain("%s", clip_context_error(b->clip));
    return 0;
}

static int time_one(bench *b, const char *what, size_t n) {
    static double took[MOST_RUNS];
    const size_t runs = b->set->runs;
    work w = {0, 0, CLIP__FORM_F32};
    double ms, flops, read;
    if (run_once(b, what, n)) return FAILED;
    for (size_t i = 0; i < runs; i++) {
        const double began = seconds();
        if (run_once(b, what, n)) return FAILED;
        took[i] = seconds() - began;
    }
    qsort(took, runs, sizeof *took, by_value);
    ms = 1e3 * (runs % 2 ? took[runs / 2] : (took[runs / 2 - 1] + took[runs / 2]) / 2);
    if (strcmp(what, "train")) w = work_of(b->model, b->clip->kernel, !strcmp(what, "text"), b->batch.T);
    flops = w.operations * (double)n / ms * 1e3, read = w.bytes / ms * 1e3;
    if (b->set->json)
        printf("{\"what\": \"%s\", \"batch\": %zu, \"threads\": %zu, \"isa\": \"%s\", \"ms\": %.3f, \"peak_mb\": %ld, "
               "\"gflops\": %.1f, \"peak_gflops\": %.1f, \"weights_gbs\": %.2f, \"memory_gbs\": %.2f}\n",
               what, n, b->set->threads, clip_isa_name(b->clip), ms, peak_mb(), flops / 1e9, b->peak[w.form] / 1e9,
               read / 1e9, b->bandwidth / 1e9);
    else {
        printf("%-5s  batch %4zu  %10.2f ms  %9.1f a second", what, n, ms, 1e3 * (double)n / ms);
        if (w.operations > 0) printf("  %7.1f GFLOP/s", flops / 1e9);
        if (w.operations > 0 && b->peak[w.form] > 0) printf(" (%2.0f %% of the peak)", 100 * flops / b->peak[w.form]);
        if (w.operations > 0 && b->bandwidth > 0)
            printf("  %5.1f GB/s (%2.0f %%)", read / 1e9, 100 * read / b->bandwidth);
        printf("  %ld MB\n", peak_mb());
    }
    return stdout_failed();
}

// Inputs for up to n pictures and texts.
static int make_inputs(bench *b, size_t n) {
    const size_t S = b->info.image_size, bytes = n * S * S * 3, T = b->batch.T;
    b->pixels = malloc(bytes + 1); // + 1: a model may have no images
    b->ids = malloc(sizeof *b->ids * (n * T + 1));
    b->vectors = malloc(sizeof *b->vectors * n * b->info.embed_dim);
    if (!b->pixels || !b->ids || !b->vectors) return complain("not enough memory for a batch of %zu", n);
    for (size_t i = 0; i < bytes; i++) b->pixels[i] = (unsigned char)clip__random(0, 0, i);
    for (size_t i = 0; i < n * T; i++) { // the end token last: nothing behind it would cost a causal tower anything
        const size_t last = clip__max(b->info.vocabulary, 2) - 1;
        const int32_t end = b->clip->model->text_tower.end;
        // NOLINTNEXTLINE(clang-analyzer-core.DivideZero): T is not 0 in here
        b->ids[i] = i % T + 1 < T ? (int32_t)(clip__random(0, 1, i) % last) : end ? end : (int32_t)last;
    }
    b->batch.pixels = b->pixels;
    b->batch.ids = b->ids;
    return 0;
}

static int bench_start(bench *b, size_t largest) {
    const settings *set = b->set;
    clip_error why;
    if (clip_model_load(set->model, NULL, &why, &b->model)) return complain("%s", why.message);
    clip_model_get_info(b->model, &b->info);
    b->batch.T = set->tokens < b->info.context ? set->tokens : b->info.context;
    if (set->tower && !(!strcmp(set->tower, "image") ? b->info.image.tower : b->info.text.tower))
        return complain("%s: the model has no %s tower", set->model, set->tower);
    if (set->train) {
        clip_train_options o = {0};
        o.threads = set->threads;
        o.max_batch = largest;
        o.max_tokens = b->batch.T;
        o.dropout = 0.1;
        o.bf16 = set->bf16;
        memcpy(o.freeze, set->freeze, sizeof o.freeze);
        if (clip_trainer_new(b->model, &o, &why, &b->trainer)) return complain("%s: %s", set->model, why.message);
        clip_model_free(b->model);
        b->model = NULL;
        b->clip = clip_trainer_context(b->trainer);
    } else {
        clip_options o = {0};
        o.threads = set->threads;
        o.max_batch = set->at_once;
        o.isa = set->isa;
        if (b->info.text.tower) o.max_tokens = b->batch.T;
        if (clip_context_new(b->model, &o, &why, &b->clip)) return complain("%s", why.message);
    }
    return make_inputs(b, largest);
}

// ---- the best of many vectors ----

static int time_search(bench *b) {
    static const char *const names[] = {"f32", "f16", "int8"};
    const size_t n = b->set->search, dim = b->info.embed_dim, runs = b->set->runs;
    float *vectors = calloc(256 * dim, sizeof *vectors), *scales = malloc(n * sizeof *scales);
    unsigned char *rows = malloc(n * dim * 4); // f32 at most
    static double took[MOST_RUNS];
    int failed = 0;
    if (!vectors || !scales || !rows) failed = complain("not enough memory for %zu vectors", n);
    for (size_t i = 0; i < 256 * dim && !failed; i++)
        vectors[i] = (float)(clip__random(0, 2, i) >> 40) / 16777216 - 0.5f;
    for (int type = 0; type < 3 && !failed; type++) {
        const size_t row = dim * (type == 0 ? 4 : type == 1 ? 2 : 1);
        clip_index x = {(clip_index_type)type, n, dim, NULL, scales};
        clip_match best[10];
        size_t found;
        double ms, least;
        x.rows = rows;
        for (size_t i = 0; i < n; i += 256)
            clip_index_pack(x.type, vectors, n - i < 256 ? n - i : 256, dim, rows + i * row, scales + i);
        for (size_t r = 0; r <= runs && !failed; r++) {
            const double began = seconds();
            if (clip_search(b->clip, &x, vectors + r % 256 * dim, 10, best, &found))
                failed = complain("%s", clip_context_error(b->clip));
            if (r) took[r - 1] = seconds() - began;
        }
        qsort(took, runs, sizeof *took, by_value);
        ms = 1e3 * took[runs / 2], least = 1e3 * (double)(n * row) / b->bandwidth;
        if (b->set->json)
            printf("{\"what\": \"search %s\", \"n\": %zu, \"dim\": %zu, \"threads\": %zu, \"ms\": %.3f, \"read_ms\": "
                   "%.3f}\n",
                   names[type], n, dim, b->set->threads, ms, least);
        else
            printf("10 of %zu x %zu %-4s  %8.2f ms, %.2f times as long as it takes to read them\n", n, dim, names[type],
                   ms, ms / least);
    }
    free(vectors), free(scales), free(rows);
    return failed;
}

// ---- the first vector ----

// What a program does that wants one vector: load, make a context, encode.
static int first_vector(const settings *set) {
    clip_model *model = NULL;
    clip_context *clip = NULL;
    clip_error why;
    clip_options o = {0};
    const char *text = "a photo of a dog in the snow";
    static unsigned char rgb[300 * 200 * 3];
    const clip_image image = {rgb, 300, 200, 3, 0};
    float *vector = NULL;
    int failed = 0;
    o.threads = set->threads, o.max_batch = 1, o.isa = set->isa;
    if (clip_model_load(set->model, NULL, &why, &model) || clip_context_new(model, &o, &why, &clip))
        failed = complain("%s", why.message);
    else if (!(vector = malloc(sizeof *vector * clip_embed_dim(model)))) failed = complain("not enough memory");
    else if (!strcmp(set->first, "image")) failed = clip_encode_images(clip, &image, 1, vector) != CLIP_OK;
    else if (clip_encode_texts(clip, &text, 1, vector)) {
        const int32_t ids[5] = {1, 2, 3, 4, 5}; // a model without a tokenizer
        failed = clip_encode_tokens(clip, ids, NULL, 1, 5, vector) != CLIP_OK;
    }
    if (failed && vector) complain("%s", clip_context_error(clip));
    if (!failed) printf("%.6f %ld\n", seconds(), peak_mb()), failed = stdout_failed(); // the clock is the machine's
    free(vector);
    clip_context_free(clip);
    clip_model_free(model);
    return failed;
}

static int time_first(const bench *b, const char *self, const char *what) {
    double took[5];
    long mb = 0;
    char threads[32];
    snprintf(threads, sizeof threads, "%zu", b->set->threads);
    for (size_t i = 0; i < sizeof took / sizeof *took; i++) {
        int ends[2], status;
        char line[128] = "";
        double began, end;
        ssize_t got;
        pid_t child;
        if (pipe(ends)) return complain("no pipe: %s", strerror(errno));
        began = seconds();
        child = fork();
        if (child < 0) {
            complain("no process: %s", strerror(errno));
            return close(ends[0]), close(ends[1]), FAILED;
        }
        if (!child) {
            dup2(ends[1], 1);
            execlp(self, self, b->set->model, "--first", what, "--threads", threads,
                   b->set->isa ? "--isa" : (char *)NULL, b->set->isa, (char *)NULL);
            _exit(127);
        }
        close(ends[1]);
        got = read(ends[0], line, sizeof line - 1);
        close(ends[0]);
        if (waitpid(child, &status, 0) < 0) return complain("no process: %s", strerror(errno));
        if (WIFEXITED(status) && WEXITSTATUS(status) == FAILED) return FAILED; // it has said why
        if (status || got <= 0 || sscanf(line, "%lf %ld", &end, &mb) != 2)
            return complain("the process that was to make a first vector failed");
        took[i] = end - began;
    }
    qsort(took, sizeof took / sizeof *took, sizeof *took, by_value);
    if (b->set->json)
        printf("{\"what\": \"first %s\", \"threads\": %zu, \"ms\": %.3f, \"peak_mb\": %ld}\n", what, b->set->threads,
               1e3 * took[2], mb);
    else printf("%-5s  first vector %7.2f ms after the process is started, %ld MB\n", what, 1e3 * took[2], mb);
    return 0;
}

static int run(const settings *set, const char *self, const size_t *batches, size_t n) {
    static const char *const towers[] = {"image", "text"};
    bench b;
    size_t largest = 0;
    int failed;
    memset(&b, 0, sizeof b);
    b.set = set;
    for (size_t i = 0; i < n; i++) largest = batches[i] > largest ? batches[i] : largest;
    failed = bench_start(&b, largest);
    if (!failed && !set->train) {
        failed = measure_machine(&b);
        if (!set->json && !failed)
            printf("%s, %zu threads; peak %.0f GFLOP/s f32, %.0f bf16, %.0f int8; memory %.1f GB/s\n",
                   clip_isa_name(b.clip), set->threads, b.peak[0] / 1e9, b.peak[1] / 1e9, b.peak[2] / 1e9,
                   b.bandwidth / 1e9);
    }
    for (size_t i = 0; i < n && set->train && !failed; i++) failed = time_one(&b, "train", batches[i]);
    if (set->search && !failed) failed = time_search(&b);
    for (int t = 0; t < 2 && !set->train && !set->search && !failed; t++) {
        if (set->tower ? strcmp(set->tower, towers[t]) != 0 : !(t ? b.info.text.tower : b.info.image.tower)) continue;
        if (!failed) failed = time_first(&b, self, towers[t]);
        for (size_t i = 0; i < n && !failed; i++) failed = time_one(&b, towers[t], batches[i]);
    }
    if (b.trainer) clip_trainer_free(b.trainer);
    else clip_context_free(b.clip);
    clip_model_free(b.model);
    free(b.pixels);
    free(b.ids);
    free(b.vectors);
    return failed;
}

// "1,8,32" into numbers; returns how many, 0 if it is not such a list.
static size_t parse_batches(const char *text, size_t batches[MOST_BATCHES]) {
    size_t n = 0;
    for (char *end; n < MOST_BATCHES; text = end + 1) {
        const unsigned long v = *text >= '0' && *text <= '9' ? strtoul(text, &end, 10) : 0;
        if (v < 1 || v > 65536) return 0;
        batches[n++] = v;
        if (*end != ',') return *end ? 0 : n;
    }
    return 0;
}

int main(int argc, char **argv) {
    settings set;
    size_t batches[MOST_BATCHES], n;
    take_streams();
    memset(&set, 0, sizeof set);
    set.threads = online_cpus();
    set.tokens = 32;
    set.runs = 5;
    for (int i = 1; i < argc; i++) {
        const char *a = argv[i];
        int failed = 0;
        if (!strcmp(a, "--help")) return fputs(HELP, stdout) == EOF || fflush(stdout) != 0;
        else if (!strcmp(a, "--tower")) failed = !(set.tower = option_value(argc, argv, &i));
        else if (!strcmp(a, "--batch")) failed = !(set.batches = option_value(argc, argv, &i));
        else if (!strcmp(a, "--max-batch")) failed = option_count(argc, argv, &i, 1, 65536, &set.at_once);
        else if (!strcmp(a, "--search")) failed = option_count(argc, argv, &i, 1, 100000000, &set.search);
        else if (!strcmp(a, "--isa")) failed = !(set.isa = option_value(argc, argv, &i));
        else if (!strcmp(a, "--first")) failed = !(set.first = option_value(argc, argv, &i));
        else if (!strcmp(a, "--freeze")) failed = option_freeze(argc, argv, &i, set.freeze);
        else if (!strcmp(a, "--tokens")) failed = option_count(argc, argv, &i, 1, 65536, &set.tokens);
        else if (!strcmp(a, "--threads")) failed = option_count(argc, argv, &i, 1, MOST_THREADS, &set.threads);
        else if (!strcmp(a, "--runs")) failed = option_count(argc, argv, &i, 1, MOST_RUNS, &set.runs);
        else if (!strcmp(a, "--train")) set.train = 1;
        else if (!strcmp(a, "--bf16")) set.bf16 = 1;
        else if (!strcmp(a, "--json")) set.json = 1;
        else if (a[0] == '-') failed = complain("%s: no such option; see --help", a);
        else if (set.model) failed = complain("%s: belongs to no option; see --help", a);
        else set.model = a;
        if (failed) return USAGE;
    }
    if (!set.model) return complain("MODEL.clip is missing; see --help"), USAGE;
    if (set.tower && strcmp(set.tower, "image") && strcmp(set.tower, "text"))
        return complain("--tower %s: image or text; see --help", set.tower), USAGE;
    if (set.train && (set.tower || set.isa || set.at_once || set.search))
        return complain("--tower, --isa, --max-batch and --search are not of --train; see --help"), USAGE;
    if (!set.train && (set.bf16 || set.freeze[0] || set.freeze[1]))
        return complain("--freeze and --bf16 go with --train; see --help"), USAGE;
    if (set.first) return first_vector(&set);
    if (!set.batches) set.batches = set.train ? "32" : "1,8,32";
    if (!(n = parse_batches(set.batches, batches)))
        return complain("--batch %s: not a list of numbers from 1 to 65536; see --help", set.batches), USAGE;
    const int status = run(&set, argv[0], batches, n);
    return status ? status : stdout_failed();
}
