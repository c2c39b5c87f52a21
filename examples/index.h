// index.h - the vectors of a folder's pictures, kept in a file beside them: of search and duplicates. The first
// run embeds every picture, the next ones only what has changed.
//
//     indexer x = {0};
//     if (!index_open_model(&x, &options) && !index_update(&x, &options)) ... // x.index.vectors; else it has said why
//     indexer_free(&x);
//
// THE INDEX, version 1. One file, DIR/.clip-index, little-endian, offsets in bytes from its start:
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
//
// Include it after clip.h, with CLIP_IMPLEMENTATION and clip_tokenizer.h, and common.h.
#ifndef INDEX_H
#define INDEX_H

#include <math.h>

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
    float *vectors;       // [n, dim]; NaN where there is none: clip_top_k puts those last
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
        complain("%s: %s; this run works, but the next one embeds again. --index FILE puts it elsewhere", path,
                 strerror(errno));
    free(bytes);
}

// Reads the index at `path` into `old`; leaves that empty if there is none, or if it is to be made anew. Returns
// FAILED, said, for any that is not good, and always for a file of another kind: no photo is replaced by an index, and
// what somebody put into the folder as one, a link to /dev/zero or a pipe, is neither read nor written to.
static int index_load(const char *path, int rebuild, picture_index *old) {
    char why[WHY];
    size_t size;
    struct stat about;
    unsigned char *bytes;
    memset(old, 0, sizeof *old);
    const int there = stat(path, &about) == 0;
    if (!there && errno == ENOENT) return 0;
    if (there && !S_ISREG(about.st_mode))
        return complain("%s: not a file; delete it or give another --index FILE", path);
    if (!(bytes = file_read_found(path, &about, SIZE_MAX / 8, &size, why))) return complain("%s: %s", path, why);
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

// ----------------------------------------------------------------------------------------- bringing it up to date

typedef struct index_options {
    const char *model, *dir, *index; // index: the file, if not DIR/.clip-index
    size_t threads;
    int rebuild; // whatever the file has
} index_options;

// What it takes. All zero at first; everything is given back by indexer_free, however it ends.
typedef struct indexer {
    clip_model *model;
    clip_model_info info;
    clip_context *clip;
    char *path;  // of the index
    int said;    // that the index can't be written
    int trouble; // some pictures could not be read, though they are there
    file_list files;
    picture_index old, index;
    unsigned char *pixels; // [BATCH, side, side, 3]
    float *vectors;        // [BATCH, dim]
} indexer;

// Loads the model, which must take pictures.
static int index_open_model(indexer *x, const index_options *set) {
    clip_options options = {0};
    clip_error why;
    options.threads = set->threads;
    if (clip_model_load(set->model, NULL, &why, &x->model)) return complain("%s", why.message);
    if (clip_context_new(x->model, &options, &why, &x->clip)) return complain("%s", why.message);
    clip_model_get_info(x->model, &x->info);
    if (!x->info.image.tower) return complain("%s: this model takes no pictures", set->model);
    x->index.dim = x->info.embed_dim;
    x->index.formats = strcmp(PICTURE_FORMATS, "PPM or PGM") ? 3 : 1;
    x->index.model_crc = get_u32(x->model->file.bytes + 12); // its fingerprint: see THE FILE in clip.h
    x->index.model_size = get_u64(x->model->file.bytes + 24);
    x->pixels = malloc(3 * BATCH * x->info.image_size * x->info.image_size + 1);
    x->vectors = malloc(sizeof(float) * BATCH * x->info.embed_dim);
    return !x->pixels || !x->vectors ? complain("not enough memory for a batch") : 0;
}

// Embeds the pictures of `rows`, n of them up to BATCH, into their rows of the index.
static int index_embed_batch(indexer *x, const index_options *set, const size_t *rows, size_t n) {
    loading batch[BATCH] = {{0}};
    size_t dim = x->index.dim, good, g = 0;
    int failed = 0;
    for (size_t i = 0; i < n; i++) {
        batch[i].path = path_join(set->dir, x->index.entries[rows[i]].path);
        batch[i].found = 1;
        failed = failed || !batch[i].path;
    }
    if (failed) complain("not enough memory for a path");
    good = failed ? 0 : pictures_load(x->clip, batch, n, set->threads, x->info.image_size, x->pixels);
    if (good && clip_encode_pixels(x->clip, x->pixels, good, x->vectors))
        failed = complain("%s", clip_context_error(x->clip));
    for (size_t i = 0; i < n && !failed; i++) {
        entry *e = &x->index.entries[rows[i]];
        if (batch[i].failed) complain("%s: %s", batch[i].path, batch[i].why);
        x->trouble = x->trouble || batch[i].failed == TROUBLE;
        if (batch[i].failed == NOT_READ || batch[i].failed == TROUBLE) continue; // it waits for the next run
        if (!batch[i].failed && (failed = vector_check(batch[i].path, &x->vectors[g * dim], dim))) break;
        e->size = (uint64_t)batch[i].about.st_size; // of what was read, whatever the folder had before or has now
        e->time = time_of_change(&batch[i].about);
        e->state = batch[i].failed ? UNREADABLE : EMBEDDED;
        if (!batch[i].failed) memcpy(&x->index.vectors[rows[i] * dim], &x->vectors[g++ * dim], dim * sizeof(float));
    }
    for (size_t i = 0; i < n; i++) free(batch[i].path);
    return failed;
}

// Embeds what is waiting and saves the index, now and then too, so that little is lost whatever happens.
static int index_embed_waiting(indexer *x, const index_options *set) {
    enum { SAVE_SECONDS = 30 };
    size_t waiting = index_count(&x->index, WAITING), done = 0, i = 0;
    double saved = seconds();
    progress p = progress_begin("picture", waiting);
    while (done < waiting) {
        size_t rows[BATCH], n = 0;
        for (; i < x->index.n && n < BATCH; i++)
            if (x->index.entries[i].state == WAITING) rows[n++] = i;
        if (index_embed_batch(x, set, rows, n)) return FAILED;
        done += n;
        if (interrupted) {
            index_save(&x->index, x->path, &x->said);
            return complain("stopped after %zu of %zu pictures; the next run goes on from there", done, waiting);
        }
        progress_show(&p, done);
        if (seconds() - saved > SAVE_SECONDS) index_save(&x->index, x->path, &x->said), saved = seconds();
    }
    progress_end(&p, done);
    index_save(&x->index, x->path, &x->said);
    return 0;
}

// Brings the index up to date with the folder.
static int index_update(indexer *x, const index_options *set) {
    picture_index *old = &x->old, *index = &x->index;
    size_t unreadable;
    x->path = set->index ? path_join("", set->index) : path_join(set->dir, ".clip-index");
    if (!x->path) return complain("not enough memory for a path");
    if (folder_walk(set->dir, &x->files)) return FAILED; // first: what is wrong with DIR is not its index's fault
    if (x->files.n == 0) return complain("%s: no picture (" PICTURE_FORMATS ") in this folder", set->dir);
    if (index_load(x->path, set->rebuild, old)) return FAILED;
    if (old->dim && old->dim != index->dim)
        return complain("%s: made by a model with vectors of %zu numbers, %s has %zu; give --rebuild or --index FILE",
                        x->path, old->dim, set->model, index->dim);
    if (old->dim && (old->model_size != index->model_size || old->model_crc != index->model_crc))
        complain("%s: made by another model; all pictures are embedded anew", x->path);
    if (index_merge(old, &x->files, index)) return FAILED;
    if (index_count(index, WAITING) > 0) {
        if (index_embed_waiting(x, set)) return FAILED;
    } else if (old->n != index->n) {
        index_save(index, x->path, &x->said); // some are gone
    }
    unreadable = index->n - index_count(index, EMBEDDED);
    if (unreadable == index->n) return complain("%s: none of its %zu pictures can be read", set->dir, index->n);
    if (unreadable && !x->trouble)
        complain("%zu of %zu pictures can't be read and are passed over", unreadable, index->n);
    return 0;
}

static void indexer_free(indexer *x) {
    index_free(&x->index);
    index_free(&x->old);
    folder_free(&x->files);
    free(x->path);
    free(x->vectors);
    free(x->pixels);
    clip_context_free(x->clip);
    clip_model_free(x->model);
}

#endif // INDEX_H
