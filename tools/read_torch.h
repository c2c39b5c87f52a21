// read_torch.h - the tensors of a state dict that torch.save wrote. Included behind inflate.h. Public domain or MIT, as
// clip.h.
//
// Since PyTorch 1.6 such a file is a zip: NAME/data.pkl, a pickle of the dict in which each tensor names its storage,
// and NAME/data/KEY, the bytes of each storage. torch.save stores them as they are; a file that was zipped anew may
// have them deflated. Before, it was one pickle after the other (a magic
// number, a version, facts about the machine, the dict, the list of storage keys) and then the storages. Both are read.
//
// TorchScript archives (torch.jit.save; OpenAI publishes CLIP so) are zips of the same kind, whose pickle holds the
// module itself: records of classes that the archive's own code describes. The code is not looked at; a record's
// tensors get the names that the module's state dict would give them.
//
// A pickle is a program for a small stack machine, and one that Python runs may do anything. The machine here has the
// instructions that dicts, lists, texts and numbers are made of, and can call ten functions: those that make a tensor,
// a parameter, a size and an ordered dict, and TorchScript's, which make lists and tag them with a type. A pickle that
// names anything else is refused by that name.
// https://github.com/python/cpython/blob/main/Lib/pickletools.py tells what each instruction does.
#ifndef CLIP_READ_TORCH_H
#define CLIP_READ_TORCH_H

// ---- zip -----------------------------------------------------------------------------------------------------------

enum { ZIP_STORED = 0, ZIP_DEFLATED = 8 }; // methods
// Bytes of tensors' names, in all. A pickle may give one long text to any number of tensors, in four bytes for each.
enum { NAMES_RATIO = 16, NAMES_ALWAYS = 1 << 20 }; // so many times the file, and so many more
// what is compressed may unpack to so many times the file, or so many bytes
enum { ZIP_RATIO = 16, ZIP_ALWAYS = 1 << 28 };

typedef struct zip_entry { // views into the file
    const char *name;
    size_t name_size;
    const unsigned char *data;
    size_t size;
    int deflated; // and not unpacked yet: zip_unpack makes `data` and `size` what they were before
    size_t unpacked;
    uint32_t crc; // of what comes out
} zip_entry;

static int zip_compare_names(const void *a, const void *b) {
    const zip_entry *x = (const zip_entry *)a, *y = (const zip_entry *)b;
    int order = memcmp(x->name, y->name, source_min(x->name_size, y->name_size));
    return order ? order : (x->name_size > y->name_size) - (x->name_size < y->name_size);
}

static int zip_compare_places(const void *a, const void *b) {
    const zip_entry *x = (const zip_entry *)a, *y = (const zip_entry *)b;
    return x->data != y->data ? (x->data < y->data ? -1 : 1) : (x->size > y->size) - (x->size < y->size);
}

static zip_entry *zip_find(zip_entry *entries, size_t n, const char *name, size_t name_size) {
    zip_entry key = {0};
    key.name = name;
    key.name_size = name_size;
    return n ? (zip_entry *)bsearch(&key, entries, n, sizeof key, zip_compare_names) : NULL;
}

// Unpacks the entry if it is deflated, once. *budget is what may still be unpacked.
static int zip_unpack(run *r, const char *file, zip_entry *e, uint64_t *budget) {
    char place[sizeof r->message];
    unsigned char *out;
    if (!e->deflated) return 1;
    if (e->unpacked > *budget)
        return run_fail(r, CLIP_ERROR_FORMAT,
                        "%s: %.*s unpacks to %llu bytes: all together that is more than %d times the file, which "
                        "weights never are; if it is meant to be, pack it anew without compression (zip -0)",
                        file, SHOW(e->name, e->name_size), (unsigned long long)e->unpacked, ZIP_RATIO);
    *budget -= e->unpacked;
    snprintf(place, sizeof place, "%s: %.*s", file, SHOW(e->name, e->name_size));
    out = (unsigned char *)run_alloc(r, e->unpacked, 1);
    if (!out || !inflate_raw(r, place, e->data, e->size, out, e->unpacked)) return 0;
    if (clip__crc32(0, out, e->unpacked) != e->crc)
        return run_fail(r, CLIP_ERROR_FORMAT, "%s: damaged zip: its checksum is wrong", place);
    e->data = out;
    e->size = e->unpacked;
    e->deflated = 0;
    return 1;
}

// One record of the central directory at p, of which `left` bytes are there. Its length, or 0.
static size_t zip_record(run *r, const char *file, const unsigned char *bytes, size_t size, const unsigned char *p,
                         uint64_t left, zip_entry *out) {
    uint64_t packed, unpacked, at, length, name, extra, method;
    const unsigned char *local;
    if (left < 46 || clip__read_le(p, 4) != 0x02014b50)
        return (size_t)run_fail(r, CLIP_ERROR_FORMAT, "%s: damaged zip: its directory ends too early", file);
    packed = clip__read_le(p + 20, 4);
    unpacked = clip__read_le(p + 24, 4);
    name = clip__read_le(p + 28, 2);
    extra = clip__read_le(p + 30, 2);
    at = clip__read_le(p + 42, 4);
    length = 46 + name + extra + clip__read_le(p + 32, 2);
    if (length > left)
        return (size_t)run_fail(r, CLIP_ERROR_FORMAT, "%s: damaged zip: its directory ends too early", file);
    out->name = (const char *)p + 46;
    out->name_size = (size_t)name;
    for (const unsigned char *x = p + 46 + name, *end = x + extra; end - x >= 4;) { // zip64: what didn't fit 32 bits
        uint64_t id = clip__read_le(x, 2), bytes_left = clip__read_le(x + 2, 2), *wide[3];
        if (bytes_left > (uint64_t)(end - x - 4)) break;
        wide[0] = &unpacked, wide[1] = &packed, wide[2] = &at;
        x += 4;
        for (int i = 0; i < 3 && id == 1; i++)
            if (*wide[i] == 0xFFFFFFFF && bytes_left >= 8) {
                *wide[i] = clip__read_le(x, 8);
                x += 8;
                bytes_left -= 8;
            }
        x += bytes_left;
    }
    method = clip__read_le(p + 10, 2);
    if ((method != ZIP_STORED && method != ZIP_DEFLATED) || (clip__read_le(p + 8, 2) & 1))
        return (size_t)run_fail(r, CLIP_ERROR_UNSUPPORTED,
                                "%s: %.*s is encrypted, or compressed by method %llu, which torch.save never does; "
                                "load the file and save it anew",
                                file, SHOW(out->name, name), (unsigned long long)method);
    if (at > size || size - at < 30 || clip__read_le(bytes + at, 4) != 0x04034b50)
        return (size_t)run_fail(r, CLIP_ERROR_FORMAT, "%s: damaged zip: %.*s is not where the directory says", file,
                                SHOW(out->name, name));
    local = bytes + at;
    at += 30 + clip__read_le(local + 26, 2) + clip__read_le(local + 28, 2); // its extra is its own: padding
    if ((method == ZIP_STORED && packed != unpacked) || at > size || packed > size - at)
        return (size_t)run_fail(r, CLIP_ERROR_FORMAT, "%s: damaged zip: %.*s of %llu bytes does not fit into the file",
                                file, SHOW(out->name, name), (unsigned long long)packed);
    if (unpacked / INFLATE_MOST > packed || unpacked > SIZE_MAX / 2)
        return (size_t)run_fail(r, CLIP_ERROR_FORMAT, "%s: damaged zip: %.*s of %llu bytes can't unpack to %llu", file,
                                SHOW(out->name, name), (unsigned long long)packed, (unsigned long long)unpacked);
    if (clip__read_le(local + 26, 2) != name || memcmp(local + 30, out->name, (size_t)name))
        return (size_t)run_fail(r, CLIP_ERROR_FORMAT, "%s: damaged zip: %.*s has another name in the directory", file,
                                SHOW(out->name, name));
    out->data = bytes + at;
    out->size = (size_t)packed;
    out->unpacked = (size_t)unpacked;
    out->deflated = method == ZIP_DEFLATED;
    out->crc = (uint32_t)clip__read_le(p + 16, 4);
    return (size_t)length;
}

