// explain.c - where in a picture does a model look when it reads a text: a heat map over the picture.
//
//     explain model.clip harbor.jpg "a boat" -o boat.png
#define _XOPEN_SOURCE 700 // POSIX of 2008
#define _FILE_OFFSET_BITS 64 // files above 2 GB where a long has 32 bits
#define CLIP_IMPLEMENTATION
#include "clip_tokenizer.h"
#include "clip.h"
#define PROGRAM "explain"
#include "common.h"
#include "png.h"

static const char HELP[] =
    "explain MODEL.clip IMAGE TEXT... -o OUT.png|OUT.ppm\n"
    "\n"
    "Shows the picture as the model sees it, resized and cropped, and beside it the same once for each TEXT,\n"
    "coloured by how much each part of it adds to the similarity: from blue (nothing) to red (most). Prints a\n"
    "line a text: the similarity and the text. The parts are a ViT's patches, followed by attention and its\n"
    "gradients through all blocks (Chefer et al. 2021), or the pixels of a resnet's last stage, by Grad-CAM\n"
    "(Selvaraju et al. 2017).\n"
    "\n"
    "  -o FILE        where to; its ending says as what. - is stdout, as PPM\n"
    "  --scale N      each pixel of the model's becomes N x N, 1 to 16; default 2\n"
    "  --map FILE     the numbers too, as .npy: float32 [texts, side, side]\n"
    "  --threads N    how many work at once; default: the CPUs that are online. The results are the same bits.\n"
    "  --help         this\n"
    "\n"
    "With -o - or --map - the lines of similarities are left out.\n"
    "Pictures: " PICTURE_FORMATS ". Behind \"--\" nothing is an option.\n"
    "Exit status: 0 success, 1 failure, 2 usage.\n";

typedef struct settings {
    const char *model, *image, *out, *map;
    char **texts;
    size_t n_texts, scale, threads;
} settings;

typedef struct job {
    clip_model *model;
    clip_explainer *explainer;
    clip_image picture;
    unsigned char *pixels, *sheet; // [S, S, 3]; [S scale, (1 + texts) S scale, 3]
    float *words, *maps;           // [texts, embed_dim], [texts, side, side]
    output out, map;
} job;

// ------------------------------------------------------------------------------------------------------------- writing

static int write_picture(FILE *f, const char *path, const unsigned char *rgb, size_t width, size_t height) {
    const char *dot = strrchr(path, '.');
    if (dot && same_word(dot, ".png")) return write_png(f, rgb, width, height);
    fprintf(f, "P6\n%zu %zu\n255\n", width, height);
    return fwrite(rgb, 3 * width, height, f) == height ? 0 : -1;
}

// ------------------------------------------------------------------------------------------------------------ drawing

// The map at a place from 0 to 1 across and down, between the middles of its parts, over `most`.
static float heat_at(const float *map, size_t side, float most, float x, float y) {
    const float fx = fminf(fmaxf(x * (float)side - 0.5f, 0), (float)side - 1),
                fy = fminf(fmaxf(y * (float)side - 0.5f, 0), (float)side - 1);
    const size_t x0 = (size_t)fx, y0 = (size_t)fy, x1 = x0 + 1 < side ? x0 + 1 : x0, y1 = y0 + 1 < side ? y0 + 1 : y0;
    const float u = fx - (float)x0, v = fy - (float)y0;
    const float top = map[y0 * side + x0] * (1 - u) + map[y0 * side + x1] * u,
                bottom = map[y1 * side + x0] * (1 - u) + map[y1 * side + x1] * u;
    return most > 0 ? (top * (1 - v) + bottom * v) / most : 0;
}

// From blue by green and yellow to red: channel k of 0 to 2 at heat h of 0 to 1.
static float colour(float h, int k) { return fminf(fmaxf(1.5f - fabsf(4 * h - (float)(3 - k)), 0), 1); }

// Panel 0 is the picture as it is; panel i has the map of text i - 1 over it, the stronger the hotter.
static void draw(unsigned char *sheet, const unsigned char *pixels, size_t S, size_t scale, size_t panels, size_t panel,
                 const float *map, size_t side) {
    const size_t size = S * scale;
    float most = 0;
    for (size_t i = 0; map && i < side * side; i++) most = fmaxf(most, map[i]);
    for (size_t y = 0; y < size; y++)
        for (size_t x = 0; x < size; x++) {
            unsigned char *to = sheet + ((y * panels + panel) * size + x) * 3;
            const unsigned char *from = pixels + (y / scale * S + x / scale) * 3;
            const float h =
                map ? heat_at(map, side, most, ((float)x + 0.5f) / (float)size, ((float)y + 0.5f) / (float)size) : 0;
            const float opacity = map ? 0.3f + 0.4f * h : 0;
            for (int k = 0; k < 3; k++)
                to[k] = (unsigned char)((float)from[k] * (1 - opacity) + 255 * colour(h, k) * opacity + 0.5f);
        }
}

// ---------------------------------------------------------------------------------------------------------------- run

static int write_failed(const char *path) { return complain("%s: %s", path, strerror(errno)); }

