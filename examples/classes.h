// classes.h - pictures of a folder that has a sub-folder for each class: their vectors and classes, and how well
// answers agree with them. Included behind common.h.
#ifndef CLIP_CLASSES_H
#define CLIP_CLASSES_H

// Lines or words, each allocated.
typedef struct names {
    char **list;
    size_t n, room;
} names;

static inline void names_free(names *s) {
    for (size_t i = 0; i < s->n; i++) free(s->list[i]);
    free(s->list);
    memset(s, 0, sizeof *s);
}

// A copy of text [size].
static inline int names_add(names *s, const char *text, size_t size) {
    char **list = grown(s->list, s->n, 1, &s->room, sizeof *list), *copy = malloc(size + 1);
    if (list) s->list = list;
    if (!list || !copy) return free(copy), complain("not enough memory for a list of names");
    memcpy(copy, text, size);
    copy[size] = 0;
    s->list[s->n++] = copy;
    return 0;
}

// The lines of a file that are not empty; they end in LF, CR or both. A byte order mark is no part of the first.
static inline int names_read(names *s, const char *path) {
    char why[WHY] = "";
    size_t size = 0;
    unsigned char *bytes = file_read(path, (size_t)1 << 28, &size, why);
    int failed = !bytes && complain("%s: %s", path, why);
    const size_t first = bytes && size >= 3 && !memcmp(bytes, "\xEF\xBB\xBF", 3) ? 3 : 0;
    for (size_t at = first, end; bytes && at < size && !failed; at = end + 1) {
        for (end = at; end < size && bytes[end] != '\n' && bytes[end] != '\r';) end++;
        if (memchr(bytes + at, 0, end - at)) failed = complain("%s: has a NUL byte; a text file is needed", path);
        else if (end > at) failed = names_add(s, (const char *)bytes + at, end - at);
    }
    free(bytes);
    return failed;
}

typedef struct embedded { // the pictures of a folder that could be read
    names paths;
    float *vectors;  // [paths.n, dim]
    size_t *classes; // [paths.n] each picture's place in the names of sub-folders
    size_t passed_over;
} embedded;

static inline void embedded_free(embedded *e) {
    names_free(&e->paths);
    free(e->vectors);
    free(e->classes);
    memset(e, 0, sizeof *e);
}

// The names of the sub-folders of the list's pictures, in byte order; a picture beside them has none: *loose counts
// them.
static inline int classes_of(const file_list *files, names *out, size_t *loose) {
    *loose = 0;
    for (size_t i = 0; i < files->n; i++) {
        const char *path = files->files[i].path, *slash = strchr(path, '/');
        if (!slash) {
            ++*loose;
            continue;
        }
        const size_t size = (size_t)(slash - path);
        int there = 0;
        for (size_t k = 0; k < out->n && !there; k++)
            there = strlen(out->list[k]) == size && !memcmp(out->list[k], path, size);
        if (!there && names_add(out, path, size)) return FAILED;
    }
    return 0;
}

// The vector of one picture, which the caller frees. NULL, said, if it can't be read or embedded.
static inline float *picture_embed(clip_context *clip, const char *path, size_t side, size_t dim) {
    unsigned char *pixels = malloc(side * side * 3);
    float *vector = vectors_alloc(1, dim);
    loading picture = {0};
    int failed = 0;
    picture.path = (char *)(uintptr_t)path;
    if (!pixels || !vector) failed = complain("not enough memory for a picture");
    else if (!pictures_load(clip, &picture, 1, 1, side, pixels)) failed = complain("%s: %s", path, picture.why);
    else if (clip_encode_pixels(clip, pixels, 1, vector)) failed = complain("%s", clip_context_error(clip));
    else failed = vector_check(path, vector, dim);
    free(pixels);
    return failed ? free(vector), NULL : vector;
}

// Embeds the pictures of the list; what is no picture is named and passed over. `classes` may be empty.
static inline int pictures_embed(clip_context *clip, const char *folder, const file_list *files, const names *classes,
                                 size_t side, size_t dim, size_t threads, embedded *out) {
    unsigned char *pixels = malloc(3 * BATCH * side * side);
    int failed = 0;
    memset(out, 0, sizeof *out);
    out->vectors = vectors_alloc(files->n, dim);
    out->classes = calloc(files->n + 1, sizeof *out->classes);
    if (!pixels || !out->vectors || !out->classes) failed = complain("not enough memory for %zu pictures", files->n);
    progress p = progress_begin("picture", files->n);
    for (size_t at = 0; at < files->n && !failed; at += BATCH) {
        const size_t n = files->n - at < BATCH ? files->n - at : BATCH;
        loading batch[BATCH] = {{0}};
        size_t good, first = out->paths.n;
        for (size_t i = 0; i < n && !failed; i++) {
            batch[i].found = 1;
            if (!(batch[i].path = path_join(folder, files->files[at + i].path))) failed = complain("not enough memory");
        }
        good = failed ? 0 : pictures_load(clip, batch, n, threads, side, pixels);
        if (!failed && clip_encode_pixels(clip, pixels, good, out->vectors + first * dim))
            failed = complain("%s", clip_context_error(clip));
        for (size_t i = 0; i < n && !failed; i++) {
            const char *path = files->files[at + i].path, *slash = strchr(path, '/');
            if (batch[i].failed) {
                complain("%s: %s", batch[i].path, batch[i].why);
                if (batch[i].failed == TROUBLE) failed = FAILED;
                out->passed_over++;
                continue;
            }
            for (size_t k = 0; k < classes->n && slash; k++)
                if (!strncmp(classes->list[k], path, (size_t)(slash - path)) && !classes->list[k][slash - path])
                    out->classes[out->paths.n] = k;
            failed = vector_check(batch[i].path, out->vectors + out->paths.n * dim, dim) ||
                     names_add(&out->paths, batch[i].path, strlen(batch[i].path));
        }
        for (size_t i = 0; i < n; i++) free(batch[i].path);
        if (interrupted) failed = complain("stopped");
        progress_show(&p, at + n);
    }
    free(pixels);
    return failed;
}

