// random.h - numbers for the mutators: the fuzzer's seed goes into `state`, and is not 0.
#ifndef RANDOM_H
#define RANDOM_H

#include <stdint.h>

static uint32_t state = 1;

static uint32_t below(uint32_t n) { // Marsaglia 2003, xorshift
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state % n;
}

#endif
