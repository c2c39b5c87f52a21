// train.c - teaches a model which words belong to which pictures, from a folder of photos and a file of captions.
//
//     train --captions captions.txt --images photos --image-tower vit.clip --text-tower bert.clip --freeze image,text
//           -o mine.clip
//     train --captions captions.txt --images photos --image-tower new:vit:192x6:patch8:64 --text-tower new:bert:192x4
//           -o mine.clip
//
// The order of things: captions are read and split by picture; every picture is looked at once, so that what is wrong
// shows before the training and not in the middle of it; what a frozen tower makes of them is kept on disk; then the
// epochs, with a validation, a checkpoint and curves after each. All randomness is a function of the seed and of the
// place where it is used, so that a training that was stopped goes on as if it never had been.
#define _XOPEN_SOURCE 700 // POSIX of 2008
#define _FILE_OFFSET_BITS 64 // files above 2 GB where a long has 32 bits
#define CLIP_IMPLEMENTATION
#include "clip_tokenizer.h"
#include "clip.h"
#define PROGRAM "train"
#include "common.h"
#include "captions.h"
#include "augment.h"
#include "read_ahead.h"
#include "features.h"
#include "new_model.h"
#include "curves.h"
#include "train_options.h"

// What random numbers are for: each purpose, in each epoch, has a stream of its own. The first is the split's.
enum { FOR_ORDER = 2, FOR_CAPTION, FOR_CROP };
static uint64_t stream_of(uint64_t purpose, uint64_t epoch) { return purpose << 56 | epoch; }

typedef struct mean { // of losses, by pairs
    double sum, n;
} mean;

static void mean_add(mean *m, double value, double n) { m->sum += value * n, m->n += n; }
static double mean_of(const mean *m) { return m->n > 0 ? m->sum / m->n : (double)NAN; }

// Where the training is: what a checkpoint holds beside the trainer.
typedef struct position {
    size_t epoch, batch;  // those that come next, from 0
    mean epoch_loss, row; // since the beginning of the epoch; since the last row of the log
    size_t best_row;      // 1 + the row of the best epoch so far; 0: none
    double norm;          // of the last step's gradient
    history log;
} position;

// What a run holds. Everything is given back in run(), however it ends.
typedef struct job {
    dataset data;
    clip_model *model;
    void *model_memory; // of a model that was put together
    clip_model_info info;
    size_t width[2]; // of the towers' features
    clip_trainer *trainer;
    int32_t *ids;                     // of the texts, one after the other
    size_t *ids_start;                // [n_texts + 1]
    size_t longest;                   // of them
    size_t pixels_size;               // S * S * 3
    unsigned char *pixels;            // [n_pictures, S, S, 3], or NULL where they don't fit
    float *features[2];               // of frozen towers: [n_pictures, width], [n_texts, width]
    size_t *validation, n_validation; // pictures, shuffled
    size_t *train, n_train;
    size_t *pictures, *texts, n_pairs; // the pairs of this epoch
    size_t batches, steps;             // of an epoch
    reader reader;
    struct { // what a batch is made of
        unsigned char *pixels, *mask;
        float *features[2];
        int32_t *ids;
    } batch;
    struct {                                // what is measured with
        size_t *texts, n_texts;             // the different ones
        size_t *row_of;                     // of each text of the dataset: where it is among those
        size_t *picture, n_captions;        // of each caption: its picture among j->validation
        float *features[2];                 // [n_validation, width], [n_texts, width]
        float *images, *encoded, *captions; // vectors
    } val;
    output log_begun; // the log, beside its place, until there is a checkpoint
    FILE *log;
    int log_failed, curves_failed, stdout_failed;
    double began;      // less what was spent before it was resumed
    progress progress; // of the epoch, or of what is left of it,
    size_t first;      // which is from this batch on
    position at;
} job;

// --------------------------------------------------------------------------------------------------------- the model

static uint64_t hash_tower(const clip__file *f, const char *tower) {
    uint64_t hash = HASH_START;
    clip__key key;
    clip__tensor t;
    for (size_t cursor = 0, i = 0; i < f->n_keys && clip__file_next_key(f, &cursor, &key); i++)
        if (!tower || of_tower(key.name, key.name_size, tower))
            hash = hash_bytes(hash_bytes(hash, key.name, key.name_size), key.value, key.size);
    for (size_t cursor = 0, i = 0; i < f->n_tensors && clip__file_next_tensor(f, &cursor, &t); i++)
        if (!tower || of_tower(t.name, t.name_size, tower)) // the checksum stands for the weights
            hash = hash_number(hash_number(hash_bytes(hash, t.name, t.name_size), t.size), t.crc);
    return hash;
}

// The vocabulary of a new text tower: a file's, or that of the captions to train with.
static char *read_vocabulary(const dataset *d, const settings *set, size_t *size) {
    char why[WHY], *made;
    if (set->vocab) {
        made = (char *)file_read(set->vocab, INT_MAX, size, why);
        if (!made) complain("%s: %s", set->vocab, why);
        return made;
    }
    const char **texts = malloc((d->n_captions + 1) * sizeof *texts);
    size_t n = 0;
    for (size_t i = 0; texts && i < d->n_captions; i++)
        if (!d->pictures[d->captions[i].picture].validation) texts[n++] = d->captions[i].words;
    made = texts ? vocabulary_of(texts, n, size) : NULL;
    if (!made) complain("not enough memory for the vocabulary");
    free(texts);
    return made;
}

// Puts one tower among the parts. Returns the width of its features, or 0 and says why. *source is the file's model,
// which must stay until the parts are built.
static size_t take_tower(parts *p, const job *j, const settings *set, int tower, clip_model **source) {
    const char *name = set->tower[tower] ? set->tower[tower] : set->model;
    char why[WHY];
    clip_error error;
    clip_model_info info;
    if (is_new(name)) {
        size_t size, width;
        char *vocabulary;
        if (tower == CLIP_IMAGE_TOWER) width = parts_new_image_tower(p, name, why);
        else {
            if (!(vocabulary = read_vocabulary(&j->data, set, &size))) return 0;
            width = parts_new_text_tower(p, name, vocabulary, size, why);
            free(vocabulary);
        }
        if (!width) complain("%s: %s", name, why);
        return width;
    }
    if (clip_model_load(name, NULL, &error, source)) return complain("%s", error.message), 0;
    clip_model_get_info(*source, &info);
    const clip_tower_info *t = tower == CLIP_IMAGE_TOWER ? &info.image : &info.text;
    if (!t->tower) return complain("%s: this model has no %s tower", name, tower_names[tower]), 0;
    parts_copy_tower(p, &(*source)->file, tower_names[tower]);
    return t->width;
}

