// micro.c - clip.h as on a microcontroller: no files, threads, malloc or SIMD. The model is an array in flash, all
// memory is two static arrays, and one picture, an array too, is told apart by words.
//
//     make build/micro && build/micro
//     touch yours.clip && make build/micro MICRO_MODEL=yours.clip
//
// The Makefile trains a model of 49,056 weights on the twelve pictures in examples/, brings it to int8, writes it and
// harbor.ppm as arrays of C, a step of od and sed. On a device printf is the serial line, and the linker's script puts
// `const` into flash: 92 KB of model and, by arm-linux-gnueabihf-gcc -Os -mthumb, 53 KB of code.
#define CLIP_IMPLEMENTATION
#define CLIP_STATIC     // what is not called is left out
#define CLIP_NO_STDIO   // no files: the model comes by clip_model_load_memory
#define CLIP_NO_THREADS // and so no helpers
#ifndef CLIP_NO_SIMD
#define CLIP_NO_SIMD // plain C
#endif
#define CLIP_TAPS 256   // 512 KB less: what a picture is resized with
#define CLIP_NO_BPE     // 85 KB less: this model's tokens are WordPiece's
#define CLIP_MALLOC(n) take(n)
#define CLIP_FREE(p) ((void)(p)) // what is taken at the start is kept
#include <stddef.h>

// What the C library's malloc would be: the model's handle is taken from here, once.
static void *take(size_t n);
#include "clip_tokenizer.h"
#include "clip.h"
#include <stdio.h>

// Of build/micro_data.c. The model's bytes are aligned to 64.
extern const unsigned char micro_model[], micro_picture[];
extern const size_t micro_model_size, micro_width, micro_height;

#ifdef __ELF__ // of the linker: where the program begins, where what a device has in flash ends, and where all ends
extern const char __executable_start[], edata[], end[];
#endif

enum { MODEL_RAM = 12 << 10, CONTEXT_RAM = 112 << 10, MOST_DIM = 512 };
static union {
    double align; // as malloc would
    void *align_too;
    unsigned char bytes[MODEL_RAM];
} model_ram;
static union {
    double align;
    void *align_too;
    unsigned char bytes[CONTEXT_RAM];
} context_ram;
static size_t taken;

static void *take(size_t n) {
    const size_t room = (n + 15) / 16 * 16;
    if (n > MODEL_RAM || room > MODEL_RAM - taken) return NULL;
    taken += room;
    return model_ram.bytes + taken - room;
}

int main(void) {
    static const char *const words[] = {"boats in the harbor", "where tennis is played", "many trees close together",
                                        "cars on a freeway of many lanes", "airplanes parked beside the terminal"};
    static float text[MOST_DIM], picture[MOST_DIM];
    const clip_image image = {micro_picture, micro_width, micro_height, 3, 0};
    clip_model *model = NULL;
    clip_context *clip = NULL;
    clip_options options = {0};
    clip_error why;
    size_t size, best = 0;
    float score[sizeof words / sizeof *words], worst = 0;
    options.max_batch = 1;   // a picture, or a text, at a time
    options.max_tokens = 16; // of a text
    if (clip_model_load_memory(micro_model, micro_model_size, NULL, &why, &model)) return puts(why.message), 1;
    if (clip_embed_dim(model) > MOST_DIM) return puts("the model's vectors are longer than MOST_DIM"), 1;
    if (clip_context_size(model, &options, &why, &size)) return puts(why.message), 1;
    if (size > CONTEXT_RAM) return printf("CONTEXT_RAM must be %lu bytes\n", (unsigned long)size), 1;
    if (clip_context_init(model, &options, context_ram.bytes, CONTEXT_RAM, &why, &clip)) return puts(why.message), 1;
    if (clip_selftest(clip, &worst)) return puts(clip_context_error(clip)), 1; // checksums, and vectors as on the PC
    printf("self-test: vectors within %.1e of those that the model was made with\n", (double)worst);
    if (clip_encode_images(clip, &image, 1, picture)) return puts(clip_context_error(clip)), 1;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (clip_encode_texts(clip, &words[i], 1, text)) return puts(clip_context_error(clip)), 1;
        score[i] = clip_similarity(text, picture, clip_embed_dim(model));
        if (score[i] > score[best]) best = i;
        printf("%7.4f  %s\n", (double)score[i], words[i]);
    }
    printf("the picture: %s\n", words[best]);
    printf("memory that is written to: %lu bytes of the model's handle, %lu of the context, and at most 32 KB of stack",
           (unsigned long)taken, (unsigned long)size);
    printf("\nmemory that is only read: %lu bytes of the model\n", (unsigned long)micro_model_size);
#ifdef __ELF__
    printf("all of the program: %lu bytes of flash, %lu of static memory\n",
           (unsigned long)((uintptr_t)edata - (uintptr_t)__executable_start),
           (unsigned long)((uintptr_t)end - (uintptr_t)edata));
#endif
    clip_context_free(clip);
    clip_model_free(model);
    return fflush(stdout) != 0;
}
