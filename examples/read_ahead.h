// read_ahead.h - threads decode and resize the pictures of a list, and hand them over in its order, while something
// else is computed.
//
//     reader r = {0};
//     r.model = model, r.pictures = data.pictures;      // the model says how large they are to be
//     r.list = list, r.n = n;                           // numbers of pictures, which must stay until reader_end
//     r.ahead = 32, r.n_threads = 4;                      // so many are held, for each thread one more
//     if (reader_begin(&r)) ...                         // it has said why
//     for (size_t i = 0; i < n; i++) if (reader_next(&r, pixels, why)) ... // picture list[i]: see picture_read
//     reader_end(&r);                                   // whenever, even if it was never begun
//
// Include it after clip.h, with CLIP_IMPLEMENTATION, common.h, captions.h and augment.h.
#ifndef READ_AHEAD_H
#define READ_AHEAD_H

typedef struct slot {
    int ready, failed;
    char why[WHY];
} slot;

typedef struct reader {
    const clip_model *model;
    const picture *pictures;
    const unsigned char *kept; // [all pictures, S, S, 3]: they are in memory already. NULL: they are not
    const size_t *list;
    size_t n, ahead, n_threads;
    int augment;           // AUGMENT_*, at random,
    uint64_t seed, stream; // with these numbers
    // From here on it is the reader's own.
    size_t size; // S * S * 3
    slot *slots; // picture i of the list goes to slot i % room
    unsigned char *pixels;
    size_t room, begun, taken; // begun <= taken + room: no more are held than there are slots
    int stop;
    pthread_mutex_t lock;
    pthread_cond_t moved;
    pthread_t threads[MOST_THREADS];
} reader;

// A part of the picture, from half of its area to all of it, with sides that differ by up to 4 : 3 from those of the
// whole. Where the model crops a square anyway (resize "short"), a square.
static inline clip_image random_crop(const reader *r, const clip_image *whole, int square, size_t i) {
    dice d = dice_of(r->seed, r->stream, i, DICE_CROP);
    const double area = roll(&d, 0.5, 1), aspect = exp(roll(&d, -1, 1) * log(4.0 / 3)),
                 side = (double)clip__min(whole->width, whole->height);
    double width = (double)whole->width * sqrt(area * aspect), height = (double)whole->height * sqrt(area / aspect);
    clip_image crop = *whole;
    if (square) width = height = side * sqrt(area);
    crop.width = clip__max(1, clip__min(whole->width, (size_t)(width + 0.5)));
    crop.height = clip__max(1, clip__min(whole->height, (size_t)(height + 0.5)));
    const size_t x = (size_t)roll(&d, 0, (double)(whole->width - crop.width + 1)),
                 y = (size_t)roll(&d, 0, (double)(whole->height - crop.height + 1));
    crop.stride = whole->width * whole->channels;
    crop.data += y * crop.stride + x * whole->channels;
    return crop;
}

// Reads picture i into pixels [S, S, 3]; `spare` has as much room.
static inline int read_picture(const reader *r, clip_context *clip, size_t i, unsigned char *pixels,
                               unsigned char *spare, char why[WHY]) {
    const clip_model_info *info = &r->model->info;
    struct stat about;
    clip_image image, seen;
    int failed = picture_read(r->pictures[i].path, &about, &image, why);
    if (failed) return failed;
    seen = r->augment & AUGMENT_CROP ? random_crop(r, &image, !strcmp(info->resize, "short"), i) : image;
    if (clip_preprocess(clip, &seen, 1, pixels)) failed = FAILED;
    if (failed) snprintf(why, WHY, "%s", clip_context_error(clip));
    picture_free(&image);
    if (r->augment && !failed)
        augment_pixels(r->augment, r->seed, r->stream, i, pixels, spare, info->image_size);
    return failed;
}

