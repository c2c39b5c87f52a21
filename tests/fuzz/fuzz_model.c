// Any bytes as a .clip: what loads is asked about, tested by its self-test, and encodes a picture and a text.
//
//     clang -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -I.
//         tests/fuzz/fuzz_model.c -o build/fuzz_model -lm -lpthread
//     build/fuzz_model -max_total_time=600 build/corpus tests/goldens
//
// The mutator knows the format: it changes keys and tensors as records, and mostly puts sizes, offsets and checksums
// right afterwards, so that what it did gets past them. From nothing it starts with tiny models of each architecture.
#define CLIP_IMPLEMENTATION
#include "clip_tokenizer.h"
#include "clip.h"

#ifndef HOLDS
#define HOLDS(x) ((x) ? (void)0 : abort())
#endif
enum { MOST_MEMORY = 16 << 20, MOST_TOKENS = 32, MOST_RECORDS = 1024 };
#define MOST_WORK 5e6 // multiplications for one picture or text; what asks for more is valid, and would only be slow

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);

// ---- the target ----

static void use(const clip_model *model) {
    static const unsigned char rgb[3 * 2 * 3] = {255, 0, 0, 9, 8, 7, 0, 0, 255, 1, 2, 3, 0, 255, 0, 77, 66, 55};
    static const char *const text = "a red roof, d\xc3\xa9j\xc3\xa0 \xff";
    clip_options opt = {0};
    clip_image image = {rgb, 3, 2, 3, 0};
    clip_context *c = NULL;
    clip_model_info info;
    clip_error why;
    clip_result result;
    size_t size, count;
    float *out, worst;
    int32_t ids[MOST_TOKENS], id = 0;

    clip_model_get_info(model, &info);
    HOLDS(info.image.tower || info.text.tower);
    HOLDS(info.embed_dim && info.embed_dim == clip_embed_dim(model));
    opt.max_batch = 1 + info.embed_dim % 2;
    opt.max_tokens = MOST_TOKENS;
    opt.raw = info.embed_dim % 3 == 0;
    opt.max_memory = MOST_MEMORY, opt.max_work = MOST_WORK;
    if (clip_context_new(model, &opt, &why, &c)) {
        HOLDS(why.result == CLIP_ERROR_ARGUMENT &&
              (strstr(why.message, "max_memory") || strstr(why.message, "max_work")));
        return;
    }
    HOLDS(!clip_context_size(model, &opt, &why, &size) && size <= MOST_MEMORY);
    out = (float *)malloc(3 * info.embed_dim * sizeof *out);
    result = clip_selftest(c, &worst);
    HOLDS(result == CLIP_OK || *clip_context_error(c));
    if (info.image.tower) {
        clip_image images[3];
        for (int i = 0; i < 3; i++) images[i] = image;
        images[1].channels = 1;
        images[2].width = images[2].height = 1;
        HOLDS(!clip_encode_images(c, images, 3, out));
    } else HOLDS(clip_encode_images(c, &image, 1, out) == CLIP_ERROR_UNSUPPORTED);
    if (info.text.tower) {
        static const int32_t several[4] = {0, 0, 0, 0};
        static const unsigned char mask[4] = {0, 1, 1, 0};
        HOLDS(!clip_encode_tokens(c, &id, NULL, 1, 1, out));
        HOLDS(!clip_encode_tokens(c, several, mask, 2, 2, out));
        id = (int32_t)info.vocabulary;
        HOLDS(clip_encode_tokens(c, &id, NULL, 1, 1, out) == CLIP_ERROR_ARGUMENT);
    } else HOLDS(clip_encode_tokens(c, &id, NULL, 1, 1, out) == CLIP_ERROR_UNSUPPORTED);
    if (info.text.tower && info.tokenizer) {
        const char *texts[3] = {text, "", text + 2};
        HOLDS(!clip_encode_texts(c, texts, 3, out));
        HOLDS(!clip_tokenize(c, text, ids, MOST_TOKENS, &count) && count >= 2 && count <= MOST_TOKENS);
    }
    clip_context_free(c);
    free(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    // A copy that ends where the memory does, so that ASan sees every byte read beyond it; aligned to 4 and no better.
    unsigned char *memory = (unsigned char *)malloc(size + 4), *copy = memory + 4;
    clip_model *model = NULL;
    clip_error why = {CLIP_OK, ""};
    clip_result result;
    if (size) memcpy(copy, data, size);
    result = clip_model_load_memory(copy, size, NULL, &why, &model);
    HOLDS(!result == !!model);
    if (result) HOLDS(why.result == result && *why.message);
    if (model) use(model);
    clip_model_free(model);
    free(memory);
    return 0;
}

// ---- tiny models, to begin with ----

#include "random.h"

typedef struct writer {
    uint8_t *data;
    size_t size, n_keys, n_tensors;
} writer;

static void put(writer *w, const void *bytes, size_t n) {
    memcpy(w->data + w->size, bytes, n);
    w->size += n;
}

static void put_number(writer *w, uint64_t v, size_t bytes) {
    clip__write_le(w->data + w->size, v, bytes);
    w->size += bytes;
}

static void put_key(writer *w, const char *name, unsigned type, const void *value, size_t size) {
    put_number(w, strlen(name), 2), put_number(w, type, 2), put_number(w, size, 4);
    put(w, name, strlen(name)), put(w, value, size);
    w->n_keys++;
}

static void put_text(writer *w, const char *name, const char *value) {
    put_key(w, name, CLIP__KEY_TEXT, value, strlen(value));
}

// "width=4 heads=2" as keys of one integer each.
static void put_integers(writer *w, const char *tower, const char *list) {
    char name[64];
    for (unsigned long v; sscanf(list, "%40[^=]=%lu", name, &v) == 2;
         list += strcspn(list, " "), list += *list == ' ') {
        char path[128];
        uint8_t bytes[8];
        clip__write_le(bytes, v, 8);
        put_key(w, clip__path(path, tower, name), CLIP__KEY_INTEGERS, bytes, 8);
    }
}

static void put_real(writer *w, const char *name, double v, size_t n) {
    uint8_t bytes[24];
    uint64_t bits;
    memcpy(&bits, &v, 8);
    for (size_t i = 0; i < n; i++) clip__write_le(bytes + 8 * i, bits, 8);
    put_key(w, name, CLIP__KEY_REALS, bytes, 8 * n);
}

static void put_tensor(writer *w, const char *tower, const char *name, unsigned type, unsigned layout, size_t a,
                       size_t b, size_t c, size_t d) {
    char path[128];
    clip__path(path, tower, name);
    put_number(w, strlen(path), 2), put_number(w, 0, 2);
    put_number(w, type, 1), put_number(w, layout, 1), put_number(w, type, 1), put_number(w, 0, 1);
    put_number(w, a, 8), put_number(w, b, 8), put_number(w, c, 8), put_number(w, d, 8);
    put_number(w, 0, 8), put_number(w, 0, 8), put_number(w, 0, 4), put_number(w, 0, 4); // settle() fills them in
    put(w, path, strlen(path));
    w->n_tensors++;
}

static void put_vector(writer *w, const char *tower, const char *name, size_t n) {
    put_tensor(w, tower, name, CLIP__F32, CLIP__ROWS, n, 1, 1, 1);
}

static void put_conv(writer *w, const char *tower, const char *name, size_t out, size_t in, size_t kernel) {
    put_tensor(w, tower, name, CLIP__F32, CLIP__PANELS, out, in, kernel, kernel);
}

static void put_norm(writer *w, const char *tower, const char *name, size_t n, int batch) {
    static const char *const parts[] = {"weight", "bias", "mean", "var"};
    char path[96];
    snprintf(path, sizeof path, "%s.%s", tower, name);
    for (int i = 0; i < (batch ? 4 : 2); i++) put_vector(w, path, parts[i], n);
}

static void put_block(writer *w, const char *tower, size_t width, size_t mlp) {
    char path[64];
    snprintf(path, sizeof path, "%s.blocks.0", tower);
    put_norm(w, path, "norm1", width, 0), put_norm(w, path, "norm2", width, 0);
    put_conv(w, path, "attn.qkv.weight", 3 * width, width, 1), put_conv(w, path, "attn.proj.weight", width, width, 1);
    put_vector(w, path, "attn.qkv.bias", 3 * width);
    put_conv(w, path, "mlp.fc1.weight", mlp, width, 1), put_conv(w, path, "mlp.fc2.weight", width, mlp, 1);
}

static void put_head(writer *w, const char *tower, size_t in, size_t dim) {
    char path[64];
    snprintf(path, sizeof path, "%s.head", tower);
    put_conv(w, path, "projection.weight", dim, in, 1), put_conv(w, path, "fc.weight", dim, dim, 1);
    put_norm(w, path, "norm", dim, 0);
}

static const char vocab[] = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\nred\n##r\nde\n";
static size_t settle(uint8_t *data, size_t size, size_t max_size);

// kind 0: vit and bert, 1: resnet of basic blocks, 2: of bottlenecks. At most 16 KB before settle().
static size_t make_model(uint8_t *data, size_t max_size, unsigned kind) {
    enum { S = 8, PATCH = 4, T = 5, DIM = 3, CONTEXT = 6, WORDS = 9 };
    writer w = {NULL, CLIP__HEADER, 0, 0};
    size_t width = kind ? 3 : 4, size;
    w.data = (uint8_t *)calloc(1, 1 << 16);
    put_text(&w, "image.tower", kind ? "resnet" : "vit");
    put_text(&w, "image.resize", kind == 1 ? "short" : "stretch");
    put_text(&w, "image.filter", kind == 0 ? "bicubic" : kind == 1 ? "bilinear" : "cv-bilinear");
    put_real(&w, "image.mean", 0.5, 3), put_real(&w, "image.std", 0.25, 3), put_real(&w, "image.eps", 1e-5, 1);
    put_text(&w, "image.head", "mlp"), put_real(&w, "image.head.eps", 1e-5, 1);
    if (!kind) {
        put_integers(&w, "image", "size=8 width=4 layers=1 heads=2 mlp=5 patch=4");
        put_text(&w, "image.pool", "cls"), put_text(&w, "image.norm", "before"),
            put_text(&w, "image.activation", "gelu");
        put_text(&w, "text.tower", "bert"), put_text(&w, "text.pool", "mean"),
            put_text(&w, "text.activation", "gelu_tanh");
        put_real(&w, "text.eps", 1e-12, 1), put_text(&w, "text.head", "mlp"), put_real(&w, "text.head.eps", 0, 1);
        put_integers(&w, "text", "context=6 width=4 layers=1 heads=1 mlp=5");
        put_text(&w, "tokenizer.kind", "wordpiece"), put_integers(&w, "tokenizer", "cased=0");
        put_conv(&w, "image.patch", "weight", width, 3, PATCH), put_vector(&w, "image", "class", width);
        put_tensor(&w, "image", "positions", CLIP__F32, CLIP__ROWS, T, width, 1, 1);
        put_norm(&w, "image", "norm", width, 0), put_block(&w, "image", width, 5);
        put_tensor(&w, "text", "tokens", CLIP__F32, CLIP__ROWS, WORDS, width, 1, 1);
        put_tensor(&w, "text", "positions", CLIP__F32, CLIP__ROWS, CONTEXT, width, 1, 1);
        put_tensor(&w, "text", "types", CLIP__F32, CLIP__ROWS, 2, width, 1, 1);
        put_norm(&w, "text", "norm", width, 0), put_block(&w, "text", width, 5);
        put_head(&w, "text", width, DIM);
        put_tensor(&w, "tokenizer", "vocab", CLIP__UINT8, CLIP__ROWS, sizeof vocab - 1, 1, 1, 1);
        put_tensor(&w, "selftest", "text", CLIP__UINT8, CLIP__ROWS, 2, 1, 1, 1);
        put_tensor(&w, "selftest", "ids", CLIP__INT32, CLIP__ROWS, 4, 1, 1, 1);
        put_vector(&w, "selftest", "text_vector", DIM);
    } else {
        uint8_t depths[32] = {1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1};
        put_integers(&w, "image", "size=8");
        put_text(&w, "image.block", kind == 1 ? "basic" : "bottleneck");
        put_key(&w, "image.depths", CLIP__KEY_INTEGERS, depths, 32);
        put_conv(&w, "image.stem", "conv.weight", 2, 3, 7), put_norm(&w, "image.stem", "norm", 2, 1);
        for (size_t stage = 0, in = 2; stage < 4; stage++, in = width) {
            char path[64];
            snprintf(path, sizeof path, "image.stages.%lu.0", (unsigned long)stage);
            put_conv(&w, path, "conv1.weight", 2, in, kind == 1 ? 3 : 1), put_norm(&w, path, "norm1", 2, 1);
            put_conv(&w, path, "conv2.weight", kind == 1 ? width : 2, 2, 3),
                put_norm(&w, path, "norm2", kind == 1 ? width : 2, 1);
            if (kind == 2) put_conv(&w, path, "conv3.weight", width, 2, 1), put_norm(&w, path, "norm3", width, 1);
            put_conv(&w, path, "shortcut.conv.weight", width, in, 1), put_norm(&w, path, "shortcut.norm", width, 1);
        }
    }
    put_head(&w, "image", width, DIM);
    put_tensor(&w, "selftest", "image", CLIP__UINT8, CLIP__ROWS, S, S, 3, 1);
    put_tensor(&w, "selftest", "pixels", CLIP__UINT8, CLIP__ROWS, S, S, 3, 1);
    put_vector(&w, "selftest", "image_vector", DIM);
    memcpy(w.data, clip__magic, 8);
    clip__write_le(w.data + 8, 1, 4);
    clip__write_le(w.data + 16, clip__round_up(w.size, 64), 8);
    clip__write_le(w.data + 32, w.n_keys, 4);
    clip__write_le(w.data + 36, w.n_tensors, 4);
    w.size = settle(w.data, clip__round_up(w.size, 64), 1 << 16);
    { // the few bytes that must mean something: the ids are [CLS] a [UNK] [SEP]; a picture of S x S stays as it is
        static const uint8_t ids[16] = {2, 0, 0, 0, 5, 0, 0, 0, 1, 0, 0, 0, 3};
        clip__file f;
        clip__tensor t, image;
        clip_error why;
        HOLDS(!clip__file_open(w.data, w.size, &why, &f));
        if (clip__file_find_tensor(&f, "tokenizer.vocab", &t)) memcpy(w.data + t.offset, vocab, sizeof vocab - 1);
        if (clip__file_find_tensor(&f, "selftest.text", &t)) memcpy(w.data + t.offset, "a,", 2);
        if (clip__file_find_tensor(&f, "selftest.ids", &t)) memcpy(w.data + t.offset, ids, 16);
        if (clip__file_find_tensor(&f, "selftest.image", &image) && clip__file_find_tensor(&f, "selftest.pixels", &t))
            memcpy(w.data + t.offset, w.data + image.offset, S * S * 3);
        w.size = settle(w.data, w.size, 1 << 16);
    }
    size = w.size <= max_size ? w.size : 0;
    memcpy(data, w.data, size);
    free(w.data);
    return size;
}

// ---- the mutator ----

typedef struct records { // where keys and tensors begin, as far as the table can be followed
    size_t keys[MOST_RECORDS], tensors[MOST_RECORDS], n_keys, n_tensors;
    size_t end, data;
} records;

static uint64_t get(const uint8_t *p, size_t bytes) { return clip__read_le(p, bytes); }

static void find_records(const uint8_t *data, size_t size, records *r) {
    size_t at = CLIP__HEADER, length;
    uint64_t start = get(data + 16, 8);
    r->data = start >= CLIP__HEADER && start <= size ? (size_t)start : size;
    r->n_keys = r->n_tensors = 0;
    while (r->n_keys < get(data + 32, 4) && r->n_keys < MOST_RECORDS && r->data - at >= CLIP__KEY_HEADER) {
        length = CLIP__KEY_HEADER + (size_t)(get(data + at, 2) + get(data + at + 4, 4));
        if (length > r->data - at) break;
        r->keys[r->n_keys++] = at;
        at += length;
    }
    while (r->n_tensors < get(data + 36, 4) && r->n_tensors < MOST_RECORDS && r->data - at >= CLIP__TENSOR_HEADER) {
        length = CLIP__TENSOR_HEADER + (size_t)(get(data + at, 2) + get(data + at + 2, 2));
        if (length > r->data - at) break;
        r->tensors[r->n_tensors++] = at;
        at += length;
    }
    r->end = at;
}

static uint64_t record_bytes(const uint8_t *p) { // of a tensor's data, by its shape
    clip__tensor t;
    memset(&t, 0, sizeof t);
    t.type = p[4], t.layout = p[5];
    for (int i = 0; i < 4; i++) t.shape[i] = get(p + 8 + 8 * i, 8);
    return t.type < sizeof clip__type_size ? clip__tensor_bytes(&t) : UINT64_MAX;
}

static void settle_checksums(uint8_t *data, size_t size) {
    uint64_t start = get(data + 16, 8);
    clip__write_le(data + 24, size, 8);
    if (start >= CLIP__HEADER && start <= size)
        clip__write_le(data + 12, clip__crc32(0, data + 16, (size_t)start - 16), 4);
}

// Sizes and offsets from the shapes on, the data behind them moved or filled, all checksums right. The new size.
static size_t settle(uint8_t *data, size_t size, size_t max_size) {
    records r;
    size_t start, end;
    find_records(data, size, &r);
    start = clip__round_up(r.end, 64);
    if (start > max_size) return size;
    if (start > size) memset(data + size, 0, start - size), size = start;
    if (start > r.data && size + (start - r.data) <= max_size) {
        memmove(data + start, data + r.data, size - r.data);
        size += start - r.data;
    }
    memset(data + r.end, 0, start - r.end);
    end = start;
    for (size_t i = 0; i < r.n_tensors; i++) {
        uint8_t *p = data + r.tensors[i];
        uint64_t bytes = record_bytes(p);
        size_t offset = clip__round_up(end, 64);
        if (offset > max_size || bytes > max_size - offset) break; // the rest stays as it is, and wrong
        clip__write_le(p + 40, offset, 8);
        clip__write_le(p + 48, bytes, 8);
        // floats about 0.05
        for (; size < offset + bytes; size++) data[size] = size % 4 == 3 ? 0x3d : (uint8_t)(size * 37 >> 3);
        clip__write_le(p + 56, clip__crc32(0, data + offset, (size_t)bytes), 4);
        end = offset + (size_t)bytes;
    }
    clip__write_le(data + 16, start, 8);
    settle_checksums(data, end);
    return end;
}

// The n bytes at `at` become `with` bytes, what is behind them moves. 0 if there is no room.
static int resize_at(uint8_t *data, size_t *size, size_t max_size, size_t at, size_t n, size_t with) {
    uint64_t start = get(data + 16, 8);
    if (*size - n + with > max_size) return 0;
    memmove(data + at + with, data + at + n, *size - at - n);
    *size = *size - n + with;
    clip__write_le(data + 16, start - n + with, 8);
    return 1;
}

static uint64_t interesting(uint64_t was) {
    static const uint64_t values[] = {
        0,          1,          2,          3,          4,          5,          7,         8,        15,
        16,         17,         31,         32,         33,         63,         64,        65,       255,
        256,        4095,       4096,       4097,       65535,      65536,      65537,     1u << 30, 0x7fffffff,
        0x80000000, 0xffffffff, 1ull << 32, 1ull << 59, 1ull << 62, 1ull << 63, UINT64_MAX};
    switch (below(6)) {
    case 0: return was + 1;
    case 1: return was - 1;
    case 2: return was * 2;
    case 3: return below(20);
    default: return values[below(sizeof values / sizeof *values)];
    }
}

static void mutate_key(uint8_t *data, size_t *size, size_t max_size, const records *r) {
    static const char *const words[] = {"vit",     "resnet",      "bert",   "stretch",   "short",      "bilinear",
                                        "bicubic", "cv-bilinear", "gelu",   "gelu_tanh", "quick_gelu", "relu",
                                        "cls",     "mean",        "before", "after",     "basic",      "bottleneck",
                                        "none",    "linear",      "mlp"};
    size_t at = r->keys[below((uint32_t)r->n_keys)], name = (size_t)get(data + at, 2),
           value = (size_t)get(data + at + 4, 4);
    uint8_t *p = data + at + CLIP__KEY_HEADER + name;
    const char *word = words[below(sizeof words / sizeof *words)];
    if (!below(8)) { // away with it
        if (resize_at(data, size, max_size, at, CLIP__KEY_HEADER + name + value, 0))
            clip__write_le(data + 32, get(data + 32, 4) - 1, 4);
    } else if (!below(12)) data[at + 2] = (uint8_t)below(5);
    else if (get(data + at + 2, 2) == CLIP__KEY_TEXT && below(4)) {
        if (!resize_at(data, size, max_size, at + CLIP__KEY_HEADER + name, value, strlen(word))) return;
        memcpy(p, word, strlen(word));
        clip__write_le(data + at + 4, strlen(word), 4);
    } else if (get(data + at + 2, 2) == CLIP__KEY_INTEGERS && value >= 8 && below(8)) {
        p += below((uint32_t)(value / 8)) * 8;
        clip__write_le(p, interesting(get(p, 8)), 8);
    } else if (value) LLVMFuzzerMutate(p, value, value);
}

static void mutate_tensor(uint8_t *data, size_t *size, size_t max_size, const records *r) {
    size_t which = below((uint32_t)r->n_tensors), at = r->tensors[which];
    size_t length = CLIP__TENSOR_HEADER + (size_t)(get(data + at, 2) + get(data + at + 2, 2)), data_at, n;
    uint8_t *p = data + at, *dimension = p + 8 + 8 * below(4);
    switch (below(12)) {
    case 0: // away with it
        if (resize_at(data, size, max_size, at, length, 0)) clip__write_le(data + 36, get(data + 36, 4) - 1, 4);
        break;
    case 1: // twice
        if (!resize_at(data, size, max_size, at, 0, length)) break;
        memmove(data + at, data + at + length, length);
        clip__write_le(data + 36, get(data + 36, 4) + 1, 4);
        break;
    case 2: p[4] = (uint8_t)below(12); break;
    case 3: p[5] = (uint8_t)below(3); break;
    case 4: clip__write_le(p + 40 + 8 * below(2), interesting(get(p + 40, 8)), 8); break;
    case 5: LLVMFuzzerMutate(p, length, length); break;
    case 6: // two dimensions change places
        n = (size_t)get(p + 8, 8);
        clip__write_le(p + 8, get(dimension, 8), 8);
        clip__write_le(dimension, n, 8);
        break;
    case 7:
    case 8: // numbers, text
        data_at = (size_t)get(p + 40, 8), n = (size_t)get(p + 48, 8);
        if (data_at < r->data || data_at >= *size || n > *size - data_at || !n) break;
        if (n > 64) data_at += below((uint32_t)(n - 63)), n = 64;
        LLVMFuzzerMutate(data + data_at, n, n);
        break;
    default: clip__write_le(dimension, interesting(get(dimension, 8)), 8);
    }
}

// A key's number changes, and every dimension that is as large with it: a width of 4 becomes one of 5.
static void mutate_size(uint8_t *data, const records *r) {
    uint8_t *p = data + r->keys[below((uint32_t)r->n_keys)];
    uint64_t was, now;
    if (get(p + 2, 2) != CLIP__KEY_INTEGERS || get(p + 4, 4) != 8) return;
    p += CLIP__KEY_HEADER + get(p, 2);
    was = get(p, 8), now = 1 + below(below(8) ? 12 : 300);
    clip__write_le(p, now, 8);
    for (size_t i = 0; i < r->n_tensors; i++)
        for (int d = 0; d < 4; d++) {
            uint8_t *q = data + r->tensors[i] + 8 + 8 * d;
            if (get(q, 8) == was && was > 1) clip__write_le(q, now, 8);
            else if (get(q, 8) == 3 * was && was > 1) clip__write_le(q, 3 * now, 8);
        }
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed) {
    records r;
    state = seed * 2654435761u | 1;
    for (int i = 0; i < 4; i++) below(2);
    if (size < CLIP__HEADER || memcmp(data, clip__magic, 8)) {
        size_t made = below(8) ? make_model(data, max_size, below(3)) : 0;
        if (!made) return LLVMFuzzerMutate(data, size, max_size);
        size = made;
    }
    for (uint32_t n = 1 + below(3); n; n--) {
        find_records(data, size, &r);
        switch (below(10)) {
        case 0: LLVMFuzzerMutate(data + 8, r.data - 8, r.data - 8); break;
        case 1: if (!below(4)) size = LLVMFuzzerMutate(data, size, max_size); break;
        case 2: if (!below(4)) size = CLIP__HEADER + below((uint32_t)(size - CLIP__HEADER + 1)); break;
        case 3:
        case 4: if (r.n_keys) mutate_size(data, &r); break;
        case 5:
        case 6: if (r.n_keys) mutate_key(data, &size, max_size, &r); break;
        default: if (r.n_tensors) mutate_tensor(data, &size, max_size, &r);
        }
        if (size < CLIP__HEADER) return size;
    }
    if (below(8)) size = settle(data, size, max_size);
    else if (below(4)) settle_checksums(data, size);
    return size;
}
