// Resize and crop, pixel for pixel as PIL does it and within one level of OpenCV: goldens/make_image.py wrote what they
// made.
#define CLIP_IMPLEMENTATION
#include "clip.h"
#include "test.h"

static unsigned char *picture(size_t height, size_t width, size_t channels) { // as in make_image.py
    unsigned char *p = malloc(height * width * channels), *to = p;
    for (uint32_t y = 0; y < height; y++)
        for (uint32_t x = 0; x < width; x++)
            for (uint32_t c = 0; c < channels; c++)
                *to++ = (unsigned char)((((x * 7 + y * 13 + c * 29) ^ (x * y * (c + 1))) * 2654435761u) >> 24);
    return p;
}

// The pixels that a model with this pipeline sees; what clip_preprocess does, without a model.
static void preprocess(const clip__pipeline *p, const clip_image *image, unsigned char *out, size_t threads) {
    clip__arena arena = {NULL, 0};
    clip__resize_scratch scratch[8];
    clip__preprocess_job job = {p, image, out, scratch, (p->S + CLIP__BAND - 1) / CLIP__BAND};
    clip__pool pool;
    unsigned char *memory;
    for (size_t i = 0; i < threads; i++) clip__resize_scratch_take(&arena, p->S);
    memory = malloc(arena.used + 64);
    arena.base = clip__align64(memory);
    arena.used = 0;
    for (size_t i = 0; i < threads; i++) scratch[i] = clip__resize_scratch_take(&arena, p->S);
    memset(&pool, 0, sizeof pool);
    pool.workers = threads;
    clip__parallel(&pool, job.bands, clip__preprocess_task, &job);
    free(memory);
}

int main(void) {
    static char line[4096], filter[16], resize[16], golden[3000];
    FILE *f = fopen("tests/goldens/image.txt", "r");
    size_t lines = 0;
    CHECK(f != NULL, "tests/goldens/image.txt is missing: run from the root of the repository");
    while (f && fgets(line, sizeof line, f)) {
        clip__pipeline p;
        unsigned long S, shorter, h, w, channels;
        unsigned char *source, *padded, *out, *again;
        clip_image image;
        memset(&p, 0, sizeof p);
        if (sscanf(line, "%15s %15s %lu %lu %lu %lu %lu %2999s", filter, resize, &S, &shorter, &h, &w, &channels,
                   golden) != 8) {
            CHECK(0, "%s", line);
            break;
        }
        lines++;
        p.S = S;
        p.shorter = shorter;
        p.crop = !strcmp(resize, "short");
        p.filter = !strcmp(filter, "bilinear")  ? CLIP__BILINEAR
                   : !strcmp(filter, "bicubic") ? CLIP__BICUBIC
                                                : CLIP__CV_BILINEAR;
        source = picture(h, w, channels);
        out = malloc(S * S * 3);
        again = malloc(S * S * 3);
        image.data = source, image.width = w, image.height = h, image.channels = channels, image.stride = 0;
        preprocess(&p, &image, out, 1);
        if (p.filter == CLIP__CV_BILINEAR) {
            int worst = 0;
            for (size_t i = 0; i < S * S * 3; i++) {
                unsigned v = 0;
                sscanf(golden + 2 * i, "%2x", &v);
                if (abs((int)v - out[i]) > worst) worst = abs((int)v - out[i]);
            }
            CHECK(worst <= 1, "%s %s %lu: %lu x %lu x %lu differs by %d", filter, resize, S, h, w, channels, worst);
        } else {
            CHECK(clip__crc32(0, out, S * S * 3) == strtoul(golden, NULL, 16), "%s %s %lu of %lu: %lu x %lu x %lu",
                  filter, resize, S, shorter, h, w, channels);
        }
        if (h * w < 100000) { // a stride changes nothing, and what is between the rows is not looked at
            padded = malloc(h * (w * channels + 13));
            memset(padded, 255, h * (w * channels + 13));
            for (size_t y = 0; y < h; y++)
                memcpy(padded + y * (w * channels + 13), source + y * w * channels, w * channels);
            image.data = padded;
            image.stride = w * channels + 13;
            preprocess(&p, &image, again, 3);
            CHECK(!memcmp(out, again, S * S * 3), "a stride changes %lu x %lu x %lu", h, w, channels);
            free(padded);
        }
        free(source);
        free(out);
        free(again);
    }
    { // a line that becomes longer than a machine of 32 bits can count; on others it is resized
        clip__pipeline p = {0};
        clip_error why = {CLIP_OK, ""};
        clip_image thin = {(const unsigned char *)"", 6391321, 1, 1, 0};
        p.S = p.shorter = 672, p.crop = 1, p.filter = CLIP__BICUBIC;
        const clip_result result = clip__image_check(&p, &thin, 0, &why);
        CHECK(sizeof(size_t) > 4 ? !result : result == CLIP_ERROR_ARGUMENT && strstr(why.message, "too long and thin"),
              "%s", why.message);
    }
    if (f) fclose(f);
    CHECK(lines > 250, "only %zu lines", lines);
    return TEST_END();
}
