// bench.c - how long a model takes on this machine: median milliseconds a call, and the peak of memory.
//
//     bench model.clip                     both towers, 1, 8 and 32 at a time
//     bench model.clip --train             one step of training
#define _XOPEN_SOURCE 700 // POSIX of 2008
#define CLIP_IMPLEMENTATION
#include "clip_tokenizer.h"
#include "clip.h"
#define PROGRAM "bench"
#include "examples/common.h"
#include <sys/resource.h>

static const char HELP[] =
    "bench MODEL.clip [--tower image|text] [--batch 1,8,32] [--tokens N] [--threads N] [--json]\n"
    "                          median milliseconds of a call that encodes so many pictures or texts\n"
    "bench MODEL.clip --train [--batch 32] [--tokens N] [--threads N] [--freeze image,text] [--json]\n"
    "                          median milliseconds of a step of training: forward, backward and AdamW\n"
    "\n"
    "  --tokens N     of each text; default 32, or the model's context if that is less\n"
    "  --threads N    default: the CPUs that are online\n"
    "  --runs N       how many are timed, after one that is not; default 5\n"
    "  --json         one line of JSON for each\n"
    "\n"
    "Pictures and ids are random: they cost what real ones do. The peak of memory is the process's so far.\n";

enum { MOST_BATCHES = 16, MOST_RUNS = 1000 };

typedef struct settings {
    const char *model, *tower, *batches, *freeze;
    size_t tokens, threads, runs;
    int train, json;
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
} bench;

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
    double ms;
    if (run_once(b, what, n)) return FAILED;
    for (size_t i = 0; i < runs; i++) {
        const double began = seconds();
        if (run_once(b, what, n)) return FAILED;
        took[i] = seconds() - began;
    }
    qsort(took, runs, sizeof *took, by_value);
    ms = 1e3 * (runs % 2 ? took[runs / 2] : (took[runs / 2 - 1] + took[runs / 2]) / 2);
    if (b->set->json)
        printf(
            "{\"what\": \"%s\", \"batch\": %zu, \"threads\": %zu, \"isa\": \"%s\", \"ms\": %.3f, \"peak_mb\": %ld}\n",
            what, n, b->set->threads, clip_isa_name(b->clip), ms, peak_mb());
    else
        printf("%-5s  batch %4zu  %10.2f ms  %9.1f a second  peak %ld MB  (%s, %zu threads)\n", what, n, ms,
               1e3 * (double)n / ms, peak_mb(), clip_isa_name(b->clip), b->set->threads);
    fflush(stdout);
    return 0;
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
        const int32_t last = (int32_t)b->info.vocabulary - 1, end = b->model->text_tower.end;
        b->ids[i] = i % T + 1 < T ? (int32_t)(clip__random(0, 1, i) % (uint64_t)last) : end ? end : last;
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
        for (int tower = 0; tower < 2; tower++)
            o.freeze[tower] = set->freeze && strstr(set->freeze, tower ? "text" : "image");
        if (clip_trainer_new(b->model, &o, &why, &b->trainer)) return complain("%s: %s", set->model, why.message);
        clip_model_free(b->model);
        b->model = NULL;
        b->clip = clip_trainer_context(b->trainer);
    } else {
        clip_options o = {0};
        o.threads = set->threads;
        o.max_batch = largest;
        if (b->info.text.tower) o.max_tokens = b->batch.T;
        if (clip_context_new(b->model, &o, &why, &b->clip)) return complain("%s", why.message);
    }
    return make_inputs(b, largest);
}

static int run(const settings *set, const size_t *batches, size_t n) {
    static const char *const towers[] = {"image", "text"};
    bench b;
    size_t largest = 0;
    int failed;
    memset(&b, 0, sizeof b);
    b.set = set;
    for (size_t i = 0; i < n; i++) largest = batches[i] > largest ? batches[i] : largest;
    failed = bench_start(&b, largest);
    for (size_t i = 0; i < n && set->train && !failed; i++) failed = time_one(&b, "train", batches[i]);
    for (int t = 0; t < 2 && !set->train && !failed; t++) {
        if (set->tower ? strcmp(set->tower, towers[t]) != 0 : !(t ? b.info.text.tower : b.info.image.tower)) continue;
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
        else if (!strcmp(a, "--freeze")) failed = !(set.freeze = option_value(argc, argv, &i));
        else if (!strcmp(a, "--tokens")) failed = option_count(argc, argv, &i, 1, 65536, &set.tokens);
        else if (!strcmp(a, "--threads")) failed = option_count(argc, argv, &i, 1, MOST_THREADS, &set.threads);
        else if (!strcmp(a, "--runs")) failed = option_count(argc, argv, &i, 1, MOST_RUNS, &set.runs);
        else if (!strcmp(a, "--train")) set.train = 1;
        else if (!strcmp(a, "--json")) set.json = 1;
        else if (a[0] == '-') failed = complain("%s: no such option; see --help", a);
        else if (set.model) failed = complain("%s: belongs to no option; see --help", a);
        else set.model = a;
        if (failed) return USAGE;
    }
    if (!set.model) return complain("MODEL.clip is missing; see --help"), USAGE;
    if (set.tower && strcmp(set.tower, "image") && strcmp(set.tower, "text"))
        return complain("--tower %s: image or text; see --help", set.tower), USAGE;
    if (!set.batches) set.batches = set.train ? "32" : "1,8,32";
    if (!(n = parse_batches(set.batches, batches)))
        return complain("--batch %s: not a list of numbers from 1 to 65536; see --help", set.batches), USAGE;
    return run(&set, batches, n);
}
