// search.c - finds the photos of a folder by words, or by a picture that is like them.
//
//     search model.clip photos "boats in the harbour" --html found.html
//     search model.clip photos --like photos/beach.jpg
//
// The first search embeds every picture and keeps the vectors in photos/.clip-index; the next ones only look what has
// changed. Comparing a query with all the vectors is a matrix times a vector, and takes no time worth speaking of.
#define _XOPEN_SOURCE 700 // POSIX of 2008
#define _FILE_OFFSET_BITS 64 // files above 2 GB where a long has 32 bits
#define CLIP_IMPLEMENTATION
#include "clip_tokenizer.h"
#include "clip.h"
#define PROGRAM "search"
#include "common.h"
#include <math.h>

static const char HELP[] =
    "search MODEL.clip DIR \"query\" [-k 9] [--html OUT]     the pictures below DIR that fit the words best\n"
    "search MODEL.clip DIR --like IMAGE [-k 9]             the pictures that are most like IMAGE\n"
    "\n"
    "A line a picture, best first: its score (the cosine, -1 to 1) and its path, \"0.3257  photos/01.jpg\".\n"
    "\n"
    "  -k N           how many at most; default 9. 0 prints none, and makes the index all the same.\n"
    "  --html OUT     writes a page that shows them (browsers show no PPM); \"-\" is stdout, without the lines\n"
    "  --index FILE   where the index is; default DIR/.clip-index\n"
    "  --rebuild      embeds all pictures anew, whatever the index has\n"
    "  --threads N    how many work at once; default: the CPUs that are online. The results are the same bits.\n"
    "  --help         this\n"
    "\n"
    "Pictures: " PICTURE_FORMATS ", by the ends of their names. Hidden ones are left out, and links to folders\n"
    "are not followed. A file that is no picture is named, counted, and passed over until it changes; one that can't be\n"
    "read is tried again each time; a folder inside that can't be read is named, and its pictures are as good as gone.\n"
    "If it is the machine that can't (memory, a disk, too many open files), the lines are of the other pictures, there\n"
    "is no page, and the exit status is 1. While pictures are embedded the folder may change: what is gone is passed\n"
    "over, what comes is found by the next search, and what changes is embedded as it was read, and anew the next time.\n"
    "\n"
    "Ctrl-C keeps what is done, and the next search goes on from there; a second one stops at once, and loses up to\n"
    "half a minute of work, as any sudden end does, but never the index. Searches at the same time don't disturb each\n"
    "other; the index is that of the one that ends last. If the index was made by another model, all is embedded anew;\n"
    "if that model's vectors have another length, nothing is touched and the exit status is 1. An empty query is one\n"
    "without words. IMAGE may be \"-\", stdin.\n"
    "Exit status: 0 success, 1 failure or no picture, 2 usage.\n";

// ------------------------------------------------------------------------------------------------------------- index
// THE INDEX, version 1. One file, little-endian, offsets in bytes from its start:
//      0  8    magic 89 43 49 44 58 0D 0A 1A ("\x89CIDX", CR, LF, ^Z)
//      8  4    version, 1
//     12  4    dim: numbers in a vector
//     16  8    checksum of everything from byte 24 on, see index_checksum
//     24  8    n: number of pictures
//     32  8    bytes of the names
//     40  8    the model: size of its file
//     48  4    the model: CRC-32 in its header. It covers the CRC-32 of every tensor: other weights, other number.
//     52  4    formats that the program could read: 1 PPM, 2 those of stb_image.h
//     56  -    n pictures, in byte order of their names: 8 size of the file, 8 time of its last change (signed,
//              nanoseconds since 1970), 8 state (1 embedded, 2 can't be read)
//      -  -    n names: paths from the folder on, each ended by a 0; then zeros up to a multiple of 8
//      -  -    n vectors of dim f32; NaNs for a picture that can't be read
enum { INDEX_HEADER = 56, INDEX_PICTURE = 24, INDEX_VERSION = 1, INDEX_MOST_DIM = 1 << 20 };
static const unsigned char INDEX_MAGIC[8] = {0x89, 'C', 'I', 'D', 'X', '\r', '\n', 0x1A};

