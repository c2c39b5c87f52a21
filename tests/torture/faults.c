// faults.c - a library to be preloaded (LD_PRELOAD, glibc): the N-th call of a kind fails, as a machine in trouble
// would have it. tests/torture/faults.sh runs the programs under it.
//
//     cc -shared -fPIC faults.c -o faults.so -ldl -lpthread
//     FAULT="write once 28 3" FAULT_LOG=log LD_PRELOAD=./faults.so program ...
//
// FAULT is a kind, how it fails, errno and N. "once": call N alone; "forever": that one and all later ones; "cut" of a
// read: the stream has ended there, as of a file that was cut short; "pieces": reads give a few bytes at a time, which
// is no failure. Kinds: alloc (malloc, calloc, realloc), open (fopen, fdopen, open, opendir, mkstemp, tmpfile), read,
// write (half of the bytes are written), seek, close (it is closed all the same), sync (fsync, msync), stat (stat,
// fstat, fstatat), map (mmap), rename, list (readdir), thread (pthread_create), lock (pthread_mutex_init,
// pthread_cond_init), process (fork, pipe, waitpid).
//
// Streams are made with fopencookie, so that a failure comes where it does in truth: when the buffer is full, flushed
// or closed, not when something is printed into it. What happens goes to FAULT_LOG, a line each: "fired KIND N", and at
// the end "calls KIND N" for each kind, "open N" descriptors, and "leaked N ADDRESS": blocks that the program itself
// asked for and did not give back, and where in the program the first one was asked for.
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ALLOC, OPEN, READ, WRITE, SEEK, CLOSE, SYNC, STAT, MAP, RENAME, LIST, THREAD, LOCK, PROCESS, KINDS };
static const char *const kinds[KINDS] = {"alloc", "open", "read",   "write", "seek",   "close", "sync",
                                         "stat",  "map",  "rename", "list",  "thread", "lock",  "process"};

static size_t calls[KINDS];
static int armed, kind = -1, error, log_fd = -1, inherited;
static size_t at;
static char how[16];

static void say(const char *format, ...) {
    char line[128];
    va_list args;
    va_start(args, format);
    const int n = vsnprintf(line, sizeof line, format, args);
    va_end(args);
    if (log_fd >= 0 && syscall(SYS_write, log_fd, line, (size_t)n) != n) _exit(99);
}

// Counts a call. 1: it is to fail, and errno says with what.
static int fails(int k) {
    if (!armed) return 0;
    const size_t n = __atomic_add_fetch(&calls[k], 1, __ATOMIC_RELAXED);
    if (k != kind || !at || (n != at && !(n > at && !strcmp(how, "forever")))) return 0;
    if (n == at) say("fired %s %zu\n", kinds[k], n);
    if (error) errno = error; // a stream that ends is no error
    return 1;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

// ------------------------------------------------------------------------------------------------------------ memory

void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t n);
void __libc_free(void *p);

enum { BLOCKS = 1 << 17 };
static struct {
    void *p, *caller;
} blocks[BLOCKS]; // an open hash of what the program itself has asked for
static pthread_mutex_t blocks_lock = PTHREAD_MUTEX_INITIALIZER;
static uintptr_t program_begin, program_end;

static size_t place_of(const void *p) { return ((uintptr_t)p >> 4) * 0x9E3779B1u % BLOCKS; }

static void *block_add(void *p, void *caller) {
    if (!p || !armed || (uintptr_t)caller < program_begin || (uintptr_t)caller >= program_end) return p;
    pthread_mutex_lock(&blocks_lock);
    size_t i = place_of(p);
    while (blocks[i].p) i = (i + 1) % BLOCKS;
    blocks[i].p = p, blocks[i].caller = caller;
    pthread_mutex_unlock(&blocks_lock);
    return p;
}

static void block_remove(void *p) {
    if (!p || !armed) return;
    pthread_mutex_lock(&blocks_lock);
    size_t i = place_of(p);
    while (blocks[i].p && blocks[i].p != p) i = (i + 1) % BLOCKS;
    if (blocks[i].p) { // what follows moves up: Knuth, 6.4, algorithm R
        for (size_t k = (i + 1) % BLOCKS; blocks[k].p; k = (k + 1) % BLOCKS) {
            const size_t home = place_of(blocks[k].p);
            if (i <= k ? i < home && home <= k : i < home || home <= k) continue;
            blocks[i] = blocks[k], i = k;
        }
        blocks[i].p = NULL;
    }
    pthread_mutex_unlock(&blocks_lock);
}

void *malloc(size_t n) { return fails(ALLOC) ? NULL : block_add(__libc_malloc(n), __builtin_return_address(0)); }

