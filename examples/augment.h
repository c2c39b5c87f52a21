// augment.h - a picture becomes another one of the same thing, so that a tower that is trained learns what stays: it is
// cut out, mirrored, moved, coloured, or drawn anew.
//
//     augment_pixels(kinds, seed, stream, i, pixels, spare, side)   // pixels [side, side, 3], in place; `spare` is as large
//
// What picture i becomes depends on seed, stream and i alone. Include it after clip.h, with CLIP_IMPLEMENTATION.
#ifndef AUGMENT_H
#define AUGMENT_H

#include <math.h>

// CROP is for the picture before it is resized, see random_crop. The names are those of --augment-with.
enum { AUGMENT_CROP = 1, AUGMENT_FLIP = 2, AUGMENT_PLACE = 4, AUGMENT_COLOUR = 8, AUGMENT_LINES = 16 };
static const char *const augment_names[] = {"crop", "flip", "place", "colour", "lines", NULL};

typedef struct dice { // random numbers of a picture
    uint64_t seed, stream, next;
} dice;

enum { DICE = 32 }; // so many has a picture: for each kind some of its own, so that one more kind changes no other
enum { DICE_CROP = 0, DICE_FLIP = 4, DICE_PLACE = 8, DICE_COLOUR = 16, DICE_LINES = 24 };

static inline dice dice_of(uint64_t seed, uint64_t stream, size_t i, uint64_t first) {
    return (dice){seed, stream, DICE * (uint64_t)i + first};
}

// From a to b, evenly.
static inline double roll(dice *d, double a, double b) {
    return a + (b - a) * (double)(clip__random(d->seed, d->stream, d->next++) >> 11) / 9007199254740992.0; // 2^53
}

static inline unsigned char to_byte(double v) { return (unsigned char)(v < 0 ? 0 : v > 255 ? 255 : v + 0.5); }

static inline void flip(unsigned char *pixels, size_t side) {
    for (size_t y = 0; y < side; y++, pixels += 3 * side)
        for (size_t x = 0; x < side / 2; x++)
            for (size_t c = 0; c < 3; c++) {
                unsigned char *a = &pixels[3 * x + c], *b = &pixels[3 * (side - 1 - x) + c], swap = *a;
                *a = *b;
                *b = swap;
            }
}

// The picture at 0.6 to 1.25 of its size, sides that differ by up to 1.5 : 1, turned by up to 14 degrees and moved, on
// a ground of its corners' colour (of four values the second largest: one corner that is covered does not count).
static inline void place_anew(dice d, unsigned char *pixels, const unsigned char *from, size_t side) {
    const double size = exp(roll(&d, log(0.6), log(1.25))), aspect = exp(roll(&d, -0.2, 0.2)),
                 turn = roll(&d, -0.25, 0.25), half = (double)side / 2, room = half * (fabs(1 - size) + 0.08),
                 dx = roll(&d, -room, room), dy = roll(&d, -room, room), sx = 1 / (size * aspect), sy = aspect / size,
                 co = cos(turn), si = sin(turn);
    const size_t row = 3 * side, corners[4] = {0, row - 3, row * (side - 1), row * side - 3};
    unsigned char ground[3];
    for (size_t c = 0; c < 3; c++) {
        unsigned char v[4] = {0};
        for (size_t k = 0; k < 4; k++) { // in falling order
            size_t at = k;
            for (; at > 0 && v[at - 1] < from[corners[k] + c]; at--) v[at] = v[at - 1];
            v[at] = from[corners[k] + c];
        }
        ground[c] = v[1];
    }
    for (size_t y = 0; y < side; y++)
        for (size_t x = 0; x < side; x++, pixels += 3) {
            const double u = (double)x + 0.5 - half - dx, v = (double)y + 0.5 - half - dy;
            const double fx = sx * (co * u - si * v) + half - 0.5, fy = sy * (si * u + co * v) + half - 0.5;
            const double x0 = floor(fx), y0 = floor(fy);
            double sum[3] = {0, 0, 0};
            for (int k = 0; k < 4; k++) { // bilinear
                const double px = x0 + (k & 1), py = y0 + (k >> 1),
                             part = (k & 1 ? fx - x0 : 1 - fx + x0) * (k >> 1 ? fy - y0 : 1 - fy + y0);
                const int inside = px >= 0 && py >= 0 && px < (double)side && py < (double)side;
                const unsigned char *p = inside ? from + (size_t)py * row + (size_t)px * 3 : ground;
                for (int c = 0; c < 3; c++) sum[c] += part * p[c];
            }
            for (int c = 0; c < 3; c++) pixels[c] = to_byte(sum[c]);
        }
}

