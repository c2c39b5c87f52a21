// The tokenizer gives the ids of HuggingFace's BertTokenizer and CLIPTokenizer and of OpenAI's SimpleTokenizer (goldens
// by make_tokenizer.py and make_bpe.py in tests/goldens), survives any vocabulary and any text, and keeps what the
// comments of clip_tokenizer.h say.
#define CLIP_TOKENIZER_IMPLEMENTATION
#include "clip_tokenizer.h"
#include "tests/test.h"

#define SPECIALS "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n" // ids 0 to 4
enum { PAD, UNK, CLS, SEP, MASK };

// A tokenizer in memory of exactly the size asked for, so that ASan sees a byte too many; NULL when init refuses.
static const char *wrong; // what it said
static char wrong_text[200];
static clip_tokenizer *make_from(clip_tokenizer_desc desc) {
    clip_tokenizer *t = NULL;
    void *memory = malloc(clip_tokenizer_size(&desc) + 1);
    if (!memory) exit(1);
    ((unsigned char *)memory)[clip_tokenizer_size(&desc)] = 0xA5;
    wrong = clip_tokenizer_init(&desc, memory, &t);
    CHECK(((unsigned char *)memory)[clip_tokenizer_size(&desc)] == 0xA5, "init wrote beyond clip_tokenizer_size");
    CHECK(!wrong == !!t, "an error and a tokenizer");
    if (wrong) {
        wrong = strcpy(wrong_text, wrong); // it may lie in the memory
        free(memory);
    }
    return t;
}

static clip_tokenizer *make(const char *vocab, size_t size, int cased) {
    clip_tokenizer_desc desc = {0};
    desc.vocab = vocab, desc.vocab_size = size, desc.cased = cased;
    return make_from(desc);
}

static clip_tokenizer *make_bpe(const char *vocab, const char *merges, clip_tokenizer_cleaning cleaning) {
    clip_tokenizer_desc desc = {0};
    desc.kind = CLIP_BPE, desc.cleaning = cleaning;
    desc.vocab = vocab, desc.vocab_size = strlen(vocab);
    desc.merges = merges, desc.merges_size = merges ? strlen(merges) : 0;
    return make_from(desc);
}

static clip_tokenizer *make_text(const char *vocab) { return make(vocab, strlen(vocab), 0); }

// The ids of a text as "2 5 6 3".
static const char *ids_of(const clip_tokenizer *t, const char *text, size_t size, size_t max_ids) {
    static char line[8192];
    int32_t ids[1024];
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

// The ids of two tokenizers are those of a file of goldens: text, max_ids, the ids of either.
static void check_goldens(clip_tokenizer *const t[2], const char *path, size_t least) {
    size_t size, n = 0;
    char *goldens = read_file(path, &size);
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
        for (int k = 0; k < 2; k++) {
            const char *ids = ids_of(t[k], field[0], text_size, max_ids);
            CHECK(!strcmp(ids, field[2 + k]), "%s, column %d, max_ids %u, \"%s\": %s, not %s", path, 2 + k,
                  (unsigned)max_ids, shown, ids, field[2 + k]);
        }
        free(shown);
        n++;
    }
    CHECK(n > least, "only %u goldens read", (unsigned)n);
    free(goldens);
}

// Captions, languages, white space, controls, special tokens, damaged UTF-8, long words, truncation.
static void test_ids_equal_the_reference(void) {
    size_t vocab_size;
    char *vocab = read_file("tests/goldens/wordpiece_vocab.txt", &vocab_size);
    clip_tokenizer *t[2] = {make(vocab, vocab_size, 0), make(vocab, vocab_size, 1)};
    CHECK(t[0] && t[1], "%s", wrong);
    check_goldens(t, "tests/goldens/wordpiece_texts.txt", 150);
    free(t[0]), free(t[1]), free(vocab);
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
               {SPECIALS "a\xE4\xB8", "vocabulary is not UTF-8"},
               {SPECIALS "a\xF0\x9F\x90z\n", "vocabulary is not UTF-8"}}; // as long as U+FFFD, which may be there
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

// ---- BPE ----

enum { BPE_START = 512 + 3000, BPE_END }; // of the vocabulary in tests/goldens