static void close_model(job *j) {
    clip_model_free(j->model);
    free(j->model_memory);
    j->model = NULL, j->model_memory = NULL;
}

// Two towers with new heads behind them.
static int put_together(job *j, const settings *set) {
    const char *const *head = set->head;
    clip_model *sources[2] = {NULL, NULL};
    parts p = {0};
    char why[WHY];
    size_t width[2] = {0, 0};
    int failed = 0;
    p.seed = set->seed;
    for (int k = 0; k < 2 && !failed; k++) failed = !(width[k] = take_tower(&p, j, set, k, &sources[k]));
    const size_t without = !strcmp(head[0], "none") ? width[0] : !strcmp(head[1], "none") ? width[1] : 0,
                 dim = without && !set->embed_dim ? without : set->embed_dim ? set->embed_dim : 256;
    if (!failed && without && without != dim)
        failed = complain("--embed-dim %zu: a tower without a head has vectors of %zu", dim, without);
    for (int k = 0; k < 2 && !failed; k++) parts_new_head(&p, tower_names[k], head[k], width[k], dim);
    if (!failed && parts_build(&p, why, &j->model, &j->model_memory)) failed = complain("%s", why);
    if (!failed && !set->max_tokens && j->model->info.tokenizer) { // a text that is cut would be no self-test
        failed = parts_selftest(&p, j->model, dim, j->data.texts[0], why);
        close_model(j);
        if (failed || parts_build(&p, why, &j->model, &j->model_memory)) failed = complain("%s", why);
    }
    parts_free(&p);
    for (int k = 0; k < 2; k++) clip_model_free(sources[k]);
    return failed;
}

static int open_model(job *j, const settings *set) {
    clip_error why;
    if (set->model && !set->new_heads) {
        if (clip_model_load(set->model, NULL, &why, &j->model)) return complain("%s", why.message);
    } else if (put_together(j, set)) return FAILED;
    clip_model_get_info(j->model, &j->info);
    if (!j->info.image.tower || !j->info.text.tower)
        return complain("%s: this model has no %s tower; give --image-tower and --text-tower", set->model,
                        tower_names[j->info.image.tower != NULL]);
    if (!j->info.tokenizer)
        return complain("%s: this model has no tokenizer; convert it with its vocab.txt",
                        set->tower[1] ? set->tower[1] : set->model);
    j->width[CLIP_IMAGE_TOWER] = j->info.image.width, j->width[CLIP_TEXT_TOWER] = j->info.text.width;
    j->pixels_size = j->info.image_size * j->info.image_size * 3;
    return 0;
}

// The token ids of all texts.
static int tokenise(job *j, const settings *set) {
    const size_t max = set->max_tokens ? clip__min(set->max_tokens, j->info.context) : j->info.context;
    clip_options options = {0};
    clip_context *clip = NULL;
    clip_error why;
    size_t room = 0, n = 0;
    int failed = 0;
    options.max_batch = 1;
    if (clip_context_new(j->model, &options, &why, &clip)) return complain("%s", why.message);
    j->ids_start = calloc(j->data.n_texts + 1, sizeof *j->ids_start);
    for (size_t i = 0; i < j->data.n_texts && !failed; i++) {
        size_t count = 0;
        int32_t *ids = j->ids_start ? grown(j->ids, n, max, &room, sizeof *ids) : NULL;
        if (ids) j->ids = ids;
        if (!ids) failed = complain("not enough memory for the captions");
        else if (clip_tokenize(clip, j->data.texts[i], ids + n, max, &count))
            failed = complain("%s", clip_context_error(clip));
        else j->ids_start[i + 1] = n += count;
        j->longest = clip__max(j->longest, count);
    }
    clip_context_free(clip);
    return failed;
}

// ----------------------------------------------------------------------------------------------------------- batches

// Says what went wrong in a training, and what stands.
static int training_failed(const settings *set, const char *why) {
    struct stat about;
    const int saved = stat(set->checkpoint, &about) == 0;
    return complain("%s; %s%s", why, saved ? "the last good checkpoint is " : "there is no checkpoint yet",
                    saved ? set->checkpoint : "");
}

// Begins to read a list of pictures, which must stay until the reader's end. Augmented ones are those of this epoch.
static int read_list(job *j, const settings *set, const size_t *list, size_t n, int augment) {
    reader *r = &j->reader;
    r->model = j->model, r->pictures = j->data.pictures, r->list = list, r->n = n;
    r->kept = augment ? NULL : j->pixels;
    r->ahead = set->batch, r->n_threads = set->train.threads; // the next batch, while this one is computed
    r->augment = augment, r->seed = set->seed, r->stream = stream_of(FOR_CROP, j->at.epoch);
    return reader_begin(r);
}

// The next picture of a list that is read for the first time, number i, to `pixels` (may be NULL). Returns 0, another
// number if it is passed over, or TROUBLE; both are said.
static int first_look(job *j, size_t i, unsigned char *pixels) {
    char why[WHY];
    const int failed = reader_next(&j->reader, pixels, why);
    if (failed == TROUBLE) complain("%s: %s", j->data.pictures[i].path, why);
    else if (failed) picture_is_bad(&j->data, i, why);
    return failed;
}

// The token ids of the texts list[0..n), as many as the longest has.
static void fill_ids(job *j, const size_t *list, size_t n, clip_batch *out) {
    out->n = n, out->T = 0;
    for (size_t i = 0; i < n; i++) out->T = clip__max(out->T, j->ids_start[list[i] + 1] - j->ids_start[list[i]]);
    memset(j->batch.ids, 0, n * out->T * sizeof *j->batch.ids);
    memset(j->batch.mask, 0, n * out->T);
    for (size_t i = 0; i < n; i++) {
        const size_t start = j->ids_start[list[i]], count = j->ids_start[list[i] + 1] - start;
        memcpy(j->batch.ids + i * out->T, j->ids + start, count * sizeof *j->ids);
        memset(j->batch.mask + i * out->T, 1, count);
    }
    out->ids = j->batch.ids;
    out->mask = j->batch.mask;
}

// One side of a batch, list[0..n), pictures or texts: features of a frozen tower, ids, or the reader's next pictures.
static int fill_batch(job *j, const settings *set, int tower, const size_t *list, size_t n, clip_batch *out) {
    const size_t width = j->width[tower];
    float *features = j->batch.features[tower];
    out->n = n;
    if (j->features[tower]) {
        for (size_t i = 0; i < n; i++)
            memcpy(features + i * width, j->features[tower] + list[i] * width, width * sizeof(float));
        *(tower == CLIP_IMAGE_TOWER ? &out->image_features : &out->text_features) = features;
        return 0;
    }
    if (tower == CLIP_TEXT_TOWER) return fill_ids(j, list, n, out), 0;
    for (size_t i = 0; i < n; i++) {
        char why[WHY], line[4096];
        if (!reader_next(&j->reader, j->batch.pixels + i * j->pixels_size, why)) continue;
        snprintf(line, sizeof line, "%s: %s, which could be read before", j->data.pictures[list[i]].path, why);
        return training_failed(set, line);
    }
    out->pixels = j->batch.pixels;
    return 0;
}

