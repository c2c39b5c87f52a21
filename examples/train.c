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
#define CLIP_IMPLEMENTATION
#include "clip_tokenizer.h"
#include "clip.h"
#define PROGRAM "train"
#include "common.h"
#include "new_model.h"

static const char *const HELP[2] = {
    // C99 promises 4,095 characters of a string
    "train --captions captions.txt --images DIR -o OUT.clip --model M.clip                             goes on with "
    "it\n"
    "train --captions captions.txt --images DIR -o OUT.clip --image-tower A.clip --text-tower B.clip   with new heads\n"
    "\n"
    "Data\n"
    "  --captions FILE      Flickr8k's form: the header image,caption, then CSV with quotes as in RFC 4180; or its\n"
    "                       token form, name.jpg#0<TAB>caption. Which one is seen from the content.\n"
    "  --images DIR         where the pictures are: " PICTURE_FORMATS "\n"
    "  --val PART           how many of the pictures are kept back to measure with; default 0.2, 0 measures nothing\n"
    "  --val-captions FILE, --val-images DIR    measure with these instead; DIR if it is another one\n"
    "  --one-caption        an epoch has every picture once, with one of its captions; otherwise it has every caption\n"
    "  --augment            random crops (half of the area and more) and flips, for an image tower that is trained\n"
    "  --max-bad N          so many pictures that can't be read, or captions that are empty or not UTF-8, are passed\n"
    "                       over; more are an error before the training begins; default 0\n"
    "  --max-tokens N       longer captions are cut; default: as long as the longest, or as the model takes\n"
    "  --memory MB          pictures that fit in are kept, resized; others are read again each epoch; default 1024\n"
    "  --cache DIR          where the features of frozen towers are kept, as .clip-*-features-*; default: beside OUT\n"
    "Model\n"
    "  --model M.clip       goes on with a whole model; new heads only with --embed-dim or --head\n"
    "  --image-tower A.clip, --text-tower B.clip    one tower of each, with new heads behind them; or begin anew with\n"
    "                       new:vit:192x6:patch8:64 (width x layers, patch, side of the pictures), new:resnet18:64\n"
    "                       (34, 50, 101) and new:bert:192x4:context64\n"
    "  --vocab FILE         vocab.txt for new:bert; default: made of the captions to train with\n"
    "  --embed-dim N        length of the vectors; default 256\n"
    "  --head KIND          mlp (default), linear or none\n"
    "  --freeze image,text  towers that stay as they are: their features are computed once\n"
    "  --freeze-statistics  batch norms of a tower that is trained keep their statistics\n",
    "Loss and optimizer\n"
    "  --loss NAME          soft (default: CLIP-pytorch's), infonce (CLIP's), triplet (VSE++'s) or siglip\n"
    "  --temperature X      of soft; default 1         --margin X       of triplet; default 0.2\n"
    "  --optimizer NAME     adamw (default), adam, sgd with --momentum X (default 0.9) and --nesterov\n"
    "  --rate-heads X, --rate-image X, --rate-text X    learning rates; default 1e-3, 1e-4, 1e-5\n"
    "  --decay X            of weights; default 1e-3   --no-decay-1d    none for norms and biases\n"
    "  --schedule NAME      plateau (default: times --factor 0.8 after more than --patience 1 epochs without progress\n"
    "                       of the validation loss, or of the training loss without a validation), cosine, constant\n"
    "  --warmup STEPS       the rates climb for so many; default 0\n"
    "  --dropout X          of the heads; default 0.1  --clip-norm X    of the gradients; default: none\n"
    "  --epochs N           default 4                  --batch N        pairs that are compared; default 32\n"
    "  --micro-batch N      a batch in the memory of N pairs (gradient caching)\n"
    "  --accumulate N       an update from N batches   --seed N         of everything random; default 0\n"
    "Trust\n"
    "  --checkpoint FILE    default OUT.clip.ckpt, and the one before it as FILE.1; after every epoch, and\n"
    "  --checkpoint-every N steps; Ctrl-C finishes the step, saves, and says how to go on\n"
    "  --resume FILE        goes on from a checkpoint, bit for bit as if it had never stopped; with FILE.1 if FILE is\n"
    "                       damaged. The other options must be those that it was begun with; --epochs may grow.\n"
    "  --log CSV            default OUT.clip.csv: a row a step (above 10,000 steps fewer, each the mean of its "
    "steps);\n"
    "                       the last one of an epoch has the validation: loss, and recalls in percent\n"
    "  --curves SVG         default OUT.clip.svg: loss and recalls, for any browser\n"
    "  --threads N          how many work at once; default: the CPUs that are online. The results are the same bits.\n"
    "  --help               this\n"
    "\n"
    "A line an epoch on stdout: losses, and recalls in percent (R@5: in how many cases what belongs together is among\n"
    "the first 5). OUT is the model of the epoch with the best mean of them, or of the last without a validation.\n"
    "Exit status: 0 success, 1 failure or stopped, 2 usage.\n"};

typedef struct settings {
    const char *captions, *images, *val_captions, *val_images;
    const char *model, *tower[2], *vocab, *head, *out; // tower: image, text
    const char *resume, *checkpoint, *cache, *log, *curves;
    size_t embed_dim, epochs, batch, micro_batch, accumulate, seed, threads, memory, max_bad, max_tokens, warmup,
        checkpoint_every, patience;
    double val;
    int one_caption, augment;
    clip_train_options train; // what goes to the trainer as it is
    int argc;
    char **argv;
} settings;

static const char *const loss_names[] = {"soft", "infonce", "triplet", "siglip", NULL};
static const char *const optimizer_names[] = {"adamw", "adam", "sgd", NULL};
static const char *const schedule_names[] = {"constant", "cosine", "plateau", NULL};
static const char *const tower_names[] = {"image", "text"};

// What random numbers are for: each has its own stream.
enum { FOR_SPLIT = 1, FOR_ORDER, FOR_CAPTION, FOR_CROP };

static uint64_t random_for(const settings *set, uint64_t purpose, uint64_t epoch, uint64_t i) {
    return clip__random(set->seed, purpose << 56 | epoch, i);
}

// Fisher and Yates' shuffle. (The remainder prefers small numbers by less than n / 2^64.)
static void shuffle(size_t *items, size_t n, const settings *set, uint64_t purpose, uint64_t epoch) {
    for (size_t i = n; i > 1; i--) {
        const size_t k = (size_t)(random_for(set, purpose, epoch, i) % i), swap = items[k];
        items[k] = items[i - 1];
        items[i - 1] = swap;
    }
}

// FNV-1a (Fowler, Noll, Vo 1991), of 64 bits: tells whether something is still the same.
#define HASH_START 14695981039346656037u
static uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t n) {
    const unsigned char *p = bytes;
    for (size_t i = 0; i < n; i++) hash = (hash ^ p[i]) * 1099511628211u;
    return hash;
}

static uint64_t hash_number(uint64_t hash, uint64_t v) {
    unsigned char bytes[8];
    clip__write_le(bytes, v, 8);
    return hash_bytes(hash, bytes, 8);
}

static uint64_t hash_text(uint64_t hash, const char *text) { return hash_bytes(hash, text, strlen(text) + 1); }

// ---------------------------------------------------------------------------------------------------------- captions

typedef struct caption {
    char *name, *words; // of the picture; what it says
    const char *file;   // where it stands, and its line there
    size_t line, picture, text;
} caption;

typedef struct picture {
    const char *name;
    char *path;
    size_t first, n; // its captions; the first one says where it is named
    int validation;  // it measures, and does not train
    int bad;         // it can't be read, and does neither
    uint64_t size;
    int64_t time; // of the file's last change
} picture;

typedef struct dataset {
    unsigned char *files[2]; // the bytes of the captions' files, which names and words point into
    caption *captions;       // those of a picture stand together
    picture *pictures;
    const char **texts; // the different captions
    size_t n_captions, captions_room, n_pictures, n_texts;
    size_t bad; // pictures and captions
} dataset;

static void dataset_free(dataset *d) {
    for (size_t i = 0; i < d->n_pictures; i++) free(d->pictures[i].path);
    free(d->pictures);
    free(d->captions);
    free(d->texts);
    free(d->files[0]);
    free(d->files[1]);
}

// Names something that can't be used. Of many the first ones will do.
static void say_bad(dataset *d, const caption *at, const char *what, const char *why) {
    enum { SAID = 10 };
    if (d->bad++ < SAID) complain("%s, line %zu: %s%s%s", at->file, at->line, what, *what ? ": " : "", why);
    else if (d->bad == SAID + 1) complain("and more of the kind");
}

static int check_bad(const dataset *d, const settings *set) {
    if (d->bad <= set->max_bad) return 0;
    return complain("%zu pictures or captions can't be used: mend or remove them, or pass over them with --max-bad %zu",
                    d->bad, d->bad);
}

typedef struct input { // a place in a file of captions
    const char *path;
    char *p; // up to a 0
    size_t line;
} input;

// Reads a field of CSV (RFC 4180), takes off its quotes in place, and moves on. Returns what ended it, ',' or '\n' or 0
// for the end of the file; -1, said, if it is none.
static int csv_field(input *in, char **field) {
    const size_t line = in->line;
    char *p = in->p, *to = p, end;
    *field = p;
    if (*p == '"') {
        for (p++; *p && (*p != '"' || p[1] == '"'); *to++ = *p++) {
            in->line += *p == '\n';
            p += *p == '"'; // doubled: one of them stays
        }
        if (!*p) return complain("%s, line %zu: a quote that is never closed", in->path, line), -1;
        p++;
        if (*p && *p != ',' && *p != '\n' && *p != '\r')
            return complain("%s, line %zu: text behind a closing quote; double the quotes inside of a field", in->path,
                            in->line),
                   -1;
    } else {
        while (*p && *p != ',' && *p != '\n' && *p != '\r') p++;
        to = p;
    }
    end = *p == '\r' ? '\n' : *p;
    in->line += end == '\n';
    in->p = p + (*p != 0) + (*p == '\r' && p[1] == '\n');
    *to = 0;
    return end;
}

// The next caption of "name,caption". Returns 1, or 0 at the end, or -1 and says why.
static int csv_caption(input *in, caption *out) {
    char *name, *words = NULL;
    while (*in->p == '\n' || *in->p == '\r') in->line += *in->p++ == '\n'; // empty lines
    if (!*in->p) return 0;
    out->line = in->line;
    int end = csv_field(in, &name);
    if (end == ',') end = csv_field(in, &words);
    if (end < 0) return -1;
    if (end == ',' || !words)
        return complain("%s, line %zu: %s than two fields; a caption with a comma needs quotes around it", in->path,
                        out->line, words ? "more" : "less"),
               -1;
    out->name = name, out->words = words;
    return 1;
}

// The next caption of "name.jpg#0<TAB>caption", likewise.
static int token_caption(input *in, caption *out) {
    char *line = in->p + strspn(in->p, "\r\n"), *end, *tab, *number;
    for (; in->p < line; in->p++) in->line += *in->p == '\n';
    if (!*line) return 0;
    out->line = in->line;
    end = line + strcspn(line, "\r\n");
    in->p = end + (*end != 0) + (*end == '\r' && end[1] == '\n');
    in->line += *end != 0;
    *end = 0;
    if ((tab = strchr(line, '\t'))) *tab = 0;
    number = tab ? strrchr(line, '#') : NULL;
    if (!number || !number[1] || number[1 + strspn(number + 1, "0123456789")])
        return complain("%s, line %zu: not name.jpg#0<TAB>caption", in->path, out->line), -1;
    *number = 0;
    out->name = line, out->words = tab + 1;
    return 1;
}

static char *trim(char *text) {
    static const char white[] = " \t\r\n";
    size_t n = strlen(text);
    while (n > 0 && strchr(white, text[n - 1])) text[--n] = 0;
    return text + strspn(text, white);
}

