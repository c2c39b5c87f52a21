// new_model.h - a model to begin a training with: towers taken out of other models' files, or new ones with random
// weights and a vocabulary made of the captions, and new heads behind them. It is a .clip file in memory.
//
//     parts p = {0};
//     p.seed = 0;
//     parts_new_image_tower(&p, "new:vit:192x6:patch8:64", why);   // or parts_copy_tower(&p, &model->file, "image")
//     parts_new_text_tower(&p, "new:bert:192x4", vocabulary, why);
//     parts_new_head(&p, "image", "mlp", 192, 256);                // and "text"
//     parts_build(&p, why, &model, &memory);                       // memory outlives the model
//     parts_selftest(&p, model, 256, "a text", why);               // if it is to carry one: then build it again
//     parts_free(&p);
//
// Include it after clip.h, with CLIP_IMPLEMENTATION, and common.h. Weights get the source names of timm, torchvision
// and transformers, so that clip-convert --export-safetensors gives files that those read.
#ifndef NEW_MODEL_H
#define NEW_MODEL_H

#include <math.h>

typedef struct parts {
    clip__tensor *tensors;
    size_t n, room;
    unsigned char *keys; // as the format encodes them
    size_t keys_size, keys_room, n_keys;
    uint64_t *shapes; // the key source.shapes: of each tensor with a source, how many dimensions there, and which
    size_t n_shapes, shapes_room;
    void **blocks; // what the tensors point to, and was allocated here
    size_t n_blocks, blocks_room;
    uint64_t seed; // of the new weights
    int failed;    // memory ran out: what comes after does nothing, and parts_build says so
} parts;

static inline void parts_free(parts *p) {
    for (size_t i = 0; i < p->n_blocks; i++) free(p->blocks[i]);
    free(p->blocks);
    free(p->tensors);
    free(p->keys);
    free(p->shapes);
    memset(p, 0, sizeof *p);
}

static inline void *parts_alloc(parts *p, size_t n, size_t size) {
    void **blocks = NULL;
    if (!p->failed && n <= SIZE_MAX / 2 / size)
        blocks = grown(p->blocks, p->n_blocks, 1, &p->blocks_room, sizeof *blocks);
    void *block = blocks ? malloc(n * size + 1) : NULL;
    if (blocks) p->blocks = blocks;
    if (block) blocks[p->n_blocks++] = block;
    else p->failed = 1;
    return block;
}

static inline const char *parts_copy(parts *p, const char *text, size_t size) {
    char *copy = parts_alloc(p, size + 1, 1);
    if (copy) memcpy(copy, text, size), copy[size] = 0;
    return copy;
}

// -------------------------------------------------------------------------------------------------------------- keys

static inline void parts_key(parts *p, const char *name, size_t name_size, unsigned type, const void *value,
                             size_t size) {
    const size_t need = CLIP__KEY_HEADER + name_size + size;
    unsigned char *keys = p->failed ? NULL : grown(p->keys, p->keys_size, need, &p->keys_room, 1);
    p->failed = !keys;
    if (!keys) return;
    p->keys = keys;
    unsigned char *to = clip__key_write(keys + p->keys_size, name, name_size, type, size);
    if (size) memcpy(to, value, size);
    p->keys_size += need;
    p->n_keys++;
}

static inline void parts_text(parts *p, const char *name, const char *text) {
    parts_key(p, name, strlen(name), CLIP__KEY_TEXT, text, strlen(text));
}

static inline void parts_integers(parts *p, const char *name, const uint64_t *v, size_t n) {
    unsigned char *bytes = parts_alloc(p, n, 8);
    for (size_t i = 0; bytes && i < n; i++) clip__write_le(bytes + 8 * i, v[i], 8);
    if (bytes) parts_key(p, name, strlen(name), CLIP__KEY_INTEGERS, bytes, 8 * n);
}

static inline void parts_integer(parts *p, const char *name, size_t v) {
    const uint64_t wide = v;
    parts_integers(p, name, &wide, 1);
}

// Brings n doubles from this machine's byte order to a file's, or back.
static inline void little_endian_reals(void *reals, size_t n) {
    for (unsigned char *p = reals; n > 0; p += 8, n--) {
        uint64_t bits;
        memcpy(&bits, p, 8);
        clip__write_le(p, bits, 8);
    }
}

static inline void parts_reals(parts *p, const char *name, const double *v, size_t n) {
    double reals[3];
    memcpy(reals, v, 8 * n);
    little_endian_reals(reals, n);
    parts_key(p, name, strlen(name), CLIP__KEY_REALS, reals, 8 * n);
}

static inline void parts_real(parts *p, const char *name, double v) { parts_reals(p, name, &v, 1); }

// ----------------------------------------------------------------------------------------------------------- tensors

