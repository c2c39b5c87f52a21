// clip-convert - brings the weights of models that people publish into a .clip file, and out again.
//
//     clip-convert all-MiniLM-L6-v2 -o minilm.clip
//     clip-convert ViT-B-32.pt --vocab bpe_simple_vocab_16e6.txt.gz -o b32.clip
//     clip-convert b32.clip --type int8 -o small.clip
//
// Part of clip.h; public domain or MIT, as clip.h.
//
// From top to bottom: the numbers (half and brain floats), the model being put together (struct build), the files that
// people publish (struct origin), the towers by the names of their tensors, the tokenizer, the self-test, the way back
// to safetensors, --info, and the command line.
#if !defined(_POSIX_C_SOURCE)
#define _POSIX_C_SOURCE 200809L // mkstemp
#endif
#if !defined(_FILE_OFFSET_BITS)
#define _FILE_OFFSET_BITS 64 // files above 2 GB where a long has 32 bits
#endif
#define CLIP_STATIC
#define CLIP_IMPLEMENTATION
#include "clip_tokenizer.h"
#include "clip.h"

#ifndef PROGRAM
#define PROGRAM "clip-convert"
#endif
#include "../examples/common.h"
#include "json.h"
#include "source.h"
#include "inflate.h"
#include "read_safetensors.h"
#include "narrow.h"
#include "measure.h"
#include "read_torch.h"

static const char help[] =
    "clip-convert SRC -o OUT.clip                                      one tower, or a whole model\n"
    "clip-convert --image SRC --text SRC [--heads SRC] -o OUT.clip     two towers put together\n"
    "clip-convert --export-safetensors MODEL.clip -o OUT.safetensors   back to the source's names and bits\n"
    "clip-convert --info MODEL.clip                                    what a file is\n"
    "clip-convert MODEL.clip --type TYPE -o OUT.clip                   the same model in fewer bits\n"
    "\n"
    "SRC is a folder from HuggingFace, timm or open_clip (config.json or open_clip_config.json, the weights,\n"
    "the vocabulary), a .safetensors, a .safetensors.index.json, a .pth/.pt/.bin by torch.save, or a\n"
    "TorchScript archive as OpenAI publishes CLIP. Known: ResNets of torchvision and timm, ViTs of timm and\n"
    "transformers, BERT, DistilBERT, CLIP of OpenAI, open_clip and transformers (ViTs and ResNets), SigLIP of\n"
    "transformers and open_clip, VisionTextDualEncoder, and the whole model of CLIP-pytorch\n"
    "(image_encoder.model.*, text_encoder.model.*, image_projection.*, text_projection.*).\n"
    "- is standard input or output.\n"
    "\n"
    "  -o FILE              where to; written whole or not at all\n"
    "  --type TYPE          what the weights of layers become: f32 (default), f16, bf16, int8 (a scale per output),\n"
    "                       or q4 (4 bits, a scale for each 32). What that costs is measured and told, against\n"
    "                       f32: cosines, and ranks\n"
    "  --measure-images DIR, --measure-texts FILE     on these pictures, and lines of text, instead of 64 made up ones\n"
    "  --vocab FILE         the text tower's vocabulary; else the one in the folder, or beside the file. BERT:\n"
    "                       vocab.txt. CLIP: tokenizer.json, vocab.json (with merges.txt beside it), merges.txt, or\n"
    "                       bpe_simple_vocab_16e6.txt.gz\n"
    "  --heads SRC          projection heads: image_projection.* and text_projection.*\n"
    "  --embed-dim N        new random heads (linear, GELU, linear, residual, norm) that end in N\n"
    "                       numbers, for training\n"
    "  --seed S             what they are drawn from, 0 to 2^64 - 1; default 0\n"
    "  --help               this\n"
    "\n"
    "What follows overrides what the source's own files say, or else what its architecture is published with.\n"
    "  --size N             pictures are brought to N x N; the positions of a ViT are interpolated, bicubic,\n"
    "                       as its origin does\n"
    "  --positions plain|antialias    so they are, instead: transformers' way, or timm's and open_clip's\n"
    "  --resize stretch     both sides to N\n"
    "  --resize short       the short side to N, then the middle N x N\n"
    "  --filter NAME        bilinear or bicubic, as PIL does them, or cv-bilinear, as OpenCV does\n"
    "  --mean R,G,B         of pixels from 0 to 1; (pixel - mean) / std goes in\n"
    "  --std R,G,B          of the same\n"
    "  --pool cls|mean      what becomes the vector: the first token or the mean. Of the text tower; if there is\n"
    "                       none, of the ViT. Default: text cls; ViT as its configuration says, else cls if it has\n"
    "                       a class token\n"
    "  --activation NAME    gelu, gelu_tanh, quick_gelu or relu, of all transformers in it\n"
    "  --model NAME         what open_clip calls it, ViT-B-32-quickgelu say, for a bare state dict of open_clip:\n"
    "                       QuickGELU or GELU can't be told from weights. OpenAI's own archives have QuickGELU\n"
    "  --clean NAME         how CLIP's texts are cleaned before tokens are made: openai (as open_clip\n"
    "                       too) or huggingface\n"
    "\n"
    "Exit status: 0 success, 1 failure, 2 usage.\n";

typedef struct options {
    const char *source, *image, *text, *heads, *out, *vocab, *export_from, *info;
    const char *resize, *filter, *pool;                    // NULL: not given
    const char *activation, *model, *cleaning, *positions; // likewise
    const char *measure_images, *measure_texts;            // likewise
    unsigned type;                                         // of weights: CLIP__F32 ...
    uint64_t size, embed_dim, seed;                        // 0: not given
    int has_mean, has_std;
    double mean[3], std[3];
} options;

// ---- numbers -------------------------------------------------------------------------------------------------------

// IEEE 754 half precision to single, bit by bit, so that NaNs keep theirs.
static uint32_t f32_of_f16(uint32_t h) {
    uint32_t sign = (h & 0x8000) << 16, exponent = h >> 10 & 31, fraction = h & 0x3FF;
    if (exponent == 31) return sign | 0x7F800000 | fraction << 13;
    if (exponent) return sign | (exponent + 112) << 23 | fraction << 13; // 112 = 127 - 15, the biases
    if (!fraction) return sign;
    for (exponent = 113; !(fraction & 0x400); exponent--) fraction <<= 1; // subnormal: find the leading one
    return sign | exponent << 23 | (fraction & 0x3FF) << 13;
}

// Drops the lowest n bits, to nearest, ties to even.
static uint32_t round_off(uint32_t v, uint32_t n) {
    uint32_t half = (uint32_t)1 << (n - 1), rest = v & (2 * half - 1);
    return (v >> n) + (rest > half || (rest == half && (v >> n & 1)));
}

// And back: what is too large becomes infinity and NaNs keep their bits, as clip__f16_of_f32 doesn't have it.
static uint32_t f16_of_f32(uint32_t f) {
    uint32_t sign = f >> 16 & 0x8000, exponent = f >> 23 & 255, fraction = f & 0x7FFFFF;
    if (exponent == 255) return sign | 0x7C00 | fraction >> 13 | (fraction && !(fraction >> 13));
    if (exponent > 142) return sign | 0x7C00;                                           // 65,536 and up
    if (exponent > 112) return sign + round_off((exponent - 112) << 23 | fraction, 13); // may carry up to infinity
    if (exponent < 102) return sign;                                                    // below half of 2^-24
    return sign + round_off(fraction | 0x800000, 126 - exponent);
}

static uint32_t bf16_of_f32(uint32_t f) {
    if ((f & 0x7FFFFFFF) > 0x7F800000) return f >> 16 | (f & 0x7F0000 ? 0 : 1); // a NaN stays one
    return round_off(f, 16);
}

// The numbers of a tensor of floats as f32 in the host's order. Returns how many F64 values lost bits.
static uint64_t floats_of(const source_tensor *t, float *out) {
    const unsigned char *p = t->data;
    uint64_t lost = 0;
    for (uint64_t i = 0; i < t->count; i++) {
        uint32_t bits = 0;
        if (t->type == CLIP__F64) {
            uint64_t wide = clip__read_le(p + 8 * i, 8);
            double value;
            memcpy(&value, &wide, 8);
            out[i] = (float)value;
            lost += (double)out[i] < value || (double)out[i] > value;
            continue;
        }
        if (t->type == CLIP__F32) bits = (uint32_t)clip__read_le(p + 4 * i, 4);
        if (t->type == CLIP__F16) bits = f32_of_f16((uint32_t)clip__read_le(p + 2 * i, 2));
        if (t->type == CLIP__BF16) bits = (uint32_t)clip__read_le(p + 2 * i, 2) << 16;
        memcpy(out + i, &bits, 4);
    }
    return lost;
}

// ---- the model being put together ----------------------------------------------------------------------------------

typedef struct build {
    run *r;
    const options *o;
    clip__tensor *tensors;
    size_t n, room;
    unsigned char *keys; // as the format encodes them
    size_t keys_size, keys_room, n_keys;
    uint64_t *shapes; // for each tensor with a source: number of dimensions there, and their sizes
    size_t n_shapes, shapes_room;
    uint64_t lost, wide; // F64 numbers that lost bits, of how many

    source *from;                                               // where put() looks for tensors
    const char *path;                                           // of that, for messages
    const char *architecture;                                   // "a timm ViT", for messages
    int turned;                                                 // put() finds matrices as [in, out]
    int has_text;                                               // there is a text tower, which --pool is for
    char prefix[SOURCE_NAME + 1], scope_from[64], scope_to[64]; // what stands before the names given to put()
} build;

static int build_key(build *b, const char *name, unsigned type, const void *value, size_t size) {
    size_t name_size = strlen(name), need = CLIP__KEY_HEADER + name_size + size;
    unsigned char *p;
    if (b->keys_room - b->keys_size < need) {
        size_t room = (b->keys_size + need) * 2;
        p = (unsigned char *)run_alloc(b->r, room, 1);
        if (!p) return 0;
        if (b->keys_size) memcpy(p, b->keys, b->keys_size);
        b->keys = p;
        b->keys_room = room;
    }
    p = clip__key_write(b->keys + b->keys_size, name, name_size, type, size);
    if (size) memcpy(p, value, size);
    b->keys_size += need;
    b->n_keys++;
    return 1;
}

static int build_text(build *b, const char *name, const char *text) {
    return build_key(b, name, CLIP__KEY_TEXT, text, strlen(text));
}

static int build_integers(build *b, const char *name, const uint64_t *v, size_t n) {
    unsigned char *bytes = (unsigned char *)run_alloc(b->r, n, 8);
    if (!bytes) return 0;
    for (size_t i = 0; i < n; i++) clip__write_le(bytes + 8 * i, v[i], 8);
    return build_key(b, name, CLIP__KEY_INTEGERS, bytes, 8 * n);
}

static int build_integer(build *b, const char *name, uint64_t v) { return build_integers(b, name, &v, 1); }

static int build_reals(build *b, const char *name, const double *v, size_t n) {
    uint64_t bits[3];
    unsigned char bytes[24];
    memcpy(bits, v, n * 8);
    for (size_t i = 0; i < n; i++) clip__write_le(bytes + 8 * i, bits[i], 8);
    return build_key(b, name, CLIP__KEY_REALS, bytes, 8 * n);
}

static int build_real(build *b, const char *name, double v) { return build_reals(b, name, &v, 1); }

// Appends a tensor, with copies of its names. `like` (may be NULL) is the source's tensor, or the first of several
// joined.
static int build_add(build *b, clip__tensor t, const source_tensor *like) {
    t.name = run_copy(b->r, t.name, t.name_size);
    t.source = t.source_size ? run_copy(b->r, t.source, t.source_size) : "";
    if (!t.name || !t.source || !run_grow(b->r, &b->tensors, b->n, &b->room, sizeof t)) return 0;
    b->tensors[b->n++] = t;
    for (size_t i = 0; like && i <= like->rank; i++) {
        if (!run_grow(b->r, &b->shapes, b->n_shapes, &b->shapes_room, sizeof *b->shapes)) return 0;
        b->shapes[b->n_shapes++] = i ? like->shape[i - 1] : like->rank;
    }
    return 1;
}

// A tensor that comes from no source: bytes of `type` in rows.
static int build_own(build *b, const char *name, unsigned type, size_t d0, size_t d1, size_t d2, const void *data) {
    clip__tensor t;
    memset(&t, 0, sizeof t);
    t.name = name;
    t.name_size = strlen(name);
    t.type = t.source_type = type;
    t.shape[0] = d0, t.shape[1] = d1, t.shape[2] = d2, t.shape[3] = 1;
    t.size = (uint64_t)d0 * d1 * d2 * clip__type_size[type];
    t.data = data;
    return build_add(b, t, NULL);
}

static source_tensor *build_find(build *b, const char *name, const char *suffix) {
    char full[SOURCE_NAME + 256];
    snprintf(full, sizeof full, "%s%s%s%s", b->prefix, b->scope_from, name, suffix);
    return source_find(b->from, full);
}

static void build_scope(build *b, const char *to, const char *from) {
    snprintf(b->scope_to, sizeof b->scope_to, "%s", to);
    snprintf(b->scope_from, sizeof b->scope_from, "%s", from);
}

static int shape_fits(const source_tensor *t, const uint64_t want[4]) { // ones say nothing: [1,1,768] is a vector too
    size_t i = 0, j = 0;
    for (;; i++, j++) {
        while (i < t->rank && t->shape[i] == 1) i++;
        while (j < 4 && want[j] == 1) j++;
        if (i == t->rank || j == 4) return i == t->rank && j == 4;
        if (t->shape[i] != want[j]) return 0;
    }
}

// rows [out, in] of a matrix that the source has as [in, out].
static void turn_round(float *out_of_in, const float *in_of_out, size_t out, size_t in) {
    for (size_t i = 0; i < in; i++)
        for (size_t o = 0; o < out; o++) out_of_in[o * in + i] = in_of_out[i * out + o];
}

// Places scope_from + from[i] + suffix, n of them joined along their first dimension, as scope_to + to + suffix_to, a
// tensor of the shape [d0, d1, d2, d3]. A name that comes several times in a row is one tensor with so many of the
// parts.
static int put(build *b, const char *to, const char *suffix_to, const char *const *from, size_t n, const char *suffix,
               unsigned layout, size_t d0, size_t d1, size_t d2, size_t d3) {
    const size_t total = clip__mul(clip__mul(d0, d1), clip__mul(d2, d3));
    source_tensor *first = NULL;
    clip__tensor t;
    char name[160], *names;
    const float *plain = NULL;
    size_t names_size = 0, same = 1;
    memset(&t, 0, sizeof t);
    for (size_t i = 0; i < n; i += same) {
        source_tensor *part = build_find(b, from[i], suffix);
        uint64_t want[4];
        char has[256], needs[256];
        source_tensor needed;
        for (same = 1; i + same < n && from[i + same] == from[i];) same++;
        want[0] = d0 / n * same, want[1] = d1, want[2] = d2, want[3] = d3;
        if (b->turned) want[0] = d1, want[1] = d0;
        if (!part)
            return run_fail(b->r, CLIP_ERROR_SHAPE, "%s: tensor %s%s%s%s is missing, which %s has", b->path, b->prefix,
                            b->scope_from, from[i], suffix, b->architecture);
        if (part->type != CLIP__F32 && part->type != CLIP__F16 && part->type != CLIP__BF16 && part->type != CLIP__F64)
            return run_fail(b->r, CLIP_ERROR_UNSUPPORTED,
                            "%s: tensor %s is of type %s; weights of F32, F16, BF16 and F64 can be read", part->file,
                            part->name, part->type_name);
        needed.rank = d3 > 1 || d2 > 1 ? 4 : d1 > 1 ? 2 : 1;
        memcpy(needed.shape, want, sizeof want);
        if (!shape_fits(part, want))
            return run_fail(b->r, CLIP_ERROR_SHAPE, "%s: tensor %s: expected %s in %s, the file has %s", part->file,
                            part->name, source_shape(&needed, needs), b->architecture, source_shape(part, has));
        if (first && part->type != first->type)
            return run_fail(b->r, CLIP_ERROR_UNSUPPORTED,
                            "%s: tensors %s and %s are to be joined, but are of types %s and %s", part->file,
                            first->name, part->name, first->type_name, part->type_name);
        if (!first) first = part;
        part->used = 1;
        names_size += same * (part->name_size + 1);
    }
    t.name_size = (size_t)snprintf(name, sizeof name, "%s%s%s", b->scope_to, to, suffix_to);
    t.name = name;
    t.type = CLIP__F32;
    t.layout = layout;
    t.source_type = first->type;
    t.turned = (unsigned)b->turned;
    t.shape[0] = d0, t.shape[1] = d1, t.shape[2] = d2, t.shape[3] = d3;
    t.source = names = (char *)run_alloc(b->r, names_size, 1);
    if (!names) return 0;
    for (size_t i = 0; i < n; i++) { // "name_q\nname_k\nname_v"
        const source_tensor *part = build_find(b, from[i], suffix);
        memcpy(names + t.source_size, part->name, part->name_size);
        t.source_size += part->name_size;
        if (i + 1 < n) names[t.source_size++] = '\n';
    }
    if (n == 1 && first->type == CLIP__F32 && clip__little_endian() && !b->turned &&
        (uintptr_t)first->data % sizeof(float) == 0) {
        plain = (const float *)(const void *)first->data; // as in the file
    } else {
        float *made = (float *)run_alloc(b->r, total, sizeof *made);
        if (!made) return 0;
        for (size_t i = 0; i < n; i += same) {
            const source_tensor *part = build_find(b, from[i], suffix);
            for (same = 1; i + same < n && from[i + same] == from[i];) same++;
            b->lost += floats_of(part, made + i * (total / n));
            if (part->type == CLIP__F64) b->wide += part->count;
        }
        if (b->turned) {
            float *out = (float *)run_alloc(b->r, total, sizeof *out);
            if (!out) return 0;
            turn_round(out, made, d0, d1);
            run_free(b->r, made);
            made = out;
        }
        plain = made;
    }
    t.size = (uint64_t)total * sizeof *plain;
    t.data = plain;
    if (layout == CLIP__PANELS) {
        float *panels;
        t.size = clip__mul(clip__round_up(d0, 16), clip__mul(d1, d2 * d3));
        panels = (float *)run_alloc(b->r, (size_t)t.size, sizeof *panels);
        if (!panels) return 0;
        t.size *= sizeof *panels;
        clip__panels_pack(panels, plain, d0, d1, d2 * d3);
        if ((const void *)plain != (const void *)first->data) run_free(b->r, (void *)(uintptr_t)plain);
        t.data = panels;
    }
    if (!build_add(b, t, first)) return 0;
    run_free(b->r, names);
    return 1;
}

static int put_vector(build *b, const char *to, const char *from, size_t n) {
    return put(b, to, "", &from, 1, "", CLIP__ROWS, n, 1, 1, 1);
}

static int put_rows(build *b, const char *to, const char *from, size_t rows, size_t width) {
    return put(b, to, "", &from, 1, "", CLIP__ROWS, rows, width, 1, 1);
}

static int put_norm(build *b, const char *to, const char *from, size_t width) {
    int old = !build_find(b, from, ".weight") && build_find(b, from, ".gamma"); // BERT in TensorFlow's names
    return put(b, to, ".weight", &from, 1, old ? ".gamma" : ".weight", CLIP__ROWS, width, 1, 1, 1) &&
           put(b, to, ".bias", &from, 1, old ? ".beta" : ".bias", CLIP__ROWS, width, 1, 1, 1);
}

static int put_linear(build *b, const char *to, const char *from, size_t out, size_t in, int bias) {
    return put(b, to, ".weight", &from, 1, ".weight", CLIP__PANELS, out, in, 1, 1) &&
           (!bias || put(b, to, ".bias", &from, 1, ".bias", CLIP__ROWS, out, 1, 1, 1));
}

static int put_batch_norm(build *b, const char *to, const char *from, size_t n) {
    return put(b, to, ".weight", &from, 1, ".weight", CLIP__ROWS, n, 1, 1, 1) &&
           put(b, to, ".bias", &from, 1, ".bias", CLIP__ROWS, n, 1, 1, 1) &&
           put(b, to, ".mean", &from, 1, ".running_mean", CLIP__ROWS, n, 1, 1, 1) &&
           put(b, to, ".var", &from, 1, ".running_var", CLIP__ROWS, n, 1, 1, 1);
}

// Keeps a tensor that no tower needs, with its own type, shape and bits, so that it can be given back.
static int put_extra(build *b, source_tensor *from) {
    char name[SOURCE_NAME + 16];
    unsigned char *swapped;
    clip__tensor t;
    memset(&t, 0, sizeof t);
    from->used = 1;
    if (from->type == SOURCE_TYPE_OTHER) {
        run_note(b->r, "%s: left out %s, since a .clip has no type %s", from->file, from->name, from->type_name);
        return 1;
    }
    t.name_size = (size_t)snprintf(name, sizeof name, "extra.%s", from->name);
    t.name = name;
    t.source = from->name;
    t.source_size = from->name_size;
    t.type = t.source_type = from->type;
    for (size_t i = 0; i < 4; i++) t.shape[i] = i < from->rank ? from->shape[i] : 1;
    for (size_t i = 4; i < from->rank; i++) t.shape[3] *= from->shape[i];
    t.size = from->size;
    t.data = from->data;
    if (!clip__little_endian() && from->size) { // the writer takes the host's order
        t.data = swapped = (unsigned char *)run_alloc(b->r, from->size, 1);
        if (!swapped) return 0;
        memcpy(swapped, from->data, from->size);
        clip__swap_bytes(swapped, from->size, clip__type_size[from->type]);
    }
    return build_add(b, t, from);
}

// ---- the files that people publish ---------------------------------------------------------------------------------

typedef struct origin {
    const char *path;
    int is_folder;
    source tensors;
    json config, open_clip; // config.json, open_clip_config.json's model_cfg; p == NULL: there is none
    json preprocess;        // open_clip_config.json's preprocess_cfg
    json tokenizer, tokenizer_config, special_tokens, added_tokens; // by tokenizer_open, of a text tower that has one
    int openai;             // by its origin: a TorchScript archive, or a state dict with the numbers of one
    int image, text, heads; // what it is asked for
    int both;               // it has both towers, whatever it is asked for
    size_t image_family, text_family;
    char image_prefix[SOURCE_NAME + 1], text_prefix[SOURCE_NAME + 1], heads_prefix[SOURCE_NAME + 1]; // found in it
} origin;

// The JSON file of that name in the folder, or beside the file; out->p == NULL if it is not there.
static int origin_json(run *r, const origin *from, const char *name, json *out) {
    char *path;
    out->p = out->end = NULL;
    if (!strcmp(from->path, "-")) return 1;
    path = run_path(r, from->path, from->is_folder, name);
    return path && (!file_exists(path) || file_json(r, path, out));
}

static int read_weights(run *r, const char *path, source *out) {
    static const char lfs[] = "version https://git-lfs";
    const unsigned char *bytes = NULL;
    size_t size = 0;
    if (!run_read(r, path, &bytes, &size)) return 0;
    if (torch_is(bytes, size)) return torch_read(r, path, bytes, size, out);
    if (safetensors_is(bytes, size)) return safetensors_read(r, path, bytes, size, out);
    if (size >= sizeof clip__magic && !memcmp(bytes, clip__magic, sizeof clip__magic))
        return run_fail(r, CLIP_ERROR_FORMAT, "%s: is a .clip file already; see --info and --export-safetensors", path);
    if (size >= sizeof lfs - 1 && !memcmp(bytes, lfs, sizeof lfs - 1))
        return run_fail(r, CLIP_ERROR_FORMAT,
                        "%s: is a Git LFS pointer, not the weights: run `git lfs pull` in its folder", path);
    if (size >= 2 && bytes[0] == 0x80)
        return run_fail(r, CLIP_ERROR_FORMAT,
                        "%s: a pickle, but not one of torch.save; save model.state_dict() with it", path);
    return run_fail(r, CLIP_ERROR_FORMAT,
                    "%s: neither safetensors nor torch.save's (%llu bytes); is it cut? TensorFlow, Flax, ONNX and GGUF "
                    "can't be read",
                    path, (unsigned long long)size);
}

// model.safetensors.index.json: {"weight_map": {"tensor name": "model-00001-of-00002.safetensors", ...}}
static int read_shards(run *r, const char *index, source *out) {
    json root, map, key, file;
    char **names = NULL;
    size_t n = 0, room = 0;
    if (!file_json(r, index, &root)) return 0;
    if (!json_get(root, "weight_map", &map) || !json_is_object(map))
        return run_fail(r, CLIP_ERROR_FORMAT, "%s: has no weight_map", index);
    for (json c = json_begin(map); json_next(&c, &key, &file);) {
        char name[256], *path;
        size_t size = json_text(file, name, sizeof name), i;
        if (size == (size_t)-1 || !size || strchr(name, '/') || strchr(name, '\\') || strlen(name) != size)
            return run_fail(r, CLIP_ERROR_FORMAT, "%s: names the file %.*s; expected a name in its own folder", index,
                            SHOW_JSON(file));
        for (i = n; i-- && strcmp(names[i], name);) {}
        if (i != (size_t)-1) continue;
        if (!run_grow(r, &names, n, &room, sizeof *names) || !(names[n++] = run_copy(r, name, size)) ||
            !(path = run_path(r, index, 0, name)) || !read_weights(r, path, out))
            return 0;
    }
    if (!source_sort(r, out)) return 0;
    for (json c = json_begin(map); json_next(&c, &key, &file);) {
        char name[SOURCE_NAME + 1];
        if (json_text(key, name, sizeof name) == (size_t)-1 || !source_find(out, name))
            return run_fail(r, CLIP_ERROR_FORMAT, "%s: lists tensor %.*s, which none of its files has", index,
                            SHOW_JSON(key));
    }
    return 1;
}

