// test_threads.c - promise 4: a model is shared by threads, each with a context, a trainer or a search of its own, and
// they disturb each other in nothing. Every thread begins at the same moment, so that what happens for the first time
// happens in all of them; what a thread alone computes afterwards must be the same bits. Made for TSan, see
// torture/threads.sh.
#define _XOPEN_SOURCE 700 // barriers
#define CLIP_IMPLEMENTATION
#include "clip_tokenizer.h"
#include "clip.h"
#include "test.h"
#include <pthread.h>

enum { THREADS = 8, ROUNDS = 3, N = 16 };

typedef struct worker worker;
typedef void job(worker *w);

struct worker {
    size_t number;
    job *run;
    const char *name;      // of a golden model,
    clip_model *model;     // which is loaded once for all of them
    const void *shared;    // what else they share
    unsigned char *result; // of `size` bytes
    size_t size;
    int failed;            // counted here: CHECK belongs to the main thread
    char why[256];         // of the last failure
    pthread_t id;
};

static pthread_barrier_t start;

// How many threads and how large batches the context of each worker has.
static const size_t helpers[THREADS] = {1, 2, 3, 1, 4, 2, 1, 3}, batches[THREADS] = {1, 2, 3, 5, 7, 16, 4, 8};

static void worker_failed(worker *w, const char *why) {
    w->failed++;
    snprintf(w->why, sizeof w->why, "%s", why);
}

static clip_context *worker_context(worker *w) {
    clip_options o = {0};
    clip_context *c = NULL;
    clip_error why;
    o.threads = helpers[w->number];
    o.max_batch = batches[w->number];
    if (clip_context_new(w->model, &o, &why, &c)) worker_failed(w, why.message);
    return c;
}

static void *worker_main(void *argument) {
    worker *w = (worker *)argument;
    pthread_barrier_wait(&start);
    for (int round = 0; round < ROUNDS; round++) w->run(w);
    return NULL;
}

// Runs a job in all threads at once, then alone, and compares `size` bytes of what came out.
static void run_together(const char *title, job *run, const char *name, clip_model *model, const void *shared,
                         size_t size) {
    worker workers[THREADS + 1];
    memset(workers, 0, sizeof workers);
    CHECK(!pthread_barrier_init(&start, NULL, THREADS), "no barrier");
    for (size_t i = 0; i <= THREADS; i++) {
        worker *w = &workers[i];
        w->number = i % THREADS, w->run = run, w->name = name, w->model = model, w->shared = shared;
        w->result = (unsigned char *)calloc(size + 1, 1), w->size = size;
        if (i < THREADS) CHECK(!pthread_create(&w->id, NULL, worker_main, w), "no thread");
    }
    for (size_t i = 0; i < THREADS; i++) pthread_join(workers[i].id, NULL);
    run(&workers[THREADS]);
    CHECK(!workers[THREADS].failed, "%s, %s, alone: %s", title, name, workers[THREADS].why);
    for (size_t i = 0; i < THREADS; i++) {
        CHECK(!workers[i].failed, "%s, %s, thread %zu: %s", title, name, i, workers[i].why);
        CHECK(!memcmp(workers[i].result, workers[THREADS].result, size), "%s, %s: other bits in thread %zu", title,
              name, i);
    }
    for (size_t i = 0; i <= THREADS; i++) free(workers[i].result);
    pthread_barrier_destroy(&start);
}

static const char *golden_path(const char *name, char path[256]) {
    snprintf(path, 256, "tests/goldens/%s.clip", name);
    return path;
}

static clip_model *load_golden(const char *name) {
    char path[256];
    clip_error why;
    clip_model *model = NULL;
    if (clip_model_load(golden_path(name, path), NULL, &why, &model))
        printf("%s: run from the root of the repository\n", why.message), exit(1);
    return model;
}

// --------------------------------------------------------------------------------------------------------- encoders

static unsigned char noise[61 * 47 * 3 + N]; // pictures begin at different places in it

// Token ids [N, T] as every text tower takes them: 2 tokens and more, the last one with the highest id, padding.
static void make_ids(const clip_model *model, size_t T, int32_t *ids, unsigned char *mask) {
    for (size_t i = 0; i < N * T; i++) {
        const size_t t = i % T, length = 2 + i / T % (T - 2);
        ids[i] = t + 1 == length ? 30 : t < length ? (int32_t)(4 + i * 7 % 26) : model->text_tower.pad;
        mask[i] = t < length;
    }
}