static void make_both(clip_tokenizer *t[2]) {
    size_t size;
    char *vocab = read_file("tests/goldens/bpe_vocab.txt", &size),
         *merges = read_file("tests/goldens/bpe_merges.txt", &size);
    t[0] = make_bpe(vocab, merges, CLIP_CLEAN_HUGGINGFACE), t[1] = make_bpe(vocab, merges, CLIP_CLEAN_OPENAI);
    CHECK(t[0] && t[1], "%s", wrong);
    CHECK(clip_tokenizer_end(t[0]) == BPE_END && clip_tokenizer_count(t[0]) == BPE_END + 1,
          "not the vocabulary of the test");
    free(merges); // the vocabulary is still needed
}

static void free_both(clip_tokenizer *t[2]) { free((void *)(uintptr_t)t[0]->vocab), free(t[0]), free(t[1]); }

// The first 256 tokens are the bytes, in the order of GPT-2's bytes_to_unicode: those that are printable in Latin-1,
// then the others. A byte below 80 comes back as it is between two letters, any other alone is no UTF-8.
static void test_bytes_come_back(void) {
    clip_tokenizer *t[2];
    size_t wrong_bytes = 0;
    int32_t id = 0;
    make_both(t);
    for (int pass = 0; pass < 2; pass++)
        for (unsigned byte = 0; byte < 256; byte++) {
            const int printable = (byte >= '!' && byte <= '~') || (byte >= 0xA1 && byte <= 0xAC) || byte >= 0xAE;
            const int32_t ids[3] = {'a' - '!', id, 'b' - '!'};
            char text[16];
            size_t n;
            if (printable == pass) continue;
            n = clip_tokenizer_decode(t[1], ids, 3, text, sizeof text);
            if (byte < 0x80)
                wrong_bytes += n != 3 || text[0] != 'a' || (unsigned char)text[1] != byte || text[2] != 'b';
            else wrong_bytes += n != 5 || memcmp(text, "a\xEF\xBF\xBD" "b", 5) != 0;
            id++;
        }
    CHECK(id == 256 && !wrong_bytes, "%zu of %d bytes are wrong", wrong_bytes, (int)id);
    free_both(t);
}

// Also mojibake of every encoding, entities, contractions, compositions, final sigmas.
static void test_bpe_ids_equal_both_references(void) {
    clip_tokenizer *t[2];
    make_both(t);
    check_goldens(t, "tests/goldens/bpe_texts.txt", 250);
    free_both(t);
}

static void test_bpe_every_code_point(void) {
    clip_tokenizer *t[2];
    size_t golden_size, size, n;
    char *goldens = read_file("tests/goldens/bpe_code_points.txt", &golden_size), *line = strchr(goldens, '\n') + 1;
    char *text = malloc(4096 * 24);
    int32_t *ids = malloc(4096 * 48 * sizeof *ids);
    if (!text || !ids) exit(1);
    make_both(t);
    for (uint32_t first = 0; first < 0x110000; first += 4096) {
        unsigned want_first, want[2];
        CHECK(sscanf(line, "%x %x %x", &want_first, want, want + 1) == 3 && want_first == first, "golden: %.30s", line);
        line = strchr(line, '\n') + 1;
        size = 0;
        for (uint32_t c = first; c < first + 4096; c++) {
            if (is_surrogate(c)) continue;
            text[size++] = 'a', size += put(text + size, c), text[size++] = 'B', size += put(text + size, 0xE9);
            size += put(text + size, c), text[size++] = ' ', size += put(text + size, c), text[size++] = '\n';
        }
        for (int k = 0; k < 2; k++) {
            uint32_t hash = 2166136261u;
            n = clip_tokenizer_encode(t[k], text, size, ids, 4096 * 48);
            for (size_t i = 0; i < 4 * n; i++) hash = (hash ^ ((uint32_t)ids[i / 4] >> 8 * (i % 4) & 0xFF)) * 16777619u;
            CHECK(hash == want[k], "U+%04X to U+%04X, column %d: ids differ from the reference", (unsigned)first,
                  (unsigned)first + 4095, k + 1);
        }
    }
    free_both(t), free(text), free(ids), free(goldens);
}