static int origin_open(run *r, const char *path, origin *out) {
    static const char *const usual[] = {"model.safetensors",           "model.safetensors.index.json",
                                        "pytorch_model.bin",           "pytorch_model.bin.index.json",
                                        "open_clip_model.safetensors", "open_clip_pytorch_model.bin"};
    json open_clip, adapter;
    static const char index[] = ".index.json";
    const char *weights = path;
    size_t n;
    memset(out, 0, sizeof *out);
    out->path = path;
    out->is_folder = strcmp(path, "-") && file_is_folder(path);
    if (out->is_folder) {
        size_t i = 0;
        for (; i < sizeof usual / sizeof *usual; i++) {
            char *joined = run_path(r, path, 1, usual[i]);
            if (!joined) return 0;
            weights = joined;
            if (file_exists(joined)) break;
        }
        if (i == sizeof usual / sizeof *usual)
            return run_fail(r, CLIP_ERROR_IO,
                            "%s: a folder without model.safetensors and pytorch_model.bin; name the file of weights",
                            path);
    }
    n = strlen(weights);
    if (n >= sizeof index && !strcmp(weights + n - (sizeof index - 1), index)
            ? !read_shards(r, weights, &out->tensors)
            : !read_weights(r, weights, &out->tensors))
        return 0;
    if (!origin_json(r, out, "adapter_config.json", &adapter)) return 0;
    if (out->is_folder && adapter.p)
        return run_fail(r, CLIP_ERROR_UNSUPPORTED,
                        "%s: its adapter_config.json changes the weights when they are loaded, which is not done here; "
                        "save the model after merge_and_unload(), or name the file of weights",
                        path);
    if (!source_sort(r, &out->tensors) || !origin_json(r, out, "config.json", &out->config) ||
        !origin_json(r, out, "open_clip_config.json", &open_clip))
        return 0;
    json_get(open_clip, "model_cfg", &out->open_clip);
    json_get(open_clip, "preprocess_cfg", &out->preprocess);
    out->openai = out->tensors.torchscript ||
                  (source_find(&out->tensors, "input_resolution") && source_find(&out->tensors, "context_length"));
    return 1;
}

// Finds the one tensor whose name ends in `marker`, and what stands before that. 1 found, 0 not there, -1 several.
static int origin_prefix(run *r, origin *from, const char *marker, char prefix[SOURCE_NAME + 1]) {
    const source_tensor *found = NULL;
    const size_t m = strlen(marker);
    for (size_t i = 0; i < from->tensors.n; i++) {
        const source_tensor *t = &from->tensors.tensors[i];
        size_t n = t->name_size;
        if (n < m || strcmp(t->name + n - m, marker) || (n > m && t->name[n - m - 1] != '.')) continue;
        if (found) {
            run_fail(r, CLIP_ERROR_UNSUPPORTED, "%s: holds two models: it has both %s and %s; save only one",
                     from->path, found->name, t->name);
            return -1;
        }
        found = t;
    }
    if (found) {
        memcpy(prefix, found->name, found->name_size - m);
        prefix[found->name_size - m] = 0;
    }
    return found != NULL;
}

static int prefix_ends(const char *prefix, const char *end) {
    size_t n = strlen(prefix), m = strlen(end);
    return n >= m && !strcmp(prefix + n - m, end);
}

// ---- keys of configurations ---------------------------------------------------------------------------------------

// A key of a configuration, and those of its values that are computed here: JSON, with | between them. NULL: any, since
// no vector depends on it, it shows in the tensors, or it is read where it is needed.
typedef struct known_key {
    const char *name, *values;
} known_key;
#define KEYS(table) table, sizeof table / sizeof *table

static int value_is_known(json value, const char *values) {
    json one, key, item;
    double x, y;
    if (!values) return 1;
    for (one.p = values; *one.p; one.p = one.end + (*one.end == '|')) {
        one.end = one.p + strcspn(one.p, "|");
        if (json_real(value, &x) && json_real(one, &y) && x - y == 0) return 1;
        if (value.end - value.p == one.end - one.p && !memcmp(value.p, one.p, (size_t)(one.end - one.p))) return 1;
        if ((json_is_object(value) || json_is_list(value)) && *value.p == *one.p) { // {} and [] may have blanks inside
            json c = json_begin(value);
            if (!json_next(&c, &key, &item)) return 1;
        }
    }
    return 0;
}

// Refuses a value that would change vectors in a way not computed here, and, if `strict`, a key that nobody has listed.
// `file`: what the configuration is, for messages. `remedy`: what else can be done, "" or with a blank before it.
static int config_check(run *r, const char *path, const char *file, json config, const known_key *keys, size_t n,
                        int strict, const char *remedy) {
    json key, value;
    for (json c = json_begin(config); json_is_object(config) && json_next(&c, &key, &value);) {
        size_t i = 0;
        while (i < n && !json_text_is(key, keys[i].name)) i++;
        if (i == n && strict && !json_is(value, "null"))
            return run_fail(r, CLIP_ERROR_UNSUPPORTED,
                            "%s: its %s has the key %.*s, which is not known here and may change what is computed%s",
                            path, file, SHOW_JSON(key), remedy);
        if (i < n && !value_is_known(value, keys[i].values))
            return run_fail(r, CLIP_ERROR_UNSUPPORTED,
                            "%s: its %s has %s %.*s, which is not computed here: known is %s%s", path, file,
                            keys[i].name, SHOW_JSON(value), keys[i].values, remedy);
    }
    return 1;
}

// ---- image towers --------------------------------------------------------------------------------------------------

typedef struct pipeline {   // of pictures
    uint64_t size, shorter; // shorter: 0 means size
    const char *resize, *filter, *crop;
    double mean[3], std[3];
} pipeline;

static const double imagenet_mean[3] = {0.485, 0.456, 0.406}, imagenet_std[3] = {0.229, 0.224, 0.225};
static const double half[3] = {0.5, 0.5, 0.5};
static const double openai_mean[3] = {0.48145466, 0.4578275, 0.40821073},
                    openai_std[3] = {0.26862954, 0.26130258, 0.27577711};

static pipeline pipeline_of(uint64_t size, const char *resize, const char *filter, const double mean[3],
                            const double std[3]) {
    pipeline p;
    memset(&p, 0, sizeof p);
    p.size = size, p.resize = resize, p.filter = filter, p.crop = "half_even";
    memcpy(p.mean, mean, sizeof p.mean);
    memcpy(p.std, std, sizeof p.std);
    return p;
}

// Takes a size that a configuration says, if the weights are for it: with `patch` (0: any size is right) of as many
// patches a side as *p has. What is left beyond them, 6 pixels of 384 with patches of 14, is never looked at.
static void pipeline_size(pipeline *p, uint64_t size, size_t patch) {
    if (size && (!patch || size / patch == p->size / patch)) p->size = size;
}

// 224, {"height": 224, "width": 224}, or a list that ends in both, [3, 224, 224].
static int square_side(json value, uint64_t *side) {
    json height, width, key, item;
    uint64_t other;
    if (json_integer(value, side)) return 1;
    json_get(value, "height", &height), json_get(value, "width", &width);
    for (json c = json_begin(value); json_is_list(value) && json_next(&c, &key, &item);) height = width, width = item;
    return json_integer(height, side) && json_integer(width, &other) && other == *side;
}

// The side of pictures under that name, which may be missing. Refuses what is not square.
static int config_side(run *r, const char *path, const char *file, json config, const char *name, const char *remedy,
                       uint64_t *side) {
    json value;
    if (!json_get(config, name, &value) || json_is(value, "null") || square_side(value, side)) return 1;
    return run_fail(r, CLIP_ERROR_UNSUPPORTED, "%s: its %s has the %s %.*s; pictures known here are square%s", path,
                    file, name, SHOW_JSON(value), remedy);
}

static int three_reals(json list, double out[3]) { // leaves out alone if that is not what it is
    double v[3];
    size_t n = 0;
    for (json c = json_begin(list), key, item; json_next(&c, &key, &item); n++)
        if (n == 3 || !json_real(item, &v[n])) return 0;
    if (n == 3) memcpy(out, v, sizeof v);
    return n == 3;
}

// The mean and the deviation of pixels under these two names, which may be missing.
static int pipeline_normal(run *r, const options *o, const origin *from, const char *file, json config,
                           const char *mean, const char *std, pipeline *p) {
    json value;
    for (int i = 0; i < 2; i++) {
        const char *name = i ? std : mean;
        if (!json_get(config, name, &value) || json_is(value, "null") || three_reals(value, i ? p->std : p->mean))
            continue;
        if (!(i ? o->has_std : o->has_mean))
            return run_fail(r, CLIP_ERROR_UNSUPPORTED,
                            "%s: its %s has %s %.*s; expected three numbers; give --mean and --std", from->path, file,
                            name, SHOW_JSON(value));
    }
    return 1;
}

// The filter by the name that timm and open_clip give it.
static int pipeline_filter(run *r, const options *o, const origin *from, const char *file, json config, pipeline *p) {
    json value;
    if (!json_get(config, "interpolation", &value) || json_is(value, "null")) return 1;
    if (!json_text_is(value, "bicubic") && !json_text_is(value, "bilinear"))
        return o->filter ? 1
                         : run_fail(r, CLIP_ERROR_UNSUPPORTED,
                                    "%s: its %s asks for the filter %.*s; give --filter bilinear or bicubic",
                                    from->path, file, SHOW_JSON(value));
    p->filter = json_text_is(value, "bicubic") ? "bicubic" : "bilinear";
    return 1;
}

// timm's config.json: {"architecture": ..., "pretrained_cfg": {"input_size": [3,224,224], "crop_pct": 0.9, ...}}, of
// old versions without the inner object. What is missing has the defaults of timm/data/config.py.
static int pipeline_timm(run *r, const options *o, const origin *from, pipeline *p, size_t patch) {
    static const char file[] = "config.json";
    static const known_key modes[] = {{"crop_mode", "\"center\"|\"squash\"|null"}};
    json config, value;
    uint64_t size = 0;
    double crop = 0.875;
    if (!json_get(from->config, "architecture", &value)) return 1;
    if (!json_get(from->config, "pretrained_cfg", &config) || !json_is_object(config)) config = from->config;
    memcpy(p->mean, imagenet_mean, sizeof p->mean);
    memcpy(p->std, imagenet_std, sizeof p->std);
    p->filter = "bicubic";
    if (!pipeline_normal(r, o, from, file, config, "mean", "std", p) ||
        !pipeline_filter(r, o, from, file, config, p) ||
        (!o->resize && !config_check(r, from->path, file, config, KEYS(modes), 0, "; give --resize")))
        return 0;
    if ((patch || !o->size) &&
        !config_side(r, from->path, file, config, "input_size", patch ? "" : "; give --size", &size))
        return 0;
    pipeline_size(p, size, patch);
    if (json_get(config, "crop_pct", &value) && !json_is(value, "null") &&
        (!json_real(value, &crop) || !(crop > 0.1 && crop <= 1)))
        return run_fail(r, CLIP_ERROR_FORMAT, "%s: its config.json has a crop_pct that is not from 0.1 to 1",
                        from->path);
    if (json_get(config, "crop_mode", &value) && json_text_is(value, "squash")) {
        if (crop < 1 && !o->resize)
            return run_fail(r, CLIP_ERROR_UNSUPPORTED,
                            "%s: its config.json has the crop_mode \"squash\" with a crop_pct of %g, so that pictures "
                            "are stretched beyond their size and cropped, which is not computed here; give --resize",
                            from->path, crop);
        p->resize = "stretch";
    } else {
        p->resize = "short";
        p->shorter = (uint64_t)floor((double)(o->size ? o->size : p->size) / crop); // timm's create_transform
    }
    return 1;
}

// open_clip_config.json's preprocess_cfg: {"mean": ..., "std": ..., "interpolation": "bicubic", "resize_mode":
// "shortest"}. What is missing is as OpenAI has it: open_clip/transform.py, PreprocessCfg.
static int pipeline_open_clip(run *r, const options *o, const origin *from, pipeline *p, size_t patch) {
    static const char file[] = "open_clip_config.json's preprocess_cfg";
    static const known_key keys[] = {{"size", NULL}, {"mode", "\"RGB\"|null"},   {"mean", NULL},      {"std", NULL},
                                     {"interpolation", NULL}, {"resize_mode", NULL}, {"fill_color", NULL}};
    json value, vision;
    uint64_t size = 0;
    json_get(from->open_clip, "vision_cfg", &vision);
    if (!config_side(r, from->path, "open_clip_config.json's vision_cfg", vision, "image_size", "", &size)) return 0;
    pipeline_size(p, size, patch);
    if (!config_check(r, from->path, file, from->preprocess, KEYS(keys), 1, "")) return 0;
    if (from->open_clip.p) *p = pipeline_of(p->size, "short", "bicubic", openai_mean, openai_std);
    if (!pipeline_normal(r, o, from, file, from->preprocess, "mean", "std", p) ||
        !pipeline_filter(r, o, from, file, from->preprocess, p))
        return 0;
    if (json_get(from->preprocess, "resize_mode", &value)) {
        if (!json_text_is(value, "shortest") && !json_text_is(value, "squash") && !o->resize)
            return run_fail(r, CLIP_ERROR_UNSUPPORTED,
                            "%s: its open_clip_config.json has the resize_mode %.*s; shortest and squash are known "
                            "(--resize short or stretch overrides)",
                            from->path, SHOW_JSON(value));
        p->resize = json_text_is(value, "squash") ? "stretch" : "short";
        p->shorter = 0;
    }
    return 1;
}

// Image processors of transformers that do what is computed here, and what they do where their configuration says
// nothing: image_processing_clip.py, _bit.py, _siglip.py, _vit.py. A size of one number is of the short side (`edge`:
// default_to_square = False) or of both. Others have the same keys and do more: LevitImageProcessor scales the size,
// MobileViTImageProcessor turns the channels round.
typedef struct processor {
    const char *name;
    int edge;
    const char *resize, *filter;
    const double *mean, *std;
} processor;
static const processor processors[] = {{"CLIP", 1, "short", "bicubic", openai_mean, openai_std},
                                       {"Siglip", 1, "stretch", "bicubic", half, half},
                                       {"ViT", 0, "stretch", "bilinear", half, half},
                                       {"Bit", 1, "short", "bicubic", openai_mean, openai_std}};

// The one that a pipeline's defaults are of.
static const processor *processor_like(const pipeline *p) {
    return &processors[!strcmp(p->resize, "short") ? 0 : !strcmp(p->filter, "bicubic") ? 1 : 2];
}

// The one of the *type that the configuration names, and *p then has its defaults, or else *usual. NULL: none of these.
static const processor *processor_named(json config, json *type, const processor *usual, pipeline *p) {
    static const char *const ends[] = {"ImageProcessor", "ImageProcessorFast", "ImageProcessorPil", "FeatureExtractor"};
    if (!json_get(config, "image_processor_type", type) || json_is(*type, "null"))
        json_get(config, "feature_extractor_type", type);
    if (!type->p || json_is(*type, "null")) return usual;
    for (size_t i = 0; i < sizeof processors / sizeof *processors; i++)
        for (size_t k = 0; k < sizeof ends / sizeof *ends; k++) {
            const processor *one = &processors[i];
            char name[64];
            snprintf(name, sizeof name, "%s%s", one->name, ends[k]);
            if (!json_text_is(*type, name)) continue;
            *p = pipeline_of(p->size, one->resize, one->filter, one->mean, one->std);
            return one;
        }
    return NULL;
}

// How a preprocessor_config.json brings pictures to their size: {"shortest_edge": 224} and a crop behind it, or both
// sides at once. A null that stands there is no: BaseImageProcessor takes it over.
static int pipeline_sides(run *r, const options *o, const origin *from, const char *file, json config,
                          const processor *own, pipeline *p, size_t patch) {
    static const known_key steps[] = {
        {"do_resize", "true"}, {"do_pad", "false|null"}, {"crop_pct", "null"}, {"use_square_size", "false|null"}};
    int crops = !strcmp(own->resize, "short"), short_edge = crops, has_size, has_crop;
    json size, crop, value;
    uint64_t side = 224, middle = 224; // the size and crop_size of all four, where one is told without the other
    if (!o->resize &&
        !config_check(r, from->path, file, config, KEYS(steps), 0, "; give --resize"))
        return 0;
    if (json_get(config, "do_center_crop", &value)) crops = json_is(value, "true");
    has_size = json_get(config, "size", &size) && !json_is(size, "null");
    has_crop = crops && json_get(config, "crop_size", &crop) && !json_is(crop, "null");
    if (has_size) {
        const int longest = json_get(size, "longest_edge", &value) && !json_is(value, "null");
        short_edge = json_get(size, "shortest_edge", &value) && json_integer(value, &side);
        if (longest || (!short_edge && !square_side(size, &side)))
            return o->resize ? 1
                             : run_fail(r, CLIP_ERROR_UNSUPPORTED,
                                        "%s: its %s has the size %.*s; a shortest_edge and equal height and width are "
                                        "known (--resize overrides)",
                                        from->path, file, SHOW_JSON(size));
        if (json_integer(size, &side))
            short_edge = json_get(config, "default_to_square", &value) && !json_is(value, "null")
                             ? json_is(value, "false")
                             : own->edge;
    }
    if (!crops) middle = side;
    if (!has_size && !has_crop) side = middle = p->size;
    if (has_crop && !square_side(crop, &middle))
        return run_fail(r, CLIP_ERROR_UNSUPPORTED,
                        "%s: its %s has the crop_size %.*s; equal height and width are known", from->path, file,
                        SHOW_JSON(crop));
    if (!o->resize && (short_edge ? !crops || middle > side || !middle : middle != side))
        return run_fail(r, CLIP_ERROR_UNSUPPORTED,
                        "%s: its %s brings the %s to %llu and then %s; known are the short side with a crop inside it, "
                        "and both sides without (--resize overrides)",
                        from->path, file, short_edge ? "short side" : "sides", (unsigned long long)side,
                        crops ? "crops another size" : "crops nothing");
    p->resize = short_edge ? "short" : "stretch";
    p->shorter = short_edge ? side : 0;
    if (o->size && middle) p->shorter = p->shorter * o->size / middle; // the same share
    pipeline_size(p, middle, patch);
    return 1;
}

// What transformers writes into processor_config.json, or into preprocessor_config.json, in the order that it reads
// them. `usual`: the architecture's own processor.
static int pipeline_huggingface(run *r, const options *o, const origin *from, pipeline *p, size_t patch,
                                const processor *usual) {
    const char *file = "processor_config.json";
    static const known_key scale[] = {{"do_rescale", "true"}};
    const processor *own;
    json config, outer, value;
    double factor;
    uint64_t n;
    if (!origin_json(r, from, file, &outer)) return 0;
    if (!json_get(outer, "image_processor", &config) || json_is(config, "null")) {
        file = "preprocessor_config.json";
        if (!origin_json(r, from, file, &config)) return 0;
    }
    if (!json_is_object(config)) return 1;
    own = processor_named(config, &value, usual, p);
    if (!own && !(o->resize && o->filter && o->has_mean && o->has_std))
        return run_fail(r, CLIP_ERROR_UNSUPPORTED,
                        "%s: its %s is of a %.*s; those of CLIP, SigLIP, ViT and BiT are known; give --resize, "
                        "--filter, --mean and --std",
                        from->path, file, SHOW_JSON(value));
    if (!own) own = usual;
    p->crop = "floor"; // transformers: int((size - crop) / 2)
    if (!pipeline_normal(r, o, from, file, config, "image_mean", "image_std", p)) return 0;
    if (!o->has_mean || !o->has_std) {
        if (!config_check(r, from->path, file, config, KEYS(scale), 0, "; give --mean and --std")) return 0;
        if (json_get(config, "rescale_factor", &value) && !json_is(value, "null") &&
            (!json_real(value, &factor) || fabs(factor * 255 - 1) > 1e-6))
            return run_fail(r, CLIP_ERROR_UNSUPPORTED,
                            "%s: its %s has the rescale_factor %.*s, not 1/255; give --mean and --std", from->path,
                            file, SHOW_JSON(value));
    }
    if (json_get(config, "do_normalize", &value) && !json_is(value, "true"))
        for (int i = 0; i < 3; i++) p->mean[i] = 0, p->std[i] = 1;
    if (json_get(config, "resample", &value) && !json_is(value, "null")) { // PIL's numbers
        if (json_integer(value, &n) && (n == 2 || n == 3)) p->filter = n == 2 ? "bilinear" : "bicubic";
        else if (!o->filter)
            return run_fail(r, CLIP_ERROR_UNSUPPORTED,
                            "%s: its %s asks for PIL's filter %.*s; give --filter", from->path, file, SHOW_JSON(value));
    }
    return pipeline_sides(r, o, from, file, config, own, p, patch);
}

// Writes the keys of the pipeline: *p, which has the defaults of the architecture, then files, then flags. `patch`:
// what its size is settled by, 0 if by nothing.
static int put_pipeline(build *b, origin *from, pipeline p, size_t patch) {
    const options *o = b->o;
    const processor *usual = processor_like(&p);
    if (prefix_ends(from->image_prefix,
                    "image_encoder.model.")) { // CLIP-pytorch: albumentations.Resize, ImageNet's mean
        p.resize = "stretch";
        p.filter = "cv-bilinear";
        memcpy(p.mean, imagenet_mean, sizeof p.mean);
        memcpy(p.std, imagenet_std, sizeof p.std);
    }
    if (b->o->heads || b->o->embed_dim) p.resize = "stretch"; // these heads are CLIP-pytorch's, whose recipe stretches
    if (!pipeline_timm(b->r, o, from, &p, patch) || !pipeline_open_clip(b->r, o, from, &p, patch) ||
        !pipeline_huggingface(b->r, o, from, &p, patch, usual))
        return 0;
    if (o->size) p.size = o->size;
    if (o->resize) {
        p.resize = o->resize;
        p.shorter = 0;
    }
    if (o->filter) p.filter = o->filter;
    if (o->has_mean) memcpy(p.mean, o->mean, sizeof p.mean);
    if (o->has_std) memcpy(p.std, o->std, sizeof p.std);
    if (strcmp(p.resize, "short") || p.shorter <= p.size) p.shorter = 0;
    if (!strcmp(p.resize, "short") && strcmp(p.crop, "half_even") && !build_text(b, "image.crop", p.crop)) return 0;
    return build_integer(b, "image.size", p.size) && build_text(b, "image.resize", p.resize) &&
           (!p.shorter || build_integer(b, "image.short", p.shorter)) && build_text(b, "image.filter", p.filter) &&
           build_reals(b, "image.mean", p.mean, 3) && build_reals(b, "image.std", p.std, 3);
}

// Blocks N from 0 up that have a tensor prefix + stem + N + rest.
static size_t count_blocks(build *b, const char *stem, const char *rest) {
    size_t n = 0;
    char name[320];
    build_scope(b, "", "");
    do snprintf(name, sizeof name, "%s%lu%s", stem, (unsigned long)n, rest);
    while (build_find(b, name, "") && ++n < CLIP__MAX_LAYERS);
    return n;
}

// The size of dimension d of the tensor, for shapes that all others follow from; 0 and an error if it is not there.
static size_t dimension(build *b, const char *name, size_t rank, size_t d) {
    source_tensor *t = build_find(b, name, "");
    char shape[256];
    if (!t) {
        run_fail(b->r, CLIP_ERROR_SHAPE, "%s: tensor %s%s%s is missing, which %s has", b->path, b->prefix,
                 b->scope_from, name, b->architecture);
        return 0;
    }
    if (t->rank == rank && t->shape[d] && t->shape[d] <= 1 << 30) return (size_t)t->shape[d];
    run_fail(b->r, CLIP_ERROR_SHAPE, "%s: tensor %s has the shape %s, which is not that of %s", b->path, t->name,
             source_shape(t, shape), b->architecture);
    return 0;
}

// What a family calls the parts of a transformer block. With k == NULL, q is one tensor of all three.
typedef struct block_names {
    const char *stem, *norm1, *q, *k, *v, *proj, *norm2, *fc1, *fc2;
} block_names;
static const block_names timm_blocks = {"blocks.",   "norm1", "attn.qkv", NULL,     NULL,
                                        "attn.proj", "norm2", "mlp.fc1",  "mlp.fc2"};
static const block_names openai_blocks = {"transformer.resblocks.", "ln_1", "attn.in_proj", NULL,        NULL,
                                          "attn.out_proj",          "ln_2", "mlp.c_fc",     "mlp.c_proj"};
static const block_names clip_blocks = {"encoder.layers.",  "layer_norm1",      "self_attn.q_proj",
                                        "self_attn.k_proj", "self_attn.v_proj", "self_attn.out_proj",
                                        "layer_norm2",      "mlp.fc1",          "mlp.fc2"};
static const block_names vit_blocks = {
    "encoder.layer.",          "layernorm_before",          "attention.attention.query",
    "attention.attention.key", "attention.attention.value", "attention.output.dense",
    "layernorm_after",         "intermediate.dense",        "output.dense"};
static const block_names bert_blocks = {"encoder.layer.",     "attention.output.LayerNorm", "attention.self.query",
                                        "attention.self.key", "attention.self.value",       "attention.output.dense",
                                        "output.LayerNorm",   "intermediate.dense",         "output.dense"};
static const block_names distilbert_blocks = {"transformer.layer.", "sa_layer_norm",   "attention.q_lin",
                                              "attention.k_lin",    "attention.v_lin", "attention.out_lin",
                                              "output_layer_norm",  "ffn.lin1",        "ffn.lin2"};

// torch.nn.MultiheadAttention calls the matrix of all three in_proj_weight, not in_proj.weight.
static const char *weight_of(build *b, const char *name) {
    return build_find(b, name, "_weight") ? "_weight" : ".weight";
}
static const char *bias_of(build *b, const char *name) { return build_find(b, name, "_bias") ? "_bias" : ".bias"; }

static int put_qkv(build *b, const char *to, const char *const *from, size_t n, size_t w) {
    const char *bias = bias_of(b, from[0]);
    int has_bias = 0; // all of them then must be there
    for (size_t i = 0; i < n; i++) has_bias = has_bias || build_find(b, from[i], bias);
    return put(b, to, ".weight", from, n, weight_of(b, from[0]), CLIP__PANELS, 3 * w, w, 1, 1) &&
           (!has_bias || put(b, to, ".bias", from, n, bias, CLIP__ROWS, 3 * w, 1, 1, 1));
}

// Blocks N from 0 up, and the width of their hidden layer; 0 and an error if there are none.
static size_t measure_blocks(build *b, const block_names *names, size_t *mlp) {
    char name[160];
    snprintf(name, sizeof name, "%s0.%s.weight", names->stem, names->fc1);
    build_scope(b, "", "");
    if (!(*mlp = dimension(b, name, 2, 0))) return 0;
    snprintf(name, sizeof name, ".%s.weight", names->fc1);
    return count_blocks(b, names->stem, name);
}

