// common.h - what the programs share: messages, options, pictures from files, folders, whole files, progress.
//
//     #define _XOPEN_SOURCE 700          // POSIX of 2008, before everything else
//     #include "clip.h"                  // with CLIP_IMPLEMENTATION
//     #define PROGRAM "embed"            // what messages begin with
//     #include "common.h"
//
// Where STB_IMAGE_H is defined (the Makefile looks for it) pictures may be JPEG, PNG, BMP, PPM or PGM, else PPM or PGM.
// Everything that is read is checked before it is used; what fails says why in one line and is left to the caller.
#ifndef COMMON_H
#define COMMON_H

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#ifdef _WIN32
#include "on_windows.h"
#endif
#ifdef __MINGW_PRINTF_FORMAT // a compiler for Windows takes Microsoft's printf, without %zu, for the only one
#define PRINTF_FORMAT __MINGW_PRINTF_FORMAT
#else
#define PRINTF_FORMAT printf
#endif

#ifdef STB_IMAGE_H
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wpedantic"
#define STB_IMAGE_IMPLEMENTATION
// a JPEG may use a table that it doesn't have: then zeros, and always the same
#define STBI_MALLOC(size) calloc(1, size)
#define STBI_REALLOC(block, size) realloc(block, size)
#define STBI_FREE(block) free(block)
#define STBI_NO_STDIO
#define STBI_ONLY_JPEG // what is left out can't go wrong. Not static: gcc warns of the prototypes of what is left out
#define STBI_ONLY_PNG
#define STBI_ONLY_BMP
#include STB_IMAGE_H
#pragma GCC diagnostic pop
#define PICTURE_FORMATS "JPEG, PNG, BMP, PPM or PGM"
#else
#define PICTURE_FORMATS "PPM or PGM"
#endif

enum { FAILED = 1, USAGE = 2 }; // exit statuses; 0 is success
enum { NOT_READ = 3 };          // of a picture: it is gone, or may not be read, which says nothing of what is in it
enum { TROUBLE = 4 };           // likewise: memory, a disk, the number of open files, which ends the run
enum { WHY = 256 };             // bytes for the reason of a failure, as many as clip_error has

// ---------------------------------------------------------------------------------------------------------- messages

static int progress_on_screen; // a line of progress stands on the terminal and must go before another is written

// A file's name may hold anything: what would steer a terminal is printed as '?'. So many bytes, behind which is no
// more of their last character.
static inline void print_clean_part(FILE *out, const char *text, size_t size) {
    for (size_t at = 0, n; at < size; at += n) {
        if (clip__char_is_harmless(text + at, &n)) fwrite(text + at, 1, n, out);
        else putc('?', out);
    }
}

static inline void print_clean(FILE *out, const char *text) { print_clean_part(out, text, strlen(text)); }

static inline void progress_clear(void) {
    if (progress_on_screen) fputs("\r\033[K", stderr), progress_on_screen = 0;
}

// One line on stderr. Returns FAILED, so that `return complain(...)` can end a function or the program.
__attribute__((format(PRINTF_FORMAT, 1, 2))) static inline int complain(const char *format, ...) {
    char line[8192]; // longer than any path; what is longer is cut
    va_list list;
    va_start(list, format);
    vsnprintf(line, sizeof line, format, list);
    va_end(list);
    progress_clear();
    fputs(PROGRAM ": ", stderr);
    print_clean(stderr, line);
    putc('\n', stderr);
    return FAILED;
}

// Models lie in mapped files, see clip_model_load: if one is cut short while it is used, or its disk fails, that is
// said. What was being written stays under its temporary name, and the next that writes there takes it away.
static inline void on_bus_error(int number) {
    static const char line[] = PROGRAM ": a file was cut short, or its disk failed, while it was in use\n";
    _exit(write(STDERR_FILENO, line, sizeof line - 1) < 0 ? 128 + number : FAILED);
}

// What a program does first. A stream that was closed before would have the number of the next file that is opened, and
// what is printed would end up in there: its number is taken by what can't be read from, or written to. And what reads
// the program's pipe may end before the program does, or a file be larger than it may (ulimit -f): those are errors
// like others, and no signals that end it midway.
static inline void take_streams(void) {
#ifdef _WIN32
    _setmode(0, _O_BINARY), _setmode(1, _O_BINARY); // what is piped is bytes, as everywhere else
#else
    signal(SIGBUS, on_bus_error);
    for (int fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd ? O_RDONLY : O_WRONLY) < 0) exit(FAILED);
    signal(SIGPIPE, SIG_IGN);
#ifdef SIGXFSZ
    signal(SIGXFSZ, SIG_IGN);
#endif
#endif
}

// Whether something that was printed is lost, which it says.
static inline int stdout_failed(void) {
    return fflush(stdout) || ferror(stdout) ? complain("stdout: %s", strerror(errno)) : 0;
}

// ----------------------------------------------------------------------------------------------------------- options

