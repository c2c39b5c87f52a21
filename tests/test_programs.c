// test_programs.c - examples/: the parts of common.h and search.c by themselves, on good input and on hostile one; then
// the built programs as a user runs them, on the small models of tests/goldens.
#define main search_main
#include "examples/search.c"
#undef main
#include "examples/classes.h"
#include "examples/augment.h"
#include "tests/test.h"

static const unsigned char JPEG[] = { // 4x3, grey, 192 everywhere
    0xFF, 0xD8, 0xFF, 0xDB, 0x00, 0x43, 0x00, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
    0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
    0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
    0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
    0xC0, 0x00, 0x0B, 0x08, 0x00, 0x03, 0x00, 0x04, 0x01, 0x01, 0x11, 0x00, 0xFF, 0xC4, 0x00, 0x14, 0x00, 0x01,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0xFF, 0xC4,
    0x00, 0x14, 0x10, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0xFF, 0xDA, 0x00, 0x08, 0x01, 0x01, 0x00, 0x00, 0x3F, 0x00, 0x4F, 0xFF, 0xD9};

static const unsigned char PNG[] = { // 2x1, RGB, 10 20 30 everywhere
    0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0x00, 0x00, 0x00, 0x0D, 0x49, 0x48, 0x44, 0x52, 0x00, 0x00,
    0x00, 0x02, 0x00, 0x00, 0x00, 0x01, 0x08, 0x02, 0x00, 0x00, 0x00, 0x7B, 0x40, 0xE8, 0xDD, 0x00, 0x00, 0x00,
    0x0F, 0x49, 0x44, 0x41, 0x54, 0x78, 0x9C, 0x63, 0xE4, 0x12, 0x91, 0x63, 0x60, 0x60, 0x00, 0x00, 0x01, 0x26,
    0x00, 0x3E, 0x63, 0xF8, 0x60, 0x59, 0x00, 0x00, 0x00, 0x00, 0x49, 0x45, 0x4E, 0x44, 0xAE, 0x42, 0x60, 0x82};

// -------------------------------------------------------------------------------------------------------- the parts

// Parses a copy of exactly `size` bytes, so that a sanitizer sees the first one read outside.
static int parse_copy(const void *bytes, size_t size, clip_image *out, char why[WHY]) {
    unsigned char *copy = malloc(size ? size : 1);
    memset(out, 0, sizeof *out);
    if (size) memcpy(copy, bytes, size);
    int failed = picture_parse(copy, size, out, why);
    free(copy);
    return failed;
}

static void a_ppm_is_read_and_a_damaged_one_is_refused(void) {
    static const char good[] = "P6 # made by hand\n2\t#width\n1\n255\nabcdef", grey[] = "P5 1 2 255\nxy";
    static const char *const bad[] = {
        "",           "P",         "P6",           "P6 ",          "P6 2 1",         "P6 2 1 255",  "P6 2 1 255\nabcde",
        "P6 0 1 255\n", "P6 1 0 255\n", "P6 1 1 0\nabc",  "P6 -1 1 255\nabc", "P6 x 1 255\nabc", "P6 # never ends",
        "P6 99999999999999999999999999 1 255\nabc",   "P6 18446744073709551617 1 255\nabc",
        "P6 400000000 400000000 255\nabc",            "P6 20000 20000 255\nabc",
        "P6 1 1 65535\nabcdef",                       "P3 1 1 255\n1 2 3",
        "P7 1 1 255\nabc",                            "P6 1 1 256\nabcdef"};
    clip_image picture;
    char why[WHY] = "";
    CHECK(!parse_copy(good, sizeof good - 1, &picture, why), "%s", why);
    CHECK(picture.width == 2 && picture.height == 1 && picture.channels == 3, "%zux%zu", picture.width, picture.height);
    CHECK(!memcmp(picture.data, "abcdef", 6), "other samples");
    picture_free(&picture);
    for (size_t n = 0; n + 1 < sizeof good; n++)
        CHECK(parse_copy(good, n, &picture, why), "cut at %zu it is still taken", n);
    CHECK(!parse_copy(grey, sizeof grey - 1, &picture, why) && picture.channels == 1 && picture.height == 2, "%s", why);
    picture_free(&picture);
    CHECK(!parse_copy("P5 3 1 10 \0\5\xC8", 13, &picture, why), "%s", why);
    CHECK(picture.data[0] == 0 && picture.data[1] == 128 && picture.data[2] == 255,
          "%d %d %d: 10 is white, 5 half of it", picture.data[0], picture.data[1], picture.data[2]);
    picture_free(&picture);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        *why = 0;
        CHECK(parse_copy(bad[i], strlen(bad[i]), &picture, why) && *why, "\"%s\" is taken", bad[i]);
    }
    CHECK(parse_copy("P5 16777216 11 255\nx", 20, &picture, why) && !strcmp(why, "16777216x11 " PICTURE_TOO_LARGE),
          "%s", why);
}

#ifdef STB_IMAGE_H
static const unsigned char BMP[] = { // 1x2, 24 bits, blue green red: 1 2 3, above it 5 6 7
    'B', 'M', 62, 0, 0, 0, 0, 0, 0, 0, 54, 0, 0, 0, 40, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 1, 0, 24, 0, 0,
    0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 0, 5, 6, 7, 0};
#endif

#ifdef STB_IMAGE_H
// A table of 765 codes, which stb_image 2.27 writes behind its arrays; behind the header, and behind a scan.
static void a_jpeg_has_no_more_codes_than_there_is_room_for(void) {
    for (int behind = 0; behind < 2; behind++) {
        // class and counts 17, codes 765, length 2
        static const unsigned char head[] = {0xFF, 0xC4, 785 >> 8, 785 & 255, 0};
        unsigned char made[sizeof JPEG + sizeof head + 16 + 765] = {0};
        const size_t at = behind ? sizeof JPEG - 2 : 2;
        clip_image picture;
        char why[WHY] = "";
        memcpy(made, JPEG, at);
        memcpy(made + at, head, sizeof head);
        memset(made + at + sizeof head + 13, 255, 3);
        memset(made + at + sizeof head + 16, 0xAA, 765);
        memcpy(made + sizeof made - (sizeof JPEG - at), JPEG + at, sizeof JPEG - at);
        CHECK(parse_copy(made, sizeof made, &picture, why) && !strcmp(why, "a JPEG that is damaged"), "%d: %s", behind,
              why);
    }
}

// stb_image reads a table that a JPEG does not have as whatever its memory held.
static void a_jpeg_without_its_tables_is_the_same_each_time(void) {
    static unsigned char made[sizeof JPEG], dirty[1 << 16];
    size_t n = 2;
    for (size_t at = 2; at < sizeof JPEG;) {
        const size_t size = JPEG[at + 1] == 0xDA ? sizeof JPEG - at : 2 + ((size_t)JPEG[at + 2] << 8 | JPEG[at + 3]);
        if (JPEG[at + 1] != 0xC4) memcpy(made + n, JPEG + at, size), n += size;
        at += size;
    }
    memcpy(made, JPEG, 2);
    CHECK(n < sizeof JPEG, "no table is left out");
    for (int fill = 0; fill < 256; fill += 85) {
        clip_image picture = {NULL, 0, 0, 0, 0};
        char why[WHY] = "", *block = malloc(sizeof dirty);
        memset(dirty, fill, sizeof dirty);
        if (block) memcpy(block, dirty, sizeof dirty);
        free(block);
        const int failed = parse_copy(made, n, &picture, why);
        static int first = -1, value = -1;
        const int seen = failed ? -1 : ((const unsigned char *)picture.data)[0];
        if (first < 0) first = failed, value = seen;
        CHECK(failed == first && seen == value, "filled with %d: %d %d, else %d %d", fill, failed, seen, first, value);
        if (!failed) picture_free(&picture);
    }
}
#endif

#ifdef STB_IMAGE_H
// By its header, before anything is taken: what may have so many bytes of samples is refused here for its checksum.
static void a_png_takes_no_more_than_a_gigabyte(void) {
    static const struct {
        unsigned side;
        unsigned char depth, kind; // kind: 0 grey, 2 RGB, 6 RGBA
        int taken;
    } cases[] = {{13377, 8, 2, 1}, {13377, 16, 0, 1}, {11585, 8, 6, 1},
                 {11586, 8, 6, 0}, {13377, 16, 2, 0}, {13377, 16, 6, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        unsigned char png[] = "\x89PNG\r\n\x1A\n\0\0\0\15IHDRwwwwhhhhdk\0\0\0cccc\0\0\0\0IEND\xAE\x42\x60\x82";
        const unsigned char side[] = {0, 0, (unsigned char)(cases[i].side >> 8), (unsigned char)cases[i].side};
        char why[WHY] = "", want[WHY] = "a PNG that is cut short or damaged";
        clip_image picture;
        memcpy(png + 16, side, 4), memcpy(png + 20, side, 4), png[24] = cases[i].depth, png[25] = cases[i].kind;
        if (!cases[i].taken)
            snprintf(want, WHY, "%ux%u of %d bytes a pixel " PICTURE_TOO_MANY_BYTES, cases[i].side, cases[i].side,
                     cases[i].depth / 8 * (cases[i].kind == 6 ? 4 : 3));
        CHECK(parse_copy(png, sizeof png - 1, &picture, why) && !strcmp(why, want), "%zu: %s, not %s", i, why, want);
    }
}
#endif

// With stb_image.h they are read, and cut or damaged they do no harm; without it the hint says what to install.
static void jpeg_png_and_bmp_come_through_stb(void) {
    clip_image picture;
    char why[WHY] = "";
#ifdef STB_IMAGE_H
    unsigned char broken[sizeof PNG], turned[sizeof BMP];
    CHECK(!parse_copy(JPEG, sizeof JPEG, &picture, why), "%s", why);
    CHECK(picture.width == 4 && picture.height == 3 && picture.channels == 1 && picture.data[0] == 192, "%zux%zu",
          picture.width, picture.height);
    picture_free(&picture);
    CHECK(!parse_copy(PNG, sizeof PNG, &picture, why), "%s", why);
    CHECK(picture.width == 2 && picture.channels == 3 && !memcmp(picture.data + 3, "\12\24\36", 3), "other samples");
    picture_free(&picture);
    for (size_t i = 8; i < sizeof PNG; i++) { // each byte is a length, or under a CRC-32, or one
        memcpy(broken, PNG, sizeof PNG);
        broken[i] ^= 1;
        CHECK(parse_copy(broken, sizeof PNG, &picture, why) && *why, "PNG with another byte %zu is taken", i);
    }
    for (int down = 0; down < 2; down++) { // rows from the lowest up, or, with a negative height, from the first down
        memcpy(turned, BMP, sizeof BMP);
        if (down) memcpy(turned + 22, "\xFE\xFF\xFF\xFF", 4);
        CHECK(!parse_copy(turned, sizeof BMP, &picture, why), "%s", why);
        CHECK(picture.width == 1 && picture.height == 2 && picture.channels == 3 &&
                  !memcmp(picture.data, down ? "\3\2\1\7\6\5" : "\7\6\5\3\2\1", 6),
              "other samples");
        picture_free(&picture);
        for (size_t n = 0; n + 1 < sizeof BMP; n++) // the last byte fills up a row
            CHECK(parse_copy(turned, n, &picture, why) && *why, "BMP cut at %zu is taken", n);
    }
    for (size_t n = 0; n < sizeof JPEG; n++) CHECK(parse_copy(JPEG, n, &picture, why), "JPEG cut at %zu is taken", n);
    for (size_t n = 0; n < sizeof PNG; n++)
        CHECK(parse_copy(PNG, n, &picture, why), "PNG cut at %zu is taken", n);
    for (size_t i = 0; i < sizeof JPEG; i++) {
        unsigned char damaged[sizeof JPEG];
        memcpy(damaged, JPEG, sizeof JPEG);
        damaged[i] ^= 0x55;
        if (!parse_copy(damaged, sizeof JPEG, &picture, why)) picture_free(&picture);
    }
    a_png_takes_no_more_than_a_gigabyte();
    a_jpeg_has_no_more_codes_than_there_is_room_for();
    a_jpeg_without_its_tables_is_the_same_each_time();
#else
    CHECK(parse_copy(JPEG, sizeof JPEG, &picture, why) && strstr(why, "install libstb-dev"), "%s", why);
    CHECK(parse_copy(PNG, sizeof PNG, &picture, why) && strstr(why, "install libstb-dev"), "%s", why);
#endif
}

static void npy_headers_are_numpys(void) {
    char h[NPY_HEADER + 1] = {0};
    npy_header(h, "f4", 1260, ", 384");
    CHECK(!memcmp(h, "\x93NUMPY\1\0\x76\0{'descr': '", 21), "another beginning");
    CHECK(!memcmp(h + 22, "f4', 'fortran_order': False, 'shape': (1260, 384), } ", 53), "%.*s", 60, h + 22);
    CHECK(h[127] == '\n' && h[126] == ' ', "the header ends in blanks and a line feed");
    npy_header(h, "u1", SIZE_MAX, ", 16777216, 16777216, 3");
    CHECK(h[127] == '\n' && strstr(h + 10, "'|u1'") && memchr(h, '}', 127), "the longest does not fit");
}

static void numbers_of_options_are_checked(void) {
    static const struct {
        const char *text;
        int failed;
        size_t value;
    } cases[] = {{"0", 0, 0},  {"9", 0, 9},   {"007", 0, 7},  {"100", 0, 100}, {"101", 1, 0}, {"-1", 1, 0},
                 {"", 1, 0},   {"9x", 1, 0},  {" 9", 1, 0},   {"1e2", 1, 0},   {"18446744073709551617", 1, 0}};
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        char name[] = "-k", value[32];
        char *argv[] = {name, value};
        size_t got = 0;
        int i = 0;
        snprintf(value, sizeof value, "%s", cases[c].text);
        int failed = option_count(2, argv, &i, 0, 100, &got);
        CHECK(failed == cases[c].failed && got == cases[c].value, "\"%s\": %d, %zu", cases[c].text, failed, got);
    }
}