// All entries, sorted by name. Checksums of stored ones are not looked at: torch can be told to leave them out.
static int zip_open(run *r, const char *file, const unsigned char *bytes, size_t size, zip_entry **entries, size_t *n) {
    const unsigned char *end = NULL, *p;
    uint64_t count, directory, directory_size;
    size_t room = 0;
    // the end record is 22 bytes long; a comment of up to 65,535 may stand behind it
    for (size_t back = 22; !end && back <= size && back <= 22 + 65535; back++)
        if (clip__read_le(bytes + size - back, 4) == 0x06054b50 &&
            clip__read_le(bytes + size - back + 20, 2) == back - 22)
            end = bytes + size - back;
    if (!end) return run_fail(r, CLIP_ERROR_FORMAT, "%s: a zip without its end; is the file cut?", file);
    count = clip__read_le(end + 10, 2);
    directory_size = clip__read_le(end + 12, 4);
    directory = clip__read_le(end + 16, 4);
    if (end - bytes >= 20 && clip__read_le(end - 20, 4) == 0x07064b50) { // zip64
        uint64_t at = clip__read_le(end - 12, 8);
        if (at > size || size - at < 56 || clip__read_le(bytes + at, 4) != 0x06064b50)
            return run_fail(r, CLIP_ERROR_FORMAT, "%s: damaged zip: its zip64 end record is not where it should be",
                            file);
        count = clip__read_le(bytes + at + 32, 8);
        directory_size = clip__read_le(bytes + at + 40, 8);
        directory = clip__read_le(bytes + at + 48, 8);
    }
    if (directory > size || directory_size > size - directory || count > directory_size / 46)
        return run_fail(r, CLIP_ERROR_FORMAT, "%s: damaged zip: a directory of %llu bytes at %llu does not fit", file,
                        (unsigned long long)directory_size, (unsigned long long)directory);
    *entries = NULL;
    p = bytes + directory;
    for (*n = 0; *n < count; ++*n) {
        size_t length;
        if (!run_grow(r, entries, *n, &room, sizeof **entries)) return 0;
        length = zip_record(r, file, bytes, size, p, directory_size, *entries + *n);
        if (!length) return 0;
        p += length;
        directory_size -= length;
    }
    if (!*n) return run_fail(r, CLIP_ERROR_FORMAT, "%s: an empty zip", file);
    qsort(*entries, *n, sizeof **entries, zip_compare_places);
    for (size_t i = 1; i < *n; i++)
        if ((size_t)((*entries)[i].data - (*entries)[i - 1].data) < (*entries)[i - 1].size)
            return run_fail(r, CLIP_ERROR_FORMAT, "%s: damaged zip: %.*s overlaps another entry", file,
                            SHOW((*entries)[i].name, (*entries)[i].name_size));
    qsort(*entries, *n, sizeof **entries, zip_compare_names);
    return 1;
}

// ---- pickle --------------------------------------------------------------------------------------------------------

enum { PICKLE_SIZE = 1 << 24 }; // far above any state dict's; bounds the memory that a hostile one can ask for

enum pickle_kind {
    PICKLE_MARK,
    PICKLE_NONE,
    PICKLE_INTEGER,
    PICKLE_TEXT,
    PICKLE_TUPLE,
    PICKLE_LIST,
    PICKLE_DICT,
    PICKLE_RECORD,  // an object of TorchScript's: its attributes, as a dict's items
    PICKLE_GLOBAL,  // n: place in pickle_globals
    PICKLE_STORAGE, // n: place in pickle.storages
    PICKLE_TENSOR,  // n: place in pickle.tensors
    PICKLE_OPAQUE   // a number or bytes that nothing here asks for
};

struct pickle_list;
typedef struct pickle_value {
    enum pickle_kind kind;
    uint64_t n; // an integer's value (two's complement); a text's length
    union {
        const char *text;
        struct pickle_list *list; // of a tuple, list, or dict (key, value, key, value)
    } as;
} pickle_value;

typedef struct pickle_list {
    pickle_value *items;
    size_t n, room;
} pickle_list;

typedef struct pickle_storage {
    const char *key; // a view into the pickle
    size_t key_size, type;
    uint64_t count;
    const unsigned char *data; // NULL until found
} pickle_storage;

typedef struct pickle_tensor {
    size_t storage, rank;
    uint64_t offset, shape[SOURCE_RANK], stride[SOURCE_RANK]; // in numbers
} pickle_tensor;

typedef struct pickle {
    run *r;
    const char *file;
    const unsigned char *start, *p, *end; // of this pickle; p is what comes next
    pickle_value *stack, *memo;
    size_t n_stack, stack_room, n_memo, memo_room;
    pickle_storage *storages;
    size_t n_storages, storages_room;
    pickle_tensor *tensors;
    size_t n_tensors, tensors_room;
    size_t copied;  // values, into dicts
    uint64_t names; // bytes of tensors' names that may still be made
} pickle;

