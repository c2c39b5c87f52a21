// source.h - what a run of clip-convert holds: its memory, the files it reads, and the list of tensors found in them.
// Included behind clip.h (its errors, types and byte readers are used), examples/common.h and json.h. Public domain or
// MIT, as clip.h.
//
// Functions that can fail return 0 or NULL and have then put the reason in run->why. All memory and all mapped files
// are kept in one list and given back by run_end, so that nothing needs to be undone on the way out of an error.
#ifndef CLIP_SOURCE_H
#define CLIP_SOURCE_H

typedef struct block { // stands in front of every allocation; four words, so that what follows is aligned
    struct block *next, *previous;
    void *mapped; // with `size`: a mapped file that goes with it
    size_t size;
} block;

typedef struct run {
    block *blocks;
    clip_error why;     // of the failure: for what clip.h tells, and its kind
    char message[1024]; // the same, with room for the long paths of files; empty if clip.h told it
    FILE *err;          // where notes go; NULL for nowhere
    const char *out;    // what no file that is read may be; NULL: nothing
    int usage;          // it was one: what failed is how the program was called
    const char *piped;  // what can't be read twice, and what it held; NULL: nothing was read so
    const unsigned char *piped_bytes;
    size_t piped_size;
} run;

enum { SOURCE_RANK = 8, SOURCE_NAME = 4096, SOURCE_TYPE_OTHER = 100 };

typedef struct source_tensor {
    const char *name, *file; // 0-terminated; no control characters in the name
    size_t name_size;
    unsigned type;         // CLIP__F32 ..., or SOURCE_TYPE_OTHER for one that .clip files don't have
    const char *type_name; // "F32", as safetensors calls it
    size_t rank;
    uint64_t shape[SOURCE_RANK], count; // count: product of the shape
    const unsigned char *data;          // count numbers, little-endian, row-major, at any alignment
    size_t size;                        // in bytes
    int used;                           // by the converter
} source_tensor;

typedef struct source {     // the tensors of one model, maybe out of several files
    source_tensor *tensors; // in the order of reading; sorted by name after source_sort
    size_t n, room;
    int torchscript; // out of an archive of torch.jit.save
} source;

static const struct {
    const char *name;
    unsigned type, size;
} source_types[] = {{"F32", CLIP__F32, 4},
                    {"F16", CLIP__F16, 2},
                    {"BF16", CLIP__BF16, 2},
                    {"F64", CLIP__F64, 8},
                    {"I8", CLIP__INT8, 1},
                    {"U8", CLIP__UINT8, 1},
                    {"I16", CLIP__INT16, 2},
                    {"I32", CLIP__INT32, 4},
                    {"I64", CLIP__INT64, 8},
                    {"BOOL", CLIP__BOOL, 1},
                    {"U16", SOURCE_TYPE_OTHER, 2},
                    {"U32", SOURCE_TYPE_OTHER, 4},
                    {"U64", SOURCE_TYPE_OTHER, 8},
                    {"F8_E4M3", SOURCE_TYPE_OTHER, 1},
                    {"F8_E5M2", SOURCE_TYPE_OTHER, 1},
                    {"F8_E8M0", SOURCE_TYPE_OTHER, 1},
                    {"C64", SOURCE_TYPE_OTHER, 8},
                    {"C128", SOURCE_TYPE_OTHER, 16}};
enum { SOURCE_N_TYPES = sizeof source_types / sizeof *source_types };

static size_t source_min(uint64_t a, uint64_t b) { return (size_t)(a < b ? a : b); }

// The two arguments of a %.*s for text that is not 0-terminated and may be long: a name, a piece of JSON.
#define SHOW(p, n) (int)source_min((uint64_t)(n), 60), (const char *)(p)
#define SHOW_JSON(v) SHOW((v).p, (v).end - (v).p)

// Always 0, so that `return run_fail(...)` reads as one thing.
CLIP__PRINTF(3, 4) static int run_fail(run *r, clip_result result, const char *format, ...) {
    va_list args;
    va_start(args, format);
    vsnprintf(r->message, sizeof r->message, format, args);
    va_end(args);
    clip__clean(r->message);
    clip__fail(&r->why, result, "%s", r->message);
    return 0;
}

CLIP__PRINTF(2, 3) static void run_note(run *r, const char *format, ...) {
    char message[sizeof r->message];
    va_list args;
    if (!r->err) return;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    clip__clean(message);
    fprintf(r->err, "clip-convert: note: %s\n", message);
}

static void *run_alloc(run *r, size_t count, size_t size) {
    size_t bytes = clip__mul(count, size);
    block *b = (block *)CLIP_MALLOC(clip__add(bytes, sizeof *b));
    if (!b) {
        run_fail(r, CLIP_ERROR_MEMORY, "out of memory: %llu bytes asked for", (unsigned long long)bytes);
        return NULL;
    }
    memset(b, 0, sizeof *b);
    b->next = r->blocks;
    if (b->next) b->next->previous = b;
    r->blocks = b;
    return b + 1;
}

