// Any vocabulary, any merges, any text: no bad access, no id out of range, and the promises of clip_tokenizer.h hold.
//
//     clang -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -I.
//         tests/fuzz/fuzz_tokenizer.c -o build/fuzz_tokenizer
//     build/fuzz_tokenizer -max_total_time=300 build/corpus tests/fuzz/corpus_tokenizer
//
// Input: flags, max_ids, then the vocabulary, a byte 0xFE, which no UTF-8 has, with BPE the merges and another 0xFE,
// and the text. Flags: 1: cased; 2: the special tokens (BPE: and the letters of all bytes, and what the merges make)
// are put before the vocabulary; 4: BPE; 8: OpenAI's cleaning; 16: the text is doubled until it is longer than any
// buffer; 32: WordPiece: the special tokens and every character of the text, as it is and behind "##", too.
//
// What encoding and decoding must give, the normal form of a text:
//   WordPiece   its words with one space between them, and [UNK] and [MASK] as they are; [CLS], [SEP] and [PAD] are not in it.
//               Where a word is unknown it is [UNK]. It is worked out here once more, and compared wherever every word is known
//               (flag 32). Encoding it gives the same ids again, with any vocabulary. (Not with letters that canonical ordering
//               moves, such as U+302E: they may stand next to each other only now that an accent between them is gone.)
//   BPE         its words as CLIP's expression finds them, in lower case, each followed by a space (HuggingFace: none at the
//               ends), where all bytes have letters (flag 2). It is worked out here once more for ASCII that no cleaning changes:
//               without '&', '<' and controls. With HuggingFace's cleaning the normal form of anything, and with OpenAI's one
//               that is such ASCII, is its own normal form; where there is a U+0307, its normal form is: of U+0130 lower case
//               makes i and that, as HuggingFace does, which are not in canonical order with the marks behind them yet. (OpenAI's of other texts is not: "&amp;amp;amp;lt;" has more to be
//               unescaped each time.)
#define CLIP_TOKENIZER_IMPLEMENTATION
#include "clip_tokenizer.h"
#include <stdlib.h>

#define SPECIALS "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n"
#define BPE_SPECIALS "<|startoftext|>\n<|endoftext|>\n"
#define HOLDS(x) ((x) ? (void)0 : abort())

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);

// A copy that ends where the memory does, so that ASan sees every byte read beyond it.
static char *copy(const void *data, size_t size) {
    char *p = (char *)malloc(size ? size : 1);
    return size ? (char *)memcpy(p, data, size) : p;
}

// The part of *data up to a byte 0xFE, or half of it.
static const uint8_t *part(const uint8_t **data, size_t *size, size_t *part_size) {
    const uint8_t *start = *data, *mark = (const uint8_t *)memchr(start, 0xFE, *size);
    *part_size = mark ? (size_t)(mark - start) : *size / 2;
    *data += *part_size + !!mark, *size -= *part_size + !!mark;
    return start;
}

// Special tokens, the letters of all bytes, what lines "a b" make.
static size_t bpe_vocabulary(char *out, const uint8_t *merges, size_t size) {
    size_t n = sizeof BPE_SPECIALS - 1;
    memcpy(out, BPE_SPECIALS, n);
    for (unsigned i = 0; i < 512; i++) {
        n += clip__utf8_put((unsigned char *)out + n, clip__byte_letter(i & 255));
        if (i > 255) memcpy(out + n, "</w>", 4), n += 4;
        out[n++] = '\n';
    }
    for (size_t i = 0; i < size; i++) {
        if (merges[i] != ' ') out[n++] = (char)merges[i];
    }
    out[n++] = '\n';
    return n;
}

static int is_utf8(const char *s, size_t size) {
    uint32_t c;
    for (size_t i = 0, n; i < size; i += n) {
        n = clip__utf8_get((const unsigned char *)s + i, size - i, &c);
        if (c == 0xFFFD && (unsigned char)s[i] != 0xEF) return 0;
    }
    return 1;
}

// ---- the normal form ----

typedef struct normal {
    char *text;
    size_t size, words;
    int unknown, moves; // a word that is too long to be known; a letter that canonical ordering moves
} normal;

typedef struct letter {
    uint32_t c;
    unsigned class_; // combining class; 0: what no mark moves across
    int kept;        // not an accent
} letter;