// What `write` writes for `text`. Static memory, good until the next call.
static const char *written(void (*write)(FILE *, const char *), const char *text) {
    static char got[512];
    FILE *f = tmpfile();
    write(f, text);
    rewind(f);
    got[fread(got, 1, sizeof got - 1, f)] = 0;
    fclose(f);
    return got;
}

static void names_do_no_harm_on_terminals_pages_and_in_urls(void) {
    const char *s = written(print_clean, "a\x1B[2J\r\n\t\x7F\xC2\x9B" "é\xC2");
    CHECK(!strcmp(s, "a?[2J?????é\xC2"), "%s", s);
    s = written(print_clean, "\xE2\x80\xAE" "gpj.\xE2\x81\xA6\x9B\xC0\x9B\xE9 \xE2\x80\x99\xF0\x9F\x98\x80");
    CHECK(!strcmp(s, "?gpj.??\xC0?\xE9 \xE2\x80\x99\xF0\x9F\x98\x80"), "%s: bidi, C1 as a byte, a longer form of ESC",
          s);
    s = written(html_text, "\xE2\x80\xAE\x7F\xC2\x9B.");
    CHECK(!strcmp(s, "   ."), "%s", s);
    s = written(csv_text, "a \"b\",\n\x1B");
    CHECK(!strcmp(s, "\"a \"\"b\"\",??\""), "%s", s);
    s = written(csv_text, "=HYPERLINK(1)");
    CHECK(!strcmp(s, "\"'=HYPERLINK(1)\""), "%s", s);
    s = written(html_text, "<script>alert('x')</script> \"&amp;\"\n");
    CHECK(!strcmp(s, "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &quot;&amp;amp;&quot; "), "%s", s);
    s = written(html_url, "../a b/<'\"&?#%:é>.jpg");
    CHECK(!strcmp(s, "../a%20b/%3C%27%22%26%3F%23%25%3A%C3%A9%3E.jpg"), "%s", s);
}