static int is_utf8(const char *text) {
    uint32_t c;
    for (size_t n = strlen(text), size; n > 0; text += size, n -= size) {
        size = clip__utf8_get((const unsigned char *)text, n, &c);
        if (c == CLIP__UTF8_BAD && size != 3) return 0; // of 3 bytes it is written out
    }
    return 1;
}

static int same_word(const char *a, const char *b) { // whatever the case
    while (*a && (*a | 0x20) == (*b | 0x20)) a++, b++;
    return !*a && !*b;
}

// Which form the file has: its first line tells. Moves behind the header of CSV. Returns 1 for the token form, 0 for
// CSV, -1 and says so for another.
static int captions_form(input *in) {
    const char *tab = in->p + strcspn(in->p, "\t\r\n"), *number = tab;
    caption header = {0};
    while (number > in->p && number[-1] >= '0' && number[-1] <= '9') number--;
    if (*tab == '\t' && number < tab && number > in->p && number[-1] == '#') return 1;
    if (!strncmp(in->p, "\"", 1) || (in->p[strcspn(in->p, ",\r\n")] == ',')) {
        if (csv_caption(in, &header) < 0) return -1;
        if (header.name && same_word(trim(header.name), "image") && same_word(trim(header.words), "caption")) return 0;
    }
    return complain("%s, line 1: neither the header image,caption nor name.jpg#0<TAB>caption", in->path), -1;
}

static int by_name_and_line(const void *a, const void *b) {
    const caption *x = a, *y = b;
    const int order = strcmp(x->name, y->name);
    return order ? order : (x->line > y->line) - (x->line < y->line);
}

// Reads a file of captions into d->captions, from d->n_captions on, ordered by picture.
static int captions_read(dataset *d, const char *path, unsigned char **bytes) {
    char why[WHY];
    size_t size, first = d->n_captions;
    input in = {path, NULL, 1};
    caption c = {0};
    int more, token;
    if (!(*bytes = file_read(path, (size_t)1 << 30, &size, why))) return complain("%s: %s", path, why);
    (*bytes)[size] = 0; // file_read has room for one byte more
    if (memchr(*bytes, 0, size)) return complain("%s: a byte of 0 is no text; captions are UTF-8", path);
    in.p = (char *)*bytes + (size >= 3 && !memcmp(*bytes, "\xEF\xBB\xBF", 3) ? 3 : 0); // the byte order mark
    c.file = path;
    if ((token = captions_form(&in)) < 0) return FAILED;
    while ((more = token ? token_caption(&in, &c) : csv_caption(&in, &c)) > 0) {
        c.name = trim(c.name);
        c.words = trim(c.words);
        for (char *p = c.words; *p; p++)
            if (*p == '\n' || *p == '\r' || *p == '\t') *p = ' '; // within quotes a caption may go over lines
        if (!*c.name) return complain("%s, line %zu: a caption without a picture", path, c.line);
        const char *wrong = !*c.words ? "an empty caption" : !is_utf8(c.words) ? "a caption that is not UTF-8" : NULL;
        if (wrong) {
            say_bad(d, &c, c.name, wrong);
            continue;
        }
        caption *captions = grown(d->captions, d->n_captions, &d->captions_room, sizeof c);
        if (!captions) return complain("not enough memory for the captions");
        d->captions = captions;
        captions[d->n_captions++] = c;
    }
    if (more < 0) return FAILED;
    if (d->n_captions == first) return complain("%s: no caption in it", path);
    qsort(d->captions + first, d->n_captions - first, sizeof c, by_name_and_line);
    return 0;
}

// The pictures of the captions [first, end).
static int pictures_of(dataset *d, size_t first, size_t end, const char *dir, int validation) {
    for (size_t i = first; i < end; i++) {
        if (i == first || strcmp(d->captions[i].name, d->captions[i - 1].name)) {
            picture *p = &d->pictures[d->n_pictures++];
            memset(p, 0, sizeof *p);
            p->name = d->captions[i].name;
            p->first = i;
            p->validation = validation;
            if (!(p->path = path_join(dir, p->name))) return complain("not enough memory for the pictures");
        }
        d->captions[i].picture = d->n_pictures - 1;
        d->pictures[d->n_pictures - 1].n++;
    }
    return 0;
}

static int by_words(const void *a, const void *b) {
    return strcmp((*(caption *const *)a)->words, (*(caption *const *)b)->words);
}

// Lists the different texts: many pictures are described by the same words, which are then encoded once.
static int texts_of(dataset *d) {
    caption **sorted = malloc((d->n_captions + 1) * sizeof *sorted);
    d->texts = malloc((d->n_captions + 1) * sizeof *d->texts);
    if (!sorted || !d->texts) return free(sorted), complain("not enough memory for the captions");
    for (size_t i = 0; i < d->n_captions; i++) sorted[i] = &d->captions[i];
    qsort(sorted, d->n_captions, sizeof *sorted, by_words);
    for (size_t i = 0; i < d->n_captions; i++) {
        if (i == 0 || by_words(&sorted[i - 1], &sorted[i])) d->texts[d->n_texts++] = sorted[i]->words;
        sorted[i]->text = d->n_texts - 1;
    }
    free(sorted);
    return 0;
}

// Keeps back a part of the pictures, by the seed alone: never a caption of a picture whose others are trained with.
static int split(dataset *d, const settings *set) {
    const size_t n = d->n_pictures, part = (size_t)((double)n * set->val + 0.5);
    size_t *order = malloc((n + 1) * sizeof *order);
    if (!order) return complain("not enough memory for the pictures");
    for (size_t i = 0; i < n; i++) order[i] = i;
    shuffle(order, n, set, FOR_SPLIT, 0);
    for (size_t i = 0; i < part && i + 1 < n; i++) d->pictures[order[i]].validation = 1;
    free(order);
    return 0;
}

static int by_picture_name(const void *name, const void *p) { return strcmp(name, ((const picture *)p)->name); }

// Says in one line if the folder has pictures that no caption speaks of.
static int say_unused(const dataset *d, const char *dir) {
    file_list files;
    size_t unused = 0;
    if (folder_walk(dir, &files)) return FAILED;
    for (size_t i = 0; i < files.n; i++)
        unused += !bsearch(files.files[i].path, d->pictures, d->n_pictures, sizeof *d->pictures, by_picture_name);
    if (unused) complain("%s: %zu of its %zu pictures have no caption and are left out", dir, unused, files.n);
    folder_free(&files);
    return 0;
}

// Says so if a picture is trained with and measured with: the measure is then too good.
static void say_shared(const dataset *d) {
    size_t shared = 0, first = 0;
    while (first < d->n_pictures && !d->pictures[first].validation) first++;
    for (size_t i = 0, k = first; i < first; i++) { // both lists are in the order of their names
        while (k < d->n_pictures && strcmp(d->pictures[k].name, d->pictures[i].name) < 0) k++;
        shared += k < d->n_pictures && !strcmp(d->pictures[k].path, d->pictures[i].path);
    }
    if (shared) complain("%zu pictures are trained with and measured with: the recalls say less for that", shared);
}

// Finds what is missing before anything takes time.
static void look_for_files(dataset *d) {
    for (size_t i = 0; i < d->n_pictures; i++) {
        picture *p = &d->pictures[i];
        struct stat about;
        if (stat(p->path, &about) == 0) {
            p->size = (uint64_t)about.st_size;
            p->time = (int64_t)about.st_mtim.tv_sec * 1000000000 + (int64_t)about.st_mtim.tv_nsec;
        } else {
            p->bad = 1;
            say_bad(d, &d->captions[p->first], p->path, strerror(errno));
        }
    }
}

static int dataset_read(dataset *d, const settings *set) {
    size_t trained;
    if (captions_read(d, set->captions, &d->files[0])) return FAILED;
    trained = d->n_captions;
    if (set->val_captions && captions_read(d, set->val_captions, &d->files[1])) return FAILED;
    if (!(d->pictures = malloc((d->n_captions + 1) * sizeof *d->pictures)))
        return complain("not enough memory for the pictures");
    if (pictures_of(d, 0, trained, set->images, 0) || say_unused(d, set->images)) return FAILED;
    if (set->val_captions) {
        const char *dir = set->val_images ? set->val_images : set->images;
        if (pictures_of(d, trained, d->n_captions, dir, 1)) return FAILED;
        say_shared(d);
    } else if (split(d, set)) return FAILED;
    look_for_files(d);
    return check_bad(d, set) || texts_of(d);
}

// --------------------------------------------------------------------------------------------------------- the model

// A row of the log. Where there was no validation its columns are NAN.
enum {
    EPOCH,
    STEP,
    LOSS,
    RATE, // of the image tower, the text tower, the heads
    NORM = RATE + 3,
    SCALE,
    VALIDATION,
    RECALL, // text to image at 1, 5, 10, image to text at 1, 5, 10
    MEAN = RECALL + 6,
    SECONDS,
    COLUMNS
};
static const char LOG_HEADER[] = "epoch,step,loss,rate_image,rate_text,rate_heads,gradient_norm,logit_scale,val_loss,"
                                 "text_to_image_r1,text_to_image_r5,text_to_image_r10,image_to_text_r1,"
                                 "image_to_text_r5,image_to_text_r10,mean_recall,seconds\n";

typedef struct record {
    double v[COLUMNS];
} record;

typedef struct mean { // of losses, by pairs
    double sum, n;
} mean;

static void mean_add(mean *m, double value, double n) { m->sum += value * n, m->n += n; }
static double mean_of(const mean *m) { return m->n > 0 ? m->sum / m->n : NAN; }

// Where the training is: what a checkpoint holds beside the trainer.
typedef struct position {
    size_t epoch, batch;  // those that come next, from 0
    mean epoch_loss, row; // since the beginning of the epoch; since the last row of the log
    size_t best_record;   // 1 + the row of the best epoch so far; 0: none
    double seconds;       // spent
    double norm;          // of the last step's gradient
    record *records;
    size_t n_records, records_room;
} position;

// What a run holds. Everything is given back in run(), however it ends.
typedef struct job {
    dataset data;
    clip_model *model;
    void *model_memory; // of a model that was put together
    uint64_t model_hash, data_hash;
    clip_model_info info;
    clip_context *clip; // resizes and tokenises
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
    size_t room;                       // pairs that fit in the batch
    struct {                           // what a batch is made of
        unsigned char *pixels, *mask;
        float *image, *text;
        int32_t *ids;
    } batch;
    struct {                                // what is measured with
        size_t *texts, n_texts;             // the different ones
        size_t *row, *picture, n_captions;  // of each caption: its text among those, its picture among j->validation
        size_t *pair;                       // of each picture: the text among those that the loss is measured with
        float *features[2];                 // [n_validation, width], [n_texts, width]
        float *images, *encoded, *captions; // vectors
    } val;
    FILE *log;
    int log_failed;
    struct { // of the progress line
        double began, shown, pairs;
        uint64_t first_step; // of this epoch, or of what is left of it
    } pace;
    position at;
} job;

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
    clip_context_free(j->clip);
    clip_model_free(j->model);
    free(j->model_memory);
    j->clip = NULL, j->model = NULL, j->model_memory = NULL;
}

// Adds a self-test to the parts. A new tower must be built for that.
static int add_selftest(parts *p, job *j, clip_model *const sources[2], size_t dim, char why[WHY]) {
    const int built = !sources[0] || !sources[1];
    int failed = built && parts_build(p, why, &j->model, &j->model_memory);
    const clip_model *image = sources[0] ? sources[0] : j->model, *text = sources[1] ? sources[1] : j->model;
    if (!failed && text->info.tokenizer) failed = parts_selftest(p, image, text, dim, j->data.texts[0], why);
    if (built) close_model(j);
    return failed;
}

