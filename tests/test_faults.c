// The library on a machine in trouble: the N-th call of each kind that it makes of its surroundings fails, for every N,
// once and from there on. Then there is a clear error, or a slower way to the same bits; nothing is leaked, files are
// the old ones or the new ones, and a trainer is as it was. tests/torture/faults.sh does the same to whole programs.
#define _XOPEN_SOURCE 700 // POSIX of 2008
#if defined(__linux__) || defined(__APPLE__)
#define _DEFAULT_SOURCE // flock
#define _DARWIN_C_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum kind {
    FAIL_ALLOC,
    FAIL_OPEN,
    FAIL_READ,
    FAIL_CUT,
    FAIL_WRITE,
    FAIL_FLUSH,
    FAIL_STAT,
    FAIL_MAP,
    FAIL_RENAME,
    FAIL_THREAD,
    FAIL_LOCK,
    FAIL_KINDS
};
static const char *const fault_kinds[FAIL_KINDS] = {"alloc", "open", "read",   "cut",    "write", "flush",
                                                    "stat",  "map",  "rename", "thread", "lock"};
static const int fault_errors[FAIL_KINDS] = {ENOMEM, EMFILE, EIO,    0,      ENOSPC, ENOSPC,
                                             EIO,    ENOMEM, EACCES, EAGAIN, ENOMEM};

static int failing = FAIL_KINDS, forever;                                 // which kind fails; KINDS for none
static size_t fault_calls, fail_at;                                       // of that kind
static long live_blocks, live_files, live_maps, live_threads, live_locks; // that there are now

// Counts a call; 1, and errno, if it is to fail.
static int fails(int k) {
    if (k != failing) return 0;
    fault_calls++;
    if (fault_calls != fail_at && !(forever && fault_calls > fail_at)) return 0;
    errno = fault_errors[k];
    return 1;
}

static void *fault_malloc(size_t n) {
    void *p = fails(FAIL_ALLOC) ? NULL : malloc(n ? n : 1);
    live_blocks += p != NULL;
    return p;
}

static void fault_free(void *p) {
    live_blocks -= p != NULL;
    free(p);
}

static FILE *fault_fopen(const char *path, const char *mode) {
    FILE *f = fails(FAIL_OPEN) ? NULL : fopen(path, mode);
    live_files += f != NULL;
    return f;
}

static int fault_open(const char *path, int flags, ...) {
    va_list args;
    int fd;
    va_start(args, flags);
    fd = fails(FAIL_OPEN) ? -1 : open(path, flags, flags & O_CREAT ? (mode_t)va_arg(args, int) : 0);
    va_end(args);
    live_files += fd >= 0;
    return fd;
}

static int fault_close(int fd) {
    live_files--;
    return close(fd);
}

static size_t fault_fread(void *to, size_t size, size_t n, FILE *f) {
    if (fails(FAIL_READ)) return fputc(0, f), errno = EIO, (size_t)0; // a stream for reading: that sets ferror
    return fails(FAIL_CUT) ? fread(to, size, n, f) / 2 : fread(to, size, n, f);
}

static size_t fault_fwrite(const void *from, size_t size, size_t n, FILE *f) {
    return n && fails(FAIL_WRITE) ? fwrite(from, size, n / 2, f) : fwrite(from, size, n, f); // of none all is written
}

static int fault_fflush(FILE *f) { return fails(FAIL_FLUSH) ? EOF : fflush(f); }

static int fault_fclose(FILE *f) { // closed all the same
    const int failed = fails(FAIL_FLUSH);
    live_files--;
    return fclose(f) || failed ? (errno = failed ? ENOSPC : errno, EOF) : 0;
}

static int fault_msync(void *p, size_t n, int flags) { return fails(FAIL_FLUSH) ? -1 : msync(p, n, flags); }
static int fault_stat(const char *path, struct stat *out) { return fails(FAIL_STAT) ? -1 : stat(path, out); }
static int fault_fstat(int fd, struct stat *out) { return fails(FAIL_STAT) ? -1 : fstat(fd, out); }

