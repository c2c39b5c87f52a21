// programs.h - runs the built programs as a user does, in a folder of the test's own, which has copies of small models.
//
//     if (programs_are_there()) EXPECT(0, "search vit.clip photos --like photos/red.ppm");   // then out and err hold
//     programs_end();                                                                        // what it said
//
// Include it after clip.h, with CLIP_IMPLEMENTATION, and test.h, with POSIX of 2008, and behind functions with
// arguments called out or err.
#ifndef PROGRAMS_H
#define PROGRAMS_H
#include <sys/wait.h>
#include <unistd.h>

static char folder[256], out[1 << 16], err[1 << 16]; // of the last run

static size_t read_text(const char *name, char *to, size_t room) {
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "rb");
    size_t n = f ? fread(to, 1, room - 1, f) : 0;
    if (f) fclose(f);
    to[n] = 0;
    return n;
}

// Runs a command in the shell, in the test's folder, with the built programs on the PATH. Returns its exit status.
static int run_command(const char *command) {
    char line[4096];
    snprintf(line, sizeof line, "cd \"$T\" && PATH=\"$B:$PATH\" && ( %s ) >out 2>err", command);
    int status = system(line);
    read_text("out", out, sizeof out);
    read_text("err", err, sizeof err);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static size_t count_lines(const char *text) {
    size_t n = 0;
    for (; *text; text++) n += *text == '\n';
    return n;
}

#define EXPECT(status, command)                                                                                \
    do {                                                                                                       \
        int got = run_command(command);                                                                        \
        CHECK(got == (status), "%s: exit status %d\n%s%s", command, got, out, err);                            \
    } while (0)

// A picture of one colour with a stripe, so that no two are alike.
static void write_picture(const char *name, unsigned r, unsigned g, unsigned b) {
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "wb");
    fprintf(f, "P6 20 10 255\n");
    for (unsigned y = 0; y < 10; y++)
        for (unsigned x = 0; x < 20; x++) fprintf(f, "%c%c%c", (int)(x == y ? 255 - r : r), (int)g, (int)(b + y * 5));
    fclose(f);
}

// A file in the test's folder.
static void write_text(const char *name, const char *text) {
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "wb");
    fputs(text, f);
    fclose(f);
}

// A model in the test's folder becomes forged.clip, with some bytes of one of its tensors replaced, and all checksums
// right.
static inline void forge(const char *model, const char *tensor, size_t at, const char *with) {
    char path[512];
    clip__file f;
    clip__tensor t;
    clip_error why = {CLIP_OK, ""};
    void *bytes = NULL;
    size_t size, found = 0;
    snprintf(path, sizeof path, "%s/%s", folder, model);
    const int read = !clip__file_read(path, &why, &bytes, &size) && !clip__file_open(bytes, size, &why, &f);
    CHECK(read, "%s: %s", path, why.message);
    if (!read) {
        CLIP_FREE(bytes);
        return;
    }
    unsigned char *p = bytes;
    for (size_t cursor = 0, record = 0, i = 0; i < f.n_tensors && clip__file_next_tensor(&f, &cursor, &t);
         i++, record = cursor) {
        if (!clip__name_is(t.name, t.name_size, tensor)) continue;
        memcpy(p + t.offset + at, with, strlen(with));
        clip__write_le(p + CLIP__HEADER + f.keys_size + record + 56, clip__crc32(0, p + t.offset, (size_t)t.size), 4);
        found++;
    }
    clip__write_le(p + 12, clip__crc32(0, p + 16, f.data - 16), 4);
    snprintf(path, sizeof path, "%s/forged.clip", folder);
    FILE *file = fopen(path, "wb");
    CHECK(found == 1 && file && fwrite(p, 1, size, file) == size && !fclose(file), "%s, %s", path, tensor);
    CLIP_FREE(bytes);
}

// Makes the test's folder, with a copy of the models. Returns 0 if programs or models are not there: then only the
// parts are tested.
static int programs_are_there(void) {
    const char *build = getenv("BUILD"), *temporary = getenv("TMPDIR");
    char *built = realpath(build ? build : "build", NULL), *goldens = realpath("tests/goldens", NULL);
    snprintf(folder, sizeof folder, "%s/clip_test_XXXXXX", temporary ? temporary : "/tmp");
    int there =
        built && goldens && mkdtemp(folder) && !setenv("B", built, 1) && !setenv("G", goldens, 1) &&
        !setenv("T", folder, 1) &&
        run_command(
            "test -x \"$B/embed\" && test -x \"$B/search\" && test -x \"$B/train\" && cp \"$G/vit_cls.clip\" vit.clip && "
            "cp \"$G/vit_mean.clip\" other.clip && cp \"$G/resnet_basic.clip\" wider.clip && "
            "cp \"$G/bert.clip\" .") == 0;
    free(built);
    free(goldens);
    return there;
}

static void programs_end(void) {
    if (getenv("T") && system("rm -rf \"$T\"")) printf("%s stays behind\n", folder);
}

#endif // PROGRAMS_H