static int batch_alloc(job *j, const settings *set) {
    const size_t n = set->batch;
    int failed = 0;
    for (int k = 0; k < 2; k++)
        failed = !(j->batch.features[k] = vectors_alloc(n, j->width[k])) || failed;
    j->batch.pixels = malloc(clip__mul(n, j->pixels_size));
    j->batch.ids = malloc(clip__mul(n, j->longest * sizeof *j->batch.ids));
    j->batch.mask = malloc(clip__mul(n, j->longest));
    failed = failed || !j->batch.pixels || !j->batch.ids || !j->batch.mask;
    return failed ? complain("not enough memory for a batch of %zu", n) : 0;
}

// -------------------------------------------------------------------------------------------- before the training

static uint64_t cache_key(const job *j, int tower) {
    const dataset *d = &j->data;
    uint64_t hash = hash_tower(&j->model->file, tower_names[tower]);
    for (size_t i = 0; tower == CLIP_IMAGE_TOWER && i < d->n_pictures; i++) {
        const picture *p = &d->pictures[i];
        hash = hash_number(hash_number(hash_text(hash, p->name), p->size), (uint64_t)p->time);
    }
    for (size_t i = 0; tower == CLIP_TEXT_TOWER && i < d->n_texts; i++) {
        const size_t start = j->ids_start[i], count = j->ids_start[i + 1] - start;
        for (size_t k = 0; k < count; k++) hash = hash_number(hash, (uint64_t)j->ids[start + k]);
        hash = hash_number(hash, count);
    }
    return hash;
}

// Computes the vectors that the cache lacks. For pictures this is also the pass that finds bad ones; a picture that was
// bad when the cache was made is tried again.
static int compute_features(job *j, const settings *set, cache *c, const size_t *list, size_t n, int tower) {
    enum { SAVE_SECONDS = 30 }; // so much work may be lost
    const int images = tower == CLIP_IMAGE_TOWER;
    progress p = progress_begin(images ? "picture" : "text", n);
    float *vectors = j->batch.features[tower];
    double saved = seconds();
    size_t good = 0;
    clip_train_options options = {0};
    clip_trainer *t;
    clip_error why;
    options.freeze[0] = options.freeze[1] = 1; // it computes features and nothing else
    options.max_batch = clip__min(set->batch, 32);
    options.max_tokens = j->longest;
    options.threads = set->train.threads;
    if (clip_trainer_new(j->model, &options, &why, &t)) return complain("%s", why.message);
    int failed = images && read_list(j, set, list, n, 0);
    for (size_t i = 0; i < n && !failed;) {
        size_t rows[64], k = 0;
        clip_batch b = {0};
        for (; i < n && k < clip__min(set->batch, sizeof rows / sizeof *rows) && !failed; i++) {
            const int look = images ? first_look(j, list[i], j->batch.pixels + k * j->pixels_size) : 0;
            if (!look) rows[k++] = list[i];
            failed = look == TROUBLE;
        }
        if (images) b.n = k, b.pixels = j->batch.pixels;
        else fill_ids(j, rows, k, &b);
        if (k > 0 && !failed && clip_trainer_features(t, &b, images ? vectors : NULL, images ? NULL : vectors))
            failed = complain("%s", clip_trainer_error(t));
        for (size_t v = 0; v < k && !failed; v++)
            memcpy(c->vectors + rows[v] * c->width, vectors + v * c->width, c->width * sizeof(float));
        good += k;
        progress_show(&p, i);
        if (interrupted || seconds() - saved > SAVE_SECONDS) cache_save(c), saved = seconds();
        if (interrupted && !failed)
            failed = complain("stopped while features were computed; the same command goes on from there");
    }
    if (!failed) progress_end(&p, good);
    if (!failed && good) cache_save(c);
    reader_end(&j->reader);
    clip_trainer_free(t);
    return failed;
}

// The features of a frozen tower, out of the cache or computed.
static int features_of(job *j, const settings *set, int tower) {
    const int images = tower == CLIP_IMAGE_TOWER;
    const size_t all = images ? j->data.n_pictures : j->data.n_texts;
    size_t n = 0, *list = malloc((all + 1) * sizeof *list);
    cache c = {0};
    int failed = !list && complain("not enough memory for the features");
    if (!failed) failed = cache_open(&c, set->cache, tower_names[tower], cache_key(j, tower), all, j->width[tower]);
    for (size_t i = 0; i < all && !failed; i++)
        if (!cache_has(&c, i) && !(images && j->data.pictures[i].bad)) list[n++] = i;
    if (!failed && n) failed = compute_features(j, set, &c, list, n, tower);
    free(list);
    free(c.path);
    j->features[tower] = c.vectors;
    return failed;
}

// Reads every picture once, so that bad ones are known before the training, and keeps those pixels that there is
// memory for. For a tower that is trained.
static int check_pictures(job *j, const settings *set) {
    const dataset *d = &j->data;
    const size_t all = clip__mul(d->n_pictures, j->pixels_size);
    size_t *list = malloc((d->n_pictures + 1) * sizeof *list), n = 0;
    if (!list) return complain("not enough memory for the pictures");
    for (size_t i = 0; i < d->n_pictures; i++)
        if (!d->pictures[i].bad) list[n++] = i;
    progress p = progress_begin("picture", n);
    int failed = read_list(j, set, list, n, 0);
    unsigned char *kept = !set->augment && all / 1000000 < set->memory ? malloc(all) : NULL;
    for (size_t i = 0; i < n && !failed; i++) {
        failed = first_look(j, list[i], kept ? kept + list[i] * j->pixels_size : NULL) == TROUBLE;
        progress_show(&p, i + 1);
        if (interrupted && !failed) failed = complain("stopped while pictures were looked at; nothing is written");
    }
    if (!failed) progress_end(&p, n);
    reader_end(&j->reader);
    free(list);
    j->pixels = kept;
    return failed;
}