enum {
    PICKLE_ORDERED_DICT,
    PICKLE_SIZE_TUPLE,
    PICKLE_REBUILD_TENSOR,
    PICKLE_REBUILD_TENSOR_V2,
    PICKLE_REBUILD_PARAMETER,
    PICKLE_JIT_LIST, // four of them
    PICKLE_JIT_TAG = PICKLE_JIT_LIST + 4,
    PICKLE_STORAGES,
    PICKLE_CLASS = 1000 // any of TorchScript's
};
static const struct {
    const char *module, *name, *type;
} pickle_globals[] = {{"collections", "OrderedDict", NULL},
                      {"torch", "Size", NULL},
                      {"torch._utils", "_rebuild_tensor", NULL},
                      {"torch._utils", "_rebuild_tensor_v2", NULL},
                      {"torch._utils", "_rebuild_parameter", NULL},
                      {"torch.jit._pickle", "build_intlist", NULL},
                      {"torch.jit._pickle", "build_tensorlist", NULL},
                      {"torch.jit._pickle", "build_doublelist", NULL},
                      {"torch.jit._pickle", "build_boollist", NULL},
                      {"torch.jit._pickle", "restore_type_tag", NULL},
                      {"torch", "FloatStorage", "F32"}, // from here on: PICKLE_STORAGES
                      {"torch", "HalfStorage", "F16"},
                      {"torch", "BFloat16Storage", "BF16"},
                      {"torch", "DoubleStorage", "F64"},
                      {"torch", "CharStorage", "I8"},
                      {"torch", "ByteStorage", "U8"},
                      {"torch", "ShortStorage", "I16"},
                      {"torch", "IntStorage", "I32"},
                      {"torch", "LongStorage", "I64"},
                      {"torch", "BoolStorage", "BOOL"},
                      {"torch", "ComplexFloatStorage", "C64"},
                      {"torch", "ComplexDoubleStorage", "C128"}};

static int pickle_fail(pickle *m, const char *what) {
    return run_fail(m->r, CLIP_ERROR_FORMAT, "%s: byte %llu of its pickle: %s", m->file,
                    (unsigned long long)(m->p - m->start), what);
}

static int pickle_push(pickle *m, pickle_value v) {
    if (!run_grow(m->r, &m->stack, m->n_stack, &m->stack_room, sizeof v)) return 0;
    m->stack[m->n_stack++] = v;
    return 1;
}

static int pickle_push_number(pickle *m, enum pickle_kind kind, uint64_t n) {
    pickle_value v;
    memset(&v, 0, sizeof v);
    v.kind = kind;
    v.n = n;
    return pickle_push(m, v);
}

// Takes a value off the stack; a mark is none.
static int pickle_pop(pickle *m, pickle_value *out) {
    if (!m->n_stack || m->stack[m->n_stack - 1].kind == PICKLE_MARK)
        return pickle_fail(m, "takes a value where there is none");
    *out = m->stack[--m->n_stack];
    return 1;
}

// How many values lie above the topmost mark; (size_t)-1 if there is no mark.
static size_t pickle_above_mark(pickle *m) {
    for (size_t i = m->n_stack; i--;)
        if (m->stack[i].kind == PICKLE_MARK) return m->n_stack - 1 - i;
    pickle_fail(m, "lacks a mark");
    return (size_t)-1;
}

// Copies the n topmost values to the end of the list.
static int pickle_append(pickle *m, pickle_list *list, size_t n) {
    for (size_t i = m->n_stack - n; i < m->n_stack; i++) {
        if (!run_grow(m->r, &list->items, list->n, &list->room, sizeof *list->items)) return 0;
        list->items[list->n++] = m->stack[i];
    }
    return 1;
}

// Replaces the n topmost values, and the mark under them if `marked`, by one tuple, list or dict of them.
static int pickle_collect(pickle *m, enum pickle_kind kind, size_t n, int marked) {
    pickle_value v;
    if (n == (size_t)-1) return 0;
    if (n > m->n_stack) return pickle_fail(m, "takes values where there are none");
    for (size_t i = m->n_stack - n; i < m->n_stack; i++)
        if (m->stack[i].kind == PICKLE_MARK) return pickle_fail(m, "takes a mark for a value");
    if (kind == PICKLE_DICT && n % 2) return pickle_fail(m, "makes a dict of an odd number of values");
    memset(&v, 0, sizeof v);
    v.kind = kind;
    v.as.list = (pickle_list *)run_alloc(m->r, 1, sizeof *v.as.list);
    if (!v.as.list) return 0;
    memset(v.as.list, 0, sizeof *v.as.list);
    if (!pickle_append(m, v.as.list, n)) return 0;
    m->n_stack -= n + (marked ? 1 : 0);
    return pickle_push(m, v);
}

// Moves what lies above the mark (or the n topmost values) into the list or dict under it.
static int pickle_extend(pickle *m, enum pickle_kind kind, size_t n, int marked) {
    size_t below = n + (marked ? 1 : 0);
    pickle_value *to;
    if (n == (size_t)-1) return 0;
    if (m->n_stack < below + 1) return pickle_fail(m, "adds to nothing");
    to = &m->stack[m->n_stack - below - 1];
    if (to->kind != kind || n % (kind == PICKLE_DICT ? 2 : 1))
        return pickle_fail(m, "adds items to what can't take them");
    for (size_t i = m->n_stack - n; i < m->n_stack; i++)
        if (m->stack[i].kind == PICKLE_MARK) return pickle_fail(m, "takes a mark for a value");
    if (!pickle_append(m, to->as.list, n)) return 0;
    m->n_stack -= below;
    return 1;
}

static int pickle_memoize(pickle *m, uint64_t at) {
    if (!m->n_stack || m->stack[m->n_stack - 1].kind == PICKLE_MARK)
        return pickle_fail(m, "keeps a value where there is none");
    if (at > (uint64_t)(m->p - m->start)) return pickle_fail(m, "has a memo that is larger than it could have filled");
    while (m->n_memo <= at) {
        if (!run_grow(m->r, &m->memo, m->n_memo, &m->memo_room, sizeof *m->memo)) return 0;
        m->memo[m->n_memo++].kind = PICKLE_MARK; // empty
    }
    m->memo[at] = m->stack[m->n_stack - 1];
    return 1;
}

static int pickle_recall(pickle *m, uint64_t at) {
    if (at >= m->n_memo || m->memo[at].kind == PICKLE_MARK)
        return pickle_fail(m, "asks its memo for what is not there");
    return pickle_push(m, m->memo[at]);
}