// Other saturation (a tenth is grey), hue, and a gamma: white and black stay what they are.
static inline void colour_anew(dice d, unsigned char *pixels, size_t n) {
    const double grey = roll(&d, 0, 1), more = roll(&d, 0.3, 1.7), saturation = grey < 0.1 ? 0 : more,
                 turns = roll(&d, 0, 1), angle = roll(&d, -0.5, 0.5), hue = turns < 0.5 ? angle : 0,
                 gamma = exp(roll(&d, -0.5, 0.5)), co = saturation * cos(hue), si = saturation * sin(hue);
    unsigned char curve[256];
    for (int v = 0; v < 256; v++) curve[v] = to_byte(255 * pow(v / 255.0, gamma));
    for (size_t i = 0; i < n; i++, pixels += 3) { // turned in the plane of the colours B - Y, R - Y of Rec. 601
        const double r = pixels[0], g = pixels[1], b = pixels[2], luma = 0.299 * r + 0.587 * g + 0.114 * b;
        const double cb = (b - luma) / 1.772, cr = (r - luma) / 1.402, u = co * cb - si * cr, v = si * cb + co * cr;
        pixels[0] = curve[to_byte(luma + 1.402 * v)];
        pixels[1] = curve[to_byte(luma - (0.299 * 1.402 * v + 0.114 * 1.772 * u) / 0.587)];
        pixels[2] = curve[to_byte(luma + 1.772 * u)];
    }
}

// Three pictures in ten become drawings: dark lines where neighbours differ, and what is between them paler.
static inline void draw_lines(dice d, unsigned char *pixels, const unsigned char *from, size_t side) {
    const double draws = roll(&d, 0, 1), strength = roll(&d, 2, 8), pale = roll(&d, 0, 0.5);
    const int reach = roll(&d, 0, 1) < 0.5 ? 1 : 2; // half of a line's width
    for (int y = 0; y < (int)side && draws < 0.3; y++)
        for (int x = 0; x < (int)side; x++, pixels += 3) {
            int least[3] = {255, 255, 255}, most[3] = {0, 0, 0}, differ = 0;
            for (int v = y - reach; v <= y + reach; v++)
                for (int u = x - reach; u <= x + reach; u++) {
                    if (u < 0 || v < 0 || u >= (int)side || v >= (int)side) continue;
                    const unsigned char *p = from + ((size_t)v * side + (size_t)u) * 3;
                    for (int c = 0; c < 3; c++) {
                        least[c] = p[c] < least[c] ? p[c] : least[c];
                        most[c] = p[c] > most[c] ? p[c] : most[c];
                    }
                }
            for (int c = 0; c < 3; c++) differ = most[c] - least[c] > differ ? most[c] - least[c] : differ;
            const double ink = fmin(fmax(differ / 255.0 - 0.12, 0) * strength, 1);
            for (int c = 0; c < 3; c++) pixels[c] = to_byte((pixels[c] + (255 - pixels[c]) * pale) * (1 - ink));
        }
}

// Changes the resized picture number i. `spare` is as large.
static inline void augment_pixels(int kinds, uint64_t seed, uint64_t stream, size_t i, unsigned char *pixels,
                                  unsigned char *spare, size_t side) {
    const size_t size = side * side * 3;
    if (kinds & AUGMENT_LINES) {
        memcpy(spare, pixels, size);
        draw_lines(dice_of(seed, stream, i, DICE_LINES), pixels, spare, side);
    }
    if (kinds & AUGMENT_COLOUR) colour_anew(dice_of(seed, stream, i, DICE_COLOUR), pixels, side * side);
    if (kinds & AUGMENT_PLACE) {
        memcpy(spare, pixels, size);
        place_anew(dice_of(seed, stream, i, DICE_PLACE), pixels, spare, side);
    }
    if (kinds & AUGMENT_FLIP && clip__random(seed, stream, DICE * (uint64_t)i + DICE_FLIP) & 1) flip(pixels, side);
}

#endif // AUGMENT_H