static int put_blocks(build *b, const char *tower, const block_names *names, size_t layers, size_t w, size_t mlp) {
    for (size_t i = 0; i < layers; i++) {
        char to[64], stem[64];
        const char *qkv[3];
        qkv[0] = names->q, qkv[1] = names->k, qkv[2] = names->v;
        snprintf(to, sizeof to, "%s.blocks.%lu.", tower, (unsigned long)i);
        snprintf(stem, sizeof stem, "%s%lu.", names->stem, (unsigned long)i);
        build_scope(b, to, stem);
        if (!put_norm(b, "norm1", names->norm1, w) || !put_qkv(b, "attn.qkv", qkv, names->k ? 3 : 1, w) ||
            !put_linear(b, "attn.proj", names->proj, w, w, 1) || !put_norm(b, "norm2", names->norm2, w) ||
            !put_linear(b, "mlp.fc1", names->fc1, mlp, w, 1) || !put_linear(b, "mlp.fc2", names->fc2, w, mlp, 1))
            return 0;
    }
    build_scope(b, "", "");
    return 1;
}

// The names of activations in configurations, and ours.
static const char *activation_of(json name) {
    static const struct {
        const char *config, *ours;
    } known[] = {{"gelu", "gelu"},          {"gelu_new", "gelu_tanh"},    {"gelu_pytorch_tanh", "gelu_tanh"},
                 {"gelu_python", "gelu"},   {"quick_gelu", "quick_gelu"}, {"relu", "relu"},
                 {"gelu_tanh", "gelu_tanh"}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (json_text_is(name, known[i].config)) return known[i].ours;
    return NULL;
}

static int unknown_activation(build *b, json name) {
    return run_fail(
        b->r, CLIP_ERROR_UNSUPPORTED,
        "%s: its configuration asks for the activation %.*s; gelu, gelu_new, gelu_pytorch_tanh, quick_gelu and "
        "relu are known",
        b->path, SHOW_JSON(name));
}

// A number of a configuration under either of two names. 0: it is not there.
static int config_integer(json config, const char *name, const char *other, uint64_t *out) {
    json value;
    return (json_get(config, name, &value) && json_integer(value, out)) ||
           (json_get(config, other, &value) && json_integer(value, out));
}

static int model_type_is(const origin *from, const char *name) {
    json value;
    return json_get(from->config, "model_type", &value) && json_text_is(value, name);
}

// The part of HuggingFace's config.json that is about one tower: vision_config or text_config, or the whole.
static json tower_config(const origin *from, const char *part) {
    char dict[32];
    json inner;
    snprintf(dict, sizeof dict, "%s_dict", part); // CLIPConfig: what is in it, and the defaults of the rest, overrides
    if (model_type_is(from, "clip") && json_get(from->config, dict, &inner) && json_is_object(inner)) return inner;
    return json_get(from->config, part, &inner) && json_is_object(inner) ? inner : from->config;
}

// What tensors don't tell of a tower.
typedef struct facts {
    uint64_t heads;
    double eps;
    const char *activation;
} facts;

// From HuggingFace's configuration of the tower; *f has the architecture's defaults.
static int facts_huggingface(build *b, json config, size_t w, size_t layers, facts *f) {
    json value;
    uint64_t n;
    if (config_integer(config, "hidden_size", "dim", &n) && n != w)
        return run_fail(b->r, CLIP_ERROR_SHAPE, "%s: its config.json says a width of %llu, the tensors have %lu",
                        b->path, (unsigned long long)n, (unsigned long)w);
    if (config_integer(config, "num_hidden_layers", "n_layers", &n) && n != layers)
        return run_fail(b->r, CLIP_ERROR_SHAPE, "%s: its config.json says %llu layers, the tensors have %lu", b->path,
                        (unsigned long long)n, (unsigned long)layers);
    config_integer(config, "num_attention_heads", "n_heads", &f->heads);
    if (json_get(config, "hidden_act", &value) || json_get(config, "activation", &value)) {
        f->activation = activation_of(value);
        if (!f->activation) return unknown_activation(b, value);
    }
    if (json_get(config, "layer_norm_eps", &value) && (!json_real(value, &f->eps) || !(f->eps >= 0 && f->eps < 1)))
        return run_fail(b->r, CLIP_ERROR_FORMAT, "%s: its config.json has a layer_norm_eps that is not from 0 to 1",
                        b->path);
    return 1;
}

// Whether a name is made of these words alone, with `between` between them, of numbers, and of numbers behind one of
// `stems`. What stands behind a dot is not looked at: it tells what a model was trained on.
static int made_of_words(const char *name, char between, const char *const *words, size_t n_words,
                         const char *const *stems, size_t n_stems) {
    for (size_t n; *name && *name != '.'; name += n + (name[n] == between)) {
        int known = 0;
        for (n = 0; name[n] && name[n] != between && name[n] != '.';) n++;
        for (size_t i = 0; i < n_words; i++) known = known || (strlen(words[i]) == n && !strncmp(name, words[i], n));
        for (size_t i = 0; i < n_stems; i++) {
            const size_t stem = strlen(stems[i]);
            known = known ||
                    (n > stem && !strncmp(name, stems[i], stem) && stem + strspn(name + stem, "0123456789x") == n);
        }
        if (!known) return 0;
    }
    return 1;
}

// Whether open_clip's model of that name is a CLIP as OpenAI's but for sizes and QuickGELU. In open_clip/model_configs
// all others have another word: SigLIP, CLIPA, worldwide, EVA02, PE, coca_ViT, roberta, convnext_base ...
static int open_clip_is_plain(const char *name) {
    static const char *const words[] = {"ViT", "S", "M", "B", "L", "H", "g", "e", "bigG", "plus", "alt", "quickgelu"};
    static const char *const stems[] = {"", "RN"};
    return made_of_words(name, '-', words, sizeof words / sizeof *words, stems, sizeof stems / sizeof *stems);
}

// The activation of open_clip's and OpenAI's own towers: by flag, by open_clip_config.json, by origin, or nobody knows.
static int activation_open_clip(build *b, const origin *from, const char *part, const char **out) {
    json value, inner, act;
    if (from->openai) *out = "quick_gelu";
    else if (from->open_clip.p) {
        *out = json_get(from->open_clip, "quick_gelu", &value) && json_is(value, "true") ? "quick_gelu" : "gelu";
        if (json_get(from->open_clip, part, &inner) && json_get(inner, "act_kwargs", &act) &&
            json_get(act, "approximate", &value) && json_text_is(value, "tanh"))
            *out = "gelu_tanh";
    } else if (b->o->model) {
        if (!open_clip_is_plain(b->o->model))
            return run_fail(b->r, CLIP_ERROR_UNSUPPORTED,
                            "%s: --model %.*s: only the ViT-* and RN* that differ in sizes and -quickgelu alone can be "
                            "told so; put its open_clip_config.json beside it",
                            b->path, SHOW(b->o->model, strlen(b->o->model)));
        *out = prefix_ends(b->o->model, "-quickgelu") ? "quick_gelu" : "gelu";
    } else if (!b->o->activation) {
        return run_fail(
            b->r, CLIP_ERROR_UNSUPPORTED,
            "%s: whether it was trained with GELU or QuickGELU can't be told from its tensors; put its "
            "open_clip_config.json beside it, or give --activation quick_gelu (OpenAI's models), --activation "
            "gelu (most of open_clip's), or --model NAME as open_clip calls it",
            b->path);
    }
    return 1;
}

// open_clip's vision_cfg or text_cfg; p == NULL without one.
static json open_clip_config(const origin *from, const char *part) {
    json inner = {NULL, NULL};
    json_get(from->open_clip, part, &inner);
    return inner;
}

// Refuses what open_clip_config.json says of one tower, "vision_cfg" or "text_cfg", that is not computed here. The keys
// are those of CLIPVisionCfg and CLIPTextCfg in open_clip/model.py.
static int open_clip_check(build *b, const origin *from, const char *part) {
    static const known_key whole[] = {{"embed_dim", NULL},          {"vision_cfg", NULL},
                                      {"text_cfg", NULL},           {"quick_gelu", NULL},
                                      {"custom_text", NULL},        {"init_logit_scale", NULL},
                                      {"init_logit_bias", NULL},    {"nonscalar_logit_scale", NULL},
                                      {"cast_dtype", NULL},         {"output_dict", NULL},
                                      {"multimodal_cfg", "null"}};
    static const known_key blocks[] = {{"block_type", "null|\"default\""}, {"qk_norm", "false|null"},
                                       {"scaled_cosine_attn", "false|null"}, {"scale_heads", "false|null"},
                                       {"scale_attn_inner", "false|null"},   {"scale_attn", "false|null"},
                                       {"scale_fc", "false|null"},           {"final_ln_after_pool", "false|null"},
                                       {"ls_init_value", "null"}};
    static const known_key vision[] = {
        {"pool_type", "\"tok\"|null"}, {"attentional_pool", "false|null"}, {"pos_embed_type", "\"learnable\"|null"},
        {"timm_proj", "\"linear\"|\"none\"|\"\"|null"}};
    static const known_key text[] = {{"text_arch", "\"clip\"|null"}, {"hf_model_name", "null|\"\""},
                                     {"proj_type", "\"linear\"|\"none\"|null"}, {"embed_cls", "false|null"},
                                     {"tokenizer_mode", "null|\"\""}, {"norm_type", "null|\"layernorm\""},
                                     {"reg_tokens", "0|null"}};
    static const known_key norms[] = {{"eps", NULL}}, acts[] = {{"approximate", "\"tanh\"|\"none\""}};
    // what shows in the tensors, is read where it is needed, is of another kind of tower, or of training
    static const char *const others[] = {
        "layers", "width", "heads", "head_width", "mlp_ratio", "patch_size", "image_size", "patch_dropout", "no_ln_pre",
        "attn_pooler_queries", "attn_pooler_heads", "output_tokens", "act_kwargs", "norm_kwargs", "timm_model_name",
        "timm_model_pretrained", "timm_pool", "timm_proj_bias", "timm_drop", "timm_drop_path", "timm_model_kwargs",
        "context_length", "vocab_size", "hf_tokenizer_name", "tokenizer_kwargs", "pad_id", "bos_id", "eos_id",
        "no_causal_mask", "pool_type", "proj_bias", "hf_model_pretrained", "hf_proj_type", "hf_pooler_type",
        "hf_model_config", "hf_tokenizer_type"};
    enum { BLOCKS = sizeof blocks / sizeof *blocks, OTHERS = sizeof others / sizeof *others, OWN = 8 };
    const int is_text = !strcmp(part, "text_cfg");
    known_key all[BLOCKS + OTHERS + OWN];
    const size_t own = is_text ? sizeof text / sizeof *text : sizeof vision / sizeof *vision;
    size_t n = 0;
    char file[64];
    json inner, norm, act;
    for (size_t i = 0; i < own; i++) all[n++] = is_text ? text[i] : vision[i];
    for (size_t i = 0; i < BLOCKS; i++) all[n++] = blocks[i];
    for (size_t i = 0; i < OTHERS; i++, n++) all[n].name = others[i], all[n].values = NULL;
    snprintf(file, sizeof file, "open_clip_config.json's %s", part);
    inner = open_clip_config(from, part);
    json_get(inner, "norm_kwargs", &norm), json_get(inner, "act_kwargs", &act);
    return config_check(b->r, b->path, "open_clip_config.json's model_cfg", from->open_clip, KEYS(whole), 1, "") &&
           config_check(b->r, b->path, file, inner, all, n, 1, "") &&
           config_check(b->r, b->path, "open_clip_config.json's norm_kwargs", norm, KEYS(norms), 1, "") &&
           config_check(b->r, b->path, "open_clip_config.json's act_kwargs", act, KEYS(acts), 1, "");
}

// The norm_kwargs {"eps": 1e-6} and the act_kwargs {"approximate": "tanh"}, heads.
static int facts_open_clip(build *b, const origin *from, const char *part, facts *f) {
    json inner = open_clip_config(from, part), norm, value;
    if (!open_clip_check(b, from, part)) return 0;
    if (json_get(inner, "norm_kwargs", &norm) && json_get(norm, "eps", &value)) json_real(value, &f->eps);
    if (json_get(inner, "heads", &value)) json_integer(value, &f->heads);
    return activation_open_clip(b, from, part, &f->activation);
}

// Writes the keys that every transformer has.
static int put_facts(build *b, const char *tower, const facts *f, size_t layers, size_t w, size_t mlp) {
    char name[6][32];
    static const char *const keys[] = {"eps", "width", "layers", "heads", "mlp", "activation"};
    for (size_t i = 0; i < 6; i++) snprintf(name[i], sizeof name[i], "%s.%s", tower, keys[i]);
    if (!f->heads || w % f->heads)
        return run_fail(b->r, CLIP_ERROR_UNSUPPORTED,
                        "%s: how many attention heads %s of width %lu has can't be told from its tensors; put its "
                        "config.json beside it",
                        b->path, b->architecture, (unsigned long)w);
    return build_real(b, name[0], f->eps) && build_integer(b, name[1], w) && build_integer(b, name[2], layers) &&
           build_integer(b, name[3], f->heads) && build_integer(b, name[4], mlp) &&
           build_text(b, name[5], b->o->activation ? b->o->activation : f->activation);
}

// ---- positions for pictures of another size ----

// Weights of the pixels of a line of `in` that make pixel i of `out`: bicubic as torch.nn.functional.interpolate has it
// with align_corners = False. Plainly: four taps, a = -0.75, the line's ends repeated. With antialias: as PIL,
// a = -0.5.
static void line_weights(double *weights, size_t in, size_t out, size_t i, int antialias) {
    const double scale = (double)in / (double)out, center = ((double)i + 0.5) * scale, a = antialias ? -0.5 : -0.75;
    const double stretch = antialias && scale > 1 ? scale : 1;
    double sum = 0;
    memset(weights, 0, in * sizeof *weights);
    for (long k = (long)floor(center - 0.5 - 2 * stretch) - 1; k <= (long)ceil(center + 2 * stretch) + 1; k++) {
        const double x = fabs(((double)k + 0.5 - center) / stretch);
        const double w = x < 1   ? ((a + 2) * x - (a + 3)) * x * x + 1
                         : x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a
                                 : 0;
        if (antialias && (k < 0 || k >= (long)in)) continue;
        weights[k < 0 ? 0 : k >= (long)in ? in - 1 : (size_t)k] += w;
        sum += w;
    }
    for (size_t k = 0; k < in; k++) weights[k] /= antialias ? sum : 1;
}

// The tensor of positions, `before` rows of which are not patches (a class token's), becomes one of side x side
// patches.
static int positions_resize(build *b, const char *name, size_t before, size_t old, size_t side, int antialias) {
    source_tensor *t = build_find(b, name, "");
    const size_t w = (size_t)(t->count / (before + old * old)), count = (before + side * side) * w;
    float *all = (float *)run_alloc(b->r, (size_t)t->count, sizeof *all);
    float *out = (float *)run_alloc(b->r, count, sizeof *out);
    double *rows = (double *)run_alloc(b->r, old * side * w, sizeof *rows);
    double *weights = (double *)run_alloc(b->r, old, sizeof *weights);
    if (!all || !out || !rows || !weights) return 0;
    b->lost += floats_of(t, all);
    memcpy(out, all, before * w * sizeof *out);
    memset(rows, 0, old * side * w * sizeof *rows);
    for (size_t x = 0; x < side; x++) {
        line_weights(weights, old, side, x, antialias);
        for (size_t y = 0; y < old; y++)
            for (size_t k = 0; k < old; k++)
                for (size_t c = 0; c < w; c++)
                    rows[(y * side + x) * w + c] += weights[k] * (double)all[(before + y * old + k) * w + c];
    }
    for (size_t y = 0; y < side; y++) {
        line_weights(weights, old, side, y, antialias);
        for (size_t i = 0; i < side * w; i++) {
            double sum = 0;
            for (size_t k = 0; k < old; k++) sum += weights[k] * rows[k * side * w + i];
            out[(before + y * side) * w + i] = (float)sum;
        }
    }
    if (!clip__little_endian()) clip__swap_bytes((unsigned char *)out, (uint64_t)count * 4, 4);
    t->data = (const unsigned char *)out;
    t->type = CLIP__F32, t->type_name = "F32";
    t->shape[t->rank - 2] = before + side * side;
    t->count = count;
    t->size = count * sizeof *out;
    return 1;
}

// ---- vision transformers ----

typedef struct vit_names {
    const char *architecture, *patch, *cls, *positions, *norm_pre, *norm;
    const block_names *blocks;
} vit_names;
static const vit_names vit_families[] = {
    {"a timm ViT", "patch_embed.proj", "cls_token", "pos_embed", "norm_pre", "norm", &timm_blocks},
    {"a CLIP ViT as OpenAI and open_clip have it", "conv1", "class_embedding", "positional_embedding", "ln_pre",
     "ln_post", &openai_blocks},
    {"a CLIP or SigLIP ViT of transformers", "embeddings.patch_embedding", "embeddings.class_embedding",
     "embeddings.position_embedding.weight", "pre_layrnorm", "post_layernorm", &clip_blocks},
    {"a ViT of transformers", "embeddings.patch_embeddings.projection", "embeddings.cls_token",
     "embeddings.position_embeddings", "", "layernorm", &vit_blocks}};
enum { VIT_TIMM, VIT_OPENAI, VIT_CLIP, VIT_HUGGINGFACE };

// Whether the name of a timm architecture is that of a plain ViT or ResNet, by its words: others have the same tensors,
// but turn positions (vit_pe_core, rope), normalise behind the layers (rpn), or blur pictures that get smaller
// (resnetaa, resnetblur). The words are those of all of timm 1.0's that fit and are built of VisionTransformer with
// Block, or of ResNet with BatchNorm2d and MaxPool2d, and of their older names. tests/goldens/check_timm.py compares.
static int timm_is_plain(const char *name) {
    static const char *const words[] = {
        "vit",    "deit",     "eva",       "test",  "tiny", "xsmall", "small",  "medium", "base",    "large", "huge",
        "giant",  "giantopt", "betwixt",   "plus",  "gap",  "clip",   "siglip", "so400m", "laion2b", "wide",  "gluon",
        "openai", "gigantic", "quickgelu", "in21k", "miil", "sam",    "dino",   "v1b",    "tv",      "ssl",   "swsl"};
    static const char *const numbered[] = {"", "patch", "resnet"};
    return made_of_words(name, '_', words, sizeof words / sizeof *words, numbered,
                         sizeof numbered / sizeof *numbered);
}

// What timm builds by the name alone; vision_transformer.py of timm 1.0. Names may have a tag behind a dot.
static void timm_by_name(const char *name, facts *f) {
    static const char *const tanh[] = {"vit_giantopt_patch16_siglip_", "vit_so400m_patch16_siglip_",
                                       "vit_base_patch32_siglip_", "vit_large_patch16_siglip_512",
                                       "vit_large_patch16_siglip_gap_512"};
    static const struct {
        const char *name;
        uint64_t heads;
    } heads[] = {{"vit_base_patch16_gap_", 16}, {"test_vit", 2}};
    for (size_t i = 0; i < sizeof tanh / sizeof *tanh; i++)
        if (!strncmp(name, tanh[i], strlen(tanh[i]))) f->activation = "gelu_tanh";
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
        if (!strncmp(name, heads[i].name, strlen(heads[i].name))) f->heads = heads[i].heads;
    if (strstr(name, "_quickgelu_")) f->activation = "quick_gelu";
    f->eps = strstr(name, "_clip_") ? 1e-5 : 1e-6;
}

// What timm's config.json, or open_clip's vision_cfg, says of a timm model: which one, how it is pooled, and with which
// arguments it was made. pool.p is NULL if that is not told: it is the architecture's own then, whatever the
// global_pool beside its name is, which timm does not read.
typedef struct timm_config {
    char name[128]; // "": not told
    json args, pool;
} timm_config;

static int timm_config_of(build *b, const origin *from, timm_config *t) {
    static const known_key args[] = {
        {"num_heads", NULL},        {"act_layer", NULL},       {"img_size", NULL},        {"patch_size", NULL},
        {"embed_dim", NULL},        {"depth", NULL},           {"mlp_ratio", NULL},       {"class_token", NULL},
        {"global_pool", NULL},      {"num_classes", NULL},     {"in_chans", NULL},        {"fc_norm", NULL},
        {"qkv_bias", NULL},         {"pre_norm", NULL},        {"no_embed_class", NULL},  {"strict_img_size", NULL},
        {"dynamic_img_size", NULL}, {"drop_rate", NULL},       {"pos_drop_rate", NULL},   {"patch_drop_rate", NULL},
        {"proj_drop_rate", NULL},   {"attn_drop_rate", NULL},  {"drop_path_rate", NULL},  {"weight_init", NULL},
        {"fix_init", NULL},         {"init_values", "null"},   {"qk_norm", "false|null"}, {"reg_tokens", "0|null"},
        {"final_norm", "true|null"}, {"pool_include_prefix", "false|null"}, {"dynamic_img_pad", "false|null"}};
    static const known_key resnet_args[] = {{"num_classes", NULL},    {"in_chans", NULL},
                                            {"drop_rate", NULL},      {"drop_path_rate", NULL},
                                            {"global_pool", NULL},    {"drop_block_rate", NULL},
                                            {"zero_init_last", NULL}};
    const int vit = from->image_family == VIT_TIMM;
    const json vision = open_clip_config(from, "vision_cfg");
    const char *file = "config.json's model_args";
    json name, proj, inner;
    memset(t, 0, sizeof *t);
    if (json_get(from->config, "architecture", &name)) {
        json_get(from->config, "model_args", &t->args);
    } else if (json_get(vision, "timm_model_name", &name) && json_is_text(name)) {
        static const char average[] = "\"avg\""; // CLIPVisionCfg
        const int none = json_get(vision, "timm_proj", &proj) && !json_text_is(proj, "linear");
        file = "open_clip_config.json's timm_model_kwargs";
        json_get(vision, "timm_model_kwargs", &t->args);
        if (!json_get(vision, "timm_pool", &t->pool)) t->pool.p = average, t->pool.end = average + sizeof average - 1;
        if (none && json_text_is(t->pool, ""))
            return run_fail(b->r, CLIP_ERROR_UNSUPPORTED,
                            "%s: its open_clip_config.json has timm_pool \"\" without timm_proj: such a tower ends in "
                            "tokens, not in a vector",
                            b->path);
        if (json_text_is(t->pool, "")) t->pool.p = t->pool.end = NULL; // open_clip: as the architecture has it
    } else {
        return !prefix_ends(from->image_prefix, "trunk.") ||
               run_fail(b->r, CLIP_ERROR_UNSUPPORTED,
                        "%s: which of timm's architectures its image tower is can't be told from its tensors; put its "
                        "open_clip_config.json beside it",
                        b->path);
    }
    if (json_text(name, t->name, sizeof t->name) == (size_t)-1 || !timm_is_plain(t->name))
        return run_fail(b->r, CLIP_ERROR_UNSUPPORTED,
                        "%s: its configuration names timm's architecture %.*s, which is none of the plain ViTs and "
                        "ResNets known here: it may have the same tensors and compute something else",
                        b->path, SHOW_JSON(name));
    if (!(vit ? config_check(b->r, b->path, file, t->args, KEYS(args), 1, "")
              : config_check(b->r, b->path, file, t->args, KEYS(resnet_args), 1, "")))
        return 0;
    if (json_get(t->args, "global_pool", &inner)) t->pool = inner;
    return 1;
}

// *pool is ours, or NULL for the usual.
static int facts_timm(build *b, const origin *from, size_t w, facts *f, const char **pool) {
    timm_config t;
    json value;
    uint64_t side;
    if (!timm_config_of(b, from, &t)) return 0;
    // so400m, huge, giant, giantopt, gigantic
    f->heads = w == 1152 || w == 1280 || w == 1408 || w == 1536 || w == 1664 ? 16 : w / 64;
    f->eps = build_find(b, "norm_pre.weight", "") ? 1e-5 : 1e-6; // CLIP's, if nobody tells
    if (*t.name) timm_by_name(t.name, f);
    if (!config_side(b->r, b->path, "configuration", t.args, "img_size", "", &side)) return 0;
    if (json_get(t.args, "num_heads", &value)) json_integer(value, &f->heads);
    else if (json_get(t.args, "embed_dim", &value))
        return run_fail(b->r, CLIP_ERROR_UNSUPPORTED,
                        "%s: its configuration has an embed_dim without num_heads: timm takes as many as %s is "
                        "published with, which is not known here; put num_heads beside embed_dim",
                        b->path, t.name);
    if (json_get(t.args, "act_layer", &value) && !json_is(value, "null")) {
        f->activation = activation_of(value);
        if (!f->activation) return unknown_activation(b, value);
    }
    if (!*t.name && !b->o->activation &&
        (build_find(b, "norm_pre.weight", "") || build_find(b, "attn_pool.latent", "") ||
         (!build_find(b, "cls_token", "") && !build_find(b, "fc_norm.weight", ""))))
        return run_fail(b->r, CLIP_ERROR_UNSUPPORTED,
                        "%s: a ViT of timm with norm_pre or attn_pool, or without cls_token and fc_norm, as CLIP's and "
                        "SigLIP's: whether it was trained with GELU, its tanh form or QuickGELU can't be told; put its "
                        "config.json beside it, or give --activation",
                        b->path);
    if (t.pool.p) {
        if (!json_text_is(t.pool, "avg") && !json_text_is(t.pool, "token") && !json_text_is(t.pool, "map"))
            return run_fail(b->r, CLIP_ERROR_UNSUPPORTED,
                            "%s: its configuration asks for the pooling %.*s; token, avg and map are known", b->path,
                            SHOW_JSON(t.pool));
        *pool = json_text_is(t.pool, "avg") ? "mean" : json_text_is(t.pool, "token") ? "cls" : "attention";
    }
    return 1;
}

static int put_attention_pool(build *b, size_t w) {
    const int timm = build_find(b, "attn_pool.latent", "") != NULL;
    const char *qkv[3], *stem = timm ? "attn_pool." : "head.";
    size_t mlp;
    qkv[0] = timm ? "q" : "attention.in_proj", qkv[1] = qkv[2] = "kv";
    build_scope(b, "", stem);
    if (!(mlp = dimension(b, "mlp.fc1.weight", 2, 0))) return 0;
    build_scope(b, "image.pool.", stem);
    return put_vector(b, "probe", timm ? "latent" : "probe", w) && put_qkv(b, "qkv", qkv, timm ? 3 : 1, w) &&
           put_linear(b, "proj", timm ? "proj" : "attention.out_proj", w, w, 1) &&
           put_norm(b, "norm", timm ? "norm" : "layernorm", w) && put_linear(b, "fc1", "mlp.fc1", mlp, w, 1) &&
           put_linear(b, "fc2", "mlp.fc2", w, mlp, 1);
}

// *width gets the length of its features.
static int put_vit(build *b, origin *from, size_t *width) {
    const vit_names *names = &vit_families[from->image_family];
    const int timm = from->image_family == VIT_TIMM, openai = from->image_family == VIT_OPENAI;
    const json config = tower_config(from, "vision_config");
    pipeline p = pipeline_of(0, "short", "bicubic", half, half);
    facts f = {0, 1e-6, "gelu"};
    size_t w, patch, mlp, layers, T, grid = 0;
    int has_class, after, siglip;
    char weight[96];
    const char *pool = NULL, *norm = names->norm;
    source_tensor *positions;
    static const struct {
        const char *tensor, *what;
    } beside[] = {{"norm_pre.weight", "norm_pre and attn_pool, as vit_pe_core's, whose positions turn in every layer"},
                  {"cls_token", "attn_pool and cls_token, which its pooling leaves out"},
                  {"fc_norm.weight", "attn_pool and fc_norm, a norm behind its pooling"}};
    b->architecture = names->architecture;
    build_scope(b, "image.", "");
    snprintf(weight, sizeof weight, "%s.weight", names->patch);
    if (!(w = dimension(b, weight, 4, 0)) || !(patch = dimension(b, weight, 4, 2)) ||
        !(layers = measure_blocks(b, names->blocks, &mlp)))
        return 0;
    positions = build_find(b, names->positions, "");
    if (!positions || positions->rank < 2)
        return run_fail(b->r, CLIP_ERROR_SHAPE, "%s: tensor %s%s is missing or no matrix, which %s has", b->path,
                        b->prefix, names->positions, b->architecture);
    T = (size_t)source_min(positions->shape[positions->rank - 2], 1 << 24);
    *width = w;
    has_class = build_find(b, names->cls, "") != NULL;
    siglip = build_find(b, "attn_pool.latent", "") || build_find(b, "head.probe", "");
    if (timm && build_find(b, "fc_norm.weight", "")) norm = "fc_norm";
    for (size_t i = 0; timm && siglip && i < sizeof beside / sizeof *beside; i++)
        if (build_find(b, beside[i].tensor, ""))
            return run_fail(b->r, CLIP_ERROR_UNSUPPORTED,
                            "%s: a ViT of timm with %s: that is not computed here", b->path, beside[i].what);
    while (grid * grid + (size_t)has_class < T) grid++;
    if (timm && has_class && grid * grid == T)
        return run_fail(b->r, CLIP_ERROR_UNSUPPORTED,
                        "%s: a ViT of %lux%lu positions, none of which is the class token's, as timm's no_embed_class "
                        "makes it: that is not known",
                        b->path, (unsigned long)grid, (unsigned long)grid);
    if (grid * grid + (size_t)has_class != T || !grid)
        return run_fail(b->r, CLIP_ERROR_UNSUPPORTED,
                        "%s: a ViT of %lu positions %s a class token: that is not a square of patches", b->path,
                        (unsigned long)T, has_class ? "with" : "without");
    p.size = (uint64_t)grid * patch;

    // What the tensors don't tell: heads, activation, pooling.
    if (timm) {
        if (!open_clip_check(b, from, "vision_cfg") || !facts_timm(b, from, w, &f, &pool)) return 0;
        after = build_find(b, "fc_norm.weight", "") != NULL;
        if (!pool) pool = siglip ? "attention" : after || !has_class ? "mean" : "cls";
        if (siglip) p.resize = "stretch";
    } else if (openai) {
        json vision = open_clip_config(from, "vision_cfg"), value;
        uint64_t head_width = 64;
        if (json_get(vision, "head_width", &value)) json_integer(value, &head_width);
        else if (!from->open_clip.p) // H, g, bigG, e
            head_width = w == 1280 ? 80 : w == 1408 ? 88 : w == 1664 ? 104 : w == 1792 ? 112 : 64;
        f.heads = head_width ? w / head_width : 0;
        f.eps = 1e-5;
        p = pipeline_of(p.size, "short", "bicubic", openai_mean, openai_std);
        if (!facts_open_clip(b, from, "vision_cfg", &f)) return 0;
        after = 1, pool = "cls";
    } else {
        const int clip = from->image_family == VIT_CLIP && !siglip && has_class;
        json pooler;
        uint64_t size = 0;
        if (clip) f.eps = 1e-5, f.activation = "quick_gelu", f.heads = w / 64;
        else if (from->image_family == VIT_CLIP) f.activation = "gelu_tanh", f.heads = w == 1152 ? 16 : w / 64;
        else f.eps = 1e-12, f.heads = w / 64;
        if (from->config.p) f.heads = 12; // where it does not tell: CLIPVisionConfig, SiglipVisionConfig, ViTConfig
        if (from->image_family == VIT_HUGGINGFACE && model_type_is(from, "vision-text-dual-encoder") &&
            json_get(config, "pooler_act", &pooler) && !value_is_known(pooler, "\"tanh\"|null"))
            return run_fail(b->r, CLIP_ERROR_UNSUPPORTED,
                            "%s: its config.json asks for the pooler_act %.*s; tanh is known", b->path,
                            SHOW_JSON(pooler));
        if (!from->config.p && from->image_family == VIT_CLIP && !b->o->activation)
            return run_fail(
                b->r, CLIP_ERROR_UNSUPPORTED,
                "%s: %s, without its config.json: whether it was trained with GELU or QuickGELU can't be told; "
                "put config.json beside it, or give --activation",
                b->path, b->architecture);
        if (!facts_huggingface(b, config, w, layers, &f)) return 0;
        p = clip                             ? pipeline_of(p.size, "short", "bicubic", openai_mean, openai_std)
            : from->image_family == VIT_CLIP ? pipeline_of(p.size, "stretch", "bicubic", half, half)
                                             : pipeline_of(p.size, "stretch", "bilinear", half, half);
        if (!config_side(b->r, b->path, "config.json", config, "image_size", "", &size)) return 0;
        pipeline_size(&p, size, patch);
        after = clip, pool = siglip ? "attention" : has_class ? "cls" : "mean";
    }
    if (b->o->pool && !b->has_text) pool = b->o->pool;
    if (!has_class && !strcmp(pool, "cls"))
        return run_fail(b->r, CLIP_ERROR_SHAPE, "%s: this ViT has no class token to pool by; give --pool mean",
                        b->path);
    if (b->o->size && b->o->size != (uint64_t)grid * patch) {
        const size_t side = (size_t)b->o->size / patch;
        const int antialias = b->o->positions ? !strcmp(b->o->positions, "antialias") : timm || openai;
        if (!side)
            return run_fail(b->r, CLIP_ERROR_SHAPE, "%s: a size of %llu is less than a patch of %lu", b->path,
                            (unsigned long long)b->o->size, (unsigned long)patch);
        if (side != grid) {
            if (!positions_resize(b, names->positions, (size_t)has_class, grid, side, antialias)) return 0;
            run_note(b->r, "%s: positions of %lux%lu patches were interpolated to %lux%lu, bicubic %s antialiasing",
                     b->path, (unsigned long)grid, (unsigned long)grid, (unsigned long)side, (unsigned long)side,
                     antialias ? "with" : "without");
        }
        p.size = b->o->size;
        T = side * side + (size_t)has_class;
    }
    if (!build_text(b, "image.tower", "vit") || !put_pipeline(b, from, p, patch) ||
        !put_facts(b, "image", &f, layers, w, mlp) || !build_integer(b, "image.patch", patch) ||
        !build_text(b, "image.pool", pool) || !build_text(b, "image.norm", after ? "after" : "before"))
        return 0;
    build_scope(b, "image.", "");
    snprintf(weight, sizeof weight, "%s.bias", names->patch);
    if (!put(b, "patch", ".weight", &names->patch, 1, ".weight", CLIP__PANELS, w, 3, patch, patch) ||
        (build_find(b, weight, "") && !put_vector(b, "patch.bias", weight, w)) ||
        (has_class && !put_vector(b, "class", names->cls, w)) || !put_rows(b, "positions", names->positions, T, w) ||
        (*names->norm_pre && build_find(b, names->norm_pre, ".weight") &&
         !put_norm(b, "norm_pre", names->norm_pre, w)) ||
        !put_blocks(b, "image", names->blocks, layers, w, mlp))
        return 0;
    build_scope(b, "image.", "");
    if (!put_norm(b, "norm", norm, w) || (!strcmp(pool, "attention") && !put_attention_pool(b, w))) return 0;
    build_scope(b, "image.", "");
    if (model_type_is(from, "vision-text-dual-encoder") && from->image_family == VIT_HUGGINGFACE)
        return put_linear(b, "pooler", "pooler.dense", w, w, 1);
    return 1;
}

// Convolution k of a stem or a block, of windows of window x window, and its norm. *channels: what goes in, then what
// comes out.
static int put_conv_norm(build *b, int k, size_t window, size_t *channels) {
    char name[16], norm_to[16], norm[16], weight[32];
    const char *names = name;
    const size_t in = *channels;
    snprintf(name, sizeof name, "conv%d", k);
    snprintf(norm_to, sizeof norm_to, "norm%d", k);
    snprintf(norm, sizeof norm, "bn%d", k);
    snprintf(weight, sizeof weight, "conv%d.weight", k);
    return (*channels = dimension(b, weight, 4, 0)) != 0 &&
           put(b, name, ".weight", &names, 1, ".weight", CLIP__PANELS, *channels, in, window, window) &&
           put_batch_norm(b, norm_to, norm, *channels);
}

// torchvision's and timm's resnet.py: the same names in both. And CLIP's, of OpenAI and open_clip.
static int put_resnet(build *b, origin *from, size_t *width) {
    const int clip = build_find(b, "attnpool.q_proj.weight", "") != NULL;
    pipeline p = clip ? pipeline_of(224, "short", "bicubic", openai_mean, openai_std)
                      : pipeline_of(224, "short", "bilinear", imagenet_mean, imagenet_std);
    uint64_t depths[4];
    size_t channels, T = 0, side = 0;
    int bottleneck;
    const char *conv = "conv1";
    timm_config timm;
    b->architecture = clip ? "a CLIP ResNet" : "a ResNet";
    build_scope(b, "", "");
    if (!open_clip_check(b, from, "vision_cfg")) return 0;
    if (!clip) {
        if (!timm_config_of(b, from, &timm)) return 0;
        if (timm.pool.p && !json_text_is(timm.pool, "avg"))
            return run_fail(b->r, CLIP_ERROR_UNSUPPORTED,
                            "%s: its configuration asks for the pooling %.*s; ResNets are known with avg", b->path,
                            SHOW_JSON(timm.pool));
    }
    if (clip) { // 32 times smaller, and the mean before it
        if (!(T = dimension(b, "attnpool.positional_embedding", 2, 0))) return 0;
        while (side * side + 1 < T) side++;
        p.size = 32 * (uint64_t)side;
        if (b->o->size && b->o->size / 32 != side)
            return run_fail(b->r, CLIP_ERROR_SHAPE,
                            "%s: a size of %llu does not fit this ResNet, whose pooling is for pictures of %llu",
                            b->path, (unsigned long long)b->o->size, (unsigned long long)p.size);
    }
    for (size_t stage = 0; stage < 4; stage++) {
        char stem[32];
        snprintf(stem, sizeof stem, "layer%lu.", (unsigned long)stage + 1);
        depths[stage] = count_blocks(b, stem, ".conv1.weight");
        if (!depths[stage])
            return run_fail(b->r, CLIP_ERROR_SHAPE, "%s: tensor %s%s0.conv1.weight is missing, which %s has", b->path,
                            b->prefix, stem, b->architecture);
    }
    bottleneck = build_find(b, "layer1.0.conv3.weight", "") != NULL;
    if (!build_text(b, "image.tower", "resnet") || !put_pipeline(b, from, p, clip ? 32 : 0) ||
        (clip && !build_text(b, "image.variant", "clip")) || !build_real(b, "image.eps", 1e-5) ||
        !build_text(b, "image.block", bottleneck ? "bottleneck" : "basic") ||
        !build_integers(b, "image.depths", depths, 4))
        return 0;
    build_scope(b, "image.stem.", "");
    channels = 3;
    for (int k = 1; clip && k <= 3; k++)
        if (!put_conv_norm(b, k, 3, &channels)) return 0;
    if (!clip && (!(channels = dimension(b, "conv1.weight", 4, 0)) ||
                  !put(b, "conv", ".weight", &conv, 1, ".weight", CLIP__PANELS, channels, 3, 7, 7) ||
                  !put_batch_norm(b, "norm", "bn1", channels)))
        return 0;
    for (size_t stage = 0; stage < 4; stage++)
        for (size_t i = 0; i < depths[stage]; i++) {
            char to[64], stem[64];
            size_t in = channels;
            snprintf(to, sizeof to, "image.stages.%lu.%lu.", (unsigned long)stage, (unsigned long)i);
            snprintf(stem, sizeof stem, "layer%lu.%lu.", (unsigned long)stage + 1, (unsigned long)i);
            build_scope(b, to, stem);
            for (int k = 1; k <= (bottleneck ? 3 : 2); k++) // 1x1, 3x3, 1x1, or 3x3 twice
                if (!put_conv_norm(b, k, bottleneck && k != 2 ? 1 : 3, &channels)) return 0;
            if (build_find(b, "downsample.0.weight", "")) {
                const char *shortcut = "downsample.0";
                if (!put(b, "shortcut.conv", ".weight", &shortcut, 1, ".weight", CLIP__PANELS, channels, in, 1, 1) ||
                    !put_batch_norm(b, "shortcut.norm", "downsample.1", channels))
                    return 0;
            }
        }
    *width = channels;
    if (clip) {
        static const char *const qkv[3] = {"q_proj", "k_proj", "v_proj"};
        uint64_t head_width = 64;
        config_integer(open_clip_config(from, "vision_cfg"), "head_width", "head_width", &head_width);
        build_scope(b, "image.pool.", "attnpool.");
        return build_text(b, "image.pool", "attention") &&
               build_integer(b, "image.heads", head_width ? channels / head_width : 0) &&
               put_rows(b, "positions", "positional_embedding", T, channels) && put_qkv(b, "qkv", qkv, 3, channels);
    }
    return 1;
}

// ---- text towers ---------------------------------------------------------------------------------------------------

static int put_tokenizer(build *b, origin *from, size_t vocabulary, uint64_t *context);

// What sentence-transformers does behind the tower, by modules.json and 1_Pooling/config.json. --pool has the last
// word.
static int sentence_check(build *b, const origin *from) {
    static const char remedy[] = "; give --pool cls or mean to pool so";
    static const known_key modes[] = {{"pooling_mode", "\"cls\"|\"mean\"|null"},
                                      {"pooling_mode_max_tokens", "false|null"},
                                      {"pooling_mode_mean_sqrt_len_tokens", "false|null"},
                                      {"pooling_mode_weightedmean_tokens", "false|null"},
                                      {"pooling_mode_lasttoken", "false|null"}};
    static const known_key one_of_them[] = {{"pooling_mode_cls_token", "false|null"}};
    static const char *const plain[] = {"Transformer", "Pooling", "Normalize", "Dropout"};
    json modules, key, module, type, pooling, value;
    int mean;
    if (!origin_json(b->r, from, "modules.json", &modules) ||
        !origin_json(b->r, from, "1_Pooling/config.json", &pooling))
        return 0;
    for (json c = json_begin(modules); json_is_list(modules) && json_next(&c, &key, &module);) {
        char name[256];
        int known = 0;
        if (!json_get(module, "type", &type) || json_text(type, name, sizeof name) == (size_t)-1) continue;
        for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
            known = known || !strcmp(strrchr(name, '.') ? strrchr(name, '.') + 1 : name, plain[i]);
        if (known) continue;
        if (!b->o->pool)
            return run_fail(b->r, CLIP_ERROR_UNSUPPORTED,
                            "%s: its modules.json has a %.*s behind the tower, which is not computed here; give --pool "
                            "cls or mean to leave it out",
                            b->path, SHOW(name, strlen(name)));
        run_note(b->r, "%s: left out the %.*s of its modules.json, which is not computed here", b->path,
                 SHOW(name, strlen(name)));
    }
    if (b->o->pool) return 1;
    mean = (json_get(pooling, "pooling_mode_mean_tokens", &value) && json_is(value, "true")) ||
           (json_get(pooling, "pooling_mode", &value) && json_text_is(value, "mean"));
    if (!config_check(b->r, b->path, "1_Pooling/config.json", pooling, KEYS(modes), 0, remedy) ||
        (mean && !config_check(b->r, b->path, "1_Pooling/config.json, beside the mean,", pooling, KEYS(one_of_them), 0,
                               remedy)))
        return 0;
    if (mean)
        run_note(b->r,
                 "%s: its 1_Pooling says that sentence-transformers pools by the mean; this file will pool by the "
                 "first token. --pool mean follows it",
                 b->path);
    return 1;
}

// What config.json says must fit the tensors, and must be what is computed here.
static int bert_config(build *b, origin *from, size_t w, size_t layers, size_t positions, facts *f, uint64_t *context) {
    const json config = tower_config(from, "text_config");
    json value;
    uint64_t n;
    if (json_get(config, "model_type", &value) && !json_text_is(value, "bert") && !json_text_is(value, "distilbert"))
        return run_fail(b->r, CLIP_ERROR_UNSUPPORTED,
                        "%s: its config.json says model_type %.*s; text towers known are bert and distilbert", b->path,
                        SHOW_JSON(value));
    if (json_get(config, "position_embedding_type", &value) && !json_text_is(value, "absolute"))
        return run_fail(b->r, CLIP_ERROR_UNSUPPORTED,
                        "%s: its config.json asks for position embeddings %.*s; absolute ones are known", b->path,
                        SHOW_JSON(value));
    if (json_get(config, "is_decoder", &value) && json_is(value, "true"))
        return run_fail(b->r, CLIP_ERROR_UNSUPPORTED,
                        "%s: its config.json says is_decoder: a decoder sees no word to the right", b->path);
    if (config.p) f->heads = 12; // BertConfig and DistilBertConfig
    if (!facts_huggingface(b, config, w, layers, f)) return 0;
    if (!config.p) {
        f->heads = w == 384 ? 0 : w / 64; // MiniLM has 12 heads of 32, other models of that width 6 of 64
        if (f->heads && w % f->heads == 0)
            run_note(b->r, "%s: without config.json; taking %lu attention heads, as %s of width %lu is published",
                     b->path, (unsigned long)f->heads, b->architecture, (unsigned long)w);
    }
    *context = source_min(positions, CLIP__MAX_CONTEXT);
    if (config_integer(config, "max_position_embeddings", "max_position_embeddings", &n))
        *context = source_min(*context, n);
    return sentence_check(b, from);
}

static int put_bert(build *b, origin *from, size_t *width) {
    const block_names *names;
    const char *pool = b->o->pool ? b->o->pool : "cls";
    size_t w, mlp, layers, vocabulary, positions;
    facts f = {0, 1e-12, "gelu"};
    uint64_t context = 0;
    int types;
    build_scope(b, "text.", "");
    names = build_find(b, "transformer.layer.0.attention.q_lin.weight", "") ? &distilbert_blocks : &bert_blocks;
    b->architecture = names == &bert_blocks ? "a BERT" : "a DistilBERT";
    if (!(vocabulary = dimension(b, "embeddings.word_embeddings.weight", 2, 0)) ||
        !(w = dimension(b, "embeddings.word_embeddings.weight", 2, 1)) ||
        !(positions = dimension(b, "embeddings.position_embeddings.weight", 2, 0)) ||
        !(layers = measure_blocks(b, names, &mlp)))
        return 0;
    *width = w;
    types = build_find(b, "embeddings.token_type_embeddings.weight", "") != NULL;
    if (!open_clip_check(b, from, "text_cfg") || !bert_config(b, from, w, layers, positions, &f, &context)) return 0;
    if (!put_tokenizer(b, from, vocabulary, &context) || !build_text(b, "text.tower", "bert") ||
        !build_integer(b, "text.context", context) || !put_facts(b, "text", &f, layers, w, mlp) ||
        !build_text(b, "text.pool", pool))
        return 0;
    build_scope(b, "text.", "embeddings.");
    if (!put_rows(b, "tokens", "word_embeddings.weight", vocabulary, w) ||
        !put_rows(b, "positions", "position_embeddings.weight", positions, w) ||
        (types && !put_rows(b, "types", "token_type_embeddings.weight", 2, w)) ||
        !put_norm(b, "norm", "LayerNorm", w) || !put_blocks(b, "text", names, layers, w, mlp))
        return 0;
    build_scope(b, "text.", "");
    return !model_type_is(from, "vision-text-dual-encoder") || put_linear(b, "pooler", "pooler.dense", w, w, 1);
}

// CLIP's and SigLIP's text transformers.
typedef struct text_names {
    const char *architecture, *tokens, *positions, *norm;
    const block_names *blocks;
} text_names;
static const text_names text_families[] = {
    {"a text tower of CLIP or SigLIP as transformers has it", "embeddings.token_embedding.weight",
     "embeddings.position_embedding.weight", "final_layer_norm", &clip_blocks},
    {"a text tower of CLIP as OpenAI and open_clip have it", "token_embedding.weight", "positional_embedding",
     "ln_final", &openai_blocks}};
enum { TEXT_CLIP, TEXT_OPENAI, TEXT_BERT };

typedef struct text_facts { // what the tensors don't tell
    facts common;
    const char *pool;
    int causal, sentence_pieces; // sentence_pieces: SigLIP's tokens
    uint64_t end, pad;
} text_facts;

// Sizes of published vocabularies: OpenAI's byte pairs; SentencePiece's of SigLIP 2, which are Gemma's.
enum { OPENAI_PAIRS = 49408, SIGLIP_PIECES = 32000, GEMMA = 256000 };

// What a tokenizer_config.json fills texts up with: {"pad_token": "<pad>", "added_tokens_decoder": {"0": {"content":
// "<pad>"}}}.
static int pad_of_tokenizer(build *b, const origin *from, uint64_t *pad) {
    json config, token, tokens, id, value, content;
    char name[256];
    if (!origin_json(b->r, from, "tokenizer_config.json", &config)) return 0;
    if (!json_get(config, "pad_token", &token) || !json_get(config, "added_tokens_decoder", &tokens)) return 1;
    if (json_get(token, "content", &value)) token = value;
    if (json_text(token, name, sizeof name) == (size_t)-1) return 1;
    for (json c = json_begin(tokens); json_is_object(tokens) && json_next(&c, &id, &value);)
        if (json_get(value, "content", &content) && json_text_is(content, name)) {
            id.p++, id.end--; // without its quotes
            json_integer(id, pad);
        }
    return 1;
}

static int text_facts_huggingface(build *b, const origin *from, size_t w, size_t layers, size_t vocabulary,
                                  text_facts *f) {
    const json config = tower_config(from, "text_config");
    json type;
    const int siglip = build_find(b, "head.weight", "") != NULL ||
                       (json_get(config, "model_type", &type) && json_text_is(type, "siglip_text_model"));
    f->common.activation = siglip ? "gelu_tanh" : "quick_gelu";
    f->common.eps = siglip ? 1e-6 : 1e-5;
    f->sentence_pieces = siglip;
    f->causal = !siglip;
    f->pool = siglip ? "last" : "end";
    f->end = 49407, f->pad = vocabulary == GEMMA ? 0 : 1; // transformers' defaults, but for SigLIP 2, whose <pad> is 0
    f->common.heads = !from->config.p ? 0 : siglip ? 12 : 8; // SiglipTextConfig, CLIPTextConfig
    if (!from->config.p && !b->o->activation)
        return run_fail(
            b->r, CLIP_ERROR_UNSUPPORTED,
            "%s: %s, without its config.json: whether it was trained with GELU or QuickGELU can't be told; put "
            "config.json beside it, or give --activation",
            b->path, b->architecture);
    config_integer(config, "eos_token_id", "eos_token_id", &f->end);
    config_integer(config, "pad_token_id", "pad_token_id", &f->pad);
    if (siglip && !pad_of_tokenizer(b, from, &f->pad)) return 0;
    if (!siglip && f->end == 2) f->pool = "highest"; // configurations from before that number was set right
    return facts_huggingface(b, config, w, layers, &f->common);
}

static int text_facts_open_clip(build *b, const origin *from, size_t vocabulary, text_facts *f) {
    const json text = open_clip_config(from, "text_cfg");
    json value;
    static const known_key pieces[] = {{"clean", "\"canonicalize\""}}, pairs[] = {{"clean", "\"lower\""}};
    json kwargs;
    f->pool = "highest", f->causal = 1, f->common.eps = 1e-5;
    f->common.heads = text.p ? 8 : 0; // CLIPTextCfg
    if (json_get(text, "no_causal_mask", &value)) f->causal = !json_is(value, "true");
    if (json_get(text, "pool_type", &value)) {
        f->pool = json_text_is(value, "argmax")  ? "highest"
                  : json_text_is(value, "last")  ? "last"
                  : json_text_is(value, "first") ? "cls"
                                                 : NULL;
        if (!f->pool)
            return run_fail(
                b->r, CLIP_ERROR_UNSUPPORTED,
                "%s: its open_clip_config.json asks for the text pooling %.*s; argmax, last and first are known",
                b->path, SHOW_JSON(value));
    } else if (!text.p && !from->openai && vocabulary != OPENAI_PAIRS &&
               (!b->o->vocab || vocabulary >= SIGLIP_PIECES)) // not CLIP's: nor does anybody tell the rest of the form
        return run_fail(b->r, CLIP_ERROR_UNSUPPORTED,
                        "%s: a text tower of %lu tokens, not of CLIP's 49,408: put its open_clip_config.json beside it",
                        b->path, (unsigned long)vocabulary);
    if (!f->causal && strcmp(f->pool, "last"))
        return run_fail(b->r, CLIP_ERROR_UNSUPPORTED,
                        "%s: its open_clip_config.json has no_causal_mask without pool_type \"last\": every token then "
                        "sees what a text is filled up with, as MobileCLIP's do, which is not computed here",
                        b->path);
    f->sentence_pieces =
        vocabulary == SIGLIP_PIECES || (json_get(text, "hf_tokenizer_name", &value) && json_is_text(value));
    f->pad = f->sentence_pieces && vocabulary != GEMMA; // open_clip/tokenizer.py; CLIP's are filled up with zeros
    if (f->sentence_pieces) config_integer(text, "pad_id", "pad_id", &f->pad);
    if (f->sentence_pieces && !pad_of_tokenizer(b, from, &f->pad)) return 0;
    if (json_get(text, "tokenizer_kwargs", &kwargs) &&
        !config_check(b->r, b->path, "open_clip_config.json's tokenizer_kwargs", kwargs,
                      f->sentence_pieces ? pieces : pairs, 1, 1, ""))
        return 0;
    return facts_open_clip(b, from, "text_cfg", &f->common);
}

static int put_pairs(build *b, origin *from, size_t vocabulary, const text_facts *f, uint64_t *context);

static int put_clip_text(build *b, origin *from, size_t *width) {
    const text_names *names = &text_families[from->text_family];
    size_t w, mlp, layers, vocabulary, positions;
    uint64_t context;
    text_facts f;
    memset(&f, 0, sizeof f);
    b->architecture = names->architecture;
    build_scope(b, "text.", "");
    if (!(vocabulary = dimension(b, names->tokens, 2, 0)) || !(w = dimension(b, names->tokens, 2, 1)) ||
        !(positions = dimension(b, names->positions, 2, 0)) || !(layers = measure_blocks(b, names->blocks, &mlp)))
        return 0;
    *width = w;
    if (!(from->text_family == TEXT_CLIP ? text_facts_huggingface(b, from, w, layers, vocabulary, &f)
                                         : text_facts_open_clip(b, from, vocabulary, &f)))
        return 0;
    if (!f.common.heads) f.common.heads = w == 1152 ? 16 : w / 64;
    if (b->o->pool) f.pool = b->o->pool;
    context = positions;
    if (!put_pairs(b, from, vocabulary, &f, &context) || !build_text(b, "text.tower", "clip") ||
        !build_integer(b, "text.context", context) || !put_facts(b, "text", &f.common, layers, w, mlp) ||
        !build_integer(b, "text.causal", (uint64_t)f.causal) || !build_text(b, "text.pool", f.pool) ||
        (!strcmp(f.pool, "end") && !build_integer(b, "text.end", f.end)) ||
        (!strcmp(f.pool, "last") && !build_integer(b, "text.pad", f.pad)))
        return 0;
    build_scope(b, "text.", "");
    if (!put_rows(b, "tokens", names->tokens, vocabulary, w) ||
        !put_rows(b, "positions", names->positions, positions, w) ||
        !put_blocks(b, "text", names->blocks, layers, w, mlp))
        return 0;
    build_scope(b, "text.", "");
    return put_norm(b, "norm", names->norm, w);
}

// ---- the tokenizer -------------------------------------------------------------------------------------------------

// {"token": id, ...}, and tokens added later, [{"id": ..., "content": ...}, ...] (p == NULL: none), as lines in the
// order of their ids. `file`: what they are in, for messages. `trims`: white space at the end of a line is none of its
// token's.
static int vocab_lines(run *r, const char *path, const char *file, json map, json added, int trims, char **lines,
                       size_t *size, size_t *n) {
    json key, id, value, *tokens;
    size_t room = 1;
    uint64_t at;
    *size = *n = 0;
    if (!json_is_object(map)) return run_fail(r, CLIP_ERROR_FORMAT, "%s: its %s is no list of tokens", path, file);
    for (json c = json_begin(map); json_next(&c, &key, &id); ++*n) room += (size_t)(key.end - key.p) + 1;
    for (json c = json_begin(added); json_is_list(added) && json_next(&c, &key, &value); ++*n)
        room += (size_t)(value.end - value.p) + 1;
    tokens = (json *)run_alloc(r, *n, sizeof *tokens);
    *lines = (char *)run_alloc(r, room, 1);
    if (!tokens || !*lines) return 0;
    if (*n) memset(tokens, 0, *n * sizeof *tokens);
    for (json c = json_begin(map); json_next(&c, &key, &id);) {
        if (!json_integer(id, &at) || at >= *n || tokens[at].p)
            return run_fail(r, CLIP_ERROR_FORMAT, "%s: the ids in its %s are not the numbers from 0 on", path, file);
        tokens[at] = key;
    }
    for (json c = json_begin(added); json_is_list(added) && json_next(&c, &key, &value);)
        if (json_get(value, "id", &id) && json_integer(id, &at) && at < *n && !tokens[at].p)
            json_get(value, "content", &tokens[at]);
    while (*n && !tokens[*n - 1].p) --*n;
    for (size_t i = 0; i < *n; i++) {
        char *line = *lines + *size;
        const size_t length = json_text(tokens[i], line, room - *size);
        if (length == (size_t)-1 || memchr(line, '\n', length) ||
            (trims ? clip__vocab_trim((const unsigned char *)line, length) < length : !length))
            return run_fail(r, CLIP_ERROR_FORMAT, "%s: token %lu in its %s is %s", path, (unsigned long)i, file,
                            trims ? "no line of text without white space behind it; give a vocab.txt by --vocab"
                                  : "missing, or no line of text");
        *size += length;
        (*lines)[(*size)++] = '\n';
    }
    return 1;
}

// The lines of vocab.txt out of tokenizer.json, whose model.vocab is {"token": id, ...}.
static int vocab_of_json(run *r, const char *path, json tokenizer, const unsigned char **vocab, size_t *size) {
    const json none = {NULL, NULL};
    json model, map, type;
    char *lines;
    size_t n;
    if (!json_get(tokenizer, "model", &model) || !json_get(model, "vocab", &map) || !json_is_object(map)) return 1;
    if (json_get(model, "type", &type) && !json_text_is(type, "WordPiece"))
        return run_fail(r, CLIP_ERROR_UNSUPPORTED, "%s: its tokenizer.json is a %.*s tokenizer; WordPiece is known",
                        path, SHOW_JSON(type));
    if (!vocab_lines(r, path, "tokenizer.json", map, none, 1, &lines, size, &n)) return 0;
    *vocab = (const unsigned char *)lines;
    return 1;
}

// Reads tokenizer.json and what transformers writes beside it.
static int tokenizer_open(run *r, origin *from) {
    json value;
    if (!origin_json(r, from, "tokenizer.json", &from->tokenizer) ||
        !origin_json(r, from, "tokenizer_config.json", &from->tokenizer_config))
        return 0;
    return json_get(from->tokenizer_config, "added_tokens_decoder", &value) || // which tells all, then
           (origin_json(r, from, "special_tokens_map.json", &from->special_tokens) &&
            origin_json(r, from, "added_tokens.json", &from->added_tokens));
}

// The special tokens of a kind of tokenizer: what they are for, and as clip_tokenizer.h spells them.
typedef struct special_role {
    const char *role, *text;
} special_role;
typedef struct specials {
    const char *kind; // "BERT's", for messages
    const special_role *roles;
    size_t n;
    const char *own;   // one more that may be there, or NULL
    int keep_case;     // they are found as they are spelt, whatever case texts are brought to
    unsigned listed;   // a bit for each of `roles` that a file names
} specials;

// "[CLS]", or {"content": "[CLS]", ...}.
static json token_text(json token) {
    json content;
    return json_get(token, "content", &content) ? content : token;
}

// Refuses a token that is none of these, or is found otherwise. `token`: its text, or an object with that and flags.
static int special_check(build *b, const origin *from, const char *file, json token, specials *known) {
    static const known_key flags[] = {{"single_word", "false|null"}, {"normalized", "false|null"}};
    const json text = token_text(token);
    char where[96], remedy[80];
    size_t k = 0;
    while (k < known->n && !json_text_is(text, known->roles[k].text)) k++;
    if (k == known->n && !(known->own && json_text_is(text, known->own)))
        return run_fail(b->r, CLIP_ERROR_UNSUPPORTED,
                        "%s: its %s adds the token %.*s, which is not known here; --vocab FILE reads texts without it",
                        from->path, file, SHOW_JSON(text));
    if (k == known->n) return 1;
    known->listed |= 1u << k;
    snprintf(where, sizeof where, "%s's token %s", file, known->roles[k].text);
    snprintf(remedy, sizeof remedy, "; --vocab FILE reads texts as %s all the same", known->kind);
    return config_check(b->r, from->path, where, token, flags, known->keep_case ? 2 : 1, 0, remedy);
}

// Refuses tokens that are not this kind's own: the reference finds them in a text before it parts it into words. With
// --vocab only those that have another's role.
static int specials_check(build *b, const origin *from, specials *known) {
    const struct {
        const char *file;
        json root;
        const char *list; // NULL: the file is {"token": id, ...}
    } places[] = {{"tokenizer.json", from->tokenizer, "added_tokens"},
                  {"tokenizer_config.json", from->tokenizer_config, "added_tokens_decoder"},
                  {"tokenizer_config.json", from->tokenizer_config, "additional_special_tokens"},
                  {"tokenizer_config.json", from->tokenizer_config, "extra_special_tokens"},
                  {"tokenizer_config.json", from->tokenizer_config, "model_specific_special_tokens"},
                  {"special_tokens_map.json", from->special_tokens, "additional_special_tokens"},
                  {"added_tokens.json", from->added_tokens, NULL}};
    json list, key, value;
    for (size_t i = 0; i < 2; i++) { // "cls_token": "[CLS]"
        const char *file = i ? "special_tokens_map.json" : "tokenizer_config.json";
        const json root = i ? from->special_tokens : from->tokenizer_config;
        for (json c = json_begin(root); json_is_object(root) && json_next(&c, &key, &value);) {
            char role[64];
            size_t k = 0;
            if (json_text(key, role, sizeof role) == (size_t)-1 || !prefix_ends(role, "_token")) continue;
            while (k < known->n && strcmp(role, known->roles[k].role)) k++;
            if (json_is(value, "null")) {
                if (k < known->n) known->listed &= ~(1u << k);
            } else if (k < known->n && !json_text_is(token_text(value), known->roles[k].text)) {
                return run_fail(b->r, CLIP_ERROR_UNSUPPORTED, "%s: its %s has the %s %.*s; %s is known", from->path,
                                file, role, SHOW_JSON(value), known->roles[k].text);
            } else if (!b->o->vocab && json_is_text(token_text(value)) &&
                       !special_check(b, from, file, value, known)) {
                return 0;
            }
        }
    }
    for (size_t i = 0; !b->o->vocab && i < sizeof places / sizeof *places; i++) {
        list = places[i].root;
        if (places[i].list && !json_get(list, places[i].list, &list)) continue;
        for (json c = json_begin(list); json_next(&c, &key, &value);)
            if (!special_check(b, from, places[i].file, places[i].list ? value : key, known)) return 0;
    }
    return 1;
}

// Refuses texts that are cut at their beginning: tokenizer.json's word counts where tokenizer_config.json has none.
static int cut_check(build *b, const origin *from) {
    static const known_key side[] = {{"truncation_side", "\"right\"|null"}, {"split_special_tokens", "false|null"}};
    static const known_key direction[] = {{"direction", "\"Right\""}};
    json value;
    if (!config_check(b->r, from->path, "tokenizer_config.json", from->tokenizer_config, KEYS(side), 0, "")) return 0;
    if (json_get(from->tokenizer_config, "truncation_side", &value)) return 1;
    json_get(from->tokenizer, "truncation", &value);
    return config_check(b->r, from->path, "tokenizer.json's truncation", value, KEYS(direction), 0, "");
}

// Whether transformers does what tokenizer.json says and no more: by its class, or, where none is named, by a
// model_type that AutoTokenizer has no class of its own for.
static int tokenizer_is_generic(const origin *from) {
    json value;
    if (json_get(from->tokenizer_config, "tokenizer_class", &value) && !json_is(value, "null"))
        return value_is_known(value, "\"PreTrainedTokenizerFast\"|\"TokenizersBackend\"");
    return from->tokenizer.p && json_get(from->config, "model_type", &value) &&
           !value_is_known(value, "\"bert\"|\"distilbert\"|\"clip\"");
}

// Whether tokenizer.json puts [CLS] before a text and [SEP] behind it.
static int has_bert_ends(json tokenizer) {
    static const char *const want[] = {"[CLS]", NULL, "[SEP]"}; // NULL: the text
    json post, single, key, item, token, id, cls, sep;
    size_t n = 0;
    if (!json_get(tokenizer, "post_processor", &post)) return 0;
    if (json_get(post, "cls", &cls) && json_get(post, "sep", &sep)) { // BertProcessing: ["[CLS]", 101]
        json first = json_begin(cls), second = json_begin(sep);
        return json_is_list(cls) && json_is_list(sep) && json_next(&first, &key, &item) &&
               json_text_is(item, want[0]) && json_next(&second, &key, &item) && json_text_is(item, want[2]);
    }
    if (!json_get(post, "single", &single) || !json_is_list(single)) return 0; // TemplateProcessing
    for (json c = json_begin(single); json_next(&c, &key, &item); n++) {
        if (n == 3) return 0;
        if (want[n] ? !json_get(item, "SpecialToken", &token) || !json_get(token, "id", &id) ||
                          !json_text_is(id, want[n])
                    : !json_get(item, "Sequence", &token))
            return 0;
    }
    return n == 3;
}

// Refuses what tokenizer_config.json and tokenizer.json say that clip_tokenizer.h does not do: it is BERT's.
static int tokenizer_check(build *b, const origin *from, specials *special) {
    static const known_key settings[] = {
        {"tokenizer_class", "\"BertTokenizer\"|\"BertTokenizerFast\"|\"DistilBertTokenizer\"|"
                            "\"DistilBertTokenizerFast\"|\"PreTrainedTokenizerFast\"|\"TokenizersBackend\"|null"},
        {"do_basic_tokenize", "true|null"},
        {"clean_text", "true|null"},
        {"word_tokenizer_type", "\"basic\"|null"},
        {"subword_tokenizer_type", "\"wordpiece\"|null"},
        {"never_split", "[]|null"}};
    static const known_key normalizer[] = {{"type", "\"BertNormalizer\""}, {"clean_text", "true|null"}};
    static const known_key splitter[] = {{"type", "\"BertPreTokenizer\""}};
    static const known_key pieces[] = {{"type", "\"WordPiece\""},
                                       {"unk_token", "\"[UNK]\"|null"},
                                       {"continuing_subword_prefix", "\"##\"|null"},
                                       {"max_input_chars_per_word", "100|null"}};
    static const struct {
        const char *name, *file;
        const known_key *keys;
        size_t n;
    } parts[] = {{"normalizer", "tokenizer.json's normalizer", KEYS(normalizer)},
                 {"pre_tokenizer", "tokenizer.json's pre_tokenizer", KEYS(splitter)},
                 {"model", "tokenizer.json's model", KEYS(pieces)}};
    const json config = from->tokenizer_config, tokenizer = from->tokenizer;
    json part, value;
    if (!cut_check(b, from) ||
        !config_check(b->r, from->path, "tokenizer_config.json", config, KEYS(settings), 0, ""))
        return 0;
    if (tokenizer_is_generic(from)) {
        json_get(config, "tokenizer_class", &value);
        if (!tokenizer.p)
            return run_fail(b->r, CLIP_ERROR_UNSUPPORTED,
                            "%s: its tokenizer_config.json names the class %.*s, which its tokenizer.json would "
                            "describe; put that beside it",
                            from->path, SHOW_JSON(value));
        if (!has_bert_ends(tokenizer))
            return run_fail(b->r, CLIP_ERROR_UNSUPPORTED,
                            "%s: its tokenizer.json's post_processor does not put [CLS] before a text and [SEP] behind "
                            "it, as BERT's does",
                            from->path);
    }
    if (!specials_check(b, from, special)) return 0;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (!json_get(tokenizer, parts[i].name, &part)) continue;
        if (!json_is_object(part))
            return run_fail(b->r, CLIP_ERROR_UNSUPPORTED, "%s: its %s is %.*s, not BERT's", from->path, parts[i].file,
                            SHOW_JSON(part));
        if (!config_check(b->r, from->path, parts[i].file, part, parts[i].keys, parts[i].n, 0, "")) return 0;
    }
    return 1;
}