static int pickle_global(pickle *m, const char *module, size_t module_size, const char *name, size_t name_size) {
    for (size_t i = 0; i < sizeof pickle_globals / sizeof *pickle_globals; i++)
        if (clip__name_is(module, module_size, pickle_globals[i].module) &&
            clip__name_is(name, name_size, pickle_globals[i].name))
            return pickle_push_number(m, PICKLE_GLOBAL, i);
    if (module_size >= 9 && !memcmp(module, "__torch__", 9) && (module_size == 9 || module[9] == '.'))
        return pickle_push_number(m, PICKLE_GLOBAL, PICKLE_CLASS); // nothing of it is looked at
    return run_fail(
        m->r, CLIP_ERROR_UNSUPPORTED,
        "%s: its pickle names %.*s.%.*s, which no state dict needs; nothing was run. Save model.state_dict() instead",
        m->file, SHOW(module, module_size), SHOW(name, name_size));
}

// The items of a tuple or list; 0 of anything else.
static size_t pickle_items(pickle_value v, const pickle_value **items) {
    int has = v.kind == PICKLE_TUPLE || v.kind == PICKLE_LIST;
    *items = has ? v.as.list->items : NULL;
    return has ? v.as.list->n : 0;
}

// Persistent id ("storage", torch.FloatStorage, "0", "cpu", 12, maybe None): the storage `key` of 12 floats.
static int pickle_persistent(pickle *m, pickle_value id) {
    const pickle_value *v;
    size_t n = pickle_items(id, &v);
    pickle_storage s;
    if (n < 5 || n > 6 || v[0].kind != PICKLE_TEXT || !clip__name_is(v[0].as.text, (size_t)v[0].n, "storage") ||
        v[1].kind != PICKLE_GLOBAL || v[1].n < PICKLE_STORAGES || v[1].n == PICKLE_CLASS || v[2].kind != PICKLE_TEXT ||
        v[4].kind != PICKLE_INTEGER)
        return pickle_fail(m, "refers to something that is not a storage of numbers");
    if (n == 6 && v[5].kind != PICKLE_NONE) return pickle_fail(m, "has a storage that is a part of another one");
    memset(&s, 0, sizeof s);
    while (strcmp(source_types[s.type].name, pickle_globals[v[1].n].type)) s.type++;
    s.key = v[2].as.text;
    s.key_size = (size_t)v[2].n;
    s.count = v[4].n;
    if (s.count > (SIZE_MAX >> 8)) return pickle_fail(m, "has a storage of an impossible size");
    if (!run_grow(m->r, &m->storages, m->n_storages, &m->storages_room, sizeof s)) return 0;
    m->storages[m->n_storages] = s;
    return pickle_push_number(m, PICKLE_STORAGE, m->n_storages++);
}

// _rebuild_tensor(storage, offset, shape, stride), and _v2 with more behind it that changes no number.
static int pickle_rebuild(pickle *m, const pickle_value *v, size_t n) {
    pickle_tensor t;
    const pickle_value *shape, *stride;
    memset(&t, 0, sizeof t);
    if (n < 4 || v[0].kind != PICKLE_STORAGE || v[1].kind != PICKLE_INTEGER || v[2].kind != PICKLE_TUPLE ||
        v[3].kind != PICKLE_TUPLE)
        return pickle_fail(m, "rebuilds a tensor from other things than storage, offset, shape and stride");
    t.rank = pickle_items(v[2], &shape);
    if (t.rank > SOURCE_RANK || pickle_items(v[3], &stride) != t.rank)
        return pickle_fail(m, "has a tensor with too many dimensions, or not as many strides");
    t.storage = (size_t)v[0].n;
    t.offset = v[1].n;
    for (size_t i = 0; i < t.rank; i++) {
        if (shape[i].kind != PICKLE_INTEGER || stride[i].kind != PICKLE_INTEGER || shape[i].n >> 63 ||
            stride[i].n >> 63)
            return pickle_fail(m, "has a tensor whose shape or stride is not a list of numbers from 0 up");
        t.shape[i] = shape[i].n;
        t.stride[i] = stride[i].n;
    }
    if (!run_grow(m->r, &m->tensors, m->n_tensors, &m->tensors_room, sizeof t)) return 0;
    m->tensors[m->n_tensors] = t;
    return pickle_push_number(m, PICKLE_TENSOR, m->n_tensors++);
}

static int pickle_call(pickle *m) {
    pickle_value args = {0}, function = {0};
    const pickle_value *v, *pair;
    size_t n;
    if (!pickle_pop(m, &args) || !pickle_pop(m, &function)) return 0;
    n = pickle_items(args, &v);
    if (function.kind != PICKLE_GLOBAL || args.kind != PICKLE_TUPLE)
        return pickle_fail(m, "calls what is not a function");
    switch (function.n) {
    case PICKLE_ORDERED_DICT: { // empty, or of a list of pairs
        size_t pairs = n ? pickle_items(v[0], &v) : 0;
        m->copied += 2 * pairs; // a list of its own for each dict takes more bytes than this
        if (m->copied > (size_t)(m->p - m->start))
            return pickle_fail(m, "makes dicts of the same list again and again");
        for (size_t i = 0; i < pairs; i++) {
            if (pickle_items(v[i], &pair) != 2) return pickle_fail(m, "makes a dict of what are not pairs");
            if (!pickle_push(m, pair[0]) || !pickle_push(m, pair[1])) return 0;
        }
        return pickle_collect(m, PICKLE_DICT, pairs * 2, 0);
    }
    case PICKLE_SIZE_TUPLE:
        if (n != 1 || v[0].kind != PICKLE_TUPLE) return pickle_fail(m, "makes a size of what is not a tuple");
        return pickle_push(m, v[0]);
    case PICKLE_REBUILD_TENSOR:
    case PICKLE_REBUILD_TENSOR_V2: return pickle_rebuild(m, v, n);
    case PICKLE_REBUILD_PARAMETER:
        if (!n || v[0].kind != PICKLE_TENSOR) return pickle_fail(m, "makes a parameter of what is not a tensor");
        return pickle_push(m, v[0]);
    case PICKLE_JIT_LIST:
    case PICKLE_JIT_LIST + 1:
    case PICKLE_JIT_LIST + 2:
    case PICKLE_JIT_LIST + 3:
    case PICKLE_JIT_TAG: // the value, and what type it was
        if (!n) return pickle_fail(m, "makes a list of nothing");
        return pickle_push(m, v[0]);
    default: return pickle_fail(m, "calls a storage type");
    }
}

// n bytes that belong to the instruction; NULL, and the reason told, if they are not there.
static const unsigned char *pickle_take(pickle *m, uint64_t n) {
    const unsigned char *at = m->p;
    if (n > (uint64_t)(m->end - m->p)) {
        pickle_fail(m, "ends too early; is the file cut?");
        return NULL;
    }
    m->p += n;
    return at;
}

