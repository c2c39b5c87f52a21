// Any bytes as the vocabularies that clip-convert reads: vocab.txt, tokenizer.json, vocab.json with merges.txt,
// OpenAI's list of merges, plain or as gzip. What is taken makes a tokenizer, whose tokens have the ids that the file
// gives them.
//
//     clang -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -I.
//         tests/fuzz/fuzz_vocab.c -o build/fuzz_vocab -lm -lpthread
//     build/fuzz_vocab -max_total_time=300 build/corpus tests/fuzz/corpus_vocab
//
// Input: a byte, the kind, then up to three files with a byte 0xFE, which no UTF-8 has, between them. The files lie in
// a folder in memory, where there is one: they are opened, mapped and told apart as any.
#define _XOPEN_SOURCE 700
#include "harmless.h"
#define CONVERT_NO_MAIN
#include "../../tools/convert.c"

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);

enum { VOCABULARY = 700, FILES = 3, KINDS = 5, KIND = 7, GZIP = 8, OPENAI = 16, OPEN_CLIP = 32 };
static const char *const files[KINDS][FILES] = {
    {"given.txt", "tokenizer_config.json", NULL},                          // BERT with --vocab
    {"tokenizer.json", "tokenizer_config.json", NULL},                     // BERT out of its folder
    {"given.txt", "merges.txt", "tokenizer_config.json"},                  // CLIP with --vocab
    {"tokenizer.json", "tokenizer_config.json", "special_tokens_map.json"}, // CLIP out of its folder
    {"vocab.json", "merges.txt", "special_tokens_map.json"}};
static char folder[64];

static void remove_folder(void) {
    char path[128];
    for (int k = 0; k < KINDS; k++)
        for (int i = 0; i < FILES && files[k][i]; i++)
            snprintf(path, sizeof path, "%s/%s", folder, files[k][i]), remove(path);
    remove(folder);
}