// Everything that is known before the training, and the pictures that are left for it.
static int prepare(job *j, const settings *set) {
    dataset *d = &j->data;
    if (dataset_read(d, &set->data) || open_model(j, set) || tokenise(j, set) || batch_alloc(j, set)) return FAILED;
    if (set->train.freeze[0] ? features_of(j, set, CLIP_IMAGE_TOWER) : check_pictures(j, set)) return FAILED;
    if (check_bad(d, set->data.max_bad)) return FAILED;
    if (set->train.freeze[1] && features_of(j, set, CLIP_TEXT_TOWER)) return FAILED;
    if (d->bad) complain("%zu pictures or captions can't be used and are passed over", d->bad);
    j->train = calloc(d->n_pictures + 1, sizeof *j->train);
    j->validation = calloc(d->n_pictures + 1, sizeof *j->validation);
    if (!j->train || !j->validation) return complain("not enough memory for the pictures");
    for (size_t i = 0; i < d->n_pictures; i++) {
        if (d->pictures[i].bad) continue;
        if (d->pictures[i].validation) j->validation[j->n_validation++] = i;
        else j->train[j->n_train++] = i;
    }
    if (j->n_validation == 1) { // it would be found always, at a loss of 0, and the first epoch be the best
        complain("1 picture to measure with has none to be told from, so that nothing is measured: keep two, or "
                 "--val 0");
        j->n_validation = 0;
    }
    if (j->n_train < 2) return complain("%zu pictures to train with are too few: a loss compares two", j->n_train);
    if (set->runs > 1 && j->n_train / set->runs < 2)
        return complain("--runs %zu: of %zu pictures to train with there is no second run; give --runs %zu or less",
                        set->runs, j->n_train, j->n_train / 2);
    // The files' order is often one of classes.
    shuffle(j->validation, j->n_validation, set->seed, stream_of(FOR_ORDER, UINT32_MAX));
    return 0;
}

// --------------------------------------------------------------------------------------------------------------- log

// A log that can't be written is no reason to stop: it is said, and is a failure in the end.
static void log_check(job *j, const settings *set) {
    if ((!j->log || fflush(j->log) || ferror(j->log)) && !j->log_failed++)
        complain("%s: %s; the training goes on without it", set->log, strerror(errno));
}

// Puts the log in its place, if it isn't there yet; from then on it grows there.
static void log_settle(job *j, const settings *set) {
    if (!j->log_begun.file) return;
    j->log = output_commit(&j->log_begun) ? NULL : fopen(set->log, "ab"); // Windows renames no open file
    log_check(j, set);
}

// Begins the log with what there is already: rows that were written after the checkpoint come again. That of an earlier
// training stays until this one has something to go on from.
static void log_begin(job *j, const settings *set) {
    if (clip__file_is_special(set->log) > 0) j->log = fopen(set->log, "wb");
    else if (!output_open(&j->log_begun, set->log)) j->log = j->log_begun.file;
    if (j->log) fputs(CSV_HEADER, j->log);
    for (size_t i = 0; j->log && i < j->at.log.n; i++) csv_row(j->log, &j->at.log.rows[i]);
    log_check(j, set);
    if (set->resume) log_settle(j, set);
}

static int log_row(job *j, const settings *set, const record *r) {
    if (history_add(&j->at.log, r)) return FAILED;
    if (j->log) csv_row(j->log, r);
    log_check(j, set);
    j->at.row = (mean){0, 0};
    return 0;
}

// --------------------------------------------------------------------------------------------------------- the plan

// Batches in n pairs. A last one of a single pair is left out: it has nothing to be compared with.
static size_t batches_of(size_t n, size_t batch) { return n / batch + (n % batch > 1 || n < 2); }

// Which of its captions a picture has first in an epoch.
static size_t first_caption(const job *j, const settings *set, size_t number, uint64_t epoch) {
    return (size_t)(clip__random(set->seed, stream_of(FOR_CAPTION, epoch), number) % j->data.pictures[number].n);
}

// The pairs of an epoch, in their order: j->pictures and j->texts. It goes in rounds, each with every picture once and
// one of its captions, so that a batch hardly ever has two captions of one picture.
static void plan_epoch(job *j, const settings *set, uint64_t epoch) {
    size_t n = 0, rounds = 1, *captions = j->pictures; // until they are shuffled
    for (size_t i = 0; i < j->n_train && !set->one_caption; i++)
        rounds = clip__max(rounds, j->data.pictures[j->train[i]].n);
    for (size_t round = 0; round < rounds; round++) {
        const size_t begin = n;
        for (size_t i = 0; i < j->n_train; i++) {
            const picture *p = &j->data.pictures[j->train[i]];
            const size_t first = first_caption(j, set, j->train[i], epoch);
            if (round < p->n) captions[n++] = p->first + (first + round) % p->n;
        }
        const uint64_t stream = stream_of(FOR_ORDER, epoch << 32 | round);
        if (set->runs > 1) shuffle_runs(captions + begin, n - begin, set->runs, set->seed, stream);
        else shuffle(captions + begin, n - begin, set->seed, stream);
    }
    for (size_t i = 0; i < n; i++) {
        const caption *c = &j->data.captions[captions[i]];
        j->pictures[i] = c->picture;
        j->texts[i] = c->text;
    }
}

// The memory of an epoch's pairs and of the validation, and what does not change in either.
static int plan(job *j, const settings *set) {
    const dataset *d = &j->data;
    const size_t dim = j->info.embed_dim, V = j->n_validation;
    size_t n = 0;
    for (size_t i = 0; i < j->n_train; i++) j->n_pairs += set->one_caption ? 1 : d->pictures[j->train[i]].n;
    j->batches = batches_of(j->n_pairs, set->batch);
    j->steps = (j->batches + set->accumulate - 1) / set->accumulate;
    j->pictures = malloc((j->n_pairs + 1) * sizeof *j->pictures);
    j->texts = malloc((j->n_pairs + 1) * sizeof *j->texts);
    if (!j->pictures || !j->texts) return complain("not enough memory for the pairs of an epoch");
    for (size_t i = 0; i < V; i++) n += d->pictures[j->validation[i]].n;
    j->val.texts = malloc((n + 1) * sizeof *j->val.texts);
    j->val.row_of = malloc((d->n_texts + 1) * sizeof *j->val.row_of);
    j->val.picture = malloc((n + 1) * sizeof *j->val.picture);
    j->val.features[0] = vectors_alloc(V, j->width[0]);
    j->val.features[1] = vectors_alloc(n, j->width[1]);
    j->val.images = vectors_alloc(V, dim);
    j->val.encoded = vectors_alloc(n, dim);
    j->val.captions = vectors_alloc(n, dim);
    if (!j->val.texts || !j->val.row_of || !j->val.picture || !j->val.features[0] || !j->val.features[1] ||
        !j->val.images || !j->val.encoded || !j->val.captions)
        return complain("not enough memory for the validation");
    for (size_t i = 0; i < d->n_texts; i++) j->val.row_of[i] = SIZE_MAX;
    for (size_t i = 0; i < V; i++) {
        const picture *p = &d->pictures[j->validation[i]];
        for (size_t k = p->first; k < p->first + p->n; k++) {
            size_t *row = &j->val.row_of[d->captions[k].text];
            if (*row == SIZE_MAX) *row = j->val.n_texts, j->val.texts[j->val.n_texts++] = d->captions[k].text;
            j->val.picture[j->val.n_captions++] = i;
        }
    }
    return 0;
}