static void a_page_finds_its_pictures_by_relative_paths(void) {
    static const char *const cases[][3] = {{"/a/b", "/a/b/c.jpg", "c.jpg"},    {"/a/b", "/a/b/d/c.jpg", "d/c.jpg"},
                                           {"/a/b", "/a/c.jpg", "../c.jpg"},   {"/a/b", "/a/bc/d", "../bc/d"},
                                           {"/a/bc", "/a/b/d", "../b/d"},      {"/", "/c.jpg", "c.jpg"},
                                           {"/a/b/c", "/d", "../../../d"},     {"/a", "/a.jpg", "../a.jpg"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *got = path_relative(cases[i][0], cases[i][1]);
        CHECK(got && !strcmp(got, cases[i][2]), "from %s to %s: %s", cases[i][0], cases[i][1], got ? got : "");
        free(got);
    }
}

// ------------------------------------------------------------------------------------------------------- the index

// Three pictures, the second one unreadable, vectors of 3.
static picture_index small_index(void) {
    static const char *const paths[] = {"a.jpg", "b/c.jpg", "b/d.jpg"};
    picture_index x = {0};
    x.model_size = 1234567890123u, x.model_crc = 0xCAFEF00D, x.formats = 3, x.n = 3, x.dim = 3;
    x.entries = calloc(3, sizeof *x.entries);
    x.vectors = calloc(9, sizeof *x.vectors);
    for (size_t i = 0; i < 3; i++) {
        x.entries[i] = (entry){paths[i], 1000 + i, i ? (int64_t)i << 60 : -5, i == 1 ? UNREADABLE : EMBEDDED};
        for (size_t d = 0; d < 3; d++) x.vectors[3 * i + d] = i == 1 ? NAN : (float)(i + d) / 7;
    }
    return x;
}

// Parses a copy of exactly `size` bytes; `sum` says whether its checksum is made right before.
static int index_parse_copy(const unsigned char *bytes, size_t size, int sum, picture_index *out) {
    char why[WHY] = "";
    unsigned char *copy = malloc(size ? size : 1);
    if (size) memcpy(copy, bytes, size);
    if (sum && size >= 24) put_u64(copy + 16, index_checksum(copy + 24, size - 24));
    int failed = index_parse(copy, size, out, why);
    CHECK(!failed == !*why || !failed, "a failure without a reason");
    return failed;
}

static void an_index_comes_back_as_it_was(void) {
    picture_index x = small_index(), y;
    size_t size;
    unsigned char *bytes = index_bytes(&x, &size);
    CHECK(!index_parse_copy(bytes, size, 0, &y), "it is refused");
    CHECK(y.n == 3 && y.dim == 3 && y.formats == 3, "%zu of %zu", y.n, y.dim);
    CHECK(y.model_size == x.model_size && y.model_crc == x.model_crc, "another model");
    for (size_t i = 0; i < 3 && y.n == 3; i++)
        CHECK(!strcmp(x.entries[i].path, y.entries[i].path) && x.entries[i].size == y.entries[i].size &&
                  x.entries[i].time == y.entries[i].time && x.entries[i].state == y.entries[i].state,
              "picture %zu", i);
    CHECK(!memcmp(x.vectors, y.vectors, 9 * sizeof(float)), "vectors");
    index_free(&y);
    free(bytes);
    x.entries[0].state = WAITING; // as when the work is interrupted
    bytes = index_bytes(&x, &size);
    CHECK(!index_parse_copy(bytes, size, 0, &y) && y.n == 2 && !strcmp(y.entries[0].path, "b/c.jpg"), "%zu", y.n);
    index_free(&y);
    free(bytes);
    index_free(&x);
}

static void a_damaged_index_is_refused(void) {
    picture_index x = small_index(), y = {0};
    size_t size;
    unsigned char *bytes = index_bytes(&x, &size);
    for (size_t n = 0; n < size; n++) {
        CHECK(index_parse_copy(bytes, n, 0, &y), "cut at %zu it is taken", n);
        CHECK(index_parse_copy(bytes, n, 1, &y), "cut at %zu with a new checksum it is taken", n);
    }
    for (size_t i = 0; i < 8 * size; i++) {
        bytes[i / 8] ^= (unsigned char)(1 << i % 8);
        CHECK(index_parse_copy(bytes, size, 0, &y), "with bit %zu flipped it is taken", i);
        if (!index_parse_copy(bytes, size, 1, &y)) index_free(&y); // a sanitizer looks on
        bytes[i / 8] ^= (unsigned char)(1 << i % 8);
    }
    for (size_t at = 8; at < INDEX_HEADER; at += 4) { // numbers that would overflow
        unsigned char kept[8];
        static const uint64_t hostile[] = {UINT64_MAX, (uint64_t)1 << 63, (uint64_t)1 << 32, UINT64_MAX / 24 + 1};
        memcpy(kept, bytes + at, 8);
        for (size_t h = 0; h < 4; h++) {
            put_u64(bytes + at, hostile[h]);
            if (!index_parse_copy(bytes, size, 1, &y)) index_free(&y);
            memcpy(bytes + at, kept, 8);
        }
    }
    unsigned char *name = bytes + INDEX_HEADER + 3 * INDEX_PICTURE;
    name[0] = 'c'; // the names are out of order
    CHECK(index_parse_copy(bytes, size, 1, &y), "names out of order are taken");
    free(bytes);
    index_free(&x);
}

enum { SIDE = 24 };

// A dark square on light ground, in the middle but for a corner of another colour.
static void draw_square(unsigned char *pixels) {
    for (size_t i = 0; i < SIDE * SIDE; i++) {
        const size_t x = i % SIDE, y = i / SIDE;
        const int inside = x >= 8 && x < 16 && y >= 8 && y < 16;
        memcpy(pixels + 3 * i, inside ? "\x64\x28\x28" : i ? "\xF0\xF0\xFA" : "\x00\x80\x00", 3);
    }
}

static double mean_of_channel(const unsigned char *pixels, size_t c) {
    double sum = 0;
    for (size_t i = 0; i < SIDE * SIDE; i++) sum += pixels[3 * i + c];
    return sum / (SIDE * SIDE);
}

static void an_augmented_picture_is_still_of_the_same_thing(void) {
    unsigned char start[SIDE * SIDE * 3], a[sizeof start], b[sizeof start], spare[sizeof start];
    double least = 256, most = 0, darkest = 256;
    size_t flipped = 0, drawn = 0, greys = 0;
    draw_square(start);
    for (size_t i = 0; i < 200; i++) {
        size_t others = 0, equal = 0;
        memcpy(a, start, sizeof a);
        augment_pixels(AUGMENT_PLACE, 3, 4, i, a, spare, SIDE);
        const double mean = mean_of_channel(a, 0); // of 64 dark pixels in 576: so many are there at other sizes
        least = mean < least ? mean : least, most = mean > most ? mean : most;
        for (size_t k = 0; k < SIDE * SIDE; k++) others += a[3 * k] > 240 || a[3 * k + 2] > 250;
        CHECK(others == 0, "picture %zu: %zu pixels are of no colour that it has", i, others);
        memcpy(b, start, sizeof b); // the same numbers: the same picture. Its neighbour is another one
        augment_pixels(AUGMENT_PLACE, 3, 4, i, b, spare, SIDE);
        CHECK(!memcmp(a, b, sizeof a), "picture %zu comes out in two ways", i);
        augment_pixels(AUGMENT_PLACE, 3, 4, i + 1, memcpy(b, start, sizeof b), spare, SIDE);
        CHECK(memcmp(a, b, sizeof a), "pictures %zu and %zu come out alike", i, i + 1);

        memset(b, 255, sizeof b), memset(b, 0, 3), memset(b + 3, 77, 3); // white, a black pixel, and a grey one
        augment_pixels(AUGMENT_COLOUR, 3, 4, i, b, spare, SIDE);
        CHECK(!b[0] && !b[1] && !b[2] && b[6] == 255 && b[7] == 255 && b[8] == 255, "picture %zu: black or white went",
              i);
        CHECK(b[3] == b[4] && b[4] == b[5], "picture %zu: a grey of %d %d %d", i, b[3], b[4], b[5]);
        augment_pixels(AUGMENT_COLOUR, 3, 4, i, memcpy(b, start, sizeof b), spare, SIDE);
        greys += b[0] == b[1] && b[1] == b[2] && b[3 * 200] == b[3 * 200 + 1];
        CHECK(!memcmp(b + 3, b + 6, 3), "picture %zu: one colour became two", i);

        augment_pixels(AUGMENT_FLIP, 3, 4, i, memcpy(b, start, sizeof b), spare, SIDE);
        flipped += memcmp(b, start, sizeof b) != 0;
        if (memcmp(b, start, sizeof b)) flip(b, SIDE);
        CHECK(!memcmp(b, start, sizeof b), "picture %zu: a mirror's mirror is another picture", i);

        augment_pixels(AUGMENT_LINES, 3, 4, i, memcpy(b, start, sizeof b), spare, SIDE);
        for (size_t k = 0; k < sizeof b; k++) equal += b[k] == start[k];
        drawn += equal < sizeof b;
        if (equal < sizeof b) { // inside and outside are not darker; where they meet is
            const size_t middle = 3 * (12 * SIDE + 12), edge = 3 * (8 * SIDE + 12), outside = 3 * (20 * SIDE + 12);
            CHECK(b[middle] >= start[middle] && b[outside] >= start[outside] && b[edge + 2] < start[outside + 2] / 2,
                  "picture %zu: %d %d %d", i, b[middle], b[outside], b[edge + 2]);
            darkest = b[edge + 2] < darkest ? b[edge + 2] : darkest;
        }
    }
    CHECK(least < 225 && most > 234, "sizes differ too little: means from %g to %g", least, most);
    CHECK(flipped > 70 && flipped < 130, "%zu of 200 are mirrored", flipped);
    CHECK(drawn > 35 && drawn < 85 && darkest < 1, "%zu of 200 are drawn, at most in %g", drawn, darkest);
    CHECK(greys > 5 && greys < 40, "%zu of 200 are grey", greys);
    memcpy(a, start, sizeof a), memcpy(b, start, sizeof b); // one more kind changes nothing that another does
    augment_pixels(AUGMENT_PLACE, 3, 4, 5, a, spare, SIDE);
    augment_pixels(AUGMENT_FLIP, 3, 4, 5, a, spare, SIDE);
    augment_pixels(AUGMENT_PLACE | AUGMENT_FLIP, 3, 4, 5, b, spare, SIDE);
    CHECK(!memcmp(a, b, sizeof a), "moved and mirrored at once comes out in another way than one after the other");
}

static void no_product_of_sizes_wraps_around(void) {
    volatile size_t quarter = SIZE_MAX / 4 + 1; // times 4 bytes it is 0
    float *none = vectors_alloc(0, 7), *too_many = vectors_alloc(quarter / 16, 16),
          *too_long = vectors_alloc(2, quarter);
    CHECK(none && !too_many && !too_long, "memory for none, and none for more than there can be");
    free(none), free(too_many), free(too_long);
    confusion table;
    names classes = {NULL, SIZE_MAX, 0}; // times one more, and one: 1
    const int failed = confusion_begin(&table, &classes);
    CHECK(failed, "a table of more classes than there can be");
    free(table.counts);
}

static void only_what_changed_is_embedded_again(void) {
    char a[] = "a.jpg", c[] = "b/c.jpg", d[] = "b/d.jpg", e[] = "e.jpg";
    picture_index old = small_index(), x = {0};
    found_file files[] = {{a, 1000, -5}, {c, 1001, (int64_t)1 << 60}, {d, 77, (int64_t)2 << 60}, {e, 1, 1}};
    file_list list = {files, 4, 4};
    x.model_size = old.model_size, x.model_crc = old.model_crc, x.formats = old.formats, x.dim = 3;
    CHECK(!index_merge(&old, &list, &x), "no memory");
    CHECK(x.entries[0].state == EMBEDDED && !memcmp(x.vectors, old.vectors, 12), "a.jpg is as it was");
    CHECK(x.entries[1].state == UNREADABLE && isnan(x.vectors[3]), "b/c.jpg can't be read still");
    CHECK(x.entries[2].state == WAITING, "b/d.jpg has another size");
    CHECK(x.entries[3].state == WAITING, "e.jpg is new");
    free(x.entries), free(x.vectors);
    x.formats = 1;
    CHECK(!index_merge(&old, &list, &x) && x.entries[1].state == WAITING, "other formats can be read: it tries again");
    free(x.entries), free(x.vectors);
    x.model_crc++;
    CHECK(!index_merge(&old, &list, &x) && index_count(&x, WAITING) == 4, "another model: all again");
    index_free(&x);
    index_free(&old);
}

// ------------------------------------------------------------------------------------------------------ the programs

#include "tests/programs.h"

static void search_finds_keeps_and_mends_its_index(void) {
    EXPECT(0, "mkdir -p photos/sub empty");
    write_picture("photos/red.ppm", 200, 10, 10);
    write_picture("photos/green.ppm", 10, 200, 10);
    write_picture("photos/sub/blue.ppm", 10, 10, 200);
    EXPECT(0, "ln -s .. photos/sub/loop; ln -s self.jpg photos/sub/self.jpg; ln -s .. photos/sub/folder.jpg; echo text >photos/notes.txt; echo P6 >photos/.hidden.ppm");

    EXPECT(0, "search vit.clip photos --like photos/red.ppm");
    CHECK(!strncmp(out, "1.0000  photos/red.ppm\n", 23) && count_lines(out) == 3, "%s", out);
    CHECK(strstr(err, "search: 3 pictures in "), "%s", err);
    EXPECT(0, "search vit.clip photos --like photos/red.ppm --threads 3 -k 1");
    CHECK(!strcmp(out, "1.0000  photos/red.ppm\n") && !*err, "the second search embeds nothing: %s", err);

    write_picture("photos/more.ppm", 90, 90, 0);
    EXPECT(0, "rm photos/green.ppm; printf 'P6 9 9 255\\n' >photos/bad.ppm");
    EXPECT(0, "search vit.clip photos/ --like - -k 99 <photos/more.ppm");
    CHECK(count_lines(out) == 3 && strstr(out, "1.0000  photos/more.ppm\n") && !strstr(out, "green"), "%s", out);
    CHECK(strstr(err, "photos/bad.ppm: a PPM that is cut short") && strstr(err, "2 pictures in "), "%s", err);
    EXPECT(0, "search vit.clip photos --like photos/red.ppm -k 0");
    CHECK(!*out && !strcmp(err, "search: 1 of 4 pictures can't be read and are passed over\n"), "%s%s", out, err);

    EXPECT(0, "search other.clip photos --like photos/red.ppm -k 1");
    CHECK(strstr(err, "made by another model") && strstr(err, "4 pictures in "), "%s", err);
    EXPECT(1, "search wider.clip photos --like photos/red.ppm");
    CHECK(!*out && count_lines(err) == 1 && strstr(err, "--rebuild"), "a model of other width: %s", err);
    EXPECT(0, "search wider.clip photos --like photos/red.ppm --index other -k 1");
    EXPECT(0, "ls -A photos");
    CHECK(strstr(out, ".clip-index\n") && !strstr(out, ".tmp"), "%s", out);

    EXPECT(1, "printf x >>photos/.clip-index && search vit.clip photos --like photos/red.ppm");
    CHECK(!*out && count_lines(err) == 1 && strstr(err, "photos/.clip-index: a damaged index"), "%s", err);
    EXPECT(0, "search vit.clip photos --like photos/red.ppm --rebuild");
    EXPECT(1, "search vit.clip photos --like photos/red.ppm --index photos/red.ppm --rebuild");
    CHECK(!*out && count_lines(err) == 1 && strstr(err, "not an index"), "%s", err);
    EXPECT(0, "search vit.clip photos --like photos/red.ppm --index nowhere/i -k 1");
    CHECK(count_lines(out) == 1 && strstr(err, "nowhere/i: "), "no index can be written, still: %s", err);
}

static void search_shows_a_page(void) {
    static char page[1 << 16];
    write_picture("photos/<script>alert('1')&\".ppm", 40, 50, 60);
    EXPECT(0, "search vit.clip photos --like photos/red.ppm --html page.html");
    CHECK(count_lines(out) == 4, "%s", out);
    read_text("page.html", page, sizeof page);
    CHECK(strstr(page, "src=\"photos/red.ppm\"") && strstr(page, "<b>1.0000</b>"), "%s", page);
    CHECK(!strstr(page, "<script>"), "%s", page);
    CHECK(strstr(page, "src=\"photos/%3Cscript%3Ealert%28%271%27%29%26%22.ppm\""), "%s", page);
    EXPECT(0, "cd empty && search ../vit.clip ../photos --like ../photos/red.ppm --html -");
    CHECK(!strncmp(out, "<!doctype html>", 15) && strstr(out, "src=\"../photos/red.ppm\""), "%s", out);
    EXPECT(1, "search vit.clip photos --like photos/red.ppm --html nowhere/page.html");
    // from near/here ".." leads to two places
    EXPECT(0, "mkdir -p far/away && ln -s far/away near && mkdir near/here && "
              "search vit.clip photos --like photos/red.ppm --html near/here/page.html");
    read_text("far/away/here/page.html", page, sizeof page);
    CHECK(strstr(page, "src=\"/") && strstr(page, "/photos/red.ppm\"") && !strstr(page, "src=\"."), "%s", page);
}

// Nothing that a terminal would obey: what a program has said or printed.
static int is_harmless(const char *text) {
    static const char *const harm[] = {"\x1B", "\x7F", "\r", "\a", "\x9B", "\xE2\x80\xAE"};
    for (size_t i = 0; i < sizeof harm / sizeof *harm; i++)
        if (strstr(text, harm[i])) return 0;
    return 1;
}

static void names_from_outside_come_out_harmless(void) {
#define HARM "\x1B[2J\xC2\x9B" "31m\xE2\x80\xAE\x7F<script>\"=\a"
    static char page[1 << 16];
    EXPECT(0, "mkdir -p 'hostile/=1" HARM "' 'hostile/two\nlines'");
    EXPECT(0,
           "cp photos/red.ppm 'hostile/=1" HARM "/" HARM ".ppm' && cp photos/more.ppm 'hostile/two\nlines/1\n2.ppm' && "
           "echo no >'hostile/two\nlines/" HARM ".png'");
    EXPECT(0, "search vit.clip hostile --like photos/red.ppm --html bad.html");
    CHECK(is_harmless(out) && is_harmless(err) && count_lines(out) == 2, "%s%s", out, err);
    read_text("bad.html", page, sizeof page);
    CHECK(is_harmless(page) && !strstr(page, "<script>"), "%s", page);
    EXPECT(0, "embed vit.clip --images 'hostile/=1" HARM "' 'hostile/two\nlines' -o bad.npy");
    CHECK(is_harmless(err), "%s", err);
    EXPECT(1, "zero_shot a.clip hostile --confusion bad.csv"); // 1: a picture is passed over
    read_text("bad.csv", page, sizeof page);
    CHECK(is_harmless(out) && is_harmless(err) && is_harmless(page), "%s%s%s", out, err, page);
    CHECK(strstr(page, "\n\"'=1?[2J?31m?" "?<script>\"\"=?\",") && count_lines(page) == 3, "%s", page);
    EXPECT(1, "probe a.clip hostile -o bad.npy");
    CHECK(count_lines(err) == 1 && is_harmless(err) && strstr(err, "in the name of a class"), "%s", err);
    EXPECT(1, "mkdir -p 'steers/a' 'steers/b\33[31m' && cp photos/red.ppm steers/a && cp photos/red.ppm 'steers/b\33[31m' && "
              "probe a.clip steers -o bad.npy");
    CHECK(count_lines(err) == 1 && is_harmless(err) && strstr(err, "in the name of a class"), "%s", err);
    EXPECT(1, "test -e bad.npy.txt");
    EXPECT(1, "printf 'image,caption\\n" HARM
              ".ppm,word\\n' >bad.captions && train --captions bad.captions --images hostile "
              "--image-tower vit.clip --text-tower bert.clip -o bad.clip");
    CHECK(is_harmless(err) && is_harmless(out) && strstr(err, "bad.captions, line 2"), "%s", err);
#undef HARM
}

static void search_says_what_is_wrong_in_one_line(void) {
    static const struct {
        int status;
        const char *arguments;
    } cases[] = {{1, "vit.clip empty --like photos/red.ppm"},
                 {1, "vit.clip nowhere --like photos/red.ppm"},
                 {1, "vit.clip photos/red.ppm --like photos/red.ppm"},
                 {1, "vit.clip photos --like nowhere.ppm"},
                 {1, "vit.clip photos --like photos/bad.ppm"},
                 {1, "vit.clip photos words"}, // it has no text tower
                 {1, "bert.clip photos words"},    // it has no image tower
                 {1, "photos/red.ppm photos words"},
                 {1, "nowhere.clip photos words"},
                 {2, ""},
                 {2, "vit.clip"},
                 {2, "vit.clip photos"},
                 {2, "vit.clip photos two words"},
                 {2, "vit.clip photos words --like photos/red.ppm"},
                 {2, "vit.clip photos words -k"},
                 {2, "vit.clip photos words -k many"},
                 {2, "vit.clip photos words --threads 0"},
                 {2, "vit.clip photos --like photos/red.ppm --index -"},
                 {2, "vit.clip photos --like photos/red.ppm --index here --html here"},
                 {2, "vit.clip photos --like photos/red.ppm --html photos/red.ppm"},
                 {2, "vit.clip photos --like photos/red.ppm --html vit.clip"},
                 {2, "vit.clip photos words --unknown"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char command[512];
        snprintf(command, sizeof command, "search %s", cases[i].arguments);
        EXPECT(cases[i].status, command);
        CHECK(!*out && count_lines(err) == 1, "%s: %s%s", command, out, err);
    }
    EXPECT(1, "search vit.clip photos/red.ppm --like photos/red.ppm");
    CHECK(!strncmp(err, "search: photos/red.ppm: ", 24), "DIR is what is wrong, not its index: %s", err);
    EXPECT(0, "search --help && embed --help");
    CHECK(strstr(out, "--html") && strstr(out, "--pixels") && !*err, "%s", err);
    EXPECT(1, "echo no >empty/no.ppm && search vit.clip empty --like photos/red.ppm");
    CHECK(!*out && strstr(err, "none of its 1 pictures can be read"), "%s", err);
}

static void embed_writes_a_row_for_each_picture(void) {
    static char whole[1 << 16], one[1 << 16];
    size_t dim;
    EXPECT(0, "embed vit.clip --images photos photos/red.ppm --names rows -o all.npy");
    CHECK(strstr(err, "photos/bad.ppm: a PPM that is cut short"), "%s", err);
    read_text("rows", out, sizeof out);
    CHECK(count_lines(out) == 5 && strstr(out, "more.ppm\nphotos/red.ppm\nphotos/sub/blue.ppm\nphotos/red.ppm\n"),
          "byte order in the folder, then what is named: %s", out);
    size_t size = read_text("all.npy", whole, sizeof whole);
    CHECK(sscanf(whole + 10, "{'descr': '<f4', 'fortran_order': False, 'shape': (5, %zu), }", &dim) == 1 && dim,
          "%.100s", whole + 10);
    CHECK(size == 128 + 5 * dim * 4, "%zu bytes", size);
    CHECK(!memcmp(whole + 128 + 2 * dim * 4, whole + 128 + 4 * dim * 4, dim * 4), "the same picture, another vector");
    EXPECT(0, "embed vit.clip --images - -o - --threads 2 <photos/red.ppm >one.npy");
    read_text("one.npy", one, sizeof one);
    CHECK(!memcmp(whole + 128 + 2 * dim * 4, one + 128, dim * 4), "alone it has another vector");

    EXPECT(1, "embed vit.clip --images photos/red.ppm photos/bad.ppm -o no.npy --names no");
    CHECK(!*out && strstr(err, "photos/bad.ppm"), "%s", err);
    EXPECT(0, "ls -A");
    CHECK(!strstr(out, "\nno") && !strstr(out, ".tmp"), "a failure leaves a file: %s", out);

    EXPECT(0, "embed vit.clip --images photos/red.ppm photos/sub --pixels -o p.npy");
    size_t side = 0, again = 0;
    size = read_text("p.npy", whole, sizeof whole);
    const char *form = "{'descr': '|u1', 'fortran_order': False, 'shape': (2, %zu, %zu, 3), }";
    CHECK(sscanf(whole + 10, form, &side, &again) == 2, "%.100s", whole + 10);
    CHECK(side == again && size == 128 + 2 * side * side * 3, "%zu bytes of %zux%zu", size, side, again);
}

static void embed_reads_lines(void) {
    static char empty[4096], raw[4096], plain[4096];
    EXPECT(0, "printf 'a b\\r\\n\\na\\0 b\\nlast' | embed bert.clip --texts - --ids");
    char *end = strchr(out, '\n');
    size_t first = end ? (size_t)(end - out) : 0;
    CHECK(count_lines(out) == 4, "%s", out);
    char *third = end ? strchr(end + 1, '\n') : NULL;
    CHECK(third && first && !strncmp(out, third + 1, first + 1), "CR and NUL are left out: %s", out);
    EXPECT(0, "printf 'a b\\r\\n\\na\\0 b\\nlast' | embed bert.clip --texts - -o words.npy");
    read_text("words.npy", plain, sizeof plain);
    CHECK(strstr(plain + 10, "'shape': (4, "), "%.100s", plain + 10);
    EXPECT(0, "printf 'a b' | embed bert.clip --texts - --raw -o raw.npy");
    read_text("raw.npy", raw, sizeof raw);
    CHECK(memcmp(raw + 128, plain + 128, 16) != 0, "--raw changes nothing");
    EXPECT(0, "embed bert.clip --texts /dev/null -o empty.npy");
    size_t size = read_text("empty.npy", empty, sizeof empty);
    CHECK(size == 128 && strstr(empty + 10, "'shape': (0, "), "%zu bytes, %.100s", size, empty + 10);
}

static void embed_reads_token_ids(void) {
    static char texts[4096], tokens[4096];
    EXPECT(0, "printf 'a dog\n\nthe red dog' | embed bert.clip --texts - -o texts.npy && "
              "printf 'a dog\n\nthe red dog' | embed bert.clip --texts - --ids | embed bert.clip --tokens - -o tokens.npy");
    size_t size = read_text("texts.npy", texts, sizeof texts);
    CHECK(size == read_text("tokens.npy", tokens, sizeof tokens) && !memcmp(texts, tokens, size), "other vectors");
    EXPECT(0, "printf '\\357\\273\\2772 3 4\\n' | embed bert.clip --tokens - -o mark.npy && " // a byte order mark
              "echo 2 3 4 | embed bert.clip --tokens - -o - | cmp - mark.npy");
    EXPECT(1, "printf '\\357' | embed bert.clip --tokens - -o no.npy"); // the beginning of one is none
    EXPECT(1, "printf '2 3\n2 x 3' | embed bert.clip --tokens - -o no.npy");
    CHECK(strstr(err, "line 2") && count_lines(err) == 1, "%s", err);
    EXPECT(1, "printf '2 99999 3' | embed bert.clip --tokens - -o no.npy");
    CHECK(strstr(err, "line 1") && strstr(err, "99999"), "%s", err);
    EXPECT(1, "printf '2 3\n\n2 3' | embed bert.clip --tokens - -o no.npy");
    CHECK(strstr(err, "line 2"), "%s", err);
    EXPECT(1, "printf '2%0100d3' 0 | sed 's/0/ 0/g' | embed bert.clip --tokens - -o no.npy");
    CHECK(strstr(err, "more than the"), "%s", err);
}

static void embed_says_what_is_wrong_in_one_line(void) {
    static const struct {
        int status;
        const char *arguments;
    } cases[] = {{1, "vit.clip --images nowhere.ppm -o no.npy"},
                 {1, "vit.clip --images photos/red.ppm -o nowhere/no.npy"},
                 {1, "vit.clip --texts rows -o no.npy"},
                 {1, "bert.clip --images photos/red.ppm -o no.npy"},
                 {1, "bert.clip --texts nowhere -o no.npy"},
                 {1, "bert.clip --texts empty -o no.npy"},
                 {1, "photos/red.ppm --texts rows -o no.npy"},
                 {2, ""},
                 {2, "vit.clip -o no.npy"},
                 {2, "vit.clip --images -o no.npy"},
                 {2, "vit.clip --images photos/red.ppm"},
                 {2, "vit.clip --images photos/red.ppm --ids -o no.npy"},
                 {2, "vit.clip --images photos/red.ppm --texts rows -o no.npy"},
                 {2, "bert.clip --texts rows --pixels -o no.npy"},
                 {2, "bert.clip --texts rows"},
                 {2, "bert.clip --tokens rows --ids"},
                 {2, "bert.clip --tokens rows --texts rows -o no.npy"},
                 {2, "bert.clip --texts rows --texts rows -o no.npy"},
                 {2, "bert.clip --texts rows --ids --raw"},
                 {2, "vit.clip --images photos/red.ppm --names no.npy -o no.npy"},
                 {2, "vit.clip --images photos/more.ppm photos/red.ppm -o photos/red.ppm"},
                 {2, "vit.clip --images photos/red.ppm -o no.npy --names ./vit.clip"},
                 {2, "bert.clip --texts rows -o ./rows"},
                 {2, "bert.clip --texts rows --ids -o rows"},
                 {2, "vit.clip --images photos/red.ppm --names - -o -"},
                 {2, "vit.clip --images photos/red.ppm --names ./no.npy -o no.npy"},
                 {2, "bert.clip --texts"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char command[512];
        snprintf(command, sizeof command, "embed %s", cases[i].arguments);
        EXPECT(cases[i].status, command);
        CHECK(!*out && count_lines(err) == 1, "%s: %s%s", command, out, err);
    }
    EXPECT(0, "ls -A");
    CHECK(!strstr(out, "no.npy"), "a failure leaves a file: %s", out);
}

// The sheet is a picture that others read; the map is what clip_explain gives; wrong use is told in one line.
static void explain_colours_a_picture(void) {
    static char sheet[1 << 20], map[4096];
    static const struct {
        int status;
        const char *arguments;
    } cases[] = {{1, "bert.clip photos/red.ppm word -o no.ppm"},
                 {1, "a.clip nowhere.ppm word -o no.ppm"},
                 {1, "a.clip photos/red.ppm word -o no/no.ppm"},
                 {2, "a.clip photos/red.ppm -o no.ppm"},
                 {2, "a.clip photos/red.ppm word"},
                 {2, "a.clip photos/red.ppm word -o no.jpg"},
                 {2, "a.clip photos/red.ppm word -o no.ppm --scale 0"},
                 {2, "a.clip photos/red.ppm word -o no.ppm --map no.ppm"},
                 {2, "a.clip photos/red.ppm word -o no.ppm --map photos/../no.ppm"},
                 {2, "a.clip photos/red.ppm word -o - --map -"},
                 {2, "a.clip photos/red.ppm word -o photos/red.ppm"},
                 {2, "a.clip photos/red.ppm word -o ./photos/red.ppm"},
                 {2, "a.clip photos/red.ppm word -o no.ppm --map photos/red.ppm"},
                 {2, "a.clip photos/red.ppm word -o no.ppm --map a.clip"},
                 {2, "a.clip photos/red.ppm word -o no.ppm --wrong"}};
    clip_image picture;
    char why[WHY] = "";
    EXPECT(0, "explain a.clip photos/red.ppm 'a dog' snow --scale 3 -o sheet.ppm --map map.npy");
    CHECK(count_lines(out) == 2 && strstr(out, "  a dog\n") && strstr(out, "  snow\n"), "%s", out);
    size_t size = read_text("sheet.ppm", sheet, sizeof sheet), side = 0, again = 0;
    CHECK(!parse_copy(sheet, size, &picture, why), "%s", why);
    CHECK(picture.width == 3 * picture.height && picture.height % 3 == 0, "%zux%zu", picture.width, picture.height);
    picture_free(&picture);
    size = read_text("map.npy", map, sizeof map);
    CHECK(sscanf(map + 10, "{'descr': '<f4', 'fortran_order': False, 'shape': (2, %zu, %zu), }", &side, &again) == 2 &&
              side == again && size == 128 + 2 * side * side * sizeof(float),
          "%.100s", map + 10);
    EXPECT(0, "explain a.clip photos/red.ppm 'a dog' snow --scale 3 -o - | cmp - sheet.ppm");
    EXPECT(0, "explain a.clip photos/red.ppm 'a dog' snow --scale 3 -o sheet.ppm --map - | cmp - map.npy");
    EXPECT(0, "explain a.clip photos/red.ppm -o sheet.ppm -- -_- --map");
    CHECK(count_lines(out) == 2 && strstr(out, "  -_-\n") && strstr(out, "  --map\n"), "%s", out);
    EXPECT(0, "explain a.clip photos/red.ppm 'a dog' -o sheet.png");
#ifdef STB_IMAGE_H
    size = read_text("sheet.png", sheet, sizeof sheet);
    CHECK(!parse_copy(sheet, size, &picture, why), "%s", why);
    CHECK(picture.width == 2 * picture.height, "%zux%zu", picture.width, picture.height);
    picture_free(&picture);
#endif
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char command[512];
        snprintf(command, sizeof command, "explain %s", cases[i].arguments);
        EXPECT(cases[i].status, command);
        CHECK(!*out && count_lines(err) == 1, "%s: %s%s", command, out, err);
    }
    EXPECT(0, "ls -A");
    CHECK(!strstr(out, "no.ppm"), "a failure leaves a file: %s", out);
}

// A number behind the name of a figure, "top-1  50.00 %".
static double figure(const char *text, const char *name) {
    const char *at = strstr(text, name);
    return at ? strtod(at + strlen(name), NULL) : -1;
}

// Labels by their sentences: one picture, many, folders of classes; templates are averaged; none competes.
static void zero_shot_labels_pictures(void) {
    static const struct {
        int status;
        const char *arguments;
    } cases[] = {{1, "bert.clip photos/red.ppm word"},
                 {1, "a.clip nowhere.ppm word"},
                 {1, "a.clip empty word"},
                 {1, "a.clip photos"}, // pictures beside the sub-folders
                 {1, "a.clip photos/red.ppm --labels nowhere"},
                 {1, "a.clip photos/red.ppm --labels /dev/null"},
                 {2, "a.clip photos/red.ppm"},
                 {2, "a.clip photos/red.ppm ''"},
                 {2, "a.clip photos/red.ppm word --template nothing"},
                 {2, "a.clip photos/red.ppm word --threshold 2"},
                 {2, "a.clip photos/red.ppm word --sigmoid --softmax"},
                 {2, "a.clip photos/red.ppm word --top 18446744073709551617"}, // 2^64 + 1
                 {2, "a.clip photos/red.ppm word --confusion no.csv"},
                 {2, "a.clip photos word --confusion no.csv"},
                 {2, "a.clip photos --calibrate 0.5 --confusion no.csv"},
                 {2, "a.clip photos --confusion -"},
                 {2, "a.clip photos --confusion a.clip"},
                 {2, "a.clip"},
                 {2, "a.clip photos/red.ppm word --wrong"}};
    static char one[sizeof out], two[4096];
    double sum = 0;
    EXPECT(0, "zero_shot a.clip album/red.ppm 'red here' 'blue here' 'pink here' --scale 3");
    snprintf(one, sizeof one, "%s", out);
    CHECK(count_lines(out) == 3, "%s", out);
    for (const char *p = out; *p; p = strchr(p, '\n') + 1) sum += strtod(p, NULL);
    CHECK(fabs(sum - 1) < 2e-4, "probabilities sum to %g", sum);
    EXPECT(0, "printf '\357\273\277red here\r\nblue here\n\npink here' >labels; "
              "zero_shot a.clip album/red.ppm --labels labels --scale 3");
    CHECK(!strcmp(one, out), "labels of a file: %s", out);
    EXPECT(0, "printf 'red here\rblue here\rpink here\r' >labels; zero_shot a.clip album/red.ppm --labels labels --scale 3");
    CHECK(!strcmp(one, out), "lines that end in CR: %s", out);
    EXPECT(0, "zero_shot a.clip album/red.ppm red blue pink --scale 3 --template '{} here' --top 2");
    CHECK(count_lines(out) == 2 && !strncmp(one, out, 6), "the template is filled in: %s", out);
    EXPECT(0, "zero_shot a.clip album/red.ppm --scale 3 -- 'red and red' 'blue and blue' | cut -c 1-6 >a && "
              "zero_shot a.clip album/red.ppm red blue --scale 3 --template '{} and {}' | cut -c 1-6 | cmp - a");
    EXPECT(0, "zero_shot a.clip album/red.ppm --top 1 --scale 3 -- -red");
    CHECK(!strcmp(out, "1.0000  -red\n"), "%s", out);
    // two templates: the mean of their vectors, as embed gives them, of length 1
    EXPECT(0, "printf 'red here\na red field\nblue here\na blue field' | embed a.clip --texts - -o t.npy && "
              "embed a.clip --images album/red.ppm -o i.npy");
    EXPECT(0, "zero_shot a.clip album/red.ppm red blue --template '{} here' --template 'a {} field' --scale 3");
    {
        float t[4][16], v[16];
        double logit[2] = {0, 0};
        CHECK(read_text("t.npy", two, sizeof two) == 128 + sizeof t, "other vectors");
        memcpy(t, two + 128, sizeof t);
        CHECK(read_text("i.npy", two, sizeof two) == 128 + sizeof v, "other vectors");
        memcpy(v, two + 128, sizeof v);
        for (int l = 0; l < 2; l++) {
            double length = 0;
            for (int k = 0; k < 16; k++) {
                const double mean = ((double)t[2 * l][k] + (double)t[2 * l + 1][k]) / 2;
                length += mean * mean;
                logit[l] += mean * (double)v[k];
            }
            logit[l] *= 3 / sqrt(length);
        }
        const char *line = strstr(out, "  red\n");
        CHECK(line && fabs(strtod(line - 6, NULL) - 1 / (1 + exp(logit[1] - logit[0]))) < 1e-4, "%s", out);
    }
    EXPECT(0, "zero_shot a.clip album/red.ppm red blue --scale 3 --bias 1000 --top 1");
    CHECK(!strcmp(out, "1.0000  none of these\n"), "%s", out);
    EXPECT(0, "zero_shot a.clip album/red.ppm red blue --scale 3 --none --bias -1000");
    CHECK(count_lines(out) == 3 && strstr(out, "0.0000  none of these\n"), "%s", out);
    EXPECT(0, "zero_shot a.clip album/red.ppm red blue --scale 0.001 --threshold 0.9");
    CHECK(strstr(out, "none of these") == strchr(out, ' ') + 2, "%s", out);
    EXPECT(0, "zero_shot a.clip album red blue --scale 3");
    CHECK(count_lines(out) == 8 && strstr(out, "  album/pink.ppm\n"), "a line a picture: %s", out);
    // classes: a picture is in its own and in another's folder, so that exactly one of two can be right
    EXPECT(0,
           "mkdir -p classes/red_here classes/blue-here && cp album/red.ppm classes/red_here && "
           "cp album/red.ppm classes/blue-here/copy.ppm && zero_shot a.clip classes --scale 3 --confusion table.csv");
    CHECK(figure(out, "top-1 ") == 50 && strstr(out, "(1 of 2)") && strstr(out, "confusion"), "%s", out);
    read_text("table.csv", two, sizeof two);
    CHECK(!strncmp(two, "truth,\"blue here\",\"red here\",\"none of these\"\n\"blue here\",", 53), "%s", two);
    EXPECT(1, "mkdir -p twice/red-here twice/red_here && cp album/red.ppm twice/red-here && cp album/red.ppm twice/red_here && "
              "zero_shot a.clip twice --scale 3");
    CHECK(count_lines(err) == 1 && strstr(err, "twice: two of its sub-folders are the label red here"), "%s", err);
    for (int k = 0; k <= 8; k++) { // of the eight pictures so many are then none's
        char command[512];
        snprintf(
            command, sizeof command,
            "b=$(zero_shot a.clip album 'red here' 'blue here' --scale 3 --calibrate %g) && test \"${b%%%% *}\" = --bias && "
            "zero_shot a.clip album 'red here' 'blue here' --scale 3 --top 1 $b",
            k / 8.0);
        EXPECT(0, command);
        int none = 0;
        for (const char *at = out; (at = strstr(at, "none of these")); at++) none++;
        CHECK(none == k && count_lines(out) == 8, "%d of 8: %s", k, out);
    }
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char command[512];
        snprintf(command, sizeof command, "zero_shot %s", cases[i].arguments);
        EXPECT(cases[i].status, command);
        CHECK(!*out && count_lines(err) >= 1 && !strncmp(err, "zero_shot: ", 11), "%s: %s%s", command, out, err);
    }
    EXPECT(1, "cp photos/bad.ppm classes/red_here/bad.ppm && zero_shot a.clip classes --scale 3");
    CHECK(strstr(err, "bad.ppm") && strstr(out, "(1 of 2)"), "%s%s", out, err);
    EXPECT(0, "rm classes/red_here/bad.ppm");
    if (SIZE_MAX > UINT32_MAX) return;
    EXPECT(1, "head -c 65536 /dev/zero | tr '\\0' a >long.label && yes '{}' | head -n 65536 | tr -d '\\n' >long.template && "
              "zero_shot a.clip album/red.ppm --labels long.label --templates long.template"); // 4 GB of text
    CHECK(strstr(err, "not enough memory for 1 templates"), "%s", err);
}

// A probe tells apart what it has seen, comes back from its file, and refuses what is not its own.
static void probe_learns_classes(void) {
    static const struct {
        int status;
        const char *arguments;
    } cases[] = {{1, "a.clip nowhere"},
                 {1, "a.clip album"}, // no sub-folders
                 {1, "bert.clip shades"},
                 {1, "a.clip shades -o nowhere/p.npy"},
                 {1, "a.clip --with p.npy album --confusion no.csv"}, // no classes in it
                 {1, "a.clip --with labels album"},
                 {1, "vit.clip --with p.npy album"}, // vectors of another length
                 {1, "a.clip --with p.npy classes"}, // other classes
                 {2, "a.clip"},
                 {2, "a.clip shades --c 0"},
                 {2, "a.clip shades --with p.npy -o q.npy"},
                 {2, "a.clip shades -o -"},
                 {2, "a.clip shades -o a.clip"},
                 {2, "a.clip shades -o q.npy --test shades --confusion a.clip"},
                 {2, "a.clip --with p.npy shades --confusion p.npy.txt"},
                 {2, "a.clip shades --test shades -o q.npy --confusion q.npy"},
                 {2, "a.clip shades --test shades -o q.npy --confusion q.npy.txt"},
                 {2, "a.clip shades --confusion no.csv"},
                 {2, "a.clip shades --test shades --confusion -"},
                 {2, "a.clip --with p.npy album/black.ppm --confusion no.csv"},
                 {2, "a.clip shades --wrong"}};
    EXPECT(0, "mkdir -p shades/dark shades/light && cp album/black.ppm album/brown.ppm album/blue.ppm shades/dark && "
              "cp album/white.ppm album/pink.ppm album/grey.ppm shades/light");
    EXPECT(0, "probe a.clip shades --c 1e6 --test shades -o p.npy");
    CHECK(strstr(err, "2 classes, 6 pictures") && figure(out, "top-1 ") == 100, "%s%s", out, err);
    EXPECT(0, "mkdir -p five/dark five/light && for i in 1 2 3 4 5; do cp shades/dark/black.ppm five/dark/$i.ppm; "
              "cp shades/light/white.ppm five/light/$i.ppm; done; probe a.clip five --c auto");
    CHECK(strstr(err, "C 0.001: 2 of 2 right"), "it learns with a small C, too: %s", err);
    EXPECT(0, "probe a.clip --with p.npy album/black.ppm");
    CHECK(strstr(out, "  dark  album/black.ppm\n"), "%s", out);
    EXPECT(0, "probe a.clip --with p.npy album");
    CHECK(count_lines(out) == 8, "%s", out);
    EXPECT(0, "cat p.npy.txt");
    CHECK(!strcmp(out, "dark\nlight\n"), "%s", out);
    EXPECT(1, "mkdir q.npy.txt && probe a.clip shades -o q.npy");
    CHECK(strstr(err, "probe: q.npy.txt: "), "it names what can't be written: %s", err);
    EXPECT(1, "test -e q.npy || test -e no.csv");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char command[512];
        snprintf(command, sizeof command, "probe %s", cases[i].arguments);
        EXPECT(cases[i].status, command);
        CHECK(!strncmp(err, "probe: ", 7), "%s: %s%s", command, out, err);
    }
}

