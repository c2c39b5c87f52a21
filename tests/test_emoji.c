// test_emoji.c - examples/emoji.c: drawings and characters by themselves, good ones and hostile ones; then the built
// program, with emoji packed into a small model; and the model in box/, if it is there.
#define main emoji_main
#include "examples/emoji.c"
#undef main
#include "tests/test.h"
#include "tests/programs.h"

// A drawing of at most 16 colours comes back as it was; of more, each pixel has a colour near its own.
static void a_drawing_comes_back(void) {
    enum { PIXELS = DRAWN * DRAWN };
    static unsigned char rgb[3 * PIXELS], packed[3 * COLOURS + PIXELS], back[3 * PIXELS];
    for (unsigned colours = 1; colours <= 64; colours *= 2) {
        double far = 0;
        for (unsigned i = 0; i < PIXELS; i++) { // stripes, so that there are runs, some longer than a byte tells
            const unsigned k = i / 37 % colours;
            rgb[3 * i] = (unsigned char)(k * 4), rgb[3 * i + 1] = (unsigned char)(k % 8 * 32),
                    rgb[3 * i + 2] = (unsigned char)(k / 8 * 30);
        }
        const size_t size = drawing_pack(rgb, packed);
        CHECK(size > 3 * COLOURS && size <= sizeof packed && size < PIXELS / 4, "%u colours: %zu bytes", colours, size);
        CHECK(drawing_unpack(packed, size, back) == size, "%u colours: another length", colours);
        for (size_t i = 0; i < sizeof rgb; i++) far = fmax(far, fabs((double)back[i] - rgb[i]));
        CHECK(far <= (colours > COLOURS ? 64 : 0), "%u colours: off by %g", colours, far);
        for (size_t cut = 0; cut < size; cut++) { // a copy of so many bytes, so that a sanitizer sees one read too far
            unsigned char *copy = malloc(cut + 1);
            memcpy(copy, packed, cut);
            CHECK(!drawing_unpack(copy, cut, back), "cut at %zu of %zu it is still one", cut, size);
            free(copy);
        }
    }
    // runs of 1, of all colours
    for (unsigned i = 0; i < sizeof rgb; i++) rgb[i] = (unsigned char)(i * 2654435761u >> 13);
    CHECK(drawing_pack(rgb, packed) <= sizeof packed, "it is longer than its room");
}

static void a_picture_is_shrunk_to_means(void) {
    enum { SIDE = 2 * DRAWN };
    static unsigned char wide[SIDE * SIDE], rgb[DRAWN * DRAWN * 3];
    clip_image grey = {wide, SIDE, SIDE, 1, 0}, one = {(const unsigned char *)"\12\24\36", 1, 1, 3, 0},
               clear = {(const unsigned char *)"\12\24\36\0", 1, 1, 4, 0};
    for (unsigned i = 0; i < SIDE * SIDE; i++) wide[i] = (unsigned char)(i % SIDE % 2 * 100 + i / SIDE % 2 * 50);
    shrink(&grey, rgb);
    for (size_t i = 0; i < sizeof rgb; i++)
        CHECK(rgb[i] == 75, "%zu: %d, the mean of 0, 100, 50 and 150 is 75", i, rgb[i]);
    shrink(&one, rgb);
    for (size_t i = 0; i < sizeof rgb; i++) CHECK(rgb[i] == 10 * (i % 3 + 1), "%zu: %d", i, rgb[i]);
    shrink(&clear, rgb);
    CHECK(rgb[0] == 10 && rgb[1] == 20 && rgb[2] == 30, "alpha is ignored, as by the model: %d %d %d", rgb[0], rgb[1],
          rgb[2]);
}

static void a_png_is_no_larger_than_its_chunks(void) {
    errno = 0;
    CHECK(write_png(NULL, NULL, 1 << 16, 1 << 14) && errno == EFBIG, "3 GB in one chunk: %s", strerror(errno));
}