// -------------------------------------------------------------------------------------------------------- checkpoints

enum { OPTIONS_ROOM = 2048, POSITION_NUMBERS = 10 };

static uint64_t hash_data(const dataset *d) {
    uint64_t hash = HASH_START;
    for (size_t i = 0; i < d->n_captions; i++) {
        const picture *p = &d->pictures[d->captions[i].picture];
        hash = hash_text(hash_text(hash, p->name), d->captions[i].words);
        hash = hash_number(hash_number(hash, p->size), (uint64_t)p->bad << 1 | (uint64_t)p->validation);
    }
    return hash;
}

// A line for each thing that a training can't change on its way and still come out the same.
static void describe(const job *j, const settings *set, char text[OPTIONS_ROOM]) {
    const clip_train_options *o = &set->train;
    char val[32] = "--val-captions", augment[64] = "";
    if (!set->data.val_captions) snprintf(val, sizeof val, "--val %.9g", set->data.val);
    for (size_t k = 0; augment_names[k]; k++)
        if (set->augment >> k & 1)
            snprintf(augment + strlen(augment), sizeof augment - strlen(augment), "%s%s", *augment ? "," : "",
                     augment_names[k]);
    snprintf(text, OPTIONS_ROOM,
             "--loss %s\n--temperature %.9g\n--margin %.9g\n--align %.9g\n--freeze %s%s%s\n--freeze-statistics %d\n"
             "--batch %zu\n--micro-batch %zu\n--accumulate %zu\n--seed %zu\n--runs %zu\n--one-caption %d\n"
             "--augment-with %s\n--max-tokens %zu\n"
             "--optimizer %s\n--rate-heads %.9g\n--rate-image %.9g\n--rate-text %.9g\n--decay %.9g\n"
             "--no-decay-1d %d\n--momentum %.9g\n--nesterov %d\n--clip-norm %.9g\n--dropout %.9g\n--schedule %s\n"
             "--warmup %zu\n--patience %zu\n--factor %.9g\n--epochs %zu\n%s\n--bf16 %d\ncaptions and pictures "
             "%016llx\n"
             "start model %016llx\n",
             loss_names[o->loss], o->temperature, o->margin, o->align, o->freeze[0] ? "image" : "",
             o->freeze[0] && o->freeze[1] ? "," : "", o->freeze[1] ? "text" : "", o->freeze_statistics, set->batch,
             set->train.micro_batch, set->accumulate, set->seed, set->runs, set->one_caption,
             *augment ? augment : "nothing", set->max_tokens,
             optimizer_names[o->optimizer], o->rate[CLIP_HEADS], o->rate[CLIP_IMAGE_TOWER], o->rate[CLIP_TEXT_TOWER],
             o->decay[0], o->no_decay_1d, o->momentum, o->nesterov, o->clip_norm, o->dropout,
             schedule_names[o->schedule], set->warmup, set->train.patience, o->factor,
             o->schedule == CLIP_COSINE ? set->epochs : 0, val, o->bf16,
             (unsigned long long)hash_data(&j->data), (unsigned long long)hash_tower(&j->model->file, NULL));
}

// Names the first line that differs.
static int compare_options(const char *path, const char *was, const char *is) {
    while (*was && *is) {
        const size_t n = strcspn(was, "\n"), m = strcspn(is, "\n");
        if (n != m || memcmp(was, is, n))
            return complain("%s: it was begun with %.*s, and this is %.*s; both must be the same", path, (int)n, was,
                            (int)m, is);
        was += n + (was[n] != 0);
        is += m + (is[m] != 0);
    }
    return *was || *is ? complain("%s: a checkpoint of another version of this program", path) : 0;
}

// Saves trainer and position; the checkpoint before stays as FILE.1, so that at no moment there is no whole one. Both
// move only when the new one is whole, as FILE.new: if there is no room for it, they stay what they are.
static int save_checkpoint(job *j, const settings *set) {
    const position *at = &j->at;
    const double numbers[POSITION_NUMBERS] = {
        (double)at->epoch, (double)at->batch,    at->epoch_loss.sum,   at->epoch_loss.n, at->row.sum,
        at->row.n,         (double)at->best_row, seconds() - j->began, at->norm,         (double)at->log.n};
    const size_t rows = at->log.n * sizeof(record), size = OPTIONS_ROOM + sizeof numbers + rows;
    unsigned char *bytes = calloc(size, 1), *reals = bytes + OPTIONS_ROOM;
    char *before = with_ending(set->checkpoint, ".1"), *next = with_ending(set->checkpoint, ".new");
    int failed = (!bytes || !before || !next) && complain("not enough memory for a checkpoint");
    if (!failed) {
        describe(j, set, (char *)bytes);
        memcpy(reals, numbers, sizeof numbers);
        if (rows) memcpy(reals + sizeof numbers, at->log.rows, rows);
        little_endian_reals(reals, POSITION_NUMBERS + COLUMNS * at->log.n);
        if (clip_trainer_save(j->trainer, next, bytes, size))
            failed = training_failed(set, clip_trainer_error(j->trainer));
        else if ((clip__rename(set->checkpoint, before) && errno != ENOENT) || clip__rename(next, set->checkpoint)) {
            failed = complain("%s: %s", set->checkpoint, strerror(errno));
            if (access(set->checkpoint, F_OK)) clip__rename(before, set->checkpoint); // back again
            remove(next);
        }
    }
    if (!failed) log_settle(j, set);
    free(next);
    free(before);
    free(bytes);
    return failed;
}