// Eight pictures and two captions of each, the same in both forms; the towers are so small that an epoch takes no time.
static void make_album(void) {
    static const char *const colors[] = {"red", "green", "blue", "grey", "black", "white", "brown", "pink"};
    char csv[2048] = "\xEF\xBB\xBFimage,caption\r\n", token[2048] = "";
    EXPECT(0, "mkdir -p album");
    for (unsigned i = 0; i < 8; i++) {
        char name[64];
        snprintf(name, sizeof name, "album/%s.ppm", colors[i]);
        write_picture(name, 30 * i, 255 - 30 * i, i % 2 * 200);
        snprintf(csv + strlen(csv), sizeof csv - strlen(csv),
                 "%s.ppm,\"a \"\"%s\"\" field,\n seen\"\r\n\"%s.ppm\",%s here\r\n", colors[i], colors[i], colors[i],
                 colors[i]);
        snprintf(token + strlen(token), sizeof token - strlen(token),
                 "%s.ppm#0\ta \"%s\" field,  seen\n%s.ppm#1\t%s here\n", colors[i], colors[i], colors[i], colors[i]);
    }
    write_text("album.csv", csv);
    write_text("album.token", token);
    EXPECT(0, "printf '#!/bin/sh\\nexec train --images album --image-tower new:vit:16x1:patch8:16 --text-tower "
              "new:bert:16x1 --embed-dim 16 --batch 4 --threads 2 --val 0.25 \"$@\"\\n' >small && chmod +x small");
}