// Gives back early what is not needed any more. NULL is allowed.
static void run_free(run *r, void *p) {
    block *b = p ? (block *)p - 1 : NULL;
    if (!b) return;
    if (b->next) b->next->previous = b->previous;
    *(b->previous ? &b->previous->next : &r->blocks) = b->next;
    CLIP_FREE(b);
}

static void run_end(run *r) {
    while (r->blocks) {
        block *b = r->blocks;
        r->blocks = b->next;
#ifdef CLIP__MMAP
        if (b->mapped) munmap(b->mapped, b->size);
#endif
        CLIP_FREE(b);
    }
}

// Makes room for one more of `size` bytes at the end of the list. 0 if there is no memory.
static int run_grow(run *r, void *list, size_t n, size_t *room, size_t size) {
    void *more, *old;
    if (n < *room) return 1;
    memcpy(&old, list, sizeof old); // list: a pointer to any kind of pointer
    more = run_alloc(r, clip__mul(n, 2) + 4, size);
    if (!more) return 0;
    if (n) memcpy(more, old, n * size);
    run_free(r, old);
    *room = n * 2 + 4;
    memcpy(list, &more, sizeof more);
    return 1;
}

static char *run_copy(run *r, const char *s, size_t n) {
    char *copy = (char *)run_alloc(r, n + 1, 1);
    if (!copy) return NULL;
    if (n) memcpy(copy, s, n);
    copy[n] = 0;
    return copy;
}

// folder/name, or name beside the file `path`. It need not be there, but nobody has named it: what is there must be a
// file, since a pipe or a device may have no end, or never begin. NULL, said, if it is not.
static char *run_path(run *r, const char *path, int is_folder, const char *name) {
    size_t n = strlen(path);
    struct stat about;
    char *joined;
    if (!is_folder)
        while (n && path[n - 1] != '/' && path[n - 1] != '\\') n--;
    joined = (char *)run_alloc(r, n + strlen(name) + 2, 1);
    if (joined) {
        memcpy(joined, path, n);
        if (is_folder && n && path[n - 1] != '/') joined[n++] = '/';
        strcpy(joined + n, name);
        if (!stat(joined, &about) && !S_ISREG(about.st_mode)) {
            run_fail(r, CLIP_ERROR_IO, "%s is not a regular file", joined);
            joined = NULL;
        }
    }
    return joined;
}

// ---- files ---------------------------------------------------------------------------------------------------------

static int file_is_folder(const char *path) {
#if defined(CLIP__POSIX) || defined(_WIN32)
    struct stat s;
    return !stat(path, &s) && S_ISDIR(s.st_mode);
#else
    size_t n = strlen(path); // without POSIX a folder is what the user writes a slash behind
    return n && (path[n - 1] == '/' || path[n - 1] == '\\');
#endif
}

// Also of a file that can't be opened for another reason: whoever reads it then says which.
static int file_exists(const char *path) {
    FILE *f = fopen(path, "rb");
    const int is = f || (errno != ENOENT && errno != ENOTDIR);
    if (f) fclose(f);
    return is;
}

// The whole file: mapped where that can be done, else read, once. "-" is standard input.
static int run_read(run *r, const char *path, const unsigned char **bytes, size_t *size) {
    FILE *f = stdin;
    unsigned char *p = NULL;
    size_t n = 0, room = 0, got;
    int good;
    if (r->piped && !strcmp(path, r->piped)) return *bytes = r->piped_bytes, *size = r->piped_size, 1;
    if (output_replaces("-o", r->out, path)) return r->usage = 1, 0; // it has said so
#ifdef CLIP__MMAP
    struct stat s = {0};
    int fd = strcmp(path, "-") ? open(path, O_RDONLY) : -1;
    if (fd >= 0 && !fstat(fd, &s) && S_ISREG(s.st_mode) && s.st_size > 0 && (uint64_t)s.st_size < SIZE_MAX) {
        block *b = (block *)run_alloc(r, 0, 1);
        void *map = b ? mmap(NULL, (size_t)s.st_size, PROT_READ, MAP_PRIVATE, fd, 0) : MAP_FAILED;
        if (map != MAP_FAILED) {
            b[-1].mapped = map;
            b[-1].size = *size = (size_t)s.st_size;
            *bytes = (const unsigned char *)map;
            close(fd);
            return 1;
        }
        if (!b) {
            close(fd);
            return 0;
        }
    }
    if (fd >= 0 && s.st_size > 0 && (uint64_t)s.st_size >= SIZE_MAX) {
        close(fd);
        return run_fail(r, CLIP_ERROR_MEMORY, "%s is too large: this machine addresses %lu bytes", path,
                        (unsigned long)SIZE_MAX);
    }
    if (strcmp(path, "-")) f = fd >= 0 ? fdopen(fd, "rb") : NULL; // a pipe that is closed would end who writes to it
    if (!f && fd >= 0) close(fd);
#else
    if (strcmp(path, "-")) f = fopen(path, "rb");
#endif
    if (!f)
        return run_fail(r, CLIP_ERROR_IO, "%s can't be opened: %s", path, strerror(errno));
    do { // grows by doubling, since a pipe does not say how long it is
        size_t more = n < room ? room : room * 2 + 65536;
        if (more > room) {
            unsigned char *q = (unsigned char *)run_alloc(r, more, 1);
            if (!q) break;
            if (n) memcpy(q, p, n);
            run_free(r, p);
            p = q;
            room = more;
        }
        got = fread(p + n, 1, room - n, f);
        n += got;
    } while (got);
    good = n < room && !ferror(f);
    if (!good && !r->why.result) run_fail(r, CLIP_ERROR_IO, "%s can't be read: %s", path, strerror(errno));
    if (f != stdin) fclose(f);
    *bytes = r->piped_bytes = p;
    *size = r->piped_size = n;
    r->piped = good ? path : NULL;
    return good;
}