static inline void parts_shape(parts *p, uint64_t v) {
    uint64_t *shapes = p->failed ? NULL : grown(p->shapes, p->n_shapes, 1, &p->shapes_room, sizeof *shapes);
    p->failed = !shapes;
    if (!shapes) return;
    p->shapes = shapes;
    shapes[p->n_shapes++] = v;
}

// Appends t, whose names are copied and whose data is not.
static inline void parts_add(parts *p, clip__tensor t) {
    clip__tensor *tensors = p->failed ? NULL : grown(p->tensors, p->n, 1, &p->room, sizeof t);
    p->failed = !tensors;
    if (!tensors) return;
    p->tensors = tensors;
    t.name = parts_copy(p, t.name, t.name_size);
    t.source = parts_copy(p, t.source, t.source_size);
    if (!p->failed) tensors[p->n++] = t;
}

typedef enum fill { ZEROS, ALIKE, UNIFORM, NORMAL, TRUNCATED } fill; // the last: normal, within two deviations

// Number i of the stream: uniform within +-scale, or normal with the deviation `scale` (Box and Muller 1958).
static inline float random_number(uint64_t seed, uint64_t stream, uint64_t i, fill kind, double scale) {
    const double pi = 3.14159265358979323846;
    for (uint64_t attempt = 0;; attempt++) {
        const uint64_t bits = clip__random(seed, stream, i + (attempt << 48));
        const double a = ((double)(bits >> 32) + 0.5) / 4294967296.0, b = (double)(bits & 0xFFFFFFFF) / 4294967296.0;
        if (kind == UNIFORM) return (float)((2 * a - 1) * scale);
        const double normal = sqrt(-2 * log(a)) * cos(2 * pi * b);
        if (kind == NORMAL || fabs(normal) <= 2) return (float)(normal * scale);
    }
}

// A new weight. `shape` is that of the source, of `rank` dimensions (leading ones are PyTorch's, for the batch). A
// source of several names, divided by line feeds, is that many equal parts, joined along the first dimension.
static inline void parts_weight(parts *p, const char *name, const char *source, unsigned layout, size_t rank,
                                const size_t shape[4], fill kind, double scale) {
    clip__tensor t = {0};
    size_t joined = 1, count = 1, first = 0;
    for (const char *s = source; *s; s++) joined += *s == '\n';
    while (first + 1 < rank && shape[first] == 1) first++;
    for (size_t d = 0; d < 4; d++) t.shape[d] = first + d < rank ? shape[first + d] : 1;
    t.shape[0] *= joined;
    for (size_t d = 0; d < 4; d++) count = clip__mul(count, (size_t)t.shape[d]);
    float *rows = parts_alloc(p, count, sizeof *rows), *data = rows;
    for (size_t i = 0; rows && i < count; i++)
        rows[i] = kind == ZEROS ? 0 : kind == ALIKE ? (float)scale : random_number(p->seed, p->n, i, kind, scale);
    t.name = name, t.name_size = strlen(name);
    t.source = source, t.source_size = strlen(source);
    t.layout = layout; // type and source type are 0, f32
    t.size = clip__tensor_bytes(&t);
    if (layout == CLIP__PANELS && rows) {
        data = parts_alloc(p, (size_t)t.size, 1);
        if (data)
            clip__panels_pack(data, rows, (size_t)t.shape[0], (size_t)t.shape[1], (size_t)(t.shape[2] * t.shape[3]));
        p->blocks[p->n_blocks - (data ? 2 : 1)] = NULL; // the rows are not needed any more
        free(rows);
    }
    t.data = data;
    parts_add(p, t);
    parts_shape(p, rank);
    for (size_t d = 0; d < rank; d++) parts_shape(p, shape[d]);
}

// Puts weights below to.NAME with sources below from.NAME.
typedef struct place {
    parts *p;
    const char *to, *from; // "image.blocks.0.", "blocks.0."
} place;

// `what` is behind both names: ".weight", ".bias", "".
static inline void put(place at, const char *to, const char *from, const char *what, unsigned layout, size_t rank,
                       const size_t *shape, fill kind, double scale) {
    char name[128], source[128];
    snprintf(name, sizeof name, "%s%s%s", at.to, to, what);
    snprintf(source, sizeof source, "%s%s%s", at.from, from, what);
    parts_weight(at.p, name, source, layout, rank, shape, kind, scale);
}

static inline void put_vector(place at, const char *to, const char *from, const char *what, size_t n, fill kind,
                              double scale) {
    put(at, to, from, what, CLIP__ROWS, 1, (const size_t[4]){n}, kind, scale);
}

// NAME.weight and NAME.bias. A bias is zero, but for UNIFORM: there it is drawn as the weight, as torch.nn.Linear does.
static inline void put_linear(place at, const char *to, const char *from, size_t out, size_t in, fill kind,
                              double scale) {
    put(at, to, from, ".weight", CLIP__PANELS, 2, (const size_t[4]){out, in}, kind, scale);
    put_vector(at, to, from, ".bias", out, kind == UNIFORM ? UNIFORM : ZEROS, scale);
}