// Two towers with new heads behind them.
static int put_together(job *j, const settings *set) {
    const char *head = set->head ? set->head : "mlp";
    clip_model *sources[2] = {NULL, NULL};
    parts p = {0};
    char why[WHY];
    size_t width[2] = {0, 0};
    int failed = 0;
    p.seed = set->seed;
    for (int k = 0; k < 2 && !failed; k++) failed = !(width[k] = take_tower(&p, j, set, k, &sources[k]));
    for (int k = 0; k < 2 && !failed; k++) parts_new_head(&p, tower_names[k], head, width[k], set->embed_dim);
    if (!failed && !set->max_tokens) // a text that is cut would be no test
        failed =
            add_selftest(&p, j, sources, strcmp(head, "none") ? set->embed_dim : width[0], why) && complain("%s", why);
    if (!failed && parts_build(&p, why, &j->model, &j->model_memory)) failed = complain("%s", why);
    parts_free(&p);
    for (int k = 0; k < 2; k++) clip_model_free(sources[k]);
    return failed;
}

static int open_model(job *j, const settings *set) {
    clip_options options = {0};
    clip_error why;
    options.max_batch = 1;
    if (set->model && !set->head && !set->embed_dim) {
        if (clip_model_load(set->model, NULL, &why, &j->model)) return complain("%s", why.message);
    } else if (put_together(j, set)) return FAILED;
    clip_model_get_info(j->model, &j->info);
    if (!j->info.image.tower || !j->info.text.tower)
        return complain("%s: this model has no %s tower; give --image-tower and --text-tower", set->model,
                        tower_names[j->info.image.tower != NULL]);
    if (!j->info.tokenizer)
        return complain("%s: this model has no tokenizer; convert it with its vocab.txt",
                        set->tower[1] ? set->tower[1] : set->model);
    if (clip_context_new(j->model, &options, &why, &j->clip)) return complain("%s", why.message);
    j->model_hash = hash_tower(&j->model->file, NULL);
    j->pixels_size = j->info.image_size * j->info.image_size * 3;
    return 0;
}

// The token ids of all texts.
static int tokenise(job *j, const settings *set) {
    const size_t max = set->max_tokens && set->max_tokens < j->info.context ? set->max_tokens : j->info.context;
    size_t room = 0, n = 0;
    int32_t *row = malloc(max * sizeof *row);
    j->ids_start = malloc((j->data.n_texts + 1) * sizeof *j->ids_start);
    int failed = !row || !j->ids_start;
    for (size_t i = 0; i < j->data.n_texts && !failed; i++) {
        size_t count;
        if (clip_tokenize(j->clip, j->data.texts[i], row, max, &count)) {
            free(row);
            return complain("%s", clip_context_error(j->clip));
        }
        while (!failed && room - n < count) {
            int32_t *ids = grown(j->ids, room, &room, sizeof *ids);
            failed = !ids;
            if (ids) j->ids = ids;
        }
        if (failed) break;
        memcpy(j->ids + n, row, count * sizeof *row);
        j->ids_start[i] = n;
        n += count;
        j->longest = clip__max(j->longest, count);
    }
    free(row);
    if (failed) return complain("not enough memory for the captions");
    j->ids_start[j->data.n_texts] = n;
    return 0;
}

// ----------------------------------------------------------------------------------------------------- reading ahead
// Threads decode and resize the pictures of a list, and hand them over in its order.

typedef struct slot {
    int ready, failed;
    char why[WHY];
} slot;

typedef struct reader {
    const job *j;
    const settings *set;
    const size_t *list; // of pictures
    size_t n;
    uint64_t epoch;
    int augment;
    slot *slots; // picture i of the list goes to slot i % room
    unsigned char *pixels;
    size_t room, begun, taken; // begun <= taken + room: no more are held than there are slots
    int stop, from_memory;
    pthread_mutex_t lock;
    pthread_cond_t moved;
    pthread_t threads[MOST_THREADS];
    size_t n_threads;
} reader;

// A part of the picture, from half of its area to all of it, with sides that differ by up to 4 : 3 from those of the
// whole. Where the model crops a square anyway (resize "short"), a square.
static clip_image random_crop(const clip_image *whole, const settings *set, int square, uint64_t epoch, size_t i) {
    double u[4];
    for (uint64_t k = 0; k < 4; k++)
        u[k] = (double)(random_for(set, FOR_CROP, epoch, 5 * i + k) >> 11) / 9007199254740992.0; // 2^53
    const double area = 0.5 + 0.5 * u[0], aspect = exp((2 * u[1] - 1) * log(4.0 / 3)),
                 side = (double)clip__min(whole->width, whole->height);
    double width = (double)whole->width * sqrt(area * aspect), height = (double)whole->height * sqrt(area / aspect);
    clip_image crop = *whole;
    if (square) width = height = side * sqrt(area);
    crop.width = clip__max(1, clip__min(whole->width, (size_t)(width + 0.5)));
    crop.height = clip__max(1, clip__min(whole->height, (size_t)(height + 0.5)));
    const size_t x = (size_t)(u[2] * (double)(whole->width - crop.width + 1)),
                 y = (size_t)(u[3] * (double)(whole->height - crop.height + 1));
    crop.stride = whole->width * whole->channels;
    crop.data += y * crop.stride + x * whole->channels;
    return crop;
}

static void flip(unsigned char *pixels, size_t side) {
    for (size_t y = 0; y < side; y++, pixels += 3 * side)
        for (size_t x = 0; x < side / 2; x++)
            for (size_t c = 0; c < 3; c++) {
                unsigned char *a = &pixels[3 * x + c], *b = &pixels[3 * (side - 1 - x) + c], swap = *a;
                *a = *b;
                *b = swap;
            }
}

// Reads picture i into pixels [S, S, 3].
static int read_picture(const reader *r, clip_context *clip, size_t i, unsigned char *pixels, char why[WHY]) {
    clip_image image, seen;
    if (picture_read(r->j->data.pictures[i].path, &image, why)) return FAILED;
    const int square = !strcmp(r->j->info.resize, "short");
    seen = r->augment ? random_crop(&image, r->set, square, r->epoch, i) : image;
    const int failed = clip_preprocess(clip, &seen, 1, pixels) != CLIP_OK;
    if (failed) snprintf(why, WHY, "%s", clip_context_error(clip));
    picture_free(&image);
    if (r->augment && random_for(r->set, FOR_CROP, r->epoch, 5 * i + 4) & 1) flip(pixels, r->j->info.image_size);
    return failed;
}

static void *read_ahead(void *argument) {
    reader *r = argument;
    clip_options options = {0};
    clip_context *clip = NULL;
    clip_error why;
    options.max_batch = 1;
    options.max_tokens = 2; // it only resizes
    if (clip_context_new(r->j->model, &options, &why, &clip)) clip = NULL;
    pthread_mutex_lock(&r->lock);
    while (!r->stop && r->begun < r->n) {
        if (r->begun == r->taken + r->room) {
            pthread_cond_wait(&r->moved, &r->lock);
            continue;
        }
        const size_t i = r->begun++, k = i % r->room;
        slot *s = &r->slots[k];
        pthread_mutex_unlock(&r->lock);
        if (clip) s->failed = read_picture(r, clip, r->list[i], r->pixels + k * r->j->pixels_size, s->why);
        else s->failed = snprintf(s->why, WHY, "%.*s", WHY - 1, why.message) >= 0;
        pthread_mutex_lock(&r->lock);
        s->ready = 1;
        pthread_cond_broadcast(&r->moved);
    }
    pthread_mutex_unlock(&r->lock);
    clip_context_free(clip);
    return NULL;
}

// Stops the threads, wherever they are.
static void reader_end(reader *r) {
    if (!r->from_memory && r->slots) {
        pthread_mutex_lock(&r->lock);
        r->stop = 1;
        pthread_cond_broadcast(&r->moved);
        pthread_mutex_unlock(&r->lock);
        for (size_t i = 0; i < r->n_threads; i++) pthread_join(r->threads[i], NULL);
        pthread_cond_destroy(&r->moved);
        pthread_mutex_destroy(&r->lock);
    }
    free(r->slots);
    free(r->pixels);
    memset(r, 0, sizeof *r);
}

// The list must stay until reader_end. With `augment` the pictures are those of that epoch.
static int reader_begin(reader *r, const job *j, const settings *set, const size_t *list, size_t n, int augment,
                        uint64_t epoch) {
    memset(r, 0, sizeof *r);
    r->j = j, r->set = set, r->list = list, r->n = n, r->augment = augment, r->epoch = epoch;
    r->from_memory = j->pixels && !augment;
    if (r->from_memory) return 0;
    r->room = clip__min(n, set->batch + set->threads) + 1; // the next batch, while this one is computed
    r->slots = calloc(r->room, sizeof *r->slots);
    r->pixels = malloc(clip__mul(r->room, j->pixels_size));
    if (!r->slots || !r->pixels) {
        free(r->slots), free(r->pixels);
        memset(r, 0, sizeof *r);
        return complain("not enough memory to read %zu pictures ahead", set->batch);
    }
    pthread_mutex_init(&r->lock, NULL);
    pthread_cond_init(&r->moved, NULL);
    for (size_t i = 0; i < clip__min(set->threads, n); i++)
        r->n_threads += pthread_create(&r->threads[r->n_threads], NULL, read_ahead, r) == 0;
    if (r->n_threads || !n) return 0;
    reader_end(r);
    return complain("no thread can be started to read pictures");
}