static int pickle_number(pickle *m, size_t bytes, uint64_t *out) { // unsigned, little-endian
    const unsigned char *at = pickle_take(m, bytes);
    if (at) *out = clip__read_le(at, bytes);
    return at != NULL;
}

// A length of `bytes` bytes, then so many bytes.
static int pickle_bytes(pickle *m, size_t bytes, enum pickle_kind kind) {
    pickle_value v;
    const unsigned char *at;
    memset(&v, 0, sizeof v);
    v.kind = kind;
    if (!pickle_number(m, bytes, &v.n) || !(at = pickle_take(m, v.n))) return 0;
    v.as.text = (const char *)at;
    return pickle_push(m, v);
}

static int pickle_line(pickle *m, const char **line, size_t *size) {
    const unsigned char *feed = (const unsigned char *)memchr(m->p, '\n', (size_t)(m->end - m->p));
    if (!feed) return pickle_fail(m, "ends too early; is the file cut?");
    *line = (const char *)m->p;
    *size = (size_t)(feed - m->p);
    m->p = feed + 1;
    return 1;
}

// One instruction. 0: it failed.
static int pickle_step(pickle *m, unsigned op) {
    pickle_value v, w;
    uint64_t n = 0;
    const char *module = NULL, *name = NULL;
    size_t module_size = 0, name_size = 0;
    const unsigned char *at;
    switch (op) {
    case 0x80: return pickle_take(m, 1) != NULL;            // PROTO
    case 0x95: return pickle_take(m, 8) != NULL;            // FRAME
    case '(': return pickle_push_number(m, PICKLE_MARK, 0); // MARK
    case '0': return pickle_pop(m, &v);                     // POP
    case '1':                                               // POP_MARK
        n = pickle_above_mark(m);
        if (n != (size_t)-1) m->n_stack -= (size_t)n + 1;
        return n != (size_t)-1;
    case '2': return pickle_pop(m, &v) && pickle_push(m, v) && pickle_push(m, v); // DUP
    case 'N': return pickle_push_number(m, PICKLE_NONE, 0);                       // NONE
    case 0x88: return pickle_push_number(m, PICKLE_INTEGER, 1);                   // NEWTRUE
    case 0x89: return pickle_push_number(m, PICKLE_INTEGER, 0);                   // NEWFALSE
    case 'J':
        return pickle_number(m, 4, &n) && pickle_push_number(m, PICKLE_INTEGER, n >> 31 ? n | ~(uint64_t)0 << 32 : n);
    case 'K': return pickle_number(m, 1, &n) && pickle_push_number(m, PICKLE_INTEGER, n); // BININT1
    case 'M': return pickle_number(m, 2, &n) && pickle_push_number(m, PICKLE_INTEGER, n); // BININT2
    case 0x8a:                                                                            // LONG1
        if (!pickle_number(m, 1, &n) || !(at = pickle_take(m, n))) return 0;
        if (n > 8) return pickle_push_number(m, PICKLE_OPAQUE, 0);
        v.n = clip__read_le(at, (size_t)n);
        if (n && n < 8 && at[n - 1] & 0x80) v.n |= ~(uint64_t)0 << 8 * n;
        return pickle_push_number(m, PICKLE_INTEGER, v.n);
    case 0x8b: return pickle_bytes(m, 4, PICKLE_OPAQUE);                           // LONG4
    case 'G': return pickle_take(m, 8) && pickle_push_number(m, PICKLE_OPAQUE, 0); // BINFLOAT
    case 'X': return pickle_bytes(m, 4, PICKLE_TEXT);                              // BINUNICODE
    case 0x8c: return pickle_bytes(m, 1, PICKLE_TEXT);                             // SHORT_BINUNICODE
    case 0x8d: return pickle_bytes(m, 8, PICKLE_TEXT);                             // BINUNICODE8
    case 'T': return pickle_bytes(m, 4, PICKLE_TEXT);                              // BINSTRING, Python 2
    case 'U': return pickle_bytes(m, 1, PICKLE_TEXT);                              // SHORT_BINSTRING
    case 'B': return pickle_bytes(m, 4, PICKLE_OPAQUE);                            // BINBYTES
    case 'C': return pickle_bytes(m, 1, PICKLE_OPAQUE);                            // SHORT_BINBYTES
    case 0x8e: return pickle_bytes(m, 8, PICKLE_OPAQUE);                           // BINBYTES8
    case ')': return pickle_collect(m, PICKLE_TUPLE, 0, 0);                        // EMPTY_TUPLE
    case 0x85: return pickle_collect(m, PICKLE_TUPLE, 1, 0);                       // TUPLE1
    case 0x86: return pickle_collect(m, PICKLE_TUPLE, 2, 0);                       // TUPLE2
    case 0x87: return pickle_collect(m, PICKLE_TUPLE, 3, 0);                       // TUPLE3
    case 't': return pickle_collect(m, PICKLE_TUPLE, pickle_above_mark(m), 1);     // TUPLE
    case ']': return pickle_collect(m, PICKLE_LIST, 0, 0);                         // EMPTY_LIST
    case 'l': return pickle_collect(m, PICKLE_LIST, pickle_above_mark(m), 1);      // LIST
    case 'a': return pickle_extend(m, PICKLE_LIST, 1, 0);                          // APPEND
    case 'e': return pickle_extend(m, PICKLE_LIST, pickle_above_mark(m), 1);       // APPENDS
    case '}': return pickle_collect(m, PICKLE_DICT, 0, 0);                         // EMPTY_DICT
    case 'd': return pickle_collect(m, PICKLE_DICT, pickle_above_mark(m), 1);      // DICT
    case 's': return pickle_extend(m, PICKLE_DICT, 2, 0);                          // SETITEM
    case 'u': return pickle_extend(m, PICKLE_DICT, pickle_above_mark(m), 1);       // SETITEMS
    case 'q': return pickle_number(m, 1, &n) && pickle_memoize(m, n);              // BINPUT
    case 'r': return pickle_number(m, 4, &n) && pickle_memoize(m, n);              // LONG_BINPUT
    case 0x94: return pickle_memoize(m, m->n_memo);                                // MEMOIZE
    case 'h': return pickle_number(m, 1, &n) && pickle_recall(m, n);               // BINGET
    case 'j': return pickle_number(m, 4, &n) && pickle_recall(m, n);               // LONG_BINGET
    case 'c':                                                                      // GLOBAL
        return pickle_line(m, &module, &module_size) && pickle_line(m, &name, &name_size) &&
               pickle_global(m, module, module_size, name, name_size);
    case 0x93: // STACK_GLOBAL
        if (!pickle_pop(m, &w) || !pickle_pop(m, &v)) return 0;
        if (v.kind != PICKLE_TEXT || w.kind != PICKLE_TEXT)
            return pickle_fail(m, "names a function by what is not text");
        return pickle_global(m, v.as.text, (size_t)v.n, w.as.text, (size_t)w.n);
    case 'R': return pickle_call(m); // REDUCE
    case 0x81:                       // NEWOBJ: a record of TorchScript's, still empty
        if (!pickle_pop(m, &v) || !pickle_pop(m, &w)) return 0;
        if (w.kind != PICKLE_GLOBAL || w.n != PICKLE_CLASS)
            return pickle_fail(m, "makes an object of what is no class");
        return pickle_collect(m, PICKLE_RECORD, 0, 0);
    case 'b':                                                   // BUILD: attributes
        if (!pickle_pop(m, &v) || !pickle_pop(m, &w)) return 0; // of a dict (_metadata)
        if (w.kind == PICKLE_RECORD) {
            if (v.kind != PICKLE_DICT || w.as.list->n) return pickle_fail(m, "fills a record with what is no dict");
            *w.as.list = *v.as.list;
        } else if (w.kind != PICKLE_DICT && w.kind != PICKLE_TENSOR)
            return pickle_fail(m, "gives attributes to what has none");
        return pickle_push(m, w);
    case 'Q': return pickle_pop(m, &v) && pickle_persistent(m, v); // BINPERSID
    default:
        m->p--;
        return run_fail(m->r, CLIP_ERROR_UNSUPPORTED,
                        "%s: byte %llu of its pickle: no state dict has an instruction 0x%02x", m->file,
                        (unsigned long long)(m->p - m->start), op);
    }
}