static int explain(job *j, const settings *set) {
    const size_t n = set->n_texts, panels = n + 1;
    clip_options options = {0};
    clip_model_info info;
    clip_context *clip;
    clip_error why;
    char reason[WHY];
    size_t S, side, dim;
    options.threads = set->threads;
    if (clip_model_load(set->model, NULL, &why, &j->model)) return complain("%s", why.message);
    clip_model_get_info(j->model, &info);
    if (!info.text.tower || !info.image.tower)
        return complain("%s: this model takes no %s", set->model, info.text.tower ? "pictures" : "texts");
    if (picture_read(set->image, NULL, &j->picture, reason)) return complain("%s: %s", set->image, reason);
    if (clip_explainer_new(j->model, &options, &why, &j->explainer)) return complain("%s", why.message);
    clip = clip_explainer_context(j->explainer);
    side = clip_explainer_side(j->explainer);
    S = info.image_size, dim = info.embed_dim;
    j->words = vectors_alloc(n, dim);
    j->maps = vectors_alloc(n, side * side);
    j->pixels = malloc(S * S * 3);
    j->sheet = malloc(clip__mul(clip__mul(S * set->scale, S * set->scale), 3 * panels));
    if (!j->words || !j->maps || !j->pixels || !j->sheet) return complain("not enough memory for the picture");
    if (clip_encode_texts(clip, (const char *const *)set->texts, n, j->words) ||
        clip_preprocess(clip, &j->picture, 1, j->pixels))
        return complain("%s", clip_context_error(clip));
    if (output_open(&j->out, set->out)) return write_failed(set->out);
    if (set->map && output_open(&j->map, set->map)) return write_failed(set->map);
    draw(j->sheet, j->pixels, S, set->scale, panels, 0, NULL, side);
    for (size_t i = 0; i < n; i++) {
        float *map = j->maps + i * side * side, score;
        if (clip_explain(j->explainer, j->pixels, j->words + i * dim, map, &score))
            return complain("%s", clip_explainer_error(j->explainer));
        draw(j->sheet, j->pixels, S, set->scale, panels, i + 1, map, side);
        if (strcmp(set->out, "-") && !(set->map && !strcmp(set->map, "-"))) {
            printf("%.4f  ", (double)score);
            print_clean(stdout, set->texts[i]);
            putchar('\n');
        }
    }
    if (write_picture(j->out.file, set->out, j->sheet, S * set->scale * panels, S * set->scale))
        return write_failed(set->out);
    if (set->map) {
        char header[NPY_HEADER], rest[64];
        snprintf(rest, sizeof rest, ", %zu, %zu", side, side);
        npy_header(header, "f4", n, rest);
        if (fwrite(header, sizeof header, 1, j->map.file) != 1 ||
            fwrite(j->maps, side * side * sizeof(float), n, j->map.file) != n || output_commit(&j->map))
            return write_failed(set->map);
    }
    if (output_commit(&j->out)) return write_failed(set->out);
    return stdout_failed();
}

static int run(const settings *set) {
    job j;
    memset(&j, 0, sizeof j);
    int status = explain(&j, set);
    output_discard(&j.out);
    output_discard(&j.map);
    free(j.words);
    free(j.maps);
    free(j.pixels);
    free(j.sheet);
    picture_free(&j.picture);
    clip_explainer_free(j.explainer);
    clip_model_free(j.model);
    return status;
}

int main(int argc, char **argv) {
    settings set;
    size_t places = 0;
    int options = 1; // "--" ends them, for a text that begins with '-'
    take_streams();
    memset(&set, 0, sizeof set);
    set.threads = online_cpus();
    set.scale = 2;
    for (int i = 1; i < argc; i++) {
        const char *a = argv[i];
        int failed = 0;
        // MODEL, IMAGE and texts, one after the other at the front
        if (!options || a[0] != '-' || !a[1]) argv[places++] = argv[i];
        else if (!strcmp(a, "--")) options = 0;
        else if (!strcmp(a, "--help")) return fputs(HELP, stdout) == EOF || fflush(stdout) != 0;
        else if (!strcmp(a, "-o")) failed = !(set.out = option_value(argc, argv, &i));
        else if (!strcmp(a, "--map")) failed = !(set.map = option_value(argc, argv, &i));
        else if (!strcmp(a, "--scale")) failed = option_count(argc, argv, &i, 1, 16, &set.scale);
        else if (!strcmp(a, "--threads")) failed = option_count(argc, argv, &i, 1, MOST_THREADS, &set.threads);
        else failed = complain("%s: no such option; see --help", a);
        if (failed) return USAGE;
    }
    if (places < 3)
        return complain("%s is missing; see --help", places ? places > 1 ? "a TEXT" : "IMAGE" : "MODEL.clip"), USAGE;
    if (places - 2 > 64) return complain("%zu texts; 64 at the most", places - 2), USAGE;
    if (!set.out) return complain("-o OUT.png is missing; see --help"), USAGE;
    if (set.map && outputs_clash("-o", set.out, "--map", set.map)) return USAGE;
    const char *dot = strrchr(set.out, '.');
    if (dot && !strchr(dot, '/') && !same_word(dot, ".png") && !same_word(dot, ".ppm"))
        return complain("-o %s: must end in .png or .ppm", set.out), USAGE;
    set.model = argv[0], set.image = argv[1], set.texts = argv + 2, set.n_texts = places - 2;
    for (int k = 0; k < 2; k++) // MODEL and IMAGE
        if (output_replaces("-o", set.out, argv[k]) || output_replaces("--map", set.map, argv[k])) return USAGE;
    catch_signals();
    return run(&set);
}
