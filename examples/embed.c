// embed.c - pictures or lines of text become the rows of a .npy file: one vector each, for NumPy or any index.
//
//     embed model.clip --images photos/ --names rows.txt -o photos.npy
//     echo "a red roof" | embed model.clip --texts - -o - > words.npy
#define _XOPEN_SOURCE 700 // POSIX of 2008
#define _FILE_OFFSET_BITS 64 // files above 2 GB where a long has 32 bits
#define CLIP_IMPLEMENTATION
#include "clip_tokenizer.h"
#include "clip.h"
#define PROGRAM "embed"
#include "common.h"

static const char HELP[] =
    "embed MODEL.clip --images FILE|DIR... -o OUT.npy    one vector a picture, float32 [n, embed_dim], length 1\n"
    "embed MODEL.clip --texts FILE -o OUT.npy            one vector a line of UTF-8 text\n"
    "embed MODEL.clip --images FILE... --pixels -o OUT.npy\n"
    "                                                    the resized pictures, uint8 [n, size, size, 3]\n"
    "embed MODEL.clip --texts FILE --ids [-o OUT.txt]    the token ids, a line a text (stdout without -o)\n"
    "embed MODEL.clip --tokens FILE -o OUT.npy           one vector a line of token ids, as --ids writes them: for models\n"
    "                                                    whose tokenizer is elsewhere\n"
    "\n"
    "  --raw          vectors as the model gives them, not brought to length 1\n"
    "  --names FILE   writes which picture each row is, a path a line; control characters in it become ?\n"
    "  --threads N    how many work at once; default: the CPUs that are online. The results are the same bits.\n"
    "  --help         this\n"
    "\n"
    "\"-\" is stdin or stdout. Pictures: " PICTURE_FORMATS ".\n"
    "A DIR gives all pictures below it, in byte order of their paths; those that are damaged are named and passed\n"
    "over, while a FILE that can't be read is an error: rows then match arguments. Rows match lines: an empty line is\n"
    "an empty text; the CR of CRLF and NUL bytes are left out, as tokenizers do. OUT appears when it is complete, or\n"
    "not at all.\n"
    "Exit status: 0 success, 1 failure, 2 usage.\n";

typedef struct settings {
    const char *model, *out, *names, *texts; // texts: of --tokens too
    char **images; // the arguments behind --images
    size_t n_images, threads;
    int pixels, ids, raw, tokens;
} settings;

// One picture to embed. `given` is 1 for a FILE of the command line: it must not fail.
typedef struct source {
    char *path;
    int given;
} source;

typedef struct sources {
    source *list;
    size_t n, room;
} sources;

// What a run holds. Everything is given back in run(), however it ends.
typedef struct job {
    clip_model *model;
    clip_context *clip;
    clip_model_info info;
    output out, names;
    sources pictures;
    unsigned char *pixels; // [BATCH, size, size, 3]
    float *vectors;        // [BATCH, embed_dim]
    size_t rows;           // written so far
} job;

static int write_failed(const char *path) { return complain("%s: %s", path, strerror(errno)); }

// Takes `path`, which was allocated, into the list.
static int add_source(sources *s, char *path, int given) {
    source *list = path ? grown(s->list, s->n, 1, &s->room, sizeof *list) : NULL;
    if (!list) return free(path), complain("not enough memory for the list of pictures");
    s->list = list;
    list[s->n++] = (source){path, given};
    return 0;
}

static int list_pictures(sources *s, char **arguments, size_t n) {
    for (size_t i = 0; i < n; i++) {
        file_list below;
        int failed = 0;
        const int folder = is_folder(arguments[i]);
        if (folder < 0) return FAILED;
        if (!folder) {
            if (add_source(s, path_join("", arguments[i]), 1)) return FAILED;
            continue;
        }
        if (folder_walk(arguments[i], &below)) return FAILED;
        for (size_t k = 0; k < below.n && !failed; k++)
            failed = add_source(s, path_join(arguments[i], below.files[k].path), 0);
        if (below.n == 0) failed = complain("%s: no picture (" PICTURE_FORMATS ") in this folder", arguments[i]);
        folder_free(&below);
        if (failed) return FAILED;
    }
    return 0;
}