static inline void put_norm(place at, const char *to, const char *from, size_t n, double scale) {
    put_vector(at, to, from, ".weight", n, ALIKE, scale);
    put_vector(at, to, from, ".bias", n, ZEROS, 0);
}

// A convolution, He et al. 2015 with the fan of its outputs, as torchvision begins its ResNets, and its batch norm.
static inline void put_conv(place at, const char *to, const char *from, const char *norm_to, const char *norm_from,
                            size_t out, size_t in, size_t side) {
    char name[64], source[64];
    put(at, to, from, ".weight", CLIP__PANELS, 4, (const size_t[4]){out, in, side, side}, NORMAL,
        sqrt(2 / (double)(out * side * side)));
    put_norm(at, norm_to, norm_from, out, 1);
    snprintf(name, sizeof name, "%s.mean", norm_to), snprintf(source, sizeof source, "%s.running_mean", norm_from);
    put_vector(at, name, source, "", out, ZEROS, 0);
    snprintf(name, sizeof name, "%s.var", norm_to), snprintf(source, sizeof source, "%s.running_var", norm_from);
    put_vector(at, name, source, "", out, ALIKE, 1);
}

// ------------------------------------------------------------------------------------------------------------ copies

// Whether the name belongs to the tower ("image" or "text") and not to its head. The tokenizer belongs to "text".
static inline int of_tower(const char *name, size_t size, const char *tower) {
    const size_t n = strlen(tower);
    if (!strcmp(tower, "text") && size > 10 && !memcmp(name, "tokenizer.", 10)) return 1;
    if (size <= n || memcmp(name, tower, n) || name[n] != '.') return 0;
    name += n + 1, size -= n + 1;
    return !(size >= 4 && !memcmp(name, "head", 4) && (size == 4 || name[4] == '.'));
}

// Takes a tower, without its head, out of a model's file, which must stay where it is until parts_build.
static inline void parts_copy_tower(parts *p, const clip__file *f, const char *tower) {
    clip__key key, shapes;
    clip__tensor t;
    const int has_shapes = clip__file_find_key(f, "source.shapes", &shapes) && shapes.type == CLIP__KEY_INTEGERS;
    size_t at = 0; // in the shapes, of which each tensor with a source has its own
    for (size_t cursor = 0, i = 0; i < f->n_keys && clip__file_next_key(f, &cursor, &key); i++)
        if (of_tower(key.name, key.name_size, tower))
            parts_key(p, key.name, key.name_size, key.type, key.value, key.size);
    for (size_t cursor = 0, i = 0; i < f->n_tensors && clip__file_next_tensor(f, &cursor, &t); i++) {
        const int taken = of_tower(t.name, t.name_size, tower);
        const size_t left = has_shapes && t.source_size ? shapes.size - at : 0;
        const uint64_t rank = left >= 8 ? clip__read_le(shapes.value + at, 8) : UINT64_MAX;
        if (taken) parts_add(p, t);
        if (!t.source_size) continue;
        if (rank > 16 || left < 8 * (rank + 1)) { // the file does not say: the export then takes the model's shape
            if (taken) parts_shape(p, 0);
            at = shapes.size;
            continue;
        }
        for (size_t d = 0; taken && d <= rank; d++) parts_shape(p, clip__read_le(shapes.value + at + 8 * d, 8));
        at += 8 * (size_t)(rank + 1);
    }
}

// ------------------------------------------------------------------------------------------------------------ towers

// CLIP-pytorch's head "mlp", or its first layer alone, "linear", or "none", drawn as torch.nn.Linear draws. The norm's
// weight is not 1, with which the logits of the soft loss begin as large as dim and take epochs to cool down, but such
// that they begin where InfoNCE's do: at 1 / 0.07.
static inline void parts_new_head(parts *p, const char *tower, const char *kind, size_t width, size_t dim) {
    char key[32], to[32], from[32];
    const place at = {p, to, from};
    const int mlp = !strcmp(kind, "mlp");
    snprintf(key, sizeof key, "%s.head", tower);
    snprintf(to, sizeof to, "%s.head.", tower);
    snprintf(from, sizeof from, "%s_projection%s", tower, mlp ? "." : "");
    parts_text(p, key, kind);
    if (!strcmp(kind, "none")) return;
    put_linear(at, "projection", mlp ? "projection" : "", dim, width, UNIFORM, 1 / sqrt((double)width));
    if (!mlp) return;
    put_linear(at, "fc", "fc", dim, dim, UNIFORM, 1 / sqrt((double)dim));
    put_norm(at, "norm", "layer_norm", dim, sqrt(1 / (0.07 * (double)dim)));
    snprintf(key, sizeof key, "%s.head.eps", tower);
    parts_real(p, key, 1e-5);
}

