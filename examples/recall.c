// recall.c - how good is a model on pictures with captions: how often a caption finds its picture among all, and a
// picture one of its captions. train prints the same after each epoch; this takes a model of any type, and any
// pictures.
//
//     recall model.clip --captions captions.txt --images photos
#define _XOPEN_SOURCE 700 // POSIX of 2008
#define _FILE_OFFSET_BITS 64 // files above 2 GB where a long has 32 bits
#define CLIP_IMPLEMENTATION
#include "clip_tokenizer.h"
#include "clip.h"
#define PROGRAM "recall"
#include "common.h"
#include "captions.h"

static const char HELP[] =
    "recall MODEL.clip --captions FILE --images DIR\n"
    "\n"
    "Prints in percent how often a caption has its picture among the 1, 5 and 10 best of all pictures that the captions\n"
    "speak of, how often a picture has one of its captions among those of all captions, and the mean of the six.\n"
    "\n"
    "  --captions FILE    the header image,caption, then CSV; or name.jpg#0<TAB>caption, as train takes them\n"
    "  --images DIR       where the pictures are: " PICTURE_FORMATS "\n"
    "  --max-bad N        so many pictures and captions that can't be used are passed over; default 0\n"
    "  --threads N        how many work at once; default: the CPUs that are online. The results are the same bits.\n"
    "  --help             this\n"
    "\n"
    "Exit status: 0 success, 1 failure, 2 usage.\n";

typedef struct settings {
    const char *model;
    dataset_options data;
    size_t threads;
} settings;

// What a run holds. Everything is given back in run(), however it ends.
typedef struct job {
    clip_model *model;
    clip_context *clip;
    dataset data;
    size_t n_images, n_captions, *picture; // of each caption: its picture's row
    unsigned char *pixels;                 // [AT_ONCE, side, side, 3]
    float *images, *texts, *captions;      // [n_images, dim], [different texts, dim], [n_captions, dim]
} job;

enum { AT_ONCE = 32 };

// The vectors of all pictures that can be read, one after the other; bad ones have none.
static int encode_pictures(job *j, size_t side, size_t dim) {
    progress p = progress_begin("picture", j->data.n_pictures);
    size_t waiting = 0;
    for (size_t i = 0; i < j->data.n_pictures; i++) {
        picture *at = &j->data.pictures[i];
        clip_image image;
        struct stat about;
        char why[WHY];
        const int failed = at->bad ? FAILED : picture_read(at->path, &about, &image, why);
        if (failed == TROUBLE) return complain("%s: %s", at->path, why);
        if (failed && !at->bad) picture_is_bad(&j->data, i, why);
        if (!failed) {
            const clip_result cut = clip_preprocess(j->clip, &image, 1, j->pixels + waiting * side * side * 3);
            picture_free(&image);
            if (cut) return complain("%s: %s", at->path, clip_context_error(j->clip));
            waiting++;
        }
        if (waiting == AT_ONCE || (waiting && i + 1 == j->data.n_pictures)) {
            if (clip_encode_pixels(j->clip, j->pixels, waiting, j->images + j->n_images * dim))
                return complain("%s", clip_context_error(j->clip));
            j->n_images += waiting, waiting = 0;
        }
        progress_show(&p, i + 1);
        if (interrupted) return complain("stopped");
    }
    progress_end(&p, j->n_images);
    return 0;
}