// Reads pictures [at, at + n) and writes the rows of those that can be read.
static int embed_batch(job *j, const settings *set, size_t at, size_t n, size_t *passed_over) {
    size_t side = j->info.image_size, good;
    loading batch[BATCH] = {{0}};
    for (size_t i = 0; i < n; i++) {
        batch[i].path = j->pictures.list[at + i].path;
        batch[i].found = !j->pictures.list[at + i].given;
    }
    good = pictures_load(j->clip, batch, n, set->threads, side, j->pixels);
    for (size_t i = 0; i < n; i++) {
        if (batch[i].failed) {
            complain("%s: %s", batch[i].path, batch[i].why);
            if (j->pictures.list[at + i].given || batch[i].failed == TROUBLE) return FAILED;
            ++*passed_over;
        } else if (j->names.file) {
            print_clean(j->names.file, batch[i].path);
            putc('\n', j->names.file);
        }
    }
    if (set->pixels) {
        if (fwrite(j->pixels, side * side * 3, good, j->out.file) != good) return write_failed(set->out);
    } else {
        if (clip_encode_pixels(j->clip, j->pixels, good, j->vectors))
            return complain("%s", clip_context_error(j->clip));
        for (size_t i = 0, row = 0; i < n; i++)
            if (!batch[i].failed &&
                vector_check(batch[i].path, j->vectors + row++ * j->info.embed_dim, j->info.embed_dim))
                return FAILED;
        if (fwrite(j->vectors, sizeof(float) * j->info.embed_dim, good, j->out.file) != good)
            return write_failed(set->out);
    }
    j->rows += good;
    return 0;
}

static int embed_images(job *j, const settings *set) {
    size_t n, passed_over = 0;
    if (list_pictures(&j->pictures, set->images, set->n_images)) return FAILED;
    progress p = progress_begin("picture", j->pictures.n);
    for (size_t at = 0; at < j->pictures.n; at += n) {
        n = j->pictures.n - at < BATCH ? j->pictures.n - at : BATCH;
        if (embed_batch(j, set, at, n, &passed_over)) return FAILED;
        if (interrupted) return complain("stopped after %zu of %zu pictures; nothing is written", at + n, p.total);
        progress_show(&p, at + n);
    }
    progress_end(&p, j->rows);
    if (passed_over) complain("%zu of %zu pictures can't be read and have no row", passed_over, j->pictures.n);
    return j->rows ? 0 : complain("no picture that can be read");
}

static int write_ids(job *j, const settings *set, const char *text, int32_t *ids) {
    size_t n;
    if (clip_tokenize(j->clip, text, ids, j->info.context, &n)) return complain("%s", clip_context_error(j->clip));
    for (size_t i = 0; i < n; i++) fprintf(j->out.file, i ? " %ld" : "%ld", (long)ids[i]);
    return putc('\n', j->out.file) == EOF ? write_failed(set->out) : 0;
}

static int write_vectors(job *j, const settings *set, char *const *lines, size_t n) {
    const char *texts[BATCH];
    for (size_t i = 0; i < n; i++) texts[i] = lines[i];
    if (clip_encode_texts(j->clip, texts, n, j->vectors)) return complain("%s", clip_context_error(j->clip));
    for (size_t i = 0; i < n; i++)
        if (vector_check(texts[i], j->vectors + i * j->info.embed_dim, j->info.embed_dim)) return FAILED;
    if (fwrite(j->vectors, sizeof(float) * j->info.embed_dim, n, j->out.file) != n) return write_failed(set->out);
    return 0;
}