// Takes over the position out of what a checkpoint holds.
static int read_position(job *j, const char *path, const unsigned char *bytes, size_t size) {
    enum { EPOCH_NEXT, BATCH_NEXT, BEST_ROW = 6, ROWS = 9 };
    static const int counts[] = {EPOCH_NEXT, BATCH_NEXT, BEST_ROW, ROWS};
    position *at = &j->at;
    double v[POSITION_NUMBERS];
    const size_t n = (size - OPTIONS_ROOM - sizeof v) / sizeof(record);
    int sound = size == OPTIONS_ROOM + sizeof v + n * sizeof(record);
    memcpy(v, bytes + OPTIONS_ROOM, sizeof v);
    little_endian_reals(v, POSITION_NUMBERS);
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) { // what is none can't become a size_t
        const double count = v[counts[i]];
        sound = sound && count >= 0 && count < UINT32_MAX && count == floor(count);
    }
    if (!sound || (size_t)v[ROWS] != n || v[BATCH_NEXT] > (double)j->batches || v[BEST_ROW] > v[ROWS])
        return complain("%s: a checkpoint of another version of this program", path);
    *at = (position){(size_t)v[EPOCH_NEXT], (size_t)v[BATCH_NEXT], {v[2], v[3]}, {v[4], v[5]},
                     (size_t)v[BEST_ROW],   v[8],                  {NULL, n, n}};
    j->began -= v[7];
    if (!(at->log.rows = malloc(n * sizeof(record) + 1))) return complain("not enough memory for the log");
    memcpy(at->log.rows, bytes + OPTIONS_ROOM + sizeof v, n * sizeof(record));
    little_endian_reals(at->log.rows, n * COLUMNS);
    return 0;
}

// Reads a checkpoint. *damaged says that the one before it may be tried. What it was begun with is looked at first: a
// trainer of another kind could only say that tensors don't fit.
static int read_checkpoint(job *j, const settings *set, const char *path, int *damaged) {
    char options[OPTIONS_ROOM];
    clip_model *file = NULL;
    clip__tensor user;
    clip_error why = {CLIP_OK, ""};
    clip_result result = clip_model_load(path, NULL, &why, &file);
    struct stat about;
    int failed = 0;
    describe(j, set, options);
    if (result) failed = complain("%s", why.message);
    else if (!clip__file_find_tensor(&file->file, "train.user", &user) ||
             user.size < OPTIONS_ROOM + 8 * POSITION_NUMBERS)
        failed = complain("%s: not a checkpoint of this program", path);
    else if (clip__crc32(0, user.data, (size_t)user.size) != user.crc)
        failed = complain("%s: damaged", path), result = CLIP_ERROR_FORMAT;
    else if (((const char *)user.data)[OPTIONS_ROOM - 1])
        failed = complain("%s: not a checkpoint of this program", path);
    else if (compare_options(path, user.data, options)) failed = FAILED;
    else if ((result = clip_trainer_resume(j->trainer, path, NULL, 0, NULL)))
        failed = complain("%s", clip_trainer_error(j->trainer));
    else failed = read_position(j, path, user.data, (size_t)user.size);
    *damaged = result == CLIP_ERROR_FORMAT || result == CLIP_ERROR_VERSION || // or it is gone
               (result == CLIP_ERROR_IO && stat(path, &about) && errno == ENOENT);
    clip_model_free(file);
    return failed;
}

static int resume(job *j, const settings *set) {
    char *before = with_ending(set->resume, ".1");
    struct stat about;
    int damaged;
    if (!before) return complain("not enough memory for a path");
    int failed = read_checkpoint(j, set, set->resume, &damaged);
    if (failed && damaged && stat(before, &about) == 0) {
        complain("going on from the checkpoint before it, %s", before);
        failed = read_checkpoint(j, set, before, &damaged);
        if (!failed) clip__rename(before, set->resume); // a damaged one must not push it out
    }
    free(before);
    if (!failed && j->at.best_row && stat(set->out, &about)) {
        if (errno != ENOENT) return complain("%s: %s", set->out, strerror(errno));
        complain("%s is gone, which was the best so far; it becomes the best from here on", set->out);
        j->at.best_row = 0;
    }
    return failed;
}

// ---------------------------------------------------------------------------------------------------------- training

enum { LOG_ROWS = 10000, DONE = 2 };

static clip_trainer_info trainer_info(const job *j) {
    clip_trainer_info info;
    clip_trainer_get_info(j->trainer, &info);
    return info;
}

static int step_failed(const job *j, const settings *set) {
    return training_failed(set, clip_trainer_error(j->trainer));
}

// Tells how far it is, now and then.
static void show_step(job *j, const settings *set) {
    if (!progress_tells(&j->progress)) return;
    const clip_trainer_info info = trainer_info(j);
    const size_t first = j->first * set->batch, pairs = clip__min(j->at.batch * set->batch, j->n_pairs) - first;
    const size_t now = (j->at.batch - j->first + set->accumulate - 1) / set->accumulate; // steps since j->first
    const double steps = (double)(set->epochs * j->steps), passed = seconds() - j->progress.began,
                 left = passed / (double)now * fmax(0, steps - (double)info.step) + 0.5;
    fprintf(stderr, "epoch %zu/%zu, step %.0f/%.0f, loss %.4f, rate %.2g, %.0f pairs/s, %.0f:%02.0f left",
            j->at.epoch + 1, set->epochs, (double)info.step, steps, mean_of(&j->at.epoch_loss), info.rate[CLIP_HEADS],
            (double)pairs / passed, floor(left / 60), floor(fmod(left, 60)));
    progress_told();
}

// One update, from the next batch or the next few.
static int train_step(job *j, const settings *set) {
    mean loss = {0, 0};
    for (size_t k = 0; k < set->accumulate && j->at.batch < j->batches; k++, j->at.batch++) {
        const size_t first = j->at.batch * set->batch, n = clip__min(set->batch, j->n_pairs - first);
        clip_batch b = {0};
        double value = 0;
        if (fill_batch(j, set, CLIP_IMAGE_TOWER, j->pictures + first, n, &b) ||
            fill_batch(j, set, CLIP_TEXT_TOWER, j->texts + first, n, &b))
            return FAILED;
        b.pictures = j->pictures + first;
        if ((set->accumulate > 1 ? clip_trainer_gradients : clip_trainer_step)(j->trainer, &b, &value))
            return step_failed(j, set);
        mean_add(&loss, value, (double)n);
    }
    if (set->accumulate > 1 && clip_trainer_update(j->trainer)) return step_failed(j, set);
    mean_add(&j->at.epoch_loss, mean_of(&loss), loss.n);
    mean_add(&j->at.row, mean_of(&loss), loss.n);
    j->at.norm = trainer_info(j).gradient_norm;
    return 0;
}

static record row_now(const job *j) {
    const clip_trainer_info info = trainer_info(j);
    record row = record_empty();
    row.v[EPOCH] = (double)j->at.epoch + 1;
    row.v[STEP] = (double)info.step;
    row.v[LOSS] = mean_of(&j->at.row);
    for (size_t k = 0; k < 3; k++) row.v[RATE + k] = info.rate[k];
    row.v[NORM] = j->at.norm;
    row.v[SCALE] = info.logit_scale;
    row.v[SECONDS] = seconds() - j->began;
    return row;
}