static int measure(job *j, const settings *set) {
    clip_options options = {0};
    clip_model_info info;
    clip_error why;
    double r[6] = {0}, mean = 0;
    size_t row = 0;
    options.threads = set->threads, options.max_batch = AT_ONCE;
    if (clip_model_load(set->model, NULL, &why, &j->model)) return complain("%s", why.message);
    if (clip_context_new(j->model, &options, &why, &j->clip)) return complain("%s", why.message);
    clip_model_get_info(j->model, &info);
    if (!info.image.tower || !info.text.tower || !info.tokenizer)
        return complain("%s: this model has no %s", set->model,
                        !info.image.tower ? "image tower" : !info.text.tower ? "text tower" : "tokenizer");
    if (dataset_read(&j->data, &set->data)) return FAILED;
    const size_t dim = info.embed_dim, side = info.image_size, n = j->data.n_captions;
    j->pixels = malloc(AT_ONCE * side * side * 3);
    j->images = vectors_alloc(j->data.n_pictures, dim);
    j->texts = vectors_alloc(j->data.n_texts, dim);
    j->captions = vectors_alloc(n, dim);
    j->picture = calloc(n + 1, sizeof *j->picture);
    if (!j->pixels || !j->images || !j->texts || !j->captions || !j->picture)
        return complain("not enough memory for the vectors");
    if (encode_pictures(j, side, dim) || check_bad(&j->data, set->data.max_bad)) return FAILED;
    if (!j->n_images) return complain("%s: no picture of these captions can be read", set->data.images);
    if (clip_encode_texts(j->clip, j->data.texts, j->data.n_texts, j->texts))
        return complain("%s", clip_context_error(j->clip));
    for (size_t i = 0; i < j->data.n_texts; i++)
        if (vector_check(j->data.texts[i], j->texts + i * dim, dim)) return FAILED;
    for (size_t i = 0; i < j->data.n_pictures; i++) { // the captions of a picture stand together
        const picture *p = &j->data.pictures[i];
        if (!p->bad && vector_check(p->path, j->images + row * dim, dim)) return FAILED;
        for (size_t k = p->first; k < p->first + p->n && !p->bad; k++) {
            memcpy(j->captions + j->n_captions * dim, j->texts + j->data.captions[k].text * dim, dim * sizeof(float));
            j->picture[j->n_captions++] = row;
        }
        row += !p->bad;
    }
    clip_recall(j->clip, j->images, j->n_images, j->captions, j->n_captions, dim, j->picture, r);
    for (size_t k = 0; k < 6; k++) mean += r[k] / 6;
    printf("%zu pictures, %zu captions: text to image R@1 %5.1f R@5 %5.1f R@10 %5.1f  image to text R@1 %5.1f R@5 %5.1f "
           "R@10 %5.1f  mean %5.1f\n",
           j->n_images, j->n_captions, 100 * r[0], 100 * r[1], 100 * r[2], 100 * r[3], 100 * r[4], 100 * r[5],
           100 * mean);
    return stdout_failed();
}

static int run(const settings *set) {
    job j;
    memset(&j, 0, sizeof j);
    const int status = measure(&j, set);
    free(j.pixels), free(j.images), free(j.texts), free(j.captions), free(j.picture);
    dataset_free(&j.data);
    clip_context_free(j.clip);
    clip_model_free(j.model);
    return status;
}

int main(int argc, char **argv) {
    settings set;
    take_streams();
    memset(&set, 0, sizeof set);
    set.threads = online_cpus();
    for (int i = 1; i < argc; i++) {
        const char *a = argv[i];
        int failed = 0;
        if (!strcmp(a, "--help")) return fputs(HELP, stdout) == EOF || fflush(stdout) != 0;
        else if (!strcmp(a, "--captions")) failed = !(set.data.captions = option_value(argc, argv, &i));
        else if (!strcmp(a, "--images")) failed = !(set.data.images = option_value(argc, argv, &i));
        else if (!strcmp(a, "--max-bad")) failed = option_count(argc, argv, &i, 0, 1 << 30, &set.data.max_bad);
        else if (!strcmp(a, "--threads")) failed = option_count(argc, argv, &i, 1, MOST_THREADS, &set.threads);
        else if (a[0] == '-') failed = complain("%s: no such option; see --help", a);
        else if (set.model) failed = complain("%s: one model at a time; see --help", a);
        else set.model = a;
        if (failed) return USAGE;
    }
    if (!set.model || !set.data.captions || !set.data.images)
        return complain("%s is missing; see --help", !set.model           ? "MODEL.clip"
                                                     : !set.data.captions ? "--captions FILE"
                                                                          : "--images DIR"),
               USAGE;
    catch_signals();
    return run(&set);
}