static inline void *read_ahead(void *argument) {
    reader *r = argument;
    clip_options options = {0};
    clip_context *clip = NULL;
    clip_error why = {CLIP_ERROR_MEMORY, "not enough memory to read a picture"};
    unsigned char *spare = malloc(r->size);
    options.max_batch = 1;
    options.max_tokens = 2; // it only resizes
    if (!spare || clip_context_new(r->model, &options, &why, &clip)) clip = NULL;
    pthread_mutex_lock(&r->lock);
    while (!r->stop && r->begun < r->n) {
        if (r->begun == r->taken + r->room) {
            pthread_cond_wait(&r->moved, &r->lock);
            continue;
        }
        const size_t i = r->begun++, k = i % r->room;
        slot *s = &r->slots[k];
        pthread_mutex_unlock(&r->lock);
        if (clip) s->failed = read_picture(r, clip, r->list[i], r->pixels + k * r->size, spare, s->why);
        else snprintf(s->why, WHY, "%.*s", WHY - 1, why.message), s->failed = TROUBLE;
        pthread_mutex_lock(&r->lock);
        s->ready = 1;
        pthread_cond_broadcast(&r->moved);
    }
    pthread_mutex_unlock(&r->lock);
    clip_context_free(clip);
    free(spare);
    return NULL;
}

// Stops the threads, wherever they are.
static inline void reader_end(reader *r) {
    if (r->room) {
        pthread_mutex_lock(&r->lock);
        r->stop = 1;
        pthread_cond_broadcast(&r->moved);
        pthread_mutex_unlock(&r->lock);
        for (size_t i = 0; i < r->n_threads; i++) pthread_join(r->threads[i], NULL);
        pthread_cond_destroy(&r->moved);
        pthread_mutex_destroy(&r->lock);
    }
    free(r->slots);
    free(r->pixels);
    memset(r, 0, sizeof *r);
}

static inline int reader_begin(reader *r) {
    const size_t side = r->model->info.image_size, threads = clip__min(r->n_threads, r->n);
    r->size = side * side * 3;
    r->n_threads = 0;
    if (r->kept) return 0;
    if (pthread_mutex_init(&r->lock, NULL)) return complain("no lock can be made to read pictures");
    if (pthread_cond_init(&r->moved, NULL)) {
        pthread_mutex_destroy(&r->lock);
        return complain("no lock can be made to read pictures");
    }
    r->room = clip__min(r->n, r->ahead + threads) + 1;
    r->slots = calloc(r->room, sizeof *r->slots);
    r->pixels = malloc(clip__mul(r->room, r->size));
    if (!r->slots || !r->pixels)
        return complain("not enough memory to read %zu pictures ahead", r->ahead), reader_end(r), FAILED;
    for (size_t i = 0; i < threads; i++)
        r->n_threads += pthread_create(&r->threads[r->n_threads], NULL, read_ahead, r) == 0;
    if (r->n_threads || !r->n) return 0;
    reader_end(r);
    return complain("no thread can be started to read pictures");
}

// The next picture of the list, to `pixels` (may be NULL). Returns what picture_read does, and why.
static inline int reader_next(reader *r, unsigned char *pixels, char why[WHY]) {
    if (r->kept) {
        memcpy(pixels, r->kept + r->list[r->taken++] * r->size, r->size);
        return 0;
    }
    const size_t k = r->taken % r->room;
    slot *s = &r->slots[k];
    pthread_mutex_lock(&r->lock);
    while (!s->ready) pthread_cond_wait(&r->moved, &r->lock);
    pthread_mutex_unlock(&r->lock);
    const int failed = s->failed;
    if (failed) memcpy(why, s->why, WHY);
    else if (pixels) memcpy(pixels, r->pixels + k * r->size, r->size);
    pthread_mutex_lock(&r->lock);
    s->ready = 0;
    r->taken++;
    pthread_cond_broadcast(&r->moved);
    pthread_mutex_unlock(&r->lock);
    return failed;
}

#endif // READ_AHEAD_H