static void *fault_mmap(void *p, size_t n, int protection, int flags, int fd, off_t from) {
    p = fails(FAIL_MAP) ? MAP_FAILED : mmap(p, n, protection, flags, fd, from);
    live_maps += p != MAP_FAILED;
    return p;
}

static int fault_munmap(void *p, size_t n) {
    live_maps--;
    return munmap(p, n);
}

static int fault_rename(const char *from, const char *to) { return fails(FAIL_RENAME) ? -1 : rename(from, to); }

static int fault_create(pthread_t *id, const pthread_attr_t *a, void *(*run)(void *), void *arg) {
    const int error = fails(FAIL_THREAD) ? EAGAIN : pthread_create(id, a, run, arg);
    live_threads += !error;
    return error;
}

static int fault_join(pthread_t id, void **out) {
    live_threads--;
    return pthread_join(id, out);
}

static int fault_mutex(pthread_mutex_t *lock, const pthread_mutexattr_t *a) {
    const int error = fails(FAIL_LOCK) ? ENOMEM : pthread_mutex_init(lock, a);
    live_locks += !error;
    return error;
}

static int fault_condition(pthread_cond_t *condition, const pthread_condattr_t *a) {
    const int error = fails(FAIL_LOCK) ? ENOMEM : pthread_cond_init(condition, a);
    live_locks += !error;
    return error;
}

static int fault_mutex_end(pthread_mutex_t *lock) { return live_locks--, pthread_mutex_destroy(lock); }
static int fault_condition_end(pthread_cond_t *condition) { return live_locks--, pthread_cond_destroy(condition); }

#define CLIP_MALLOC(n) fault_malloc(n)
#define CLIP_FREE(p) fault_free(p)
#define fopen(path, mode) fault_fopen(path, mode)
#define open(...) fault_open(__VA_ARGS__)
#define close(fd) fault_close(fd)
#define fread(to, size, n, f) fault_fread(to, size, n, f)
#define fwrite(from, size, n, f) fault_fwrite(from, size, n, f)
#define fflush(f) fault_fflush(f)
#define fclose(f) fault_fclose(f)
#define msync(p, n, flags) fault_msync(p, n, flags)
#define stat(path, out) fault_stat(path, out)
#define fstat(fd, out) fault_fstat(fd, out)
#define mmap(p, n, protection, flags, fd, from) fault_mmap(p, n, protection, flags, fd, from)
#define munmap(p, n) fault_munmap(p, n)
#define rename(from, to) fault_rename(from, to)
#define pthread_create(id, a, run, arg) fault_create(id, a, run, arg)
#define pthread_join(id, out) fault_join(id, out)
#define pthread_mutex_init(lock, a) fault_mutex(lock, a)
#define pthread_cond_init(condition, a) fault_condition(condition, a)
#define pthread_mutex_destroy(lock) fault_mutex_end(lock)
#define pthread_cond_destroy(condition) fault_condition_end(condition)
#define CLIP_IMPLEMENTATION
#include "clip_tokenizer.h"
#include "clip.h"
#undef fopen
#undef open
#undef close
#undef fread
#undef fwrite
#undef fflush
#undef fclose
#undef stat
#undef fstat
#undef rename
#include "test.h"

static const char MODEL[] = "tests/goldens/train_clip_vit.clip";
enum { PAIRS = 4, TOKENS = 6, MOST_DIM = 64 };

static char folder[64];
static const char *in_folder(const char *name) {
    static char paths[4][128];
    static int at;
    at = (at + 1) % 4;
    snprintf(paths[at], sizeof paths[at], "%s/%s", folder, name);
    return paths[at];
}

static size_t names_in_folder(void) {
    DIR *dir = opendir(folder);
    size_t n = 0;
    for (struct dirent *e; dir && (e = readdir(dir));) n += *e->d_name != '.';
    if (dir) closedir(dir);
    return n;
}

