// inflate.h - unpacks deflate (RFC 1951), which zips are made of, and gzip (RFC 1952). Included behind source.h. Public
// domain or MIT, as clip.h.
//
// Deflate in short: a stream of blocks, each of them stored, or in Huffman codes that are fixed by the RFC, or in codes
// that the block begins with. A coded symbol is a byte (0 to 255), the end of the block (256), or a length of 3 to 258
// bytes, behind which stands a distance of 1 to 32,768: so many bytes are to be copied from so far back. Bits are taken
// from the lowest of each byte up, codes from their highest bit down.
//
// The input may be hostile: no byte is read beyond its end, no byte written beyond the room that the caller gives, and
// no distance reaches to before the output's beginning.
#ifndef CLIP_INFLATE_H
#define CLIP_INFLATE_H

enum {
    INFLATE_MOST = 1032,    // bytes out of one byte: a match of 258 from two codes of 1 bit each
    INFLATE_MOST_BITS = 15, // of a code
    INFLATE_FAST_BITS = 9,  // codes up to this length are looked up at once
    INFLATE_SYMBOLS = 288,
    INFLATE_DISTANCES = 32,
    INFLATE_LENGTHS = 19, // symbols of the code in which a block's codes are told
    INFLATE_END = 256
};

typedef struct inflate_code {
    uint16_t counts[INFLATE_MOST_BITS + 1]; // how many codes have this many bits
    uint16_t symbols[INFLATE_SYMBOLS];      // in the order of their codes
    uint16_t fast[1 << INFLATE_FAST_BITS];  // by the next bits: symbol << 4 | length of its code; 0: a longer one
} inflate_code;

typedef struct inflate {
    run *r;
    const char *path;                      // for messages
    const unsigned char *start, *in, *end; // in: the next byte that is not in `bits`
    uint64_t bits;                         // taken from the input and not used yet, the next one lowest
    unsigned n_bits;
    unsigned char *out; // NULL: what would come out is counted only
    size_t n, room;
    inflate_code symbols, distances; // of this block
    int fixed;                       // they are those of the RFC
} inflate;

static int inflate_fail(inflate *s, const char *what) {
    return run_fail(s->r, CLIP_ERROR_FORMAT, "%s: damaged compressed data, near byte %llu: %s", s->path,
                    (unsigned long long)(s->in - s->start) - s->n_bits / 8, what);
}

static int inflate_cut(inflate *s) { return inflate_fail(s, "ends too early; is the file cut?"); }

// Afterwards there are at least 57 bits, or all that are left.
static void inflate_fill(inflate *s) {
    for (; s->n_bits <= 56 && s->in < s->end; s->n_bits += 8) s->bits |= (uint64_t)*s->in++ << s->n_bits;
}

static void inflate_drop(inflate *s, unsigned n) {
    s->bits >>= n;
    s->n_bits -= n;
}

// The next n bits, at most 16, as a number; -1 if they are not there.
static int inflate_bits(inflate *s, unsigned n) {
    int value;
    if (s->n_bits < n) inflate_fill(s);
    if (s->n_bits < n) return inflate_cut(s) - 1;
    value = (int)(s->bits & (((uint64_t)1 << n) - 1));
    inflate_drop(s, n);
    return value;
}

// The next symbol; -1 if there is none.
static int inflate_symbol(inflate *s, const inflate_code *c) {
    unsigned entry, code = 0, first = 0, at = 0; // first: the first code of this length; at: the place of its symbol
    if (s->n_bits < INFLATE_MOST_BITS) inflate_fill(s);
    entry = c->fast[s->bits & ((1 << INFLATE_FAST_BITS) - 1)];
    if (entry && (entry & 15) <= s->n_bits) {
        inflate_drop(s, entry & 15);
        return (int)(entry >> 4);
    }
    for (unsigned n = 1; n <= INFLATE_MOST_BITS; n++) {
        if (n > s->n_bits) return inflate_cut(s) - 1;
        code = code << 1 | (unsigned)(s->bits >> (n - 1) & 1);
        if (code - first < c->counts[n]) { // code >= first: the shorter codes, being lower, were tried
            inflate_drop(s, n);
            return c->symbols[at + code - first];
        }
        at += c->counts[n];
        first = (first + c->counts[n]) << 1;
    }
    return inflate_fail(s, "a code that stands for nothing") - 1;
}