// Runs the pickle at m->p to its end; m->p is then behind it.
static int pickle_load(pickle *m, pickle_value *out) {
    const unsigned char *op;
    const unsigned char *file_end = m->end;
    m->start = m->p;
    m->n_stack = m->n_memo = m->copied = 0;
    if ((size_t)(file_end - m->p) > PICKLE_SIZE) m->end = m->p + PICKLE_SIZE;
    while ((op = pickle_take(m, 1)) != NULL && *op != '.')
        if (!pickle_step(m, *op)) return 0;
    if (!op && m->end != file_end)
        return run_fail(m->r, CLIP_ERROR_UNSUPPORTED,
                        "%s: its pickle has more than %d bytes, far more than a state dict's", m->file, PICKLE_SIZE);
    m->end = file_end;
    return op && pickle_pop(m, out);
}

// ---- torch.save ----------------------------------------------------------------------------------------------------

static int torch_key_is(pickle_value v, const char *name) {
    return v.kind == PICKLE_TEXT && clip__name_is(v.as.text, (size_t)v.n, name);
}

static int torch_has_tensors(pickle_value v) {
    if (v.kind != PICKLE_DICT) return 0;
    for (size_t i = 1; i < v.as.list->n; i += 2)
        if (v.as.list->items[i].kind == PICKLE_TENSOR) return 1;
    return 0;
}

static int torch_name(pickle *m, uint64_t size) { // one more of these
    if (size > m->names)
        return run_fail(m->r, CLIP_ERROR_FORMAT,
                        "%s: the names of its tensors take more than %d times the file, which no model's do", m->file,
                        NAMES_RATIO);
    m->names -= size;
    return 1;
}

// The tensors of a TorchScript module and of those inside it, under the names that its state dict would have.
static int torch_flatten(pickle *m, pickle_value *v) {
    run *r = m->r;
    const char *file = m->file;
    enum { DEEPEST = 64, MOST = 1 << 20 };
    const pickle_list *records[DEEPEST];
    size_t at[DEEPEST] = {0}, lengths[DEEPEST] = {0}, depth = 1, seen = 0;
    char name[SOURCE_NAME];
    pickle_list *flat = (pickle_list *)run_alloc(r, 1, sizeof *flat);
    if (!flat) return 0;
    memset(flat, 0, sizeof *flat);
    records[0] = v->as.list;
    while (depth) {
        const pickle_list *record = records[depth - 1];
        const size_t i = at[depth - 1], before = lengths[depth - 1];
        const pickle_value *key, *value;
        if (i + 1 >= record->n) {
            depth--;
            continue;
        }
        at[depth - 1] = i + 2;
        key = &record->items[i], value = &record->items[i + 1];
        if (++seen > MOST) return run_fail(r, CLIP_ERROR_FORMAT, "%s: a module that has no end", file);
        if ((value->kind != PICKLE_TENSOR && value->kind != PICKLE_RECORD) || key->kind != PICKLE_TEXT) continue;
        if (key->n > sizeof name - 2 - before || (value->kind == PICKLE_RECORD && depth == DEEPEST))
            return run_fail(r, CLIP_ERROR_FORMAT, "%s: modules within modules, too deep", file);
        memcpy(name + before, key->as.text, (size_t)key->n);
        if (value->kind == PICKLE_RECORD) {
            name[before + key->n] = '.';
            records[depth] = value->as.list;
            at[depth] = 0;
            lengths[depth++] = before + (size_t)key->n + 1;
        } else {
            pickle_value full;
            memset(&full, 0, sizeof full);
            full.kind = PICKLE_TEXT;
            full.n = before + key->n;
            if (!torch_name(m, full.n)) return 0;
            full.as.text = run_copy(r, name, (size_t)full.n);
            for (int k = 0; k < 2; k++) {
                if (!full.as.text || !run_grow(r, &flat->items, flat->n, &flat->room, sizeof full)) return 0;
                flat->items[flat->n++] = k ? *value : full;
            }
        }
    }
    v->kind = PICKLE_DICT;
    v->as.list = flat;
    return 1;
}