enum { NEW_MOST_WIDTH = 4096, NEW_MOST_LAYERS = 64, NEW_MOST_SIDE = 1024 };

// What a name like "new:vit:192x6:patch8:64" asks for.
typedef struct new_tower {
    size_t width, layers, patch, size, context;
} new_tower;

// Reads the parts between colons from `text` on over the defaults in *out. `known` are those of such a tower: w for
// width x layers, p for patch, c for context, s for the side of a picture. Returns 0, or FAILED if one is not known or
// out of range.
static inline int new_tower_parse(const char *text, const char *known, new_tower *out) {
    while (*text) {
        size_t a = 0, b = 0;
        int end = 0;
        char part = 0;
        text += *text == ':';
        if (sscanf(text, "%5zux%5zu%n", &a, &b, &end) == 2) part = 'w', out->width = a, out->layers = b;
        else if (sscanf(text, "patch%5zu%n", &a, &end) == 1) part = 'p', out->patch = a;
        else if (sscanf(text, "context%5zu%n", &a, &end) == 1) part = 'c', out->context = a;
        else if (sscanf(text, "%5zu%n", &a, &end) == 1) part = 's', out->size = a;
        const char next = text[end];
        if (!part || !strchr(known, part) || (next && next != ':')) return FAILED;
        text += end;
    }
    return out->width < 2 || out->width > NEW_MOST_WIDTH || out->layers < 1 || out->layers > NEW_MOST_LAYERS ||
           out->patch < 1 || out->patch > CLIP__MAX_PATCH || out->size < out->patch || out->size > NEW_MOST_SIDE ||
           out->context < 2 || out->context > CLIP__MAX_CONTEXT;
}

// Of 64 numbers each, or the next more that divides the width.
static inline size_t new_heads(size_t width) {
    size_t heads = width / 64 ? width / 64 : 1;
    while (width % heads) heads--;
    return heads;
}

static inline void put_transformer_keys(parts *p, const char *tower, size_t width, size_t layers, double eps,
                                        const char *pool) {
    const struct {
        const char *name;
        size_t value;
    } integers[] = {{"width", width}, {"layers", layers}, {"heads", new_heads(width)}, {"mlp", 4 * width}};
    char key[32];
    for (size_t i = 0; i < sizeof integers / sizeof *integers; i++) {
        snprintf(key, sizeof key, "%s.%s", tower, integers[i].name);
        parts_integer(p, key, integers[i].value);
    }
    snprintf(key, sizeof key, "%s.eps", tower), parts_real(p, key, eps);
    snprintf(key, sizeof key, "%s.activation", tower), parts_text(p, key, "gelu");
    snprintf(key, sizeof key, "%s.pool", tower), parts_text(p, key, pool);
}

static inline void put_image_keys(parts *p, const char *tower, size_t size) {
    static const double half[3] = {0.5, 0.5, 0.5};
    parts_text(p, "image.tower", tower);
    parts_integer(p, "image.size", size);
    parts_text(p, "image.resize", "stretch");
    parts_text(p, "image.filter", "bilinear");
    parts_reals(p, "image.mean", half, 3);
    parts_reals(p, "image.std", half, 3);
}

// Weights as timm begins those of a ViT's blocks: Touvron et al. 2020 (DeiT), section 6. Patches and the class token,
// too, which are wider and narrower there.
static inline void put_new_vit(parts *p, const new_tower *v) {
    const size_t w = v->width, grid = v->size / v->patch;
    const place root = {p, "image.", ""};
    put_image_keys(p, "vit", v->size);
    put_transformer_keys(p, "image", w, v->layers, 1e-6, "cls");
    parts_integer(p, "image.patch", v->patch);
    parts_text(p, "image.norm", "before");
    put(root, "patch", "patch_embed.proj", ".weight", CLIP__PANELS, 4, (const size_t[4]){w, 3, v->patch, v->patch},
        TRUNCATED, 0.02);
    put_vector(root, "patch", "patch_embed.proj", ".bias", w, ZEROS, 0);
    put(root, "class", "cls_token", "", CLIP__ROWS, 3, (const size_t[4]){1, 1, w}, TRUNCATED, 0.02);
    put(root, "positions", "pos_embed", "", CLIP__ROWS, 3, (const size_t[4]){1, grid * grid + 1, w}, TRUNCATED, 0.02);
    for (size_t i = 0; i < v->layers; i++) {
        char to[48], from[48];
        const place block = {p, to, from};
        snprintf(to, sizeof to, "image.blocks.%zu.", i);
        snprintf(from, sizeof from, "blocks.%zu.", i);
        put_norm(block, "norm1", "norm1", w, 1);
        put_linear(block, "attn.qkv", "attn.qkv", 3 * w, w, TRUNCATED, 0.02);
        put_linear(block, "attn.proj", "attn.proj", w, w, TRUNCATED, 0.02);
        put_norm(block, "norm2", "norm2", w, 1);
        put_linear(block, "mlp.fc1", "mlp.fc1", 4 * w, w, TRUNCATED, 0.02);
        put_linear(block, "mlp.fc2", "mlp.fc2", w, 4 * w, TRUNCATED, 0.02);
    }
    put_norm(root, "norm", "norm", w, 1);
}