// A tokenizer may cut texts before the tower's positions end.
static void context_of_tokenizer(json config, uint64_t *context) {
    uint64_t n;
    if (config_integer(config, "model_max_length", "max_len", &n) && n >= 2 && n < *context) *context = n;
}

// From --vocab, tokenizer.json or vocab.txt. *context becomes smaller where the tokenizer asks for that.
static int put_tokenizer(build *b, origin *from, size_t vocabulary, uint64_t *context) {
    static const special_role roles[] = {{"cls_token", "[CLS]"},
                                         {"sep_token", "[SEP]"},
                                         {"pad_token", "[PAD]"},
                                         {"unk_token", "[UNK]"},
                                         {"mask_token", "[MASK]"}};
    specials special = {"BERT's", KEYS(roles), NULL, 0, 0};
    json config, says, value;
    const unsigned char *vocab = NULL;
    const char *wrong;
    size_t size = 0;
    int cased = 0, strip = -1, generic; // strip: -1: not told
    clip_tokenizer_desc desc;
    clip_tokenizer *made;
    void *memory;
    if (!tokenizer_open(b->r, from)) return 0;
    config = from->tokenizer_config;
    if (b->o->vocab) {
        if (!run_read(b->r, b->o->vocab, &vocab, &size)) return 0;
    } else if (strcmp(from->path, "-")) {
        char *path = run_path(b->r, from->path, from->is_folder, "vocab.txt");
        if (!path) return 0;
        if (!vocab_of_json(b->r, from->path, from->tokenizer, &vocab, &size) ||
            (!vocab && file_exists(path) && !run_read(b->r, path, &vocab, &size)))
            return 0;
    }
    if (!vocab) {
        run_note(b->r, "%s: has no vocab.txt; the model will encode token ids, but no texts. --vocab FILE gives one",
                 from->path);
        return 1;
    }
    // transformers' generic classes do what tokenizer.json says, BERT's own what their configuration does.
    generic = tokenizer_is_generic(from), says = config;
    if (generic) json_get(from->tokenizer, "normalizer", &says);
    if (json_get(says, generic ? "lowercase" : "do_lower_case", &value)) cased = json_is(value, "false");
    special.keep_case = !cased;
    special.listed = generic ? 0 : ~0u;
    if (!tokenizer_check(b, from, &special)) return 0;
    if (!value.p) // the default of both, whatever the vocabulary looks like
        run_note(b->r, "%s: its tokenizer does not say whether it is cased; texts are read in lower case", from->path);
    if (json_get(says, "strip_accents", &value)) {
        if (json_is(value, "true")) strip = 1;
        if (json_is(value, "false")) strip = 0;
    }
    if (strip >= 0 && strip == cased)
        return run_fail(b->r, CLIP_ERROR_UNSUPPORTED, "%s: its tokenizer is %s but %s accents, which is not known here",
                        from->path, cased ? "cased" : "uncased", strip ? "strips" : "keeps");
    if (json_get(says, generic ? "handle_chinese_chars" : "tokenize_chinese_chars", &value) && json_is(value, "false"))
        return run_fail(b->r, CLIP_ERROR_UNSUPPORTED,
                        "%s: its tokenizer joins Chinese characters to words, which is not known here", from->path);
    context_of_tokenizer(config, context);
    memset(&desc, 0, sizeof desc);
    desc.vocab = (const char *)vocab;
    desc.vocab_size = size;
    desc.cased = cased;
    memory = run_alloc(b->r, clip_tokenizer_size(&desc), 1);
    if (!memory) return 0;
    wrong = clip_tokenizer_init(&desc, memory, &made);
    if (wrong) return run_fail(b->r, CLIP_ERROR_FORMAT, "%s: %s", b->o->vocab ? b->o->vocab : from->path, wrong);
    if (clip_tokenizer_count(made) > vocabulary)
        return run_fail(b->r, CLIP_ERROR_SHAPE,
                        "%s: the vocabulary has %lu tokens, but the model knows only %lu; it is of another model",
                        b->o->vocab ? b->o->vocab : from->path, (unsigned long)clip_tokenizer_count(made),
                        (unsigned long)vocabulary);
    for (size_t i = 0; !b->o->vocab && i < special.n; i++)
        if (!(special.listed & 1u << i) && clip_tokenizer_id(made, roles[i].text, strlen(roles[i].text)) >= 0)
            return run_fail(b->r, CLIP_ERROR_UNSUPPORTED,
                            "%s: its tokenizer reads %s in a text as any other signs, which is not known here; --vocab "
                            "FILE reads texts as BERT's all the same",
                            from->path, roles[i].text);
    run_free(b->r, memory);
    build_scope(b, "", "");
    return build_text(b, "tokenizer.kind", "wordpiece") && build_integer(b, "tokenizer.cased", (uint64_t)cased) &&
           build_own(b, "tokenizer.vocab", CLIP__UINT8, size, 1, 1, vocab);
}

