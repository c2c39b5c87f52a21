// minimal.c - the program of clip.h's first screen: one picture and one sentence, and how well they fit together.
//
//     minimal model.clip "a red roof under a blue sky"
#define CLIP_IMPLEMENTATION
#include "clip_tokenizer.h"
#include "clip.h"
#include <stdio.h>

static const char HELP[] = "minimal MODEL.clip [TEXT]     how well the text fits a picture of four pixels, -1 to 1\n"
                           "Exit status: 0 success, 1 failure, 2 usage.\n";

int main(int argc, char **argv) {
    static const unsigned char rgb[2 * 2 * 3] = {255, 0, 0, 255, 0, 0, 0, 0, 255, 0, 0, 255};
    clip_model *model;
    clip_context *clip;
    clip_error why;
    float words[4096], picture[4096]; // at least clip_embed_dim(model) long
    const char *text = argc > 2 ? argv[2] : "a red roof under a blue sky";
    clip_image image = {rgb, 2, 2, 3, 0};
    if (argc < 2) return fputs(HELP, stderr), 2;
    if (!strcmp(argv[1], "--help")) return fputs(HELP, stdout) == EOF || fflush(stdout) != 0;
    if (clip_model_load(argv[1], NULL, &why, &model)) return fprintf(stderr, "minimal: %s\n", why.message), 1;
    if (clip_embed_dim(model) > 4096) return fputs("minimal: this model's vectors are too long for me\n", stderr), 1;
    if (clip_context_new(model, NULL, &why, &clip)) return fprintf(stderr, "minimal: %s\n", why.message), 1;
    if (clip_encode_texts(clip, &text, 1, words) || clip_encode_images(clip, &image, 1, picture))
        return fprintf(stderr, "minimal: %s\n", clip_context_error(clip)), 1;
    if (printf("%.4f\n", (double)clip_similarity(words, picture, clip_embed_dim(model))) < 0 || fflush(stdout))
        return perror("minimal: stdout"), 1;
    clip_context_free(clip);
    clip_model_free(model);
    return 0;
}
