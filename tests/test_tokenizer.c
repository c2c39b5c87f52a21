// The tokenizer gives the ids of HuggingFace's BertTokenizer (goldens by tests/goldens/make_tokenizer.py), survives any
// vocabulary and any text, and keeps what the comments of clip_tokenizer.h say.
#define CLIP_TOKENIZER_IMPLEMENTATION
#include "clip_tokenizer.h"
#include "tests/test.h"

#define SPECIALS "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n" // ids 0 to 4
enum { PAD, UNK, CLS, SEP, MASK };

// A tokenizer in memory of exactly the size asked for, so that ASan sees a byte too many; NULL when init refuses.
static const char *wrong; // what it said
static clip_tokenizer *make(const char *vocab, size_t size, int cased) {
    clip_tokenizer_desc desc = {0};
    clip_tokenizer *t = NULL;
    desc.vocab = vocab, desc.vocab_size = size, desc.cased = cased;
    void *memory = malloc(clip_tokenizer_size(&desc) + 1);
    if (!memory) exit(1);
    ((unsigned char *)memory)[clip_tokenizer_size(&desc)] = 0xA5;
    wrong = clip_tokenizer_init(&desc, memory, &t);
    CHECK(((unsigned char *)memory)[clip_tokenizer_size(&desc)] == 0xA5, "init wrote beyond clip_tokenizer_size");
    if (wrong) free(memory);
    return t;
}

static clip_tokenizer *make_text(const char *vocab) { return make(vocab, strlen(vocab), 0); }

// The ids of a text as "2 5 6 3".
static const char *ids_of(const clip_tokenizer *t, const char *text, size_t size, size_t max_ids) {
    static char line[4096];
    int32_t ids[512];
    size_t n = clip_tokenizer_encode(t, text, size, ids, max_ids), at = 0;
    line[0] = 0;
    for (size_t i = 0; i < n; i++) at += (size_t)snprintf(line + at, sizeof line - at, i ? " %d" : "%d", (int)ids[i]);
    return line;
}

static int gives(const clip_tokenizer *t, const char *text, const char *want) {
    const char *got = ids_of(t, text, strlen(text), 512);
    if (strcmp(got, want)) printf("\"%s\" gives %s\n", text, got);
    return !strcmp(got, want);
}

static char *read_file(const char *path, size_t *size) {
    FILE *f = fopen(path, "rb");
    char *data = malloc(1 << 20);
    if (!f || !data) {
        printf("%s: can't be read (run from the root of the repository)\n", path);
        exit(1);
    }
    *size = fread(data, 1, (1 << 20) - 1, f);
    data[*size] = 0;
    fclose(f);
    return data;
}

// "\xHH" -> the byte, in place; returns the new length.
static size_t unescape(char *s) {
    char *out = s, *start = s;
    while (*s) {
        unsigned byte;
        if (s[0] == '\\' && sscanf(s, "\\x%2x", &byte) == 1) *out++ = (char)byte, s += 4;
        else *out++ = *s++;
    }
    return (size_t)(out - start);
}

// Captions, languages, white space, controls, special tokens, damaged UTF-8, long words, truncation.
static void test_ids_equal_the_reference(void) {
    size_t vocab_size, size, n = 0;
    char *vocab = read_file("tests/goldens/wordpiece_vocab.txt", &vocab_size);
    char *goldens = read_file("tests/goldens/wordpiece_texts.txt", &size);
    clip_tokenizer *t[2] = {make(vocab, vocab_size, 0), make(vocab, vocab_size, 1)};
    CHECK(t[0] && t[1], "%s", wrong);
    for (char *line = goldens, *end; (end = strchr(line, '\n')); line = end + 1) {
        char *field[4], *at = line;
        *end = 0;
        if (*line == '#') continue;
        for (int i = 0; i < 4; i++) {
            field[i] = at;
            at += strcspn(at, "\t");
            if (*at) *at++ = 0;
        }
        char *shown = strcpy(malloc(strlen(field[0]) + 1), field[0]);
        size_t max_ids = (size_t)atoi(field[1]), text_size = unescape(field[0]);
        for (int cased = 0; cased < 2; cased++) {
            const char *ids = ids_of(t[cased], field[0], text_size, max_ids);
            CHECK(!strcmp(ids, field[2 + cased]), "cased %d, max_ids %u, \"%s\": %s, not %s", cased, (unsigned)max_ids,
                  shown, ids, field[2 + cased]);
        }
        free(shown);
        n++;
    }
    CHECK(n > 150, "only %u goldens read", (unsigned)n);
    free(t[0]), free(t[1]), free(vocab), free(goldens);
}

