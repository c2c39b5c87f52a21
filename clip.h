// clip.h - CLIP in one C99 header: pictures and sentences become vectors that can be compared. Public domain or MIT.
//
// Do this:
//
//     #define CLIP_IMPLEMENTATION
//     #include "clip_tokenizer.h"
//     #include "clip.h"
//     #include <stdio.h>
//
//     int main(void) {
//         static const unsigned char rgb[2 * 2 * 3] = {255, 0, 0, 255, 0, 0, 0, 0, 255, 0, 0, 255};
//         clip_model *model;
//         clip_context *clip;
//         clip_error why;
//         float words[1024], picture[1024]; // at least clip_embed_dim(model) long
//         const char *text = "a red roof under a blue sky";
//         clip_image image = {rgb, 2, 2, 3, 0};
//         if (clip_model_load("model.clip", NULL, &why, &model)) return puts(why.message), 1;
//         if (clip_context_new(model, NULL, &why, &clip)) return puts(why.message), 1;
//         if (clip_encode_texts(clip, &text, 1, words)) return puts(clip_context_error(clip)), 1;
//         if (clip_encode_images(clip, &image, 1, picture)) return puts(clip_context_error(clip)), 1;
//         printf("%.4f\n", (double)clip_similarity(words, picture, clip_embed_dim(model)));
//         clip_context_free(clip);
//         clip_model_free(model);
//         return 0;
//     }
//
// and build it with `cc -O2 program.c -lm -lpthread`. In the other files of the program include the headers without the
// define. Weights come from the models that people publish: `clip-convert FOLDER -o model.clip` (tools/convert.c).
//
// WHAT IT IS FOR
//     Search pictures by words, label pictures with words, find pictures like a picture: without Python, BLAS or a
//     network, in a product, on a small machine, or in front of a class. Image towers: ResNet 18 to 152, ViT. Text
//     towers: BERT, DistilBERT. Each may end in a projection head. The vectors are those of PyTorch.
//
// SHAPES, as comments write them
//     n           pictures or texts in a call        S       side of the picture that the image tower takes
//     T           tokens of one text or picture      width   numbers a token is made of inside a tower
//     rows        tokens of all of them together     heads   attention heads; each sees width / heads numbers
//     embed_dim   length of the vectors that come out        [rows, columns] is row-major; images are [y, x, channel]
//
// MACROS, before the include that has CLIP_IMPLEMENTATION
//     CLIP_STATIC                   every function static: a private copy in one file
//     CLIP_MALLOC(n), CLIP_FREE(p)  the allocator, both or neither; default malloc and free
//     CLIP_NO_THREADS               no pthreads: one thread, or the caller's own parallel_for
//     CLIP_NO_STDIO                 no files: models come by clip_model_load_memory
//     CLIP_NO_MMAP                  files are read into memory instead of mapped
//     CLIP_NO_SIMD                  plain C only. Otherwise AVX2 or AVX-512 is used where the CPU has it, without
//                                   compiler flags
//
// ERRORS
//     Every call that can fail returns a clip_result, 0 for success. Outputs are written on success only. The sentence
//     for people ("tensor image.norm.weight: expected [768], file has [512]") waits in the clip_error that load and
//     create take, and in clip_context_error afterwards. Nothing is printed, nothing exits, no environment is read.
// MEMORY
//     Is taken in clip_model_load, clip_context_new and nowhere else. clip_context_size tells how much a context takes,
//     clip_context_init works in memory of the caller's. Weights stay in the mapped file and are used where they are.
// THREADS
//     A model does not change after loading and is shared by any number of contexts. A context belongs to one thread at
//     a time; with clip_options.threads it brings its own helpers.
// DETERMINISM
//     The same picture or text gives the same bits, whatever stands beside it in the call, and with any number of
//     threads: every sum has one order, and no sum is split between threads.
//
// THE FILE, .clip, version 1. Little-endian on every machine. Offsets in bytes from the start of the file.
//      0  8    magic 89 43 4C 49 50 0D 0A 1A ("\x89CLIP", CR, LF, ^Z: a transfer as text breaks it, and is seen)
//      8  4    version, 1. Other versions are refused.
//     12  4    CRC-32 (zlib's) of everything from byte 16 up to the data
//     16  8    data: offset of the first tensor's bytes, a multiple of 64
//     24  8    size of the file
//     32  4    number of keys
//     36  4    number of tensors
//     40  -    the keys, then the table of tensors, one after the other without gaps, then zeros up to `data`
//     A key is
//          2   length of its name
//          2   type: 1 integers (8 bytes each, signed), 2 reals (8 bytes each, IEEE 754), 3 text (UTF-8, no end mark)
//          4   length of the value in bytes
//          -   the name, then the value
//     A tensor is
//          2   length of its name
//          2   length of its source
//          1   type: 0 f32, 1 f16, 2 bf16, 3 f64, 4 int8, 5 uint8, 6 int16, 7 int32, 8 int64, 9 bool
//          1   layout: 0 row-major as the shape says, 1 panels
//          1   source type: what it was where it came from, the same numbers as type
//          1   zero
//         32   shape: 4 numbers of 8 bytes; a tensor of fewer dimensions ends in ones
//          8   offset of its bytes in the file, a multiple of 64
//          8   size in bytes
//          4   CRC-32 of its bytes
//          4   zero
//          -   the name, then the source: the names that it had where it came from, divided by line feeds; several
//              names mean that so many equal parts were joined along the first dimension
//     Tensors lie in the order of the table, each from the next multiple of 64 on, and do not overlap. Bytes between
//     are zero.
//     Panels: a weight [out, in] or [out, in, kh, kw] is the matrix W[k][column] with column = out and k = in, or
//     k = (y * kw + x) * in_channels + channel. It is stored in panels of 16 columns, the last one filled up with
//     zeros: value W[k][column] stands at position ((column / 16) * K + k) * 16 + column % 16. See >>gemm for why.
//     Keys and tensors that a reader does not know are skipped. What this version knows:
//     image.tower    "vit" or "resnet"; without the key there is no image tower
//     image.size     S: pictures are resized to S x S
//     image.resize   "stretch" (both sides to S) or "short" (the short side to S, then the middle S x S)
//     image.short    integer, with "short": what the short side is brought to before the crop, at least S; absent: S
//     image.filter   "bilinear" or "bicubic" as PIL does it (antialiased), "cv-bilinear" as OpenCV's INTER_LINEAR
//     image.mean     3 reals; a pixel p of 0..255 enters as (p / 255 - mean) / std
//     image.std      3 reals
//     image.eps      real: epsilon of the tower's norms
//     image.width, image.layers, image.heads, image.mlp, image.patch      integers, for vit
//     image.activation   vit: "gelu" (erf), "gelu_tanh", "quick_gelu" or "relu"
//     image.pool     vit: "cls" or "mean" (over the patches)
//     image.norm     vit: "before" or "after" pooling
//     image.block    resnet: "basic" or "bottleneck"
//     image.depths   resnet: 4 integers, blocks per stage
//     image.head     "none", "linear" or "mlp" (x = linear(in); norm(x + linear(gelu(x))): CLIP-pytorch's head)
//     image.head.eps real: epsilon of the mlp head's norm
//     text.tower     "bert" (DistilBERT too: it is BERT without text.types); without the key there is no text tower
//     text.context   most tokens of a text, with [CLS] and [SEP]
//     text.width, text.layers, text.heads, text.mlp, text.activation, text.eps, text.pool, text.head, text.head.eps: as
//                    for images
//     tokenizer.kind     "wordpiece"; the tensor tokenizer.vocab, uint8, holds the bytes of vocab.txt
//     tokenizer.cased    integer, 1 if the text keeps its case and accents
//     source.shapes      integers, for giving the source back: for each tensor that has a source, in the table's order,
//                        how many dimensions it had there, then their sizes, of one part where several were joined
//     and the tensors (W: panels; all others row-major; of a norm: weight, bias; a batch norm has mean and var too):
//     vit        image.patch.weight W [width, 3, patch, patch], image.patch.bias, image.class [width] (may be absent),
//                image.positions [T, width], blocks, image.norm.weight / .bias
//     bert       text.tokens [vocabulary, width], text.positions [at least context, width], text.types [2, width] (may
//                be absent), text.norm.weight / .bias, blocks
//     blocks     TOWER.blocks.N.: norm1.*, attn.qkv.weight W [3 width, width], attn.qkv.bias, attn.proj.weight W,
//                attn.proj.bias, norm2.*, mlp.fc1.weight W [mlp, width], mlp.fc1.bias, mlp.fc2.weight W [width, mlp],
//                mlp.fc2.bias
//     resnet     image.stem.conv.weight W [64, 3, 7, 7], image.stem.norm.*, and for stage N, block M, from 0:
//                image.stages.N.M.conv1.weight W, .norm1.*, .conv2.weight, .norm2.*, .conv3.weight, .norm3.*
//                (bottleneck), .shortcut.conv.weight, .shortcut.norm.* (where the shape changes)
//     heads      TOWER.head.projection.weight W [embed_dim, width], .bias (may be absent), and for mlp
//                TOWER.head.fc.weight W, .bias, TOWER.head.norm.weight, .bias
//     selftest   selftest.image uint8 [height, width, 3], selftest.pixels uint8 [S, S, 3], selftest.image_vector f32
//                [embed_dim], selftest.text uint8, selftest.ids int32, selftest.text_vector f32: inputs and what must
//                come of them (selftest.text is absent where there is no tokenizer)
//     extra.*    tensors of the source that no tower needs (a classifier, counters), kept so that it can be given back
//                whole
#ifndef CLIP_H
#define CLIP_H

#include <stddef.h>
#include <stdint.h>

#define CLIP_VERSION 100 // 0.1.0: major * 10000 + minor * 100 + patch

#ifdef CLIP_STATIC
#if defined(__GNUC__)
#define CLIPDEF static __attribute__((unused))
#else
#define CLIPDEF static
#endif
#elif defined(__cplusplus)
#define CLIPDEF extern "C"
#else
#define CLIPDEF extern
#endif

// ---------------------------------------------------------------------------------------------------------------- API

typedef enum clip_result {
    CLIP_OK = 0,
    CLIP_ERROR_ARGUMENT,    // a NULL, a size of 0, an option out of its range
    CLIP_ERROR_MEMORY,      // the allocator gave NULL, or the memory handed in is too small
    CLIP_ERROR_IO,          // a file can't be opened, read or written
    CLIP_ERROR_FORMAT,      // not a .clip file, or a damaged one
    CLIP_ERROR_VERSION,     // a .clip of a version that this header does not know
    CLIP_ERROR_SHAPE,       // a tensor is missing, or has not the shape that the keys ask for
    CLIP_ERROR_UNSUPPORTED, // the model has no such tower or tokenizer, or this build leaves it out
    CLIP_ERROR_SELFTEST     // this build does not compute what the file's author computed
} clip_result;

typedef struct clip_error {
    clip_result result;
    char message[256]; // one sentence, no line feed
} clip_error;

typedef struct clip_model clip_model;     // weights and pipeline; read-only
typedef struct clip_context clip_context; // scratch memory and threads; one thread at a time

typedef struct clip_image {
    const unsigned char *data; // rows top to bottom, pixels left to right, `channels` bytes each
    size_t width, height;      // 1 and up
    size_t channels;           // 1 grey, 2 grey and alpha, 3 RGB, 4 RGB and alpha; alpha is ignored, as by PIL
    size_t stride;             // bytes from one row to the next; 0 means width * channels
} clip_image;

// Calls task(arg, i) once for each i below n, in any order, on any threads, and returns when all are done.
typedef void clip_parallel_for(void *user, size_t n, void (*task)(void *arg, size_t i), void *arg);

typedef struct clip_options {        // all zero is the default
    size_t threads;                  // how many work at once; 0 means 1. Above 1 a pool of pthreads is started, unless:
    clip_parallel_for *parallel_for; // the caller's own loop, used instead of the pool, for `threads` pieces at a time
    void *parallel_user;             // its first argument
    size_t max_batch;                // pictures or texts worked on at once, 0 means 4; longer lists go in turns
    size_t max_tokens; // longer texts are cut to so many tokens; 0, or too many, means the model's own context
    int raw;           // 1: vectors are left as the heads give them, not brought to length 1
} clip_options;

// What the file says. The strings live as long as the model. A tower that is not there has tower == NULL.
typedef struct clip_tower_info {
    const char *tower;                       // "vit", "resnet", "bert"
    const char *head;                        // "none", "linear", "mlp"
    const char *pool;                        // "cls", "mean"; "" for resnet
    const char *activation;                  // "gelu", "gelu_tanh", "quick_gelu", "relu"
    size_t width, layers, heads, mlp, patch; // 0 where there is no such thing; a resnet's width: of its features
    size_t parameters;                       // numbers in the tower and its head
} clip_tower_info;

typedef struct clip_model_info {
    clip_tower_info image, text;
    size_t embed_dim;
    size_t image_size;  // S
    size_t image_short; // what the short side is brought to before the crop to S
    const char *resize, *filter;
    double mean[3], std[3];
    size_t context; // most tokens of a text
    size_t vocabulary;
    const char *tokenizer; // "wordpiece", or NULL
    int cased;
    size_t tensors, file_size;
    int selftest; // 1 if the file carries one
} clip_model_info;

// -- model --

// Opens the model file `path`. `opt` of clip_model_load is reserved and must be NULL. On failure *why (may be NULL)
// says what is wrong, and *out is not touched. The file's table is checked whole; the checksums of the weights are left
// to clip_selftest, so that loading touches no page that is not needed.
// Errors: ARGUMENT, IO, MEMORY, FORMAT, VERSION, SHAPE, UNSUPPORTED (also under CLIP_NO_STDIO).
CLIPDEF clip_result clip_model_load(const char *path, const void *opt, clip_error *why, clip_model **out);

// The same from `size` bytes at `data` (aligned to 4), which must stay as they are until clip_model_free.
CLIPDEF clip_result clip_model_load_memory(const void *data, size_t size, const void *opt, clip_error *why,
                                           clip_model **out);

// After all of its contexts are freed. NULL is allowed.
CLIPDEF void clip_model_free(clip_model *model);

CLIPDEF void clip_model_get_info(const clip_model *model, clip_model_info *out);

// The length of the vectors that clip_encode_* writes.
CLIPDEF size_t clip_embed_dim(const clip_model *model);

// -- context --

// How many bytes a context with these options takes (opt NULL: the defaults). Errors: ARGUMENT (an option out of range,
// too large).
CLIPDEF clip_result clip_context_size(const clip_model *model, const clip_options *opt, clip_error *why, size_t *out);

// Makes a context; the only allocation, of exactly clip_context_size bytes. Errors: ARGUMENT, MEMORY. A thread that
// can't be started makes it slower, not wrong.
CLIPDEF clip_result clip_context_new(const clip_model *model, const clip_options *opt, clip_error *why,
                                     clip_context **out);

// The same in `size` bytes at `memory`, which belong to the caller and are aligned as malloc aligns.
CLIPDEF clip_result clip_context_init(const clip_model *model, const clip_options *opt, void *memory, size_t size,
                                      clip_error *why, clip_context **out);

// Stops its threads, and gives back the memory of clip_context_new. NULL is allowed.
CLIPDEF void clip_context_free(clip_context *c);

// The sentence about the last call that failed on this context, "" before the first.
CLIPDEF const char *clip_context_error(const clip_context *c);

// Checks the checksum of every tensor, then computes what the file carries as its self-test and compares: token ids and
// pixels must be equal, vectors within 1e-4 of the largest value. *worst (may be NULL) is the largest error found,
// relative to that.
// Errors: SELFTEST (says where), FORMAT (a checksum), UNSUPPORTED (the file carries none), ARGUMENT (options.max_tokens
// is too small).
CLIPDEF clip_result clip_selftest(clip_context *c, float *worst);

// -- encode: n of 0 is allowed and does nothing; `out` [n, embed_dim] gets vectors of length 1 (or raw, by option) --

// Pictures of any size from 1x1, resized, cropped and normalised as the model's file says.
// Errors: ARGUMENT (a NULL, a side of 0 or above 2^24, channels not 1..4, a stride below a row; a picture so long that
// the filter spans more than 65,536 of its pixels), UNSUPPORTED (no image tower). `out` is then as it was.
CLIPDEF clip_result clip_encode_images(clip_context *c, const clip_image *images, size_t n, float *out);

// Pictures that have the model's size already: pixels [n, S, S, 3], 8-bit RGB.
CLIPDEF clip_result clip_encode_pixels(clip_context *c, const unsigned char *pixels, size_t n, float *out);

// The first half of clip_encode_images alone: pixels [n, S, S, 3], 8-bit RGB, as the model sees them before mean and
// std.
CLIPDEF clip_result clip_preprocess(clip_context *c, const clip_image *images, size_t n, unsigned char *pixels);

// Texts in UTF-8, 0-terminated, of any length; what goes beyond the model's context is cut off. Bytes that are not
// UTF-8 read as U+FFFD. An empty text is [CLS] [SEP]. Needs clip_tokenizer.h, included before clip.h in the file with
// CLIP_IMPLEMENTATION.
// Errors: ARGUMENT (a NULL), UNSUPPORTED (no text tower, no tokenizer in the model or in this build).
CLIPDEF clip_result clip_encode_texts(clip_context *c, const char *const *texts, size_t n, float *out);

// Token ids [n, T] with mask [n, T]: 1 where there is a token, 0 where not (mask NULL: everywhere). What a mask of 0
// hides changes no bit. Errors: ARGUMENT (a NULL, T of 0 or above the context, an id outside the vocabulary, a row
// without a token), UNSUPPORTED.
CLIPDEF clip_result clip_encode_tokens(clip_context *c, const int32_t *ids, const unsigned char *mask, size_t n,
                                       size_t T, float *out);

// The ids of one text as clip_encode_texts would use them, at most `max` (2 and up) of them, in ids; their number in
// *count.
CLIPDEF clip_result clip_tokenize(clip_context *c, const char *text, int32_t *ids, size_t max, size_t *count);

// -- compare --

// Cosine of a and b [dim], -1 to 1; 0 if either has no length.
CLIPDEF float clip_similarity(const float *a, const float *b, size_t dim);

typedef struct clip_match {
    size_t index; // row in the index
    float score;  // dot product with the query
} clip_match;

// The k best rows of index [n, dim] for query [dim] by dot product (the cosine, if all have length 1), best first,
// equal scores by row, scores that are not numbers last. Writes min(k, n) matches, returns how many.
CLIPDEF size_t clip_top_k(const float *index, size_t n, size_t dim, const float *query, size_t k, clip_match *out);

// probabilities[i] = exp(scale * scores[i]) / sum over j. Stable for any finite scores. In place is allowed.
CLIPDEF void clip_softmax(const float *scores, size_t n, float scale, float *probabilities);

// -- about --

CLIPDEF const char *clip_result_string(clip_result result); // "a file can't be opened, read or written"
CLIPDEF const char *
clip_isa_name(const clip_context *c); // the vector unit that it works with: "plain", "avx2", "avx512"
CLIPDEF int clip_version(void);       // CLIP_VERSION of the implementation

#endif // CLIP_H

// Stop now, if you are only interested in the API.
// --------------------------------------------------------------------------------------------------------
// implementation
//
// In this order; search for the tag.
//     >>config    what the macros and the compiler decide          >>ops       layer norm, activations, softmax,
//                 pooling
//     >>util      errors, checked sizes, checksums                 >>attention softmax(Q K^T / sqrt(d)) V
//     >>file      the .clip file, read and written                 >>blocks    the transformer block
//     >>threads   the parallel loop                                >>resnet    pictures, by convolutions
//     >>image     resize and crop, PIL's way and OpenCV's          >>vit       pictures, by patches
//     >>gemm, >>simd  matrices and convolutions                    >>text      sentences: BERT and DistilBERT
//     >>load      a file becomes a model                           >>heads     from a tower's width to embed_dim
//                                                                  >>api       the public functions