// Pictures and texts by all ways in, in the worker's batches.
static void encode(worker *w) {
    static const char *const words[] = {"a dog", "", "the red dog is running in the snow, and running!", "42", "snow?"};
    const size_t dim = clip_embed_dim(w->model), batch = batches[w->number];
    float *images = (float *)(void *)w->result, *texts = images + N * dim, *tokens = texts + N * dim;
    clip_context *c = worker_context(w);
    clip_model_info info;
    clip_model_get_info(w->model, &info);
    for (size_t i = 0; i < N && c; i += batch) {
        const size_t n = N - i < batch ? N - i : batch;
        clip_image pictures[N];
        const char *text[N];
        for (size_t k = 0; k < n; k++) {
            const clip_image picture = {noise + i + k, 10 + i + k, 61 - i - k, 3, 0};
            pictures[k] = picture;
            text[k] = words[(i + k) % 5];
        }
        if (info.image.tower && clip_encode_images(c, pictures, n, images + i * dim))
            worker_failed(w, clip_context_error(c));
        if (info.tokenizer && clip_encode_texts(c, text, n, texts + i * dim)) worker_failed(w, clip_context_error(c));
        if (info.text.tower) {
            int32_t ids[N * 8];
            unsigned char mask[N * 8];
            make_ids(w->model, 8, ids, mask);
            if (clip_encode_tokens(c, ids + 8 * i, mask + 8 * i, n, 8, tokens + i * dim))
                worker_failed(w, clip_context_error(c));
        }
    }
    clip_context_free(c);
}

static void a_model_is_shared(const char *name) {
    clip_model *model = load_golden(name);
    run_together("a shared model", encode, name, model, NULL, 3 * N * clip_embed_dim(model) * sizeof(float));
    clip_model_free(model);
}

// A model that comes and goes, while others of the same file do.
static void load_and_free(worker *w) {
    char path[256];
    clip_error why;
    float worst = -1;
    for (int k = 0; k < 5; k++) {
        clip_model *shared = w->model;
        clip_context *c;
        w->model = NULL;
        if (clip_model_load(golden_path(w->name, path), NULL, &why, &w->model)) worker_failed(w, why.message);
        c = w->model ? worker_context(w) : NULL;
        if (c && clip_selftest(c, &worst)) worker_failed(w, clip_context_error(c));
        memcpy(w->result, &worst, sizeof worst);
        clip_context_free(c);
        clip_model_free(w->model);
        w->model = shared;
    }
}

// ------------------------------------------------------------------------------------------------ search, tokenizers

enum { ROWS = 5000, DIM = 48, BEST = 20 };

static void find(worker *w) {
    const clip_index *indices = (const clip_index *)w->shared;
    clip_context *c = worker_context(w);
    for (size_t k = 0; k < 3 && c; k++)
        for (size_t q = 0; q < N; q++) {
            clip_match best[BEST];
            size_t found = 0;
            memset(best, 0, sizeof best);
            if (clip_search(c, &indices[k], (const float *)indices[0].rows + q * 7 * DIM, BEST, best, &found) ||
                found != BEST)
                worker_failed(w, clip_context_error(c));
            for (size_t i = 0; i < BEST; i++) { // without the bytes between the numbers of a match
                const double row = (double)best[i].index, score = (double)best[i].score;
                memcpy(w->result + ((k * N + q) * BEST + i) * 16, &row, sizeof row);
                memcpy(w->result + ((k * N + q) * BEST + i) * 16 + 8, &score, sizeof score);
            }
        }
    clip_context_free(c);
}

static void an_index_is_shared(void) {
    clip_model *model = load_golden("bert");
    clip_index indices[3];
    float *vectors = (float *)malloc(ROWS * DIM * sizeof(float)), *scales = (float *)malloc(ROWS * sizeof(float));
    void *rows[3] = {vectors, malloc(ROWS * DIM * 2), malloc(ROWS * DIM)};
    uint32_t seed = 7;
    for (size_t i = 0; i < ROWS * DIM; i++)
        vectors[i] = (float)((seed = seed * 1664525 + 1013904223) >> 8) / 8388608.0f - 1;
    for (int k = 0; k < 3; k++) {
        const clip_index index = {(clip_index_type)k, ROWS, DIM, rows[k], k == CLIP_INDEX_INT8 ? scales : NULL};
        indices[k] = index;
        if (k) clip_index_pack(index.type, vectors, ROWS, DIM, rows[k], scales);
    }
    run_together("a shared index", find, "bert", model, indices, 3 * N * BEST * 16);
    free(vectors), free(scales), free(rows[1]), free(rows[2]);
    clip_model_free(model);
}

enum { SLICE = 100, SLICES = 200, MAX_IDS = 64 };

typedef struct language {
    clip_tokenizer *tokenizers[2];
    const char *text;
} language;

static void tokenise(worker *w) {
    const language *l = (const language *)w->shared;
    int32_t *ids = (int32_t *)(void *)w->result;
    for (size_t i = 0; i < SLICES; i++)
        for (size_t k = 0; k < 2; k++, ids += MAX_IDS)
            if (clip_tokenizer_encode(l->tokenizers[k], l->text + i * SLICE, SLICE, ids, MAX_IDS) < 2)
                worker_failed(w, "no ids");
}

static void *read_golden(const char *name, size_t *size) {
    char path[256];
    void *data = NULL;
    snprintf(path, sizeof path, "tests/goldens/%s", name);
    if (clip__file_read(path, NULL, &data, size)) printf("%s is missing\n", path), exit(1);
    return data;
}