// ------------------------------------------------------------------------------------------------------- confusion

typedef struct confusion {
    const names *classes;
    size_t n, *counts; // counts [n, n + 1]: of the row's pictures, so many were taken for the column; last: for none
    size_t pictures, first, among_five;
} confusion;

static inline int confusion_begin(confusion *c, const names *classes) {
    memset(c, 0, sizeof *c);
    c->classes = classes;
    c->n = classes->n;
    const size_t cells = clip__add(clip__mul(c->n, clip__add(c->n, 1)), 1);
    c->counts = cells < SIZE_MAX / sizeof *c->counts ? calloc(cells, sizeof *c->counts) : NULL;
    return c->counts ? 0 : complain("not enough memory for a table of %zu classes", c->n);
}

// A picture of class `truth` was taken for class `answer` (n: for none), and its own was at place `rank`, from 0.
static inline void confusion_add(confusion *c, size_t truth, size_t answer, size_t rank) {
    c->counts[truth * (c->n + 1) + answer]++;
    c->pictures++;
    c->first += truth == answer;
    c->among_five += rank < 5;
}

// Accuracies, a line for each class, and the most frequent mistakes; with up to 12 classes the whole table.
static inline void confusion_print(const confusion *c, FILE *out) {
    enum { TABLE = 12, MISTAKES = 10 };
    size_t least = SIZE_MAX;
    fprintf(out, "top-1  %.2f %%  (%zu of %zu)\n", 100 * (double)c->first / (double)c->pictures, c->first, c->pictures);
    if (c->n > 5) fprintf(out, "top-5  %.2f %%\n", 100 * (double)c->among_five / (double)c->pictures);
    fprintf(out, "\nclass by class\n");
    for (size_t i = 0; i < c->n; i++) {
        size_t of = 0;
        for (size_t k = 0; k <= c->n; k++) of += c->counts[i * (c->n + 1) + k];
        fprintf(out, "%6.2f %%  of %4zu  ", of ? 100 * (double)c->counts[i * (c->n + 1) + i] / (double)of : 0, of);
        print_clean(out, c->classes->list[i]);
        putc('\n', out);
    }
    if (c->n <= TABLE) {
        fprintf(out, "\nconfusion: a row what it is, a column what was answered, the last one none\n");
        for (size_t i = 0; i < c->n; i++) {
            for (size_t k = 0; k <= c->n; k++) fprintf(out, "%5zu", c->counts[i * (c->n + 1) + k]);
            fputs("  ", out);
            print_clean(out, c->classes->list[i]);
            putc('\n', out);
        }
        return;
    }
    fprintf(out, "\nmost frequent mistakes: how many, what it is, what was answered\n");
    for (int line = 0; line < MISTAKES; line++) { // the largest count below the one before, then the next place
        size_t best = 0;
        for (size_t i = 0; i < c->n; i++)
            for (size_t k = 0; k <= c->n; k++) {
                const size_t n = c->counts[i * (c->n + 1) + k];
                if (i != k && n > best && n < least) best = n;
            }
        if (!best) break;
        for (size_t i = 0; i < c->n && line < MISTAKES; i++)
            for (size_t k = 0; k <= c->n && line < MISTAKES; k++) {
                if (i == k || c->counts[i * (c->n + 1) + k] != best) continue;
                fprintf(out, "%5zu  ", best);
                print_clean(out, c->classes->list[i]);
                fputs(" -> ", out);
                print_clean(out, k < c->n ? c->classes->list[k] : "none of these");
                putc('\n', out);
                line++;
            }
        line--;
        least = best;
    }
}

// A field of CSV, in quotes (RFC 4180). A spreadsheet computes what begins like a formula, unless a ' stands before it.
static inline void csv_text(FILE *out, const char *text) {
    putc('"', out);
    if (strchr("=+-@", *text) && *text) putc('\'', out);
    for (size_t n; *text; text += n) {
        if (*text == '"') putc('"', out);
        if (clip__char_is_harmless(text, &n)) fwrite(text, 1, n, out);
        else putc('?', out);
    }
    putc('"', out);
}

// The whole table as CSV: truth, then a column for each answer.
static inline int confusion_write(const confusion *c, const char *path) {
    output o = {0};
    if (output_open(&o, path)) return complain("%s: %s", path, strerror(errno));
    fputs("truth", o.file);
    for (size_t row = 0; row <= c->n; row++) {
        for (size_t k = 0; k <= c->n; k++) {
            if (row) fprintf(o.file, ",%zu", c->counts[(row - 1) * (c->n + 1) + k]);
            else putc(',', o.file), csv_text(o.file, k < c->n ? c->classes->list[k] : "none of these");
        }
        putc('\n', o.file);
        if (row < c->n) csv_text(o.file, c->classes->list[row]);
    }
    return output_commit(&o) ? complain("%s: %s", path, strerror(errno)) : 0;
}

#endif // CLIP_CLASSES_H