#if defined(CLIP_IMPLEMENTATION) && !defined(CLIP_IMPLEMENTED)
#define CLIP_IMPLEMENTED

// ---- >>config ------------------------------------------------------------------------------------------------------

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h> // vsnprintf; files only without CLIP_NO_STDIO
#include <stdlib.h>
#include <string.h>

#if !defined(CLIP_MALLOC) && !defined(CLIP_FREE)
#define CLIP_MALLOC(n) malloc(n)
#define CLIP_FREE(p) free(p)
#elif !defined(CLIP_MALLOC) || !defined(CLIP_FREE)
#error "define CLIP_MALLOC and CLIP_FREE both, or neither"
#endif

#if !defined(CLIP_NO_THREADS) && (defined(__unix__) || defined(__APPLE__))
#define CLIP__PTHREADS
#include <pthread.h>
#endif

#if !defined(CLIP_NO_STDIO) && !defined(CLIP_NO_MMAP) && (defined(__unix__) || defined(__APPLE__))
#define CLIP__MMAP
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#endif

#if defined(__GNUC__)
#define CLIP__UNUSED __attribute__((unused)) // for what only tools call
#define CLIP__PRINTF(text, first) __attribute__((format(printf, text, first)))
#else
#define CLIP__UNUSED
#define CLIP__PRINTF(text, first)
#endif

// What a file may ask for at the most. Far above every published model; they keep products of sizes within bounds.
enum {
    CLIP__MAX_SIDE = 4096,       // S
    CLIP__MAX_WIDTH = 1 << 16,   // of tokens, hidden layers, embeddings
    CLIP__MAX_LAYERS = 1024,     // blocks of a tower, or of one stage of a resnet
    CLIP__MAX_CONTEXT = 1 << 16, // tokens of a text
    CLIP__MAX_PATCH = 256,
    CLIP__MAX_THREADS = 256,
    CLIP__MAX_BATCH = 1 << 16
};
// A side of a caller's picture: up to here PIL's boxes, which are floats, are exact.
#define CLIP__MAX_PICTURE ((size_t)1 << 24)

// ---- >>util --------------------------------------------------------------------------------------------------------

// Fills *why (may be NULL) and returns `result`, so that `return clip__fail(...)` reads as one thing.
CLIP__PRINTF(3, 4) static clip_result clip__fail(clip_error *why, clip_result result, const char *format, ...) {
    if (why) {
        va_list args;
        why->result = result;
        va_start(args, format);
        vsnprintf(why->message, sizeof why->message, format, args);
        va_end(args);
        for (char *p = why->message; *p; p++) // names come from files: nothing in them may move a terminal's cursor
            if ((unsigned char)*p < 32 || *p == 127) *p = '?';
    }
    return result;
}

static size_t clip__min(size_t a, size_t b) { return a < b ? a : b; }
static size_t clip__max(size_t a, size_t b) { return a > b ? a : b; }

// Counts in bytes, saturating: a sum or product that does not fit becomes SIZE_MAX, which no allocation grants.
static size_t clip__mul(size_t a, size_t b) { return b && a > SIZE_MAX / b ? SIZE_MAX : a * b; }
static size_t clip__add(size_t a, size_t b) { return a > SIZE_MAX - b ? SIZE_MAX : a + b; }
static size_t clip__round_up(size_t n, size_t to) {
    return n > SIZE_MAX - (to - 1) ? SIZE_MAX : (n + (to - 1)) / to * to;
}

// A block of memory handed out front to back, at 64-byte boundaries. With base == NULL it only counts, so that the same
// code first tells how much it needs and then takes it.
typedef struct clip__arena {
    unsigned char *base;
    size_t used;
} clip__arena;

static void *clip__take(clip__arena *a, size_t count, size_t size) {
    size_t at = a->used;
    a->used = clip__add(at, clip__round_up(clip__mul(count, size), 64));
    return a->base ? a->base + at : NULL;
}

static void *clip__align64(void *p) { return (void *)(((uintptr_t)p + 63) & ~(uintptr_t)63); }

static int clip__little_endian(void) {
    const uint16_t one = 1;
    return *(const unsigned char *)&one;
}

static uint64_t clip__read_le(const unsigned char *p, size_t bytes) {
    uint64_t v = 0;
    while (bytes--) v = v << 8 | p[bytes];
    return v;
}

CLIP__UNUSED static void clip__write_le(unsigned char *p, uint64_t v, size_t bytes) {
    for (size_t i = 0; i < bytes; i++, v >>= 8) p[i] = (unsigned char)v;
}

// CRC-32 as in zlib, PNG and zip (polynomial 0xEDB88320), eight bytes a step: Kounavis and Berry 2005, "slicing by 8".
// Start with crc 0; feed the result back in to go on. The tables are made on the stack, since a call is for many bytes.
static uint32_t clip__crc32(uint32_t crc, const void *data, size_t n) {
    const unsigned char *p = (const unsigned char *)data;
    uint32_t table[8][256];
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t v = i;
        for (int bit = 0; bit < 8; bit++) v = v >> 1 ^ (v & 1 ? 0xEDB88320u : 0);
        table[0][i] = v;
    }
    for (size_t i = 0; i < 256; i++)
        for (size_t t = 1; t < 8; t++) table[t][i] = table[t - 1][i] >> 8 ^ table[0][table[t - 1][i] & 255];
    crc = ~crc;
    for (; n >= 8; n -= 8, p += 8) {
        uint32_t low = crc ^ (uint32_t)clip__read_le(p, 4);
        crc = table[7][low & 255] ^ table[6][low >> 8 & 255] ^ table[5][low >> 16 & 255] ^ table[4][low >> 24] ^
              table[3][p[4]] ^ table[2][p[5]] ^ table[1][p[6]] ^ table[0][p[7]];
    }
    while (n--) crc = crc >> 8 ^ table[0][(crc ^ *p++) & 255];
    return ~crc;
}

// ---- >>file --------------------------------------------------------------------------------------------------------
// The format stands at the top of this header. A file is never trusted: clip__file_open walks everything once, and what
// is read afterwards has been checked there.

enum {
    CLIP__F32,
    CLIP__F16,
    CLIP__BF16,
    CLIP__F64,
    CLIP__INT8,
    CLIP__UINT8,
    CLIP__INT16,
    CLIP__INT32,
    CLIP__INT64,
    CLIP__BOOL
};
enum { CLIP__ROWS, CLIP__PANELS };
enum { CLIP__KEY_INTEGERS = 1, CLIP__KEY_REALS, CLIP__KEY_TEXT };
enum { CLIP__HEADER = 40, CLIP__KEY_HEADER = 8, CLIP__TENSOR_HEADER = 64 };

static const unsigned char clip__magic[8] = {0x89, 'C', 'L', 'I', 'P', '\r', '\n', 0x1A};
static const unsigned char clip__type_size[] = {4, 2, 2, 8, 1, 1, 2, 4, 8, 1};

typedef struct clip__file {
    const unsigned char *bytes;
    size_t size, data;        // data: where the tensors' bytes begin
    size_t n_keys, keys_size; // the keys begin at CLIP__HEADER
    size_t n_tensors;         // the table begins after the keys
} clip__file;

typedef struct clip__key { // a view into the file
    const char *name;
    size_t name_size;
    unsigned type;
    const unsigned char *value;
    size_t size;
} clip__key;

typedef struct clip__tensor { // a view into the file, or what is to be written into one
    const char *name, *source;
    size_t name_size, source_size;
    unsigned type, layout, source_type;
    uint64_t shape[4];
    uint64_t offset, size;
    uint32_t crc;
    const void *data;
} clip__tensor;

// Floats in a matrix of K rows and `columns` columns that is stored in panels of 16 columns.
static uint64_t clip__panels_count(uint64_t columns, uint64_t K) { return (columns + 15) / 16 * 16 * K; }

// Bytes that the tensor's data must have by its type, layout and shape; UINT64_MAX if that overflows or makes no sense.
static uint64_t clip__tensor_bytes(const clip__tensor *t) {
    uint64_t n = 1;
    for (int i = 0; i < 4; i++) {
        if (t->shape[i] && n > (UINT64_MAX >> 5) / t->shape[i]) return UINT64_MAX;
        n *= t->shape[i];
    }
    if (t->layout == CLIP__PANELS) {
        uint64_t columns = t->shape[0], K;
        if (!n || t->type != CLIP__F32) return UINT64_MAX;
        K = n / columns;
        if ((columns + 15) / 16 > (UINT64_MAX >> 10) / K) return UINT64_MAX;
        n = clip__panels_count(columns, K);
    }
    return n > (UINT64_MAX >> 4) ? UINT64_MAX : n * clip__type_size[t->type];
}

// Reads the key at *cursor (0 at first) and moves on. 0 at the end, or where the bytes left don't hold one.
static int clip__file_next_key(const clip__file *f, size_t *cursor, clip__key *out) {
    size_t left = f->keys_size - *cursor;
    const unsigned char *p = f->bytes + CLIP__HEADER + *cursor;
    if (left < CLIP__KEY_HEADER) return 0;
    out->name_size = (size_t)clip__read_le(p, 2);
    out->type = (unsigned)clip__read_le(p + 2, 2);
    out->size = (size_t)clip__read_le(p + 4, 4);
    left -= CLIP__KEY_HEADER;
    if (out->name_size > left || out->size > left - out->name_size) return 0;
    out->name = (const char *)p + CLIP__KEY_HEADER;
    out->value = p + CLIP__KEY_HEADER + out->name_size;
    *cursor += CLIP__KEY_HEADER + out->name_size + out->size;
    return 1;
}

// Reads the tensor record at *cursor (0 at first) and moves on. 0 at the end, or where the bytes left don't hold one.
static int clip__file_next_tensor(const clip__file *f, size_t *cursor, clip__tensor *out) {
    size_t start = CLIP__HEADER + f->keys_size + *cursor, left = f->data - start;
    const unsigned char *p = f->bytes + start;
    if (left < CLIP__TENSOR_HEADER) return 0;
    out->name_size = (size_t)clip__read_le(p, 2);
    out->source_size = (size_t)clip__read_le(p + 2, 2);
    out->type = p[4];
    out->layout = p[5];
    out->source_type = p[6];
    for (int i = 0; i < 4; i++) out->shape[i] = clip__read_le(p + 8 + 8 * i, 8);
    out->offset = clip__read_le(p + 40, 8);
    out->size = clip__read_le(p + 48, 8);
    out->crc = (uint32_t)clip__read_le(p + 56, 4);
    left -= CLIP__TENSOR_HEADER;
    if (!out->name_size || out->name_size > left || out->source_size > left - out->name_size) return 0;
    out->name = (const char *)p + CLIP__TENSOR_HEADER;
    out->source = out->name + out->name_size;
    out->data = out->offset <= f->size ? f->bytes + out->offset : NULL;
    *cursor += CLIP__TENSOR_HEADER + out->name_size + out->source_size;
    return 1;
}

// Checks header, keys and table whole. f then gives views into `bytes`.
static clip_result clip__file_open(const void *bytes, size_t size, clip_error *why, clip__file *f) {
    const unsigned char *p = (const unsigned char *)bytes;
    uint64_t data, end;
    size_t cursor = 0, n_tensors;
    clip__file file;
    clip__key key;
    clip__tensor t;
    if (size < CLIP__HEADER || memcmp(p, clip__magic, 8))
        return clip__fail(
            why, CLIP_ERROR_FORMAT,
            "not a .clip file: it does not begin with the magic bytes; convert weights with clip-convert");
    if (clip__read_le(p + 8, 4) != 1)
        return clip__fail(why, CLIP_ERROR_VERSION, "the file has format version %lu, this build reads version 1",
                          (unsigned long)clip__read_le(p + 8, 4));
    data = clip__read_le(p + 16, 8);
    if (clip__read_le(p + 24, 8) != size)
        return clip__fail(why, CLIP_ERROR_FORMAT,
                          "the file is cut or padded: it says that it has %llu bytes, and has %llu",
                          (unsigned long long)clip__read_le(p + 24, 8), (unsigned long long)size);
    if (data < CLIP__HEADER || data > size || data % 64)
        return clip__fail(why, CLIP_ERROR_FORMAT, "damaged file: its data can't begin at byte %llu",
                          (unsigned long long)data);
    if (clip__crc32(0, p + 16, (size_t)data - 16) != clip__read_le(p + 12, 4))
        return clip__fail(why, CLIP_ERROR_FORMAT, "damaged file: the checksum of header and table is wrong");

    // From here on errors mean a faulty writer, not a faulty disk; they are checked all the same.
    file.bytes = p;
    file.size = size;
    file.data = (size_t)data;
    file.n_keys = (size_t)clip__read_le(p + 32, 4);
    file.keys_size = file.data - CLIP__HEADER; // until it is known
    for (size_t i = 0; i < file.n_keys; i++) {
        if (!clip__file_next_key(&file, &cursor, &key))
            return clip__fail(why, CLIP_ERROR_FORMAT, "damaged file: key %lu of %lu does not fit", (unsigned long)i,
                              (unsigned long)file.n_keys);
        if ((key.type == CLIP__KEY_INTEGERS || key.type == CLIP__KEY_REALS) && key.size % 8)
            return clip__fail(why, CLIP_ERROR_FORMAT, "damaged file: key %.*s has numbers of %lu bytes in all",
                              (int)key.name_size, key.name, (unsigned long)key.size);
    }
    file.keys_size = cursor;
    n_tensors = (size_t)clip__read_le(p + 36, 4);
    for (file.n_tensors = 0, cursor = 0, end = data; file.n_tensors < n_tensors; file.n_tensors++) {
        if (!clip__file_next_tensor(&file, &cursor, &t))
            return clip__fail(why, CLIP_ERROR_FORMAT, "damaged file: tensor %lu of %lu does not fit",
                              (unsigned long)file.n_tensors, (unsigned long)n_tensors);
        if (t.type >= sizeof clip__type_size || t.source_type >= sizeof clip__type_size || t.layout > CLIP__PANELS)
            return clip__fail(why, CLIP_ERROR_FORMAT,
                              "tensor %.*s: type %u, layout %u or source type %u is not known here", (int)t.name_size,
                              t.name, t.type, t.layout, t.source_type);
        if (t.size != clip__tensor_bytes(&t))
            return clip__fail(
                why, CLIP_ERROR_FORMAT, "tensor %.*s: its %llu bytes don't fit its shape [%llu,%llu,%llu,%llu]",
                (int)t.name_size, t.name, (unsigned long long)t.size, (unsigned long long)t.shape[0],
                (unsigned long long)t.shape[1], (unsigned long long)t.shape[2], (unsigned long long)t.shape[3]);
        end = (end + 63) / 64 * 64;
        if (t.offset != end || t.offset > size || t.size > size - t.offset)
            return clip__fail(why, CLIP_ERROR_FORMAT,
                              "tensor %.*s: lies at byte %llu, expected at %llu, inside a file of %llu",
                              (int)t.name_size, t.name, (unsigned long long)t.offset, (unsigned long long)end,
                              (unsigned long long)size);
        end = t.offset + t.size;
    }
    *f = file;
    return CLIP_OK;
}

static int clip__name_is(const char *name, size_t size, const char *want) {
    return size == strlen(want) && !memcmp(name, want, size);
}

static int clip__file_find_key(const clip__file *f, const char *name, clip__key *out) {
    for (size_t cursor = 0, i = 0; i < f->n_keys && clip__file_next_key(f, &cursor, out); i++)
        if (clip__name_is(out->name, out->name_size, name)) return 1;
    return 0;
}

static int clip__file_find_tensor(const clip__file *f, const char *name, clip__tensor *out) {
    for (size_t cursor = 0, i = 0; i < f->n_tensors && clip__file_next_tensor(f, &cursor, out); i++)
        if (clip__name_is(out->name, out->name_size, name)) return 1;
    return 0;
}

// w [columns, in, taps], as PyTorch stores a convolution (taps = kh * kw) or a linear layer (taps = 1), into panels and
// back.
CLIP__UNUSED static void clip__panels_pack(float *panels, const float *w, size_t columns, size_t in, size_t taps) {
    for (size_t c = 0; c < (columns + 15) / 16 * 16; c++)
        for (size_t t = 0; t < taps; t++)
            for (size_t i = 0; i < in; i++)
                panels[(c / 16 * in * taps + t * in + i) * 16 + c % 16] = c < columns ? w[(c * in + i) * taps + t] : 0;
}

CLIP__UNUSED static void clip__panels_unpack(float *w, const float *panels, size_t columns, size_t in, size_t taps) {
    for (size_t c = 0; c < columns; c++)
        for (size_t t = 0; t < taps; t++)
            for (size_t i = 0; i < in; i++)
                w[(c * in + i) * taps + t] = panels[(c / 16 * in * taps + t * in + i) * 16 + c % 16];
}

// Turns the numbers of a tensor from the file's byte order into the host's, or back. Only called where the two differ.
static void clip__swap_bytes(void *data, uint64_t size, unsigned type) {
    unsigned char *p = (unsigned char *)data, swap;
    size_t width = clip__type_size[type];
    for (; size >= width; size -= width, p += width)
        for (size_t i = 0; i < width / 2; i++) swap = p[i], p[i] = p[width - 1 - i], p[width - 1 - i] = swap;
}

#ifndef CLIP_NO_STDIO
// The tensor's bytes in the file's order go to `out` (may be NULL) and into the checksum. 0 if writing failed.
static int clip__tensor_write(clip__tensor *t, FILE *out) {
    const unsigned char *p = (const unsigned char *)t->data;
    unsigned char block[4096];
    t->crc = 0;
    if (clip__little_endian()) {
        if (!out) t->crc = clip__crc32(0, p, (size_t)t->size);
        return !out || fwrite(p, 1, (size_t)t->size, out) == t->size;
    }
    for (size_t left = (size_t)t->size, n; left; left -= n, p += n) {
        n = clip__min(left, sizeof block);
        memcpy(block, p, n);
        clip__swap_bytes(block, n, t->type);
        t->crc = clip__crc32(t->crc, block, n);
        if (out && fwrite(block, 1, n, out) != n) return 0;
    }
    return 1;
}