static void put_word(normal *out, const char *word, size_t size) {
    if (out->words++) out->text[out->size++] = ' ';
    memcpy(out->text + out->size, word, size);
    out->size += size;
}

// A word's letters in canonical order (Unicode 15, 3.11, D109), without accents.
static void put_letters(normal *out, letter *word, size_t n) {
    char *text = (char *)malloc(4 * n + 1);
    size_t size = 0, count = 0;
    for (size_t i = 1; i < n; i++)
        for (size_t k = i; k && word[k].class_ && word[k - 1].class_ > word[k].class_; k--) {
            letter swap = word[k];
            word[k] = word[k - 1], word[k - 1] = swap;
        }
    for (size_t i = 0; i < n; i++)
        if (word[i].kept) size += clip__utf8_put((unsigned char *)text + size, word[i].c), count++;
    if (count) put_word(out, text, size);
    out->unknown |= count > CLIP__WORD_MAX;
    free(text);
}

static normal wordpiece_normal(const char *text, size_t size, int cased, int has_mask) {
    static const char *const specials[] = {"[CLS]", "[SEP]", "[PAD]", "[UNK]", "[MASK]"};
    normal out = {(char *)malloc(16 * size + 1), 0, 0, 0, 0};
    letter *word = (letter *)malloc((3 * size + 3) * sizeof *word);
    size_t n = 0, k, length;
    for (size_t i = 0; i < size; i += length) {
        uint32_t c, to[CLIP__FOLD_MAX] = {0};
        for (k = 0; k < 5; k++)
            if (size - i >= strlen(specials[k]) && !memcmp(text + i, specials[k], strlen(specials[k])) &&
                (k < 4 || has_mask))
                break;
        if (k < 5) {
            length = strlen(specials[k]);
            put_letters(&out, word, n), n = 0;
            if (k > 2) put_word(&out, specials[k], length);
            continue;
        }
        length = clip__utf8_get((const unsigned char *)text + i, size - i, &c);
        unsigned kind = clip__unicode_kind(c);
        if (kind == CLIP__DROP) continue;
        int alone = kind == CLIP__CJK || kind == CLIP__SPACE;
        if (alone) put_letters(&out, word, n), n = 0;
        if (kind == CLIP__SPACE) continue;
        size_t folded = cased ? 1 : clip__unicode_fold(c, to);
        if (cased) to[0] = c;
        for (size_t f = 0; f < folded; f++) {
            unsigned of = clip__unicode_kind(to[f]);
            if (of == CLIP__PUNCTUATION) {
                put_letters(&out, word, n), n = 0;
                word[0].c = to[f], word[0].class_ = 0, word[0].kept = 1;
                put_letters(&out, word, 1);
                continue;
            }
            word[n].c = to[f];
            word[n].class_ = !cased && of > CLIP__MARK_STARTER ? of : 0;
            word[n].kept = cased || (of != CLIP__MARK && of != CLIP__MARK_STARTER);
            out.moves |= word[n].class_ != 0;
            if (cased || of != CLIP__MARK) n++; // accents that move take no part in the order of the others
        }
        if (alone) put_letters(&out, word, n), n = 0;
    }
    put_letters(&out, word, n);
    free(word);
    return out;
}