static void code_points_become_characters(void) {
    static const struct {
        const char *hex, *utf8;
    } cases[] = {{"1f600", "\xF0\x9F\x98\x80\xEF\xB8\x8F"},
                 {"2615", "\xE2\x98\x95\xEF\xB8\x8F"},
                 {"0023-20e3", "#\xEF\xB8\x8F\xE2\x83\xA3"},
                 {"1f1ee-1f1f9", "\xF0\x9F\x87\xAE\xF0\x9F\x87\xB9"},
                 {"1f468-200d-2695", "\xF0\x9F\x91\xA8\xE2\x80\x8D\xE2\x9A\x95\xEF\xB8\x8F"},
                 {"", ""}, {"x", ""}, {"1f600-", "\xF0\x9F\x98\x80"}, {"-1", ""}, {"110000", ""}, {"1f600 1f601", ""},
                 {"9", ""},
                 {"ffffffffffffffffffffffff", ""}, {"d800", ""}, {"dfff", ""}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[64];
        const size_t n = characters_of(cases[i].hex, strlen(cases[i].hex), text, sizeof text);
        CHECK(n == strlen(cases[i].utf8) && !memcmp(text, cases[i].utf8, n), "%s: %zu bytes, %.*s", cases[i].hex, n,
              (int)n, text);
    }
    char text[11];
    CHECK(!characters_of("1f468-200d-2695", 15, text, sizeof text), "there is no room for it");
}