// Writes a .clip: keys as the format encodes them, then the tensors, whose offset and crc are worked out here. The data
// of tensors is in host byte order. `path` is written by way of path.tmp and a rename, so that it is whole or not
// there; "-" is stdout.
CLIP__UNUSED static clip_result clip__file_write(const char *path, const void *keys, size_t keys_size, size_t n_keys,
                                                 clip__tensor *tensors, size_t n_tensors, clip_error *why) {
    static const unsigned char zeros[64] = {0};
    const int to_stdout = !strcmp(path, "-");
    size_t head_size = clip__add(CLIP__HEADER, keys_size);
    uint64_t end;
    unsigned char *head = NULL, *p;
    char *temporary = NULL;
    FILE *out = NULL;
    int good;
    clip_result result = CLIP_ERROR_MEMORY;

    for (size_t i = 0; i < n_tensors; i++) {
        if (tensors[i].name_size > 65535 || tensors[i].source_size > 65535)
            return clip__fail(why, CLIP_ERROR_ARGUMENT, "tensor %.100s: its name or source is longer than 65,535 bytes",
                              tensors[i].name);
        head_size = clip__add(head_size, CLIP__TENSOR_HEADER + tensors[i].name_size + tensors[i].source_size);
    }
    head_size = clip__round_up(head_size, 64);
    head = (unsigned char *)CLIP_MALLOC(head_size);
    temporary = (char *)CLIP_MALLOC(strlen(path) + 5);
    if (!head || !temporary) {
        clip__fail(why, result, "out of memory for the table of %s", path);
        goto done;
    }
    memset(head, 0, head_size);
    if (keys_size) memcpy(head + CLIP__HEADER, keys, keys_size);
    p = head + CLIP__HEADER + keys_size;
    end = head_size;
    for (size_t i = 0; i < n_tensors; i++) {
        clip__tensor *t = &tensors[i];
        clip__tensor_write(t, NULL);
        t->offset = (end + 63) / 64 * 64;
        end = t->offset + t->size;
        clip__write_le(p, t->name_size, 2);
        clip__write_le(p + 2, t->source_size, 2);
        p[4] = (unsigned char)t->type;
        p[5] = (unsigned char)t->layout;
        p[6] = (unsigned char)t->source_type;
        for (int d = 0; d < 4; d++) clip__write_le(p + 8 + 8 * d, t->shape[d], 8);
        clip__write_le(p + 40, t->offset, 8);
        clip__write_le(p + 48, t->size, 8);
        clip__write_le(p + 56, t->crc, 4);
        memcpy(p + CLIP__TENSOR_HEADER, t->name, t->name_size);
        if (t->source_size) memcpy(p + CLIP__TENSOR_HEADER + t->name_size, t->source, t->source_size);
        p += CLIP__TENSOR_HEADER + t->name_size + t->source_size;
    }
    memcpy(head, clip__magic, 8);
    clip__write_le(head + 8, 1, 4);
    clip__write_le(head + 16, head_size, 8);
    clip__write_le(head + 24, end, 8);
    clip__write_le(head + 32, n_keys, 4);
    clip__write_le(head + 36, n_tensors, 4);
    clip__write_le(head + 12, clip__crc32(0, head + 16, head_size - 16), 4);

    strcpy(temporary, path);
    strcat(temporary, ".tmp");
    result = CLIP_ERROR_IO;
    out = to_stdout ? stdout : fopen(temporary, "wb");
    if (!out) {
        clip__fail(why, result, "%s can't be written: %s", temporary, strerror(errno));
        goto done;
    }
    good = fwrite(head, 1, head_size, out) == head_size;
    end = head_size;
    for (size_t i = 0; i < n_tensors && good; i++) {
        size_t gap = (size_t)(tensors[i].offset - end);
        good = fwrite(zeros, 1, gap, out) == gap && clip__tensor_write(&tensors[i], out);
        end = tensors[i].offset + tensors[i].size;
    }
    good = !fflush(out) && good;
    if (!to_stdout) good = !fclose(out) && good;
#ifdef _WIN32
    if (!to_stdout && good) remove(path); // rename does not replace there
#endif
    if (!good || (!to_stdout && rename(temporary, path))) {
        clip__fail(why, result, "%s can't be written: %s", to_stdout ? "standard output" : path, strerror(errno));
        if (!to_stdout) remove(temporary);
        goto done;
    }
    result = CLIP_OK;
done:
    CLIP_FREE(head);
    CLIP_FREE(temporary);
    return result;
}
#endif

// ---- >>threads -----------------------------------------------------------------------------------------------------
// clip__parallel(pool, n, task, arg) calls task(arg, i, worker) for each i below n. Tasks write to places of their own,
// so that who runs which, and when, changes nothing. `worker` is below pool->workers and names the scratch memory to
// use.

typedef void clip__task(void *arg, size_t i, size_t worker);

typedef struct clip__thread clip__thread;
typedef struct clip__pool {
    size_t workers; // the calling thread is number 0
    clip_parallel_for *loop;
    void *loop_user;
    clip__task *task; // the job at hand
    void *arg;
    size_t n, next;
#ifdef CLIP__PTHREADS
    pthread_mutex_t lock;
    pthread_cond_t start, finished;
    unsigned long job;    // counts the jobs, so that a thread sees that there is a new one
    size_t busy, started; // threads still at the job; threads that there are, without the caller's
    int quit;
    clip__thread *threads; // [workers - 1]
#endif
} clip__pool;

#ifdef CLIP__PTHREADS
struct clip__thread {
    clip__pool *pool;
    pthread_t id;
    size_t worker;
};
#endif

// The caller's own loop knows nothing of workers: piece w of it takes the tasks w, w + workers, ...
static void clip__parallel_piece(void *arg, size_t w) {
    clip__pool *p = (clip__pool *)arg;
    for (size_t i = w; i < p->n; i += p->workers) p->task(p->arg, i, w);
}

#ifdef CLIP__PTHREADS
// Takes tasks until there are none; called and left with the lock held.
static void clip__pool_work(clip__pool *p, size_t worker) {
    while (p->next < p->n) {
        size_t i = p->next++;
        pthread_mutex_unlock(&p->lock);
        p->task(p->arg, i, worker);
        pthread_mutex_lock(&p->lock);
    }
}

static void *clip__pool_thread(void *arg) {
    clip__thread *self = (clip__thread *)arg;
    clip__pool *p = self->pool;
    unsigned long seen = 0;
    pthread_mutex_lock(&p->lock);
    for (;;) {
        while (p->job == seen && !p->quit) pthread_cond_wait(&p->start, &p->lock);
        if (p->quit) break;
        seen = p->job;
        clip__pool_work(p, self->worker);
        if (!--p->busy) pthread_cond_signal(&p->finished);
    }
    pthread_mutex_unlock(&p->lock);
    return NULL;
}
#endif

static void clip__parallel(clip__pool *p, size_t n, clip__task *task, void *arg) {
    p->task = task;
    p->arg = arg;
    p->n = n;
    if (p->loop && n > 1) {
        p->loop(p->loop_user, p->workers, clip__parallel_piece, p);
        return;
    }
#ifdef CLIP__PTHREADS
    if (p->started && n > 1) {
        pthread_mutex_lock(&p->lock);
        p->next = 0;
        p->busy = p->started;
        p->job++;
        pthread_cond_broadcast(&p->start);
        clip__pool_work(p, 0);
        while (p->busy) pthread_cond_wait(&p->finished, &p->lock);
        pthread_mutex_unlock(&p->lock);
        return;
    }
#endif
    for (size_t i = 0; i < n; i++) task(arg, i, 0);
}

static void clip__pool_start(clip__pool *p) {
#ifdef CLIP__PTHREADS
    if (p->loop || p->workers < 2) return;
    if (pthread_mutex_init(&p->lock, NULL)) return;
    if (pthread_cond_init(&p->start, NULL)) goto no_start;
    if (pthread_cond_init(&p->finished, NULL)) goto no_finished;
    for (; p->started < p->workers - 1; p->started++) { // fewer than asked for is slower, not wrong
        clip__thread *t = &p->threads[p->started];
        t->pool = p;
        t->worker = p->started + 1;
        if (pthread_create(&t->id, NULL, clip__pool_thread, t)) break;
    }
    if (p->started) return;
    pthread_cond_destroy(&p->finished);
no_finished:
    pthread_cond_destroy(&p->start);
no_start:
    pthread_mutex_destroy(&p->lock);
#else
    (void)p;
#endif
}

static void clip__pool_stop(clip__pool *p) {
#ifdef CLIP__PTHREADS
    if (!p->started) return;
    pthread_mutex_lock(&p->lock);
    p->quit = 1;
    pthread_cond_broadcast(&p->start);
    pthread_mutex_unlock(&p->lock);
    for (size_t i = 0; i < p->started; i++) pthread_join(p->threads[i].id, NULL);
    pthread_cond_destroy(&p->finished);
    pthread_cond_destroy(&p->start);
    pthread_mutex_destroy(&p->lock);
#else
    (void)p;
#endif
}

// ---- >>image -------------------------------------------------------------------------------------------------------
// A picture of any size becomes S x S pixels of 8-bit RGB. What is computed here are exactly the pixels that the tower
// sees, not the ones that a crop would throw away.

typedef enum clip__filter { CLIP__BILINEAR, CLIP__BICUBIC, CLIP__CV_BILINEAR } clip__filter;
static const char *const clip__filter_names[] = {"bilinear", "bicubic", "cv-bilinear"};

typedef struct clip__pipeline {
    clip__filter filter;
    int crop; // 0: both sides to S; 1: the short side to `shorter`, then the middle S x S
    size_t S, shorter;
    double mean[3], std[3];
} clip__pipeline;

// One axis of a resize: `in` pixels become `out`, of which those from `skip` on are wanted.
typedef struct clip__axis {
    size_t in, out, skip;
    clip__filter filter;
    double scale, support,
        sharpness; // source pixels per pixel; half the filter's width in source pixels; 1 / its stretch
} clip__axis;

enum {
    CLIP__BAND = 16,             // output rows that one task makes
    CLIP__TAPS = 1 << 16,        // filter weights, and source columns, that one task holds at a time
    CLIP__COLUMNS = 1 << 10,     // bytes of a source row that are summed downwards at a time
    CLIP__PRECISION = 32 - 8 - 2 // PIL: bits behind the point of a weight; 8 for the pixel, 2 against overflow
};

// The size after the resize (torchvision: the long side is int(short * long / short side)), and where the crop begins
// (torchvision: int(round((resized - S) / 2.0)), Python's round, half to even).
static clip__axis clip__axis_make(const clip__pipeline *p, size_t in, size_t other) {
    size_t out = p->S, spare;
    clip__axis a;
    if (p->crop) out = in <= other ? p->shorter : (size_t)((uint64_t)p->shorter * in / other);
    spare = out - p->S;
    a.in = in;
    a.out = out;
    a.skip = spare / 2 + (spare % 4 == 3);
    a.filter = p->filter;
    a.scale = (double)in / (double)out;
    a.sharpness = 1.0 / fmax(a.scale, 1.0); // PIL: antialiased when it shrinks, plain interpolation when it grows
    a.support = (p->filter == CLIP__BICUBIC ? 2.0 : 1.0) * fmax(a.scale, 1.0);
    return a;
}

// PIL, Resample.c: the triangle, and the cubic with a = -0.5 (Keys 1981).
static double clip__filter_weight(clip__filter filter, double x) {
    x = fabs(x);
    if (filter == CLIP__BILINEAR) return x < 1.0 ? 1.0 - x : 0.0;
    if (x < 1.0) return ((-0.5 + 2.0) * x - (-0.5 + 3.0)) * x * x + 1;
    if (x < 2.0) return (((x - 5) * x + 8) * x - 4) * -0.5;
    return 0.0;
}

// The source pixels [*first, *first + count) that output pixel i is made of; returns count. PIL: precompute_coeffs.
static size_t clip__axis_window(const clip__axis *a, size_t i, size_t *first) {
    double center = ((double)(i + a->skip) + 0.5) * a->scale;
    double low = center - a->support + 0.5, high = center + a->support + 0.5;
    size_t end = high >= (double)a->in ? a->in : (size_t)high;
    *first = low < 0 ? 0 : (size_t)low;
    return end - *first;
}

// Weight of source pixel first + k in output pixel i, before the division by their sum.
static double clip__axis_weight(const clip__axis *a, size_t i, size_t first, size_t k) {
    double center = ((double)(i + a->skip) + 0.5) * a->scale;
    return clip__filter_weight(a->filter, ((double)(k + first) - center + 0.5) * a->sharpness);
}

static double clip__axis_sum(const clip__axis *a, size_t i, size_t first, size_t count) {
    double sum = 0.0;
    for (size_t k = 0; k < count; k++) sum += clip__axis_weight(a, i, first, k);
    return sum;
}

// PIL: normalize_coeffs_8bpc, rounding away from zero.
static int32_t clip__fixed_weight(double weight, double sum) {
    if (sum != 0.0) weight /= sum;
    return (int32_t)((weight < 0 ? -0.5 : 0.5) + weight * (1 << CLIP__PRECISION));
}

static unsigned char clip__clip8(int32_t sum) {
    int32_t v = sum < 0 ? 0 : sum >> CLIP__PRECISION;
    return (unsigned char)(v > 255 ? 255 : v);
}

typedef struct clip__resize_scratch { // of one worker
    int32_t *weights;                 // [CLIP__TAPS] of a group of output columns, one column's after the other
    size_t *first, *count;            // [S] the columns' windows
    int32_t *sums;                    // [CLIP__BAND, 3 S] of the output rows at work
    unsigned char *row;               // [4 CLIP__TAPS] one row that has been resized in one direction
} clip__resize_scratch;

static clip__resize_scratch clip__resize_scratch_take(clip__arena *a, size_t S) {
    clip__resize_scratch s;
    s.weights = (int32_t *)clip__take(a, CLIP__TAPS, sizeof(int32_t));
    s.first = (size_t *)clip__take(a, S, sizeof(size_t));
    s.count = (size_t *)clip__take(a, S, sizeof(size_t));
    s.sums = (int32_t *)clip__take(a, clip__max(CLIP__BAND * 3 * S, CLIP__COLUMNS), sizeof(int32_t));
    s.row = (unsigned char *)clip__take(a, 4 * (size_t)CLIP__TAPS, 1);
    return s;
}

// Weights of the output columns from c0 on, of as many as have room; returns the column after the last.
static size_t clip__resize_columns(const clip__resize_scratch *s, const clip__axis *across, size_t c0, size_t S) {
    size_t c = c0, used = 0;
    for (; c < S; c++) {
        double sum;
        s->count[c] = clip__axis_window(across, c, &s->first[c]);
        if (used + s->count[c] > CLIP__TAPS) break;
        sum = clip__axis_sum(across, c, s->first[c], s->count[c]);
        for (size_t k = 0; k < s->count[c]; k++)
            s->weights[used++] = clip__fixed_weight(clip__axis_weight(across, c, s->first[c], k), sum);
    }
    return c;
}

// Output columns c0 to c1 of one row: to [3 (c1 - c0)]. `source` is the row's pixel of the number `origin`, of `step`
// bytes each.
static void clip__resize_across(const clip__resize_scratch *s, unsigned char *to, const unsigned char *source,
                                size_t origin, size_t step, size_t c0, size_t c1) {
    const size_t green = step > 2 ? 1 : 0, blue = step > 2 ? 2 : 0; // grey stands for all three
    const int32_t *w = s->weights;
    for (size_t c = c0; c < c1; c++) {
        const unsigned char *p = source + (s->first[c] - origin) * step;
        int32_t r = 1 << (CLIP__PRECISION - 1), g = r, b = r; // half a unit, so that the shift rounds
        for (size_t k = 0; k < s->count[c]; k++, p += step, w++) {
            r += p[0] * *w;
            g += p[green] * *w;
            b += p[blue] * *w;
        }
        *to++ = clip__clip8(r);
        *to++ = clip__clip8(g);
        *to++ = clip__clip8(b);
    }
}

// Bytes b0 to b1 of the source rows become those of output row r: to [b1 - b0].
static void clip__resize_down(const clip__resize_scratch *s, unsigned char *to, const clip_image *image, size_t stride,
                              const clip__axis *down, size_t r, size_t b0, size_t b1) {
    size_t first, count = clip__axis_window(down, r, &first);
    const double sum = clip__axis_sum(down, r, first, count);
    for (size_t at = b0, n; at < b1; at += n) {
        n = clip__min(b1 - at, CLIP__COLUMNS);
        for (size_t i = 0; i < n; i++) s->sums[i] = 1 << (CLIP__PRECISION - 1);
        for (size_t k = 0; k < count; k++) {
            const int32_t w = clip__fixed_weight(clip__axis_weight(down, r, first, k), sum);
            const unsigned char *source = image->data + (first + k) * stride + at;
            for (size_t i = 0; i < n; i++) s->sums[i] += w * source[i];
        }
        for (size_t i = 0; i < n; i++) *to++ = clip__clip8(s->sums[i]);
    }
}

// Output rows r0 to r1, at most CLIP__BAND, PIL's way: two passes, each of which rounds to 8 bits. Across first, as a
// rule. PIL keeps a picture between the passes. Here each source row is resized across and at once added, with its
// weight, to the sums of the output rows that it belongs to: they are sums of integers, so the order is free.
static void clip__resize_pil(const clip__resize_scratch *s, const clip__pipeline *p, const clip_image *image,
                             unsigned char *out, size_t r0, size_t r1) {
    const clip__axis across = clip__axis_make(p, image->width, image->height),
                     down = clip__axis_make(p, image->height, image->width);
    const size_t S = p->S, rows = r1 - r0, step = image->channels,
                 stride = image->stride ? image->stride : image->width * step;
    size_t first[CLIP__BAND], count[CLIP__BAND];
    double sum[CLIP__BAND];
    for (size_t r = 0; r < rows; r++) {
        count[r] = clip__axis_window(&down, r0 + r, &first[r]);
        sum[r] = clip__axis_sum(&down, r0 + r, first[r], count[r]);
    }
    for (size_t i = 0; i < rows * 3 * S; i++) s->sums[i] = 1 << (CLIP__PRECISION - 1);
    for (size_t c0 = 0, c1; c0 < S; c0 = c1) {
        c1 = clip__resize_columns(s, &across, c0, S);
        for (size_t y = first[0]; y < first[rows - 1] + count[rows - 1]; y++) {
            clip__resize_across(s, s->row, image->data + y * stride, 0, step, c0, c1);
            for (size_t r = 0; r < rows; r++) {
                int32_t w, *to = s->sums + (r * S + c0) * 3;
                if (y < first[r] || y - first[r] >= count[r]) continue;
                w = clip__fixed_weight(clip__axis_weight(&down, r0 + r, first[r], y - first[r]), sum[r]);
                for (size_t i = 0; i < 3 * (c1 - c0); i++) to[i] += w * s->row[i];
            }
        }
    }
    for (size_t i = 0; i < rows * 3 * S; i++) out[r0 * 3 * S + i] = clip__clip8(s->sums[i]);
}

// Since version 13 PIL goes down first where that loses many more rows than columns (its pull request 9549).
static int clip__resize_pil_down_first(const clip__axis *across, const clip__axis *down) {
    return down->in > down->out && (int64_t)(down->in - down->out) > 2 * ((int64_t)across->in - (int64_t)across->out);
}

static void clip__resize_pil_down(const clip__resize_scratch *s, const clip__pipeline *p, const clip_image *image,
                                  unsigned char *out, size_t r0, size_t r1) {
    const clip__axis across = clip__axis_make(p, image->width, image->height),
                     down = clip__axis_make(p, image->height, image->width);
    const size_t S = p->S, step = image->channels, stride = image->stride ? image->stride : image->width * step;
    for (size_t c0 = 0, c1, b0, b1; c0 < S; c0 = c1) {
        c1 = clip__resize_columns(s, &across, c0, S);
        b0 = s->first[c0] * step; // windows overlap: these source columns are no more than the weights, and fit the row
        b1 = (s->first[c1 - 1] + s->count[c1 - 1]) * step;
        for (size_t r = r0; r < r1; r++) {
            clip__resize_down(s, s->row, image, stride, &down, r, b0, b1);
            clip__resize_across(s, out + (r * S + c0) * 3, s->row, s->first[c0], step, c0, c1);
        }
    }
}

// The two source pixels of output pixel i, and their weights in 1/2048 (OpenCV resize.cpp: INTER_RESIZE_COEF_BITS =
// 11).
static size_t clip__cv_taps(const clip__axis *a, size_t i, size_t *second, int32_t w[2]) {
    float at = (float)(((double)(i + a->skip) + 0.5) * a->scale - 0.5), whole = floorf(at);
    size_t first;
    if (at < 0) at = whole = 0;
    first = (size_t)whole;
    if (first >= a->in - 1) first = a->in - 1, whole = at = (float)first;
    *second = clip__min(first + 1, a->in - 1);
    w[0] = (int32_t)lrintf((1.0f - (at - whole)) * 2048);
    w[1] = (int32_t)lrintf((at - whole) * 2048);
    return first;
}