// Makes the code out of the length of each symbol's (RFC 1951, 3.2.2), 0 for symbols that have none. 0 if there are
// more codes than bits allow, or fewer, other than none or one alone of 1 bit, which data without distances or with
// just one of them has.
static int inflate_build(inflate_code *c, const unsigned char *lengths, size_t n) {
    unsigned at[INFLATE_MOST_BITS + 1] = {0}, code = 0, total = 0;
    int left = 1; // codes of the present length that are still free
    memset(c, 0, sizeof *c);
    for (size_t i = 0; i < n; i++) c->counts[lengths[i]]++;
    c->counts[0] = 0;
    for (unsigned bits = 1; bits <= INFLATE_MOST_BITS; bits++) {
        at[bits] = total;
        total += c->counts[bits];
        left = 2 * left - c->counts[bits];
        if (left < 0) return 0;
    }
    if (left && total && !(total == 1 && c->counts[1])) return 0;
    for (size_t i = 0; i < n; i++)
        if (lengths[i]) c->symbols[at[lengths[i]]++] = (uint16_t)i;
    total = 0;
    for (unsigned bits = 1; bits <= INFLATE_FAST_BITS; bits++, code <<= 1)
        for (unsigned i = 0; i < c->counts[bits]; i++, code++, total++) {
            unsigned turned = 0; // the order in which its bits come
            for (unsigned b = 0; b < bits; b++) turned |= (code >> b & 1) << (bits - 1 - b);
            for (; turned < 1 << INFLATE_FAST_BITS; turned += 1u << bits)
                c->fast[turned] = (uint16_t)((unsigned)c->symbols[total] << 4 | bits);
        }
    return 1;
}

static int inflate_full(inflate *s) { return inflate_fail(s, "unpacks to more than it should"); }

static int inflate_stored(inflate *s) {
    size_t size;
    s->in -= s->n_bits / 8; // whole bytes go back; what is left of one is padding
    s->bits = s->n_bits = 0;
    if (s->end - s->in < 4) return inflate_cut(s);
    size = (size_t)clip__read_le(s->in, 2);
    if (clip__read_le(s->in + 2, 2) != (size ^ 0xFFFF)) return inflate_fail(s, "a stored block of two sizes");
    s->in += 4;
    if (size > (size_t)(s->end - s->in)) return inflate_cut(s);
    if (size > s->room - s->n) return inflate_full(s);
    if (s->out && size) memcpy(s->out + s->n, s->in, size);
    s->in += size;
    s->n += size;
    return 1;
}

static int inflate_fixed_codes(inflate *s) { // RFC 1951, 3.2.6
    unsigned char lengths[INFLATE_SYMBOLS];
    for (size_t i = 0; i < INFLATE_SYMBOLS; i++) lengths[i] = i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8;
    inflate_build(&s->symbols, lengths, INFLATE_SYMBOLS);
    memset(lengths, 5, INFLATE_DISTANCES);
    inflate_build(&s->distances, lengths, INFLATE_DISTANCES);
    return s->fixed = 1;
}

static int inflate_dynamic_codes(inflate *s) { // RFC 1951, 3.2.7
    static const unsigned char order[INFLATE_LENGTHS] = {16, 17, 18, 0, 8,  7, 9,  6, 10, 5,
                                                         11, 4,  12, 3, 13, 2, 14, 1, 15};
    unsigned char lengths[INFLATE_SYMBOLS + INFLATE_DISTANCES] = {0};
    int n_symbols = inflate_bits(s, 5), n_distances = n_symbols < 0 ? -1 : inflate_bits(s, 5),
        n_lengths = n_distances < 0 ? -1 : inflate_bits(s, 4);
    if (n_lengths < 0) return 0;
    n_symbols += 257, n_distances += 1, n_lengths += 4;
    if (n_symbols > 286 || n_distances > 30) return inflate_fail(s, "codes for more symbols than there are");
    for (int i = 0; i < n_lengths; i++) {
        int bits = inflate_bits(s, 3);
        if (bits < 0) return 0;
        lengths[order[i]] = (unsigned char)bits;
    }
    s->fixed = 0;
    if (!inflate_build(&s->symbols, lengths, INFLATE_LENGTHS)) return inflate_fail(s, "a code that can't be");
    memset(lengths, 0, INFLATE_LENGTHS);
    for (int i = 0; i < n_symbols + n_distances;) {
        int symbol = inflate_symbol(s, &s->symbols), times = 1;
        unsigned char length = (unsigned char)symbol;
        if (symbol < 0) return 0;
        if (symbol >= 16) { // the one before 3 to 6 times, or 0 3 to 10 or 11 to 138 times
            if (symbol == 16 && !i) return inflate_fail(s, "repeats a length before the first one");
            length = symbol == 16 ? lengths[i - 1] : 0;
            times = inflate_bits(s, symbol == 16 ? 2 : symbol == 17 ? 3 : 7);
            if (times < 0) return 0;
            times += symbol == 18 ? 11 : 3;
        }
        if (times > n_symbols + n_distances - i) return inflate_fail(s, "more lengths of codes than there are symbols");
        while (times--) lengths[i++] = length;
    }
    if (!lengths[INFLATE_END]) return inflate_fail(s, "a block that can't end");
    return (inflate_build(&s->symbols, lengths, (size_t)n_symbols) &&
            inflate_build(&s->distances, lengths + n_symbols, (size_t)n_distances)) ||
           inflate_fail(s, "a code that can't be");
}