static size_t put(char *s, uint32_t c) { return clip__utf8_put((unsigned char *)s, c); }

static int is_surrogate(uint32_t c) { return c >= 0xD800 && c < 0xE000; }

// With every code point in the vocabulary, alone and inside a word, each shows what becomes of it: "acb c ". The
// goldens have one number for the ids of 4096 code points.
static void test_every_code_point(void) {
    size_t size = sizeof SPECIALS - 1, golden_size, n;
    char *vocab = malloc(16 << 20), *text = malloc(4096 * 16), *goldens, *line;
    int32_t *ids = malloc(4096 * 16 * sizeof *ids);
    clip_tokenizer *t[2];
    if (!vocab || !text || !ids) exit(1);
    memcpy(vocab, SPECIALS, size);
    for (uint32_t c = 0; c < 0x110000; c++) {
        if (c == '\n' || is_surrogate(c)) continue;
        size += put(vocab + size, c), vocab[size++] = '\n';
        vocab[size++] = '#', vocab[size++] = '#';
        size += put(vocab + size, c), vocab[size++] = '\n';
    }
    t[0] = make(vocab, size, 0), t[1] = make(vocab, size, 1);
    CHECK(t[0] && t[1], "%s", wrong);
    goldens = read_file("tests/goldens/wordpiece_code_points.txt", &golden_size);
    line = strchr(goldens, '\n') + 1;
    for (uint32_t first = 0; first < 0x110000; first += 4096) {
        unsigned want_first, want[2];
        CHECK(sscanf(line, "%x %x %x", &want_first, want, want + 1) == 3 && want_first == first, "golden: %.30s", line);
        line = strchr(line, '\n') + 1;
        size = 0;
        for (uint32_t c = first; c < first + 4096; c++) {
            if (is_surrogate(c)) continue;
            text[size++] = 'a', size += put(text + size, c), text[size++] = 'b', text[size++] = ' ';
            size += put(text + size, c), text[size++] = ' ';
        }
        for (int cased = 0; cased < 2; cased++) {
            uint32_t hash = 2166136261u;
            n = clip_tokenizer_encode(t[cased], text, size, ids, 4096 * 16);
            for (size_t i = 0; i < 4 * n; i++) hash = (hash ^ ((uint32_t)ids[i / 4] >> 8 * (i % 4) & 0xFF)) * 16777619u;
            CHECK(hash == want[cased], "U+%04X to U+%04X, cased %d: ids differ from the reference", (unsigned)first,
                  (unsigned)first + 4095, cased);
        }
    }
    free(t[0]), free(t[1]), free(vocab), free(text), free(ids), free(goldens);
}

// U+FFFD each time, for as many bytes as could have begun a character: the sizes are those of Python's bytes.decode.
static void test_damaged_utf8_reads_as_python_reads_it(void) {
    static const struct {
        const char *bytes, *sizes; // how many bytes each U+FFFD stands for
    } damaged[] = {{"\x80", "1"},
                   {"\xC3", "1"},
                   {"\xC3(", "1"},
                   {"\xC1\xA1", "11"},
                   {"\xE4\xB8", "2"},
                   {"\xE4\xB8(", "2"},
                   {"\xE0\x81\xA1", "111"},
                   {"\xED\xA0\x80", "111"},
                   {"\xF0\x9F\x98", "3"},
                   {"\xF0\x9F\x98\xF0\x9F(", "32"},
                   {"\xF0\x80\x81\xA1", "1111"},
                   {"\xF4\x90\x80\x80", "1111"},
                   {"\xF5\x80\x80\x80", "1111"},
                   {"\xFF\xFE", "11"}};
    for (size_t i = 0; i < sizeof damaged / sizeof *damaged; i++) {
        const unsigned char *s = (const unsigned char *)damaged[i].bytes;
        size_t n = strlen(damaged[i].bytes);
        for (const char *want = damaged[i].sizes; *want; want++) {
            uint32_t c;
            size_t size = clip__utf8_get(s, n, &c);
            CHECK(c == 0xFFFD && size == (size_t)(*want - '0'), "sequence %u: U+%04X of %u bytes", (unsigned)i,
                  (unsigned)c, (unsigned)size);
            s += size, n -= size;
        }
    }
}