// The same rows as OpenCV's INTER_LINEAR makes them from 8 bits: no antialias, four pixels to one.
static void clip__resize_cv(const clip__pipeline *p, const clip_image *image, unsigned char *out, size_t r0,
                            size_t r1) {
    const clip__axis across = clip__axis_make(p, image->width, image->height),
                     down = clip__axis_make(p, image->height, image->width);
    const size_t step = image->channels, stride = image->stride ? image->stride : image->width * step;
    const size_t channel[3] = {0, step > 2 ? 1u : 0u, step > 2 ? 2u : 0u};
    unsigned char *to = out + r0 * 3 * p->S;
    for (size_t r = r0; r < r1; r++) {
        int32_t wy[2], wx[2];
        size_t y1, y0 = clip__cv_taps(&down, r, &y1, wy), x1;
        const unsigned char *row0 = image->data + y0 * stride, *row1 = image->data + y1 * stride;
        for (size_t c = 0; c < p->S; c++) {
            size_t x0 = clip__cv_taps(&across, c, &x1, wx) * step;
            for (size_t i = 0; i < 3; i++) {
                size_t left = x0 + channel[i], right = x1 * step + channel[i];
                int32_t top = row0[left] * wx[0] + row0[right] * wx[1],
                        bottom = row1[left] * wx[0] + row1[right] * wx[1];
                // OpenCV: VResizeLinear for 8 bits, with its loss of the lowest bits on the way
                *to++ = (unsigned char)(((wy[0] * (top >> 4) >> 16) + (wy[1] * (bottom >> 4) >> 16) + 2) >> 2);
            }
        }
    }
}

// What is wrong with a picture for this pipeline, or CLIP_OK.
static clip_result clip__image_check(const clip__pipeline *p, const clip_image *image, size_t i, clip_error *why) {
    const unsigned long number = (unsigned long)i, w = (unsigned long)image->width, h = (unsigned long)image->height;
    if (!image->data) return clip__fail(why, CLIP_ERROR_ARGUMENT, "picture %lu: its data is NULL", number);
    if (!w || !h || image->width > CLIP__MAX_PICTURE || image->height > CLIP__MAX_PICTURE)
        return clip__fail(why, CLIP_ERROR_ARGUMENT, "picture %lu: its size is %lu x %lu; sides go from 1 to %lu",
                          number, w, h, (unsigned long)CLIP__MAX_PICTURE);
    if (image->channels < 1 || image->channels > 4)
        return clip__fail(why, CLIP_ERROR_ARGUMENT,
                          "picture %lu: it has %lu channels; 1 (grey) to 4 (RGB and alpha) are known", number,
                          (unsigned long)image->channels);
    if (image->stride && image->stride < image->width * image->channels)
        return clip__fail(why, CLIP_ERROR_ARGUMENT, "picture %lu: a stride of %lu bytes is less than a row", number,
                          (unsigned long)image->stride);
    if (p->filter != CLIP__CV_BILINEAR &&
        clip__axis_make(p, image->width, image->height).support * 2 + 2 > (double)CLIP__TAPS)
        return clip__fail(why, CLIP_ERROR_ARGUMENT, "picture %lu: %lu x %lu is too wide to be shrunk to %lu at once",
                          number, w, h, (unsigned long)p->S);
    return CLIP_OK;
}

// ---- >>gemm --------------------------------------------------------------------------------------------------------
// All heavy work is one shape: rows times panels. The right matrix (weights) lies in panels of 16 columns, so that a
// kernel reads it front to back and multiplies 16 columns at once. The left matrix is read where it is, by pointers: a
// row of it is `taps` runs of `run` floats, together K = taps * run numbers. For a linear layer a row has one run. For
// a convolution it has one for each row of the kernel's window that is contiguous in the picture, or one for each of
// the window's pixels where padding may come between, and padding is a run that points at zeros. So a convolution needs
// no copy of its input. Sums run over k from first to last in one float, whatever else happens: this fixes the bits.

enum {
    CLIP__NR = 16, // columns of a panel
    CLIP__MR = 12, // rows that a kernel does at once, at the most
    CLIP__BLOCK_ROWS =
        96, // rows of a task, a multiple of what any kernel does: their runs stay in cache while panels pass
    CLIP__BLOCK_PANELS = 4 // panels of a task
};

typedef enum clip__activation {
    CLIP__IDENTITY,
    CLIP__RELU,
    CLIP__GELU,
    CLIP__GELU_TANH,
    CLIP__QUICK_GELU
} clip__activation;
static const char *const clip__activation_names[] = {"identity", "relu", "gelu", "gelu_tanh", "quick_gelu"};

// sums [MR, 16] = rows [MR, K] x panel [K, 16]; rows[t * stride + r] is run t of row r. One kernel has one MR and
// always does that many rows, so that a row's sum is the same instructions wherever in a block it stands.
typedef void clip__kernel_function(float *sums, const float *const *rows, size_t stride, size_t taps, size_t run,
                                   const float *panel);

typedef struct clip__kernel {
    const char *isa;
    clip__kernel_function *multiply;
    size_t rows; // MR
} clip__kernel;

// The form to read, and the reference of the others, which are under >>simd.
static void clip__kernel_plain(float *sums, const float *const *rows, size_t stride, size_t taps, size_t run,
                               const float *panel) {
    float s0[16] = {0}, s1[16] = {0}, s2[16] = {0};
    for (size_t t = 0; t < taps; t++, rows += stride)
        for (size_t k = 0; k < run; k++, panel += 16) {
            const float a0 = rows[0][k], a1 = rows[1][k], a2 = rows[2][k];
            for (size_t c = 0; c < 16; c++) {
                s0[c] += a0 * panel[c];
                s1[c] += a1 * panel[c];
                s2[c] += a2 * panel[c];
            }
        }
    memcpy(sums, s0, sizeof s0);
    memcpy(sums + 16, s1, sizeof s1);
    memcpy(sums + 32, s2, sizeof s2);
}

// ---- >>simd --------------------------------------------------------------------------------------------------------
// The same kernel for the vector units of x86-64, each a function of its own target and picked at run time.
// Accumulators have names, since gcc keeps no arrays in registers.

#if !defined(CLIP_NO_SIMD) && defined(__GNUC__) && defined(__x86_64__)
#define CLIP__X86
#include <immintrin.h>

#define CLIP__ROWS_6(X) X(0) X(1) X(2) X(3) X(4) X(5)
#define CLIP__ROWS_12(X) CLIP__ROWS_6(X) X(6) X(7) X(8) X(9) X(10) X(11)

__attribute__((target("avx2,fma"))) static void clip__kernel_avx2(float *sums, const float *const *rows, size_t stride,
                                                                  size_t taps, size_t run, const float *panel) {
#define CLIP__START(r) __m256 x##r = _mm256_setzero_ps(), y##r = x##r; // columns 0 to 7, and 8 to 15
#define CLIP__STEP(r)                                                                                                  \
    {                                                                                                                  \
        const __m256 a = _mm256_broadcast_ss(rows[r] + k);                                                             \
        x##r = _mm256_fmadd_ps(a, low, x##r);                                                                          \
        y##r = _mm256_fmadd_ps(a, high, y##r);                                                                         \
    }
#define CLIP__STORE(r) _mm256_storeu_ps(sums + 16 * r, x##r), _mm256_storeu_ps(sums + 16 * r + 8, y##r);
    CLIP__ROWS_6(CLIP__START)
    for (size_t t = 0; t < taps; t++, rows += stride)
        for (size_t k = 0; k < run; k++, panel += 16) {
            const __m256 low = _mm256_loadu_ps(panel), high = _mm256_loadu_ps(panel + 8);
            CLIP__ROWS_6(CLIP__STEP)
        }
    CLIP__ROWS_6(CLIP__STORE)
#undef CLIP__START
#undef CLIP__STEP
#undef CLIP__STORE
}

__attribute__((target("avx512f"))) static void clip__kernel_avx512(float *sums, const float *const *rows, size_t stride,
                                                                   size_t taps, size_t run, const float *panel) {
#define CLIP__START(r) __m512 x##r = _mm512_setzero_ps();
#define CLIP__RUN(r) const float *a##r = rows[r];
#define CLIP__STEP(r) x##r = _mm512_fmadd_ps(_mm512_set1_ps(a##r[k]), columns, x##r);
#define CLIP__STORE(r) _mm512_storeu_ps(sums + 16 * r, x##r);
    CLIP__ROWS_12(CLIP__START)
    for (size_t t = 0; t < taps; t++, rows += stride) {
        CLIP__ROWS_12(CLIP__RUN)
        for (size_t k = 0; k < run; k++, panel += 16) {
            const __m512 columns = _mm512_loadu_ps(panel);
            CLIP__ROWS_12(CLIP__STEP)
        }
    }
    CLIP__ROWS_12(CLIP__STORE)
#undef CLIP__START
#undef CLIP__RUN
#undef CLIP__STEP
#undef CLIP__STORE
}
#endif

static const clip__kernel clip__kernels[] = {
    // from the plainest up
    {"plain", clip__kernel_plain, 3},
#ifdef CLIP__X86
    {"avx2", clip__kernel_avx2, 6},
    {"avx512", clip__kernel_avx512, 12},
#endif
};

// Whether this CPU, and its operating system, can run kernel number i.
static int clip__kernel_runs(size_t i) {
#ifdef CLIP__X86
    if (i == 1) return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    if (i == 2) return __builtin_cpu_supports("avx512f");
#endif
    return i == 0;
}

static const clip__kernel *clip__kernel_pick(void) {
    size_t best = sizeof clip__kernels / sizeof *clip__kernels - 1;
    while (!clip__kernel_runs(best)) best--;
    return &clip__kernels[best];
}

static float clip__activate(clip__activation f, float x) {
    switch (f) {
    case CLIP__IDENTITY: break;
    case CLIP__RELU: return x < 0 ? 0 : x;                             // so a NaN stays one
    case CLIP__GELU: return 0.5f * x * (1.0f + erff(x * 0.70710678f)); // Hendrycks and Gimpel 2016, x * Phi(x)
    case CLIP__GELU_TANH:
        return 0.5f * x * (1.0f + tanhf(0.79788456f * (x + 0.044715f * x * x * x))); // ibid., the approximation
    case CLIP__QUICK_GELU: return x / (1.0f + expf(-1.702f * x));                    // OpenAI's CLIP, model.py
    }
    return x;
}

// What happens to a finished sum: y[m][n] = activation(sum * scale[n] + shift[n] + residual[m][n]).
// NULL stands for a scale of 1, a shift of 0, no residual. residual may be y itself.
typedef struct clip__epilogue {
    const float *scale, *shift, *residual; // residual has y's stride
    float factor;                          // instead of scale: one for all columns; 0 means 1
    clip__activation activation;
} clip__epilogue;

// y [n_rows, columns], of stride ldy, = epilogue(rows x panels). rows [taps, stride] has n_rows pointers filled up to a
// multiple of the kernel's rows with any valid ones. `column` is the number of the first column, for scale and shift.
static void clip__gemm_block(const clip__kernel *kernel, float *y, size_t ldy, const float *const *rows, size_t stride,
                             size_t n_rows, size_t taps, size_t run, const float *panels, size_t columns,
                             const clip__epilogue *e, size_t column) {
    const size_t MR = kernel->rows;
    float sums[CLIP__MR * CLIP__NR];
    for (size_t n = 0; n < columns; n += CLIP__NR, panels += taps * run * CLIP__NR) {
        const size_t width = clip__min(columns - n, CLIP__NR);
        for (size_t m = 0; m < n_rows; m += MR) {
            kernel->multiply(sums, rows + m, stride, taps, run, panels);
            for (size_t r = 0; r < MR && m + r < n_rows; r++) {
                float *sum = sums + r * CLIP__NR, *to = y + (m + r) * ldy + n;
                if (e->scale)
                    for (size_t c = 0; c < width; c++) sum[c] *= e->scale[column + n + c];
                else if (e->factor != 0)
                    for (size_t c = 0; c < width; c++) sum[c] *= e->factor;
                if (e->shift)
                    for (size_t c = 0; c < width; c++) sum[c] += e->shift[column + n + c];
                if (e->residual)
                    for (size_t c = 0; c < width; c++) sum[c] += e->residual[(m + r) * ldy + n + c];
                if (e->activation == CLIP__IDENTITY) memcpy(to, sum, width * sizeof(float));
                else
                    for (size_t c = 0; c < width; c++) to[c] = clip__activate(e->activation, sum[c]);
            }
        }
    }
}

// A convolution over NHWC, and with height = width = kernel = 1 a linear layer: weight, its shape, and what follows it.
typedef struct clip__layer {
    const float *panels;        // of [out, kernel * kernel * in]
    const float *scale, *shift; // [out] a batch norm, or NULL and the bias (may be NULL)
    size_t in, out;             // channels
    size_t kernel, step, pad;   // the window's side, its stride, and the zeros around the picture
} clip__layer;

typedef struct clip__gemm_job {
    float *y;
    const float *x;                                            // [n, height, width, in]
    size_t rows, height, width, out_height, out_width, blocks; // rows = n * out_height * out_width
    const clip__layer *layer;
    const clip__kernel *kernel;
    clip__epilogue epilogue;
    const float ***tables; // of each worker, [taps, CLIP__BLOCK_ROWS]
    const float *zeros;    // at least a run long
} clip__gemm_job;

// Runs of a row: where no padding can come between, the pixels of one row of the window are one run.
static size_t clip__layer_taps(const clip__layer *l) { return l->pad ? l->kernel * l->kernel : l->kernel; }
static size_t clip__layer_run(const clip__layer *l) { return l->pad ? l->in : l->kernel * l->in; }

// Fills table [taps, CLIP__BLOCK_ROWS] for the output pixels m0 to m1.
static void clip__gather(const clip__gemm_job *j, const float **table, size_t m0, size_t m1) {
    const clip__layer *l = j->layer;
    const size_t across = l->pad ? l->kernel : 1, taps = clip__layer_taps(l);
    for (size_t r = 0; r < clip__round_up(m1 - m0, j->kernel->rows); r++) {
        const size_t m = clip__min(m0 + r, m1 - 1); // rows that fill up the last group repeat the last one
        const size_t ox = m % j->out_width, oy = m / j->out_width % j->out_height, n = m / j->out_width / j->out_height;
        for (size_t t = 0; t < taps; t++) { // unsigned: left of the picture and above it are far outside
            const size_t y = oy * l->step + t / across - l->pad, x = ox * l->step + t % across - l->pad;
            const int inside = y < j->height && x < j->width;
            table[t * CLIP__BLOCK_ROWS + r] = inside ? j->x + ((n * j->height + y) * j->width + x) * l->in : j->zeros;
        }
    }
}

static void clip__gemm_task(void *arg, size_t i, size_t worker) {
    const clip__gemm_job *j = (const clip__gemm_job *)arg;
    const clip__layer *l = j->layer;
    const size_t m0 = i / j->blocks * CLIP__BLOCK_ROWS, m1 = clip__min(m0 + CLIP__BLOCK_ROWS, j->rows);
    const size_t n0 = i % j->blocks * CLIP__BLOCK_PANELS * CLIP__NR,
                 n1 = clip__min(n0 + CLIP__BLOCK_PANELS * CLIP__NR, l->out);
    clip__epilogue e = j->epilogue;
    if (e.residual) e.residual += m0 * l->out + n0;
    clip__gather(j, j->tables[worker], m0, m1);
    clip__gemm_block(j->kernel, j->y + m0 * l->out + n0, l->out, j->tables[worker], CLIP__BLOCK_ROWS, m1 - m0,
                     clip__layer_taps(l), clip__layer_run(l), l->panels + n0 * l->kernel * l->kernel * l->in, n1 - n0,
                     &e, n0);
}

// ---- >>load --------------------------------------------------------------------------------------------------------
// The parts of a model point into the file. What is worked out at load (batch norms) lies beside clip_model.

typedef struct clip__norm {
    const float *weight, *bias; // [width]
} clip__norm;

typedef struct clip__block { // of a transformer
    clip__norm norm1, norm2;
    clip__layer qkv, proj, fc1, fc2; // [3 width, width], [width, width], [mlp, width], [width, mlp]
} clip__block;

typedef struct clip__transformer {
    size_t width, layers, heads, mlp;
    int pre_norm; // 1: x + f(norm(x)), as ViT; 0: norm(x + f(x)), as BERT
    clip__activation activation;
    float eps;
    clip__block *blocks;
} clip__transformer;

typedef enum clip__pool_kind { CLIP__POOL_CLS, CLIP__POOL_MEAN } clip__pool_kind;
static const char *const clip__pool_names[] = {"cls", "mean"};

typedef struct clip__vit {
    clip__transformer body;
    clip__layer patch;
    const float *cls;       // [width] or NULL
    const float *positions; // [T, width]
    clip__norm norm;
    clip__pool_kind pool;
    int norm_after_pool;
    size_t T;
} clip__vit;

typedef struct clip__residual { // a block of a resnet: conv3 and shortcut are there if their panels are
    clip__layer conv1, conv2, conv3, shortcut;
} clip__residual;

typedef struct clip__resnet {
    clip__layer stem;
    clip__residual *blocks; // of all stages, one after the other
    size_t n_blocks;
    size_t features; // channels at the end
} clip__resnet;

typedef struct clip__bert {
    clip__transformer body;
    const float *tokens, *positions, *types; // [vocabulary, width], [context, width], [2, width] or NULL
    clip__norm norm;
    clip__pool_kind pool;
    size_t vocabulary, context;
} clip__bert;

typedef enum clip__head_kind { CLIP__HEAD_NONE, CLIP__HEAD_LINEAR, CLIP__HEAD_MLP } clip__head_kind;
static const char *const clip__head_names[] = {"none", "linear", "mlp"};

typedef struct clip__head {
    clip__head_kind kind;
    clip__layer projection, fc;
    clip__norm norm;
    float eps;
    size_t in, out;
} clip__head;

typedef enum clip__image_kind { CLIP__NO_IMAGE, CLIP__RESNET, CLIP__VIT } clip__image_kind;

struct clip_model {
    clip__file file;
    clip__pipeline pipeline;
    clip__image_kind image;
    clip__resnet resnet;
    clip__vit vit;
    int text; // 1: there is a text tower
    clip__bert bert;
    clip__head image_head, text_head;
    struct clip_tokenizer *tokenizer; // NULL without one
    int cased;
    size_t embed_dim;
    clip_model_info info;
    void *block; // what CLIP_FREE gets; the model itself lies inside
    void *owned; // the file's bytes, if they were read or turned round; NULL if mapped or the caller's
    void *mapped;
};

typedef struct clip__loader {
    clip__file file;
    clip__arena arena; // counts at first; then the same calls fill it
    clip_error *why;
    clip_result result; // the first failure; after it every call below does nothing
    size_t cursor;      // tensors are mostly asked for in the order they lie in: where to look first
} clip__loader;

#define CLIP__LOAD_FAIL(l, ...)                                                                                        \
    do {                                                                                                               \
        if (!(l)->result) (l)->result = clip__fail((l)->why, __VA_ARGS__);                                             \
    } while (0)

// "image" and "eps" give "image.eps".
static const char *clip__path(char buffer[128], const char *tower, const char *name) {
    snprintf(buffer, 128, "%s.%s", tower, name);
    return buffer;
}

