// Any bytes as the index that search keeps beside the pictures, and as the features that train keeps: what is taken can
// be written, and is then the same; brought together with the pictures that are there it has a vector for those that
// are the same, and only for those.
//
//     clang -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -I.
//         tests/fuzz/fuzz_index.c -o build/fuzz_index -lm -lpthread
//     build/fuzz_index -max_total_time=300 build/corpus tests/fuzz/corpus_index
//
// The mutator knows the format: it changes numbers and names as such, and mostly puts sizes and checksum right
// afterwards.
#define _XOPEN_SOURCE 700
#include "harmless.h"
#define main search_main
#include "examples/search.c"
#undef main
#include "examples/features.h"

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);

static unsigned char *copy(const void *data, size_t size) {
    unsigned char *p = malloc(size + 1);
    HOLDS(p);
    return size ? memcpy(p, data, size) : p;
}

static int same(const float *a, const float *b, size_t n) { return !n || !memcmp(a, b, n * sizeof *a); }

// The folder now: a third of the index's pictures are gone, a third have changed, and there is a new one.
static void merge(const picture_index *old) {
    static char new_name[] = "zz/\x1b[31mnew.jpg";
    file_list files = {calloc(old->n + 1, sizeof *files.files), 0, 0};
    picture_index now = {old->model_size, old->model_crc, old->formats, 0, old->dim, NULL, NULL, NULL};
    size_t left = 0;
    if (old->n && strcmp(old->entries[old->n - 1].path, new_name) >= 0) new_name[0] = '\xff';
    for (size_t i = 0; i < old->n; i++) {
        const entry *e = &old->entries[i];
        if (i % 3 == 0) continue;
        left += i % 3 == 1 && e->state == EMBEDDED;
        files.files[files.n++] = (found_file){(char *)(uintptr_t)e->path, e->size + (i % 3 == 2), e->time};
    }
    files.files[files.n++] = (found_file){new_name, 1, 1};
    HOLDS(!index_merge(old, &files, &now));
    HOLDS(now.n == files.n && index_count(&now, EMBEDDED) == left && index_count(&now, WAITING) >= 1);
    for (size_t i = 0, k = 0; i < old->n; i++) {
        if (i % 3 == 0) continue;
        if (now.entries[k].state == EMBEDDED)
            HOLDS(same(old->vectors + i * old->dim, now.vectors + k * old->dim, old->dim));
        k++;
    }
    free(files.files), free(now.entries), free(now.vectors);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    picture_index index, again;
    cache c = {NULL, 0, 0, 0, NULL, 0};
    char why[WHY] = "";
    size_t n;
    unsigned char *bytes = copy(data, size);
    if (size >= CACHE_HEADER) c.n = bytes[16], c.width = bytes[12];
    HOLDS(cache_wrong(&c, bytes, size) || size == CACHE_HEADER + cache_size(&c));
    if (index_parse(bytes, size, &index, why)) {
        HOLDS(*why && is_harmless(why, strlen(why)));
        return 0;
    }
    for (size_t i = 0; i < index.n; i++) complain("%s: a picture", index.entries[i].path);
    bytes = index_bytes(&index, &n);
    HOLDS(bytes && !index_parse(copy(bytes, n), n, &again, why));
    HOLDS(again.n == index.n && again.dim == index.dim && same(again.vectors, index.vectors, index.n * index.dim));
    for (size_t i = 0; i < index.n; i++)
        HOLDS(!strcmp(again.entries[i].path, index.entries[i].path) && again.entries[i].time == index.entries[i].time &&
              again.entries[i].size == index.entries[i].size && again.entries[i].state == index.entries[i].state);
    for (size_t cut = 0; cut < n; cut += 1 + cut / 2) HOLDS(index_parse(copy(bytes, cut), cut, &again, why));
    free(bytes);
    merge(&index);
    index_free(&again);
    index_free(&index);
    said_is_harmless();
    return 0;
}

// ---- the mutator ----

#include "random.h"

// An index from nothing: up to 7 pictures with names in order.
static size_t make_index(uint8_t *data, size_t max_size) {
    char names[7][8];
    entry entries[7];
    float vectors[7 * 3];
    picture_index x = {below(100), below(100), below(4), below(8), 1 + below(3), entries, vectors, NULL};
    size_t size;
    for (size_t i = 0; i < x.n; i++) {
        snprintf(names[i], sizeof names[i], "%c/%c.ppm", (char)('a' + i), (char)(33 + below(200)));
        entries[i] = (entry){names[i], below(1000), (int64_t)below(1000), 1 + (int)below(2)};
        for (size_t d = 0; d < x.dim; d++) vectors[i * x.dim + d] = (float)below(9);
    }
    unsigned char *bytes = index_bytes(&x, &size);
    HOLDS(bytes);
    if (size <= max_size) memcpy(data, bytes, size);
    else size = 0;
    free(bytes);
    return size;
}

// Sizes as they follow from n, dim and the names, the file cut or filled up to them, the checksum right.
static size_t settle(uint8_t *data, size_t size, size_t max_size) {
    uint64_t n, names = get_u64(data + 32) / 8 * 8, dim = get_u32(data + 12) % 8 + 1, want;
    n = get_u64(data + 24) % 64;
    if (names > 4096) names = 8 * below(40);
    want = INDEX_HEADER + n * INDEX_PICTURE + names + n * dim * 4;
    if (want > max_size) return size;
    put_u32(data + 12, (uint32_t)dim), put_u64(data + 24, n), put_u64(data + 32, names);
    for (; size < want; size++) data[size] = (uint8_t)(size % 3 ? 'a' + size % 26 : 0);
    for (size_t i = 0; i < n; i++)
        if (below(64)) {
            uint8_t *state = data + INDEX_HEADER + i * INDEX_PICTURE + 16;
            *state = (uint8_t)(1 + (*state & 1)), memset(state + 1, 0, 7);
        }
    put_u64(data + 16, index_checksum(data + 24, (size_t)want - 24));
    return (size_t)want;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed) {
    state = seed * 2654435761u | 1;
    if (size < INDEX_HEADER || memcmp(data, INDEX_MAGIC, 8)) {
        const size_t made = size < CACHE_HEADER && below(8) ? make_index(data, max_size) : 0;
        if (!made) {
            size = LLVMFuzzerMutate(data, size, max_size);
            if (size >= CACHE_HEADER && !memcmp(data, CACHE_MAGIC, 8))
                clip__write_le(data + 32, clip__crc32(0, data + 36, size - 36), 4);
            return size;
        }
        size = made;
    }
    const uint64_t n = get_u64(data + 24), start = INDEX_HEADER + n * INDEX_PICTURE;
    uint8_t *p;
    switch (below(8)) {
    case 0: p = data + 12 + 4 * below(11), LLVMFuzzerMutate(p, 4, 4); break;
    case 1: put_u64(data + 24, n + (below(2) ? 1u : UINT64_MAX)); break;
    case 2: put_u64(data + 32, get_u64(data + 32) + (below(2) ? 8u : -(uint64_t)8)); break;
    case 3:
    case 4: // names
        if (n < 64 && start + 8 <= size)
            LLVMFuzzerMutate(data + start, clip__min(size - (size_t)start, 64), clip__min(size - (size_t)start, 64));
        break;
    case 5: size = LLVMFuzzerMutate(data, size, max_size); break;
    default: LLVMFuzzerMutate(data + 24, size - 24, size - 24);
    }
    if (size < INDEX_HEADER) return size;
    if (below(8)) size = settle(data, size, max_size);
    else put_u64(data + 16, index_checksum(data + 24, size - 24));
    return size;
}