// The vector of a line of token ids.
static int write_tokens(job *j, const settings *set, const char *line, size_t number, int32_t *ids) {
    size_t n = 0;
    for (char *end; *(line += strspn(line, " \t,")); line = end) {
        const long long id = strtoll(line, &end, 10);
        if (end == line || id < 0 || id > INT32_MAX)
            return complain("%s, line %zu: token ids are numbers from 0 up, not \"%.20s\"", set->texts, number, line);
        if (n == j->info.context)
            return complain("%s, line %zu: more than the %zu tokens that this model takes", set->texts, number, n);
        ids[n++] = (int32_t)id;
    }
    if (!n) return complain("%s, line %zu: no token ids", set->texts, number);
    if (clip_encode_tokens(j->clip, ids, NULL, 1, n, j->vectors))
        return complain("%s, line %zu: %s", set->texts, number, clip_context_error(j->clip));
    if (vector_check(set->texts, j->vectors, j->info.embed_dim)) return FAILED;
    return fwrite(j->vectors, sizeof(float) * j->info.embed_dim, 1, j->out.file) == 1 ? 0 : write_failed(set->out);
}

static int embed_texts(job *j, const settings *set) {
    FILE *file = strcmp(set->texts, "-") ? fopen(set->texts, "rb") : stdin;
    char *lines[BATCH] = {0};
    size_t room[BATCH] = {0}, n = BATCH;
    int32_t *ids = malloc(sizeof *ids * (j->info.context + 1));
    int failed = 0;
    progress p = progress_begin("text", 0);
    if (!file) failed = complain("%s: %s", set->texts, strerror(errno));
    else if (!ids) failed = complain("not enough memory for %zu token ids", j->info.context);
    while (!failed && n == BATCH) {
        for (n = 0; n < BATCH; n++) {
            ssize_t length = getline(&lines[n], &room[n], file);
            if (length < 0) break;
            clean_line(lines[n], (size_t)length);
            if (!n && !j->rows && !strncmp(lines[0], "\xEF\xBB\xBF", 3)) // the byte order mark
                memmove(lines[0], lines[0] + 3, strlen(lines[0] + 3) + 1);
        }
        if (interrupted) failed = complain("stopped after %zu texts; nothing is written", j->rows);
        else if (n < BATCH && !feof(file)) failed = complain("%s: %s", set->texts, strerror(errno));
        else if (!set->ids && !set->tokens) failed = write_vectors(j, set, lines, n);
        for (size_t i = 0; i < n && !failed && set->ids; i++) failed = write_ids(j, set, lines[i], ids);
        for (size_t i = 0; i < n && !failed && set->tokens; i++)
            failed = write_tokens(j, set, lines[i], j->rows + i + 1, ids);
        j->rows += n;
        progress_show(&p, j->rows);
    }
    if (!failed && !set->ids) progress_end(&p, j->rows);
    for (size_t i = 0; i < BATCH; i++) free(lines[i]);
    free(ids);
    if (file && file != stdin) fclose(file);
    return failed;
}

// Writes the header of OUT: first to keep its place, at the end with the number of rows.
static int write_header(job *j, const settings *set) {
    char header[NPY_HEADER], rest[64];
    size_t side = j->info.image_size;
    if (set->pixels) snprintf(rest, sizeof rest, ", %zu, %zu, 3", side, side);
    else snprintf(rest, sizeof rest, ", %zu", j->info.embed_dim);
    npy_header(header, set->pixels ? "u1" : "f4", j->rows, rest);
    if (fseek(j->out.file, 0, SEEK_SET) || fwrite(header, sizeof header, 1, j->out.file) != 1)
        return write_failed(set->out);
    return 0;
}

static int embed(job *j, const settings *set) {
    clip_options options = {0};
    clip_error why;
    options.threads = set->threads;
    options.raw = set->raw;
    if (clip_model_load(set->model, NULL, &why, &j->model)) return complain("%s", why.message);
    if (clip_context_new(j->model, &options, &why, &j->clip)) return complain("%s", why.message);
    clip_model_get_info(j->model, &j->info);
    if (set->images && !j->info.image.tower) return complain("%s: this model takes no pictures", set->model);
    if (set->texts && !j->info.text.tower) return complain("%s: this model takes no texts", set->model);
    j->vectors = malloc(sizeof(float) * BATCH * j->info.embed_dim);
    j->pixels = malloc(3 * BATCH * j->info.image_size * j->info.image_size + 1); // + 1: a model may have no images
    if (!j->vectors || !j->pixels) return complain("not enough memory for a batch");
    if (output_open(&j->out, set->out)) return write_failed(set->out);
    if (set->names && output_open(&j->names, set->names)) return write_failed(set->names);
    if (!set->ids && write_header(j, set)) return FAILED;
    if (set->texts ? embed_texts(j, set) : embed_images(j, set)) return FAILED;
    if (!set->ids && write_header(j, set)) return FAILED;
    if (output_commit(&j->out)) return write_failed(set->out);
    if (set->names && output_commit(&j->names)) return write_failed(set->names);
    return 0;
}

