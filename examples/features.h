// features.h - keeps what a frozen tower makes of each picture or text: it does not change, and is computed once. And
// hashes, which tell whether something is still the same.
//
//     cache c;
//     if (cache_open(&c, folder, "image", key, n, width)) ...     // it has said why
//     for (size_t i = 0; i < n; i++) if (!cache_has(&c, i)) ...   // compute c.vectors[i * width]
//     cache_save(&c);
//     free(c.path), free(c.vectors);
//
// THE CACHE, one file for each tower, folder/.clip-image-features-KEY, little-endian:
//      0  8    magic 89 43 46 45 41 0D 0A 1A ("\x89CFEA", CR, LF, ^Z)
//      8  4    version, 1
//     12  4    width
//     16  8    n
//     24  8    key: a hash of the tower, and of the pictures' names, sizes and times, or of the texts
//     32  4    CRC-32 of everything from byte 36 on
//     36  4    zero
//     40  -    n vectors of width f32; NaNs where a picture can't be read, or is still to be computed
//
// Include it after clip.h, with CLIP_IMPLEMENTATION, and common.h.
#ifndef FEATURES_H
#define FEATURES_H

#include <math.h>

enum { CACHE_HEADER = 40, CACHE_VERSION = 1 };
static const unsigned char CACHE_MAGIC[8] = {0x89, 'C', 'F', 'E', 'A', '\r', '\n', 0x1A};

typedef struct cache {
    char *path;
    uint64_t key;
    size_t n, width;
    float *vectors; // [n, width]
    int said;       // that it can't be written
} cache;

// FNV-1a (Fowler, Noll, Vo 1991), of 64 bits.
#define HASH_START 14695981039346656037u
static inline uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t n) {
    const unsigned char *p = bytes;
    for (size_t i = 0; i < n; i++) hash = (hash ^ p[i]) * 1099511628211u;
    return hash;
}

static inline uint64_t hash_number(uint64_t hash, uint64_t v) {
    unsigned char bytes[8];
    clip__write_le(bytes, v, 8);
    return hash_bytes(hash, bytes, 8);
}

static inline uint64_t hash_text(uint64_t hash, const char *text) { return hash_bytes(hash, text, strlen(text) + 1); }

static inline size_t cache_size(const cache *c) { return c->n * c->width * sizeof(float); } // of the vectors

// From this machine's byte order to the file's, or back.
static inline void cache_swap(cache *c) {
    if (!clip__little_endian()) clip__swap_bytes(c->vectors, cache_size(c), 4);
}

// What is wrong with the bytes of a file; NULL if they are what was kept under this key.
static inline const char *cache_wrong(const cache *c, const unsigned char *bytes, size_t size) {
    if (size < CACHE_HEADER || memcmp(bytes, CACHE_MAGIC, 8) || clip__read_le(bytes + 8, 4) != CACHE_VERSION)
        return "not a file of features";
    if (clip__read_le(bytes + 24, 8) != c->key || clip__read_le(bytes + 12, 4) != c->width ||
        clip__read_le(bytes + 16, 8) != c->n || size != CACHE_HEADER + cache_size(c))
        return "features of other data";
    return clip__crc32(0, bytes + 36, size - 36) != clip__read_le(bytes + 32, 4) ? "damaged" : NULL;
}

// Reads what is kept; if there is nothing, or nothing good, all vectors are NaNs. FAILED, said, for what is no file: a
// link to /dev/zero has no end, and who writes to a pipe waits for its reader.
static inline int cache_open(cache *c, const char *folder, const char *tower, uint64_t key, size_t n, size_t width) {
    char name[64], why[WHY];
    struct stat about;
    *c = (cache){NULL, key, n, width, NULL, 0};
    snprintf(name, sizeof name, ".clip-%s-features-%016llx", tower, (unsigned long long)key);
    c->path = path_join(folder, name);
    c->vectors = vectors_alloc(n, width);
    if (!c->path || !c->vectors) return complain("not enough memory for the features of %zu %ss", n, tower);
    for (size_t i = 0; i < n * width; i++) c->vectors[i] = NAN;
    const int there = stat(c->path, &about) == 0;
    if (!there && errno == ENOENT) return 0;
    if (there && !S_ISREG(about.st_mode))
        return complain("%s: not a file; delete it or give another --cache DIR", c->path);
    size_t size;
    unsigned char *bytes = file_read_found(c->path, &about, SIZE_MAX / 8, &size, why);
    const char *wrong = bytes ? cache_wrong(c, bytes, size) : why;
    if (wrong) complain("%s: %s; it is made anew", c->path, wrong);
    else memcpy(c->vectors, bytes + CACHE_HEADER, cache_size(c)), cache_swap(c);
    free(bytes);
    return 0;
}

static inline int cache_has(const cache *c, size_t row) { return !isnan(c->vectors[row * c->width]); }

// A folder that can't be written to is no reason not to train: it is said, once.
static inline void cache_save(cache *c) {
    unsigned char header[CACHE_HEADER] = {0};
    output o;
    int failed = output_open(&o, c->path);
    cache_swap(c);
    memcpy(header, CACHE_MAGIC, 8);
    clip__write_le(header + 8, CACHE_VERSION, 4);
    clip__write_le(header + 12, c->width, 4);
    clip__write_le(header + 16, c->n, 8);
    clip__write_le(header + 24, c->key, 8);
    clip__write_le(header + 32, clip__crc32(clip__crc32(0, header + 36, 4), c->vectors, cache_size(c)), 4);
    if (!failed) {
        fwrite(header, sizeof header, 1, o.file); // output_commit looks whether it worked
        fwrite(c->vectors, cache_size(c), 1, o.file);
        failed = output_commit(&o);
    }
    cache_swap(c);
    if (failed && !c->said++)
        complain("%s: %s; this training works, but the next one computes them again", c->path, strerror(errno));
}

#endif // FEATURES_H