// Sequences of UTF-8 that were decoded with each encoding that is known, two ways to a line.
static void test_bpe_mojibake_of_every_encoding(void) {
    size_t golden_size, n;
    char *goldens = read_file("tests/goldens/bpe_mojibake.txt", &golden_size), *line = strchr(goldens, '\n') + 1;
    static char text[64 * 64];
    static int32_t ids[64 * 64];
    clip_tokenizer *t[2];
    make_both(t);
    for (int encoding = 0; encoding < CLIP__ENCODINGS; encoding++) {
        for (unsigned lead = 0xC2; lead < 0xF0; lead++, line = strchr(line, '\n') + 1) {
            uint32_t first = lead < 0xE0 ? (lead & 31) << 6 : (lead & 15) << 12,
                     last = first + (lead < 0xE0 ? 63 : 4095);
            uint32_t hash = 2166136261u;
            unsigned golden[3];
            size_t size = 0;
            for (uint32_t c = first; c <= last; c += lead < 0xE0 ? 1 : 97) {
                unsigned char bytes[4];
                size_t bytes_n = clip__utf8_put(bytes, c);
                if ((lead >= 0xE0 && c < 0x800) || is_surrogate(c)) continue;
                for (int twice = 0; twice < 2; twice++) {
                    memcpy(text + size, twice ? " " : "a ", 2), size += 2u - (unsigned)twice;
                    for (size_t i = 0; i < bytes_n; i++) {
                        uint32_t to = encoding ? clip__encoding_table(encoding)[bytes[i] - 128] : 0;
                        size += put(text + size, to ? to : bytes[i]);
                    }
                }
                text[size++] = 'b', text[size++] = '\n';
            }
            n = clip_tokenizer_encode(t[1], text, size, ids, 64 * 64);
            for (size_t i = 0; i < 4 * n; i++) hash = (hash ^ ((uint32_t)ids[i / 4] >> 8 * (i % 4) & 0xFF)) * 16777619u;
            CHECK(sscanf(line, "%u %x %x", golden, golden + 1, golden + 2) == 3 && golden[0] == (unsigned)encoding &&
                      golden[1] == lead && golden[2] == hash,
                  "encoding %d, byte %02X: ids differ from the reference", encoding, lead);
        }
    }
    free_both(t), free(goldens);
}

#define BPE_SPECIALS "<|startoftext|>\n<|endoftext|>\n"        // ids 0 and 1
#define AB BPE_SPECIALS "a\nb\na</w>\nb</w>\nab\nab</w>\naa\n" // a 2, b 3, a</w> 4, b</w> 5, ab 6, ab</w> 7, aa 8

static void test_bpe_merges_by_rank(void) {
    clip_tokenizer *t = make_bpe(AB, "#version: 0.2\na b\r\n\na b</w>\na a\n", CLIP_CLEAN_HUGGINGFACE);
    CHECK(gives(t, "ab", "0 7 1") && gives(t, "abab a", "0 6 7 4 1"), "the end of a word is another letter");
    CHECK(gives(t, "aab aaab", "0 2 7 8 7 1"), "a lower rank comes first, the left one before the right one");
    CHECK(gives(t, "ac b", "0 2 1 5 1"), "a letter that the vocabulary lacks is <|endoftext|>");
    free(t);
    t = make_bpe(AB, "a a\na b</w>\na b\na a\n", CLIP_CLEAN_HUGGINGFACE); // a merge that comes twice has its last rank
    CHECK(gives(t, "aab", "0 2 7 1"), "twice");
    free(t);
    t = make_bpe(AB, "a a\na b</w>\na a\na b\na a\n", CLIP_CLEAN_HUGGINGFACE);
    CHECK(gives(t, "aab", "0 2 7 1"), "three times");
    free(t);
    // A merge stands before what its first part needs: HuggingFace's BPE (tokenizers) turns to it at once, OpenAI's
    // simple_tokenizer when all that are "a b" have been merged.
    for (int k = 0; k < 2; k++) {
        t = make_bpe(AB "aba\naba</w>\n", "ab a\nab a</w>\na b\na b</w>",
                     k ? CLIP_CLEAN_OPENAI : CLIP_CLEAN_HUGGINGFACE);
        CHECK(gives(t, "ababb", k ? "0 6 6 5 1" : "0 9 3 5 1"), "cleaning %d", k);
        CHECK(gives(t, "abababb", k ? "0 6 6 6 5 1" : "0 9 3 6 5 1"), "cleaning %d", k);
        CHECK(gives(t, "ababaab babab", k ? "0 6 9 7 3 9 5 1" : "0 9 3 2 7 3 9 5 1"), "cleaning %d", k);
        free(t);
    }
}

