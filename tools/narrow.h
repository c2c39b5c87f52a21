// narrow.h - weights of f32 become panels of fewer bits: f16, bf16, q8 and q4 as THE FILE in clip.h says. Included
// behind clip.h. Public domain or MIT, as clip.h.
#ifndef CLIP_NARROW_H
#define CLIP_NARROW_H

// Four-bit numbers for the n of x, x = (number - 8) scale: of some scales around the one that brings the largest of
// them to -8, the one with the least squared error. Returns the scale in f16.
static inline uint32_t narrow_q4(unsigned char *numbers, const float *x, size_t n) {
    float far = 0, best_scale = 0;
    double best = HUGE_VAL;
    uint32_t half;
    for (size_t i = 0; i < n; i++)
        if (fabsf(x[i]) > fabsf(far)) far = x[i];
    for (int t = -4; t <= 12; t++) {
        const float scale = far / (-8 + 0.25f * (float)t / 2);
        double error = 0;
        for (size_t i = 0; i < n; i++) {
            const float q = scale != 0 ? fminf(fmaxf(rintf(x[i] / scale), -8), 7) : 0;
            // Products of floats are exact in double: the same sum where a compiler joins them to what follows.
            const float miss = (float)((double)x[i] - (double)q * (double)scale);
            error += (double)miss * (double)miss;
        }
        if (error < best) best = error, best_scale = scale;
    }
    half = clip__f16_of_f32(best_scale); // at most the largest that there is
    best_scale = clip__f32_of_f16(half);
    for (size_t i = 0; i < n; i++)
        numbers[i] = (unsigned char)(8 + (best_scale != 0 ? fminf(fmaxf(rintf(x[i] / best_scale), -8), 7) : 0));
    return half;
}

// x in units of a scale that may be 0, or have lost its last places: among the smallest numbers that there are.
static inline int narrow_q8(float x, float scale) {
    return scale > 0 ? (int)fminf(fmaxf(rintf(x / scale), -127), 127) : 0;
}

// w [columns, in, kh, kw], finite, as PyTorch stores it, in panels of `type`: clip__panel_size(type, kh, kw in) bytes
// for each 16 columns. Numbers stand in the host's byte order.
static inline void narrow_pack(unsigned type, unsigned char *to, const float *w, size_t columns, size_t in, size_t kh,
                        size_t kw) {
    const size_t g = clip__type_step[type], row = kw * in, steps = (row + g - 1) / g, groups = (row + 31) / 32;
    const size_t size = (size_t)clip__panel_size(type, kh, row);
    memset(to, 0, (columns + 15) / 16 * size);
    for (size_t p = 0; type == CLIP__Q4 && p < (columns + 15) / 16; p++)
        memset(to + p * size, 0x88, kh * steps * CLIP__STEP); // zeros
    for (size_t c = 0; c < columns; c++) {
        unsigned char *panel = to + c / 16 * size, *behind = panel + kh * steps * CLIP__STEP;
        const float *from = w + c * in * kh * kw;
        float most = 0, scale;
        int32_t sum = 0;
        for (size_t i = 0; i < in * kh * kw; i++) most = fmaxf(most, fabsf(from[i]));
        scale = most / 127;
        for (size_t y = 0; y < kh; y++)
            for (size_t k0 = 0; k0 < row; k0 += 32) { // a group of q4
                const size_t n = clip__min(row - k0, 32);
                float x[32];
                unsigned char numbers[32];
                for (size_t i = 0; i < n; i++) x[i] = from[((k0 + i) % in * kh + y) * kw + (k0 + i) / in];
                if (type == CLIP__Q4) {
                    const uint16_t half = (uint16_t)narrow_q4(numbers, x, n);
                    memcpy(behind + ((y * groups + k0 / 32) * 16 + c % 16) * 2, &half, 2);
                }
                for (size_t i = 0, k = k0; i < n; i++, k++) {
                    unsigned char *step = panel + (y * steps + k / g) * CLIP__STEP + c % 16 * 4;
                    const uint16_t half =
                        (uint16_t)(type == CLIP__F16 ? clip__f16_of_f32(x[i]) : clip__bf16_of_f32(x[i]));
                    if (type == CLIP__F32) memcpy(step, &x[i], 4);
                    else if (type == CLIP__Q4) step[k % 8 / 2] ^= (unsigned char)((numbers[i] ^ 8) << k % 2 * 4);
                    else if (type == CLIP__Q8) {
                        const int q = narrow_q8(x[i], scale);
                        step[k % 4] = (unsigned char)q;
                        sum += q;
                    } else memcpy(step + k % 2 * 2, &half, 2);
                }
            }
        if (type == CLIP__Q8) memcpy(behind + c % 16 * 4, &scale, 4), memcpy(behind + 64 + c % 16 * 4, &sum, 4);
    }
}

// x [rows, width] as rows of f16, bf16, q8 or q4.
static inline void narrow_rows(unsigned type, unsigned char *to, const float *x, size_t rows, size_t width) {
    const size_t groups = (width + 31) / 32;
    for (size_t r = 0; r < rows && type == CLIP__Q4; r++) {
        unsigned char *pairs = to + rows * groups * 2 + r * ((width + 1) / 2), numbers[32];
        for (size_t k0 = 0; k0 < width; k0 += 32) {
            const size_t n = clip__min(width - k0, 32);
            const uint16_t half = (uint16_t)narrow_q4(numbers, x + r * width + k0, n);
            memcpy(to + (r * groups + k0 / 32) * 2, &half, 2);
            for (size_t k = 0; k < n; k += 2) // a last one alone has a zero behind it
                pairs[(k0 + k) / 2] = (unsigned char)(numbers[k] | (k + 1 < n ? numbers[k + 1] : 8) << 4);
        }
    }
    if (type == CLIP__Q4) return;
    for (size_t r = 0; r < rows; r++, x += width) {
        float most = 0, scale;
        for (size_t k = 0; k < width; k++) {
            const uint16_t half = (uint16_t)(type == CLIP__F16 ? clip__f16_of_f32(x[k]) : clip__bf16_of_f32(x[k]));
            if (type != CLIP__Q8) memcpy(to + (r * width + k) * 2, &half, 2);
            most = fmaxf(most, fabsf(x[k]));
        }
        scale = most / 127;
        if (type != CLIP__Q8) continue;
        memcpy(to + r * 4, &scale, 4);
        for (size_t k = 0; k < width; k++)
            to[rows * 4 + r * width + k] = (unsigned char)narrow_q8(x[k], scale);
    }
}
#endif
