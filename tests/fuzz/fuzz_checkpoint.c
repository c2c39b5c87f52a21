// Any bytes as a checkpoint of a training. What is taken can be saved, is then taken again, and goes on; what is
// refused is refused in one line, and leaves the trainer as it was. Also what train itself keeps in it: where it was,
// and its log, of which the curves are drawn.
//
//     clang -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -I.
//         tests/fuzz/fuzz_checkpoint.c -o build/fuzz_checkpoint -lm -lpthread
//     build/fuzz_checkpoint -max_total_time=300 build/corpus
//
// The mutator is fuzz_model's, which knows the format, and from nothing begins with a checkpoint of the tiny model that
// all are resumed into.
#define _XOPEN_SOURCE 700
#include "harmless.h"
#define main train_main
#include "examples/train.c"
#undef main
#include "with_model.h"

enum { KINDS = 2, MOST = 1 << 16 };
static char folder[256], path[300];
static job jobs[KINDS];
static settings sets[KINDS];
// checkpoints of the first moment, train's and the trainer's
static unsigned char *first[KINDS], *initial[KINDS], model_bytes[MOST];
static size_t first_size[KINDS], initial_size[KINDS];

static void remove_folder(void) { remove(path), remove(folder); }

static unsigned char *file_bytes(size_t *size) {
    char why[WHY];
    unsigned char *bytes = file_read(path, SIZE_MAX / 8, size, why);
    HOLDS(bytes);
    return bytes;
}

static void write_bytes(const void *bytes, size_t size) {
    FILE *f = fopen(path, "wb");
    HOLDS(f && fwrite(bytes, 1, size, f) == size);
    HOLDS(!fclose(f));
}

// What a trainer is: all that a checkpoint has of it.
static unsigned char *snapshot(int kind, size_t *size) {
    HOLDS(!clip_trainer_save(jobs[kind].trainer, path, NULL, 0));
    return file_bytes(size);
}

static void step(int kind) {
    static const int32_t ids[4] = {2, 5, 2, 3};
    unsigned char pixels[2 * 8 * 8 * 3];
    clip_batch b = {0};
    double loss;
    for (size_t i = 0; i < sizeof pixels; i++) pixels[i] = (unsigned char)(i * 37 + (size_t)kind);
    b.n = 2, b.pixels = pixels, b.ids = ids, b.T = 2;
    clip_trainer_step(jobs[kind].trainer, &b, &loss);
}

static void begin(void) {
    const char *tmp = getenv("TMPDIR");
    size_t size = make_model(model_bytes, sizeof model_bytes, 0);
    snprintf(folder, sizeof folder, "%s/fuzz_checkpoint.XXXXXX", tmp ? tmp : "/tmp");
    HOLDS(size && mkdtemp(folder) && !atexit(remove_folder));
    snprintf(path, sizeof path, "%s/checkpoint.clip", folder);
    for (int kind = 0; kind < KINDS; kind++) {
        job *j = &jobs[kind];
        settings *set = &sets[kind];
        clip_error why;
        HOLDS(!clip_model_load_memory(model_bytes, size, NULL, &why, &j->model));
        set->checkpoint = set->out = path;
        set->epochs = 3, set->batch = 2;
        set->train.max_batch = 2;
        set->train.optimizer = kind ? CLIP_SGD : CLIP_ADAMW;
        set->train.momentum = kind ? 0.9 : 0;
        set->train.freeze[1] = kind;
        set->train.schedule = kind ? CLIP_COSINE : CLIP_PLATEAU;
        set->train.total_steps = 9;
        HOLDS(!clip_trainer_new(j->model, &set->train, &why, &j->trainer));
        step(kind);
        j->batches = j->steps = 4;
        for (int i = 0; i < 3; i++) {
            record r = record_empty();
            r.v[EPOCH] = i, r.v[STEP] = i + 1, r.v[LOSS] = 1.5 / (i + 1), r.v[VALIDATION] = 2;
            for (int c = RECALL; c <= MEAN; c++) r.v[c] = 0.1 * i;
            history_add(&j->at.log, &r);
        }
        HOLDS(!save_checkpoint(j, set));
        free(j->at.log.rows);
        memset(&j->at, 0, sizeof j->at);
        first[kind] = file_bytes(&first_size[kind]);
        initial[kind] = snapshot(kind, &initial_size[kind]);
    }
}