static void test_bpe_special_tokens(void) {
    clip_tokenizer *t[2] = {make_bpe(AB, "a b", CLIP_CLEAN_HUGGINGFACE), make_bpe(AB, "a b", CLIP_CLEAN_OPENAI)};
    for (int k = 0; k < 2; k++) CHECK(gives(t[k], "a<|endoftext|>b", "0 4 1 5 1"), "in the text, cleaning %d", k);
    CHECK(gives(t[1], "a<|EndOfText|>b", "0 4 1 5 1"), "OpenAI's in any case");
    CHECK(!strcmp(ids_of(t[0], "<|endoftext|>", 12, 3), "0 1 1"), "%s", ids_of(t[0], "<|endoftext|>", 12, 3));
    free(t[0]), free(t[1]);
    t[1] = make_bpe("a</w>\nb</w>\na\nb\nab\n<start_of_text>\n<end_of_text>", "a b", CLIP_CLEAN_OPENAI);
    CHECK(t[1] && clip_tokenizer_end(t[1]) == 6 && gives(t[1], "a<end_of_text>b", "5 0 6 1 6"), "open_clip's spelling");
    free(t[1]);
}

// Of each, what transformers 5.24 gives by AddedToken(..., normalized) for start and end: neither, the start, the end,
// both.
static void test_bpe_normalized_special_tokens(void) {
    static const char *const cases[][5] = {
        {"a <|EndOfText|> b", "0 4 1 1 1 1 1 1 1 1 1 1 1 1 1 5 1", "0 4 1 1 1 1 1 1 1 1 1 1 1 1 1 5 1", "0 4 1 5 1", "0 4 1 5 1"},
        {"a<|STARTOFTEXT|>ab<|endoftext|>", "0 4 1 1 1 1 2 1 1 1 1 1 1 1 1 1 1 2 5 1 1", "0 4 0 2 5 1 1",
         "0 4 1 1 1 1 2 1 1 1 1 1 1 1 1 1 1 2 5 1 1", "0 4 0 2 5 1 1"},
        {"!!<|startoftext|>", "0 1 1 0 1", "0 1 1 0 1", "0 1 1 0 1", "0 1 1 0 1"},
        {"a<|endoftext|>\xCC\xB8" "b", "0 4 1 1 1 5 1", "0 4 1 1 1 5 1", "0 4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 5 1",
         "0 4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 5 1"}, // > and U+0338 are composed first
        {"<|start<|STARTOFTEXT|>", "0 1 1 1 1 2 1 1 1 1 1 1 2 1 1 1 1 1 1 1 1 1 1 1", "0 1 1 1 1 2 1 1 0 1",
         "0 1 1 1 1 2 1 1 1 1 1 1 2 1 1 1 1 1 1 1 1 1 1 1", "0 1 1 1 1 2 1 1 0 1"}};
    for (unsigned k = 0; k < 4; k++) {
        clip_tokenizer_desc desc = {0};
        desc.kind = CLIP_BPE, desc.normalized = k;
        desc.vocab = AB, desc.vocab_size = sizeof AB - 1, desc.merges = "a b", desc.merges_size = 3;
        clip_tokenizer *t = make_from(desc);
        for (size_t i = 0; t && i < sizeof cases / sizeof *cases; i++)
            CHECK(gives(t, cases[i][0], cases[i][1 + k]), "normalized %u: %s", k, cases[i][0]);
        free(t);
    }
}