static void train_reads_both_forms_of_captions(void) {
    EXPECT(0, "./small --captions album.csv -o a.clip --one-caption");
    CHECK(strstr(err, "6 pictures to train with, 2 to measure with; 2 steps of 4 pairs"), "%s", err);
    CHECK(!strncmp(out, "epoch 1/4  train ", 17) && strstr(out, "\nepoch 4/4  ") && strstr(out, "R@10"), "%s", out);
    CHECK(strstr(out, "written: a.clip\n") && strstr(out, "search a.clip album "), "%s", out);
    EXPECT(0, "./small --captions album.token -o b.clip --one-caption --threads 1 && cmp a.clip b.clip");
    EXPECT(0, "head -n 1 a.clip.csv && wc -l <a.clip.csv && tail -n 1 a.clip.svg");
    CHECK(!strncmp(out, "epoch,step,loss,", 16) && strstr(out, "\n9\n</svg>\n"), "a row for each of 8 steps: %s", out);
    EXPECT(0, "search a.clip album 'red here' -k 1");
    EXPECT(0, "./small --captions album.csv -o c.clip --val 0.5 --seed 1 --epochs 1 --one-caption");
    CHECK(strstr(err, "4 pictures to train with, 4 to measure with"), "split by picture: %s", err);
    EXPECT(0, "./small --captions album.csv -o c.clip --val 0 --epochs 1");
    CHECK(strstr(err, "8 pictures to train with, 0 to measure with; 4 steps"), "every caption: %s", err);
    EXPECT(0, "./small --captions album.csv -o c.clip --val 0.1 --epochs 3");
    CHECK(strstr(err, "1 picture to measure with has none to be told from"), "%s", err);
    CHECK(strstr(out, "(no validation)") && !strstr(out, "R@10"), "nor is the first epoch the best: %s", out);
}