// The steps that are left of this epoch. Returns 0, FAILED, or DONE if a signal came; then a checkpoint is saved.
static int train_epoch(job *j, const settings *set) {
    const size_t every = set->epochs * j->steps / LOG_ROWS + 1, first = j->at.batch * set->batch;
    int status = 0;
    plan_epoch(j, set, j->at.epoch);
    j->progress.began = seconds(), j->first = j->at.batch;
    if (j->at.batch < j->batches && !j->features[0])
        status = read_list(j, set, j->pictures + first, j->n_pairs - first, set->augment);
    while (!status && j->at.batch < j->batches) {
        status = train_step(j, set);
        if (status) break;
        show_step(j, set);
        const uint64_t step = trainer_info(j).step;
        const int last = j->at.batch == j->batches; // its row and checkpoint wait for the validation
        if (!last && step % every == 0) {
            const record row = row_now(j);
            status = log_row(j, set, &row);
        }
        if (!status && !last && set->checkpoint_every && step % set->checkpoint_every == 0)
            status = save_checkpoint(j, set);
        if (!status && interrupted) status = save_checkpoint(j, set) ? FAILED : DONE;
    }
    reader_end(&j->reader);
    return status;
}

// What a tower makes of the validation's pictures or texts now: of a frozen one it is known. Returns 0, FAILED, or DONE
// if a signal came.
static int validation_features(job *j, const settings *set, int tower) {
    const int images = tower == CLIP_IMAGE_TOWER;
    const size_t *list = images ? j->validation : j->val.texts, all = images ? j->n_validation : j->val.n_texts;
    int status = 0;
    if (images && !j->features[tower]) status = read_list(j, set, list, all, 0);
    for (size_t i = 0, n; i < all && !status; i += n) {
        float *to = j->val.features[tower] + i * j->width[tower];
        clip_batch b = {0};
        n = clip__min(set->batch, all - i);
        status = fill_batch(j, set, tower, list + i, n, &b);
        if (!status && j->features[tower]) memcpy(to, j->batch.features[tower], n * j->width[tower] * sizeof *to);
        else if (!status && clip_trainer_features(j->trainer, &b, images ? to : NULL, images ? NULL : to))
            status = complain("%s", clip_trainer_error(j->trainer));
        if (!status && interrupted) status = DONE;
    }
    reader_end(&j->reader);
    return status;
}

// The loss of the validation: each of its pictures once, with a caption that is the same in every epoch.
static int validation_loss(job *j, const settings *set, double *loss) {
    const size_t batches = batches_of(j->n_validation, set->batch), width = j->width[1];
    mean all = {0, 0};
    for (size_t first = 0; first < batches * set->batch; first += set->batch) {
        clip_batch b = {0};
        double value;
        b.n = clip__min(set->batch, j->n_validation - first);
        b.pictures = j->validation + first;
        b.image_features = j->val.features[0] + first * j->width[0];
        for (size_t i = 0; i < b.n; i++) {
            const size_t p = b.pictures[i], k = j->data.pictures[p].first + first_caption(j, set, p, UINT32_MAX);
            memcpy(j->batch.features[1] + i * width,
                   j->val.features[1] + j->val.row_of[j->data.captions[k].text] * width, width * sizeof(float));
        }
        b.text_features = j->batch.features[1];
        if (clip_trainer_evaluate(j->trainer, &b, &value)) return step_failed(j, set);
        mean_add(&all, value, (double)b.n);
    }
    *loss = mean_of(&all);
    return 0;
}

// Over all pictures and captions that were kept back: texts that are the same are encoded once, and count as often as
// they stand there.
static int validation_recalls(job *j, double recalls[6]) {
    const size_t dim = j->info.embed_dim;
    clip_batch images = {0}, texts = {0};
    float *to = j->val.captions;
    images.n = j->n_validation, images.image_features = j->val.features[0];
    texts.n = j->val.n_texts, texts.text_features = j->val.features[1];
    if (clip_trainer_encode(j->trainer, &images, j->val.images, NULL) ||
        clip_trainer_encode(j->trainer, &texts, NULL, j->val.encoded))
        return complain("%s", clip_trainer_error(j->trainer));
    for (size_t i = 0; i < j->n_validation; i++) {
        const picture *p = &j->data.pictures[j->validation[i]];
        for (size_t k = p->first; k < p->first + p->n; k++, to += dim)
            memcpy(to, j->val.encoded + j->val.row_of[j->data.captions[k].text] * dim, dim * sizeof(float));
    }
    clip_recall(clip_trainer_context(j->trainer), j->val.images, j->n_validation, j->val.captions, j->val.n_captions,
                dim, j->val.picture, recalls);
    return 0;
}

static void print_recalls(const record *row) {
    const double *r = row->v + RECALL;
    printf("text to image R@1 %5.1f R@5 %5.1f R@10 %5.1f  image to text R@1 %5.1f R@5 %5.1f R@10 %5.1f  mean %5.1f",
           100 * r[0], 100 * r[1], 100 * r[2], 100 * r[3], 100 * r[4], 100 * r[5], 100 * row->v[MEAN]);
}

static int write_curves(const job *j, const settings *set) {
    output o;
    int failed = output_open(&o, set->curves);
    if (!failed) {
        svg_write(o.file, &j->at.log, (double)clip__max(set->epochs, j->at.epoch), (double)j->steps,
                  j->n_validation > 0);
        failed = output_commit(&o);
    }
    return failed ? complain("%s: %s", set->curves, strerror(errno)) : 0;
}

static int export_model(job *j, const settings *set) {
    return clip_trainer_export(j->trainer, set->out) ? complain("%s", clip_trainer_error(j->trainer)) : 0;
}

// By the mean of the recalls; of equal ones, the lower loss.
static int is_best(const position *at, const record *row) {
    const double *v = row->v, *best = at->best_row ? at->log.rows[at->best_row - 1].v : NULL;
    return !best || v[MEAN] > best[MEAN] || (v[MEAN] >= best[MEAN] && v[VALIDATION] < best[VALIDATION]);
}