static int run(const settings *set) {
    job j;
    memset(&j, 0, sizeof j);
    int status = embed(&j, set);
    output_discard(&j.out);
    output_discard(&j.names);
    for (size_t i = 0; i < j.pictures.n; i++) free(j.pictures.list[i].path);
    free(j.pictures.list);
    free(j.pixels);
    free(j.vectors);
    clip_context_free(j.clip);
    clip_model_free(j.model);
    return status;
}

int main(int argc, char **argv) {
    settings set;
    take_streams();
    memset(&set, 0, sizeof set);
    set.threads = online_cpus();
    for (int i = 1; i < argc; i++) {
        const char *a = argv[i];
        int failed = 0;
        if (!strcmp(a, "--help")) return fputs(HELP, stdout) == EOF || fflush(stdout) != 0;
        else if (!strcmp(a, "--texts") || !strcmp(a, "--tokens")) {
            if (set.texts) return complain("%s: one FILE of texts or of tokens; see --help", a), USAGE;
            failed = !(set.texts = option_value(argc, argv, &i)), set.tokens = !strcmp(a, "--tokens");
        } else if (!strcmp(a, "-o")) failed = !(set.out = option_value(argc, argv, &i));
        else if (!strcmp(a, "--names")) failed = !(set.names = option_value(argc, argv, &i));
        else if (!strcmp(a, "--threads")) failed = option_count(argc, argv, &i, 1, MOST_THREADS, &set.threads);
        else if (!strcmp(a, "--pixels")) set.pixels = 1;
        else if (!strcmp(a, "--ids")) set.ids = 1;
        else if (!strcmp(a, "--raw")) set.raw = 1;
        else if (!strcmp(a, "--images")) {
            if (set.images) return complain("--images: give all pictures behind one of it; see --help"), USAGE;
            for (set.images = argv + i + 1; i + 1 < argc && (argv[i + 1][0] != '-' || !argv[i + 1][1]); i++)
                set.n_images++;
        } else if (a[0] == '-') failed = complain("%s: no such option; see --help", a);
        else if (set.model) failed = complain("%s: belongs to no option; see --help", a);
        else set.model = a;
        if (failed) return USAGE;
    }
    if (!set.model) return complain("MODEL.clip is missing; see --help"), USAGE;
    if (!set.texts == !set.images) return complain("give --images, --texts or --tokens; see --help"), USAGE;
    if (set.ids && set.tokens) return complain("--ids belongs to --texts; see --help"), USAGE;
    if (set.images && !set.n_images) return complain("--images: a FILE or DIR is missing; see --help"), USAGE;
    if (set.raw && (set.pixels || set.ids)) return complain("--raw is of vectors; see --help"), USAGE;
    if (set.pixels && set.texts) return complain("--pixels belongs to --images; see --help"), USAGE;
    if ((set.ids || set.names) && (set.ids ? set.images != NULL : set.texts != NULL))
        return complain("%s; see --help", set.ids ? "--ids belongs to --texts" : "--names belongs to --images"), USAGE;
    if (!set.out && !set.ids) return complain("-o OUT.npy is missing; see --help"), USAGE;
    if (!set.out) set.out = "-";
    if (set.names && outputs_clash("-o", set.out, "--names", set.names)) return USAGE;
    for (size_t i = 0; i < set.n_images + 2; i++) {
        const char *input = i < set.n_images ? set.images[i] : i == set.n_images ? set.model : set.texts;
        if (output_replaces("-o", set.out, input) || output_replaces("--names", set.names, input)) return USAGE;
    }
    catch_signals();
    return run(&set);
}