static int inflate_coded(inflate *s) { // RFC 1951, 3.2.5
    static const struct {
        uint16_t least;
        unsigned char more; // bits that are added to it
    } lengths[] = {{3, 0},  {4, 0},  {5, 0},  {6, 0},   {7, 0},   {8, 0},   {9, 0},   {10, 0},  {11, 1}, {13, 1},
                   {15, 1}, {17, 1}, {19, 2}, {23, 2},  {27, 2},  {31, 2},  {35, 3},  {43, 3},  {51, 3}, {59, 3},
                   {67, 4}, {83, 4}, {99, 4}, {115, 4}, {131, 5}, {163, 5}, {195, 5}, {227, 5}, {258, 0}},
      distances[] = {{1, 0},     {2, 0},     {3, 0},     {4, 0},      {5, 1},      {7, 1},     {9, 2},     {13, 2},
                     {17, 3},    {25, 3},    {33, 4},    {49, 4},     {65, 5},     {97, 5},    {129, 6},   {193, 6},
                     {257, 7},   {385, 7},   {513, 8},   {769, 8},    {1025, 9},   {1537, 9},  {2049, 10}, {3073, 10},
                     {4097, 11}, {6145, 11}, {8193, 12}, {12289, 12}, {16385, 13}, {24577, 13}};
    for (;;) {
        int symbol = inflate_symbol(s, &s->symbols), more;
        size_t length, distance;
        if (symbol < 0) return 0;
        if (symbol == INFLATE_END) return 1;
        if (symbol < INFLATE_END) {
            if (s->n == s->room) return inflate_full(s);
            if (s->out) s->out[s->n] = (unsigned char)symbol;
            s->n++;
            continue;
        }
        length = (size_t)symbol - INFLATE_END - 1;
        if (length >= sizeof lengths / sizeof *lengths) return inflate_fail(s, "a length that is none");
        if ((more = inflate_bits(s, lengths[length].more)) < 0) return 0;
        length = (size_t)lengths[length].least + (size_t)more;
        if ((symbol = inflate_symbol(s, &s->distances)) < 0) return 0;
        if ((size_t)symbol >= sizeof distances / sizeof *distances) return inflate_fail(s, "a distance that is none");
        if ((more = inflate_bits(s, distances[symbol].more)) < 0) return 0;
        distance = (size_t)distances[symbol].least + (size_t)more;
        if (distance > s->n) return inflate_fail(s, "a distance to before the beginning");
        if (length > s->room - s->n) return inflate_full(s);
        if (s->out) {
            unsigned char *to = s->out + s->n;
            const unsigned char *from = to - distance;
            if (distance >= length) memcpy(to, from, length);
            else
                for (size_t i = 0; i < length; i++) to[i] = from[i]; // reads what it has just written
        }
        s->n += length;
    }
}

// One stream at `in`, of which in_size bytes are there. *used: how many it takes; *n: how many come out, at most
// `room`. With out == NULL they are counted only.
static int inflate_stream(run *r, const char *path, const unsigned char *in, size_t in_size, size_t *used,
                          unsigned char *out, size_t room, size_t *n) {
    inflate s;
    int last, kind;
    memset(&s, 0, sizeof s);
    s.r = r;
    s.path = path;
    s.start = s.in = in;
    s.end = in + in_size;
    s.out = out;
    s.room = room;
    do {
        if ((last = inflate_bits(&s, 1)) < 0 || (kind = inflate_bits(&s, 2)) < 0) return 0;
        if (kind == 3) return inflate_fail(&s, "a block of a kind that is not known");
        if (kind == 0 && !inflate_stored(&s)) return 0;
        if (kind == 1 && !s.fixed) inflate_fixed_codes(&s);
        if (kind == 2 && !inflate_dynamic_codes(&s)) return 0;
        if (kind && !inflate_coded(&s)) return 0;
    } while (!last);
    *used = in_size - (size_t)(s.end - s.in) - s.n_bits / 8;
    *n = s.n;
    return 1;
}