void *calloc(size_t n, size_t size) {
    return fails(ALLOC) ? NULL : block_add(__libc_calloc(n, size), __builtin_return_address(0));
}

void *realloc(void *p, size_t n) {
    if (fails(ALLOC)) return NULL;
    void *q = __libc_realloc(p, n);
    if (q || !n) block_remove(p), block_add(q, __builtin_return_address(0));
    return q;
}

void free(void *p) {
    const int kept = errno;
    block_remove(p);
    __libc_free(p);
    errno = kept;
}

// ----------------------------------------------------------------------------------------------------------- streams

typedef struct stream {
    FILE *file;
    int fd, ended;
} stream;

enum { STREAMS = 64 };
static stream streams[STREAMS];
static pthread_mutex_t streams_lock = PTHREAD_MUTEX_INITIALIZER;

static ssize_t stream_read(void *cookie, char *to, size_t n) {
    stream *s = cookie;
    const int failed = fails(READ);
    if (kind == READ && !strcmp(how, "pieces")) n = n > 7 ? 7 : n;
    else if (failed && strcmp(how, "cut")) return -1;
    else if (failed) s->ended = 1;
    if (s->ended) return 0;
    return syscall(SYS_read, s->fd, to, n);
}

static ssize_t stream_write(void *cookie, const char *from, size_t n) {
    const stream *s = cookie;
    size_t done = 0;
    const int failed = fails(WRITE), why = errno;
    for (const size_t end = failed ? n / 2 : n; done < end;) {
        const ssize_t got = syscall(SYS_write, s->fd, from + done, end - done);
        if (got <= 0) return (ssize_t)done;
        done += (size_t)got;
    }
    if (failed) errno = why;
    return (ssize_t)done;
}

static int stream_seek(void *cookie, off64_t *to, int whence) {
    const stream *s = cookie;
    if (fails(SEEK)) return -1;
    const off64_t now = lseek64(s->fd, *to, whence);
    if (now < 0) return -1;
    *to = now;
    return 0;
}

static int stream_close(void *cookie) {
    stream *s = cookie;
    const int failed = s->fd > 2 && fails(CLOSE), why = errno, got = s->fd > 2 ? (int)syscall(SYS_close, s->fd) : 0;
    s->file = NULL;
    s->fd = -1;
    if (failed) errno = why;
    return failed ? -1 : got;
}

// -1 for `fd`: it comes later, so that without memory no file is made.
static FILE *stream_open(int fd, const char *mode) {
    static const cookie_io_functions_t functions = {stream_read, stream_write, stream_seek, stream_close};
    stream *s = streams;
    pthread_mutex_lock(&streams_lock);
    while (s < streams + STREAMS && s->file) s++;
    if (s == streams + STREAMS) _exit(99);
    s->fd = fd, s->ended = 0;
    s->file = fopencookie(s, mode, functions);
    pthread_mutex_unlock(&streams_lock);
    return s->file;
}

static FILE *stream_of(const char *path, int flags, const char *mode) {
    FILE *f = fails(OPEN) ? NULL : stream_open(-1, mode);
    const int fd = f ? (int)syscall(SYS_openat, AT_FDCWD, path, flags, 0666) : -1, why = errno;
    for (stream *s = streams; f && s < streams + STREAMS; s++)
        if (s->file == f) s->fd = fd;
    if (fd >= 0 || !f) return f;
    fclose(f);
    errno = why;
    return NULL;
}

FILE *fopen(const char *path, const char *mode) {
    const int plus = strchr(mode, '+') != NULL;
    const int flags = *mode == 'r' ? (plus ? O_RDWR : O_RDONLY)
                                   : O_CREAT | (plus ? O_RDWR : O_WRONLY) | (*mode == 'a' ? O_APPEND : O_TRUNC);
    return stream_of(path, flags, mode);
}

FILE *fdopen(int fd, const char *mode) { return fails(OPEN) ? NULL : stream_open(fd, mode); }

FILE *tmpfile(void) { return stream_of("/tmp", O_TMPFILE | O_RDWR, "w+b"); }

int fileno(FILE *f) {
    for (const stream *s = streams; s < streams + STREAMS; s++)
        if (f && s->file == f) return s->fd;
    return REAL(fileno)(f);
}

// ------------------------------------------------------------------------------------------------- files and folders