static void emoji_are_packed_found_and_drawn(void) {
    static const char *const names[] = {"1f600", "2615", "1f1ee-1f1f9"},
                             *const words[] = {"a red face", "the green cup", "our blue flag"};
    char csv[256] = "image,caption\n";
    EXPECT(0, "mkdir -p one two");
    for (unsigned i = 0; i < 3; i++)
        for (int k = 0; k < 2; k++) {
            char name[64];
            snprintf(name, sizeof name, "%s/%s.png", k ? "two" : "one", names[i]); // what it is shows in its bytes
            write_picture(name, i ? 20 : 220, i == 1 ? 180 : 10, i == 2 ? 200 : 40);
            if (!k) snprintf(csv + strlen(csv), sizeof csv - strlen(csv), "%s.png,%s\n", names[i], words[i]);
        }
    write_text("three.csv", csv);
    write_text(
        "list.tsv",
        "codepoints\tname\tkeywords\n1f600\tgrin\ta|b\n2615\thot beverage\t\n\n1f1ee-1f1f9\tflag: Italy\tflag\n");
    EXPECT(0,
           "train --captions three.csv --images one --image-tower new:vit:16x1:patch8:16 --text-tower new:bert:16x1 "
           "--embed-dim 16 --loss infonce --rate-image 1e-2 --rate-text 1e-2 --rate-heads 1e-2 --batch 3 --epochs 60 "
           "--bf16 --val 0 -o all.clip"); // packing checks the self-test: what was trained in bf16 is a model of f32
    EXPECT(0, "emoji all.clip --pack packed.clip --list list.tsv --images one --images two");
    CHECK(!*out && strstr(err, "3 emoji; 48 bytes of vectors"), "%s%s", out, err);
    EXPECT(0, "emoji all.clip --pack - --list list.tsv --images one --images two >piped.clip && cmp piped.clip packed.clip");
    EXPECT(0, "search all.clip one 'our blue flag' -k 1");
    const double want = atof(out);
    CHECK(strstr(out, "1f1ee-1f1f9.png"), "%s", out);
    EXPECT(0, "emoji packed.clip 'our blue flag' -k 1 --sheet s.png");
    CHECK(fabs(atof(out) - want) < 0.02 && strstr(out, "  \xF0\x9F\x87\xAE\xF0\x9F\x87\xB9  flag: Italy\n") &&
              count_lines(out) == 1,
          "%s, and search says %g", out, want);
    EXPECT(0, "emoji packed.clip -k 1 -- -_- \"$(printf 'a\\033[31m\\007b')\"");
    CHECK(!strncmp(out, "-_-\n", 4) && strstr(out, "\n\na?[31m?b\n"), "%s", out);
    EXPECT(0, "emoji packed.clip 'the green cup' 'a red face'");
    CHECK(!strncmp(out, "the green cup\n", 14) && strstr(out, "\n\na red face\n") && count_lines(out) == 9, "%s", out);
    EXPECT(0, "emoji packed.clip 'the green cup' -k 2 >a && printf 'the green cup\\n\\na red face\\r\\n' | emoji packed.clip -k 2 >b && "
              "head -n 2 b | cmp - a && wc -l <b");
    CHECK(atoi(out) == 6, "two answers, each with an empty line behind it: %s", out);
    EXPECT(0, "emoji packed.clip --pack twice.clip --list list.tsv --images one --images two && cmp twice.clip packed.clip");
    EXPECT(0, "emoji packed.clip 'our blue flag' -k 3 --threads 1 >a && emoji packed.clip 'our blue flag' -k 3 --threads 3 | cmp - a");
#ifdef STB_IMAGE_H
    char path[512], why[WHY];
    clip_image sheet;
    snprintf(path, sizeof path, "%s/s.png", folder);
    const int failed = picture_read(path, NULL, &sheet, why);
    CHECK(!failed, "%s", why);
    if (!failed) {
        CHECK(sheet.width == ACROSS * (CELL + GAP) + GAP && sheet.height == CELL + 2 * GAP, "%zux%zu", sheet.width,
              sheet.height);
        const unsigned char *at = sheet.data + (20 * sheet.width + GAP + CELL / 2) * 3; // write_picture: r, g, b + 5 y
        CHECK(abs(at[0] - 20) < 4 && abs(at[1] - 10) < 4 && at[2] >= 200 && at[2] <= 225, "%d %d %d", at[0], at[1],
              at[2]);
        CHECK(sheet.data[0] == 255 && at[3 * 200] == 255, "the ground is white");
        picture_free(&sheet);
    }
    EXPECT(0, "emoji packed.clip 'a red face' 'our blue flag' -k 1 --sheet s.png");
    if (!picture_read(path, NULL, &sheet, why)) { // the second answer below the first
        const unsigned char *at = sheet.data + ((20 + CELL + GAP) * sheet.width + GAP + CELL / 2) * 3;
        CHECK(sheet.height == 2 * (CELL + GAP) + GAP && abs(at[0] - 20) < 4 && at[2] >= 200, "%zu: %d %d", sheet.height,
              at[0], at[2]);
        picture_free(&sheet);
    } else CHECK(0, "%s", why);
    EXPECT(0, "printf 'a red face\\nour blue flag\\n' | emoji packed.clip -k 1 --sheet last.png");
    snprintf(path, sizeof path, "%s/last.png", folder);
    const int failed_last = picture_read(path, NULL, &sheet, why);
    CHECK(!failed_last && sheet.height == CELL + 2 * GAP, "of what is typed the last answer alone");
    if (!failed_last) picture_free(&sheet);
#endif
    // it is written once, at the end
    EXPECT(1, "emoji packed.clip 'a red face' 'our blue flag' -k 1 --sheet nowhere/s.png");
    CHECK(count_lines(out) == 5 && strstr(err, "nowhere/s.png: "), "%s%s", out, err);
    forge("packed.clip", "emoji.names", 8, "\033[2J"); // behind the four bytes of its first emoji, U+FE0F, and the tab
    EXPECT(0, "emoji forged.clip word -k 3");
    CHECK(strstr(out, "  ?[2J\n") && !strchr(out, '\033'), "what would steer a terminal: %s", out);
    forge("packed.clip", "emoji.names", 3, "x\n");
    EXPECT(1, "emoji forged.clip word");
    CHECK(!*out && strstr(err, "forged.clip: the emoji in this model are damaged"), "%s", err);
    forge("packed.clip", "emoji.drawings", 48, "\1\1\1\1\1\1\1\1");
    EXPECT(1, "emoji forged.clip word --sheet no.png");
    CHECK(!*out && strstr(err, "damaged"), "%s", err);
    forge("packed.clip", "emoji.scales", 4, "\xFF\xFF\xFF\x7F");
    EXPECT(1, "emoji forged.clip word");
    CHECK(!*out && strstr(err, "the emoji in this model are damaged"), "a NaN among the scales: %s%s", out, err);
    EXPECT(1, "printf 'x' | dd of=packed.clip bs=1 seek=$(($(wc -c <packed.clip) - 20)) conv=notrunc && emoji packed.clip word");
    CHECK(!*out && strstr(err, "packed.clip: damaged file: the checksum of tensor emoji.drawings is wrong"), "%s", err);
    EXPECT(0, "cp piped.clip packed.clip");
}