static const char *path_of(const char *name) {
    static char path[128];
    if (!*folder) {
        strcpy(folder, access("/dev/shm", W_OK) ? "/tmp/fuzz_vocab.XXXXXX" : "/dev/shm/fuzz_vocab.XXXXXX");
        HOLDS(mkdtemp(folder) && !atexit(remove_folder));
    }
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void write_file(const char *name, const uint8_t *data, size_t size, int gzip) {
    static const unsigned char header[10] = {0x1f, 0x8b, 8};
    const char *path = path_of(name);
    unsigned char block[5] = {1}, end[8]; // the last block, stored
    FILE *f;
    if (!size) {
        remove(path);
        return;
    }
    HOLDS((f = fopen(path, "wb")));
    if (gzip && size < 65536) {
        clip__write_le(block + 1, size, 2), clip__write_le(block + 3, ~size, 2);
        clip__write_le(end, clip__crc32(0, data, size), 4), clip__write_le(end + 4, size, 4);
        fwrite(header, 10, 1, f), fwrite(block, 5, 1, f), fwrite(data, size, 1, f), fwrite(end, 8, 1, f);
    } else fwrite(data, size, 1, f);
    HOLDS(!fclose(f));
}

static const clip__tensor *tensor_of(const build *b, const char *name) {
    for (size_t i = 0; i < b->n; i++)
        if (b->tensors[i].name_size == strlen(name) && !memcmp(b->tensors[i].name, name, strlen(name)))
            return &b->tensors[i];
    return NULL;
}

// Every {"token": id} of the map is what the tokenizer has, white space at its end aside.
static void check_map(const clip_tokenizer *t, json map) {
    json key, id;
    for (json c = json_begin(map); json_next(&c, &key, &id);) {
        char token[512];
        const char *made;
        size_t n = json_text(key, token, sizeof token), size;
        uint64_t at;
        if (n == (size_t)-1 || n + 2 > sizeof token || clip__vocab_trim((const unsigned char *)token, n) != n) continue;
        HOLDS(json_integer(id, &at));
        made = clip_tokenizer_token(t, (int32_t)at, &size);
        HOLDS(made && size == n && !memcmp(made, token, n));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static build b; // its prefixes are large
    const uint8_t *part[FILES];
    size_t part_size[FILES] = {0};
    run r;
    options o;
    origin from;
    text_facts f;
    uint64_t context = 77;
    size_t vocabulary = VOCABULARY, k;
    const clip__tensor *vocab, *merges;
    int kind, bpe, good;
    if (!size) return 0;
    kind = (data[0] & KIND) % KINDS, bpe = kind > 1;
    memset(&r, 0, sizeof r), memset(&o, 0, sizeof o), memset(&from, 0, sizeof from), memset(&b, 0, sizeof b);
    for (size_t i = 0, at = 1; i < FILES; i++) {
        const uint8_t *end = (const uint8_t *)memchr(data + at, 0xFE, size - at);
        part[i] = data + at;
        part_size[i] = end && i + 1 < FILES ? (size_t)(end - part[i]) : size - at;
        at += part_size[i] + (end && i + 1 < FILES);
    }
    for (int other = 0; other < KINDS; other++)
        for (int i = 0; i < FILES && files[other][i]; i++)
            if (other != kind) remove(path_of(files[other][i]));
    for (int i = 0; i < FILES && files[kind][i]; i++)
        write_file(files[kind][i], part[i], part_size[i], i == 0 && data[0] & GZIP);

    r.err = stderr; // notes
    b.r = &r, b.o = &o;
    from.path = b.path = folder, from.is_folder = 1;
    from.text_family = !bpe ? TEXT_BERT : data[0] & OPENAI ? TEXT_OPENAI : TEXT_CLIP;
    from.openai = !(data[0] & OPEN_CLIP);
    if (kind == 0 || kind == 2) o.vocab = run_copy(&r, path_of("given.txt"), strlen(path_of("given.txt")));
    memset(&f, 0, sizeof f);
    f.pool = "highest";
    if (kind == 2 && part_size[0] && part[0][0] != '{') // merges alone must make the vocabulary
        for (vocabulary = 514, k = 0; k < part_size[0]; k++)
            vocabulary += part[0][k] == '\n' && vocabulary < VOCABULARY;
    good = bpe ? put_pairs(&b, &from, vocabulary, &f, &context) : put_tokenizer(&b, &from, VOCABULARY, &context);
    HOLDS(good == !r.why.result && context >= 2 && context <= 77);
    if (!good) {
        HOLDS(*r.message && is_harmless(r.message, strlen(r.message)) && !strchr(r.message, '\n') &&
              strstr(r.message, folder));
        HOLDS(strlen(r.message) < sizeof r.message - 1 && *r.why.message &&
              is_harmless(r.why.message, strlen(r.why.message)));
    }
    vocab = tensor_of(&b, "tokenizer.vocab"), merges = tensor_of(&b, "tokenizer.merges");
    if (good && vocab) { // without one it has only noted that
        clip_tokenizer_desc desc;
        clip_tokenizer *t = NULL;
        json root, map;
        void *memory;
        int32_t ids[64];
        char text[1024];
        memset(&desc, 0, sizeof desc);
        desc.kind = bpe ? CLIP_BPE : CLIP_WORDPIECE;
        desc.vocab = (const char *)vocab->data, desc.vocab_size = (size_t)vocab->size;
        if (bpe) HOLDS(merges), desc.merges = (const char *)merges->data, desc.merges_size = (size_t)merges->size;
        memory = malloc(clip_tokenizer_size(&desc));
        HOLDS(memory && !clip_tokenizer_init(&desc, memory, &t) && clip_tokenizer_count(t) <= VOCABULARY);
        for (size_t i = 0; i < clip_tokenizer_count(t); i++) {
            size_t n = 0;
            HOLDS(clip_tokenizer_token(t, (int32_t)i, &n));
        }
        clip_tokenizer_decode(t, ids, clip_tokenizer_encode(t, "a red roof's 12", 15, ids, 64), text, sizeof text);
        if (kind != 1 && data[0] & OPENAI && data[0] & OPEN_CLIP) root.p = NULL; // the marks are spelt anew
        else if (kind != 1 && kind < 3) root.p = NULL;
        else HOLDS(file_json(&r, path_of(files[kind][0]), &root));
        if (root.p)
            check_map(t, kind < 4 && json_get(root, "model", &map) && json_get(map, "vocab", &map) ? map : root);
        free(memory);
    }
    run_end(&r);
    said_is_harmless();
    return 0;
}

// ---- the mutator ----

#include "random.h"

typedef struct out {
    uint8_t *p;
    size_t n, max;
} out;

static void add(out *o, const char *s) {
    const size_t n = strlen(s);
    if (n > o->max - o->n) return;
    memcpy(o->p + o->n, s, n);
    o->n += n;
}

static void add_number(out *o, unsigned long v) {
    char digits[24];
    snprintf(digits, sizeof digits, "%lu", v);
    add(o, digits);
}

static const char *const words[] = {
    "a", "b", "c", "ab", "bc", "abc", "abc</w>", "c</w>", "b</w>", "ab</w>", "##a", "##bc", "\xc4\xa0", "\xc4\xa0" "a",
    "\\u0120", "\\u00e9", "\\ud83d\\ude00", "\\ud800", "</w>", "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]",
    "<|startoftext|>", "<|endoftext|>", "<start_of_text>", "<end_of_text>", "\\n", "\n", "\r\n", " ", "#version: 0.2\n",
    "\"bpe_simple_vocab_16e6.txt\"\n", "a b\n", "b c\n", "ab c</w>\n", "{", "}", "[", "]", ":", ",", "\"", "null",
    "true", "false", "\"id\":", "\"content\":", "\"merges\":", "\"vocab\":", "\"type\":", "\"BPE\"", "\"WordPiece\"",
    "\"added_tokens\":", "\"pad_token\":", "\"do_lower_case\":", "\"strip_accents\":", "\"tokenize_chinese_chars\":",
    "\"model_max_length\":", "\"normalizer\":", "\"lowercase\":", "\"handle_chinese_chars\":", "0", "1", "699",
    "4294967296", "18446744073709551616", "-1", "1e9", "\xfe", "\x1b[2J", "\xe2\x80\xae", "\xc2\x9b"};

// Tokens of a vocabulary, some of them, in some order, that mostly fit together.
static void add_vocab(out *o, int bpe, int as_json) {
    static const char *const bert[] = {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]",
                                       "a",     "red",   "##a",   "##b",   "\xc3\xa9"};
    static const char *const pairs[] = {"a",  "b",      "c",       "a</w>",    "b</w>",           "c</w>",
                                        "ab", "bc</w>", "abc</w>", "\xc4\xa0", "<|startoftext|>", "<|endoftext|>"};
    const size_t all = bpe ? sizeof pairs / sizeof *pairs : sizeof bert / sizeof *bert,
                 skip = below(4) ? all : below((uint32_t)all);
    unsigned long id = 0;
    for (size_t i = 0; i < all; i++) {
        if (i == skip) continue;
        if (as_json) add(o, id ? ",\"" : "\"");
        add(o, bpe ? pairs[i] : bert[i]);
        if (as_json) add(o, "\":"), add_number(o, below(40) ? id : below(12));
        else add(o, "\n");
        id++;
    }
}

static void add_merges(out *o, int style) { // lines, texts, pairs
    static const char *const lines[3] = {"a b\nb c</w>\nab c</w>\na bc</w>\n", "\"a b\",\"b c</w>\",\"ab c</w>\"",
                                         "[\"a\",\"b\"],[\"b\",\"c</w>\"],[\"ab\",\"c</w>\"]"};
    if (!style && below(2)) add(o, "#version: 0.2\n");
    add(o, lines[style]);
}

static size_t make(uint8_t *data, size_t max) {
    out o = {data, 1, max};
    const int kind = (int)below(KINDS), bpe = kind > 1;
    data[0] = (uint8_t)(kind | (int)(below(8) * 8));
    switch (kind == 2 && below(2) ? 4 : kind) {
    case 0: add_vocab(&o, 0, 0), add(&o, "\xfe{\"do_lower_case\": true, \"model_max_length\": 12}"); break;
    case 2: add_merges(&o, 0); break;
    case 4:
        add(&o, "{"), add_vocab(&o, 1, 1), add(&o, "}\xfe"), add_merges(&o, 0), add(&o, "\xfe{\"pad_token\": \"a\"}");
        break;
    default:
        add(&o, "{\"model\":{\"type\":"), add(&o, bpe ? "\"BPE\",\"vocab\":{" : "\"WordPiece\",\"vocab\":{");
        add_vocab(&o, bpe, 1);
        if (bpe) add(&o, "},\"merges\":["), add_merges(&o, 1 + (int)below(2)), add(&o, "]");
        else add(&o, "}");
        add(&o, "},\"normalizer\":{\"lowercase\":true},\"added_tokens\":[{\"id\":12,\"content\":\"<|x|>\"}]}");
    }
    return o.n;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed) {
    state = seed * 2654435761u | 1;
    if (max_size < 1024 || size < 8 || !below(200))
        return max_size < 1024 ? LLVMFuzzerMutate(data, size, max_size) : make(data, max_size);
    for (uint32_t n = 1 + below(3); n; n--) {
        const char *word = words[below(sizeof words / sizeof *words)];
        const size_t at = 1 + below((uint32_t)size), length = strlen(word);
        switch (below(4)) {
        case 0: size = LLVMFuzzerMutate(data, size, max_size); break;
        case 1: // a word for as many bytes
            if (length <= size - at) memcpy(data + at, word, length);
            break;
        case 2: // a word away, or a piece of the file to another place
            if (size - at > 1) {
                const size_t cut = 1 + below((uint32_t)(size - at < 12 ? size - at : 12));
                memmove(data + at, data + at + cut, size - at - cut);
                size -= cut;
            }
            break;
        default:
            if (at > size || length > max_size - size) break;
            memmove(data + at + length, data + at, size - at);
            memcpy(data + at, word, length);
            size += length;
        }
        if (size < 8) return size;
    }
    return size;
}
