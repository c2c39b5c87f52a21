// Any bytes as a file of torch.save, a zip or the older form, whichever they begin like; else as the pickle in the
// middle of an older one, where mutations do the most. Every byte of every tensor that is found is read. The mutator
// changes the members of a zip, their names, or how they are packed, and writes it anew, so that all places and sums
// fit.
//
//     clang -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -I.
//         tests/fuzz/fuzz_torch.c -o build/fuzz_torch -lm -lpthread
//     build/fuzz_torch -max_total_time=300 build/corpus tests/fuzz/corpus_torch
#define CONVERT_NO_MAIN
#include "../../tools/convert.c"
#include "random.h"

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const unsigned char version[] = {0x80, 2, 'M', 0xe9, 3, '.', 0x80, 2, '}', '.'};
    run r;
    source found;
    uint32_t crc = 0;
    int good;
    unsigned char *whole = NULL;
    memset(&r, 0, sizeof r);
    memset(&found, 0, sizeof found);
    if (!torch_is(data, size)) {
        const size_t magic = sizeof torch_legacy_magic, before = magic + sizeof version;
        whole = (unsigned char *)malloc(before + size);
        memcpy(whole, torch_legacy_magic, magic);
        memcpy(whole + magic, version, sizeof version);
        if (size) memcpy(whole + before, data, size);
        data = whole;
        size += before;
    }
    good = torch_read(&r, "fuzz", data, size, &found) && source_sort(&r, &found);
    if (good == (r.why.result != CLIP_OK)) abort(); // a failure tells why
    for (size_t i = 0; good && i < found.n; i++) crc = clip__crc32(crc, found.tensors[i].data, found.tensors[i].size);
    run_end(&r);
    free(whole);
    return crc == 1 && size == 0; // so that the reads are not left out
}

enum { MEMBERS = 40, DEFLATE, WIDE }; // at most so many; ways to pack one: in blocks of deflate, with sizes of zip64

static uint8_t *le(uint8_t *p, uint64_t value, int bytes) {
    clip__write_le(p, value, bytes);
    return p + bytes;
}

// One member: its head in front of the data, or, with `at`, its record in the directory.
static uint8_t *zip_head(uint8_t *p, const zip_entry *e, int how, size_t packed, const size_t *at) {
    const int wide = how == WIDE;
    p = le(p, at ? 0x02014b50 : 0x04034b50, 4);
    p = le(p, 0, at ? 4 : 2); // versions
    p = le(p, (how == DEFLATE ? ZIP_DEFLATED : ZIP_STORED) << 16, 4); // flags, method
    p = le(le(p, 0, 4), clip__crc32(0, e->data, e->size), 4);
    p = le(le(p, wide ? 0xFFFFFFFF : packed, 4), wide ? 0xFFFFFFFF : e->size, 4);
    p = le(le(p, e->name_size, 2), wide ? 28 : 0, 2);
    if (at) p = le(le(le(p, 0, 8), 0, 2), wide ? 0xFFFFFFFF : *at, 4);
    memcpy(p, e->name, e->name_size);
    p += e->name_size;
    return wide ? le(le(le(le(le(p, 1, 2), 24, 2), e->size, 8), packed, 8), at ? *at : 0, 8) : p;
}

// The members as a zip; 0 if there is no room. `size` goes down with what is left out.
static size_t zip_whole(uint8_t *out, size_t max_size, const zip_entry *e, size_t n, const int *how) {
    uint8_t *p = out, *directory;
    size_t at[MEMBERS], packed[MEMBERS], need = 22 + 76;
    for (size_t i = 0; i < n; i++) need += 2 * (46 + 28 + e[i].name_size) + e[i].size + e[i].size / 65535 * 5 + 5;
    if (need > max_size) return 0;
    for (size_t i = 0; i < n; i++) {
        at[i] = (size_t)(p - out);
        packed[i] = e[i].size + (how[i] == DEFLATE ? (e[i].size / 65535 + 1) * 5 : 0);
        p = zip_head(p, e + i, how[i], packed[i], NULL);
        for (size_t done = 0, more = 1, part; more; done += part, p += part) {
            part = clip__min(e[i].size - done, 65535);
            more = e[i].size - done > 65535 || (how[i] == DEFLATE && part == 65535);
            if (how[i] == DEFLATE) p = le(le(le(p, !more, 1), part, 2), ~(uint64_t)part & 65535, 2);
            if (part) memcpy(p, e[i].data + done, part);
        }
    }
    directory = p;
    for (size_t i = 0; i < n; i++) p = zip_head(p, e + i, how[i], packed[i], &at[i]);
    need = (size_t)(p - directory);
    if (below(4))
        p = le(le(le(le(le(le(p, 0x06054b50, 4), 0, 4), n, 2), n, 2), need, 4), (uint64_t)(directory - out), 4);
    else { // zip64
        const size_t end = (size_t)(p - out);
        p = le(le(le(le(le(p, 0x06064b50, 4), 44, 8), 0, 4), 0, 8), n, 8);
        p = le(le(le(p, n, 8), need, 8), (uint64_t)(directory - out), 8);
        p = le(le(le(le(p, 0x07064b50, 4), 0, 4), end, 8), 1, 4);
        p = le(le(le(le(p, 0x06054b50, 4), 0, 4), 0xFFFFFFFF, 4), UINT64_MAX, 8);
    }
    p = le(p, 0, 2);
    return (size_t)(p - out);
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed) {
    run r;
    zip_entry *e;
    uint64_t budget = 1 << 20;
    static uint8_t whole[1 << 16], changed[1 << 16];
    int how[MEMBERS];
    size_t n, i, made = 0;
    state = seed * 2654435761u | 1;
    if (max_size > sizeof whole) max_size = sizeof whole;
    if (size < 4 || size > max_size || clip__read_le(data, 4) != 0x04034b50 || !below(4))
        return LLVMFuzzerMutate(data, size < max_size ? size : max_size, max_size);
    memset(&r, 0, sizeof r);
    if (zip_open(&r, "fuzz", data, size, &e, &n) && n <= MEMBERS) {
        for (i = 0; i < n && zip_unpack(&r, "fuzz", e + i, &budget); i++)
            how[i] = below(8) ? 0 : below(2) ? DEFLATE : WIDE;
        if (i == n) {
            static const char *const names[] = {"data.pkl",        "a/data.pkl", "a/byteorder",
                                                "a/constants.pkl", "a/data/0",   "a/data/1"};
            zip_entry *one = e + below((uint32_t)n);
            switch (below(8)) {
            case 0: *one = e[--n]; break;
            case 1: one->name = names[below(6)], one->name_size = strlen(one->name); break;
            case 2: one->data = (const unsigned char *)"little", one->size = below(7); break;
            case 3: break; // packed in another way
            default:
                if (one->size > max_size) break;
                if (one->size) memcpy(changed, one->data, one->size);
                one->size = LLVMFuzzerMutate(changed, one->size, max_size), one->data = changed;
            }
            made = zip_whole(whole, max_size, e, n, how);
            if (made) memcpy(data, whole, made);
        }
    }
    run_end(&r);
    return made ? made : LLVMFuzzerMutate(data, size, max_size);
}