// Room is taken for each line, which may be empty: where a size has 32 bits, that for the drawings of 1,826,092 is
// 1,088 bytes more than 4 GB.
static void a_list_of_empty_lines_is_no_overflow(void) {
    const int status =
        run_command("{ cat list.tsv && for i in 0 1 2 3 4 5 6 7 8 9; do sed '1d;/^$/d' list.tsv; done && "
                    "head -c 1826056 /dev/zero | tr '\\0' '\\n'; } >long.tsv && "
                    "emoji all.clip --pack long.clip --list long.tsv --images one --images two");
    const int refused = status == 1 && strstr(err, "not enough memory for the emoji");
    CHECK(refused || (status == 0 && SIZE_MAX > UINT32_MAX && strstr(err, "33 emoji; ")), "%d: %s%s", status, out, err);
    EXPECT(0, "rm -f long.tsv long.clip");
}

// From a pipe and from a terminal: a line is one question, whatever is in it, and its answer ends before the next is
// waited for.
static void emoji_answers_what_is_typed(void) {
    EXPECT(0, "head -c 9000 /dev/zero | tr '\\0' a | emoji packed.clip -k 1");
    CHECK(count_lines(out) == 2, "a long line is one question: %s", out);
    EXPECT(0, "printf 'a red\\000 face\\n' | emoji packed.clip >a && emoji packed.clip 'a red face' >b && echo >>b && cmp a b");
    EXPECT(1, ": >answers; { echo 'a red face'; n=0; until test $(wc -l <answers) -ge 2 || test $n -eq 30; do sleep 1; n=$((n + 1)); "
              "done; cp answers then; kill $(cat pid); sleep 1; } | sh -c 'echo $$ >pid; exec emoji packed.clip -k 1 >answers'");
    CHECK(!strcmp(err, "emoji: stopped\n"), "%s", err);
    EXPECT(0, "cat then");
    CHECK(count_lines(out) == 2, "the empty line is held back: %s", out);

    char command[300];
    const int terminal = posix_openpt(O_RDWR | O_NOCTTY);
    const char *name = terminal >= 0 && !grantpt(terminal) && !unlockpt(terminal) ? ptsname(terminal) : NULL;
    if (name && write(terminal, "a red face\n\4", 12) == 12) { // Ctrl-D
        snprintf(command, sizeof command, "emoji packed.clip -k 1 <%s", name);
        EXPECT(0, command);
        CHECK(!strncmp(out, " 0.", 3) && count_lines(out) == 2 && strstr(err, "words, or Ctrl-D"), "%s%s", out, err);
    }
    if (terminal >= 0) close(terminal);
}

// all.clip becomes untested.clip, without its self-test.
static void drop_selftest(void) {
    char path[512];
    clip_model *model;
    clip_error why;
    snprintf(path, sizeof path, "%s/all.clip", folder);
    const int failed = clip_model_load(path, NULL, &why, &model) != CLIP_OK;
    CHECK(!failed, "%s", why.message);
    if (failed) return;
    const clip__file *f = &model->file;
    clip__tensor *tensors = malloc(f->n_tensors * sizeof *tensors), t;
    size_t n = 0;
    for (size_t cursor = 0, i = 0; i < f->n_tensors && clip__file_next_tensor(f, &cursor, &t); i++)
        if (!clip__name_begins(t.name, t.name_size, "selftest.")) tensors[n++] = t;
    snprintf(path, sizeof path, "%s/untested.clip", folder);
    CHECK(!clip__file_write(path, f->bytes + CLIP__HEADER, f->keys_size, f->n_keys, tensors, n, &why), "%s",
          why.message);
    free(tensors);
    clip_model_free(model);
}