typedef struct resnet_form { // He et al. 2015, table 1
    const char *name;
    int bottleneck;
    uint64_t depths[4];
} resnet_form;

static const resnet_form resnet_forms[] = {{"resnet18", 0, {2, 2, 2, 2}},
                                           {"resnet34", 0, {3, 4, 6, 3}},
                                           {"resnet50", 1, {3, 4, 6, 3}},
                                           {"resnet101", 1, {3, 4, 23, 3}}};

// Version 1.5, as torchvision has it. Returns the number of its features.
static inline size_t put_new_resnet(parts *p, const resnet_form *form, size_t size) {
    const place stem = {p, "image.stem.", ""};
    size_t channels = 64;
    put_image_keys(p, "resnet", size);
    parts_real(p, "image.eps", 1e-5);
    parts_text(p, "image.block", form->bottleneck ? "bottleneck" : "basic");
    parts_integers(p, "image.depths", form->depths, 4);
    put_conv(stem, "conv", "conv1", "norm", "bn1", channels, 3, 7);
    for (size_t stage = 0; stage < 4; stage++)
        for (size_t i = 0; i < form->depths[stage]; i++) {
            const size_t middle = (size_t)64 << stage, end = form->bottleneck ? 4 * middle : middle;
            char to[64], from[64];
            const place block = {p, to, from};
            snprintf(to, sizeof to, "image.stages.%zu.%zu.", stage, i);
            snprintf(from, sizeof from, "layer%zu.%zu.", stage + 1, i);
            put_conv(block, "conv1", "conv1", "norm1", "bn1", middle, channels, form->bottleneck ? 1 : 3);
            put_conv(block, "conv2", "conv2", "norm2", "bn2", middle, middle, 3);
            if (form->bottleneck) put_conv(block, "conv3", "conv3", "norm3", "bn3", end, middle, 1);
            if (!i && (stage || end != channels))
                put_conv(block, "shortcut.conv", "downsample.0", "shortcut.norm", "downsample.1", end, channels, 1);
            channels = end;
        }
    return channels;
}

static inline int is_new(const char *name) { return !strncmp(name, "new:", 4); }

// "new:vit:WIDTHxLAYERS:patchN:SIZE" or "new:resnet18:SIZE". Returns the width of its features, or 0 and says why.
static inline size_t parts_new_image_tower(parts *p, const char *name, char why[WHY]) {
    new_tower v = {192, 6, 8, 64, 2};
    const char *kind = name + 4, *rest = kind + strcspn(kind, ":");
    const size_t size = (size_t)(rest - kind);
    const resnet_form *form = NULL;
    for (size_t i = 0; i < sizeof resnet_forms / sizeof *resnet_forms; i++)
        if (clip__name_is(kind, size, resnet_forms[i].name)) form = &resnet_forms[i];
    if ((!form && !clip__name_is(kind, size, "vit")) || new_tower_parse(rest, form ? "s" : "wps", &v)) {
        snprintf(why, WHY,
                 "not a new image tower; new:vit:192x6:patch8:64 is one (width x layers, patch, picture), "
                 "and so is new:resnet18:64");
        return 0;
    }
    if (form) return put_new_resnet(p, form, v.size);
    put_new_vit(p, &v);
    return v.width;
}