// The contents of a file, which the caller frees; NULL if it is not there.
static unsigned char *contents(const char *path, size_t *size) {
    FILE *f = fopen(path, "rb");
    unsigned char *p = f ? (unsigned char *)malloc(1 << 22) : NULL;
    *size = f ? fread(p, 1, 1 << 22, f) : 0;
    if (f) fclose(f);
    return p;
}

static int same_file(const char *path, const unsigned char *want, size_t size) {
    size_t n;
    unsigned char *got = contents(path, &n);
    const int same = got && n == size && !memcmp(got, want, n);
    free(got);
    return same;
}

// Whether a failure is told as one: the kind of error that fits, and a sentence that has its cause.
static int told(int k, clip_result result, const char *message) {
    const char *cause = k == FAIL_ALLOC ? "memory" : k == FAIL_CUT ? "the file" : strerror(fault_errors[k]);
    const int fits = k == FAIL_ALLOC ? result == CLIP_ERROR_MEMORY
                     : k == FAIL_CUT ? result == CLIP_ERROR_FORMAT
                                     : result == CLIP_ERROR_IO;
    return fits && strstr(message, cause) != NULL;
}

static void nothing_is_left(int k, size_t n, const char *what) {
    CHECK(!live_blocks && !live_files && !live_maps && !live_threads && !live_locks,
          "%s, %s %zu: left are %ld blocks, %ld files, %ld maps, %ld threads, %ld locks", what, fault_kinds[k], n,
          live_blocks, live_files, live_maps, live_threads, live_locks);
}

static size_t places[FAIL_KINDS]; // that can fail, of all that is tried here

// Calls `task` for each call of each kind that fails, once and for ever, until a run makes so few that none does.
static void all_faults(void (*task)(int k, size_t n)) {
    for (int k = 0; k < FAIL_KINDS; k++)
        for (forever = 0; forever < 2; forever++)
            for (size_t n = 1;; n++) {
                fault_calls = 0, fail_at = n;
                task(k, n);
                failing = FAIL_KINDS;
                if (fault_calls < n) {
                    if (!forever) places[k] += n - 1;
                    break;
                }
                if (n == 10000) {
                    CHECK(0, "%s: there is no end", fault_kinds[k]);
                    break;
                }
            }
    forever = 0;
}

static unsigned char pixels[PAIRS * 64 * 64 * 3];
static int32_t ids[PAIRS * TOKENS];
static float right[2 * MOST_DIM]; // what comes when nothing fails

static clip_options three_threads(void) {
    clip_options o;
    memset(&o, 0, sizeof o);
    o.threads = 3;
    return o;
}

// Loads, encodes a picture and a text into out [2, dim], and frees. On failure *why says why, and `out` is as it was.
static clip_result encode(const char *path, clip_error *why, float *out) {
    clip_model *model = NULL;
    clip_context *c = NULL;
    const clip_options o = three_threads();
    clip_result result = clip_model_load(path, NULL, why, &model);
    CHECK(!result == (model != NULL), "a failed load has written its output");
    if (!result) result = clip_context_new(model, &o, why, &c);
    CHECK(!result == (c != NULL), "a context that failed has been written");
    if (!result) {
        const size_t dim = clip_embed_dim(model);
        if (clip_encode_pixels(c, pixels, 1, out) || clip_encode_tokens(c, ids, NULL, 1, TOKENS, out + dim))
            CHECK(0, "%s", clip_context_error(c));
    }
    clip_context_free(c);
    clip_model_free(model);
    return result;
}

static void loading_and_encoding(int k, size_t n) {
    float out[2 * MOST_DIM] = {0};
    clip_error why = {CLIP_OK, ""};
    clip_result result;
    failing = k;
    result = encode(MODEL, &why, out);
    failing = FAIL_KINDS;
    if (result) CHECK(told(k, result, why.message), "%s %zu: %d, %s", fault_kinds[k], n, (int)result, why.message);
    else CHECK(!memcmp(out, right, sizeof out), "%s %zu: other bits", fault_kinds[k], n);
    if (k == FAIL_THREAD || k == FAIL_LOCK || k == FAIL_MAP)
        CHECK(!result, "%s %zu: there is a slower way: %s", fault_kinds[k], n, why.message);
    nothing_is_left(k, n, "loading");
}