static int is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
static int is_digit(char c) { return c >= '0' && c <= '9'; }
static int is_white(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

static int is_plain(const char *text, size_t size) { // ASCII that no cleaning changes
    for (size_t i = 0; i < size; i++)
        if ((text[i] < ' ' && !is_white(text[i])) || text[i] > '~' || text[i] == '&' || text[i] == '<') return 0;
    return 1;
}

// 's|'t|'re|'ve|'m|'ll|'d|[a-z]+|[0-9]|[^\s a-z 0-9]+ of plain text, in lower case
static normal bpe_normal(const char *text, size_t size) {
    static const char *const endings[] = {"'s", "'t", "'re", "'ve", "'m", "'ll", "'d"};
    normal out = {(char *)malloc(2 * size + 2), 0, 0, 0, 0};
    char *low = (char *)malloc(size + 1);
    for (size_t i = 0; i < size; i++) low[i] = (char)(text[i] >= 'A' && text[i] <= 'Z' ? text[i] + 32 : text[i]);
    for (size_t i = 0, n; i < size; i += n) {
        n = 1;
        if (is_white(low[i])) continue;
        for (size_t k = 0; k < sizeof endings / sizeof *endings; k++)
            if (size - i >= strlen(endings[k]) && !memcmp(low + i, endings[k], strlen(endings[k])))
                n = strlen(endings[k]);
        if (n == 1 && is_letter(low[i])) while (i + n < size && is_letter(low[i + n])) n++;
        else if (n == 1 && !is_digit(low[i]))
            while (i + n < size && !is_letter(low[i + n]) && !is_digit(low[i + n]) && !is_white(low[i + n])) n++;
        put_word(&out, low + i, n);
    }
    free(low);
    return out;
}

static char *decoded(const clip_tokenizer *t, const int32_t *ids, size_t n, size_t *size) {
    char *text = (char *)malloc((*size = clip_tokenizer_decode(t, ids, n, NULL, 0)) + 1);
    clip_tokenizer_decode(t, ids, n, text, *size + 1);
    return text;
}

// text [size], as it came out of decoding, comes out so again; and of WordPiece, whose ids are ids [n], so do they.
static void check_again(const clip_tokenizer *t, const char *text, size_t size, const int32_t *ids, size_t n) {
    size_t room = 4 * size + 8, m, k = 1, again_size;
    int32_t *again = (int32_t *)malloc(room * sizeof *again);
    m = clip_tokenizer_encode(t, text, size, again, room);
    char *back = decoded(t, again, m, &again_size);
    HOLDS(again_size == size && !memcmp(back, text, size));
    for (size_t i = 1; ids && i + 1 < n; i++) { // those that leave no text are gone
        if (ids[i] == t->specials[CLIP__CLS] || ids[i] == t->specials[CLIP__SEP] || ids[i] == t->specials[CLIP__PAD])
            continue;
        HOLDS(k < m && again[k++] == ids[i]);
    }
    HOLDS(!ids || k + 1 == m);
    free(again), free(back);
}

static int dot_above(const char *text, size_t size) { // U+0307
    for (size_t i = 0; i + 1 < size; i++)
        if (!memcmp(text + i, "\xCC\x87", 2)) return 1;
    return 0;
}

static void check_normal(const clip_tokenizer *t, const char *text, size_t size, const int32_t *ids, size_t n,
                         int flags) {
    size_t out_size;
    char *out = decoded(t, ids, n, &out_size);
    if (t->kind == CLIP_WORDPIECE) {
        normal want = wordpiece_normal(text, size, t->cased, t->specials[CLIP__MASK] >= 0);
        if (flags & 32 && !want.unknown) HOLDS(out_size == want.size && !memcmp(out, want.text, out_size));
        if (!want.moves) check_again(t, out, out_size, ids, n);
        free(want.text);
    } else if (flags & 2) {
        if (is_plain(text, size)) {
            normal want = bpe_normal(text, size);
            if (want.words && flags & 8) want.text[want.size++] = ' ';
            HOLDS(out_size == want.size && !memcmp(out, want.text, out_size));
            free(want.text);
        }
        if (!(flags & 8) && dot_above(out, out_size)) {
            char *once = out;
            size_t room = 4 * out_size + 8;
            int32_t *again = (int32_t *)malloc(room * sizeof *again);
            out = decoded(t, again, clip_tokenizer_encode(t, once, out_size, again, room), &out_size);
            free(once), free(again);
        }
        if (!(flags & 8) || is_plain(out, out_size)) check_again(t, out, out_size, NULL, 0);
    }
    free(out);
}

// Every character of a text, as it is and as WordPiece has it inside of a word.
static size_t character_vocabulary(char *out, const normal *text) {
    size_t n = 0, length;
    uint32_t c;
    for (size_t i = 0; i < text->size; i += length) {
        length = clip__utf8_get((const unsigned char *)text->text + i, text->size - i, &c);
        if (c == ' ') continue;
        memcpy(out + n, text->text + i, length), n += length, out[n++] = '\n';
        memcpy(out + n, "##", 2), memcpy(out + n + 2, text->text + i, length), n += 2 + length, out[n++] = '\n';
    }
    return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 2) return 0;
    int flags = data[0];
    size_t max_ids = data[1], vocab_size, merges_size = 0, before = 0, text_size;
    data += 2, size -= 2;
    const uint8_t *vocab_data = part(&data, &size, &vocab_size), *merges_data = NULL;
    if (flags & 4) merges_data = part(&data, &size, &merges_size);
    char *vocab = (char *)malloc(8192 + merges_size + vocab_size + 400 * size), *text = copy(data, size);
    if (flags & 2 && flags & 4) before = bpe_vocabulary(vocab, merges_data, merges_size);
    else if (flags & 2) memcpy(vocab, SPECIALS, before = sizeof SPECIALS - 1);
    if (flags & 32 && !(flags & 4)) {
        normal all = wordpiece_normal(text, size, flags & 1, 1);
        memcpy(vocab, SPECIALS, before = sizeof SPECIALS - 1);
        before += character_vocabulary(vocab + before, &all);
        free(all.text);
    }
    memcpy(vocab + before, vocab_data, vocab_size);
    char *exact = copy(vocab, before + vocab_size), *merges = copy(merges_data, merges_size);
    text_size = size;
    // What ends within a character may become one that the vocabulary of its characters lacks.
    while (flags & 16 && text_size && text_size < 6000 && !(flags & 32 && (unsigned char)text[text_size - 1] >= 0x80)) {
        char *twice = (char *)malloc(2 * text_size);
        memcpy(twice, text, text_size), memcpy(twice + text_size, text, text_size);
        free(text), text = twice, text_size *= 2;
    }

    clip_tokenizer_desc desc = {0};
    desc.vocab = exact, desc.vocab_size = before + vocab_size, desc.cased = flags & 1;
    desc.merges = merges, desc.merges_size = merges_size;
    desc.kind = flags & 4 ? CLIP_BPE : CLIP_WORDPIECE;
    desc.cleaning = flags & 8 ? CLIP_CLEAN_OPENAI : CLIP_CLEAN_HUGGINGFACE;
    desc.normalized = (unsigned)flags >> 5 & 3;
    void *memory = malloc(clip_tokenizer_size(&desc));
    clip_tokenizer *t = NULL;
    const char *wrong = clip_tokenizer_init(&desc, memory, &t);
    HOLDS(!wrong == !!t);
    HOLDS(t || strlen(wrong) < 200);
    free(merges);
    if (t) {
        // A byte never becomes more than 3 ids: one that is not UTF-8, which reads as U+FFFD, with BPE.
        size_t count = clip_tokenizer_count(t), room = 4 * text_size + 2, n, m, token_size;
        int32_t *whole = (int32_t *)malloc(room * sizeof *whole);
        int32_t *ids = (int32_t *)malloc((max_ids + 1) * sizeof *ids);
        unsigned char mask[300];
        for (size_t i = 0; i < count; i++) {
            const char *token = clip_tokenizer_token(t, (int32_t)i, &token_size);
            int32_t id = clip_tokenizer_id(t, token, token_size); // i, or where the same token comes again
            HOLDS(id >= (int32_t)i && (size_t)id < count);
        }
        HOLDS(!clip_tokenizer_token(t, (int32_t)count, &token_size));
        n = clip_tokenizer_encode(t, text, text_size, whole, room);
        HOLDS(n >= 2 && n <= 3 * text_size + 2);
        for (size_t i = 0; i < n; i++) HOLDS(whole[i] >= 0 && (size_t)whole[i] < count);
        HOLDS(whole[n - 1] == clip_tokenizer_end(t));
        m = clip_tokenizer_encode(t, text, text_size, ids, max_ids);
        HOLDS(m == (max_ids < 2 ? 0 : max_ids < n ? max_ids : n));
        if (m) HOLDS(!memcmp(ids, whole, (m - 1) * sizeof *ids) && ids[m - 1] == whole[n - 1]);
        if (m) HOLDS(clip_tokenizer_pad(t, ids, mask, m, max_ids) == max_ids && mask[m - 1] == 1);

        size_t long_size = clip_tokenizer_decode(t, whole, n, NULL, 0);
        char *back = (char *)malloc(long_size + 1), *cut = (char *)malloc(max_ids + 1);
        HOLDS(clip_tokenizer_decode(t, whole, n, back, long_size + 1) == long_size && !back[long_size]);
        HOLDS(is_utf8(back, long_size));
        HOLDS(clip_tokenizer_decode(t, whole, n, cut, max_ids) == long_size);
        m = max_ids > long_size ? long_size : max_ids ? max_ids - 1 : 0;
        while (max_ids && m < long_size && clip__utf8_continues((unsigned char)back[m])) m--; // to a whole character
        if (max_ids) HOLDS(!memcmp(cut, back, m) && !cut[m]);
        check_normal(t, text, text_size, whole, n, flags);
        free(whole), free(ids), free(back), free(cut);
    }
    free(memory), free(exact), free(vocab), free(text);
    return 0;
}