enum { WAITING = 0, EMBEDDED = 1, UNREADABLE = 2 };

typedef struct entry {
    const char *path; // from the folder on
    uint64_t size;
    int64_t time;
    int state;
} entry;

typedef struct picture_index {
    uint64_t model_size;
    uint32_t model_crc, formats;
    size_t n, dim;
    entry *entries;
    float *vectors; // [n, dim]; NaN where there is none: clip_top_k puts those last
    unsigned char *bytes; // the file, whose names the entries point to; NULL if they live elsewhere
} picture_index;

static void index_free(picture_index *x) {
    free(x->entries);
    free(x->vectors);
    free(x->bytes);
    memset(x, 0, sizeof *x);
}

static uint32_t get_u32(const unsigned char *p) {
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static uint64_t get_u64(const unsigned char *p) { return get_u32(p) | (uint64_t)get_u32(p + 4) << 32; }

static unsigned char *put_u32(unsigned char *p, uint32_t v) {
    for (int i = 0; i < 4; i++) *p++ = (unsigned char)(v >> 8 * i);
    return p;
}

static unsigned char *put_u64(unsigned char *p, uint64_t v) {
    return put_u32(put_u32(p, (uint32_t)v), (uint32_t)(v >> 32));
}

// Begins with n; then for each 8 bytes, little-endian, the last ones filled up with zeros: sum = (sum ^ word) * odd,
// sum ^= sum >> 32. Every step can be undone, so that a change within one word is always seen; and it takes no time,
// where a CRC would. The odd number is 2^64 / golden ratio, as in Fibonacci hashing.
static uint64_t index_checksum(const unsigned char *p, size_t n) {
    uint64_t sum = n;
    unsigned char last[8] = {0};
    for (; n > 0; p += 8, n -= 8) {
        if (n < 8) memcpy(last, p, n), p = last, n = 8;
        sum = (sum ^ get_u64(p)) * 0x9E3779B97F4A7C15u;
        sum ^= sum >> 32;
    }
    return sum;
}

// Makes an index of the bytes of a file, which it takes over. Trusts nothing in them: returns FAILED and says why in
// `why`, if they are not an index from head to foot, and has then freed them.
static int index_parse(unsigned char *bytes, size_t size, picture_index *out, char why[WHY]) {
    const unsigned char *p = bytes, *end, *name;
    picture_index x = {0};
    uint64_t n, names;
    size_t start;
    x.bytes = bytes;
    if (size < INDEX_HEADER || memcmp(p, INDEX_MAGIC, 8)) {
        snprintf(why, WHY, "not an index of this program");
        goto failed;
    }
    if (get_u32(p + 8) != INDEX_VERSION) {
        snprintf(why, WHY, "an index of version %lu, this program knows 1", (unsigned long)get_u32(p + 8));
        goto failed;
    }
    snprintf(why, WHY, "a damaged index");
    x.dim = get_u32(p + 12);
    n = get_u64(p + 24), names = get_u64(p + 32);
    x.model_size = get_u64(p + 40), x.model_crc = get_u32(p + 48), x.formats = get_u32(p + 52);
    if (get_u64(p + 16) != index_checksum(p + 24, size - 24)) goto failed;
    if (x.dim < 1 || x.dim > INDEX_MOST_DIM || n > size / INDEX_PICTURE || names > size || names % 8) goto failed;
    // None of these can overflow: n, names <= size, and the vectors are compared by division.
    start = INDEX_HEADER + (size_t)n * INDEX_PICTURE;
    if (start > size || names > size - start || (size - start - names) % (4 * x.dim)) goto failed;
    if ((size - start - names) / (4 * x.dim) != n) goto failed;
    x.n = (size_t)n;
    x.entries = malloc((x.n + 1) * sizeof *x.entries);
    x.vectors = malloc((x.n * x.dim + 1) * sizeof *x.vectors);
    if (!x.entries || !x.vectors) {
        snprintf(why, WHY, "not enough memory for the index");
        goto failed;
    }
    name = p + start, end = name + names;
    p += INDEX_HEADER;
    for (size_t i = 0; i < x.n; i++, p += INDEX_PICTURE) {
        const unsigned char *stop = memchr(name, 0, (size_t)(end - name));
        uint64_t state = get_u64(p + 16);
        if (!stop || stop == name || (state != EMBEDDED && state != UNREADABLE)) goto failed;
        x.entries[i] = (entry){(const char *)name, get_u64(p), (int64_t)get_u64(p + 8), (int)state};
        if (i > 0 && strcmp(x.entries[i - 1].path, x.entries[i].path) >= 0) goto failed; // index_merge needs the order
        name = stop + 1;
    }
    for (size_t i = 0; i < x.n * x.dim; i++, end += 4) {
        uint32_t bits = get_u32(end);
        memcpy(&x.vectors[i], &bits, 4);
        if (x.entries[i / x.dim].state == EMBEDDED && x.vectors[i] - x.vectors[i] != 0) goto failed;
    }
    *out = x;
    return 0;
failed:
    index_free(&x);
    return FAILED;
}

// The file's bytes of what is done so far (what is still waiting is left out), or NULL without memory.
static unsigned char *index_bytes(const picture_index *x, size_t *size) {
    size_t n = 0, names = 0;
    for (size_t i = 0; i < x->n; i++)
        if (x->entries[i].state != WAITING) n++, names += strlen(x->entries[i].path) + 1;
    size_t names_padded = (names + 7) / 8 * 8;
    *size = INDEX_HEADER + n * INDEX_PICTURE + names_padded + n * x->dim * 4;
    unsigned char *bytes = calloc(*size, 1), *p = bytes, *name;
    if (!bytes) return NULL;
    memcpy(p, INDEX_MAGIC, 8);
    p = put_u32(put_u32(p + 8, INDEX_VERSION), (uint32_t)x->dim) + 8;
    p = put_u64(put_u64(p, n), names_padded);
    p = put_u32(put_u32(put_u64(p, x->model_size), x->model_crc), x->formats);
    name = p + n * INDEX_PICTURE;
    for (size_t i = 0; i < x->n; i++) {
        const entry *e = &x->entries[i];
        if (e->state == WAITING) continue;
        p = put_u64(put_u64(put_u64(p, e->size), (uint64_t)e->time), (uint64_t)e->state);
        memcpy(name, e->path, strlen(e->path));
        name += strlen(e->path) + 1;
    }
    p += names_padded;
    for (size_t i = 0; i < x->n; i++) {
        for (size_t d = 0; d < x->dim && x->entries[i].state != WAITING; d++) {
            uint32_t bits;
            memcpy(&bits, &x->vectors[i * x->dim + d], 4);
            p = put_u32(p, bits);
        }
    }
    put_u64(bytes + 16, index_checksum(bytes + 24, *size - 24));
    return bytes;
}

// Replaces the file `path` whole. A folder that can't be written to is no reason not to answer: it is said, once.
static void index_save(const picture_index *x, const char *path, int *said) {
    output o;
    size_t size;
    unsigned char *bytes = index_bytes(x, &size);
    int failed = !bytes || output_open(&o, path);
    if (!failed) {
        fwrite(bytes, 1, size, o.file); // output_commit looks whether it worked
        failed = output_commit(&o);
    }
    if (failed && !(*said)++)
        complain("%s: %s; this search works, but the next one embeds again. --index FILE puts it elsewhere", path,
                 strerror(errno));
    free(bytes);
}

// Reads the index at `path` into `old`; leaves that empty if there is none, or if it is to be made anew. Returns
// FAILED, said, for any that is not good, and always for a file of another kind: no photo is replaced by an index.
static int index_load(const char *path, int rebuild, picture_index *old) {
    char why[WHY];
    size_t size;
    struct stat about;
    unsigned char *bytes;
    memset(old, 0, sizeof *old);
    if (stat(path, &about) != 0 && errno == ENOENT) return 0;
    if (!(bytes = file_read(path, SIZE_MAX / 8, &size, why))) return complain("%s: %s", path, why);
    if (size < sizeof INDEX_MAGIC || memcmp(bytes, INDEX_MAGIC, sizeof INDEX_MAGIC)) {
        free(bytes);
        return complain("%s: not an index of this program; delete it or give another --index FILE", path);
    }
    if (rebuild) return free(bytes), 0;
    if (index_parse(bytes, size, old, why))
        return complain("%s: %s; delete it or give --rebuild, and it is made anew", path, why);
    return 0;
}

// The pictures that are there now, `files`, with the vectors that `old` has of them. Both are in byte order of paths. A
// picture that could not be read waits again if this program reads other formats than the one before.
static int index_merge(const picture_index *old, const file_list *files, picture_index *out) {
    size_t dim = out->dim, row = dim * sizeof(float);
    int same_model = old->model_size == out->model_size && old->model_crc == out->model_crc;
    if (files->n > SIZE_MAX / 2 / row) return complain("not enough memory for %zu vectors", files->n);
    out->entries = malloc((files->n + 1) * sizeof *out->entries);
    out->vectors = malloc((files->n + 1) * row);
    if (!out->entries || !out->vectors) return complain("not enough memory for %zu vectors", files->n);
    out->n = files->n;
    for (size_t i = 0, k = 0; i < files->n; i++) {
        const found_file *f = &files->files[i];
        const entry *e;
        out->entries[i] = (entry){f->path, f->size, f->time, WAITING};
        for (size_t d = 0; d < dim; d++) out->vectors[i * dim + d] = NAN;
        while (k < old->n && strcmp(old->entries[k].path, f->path) < 0) k++;
        if (k == old->n || !same_model) continue;
        e = &old->entries[k];
        if (strcmp(e->path, f->path) || e->size != f->size || e->time != f->time) continue;
        if (e->state == UNREADABLE && old->formats != out->formats) continue;
        out->entries[i].state = e->state;
        if (e->state == EMBEDDED) memcpy(&out->vectors[i * dim], &old->vectors[k * dim], row);
    }
    return 0;
}

static size_t index_count(const picture_index *x, int state) {
    size_t n = 0;
    for (size_t i = 0; i < x->n; i++) n += x->entries[i].state == state;
    return n;
}

// ------------------------------------------------------------------------------------------------------------ search

typedef struct settings {
    const char *model, *dir, *query, *like, *html, *index;
    size_t k, threads;
    int rebuild;
} settings;

// What a run holds. Everything is given back in run(), however it ends.
typedef struct job {
    clip_model *model;
    clip_context *clip;
    size_t side; // of the pictures that the model takes
    char *index_path;
    int said; // that the index can't be written
    int trouble; // some pictures could not be read, though they are there
    file_list files;
    picture_index old, index;
    unsigned char *pixels; // [BATCH, side, side, 3]
    float *vectors;        // [BATCH, dim]
    float *query;          // [dim]
    clip_match *matches;   // [min(k, n)]
    size_t found;
} job;

static int open_model(job *j, const settings *set) {
    clip_options options = {0};
    clip_model_info info;
    clip_error why;
    options.threads = set->threads;
    if (clip_model_load(set->model, NULL, &why, &j->model)) return complain("%s", why.message);
    if (clip_context_new(j->model, &options, &why, &j->clip)) return complain("%s", why.message);
    clip_model_get_info(j->model, &info);
    if (!info.image.tower) return complain("%s: this model takes no pictures", set->model);
    if (set->query && !info.text.tower) return complain("%s: this model takes no texts; see --like", set->model);
    j->side = info.image_size;
    j->index.dim = info.embed_dim;
    j->index.formats = strcmp(PICTURE_FORMATS, "PPM or PGM") ? 3 : 1;
    j->index.model_crc = get_u32(j->model->file.bytes + 12); // its fingerprint: see THE FILE in clip.h
    j->index.model_size = get_u64(j->model->file.bytes + 24);
    j->pixels = malloc(3 * BATCH * j->side * j->side + 1);
    j->vectors = malloc(sizeof(float) * BATCH * info.embed_dim);
    j->query = malloc(sizeof(float) * info.embed_dim);
    return !j->pixels || !j->vectors || !j->query ? complain("not enough memory for a batch") : 0;
}

static int embed_query(job *j, const settings *set) {
    if (!set->like) {
        if (clip_encode_texts(j->clip, &set->query, 1, j->query)) return complain("%s", clip_context_error(j->clip));
        return vector_check(set->query, j->query, j->index.dim);
    }
    char why[WHY];
    clip_image picture;
    if (picture_read(set->like, NULL, &picture, why)) return complain("%s: %s", set->like, why);
    int failed = clip_encode_images(j->clip, &picture, 1, j->query) != CLIP_OK;
    picture_free(&picture);
    return failed ? complain("%s: %s", set->like, clip_context_error(j->clip))
                  : vector_check(set->like, j->query, j->index.dim);
}

// Embeds the pictures of `rows`, n of them up to BATCH, into their rows of the index.
static int embed_batch(job *j, const settings *set, const size_t *rows, size_t n) {
    loading batch[BATCH] = {{0}};
    size_t dim = j->index.dim, good, g = 0;
    int failed = 0;
    for (size_t i = 0; i < n; i++) {
        batch[i].path = path_join(set->dir, j->index.entries[rows[i]].path);
        batch[i].found = 1;
        failed = failed || !batch[i].path;
    }
    if (failed) complain("not enough memory for a path");
    good = failed ? 0 : pictures_load(j->clip, batch, n, set->threads, j->side, j->pixels);
    if (good && clip_encode_pixels(j->clip, j->pixels, good, j->vectors))
        failed = complain("%s", clip_context_error(j->clip));
    for (size_t i = 0; i < n && !failed; i++) {
        entry *e = &j->index.entries[rows[i]];
        if (batch[i].failed) complain("%s: %s", batch[i].path, batch[i].why);
        j->trouble = j->trouble || batch[i].failed == TROUBLE;
        if (batch[i].failed == NOT_READ || batch[i].failed == TROUBLE) continue; // it waits for the next search
        if (!batch[i].failed && (failed = vector_check(batch[i].path, &j->vectors[g * dim], dim))) break;
        e->size = (uint64_t)batch[i].about.st_size; // of what was read, whatever the folder had before or has now
        e->time = time_of_change(&batch[i].about);
        e->state = batch[i].failed ? UNREADABLE : EMBEDDED;
        if (!batch[i].failed) memcpy(&j->index.vectors[rows[i] * dim], &j->vectors[g++ * dim], dim * sizeof(float));
    }
    for (size_t i = 0; i < n; i++) free(batch[i].path);
    return failed;
}

// Embeds what is waiting and saves the index, now and then too, so that little is lost whatever happens.
static int embed_waiting(job *j, const settings *set) {
    enum { SAVE_SECONDS = 30 };
    size_t waiting = index_count(&j->index, WAITING), done = 0, i = 0;
    double saved = seconds();
    progress p = progress_begin("picture", waiting);
    while (done < waiting) {
        size_t rows[BATCH], n = 0;
        for (; i < j->index.n && n < BATCH; i++)
            if (j->index.entries[i].state == WAITING) rows[n++] = i;
        if (embed_batch(j, set, rows, n)) return FAILED;
        done += n;
        if (interrupted) {
            index_save(&j->index, j->index_path, &j->said);
            return complain("stopped after %zu of %zu pictures; the next search goes on from there", done, waiting);
        }
        progress_show(&p, done);
        if (seconds() - saved > SAVE_SECONDS) index_save(&j->index, j->index_path, &j->said), saved = seconds();
    }
    progress_end(&p, done);
    index_save(&j->index, j->index_path, &j->said);
    return 0;
}

// Brings the index up to date with the folder.
static int update_index(job *j, const settings *set) {
    picture_index *old = &j->old, *x = &j->index;
    size_t unreadable;
    j->index_path = set->index ? path_join("", set->index) : path_join(set->dir, ".clip-index");
    if (!j->index_path) return complain("not enough memory for a path");
    if (index_load(j->index_path, set->rebuild, old)) return FAILED;
    if (old->dim && old->dim != x->dim)
        return complain("%s: made by a model with vectors of %zu numbers, %s has %zu; give --rebuild or --index FILE",
                        j->index_path, old->dim, set->model, x->dim);
    if (old->dim && (old->model_size != x->model_size || old->model_crc != x->model_crc))
        complain("%s: made by another model; all pictures are embedded anew", j->index_path);
    if (folder_walk(set->dir, &j->files)) return FAILED;
    if (j->files.n == 0) return complain("%s: no picture (" PICTURE_FORMATS ") in this folder", set->dir);
    if (index_merge(old, &j->files, x)) return FAILED;
    if (index_count(x, WAITING) > 0) {
        if (embed_waiting(j, set)) return FAILED;
    } else if (old->n != x->n) {
        index_save(x, j->index_path, &j->said); // some are gone
    }
    unreadable = x->n - index_count(x, EMBEDDED);
    if (unreadable == x->n) return complain("%s: none of its %zu pictures can be read", set->dir, x->n);
    if (unreadable && !j->trouble) complain("%zu of %zu pictures can't be read and are passed over", unreadable, x->n);
    return 0;
}

static int print_matches(const job *j, const settings *set) {
    for (size_t i = 0; i < j->found; i++) {
        char *path = path_join(set->dir, j->index.entries[j->matches[i].index].path);
        if (!path) return complain("not enough memory for a path");
        printf("%.4f  ", (double)j->matches[i].score);
        print_clean(stdout, path);
        putchar('\n');
        free(path);
    }
    return stdout_failed();
}

// -------------------------------------------------------------------------------------------------------------- html

// Text between tags or in an attribute.
static void html_text(FILE *out, const char *text) {
    for (size_t n; *text; text += n) {
        const int harmless = clip__char_is_harmless(text, &n);
        switch (*text) {
        case '&': fputs("&amp;", out); break;
        case '<': fputs("&lt;", out); break;
        case '>': fputs("&gt;", out); break;
        case '"': fputs("&quot;", out); break;
        case '\'': fputs("&#39;", out); break;
        default: harmless ? fwrite(text, 1, n, out) : fwrite(" ", 1, 1, out);
        }
    }
}

// A path as a URL: RFC 3986's unreserved characters and '/' stand for themselves.
static void html_url(FILE *out, const char *path) {
    for (const unsigned char *p = (const unsigned char *)path; *p; p++) {
        int plain = (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || (*p >= '0' && *p <= '9');
        if (plain || strchr("-._~/", *p)) putc(*p, out);
        else fprintf(out, "%%%02X", *p);
    }
}

// How to get from `folder` to `file`, both absolute and without "..": "../photos/1.jpg". The caller frees it. NULL
// without memory.
static char *path_relative(const char *folder, const char *file) {
    size_t n = strcmp(folder, "/") ? strlen(folder) : 0, same = 0, up = 0;
    for (size_t i = 0; i <= n && file[i] == (i < n ? folder[i] : '/'); i++)
        if (file[i] == '/') same = i + 1; // whole parts of the path that both begin with
    for (size_t i = same; i <= n; i++) up += i == n || folder[i] == '/';
    char *path = malloc(3 * up + strlen(file + same) + 1), *end = path;
    if (!path) return NULL;
    for (; up > 0; up--) memcpy(end, "../", 3), end += 3;
    strcpy(end, file + same);
    return path;
}

// Where a page in `folder` finds a picture; its path itself, if the two can't be resolved. NULL without memory.
static char *picture_url(const char *folder, const char *path) {
    char *full_folder = realpath(folder, NULL), *full, *url = NULL;
    int lost = !full_folder && errno == ENOMEM;
    full = realpath(path, NULL);
    lost = lost || (!full && errno == ENOMEM);
    if (!lost) url = full_folder && full ? path_relative(full_folder, full) : path_join("", path);
    free(full_folder);
    free(full);
    return url;
}

static const char PAGE_STYLE[] = // three pictures a row where there is room: the nine of -k 9 make a square
    ":root{color-scheme:light dark;--ink:#1d1d1f;--soft:#6e6e73;--page:#f5f5f4;--card:#fff;--line:#e2e2e0}\n"
    "@media(prefers-color-scheme:dark){:root{--ink:#ececee;--soft:#9a9aa0;--page:#161617;--card:#212123;"
    "--line:#343437}}\n"
    "*{box-sizing:border-box}\n"
    "body{margin:0 auto;max-width:62rem;padding:2.5rem 1.25rem 4rem;background:var(--page);color:var(--ink);"
    "font:16px/1.45 system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',sans-serif}\n"
    "header{display:flex;align-items:center;gap:1.25rem;margin-bottom:1.75rem}\n"
    "header img{width:7rem;height:7rem;object-fit:cover;border-radius:.75rem}\n"
    "h1{margin:0;font-size:clamp(1.5rem,4vw,2.25rem);line-height:1.15;letter-spacing:-.02em;overflow-wrap:anywhere}\n"
    "header p{margin:.4rem 0 0;color:var(--soft);overflow-wrap:anywhere}\n"
    "main{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(16rem,100%),1fr));gap:1.25rem}\n"
    "figure{margin:0;background:var(--card);border:1px solid var(--line);border-radius:.75rem;overflow:hidden}\n"
    "figure img{display:block;width:100%;aspect-ratio:4/3;object-fit:cover;background:var(--line)}\n"
    "figcaption{display:flex;gap:.75rem;align-items:baseline;padding:.7rem .9rem}\n"
    "b{font-variant-numeric:tabular-nums}\n"
    "small{color:var(--soft);overflow-wrap:anywhere}\n";

static int write_figure(FILE *out, const char *folder, const char *path, float score) {
    char *url = path ? picture_url(folder, path) : NULL;
    if (!url) return complain("not enough memory for the page");
    fputs("<figure><a href=\"", out);
    html_url(out, url);
    fputs("\"><img src=\"", out);
    html_url(out, url);
    fputs("\" alt=\"", out);
    html_text(out, path);
    fprintf(out, "\" loading=\"lazy\"></a><figcaption><b>%.4f</b><small>", (double)score);
    html_text(out, path);
    fputs("</small></figcaption></figure>\n", out);
    free(url);
    return 0;
}

static int write_page(FILE *out, const char *folder, const job *j, const settings *set) {
    const char *title = set->like ? set->like : set->query;
    char *like = set->like && strcmp(set->like, "-") ? picture_url(folder, set->like) : NULL;
    int failed = 0;
    if (!like && set->like && strcmp(set->like, "-")) return complain("not enough memory for the page");
    fputs("<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n"
          "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>",
          out);
    html_text(out, title);
    fprintf(out, "</title>\n<style>\n%s</style>\n<header>", PAGE_STYLE);
    if (like) {
        fputs("<img alt=\"the picture that was searched with\" src=\"", out);
        html_url(out, like);
        fputs("\">", out);
        free(like);
    }
    fputs(set->like ? "<div><h1>like " : "<div><h1>", out);
    html_text(out, title);
    fprintf(out, "</h1><p>%zu of %zu pictures in ", j->found, index_count(&j->index, EMBEDDED));
    html_text(out, set->dir);
    fputs("</p></div></header>\n<main>\n", out);
    for (size_t i = 0; i < j->found && !failed; i++) {
        char *path = path_join(set->dir, j->index.entries[j->matches[i].index].path);
        failed = write_figure(out, folder, path, j->matches[i].score);
        free(path);
    }
    fputs("</main>\n</html>\n", out);
    return failed;
}

static int write_html(const job *j, const settings *set) {
    char *folder = folder_of(set->html);
    output o;
    int failed;
    if (!folder) return complain("not enough memory for the page");
    if (output_open(&o, set->html)) {
        failed = complain("%s: %s", set->html, strerror(errno));
    } else {
        failed = write_page(o.file, folder, j, set);
        if (!failed && output_commit(&o)) failed = complain("%s: %s", set->html, strerror(errno));
        output_discard(&o);
    }
    free(folder);
    return failed;
}

// -------------------------------------------------------------------------------------------------------------- main

static int search(job *j, const settings *set) {
    if (open_model(j, set)) return FAILED;
    if (embed_query(j, set)) return FAILED; // first: a mistake in it shows before the long work
    if (update_index(j, set)) return FAILED;
    size_t k = set->k < j->index.n ? set->k : j->index.n;
    if (!(j->matches = malloc((k + 1) * sizeof *j->matches))) return complain("not enough memory for the matches");
    j->found = clip_top_k(j->index.vectors, j->index.n, j->index.dim, j->query, k, j->matches);
    while (j->found > 0 && isnan(j->matches[j->found - 1].score)) j->found--; // those that can't be read are last
    const int failed = !(set->html && !strcmp(set->html, "-")) && print_matches(j, set);
    return j->trouble || (set->html && write_html(j, set)) || failed;
}

static int run(const settings *set) {
    job j;
    memset(&j, 0, sizeof j);
    int status = search(&j, set);
    index_free(&j.index);
    index_free(&j.old);
    folder_free(&j.files);
    free(j.index_path);
    free(j.matches);
    free(j.query);
    free(j.vectors);
    free(j.pixels);
    clip_context_free(j.clip);
    clip_model_free(j.model);
    return status;
}

int main(int argc, char **argv) {
    settings set;
    int options = 1; // "--" ends them, for a query that begins with '-'
    take_streams();
    memset(&set, 0, sizeof set);
    set.k = 9;
    set.threads = online_cpus();
    for (int i = 1; i < argc; i++) {
        const char *a = argv[i];
        int failed = 0;
        if (!options || a[0] != '-') {
            const char **operand = !set.model ? &set.model : !set.dir ? &set.dir : &set.query;
            if (*operand) failed = complain("%s: one too many; put the query in quotes", a);
            *operand = a;
        } else if (!strcmp(a, "--")) options = 0;
        else if (!strcmp(a, "--help")) return fputs(HELP, stdout) == EOF || fflush(stdout) != 0;
        else if (!strcmp(a, "--like")) failed = !(set.like = option_value(argc, argv, &i));
        else if (!strcmp(a, "--html")) failed = !(set.html = option_value(argc, argv, &i));
        else if (!strcmp(a, "--index")) failed = !(set.index = option_value(argc, argv, &i));
        else if (!strcmp(a, "--rebuild")) set.rebuild = 1;
        else if (!strcmp(a, "-k")) failed = option_count(argc, argv, &i, 0, 100000000, &set.k);
        else if (!strcmp(a, "--threads")) failed = option_count(argc, argv, &i, 1, MOST_THREADS, &set.threads);
        else failed = complain("%s: no such option; see --help", a);
        if (failed) return USAGE;
    }
    if (!set.dir) return complain("MODEL.clip or DIR is missing; see --help"), USAGE;
    if (!set.query == !set.like) return complain("give a query or --like IMAGE; see --help"), USAGE;
    catch_signals();
    return run(&set);
}