// One stream that takes all of `in` and fills all of `out`, or is damaged.
static int inflate_raw(run *r, const char *path, const unsigned char *in, size_t in_size, unsigned char *out,
                       size_t out_size) {
    unsigned char none;
    size_t used = 0, n = 0;
    if (!inflate_stream(r, path, in, in_size, &used, out ? out : &none, out ? out_size : 0, &n)) return 0;
    if (n != out_size)
        return run_fail(r, CLIP_ERROR_FORMAT, "%s: damaged compressed data: unpacks to %llu bytes, expected %llu", path,
                        (unsigned long long)n, (unsigned long long)out_size);
    if (used != in_size)
        return run_fail(r, CLIP_ERROR_FORMAT, "%s: damaged compressed data: %llu bytes stand behind its end", path,
                        (unsigned long long)(in_size - used));
    return 1;
}

// ---- gzip ----------------------------------------------------------------------------------------------------------

CLIP__UNUSED static int gzip_is(const unsigned char *bytes, size_t size) {
    return size >= 2 && bytes[0] == 0x1f && bytes[1] == 0x8b;
}

// The length of the header at p, of which `left` bytes are there. 0 if it is none.
static size_t gzip_header(run *r, const char *path, const unsigned char *p, size_t left) {
    enum { HEADER_CRC = 2, EXTRA = 4, NAME = 8, COMMENT = 16, UNKNOWN = 0xE0 };
    const unsigned flags = left < 10 ? 0 : p[3];
    size_t n = 10;
    if (left >= 2 && !gzip_is(p, left))
        return (size_t)run_fail(r, CLIP_ERROR_FORMAT, "%s: damaged gzip: what stands behind its end is no gzip", path);
    if (left >= 10 && (p[2] != 8 || (flags & UNKNOWN)))
        return (size_t)run_fail(r, CLIP_ERROR_UNSUPPORTED,
                                "%s: a gzip of a kind that is not known: method %u, flags %u", path, p[2], flags);
    if (flags & EXTRA) n += n + 2 <= left ? 2 + (size_t)clip__read_le(p + n, 2) : 2;
    for (unsigned text = NAME; text <= COMMENT; text *= 2)
        if (flags & text) {
            while (n < left && p[n]) n++;
            n++;
        }
    if (flags & HEADER_CRC) n += 2;
    if (n > left) return (size_t)run_fail(r, CLIP_ERROR_FORMAT, "%s: a gzip that is cut", path);
    if ((flags & HEADER_CRC) && clip__read_le(p + n - 2, 2) != (clip__crc32(0, p, n - 2) & 0xFFFF))
        return (size_t)run_fail(r, CLIP_ERROR_FORMAT, "%s: damaged gzip: the checksum of its header is wrong", path);
    return n;
}

// The length of the member at p, of which `left` bytes are there; 0 on failure. *n: how many bytes come out. With
// out == NULL they are counted only.
static size_t gzip_member(run *r, const char *path, const unsigned char *p, size_t left, unsigned char *out,
                          size_t room, size_t *n) {
    size_t used, at = gzip_header(r, path, p, left);
    if (!at || !inflate_stream(r, path, p + at, left - at, &used, out, room, n)) return 0;
    at += used;
    if (left - at < 8) return (size_t)run_fail(r, CLIP_ERROR_FORMAT, "%s: a gzip that is cut", path);
    if (clip__read_le(p + at + 4, 4) != (*n & 0xFFFFFFFF))
        return (size_t)run_fail(r, CLIP_ERROR_FORMAT, "%s: damaged gzip: unpacks to another size than it says", path);
    if (out && clip__read_le(p + at, 4) != clip__crc32(0, out, *n))
        return (size_t)run_fail(r, CLIP_ERROR_FORMAT, "%s: damaged gzip: the checksum is wrong", path);
    return at + 8;
}

// All members one after the other, as gunzip does, in memory that run_end gives back. Goes through the file twice, the
// first time to count: so a file that unpacks to more than `limit` takes no memory, and no other takes more than
// needed.
CLIP__UNUSED static int gzip_read(run *r, const char *path, const unsigned char *bytes, size_t size, size_t limit,
                                  const unsigned char **out, size_t *out_size) {
    unsigned char *p = NULL;
    size_t n = 0, got, length;
    if (!size) return run_fail(r, CLIP_ERROR_FORMAT, "%s: a gzip that is cut", path);
    for (size_t at = 0; at < size; at += length, n += got) {
        length = gzip_member(r, path, bytes + at, size - at, NULL, limit - n, &got);
        if (!length) return 0;
    }
    *out_size = n;
    *out = p = (unsigned char *)run_alloc(r, n, 1);
    if (!p) return 0;
    for (size_t at = 0; at < size; at += length, p += got, n -= got) {
        length = gzip_member(r, path, bytes + at, size - at, p, n, &got);
        if (!length) return 0;
    }
    return 1;
}

#endif // CLIP_INFLATE_H