// What was kept back for a contraction and is none may be followed by one: by the expression a, ', l, 's.
static void test_bpe_contractions_in_a_row(void) {
    clip_tokenizer *t = make_bpe(BPE_SPECIALS "a</w>\n'</w>\nl</w>\n's</w>\n'\ns</w>\nl\n'll</w>\nll</w>\n",
                                 "' s</w>\nl l</w>\n' ll</w>", CLIP_CLEAN_HUGGINGFACE);
    CHECK(t && gives(t, "a'l's", "0 2 3 4 5 1") && gives(t, "a'l'l", "0 2 3 4 3 4 1"), "%s", wrong);
    CHECK(gives(t, "a'll's a'", "0 2 9 5 2 3 1"), "a contraction right after one");
    free(t);
}

// Korean syllables and their parts are the same text (Unicode 15, 3.12), alone and under a mark.
static void test_bpe_hangul_is_composed(void) {
    static const uint32_t same[][2][4] = {{{0xAC01}, {0x1100, 0x1161, 0x11A8}},       {{0xAC00}, {0x1100, 0x1161}},
                                          {{0xAC01}, {0xAC00, 0x11A8}},               {{0xD7A3}, {0x1112, 0x1175, 0x11C2}},
                                          {{0xAC01, 0x301}, {0x1100, 0x1161, 0x11A8, 0x301}},
                                          {{0xC2B9, 0x300}, {0xC2A4, 0x11BC, 0x300}}, {{0xAC00, 0x301}, {0x1100, 0x1161, 0x301}}};
    clip_tokenizer *t[2];
    make_both(t);
    for (size_t i = 0; i < sizeof same / sizeof *same; i++)
        for (int k = 0; k < 2; k++) {
            char ids[2][8192];
            for (int j = 0; j < 2; j++) {
                char text[32];
                size_t size = 0;
                for (int n = 0; n < 4 && same[i][j][n]; n++) size += put(text + size, same[i][j][n]);
                strcpy(ids[j], ids_of(t[k], text, size, 512));
            }
            CHECK(!strcmp(ids[0], ids[1]), "pair %u, cleaning %d: %s and %s", (unsigned)i, k, ids[0], ids[1]);
        }
    free_both(t);
}

static void test_bpe_unusable_descriptions_are_refused(void) {
    static const struct {
        const char *vocab, *merges, *why;
    } bad[] = {{"", "a b", "vocabulary is empty"},
               {"a\n<|startoftext|>\n", "a b", "vocabulary has no <|endoftext|>"},
               {"a\n<|endoftext|>\n", "a b", "vocabulary has no <|startoftext|>"},
               {SPECIALS, "a b", "vocabulary has no <|endoftext|>, but [CLS]: it is one for WordPiece, not BPE"},
               {AB "\xFF", "a b", "vocabulary is not UTF-8"},
               {AB, NULL, "no merges given"},
               {AB, "", "no merges given"},
               {AB, "#version: 0.2\n\n", "no merges given"},
               {AB, "#version: 0.2\na b\n\nab\n", "merges, line 4: it is not two tokens with a space between them"},
               {AB, "a b c", "merges, line 1: it is not two tokens with a space between them"},
               {AB, "a ", "merges, line 1: it is not two tokens with a space between them"},
               {AB, "a b\nc a", "merges, line 2: its first token is not in the vocabulary"},
               {AB, "a c", "merges, line 1: its second token is not in the vocabulary"},
               {AB, "a b\nb a", "merges, line 2: what it makes is not in the vocabulary"}};
    clip_tokenizer_desc desc = {0};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        clip_tokenizer *t = make_bpe(bad[i].vocab, bad[i].merges, CLIP_CLEAN_OPENAI);
        CHECK(!t && !strcmp(wrong, bad[i].why), "%s: %s", bad[i].why, wrong ? wrong : "taken");
    }
    CHECK(!make_text(AB) && strstr(wrong, "it is one for BPE"), "%s", wrong);
    desc.kind = CLIP_BPE, desc.vocab = AB, desc.vocab_size = sizeof AB - 1, desc.merges = "a b", desc.merges_size = 3;
    for (desc.pad = -1; desc.pad < 10; desc.pad += 10) {
        CHECK(!make_from(desc) && !strcmp(wrong, "pad is no id of the vocabulary"), "pad %d", (int)desc.pad);
    }
}