static void emoji_says_what_is_wrong_in_one_line(void) {
    static const struct {
        int status;
        const char *arguments, *says;
    } cases[] = {{1, "all.clip word", "no emoji in this model"},
                 {1, "nowhere.clip word", "nowhere.clip"},
                 {1, "bert.clip word", "takes no pictures"},
                 {1, "all.clip --pack no.clip --list nowhere --images one", "nowhere"},
                 {1, "all.clip --pack no.clip --list list.tsv --images album", "album/1f600.png"},
                 {1, "all.clip --pack no.clip --list three.csv --images one", "line 2: no tab"},
                 {1, "all.clip --pack no.clip --list zero.tsv --images one", "a byte of 0 is no text"},
                 // it would answer nothing
                 {1, "untested.clip --pack no.clip --list list.tsv --images one", "no self-test"},
                 {2, "", "MODEL.clip is missing"},
                 {2, "all.clip --pack no.clip --images one", "--list FILE is missing"},
                 {2, "all.clip --pack no.clip --list list.tsv", "--images DIR is missing"},
                 {2, "all.clip --list list.tsv word", "--pack FILE is missing"},
                 {2, "all.clip word --pack no.clip --list list.tsv --images one", "answers nothing"},
                 {2, "all.clip word -k 0", "-k 0"},
                 {2, "packed.clip word --sheet -", "name a file"},
                 {2, "packed.clip word --sheet packed.clip", "--sheet packed.clip: this is what it begins with"},
                 {2, "packed.clip --sheet one/../packed.clip", "this is what it begins with"}, // what is typed
                 {2, "packed.clip --pack ./packed.clip --list list.tsv --images one", "this is what it begins with"},
                 {2, "all.clip --pack list.tsv --list list.tsv --images one", "this is what it begins with"},
                 {2, "all.clip word --sheets x", "no such option"}};
    drop_selftest();
    EXPECT(0, "printf 'codepoints\\tname\\n1f600\\tgr\\000in\\n' >zero.tsv && cksum all.clip packed.clip list.tsv >before");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char command[256];
        snprintf(command, sizeof command, "emoji %s </dev/null", cases[i].arguments);
        EXPECT(cases[i].status, command);
        CHECK(!*out && count_lines(err) == 1 && strstr(err, cases[i].says), "%s: %s%s", command, out, err);
    }
    EXPECT(1, "test -e no.clip");
    EXPECT(0, "cksum all.clip packed.clip list.tsv | cmp - before");
    EXPECT(0, "emoji --help");
    CHECK(strstr(out, "--sheet FILE") && !*err, "%s", err);
}

// The model in box/ computes here what it did where it was made, and does as well as its log says. (A CPU of another
// kind rounds otherwise, which may turn two answers over.)
static void the_box_is_as_good_as_its_log(void) {
    char *box = realpath("box", NULL), *tests = realpath("tests", NULL), line[256];
    int found = 0, logged = 0;
    if (box && tests && !setenv("BOX", box, 1) && !setenv("TESTS", tests, 1) &&
        !run_command("test -e \"$BOX/emoji.clip\"")) {
        EXPECT(0, "test $(wc -c <\"$BOX/emoji.clip\") -le 20000000 && emoji \"$BOX/emoji.clip\" 'birthday cake' -k 1");
        CHECK(strstr(out, "  \xF0\x9F\x8E\x82\xEF\xB8\x8F  birthday cake\n"), "%s", out);
        EXPECT(0, "sh \"$TESTS/demo_phrases.sh\" emoji \"$BOX/emoji.clip\" | head -n 1 && grep 'of 50 phrases' \"$BOX/log.txt\"");
        CHECK(sscanf(out, "%d of 50 %255[^\n]\n%d of 50", &found, line, &logged) == 3 && found >= logged - 1,
              "%d phrases have a fitting answer, logged are %d: %s", found, logged, out);
    }
    free(box), free(tests);
}

int main(void) {
    a_drawing_comes_back();
    a_picture_is_shrunk_to_means();
    a_png_is_no_larger_than_its_chunks();
    code_points_become_characters();
    if (programs_are_there()) {
        emoji_are_packed_found_and_drawn();
        a_list_of_empty_lines_is_no_overflow();
        emoji_answers_what_is_typed();
        emoji_says_what_is_wrong_in_one_line();
        the_box_is_as_good_as_its_log();
    } else {
        printf("build/emoji or tests/goldens are not there: the program is not run\n");
    }
    programs_end();
    return TEST_END();
}
