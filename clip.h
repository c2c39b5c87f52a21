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
//         float words[1024], picture[1024];
//         const char *text = "a red roof under a blue sky";
//         clip_image image = {rgb, 2, 2, 3, 0};
//         if (clip_model_load("model.clip", NULL, &why, &model)) return puts(why.message), 1;
//         if (clip_embed_dim(model) > 1024) return puts("this model's vectors are longer"), 1;
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
//     Search pictures by words, label pictures with words, find pictures like a picture, and teach a model to do so
//     from photos and captions: without Python, BLAS or a network, in a product, on a small machine, or in front of a
//     class. Image towers: ResNet 18 to 152, ViT, CLIP's and SigLIP's. Text towers: CLIP's, SigLIP's, BERT,
//     DistilBERT. Each may end in a projection head.
//     Vectors, losses and gradients are those of PyTorch.
//
// SHAPES, as comments write them
//     n           pictures or texts in a call        S       side of the picture that the image tower takes
//     T           tokens of one text or picture      width   numbers a token is made of inside a tower
//     rows        tokens of all of them together     heads   attention heads; each sees width / heads numbers
//     embed_dim   length of the vectors that come out        [rows, columns] is row-major; images are [y, x, channel]
//
// MACROS, before the include that has CLIP_IMPLEMENTATION
//     CLIP_STATIC                   every function static: a private copy in one file
//     CLIP_MALLOC(n), CLIP_FREE(p)  the allocator, both or neither; default malloc and free. As free does, CLIP_FREE
//                                   takes NULL
//     CLIP_NO_THREADS               no pthreads: one thread, or the caller's own parallel_for. Compilers other than gcc
//                                   and clang always build so
//     CLIP_NO_STDIO                 no files: models come by clip_model_load_memory
//     CLIP_NO_MMAP                  files are read into memory instead of mapped
//     CLIP_NO_BPE                   of clip_tokenizer.h: WordPiece only; texts of a model with BPE are refused
//     CLIP_NO_SIMD                  plain C only. Otherwise AVX2, AVX-512 with its VNNI and BF16, AMX or NEON are used
//                                   where the CPU and the operating system have them, without compiler flags (AVX-VNNI,
//                                   BF16 and AMX: by gcc from 11, clang from 12). Linux is asked for AMX by a system
//                                   call, whose answer holds for the whole process: options.isa "avx512bf16" asks not
//     CLIP_TAPS                     how many pixels side by side may become one when a picture is resized, 6 and up;
//                                   each takes 8 bytes of a context for each thread. Default 65536; 256 is enough for
//                                   what cameras make, and gives the same bits
//     CLIP_FILE                     what this file is called if not "clip.h": for SIMD it includes a part of itself
//
// ERRORS
//     Every call that can fail returns a clip_result, 0 for success. Outputs are written on success only. The sentence
//     for people ("tensor image.norm.weight: expected [768], file has [512]") waits in the clip_error that load and
//     create take, and in clip_context_error afterwards. Nothing is printed, nothing exits, no environment is read.
//     A NULL where there must be something, and a size that no array has, are CLIP_ERROR_ARGUMENT; what returns no
//     clip_result then does nothing, and returns 0, "", NULL or zeros.
// MEMORY
//     Is taken in clip_model_load, clip_context_new, clip_trainer_new and clip_explainer_new; for a moment in
//     clip_trainer_size, for the table of a file while a trainer is saved or exported, and for a checkpoint that can't
//     be mapped while it is resumed. clip_context_size tells how much a context takes, clip_context_init works in
//     memory of the caller's, clip_trainer_size tells what a trainer takes. Weights stay in the mapped file and are
//     used where they are; a trainer has a copy of them. A context works on max_batch pictures or texts at a time: more
//     take no more memory, and are not faster.
//     Nothing static is written. No function calls itself, no array has a variable length, and no call takes more than
//     32 KB of stack where the compiler optimises (tests/torture/embedded.sh).
// THREADS
//     A model does not change after loading and is shared by any number of contexts. A context belongs to one thread at
//     a time; with clip_options.threads it brings its own helpers.
// DETERMINISM
//     The same picture or text gives the same bits, whatever stands beside it in the call, and with any number of
//     threads: every sum has one order, and no sum is split between threads. So does a training, and one that was
//     resumed from a checkpoint gives the bits of one that never stopped.
// NUMBERS
//     Are those of IEEE 754, rounded to the nearest: the header refuses -ffast-math. A thread that sets its CPU to
//     flush denormals to 0 does so before it makes contexts, whose helpers inherit it. Nothing here does so but the
//     CPU's own products of bf16. Two compilers may differ in the last bits, since each contracts a * b + c in other
//     places (-ffp-contract=off: nowhere); in int8 and q4 that can reach the third decimal.
//     A vector of zeros stays zeros, as in PyTorch's F.normalize; any other of finite numbers comes to length 1,
//     however small or large they are. Pixels are bytes, and what stands in a file's keys is checked at load, so that a
//     NaN or an infinity can come from weights alone, or from equal numbers in a norm whose eps is 0. It is not hidden:
//     the vectors that it has a part in become all NaN, on every CPU and in every type, and no bit changes in those
//     beside them. To encode them is no error; v[0] != v[0] tells, and clip_selftest fails. A NaN ranks last in
//     searches and is never found in clip_recall. A training step that meets one is refused with CLIP_ERROR_NUMBER, as
//     is a map.
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
//          1   type: 0 f32, 1 f16, 2 bf16, 3 f64, 4 int8, 5 uint8, 6 int16, 7 int32, 8 int64, 9 bool, and 10 q8, 11 q4:
//              integers of 8 and 4 bits with scales
//          1   layout: 0 row-major as the shape says, 1 panels
//          1   source type: what it was where it came from, the same numbers as type
//          1   turned: 1 if the source has the matrix turned round, as [in, out]
//         32   shape: 4 numbers of 8 bytes; a tensor of fewer dimensions ends in ones
//          8   offset of its bytes in the file, a multiple of 64
//          8   size in bytes
//          4   CRC-32 of its bytes
//          4   zero
//          -   the name, then the source: the names that it had where it came from, divided by line feeds; several
//              names mean that so many equal parts were joined along the first dimension, and a name that comes several
//              times in a row, that one tensor of the source was so many of the parts
//     Tensors lie in the order of the table, each from the next multiple of 64 on, and do not overlap. Bytes between
//     are zero.
//     Panels: a weight [out, in] or [out, in, kh, kw] is the matrix W[k][column] with column = out and k = in, or
//     k = (y * kw + x) * in_channels + channel. It is stored in panels of 16 columns, the last one filled up with
//     zeros: value W[k][column] stands at position ((column / 16) * K + k) * 16 + column % 16. See >>gemm for why.
//     Of the narrower types, g numbers of a column stand together, so that a panel is made of steps of 64 bytes, g
//     numbers of each of 16 columns: g is 2 for f16 and bf16, 4 for q8, 8 for q4 (the first in the lowest 4 bits). The
//     kw * in numbers of one row of a window are filled up with zeros (of q4: 8) to a multiple of g; those of a
//     convolution over more than three channels, and of a linear layer, are one already. Behind the steps stand
//     q8         16 scales, f32, then 16 int32, the sums of each column's numbers; W = number * scale, -127 to 127
//     q4         for each 32 numbers of a row of a window (or fewer, the last) 16 scales, f16; W = (number - 8) scale
//     Rows of q8 (of text.tokens): one scale a row, f32, for all rows, and then the numbers, a byte each. Rows of q4:
//     for each 32 numbers of a row a scale, f16, for all rows; then the numbers, two a byte (the first in the lowest
//     4 bits), each row from a byte of its own on.
//     Keys and tensors that a reader does not know are skipped. It refuses an S above 4,096, a patch above 256, more
//     than 1,024 layers, 65,536 tokens or numbers in width, mlp or embed_dim, and reals above 1e6 (an std below 1e-6).
//     What this version knows:
//     image.tower    "vit" or "resnet"; without the key there is no image tower
//     image.size     S: pictures are resized to S x S
//     image.resize   "stretch" (both sides to S) or "short" (the short side to S, then the middle S x S)
//     image.short    integer, with "short": what the short side is brought to before the crop, at least S; absent: S
//     image.crop     with "short": "half_even" (the middle as torchvision rounds it; so too without the key) or "floor"
//     image.filter   "bilinear" or "bicubic" as PIL does it (antialiased), "cv-bilinear" as OpenCV's INTER_LINEAR
//     image.mean     3 reals; a pixel p of 0..255 enters as (p / 255 - mean) / std
//     image.std      3 reals
//     image.eps      real: epsilon of the tower's norms
//     image.width, image.layers, image.heads, image.mlp, image.patch      integers, for vit
//     image.activation   vit: "gelu" (erf), "gelu_tanh", "quick_gelu" or "relu"
//     image.pool     vit: "cls", "mean" (over the patches) or "attention" (SigLIP's: one learnt query)
//     image.norm     vit: "before" or "after" pooling
//     image.block    resnet: "basic" or "bottleneck"
//     image.depths   resnet: 4 integers, blocks per stage
//     image.variant  resnet: "torchvision" (so too without the key), or "clip": a stem of three convolutions, steps by
//                    averaging, and pooling by attention with image.heads (Radford et al. 2021, 2.4)
//     image.head     "none", "linear" or "mlp" (x = linear(in); norm(x + linear(gelu(x))): CLIP-pytorch's head)
//     image.head.eps real: epsilon of the mlp head's norm
//     text.tower     "bert" (DistilBERT too: it is BERT without text.types) or "clip" (norms before, not after);
//                    without the key there is no text tower
//     text.context   most tokens of a text, with [CLS] and [SEP]
//     text.width, text.layers, text.heads, text.mlp, text.activation, text.eps, text.head, text.head.eps: as for images
//     text.pool      "cls", "mean", "end" (the first token text.end, an integer), "highest" (the first of the highest
//                    id: OpenAI's way to the end token) or "last" (of text.context tokens: a shorter text is filled up
//                    with the token text.pad, an integer)
//     text.causal    clip: 1 if a token sees only itself and those before it
//     tokenizer.kind     "wordpiece" or "bpe"; the tensor tokenizer.vocab, uint8, has a token a line, by id
//     tokenizer.cased    wordpiece: 1 if the text keeps its case and accents
//     tokenizer.cleaning bpe: "openai" or "huggingface"; see clip_tokenizer.h. tokenizer.merges, uint8, by rank
//     tokenizer.normalized   bpe, with "huggingface": 1 if <|startoftext|>, plus 2 if <|endoftext|>, is found in any
//                        case in a text; so none without the key
//     tokenizer.pad      bpe: the id that texts are filled up with
//     source.shapes      integers, for giving the source back: for each tensor that has a source, in the table's order,
//                        how many dimensions it had there, then their sizes, of one part where several were joined
//     and the tensors (W: panels, in f32, f16, bf16, q8 or q4; all others row-major and f32, text.tokens of all these
//     types; of a norm: weight, bias; a batch norm has mean and var too; the .bias of a W may be absent, but for the
//     pooler's):
//     vit        image.patch.weight W [width, 3, patch, patch], .bias, image.class [width] (may be absent),
//                image.positions [T, width], image.norm_pre.weight / .bias (before the blocks; may be absent), blocks,
//                image.norm.weight / .bias
//     attention  of image.pool: image.pool.qkv.weight W [3 width, width], .bias; for a vit image.pool.probe [width],
//                .proj.weight W [width, width], .bias, .norm.*, .fc1.weight W, .bias, .fc2.weight W, .bias; for a
//                resnet image.pool.positions [T, width]
//     bert       text.tokens [vocabulary, width], text.positions [at least context, width], text.types [2, width] (may
//                be absent), text.norm.weight / .bias, blocks
//     clip       text.tokens, text.positions, blocks, text.norm.weight / .bias
//     blocks     TOWER.blocks.N.: norm1.*, attn.qkv.weight W [3 width, width], attn.qkv.bias, attn.proj.weight W,
//                attn.proj.bias, norm2.*, mlp.fc1.weight W [mlp, width], mlp.fc1.bias, mlp.fc2.weight W [width, mlp],
//                mlp.fc2.bias
//     resnet     image.stem.conv.weight W [64, 3, 7, 7], image.stem.norm.* (variant clip: .conv1.weight W [., 3, 3, 3],
//                .norm1.*, .conv2, .norm2, .conv3, .norm3), and for stage N, block M, from 0:
//                image.stages.N.M.conv1.weight W, .norm1.*, .conv2.weight, .norm2.*, .conv3.weight, .norm3.*
//                (bottleneck), .shortcut.conv.weight, .shortcut.norm.* (where the shape changes)
//     heads      TOWER.pooler.weight W [width, width], .bias (both may be absent: tanh of it comes first),
//                TOWER.head.projection.weight W [embed_dim, width], .bias, and for mlp TOWER.head.fc.weight W, .bias,
//                TOWER.head.norm.weight, .bias
//     selftest   selftest.image uint8 [height, width, 3], selftest.pixels uint8 [S, S, 3], selftest.image_vector f32
//                [embed_dim], selftest.text uint8, selftest.ids int32, selftest.text_vector f32: inputs and what must
//                come of them (selftest.text is absent where there is no tokenizer). The two vectors are computed by
//                the machine that converts, by its own exp and erf; all else in a file is the same bytes wherever the
//                same source is converted, and so is what is exported from it
//     logit_scale, logit_bias [1]    (may be absent) what a loss has learnt: a logarithm, and what is added to logits
//     A checkpoint of a training is such a file with more in it:
//     train.state    key of integers: loss, optimizer, updates, calls, epochs without progress, then the bits of reals:
//                    best loss, factor of the rates, norm of the last gradient; last what is frozen
//     train.first:NAME, train.second:NAME    f32, the optimizer's moments of tensor NAME, in its layout
//     train.user     uint8, whatever the trainer's caller wanted to keep
//     extra.*    tensors of the source that no tower needs (a classifier, counters), kept so that it can be given back
//                whole
#ifndef CLIP_H
#define CLIP_H

#include <stddef.h>
#include <stdint.h>

#define CLIP_VERSION_MAJOR 1
#define CLIP_VERSION_MINOR 0
#define CLIP_VERSION_PATCH 0
#define CLIP_VERSION (CLIP_VERSION_MAJOR * 10000 + CLIP_VERSION_MINOR * 100 + CLIP_VERSION_PATCH)

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
    CLIP_ERROR_SELFTEST,    // this build does not compute what the file's author computed
    CLIP_ERROR_NUMBER       // a loss, a gradient or a map is not of finite numbers
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
    size_t threads;                  // at once, up to 256; 0 means 1. Above 1 a pool of pthreads is started, unless:
    clip_parallel_for *parallel_for; // the caller's own loop, used instead of the pool, for `threads` pieces at a time
    void *parallel_user;             // its first argument
    size_t max_batch;  // up to 65,536 at once, 0 means 8, or 4 pictures of a resnet; longer lists go in turns
    size_t max_tokens; // longer texts are cut to so many tokens, 2 and up; 0, or too many, or where texts are filled up
                       // ("last"), means the model's own context
    int raw;           // 1: vectors are left as the heads give them, not brought to length 1
    const char *isa;   // the best vector unit to use, of those that clip_isa_name tells; NULL: whatever the CPU has
    // For models from strangers: a small file may ask for much. What would be above these is refused; 0 means no limit.
    size_t max_memory; // bytes of a context, or of an explainer
    double max_work;   // multiplications of a picture, or of a text of max_tokens: 2e11 lets ViT-L/14 at 336 through
} clip_options;

// What the file says. The strings live as long as the model. A tower that is not there has tower == NULL.
typedef struct clip_tower_info {
    const char *tower;      // "vit", "resnet"; "bert", "clip"
    const char *head;       // "none", "linear", "mlp"
    const char *pool;       // "cls", "mean", "attention", "end", "highest", "last"; "" for a mean of pixels
    const char *activation; // "gelu", "gelu_tanh", "quick_gelu", "relu"
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
    const char *tokenizer; // "wordpiece", "bpe", or NULL
    int cased;
    int has_logit_scale, has_logit_bias;
    double logit_scale, logit_bias; // a logit is exp(logit_scale) * cosine + logit_bias; 0 where the file has none
    size_t tensors, file_size;
    int selftest; // 1 if the file carries one
} clip_model_info;

// -- model --

// Opens the model file `path`. `opt` of clip_model_load is reserved and must be NULL. On failure *why (may be NULL)
// says what is wrong, and *out is not touched. The file's table is checked whole; the checksums of the weights are left
// to clip_selftest, so that loading touches no page that is not needed.
// The file is mapped, where that can be done, and must stay as it is until clip_model_free. To be replaced by a rename,
// or removed, does no harm: the model keeps the file that it opened. But what is written into that file changes the
// vectors, and if it is cut short, or its disk fails, reading a weight ends the process with SIGBUS. Whoever can't
// exclude that defines CLIP_NO_MMAP, or reads the file for clip_model_load_memory; clip_selftest then checks what was
// read. Errors: ARGUMENT, IO, MEMORY, FORMAT, VERSION, SHAPE, UNSUPPORTED (also under CLIP_NO_STDIO).
CLIPDEF clip_result clip_model_load(const char *path, const void *opt, clip_error *why, clip_model **out);

// The same from `size` bytes at `data` (aligned to 4), which must stay as they are until clip_model_free.
CLIPDEF clip_result clip_model_load_memory(const void *data, size_t size, const void *opt, clip_error *why,
                                           clip_model **out);

// After all of its contexts are freed. NULL is allowed.
CLIPDEF void clip_model_free(clip_model *model);

// What the file says of itself; zeros where the model is NULL.
CLIPDEF void clip_model_get_info(const clip_model *model, clip_model_info *out);

// The length of the vectors that clip_encode_* writes.
CLIPDEF size_t clip_embed_dim(const clip_model *model);

// -- context --

// How many bytes a context with these options takes (opt NULL: the defaults). Errors: ARGUMENT (an option out of range,
// too large, above max_memory or max_work).
CLIPDEF clip_result clip_context_size(const clip_model *model, const clip_options *opt, clip_error *why, size_t *out);

// Makes a context; the only allocation, of exactly clip_context_size bytes. Errors: ARGUMENT, MEMORY. A thread that
// can't be started makes it slower, not wrong.
CLIPDEF clip_result clip_context_new(const clip_model *model, const clip_options *opt, clip_error *why,
                                     clip_context **out);

// The same in `size` bytes at `memory`, which belong to the caller and are aligned as malloc aligns. Errors: ARGUMENT
// (too few bytes, too).
CLIPDEF clip_result clip_context_init(const clip_model *model, const clip_options *opt, void *memory, size_t size,
                                      clip_error *why, clip_context **out);

// Stops its threads, and gives back the memory of clip_context_new. NULL is allowed.
CLIPDEF void clip_context_free(clip_context *c);

// The sentence about the last call that failed on this context, "" before the first.
CLIPDEF const char *clip_context_error(const clip_context *c);

// Checks the checksum of every tensor, then computes what the file carries as its self-test and compares: token ids and
// pixels must be equal, vectors within 1e-4 of the largest value, or 0.05 where weights are narrower than f32, whose
// rounding differs between CPUs; a NaN, here or in the file, is a difference. *worst (may be NULL) is the largest error
// found, relative to that.
// Errors: SELFTEST (says where), FORMAT (a checksum), UNSUPPORTED (the file carries none), ARGUMENT (options.max_tokens
// is too small).
CLIPDEF clip_result clip_selftest(clip_context *c, float *worst);

// -- encode: n of 0 is allowed and does nothing; `out` [n, embed_dim] gets vectors of length 1 (or raw, by option). See
// NUMBERS for zeros and NaNs. An n whose arrays would be larger than the address space is an ARGUMENT. --

// Pictures of any size from 1x1, resized, cropped and normalised as the model's file says.
// Errors: ARGUMENT (a NULL, a side of 0 or above 2^24, channels not 1..4, a stride below a row or beyond the address
// space; a picture so wide that the filter spans more than CLIP_TAPS of its pixels), UNSUPPORTED (no image tower).
// `out` is then as it was.
CLIPDEF clip_result clip_encode_images(clip_context *c, const clip_image *images, size_t n, float *out);

// Pictures that have the model's size already: pixels [n, S, S, 3], 8-bit RGB. Errors: ARGUMENT (a NULL), UNSUPPORTED.
CLIPDEF clip_result clip_encode_pixels(clip_context *c, const unsigned char *pixels, size_t n, float *out);

// The first half of clip_encode_images alone: pixels [n, S, S, 3], 8-bit RGB, as the model sees them before mean and
// std. Errors: its own.
CLIPDEF clip_result clip_preprocess(clip_context *c, const clip_image *images, size_t n, unsigned char *pixels);

// Texts in UTF-8, 0-terminated, of any length; what goes beyond the model's context is cut off. Bytes that are not
// UTF-8 read as U+FFFD. An empty text is its start and its end ([CLS] [SEP]). Needs clip_tokenizer.h, included before
// clip.h in the file with CLIP_IMPLEMENTATION.
// Errors: ARGUMENT (a NULL), UNSUPPORTED (no text tower, no tokenizer in the model or in this build).
CLIPDEF clip_result clip_encode_texts(clip_context *c, const char *const *texts, size_t n, float *out);

// Token ids [n, T] with mask [n, T]: 1 where there is a token, 0 where not (mask NULL: everywhere). Hidden ids behind
// the last token change no bit. Those before it have no weight in attention (a NaN in their embedding shows all the
// same, as in PyTorch), but pooling looks at them, as in transformers: "cls" takes the first place, "end" and "highest"
// look at all ids.
// Errors: ARGUMENT (a NULL, T of 0 or above the context, an id outside the vocabulary, a row without a token),
// UNSUPPORTED.
CLIPDEF clip_result clip_encode_tokens(clip_context *c, const int32_t *ids, const unsigned char *mask, size_t n,
                                       size_t T, float *out);

// The ids of one text as clip_encode_texts would use them, at most `max` (2 and up) of them and no more than the
// context's max_tokens, in ids; their number in *count. Errors: ARGUMENT (a NULL, max below 2), UNSUPPORTED.
CLIPDEF clip_result clip_tokenize(clip_context *c, const char *text, int32_t *ids, size_t max, size_t *count);

// -- compare --

// Cosine of a and b [dim], -1 to 1; 0 if either has no length, NaN if either has a NaN or an infinity. Of any size.
CLIPDEF float clip_similarity(const float *a, const float *b, size_t dim);

typedef struct clip_match {
    size_t index; // row in the index
    float score;  // dot product with the query
} clip_match;

// The k best rows of index [n, dim] for query [dim] by dot product (the cosine, if all have length 1), best first,
// equal scores by row, scores that are not numbers last, they too by row. Writes min(k, n) matches, returns how many.
CLIPDEF size_t clip_top_k(const float *index, size_t n, size_t dim, const float *query, size_t k, clip_match *out);

// Vectors in less room than f32 takes: an index of a million, say, that lies in a mapped file.
typedef enum clip_index_type { CLIP_INDEX_F32, CLIP_INDEX_F16, CLIP_INDEX_INT8 } clip_index_type;

typedef struct clip_index {
    clip_index_type type;
    size_t n, dim;
    const void *rows;    // [n, dim] numbers of 4, 2 or 1 bytes in the host's order, at a multiple of their size
    const float *scales; // [n] of int8: a number is its integer times the row's scale; else not looked at
} clip_index;

// Brings vectors [n, dim] to rows [n, dim] of a type, and scales [n] of int8: the largest number becomes 127. Numbers
// beyond 65,504, infinities too, have no place in f16 and become that. A NaN stays one; in int8 it or an infinity makes
// the row's scale a NaN, and so its scores.
CLIPDEF void clip_index_pack(clip_index_type type, const float *vectors, size_t n, size_t dim, void *rows,
                             float *scales);

// clip_top_k over such an index, by all threads of the context's pool: each row is looked at, and its numbers times
// those of the query are added up in f32. The same bits for any number of threads, and NaNs last. Writes min(k, n)
// matches, and how many to *found. Errors: ARGUMENT (a NULL, a dim of 0, a type that is none, an index beyond the
// address space).
CLIPDEF clip_result clip_search(clip_context *c, const clip_index *index, const float *query, size_t k, clip_match *out,
                                size_t *found);

// probabilities[i] = exp(scale * scores[i]) / sum over j, for any finite scores and scale: worked out in f64, so that
// no product is too large. In place is allowed. A score of -inf gives 0; a NaN, +inf, or nothing but -inf, gives NaN
// for all, as in PyTorch.
CLIPDEF void clip_softmax(const float *scores, size_t n, float scale, float *probabilities);

// -- train --
// A trainer holds a copy of a model's weights that changes, their gradients and the optimizer's memory. It belongs to
// one thread at a time, as a context does; its results are the same bits for any number of threads.

typedef enum clip_loss { // T, I [n, embed_dim]: the vectors of a batch's texts and pictures; row i of both is a pair
    CLIP_LOSS_SOFT,      // CLIP-pytorch: vectors as the heads give them; L = T I^T / temperature,
                         // targets G = softmax((I I^T + T T^T) / 2 * temperature) row by row;
                         // the mean over i of (-sum_j G_ij log softmax(L)_ij - sum_j G_ji log softmax(L^T)_ij) / 2
    CLIP_LOSS_INFONCE,   // Radford et al. 2021, fig. 3: vectors of length 1; L = exp(logit_scale) T I^T; mean of both
                         // directions' cross entropies. Pairs of one picture are positives of each other, each with
                         // the same share of the target. An update leaves logit_scale at ln 100 or less, in float.
    CLIP_LOSS_TRIPLET,   // VSE++ (Faghri et al. 2017): vectors of length 1; s = T I^T; the mean over i of
                         // max(0, margin + max_j s_ij - s_ii) + max(0, margin + max_j s_ji - s_ii), j of other pictures
    CLIP_LOSS_SIGLIP     // Zhai et al. 2023: vectors of length 1; L = exp(logit_scale) T I^T + logit_bias;
                         // -1/n sum_ij log sigmoid(z_ij L_ij), z = 1 where i and j share a picture, else -1
} clip_loss;

typedef enum clip_optimizer {
    CLIP_ADAMW, // Loshchilov and Hutter 2017: the decay acts on the weights
    CLIP_ADAM,  // Kingma and Ba 2014: the decay is added to the gradient
    CLIP_SGD    // with momentum and, if asked for, Nesterov's; the decay is added to the gradient
} clip_optimizer;

typedef enum clip_schedule {
    CLIP_CONSTANT, // the rates as given, after the warm-up
    CLIP_COSINE,   // after the warm-up, down to 0 at total_steps along half a cosine
    CLIP_PLATEAU   // times `factor` when clip_trainer_plateau has heard of no progress for more than `patience` times
} clip_schedule;

enum { CLIP_IMAGE_TOWER, CLIP_TEXT_TOWER, CLIP_HEADS }; // the groups: towers without heads; heads, logit_scale and bias

typedef struct clip_train_options { // all zero is the default; a NaN is out of the range of any
    clip_loss loss;
    double temperature; // of the soft loss, up to 1e6, as the next two; 0 means 1
    double margin;      // of the triplet loss; 0 means 0.2
    double align;       // of all but the soft loss: so many times the mean over i of 1 - s_ii is added, which ends at
                        // nothing short of equal vectors (Wang and Isola 2020); 0 means that it is not
    clip_optimizer optimizer;
    double rate[3];      // of each group, up to 1e6; 0 means 1e-4, 1e-5, 1e-3
    double decay[3];     // of each group, 0 to 1e6
    int no_decay_1d;     // 1: norms and biases, everything with one dimension, go without decay
    double momentum;     // SGD, 0 to below 1
    int nesterov;        // SGD
    double beta1, beta2; // Adam, below 1; 0 means 0.9 and 0.999
    double eps;          // Adam, up to 1; 0 means 1e-8
    double clip_norm;    // gradients whose norm, all together, is larger are brought to it; 0 means never
    clip_schedule schedule;
    uint64_t warmup_steps, total_steps; // the rate climbs in equal steps to its height in warmup_steps
    double factor;                      // plateau, up to 1; 0 means 0.8
    size_t patience;                    // plateau
    int freeze[2];         // image tower, text tower: nothing in it changes, batch norms' statistics neither
    int freeze_statistics; // batch norms of a tower that is trained use their running statistics and leave them alone
    double dropout;        // of what the second layer of an mlp head gives, 0 to below 1
    uint64_t seed;         // of dropout
    int bf16; // 1: the products with weights, forward and backward, are of bf16 where the CPU has them; what they
              // add up to, weights, gradients and the optimizer stay f32
    size_t max_batch;   // most pairs of a step, up to 65,536; 0 means 32
    size_t micro_batch; // pairs whose activations are kept at once; 0 means max_batch. If it is less, the gradients of
                        // the whole batch's loss come by way of Gao et al. 2021 (gradient caching): the towers run
                        // twice, in the memory of micro_batch. Batch norms then see micro-batches.
    size_t max_tokens;  // of a text; 0 means the model's context
    size_t threads;     // as in clip_options, as are the next two
    clip_parallel_for *parallel_for;
    void *parallel_user;
} clip_train_options;

// n pairs of a picture and a text. A frozen tower's side may be given as features instead: see clip_trainer_features.
typedef struct clip_batch {
    size_t n;
    const unsigned char *pixels; // [n, S, S, 3] as clip_preprocess makes them, or
    const float *image_features; // [n, width of the image tower]
    const int32_t *ids;          // [n, T] with
    const unsigned char *mask;   // [n, T] 1 where there is a token (NULL: everywhere), or
    size_t T;
    const float *text_features; // [n, width of the text tower]
    const size_t *pictures;     // [n] which picture each pair has: pairs with the same number are positives of each
                                // other. NULL: all are different
} clip_batch;

typedef struct clip_trainer clip_trainer;

typedef struct clip_trainer_info {
    uint64_t step;              // updates so far
    double rate[3];             // of the next update, by group
    double logit_scale;         // the learnt one's logarithm, as the loss uses it; 0 where the loss has none
    double logit_bias;          // SigLIP's
    double gradient_norm;       // of the last update, before clipping
    size_t parameters, trained; // numbers in the model; those that change
    size_t image_width, text_width;
    size_t memory; // bytes
} clip_trainer_info;

// How many bytes a trainer takes, and the trainer itself. The model is copied and may be freed. A model without
// logit_scale gets one where the loss has it: ln(1 / 0.07) for InfoNCE, ln(10) and a bias of -10 for SigLIP.
// Errors: ARGUMENT (options), UNSUPPORTED (a model without both towers, or whose weights are not f32), MEMORY.
CLIPDEF clip_result clip_trainer_size(const clip_model *model, const clip_train_options *opt, clip_error *why,
                                      size_t *out);
CLIPDEF clip_result clip_trainer_new(const clip_model *model, const clip_train_options *opt, clip_error *why,
                                     clip_trainer **out);
CLIPDEF void clip_trainer_free(clip_trainer *t); // NULL is allowed
CLIPDEF const char *clip_trainer_error(const clip_trainer *t); // as clip_context_error
CLIPDEF void clip_trainer_get_info(const clip_trainer *t, clip_trainer_info *out);

// A context that encodes with the weights as they are at the moment, without dropout; it lives as long as the trainer.
CLIPDEF clip_context *clip_trainer_context(clip_trainer *t);

// What the towers give before the heads, for whatever of pixels and ids the batch has: image [n, image_width], text
// [n, text_width]; either may be NULL. n may be above max_batch. Worth keeping for a frozen tower. Errors: ARGUMENT
// (the batch).
CLIPDEF clip_result clip_trainer_features(clip_trainer *t, const clip_batch *batch, float *image, float *text);

// One update: gradients of the batch, then clip_trainer_update. *loss (may be NULL) is the loss before the update.
// Errors: ARGUMENT (the batch), UNSUPPORTED (features for a tower that is trained), and NUMBER: a loss or a gradient
// that is not finite; the message names the first such tensor. The weights and the optimizer are then as they were.
CLIPDEF clip_result clip_trainer_step(clip_trainer *t, const clip_batch *batch, double *loss);

// The two halves of a step: the first may be called several times, on batches of their own loss, before the second
// makes one update of the mean of their gradients. NULL instead of a batch drops what has been gathered, and so does a
// batch that ends in CLIP_ERROR_NUMBER.
CLIPDEF clip_result clip_trainer_gradients(clip_trainer *t, const clip_batch *batch, double *loss);
CLIPDEF clip_result clip_trainer_update(clip_trainer *t); // ARGUMENT if nothing is gathered

// The vectors, of length 1, of whatever the batch has: image [n, embed_dim], text [n, embed_dim]; either may be NULL.
// n may be above max_batch. Features may be given for a trained tower too, as for clip_trainer_evaluate. NaNs are no
// error.
CLIPDEF clip_result clip_trainer_encode(clip_trainer *t, const clip_batch *batch, float *image, float *text);

// The loss alone: no dropout, running statistics, nothing changes. Features may be given for a trained tower too, if
// they are of its weights as they are. Errors: as for clip_trainer_step, NUMBER too.
CLIPDEF clip_result clip_trainer_evaluate(clip_trainer *t, const clip_batch *batch, double *loss);

// For CLIP_PLATEAU, after each epoch: the number (a loss: lower is better) that shows whether there is progress.
// Progress is below the best so far by more than 1e-4 of it, as PyTorch's ReduceLROnPlateau has it; a NaN is none.
CLIPDEF void clip_trainer_plateau(clip_trainer *t, double loss);

// A checkpoint is a .clip that any program can read, as clip_trainer_export writes it, with the optimizer, the schedule
// and the step in further tensors and keys, and `user` [user_size] for what the caller wants to find again. It is
// written under another name, flushed, and renamed. Resuming needs a trainer of the same model and the same options;
// checksums are verified, and on an error the trainer is as it was. *user_size is the bytes that the checkpoint has for
// the user; the first `max` are copied.
// Errors: IO, MEMORY, FORMAT, SHAPE (another model, loss, optimizer or other frozen towers).
CLIPDEF clip_result clip_trainer_save(clip_trainer *t, const char *path, const void *user, size_t user_size);
CLIPDEF clip_result clip_trainer_resume(clip_trainer *t, const char *path, void *user, size_t max, size_t *user_size);

// Writes the model alone, with a new self-test where it had one. Errors: IO, MEMORY.
CLIPDEF clip_result clip_trainer_export(clip_trainer *t, const char *path);

// Recall: recalls[0..2] = how many of the texts have their picture among the first 1, 5, 10 of all pictures,
// recalls[3..5] = how many of the pictures (that have a text) have one of theirs among the first 1, 5, 10 of all texts;
// 0 to 1. images [n_images, dim], texts [n_texts, dim], picture[i] < n_images is text i's. Equal scores rank by row.
// What has a score that is no number is not found, nor is a picture that is not there.
CLIPDEF void clip_recall(clip_context *c, const float *images, size_t n_images, const float *texts, size_t n_texts,
                         size_t dim, const size_t *picture, double recalls[6]);

// -- explain --
// Where a picture speaks for a text. An explainer keeps what it needs to follow a picture's vector back to its parts;
// it belongs to one thread at a time, as a context does.

typedef struct clip_explainer clip_explainer;

// max_batch of the options is not looked at. Errors: ARGUMENT (options), UNSUPPORTED (no image tower), MEMORY.
CLIPDEF clip_result clip_explainer_new(const clip_model *model, const clip_options *opt, clip_error *why,
                                       clip_explainer **out);
CLIPDEF void clip_explainer_free(clip_explainer *e); // NULL is allowed
CLIPDEF const char *clip_explainer_error(const clip_explainer *e); // as clip_context_error

// A context of the same model, for the text's vector and the picture's pixels; it lives as long as the explainer.
CLIPDEF clip_context *clip_explainer_context(clip_explainer *e);

// The side of the map: of a ViT its patches, of a resnet the pixels of its last stage.
CLIPDEF size_t clip_explainer_side(const clip_explainer *e);

// map [side, side], row by row: how much each part of the picture adds to its similarity to the text, from 0 up; its
// scale has no meaning. pixels [S, S, 3] as clip_preprocess makes them, text [embed_dim]. *score (may be NULL) is the
// cosine. ViT: attention with its gradients, followed through all blocks (Chefer et al. 2021); resnets: Grad-CAM of the
// last stage (Selvaraju et al. 2017, eq. 1 and 2). A text of zeros gives zeros. Errors: ARGUMENT (a NULL), NUMBER (one
// of the text's, or on the way, is not finite). map and *score are then as they were.
CLIPDEF clip_result clip_explain(clip_explainer *e, const unsigned char *pixels, const float *text, float *map,
                                 float *score);

// -- about --

CLIPDEF const char *clip_result_string(clip_result result); // "a file can't be opened, read or written"
// The vector unit that a context works with. From the plainest up: "plain"; "avx2", "avxvnni", "avx512", "avx512vnni",
// "avx512bf16", "amx"; "neon", "neondot", "neonbf16".
CLIPDEF const char *clip_isa_name(const clip_context *c);
CLIPDEF int clip_version(void); // CLIP_VERSION of the implementation

#endif // CLIP_H

// Stop now, if you are only interested in the API.
// --------------------------------------------------------------------------------------------------------
// implementation
//
// THE WAY OF A PICTURE AND OF A SENTENCE through CLIP ViT-B/32: tag, function, what it leaves, by which formula.
//     clip_encode_images                              bytes, any size
//     >>image      clip__resize_pil                   [224, 224, 3] bytes   the short side to 224, of that the middle
//     >>ops        clip__normalize                    [224, 224, 3]         (byte / 255 - mean) / std
//     >>vit        clip__conv_forward                 [49, 768]             patches of 32 x 32, each times E
//                  clip__vit_embed_task               [50, 768]             z = [class; patches] + positions
//                  clip__layernorm_forward            [50, 768]             LN(z) = (z - mean) / deviation * w + b
//     >>blocks     clip__transformer_forward, 12 of   [50, 768]             z = z + proj(attention(qkv(LN(z))))
//                                                                           z = z + fc2(gelu(fc1(LN(z))))
//     >>attention  clip__attention_forward            12 heads [50, 64]     softmax(Q K^T / sqrt(64)) V
//     >>vit        clip__pooling_task, a norm         [768]                 LN(row of the class)
//     >>heads      clip__head_forward                 [512]                 u = x W, u / |u|
//
//     clip_encode_texts                               UTF-8
//     >>bpe        clip_tokenizer_encode              T ids, 77 at most     of clip_tokenizer.h
//     >>text       clip__text_embed_task              [T, 512]              x = tokens[id] + positions[place]
//     >>blocks     clip__transformer_forward, 12 of   [T, 512]              as above; a token sees none behind it
//     >>text       clip__pooling_task, a norm         [512]                 LN(row of the end token)
//     >>heads      clip__head_forward                 [512]                 v = x W, v / |v|
//     >>api        clip_similarity                    one number            u . v
// A resnet has >>resnet in place of >>vit and >>blocks, BERT >>wordpiece in place of >>bpe. Under all of them lies
// >>gemm. To learn, n pictures and n texts go the same way; >>loss compares each with each, [n, n], and says what would
// be better; the backward functions bring that to every weight, in the opposite order, and >>optim moves the weights.
//
// In this order, but for >>lanes, which stands last; search for the tag.
//     >>config    what the macros and the compiler decide    >>blocks    the transformer block
//     >>util      errors, checked sizes, random bits         >>resnet    pictures, by convolutions
//     >>file      the .clip file, read and written           >>vit       pictures, by patches
//     >>threads   the parallel loop                          >>text      sentences: BERT and DistilBERT
//     >>image     resize and crop, PIL's way and OpenCV's    >>heads     from a tower's width to embed_dim
//     >>gemm, >>simd    matrices and convolutions            >>loss      what training makes small
//     >>load      a file becomes a model                     >>optim     SGD, Adam, AdamW
//     >>ops       norms, pooling, softmax, dropout           >>api       loading, encoding, comparing
//     >>attention softmax(Q K^T / sqrt(d)) V                 >>train     the trainer
//     >>lanes     of >>simd, for vectors of any width        >>explain   where a picture speaks for a text
// The backward of each stands behind its forward.

#if defined(CLIP_IMPLEMENTATION) && !defined(CLIP_IMPLEMENTED) // and below, >>lanes
#define CLIP_IMPLEMENTED

// ---- >>config ------------------------------------------------------------------------------------------------------

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h> // vsnprintf; files only without CLIP_NO_STDIO
#include <stdlib.h>
#include <string.h>

#if defined(__FAST_MATH__) || (defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__)
#error "clip.h needs NaN, and sums in the order in which they are written: build it without -ffast-math and -Ofast"
#endif

#if !defined(CLIP_MALLOC) && !defined(CLIP_FREE)
#define CLIP_MALLOC(n) malloc(n)
#define CLIP_FREE(p) free(p)
#elif !defined(CLIP_MALLOC) || !defined(CLIP_FREE)
#error "define CLIP_MALLOC and CLIP_FREE both, or neither"
#endif

#if !defined(CLIP_NO_THREADS) && (defined(__unix__) || defined(__APPLE__) || defined(__MINGW32__)) && \
    defined(__GNUC__) && !defined(__TINYC__)
#define CLIP__PTHREADS // and the atomic operations of gcc and clang
#include <pthread.h>
#include <sched.h>
#endif

#if !defined(CLIP_NO_STDIO) && (defined(__unix__) || defined(__APPLE__))
#define CLIP__POSIX // files are locked, flushed, and told from devices
#ifndef CLIP_NO_MMAP
#define CLIP__MMAP // and mapped
#endif
#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#elif !defined(CLIP_NO_STDIO) && defined(_WIN32)
#include <fcntl.h>
#include <io.h>
#endif

#if defined(__GNUC__)
#define CLIP__UNUSED __attribute__((unused)) // for what only tools call
#define CLIP__PRINTF(text, first) __attribute__((format(printf, text, first)))
#define CLIP__INLINE static inline __attribute__((always_inline))
#define CLIP__PREFETCH(p) __builtin_prefetch(p)
#else
#define CLIP__INLINE static inline
#define CLIP__PREFETCH(p) ((void)(p))
#define CLIP__UNUSED
#define CLIP__PRINTF(text, first)
#endif

// What a file may ask for at the most. Far above every published model; they keep products of sizes within bounds.
enum {
    CLIP__MAX_SIDE = 4096,       // S
    CLIP__MAX_WIDTH = 1 << 16,   // of tokens, hidden layers, embeddings
    CLIP__MAX_LAYERS = 1024,     // blocks of a tower, or of one stage of a resnet
    CLIP__MAX_LOOKUPS = 1 << 24, // at records of a file's table, while its model is loaded
    CLIP__MAX_CONTEXT = 1 << 16, // tokens of a text
    CLIP__MAX_PATCH = 256,
    CLIP__MAX_THREADS = 256,
    CLIP__MAX_BATCH = 1 << 16
};
// A side of a caller's picture: up to here PIL's boxes, which are floats, are exact.
#define CLIP__MAX_PICTURE ((size_t)1 << 24)

// ---- >>util --------------------------------------------------------------------------------------------------------

// Whether a terminal may have the character at s, of 0-terminated text; *size is its bytes. Not controls, in UTF-8 or
// as a byte alone, and not what turns the order of the letters round (Unicode 15, 23.2: U+202A to 202E, U+2066 to
// 2069).
static int clip__char_is_harmless(const char *s, size_t *size) {
    const unsigned char *p = (const unsigned char *)s;
    size_t want = *p < 0xC2 || *p > 0xF4 ? 1 : *p < 0xE0 ? 2 : *p < 0xF0 ? 3 : 4, n = 1;
    if ((*p == 0xE0 && p[1] < 0xA0) || (*p == 0xF0 && p[1] < 0x90)) want = 1; // a longer form of another character
    while (n < want && (p[n] & 0xC0) == 0x80) n++;
    *size = n = n < want ? 1 : n;
    if (n == 1) return *p >= 0x20 && (*p < 0x7F || *p >= 0xA0); // from A0 on: a letter of another encoding
    if (n == 2) return *p > 0xC2 || p[1] >= 0xA0;
    return n == 4 || *p != 0xE2 || !((p[1] == 0x80 && p[2] >= 0xAA && p[2] <= 0xAE) ||
                                     (p[1] == 0x81 && p[2] >= 0xA6 && p[2] <= 0xA9));
}

// Names come from files: nothing in them may move a terminal's cursor.
static void clip__clean(char *s) {
    char *to = s;
    for (size_t n; *s; s += n) {
        if (clip__char_is_harmless(s, &n)) memmove(to, s, n), to += n;
        else *to++ = '?';
    }
    *to = 0;
}

// Fills *why (may be NULL) and returns `result`, so that `return clip__fail(...)` reads as one thing.
CLIP__PRINTF(3, 4) static clip_result clip__fail(clip_error *why, clip_result result, const char *format, ...) {
    if (why) {
        va_list args;
        why->result = result;
        va_start(args, format);
        vsnprintf(why->message, sizeof why->message, format, args);
        va_end(args);
        clip__clean(why->message);
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

// p + n; NULL where memory is only counted: adding to that is undefined.
static float *clip__at(float *p, size_t n) { return p ? p + n : NULL; }

static void *clip__align64(void *p) { return (void *)(((uintptr_t)p + 63) & ~(uintptr_t)63); }

// Memory that belongs to whoever asks, and which a structure that only reads it keeps as const.
static void *clip__own(const void *p) { return (void *)(uintptr_t)p; }

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

// Counter-based random bits: number i of a stream of a seed, whoever asks for it, and when. SplitMix64's finalizer
// (Steele, Lea and Flood 2014) over each of the three.
static uint64_t clip__random_mix(uint64_t v, uint64_t word) {
    v = (v ^ word) + 0x9E3779B97F4A7C15u;
    v = (v ^ v >> 30) * 0xBF58476D1CE4E5B9u;
    v = (v ^ v >> 27) * 0x94D049BB133111EBu;
    return v ^ v >> 31;
}

CLIP__UNUSED static uint64_t clip__random(uint64_t seed, uint64_t stream, uint64_t i) {
    return clip__random_mix(clip__random_mix(clip__random_mix(0, seed), stream), i);
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
    CLIP__BOOL,
    CLIP__Q8,
    CLIP__Q4
};
enum { CLIP__ROWS, CLIP__PANELS };
enum { CLIP__KEY_INTEGERS = 1, CLIP__KEY_REALS, CLIP__KEY_TEXT };
enum { CLIP__HEADER = 40, CLIP__KEY_HEADER = 8, CLIP__TENSOR_HEADER = 64 };

static const unsigned char clip__magic[8] = {0x89, 'C', 'L', 'I', 'P', '\r', '\n', 0x1A};
static const unsigned char clip__type_size[] = {4, 2, 2, 8, 1, 1, 2, 4, 8, 1, 1, 1}; // q8, q4: of what is in bytes
static const unsigned char clip__type_step[] = {1, 2, 2, 0, 0, 0, 0, 0, 0, 0, 4, 8}; // numbers of a step; 0: no panels

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
    unsigned type, layout, source_type, turned;
    uint64_t shape[4];
    uint64_t offset, size;
    uint32_t crc;
    int crc_known; // to clip__file_write: crc is that of the data
    const void *data;
} clip__tensor;

enum { CLIP__STEP = 64, CLIP__GROUP = 32 }; // bytes of a step of a panel; numbers that have a scale of q4 together

// Scales of q4 that a row of n numbers has.
static uint64_t clip__row_groups(uint64_t n) { return (n + CLIP__GROUP - 1) / CLIP__GROUP; }

// Steps of a panel of `rows` times `run` numbers a column, and its bytes.
static uint64_t clip__panel_steps(unsigned type, uint64_t rows, uint64_t run) {
    return rows * ((run + clip__type_step[type] - 1) / clip__type_step[type]);
}

static uint64_t clip__panel_size(unsigned type, uint64_t rows, uint64_t run) {
    const uint64_t steps = clip__panel_steps(type, rows, run) * CLIP__STEP;
    if (type == CLIP__Q8) return steps + 2 * 16 * sizeof(float);
    if (type == CLIP__Q4) return steps + rows * clip__row_groups(run) * 16 * sizeof(uint16_t);
    return steps;
}

// Bytes that the tensor's data must have by its type, layout and shape; UINT64_MAX if that overflows or makes no sense.
static uint64_t clip__tensor_bytes(const clip__tensor *t) {
    uint64_t n = 1;
    for (int i = 0; i < 4; i++) {
        if (t->shape[i] && n > (UINT64_MAX >> 5) / t->shape[i]) return UINT64_MAX;
        n *= t->shape[i];
    }
    if (t->layout == CLIP__PANELS) {
        const uint64_t panels = (t->shape[0] + 15) / 16;
        if (!n || !clip__type_step[t->type] || panels > (UINT64_MAX >> 16) / (n / t->shape[0])) return UINT64_MAX;
        return panels * clip__panel_size(t->type, t->shape[2], t->shape[3] * t->shape[1]);
    }
    if (n > (UINT64_MAX >> 4)) return UINT64_MAX;
    if (t->type == CLIP__Q4)
        return !n ? 0
                  : t->shape[0] * (clip__row_groups(n / t->shape[0]) * sizeof(uint16_t) + (n / t->shape[0] + 1) / 2);
    if (t->type == CLIP__Q8) return n + t->shape[0] * sizeof(float);
    return n * clip__type_size[t->type];
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
    out->turned = p[7];
    for (int i = 0; i < 4; i++) out->shape[i] = clip__read_le(p + 8 + 8 * i, 8);
    out->offset = clip__read_le(p + 40, 8);
    out->size = clip__read_le(p + 48, 8);
    out->crc = (uint32_t)clip__read_le(p + 56, 4);
    out->crc_known = 0;
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
        if (t.type >= sizeof clip__type_size || t.source_type > CLIP__BOOL || t.layout > CLIP__PANELS)
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

// Turns numbers from the file's byte order into the host's, or back. Only called where the two differ.
static void clip__swap_bytes(void *data, uint64_t size, size_t width) {
    unsigned char *p = (unsigned char *)data, swap;
    for (; size >= width; size -= width, p += width)
        for (size_t i = 0; i < width / 2; i++) swap = p[i], p[i] = p[width - 1 - i], p[width - 1 - i] = swap;
}

// The same of n bytes of a tensor, those from byte `at` on; parts end where a number ends.
static void clip__swap_tensor(const clip__tensor *t, void *data, uint64_t at, uint64_t n) {
    const uint64_t rows = t->shape[2], row = t->shape[3] * t->shape[1];
    const int scaled = t->type == CLIP__Q8 || t->type == CLIP__Q4, panels = scaled && t->layout == CLIP__PANELS;
    const uint64_t steps = !panels ? 0 : clip__panel_steps(t->type, rows, row) * CLIP__STEP;
    const uint64_t panel = panels ? clip__panel_size(t->type, rows, row) : t->size;
    const uint64_t scales = t->shape[0] * (t->type == CLIP__Q4 ? clip__row_groups(rows * row) * 2 : 4); // their bytes
    unsigned char *p = (unsigned char *)data;
    if (!scaled) clip__swap_bytes(p, n, clip__type_size[t->type]);
    else // a q8 is a byte, its scales and sums are 4; a q4's scales 2
        for (uint64_t end = at + n, width; at < end; at += width, p += width) {
            const uint64_t scale = t->type == CLIP__Q4 ? 2 : 4;
            width = panels ? (at % panel < steps ? 1 : scale) : at < scales ? scale : 1;
            clip__swap_bytes(p, width, (size_t)width);
        }
}

// The same of all tensors of a file, whose bytes these are.
static void clip__file_swap(const clip__file *f, void *bytes) {
    clip__tensor t;
    for (size_t cursor = 0, i = 0; i < f->n_tensors && clip__file_next_tensor(f, &cursor, &t); i++)
        clip__swap_tensor(&t, (unsigned char *)bytes + t.offset, 0, t.size);
}

// The bytes of a key but for its value, which belongs where the returned pointer is.
CLIP__UNUSED static unsigned char *clip__key_write(unsigned char *p, const char *name, size_t name_size, unsigned type,
                                                   size_t size) {
    clip__write_le(p, name_size, 2);
    clip__write_le(p + 2, type, 2);
    clip__write_le(p + 4, size, 4);
    memcpy(p + CLIP__KEY_HEADER, name, name_size);
    return p + CLIP__KEY_HEADER + name_size;
}

// Works out the offset of each tensor in a file of these keys and tensors, and the sizes of the head (header, keys and
// table) and of the whole.
static clip_result clip__file_plan(size_t keys_size, clip__tensor *tensors, size_t n, clip_error *why,
                                   size_t *head_size, uint64_t *size) {
    *head_size = clip__add(CLIP__HEADER, keys_size);
    for (size_t i = 0; i < n; i++) {
        if (tensors[i].name_size > 65535 || tensors[i].source_size > 65535)
            return clip__fail(why, CLIP_ERROR_ARGUMENT, "tensor %.100s: its name or source is longer than 65,535 bytes",
                              tensors[i].name);
        *head_size = clip__add(*head_size, CLIP__TENSOR_HEADER + tensors[i].name_size + tensors[i].source_size);
    }
    *head_size = clip__round_up(*head_size, 64);
    *size = *head_size;
    for (size_t i = 0; i < n; i++) {
        tensors[i].offset = (*size + 63) / 64 * 64;
        *size = tensors[i].offset + tensors[i].size;
    }
    return CLIP_OK;
}

// Fills head [head_size]; offsets and checksums of the tensors are known.
static void clip__file_head(unsigned char *head, size_t head_size, uint64_t size, const void *keys, size_t keys_size,
                            size_t n_keys, const clip__tensor *tensors, size_t n_tensors) {
    unsigned char *p = head + CLIP__HEADER + keys_size;
    memset(head, 0, head_size);
    if (keys_size) memcpy(head + CLIP__HEADER, keys, keys_size);
    for (size_t i = 0; i < n_tensors; i++) {
        const clip__tensor *t = &tensors[i];
        clip__write_le(p, t->name_size, 2);
        clip__write_le(p + 2, t->source_size, 2);
        p[4] = (unsigned char)t->type;
        p[5] = (unsigned char)t->layout;
        p[6] = (unsigned char)t->source_type;
        p[7] = (unsigned char)t->turned;
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
    clip__write_le(head + 24, size, 8);
    clip__write_le(head + 32, n_keys, 4);
    clip__write_le(head + 36, n_tensors, 4);
    clip__write_le(head + 12, clip__crc32(0, head + 16, head_size - 16), 4);
}

// A whole .clip in memory that the caller frees: keys as the format encodes them, then the tensors, whose data is in
// host byte order.
CLIP__UNUSED static clip_result clip__file_image(const void *keys, size_t keys_size, size_t n_keys,
                                                 clip__tensor *tensors, size_t n_tensors, clip_error *why, void **out,
                                                 size_t *size) {
    size_t head_size;
    uint64_t end = 0;
    unsigned char *image;
    clip_result result = clip__file_plan(keys_size, tensors, n_tensors, why, &head_size, &end);
    if (result) return result;
    image = end > SIZE_MAX / 2 ? NULL : (unsigned char *)CLIP_MALLOC((size_t)end);
    if (!image)
        return clip__fail(why, CLIP_ERROR_MEMORY, "out of memory: %llu bytes for a model", (unsigned long long)end);
    for (size_t i = 0; i < n_tensors; i++) {
        clip__tensor *t = &tensors[i];
        const size_t before = i ? (size_t)(t[-1].offset + t[-1].size) : head_size;
        memset(image + before, 0, (size_t)t->offset - before);
        if (t->size) memcpy(image + t->offset, t->data, (size_t)t->size);
        if (!clip__little_endian()) clip__swap_tensor(t, image + t->offset, 0, t->size);
        t->crc = clip__crc32(0, image + t->offset, (size_t)t->size);
    }
    clip__file_head(image, head_size, end, keys, keys_size, n_keys, tensors, n_tensors);
    *out = image;
    *size = (size_t)end;
    return CLIP_OK;
}

// The bytes of a tensor from `at` on, in the file's order: on a little-endian machine all of them, where they lie; else
// as many as block has room for, turned round in it. Returns how many.
enum { CLIP__BLOCK = 4096 };
static size_t clip__tensor_block(const clip__tensor *t, size_t at, unsigned char block[CLIP__BLOCK],
                                 const unsigned char **bytes) {
    const size_t left = (size_t)t->size - at, n = clip__min(left, CLIP__BLOCK);
    *bytes = (const unsigned char *)t->data + at;
    if (clip__little_endian()) return left;
    memcpy(block, *bytes, n);
    clip__swap_tensor(t, block, at, n);
    *bytes = block;
    return n;
}

static uint32_t clip__tensor_crc(const clip__tensor *t) {
    const unsigned char *p;
    unsigned char block[CLIP__BLOCK];
    uint32_t crc = 0;
    for (size_t at = 0, n; at < t->size; at += n)
        n = clip__tensor_block(t, at, block, &p), crc = clip__crc32(crc, p, n);
    return crc;
}

#ifndef CLIP_NO_STDIO
// 0 if writing failed.
static int clip__tensor_write(const clip__tensor *t, FILE *out) {
    const unsigned char *p;
    unsigned char block[CLIP__BLOCK];
    for (size_t at = 0, n; at < t->size; at += n) {
        n = clip__tensor_block(t, at, block, &p);
        if (fwrite(p, 1, n, out) != n) return 0;
    }
    return 1;
}

// rename, which replaces what is there, as POSIX has it.
#ifdef _WIN32
#ifdef __cplusplus
extern "C"
#endif
__declspec(dllimport) int __stdcall MoveFileExA(const char *from, const char *to, unsigned long flags);

static int clip__rename(const char *from, const char *to) {
    if (!rename(from, to)) return 0;
    return errno != ENOENT && MoveFileExA(from, to, 1 | 8) ? 0 : -1; // replace; be done when it returns
}
#else
static int clip__rename(const char *from, const char *to) { return rename(from, to); }
#endif

#ifdef CLIP__POSIX
// Waits until what was written to the file is on the disk. In C99's own headers fsync has no prototype; msync of a
// mapping does the same.
static int clip__file_flush(const char *path) {
    struct stat status;
    void *p = MAP_FAILED;
    int good = 0, fd = open(path, O_RDWR);
    if (fd < 0) return 0;
    if (!fstat(fd, &status)) p = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_SHARED, fd, 0);
    if (p != MAP_FAILED) good = !msync(p, (size_t)status.st_size, MS_SYNC), munmap(p, (size_t)status.st_size);
    return !close(fd) && good;
}

// 1 for a device, a pipe or a name of an open file (/dev/stdout): nothing that a rename may replace; -1 if nobody can
// tell.
static int clip__file_is_special(const char *path) {
    static const char *const open_files[] = {"/dev/std", "/dev/fd/", "/proc/"};
    struct stat status;
    if (stat(path, &status)) return errno == ENOENT ? 0 : -1;
    for (int i = 0; i < 3; i++)
        if (!strncmp(path, open_files[i], strlen(open_files[i]))) return 1;
    return !S_ISREG(status.st_mode);
}

// A name beside `path` that is this caller's alone, to `name`: path.ENDING, or path.1.ENDING and so on while others
// have those, `most` of them; an empty file, which those may read who may read what stands at `path`. The lock on the
// descriptor that is returned says so until it is released, after the file was renamed or removed. What nobody holds
// was left by a program that was killed: it goes, so that nothing piles up. Returns -1 with errno if there is no such
// name, EWOULDBLOCK if others have all of them.
static int clip__file_claim(const char *path, const char *ending, int most, char *name) {
    struct stat old;
    int busy = 0, there;
    sprintf(name, "%s.%s", path, ending);
    there = !stat(path, &old);
    if (!there && errno != ENOENT) return -1;
    for (int tries = 0, k = 0; tries < 1000 && k < most; tries++) {
        struct stat held, named;
        int locked, fd = open(name, O_RDWR | O_CREAT | O_EXCL, 0666); // EXCL: nobody's file, nobody's link
        const int made = fd >= 0;
        if (!made && errno != EEXIST) return -1;
        if (made && there) (void)chmod(name, (old.st_mode & 0777) | S_IRUSR | S_IWUSR);
        if (!made) fd = open(name, O_RDONLY | O_NONBLOCK);
        locked = fd >= 0 && !flock(fd, LOCK_EX | LOCK_NB);
        busy = busy || (fd >= 0 && !locked && errno == EWOULDBLOCK);
        if (made && !locked && errno != EWOULDBLOCK) return fd; // no locks here: then nothing of others is taken away
        if (locked && (fstat(fd, &held) || stat(name, &named))) {
            const int error = errno;
            if (error != ENOENT) { // nobody can tell whose it is
                if (made) remove(name);
                close(fd);
                errno = error;
                return -1;
            }
            locked = 0;
        }
        locked = locked && held.st_ino == named.st_ino && held.st_dev == named.st_dev; // else just taken away
        if (made && locked) return fd;
        if (!made && !(locked && !remove(name))) sprintf(name, "%s.%d.%s", path, ++k, ending);
        if (fd >= 0) close(fd);
    }
    errno = busy ? EWOULDBLOCK : EEXIST;
    return -1;
}
static void clip__file_release(int claim) { close(claim); }
#else
static int clip__file_flush(const char *path) {
#ifdef _WIN32
    const int fd = _open(path, _O_RDWR), good = fd >= 0 && !_commit(fd);
    return fd >= 0 && !_close(fd) && good;
#else
    return path != NULL;
#endif
}
static int clip__file_is_special(const char *path) { return path == NULL; }
static int clip__file_claim(const char *path, const char *ending, int most, char *name) {
    return sprintf(name, "%s.%s", path, ending), most < 0;
}
static void clip__file_release(int claim) { (void)claim; }
#endif
// For clip__file_claim: the bytes that `name` needs behind a path; how many may write one path at once.
enum { CLIP__TEMPORARY = 16, CLIP__WRITERS = 100 };

// Writes a .clip: keys as the format encodes them, then the tensors, whose offset and crc are worked out here. The data
// of tensors is in host byte order. `path` is written under another name, flushed and renamed, so that it is whole or
// not there, whoever else writes it; "-" is stdout.
CLIP__UNUSED static clip_result clip__file_write(const char *path, const void *keys, size_t keys_size, size_t n_keys,
                                                 clip__tensor *tensors, size_t n_tensors, clip_error *why) {
    static const unsigned char zeros[64] = {0};
    const int to_stdout = !strcmp(path, "-"), direct = to_stdout ? 1 : clip__file_is_special(path);
    size_t head_size;
    uint64_t end = 0;
    unsigned char *head;
    char *temporary;
    FILE *out = NULL;
    int good, claim = -1;
    clip_result result = clip__file_plan(keys_size, tensors, n_tensors, why, &head_size, &end);
    if (result) return result;
    if (direct < 0) return clip__fail(why, CLIP_ERROR_IO, "%s can't be written: %s", path, strerror(errno));
    head = (unsigned char *)CLIP_MALLOC(head_size);
    temporary = (char *)CLIP_MALLOC(strlen(path) + CLIP__TEMPORARY);
    if (!head || !temporary) {
        result = clip__fail(why, CLIP_ERROR_MEMORY, "out of memory for the table of %s", path);
        goto done;
    }
    for (size_t i = 0; i < n_tensors; i++)
        if (!tensors[i].crc_known) tensors[i].crc = clip__tensor_crc(&tensors[i]);
    clip__file_head(head, head_size, end, keys, keys_size, n_keys, tensors, n_tensors);

    result = CLIP_ERROR_IO;
#ifdef _WIN32
    if (to_stdout) _setmode(_fileno(stdout), _O_BINARY);
#endif
    if (direct) strcpy(temporary, path);
    else claim = clip__file_claim(path, "tmp", CLIP__WRITERS, temporary);
    out = to_stdout ? stdout : direct || claim >= 0 ? fopen(temporary, "wb") : NULL;
    if (!out) {
        clip__fail(why, result, "%s can't be written: %s", temporary, strerror(errno));
        if (claim >= 0) remove(temporary);
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
    if (!direct) good = good && clip__file_flush(temporary);
    if (!good || (!direct && clip__rename(temporary, path))) {
        clip__fail(why, result, "%s can't be written: %s", to_stdout ? "standard output" : path, strerror(errno));
        if (!direct) remove(temporary);
        goto done;
    }
    result = CLIP_OK;
done:
    if (claim >= 0) clip__file_release(claim);
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
    int counting;     // 1: no task runs. The code that lays out a trainer's memory is the code that uses it
    clip__task *task; // the job at hand
    void *arg;
    size_t n, next;
#ifdef CLIP__PTHREADS
    pthread_mutex_t lock;
    pthread_cond_t start, finished;
    unsigned long job; // counts the jobs, so that a thread sees that there is a new one; next, job and gate are atomic
    size_t gate;       // 1 while threads may join the job, plus 2 for each that has and is still at it
    size_t started;    // threads that there are, without the caller's
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
// Between two jobs there is often less time than it takes to put a thread to sleep and to wake it: one that waits looks
// so often before it goes to sleep, and lets others have the CPU in between. A thread that comes late does not join:
// nobody waits for one that has not begun.
enum { CLIP__SPINS = 100 };

static void clip__pool_work(clip__pool *p, size_t worker) {
    size_t i;
    while ((i = __atomic_fetch_add(&p->next, 1, __ATOMIC_RELAXED)) < p->n) p->task(p->arg, i, worker);
}

static void *clip__pool_thread(void *arg) {
    clip__thread *self = (clip__thread *)arg;
    clip__pool *p = self->pool;
    for (unsigned long seen = 0;;) {
        size_t gate;
        for (int k = 0; k < CLIP__SPINS && __atomic_load_n(&p->job, __ATOMIC_ACQUIRE) == seen; k++) sched_yield();
        if (__atomic_load_n(&p->job, __ATOMIC_ACQUIRE) == seen) {
            pthread_mutex_lock(&p->lock);
            while (__atomic_load_n(&p->job, __ATOMIC_ACQUIRE) == seen) pthread_cond_wait(&p->start, &p->lock);
            pthread_mutex_unlock(&p->lock);
        }
        seen = __atomic_load_n(&p->job, __ATOMIC_ACQUIRE);
        if (__atomic_load_n(&p->quit, __ATOMIC_RELAXED)) return NULL;
        gate = __atomic_load_n(&p->gate, __ATOMIC_RELAXED);
        while ((gate & 1) &&
               !__atomic_compare_exchange_n(&p->gate, &gate, gate + 2, 0, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {}
        if (!(gate & 1)) continue;
        clip__pool_work(p, self->worker);
        if (__atomic_sub_fetch(&p->gate, 2, __ATOMIC_RELEASE)) continue;
        pthread_mutex_lock(&p->lock); // the last one, after the caller
        pthread_cond_signal(&p->finished);
        pthread_mutex_unlock(&p->lock);
    }
}

// Tells the threads that there is something new.
static void clip__pool_call(clip__pool *p) {
    pthread_mutex_lock(&p->lock);
    __atomic_add_fetch(&p->job, 1, __ATOMIC_RELEASE);
    pthread_cond_broadcast(&p->start);
    pthread_mutex_unlock(&p->lock);
}
#endif

static void clip__parallel(clip__pool *p, size_t n, clip__task *task, void *arg) {
    if (p->counting) return;
    if (n < 2 || p->workers < 2) {
        for (size_t i = 0; i < n; i++) task(arg, i, 0);
        return;
    }
    p->task = task;
    p->arg = arg;
    p->n = n;
    if (p->loop) {
        p->loop(p->loop_user, p->workers, clip__parallel_piece, p);
        return;
    }
#ifdef CLIP__PTHREADS
    if (p->started) {
        __atomic_store_n(&p->next, 0, __ATOMIC_RELAXED);
        __atomic_store_n(&p->gate, 1, __ATOMIC_RELEASE);
        clip__pool_call(p);
        clip__pool_work(p, 0);
        __atomic_and_fetch(&p->gate, ~(size_t)1, __ATOMIC_ACQ_REL);
        for (int k = 0; k < CLIP__SPINS && __atomic_load_n(&p->gate, __ATOMIC_ACQUIRE); k++) sched_yield();
        if (!__atomic_load_n(&p->gate, __ATOMIC_ACQUIRE)) return;
        pthread_mutex_lock(&p->lock);
        while (__atomic_load_n(&p->gate, __ATOMIC_ACQUIRE)) pthread_cond_wait(&p->finished, &p->lock);
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
    __atomic_store_n(&p->quit, 1, __ATOMIC_RELAXED); // and the new job's number makes it seen
    clip__pool_call(p);
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
    int crop;       // 0: both sides to S; 1: the short side to `shorter`, then the middle S x S
    int crop_floor; // 1: an odd number of pixels too many has the smaller half before the crop, as HuggingFace does
    size_t S, shorter;
    double mean[3], std[3];
} clip__pipeline;

// One axis of a resize: `in` pixels become `out`, of which those from `skip` on are wanted.
typedef struct clip__axis {
    size_t in, out, skip;
    clip__filter filter;
    double scale;     // source pixels per pixel
    double support;   // half the filter's width, in source pixels
    double sharpness; // 1 / the filter's stretch
} clip__axis;

#ifndef CLIP_TAPS
#define CLIP_TAPS 65536
#elif CLIP_TAPS < 6
#error "CLIP_TAPS: a pixel of a picture that keeps its size is made of 6 others"
#endif
enum {
    CLIP__BAND = 16,             // output rows that one task makes
    CLIP__TAPS = CLIP_TAPS,      // filter weights, and source columns, that one task holds at a time
    CLIP__COLUMNS = 1 << 10,     // bytes of a source row that are summed downwards at a time
    CLIP__PRECISION = 32 - 8 - 2 // PIL: bits behind the point of a weight; 8 for the pixel, 2 against overflow
};

// What the long side of a picture becomes. torchvision: int(short * long / short side).
static uint64_t clip__long_side(const clip__pipeline *p, size_t side, size_t other) {
    return (uint64_t)p->shorter * side / other;
}

// The size after the resize, and where the crop begins (torchvision: int(round((resized - S) / 2.0)), Python's round,
// half to even).
static clip__axis clip__axis_make(const clip__pipeline *p, size_t in, size_t other) {
    size_t out = p->S, spare;
    clip__axis a;
    if (p->crop) out = in <= other ? p->shorter : (size_t)clip__long_side(p, in, other);
    spare = out - p->S;
    a.in = in;
    a.out = out;
    a.skip = spare / 2 + (!p->crop_floor && spare % 4 == 3);
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
    size_t first[CLIP__BAND], count[CLIP__BAND] = {0};
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
    if (clip__mul(clip__max(image->stride, image->width * image->channels), image->height) > SIZE_MAX / 2)
        return clip__fail(why, CLIP_ERROR_ARGUMENT, "picture %lu: %lu rows of %lu bytes don't fit the address space",
                          number, h, (unsigned long)clip__max(image->stride, image->width * image->channels));
    if (p->crop && clip__long_side(p, clip__max(image->width, image->height), clip__min(image->width, image->height)) >
                       SIZE_MAX / 2) // 32 bits: a line of pixels would become longer than can be counted
        return clip__fail(why, CLIP_ERROR_ARGUMENT, "picture %lu: %lu x %lu is too long and thin to be resized", number,
                          w, h);
    if (p->filter != CLIP__CV_BILINEAR &&
        clip__axis_make(p, image->width, image->height).support * 2 + 2 > (double)CLIP__TAPS)
        return clip__fail(why, CLIP_ERROR_ARGUMENT, "picture %lu: %lu x %lu is too wide to be shrunk to %lu at once",
                          number, w, h, (unsigned long)p->S);
    return CLIP_OK;
}

// ---- >>gemm --------------------------------------------------------------------------------------------------------
// All heavy work is one shape: rows times panels. The right matrix (weights) lies in panels of 16 columns, so that a
// kernel reads it front to back and multiplies 16 columns at once. The left matrix is read where it is, by pointers: a
// row of it is `taps` runs of numbers. For a linear layer a row has one run. For a convolution it has one for each row
// of the kernel's window that is contiguous in the picture, or one for each of the window's pixels where padding may
// come between, and padding is a run that points at zeros. So a convolution needs no copy of its input.
//
// Numbers have one of three forms, and all are walked in steps: a step is 4 bytes of a row (1 f32, 2 bf16, or 4 bytes)
// and 64 bytes of a panel (the same of 16 columns), multiplied and added to 16 sums by what is one instruction each on
// CPUs that have it. Sums run over steps from first to last in one f32, or int32, whatever else happens: this fixes the
// bits. Weights of f16, and whatever else a CPU has no instruction for, are unpacked a panel at a time.

enum {
    CLIP__OUTER_MR = 12,        // numbers of a row that `outer` does at once, at the most
    CLIP__OUTER_ROWS = 256,     // rows that are summed up at a time into the gradient of a weight
    CLIP__OUTER_K = 192,        // its numbers from one tap that are done together, a multiple of what any kernel does
    CLIP__OUTER_PANELS = 16,    // of 16 columns, likewise
    CLIP__OUTER_PARTS = 1 << 21 // numbers of all partial sums of the gradient of one weight
};

enum {
    CLIP__NR = 16,          // columns of a panel
    CLIP__MR = 32,          // rows that a kernel does at once, at the most
    CLIP__NP = 2,           // panels that a kernel does at once, at the most
    CLIP__BLOCK_ROWS = 96,  // rows of a task: their runs stay in cache while panels pass
    CLIP__BLOCK_PANELS = 4, // panels of a task
    CLIP__TILES = 8,        // of 16 steps of a panel, which AMX multiplies by all rows while they are near
    CLIP__AHEAD = 4096      // bytes that the rows of an index are asked for ahead
};

typedef enum clip__form {
    CLIP__FORM_F32,
    CLIP__FORM_BF16, // x by bf16, w by bf16, sums in f32
    CLIP__FORM_U8,   // x = min + scale u, u from 0 to 255, min and scale of each row; w from -127 to 127; sums in int32
    CLIP__FORMS
} clip__form;
static const unsigned char clip__form_step[] = {1, 2, 4}; // numbers of a step

typedef enum clip__activation {
    CLIP__IDENTITY,
    CLIP__RELU,
    CLIP__GELU,
    CLIP__GELU_TANH,
    CLIP__QUICK_GELU,
    CLIP__TANH // of poolers alone
} clip__activation;
static const char *const clip__activation_names[] = {"identity", "relu", "gelu", "gelu_tanh", "quick_gelu", "tanh"};

// sums [n, panels of the kernel, 16] = rows [n, taps, run steps] x panels; rows[t * stride + r] is run t of row r, n
// from 1 to the kernel's rows. The sums of a row are the same instructions in the same order whatever n is, and
// whichever row. `ahead` is what the next calls will need: it may be asked for, since CPUs look ahead only up to the
// end of a page.
typedef void clip__multiply(void *sums, const void *const *rows, size_t stride, size_t n, size_t taps, size_t run,
                            const void *panel, const void *second, const void *ahead);

// y [MR, 16] += left^T x right, left [n, MR], right [n, 16], rows of y ldy apart: how the gradient of a weight comes of
// its input and the gradient of its output. Sums run over n from first to last, and are then added. In bf16 it is n / 2
// pairs of rows whose numbers stand together.
typedef void clip__outer_function(float *y, size_t ldy, const float *left, const float *right, size_t n);

// The forms to read, and the reference of the others, which are under >>simd. Rows above n repeat another one.
static void clip__multiply_plain(void *sums, const void *const *rows, size_t stride, size_t n, size_t taps, size_t run,
                                 const void *panel, const void *second, const void *ahead) {
    float s[3][16] = {{0}};
    const float *w = (const float *)panel;
    (void)second, (void)ahead;
    for (size_t t = 0; t < taps; t++, rows += stride) {
        const float *a0 = (const float *)rows[0], *a1 = (const float *)rows[n > 1], *a2 = (const float *)rows[n - 1];
        for (size_t k = 0; k < run; k++, w += 16)
            for (size_t c = 0; c < 16; c++) {
                s[0][c] += a0[k] * w[c];
                s[1][c] += a1[k] * w[c];
                s[2][c] += a2[k] * w[c];
            }
    }
    memcpy(sums, s, sizeof s);
}

static void clip__multiply_u8_plain(void *sums, const void *const *rows, size_t stride, size_t n, size_t taps,
                                    size_t run, const void *panel, const void *second, const void *ahead) {
    int32_t s[3][16] = {{0}};
    (void)second, (void)ahead;
    for (size_t t = 0; t < taps; t++, rows += stride)
        for (size_t k = 0; k < run; k++)
            for (size_t r = 0; r < n; r++) {
                const unsigned char *a = (const unsigned char *)rows[r] + 4 * k;
                const signed char *w = (const signed char *)panel + (t * run + k) * CLIP__STEP;
                for (size_t c = 0; c < 16; c++, w += 4)
                    s[r][c] += a[0] * w[0] + a[1] * w[1] + a[2] * w[2] + a[3] * w[3];
            }
    memcpy(sums, s, sizeof s);
}

static void clip__outer_plain(float *y, size_t ldy, const float *left, const float *right, size_t n) {
    float s[3][16] = {{0}};
    for (; n; n--, left += 3, right += 16)
        for (size_t c = 0; c < 16; c++) {
            s[0][c] += left[0] * right[c];
            s[1][c] += left[1] * right[c];
            s[2][c] += left[2] * right[c];
        }
    for (size_t r = 0; r < 3; r++)
        for (size_t c = 0; c < 16; c++) y[r * ldy + c] += s[r][c];
}

static float clip__activate(clip__activation f, float x) {
    switch (f) {
    case CLIP__IDENTITY: break;
    case CLIP__RELU: return x < 0 ? 0 : x;                             // so a NaN stays one
    case CLIP__GELU: return 0.5f * x * (1.0f + erff(x * 0.70710678f)); // Hendrycks and Gimpel 2016, x * Phi(x)
    case CLIP__GELU_TANH:
        return 0.5f * x * (1.0f + tanhf(0.79788456f * (x + 0.044715f * x * x * x))); // ibid., the approximation
    case CLIP__QUICK_GELU: return x / (1.0f + expf(-1.702f * x));                    // OpenAI's CLIP, model.py
    case CLIP__TANH: return tanhf(x);
    }
    return x;
}

// The derivative of clip__activate at x.
static float clip__activate_backward(clip__activation f, float x) {
    switch (f) {
    case CLIP__IDENTITY: break;
    case CLIP__RELU: return x <= 0 ? 0.0f : 1.0f;
    case CLIP__GELU: // (x Phi(x))' = Phi(x) + x phi(x)
        return 0.5f * (1.0f + erff(x * 0.70710678f)) + x * 0.39894228f * expf(-0.5f * x * x);
    case CLIP__GELU_TANH: { // (0.5 x (1 + t))' = 0.5 (1 + t) + 0.5 x (1 - t^2) u', t = tanh(u)
        const float t = tanhf(0.79788456f * (x + 0.044715f * x * x * x));
        const float slope = 1.0f + 3.0f * 0.044715f * x * x; // infinite far out, on the x87 too
        return 0.5f * (1.0f + t) + 0.5f * x * (1.0f - t * t) * 0.79788456f * slope;
    }
    case CLIP__QUICK_GELU: { // (x s)' = s + x 1.702 s (1 - s), s = sigmoid(1.702 x)
        const float s = 1.0f / (1.0f + expf(-1.702f * x));
        return s + x * 1.702f * s * (1.0f - s);
    }
    case CLIP__TANH: { // tanh' = 1 - tanh^2
        const float t = tanhf(x);
        return 1.0f - t * t;
    }
    }
    return 1.0f;
}

// What happens to a finished sum: y[m][n] = activation(sum * scale[n] + shift[n] + residual[m][n]).
// NULL stands for a scale of 1, a shift of 0, no residual. residual may be y itself.
typedef struct clip__epilogue {
    const float *scale, *shift, *residual; // residual has y's stride
    float factor;                          // instead of scale: one for all columns; 0 means 1
    clip__activation activation;
    int narrow; // y is bf16: the layer that alone will read it multiplies in bf16
} clip__epilogue;

// How the numbers of weights lie: see THE FILE.
typedef struct clip__weights {
    const unsigned char *panels;
    unsigned type;
    size_t lines, line; // rows of the window, and numbers in one; a linear layer is one of `in` numbers
} clip__weights;

// y [n, columns] = epilogue(rows x panels): what one task does of a matrix.
typedef struct clip__part {
    float *y;
    size_t ldy;
    const void *const *rows; // [taps, stride], n of them
    size_t stride, n, taps, run;
    const float *ranges; // [n, 2] of CLIP__FORM_U8: scale and min of each row
    clip__weights weights;
    size_t columns, column; // column: the number of the first one, for scale and shift
    const clip__epilogue *epilogue;
    void *scratch; // room for what a kernel unpacks, or packs: see clip__scratch_size
} clip__part;

static uint32_t clip__f32_bits(float v) {
    uint32_t bits;
    memcpy(&bits, &v, sizeof bits);
    return bits;
}

static float clip__f32_of_f16(unsigned bits) { // as f32 the bits mean 2^112 times less; infinities and NaNs stay such
    uint32_t wide = (uint32_t)(bits & 0x8000) << 16 | (uint32_t)(bits & 0x7FFF) << 13;
    float v;
    memcpy(&v, &wide, sizeof v);
    wide = clip__f32_bits(v * 5.192296858534828e33f);
    if ((bits & 0x7C00) == 0x7C00) wide |= 0x7F800000;
    memcpy(&v, &wide, sizeof v);
    return v;
}

static unsigned clip__f16_of_f32(float v) { // to the nearest, ties to even; what is too large becomes the largest
    const uint32_t bits = clip__f32_bits(v), sign = bits >> 16 & 0x8000;
    const float size = fabsf(v);
    if (v != v) return sign | 0x7E00;
    if (size >= 65504) return sign | 0x7BFF;
    if (size < 6.103515625e-5f) return sign | (unsigned)rintf(size * 16777216.0f); // in units of 2^-24
    return sign | (((bits & 0x7FFFFFFF) - 0x38000000 + 0xFFF + (bits >> 13 & 1)) >> 13);
}

static unsigned clip__bf16_of_f32(float v) { // to the nearest, ties to even; a NaN stays one
    const uint32_t bits = clip__f32_bits(v);
    return v != v ? bits >> 16 | 0x40 : (bits + 0x7FFF + (bits >> 16 & 1)) >> 16;
}

static float clip__f32_of_bf16(unsigned bits) {
    const uint32_t wide = (uint32_t)bits << 16;
    float v;
    memcpy(&v, &wide, sizeof v);
    return v;
}

// Number k of line `line` in column c of a panel, in f32.
static float clip__weight(const clip__weights *w, const unsigned char *panel, size_t line, size_t k, size_t c) {
    const size_t g = clip__type_step[w->type], steps = (w->line + g - 1) / g;
    const unsigned char *step = panel + (line * steps + k / g) * CLIP__STEP,
                        *behind = panel + w->lines * steps * CLIP__STEP;
    uint16_t half;
    float v;
    switch (w->type) {
    case CLIP__F32: memcpy(&v, step + 4 * c, sizeof v); return v;
    case CLIP__Q8: memcpy(&v, behind + 4 * c, sizeof v); return v * (float)((const signed char *)step)[4 * c + k % 4];
    case CLIP__Q4:
        behind += (line * ((w->line + CLIP__GROUP - 1) / CLIP__GROUP) + k / CLIP__GROUP) * 32;
        memcpy(&half, behind + 2 * c, sizeof half);
        return clip__f32_of_f16(half) * (float)((step[4 * c + k % 8 / 2] >> (k % 2 * 4) & 15) - 8);
    }
    memcpy(&half, step + 4 * c + k % 2 * 2, sizeof half);
    return w->type == CLIP__F16 ? clip__f32_of_f16(half) : clip__f32_of_bf16(half);
}

// A panel becomes one of f32.
static void clip__unpack_f32_plain(void *to, const clip__weights *w, const unsigned char *panel) {
    const size_t line = clip__round_up(w->line, clip__type_step[w->type]);
    float *out = (float *)to;
    for (size_t i = 0; i < w->lines * line; i++)
        for (size_t c = 0; c < 16; c++) *out++ = clip__weight(w, panel, i / line, i % line, c);
}

static void clip__narrow_bf16_plain(uint16_t *y, const float *x, size_t n) {
    for (size_t i = 0; i < n; i++) y[i] = (uint16_t)clip__bf16_of_f32(x[i]);
}

// to [n] words of two bf16: a number of `first`, and above it one of `second`.
static void clip__pairs_plain(void *to, const float *first, const float *second, size_t n) {
    for (size_t i = 0; i < n; i++) {
        const uint32_t word = clip__bf16_of_f32(first[i]) | (uint32_t)clip__bf16_of_f32(second[i]) << 16;
        memcpy((unsigned char *)to + 4 * i, &word, 4);
    }
}

// y = bytes u, with range[0] u + range[1] for x. `beside` is 0 where padding, whose bytes are 0, stands beside x, which
// is then not below 0; else infinity. A NaN or an infinity makes the scale range[0] a NaN, and so every result.
static void clip__narrow_u8_plain(unsigned char *y, float range[2], const float *x, size_t n, float beside) {
    float least = x[0] < beside ? x[0] : beside, most = x[0], odd = 0, reach, inverse;
    for (size_t i = 0; i < n; i++) {
        least = x[i] < least ? x[i] : least;
        most = x[i] > most ? x[i] : most;
        odd += x[i] * 0;
    }
    reach = most - least;
    inverse = odd != odd || reach < 1e-30f ? 0 : 255 / reach;
    range[0] = odd != odd ? odd : reach / 255;
    range[1] = least;
    for (size_t i = 0; i < n; i++) // adding 1.5 * 2^23 rounds to the nearest, and leaves the number in the lowest bits
        y[i] = inverse > 0 ? (unsigned char)clip__f32_bits((x[i] - least) * inverse + 12582912.0f) : 0;
}

// 16 sums that ran side by side become one, in one fixed order. s is used up.
CLIP__INLINE float clip__sum_up(float s[16]) {
    for (size_t half = 8; half; half /= 2)
        for (size_t k = 0; k < half; k++) s[k] += s[k + half];
    return s[0];
}

// scores[r] = row r of an index times the query, before int8's scales. 16 sums side by side, as in clip__dot.
static void clip__scores_plain(float *scores, clip_index_type type, const void *rows, size_t n, size_t dim,
                               const float *query) {
    for (size_t r = 0; r < n; r++) {
        float s[16] = {0};
        for (size_t k = 0; k < dim; k++) {
            const size_t at = r * dim + k;
            const float v = type == CLIP_INDEX_F32   ? ((const float *)rows)[at]
                            : type == CLIP_INDEX_F16 ? clip__f32_of_f16(((const uint16_t *)rows)[at])
                                                     : (float)((const signed char *)rows)[at];
            s[k % 16] += v * query[k];
        }
        scores[r] = clip__sum_up(s);
    }
}

// n rows of 16 sums of CLIP__FORM_U8, `row` apart, become f32:
// sum over k of (min + scale u) w q = q (scale sum(u w) + min sum(w)). scales [2, 16]: what stands behind the steps of
// a panel; ranges [n, 2].
static void clip__widen_plain(float *sums, size_t row, size_t n, const unsigned char *scales, const float *ranges) {
    int32_t sum[16], whole[16];
    float q[16];
    memcpy(q, scales, sizeof q), memcpy(whole, scales + sizeof q, sizeof whole);
    for (size_t m = 0; m < n; m++) {
        memcpy(sum, sums + m * row, sizeof sum);
        for (size_t c = 0; c < 16; c++)
            sums[m * row + c] = q[c] * (ranges[2 * m] * (float)sum[c] + ranges[2 * m + 1] * (float)whole[c]);
    }
}

// sums [n, width] become y = sums * scale + shift + residual, and ReLU of that if asked for. scale, shift [width];
// residual may be NULL.
typedef struct clip__affine_rows {
    const float *sums, *scale, *shift, *residual;
    float *y;
    size_t n, width, ldr, ldy; // width is a multiple of 16; ldr, ldy: from row to row of residual and y
    int relu;
} clip__affine_rows;

static void clip__affine_plain(const clip__affine_rows *p) {
    for (size_t m = 0; m < p->n; m++)
        for (size_t c = 0; c < p->width; c++) {
            const float v =
                p->sums[m * p->width + c] * p->scale[c] + p->shift[c] + (p->residual ? p->residual[m * p->ldr + c] : 0);
            p->y[m * p->ldy + c] = p->relu ? clip__activate(CLIP__RELU, v) : v;
        }
}

// y = activation(x), and y = y * activation'(x). x, y [n].
static void clip__activation_plain(clip__activation f, float *y, const float *x, size_t n) {
    for (size_t i = 0; i < n; i++) y[i] = clip__activate(f, x[i]);
}

static void clip__slope_plain(clip__activation f, float *y, const float *x, size_t n) {
    for (size_t i = 0; i < n; i++) y[i] *= clip__activate_backward(f, x[i]);
}

// y = the greater of x and y; a NaN is greater than all. x, y [n].
static void clip__greater_plain(float *y, const float *x, size_t n) {
    for (size_t i = 0; i < n; i++) y[i] = x[i] > y[i] || x[i] != x[i] ? x[i] : y[i];
}

// What the body below is made of, on one kind of CPU.
typedef struct clip__tools {
    clip__multiply *multiply;
    void (*affine)(const clip__affine_rows *p);
    void (*activation)(clip__activation f, float *y, const float *x, size_t n);
    void (*narrow)(uint16_t *y, const float *x, size_t n);                        // to bf16
    void (*unpack)(void *to, const clip__weights *w, const unsigned char *panel); // to `form`
    void (*widen)(float *sums, size_t row, size_t n, const unsigned char *scales, const float *ranges);
    clip__form form;
    size_t MR, NP; // rows and panels that `multiply` does at once
} clip__tools;

// Whether a kernel of that form takes the panels as they are.
CLIP__INLINE int clip__in_place(unsigned type, clip__form form) {
    return form == CLIP__FORM_F32 ? type == CLIP__F32 : form == CLIP__FORM_BF16 ? type == CLIP__BF16 : type == CLIP__Q8;
}

// scale and shift of the `width` columns from n0 on, with what stands for NULL, and for columns that there are not.
CLIP__INLINE void clip__gemm_columns(const clip__part *p, size_t n0, size_t width, float scale[CLIP__NP * CLIP__NR],
                                     float shift[CLIP__NP * CLIP__NR]) {
    const clip__epilogue *e = p->epilogue;
    for (size_t n = 0; n < CLIP__NP * CLIP__NR; n++) {
        scale[n] = e->scale && n < width ? e->scale[p->column + n0 + n] : e->factor != 0 ? e->factor : 1;
        shift[n] = e->shift && n < width ? e->shift[p->column + n0 + n] : 0;
    }
}

// Asks for what clip__gemm_finish will add, while the sums are on their way.
CLIP__INLINE void clip__gemm_ahead(const clip__part *p, size_t m0, size_t m1, size_t n0, size_t width) {
    if (!p->epilogue->residual) return;
    for (size_t m = m0; m < m1; m++)
        for (size_t n = n0; n < n0 + width; n += CLIP__NR) CLIP__PREFETCH(p->epilogue->residual + m * p->ldy + n);
}

// What becomes of the sums of rows m0 to m1 and of `width` columns, those from n0 on. Where activations are more than
// ReLU, or columns fewer than sums, it is worked out in place, and then written.
CLIP__INLINE void clip__gemm_finish(const clip__part *p, const clip__tools with, float *sums, size_t m0, size_t m1,
                                    size_t n0, size_t width, const float *scale, const float *shift,
                                    const unsigned char *ranges, const unsigned char *ranges2) {
    const clip__epilogue *e = p->epilogue;
    const size_t row = with.NP * CLIP__NR, rows = m1 - m0, edge = width < row;
    const int direct = !edge && e->activation <= CLIP__RELU && !e->narrow;
    const float *residual = e->residual ? e->residual + m0 * p->ldy + n0 : NULL;
    float *y = p->y + m0 * p->ldy + n0, beside[CLIP__MR * CLIP__NP * CLIP__NR];
    clip__affine_rows r;
    if (with.form == CLIP__FORM_U8) {
        with.widen(sums, row, rows, ranges, p->ranges + 2 * m0);
        if (row > CLIP__NR) with.widen(sums + CLIP__NR, row, rows, ranges2, p->ranges + 2 * m0);
    }
    r.sums = sums, r.scale = scale, r.shift = shift, r.residual = residual, r.ldr = p->ldy;
    r.n = rows, r.width = row, r.y = direct ? y : sums, r.ldy = direct ? p->ldy : row;
    r.relu = e->activation == CLIP__RELU;
    if (edge && residual) {
        memset(beside, 0, rows * row * sizeof *beside);
        for (size_t m = 0; m < rows; m++) memcpy(beside + m * row, residual + m * p->ldy, width * sizeof *residual);
        r.residual = beside, r.ldr = row;
    }
    with.affine(&r);
    if (direct) return;
    if (e->activation > CLIP__RELU) with.activation(e->activation, sums, sums, rows * row);
    for (size_t m = 0; m < rows; m++)
        if (e->narrow) with.narrow((uint16_t *)(void *)p->y + (m0 + m) * p->ldy + n0, sums + m * row, width);
        else if (!edge) memcpy(y + m * p->ldy, sums + m * row, row * sizeof *sums);
        else memcpy(y + m * p->ldy, sums + m * row, width * sizeof *sums);
}

// Panels outside, rows inside. Rows are dealt out evenly: 16 are two times 8, not 10 and 6.
CLIP__INLINE void clip__gemm_body(const clip__part *p, const clip__tools with) {
    const size_t groups = (p->n + with.MR - 1) / with.MR, NR = CLIP__NR;
    const size_t size = (size_t)clip__panel_size(p->weights.type, p->weights.lines, p->weights.line),
                 room = p->taps * p->run * CLIP__STEP; // of an unpacked one
    const int in_place = clip__in_place(p->weights.type, with.form);
    const unsigned char *panel = p->weights.panels;
    float sums[CLIP__MR * CLIP__NP * CLIP__NR], scale[CLIP__NP * CLIP__NR], shift[CLIP__NP * CLIP__NR];
    for (size_t n0 = 0; n0 < p->columns; n0 += with.NP * NR, panel += with.NP * size) {
        const size_t width = clip__min(p->columns - n0, with.NP * NR);
        const unsigned char *first = in_place ? panel : (const unsigned char *)p->scratch,
                            *second = width > NR ? first + (in_place ? size : room) : first;
        if (!in_place) {
            with.unpack(p->scratch, &p->weights, panel);
            if (width > NR) with.unpack((unsigned char *)p->scratch + room, &p->weights, panel + size);
        }
        clip__gemm_columns(p, n0, width, scale, shift);
        for (size_t g = 0; g < groups; g++) {
            const size_t m0 = g * p->n / groups, m1 = (g + 1) * p->n / groups;
            clip__gemm_ahead(p, m0, m1, n0, with.NP * NR);
            with.multiply(sums, p->rows + m0, p->stride, m1 - m0, p->taps, p->run, first, second,
                          panel + with.NP * size + (g % with.NP) * size);
            clip__gemm_finish(p, with, sums, m0, m1, n0, width, scale, shift, first + room, second + room);
        }
    }
}

// A GEMM out of a `multiply` of MR rows and NP panels.
#define CLIP__GEMM(name, TARGET, isa, unpacked, form, MR, NP)                                                          \
    TARGET static void clip__gemm_##name(const clip__part *p) {                                                        \
        const clip__tools with = {clip__multiply_##name,                                                               \
                                  clip__affine_##isa,                                                                  \
                                  clip__activation_##isa,                                                              \
                                  clip__narrow_bf16_##isa,                                                             \
                                  clip__unpack_##unpacked##_##isa,                                                     \
                                  clip__widen_##isa,                                                                   \
                                  CLIP__##form,                                                                        \
                                  MR,                                                                                  \
                                  NP};                                                                                 \
        clip__gemm_body(p, with);                                                                                      \
    }
CLIP__GEMM(plain, , plain, f32, FORM_F32, 3, 1)
CLIP__GEMM(u8_plain, , plain, f32, FORM_U8, 3, 1)

// x = exp(x) / sum over x of what mask (may be NULL) does not hide with a 0; where it does, or hides all, 0. x [n], and
// a kernel's own form may put zeros behind, up to a multiple of 16.
static void clip__softmax_plain(float *x, const unsigned char *mask, size_t n) {
    float most = -INFINITY, sum = 0;
    for (size_t i = 0; i < n; i++)
        if ((!mask || mask[i]) && x[i] > most) most = x[i];
    for (size_t i = 0; i < n; i++) {
        x[i] = !mask || mask[i] ? expf(x[i] - most) : 0;
        sum += x[i];
    }
    for (size_t i = 0; i < n && sum != 0; i++) x[i] /= sum;
}

// Sum of (x[i] - shift) to the power of 1 or 2: 16 sums side by side, added at the end in one fixed order.
CLIP__INLINE float clip__moment(const float *x, size_t n, float shift, const int power) {
    float s[16] = {0};
    size_t i = 0;
    for (; i + 16 <= n; i += 16)
        for (size_t k = 0; k < 16; k++) {
            const float d = x[i + k] - shift;
            s[k] += power == 2 ? d * d : d;
        }
    for (size_t k = 0; i < n; i++, k++) {
        const float d = x[i] - shift;
        s[k] += power == 2 ? d * d : d;
    }
    return clip__sum_up(s);
}

typedef struct clip__norm {
    const float *weight, *bias; // [width]
} clip__norm;

// y = (x - mean(x)) / sqrt(var(x) + eps) * weight + bias, row by row; in place allowed. x, y [rows, width].
// Ba, Kiros and Hinton 2016, eq. 4.
CLIP__INLINE void clip__layernorm_body(float *y, const float *x, const clip__norm *norm, size_t rows, size_t width,
                                       float eps) {
    for (size_t r = 0; r < rows; r++, x += width, y += width) {
        const float mean = clip__moment(x, width, 0, 1) / (float)width;
        const float rstd = 1.0f / sqrtf(clip__moment(x, width, mean, 2) / (float)width + eps);
        size_t i = 0;
        for (; i + 16 <= width; i += 16) {
            float v[16];
            memcpy(v, x + i, sizeof v);
            for (size_t k = 0; k < 16; k++) v[k] = (v[k] - mean) * rstd * norm->weight[i + k] + norm->bias[i + k];
            memcpy(y + i, v, sizeof v);
        }
        for (; i < width; i++) y[i] = (x[i] - mean) * rstd * norm->weight[i] + norm->bias[i];
    }
}

static void clip__layernorm_plain(float *y, const float *x, const clip__norm *norm, size_t rows, size_t width,
                                  float eps) {
    clip__layernorm_body(y, x, norm, rows, width, eps);
}

typedef enum clip__columns_kind {
    CLIP__COLUMNS_SUM,      // first += sum a
    CLIP__COLUMNS_SQUARES,  // first += sum (a - mean)^2, second += sum (a - mean), mean by column
    CLIP__COLUMNS_BY_ROW,   // first += sum a, second += sum a (b - mean) rstd, mean and rstd by row
    CLIP__COLUMNS_BY_COLUMN // the same, mean and rstd by column
} clip__columns_kind;

typedef struct clip__columns_job {
    clip__columns_kind kind;
    float *first, *second;            // [columns], NULL: not wanted
    const float *a, *b, *mean, *rstd; // a, b [rows, columns]
    size_t rows, columns;
    float *sums; // [blocks of rows, 2, columns]
    const struct clip__kernel *kernel;
} clip__columns_job;

// first, second [columns] += the sums of rows r0 to r1.
CLIP__INLINE void clip__columns_from(const clip__columns_job *j, float *first, float *second, size_t n, size_t r0,
                                     size_t r1) {
    for (size_t r = r0; r < r1; r++)
        for (size_t k = n; k < j->columns; k++) {
            const float a = j->a[r * j->columns + k], b = j->b ? j->b[r * j->columns + k] : 0;
            if (j->kind == CLIP__COLUMNS_SQUARES) {
                const float off = a - j->mean[k];
                first[k] += off * off, second[k] += off;
                continue;
            }
            first[k] += a;
            if (j->kind == CLIP__COLUMNS_BY_ROW) second[k] += a * ((b - j->mean[r]) * j->rstd[r]);
            if (j->kind == CLIP__COLUMNS_BY_COLUMN) second[k] += a * ((b - j->mean[k]) * j->rstd[k]);
        }
}

static void clip__columns_plain(const clip__columns_job *j, float *first, float *second, size_t r0, size_t r1) {
    clip__columns_from(j, first, second, 0, r0, r1);
}

// Rows of a batch norm, forward: y = (x - mean) rstd weight + bias + residual (may be NULL), and ReLU of that if asked
// for; and backward: y = weight rstd (dy - (dbias + (x - mean) rstd dweight) share), share being 1 / rows, or 0.
typedef struct clip__batch_norm_rows_job {
    float *y;
    const float *x, *dy, *residual;           // [rows, channels]
    const float *mean, *rstd, *weight, *bias; // [channels]
    const float *dweight, *dbias;             // [channels], sums
    size_t rows, channels;
    float share;
    int relu;
    const struct clip__kernel *kernel;
} clip__batch_norm_rows_job;

// Of the channels from n on.
CLIP__INLINE void clip__batch_norm_from(const clip__batch_norm_rows_job *j, size_t n, size_t r0, size_t r1) {
    for (size_t r = r0; r < r1; r++)
        for (size_t k = n; k < j->channels; k++) {
            const size_t at = r * j->channels + k;
            const float v = (j->x[at] - j->mean[k]) * (j->rstd[k] * j->weight[k]) + j->bias[k] +
                            (j->residual ? j->residual[at] : 0);
            j->y[at] = j->relu && v < 0 ? 0 : v;
        }
}

CLIP__INLINE void clip__batch_norm_backward_from(const clip__batch_norm_rows_job *j, size_t n, size_t r0, size_t r1) {
    for (size_t r = r0; r < r1; r++)
        for (size_t k = n; k < j->channels; k++) {
            const size_t at = r * j->channels + k;
            const float h = (j->x[at] - j->mean[k]) * j->rstd[k];
            j->y[at] =
                j->rstd[k] * j->weight[k] * (j->dy[at] - (j->share * j->dbias[k] + h * (j->share * j->dweight[k])));
        }
}

static void clip__batch_norm_plain(const clip__batch_norm_rows_job *j, size_t r0, size_t r1) {
    clip__batch_norm_from(j, 0, r0, r1);
}

static void clip__batch_norm_backward_plain(const clip__batch_norm_rows_job *j, size_t r0, size_t r1) {
    clip__batch_norm_backward_from(j, 0, r0, r1);
}

typedef struct clip__kernel { // what differs from one kind of CPU to another
    const char *isa;
    size_t rows, panels;                            // MR of `outer`; panels of a task of `gemm`
    void (*gemm[CLIP__FORMS])(const clip__part *p); // NULL: not a form for this CPU
    void (*narrow_bf16)(uint16_t *y, const float *x, size_t n);
    void (*narrow_u8)(unsigned char *y, float range[2], const float *x, size_t n, float beside);
    clip__outer_function *outer, *outer_bf16;                                   // the latter NULL: not for this CPU
    void (*pairs)(void *to, const float *first, const float *second, size_t n); // words of bf16: see clip__outer_pack
    void (*softmax)(float *x, const unsigned char *mask, size_t n);
    void (*layernorm)(float *y, const float *x, const clip__norm *norm, size_t rows, size_t width, float eps);
    void (*activation)(clip__activation f, float *y, const float *x, size_t n);
    void (*slope)(clip__activation f, float *y, const float *x, size_t n);
    void (*greater)(float *y, const float *x, size_t n);
    void (*scores)(float *scores, clip_index_type type, const void *rows, size_t n, size_t dim, const float *query);
    void (*columns)(const clip__columns_job *j, float *first, float *second, size_t r0, size_t r1);
    void (*batch_norm)(const clip__batch_norm_rows_job *j, size_t r0, size_t r1);
    void (*batch_norm_backward)(const clip__batch_norm_rows_job *j, size_t r0, size_t r1);
} clip__kernel;

// The form in which a kernel multiplies by weights of a type.
static clip__form clip__form_of(const clip__kernel *kernel, unsigned type) {
    if (type == CLIP__Q8) return CLIP__FORM_U8;
    return (type == CLIP__BF16 || type == CLIP__Q4) && kernel->gemm[CLIP__FORM_BF16] ? CLIP__FORM_BF16 : CLIP__FORM_F32;
}

// ---- >>simd --------------------------------------------------------------------------------------------------------
// The same for the vector units of x86-64, each a function of its own target and picked at run time.

#if !defined(CLIP_NO_SIMD) && defined(__GNUC__) && !defined(__TINYC__)
#if defined(__x86_64__)
#define CLIP__X86
#if __GNUC__ >= 11 || __clang_major__ >= 12
#define CLIP__X86_2021 // a compiler that knows AVX-VNNI, AVX-512's BF16, and AMX
#endif
#include <cpuid.h>
#include <immintrin.h>
#elif defined(__aarch64__) && defined(__ARM_NEON) && !defined(__AARCH64EB__)
#define CLIP__ARM
#include <arm_neon.h>
#ifdef __linux__
#include <sys/auxv.h>
#endif
#endif
#endif

#if defined(CLIP__X86) || defined(CLIP__ARM)

#ifndef CLIP_FILE
#define CLIP_FILE "clip.h"
#endif
#define CLIP__PASTE2(name, lanes) clip__##name##lanes
#define CLIP__PASTE(name, lanes) CLIP__PASTE2(name, lanes)
#define CLIP__OF(name) CLIP__PASTE(name, CLIP__LANES)
typedef void clip__load(void *to, const void *from);                // of a vector of fewer bits, which become f32
typedef int32_t clip__step4 __attribute__((aligned(1), may_alias)); // 4 bytes of a row
#define CLIP__LANES 4
#include CLIP_FILE
#ifdef CLIP__X86
#define CLIP__LANES 8
#include CLIP_FILE
#define CLIP__LANES 16
#include CLIP_FILE
#endif
#undef CLIP__OF
#undef CLIP__PASTE
#undef CLIP__PASTE2

// to [4, of stride 16] = from [4, of stride ld], turned.
CLIP__INLINE void clip__turn4(float *to, const float *from, size_t ld) {
#ifdef CLIP__X86
    __m128 a = _mm_loadu_ps(from), b = _mm_loadu_ps(from + ld), c = _mm_loadu_ps(from + 2 * ld),
           d = _mm_loadu_ps(from + 3 * ld);
    _MM_TRANSPOSE4_PS(a, b, c, d);
    _mm_storeu_ps(to, a), _mm_storeu_ps(to + 16, b), _mm_storeu_ps(to + 32, c), _mm_storeu_ps(to + 48, d);
#else
    const float32x4x2_t ab = vzipq_f32(vld1q_f32(from), vld1q_f32(from + 2 * ld)),
                        cd = vzipq_f32(vld1q_f32(from + ld), vld1q_f32(from + 3 * ld)),
                        first = vzipq_f32(ab.val[0], cd.val[0]), last = vzipq_f32(ab.val[1], cd.val[1]);
    vst1q_f32(to, first.val[0]), vst1q_f32(to + 16, first.val[1]);
    vst1q_f32(to + 32, last.val[0]), vst1q_f32(to + 48, last.val[1]);
#endif
}

// What stands in C for all, made again for a target.
#define CLIP__FOR_TARGET(isa, TARGET, lanes)                                                                           \
    TARGET static void clip__affine_##isa(const clip__affine_rows *p) { clip__affine##lanes(p); }                      \
    TARGET static void clip__greater_##isa(float *y, const float *x, size_t n) { clip__greater##lanes(y, x, n); }      \
    TARGET static void clip__unpack_f32_##isa(void *to, const clip__weights *w, const unsigned char *panel) {          \
        clip__unpack##lanes(to, w, panel, CLIP__FORM_F32);                                                             \
    }                                                                                                                  \
    TARGET CLIP__UNUSED static void clip__unpack_bf16_##isa(void *to, const clip__weights *w,                          \
                                                            const unsigned char *panel) {                              \
        if (w->type == CLIP__F32) clip__pack_panel##lanes(to, w, panel);                                               \
        else clip__unpack##lanes(to, w, panel, CLIP__FORM_BF16);                                                       \
    }                                                                                                                  \
    TARGET static void clip__widen_##isa(float *sums, size_t row, size_t n, const unsigned char *scales,               \
                                         const float *ranges) {                                                        \
        clip__widen##lanes(sums, row, n, scales, ranges);                                                              \
    }                                                                                                                  \
    TARGET static void clip__narrow_bf16_##isa(uint16_t *y, const float *x, size_t n) {                                \
        clip__narrow_bf16##lanes(y, x, n);                                                                             \
    }                                                                                                                  \
    TARGET static void clip__narrow_u8_##isa(unsigned char *y, float range[2], const float *x, size_t n,               \
                                             float beside) {                                                           \
        clip__narrow_u8##lanes(y, range, x, n, beside);                                                                \
    }                                                                                                                  \
    TARGET static void clip__scores_##isa(float *scores, clip_index_type type, const void *rows, size_t n, size_t dim, \
                                          const float *query) {                                                        \
        if (type == CLIP_INDEX_F32)                                                                                    \
            clip__scores##lanes(scores, CLIP_INDEX_F32, rows, n, dim, query, clip__halves_##isa, clip__bytes_##isa);   \
        else if (type == CLIP_INDEX_F16)                                                                               \
            clip__scores##lanes(scores, CLIP_INDEX_F16, rows, n, dim, query, clip__halves_##isa, clip__bytes_##isa);   \
        else clip__scores##lanes(scores, CLIP_INDEX_INT8, rows, n, dim, query, clip__halves_##isa, clip__bytes_##isa); \
    }                                                                                                                  \
    TARGET static void clip__pairs_##isa(void *to, const float *first, const float *second, size_t n) {                \
        clip__pairs##lanes(to, first, second, n);                                                                      \
    }                                                                                                                  \
    TARGET static void clip__softmax_##isa(float *x, const unsigned char *mask, size_t n) {                            \
        clip__softmax##lanes(x, mask, n);                                                                              \
    }                                                                                                                  \
    TARGET static void clip__layernorm_##isa(float *y, const float *x, const clip__norm *norm, size_t rows,            \
                                             size_t width, float eps) {                                                \
        clip__layernorm_body(y, x, norm, rows, width, eps);                                                            \
    }                                                                                                                  \
    TARGET static void clip__columns_##isa(const clip__columns_job *j, float *first, float *second, size_t r0,         \
                                           size_t r1) {                                                                \
        clip__columns##lanes(j, first, second, r0, r1);                                                                \
    }                                                                                                                  \
    TARGET static void clip__batch_norm_##isa(const clip__batch_norm_rows_job *j, size_t r0, size_t r1) {              \
        clip__batch_norm##lanes(j, r0, r1);                                                                            \
    }                                                                                                                  \
    TARGET static void clip__batch_norm_backward_##isa(const clip__batch_norm_rows_job *j, size_t r0, size_t r1) {     \
        clip__batch_norm_backward##lanes(j, r0, r1);                                                                   \
    }                                                                                                                  \
    TARGET static void clip__activation_##isa(clip__activation f, float *y, const float *x, size_t n) {                \
        clip__each##lanes(f, y, x, n, 0);                                                                              \
    }                                                                                                                  \
    TARGET static void clip__slope_##isa(clip__activation f, float *y, const float *x, size_t n) {                     \
        clip__each##lanes(f, y, x, n, 1);                                                                              \
    }

// X(0, y) X(1, y) ..., so many. Sums have names, since gcc keeps no arrays in registers.
#define CLIP__EACH_4(X, y) X(0, y) X(1, y) X(2, y) X(3, y)
#define CLIP__EACH_6(X, y) CLIP__EACH_4(X, y) X(4, y) X(5, y)
#define CLIP__EACH_10(X, y) CLIP__EACH_6(X, y) X(6, y) X(7, y) X(8, y) X(9, y)
#define CLIP__EACH_12(X, y) CLIP__EACH_10(X, y) X(10, y) X(11, y)

// clip__multiply_NAME: up to MR rows by two vectors a step, `low` and `high`. A WORD is a vector of steps, a SUM one of
// sums; dot(sum, row, panel) multiplies and adds. In each case of the switch n is known, and a loop of its own.
#define CLIP__START(r, SUM) SUM x##r = {0}, y##r = {0};
#define CLIP__RUN(r, unused) const unsigned char *a##r = (const unsigned char *)rows[r < n ? r : 0];
#define CLIP__TWO(r, dot)                                                                                              \
    if (r < n) {                                                                                                       \
        a = zero + *(const clip__step4 *)(a##r + 4 * k);                                                               \
        x##r = dot(x##r, a, left);                                                                                     \
        y##r = dot(y##r, a, right);                                                                                    \
    }
#define CLIP__STORE(r, SUM)                                                                                            \
    if (r < n) ((SUM *)sums)[2 * r] = x##r, ((SUM *)sums)[2 * r + 1] = y##r;
#define CLIP__CASE(r, name)                                                                                            \
    case r + 1:                                                                                                        \
        clip__rows_##name(sums, rows, stride, r + 1, taps, run, low, high, next);                                      \
        break;
#define CLIP__MULTIPLY(name, TARGET, MR, SUM, WORD, HIGH, dot)                                                         \
    TARGET CLIP__INLINE void clip__rows_##name(void *sums, const void *const *rows, size_t stride, const size_t n,     \
                                               size_t taps, size_t run, const unsigned char *low,                      \
                                               const unsigned char *high, const unsigned char *next) {                 \
        const WORD zero = {0};                                                                                         \
        WORD a, left, right;                                                                                           \
        CLIP__EACH_##MR(CLIP__START, SUM) for (size_t t = 0; t < taps; t++, rows += stride) {                          \
            CLIP__EACH_##MR(CLIP__RUN, 0) for (size_t k = 0; k < run;                                                  \
                                               k++, low += CLIP__STEP, high += CLIP__STEP, next += CLIP__STEP) {       \
                __builtin_prefetch(next, 0, 2);                                                                        \
                left = *(const WORD *)(const void *)low, right = *(const WORD *)(const void *)high;                    \
                CLIP__EACH_##MR(CLIP__TWO, dot)                                                                        \
            }                                                                                                          \
        }                                                                                                              \
        CLIP__EACH_##MR(CLIP__STORE, SUM)                                                                              \
    }                                                                                                                  \
    TARGET static void clip__multiply_##name(void *sums, const void *const *rows, size_t stride, size_t n,             \
                                             size_t taps, size_t run, const void *panel, const void *second,           \
                                             const void *ahead) {                                                      \
        const unsigned char *low = (const unsigned char *)panel, *high = HIGH, *next = (const unsigned char *)ahead;   \
        (void)second;                                                                                                  \
        switch (n) { CLIP__EACH_##MR(CLIP__CASE, name) }                                                               \
    }

#ifdef CLIP__X86
#define CLIP__AVX2 __attribute__((target("avx2,fma,f16c")))
CLIP__AVX2 CLIP__INLINE void clip__bytes_avx2(void *to, const void *from) {
    _mm256_storeu_ps((float *)to, _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_loadl_epi64((const __m128i *)from))));
}
CLIP__AVX2 CLIP__INLINE void clip__halves_avx2(void *to, const void *from) {
    _mm256_storeu_ps((float *)to, _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)from)));
}
CLIP__FOR_TARGET(avx2, CLIP__AVX2, 8)

#define CLIP__DOT(sum, a, w) (clip__v8) _mm256_fmadd_ps((__m256)(a), (__m256)(w), (__m256)(sum))
CLIP__MULTIPLY(avx2, CLIP__AVX2, 6, clip__v8, clip__i8, low + 32, CLIP__DOT)
CLIP__GEMM(avx2, CLIP__AVX2, avx2, f32, FORM_F32, 6, 1)
#undef CLIP__DOT

// Bytes as 16-bit numbers, those at even places and those at odd ones: no sum of two products is cut off.
#define CLIP__LOW(x) _mm256_srai_epi16(_mm256_slli_epi16((__m256i)(x), 8), 8)
#define CLIP__LOW_U8(x) _mm256_and_si256((__m256i)(x), _mm256_set1_epi16(255))
#define CLIP__DOT(sum, a, w)                                                                                           \
    (sum) + (clip__i8)_mm256_add_epi32(                                                                                \
                _mm256_madd_epi16(CLIP__LOW_U8(a), CLIP__LOW(w)),                                                      \
                _mm256_madd_epi16(_mm256_srli_epi16((__m256i)(a), 8), _mm256_srai_epi16((__m256i)(w), 8)))
CLIP__MULTIPLY(u8_avx2, CLIP__AVX2, 4, clip__i8, clip__i8, low + 32, CLIP__DOT)
CLIP__GEMM(u8_avx2, CLIP__AVX2, avx2, f32, FORM_U8, 4, 1)
#undef CLIP__DOT
#undef CLIP__LOW
#undef CLIP__LOW_U8

#ifdef CLIP__X86_2021
#define CLIP__AVXVNNI __attribute__((target("avx2,fma,f16c,avxvnni")))
#define CLIP__DOT(sum, a, w) (clip__i8) _mm256_dpbusd_avx_epi32((__m256i)(sum), (__m256i)(a), (__m256i)(w))
CLIP__MULTIPLY(u8_avxvnni, CLIP__AVXVNNI, 6, clip__i8, clip__i8, low + 32, CLIP__DOT)
CLIP__GEMM(u8_avxvnni, CLIP__AVXVNNI, avx2, f32, FORM_U8, 6, 1)
#undef CLIP__DOT
#endif

CLIP__AVX2 static void clip__outer_avx2(float *y, size_t ldy, const float *left, const float *right, size_t n) {
#define CLIP__ADD(r, unused)                                                                                           \
    a = _mm256_broadcast_ss(left + r), x##r = (clip__v8)_mm256_fmadd_ps(a, low, (__m256)x##r),                         \
    y##r = (clip__v8)_mm256_fmadd_ps(a, high, (__m256)y##r);
#define CLIP__KEEP(r, unused) *(clip__v8 *)(y + r * ldy) += x##r, *(clip__v8 *)(y + r * ldy + 8) += y##r;
    __m256 a;
    CLIP__EACH_6(CLIP__START, clip__v8)
    for (; n; n--, left += 6, right += 16) {
        const __m256 low = _mm256_loadu_ps(right), high = _mm256_loadu_ps(right + 8);
        CLIP__EACH_6(CLIP__ADD, 0)
    }
    CLIP__EACH_6(CLIP__KEEP, 0)
#undef CLIP__ADD
#undef CLIP__KEEP
}

#define CLIP__AVX512 __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,fma,f16c")))
// With a mask of all: gcc's own forms without one warn of what they don't fill.
CLIP__AVX512 CLIP__INLINE void clip__bytes_avx512(void *to, const void *from) {
    const __m512i wide = _mm512_maskz_cvtepi8_epi32(0xFFFF, _mm_loadu_si128((const __m128i *)from));
    _mm512_storeu_ps(to, _mm512_maskz_cvtepi32_ps(0xFFFF, wide));
}
CLIP__AVX512 CLIP__INLINE void clip__halves_avx512(void *to, const void *from) {
    _mm512_storeu_ps(to, _mm512_maskz_cvtph_ps(0xFFFF, _mm256_loadu_si256((const __m256i *)from)));
}
CLIP__FOR_TARGET(avx512, CLIP__AVX512, 16)

#define CLIP__DOT(sum, a, w) (clip__v16) _mm512_fmadd_ps((__m512)(a), (__m512)(w), (__m512)(sum))
CLIP__MULTIPLY(avx512, CLIP__AVX512, 10, clip__v16, clip__i16, (const unsigned char *)second, CLIP__DOT)
CLIP__GEMM(avx512, CLIP__AVX512, avx512, f32, FORM_F32, 10, 2)
#undef CLIP__DOT

#define CLIP__AVX512VNNI __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,fma,f16c,avx512vnni")))
#define CLIP__DOT(sum, a, w) (clip__i16) _mm512_dpbusd_epi32((__m512i)(sum), (__m512i)(a), (__m512i)(w))
CLIP__MULTIPLY(u8_avx512, CLIP__AVX512VNNI, 10, clip__i16, clip__i16, (const unsigned char *)second, CLIP__DOT)
CLIP__GEMM(u8_avx512, CLIP__AVX512VNNI, avx512, f32, FORM_U8, 10, 2)
#undef CLIP__DOT

#ifdef CLIP__X86_2021
#define CLIP__AVX512BF16 __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,fma,f16c,avx512bf16")))
#define CLIP__DOT(sum, a, w) (clip__v16) _mm512_dpbf16_ps((__m512)(sum), (__m512bh)(a), (__m512bh)(w))
CLIP__MULTIPLY(bf16_avx512, CLIP__AVX512BF16, 10, clip__v16, clip__i16, (const unsigned char *)second, CLIP__DOT)
CLIP__GEMM(bf16_avx512, CLIP__AVX512BF16, avx512, bf16, FORM_BF16, 10, 2)
#undef CLIP__DOT
#endif

#define CLIP__ZERO(r, unused) __m512 x##r = _mm512_setzero_ps();
#define CLIP__ADD(r, dot) x##r = dot(x##r, left + r, right);
#define CLIP__KEEP(r, unused) *(clip__v16 *)(y + r * ldy) += (clip__v16)x##r;
#define CLIP__OUTER(name, TARGET, dot)                                                                                 \
    TARGET static void clip__outer_##name(float *y, size_t ldy, const float *left, const float *right, size_t n) {     \
        CLIP__EACH_12(CLIP__ZERO, 0)                                                                                   \
        for (; n; n--, left += 12, right += 16) { CLIP__EACH_12(CLIP__ADD, dot) }                                      \
        CLIP__EACH_12(CLIP__KEEP, 0)                                                                                   \
    }
#define CLIP__DOT(sum, a, w) _mm512_fmadd_ps(_mm512_set1_ps(*(a)), _mm512_loadu_ps(w), sum)
CLIP__OUTER(avx512, CLIP__AVX512, CLIP__DOT)
#undef CLIP__DOT
#ifdef CLIP__AVX512BF16
#define CLIP__DOT(sum, a, w) _mm512_dpbf16_ps(sum, (__m512bh)_mm512_set1_ps(*(a)), (__m512bh)_mm512_loadu_ps(w))
CLIP__OUTER(bf16_avx512, CLIP__AVX512BF16, CLIP__DOT)
#undef CLIP__DOT
#endif
#undef CLIP__ZERO
#undef CLIP__ADD
#undef CLIP__KEEP
#if defined(__linux__) && defined(CLIP__X86_2021)
#define CLIP__AMX                                                                                                      \
    __attribute__((                                                                                                    \
        target("avx512f,avx512bw,avx512dq,avx512vl,fma,f16c,avx512bf16,avx512vnni,amx-tile,amx-bf16,amx-int8")))

static const unsigned char clip__amx_all[64] = {
    1,  0,  0,  0,  0,  0,  0,  0,  0,  0, 0,  0, 0,  0, 0,  0,  // palette 1,
    64, 0,  64, 0,  64, 0,  64, 0,  64, 0, 64, 0, 64, 0, 64, 0,  // 8 tiles of 64 bytes
    0,  0,  0,  0,  0,  0,  0,  0,  0,  0, 0,  0, 0,  0, 0,  0,  //
    16, 16, 16, 16, 16, 16, 16, 16, 0,  0, 0,  0, 0,  0, 0,  0}; // and 16 rows

// A tile has 16 rows of 64 bytes: 16 steps of 16 rows, or of a panel, or 16 rows of 16 sums. A tap's rows are loaded
// where they are if they lie evenly apart and their runs fill tiles; else they are packed first.
typedef struct clip__amx_run { // 16 rows of a tap
    const unsigned char *at;
    size_t stride, ahead; // bytes from row to row, and from a step to the next
} clip__amx_run;

typedef struct clip__amx_step { // a tile of two panels, and where that of the rows is: a tap's run, so many steps on
    const unsigned char *first, *second;
    size_t tap, k;
} clip__amx_step;

CLIP__AMX static void clip__amx_runs_of(clip__amx_run *run, const clip__part *p, size_t m0, unsigned char *room) {
    const size_t n = clip__min(p->n - m0, 16), packed = (p->run + 15) / 16 * 16 * CLIP__STEP;
    for (size_t t = 0; t < p->taps; t++, run++, room += packed) {
        const void *const *rows = p->rows + t * p->stride + m0;
        int evenly = n == 16 && p->run % 16 == 0;
        run->at = (const unsigned char *)rows[0], run->ahead = 4;
        run->stride = evenly ? (size_t)((uintptr_t)rows[1] - (uintptr_t)rows[0]) : 0; // they may be of different blocks
        for (size_t r = 2; r < 16 && evenly; r++) evenly = (uintptr_t)rows[r] == (uintptr_t)rows[0] + r * run->stride;
        if (evenly) continue;
        run->at = room, run->ahead = CLIP__STEP, run->stride = CLIP__STEP;
        for (size_t k = 0; k < p->run; k += 16) {
            const __mmask16 there = (__mmask16)(p->run - k < 16 ? (1u << (p->run - k)) - 1 : 0xFFFF);
            for (size_t r = 0; r < 16; r++)
                _mm512_storeu_si512(room + (k + r) * CLIP__STEP,
                                    _mm512_maskz_loadu_epi32((__mmask16)(r < n ? there : 0),
                                                             (const unsigned char *)rows[r < n ? r : 0] + 4 * k));
        }
    }
}

// sums [16 n, 2, 16] += rows x two panels, n_steps tiles of them; begin: they are 0 before. n is 1 or 2; the runs of
// the second 16 rows stand `taps` behind those of the first.
CLIP__AMX CLIP__INLINE void clip__multiply_amx(float *sums, const clip__amx_run *run, const size_t n, size_t taps,
                                               const clip__amx_step *s, size_t n_steps, int begin,
                                               const clip__form form) {
    float *below = sums + 16 * 32;
    if (begin) {
        _tile_zero(0);
        _tile_zero(1);
        _tile_zero(2);
        _tile_zero(3);
    } else {
        _tile_loadd(0, sums, 2 * CLIP__STEP);
        _tile_loadd(1, sums + 16, 2 * CLIP__STEP);
        if (n > 1) _tile_loadd(2, below, 2 * CLIP__STEP);
        if (n > 1) _tile_loadd(3, below + 16, 2 * CLIP__STEP);
    }
    for (; n_steps; n_steps--, s++) {
        const clip__amx_run *a = run + s->tap, *b = a + taps;
        _tile_loadd(6, s->first, CLIP__STEP);
        _tile_loadd(4, a->at + s->k * a->ahead, a->stride);
        if (form == CLIP__FORM_BF16) _tile_dpbf16ps(0, 4, 6);
        else _tile_dpbusd(0, 4, 6);
        if (n > 1) {
            _tile_loadd(5, b->at + s->k * b->ahead, b->stride);
            if (form == CLIP__FORM_BF16) _tile_dpbf16ps(2, 5, 6);
            else _tile_dpbusd(2, 5, 6);
        }
        _tile_loadd(7, s->second, CLIP__STEP);
        if (form == CLIP__FORM_BF16) _tile_dpbf16ps(1, 4, 7);
        else _tile_dpbusd(1, 4, 7);
        if (n > 1) {
            if (form == CLIP__FORM_BF16) _tile_dpbf16ps(3, 5, 7);
            else _tile_dpbusd(3, 5, 7);
        }
    }
    _tile_stored(0, sums, 2 * CLIP__STEP);
    _tile_stored(1, sums + 16, 2 * CLIP__STEP);
    if (n == 1) return;
    _tile_stored(2, below, 2 * CLIP__STEP);
    _tile_stored(3, below + 16, 2 * CLIP__STEP);
}

CLIP__AMX CLIP__INLINE void clip__gemm_amx(const clip__part *p, const clip__form form) {
    const clip__tools with = {NULL,
                              clip__affine_avx512,
                              clip__activation_avx512,
                              clip__narrow_bf16_avx512,
                              clip__unpack_bf16_avx512,
                              clip__widen_avx512,
                              form,
                              32,
                              2};
    const size_t NR = CLIP__NR, tile = 16 * CLIP__STEP, tiles = (p->n + 15) / 16,
                 n_steps = p->taps * ((p->run + 15) / 16);
    const size_t size = (size_t)clip__panel_size(p->weights.type, p->weights.lines, p->weights.line),
                 room = p->taps * p->run * CLIP__STEP;
    const int in_place = clip__in_place(p->weights.type, form);
    const unsigned char *panel = p->weights.panels;
    // scratch: sums [BLOCK_ROWS, 2, 16], tiles that end early [TILES, 2], runs [tiles, taps], two panels, packed rows
    float *sums = (float *)p->scratch;
    unsigned char *filled = (unsigned char *)(sums + CLIP__BLOCK_ROWS * 2 * NR);
    clip__amx_run *runs = (clip__amx_run *)(void *)(filled + CLIP__TILES * 2 * tile);
    unsigned char *unpacked = (unsigned char *)(runs + clip__round_up(tiles * p->taps, 8)),
                  *pack = unpacked + (in_place ? 0 : 2 * room);
    clip__amx_step steps[CLIP__TILES];
    float scale[CLIP__NP * CLIP__NR], shift[CLIP__NP * CLIP__NR];
    _tile_loadconfig(clip__amx_all);
    for (size_t i = 0; i < tiles; i++) clip__amx_runs_of(runs + i * p->taps, p, 16 * i, pack + i * n_steps * tile);
    for (size_t n0 = 0; n0 < p->columns; n0 += 2 * NR, panel += 2 * size) {
        const size_t width = clip__min(p->columns - n0, 2 * NR);
        const unsigned char *first = in_place ? panel : unpacked,
                            *second = width > NR ? first + (in_place ? size : room) : first;
        if (!in_place) {
            clip__unpack_bf16_avx512(unpacked, &p->weights, panel);
            if (width > NR) clip__unpack_bf16_avx512(unpacked + room, &p->weights, panel + size);
        }
        clip__gemm_columns(p, n0, width, scale, shift);
        size_t at = 0, t = 0, k = 0;
        do { // once where there are no taps: sums of 0
            const size_t n = clip__min(n_steps - at, CLIP__TILES);
            for (size_t i = 0, run; i < n; i++, first += run * CLIP__STEP, second += run * CLIP__STEP) {
                run = clip__min(p->run - k, 16);
                steps[i].first = first, steps[i].second = second, steps[i].tap = t, steps[i].k = k;
                if (run < 16) { // what stands behind may be no number
                    unsigned char *two = filled + i * 2 * tile;
                    memset(two, 0, 2 * tile);
                    memcpy(two, first, run * CLIP__STEP), memcpy(two + tile, second, run * CLIP__STEP);
                    steps[i].first = two, steps[i].second = two + tile;
                }
                k += run;
                if (k == p->run) k = 0, t++;
            }
            for (size_t i = 0; i < tiles; i += 2) {
                const clip__amx_run *run = runs + i * p->taps;
                if (i + 1 < tiles) clip__multiply_amx(sums + i * 16 * 32, run, 2, p->taps, steps, n, at == 0, form);
                else clip__multiply_amx(sums + i * 16 * 32, run, 1, p->taps, steps, n, at == 0, form);
            }
            at += n;
        } while (at < n_steps);
        for (size_t m = 0; m < p->n; m += 32) // first and second stand behind the panels now, where the scales are
            clip__gemm_finish(p, with, sums + m * 32, m, clip__min(m + 32, p->n), n0, width, scale, shift, first,
                              second);
    }
    _tile_release();
}
CLIP__AMX static void clip__gemm_bf16_amx(const clip__part *p) { clip__gemm_amx(p, CLIP__FORM_BF16); }
CLIP__AMX static void clip__gemm_u8_amx(const clip__part *p) { clip__gemm_amx(p, CLIP__FORM_U8); }

// Linux gives the tiles to a process that asks for them: arch_prctl(ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA).
static int clip__amx_permitted(void) {
    long result;
    __asm__ volatile("syscall" : "=a"(result) : "a"(158L), "D"(0x1023L), "S"(18L) : "rcx", "r11", "memory");
    return result == 0;
}
#endif
#endif

#ifdef CLIP__ARM
#define CLIP__NEON
CLIP__INLINE void clip__bytes_neon(void *to, const void *from) {
    int32_t word;
    memcpy(&word, from, sizeof word);
    vst1q_f32((float *)to, vcvtq_f32_s32(vmovl_s16(vget_low_s16(vmovl_s8(vreinterpret_s8_s32(vdup_n_s32(word)))))));
}
CLIP__INLINE void clip__halves_neon(void *to, const void *from) {
    vst1q_f32((float *)to, vcvt_f32_f16(vreinterpret_f16_u16(vld1_u16((const uint16_t *)from))));
}
CLIP__FOR_TARGET(neon, CLIP__NEON, 4)

// clip__multiply_NAME: up to MR rows by the four vectors of a step; dot(sum, row, panel) multiplies and adds.
#define CLIP__START4(r, SUM) SUM x##r = {0}, y##r = {0}, z##r = {0}, w##r = {0};
#define CLIP__FOUR(r, dot)                                                                                             \
    if (r < n) {                                                                                                       \
        memcpy(&word, a##r + 4 * k, sizeof word);                                                                      \
        a = vdupq_n_s32(word);                                                                                         \
        x##r = dot(x##r, a, v0), y##r = dot(y##r, a, v1), z##r = dot(z##r, a, v2), w##r = dot(w##r, a, v3);            \
    }
#define CLIP__STORE4(r, SUM)                                                                                           \
    if (r < n) {                                                                                                       \
        SUM *to = (SUM *)sums + 4 * r;                                                                                 \
        to[0] = x##r, to[1] = y##r, to[2] = z##r, to[3] = w##r;                                                        \
    }
#define CLIP__CASE4(r, name)                                                                                           \
    case r + 1:                                                                                                        \
        clip__rows_##name(sums, rows, stride, r + 1, taps, run, (const int32_t *)panel);                               \
        break;
#define CLIP__MULTIPLY4(name, TARGET, MR, SUM, dot)                                                                    \
    TARGET CLIP__INLINE void clip__rows_##name(void *sums, const void *const *rows, size_t stride, const size_t n,     \
                                               size_t taps, size_t run, const int32_t *panel) {                        \
        int32x4_t a, v0, v1, v2, v3;                                                                                   \
        int32_t word;                                                                                                  \
        CLIP__EACH_##MR(CLIP__START4, SUM) for (size_t t = 0; t < taps; t++, rows += stride) {                         \
            CLIP__EACH_##MR(CLIP__RUN, 0) for (size_t k = 0; k < run; k++, panel += 16) {                              \
                v0 = vld1q_s32(panel), v1 = vld1q_s32(panel + 4);                                                      \
                v2 = vld1q_s32(panel + 8), v3 = vld1q_s32(panel + 12);                                                 \
                CLIP__EACH_##MR(CLIP__FOUR, dot)                                                                       \
            }                                                                                                          \
        }                                                                                                              \
        CLIP__EACH_##MR(CLIP__STORE4, SUM)                                                                             \
    }                                                                                                                  \
    TARGET static void clip__multiply_##name(void *sums, const void *const *rows, size_t stride, size_t n,             \
                                             size_t taps, size_t run, const void *panel, const void *second,           \
                                             const void *ahead) {                                                      \
        (void)second, (void)ahead;                                                                                     \
        switch (n) { CLIP__EACH_##MR(CLIP__CASE4, name) }                                                              \
    }

#define CLIP__DOT(sum, a, v) vfmaq_f32(sum, vreinterpretq_f32_s32(a), vreinterpretq_f32_s32(v))
CLIP__MULTIPLY4(neon, CLIP__NEON, 6, float32x4_t, CLIP__DOT)
CLIP__GEMM(neon, CLIP__NEON, neon, f32, FORM_F32, 6, 1)
#undef CLIP__DOT

#if (defined(__ARM_FEATURE_DOTPROD) || !defined(__clang__)) && (__GNUC__ >= 10 || defined(__clang__))
#define CLIP__NEONDOT __attribute__((target("arch=armv8.2-a+dotprod")))
// The instruction takes signed bytes: x = (x - 128) + 128, and the latter's part is 128 sum(w).
#define CLIP__DOT(sum, a, v)                                                                                           \
    vdotq_s32(                                                                                                         \
        vdotq_s32(sum, vreinterpretq_s8_s32(veorq_s32(a, vdupq_n_s32((int32_t)0x80808080))), vreinterpretq_s8_s32(v)), \
        vdupq_n_s8(64), vreinterpretq_s8_s32(v))
#define CLIP__DOT_TWICE(sum, a, v) vdotq_s32(CLIP__DOT(sum, a, v), vdupq_n_s8(64), vreinterpretq_s8_s32(v))
CLIP__MULTIPLY4(u8_neondot, CLIP__NEONDOT, 4, int32x4_t, CLIP__DOT_TWICE)
CLIP__GEMM(u8_neondot, CLIP__NEONDOT, neon, f32, FORM_U8, 4, 1)
#undef CLIP__DOT
#undef CLIP__DOT_TWICE
#endif

#if (defined(__ARM_FEATURE_BF16) || !defined(__clang__)) && (__GNUC__ >= 10 || defined(__clang__)) &&                  \
    defined(CLIP__NEONDOT)
#define CLIP__NEONBF16 __attribute__((target("arch=armv8.2-a+dotprod+bf16")))
#define CLIP__DOT(sum, a, v) vbfdotq_f32(sum, vreinterpretq_bf16_s32(a), vreinterpretq_bf16_s32(v))
CLIP__MULTIPLY4(bf16_neon, CLIP__NEONBF16, 6, float32x4_t, CLIP__DOT)
CLIP__GEMM(bf16_neon, CLIP__NEONBF16, neon, bf16, FORM_BF16, 6, 1)
#undef CLIP__DOT
#endif

static void clip__outer_neon(float *y, size_t ldy, const float *left, const float *right, size_t n) {
#define CLIP__ADD4(r, unused)                                                                                          \
    x##r = vfmaq_n_f32(x##r, v0, left[r]), y##r = vfmaq_n_f32(y##r, v1, left[r]),                                      \
    z##r = vfmaq_n_f32(z##r, v2, left[r]), w##r = vfmaq_n_f32(w##r, v3, left[r]);
#define CLIP__KEEP4(r, unused)                                                                                         \
    vst1q_f32(y + r * ldy, vaddq_f32(vld1q_f32(y + r * ldy), x##r));                                                   \
    vst1q_f32(y + r * ldy + 4, vaddq_f32(vld1q_f32(y + r * ldy + 4), y##r));                                           \
    vst1q_f32(y + r * ldy + 8, vaddq_f32(vld1q_f32(y + r * ldy + 8), z##r));                                           \
    vst1q_f32(y + r * ldy + 12, vaddq_f32(vld1q_f32(y + r * ldy + 12), w##r));
    CLIP__EACH_6(CLIP__START4, float32x4_t)
    for (; n; n--, left += 6, right += 16) {
        const float32x4_t v0 = vld1q_f32(right), v1 = vld1q_f32(right + 4), v2 = vld1q_f32(right + 8),
                          v3 = vld1q_f32(right + 12);
        CLIP__EACH_6(CLIP__ADD4, 0)
    }
    CLIP__EACH_6(CLIP__KEEP4, 0)
#undef CLIP__ADD4
#undef CLIP__KEEP4
}
#endif
#undef CLIP__START
#undef CLIP__RUN
#undef CLIP__TWO
#undef CLIP__STORE
#undef CLIP__CASE
#endif // of all vector units

// An ISA's own kernels for f32, bf16 and bytes, and the rest, which it may share with a lesser one.
#define CLIP__KERNEL(isa, rows, panels, f32, bf16, u8, outer_bf16, rest)                                               \
    {                                                                                                                  \
#isa, rows, panels,                                                                                            \
            {f32, bf16, u8 }, clip__narrow_bf16_##rest, clip__narrow_u8_##rest, clip__outer_##rest, outer_bf16,        \
             clip__pairs_##rest, clip__softmax_##rest, clip__layernorm_##rest, clip__activation_##rest,                \
             clip__slope_##rest, clip__greater_##rest, clip__scores_##rest, clip__columns_##rest,                      \
             clip__batch_norm_##rest, clip__batch_norm_backward_##rest                                                 \
    }
static const clip__kernel clip__kernels[] = {
    // from the plainest up
    CLIP__KERNEL(plain, 3, 4, clip__gemm_plain, NULL, clip__gemm_u8_plain, NULL, plain),
#ifdef CLIP__X86
    CLIP__KERNEL(avx2, 6, 4, clip__gemm_avx2, NULL, clip__gemm_u8_avx2, NULL, avx2),
#ifdef CLIP__AVXVNNI
    CLIP__KERNEL(avxvnni, 6, 4, clip__gemm_avx2, NULL, clip__gemm_u8_avxvnni, NULL, avx2),
#endif
    CLIP__KERNEL(avx512, 12, 4, clip__gemm_avx512, NULL, clip__gemm_u8_avx2, NULL, avx512),
    CLIP__KERNEL(avx512vnni, 12, 4, clip__gemm_avx512, NULL, clip__gemm_u8_avx512, NULL, avx512),
#ifdef CLIP__AVX512BF16
    CLIP__KERNEL(avx512bf16, 12, 4, clip__gemm_avx512, clip__gemm_bf16_avx512, clip__gemm_u8_avx512,
                 clip__outer_bf16_avx512, avx512),
#endif
#ifdef CLIP__AMX
    CLIP__KERNEL(amx, 12, 8, clip__gemm_avx512, clip__gemm_bf16_amx, clip__gemm_u8_amx, clip__outer_bf16_avx512,
                 avx512),
#endif
#endif
#ifdef CLIP__ARM
    CLIP__KERNEL(neon, 6, 4, clip__gemm_neon, NULL, clip__gemm_u8_plain, NULL, neon),
#ifdef CLIP__NEONDOT
    CLIP__KERNEL(neondot, 6, 4, clip__gemm_neon, NULL, clip__gemm_u8_neondot, NULL, neon),
#endif
#ifdef CLIP__NEONBF16
    CLIP__KERNEL(neonbf16, 6, 4, clip__gemm_neon, clip__gemm_bf16_neon, clip__gemm_u8_neondot, NULL, neon),
#endif
#endif
};

#ifdef CLIP__X86
static uint64_t clip__cpu_enabled(void) { // XCR0: what the operating system saves and restores
    uint32_t low, high;
    __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return (uint64_t)high << 32 | low;
}
#endif

// Whether this CPU, and its operating system, can run kernel number i.
static int clip__kernel_runs(size_t i) {
#ifdef CLIP__X86
    enum {
        FMA = 1 << 12,
        F16C = 1 << 29,
        OSXSAVE = 1 << 27,
        AVX2 = 1 << 5,
        AVX512VNNI = 1 << 11,
        AVXVNNI = 1 << 4,
        AVX512BF16 = 1 << 5
    };
    const uint32_t avx512 = 1u << 16 | 1u << 17 | 1u << 30 | 1u << 31; // F, DQ, BW, VL
    const char *isa = clip__kernels[i].isa;
    const uint32_t amx = 1u << 22 | 1u << 24 | 1u << 25; // BF16, TILE, INT8
    uint32_t a, b, c, d, b7, c7 = 0, d7 = 0, a71 = 0;
    uint64_t enabled;
    if (!i) return 1;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & FMA) || !(c & F16C) || !(c & OSXSAVE)) return 0;
    if (!__get_cpuid_count(7, 0, &a, &b7, &c7, &d7)) return 0;
    if (a) __get_cpuid_count(7, 1, &a71, &b, &c, &d); // a: how many such pages there are
    enabled = clip__cpu_enabled();
    (void)amx, (void)d7;
    if (!(b7 & AVX2) || (enabled & 6) != 6) return 0;
    if (!strcmp(isa, "avx2")) return 1;
    if (!strcmp(isa, "avxvnni")) return (a71 & AVXVNNI) != 0;
    if ((b7 & avx512) != avx512 || (enabled & 0xE0) != 0xE0) return 0;
    if (!strcmp(isa, "avx512")) return 1;
    if (!strcmp(isa, "avx512vnni")) return (c7 & AVX512VNNI) != 0;
    if (!(c7 & AVX512VNNI) || !(a71 & AVX512BF16)) return 0;
    if (!strcmp(isa, "avx512bf16")) return 1;
#ifdef CLIP__AMX
    if (!strcmp(isa, "amx")) return (d7 & amx) == amx && (enabled & 0x60000) == 0x60000 && clip__amx_permitted();
#endif
    return 0;
#elif defined(CLIP__ARM)
    const char *isa = clip__kernels[i].isa;
    unsigned long dot = 0, bf16 = 0;
#ifdef __linux__
    dot = getauxval(AT_HWCAP) & 1ul << 20, bf16 = getauxval(AT_HWCAP2) & 1ul << 14; // HWCAP_ASIMDDP, HWCAP2_BF16
#elif defined(__ARM_FEATURE_DOTPROD)
    dot = 1;
#endif
    if (!strcmp(isa, "neondot")) return dot != 0;
    if (!strcmp(isa, "neonbf16")) return dot && bf16;
    return 1; // plain, neon
#else
    return i == 0;
#endif
}

// The best kernel of this CPU, but none above `isa` (may be NULL). NULL if no such kernel is known.
static const clip__kernel *clip__kernel_pick(const char *isa) {
    size_t best = sizeof clip__kernels / sizeof *clip__kernels - 1;
    while (isa && strcmp(clip__kernels[best].isa, isa))
        if (!best--) return NULL;
    while (!clip__kernel_runs(best)) best--;
    return &clip__kernels[best];
}

typedef struct clip__batch_norm {
    const float *weight, *bias, *mean, *var; // [channels]
    double eps;
    float *scale, *shift; // the same worked out for fixed statistics
} clip__batch_norm;

// A convolution over NHWC, and with height = width = kernel = 1 a linear layer: weight, its shape, and what follows it.
typedef struct clip__layer {
    const void *panels;         // of [out, kernel * kernel * in]
    unsigned type;              // of their numbers
    int exact;                  // never multiplied in bf16, even in a training that is
    const float *scale, *shift; // [out] a batch norm, or NULL and the bias (may be NULL)
    size_t in, out;             // channels
    size_t kernel, step, pad;   // the window's side, its stride, and the zeros around the picture
    clip__batch_norm norm;      // where scale and shift come from, if they are a batch norm
} clip__layer;

typedef struct clip__gemm_job {
    float *y;
    const unsigned char *x;                            // [n, height, width, in] in `form`
    size_t rows, height, width, out_height, out_width; // rows = n * out_height * out_width
    size_t row_blocks, panel_blocks, panels;           // of tasks; panels of a task
    int panels_first;                                  // the order of tasks
    const clip__layer *layer;
    const clip__kernel *kernel;
    clip__form form;
    const float *ranges; // of CLIP__FORM_U8: [n * height * width, 2], or of a larger window [n, 2]
    clip__epilogue epilogue;
    const void ***tables; // of each worker, [taps, CLIP__BLOCK_ROWS]
    void **scratch;       // of each worker
    const void *zeros;    // at least a run long
} clip__gemm_job;

// Runs of a row: where no padding can come between, the pixels of one row of the window are one run.
static size_t clip__layer_taps(const clip__layer *l) { return l->pad ? l->kernel * l->kernel : l->kernel; }
static size_t clip__layer_run(const clip__layer *l) { return l->pad ? l->in : l->kernel * l->in; }

// The weights of column n and on; n is a multiple of 16.
static clip__weights clip__layer_weights(const clip__layer *l, size_t n) {
    clip__weights w;
    w.type = l->type, w.lines = l->kernel, w.line = l->kernel * l->in;
    w.panels = (const unsigned char *)l->panels + n / CLIP__NR * (size_t)clip__panel_size(w.type, w.lines, w.line);
    return w;
}

// Steps of a run in a form: as many numbers as its steps in the file have.
static size_t clip__layer_steps(const clip__layer *l, clip__form form) {
    return clip__round_up(clip__layer_run(l), clip__max(clip__type_step[l->type], clip__form_step[form])) /
           clip__form_step[form];
}

// Bytes that a worker needs for unpacked panels, and packed rows, of the widest layers; for AMX also for sums, tiles
// that end early, and, in packed / 32, what clip__amx_runs_of tells of each tap.
static size_t clip__scratch_size(const clip__kernel *kernel, size_t unpacked, size_t packed) {
    const size_t panels = clip__mul((size_t)CLIP__NP * CLIP__STEP, unpacked);
    const size_t fixed = CLIP__NP * (CLIP__BLOCK_ROWS * CLIP__NR * sizeof(float) + CLIP__TILES * 16 * CLIP__STEP);
    if (strcmp(kernel->isa, "amx")) return panels;
    return clip__add(clip__add(panels, fixed), clip__mul(CLIP__BLOCK_ROWS, clip__add(packed, packed / 32)));
}

// Fills table [taps, CLIP__BLOCK_ROWS], and ranges (may be NULL) [CLIP__BLOCK_ROWS, 2], for the output pixels m0 to m1.
static void clip__gather(const clip__gemm_job *j, const void **table, float *ranges, size_t m0, size_t m1) {
    const clip__layer *l = j->layer;
    const size_t across = l->pad ? l->kernel : 1, taps = clip__layer_taps(l);
    const size_t pixel = l->in * 4 / clip__form_step[j->form]; // bytes
    size_t ox = m0 % j->out_width, oy = m0 / j->out_width % j->out_height, n = m0 / j->out_width / j->out_height;
    for (size_t r = 0; r < m1 - m0; r++) {
        for (size_t t = 0, down = 0, right = 0; t < taps; t++) {
            // unsigned: left of the picture and above it are far outside
            const size_t y = oy * l->step + down - l->pad, x = ox * l->step + right - l->pad;
            const int inside = y < j->height && x < j->width;
            table[t * CLIP__BLOCK_ROWS + r] = inside ? j->x + ((n * j->height + y) * j->width + x) * pixel : j->zeros;
            if (++right == across) right = 0, down++;
        }
        if (ranges) {
            const size_t at = l->kernel > 1 ? n : (n * j->height + oy * l->step) * j->width + ox * l->step;
            memcpy(ranges + 2 * r, j->ranges + 2 * at, 2 * sizeof *ranges);
        }
        if (++ox == j->out_width) ox = 0, oy++;
        if (oy == j->out_height) oy = 0, n++;
    }
}

static void clip__gemm_task(void *arg, size_t i, size_t worker) {
    const clip__gemm_job *j = (const clip__gemm_job *)arg;
    const clip__layer *l = j->layer;
    const size_t rows = j->panels_first ? i % j->row_blocks : i / j->panel_blocks,
                 block = j->panels_first ? i / j->row_blocks : i % j->panel_blocks;
    const size_t m0 = rows * CLIP__BLOCK_ROWS, m1 = clip__min(m0 + CLIP__BLOCK_ROWS, j->rows);
    const size_t n0 = block * j->panels * CLIP__NR, n1 = clip__min(n0 + j->panels * CLIP__NR, l->out);
    clip__epilogue e = j->epilogue;
    clip__part p;
    float ranges[2 * CLIP__BLOCK_ROWS];
    if (e.residual) e.residual += m0 * l->out + n0;
    clip__gather(j, j->tables[worker], j->form == CLIP__FORM_U8 ? ranges : NULL, m0, m1);
    p.y = j->y + m0 * l->out + n0, p.ldy = l->out;
    if (e.narrow) p.y = (float *)(void *)((uint16_t *)(void *)j->y + m0 * l->out + n0);
    p.rows = j->tables[worker], p.stride = CLIP__BLOCK_ROWS, p.n = m1 - m0;
    p.taps = clip__layer_taps(l), p.run = clip__layer_steps(l, j->form), p.ranges = ranges;
    p.weights = clip__layer_weights(l, n0), p.columns = n1 - n0, p.column = n0;
    p.epilogue = &e, p.scratch = j->scratch[worker];
    j->kernel->gemm[j->form](&p);
}

// A part whose panels are f32s, in the K floats of one run.
static clip__part clip__part_f32(float *y, size_t ldy, const void *const *rows, size_t n, size_t K, const float *panels,
                                 size_t columns, const clip__epilogue *e) {
    clip__part p;
    memset(&p, 0, sizeof p);
    p.y = y, p.ldy = ldy, p.rows = rows, p.n = n, p.taps = 1, p.run = K, p.columns = columns, p.epilogue = e;
    p.weights.panels = (const unsigned char *)panels, p.weights.lines = 1, p.weights.line = K;
    return p;
}

// y [n, columns] = rows [n, K] x panels, of whose `line` numbers the first K, times `factor` (0 means 1).
static void clip__multiply_rows(const clip__kernel *kernel, float *y, size_t ldy, const void *const *rows, size_t n,
                                size_t K, const float *panels, size_t line, size_t columns, float factor) {
    clip__epilogue e;
    clip__part p;
    memset(&e, 0, sizeof e);
    e.factor = factor;
    p = clip__part_f32(y, ldy, rows, n, K, panels, columns, &e);
    p.weights.line = line;
    kernel->gemm[CLIP__FORM_F32](&p);
}

// ---- >>load --------------------------------------------------------------------------------------------------------
// The parts of a model point into the file. What is worked out at load (batch norms) lies beside clip_model.

typedef struct clip__block { // of a transformer
    clip__norm norm1, norm2;
    clip__layer qkv, proj, fc1, fc2; // [3 width, width], [width, width], [mlp, width], [width, mlp]
} clip__block;

typedef struct clip__transformer {
    size_t width, layers, heads, mlp;
    int pre_norm; // 1: x + f(norm(x)), as ViT; 0: norm(x + f(x)), as BERT
    int causal;   // 1: a token sees itself and those before it
    clip__activation activation;
    float eps;
    clip__block *blocks;
} clip__transformer;

// How a sequence becomes one vector: its first token, the mean, the first end token, the first of the highest id, the
// last token, or attention with one query.
typedef enum clip__pooling_kind {
    CLIP__POOL_CLS,
    CLIP__POOL_MEAN,
    CLIP__POOL_END,
    CLIP__POOL_HIGHEST,
    CLIP__POOL_LAST,
    CLIP__POOL_ATTENTION
} clip__pooling_kind;
static const char *const clip__pooling_names[] = {"cls", "mean", "end", "highest", "last", "attention"};

// y = attention(query, tokens), the query being a learnt token (SigLIP), or the mean of the tokens, which then stands
// before them, and positions are added (CLIP's ResNet). SigLIP goes on: a = proj(y), a + fc2(activation(fc1(norm(a)))).
typedef struct clip__attention_pool {
    size_t width, heads;
    const float *probe, *positions;                      // [width] or NULL; [1 + tokens, width] or NULL
    clip__layer qkv, query, keys_values, proj, fc1, fc2; // query and keys_values are parts of qkv
    clip__norm norm;
    clip__activation activation;
    float eps;
} clip__attention_pool;

typedef struct clip__vit {
    clip__transformer body;
    clip__layer patch;
    const float *cls;          // [width] or NULL
    const float *positions;    // [T, width]
    clip__norm norm_pre, norm; // before the blocks (CLIP; NULL: none), and after them
    clip__pooling_kind pool;
    clip__attention_pool attention;
    int norm_after_pool;
    size_t T;
} clip__vit;

typedef struct clip__residual { // a block of a resnet: conv3 and shortcut are there if their panels are
    clip__layer conv1, conv2, conv3, shortcut;
    size_t average; // pixels x pixels that are averaged before conv3 and the shortcut (CLIP's); 1: none
} clip__residual;

typedef struct clip__resnet {
    clip__layer stem[3]; // one of 7 x 7, or CLIP's three of 3 x 3
    size_t n_stem;
    clip__residual *blocks; // of all stages, one after the other
    size_t n_blocks;
    size_t features;                // channels at the end
    clip__attention_pool attention; // CLIP's, else width == 0 and the mean
} clip__resnet;

typedef struct clip__text {
    clip__transformer body;         // norms after (BERT), or before (CLIP)
    const void *tokens;             // [vocabulary, width]
    unsigned tokens_type;           // of its numbers
    const float *positions, *types; // [context, width], [2, width] or NULL
    clip__norm norm;                // BERT: before the blocks; CLIP: after them
    clip__pooling_kind pool;
    int32_t end, pad; // ids: see clip__pooling_kind
    size_t vocabulary, context;
} clip__text;

typedef enum clip__head_kind { CLIP__HEAD_NONE, CLIP__HEAD_LINEAR, CLIP__HEAD_MLP } clip__head_kind;
static const char *const clip__head_names[] = {"none", "linear", "mlp"};

typedef struct clip__head {
    clip__head_kind kind;
    clip__layer pooler; // tanh(linear), before all else; may be absent
    clip__layer projection, fc;
    clip__norm norm;
    float eps;
    size_t in, out;
} clip__head;

typedef enum clip__image_kind { CLIP__NO_IMAGE, CLIP__RESNET, CLIP__VIT } clip__image_kind;
typedef enum clip__text_kind { CLIP__NO_TEXT, CLIP__BERT, CLIP__CLIP } clip__text_kind;
static const char *const clip__image_names[] = {"", "resnet", "vit"}, *const clip__text_names[] = {"", "bert", "clip"};

struct clip_model {
    clip__file file;
    clip__pipeline pipeline;
    clip__image_kind image;
    clip__resnet resnet;
    clip__vit vit;
    clip__text_kind text;
    clip__text text_tower;
    clip__head image_head, text_head;
    struct clip_tokenizer *tokenizer; // NULL without one
    int cased;
    size_t embed_dim;
    clip_model_info info;
    void *block; // what CLIP_FREE gets; the model itself lies inside
    size_t block_size;
    void *owned; // the file's bytes, if they were read or turned round; NULL if mapped or the caller's
    void *mapped;
    int narrow;         // a weight is not f32
    size_t unpacked[2]; // numbers of a column, at the most, of weights that a kernel may have to unpack: forward, back
    size_t packed[2];   // bytes of a row, at the most, that a kernel may have to pack into tiles: likewise
};

typedef struct clip__loader {
    clip__file file;
    clip__arena arena; // counts at first; then the same calls fill it
    clip_error *why;
    clip_result result; // the first failure; after it every call below does nothing
    size_t cursor;      // tensors are mostly asked for in the order they lie in: where to look first
    size_t looks;       // at records of the table, so far
    int narrow;         // as in clip_model, as are the next two
    size_t unpacked[2], packed[2];
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

// The same of a key that may be absent: 0 then.
static size_t clip__load_choice_or_first(clip__loader *l, const char *tower, const char *name, const char *const *known,
                                         size_t n) {
    char path[128];
    clip__key key;
    return clip__file_find_key(&l->file, clip__path(path, tower, name), &key)
               ? clip__load_choice(l, tower, name, known, n)
               : 0;
}

static int clip__load_has(clip__loader *l, const char *tower, const char *name, clip__tensor *t) {
    char path[128];
    size_t cursor = l->cursor;
    clip__path(path, tower, name);
    for (size_t i = 0; i <= l->file.n_tensors && l->looks < CLIP__MAX_LOOKUPS; i++, l->looks++) { // once around
        if (!clip__file_next_tensor(&l->file, &cursor, t)) cursor = 0;
        else if (clip__name_is(t->name, t->name_size, path)) return l->cursor = cursor, 1;
    }
    if (l->looks == CLIP__MAX_LOOKUPS)
        CLIP__LOAD_FAIL(l, CLIP_ERROR_FORMAT, "the file has %lu tensors, too many to find this model's among them",
                        (unsigned long)l->file.n_tensors);
    return 0;
}

// The numbers of tensor `tower.name`, whose shape must be as given (a shape of 0 takes any number, and tells it). They
// are f32; where `type` is not NULL they may be of any that weights have, and it tells which. NULL on failure, and
// where the tensor is optional and not there.
static const void *clip__load_tensor(clip__loader *l, const char *tower, const char *name, unsigned layout,
                                     unsigned *type, int optional, size_t *d0, size_t d1, size_t d2, size_t d3) {
    clip__tensor t;
    if (l->result) return NULL;
    if (!clip__load_has(l, tower, name, &t)) {
        if (!optional) CLIP__LOAD_FAIL(l, CLIP_ERROR_SHAPE, "the file lacks the tensor %s.%s", tower, name);
        return NULL;
    }
    if ((t.type != CLIP__F32 && (!type || !clip__type_step[t.type])) || t.layout != layout) {
        CLIP__LOAD_FAIL(l, CLIP_ERROR_UNSUPPORTED, "tensor %s.%s: type %u in layout %u; expected %s in layout %u",
                        tower, name, t.type, t.layout, type ? "f32, f16, bf16, q8 or q4" : "f32", layout);
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
    if (type) *type = t.type;
    if (t.type != CLIP__F32) l->narrow = 1;
    return t.data;
}

static const float *clip__load_vector(clip__loader *l, const char *tower, const char *name, int optional, size_t n) {
    return (const float *)clip__load_tensor(l, tower, name, CLIP__ROWS, NULL, optional, &n, 1, 1, 1);
}

static clip__norm clip__load_norm(clip__loader *l, const char *tower, const char *name, size_t width) {
    char path[96];
    clip__norm norm;
    snprintf(path, sizeof path, "%s.%s", tower, name);
    norm.weight = clip__load_vector(l, path, "weight", 0, width);
    norm.bias = clip__load_vector(l, path, "bias", 0, width);
    return norm;
}

// Whether zeros fill up the rows of a window to whole steps: they are multiplied by what stands behind a picture, which
// may be another one.
static int clip__layer_is_filled(const clip__layer *l) {
    const size_t g = clip__type_step[l->type], line = l->kernel * l->in, steps = (line + g - 1) / g, last = line % g;
    const uint32_t zeros = l->type == CLIP__Q4 ? 0x88888888 : 0;
    for (size_t n = 0; last && n < l->out; n += CLIP__NR)
        for (size_t y = 1; y <= l->kernel; y++) {
            const unsigned char *step = clip__layer_weights(l, n).panels + (y * steps - 1) * CLIP__STEP;
            for (size_t at = 0; at < CLIP__STEP; at += 4)
                if (((uint32_t)clip__read_le(step + at, 4) ^ zeros) >> 32 / g * last) return 0;
        }
    return 1;
}

// A convolution without its norm or bias. An `out` of 0 takes what the file has.
static clip__layer clip__load_conv(clip__loader *l, const char *tower, const char *name, size_t in, size_t out,
                                   size_t kernel, size_t step, size_t pad) {
    char path[96];
    clip__layer layer;
    memset(&layer, 0, sizeof layer);
    snprintf(path, sizeof path, "%s.%s", tower, name);
    layer.panels = clip__load_tensor(l, path, "weight", CLIP__PANELS, &layer.type, 0, &out, in, kernel, kernel);
    layer.in = in;
    layer.out = out;
    layer.kernel = kernel;
    layer.step = step;
    layer.pad = pad;
    if (!l->result && out > CLIP__MAX_WIDTH)
        CLIP__LOAD_FAIL(l, CLIP_ERROR_SHAPE, "tensor %s.weight: %lu outputs are too many", path, (unsigned long)out);
    if (!l->result && (kernel == 1 || pad) && in % clip__type_step[layer.type]) // else runs would overlap rows
        CLIP__LOAD_FAIL(l, CLIP_ERROR_SHAPE,
                        "tensor %s.weight: its type goes with a multiple of %u inputs, not with %lu", path,
                        clip__type_step[layer.type], (unsigned long)in);
    if (!l->result && layer.type == CLIP__Q8 && kernel * kernel * in > CLIP__MAX_WIDTH) // 255 * 128 * 65,536 < 2^31
        CLIP__LOAD_FAIL(l, CLIP_ERROR_SHAPE, "tensor %s.weight: %lu numbers of q8 may add up to more than 32 bits",
                        path, (unsigned long)(kernel * kernel * in));
    if (!l->result && !l->arena.base && !clip__layer_is_filled(&layer))
        CLIP__LOAD_FAIL(l, CLIP_ERROR_FORMAT, "tensor %s.weight: what fills its rows up is not zeros", path);
    if (!l->result) { // forward, and as it is turned in the backward
        const size_t runs = clip__layer_taps(&layer) * clip__round_up(2 * clip__layer_run(&layer) + 8, 64);
        l->packed[0] = clip__max(l->packed[0], runs);
        l->packed[1] = clip__max(l->packed[1], kernel * kernel * clip__round_up(2 * out + 8, 64));
        l->unpacked[0] = clip__max(l->unpacked[0], kernel * clip__round_up(kernel * in, 8));
        l->unpacked[1] = clip__max(l->unpacked[1], kernel * kernel * clip__round_up(out, 8));
    }
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
static void clip__batch_norm_fold(const clip__batch_norm *b, size_t n) {
    for (size_t i = 0; i < n; i++) {
        const double s = (double)b->weight[i] / sqrt((double)b->var[i] + b->eps);
        b->scale[i] = (float)s;
        b->shift[i] = (float)((double)b->bias[i] - (double)b->mean[i] * s);
    }
}

static void clip__load_batch_norm(clip__loader *l, clip__layer *layer, const char *tower, const char *name,
                                  double eps) {
    char path[96];
    const size_t n = layer->out;
    clip__batch_norm *b = &layer->norm;
    snprintf(path, sizeof path, "%s.%s", tower, name);
    b->weight = clip__load_vector(l, path, "weight", 0, n);
    b->bias = clip__load_vector(l, path, "bias", 0, n);
    b->mean = clip__load_vector(l, path, "mean", 0, n);
    b->var = clip__load_vector(l, path, "var", 0, n);
    b->eps = eps;
    layer->scale = b->scale = (float *)clip__take(&l->arena, n, sizeof(float));
    layer->shift = b->shift = (float *)clip__take(&l->arena, n, sizeof(float));
    if (!l->result && l->arena.base) clip__batch_norm_fold(b, n);
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

// Columns first to first + out of a layer; first is a multiple of 16, a whole number of panels.
static clip__layer clip__layer_part(const clip__layer *l, size_t first, size_t out) {
    clip__layer part = *l;
    part.out = out;
    if (l->panels) part.panels = clip__layer_weights(l, first).panels;
    if (l->shift) part.shift += first;
    return part;
}

static void clip__load_attention_pool(clip__loader *l, clip__attention_pool *p, size_t width, size_t heads) {
    p->width = width;
    p->heads = heads;
    if (!l->result && (!heads || width % heads || width % CLIP__NR))
        CLIP__LOAD_FAIL(l, CLIP_ERROR_SHAPE,
                        "image.pool: %lu heads and a width of %lu; pooling by attention needs a width that the heads "
                        "divide and that is a multiple of 16",
                        (unsigned long)heads, (unsigned long)width);
    p->qkv = clip__load_linear(l, "image.pool", "qkv", width, 3 * width, 0);
    p->query = clip__layer_part(&p->qkv, 0, width);
    p->keys_values = clip__layer_part(&p->qkv, width, 2 * width);
}

static void clip__load_vit(clip__loader *l, clip__vit *v, size_t S) {
    static const char *const norms[] = {"before", "after"};
    size_t patch = clip__load_integer(l, "image", "patch", 1, CLIP__MAX_PATCH), grid;
    clip__tensor t;
    v->pool = (clip__pooling_kind)clip__load_choice(l, "image", "pool", clip__pooling_names, 6);
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
    if (v->pool > CLIP__POOL_MEAN && v->pool != CLIP__POOL_ATTENTION)
        CLIP__LOAD_FAIL(l, CLIP_ERROR_UNSUPPORTED, "image.pool \"%s\" is for texts", clip__pooling_names[v->pool]);
    v->positions =
        (const float *)clip__load_tensor(l, "image", "positions", CLIP__ROWS, NULL, 0, &v->T, v->body.width, 1, 1);
    if (!l->result && clip__load_has(l, "image", "norm_pre.weight", &t))
        v->norm_pre = clip__load_norm(l, "image", "norm_pre", v->body.width);
    v->norm = clip__load_norm(l, "image", "norm", v->body.width);
    if (v->pool == CLIP__POOL_ATTENTION) {
        clip__attention_pool *p = &v->attention;
        clip__load_attention_pool(l, p, v->body.width, v->body.heads);
        p->activation = v->body.activation;
        p->eps = v->body.eps;
        p->probe = clip__load_vector(l, "image.pool", "probe", 0, p->width);
        p->proj = clip__load_linear(l, "image.pool", "proj", p->width, p->width, 0);
        p->norm = clip__load_norm(l, "image.pool", "norm", p->width);
        p->fc1 = clip__load_linear(l, "image.pool", "fc1", p->width, 0, 0);
        p->fc2 = clip__load_linear(l, "image.pool", "fc2", p->fc1.out, p->width, 0);
        if (!l->result && v->norm_after_pool)
            CLIP__LOAD_FAIL(l, CLIP_ERROR_UNSUPPORTED, "image.norm \"after\" does not go with pooling by attention");
    }
}

// Sides of a block's pictures: after conv1, after conv2, and at its end.
static void clip__residual_sides(const clip__residual *b, size_t side, size_t *inner, size_t *middle, size_t *end) {
    *inner = (side - 1) / b->conv1.step + 1;
    *middle = (*inner - 1) / b->conv2.step + 1;
    *end = *middle / b->average;
}

// The sides of the picture within a resnet: after its stem's convolutions, and after their pooling.
static void clip__stem_sides(const clip__resnet *r, size_t S, size_t *stem, size_t *pooled) {
    *stem = (S - 1) / 2 + 1;
    *pooled = r->n_stem > 1 ? *stem / 2 : (*stem - 1) / 2 + 1; // 2 x 2 averages, or 3 x 3 maxima with padding
}

static void clip__load_stem(clip__loader *l, clip__resnet *r, int variant, double eps) {
    size_t channels = 3;
    if (!variant) { // its padding of 3 is in the picture: clip__normalize
        r->n_stem = 1;
        r->stem[0] = clip__load_conv(l, "image.stem", "conv", 3, 0, 7, 2, 0);
        clip__load_batch_norm(l, &r->stem[0], "image.stem", "norm", eps);
        return;
    }
    r->n_stem = 3;
    for (size_t i = 0; i < 3; i++) { // the first one's padding is in the picture
        char name[16];
        snprintf(name, sizeof name, "conv%lu", (unsigned long)i + 1);
        r->stem[i] = clip__load_conv(l, "image.stem", name, channels, 0, 3, i ? 1 : 2, i ? 1 : 0);
        snprintf(name, sizeof name, "norm%lu", (unsigned long)i + 1);
        clip__load_batch_norm(l, &r->stem[i], "image.stem", name, eps);
        channels = r->stem[i].out;
    }
}

static void clip__load_resnet(clip__loader *l, clip__resnet *r, size_t S) {
    static const char *const kinds[] = {"basic", "bottleneck"}, *const variants[] = {"torchvision", "clip"};
    const int variant = (int)clip__load_choice_or_first(l, "image", "variant", variants, 2);
    const int bottleneck = (int)clip__load_choice(l, "image", "block", kinds, 2);
    const double eps = (double)clip__load_eps(l, "image", "eps");
    size_t depths[4], channels, n = 0, side, inner;
    clip__load_integers(l, "image.depths", 1, CLIP__MAX_LAYERS, 4, depths);
    r->n_blocks = depths[0] + depths[1] + depths[2] + depths[3];
    r->blocks = (clip__residual *)clip__take(&l->arena, r->n_blocks, sizeof(clip__residual));
    clip__load_stem(l, r, variant, eps);
    channels = r->stem[r->n_stem - 1].out;
    clip__stem_sides(r, S, &inner, &side);
    for (size_t stage = 0; stage < 4; stage++)
        for (size_t i = 0; i < depths[stage] && !l->result; i++, n++) {
            const size_t shrink = stage && !i ? 2 : 1, step = variant ? 1 : shrink;
            clip__residual b;
            clip__tensor shortcut;
            char path[64];
            size_t end;
            memset(&b, 0, sizeof b);
            b.average = variant ? shrink : 1;
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
            } else if (shrink != 1 || end != channels)
                CLIP__LOAD_FAIL(l, CLIP_ERROR_SHAPE, "the file lacks the tensor %s.shortcut.conv.weight", path);
            if (side) clip__residual_sides(&b, side, &inner, &inner, &side);
            if (!side)
                CLIP__LOAD_FAIL(l, CLIP_ERROR_SHAPE, "a picture of %lu pixels is too small for this resnet",
                                (unsigned long)S);
            if (l->result) return;
            if (l->arena.base) r->blocks[n] = b;
            channels = end;
        }
    r->features = channels;
    if (variant && !bottleneck)
        CLIP__LOAD_FAIL(l, CLIP_ERROR_UNSUPPORTED, "image.variant \"clip\" goes with image.block \"bottleneck\" alone");
    if (variant && !l->result) {
        size_t T = side * side + 1;
        clip__load_attention_pool(l, &r->attention, channels,
                                  clip__load_integer(l, "image", "heads", 1, CLIP__MAX_WIDTH));
        r->attention.positions =
            (const float *)clip__load_tensor(l, "image.pool", "positions", CLIP__ROWS, NULL, 0, &T, channels, 1, 1);
    }
}

static void clip__load_text(clip__loader *l, clip__text *x, clip__text_kind kind) {
    size_t two = 2, positions = 0;
    x->context = clip__load_integer(l, "text", "context", 2, CLIP__MAX_CONTEXT);
    x->pool = (clip__pooling_kind)clip__load_choice(l, "text", "pool", clip__pooling_names, 6);
    clip__load_transformer(l, &x->body, "text", kind == CLIP__CLIP);
    if (kind == CLIP__CLIP) x->body.causal = (int)clip__load_integer(l, "text", "causal", 0, 1);
    x->tokens =
        clip__load_tensor(l, "text", "tokens", CLIP__ROWS, &x->tokens_type, 0, &x->vocabulary, x->body.width, 1, 1);
    x->positions =
        (const float *)clip__load_tensor(l, "text", "positions", CLIP__ROWS, NULL, 0, &positions, x->body.width, 1, 1);
    if (kind == CLIP__BERT)
        x->types = (const float *)clip__load_tensor(l, "text", "types", CLIP__ROWS, NULL, 1, &two, x->body.width, 1, 1);
    x->norm = clip__load_norm(l, "text", "norm", x->body.width);
    if (l->result) return;
    if (positions < x->context)
        CLIP__LOAD_FAIL(l, CLIP_ERROR_SHAPE, "tensor text.positions: %lu rows are fewer than the context of %lu",
                        (unsigned long)positions, (unsigned long)x->context);
    if (x->pool == CLIP__POOL_ATTENTION)
        CLIP__LOAD_FAIL(l, CLIP_ERROR_UNSUPPORTED, "text.pool \"attention\" is for pictures");
    if (x->pool == CLIP__POOL_END) x->end = (int32_t)clip__load_integer(l, "text", "end", 0, x->vocabulary - 1);
    if (x->pool == CLIP__POOL_LAST) x->pad = (int32_t)clip__load_integer(l, "text", "pad", 0, x->vocabulary - 1);
}

static void clip__load_head(clip__loader *l, clip__head *h, const char *tower, size_t in) {
    char path[64];
    clip__tensor t;
    h->kind = (clip__head_kind)clip__load_choice(l, tower, "head", clip__head_names, 3);
    h->in = h->out = in;
    if (!l->result && clip__load_has(l, tower, "pooler.weight", &t))
        h->pooler = clip__load_linear(l, tower, "pooler", in, in, 0);
    if (l->result || h->kind == CLIP__HEAD_NONE) return;
    snprintf(path, sizeof path, "%s.head", tower);
    h->projection = clip__load_linear(l, path, "projection", in, 0, 1);
    h->out = h->projection.out;
    if (h->kind == CLIP__HEAD_LINEAR) return;
    h->fc = clip__load_linear(l, path, "fc", h->out, h->out, 1);
    h->norm = clip__load_norm(l, path, "norm", h->out);
    h->eps = clip__load_eps(l, tower, "head.eps");
}

static clip__tensor clip__load_bytes(clip__loader *l, const char *name) {
    clip__tensor t;
    memset(&t, 0, sizeof t);
    if (!l->result && (!clip__load_has(l, "tokenizer", name, &t) || t.type != CLIP__UINT8))
        CLIP__LOAD_FAIL(l, CLIP_ERROR_SHAPE, "the file lacks the tensor tokenizer.%s", name);
    return t;
}

static void clip__load_tokenizer(clip__loader *l, clip_model *m) {
    static const char *const kinds[] = {"wordpiece", "bpe"}, *const cleanings[] = {"huggingface", "openai"};
    clip__key key;
    clip__tensor vocab, merges;
    size_t kind, cleaning = 0, pad = 0, normalized = 0;
    if (l->result || !clip__file_find_key(&l->file, "tokenizer.kind", &key)) return;
    kind = clip__load_choice(l, "tokenizer", "kind", kinds, 2);
    m->info.tokenizer = kinds[kind];
    vocab = clip__load_bytes(l, "vocab");
    memset(&merges, 0, sizeof merges);
    if (kind) {
        merges = clip__load_bytes(l, "merges");
        cleaning = clip__load_choice(l, "tokenizer", "cleaning", cleanings, 2);
        pad = clip__load_integer(l, "tokenizer", "pad", 0, INT32_MAX);
        if (clip__file_find_key(&l->file, "tokenizer.normalized", &key))
            normalized = clip__load_integer(l, "tokenizer", "normalized", 0, 3);
    } else m->cased = (int)clip__load_integer(l, "tokenizer", "cased", 0, 1);
#ifdef CLIP_TOKENIZER_H
    if (!l->result && (!kind || CLIP__WITH_BPE)) {
        clip_tokenizer_desc desc;
        const char *wrong;
        void *memory;
        memset(&desc, 0, sizeof desc);
        desc.kind = (clip_tokenizer_kind)kind;
        desc.vocab = (const char *)vocab.data;
        desc.vocab_size = (size_t)vocab.size;
        desc.merges = (const char *)merges.data;
        desc.merges_size = (size_t)merges.size;
        desc.cleaning = (clip_tokenizer_cleaning)cleaning;
        desc.normalized = (unsigned)normalized;
        desc.pad = (int32_t)pad;
        desc.cased = m->cased;
        memory = clip__take(&l->arena, clip_tokenizer_size(&desc), 1);
        if (!memory) return;
        wrong = clip_tokenizer_init(&desc, memory, &m->tokenizer);
        if (wrong) CLIP__LOAD_FAIL(l, CLIP_ERROR_FORMAT, "tokenizer: %s", wrong);
        else if (m->text && clip_tokenizer_count(m->tokenizer) > m->text_tower.vocabulary)
            CLIP__LOAD_FAIL(l, CLIP_ERROR_SHAPE, "tokenizer: its %lu tokens are more than the %lu of text.tokens",
                            (unsigned long)clip_tokenizer_count(m->tokenizer), (unsigned long)m->text_tower.vocabulary);
    }
#else
    (void)vocab, (void)merges, (void)cleaning, (void)pad, (void)normalized;
#endif
}

// A learnt number of the loss, if the file has it.
static int clip__load_learnt(clip__loader *l, const char *name, double *out) {
    clip__tensor t;
    if (!clip__file_find_tensor(&l->file, name, &t)) return 0;
    if (t.type != CLIP__F32 || t.layout != CLIP__ROWS || t.size != sizeof(float)) {
        CLIP__LOAD_FAIL(l, CLIP_ERROR_SHAPE, "tensor %s: expected one f32, file has %llu bytes of type %u", name,
                        (unsigned long long)t.size, t.type);
        return 0;
    }
    *out = (double)*(const float *)t.data;
    if (*out - *out != 0) CLIP__LOAD_FAIL(l, CLIP_ERROR_FORMAT, "tensor %s: %g is not a finite number", name, *out);
    return 1;
}

// What a self-test has, is of the form that who runs it and who writes it anew go by.
static void clip__load_selftest(clip__loader *l, const clip_model *m) {
    static const char *const names[] = {"selftest.image", "selftest.pixels",      "selftest.image_vector",
                                        "selftest.text",  "selftest.ids",         "selftest.text_vector"};
    static const unsigned types[] = {CLIP__UINT8, CLIP__UINT8, CLIP__F32, CLIP__UINT8, CLIP__INT32, CLIP__F32};
    for (int i = 0; i < 6 && !l->result; i++) {
        clip__tensor t;
        int good;
        if (!(i < 3 ? (int)m->image : (int)m->text) || !clip__file_find_tensor(&l->file, names[i], &t)) continue;
        good = t.type == types[i] && t.layout == CLIP__ROWS;
        if (i == 0) good = good && t.shape[3] == 1;
        if (i == 1) good = good && t.size == (uint64_t)m->pipeline.S * m->pipeline.S * 3;
        if (i == 4) good = good && t.shape[0] && t.size == t.shape[0] * 4;
        if (i % 3 == 2) good = good && t.size == m->embed_dim * sizeof(float);
        if (!good) CLIP__LOAD_FAIL(l, CLIP_ERROR_FORMAT, "tensor %s: not of the form of a self-test's", names[i]);
    }
}

// Fills *m from the file. Runs twice: with an arena that counts, and with one that is there.
static void clip__load_parts(clip__loader *l, clip_model *m) {
    static const char *const resizes[] = {"stretch", "short"}, *const crops[] = {"half_even", "floor"};
    clip__key key;
    size_t image_width = 0;
    m->file = l->file;
    if (clip__file_find_key(&l->file, "image.tower", &key)) {
        clip__pipeline *p = &m->pipeline;
        m->image = (clip__image_kind)(1 + clip__load_choice(l, "image", "tower", clip__image_names + 1, 2));
        p->S = clip__load_integer(l, "image", "size", 1, CLIP__MAX_SIDE);
        p->crop = (int)clip__load_choice(l, "image", "resize", resizes, 2);
        p->shorter = p->S;
        if (p->crop && clip__file_find_key(&l->file, "image.short", &key))
            p->shorter = clip__load_integer(l, "image", "short", p->S, 2 * CLIP__MAX_SIDE);
        p->crop_floor = (int)clip__load_choice_or_first(l, "image", "crop", crops, 2);
        p->filter = (clip__filter)clip__load_choice(l, "image", "filter", clip__filter_names, 3);
        clip__load_reals(l, "image.mean", -1e6, 3, p->mean);
        clip__load_reals(l, "image.std", 1e-6, 3, p->std);
        if (m->image == CLIP__RESNET) clip__load_resnet(l, &m->resnet, p->S);
        else clip__load_vit(l, &m->vit, p->S);
        image_width = m->image == CLIP__RESNET ? m->resnet.features : m->vit.body.width;
        clip__load_head(l, &m->image_head, "image", image_width);
        m->embed_dim = m->image_head.out;
    }
    if (!l->result && clip__file_find_key(&l->file, "text.tower", &key)) {
        m->text = (clip__text_kind)(1 + clip__load_choice(l, "text", "tower", clip__text_names + 1, 2));
        clip__load_text(l, &m->text_tower, m->text);
        clip__load_head(l, &m->text_head, "text", m->text_tower.body.width);
        if (!l->result && m->image && m->embed_dim != m->text_head.out)
            CLIP__LOAD_FAIL(l, CLIP_ERROR_SHAPE,
                            "the towers end in vectors of %lu (image) and %lu (text): they can't be compared",
                            (unsigned long)m->embed_dim, (unsigned long)m->text_head.out);
        m->embed_dim = m->text_head.out;
    }
    if (!l->result && !m->image && !m->text)
        CLIP__LOAD_FAIL(l, CLIP_ERROR_FORMAT, "the file has neither image.tower nor text.tower");
    clip__load_tokenizer(l, m);
    m->info.has_logit_scale = clip__load_learnt(l, "logit_scale", &m->info.logit_scale);
    m->info.has_logit_bias = clip__load_learnt(l, "logit_bias", &m->info.logit_bias);
    clip__load_selftest(l, m);
}

static void clip__info_transformer(clip_tower_info *i, const clip__transformer *t, clip__pooling_kind pool) {
    i->width = t->width;
    i->layers = t->layers;
    i->heads = t->heads;
    i->mlp = t->mlp;
    i->activation = clip__activation_names[t->activation];
    i->pool = clip__pooling_names[pool];
}

static void clip__info_fill(clip_model *m) {
    clip_model_info *i = &m->info;
    clip__tensor t;
    i->embed_dim = m->embed_dim;
    i->tensors = m->file.n_tensors;
    i->file_size = m->file.size;
    i->cased = m->cased;
    i->selftest = (m->image && clip__file_find_tensor(&m->file, "selftest.image", &t)) ||
                  (m->text && clip__file_find_tensor(&m->file, "selftest.ids", &t));
    if (m->image) {
        i->image.tower = clip__image_names[m->image];
        i->image.head = clip__head_names[m->image_head.kind];
        i->image.pool = m->resnet.attention.width ? clip__pooling_names[CLIP__POOL_ATTENTION] : "";
        i->image.heads = m->resnet.attention.heads;
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
        i->text.tower = clip__text_names[m->text];
        i->text.head = clip__head_names[m->text_head.kind];
        clip__info_transformer(&i->text, &m->text_tower.body, m->text_tower.pool);
        i->context = m->text_tower.context;
        i->vocabulary = m->text_tower.vocabulary;
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
        turned = CLIP_MALLOC(size);
        if (!turned)
            return clip__fail(why, CLIP_ERROR_MEMORY, "out of memory: %lu bytes for the weights", (unsigned long)size);
        memcpy(turned, data, size);
        l.file.bytes = (const unsigned char *)turned;
        clip__file_swap(&l.file, turned);
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
    model.narrow = l.narrow;
    memcpy(model.unpacked, l.unpacked, sizeof l.unpacked);
    memcpy(model.packed, l.packed, sizeof l.packed);
    model.block = block;
    model.block_size = l.arena.used + 64;
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
#ifdef CLIP__POSIX
    {
        struct stat status;
        if (!stat(path, &status) && status.st_size > 0 && (uint64_t)status.st_size >= SIZE_MAX) {
            fclose(f);
            return clip__fail(why, CLIP_ERROR_MEMORY, "%s is too large: this machine addresses %lu bytes", path,
                              (unsigned long)SIZE_MAX);
        }
    }
#endif
    do { // in doubling steps, since a C99 program can't ask for the length of every kind of file
        more = room > SIZE_MAX / 2 ? NULL : (char *)CLIP_MALLOC(room *= 2);
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
    int fd;
    if (stat(path, &status) || !S_ISREG(status.st_mode)) return NULL; // a pipe would lose its writer when it is closed
    if ((fd = open(path, O_RDONLY)) < 0) return NULL;
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

CLIPDEF void clip_model_get_info(const clip_model *model, clip_model_info *out) {
    if (!out) return;
    if (model) *out = model->info;
    else memset(out, 0, sizeof *out);
}

CLIPDEF size_t clip_embed_dim(const clip_model *model) { return model ? model->embed_dim : 0; }

// ---- >>ops ---------------------------------------------------------------------------------------------------------

// One block for everything that a step keeps. From its low end upwards lies what the backward will read; from its high
// end downwards what is needed for a moment. With base == NULL it only counts.
typedef struct clip__tape {
    unsigned char *base;
    size_t size, low, high, peak;             // bytes
    const struct clip__parameter *parameters; // sorted by where their values lie
    size_t n_parameters;
    int statistics;                // 1: batch norms take the batch's statistics, and the running ones move
    struct clip__rollout *rollout; // of an explainer
} clip__tape;

typedef struct clip__train_scratch { // of one worker
    float *left, *right;  // [CLIP__OUTER_K, CLIP__OUTER_ROWS], [panels, CLIP__OUTER_ROWS, 16]: see clip__outer
    float *tile;          // [CLIP__BLOCK_ROWS, CLIP__BLOCK_PANELS * 16]
    float *keys, *values; // of attention: panels of K [longest, d] and of V^T [d, longest]
    float *slopes;        // dP, then dS [CLIP__BLOCK_ROWS, longest, rounded up to 16]
} clip__train_scratch;

struct clip_context {
    const clip_model *model;
    clip_options options; // with the defaults filled in
    clip_error error;
    clip__pool pool;
    const clip__kernel *kernel;
    const void ***tables;                      // [workers][taps, CLIP__BLOCK_ROWS]: see >>gemm
    void **scratch;                            // [workers] of kernels
    float *zeros;                              // the run that padding points at
    int half;                                  // products are of bf16: see clip_train_options
    size_t narrow_room;                        // numbers
    void *narrow;                              // what goes into a layer, in another form than f32, and
    float *ranges;                             // [numbers of it / 4, 2] the ranges of its rows, or pictures
    clip__resize_scratch *resize;              // [workers]
    struct clip__attention_scratch *attention; // [workers]
    size_t text_rows;                          // tokens of the texts worked on at once
    unsigned char *pixels;                     // [max_batch, S, S, 3]
    float *picture;                            // [max_batch, S + 2 border, S + 2 border, 3]
    float *buffer[4];                          // of the towers
    float *feature, *embedding[2];             // [max_items, widest tower], [max_items, embed_dim] of the heads
    float *pooled;                             // [max_items, widest tower], where a head has a pooler
    float *pooling[3];                         // [max_batch, ...] of pooling by attention
    int32_t *ids;                              // [text_rows]
    unsigned char *mask;                       // [text_rows]
    size_t *starts;                            // [max_items + 1] where each sequence of a turn begins among the rows
    size_t max_items;                          // pictures or texts of a turn
    clip__tape *tape;                          // of a trainer; NULL without one
    clip__train_scratch *training;             // [workers], likewise
    size_t micro_batch;                        // likewise, else 0
    void *block;                               // what CLIP_FREE gets; NULL in the caller's memory
};

// Sum of a[i] * b[i]. 16 sums side by side, added at the end in one fixed order.
static float clip__dot(const float *a, const float *b, size_t n) {
    float s[16] = {0};
    size_t i = 0;
    for (; i + 16 <= n; i += 16)
        for (size_t k = 0; k < 16; k++) s[k] += a[i + k] * b[i + k];
    for (size_t k = 0; i < n; i++, k++) s[k] += a[i] * b[i];
    return clip__sum_up(s);
}

// |x|: in f64 where squares leave the range of f32, so that it is 0 for zeros alone. A NaN if x has a NaN or infinity.
static double clip__length(const float *x, size_t n) {
    const float sum = clip__dot(x, x, n);
    double wide = 0;
    if (sum >= 1e-30f && sum - sum == 0) return (double)sqrtf(sum);
    for (size_t i = 0; i < n; i++) wide += (double)x[i] * (double)x[i];
    return wide - wide == 0 ? sqrt(wide) : wide - wide;
}

// y = x / |x|, in place allowed; without length it stays zero, with a NaN or an infinity it becomes NaNs. x, y [n].
static void clip__l2_normalize(float *y, const float *x, size_t n) {
    const double length = clip__length(x, n);
    for (size_t i = 0; i < n; i++) y[i] = length == 0 ? 0 : (float)((double)x[i] / length);
}

typedef struct clip__layernorm_job {
    float *y;
    const float *x;
    const clip__norm *norm;
    size_t rows, width;
    float eps;
    const clip__kernel *kernel;
} clip__layernorm_job;

static void clip__layernorm_task(void *arg, size_t i, size_t worker) {
    const clip__layernorm_job *j = (const clip__layernorm_job *)arg;
    size_t at = i * CLIP__BLOCK_ROWS;
    (void)worker;
    j->kernel->layernorm(j->y + at * j->width, j->x + at * j->width, j->norm, clip__min(j->rows - at, CLIP__BLOCK_ROWS),
                         j->width, j->eps);
}

static void clip__layernorm_forward(clip_context *c, float *y, const float *x, const clip__norm *norm, size_t rows,
                                    size_t width, float eps) {
    clip__layernorm_job j;
    j.y = y, j.x = x, j.norm = norm, j.rows = rows, j.width = width, j.eps = eps, j.kernel = c->kernel;
    clip__parallel(&c->pool, (rows + CLIP__BLOCK_ROWS - 1) / CLIP__BLOCK_ROWS, clip__layernorm_task, &j);
}

static float *clip__borrow(clip_context *c, size_t count);

enum {
    CLIP__NARROW = 1 << 13, // numbers of a task, at least
    CLIP__BEYOND = 8        // numbers behind what goes into a layer that are read, and multiplied by zeros
};

typedef struct clip__narrow_job {
    void *y;
    float *ranges;
    const float *x;
    size_t rows, row, block; // rows of x, numbers of a row, rows of a task
    float beside;
    clip__form form;
    const clip__kernel *kernel;
} clip__narrow_job;

static void clip__narrow_task(void *arg, size_t i, size_t worker) {
    const clip__narrow_job *j = (const clip__narrow_job *)arg;
    const size_t r0 = i * j->block, r1 = clip__min(r0 + j->block, j->rows);
    (void)worker;
    if (j->form == CLIP__FORM_BF16)
        j->kernel->narrow_bf16((uint16_t *)j->y + r0 * j->row, j->x + r0 * j->row, (r1 - r0) * j->row);
    else
        for (size_t r = r0; r < r1; r++)
            j->kernel->narrow_u8((unsigned char *)j->y + r * j->row, j->ranges + 2 * r, j->x + r * j->row, j->row,
                                 j->beside);
}

// x [rows, row] in a form, with its ranges in c->ranges, behind which CLIP__BEYOND zeros stand. Where that is longer
// than what encoding takes, it is borrowed from a trainer's tape.
static void *clip__narrow(clip_context *c, const float *x, size_t rows, size_t row, clip__form form, int padded) {
    const size_t count = clip__mul(rows, row);
    clip__narrow_job j;
    j.y = count > c->narrow_room ? clip__borrow(c, count / 2 + CLIP__BEYOND) : c->narrow;
    j.ranges = c->ranges, j.x = x, j.rows = rows, j.row = row, j.form = form, j.kernel = c->kernel;
    j.block = (CLIP__NARROW + row - 1) / row, j.beside = padded ? 0 : INFINITY;
    clip__parallel(&c->pool, (rows + j.block - 1) / j.block, clip__narrow_task, &j);
    if (!c->pool.counting)
        memset((unsigned char *)j.y + count * 4 / clip__form_step[form], 0, CLIP__BEYOND * 4u / clip__form_step[form]);
    return j.y;
}

// The form in which a layer is multiplied. In pairs, a run must not go on into another row.
static clip__form clip__layer_form(const clip_context *c, const clip__layer *l) {
    const int pairs = l->in % 2 == 0 || (l->kernel > 1 && !l->pad);
    if (c->half && l->type == CLIP__F32 && pairs && !l->exact) return CLIP__FORM_BF16;
    return clip__form_of(c->kernel, l->type);
}

// y = activation(convolution(x) * scale + shift + residual); scale and shift are the layer's. A layer whose weights are
// bytes has a range for each pixel, or, where its window is larger, for each picture; with padding x must not be below
// 0. x [n, height, width, in], y and residual (may be NULL, may be y) [n, out height, out width, out]. x or y or both
// may be narrow: see clip__narrows.
static void clip__conv_between(clip_context *c, float *y, const float *x, const clip__layer *l, size_t n, size_t height,
                               size_t width, const float *residual, clip__activation activation, int x_narrow,
                               int y_narrow) {
    clip__gemm_job j;
    const size_t high = c->tape ? c->tape->high : 0;
    size_t panels;
    memset(&j, 0, sizeof j);
    j.form = clip__layer_form(c, l);
    j.y = y;
    j.x = (const unsigned char *)x;
    if (j.form != CLIP__FORM_F32 && !x_narrow) {
        j.x = (const unsigned char *)clip__narrow(c, x, l->kernel > 1 ? n : n * height * width,
                                                  l->kernel > 1 ? height * width * l->in : l->in, j.form, l->pad > 0);
        j.ranges = c->ranges;
    }
    j.height = height;
    j.width = width;
    j.out_height = (height + 2 * l->pad - l->kernel) / l->step + 1;
    j.out_width = (width + 2 * l->pad - l->kernel) / l->step + 1;
    j.rows = n * j.out_height * j.out_width;
    j.layer = l;
    j.kernel = c->kernel;
    j.epilogue.scale = l->scale;
    j.epilogue.shift = l->shift;
    j.epilogue.residual = residual;
    j.epilogue.activation = activation;
    j.epilogue.narrow = y_narrow;
    j.tables = c->tables;
    j.scratch = c->scratch;
    j.zeros = c->zeros;
    // Tasks go over what is larger once, and over the smaller of x and the weights again and again, out of cache.
    panels = (l->out + CLIP__NR - 1) / CLIP__NR;
    j.row_blocks = (j.rows + CLIP__BLOCK_ROWS - 1) / CLIP__BLOCK_ROWS;
    j.panels_first = panels * clip__panel_size(l->type, l->kernel, l->kernel * l->in) >
                     n * height * width * l->in * 4 / clip__form_step[j.form];
    for (j.panels = c->kernel->panels; j.panels < 16 && j.row_blocks * (panels / j.panels) >= 16 * c->pool.workers;)
        j.panels *= 2;
    j.panel_blocks = (panels + j.panels - 1) / j.panels;
    clip__parallel(&c->pool, j.row_blocks * j.panel_blocks, clip__gemm_task, &j);
    if (c->tape) c->tape->high = high;
}

static void clip__conv_forward(clip_context *c, float *y, const float *x, const clip__layer *l, size_t n, size_t height,
                               size_t width, const float *residual, clip__activation activation) {
    clip__conv_between(c, y, x, l, n, height, width, residual, activation, 0, 0);
}

// Whether what one layer gives to l alone is written as the bf16 numbers that l multiplies: in the same memory, and the
// same bits as if clip__narrow came between, whose zeros behind them only windows without padding read.
static int clip__narrows(const clip_context *c, const clip__layer *l) {
    return !c->tape && clip__layer_form(c, l) == CLIP__FORM_BF16;
}

// y = activation(x W + bias + residual): a convolution over a picture of one column. x [rows, in], y [rows, out].
static void clip__linear_forward(clip_context *c, float *y, const float *x, const clip__layer *l, size_t rows,
                                 const float *residual, clip__activation activation) {
    clip__conv_forward(c, y, x, l, 1, rows, 1, residual, activation);
}

// ---- what only training needs of the ops: memory, and where gradients go ----

typedef struct clip__parameter { // a tensor that is trained
    const char *name;
    size_t name_size, n, numbers;             // floats, with those that fill up panels, and without
    float *value, *gradient, *first, *second; // first and second: the optimizer's moments, NULL where it has none
    int group, decays;
} clip__parameter;

// Without memory yet, while it is counted, what is given is no place for numbers, but not NULL either: the way through
// a step must not differ from that with memory.
static float *clip__tape_take(clip__tape *t, size_t *end, size_t count) {
    const size_t size = clip__round_up(clip__mul(count, sizeof(float)), 64);
    float *at = (float *)(void *)t;
    if (t->base) at = (float *)(void *)(end == &t->low ? t->base + t->low : t->base + t->size - t->high - size);
    *end = clip__add(*end, size);
    t->peak = clip__max(t->peak, clip__add(t->low, t->high));
    return at;
}

// `count` floats until tape->low or tape->high is set back.
static float *clip__keep(clip_context *c, size_t count) { return clip__tape_take(c->tape, &c->tape->low, count); }
static float *clip__borrow(clip_context *c, size_t count) { return clip__tape_take(c->tape, &c->tape->high, count); }

// Where the gradient of a weight, or of a part of one, goes; NULL if it is not trained, or NULL itself.
static float *clip__gradient(const clip_context *c, const float *value) {
    size_t low = 0, high = c->tape->n_parameters;
    while (value && low < high) {
        const size_t middle = (low + high) / 2;
        const clip__parameter *p = &c->tape->parameters[middle];
        if (value >= p->value && value < p->value + p->n) return p->gradient + (value - p->value);
        if (p->value < value) low = middle + 1;
        else high = middle;
    }
    return NULL;
}

// ---- sums down the columns ----

// The sums of CLIP__OUTER_ROWS rows, in float.
static void clip__columns_rows_task(void *arg, size_t i, size_t worker) {
    const clip__columns_job *j = (const clip__columns_job *)arg;
    const size_t r0 = i * CLIP__OUTER_ROWS, r1 = clip__min(r0 + CLIP__OUTER_ROWS, j->rows);
    float *first = j->sums + 2 * i * j->columns, *second = first + j->columns;
    (void)worker;
    memset(first, 0, 2 * j->columns * sizeof *first);
    for (size_t r = r0; r < r1; r += 8) j->kernel->columns(j, first, second, r, clip__min(r + 8, r1));
}

// Their sum, in double.
static void clip__columns_task(void *arg, size_t i, size_t worker) {
    const clip__columns_job *j = (const clip__columns_job *)arg;
    const size_t blocks = (j->rows + CLIP__OUTER_ROWS - 1) / CLIP__OUTER_ROWS, n = i * 16;
    double first[16] = {0}, second[16] = {0};
    (void)worker;
    for (size_t block = 0; block < blocks; block++)
        for (size_t k = 0; k < 16 && n + k < j->columns; k++) {
            first[k] += (double)j->sums[2 * block * j->columns + n + k];
            second[k] += (double)j->sums[(2 * block + 1) * j->columns + n + k];
        }
    for (size_t k = 0; k < 16 && n + k < j->columns; k++) {
        if (j->first) j->first[n + k] += (float)first[k];
        if (j->second) j->second[n + k] += (float)second[k];
    }
}

static void clip__columns(clip_context *c, clip__columns_kind kind, float *first, float *second, const float *a,
                          const float *b, const float *mean, const float *rstd, size_t rows, size_t columns) {
    const size_t high = c->tape->high, blocks = (rows + CLIP__OUTER_ROWS - 1) / CLIP__OUTER_ROWS;
    clip__columns_job j;
    if (!first && !second && !c->pool.counting) return;
    j.kind = kind, j.first = first, j.second = second, j.a = a, j.b = b, j.mean = mean, j.rstd = rstd;
    j.rows = rows, j.columns = columns, j.kernel = c->kernel;
    j.sums = clip__borrow(c, 2 * blocks * columns);
    clip__parallel(&c->pool, blocks, clip__columns_rows_task, &j);
    clip__parallel(&c->pool, (columns + 15) / 16, clip__columns_task, &j);
    c->tape->high = high;
}

// ---- y = op(x), number by number ----

typedef struct clip__each_job {
    float *y;
    const float *a;
    size_t n;
    const clip__kernel *kernel;
    clip__activation activation;
    uint64_t seed, stream, first; // of dropout
    double rate;
    float factor;
} clip__each_job;

enum { CLIP__EACH = 1 << 14 }; // numbers of a task

static void clip__each(clip_context *c, clip__each_job *j, clip__task *task) {
    clip__parallel(&c->pool, (j->n + CLIP__EACH - 1) / CLIP__EACH, task, j);
}

static void clip__activation_task(void *arg, size_t i, size_t worker) {
    const clip__each_job *j = (const clip__each_job *)arg;
    (void)worker;
    const size_t k = i * CLIP__EACH;
    j->kernel->activation(j->activation, j->y + k, j->a + k, clip__min(j->n - k, CLIP__EACH));
}

// y = activation(x). x, y [n].
static void clip__activation_forward(clip_context *c, float *y, const float *x, clip__activation f, size_t n) {
    clip__each_job j;
    memset(&j, 0, sizeof j);
    j.y = y, j.a = x, j.kernel = c->kernel, j.activation = f, j.n = n;
    clip__each(c, &j, clip__activation_task);
}

static void clip__activation_backward_task(void *arg, size_t i, size_t worker) {
    const clip__each_job *j = (const clip__each_job *)arg;
    (void)worker;
    const size_t k = i * CLIP__EACH;
    j->kernel->slope(j->activation, j->y + k, j->a + k, clip__min(j->n - k, CLIP__EACH));
}

// dx = dy * activation'(x), in place. dx, x [n].
static void clip__activation_backward(clip_context *c, float *dx, const float *x, clip__activation f, size_t n) {
    clip__each_job j;
    memset(&j, 0, sizeof j);
    j.y = dx, j.a = x, j.kernel = c->kernel, j.activation = f, j.n = n;
    clip__each(c, &j, clip__activation_backward_task);
}

static void clip__add_task(void *arg, size_t i, size_t worker) {
    const clip__each_job *j = (const clip__each_job *)arg;
    (void)worker;
    for (size_t k = i * CLIP__EACH, end = clip__min(k + CLIP__EACH, j->n); k < end; k++) j->y[k] += j->a[k];
}

// y += x. x, y [n].
static void clip__add_forward(clip_context *c, float *y, const float *x, size_t n) {
    clip__each_job j;
    memset(&j, 0, sizeof j);
    j.y = y, j.a = x, j.n = n;
    clip__each(c, &j, clip__add_task);
}

static void clip__dropout_task(void *arg, size_t i, size_t worker) {
    const clip__each_job *j = (const clip__each_job *)arg;
    const uint64_t stream = clip__random_mix(clip__random_mix(0, j->seed), j->stream); // as clip__random
    const uint64_t least = (uint64_t)(j->rate * 9007199254740992.0);                   // 2^53
    (void)worker;
    for (size_t k = i * CLIP__EACH, end = clip__min(k + CLIP__EACH, j->n); k < end; k++)
        j->y[k] = clip__random_mix(stream, j->first + k) >> 11 < least ? 0 : j->y[k] * j->factor;
}

// x = x / (1 - rate), or 0 with the chance of `rate` (Srivastava et al. 2014), in place; x [n] are numbers `first` and
// on of the stream. The backward is the same: dx = dy where x was kept.
static void clip__dropout(clip_context *c, float *x, size_t n, double rate, uint64_t seed, uint64_t stream,
                          uint64_t first) {
    clip__each_job j;
    memset(&j, 0, sizeof j);
    j.y = x, j.n = n, j.rate = rate, j.factor = (float)(1 / (1 - rate));
    j.seed = seed, j.stream = stream, j.first = first;
    if (rate > 0) clip__each(c, &j, clip__dropout_task);
}

// ---- the backward of conv and linear ----
// y[m][n] = sum over k of x[m][k] W[k][n] + bias[n]
//   -> dW[k][n] += sum over m of x[m][k] dy[m][n]      (clip__conv_backward_weight, in panels as W is)
//   -> dx[m][k]  = sum over n of dy[m][n] W[k][n]      (clip__conv_backward_input)
//   -> dbias[n] += sum over m of dy[m][n]              (clip__columns)

// left [k / MR][n][MR] = the numbers k0 to k0 + k of n rows, for a kernel's outer; with `half`, [k / MR][n / 2][MR]
// words of a number in bf16 and the one below it.
static void clip__outer_pack(const clip__kernel *kernel, int half, float *left, const float *const *rows, size_t k0,
                             size_t k, size_t n) {
    static const float zeros[CLIP__OUTER_K] = {0};
    const size_t MR = kernel->rows, step = half ? 2 : 1, steps = (n + step - 1) / step;
    float words[CLIP__OUTER_K];
    for (size_t r = 0; r < steps; r++) {
        const float *from = rows[step * r] + k0;
        if (half) {
            kernel->pairs(words, from, 2 * r + 1 < n ? rows[2 * r + 1] + k0 : zeros, k);
            from = words;
        }
        for (size_t b = 0; b < k; b += MR, from += MR) {
            float *to = left + (b / MR * steps + r) * MR;
            if (b + MR > k)
                for (size_t i = 0; i < MR; i++) to[i] = b + i < k ? from[i] : 0;
            else if (MR == 12) memcpy(to, from, 12 * sizeof *to); // sizes that the compiler knows
            else if (MR == 6) memcpy(to, from, 6 * sizeof *to);
            else memcpy(to, from, MR * sizeof *to);
        }
    }
}

// panel [n, 16] = the numbers of n rows of stride ldr, up to 16 columns, for a kernel's outer; with `half`, [n / 2, 16]
// words as above.
static void clip__outer_panel(const clip__kernel *kernel, int half, float *panel, const float *right, size_t ldr,
                              size_t columns, size_t n) {
    float row[2][CLIP__NR] = {{0}};
    for (size_t r = 0; r < n; r += half ? 2 : 1, panel += 16) {
        const float *first = right + r * ldr, *second = first + ldr;
        if (columns < 16) {
            memcpy(row[0], first, columns * sizeof *first);
            if (half && r + 1 < n) memcpy(row[1], second, columns * sizeof *second);
            first = row[0], second = row[1];
        }
        if (half && r + 1 == n) memset(row[1], 0, sizeof row[1]), second = row[1];
        if (half) kernel->pairs(panel, first, second, 16);
        else memcpy(panel, first, 16 * sizeof *panel);
    }
}

// y[k][c] += sum over n of left[n][k] * right[n][c], both packed, c up to 16 columns; y has stride ldy.
static void clip__outer(const clip__kernel *kernel, int half, float *y, size_t ldy, const float *left, size_t k,
                        const float *panel, size_t columns, size_t n) {
    const size_t MR = kernel->rows, steps = half ? (n + 1) / 2 : n;
    clip__outer_function *outer = half ? kernel->outer_bf16 : kernel->outer;
    float edge[CLIP__OUTER_MR * 16];
    for (size_t b = 0; b < k; b += MR, left += steps * MR) {
        if (b + MR <= k && columns == 16) {
            outer(y + b * ldy, ldy, left, panel, steps);
            continue;
        }
        memset(edge, 0, sizeof edge);
        outer(edge, 16, left, panel, steps);
        for (size_t i = 0; i < MR && b + i < k; i++)
            for (size_t col = 0; col < columns; col++) y[(b + i) * ldy + col] += edge[16 * i + col];
    }
}

typedef struct clip__conv_backward_job {
    const clip__layer *layer;
    const clip__kernel *kernel;
    clip__train_scratch *scratch;
    void **unpacked; // of each worker
    clip__form form; // of dx's products; dW's are of bf16 with it
    const void ***tables;
    const float *zeros;
    const float *x, *dy;         // [n, height, width, in], [n, out_height, out_width, out]
    const unsigned char *formed; // dy in `form`
    float *dw, *dx;
    size_t n, height, width, out_height, out_width;
    size_t depth, depths, panels, tiles; // of dw: a task does `depth` of a run's numbers, and `panels` panels
    size_t segments, size;               // of the rows, each with a sum of its own: `parts` [segments, size]
    float *parts;                        // NULL: one segment, straight into dw
    size_t y0, x0, rows_y, rows_x;       // of dx: the pixels (y0 + step * a, x0 + step * b), a < rows_y, b < rows_x
    size_t taps, tap[9];                 // the taps that reach them
    size_t down[9], right[9];            // the tap's place in dy is (a + down, b + right); outside if not inside it
    float *turned;                       // W^T in panels [taps * out, in]
    int add;
} clip__conv_backward_job;

// Rows m0 and on, of one tap: see clip__gather.
static void clip__gather_tap(const clip__conv_backward_job *j, const float **rows, size_t t, size_t m0, size_t n) {
    const clip__layer *l = j->layer;
    const size_t across = l->pad ? l->kernel : 1, down = t / across, right = t % across;
    size_t ox = m0 % j->out_width, oy = m0 / j->out_width % j->out_height, image = m0 / j->out_width / j->out_height;
    for (size_t r = 0; r < n; r++) {
        const size_t y = oy * l->step + down - l->pad, x = ox * l->step + right - l->pad;
        const int inside = y < j->height && x < j->width;
        rows[r] = inside ? j->x + ((image * j->height + y) * j->width + x) * l->in : j->zeros;
        if (++ox == j->out_width) ox = 0, oy++;
        if (oy == j->out_height) oy = 0, image++;
    }
}

// A task does a part of dW (one tap, `depth` numbers of its run, `panels` panels) over all rows; or, where dW is small
// and rows are many, all of it over a segment of the rows. The sums do not depend on how many threads there are.
static void clip__conv_backward_weight_task(void *arg, size_t i, size_t worker) {
    const clip__conv_backward_job *j = (const clip__conv_backward_job *)arg;
    const clip__layer *l = j->layer;
    const clip__train_scratch *s = &j->scratch[worker];
    const float *rows[CLIP__OUTER_ROWS];
    const size_t taps = clip__layer_taps(l), run = clip__layer_run(l), K = taps * run;
    const int half = j->form == CLIP__FORM_BF16 && j->kernel->outer_bf16;
    const size_t parts = j->parts ? 1 : taps * j->depths * j->tiles, segment = i / parts, part = i % parts;
    const size_t p0 = part % j->tiles * j->panels, p1 = clip__min(p0 + j->panels, (l->out + 15) / 16);
    const size_t t0 = part / j->tiles / j->depths, t1 = j->parts ? taps : t0 + 1;
    const size_t k0 = part / j->tiles % j->depths * j->depth, k1 = j->parts ? run : clip__min(k0 + j->depth, run);
    const size_t all = j->n * j->out_height * j->out_width, chunks = (all + CLIP__OUTER_ROWS - 1) / CLIP__OUTER_ROWS;
    float *dw = j->parts ? j->parts + segment * j->size : j->dw;
    if (j->parts) memset(dw, 0, j->size * sizeof *dw);
    for (size_t chunk = segment * chunks / j->segments; chunk < (segment + 1) * chunks / j->segments; chunk++) {
        const size_t m = chunk * CLIP__OUTER_ROWS, n = clip__min(all - m, CLIP__OUTER_ROWS);
        for (size_t p = p0; p < p1; p++)
            clip__outer_panel(j->kernel, half, s->right + (p - p0) * CLIP__OUTER_ROWS * 16, j->dy + m * l->out + 16 * p,
                              l->out, clip__min(16, l->out - 16 * p), n);
        for (size_t t = t0; t < t1; t++) {
            clip__gather_tap(j, rows, t, m, n);
            for (size_t k = k0; k < k1; k += j->depth) {
                const size_t depth = clip__min(j->depth, k1 - k);
                clip__outer_pack(j->kernel, half, s->left, rows, k, depth, n);
                for (size_t p = p0; p < p1; p++)
                    clip__outer(j->kernel, half, dw + (p * K + t * run + k) * 16, 16, s->left, depth,
                                s->right + (p - p0) * CLIP__OUTER_ROWS * 16, clip__min(16, l->out - 16 * p), n);
            }
        }
    }
}

// dW += what the segments gave, in their order.
static void clip__conv_backward_parts_task(void *arg, size_t i, size_t worker) {
    const clip__conv_backward_job *j = (const clip__conv_backward_job *)arg;
    const size_t end = clip__min((i + 1) * CLIP__EACH, j->size);
    (void)worker;
    for (size_t s = 0; s < j->segments; s++)
        for (size_t k = i * CLIP__EACH; k < end; k++) j->dw[k] += j->parts[s * j->size + k];
}

static void clip__conv_backward_begin(clip_context *c, clip__conv_backward_job *j, const clip__layer *l, size_t n,
                                      size_t height, size_t width) {
    memset(j, 0, sizeof *j);
    j->layer = l, j->kernel = c->kernel, j->scratch = c->training, j->tables = c->tables, j->zeros = c->zeros;
    j->unpacked = c->scratch, j->form = clip__layer_form(c, l);
    if (l->out % 2 && j->form == CLIP__FORM_BF16) j->form = CLIP__FORM_F32; // runs of dy must be pairs
    if (l->type != CLIP__F32) j->form = CLIP__FORM_F32; // dx of weights that are not trained: clip__turn_task makes f32
    j->n = n, j->height = height, j->width = width;
    j->out_height = (height + 2 * l->pad - l->kernel) / l->step + 1;
    j->out_width = (width + 2 * l->pad - l->kernel) / l->step + 1;
}

// dW and dbias, where they are trained. x [n, height, width, in], dy [n, out height, out width, out].
static void clip__conv_backward_weight(clip_context *c, const float *dy, const float *x, const clip__layer *l, size_t n,
                                       size_t height, size_t width) {
    clip__conv_backward_job j;
    const size_t MR = c->kernel->rows, panels = (l->out + 15) / 16, high = c->tape->high;
    size_t rows;
    clip__conv_backward_begin(c, &j, l, n, height, width);
    rows = n * j.out_height * j.out_width;
    j.dy = dy, j.x = x, j.dw = clip__gradient(c, (const float *)l->panels);
    j.size = panels * clip__layer_taps(l) * clip__layer_run(l) * 16;
    j.depth = clip__min(CLIP__OUTER_K, clip__round_up(clip__layer_run(l), MR));
    j.panels = CLIP__OUTER_PANELS, j.depths = j.tiles = 1;
    j.segments = clip__min(rows / (2 * CLIP__OUTER_ROWS), clip__min(CLIP__OUTER_PARTS / j.size, 32));
    if (j.segments < 4 || panels > j.panels) j.segments = 1;
    else j.parts = clip__borrow(c, j.segments * j.size);
    while (!j.parts) { // the larger a task's part of dW, the less is packed; but every thread needs one
        j.depths = (clip__layer_run(l) + j.depth - 1) / j.depth;
        j.tiles = (panels + j.panels - 1) / j.panels;
        if (clip__layer_taps(l) * j.depths * j.tiles >= 4 * c->pool.workers) break;
        if (j.panels > 4) j.panels /= 2;
        else if (j.depth > MR) j.depth = clip__round_up(j.depth / 2, MR);
        else break;
    }
    if (j.dw) {
        clip__parallel(&c->pool, j.parts ? j.segments : clip__layer_taps(l) * j.depths * j.tiles,
                       clip__conv_backward_weight_task, &j);
        if (j.parts)
            clip__parallel(&c->pool, (j.size + CLIP__EACH - 1) / CLIP__EACH, clip__conv_backward_parts_task, &j);
    }
    c->tape->high = high;
    clip__columns(c, CLIP__COLUMNS_SUM, clip__gradient(c, l->shift), NULL, dy, NULL, NULL, NULL, rows, l->out);
}

// One panel of W^T: 16 input channels.
static void clip__turn_task(void *arg, size_t i, size_t worker) {
    const clip__conv_backward_job *j = (const clip__conv_backward_job *)arg;
    const clip__layer *l = j->layer;
    const size_t K = l->kernel * l->kernel * l->in, channels = clip__min(16, l->in - 16 * i);
    const clip__weights w = clip__layer_weights(l, 0);
    const size_t size = (size_t)clip__panel_size(w.type, w.lines, w.line);
    float *to = j->turned + i * 16 * j->taps * l->out;
    (void)worker;
    for (size_t t = 0; t < j->taps; t++)
        for (size_t n = 0; n < l->out; n++, to += 16) {
            const size_t first = j->tap[t] % l->kernel * l->in + 16 * i;
            const float *from = (const float *)l->panels + (n / 16 * K + j->tap[t] * l->in + 16 * i) * 16 + n % 16;
            for (size_t ch = 0; ch < 16; ch++)
                if (ch >= channels) to[ch] = 0;
                else if (l->type == CLIP__F32) to[ch] = from[16 * ch];
                else to[ch] = clip__weight(&w, w.panels + n / 16 * size, j->tap[t] / l->kernel, first + ch, n % 16);
        }
}

static void clip__conv_backward_input_task(void *arg, size_t i, size_t worker) {
    const clip__conv_backward_job *j = (const clip__conv_backward_job *)arg;
    const clip__layer *l = j->layer;
    const void **table = j->tables[worker];
    float *tile = j->scratch[worker].tile, *to[CLIP__BLOCK_ROWS];
    const size_t blocks = (l->in + CLIP__BLOCK_PANELS * 16 - 1) / (CLIP__BLOCK_PANELS * 16);
    const size_t m0 = i / blocks * CLIP__BLOCK_ROWS,
                 rows = clip__min(j->n * j->rows_y * j->rows_x - m0, CLIP__BLOCK_ROWS);
    const size_t n0 = i % blocks * CLIP__BLOCK_PANELS * 16, columns = clip__min(CLIP__BLOCK_PANELS * 16, l->in - n0);
    const size_t size = 4u / clip__form_step[j->form]; // bytes of a number of dy
    clip__epilogue e;
    clip__part p;
    size_t b = m0 % j->rows_x, a = m0 / j->rows_x % j->rows_y, image = m0 / j->rows_x / j->rows_y;
    memset(&e, 0, sizeof e);
    for (size_t r = 0; r < rows; r++) {
        to[r] = j->dx + ((image * j->height + j->y0 + a * l->step) * j->width + j->x0 + b * l->step) * l->in + n0;
        for (size_t t = 0; t < j->taps; t++) {
            const size_t oy = a + j->down[t], ox = b + j->right[t];
            const int inside = oy < j->out_height && ox < j->out_width;
            table[t * CLIP__BLOCK_ROWS + r] =
                inside ? (const void *)(j->formed + ((image * j->out_height + oy) * j->out_width + ox) * l->out * size)
                       : j->zeros;
        }
        if (++b == j->rows_x) b = 0, a++;
        if (a == j->rows_y) a = 0, image++;
    }
    p = clip__part_f32(tile, CLIP__BLOCK_PANELS * 16, table, rows, l->out, j->turned + n0 * j->taps * l->out, columns,
                       &e);
    if (l->step == 1) p.y = to[0], p.ldy = l->in, e.residual = j->add ? to[0] : NULL; // its rows lie evenly
    p.stride = CLIP__BLOCK_ROWS, p.taps = p.weights.lines = j->taps;
    p.run = l->out / clip__form_step[j->form], p.scratch = j->unpacked[worker];
    j->kernel->gemm[j->form](&p);
    for (size_t r = 0; l->step > 1 && r < rows; r++, tile += CLIP__BLOCK_PANELS * 16) {
        if (!j->add) memcpy(to[r], tile, columns * sizeof *tile);
        else
            for (size_t n = 0; n < columns; n++) to[r][n] += tile[n];
    }
}

// dx = , or with `add` dx += . A convolution with a step is taken apart: the input pixels that lie at the same place
// within a step are reached by the same taps, and are a GEMM of their own over those (no multiplication by zeros).
static void clip__conv_backward_input(clip_context *c, float *dx, const float *dy, const clip__layer *l, size_t n,
                                      size_t height, size_t width, int add) {
    clip__conv_backward_job j;
    const size_t high = c->tape->high, blocks = (l->in + CLIP__BLOCK_PANELS * 16 - 1) / (CLIP__BLOCK_PANELS * 16);
    clip__conv_backward_begin(c, &j, l, n, height, width);
    j.dx = dx, j.dy = dy, j.add = add;
    j.formed = (const unsigned char *)dy;
    if (j.form != CLIP__FORM_F32)
        j.formed = (const unsigned char *)clip__narrow(c, dy, n * j.out_height * j.out_width, l->out, j.form, 0);
    j.turned = clip__borrow(c, clip__round_up(l->in, 16) * l->kernel * l->kernel * l->out);
    for (size_t place = 0; place < l->step * l->step; place++) {
        j.y0 = place / l->step, j.x0 = place % l->step;
        if (j.y0 >= height || j.x0 >= width) continue;
        j.rows_y = (height - j.y0 - 1) / l->step + 1;
        j.rows_x = (width - j.x0 - 1) / l->step + 1;
        j.taps = 0;
        for (size_t t = 0; t < l->kernel * l->kernel; t++) {
            // y = oy * step + ty - pad  ->  oy = (y + pad - ty) / step; that may be below 0, so `kernel` more and less
            const size_t y = j.y0 + l->pad + l->step * l->kernel - t / l->kernel,
                         x = j.x0 + l->pad + l->step * l->kernel - t % l->kernel;
            if (y % l->step || x % l->step) continue;
            j.down[j.taps] = y / l->step - l->kernel, j.right[j.taps] = x / l->step - l->kernel;
            j.tap[j.taps++] = t;
        }
        if (!j.taps && add) continue;
        clip__parallel(&c->pool, (l->in + 15) / 16, clip__turn_task, &j);
        clip__parallel(&c->pool, (n * j.rows_y * j.rows_x + CLIP__BLOCK_ROWS - 1) / CLIP__BLOCK_ROWS * blocks,
                       clip__conv_backward_input_task, &j);
    }
    c->tape->high = high;
}

static void clip__linear_backward_weight(clip_context *c, const float *dy, const float *x, const clip__layer *l,
                                         size_t rows) {
    clip__conv_backward_weight(c, dy, x, l, 1, rows, 1);
}

static void clip__linear_backward_input(clip_context *c, float *dx, const float *dy, const clip__layer *l, size_t rows,
                                        int add) {
    clip__conv_backward_input(c, dx, dy, l, 1, rows, 1, add);
}

// ---- the backward of layer norm ----

typedef struct clip__layernorm_backward_job {
    float *dx, *mean, *rstd; // [rows, width], [rows], [rows]
    const float *dy, *x, *weight;
    size_t rows, width;
    float eps;
    int add;
} clip__layernorm_backward_job;

static void clip__layernorm_statistics_task(void *arg, size_t i, size_t worker) {
    const clip__layernorm_backward_job *j = (const clip__layernorm_backward_job *)arg;
    const size_t end = clip__min((i + 1) * CLIP__BLOCK_ROWS, j->rows);
    (void)worker;
    for (size_t r = i * CLIP__BLOCK_ROWS; r < end; r++) {
        const float *x = j->x + r * j->width, mean = clip__moment(x, j->width, 0, 1) / (float)j->width;
        j->mean[r] = mean;
        j->rstd[r] = 1.0f / sqrtf(clip__moment(x, j->width, mean, 2) / (float)j->width + j->eps);
    }
}

static void clip__layernorm_backward_task(void *arg, size_t i, size_t worker) {
    const clip__layernorm_backward_job *j = (const clip__layernorm_backward_job *)arg;
    const size_t end = clip__min((i + 1) * CLIP__BLOCK_ROWS, j->rows), width = j->width;
    (void)worker;
    for (size_t r = i * CLIP__BLOCK_ROWS; r < end; r++) {
        const float *x = j->x + r * width, *dy = j->dy + r * width, mean = j->mean[r], rstd = j->rstd[r];
        float *dx = j->dx + r * width;
        double g = 0, gh = 0;
        for (size_t k = 0; k < width; k++) {
            const float d = dy[k] * j->weight[k];
            g += (double)d;
            gh += (double)(d * ((x[k] - mean) * rstd));
        }
        g /= (double)width;
        gh /= (double)width;
        for (size_t k = 0; k < width; k++) {
            const float v = rstd * (dy[k] * j->weight[k] - (float)g - (x[k] - mean) * rstd * (float)gh);
            dx[k] = j->add ? dx[k] + v : v;
        }
    }
}

// h = (x - mean) rstd, y = h * weight + bias, row by row
//   -> dweight += sum over rows of dy h, dbias += sum over rows of dy
//   -> g = dy weight; dx = rstd (g - mean(g) - h mean(g h)).   dx may be dy; with `add` dx += .
static void clip__layernorm_backward(clip_context *c, float *dx, const float *dy, const float *x,
                                     const clip__norm *norm, size_t rows, size_t width, float eps, int add) {
    clip__layernorm_backward_job j;
    const size_t high = c->tape->high, tasks = (rows + CLIP__BLOCK_ROWS - 1) / CLIP__BLOCK_ROWS;
    j.dx = dx, j.dy = dy, j.x = x, j.weight = norm->weight, j.rows = rows, j.width = width, j.eps = eps, j.add = add;
    j.mean = clip__borrow(c, rows);
    j.rstd = clip__borrow(c, rows);
    clip__parallel(&c->pool, tasks, clip__layernorm_statistics_task, &j);
    clip__columns(c, CLIP__COLUMNS_BY_ROW, clip__gradient(c, norm->bias), clip__gradient(c, norm->weight), dy, x,
                  j.mean, j.rstd, rows, width);
    clip__parallel(&c->pool, tasks, clip__layernorm_backward_task, &j);
    c->tape->high = high;
}

// ---- batch norm as it is trained ----
// Ioffe and Szegedy 2015, alg. 1: y = (x - mean) / sqrt(var + eps) * weight + bias with the mean and variance of the
// batch, channel by channel; with fixed statistics the running ones. x, y [rows, channels]. The mean is taken twice,
// since a float's sum can miss it by more than a nearly constant channel varies: the second time as what is left
// of x - mean.

typedef struct clip__statistics { // of one batch norm, kept for its backward. each [channels]
    float *mean, *var, *rstd;
} clip__statistics;

typedef struct clip__batch_norm_job {
    const clip__batch_norm *norm;
    clip__statistics s;
    float *dweight, *dbias; // sums over the batch
    float *weight, *bias;   // where they are added; NULL if not trained
    float *mean, *var;      // the running statistics, if they move
    size_t rows, channels;
    int batch;
} clip__batch_norm_job;

static void clip__batch_norm_mean_task(void *arg, size_t i, size_t worker) { // the sums become means
    const clip__batch_norm_job *j = (const clip__batch_norm_job *)arg;
    (void)i, (void)worker;
    for (size_t ch = 0; ch < j->channels; ch++) {
        j->s.mean[ch] = j->batch ? j->s.mean[ch] / (float)j->rows : j->norm->mean[ch];
        j->s.var[ch] = j->s.rstd[ch] = 0;
    }
}

static void clip__batch_norm_var_task(void *arg, size_t i, size_t worker) { // and sums of squares variances
    const clip__batch_norm_job *j = (const clip__batch_norm_job *)arg;
    (void)i, (void)worker;
    for (size_t ch = 0; ch < j->channels; ch++) {
        const float off = j->s.rstd[ch] / (float)j->rows; // a batch's mean is off by it
        j->s.mean[ch] += off;
        j->s.var[ch] = j->batch ? j->s.var[ch] / (float)j->rows - off * off : j->norm->var[ch];
        j->s.rstd[ch] = (float)(1 / sqrt((double)j->s.var[ch] + j->norm->eps));
    }
}

static void clip__zero_task(void *arg, size_t i, size_t worker) {
    const clip__each_job *j = (const clip__each_job *)arg;
    const size_t at = i * CLIP__EACH;
    (void)worker;
    memset(j->y + at, 0, clip__min(CLIP__EACH, j->n - at) * sizeof *j->y);
}

static void clip__zero(clip_context *c, float *x, size_t n) {
    clip__each_job j;
    memset(&j, 0, sizeof j);
    j.y = x, j.n = n;
    clip__each(c, &j, clip__zero_task);
}

static void clip__copy_task(void *arg, size_t i, size_t worker) {
    const clip__each_job *j = (const clip__each_job *)arg;
    (void)i, (void)worker;
    memmove(j->y, j->a, j->n * sizeof *j->y);
}

// y = x; they may overlap. x, y [n].
static void clip__copy(clip_context *c, float *y, const float *x, size_t n) {
    clip__each_job j;
    memset(&j, 0, sizeof j);
    j.y = y, j.a = x, j.n = n;
    clip__parallel(&c->pool, 1, clip__copy_task, &j);
}

static clip__statistics clip__batch_norm_statistics(clip_context *c, const float *x, const clip__batch_norm *norm,
                                                    size_t rows, size_t channels) {
    clip__batch_norm_job j;
    memset(&j, 0, sizeof j);
    j.norm = norm, j.rows = rows, j.channels = channels, j.batch = c->tape->statistics;
    j.s.mean = clip__keep(c, channels);
    j.s.var = clip__keep(c, channels);
    j.s.rstd = clip__keep(c, channels);
    clip__zero(c, j.s.mean, channels);
    if (j.batch) clip__columns(c, CLIP__COLUMNS_SUM, j.s.mean, NULL, x, NULL, NULL, NULL, rows, channels);
    clip__parallel(&c->pool, 1, clip__batch_norm_mean_task, &j);
    if (j.batch) clip__columns(c, CLIP__COLUMNS_SQUARES, j.s.var, j.s.rstd, x, NULL, j.s.mean, NULL, rows, channels);
    clip__parallel(&c->pool, 1, clip__batch_norm_var_task, &j);
    return j.s;
}

static void clip__batch_norm_forward_task(void *arg, size_t i, size_t worker) {
    const clip__batch_norm_rows_job *j = (const clip__batch_norm_rows_job *)arg;
    (void)worker;
    j->kernel->batch_norm(j, i * CLIP__BLOCK_ROWS, clip__min((i + 1) * CLIP__BLOCK_ROWS, j->rows));
}

static void clip__batch_norm_backward_task(void *arg, size_t i, size_t worker) {
    const clip__batch_norm_rows_job *j = (const clip__batch_norm_rows_job *)arg;
    (void)worker;
    j->kernel->batch_norm_backward(j, i * CLIP__BLOCK_ROWS, clip__min((i + 1) * CLIP__BLOCK_ROWS, j->rows));
}

static clip__batch_norm_rows_job clip__batch_norm_rows(const clip_context *c, float *y, const float *x,
                                                       const clip__batch_norm *norm, const clip__statistics *s,
                                                       size_t rows, size_t channels) {
    clip__batch_norm_rows_job j;
    memset(&j, 0, sizeof j);
    j.y = y, j.x = x, j.mean = s->mean, j.rstd = s->rstd, j.weight = norm->weight, j.bias = norm->bias;
    j.rows = rows, j.channels = channels, j.kernel = c->kernel;
    return j;
}

// y = batch norm(x) + residual (may be NULL), and if asked for its ReLU. y may be residual.
static void clip__batch_norm_forward(clip_context *c, float *y, const float *x, const clip__batch_norm *norm,
                                     const clip__statistics *s, const float *residual, int relu, size_t rows,
                                     size_t channels) {
    clip__batch_norm_rows_job j = clip__batch_norm_rows(c, y, x, norm, s, rows, channels);
    j.residual = residual, j.relu = relu;
    clip__parallel(&c->pool, (rows + CLIP__BLOCK_ROWS - 1) / CLIP__BLOCK_ROWS, clip__batch_norm_forward_task, &j);
}

// What the sums of the backward are for: the gradients, and what the running statistics will be after the update, as
// PyTorch moves them: by 0.1 towards the batch's, with the unbiased variance.
static void clip__batch_norm_sums_task(void *arg, size_t i, size_t worker) {
    const clip__batch_norm_job *j = (const clip__batch_norm_job *)arg;
    (void)i, (void)worker;
    for (size_t ch = 0; ch < j->channels; ch++) {
        if (j->weight) j->weight[ch] += j->dweight[ch];
        if (j->bias) j->bias[ch] += j->dbias[ch];
        if (!j->mean) continue;
        j->mean[ch] += 0.1f * (j->s.mean[ch] - j->mean[ch]);
        j->var[ch] += 0.1f * (j->s.var[ch] * ((float)j->rows / (float)clip__max(j->rows - 1, 1)) - j->var[ch]);
    }
}

// h = (x - mean) rstd, y = h weight + bias
//   -> dbias += sum dy, dweight += sum dy h
//   -> dx = weight rstd (dy - mean(dy) - h mean(dy h)); with fixed statistics dx = weight rstd dy.   dx may be dy.
static void clip__batch_norm_backward(clip_context *c, float *dx, const float *dy, const float *x,
                                      const clip__batch_norm *norm, const clip__statistics *s, size_t rows,
                                      size_t channels) {
    clip__batch_norm_rows_job j = clip__batch_norm_rows(c, dx, x, norm, s, rows, channels);
    clip__batch_norm_job sums;
    const size_t high = c->tape->high;
    memset(&sums, 0, sizeof sums);
    sums.dweight = clip__borrow(c, channels);
    sums.dbias = clip__borrow(c, channels);
    clip__zero(c, sums.dweight, channels);
    clip__zero(c, sums.dbias, channels);
    clip__columns(c, CLIP__COLUMNS_BY_COLUMN, sums.dbias, sums.dweight, dy, x, s->mean, s->rstd, rows, channels);
    sums.weight = clip__gradient(c, norm->weight), sums.bias = clip__gradient(c, norm->bias);
    sums.mean = clip__gradient(c, norm->mean), sums.var = clip__gradient(c, norm->var);
    sums.s = *s, sums.rows = rows, sums.channels = channels, sums.batch = c->tape->statistics;
    clip__parallel(&c->pool, 1, clip__batch_norm_sums_task, &sums);
    j.dy = dy, j.dweight = sums.dweight, j.dbias = sums.dbias, j.share = sums.batch ? 1.0f / (float)rows : 0;
    clip__parallel(&c->pool, (rows + CLIP__BLOCK_ROWS - 1) / CLIP__BLOCK_ROWS, clip__batch_norm_backward_task, &j);
    c->tape->high = high;
}

static void clip__relu_backward_task(void *arg, size_t i, size_t worker) {
    const clip__each_job *j = (const clip__each_job *)arg;
    (void)worker;
    size_t k = i * CLIP__EACH;
    const size_t end = clip__min(k + CLIP__EACH, j->n);
    for (; k + 16 <= end; k += 16) {
        float v[16];
        memcpy(v, j->y + k, sizeof v);
        for (size_t x = 0; x < 16; x++) v[x] = j->a[k + x] <= 0 ? 0 : v[x]; // so a NaN is not taken for 0
        memcpy(j->y + k, v, sizeof v);
    }
    for (; k < end; k++) j->y[k] = j->a[k] <= 0 ? 0 : j->y[k];
}

// y = relu(x) -> dx = dy where y > 0, in place. dx, y [n].
static void clip__relu_backward(clip_context *c, float *dx, const float *y, size_t n) {
    clip__each_job j;
    memset(&j, 0, sizeof j);
    j.y = dx, j.a = y, j.n = n;
    clip__each(c, &j, clip__relu_backward_task);
}

// ---- pooling, the L2 norm, pixels ----

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

typedef struct clip__pooling_job {
    float *y;
    const float *x, *dy;
    size_t height, width, channels, side; // side: of a window, of averages
    int add;
    const clip__kernel *kernel;
} clip__pooling_job;

// Row i of all the pictures' results.
static void clip__maxpool_task(void *arg, size_t i, size_t worker) {
    const clip__pooling_job *j = (const clip__pooling_job *)arg;
    const size_t rows = (j->height - 1) / 2 + 1, columns = (j->width - 1) / 2 + 1, row = i % rows, ch = j->channels;
    const float *x = j->x + i / rows * j->height * j->width * ch;
    (void)worker;
    for (size_t k = 0; k < columns; k++) {
        float *y = j->y + (i * columns + k) * ch;
        memcpy(y, x + (2 * row * j->width + 2 * k) * ch, ch * sizeof *y); // the middle is always inside
        for (size_t t = 0; t < 9; t++) {
            const size_t iy = 2 * row + t / 3 - 1, ix = 2 * k + t % 3 - 1;
            if (iy < j->height && ix < j->width) // else it is before the first too, being unsigned
                j->kernel->greater(y, x + (iy * j->width + ix) * ch, ch);
        }
    }
}

// y[n, i, j, ch] = max over x[n, 2 i - 1 .. 2 i + 1, 2 j - 1 .. 2 j + 1, ch] inside the picture: a 3 x 3 window, step
// 2, padding 1.
static void clip__maxpool_forward(clip_context *c, float *y, const float *x, size_t n, size_t height, size_t width,
                                  size_t channels) {
    clip__pooling_job j;
    memset(&j, 0, sizeof j);
    j.y = y, j.x = x, j.height = height, j.width = width, j.channels = channels, j.kernel = c->kernel;
    clip__parallel(&c->pool, n * ((height - 1) / 2 + 1), clip__maxpool_task, &j);
}

// y[i, j] = max of x's 3 x 3 window -> dx += dy at the first place of the window that has the maximum.
static void clip__maxpool_backward_task(void *arg, size_t i, size_t worker) {
    const clip__pooling_job *j = (const clip__pooling_job *)arg;
    const size_t height = j->height, width = j->width, channels = j->channels;
    const size_t out_height = (height - 1) / 2 + 1, out_width = (width - 1) / 2 + 1;
    const float *x = j->x + i * height * width * channels, *dy = j->dy + i * out_height * out_width * channels;
    float *dx = j->y + i * height * width * channels;
    (void)worker;
    memset(dx, 0, height * width * channels * sizeof *dx);
    for (size_t oy = 0; oy < out_height; oy++)
        for (size_t ox = 0; ox < out_width; ox++, dy += channels)
            for (size_t ch = 0; ch < channels; ch += 16) {
                const size_t some = clip__min(16, channels - ch);
                float most[16], v[16] = {0};
                int32_t tap[16];
                for (size_t k = 0; k < 16; k++) most[k] = -INFINITY, tap[k] = -1;
                for (int32_t t = 0; t < 9; t++) {
                    const size_t y = 2 * oy + (size_t)t / 3 - 1, p = 2 * ox + (size_t)t % 3 - 1;
                    if (y >= height || p >= width) continue;
                    memcpy(v, x + (y * width + p) * channels + ch, some * sizeof *v);
                    for (size_t k = 0; k < 16; k++) {
                        const int better = tap[k] < 0 || v[k] > most[k];
                        tap[k] = better ? t : tap[k], most[k] = better ? v[k] : most[k];
                    }
                }
                for (size_t k = 0; k < some; k++) {
                    const size_t y = 2 * oy + (size_t)tap[k] / 3 - 1, p = 2 * ox + (size_t)tap[k] % 3 - 1;
                    dx[(y * width + p) * channels + ch + k] += dy[ch + k];
                }
            }
}

// y[i, j] = mean of the side x side pixels of x from (side i, side j) on; pixels that are too few for a window are left
// out. One picture.
static void clip__average_task(void *arg, size_t i, size_t worker) {
    const clip__pooling_job *j = (const clip__pooling_job *)arg;
    const size_t height = j->height / j->side, width = j->width / j->side, channels = j->channels;
    const float *x = j->x + i * j->height * j->width * channels, share = 1.0f / (float)(j->side * j->side);
    float *y = j->y + i * height * width * channels;
    (void)worker;
    for (size_t at = 0; at < height * width; at++, y += channels) {
        const float *corner = x + (at / width * j->width + at % width) * j->side * channels;
        memcpy(y, corner, channels * sizeof *y);
        for (size_t t = 1; t < j->side * j->side; t++) {
            const float *from = corner + (t / j->side * j->width + t % j->side) * channels;
            for (size_t ch = 0; ch < channels; ch++) y[ch] += from[ch];
        }
        for (size_t ch = 0; ch < channels; ch++) y[ch] *= share;
    }
}

// dx of clip__average_task, += where `add`.
static void clip__average_backward_task(void *arg, size_t i, size_t worker) {
    const clip__pooling_job *j = (const clip__pooling_job *)arg;
    const size_t height = j->height / j->side, width = j->width / j->side, channels = j->channels;
    const float *dy = j->dy + i * height * width * channels, share = 1.0f / (float)(j->side * j->side);
    float *dx = j->y + i * j->height * j->width * channels;
    (void)worker;
    if (!j->add) memset(dx, 0, j->height * j->width * channels * sizeof *dx);
    for (size_t at = 0; at < height * width; at++, dy += channels)
        for (size_t t = 0; t < j->side * j->side; t++) {
            float *to =
                dx + ((at / width * j->side + t / j->side) * j->width + at % width * j->side + t % j->side) * channels;
            for (size_t ch = 0; ch < channels; ch++) to[ch] += dy[ch] * share;
        }
}

static void clip__mean_task(void *arg, size_t i, size_t worker) {
    const clip__pooling_job *j = (const clip__pooling_job *)arg;
    const size_t rows = j->height * j->width;
    (void)worker;
    clip__mean_forward(j->y + i * j->channels, j->x + i * rows * j->channels, NULL, rows, j->channels);
}

// y [n, height / side, width / side, channels] = averages of x [n, height, width, channels].
static void clip__average_forward(clip_context *c, float *y, const float *x, size_t n, size_t height, size_t width,
                                  size_t channels, size_t side) {
    clip__pooling_job j;
    memset(&j, 0, sizeof j);
    j.y = y, j.x = x, j.height = height, j.width = width, j.channels = channels, j.side = side;
    clip__parallel(&c->pool, n, clip__average_task, &j);
}

static void clip__average_backward(clip_context *c, float *dx, const float *dy, size_t n, size_t height, size_t width,
                                   size_t channels, size_t side, int add) {
    clip__pooling_job j;
    memset(&j, 0, sizeof j);
    j.y = dx, j.dy = dy, j.height = height, j.width = width, j.channels = channels, j.side = side, j.add = add;
    clip__parallel(&c->pool, n, clip__average_backward_task, &j);
}

static void clip__mean_backward_task(void *arg, size_t i, size_t worker) {
    const clip__pooling_job *j = (const clip__pooling_job *)arg;
    const size_t rows = j->height * j->width;
    (void)worker;
    for (size_t r = 0; r < rows; r++)
        for (size_t ch = 0; ch < j->channels; ch++)
            j->y[(i * rows + r) * j->channels + ch] = j->dy[i * j->channels + ch] / (float)rows;
}

// u = x / |x|  ->  dx = (du - u (u . du)) / |x|; 0 for a vector without length. x, u, dx [n]; dx may be du.
static void clip__l2_backward(float *dx, const float *du, const float *u, const float *x, size_t n) {
    const double length = clip__length(x, n);
    const float along = clip__dot(u, du, n);
    for (size_t i = 0; i < n; i++) dx[i] = length == 0 ? 0 : (float)((double)(du[i] - u[i] * along) / length);
}

// picture[n, y, x] = (pixels / 255 - mean) / std in the middle, zeros in the border. pixels [n, S, S, 3],
// picture [n, S + 2 border, S + 2 border, 3]. In float and in this order, as torchvision's ToTensor and Normalize.
static void clip__normalize(float *picture, const unsigned char *pixels, const clip__pipeline *p, size_t n,
                            size_t border) {
    float table[3][256]; // there are only 256 pixel values
    const size_t S = p->S, side = S + 2 * border;
    for (int v = 0; v < 256; v++)
        for (int ch = 0; ch < 3; ch++) table[ch][v] = ((float)v / 255.0f - (float)p->mean[ch]) / (float)p->std[ch];
    if (border) memset(picture, 0, n * side * side * 3 * sizeof *picture);
    for (size_t i = 0; i < n * S; i++) {
        float *to = picture + ((i / S * side + i % S + border) * side + border) * 3;
        for (size_t k = 0; k < S; k++, pixels += 3, to += 3)
            for (int ch = 0; ch < 3; ch++) to[ch] = table[ch][pixels[ch]];
    }
}

// ---- >>attention ---------------------------------------------------------------------------------------------------
// softmax(Q K^T / sqrt(d)) V (Vaswani et al. 2017, eq. 1), for each sequence and head on its own. A task packs one
// head's K^T and V into panels and runs the kernel of >>gemm over them, some queries at a time, of which the causal
// ones are done with the keys before their last one alone.

enum { CLIP__CAUSAL_ROWS = 30 }; // a multiple of the rows of kernels, no more than CLIP__BLOCK_ROWS

// A matrix x [T, d], of stride ld, as panels: with its rows as columns (so that a product is with x^T), and as it is.
static void clip__pack_columns(float *panels, const float *x, size_t ld, size_t T, size_t d) {
    for (size_t t = 0; t < T; t += 16, panels += 16 * d) {
        const size_t rows = clip__min(T - t, 16);
        size_t k0 = 0, c0 = 0;
#if defined(CLIP__X86) || defined(CLIP__ARM)
        for (k0 = d / 4 * 4; c0 + 4 <= rows; c0 += 4)
            for (size_t k = 0; k < k0; k += 4) clip__turn4(panels + 16 * k + c0, x + (t + c0) * ld + k, ld);
#endif
        for (size_t k = 0; k < d; k++)
            for (size_t c = k < k0 ? c0 : 0; c < 16; c++) panels[16 * k + c] = c < rows ? x[(t + c) * ld + k] : 0;
    }
}

static void clip__pack_rows(float *panels, const float *x, size_t ld, size_t T, size_t d) {
    for (size_t k = 0; k < d; k += 16)
        for (size_t t = 0; t < T; t++, panels += 16)
            if (d - k >= 16) memcpy(panels, x + t * ld + k, 16 * sizeof *x);
            else
                for (size_t c = 0; c < 16; c++) panels[c] = c < d - k ? x[t * ld + k + c] : 0;
}

typedef struct clip__attention_scratch { // of one worker; longest = tokens of the longest sequence, d = width of a head
    float *keys;                         // panels of K^T: [d, longest]
    float *values;                       // panels of V:   [longest, d]
    float *scores;                       // [CLIP__BLOCK_ROWS, longest, rounded up to 16]
    const void **rows;                   // [CLIP__BLOCK_ROWS]
} clip__attention_scratch;

static clip__attention_scratch clip__attention_scratch_take(clip__arena *a, size_t longest, size_t d) {
    clip__attention_scratch s;
    s.keys = (float *)clip__take(a, clip__mul(clip__round_up(longest, 16), d), sizeof(float));
    s.values = (float *)clip__take(a, clip__mul(clip__round_up(d, 16), longest), sizeof(float));
    s.scores = (float *)clip__take(a, clip__mul(CLIP__BLOCK_ROWS, clip__round_up(longest, 16)), sizeof(float));
    s.rows = (const void **)clip__take(a, CLIP__BLOCK_ROWS, sizeof(void *));
    return s;
}

typedef struct clip__attention_job {
    float *y;            // [queries, width]
    const float *q, *kv; // queries, one a row of ldq numbers; keys, then values, one of each a row of ldkv: [heads, d]
    size_t ldq, ldkv;
    const size_t *starts;      // [sequences + 1], among the rows of kv
    const unsigned char *mask; // [rows]: 0 hides a key; NULL hides none
    size_t heads, width;
    int causal, single; // causal: no key behind the query's own place; single: one query a sequence, else each row
    const clip__kernel *kernel;
    clip__attention_scratch *scratch;
} clip__attention_job;

// What a task is about: one head of one sequence.
typedef struct clip__attention_part {
    size_t d, start, T, first, queries; // keys from row `start`, queries from row `first` on
    const unsigned char *mask;
    const float *q, *k, *v;
} clip__attention_part;

static clip__attention_part clip__attention_part_of(const clip__attention_job *j, size_t i) {
    const size_t sequence = i / j->heads, head = i % j->heads;
    clip__attention_part p;
    p.d = j->width / j->heads;
    p.start = j->starts[sequence];
    p.T = j->starts[sequence + 1] - p.start;
    p.first = j->single ? sequence : p.start;
    p.queries = j->single ? 1 : p.T;
    p.mask = j->mask ? j->mask + p.start : NULL;
    p.q = j->q + p.first * j->ldq + head * p.d;
    p.k = j->kv + p.start * j->ldkv + head * p.d;
    p.v = p.k + j->width;
    return p;
}

// The queries of a task that are done together, from t0 on: how many, and how many keys they see between them.
typedef struct clip__attention_turn {
    size_t t0, n, seen, stride; // stride: of a row of scores, with room for a multiple of 16
} clip__attention_turn;

static clip__attention_turn clip__attention_turn_of(const clip__attention_job *j, const clip__attention_part *p,
                                                    size_t t0) {
    clip__attention_turn t;
    t.t0 = t0, t.n = clip__min(p->queries - t0, CLIP__BLOCK_ROWS);
    if (j->causal) t.n = clip__min(t.n, CLIP__CAUSAL_ROWS);
    t.seen = j->causal ? t0 + t.n : p->T, t.stride = clip__round_up(p->T, 16);
    return t;
}

static void clip__attention_rows(const clip__attention_scratch *s, const clip__attention_turn *t, const float *x,
                                 size_t ld) {
    for (size_t r = 0; r < t->n; r++) s->rows[r] = x + r * ld;
}

// scores [n, seen] = softmax(Q K^T / sqrt(d)) of a turn's queries, the keys being packed.
static void clip__attention_scores(const clip__attention_job *j, const clip__attention_part *p,
                                   const clip__attention_scratch *s, const clip__attention_turn *t) {
    clip__attention_rows(s, t, p->q + t->t0 * j->ldq, j->ldq);
    clip__multiply_rows(j->kernel, s->scores, t->stride, s->rows, t->n, p->d, s->keys, p->d,
                        clip__round_up(t->seen, 16), 1.0f / sqrtf((float)p->d));
    for (size_t r = 0; r < t->n; r++) {
        float *row = s->scores + r * t->stride;
        const size_t seen = j->causal ? t->t0 + r + 1 : t->seen;
        j->kernel->softmax(row, p->mask, seen);
        memset(row + seen, 0, (t->seen - seen) * sizeof *row);
    }
}

static void clip__attention_task(void *arg, size_t i, size_t worker) {
    const clip__attention_job *j = (const clip__attention_job *)arg;
    const clip__attention_scratch *s = &j->scratch[worker];
    const clip__attention_part p = clip__attention_part_of(j, i);
    clip__attention_turn t;
    float *y = j->y + p.first * j->width + i % j->heads * p.d;
    clip__pack_columns(s->keys, p.k, j->ldkv, p.T, p.d);
    clip__pack_rows(s->values, p.v, j->ldkv, p.T, p.d);
    for (size_t t0 = 0; t0 < p.queries; t0 += t.n) {
        t = clip__attention_turn_of(j, &p, t0);
        clip__attention_scores(j, &p, s, &t);
        clip__attention_rows(s, &t, s->scores, t.stride);
        clip__multiply_rows(j->kernel, y + t0 * j->width, j->width, s->rows, t.n, t.seen, s->values, p.T, p.d, 0);
    }
}

// qkv [rows, 3 width]: each row's query, key and value.
static clip__attention_job clip__attention_of_rows(clip_context *c, const float *qkv, const size_t *starts,
                                                   const unsigned char *mask, const clip__transformer *t) {
    clip__attention_job j;
    memset(&j, 0, sizeof j);
    j.q = qkv, j.kv = qkv ? qkv + t->width : NULL, j.ldq = j.ldkv = 3 * t->width;
    j.starts = starts, j.mask = mask, j.heads = t->heads, j.width = t->width, j.causal = t->causal;
    j.kernel = c->kernel, j.scratch = c->attention;
    return j;
}

// y [queries, width] of n sequences.
static void clip__attention_forward(clip_context *c, float *y, clip__attention_job *j, size_t n) {
    j->y = y;
    clip__parallel(&c->pool, n * j->heads, clip__attention_task, j);
}

// P = softmax(Q K^T / sqrt(d)), y = P V
//   -> dV = P^T dy,  dP = dy V^T,  dS = P * (dP - sum over keys of dP P) / sqrt(d),  dQ = dS K,  dK = dS^T Q.
// P is computed again, a turn's queries at a time; their parts of dK and dV are added in that order.
typedef struct clip__attention_backward_job {
    clip__attention_job forward;
    const float *dy; // [queries, width]
    float *dq, *dkv; // in rows as q and kv
    float *maps;     // [heads, queries, T] of the one sequence there is: see clip__rollout; NULL: not wanted
    const clip__train_scratch *train;
} clip__attention_backward_job;

// y [seen, d] of stride ldy += left^T right: left [n, seen] of a turn's scores, right [n, d] of stride ldr.
static void clip__attention_outer(const clip__attention_backward_job *j, const clip__train_scratch *s, float *y,
                                  size_t ldy, const float *left, const clip__attention_turn *turn, const float *right,
                                  size_t ldr, size_t d) {
    const float *rows[CLIP__BLOCK_ROWS];
    for (size_t r = 0; r < turn->n; r++) rows[r] = left + r * turn->stride;
    for (size_t t0 = 0; t0 < turn->seen; t0 += CLIP__OUTER_K) {
        const size_t t = clip__min(turn->seen - t0, CLIP__OUTER_K);
        clip__outer_pack(j->forward.kernel, 0, s->left, rows, t0, t, turn->n);
        for (size_t x = 0; x < d; x += 16) {
            const size_t columns = clip__min(16, d - x);
            clip__outer_panel(j->forward.kernel, 0, s->right, right + x, ldr, columns, turn->n);
            clip__outer(j->forward.kernel, 0, y + t0 * ldy + x, ldy, s->left, t, s->right, columns, turn->n);
        }
    }
}

static void clip__attention_backward_task(void *arg, size_t i, size_t worker) {
    const clip__attention_backward_job *b = (const clip__attention_backward_job *)arg;
    const clip__attention_job *j = &b->forward;
    const clip__attention_scratch *s = &j->scratch[worker];
    const clip__train_scratch *train = &b->train[worker];
    const clip__attention_part p = clip__attention_part_of(j, i);
    clip__attention_turn turn;
    const size_t head = i % j->heads, d = p.d, T = p.T;
    const float *dy = b->dy + p.first * j->width + head * d, factor = 1.0f / sqrtf((float)d);
    float *dq = b->dq + p.first * j->ldq + head * d, *dk = b->dkv + p.start * j->ldkv + head * d, *dv = dk + j->width;
    clip__pack_columns(s->keys, p.k, j->ldkv, T, d);       // K^T: columns are keys
    clip__pack_columns(train->values, p.v, j->ldkv, T, d); // V^T
    clip__pack_rows(train->keys, p.k, j->ldkv, T, d);      // K: rows are keys
    for (size_t t = 0; t < T; t++)
        memset(dk + t * j->ldkv, 0, d * sizeof *dk), memset(dv + t * j->ldkv, 0, d * sizeof *dv);
    for (size_t t0 = 0; t0 < p.queries; t0 += turn.n) {
        turn = clip__attention_turn_of(j, &p, t0);
        clip__attention_scores(j, &p, s, &turn);
        clip__attention_rows(s, &turn, dy + t0 * j->width, j->width);
        clip__multiply_rows(j->kernel, train->slopes, turn.stride, s->rows, turn.n, d, train->values, d,
                            clip__round_up(turn.seen, 16), 0);
        for (size_t r = 0; r < turn.n; r++) {
            float *prob = s->scores + r * turn.stride, *slope = train->slopes + r * turn.stride,
                  along = clip__dot(prob, slope, turn.seen);
            float *map = b->maps ? b->maps + (head * p.queries + t0 + r) * T : NULL;
            for (size_t t = 0; map && t < T; t++) // so a NaN stays one
                map[t] = t < turn.seen && !(prob[t] * slope[t] < 0) ? prob[t] * slope[t] : 0;
            for (size_t t = 0; t < turn.seen; t++) slope[t] = prob[t] * (slope[t] - along) * factor;
        }
        clip__attention_rows(s, &turn, train->slopes, turn.stride);
        clip__multiply_rows(j->kernel, dq + t0 * j->ldq, j->ldq, s->rows, turn.n, turn.seen, train->keys, T, d, 0);
        clip__attention_outer(b, train, dk, j->ldkv, train->slopes, &turn, p.q + t0 * j->ldq, j->ldq, d);
        clip__attention_outer(b, train, dv, j->ldkv, s->scores, &turn, dy + t0 * j->width, j->width, d);
    }
}

// How much each token matters to what comes out: Chefer, Gur and Wolf 2021, eq. 5 and 6. A = the mean over the heads of
// max(0, P * dP); R = R + R A from the last block to the first, of which the row of the vector alone is followed.
typedef struct clip__rollout {
    float *maps;       // [heads, T, T] max(0, P * dP)
    float *row, *next; // [T] of R
    size_t T, heads;
    int single;
} clip__rollout;

static void clip__rollout_task(void *arg, size_t k, size_t worker) {
    const clip__rollout *o = (const clip__rollout *)arg;
    const size_t queries = o->single ? 1 : o->T;
    float sum = 0;
    (void)worker;
    for (size_t q = 0; q < queries; q++)
        for (size_t h = 0; h < o->heads; h++)
            sum += (o->single ? 1 : o->row[q]) * o->maps[(h * queries + q) * o->T + k];
    o->next[k] = (o->single ? 0 : o->row[k]) + sum / (float)o->heads;
}

static void clip__rollout_step(clip_context *c, clip__rollout *o, const clip__attention_job *j) {
    float *swap = o->row;
    o->heads = j->heads, o->single = j->single;
    clip__parallel(&c->pool, o->T, clip__rollout_task, o);
    o->row = o->next, o->next = swap;
}

static void clip__attention_backward(clip_context *c, float *dq, float *dkv, const float *dy,
                                     const clip__attention_job *forward, size_t n) {
    clip__attention_backward_job j;
    clip__rollout *rollout = c->tape->rollout;
    j.forward = *forward, j.dy = dy, j.dq = dq, j.dkv = dkv, j.train = c->training;
    j.maps = rollout ? rollout->maps : NULL;
    clip__parallel(&c->pool, n * forward->heads, clip__attention_backward_task, &j);
    if (rollout) clip__rollout_step(c, rollout, forward);
}

// ---- >>blocks ------------------------------------------------------------------------------------------------------

typedef struct clip__block_kept { // of one block's forward, for its backward
    float *x, *qkv, *attended, *middle, *hidden, *last;
} clip__block_kept;

// x [rows, width] goes through all blocks; `rows` are n sequences, one after the other, at starts [n + 1]. A text of 9
// tokens takes 9 rows whatever stands beside it: there is no padding, and nothing to mask but what a caller masks.
// Without `kept` everything happens in x and the context's buffers; with it, what the backward needs goes to the tape.
// Returns where the result is.
static float *clip__transformer_forward(clip_context *c, float *x, const clip__transformer *t, const size_t *starts,
                                        size_t n, const unsigned char *mask, size_t rows, clip__block_kept *kept) {
    const size_t high = kept ? c->tape->high : 0;
    float *wide = kept ? clip__borrow(c, rows * t->mlp) : c->buffer[1]; // [rows, max(3 width, mlp)]
    float *y = kept ? clip__borrow(c, rows * t->width) : c->buffer[2];  // [rows, width]
    for (size_t i = 0; i < t->layers; i++) {
        const clip__block *b = &t->blocks[i];
        const int narrow = clip__narrows(c, &b->fc2); // hidden
        clip__attention_job attention;
        float *qkv = wide, *attended = y, *middle = x, *hidden = wide, *last = x, *in = x;
        if (kept) {
            kept[i].x = x;
            kept[i].qkv = qkv = clip__keep(c, rows * 3 * t->width);
            kept[i].attended = attended = clip__keep(c, rows * t->width);
            kept[i].middle = middle = clip__keep(c, rows * t->width);
            kept[i].hidden = hidden = clip__keep(c, rows * t->mlp);
            kept[i].last = last = clip__keep(c, rows * t->width);
        }
        // pre-norm:  middle = x + attention(norm1(x));         out = middle + mlp(norm2(middle))
        // post-norm: middle = x + attention(x), m = norm1(middle); last = m + mlp(m), out = norm2(last)
        if (t->pre_norm) clip__layernorm_forward(c, y, x, &b->norm1, rows, t->width, t->eps), in = y;
        clip__linear_forward(c, qkv, in, &b->qkv, rows, NULL, CLIP__IDENTITY);
        attention = clip__attention_of_rows(c, qkv, starts, mask, t);
        clip__attention_forward(c, attended, &attention, n);
        clip__linear_forward(c, middle, attended, &b->proj, rows, x, CLIP__IDENTITY);
        in = t->pre_norm || kept ? y : x;
        clip__layernorm_forward(c, in, middle, t->pre_norm ? &b->norm2 : &b->norm1, rows, t->width, t->eps);
        clip__conv_between(c, hidden, in, &b->fc1, 1, rows, 1, NULL, kept ? CLIP__IDENTITY : t->activation, 0, narrow);
        if (kept) clip__activation_forward(c, wide, hidden, t->activation, rows * t->mlp);
        clip__conv_between(c, last, wide, &b->fc2, 1, rows, 1, t->pre_norm ? middle : in, CLIP__IDENTITY, narrow, 0);
        x = t->pre_norm || !kept ? last : clip__keep(c, rows * t->width);
        if (!t->pre_norm) clip__layernorm_forward(c, x, last, &b->norm2, rows, t->width, t->eps);
    }
    if (kept) c->tape->high = high;
    return x;
}

// dx [rows, width]: the gradient of what came out becomes that of what went in.
static void clip__transformer_backward(clip_context *c, float *dx, const clip__transformer *t, const size_t *starts,
                                       size_t n, const unsigned char *mask, size_t rows, const clip__block_kept *kept) {
    const size_t high = c->tape->high, width = t->width;
    float *wide = clip__borrow(c, rows * clip__max(3 * width, t->mlp)), *active = clip__borrow(c, rows * t->mlp);
    float *y = clip__borrow(c, rows * width), *dy = clip__borrow(c, rows * width);
    for (size_t i = t->layers; i--;) {
        const clip__block *b = &t->blocks[i];
        const clip__block_kept *k = &kept[i];
        clip__attention_job attention;
        // post-norm: out = norm2(last)
        if (!t->pre_norm) clip__layernorm_backward(c, dx, dx, k->last, &b->norm2, rows, width, t->eps, 0);
        // last = middle, or norm1(middle) if post-norm, + fc2(active), active = activation(hidden)
        clip__activation_forward(c, active, k->hidden, t->activation, rows * t->mlp);
        clip__linear_backward_weight(c, dx, active, &b->fc2, rows);
        clip__linear_backward_input(c, wide, dx, &b->fc2, rows, 0);
        clip__activation_backward(c, wide, k->hidden, t->activation, rows * t->mlp);
        // hidden = fc1(y), y = norm2(middle), or norm1(middle) if post-norm
        clip__layernorm_forward(c, y, k->middle, t->pre_norm ? &b->norm2 : &b->norm1, rows, width, t->eps);
        clip__linear_backward_weight(c, wide, y, &b->fc1, rows);
        clip__linear_backward_input(c, t->pre_norm ? dy : dx, wide, &b->fc1, rows, !t->pre_norm);
        if (t->pre_norm) clip__layernorm_backward(c, dx, dy, k->middle, &b->norm2, rows, width, t->eps, 1);
        else clip__layernorm_backward(c, dx, dx, k->middle, &b->norm1, rows, width, t->eps, 0);
        // middle = x + proj(attended), attended = attention(qkv)
        clip__linear_backward_weight(c, dx, k->attended, &b->proj, rows);
        clip__linear_backward_input(c, dy, dx, &b->proj, rows, 0);
        attention = clip__attention_of_rows(c, k->qkv, starts, mask, t);
        clip__attention_backward(c, wide, clip__at(wide, width), dy, &attention, n);
        // qkv = linear(y), y = norm1(x), or x itself if post-norm
        if (t->pre_norm) clip__layernorm_forward(c, y, k->x, &b->norm1, rows, width, t->eps);
        clip__linear_backward_weight(c, wide, t->pre_norm ? y : k->x, &b->qkv, rows);
        clip__linear_backward_input(c, t->pre_norm ? dy : dx, wide, &b->qkv, rows, !t->pre_norm);
        if (t->pre_norm) clip__layernorm_backward(c, dx, dy, k->x, &b->norm1, rows, width, t->eps, 1);
    }
    c->tape->high = high;
}

// ---- from a sequence to one vector ----

typedef struct clip__sequences_job { // of towers whose pictures or texts are sequences of rows
    float *x, *y;                    // rows of width numbers; [n, width]
    const float *features, *patches; // dy of pooling; what the patches' convolution gave
    const clip__vit *vit;
    const clip__text *text;
    const clip__attention_pool *attention;
    const int32_t *ids;
    const unsigned char *mask;
    size_t *starts;             // [n + 1]
    size_t rows, width, prefix; // prefix: rows before those that a mean is of (a ViT's class token)
    clip__pooling_kind pool;
    int32_t end;
    float *tokens, *positions, *types; // gradients, NULL where not trained
} clip__sequences_job;

// The row of sequence i that stands for it, where it is not a mean.
static size_t clip__pooled_row(const clip__sequences_job *j, size_t i) {
    const size_t start = j->starts[i], end = j->starts[i + 1];
    size_t row = start;
    if (j->pool == CLIP__POOL_LAST) return end - 1;
    for (size_t r = start; r < end; r++) {
        if (j->pool == CLIP__POOL_END && j->ids[r] == j->end) return r; // none: the first row, as HuggingFace has it
        if (j->pool == CLIP__POOL_HIGHEST && j->ids[r] > j->ids[row]) row = r;
    }
    return row;
}

static void clip__pooling_task(void *arg, size_t i, size_t worker) {
    const clip__sequences_job *j = (const clip__sequences_job *)arg;
    const size_t first = j->starts[i] + j->prefix;
    (void)worker;
    if (j->pool == CLIP__POOL_MEAN)
        clip__mean_forward(j->y + i * j->width, j->x + first * j->width, j->mask ? j->mask + first : NULL,
                           j->starts[i + 1] - first, j->width);
    else memcpy(j->y + i * j->width, j->x + clip__pooled_row(j, i) * j->width, j->width * sizeof *j->x);
}

// dx of clip__pooling_task, in all rows.
static void clip__pooling_backward_task(void *arg, size_t i, size_t worker) {
    const clip__sequences_job *j = (const clip__sequences_job *)arg;
    const size_t width = j->width, start = j->starts[i], end = j->starts[i + 1];
    const float *dy = j->features + i * width;
    float count = 0;
    (void)worker;
    memset(j->x + start * width, 0, (end - start) * width * sizeof *j->x);
    if (j->pool != CLIP__POOL_MEAN) {
        memcpy(j->x + clip__pooled_row(j, i) * width, dy, width * sizeof *dy);
        return;
    }
    for (size_t r = start + j->prefix; r < end; r++) count += !j->mask || j->mask[r] ? 1.0f : 0.0f;
    for (size_t r = start + j->prefix; r < end; r++)
        for (size_t k = 0; k < width && (!j->mask || j->mask[r]); k++) j->x[r * width + k] = dy[k] / count;
}

static void clip__first_row_task(void *arg, size_t i, size_t worker) { // y [n, width] = the first row of each
    const clip__sequences_job *j = (const clip__sequences_job *)arg;
    (void)worker;
    memcpy(j->y + i * j->width, j->x + j->starts[i] * j->width, j->width * sizeof *j->y);
}

static void clip__first_row_add_task(void *arg, size_t i, size_t worker) { // and back: x += y
    const clip__sequences_job *j = (const clip__sequences_job *)arg;
    (void)worker;
    for (size_t k = 0; k < j->width; k++) j->x[j->starts[i] * j->width + k] += j->y[i * j->width + k];
}

static void clip__probe_task(void *arg, size_t i, size_t worker) {
    const clip__sequences_job *j = (const clip__sequences_job *)arg;
    (void)worker;
    memcpy(j->y + i * j->width, j->attention->probe, j->width * sizeof *j->y);
}

typedef struct clip__attention_pool_kept {
    float *query, *q, *kv, *attended, *sum, *hidden; // sum: a of clip__attention_pool
} clip__attention_pool_kept;

static clip__attention_job clip__attention_of_pool(clip_context *c, const clip__attention_pool *p, const float *q,
                                                   const float *kv, size_t *starts) {
    clip__attention_job j;
    memset(&j, 0, sizeof j);
    j.q = q, j.ldq = p->width, j.kv = kv, j.ldkv = 2 * p->width, j.starts = starts;
    j.heads = p->heads, j.width = p->width, j.single = 1;
    j.kernel = c->kernel, j.scratch = c->attention;
    return j;
}

// tokens [rows, width], n sequences at starts -> features [n, width]. `room` [rows, 2 width] is for keys and values.
// For `kept` see clip__transformer_forward.
static void clip__attention_pool_forward(clip_context *c, float *features, const float *tokens,
                                         const clip__attention_pool *p, size_t *starts, size_t n, size_t rows,
                                         float *room, clip__attention_pool_kept *kept) {
    const size_t w = p->width, high = kept ? c->tape->high : 0;
    clip__attention_pool_kept k;
    clip__sequences_job j;
    clip__attention_job attention;
    float *y, *active;
    k.query = kept ? clip__keep(c, n * w) : c->pooling[0];
    k.q = kept ? clip__keep(c, n * w) : c->pooling[1];
    k.kv = kept ? clip__keep(c, rows * 2 * w) : room;
    k.attended = !p->proj.panels ? features : kept ? clip__keep(c, n * w) : c->pooling[0];
    k.sum = kept && p->proj.panels ? clip__keep(c, n * w) : c->pooling[1];
    k.hidden = kept && p->proj.panels ? clip__keep(c, n * p->fc1.out) : c->pooling[2];
    memset(&j, 0, sizeof j);
    j.attention = p, j.x = (float *)clip__own(tokens), j.y = k.query, j.starts = starts, j.width = w;
    clip__parallel(&c->pool, n, p->probe ? clip__probe_task : clip__first_row_task, &j);
    clip__linear_forward(c, k.q, k.query, &p->query, n, NULL, CLIP__IDENTITY);
    clip__linear_forward(c, k.kv, tokens, &p->keys_values, rows, NULL, CLIP__IDENTITY);
    attention = clip__attention_of_pool(c, p, k.q, k.kv, starts);
    clip__attention_forward(c, k.attended, &attention, n);
    if (kept) *kept = k;
    if (!p->proj.panels) return;
    y = kept ? clip__borrow(c, n * w) : c->pooling[0];
    active = kept ? clip__borrow(c, n * p->fc1.out) : k.hidden;
    clip__linear_forward(c, k.sum, k.attended, &p->proj, n, NULL, CLIP__IDENTITY);
    clip__layernorm_forward(c, y, k.sum, &p->norm, n, w, p->eps);
    clip__linear_forward(c, k.hidden, y, &p->fc1, n, NULL, kept ? CLIP__IDENTITY : p->activation);
    if (kept) clip__activation_forward(c, active, k.hidden, p->activation, n * p->fc1.out);
    clip__linear_forward(c, features, active, &p->fc2, n, k.sum, CLIP__IDENTITY);
    if (kept) c->tape->high = high;
}

// dfeatures [n, width] -> dtokens [rows, width].
static void clip__attention_pool_backward(clip_context *c, float *dtokens, const float *dfeatures, const float *tokens,
                                          const clip__attention_pool *p, size_t *starts, size_t n, size_t rows,
                                          const clip__attention_pool_kept *k) {
    const size_t w = p->width, high = c->tape->high;
    float *dattended = clip__borrow(c, n * w), *dq = clip__borrow(c, n * w), *dkv = clip__borrow(c, rows * 2 * w);
    clip__attention_job attention;
    clip__sequences_job j;
    if (p->proj.panels) { // features = sum + fc2(active), active = activation(hidden), hidden = fc1(norm(sum))
        float *dsum = clip__borrow(c, n * w), *y = clip__borrow(c, n * w), *dy = clip__borrow(c, n * w);
        float *active = clip__borrow(c, n * p->fc1.out), *dhidden = clip__borrow(c, n * p->fc1.out);
        clip__copy(c, dsum, dfeatures, n * w);
        clip__activation_forward(c, active, k->hidden, p->activation, n * p->fc1.out);
        clip__linear_backward_weight(c, dfeatures, active, &p->fc2, n);
        clip__linear_backward_input(c, dhidden, dfeatures, &p->fc2, n, 0);
        clip__activation_backward(c, dhidden, k->hidden, p->activation, n * p->fc1.out);
        clip__layernorm_forward(c, y, k->sum, &p->norm, n, w, p->eps);
        clip__linear_backward_weight(c, dhidden, y, &p->fc1, n);
        clip__linear_backward_input(c, dy, dhidden, &p->fc1, n, 0);
        clip__layernorm_backward(c, dsum, dy, k->sum, &p->norm, n, w, p->eps, 1);
        // sum = proj(attended)
        clip__linear_backward_weight(c, dsum, k->attended, &p->proj, n);
        clip__linear_backward_input(c, dattended, dsum, &p->proj, n, 0);
        dfeatures = dattended;
    }
    attention = clip__attention_of_pool(c, p, k->q, k->kv, starts);
    clip__attention_backward(c, dq, dkv, dfeatures, &attention, n);
    clip__linear_backward_weight(c, dkv, tokens, &p->keys_values, rows);
    clip__linear_backward_input(c, dtokens, dkv, &p->keys_values, rows, 0);
    clip__linear_backward_weight(c, dq, k->query, &p->query, n);
    // query = the probe, or the first token of each sequence
    if (p->probe && !clip__gradient(c, p->probe) && !c->pool.counting) goto done;
    memset(&j, 0, sizeof j);
    j.x = dtokens, j.y = dattended, j.starts = starts, j.width = w;
    clip__linear_backward_input(c, dattended, dq, &p->query, n, 0);
    if (p->probe)
        clip__columns(c, CLIP__COLUMNS_SUM, clip__gradient(c, p->probe), NULL, dattended, NULL, NULL, NULL, n, w);
    else clip__parallel(&c->pool, n, clip__first_row_add_task, &j);
done:
    c->tape->high = high;
}

// ---- >>resnet ------------------------------------------------------------------------------------------------------
// He et al. 2015, in the form of torchvision ("v1.5"): 7 x 7 stem with step 2, max pooling, four stages, average
// pooling. And as CLIP has it (Radford et al. 2021, 2.4): a stem of three convolutions, averages where the step would
// be, and pooling by attention.

// Zeros around the picture that the stem's first convolution reads.
static size_t clip__resnet_border(const clip__resnet *r) { return r->stem[0].kernel / 2; }

// tokens [1 + pixels, features] of a picture = [mean of x, x] + positions. x [pixels, features].
static void clip__pixels_embed_task(void *arg, size_t i, size_t worker) {
    const clip__sequences_job *j = (const clip__sequences_job *)arg;
    const size_t size = (j->rows - 1) * j->width; // rows: of one picture
    const float *x = j->patches + i * size;
    float *to = j->x + i * j->rows * j->width;
    (void)worker;
    clip__mean_forward(to, x, NULL, j->rows - 1, j->width);
    memcpy(to + j->width, x, size * sizeof *x);
    for (size_t k = 0; k < j->rows * j->width; k++) to[k] += j->attention->positions[k];
    if (!i) j->starts[0] = 0;
    j->starts[i + 1] = (i + 1) * j->rows;
}

// dx of clip__pixels_embed_task.
static void clip__pixels_embed_backward_task(void *arg, size_t i, size_t worker) {
    const clip__sequences_job *j = (const clip__sequences_job *)arg;
    const size_t size = (j->rows - 1) * j->width;
    const float *dtokens = j->features + i * j->rows * j->width;
    float *dx = j->y + i * size;
    (void)worker;
    for (size_t k = 0; k < size; k++) dx[k] = dtokens[j->width + k] + dtokens[k % j->width] / (float)(j->rows - 1);
}

static clip__sequences_job clip__pixels_job(const clip__attention_pool *p, size_t *starts, size_t pixels) {
    clip__sequences_job j;
    memset(&j, 0, sizeof j);
    j.attention = p, j.width = p->width, j.rows = pixels + 1, j.starts = starts;
    return j;
}

// picture [n, S + 2 border, S + 2 border, 3] with its border of zeros -> features [n, features]; starts [n + 1] is
// filled where pooling is by attention.
static void clip__resnet_forward(clip_context *c, float *features, const float *picture, const clip__resnet *r,
                                 size_t n, size_t S, size_t *starts) {
    float *x = c->buffer[0], *y = c->buffer[1], *swap;
    size_t side = S + 2 * clip__resnet_border(r), pooled;
    int narrow = r->n_stem > 1 && clip__narrows(c, &r->stem[1]), next; // what goes into a layer and comes out of it
    clip__pooling_job j;
    memset(&j, 0, sizeof j);
    clip__conv_between(c, y, picture, &r->stem[0], n, side, side, NULL, CLIP__RELU, 0, narrow);
    clip__stem_sides(r, S, &side, &pooled);
    for (size_t i = 1; i < r->n_stem; i++) {
        next = i + 1 < r->n_stem && clip__narrows(c, &r->stem[i + 1]);
        clip__conv_between(c, x, y, &r->stem[i], n, side, side, NULL, CLIP__RELU, narrow, next);
        swap = x, x = y, y = swap, narrow = next;
    }
    if (r->n_stem == 1) clip__maxpool_forward(c, x, y, n, side, side, r->stem[0].out);
    else clip__average_forward(c, x, y, n, side, side, r->stem[2].out, 2);
    side = pooled;
    for (size_t i = 0; i < r->n_blocks; i++) {
        // y = relu(conv3(relu(conv2(relu(conv1(x))))) + shortcut(x)), each convolution with its batch norm
        const clip__residual *b = &r->blocks[i];
        const clip__layer *last = b->conv3.panels ? &b->conv3 : &b->conv2;
        float *in = c->buffer[2], *other = c->buffer[3], *from = x, *residual = x;
        size_t inner, middle, end, from_side = side;
        clip__residual_sides(b, side, &inner, &middle, &end);
        narrow = clip__narrows(c, &b->conv2);
        clip__conv_between(c, in, x, &b->conv1, n, side, side, NULL, CLIP__RELU, 0, narrow);
        if (b->conv3.panels) {
            next = b->average <= 1 && clip__narrows(c, &b->conv3);
            clip__conv_between(c, other, in, &b->conv2, n, inner, inner, NULL, CLIP__RELU, narrow, next);
            swap = in, in = other, other = swap, narrow = next;
        }
        if (b->average > 1) {
            clip__average_forward(c, other, in, n, middle, middle, b->conv2.out, b->average);
            swap = in, in = other, other = swap;
            clip__average_forward(c, other, x, n, side, side, b->conv1.in, b->average);
            from = other, from_side = side / b->average;
        }
        if (b->shortcut.panels) {
            clip__conv_forward(c, y, from, &b->shortcut, n, from_side, from_side, NULL, CLIP__IDENTITY);
            residual = y;
        }
        clip__conv_between(c, residual, in, last, n, b->conv3.panels ? end : inner, b->conv3.panels ? end : inner,
                           residual, CLIP__RELU, narrow, 0);
        if (residual == y) swap = x, x = y, y = swap;
        side = end;
    }
    if (r->attention.width) {
        clip__sequences_job tokens = clip__pixels_job(&r->attention, starts, side * side);
        tokens.x = c->buffer[2], tokens.patches = x;
        clip__parallel(&c->pool, n, clip__pixels_embed_task, &tokens);
        clip__attention_pool_forward(c, features, tokens.x, &r->attention, starts, n, n * tokens.rows, c->buffer[3],
                                     NULL);
        return;
    }
    j.y = features, j.x = x, j.height = j.width = side, j.channels = r->features;
    clip__parallel(&c->pool, n, clip__mean_task, &j);
}

// Most channels that go into or come out of a block's convolutions.
static size_t clip__residual_widest(const clip__residual *b) {
    const size_t in = clip__max(b->conv1.in, b->conv2.in);
    return clip__max(clip__max(in, b->conv3.out), clip__max(b->conv1.out, b->conv2.out));
}

// Floats for one picture in each buffer of the context. The side of the last pictures.
static size_t clip__resnet_sizes(const clip__resnet *r, size_t S, size_t size[4]) {
    const size_t channels = r->stem[r->n_stem - 1].out;
    size_t stem, side;
    clip__stem_sides(r, S, &stem, &side);
    size[0] = size[2] = size[3] = 0;
    size[1] = clip__mul(stem * stem, channels);
    for (size_t i = 0; i + 1 < r->n_stem; i++) { // x and y change places
        size[0] = clip__max(size[0], clip__mul(stem * stem, clip__max(r->stem[i].out, channels)));
        size[1] = clip__max(size[1], size[0]);
    }
    size[0] = clip__max(size[0], clip__mul(side * side, channels));
    for (size_t i = 0; i < r->n_blocks; i++) {
        const clip__residual *b = &r->blocks[i];
        size_t inner, middle, end, out;
        clip__residual_sides(b, side, &inner, &middle, &end);
        out = clip__mul(end * end, b->conv3.panels ? b->conv3.out : b->conv2.out);
        size[2] = clip__max(size[2], clip__mul(inner * inner, b->conv1.out));
        size[3] = clip__max(size[3], b->conv3.panels ? clip__mul(middle * middle, b->conv2.out) : 0);
        if (b->average > 1) {
            size[2] = clip__max(size[2], clip__mul(end * end, b->conv2.out));
            size[3] = clip__max(size[3], clip__mul(end * end, b->conv1.in));
        }
        size[0] = clip__max(size[0], out); // x and y change places
        size[1] = clip__max(size[1], out);
        side = end;
    }
    if (r->attention.width) {
        size[2] = clip__max(size[2], clip__mul(side * side + 1, r->features));
        size[3] = clip__max(size[3], clip__mul(side * side + 1, 2 * r->features));
    }
    return side;
}

// ---- training: batch norms stand for themselves, and what they and ReLU give is computed again in the backward ----

typedef struct clip__residual_kept {      // of one block
    const float *x;                       // what goes into the first block of a segment
    const float *y;                       // what comes out of the last one; in between the backward computes it again
    float *z1, *z2, *shortcut;            // the convolutions' results
    float *z3;                            // likewise, but not kept: the widest, and the cheapest to compute again
    clip__statistics s1, s2, s3, s;       // of their batch norms
    size_t low, side, inner, middle, end; // the tape before the block; sides: see clip__residual_sides
} clip__residual_kept;

typedef struct clip__resnet_kept {
    float *stem[3], *pooled;
    clip__statistics s[3];
    clip__residual_kept *blocks;
    float *tokens; // of pooling by attention
    clip__attention_pool_kept attention;
} clip__resnet_kept;

enum { CLIP__SEGMENT = 8 }; // blocks whose results are computed again together

// Whether a run of blocks whose results are not kept begins with block i: where the shape changes, and now and then.
static int clip__resnet_segment(const clip__resnet *r, size_t i) {
    size_t run = 0; // blocks since the last change
    if (i >= r->n_blocks) return 1;
    while (run < i && !r->blocks[i - run].shortcut.panels) run++;
    return run % CLIP__SEGMENT == 0;
}

// z = convolution(x), without what follows it.
static void clip__conv_bare(clip_context *c, float *z, const float *x, const clip__layer *l, size_t n, size_t side) {
    clip__layer bare = *l;
    bare.scale = bare.shift = NULL;
    clip__conv_forward(c, z, x, &bare, n, side, side, NULL, CLIP__IDENTITY);
}

static float *clip__conv_keep(clip_context *c, const float *x, const clip__layer *l, size_t n, size_t side,
                              clip__statistics *s) {
    const size_t end = (side + 2 * l->pad - l->kernel) / l->step + 1;
    float *z = clip__keep(c, n * end * end * l->out);
    clip__conv_bare(c, z, x, l, n, side);
    *s = clip__batch_norm_statistics(c, z, &l->norm, n * end * end, l->out);
    return z;
}

// y = relu(batch norm(last convolution) + shortcut(x)): the end of a block from what it kept.
static void clip__residual_end(clip_context *c, float *y, const float *x, const clip__residual *b,
                               const clip__residual_kept *k, size_t n) {
    const size_t rows = n * k->end * k->end;
    if (b->shortcut.panels) {
        clip__batch_norm_forward(c, y, k->shortcut, &b->shortcut.norm, &k->s, NULL, 0, rows, b->shortcut.out);
        x = y;
    }
    if (b->conv3.panels) clip__batch_norm_forward(c, y, k->z3, &b->conv3.norm, &k->s3, x, 1, rows, b->conv3.out);
    else clip__batch_norm_forward(c, y, k->z2, &b->conv2.norm, &k->s2, x, 1, rows, b->conv2.out);
}

// What goes into conv3: the averages of relu(batch norm(z2)). Borrowed.
static float *clip__residual_in3(clip_context *c, const clip__residual *b, const clip__residual_kept *k, size_t n) {
    const size_t rows = n * k->middle * k->middle;
    float *a = clip__borrow(c, rows * b->conv2.out), *y;
    clip__batch_norm_forward(c, a, k->z2, &b->conv2.norm, &k->s2, NULL, 1, rows, b->conv2.out);
    if (b->average == 1) return a;
    y = clip__borrow(c, n * k->end * k->end * b->conv2.out);
    clip__average_forward(c, y, a, n, k->middle, k->middle, b->conv2.out, b->average);
    return y;
}

// conv3's result, borrowed; NULL of a block without one.
static float *clip__residual_z3(clip_context *c, const clip__residual *b, const clip__residual_kept *k, size_t n) {
    float *z = b->conv3.panels ? clip__borrow(c, n * k->end * k->end * b->conv3.out) : NULL;
    const size_t high = c->tape->high;
    if (!b->conv3.panels) return NULL;
    clip__conv_bare(c, z, clip__residual_in3(c, b, k, n), &b->conv3, n, k->end);
    c->tape->high = high;
    return z;
}

// What goes into the shortcut's convolution: x, or its averages, borrowed.
static const float *clip__residual_shortcut(clip_context *c, const float *x, const clip__residual *b,
                                            const clip__residual_kept *k, size_t n) {
    float *y;
    if (b->average == 1) return x;
    y = clip__borrow(c, n * k->end * k->end * b->conv1.in);
    clip__average_forward(c, y, x, n, k->side, k->side, b->conv1.in, b->average);
    return y;
}

// y = the block's result.
static void clip__residual_train(clip_context *c, float *y, const float *x, const clip__residual *b,
                                 clip__residual_kept *k, size_t n) {
    const size_t high = c->tape->high;
    float *a = clip__borrow(c, n * k->inner * k->inner * b->conv1.out);
    k->z1 = clip__conv_keep(c, x, &b->conv1, n, k->side, &k->s1);
    clip__batch_norm_forward(c, a, k->z1, &b->conv1.norm, &k->s1, NULL, 1, n * k->inner * k->inner, b->conv1.out);
    k->z2 = clip__conv_keep(c, a, &b->conv2, n, k->inner, &k->s2);
    c->tape->high = high;
    if (b->shortcut.panels)
        k->shortcut =
            clip__conv_keep(c, clip__residual_shortcut(c, x, b, k, n), &b->shortcut, n, k->side / b->average, &k->s);
    c->tape->high = high;
    if (b->conv3.panels) {
        k->z3 = clip__residual_z3(c, b, k, n);
        k->s3 = clip__batch_norm_statistics(c, k->z3, &b->conv3.norm, n * k->end * k->end, b->conv3.out);
    }
    clip__residual_end(c, y, x, b, k, n);
    c->tape->high = high;
}

// relu(batch norm(z)) of the stem's convolution i.
static void clip__stem_active(clip_context *c, float *y, const clip__resnet *r, const clip__resnet_kept *kept, size_t i,
                              size_t rows) {
    clip__batch_norm_forward(c, y, kept->stem[i], &r->stem[i].norm, &kept->s[i], NULL, 1, rows, r->stem[i].out);
}

// As clip__resnet_forward. `kept` gets what the backward needs.
static void clip__resnet_train(clip_context *c, float *features, const float *picture, const clip__resnet *r, size_t n,
                               size_t S, size_t *starts, clip__resnet_kept *kept) {
    const size_t high = c->tape->high, channels = r->stem[r->n_stem - 1].out;
    size_t stem, side, begin = 0;
    float *y = NULL, *x, *turn[2] = {NULL, NULL};
    clip__pooling_job j;
    memset(&j, 0, sizeof j);
    clip__stem_sides(r, S, &stem, &side);
    for (size_t i = 0; i < r->n_stem; i++) {
        kept->stem[i] =
            clip__conv_keep(c, i ? y : picture, &r->stem[i], n, i ? stem : S + 2 * clip__resnet_border(r), &kept->s[i]);
        y = clip__borrow(c, n * stem * stem * r->stem[i].out);
        clip__stem_active(c, y, r, kept, i, n * stem * stem);
    }
    x = kept->pooled = clip__keep(c, n * side * side * channels);
    if (r->n_stem == 1) clip__maxpool_forward(c, x, y, n, stem, stem, channels);
    else clip__average_forward(c, x, y, n, stem, stem, channels, 2);
    c->tape->high = high;
    for (size_t i = 0; i < r->n_blocks; i++) {
        const clip__residual *b = &r->blocks[i];
        clip__residual_kept *k = &kept->blocks[i];
        const int first = clip__resnet_segment(r, i), last = clip__resnet_segment(r, i + 1);
        size_t out;
        memset(k, 0, sizeof *k);
        k->low = c->tape->low;
        k->side = side;
        clip__residual_sides(b, side, &k->inner, &k->middle, &k->end);
        side = k->end;
        out = n * side * side * (b->conv3.panels ? b->conv3.out : b->conv2.out);
        if (first) begin = i, k->x = x;
        if (last) k->y = y = clip__keep(c, out);
        else {
            if (i - begin < 2) turn[i - begin] = clip__borrow(c, out);
            y = turn[(i - begin) % 2];
        }
        clip__residual_train(c, y, x, b, k, n);
        x = y;
        if (last) c->tape->high = high;
    }
    if (r->attention.width) {
        clip__sequences_job tokens = clip__pixels_job(&r->attention, starts, side * side);
        kept->tokens = tokens.x = clip__keep(c, n * tokens.rows * r->features);
        tokens.patches = x;
        clip__parallel(&c->pool, n, clip__pixels_embed_task, &tokens);
        clip__attention_pool_forward(c, features, tokens.x, &r->attention, starts, n, n * tokens.rows, NULL,
                                     &kept->attention);
        return;
    }
    j.y = features, j.x = x, j.height = j.width = side, j.channels = r->features;
    clip__parallel(&c->pool, n, clip__mean_task, &j);
}

// dy of block i, whose input is x and result y, becomes dx: in place, or in `dx` where the shape changes.
static void clip__residual_backward(clip_context *c, float *dx, float *dy, const float *x, const float *y,
                                    const clip__residual *b, const clip__residual_kept *k, size_t n) {
    const size_t high = c->tape->high, rows = n * k->end * k->end, inner = n * k->inner * k->inner;
    const size_t middle = n * k->middle * k->middle;
    const clip__layer *last = b->conv3.panels ? &b->conv3 : &b->conv2;
    float *dz = clip__borrow(c, rows * last->out), *a, *da = dz, *dz1;
    clip__relu_backward(c, dy, y, rows * last->out);
    clip__batch_norm_backward(c, dz, dy, b->conv3.panels ? k->z3 : k->z2, &last->norm,
                              b->conv3.panels ? &k->s3 : &k->s2, rows, last->out);
    if (b->conv3.panels) { // z3 = conv3(in), in = average(a), a = relu(batch norm(z2))
        float *in = a = clip__borrow(c, middle * b->conv2.out), *din;
        din = da = clip__borrow(c, middle * b->conv2.out);
        clip__batch_norm_forward(c, a, k->z2, &b->conv2.norm, &k->s2, NULL, 1, middle, b->conv2.out);
        if (b->average > 1) {
            in = clip__borrow(c, rows * b->conv2.out);
            din = clip__borrow(c, rows * b->conv2.out);
            clip__average_forward(c, in, a, n, k->middle, k->middle, b->conv2.out, b->average);
        }
        clip__conv_backward_weight(c, dz, in, &b->conv3, n, k->end, k->end);
        clip__conv_backward_input(c, din, dz, &b->conv3, n, k->end, k->end, 0);
        if (b->average > 1) clip__average_backward(c, da, din, n, k->middle, k->middle, b->conv2.out, b->average, 0);
        clip__relu_backward(c, da, a, middle * b->conv2.out);
        clip__batch_norm_backward(c, da, da, k->z2, &b->conv2.norm, &k->s2, middle, b->conv2.out);
    }
    // z2 = conv2(a), a = relu(batch norm(z1)), z1 = conv1(x)
    a = clip__borrow(c, inner * b->conv1.out);
    dz1 = clip__borrow(c, inner * b->conv1.out);
    clip__batch_norm_forward(c, a, k->z1, &b->conv1.norm, &k->s1, NULL, 1, inner, b->conv1.out);
    clip__conv_backward_weight(c, da, a, &b->conv2, n, k->inner, k->inner);
    clip__conv_backward_input(c, dz1, da, &b->conv2, n, k->inner, k->inner, 0);
    clip__relu_backward(c, dz1, a, inner * b->conv1.out);
    clip__batch_norm_backward(c, dz1, dz1, k->z1, &b->conv1.norm, &k->s1, inner, b->conv1.out);
    clip__conv_backward_weight(c, dz1, x, &b->conv1, n, k->side, k->side);
    clip__conv_backward_input(c, dx, dz1, &b->conv1, n, k->side, k->side, dx == dy);
    if (b->shortcut.panels) {
        clip__batch_norm_backward(c, dz, dy, k->shortcut, &b->shortcut.norm, &k->s, rows, b->shortcut.out);
        clip__conv_backward_weight(c, dz, clip__residual_shortcut(c, x, b, k, n), &b->shortcut, n, k->side / b->average,
                                   k->side / b->average);
        if (b->average == 1) clip__conv_backward_input(c, dx, dz, &b->shortcut, n, k->side, k->side, 1);
        else {
            float *din = clip__borrow(c, rows * b->conv1.in);
            clip__conv_backward_input(c, din, dz, &b->shortcut, n, k->end, k->end, 0);
            clip__average_backward(c, dx, din, n, k->side, k->side, b->conv1.in, b->average, 1);
        }
    }
    c->tape->high = high;
}

// dy [n, pixels, features]: the gradient of the last pictures.
static void clip__resnet_pool_backward(clip_context *c, float *dy, const float *dfeatures, const clip__resnet *r,
                                       size_t n, size_t *starts, const clip__resnet_kept *kept) {
    const size_t side = kept->blocks[r->n_blocks - 1].end, high = c->tape->high;
    if (r->attention.width) {
        clip__sequences_job tokens = clip__pixels_job(&r->attention, starts, side * side);
        float *dtokens = clip__borrow(c, n * tokens.rows * r->features);
        clip__attention_pool_backward(c, dtokens, dfeatures, kept->tokens, &r->attention, starts, n, n * tokens.rows,
                                      &kept->attention);
        clip__columns(c, CLIP__COLUMNS_SUM, clip__gradient(c, r->attention.positions), NULL, dtokens, NULL, NULL, NULL,
                      n, tokens.rows * r->features);
        tokens.y = dy, tokens.features = dtokens;
        clip__parallel(&c->pool, n, clip__pixels_embed_backward_task, &tokens);
        c->tape->high = high;
    } else {
        clip__pooling_job j;
        memset(&j, 0, sizeof j);
        j.y = dy, j.dy = dfeatures, j.height = j.width = side, j.channels = r->features;
        clip__parallel(&c->pool, n, clip__mean_backward_task, &j);
    }
}

static void clip__resnet_backward(clip_context *c, const float *dfeatures, const float *picture, const clip__resnet *r,
                                  size_t n, size_t S, size_t *starts, const clip__resnet_kept *kept) {
    const size_t high = c->tape->high, last = kept->blocks[r->n_blocks - 1].end;
    float *dy = clip__borrow(c, n * last * last * r->features), *y;
    size_t stem, pooled;
    clip__pooling_job j;
    clip__stem_sides(r, S, &stem, &pooled);
    memset(&j, 0, sizeof j);
    clip__resnet_pool_backward(c, dy, dfeatures, r, n, starts, kept);
    for (size_t end = r->n_blocks, begin; end; end = begin) {
        const float *results[CLIP__SEGMENT + 1]; // results[i - begin] is what goes into block i
        const clip__residual_kept *k;
        float *dx = NULL;
        size_t mark, second;
        for (begin = end - 1; !clip__resnet_segment(r, begin); begin--) {}
        k = &kept->blocks[begin];
        results[0] = k->x;
        mark = second = c->tape->high;
        for (size_t i = begin; i + 1 < end; i++) {
            float *again = clip__borrow(c, n * kept->blocks[i].end * kept->blocks[i].end * r->blocks[end - 1].conv1.in);
            const size_t held = c->tape->high;
            kept->blocks[i].z3 = clip__residual_z3(c, &r->blocks[i], &kept->blocks[i], n);
            clip__residual_end(c, again, results[i - begin], &r->blocks[i], &kept->blocks[i], n);
            results[i + 1 - begin] = again;
            c->tape->high = held;
            if (i == begin) second = held;
        }
        results[end - begin] = kept->blocks[end - 1].y;
        for (size_t i = end; i-- > begin;) {
            size_t held;
            if (i == begin) c->tape->high = second; // of the results, it needs the first one alone
            if (i == begin && r->blocks[begin].shortcut.panels)
                dx = clip__borrow(c, n * k->side * k->side * r->blocks[begin].conv1.in);
            held = c->tape->high;
            kept->blocks[i].z3 = clip__residual_z3(c, &r->blocks[i], &kept->blocks[i], n);
            clip__residual_backward(c, dx ? dx : dy, dy, results[i - begin], results[i + 1 - begin], &r->blocks[i],
                                    &kept->blocks[i], n);
            c->tape->high = held, c->tape->low = kept->blocks[i].low;
        }
        c->tape->high = mark;
        if (dx) { // takes the place of dy
            const size_t count = n * k->side * k->side * r->blocks[begin].conv1.in;
            c->tape->high = high;
            dy = clip__borrow(c, count);
            clip__copy(c, dy, dx, count);
        }
    }
    // pooled = pooling(y), y = relu(batch norm(stem(picture))), or three times so
    for (size_t i = r->n_stem; i--;) {
        const clip__layer *l = &r->stem[i];
        float *dz = clip__borrow(c, n * stem * stem * l->out);
        y = clip__borrow(c, n * stem * stem * l->out);
        clip__stem_active(c, y, r, kept, i, n * stem * stem);
        j.y = dz, j.x = y, j.dy = dy, j.height = j.width = stem, j.channels = l->out;
        if (r->n_stem == 1) clip__parallel(&c->pool, n, clip__maxpool_backward_task, &j);
        else if (i + 1 == r->n_stem) clip__average_backward(c, dz, dy, n, stem, stem, l->out, 2, 0);
        else clip__conv_backward_input(c, dz, dy, &r->stem[i + 1], n, stem, stem, 0);
        clip__relu_backward(c, dz, y, n * stem * stem * l->out);
        clip__batch_norm_backward(c, dz, dz, kept->stem[i], &l->norm, &kept->s[i], n * stem * stem, l->out);
        if (i) {
            y = clip__borrow(c, n * stem * stem * l->in);
            clip__stem_active(c, y, r, kept, i - 1, n * stem * stem);
        }
        clip__conv_backward_weight(c, dz, i ? y : picture, l, n, i ? stem : S + 2 * clip__resnet_border(r),
                                   i ? stem : S + 2 * clip__resnet_border(r));
        dy = dz;
    }
    c->tape->high = high;
}

// ---- >>vit ---------------------------------------------------------------------------------------------------------
// Dosovitskiy et al. 2020: patches as tokens, a class token before them, positions added, a transformer, a norm. CLIP's
// has a norm before the transformer too; SigLIP's has no class token, and pools by attention. Its equations:
//     z = [class; patches E] + positions        (1)  clip__conv_forward, clip__vit_embed_task
//     z' = z + MSA(LN(z)), z = z' + MLP(LN(z')) (2, 3)  clip__transformer_forward
//     y = LN(z[class])                          (4)  clip__pooling_task, clip__layernorm_forward

// x = [class, patches] + positions
static void clip__vit_embed_task(void *arg, size_t i, size_t worker) {
    const clip__sequences_job *j = (const clip__sequences_job *)arg;
    const clip__vit *v = j->vit;
    const size_t width = v->body.width, prefix = v->cls != NULL, patches = v->T - prefix;
    float *to = j->x + i * v->T * width;
    (void)worker;
    if (v->cls) memcpy(to, v->cls, width * sizeof *to);
    memcpy(to + prefix * width, j->patches + i * patches * width, patches * width * sizeof *to);
    for (size_t k = 0; k < v->T * width; k++) to[k] += v->positions[k];
    if (!i) j->starts[0] = 0;
    j->starts[i + 1] = (i + 1) * v->T;
}

typedef struct clip__vit_kept {
    clip__block_kept *blocks;
    float *embedded, *x, *pooled; // before norm_pre; after the last block [n T, width]; after pooling [n, width]
    clip__attention_pool_kept attention;
} clip__vit_kept;

// Whether the norm after the blocks comes before pooling. Of one token alone, order is nothing.
static int clip__vit_norm_first(const clip__vit *v) { return v->pool != CLIP__POOL_CLS && !v->norm_after_pool; }

static clip__sequences_job clip__vit_job(const clip__vit *v, size_t *starts) {
    clip__sequences_job j;
    memset(&j, 0, sizeof j);
    j.vit = v, j.width = v->body.width, j.prefix = v->cls != NULL, j.pool = v->pool, j.starts = starts;
    return j;
}

// picture [n, S, S, 3] -> features [n, width]; starts [n + 1] is filled. For `kept` see clip__transformer_forward.
static void clip__vit_forward(clip_context *c, float *features, const float *picture, const clip__vit *v, size_t n,
                              size_t S, size_t *starts, clip__vit_kept *kept) {
    const size_t width = v->body.width, rows = n * v->T, high = kept ? c->tape->high : 0;
    const int first = clip__vit_norm_first(v);
    float *x = kept ? clip__keep(c, rows * width) : c->buffer[0],
          *y = kept ? clip__borrow(c, rows * width) : c->buffer[2], *in = x;
    clip__sequences_job j = clip__vit_job(v, starts);
    clip__conv_forward(c, y, picture, &v->patch, n, S, S, NULL, CLIP__IDENTITY);
    j.x = x, j.patches = y;
    clip__parallel(&c->pool, n, clip__vit_embed_task, &j);
    if (kept && v->norm_pre.weight) in = clip__keep(c, rows * width);
    if (v->norm_pre.weight) clip__layernorm_forward(c, in, x, &v->norm_pre, rows, width, v->body.eps);
    if (kept) kept->embedded = x;
    x = clip__transformer_forward(c, in, &v->body, starts, n, NULL, rows, kept ? kept->blocks : NULL);
    if (kept) kept->x = x;
    if (first) clip__layernorm_forward(c, y, x, &v->norm, rows, width, v->body.eps);
    if (v->pool == CLIP__POOL_ATTENTION)
        clip__attention_pool_forward(c, features, y, &v->attention, starts, n, rows, c->buffer[1],
                                     kept ? &kept->attention : NULL);
    else {
        j.x = first ? y : x, j.y = first || !kept ? features : clip__keep(c, n * width);
        clip__parallel(&c->pool, n, clip__pooling_task, &j);
        if (!first) clip__layernorm_forward(c, features, j.y, &v->norm, n, width, v->body.eps);
        if (kept) kept->pooled = j.y;
    }
    if (kept) c->tape->high = high;
}

static void clip__vit_patches_task(void *arg, size_t i, size_t worker) { // y [n, patches, width] = the others
    const clip__sequences_job *j = (const clip__sequences_job *)arg;
    const size_t prefix = j->vit->cls != NULL, size = (j->vit->T - prefix) * j->width;
    (void)worker;
    memcpy(j->y + i * size, j->x + (i * j->vit->T + prefix) * j->width, size * sizeof *j->y);
}

static void clip__vit_backward(clip_context *c, const float *dfeatures, const float *picture, const clip__vit *v,
                               size_t n, size_t S, size_t *starts, const clip__vit_kept *kept) {
    const size_t width = v->body.width, rows = n * v->T, high = c->tape->high;
    const int first = clip__vit_norm_first(v);
    float *dx = clip__borrow(c, rows * width), *y = clip__borrow(c, rows * width);
    clip__sequences_job j = clip__vit_job(v, starts);
    j.x = dx, j.y = y, j.features = dfeatures;
    if (v->pool == CLIP__POOL_ATTENTION) {
        clip__layernorm_forward(c, y, kept->x, &v->norm, rows, width, v->body.eps);
        clip__attention_pool_backward(c, dx, dfeatures, y, &v->attention, starts, n, rows, &kept->attention);
    } else {
        if (!first) { // features = norm(pool(x))
            clip__layernorm_backward(c, y, dfeatures, kept->pooled, &v->norm, n, width, v->body.eps, 0);
            j.features = y;
        }
        clip__parallel(&c->pool, n, clip__pooling_backward_task, &j);
    }
    if (first) clip__layernorm_backward(c, dx, dx, kept->x, &v->norm, rows, width, v->body.eps, 0);
    clip__transformer_backward(c, dx, &v->body, starts, n, NULL, rows, kept->blocks);
    if (v->norm_pre.weight)
        clip__layernorm_backward(c, dx, dx, kept->embedded, &v->norm_pre, rows, width, v->body.eps, 0);
    // embedded = [class, patch(picture)] + positions
    clip__columns(c, CLIP__COLUMNS_SUM, clip__gradient(c, v->positions), NULL, dx, NULL, NULL, NULL, n, v->T * width);
    if (v->cls) {
        clip__parallel(&c->pool, n, clip__first_row_task, &j);
        clip__columns(c, CLIP__COLUMNS_SUM, clip__gradient(c, v->cls), NULL, y, NULL, NULL, NULL, n, width);
    }
    clip__parallel(&c->pool, n, clip__vit_patches_task, &j);
    clip__conv_backward_weight(c, y, picture, &v->patch, n, S, S);
    c->tape->high = high;
}

// ---- >>text --------------------------------------------------------------------------------------------------------
// BERT (Devlin et al. 2018) and DistilBERT (Sanh et al. 2019), which is BERT without token types: a norm, then blocks
// with their norms behind. CLIP's text transformer (Radford et al. 2021, 2.4) and SigLIP's: blocks with their norms
// before, then a norm; CLIP's tokens see only those before them.

// Row i of a matrix [rows, width] of any type that weights may have.
static void clip__row(float *to, const void *matrix, unsigned type, size_t rows, size_t width, size_t i) {
    const uint16_t *halves = (const uint16_t *)matrix + i * width;
    const float *scales = (const float *)matrix;
    const signed char *bytes = (const signed char *)(scales + rows) + i * width;
    if (type == CLIP__F32) memcpy(to, scales + i * width, width * sizeof *to);
    if (type == CLIP__F16)
        for (size_t k = 0; k < width; k++) to[k] = clip__f32_of_f16(halves[k]);
    if (type == CLIP__BF16)
        for (size_t k = 0; k < width; k++) to[k] = clip__f32_of_bf16(halves[k]);
    if (type == CLIP__Q8)
        for (size_t k = 0; k < width; k++) to[k] = scales[i] * (float)bytes[k];
    if (type == CLIP__Q4) {
        const size_t groups = (size_t)clip__row_groups(width);
        const uint16_t *own = (const uint16_t *)matrix + i * groups;
        const unsigned char *pairs = (const unsigned char *)matrix + rows * groups * 2 + i * ((width + 1) / 2);
        for (size_t k = 0; k < width; k++)
            to[k] = (float)((pairs[k / 2] >> k % 2 * 4 & 15) - 8) * clip__f32_of_f16(own[k / CLIP__GROUP]);
    }
}

// x = tokens[id] + types[0] + positions[place], of sequence i
static void clip__text_embed_task(void *arg, size_t i, size_t worker) {
    const clip__sequences_job *j = (const clip__sequences_job *)arg;
    const clip__text *t = j->text;
    const size_t width = t->body.width;
    (void)worker;
    for (size_t r = j->starts[i]; r < j->starts[i + 1]; r++) {
        const float *position = t->positions + (r - j->starts[i]) * width;
        float *to = j->x + r * width;
        clip__row(to, t->tokens, t->tokens_type, t->vocabulary, width, (size_t)j->ids[r]);
        for (size_t k = 0; k < width; k++) to[k] = to[k] + (t->types ? t->types[k] : 0) + position[k];
    }
}

// Columns 16 i and on of the gradients of clip__text_embed_task. Tokens come again, so rows are gone through in order.
static void clip__text_embed_backward_task(void *arg, size_t i, size_t worker) {
    const clip__sequences_job *j = (const clip__sequences_job *)arg;
    const size_t width = j->width, k0 = 16 * i, k1 = clip__min(k0 + 16, width);
    (void)worker;
    for (size_t r = 0, sequence = 0; r < j->rows; r++) {
        const float *dx = j->x + r * width;
        float *token = j->tokens ? j->tokens + (size_t)j->ids[r] * width : NULL, *position = NULL;
        while (r >= j->starts[sequence + 1]) sequence++;
        if (j->positions) position = j->positions + (r - j->starts[sequence]) * width;
        for (size_t k = k0; k < k1; k++) {
            if (token) token[k] += dx[k];
            if (position) position[k] += dx[k];
            if (j->types) j->types[k] += dx[k];
        }
    }
}

typedef struct clip__text_kept {
    clip__block_kept *blocks;
    float *embedded, *x, *pooled; // before BERT's norm; after the last block; after pooling, before CLIP's norm
} clip__text_kept;

static clip__sequences_job clip__text_job(const clip__text *t, const int32_t *ids, const unsigned char *mask,
                                          size_t *starts, size_t rows) {
    clip__sequences_job j;
    memset(&j, 0, sizeof j);
    j.text = t, j.ids = ids, j.mask = mask, j.starts = starts, j.rows = rows, j.width = t->body.width;
    j.pool = t->pool, j.end = t->end;
    return j;
}

// ids [rows], n sequences one after the other, at starts -> features [n, width]. For `kept` see
// clip__transformer_forward.
static void clip__text_forward(clip_context *c, float *features, const clip__text *t, const int32_t *ids,
                               const unsigned char *mask, size_t *starts, size_t n, size_t rows,
                               clip__text_kept *kept) {
    const size_t width = t->body.width, high = kept ? c->tape->high : 0;
    const int norm_first = t->body.pre_norm && t->pool == CLIP__POOL_MEAN, norm_last = t->body.pre_norm && !norm_first;
    float *x = kept ? clip__keep(c, rows * width) : c->buffer[0];
    clip__sequences_job j = clip__text_job(t, ids, mask, starts, rows);
    j.x = x;
    clip__parallel(&c->pool, n, clip__text_embed_task, &j);
    if (kept) kept->embedded = x;
    if (!t->body.pre_norm) {
        if (kept) x = clip__keep(c, rows * width);
        clip__layernorm_forward(c, x, j.x, &t->norm, rows, width, t->body.eps);
    }
    j.x = clip__transformer_forward(c, x, &t->body, starts, n, mask, rows, kept ? kept->blocks : NULL);
    if (kept) kept->x = j.x;
    if (norm_first) {
        x = kept ? clip__borrow(c, rows * width) : c->buffer[2];
        clip__layernorm_forward(c, x, j.x, &t->norm, rows, width, t->body.eps);
        j.x = x;
    }
    j.y = norm_last && kept ? clip__keep(c, n * width) : features;
    clip__parallel(&c->pool, n, clip__pooling_task, &j);
    if (norm_last) clip__layernorm_forward(c, features, j.y, &t->norm, n, width, t->body.eps);
    if (!kept) return;
    kept->pooled = j.y;
    c->tape->high = high;
}

static void clip__text_backward(clip_context *c, const float *dfeatures, const clip__text *t, const int32_t *ids,
                                const unsigned char *mask, size_t *starts, size_t n, size_t rows,
                                const clip__text_kept *kept) {
    const size_t width = t->body.width, high = c->tape->high;
    const int norm_first = t->body.pre_norm && t->pool == CLIP__POOL_MEAN, norm_last = t->body.pre_norm && !norm_first;
    float *dx = clip__borrow(c, rows * width), *dpooled = clip__borrow(c, n * width);
    clip__sequences_job j = clip__text_job(t, ids, mask, starts, rows);
    j.x = dx, j.features = dfeatures;
    if (norm_last) { // features = norm(pooled)
        clip__layernorm_backward(c, dpooled, dfeatures, kept->pooled, &t->norm, n, width, t->body.eps, 0);
        j.features = dpooled;
    }
    clip__parallel(&c->pool, n, clip__pooling_backward_task, &j);
    if (norm_first) clip__layernorm_backward(c, dx, dx, kept->x, &t->norm, rows, width, t->body.eps, 0);
    clip__transformer_backward(c, dx, &t->body, starts, n, mask, rows, kept->blocks);
    if (!t->body.pre_norm) clip__layernorm_backward(c, dx, dx, kept->embedded, &t->norm, rows, width, t->body.eps, 0);
    j.tokens = clip__gradient(c, (const float *)t->tokens), j.positions = clip__gradient(c, t->positions);
    j.types = clip__gradient(c, t->types);
    clip__parallel(&c->pool, (width + 15) / 16, clip__text_embed_backward_task, &j);
    c->tape->high = high;
}

// ---- >>heads -------------------------------------------------------------------------------------------------------
// From what a tower sees to where both can be compared: u = x W / |x W| (Radford et al. 2021, fig. 3).

// features [n, in] -> out [n, embed_dim], of length 1 unless options.raw.
// The mlp head is CLIP-pytorch's: p = linear(x), then norm(p + linear(gelu(p))); its dropout is off outside of
// training.
static void clip__head_forward(clip_context *c, float *out, const float *features, const clip__head *h, size_t n) {
    float *p = c->embedding[0], *g = c->embedding[1];
    if (h->pooler.panels) {
        clip__linear_forward(c, c->pooled, features, &h->pooler, n, NULL, CLIP__TANH);
        features = c->pooled;
    }
    if (h->kind == CLIP__HEAD_NONE) memcpy(out, features, n * h->in * sizeof *out);
    if (h->kind == CLIP__HEAD_LINEAR) clip__linear_forward(c, out, features, &h->projection, n, NULL, CLIP__IDENTITY);
    if (h->kind == CLIP__HEAD_MLP) {
        clip__linear_forward(c, p, features, &h->projection, n, NULL, CLIP__IDENTITY);
        c->kernel->activation(CLIP__GELU, g, p, n * h->out);
        clip__linear_forward(c, p, g, &h->fc, n, p, CLIP__IDENTITY);
        clip__layernorm_forward(c, out, p, &h->norm, n, h->out, h->eps);
    }
    if (!c->options.raw)
        for (size_t i = 0; i < n; i++) clip__l2_normalize(out + i * h->out, out + i * h->out, h->out);
}

typedef struct clip__head_kept {
    float *bare, *x; // pooler(features) without and with its tanh
    float *p, *sum;  // projection(x); p + dropout(fc(gelu(p))), before the norm
} clip__head_kept;

// Where the random numbers of a head's dropout come from: those of row r are `first` + r * embed_dim and on.
typedef struct clip__dropping {
    double rate;
    uint64_t seed, stream, first;
} clip__dropping;

// As clip__head_forward, without the length of 1, and with dropout.
static void clip__head_train(clip_context *c, float *out, const float *features, const clip__head *h, size_t n,
                             const clip__dropping *d, clip__head_kept *kept) {
    const size_t high = c->tape->high, count = n * h->out;
    if (h->pooler.panels) {
        kept->bare = clip__keep(c, n * h->in);
        kept->x = clip__keep(c, n * h->in);
        clip__linear_forward(c, kept->bare, features, &h->pooler, n, NULL, CLIP__IDENTITY);
        clip__activation_forward(c, kept->x, kept->bare, CLIP__TANH, n * h->in);
        features = kept->x;
    }
    if (h->kind == CLIP__HEAD_NONE) clip__copy(c, out, features, count);
    if (h->kind == CLIP__HEAD_LINEAR) clip__linear_forward(c, out, features, &h->projection, n, NULL, CLIP__IDENTITY);
    if (h->kind == CLIP__HEAD_MLP) {
        float *g = clip__borrow(c, count);
        kept->p = clip__keep(c, count);
        kept->sum = clip__keep(c, count);
        clip__linear_forward(c, kept->p, features, &h->projection, n, NULL, CLIP__IDENTITY);
        clip__activation_forward(c, g, kept->p, CLIP__GELU, count);
        clip__linear_forward(c, kept->sum, g, &h->fc, n, NULL, CLIP__IDENTITY);
        clip__dropout(c, kept->sum, count, d->rate, d->seed, d->stream, d->first);
        clip__add_forward(c, kept->sum, kept->p, count);
        clip__layernorm_forward(c, out, kept->sum, &h->norm, n, h->out, h->eps);
    }
    c->tape->high = high;
}

// dout [n, embed_dim] -> dfeatures [n, in], or NULL where no tower wants them. dout is used up.
static void clip__head_backward(clip_context *c, float *dfeatures, float *dout, const float *features,
                                const clip__head *h, size_t n, const clip__dropping *d, const clip__head_kept *kept) {
    const size_t high = c->tape->high, count = n * h->out;
    const float *x = h->pooler.panels ? kept->x : features;
    float *dx = h->pooler.panels ? clip__borrow(c, n * h->in) : dfeatures;
    if (h->kind == CLIP__HEAD_NONE && dx) clip__copy(c, dx, dout, count);
    if (h->kind == CLIP__HEAD_MLP) { // out = norm(p + dropout(fc(gelu(p)))), p = projection(features)
        float *dq = clip__borrow(c, count), *g = clip__borrow(c, count), *dg = clip__borrow(c, count);
        clip__layernorm_backward(c, dout, dout, kept->sum, &h->norm, n, h->out, h->eps, 0);
        clip__copy(c, dq, dout, count);
        clip__dropout(c, dq, count, d->rate, d->seed, d->stream, d->first);
        clip__activation_forward(c, g, kept->p, CLIP__GELU, count);
        clip__linear_backward_weight(c, dq, g, &h->fc, n);
        clip__linear_backward_input(c, dg, dq, &h->fc, n, 0);
        clip__activation_backward(c, dg, kept->p, CLIP__GELU, count);
        clip__add_forward(c, dout, dg, count);
    }
    if (h->kind != CLIP__HEAD_NONE) {
        clip__linear_backward_weight(c, dout, x, &h->projection, n);
        if (dx) clip__linear_backward_input(c, dx, dout, &h->projection, n, 0);
    }
    if (h->pooler.panels) { // x = tanh(bare), bare = pooler(features)
        clip__activation_backward(c, dx, kept->bare, CLIP__TANH, n * h->in);
        clip__linear_backward_weight(c, dx, features, &h->pooler, n);
        if (dfeatures) clip__linear_backward_input(c, dfeatures, dx, &h->pooler, n, 0);
    }
    c->tape->high = high;
}

// ---- >>loss --------------------------------------------------------------------------------------------------------
// The formulas stand at clip_loss. T, I [n, d] are the vectors of texts and pictures as the heads give them; u, v the
// same of length 1, or T and I themselves for the soft loss; L = factor * u v^T + bias, a row a text, a column a
// picture. (In THE WAY, above, u is the picture's.) Whatever the loss, it comes down to dL, and from there
//     du = factor dL v,  dv = factor dL^T u,  dfactor = sum dL (u v^T),  dbias = sum dL.
// All exponentials are of numbers that are at most 0: no logit is too large.

typedef struct clip__loss_job {
    clip_loss kind;
    size_t n, d;
    const size_t *pictures; // NULL: all different
    const float *T, *I;
    float *dT, *dI, *u, *v, *L, *dL, *G, *dG; // G: targets
    double *row, *column, *share;             // [n] log sum exp of L's rows and columns; sums of G's columns
    double *loss;                             // [n] of each row
    float factor, bias, margin, heat, pull;   // pull: of each pair of vectors, align / n
} clip__loss_job;

static int clip__same_picture(const clip__loss_job *j, size_t a, size_t b) {
    return a == b || (j->pictures && j->pictures[a] == j->pictures[b]);
}

static void clip__loss_unit_task(void *arg, size_t i, size_t worker) {
    const clip__loss_job *j = (const clip__loss_job *)arg;
    (void)worker;
    clip__l2_normalize(j->u + i * j->d, j->T + i * j->d, j->d);
    clip__l2_normalize(j->v + i * j->d, j->I + i * j->d, j->d);
}

static void clip__loss_unit_backward_task(void *arg, size_t i, size_t worker) { // du, dv become dT, dI in place
    const clip__loss_job *j = (const clip__loss_job *)arg;
    (void)worker;
    clip__l2_backward(j->dT + i * j->d, j->dT + i * j->d, j->u + i * j->d, j->T + i * j->d, j->d);
    clip__l2_backward(j->dI + i * j->d, j->dI + i * j->d, j->v + i * j->d, j->I + i * j->d, j->d);
}

typedef struct clip__product_job {
    float *panels;
    const float *b;
    size_t rows, columns;
    int turned;
} clip__product_job;

static void clip__product_pack_task(void *arg, size_t i, size_t worker) {
    const clip__product_job *j = (const clip__product_job *)arg;
    (void)i, (void)worker;
    if (j->turned) clip__pack_columns(j->panels, j->b, j->rows, j->columns, j->rows);
    else clip__pack_rows(j->panels, j->b, j->columns, j->rows, j->columns);
}

// y [rows, columns] = a [rows, K] b, b [K, columns] or, turned, [columns, K]; + y if asked for.
static void clip__product(clip_context *c, float *y, const float *a, const float *b, size_t rows, size_t K,
                          size_t columns, int turned, int add) {
    const size_t high = c->tape->high;
    clip__product_job j;
    clip__layer l;
    memset(&l, 0, sizeof l);
    j.panels = clip__borrow(c, clip__round_up(columns, 16) * K);
    j.b = b, j.rows = K, j.columns = columns, j.turned = turned;
    clip__parallel(&c->pool, 1, clip__product_pack_task, &j);
    l.panels = j.panels, l.in = K, l.out = columns, l.kernel = l.step = 1, l.exact = 1;
    clip__linear_forward(c, y, a, &l, rows, add ? y : NULL, CLIP__IDENTITY);
    c->tape->high = high;
}

// Row i of the logits, and of the targets: G holds I I^T + T T^T for the soft loss.
static void clip__loss_row_task(void *arg, size_t i, size_t worker) {
    const clip__loss_job *j = (const clip__loss_job *)arg;
    float *L = j->L + i * j->n, *G = j->G + i * j->n, most = -INFINITY;
    double sum = 0, same = 0;
    (void)worker;
    for (size_t k = 0; k < j->n; k++) {
        L[k] = L[k] * j->factor + j->bias;
        most = L[k] > most ? L[k] : most;
    }
    for (size_t k = 0; k < j->n; k++) sum += exp((double)L[k] - (double)most);
    // cppcheck-suppress invalidFunctionArg ; n is not 0, so the sum is at least exp(0)
    j->row[i] = (double)most + log(sum);
    for (size_t k = 0; k < j->n && j->kind == CLIP_LOSS_SOFT; k++) G[k] *= j->heat;
    if (j->kind == CLIP_LOSS_SOFT) clip__softmax_plain(G, NULL, j->n);
    if (j->kind != CLIP_LOSS_INFONCE) return;
    for (size_t k = 0; k < j->n; k++) same += clip__same_picture(j, i, k);
    for (size_t k = 0; k < j->n; k++) G[k] = clip__same_picture(j, i, k) ? (float)(1 / same) : 0;
}

static void clip__loss_column_task(void *arg, size_t k, size_t worker) {
    const clip__loss_job *j = (const clip__loss_job *)arg;
    float most = -INFINITY;
    double sum = 0, share = 0;
    (void)worker;
    for (size_t i = 0; i < j->n; i++) most = j->L[i * j->n + k] > most ? j->L[i * j->n + k] : most;
    for (size_t i = 0; i < j->n; i++) {
        sum += exp((double)j->L[i * j->n + k] - (double)most);
        share += (double)j->G[i * j->n + k];
    }
    // cppcheck-suppress invalidFunctionArg ; n is not 0
    j->column[k] = (double)most + log(sum);
    j->share[k] = share;
}

// loss = 1 / 2n sum_ij G_ij (row_i - L_ij + column_j - L_ij)
//   -> dL_ij = 1 / 2n (exp(L_ij - row_i) + exp(L_ij - column_j) share_j - 2 G_ij), the rows of G having a sum of 1
//   -> dG_ij = 1 / 2n (row_i - L_ij + column_j - L_ij), and through the soft loss' softmax G (dG - sum_k G dG) heat.
static void clip__loss_entropy_task(void *arg, size_t i, size_t worker) {
    const clip__loss_job *j = (const clip__loss_job *)arg;
    const double by = 0.5 / (double)j->n;
    double loss = 0, along = 0;
    (void)worker;
    for (size_t k = 0; k < j->n; k++) {
        const double L = (double)j->L[i * j->n + k], G = (double)j->G[i * j->n + k];
        const double toll = j->row[i] - L + (j->column[k] - L);
        loss += by * G * toll;
        j->dL[i * j->n + k] = (float)(by * (exp(L - j->row[i]) + exp(L - j->column[k]) * j->share[k] - 2 * G));
        if (j->kind != CLIP_LOSS_SOFT) continue;
        along += G * by * toll;
        j->dG[i * j->n + k] = (float)(by * toll);
    }
    j->loss[i] = loss;
    for (size_t k = 0; k < j->n && j->kind == CLIP_LOSS_SOFT; k++)
        j->dG[i * j->n + k] =
            (float)((double)j->G[i * j->n + k] * ((double)j->dG[i * j->n + k] - along) * (double)j->heat);
}

// The hardest negative of row i, and below of column k.
static void clip__loss_triplet_row_task(void *arg, size_t i, size_t worker) {
    const clip__loss_job *j = (const clip__loss_job *)arg;
    const float *L = j->L + i * j->n;
    float *dL = j->dL + i * j->n;
    size_t hard = SIZE_MAX;
    (void)worker;
    j->loss[i] = 0;
    for (size_t k = 0; k < j->n; k++) {
        dL[k] = 0;
        if (!clip__same_picture(j, i, k) && (hard == SIZE_MAX || L[k] > L[hard])) hard = k;
    }
    if (hard == SIZE_MAX || j->margin + L[hard] - L[i] <= 0) return; // a NaN goes on into the loss
    j->loss[i] = (double)(j->margin + L[hard] - L[i]) / (double)j->n;
    dL[hard] += 1.0f / (float)j->n;
    dL[i] -= 1.0f / (float)j->n;
}

static void clip__loss_triplet_column_task(void *arg, size_t k, size_t worker) {
    const clip__loss_job *j = (const clip__loss_job *)arg;
    const size_t n = j->n;
    size_t hard = SIZE_MAX;
    (void)worker;
    for (size_t i = 0; i < n; i++)
        if (!clip__same_picture(j, i, k) && (hard == SIZE_MAX || j->L[i * n + k] > j->L[hard * n + k])) hard = i;
    if (hard == SIZE_MAX || j->margin + j->L[hard * n + k] - j->L[k * n + k] <= 0) return;
    j->loss[k] += (double)(j->margin + j->L[hard * n + k] - j->L[k * n + k]) / (double)n;
    j->dL[hard * n + k] += 1.0f / (float)n;
    j->dL[k * n + k] -= 1.0f / (float)n;
}

// -log sigmoid(x) = max(-x, 0) + log(1 + exp(-|x|)), x = z L  ->  dL = -z sigmoid(-x)
static void clip__loss_sigmoid_task(void *arg, size_t i, size_t worker) {
    const clip__loss_job *j = (const clip__loss_job *)arg;
    double loss = 0;
    (void)worker;
    for (size_t k = 0; k < j->n; k++) {
        const double z = clip__same_picture(j, i, k) ? 1 : -1, x = z * (double)j->L[i * j->n + k], e = exp(-fabs(x));
        loss += (x < 0 ? -x : 0) + log1p(e);
        j->dL[i * j->n + k] = (float)(-z * (x < 0 ? 1 : e) / (1 + e) / (double)j->n);
    }
    j->loss[i] = loss / (double)j->n;
}

// Row and column i from i on of dG + dG^T.
static void clip__loss_symmetric_task(void *arg, size_t i, size_t worker) {
    const clip__loss_job *j = (const clip__loss_job *)arg;
    (void)worker;
    for (size_t k = i; k < j->n; k++) {
        const float sum = j->dG[i * j->n + k] + j->dG[k * j->n + i];
        j->dG[i * j->n + k] = j->dG[k * j->n + i] = sum;
    }
}

// Column i of factor dL becomes row i of L, which has done its work; there the pairs are drawn together.
static void clip__loss_turn_task(void *arg, size_t i, size_t worker) {
    const clip__loss_job *j = (const clip__loss_job *)arg;
    (void)worker;
    for (size_t k = 0; k < j->n; k++)
        j->L[i * j->n + k] = j->dL[k * j->n + i] = j->dL[k * j->n + i] * j->factor - (k == i ? j->pull : 0);
}

// The loss of n pairs and, if dT is not NULL, its gradients: dT, dI = , *dscale and *dbias += (NULL: not learnt).
static double clip__loss(clip_context *c, const clip_train_options *o, const float *T, const float *I, size_t n,
                         size_t d, const size_t *pictures, double logit_scale, double logit_bias, float *dT, float *dI,
                         float *dscale, float *dbias) {
    const size_t high = c->tape->high;
    const int soft = o->loss == CLIP_LOSS_SOFT;
    double loss = 0, scale_sum = 0, bias_sum = 0;
    clip__loss_job j;
    memset(&j, 0, sizeof j);
    j.kind = o->loss, j.n = n, j.d = d, j.pictures = pictures, j.T = T, j.I = I;
    j.factor = soft ? (float)(1 / o->temperature) : o->loss == CLIP_LOSS_TRIPLET ? 1.0f : (float)exp(logit_scale);
    j.bias = o->loss == CLIP_LOSS_SIGLIP ? (float)logit_bias : 0;
    j.margin = (float)o->margin, j.heat = (float)(o->temperature / 2), j.pull = (float)(o->align / (double)n);
    j.u = soft ? (float *)clip__own(T) : clip__borrow(c, n * d);
    j.v = soft ? (float *)clip__own(I) : clip__borrow(c, n * d);
    j.L = clip__borrow(c, n * n);
    j.dL = clip__borrow(c, n * n);
    j.G = clip__borrow(c, n * n);
    j.dG = clip__borrow(c, n * n);
    j.row = (double *)(void *)clip__borrow(c, 2 * n);
    j.column = (double *)(void *)clip__borrow(c, 2 * n);
    j.share = (double *)(void *)clip__borrow(c, 2 * n);
    j.loss = (double *)(void *)clip__borrow(c, 2 * n);
    if (!soft) clip__parallel(&c->pool, n, clip__loss_unit_task, &j);
    clip__product(c, j.L, j.u, j.v, n, d, n, 1, 0);
    if (soft) {
        clip__product(c, j.G, I, I, n, d, n, 1, 0);
        clip__product(c, j.G, T, T, n, d, n, 1, 1);
    }
    clip__parallel(&c->pool, n, clip__loss_row_task, &j);
    switch (o->loss) {
    case CLIP_LOSS_SOFT:
    case CLIP_LOSS_INFONCE:
        clip__parallel(&c->pool, n, clip__loss_column_task, &j);
        clip__parallel(&c->pool, n, clip__loss_entropy_task, &j);
        break;
    case CLIP_LOSS_TRIPLET:
        clip__parallel(&c->pool, n, clip__loss_triplet_row_task, &j);
        clip__parallel(&c->pool, n, clip__loss_triplet_column_task, &j);
        break;
    case CLIP_LOSS_SIGLIP: clip__parallel(&c->pool, n, clip__loss_sigmoid_task, &j); break;
    }
    for (size_t i = 0; i < n && !c->pool.counting; i++) {
        loss += j.loss[i];
        if (o->align > 0) loss += o->align / (double)n * (1 - (double)clip__dot(j.u + i * d, j.v + i * d, d));
    }
    for (size_t i = 0; i < n * n && (dscale || dbias); i++) {
        scale_sum += (double)j.dL[i] * (double)(j.L[i] - j.bias); // d of factor's logarithm
        bias_sum += (double)j.dL[i];
    }
    if (dscale) *dscale += (float)scale_sum;
    if (dbias) *dbias += (float)bias_sum;
    if (dT || c->pool.counting) {
        j.dT = dT, j.dI = dI;
        clip__parallel(&c->pool, n, clip__loss_turn_task, &j);
        clip__product(c, dT, j.dL, j.v, n, n, d, 0, 0);
        clip__product(c, dI, j.L, j.u, n, n, d, 0, 0);
        if (soft) { // M = I I^T + T T^T  ->  dI += (dM + dM^T) I, dT += (dM + dM^T) T
            clip__parallel(&c->pool, n, clip__loss_symmetric_task, &j);
            clip__product(c, dT, j.dG, T, n, n, d, 0, 1);
            clip__product(c, dI, j.dG, I, n, n, d, 0, 1);
        } else clip__parallel(&c->pool, n, clip__loss_unit_backward_task, &j);
    }
    c->tape->high = high;
    return loss;
}

// ---- >>optim -------------------------------------------------------------------------------------------------------
// p: a weight, g: its gradient, m, v: the optimizer's moments, in clip__parameter's value, gradient, first and second.

enum { CLIP__STATISTICS = CLIP_HEADS + 1 }; // a group of its own: running ones, whose "gradient" is what they will be
enum { CLIP__CHUNK = 1 << 16 }; // numbers of a task

typedef struct clip__chunk {
    const clip__parameter *p;
    size_t start, n;
} clip__chunk;

typedef struct clip__update_job {
    const clip_train_options *o;
    const clip__chunk *chunks;
    double *norms; // [chunks] sum of squares
    double scale;  // what gradients are multiplied by
    double rate[3];
    uint64_t step; // from 1
    int keep;      // 1: the update is taken; 0: gradients are dropped
} clip__update_job;

static void clip__norm_task(void *arg, size_t i, size_t worker) {
    const clip__update_job *j = (const clip__update_job *)arg;
    const clip__chunk *k = &j->chunks[i];
    double sum = 0;
    (void)worker;
    for (size_t x = 0; x < k->n; x += 256) { // in float, and then in double
        const float *g = k->p->gradient + k->start + x;
        sum += (double)clip__dot(g, g, clip__min(k->n - x, 256));
    }
    j->norms[i] = k->p->group == CLIP__STATISTICS && sum - sum == 0 ? 0 : sum;
}

static void clip__sqrt_16(float *x) {
#ifdef CLIP__X86 // a compiler may not do so by itself, since sqrtf may set errno
    for (size_t i = 0; i < 16; i += 4) _mm_storeu_ps(x + i, _mm_sqrt_ps(_mm_loadu_ps(x + i)));
#else
    for (size_t i = 0; i < 16; i++) x[i] = sqrtf(x[i]);
#endif
}

typedef struct clip__adam {                                  // of one update and group
    float scale, add, shrink, rate, root, beta1, beta2, eps; // beta1, beta2: 1 - them
} clip__adam;

// m = beta1 m + (1 - beta1) g, v = beta2 v + (1 - beta2) g^2, p -= rate m / (sqrt(v) / root + eps), where rate and root
// have the correction of the moments' start in them. w numbers, at most 16.
CLIP__INLINE void clip__adam_some(float *p, const float *g, float *m, float *v, const clip__adam *a, const size_t w) {
    float d[16], q[16] = {0}, first[16] = {0}, second[16] = {0}, root[16] = {0};
    for (size_t i = 0; i < w; i++) q[i] = p[i] * a->shrink;
    for (size_t i = 0; i < w; i++) d[i] = g[i] * a->scale;
    for (size_t i = 0; i < w; i++) d[i] += a->add * q[i];
    for (size_t i = 0; i < w; i++) first[i] = m[i] + (d[i] - m[i]) * a->beta1;
    for (size_t i = 0; i < w; i++) root[i] = second[i] = v[i] - v[i] * a->beta2 + d[i] * d[i] * a->beta2;
    clip__sqrt_16(root);
    for (size_t i = 0; i < w; i++) q[i] -= a->rate * first[i] / (root[i] / a->root + a->eps);
    memcpy(p, q, w * sizeof *p);
    memcpy(m, first, w * sizeof *m);
    memcpy(v, second, w * sizeof *v);
}

static void clip__update_task(void *arg, size_t i, size_t worker) {
    const clip__update_job *j = (const clip__update_job *)arg;
    const clip_train_options *o = j->o;
    const clip__chunk *k = &j->chunks[i];
    const clip__parameter *q = k->p;
    float *p = q->value + k->start, *g = q->gradient + k->start;
    float *m = q->first ? q->first + k->start : NULL, *v = q->second ? q->second + k->start : NULL;
    (void)worker;
    if (q->group == CLIP__STATISTICS) {
        memcpy(j->keep ? p : g, j->keep ? g : p, k->n * sizeof *p);
        return;
    }
    if (j->keep && o->optimizer == CLIP_SGD) { // m = momentum m + g; p -= rate m, or Nesterov's rate (g + momentum m)
        const float scale = (float)j->scale, rate = (float)j->rate[q->group], momentum = (float)o->momentum;
        const float decay = q->decays ? (float)o->decay[q->group] : 0;
        for (size_t x = 0; x < k->n; x++) {
            const float d = g[x] * scale + decay * p[x];
            if (m) m[x] = j->step == 1 ? d : momentum * m[x] + d;
            p[x] -= rate * (!m ? d : o->nesterov ? d + momentum * m[x] : m[x]);
        }
    } else if (j->keep) {
        const double decay = q->decays ? o->decay[q->group] : 0;
        const int adamw = o->optimizer == CLIP_ADAMW;
        size_t x = 0;
        clip__adam a;
        a.scale = (float)j->scale, a.eps = (float)o->eps;
        a.add = adamw ? 0 : (float)decay, a.shrink = adamw ? (float)(1 - j->rate[q->group] * decay) : 1;
        a.rate = (float)(j->rate[q->group] / (1 - pow(o->beta1, (double)j->step)));
        a.root = (float)sqrt(1 - pow(o->beta2, (double)j->step));
        a.beta1 = (float)(1 - o->beta1), a.beta2 = (float)(1 - o->beta2);
        for (; x + 16 <= k->n; x += 16) clip__adam_some(p + x, g + x, m + x, v + x, &a, 16);
        clip__adam_some(p + x, g + x, m + x, v + x, &a, k->n - x);
    }
    memset(g, 0, k->n * sizeof *g);
}

// ---- >>api ---------------------------------------------------------------------------------------------------------

// What worker w has of its own, for `taps` of a convolution, for heads of a width and for the longest sequence.
static void clip__worker_lay_out(clip__arena *a, const clip_model *m, clip_context *c, size_t w, size_t taps,
                                 size_t longest, size_t head_width) {
    const int backward = c->micro_batch > 0;
    const size_t unpacked = clip__max(m->unpacked[0], backward ? m->unpacked[1] : 0);
    const size_t packed = clip__max(m->packed[0], backward ? m->packed[1] : 0);
    const void **table = (const void **)clip__take(a, taps * CLIP__BLOCK_ROWS, sizeof(void *));
    void *scratch = clip__take(a, m->narrow || c->half ? clip__scratch_size(c->kernel, unpacked, packed) : 0, 1);
    clip__attention_scratch attention = clip__attention_scratch_take(a, longest, head_width);
    clip__resize_scratch resize;
    clip__train_scratch training;
    memset(&resize, 0, sizeof resize);
    memset(&training, 0, sizeof training);
    if (m->image && m->pipeline.filter != CLIP__CV_BILINEAR) resize = clip__resize_scratch_take(a, m->pipeline.S);
    if (backward) {
        training.left = (float *)clip__take(a, (size_t)CLIP__OUTER_K * CLIP__OUTER_ROWS, sizeof(float));
        training.right = (float *)clip__take(a, (size_t)CLIP__OUTER_ROWS * CLIP__OUTER_PANELS * 16, sizeof(float));
        training.tile = (float *)clip__take(a, (size_t)CLIP__BLOCK_ROWS * CLIP__BLOCK_PANELS * 16, sizeof(float));
        training.keys = (float *)clip__take(a, clip__mul(clip__round_up(head_width, 16), longest), sizeof(float));
        training.values = (float *)clip__take(a, clip__mul(clip__round_up(longest, 16), head_width), sizeof(float));
        training.slopes =
            (float *)clip__take(a, clip__mul(CLIP__BLOCK_ROWS, clip__round_up(longest, 16)), sizeof(float));
    }
    if (!a->base) return;
    if (backward) c->training[w] = training;
    c->tables[w] = table;
    c->scratch[w] = scratch;
    c->resize[w] = resize;
    c->attention[w] = attention;
}

// Lays the context out in an arena that counts or that is there; *c tells where everything is.
static void clip__context_lay_out(clip__arena *a, const clip_model *m, clip_context *c) {
    const clip_options *o = &c->options;
    const size_t workers = o->threads;
    size_t taps = 1, run = 0, longest = 0, head_width = 1, features = 0, size[4] = {0, 0, 0, 0}, border = 0;
    size_t numbers = 0, picture = 0; // of the largest thing that a layer takes; of the pictures
    const int mlp = m->image_head.kind == CLIP__HEAD_MLP || m->text_head.kind == CLIP__HEAD_MLP;
    memset(&c->pool, 0, sizeof c->pool);
    c->max_items = 0;
    if (m->image) {
        const size_t S = m->pipeline.S;
        const clip__attention_pool *pool = &m->vit.attention;
        if (m->image == CLIP__RESNET) {
            const clip__resnet *r = &m->resnet;
            const size_t side = clip__resnet_sizes(r, S, size);
            border = clip__resnet_border(r);
            taps = 9; // of a 3 x 3 convolution with padding; the stem has 7
            for (size_t i = 0; i < r->n_stem; i++) run = clip__max(run, r->stem[i].out);
            for (size_t i = 0; i < r->n_blocks; i++) run = clip__max(run, clip__residual_widest(&r->blocks[i]));
            features = r->features;
            for (int i = 0; i < 4; i++) size[i] = clip__mul(size[i], o->max_batch);
            pool = &r->attention;
            if (pool->width) longest = side * side + 1, head_width = pool->width / pool->heads;
        } else {
            const clip__transformer *t = &m->vit.body;
            const size_t rows = clip__mul(m->vit.T, o->max_batch);
            taps = m->vit.patch.kernel;
            longest = m->vit.T;
            head_width = t->width / t->heads;
            features = t->width;
            size[0] = size[2] = clip__mul(rows, t->width);
            size[1] = clip__mul(rows, clip__max(3 * t->width, t->mlp));
        }
        if (pool->width) {
            c->pooling[0] = (float *)clip__take(a, clip__mul(o->max_batch, pool->width), sizeof(float));
            c->pooling[1] = (float *)clip__take(a, clip__mul(o->max_batch, pool->width), sizeof(float));
            numbers = clip__mul(o->max_batch, pool->fc1.out);
            c->pooling[2] = (float *)clip__take(a, numbers, sizeof(float));
        }
        c->max_items = o->max_batch;
        c->pixels = (unsigned char *)clip__take(a, clip__mul(o->max_batch, S * S * 3), 1);
        picture = clip__mul(o->max_batch, (S + 2 * border) * (S + 2 * border) * 3);
        c->picture = (float *)clip__take(a, clip__add(picture, CLIP__BEYOND), sizeof(float));
        if (a->base && (m->narrow || c->half)) memset(c->picture, 0, (picture + CLIP__BEYOND) * sizeof(float));
    }
    if (m->text) { // short texts share the room that max_batch long ones would have
        const clip__transformer *t = &m->text_tower.body;
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
    if (m->image_head.pooler.panels || m->text_head.pooler.panels)
        c->pooled = (float *)clip__take(a, clip__mul(c->max_items, features), sizeof(float));
    for (int i = 0; i < 2; i++) // of a head of two layers; else the self-test's one vector
        c->embedding[i] = (float *)clip__take(a, clip__mul(mlp ? c->max_items : 1, m->embed_dim), sizeof(float));
    numbers = clip__max(clip__max(numbers, picture), clip__mul(c->max_items, clip__max(features, m->embed_dim)));
    for (int i = 0; i < 4; i++) numbers = clip__max(numbers, size[i]);
    if (m->narrow || c->half) {
        c->narrow_room = numbers;
        c->narrow = clip__take(a, clip__add(numbers, CLIP__BEYOND), sizeof(uint16_t));
        c->ranges = (float *)clip__take(a, numbers / 2 + 2, sizeof(float));
    }
    c->zeros = (float *)clip__take(a, run, sizeof(float));
    if (a->base) memset(c->zeros, 0, run * sizeof(float));
    c->tables = (const void ***)clip__take(a, workers, sizeof(void **));
    c->scratch = (void **)clip__take(a, workers, sizeof(void *));
    c->resize = (clip__resize_scratch *)clip__take(a, workers, sizeof(clip__resize_scratch));
    c->attention = (clip__attention_scratch *)clip__take(a, workers, sizeof(clip__attention_scratch));
    c->training = c->micro_batch ? (clip__train_scratch *)clip__take(a, workers, sizeof(clip__train_scratch)) : NULL;
    for (size_t w = 0; w < workers; w++) clip__worker_lay_out(a, m, c, w, taps, longest, head_width);
    c->pool.workers = workers;
    c->pool.loop = o->parallel_for;
    c->pool.loop_user = o->parallel_user;
#ifdef CLIP__PTHREADS
    c->pool.threads = (clip__thread *)clip__take(a, workers - 1, sizeof(clip__thread));
#endif
}

// Tokens of a text, of the `asked` for. A tower that looks at the last of its context takes all of it, always.
static size_t clip__most_tokens(const clip_model *m, size_t asked) {
    const clip__text *t = &m->text_tower;
    return asked && t->pool != CLIP__POOL_LAST ? clip__min(asked, t->context) : t->context;
}

// Multiplications of all blocks for T tokens, each looking at all.
static double clip__transformer_work(const clip__transformer *t, size_t T) {
    const double w = (double)t->width, tokens = (double)T;
    return tokens * (double)t->layers * (4 * w * w + 2 * w * (double)t->mlp + 2 * tokens * w);
}

static double clip__layer_work(const clip__layer *l, double pixels) {
    return l->panels ? pixels * (double)l->out * (double)l->in * (double)(l->kernel * l->kernel) : 0;
}

// Multiplications of a picture, without the little that pooling and heads add: no less than there are, and of a resnet
// up to twice as many, since each convolution is taken for one of the pixels that its block begins with.
static double clip__picture_work(const clip_model *m) {
    const clip__resnet *r = &m->resnet;
    size_t stem, side, inner, middle, end;
    double work = 0;
    if (m->image == CLIP__VIT) {
        const double patch = (double)m->vit.patch.kernel;
        return clip__transformer_work(&m->vit.body, m->vit.T) +
               (double)m->vit.T * 3 * patch * patch * (double)m->vit.body.width;
    }
    clip__stem_sides(r, m->pipeline.S, &stem, &side);
    for (size_t i = 0; i < r->n_stem; i++) work += clip__layer_work(&r->stem[i], (double)stem * (double)stem);
    for (size_t i = 0; i < r->n_blocks; i++) {
        const clip__residual *b = &r->blocks[i];
        double pixels;
        clip__residual_sides(b, side, &inner, &middle, &end);
        pixels = (double)inner * (double)inner;
        work += clip__layer_work(&b->conv1, pixels) + clip__layer_work(&b->conv2, pixels) +
                clip__layer_work(&b->conv3, pixels) + clip__layer_work(&b->shortcut, pixels);
        side = end;
    }
    return work;
}

// Whether so many bytes may be taken.
static clip_result clip__memory_cap(const clip_options *o, size_t size, clip_error *why) {
    if (!o->max_memory || size <= o->max_memory) return CLIP_OK;
    return clip__fail(why, CLIP_ERROR_ARGUMENT,
                      "options: the model needs %lu bytes, and max_memory is %lu; give it more, or a smaller "
                      "max_batch, max_tokens or fewer threads",
                      (unsigned long)size, (unsigned long)o->max_memory);
}

static clip_result clip__context_caps(const clip_model *m, const clip_options *o, size_t size, clip_error *why) {
    const double text = m->text ? clip__transformer_work(&m->text_tower.body, o->max_tokens) : 0;
    const double picture = m->image ? clip__picture_work(m) : 0;
    const clip_result result = clip__memory_cap(o, size, why);
    if (result) return result;
    if (o->max_work > 0 && (picture > o->max_work || text > o->max_work))
        return clip__fail(why, CLIP_ERROR_ARGUMENT,
                          "options: a %s takes the model %.2g multiplications, and max_work is %.2g; give it more%s",
                          picture > o->max_work ? "picture" : "text", picture > o->max_work ? picture : text,
                          o->max_work, picture > o->max_work ? "" : ", or a smaller max_tokens");
    return CLIP_OK;
}

// Checks the options, fills the defaults in, tells how many bytes a context takes; micro_batch is a trainer's, or 0.
static clip_result clip__context_plan(const clip_model *m, const clip_options *opt, size_t micro_batch, int half,
                                      clip_error *why, clip_context *c, size_t *size) {
    clip__arena counting = {NULL, 0};
    memset(c, 0, sizeof *c);
    c->model = m;
    c->kernel = clip__kernel_pick(opt ? opt->isa : NULL);
    c->micro_batch = micro_batch;
    c->half = half && c->kernel && c->kernel->gemm[CLIP__FORM_BF16];
    if (!m) return clip__fail(why, CLIP_ERROR_ARGUMENT, "the model is NULL");
    if (!c->kernel)
        return clip__fail(why, CLIP_ERROR_ARGUMENT, "options: an isa %.40s is not known in this build", opt->isa);
    if (opt) c->options = *opt;
    if (c->options.threads > CLIP__MAX_THREADS || c->options.max_batch > CLIP__MAX_BATCH)
        return clip__fail(why, CLIP_ERROR_ARGUMENT, "options: %lu threads, a max_batch of %lu; at most %d and %d",
                          (unsigned long)c->options.threads, (unsigned long)c->options.max_batch, CLIP__MAX_THREADS,
                          CLIP__MAX_BATCH);
    if (c->options.max_tokens == 1)
        return clip__fail(why, CLIP_ERROR_ARGUMENT, "options: max_tokens of 1 has no room for [CLS] and [SEP]");
    if (!c->options.threads) c->options.threads = 1;
    c->options.max_tokens = clip__most_tokens(m, c->options.max_tokens);
    c->text_rows = clip__mul(c->options.max_batch ? c->options.max_batch : 8, c->options.max_tokens);
    if (!c->options.max_batch) c->options.max_batch = m->image == CLIP__RESNET ? 4 : 8;
    clip__take(&counting, 1, sizeof(clip_context));
    clip__context_lay_out(&counting, m, c);
    *size = clip__add(counting.used, 64); // memory of the caller's is aligned to 64 inside
    if (*size > SIZE_MAX / 2)
        return clip__fail(why, CLIP_ERROR_ARGUMENT, "options: a context this large does not fit the address space");
    return clip__context_caps(m, &c->options, *size, why);
}

CLIPDEF clip_result clip_context_size(const clip_model *model, const clip_options *opt, clip_error *why, size_t *out) {
    clip_context c;
    size_t size;
    clip_result result = clip__context_plan(model, opt, 0, 0, why, &c, &size);
    if (result) return result;
    if (!out) return clip__fail(why, CLIP_ERROR_ARGUMENT, "clip_context_size: out is NULL");
    *out = size;
    return CLIP_OK;
}

static clip_result clip__context_init(const clip_model *model, const clip_options *opt, size_t micro_batch, int half,
                                      void *memory, size_t size, clip_error *why, clip_context **out) {
    clip_context plan, *c;
    clip__arena arena;
    size_t need = 0;
    clip_result result = clip__context_plan(model, opt, micro_batch, half, why, &plan, &need);
    if (result) return result;
    if (!memory || !out) return clip__fail(why, CLIP_ERROR_ARGUMENT, "clip_context_init: memory or out is NULL");
    if (size < need)
        return clip__fail(why, CLIP_ERROR_MEMORY, "clip_context_init: the memory has %lu bytes, %lu are needed",
                          (unsigned long)size, (unsigned long)need);
    c = (clip_context *)clip__align64(memory);
    arena.base = (unsigned char *)c;
    arena.used = 0;
    clip__take(&arena, 1, sizeof(clip_context));
    clip__context_lay_out(&arena, model, &plan);
    *c = plan;
    clip__pool_start(&c->pool);
    *out = c;
    return CLIP_OK;
}

static clip_result clip__context_make(const clip_model *model, const clip_options *opt, size_t micro_batch, int half,
                                      clip_error *why, clip_context **out) {
    clip_context plan;
    size_t size;
    void *memory;
    clip_result result = clip__context_plan(model, opt, micro_batch, half, why, &plan, &size);
    if (result) return result;
    if (!out) return clip__fail(why, CLIP_ERROR_ARGUMENT, "clip_context_new: out is NULL");
    memory = CLIP_MALLOC(size);
    if (!memory)
        return clip__fail(why, CLIP_ERROR_MEMORY, "out of memory: %lu bytes for a context", (unsigned long)size);
    result = clip__context_init(model, opt, micro_batch, half, memory, size, why, out);
    if (result) CLIP_FREE(memory);
    else (*out)->block = memory;
    return result;
}

CLIPDEF clip_result clip_context_init(const clip_model *model, const clip_options *opt, void *memory, size_t size,
                                      clip_error *why, clip_context **out) {
    return clip__context_init(model, opt, 0, 0, memory, size, why, out);
}

CLIPDEF clip_result clip_context_new(const clip_model *model, const clip_options *opt, clip_error *why,
                                     clip_context **out) {
    return clip__context_make(model, opt, 0, 0, why, out);
}

CLIPDEF void clip_context_free(clip_context *c) {
    if (!c) return;
    clip__pool_stop(&c->pool);
    if (c->block) CLIP_FREE(c->block); // which c itself is in
}

CLIPDEF const char *clip_context_error(const clip_context *c) { return c ? c->error.message : ""; }

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

// Whether the arrays of n pictures, or texts of T tokens, can be: such a number is rather a negative one.
static int clip__fits(size_t n, size_t size) { return clip__mul(n, size) <= SIZE_MAX / 2; }

static int clip__pictures_fit(const clip_model *m, size_t n) {
    const size_t S = m->pipeline.S, row = clip__max(m->embed_dim, m->image_head.in) * sizeof(float);
    return clip__fits(n, clip__max(clip__max(S * S * 3, row), sizeof(clip_image)));
}

static int clip__texts_fit(const clip_model *m, size_t n, size_t T) {
    const size_t row = clip__max(m->embed_dim, m->text_head.in) * sizeof(float);
    return clip__fits(n, clip__max(clip__mul(T, sizeof(int32_t)), clip__max(row, sizeof(char *))));
}

static clip_result clip__images_check(clip_context *c, const clip_image *images, size_t n, const void *out) {
    if (!c) return CLIP_ERROR_ARGUMENT;
    CLIP__CHECK(c, c->model->image, CLIP_ERROR_UNSUPPORTED, "the model has no image tower");
    CLIP__CHECK(c, !n || (images && out), CLIP_ERROR_ARGUMENT, "images or the place for the result is NULL");
    CLIP__CHECK(c, clip__pictures_fit(c->model, n), CLIP_ERROR_ARGUMENT, "%lu pictures don't fit the address space",
                (unsigned long)n);
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

// Zeros around the picture that the tower reads.
static size_t clip__image_border(const clip_model *m) {
    return m->image == CLIP__RESNET ? clip__resnet_border(&m->resnet) : 0;
}

// One turn, n up to max_batch: what the tower gives, in c->feature.
static void clip__image_forward(clip_context *c, const unsigned char *pixels, size_t n) {
    const clip_model *m = c->model;
    clip__normalize(c->picture, pixels, &m->pipeline, n, clip__image_border(m));
    if (m->image == CLIP__RESNET)
        clip__resnet_forward(c, c->feature, c->picture, &m->resnet, n, m->pipeline.S, c->starts);
    else clip__vit_forward(c, c->feature, c->picture, &m->vit, n, m->pipeline.S, c->starts, NULL);
}

static void clip__encode_pixels(clip_context *c, const unsigned char *pixels, size_t n, float *out) {
    clip__image_forward(c, pixels, n);
    clip__head_forward(c, out, c->feature, &c->model->image_head, n);
}

CLIPDEF clip_result clip_encode_pixels(clip_context *c, const unsigned char *pixels, size_t n, float *out) {
    size_t S;
    if (!c) return CLIP_ERROR_ARGUMENT;
    CLIP__CHECK(c, c->model->image, CLIP_ERROR_UNSUPPORTED, "the model has no image tower");
    CLIP__CHECK(c, !n || (pixels && out), CLIP_ERROR_ARGUMENT, "pixels or out is NULL");
    CLIP__CHECK(c, clip__pictures_fit(c->model, n), CLIP_ERROR_ARGUMENT, "%lu pictures don't fit the address space",
                (unsigned long)n);
    S = c->model->pipeline.S;
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
    clip__text_forward(c, c->feature, &c->model->text_tower, c->ids, mask, c->starts, n, c->starts[n], NULL);
    clip__head_forward(c, out, c->feature, &c->model->text_head, n);
}

static clip_result clip__tokens_check(clip_context *c, const int32_t *ids, const unsigned char *mask, size_t n,
                                      size_t T) {
    const clip_model *m = c->model;
    CLIP__CHECK(c, !n || (T && T <= c->options.max_tokens), CLIP_ERROR_ARGUMENT,
                "%lu tokens; this context takes 1 to %lu", (unsigned long)T, (unsigned long)c->options.max_tokens);
    CLIP__CHECK(c, clip__texts_fit(m, n, T), CLIP_ERROR_ARGUMENT, "%lu texts don't fit the address space",
                (unsigned long)n);
    for (size_t i = 0; i < n; i++) {
        int seen = !mask;
        for (size_t t = 0; t < T; t++) {
            seen = seen || mask[i * T + t];
            CLIP__CHECK(c, ids[i * T + t] >= 0 && (size_t)ids[i * T + t] < m->text_tower.vocabulary,
                        CLIP_ERROR_ARGUMENT, "text %lu, token %lu: id %ld is not in the vocabulary of %lu",
                        (unsigned long)i, (unsigned long)t, (long)ids[i * T + t],
                        (unsigned long)m->text_tower.vocabulary);
        }
        CLIP__CHECK(c, seen, CLIP_ERROR_ARGUMENT, "text %lu: its mask hides every token", (unsigned long)i);
    }
    return CLIP_OK;
}

// Rows of `length` tokens at ids that make a difference to the tower, at most: what no token behind the one that stands
// for a causal text can change is left out, and a tower that looks at the last of its context gets it filled up.
static size_t clip__tokens_end(const clip__text *t, int32_t *ids, size_t length) {
    clip__sequences_job j;
    size_t starts[2];
    if (t->pool == CLIP__POOL_LAST)
        while (length < t->context) ids[length++] = t->pad;
    if (!t->body.causal || t->pool == CLIP__POOL_MEAN || t->pool == CLIP__POOL_LAST) return length;
    memset(&j, 0, sizeof j);
    starts[0] = 0, starts[1] = length;
    j.ids = ids, j.starts = starts, j.pool = t->pool, j.end = t->end;
    return clip__pooled_row(&j, 0) + 1;
}

// Lays sequences one after the other, without what their masks hide at the end, as long as they have room in `limit`
// rows whatever their length; returns how many. starts [that many + 1].
static size_t clip__tokens_pack(const clip__text *t, int32_t *to, unsigned char *to_mask, size_t *starts, size_t limit,
                                const int32_t *ids, const unsigned char *mask, size_t n, size_t T) {
    const size_t most = t->pool == CLIP__POOL_LAST ? t->context : T;
    size_t i = 0, rows = 0;
    for (; i < n && rows + most <= limit; i++) {
        size_t length = T;
        while (mask && !mask[i * T + length - 1]) length--;
        memcpy(to + rows, ids + i * T, length * sizeof *ids);
        if (mask) memcpy(to_mask + rows, mask + i * T, length);
        if (mask) memset(to_mask + rows + length, 1, most - length); // what it is filled up with
        starts[i] = rows;
        rows += clip__tokens_end(t, to + rows, length);
    }
    starts[i] = rows;
    return i;
}

CLIPDEF clip_result clip_encode_tokens(clip_context *c, const int32_t *ids, const unsigned char *mask, size_t n,
                                       size_t T, float *out) {
    clip_result result;
    if (!c) return CLIP_ERROR_ARGUMENT;
    CLIP__CHECK(c, c->model->text, CLIP_ERROR_UNSUPPORTED, "the model has no text tower");
    CLIP__CHECK(c, !n || (ids && out), CLIP_ERROR_ARGUMENT, "ids or out is NULL");
    if ((result = clip__tokens_check(c, ids, mask, n, T)) != CLIP_OK) return result;
    for (size_t i = 0, turn; i < n; i += turn) {
        turn = clip__tokens_pack(&c->model->text_tower, c->ids, c->mask, c->starts, c->text_rows, ids + i * T,
                                 mask ? mask + i * T : NULL, n - i, T);
        clip__encode_turn(c, mask ? c->mask : NULL, turn, out + i * c->model->embed_dim);
    }
    return CLIP_OK;
}

#ifdef CLIP_TOKENIZER_H
static size_t clip__tokenize(const clip_context *c, const char *text, size_t size, int32_t *ids, size_t max) {
    return clip_tokenizer_encode(c->model->tokenizer, text, size, ids, clip__min(max, c->options.max_tokens));
}
static const char *clip__no_tokenizer(const clip_model *m) {
    if (m->info.tokenizer) return "this build has no BPE (CLIP_NO_BPE), the model's tokenizer: give it token ids";
    return "the model has no tokenizer: convert it with --vocab, or give it token ids";
}
#else
static size_t clip__tokenize(const clip_context *c, const char *text, size_t size, int32_t *ids, size_t max) {
    (void)c, (void)text, (void)size, (void)ids, (void)max;
    return 0;
}
static const char *clip__no_tokenizer(const clip_model *m) {
    (void)m;
    return "this build has no tokenizer: include clip_tokenizer.h before clip.h";
}
#endif

CLIPDEF clip_result clip_tokenize(clip_context *c, const char *text, int32_t *ids, size_t max, size_t *count) {
    if (!c) return CLIP_ERROR_ARGUMENT;
    CLIP__CHECK(c, c->model->text, CLIP_ERROR_UNSUPPORTED, "the model has no text tower");
    CLIP__CHECK(c, c->model->tokenizer, CLIP_ERROR_UNSUPPORTED, "%s", clip__no_tokenizer(c->model));
    CLIP__CHECK(c, text && ids && count && max >= 2, CLIP_ERROR_ARGUMENT,
                "clip_tokenize: text, ids or count is NULL, or max is below 2");
    *count = clip__tokenize(c, text, strlen(text), ids, max);
    return CLIP_OK;
}

CLIPDEF clip_result clip_encode_texts(clip_context *c, const char *const *texts, size_t n, float *out) {
    if (!c) return CLIP_ERROR_ARGUMENT;
    CLIP__CHECK(c, c->model->text, CLIP_ERROR_UNSUPPORTED, "the model has no text tower");
    CLIP__CHECK(c, c->model->tokenizer, CLIP_ERROR_UNSUPPORTED, "%s", clip__no_tokenizer(c->model));
    CLIP__CHECK(c, !n || (texts && out), CLIP_ERROR_ARGUMENT, "texts or out is NULL");
    CLIP__CHECK(c, clip__texts_fit(c->model, n, 1), CLIP_ERROR_ARGUMENT, "%lu texts don't fit the address space",
                (unsigned long)n);
    for (size_t i = 0; i < n; i++) CLIP__CHECK(c, texts[i], CLIP_ERROR_ARGUMENT, "text %lu is NULL", (unsigned long)i);
    for (size_t i = 0; i < n;) {
        const size_t first = i;
        size_t rows = 0;
        for (; i < n && rows + c->options.max_tokens <= c->text_rows; i++) {
            c->starts[i - first] = rows;
            rows +=
                clip__tokens_end(&c->model->text_tower, c->ids + rows,
                                 clip__tokenize(c, texts[i], strlen(texts[i]), c->ids + rows, c->options.max_tokens));
        }
        c->starts[i - first] = rows;
        clip__encode_turn(c, NULL, i - first, out + first * c->model->embed_dim);
    }
    return CLIP_OK;
}

// A cosine is at most 1, and rounded may be a little above. A NaN stays one.
static float clip__cosine(double x) { return (float)(x > 1 ? 1 : x < -1 ? -1 : x); }

CLIPDEF float clip_similarity(const float *a, const float *b, size_t dim) {
    double aa, bb, ab = 0;
    if (!a || !b) return 0;
    aa = clip__length(a, dim), bb = clip__length(b, dim);
    if (aa == 0 || bb == 0) return (float)(aa + bb - (aa + bb)); // 0, but a NaN beside one
    if (aa > 1e-15 && bb > 1e-15 && aa < 1e18 && bb < 1e18)
        return clip__cosine((double)clip__dot(a, b, dim) / (aa * bb));
    for (size_t i = 0; i < dim; i++) ab += (double)a[i] * (double)b[i]; // products that f32 has no room for
    return clip__cosine(ab / aa / bb);
}

// Whether a stands before b: the greater score, of equal ones the first row, and last what is no number.
static int clip__match_before(const clip_match *a, const clip_match *b) {
    const int odd = a->score != a->score, other = b->score != b->score;
    if (odd != other) return other;
    return a->score > b->score || (!(a->score < b->score) && a->index < b->index);
}

// Takes a match among the best k, if it is one of them.
static void clip__match_take(clip_match *best, size_t *found, size_t k, size_t index, float score) {
    clip_match m;
    size_t at;
    m.index = index, m.score = score;
    if (*found == k && (!k || !clip__match_before(&m, &best[k - 1]))) return;
    for (at = *found == k ? k - 1 : (*found)++; at && clip__match_before(&m, &best[at - 1]); at--)
        best[at] = best[at - 1];
    best[at] = m;
}

CLIPDEF size_t clip_top_k(const float *index, size_t n, size_t dim, const float *query, size_t k, clip_match *out) {
    size_t found = 0;
    if (!index || !query || !out || !clip__fits(n, clip__mul(dim, sizeof *index))) return 0;
    for (size_t i = 0; i < n && k; i++) clip__match_take(out, &found, k, i, clip__dot(index + i * dim, query, dim));
    return found;
}

CLIPDEF void clip_index_pack(clip_index_type type, const float *vectors, size_t n, size_t dim, void *rows,
                             float *scales) {
    if (!vectors || !rows || (type == CLIP_INDEX_INT8 && !scales)) return;
    for (size_t i = 0; i < n; i++, vectors += dim) {
        float most = 0, odd = 0;
        for (size_t k = 0; k < dim; k++) {
            most = fabsf(vectors[k]) > most ? fabsf(vectors[k]) : most;
            odd += vectors[k] * 0; // a NaN if one is, or an infinity
        }
        if (type == CLIP_INDEX_INT8) scales[i] = odd != odd ? odd : most / 127;
        for (size_t k = 0; k < dim; k++) {
            const float v = vectors[k];
            if (type == CLIP_INDEX_F32) ((float *)rows)[i * dim + k] = v;
            else if (type == CLIP_INDEX_F16) ((uint16_t *)rows)[i * dim + k] = (uint16_t)clip__f16_of_f32(v);
            else ((signed char *)rows)[i * dim + k] = (signed char)(most > 0 && odd == odd ? rintf(v / most * 127) : 0);
        }
    }
}

enum { CLIP__SEARCH_ROWS = 256 }; // of a task

typedef struct clip__search_job {
    const clip_index *index;
    const float *query;
    const clip__kernel *kernel;
    size_t k, found;
    clip_match *best;
    int busy; // somebody changes best and found
} clip__search_job;

static void clip__search_task(void *arg, size_t i, size_t worker) {
    clip__search_job *j = (clip__search_job *)arg;
    const clip_index *x = j->index;
    const size_t r0 = i * CLIP__SEARCH_ROWS, n = clip__min(x->n - r0, CLIP__SEARCH_ROWS);
    const size_t size = x->type == CLIP_INDEX_F32 ? 4 : x->type == CLIP_INDEX_F16 ? 2 : 1;
    float scores[CLIP__SEARCH_ROWS];
    (void)worker;
    j->kernel->scores(scores, x->type, (const unsigned char *)x->rows + r0 * x->dim * size, n, x->dim, j->query);
    if (x->type == CLIP_INDEX_INT8)
        for (size_t r = 0; r < n; r++) scores[r] *= x->scales[r0 + r];
#ifdef CLIP__PTHREADS
    while (__atomic_exchange_n(&j->busy, 1, __ATOMIC_ACQUIRE)) sched_yield();
#endif
    for (size_t r = 0; r < n; r++)
        if (j->found < j->k || !(scores[r] < j->best[j->k - 1].score))
            clip__match_take(j->best, &j->found, j->k, r0 + r, scores[r]);
#ifdef CLIP__PTHREADS
    __atomic_store_n(&j->busy, 0, __ATOMIC_RELEASE);
#endif
}

CLIPDEF clip_result clip_search(clip_context *c, const clip_index *index, const float *query, size_t k, clip_match *out,
                                size_t *found) {
    clip__search_job j;
    size_t tasks;
    if (!c) return CLIP_ERROR_ARGUMENT;
    CLIP__CHECK(c, index && query && found && (out || !k), CLIP_ERROR_ARGUMENT,
                "clip_search: index, query, out or found is NULL");
    CLIP__CHECK(c,
                index->dim && index->type >= CLIP_INDEX_F32 && index->type <= CLIP_INDEX_INT8 &&
                    (!index->n || (index->rows && (index->type != CLIP_INDEX_INT8 || index->scales))),
                CLIP_ERROR_ARGUMENT, "clip_search: the index has a dim of 0, an unknown type, or lacks rows or scales");
    CLIP__CHECK(c, clip__fits(index->n, clip__mul(index->dim, sizeof(float))), CLIP_ERROR_ARGUMENT,
                "clip_search: an index of %lu x %lu does not fit the address space", (unsigned long)index->n,
                (unsigned long)index->dim);
    memset(&j, 0, sizeof j);
    j.index = index, j.query = query, j.kernel = c->kernel, j.k = clip__min(k, index->n), j.best = out;
    tasks = j.k ? (index->n + CLIP__SEARCH_ROWS - 1) / CLIP__SEARCH_ROWS : 0;
#ifdef CLIP__PTHREADS
    clip__parallel(&c->pool, tasks, clip__search_task, &j);
#else // the caller's own loop can't be kept from taking two at once
    for (size_t i = 0; i < tasks; i++) clip__search_task(&j, i, 0);
#endif
    *found = j.found;
    return CLIP_OK;
}

CLIPDEF void clip_softmax(const float *scores, size_t n, float scale, float *probabilities) {
    double most = -(double)INFINITY, sum = 0; // in f64, which no product of two floats leaves
    if (!scores || !probabilities) return;
    for (size_t i = 0; i < n; i++) {
        const double logit = (double)scale * (double)scores[i];
        most = logit > most ? logit : most;
    }
    for (size_t i = 0; i < n; i++) sum += exp((double)scale * (double)scores[i] - most);
    for (size_t i = 0; i < n; i++) probabilities[i] = (float)(exp((double)scale * (double)scores[i] - most) / sum);
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
    return most > 0 && worst < INFINITY ? worst / most : worst;
}

static clip_result clip__selftest_vector(clip_context *c, const char *name, float *got, float *worst) {
    clip__tensor want;
    float error;
    clip__l2_normalize(got, got, c->model->embed_dim); // for contexts with options.raw
    CLIP__CHECK(c, clip__file_find_tensor(&c->model->file, name, &want), CLIP_ERROR_FORMAT, "the file's %s is missing",
                name);
    error = clip__vector_error(got, (const float *)want.data, c->model->embed_dim);
    *worst = fmaxf(*worst, error);
    CLIP__CHECK(c, error <= (c->model->narrow ? 0.05f : 1e-4f), CLIP_ERROR_SELFTEST,
                "self-test: %s differs by %g of its largest value", name, (double)error);
    return CLIP_OK;
}

CLIPDEF clip_result clip_selftest(clip_context *c, float *worst) {
    const clip_model *m;
    size_t S;
    float largest = 0;
    clip__tensor t, want;
    clip_result result;
    if (!c) return CLIP_ERROR_ARGUMENT;
    m = c->model, S = m->pipeline.S;
    for (size_t cursor = 0, i = 0; i < m->file.n_tensors && clip__file_next_tensor(&m->file, &cursor, &t); i++)
        CLIP__CHECK(c, clip__tensor_crc(&t) == t.crc, CLIP_ERROR_FORMAT,
                    "damaged file: the checksum of tensor %.*s is wrong", (int)t.name_size, t.name);
    CLIP__CHECK(c, m->info.selftest, CLIP_ERROR_UNSUPPORTED, "the file carries no self-test");
    if (m->image && clip__file_find_tensor(&m->file, "selftest.image", &t)) {
        clip_image image;
        image.data = (const unsigned char *)t.data;
        image.height = (size_t)t.shape[0];
        image.width = (size_t)t.shape[1];
        image.channels = (size_t)t.shape[2];
        image.stride = 0;
        CLIP__CHECK(c, clip__file_find_tensor(&m->file, "selftest.pixels", &want), CLIP_ERROR_FORMAT,
                    "the file's selftest.pixels is missing");
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
    case CLIP_ERROR_NUMBER: return "a loss, a gradient or a map is not of finite numbers";
    }
    return "unknown result";
}

CLIPDEF const char *clip_isa_name(const clip_context *c) { return c ? c->kernel->isa : ""; }

CLIPDEF int clip_version(void) { return CLIP_VERSION; }

// ---- >>train -------------------------------------------------------------------------------------------------------
// A step: both towers and heads forward, the loss and its gradients with respect to the vectors, then heads and towers
// backward in the opposite order. What the forward keeps lies on the tape. How large the tape must be is found out by
// going through a step in which no task runs.

typedef struct clip__side { // pictures or texts
    const clip__head *head;
    size_t width; // of the tower
    int frozen;
    float *vectors, *dvectors; // [max_batch, embed_dim]
    size_t *starts;            // [micro_batch + 1] of the sequences of a micro-batch
    const float *features;     // what the head gets in this micro-batch
    clip__head_kept kept;
} clip__side;

struct clip_trainer {
    clip_train_options options; // with the defaults filled in
    clip_model *model;
    clip_context *c;
    clip__tape tape;
    clip__side image, text;
    float *picture; // of a micro-batch, normalised
    clip__resnet_kept resnet;
    clip__vit_kept vit;
    clip__text_kept words;
    int32_t *ids; // [micro_batch max_tokens] of a micro-batch, without padding
    unsigned char *mask;
    size_t rows;      // of them
    size_t texts_low; // the tape before the texts
    clip__parameter *parameters;
    clip__chunk *chunks;
    double *norms; // [n_chunks]
    size_t n_parameters, n_chunks;
    float *logit_scale, *logit_bias; // in the model's file, NULL where the loss has none
    uint64_t step, calls;            // updates; calls of clip_trainer_gradients, which number the random streams
    size_t gathered;                 // calls since the last update
    double gradient_norm;
    double best, factor; // plateau: the lowest loss so far; what rates are multiplied by
    size_t bad;          // epochs without progress
    size_t memory;
    void *self, *block; // what CLIP_FREE gets: the trainer and its small things; the large ones
};

// What the towers give, for any n.
static void clip__pixels_features(clip_context *c, const unsigned char *pixels, size_t n, float *features) {
    const size_t S = c->model->pipeline.S, width = c->model->image_head.in;
    for (size_t i = 0, turn; i < n; i += turn) {
        turn = clip__min(n - i, c->options.max_batch);
        clip__image_forward(c, pixels + i * S * S * 3, turn);
        memcpy(features + i * width, c->feature, turn * width * sizeof *features);
    }
}

static void clip__tokens_features(clip_context *c, const int32_t *ids, const unsigned char *mask, size_t n, size_t T,
                                  float *features) {
    const size_t width = c->model->text_head.in;
    for (size_t i = 0, turn; i < n; i += turn) {
        turn = clip__tokens_pack(&c->model->text_tower, c->ids, c->mask, c->starts, c->text_rows, ids + i * T,
                                 mask ? mask + i * T : NULL, n - i, T);
        clip__text_forward(c, features + i * width, &c->model->text_tower, c->ids, mask ? c->mask : NULL, c->starts,
                           turn, c->starts[turn], NULL);
    }
}

typedef struct clip__pictures_job {
    const clip__pipeline *pipeline;
    const unsigned char *pixels;
    float *picture;
    size_t border;
} clip__pictures_job;

static void clip__pictures_task(void *arg, size_t i, size_t worker) {
    const clip__pictures_job *j = (const clip__pictures_job *)arg;
    const size_t S = j->pipeline->S, side = S + 2 * j->border;
    (void)worker;
    clip__normalize(j->picture + i * side * side * 3, j->pixels + i * S * S * 3, j->pipeline, 1, j->border);
}

// Pairs first to first + n of the batch through tower and head, into image.vectors.
static void clip__pictures_train(clip_trainer *t, const clip_batch *batch, size_t first, size_t n) {
    clip_context *c = t->c;
    const clip_model *m = t->model;
    const size_t S = m->pipeline.S, d = m->embed_dim, border = clip__image_border(m);
    const clip__dropping drop = {t->options.dropout, t->options.seed, 2 * t->calls, first * d};
    float *features;
    t->image.features = batch->image_features ? batch->image_features + first * t->image.width : NULL;
    if (!t->image.features) {
        t->image.features = features = clip__keep(c, n * t->image.width);
        if (t->image.frozen) {
            if (!c->pool.counting) clip__pixels_features(c, batch->pixels + first * S * S * 3, n, features);
        } else {
            clip__pictures_job j;
            t->picture = clip__keep(c, n * (S + 2 * border) * (S + 2 * border) * 3);
            j.pipeline = &m->pipeline, j.border = border, j.picture = t->picture;
            j.pixels = batch->pixels ? batch->pixels + first * S * S * 3 : NULL;
            clip__parallel(&c->pool, n, clip__pictures_task, &j);
            if (m->image == CLIP__RESNET)
                clip__resnet_train(c, features, t->picture, &m->resnet, n, S, t->image.starts, &t->resnet);
            else clip__vit_forward(c, features, t->picture, &m->vit, n, S, t->image.starts, &t->vit);
        }
    }
    clip__head_train(c, clip__at(t->image.vectors, first * d), t->image.features, &m->image_head, n, &drop,
                     &t->image.kept);
}

static void clip__pictures_backward(clip_trainer *t, size_t first, size_t n) {
    clip_context *c = t->c;
    const clip_model *m = t->model;
    const size_t high = c->tape->high, d = m->embed_dim;
    const clip__dropping drop = {t->options.dropout, t->options.seed, 2 * t->calls, first * d};
    float *dfeatures = t->image.frozen ? NULL : clip__borrow(c, n * t->image.width);
    clip__head_backward(c, dfeatures, clip__at(t->image.dvectors, first * d), t->image.features, &m->image_head, n,
                        &drop, &t->image.kept);
    if (t->image.frozen) return;
    if (m->image == CLIP__RESNET)
        clip__resnet_backward(c, dfeatures, t->picture, &m->resnet, n, m->pipeline.S, t->image.starts, &t->resnet);
    else clip__vit_backward(c, dfeatures, t->picture, &m->vit, n, m->pipeline.S, t->image.starts, &t->vit);
    c->tape->high = high;
}

static void clip__texts_train(clip_trainer *t, const clip_batch *batch, size_t first, size_t n) {
    clip_context *c = t->c;
    const clip_model *m = t->model;
    const size_t d = m->embed_dim, T = batch->T;
    const clip__dropping drop = {t->options.dropout, t->options.seed, 2 * t->calls + 1, first * d};
    const unsigned char *mask = batch->mask ? batch->mask + first * T : NULL;
    float *features;
    t->texts_low = c->tape->low;
    t->text.features = batch->text_features ? batch->text_features + first * t->text.width : NULL;
    if (!t->text.features) {
        t->text.features = features = clip__keep(c, n * t->text.width);
        t->rows = n * (m->text_tower.pool == CLIP__POOL_LAST ? m->text_tower.context : T);
        if (t->text.frozen) {
            if (!c->pool.counting) clip__tokens_features(c, batch->ids + first * T, mask, n, T, features);
        } else {
            if (!c->pool.counting) {
                clip__tokens_pack(&m->text_tower, t->ids, t->mask, t->text.starts, t->rows, batch->ids + first * T,
                                  mask, n, T);
                t->rows = t->text.starts[n];
            }
            clip__text_forward(c, features, &m->text_tower, t->ids, mask ? t->mask : NULL, t->text.starts, n, t->rows,
                               &t->words);
        }
    }
    clip__head_train(c, clip__at(t->text.vectors, first * d), t->text.features, &m->text_head, n, &drop, &t->text.kept);
}

static void clip__texts_backward(clip_trainer *t, const clip_batch *batch, size_t first, size_t n) {
    clip_context *c = t->c;
    const clip_model *m = t->model;
    const size_t high = c->tape->high, d = m->embed_dim;
    const clip__dropping drop = {t->options.dropout, t->options.seed, 2 * t->calls + 1, first * d};
    float *dfeatures = t->text.frozen ? NULL : clip__borrow(c, n * t->text.width);
    clip__head_backward(c, dfeatures, clip__at(t->text.dvectors, first * d), t->text.features, &m->text_head, n, &drop,
                        &t->text.kept);
    if (!t->text.frozen)
        clip__text_backward(c, dfeatures, &m->text_tower, t->ids, batch->mask ? t->mask : NULL, t->text.starts, n,
                            t->rows, &t->words);
    c->tape->high = high, c->tape->low = t->texts_low;
}

// Gradients of the batch's loss are added up; the loss. Pictures go first and come back last: then the text tower's
// part of the tape is free when the pictures' backward, which needs most room, begins.
static double clip__gradients(clip_trainer *t, const clip_batch *batch) {
    clip_context *c = t->c;
    const size_t micro = clip__min(t->options.micro_batch, batch->n), d = t->model->embed_dim;
    double loss;
    for (size_t i = 0; i < batch->n; i += micro) {
        const size_t n = clip__min(micro, batch->n - i), low = c->tape->low;
        clip__pictures_train(t, batch, i, n);
        clip__texts_train(t, batch, i, n);
        if (micro < batch->n) c->tape->low = low;
    }
    loss = clip__loss(c, &t->options, t->text.vectors, t->image.vectors, batch->n, d, batch->pictures,
                      t->logit_scale ? (double)*t->logit_scale : 0, t->logit_bias ? (double)*t->logit_bias : 0,
                      t->text.dvectors, t->image.dvectors, clip__gradient(c, t->logit_scale),
                      clip__gradient(c, t->logit_bias));
    if (!c->pool.counting && loss - loss != 0) return c->tape->low = 0, loss;
    for (size_t i = 0; i < batch->n; i += micro) {
        const size_t n = clip__min(micro, batch->n - i);
        if (micro < batch->n) {
            clip__pictures_train(t, batch, i, n);
            clip__texts_train(t, batch, i, n);
        }
        clip__texts_backward(t, batch, i, n);
        clip__pictures_backward(t, i, n);
        c->tape->low = 0;
    }
    return loss;
}

static int clip__finite(const float *x, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (x[i] - x[i] != 0) return 0;
    return 1;
}

// The error of a step that met a number that is not finite: names the first tensor that has one.
static clip_result clip__not_finite(clip_trainer *t, const clip_batch *batch, const char *what) {
    clip_error *why = &t->c->error;
    clip__tensor x;
    for (size_t i = 0; batch && batch->image_features && i < batch->n; i++)
        if (!clip__finite(batch->image_features + i * t->image.width, t->image.width))
            return clip__fail(why, CLIP_ERROR_NUMBER, "image_features of pair %lu are not finite numbers",
                              (unsigned long)i);
    for (size_t i = 0; batch && batch->text_features && i < batch->n; i++)
        if (!clip__finite(batch->text_features + i * t->text.width, t->text.width))
            return clip__fail(why, CLIP_ERROR_NUMBER, "text_features of pair %lu are not finite numbers",
                              (unsigned long)i);
    for (size_t cursor = 0, i = 0; i < t->model->file.n_tensors && clip__file_next_tensor(&t->model->file, &cursor, &x);
         i++)
        if (x.type == CLIP__F32 && !clip__finite((const float *)x.data, (size_t)x.size / sizeof(float)))
            return clip__fail(why, CLIP_ERROR_NUMBER, "the weights of tensor %.*s are not finite numbers",
                              (int)x.name_size, x.name);
    for (size_t i = 0; !batch && i < t->n_parameters; i++)
        if (!clip__finite(t->parameters[i].gradient, t->parameters[i].n))
            return clip__fail(why, CLIP_ERROR_NUMBER,
                              "the gradient of tensor %.*s is not a finite number: a lower rate or clipping may help",
                              (int)t->parameters[i].name_size, t->parameters[i].name);
    return clip__fail(why, CLIP_ERROR_NUMBER, "%s is not a finite number: a lower rate or clipping may help", what);
}

// What a batch must have. `whole`: both sides, at most max_batch; else what is there is looked at.
static clip_result clip__batch_check(clip_trainer *t, const clip_batch *b, int whole) {
    clip_context *c = t ? t->c : NULL;
    if (!c) return CLIP_ERROR_ARGUMENT;
    CLIP__CHECK(c, b && b->n && (!whole || b->n <= t->options.max_batch), CLIP_ERROR_ARGUMENT,
                "a batch of %lu pairs; this trainer takes 1 to %lu", (unsigned long)(b ? b->n : 0),
                (unsigned long)t->options.max_batch);
    CLIP__CHECK(c, !whole || ((b->pixels || b->image_features) && (b->ids || b->text_features)), CLIP_ERROR_ARGUMENT,
                "the batch lacks pixels or image_features, or ids or text_features");
    CLIP__CHECK(c, !whole || !b->ids || b->text_features || b->T <= t->options.max_tokens, CLIP_ERROR_ARGUMENT,
                "%lu tokens; this trainer takes up to %lu", (unsigned long)b->T, (unsigned long)t->options.max_tokens);
    CLIP__CHECK(c, clip__pictures_fit(t->model, b->n) && clip__texts_fit(t->model, b->n, 1), CLIP_ERROR_ARGUMENT,
                "a batch of %lu pairs does not fit the address space", (unsigned long)b->n);
    return b->ids && !b->text_features ? clip__tokens_check(c, b->ids, b->mask, b->n, b->T) : CLIP_OK;
}

static clip_result clip__train_check(clip_trainer *t, const clip_batch *b) {
    clip_result result = clip__batch_check(t, b, 1);
    if (result) return result;
    CLIP__CHECK(t->c, (!b->image_features || t->image.frozen) && (!b->text_features || t->text.frozen),
                CLIP_ERROR_UNSUPPORTED, "features were given for the %s tower, which is not frozen",
                b->image_features && !t->image.frozen ? "image" : "text");
    return CLIP_OK;
}

static void clip__update_run(clip_trainer *t, clip__update_job *j, int keep) {
    j->keep = keep;
    clip__parallel(&t->c->pool, t->n_chunks, clip__update_task, j);
    t->gathered = 0;
}

static void clip__update_begin(clip_trainer *t, clip__update_job *j) {
    memset(j, 0, sizeof *j);
    j->o = &t->options, j->chunks = t->chunks, j->norms = t->norms, j->step = t->step + 1;
}

CLIPDEF clip_result clip_trainer_gradients(clip_trainer *t, const clip_batch *batch, double *loss) {
    clip__update_job j;
    double value;
    clip_result result;
    if (!t) return CLIP_ERROR_ARGUMENT;
    clip__update_begin(t, &j);
    if (!batch) return clip__update_run(t, &j, 0), CLIP_OK;
    if ((result = clip__train_check(t, batch)) != CLIP_OK) return result;
    value = clip__gradients(t, batch);
    if (value - value != 0) {
        clip__update_run(t, &j, 0);
        return clip__not_finite(t, batch, "the loss");
    }
    t->calls++;
    t->gathered++;
    if (loss) *loss = value;
    return CLIP_OK;
}

// The rate of the update that comes next, as a part of the one that was asked for.
static double clip__rate(const clip_trainer *t) {
    const clip_train_options *o = &t->options;
    if (t->step < o->warmup_steps) return t->factor * (double)(t->step + 1) / (double)o->warmup_steps;
    if (o->schedule != CLIP_COSINE) return t->factor;
    if (t->step >= o->total_steps) return 0;
    return 0.5 * (1 + cos(3.14159265358979323846 * (double)(t->step - o->warmup_steps) /
                          (double)(o->total_steps - o->warmup_steps)));
}

// What depends on weights and was worked out beforehand.
static void clip__trainer_refresh(clip_trainer *t) {
    const clip__resnet *r = &t->model->resnet;
    if (t->model->image != CLIP__RESNET) return;
    for (size_t i = 0; i < r->n_stem; i++) clip__batch_norm_fold(&r->stem[i].norm, r->stem[i].out);
    for (size_t i = 0; i < r->n_blocks; i++) {
        const clip__layer *l[4];
        l[0] = &r->blocks[i].conv1, l[1] = &r->blocks[i].conv2, l[2] = &r->blocks[i].conv3;
        l[3] = &r->blocks[i].shortcut;
        for (size_t k = 0; k < 4; k++)
            if (l[k]->panels) clip__batch_norm_fold(&l[k]->norm, l[k]->out);
    }
}

CLIPDEF clip_result clip_trainer_update(clip_trainer *t) {
    clip__update_job j;
    double norm = 0;
    if (!t) return CLIP_ERROR_ARGUMENT;
    clip__update_begin(t, &j);
    CLIP__CHECK(t->c, t->gathered, CLIP_ERROR_ARGUMENT, "no gradients have been gathered since the last update");
    j.scale = 1.0 / (double)t->gathered;
    clip__parallel(&t->c->pool, t->n_chunks, clip__norm_task, &j);
    for (size_t i = 0; i < t->n_chunks; i++) norm += t->norms[i];
    norm = sqrt(norm) * j.scale;
    if (norm - norm != 0) {
        clip_result result = clip__not_finite(t, NULL, "a gradient");
        clip__update_run(t, &j, 0);
        return result;
    }
    if (t->options.clip_norm > 0 && norm > t->options.clip_norm)
        j.scale *= t->options.clip_norm / (norm + 1e-6); // 1e-6: PyTorch's clip_grad_norm_
    for (int g = 0; g < 3; g++) j.rate[g] = t->options.rate[g] * clip__rate(t);
    clip__update_run(t, &j, 1);
    if (t->logit_scale && t->options.loss == CLIP_LOSS_INFONCE && *t->logit_scale > 4.6051702f)
        *t->logit_scale = 4.6051702f; // ln 100
    t->gradient_norm = norm;
    t->step++;
    clip__trainer_refresh(t);
    return CLIP_OK;
}

CLIPDEF clip_result clip_trainer_step(clip_trainer *t, const clip_batch *batch, double *loss) {
    double value = 0;
    clip_result result;
    if (!t) return CLIP_ERROR_ARGUMENT;
    CLIP__CHECK(t->c, batch, CLIP_ERROR_ARGUMENT, "clip_trainer_step: batch is NULL");
    result = clip_trainer_gradients(t, batch, &value);
    if (!result) result = clip_trainer_update(t);
    if (!result && loss) *loss = value;
    return result;
}

// Vectors of whatever the batch has, by the weights as they are; of length 1 unless `raw`.
static void clip__trainer_vectors(clip_trainer *t, const clip_batch *b, int raw, float *image, float *text) {
    clip_context *c = t->c;
    const clip_model *m = t->model;
    const size_t d = m->embed_dim;
    c->options.raw = raw;
    for (size_t i = 0, n; image && b->image_features && i < b->n; i += n) {
        n = clip__min(b->n - i, c->max_items);
        clip__head_forward(c, image + i * d, b->image_features + i * t->image.width, &m->image_head, n);
    }
    for (size_t i = 0, n; text && b->text_features && i < b->n; i += n) {
        n = clip__min(b->n - i, c->max_items);
        clip__head_forward(c, text + i * d, b->text_features + i * t->text.width, &m->text_head, n);
    }
    if (image && !b->image_features && b->pixels) clip_encode_pixels(c, b->pixels, b->n, image);
    if (text && !b->text_features && b->ids) clip_encode_tokens(c, b->ids, b->mask, b->n, b->T, text);
    c->options.raw = 0;
}

CLIPDEF clip_result clip_trainer_evaluate(clip_trainer *t, const clip_batch *batch, double *loss) {
    double value;
    clip_result result = clip__batch_check(t, batch, 1);
    if (result) return result;
    CLIP__CHECK(t->c, loss, CLIP_ERROR_ARGUMENT, "clip_trainer_evaluate: loss is NULL");
    clip__trainer_vectors(t, batch, 1, t->image.vectors, t->text.vectors);
    value = clip__loss(t->c, &t->options, t->text.vectors, t->image.vectors, batch->n, t->model->embed_dim,
                       batch->pictures, t->logit_scale ? (double)*t->logit_scale : 0,
                       t->logit_bias ? (double)*t->logit_bias : 0, NULL, NULL, NULL, NULL);
    if (value - value != 0) return clip__not_finite(t, batch, "the loss");
    *loss = value;
    return CLIP_OK;
}

CLIPDEF clip_result clip_trainer_encode(clip_trainer *t, const clip_batch *batch, float *image, float *text) {
    clip_result result = clip__batch_check(t, batch, 0);
    if (!result) clip__trainer_vectors(t, batch, 0, image, text);
    return result;
}

CLIPDEF clip_result clip_trainer_features(clip_trainer *t, const clip_batch *batch, float *image, float *text) {
    clip_result result = clip__batch_check(t, batch, 0);
    if (result) return result;
    if (text && batch->ids && batch->text_features) { // or they were looked at
        result = clip__tokens_check(t->c, batch->ids, batch->mask, batch->n, batch->T);
        if (result) return result;
    }
    if (image && batch->pixels) clip__pixels_features(t->c, batch->pixels, batch->n, image);
    if (text && batch->ids) clip__tokens_features(t->c, batch->ids, batch->mask, batch->n, batch->T, text);
    return CLIP_OK;
}

// PyTorch's ReduceLROnPlateau: mode "min", threshold 1e-4 relative, no cooldown, eps 0.
CLIPDEF void clip_trainer_plateau(clip_trainer *t, double loss) {
    if (!t || t->options.schedule != CLIP_PLATEAU) return;
    if (loss < t->best * (1 - 1e-4)) t->best = loss, t->bad = 0; // of the first one: below infinity
    else if (++t->bad > t->options.patience) t->factor *= t->options.factor, t->bad = 0;
}

CLIPDEF const char *clip_trainer_error(const clip_trainer *t) { return t ? t->c->error.message : ""; }

CLIPDEF clip_context *clip_trainer_context(clip_trainer *t) { return t ? t->c : NULL; }

CLIPDEF void clip_trainer_get_info(const clip_trainer *t, clip_trainer_info *out) {
    if (!out) return;
    memset(out, 0, sizeof *out);
    if (!t) return;
    out->step = t->step;
    for (int g = 0; g < 3; g++) out->rate[g] = t->options.rate[g] * clip__rate(t);
    out->logit_scale = t->logit_scale ? (double)*t->logit_scale : 0;
    out->logit_bias = t->logit_bias ? (double)*t->logit_bias : 0;
    out->gradient_norm = t->gradient_norm;
    out->parameters = t->model->info.image.parameters + t->model->info.text.parameters + (t->logit_scale != NULL) +
                      (t->logit_bias != NULL);
    for (size_t i = 0; i < t->n_parameters; i++)
        if (t->parameters[i].group != CLIP__STATISTICS) out->trained += t->parameters[i].numbers;
    out->image_width = t->image.width;
    out->text_width = t->text.width;
    out->memory = t->memory;
}

// ---- making one ----

static int clip__name_begins(const char *name, size_t size, const char *with) {
    return size >= strlen(with) && !memcmp(name, with, strlen(with));
}

static int clip__name_ends(const char *name, size_t size, const char *with) {
    return size >= strlen(with) && !memcmp(name + size - strlen(with), with, strlen(with));
}

// The group that a tensor is trained in, CLIP__STATISTICS, or -1 if it stays as it is.
static int clip__parameter_group(const clip_train_options *o, const clip__tensor *x) {
    const char *name = x->name;
    const size_t size = x->name_size;
    int group = -1;
    if (x->type != CLIP__F32) return -1;
    if (clip__name_begins(name, size, "image.head.") || clip__name_begins(name, size, "text.head.")) return CLIP_HEADS;
    if (clip__name_is(name, size, "logit_scale"))
        return o->loss == CLIP_LOSS_INFONCE || o->loss == CLIP_LOSS_SIGLIP ? CLIP_HEADS : -1;
    if (clip__name_is(name, size, "logit_bias")) return o->loss == CLIP_LOSS_SIGLIP ? CLIP_HEADS : -1;
    if (clip__name_begins(name, size, "image.")) group = CLIP_IMAGE_TOWER;
    if (clip__name_begins(name, size, "text.")) group = CLIP_TEXT_TOWER;
    if (group < 0 || o->freeze[group]) return -1;
    if (clip__name_ends(name, size, ".mean") || clip__name_ends(name, size, ".var"))
        return o->freeze_statistics ? -1 : CLIP__STATISTICS;
    return group;
}

static clip_result clip__train_options(const clip_model *m, const clip_train_options *opt, clip_error *why,
                                       clip_train_options *o) {
    static const double rates[3] = {1e-4, 1e-5, 1e-3};
    memset(o, 0, sizeof *o);
    if (!m) return clip__fail(why, CLIP_ERROR_ARGUMENT, "the model is NULL");
    if (opt) *o = *opt;
    if (!m->image || !m->text)
        return clip__fail(why, CLIP_ERROR_UNSUPPORTED, "the model has no %s tower: training needs both",
                          m->image ? "text" : "image");
    if (m->narrow)
        return clip__fail(why, CLIP_ERROR_UNSUPPORTED,
                          "the model's weights are narrower than f32: train the f32 model, and convert it afterwards");
    if (o->temperature == 0) o->temperature = 1;
    if (o->margin == 0) o->margin = 0.2;
    if (o->beta1 == 0) o->beta1 = 0.9;
    if (o->beta2 == 0) o->beta2 = 0.999;
    if (o->eps == 0) o->eps = 1e-8;
    if (o->factor == 0) o->factor = 0.8;
    if (!o->threads) o->threads = 1;
    if (!o->max_batch) o->max_batch = 32;
    if (!o->micro_batch || o->micro_batch > o->max_batch) o->micro_batch = o->max_batch;
    o->max_tokens = clip__most_tokens(m, o->max_tokens);
    for (int g = 0; g < 3; g++) {
        if (o->rate[g] == 0) o->rate[g] = rates[g];
        if (!(o->rate[g] > 0 && o->rate[g] <= 1e6 && o->decay[g] >= 0 && o->decay[g] <= 1e6))
            return clip__fail(why, CLIP_ERROR_ARGUMENT, "options: a rate of %g and a decay of %g", o->rate[g],
                              o->decay[g]);
    }
    if (!(o->temperature > 0 && o->temperature <= 1e6 && o->margin > 0 && o->margin <= 1e6))
        return clip__fail(why, CLIP_ERROR_ARGUMENT, "options: a temperature of %g and a margin of %g", o->temperature,
                          o->margin);
    if (!(o->align >= 0 && o->align <= 1e6) || (o->align > 0 && o->loss == CLIP_LOSS_SOFT))
        return clip__fail(why, CLIP_ERROR_ARGUMENT, "options: an align of %g; it is for losses of cosines", o->align);
    if (!(o->beta1 > 0 && o->beta1 < 1 && o->beta2 > 0 && o->beta2 < 1 && (float)o->eps > 0 && o->eps <= 1))
        return clip__fail(why, CLIP_ERROR_ARGUMENT, "options: betas of %g and %g, an eps of %g", o->beta1, o->beta2,
                          o->eps);
    if (!(o->momentum >= 0 && o->momentum < 1 && o->dropout >= 0 && o->dropout < 1 && o->clip_norm >= 0 &&
          o->factor > 0 && o->factor <= 1))
        return clip__fail(why, CLIP_ERROR_ARGUMENT,
                          "options: a momentum of %g, a dropout of %g, a clip_norm of %g, a factor of %g", o->momentum,
                          o->dropout, o->clip_norm, o->factor);
    if ((unsigned)o->loss > CLIP_LOSS_SIGLIP || (unsigned)o->optimizer > CLIP_SGD ||
        (unsigned)o->schedule > CLIP_PLATEAU)
        return clip__fail(why, CLIP_ERROR_ARGUMENT, "options: loss %d, optimizer %d, schedule %d", (int)o->loss,
                          (int)o->optimizer, (int)o->schedule);
    if (o->schedule == CLIP_COSINE && o->total_steps <= o->warmup_steps)
        return clip__fail(why, CLIP_ERROR_ARGUMENT, "options: %llu steps in all, %llu of them warm-up",
                          (unsigned long long)o->total_steps, (unsigned long long)o->warmup_steps);
    if (o->max_batch > CLIP__MAX_BATCH)
        return clip__fail(why, CLIP_ERROR_ARGUMENT, "options: a max_batch of %lu; at most %d",
                          (unsigned long)o->max_batch, CLIP__MAX_BATCH);
    return CLIP_OK;
}

// What belongs to a checkpoint and not to its model.
static int clip__of_checkpoint(const char *name, size_t size) { return clip__name_begins(name, size, "train."); }

// The keys [*size bytes] and tensors of a model's file without a checkpoint's, and with what the loss learns. Both are
// the caller's to free; tensors has room for what the loss learns.
static clip_result clip__trainer_parts(const clip_model *m, const clip_train_options *o, clip_error *why,
                                       unsigned char **keys, size_t *keys_size, size_t *n_keys, clip__tensor **tensors,
                                       size_t *n_tensors) {
    static const float starts[3] = {2.6592600f, 2.3025851f, -10.0f}; // ln(1 / 0.07), ln 10, SigLIP's bias
    clip__tensor x, *list = (clip__tensor *)CLIP_MALLOC(clip__mul(m->file.n_tensors + 2, sizeof *list));
    unsigned char *bytes = (unsigned char *)CLIP_MALLOC(m->file.keys_size + 1);
    clip__key key;
    size_t n = 0, used = 0, count = 0;
    if (!list || !bytes) {
        CLIP_FREE(list);
        CLIP_FREE(bytes);
        return clip__fail(why, CLIP_ERROR_MEMORY, "out of memory for the list of tensors");
    }
    for (size_t cursor = 0, before = 0, i = 0; i < m->file.n_keys && clip__file_next_key(&m->file, &cursor, &key);
         i++, before = cursor) {
        if (clip__of_checkpoint(key.name, key.name_size)) continue;
        memcpy(bytes + used, m->file.bytes + CLIP__HEADER + before, cursor - before);
        used += cursor - before;
        count++;
    }
    for (size_t cursor = 0, i = 0; i < m->file.n_tensors && clip__file_next_tensor(&m->file, &cursor, &x); i++)
        if (!clip__of_checkpoint(x.name, x.name_size)) list[n++] = x;
    for (int bias = 0; bias < 2; bias++) {
        const char *name = bias ? "logit_bias" : "logit_scale";
        if (o->loss != CLIP_LOSS_SIGLIP && (bias || o->loss != CLIP_LOSS_INFONCE)) continue;
        if (clip__file_find_tensor(&m->file, name, &x)) continue; // the loader has seen that it is one f32
        memset(&x, 0, sizeof x);
        x.name = name, x.name_size = strlen(name), x.source = "";
        x.shape[0] = x.shape[1] = x.shape[2] = x.shape[3] = 1;
        x.size = sizeof(float);
        x.data = &starts[bias ? 2 : o->loss == CLIP_LOSS_SIGLIP];
        list[n++] = x;
    }
    *keys = bytes, *keys_size = used, *n_keys = count, *tensors = list, *n_tensors = n;
    return CLIP_OK;
}

// The trainer's small things in an arena that counts or that is there.
static clip_trainer *clip__trainer_lay_out(clip__arena *a, const clip_model *m, const clip_train_options *o,
                                           size_t n_tensors) {
    const size_t rows = clip__mul(o->micro_batch, o->max_tokens),
                 blocks = m->image == CLIP__VIT ? m->vit.body.layers : 0;
    clip_trainer *t = (clip_trainer *)clip__take(a, 1, sizeof *t), at;
    memset(&at, 0, sizeof at);
    at.resnet.blocks = (clip__residual_kept *)clip__take(a, m->resnet.n_blocks, sizeof(clip__residual_kept));
    at.vit.blocks = (clip__block_kept *)clip__take(a, blocks, sizeof(clip__block_kept));
    at.words.blocks = (clip__block_kept *)clip__take(a, m->text_tower.body.layers, sizeof(clip__block_kept));
    at.image.starts = (size_t *)clip__take(a, o->micro_batch + 1, sizeof(size_t));
    at.text.starts = (size_t *)clip__take(a, o->micro_batch + 1, sizeof(size_t));
    at.ids = (int32_t *)clip__take(a, rows, sizeof(int32_t));
    at.mask = (unsigned char *)clip__take(a, rows, 1);
    at.parameters = (clip__parameter *)clip__take(a, n_tensors, sizeof(clip__parameter));
    if (!a->base) return NULL;
    *t = at;
    return t;
}

// The large things, likewise. In the tensors' order, so that the parameters are sorted by where they lie.
static void clip__trainer_take(clip__arena *a, clip_trainer *t, const clip__tensor *tensors, size_t n_tensors) {
    const clip_train_options *o = &t->options;
    const size_t count = clip__mul(o->max_batch, t->model->embed_dim);
    size_t chunks = 0;
    t->tape.base = (unsigned char *)clip__take(a, t->tape.peak, 1);
    t->tape.size = t->tape.peak;
    t->image.vectors = (float *)clip__take(a, count, sizeof(float));
    t->image.dvectors = (float *)clip__take(a, count, sizeof(float));
    t->text.vectors = (float *)clip__take(a, count, sizeof(float));
    t->text.dvectors = (float *)clip__take(a, count, sizeof(float));
    t->n_parameters = 0;
    for (size_t i = 0; i < n_tensors; i++) {
        clip__parameter *p = &t->parameters[t->n_parameters];
        p->group = clip__parameter_group(o, &tensors[i]);
        if (p->group < 0) continue;
        p->name = tensors[i].name, p->name_size = tensors[i].name_size;
        p->value = (float *)clip__own(tensors[i].data); // the trainer's own copy of the model
        p->n = (size_t)(tensors[i].size / sizeof(float));
        p->numbers = (size_t)(tensors[i].shape[0] * tensors[i].shape[1] * tensors[i].shape[2] * tensors[i].shape[3]);
        p->decays = !o->no_decay_1d || tensors[i].shape[1] * tensors[i].shape[2] * tensors[i].shape[3] > 1;
        p->gradient = (float *)clip__take(a, p->n, sizeof(float));
        p->first = p->second = NULL;
        if (p->group != CLIP__STATISTICS && (o->optimizer != CLIP_SGD || o->momentum > 0))
            p->first = (float *)clip__take(a, p->n, sizeof(float));
        if (p->group != CLIP__STATISTICS && o->optimizer != CLIP_SGD)
            p->second = (float *)clip__take(a, p->n, sizeof(float));
        t->n_parameters++;
        chunks += (p->n + CLIP__CHUNK - 1) / CLIP__CHUNK;
    }
    t->chunks = (clip__chunk *)clip__take(a, chunks, sizeof(clip__chunk));
    t->norms = (double *)clip__take(a, chunks, sizeof(double));
    if (!a->base) return;
    for (size_t i = 0; i < t->n_parameters; i++) {
        const clip__parameter *p = &t->parameters[i];
        for (size_t at = 0; at < p->n; at += CLIP__CHUNK) {
            clip__chunk *k = &t->chunks[t->n_chunks++];
            k->p = p, k->start = at, k->n = clip__min(CLIP__CHUNK, p->n - at);
        }
        if (p->first) memset(p->first, 0, p->n * sizeof(float));
        if (p->second) memset(p->second, 0, p->n * sizeof(float));
        if (p->group == CLIP__STATISTICS) memcpy(p->gradient, p->value, p->n * sizeof(float));
        else memset(p->gradient, 0, p->n * sizeof(float));
    }
    t->tape.parameters = t->parameters, t->tape.n_parameters = t->n_parameters;
}

// Whether no count of floats that a step asks for overflows.
static int clip__trainer_fits(const clip_model *m, const clip_train_options *o) {
    const size_t border = m->pipeline.S + 6, most = SIZE_MAX / 16;
    const clip__transformer *t = &m->text_tower.body;
    size_t size[4] = {0, 0, 0, 0}, rows = clip__mul(o->max_tokens, clip__max(3 * t->width, t->mlp));
    if (m->image == CLIP__RESNET) clip__resnet_sizes(&m->resnet, m->pipeline.S, size);
    else size[0] = clip__mul(m->vit.T, clip__max(3 * m->vit.body.width, m->vit.body.mlp));
    for (int i = 0; i < 4; i++) rows = clip__max(rows, size[i]);
    rows = clip__max(rows, clip__mul(border * border, 3));
    return clip__mul(rows, o->micro_batch) < most &&
           clip__mul(o->max_batch, clip__max(o->max_batch, m->embed_dim)) < most;
}

// Goes through steps in which no task runs: the tape's peak. A batch that is no larger than micro_batch goes another
// way than a large one.
static void clip__trainer_measure(clip_trainer *t, clip_context *c) {
    clip_batch batch;
    memset(&batch, 0, sizeof batch);
    batch.T = t->options.max_tokens;
    t->c = c;
    c->tape = &t->tape;
    c->pool.counting = 1;
    batch.n = clip__min(t->options.micro_batch, t->options.max_batch);
    clip__gradients(t, &batch);
    batch.n = t->options.max_batch;
    clip__gradients(t, &batch);
    c->pool.counting = 0;
    t->tape.low = t->tape.high = 0;
}

// Counts (out == NULL), or makes one.
static clip_result clip__trainer_make(const clip_model *model, const clip_train_options *opt, clip_error *why,
                                      size_t *size, clip_trainer **out) {
    clip_train_options o;
    clip_options context;
    clip_context plan;
    clip_trainer *t = NULL;
    clip_model *made = NULL;
    clip__arena arena = {NULL, 0};
    unsigned char *keys = NULL;
    clip__tensor *tensors = NULL, x;
    size_t keys_size = 0, n_keys = 0, n_tensors = 0, head_size, bytes_size, context_size;
    uint64_t end = 0;
    void *bytes = NULL, *small = NULL, *block = NULL;
    clip_context *c = NULL;
    clip_result result = clip__train_options(model, opt, why, &o);
    if (result) return result;
    if (!clip__trainer_fits(model, &o))
        return clip__fail(why, CLIP_ERROR_MEMORY, "out of memory: a batch of %lu does not fit the address space",
                          (unsigned long)o.max_batch);
    result = clip__trainer_parts(model, &o, why, &keys, &keys_size, &n_keys, &tensors, &n_tensors);
    if (!result) result = clip__file_plan(keys_size, tensors, n_tensors, why, &head_size, &end);
    if (result) goto done;
    bytes_size = end > SIZE_MAX / 2 ? SIZE_MAX : (size_t)end;
    if (out) {
        result = clip__file_image(keys, keys_size, n_keys, tensors, n_tensors, why, &bytes, &bytes_size);
        if (!result) result = clip__model_make(bytes, bytes_size, bytes, NULL, why, &made);
        if (result) goto done;
        model = made, bytes = NULL; // it has them
        for (size_t cursor = 0, i = 0; i < n_tensors && clip__file_next_tensor(&made->file, &cursor, &x); i++)
            tensors[i] = x;
    }
    memset(&context, 0, sizeof context);
    context.threads = o.threads, context.parallel_for = o.parallel_for, context.parallel_user = o.parallel_user;
    context.max_batch = clip__min(o.micro_batch, 8);
    context.max_tokens = o.max_tokens; // and what the self-test needs
    if (clip__file_find_tensor(&model->file, "selftest.ids", &x) && x.shape[0] <= model->text_tower.context)
        context.max_tokens = clip__max(context.max_tokens, (size_t)x.shape[0]);
    result = clip__context_plan(model, &context, o.micro_batch, o.bf16, why, &plan, &context_size);
    if (result) goto done;
    clip__trainer_lay_out(&arena, model, &o, n_tensors);
    small = arena.used > SIZE_MAX / 2 ? NULL : CLIP_MALLOC(arena.used + 64);
    *size = arena.used;
    if (!small) goto no_memory;
    arena.base = (unsigned char *)clip__align64(small);
    arena.used = 0;
    t = clip__trainer_lay_out(&arena, model, &o, n_tensors);
    t->options = o;
    t->model = (clip_model *)clip__own(model);
    t->image.head = &model->image_head, t->text.head = &model->text_head;
    t->image.width = model->image_head.in, t->text.width = model->text_head.in;
    t->image.frozen = o.freeze[CLIP_IMAGE_TOWER], t->text.frozen = o.freeze[CLIP_TEXT_TOWER];
    t->tape.statistics = !o.freeze_statistics;
    t->best = (double)INFINITY, t->factor = 1;
    clip__trainer_measure(t, &plan);
    memset(&arena, 0, sizeof arena);
    clip__trainer_take(&arena, t, tensors, n_tensors);
    *size = clip__add(clip__add(*size, arena.used), clip__add(context_size, clip__add(bytes_size, model->block_size)));
    *size = clip__add(*size, 3 * 64);
    if (!out) goto done;
    block = arena.used > SIZE_MAX / 2 ? NULL : CLIP_MALLOC(arena.used + 64);
    if (!block) goto no_memory;
    result = clip__context_make(model, &context, o.micro_batch, o.bf16, why, &c);
    if (result) goto done;
    arena.base = (unsigned char *)clip__align64(block);
    arena.used = 0;
    clip__trainer_take(&arena, t, tensors, n_tensors);
    t->c = c;
    c->tape = &t->tape;
    t->block = block, t->memory = *size, t->self = small;
    for (size_t i = 0; i < n_tensors; i++) {
        if (clip__name_is(tensors[i].name, tensors[i].name_size, "logit_scale") &&
            (o.loss == CLIP_LOSS_INFONCE || o.loss == CLIP_LOSS_SIGLIP))
            t->logit_scale = (float *)clip__own(tensors[i].data);
        if (clip__name_is(tensors[i].name, tensors[i].name_size, "logit_bias") && o.loss == CLIP_LOSS_SIGLIP)
            t->logit_bias = (float *)clip__own(tensors[i].data);
    }
    *out = t;
    CLIP_FREE(keys);
    CLIP_FREE(tensors);
    return CLIP_OK;
no_memory:
    result = clip__fail(why, CLIP_ERROR_MEMORY, "out of memory: %lu bytes for a trainer", (unsigned long)*size);
done:
    CLIP_FREE(keys);
    CLIP_FREE(tensors);
    CLIP_FREE(small);
    CLIP_FREE(block);
    clip_model_free(made);
    CLIP_FREE(bytes);
    return result;
}

CLIPDEF clip_result clip_trainer_size(const clip_model *model, const clip_train_options *opt, clip_error *why,
                                      size_t *out) {
    size_t size;
    clip_result result = clip__trainer_make(model, opt, why, &size, NULL);
    if (!result && !out) return clip__fail(why, CLIP_ERROR_ARGUMENT, "clip_trainer_size: out is NULL");
    if (!result) *out = size;
    return result;
}

CLIPDEF clip_result clip_trainer_new(const clip_model *model, const clip_train_options *opt, clip_error *why,
                                     clip_trainer **out) {
    size_t size;
    if (!out) return clip__fail(why, CLIP_ERROR_ARGUMENT, "clip_trainer_new: out is NULL");
    return clip__trainer_make(model, opt, why, &size, out);
}

CLIPDEF void clip_trainer_free(clip_trainer *t) {
    if (!t) return;
    clip_context_free(t->c);
    clip_model_free(t->model);
    CLIP_FREE(t->block);
    CLIP_FREE(t->self); // which t itself is in
}

// ---- keeping one ----

#ifdef CLIP_NO_STDIO
static clip_result clip__no_files(clip_trainer *t) {
    if (!t) return CLIP_ERROR_ARGUMENT;
    return clip__fail(&t->c->error, CLIP_ERROR_UNSUPPORTED, "this build has no files (CLIP_NO_STDIO)");
}
CLIPDEF clip_result clip_trainer_save(clip_trainer *t, const char *path, const void *user, size_t user_size) {
    (void)path, (void)user, (void)user_size;
    return clip__no_files(t);
}
CLIPDEF clip_result clip_trainer_resume(clip_trainer *t, const char *path, void *user, size_t max, size_t *user_size) {
    (void)path, (void)user, (void)max, (void)user_size;
    return clip__no_files(t);
}
CLIPDEF clip_result clip_trainer_export(clip_trainer *t, const char *path) {
    (void)path;
    return clip__no_files(t);
}
#else
enum { CLIP__TRAIN_NUMBERS = 9 };
static const char *const clip__moments[2] = {"train.first:", "train.second:"};

// What must come back, besides weights and moments: reals by their bits.
static void clip__trainer_numbers(clip_trainer *t, uint64_t numbers[CLIP__TRAIN_NUMBERS]) {
    numbers[0] = (uint64_t)t->options.loss, numbers[1] = (uint64_t)t->options.optimizer;
    numbers[2] = t->step, numbers[3] = t->calls, numbers[4] = t->bad;
    memcpy(&numbers[5], &t->best, 8);
    memcpy(&numbers[6], &t->factor, 8);
    memcpy(&numbers[7], &t->gradient_norm, 8);
    numbers[8] =
        (t->options.freeze[0] ? 1u : 0) + (t->options.freeze[1] ? 2u : 0) + (t->options.freeze_statistics ? 4u : 0);
}

// Writes the model, and with `state` all else.
static clip_result clip__trainer_write(clip_trainer *t, const char *path, int state, const void *user,
                                       size_t user_size) {
    static const char name[] = "train.state";
    const clip__file *f = &t->model->file;
    const size_t key_size = CLIP__KEY_HEADER + sizeof name - 1 + 8 * CLIP__TRAIN_NUMBERS;
    clip__tensor *list = (clip__tensor *)CLIP_MALLOC((f->n_tensors + 2 * t->n_parameters + 1) * sizeof *list);
    unsigned char *keys = (unsigned char *)CLIP_MALLOC(f->keys_size + key_size), *p;
    size_t n = 0, names_size = 1;
    char *names, *to;
    clip_result result = CLIP_ERROR_MEMORY;
    for (size_t i = 0; i < t->n_parameters; i++) names_size += 2 * (t->parameters[i].name_size + 16);
    names = to = (char *)CLIP_MALLOC(names_size);
    if (!list || !keys || !names) {
        clip__fail(&t->c->error, result, "out of memory for the table of %s", path);
        goto done;
    }
    memcpy(keys, f->bytes + CLIP__HEADER, f->keys_size);
    for (size_t cursor = 0; n < f->n_tensors && clip__file_next_tensor(f, &cursor, &list[n]); n++)
        list[n].crc_known = clip__parameter_group(&t->options, &list[n]) < 0 &&
                            !clip__name_begins(list[n].name, list[n].name_size, "selftest.");
    if (state) {
        uint64_t numbers[CLIP__TRAIN_NUMBERS];
        clip__trainer_numbers(t, numbers);
        p = clip__key_write(keys + f->keys_size, name, sizeof name - 1, CLIP__KEY_INTEGERS, 8 * CLIP__TRAIN_NUMBERS);
        for (size_t i = 0; i < CLIP__TRAIN_NUMBERS; i++) clip__write_le(p + 8 * i, numbers[i], 8);
    }
    for (size_t i = 0; i < t->n_parameters && state; i++)
        for (int moment = 0; moment < 2; moment++) {
            const clip__parameter *q = &t->parameters[i];
            clip__tensor *x = &list[n];
            if (!(moment ? q->second : q->first)) continue;
            memset(x, 0, sizeof *x);
            x->name = to, x->source = "";
            x->name_size = strlen(clip__moments[moment]) + q->name_size;
            memcpy(to, clip__moments[moment], strlen(clip__moments[moment]));
            memcpy(to + strlen(clip__moments[moment]), q->name, q->name_size);
            to += x->name_size;
            x->shape[0] = q->n, x->shape[1] = x->shape[2] = x->shape[3] = 1;
            x->size = q->n * sizeof(float);
            x->data = moment ? q->second : q->first;
            n++;
        }
    if (state && user_size) {
        clip__tensor *x = &list[n++];
        memset(x, 0, sizeof *x);
        x->name = "train.user", x->name_size = strlen(x->name), x->source = "";
        x->type = x->source_type = CLIP__UINT8;
        x->shape[0] = user_size, x->shape[1] = x->shape[2] = x->shape[3] = 1;
        x->size = user_size, x->data = user;
    }
    result = clip__file_write(path, keys, f->keys_size + (state ? key_size : 0), f->n_keys + (state ? 1 : 0), list, n,
                              &t->c->error);
done:
    CLIP_FREE(list);
    CLIP_FREE(keys);
    CLIP_FREE(names);
    return result;
}

// The self-test's vectors as the weights are now, in f32 however it was trained; its picture, ids and pixels stay true.
// One that the model can't be asked, an id outside of its vocabulary say, stays as wrong as it was.
static void clip__trainer_selftest(clip_trainer *t) {
    clip_context *c = t->c;
    clip__tensor x, want;
    const int half = c->half;
    c->half = 0;
    if (clip__file_find_tensor(&t->model->file, "selftest.image", &x) &&
        clip__file_find_tensor(&t->model->file, "selftest.image_vector", &want)) {
        clip_image image;
        image.data = (const unsigned char *)x.data, image.height = (size_t)x.shape[0];
        image.width = (size_t)x.shape[1], image.channels = (size_t)x.shape[2], image.stride = 0;
        clip_encode_images(c, &image, 1, (float *)clip__own(want.data)); // in the trainer's own copy of the file
    }
    if (clip__file_find_tensor(&t->model->file, "selftest.ids", &x) &&
        clip__file_find_tensor(&t->model->file, "selftest.text_vector", &want) && x.shape[0] <= c->options.max_tokens)
        clip_encode_tokens(c, (const int32_t *)x.data, NULL, 1, (size_t)x.shape[0], (float *)clip__own(want.data));
    c->half = half;
}

CLIPDEF clip_result clip_trainer_save(clip_trainer *t, const char *path, const void *user, size_t user_size) {
    if (!t) return CLIP_ERROR_ARGUMENT;
    CLIP__CHECK(t->c, path && (user || !user_size), CLIP_ERROR_ARGUMENT, "clip_trainer_save: path or user is NULL");
    CLIP__CHECK(t->c, !t->gathered, CLIP_ERROR_ARGUMENT,
                "clip_trainer_save: gradients have been gathered and not used; update first");
    clip__trainer_selftest(t);
    return clip__trainer_write(t, path, 1, user, user_size);
}

CLIPDEF clip_result clip_trainer_export(clip_trainer *t, const char *path) {
    if (!t) return CLIP_ERROR_ARGUMENT;
    CLIP__CHECK(t->c, path, CLIP_ERROR_ARGUMENT, "clip_trainer_export: path is NULL");
    clip__trainer_selftest(t);
    return clip__trainer_write(t, path, 0, NULL, 0);
}

// Tensor `name`, of `size` bytes and, if `check`, with the right checksum; NULL and *why if there is none.
static const void *clip__resume_find(const clip__file *f, const char *prefix, const char *name, size_t name_size,
                                     size_t size, int check, clip_error *why) {
    const size_t n = strlen(prefix);
    clip__tensor x;
    for (size_t cursor = 0, i = 0; i < f->n_tensors && clip__file_next_tensor(f, &cursor, &x); i++) {
        if (x.name_size != n + name_size || memcmp(x.name, prefix, n) || memcmp(x.name + n, name, name_size)) continue;
        if (x.size != size) break;
        if (!check || clip__crc32(0, x.data, size) == x.crc) return x.data;
        clip__fail(why, CLIP_ERROR_FORMAT, "damaged checkpoint: the checksum of %s%.*s is wrong", prefix,
                   (int)name_size, name);
        return NULL;
    }
    clip__fail(why, CLIP_ERROR_SHAPE, "the checkpoint has no fitting %s%.*s: it is of another model or optimizer",
               prefix, (int)name_size, name);
    return NULL;
}

static void clip__resume_copy(void *to, const void *from, size_t size, unsigned type) {
    memcpy(to, from, size);
    if (!clip__little_endian()) clip__swap_bytes(to, size, clip__type_size[type]);
}

// Twice: once to look, once to take.
static clip_result clip__resume_parts(clip_trainer *t, const clip__file *f, int take) {
    clip_error *why = &t->c->error;
    const clip__file *own = &t->model->file;
    clip__tensor x;
    const void *from;
    for (size_t cursor = 0, i = 0, at = 0; i < own->n_tensors && clip__file_next_tensor(own, &cursor, &x);
         i++, at = cursor) {
        if (!(from = clip__resume_find(f, "", x.name, x.name_size, (size_t)x.size, !take, why))) return why->result;
        if (!take) continue;
        clip__resume_copy(clip__own(x.data), from, (size_t)x.size, x.type);
        x.crc = clip__tensor_crc(&x); // for the table in the trainer's own copy of the file
        clip__write_le((unsigned char *)clip__own(own->bytes) + CLIP__HEADER + own->keys_size + at + 56, x.crc, 4);
    }
    for (size_t i = 0; i < t->n_parameters; i++)
        for (int moment = 0; moment < 2; moment++) {
            const clip__parameter *p = &t->parameters[i];
            float *to = moment ? p->second : p->first;
            if (!to) continue;
            from = clip__resume_find(f, clip__moments[moment], p->name, p->name_size, p->n * sizeof(float), !take, why);
            if (!from) return why->result;
            if (take) clip__resume_copy(to, from, p->n * sizeof(float), CLIP__F32);
        }
    return CLIP_OK;
}

CLIPDEF clip_result clip_trainer_resume(clip_trainer *t, const char *path, void *user, size_t max, size_t *user_size) {
    clip_error *why = t ? &t->c->error : NULL;
    clip__file f;
    clip__key key;
    clip__tensor x;
    clip__update_job drop;
    uint64_t numbers[CLIP__TRAIN_NUMBERS], own[CLIP__TRAIN_NUMBERS];
    void *data = NULL, *mapped = NULL;
    size_t size = 0;
    clip_result result;
    if (!t) return CLIP_ERROR_ARGUMENT;
    CLIP__CHECK(t->c, path, CLIP_ERROR_ARGUMENT, "clip_trainer_resume: path is NULL");
#ifdef CLIP__MMAP
    mapped = clip__file_map(path, &size);
#endif
    if (!mapped && (result = clip__file_read(path, why, &data, &size)) != CLIP_OK) return result;
    result = clip__file_open(mapped ? mapped : data, size, why, &f);
    if (result) goto done;
    if (!clip__file_find_key(&f, "train.state", &key) || key.size != 8 * CLIP__TRAIN_NUMBERS) {
        result = clip__fail(why, CLIP_ERROR_SHAPE, "the file is a model, not a checkpoint of its training");
        goto done;
    }
    clip__trainer_numbers(t, own);
    for (size_t i = 0; i < CLIP__TRAIN_NUMBERS; i++) numbers[i] = clip__read_le(key.value + 8 * i, 8);
    if (numbers[0] != own[0] || numbers[1] != own[1] || numbers[8] != own[8]) {
        result = clip__fail(why, CLIP_ERROR_SHAPE, "the checkpoint is of %s",
                            numbers[0] != own[0] ? "another loss"
                            : numbers[1] != own[1] ? "another optimizer"
                                                   : "a training with other towers or statistics frozen");
        goto done;
    }
    if ((result = clip__resume_parts(t, &f, 0)) != CLIP_OK) goto done;
    if (clip__file_find_tensor(&f, "train.user", &x)) {
        if (clip__crc32(0, x.data, (size_t)x.size) != x.crc) {
            result = clip__fail(why, CLIP_ERROR_FORMAT, "damaged checkpoint: the checksum of train.user is wrong");
            goto done;
        }
        if (user_size) *user_size = (size_t)x.size;
        if (user) memcpy(user, x.data, clip__min((size_t)x.size, max));
    } else if (user_size) *user_size = 0;
    clip__resume_parts(t, &f, 1);
    t->step = numbers[2], t->calls = numbers[3], t->bad = (size_t)numbers[4];
    memcpy(&t->best, &numbers[5], 8);
    memcpy(&t->factor, &numbers[6], 8);
    memcpy(&t->gradient_norm, &numbers[7], 8);
    clip__update_begin(t, &drop);
    clip__update_run(t, &drop, 0);
    clip__trainer_refresh(t);
done:
#ifdef CLIP__MMAP
    if (mapped) munmap(mapped, size);
#endif
    CLIP_FREE(data);
    if (result) {
        clip_error inner = *why;
        clip__fail(why, result, "%.120s: %s", path, inner.message);
    }
    return result;
}
#endif

// ---- measuring ----

typedef struct clip__recall_job {
    const float *images, *texts;
    size_t n_images, n_texts, dim;
    const size_t *picture;
    size_t (*hits)[7]; // of each worker: six counts, and pictures that have a text
} clip__recall_job;

// Whether score b of row at_b stands before score a of row at_a: as in clip__match_before, but a NaN is no match.
static int clip__recall_before(float b, size_t at_b, float a, size_t at_a) {
    return b > a || (b == a && at_b < at_a) || (b == b && a != a);
}

static void clip__recall_count(size_t hits[3], size_t before) {
    static const size_t k[3] = {1, 5, 10};
    for (int i = 0; i < 3; i++) hits[i] += before < k[i];
}

static void clip__recall_text_task(void *arg, size_t i, size_t worker) {
    const clip__recall_job *j = (const clip__recall_job *)arg;
    const float *text = j->texts + i * j->dim;
    float own;
    size_t before = 0;
    if (j->picture[i] >= j->n_images) return; // a picture that is not there is never found
    own = clip__dot(text, j->images + j->picture[i] * j->dim, j->dim);
    for (size_t k = 0; k < j->n_images && before < 10; k++)
        before += (size_t)clip__recall_before(clip__dot(text, j->images + k * j->dim, j->dim), k, own, j->picture[i]);
    clip__recall_count(j->hits[worker], own == own ? before : SIZE_MAX);
}

static void clip__recall_image_task(void *arg, size_t i, size_t worker) {
    const clip__recall_job *j = (const clip__recall_job *)arg;
    const float *image = j->images + i * j->dim;
    float own = 0;
    size_t best = SIZE_MAX, before = 0;
    for (size_t k = 0; k < j->n_texts; k++) {
        float score;
        if (j->picture[k] != i) continue;
        score = clip__dot(image, j->texts + k * j->dim, j->dim);
        if (best == SIZE_MAX || clip__recall_before(score, k, own, best)) best = k, own = score;
    }
    if (best == SIZE_MAX) return;
    j->hits[worker][6]++;
    for (size_t k = 0; k < j->n_texts && before < 10; k++)
        before += (size_t)clip__recall_before(clip__dot(image, j->texts + k * j->dim, j->dim), k, own, best);
    clip__recall_count(j->hits[worker] + 3, own == own ? before : SIZE_MAX);
}

CLIPDEF void clip_recall(clip_context *c, const float *images, size_t n_images, const float *texts, size_t n_texts,
                         size_t dim, const size_t *picture, double recalls[6]) {
    size_t hits[CLIP__MAX_THREADS][7];
    clip__recall_job j;
    if (!c || !recalls || (n_images && !images) || (n_texts && (!texts || !picture))) return;
    memset(hits, 0, sizeof hits);
    j.images = images, j.texts = texts, j.n_images = n_images, j.n_texts = n_texts, j.dim = dim, j.picture = picture;
    j.hits = hits;
    clip__parallel(&c->pool, n_texts, clip__recall_text_task, &j);
    clip__parallel(&c->pool, n_images, clip__recall_image_task, &j);
    for (size_t w = 1; w < c->pool.workers; w++)
        for (int i = 0; i < 7; i++) hits[0][i] += hits[w][i];
    for (int i = 0; i < 6; i++) {
        const size_t of = i < 3 ? n_texts : hits[0][6];
        recalls[i] = of ? (double)hits[0][i] / (double)of : 0;
    }
}

// ---- >>explain -----------------------------------------------------------------------------------------------------
// The gradient of the cosine between picture and text, on its way back through the tower, and what it meets there. No
// weight has a gradient: the tape knows no parameters.

struct clip_explainer {
    clip_context *c;
    clip__tape tape;
    clip__rollout rollout;
    clip__resnet_kept resnet;
    clip__vit_kept vit;
    clip__head_kept head;
    size_t *starts; // [2]
    size_t side;
    void *self, *block; // what CLIP_FREE gets: the explainer and its small things; the large ones
};

// The small things in an arena that counts or that is there.
static clip_explainer *clip__explainer_lay_out(clip__arena *a, const clip_model *m) {
    clip_explainer *e = (clip_explainer *)clip__take(a, 1, sizeof *e), at;
    const size_t T = m->image == CLIP__VIT ? m->vit.T : 0, heads = m->image == CLIP__VIT ? m->vit.body.heads : 0;
    memset(&at, 0, sizeof at);
    at.resnet.blocks = (clip__residual_kept *)clip__take(a, m->resnet.n_blocks, sizeof(clip__residual_kept));
    at.vit.blocks = (clip__block_kept *)clip__take(a, T ? m->vit.body.layers : 0, sizeof(clip__block_kept));
    at.starts = (size_t *)clip__take(a, 2, sizeof(size_t));
    at.rollout.T = T;
    at.rollout.maps = (float *)clip__take(a, clip__mul(clip__mul(T, T), heads), sizeof(float));
    at.rollout.row = (float *)clip__take(a, T, sizeof(float));
    at.rollout.next = (float *)clip__take(a, T, sizeof(float));
    if (!a->base) return NULL;
    *e = at;
    return e;
}

// Selvaraju et al. 2017: map[p] = max(0, sum over channels of mean(dx) x[p]). x, dx [pixels, channels].
static void clip__grad_cam(float *map, const float *x, const float *dx, size_t pixels, size_t channels) {
    for (size_t p = 0; p < pixels; p++) map[p] = 0;
    for (size_t ch = 0; ch < channels; ch++) {
        float weight = 0;
        for (size_t p = 0; p < pixels; p++) weight += dx[p * channels + ch];
        for (size_t p = 0; p < pixels; p++) map[p] += weight / (float)pixels * x[p * channels + ch];
    }
    for (size_t p = 0; p < pixels; p++) map[p] = map[p] < 0 ? 0 : map[p]; // so a NaN stays one
}

// Forward and backward; in counting mode pixels, text and map may be NULL. 0 where a number is not finite: map and
// score are then as they were.
static int clip__explain(clip_explainer *e, const unsigned char *pixels, const float *text, float *map, float *score) {
    clip_context *c = e->c;
    const clip_model *m = c->model;
    const size_t S = m->pipeline.S, d = m->embed_dim, border = clip__image_border(m), width = m->image_head.in;
    const size_t numbers = (S + 2 * border) * (S + 2 * border) * 3;
    const clip__dropping drop = {0, 0, 0, 0};
    float *picture = clip__keep(c, numbers + CLIP__BEYOND), *features = clip__keep(c, width);
    float *vector = clip__keep(c, d), *unit = clip__keep(c, d), *du = clip__keep(c, d), *dfeatures, *dx, *found;
    float cosine = 0;
    size_t parts;
    int finite;
    if (!c->pool.counting) {
        clip__normalize(picture, pixels, &m->pipeline, 1, border);
        memset(picture + numbers, 0, CLIP__BEYOND * sizeof *picture);
    }
    if (m->image == CLIP__RESNET) clip__resnet_train(c, features, picture, &m->resnet, 1, S, e->starts, &e->resnet);
    else clip__vit_forward(c, features, picture, &m->vit, 1, S, e->starts, &e->vit);
    clip__head_train(c, vector, features, &m->image_head, 1, &drop, &e->head);
    if (!c->pool.counting) {
        clip__l2_normalize(unit, vector, d);
        clip__l2_normalize(du, text, d);
        cosine = clip__cosine((double)clip__dot(unit, du, d));
        clip__l2_backward(du, du, unit, vector, d);
    }
    dfeatures = clip__borrow(c, width);
    clip__head_backward(c, dfeatures, du, features, &m->image_head, 1, &drop, &e->head);
    if (m->image == CLIP__RESNET) {
        const clip__residual_kept *last = &e->resnet.blocks[m->resnet.n_blocks - 1];
        e->side = last->end;
        parts = e->side * e->side;
        dx = clip__borrow(c, parts * width), found = clip__borrow(c, parts);
        clip__resnet_pool_backward(c, dx, dfeatures, &m->resnet, 1, e->starts, &e->resnet);
        if (!c->pool.counting) clip__grad_cam(found, last->y, dx, parts, width);
    } else {
        const clip__vit *v = &m->vit;
        const size_t prefix = v->cls != NULL;
        clip__rollout *o = &e->rollout;
        parts = v->T - prefix;
        for (e->side = 1; e->side * e->side < parts;) e->side++;
        for (size_t k = 0; k < v->T && !c->pool.counting; k++) // what the vector is pooled from
            o->row[k] = v->pool == CLIP__POOL_CLS ? (float)(k == 0) : k < prefix ? 0 : 1.0f / (float)parts;
        c->tape->rollout = o;
        clip__vit_backward(c, dfeatures, picture, v, 1, S, e->starts, &e->vit);
        c->tape->rollout = NULL;
        found = o->row + prefix;
        for (size_t k = 0; k < parts && v->pool == CLIP__POOL_MEAN && !c->pool.counting; k++)
            found[k] -= 1.0f / (float)parts; // what it began with, which no block added
    }
    finite = !c->pool.counting && cosine - cosine == 0 && clip__finite(found, parts);
    if (finite) memcpy(map, found, parts * sizeof *map);
    if (finite && score) *score = cosine;
    c->tape->low = c->tape->high = 0;
    return finite;
}

CLIPDEF clip_result clip_explainer_new(const clip_model *model, const clip_options *opt, clip_error *why,
                                       clip_explainer **out) {
    clip_options o;
    clip_context plan;
    clip_explainer *e;
    clip__arena arena = {NULL, 0};
    size_t size, all;
    void *small;
    clip_result result;
    memset(&o, 0, sizeof o);
    if (opt) o = *opt;
    o.max_batch = 1;
    result = clip__context_plan(model, &o, 1, 0, why, &plan, &all);
    if (result) return result;
    if (!out) return clip__fail(why, CLIP_ERROR_ARGUMENT, "clip_explainer_new: out is NULL");
    if (!model->image) return clip__fail(why, CLIP_ERROR_UNSUPPORTED, "the model has no image tower");
    clip__explainer_lay_out(&arena, model);
    size = arena.used;
    all = clip__add(all, clip__add(size, 64));
    if ((result = clip__memory_cap(&o, all, why)) != CLIP_OK) return result;
    small = size > SIZE_MAX / 2 ? NULL : CLIP_MALLOC(size + 64);
    if (!small)
        return clip__fail(why, CLIP_ERROR_MEMORY, "out of memory: %lu bytes for an explainer", (unsigned long)size);
    arena.base = (unsigned char *)clip__align64(small);
    arena.used = 0;
    e = clip__explainer_lay_out(&arena, model);
    e->self = small;
    e->c = &plan;
    plan.tape = &e->tape;
    plan.pool.counting = 1; // no task runs: the tape's peak, and the side of the map
    clip__explain(e, NULL, NULL, NULL, NULL);
    size = e->tape.size = e->tape.peak;
    e->c = NULL;
    result = clip__memory_cap(&o, clip__add(all, clip__add(size, 64)), why);
    e->block = result || size > SIZE_MAX / 2 ? NULL : CLIP_MALLOC(size + 64);
    if (!e->block && !result)
        result = clip__fail(why, CLIP_ERROR_MEMORY, "out of memory: %lu bytes for an explainer", (unsigned long)size);
    if (!result) result = clip__context_make(model, &o, 1, 0, why, &e->c);
    if (result) return clip_explainer_free(e), result;
    e->tape.base = (unsigned char *)clip__align64(e->block);
    e->c->tape = &e->tape;
    *out = e;
    return CLIP_OK;
}

CLIPDEF void clip_explainer_free(clip_explainer *e) {
    if (!e) return;
    clip_context_free(e->c);
    CLIP_FREE(e->block);
    CLIP_FREE(e->self); // which e itself is in
}

CLIPDEF const char *clip_explainer_error(const clip_explainer *e) { return e ? e->c->error.message : ""; }

CLIPDEF clip_context *clip_explainer_context(clip_explainer *e) { return e ? e->c : NULL; }

CLIPDEF size_t clip_explainer_side(const clip_explainer *e) { return e ? e->side : 0; }

CLIPDEF clip_result clip_explain(clip_explainer *e, const unsigned char *pixels, const float *text, float *map,
                                 float *score) {
    if (!e) return CLIP_ERROR_ARGUMENT;
    CLIP__CHECK(e->c, pixels && text && map, CLIP_ERROR_ARGUMENT, "clip_explain: pixels, text or map is NULL");
    CLIP__CHECK(e->c, clip__explain(e, pixels, text, map, score), CLIP_ERROR_NUMBER,
                "the text's vector, the picture's or its gradient is not of finite numbers");
    return CLIP_OK;
}

#endif // CLIP_IMPLEMENTATION

#ifdef CLIP__LANES
// ---- >>lanes -------------------------------------------------------------------------------------------------------
// What the kernels of >>simd do besides multiplying, CLIP__LANES numbers at once. The file includes itself for this,
// once for each width: CLIP__OF(exp) is clip__exp8, say. Vectors are gcc's and clang's own, of no one CPU; they must
// be as wide as the target's, since gcc keeps wider ones in memory.

#define CLIP__V CLIP__OF(v)
#define CLIP__I CLIP__OF(i)
#define CLIP__U CLIP__OF(u)
#define CLIP__HALF CLIP__OF(half)
#define CLIP__BYTE CLIP__OF(byte)
typedef float CLIP__V __attribute__((vector_size(4 * CLIP__LANES), aligned(4), may_alias));
typedef int32_t CLIP__I __attribute__((vector_size(4 * CLIP__LANES), aligned(4), may_alias));
typedef uint32_t CLIP__U __attribute__((vector_size(4 * CLIP__LANES), aligned(4), may_alias));
typedef uint16_t CLIP__HALF __attribute__((vector_size(2 * CLIP__LANES), aligned(2), may_alias));
typedef uint8_t CLIP__BYTE __attribute__((vector_size(CLIP__LANES), aligned(1), may_alias));
static const CLIP__V CLIP__OF(zeros) = {0};
static const int32_t CLIP__OF(places)[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
#define CLIP__ALL(value) (CLIP__OF(zeros) + (value)) // not a compound literal: C++ has none
// All bits of those numbers of which it is true. For CLIP__PICK alone, else gcc takes it apart number by number.
#define CLIP__WHERE(condition) ((CLIP__I)(condition))
#define CLIP__NUMBER(x) (((*(const CLIP__I *)&(x)&0x7FFFFFFF) - 0x7F800001) >> 31) // not a NaN
#define CLIP__PICK(mask, a, b) ((CLIP__V)(((mask) & (CLIP__I)(a)) | (~(mask) & (CLIP__I)(b))))

// x = exp(x) within 2 units of the last place: 2^k exp(r), |r| <= log(2) / 2, exp(r) = 1 + r + r^2 p(r), p fitted by
// least squares. 2^k is multiplied in halves: so results below the normal numbers, 0 and infinity come by themselves.
CLIP__INLINE void CLIP__OF(exp)(CLIP__V *x) {
    const CLIP__I number = CLIP__NUMBER(*x);
    const CLIP__V low = CLIP__ALL(-105.0f), high = CLIP__ALL(90.0f);
    CLIP__V v = CLIP__PICK(CLIP__WHERE(*x < low), low, *x), n, r, p;
    CLIP__I k, half;
    v = CLIP__PICK(CLIP__WHERE(v > high), high, v);
    n = v * 1.44269504f + 12582912.0f; // 1.5 * 2^23: what stands behind the point is rounded off
    k = (CLIP__I)n - 0x4B400000;
    n -= 12582912.0f;
    r = v - n * 0.693359375f + n * 2.12194440e-4f; // log(2) in two parts
    p = r * 1.381460185e-3f + 8.368715371e-3f;
    p = p * r + 4.166838790e-2f;
    p = p * r + 1.666652064e-1f;
    p = p * r + 4.999999345e-1f;
    p = p * r * r + r + 1.0f;
    half = k >> 1;
    p = p * (CLIP__V)((half + 127) << 23) * (CLIP__V)((k - half + 127) << 23);
    *x = CLIP__PICK(number, p, *x);
}

// x = erf(x), within 4e-7 of itself: x p(x^2) / q(x^2) up to 4, fitted by least squares, then 1.
CLIP__INLINE void CLIP__OF(erf)(CLIP__V *x) {
    const CLIP__V z = *x * *x;
    const CLIP__I one = (*(CLIP__I *)x & INT32_MIN) | 0x3F800000;
    CLIP__V p = z * 1.986800666e-6f + 2.845654618e-4f, q = z * 3.742034613e-5f + 1.185559935e-3f;
    p = p * z + 3.883291230e-3f, q = q * z + 1.520714194e-2f;
    p = p * z + 5.310157747e-2f, q = q * z + 1.153494551e-1f;
    p = p * z + 1.935437234e-1f, q = q * z + 5.048562147e-1f;
    p = p * z + 1.128379139f, q = q * z + 1.0f;
    *x = CLIP__PICK(CLIP__WHERE(z < 16.0f), *x * p / q, one);
}

CLIP__INLINE void CLIP__OF(tanh)(CLIP__V *x) {
    *x *= 2.0f;
    CLIP__OF(exp)(x);
    *x = 1.0f - 2.0f / (*x + 1.0f);
}

CLIP__INLINE void CLIP__OF(activate)(clip__activation f, CLIP__V *x) { // see clip__activate
    CLIP__V t = *x;
    if (f == CLIP__RELU) *x = CLIP__PICK(CLIP__WHERE(t < 0.0f), CLIP__ALL(0.0f), t);
    else if (f == CLIP__GELU) {
        t *= 0.70710678f;
        CLIP__OF(erf)(&t);
        *x = 0.5f * *x * (1.0f + t);
    } else if (f == CLIP__GELU_TANH) {
        t = 0.79788456f * (t + 0.044715f * t * t * t);
        CLIP__OF(tanh)(&t);
        *x = 0.5f * *x * (1.0f + t);
    } else if (f == CLIP__QUICK_GELU) {
        t *= -1.702f;
        CLIP__OF(exp)(&t);
        *x /= 1.0f + t;
    } else if (f == CLIP__TANH) CLIP__OF(tanh)(x);
}

CLIP__INLINE void CLIP__OF(slope)(clip__activation f, CLIP__V *x) { // see clip__activate_backward
    CLIP__V t = *x, u = CLIP__ALL(0.0f);
    if (f == CLIP__IDENTITY) *x = CLIP__ALL(1.0f);
    if (f == CLIP__RELU) *x = CLIP__PICK(CLIP__WHERE(t <= 0.0f), u, CLIP__ALL(1.0f));
    if (f == CLIP__GELU) {
        t *= 0.70710678f;
        u = -t * t;
        CLIP__OF(erf)(&t);
        CLIP__OF(exp)(&u);
        *x = 0.5f * (1.0f + t) + *x * 0.39894228f * u;
    }
    if (f == CLIP__GELU_TANH) {
        u = 0.79788456f * (1.0f + 3.0f * 0.044715f * t * t);
        t = 0.79788456f * (t + 0.044715f * t * t * t);
        CLIP__OF(tanh)(&t);
        *x = 0.5f * (1.0f + t) + 0.5f * *x * (1.0f - t * t) * u;
    }
    if (f == CLIP__QUICK_GELU) {
        t *= -1.702f;
        CLIP__OF(exp)(&t);
        u = 1.0f / (1.0f + t);
        *x = u + *x * 1.702f * u * (1.0f - u);
    }
    if (f == CLIP__TANH) {
        CLIP__OF(tanh)(&t);
        *x = 1.0f - t * t;
    }
}

// y = f(x), or with `slope` y * f'(x).
CLIP__INLINE void CLIP__OF(each)(clip__activation f, float *y, const float *x, size_t n, const int slope) {
    CLIP__V v, w = CLIP__ALL(0.0f);
    for (size_t i = 0, part; i < n; i += part) {
        part = clip__min(n - i, CLIP__LANES);
        v = CLIP__ALL(0.0f);
        if (part == CLIP__LANES) v = *(const CLIP__V *)(x + i), w = *(const CLIP__V *)(y + i);
        else memcpy(&v, x + i, part * sizeof *x), memcpy(&w, y + i, part * sizeof *y);
        if (slope) CLIP__OF(slope)(f, &v), v *= w;
        else CLIP__OF(activate)(f, &v);
        if (part == CLIP__LANES) *(CLIP__V *)(y + i) = v;
        else memcpy(y + i, &v, part * sizeof *y);
    }
}

CLIP__INLINE void CLIP__OF(affine)(const clip__affine_rows *p) { // see clip__affine_plain
    for (size_t m = 0; m < p->n; m++)
        for (size_t i = 0; i < p->width; i += CLIP__LANES) {
            CLIP__V v = *(const CLIP__V *)(p->sums + m * p->width + i) * *(const CLIP__V *)(p->scale + i) +
                        *(const CLIP__V *)(p->shift + i);
            if (p->residual) v += *(const CLIP__V *)(p->residual + m * p->ldr + i);
            if (p->relu) CLIP__OF(activate)(CLIP__RELU, &v);
            *(CLIP__V *)(p->y + m * p->ldy + i) = v;
        }
}

CLIP__INLINE void CLIP__OF(widen)(float *sums, size_t row, size_t n, const unsigned char *scales, const float *ranges) {
    for (size_t i = 0; i < CLIP__NR; i += CLIP__LANES) {
        const CLIP__V scale = *(const CLIP__V *)(const void *)(scales + 4 * i);
        const CLIP__V whole =
            __builtin_convertvector(*(const CLIP__I *)(const void *)(scales + CLIP__STEP + 4 * i), CLIP__V);
        for (size_t m = 0; m < n; m++) {
            CLIP__V *to = (CLIP__V *)(sums + m * row + i);
            const CLIP__V sum = __builtin_convertvector(*(CLIP__I *)to, CLIP__V);
            *to = scale * (ranges[2 * m] * sum + ranges[2 * m + 1] * whole);
        }
    }
}

CLIP__INLINE void CLIP__OF(greater)(float *y, const float *x, size_t n) {
    size_t i = 0;
    for (; i + CLIP__LANES <= n; i += CLIP__LANES) {
        const CLIP__V a = *(const CLIP__V *)(x + i), b = *(const CLIP__V *)(y + i);
        const CLIP__V most = CLIP__PICK(CLIP__WHERE(a > b), a, b);
        *(CLIP__V *)(y + i) = CLIP__PICK(CLIP__NUMBER(a), most, a);
    }
    clip__greater_plain(y + i, x + i, n - i);
}

// The sum of all numbers of v, and the greatest of them: always of two halves, then of those of their sum.
#if CLIP__LANES == 4
CLIP__INLINE float clip__sum4(const clip__v4 *v) {
    float s[4];
    memcpy(s, v, sizeof s);
    return (s[0] + s[2]) + (s[1] + s[3]);
}
CLIP__INLINE float clip__most4(const clip__v4 *v) {
    float s[4], a, b;
    memcpy(s, v, sizeof s);
    a = s[2] > s[0] ? s[2] : s[0], b = s[3] > s[1] ? s[3] : s[1];
    return b > a ? b : a;
}
#else
#if CLIP__LANES == 8
#define CLIP__FEWER(name) clip__##name##4
#else
#define CLIP__FEWER(name) clip__##name##8
#endif
CLIP__INLINE float CLIP__OF(sum)(const CLIP__V *v) {
    const CLIP__FEWER(v) *half = (const CLIP__FEWER(v) *)v, sum = half[0] + half[1];
    return CLIP__FEWER(sum)(&sum);
}
CLIP__INLINE float CLIP__OF(most)(const CLIP__V *v) {
    const CLIP__FEWER(v) *half = (const CLIP__FEWER(v) *)v;
    const CLIP__FEWER(i) more = (CLIP__FEWER(i))(half[1] > half[0]);
    const CLIP__FEWER(v) most = (CLIP__FEWER(v))((more & (CLIP__FEWER(i))half[1]) | (~more & (CLIP__FEWER(i))half[0]));
    return CLIP__FEWER(most)(&most);
}
#undef CLIP__FEWER
#endif

// All bits of those numbers that are among the n there are, and that mask (may be NULL) does not hide.
CLIP__INLINE void CLIP__OF(visible)(CLIP__I *visible, const unsigned char *mask, size_t n) {
    CLIP__BYTE bytes = {0};
    *visible = (*(const CLIP__I *)CLIP__OF(places) - (int32_t)clip__min(n, CLIP__LANES)) >> 31;
    if (!mask) return;
    if (n < CLIP__LANES) memcpy(&bytes, mask, n);
    else bytes = *(const CLIP__BYTE *)mask;
    *visible &= -__builtin_convertvector(bytes, CLIP__I) >> 31;
}

CLIP__INLINE void CLIP__OF(softmax)(float *x, const unsigned char *mask, size_t n) {
    CLIP__V most = CLIP__ALL(-INFINITY), sum = CLIP__ALL(0.0f), v;
    CLIP__I visible;
    float highest;
    for (size_t i = 0; i < n; i += CLIP__LANES) {
        v = *(CLIP__V *)(x + i);
        if (mask || n - i < CLIP__LANES) {
            CLIP__OF(visible)(&visible, mask ? mask + i : NULL, n - i);
            v = CLIP__PICK(visible, v, CLIP__ALL(-INFINITY));
        }
        *(CLIP__V *)(x + i) = v;
        most = CLIP__PICK(CLIP__WHERE(v > most), v, most);
    }
    highest = CLIP__OF(most)(&most);
    for (size_t i = 0; i < n; i += CLIP__LANES) {
        v = *(CLIP__V *)(x + i) - highest;
        CLIP__OF(exp)(&v);
        if (mask || n - i < CLIP__LANES) {
            CLIP__OF(visible)(&visible, mask ? mask + i : NULL, n - i);
            v = CLIP__PICK(visible, v, CLIP__ALL(0.0f));
        }
        *(CLIP__V *)(x + i) = v;
        sum += v;
    }
    highest = CLIP__OF(sum)(&sum);
    highest = highest == 0 ? 1 : 1 / highest; // 0: nothing is visible
    for (size_t i = 0; i < n; i += CLIP__LANES) *(CLIP__V *)(x + i) *= highest;
}

CLIP__INLINE void CLIP__OF(columns)(const clip__columns_job *j, float *first, float *second, size_t r0, size_t r1) {
    const size_t whole = j->columns / CLIP__LANES * CLIP__LANES;
    for (size_t n = 0; n < whole; n += CLIP__LANES) {
        CLIP__V f = *(CLIP__V *)(first + n), s = *(CLIP__V *)(second + n), mean = CLIP__ALL(0.0f), rstd = mean;
        if (j->kind == CLIP__COLUMNS_SQUARES || j->kind == CLIP__COLUMNS_BY_COLUMN)
            mean = *(const CLIP__V *)(j->mean + n);
        if (j->kind == CLIP__COLUMNS_BY_COLUMN) rstd = *(const CLIP__V *)(j->rstd + n);
        for (size_t r = r0; r < r1; r++) {
            const CLIP__V a = *(const CLIP__V *)(j->a + r * j->columns + n);
            if (j->kind == CLIP__COLUMNS_SQUARES) {
                f += (a - mean) * (a - mean), s += a - mean;
                continue;
            }
            f += a;
            if (j->kind == CLIP__COLUMNS_SUM) continue;
            if (j->kind == CLIP__COLUMNS_BY_ROW) mean = CLIP__ALL(j->mean[r]), rstd = CLIP__ALL(j->rstd[r]);
            s += a * ((*(const CLIP__V *)(j->b + r * j->columns + n) - mean) * rstd);
        }
        *(CLIP__V *)(first + n) = f, *(CLIP__V *)(second + n) = s;
    }
    clip__columns_from(j, first, second, whole, r0, r1);
}

CLIP__INLINE void CLIP__OF(batch_norm)(const clip__batch_norm_rows_job *j, size_t r0, size_t r1) {
    const size_t whole = j->channels / CLIP__LANES * CLIP__LANES;
    for (size_t r = r0; r < r1; r++)
        for (size_t n = 0; n < whole; n += CLIP__LANES) {
            const size_t at = r * j->channels + n;
            const CLIP__V scale = *(const CLIP__V *)(j->rstd + n) * *(const CLIP__V *)(j->weight + n);
            CLIP__V v = (*(const CLIP__V *)(j->x + at) - *(const CLIP__V *)(j->mean + n)) * scale +
                        *(const CLIP__V *)(j->bias + n);
            if (j->residual) v += *(const CLIP__V *)(j->residual + at);
            if (j->relu) CLIP__OF(activate)(CLIP__RELU, &v);
            *(CLIP__V *)(j->y + at) = v;
        }
    clip__batch_norm_from(j, whole, r0, r1);
}

CLIP__INLINE void CLIP__OF(batch_norm_backward)(const clip__batch_norm_rows_job *j, size_t r0, size_t r1) {
    const size_t whole = j->channels / CLIP__LANES * CLIP__LANES;
    for (size_t r = r0; r < r1; r++)
        for (size_t n = 0; n < whole; n += CLIP__LANES) {
            const size_t at = r * j->channels + n;
            const CLIP__V rstd = *(const CLIP__V *)(j->rstd + n), scale = rstd * *(const CLIP__V *)(j->weight + n);
            const CLIP__V h = (*(const CLIP__V *)(j->x + at) - *(const CLIP__V *)(j->mean + n)) * rstd;
            *(CLIP__V *)(j->y + at) =
                scale * (*(const CLIP__V *)(j->dy + at) - (j->share * *(const CLIP__V *)(j->dbias + n) +
                                                           h * (j->share * *(const CLIP__V *)(j->dweight + n))));
        }
    clip__batch_norm_backward_from(j, whole, r0, r1);
}

CLIP__INLINE void CLIP__OF(bf16)(CLIP__U *bits, const CLIP__V *x) { // see clip__bf16_of_f32
    const CLIP__U all = (CLIP__U)*x, number = (CLIP__U)CLIP__NUMBER(*x);
    *bits = (((all + 0x7FFF + (all >> 16 & 1)) >> 16) & number) | ((all >> 16 | 0x40) & ~number);
}

CLIP__INLINE void CLIP__OF(narrow_bf16)(uint16_t *y, const float *x, size_t n) {
    size_t i = 0;
    for (; i + CLIP__LANES <= n; i += CLIP__LANES) {
        CLIP__U bits;
        CLIP__OF(bf16)(&bits, (const CLIP__V *)(x + i));
        *(CLIP__HALF *)(y + i) = __builtin_convertvector(bits, CLIP__HALF);
    }
    clip__narrow_bf16_plain(y + i, x + i, n - i);
}

CLIP__INLINE void CLIP__OF(narrow_u8)(unsigned char *y, float range[2], const float *x, size_t n, float beside) {
    const size_t whole = n / CLIP__LANES * CLIP__LANES;
    CLIP__V least = CLIP__ALL(x[0] < beside ? x[0] : beside), most = CLIP__ALL(x[0]), odd = CLIP__ALL(0.0f), v;
    float low, high, sum, inverse;
    for (size_t i = 0; i < whole; i += CLIP__LANES) {
        v = *(const CLIP__V *)(x + i);
        least = CLIP__PICK(CLIP__WHERE(v < least), v, least), most = CLIP__PICK(CLIP__WHERE(v > most), v, most);
        odd += v * 0.0f;
    }
    sum = CLIP__OF(sum)(&odd);
    least = -least;
    low = -CLIP__OF(most)(&least), high = CLIP__OF(most)(&most);
    for (size_t i = whole; i < n; i++) {
        low = x[i] < low ? x[i] : low, high = x[i] > high ? x[i] : high;
        sum += x[i] * 0;
    }
    inverse = sum != sum || high - low < 1e-30f ? 0 : 255 / (high - low);
    range[0] = sum != sum ? sum : (high - low) / 255;
    range[1] = low;
    for (size_t i = 0; i < whole; i += CLIP__LANES) {
        v = (*(const CLIP__V *)(x + i) - low) * inverse + 12582912.0f;
        *(CLIP__BYTE *)(y + i) = __builtin_convertvector((CLIP__U)v & 255, CLIP__BYTE);
    }
    for (size_t i = whole; i < n; i++) y[i] = (unsigned char)clip__f32_bits((x[i] - low) * inverse + 12582912.0f);
    if (sum != sum) memset(y, 0, n);
}

// to [n] words of two bf16: a number of `first` below one of `second`.
CLIP__INLINE void CLIP__OF(pairs)(void *to, const float *first, const float *second, size_t n) {
    unsigned char *out = (unsigned char *)to;
    size_t i = 0;
    for (; i + CLIP__LANES <= n; i += CLIP__LANES) {
        CLIP__U a, b;
        CLIP__OF(bf16)(&a, (const CLIP__V *)(first + i)), CLIP__OF(bf16)(&b, (const CLIP__V *)(second + i));
        *(CLIP__U *)(void *)(out + 4 * i) = a | b << 16;
    }
    clip__pairs_plain(out + 4 * i, first + i, second + i, n - i);
}

// A panel of f32 becomes one of bf16.
CLIP__INLINE void CLIP__OF(pack_panel)(void *to, const clip__weights *w, const unsigned char *panel) {
    static const float none[CLIP__NR] = {0};
    const float *from = (const float *)(const void *)panel;
    unsigned char *out = (unsigned char *)to;
    for (size_t line = 0; line < w->lines; line++)
        for (size_t k = 0; k < w->line; k += 2, out += CLIP__STEP) {
            CLIP__OF(pairs)(out, from, k + 1 < w->line ? from + CLIP__NR : none, CLIP__NR);
            from += k + 1 < w->line ? 2 * CLIP__NR : CLIP__NR;
        }
}

CLIP__INLINE void CLIP__OF(f32_of_f16)(CLIP__V *x, const CLIP__U *half) { // see clip__f32_of_f16
    const CLIP__U odd = ((*half & 0x7C00) + 0x400) & 0x8000; // of infinities and NaNs
    const CLIP__U bits = (*half & 0x8000) << 16 | (*half & 0x7FFF) << 13;
    *x = (CLIP__V)bits * 5.192296858534828e33f;
    *x = (CLIP__V)(*(CLIP__U *)x | ((odd << 16) - (odd << 8)));
}

// A panel of f16, bf16 or q4 becomes one of f32, or (of q4) of bf16; see clip__weight.
CLIP__INLINE void CLIP__OF(unpack)(void *to, const clip__weights *w, const unsigned char *panel,
                                   const clip__form form) {
    const size_t g = clip__type_step[w->type], steps = (w->line + g - 1) / g;
    for (size_t c = 0; c < CLIP__NR; c += CLIP__LANES) { // so many columns at a time
        const unsigned char *scales = panel + w->lines * steps * CLIP__STEP + 2 * c, *from = panel + 4 * c;
        unsigned char *out = (unsigned char *)to + 4 * c;
        CLIP__V scale = CLIP__ALL(1.0f), v;
        CLIP__U bits, low = {0};
        for (size_t line = 0; line < w->lines; line++)
            for (size_t k = 0; k < steps; k++, from += CLIP__STEP) {
                const CLIP__U step = *(const CLIP__U *)(const void *)from;
                if (w->type == CLIP__Q4 && k % 4 == 0) {
                    bits = __builtin_convertvector(*(const CLIP__HALF *)(const void *)scales, CLIP__U);
                    CLIP__OF(f32_of_f16)(&scale, &bits);
                    scales += 32;
                }
                for (unsigned i = 0; i < g; i++) {
                    if (w->type == CLIP__Q4) {
                        bits = step >> 4 * i & 15;
                        v = scale * (__builtin_convertvector((CLIP__I)bits, CLIP__V) - 8.0f);
                    } else if (w->type == CLIP__F16) {
                        bits = step >> 16 * i & 0xFFFF;
                        CLIP__OF(f32_of_f16)(&v, &bits);
                    } else {
                        bits = step >> 16 * i << 16;
                        v = (CLIP__V)bits;
                    }
                    if (form == CLIP__FORM_F32) *(CLIP__V *)(void *)out = v;
                    else {
                        CLIP__OF(bf16)(&bits, &v);
                        if (i % 2) *(CLIP__U *)(void *)out = low | bits << 16;
                        low = bits;
                    }
                    if (form == CLIP__FORM_F32 || i % 2) out += CLIP__STEP;
                }
            }
    }
}

// Some numbers of a row of an index, those from number `at` on, the last `lacking` of them being zeros.
CLIP__INLINE void CLIP__OF(index)(CLIP__V *v, const clip_index_type type, const void *rows, size_t at, size_t lacking,
                                  clip__load *halves, clip__load *bytes) {
    const size_t size = type == CLIP_INDEX_F32 ? 4 : type == CLIP_INDEX_F16 ? 2 : 1;
    const unsigned char *from = (const unsigned char *)rows + at * size;
    unsigned char edge[4 * CLIP__LANES] = {0};
    if (lacking) {
        memcpy(edge, from, (CLIP__LANES - lacking) * size);
        from = edge;
    }
    if (type == CLIP_INDEX_F32) *v = *(const CLIP__V *)(const void *)from;
    else if (type == CLIP_INDEX_F16) halves(v, from);
    else bytes(v, from);
}

// Rows four at a time, so that a query's numbers are read once for them.
CLIP__INLINE void CLIP__OF(scores)(float *scores, const clip_index_type type, const void *rows, size_t n, size_t dim,
                                   const float *query, clip__load *halves, clip__load *bytes) {
    const size_t row = dim * (type == CLIP_INDEX_F32 ? 4 : type == CLIP_INDEX_F16 ? 2 : 1); // bytes
    for (size_t r = 0; r < n; r += 4) {
        const size_t some = clip__min(n - r, 4), r1 = r + (some > 1 ? 1 : 0), r2 = r + (some > 2 ? 2 : 0),
                     r3 = r + (some > 3 ? 3 : 0);
        for (size_t at = r * row + CLIP__AHEAD; at < (r + 4) * row + CLIP__AHEAD && at < n * row; at += CLIP__STEP)
            CLIP__PREFETCH((const unsigned char *)rows + at);
        CLIP__V s0 = CLIP__ALL(0.0f), s1 = s0, s2 = s0, s3 = s0, q, v;
        for (size_t k = 0; k < dim; k += CLIP__LANES) {
            const size_t lacking = dim - k < CLIP__LANES ? CLIP__LANES - (dim - k) : 0;
            if (lacking) q = CLIP__ALL(0.0f), memcpy(&q, query + k, (dim - k) * sizeof *query);
            else q = *(const CLIP__V *)(query + k);
            CLIP__OF(index)(&v, type, rows, r * dim + k, lacking, halves, bytes), s0 += v * q;
            CLIP__OF(index)(&v, type, rows, r1 * dim + k, lacking, halves, bytes), s1 += v * q;
            CLIP__OF(index)(&v, type, rows, r2 * dim + k, lacking, halves, bytes), s2 += v * q;
            CLIP__OF(index)(&v, type, rows, r3 * dim + k, lacking, halves, bytes), s3 += v * q;
        }
        scores[r] = CLIP__OF(sum)(&s0);
        if (some > 1) scores[r + 1] = CLIP__OF(sum)(&s1);
        if (some > 2) scores[r + 2] = CLIP__OF(sum)(&s2);
        if (some > 3) scores[r + 3] = CLIP__OF(sum)(&s3);
    }
}

#undef CLIP__V
#undef CLIP__I
#undef CLIP__U
#undef CLIP__HALF
#undef CLIP__BYTE
#undef CLIP__ALL
#undef CLIP__WHERE
#undef CLIP__NUMBER
#undef CLIP__PICK
#undef CLIP__LANES
#endif // CLIP__LANES

// CHANGELOG
//     1.0.0  one defined result for NaNs, infinities, zeros and odd arguments, on every CPU; max_memory and max_work
//            for models from strangers; products of bf16 in training; zero_shot, probe, explain; big-endian, 32 bits,
//            Windows; make install
//     0.4.0  weights in f16, bf16, int8 and 4 bits; AVX-VNNI, AVX-512 VNNI and BF16, AMX, NEON; clip_search
//     0.3.0  the CLIP family: OpenAI's, open_clip's and HuggingFace's CLIP, SigLIP, dual encoders; byte-pair tokens;
//            maps of where a picture speaks for a text
//     0.2.0  training: the backward of everything, four losses, SGD, Adam, AdamW, checkpoints
//     0.1.0  encoders (ResNet, ViT, BERT, DistilBERT) in f32, heads, preprocessing, the .clip file, version 1
//
// Public domain (Unlicense) or MIT, whichever you prefer. See LICENSE.
