// measure.h - what a model of fewer bits loses against the one of f32 that it was made of: cosines between their
// vectors, and whether they rank alike. Included behind clip.h, examples/common.h and source.h. Public domain or MIT,
// as clip.h.
#ifndef CLIP_MEASURE_H
#define CLIP_MEASURE_H

enum { MEASURE_ITEMS = 64, MEASURE_SIDE = 120 };

// 0 to below n.
static uint32_t measure_random(uint64_t *state, uint32_t n) {
    *state += 0x9E3779B97F4A7C15u;
    return (uint32_t)((clip__random_mix(0, *state) >> 33) % n);
}

// A slope of colours with some discs and bars on it, grained.
static void measure_picture(unsigned char *rgb, uint64_t number) {
    uint64_t state = number << 32;
    float corner[4][3], shape[6][7];
    for (int i = 0; i < 12; i++) corner[i / 3][i % 3] = (float)measure_random(&state, 256);
    for (int i = 0; i < 42; i++) shape[i / 7][i % 7] = (float)measure_random(&state, i % 7 < 3 ? 256 : MEASURE_SIDE);
    for (int y = 0; y < MEASURE_SIDE; y++)
        for (int x = 0; x < MEASURE_SIDE; x++) {
            const float u = (float)x / MEASURE_SIDE, v = (float)y / MEASURE_SIDE;
            float colour[3];
            for (int k = 0; k < 3; k++)
                colour[k] = (1 - v) * ((1 - u) * corner[0][k] + u * corner[1][k]) +
                            v * ((1 - u) * corner[2][k] + u * corner[3][k]);
            for (int s = 0; s < 6; s++) {
                const float dx = (float)x - shape[s][3], dy = (float)y - shape[s][4], r = shape[s][5] / 3 + 2;
                if (s % 2 ? dx * dx + dy * dy < r * r : fabsf(dx) < r && fabsf(dy) < shape[s][6] / 4 + 2)
                    memcpy(colour, shape[s], sizeof colour);
            }
            for (int k = 0; k < 3; k++) {
                const int grained = (int)colour[k] + (int)measure_random(&state, 17) - 8;
                *rgb++ = (unsigned char)(grained < 0 ? 0 : grained > 255 ? 255 : grained);
            }
        }
}

static void measure_sentence(char text[256], uint64_t number) {
    static const char *const things[] = {"dog",          "cat",    "boat",    "church", "red car",  "child",
                                         "tennis court", "forest", "bridge",  "horse",  "mountain", "train",
                                         "market",       "river",  "old man", "kite"};
    static const char *const does[] = {
        "stands", "rests", "is seen from above", "moves fast", "lies in the sun", "is painted", "waits", "shines"};
    static const char *const where[] = {"on the beach", "in the snow", "beside a road", "near two houses",
                                        "at night",     "in a city",   "under a tree",  "behind a fence"};
    uint64_t state = number << 32 | 1;
    const char *thing = things[measure_random(&state, 16)], *act = does[measure_random(&state, 8)];
    snprintf(text, 256, measure_random(&state, 2) ? "a photo of a %s that %s %s" : "The %s %s %s.", thing, act,
             where[measure_random(&state, 8)]);
}

typedef struct measured { // vectors of n items, by the model of f32 and by the other
    size_t n;
    float *vectors[2];
} measured;

static int measure_begin(run *r, measured *m, size_t n, size_t dim) {
    m->n = n;
    for (int i = 0; i < 2; i++)
        if (!(m->vectors[i] = (float *)run_alloc(r, clip__mul(n, dim), sizeof(float)))) return 0;
    return 1;
}

static int measure_pictures(run *r, clip_context *const c[2], size_t dim, const char *folder, measured *m) {
    unsigned char *made = (unsigned char *)run_alloc(r, MEASURE_SIDE * MEASURE_SIDE, 3);
    clip_image image = {made, MEASURE_SIDE, MEASURE_SIDE, 3, 0};
    file_list files = {0};
    char why[WHY] = "";
    struct stat about;
    int good;
    if (!made) return 0;
    if (folder && folder_walk(folder, &files)) return 0; // it has said why
    if (folder && !files.n) return run_fail(r, CLIP_ERROR_IO, "%s: has no pictures (" PICTURE_FORMATS ")", folder);
    good = measure_begin(r, m, folder ? files.n : MEASURE_ITEMS, dim);
    for (size_t i = 0; i < m->n && good; i++) {
        char *path = folder ? path_join(folder, files.files[i].path) : NULL;
        const int is_read = path && !picture_read(path, &about, &image, why);
        measure_picture(made, i);
        if (folder && !is_read)
            good = run_fail(r, CLIP_ERROR_IO, "%s: %s", path ? path : folder, path ? why : strerror(ENOMEM));
        for (int k = 0; k < 2 && good; k++)
            if (clip_encode_images(c[k], &image, 1, m->vectors[k] + i * dim))
                good = run_fail(r, CLIP_ERROR_ARGUMENT, "%s", clip_context_error(c[k]));
        if (is_read) picture_free(&image);
        free(path);
    }
    folder_free(&files);
    return good;
}