static void test_first_screen_of_the_header(void) {
    clip_tokenizer *t = make_text("[PAD]\n[UNK]\n[CLS]\n[SEP]\na\nred\nroof\n##s\n");
    CHECK(gives(t, "Red roofs!", "2 5 6 7 1 3"), "not as the comment says");
    free(t);
}

// transformers gives the same ids to these vocabularies.
static void test_vocabulary_lines(void) {
    static const char crlf[] = "[PAD]\r\n[UNK]\r\n[CLS]\r\n[SEP]\r\na\r\nb"; // and no line end at the end
    static const char zeros[] = SPECIALS "a\0b\nb\n";
    clip_tokenizer *t = make_text(crlf);
    CHECK(t && clip_tokenizer_count(t) == 6, "CRLF: %s", wrong);
    CHECK(gives(t, "a b", "2 4 5 3"), "CRLF");
    free(t);
    t = make_text(SPECIALS "a\nb\na\nc\n[SEP]\n"); // a token that comes twice has its last id
    CHECK(gives(t, "a b c [SEP]", "2 7 6 8 9 9"), "twice");
    CHECK(clip_tokenizer_count(t) == 10, "%u", (unsigned)clip_tokenizer_count(t));
    free(t);
    t = make_text(SPECIALS "a\n\nb\n\nc\n\n"); // an empty line takes an id, which nothing gets
    CHECK(gives(t, "a b c", "2 5 7 9 3"), "empty lines");
    CHECK(clip_tokenizer_count(t) == 11, "%u", (unsigned)clip_tokenizer_count(t));
    free(t);
    t = make_text(SPECIALS "a \n b\nb\t\v\f\nc\xC2\xA0\xE3\x80\x80\nd\xC2\x85\n\xE2\x80\xA8\n");
    CHECK(gives(t, "a b c d", "2 5 7 8 9 3"), "white space at the end");
    free(t);
    t = make(zeros, sizeof zeros - 1, 0);
    CHECK(gives(t, "a b", "2 1 6 3"), "a zero byte does not end a token");
    CHECK(clip_tokenizer_id(t, "a\0b", 3) == 5, "%d", (int)clip_tokenizer_id(t, "a\0b", 3));
    free(t);
}

static void test_unusable_vocabularies_are_refused(void) {
    static const struct {
        const char *vocab, *why;
    } bad[] = {{"", "vocabulary is empty"},
               {"\n", "vocabulary has no [CLS]"},
               {"[PAD]\n[UNK]\n[SEP]\n", "vocabulary has no [CLS]"},
               {"[PAD]\n[UNK]\n[CLS]\n", "vocabulary has no [SEP]"},
               {"[UNK]\n[CLS]\n[SEP]\n", "vocabulary has no [PAD]"},
               {"[PAD]\n[CLS]\n[SEP]\n", "vocabulary has no [UNK]"},
               {"\xEF\xBB\xBF[PAD]\n[UNK]\n[CLS]\n[SEP]\n", "vocabulary has no [PAD]"}, // a byte-order mark
               {SPECIALS "a\xFF\n", "vocabulary is not UTF-8"},
               {SPECIALS "a\xE4\xB8", "vocabulary is not UTF-8"}};
    clip_tokenizer_desc desc = {0};
    clip_tokenizer *t = NULL;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        CHECK(!make_text(bad[i].vocab) && !strcmp(wrong, bad[i].why), "%s: %s", bad[i].vocab, wrong ? wrong : "taken");
    }
    CHECK(clip_tokenizer_size(NULL) == 0 && clip_tokenizer_size(&desc) == 0, "no vocabulary has no size");
    CHECK(clip_tokenizer_init(&desc, &desc, &t) && !t, "no vocabulary");
    desc.vocab = SPECIALS, desc.vocab_size = (size_t)-1; // nothing is read of it
    CHECK(clip_tokenizer_size(&desc) == 0, "larger than any memory");
    char none = 7;
    CHECK(clip_tokenizer_init(&desc, &none, &t) && !t && none == 7, "larger than any memory");
    desc.vocab_size = sizeof SPECIALS - 1;
    CHECK(clip_tokenizer_init(&desc, NULL, &t) && !t, "no memory");
}