// Whether a vector that the model has made of `what` is of finite numbers; FAILED, said, if not: nothing can be
// compared with it.
static inline int vector_check(const char *what, const float *vector, size_t dim) {
    for (size_t i = 0; i < dim; i++)
        if (vector[i] - vector[i] != 0) // NOLINT(clang-analyzer-core.UndefinedBinaryOperatorResult): the model wrote it
            return complain("%s: the model makes no finite numbers of it; its weights are broken, convert it again",
                            what);
    return 0;
}

// The value of the option argv[*i], which is then argv[*i]; NULL, and said, if there is none.
static inline const char *option_value(int argc, char **argv, int *i) {
    if (*i + 1 < argc) return argv[++*i];
    complain("%s: a value is missing; see --help", argv[*i]);
    return NULL;
}

// The same for a number from `least` to `most`. Returns 0, or FAILED and says so.
static inline int option_count(int argc, char **argv, int *i, size_t least, size_t most, size_t *out) {
    const char *name = argv[*i], *value = option_value(argc, argv, i);
    size_t n = 0;
    if (!value) return FAILED;
    for (const char *p = value; *p || p == value; p++) {
        if (*p < '0' || *p > '9') return complain("%s %s: not a number; see --help", name, value);
        n = n > most ? n : n * 10 + (size_t)(*p - '0'); // no overflow: `most` is far below SIZE_MAX / 10
    }
    if (n < least || n > most) return complain("%s %s: must be from %zu to %zu", name, value, least, most);
    *out = n;
    return 0;
}

// The same for a number that need not be whole.
static inline int option_real(int argc, char **argv, int *i, double least, double most, double *out) {
    const char *name = argv[*i], *value = option_value(argc, argv, i);
    char *end;
    if (!value) return FAILED;
    const double v = strtod(value, &end);
    if (!*value || *end) return complain("%s %s: not a number; see --help", name, value);
    if (!(v >= least && v <= most)) return complain("%s %s: must be from %g to %g", name, value, least, most);
    *out = v;
    return 0;
}

// The same for the towers that a training leaves as they are: image, text or both.
static inline int option_freeze(int argc, char **argv, int *i, int freeze[2]) {
    const char *value = option_value(argc, argv, i);
    if (!value) return FAILED;
    for (const char *p = value; *p; p += *p == ',') {
        const size_t n = strcspn(p, ",");
        if (clip__name_is(p, n, "image")) freeze[0] = 1;
        else if (clip__name_is(p, n, "text")) freeze[1] = 1;
        else return complain("--freeze %s: must be image, text or image,text", value);
        p += n;
    }
    return 0;
}

enum { MOST_THREADS = 256 }; // of a context

static inline size_t online_cpus(void) {
#ifdef _WIN32
    const long n = pthread_num_processors_np();
#else
    const long n = sysconf(_SC_NPROCESSORS_ONLN);
#endif
    return n < 1 ? 1 : n > MOST_THREADS ? MOST_THREADS : (size_t)n;
}

// Ctrl-C asks the program to stop where nothing is lost; a second one stops it at once.
static volatile sig_atomic_t interrupted;

static inline void on_signal(int number) { interrupted = number; }