static int clip__load_key(clip__loader *l, const char *name, unsigned type, size_t size, clip__key *key) {
    static const char *const types[] = {"", "integers", "reals", "text"};
    if (l->result) return 0;
    if (!clip__file_find_key(&l->file, name, key)) {
        CLIP__LOAD_FAIL(l, CLIP_ERROR_FORMAT, "the file lacks the key %s", name);
        return 0;
    }
    if (key->type != type || (type != CLIP__KEY_TEXT && key->size != size)) {
        CLIP__LOAD_FAIL(l, CLIP_ERROR_FORMAT, "key %s: expected %lu bytes of %s, the file has %lu of type %u", name,
                        (unsigned long)size, types[type], (unsigned long)key->size, key->type);
        return 0;
    }
    return 1;
}

// Integers of a key, each from `low` to `high`; zeros on failure.
static void clip__load_integers(clip__loader *l, const char *name, size_t low, size_t high, size_t n, size_t *out) {
    clip__key key;
    memset(out, 0, n * sizeof *out);
    if (!clip__load_key(l, name, CLIP__KEY_INTEGERS, 8 * n, &key)) return;
    for (size_t i = 0; i < n; i++) {
        uint64_t v = clip__read_le(key.value + 8 * i, 8);
        if (v < low || v > high)
            CLIP__LOAD_FAIL(l, CLIP_ERROR_FORMAT, "key %s: %lld is outside of %lu to %lu", name, (long long)v,
                            (unsigned long)low, (unsigned long)high);
        else out[i] = (size_t)v;
    }
}

static size_t clip__load_integer(clip__loader *l, const char *tower, const char *name, size_t low, size_t high) {
    char path[128];
    size_t v;
    clip__load_integers(l, clip__path(path, tower, name), low, high, 1, &v);
    return v;
}

// Reals of a key, finite and from `low` on; zeros on failure.
static void clip__load_reals(clip__loader *l, const char *name, double low, size_t n, double *out) {
    clip__key key;
    for (size_t i = 0; i < n; i++) out[i] = 0;
    if (!clip__load_key(l, name, CLIP__KEY_REALS, 8 * n, &key)) return;
    for (size_t i = 0; i < n; i++) {
        uint64_t bits = clip__read_le(key.value + 8 * i, 8);
        double v;
        memcpy(&v, &bits, 8);
        if (!(v >= low && v <= 1e6))
            CLIP__LOAD_FAIL(l, CLIP_ERROR_FORMAT, "key %s: %g is not from %g to 1e6", name, v, low);
        else out[i] = v;
    }
}

static float clip__load_eps(clip__loader *l, const char *tower, const char *name) {
    char path[128];
    double v;
    clip__load_reals(l, clip__path(path, tower, name), 0, 1, &v);
    return (float)v;
}

// The number of a key's text among n known ones; 0 on failure.
static size_t clip__load_choice(clip__loader *l, const char *tower, const char *name, const char *const *known,
                                size_t n) {
    char path[128];
    clip__key key;
    if (!clip__load_key(l, clip__path(path, tower, name), CLIP__KEY_TEXT, 0, &key)) return 0;
    for (size_t i = 0; i < n; i++)
        if (clip__name_is((const char *)key.value, key.size, known[i])) return i;
    CLIP__LOAD_FAIL(l, CLIP_ERROR_UNSUPPORTED, "key %s: \"%.*s\" is not known to this build", path,
                    (int)clip__min(key.size, 60), (const char *)key.value);
    return 0;
}

static int clip__load_has(clip__loader *l, const char *tower, const char *name, clip__tensor *t) {
    char path[128];
    clip__path(path, tower, name);
    if (clip__file_next_tensor(&l->file, &l->cursor, t) && clip__name_is(t->name, t->name_size, path)) return 1;
    l->cursor = 0;
    for (size_t i = 0; i < l->file.n_tensors && clip__file_next_tensor(&l->file, &l->cursor, t); i++)
        if (clip__name_is(t->name, t->name_size, path)) return 1;
    l->cursor = 0;
    return 0;
}

// The floats of tensor `tower.name`, whose shape must be as given (a shape of 0 takes any number, and tells it).
// NULL on failure, and where the tensor is optional and not there.
static const float *clip__load_tensor(clip__loader *l, const char *tower, const char *name, unsigned layout,
                                      int optional, size_t *d0, size_t d1, size_t d2, size_t d3) {
    clip__tensor t;
    if (l->result) return NULL;
    if (!clip__load_has(l, tower, name, &t)) {
        if (!optional) CLIP__LOAD_FAIL(l, CLIP_ERROR_SHAPE, "the file lacks the tensor %s.%s", tower, name);
        return NULL;
    }
    if (t.type != CLIP__F32 || t.layout != layout) {
        CLIP__LOAD_FAIL(l, CLIP_ERROR_UNSUPPORTED, "tensor %s.%s: type %u in layout %u; expected f32 in layout %u",
                        tower, name, t.type, t.layout, layout);
        return NULL;
    }
    if ((*d0 && t.shape[0] != *d0) || !t.shape[0] || t.shape[0] > (uint64_t)1 << 30 || t.shape[1] != d1 ||
        t.shape[2] != d2 || t.shape[3] != d3) {
        CLIP__LOAD_FAIL(l, CLIP_ERROR_SHAPE, "tensor %s.%s: expected [%lu,%lu,%lu,%lu], file has [%llu,%llu,%llu,%llu]",
                        tower, name, (unsigned long)*d0, (unsigned long)d1, (unsigned long)d2, (unsigned long)d3,
                        (unsigned long long)t.shape[0], (unsigned long long)t.shape[1], (unsigned long long)t.shape[2],
                        (unsigned long long)t.shape[3]);
        return NULL;
    }
    *d0 = (size_t)t.shape[0];
    return (const float *)t.data;
}

static const float *clip__load_vector(clip__loader *l, const char *tower, const char *name, int optional, size_t n) {
    return clip__load_tensor(l, tower, name, CLIP__ROWS, optional, &n, 1, 1, 1);
}

static clip__norm clip__load_norm(clip__loader *l, const char *tower, const char *name, size_t width) {
    char path[96];
    clip__norm norm;
    snprintf(path, sizeof path, "%s.%s", tower, name);
    norm.weight = clip__load_vector(l, path, "weight", 0, width);
    norm.bias = clip__load_vector(l, path, "bias", 0, width);
    return norm;
}

// A convolution without its norm or bias. An `out` of 0 takes what the file has.
static clip__layer clip__load_conv(clip__loader *l, const char *tower, const char *name, size_t in, size_t out,
                                   size_t kernel, size_t step, size_t pad) {
    char path[96];
    clip__layer layer;
    memset(&layer, 0, sizeof layer);
    snprintf(path, sizeof path, "%s.%s", tower, name);
    layer.panels = clip__load_tensor(l, path, "weight", CLIP__PANELS, 0, &out, in, kernel, kernel);
    layer.in = in;
    layer.out = out;
    layer.kernel = kernel;
    layer.step = step;
    layer.pad = pad;
    if (!l->result && out > CLIP__MAX_WIDTH)
        CLIP__LOAD_FAIL(l, CLIP_ERROR_SHAPE, "tensor %s.weight: %lu outputs are too many", path, (unsigned long)out);
    return layer;
}

static clip__layer clip__load_linear(clip__loader *l, const char *tower, const char *name, size_t in, size_t out,
                                     int bias_optional) {
    char path[96];
    clip__layer layer = clip__load_conv(l, tower, name, in, out, 1, 1, 0);
    snprintf(path, sizeof path, "%s.%s", tower, name);
    layer.shift = clip__load_vector(l, path, "bias", bias_optional, layer.out);
    return layer;
}

// Batch norm with fixed statistics is a scale and a shift per channel (Ioffe and Szegedy 2015, alg. 2):
// y = (x - mean) / sqrt(var + eps) * weight + bias = x * scale + (bias - mean * scale).
static void clip__load_batch_norm(clip__loader *l, clip__layer *layer, const char *tower, const char *name,
                                  double eps) {
    char path[96];
    size_t n = layer->out;
    float *scale = (float *)clip__take(&l->arena, n, sizeof(float)),
          *shift = (float *)clip__take(&l->arena, n, sizeof(float));
    const float *weight, *bias, *mean, *var;
    snprintf(path, sizeof path, "%s.%s", tower, name);
    weight = clip__load_vector(l, path, "weight", 0, n);
    bias = clip__load_vector(l, path, "bias", 0, n);
    mean = clip__load_vector(l, path, "mean", 0, n);
    var = clip__load_vector(l, path, "var", 0, n);
    layer->scale = scale;
    layer->shift = shift;
    if (l->result || !l->arena.base) return;
    for (size_t i = 0; i < n; i++) {
        double s = (double)weight[i] / sqrt((double)var[i] + eps);
        scale[i] = (float)s;
        shift[i] = (float)((double)bias[i] - (double)mean[i] * s);
    }
}

static void clip__load_transformer(clip__loader *l, clip__transformer *t, const char *tower, int pre_norm) {
    t->width = clip__load_integer(l, tower, "width", 1, CLIP__MAX_WIDTH);
    t->layers = clip__load_integer(l, tower, "layers", 1, CLIP__MAX_LAYERS);
    t->heads = clip__load_integer(l, tower, "heads", 1, CLIP__MAX_WIDTH);
    t->mlp = clip__load_integer(l, tower, "mlp", 1, CLIP__MAX_WIDTH);
    t->activation = (clip__activation)(1 + clip__load_choice(l, tower, "activation", clip__activation_names + 1, 4));
    t->eps = clip__load_eps(l, tower, "eps");
    t->pre_norm = pre_norm;
    if (!l->result && t->width % t->heads)
        CLIP__LOAD_FAIL(l, CLIP_ERROR_SHAPE, "%s tower: %lu heads don't divide a width of %lu", tower,
                        (unsigned long)t->heads, (unsigned long)t->width);
    if (l->result) return;
    t->blocks = (clip__block *)clip__take(&l->arena, t->layers, sizeof(clip__block));
    for (size_t i = 0; i < t->layers; i++) {
        char path[64];
        clip__block b;
        snprintf(path, sizeof path, "%s.blocks.%lu", tower, (unsigned long)i);
        b.norm1 = clip__load_norm(l, path, "norm1", t->width);
        b.qkv = clip__load_linear(l, path, "attn.qkv", t->width, 3 * t->width, 1);
        b.proj = clip__load_linear(l, path, "attn.proj", t->width, t->width, 1);
        b.norm2 = clip__load_norm(l, path, "norm2", t->width);
        b.fc1 = clip__load_linear(l, path, "mlp.fc1", t->width, t->mlp, 1);
        b.fc2 = clip__load_linear(l, path, "mlp.fc2", t->mlp, t->width, 1);
        if (l->result) return;
        if (l->arena.base) t->blocks[i] = b;
    }
}

static void clip__load_vit(clip__loader *l, clip__vit *v, size_t S) {
    static const char *const norms[] = {"before", "after"};
    size_t patch = clip__load_integer(l, "image", "patch", 1, CLIP__MAX_PATCH), grid;
    v->pool = (clip__pool_kind)clip__load_choice(l, "image", "pool", clip__pool_names, 2);
    v->norm_after_pool = (int)clip__load_choice(l, "image", "norm", norms, 2);
    clip__load_transformer(l, &v->body, "image", 1);
    if (l->result) return;
    grid = S / patch;
    v->patch = clip__load_conv(l, "image", "patch", 3, v->body.width, patch, patch, 0);
    v->patch.shift = clip__load_vector(l, "image", "patch.bias", 1, v->body.width);
    v->cls = clip__load_vector(l, "image", "class", 1, v->body.width);
    v->T = grid * grid + (v->cls != NULL);
    if (!grid)
        CLIP__LOAD_FAIL(l, CLIP_ERROR_SHAPE, "a picture of %lu pixels is smaller than a patch of %lu", (unsigned long)S,
                        (unsigned long)patch);
    if (!v->cls && v->pool == CLIP__POOL_CLS)
        CLIP__LOAD_FAIL(l, CLIP_ERROR_SHAPE, "the file lacks the tensor image.class, which image.pool \"cls\" needs");
    v->positions = clip__load_tensor(l, "image", "positions", CLIP__ROWS, 0, &v->T, v->body.width, 1, 1);
    v->norm = clip__load_norm(l, "image", "norm", v->body.width);
}

static void clip__load_resnet(clip__loader *l, clip__resnet *r) {
    static const char *const kinds[] = {"basic", "bottleneck"};
    const int bottleneck = (int)clip__load_choice(l, "image", "block", kinds, 2);
    const double eps = (double)clip__load_eps(l, "image", "eps");
    size_t depths[4], channels, n = 0;
    clip__load_integers(l, "image.depths", 1, CLIP__MAX_LAYERS, 4, depths);
    r->n_blocks = depths[0] + depths[1] + depths[2] + depths[3];
    r->blocks = (clip__residual *)clip__take(&l->arena, r->n_blocks, sizeof(clip__residual));
    r->stem =
        clip__load_conv(l, "image.stem", "conv", 3, 0, 7, 2, 0); // its padding of 3 is in the picture: clip__normalize
    clip__load_batch_norm(l, &r->stem, "image.stem", "norm", eps);
    channels = r->stem.out;
    for (size_t stage = 0; stage < 4; stage++)
        for (size_t i = 0; i < depths[stage] && !l->result; i++, n++) {
            const size_t step = stage && !i ? 2 : 1;
            clip__residual b;
            clip__tensor shortcut;
            char path[64];
            size_t end;
            memset(&b, 0, sizeof b);
            snprintf(path, sizeof path, "image.stages.%lu.%lu", (unsigned long)stage, (unsigned long)i);
            // version 1.5: a bottleneck's stride sits on its 3 x 3 convolution
            b.conv1 = bottleneck ? clip__load_conv(l, path, "conv1", channels, 0, 1, 1, 0)
                                 : clip__load_conv(l, path, "conv1", channels, 0, 3, step, 1);
            clip__load_batch_norm(l, &b.conv1, path, "norm1", eps);
            b.conv2 = clip__load_conv(l, path, "conv2", b.conv1.out, 0, 3, bottleneck ? step : 1, 1);
            clip__load_batch_norm(l, &b.conv2, path, "norm2", eps);
            end = b.conv2.out;
            if (bottleneck) {
                b.conv3 = clip__load_conv(l, path, "conv3", end, 0, 1, 1, 0);
                clip__load_batch_norm(l, &b.conv3, path, "norm3", eps);
                end = b.conv3.out;
            }
            if (!l->result && clip__load_has(l, path, "shortcut.conv.weight", &shortcut)) {
                b.shortcut = clip__load_conv(l, path, "shortcut.conv", channels, end, 1, step, 0);
                clip__load_batch_norm(l, &b.shortcut, path, "shortcut.norm", eps);
            } else if (step != 1 || end != channels)
                CLIP__LOAD_FAIL(l, CLIP_ERROR_SHAPE, "the file lacks the tensor %s.shortcut.conv.weight", path);
            if (l->result) return;
            if (l->arena.base) r->blocks[n] = b;
            channels = end;
        }
    r->features = channels;
}

static void clip__load_bert(clip__loader *l, clip__bert *b) {
    size_t two = 2, positions = 0;
    b->context = clip__load_integer(l, "text", "context", 2, CLIP__MAX_CONTEXT);
    b->pool = (clip__pool_kind)clip__load_choice(l, "text", "pool", clip__pool_names, 2);
    clip__load_transformer(l, &b->body, "text", 0);
    b->tokens = clip__load_tensor(l, "text", "tokens", CLIP__ROWS, 0, &b->vocabulary, b->body.width, 1, 1);
    b->positions = clip__load_tensor(l, "text", "positions", CLIP__ROWS, 0, &positions, b->body.width, 1, 1);
    b->types = clip__load_tensor(l, "text", "types", CLIP__ROWS, 1, &two, b->body.width, 1, 1);
    b->norm = clip__load_norm(l, "text", "norm", b->body.width);
    if (!l->result && positions < b->context)
        CLIP__LOAD_FAIL(l, CLIP_ERROR_SHAPE, "tensor text.positions: %lu rows are fewer than the context of %lu",
                        (unsigned long)positions, (unsigned long)b->context);
}

static void clip__load_head(clip__loader *l, clip__head *h, const char *tower, size_t in) {
    char path[64];
    h->kind = (clip__head_kind)clip__load_choice(l, tower, "head", clip__head_names, 3);
    h->in = h->out = in;
    if (l->result || h->kind == CLIP__HEAD_NONE) return;
    snprintf(path, sizeof path, "%s.head", tower);
    h->projection = clip__load_linear(l, path, "projection", in, 0, 1);
    h->out = h->projection.out;
    if (h->kind == CLIP__HEAD_LINEAR) return;
    h->fc = clip__load_linear(l, path, "fc", h->out, h->out, 1);
    h->norm = clip__load_norm(l, path, "norm", h->out);
    h->eps = clip__load_eps(l, tower, "head.eps");
}

static void clip__load_tokenizer(clip__loader *l, clip_model *m) {
    clip__key key;
    clip__tensor vocab;
    if (l->result || !clip__file_find_key(&l->file, "tokenizer.kind", &key)) return;
    if (!clip__name_is((const char *)key.value, key.size, "wordpiece")) {
        CLIP__LOAD_FAIL(l, CLIP_ERROR_UNSUPPORTED, "tokenizer \"%.*s\" is not known to this build",
                        (int)clip__min(key.size, 60), (const char *)key.value);
        return;
    }
    m->info.tokenizer = "wordpiece";
    m->cased = (int)clip__load_integer(l, "tokenizer", "cased", 0, 1);
    if (!l->result && (!clip__load_has(l, "tokenizer", "vocab", &vocab) || vocab.type != CLIP__UINT8))
        CLIP__LOAD_FAIL(l, CLIP_ERROR_SHAPE, "the file lacks the tensor tokenizer.vocab");
#ifdef CLIP_TOKENIZER_H
    if (!l->result) {
        clip_tokenizer_desc desc;
        const char *wrong;
        void *memory;
        memset(&desc, 0, sizeof desc);
        desc.vocab = (const char *)vocab.data;
        desc.vocab_size = (size_t)vocab.size;
        desc.cased = m->cased;
        memory = clip__take(&l->arena, clip_tokenizer_size(&desc), 1);
        if (!memory) return;
        wrong = clip_tokenizer_init(&desc, memory, &m->tokenizer);
        if (wrong) CLIP__LOAD_FAIL(l, CLIP_ERROR_FORMAT, "tokenizer: %s", wrong);
        else if (m->text && clip_tokenizer_count(m->tokenizer) > m->bert.vocabulary)
            CLIP__LOAD_FAIL(l, CLIP_ERROR_SHAPE, "tokenizer: its %lu tokens are more than the %lu of text.tokens",
                            (unsigned long)clip_tokenizer_count(m->tokenizer), (unsigned long)m->bert.vocabulary);
    }
#endif
}