// The reference makes up an id for a [MASK] that the vocabulary lacks; here it is text.
static void test_without_mask_it_is_text(void) {
    clip_tokenizer *t = make_text("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[\n]\nmask\n");
    CHECK(gives(t, "[MASK]", "2 4 6 5 3"), "[MASK]");
    free(t);
}

// A text has a size and no end mark: what lies behind it is not read.
static void test_text_ends_with_its_size(void) {
    clip_tokenizer *t = make_text(SPECIALS "[\nmask\ncaf\n##e\n##i\n");
    CHECK(!strcmp(ids_of(t, "[MASK]", 5, 9), "2 5 6 3"), "%s", ids_of(t, "[MASK]", 5, 9));
    CHECK(!strcmp(ids_of(t, "caf\xC3\xA9", 4, 9), "2 7 3"), "%s", ids_of(t, "caf\xC3\xA9", 4, 9));
    CHECK(!strcmp(ids_of(t, NULL, 0, 9), "2 3"), "%s", ids_of(t, NULL, 0, 9));
    free(t);
}

// Any max_ids gives the beginning of the whole, then [SEP], and nothing behind it is written.
static void test_truncation_keeps_sep(void) {
    clip_tokenizer *t = make_text(SPECIALS "a\n##b\n##c\nd\n");
    const char *text = "abc dd [MASK] abcb d. a";
    int32_t whole[64], ids[64];
    size_t n = clip_tokenizer_encode(t, text, strlen(text), whole, 64);
    CHECK(n == 14, "%u", (unsigned)n);
    for (size_t max_ids = 0; max_ids < n + 3; max_ids++) {
        memset(ids, 0x55, sizeof ids);
        size_t m = clip_tokenizer_encode(t, text, strlen(text), ids, max_ids);
        CHECK(m == (max_ids < 2 ? 0 : max_ids < n ? max_ids : n), "max_ids %u: %u", (unsigned)max_ids, (unsigned)m);
        if (m) CHECK(!memcmp(ids, whole, (m - 1) * sizeof *ids) && ids[m - 1] == SEP, "max_ids %u", (unsigned)max_ids);
        for (size_t i = m; i < 64; i++) CHECK(ids[i] == 0x55555555, "wrote ids[%u], not %u", (unsigned)i, (unsigned)m);
    }
    // A word is [UNK] even where only its known beginning had room.
    CHECK(!strcmp(ids_of(t, "abcx", 4, 3), "2 1 3"), "%s", ids_of(t, "abcx", 4, 3));
    free(t);
}

static void test_pad(void) {
    clip_tokenizer *t = make_text("[UNK]\n[CLS]\n[SEP]\n[PAD]\n");
    int32_t ids[6] = {1, 2, 9, 9, 9, 9};
    unsigned char mask[6] = {9, 9, 9, 9, 9, 9};
    CHECK(clip_tokenizer_pad(t, ids, mask, 2, 5) == 5, "length");
    for (int i = 0; i < 6; i++) {
        CHECK(ids[i] == (i < 2 ? i + 1 : i < 5 ? 3 : 9), "ids[%d] is %d", i, (int)ids[i]);
        CHECK(mask[i] == (i < 2 ? 1 : i < 5 ? 0 : 9), "mask[%d] is %d", i, mask[i]);
    }
    CHECK(clip_tokenizer_pad(t, ids, NULL, 2, 6) == 6 && ids[5] == 3, "without a mask");
    free(t);
}

static void test_tokens_and_ids_are_inverse(void) {
    size_t vocab_size, size = 77;
    char *vocab = read_file("tests/goldens/wordpiece_vocab.txt", &vocab_size);
    clip_tokenizer *t = make(vocab, vocab_size, 0);
    for (int32_t id = 0; id < (int32_t)clip_tokenizer_count(t); id++) {
        const char *token = clip_tokenizer_token(t, id, &size);
        CHECK(token && size && clip_tokenizer_id(t, token, size) == id, "id %d", (int)id);
    }
    CHECK(!clip_tokenizer_token(t, -1, &size), "id -1");
    CHECK(!clip_tokenizer_token(t, (int32_t)clip_tokenizer_count(t), &size), "an id too many");
    CHECK(clip_tokenizer_id(t, "nosuch", 6) == -1 && clip_tokenizer_id(t, "", 0) == -1, "unknown");
    free(t), free(vocab);
}

