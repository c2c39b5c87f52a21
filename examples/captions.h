// captions.h - which words belong to which pictures: reads files of captions, finds the pictures that they name, and
// keeps a part of those back to measure with.
//
//     dataset_options options = {"captions.txt", "photos", NULL, NULL, 0.2, 0, 0};
//     dataset d = {0};
//     if (dataset_read(&d, &options)) ...      // it has said why
//     for (size_t i = 0; i < d.n_captions; i++) ... d.captions[i].words, d.pictures[d.captions[i].picture].path
//     dataset_free(&d);
//
// Two forms of files are known, and told apart by their first line: Flickr8k's, the header image,caption and then CSV
// with quotes as in RFC 4180; and its token form, name.jpg#0<TAB>caption. Both are UTF-8. What has no such form is an
// error; a caption or a picture that can't be used is named, counted, and left out, up to options.max_bad of them.
//
// Include it after clip.h, with CLIP_IMPLEMENTATION, and common.h.
#ifndef CAPTIONS_H
#define CAPTIONS_H

enum { CAPTIONS_MOST = 1 << 30 }; // bytes of a file: a hundred times COCO's

typedef struct dataset_options {
    const char *captions, *images;         // a file; the folder of the pictures it names
    const char *val_captions, *val_images; // to measure with. NULL: a part of the others; the same folder
    double val;                            // which part, if there are no val_captions
    size_t max_bad;                        // pictures and captions
    size_t seed;                           // of the split
} dataset_options;

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
    picture *pictures;       // in the order of their names: those to train with, then those of val_captions
    const char **texts;      // the different captions
    size_t n_captions, captions_room, n_pictures, n_texts;
    size_t bad; // pictures and captions
} dataset;

static inline void dataset_free(dataset *d) {
    for (size_t i = 0; i < d->n_pictures; i++) free(d->pictures[i].path);
    free(d->pictures);
    free(d->captions);
    free(d->texts);
    free(d->files[0]);
    free(d->files[1]);
}

// Names something that can't be used. Of many the first ones will do.
static inline void say_bad(dataset *d, const caption *at, const char *what, const char *why) {
    enum { SAID = 10 };
    if (d->bad++ < SAID) complain("%s, line %zu: %s: %s", at->file, at->line, what, why);
    else if (d->bad == SAID + 1) complain("and more of the kind");
}

// For picture i, which is missing or damaged. That may show later, too.
static inline void picture_is_bad(dataset *d, size_t i, const char *why) {
    d->pictures[i].bad = 1;
    say_bad(d, &d->captions[d->pictures[i].first], d->pictures[i].path, why);
}

static inline int check_bad(const dataset *d, size_t max_bad) {
    if (d->bad <= max_bad) return 0;
    return complain("%zu pictures or captions can't be used: mend or remove them, or pass over them with --max-bad %zu",
                    d->bad, d->bad);
}

// ------------------------------------------------------------------------------------------------------------- files

typedef struct input { // a place in a file of captions
    const char *path;
    char *p; // up to a 0
    size_t line;
} input;

// Reads a field of CSV (RFC 4180), takes off its quotes in place, and moves on. Returns what ended it, ',' or '\n' or 0
// for the end of the file; -1, said, if it is none.
static inline int csv_field(input *in, char **field) {
    const size_t line = in->line;
    char *p = in->p, *to = p, end;
    *field = p;
    if (*p == '"') {
        for (p++; *p && (*p != '"' || p[1] == '"'); *to++ = *p++) {
            in->line += *p == '\n';
            p += *p == '"'; // doubled: one of them stays
        }
        if (!*p) return -complain("%s, line %zu: a quote that is never closed", in->path, line);
        p++;
        if (*p && !strchr(",\r\n", *p))
            return -complain("%s, line %zu: text behind a closing quote; double the quotes inside of a field", in->path,
                             in->line);
    } else to = p += strcspn(p, ",\r\n");
    end = *p == '\r' ? '\n' : *p;
    in->line += end == '\n';
    in->p = p + (*p != 0) + (*p == '\r' && p[1] == '\n');
    *to = 0;
    return end;
}

