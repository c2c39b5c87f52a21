// Any bytes as a file of captions. What is taken, written as CSV and read again is the same; every picture has its
// captions, every caption its text; and whatever is said of a damaged file can be shown on a terminal.
//
//     clang -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -I.
//         tests/fuzz/fuzz_captions.c -o build/fuzz_captions -lm -lpthread
//     build/fuzz_captions -max_total_time=300 build/corpus tests/fuzz/corpus_captions
#define _XOPEN_SOURCE 700
#include "harmless.h"
#define CLIP_IMPLEMENTATION
#include "clip_tokenizer.h"
#include "clip.h"
#define PROGRAM "fuzz"
#include "examples/common.h"
#include "examples/captions.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// The captions of some bytes. d->files[0] holds the copy that they point into.
static int parse(dataset *d, const void *data, size_t size) {
    memset(d, 0, sizeof *d);
    d->files[0] = malloc(size + 1);
    HOLDS(d->files[0]);
    if (size) memcpy(d->files[0], data, size);
    d->files[0][size] = 0;
    return captions_parse(d, "fuzz", d->files[0], size);
}

static void put_quoted(FILE *out, const char *text, char end) {
    fputs(strchr(" \t\r\n", *text) ? "\"./" : "\"", out); // of a name: white space in front would be trimmed
    for (; *text; text++) fprintf(out, *text == '"' ? "\"\"" : "%c", *text);
    putc('"', out);
    putc(end, out);
}

static void again(const dataset *d) {
    char *bytes = NULL;
    size_t size = 0, i;
    dataset e;
    FILE *out = open_memstream(&bytes, &size);
    HOLDS(out);
    fputs("image,caption\n", out);
    for (i = 0; i < d->n_captions; i++)
        put_quoted(out, d->captions[i].name, ','), put_quoted(out, d->captions[i].words, '\n');
    fclose(out);
    HOLDS(!parse(&e, bytes, size) && e.n_captions == d->n_captions && !e.bad);
    for (i = 0; i < d->n_captions; i++)
        HOLDS(!strcmp(e.captions[i].name, d->captions[i].name) && !strcmp(e.captions[i].words, d->captions[i].words));
    dataset_free(&e);
    free(bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    dataset d;
    size_t first = 0, validation = 0;
    if (!parse(&d, data, size)) {
        HOLDS(d.n_captions);
        for (size_t i = 0; i < d.n_captions; i++) {
            const caption *c = &d.captions[i];
            HOLDS(*c->name && *c->words && c->line && !strpbrk(c->words, "\r\n\t"));
            HOLDS(!i || strcmp(c->name, c[-1].name) > 0 || (!strcmp(c->name, c[-1].name) && c->line >= c[-1].line));
        }
        again(&d);
        d.pictures = malloc((d.n_captions + 1) * sizeof *d.pictures);
        HOLDS(d.pictures && !pictures_of(&d, 0, d.n_captions, "photos", 0) && !texts_of(&d) && !split(&d, 0.3, size));
        for (size_t i = 0; i < d.n_pictures; i++) {
            HOLDS(d.pictures[i].n && d.pictures[i].first == first);
            HOLDS(picture_named(&d, d.pictures[i].name, 0, d.n_pictures) == &d.pictures[i]);
            picture_is_bad(&d, i, "can't be read");
            first += d.pictures[i].n, validation += (size_t)d.pictures[i].validation;
        }
        HOLDS(first == d.n_captions && validation < d.n_pictures + !d.n_pictures);
        for (size_t i = 0; i < d.n_captions; i++) HOLDS(!strcmp(d.texts[d.captions[i].text], d.captions[i].words));
        for (size_t i = 1; i < d.n_texts; i++) HOLDS(strcmp(d.texts[i - 1], d.texts[i]) < 0);
    } else HOLDS(ftell(stderr) > 0); // it has said why
    dataset_free(&d);
    said_is_harmless();
    return 0;
}