// ---- the mutator: texts are changed by what means something to a tokenizer ----

#include "random.h"

static const char *const words[] = {
    "'s", "'LL", "\xE2\x80\x99", "don't", "12", "<|startoftext|>", "<|endoftext|>", "<|ENDOFTEXT|>", "<start_of_text>",
    "[CLS]", "[SEP]", "[PAD]", "[UNK]", "[MASK]", "[", "#", "##", "&amp;", "&amp;lt;", "&#8364;", "&#x1F600;", "&nbsp;",
    "&AMP", "&notit;", "\n", "\r\n", "\t", " ", "\xC2\xA0", "\xE3\x80\x80", "\xE2\x80\xA8", "\x1b[31m", "\x7f",
    "\xC2\x85", "\xEF\xBB\xBF", "\xEF\xBF\xBD", "\xFF", "\xC3", "\xED\xA0\x80", "\xC3\xA9", "\xCC\x81", "e\xCC\x81",
    "\xCC\xA3\xCC\x87", "\xCD\x84", "\xCD\x8F", "A\xCC\x8A\xCC\xA3", "J\xCC\x8C", "\xC4\xB0", "\xCE\xA3",
    "\xCE\x91\xCE\xA3.", "\xCF\x82", "\xC5\xBF", "\xE2\x84\xAA", "\xE1\xBA\x9E", "\xC7\x84", "\xEA\xB0\x81",
    "\xE1\x84\x80\xE1\x85\xA1\xE1\x86\xA8", "\xE4\xB8\xAD", "\xEF\xA4\x80", "\xF0\xAF\xA0\x80", "\xF0\x9F\x98\x80",
    "\xF0\x9F\x91\xA9\xE2\x80\x8D", "\xEF\xAC\x81", "\xEF\xBC\xA1", "\xEF\xBD\xB6\xEF\xBE\x9E", "\xE2\x82\xAC",
    "\xC3\xA2\xE2\x82\xAC\xE2\x84\xA2", "\xC3\x83\xC2\xA9", "\xC3\x83 ", "\xD0\xB2\xD0\x82", "\xC2\x9D", "\xE3\x80\xAE",
    "\xF0\x9D\x85\xA5", "\xD6\xB8\xD7\x81", "\xE0\xBD\xB1\xE0\xBE\x80", "\xE0\xA7\x87\xE0\xA6\xBE", "\xCD\xBE",
    "\xE1\xBF\xAF", "\xC2\xBD", "\xD9\xA3", "a</w>", "a b\n", "a b</w>\n", "\xfe", "a", "Z", "the"};

