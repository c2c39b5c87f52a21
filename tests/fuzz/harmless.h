// harmless.h - what the programs of a target say goes into memory here, and must be harmless to a terminal: a file may
// put anything into a name, and the name stands in the message. Include it before what is fuzzed, which must not
// include <stdio.h> before that.
#ifndef HARMLESS_H
#define HARMLESS_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOLDS(x) ((x) ? (void)0 : abort())

// Whether a terminal can show it: no control of C0 but a line feed, none of C1 in UTF-8 or as a byte alone, nothing
// that turns the direction of writing round.
static int is_harmless(const char *text, size_t size) {
    static const char *const turns[] = {"\xE2\x80\xAA", "\xE2\x80\xAB", "\xE2\x80\xAC", "\xE2\x80\xAD", "\xE2\x80\xAE",
                                        "\xE2\x81\xA6", "\xE2\x81\xA7", "\xE2\x81\xA8", "\xE2\x81\xA9"};
    const unsigned char *p = (const unsigned char *)text;
    size_t inside = 0; // so many bytes of a character are still to come
    for (size_t i = 0; i < size; i++) {
        if ((p[i] < 0x20 && p[i] != '\n') || p[i] == 0x7F) return 0;
        if (p[i] >= 0x80 && p[i] < 0xA0 && (!inside || p[i - 1] == 0xC2)) return 0;
        for (size_t k = 0; k < sizeof turns / sizeof *turns; k++)
            if (size - i >= 3 && !memcmp(p + i, turns[k], 3)) return 0;
        if (inside && p[i] >= 0x80 && p[i] < 0xC0) inside--;
        else inside = p[i] >= 0xF0 ? 3 : p[i] >= 0xE0 ? 2 : p[i] >= 0xC2 ? 1 : 0;
    }
    return 1;
}

// What takes the place of stderr and stdout for what is included behind this.
static char said[1 << 16];
static FILE *said_file(void) {
    static FILE *file;
    if (!file && (file = fmemopen(said, sizeof said, "w"))) setvbuf(file, NULL, _IONBF, 0);
    HOLDS(file);
    return file;
}

// Ends a run: looks at what it has said, and forgets it.
static inline void said_is_harmless(void) {
    FILE *file = said_file();
    const long n = ftell(file);
    HOLDS(n >= 0 && is_harmless(said, (size_t)n));
    rewind(file);
}

#undef stderr
#undef stdout
#define stderr said_file()
#define stdout said_file()
#endif