// The next picture of the list, to `pixels` (may be NULL). Returns 0, or FAILED and why.
static int reader_next(reader *r, unsigned char *pixels, char why[WHY]) {
    const size_t size = r->j->pixels_size;
    if (r->from_memory) {
        memcpy(pixels, r->j->pixels + r->list[r->taken++] * size, size);
        return 0;
    }
    slot *s = &r->slots[r->taken % r->room];
    pthread_mutex_lock(&r->lock);
    while (!s->ready) pthread_cond_wait(&r->moved, &r->lock);
    pthread_mutex_unlock(&r->lock);
    const int failed = s->failed;
    if (failed) memcpy(why, s->why, WHY);
    else if (pixels) memcpy(pixels, r->pixels + r->taken % r->room * size, size);
    pthread_mutex_lock(&r->lock);
    s->ready = 0;
    r->taken++;
    pthread_cond_broadcast(&r->moved);
    pthread_mutex_unlock(&r->lock);
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

// The pictures list[0..n) as a batch has them: features of a frozen tower, or the next pixels of the reader.
static int fill_pictures(job *j, const settings *set, reader *r, const size_t *list, size_t n, clip_batch *out) {
    const size_t width = j->info.image.width;
    out->n = n;
    if (j->features[0]) {
        for (size_t i = 0; i < n; i++)
            memcpy(j->batch.image + i * width, j->features[0] + list[i] * width, width * sizeof(float));
        out->image_features = j->batch.image;
        return 0;
    }
    for (size_t i = 0; i < n; i++) {
        char why[WHY], line[4096];
        if (!reader_next(r, j->batch.pixels + i * j->pixels_size, why)) continue;
        snprintf(line, sizeof line, "%s: %s, which could be read before", j->data.pictures[list[i]].path, why);
        return training_failed(set, line);
    }
    out->pixels = j->batch.pixels;
    return 0;
}

// The texts list[0..n) likewise: features, or ids, as many as the longest has.
static void fill_texts(job *j, const size_t *list, size_t n, clip_batch *out) {
    const size_t width = j->info.text.width;
    out->n = n;
    if (j->features[1]) {
        for (size_t i = 0; i < n; i++)
            memcpy(j->batch.text + i * width, j->features[1] + list[i] * width, width * sizeof(float));
        out->text_features = j->batch.text;
        return;
    }
    out->T = 0;
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

static int batch_alloc(job *j, const settings *set) {
    const size_t n = j->room = set->batch;
    j->batch.pixels = malloc(clip__mul(n, j->pixels_size));
    j->batch.image = malloc(clip__mul(n, j->info.image.width * sizeof(float)));
    j->batch.text = malloc(clip__mul(n, j->info.text.width * sizeof(float)));
    j->batch.ids = malloc(clip__mul(n, j->longest * sizeof *j->batch.ids));
    j->batch.mask = malloc(clip__mul(n, j->longest));
    if (!j->batch.pixels || !j->batch.image || !j->batch.text || !j->batch.ids || !j->batch.mask)
        return complain("not enough memory for a batch of %zu", n);
    return 0;
}

// ---------------------------------------------------------------------------------------------------------- features
// What a frozen tower makes of each picture or text does not change: it is computed once and kept. THE CACHE, one file
// for each tower, little-endian:
//      0  8    magic 89 43 46 45 41 0D 0A 1A ("\x89CFEA", CR, LF, ^Z)
//      8  4    version, 1
//     12  4    width
//     16  8    n
//     24  8    key: a hash of the tower, and of the pictures' names, sizes and times, or of the texts
//     32  4    CRC-32 of everything from byte 36 on
//     36  4    zero
//     40  -    n vectors of width f32; NaNs where a picture can't be read, or is still to be computed
enum { CACHE_HEADER = 40, CACHE_VERSION = 1 };
static const unsigned char CACHE_MAGIC[8] = {0x89, 'C', 'F', 'E', 'A', '\r', '\n', 0x1A};

typedef struct cache {
    char *path;
    uint64_t key;
    unsigned char *bytes; // the file; the vectors are what lies behind its header
    size_t n, width;
    float *vectors;
    int said; // that it can't be written
} cache;

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

// Whether the bytes are what was kept under this key. If not, why.
static int cache_check(const cache *c, const unsigned char *bytes, size_t size, char why[WHY]) {
    const char *wrong = NULL;
    if (size < CACHE_HEADER || memcmp(bytes, CACHE_MAGIC, 8) || clip__read_le(bytes + 8, 4) != CACHE_VERSION)
        wrong = "not a file of features";
    else if (clip__read_le(bytes + 24, 8) != c->key || clip__read_le(bytes + 12, 4) != c->width ||
             clip__read_le(bytes + 16, 8) != c->n || size != CACHE_HEADER + c->n * c->width * sizeof(float))
        wrong = "features of other data";
    else if (clip__crc32(0, bytes + 36, size - 36) != clip__read_le(bytes + 32, 4)) wrong = "damaged";
    if (wrong) snprintf(why, WHY, "%s", wrong);
    return wrong != NULL;
}

// Reads what is kept; if there is nothing, or nothing good, all vectors are NaNs.
static int cache_open(cache *c, const job *j, const settings *set, int tower) {
    const char *slash = strrchr(set->out, '/');
    const char *dir = set->cache ? set->cache : slash ? set->out : ".";
    const size_t dir_size = set->cache || !slash ? strlen(dir) : (size_t)(slash - dir), room = dir_size + 64;
    unsigned char *bytes;
    char why[WHY];
    size_t size;
    struct stat about;
    memset(c, 0, sizeof *c);
    c->n = tower == CLIP_IMAGE_TOWER ? j->data.n_pictures : j->data.n_texts;
    c->width = tower == CLIP_IMAGE_TOWER ? j->info.image.width : j->info.text.width;
    c->key = cache_key(j, tower);
    size = clip__add(CACHE_HEADER, clip__mul(c->n, c->width * sizeof(float)));
    c->path = malloc(room);
    c->bytes = malloc(size);
    if (!c->path || !c->bytes)
        return complain("not enough memory for the features of %zu %ss", c->n, tower_names[tower]);
    snprintf(c->path, room, "%.*s/.clip-%s-features-%016llx", (int)dir_size, dir, tower_names[tower],
             (unsigned long long)c->key);
    c->vectors = (float *)(void *)(c->bytes + CACHE_HEADER);
    for (size_t i = 0; i < c->n * c->width; i++) c->vectors[i] = NAN;
    if (stat(c->path, &about) != 0 && errno == ENOENT) return 0;
    if (!(bytes = file_read(c->path, SIZE_MAX / 8, &size, why)) || cache_check(c, bytes, size, why)) {
        complain("%s: %s; it is made anew", c->path, why);
    } else {
        memcpy(c->bytes, bytes, size);
        if (!clip__little_endian()) clip__swap_bytes(c->vectors, size - CACHE_HEADER, CLIP__F32);
    }
    free(bytes);
    return 0;
}

// A folder that can't be written to is no reason not to train: it is said, once.
static void cache_save(cache *c) {
    const size_t size = CACHE_HEADER + c->n * c->width * sizeof(float);
    output o;
    int failed = output_open(&o, c->path);
    memcpy(c->bytes, CACHE_MAGIC, 8);
    clip__write_le(c->bytes + 8, CACHE_VERSION, 4);
    clip__write_le(c->bytes + 12, c->width, 4);
    clip__write_le(c->bytes + 16, c->n, 8);
    clip__write_le(c->bytes + 24, c->key, 8);
    clip__write_le(c->bytes + 36, 0, 4);
    if (!clip__little_endian()) clip__swap_bytes(c->vectors, size - CACHE_HEADER, CLIP__F32);
    clip__write_le(c->bytes + 32, clip__crc32(0, c->bytes + 36, size - 36), 4);
    if (!failed) {
        fwrite(c->bytes, 1, size, o.file); // output_commit looks whether it worked
        failed = output_commit(&o);
    }
    if (!clip__little_endian()) clip__swap_bytes(c->vectors, size - CACHE_HEADER, CLIP__F32);
    if (failed && !c->said++)
        complain("%s: %s; this training works, but the next one computes them again", c->path, strerror(errno));
}

static int cache_has(const cache *c, size_t row) { return !isnan(c->vectors[row * c->width]); }

// The features keep their place in j->features; the rest is given back.
static float *cache_take(cache *c) {
    float *features = (float *)(void *)c->bytes;
    if (features) memmove(features, c->vectors, c->n * c->width * sizeof(float));
    free(c->path);
    memset(c, 0, sizeof *c);
    return features;
}

static int stopped(const char *what) { return complain("stopped while %s; the same command goes on from there", what); }

enum { SAVE_SECONDS = 30 }; // so much work of a feature pass may be lost

// Computes the vectors that the cache lacks. For pictures this is also the pass that finds bad ones; a picture that was
// bad when the cache was made is tried again.
static int compute_features(job *j, const settings *set, clip_trainer *t, cache *c, const size_t *list, size_t n,
                            int tower) {
    const int images = tower == CLIP_IMAGE_TOWER;
    progress p = progress_begin(images ? "picture" : "text", n);
    float *vectors = malloc(clip__mul(j->room, c->width * sizeof(float)));
    double saved = seconds();
    size_t good = 0;
    reader r = {0};
    int failed = !vectors && complain("not enough memory for a batch of %zu", j->room);
    if (!failed && images) failed = reader_begin(&r, j, set, list, n, 0, 0);
    for (size_t i = 0; i < n && !failed;) {
        size_t rows[64], k = 0;
        clip_batch b = {0};
        for (; i < n && k < clip__min(j->room, sizeof rows / sizeof *rows); i++) {
            char why[WHY];
            picture *it = images ? &j->data.pictures[list[i]] : NULL;
            if (images && reader_next(&r, j->batch.pixels + k * j->pixels_size, why)) {
                it->bad = 1;
                say_bad(&j->data, &j->data.captions[it->first], it->path, why);
            } else rows[k++] = list[i];
        }
        if (images) b.n = k, b.pixels = j->batch.pixels;
        else fill_texts(j, rows, k, &b);
        if (k > 0 && clip_trainer_features(t, &b, images ? vectors : NULL, images ? NULL : vectors))
            failed = complain("%s", clip_trainer_error(t));
        for (size_t v = 0; v < k && !failed; v++)
            memcpy(c->vectors + rows[v] * c->width, vectors + v * c->width, c->width * sizeof(float));
        good += k;
        progress_show(&p, i);
        if (interrupted || seconds() - saved > SAVE_SECONDS) cache_save(c), saved = seconds();
        if (interrupted) failed = stopped("features were computed");
    }
    if (!failed) progress_end(&p, good);
    if (!failed && good) cache_save(c);
    reader_end(&r);
    free(vectors);
    return failed;
}

// The features of a frozen tower, out of the cache or computed.
static int features_of(job *j, const settings *set, int tower) {
    clip_train_options options = {0};
    clip_trainer *t = NULL;
    clip_error why;
    cache c;
    size_t n = 0, *list = NULL;
    int failed = cache_open(&c, j, set, tower);
    if (!failed && !(list = malloc((c.n + 1) * sizeof *list))) failed = complain("not enough memory for the features");
    for (size_t i = 0; i < c.n && !failed; i++)
        if (!cache_has(&c, i) && !(tower == CLIP_IMAGE_TOWER && j->data.pictures[i].bad)) list[n++] = i;
    options.freeze[0] = options.freeze[1] = 1; // it computes features and nothing else
    options.max_batch = clip__min(j->room, 32);
    options.max_tokens = j->longest;
    options.threads = set->threads;
    if (!failed && n && clip_trainer_new(j->model, &options, &why, &t)) failed = complain("%s", why.message);
    if (!failed && n) failed = compute_features(j, set, t, &c, list, n, tower);
    clip_trainer_free(t);
    free(list);
    if (failed) return free(c.path), free(c.bytes), FAILED;
    j->features[tower] = cache_take(&c);
    return 0;
}

// Reads every picture once, so that bad ones are known before the training, and keeps those pixels that there is
// memory for. For a tower that is trained.
static int check_pictures(job *j, const settings *set) {
    dataset *d = &j->data;
    const size_t all = clip__mul(d->n_pictures, j->pixels_size);
    size_t *list = malloc((d->n_pictures + 1) * sizeof *list), n = 0;
    unsigned char *kept = !set->augment && all / 1000000 < set->memory ? malloc(all + 1) : NULL;
    reader r = {0};
    int failed = 0;
    if (!list) return free(kept), complain("not enough memory for the pictures");
    for (size_t i = 0; i < d->n_pictures; i++)
        if (!d->pictures[i].bad) list[n++] = i;
    progress p = progress_begin("picture", n);
    failed = reader_begin(&r, j, set, list, n, 0, 0);
    for (size_t i = 0; i < n && !failed; i++) {
        char why[WHY];
        picture *it = &d->pictures[list[i]];
        if (reader_next(&r, kept ? kept + list[i] * j->pixels_size : NULL, why)) {
            it->bad = 1;
            say_bad(d, &d->captions[it->first], it->path, why);
        }
        progress_show(&p, i + 1);
        if (interrupted) failed = complain("stopped while pictures were looked at; nothing is written");
    }
    if (!failed) progress_end(&p, n);
    reader_end(&r);
    free(list);
    j->pixels = kept;
    return failed;
}

// Everything that is known before the training, and the pictures that are left for it.
static int prepare(job *j, const settings *set) {
    dataset *d = &j->data;
    if (dataset_read(d, set) || open_model(j, set) || tokenise(j, set) || batch_alloc(j, set)) return FAILED;
    if (set->train.freeze[0] ? features_of(j, set, CLIP_IMAGE_TOWER) : check_pictures(j, set)) return FAILED;
    if (check_bad(d, set)) return FAILED;
    if (set->train.freeze[1] && features_of(j, set, CLIP_TEXT_TOWER)) return FAILED;
    if (d->bad) complain("%zu pictures or captions can't be used and are passed over", d->bad);
    j->train = malloc((d->n_pictures + 1) * sizeof *j->train);
    j->validation = malloc((d->n_pictures + 1) * sizeof *j->validation);
    if (!j->train || !j->validation) return complain("not enough memory for the pictures");
    for (size_t i = 0; i < d->n_pictures; i++) {
        if (d->pictures[i].bad) continue;
        if (d->pictures[i].validation) j->validation[j->n_validation++] = i;
        else j->train[j->n_train++] = i;
    }
    shuffle(j->validation, j->n_validation, set, FOR_ORDER, UINT32_MAX); // the files' order is often one of classes
    if (j->n_train < 2) return complain("%zu pictures to train with are too few: a loss compares two", j->n_train);
    return 0;
}

// --------------------------------------------------------------------------------------------------- log and curves

static void log_write(FILE *out, const record *r) {
    for (size_t c = 0; c < COLUMNS; c++) {
        const double value = c >= RECALL && c <= MEAN ? 100 * r->v[c] : r->v[c];
        if (c) putc(',', out);
        if (!isnan(value)) fprintf(out, c == SECONDS ? "%.1f" : "%.9g", value);
    }
    putc('\n', out);
}

// A log that can't be written is no reason to stop: it is said, and is a failure in the end.
static void log_check(job *j, const settings *set) {
    if ((!j->log || fflush(j->log) || ferror(j->log)) && !j->log_failed++)
        complain("%s: %s; the training goes on without it", set->log, strerror(errno));
}

// Begins the log with what there is already: rows that were written after the checkpoint come again.
static void log_begin(job *j, const settings *set) {
    if ((j->log = fopen(set->log, "w"))) {
        fputs(LOG_HEADER, j->log);
        for (size_t i = 0; i < j->at.n_records; i++) log_write(j->log, &j->at.records[i]);
    }
    log_check(j, set);
}

static int log_row(job *j, const settings *set, const record *r) {
    record *records = grown(j->at.records, j->at.n_records, &j->at.records_room, sizeof *records);
    if (!records) return complain("not enough memory for the log");
    j->at.records = records;
    records[j->at.n_records++] = *r;
    if (j->log) log_write(j->log, r);
    log_check(j, set);
    return 0;
}

typedef struct curve {
    size_t column;
    const char *name, *color, *dash;
    double width;
} curve;

typedef struct chart {
    const char *title;
    const curve *curves;
    size_t n;
    double left, low, high, scale, epochs; // values from low to high, as they are times `scale`
} chart;

enum { CHART_WIDTH = 400, CHART_HEIGHT = 280, CHART_TOP = 56 };

// 1, 2 or 5 times a power of ten, so that `span` has at most `most` of it.
static double tick_step(double span, double most) {
    double step = pow(10, floor(log10(span / most)));
    if (span / step > most) step *= 2;
    if (span / step > most) step *= 2.5;
    if (span / step > most) step *= 2;
    return step;
}

static double chart_x(const chart *c, double epochs) { return c->left + CHART_WIDTH * epochs / c->epochs; }
static double chart_y(const chart *c, double value) {
    return CHART_TOP + CHART_HEIGHT * (1 - (value * c->scale - c->low) / (c->high - c->low));
}

static void svg_text(FILE *out, double x, double y, const char *anchor, const char *text) {
    fprintf(out, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>\n", x, y, anchor, text);
}

static void svg_axes(FILE *out, const chart *c) {
    const double right = c->left + CHART_WIDTH, bottom = CHART_TOP + CHART_HEIGHT;
    const double step = tick_step(c->high - c->low, 6), epoch = fmax(1, tick_step(c->epochs, 10));
    char number[32];
    fprintf(out, "<text x=\"%.1f\" y=\"%d\" class=\"title\">%s</text>\n", c->left, CHART_TOP - 22, c->title);
    for (double v = ceil(c->low / step) * step; v <= c->high + step / 1000; v += step) {
        const double y = chart_y(c, v / c->scale);
        fprintf(out, "<path class=\"grid\" d=\"M%.1f %.1fH%.1f\"/>\n", c->left, y, right);
        snprintf(number, sizeof number, "%g", fabs(v) < step / 1000 ? 0 : v);
        svg_text(out, c->left - 8, y + 4, "end", number);
    }
    for (double e = 0; e <= c->epochs + 0.001; e += epoch) {
        fprintf(out, "<path class=\"axis\" d=\"M%.1f %.1fv5\"/>\n", chart_x(c, e), bottom);
        snprintf(number, sizeof number, "%g", e);
        svg_text(out, chart_x(c, e), bottom + 20, "middle", number);
    }
    fprintf(out, "<path class=\"axis\" d=\"M%.1f %dV%.1fH%.1f\"/>\n", c->left, CHART_TOP, bottom, right);
    svg_text(out, c->left + CHART_WIDTH / 2.0, bottom + 40, "middle", "epoch");
}

// A line through the rows that have the column. Rows that fall on the same pixel are one point, their mean.
static void svg_curve(FILE *out, const chart *c, const curve *line, const position *at, double steps) {
    double pixel = -1, x = 0, y = 0;
    size_t points = 0, here = 0;
    fprintf(out, "<path fill=\"none\" stroke=\"%s\" stroke-width=\"%.1f\"", line->color, line->width);
    if (*line->dash) fprintf(out, " stroke-dasharray=\"%s\"", line->dash);
    fputs(" stroke-linejoin=\"round\" d=\"", out);
    for (size_t i = 0; i <= at->n_records; i++) {
        const double *v = i < at->n_records ? at->records[i].v : NULL;
        if (v && isnan(v[line->column])) continue;
        const double to = v ? chart_x(c, v[STEP] / steps) : INFINITY;
        if (here && floor(to) > pixel) {
            fprintf(out, "%c%.1f %.1f", points++ ? 'L' : 'M', x / (double)here, chart_y(c, y / (double)here));
            x = y = 0, here = 0;
        }
        if (v) pixel = floor(to), x += to, y += v[line->column], here++;
    }
    fputs("\"/>\n", out);
    for (size_t i = 0; i < at->n_records && line->column >= VALIDATION && c->epochs <= 30; i++) {
        const double *v = at->records[i].v;
        if (!isnan(v[line->column]))
            fprintf(out, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\" fill=\"%s\"/>\n", chart_x(c, v[STEP] / steps),
                    chart_y(c, v[line->column]), line->width + 0.6, line->color);
    }
}

static void svg_legend(FILE *out, const chart *c) {
    for (size_t i = 0; i < c->n; i++) {
        const double x = c->left + CHART_WIDTH + 16, y = CHART_TOP + 10 + 22 * (double)i;
        fprintf(out, "<path stroke=\"%s\" stroke-width=\"%.1f\" stroke-dasharray=\"%s\" d=\"M%.1f %.1fh22\"/>\n",
                c->curves[i].color, c->curves[i].width, *c->curves[i].dash ? c->curves[i].dash : "none", x, y - 4);
        svg_text(out, x + 30, y, "start", c->curves[i].name);
    }
}

// The least and the largest value of the chart's curves, with ticks at both ends.
static void chart_range(chart *c, const position *at) {
    double low = INFINITY, high = -INFINITY, step;
    for (size_t k = 0; k < c->n; k++)
        for (size_t i = 0; i < at->n_records; i++) {
            const double v = at->records[i].v[c->curves[k].column] * c->scale;
            if (!isnan(v)) low = fmin(low, v), high = fmax(high, v);
        }
    if (!(high - low > 1e-9)) low = high - 0.5, high += 0.5;
    step = tick_step(high - low, 5);
    c->low = floor(low / step) * step;
    c->high = ceil(high / step) * step;
}

static void svg_write(FILE *out, const position *at, double epochs, double steps, int validated) {
    static const curve losses[] = {{LOSS, "training", "#7aa6d8", "", 1.4},
                                   {VALIDATION, "validation", "#c2410c", "", 2.2}};
    static const curve recalls[] = {{MEAN, "mean of the six", "#1d1d1f", "", 3},
                                    {RECALL + 2, "text to image R@10", "#0b4f8a", "", 1.6},
                                    {RECALL + 1, "text to image R@5", "#2b83c6", "", 1.6},
                                    {RECALL, "text to image R@1", "#8ec1ea", "", 1.6},
                                    {RECALL + 5, "image to text R@10", "#8a3a0b", "5 4", 1.6},
                                    {RECALL + 4, "image to text R@5", "#d97322", "5 4", 1.6},
                                    {RECALL + 3, "image to text R@1", "#f2b27e", "5 4", 1.6}};
    chart loss = {"Loss", losses, validated ? 2 : 1, 64, 0, 1, 1, epochs};
    chart recall = {"Recall of the validation, %", recalls, 7, 660, 0, 100, 100, epochs};
    const int width = validated ? 1260 : 600, height = CHART_TOP + CHART_HEIGHT + 64;
    chart_range(&loss, at);
    chart_range(&recall, at);
    recall.low = 0, recall.high = fmin(100, fmax(recall.high, 1));
    fprintf(out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\">\n"
            "<style>text{font:13px system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',sans-serif;fill:#444}"
            ".title{font-size:17px;font-weight:600;fill:#1d1d1f}.grid{stroke:#e4e4e2;fill:none}"
            ".axis{stroke:#8a8a88;fill:none}</style>\n<rect width=\"%d\" height=\"%d\" fill=\"#fff\"/>\n",
            width, height, width, height, width, height);
    for (const chart *c = &loss; c; c = c == &loss && validated ? &recall : NULL) {
        svg_axes(out, c);
        for (size_t i = c->n; i-- > 0;) svg_curve(out, c, &c->curves[i], at, steps); // the first on top
        svg_legend(out, c);
    }
    fputs("</svg>\n", out);
}

// --------------------------------------------------------------------------------------------------------- the plan

// Batches in n pairs. A last one of a single pair is left out: it has nothing to be compared with.
static size_t batches_of(size_t n, size_t batch) { return n / batch + (n % batch > 1 || n < 2); }

static size_t pairs_of_epoch(const job *j, const settings *set) {
    size_t n = 0;
    for (size_t i = 0; i < j->n_train; i++) n += set->one_caption ? 1 : j->data.pictures[j->train[i]].n;
    return n;
}

static size_t batches_of_epoch(const job *j, const settings *set) { return batches_of(j->n_pairs, set->batch); }
static size_t steps_of_epoch(const job *j, const settings *set) {
    return (batches_of_epoch(j, set) + set->accumulate - 1) / set->accumulate;
}

// Which of its captions a picture has first in an epoch.
static size_t first_caption(const job *j, const settings *set, size_t number, uint64_t epoch) {
    return (size_t)(random_for(set, FOR_CAPTION, epoch, number) % j->data.pictures[number].n);
}

// The pairs of an epoch, in their order: j->pictures and j->texts. It goes in rounds, each with every picture once and
// one of its captions, so that a batch hardly ever has two captions of one picture.
static void plan_epoch(job *j, const settings *set, uint64_t epoch) {
    size_t n = 0, rounds = 1, *captions = j->pictures; // until they are shuffled
    for (size_t i = 0; i < j->n_train && !set->one_caption; i++)
        if (j->data.pictures[j->train[i]].n > rounds) rounds = j->data.pictures[j->train[i]].n;
    for (size_t round = 0; round < rounds; round++) {
        const size_t begin = n;
        for (size_t i = 0; i < j->n_train; i++) {
            const picture *p = &j->data.pictures[j->train[i]];
            const size_t first = first_caption(j, set, j->train[i], epoch);
            if (round < p->n) captions[n++] = p->first + (first + round) % p->n;
        }
        shuffle(captions + begin, n - begin, set, FOR_ORDER, epoch << 32 | round);
    }
    for (size_t i = 0; i < n; i++) {
        const caption *c = &j->data.captions[captions[i]];
        j->pictures[i] = c->picture;
        j->texts[i] = c->text;
    }
}

static int plan_validation(job *j, const settings *set) {
    const dataset *d = &j->data;
    const size_t dim = j->info.embed_dim;
    size_t *row_of = malloc((d->n_texts + 1) * sizeof *row_of), n = 0;
    for (size_t i = 0; i < j->n_validation; i++) n += d->pictures[j->validation[i]].n;
    j->val.texts = malloc((n + 1) * sizeof *j->val.texts);
    j->val.row = malloc((n + 1) * sizeof *j->val.row);
    j->val.picture = malloc((n + 1) * sizeof *j->val.picture);
    j->val.pair = malloc((j->n_validation + 1) * sizeof *j->val.pair);
    j->val.features[0] = malloc((j->n_validation * j->info.image.width + 1) * sizeof(float));
    j->val.features[1] = malloc((n * j->info.text.width + 1) * sizeof(float));
    j->val.images = malloc((j->n_validation * dim + 1) * sizeof(float));
    j->val.encoded = malloc((n * dim + 1) * sizeof(float));
    j->val.captions = malloc((n * dim + 1) * sizeof(float));
    if (!row_of || !j->val.texts || !j->val.row || !j->val.picture || !j->val.pair || !j->val.features[0] ||
        !j->val.features[1] || !j->val.images || !j->val.encoded || !j->val.captions)
        return free(row_of), complain("not enough memory for the validation");
    for (size_t i = 0; i < d->n_texts; i++) row_of[i] = SIZE_MAX;
    for (size_t i = 0; i < j->n_validation; i++) {
        const picture *p = &d->pictures[j->validation[i]];
        for (size_t k = p->first; k < p->first + p->n; k++, j->val.n_captions++) {
            const size_t text = d->captions[k].text;
            if (row_of[text] == SIZE_MAX) row_of[text] = j->val.n_texts, j->val.texts[j->val.n_texts++] = text;
            j->val.row[j->val.n_captions] = row_of[text];
            j->val.picture[j->val.n_captions] = i;
        }
        j->val.pair[i] = row_of[d->captions[p->first + first_caption(j, set, j->validation[i], UINT32_MAX)].text];
    }
    free(row_of);
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
    snprintf(text, OPTIONS_ROOM,
             "--loss %s\n--temperature %.9g\n--margin %.9g\n--freeze %s%s%s\n--freeze-statistics %d\n--batch %zu\n"
             "--micro-batch %zu\n--accumulate %zu\n--seed %zu\n--one-caption %d\n--augment %d\n--max-tokens %zu\n"
             "--optimizer %s\n--rate-heads %.9g\n--rate-image %.9g\n--rate-text %.9g\n--decay %.9g\n"
             "--no-decay-1d %d\n--momentum %.9g\n--nesterov %d\n--clip-norm %.9g\n--dropout %.9g\n--schedule %s\n"
             "--warmup %zu\n--patience %zu\n--factor %.9g\n--epochs %zu\n--val %.9g\ncaptions and pictures %016llx\n"
             "start model %016llx\n",
             loss_names[o->loss], o->temperature, o->margin, o->freeze[0] ? "image" : "",
             o->freeze[0] && o->freeze[1] ? "," : "", o->freeze[1] ? "text" : "", o->freeze_statistics, set->batch,
             set->micro_batch, set->accumulate, set->seed, set->one_caption, set->augment, set->max_tokens,
             optimizer_names[o->optimizer], o->rate[CLIP_HEADS], o->rate[CLIP_IMAGE_TOWER], o->rate[CLIP_TEXT_TOWER],
             o->decay[0], o->no_decay_1d, o->momentum, o->nesterov, o->clip_norm, o->dropout,
             schedule_names[o->schedule], set->warmup, set->patience, o->factor,
             o->schedule == CLIP_COSINE ? set->epochs : 0, set->val_captions ? 1 : set->val,
             (unsigned long long)j->data_hash, (unsigned long long)j->model_hash);
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

static void put_numbers(unsigned char **to, const double *v, size_t n) {
    for (size_t i = 0; i < n; i++, *to += 8) {
        uint64_t bits;
        memcpy(&bits, &v[i], 8);
        clip__write_le(*to, bits, 8);
    }
}

static void get_numbers(const unsigned char **from, double *v, size_t n) {
    for (size_t i = 0; i < n; i++, *from += 8) {
        const uint64_t bits = clip__read_le(*from, 8);
        memcpy(&v[i], &bits, 8);
    }
}

// Saves trainer and position; the checkpoint before stays as FILE.1, so that at no moment there is no whole one.
static int save_checkpoint(job *j, const settings *set, double began) {
    const position *at = &j->at;
    const double numbers[POSITION_NUMBERS] = {(double)at->epoch,
                                              (double)at->batch,
                                              at->epoch_loss.sum,
                                              at->epoch_loss.n,
                                              at->row.sum,
                                              at->row.n,
                                              (double)at->best_record,
                                              at->seconds + seconds() - began,
                                              at->norm,
                                              (double)at->n_records};
    const size_t size = OPTIONS_ROOM + 8 * (POSITION_NUMBERS + COLUMNS * at->n_records);
    unsigned char *bytes = calloc(size, 1), *to = bytes + OPTIONS_ROOM;
    char *before = malloc(strlen(set->checkpoint) + 3);
    int failed = !bytes || !before;
    if (failed) complain("not enough memory for a checkpoint");
    if (!failed) {
        describe(j, set, (char *)bytes);
        put_numbers(&to, numbers, POSITION_NUMBERS);
        for (size_t i = 0; i < at->n_records; i++) put_numbers(&to, at->records[i].v, COLUMNS);
        sprintf(before, "%s.1", set->checkpoint);
        if (rename(set->checkpoint, before) && errno != ENOENT) failed = complain("%s: %s", before, strerror(errno));
        else if (clip_trainer_save(j->trainer, set->checkpoint, bytes, size))
            failed = complain("%s; the checkpoint before it is %s", clip_trainer_error(j->trainer), before);
    }
    free(before);
    free(bytes);
    return failed;
}

// Takes over the position out of what a checkpoint holds.
static int read_position(position *at, const char *path, const unsigned char *bytes, size_t size) {
    const unsigned char *from = bytes + OPTIONS_ROOM;
    double v[POSITION_NUMBERS];
    get_numbers(&from, v, POSITION_NUMBERS);
    at->epoch = (size_t)v[0], at->batch = (size_t)v[1];
    at->epoch_loss = (mean){v[2], v[3]}, at->row = (mean){v[4], v[5]};
    at->best_record = (size_t)v[6], at->seconds = v[7], at->norm = v[8];
    at->n_records = at->records_room = (size_t)v[9];
    if (size != OPTIONS_ROOM + 8 * (POSITION_NUMBERS + COLUMNS * at->n_records) || at->best_record > at->n_records)
        return complain("%s: a checkpoint of another version of this program", path);
    if (!(at->records = malloc((at->n_records + 1) * sizeof *at->records)))
        return complain("not enough memory for the log");
    for (size_t i = 0; i < at->n_records; i++) get_numbers(&from, at->records[i].v, COLUMNS);
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
    int failed = 0;
    describe(j, set, options);
    if (result) failed = complain("%s", why.message);
    else if (!clip__file_find_tensor(&file->file, "train.user", &user) ||
             user.size < OPTIONS_ROOM + 8 * POSITION_NUMBERS)
        failed = complain("%s: not a checkpoint of this program", path);
    else if (clip__crc32(0, user.data, (size_t)user.size) != user.crc)
        failed = complain("%s: damaged", path), result = CLIP_ERROR_FORMAT;
    else if (((const char *)user.data)[OPTIONS_ROOM - 1] || compare_options(path, user.data, options)) failed = FAILED;
    else if ((result = clip_trainer_resume(j->trainer, path, NULL, 0, NULL)))
        failed = complain("%s", clip_trainer_error(j->trainer));
    else failed = read_position(&j->at, path, user.data, (size_t)user.size);
    *damaged = result == CLIP_ERROR_IO || result == CLIP_ERROR_FORMAT || result == CLIP_ERROR_VERSION;
    clip_model_free(file);
    return failed;
}

static int resume(job *j, const settings *set) {
    char *before = malloc(strlen(set->resume) + 3);
    struct stat about;
    int damaged;
    if (!before) return complain("not enough memory for a path");
    sprintf(before, "%s.1", set->resume);
    int failed = read_checkpoint(j, set, set->resume, &damaged);
    if (failed && damaged && stat(before, &about) == 0) {
        complain("going on from the checkpoint before it, %s", before);
        failed = read_checkpoint(j, set, before, &damaged);
        if (!failed) rename(before, set->resume); // a damaged one must not push it out
    }
    free(before);
    if (!failed && j->at.best_record && stat(set->out, &about)) {
        complain("%s is gone, which was the best so far; it becomes the best from here on", set->out);
        j->at.best_record = 0;
    }
    return failed;
}

// ---------------------------------------------------------------------------------------------------------- training

enum { LOG_ROWS = 10000, DONE = 2 };

static clip_train_options trainer_options(const job *j, const settings *set) {
    clip_train_options o = set->train;
    clip__tensor ids;
    o.seed = set->seed;
    o.max_batch = set->batch;
    o.micro_batch = set->micro_batch;
    o.max_tokens = j->longest;
    if (clip__file_find_tensor(&j->model->file, "selftest.ids", &ids)) // exporting encodes it, too
        o.max_tokens = clip__max(o.max_tokens, (size_t)ids.shape[0]);
    o.threads = set->threads;
    o.warmup_steps = set->warmup;
    o.total_steps = set->epochs * steps_of_epoch(j, set);
    o.patience = set->patience;
    return o;
}

// Tells how far it is: on a terminal in one line that changes, elsewhere as a line every 5 seconds.
static void show_step(job *j, const settings *set) {
    const int terminal = isatty(STDERR_FILENO);
    const double now = seconds(), passed = now - j->pace.began;
    clip_trainer_info info;
    if (now - j->pace.shown < (terminal ? 0.1 : 5.0)) return;
    j->pace.shown = now;
    clip_trainer_get_info(j->trainer, &info);
    const double steps = (double)(set->epochs * steps_of_epoch(j, set)), done = (double)info.step,
                 left = passed / (done - (double)j->pace.first_step) * fmax(0, steps - done) + 0.5;
    fprintf(stderr, "%sepoch %zu/%zu, step %.0f/%.0f, loss %.4f, rate %.2g, %.0f pairs/s, %.0f:%02.0f left%s",
            terminal ? "\r\033[K" PROGRAM ": " : PROGRAM ": ", j->at.epoch + 1, set->epochs, done, steps,
            mean_of(&j->at.epoch_loss), info.rate[CLIP_HEADS], j->pace.pairs / passed, floor(left / 60),
            floor(fmod(left, 60)), terminal ? "" : "\n");
    fflush(stderr);
    progress_on_screen = terminal;
}

static int step_failed(const job *j, const settings *set) {
    return training_failed(set, clip_trainer_error(j->trainer));
}

// One update, from the next batch or the next few.
static int train_step(job *j, const settings *set, reader *r) {
    const size_t batches = batches_of_epoch(j, set);
    clip_trainer_info info;
    mean loss = {0, 0};
    for (size_t k = 0; k < set->accumulate && j->at.batch < batches; k++, j->at.batch++) {
        const size_t first = j->at.batch * set->batch, n = clip__min(set->batch, j->n_pairs - first);
        clip_batch b = {0};
        double value;
        if (fill_pictures(j, set, r, j->pictures + first, n, &b)) return FAILED;
        fill_texts(j, j->texts + first, n, &b);
        b.pictures = j->pictures + first;
        if ((set->accumulate > 1 ? clip_trainer_gradients : clip_trainer_step)(j->trainer, &b, &value))
            return step_failed(j, set);
        mean_add(&loss, value, (double)n);
    }
    if (set->accumulate > 1 && clip_trainer_update(j->trainer)) return step_failed(j, set);
    mean_add(&j->at.epoch_loss, mean_of(&loss), loss.n);
    mean_add(&j->at.row, mean_of(&loss), loss.n);
    j->pace.pairs += loss.n;
    clip_trainer_get_info(j->trainer, &info);
    j->at.norm = info.gradient_norm;
    return 0;
}

static record row_now(job *j, double began) {
    record row;
    clip_trainer_info info;
    for (size_t c = 0; c < COLUMNS; c++) row.v[c] = NAN;
    clip_trainer_get_info(j->trainer, &info);
    row.v[EPOCH] = (double)j->at.epoch + 1;
    row.v[STEP] = (double)info.step;
    row.v[LOSS] = mean_of(&j->at.row);
    for (size_t k = 0; k < 3; k++) row.v[RATE + k] = info.rate[k];
    row.v[NORM] = j->at.norm;
    row.v[SCALE] = info.logit_scale;
    row.v[SECONDS] = j->at.seconds + seconds() - began;
    j->at.row = (mean){0, 0};
    return row;
}

// The steps that are left of this epoch. Returns 0, FAILED, or DONE if a signal came; then a checkpoint is saved.
static int train_epoch(job *j, const settings *set, double began) {
    const size_t batches = batches_of_epoch(j, set), every = set->epochs * steps_of_epoch(j, set) / LOG_ROWS + 1,
                 first = j->at.batch * set->batch;
    clip_trainer_info info;
    reader r = {0};
    int status = 0;
    plan_epoch(j, set, j->at.epoch);
    clip_trainer_get_info(j->trainer, &info);
    j->pace.began = seconds(), j->pace.pairs = 0, j->pace.first_step = info.step;
    if (j->at.batch < batches && !j->features[0])
        status = reader_begin(&r, j, set, j->pictures + first, j->n_pairs - first, set->augment, j->at.epoch);
    while (!status && j->at.batch < batches) {
        status = train_step(j, set, &r);
        if (status) break;
        clip_trainer_get_info(j->trainer, &info);
        show_step(j, set);
        if (j->at.batch < batches && info.step % every == 0) { // the last step's row waits for the validation
            const record row = row_now(j, began);
            status = log_row(j, set, &row);
        }
        if (!status && j->at.batch < batches && set->checkpoint_every && info.step % set->checkpoint_every == 0)
            status = save_checkpoint(j, set, began);
        if (!status && interrupted) status = save_checkpoint(j, set, began) ? FAILED : DONE;
    }
    reader_end(&r);
    return status;
}

// What the towers make of the validation's pictures and texts now: of a frozen one it is known. Returns 0, FAILED, or
// DONE if a signal came.
static int validation_features(job *j, const settings *set) {
    const size_t width[2] = {j->info.image.width, j->info.text.width};
    reader r = {0};
    int status = 0;
    if (!j->features[0]) status = reader_begin(&r, j, set, j->validation, j->n_validation, 0, 0);
    for (size_t i = 0, n; i < j->n_validation && !status; i += n) {
        float *to = j->val.features[0] + i * width[0];
        clip_batch b = {0};
        n = clip__min(set->batch, j->n_validation - i);
        status = fill_pictures(j, set, &r, j->validation + i, n, &b);
        if (!status && b.image_features) memcpy(to, b.image_features, n * width[0] * sizeof *to);
        else if (!status && clip_trainer_features(j->trainer, &b, to, NULL))
            status = complain("%s", clip_trainer_error(j->trainer));
        if (!status && interrupted) status = DONE;
    }
    reader_end(&r);
    for (size_t i = 0, n; i < j->val.n_texts && !status; i += n) {
        float *to = j->val.features[1] + i * width[1];
        clip_batch b = {0};
        n = clip__min(set->batch, j->val.n_texts - i);
        fill_texts(j, j->val.texts + i, n, &b);
        if (b.text_features) memcpy(to, b.text_features, n * width[1] * sizeof *to);
        else if (clip_trainer_features(j->trainer, &b, NULL, to))
            status = complain("%s", clip_trainer_error(j->trainer));
        if (!status && interrupted) status = DONE;
    }
    return status;
}

// The loss of the validation: each of its pictures once, with a caption that is the same in every epoch.
static int validation_loss(job *j, const settings *set, double *loss) {
    const size_t batches = batches_of(j->n_validation, set->batch), width = j->info.text.width;
    mean all = {0, 0};
    for (size_t k = 0; k < batches; k++) {
        const size_t first = k * set->batch;
        clip_batch b = {0};
        double value;
        b.n = clip__min(set->batch, j->n_validation - first);
        b.image_features = j->val.features[0] + first * j->info.image.width;
        for (size_t i = 0; i < b.n; i++)
            memcpy(j->batch.text + i * width, j->val.features[1] + j->val.pair[first + i] * width,
                   width * sizeof(float));
        b.text_features = j->batch.text;
        b.pictures = j->validation + first;
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
    images.n = j->n_validation, images.image_features = j->val.features[0];
    texts.n = j->val.n_texts, texts.text_features = j->val.features[1];
    if (clip_trainer_encode(j->trainer, &images, j->val.images, NULL) ||
        clip_trainer_encode(j->trainer, &texts, NULL, j->val.encoded))
        return complain("%s", clip_trainer_error(j->trainer));
    for (size_t i = 0; i < j->val.n_captions; i++)
        memcpy(j->val.captions + i * dim, j->val.encoded + j->val.row[i] * dim, dim * sizeof(float));
    clip_recall(clip_trainer_context(j->trainer), j->val.images, j->n_validation, j->val.captions, j->val.n_captions,
                dim, j->val.picture, recalls);
    return 0;
}

static void print_recalls(const record *row) {
    const double *r = row->v + RECALL;
    printf("text to image R@1 %5.1f R@5 %5.1f R@10 %5.1f  image to text R@1 %5.1f R@5 %5.1f R@10 %5.1f  mean %5.1f",
           100 * r[0], 100 * r[1], 100 * r[2], 100 * r[3], 100 * r[4], 100 * r[5], 100 * row->v[MEAN]);
}

static int write_curves(job *j, const settings *set) {
    output o;
    if (output_open(&o, set->curves)) return complain("%s: %s", set->curves, strerror(errno));
    svg_write(o.file, &j->at, (double)clip__max(set->epochs, j->at.epoch), (double)steps_of_epoch(j, set),
              j->n_validation > 0);
    return output_commit(&o) ? complain("%s: %s", set->curves, strerror(errno)) : 0;
}

static int export_model(job *j, const settings *set) {
    return clip_trainer_export(j->trainer, set->out) ? complain("%s", clip_trainer_error(j->trainer)) : 0;
}

// By the mean of the recalls; of equal ones, the lower loss.
static int is_best(const position *at, const record *row) {
    const double *v = row->v, *best = at->best_record ? at->records[at->best_record - 1].v : NULL;
    return !best || v[MEAN] > best[MEAN] || (v[MEAN] >= best[MEAN] && v[VALIDATION] < best[VALIDATION]);
}

// What comes after the last step of an epoch: validation, schedule, log, the best model, curves, a checkpoint. Until
// that is saved the epoch is not over: a run that is resumed before does this again.
static int end_epoch(job *j, const settings *set, double began) {
    const mean row_loss = j->at.row;
    record row = row_now(j, began);
    if (j->n_validation) {
        const int status = validation_features(j, set);
        if (status == DONE) {
            j->at.row = row_loss;
            return save_checkpoint(j, set, began) ? FAILED : DONE;
        }
        if (status || validation_loss(j, set, &row.v[VALIDATION]) || validation_recalls(j, row.v + RECALL))
            return FAILED;
        row.v[MEAN] = 0;
        for (size_t k = 0; k < 6; k++) row.v[MEAN] += row.v[RECALL + k] / 6;
    }
    const double train = mean_of(&j->at.epoch_loss);
    if (progress_on_screen) fputs("\r\033[K", stderr), progress_on_screen = 0;
    printf("epoch %zu/%zu  train %.4f  ", j->at.epoch + 1, set->epochs, train);
    if (j->n_validation) printf("val %.4f  ", row.v[VALIDATION]), print_recalls(&row), putchar('\n');
    else puts("(no validation)");
    if (fflush(stdout)) return complain("stdout: %s", strerror(errno));
    clip_trainer_plateau(j->trainer, j->n_validation ? row.v[VALIDATION] : train);
    if (log_row(j, set, &row)) return FAILED;
    if (j->n_validation && is_best(&j->at, &row)) {
        if (export_model(j, set)) return FAILED;
        j->at.best_record = j->at.n_records;
    }
    j->at.epoch++;
    j->at.batch = 0;
    j->at.epoch_loss = (mean){0, 0};
    return write_curves(j, set) || save_checkpoint(j, set, began);
}

// An argument as a shell takes it.
static void print_argument(FILE *out, const char *a) {
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_=+.,:/@%";
    if (*a && !a[strspn(a, plain)]) {
        fputs(a, out);
        return;
    }
    putc('\'', out);
    for (; *a; a++) {
        if (*a == '\'') fputs("'\\''", out);
        else putc((unsigned char)*a < 0x20 ? '?' : *a, out);
    }
    putc('\'', out);
}

// Says how to go on: the same command, with the checkpoint.
static int say_stopped(const job *j, const settings *set) {
    clip_trainer_info info;
    clip_trainer_get_info(j->trainer, &info);
    complain("stopped after step %llu; this goes on from there:", (unsigned long long)info.step);
    fputs("   ", stderr);
    for (int i = 0; i < set->argc; i++) {
        if (!strcmp(set->argv[i], "--resume")) {
            i++;
            continue;
        }
        putc(' ', stderr);
        print_argument(stderr, set->argv[i]);
    }
    fputs(" --resume ", stderr);
    print_argument(stderr, set->checkpoint);
    putc('\n', stderr);
    return FAILED;
}

// What came of it, and how to search with it.
static int print_summary(const job *j, const settings *set) {
    const char *slash = strrchr(set->argv[0], '/');
    if (j->at.best_record) {
        const record *best = &j->at.records[j->at.best_record - 1];
        printf("best: epoch %.0f  ", best->v[EPOCH]);
        print_recalls(best);
        putchar('\n');
    }
    printf("written: ");
    print_argument(stdout, set->out);
    printf("\nsearch with it: %.*ssearch ", (int)(slash ? slash - set->argv[0] + 1 : 0), set->argv[0]);
    print_argument(stdout, set->out);
    putchar(' ');
    print_argument(stdout, set->images);
    putchar(' ');
    print_argument(stdout, j->data.captions[j->data.pictures[j->train[0]].first].words);
    putchar('\n');
    return fflush(stdout) ? complain("stdout: %s", strerror(errno)) : j->log_failed != 0;
}

static int begin_training(job *j, const settings *set) {
    clip_train_options options;
    clip_trainer_info info;
    clip_error why;
    struct stat about;
    j->n_pairs = pairs_of_epoch(j, set);
    j->pictures = malloc((j->n_pairs + 1) * sizeof *j->pictures);
    j->texts = malloc((j->n_pairs + 1) * sizeof *j->texts);
    if (!j->pictures || !j->texts) return complain("not enough memory for the pairs of an epoch");
    j->data_hash = hash_data(&j->data);
    options = trainer_options(j, set);
    if (clip_trainer_new(j->model, &options, &why, &j->trainer)) return complain("%s", why.message);
    clip_trainer_get_info(j->trainer, &info);
    if (!info.trained)
        return complain("nothing is left to train: both towers are frozen, without heads; --head mlp makes new ones");
    if (plan_validation(j, set) || (set->resume && resume(j, set))) return FAILED;
    if (!set->resume && stat(set->checkpoint, &about) == 0)
        complain("%s is of an earlier training and will be replaced; --resume would go on from it", set->checkpoint);
    log_begin(j, set);
    complain(
        "%zu pictures to train with, %zu to measure with; %zu steps of %zu pairs an epoch; %zu numbers are trained, "
        "in %.0f MB",
        j->n_train, j->n_validation, steps_of_epoch(j, set), clip__min(j->n_pairs, set->batch * set->accumulate),
        info.trained, (double)info.memory / 1e6);
    return 0;
}

static int train(job *j, const settings *set) {
    const double began = seconds();
    int status;
    if (prepare(j, set) || begin_training(j, set)) return FAILED;
    while (j->at.epoch < set->epochs) {
        status = train_epoch(j, set, began);
        if (!status) status = end_epoch(j, set, began);
        if (status == DONE) return say_stopped(j, set);
        if (status) return FAILED;
    }
    if (!j->at.best_record && export_model(j, set)) return FAILED;
    return print_summary(j, set);
}

// -------------------------------------------------------------------------------------------------------------- main

static int run(const settings *set) {
    job j;
    memset(&j, 0, sizeof j);
    int status = train(&j, set);
    if (j.log) fclose(j.log);
    free(j.at.records);
    free(j.val.texts), free(j.val.row), free(j.val.picture), free(j.val.pair);
    free(j.val.features[0]), free(j.val.features[1]), free(j.val.images), free(j.val.encoded), free(j.val.captions);
    free(j.pictures), free(j.texts), free(j.train), free(j.validation);
    free(j.batch.pixels), free(j.batch.mask), free(j.batch.image), free(j.batch.text), free(j.batch.ids);
    free(j.features[0]), free(j.features[1]), free(j.pixels), free(j.ids), free(j.ids_start);
    clip_trainer_free(j.trainer);
    close_model(&j);
    dataset_free(&j.data);
    return status;
}

// The value of the option argv[*i], a number from `least` to `most`. Returns 0, or FAILED and says so.
static int option_real(int argc, char **argv, int *i, double least, double most, double *out) {
    const char *name = argv[*i], *value = option_value(argc, argv, i);
    char *end;
    if (!value) return FAILED;
    const double v = strtod(value, &end);
    if (!*value || *end) return complain("%s %s: not a number; see --help", name, value);
    if (!(v >= least && v <= most)) return complain("%s %s: must be from %g to %g", name, value, least, most);
    *out = v;
    return 0;
}

// The same for one of the names, whose place is given.
static int option_choice(int argc, char **argv, int *i, const char *const *names, int *out) {
    const char *name = argv[*i], *value = option_value(argc, argv, i);
    char all[128] = "";
    if (!value) return FAILED;
    for (int k = 0; names[k]; k++) {
        if (!strcmp(value, names[k])) return *out = k, 0;
        snprintf(all + strlen(all), sizeof all - strlen(all), "%s%s", k ? ", " : "", names[k]);
    }
    return complain("%s %s: must be one of %s", name, value, all);
}

static int option_freeze(int argc, char **argv, int *i, int freeze[2]) {
    const char *value = option_value(argc, argv, i);
    if (!value) return FAILED;
    for (const char *p = value; *p; p += *p == ',') {
        const size_t n = strcspn(p, ",");
        if (clip__name_is(p, n, "image")) freeze[0] = 1;
        else if (clip__name_is(p, n, "text")) freeze[1] = 1;
        else return complain("--freeze %s: must be image, text or image,text", value);
        p += n;
    }
    return 0;
}

// Takes the option argv[*i] with its value. Returns 0, or FAILED and says why.
static int take_option(settings *set, int argc, char **argv, int *i) {
    static const char *const heads[] = {"mlp", "linear", "none", NULL};
    enum { MOST = 1 << 30 };
    const struct {
        const char *name, **value;
    } texts[] = {{"--captions", &set->captions},
                 {"--images", &set->images},
                 {"--val-captions", &set->val_captions},
                 {"--val-images", &set->val_images},
                 {"--model", &set->model},
                 {"--image-tower", &set->tower[0]},
                 {"--text-tower", &set->tower[1]},
                 {"--vocab", &set->vocab},
                 {"-o", &set->out},
                 {"--resume", &set->resume},
                 {"--checkpoint", &set->checkpoint},
                 {"--cache", &set->cache},
                 {"--log", &set->log},
                 {"--curves", &set->curves}};
    const struct {
        const char *name;
        size_t least, most, *value;
    } counts[] = {{"--embed-dim", 2, CLIP__MAX_WIDTH, &set->embed_dim},
                  {"--epochs", 0, MOST, &set->epochs},
                  {"--batch", 2, CLIP__MAX_BATCH, &set->batch},
                  {"--micro-batch", 1, CLIP__MAX_BATCH, &set->micro_batch},
                  {"--accumulate", 1, MOST, &set->accumulate},
                  {"--seed", 0, MOST, &set->seed},
                  {"--threads", 1, MOST_THREADS, &set->threads},
                  {"--memory", 0, MOST, &set->memory},
                  {"--max-bad", 0, MOST, &set->max_bad},
                  {"--max-tokens", 2, CLIP__MAX_CONTEXT, &set->max_tokens},
                  {"--warmup", 0, MOST, &set->warmup},
                  {"--patience", 0, MOST, &set->patience},
                  {"--checkpoint-every", 1, MOST, &set->checkpoint_every}};
    clip_train_options *o = &set->train;
    const double least = 1e-12; // a rate of 0 is --freeze
    const struct {
        const char *name;
        double least, most, *value;
    } reals[] = {{"--val", 0, 0.9, &set->val},
                 {"--temperature", least, 1e6, &o->temperature},
                 {"--margin", least, 2, &o->margin},
                 {"--rate-heads", least, 1e3, &o->rate[CLIP_HEADS]},
                 {"--rate-image", least, 1e3, &o->rate[CLIP_IMAGE_TOWER]},
                 {"--rate-text", least, 1e3, &o->rate[CLIP_TEXT_TOWER]},
                 {"--decay", 0, 1e3, &o->decay[0]},
                 {"--momentum", 0, 0.999999, &o->momentum},
                 {"--clip-norm", least, 1e12, &o->clip_norm},
                 {"--factor", least, 1, &o->factor},
                 {"--dropout", 0, 0.99, &o->dropout}};
    const struct {
        const char *name;
        int *value;
    } flags[] = {{"--one-caption", &set->one_caption},
                 {"--augment", &set->augment},
                 {"--no-decay-1d", &o->no_decay_1d},
                 {"--nesterov", &o->nesterov},
                 {"--freeze-statistics", &o->freeze_statistics}};
    const char *a = argv[*i];
    int choice = 0, failed;
    for (size_t k = 0; k < sizeof texts / sizeof *texts; k++)
        if (!strcmp(a, texts[k].name)) return !(*texts[k].value = option_value(argc, argv, i));
    for (size_t k = 0; k < sizeof counts / sizeof *counts; k++)
        if (!strcmp(a, counts[k].name))
            return option_count(argc, argv, i, counts[k].least, counts[k].most, counts[k].value);
    for (size_t k = 0; k < sizeof reals / sizeof *reals; k++)
        if (!strcmp(a, reals[k].name)) return option_real(argc, argv, i, reals[k].least, reals[k].most, reals[k].value);
    for (size_t k = 0; k < sizeof flags / sizeof *flags; k++)
        if (!strcmp(a, flags[k].name)) return *flags[k].value = 1, 0;
    if (!strcmp(a, "--freeze")) return option_freeze(argc, argv, i, o->freeze);
    if (!strcmp(a, "--loss")) failed = option_choice(argc, argv, i, loss_names, &choice), o->loss = (clip_loss)choice;
    else if (!strcmp(a, "--optimizer"))
        failed = option_choice(argc, argv, i, optimizer_names, &choice), o->optimizer = (clip_optimizer)choice;
    else if (!strcmp(a, "--schedule"))
        failed = option_choice(argc, argv, i, schedule_names, &choice), o->schedule = (clip_schedule)choice;
    else if (!strcmp(a, "--head")) failed = option_choice(argc, argv, i, heads, &choice), set->head = heads[choice];
    else failed = complain(a[0] == '-' ? "%s: no such option; see --help" : "%s: belongs to no option; see --help", a);
    return failed;
}

// What does not go together. Returns 0, or USAGE and says what.
static int check_settings(const settings *set) {
    const int new_model = !set->model || set->head || set->embed_dim;
    const char *wrong = NULL;
    if (!set->captions) wrong = "--captions FILE is missing";
    else if (!set->images) wrong = "--images DIR is missing";
    else if (!set->out || !strcmp(set->out, "-")) wrong = "-o OUT.clip is missing";
    else if (set->model && (set->tower[0] || set->tower[1])) wrong = "--model and the towers exclude each other";
    else if (!set->model && (!set->tower[0] || !set->tower[1]))
        wrong = "give --model M.clip, or both --image-tower A.clip and --text-tower B.clip";
    else if (set->model && is_new(set->model)) wrong = "--model is a file; --image-tower and --text-tower may be new";
    else if (set->vocab && !(set->tower[1] && is_new(set->tower[1]))) wrong = "--vocab is for --text-tower new:bert";
    else if (set->val_images && !set->val_captions) wrong = "--val-images belongs to --val-captions";
    else if (set->augment && set->train.freeze[0]) wrong = "--augment is for an image tower that is not frozen";
    else if (set->train.nesterov && set->train.optimizer != CLIP_SGD) wrong = "--nesterov belongs to --optimizer sgd";
    else if (set->micro_batch > set->batch) wrong = "--micro-batch must not be above --batch";
    else if (new_model && set->head && !strcmp(set->head, "none") && set->embed_dim)
        wrong = "--head none has no --embed-dim";
    if (wrong) complain("%s; see --help", wrong);
    return wrong ? USAGE : 0;
}

// The name of OUT with an ending, in memory that the caller frees.
static char *beside(const char *out, const char *ending) {
    char *path = malloc(strlen(out) + strlen(ending) + 1);
    return path ? strcat(strcpy(path, out), ending) : NULL;
}

// Says now, and not after the first epoch, what can't be written, or must not be.
static int check_outputs(const settings *set) {
    const char *const outputs[] = {set->out, set->checkpoint, set->log, set->curves};
    const char *const inputs[] = {set->captions, set->model, set->tower[0], set->tower[1]};
    for (size_t i = 0; i < sizeof outputs / sizeof *outputs; i++) {
        struct stat a, b;
        output o;
        if (i < 2 && !stat(outputs[i], &a) && !S_ISREG(a.st_mode)) // what is renamed to would replace a device
            return complain("%s: not a file that can be written", outputs[i]);
        for (size_t k = 0; k < sizeof inputs / sizeof *inputs; k++)
            if (inputs[k] && !stat(outputs[i], &a) && !stat(inputs[k], &b) && a.st_ino == b.st_ino &&
                a.st_dev == b.st_dev)
                return complain("%s: this is what it begins with; give another name to write to", outputs[i]);
        if (output_open(&o, outputs[i])) return complain("%s: %s", outputs[i], strerror(errno));
        output_discard(&o);
    }
    return 0;
}

int main(int argc, char **argv) {
    settings set;
    memset(&set, 0, sizeof set);
    set.threads = online_cpus();
    set.argc = argc, set.argv = argv;
    set.epochs = 4, set.batch = 32, set.accumulate = 1, set.patience = 1, set.memory = 1024, set.val = 0.2;
    set.train.schedule = CLIP_PLATEAU;
    set.train.temperature = 1, set.train.margin = 0.2, set.train.factor = 0.8, set.train.dropout = 0.1;
    set.train.rate[CLIP_IMAGE_TOWER] = 1e-4, set.train.rate[CLIP_TEXT_TOWER] = 1e-5, set.train.rate[CLIP_HEADS] = 1e-3;
    set.train.decay[0] = 1e-3, set.train.momentum = 0.9;
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--help")) return printf("%s%s", HELP[0], HELP[1]) < 0 || fflush(stdout) != 0;
        if (take_option(&set, argc, argv, &i)) return USAGE;
    }
    if (check_settings(&set)) return USAGE;
    set.train.decay[1] = set.train.decay[2] = set.train.decay[0];
    if (!set.embed_dim && (!set.model || set.head)) set.embed_dim = 256;
    char *defaults[] = {beside(set.out, ".ckpt"), beside(set.out, ".csv"), beside(set.out, ".svg")};
    int status = FAILED;
    if (!set.checkpoint) set.checkpoint = defaults[0];
    if (!set.log) set.log = defaults[1];
    if (!set.curves) set.curves = defaults[2];
    catch_signals();
    if (!defaults[0] || !defaults[1] || !defaults[2]) complain("not enough memory for a path");
    else if (!check_outputs(&set)) status = run(&set);
    for (size_t i = 0; i < 3; i++) free(defaults[i]);
    return status;
}