// Weights as Devlin et al. 2018 (BERT) and transformers begin them. `tokens`: lines of `vocabulary`.
static inline void put_new_bert(parts *p, const new_tower *b, const char *vocabulary, size_t vocabulary_size,
                                size_t tokens) {
    const size_t w = b->width;
    const place root = {p, "text.", "embeddings."};
    clip__tensor vocab = {0};
    parts_text(p, "tokenizer.kind", "wordpiece");
    parts_integer(p, "tokenizer.cased", 0);
    parts_text(p, "text.tower", "bert");
    parts_integer(p, "text.context", b->context);
    put_transformer_keys(p, "text", w, b->layers, 1e-12, "mean"); // the first token alone says little for long
    vocab.name = "tokenizer.vocab", vocab.name_size = strlen(vocab.name);
    vocab.source = "";
    vocab.type = vocab.source_type = CLIP__UINT8;
    vocab.shape[0] = vocab.size = vocabulary_size;
    vocab.shape[1] = vocab.shape[2] = vocab.shape[3] = 1;
    vocab.data = parts_copy(p, vocabulary, vocabulary_size);
    parts_add(p, vocab);
    put(root, "tokens", "word_embeddings.weight", "", CLIP__ROWS, 2, (const size_t[4]){tokens, w}, NORMAL, 0.02);
    put(root, "positions", "position_embeddings.weight", "", CLIP__ROWS, 2, (const size_t[4]){b->context, w}, NORMAL,
        0.02);
    put(root, "types", "token_type_embeddings.weight", "", CLIP__ROWS, 2, (const size_t[4]){2, w}, NORMAL, 0.02);
    put_norm(root, "norm", "LayerNorm", w, 1);
    for (size_t i = 0; i < b->layers; i++) {
        char to[48], from[48], query[256];
        const place block = {p, to, from};
        snprintf(to, sizeof to, "text.blocks.%zu.", i);
        snprintf(from, sizeof from, "encoder.layer.%zu.", i);
        for (int bias = 0; bias < 2; bias++) { // query, key and value in one
            const char *what = bias ? "bias" : "weight";
            char name[64];
            snprintf(name, sizeof name, "%sattn.qkv.%s", to, what);
            snprintf(query, sizeof query,
                     "%sattention.self.query.%s\n%sattention.self.key.%s\n%sattention.self.value.%s", from, what, from,
                     what, from, what);
            parts_weight(p, name, query, bias ? CLIP__ROWS : CLIP__PANELS, bias ? 1 : 2, (const size_t[4]){w, w},
                         bias ? ZEROS : NORMAL, 0.02);
        }
        put_linear(block, "attn.proj", "attention.output.dense", w, w, NORMAL, 0.02);
        put_norm(block, "norm1", "attention.output.LayerNorm", w, 1);
        put_linear(block, "mlp.fc1", "intermediate.dense", 4 * w, w, NORMAL, 0.02);
        put_linear(block, "mlp.fc2", "output.dense", w, 4 * w, NORMAL, 0.02);
        put_norm(block, "norm2", "output.LayerNorm", w, 1);
    }
}

// "new:bert:WIDTHxLAYERS:contextN" over the tokens of a vocab.txt. Returns the width, or 0 and says why.
static inline size_t parts_new_text_tower(parts *p, const char *name, const char *vocabulary, size_t vocabulary_size,
                                          char why[WHY]) {
    new_tower b = {192, 4, 1, 1, 64};
    clip_tokenizer_desc desc = {0};
    clip_tokenizer *tokenizer;
    void *memory;
    const char *wrong;
    if (strncmp(name, "new:bert", 8) || (name[8] && name[8] != ':') || new_tower_parse(name + 8, "wc", &b)) {
        snprintf(why, WHY,
                 "not a new text tower; new:bert:192x4 is one (width x layers), with :context64 behind it "
                 "for the most tokens of a text");
        return 0;
    }
    desc.vocab = vocabulary;
    desc.vocab_size = vocabulary_size;
    memory = parts_alloc(p, clip_tokenizer_size(&desc), 1);
    if (!memory) return b.width;
    if ((wrong = clip_tokenizer_init(&desc, memory, &tokenizer))) {
        snprintf(why, WHY, "its %s", wrong);
        return 0;
    }
    put_new_bert(p, &b, vocabulary, vocabulary_size, clip_tokenizer_count(tokenizer));
    return b.width;
}

// The model of all parts so far. Its file lies in *memory, which the caller frees after the model.
static inline int parts_build(parts *p, char why[WHY], clip_model **model, void **memory) {
    const size_t keys_size = p->keys_size, n_keys = p->n_keys;
    clip_error error = {CLIP_OK, "not enough memory for the model"};
    size_t size;
    parts_integers(p, "source.shapes", p->shapes, p->n_shapes);
    *memory = NULL;
    *model = NULL;
    if (p->failed ||
        clip__file_image(p->keys, p->keys_size, p->n_keys, p->tensors, p->n, &error, memory, &size) != CLIP_OK ||
        clip_model_load_memory(*memory, size, NULL, &error, model) != CLIP_OK)
        return snprintf(why, WHY, "%.*s", WHY - 1, error.message), FAILED;
    p->keys_size = keys_size, p->n_keys = n_keys; // the shapes are added anew if it is built again
    return 0;
}

static inline void *put_own(parts *p, const char *name, unsigned type, size_t d0, size_t d1, size_t d2) {
    clip__tensor t = {0};
    t.name = name, t.name_size = strlen(name), t.source = "";
    t.type = t.source_type = type;
    t.shape[0] = d0, t.shape[1] = d1, t.shape[2] = d2, t.shape[3] = 1;
    t.size = clip__tensor_bytes(&t);
    void *data = parts_alloc(p, (size_t)t.size, 1);
    t.data = data;
    parts_add(p, t);
    return data;
}