static int measure_texts(run *r, clip_context *const c[2], const clip_model_info *info, const char *path, measured *m) {
    const size_t dim = info->embed_dim;
    size_t size = 0, lines = MEASURE_ITEMS;
    char why[WHY] = "", *file = path ? (char *)file_read(path, (size_t)1 << 30, &size, why) : NULL, *line = file;
    int good;
    if (path && !file) return run_fail(r, CLIP_ERROR_IO, "%s: %s", path, why);
    if (path) {
        file[size] = 0; // file_read has room for one byte more
        lines = 0;
        for (size_t i = 0; i < size; i++)
            if (file[i] == '\n' || !file[i]) file[i] = 0, lines++;
        if (size && file[size - 1]) lines++;
        if (!lines) {
            free(file);
            return run_fail(r, CLIP_ERROR_IO, "%s: has no lines", path);
        }
    }
    good = measure_begin(r, m, lines, dim);
    for (size_t i = 0; i < lines && good; i++) {
        char made[256];
        const char *text = file ? line : made;
        measure_sentence(made, i);
        for (int k = 0; k < 2 && good; k++) {
            int32_t ids[24];
            const size_t T = clip__min(info->context, 6 + i % 18);
            uint64_t state = (uint64_t)i << 32 | 2;
            clip_result result;
            for (size_t t = 0; t < T; t++) ids[t] = (int32_t)measure_random(&state, (uint32_t)info->vocabulary);
            result = info->tokenizer ? clip_encode_texts(c[k], &text, 1, m->vectors[k] + i * dim)
                                     : clip_encode_tokens(c[k], ids, NULL, 1, T, m->vectors[k] + i * dim);
            if (result) good = run_fail(r, result, "%s", clip_context_error(c[k]));
        }
        if (file) line += strlen(line) + 1;
    }
    free(file);
    return good;
}

static int measure_finite(const measured *m, size_t dim) {
    for (size_t i = 0; i < m->n * dim; i++)
        if (!(m->vectors[0][i] - m->vectors[0][i] == 0) || !(m->vectors[1][i] - m->vectors[1][i] == 0)) return 0;
    return 1;
}

static void measure_cosines(const measured *m, size_t dim, const char *what, FILE *report) {
    double worst = 1, sum = 0;
    for (size_t i = 0; i < m->n; i++) {
        const double cosine = (double)clip_similarity(m->vectors[0] + i * dim, m->vectors[1] + i * dim, dim);
        sum += cosine, worst = fmin(worst, cosine);
    }
    if (m->n)
        fprintf(report, "against f32, %lu %s: cosine %.6f in the mean, %.6f at worst\n", (unsigned long)m->n, what,
                sum / (double)m->n, worst);
}

// Of each query: whether the same of the others comes first, and how many pairs of them stand in the same order.
static int measure_ranks(run *r, const measured *q, const measured *of, size_t dim, const char *what, FILE *report) {
    float *cosines[2]; // [of->n] of one query
    size_t same = 0, pairs = 0, alike = 0;
    const int self = q == of;
    for (int k = 0; k < 2; k++)
        if (!(cosines[k] = (float *)run_alloc(r, of->n, sizeof(float)))) return 0;
    for (size_t i = 0; i < q->n; i++) {
        size_t first[2] = {self && !i, self && !i};
        for (int k = 0; k < 2; k++)
            for (size_t j = 0; j < of->n; j++)
                cosines[k][j] = clip_similarity(q->vectors[k] + i * dim, of->vectors[k] + j * dim, dim);
        for (size_t j = 0; j < of->n; j++) {
            if (self && i == j) continue;
            for (int k = 0; k < 2; k++)
                if (cosines[k][j] > cosines[k][first[k]]) first[k] = j;
            for (size_t l = clip__max(j, 64) - 64; l < j; l++) { // enough pairs
                if (self && l == i) continue;
                pairs++;
                alike += (cosines[0][j] > cosines[0][l]) == (cosines[1][j] > cosines[1][l]);
            }
        }
        same += first[0] == first[1];
    }
    if (pairs)
        fprintf(report, "ranks: %lu of %lu %s, and %.2f %% of pairs stand in the same order\n", (unsigned long)same,
                (unsigned long)q->n, what, 100 * (double)alike / (double)pairs);
    return 1;
}

static int measure(run *r, clip_context *wide, clip_context *narrow, const clip_model_info *info, const char *images,
                   const char *texts, FILE *report) {
    clip_context *const c[2] = {wide, narrow};
    const size_t dim = info->embed_dim;
    measured pictures = {0, {NULL, NULL}}, sentences = {0, {NULL, NULL}};
    if (info->image.tower && !measure_pictures(r, c, dim, images, &pictures)) return 0;
    if (info->text.tower && !measure_texts(r, c, info, texts, &sentences)) return 0;
    if (!report) return 1;
    if (!measure_finite(&pictures, dim) || !measure_finite(&sentences, dim))
        return fprintf(report, "against f32: not compared, since not all vectors are of finite numbers\n") > 0;
    measure_cosines(&pictures, dim, images ? "pictures" : "made up pictures", report);
    measure_cosines(&sentences, dim, texts ? "texts" : "made up texts", report);
    if (pictures.n && sentences.n)
        return measure_ranks(r, &sentences, &pictures, dim, "texts have the same picture first", report);
    if (pictures.n) return measure_ranks(r, &pictures, &pictures, dim, "pictures have the same nearest one", report);
    return measure_ranks(r, &sentences, &sentences, dim, "texts have the same nearest one", report);
}
#endif