static int file_json(run *r, const char *path, json *root) {
    const unsigned char *bytes;
    size_t size;
    const char *wrong;
    if (!run_read(r, path, &bytes, &size)) return 0;
    wrong = json_open((const char *)bytes, size, root);
    return wrong ? run_fail(r, CLIP_ERROR_FORMAT, "%s: %s", path, wrong) : 1;
}

// ---- the list of tensors -------------------------------------------------------------------------------------------

static const char *source_shape(const source_tensor *t, char text[256]) { // "[768,3,16,16]"
    size_t n = 1;
    text[0] = '[';
    text[1] = 0;
    for (size_t i = 0; i < t->rank; i++)
        n += (size_t)sprintf(text + n, "%s%llu", i ? "," : "", (unsigned long long)t->shape[i]);
    strcpy(text + n, "]");
    return text;
}

// Adds *t, which has everything but count and size, with a copy of its name; those two are worked out and checked here.
// `type` is a place in source_types. Says nothing about data: the reader checks it against t->size.
static int source_add(run *r, source *s, source_tensor *t, size_t type) {
    for (size_t i = 0, n; i < t->name_size; i += n) {
        n = json_utf8(t->name + i, t->name + t->name_size);
        if (!n || (unsigned char)t->name[i] < 32)
            return run_fail(r, CLIP_ERROR_FORMAT, "%s: a tensor's name is not UTF-8 or has control characters: %.*s",
                            t->file, SHOW(t->name, t->name_size));
    }
    if (!t->name_size || t->name_size > SOURCE_NAME)
        return run_fail(r, CLIP_ERROR_FORMAT, "%s: a tensor's name has %llu bytes, expected 1 to %d", t->file,
                        (unsigned long long)t->name_size, SOURCE_NAME);
    t->name = run_copy(r, t->name, t->name_size);
    if (!t->name) return 0;
    t->type = source_types[type].type;
    t->type_name = source_types[type].name;
    t->count = 1;
    for (size_t i = 0; i < t->rank; i++) {
        if (t->shape[i] && t->count > (UINT64_MAX >> 8) / t->shape[i])
            return run_fail(r, CLIP_ERROR_FORMAT, "%s: the shape of tensor %s overflows", t->file, t->name);
        t->count *= t->shape[i];
    }
    if (t->count > (SIZE_MAX >> 8) / source_types[type].size)
        return run_fail(r, CLIP_ERROR_FORMAT, "%s: tensor %s is too large for this machine", t->file, t->name);
    t->size = (size_t)t->count * source_types[type].size;
    if (!run_grow(r, &s->tensors, s->n, &s->room, sizeof *s->tensors)) return 0;
    s->tensors[s->n++] = *t;
    return 1;
}

static int source_compare(const void *a, const void *b) {
    return strcmp(((const source_tensor *)a)->name, ((const source_tensor *)b)->name);
}

// After the last one is added: sorts by name, and finds names that come twice.
static int source_sort(run *r, source *s) {
    if (s->n) qsort(s->tensors, s->n, sizeof *s->tensors, source_compare);
    for (size_t i = 1; i < s->n; i++)
        if (!strcmp(s->tensors[i - 1].name, s->tensors[i].name))
            return run_fail(r, CLIP_ERROR_FORMAT, "%s: there are two tensors named %s", s->tensors[i].file,
                            s->tensors[i].name);
    return 1;
}

static source_tensor *source_find(source *s, const char *name) {
    source_tensor key = {0};
    key.name = name;
    return s->n ? (source_tensor *)bsearch(&key, s->tensors, s->n, sizeof key, source_compare) : NULL;
}

#endif // CLIP_SOURCE_H