int open(const char *path, int flags, ...) {
    int mode = 0;
    if (flags & O_CREAT) {
        va_list args;
        va_start(args, flags);
        mode = va_arg(args, int);
        va_end(args);
    }
    return fails(OPEN) ? -1 : (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

int mkstemp(char *name) { return fails(OPEN) ? -1 : REAL(mkstemp)(name); }
DIR *opendir(const char *path) { return fails(OPEN) ? NULL : REAL(opendir)(path); }
struct dirent *readdir(DIR *dir) { return fails(LIST) ? NULL : REAL(readdir)(dir); }
int rename(const char *from, const char *to) { return fails(RENAME) ? -1 : REAL(rename)(from, to); }
int stat(const char *path, struct stat *out) { return fails(STAT) ? -1 : REAL(stat)(path, out); }
int fstat(int fd, struct stat *out) { return fails(STAT) ? -1 : REAL(fstat)(fd, out); }
int fstatat(int fd, const char *path, struct stat *out, int flags) {
    return fails(STAT) ? -1 : REAL(fstatat)(fd, path, out, flags);
}
int fsync(int fd) { return fails(SYNC) ? -1 : REAL(fsync)(fd); }
int msync(void *p, size_t n, int flags) { return fails(SYNC) ? -1 : REAL(msync)(p, n, flags); }
void *mmap(void *p, size_t n, int protection, int flags, int fd, off_t from) {
    return fails(MAP) ? MAP_FAILED : REAL(mmap)(p, n, protection, flags, fd, from);
}
int close(int fd) {
    const int failed = fails(CLOSE), got = (int)syscall(SYS_close, fd);
    if (failed) errno = error;
    return failed ? -1 : got;
}
ssize_t read(int fd, void *to, size_t n) {
    if (!fails(READ)) return syscall(SYS_read, fd, to, n);
    return strcmp(how, "cut") ? -1 : 0;
}

// ------------------------------------------------------------------------------------------------ threads, processes

int pthread_create(pthread_t *id, const pthread_attr_t *attributes, void *(*run)(void *), void *argument) {
    return fails(THREAD) ? error : REAL(pthread_create)(id, attributes, run, argument);
}
int pthread_mutex_init(pthread_mutex_t *lock, const pthread_mutexattr_t *attributes) {
    return fails(LOCK) ? error : REAL(pthread_mutex_init)(lock, attributes);
}
int pthread_cond_init(pthread_cond_t *condition, const pthread_condattr_t *attributes) {
    return fails(LOCK) ? error : REAL(pthread_cond_init)(condition, attributes);
}
pid_t fork(void) { return fails(PROCESS) ? -1 : REAL(fork)(); }
int pipe(int ends[2]) { return fails(PROCESS) ? -1 : REAL(pipe)(ends); }
pid_t waitpid(pid_t id, int *status, int options) { return fails(PROCESS) ? -1 : REAL(waitpid)(id, status, options); }

// --------------------------------------------------------------------------------------------------- begin and end

static int first_object(struct dl_phdr_info *about, size_t size, void *unused) {
    (void)size, (void)unused;
    program_begin = about->dlpi_addr;
    for (int i = 0; i < about->dlpi_phnum; i++) {
        const ElfW(Phdr) *p = &about->dlpi_phdr[i];
        const uintptr_t end = about->dlpi_addr + p->p_vaddr + p->p_memsz;
        if (p->p_type == PT_LOAD && end > program_end) program_end = end;
    }
    return 1; // the program is the first; no more of them
}

static int descriptors(void) {
    int n = 0;
    for (int fd = 3; fd < 256; fd++) n += fd != log_fd && fcntl(fd, F_GETFD) >= 0;
    return n;
}

__attribute__((constructor)) static void begin(void) {
    const char *fault = getenv("FAULT"), *path = getenv("FAULT_LOG");
    char name[16] = "";
    if (fault && sscanf(fault, "%15s %15s %d %zu", name, how, &error, &at) == 4)
        for (int k = 0; k < KINDS; k++)
            if (!strcmp(name, kinds[k])) kind = k;
    if (path) log_fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND, 0666);
    if (log_fd >= 0)
        log_fd = (int)syscall(SYS_dup3, log_fd, 255, O_CLOEXEC) < 0 ? log_fd : (syscall(SYS_close, log_fd), 255);
    dl_iterate_phdr(first_object, NULL);
    stdout = stream_open(1, "w");
    stdin = stream_open(0, "r");
    inherited = descriptors();
    armed = 1;
}

__attribute__((destructor)) static void end(void) {
    size_t leaked = 0, first = 0;
    for (size_t i = 0; i < BLOCKS; i++)
        if (blocks[i].p && !leaked++) first = (uintptr_t)blocks[i].caller - program_begin;
    for (int k = 0; k < KINDS; k++) say("calls %s %zu\n", kinds[k], calls[k]);
    say("open %d\nleaked %zu %#zx\n", descriptors() - inherited, leaked, first);
    kind = kind == WRITE ? WRITE : -1; // stdout is still to be written
}
