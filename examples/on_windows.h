// on_windows.h - what the programs use of POSIX, in the words of Windows (mingw-w64). Included by common.h.
// Names of files are in the code page of the system, as main() gets them. Links count as what they point to.
#ifndef ON_WINDOWS_H
#define ON_WINDOWS_H

#include <io.h>

#define fsync(file) _commit(file)
#define lstat(path, about) stat(path, about)
#define S_ISLNK(mode) 0
#define O_NONBLOCK 0
#define O_NOCTTY _O_BINARY // no terminal is to be feared; but text is

// tmpfile() wants the root of the disk, which only administrators may write to.
static inline FILE *temporary_file(void) {
    char *name = _tempnam(NULL, "clip");
    const int flags = _O_RDWR | _O_CREAT | _O_EXCL | _O_BINARY | _O_TEMPORARY; // the last: gone when it is closed
    const int file = name ? _open(name, flags, _S_IREAD | _S_IWRITE) : -1;
    free(name);
    return file < 0 ? NULL : _fdopen(file, "w+b");
}
#define tmpfile() temporary_file()

// The absolute path in a block that the caller frees, with the slashes of everywhere else. `to` is NULL.
static inline char *realpath(const char *path, char *to) {
    char *full = _fullpath(to, path, 0);
    for (char *p = full; p && *p; p++) *p = *p == '\\' ? '/' : *p;
    return full;
}

static inline ssize_t getline(char **line, size_t *room, FILE *file) {
    size_t n = 0;
    for (int c = 0; c != '\n' && (c = getc(file)) != EOF;) {
        if (n + 2 > *room) {
            char *longer = realloc(*line, 2 * n + 128);
            if (!longer) return -1;
            *line = longer, *room = 2 * n + 128;
        }
        (*line)[n++] = (char)c;
        (*line)[n] = 0;
    }
    return n && !ferror(file) ? (ssize_t)n : -1;
}

#endif