static void tokenizers_are_shared(void) {
    clip_tokenizer_desc desc[2];
    language l;
    size_t size;
    void *memory[2];
    memset(desc, 0, sizeof desc);
    desc[0].vocab = (const char *)read_golden("tiny_vocab.txt", &desc[0].vocab_size);
    desc[1].kind = CLIP_BPE, desc[1].cleaning = CLIP_CLEAN_OPENAI;
    desc[1].vocab = (const char *)read_golden("bpe_vocab.txt", &desc[1].vocab_size);
    desc[1].merges = (const char *)read_golden("bpe_merges.txt", &desc[1].merges_size);
    l.text = (const char *)read_golden("bpe_texts.txt", &size);
    CHECK(size >= SLICE * SLICES, "bpe_texts.txt has only %zu bytes", size);
    for (int k = 0; k < 2; k++) {
        memory[k] = malloc(clip_tokenizer_size(&desc[k]) + 1);
        const char *wrong = clip_tokenizer_init(&desc[k], memory[k], &l.tokenizers[k]);
        CHECK(!wrong, "%s", wrong);
    }
    run_together("shared tokenizers", tokenise, "tokenizers", NULL, &l, 2 * SLICES * MAX_IDS * sizeof(int32_t));
    for (int k = 0; k < 2; k++) free(memory[k]), free((void *)(uintptr_t)desc[k].vocab);
    free((void *)(uintptr_t)desc[1].merges), free((void *)(uintptr_t)l.text);
}

// --------------------------------------------------------------------------------------------------------- trainers

// A training of its own for each thread, from one model; and all of them write what they have learnt to one file.
static void learn(worker *w) {
    clip_train_options o;
    clip_trainer *t = NULL;
    clip_error why;
    clip_batch b;
    const size_t S = w->model->pipeline.S;
    unsigned char *pixels = (unsigned char *)malloc(N * S * S * 3), mask[N * 8];
    int32_t ids[N * 8];
    memset(&o, 0, sizeof o);
    memset(&b, 0, sizeof b);
    for (size_t i = 0; i < N * S * S * 3; i++) pixels[i] = (unsigned char)(i * i % 251);
    make_ids(w->model, 8, ids, mask);
    o.loss = CLIP_LOSS_INFONCE, o.dropout = 0.2, o.max_batch = N, o.threads = helpers[w->number];
    if (w->number % 2) o.micro_batch = N; // the same as none
    b.n = N, b.pixels = pixels, b.ids = ids, b.mask = mask, b.T = 8;
    if (clip_trainer_new(w->model, &o, &why, &t)) worker_failed(w, why.message);
    for (size_t step = 0; step < 3 && t; step++) {
        double loss = -1;
        if (clip_trainer_step(t, &b, &loss)) worker_failed(w, clip_trainer_error(t));
        memcpy(w->result + step * sizeof loss, &loss, sizeof loss);
    }
    if (t && clip_trainer_export(t, (const char *)w->shared)) worker_failed(w, clip_trainer_error(t));
    void *file = NULL;
    size_t size = 0;
    if (clip__file_read((const char *)w->shared, &why, &file, &size)) worker_failed(w, why.message);
    else if (size + 3 * sizeof(double) > w->size) worker_failed(w, "a longer file");
    else memcpy(w->result + 3 * sizeof(double), file, size);
    free(file);
    clip_trainer_free(t);
    free(pixels);
}

static void trainers_share_a_model_and_a_file(const char *name) {
    const char *temporary = getenv("TMPDIR");
    char path[256], folder[200];
    clip_model *model = load_golden(name);
    snprintf(folder, sizeof folder, "%s/clip_test_XXXXXX", temporary ? temporary : "/tmp");
    CHECK(mkdtemp(folder), "%s can't be made", folder);
    snprintf(path, sizeof path, "%s/learnt.clip", folder);
    run_together("trainers of one model", learn, name, model, path, model->file.size + 4096);
    CHECK(!remove(path) && !rmdir(folder), "%s has more than the model", folder); // no temporary files
    clip_model_free(model);
}

int main(void) {
    static const char *const names[] = {"vit_cls",    "bert",           "resnet_basic",      "resnet_bottleneck",
                                        "distilbert", "train_clip_vit", "train_clip_resnet", "train_siglip",
                                        "train_dual"};
    for (size_t i = 0; i < sizeof noise; i++) noise[i] = (unsigned char)(i * i * 31 % 253);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) a_model_is_shared(names[i]);
    run_together("models that come and go", load_and_free, "bert", NULL, NULL, sizeof(float));
    run_together("models that come and go", load_and_free, "vit_cls", NULL, NULL, sizeof(float));
    an_index_is_shared();
    tokenizers_are_shared();
    trainers_share_a_model_and_a_file("train_clip_vit");
    trainers_share_a_model_and_a_file("train_dual");
    return TEST_END();
}