static void test_bpe_truncation_and_padding(void) {
    clip_tokenizer_desc desc = {0};
    int32_t ids[12];
    desc.kind = CLIP_BPE, desc.vocab = AB, desc.vocab_size = sizeof AB - 1, desc.merges = "a b", desc.merges_size = 3;
    desc.pad = 7;
    clip_tokenizer *t = make_from(desc);
    for (size_t max = 0; max < 8; max++) {
        memset(ids, 0x55, sizeof ids);
        size_t n = clip_tokenizer_encode(t, "a ba aab", 8, ids, max);
        CHECK(n == (max < 2   ? 0
                    : max < 7 ? max
                              : 7) &&
                  ids[n] == 0x55555555,
              "max_ids %u: %u", (unsigned)max, (unsigned)n);
        if (n) CHECK(ids[0] == 0 && ids[n - 1] == 1, "max_ids %u", (unsigned)max);
    }
    CHECK(clip_tokenizer_pad(t, ids, NULL, 3, 5) == 5 && ids[3] == 7 && ids[4] == 7, "the id that was asked for");
    free(t);
}

// What the whole word becomes at once, without a window.
static size_t merge_whole(const clip_tokenizer *t, const char *word, size_t n, int32_t *ids) {
    for (size_t i = 0; i < n; i++) ids[i] = t->letters[i + 1 == n][(unsigned char)word[i]];
    for (;;) {
        uint32_t lowest = UINT32_MAX, rank;
        size_t at = 0;
        for (size_t i = 0; i + 1 < n; i++) {
            rank = clip__merge_rank(t, ids[i], ids[i + 1]);
            if (rank < lowest) lowest = rank, at = i;
        }
        if (lowest == UINT32_MAX) return n;
        ids[at] = clip__merge_find(t, ids[at], ids[at + 1])->id;
        memmove(ids + at + 1, ids + at + 2, (n - at - 2) * sizeof *ids), n--;
    }
}

// Words of all kinds of letters, longer than the window by a little and by a lot.
static void test_bpe_long_words_are_merged_as_if_at_once(void) {
    static const char *const letters[] = {"a", "ha", "lo", "aaaaaaab", "etaoinshrdlu", "abcdefghijklmnopqrstuvwxyz"};
    static int32_t want[2000], got[2100];
    char word[2000];
    clip_tokenizer *t[2];
    uint32_t random = 1;
    make_both(t);
    for (size_t n = 1; n < 2000; n += n < 300 || n > 800 ? 97 : 1) {
        const char *some = letters[n % 6];
        for (size_t i = 0; i < n; i++) {
            random = random * 1664525u + 1013904223u;
            word[i] = some[n % 6 < 2 ? i % strlen(some) : (random >> 16) % strlen(some)];
        }
        size_t whole = merge_whole(t[0], word, n, want);
        for (int k = 0; k < 2; k++) {
            size_t m = clip_tokenizer_encode(t[k], word, n, got, 2100);
            CHECK(m == whole + 2 && !memcmp(got + 1, want, whole * sizeof *want), "%u letters of %s", (unsigned)n,
                  some);
        }
    }
    free_both(t);
}

// A megabyte of what takes longest; hostile words are merged, composed and repaired too.
static void test_bpe_long_texts(void) {
    static const char *const units[] = {"a",  "\xC3\x83\xC2\xA9", "&amp;amp;amp;\xC3\xA9 ", "x\xCC\x81\xCC\xA3", "&#",
                                        "<|", "\xEF\xAC\x83"};
    size_t size = 1000000, n;
    char *text = malloc(size);
    int32_t *ids = malloc((4 * size + 2) * sizeof *ids);
    clip_tokenizer *t[2];
    if (!text || !ids) exit(1);
    make_both(t);
    for (size_t u = 0; u < sizeof units / sizeof *units; u++) {
        for (size_t i = 0; i < size; i++) text[i] = units[u][i % strlen(units[u])];
        for (int k = 0; k < 2; k++) {
            n = clip_tokenizer_encode(t[k], text, size, ids, 4 * size + 2);
            CHECK(n > 2 && ids[0] == BPE_START && ids[n - 1] == BPE_END, "%s: %u ids", units[u], (unsigned)n);
        }
    }
    free_both(t), free(text), free(ids);
}