// ---- CLIP's byte-pair tokens ----

typedef struct pairs { // tokens by id, and merges by rank, a line each
    char *vocab, *merges;
    size_t vocab_size, merges_size, n;
} pairs;

// OpenAI's vocabulary of so many tokens, which follows from the merges: bytes, bytes at the end of a word, what the
// merges make, two marks. OpenAI's file, whose first line tells, goes on behind the merges of CLIP's vocabulary.
static int pairs_from_merges(run *r, const char *path, const char *merges, size_t size, size_t vocabulary, pairs *out) {
    static const char end[] = "</w>", marks[] = "<|startoftext|>\n<|endoftext|>\n";
    const int whole = size > 4 && !memcmp(merges, "\"bpe", 4);
    const size_t tokens = whole ? source_min(vocabulary, OPENAI_PAIRS) : vocabulary;
    size_t most = tokens > 514 ? tokens - 514 : 0;
    const char *p = merges, *stop = merges + size, *next;
    char *v, *m;
    if (whole || (size > 9 && !memcmp(p, "#version", 8)))
        p = (const char *)memchr(p, '\n', size), p = p ? p + 1 : stop;
    while (stop > p && (stop[-1] == '\n' || stop[-1] == '\r')) stop--;
    v = out->vocab = (char *)run_alloc(r, size + 4096, 1);
    m = out->merges = (char *)run_alloc(r, size + 1, 1);
    if (!v || !m) return 0;
    for (int at_end = 0; at_end < 2; at_end++)
        for (int printable = 1; printable >= 0; printable--)
            for (unsigned byte = 0; byte < 256; byte++) {
                const int prints = (byte > 32 && byte < 127) || (byte > 160 && byte != 173);
                if (prints != printable) continue;
                v += clip__utf8_put((unsigned char *)v, clip__byte_letter(byte));
                if (at_end) memcpy(v, end, 4), v += 4;
                *v++ = '\n';
                out->n++;
            }
    for (; p < stop && most; p = next, most--) {
        const char *line = (const char *)memchr(p, '\n', (size_t)(stop - p)), *space;
        size_t length = (size_t)((line ? line : stop) - p);
        next = line ? line + 1 : stop;
        if (length && p[length - 1] == '\r') length--;
        space = (const char *)memchr(p, ' ', length);
        if (!length || !space || space == p || space == p + length - 1 ||
            memchr(space + 1, ' ', length - (size_t)(space + 1 - p)))
            return run_fail(r, CLIP_ERROR_FORMAT, "%s: \"%.*s\" is no merge of two tokens", path, SHOW(p, length));
        memcpy(m, p, length), m += length, *m++ = '\n';
        memcpy(v, p, (size_t)(space - p)), v += space - p;
        memcpy(v, space + 1, length - (size_t)(space + 1 - p)), v += length - (size_t)(space + 1 - p);
        *v++ = '\n';
        out->n++;
    }
    memcpy(v, marks, sizeof marks - 1);
    out->n += 2;
    if (out->n < tokens && out->n != OPENAI_PAIRS) // of a tower that was made larger they are OpenAI's all the same
        return run_fail(r, CLIP_ERROR_SHAPE,
                        "%s: %lu merges make %lu tokens, but the model knows %lu: the file is cut, or of another "
                        "model; vocab.json, with merges.txt beside it, or tokenizer.json tells the tokens' ids",
                        path, (unsigned long)out->n - 514, (unsigned long)out->n, (unsigned long)tokens);
    out->vocab_size = (size_t)(v - out->vocab) + sizeof marks - 1;
    out->merges_size = (size_t)(m - out->merges);
    return 1;
}

static int pairs_vocab(run *r, const char *path, json map, json added, pairs *out) {
    return vocab_lines(r, path, "vocabulary", map, added, 0, &out->vocab, &out->vocab_size, &out->n);
}

// "a b" or ["a", "b"], a line each.
static int pairs_merges(run *r, const char *path, json list, pairs *out) {
    json key, value, part;
    size_t room = 1;
    if (!json_is_list(list)) return run_fail(r, CLIP_ERROR_FORMAT, "%s: its tokenizer.json has no merges", path);
    for (json c = json_begin(list); json_next(&c, &key, &value);) room += (size_t)(value.end - value.p) + 2;
    out->merges = (char *)run_alloc(r, room, 1);
    if (!out->merges) return 0;
    for (json c = json_begin(list); json_next(&c, &key, &value);) {
        json parts = json_begin(value);
        for (int i = 0; i < (json_is_list(value) ? 2 : 1); i++) {
            size_t length;
            if (!json_is_list(value)) part = value;
            else if (!json_next(&parts, &key, &part)) part.p = part.end = NULL;
            length = json_text(part, out->merges + out->merges_size, room - out->merges_size);
            if (length == (size_t)-1)
                return run_fail(r, CLIP_ERROR_FORMAT, "%s: a merge of its tokenizer.json is no pair of texts", path);
            out->merges_size += length;
            out->merges[out->merges_size++] = json_is_list(value) && !i ? ' ' : '\n';
        }
        if (json_is_list(value) && json_next(&parts, &key, &part))
            return run_fail(r, CLIP_ERROR_FORMAT, "%s: a merge of its tokenizer.json is of more than two", path);
    }
    return 1;
}