// Pictures to train with and to measure with may lie in one folder: those of both have captions.
static void train_measures_with_other_captions(void) {
    EXPECT(0, "grep -e red -e green -e blue album.token >some.token && grep -e pink -e grey album.token >rest.token && "
              "./small --captions some.token --val-captions rest.token -o v.clip --epochs 1");
    CHECK(strstr(err, "album: 3 of its 8 pictures have no caption") &&
              strstr(err, "3 pictures to train with, 2 to measure"), "%s", err);
    EXPECT(0, "mkdir -p rest && cp album/pink.ppm album/grey.ppm rest && "
              "./small --captions some.token --val-captions rest.token --val-images rest -o v.clip --epochs 1");
    CHECK(strstr(err, "album: 5 of its 8 pictures have no caption"), "%s", err);
    EXPECT(0, "./small --captions some.token --val-captions some.token --val-images album -o v.clip --epochs 1");
    CHECK(strstr(err, "album: 5 of its 8") && strstr(err, "3 pictures are trained with and measured with"), "%s", err);
    EXPECT(0, "./small --captions some.token --val-captions some.token --val-images ./album/ -o v.clip --epochs 1");
    CHECK(strstr(err, "3 pictures are trained with and measured with"), "the same folder by another name: %s", err);
}

static void train_keeps_runs_together(void) {
    EXPECT(0, "./small --captions album.csv -o a.clip --epochs 1 && "
              "./small --captions album.csv -o runs.clip --epochs 1 --runs 2");
    EXPECT(1, "cmp a.clip runs.clip");
    EXPECT(1, "./small --captions album.csv -o runs.clip --runs 3 --resume runs.clip.ckpt");
    CHECK(strstr(err, "begun with --runs 2, and this is --runs 3"), "%s", err);
    EXPECT(0, "./small --captions album.csv -o runs.clip --epochs 1 --runs 3"); // of 6 pictures
    EXPECT(1, "./small --captions album.csv -o runs.clip --runs 4"); // a single one is in the same order in every epoch
    CHECK(strstr(err, "--runs 4: of 6 pictures to train with there is no second run; give --runs 3 or less"), "%s",
          err);
}

static void train_names_what_is_bad_before_it_begins(void) {
    static const struct {
        const char *captions, *says;
    } cases[] = {
        {"", "line 1: neither the header image,caption nor"},
        {"red.ppm\n", "line 1: neither the header image,caption nor"},
        {"image,caption\n", "no caption in it"},
        {"image,caption\nred.ppm,one,two\n", "line 2: more than two fields"},
        {"image,caption\nred.ppm\n", "line 2: less than two fields"},
        {"image,caption\nred.ppm,\"a\nb\"\ngreen.ppm,\"open\n\n", "line 4: a quote that is never closed"},
        {"image,caption\nred.ppm,\"a\" b\n", "line 2: text behind a closing quote"},
        {"red.ppm#0\tone\nred.ppm two\n", "line 2: not name.jpg#0<TAB>caption"},
        {"image,caption\nred.ppm,one\nnone.ppm,two\n", "line 3: album/none.ppm: No such file"},
        {"image,caption\nred.ppm,one\nred.ppm,\n", "line 3: red.ppm: an empty caption"},
        {"image,caption\nred.ppm,one\nred.ppm,\xFF\n", "line 3: red.ppm: a caption that is not UTF-8"},
        {"image,caption\nred.ppm,one\nred.ppm,\xF0\x9F\x98\n", "line 3: red.ppm: a caption that is not UTF-8"},
        {"image,caption\r\r\rred.ppm,\r", "line 4: red.ppm: an empty caption"},
        {"image,caption\nred.ppm,one\n./red.ppm,two\n.//./red.ppm,\xEF\xBF\xBD\n",
        "1 pictures to train with are too few"},
        {"image,caption\nred.ppm,one\n\nalbum.csv,two\ncut.ppm,x\n", "line 5: album/cut.ppm: a PPM that is cut"},
        {"image,caption\nred.ppm,one\n", "1 pictures to train with are too few"}};
    EXPECT(0, "printf 'P6 9 9 255\\n' >album/cut.ppm; cp album/pink.ppm album/album.csv; mkdir -p frozen");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        write_text("bad", cases[i].captions);
        EXPECT(1, "./small --captions bad -o bad.clip");
        CHECK(!*out && strstr(err, cases[i].says), "%s: %s", cases[i].captions, err);
    }
    EXPECT(1, "cat album.csv >bad; printf 'cut.ppm,a\\nnone.ppm,b\\n' >>bad; ./small --captions bad -o bad.clip --max-bad 1");
    CHECK(strstr(err, "--max-bad 2") && strstr(err, "line 27: album/none.ppm"), "%s", err);
    EXPECT(1, "test -e bad.clip");
    EXPECT(0, "./small --captions bad -o bad.clip --max-bad 2 --epochs 1");
    CHECK(strstr(err, "2 pictures or captions can't be used and are passed over"), "%s", err);
    EXPECT(0, "rm album/cut.ppm album/album.csv");
}