// The caption "name,caption" that begins here. Returns 1, or -1 and says why.
static inline int csv_caption(input *in, caption *out) {
    char *words = NULL;
    int end = csv_field(in, &out->name);
    if (end == ',') end = csv_field(in, &words);
    if (end < 0) return -1;
    if (end == ',' || !words)
        return -complain("%s, line %zu: %s than two fields; a caption with a comma needs quotes around it", in->path,
                         out->line, words ? "more" : "less");
    out->words = words;
    return 1;
}

// "name.jpg#0<TAB>caption", likewise.
static inline int token_caption(input *in, caption *out) {
    char *line = in->p, *end = line + strcspn(line, "\r\n"), *tab, *number;
    in->p = end + (*end != 0) + (*end == '\r' && end[1] == '\n');
    in->line += *end != 0;
    *end = 0;
    if ((tab = strchr(line, '\t'))) *tab = 0;
    number = tab ? strrchr(line, '#') : NULL;
    if (!number || !number[1] || number[1 + strspn(number + 1, "0123456789")])
        return -complain("%s, line %zu: not name.jpg#0<TAB>caption", in->path, out->line);
    *number = 0;
    out->name = line, out->words = tab + 1;
    return 1;
}

static inline char *trim(char *text) {
    static const char white[] = " \t\r\n";
    size_t n = strlen(text);
    while (n > 0 && strchr(white, text[n - 1])) text[--n] = 0;
    return text + strspn(text, white);
}

// The same name for the same picture: "./a//b.jpg" is a/b.jpg, as folder_walk has it. In place.
static inline char *tidy(char *name) {
    char *to = name;
    for (const char *p = name; *p;) { // part by part
        if (p[0] == '.' && p[1] == '/') p++;
        else {
            while (*p && *p != '/') *to++ = *p++;
            if (*p) *to++ = '/';
        }
        while (*p == '/') p++;
    }
    *to = 0;
    return name;
}

// The next caption, in the one form or the other. Returns 1, or 0 at the end, or -1 and says why.
static inline int next_caption(input *in, int token, caption *out) {
    for (; *in->p == '\n' || *in->p == '\r'; in->p++) // empty lines
        in->line += *in->p == '\n' || in->p[1] != '\n';
    out->line = in->line;
    const int more = !*in->p ? 0 : token ? token_caption(in, out) : csv_caption(in, out);
    if (more > 0) out->name = tidy(trim(out->name)), out->words = trim(out->words);
    return more;
}

// Which form the file has: its first line tells. Moves behind the header of CSV. Returns 1 for the token form, 0 for
// CSV, -1 and says so for another.
static inline int captions_form(input *in) {
    const char *tab = in->p + strcspn(in->p, "\t\r\n"), *number = tab;
    caption header = {0};
    while (number > in->p && number[-1] >= '0' && number[-1] <= '9') number--;
    if (*tab == '\t' && number < tab && number > in->p && number[-1] == '#') return 1;
    if (*in->p == '"' || in->p[strcspn(in->p, ",\r\n")] == ',') {
        if (next_caption(in, 0, &header) < 0) return -1;
        if (same_word(header.name, "image") && same_word(header.words, "caption")) return 0;
    }
    return -complain("%s, line 1: neither the header image,caption nor name.jpg#0<TAB>caption", in->path);
}

static inline int is_utf8(const char *text) {
    uint32_t c;
    for (size_t n = strlen(text), size; n > 0; text += size, n -= size) {
        size = clip__utf8_get((const unsigned char *)text, n, &c);
        if (c == CLIP__UTF8_BAD && !(size == 3 && !memcmp(text, "\xEF\xBF\xBD", 3))) return 0; // else it is written out
    }
    return 1;
}