// Where files can't be mapped they are read, with other calls that fail.
static void reading(int k, size_t n) {
    clip_error why = {CLIP_OK, ""};
    void *data = NULL;
    size_t size = 0;
    clip_result result;
    if (k == FAIL_THREAD || k == FAIL_LOCK) return; // as above
    failing = k;
    result = clip__file_read(MODEL, &why, &data, &size);
    failing = FAIL_KINDS;
    if (!result) {
        clip_model *model = NULL;
        result = clip_model_load_memory(data, size, NULL, &why, &model);
        clip_model_free(model);
    }
    fault_free(data);
    if (result) CHECK(told(k, result, why.message), "%s %zu: %d, %s", fault_kinds[k], n, (int)result, why.message);
    nothing_is_left(k, n, "reading");
}

static clip_model *model;                        // of what follows
static unsigned char *before, *after, *exported; // a checkpoint after one step and after two; the model after one
static size_t before_size, after_size, exported_size;

static clip_train_options train_options(void) {
    clip_train_options o;
    memset(&o, 0, sizeof o);
    o.threads = 2, o.max_batch = PAIRS, o.max_tokens = TOKENS;
    for (int i = 0; i < 3; i++) o.rate[i] = 1e-3;
    return o;
}

static void train_step(clip_trainer *t) {
    clip_batch b;
    memset(&b, 0, sizeof b);
    b.n = PAIRS, b.pixels = pixels, b.ids = ids, b.T = TOKENS;
    CHECK(!clip_trainer_step(t, &b, NULL), "%s", clip_trainer_error(t));
}

// A trainer is made.
static void making_a_trainer(int k, size_t n) {
    const clip_train_options o = train_options();
    clip_trainer *t = NULL;
    clip_error why = {CLIP_OK, ""};
    clip_result result;
    const long blocks_before = live_blocks, maps_before = live_maps;
    failing = k;
    result = clip_trainer_new(model, &o, &why, &t);
    failing = FAIL_KINDS;
    CHECK(!result == (t != NULL), "%s %zu: %s", fault_kinds[k], n, why.message);
    if (result) CHECK(told(k, result, why.message), "%s %zu: %d, %s", fault_kinds[k], n, (int)result, why.message);
    if (t) {
        train_step(t);
        CHECK(!clip_trainer_save(t, in_folder("a.ckpt"), "user", 4), "%s", clip_trainer_error(t));
        CHECK(same_file(in_folder("a.ckpt"), before, before_size), "%s %zu: another training", fault_kinds[k], n);
        remove(in_folder("a.ckpt"));
    }
    clip_trainer_free(t);
    CHECK(live_blocks == blocks_before && live_maps == maps_before && !live_files && !live_threads && !live_locks,
          "%s %zu: something is left", fault_kinds[k], n);
}

static clip_trainer *trainer; // one step on

// A checkpoint over an older file; then a model, likewise.
static void saving(int k, size_t n) {
    for (int export_too = 0; export_too < 2; export_too++) {
        const long blocks_before = live_blocks, maps_before = live_maps, threads_before = live_threads,
                   locks_before = live_locks;
        const char *path = in_folder(export_too ? "a.clip" : "a.ckpt");
        FILE *f = fopen(path, "wb");
        clip_result result;
        CHECK(!clip_trainer_resume(trainer, in_folder("one"), NULL, 0, NULL), "%s", clip_trainer_error(trainer));
        fputs("old", f);
        fclose(f);
        fault_calls = 0, failing = k;
        result = export_too ? clip_trainer_export(trainer, path) : clip_trainer_save(trainer, path, "user", 4);
        failing = FAIL_KINDS;
        // None of them may be passed over: what was not flushed or closed may not be on the disk.
        CHECK(result || fault_calls < n, "%s %zu failed unnoticed", fault_kinds[k], n);
        if (result) {
            CHECK(told(k, result, clip_trainer_error(trainer)), "%s %zu: %d, %s", fault_kinds[k], n, (int)result,
                  clip_trainer_error(trainer));
            CHECK(same_file(path, (const unsigned char *)"old", 3), "%s %zu: the old file is another one",
                  fault_kinds[k], n);
        } else if (export_too)
            CHECK(same_file(path, exported, exported_size), "%s %zu: another model", fault_kinds[k], n);
        else CHECK(same_file(path, before, before_size), "%s %zu: another checkpoint", fault_kinds[k], n);
        CHECK(!remove(path) && names_in_folder() == 1, "%s %zu: %zu files are left", fault_kinds[k], n,
              names_in_folder());
        CHECK(live_blocks == blocks_before && live_maps == maps_before && live_threads == threads_before &&
                  live_locks == locks_before && !live_files,
              "%s %zu: something is left", fault_kinds[k], n);
    }
}

