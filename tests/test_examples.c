// test_examples.c - examples/ that have no test of their own: duplicates, its groups by themselves and as a user runs
// it; micro; cpp; and what --help of every program looks like, since the manual pages are made of it.
#define CLIP_TAPS 72 // less than 65536: pictures are resized by parts, to the same bits
#define main duplicates_main
#include "examples/duplicates.c"
#undef main
#include "tests/test.h"
#include "tests/programs.h"

// ------------------------------------------------------------------------------------------------------- duplicates

// A job over n vectors of dim numbers, zeros, of pictures that are all embedded.
static float *job_begin(job *j, const clip_model *model, size_t n, size_t dim) {
    clip_error why;
    memset(j, 0, sizeof *j);
    CHECK(!clip_context_new(model, NULL, &why, &j->x.clip), "%s", why.message);
    j->x.index.n = n, j->x.index.dim = dim;
    j->x.index.entries = calloc(n, sizeof *j->x.index.entries);
    j->x.index.vectors = calloc(n * dim, sizeof(float));
    j->parent = malloc(n * sizeof *j->parent);
    j->best = malloc(n * sizeof *j->best);
    for (size_t i = 0; i < n; i++) j->x.index.entries[i].state = EMBEDDED, j->parent[i] = i, j->best[i] = -2;
    return j->x.index.vectors;
}

static double cosine(double degrees) { return cos(degrees * acos(-1) / 180); }

static void job_end(job *j) {
    indexer_free(&j->x);
    free(j->parent);
    free(j->best);
    free(j->matches);
    free(j->members);
}

static void groups_hang_together_by_pairs(const clip_model *model) {
    // 30 and 35 are the likest; 0, 10 and 19 hang together though 0 and 19 are further apart than 10.5; 60 is alone.
    static const double degrees[] = {10, 60, 35, NAN, 0, 30, 19, NAN};
    static const struct {
        size_t row;
        double to; // degrees to the likest of its group
    } want[] = {{2, 5}, {5, 5}, {0, 9}, {6, 9}, {4, 10}};
    job j;
    float *v = job_begin(&j, model, 8, 2);
    for (size_t i = 0; i < 8; i++) {
        v[2 * i] = (float)cosine(degrees[i]), v[2 * i + 1] = (float)cosine(degrees[i] - 90);
        if (isnan(degrees[i])) j.x.index.entries[i].state = UNREADABLE;
    }
    CHECK(!join_pairs(&j, (float)cosine(10.5)) && !sort_groups(&j), "a failure");
    CHECK(j.n_members == 5, "%zu members", j.n_members);
    for (size_t i = 0; i < 5 && j.n_members == 5; i++) {
        CHECK(j.members[i].row == want[i].row, "%zu: row %zu", i, j.members[i].row);
        CHECK(fabs((double)j.members[i].best - cosine(want[i].to)) < 1e-6, "%zu: %g", i, (double)j.members[i].best);
        CHECK(j.members[i].root == (i < 2 ? 2u : 0u), "%zu: root %zu", i, j.members[i].root);
    }
    job_end(&j);
}

// Copies of three, in three groups, each in order of its rows.
static void equal_groups_come_in_order(const clip_model *model) {
    job j;
    float *v = job_begin(&j, model, 300, 3);
    for (size_t i = 0; i < 300; i++) v[3 * i + i % 3] = 1;
    CHECK(!join_pairs(&j, 0.999f) && !sort_groups(&j) && j.n_members == 300, "%zu members", j.n_members);
    for (size_t i = 0; i < j.n_members; i++)
        CHECK(j.members[i].row == i / 100 + 3 * (i % 100) && j.members[i].root == i / 100, "%zu: row %zu of %zu", i,
              j.members[i].row, j.members[i].root);
    job_end(&j);
}

// 60 at 25 degrees from the first, each in a direction of its own: only the first is like any of them.
static void one_may_be_like_many(const clip_model *model) {
    enum { MANY = 60 };
    job j;
    float *v = job_begin(&j, model, MANY + 1, MANY + 1);
    v[0] = 1;
    for (size_t i = 1; i <= MANY; i++) v[i * (MANY + 1)] = (float)cosine(25), v[i * (MANY + 1) + i] = (float)cosine(65);
    CHECK(!join_pairs(&j, (float)cosine(26)) && !sort_groups(&j) && j.n_members == MANY + 1, "%zu members",
          j.n_members);
    job_end(&j);
}