// Finds the state dict: what was saved, or the part of a checkpoint under one of the usual names. Beside that may be
// other tensors: the best loss, the state of a random generator.
static int torch_state_dict(pickle *m, pickle_value *v) {
    run *r = m->r;
    const char *file = m->file;
    static const char *const usual[] = {"state_dict", "model_state_dict", "model",         "module",
                                        "net",        "network",          "weights",       "params",
                                        "ema",        "model_ema",        "state_dict_ema"};
    if (v->kind == PICKLE_RECORD && !torch_flatten(m, v)) return 0;
    for (int depth = 0; depth < 4 && v->kind == PICKLE_DICT; depth++) {
        const pickle_list *list = v->as.list;
        const int has = torch_has_tensors(*v);
        size_t found = 0;
        for (size_t name = 0; name < sizeof usual / sizeof *usual && !found; name++)
            for (size_t i = 0; i + 1 < list->n && !found; i += 2)
                if (torch_key_is(list->items[i], usual[name]) && list->items[i + 1].kind == PICKLE_DICT &&
                    (!has || torch_has_tensors(list->items[i + 1]))) {
                    run_note(r, "%s is a checkpoint; taking what it has under \"%s\"", file, usual[name]);
                    found = i + 1;
                }
        if (!found) break;
        *v = list->items[found];
    }
    if (!torch_has_tensors(*v))
        return run_fail(r, CLIP_ERROR_FORMAT,
                        "%s: holds no state dict, that is, no dict of tensors, also not under \"state_dict\" or "
                        "\"model\"; save model.state_dict()",
                        file);
    for (size_t i = 0; i + 1 < v->as.list->n; i += 2) { // torch_collect copies them
        const pickle_value *key = &v->as.list->items[i];
        if (key[1].kind == PICKLE_TENSOR && key->kind == PICKLE_TEXT && !torch_name(m, key->n)) return 0;
    }
    return 1;
}

// The tensor as a list of numbers one after the other: a view where it is one already, else a copy.
static int torch_tensor(run *r, const char *file, const pickle *m, const pickle_tensor *p, source_tensor *t,
                        uint64_t *budget) {
    const pickle_storage *s = &m->storages[p->storage];
    const size_t width = source_types[s->type].size;
    uint64_t last = p->offset, dense = 1, index[SOURCE_RANK] = {0};
    int contiguous = 1;
    unsigned char *copy;
    for (size_t i = 0; i < t->rank && t->count; i++) {
        if (p->shape[i] > 1 && p->stride[i] > s->count / (p->shape[i] - 1)) last = UINT64_MAX;
        else last = last > s->count ? UINT64_MAX : last + (p->shape[i] - 1) * p->stride[i];
        if (last == UINT64_MAX) break;
    }
    for (size_t i = t->rank; i--; dense *= p->shape[i])
        if (p->shape[i] != 1 && p->stride[i] != dense) contiguous = 0;
    if (t->count && last >= s->count)
        return run_fail(r, CLIP_ERROR_FORMAT, "%s: tensor %s reaches beyond its storage of %llu numbers", file, t->name,
                        (unsigned long long)s->count);
    if (t->size > *budget)
        return run_fail(r, CLIP_ERROR_FORMAT,
                        "%s: tensor %s: the tensors share so much that they are far larger than the file", file,
                        t->name);
    *budget -= t->size;
    t->data = t->count ? s->data + p->offset * width : s->data;
    if (contiguous || !t->count) return 1;
    copy = (unsigned char *)run_alloc(r, t->size, 1);
    if (!copy) return 0;
    t->data = copy;
    for (uint64_t n = 0; n < t->count;
         n++, copy += width) { // index counts through the shape, the last dimension fastest
        uint64_t at = p->offset;
        for (size_t i = 0; i < t->rank; i++) at += index[i] * p->stride[i];
        memcpy(copy, s->data + at * width, width);
        for (size_t i = t->rank; i-- && ++index[i] == p->shape[i];) index[i] = 0;
    }
    return 1;
}

// Adds the tensors of the dict, whose storages have been found, to *out.
static int torch_collect(run *r, const char *file, size_t file_size, const pickle *m, pickle_value dict, source *out) {
    uint64_t budget = (uint64_t)file_size * 8; // tied weights at most double what is stored
    for (size_t i = 0; i + 1 < dict.as.list->n; i += 2) {
        const pickle_value key = dict.as.list->items[i], value = dict.as.list->items[i + 1];
        const pickle_tensor *p;
        source_tensor t;
        if (value.kind != PICKLE_TENSOR) continue; // an epoch, a name
        if (key.kind != PICKLE_TEXT)
            return run_fail(r, CLIP_ERROR_FORMAT, "%s: a tensor has a name that is not text", file);
        p = &m->tensors[value.n];
        memset(&t, 0, sizeof t);
        t.file = file;
        t.name = key.as.text;
        t.name_size = (size_t)key.n;
        t.rank = p->rank;
        memcpy(t.shape, p->shape, sizeof t.shape);
        if (!source_add(r, out, &t, m->storages[p->storage].type) ||
            !torch_tensor(r, file, m, p, &out->tensors[out->n - 1], &budget))
            return 0;
    }
    return 1;
}

static int torch_read_zip(run *r, const char *file, const unsigned char *bytes, size_t size, source *out) {
    zip_entry *entries = NULL, *entry, *program = NULL; // program: data.pkl
    size_t n = 0, prefix = 0, room = 0;
    uint64_t budget = (uint64_t)size * ZIP_RATIO;
    const char *archive = NULL; // up to `prefix`
    char *name;
    pickle m;
    pickle_value dict;
    if (budget < ZIP_ALWAYS) budget = ZIP_ALWAYS;
    if (!zip_open(r, file, bytes, size, &entries, &n)) return 0;
    memset(&m, 0, sizeof m);
    m.r = r;
    m.file = file;
    m.names = (uint64_t)size * NAMES_RATIO + NAMES_ALWAYS;
    for (size_t i = 0; i < n; i++) {
        static const char wanted[] = "data.pkl";
        size_t before = entries[i].name_size - (sizeof wanted - 1);
        if (entries[i].name_size >= sizeof wanted - 1 && !memcmp(entries[i].name + before, wanted, sizeof wanted - 1) &&
            (!before || entries[i].name[before - 1] == '/')) {
            program = &entries[i];
            archive = entries[i].name;
            prefix = before;
        }
        if (entries[i].name_size > room) room = entries[i].name_size;
    }
    if (!program)
        return run_fail(r, CLIP_ERROR_FORMAT, "%s: a zip that torch.save did not write: it has no data.pkl", file);
    name = (char *)run_alloc(r, room + 16, 1);
    if (!name) return 0;
    if (prefix) memcpy(name, archive, prefix);
    memcpy(name + prefix, "byteorder", 9);
    entry = zip_find(entries, n, name, prefix + 9);
    if (entry && !zip_unpack(r, file, entry, &budget)) return 0;
    if (entry && !(entry->size == 6 && !memcmp(entry->data, "little", 6)))
        return run_fail(r, CLIP_ERROR_UNSUPPORTED,
                        "%s: was written on a big-endian machine; save it anew on another one", file);
    memcpy(name + prefix, "constants.pkl", 13);
    out->torchscript = zip_find(entries, n, name, prefix + 13) != NULL;
    if (!zip_unpack(r, file, program, &budget)) return 0;
    m.p = program->data;
    m.end = m.p + program->size;
    if (!pickle_load(&m, &dict) || !torch_state_dict(&m, &dict)) return 0;
    memcpy(name + prefix, "data/", 5);
    for (size_t i = 0; i < m.n_storages; i++) {
        pickle_storage *s = &m.storages[i];
        size_t length = prefix + 5 + s->key_size;
        if (length <= room) memcpy(name + prefix + 5, s->key, s->key_size);
        entry = length > room ? NULL : zip_find(entries, n, name, length);
        if (!entry)
            return run_fail(r, CLIP_ERROR_FORMAT, "%s: lacks its storage %.*s", file, SHOW(s->key, s->key_size));
        if (entry->deflated) size += entry->unpacked; // as large as if it had been stored
        if (!zip_unpack(r, file, entry, &budget)) return 0;
        if (s->count > entry->size / source_types[s->type].size)
            return run_fail(r, CLIP_ERROR_FORMAT,
                            "%s: storage %.*s has %llu bytes, too few for %llu numbers of type %s", file,
                            (int)s->key_size, s->key, (unsigned long long)entry->size, (unsigned long long)s->count,
                            source_types[s->type].name);
        s->data = entry->data;
    }
    return torch_collect(r, file, size, &m, dict, out);
}