// r.clip.ckpt with some of the bytes that train keeps in it replaced, and all checksums right.
static void forge_checkpoint(size_t at, const void *with, size_t size) {
    static unsigned char bytes[1 << 20];
    const size_t n = read_text("r.clip.ckpt", (char *)bytes, sizeof bytes);
    clip__file f;
    clip__tensor t;
    clip_error why;
    char path[512];
    CHECK(!clip__file_open(bytes, n, &why, &f), "%s", why.message);
    for (size_t cursor = 0, record = 0, i = 0; i < f.n_tensors && clip__file_next_tensor(&f, &cursor, &t);
         i++, record = cursor) {
        if (!clip__name_is(t.name, t.name_size, "train.user")) continue;
        memcpy(bytes + t.offset + at, with, size);
        clip__write_le(bytes + CLIP__HEADER + f.keys_size + record + 56,
                       clip__crc32(0, bytes + t.offset, (size_t)t.size), 4);
    }
    clip__write_le(bytes + 12, clip__crc32(0, bytes + 16, f.data - 16), 4);
    snprintf(path, sizeof path, "%s/forged.ckpt", folder);
    FILE *out_file = fopen(path, "wb");
    CHECK(out_file && fwrite(bytes, 1, n, out_file) == n && !fclose(out_file), "%s", path);
}

static void train_refuses_a_checkpoint_that_somebody_made(void) {
    enum { OPTIONS_ROOM = 2048 }; // as in train.c: text, then the position as doubles
    static const struct {
        size_t number;
        double value;
    } forged[] = {{0, -1}, {0, 1e300}, {0, 0.5}, {0, NAN}, {1, 1e9}, {6, 1e6}, {9, 0}};
    const char end = 'x';
    forge_checkpoint(OPTIONS_ROOM - 1, &end, 1);
    EXPECT(1, "./small --captions album.csv -o r.clip --augment --resume forged.ckpt");
    CHECK(strstr(err, "forged.ckpt: not a checkpoint of this program"), "%s", err);
    for (size_t i = 0; i < sizeof forged / sizeof *forged; i++) {
        unsigned char bytes[8];
        uint64_t bits;
        memcpy(&bits, &forged[i].value, 8);
        clip__write_le(bytes, bits, 8);
        forge_checkpoint(OPTIONS_ROOM + 8 * forged[i].number, bytes, 8);
        EXPECT(1, "./small --captions album.csv -o r.clip --augment --resume forged.ckpt");
        CHECK(strstr(err, "forged.ckpt: a checkpoint of another version"), "number %zu, %g: %s", forged[i].number,
              forged[i].value, err);
    }
}

static void train_goes_on_as_if_it_never_stopped(void) {
    EXPECT(0, "./small --captions album.csv -o r.clip --epochs 2 --augment && "
              "./small --captions album.csv -o whole.clip --augment && "
              "./small --captions album.csv -o r.clip --augment --resume r.clip.ckpt");
    EXPECT(0, "cmp r.clip whole.clip && for i in r whole; do cut -d, -f1-16 $i.clip.csv >$i.csv; done && cmp r.csv whole.csv");
    EXPECT(1, "./small --captions album.csv -o r.clip --augment --resume r.clip.ckpt --seed 3");
    CHECK(count_lines(err) <= 2 && strstr(err, "begun with --seed 0, and this is --seed 3"), "%s", err);
    EXPECT(1, "sed s/red.here/rot/ album.csv >other.csv && ./small --captions other.csv -o r.clip --augment "
              "--resume r.clip.ckpt");
    CHECK(strstr(err, "captions and pictures"), "%s", err);
    EXPECT(1, "./small --captions album.csv -o r.clip --augment-with place,lines --resume r.clip.ckpt");
    CHECK(strstr(err, "begun with --augment-with crop,flip, and this is --augment-with place,lines"), "%s", err);
    EXPECT(1, "./small --captions album.csv -o r.clip --augment --val 0 --resume r.clip.ckpt");
    CHECK(strstr(err, "begun with --val 0.25, and this is --val 0;"), "%s", err);
    EXPECT(1, "./small --captions album.csv -o r.clip --augment --resume r.clip");
    CHECK(strstr(err, "r.clip: not a checkpoint of this program"), "%s", err);

    train_refuses_a_checkpoint_that_somebody_made();
    EXPECT(0, "cp r.clip.ckpt.1 before; printf x | dd of=r.clip.ckpt bs=1 seek=9000 conv=notrunc && "
              "./small --captions album.csv -o r.clip --augment --resume r.clip.ckpt");
    CHECK(strstr(err, "going on from the checkpoint before it, r.clip.ckpt.1"), "%s", err);
    EXPECT(0, "cmp r.clip whole.clip");
    EXPECT(1, "rm r.clip.ckpt*; ./small --captions album.csv -o r.clip --resume r.clip.ckpt");

    EXPECT(1, "./small --captions album.csv -o r.clip --augment --epochs 5000 --checkpoint-every 1 >log 2>&1 & p=$!; "
              "until test -e r.clip.ckpt.1; do sleep 0.02; done; kill -TERM $p; wait $p");
    EXPECT(0, "grep 'stopped after step' log && tail -n 1 log | sed 's/--epochs 5000/--epochs 40/' >again && "
              "grep -e '--resume r.clip.ckpt$' again && PATH=.:$PATH sh again && "
              "./small --captions album.csv -o whole.clip --augment --epochs 40 && cmp r.clip whole.clip");
}

static void train_keeps_the_features_of_frozen_towers(void) {
    static const char command[] =
        "train --captions album.csv --images album --image-tower vit.clip --text-tower bert.clip "
        "--freeze image,text --epochs 2 --cache frozen -o f.clip";
    EXPECT(0, command);
    CHECK(strstr(err, "train: 8 pictures in ") && strstr(err, "train: 16 texts in "), "%s", err);
    EXPECT(0, "cp f.clip first.clip");
    EXPECT(0, command);
    CHECK(!strstr(err, " pictures in ") && !strstr(err, " texts in "), "nothing is computed again: %s", err);
    EXPECT(0, "cmp f.clip first.clip && for i in frozen/.clip-image*; do printf x >>$i; done");
    EXPECT(0, command);
    CHECK(strstr(err, "it is made anew") && strstr(err, " pictures in ") && !strstr(err, " texts in "), "%s", err);
    EXPECT(0, "cmp f.clip first.clip");
    write_picture("album/red.ppm", 1, 2, 3);
    EXPECT(0, command);
    CHECK(strstr(err, " pictures in ") && !strstr(err, " texts in "), "a picture has changed: %s", err);
    EXPECT(0, "train --captions album.csv --images album --model f.clip --freeze image,text --epochs 1 --cache frozen "
              "-o g.clip");
    CHECK(!strstr(err, " pictures in "), "the towers of the new model are still the same: %s", err);
}

// What recall says of a model is what train said of it when it measured the same pictures.
static void recall_says_what_train_measured(void) {
    char said[128];
    EXPECT(0, "./small --captions album.csv --val-captions album.token --epochs 3 --rate-image 1e-2 --rate-text 1e-2 "
              "--rate-heads 1e-2 -o all.clip");
    const char *best = strstr(out, "best: "), *recalls = best ? strstr(best, "text to image") : NULL;
    CHECK(recalls && sscanf(recalls, "%127[^\n]", said) == 1, "%s", out);
    EXPECT(0, "recall all.clip --captions album.csv --images album");
    CHECK(!strncmp(out, "8 pictures, 16 captions: ", 25) && !strncmp(out + 25, said, strlen(said)), "%s\n%s", out,
          said);
    EXPECT(0, "cp album.token more.token && printf 'none.ppm#0\ta\nred.ppm#7\t\n' >>more.token && "
              "recall all.clip --captions more.token --images album --max-bad 2 --threads 1");
    CHECK(!strncmp(out, "8 pictures, 16 captions: ", 25) && !strncmp(out + 25, said, strlen(said)), "%s\n%s", out,
          said);
    EXPECT(1, "recall all.clip --captions more.token --images album");
    CHECK(!*out && strstr(err, "album/none.ppm: No such file"), "%s", err);
    EXPECT(1,
           "printf 'none.ppm#0\ta\n' >none.token && recall all.clip --captions none.token --images album --max-bad 1");
    CHECK(!*out && strstr(err, "album: no picture of these captions can be read"), "%s%s", out, err);
    forge("all.clip", "image.norm.bias", 0, "\xFF\xFF\xFF\x7F");
    EXPECT(1, "recall forged.clip --captions album.csv --images album");
    CHECK(!*out && strstr(err, ".ppm: the model makes no finite numbers of it"), "a NaN among the weights: %s%s", out,
          err);
    forge("all.clip", "text.norm.bias", 0, "\xFF\xFF\xFF\x7F");
    EXPECT(1, "recall forged.clip --captions album.csv --images album");
    CHECK(!*out && strstr(err, ": the model makes no finite numbers of it"), "a NaN among the weights: %s%s", out, err);
    EXPECT(1, "recall vit.clip --captions album.csv --images album");
    CHECK(strstr(err, "vit.clip: this model has no text tower"), "%s", err);
    EXPECT(2, "recall all.clip --captions album.csv");
}

// A text tower that is frozen and has no head is what it was, in its file as before: pictures learn to stand beside its
// vectors.
static void train_leaves_a_text_tower_as_it_is(void) {
    static const char command[] =
        "train --captions album.csv --images album --image-tower vit.clip --text-tower bert.clip "
        "--freeze text --threads 2 ";
    EXPECT(0, "printf 'red here\na field\n' >lines && embed bert.clip --texts lines -o was.npy");
    char line[1024];
    snprintf(line, sizeof line, "%s --head linear,none --epochs 2 --augment-with place,colour,lines -o locked.clip && "
             "embed locked.clip --texts lines -o is.npy && cmp was.npy is.npy && clip-convert --info locked.clip",
             command);
    EXPECT(0, line);
    CHECK(strstr(out, "vectors   48 numbers") && strstr(out, "head linear"), "%s", out);
    snprintf(line, sizeof line, "%s --head linear,none --embed-dim 32 -o no.clip", command);
    EXPECT(1, line);
    CHECK(strstr(err, "--embed-dim 32: a tower without a head has vectors of 48"), "%s", err);
}