static void duplicates_finds_copies(void) {
    EXPECT(0, "mkdir -p album/sub");
    write_picture("album/red.ppm", 200, 10, 10);
    write_picture("album/green.ppm", 10, 200, 10);
    write_picture("album/blue.ppm", 10, 10, 200);
    EXPECT(0, "cp album/red.ppm album/sub/once.ppm && cp album/red.ppm album/twice.ppm && cp album/blue.ppm "
              "'album/a\033[2J.ppm'");
    EXPECT(0, "duplicates vit.clip album --threshold 1");
    CHECK(!strcmp(out, "1.0000  album/a?[2J.ppm\n1.0000  album/blue.ppm\n\n"
                       "1.0000  album/red.ppm\n1.0000  album/sub/once.ppm\n1.0000  album/twice.ppm\n"),
          "%s", out);
    CHECK(strstr(err, "duplicates: 5 of 6 pictures are alike, in 2 groups\n"), "%s", err);
    static char before[1 << 16];
    strcpy(before, out);
    EXPECT(0, "search vit.clip album --like album/red.ppm -k 1");
    CHECK(!*err, "search embeds again what duplicates had: %s", err);
    EXPECT(0, "duplicates vit.clip album --threshold 1 --threads 3");
    CHECK(!strcmp(out, before) && count_lines(err) == 1, "%s%s", out, err);
    EXPECT(0, "duplicates vit.clip album --threshold 1 --index other --rebuild");
    CHECK(!strcmp(out, before) && strstr(err, "6 pictures in "), "%s%s", out, err);
    EXPECT(0, "duplicates vit.clip album --threshold -1");
    CHECK(count_lines(out) == 6 && strstr(err, "6 of 6 pictures are alike, in 1 group\n"), "all are one group: %s%s",
          out, err);
    EXPECT(0, "rm album/*red* album/twice* album/a* && duplicates vit.clip album --threshold 1");
    CHECK(!*out && !strcmp(err, "duplicates: 0 of 3 pictures are alike, in 0 groups\n"), "%s%s", out, err);
    write_text("album/bad.ppm", "P6\n");
    EXPECT(0, "duplicates vit.clip album --threshold 1 && rm album/*.ppm");
    CHECK(strstr(err, "album/bad.ppm: a PPM with a damaged header") && strstr(err, "0 of 3 pictures"), "%s", err);
    EXPECT(0, "duplicates vit.clip album"); // one is left
    CHECK(!*out && strstr(err, "0 of 1 pictures"), "%s", err);
}

static void duplicates_says_what_is_wrong_in_one_line(void) {
    static const struct {
        int status;
        const char *arguments;
    } cases[] = {{1, "vit.clip nowhere"},
                 {1, "nowhere.clip album"},
                 {1, "bert.clip album"}, // it takes no pictures
                 {1, "vit.clip vit.clip"},
                 {1, "vit.clip void"},
                 {2, ""},
                 {2, "vit.clip"},
                 {2, "vit.clip album more"},
                 {2, "vit.clip album --threshold"},
                 {2, "vit.clip album --threshold much"},
                 {2, "vit.clip album --threshold 1.01"},
                 {2, "vit.clip album --threshold nan"},
                 {2, "vit.clip album --threads 0"},
                 {2, "vit.clip album --unknown"}};
    EXPECT(0, "mkdir void");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char command[512];
        snprintf(command, sizeof command, "duplicates %s", cases[i].arguments);
        EXPECT(cases[i].status, command);
        CHECK(!*out && count_lines(err) == 1 && !strncmp(err, "duplicates: ", 12), "%s: %s%s", command, out, err);
    }
    EXPECT(1, "duplicates vit.clip album --help >&-"); // a stdout that is closed
}

// -------------------------------------------------------------------------------------------------- micro, cpp, --help