// tokenizer.json: {"model": {"type": "BPE", "vocab": {...}, "merges": [...]}, "added_tokens": [...]}
static int pairs_from_tokenizer(run *r, const char *path, json root, pairs *out) {
    json model, type, vocab, merges, added;
    if (json_get(root, "model", &model) && json_get(model, "type", &type) && !json_text_is(type, "BPE"))
        return run_fail(r, CLIP_ERROR_UNSUPPORTED, "%s: its tokenizer is %.*s; CLIP's texts are byte-pair tokens, BPE",
                        path, SHOW_JSON(type));
    if (!json_get(model, "vocab", &vocab)) return run_fail(r, CLIP_ERROR_FORMAT, "%s: has no model.vocab", path);
    json_get(root, "added_tokens", &added);
    json_get(model, "merges", &merges); // without, pairs_merges says so
    return pairs_vocab(r, path, vocab, added, out) && pairs_merges(r, path, merges, out);
}

// vocab.json and merges.txt.
static int pairs_from_two(run *r, const char *vocab, const char *merges, pairs *out) {
    json map, none = {NULL, NULL};
    const unsigned char *bytes;
    const char *p, *line;
    size_t size;
    if (!file_json(r, vocab, &map) || !pairs_vocab(r, vocab, map, none, out) || !run_read(r, merges, &bytes, &size))
        return 0;
    p = (const char *)bytes;
    if (size > 9 && !memcmp(p, "#version", 8)) {
        line = (const char *)memchr(p, '\n', size);
        size -= line ? (size_t)(line + 1 - p) : size;
        p = line ? line + 1 : p;
    }
    out->merges = run_copy(r, p, size);
    out->merges_size = size;
    return out->merges != NULL;
}

// What --vocab names: bpe_simple_vocab_16e6.txt.gz, merges.txt, vocab.json (with merges.txt beside it) or
// tokenizer.json.
static int pairs_from_file(run *r, const char *path, size_t vocabulary, pairs *out) {
    const unsigned char *bytes;
    const char *line;
    json root, model;
    size_t size;
    if (!run_read(r, path, &bytes, &size)) return 0;
    if (gzip_is(bytes, size) && !gzip_read(r, path, bytes, size, (size_t)1 << 28, &bytes, &size)) return 0;
    if (size && bytes[0] == '{') {
        if (!json_open((const char *)bytes, size, &root)) {
            char *merges;
            if (json_get(root, "model", &model)) return pairs_from_tokenizer(r, path, root, out);
            merges = run_path(r, path, 0, "merges.txt");
            return merges && pairs_from_two(r, path, merges, out);
        }
        return run_fail(r, CLIP_ERROR_FORMAT, "%s: is no JSON", path);
    }
    line = (const char *)memchr(bytes, '\n', size);
    line = line ? (const char *)memchr(line + 1, ' ', source_min(size - (size_t)(line + 1 - (const char *)bytes), 64))
                : NULL;
    if (!line)
        return run_fail(
            r, CLIP_ERROR_FORMAT,
            "%s: no merges of byte-pair tokens; CLIP's texts take bpe_simple_vocab_16e6.txt.gz, merges.txt, "
            "vocab.json or tokenizer.json, not a WordPiece vocab.txt",
            path);
    return pairs_from_merges(r, path, (const char *)bytes, size, vocabulary, out);
}

// open_clip spells the marks of a text's ends in another way than OpenAI and transformers, and finds them so in a text.
static int pairs_respell(run *r, pairs *p) {
    static const char *const from[] = {"<|startoftext|>\n", "<|endoftext|>\n"}, *const to[] = {"<start_of_text>\n",
                                                                                               "<end_of_text>\n"};
    char *out = (char *)run_alloc(r, p->vocab_size + 64, 1), *end = out;
    const char *line = p->vocab, *stop = p->vocab + p->vocab_size;
    if (!out) return 0;
    for (const char *next; line < stop; line = next) {
        const char *written = line;
        size_t size;
        next = (const char *)memchr(line, '\n', (size_t)(stop - line)) + 1;
        size = (size_t)(next - line);
        for (int i = 0; i < 2; i++)
            if (size == strlen(from[i]) && !memcmp(line, from[i], size)) written = to[i];
        if (written != line) size = strlen(written);
        memcpy(end, written, size);
        end += size;
    }
    p->vocab = out;
    p->vocab_size = (size_t)(end - out);
    return 1;
}