// Fills *m from the file. Runs twice: with an arena that counts, and with one that is there.
static void clip__load_parts(clip__loader *l, clip_model *m) {
    static const char *const towers[] = {"resnet", "vit"}, *const text_towers[] = {"bert"},
                             *const resizes[] = {"stretch", "short"};
    clip__key key;
    size_t image_width = 0;
    m->file = l->file;
    if (clip__file_find_key(&l->file, "image.tower", &key)) {
        clip__pipeline *p = &m->pipeline;
        m->image = (clip__image_kind)(CLIP__RESNET + clip__load_choice(l, "image", "tower", towers, 2));
        p->S = clip__load_integer(l, "image", "size", 1, CLIP__MAX_SIDE);
        p->crop = (int)clip__load_choice(l, "image", "resize", resizes, 2);
        p->shorter = p->S;
        if (p->crop && clip__file_find_key(&l->file, "image.short", &key))
            p->shorter = clip__load_integer(l, "image", "short", p->S, 2 * CLIP__MAX_SIDE);
        p->filter = (clip__filter)clip__load_choice(l, "image", "filter", clip__filter_names, 3);
        clip__load_reals(l, "image.mean", -1e6, 3, p->mean);
        clip__load_reals(l, "image.std", 1e-6, 3, p->std);
        if (m->image == CLIP__RESNET) clip__load_resnet(l, &m->resnet);
        else clip__load_vit(l, &m->vit, p->S);
        image_width = m->image == CLIP__RESNET ? m->resnet.features : m->vit.body.width;
        clip__load_head(l, &m->image_head, "image", image_width);
        m->embed_dim = m->image_head.out;
    }
    if (!l->result && clip__file_find_key(&l->file, "text.tower", &key)) {
        clip__load_choice(l, "text", "tower", text_towers, 1);
        m->text = 1;
        clip__load_bert(l, &m->bert);
        clip__load_head(l, &m->text_head, "text", m->bert.body.width);
        if (!l->result && m->image && m->embed_dim != m->text_head.out)
            CLIP__LOAD_FAIL(l, CLIP_ERROR_SHAPE,
                            "the towers end in vectors of %lu (image) and %lu (text): they can't be compared",
                            (unsigned long)m->embed_dim, (unsigned long)m->text_head.out);
        m->embed_dim = m->text_head.out;
    }
    if (!l->result && !m->image && !m->text)
        CLIP__LOAD_FAIL(l, CLIP_ERROR_FORMAT, "the file has neither image.tower nor text.tower");
    clip__load_tokenizer(l, m);
}

static void clip__info_transformer(clip_tower_info *i, const clip__transformer *t, clip__pool_kind pool) {
    i->width = t->width;
    i->layers = t->layers;
    i->heads = t->heads;
    i->mlp = t->mlp;
    i->activation = clip__activation_names[t->activation];
    i->pool = clip__pool_names[pool];
}

static void clip__info_fill(clip_model *m) {
    clip_model_info *i = &m->info;
    clip__tensor t;
    i->embed_dim = m->embed_dim;
    i->tensors = m->file.n_tensors;
    i->file_size = m->file.size;
    i->cased = m->cased;
    i->selftest = clip__file_find_tensor(&m->file, "selftest.image_vector", &t) ||
                  clip__file_find_tensor(&m->file, "selftest.text_vector", &t);
    if (m->image) {
        i->image.tower = m->image == CLIP__RESNET ? "resnet" : "vit";
        i->image.head = clip__head_names[m->image_head.kind];
        i->image.pool = "";
        i->image.activation = "relu";
        i->image.width = m->resnet.features;
        i->image.layers = m->resnet.n_blocks;
        if (m->image == CLIP__VIT) {
            clip__info_transformer(&i->image, &m->vit.body, m->vit.pool);
            i->image.patch = m->vit.patch.kernel;
        }
        i->image_size = m->pipeline.S;
        i->image_short = m->pipeline.shorter;
        i->resize = m->pipeline.crop ? "short" : "stretch";
        i->filter = clip__filter_names[m->pipeline.filter];
        memcpy(i->mean, m->pipeline.mean, sizeof i->mean);
        memcpy(i->std, m->pipeline.std, sizeof i->std);
    }
    if (m->text) {
        i->text.tower = "bert";
        i->text.head = clip__head_names[m->text_head.kind];
        clip__info_transformer(&i->text, &m->bert.body, m->bert.pool);
        i->context = m->bert.context;
        i->vocabulary = m->bert.vocabulary;
    }
    for (size_t cursor = 0, k = 0; k < m->file.n_tensors && clip__file_next_tensor(&m->file, &cursor, &t); k++) {
        const size_t n = (size_t)(t.shape[0] * t.shape[1] * t.shape[2] * t.shape[3]);
        if (t.name_size > 6 && !memcmp(t.name, "image.", 6)) i->image.parameters += n;
        if (t.name_size > 5 && !memcmp(t.name, "text.", 5)) i->text.parameters += n;
    }
}

// `owned` and `mapped` go over to the model, or are left to the caller on failure.
static clip_result clip__model_make(const void *data, size_t size, void *owned, void *mapped, clip_error *why,
                                    clip_model **out) {
    clip__loader l;
    clip_model model, *made;
    void *block, *turned = NULL;
    memset(&l, 0, sizeof l);
    memset(&model, 0, sizeof model);
    l.why = why;
    if ((l.result = clip__file_open(data, size, why, &l.file)) != CLIP_OK) return l.result;
    if (!clip__little_endian()) { // the weights can't be used in place: a copy in the host's order
        clip__tensor t;
        turned = CLIP_MALLOC(size);
        if (!turned)
            return clip__fail(why, CLIP_ERROR_MEMORY, "out of memory: %lu bytes for the weights", (unsigned long)size);
        memcpy(turned, data, size);
        l.file.bytes = (const unsigned char *)turned;
        for (size_t cursor = 0, i = 0; i < l.file.n_tensors && clip__file_next_tensor(&l.file, &cursor, &t); i++)
            clip__swap_bytes((unsigned char *)turned + t.offset, t.size, t.type);
    }
    clip__take(&l.arena, 1, sizeof(clip_model));
    clip__load_parts(&l, &model);
    if (l.result) goto failed;
    block = l.arena.used == SIZE_MAX ? NULL : CLIP_MALLOC(clip__add(l.arena.used, 64));
    if (!block) {
        l.result =
            clip__fail(why, CLIP_ERROR_MEMORY, "out of memory: %lu bytes for the model", (unsigned long)l.arena.used);
        goto failed;
    }
    l.arena.base = (unsigned char *)clip__align64(block);
    l.arena.used = 0;
    l.cursor = 0;
    memset(&model, 0, sizeof model);
    made = (clip_model *)clip__take(&l.arena, 1, sizeof(clip_model));
    clip__load_parts(&l, &model);
    if (l.result) {
        CLIP_FREE(block);
        goto failed;
    }
    clip__info_fill(&model);
    model.block = block;
    model.owned = turned ? turned : owned;
    model.mapped = mapped;
    if (turned) CLIP_FREE(owned);
    *made = model;
    *out = made;
    return CLIP_OK;
failed:
    CLIP_FREE(turned);
    return l.result;
}

CLIPDEF clip_result clip_model_load_memory(const void *data, size_t size, const void *opt, clip_error *why,
                                           clip_model **out) {
    if (!data || !out || opt)
        return clip__fail(why, CLIP_ERROR_ARGUMENT, "clip_model_load_memory: data or out is NULL, or opt is not");
    if ((uintptr_t)data % 4)
        return clip__fail(why, CLIP_ERROR_ARGUMENT, "clip_model_load_memory: data is not aligned to 4 bytes");
    return clip__model_make(data, size, NULL, NULL, why, out);
}

#ifdef CLIP_NO_STDIO
CLIPDEF clip_result clip_model_load(const char *path, const void *opt, clip_error *why, clip_model **out) {
    (void)path, (void)opt, (void)out;
    return clip__fail(why, CLIP_ERROR_UNSUPPORTED,
                      "this build has no files (CLIP_NO_STDIO): use clip_model_load_memory");
}
#else
// The whole file in memory that the caller frees.
static clip_result clip__file_read(const char *path, clip_error *why, void **out, size_t *size) {
    FILE *f = fopen(path, "rb");
    size_t room = 1 << 16, used = 0, got;
    char *data = NULL, *more;
    if (!f) return clip__fail(why, CLIP_ERROR_IO, "%s can't be opened: %s", path, strerror(errno));
    do { // in doubling steps, since a C99 program can't ask for the length of every kind of file
        more = (char *)CLIP_MALLOC(room *= 2);
        if (more && used) memcpy(more, data, used);
        CLIP_FREE(data);
        data = more;
        if (!data) {
            fclose(f);
            return clip__fail(why, CLIP_ERROR_MEMORY, "out of memory: %lu bytes for %s", (unsigned long)room, path);
        }
        got = fread(data + used, 1, room - used, f);
        used += got;
    } while (used == room);
    if (ferror(f)) {
        clip__fail(why, CLIP_ERROR_IO, "%s can't be read: %s", path, strerror(errno));
        fclose(f);
        CLIP_FREE(data);
        return CLIP_ERROR_IO;
    }
    fclose(f);
    *out = data;
    *size = used;
    return CLIP_OK;
}

#ifdef CLIP__MMAP
// NULL where the file can't be mapped; the caller then tries to read it, and reports what is wrong with it.
static void *clip__file_map(const char *path, size_t *size) {
    struct stat status;
    void *p = NULL;
    int fd = open(path, O_RDONLY);
    if (fd < 0) return NULL;
    if (!fstat(fd, &status) && S_ISREG(status.st_mode) && status.st_size > 0 && (uint64_t)status.st_size < SIZE_MAX) {
        *size = (size_t)status.st_size;
        p = mmap(NULL, *size, PROT_READ, MAP_PRIVATE, fd, 0);
        if (p == MAP_FAILED) p = NULL;
    }
    close(fd);
    return p;
}
#endif

CLIPDEF clip_result clip_model_load(const char *path, const void *opt, clip_error *why, clip_model **out) {
    clip_error inner;
    clip_result result;
    void *data = NULL, *mapped = NULL;
    size_t size = 0;
    if (!path || !out || opt)
        return clip__fail(why, CLIP_ERROR_ARGUMENT, "clip_model_load: path or out is NULL, or opt is not");
#ifdef CLIP__MMAP
    mapped = clip__file_map(path, &size);
#endif
    if (!mapped && (result = clip__file_read(path, why, &data, &size)) != CLIP_OK) return result;
    result = clip__model_make(mapped ? mapped : data, size, data, mapped, &inner, out);
    if (!result) return CLIP_OK;
    CLIP_FREE(data);
#ifdef CLIP__MMAP
    if (mapped) munmap(mapped, size);
#endif
    return clip__fail(why, result, "%.120s: %s", path, inner.message);
}
#endif

CLIPDEF void clip_model_free(clip_model *m) {
    if (!m) return;
#ifdef CLIP__MMAP
    if (m->mapped) munmap(m->mapped, m->file.size);
#endif
    CLIP_FREE(m->owned);
    CLIP_FREE(m->block);
}

CLIPDEF void clip_model_get_info(const clip_model *model, clip_model_info *out) { *out = model->info; }

CLIPDEF size_t clip_embed_dim(const clip_model *model) { return model->embed_dim; }

// ---- >>ops ---------------------------------------------------------------------------------------------------------

struct clip_context {
    const clip_model *model;
    clip_options options; // with the defaults filled in
    clip_error error;
    clip__pool pool;
    const clip__kernel *kernel;
    const float ***tables;                     // [workers][taps, CLIP__BLOCK_ROWS]: see >>gemm
    float *zeros;                              // the run that padding points at
    clip__resize_scratch *resize;              // [workers]
    struct clip__attention_scratch *attention; // [workers]
    size_t image_rows, text_rows;              // tokens of max_batch pictures or texts
    unsigned char *pixels;                     // [max_batch, S, S, 3]
    float *picture;                            // [max_batch, S + 2 border, S + 2 border, 3]
    float *buffer[4];                          // of the towers
    float *feature, *embedding[2];             // [max_items, widest tower], [max_items, embed_dim] of the heads
    int32_t *ids;                              // [text_rows]
    unsigned char *mask;                       // [text_rows]
    size_t *starts;                            // [max_items + 1] where each sequence of a turn begins among the rows
    size_t max_items;                          // pictures or texts of a turn
    void *block;                               // what CLIP_FREE gets; NULL in the caller's memory
};

// Sum of a[i] * b[i]. 16 sums side by side, added at the end in one fixed order.
static float clip__dot(const float *a, const float *b, size_t n) {
    float s[16] = {0};
    size_t i = 0;
    for (; i + 16 <= n; i += 16)
        for (size_t k = 0; k < 16; k++) s[k] += a[i + k] * b[i + k];
    for (size_t k = 0; i < n; i++, k++) s[k] += a[i] * b[i];
    for (size_t half = 8; half; half /= 2)
        for (size_t k = 0; k < half; k++) s[k] += s[k + half];
    return s[0];
}

// Sum of (x[i] - shift) to the power of 1 or 2, in the same order.
static float clip__moment(const float *x, size_t n, float shift, int power) {
    float s[16] = {0};
    for (size_t i = 0; i < n; i++) {
        float d = x[i] - shift;
        s[i % 16] += power == 2 ? d * d : d;
    }
    for (size_t half = 8; half; half /= 2)
        for (size_t k = 0; k < half; k++) s[k] += s[k + half];
    return s[0];
}

// y = x / |x|, in place allowed; a vector without length stays zero. x, y [n].
static void clip__l2_normalize(float *y, const float *x, size_t n) {
    float length = sqrtf(clip__dot(x, x, n));
    for (size_t i = 0; i < n; i++) y[i] = length > 0 ? x[i] / length : 0;
}

// x = exp(x * scale) / sum over x, where mask (may be NULL) is not 0, and 0 elsewhere. x [n].
static void clip__softmax(float *x, const unsigned char *mask, size_t n, float scale) {
    float most = -INFINITY, sum = 0;
    for (size_t i = 0; i < n; i++)
        if ((!mask || mask[i]) && x[i] * scale > most) most = x[i] * scale;
    for (size_t i = 0; i < n; i++) {
        x[i] = !mask || mask[i] ? expf(x[i] * scale - most) : 0;
        sum += x[i];
    }
    for (size_t i = 0; i < n; i++) x[i] /= sum;
}

// y = (x - mean(x)) / sqrt(var(x) + eps) * weight + bias, row by row; in place allowed. x, y [rows, width].
// Ba, Kiros and Hinton 2016, eq. 4.
static void clip__layernorm_rows(float *y, const float *x, const clip__norm *norm, size_t rows, size_t width,
                                 float eps) {
    for (size_t r = 0; r < rows; r++, x += width, y += width) {
        float mean = clip__moment(x, width, 0, 1) / (float)width;
        float rstd = 1.0f / sqrtf(clip__moment(x, width, mean, 2) / (float)width + eps);
        for (size_t i = 0; i < width; i++) y[i] = (x[i] - mean) * rstd * norm->weight[i] + norm->bias[i];
    }
}

typedef struct clip__layernorm_job {
    float *y;
    const float *x;
    const clip__norm *norm;
    size_t rows, width;
    float eps;
} clip__layernorm_job;

static void clip__layernorm_task(void *arg, size_t i, size_t worker) {
    const clip__layernorm_job *j = (const clip__layernorm_job *)arg;
    size_t at = i * CLIP__BLOCK_ROWS;
    (void)worker;
    clip__layernorm_rows(j->y + at * j->width, j->x + at * j->width, j->norm, clip__min(j->rows - at, CLIP__BLOCK_ROWS),
                         j->width, j->eps);
}

static void clip__layernorm_forward(clip_context *c, float *y, const float *x, const clip__norm *norm, size_t rows,
                                    size_t width, float eps) {
    clip__layernorm_job j;
    j.y = y, j.x = x, j.norm = norm, j.rows = rows, j.width = width, j.eps = eps;
    clip__parallel(&c->pool, (rows + CLIP__BLOCK_ROWS - 1) / CLIP__BLOCK_ROWS, clip__layernorm_task, &j);
}

// y = activation(convolution(x) * scale + shift + residual); scale and shift are the layer's.
// x [n, height, width, in], y and residual (may be NULL, may be y) [n, out height, out width, out].
static void clip__conv_forward(clip_context *c, float *y, const float *x, const clip__layer *l, size_t n, size_t height,
                               size_t width, const float *residual, clip__activation activation) {
    clip__gemm_job j;
    memset(&j, 0, sizeof j);
    j.y = y;
    j.x = x;
    j.height = height;
    j.width = width;
    j.out_height = (height + 2 * l->pad - l->kernel) / l->step + 1;
    j.out_width = (width + 2 * l->pad - l->kernel) / l->step + 1;
    j.rows = n * j.out_height * j.out_width;
    j.blocks = (l->out + CLIP__BLOCK_PANELS * CLIP__NR - 1) / (CLIP__BLOCK_PANELS * CLIP__NR);
    j.layer = l;
    j.kernel = c->kernel;
    j.epilogue.scale = l->scale;
    j.epilogue.shift = l->shift;
    j.epilogue.residual = residual;
    j.epilogue.activation = activation;
    j.tables = c->tables;
    j.zeros = c->zeros;
    clip__parallel(&c->pool, (j.rows + CLIP__BLOCK_ROWS - 1) / CLIP__BLOCK_ROWS * j.blocks, clip__gemm_task, &j);
}

// y = activation(x W + bias + residual): a convolution over a picture of one column. x [rows, in], y [rows, out].
static void clip__linear_forward(clip_context *c, float *y, const float *x, const clip__layer *l, size_t rows,
                                 const float *residual, clip__activation activation) {
    clip__conv_forward(c, y, x, l, 1, rows, 1, residual, activation);
}

// y[n, i, j, ch] = max over x[n, 2 i - 1 .. 2 i + 1, 2 j - 1 .. 2 j + 1, ch] inside the picture: a 3 x 3 window, step
// 2, padding 1.
static void clip__maxpool_forward(float *y, const float *x, size_t n, size_t height, size_t width, size_t channels) {
    const size_t out_height = (height - 1) / 2 + 1, out_width = (width - 1) / 2 + 1;
    for (; n; n--, x += height * width * channels)
        for (size_t i = 0; i < out_height; i++)
            for (size_t j = 0; j < out_width; j++, y += channels) {
                memcpy(y, x + (2 * i * width + 2 * j) * channels, channels * sizeof *y); // the middle is always inside
                for (size_t t = 0; t < 9; t++) {
                    const size_t iy = 2 * i + t / 3 - 1, ix = 2 * j + t % 3 - 1;
                    const float *from;
                    if (iy >= height || ix >= width) continue; // also those before the first, being unsigned
                    from = x + (iy * width + ix) * channels;
                    for (size_t ch = 0; ch < channels; ch++)
                        y[ch] = from[ch] > y[ch] || from[ch] != from[ch] ? from[ch] : y[ch];
                }
            }
}

// y[ch] = mean over the rows of x; a row with mask[row] == 0 does not count (mask NULL: all do). x [rows, channels].
static void clip__mean_forward(float *y, const float *x, const unsigned char *mask, size_t rows, size_t channels) {
    float count = 0;
    for (size_t ch = 0; ch < channels; ch++) y[ch] = 0;
    for (size_t r = 0; r < rows; r++) {
        if (mask && !mask[r]) continue;
        count++;
        for (size_t ch = 0; ch < channels; ch++) y[ch] += x[r * channels + ch];
    }
    for (size_t ch = 0; ch < channels; ch++) y[ch] /= count;
}

// picture[n, y, x] = (pixels / 255 - mean) / std in the middle, zeros in the border. pixels [n, S, S, 3],
// picture [n, S + 2 border, S + 2 border, 3]. In float and in this order, as torchvision's ToTensor and Normalize.
static void clip__normalize(float *picture, const unsigned char *pixels, const clip__pipeline *p, size_t n,
                            size_t border) {
    float table[3][256]; // there are only 256 pixel values
    const size_t S = p->S, side = S + 2 * border;
    for (int v = 0; v < 256; v++)
        for (int ch = 0; ch < 3; ch++) table[ch][v] = ((float)v / 255.0f - (float)p->mean[ch]) / (float)p->std[ch];
    memset(picture, 0, border ? n * side * side * 3 * sizeof *picture : 0);
    for (size_t i = 0; i < n * S; i++) {
        float *to = picture + ((i / S * side + i % S + border) * side + border) * 3;
        for (size_t k = 0; k < S; k++, pixels += 3, to += 3)
            for (int ch = 0; ch < 3; ch++) to[ch] = table[ch][pixels[ch]];
    }
}