// A self-test: a picture and a text, and the pixels and ids that the model of these parts makes of them. What vectors
// come of those a trainer finds out when it exports the model.
static inline int parts_selftest(parts *p, const clip_model *model, size_t dim, const char *words, char why[WHY]) {
    enum { WIDTH = 53, HEIGHT = 37 };
    const size_t S = model->info.image_size, context = model->info.context;
    clip_options options = {0};
    clip_error error = {CLIP_OK, "not enough memory for a self-test"};
    clip_context *c = NULL;
    size_t n = 0;
    unsigned char *rgb = put_own(p, "selftest.image", CLIP__UINT8, HEIGHT, WIDTH, 3);
    unsigned char *pixels = put_own(p, "selftest.pixels", CLIP__UINT8, S, S, 3);
    int32_t *tokens = parts_alloc(p, context, sizeof *tokens);
    int failed = p->failed;
    options.max_batch = 1;
    for (size_t i = 0; i < WIDTH * HEIGHT && !failed; i++) { // slopes and a checkerboard: a wrong crop or filter shows
        const size_t x = i % WIDTH, y = i / WIDTH;
        rgb[3 * i] = (unsigned char)(x * 255 / (WIDTH - 1));
        rgb[3 * i + 1] = (unsigned char)(y * 255 / (HEIGHT - 1));
        rgb[3 * i + 2] = (x / 5 + y / 7) % 2 ? 230 : 40;
    }
    const clip_image slopes = {rgb, WIDTH, HEIGHT, 3, 0};
    failed = failed || clip_context_new(model, &options, &error, &c) || clip_preprocess(c, &slopes, 1, pixels) ||
             clip_tokenize(c, words, tokens, context, &n);
    clip_context_free(c);
    if (failed) return snprintf(why, WHY, "%.*s", WHY - 1, error.message), FAILED;
    void *bytes = put_own(p, "selftest.text", CLIP__UINT8, strlen(words), 1, 1);
    void *ids = put_own(p, "selftest.ids", CLIP__INT32, n, 1, 1);
    if (bytes && ids) memcpy(bytes, words, strlen(words)), memcpy(ids, tokens, n * sizeof *tokens);
    void *vectors[2] = {put_own(p, "selftest.image_vector", CLIP__F32, dim, 1, 1),
                        put_own(p, "selftest.text_vector", CLIP__F32, dim, 1, 1)};
    for (int k = 0; k < 2; k++)
        if (vectors[k]) memset(vectors[k], 0, dim * sizeof(float));
    return 0; // parts_build says if memory ran out
}

// -------------------------------------------------------------------------------------------------------- vocabulary

enum { VOCABULARY_MOST = 30000 }; // tokens, as BERT's has

typedef struct strings { // one after the other, each ended by a line feed
    char *bytes;
    size_t size, room;
} strings;

static inline int strings_add(strings *s, const char *mark, const char *text, size_t n) {
    const size_t m = strlen(mark);
    char *bytes = grown(s->bytes, s->size, m + n + 1, &s->room, 1);
    if (!bytes) return FAILED;
    s->bytes = bytes;
    memcpy(bytes + s->size, mark, m);
    memcpy(bytes + s->size + m, text, n);
    s->size += m + n + 1;
    s->bytes[s->size - 1] = '\n';
    return 0;
}