// A line that is longer than can be repaired at once is cut between words, or at least before a letter: no accent loses
// its own. There is nothing else here to be repaired, so the other cleaning gives the same.
static void test_bpe_long_lines(void) {
    enum { SIZE = 24000 };
    static const char *const units[] = {"cafe\xCC\x81 ab ", "\xD0\xB8\xCC\x86 \xD0\xB8\xCC\x86\xD0\xB8 ",
                                        "\xE3\x81\x8B\xE3\x82\x99", "\xE3\x81\x82\xE3\x81\x8B\xE3\x82\x99"};
    static char text[SIZE];
    static int32_t ids[2][3 * SIZE];
    clip_tokenizer *t[2];
    size_t n[2];
    make_both(t);
    for (size_t u = 0; u < sizeof units / sizeof *units; u++) {
        const size_t unit = strlen(units[u]), size = SIZE / unit * unit;
        for (size_t i = 0; i < size; i++) text[i] = units[u][i % unit];
        for (int k = 0; k < 2; k++) n[k] = clip_tokenizer_encode(t[k], text, size, ids[k], 3 * SIZE);
        CHECK(n[0] > size / unit && n[0] == n[1] && !memcmp(ids[0], ids[1], n[0] * sizeof *ids[0]), "%s: %u and %u ids",
              units[u], (unsigned)n[0], (unsigned)n[1]);
    }
    free_both(t);
}

// Where there is no space, a line is cut as late as can be, which leaves the pairs of this mojibake together: as
// open_clip's.
static void test_bpe_long_mojibake(void) {
    enum { PAIRS = 2500 };
    static char text[4 * PAIRS];
    static int32_t ids[PAIRS + 2], want[PAIRS + 2];
    clip_tokenizer *t[2];
    make_both(t);
    for (size_t i = 0; i < PAIRS; i++) memcpy(text + 4 * i, "\xC3\x83\xC2\xA9", 4); // é, twice in UTF-8
    const size_t n = clip_tokenizer_encode(t[1], text, sizeof text, ids, PAIRS + 2);
    for (size_t i = 0; i < PAIRS; i++) memcpy(text + 2 * i, "\xC3\xA9", 2);
    CHECK(n == clip_tokenizer_encode(t[1], text, 2 * PAIRS, want, PAIRS + 2) && !memcmp(ids, want, n * sizeof *ids),
          "%u ids", (unsigned)n);
    free_both(t);
}

// Mojibake that loses one letter in each round over the line is white space in the end, as ftfy has it. From some 64
// rounds on it is left as it is: with 2,000 letters they would take a second for each line.
static void test_bpe_rounds_have_an_end(void) {
    char text[4000];
    int32_t ids[8];
    clip_tokenizer *t[2];
    make_both(t);
    for (size_t letters = 40; letters <= 2000; letters += 1960) {
        for (size_t i = 0; i < letters; i++) memcpy(text + 2 * i, i + 1 < letters ? "\xC3\x82" : "\xC2\xA0", 2);
        const size_t n = clip_tokenizer_encode(t[1], text, 2 * letters, ids, 8);
        CHECK(letters == 40 ? n == 2 : n == 8, "%u letters: %u ids", (unsigned)letters, (unsigned)n);
    }
    free_both(t);
}

// ---- decode ----

static const char *text_of(const clip_tokenizer *t, const char *text, size_t max) {
    static char back[512];
    int32_t ids[512];
    size_t n = clip_tokenizer_encode(t, text, strlen(text), ids, 512),
           whole = clip_tokenizer_decode(t, ids, n, NULL, 0);
    memset(back, 0x7F, sizeof back);
    CHECK(clip_tokenizer_decode(t, ids, n, back, max) == whole, "\"%s\": the size depends on max", text);
    CHECK(!max || strlen(back) <= (whole < max - 1 ? whole : max - 1), "\"%s\": %u bytes", text,
          (unsigned)strlen(back));
    CHECK(back[max] == 0x7F, "\"%s\": written beyond max", text);
    return back;
}