// Ten megabytes: as one word, as words, as marks that canonical ordering would move to the front, as white space.
static void test_long_texts(void) {
    clip_tokenizer *t = make_text(SPECIALS "a\n##a\nunaffable\n");
    size_t size = 10000000;
    char *text = malloc(size);
    int32_t ids[512];
    size_t n;
    if (!text) exit(1);
    CHECK(gives(t, "unaffable unaffablea", "2 7 7 6 3"), "the longest token");
    memset(text, 'a', size);
    CHECK(!strcmp(ids_of(t, text, size, 512), "2 1 3"), "a word of ten million letters");
    CHECK(clip_tokenizer_encode(t, text, 100, ids, 512) == 102, "a word of 100 letters has 100 pieces");
    CHECK(!strcmp(ids_of(t, text, 101, 512), "2 1 3"), "a word of 101 letters is [UNK]");
    for (size_t i = 1; i < size; i += 2) text[i] = ' ';
    n = clip_tokenizer_encode(t, text, size, ids, 512);
    CHECK(n == 512 && ids[510] == 5 && ids[511] == SEP, "%u ids", (unsigned)n);
    for (size_t i = 0; i + 6 <= size; i += 6) memcpy(text + i, "\xE0\xA3\x94\xE1\xAD\x84", 6);
    CHECK(clip_tokenizer_encode(t, text, size - size % 6, ids, 512) == 3 && ids[1] == UNK, "marks");
    memset(text, ' ', size);
    CHECK(!strcmp(ids_of(t, text, size, 512), "2 3"), "white space");
    free(text), free(t);
}

// Two strings of 4 characters '?' to '~' that give the same hash after `hash`; returns it.
static uint32_t collision(uint32_t hash, char a[4], char b[4]) {
    enum { SLOTS = 1 << 20 };
    static uint32_t seen_hash[SLOTS];
    static char seen[SLOTS][4];
    memset(seen, 0, sizeof seen);
    for (uint32_t i = 0; i < 1 << 24; i++) {
        char s[4];
        uint32_t h = hash;
        for (int k = 0; k < 4; k++) s[k] = (char)('?' + (i >> 6 * k & 63)), h = clip__hash_step(h, (unsigned char)s[k]);
        if (seen[h % SLOTS][0] && seen_hash[h % SLOTS] == h) return memcpy(a, seen[h % SLOTS], 4), memcpy(b, s, 4), h;
        seen_hash[h % SLOTS] = h, memcpy(seen[h % SLOTS], s, 4);
    }
    CHECK(0, "no collision found");
    return hash;
}

// 2^17 tokens with one hash: all in one bucket. A chain or open addressing would compare 2^33 times here; the test then
// takes minutes.
static void test_colliding_tokens_are_found(void) {
    enum { BLOCKS = 17 };
    char pairs[BLOCKS][2][4];
    size_t size = sizeof SPECIALS - 1, n = (size_t)1 << BLOCKS, each = 4 * BLOCKS + 1;
    char *vocab = malloc(size + n * each), *at;
    uint32_t hash = CLIP__HASH_START;
    for (int i = 0; i < BLOCKS; i++) hash = collision(hash, pairs[i][0], pairs[i][1]);
    memcpy(vocab, SPECIALS, size);
    at = vocab + size;
    for (size_t i = 0; i < n; i++, *at++ = '\n') {
        for (int k = 0; k < BLOCKS; k++, at += 4) memcpy(at, pairs[k][i >> k & 1], 4);
    }
    clip_tokenizer *t = make(vocab, size + n * each, 0);
    CHECK(t, "%s", wrong);
    for (size_t i = 0; i < n; i += 101) {
        CHECK(clip__hash((unsigned char *)vocab + size + i * each, each - 1) == hash, "no collision");
        CHECK(clip_tokenizer_id(t, vocab + size + i * each, each - 1) == (int32_t)(5 + i), "token %u", (unsigned)i);
    }
    free(t), free(vocab);
}

int main(void) {
    test_ids_equal_the_reference();
    test_every_code_point();
    test_damaged_utf8_reads_as_python_reads_it();
    test_first_screen_of_the_header();
    test_vocabulary_lines();
    test_unusable_vocabularies_are_refused();
    test_without_mask_it_is_text();
    test_text_ends_with_its_size();
    test_truncation_keeps_sep();
    test_pad();
    test_tokens_and_ids_are_inverse();
    test_long_texts();
    test_colliding_tokens_are_found();
    return TEST_END();
}