// What comes after the last step of an epoch: validation, schedule, log, the best model, curves, a checkpoint. Until
// that is saved the epoch is not over: a run that is resumed before does this again.
static int end_epoch(job *j, const settings *set) {
    const double train = mean_of(&j->at.epoch_loss);
    record row = row_now(j);
    if (j->n_validation) {
        int status = validation_features(j, set, CLIP_IMAGE_TOWER);
        if (!status) status = validation_features(j, set, CLIP_TEXT_TOWER);
        if (status == DONE) return save_checkpoint(j, set) ? FAILED : DONE;
        if (status || validation_loss(j, set, &row.v[VALIDATION]) || validation_recalls(j, row.v + RECALL))
            return FAILED;
        row.v[MEAN] = 0;
        for (size_t k = 0; k < 6; k++) row.v[MEAN] += row.v[RECALL + k] / 6;
    }
    progress_clear();
    printf("epoch %zu/%zu  train %.4f  ", j->at.epoch + 1, set->epochs, train);
    if (j->n_validation) printf("val %.4f  ", row.v[VALIDATION]), print_recalls(&row), putchar('\n');
    else puts("(no validation)");
    if (!j->stdout_failed && stdout_failed()) // the line is in the log; the training goes on, and fails in the end
        j->stdout_failed = complain("the training goes on without it");
    clip_trainer_plateau(j->trainer, j->n_validation ? row.v[VALIDATION] : train);
    const int best = j->n_validation && is_best(&j->at, &row);
    if (log_row(j, set, &row) || (best && export_model(j, set))) return FAILED;
    if (best) j->at.best_row = j->at.log.n;
    j->at.epoch++;
    j->at.batch = 0;
    j->at.epoch_loss = (mean){0, 0};
    if (write_curves(j, set)) j->curves_failed = 1; // as with the log: a resumed training writes them first
    return save_checkpoint(j, set);
}

// A blank and an argument, as a shell takes it.
static void print_argument(FILE *out, const char *a) {
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_=+.,:/@%";
    const char *quote = *a && !a[strspn(a, plain)] ? "" : "'";
    fprintf(out, " %s", quote);
    for (size_t n; *a; a += n) {
        const int harmless = clip__char_is_harmless(a, &n);
        if (*a == '\'') fputs("'\\''", out);
        else if (harmless) fwrite(a, 1, n, out);
        else putc('?', out);
    }
    fputs(quote, out);
}

// Says how to go on: the same command, with the checkpoint.
static int say_stopped(const job *j, const settings *set) {
    complain("stopped after step %llu; this goes on from there:", (unsigned long long)trainer_info(j).step);
    fputs("   ", stderr);
    for (int i = 0; i < set->argc; i++) {
        if (!strcmp(set->argv[i], "--resume")) i++;
        else print_argument(stderr, set->argv[i]);
    }
    fputs(" --resume", stderr);
    print_argument(stderr, set->checkpoint);
    putc('\n', stderr);
    return FAILED;
}

// What came of it, and how to search with it.
static int print_summary(const job *j, const settings *set) {
    const char *slash = last_slash(set->argv[0]);
    if (j->at.best_row) {
        const record *best = &j->at.log.rows[j->at.best_row - 1];
        printf("best: epoch %.0f  ", best->v[EPOCH]);
        print_recalls(best);
        putchar('\n');
    }
    printf("written:");
    print_argument(stdout, set->out);
    printf("\nsearch with it: ");
    print_clean_part(stdout, set->argv[0], slash ? (size_t)(slash - set->argv[0]) + 1 : 0);
    printf("search");
    print_argument(stdout, set->out);
    print_argument(stdout, set->data.images);
    const char *words = j->data.captions[j->data.pictures[j->train[0]].first].words;
    if (*words == '-') print_argument(stdout, "--"); // what follows is no option
    print_argument(stdout, words);
    putchar('\n');
    return j->stdout_failed || stdout_failed() || j->log_failed || j->curves_failed;
}

static int begin_training(job *j, const settings *set) {
    clip_train_options o = set->train;
    clip__tensor ids;
    clip_error why;
    struct stat about;
    if (plan(j, set)) return FAILED;
    o.seed = set->seed;
    o.max_batch = set->batch;
    o.max_tokens = j->longest;
    if (clip__file_find_tensor(&j->model->file, "selftest.ids", &ids)) // exporting encodes it, too
        o.max_tokens = clip__max(o.max_tokens, (size_t)ids.shape[0]);
    o.warmup_steps = set->warmup;
    o.total_steps = set->epochs * j->steps;
    if (clip_trainer_new(j->model, &o, &why, &j->trainer)) return complain("%s", why.message);
    const clip_trainer_info info = trainer_info(j);
    if (!info.trained)
        return complain("nothing is left to train: both towers are frozen, without heads; --head mlp makes new ones");
    if (set->resume && resume(j, set)) return FAILED;
    if (!set->resume && stat(set->checkpoint, &about) == 0)
        complain("%s is of an earlier training and will be replaced; --resume would go on from it", set->checkpoint);
    log_begin(j, set);
    if (set->resume && j->at.log.n && write_curves(j, set)) j->curves_failed = 1; // they may not have been written
    complain(
        "%zu pictures to train with, %zu to measure with; %zu steps of %zu pairs an epoch; %zu numbers are trained, "
        "in %.0f MB",
        j->n_train, j->n_validation, j->steps, clip__min(j->n_pairs, set->batch * set->accumulate), info.trained,
        (double)info.memory / 1e6);
    return 0;
}

static int train(job *j, const settings *set) {
    j->began = seconds();
    if (prepare(j, set) || begin_training(j, set)) return FAILED;
    while (j->at.epoch < set->epochs) {
        int status = train_epoch(j, set);
        if (!status) status = end_epoch(j, set);
        if (status == DONE) return say_stopped(j, set);
        if (status) return FAILED;
    }
    if (!j->at.best_row && export_model(j, set)) return FAILED;
    log_settle(j, set); // after no epoch
    return print_summary(j, set);
}

// -------------------------------------------------------------------------------------------------------------- main

static int run(const settings *set) {
    job j;
    memset(&j, 0, sizeof j);
    int status = train(&j, set);
    if (j.log && !j.log_begun.file) fclose(j.log);
    output_discard(&j.log_begun);
    free(j.at.log.rows);
    free(j.val.texts), free(j.val.row_of), free(j.val.picture);
    free(j.val.features[0]), free(j.val.features[1]), free(j.val.images), free(j.val.encoded), free(j.val.captions);
    free(j.pictures), free(j.texts), free(j.train), free(j.validation);
    free(j.batch.pixels), free(j.batch.mask), free(j.batch.ids);
    free(j.batch.features[0]), free(j.batch.features[1]);
    free(j.features[0]), free(j.features[1]), free(j.pixels), free(j.ids), free(j.ids_start);
    clip_trainer_free(j.trainer);
    close_model(&j);
    dataset_free(&j.data);
    return status;
}

int main(int argc, char **argv) {
    settings set;
    take_streams();
    settings_default(&set, argc, argv);
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--help")) return printf("%s%s", HELP[0], HELP[1]) < 0 || fflush(stdout) != 0;
        if (take_option(&set, argc, argv, &i)) return USAGE;
    }
    if (check_settings(&set)) return USAGE;
    catch_signals();
    int status = settings_complete(&set);
    if (!status) status = run(&set);
    settings_free(&set);
    return status;
}
