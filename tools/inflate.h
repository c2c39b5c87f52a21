// inflate.h - deflated bytes (RFC 1951) and gzip (RFC 1952), for OpenAI's vocabulary and for zips that were packed anew.
// Included behind source.h. Public domain or MIT, as clip.h.
#ifndef CLIP_INFLATE_H
#define CLIP_INFLATE_H

enum { INFLATE_LENGTHS = 288, INFLATE_DISTANCES = 30, INFLATE_BITS = 15 };

typedef struct inflate {
    const unsigned char *p, *end;
    unsigned char *out;
    size_t n, max; // bytes there are, bytes there may be
    uint32_t bits; // read, but not used yet, the lowest first
    unsigned n_bits;
    int bad; // the input ended too early, or is no deflate
} inflate;

// A canonical Huffman code: how many codes there are of each length, and their symbols in the order of the codes.
typedef struct inflate_code {
    uint16_t count[INFLATE_BITS + 1], symbol[INFLATE_LENGTHS];
} inflate_code;

static unsigned inflate_take(inflate *f, unsigned n) {
    unsigned v;
    while (f->n_bits < n) {
        if (f->p == f->end) return f->bad = 1, 0;
        f->bits |= (uint32_t)*f->p++ << f->n_bits;
        f->n_bits += 8;
    }
    v = f->bits & ((1u << n) - 1);
    f->bits >>= n;
    f->n_bits -= n;
    return v;
}

// From the lengths of n symbols' codes, 0 for none. 0 if they are no code: too many, or (but for a single one) too few.
static int inflate_code_make(inflate_code *c, const unsigned char *lengths, size_t n) {
    uint16_t at[INFLATE_BITS + 2] = {0};
    int left = 1;
    memset(c, 0, sizeof *c);
    for (size_t i = 0; i < n; i++) c->count[lengths[i]]++;
    c->count[0] = 0;
    for (int bits = 1; bits <= INFLATE_BITS; bits++) {
        left = 2 * left - c->count[bits];
        if (left < 0) return 0;
        at[bits + 1] = (uint16_t)(at[bits] + c->count[bits]);
    }
    for (size_t i = 0; i < n; i++)
        if (lengths[i]) c->symbol[at[lengths[i]]++] = (uint16_t)i;
    return left == 0 || (at[INFLATE_BITS + 1] <= 1);
}

// RFC 1951, 3.2.2: codes of one length are consecutive numbers, the first bit the highest.
static unsigned inflate_symbol(inflate *f, const inflate_code *c) {
    unsigned code = 0, first = 0, index = 0;
    for (int bits = 1; bits <= INFLATE_BITS; bits++) {
        code |= inflate_take(f, 1);
        if (f->bad) return 0;
        if (code - first < c->count[bits]) return c->symbol[index + (code - first)];
        index += c->count[bits];
        first = (first + c->count[bits]) << 1;
        code <<= 1;
    }
    return f->bad = 1, 0;
}

static void inflate_stored(inflate *f) {
    size_t n;
    f->bits = f->n_bits = 0; // up to the next byte
    if (f->end - f->p < 4 || (clip__read_le(f->p, 2) ^ clip__read_le(f->p + 2, 2)) != 0xFFFF) {
        f->bad = 1;
        return;
    }
    n = (size_t)clip__read_le(f->p, 2);
    f->p += 4;
    if (n > (size_t)(f->end - f->p) || n > f->max - f->n) {
        f->bad = 1;
        return;
    }
    memcpy(f->out + f->n, f->p, n);
    f->p += n;
    f->n += n;
}

static void inflate_codes(inflate *f, const inflate_code *lengths, const inflate_code *distances) {
    static const uint16_t length_base[29] = {3,  4,  5,  6,  7,  8,  9,  10, 11,  13,  15,  17,  19,  23, 27,
                                             31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258};
    static const unsigned char length_bits[29] = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2,
                                                  2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0};
    static const uint16_t distance_base[30] = {1,    2,    3,    4,    5,    7,    9,    13,    17,    25,
                                               33,   49,   65,   97,   129,  193,  257,  385,   513,   769,
                                               1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577};
    while (!f->bad) {
        const unsigned symbol = inflate_symbol(f, lengths);
        size_t length, distance, extra;
        if (f->bad || symbol == 256) return;
        if (symbol < 256) {
            if (f->n == f->max) f->bad = 1;
            else f->out[f->n++] = (unsigned char)symbol;
            continue;
        }
        if (symbol > 285) break;
        length = (size_t)length_base[symbol - 257] + inflate_take(f, length_bits[symbol - 257]);
        extra = inflate_symbol(f, distances);
        if (f->bad || extra >= INFLATE_DISTANCES) break;
        distance = (size_t)distance_base[extra] + inflate_take(f, extra < 4 ? 0 : (unsigned)(extra / 2 - 1));
        if (f->bad || distance > f->n || length > f->max - f->n) break;
        for (; length; length--, f->n++) f->out[f->n] = f->out[f->n - distance]; // may overlap what it makes
    }
    f->bad = 1;
}