static uint32_t flags(void) { return below(64) & (below(16) ? ~16u : ~0u); } // long texts are slow

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed) {
    state = seed * 2654435761u | 1;
    if (max_size < 64) return LLVMFuzzerMutate(data, size, max_size);
    if (size < 8 || !below(500)) { // flags, room, and three parts, of which the first may be none
        static const char start[] = "\x22\x14\xfe" "a b\nt h\nth e</w>\n\xfe" "A r\xC3\xA9" "d";
        memcpy(data, start, size = sizeof start - 1);
        data[0] = (uint8_t)flags();
    }
    for (uint32_t n = 1 + below(4); n; n--) {
        const char *word = words[below(sizeof words / sizeof *words)];
        const size_t at = 2 + below((uint32_t)size - 1), length = strlen(word);
        switch (below(6)) {
        case 0: size = LLVMFuzzerMutate(data, size, max_size); break;
        case 1: data[0] = (uint8_t)flags(); break;
        case 2:
            if (size > at + 1) size--, memmove(data + at, data + at + 1, size - at);
            break;
        default:
            if (length > max_size - size || at > size) break;
            memmove(data + at + length, data + at, size - at);
            memcpy(data + at, word, length);
            size += length;
        }
        if (size < 8) return size;
    }
    return size;
}