static inline int by_name_and_line(const void *a, const void *b) {
    const caption *x = a, *y = b;
    const int order = strcmp(x->name, y->name);
    return order ? order : (x->line > y->line) - (x->line < y->line);
}

// Takes the captions of a file's bytes [size], behind which stands a 0, into d->captions, from d->n_captions on,
// ordered by picture. They are cut up in place: names and words point into them.
static inline int captions_parse(dataset *d, const char *path, unsigned char *bytes, size_t size) {
    size_t first = d->n_captions;
    input in = {path, NULL, 1};
    caption c = {0};
    int more, token;
    if (memchr(bytes, 0, size)) return complain("%s: a byte of 0 is no text; captions are UTF-8", path);
    in.p = (char *)bytes + (size >= 3 && !memcmp(bytes, "\xEF\xBB\xBF", 3) ? 3 : 0); // the byte order mark
    c.file = path;
    if ((token = captions_form(&in)) < 0) return FAILED;
    while ((more = next_caption(&in, token, &c)) > 0) {
        for (char *p = c.words; *p; p++)
            if (strchr("\n\r\t", *p)) *p = ' '; // within quotes a caption may go over lines
        if (!*c.name) return complain("%s, line %zu: a caption without a picture", path, c.line);
        const char *wrong = !*c.words ? "an empty caption" : !is_utf8(c.words) ? "a caption that is not UTF-8" : NULL;
        if (wrong) {
            say_bad(d, &c, c.name, wrong);
            continue;
        }
        caption *captions = grown(d->captions, d->n_captions, 1, &d->captions_room, sizeof c);
        if (!captions) return complain("not enough memory for the captions");
        d->captions = captions;
        captions[d->n_captions++] = c;
    }
    if (more < 0) return FAILED;
    if (d->n_captions == first) return complain("%s: no caption in it", path);
    qsort(d->captions + first, d->n_captions - first, sizeof c, by_name_and_line);
    return 0;
}

static inline int captions_read(dataset *d, const char *path, unsigned char **bytes) {
    char why[WHY];
    size_t size;
    if (!(*bytes = file_read(path, CAPTIONS_MOST, &size, why))) return complain("%s: %s", path, why);
    (*bytes)[size] = 0; // file_read has room for one byte more
    return captions_parse(d, path, *bytes, size);
}

// --------------------------------------------------------------------------------------------- pictures and the split