static void inflate_dynamic(inflate *f) {
    static const unsigned char order[19] = {16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};
    unsigned char length[INFLATE_LENGTHS + 32] = {0};
    inflate_code lengths, distances;
    const unsigned n_lengths = inflate_take(f, 5) + 257, n_distances = inflate_take(f, 5) + 1,
                   n = inflate_take(f, 4) + 4;
    if (f->bad || n_lengths > 286 || n_distances > 30) {
        f->bad = 1;
        return;
    }
    for (unsigned i = 0; i < n; i++) length[order[i]] = (unsigned char)inflate_take(f, 3);
    if (f->bad || !inflate_code_make(&lengths, length, 19)) {
        f->bad = 1;
        return;
    }
    memset(length, 0, sizeof length);
    for (unsigned i = 0; i < n_lengths + n_distances && !f->bad;) {
        const unsigned symbol = inflate_symbol(f, &lengths);
        unsigned repeat = 1;
        unsigned char value = (unsigned char)symbol;
        if (symbol == 16) {
            if (!i) break;
            value = length[i - 1], repeat = 3 + inflate_take(f, 2);
        } else if (symbol > 16) value = 0, repeat = symbol == 17 ? 3 + inflate_take(f, 3) : 11 + inflate_take(f, 7);
        if (repeat > n_lengths + n_distances - i) {
            f->bad = 1;
            return;
        }
        for (; repeat; repeat--) length[i++] = value;
    }
    if (f->bad || !length[256] || !inflate_code_make(&lengths, length, n_lengths) ||
        !inflate_code_make(&distances, length + n_lengths, n_distances)) {
        f->bad = 1;
        return;
    }
    inflate_codes(f, &lengths, &distances);
}

static void inflate_fixed(inflate *f) { // RFC 1951, 3.2.6
    unsigned char length[INFLATE_LENGTHS];
    inflate_code lengths, distances;
    for (size_t i = 0; i < INFLATE_LENGTHS; i++) length[i] = i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8;
    inflate_code_make(&lengths, length, INFLATE_LENGTHS);
    memset(length, 5, 32);
    inflate_code_make(&distances, length, 32); // 30 and 31 are refused when they come
    inflate_codes(f, &lengths, &distances);
}

// The blocks at f->p. 0 if they are damaged or give more than f->max bytes.
static int inflate_run(inflate *f) {
    unsigned last = 0;
    while (!last && !f->bad) {
        unsigned kind;
        last = inflate_take(f, 1);
        kind = inflate_take(f, 2);
        if (f->bad) break;
        if (kind == 0) inflate_stored(f);
        else if (kind == 1) inflate_fixed(f);
        else if (kind == 2) inflate_dynamic(f);
        else f->bad = 1;
    }
    return !f->bad;
}

// Exactly out_size bytes must come out of in [in_size].
static int inflate_raw(run *r, const char *path, const unsigned char *in, size_t in_size, unsigned char *out,
                       size_t out_size) {
    inflate f;
    memset(&f, 0, sizeof f);
    f.p = in, f.end = in + in_size, f.out = out, f.max = out_size;
    if (inflate_run(&f) && f.n == out_size) return 1;
    return run_fail(r, CLIP_ERROR_FORMAT, "%s: damaged: what was deflated to %llu bytes does not give %llu", path,
                    (unsigned long long)in_size, (unsigned long long)out_size);
}

static int gzip_is(const unsigned char *bytes, size_t size) { return size > 2 && bytes[0] == 0x1F && bytes[1] == 0x8B; }

// What a .gz of one member holds, at most `limit` bytes. Its checksum is verified.
static int gzip_read(run *r, const char *path, const unsigned char *bytes, size_t size, size_t limit,
                     const unsigned char **out, size_t *out_size) {
    size_t at = 10;
    inflate f;
    unsigned flags = size >= 18 ? bytes[3] : 0;
    memset(&f, 0, sizeof f);
    if (size < 18 || bytes[2] != 8 || flags > 31)
        return run_fail(r, CLIP_ERROR_FORMAT, "%s: damaged gzip: its header is no gzip's", path);
    if (flags & 4) at += 2 + (size_t)clip__read_le(bytes + at, 2);
    for (unsigned text = 8; text <= 16; text *= 2) // a name, then a comment
        if (flags & text) {
            while (at < size && bytes[at]) at++;
            at++;
        }
    if (flags & 2) at += 2;
    if (at > size - 8) return run_fail(r, CLIP_ERROR_FORMAT, "%s: damaged gzip: it is cut", path);
    f.max = (size_t)clip__read_le(bytes + size - 4, 4); // its size, if it is one member
    if (f.max > limit)
        return run_fail(r, CLIP_ERROR_FORMAT, "%s: %llu bytes come out of it; %llu are the most that is read", path,
                        (unsigned long long)f.max, (unsigned long long)limit);
    if (f.max / 1032 > size) // deflate can't do better: 258 bytes of two bits
        return run_fail(r, CLIP_ERROR_FORMAT, "%s: damaged gzip: %llu bytes can't have come to %llu", path,
                        (unsigned long long)f.max, (unsigned long long)size);
    f.p = bytes + at, f.end = bytes + size - 8;
    f.out = (unsigned char *)run_alloc(r, f.max, 1);
    if (!f.out) return 0;
    if (!inflate_run(&f) || f.n != f.max || f.p != f.end)
        return run_fail(r, CLIP_ERROR_FORMAT, "%s: damaged gzip: it does not give what it says, or has several members",
                        path);
    if (clip__crc32(0, f.out, f.n) != clip__read_le(bytes + size - 8, 4))
        return run_fail(r, CLIP_ERROR_FORMAT, "%s: damaged gzip: the checksum is wrong", path);
    *out = f.out;
    *out_size = f.n;
    return 1;
}

#endif // CLIP_INFLATE_H