static void train_says_what_is_wrong_in_one_line(void) {
    static const struct {
        int status;
        const char *arguments;
    } cases[] = {{1, "--captions nowhere -o no.clip"},
                 {1, "--captions album.csv -o nowhere/no.clip"},
                 {1, "--captions album.csv -o album"},
                 {1, "--captions album.csv -o album.csv"},
                 {1, "--captions album.csv -o /dev/null"},
                 {1, "--captions album.csv -o no.clip --images nowhere"},
                 {1, "--captions album.csv -o no.clip --image-tower nowhere.clip"},
                 {1, "--captions album.csv -o no.clip --image-tower bert.clip"},
                 {1, "--captions album.csv -o no.clip --image-tower new:vit:16x1:patch32:16"},
                 {1, "--captions album.csv -o no.clip --text-tower new:bort"},
                 {1, "--captions album.csv -o no.clip --text-tower new:bert:16x1:32"}, // context32
                 {1, "--captions album.csv -o no.clip --image-tower new:resnet18:16x1:32"},
                 {1, "--captions album.csv -o no.clip --image-tower new:vit:16x1:context8"},
                 {1, "--captions album.csv -o no.clip --checkpoint no.clip"},
                 {1, "--captions album.csv -o no.clip --log no.x --curves no.x"},
                 {1, "--captions album.csv -o no.clip --log ./no.clip"},
                 {1, "--captions album.csv -o no.clip --val-captions album.token --log album.token"},
                 {1, "--captions album.csv -o no.clip --vocab album.csv"},
                 {1, "--captions album.csv -o no.clip --log -"},
                 {1, "--captions album.csv -o no.clip --curves -"},
                 {1, "--captions album.csv -o no.clip --resume runs.clip.ckpt --log runs.clip.ckpt"},
                 {1, "--captions album.csv -o no.clip --checkpoint -"},
                 {2, "--captions album.csv"},
                 {2, "-o no.clip"},
                 {2, "--captions album.csv -o no.clip --model vit.clip"},
                 {2, "--captions album.csv -o no.clip --loss l2"},
                 {2, "--captions album.csv -o no.clip --freeze images"},
                 {2, "--captions album.csv -o no.clip --freeze image --augment"},
                 {2, "--captions album.csv -o no.clip --freeze image --augment-with lines"},
                 {2, "--captions album.csv -o no.clip --augment-with line"},
                 {2, "--captions album.csv -o no.clip --augment-with ''"},
                 {2, "--captions album.csv -o no.clip --align 2"},
                 {2, "--captions album.csv -o no.clip --loss infonce --temperature 0.07"},
                 {2, "--captions album.csv -o no.clip --margin 0.1"},
                 {2, "--captions album.csv -o no.clip --momentum 0.8"},
                 {2, "--captions album.csv -o no.clip --schedule cosine --patience 3"},
                 {2, "--captions album.csv -o no.clip --schedule constant --factor 0.5"},
                 {2, "--captions album.csv -o no.clip --loss infonce --align -1"},
                 {2, "--captions album.csv -o no.clip --head mlp,"},
                 {2, "--captions album.csv -o no.clip --head mlp,none,none"},
                 {2, "--captions album.csv -o no.clip --head big"},
                 {2, "--captions album.csv -o no.clip --batch 1"},
                 {2, "--captions album.csv -o no.clip --rate-heads 0"},
                 {2, "--captions album.csv -o no.clip --val 1"},
                 {2, "--captions album.csv -o no.clip --dropout x"},
                 {2, "--captions album.csv -o no.clip --micro-batch 5"},
                 {2, "--captions album.csv -o no.clip --unknown"},
                 {2, "--captions album.csv -o no.clip stray"},
                 {2, "--captions album.csv -o"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char command[512];
        snprintf(command, sizeof command, "./small %s", cases[i].arguments);
        EXPECT(cases[i].status, command);
        CHECK(!*out && count_lines(err) == 1, "%s: %s%s", command, out, err);
    }
    EXPECT(1, "./small --captions album.csv -o no.clip --optimizer sgd --schedule constant --rate-heads 1e3 "
              "--epochs 50");
    CHECK(strstr(err, "no.clip.ckpt\n") || strstr(err, "there is no checkpoint yet"), "%s", err);
    EXPECT(1, "./small --captions album.csv -o no.clip --vocab lines --curves lines");
    CHECK(strstr(err, "lines: this is what it begins with"), "%s", err);
    EXPECT(0, "./small --captions album.csv -o quiet.clip --epochs 1 --log /dev/null --curves /dev/null");
    if (is_folder("/proc")) { // curves that can't be written are no reason to stop, and a failure in the end
        EXPECT(1, "./small --captions album.csv -o full.clip --epochs 2 --curves /dev/full");
        CHECK(strstr(out, "epoch 2/2") && strstr(err, "/dev/full: No space left"), "%s%s", out, err);
        EXPECT(0, "./small --captions album.csv -o full.clip --epochs 2 --resume full.clip.ckpt && grep '</svg>' full.clip.svg");
    }
    EXPECT(0,
           "train --captions album.csv --images album --image-tower new:vit:64x1:patch16:32 --text-tower new:bert:64x1 "
           // heads that need the most memory
           "--embed-dim 2048 --head linear --batch 2 --epochs 1 --val 0 -o wide.clip && "
           "explain wide.clip album/red.ppm red -o wide.ppm");
    EXPECT(0, "mkdir -p quiet.clip.lock/full && echo mine >quiet.clip.1.lock && " // where no lock can be
              "./small --captions album.csv -o quiet.clip --epochs 0 && grep mine quiet.clip.1.lock");
    EXPECT(0, "printf 'red.ppm#0\\t-k\\nblue.ppm#0\\t-k\\n' >dash.token && "
              "./small --captions dash.token --val 0 -o dash.clip --epochs 0 | "
              "sed -n 's/^search with it: //p' >again && sh again");
    CHECK(count_lines(out) == 8, "a caption that looks like an option: %s", out);
    EXPECT(0, "printf 'red.ppm#0\\tred \\302\\233 \\177 \\342\\200\\256gnp\\nblue.ppm#0\\tsee\\n' >steer.token && "
              "cp steer.token two.token && sed s/blue/pink/ steer.token >>two.token && "
              "./small --captions two.token --val 0 -o steer.clip --epochs 0");
    CHECK(is_harmless(out) && strstr(out, "search with it"), "a caption steers the terminal: %s", out);
    EXPECT(0, "d=$(printf 'bin\\033[31m\\342\\200\\256') && mkdir \"$d\" && ln -s \"$B/train\" \"$d\" && "
              "\"$d/train\" --captions album.csv --images album --model steer.clip --epochs 0 --val 0 -o again.clip");
    CHECK(is_harmless(out) && strstr(out, "search with it: bin?[31m?/search"), "the program's folder steers it: %s",
          out);
    EXPECT(0, "train --help");
    CHECK(strstr(out, "--captions FILE") && strstr(out, "--resume FILE") && !*err, "%s", err);
}

// -o may be no file that is read, by whatever name.
static void convert_leaves_what_it_reads(void) {
    static const struct {
        const char *file, *command;
    } cases[] = {{"vit.clip", "clip-convert vit.clip --type q4 -o vit.clip"},
                 {"vit.clip", "ln -sf vit.clip link.clip && clip-convert link.clip --type q4 -o ./vit.clip"},
                 {"vit.clip", "clip-convert --export-safetensors vit.clip -o vit.clip"},
                 {"hf/model.safetensors", "clip-convert hf -o hf/model.safetensors"},
                 {"hf/config.json", "clip-convert hf -o hf/config.json"},
                 {"hf/vocab.txt", "clip-convert hf/model.safetensors --vocab hf/vocab.txt -o hf/vocab.txt"},
                 {"hf/vocab.txt", "clip-convert hf --type q4 --measure-texts hf/vocab.txt -o hf/vocab.txt"},
                 {"image.safetensors", "clip-convert --image image.safetensors --text hf -o image.safetensors"},
                 {"hf/model.safetensors", "clip-convert --image image.safetensors --text hf -o hf/model.safetensors"},
                 {"image.safetensors", "clip-convert hf --heads image.safetensors -o image.safetensors"}};
    char command[512];
    EXPECT(0, "cp -r \"$G/convert_bert\" hf && cp \"$G/convert_vit/model.safetensors\" image.safetensors");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        snprintf(command, sizeof command, "cp %s kept && %s", cases[i].file, cases[i].command);
        EXPECT(2, command);
        CHECK(strstr(err, "this is what it begins with") && count_lines(err) == 1, "%s: %s", command, err);
        snprintf(command, sizeof command, "cmp kept %s", cases[i].file);
        EXPECT(0, command);
    }
    EXPECT(0,
           "clip-convert hf -o hf/bert.clip && clip-convert hf -o hf/bert.clip && clip-convert hf -o - >/dev/null && "
           "clip-convert - --type f16 -o - <vit.clip >/dev/null && rm -r hf kept link.clip image.safetensors");
}

// A pipe is opened once and read once: who writes to it comes to the end, and a .clip is taken for one.
static void convert_reads_pipes(void) {
    EXPECT(0, "mkfifo pipe && clip-convert vit.clip --type f16 -o want.clip && "
              // a second reader would have no end
              "{ { cat vit.clip >pipe && echo all of it >told; sleep 1; : >pipe; } & } && "
              "clip-convert pipe --type f16 -o got.clip; s=$?; kill $!; exit $s");
    EXPECT(0, "cmp want.clip got.clip && cat told && cat vit.clip | clip-convert - --type f16 -o got.clip && "
              "cmp want.clip got.clip && rm pipe told got.clip want.clip");
}

static void bench_refuses_what_it_would_not_heed(void) {
    static const char *const cases[] = {"--train --tower text", "--train --isa plain", "--train --max-batch 2",
                                        "--train --search 10",  "--train --freeze nonsense",
                                        "--train --freeze imagetext",
                                        "--freeze image",       "--bf16"};
    char command[256];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        snprintf(command, sizeof command, "bench other.clip --batch 1 --runs 1 --threads 1 %s", cases[i]);
        EXPECT(2, command);
        CHECK(!*out && count_lines(err) == 1, "%s: %s%s", command, out, err);
    }
    EXPECT(0,
           "train --captions album.csv --images album --image-tower vit.clip --text-tower bert.clip --epochs 1 --val 0 "
           "-o timed.clip && bench timed.clip --train --freeze image,text --batch 2 --runs 1 --threads 1");
    CHECK(strstr(out, "train  batch    2 "), "%s", out);
}

int main(void) {
    a_ppm_is_read_and_a_damaged_one_is_refused();
    jpeg_png_and_bmp_come_through_stb();
    npy_headers_are_numpys();
    numbers_of_options_are_checked();
    names_do_no_harm_on_terminals_pages_and_in_urls();
    a_page_finds_its_pictures_by_relative_paths();
    an_index_comes_back_as_it_was();
    a_damaged_index_is_refused();
    an_augmented_picture_is_still_of_the_same_thing();
    no_product_of_sizes_wraps_around();
    only_what_changed_is_embedded_again();
    if (programs_are_there()) {
        search_finds_keeps_and_mends_its_index();
        search_shows_a_page();
        search_says_what_is_wrong_in_one_line();
        embed_writes_a_row_for_each_picture();
        embed_reads_lines();
        embed_reads_token_ids();
        embed_says_what_is_wrong_in_one_line();
        make_album();
        train_reads_both_forms_of_captions();
        explain_colours_a_picture();
        zero_shot_labels_pictures();
        names_from_outside_come_out_harmless();
        probe_learns_classes();
        convert_leaves_what_it_reads();
        convert_reads_pipes();
        bench_refuses_what_it_would_not_heed();
        train_measures_with_other_captions();
        train_keeps_runs_together();
        train_names_what_is_bad_before_it_begins();
        train_goes_on_as_if_it_never_stopped();
        train_keeps_the_features_of_frozen_towers();
        recall_says_what_train_measured();
        train_leaves_a_text_tower_as_it_is();
        train_says_what_is_wrong_in_one_line();
    } else {
        printf("build/embed, build/search, build/train or tests/goldens are not there: the programs are not run\n");
    }
    programs_end();
    return TEST_END();
}