static void micro_knows_its_picture(void) {
    double own, other;
    EXPECT(1, "micro >&-");
    EXPECT(0, "micro");
    CHECK(strstr(out, "the picture: boats in the harbor\n") && !*err, "%s%s", out, err);
    const char *line = strstr(out, "boats in the harbor"), *next = strstr(out, "where tennis is played");
    CHECK(line && next && sscanf(line - 9, "%lf", &own) == 1 && sscanf(next - 9, "%lf", &other) == 1 &&
              own > other + 0.2,
          "%s", out);
    // The same model on this machine as it is: with files, SIMD, a malloc, and what is left out.
    EXPECT(0, "search \"$B/micro.clip\" \"$G/../../examples/pictures\" 'boats in the harbor' -k 1 --index micro.index");
    double there = 0;
    CHECK(strstr(out, "harbor.ppm") && sscanf(out, "%lf", &there) == 1 && fabs(there - own) < 2e-3,
          "%s here, %.4f there", out, own);
}

// A pipe can be opened once only.
static void a_model_may_come_through_a_pipe(void) {
    char same[64];
    EXPECT(0, "minimal \"$B/micro.clip\" && mkfifo model.pipe");
    snprintf(same, sizeof same, "%.40s", out);
    for (int k = 0; k < 40; k++) { // to open it twice goes well where the writer is slow
        EXPECT(0, "{ dd if=\"$B/micro.clip\" of=model.pipe bs=4096 2>/dev/null & } && timeout 20 minimal model.pipe");
        CHECK(!strcmp(out, same), "%s through a pipe, %s from a file", out, same);
    }
}

static void cpp_prints_what_minimal_does(void) {
    char same[64], command[128];
    EXPECT(0, "minimal \"$B/micro.clip\" 'a dense green forest'");
    snprintf(same, sizeof same, "%.20s", out);
    same[strcspn(same, "\n")] = 0;
    EXPECT(0, "cpp \"$B/micro.clip\" 'waves roll onto the beach' 'a dense green forest'");
    strcat(same, "  a dense green forest\n");
    CHECK(strstr(out, same) && count_lines(out) == 2 && !*err, "%s, and minimal %s", out, same);
    CHECK(atof(out) >= atof(strchr(out, '\n') + 1), "not best first: %s", out);
    static const char *const wrong[] = {"nowhere.clip x", "vit.clip x"};
    for (size_t i = 0; i < 2; i++) {
        snprintf(command, sizeof command, "cpp %s", wrong[i]);
        EXPECT(1, command);
        CHECK(!*out && count_lines(err) == 1 && !strncmp(err, "cpp: ", 5), "%s%s", out, err);
    }
    EXPECT(0, "cp \"$B/micro.clip\" .");
    forge("micro.clip", "image.norm.bias", 0, "\xFF\xFF\xFF\x7F"); // a NaN, which can't be sorted
    EXPECT(1, "cpp forged.clip 'waves roll onto the beach' 'a dense green forest'");
    CHECK(!*out && strstr(err, "its weights are broken"), "%s%s", out, err);
    EXPECT(2, "cpp");
    EXPECT(2, "cpp \"$B/micro.clip\"");
    EXPECT(0, "cpp --help");
    CHECK(strstr(out, "Exit status: 0 ") && !*err, "%s", out);
}

static void help_is_what_manual_pages_are_made_of(void) {
    static char programs[sizeof out];
    char command[300];
    EXPECT(0,
           "cd \"$G/../../examples\" && for f in clip-convert bench *.c; do echo \"${f%.c}\"; done | grep -vx micro");
    strcpy(programs, out);
    CHECK(strstr(programs, "search\n") && strstr(programs, "bench\n"), "%s", programs);
    for (const char *name = strtok(programs, "\n"); name; name = strtok(NULL, "\n")) {
        const char *line = out, *last = out;
        snprintf(command, sizeof command, "%s --help", name);
        EXPECT(0, command);
        CHECK(!*err && !strncmp(out, name, strlen(name)) && out[strlen(name)] == ' ', "%s begins with its name: %s%s",
              name, out, err);
        for (const char *end; (end = strchr(line, '\n')) != NULL; last = line, line = end + 1)
            CHECK(end - line <= 120 && (end == line || end[-1] != ' '), "%s: %.*s", name, (int)(end - line), line);
        CHECK(!*line && !strncmp(last, "Exit status: 0 ", 15), "%s ends with its exit status: %s", name, last);
    }
    EXPECT(2, "minimal");
    CHECK(!*out && strstr(err, "minimal MODEL.clip"), "%s", err);
}