// A trainer that is one step on resumes from a checkpoint that is two on: all of it, or nothing.
static void resuming(int k, size_t n) {
    const char *path = in_folder("now.ckpt");
    char user[4] = "....";
    size_t size = 99;
    clip_result result;
    CHECK(!clip_trainer_resume(trainer, in_folder("one"), NULL, 0, NULL), "%s", clip_trainer_error(trainer));
    fault_calls = 0, failing = k;
    result = clip_trainer_resume(trainer, in_folder("two"), user, 4, &size);
    failing = FAIL_KINDS;
    if (result) {
        CHECK(told(k, result, clip_trainer_error(trainer)), "%s %zu: %d, %s", fault_kinds[k], n, (int)result,
              clip_trainer_error(trainer));
        CHECK(size == 99 && !memcmp(user, "....", 4), "%s %zu: outputs were written", fault_kinds[k], n);
    } else CHECK(size == 4 && !memcmp(user, "two.", 4), "%s %zu: %.4s", fault_kinds[k], n, user);
    CHECK(!clip_trainer_save(trainer, path, result ? "user" : "two.", 4), "%s", clip_trainer_error(trainer));
    CHECK(same_file(path, result ? before : after, result ? before_size : after_size), "%s %zu: half resumed",
          fault_kinds[k], n);
    remove(path);
    CHECK(!live_files, "%s %zu: %ld files are open", fault_kinds[k], n, live_files);
}

static void explaining(int k, size_t n) {
    const clip_options o = three_threads();
    const long blocks_before = live_blocks;
    clip_explainer *e = NULL;
    clip_error why = {CLIP_OK, ""};
    clip_result result;
    failing = k;
    result = clip_explainer_new(model, &o, &why, &e);
    failing = FAIL_KINDS;
    if (result)
        CHECK(told(k, result, why.message) && !e, "%s %zu: %d, %s", fault_kinds[k], n, (int)result, why.message);
    clip_explainer_free(e);
    CHECK(live_blocks == blocks_before && !live_files && !live_threads && !live_locks, "%s %zu: something is left",
          fault_kinds[k], n);
}

// A copy of the model in the test's folder, as large as several pages.
static void copy_model(const char *path) {
    size_t size;
    unsigned char *bytes = contents(MODEL, &size);
    FILE *f = fopen(path, "wb");
    CHECK(bytes && f && fwrite(bytes, 1, size, f) == size && !fclose(f), "%s can't be written", path);
    free(bytes);
}