static inline void catch_signals(void) {
#ifdef _WIN32
    signal(SIGINT, on_signal), signal(SIGTERM, on_signal); // one that came is not caught again
#else
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
        struct sigaction action, before;
        memset(&action, 0, sizeof action);
        action.sa_handler = on_signal;
        action.sa_flags = (int)SA_RESETHAND; // no SA_RESTART: waiting for a keyboard ends too
        sigemptyset(&action.sa_mask);
        if (sigaction(signals[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN) // nohup is to be respected
            sigaction(signals[i], &action, NULL);
    }
#endif
}

// ---------------------------------------------------------------------------------------------------------- progress

static inline double seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

typedef struct progress {
    const char *what;    // "picture"; an s is added
    size_t total;        // 0 if nobody knows
    double began, shown; // seconds()
} progress;

static inline progress progress_begin(const char *what, size_t total) {
    double now = seconds();
    return (progress){what, total, now, now};
}

// Begins to tell how far it is, if it is time to: on a terminal in one line that changes, elsewhere in a line every 5
// seconds. Returns 1 if so; what the caller writes then ends with progress_told.
static inline int progress_tells(progress *p) {
    const int terminal = isatty(STDERR_FILENO);
    const double now = seconds();
    if (now - p->shown < (terminal ? 0.1 : 5.0)) return 0;
    p->shown = now;
    fputs(terminal ? "\r\033[K" PROGRAM ": " : PROGRAM ": ", stderr);
    progress_on_screen = terminal;
    return 1;
}

static inline void progress_told(void) {
    if (!progress_on_screen) putc('\n', stderr);
    fflush(stderr);
}

static inline void progress_show(progress *p, size_t done) {
    const double rate = (double)done / (seconds() - p->began + 1e-9);
    if (done == 0 || !progress_tells(p)) return;
    fprintf(stderr, "%zu", done);
    if (p->total) fprintf(stderr, "/%zu", p->total);
    fprintf(stderr, " %ss, %.1f a second", p->what, rate);
    if (p->total) {
        const unsigned long left = (unsigned long)((double)(p->total - done) / rate + 0.5);
        fprintf(stderr, ", %lu:%02lu left", left / 60, left % 60);
    }
    progress_told();
}

static inline void progress_end(const progress *p, size_t done) {
    double took = seconds() - p->began;
    if (!done) return;
    complain("%zu %s%s in %.1f s, %.1f a second", done, p->what, done == 1 ? "" : "s", took,
             (double)done / (took + 1e-9));
}

// ------------------------------------------------------------------------------------------------------------- files

// Whether errno tells of a file that is gone, is none, or is not for this user, rather than of a machine in trouble.
static inline int is_gone(void) {
    const int gone = errno == ENOENT || errno == ENOTDIR || errno == ELOOP || errno == ENXIO;
    return gone || errno == EACCES || errno == EPERM;
}

// 1 for a folder, 0 for anything else, also for what is not there; -1, said, if nobody can tell.
static inline int is_folder(const char *path) {
    struct stat about;
    if (!strcmp(path, "-")) return 0;
    if (stat(path, &about)) return errno == ENOENT ? 0 : -complain("%s: %s", path, strerror(errno));
    return S_ISDIR(about.st_mode);
}

// The rest of an open file, in a block that the caller frees. NULL if it can't be read or is larger than `limit`;
// `why`, and errno, say what the matter is.
static inline unsigned char *file_read_open(FILE *file, size_t limit, size_t *size, char why[WHY]) {
    struct stat about;
    const int regular = fstat(fileno(file), &about) == 0 && S_ISREG(about.st_mode) && about.st_size > 0;
    const off_t begin = regular ? ftello(file) : 0; // stdin may be somewhere in its middle
    int error = regular && (uint64_t)about.st_size > limit ? EFBIG : 0;
    // One byte more than the file has: then one read takes it all and sees the end.
    size_t n = 0, room = regular && (uint64_t)about.st_size < limit ? (size_t)about.st_size + 1 : 1 << 16;
    unsigned char *bytes = error ? NULL : malloc(room), *more;
    if (!bytes && !error) error = errno;
    while (!error) {
        n += fread(bytes + n, 1, room - n, file);
        if (n < room) { // the end, or an error
            if (ferror(file)) error = errno;
            break;
        }
        if (n > limit) error = EFBIG;
        else if (!(more = realloc(bytes, room *= 2))) error = errno;
        else bytes = more;
    }
    if (!error && n > limit) error = EFBIG;
    const int cut = !error && regular && begin >= 0 && begin + (off_t)n < about.st_size;
    *size = n;
    if (!error && !cut) return bytes;
    if (error == EFBIG) snprintf(why, WHY, "has more than %zu bytes, the most that is read of such a file", limit);
    else snprintf(why, WHY, "%s", cut ? "it was cut short while it was read" : strerror(error));
    free(bytes);
    errno = cut ? EIO : error;
    return NULL;
}

// The same of the file `path`, "-": of stdin.
static inline unsigned char *file_read(const char *path, size_t limit, size_t *size, char why[WHY]) {
    FILE *file = strcmp(path, "-") ? fopen(path, "rb") : stdin;
    if (!file) return snprintf(why, WHY, "%s", strerror(errno)), NULL;
    unsigned char *bytes = file_read_open(file, limit, size, why);
    const int error = errno;
    if (file != stdin) fclose(file);
    errno = error;
    return bytes;
}

// The same of a file that was found in a folder, which may have changed since: only of a file, not of a pipe that
// nobody writes to. *about is what it is now.
static inline unsigned char *file_read_found(const char *path, struct stat *about, size_t limit, size_t *size,
                                             char why[WHY]) {
    const int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
    FILE *file = NULL;
    unsigned char *bytes = NULL;
    if (fd < 0 || fstat(fd, about)) snprintf(why, WHY, "%s", strerror(errno));
    else if (!S_ISREG(about->st_mode)) snprintf(why, WHY, "not a file"), errno = ENOENT;
    else if (!(file = fdopen(fd, "rb"))) snprintf(why, WHY, "%s", strerror(errno));
    else bytes = file_read_open(file, limit, size, why);
    const int error = errno;
    if (file) fclose(file);
    else if (fd >= 0) close(fd);
    errno = error;
    return bytes;
}

// "folder/name" in a block that the caller frees, or NULL.
static inline char *path_join(const char *folder, const char *name) {
    size_t n = strlen(folder), size = n + strlen(name) + 2;
    char *path = malloc(size);
    if (path) snprintf(path, size, "%s%s%s", folder, n == 0 || folder[n - 1] == '/' ? "" : "/", name);
    return path;
}

// `path` with an ending behind it, likewise.
static inline char *with_ending(const char *path, const char *ending) {
    char *longer = malloc(strlen(path) + strlen(ending) + 1);
    return longer ? strcat(strcpy(longer, path), ending) : NULL;
}

// What stands before a file's name; NULL if `path` is a name alone.
static inline const char *last_slash(const char *path) {
#ifdef _WIN32
    const char *slash = strrchr(path, '/'), *other = strrchr(path, '\\');
    return !slash || (other && other > slash) ? other : slash;
#else
    return strrchr(path, '/');
#endif
}

// The folder that a file is in, likewise: "." if `path` is a name alone.
static inline char *folder_of(const char *path) {
    const char *slash = last_slash(path);
    char *folder = with_ending(slash ? path : ".", "");
    if (folder && slash) folder[slash == path ? 1 : slash - path] = 0;
    return folder;
}

// Whether two names are those of one file or folder: it has one number, but for Windows.
static inline int same_file(const char *a, const char *b) {
    struct stat x, y;
    return !stat(a, &x) && !stat(b, &y) && x.st_ino && x.st_ino == y.st_ino && x.st_dev == y.st_dev;
}

// Whether two names are those of one place, where there may be nothing yet.
static inline int same_place(const char *a, const char *b) {
    const char *x = last_slash(a), *y = last_slash(b);
    if (strcmp(x ? x + 1 : a, y ? y + 1 : b)) return 0;
    char *folder_a = folder_of(a), *folder_b = folder_of(b);
    const int same = !strcmp(a, b) || (folder_a && folder_b && same_file(folder_a, folder_b));
    free(folder_a);
    free(folder_b);
    return same;
}

// Whether two outputs would go to one place, one behind the other or one for the other; then it says so.
static inline int outputs_clash(const char *what, const char *path, const char *other, const char *other_path) {
    return same_place(path, other_path) && complain("%s and %s: both to %s; name another file", what, other, path);
}

// Whether an output would take the place of a file that is read (NULL: none is); then it says so.
static inline int output_replaces(const char *option, const char *path, const char *input) {
    struct stat about;
    if (!path || !input || !strcmp(path, "-") || !strcmp(input, "-") || !same_file(path, input)) return 0;
    return !stat(path, &about) && S_ISREG(about.st_mode) &&
           complain("%s %s: this is what it begins with; give another name to write to", option, path);
}

// Strips the end of a line of n bytes, as getline reads it. C strings can't hold NUL bytes: U+0001 stands for them,
// which tokenizers leave out likewise (left out here, a NUL could join the bytes around it to a character).
static inline void clean_line(char *line, size_t n) {
    if (n > 0 && line[n - 1] == '\n') n--;
    if (n > 0 && line[n - 1] == '\r') n--;
    for (size_t i = 0; i < n; i++)
        if (!line[i]) line[i] = 1;
    line[n] = 0;
}

// Makes room for `more` (1 and up) behind n items of `size` bytes. Returns the block, moved perhaps, or NULL; then the
// old one is still there.
static inline void *grown(void *items, size_t n, size_t more, size_t *room, size_t size) {
    if (more <= *room - n) return items;
    if (more > SIZE_MAX / 8 / size || n > SIZE_MAX / 8 / size) return NULL;
    const size_t larger = 2 * (n + more) < 64 ? 64 : 2 * (n + more);
    items = realloc(items, larger * size);
    if (items) *room = larger;
    return items;
}

// Room for n vectors of so many numbers each, which may be none; zeros. NULL if there is no memory for so many.
static inline float *vectors_alloc(size_t n, size_t dim) {
    const size_t size = clip__mul(n, clip__mul(dim, sizeof(float)));
    return size < SIZE_MAX ? calloc(1, size + 1) : NULL;
}

// A file that is there whole or not at all: it is written under another name beside its place, see clip__file_claim,
// and renamed at the end. "-" (stdout), devices and pipes can't be renamed to: what is meant for them waits in a
// temporary file.
typedef struct output {
    FILE *file; // to write to, seekable; NULL when it is not open
    const char *path;
    char *temporary; // its name until the end, NULL if it has none
    int claim;       // on that name
} output;

static inline void output_discard(output *o) {
    if (o->file) fclose(o->file);
    if (o->temporary) remove(o->temporary), clip__file_release(o->claim);
    free(o->temporary);
    o->file = NULL;
    o->temporary = NULL;
}

// Returns 0, or -1 with errno.
static inline int output_open(output *o, const char *path) {
    struct stat about;
    memset(o, 0, sizeof *o);
    o->path = path;
    if (!strcmp(path, "-")) about.st_mode = S_IFIFO;
    else if (stat(path, &about)) {
        if (errno != ENOENT) return -1; // nobody knows what would be replaced
        about.st_mode = S_IFREG;
    }
    if (S_ISDIR(about.st_mode)) return errno = EISDIR, -1;
    if (!S_ISREG(about.st_mode) || clip__file_is_special(path)) return (o->file = tmpfile()) ? 0 : -1;
    if (!(o->temporary = malloc(strlen(path) + CLIP__TEMPORARY))) return -1;
    o->claim = clip__file_claim(path, "tmp", CLIP__WRITERS, o->temporary);
    if (o->claim >= 0 && (o->file = fopen(o->temporary, "wb"))) return 0;
    int error = errno;
    if (o->claim < 0) free(o->temporary), o->temporary = NULL; // nothing of this program's
    output_discard(o);
    errno = error;
    return -1;
}

// Puts what was written in its place, or leaves nothing behind. Returns 0, or -1 with errno. (fseek and not rewind,
// here and elsewhere: that would forget that a write has failed.)
static inline int output_commit(output *o) {
    int failed = fflush(o->file) != 0 || ferror(o->file);
    if (o->temporary) {
        failed = failed || fsync(fileno(o->file)) != 0; // so that the name never comes before the bytes
        failed = (fclose(o->file) != 0) || failed;
        o->file = NULL;
        failed = failed || clip__rename(o->temporary, o->path) != 0;
        if (!failed) clip__file_release(o->claim), free(o->temporary), o->temporary = NULL;
    } else {
        FILE *to = !strcmp(o->path, "-") ? stdout : fopen(o->path, "wb");
        char block[1 << 14];
        off_t left = fseeko(o->file, 0, SEEK_END) ? -1 : ftello(o->file);
        failed = failed || left < 0 || fseeko(o->file, 0, SEEK_SET) != 0;
        for (size_t n; to && !failed && left > 0; left -= (off_t)n) {
            errno = EIO; // if it ends before its end
            n = fread(block, 1, sizeof block, o->file);
            failed = !n || fwrite(block, 1, n, to) != n;
        }
        failed = failed || !to || fflush(to) != 0;
        if (to && to != stdout) failed = (fclose(to) != 0) || failed;
    }
    int error = errno;
    output_discard(o);
    errno = error;
    return failed ? -1 : 0;
}

// ---------------------------------------------------------------------------------------------------------- pictures

// What claims to have more is refused before memory is taken for it: a PNG of a megabyte may. As many as PIL takes.
enum { PICTURE_MOST_PIXELS = 178956970 };
// Nor are there more bytes of samples than so many pixels of RGB have: to decode them takes twice as many, about 1 GB
// (a progressive JPEG four times, for its 16-bit coefficients). A PNG of a megabyte may have 2.8 GB.
enum { PICTURE_MOST_BYTES = 3 * PICTURE_MOST_PIXELS };
#define PICTURE_TOO_LARGE "has more than 178956970 pixels; make it smaller first"
#define PICTURE_TOO_MANY_BYTES "has more than 536870910 bytes; make it smaller first"

// One number of a PPM's header, after white space and comments. Returns the place behind it, NULL if there is none.
static inline const unsigned char *ppm_number(const unsigned char *p, const unsigned char *end, size_t *out) {
    size_t n = 0;
    while (p < end && (*p == ' ' || (*p >= '\t' && *p <= '\r') || *p == '#')) {
        if (*p == '#')
            while (p < end && *p != '\n' && *p != '\r') p++;
        else p++;
    }
    if (p == end || *p < '0' || *p > '9') return NULL;
    for (; p < end && *p >= '0' && *p <= '9'; p++)
        if ((n = n * 10 + (size_t)(*p - '0')) > PICTURE_MOST_PIXELS) return NULL;
    *out = n;
    return p;
}

// PPM and PGM in their binary forms, P6 and P5, 8 bits a sample: https://netpbm.sourceforge.net/doc/ppm.html
static inline int ppm_parse(const unsigned char *bytes, size_t size, clip_image *out, char why[WHY]) {
    const unsigned char *end = bytes + size, *p = bytes + 2;
    size_t width, height, most, channels = bytes[1] == '6' ? 3 : 1, n;
    unsigned char *pixels;
    if (!(p = ppm_number(p, end, &width)) || !(p = ppm_number(p, end, &height)) || !(p = ppm_number(p, end, &most)) ||
        p == end || width == 0 || height == 0 || most == 0)
        return snprintf(why, WHY, "a PPM with a damaged header"), FAILED;
    if (most > 255) return snprintf(why, WHY, "a PPM of 16 bits a sample, 8 can be read"), FAILED;
    p++; // the one white space before the samples
    if (width > PICTURE_MOST_PIXELS / height)
        return snprintf(why, WHY, "%zux%zu " PICTURE_TOO_LARGE, width, height), FAILED;
    n = width * height * channels;
    if ((size_t)(end - p) < n) return snprintf(why, WHY, "a PPM that is cut short"), FAILED;
    if (!(pixels = malloc(n))) return snprintf(why, WHY, "not enough memory for %zux%zu", width, height), TROUBLE;
    for (size_t i = 0; i < n; i++) pixels[i] = (unsigned char)(p[i] >= most ? 255 : (p[i] * 255u + most / 2) / most);
    *out = (clip_image){pixels, width, height, channels, 0};
    return 0;
}

#ifdef STB_IMAGE_H
// 1 if a JPEG has no end mark behind its first scan: stb_image would fill the missing part with grey and say nothing.
static inline int jpeg_is_cut(const unsigned char *bytes, size_t size) {
    size_t at = 2; // SOI; then segments: FF, a kind, a length that counts its own 2 bytes
    while (at + 4 <= size && bytes[at] == 0xFF && bytes[at + 1] != 0xDA) // DA: start of scan
        at += bytes[at + 1] == 0xFF ? 1 : 2 + ((size_t)bytes[at + 2] << 8 | bytes[at + 3]);
    for (; at + 2 <= size; at++)
        if (bytes[at] == 0xFF && bytes[at + 1] == 0xD9) return 0; // in a scan FF stands only before a mark
    return 1;
}

// 1 if a JPEG has a table of more codes than the 256 that stb_image has room for, and before 2.28 writes behind:
// https://www.w3.org/Graphics/JPEG/itu-t81.pdf, B.2.4.2
static inline int jpeg_has_too_many_codes(const unsigned char *bytes, size_t size) {
    for (size_t at = 2, end; at + 4 <= size; at = end) {
        const unsigned kind = bytes[at + 1];
        end = at + 1; // in a scan, or between segments
        if (bytes[at] != 0xFF || kind == 0 || kind == 0xFF || (kind >= 0xD0 && kind <= 0xD7)) continue;
        end = at + 2 + ((size_t)bytes[at + 2] << 8 | bytes[at + 3]);
        // a class, 16 counts, codes
        for (size_t p = at + 4, n = 0; kind == 0xC4 && p < end && p + 17 <= size; p += 17 + n) {
            n = 0;
            for (size_t i = 1; i <= 16; i++) n += bytes[p + i];
            if (n > 256) return 1;
        }
    }
    return 0;
}

// 1 if a PNG lacks its end, or a chunk that pictures are made of is not as its CRC-32 says, which stb_image doesn't
// look at: https://www.w3.org/TR/png-3/#5Chunk-layout
static inline int png_is_damaged(const unsigned char *bytes, size_t size) {
    for (size_t at = 8; size >= 12 && at <= size - 12;) { // length, kind, so many bytes, CRC-32 of kind and bytes
        const unsigned char *p = bytes + at, *crc;
        const size_t n = (size_t)p[0] << 24 | (size_t)p[1] << 16 | (size_t)p[2] << 8 | p[3];
        if (n > size - at - 12) return 1;
        crc = p + 8 + n;
        if (!(p[4] & 32) && // a capital letter: needed
            clip__crc32(0, p + 4, n + 4) !=
                ((uint32_t)crc[0] << 24 | (uint32_t)crc[1] << 16 | (uint32_t)crc[2] << 8 | crc[3]))
            return 1;
        if (!memcmp(p + 4, "IEND", 4)) return 0;
        at += n + 12;
    }
    return 1;
}

// 1 if a BMP of that size ends before its last pixel: stb_image would go on with zeros.
static inline int bmp_is_cut(const unsigned char *bytes, size_t size, size_t width, size_t height) {
    if (size < 30) return 1;
    // OS/2's header is of 12 bytes, all others are longer
    const unsigned char *bits = bytes + (bytes[14] == 12 ? 24 : 28);
    const uint64_t row = (uint64_t)width * (bits[0] | (uint64_t)bits[1] << 8), padded = (row + 31) / 32 * 4;
    return clip__read_le(bytes + 10, 4) + padded * (height - 1) + (row + 7) / 8 > size;
}

static inline int stb_parse(const unsigned char *bytes, size_t size, clip_image *out, char why[WHY]) {
    int width, height, channels;
    const char *damage = NULL;
    if (size > 2 && bytes[0] == 0xFF && jpeg_has_too_many_codes(bytes, size))
        return snprintf(why, WHY, "a JPEG that is damaged"), FAILED;
    errno = 0; // stb_image's own words tell of memory only sometimes; malloc's errno always
    if (size > INT_MAX || !stbi_info_from_memory(bytes, (int)size, &width, &height, &channels)) {
        if (errno == ENOMEM) return snprintf(why, WHY, "%s", strerror(ENOMEM)), TROUBLE;
        return snprintf(why, WHY, "not a " PICTURE_FORMATS), FAILED;
    }
    if (height < 0 && height > -INT_MAX) height = -height; // of a BMP whose first row is the upper one
    if (width < 1 || height < 1 || width > PICTURE_MOST_PIXELS / height)
        return snprintf(why, WHY, "%dx%d " PICTURE_TOO_LARGE, width, height), FAILED;
    channels *= stbi_is_16_bit_from_memory(bytes, (int)size) ? 2 : 1; // now bytes
    if (channels > PICTURE_MOST_BYTES / (width * height))
        return snprintf(why, WHY, "%dx%d of %d bytes a pixel " PICTURE_TOO_MANY_BYTES, width, height, channels), FAILED;
    if (bytes[0] == 0xFF && jpeg_is_cut(bytes, size)) damage = "a JPEG that is cut short";
    if (bytes[0] == 0x89 && png_is_damaged(bytes, size)) damage = "a PNG that is cut short or damaged";
    if (bytes[0] == 'B' && bmp_is_cut(bytes, size, (size_t)width, (size_t)height)) damage = "a BMP that is cut short";
    if (damage) return snprintf(why, WHY, "%s", damage), FAILED;
    out->data = stbi_load_from_memory(bytes, (int)size, &width, &height, &channels, 0);
    if (!out->data && errno == ENOMEM)
        return snprintf(why, WHY, "not enough memory for %dx%d", width, height), TROUBLE;
    if (!out->data) return snprintf(why, WHY, "damaged (%s)", stbi_failure_reason()), FAILED;
    *out = (clip_image){out->data, (size_t)width, (size_t)height, (size_t)channels, 0};
    return 0;
}
#endif

// Makes a picture of the bytes of a file. out->data is the caller's, to give back with picture_free. Returns 0,
// FAILED if these bytes are no picture, or TROUBLE.
static inline int picture_parse(const unsigned char *bytes, size_t size, clip_image *out, char why[WHY]) {
    if (size >= 2 && bytes[0] == 'P' && (bytes[1] == '5' || bytes[1] == '6')) return ppm_parse(bytes, size, out, why);
#ifdef STB_IMAGE_H
    return stb_parse(bytes, size, out, why);
#else
    if (size >= 2 && ((bytes[0] == 0xFF && bytes[1] == 0xD8) || (bytes[0] == 0x89 && bytes[1] == 'P')))
        return snprintf(why, WHY, "JPEG and PNG need stb_image.h: install libstb-dev and build again"), FAILED;
    return snprintf(why, WHY, "not a " PICTURE_FORMATS), FAILED;
#endif
}

static inline void picture_free(clip_image *picture) {
    free((void *)(uintptr_t)picture->data);
    picture->data = NULL;
}

// `found` is NULL for what the user names, which may be "-" or a pipe; else, see file_read_found. Returns 0, FAILED if
// it is no picture, NOT_READ, or TROUBLE.
static inline int picture_read(const char *path, struct stat *found, clip_image *out, char why[WHY]) {
    const size_t limit = (size_t)1 << 30;
    size_t size;
    unsigned char *bytes = found ? file_read_found(path, found, limit, &size, why) : file_read(path, limit, &size, why);
    const int failed = bytes                          ? picture_parse(bytes, size, out, why)
                       : is_gone() || errno == EFBIG ? NOT_READ
                                                      : TROUBLE;
    free(bytes);
    return failed;
}

// A picture on its way to the model.
typedef struct loading {
    char *path;
    int found;         // in a folder
    int failed;        // what picture_read returns
    struct stat about; // of one in a folder: this is what was read
    clip_image image;
    char why[WHY];
} loading;

enum { BATCH = 8 }; // so many pictures are decoded and held at a time; Ctrl-C waits for so many

typedef struct share { // the part of a batch that one thread reads: every `step`th
    loading *batch;
    size_t n, first, step;
} share;

static inline void *share_read(void *argument) {
    const share *s = argument;
    for (size_t i = s->first; i < s->n; i += s->step) {
        loading *p = &s->batch[i];
        p->failed = picture_read(p->path, p->found ? &p->about : NULL, &p->image, p->why);
    }
    return NULL;
}

// Reads n pictures, up to BATCH, with that many threads, and brings those that can be read to the model's size:
// pixels [number of those, side, side, 3], in order. The others are marked, with the reason. Returns their number.
static inline size_t pictures_load(clip_context *clip, loading *batch, size_t n, size_t threads, size_t side,
                                   unsigned char *pixels) {
    pthread_t thread[BATCH];
    share part[BATCH];
    int started[BATCH] = {0};
    size_t step = threads < n ? threads : n, good = 0;
    for (size_t i = 0; i < step; i++) {
        part[i] = (share){batch, n, i, step};
        started[i] = i > 0 && pthread_create(&thread[i], NULL, share_read, &part[i]) == 0;
    }
    for (size_t i = 0; i < step; i++)
        if (!started[i]) share_read(&part[i]); // the first part is always this thread's
    for (size_t i = 0; i < step; i++)
        if (started[i]) pthread_join(thread[i], NULL);
    for (size_t i = 0; i < n; i++) {
        if (batch[i].failed) continue;
        if (clip_preprocess(clip, &batch[i].image, 1, pixels + good * side * side * 3)) batch[i].failed = FAILED;
        if (batch[i].failed) snprintf(batch[i].why, WHY, "%s", clip_context_error(clip));
        picture_free(&batch[i].image);
        good += !batch[i].failed;
    }
    return good;
}

// ----------------------------------------------------------------------------------------------------------- folders

typedef struct found_file {
    char *path; // from the folder on, "beach/12.jpg"
    uint64_t size;
    int64_t time; // of the last change, nanoseconds since 1970
} found_file;

typedef struct file_list {
    found_file *files; // in byte order of their paths
    size_t n, room;
} file_list;

// Whether two words are the same, whatever the case of their letters.
static inline int same_word(const char *a, const char *b) {
    while (*a && *b && (*a | 0x20) == (*b | 0x20)) a++, b++; // | 0x20: lower case
    return !*a && !*b;
}

static inline int is_picture_name(const char *name) {
    static const char *const endings[] = {"jpg", "jpeg", "jpe", "png", "bmp", "ppm", "pgm", "pnm"};
    const char *dot = strrchr(name, '.');
    for (size_t e = 0; dot && e < sizeof endings / sizeof *endings; e++)
        if (same_word(dot + 1, endings[e])) return 1;
    return 0;
}

static inline int by_path(const void *a, const void *b) {
    return strcmp(((const found_file *)a)->path, ((const found_file *)b)->path);
}

static inline void folder_free(file_list *f) {
    for (size_t i = 0; i < f->n; i++) free(f->files[i].path);
    free(f->files);
    memset(f, 0, sizeof *f);
}

// In nanoseconds since 1970. (Unsigned, so that a nonsensical time can't overflow.)
static inline int64_t time_of_change(const struct stat *about) {
#ifdef _WIN32
    return (int64_t)((uint64_t)about->st_mtime * 1000000000u);
#else
    return (int64_t)((uint64_t)about->st_mtim.tv_sec * 1000000000u + (uint64_t)about->st_mtim.tv_nsec);
#endif
}

// What `name`, found in the folder `inside` of the root, which is at `place`, is to folder_walk: a picture goes to
// `out`, a folder to `waiting`, for later.
static inline int folder_take(const char *place, const char *inside, const char *name, file_list *out,
                              file_list *waiting) {
    struct stat about;
    file_list *to = NULL;
    char *path = path_join(place, name);
    int there = path && lstat(path, &about) == 0;
    if (there && S_ISDIR(about.st_mode)) to = waiting; // a link is none here: so no walk goes in circles
    else if (there && is_picture_name(name)) {
        if (S_ISLNK(about.st_mode)) there = stat(path, &about) == 0;
        if (there && S_ISREG(about.st_mode)) to = out;
    }
    const int lost = path && !there && !is_gone(); // not a link to nowhere, or just removed: those are no pictures
    const int too_deep = lost && errno == ENAMETOOLONG;
    const int failed = lost && complain("%s%s%s: %s", inside, *inside ? "/" : "", name, strerror(errno)) && !too_deep;
    const int done = failed || (path && !to);
    free(path);
    if (done) return failed;
    found_file *files = to ? grown(to->files, to->n, 1, &to->room, sizeof *files) : NULL;
    path = files ? path_join(inside, name) : NULL;
    if (files) to->files = files;
    if (path) files[to->n++] = (found_file){path, (uint64_t)about.st_size, time_of_change(&about)};
    return path ? 0 : complain("not enough memory for the names of files");
}

static inline int folder_read(const char *root, const char *inside, file_list *out, file_list *waiting) {
    char *place = *inside ? path_join(root, inside) : path_join("", root);
    DIR *dir = place ? opendir(place) : NULL;
    int failed = 0;
    if (!place) failed = complain("not enough memory for the names of files");
    else if (!dir) { // one inside that may not be read is passed over
        const int passed_over = *inside && is_gone();
        failed = complain("%s: %s", place, strerror(errno)) && !passed_over;
    }
    for (struct dirent *entry; dir && !failed && (errno = 0, entry = readdir(dir));)
        if (entry->d_name[0] != '.') failed = folder_take(place, inside, entry->d_name, out, waiting);
    if (dir && !failed && errno) failed = complain("%s: %s", place, strerror(errno)); // a part would pass for the whole
    if (dir) closedir(dir);
    free(place);
    return failed;
}

// Finds all pictures below `root`. Hidden files and links to folders are left out; a folder inside that is gone or may
// not be read, and what lies deeper than the system's longest path, is named and passed over. Returns 0, or FAILED and
// says why.
static inline int folder_walk(const char *root, file_list *out) {
    file_list waiting = {0};
    memset(out, 0, sizeof *out);
    int failed = folder_read(root, "", out, &waiting);
    while (!failed && waiting.n > 0) {
        char *inside = waiting.files[--waiting.n].path;
        failed = folder_read(root, inside, out, &waiting);
        free(inside);
    }
    folder_free(&waiting);
    if (failed) return folder_free(out), FAILED;
    if (out->n) qsort(out->files, out->n, sizeof *out->files, by_path);
    return 0;
}

// --------------------------------------------------------------------------------------------------------------- npy

// The header of a .npy file, version 1.0, of `rows` rows of the form `rest` (", 384"), as NumPy writes it:
// https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html. Always 128 bytes, so that it can be
// written again when the rows are counted. `type` is "f4" in this machine's byte order, or "u1".
enum { NPY_HEADER = 128 };

static inline void npy_header(char header[NPY_HEADER], const char *type, size_t rows, const char *rest) {
    const union {
        uint16_t two;
        char first;
    } order = {1};
    char text[NPY_HEADER] = "";
    int n = snprintf(text, sizeof text, "{'descr': '%c%s', 'fortran_order': False, 'shape': (%zu%s), }",
                     type[1] == '1' ? '|' : order.first ? '<' : '>', type, rows, rest);
    memset(header, ' ', NPY_HEADER);
    memcpy(header, "\x93NUMPY\x01\x00\x76\x00", 10); // 0x76 = 118 bytes follow
    memcpy(header + 10, text, (size_t)n);
    header[NPY_HEADER - 1] = '\n';
}

#endif // COMMON_H