// The pictures of the captions [first, end).
static inline int pictures_of(dataset *d, size_t first, size_t end, const char *dir, int validation) {
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

static inline int by_words(const void *a, const void *b) {
    return strcmp((*(caption *const *)a)->words, (*(caption *const *)b)->words);
}

// Lists the different texts: many pictures are described by the same words, which are then encoded once.
static inline int texts_of(dataset *d) {
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

// Fisher and Yates' shuffle. (The remainder prefers small numbers by less than n / 2^64.)
static inline void shuffle(size_t *items, size_t n, uint64_t seed, uint64_t stream) {
    for (size_t i = n; i > 1; i--) {
        const size_t k = (size_t)(clip__random(seed, stream, i) % i), swap = items[k];
        items[k] = items[i - 1];
        items[i - 1] = swap;
    }
}

// The same for runs of so many that stay together, from a place at random on; what is left over stays where it was.
static inline void shuffle_runs(size_t *items, size_t n, size_t run, uint64_t seed, uint64_t stream) {
    const size_t start = n ? (size_t)(clip__random(seed, stream, 0) % n) : 0;
    for (size_t i = n / run; i > 1; i--) {
        const size_t k = (size_t)(clip__random(seed, stream, i) % i);
        for (size_t r = 0; r < run; r++) {
            size_t *a = &items[(start + k * run + r) % n], *b = &items[(start + (i - 1) * run + r) % n], swap = *a;
            *a = *b;
            *b = swap;
        }
    }
}

// Keeps back a part of the pictures, by the seed alone: never a caption of a picture whose others are trained with.
static inline int split(dataset *d, double part, uint64_t seed) {
    const uint64_t stream = (uint64_t)1 << 56; // of random numbers; what trains has others
    const size_t n = d->n_pictures, kept = (size_t)((double)n * part + 0.5);
    size_t *order = malloc((n + 1) * sizeof *order);
    if (!order) return complain("not enough memory for the pictures");
    for (size_t i = 0; i < n; i++) order[i] = i;
    shuffle(order, n, seed, stream);
    for (size_t i = 0; i < kept && i + 1 < n; i++) d->pictures[order[i]].validation = 1;
    free(order);
    return 0;
}

static inline int by_picture_name(const void *name, const void *p) { return strcmp(name, ((const picture *)p)->name); }

// The picture of that name among n from `first` on, which are in the order of their names; or NULL.
static inline const picture *picture_named(const dataset *d, const char *name, size_t first, size_t n) {
    return bsearch(name, d->pictures + first, n, sizeof *d->pictures, by_picture_name);
}

// Says in one line if the folder has pictures that no caption speaks of, neither of those `trained` with nor of `more`
// behind them.
static inline int say_unused(const dataset *d, const char *dir, size_t trained, size_t more) {
    file_list files;
    size_t unused = 0;
    if (folder_walk(dir, &files)) return FAILED;
    for (size_t i = 0; i < files.n; i++) {
        const char *name = files.files[i].path;
        unused += !picture_named(d, name, 0, trained) && !picture_named(d, name, trained, more);
    }
    if (unused) complain("%s: %zu of its %zu pictures have no caption and are left out", dir, unused, files.n);
    folder_free(&files);
    return 0;
}

// Says so if a picture is trained with, as the first ones are, and measured with: the measure is then too good.
static inline void say_shared(const dataset *d, size_t trained) {
    size_t shared = 0;
    for (size_t i = trained; i < d->n_pictures; i++) {
        const picture *p = picture_named(d, d->pictures[i].name, 0, trained);
        shared += p && !strcmp(p->path, d->pictures[i].path);
    }
    if (shared) complain("%zu pictures are trained with and measured with: the recalls say less for that", shared);
}

// Reads it all. Returns 0, or FAILED and says why; dataset_free is due then, too.
static inline int dataset_read(dataset *d, const dataset_options *o) {
    if (captions_read(d, o->captions, &d->files[0])) return FAILED;
    const size_t trained = d->n_captions;
    if (o->val_captions && captions_read(d, o->val_captions, &d->files[1])) return FAILED;
    if (!(d->pictures = malloc((d->n_captions + 1) * sizeof *d->pictures)))
        return complain("not enough memory for the pictures");
    const char *val_images = o->val_images ? o->val_images : o->images;
    if (pictures_of(d, 0, trained, o->images, 0)) return FAILED;
    const size_t n = d->n_pictures;
    if (pictures_of(d, trained, d->n_captions, val_images, 1)) return FAILED; // none without val_captions
    if (say_unused(d, o->images, n, strcmp(val_images, o->images) ? 0 : d->n_pictures - n)) return FAILED;
    if (o->val_captions) say_shared(d, n);
    else if (split(d, o->val, o->seed)) return FAILED;
    for (size_t i = 0; i < d->n_pictures; i++) { // finds what is missing before anything takes time
        struct stat about;
        if (stat(d->pictures[i].path, &about)) {
            if (!is_gone()) return complain("%s: %s", d->pictures[i].path, strerror(errno));
            picture_is_bad(d, i, strerror(errno));
            continue;
        }
        d->pictures[i].size = (uint64_t)about.st_size;
        d->pictures[i].time = time_of_change(&about);
    }
    return check_bad(d, o->max_bad) || texts_of(d);
}

#endif // CAPTIONS_H
