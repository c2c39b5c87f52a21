// What tests/torture/embedded.sh builds: programs for a machine without files, heap and threads. The model is in the
// program (model[], written by the script), its memory too. PART says what of the library is used:
//     IMAGE  pictures          IDS    texts by their token ids          TEXT   texts, with clip_tokenizer.h
//     USE    all of it but training and explaining                      CHECK  the file's self-test, as a program
//     STACK  the same calls and a training step on a thread with a painted stack: how deep does each go
//     BPE    a model with BPE under CLIP_NO_BPE: its texts are refused, its pictures and token ids are not
#ifdef STACK
#define _XOPEN_SOURCE 700 // pthread_attr_setstack
#endif
#include <stddef.h>

#ifndef STACK
// Nothing is given back: a model is loaded once.
static void *take(size_t size);
static void leave(void *p) { (void)p; }
#define CLIP_MALLOC(n) take(n)
#define CLIP_FREE(p) leave(p)
#endif
#define CLIP_IMPLEMENTATION
#if defined(TEXT) || defined(USE) || defined(CHECK) || defined(STACK) || defined(BPE)
#include "clip_tokenizer.h"
#endif
#include "clip.h"

extern const uint32_t model[]; // a .clip
extern const size_t model_size;
int run(clip_error *why, const clip_image *picture, const char *text, const int32_t *ids, float *out);

#ifndef STACK
static double heap[1 << 15], memory[1 << 18]; // as malloc aligns; what these small models need

static void *take(size_t size) {
    static size_t used;
    const size_t n = (size + 15) / 16 * 2, at = used;
    if (n > sizeof heap / sizeof *heap - used) return NULL;
    used += n;
    return heap + at;
}

int run(clip_error *why, const clip_image *picture, const char *text, const int32_t *ids, float *out) {
    clip_model *m;
    clip_context *c;
    clip_result result = clip_model_load_memory(model, model_size, NULL, why, &m);
    (void)picture, (void)text, (void)ids, (void)out;
    if (!result) result = clip_context_init(m, NULL, memory, sizeof memory, why, &c);
    if (result) return (int)result;
#if defined(IMAGE) || defined(USE)
    result = clip_encode_images(c, picture, 1, out);
#endif
#if defined(IDS) || defined(USE)
    if (!result) result = clip_encode_tokens(c, ids, NULL, 1, 10, out);
#endif
#if defined(TEXT) || defined(USE)
    if (!result) result = clip_encode_texts(c, &text, 1, out);
#endif
#ifdef USE
    {
        clip_index index = {CLIP_INDEX_INT8, 1, 0, NULL, NULL};
        clip_match best;
        clip_model_info info;
        size_t found;
        clip_model_get_info(m, &info);
        clip_index_pack(CLIP_INDEX_INT8, out, 1, clip_embed_dim(m), memory, out);
        if (!result) result = clip_search(c, &index, out, 1, &best, &found);
        out[0] = clip_similarity(out, out, info.embed_dim);
        clip_softmax(out, 1, 1, out);
        if (!result) result = clip_selftest(c, out);
        clip_context_free(c);
        clip_model_free(m);
    }
#endif
#ifdef CHECK
    result = clip_selftest(c, out);
#endif
#ifdef BPE // what run() returns for such a model: 0 if all is as it should be
    if (clip_encode_texts(c, &text, 1, out) != CLIP_ERROR_UNSUPPORTED) return 100;
    if (!strstr(clip_context_error(c), "CLIP_NO_BPE")) return 101;
    result = clip_selftest(c, out);
#endif
    return (int)result;
}

int main(void) {
#if defined(CHECK) || defined(BPE)
    clip_error why;
    float worst = 0;
    return run(&why, NULL, "a", NULL, &worst);
#else
    return 0; // run is kept by the linker, and looked at
#endif
}

#else // STACK: names a call a line, and the bytes of stack that it took

#include <pthread.h>
#include <stdio.h>

enum { STACK_SIZE = 1 << 20 };
static clip_model *m;
static clip_context *c;
static clip_trainer *t;
static clip_result result;
static clip_error why;
static const char *isa;
static float vector[4096];
static unsigned char rgb[64 * 48 * 3];
static const clip_image image = {rgb, 64, 48, 3, 0};

static void *nothing(void *p) { return p; }
static void *load(void *p) { return result = clip_model_load_memory(model, model_size, NULL, &why, &m), p; }
static void *create(void *p) {
    clip_options o = {0};
    o.isa = isa;
    return result = clip_context_new(m, &o, &why, &c), p;
}
static void *pictures(void *p) { return result = clip_encode_images(c, &image, 1, vector), p; }
static void *texts(void *p) {
    const char *text = "caf\xC3\xA9 & <b>&amp;hellip;</b> \xEF\xAC\x81x na\xC3\x83\xC2\xAFve 123 \xE4\xB8\x96";
    return result = clip_encode_texts(c, &text, 1, vector), p;
}
static void *selftest(void *p) { return result = clip_selftest(c, NULL), p; }
static void *train_new(void *p) { return result = clip_trainer_new(m, NULL, &why, &t), p; }
static void *train_step(void *p) {
    static unsigned char pixels[4 * 64 * 64 * 3];
    static int32_t ids[4 * 4];
    clip_batch b = {0};
    double loss;
    for (int i = 0; i < 16; i++) ids[i] = 1 + i % 7;
    for (size_t i = 0; i < sizeof pixels; i++) pixels[i] = (unsigned char)(i * 2654435761u >> 7);
    b.n = 4, b.pixels = pixels, b.ids = ids, b.T = 4;
    return result = clip_trainer_step(t, &b, &loss), p;
}

static size_t deep(const char *what, void *(*call)(void *), size_t without) {
    static unsigned char stack[STACK_SIZE] __attribute__((aligned(4096)));
    pthread_attr_t attr;
    pthread_t id;
    size_t untouched = 0;
    memset(stack, 0xA5, sizeof stack);
    if (pthread_attr_init(&attr) || pthread_attr_setstack(&attr, stack, sizeof stack)) exit(2);
    if (pthread_create(&id, &attr, call, NULL) || pthread_join(id, NULL)) exit(2);
    pthread_attr_destroy(&attr);
    if (result) printf("%s: %s\n", what, c ? clip_context_error(c) : why.message), exit(1);
    while (untouched < sizeof stack && stack[untouched] == 0xA5) untouched++;
    if (what) printf("%s %lu\n", what, (unsigned long)(sizeof stack - untouched - without));
    return sizeof stack - untouched;
}

int main(int count, char **words) {
    size_t empty = deep(NULL, nothing, 0); // what the C library itself puts there
    clip_model_info info;
    (void)count;
    isa = words[1];
    deep("clip_model_load_memory", load, empty);
    deep("clip_context_new", create, empty);
    clip_model_get_info(m, &info);
    if (info.image.tower) deep("clip_encode_images", pictures, empty);
    if (info.text.tower && info.tokenizer) deep("clip_encode_texts", texts, empty);
    if (info.selftest) deep("clip_selftest", selftest, empty);
    if (info.image.tower && info.text.tower && info.image_size <= 64) {
        deep("clip_trainer_new", train_new, empty);
        deep("clip_trainer_step", train_step, empty);
        clip_trainer_free(t);
    }
    clip_context_free(c);
    clip_model_free(m);
    return 0;
}
#endif