// The form of before PyTorch 1.6. 0x1950a86a20f9469cfc6c, pickled, is how it begins.
static const unsigned char torch_legacy_magic[15] = {0x80, 2,    0x8a, 10,   0x6c, 0xfc, 0x9c, 0x46,
                                                     0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, '.'};

static int torch_compare_storages(const void *a, const void *b) {
    const pickle_storage *x = *(const pickle_storage *const *)a, *y = *(const pickle_storage *const *)b;
    int order = memcmp(x->key, y->key, source_min(x->key_size, y->key_size));
    return order ? order : (x->key_size > y->key_size) - (x->key_size < y->key_size);
}

static int torch_read_legacy(run *r, const char *file, const unsigned char *bytes, size_t size, source *out) {
    pickle m;
    pickle_value version, machine, dict, keys;
    const pickle_value *key;
    pickle_storage **sorted; // several tensors may name the same storage
    size_t n_keys;
    memset(&m, 0, sizeof m);
    m.r = r;
    m.file = file;
    m.names = (uint64_t)size * NAMES_RATIO + NAMES_ALWAYS;
    m.p = bytes + sizeof torch_legacy_magic;
    m.end = bytes + size;
    if (!pickle_load(&m, &version) || !pickle_load(&m, &machine)) return 0;
    if (version.kind != PICKLE_INTEGER || version.n != 1001 || machine.kind != PICKLE_DICT)
        return run_fail(r, CLIP_ERROR_UNSUPPORTED, "%s: was written by a torch.save that is not known here", file);
    for (size_t i = 0; i + 1 < machine.as.list->n; i += 2)
        if (torch_key_is(machine.as.list->items[i], "little_endian") && machine.as.list->items[i + 1].n != 1)
            return run_fail(r, CLIP_ERROR_UNSUPPORTED,
                            "%s: was written on a big-endian machine; save it anew on another one", file);
    if (!pickle_load(&m, &dict) || !pickle_load(&m, &keys) || !torch_state_dict(&m, &dict)) return 0;
    n_keys = pickle_items(keys, &key);
    sorted = (pickle_storage **)run_alloc(r, m.n_storages, sizeof *sorted);
    if (!sorted) return 0;
    for (size_t i = 0; i < m.n_storages; i++) sorted[i] = &m.storages[i];
    if (m.n_storages) qsort(sorted, m.n_storages, sizeof *sorted, torch_compare_storages);
    for (size_t i = 0; i < n_keys; i++) { // the numbers of each storage: how many, then they
        pickle_storage wanted, *w = &wanted, **found;
        uint64_t count;
        size_t bytes_left = (size_t)(m.end - m.p), at;
        wanted.key = key[i].as.text;
        wanted.key_size = (size_t)key[i].n;
        found = key[i].kind == PICKLE_TEXT && m.n_storages
                    ? (pickle_storage **)bsearch(&w, sorted, m.n_storages, sizeof *sorted, torch_compare_storages)
                    : NULL;
        if (!found) return run_fail(r, CLIP_ERROR_FORMAT, "%s: has a storage that no tensor names", file);
        for (at = (size_t)(found - sorted); at && !torch_compare_storages(&sorted[at - 1], &w);) at--;
        if (sorted[at]->data) return run_fail(r, CLIP_ERROR_FORMAT, "%s: has a storage twice", file);
        count = bytes_left < 8 ? UINT64_MAX : clip__read_le(m.p, 8);
        if (count != sorted[at]->count || count > (bytes_left - 8) / source_types[sorted[at]->type].size)
            return run_fail(r, CLIP_ERROR_FORMAT,
                            "%s: storage %.*s of %llu numbers does not fit into the file; is it cut?", file,
                            SHOW(wanted.key, wanted.key_size), (unsigned long long)sorted[at]->count);
        for (size_t type = sorted[at]->type; at < m.n_storages && !torch_compare_storages(&sorted[at], &w); at++) {
            if (sorted[at]->count != count || sorted[at]->type != type)
                return run_fail(r, CLIP_ERROR_FORMAT, "%s: storage %.*s has several types or sizes", file,
                                SHOW(wanted.key, wanted.key_size));
            sorted[at]->data = m.p + 8;
        }
        at = (size_t)(found - sorted);
        m.p += 8 + count * source_types[sorted[at]->type].size;
    }
    for (size_t i = 0; i < m.n_storages; i++)
        if (!m.storages[i].data)
            return run_fail(r, CLIP_ERROR_FORMAT, "%s: lacks its storage %.*s", file,
                            SHOW(m.storages[i].key, m.storages[i].key_size));
    return torch_collect(r, file, size, &m, dict, out);
}

static int torch_is(const unsigned char *bytes, size_t size) {
    return (size >= 4 && clip__read_le(bytes, 4) == 0x04034b50) ||
           (size >= sizeof torch_legacy_magic && !memcmp(bytes, torch_legacy_magic, sizeof torch_legacy_magic));
}

// Adds the tensors of the file to *out; their data are views into `bytes`, or copies where they don't lie one behind
// the other.
static int torch_read(run *r, const char *file, const unsigned char *bytes, size_t size, source *out) {
    return clip__read_le(bytes, 4) == 0x04034b50 ? torch_read_zip(r, file, bytes, size, out)
                                                 : torch_read_legacy(r, file, bytes, size, out);
}

#endif // CLIP_READ_TORCH_H