static void draw(const job *j, const settings *set) {
    FILE *out = fopen("/dev/null", "w");
    HOLDS(out);
    for (size_t i = 0; i < j->at.log.n; i++) csv_row(out, &j->at.log.rows[i]);
    // of fewer epochs now, too
    svg_write(out, &j->at.log, (double)clip__max(set->epochs, j->at.epoch), (double)j->steps, 1);
    fclose(out);
}

// The trainer as it was before: of the weights, the moments and the step, what a checkpoint has of them.
static void check_untouched(int kind) {
    size_t size;
    unsigned char *now = snapshot(kind, &size);
    HOLDS(size == initial_size[kind] && !memcmp(now, initial[kind], size));
    free(now);
}

// It can be saved, is taken again, and goes on.
static void check_taken(int kind) {
    job *j = &jobs[kind];
    size_t size, again_size;
    unsigned char *now = snapshot(kind, &size), *again;
    HOLDS(!clip_trainer_resume(j->trainer, path, NULL, 0, NULL));
    again = snapshot(kind, &again_size);
    HOLDS(again_size == size && !memcmp(again, now, size));
    step(kind);
    free(now), free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (!*folder) begin();
    for (int kind = 0; kind < KINDS; kind++) {
        job *j = &jobs[kind];
        int damaged = 0, taken;
        write_bytes(data, size);
        memset(said, 0, sizeof said);
        rewind(stderr);
        if (read_checkpoint(j, &sets[kind], path, &damaged)) {
            HOLDS(!strncmp(said, "train: ", 7) && strstr(said, folder));
            taken = !clip_trainer_resume(j->trainer, path, NULL, 0, NULL); // by the trainer, if not by train
        } else {
            HOLDS(j->at.batch <= j->batches && j->at.best_row <= j->at.log.n);
            draw(j, &sets[kind]);
            taken = 1;
        }
        said_is_harmless();
        if (taken) {
            check_taken(kind);
            write_bytes(first[kind], first_size[kind]); // back to where it began
            HOLDS(!clip_trainer_resume(j->trainer, path, NULL, 0, NULL));
        } else if (size % 16 == 0) check_untouched(kind);
        free(j->at.log.rows);
        memset(&j->at, 0, sizeof j->at);
    }
    return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed) {
    if (!*folder) begin();
    if (size < CLIP__HEADER || memcmp(data, clip__magic, 8)) {
        const int kind = seed % 2;
        if (first_size[kind] > max_size || seed % 16 == 15) return LLVMFuzzerMutate(data, size, max_size);
        memcpy(data, first[kind], size = first_size[kind]);
    }
    if (seed % 4 == 3) { // the program's part: options, position, log
        records r;
        find_records(data, size, &r);
        for (size_t i = 0; i < r.n_tensors; i++) {
            const uint8_t *p = data + r.tensors[i];
            const size_t at = (size_t)get(p + 40, 8), n = (size_t)get(p + 48, 8);
            static const double doubles[] = {0,      1,    2,        3,         4,   -1,     0.5, 1e300,
                                             -1e300, 1e19, INFINITY, -INFINITY, NAN, 5e-324, 1e17};
            if (memcmp(p + CLIP__TENSOR_HEADER, "train.user", 10) || at > size || n > size - at || n < OPTIONS_ROOM + 8)
                continue;
            for (uint32_t k = 1 + (seed >> 8) % 3; k; k--) {
                uint64_t bits;
                memcpy(&bits, &doubles[(seed >> 4) * k % (sizeof doubles / sizeof *doubles)], 8);
                clip__write_le(data + at + OPTIONS_ROOM + 8 * ((seed >> 12) * k % ((n - OPTIONS_ROOM) / 8)), bits, 8);
            }
        }
        return settle(data, size, max_size);
    }
    return fuzz_model_mutator(data, size, max_size, seed);
}