// With little room for weights a picture is resized in several goes: the pixels of programs that have more.
static void little_room_gives_the_same_pixels(const clip_model *model) {
    static char whole[1 << 16];
    enum { WIDTH = 500, HEIGHT = 333, LARGE = 1400 * 1400 };
    clip_context *c;
    clip_error why;
    clip_model_info info;
    char path[512];
    clip_model_get_info(model, &info);
    const size_t S = info.image_size;
    unsigned char *rgb = malloc(LARGE), *pixels = malloc(S * S * 3);
    for (size_t i = 0; i < LARGE; i++) rgb[i] = (unsigned char)(i * i / 7 + i / 5);
    snprintf(path, sizeof path, "%s/large.ppm", folder);
    FILE *f = fopen(path, "wb");
    fprintf(f, "P6 %d %d 255\n", WIDTH, HEIGHT);
    fwrite(rgb, 1, WIDTH * HEIGHT * 3, f);
    fclose(f);
    EXPECT(0, "embed vit.clip --images large.ppm --pixels -o large.npy");
    const size_t size = read_text("large.npy", whole, sizeof whole);
    CHECK(!clip_context_new(model, NULL, &why, &c), "%s", why.message);
    const clip_image image = {rgb, WIDTH, HEIGHT, 3, 0}, turned = {rgb, HEIGHT, WIDTH, 3, 0},
                     large = {rgb, 1400, 1400, 1, 0};
    CHECK(!clip_preprocess(c, &image, 1, pixels), "%s", clip_context_error(c));
    CHECK(size == NPY_HEADER + S * S * 3 && !memcmp(whole + NPY_HEADER, pixels, S * S * 3),
          "%zu bytes, or other pixels", size);
    CHECK(!clip_preprocess(c, &turned, 1, pixels), "%s", clip_context_error(c));
    CHECK(clip_preprocess(c, &large, 1, pixels) == CLIP_ERROR_ARGUMENT && strstr(clip_context_error(c), "too wide"),
          "%s", clip_context_error(c));
    clip_context_free(c);
    free(rgb);
    free(pixels);
}

// What a narrow model needs in the backward alone is no part of a context for vectors: weights of patches, turned,
// would be many times as large as all the rest.
static void contexts_have_no_room_for_the_backward(const clip_model *model) {
    char path[512];
    clip_model *narrow;
    clip_error why;
    clip_model_info info;
    size_t wide_size, size = 0;
    clip_options one = {0};
    one.max_batch = 1;
    EXPECT(0, "clip-convert vit.clip --type int8 -o narrow.clip");
    snprintf(path, sizeof path, "%s/narrow.clip", folder);
    CHECK(!clip_model_load(path, NULL, &why, &narrow), "%s", why.message);
    clip_model_get_info(model, &info);
    CHECK(!clip_context_size(model, &one, &why, &wide_size) && !clip_context_size(narrow, &one, &why, &size), "%s",
          why.message);
    const size_t turned = info.image.patch * info.image.patch * info.image.width * 64 * 2; // two panels, in f32
    CHECK(size - wide_size < turned / 2, "%zu bytes in f32, %zu in int8, weights turned %zu", wide_size, size, turned);
    clip_model_free(narrow);
}

int main(void) {
    clip_model *model;
    clip_error why;
    if (clip_model_load("tests/goldens/vit_cls.clip", NULL, &why, &model)) return puts(why.message), 1;
    groups_hang_together_by_pairs(model);
    equal_groups_come_in_order(model);
    one_may_be_like_many(model);
    if (programs_are_there()) {
        duplicates_finds_copies();
        duplicates_says_what_is_wrong_in_one_line();
        help_is_what_manual_pages_are_made_of();
        little_room_gives_the_same_pixels(model);
        contexts_have_no_room_for_the_backward(model);
        if (!run_command("test -x \"$B/micro\"")) {
            micro_knows_its_picture();
            a_model_may_come_through_a_pipe();
        }
        if (!run_command("test -x \"$B/cpp\" && test -x \"$B/micro\"")) cpp_prints_what_minimal_does();
    }
    programs_end();
    clip_model_free(model);
    return TEST_END();
}