// What clip_model_load says of a file that changes while it is in use. In a process of its own, which tells with its
// exit status: 0 the same bits, 1 others, 2 it could not be tried; SIGBUS ends it.
static int in_use(int change, int read) {
    const char *path = in_folder("m.clip");
    int status = 0;
    pid_t child;
    copy_model(path);
    child = fork();
    if (!child) {
        clip_model *m = NULL;
        clip_context *c = NULL;
        float out[2 * MOST_DIM] = {0};
        size_t dim;
        signal(SIGBUS, SIG_DFL); // a sanitizer's handler would tell stories
        if (read) failing = FAIL_MAP, fail_at = 1, forever = 1;
        if (clip_model_load(path, NULL, NULL, &m)) _exit(2);
        failing = FAIL_KINDS;
        if (change == 0 && truncate(path, 100)) _exit(2);
        if (change == 1) copy_model(in_folder("other.clip"));
        if (change == 1 && (rename(in_folder("other.clip"), path) || truncate(path, 100))) _exit(2);
        if (change == 2 && remove(path)) _exit(2);
        if (clip_context_new(m, NULL, NULL, &c)) _exit(2);
        dim = clip_embed_dim(m);
        if (clip_encode_pixels(c, pixels, 1, out) || clip_encode_tokens(c, ids, NULL, 1, TOKENS, out + dim)) _exit(2);
        _exit(memcmp(out, right, sizeof out) != 0);
    }
    CHECK(child > 0 && waitpid(child, &status, 0) == child, "no process");
    remove(path);
    return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

static void a_file_changes_while_it_is_in_use(void) {
    int got = in_use(0, 0);
    CHECK(got == -SIGBUS, "mapped and cut: %d", got);
    for (int read = 0; read < 2; read++)
        for (int change = read ? 0 : 1; change < 3; change++) {
            got = in_use(change, read);
            CHECK(got == 0, "%s, change %d: %d", read ? "read" : "mapped", change, got);
        }
}

int main(void) {
    const clip_train_options o = train_options();
    clip_error why = {CLIP_OK, ""};
    const char *temporary = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%.40s/clip-faults-XXXXXX",
             temporary                  ? temporary
             : access("/dev/shm", W_OK) ? "/tmp"
                                        : "/dev/shm"); // files are flushed, often
    if (!mkdtemp(folder)) return puts("no folder to write into"), 1;
    for (size_t i = 0; i < sizeof pixels; i++) pixels[i] = (unsigned char)clip__random(1, 0, i);
    for (size_t i = 0; i < PAIRS * TOKENS; i++) ids[i] = (int32_t)(1 + clip__random(2, 0, i) % 20);
    if (encode(MODEL, &why, right)) return printf("%s; run from the root of the repository\n", why.message), 1;
    nothing_is_left(FAIL_ALLOC, 0, "nothing failed");
    all_faults(loading_and_encoding);
    all_faults(reading);
    a_file_changes_while_it_is_in_use();

    CHECK(!clip_model_load(MODEL, NULL, &why, &model), "%s", why.message);
    CHECK(!clip_trainer_new(model, &o, &why, &trainer), "%s", why.message);
    if (!trainer) return 1;
    train_step(trainer);
    CHECK(!clip_trainer_save(trainer, in_folder("one"), "user", 4), "%s", clip_trainer_error(trainer));
    before = contents(in_folder("one"), &before_size);
    train_step(trainer);
    CHECK(!clip_trainer_save(trainer, in_folder("two"), "two.", 4), "%s", clip_trainer_error(trainer));
    after = contents(in_folder("two"), &after_size);
    all_faults(resuming);
    CHECK(!clip_trainer_resume(trainer, in_folder("one"), NULL, 0, NULL), "%s", clip_trainer_error(trainer));
    remove(in_folder("two"));
    CHECK(!clip_trainer_export(trainer, in_folder("x.clip")), "%s", clip_trainer_error(trainer));
    exported = contents(in_folder("x.clip"), &exported_size);
    remove(in_folder("x.clip"));
    all_faults(saving);
    clip_trainer_free(trainer);
    all_faults(making_a_trainer);
    all_faults(explaining);
    clip_model_free(model);
    nothing_is_left(FAIL_ALLOC, 0, "in the end");

    remove(in_folder("one"));
    CHECK(!rmdir(folder), "%s is not empty: something was left behind", folder);
    free(before), free(after), free(exported);
    for (int k = 0; k < FAIL_KINDS; k++)
        printf("%s %zu%s", fault_kinds[k], places[k], k + 1 < FAIL_KINDS ? ", " : " places that can fail\n");
    return TEST_END();
}
#else
#include "test.h"
int main(void) { return TEST_END(); }
#endif