// The special tokens, and every character of the texts, folded as the tokenizer folds them, at the beginning of a word
// and inside of one.
static inline int vocabulary_of_characters(strings *out, const char *const *texts, size_t n) {
    static const char *const specials[] = {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"};
    unsigned char *seen = calloc(0x110000, 1);
    int failed = !seen;
    for (size_t i = 0; i < n && !failed; i++) {
        const size_t size = strlen(texts[i]);
        for (size_t at = 0; at < size;) {
            uint32_t c, to[CLIP__FOLD_MAX];
            at += clip__utf8_get((const unsigned char *)texts[i] + at, size - at, &c);
            if (clip__unicode_kind(c) == CLIP__DROP) continue;
            for (size_t k = clip__unicode_fold(c, to); k > 0; k--) seen[to[k - 1]] = 1;
        }
    }
    for (size_t i = 0; i < sizeof specials / sizeof *specials && !failed; i++)
        failed = strings_add(out, "", specials[i], strlen(specials[i]));
    for (uint32_t c = 0; c < 0x110000 && !failed; c++) {
        const unsigned kind = seen[c] ? clip__unicode_kind(c) : CLIP__DROP;
        unsigned char bytes[CLIP__UTF8_MAX];
        const size_t size = clip__utf8_put(bytes, c);
        if (kind == CLIP__DROP || kind == CLIP__SPACE || kind == CLIP__MARK || kind == CLIP__MARK_STARTER) continue;
        failed = strings_add(out, "", (const char *)bytes, size);
        if (!failed && kind != CLIP__CJK && kind != CLIP__PUNCTUATION) // these are words of their own
            failed = strings_add(out, "##", (const char *)bytes, size);
    }
    free(seen);
    return failed;
}

// Adds the words of a text to `out`. With a vocabulary of characters the tokenizer gives a word as its characters.
static inline int words_of(const clip_tokenizer *t, const char *text, int32_t *ids, strings *out) {
    const size_t n = clip_tokenizer_encode(t, text, strlen(text), ids, strlen(text) * CLIP__FOLD_MAX + 2);
    for (size_t i = 1; i + 1 < n;) { // between [CLS] and [SEP]
        char word[CLIP__WORD_MAX * CLIP__UTF8_MAX + 8];
        size_t size = 0, piece;
        const char *token = clip_tokenizer_token(t, ids[i], &piece);
        if (!token) return FAILED; // never: it is an id of this tokenizer
        const int special = token[0] == '[' && piece > 1; // [UNK]: a word that is too long
        do {
            memcpy(word + size, token, piece);
            size += piece;
            if (++i + 1 >= n) break;
            token = clip_tokenizer_token(t, ids[i], &piece);
            if (piece < 3 || memcmp(token, "##", 2)) break;
            token += 2, piece -= 2;
        } while (size + piece < sizeof word);
        if (!special && strings_add(out, "", word, size)) return FAILED;
    }
    return 0;
}

typedef struct word {
    const char *text; // up to a line feed
    size_t size, count;
} word;

static inline int by_text(const void *a, const void *b) {
    const word *x = a, *y = b;
    const int order = memcmp(x->text, y->text, x->size < y->size ? x->size : y->size);
    return order ? order : (x->size > y->size) - (x->size < y->size);
}

static inline int by_count(const void *a, const void *b) {
    const word *x = a, *y = b;
    return x->count != y->count ? (x->count < y->count) - (x->count > y->count) : by_text(a, b);
}

// The words that come at least twice, the most frequent first.
static inline word *frequent_words(const strings *all, size_t *n) {
    size_t lines = 0, kept = 0;
    for (size_t i = 0; i < all->size; i++) lines += all->bytes[i] == '\n';
    word *words = malloc((lines + 1) * sizeof *words);
    if (!words) return NULL;
    const char *text = all->bytes;
    for (size_t i = 0; i < lines; i++) {
        words[i] = (word){text, strcspn(text, "\n"), 1};
        text += words[i].size + 1;
    }
    if (lines) qsort(words, lines, sizeof *words, by_text);
    for (size_t i = 0, k; i < lines; i = k) {
        word w = words[i];
        for (k = i + 1; k < lines && !by_text(&w, &words[k]); k++) w.count++;
        if (w.count >= 2) words[kept++] = w;
    }
    if (kept) qsort(words, kept, sizeof *words, by_count);
    *n = kept;
    return words;
}

// The bytes of a vocab.txt for these texts: special tokens, characters, then whole words that come at least twice. NULL
// without memory.
static inline char *vocabulary_of(const char *const *texts, size_t n, size_t *size) {
    strings out = {0}, all = {0};
    clip_tokenizer_desc desc = {0};
    clip_tokenizer *t;
    size_t longest = 0, n_words = 0, tokens = 0;
    int failed = vocabulary_of_characters(&out, texts, n);
    for (size_t i = 0; i < n; i++) longest = clip__max(longest, strlen(texts[i]));
    desc.vocab = out.bytes, desc.vocab_size = out.size;
    // NOLINTNEXTLINE(clang-analyzer-optin.portability.UnixAPI): 0 for a vocabulary that clip_tokenizer_init refuses
    void *memory = failed ? NULL : malloc(clip_tokenizer_size(&desc));
    int32_t *ids = calloc(longest + 1, (CLIP__FOLD_MAX + 2) * sizeof *ids); // with the two around the text
    failed = failed || !memory || !ids || clip_tokenizer_init(&desc, memory, &t) || strings_add(&all, "", "", 0);
    for (size_t i = 0; i < n && !failed; i++) failed = words_of(t, texts[i], ids, &all);
    word *words = failed ? NULL : frequent_words(&all, &n_words);
    failed = failed || !words;
    if (!failed) tokens = clip_tokenizer_count(t);
    for (size_t i = 0; i < n_words && tokens < VOCABULARY_MOST && !failed; i++) {
        size_t first = clip__utf8_get((const unsigned char *)words[i].text, words[i].size, &(uint32_t){0});
        if (words[i].size == first) continue; // one character: it is there already
        failed = strings_add(&out, "", words[i].text, words[i].size), tokens++;
    }
    free(words);
    free(all.bytes);
    free(ids);
    free(memory);
    if (failed) return free(out.bytes), NULL;
    *size = out.size;
    return out.bytes;
}

#endif // NEW_MODEL_H