// ---- >>attention ---------------------------------------------------------------------------------------------------
// softmax(Q K^T / sqrt(d)) V (Vaswani et al. 2017, eq. 1), for each sequence and head on its own. A task packs one
// head's K^T and V into panels and runs the kernel of >>gemm over them, CLIP__BLOCK_ROWS queries at a time.

typedef struct clip__attention_scratch { // of one worker; longest = tokens of the longest sequence, d = width of a head
    float *keys;                         // panels of K^T: [d, longest]
    float *values;                       // panels of V:   [longest, d]
    float *scores;                       // [CLIP__BLOCK_ROWS, longest]
    const float **rows;                  // [CLIP__BLOCK_ROWS]
} clip__attention_scratch;

static clip__attention_scratch clip__attention_scratch_take(clip__arena *a, size_t longest, size_t d) {
    clip__attention_scratch s;
    s.keys = (float *)clip__take(a, clip__mul(clip__round_up(longest, 16), d), sizeof(float));
    s.values = (float *)clip__take(a, clip__mul(clip__round_up(d, 16), longest), sizeof(float));
    s.scores = (float *)clip__take(a, clip__mul(CLIP__BLOCK_ROWS, longest), sizeof(float));
    s.rows = (const float **)clip__take(a, CLIP__BLOCK_ROWS, sizeof(float *));
    return s;
}

typedef struct clip__attention_job {
    float *y;                  // [rows, width]
    const float *qkv;          // [rows, 3 width]: queries, keys and values, each [heads, d]
    const size_t *starts;      // [sequences + 1]
    const unsigned char *mask; // [rows]: 0 hides a key; NULL hides none
    size_t heads, width;
    const clip__kernel *kernel;
    clip__attention_scratch *scratch;
} clip__attention_job;

static void clip__attention_task(void *arg, size_t i, size_t worker) {
    const clip__attention_job *j = (const clip__attention_job *)arg;
    const clip__attention_scratch *s = &j->scratch[worker];
    const size_t d = j->width / j->heads, head = i % j->heads, start = j->starts[i / j->heads],
                 T = j->starts[i / j->heads + 1] - start;
    const unsigned char *mask = j->mask ? j->mask + start : NULL;
    const float *q = j->qkv + start * 3 * j->width + head * d, *k = q + j->width, *v = k + j->width;
    float *y = j->y + start * j->width + head * d;
    clip__epilogue e;
    memset(&e, 0, sizeof e);
    for (size_t t = 0; t < (T + 15) / 16 * 16; t++) // keys[t / 16][x][t % 16] = k[t][x]
        for (size_t x = 0; x < d; x++) s->keys[(t / 16 * d + x) * 16 + t % 16] = t < T ? k[t * 3 * j->width + x] : 0;
    for (size_t t = 0; t < T; t++) // values[x / 16][t][x % 16] = v[t][x]
        for (size_t x = 0; x < (d + 15) / 16 * 16; x++)
            s->values[(x / 16 * T + t) * 16 + x % 16] = x < d ? v[t * 3 * j->width + x] : 0;
    for (size_t t0 = 0; t0 < T; t0 += CLIP__BLOCK_ROWS) {
        const size_t n = clip__min(T - t0, CLIP__BLOCK_ROWS);
        for (size_t r = 0; r < CLIP__BLOCK_ROWS; r++) s->rows[r] = q + clip__min(t0 + r, T - 1) * 3 * j->width;
        e.factor = 1.0f / sqrtf((float)d);
        clip__gemm_block(j->kernel, s->scores, T, s->rows, 0, n, 1, d, s->keys, T, &e, 0);
        e.factor = 0;
        for (size_t r = 0; r < n; r++) clip__softmax(s->scores + r * T, mask, T, 1);
        for (size_t r = 0; r < CLIP__BLOCK_ROWS; r++) s->rows[r] = s->scores + clip__min(r, n - 1) * T;
        clip__gemm_block(j->kernel, y + t0 * j->width, j->width, s->rows, 0, n, 1, T, s->values, d, &e, 0);
    }
}

static void clip__attention_forward(clip_context *c, float *y, const float *qkv, const size_t *starts, size_t n,
                                    const unsigned char *mask, size_t heads, size_t width) {
    clip__attention_job j;
    j.y = y, j.qkv = qkv, j.starts = starts, j.mask = mask, j.heads = heads, j.width = width, j.kernel = c->kernel,
    j.scratch = c->attention;
    clip__parallel(&c->pool, n * heads, clip__attention_task, &j);
}

// ---- >>blocks ------------------------------------------------------------------------------------------------------

// x [rows, width] goes through all blocks, in place; `rows` are n sequences, one after the other, at starts [n + 1].
// A text of 9 tokens takes 9 rows whatever stands beside it: there is no padding, and nothing to mask but what a caller
// masks.
static void clip__transformer_forward(clip_context *c, float *x, const clip__transformer *t, const size_t *starts,
                                      size_t n, const unsigned char *mask) {
    float *wide = c->buffer[1], *y = c->buffer[2]; // [rows, max(3 width, mlp)], [rows, width]
    const size_t rows = starts[n];
    for (size_t i = 0; i < t->layers; i++) {
        const clip__block *b = &t->blocks[i];
        const float *in = x;
        // pre-norm:  x = x + attention(norm1(x));   x = x + mlp(norm2(x))
        // post-norm: x = norm1(x + attention(x));   x = norm2(x + mlp(x))
        if (t->pre_norm) clip__layernorm_forward(c, y, x, &b->norm1, rows, t->width, t->eps), in = y;
        clip__linear_forward(c, wide, in, &b->qkv, rows, NULL, CLIP__IDENTITY);
        clip__attention_forward(c, y, wide, starts, n, mask, t->heads, t->width);
        clip__linear_forward(c, x, y, &b->proj, rows, x, CLIP__IDENTITY);
        if (!t->pre_norm) clip__layernorm_forward(c, x, x, &b->norm1, rows, t->width, t->eps);
        else clip__layernorm_forward(c, y, x, &b->norm2, rows, t->width, t->eps);
        clip__linear_forward(c, wide, in, &b->fc1, rows, NULL, t->activation);
        clip__linear_forward(c, x, wide, &b->fc2, rows, x, CLIP__IDENTITY);
        if (!t->pre_norm) clip__layernorm_forward(c, x, x, &b->norm2, rows, t->width, t->eps);
    }
}

// ---- >>resnet ------------------------------------------------------------------------------------------------------
// He et al. 2015, in the form of torchvision ("v1.5"): 7 x 7 stem with step 2, max pooling, four stages, average
// pooling.

// picture [n, S + 6, S + 6, 3] with its border of zeros -> features [n, features].
static void clip__resnet_forward(clip_context *c, float *features, const float *picture, const clip__resnet *r,
                                 size_t n, size_t S) {
    float *x = c->buffer[0], *y = c->buffer[1], *swap;
    size_t side = (S - 1) / 2 + 1;
    clip__conv_forward(c, y, picture, &r->stem, n, S + 6, S + 6, NULL, CLIP__RELU);
    clip__maxpool_forward(x, y, n, side, side, r->stem.out);
    side = (side - 1) / 2 + 1;
    for (size_t i = 0; i < r->n_blocks; i++) {
        // y = relu(conv3(relu(conv2(relu(conv1(x))))) + shortcut(x)), each convolution with its batch norm
        const clip__residual *b = &r->blocks[i];
        const clip__layer *last = b->conv3.panels ? &b->conv3 : &b->conv2;
        const size_t inner = (side - 1) / b->conv1.step + 1, end = (inner - 1) / b->conv2.step + 1;
        float *in = c->buffer[2], *residual = x;
        clip__conv_forward(c, in, x, &b->conv1, n, side, side, NULL, CLIP__RELU);
        if (b->conv3.panels) {
            clip__conv_forward(c, c->buffer[3], in, &b->conv2, n, inner, inner, NULL, CLIP__RELU);
            in = c->buffer[3];
        }
        if (b->shortcut.panels) {
            clip__conv_forward(c, y, x, &b->shortcut, n, side, side, NULL, CLIP__IDENTITY);
            residual = y;
        }
        clip__conv_forward(c, residual, in, last, n, b->conv3.panels ? end : inner, b->conv3.panels ? end : inner,
                           residual, CLIP__RELU);
        if (residual == y) swap = x, x = y, y = swap;
        side = end;
    }
    for (size_t i = 0; i < n; i++)
        clip__mean_forward(features + i * r->features, x + i * side * side * r->features, NULL, side * side,
                           r->features);
}

// Floats for one picture in each buffer of the context.
static void clip__resnet_sizes(const clip__resnet *r, size_t S, size_t size[4]) {
    size_t side = (S - 1) / 2 + 1;
    size[1] = clip__mul(side * side, r->stem.out);
    side = (side - 1) / 2 + 1;
    size[0] = clip__mul(side * side, r->stem.out);
    size[2] = size[3] = 0;
    for (size_t i = 0; i < r->n_blocks; i++) {
        const clip__residual *b = &r->blocks[i];
        const size_t inner = (side - 1) / b->conv1.step + 1, end = (inner - 1) / b->conv2.step + 1;
        const size_t out = clip__mul(end * end, b->conv3.panels ? b->conv3.out : b->conv2.out);
        size[2] = clip__max(size[2], clip__mul(inner * inner, b->conv1.out));
        size[3] = clip__max(size[3], b->conv3.panels ? clip__mul(end * end, b->conv2.out) : 0);
        size[0] = clip__max(size[0], out); // x and y change places
        size[1] = clip__max(size[1], out);
        side = end;
    }
}

// ---- >>vit ---------------------------------------------------------------------------------------------------------
// Dosovitskiy et al. 2020: patches as tokens, a class token before them, positions added, a transformer, a norm.

// picture [n, S, S, 3] -> features [n, width].
static void clip__vit_forward(clip_context *c, float *features, const float *picture, const clip__vit *v, size_t n,
                              size_t S) {
    const size_t width = v->body.width, prefix = v->cls != NULL, patches = v->T - prefix;
    float *x = c->buffer[0], *y = c->buffer[2];
    clip__conv_forward(c, y, picture, &v->patch, n, S, S, NULL, CLIP__IDENTITY);
    for (size_t i = 0; i < n; i++) { // x = [class, patches] + positions
        float *to = x + i * v->T * width;
        if (v->cls) memcpy(to, v->cls, width * sizeof *to);
        memcpy(to + prefix * width, y + i * patches * width, patches * width * sizeof *to);
        for (size_t k = 0; k < v->T * width; k++) to[k] += v->positions[k];
        c->starts[i] = i * v->T;
    }
    c->starts[n] = n * v->T;
    clip__transformer_forward(c, x, &v->body, c->starts, n, NULL);
    for (size_t i = 0; i < n; i++) {
        float *from = x + i * v->T * width, *to = features + i * width;
        if (v->pool == CLIP__POOL_CLS) {
            clip__layernorm_rows(to, from, &v->norm, 1, width, v->body.eps);
            continue;
        }
        if (!v->norm_after_pool) clip__layernorm_rows(from, from, &v->norm, v->T, width, v->body.eps);
        clip__mean_forward(to, from + prefix * width, NULL, patches, width);
        if (v->norm_after_pool) clip__layernorm_rows(to, to, &v->norm, 1, width, v->body.eps);
    }
}

// ---- >>text --------------------------------------------------------------------------------------------------------
// BERT (Devlin et al. 2018) and DistilBERT (Sanh et al. 2019), which is BERT without token types.

// ids [starts[n]], n sequences one after the other -> features [n, width].
static void clip__bert_forward(clip_context *c, float *features, const clip__bert *b, const int32_t *ids,
                               const unsigned char *mask, size_t n) {
    const size_t width = b->body.width;
    float *x = c->buffer[0];
    for (size_t i = 0; i < n; i++)
        for (size_t r = c->starts[i]; r < c->starts[i + 1]; r++) { // x = norm(tokens[id] + positions[place] + types[0])
            const float *token = b->tokens + (size_t)ids[r] * width,
                        *position = b->positions + (r - c->starts[i]) * width;
            float *to = x + r * width;
            for (size_t k = 0; k < width; k++) to[k] = token[k] + (b->types ? b->types[k] : 0) + position[k];
        }
    clip__layernorm_forward(c, x, x, &b->norm, c->starts[n], width, b->body.eps);
    clip__transformer_forward(c, x, &b->body, c->starts, n, mask);
    for (size_t i = 0; i < n; i++) {
        const float *from = x + c->starts[i] * width;
        if (b->pool == CLIP__POOL_CLS) memcpy(features + i * width, from, width * sizeof *features);
        else
            clip__mean_forward(features + i * width, from, mask ? mask + c->starts[i] : NULL,
                               c->starts[i + 1] - c->starts[i], width);
    }
}

// ---- >>heads -------------------------------------------------------------------------------------------------------

// features [n, in] -> out [n, embed_dim], of length 1 unless options.raw.
// The mlp head is CLIP-pytorch's: p = linear(x), then norm(p + linear(gelu(p))); its dropout is off outside of
// training.
static void clip__head_forward(clip_context *c, float *out, const float *features, const clip__head *h, size_t n) {
    float *p = c->embedding[0], *g = c->embedding[1];
    if (h->kind == CLIP__HEAD_NONE) memcpy(out, features, n * h->in * sizeof *out);
    if (h->kind == CLIP__HEAD_LINEAR) clip__linear_forward(c, out, features, &h->projection, n, NULL, CLIP__IDENTITY);
    if (h->kind == CLIP__HEAD_MLP) {
        clip__linear_forward(c, p, features, &h->projection, n, NULL, CLIP__IDENTITY);
        for (size_t i = 0; i < n * h->out; i++) g[i] = clip__activate(CLIP__GELU, p[i]);
        clip__linear_forward(c, p, g, &h->fc, n, p, CLIP__IDENTITY);
        clip__layernorm_forward(c, out, p, &h->norm, n, h->out, h->eps);
    }
    if (!c->options.raw)
        for (size_t i = 0; i < n; i++) clip__l2_normalize(out + i * h->out, out + i * h->out, h->out);
}

// ---- >>api ---------------------------------------------------------------------------------------------------------

// Lays the context out in an arena that counts or that is there; *c tells where everything is.
static void clip__context_lay_out(clip__arena *a, const clip_model *m, clip_context *c) {
    const clip_options *o = &c->options;
    const size_t workers = o->threads;
    size_t taps = 1, run = 0, longest = 0, head_width = 1, features = 0, size[4] = {0, 0, 0, 0}, border = 0;
    memset(&c->pool, 0, sizeof c->pool);
    c->max_items = 0;
    if (m->image) {
        const size_t S = m->pipeline.S;
        if (m->image == CLIP__RESNET) {
            border = 3;
            taps = 9; // of a 3 x 3 convolution with padding; the stem has 7
            clip__resnet_sizes(&m->resnet, S, size);
            for (size_t i = 0; i < m->resnet.n_blocks; i++)
                run = clip__max(run, clip__max(m->resnet.blocks[i].conv1.in, m->resnet.blocks[i].conv2.in));
            features = m->resnet.features;
            for (int i = 0; i < 4; i++) size[i] = clip__mul(size[i], o->max_batch);
        } else {
            const clip__transformer *t = &m->vit.body;
            c->image_rows = clip__mul(m->vit.T, o->max_batch);
            taps = m->vit.patch.kernel;
            longest = m->vit.T;
            head_width = t->width / t->heads;
            features = t->width;
            size[0] = size[2] = clip__mul(c->image_rows, t->width);
            size[1] = clip__mul(c->image_rows, clip__max(3 * t->width, t->mlp));
        }
        c->max_items = o->max_batch;
        c->pixels = (unsigned char *)clip__take(a, clip__mul(o->max_batch, S * S * 3), 1);
        c->picture =
            (float *)clip__take(a, clip__mul(o->max_batch, (S + 2 * border) * (S + 2 * border) * 3), sizeof(float));
    }
    if (m->text) { // short texts share the room that max_batch long ones would have
        const clip__transformer *t = &m->bert.body;
        c->text_rows = clip__mul(o->max_batch, o->max_tokens);
        c->max_items = clip__max(c->max_items, c->text_rows);
        size[0] = clip__max(size[0], clip__mul(c->text_rows, t->width));
        size[1] = clip__max(size[1], clip__mul(c->text_rows, clip__max(3 * t->width, t->mlp)));
        size[2] = clip__max(size[2], clip__mul(c->text_rows, t->width));
        longest = clip__max(longest, o->max_tokens);
        head_width = clip__max(head_width, t->width / t->heads);
        features = clip__max(features, t->width);
        c->ids = (int32_t *)clip__take(a, c->text_rows, sizeof(int32_t));
        c->mask = (unsigned char *)clip__take(a, c->text_rows, 1);
    }
    c->starts = (size_t *)clip__take(a, clip__add(c->max_items, 1), sizeof(size_t));
    for (int i = 0; i < 4; i++) c->buffer[i] = (float *)clip__take(a, size[i], sizeof(float));
    c->feature = (float *)clip__take(a, clip__mul(c->max_items, features), sizeof(float));
    for (int i = 0; i < 2; i++)
        c->embedding[i] = (float *)clip__take(a, clip__mul(c->max_items, m->embed_dim), sizeof(float));
    c->zeros = (float *)clip__take(a, run, sizeof(float));
    if (a->base) memset(c->zeros, 0, run * sizeof(float));
    c->tables = (const float ***)clip__take(a, workers, sizeof(float **));
    c->resize = (clip__resize_scratch *)clip__take(a, workers, sizeof(clip__resize_scratch));
    c->attention = (clip__attention_scratch *)clip__take(a, workers, sizeof(clip__attention_scratch));
    for (size_t w = 0; w < workers; w++) {
        const float **table = (const float **)clip__take(a, taps * CLIP__BLOCK_ROWS, sizeof(float *));
        clip__resize_scratch resize = clip__resize_scratch_take(a, m->image ? m->pipeline.S : 0);
        clip__attention_scratch attention = clip__attention_scratch_take(a, longest, head_width);
        if (!a->base) continue;
        c->tables[w] = table;
        c->resize[w] = resize;
        c->attention[w] = attention;
    }
    c->pool.workers = workers;
    c->pool.loop = o->parallel_for;
    c->pool.loop_user = o->parallel_user;
#ifdef CLIP__PTHREADS
    c->pool.threads = (clip__thread *)clip__take(a, workers - 1, sizeof(clip__thread));
#endif
}

// Checks the options, fills the defaults in, and tells how many bytes a context takes.
static clip_result clip__context_plan(const clip_model *m, const clip_options *opt, clip_error *why, clip_context *c,
                                      size_t *size) {
    clip__arena counting = {NULL, 0};
    memset(c, 0, sizeof *c);
    c->model = m;
    c->kernel = clip__kernel_pick();
    if (!m) return clip__fail(why, CLIP_ERROR_ARGUMENT, "the model is NULL");
    if (opt) c->options = *opt;
    if (c->options.threads > CLIP__MAX_THREADS || c->options.max_batch > CLIP__MAX_BATCH)
        return clip__fail(why, CLIP_ERROR_ARGUMENT, "options: %lu threads, a max_batch of %lu; at most %d and %d",
                          (unsigned long)c->options.threads, (unsigned long)c->options.max_batch, CLIP__MAX_THREADS,
                          CLIP__MAX_BATCH);
    if (c->options.max_tokens == 1)
        return clip__fail(why, CLIP_ERROR_ARGUMENT, "options: max_tokens of 1 has no room for [CLS] and [SEP]");
    if (!c->options.threads) c->options.threads = 1;
    if (!c->options.max_batch) c->options.max_batch = 4;
    if (!c->options.max_tokens || c->options.max_tokens > m->bert.context) c->options.max_tokens = m->bert.context;
    clip__take(&counting, 1, sizeof(clip_context));
    clip__context_lay_out(&counting, m, c);
    *size = clip__add(counting.used, 64); // memory of the caller's is aligned to 64 inside
    if (*size > SIZE_MAX / 2)
        return clip__fail(why, CLIP_ERROR_ARGUMENT, "options: a context this large does not fit the address space");
    return CLIP_OK;
}