// Whether the JSON is this text but for blanks. # in it is a number.
static int json_looks(json v, const char *want) {
    int quoted = 0;
    for (const char *p = v.p; p && p < v.end; p++) {
        if (!quoted && (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r')) continue;
        if (*want == '#' && json_digit(*p)) {
            want += p + 1 == v.end || !json_digit(p[1]);
            continue;
        }
        if (*p != *want++) return 0;
        quoted ^= *p == '"'; // no text in it has an escaped one
    }
    return v.p && !*want;
}

// Refuses a tokenizer.json that does something else than CLIPTokenizer.
static int pairs_file_check(build *b, const origin *from) {
#define CLIP_SPLIT(marks, last)                                                                                        \
    "{\"type\":\"Sequence\",\"pretokenizers\":[{\"type\":\"Split\",\"pattern\":{\"Regex\":\"" marks                    \
    "'s|'t|'re|'ve|'m|'ll|'d|[\\\\p{L}]+|[\\\\p{N}]|[^\\\\s\\\\p{L}\\\\p{N}]+\"},\"behavior\":\"Removed\","            \
    "\"invert\":true},"                                                                                                \
    "{\"type\":\"ByteLevel\",\"add_prefix_space\":false,\"trim_offsets\":true" last "}]}"
#define CLIP_MARKS "<\\\\|startoftext\\\\|>|<\\\\|endoftext\\\\|>|"
    static const struct {
        const char *part, *looks[4];
    } parts[] = {
        {"normalizer",
         {"{\"type\":\"Sequence\",\"normalizers\":[{\"type\":\"NFC\"},{\"type\":\"Replace\",\"pattern\":{\"Regex\":"
          "\"\\\\s+\"},\"content\":\" \"},{\"type\":\"Lowercase\"}]}"}},
        {"pre_tokenizer",
         {CLIP_SPLIT("", ""), CLIP_SPLIT("", ",\"use_regex\":true"), CLIP_SPLIT(CLIP_MARKS, ""),
          CLIP_SPLIT(CLIP_MARKS, ",\"use_regex\":true")}},
        {"post_processor",
         {"{\"type\":\"RobertaProcessing\",\"sep\":[\"<|endoftext|>\",#],\"cls\":[\"<|startoftext|>\",#],"
          "\"trim_offsets\":false,\"add_prefix_space\":false}"}}};
    static const special_role texts[] = {{"unk_token", "<|endoftext|>"}, {"end_of_word_suffix", "</w>"}};
    static const known_key keys[] = {{"dropout", "null"},
                                     {"fuse_unk", "false"},
                                     {"byte_fallback", "false|null"},
                                     {"ignore_merges", "false|null"},
                                     {"continuing_subword_prefix", "\"\"|null"}};
    static const char remedy[] = "; --vocab FILE reads texts as CLIP's all the same";
    json value, text;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        int looks = 0;
        json_get(from->tokenizer, parts[i].part, &value);
        for (size_t k = 0; k < 4 && parts[i].looks[k]; k++) looks = looks || json_looks(value, parts[i].looks[k]);
        if (!looks)
            return run_fail(b->r, CLIP_ERROR_UNSUPPORTED, "%s: its tokenizer.json has no %s as CLIP's is%s",
                            from->path, parts[i].part, remedy);
    }
    json_get(from->tokenizer, "model", &value);
    for (size_t i = 0; i < 2; i++)
        if (!json_get(value, texts[i].role, &text) || !json_text_is(text, texts[i].text))
            return run_fail(b->r, CLIP_ERROR_UNSUPPORTED,
                            "%s: its tokenizer.json's model has no %s %s, as CLIP's has%s", from->path, texts[i].role,
                            texts[i].text, remedy);
    return config_check(b->r, from->path, "tokenizer.json's model", value, KEYS(keys), 0, remedy);
}

// Refuses what transformers' files say of a tokenizer that is not CLIP's. Its class, CLIPTokenizer, takes from
// tokenizer.json vocabulary, merges and added tokens only. *pad: what texts are filled up with.
static int pairs_check(build *b, const origin *from, char pad[256]) {
    static const special_role roles[] = {{"bos_token", "<|startoftext|>"}, {"eos_token", "<|endoftext|>"}};
    static const known_key classes[] = {{"tokenizer_class", "\"CLIPTokenizer\"|\"CLIPTokenizerFast\"|"
                                                            "\"PreTrainedTokenizerFast\"|\"TokenizersBackend\"|null"}};
    specials special = {"CLIP's", KEYS(roles), pad, 0, 0};
    json value;
    if (!(json_get(from->special_tokens, "pad_token", &value) ||
          json_get(from->tokenizer_config, "pad_token", &value)) ||
        json_text(token_text(value), pad, 256) == (size_t)-1)
        strcpy(pad, roles[1].text);
    return cut_check(b, from) &&
           (b->o->vocab || (config_check(b->r, from->path, "tokenizer_config.json", from->tokenizer_config,
                                         KEYS(classes), 0, "; --vocab FILE reads texts as CLIP's all the same") &&
                            (!tokenizer_is_generic(from) || pairs_file_check(b, from)))) &&
           specials_check(b, from, &special) &&
           (b->o->vocab || !tokenizer_is_generic(from) || special.listed == 3 ||
            run_fail(b->r, CLIP_ERROR_UNSUPPORTED,
                     "%s: its tokenizer reads <|startoftext|> or <|endoftext|> in a text as any other signs, which is "
                     "not known here; --vocab FILE reads texts as CLIP's all the same",
                     from->path));
}

// Whether a role says of its token that it is found after cleaning.
static unsigned role_normalized(const origin *from, const char *role) {
    json token, flag;
    return (json_get(from->special_tokens, role, &token) || json_get(from->tokenizer_config, role, &token)) &&
           json_get(token, "normalized", &flag) && json_is(flag, "true");
}

// tokenizer.normalized, as transformers 5.24 makes it of its files: added_tokens_decoder's word counts, else
// tokenizer.json's, else that of the roles; <|endoftext|> has three, of which the padding's and the unknown's come
// last.
static unsigned pairs_normalized(const origin *from) {
    static const char *const texts[] = {"<|startoftext|>", "<|endoftext|>"};
    const unsigned end = role_normalized(from, "pad_token") & role_normalized(from, "unk_token");
    unsigned bits = role_normalized(from, "bos_token") | end << 1;
    json lists[2], key, token, flag;
    json_get(from->tokenizer, "added_tokens", &lists[0]);
    json_get(from->tokenizer_config, "added_tokens_decoder", &lists[1]);
    for (size_t i = 0; i < 2; i++)
        for (json c = json_begin(lists[i]); json_next(&c, &key, &token);)
            for (unsigned k = 0; k < 2; k++)
                if (json_text_is(token_text(token), texts[k])) {
                    const unsigned is = json_get(token, "normalized", &flag) && json_is(flag, "true");
                    bits = (bits & ~(1u << k)) | is << k;
                }
    return bits;
}

// *context becomes smaller where the tokenizer asks for that.
static int put_pairs(build *b, origin *from, size_t vocabulary, const text_facts *f, uint64_t *context) {
    run *r = b->r;
    pairs p;
    clip_tokenizer_desc desc;
    clip_tokenizer *made;
    const char *wrong, *cleaning = from->text_family == TEXT_CLIP ? "huggingface" : "openai";
    const char *shown = b->o->vocab ? b->o->vocab : from->path;
    char pad[256];
    int32_t pad_id = 0; // OpenAI's
    unsigned normalized = 0;
    void *memory;
    memset(&p, 0, sizeof p);
    if (f->sentence_pieces) {
        if (b->o->vocab)
            return run_fail(
                r, CLIP_ERROR_UNSUPPORTED,
                "%s: --vocab %s: this text tower, as SigLIP's, takes SentencePiece tokens, and would read CLIP's "
                "byte-pair tokens as other words; it encodes token ids",
                b->path, b->o->vocab);
        run_note(
            r,
            "%s: its tokenizer is SentencePiece's, which is not known here: the model will encode token ids, but no "
            "texts",
            b->path);
        return 1;
    }
    if (!tokenizer_open(r, from)) return 0;
    if (b->o->vocab) {
        if (!pairs_from_file(r, b->o->vocab, vocabulary, &p)) return 0;
    } else if (from->tokenizer.p) {
        if (!pairs_from_tokenizer(r, from->path, from->tokenizer, &p)) return 0;
    } else if (strcmp(from->path, "-")) {
        char *vocab = run_path(r, from->path, from->is_folder, "vocab.json"),
             *merges = run_path(r, from->path, from->is_folder, "merges.txt"),
             *simple = run_path(r, from->path, from->is_folder, "bpe_simple_vocab_16e6.txt.gz");
        if (!vocab || !merges || !simple) return 0;
        if (file_exists(vocab) && file_exists(merges)) {
            if (!pairs_from_two(r, vocab, merges, &p)) return 0;
        } else if (file_exists(simple) && !pairs_from_file(r, simple, vocabulary, &p)) return 0;
    }
    if (!p.vocab) {
        run_note(r,
                 "%s: has no vocabulary; the model will encode token ids, but no texts. --vocab FILE gives one: "
                 "tokenizer.json, vocab.json with merges.txt beside it, or bpe_simple_vocab_16e6.txt.gz",
                 from->path);
        return 1;
    }
    if (b->o->cleaning) cleaning = b->o->cleaning;
    if (p.n > vocabulary)
        return run_fail(r, CLIP_ERROR_SHAPE,
                        "%s: the vocabulary has %lu tokens, but the model knows only %lu; it is of another model",
                        shown, (unsigned long)p.n, (unsigned long)vocabulary);
    if (from->text_family == TEXT_OPENAI && !from->openai && !strcmp(cleaning, "openai") && !pairs_respell(r, &p))
        return 0;
    if (strcmp(cleaning, "openai")) {
        if (!pairs_check(b, from, pad)) return 0;
        if (strcmp(pad, "<|endoftext|>"))
            run_note(r,
                     "%s: texts are filled up with %s, as its tokenizer says; where a text has it, which the reference "
                     "then takes for the same, it is read as any other sign",
                     from->path, pad);
        context_of_tokenizer(from->tokenizer_config, context);
        if (!b->o->vocab) normalized = pairs_normalized(from);
    }
    memset(&desc, 0, sizeof desc);
    desc.kind = CLIP_BPE;
    desc.vocab = p.vocab, desc.vocab_size = p.vocab_size, desc.merges = p.merges, desc.merges_size = p.merges_size;
    desc.cleaning = strcmp(cleaning, "openai") ? CLIP_CLEAN_HUGGINGFACE : CLIP_CLEAN_OPENAI;
    memory = run_alloc(r, clip_tokenizer_size(&desc), 1);
    if (!memory) return 0;
    wrong = clip_tokenizer_init(&desc, memory, &made);
    if (wrong) return run_fail(r, CLIP_ERROR_FORMAT, "%s: %s", shown, wrong); // wrong may lie in memory
    if (strcmp(cleaning, "openai") && (pad_id = clip_tokenizer_id(made, pad, strlen(pad))) < 0)
        return run_fail(r, CLIP_ERROR_UNSUPPORTED, "%s: its pad_token %s is no token of its vocabulary", from->path,
                        pad);
    if (!strcmp(f->pool, "end") && (uint64_t)clip_tokenizer_end(made) != f->end)
        return run_fail(r, CLIP_ERROR_SHAPE,
                        "%s: the end of a text is token %lu of the vocabulary, but the model looks for %lu; it is of "
                        "another model",
                        shown, (unsigned long)clip_tokenizer_end(made), (unsigned long)f->end);
    run_free(r, memory);
    build_scope(b, "", "");
    return build_text(b, "tokenizer.kind", "bpe") && build_text(b, "tokenizer.cleaning", cleaning) &&
           build_integer(b, "tokenizer.pad", (uint64_t)pad_id) &&
           (!normalized || build_integer(b, "tokenizer.normalized", normalized)) &&
           build_own(b, "tokenizer.vocab", CLIP__UINT8, p.vocab_size, 1, 1, p.vocab) &&
           build_own(b, "tokenizer.merges", CLIP__UINT8, p.merges_size, 1, 1, p.merges);
}

// ---- projection heads ----------------------------------------------------------------------------------------------

// SplitMix64 (Steele, Lea and Flood 2014): a counter, hashed. The n-th number is hash(seed + n * golden).
static uint64_t random_next(uint64_t *state) {
    uint64_t z = *state += 0x9E3779B97F4A7C15;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
    z = (z ^ z >> 27) * 0x94D049BB133111EB;
    return z ^ z >> 31;
}

// n numbers, uniform from -bound to bound, each of the upper 24 bits of one draw.
static float *random_floats(run *r, uint64_t *state, size_t n, double bound) {
    float *out = (float *)run_alloc(r, n, sizeof *out);
    for (size_t i = 0; out && i < n; i++)
        out[i] = (float)(((double)(random_next(state) >> 40) / 8388608.0 - 1) * bound);
    return out;
}

// CLIP-pytorch's head with fresh weights, drawn as torch.nn.Linear does: weight and bias uniform within 1 / sqrt(in),
// the layer norm's bias 0. Its weight is such that the logits of two heads begin where InfoNCE's do, at 1 / 0.07: with
// 1, as torch.nn.LayerNorm has it, the soft loss spends its first epochs cooling logits as large as dim. In the order
// projection.weight, .bias, fc.weight, .bias, image before text.
static int put_new_head(build *b, source *made, const char *tower, size_t width, uint64_t *state) {
    static const char *const parts[] = {"projection.weight", "projection.bias",   "fc.weight",
                                        "fc.bias",           "layer_norm.weight", "layer_norm.bias"};
    const size_t dim = (size_t)b->o->embed_dim;
    for (int i = 0; i < 6; i++) {
        char name[64];
        source_tensor t;
        const size_t in = i < 2 ? width : dim;
        float *data;
        memset(&t, 0, sizeof t);
        t.file = "--embed-dim";
        t.name = name;
        t.name_size = (size_t)snprintf(name, sizeof name, "%s_projection.%s", tower, parts[i]);
        t.rank = i == 0 || i == 2 ? 2 : 1;
        t.shape[0] = dim;
        t.shape[1] = in;
        data = i < 4 ? random_floats(b->r, state, i % 2 ? dim : clip__mul(dim, in), 1 / sqrt((double)in))
                     : random_floats(b->r, state, dim, 0);
        if (!data) return 0;
        for (size_t k = 0; i == 4 && k < dim; k++) data[k] = (float)sqrt(1 / (0.07 * (double)dim));
        if (!clip__little_endian()) clip__swap_bytes(data, (uint64_t)(i % 2 || i > 3 ? dim : dim * in) * 4, 4);
        t.data = (const unsigned char *)data;
        if (!source_add(b->r, made, &t, 0)) return 0; // 0: F32 in source_types
    }
    return 1;
}

static void build_look(build *b, origin *from, const char *prefix) {
    b->from = &from->tensors;
    b->path = from->path;
    snprintf(b->prefix, sizeof b->prefix, "%s", prefix);
}

// The head of one tower that ends in `width` numbers: what the source has under TOWER_projection. *out: the numbers
// behind it.
static int put_head(build *b, const char *tower, size_t width, size_t *out) {
    char key[32], to[32], from[32];
    const char *kind = "none", *projection = "projection";
    int mlp;
    snprintf(key, sizeof key, "%s.head", tower);
    snprintf(to, sizeof to, "%s.head.", tower);
    snprintf(from, sizeof from, "%s_projection.", tower);
    build_scope(b, to, from);
    *out = width;
    if (!b->from || (!build_find(b, "projection.weight", "") && !build_find(b, "weight", "")))
        return build_text(b, key, kind);
    mlp = build_find(b, "fc.weight", "") != NULL;
    kind = mlp ? "mlp" : "linear";
    b->architecture = mlp ? "a projection head behind this tower" : "a linear head behind this tower";
    if (!build_find(b, "projection.weight", "")) { // text_projection.weight
        projection = "";
        from[strlen(from) - 1] = 0;
        build_scope(b, to, from);
        *out = dimension(b, ".weight", 2, 0);
    } else *out = dimension(b, "projection.weight", 2, 0);
    if (!*out || !build_text(b, key, kind)) return 0;
    if (!put(b, "projection", ".weight", &projection, 1, ".weight", CLIP__PANELS, *out, width, 1, 1) ||
        ((mlp || build_find(b, projection, ".bias")) &&
         !put(b, "projection", ".bias", &projection, 1, ".bias", CLIP__ROWS, *out, 1, 1, 1)))
        return 0;
    snprintf(key, sizeof key, "%s.head.eps", tower);
    return !mlp || (put_linear(b, "fc", "fc", *out, *out, 1) && put_norm(b, "norm", "layer_norm", *out) &&
                    build_real(b, key, 1e-5));
}

// The matrix that a CLIP's tower itself ends in.
static const struct own_head {
    const char *tower, *name, *bias;
    // Where: in the tower; beside it, at any level further out; or in it, but of open_clip's towers of timm only, whose
    // classifier is the projection. In a model of timm's own it stays a classifier.
    enum { INSIDE, OUTSIDE, TRUNK } place;
    int turned; // [width, embed_dim]
} own_heads[] = {{"image", "visual_projection.weight", "visual_projection.bias", OUTSIDE, 0},
                 {"image", "proj", "", INSIDE, 1},
                 {"image", "attnpool.c_proj.weight", "attnpool.c_proj.bias", INSIDE, 0},
                 {"image", "head.proj.weight", "head.proj.bias", OUTSIDE, 0}, // open_clip's, behind timm's towers
                 {"image", "head.weight", "head.bias", TRUNK, 0},             // of ViTs
                 {"image", "fc.weight", "fc.bias", TRUNK, 0},                 // of ResNets
                 {"text", "text_projection.weight", "text_projection.bias", OUTSIDE, 0},
                 {"text", "text_projection.weight", "text_projection.bias", INSIDE, 0},
                 {"text", "text_projection", "", INSIDE, 1},
                 {"text", "head.weight", "head.bias", INSIDE, 0}};
enum { OWN_HEADS = sizeof own_heads / sizeof *own_heads };

// Whether a tensor of that name is such a head, wherever it stands.
static int is_own_head(const char *name) {
    for (size_t i = 0; i < OWN_HEADS; i++)
        for (int bias = 0; bias < 2; bias++) {
            const char *end = bias ? own_heads[i].bias : own_heads[i].name;
            const size_t n = strlen(name), m = strlen(end);
            if (m && prefix_ends(name, end) && (n == m || name[n - m - 1] == '.')) return 1;
        }
    return 0;
}

// Looks for it from the tower outwards. b->prefix is then what stands before it.
static source_tensor *find_own_head(build *b, origin *from, const char *prefix, const struct own_head *head) {
    size_t n = strlen(prefix);
    source_tensor *t;
    do {
        if (head->place == OUTSIDE) { // without the last part of the prefix
            while (n && prefix[n - 1] == '.') n--;
            while (n && prefix[n - 1] != '.') n--;
        }
        build_look(b, from, prefix);
        b->prefix[n] = 0;
        t = build_find(b, head->name, "");
    } while (head->place == OUTSIDE && n && !(t && t->rank == 2));
    return t && t->rank == 2 ? t : NULL;
}

static int put_own_head(build *b, origin *from, const char *tower, const char *prefix, size_t width, size_t *out) {
    const int image = !strcmp(tower, "image"), timm = image && from->image_family == VIT_TIMM;
    json proj, name, vision = open_clip_config(from, "vision_cfg");
    char key[32], to[32];
    snprintf(key, sizeof key, "%s.head", tower);
    snprintf(to, sizeof to, "%s.head.", tower);
    *out = width;
    for (size_t i = 0; i < OWN_HEADS; i++) {
        const struct own_head *head = &own_heads[i];
        source_tensor *t;
        int good;
        if (strcmp(head->tower, tower) || (timm && !strcmp(head->name, "proj"))) continue;
        if (head->place == TRUNK && !prefix_ends(prefix, "trunk.")) continue;
        build_scope(b, to, "");
        t = find_own_head(b, from, prefix, head);
        if (!t) continue;
        b->architecture = "a head behind this tower";
        *out = (size_t)source_min(t->shape[head->turned], 1 << 30);
        b->turned = head->turned;
        good = *out && put(b, "projection.weight", "", &head->name, 1, "", CLIP__PANELS, *out, width, 1, 1);
        b->turned = 0;
        return good && build_text(b, key, "linear") &&
               (!*head->bias || !build_find(b, head->bias, "") || put_vector(b, "projection.bias", head->bias, *out));
    }
    if (image && json_get(vision, "timm_model_name", &name) && json_is_text(name) &&
        !(json_get(vision, "timm_proj", &proj) && json_text_is(proj, "none")))
        return run_fail(b->r, CLIP_ERROR_SHAPE,
                        "%s: its open_clip_config.json asks for a projection behind the image tower, and there is "
                        "neither visual.head.proj.weight nor visual.trunk.head.weight",
                        from->path);
    return build_text(b, key, "none");
}

// What a loss has learnt: logit_scale and logit_bias, wherever they stand.
static int put_learnt(build *b, origin *from) {
    static const char *const names[] = {"logit_scale", "logit_bias"};
    char prefix[64];
    b->architecture = "a CLIP";
    for (size_t i = 0; i < 2; i++)
        for (size_t k = 0; k < from->tensors.n; k++) {
            source_tensor *t = &from->tensors.tensors[k];
            if (t->used || t->count != 1 || t->name_size >= sizeof prefix || !prefix_ends(t->name, names[i])) continue;
            if (t->type != CLIP__F32 && t->type != CLIP__F16 && t->type != CLIP__BF16 && t->type != CLIP__F64) continue;
            snprintf(prefix, sizeof prefix, "%.*s", (int)(t->name_size - strlen(names[i])), t->name);
            build_look(b, from, prefix);
            build_scope(b, "", "");
            if (!put_vector(b, names[i], names[i], 1)) return 0;
            break;
        }
    return 1;
}

// ---- a whole model -------------------------------------------------------------------------------------------------

// Whether a tensor that no tower took is one of those that change no vector: classifiers, poolers, counters, the heads
// of masked language models. `name` may still have (a part of) the tower's prefix before it. "head." stands right
// behind all of it: open_clip's visual.head is no classifier.
static int harmless(const char *name, const char *prefix) {
    static const char *const starts[] = {"fc.",
                                         "head.",
                                         "classifier.",
                                         "pooler.",
                                         "cls.",
                                         "vocab_transform.",
                                         "vocab_layer_norm.",
                                         "vocab_projector.",
                                         "pre_classifier.",
                                         "qa_outputs.",
                                         "lm_head.",
                                         "logit_scale",
                                         "logit_bias",
                                         "temperature",
                                         "input_resolution",
                                         "context_length",
                                         "vocab_size",
                                         "attn_mask"};
    if (prefix_ends(name, "num_batches_tracked") || prefix_ends(name, "position_ids") ||
        prefix_ends(name, "token_type_ids"))
        return 1;
    for (;;) {
        size_t stem = strcspn(prefix, ".");
        for (size_t i = 0; i < sizeof starts / sizeof *starts; i++)
            if (!strncmp(name, starts[i], strlen(starts[i])) && (!*prefix || strcmp(starts[i], "head."))) return 1;
        if (!prefix[stem] || strncmp(name, prefix, stem + 1)) return 0;
        name += stem + 1;
        prefix += stem + 1;
    }
}

#define KNOWN                                                                                                          \
    "ResNet (torchvision, timm), ViT (timm, transformers), BERT, DistilBERT, CLIP (OpenAI, open_clip, transformers), " \
    "SigLIP, VisionTextDualEncoder, CLIP-pytorch"

// Dotted parts that a name and a prefix begin with alike.
static size_t parts_shared(const char *name, const char *prefix) {
    size_t n = 0;
    for (size_t i = 0; prefix[i] && prefix[i] == name[i]; i++) n += prefix[i] == '.';
    return n;
}

// Of a source with both towers: whether a tensor belongs to the image tower (1), to the text tower (-1), or to neither
// (0): to the one whose prefix shares more with its name, or, if both share as much, whose whole prefix is before it.
static int tower_of(const origin *from, const char *name) {
    const char *image = from->image_prefix, *text = from->text_prefix;
    const size_t i = parts_shared(name, image), t = parts_shared(name, text);
    const int in_image = !strncmp(name, image, strlen(image)), in_text = !strncmp(name, text, strlen(text));
    if (i != t) return i > t ? 1 : -1;
    return in_image - in_text;
}

// Whether a tensor of a source that has both towers is of the one that was not asked for.
static int is_unasked(const origin *from, const char *name) {
    const int tower = tower_of(from, name);
    if (!from->both || (from->image && from->text)) return 0;
    if (tower) return from->image ? tower < 0 : tower > 0;
    return harmless(name, "") || is_own_head(name) || strstr(name, "image_projection.") ||
           strstr(name, "text_projection.");
}

// Keeps or refuses what is left of a source.
static int put_rest(build *b, origin *from) {
    const int new_heads = b->o->heads || b->o->embed_dim;
    size_t left_out = 0;
    const char *first = NULL;
    for (size_t i = 0; i < from->tensors.n; i++) {
        source_tensor *t = &from->tensors.tensors[i];
        if (t->used) continue;
        if (from->image && t->rank > 2 && strstr(t->name, "classifier."))
            return run_fail(b->r, CLIP_ERROR_UNSUPPORTED,
                            "%s: tensor %s is a convolution behind the tower, as segmentation models have it, whose "
                            "ResNets are dilated: that is not computed here, and shows in no other tensor",
                            t->file, t->name);
        if (from->heads && !from->image && !from->text) {
            first = left_out++ ? first : t->name; // a source of heads may have anything else
        } else if (is_unasked(from, t->name)) {
            first = left_out++ ? first : t->name;
        } else if ((from->image && harmless(t->name, from->image_prefix)) ||
                   (from->text && harmless(t->name, from->text_prefix)) || (new_heads && is_own_head(t->name))) {
            if (!put_extra(b, t)) return 0;
        } else if (!from->heads && (strstr(t->name, "image_projection.") || strstr(t->name, "text_projection."))) {
            first = left_out++ ? first : t->name; // heads that were not asked for
        } else {
            return run_fail(
                b->r, CLIP_ERROR_UNSUPPORTED, "%s: tensor %s has no place in %s; known are " KNOWN, t->file, t->name,
                from->image  ? (from->text ? "an image and a text tower" : "the image tower found")
                : from->text ? "the text tower found"
                             : b->architecture);
        }
    }
    if (left_out)
        run_note(b->r, "%s: left out %lu tensors that were not asked for, from %s on", from->path,
                 (unsigned long)left_out, first);
    return 1;
}

// The kinds of models that config.json may name.
static int model_is_known(run *r, const origin *from) {
    static const char *const known[] = {"clip",
                                        "clip_vision_model",
                                        "clip_text_model",
                                        "siglip",
                                        "siglip_vision_model",
                                        "siglip_text_model",
                                        "bert",
                                        "vision-text-dual-encoder",
                                        "distilbert",
                                        "vit",
                                        "resnet"};
    json type, list, key, name;
    if (!json_get(from->config, "model_type", &type) || !json_is_text(type)) return 1;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (json_text_is(type, known[i])) return 1;
    if (!json_get(from->config, "architectures", &list)) list.p = list.end = NULL;
    for (json c = json_begin(list); json_is_list(list) && json_next(&c, &key, &name);)
        return run_fail(r, CLIP_ERROR_UNSUPPORTED,
                        "%s: its config.json names the architecture %.*s (%.*s); known are " KNOWN, from->path,
                        SHOW_JSON(name), SHOW_JSON(type));
    return run_fail(r, CLIP_ERROR_UNSUPPORTED, "%s: its config.json names the model_type %.*s; known are " KNOWN,
                    from->path, SHOW_JSON(type));
}

// Towers and heads out of what was opened.
static int build_model(build *b, origin *origins, size_t n) {
    // In this order, since some of the later ones end like an earlier one. Those of vit_families, then the resnets.
    static const char *const image_markers[] = {
        "patch_embed.proj.weight", "ln_post.weight", "embeddings.patch_embedding.weight",
        "embeddings.patch_embeddings.projection.weight", "layer1.0.conv1.weight"};
    static const char *const text_markers[] = {"embeddings.token_embedding.weight", "token_embedding.weight",
                                               "embeddings.word_embeddings.weight"};
    static const char *const head_markers[] = {"image_projection.projection.weight", "image_projection.weight",
                                               "text_projection.projection.weight"};
    enum { RESNET = sizeof image_markers / sizeof *image_markers - 1 };
    origin *image = NULL, *text = NULL, *heads = NULL;
    size_t width[2] = {0, 0}, out[2] = {0, 0};
    source fresh;
    memset(&fresh, 0, sizeof fresh);
    for (size_t i = 0; i < n; i++) {
        origin *from = &origins[i];
        const int asked_image = from->image, asked_text = from->text, asked_heads = from->heads;
        from->image = from->text = from->heads = 0;
        if (!model_is_known(b->r, from)) return 0;
        for (size_t k = 0; k <= RESNET && !from->image; k++) {
            from->image = origin_prefix(b->r, from, image_markers[k], from->image_prefix);
            from->image_family = k;
        }
        for (size_t k = 0; k <= TEXT_BERT && !from->text; k++) {
            from->text = origin_prefix(b->r, from, text_markers[k], from->text_prefix);
            from->text_family = k;
        }
        for (size_t k = 0; k < sizeof head_markers / sizeof *head_markers && !from->heads; k++)
            from->heads = origin_prefix(b->r, from, head_markers[k], from->heads_prefix);
        if (from->image < 0 || from->text < 0 || from->heads < 0) return 0;
        build_look(b, from, "");
        if (asked_image && !from->image && !open_clip_check(b, from, "vision_cfg")) return 0;
        from->both = from->image && from->text;
        from->image = from->image && asked_image;
        from->text = from->text && asked_text;
        from->heads = from->heads && asked_heads;
        if (!from->image && !from->text && !(from->heads && !asked_image && !asked_text))
            return run_fail(b->r, CLIP_ERROR_UNSUPPORTED,
                            "%s: has no %s known here (%lu tensors, the first is %s); known are %s", from->path,
                            asked_image  ? (asked_text ? "tower" : "image tower")
                            : asked_text ? "text tower"
                                         : "projection head",
                            (unsigned long)from->tensors.n, from->tensors.n ? from->tensors.tensors[0].name : "missing",
                            asked_image || asked_text ? KNOWN : "image_projection.* and text_projection.*");
        if (from->image) image = from;
        if (from->text) text = from;
        if (from->heads) heads = from;
    }
    b->has_text = text != NULL;
    if (b->o->vocab && !text)
        return run_fail(b->r, CLIP_ERROR_ARGUMENT, "--vocab is for a text tower, and there is none");
    if (image) {
        build_look(b, image, image->image_prefix);
        if (!(image->image_family == RESNET ? put_resnet : put_vit)(b, image, &width[0])) return 0;
        out[0] = width[0];
    }
    if (text) {
        build_look(b, text, text->text_prefix);
        if (!(text->text_family == TEXT_BERT ? put_bert : put_clip_text)(b, text, &width[1])) return 0;
        out[1] = width[1];
    }
    if (b->o->embed_dim) {
        uint64_t state = b->o->seed;
        if (heads && !heads->image && !heads->text)
            return run_fail(b->r, CLIP_ERROR_ARGUMENT, "--heads and --embed-dim exclude each other");
        if (heads) heads->heads = 0; // those that the model has are left out
        heads = NULL;
        if ((image && !put_new_head(b, &fresh, "image", width[0], &state)) ||
            (text && !put_new_head(b, &fresh, "text", width[1], &state)) || !source_sort(b->r, &fresh))
            return 0;
    }
    if (!heads && !b->o->embed_dim) { // each tower with what it has
        if ((image && !put_own_head(b, image, "image", image->image_prefix, width[0], &out[0])) ||
            (text && !put_own_head(b, text, "text", text->text_prefix, width[1], &out[1])) ||
            (text && !put_learnt(b, text)) || (image && image != text && !put_learnt(b, image)))
            return 0;
    } else {
        if (heads) build_look(b, heads, heads->heads_prefix);
        else {
            b->from = &fresh;
            b->path = "--embed-dim";
            b->prefix[0] = 0;
        }
        if ((image && !put_head(b, "image", width[0], &out[0])) || (text && !put_head(b, "text", width[1], &out[1])))
            return 0;
    }
    if (image && text && out[0] != out[1])
        return run_fail(b->r, CLIP_ERROR_SHAPE,
                        "the towers end in vectors of %lu (image) and %lu (text), which can't be compared; give "
                        "--heads SRC, or --embed-dim N "
                        "to make heads for training",
                        (unsigned long)out[0], (unsigned long)out[1]);
    for (size_t i = 0; i < n; i++)
        if (!put_rest(b, &origins[i])) return 0;
    if (b->lost)
        run_note(b->r,
                 "%llu of %llu F64 numbers were rounded to f32, so that an export will not have all of their bits",
                 (unsigned long long)b->lost, (unsigned long long)b->wide);
    return build_integers(b, "source.shapes", b->shapes, b->n_shapes);
}

// ---- the self-test, and writing ------------------------------------------------------------------------------------

enum { SELFTEST_WIDTH = 53, SELFTEST_HEIGHT = 37 };
// An accent, Chinese, a special token, a byte that is not UTF-8, an emoji, and words that fall into pieces.
static const char selftest_text[] = "Two caf\xC3\xA9s, 3.5 km from the \xE4\xB8\xAD\xE5\x9B\xBD [MASK] embankment \xFF "
                                    "\xE2\x80\x94 unphotographable! \xF0\x9F\x8C\x8A";

// Slopes, rings and a checkerboard, so that a wrong crop, filter or channel shows.
static void selftest_picture(unsigned char *rgb) {
    for (int y = 0; y < SELFTEST_HEIGHT; y++)
        for (int x = 0; x < SELFTEST_WIDTH; x++) {
            *rgb++ = (unsigned char)(x * 255 / (SELFTEST_WIDTH - 1));
            *rgb++ = (unsigned char)((x * x + y * y) / 4);
            *rgb++ = (unsigned char)((x / 5 + y / 7) % 2 ? 230 - y : y * 4);
        }
}

static int all_finite(const float *v, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (!(v[i] - v[i] == 0)) return 0;
    return 1;
}

// Adds the tensors of the self-test, computed with the model as it was written to `path`.
static int put_selftest(build *b, clip_model *model, clip_context *c) {
    clip_model_info info;
    clip_image image = {NULL, SELFTEST_WIDTH, SELFTEST_HEIGHT, 3, 0};
    const size_t dim = clip_embed_dim(model);
    float *image_vector = (float *)run_alloc(b->r, dim, sizeof(float)),
          *text_vector = (float *)run_alloc(b->r, dim, sizeof(float));
    clip_result result;
    clip_model_get_info(model, &info);
    if (!image_vector || !text_vector) return 0;
    if (info.image.tower) {
        const size_t S = info.image_size;
        unsigned char *rgb = (unsigned char *)run_alloc(b->r, SELFTEST_WIDTH * SELFTEST_HEIGHT * 3, 1);
        unsigned char *pixels = (unsigned char *)run_alloc(b->r, clip__mul(S, S), 3);
        if (!rgb || !pixels) return 0;
        selftest_picture(rgb);
        image.data = rgb;
        if ((result = clip_preprocess(c, &image, 1, pixels)) != CLIP_OK ||
            (result = clip_encode_pixels(c, pixels, 1, image_vector)) != CLIP_OK)
            return run_fail(b->r, result, "self-test: %s", clip_context_error(c));
        if (!all_finite(image_vector, dim))
            run_note(b->r, "the image tower gives vectors that are not finite; the file has no self-test of it");
        else if (!build_own(b, "selftest.image", CLIP__UINT8, SELFTEST_HEIGHT, SELFTEST_WIDTH, 3, rgb) ||
                 !build_own(b, "selftest.pixels", CLIP__UINT8, S, S, 3, pixels) ||
                 !build_own(b, "selftest.image_vector", CLIP__F32, dim, 1, 1, image_vector))
            return 0;
    }
    if (info.text.tower) {
        const char *text = selftest_text;
        const size_t most = source_min(sizeof selftest_text * 4, info.context);
        int32_t *ids = (int32_t *)run_alloc(b->r, most, sizeof *ids);
        size_t count = source_min(most, 9);
        if (!ids) return 0;
        for (size_t i = 0; i < count; i++)
            ids[i] = (int32_t)((i * 7919 + 1) % info.vocabulary); // for want of a tokenizer
        if ((info.tokenizer && (result = clip_tokenize(c, text, ids, most, &count)) != CLIP_OK) ||
            (result = clip_encode_tokens(c, ids, NULL, 1, count, text_vector)) != CLIP_OK)
            return run_fail(b->r, result, "self-test: %s", clip_context_error(c));
        if (!all_finite(text_vector, dim))
            run_note(b->r, "the text tower gives vectors that are not finite; the file has no self-test of it");
        else if ((info.tokenizer &&
                  !build_own(b, "selftest.text", CLIP__UINT8, sizeof selftest_text - 1, 1, 1, text)) ||
                 !build_own(b, "selftest.ids", CLIP__INT32, count, 1, 1, ids) ||
                 !build_own(b, "selftest.text_vector", CLIP__F32, dim, 1, 1, text_vector))
            return 0;
    }
    return 1;
}

// The numbers of a weight, in panels of any type, in PyTorch's order; NULL if there is no memory.
static float *panels_plain(run *r, const clip__tensor *t) {
    const size_t out = (size_t)t->shape[0], in = (size_t)t->shape[1], kh = (size_t)t->shape[2],
                 kw = (size_t)t->shape[3];
    const size_t size = (size_t)clip__panel_size(t->type, kh, kw * in);
    float *plain = (float *)run_alloc(r, clip__mul(clip__mul(out, in), kh * kw), sizeof *plain), *to = plain;
    clip__weights w = {NULL, t->type, kh, kw * in};
    for (size_t o = 0; plain && o < out; o++)
        for (size_t i = 0; i < in; i++)
            for (size_t k = 0; k < kh * kw; k++)
                *to++ =
                    clip__weight(&w, (const unsigned char *)t->data + o / 16 * size, k / kw, k % kw * in + i, o % 16);
    return plain;
}

// The type of a weight in a model of `type`. Heads are small, and all that a vector is passes through them; a stem's
// three channels fill no step of four: both keep more bits. So do layers whose inputs fill no steps of the type's.
static unsigned narrow_type(const clip__tensor *t, unsigned type) {
    const int few = type == CLIP__Q8 || type == CLIP__Q4;
    const int head = clip__name_begins(t->name, t->name_size, "image.head.") ||
                     clip__name_begins(t->name, t->name_size, "text.head.") ||
                     clip__name_ends(t->name, t->name_size, "pooler.weight");
    if (t->type != CLIP__F32) return t->type;
    if (clip__name_is(t->name, t->name_size, "text.tokens")) return type;
    if (t->layout != CLIP__PANELS || (few && head)) return CLIP__F32;
    if (clip__name_is(t->name, t->name_size, "image.patch.weight") ||
        clip__name_is(t->name, t->name_size, "image.stem.conv.weight") ||
        clip__name_is(t->name, t->name_size, "image.stem.conv1.weight"))
        return t->shape[2] == 1 ? CLIP__F32 : few ? CLIP__BF16 : type;
    while (t->shape[1] % clip__type_step[type])
        type = type == CLIP__Q4 ? (unsigned)CLIP__Q8 : type == CLIP__Q8 ? (unsigned)CLIP__BF16 : (unsigned)CLIP__F32;
    return type;
}

// Brings the weights to the type asked for.
static int build_narrow(build *b, unsigned type) {
    for (size_t i = 0; i < b->n; i++) {
        clip__tensor *t = &b->tensors[i];
        const unsigned to = narrow_type(t, type);
        const size_t rows = (size_t)t->shape[0], taps = (size_t)(t->shape[2] * t->shape[3]);
        const size_t count = clip__mul(clip__mul(rows, (size_t)t->shape[1]), taps);
        const float *plain = (const float *)t->data;
        const float end = to == CLIP__F16    ? 65520.0f        // what rounds to infinity, or has no scale
                          : to == CLIP__BF16 ? 3.3961775e38f
                          : to == CLIP__Q4   ? 8 * 65504.0f
                                             : INFINITY;
        unsigned char *data;
        float *made = NULL;
        if (to == t->type || !count) continue; // without numbers it may have any number of rows
        if (t->layout == CLIP__PANELS && !(plain = made = panels_plain(b->r, t))) return 0;
        for (size_t k = 0; k < count; k++) {
            if (!(plain[k] - plain[k] == 0))
                return run_fail(b->r, CLIP_ERROR_UNSUPPORTED,
                                "tensor %.*s has numbers that are not finite: use --type f32", (int)t->name_size,
                                t->name);
            if (fabsf(plain[k]) >= end)
                return run_fail(b->r, CLIP_ERROR_UNSUPPORTED,
                                "tensor %.*s has %g, which is beyond %s: use --type %s", (int)t->name_size, t->name,
                                (double)plain[k],
                                to == CLIP__F16    ? "f16"
                                : to == CLIP__BF16 ? "bf16"
                                                   : "q4",
                                to == CLIP__F16 ? "bf16" : "f32");
        }
        t->type = to;
        t->crc_known = 0;
        t->size = clip__tensor_bytes(t);
        data = (unsigned char *)run_alloc(b->r, (size_t)t->size, 1);
        if (!data) return 0;
        if (t->layout == CLIP__PANELS)
            narrow_pack(to, data, plain, rows, (size_t)t->shape[1], (size_t)t->shape[2], (size_t)t->shape[3]);
        else narrow_rows(to, data, plain, rows, count / rows);
        t->data = data;
        if (made) run_free(b->r, made);
    }
    return 1;
}

// Loads the model that the tensors make, from the file `path`, which is written for that.
static int build_try(build *b, const char *path, clip_model **model, clip_context **c) {
    clip_options one;
    clip_error why;
    memset(&one, 0, sizeof one);
    one.max_batch = 1;
    one.max_tokens = 256;
    one.threads = online_cpus();
    if (clip__file_write(path, b->keys, b->keys_size, b->n_keys, b->tensors, b->n, &b->r->why)) return 0;
    if (clip_model_load(path, NULL, &why, model) || clip_context_new(*model, &one, &why, c)) {
        const char *message = why.message; // without the temporary name before it
        if (!strncmp(message, path, strlen(path)) && strstr(message, ": ")) message = strstr(message, ": ") + 2;
        return run_fail(b->r, why.result, "the weights make no model: %s", message);
    }
    return 1;
}

// The model is written to a temporary file and loaded from there by clip.h, which checks all that was put together, and
// computes the self-test; then it is written anew with that, under its own name. So is, before it, the model in f32, if
// this one is of fewer bits: what that changes is measured. The names are made of one that is claimed: who else writes
// the same path has others.
static int build_write(build *b, const char *path, FILE *report) {
    const int to_stdout = !strcmp(path, "-"), elsewhere = to_stdout || clip__file_is_special(path) > 0;
    const size_t room = strlen(path) + 64;
    char *claimed = (char *)run_alloc(b->r, room, 1), *temporary = (char *)run_alloc(b->r, room, 1),
         *wide = (char *)run_alloc(b->r, room, 1);
    clip_model *model = NULL, *before = NULL;
    clip_context *c = NULL, *c_before = NULL;
    clip_model_info info;
    int good = 0, claim;
    if (!claimed || !temporary || !wide) return 0;
#ifdef CLIP__POSIX
    if (elsewhere) claim = mkstemp(strcpy(claimed, "/tmp/clip-convert-XXXXXX")); // a device's folder is no place
    else
#endif
        claim = clip__file_claim(elsewhere ? "clip-convert" : path, "tmp", CLIP__WRITERS, claimed);
    if (claim < 0) return run_fail(b->r, CLIP_ERROR_IO, "%s can't be written: %s", claimed, strerror(errno));
    sprintf(temporary, "%s.selftest", claimed);
    sprintf(wide, "%s.f32", claimed);
    if (b->o->type != CLIP__F32 && (!build_try(b, wide, &before, &c_before) || !build_narrow(b, b->o->type))) goto done;
    if (!build_try(b, temporary, &model, &c)) goto done;
    clip_model_get_info(model, &info);
    good = (!c_before || measure(b->r, c_before, c, &info, b->o->measure_images, b->o->measure_texts, report)) &&
           put_selftest(b, model, c) &&
           !clip__file_write(path, b->keys, b->keys_size, b->n_keys, b->tensors, b->n, &b->r->why);
    if (good && report) {
        uint64_t size = b->n ? b->tensors[b->n - 1].offset + b->tensors[b->n - 1].size : 0;
        print_clean(report, to_stdout ? "standard output" : path);
        putc(':', report);
        if (info.image.tower)
            fprintf(report, " image %s (%lu layers, width %lu, %lux%lu, head %s),", info.image.tower,
                    (unsigned long)info.image.layers, (unsigned long)info.image.width, (unsigned long)info.image_size,
                    (unsigned long)info.image_size, info.image.head);
        if (info.text.tower)
            fprintf(report, " text %s (%lu layers, width %lu, %lu tokens, head %s),", info.text.tower,
                    (unsigned long)info.text.layers, (unsigned long)info.text.width, (unsigned long)info.context,
                    info.text.head);
        fprintf(report, " vectors of %lu, %lu parameters, %llu bytes\n", (unsigned long)info.embed_dim,
                (unsigned long)(info.image.parameters + info.text.parameters), (unsigned long long)size);
    }
done:
    clip_context_free(c);
    clip_model_free(model);
    clip_context_free(c_before);
    clip_model_free(before);
    remove(temporary);
    remove(wide);
    remove(claimed);
    clip__file_release(claim);
    return good;
}

// All that stands in a .clip, but its self-test and what a training left.
static int build_again(build *b, const char *path, const unsigned char *bytes, size_t size) {
    clip__file f;
    clip__key key;
    clip__tensor t;
    const options *o = b->o;
    if (o->size || o->resize || o->filter || o->has_mean || o->has_std || o->pool || o->activation || o->model ||
        o->cleaning || o->positions || o->vocab || o->heads || o->embed_dim)
        return run_fail(b->r, CLIP_ERROR_ARGUMENT, "%s: only the --type of a .clip can be changed", path);
    if (clip__file_open(bytes, size, &b->r->why, &f)) {
        const clip_error inner = b->r->why;
        return run_fail(b->r, inner.result, "%s: %s", path, inner.message);
    }
    for (size_t cursor = 0, i = 0; i < f.n_keys && clip__file_next_key(&f, &cursor, &key); i++) {
        const char *name = run_copy(b->r, key.name, key.name_size);
        if (!name) return 0;
        if (!clip__name_begins(key.name, key.name_size, "train.") && !build_key(b, name, key.type, key.value, key.size))
            return 0;
    }
    for (size_t cursor = 0, i = 0; i < f.n_tensors && clip__file_next_tensor(&f, &cursor, &t); i++) {
        if (clip__name_begins(t.name, t.name_size, "selftest.") || clip__name_begins(t.name, t.name_size, "train."))
            continue;
        if (clip__crc32(0, t.data, (size_t)t.size) != t.crc)
            return run_fail(b->r, CLIP_ERROR_FORMAT, "%s: damaged file: the checksum of tensor %.*s is wrong", path,
                            (int)t.name_size, t.name);
        if (t.type != CLIP__F32 && (t.layout == CLIP__PANELS || clip__name_is(t.name, t.name_size, "text.tokens")))
            return run_fail(b->r, CLIP_ERROR_UNSUPPORTED,
                            "%s: its weights have been narrowed already: take the f32 model", path);
        if (!clip__little_endian()) { // the writer takes the host's order
            unsigned char *turned = (unsigned char *)run_alloc(b->r, (size_t)t.size, 1);
            if (!turned) return 0;
            memcpy(turned, t.data, (size_t)t.size);
            clip__swap_tensor(&t, turned, 0, t.size);
            t.data = turned;
        }
        if (!build_add(b, t, NULL)) return 0;
    }
    return 1;
}

static int convert(run *r, const options *o, FILE *report) {
    origin *origins = (origin *)run_alloc(r, 3, sizeof *origins); // with their prefixes too large for a stack
    build *b = (build *)run_alloc(r, 1, sizeof *b);
    const struct {
        const char *path;
        int image, text, heads;
    } asked[] = {{o->source, 1, 1, !o->heads}, {o->image, 1, 0, 0}, {o->text, 0, 1, 0}, {o->heads, 0, 0, 1}};
    const unsigned char *bytes = NULL;
    size_t n = 0, size = 0;
    if (!origins || !b) return 0;
    memset(b, 0, sizeof *b);
    b->r = r;
    b->o = o;
    if (o->source && !file_is_folder(o->source) && !run_read(r, o->source, &bytes, &size)) return 0;
    if (size >= sizeof clip__magic && !memcmp(bytes, clip__magic, sizeof clip__magic))
        return build_again(b, o->source, bytes, size) && build_write(b, o->out, report);
    for (size_t i = 0; i < sizeof asked / sizeof *asked; i++) {
        if (!asked[i].path) continue;
        if (!origin_open(r, asked[i].path, &origins[n])) return 0;
        origins[n].image = asked[i].image, origins[n].text = asked[i].text, origins[n].heads = asked[i].heads;
        n++;
    }
    return build_model(b, origins, n) && build_write(b, o->out, report);
}

// ---- the way back --------------------------------------------------------------------------------------------------

// A tensor of the source: a tensor of the model, or of so many equal parts of it those from number `index` on.
typedef struct part {
    clip__tensor t;
    const char *name;
    size_t name_size, index, parts, rank;
    uint64_t shape[SOURCE_RANK], size, each; // in the source; numbers of one part
} part;

static const char *type_name(unsigned type) {
    size_t i = 0;
    if (type == CLIP__Q8 || type == CLIP__Q4) return type == CLIP__Q8 ? "Q8" : "Q4";
    while (source_types[i].type != type) i++;
    return source_types[i].name;
}

static int part_compare_names(const void *a, const void *b) {
    const part *x = *(const part *const *)a, *y = *(const part *const *)b;
    int order = memcmp(x->name, y->name, source_min(x->name_size, y->name_size));
    return order ? order : (x->name_size > y->name_size) - (x->name_size < y->name_size);
}

// Whether its numbers become f32 on their way back.
static int part_is_narrow(const clip__tensor *t) {
    return t->type != CLIP__F32 && (t->layout == CLIP__PANELS || t->type == CLIP__Q8 || t->type != t->source_type);
}

enum { MOST_PARTS = 16 }; // of a tensor, which is made whole again for each; the converter joins three

// All parts, in the order of the table. Shapes are those of the key source.shapes, if they fit, else the model's.
static int export_parts(run *r, const char *path, const clip__file *f, part **out, size_t *n) {
    clip__key key;
    clip__tensor t;
    size_t room = 0, at = 0;
    part **sorted;
    const int has_shapes = clip__file_find_key(f, "source.shapes", &key) && key.type == CLIP__KEY_INTEGERS;
    *out = NULL;
    *n = 0;
    for (size_t cursor = 0, i = 0; i < f->n_tensors && clip__file_next_tensor(f, &cursor, &t); i++) {
        part p;
        uint64_t count, listed = 1;
        memset(&p, 0, sizeof p);
        if (!t.source_size) continue;
        p.t = t;
        p.parts = 1;
        for (size_t k = 0; k < t.source_size; k++) p.parts += t.source[k] == '\n';
        if (t.shape[0] % p.parts || p.parts > MOST_PARTS ||
            (t.type != t.source_type && t.type != CLIP__F32 && !clip__type_step[t.type]) ||
            (t.type != t.source_type && t.source_type > CLIP__F64))
            return run_fail(r, CLIP_ERROR_FORMAT,
                            "%s: tensor %.*s can't be given back: %lu names, type %u made from type %u", path,
                            (int)t.name_size, t.name, (unsigned long)p.parts, t.type, t.source_type);
        if (clip__crc32(0, t.data, (size_t)t.size) != t.crc)
            return run_fail(r, CLIP_ERROR_FORMAT, "%s: damaged file: the checksum of tensor %.*s is wrong", path,
                            (int)t.name_size, t.name);
        count = t.shape[0] / p.parts * t.shape[1] * t.shape[2] * t.shape[3];
        if (has_shapes && at + 8 <= key.size) {
            uint64_t rank = clip__read_le(key.value + at, 8);
            at += 8;
            if (rank <= SOURCE_RANK && rank * 8 <= key.size - at) {
                p.rank = (size_t)rank;
                for (size_t d = 0; d < p.rank; d++, at += 8) {
                    p.shape[d] = clip__read_le(key.value + at, 8);
                    listed = clip__mul((size_t)listed, (size_t)p.shape[d]);
                }
            } else listed = UINT64_MAX;
        } else listed = UINT64_MAX;
        // a trainer wrote the file, say: then without ones at the end
        if (listed != count || (!p.rank && p.parts > 1)) {
            for (p.rank = 4; p.rank > (t.turned ? 2 : 1) && t.shape[p.rank - 1] == 1;) p.rank--;
            memcpy(p.shape, t.shape, sizeof t.shape);
            p.shape[0] /= p.parts;
            if (t.turned) p.shape[0] = t.shape[1], p.shape[1] = t.shape[0];
        }
        p.each = count;
        p.size = count * clip__type_size[t.source_type];
        if (t.turned && (p.parts > 1 || t.shape[2] * t.shape[3] > 1 ||
                         (!part_is_narrow(&t) && clip__type_size[t.type] != sizeof(float)))) // see export_bytes
            return run_fail(r, CLIP_ERROR_FORMAT, "%s: tensor %.*s can't have been turned round", path,
                            (int)t.name_size, t.name);
        for (const char *name = t.source, *end = t.source + t.source_size; p.index < p.parts; p.index++) {
            const char *feed = (const char *)memchr(name, '\n', (size_t)(end - name));
            p.name = name;
            p.name_size = (size_t)((feed ? feed : end) - name);
            for (size_t k = 0, length; k < p.name_size; k += length) {
                length = json_utf8(p.name + k, p.name + p.name_size);
                if (!length || (unsigned char)p.name[k] < 32)
                    return run_fail(r, CLIP_ERROR_FORMAT, "%s: tensor %.*s has a source that is not UTF-8", path,
                                    (int)t.name_size, t.name);
            }
            name = feed ? feed + 1 : end;
            // NOLINTNEXTLINE(clang-analyzer-core.NullDereference): there is a part before the second
            if (p.index && (*out)[*n - 1].name_size == p.name_size &&
                !memcmp((*out)[*n - 1].name, p.name, p.name_size)) {
                part *last = &(*out)[*n - 1]; // another part of the same tensor
                last->size += p.size;
                last->shape[0] += p.shape[0];
                continue;
            }
            if (!run_grow(r, out, *n, &room, sizeof p)) return 0;
            (*out)[(*n)++] = p;
        }
    }
    sorted = (part **)run_alloc(r, *n, sizeof *sorted);
    if (!sorted) return 0;
    for (size_t i = 0; i < *n; i++) sorted[i] = *out + i;
    if (*n) qsort(sorted, *n, sizeof *sorted, part_compare_names);
    for (size_t i = 1; i < *n; i++)
        if (!part_compare_names(&sorted[i - 1], &sorted[i]))
            return run_fail(
                r, CLIP_ERROR_FORMAT,
                "%s: two of its tensors were both named %.*s in their sources; a .safetensors can't hold both", path,
                (int)sorted[i]->name_size, sorted[i]->name);
    return 1;
}

// Appends to the header, or only counts.
typedef struct text {
    char *p;
    size_t n;
} text;

static void text_add(text *t, const char *s, size_t n) {
    if (t->p) memcpy(t->p + t->n, s, n);
    t->n += n;
}

static void text_number(text *t, const char *before, uint64_t v) {
    char s[64];
    text_add(t, s, (size_t)snprintf(s, sizeof s, "%s%llu", before, (unsigned long long)v));
}

static void export_header(text *out, const part *parts, size_t n) {
    static const char start[] = "{\"__metadata__\":{\"format\":\"pt\"}";
    uint64_t at = 0;
    text_add(out, start, sizeof start - 1);
    for (size_t i = 0; i < n; i++) {
        const part *p = &parts[i];
        const char *type = type_name(p->t.source_type);
        text_add(out, ",\"", 2);
        for (size_t k = 0; k < p->name_size; k++) {
            if (p->name[k] == '"' || p->name[k] == '\\') text_add(out, "\\", 1);
            text_add(out, p->name + k, 1);
        }
        text_add(out, "\":{\"dtype\":\"", 12);
        text_add(out, type, strlen(type));
        text_add(out, "\",\"shape\":[", 11);
        for (size_t d = 0; d < p->rank; d++) text_number(out, d ? "," : "", p->shape[d]);
        text_number(out, "],\"data_offsets\":[", at);
        text_number(out, ",", at += p->size);
        text_add(out, "]}", 2);
    }
    text_add(out, "}", 1);
    while (out->n % 8) text_add(out, " ", 1); // the data begin at a multiple of 8
}

// The numbers of one part, in the source's type; NULL if there is no memory.
static const unsigned char *export_bytes(run *r, const part *p) {
    const clip__tensor *t = &p->t;
    const unsigned char *from = (const unsigned char *)t->data;
    const size_t count = (size_t)(p->size / clip__type_size[t->source_type]);
    const int narrow = part_is_narrow(t);
    const size_t width = narrow ? sizeof(float) : clip__type_size[t->type];
    unsigned char *out;
    if (!count) return from; // without numbers it may have any number of rows
    if (narrow) { // becomes f32
        const size_t all = clip__mul((size_t)p->each, p->parts), rows = (size_t)t->shape[0];
        clip__tensor host = *t;
        unsigned char *turned = NULL;
        float *plain;
        if (!clip__little_endian()) {
            if (!(turned = (unsigned char *)run_alloc(r, (size_t)t->size, 1))) return NULL;
            memcpy(turned, t->data, (size_t)t->size);
            clip__swap_tensor(t, turned, 0, t->size);
            host.data = turned;
        }
        if (t->layout == CLIP__PANELS) plain = panels_plain(r, &host);
        else if ((plain = (float *)run_alloc(r, all, sizeof *plain)) != NULL)
            for (size_t i = 0; i < rows; i++)
                clip__row(plain + i * (all / rows), host.data, t->type, rows, all / rows, i);
        if (!plain) return NULL;
        if (!clip__little_endian()) clip__swap_bytes(plain, (uint64_t)all * 4, 4);
        from = (const unsigned char *)plain;
    } else if (t->layout == CLIP__PANELS) { // 4-byte numbers are moved, not looked at: their byte order does not matter
        float *plain = (float *)run_alloc(r, clip__mul((size_t)p->each, p->parts), sizeof *plain);
        if (!plain) return NULL;
        clip__panels_unpack(plain, (const float *)t->data, (size_t)t->shape[0], (size_t)t->shape[1],
                            (size_t)(t->shape[2] * t->shape[3]));
        from = (const unsigned char *)plain;
    }
    from += p->index * (size_t)p->each * width;
    if (t->turned) { // 4-byte numbers are moved here too
        float *round = (float *)run_alloc(r, count, sizeof *round);
        if (!round) return NULL;
        turn_round(round, (const float *)(const void *)from, (size_t)t->shape[1], (size_t)t->shape[0]);
        from = (const unsigned char *)round;
    }
    if (t->source_type == (narrow ? (unsigned)CLIP__F32 : t->type)) return from;
    out = (unsigned char *)run_alloc(r, count, clip__type_size[t->source_type]);
    for (size_t i = 0; out && i < count; i++) {
        uint32_t bits = (uint32_t)clip__read_le(from + 4 * i, 4);
        if (t->source_type == CLIP__F16) clip__write_le(out + 2 * i, f16_of_f32(bits), 2);
        if (t->source_type == CLIP__BF16) clip__write_le(out + 2 * i, bf16_of_f32(bits), 2);
        if (t->source_type == CLIP__F64) {
            float value;
            double wide;
            uint64_t wide_bits;
            memcpy(&value, &bits, 4);
            wide = (double)value;
            memcpy(&wide_bits, &wide, 8);
            clip__write_le(out + 8 * i, wide_bits, 8);
        }
    }
    return out;
}

static int export_safetensors(run *r, const char *path, const char *to, FILE *report) {
    const unsigned char *bytes = NULL;
    unsigned char length[8];
    size_t size = 0, n;
    clip__file f;
    part *parts;
    text header = {NULL, 0};
    char *temporary;
    FILE *out = stdout;
    int good, claim;
    const int to_stdout = !strcmp(to, "-"), direct = to_stdout ? 1 : clip__file_is_special(to);
    uint64_t written = 0;
    if (direct < 0) return run_fail(r, CLIP_ERROR_IO, "%s can't be written: %s", to, strerror(errno));
    if (!run_read(r, path, &bytes, &size)) return 0;
    if (clip__file_open(bytes, size, &r->why, &f)) {
        clip_error inner = r->why;
        return run_fail(r, inner.result, "%s: %s", path, inner.message);
    }
    if (!export_parts(r, path, &f, &parts, &n)) return 0;
    export_header(&header, parts, n);
    header.p = (char *)run_alloc(r, header.n, 1);
    temporary = (char *)run_alloc(r, strlen(to) + CLIP__TEMPORARY, 1);
    if (!header.p || !temporary) return 0;
    header.n = 0;
    export_header(&header, parts, n);
    strcpy(temporary, to);
    claim = direct ? -1 : clip__file_claim(to, "tmp", CLIP__WRITERS, temporary);
    if (!to_stdout && ((claim < 0 && !direct) || !(out = fopen(temporary, "wb")))) {
        run_fail(r, CLIP_ERROR_IO, "%s can't be written: %s", temporary, strerror(errno));
        if (claim >= 0) remove(temporary), clip__file_release(claim);
        return 0;
    }
    clip__write_le(length, header.n, 8);
    good = fwrite(length, 1, 8, out) == 8 && fwrite(header.p, 1, header.n, out) == header.n;
    for (size_t i = 0; i < n && good; i++) {
        block *before = r->blocks;
        const unsigned char *data = export_bytes(r, &parts[i]);
        good = data && (!parts[i].size || fwrite(data, 1, (size_t)parts[i].size, out) == parts[i].size);
        written += parts[i].size;
        while (r->blocks != before) run_free(r, r->blocks + 1); // what export_bytes made
    }
    good = !fflush(out) && good;
    if (!to_stdout) good = !fclose(out) && good;
    if (!direct) good = good && clip__file_flush(temporary) && !clip__rename(temporary, to);
    if (!good && !r->why.result)
        run_fail(r, CLIP_ERROR_IO, "%s can't be written: %s", to_stdout ? "standard output" : to, strerror(errno));
    if (!good && !direct) remove(temporary);
    if (!direct) clip__file_release(claim);
    if (!good) return 0;
    if (report) {
        print_clean(report, to_stdout ? "standard output" : to);
        fprintf(report, ": %lu tensors, %llu bytes\n", (unsigned long)n, (unsigned long long)(8 + header.n + written));
    }
    return 1;
}

// ---- --info --------------------------------------------------------------------------------------------------------

static void info_tower(FILE *out, const char *name, const clip_tower_info *t) {
    fprintf(out, "%-10s%s, %lu layers, width %lu", name, t->tower, (unsigned long)t->layers, (unsigned long)t->width);
    if (t->heads) fprintf(out, ", %lu heads, mlp %lu", (unsigned long)t->heads, (unsigned long)t->mlp);
    if (t->patch) fprintf(out, ", patch %lu", (unsigned long)t->patch);
    if (t->activation && *t->activation) fprintf(out, ", %s", t->activation);
    if (t->pool && *t->pool) fprintf(out, ", pooled by %s", t->pool);
    fprintf(out, ", head %s, %lu parameters\n", t->head, (unsigned long)t->parameters);
}

// A name in a file, which whoever wrote it may have chosen.
static int print_name(run *r, FILE *out, const char *name, size_t size) {
    char *copy = run_copy(r, name, size);
    if (copy) print_clean(out, copy);
    run_free(r, copy);
    return copy != NULL;
}

static int print_info(run *r, const char *path, FILE *out) {
    static const char *const layouts[] = {"rows", "panels"};
    clip_model *model = NULL;
    clip_model_info i;
    clip__tensor t;
    size_t by_type[sizeof clip__type_size] = {0};
    const char *between = "";
    int good = 1;
    if (clip_model_load(path, NULL, &r->why, &model)) return 0;
    clip_model_get_info(model, &i);
    fprintf(out, "%-10s", "file");
    print_clean(out, path);
    fprintf(out, ", %llu bytes, %lu tensors\n", (unsigned long long)i.file_size, (unsigned long)i.tensors);
    if (i.image.tower) {
        info_tower(out, "image", &i.image);
        fprintf(out, "%-10s%lux%lu, %s", "pictures", (unsigned long)i.image_size, (unsigned long)i.image_size,
                i.resize);
        if (!strcmp(i.resize, "short")) fprintf(out, " side to %lu and crop", (unsigned long)i.image_short);
        fprintf(out, ", %s, mean %g,%g,%g, std %g,%g,%g\n", i.filter, i.mean[0], i.mean[1], i.mean[2], i.std[0],
                i.std[1], i.std[2]);
    }
    if (i.text.tower) info_tower(out, "text", &i.text);
    if (i.text.tower)
        fprintf(out, "%-10s%s%s, vocabulary of %lu, up to %lu tokens\n", "tokenizer",
                i.tokenizer ? i.tokenizer : "none", i.tokenizer ? i.cased ? ", cased" : ", uncased" : "",
                (unsigned long)i.vocabulary, (unsigned long)i.context);
    fprintf(out, "%-10s%lu numbers\n%-10s%s\n%-10s", "vectors", (unsigned long)i.embed_dim, "self-test",
            i.selftest ? "yes" : "no", "types");
    for (size_t cursor = 0, k = 0; k < model->file.n_tensors && clip__file_next_tensor(&model->file, &cursor, &t); k++)
        by_type[t.type]++;
    for (unsigned type = 0; type < sizeof clip__type_size; type++)
        if (by_type[type]) {
            fprintf(out, "%s%lu of %s", between, (unsigned long)by_type[type], type_name(type));
            between = ", ";
        }
    fprintf(out, "\n\ntensors, with type and layout; from which type, under which name\n");
    for (size_t cursor = 0, k = 0; k < model->file.n_tensors && clip__file_next_tensor(&model->file, &cursor, &t);
         k++) {
        size_t rank = 4;
        while (rank > 1 && t.shape[rank - 1] == 1) rank--;
        good = print_name(r, out, t.name, t.name_size) && good;
        fputs(" [", out);
        for (size_t d = 0; d < rank; d++) fprintf(out, "%s%llu", d ? "," : "", (unsigned long long)t.shape[d]);
        fprintf(out, "] %s %s", type_name(t.type), layouts[t.layout]);
        if (t.source_size) fprintf(out, "; %s ", type_name(t.source_type));
        good = print_name(r, out, t.source, t.source_size) && good;
        fputc('\n', out);
    }
    clip_model_free(model);
    return good;
}

// ---- the command line ----------------------------------------------------------------------------------------------

static int usage(FILE *err, const char *what, const char *which) {
    fputs("clip-convert: ", err);
    print_clean(err, what), print_clean(err, which);
    fputs("; clip-convert --help lists what there is\n", err);
    return 2;
}

static int parse_integer(const char *s, uint64_t low, uint64_t high, uint64_t *out) {
    json digits;
    digits.p = s;
    digits.end = s + strlen(s);
    return json_integer(digits, out) && *out >= low && *out <= high;
}

static int parse_three(const char *s, double out[3]) {
    for (int i = 0; i < 3; i++) {
        char *end;
        out[i] = strtod(s, &end);
        if (end == s || !(out[i] - out[i] == 0) || *end != (i < 2 ? ',' : 0)) return 0;
        s = end + 1;
    }
    return 1;
}

static int one_of(const char *s, const char *a, const char *b, const char *c) {
    return !strcmp(s, a) || !strcmp(s, b) || (c && !strcmp(s, c));
}

// The whole program, but for its streams. Returns the exit status.
static int convert_main(int argc, char **argv, FILE *out, FILE *err) {
    options o;
    const char *type = "f32", *embed_dim = NULL, *seed = NULL, *size = NULL, *mean = NULL, *std = NULL;
    const struct {
        const char *name, **value;
    } flags[] = {{"-o", &o.out},
                 {"--type", &type},
                 {"--vocab", &o.vocab},
                 {"--size", &size},
                 {"--resize", &o.resize},
                 {"--filter", &o.filter},
                 {"--mean", &mean},
                 {"--std", &std},
                 {"--pool", &o.pool},
                 {"--activation", &o.activation},
                 {"--model", &o.model},
                 {"--clean", &o.cleaning},
                 {"--positions", &o.positions},
                 {"--image", &o.image},
                 {"--text", &o.text},
                 {"--heads", &o.heads},
                 {"--embed-dim", &embed_dim},
                 {"--seed", &seed},
                 {"--export-safetensors", &o.export_from},
                 {"--measure-images", &o.measure_images},
                 {"--measure-texts", &o.measure_texts},
                 {"--info", &o.info}};
    const size_t n_flags = sizeof flags / sizeof *flags;
    run r;
    int good;
    memset(&o, 0, sizeof o);
    for (int i = 1; i < argc; i++) {
        size_t k = 0;
        if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h")) {
            return fputs(help, out) == EOF || fflush(out);
        }
        while (k < n_flags && strcmp(argv[i], flags[k].name)) k++;
        if (k < n_flags) {
            if (i + 1 == argc) return usage(err, argv[i], " needs a value");
            *flags[k].value = argv[++i];
        } else if (argv[i][0] == '-' && argv[i][1]) {
            return usage(err, "unknown option ", argv[i]);
        } else if (o.source) {
            return usage(err, "one SRC only, not also ", argv[i]);
        } else {
            o.source = argv[i];
        }
    }
    if (!one_of(type, "f32", "f16", "bf16") && !one_of(type, "int8", "q4", NULL))
        return usage(err, "--type takes f32, f16, bf16, int8 or q4, not ", type);
    o.type = !strcmp(type, "f16")    ? CLIP__F16
             : !strcmp(type, "bf16") ? CLIP__BF16
             : !strcmp(type, "int8") ? CLIP__Q8
             : !strcmp(type, "q4")   ? CLIP__Q4
                                     : CLIP__F32;
    if ((o.measure_images || o.measure_texts) && o.type == CLIP__F32)
        return usage(err, "--measure-images and --measure-texts go with a --type of fewer bits than ", type);
    if (size && !parse_integer(size, 1, CLIP__MAX_SIDE, &o.size))
        return usage(err, "--size takes a number from 1 to 4096, not ", size);
    if (o.resize && !one_of(o.resize, "stretch", "short", NULL))
        return usage(err, "--resize takes stretch or short, not ", o.resize);
    if (o.filter && !one_of(o.filter, "bilinear", "bicubic", "cv-bilinear"))
        return usage(err, "--filter takes bilinear, bicubic or cv-bilinear, not ", o.filter);
    if (o.pool && !one_of(o.pool, "cls", "mean", NULL)) return usage(err, "--pool takes cls or mean, not ", o.pool);
    if (o.activation && !one_of(o.activation, "gelu", "gelu_tanh", "quick_gelu") && strcmp(o.activation, "relu"))
        return usage(err, "--activation takes gelu, gelu_tanh, quick_gelu or relu, not ", o.activation);
    if (o.cleaning && !one_of(o.cleaning, "openai", "huggingface", NULL))
        return usage(err, "--clean takes openai or huggingface, not ", o.cleaning);
    if (o.positions && !one_of(o.positions, "plain", "antialias", NULL))
        return usage(err, "--positions takes plain or antialias, not ", o.positions);
    if (mean && !(o.has_mean = parse_three(mean, o.mean)))
        return usage(err, "--mean takes three numbers like 0.5,0.5,0.5, not ", mean);
    if (std && (!(o.has_std = parse_three(std, o.std)) || o.std[0] < 1e-6 || o.std[1] < 1e-6 || o.std[2] < 1e-6))
        return usage(err, "--std takes three numbers above 0 like 0.5,0.5,0.5, not ", std);
    if (embed_dim && !parse_integer(embed_dim, 1, CLIP__MAX_WIDTH, &o.embed_dim))
        return usage(err, "--embed-dim takes a number from 1 to 65536, not ", embed_dim);
    if (seed && !parse_integer(seed, 0, UINT64_MAX, &o.seed))
        return usage(err, "--seed takes a number from 0 to 2^64 - 1, not ", seed);
    if (seed && !embed_dim) return usage(err, "--seed goes with ", "--embed-dim");
    if (o.heads && embed_dim) return usage(err, "--heads and --embed-dim exclude each other", "");
    if (!!o.source + !!(o.image || o.text) + !!o.export_from + !!o.info != 1)
        return usage(err, "give one of: SRC, --image and --text, --export-safetensors MODEL.clip, --info MODEL.clip",
                     "");
    if (!o.info && !o.out) return usage(err, "-o is missing: ", "where to write to");
    if (output_replaces("-o", o.out, o.measure_texts)) return 2; // all else that is read is looked at by run_read

    memset(&r, 0, sizeof r);
    r.err = err;
    r.out = o.out;
    if (o.info) good = print_info(&r, o.info, out);
    else if (o.export_from) good = export_safetensors(&r, o.export_from, o.out, strcmp(o.out, "-") ? out : err);
    else good = convert(&r, &o, strcmp(o.out, "-") ? out : err);
    if (good && (fflush(out) || ferror(out)))
        good = run_fail(&r, CLIP_ERROR_IO, "standard output can't be written: %s", strerror(errno));
    if (!good && (r.message[0] || r.why.result))
        fprintf(err, "clip-convert: %s\n", r.message[0] ? r.message : r.why.message);
    run_end(&r);
    return good ? 0 : r.usage ? 2 : 1;
}

#ifndef CONVERT_NO_MAIN // tests and fuzz targets bring their own
int main(int argc, char **argv) {
    take_streams();
    return convert_main(argc, argv, stdout, stderr);
}
#endif