static void test_decode(void) {
    clip_tokenizer *t[2], *w = make_text(SPECIALS "red\nroof\n##s\n!\n");
    make_both(t);
    CHECK(!strcmp(text_of(w, "Red roofs! x [MASK]", 99), "red roofs ! [UNK] [MASK]"), "%s",
          text_of(w, "Red roofs! x [MASK]", 99));
    CHECK(!strcmp(text_of(t[0], "It's  A Caf\xC3\xA9!!", 99), "it 's a caf\xC3\xA9 !!"), "%s",
          text_of(t[0], "It's  A Caf\xC3\xA9!!", 99));
    CHECK(!strcmp(text_of(t[1], "It's  A Caf\xC3\xA9!!", 99), "it 's a caf\xC3\xA9 !! "), "%s",
          text_of(t[1], "It's  A Caf\xC3\xA9!!", 99));
    CHECK(!strcmp(text_of(t[1], "a<|endoftext|>b", 99), "a b "), "special tokens are left out");
    for (size_t max = 0; max < 9; max++) { // "cafe " with an accent: 6 bytes; it is never cut in the accent
        static const char *const want[] = {"\x7F",        "", "c", "ca", "caf", "caf", "caf\xC3\xA9", "caf\xC3\xA9 ",
                                           "caf\xC3\xA9 "};
        CHECK(!strncmp(text_of(t[1], "caf\xC3\xA9", max), want[max], max ? 9 : 1), "max %u", (unsigned)max);
    }
    int32_t bytes[] = {
        -1, 0, 99999, BPE_END + 1, t[1]->letters[0][0xC3], t[1]->letters[0][0xA9], t[1]->letters[0][0xC3]};
    char back[32];
    CHECK(clip_tokenizer_decode(t[1], bytes, 7, back, 32) == 6 && !strcmp(back, "!\xC3\xA9\xEF\xBF\xBD"), "parted: %s",
          back);
    int32_t end[] = {t[1]->letters[0]['<'], t[1]->letters[0]['/'], t[1]->letters[0]['w'], t[1]->letters[0]['>']};
    CHECK(clip_tokenizer_decode(t[1], end, 4, back, 32) == 1 && !strcmp(back, " "), "</w> of four tokens: %s", back);
    CHECK(clip_tokenizer_decode(t[1], end, 3, back, 32) == 3 && !strcmp(back, "</w"), "not all of it: %s", back);
    unsigned others = 0;
    for (uint32_t c = 0x80; c < 0x110000; c++) { // every character whose bytes are tokens of their own
        char utf8[5] = {0};
        const size_t n = put(utf8, c);
        if (is_surrogate(c)) continue;
        for (size_t i = 0; i < n; i++) bytes[i] = t[1]->letters[0][(unsigned char)utf8[i]];
        others += clip_tokenizer_decode(t[1], bytes, n, back, 32) != n || strcmp(back, utf8);
    }
    CHECK(!others, "%u characters of tokens of one byte are others when they are put together", others);
    CHECK(!strcmp(text_of(t[1], "\xF0\x9F\x98\x80 \xE6\xBC\xA2", 99), "\xF0\x9F\x98\x80 \xE6\xBC\xA2 "), "%s",
          text_of(t[1], "\xF0\x9F\x98\x80 \xE6\xBC\xA2", 99));
    free_both(t), free(w);
    w = make_bpe(AB "\xE6\xBC\xA2</w>\n\xF0\x9F\x98\x80", "a b", CLIP_CLEAN_OPENAI); // not as vocab.json spells
    const int32_t han[] = {9, 10, 4};
    CHECK(w && clip_tokenizer_decode(w, han, 3, back, 32) == 10 &&
              !strcmp(back, "\xE6\xBC\xA2 \xF0\x9F\x98\x80" "a "),
          "%s", back);
    free(w);
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
    test_bytes_come_back();
    test_bpe_ids_equal_both_references();
    test_bpe_every_code_point();
    test_bpe_mojibake_of_every_encoding();
    test_bpe_merges_by_rank();
    test_bpe_special_tokens();
    test_bpe_normalized_special_tokens();
    test_bpe_contractions_in_a_row();
    test_bpe_hangul_is_composed();
    test_bpe_unusable_descriptions_are_refused();
    test_bpe_truncation_and_padding();
    test_bpe_long_words_are_merged_as_if_at_once();
    test_bpe_long_texts();
    test_bpe_long_lines();
    test_bpe_rounds_have_an_end();
    test_bpe_long_mojibake();
    test_decode();
    return TEST_END();
}