CLIPDEF clip_result clip_context_size(const clip_model *model, const clip_options *opt, clip_error *why, size_t *out) {
    clip_context c;
    size_t size;
    clip_result result = clip__context_plan(model, opt, why, &c, &size);
    if (result) return result;
    if (!out) return clip__fail(why, CLIP_ERROR_ARGUMENT, "clip_context_size: out is NULL");
    *out = size;
    return CLIP_OK;
}

CLIPDEF clip_result clip_context_init(const clip_model *model, const clip_options *opt, void *memory, size_t size,
                                      clip_error *why, clip_context **out) {
    clip_context plan, *c;
    clip__arena arena;
    size_t need;
    clip_result result = clip__context_plan(model, opt, why, &plan, &need);
    if (result) return result;
    if (!memory || !out) return clip__fail(why, CLIP_ERROR_ARGUMENT, "clip_context_init: memory or out is NULL");
    if (size < need)
        return clip__fail(why, CLIP_ERROR_MEMORY, "clip_context_init: the memory has %lu bytes, %lu are needed",
                          (unsigned long)size, (unsigned long)need);
    arena.base = (unsigned char *)clip__align64(memory);
    arena.used = 0;
    c = (clip_context *)clip__take(&arena, 1, sizeof(clip_context));
    clip__context_lay_out(&arena, model, &plan);
    *c = plan;
    clip__pool_start(&c->pool);
    *out = c;
    return CLIP_OK;
}

CLIPDEF clip_result clip_context_new(const clip_model *model, const clip_options *opt, clip_error *why,
                                     clip_context **out) {
    size_t size;
    void *memory;
    clip_result result = clip_context_size(model, opt, why, &size);
    if (result) return result;
    if (!out) return clip__fail(why, CLIP_ERROR_ARGUMENT, "clip_context_new: out is NULL");
    memory = CLIP_MALLOC(size);
    if (!memory)
        return clip__fail(why, CLIP_ERROR_MEMORY, "out of memory: %lu bytes for a context", (unsigned long)size);
    result = clip_context_init(model, opt, memory, size, why, out);
    if (result) CLIP_FREE(memory);
    else (*out)->block = memory;
    return result;
}

CLIPDEF void clip_context_free(clip_context *c) {
    if (!c) return;
    clip__pool_stop(&c->pool);
    if (c->block) CLIP_FREE(c->block); // which c itself is in
}

CLIPDEF const char *clip_context_error(const clip_context *c) { return c->error.message; }

#define CLIP__CHECK(c, condition, ...)                                                                                 \
    do {                                                                                                               \
        if (!(condition)) return clip__fail(&(c)->error, __VA_ARGS__);                                                 \
    } while (0)

typedef struct clip__preprocess_job {
    const clip__pipeline *pipeline;
    const clip_image *images;
    unsigned char *pixels;
    clip__resize_scratch *scratch;
    size_t bands; // of a picture
} clip__preprocess_job;

static void clip__preprocess_task(void *arg, size_t i, size_t worker) {
    const clip__preprocess_job *j = (const clip__preprocess_job *)arg;
    const clip__pipeline *p = j->pipeline;
    const clip_image *image = &j->images[i / j->bands];
    const size_t r0 = i % j->bands * CLIP__BAND, r1 = clip__min(r0 + CLIP__BAND, p->S);
    const clip__axis across = clip__axis_make(p, image->width, image->height),
                     down = clip__axis_make(p, image->height, image->width);
    unsigned char *out = j->pixels + i / j->bands * p->S * p->S * 3;
    if (p->filter == CLIP__CV_BILINEAR) clip__resize_cv(p, image, out, r0, r1);
    else if (clip__resize_pil_down_first(&across, &down))
        clip__resize_pil_down(&j->scratch[worker], p, image, out, r0, r1);
    else clip__resize_pil(&j->scratch[worker], p, image, out, r0, r1);
}

static clip_result clip__images_check(clip_context *c, const clip_image *images, size_t n, const void *out) {
    CLIP__CHECK(c, c->model->image, CLIP_ERROR_UNSUPPORTED, "the model has no image tower");
    CLIP__CHECK(c, !n || (images && out), CLIP_ERROR_ARGUMENT, "images or the place for the result is NULL");
    for (size_t i = 0; i < n; i++) {
        clip_result result = clip__image_check(&c->model->pipeline, &images[i], i, &c->error);
        if (result) return result;
    }
    return CLIP_OK;
}

static void clip__preprocess(clip_context *c, const clip_image *images, size_t n, unsigned char *pixels) {
    clip__preprocess_job j;
    j.pipeline = &c->model->pipeline;
    j.images = images;
    j.pixels = pixels;
    j.scratch = c->resize;
    j.bands = (j.pipeline->S + CLIP__BAND - 1) / CLIP__BAND;
    clip__parallel(&c->pool, n * j.bands, clip__preprocess_task, &j);
}

CLIPDEF clip_result clip_preprocess(clip_context *c, const clip_image *images, size_t n, unsigned char *pixels) {
    clip_result result = clip__images_check(c, images, n, pixels);
    if (!result && n) clip__preprocess(c, images, n, pixels);
    return result;
}

// One turn: n up to max_batch.
static void clip__encode_pixels(clip_context *c, const unsigned char *pixels, size_t n, float *out) {
    const clip_model *m = c->model;
    clip__normalize(c->picture, pixels, &m->pipeline, n, m->image == CLIP__RESNET ? 3 : 0);
    if (m->image == CLIP__RESNET) clip__resnet_forward(c, c->feature, c->picture, &m->resnet, n, m->pipeline.S);
    else clip__vit_forward(c, c->feature, c->picture, &m->vit, n, m->pipeline.S);
    clip__head_forward(c, out, c->feature, &m->image_head, n);
}

CLIPDEF clip_result clip_encode_pixels(clip_context *c, const unsigned char *pixels, size_t n, float *out) {
    const size_t S = c->model->pipeline.S;
    CLIP__CHECK(c, c->model->image, CLIP_ERROR_UNSUPPORTED, "the model has no image tower");
    CLIP__CHECK(c, !n || (pixels && out), CLIP_ERROR_ARGUMENT, "pixels or out is NULL");
    for (size_t i = 0, turn; i < n; i += turn) {
        turn = clip__min(n - i, c->options.max_batch);
        clip__encode_pixels(c, pixels + i * S * S * 3, turn, out + i * c->model->embed_dim);
    }
    return CLIP_OK;
}

CLIPDEF clip_result clip_encode_images(clip_context *c, const clip_image *images, size_t n, float *out) {
    clip_result result = clip__images_check(c, images, n, out);
    if (result) return result;
    for (size_t i = 0, turn; i < n; i += turn) {
        turn = clip__min(n - i, c->options.max_batch);
        clip__preprocess(c, images + i, turn, c->pixels);
        clip__encode_pixels(c, c->pixels, turn, out + i * c->model->embed_dim);
    }
    return CLIP_OK;
}

// One turn: n sequences at c->starts, their ids in c->ids.
static void clip__encode_turn(clip_context *c, const unsigned char *mask, size_t n, float *out) {
    clip__bert_forward(c, c->feature, &c->model->bert, c->ids, mask, n);
    clip__head_forward(c, out, c->feature, &c->model->text_head, n);
}

CLIPDEF clip_result clip_encode_tokens(clip_context *c, const int32_t *ids, const unsigned char *mask, size_t n,
                                       size_t T, float *out) {
    const clip_model *m = c->model;
    CLIP__CHECK(c, m->text, CLIP_ERROR_UNSUPPORTED, "the model has no text tower");
    CLIP__CHECK(c, !n || (ids && out), CLIP_ERROR_ARGUMENT, "ids or out is NULL");
    CLIP__CHECK(c, !n || (T && T <= c->options.max_tokens), CLIP_ERROR_ARGUMENT,
                "%lu tokens; this context takes 1 to %lu", (unsigned long)T, (unsigned long)c->options.max_tokens);
    for (size_t i = 0; i < n; i++) {
        int seen = !mask;
        for (size_t t = 0; t < T; t++) {
            seen = seen || mask[i * T + t];
            CLIP__CHECK(c, ids[i * T + t] >= 0 && (size_t)ids[i * T + t] < m->bert.vocabulary, CLIP_ERROR_ARGUMENT,
                        "text %lu, token %lu: id %ld is not in the vocabulary of %lu", (unsigned long)i,
                        (unsigned long)t, (long)ids[i * T + t], (unsigned long)m->bert.vocabulary);
        }
        CLIP__CHECK(c, seen, CLIP_ERROR_ARGUMENT, "text %lu: its mask hides every token", (unsigned long)i);
    }
    for (size_t i = 0; i < n;) {
        const size_t first = i;
        size_t rows = 0;
        for (; i < n && rows + T <= c->text_rows; i++) {
            size_t length = T;
            while (mask && !mask[i * T + length - 1]) length--; // what nothing looks at is not computed
            memcpy(c->ids + rows, ids + i * T, length * sizeof *ids);
            if (mask) memcpy(c->mask + rows, mask + i * T, length);
            c->starts[i - first] = rows;
            rows += length;
        }
        c->starts[i - first] = rows;
        clip__encode_turn(c, mask ? c->mask : NULL, i - first, out + first * m->embed_dim);
    }
    return CLIP_OK;
}

#ifdef CLIP_TOKENIZER_H
static size_t clip__tokenize(const clip_context *c, const char *text, size_t size, int32_t *ids, size_t max) {
    return clip_tokenizer_encode(c->model->tokenizer, text, size, ids, clip__min(max, c->options.max_tokens));
}
static const char clip__no_tokenizer[] = "the model has no tokenizer";
#else
static size_t clip__tokenize(const clip_context *c, const char *text, size_t size, int32_t *ids, size_t max) {
    (void)c, (void)text, (void)size, (void)ids, (void)max;
    return 0;
}
static const char clip__no_tokenizer[] = "this build has no tokenizer: include clip_tokenizer.h before clip.h";
#endif

CLIPDEF clip_result clip_tokenize(clip_context *c, const char *text, int32_t *ids, size_t max, size_t *count) {
    CLIP__CHECK(c, c->model->text, CLIP_ERROR_UNSUPPORTED, "the model has no text tower");
    CLIP__CHECK(c, c->model->tokenizer, CLIP_ERROR_UNSUPPORTED, "%s", clip__no_tokenizer);
    CLIP__CHECK(c, text && ids && count && max >= 2, CLIP_ERROR_ARGUMENT,
                "clip_tokenize: text, ids or count is NULL, or max is below 2");
    *count = clip__tokenize(c, text, strlen(text), ids, max);
    return CLIP_OK;
}

CLIPDEF clip_result clip_encode_texts(clip_context *c, const char *const *texts, size_t n, float *out) {
    CLIP__CHECK(c, c->model->text, CLIP_ERROR_UNSUPPORTED, "the model has no text tower");
    CLIP__CHECK(c, c->model->tokenizer, CLIP_ERROR_UNSUPPORTED, "%s", clip__no_tokenizer);
    CLIP__CHECK(c, !n || (texts && out), CLIP_ERROR_ARGUMENT, "texts or out is NULL");
    for (size_t i = 0; i < n; i++) CLIP__CHECK(c, texts[i], CLIP_ERROR_ARGUMENT, "text %lu is NULL", (unsigned long)i);
    for (size_t i = 0; i < n;) {
        const size_t first = i;
        size_t rows = 0;
        for (; i < n && rows + c->options.max_tokens <= c->text_rows; i++) {
            c->starts[i - first] = rows;
            rows += clip__tokenize(c, texts[i], strlen(texts[i]), c->ids + rows, c->options.max_tokens);
        }
        c->starts[i - first] = rows;
        clip__encode_turn(c, NULL, i - first, out + first * c->model->embed_dim);
    }
    return CLIP_OK;
}

CLIPDEF float clip_similarity(const float *a, const float *b, size_t dim) {
    float aa = clip__dot(a, a, dim), bb = clip__dot(b, b, dim);
    return aa > 0 && bb > 0 ? clip__dot(a, b, dim) / (sqrtf(aa) * sqrtf(bb)) : 0;
}

// Whether score a, which came first, stands before score b.
static int clip__ranks_before(float a, float b) { return a >= b || b != b; }

CLIPDEF size_t clip_top_k(const float *index, size_t n, size_t dim, const float *query, size_t k, clip_match *out) {
    size_t found = 0;
    for (size_t i = 0; i < n && k; i++) {
        const float score = clip__dot(index + i * dim, query, dim);
        size_t at = found;
        if (found == k && clip__ranks_before(out[k - 1].score, score)) continue;
        if (found == k) at--;
        else found++;
        for (; at && !clip__ranks_before(out[at - 1].score, score); at--) out[at] = out[at - 1];
        out[at].index = i;
        out[at].score = score;
    }
    return found;
}

CLIPDEF void clip_softmax(const float *scores, size_t n, float scale, float *probabilities) {
    memmove(probabilities, scores, n * sizeof *scores);
    clip__softmax(probabilities, NULL, n, scale);
}

// The largest difference between two vectors, relative to the largest value of `want`; infinite where one is not a
// number.
static float clip__vector_error(const float *got, const float *want, size_t n) {
    float most = 0, worst = 0;
    for (size_t i = 0; i < n; i++) {
        float error = fabsf(got[i] - want[i]);
        most = fmaxf(most, fabsf(want[i]));
        worst = error <= worst ? worst : error == error ? error : INFINITY;
    }
    return most > 0 ? worst / most : worst;
}

static clip_result clip__selftest_vector(clip_context *c, const char *name, float *got, float *worst) {
    clip__tensor want;
    float error;
    clip__l2_normalize(got, got, c->model->embed_dim); // for contexts with options.raw
    CLIP__CHECK(c,
                clip__file_find_tensor(&c->model->file, name, &want) && want.type == CLIP__F32 &&
                    want.shape[0] == c->model->embed_dim && want.size == want.shape[0] * sizeof(float),
                CLIP_ERROR_FORMAT, "the file's %s is missing, or has not the length of a vector", name);
    error = clip__vector_error(got, (const float *)want.data, c->model->embed_dim);
    *worst = fmaxf(*worst, error);
    CLIP__CHECK(c, error <= 1e-4f, CLIP_ERROR_SELFTEST, "self-test: %s differs by %g of its largest value", name,
                (double)error);
    return CLIP_OK;
}

CLIPDEF clip_result clip_selftest(clip_context *c, float *worst) {
    const clip_model *m = c->model;
    const size_t S = m->pipeline.S;
    float largest = 0;
    clip__tensor t, want;
    clip_result result;
    for (size_t cursor = 0, i = 0;
         clip__little_endian() && i < m->file.n_tensors && clip__file_next_tensor(&m->file, &cursor, &t); i++)
        CLIP__CHECK(c, clip__crc32(0, t.data, (size_t)t.size) == t.crc, CLIP_ERROR_FORMAT,
                    "damaged file: the checksum of tensor %.*s is wrong", (int)t.name_size, t.name);
    CLIP__CHECK(c, m->info.selftest, CLIP_ERROR_UNSUPPORTED, "the file carries no self-test");
    if (m->image && clip__file_find_tensor(&m->file, "selftest.image", &t)) {
        clip_image image;
        image.data = (const unsigned char *)t.data;
        image.height = (size_t)t.shape[0];
        image.width = (size_t)t.shape[1];
        image.channels = (size_t)t.shape[2];
        image.stride = 0;
        CLIP__CHECK(c, t.type == CLIP__UINT8 && t.shape[3] == 1, CLIP_ERROR_FORMAT,
                    "the file's selftest.image is no picture of 8 bits");
        CLIP__CHECK(c,
                    clip__file_find_tensor(&m->file, "selftest.pixels", &want) && want.type == CLIP__UINT8 &&
                        want.size == S * S * 3,
                    CLIP_ERROR_FORMAT, "the file's selftest.pixels is missing, or has not the size of a picture");
        result = clip__images_check(c, &image, 1, c->pixels);
        if (result) return result;
        clip__preprocess(c, &image, 1, c->pixels);
        CLIP__CHECK(c, !memcmp(c->pixels, want.data, S * S * 3), CLIP_ERROR_SELFTEST,
                    "self-test: the pixels are not those of the file");
        clip__encode_pixels(c, c->pixels, 1, c->embedding[0]);
        result = clip__selftest_vector(c, "selftest.image_vector", c->embedding[0], &largest);
        if (result) return result;
    }
    if (m->text && clip__file_find_tensor(&m->file, "selftest.ids", &want)) {
        CLIP__CHECK(c,
                    want.type == CLIP__INT32 && want.shape[0] && want.shape[0] <= m->bert.context &&
                        want.size == want.shape[0] * sizeof *c->ids,
                    CLIP_ERROR_FORMAT, "the file's selftest.ids are no text of at most %lu tokens",
                    (unsigned long)m->bert.context);
        CLIP__CHECK(c, want.shape[0] <= c->options.max_tokens, CLIP_ERROR_ARGUMENT,
                    "the self-test has %lu tokens, this context takes %lu", (unsigned long)want.shape[0],
                    (unsigned long)c->options.max_tokens);
        if (m->tokenizer && clip__file_find_tensor(&m->file, "selftest.text", &t)) {
            const size_t count = clip__tokenize(c, (const char *)t.data, (size_t)t.size, c->ids, c->options.max_tokens);
            CLIP__CHECK(c, count * sizeof *c->ids == want.size && !memcmp(c->ids, want.data, (size_t)want.size),
                        CLIP_ERROR_SELFTEST, "self-test: the token ids are not those of the file");
        }
        result = clip_encode_tokens(c, (const int32_t *)want.data, NULL, 1, (size_t)want.shape[0], c->embedding[0]);
        if (result) return result;
        result = clip__selftest_vector(c, "selftest.text_vector", c->embedding[0], &largest);
        if (result) return result;
    }
    if (worst) *worst = largest;
    return CLIP_OK;
}

CLIPDEF const char *clip_result_string(clip_result result) {
    switch (result) {
    case CLIP_OK: return "success";
    case CLIP_ERROR_ARGUMENT: return "an argument is NULL or out of its range";
    case CLIP_ERROR_MEMORY: return "out of memory";
    case CLIP_ERROR_IO: return "a file can't be opened, read or written";
    case CLIP_ERROR_FORMAT: return "not a .clip file, or a damaged one";
    case CLIP_ERROR_VERSION: return "a .clip of a version that this build does not know";
    case CLIP_ERROR_SHAPE: return "a tensor is missing or has another shape";
    case CLIP_ERROR_UNSUPPORTED: return "not in this model, or not in this build";
    case CLIP_ERROR_SELFTEST: return "this build does not compute what the file's author computed";
    }
    return "unknown result";
}

CLIPDEF const char *clip_isa_name(const clip_context *c) { return c->kernel->isa; }

CLIPDEF int clip_version(void) { return CLIP_VERSION; }

#endif // CLIP_IMPLEMENTATION

// CHANGELOG
//     0.1.0  encoders (ResNet, ViT, BERT, DistilBERT) in f32, heads, preprocessing, the .clip file, version 1
//
// Public domain (Unlicense) or MIT, whichever you prefer. See LICENSE.
