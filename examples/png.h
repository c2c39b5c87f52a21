// png.h - writes pictures as PNG.
//
//     if (write_png(file, rgb, width, height)) ... // errno says why
//
// Include it after clip.h, with CLIP_IMPLEMENTATION.
#ifndef PNG_H
#define PNG_H

static inline void put_be32(unsigned char *p, uint32_t v) {
    for (int i = 0; i < 4; i++) p[i] = (unsigned char)(v >> (24 - 8 * i));
}

// A chunk of a PNG (PNG specification, 5.3): length, type, data, CRC-32 of type and data.
static inline void png_chunk(FILE *f, const char type[5], const unsigned char *data, size_t size) {
    unsigned char word[4];
    put_be32(word, (uint32_t)size);
    fwrite(word, 4, 1, f);
    fwrite(type, 4, 1, f);
    if (size) fwrite(data, size, 1, f);
    put_be32(word, clip__crc32(clip__crc32(0, type, 4), data, size));
    fwrite(word, 4, 1, f);
}

// 8-bit RGB. The rows are stored, not compressed: a zlib stream (RFC 1950) of stored blocks (RFC 1951, 3.2.4).
static inline int write_png(FILE *f, const unsigned char *rgb, size_t width, size_t height) {
    enum { BLOCK = 65535 };
    const size_t row = 1 + 3 * width, size = row * height; // a row begins with its filter, 0
    const size_t all = 2 + size + (size / BLOCK + 1) * 5 + 4;
    unsigned char *data, *p, head[13] = {0};
    uint32_t a = 1, b = 0; // Adler-32
    if (all > INT32_MAX) return errno = EFBIG, -1; // the most that a chunk has
    if (!(p = data = malloc(all))) return -1;
    *p++ = 0x78, *p++ = 0x01;
    for (size_t i = 0; i < size; i++) {
        if (i % BLOCK == 0) {
            const size_t n = size - i < BLOCK ? size - i : BLOCK;
            *p++ = i + n == size; // the last block
            *p++ = (unsigned char)(n & 255), *p++ = (unsigned char)(n >> 8);
            *p++ = (unsigned char)(~n & 255), *p++ = (unsigned char)(~n >> 8 & 255);
        }
        *p = i % row ? rgb[i / row * 3 * width + i % row - 1] : 0;
        a = (a + *p++) % 65521, b = (b + a) % 65521;
    }
    put_be32(p, b << 16 | a);
    fwrite("\x89PNG\r\n\x1a\n", 8, 1, f);
    put_be32(head, (uint32_t)width);
    put_be32(head + 4, (uint32_t)height);
    head[8] = 8, head[9] = 2; // bits a sample; RGB
    png_chunk(f, "IHDR", head, sizeof head);
    png_chunk(f, "IDAT", data, (size_t)(p + 4 - data));
    png_chunk(f, "IEND", NULL, 0);
    free(data);
    return ferror(f) ? -1 : 0;
}

#endif // PNG_H
