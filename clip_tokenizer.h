// clip_tokenizer.h - text to token ids in one C99 header: BERT's WordPiece, id for id what HuggingFace's BertTokenizer
// gives. Public domain or MIT, see the end of the file.
//
// Do this:
//
//     #define CLIP_TOKENIZER_IMPLEMENTATION
//     #include "clip_tokenizer.h"
//     #include <stdio.h>
//     #include <stdlib.h>
//
//     int main(void) {
//         static const char vocab[] = "[PAD]\n[UNK]\n[CLS]\n[SEP]\na\nred\nroof\n##s\n"; // or the bytes of a vocab.txt
//         clip_tokenizer_desc desc = {0};
//         desc.vocab = vocab, desc.vocab_size = sizeof vocab - 1;
//         void *memory = malloc(clip_tokenizer_size(&desc));
//         clip_tokenizer *t;
//         const char *wrong = clip_tokenizer_init(&desc, memory, &t);
//         if (wrong) return puts(wrong), 1;
//         int32_t ids[32];
//         size_t n = clip_tokenizer_encode(t, "Red roofs!", 10, ids, 32);
//         for (size_t i = 0; i < n; i++) printf("%d ", (int)ids[i]); // 2 5 6 7 1 3: [CLS] red roof ##s [UNK] [SEP]
//         free(memory);
//         return 0;
//     }
//
// In the other files of the program include it without the define. clip.h uses it where it is included before clip.h in
// the file with CLIP_IMPLEMENTATION, which brings in this implementation too.
//
// WHAT IT DOES
//     text -> words -> pieces -> ids.  "Déjà-vu!" -> deja - vu ! -> de ##ja - vu ! -> 2139 3900 1011 24728 999
//     words     Controls, U+0000 and U+FFFD are dropped; white space parts words; a CJK ideograph or a punctuation mark
//               is a word of its own. Uncased: decomposed (NFD), accents (Mn) dropped, lower case. Cased: as it is.
//     pieces    Devlin et al. 2018 (BERT): the longest token that the word begins with, then the longest "##" token
//               that the rest begins with, and so on. A word of more than 100 characters, or with a rest that no token
//               begins, is [UNK] as a whole.
//     specials  [CLS] [SEP] [PAD] [UNK] [MASK] written in the text in exactly these bytes, anywhere, even inside a
//               word, are the special tokens. They part words and are found before anything else: "[cls]" is three
//               words.
//     It follows transformers 5.23 (the BertTokenizer over tokenizers 0.23.3), whose Unicode is a mixture of versions;
//     the tables are measured on it (tools/make_unicode.py) and checked for every code point
//     (tests/goldens/check_tokenizer.py). Two things differ, both with a vocabulary that lacks special tokens: there
//     the reference makes up ids beyond the vocabulary, which no model has a row for. Here [MASK] is then ordinary
//     text, and the lack of another one is an error.
//
// MACROS
//     CLIP_TOKENIZER_IMPLEMENTATION, CLIP_IMPLEMENTATION     either one, in one file: with the implementation
//     CLIP_STATIC                                            with one of them: all functions are static
//
// PROMISES
//     No allocation, no global state, no locale, no recursion, no printing; about 1.5 KB of stack. A tokenizer is
//     read-only after init and can be shared by threads. Any bytes are safe as vocabulary and as text. Time is linear
//     in the text.
//
// Sections of the implementation: >>utf8, >>vocab, >>wordpiece, >>api, >>unicode (tables last).
#ifndef CLIP_TOKENIZER_H
#define CLIP_TOKENIZER_H

#include <stddef.h>
#include <stdint.h>

#ifndef CLIPDEF
#ifdef CLIP_STATIC
#if defined(__GNUC__)
#define CLIPDEF static __attribute__((unused))
#else
#define CLIPDEF static
#endif
#elif defined(__cplusplus)
#define CLIPDEF extern "C"
#else
#define CLIPDEF extern
#endif
#endif

typedef struct clip_tokenizer clip_tokenizer; // lies in the caller's memory; read-only

typedef enum clip_tokenizer_kind {
    CLIP_WORDPIECE, // BERT
    CLIP_BPE        // CLIP
} clip_tokenizer_kind;

// What CLIP's text goes through before it is split into words: there are two traditions, which give other ids.
typedef enum clip_tokenizer_cleaning {
    CLIP_CLEAN_HUGGINGFACE, // transformers' CLIPTokenizer: composed (NFC), lower case
    CLIP_CLEAN_OPENAI       // OpenAI's and open_clip's SimpleTokenizer: repaired as ftfy does, entities, lower case
} clip_tokenizer_cleaning;

// Zero is the default of everything but the vocabulary.
typedef struct clip_tokenizer_desc {
    const char *vocab; // bytes of vocab.txt, UTF-8: one token a line, its id is the line number from 0. White space at
                       // the end of a line (CR too) is not part of the token; a token that comes twice has its last
                       // id. Not copied: must outlive the tokenizer.
    size_t vocab_size; // bytes, at most 2^31 - 1
    int cased;         // WordPiece. 0: uncased (lower case, accents dropped); 1: the text as it is
    clip_tokenizer_kind kind;         // of BPE the vocabulary is the tokens of vocab.json in the order of their ids, as
                                      // they are spelt there, one a line
    const char *merges;               // BPE: bytes of merges.txt: "a b" on a line, the first merged first. Not copied,
                                      // and not needed after init
    size_t merges_size;               // bytes, at most 2^31 - 1
    clip_tokenizer_cleaning cleaning; // BPE
    int32_t pad;                      // BPE: the id that clip_tokenizer_pad fills up with
} clip_tokenizer_desc;

// Bytes of memory that clip_tokenizer_init needs: 20 to 24 a token, with BPE 4 more and 12 a merge. 0 when the
// description is unusable; init says why.
CLIPDEF size_t clip_tokenizer_size(const clip_tokenizer_desc *desc);

// Builds the tokenizer in `memory` (clip_tokenizer_size bytes, aligned as malloc aligns); *out is then memory. Time is
// n log n in the size of the vocabulary, whatever it holds. Returns NULL, or what is wrong: no vocabulary, one that is
// not UTF-8, one without its special tokens or of the other kind, a merge of what is not in it. The sentence may lie in
// `memory`; *out is then as it was.
CLIPDEF const char *clip_tokenizer_init(const clip_tokenizer_desc *desc, void *memory, clip_tokenizer **out);

// [CLS], the ids of text [text_size bytes], [SEP] in ids [max_ids]; returns how many. With BPE these two are
// <|startoftext|> and <|endoftext|>. Where there would be more than max_ids the last ones before [SEP] are left out, and
// the rest of the text is not read. Bytes that are not UTF-8 read as U+FFFD. max_ids below 2 has no room for anything:
// 0 is returned.
CLIPDEF size_t clip_tokenizer_encode(const clip_tokenizer *t, const char *text, size_t text_size, int32_t *ids,
                                     size_t max_ids);

// Fills ids[n..length) with [PAD] (BPE: desc.pad), and mask [length] with n times 1, then 0 (mask may be NULL). Returns length.
CLIPDEF size_t clip_tokenizer_pad(const clip_tokenizer *t, int32_t *ids, unsigned char *mask, size_t n, size_t length);

// The text of an id, `*size` bytes of the vocabulary with no 0 behind them; NULL when there is no such id.
CLIPDEF const char *clip_tokenizer_token(const clip_tokenizer *t, int32_t id, size_t *size);

// The id of a token as it stands in the vocabulary ("##s"), or -1.
CLIPDEF int32_t clip_tokenizer_id(const clip_tokenizer *t, const char *token, size_t size);

// Number of ids: the lines of the vocabulary.
CLIPDEF size_t clip_tokenizer_count(const clip_tokenizer *t);

// The id that every text ends with: of [SEP], with BPE of <|endoftext|>.
CLIPDEF int32_t clip_tokenizer_end(const clip_tokenizer *t);

// The text of n ids, UTF-8, in text [max bytes]: cut at a character where it is longer, and 0-terminated if max > 0.
// Returns the bytes of the whole without the 0. Special tokens and what is no id are left out: give it the ids without
// the padding, since OpenAI fills up with 0, which is "!". WordPiece: words with a space between them, "##" joined.
// BPE: "</w>" becomes a space, bytes that are not UTF-8 U+FFFD; HuggingFace's has no space at the ends.
CLIPDEF size_t clip_tokenizer_decode(const clip_tokenizer *t, const int32_t *ids, size_t n, char *text, size_t max);

#endif // CLIP_TOKENIZER_H

// Stop now, if you are only interested in the API.

#if (defined(CLIP_TOKENIZER_IMPLEMENTATION) || defined(CLIP_IMPLEMENTATION)) && !defined(CLIP_TOKENIZER_IMPLEMENTED)
#define CLIP_TOKENIZER_IMPLEMENTED

#include <string.h>

// ---------------------------------------------------------------------------------------------------------- >>utf8

#define CLIP__UTF8_MAX 4      // bytes a code point
#define CLIP__UTF8_BAD 0xFFFD // the replacement character

// Reads the code point at s[0..n), n >= 1; returns its bytes. Where s is not UTF-8 the code point is U+FFFD and the
// bytes are those that could still have begun a character (Unicode 15, 3.9, table 3-7 and "maximal subpart"), as Python
// reads.
static size_t clip__utf8_get(const unsigned char *s, size_t n, uint32_t *code_point) {
    uint32_t lead = s[0], c;
    unsigned char low = 0x80, high = 0xBF; // bounds of the next byte
    size_t more, i;
    *code_point = lead;
    if (lead < 0x80) return 1;
    *code_point = CLIP__UTF8_BAD;
    if (lead < 0xC2 || lead > 0xF4) return 1; // a stray continuation, an overlong ASCII, above U+10FFFF
    more = lead < 0xE0 ? 1 : lead < 0xF0 ? 2 : 3;
    if (lead == 0xE0) low = 0xA0;  // below: overlong
    if (lead == 0xED) high = 0x9F; // above: surrogates
    if (lead == 0xF0) low = 0x90;  // below: overlong
    if (lead == 0xF4) high = 0x8F; // above: beyond U+10FFFF
    c = lead & (0x3Fu >> more);
    for (i = 1; i <= more; i++, low = 0x80, high = 0xBF) {
        if (i == n || s[i] < low || s[i] > high) return i;
        c = c << 6 | (s[i] & 0x3Fu);
    }
    *code_point = c;
    return i;
}

// Writes c, a code point that is no surrogate; returns its bytes, 1 to CLIP__UTF8_MAX.
static size_t clip__utf8_put(unsigned char *s, uint32_t c) {
    size_t more = c < 0x80 ? 0 : c < 0x800 ? 1 : c < 0x10000 ? 2 : 3, i;
    if (!more) return s[0] = (unsigned char)c, 1;
    for (i = more; i; i--, c >>= 6) s[i] = (unsigned char)(0x80 | (c & 0x3F));
    s[0] = (unsigned char)((0xF00u >> (more + 1) & 0xF0) | c); // 110..., 1110..., 11110...
    return more + 1;
}

static int clip__utf8_continues(unsigned char byte) { return (byte & 0xC0) == 0x80; }

// Start of the character that ends before s[end], end >= 1; s is UTF-8.
static size_t clip__utf8_back(const unsigned char *s, size_t end) {
    do end--;
    while (end && clip__utf8_continues(s[end]));
    return end;
}

// What a code point is to BERT. Above the last: a letter that canonical ordering moves, of this combining class.
enum {
    CLIP__LETTER,      // whatever is nothing of the following
    CLIP__DROP,        // controls, formats, private use, U+FFFD
    CLIP__SPACE,       // parts words
    CLIP__CJK,         // an ideograph, a word of its own
    CLIP__PUNCTUATION, // a word of its own
    CLIP__MARK,        // an accent, dropped when uncased
    CLIP__MARK_STARTER // an accent of combining class 0: dropped, but no mark moves across it
};
enum { CLIP__FOLD_MAX = 3 };
static unsigned clip__unicode_kind(uint32_t c);
static size_t clip__unicode_fold(uint32_t c, uint32_t to[CLIP__FOLD_MAX]);

// --------------------------------------------------------------------------------------------------------- >>vocab

// Tokens are found by hash. Entries lie in buckets by their hash; inside a bucket they are sorted by hash, size, bytes,
// id. A bucket holds one entry on average, and is halved until the token is found. So a vocabulary made of colliding
// tokens costs log n a look-up and n log n to build, where open addressing would cost n and n * n, and no secret is
// needed to prevent it.
typedef struct clip__token {
    uint32_t start, size; // in the vocabulary
} clip__token;

typedef struct clip__entry {
    uint32_t hash, id;
} clip__entry;

enum { CLIP__CLS, CLIP__SEP, CLIP__PAD, CLIP__UNK, CLIP__MASK, CLIP__SPECIALS }; // BPE has start and end for CLS, SEP

// BPE: what `right` and the token before it, by whose id these are found, become.
typedef struct clip__merge {
    int32_t right, id;
    uint32_t rank;
} clip__merge;

struct clip_tokenizer {
    const unsigned char *vocab;
    size_t count;                     // ids
    size_t longest;                   // bytes of the longest token
    clip__token *tokens;              // [count] by id
    clip__entry *entries;             // [count] by bucket
    uint32_t *buckets;                // [2^bits + 1] where each begins
    int shift;                        // 32 - bits
    int cased;
    int32_t specials[CLIP__SPECIALS]; // ids; -1 for a [MASK] that the vocabulary lacks
    unsigned char ascii_kind[128];    // the Unicode tables again, without the search
    unsigned char ascii_fold[128];
    clip_tokenizer_kind kind;
    clip_tokenizer_cleaning cleaning;
    clip__merge *merges;              // BPE: of each left token, sorted by right
    uint32_t *merges_of;              // [count + 1] where those of each left token begin
    int32_t letters[2][256];          // ids of the bytes, [1]: at the end of a word
    const char *special_text[2];      // start, end, as the vocabulary spells them
    char message[160];
};

// FNV-1a (Fowler, Noll, Vo 1991), one byte at a time, so that each prefix of a word has its hash on the way.
#define CLIP__HASH_START 2166136261u
static uint32_t clip__hash_step(uint32_t hash, unsigned char byte) { return (hash ^ byte) * 16777619u; }

static uint32_t clip__hash(const unsigned char *s, size_t size) {
    uint32_t hash = CLIP__HASH_START;
    for (size_t i = 0; i < size; i++) hash = clip__hash_step(hash, s[i]);
    return hash;
}

// The upper bits of the product depend on all bits of the hash (Knuth vol. 3, 6.4: multiply by 2^32 / golden ratio).
static uint32_t clip__bucket(const clip_tokenizer *t, uint32_t hash) { return hash * 2654435769u >> t->shift; }

// The order in a bucket without the ids: negative when entry e comes before the token s with this hash.
static int clip__entry_compare(const clip_tokenizer *t, clip__entry e, uint32_t hash, const unsigned char *s,
                               size_t size) {
    clip__token token = t->tokens[e.id];
    if (e.hash != hash) return e.hash < hash ? -1 : 1;
    if (token.size != size) return token.size < size ? -1 : 1;
    return memcmp(t->vocab + token.start, s, size);
}

static int clip__entry_less(const clip_tokenizer *t, clip__entry a, clip__entry b) {
    clip__token token = t->tokens[b.id];
    int order = clip__entry_compare(t, a, b.hash, t->vocab + token.start, token.size);
    return order ? order < 0 : a.id < b.id;
}

// Heapsort: in place, no recursion, n log n at worst.
static void clip__entry_sort(const clip_tokenizer *t, clip__entry *e, size_t n) {
    size_t unheaped = n / 2, end = n, at, child;
    while (end > 1) {
        clip__entry sink;
        if (unheaped) sink = e[--unheaped];
        else sink = e[--end], e[end] = e[0];
        for (at = unheaped; (child = 2 * at + 1) < end; at = child) {
            if (child + 1 < end && clip__entry_less(t, e[child], e[child + 1])) child++;
            if (!clip__entry_less(t, sink, e[child])) break;
            e[at] = e[child];
        }
        e[at] = sink;
    }
}

// The id of the token s, the last one if it stands in the vocabulary more than once, or -1.
static int32_t clip__vocab_find(const clip_tokenizer *t, uint32_t hash, const unsigned char *s, size_t size) {
    const uint32_t *bucket = t->buckets + clip__bucket(t, hash);
    uint32_t low = bucket[0], high = bucket[1];
    int32_t id = -1;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = clip__entry_compare(t, t->entries[middle], hash, s, size);
        if (order == 0) id = (int32_t)t->entries[middle].id;
        if (order <= 0) low = middle + 1;
        else high = middle;
    }
    return id;
}

// Size of a line without the white space at its end. U+000B, U+000C and U+0085 are white space here, though the text
// drops them as controls: the reference trims by Unicode's White_Space.
static size_t clip__vocab_trim(const unsigned char *line, size_t size) {
    while (size) {
        size_t last = clip__utf8_back(line, size);
        uint32_t c;
        clip__utf8_get(line + last, size - last, &c);
        if (clip__unicode_kind(c) != CLIP__SPACE && c != 0x0B && c != 0x0C && c != 0x85) break;
        size = last;
    }
    return size;
}

// End of the line that begins at `start` (its '\n', or the end of the vocabulary).
static size_t clip__vocab_line_end(const clip_tokenizer_desc *desc, size_t start) {
    const void *end = memchr(desc->vocab + start, '\n', desc->vocab_size - start);
    return end ? (size_t)((const char *)end - desc->vocab) : desc->vocab_size;
}

// A line of a text of lines, from *at on: its start and its size without a CR; 0 at the end.
static int clip__line_next(const char *text, size_t text_size, size_t *at, size_t *start, size_t *size) {
    const char *end;
    if (*at >= text_size) return 0;
    end = (const char *)memchr(text + *at, '\n', text_size - *at);
    *start = *at, *size = (end ? (size_t)(end - text) : text_size) - *at;
    *at += *size + 1;
    if (*size && text[*start + *size - 1] == '\r') --*size;
    return 1;
}

// The next merge: a line that is neither empty nor "#version: 0.2" at the top.
static int clip__merge_next(const clip_tokenizer_desc *desc, size_t *at, size_t *start, size_t *size) {
    while (clip__line_next(desc->merges, desc->merges_size, at, start, size)) {
        if (*size && (*start || *size < 8 || memcmp(desc->merges, "#version", 8))) return 1;
    }
    return 0;
}

// Sizes of all that init lays out.
typedef struct clip__layout {
    size_t count, merges, memory; // tokens, merges, bytes
    int bits;                     // of the number of buckets
} clip__layout;

// 0 when the description is unusable.
static int clip__vocab_layout(const clip_tokenizer_desc *desc, clip__layout *l) {
    size_t start = 0, size, at = 0, fixed = sizeof(clip_tokenizer) + 2 * sizeof(uint32_t);
    size_t each = sizeof(clip__token) + sizeof(clip__entry) + sizeof(uint32_t);
    if (!desc || !desc->vocab || desc->vocab_size > INT32_MAX) return 0; // ids and offsets fit in 31 bits
    l->count = l->merges = 0;
    for (; start < desc->vocab_size; l->count++) start = clip__vocab_line_end(desc, start) + 1;
    if (desc->kind == CLIP_BPE) {
        if (!desc->merges || desc->merges_size > INT32_MAX) return 0;
        while (clip__merge_next(desc, &at, &start, &size)) l->merges++;
    }
    // There are less than 2 * count buckets, or 2.
    if (l->count > (SIZE_MAX / 2 - fixed) / (each + 2 * sizeof(uint32_t)) - 1) return 0;
    if (l->merges > (SIZE_MAX / 2) / sizeof(clip__merge)) return 0;
    for (l->bits = 1; (size_t)1 << l->bits < l->count;) ++l->bits;
    l->memory = fixed + l->count * each + ((size_t)1 << l->bits) * sizeof(uint32_t) + l->merges * sizeof(clip__merge);
    return l->count != 0;
}

// Fills buckets and entries from tokens: a counting sort by bucket, then each bucket by itself.
static void clip__vocab_index(clip_tokenizer *t) {
    uint32_t buckets = (uint32_t)1 << (32 - t->shift), sum = 0, b, id;
    memset(t->buckets, 0, (buckets + 1) * sizeof *t->buckets);
    for (id = 0; id < t->count; id++) {
        clip__token token = t->tokens[id];
        t->buckets[clip__bucket(t, clip__hash(t->vocab + token.start, token.size))]++;
    }
    for (b = 0; b <= buckets; b++) sum += t->buckets[b], t->buckets[b] = sum; // ends, each lowered to the start below
    for (id = (uint32_t)t->count; id--;) {
        clip__token token = t->tokens[id];
        clip__entry e;
        e.hash = clip__hash(t->vocab + token.start, token.size), e.id = id;
        t->entries[--t->buckets[clip__bucket(t, e.hash)]] = e;
    }
    for (b = 0; b < buckets; b++) clip__entry_sort(t, t->entries + t->buckets[b], t->buckets[b + 1] - t->buckets[b]);
}

static const char clip__special_text[CLIP__SPECIALS][7] = {"[CLS]", "[SEP]", "[PAD]", "[UNK]", "[MASK]"};

// The special token that s[0..n) begins with, or CLIP__SPECIALS.
static int clip__special_at(const unsigned char *s, size_t n) {
    for (int i = 0; i < CLIP__SPECIALS; i++) {
        size_t size = strlen(clip__special_text[i]);
        if (n >= size && !memcmp(s, clip__special_text[i], size)) return i;
    }
    return CLIP__SPECIALS;
}

// ----------------------------------------------------------------------------------------------------- >>wordpiece

enum { CLIP__WORD_MAX = 100 }; // characters; transformers: max_input_chars_per_word = 100

// The ids so far, and the word being read. At most WORD_MAX characters of it are kept: a longer one is [UNK] anyway.
typedef struct clip__wordpiece {
    const clip_tokenizer *t;
    int32_t *ids;
    size_t n, max;  // ids there are, ids there may be
    size_t chars;   // of the word, also those beyond WORD_MAX
    size_t size;    // bytes in word
    size_t settled; // of these, the ones that canonical ordering no longer moves
    unsigned char word[2 + CLIP__WORD_MAX * CLIP__UTF8_MAX]; // from [2] on; see clip__word_pieces
} clip__wordpiece;

static void clip__id_add(clip__wordpiece *w, int32_t id) {
    if (w->n < w->max) w->ids[w->n++] = id;
}

// Splits the word, of 1 to WORD_MAX characters, into pieces and adds their ids; 0 when a rest begins with no token.
static int clip__word_pieces(clip__wordpiece *w) {
    const clip_tokenizer *t = w->t;
    uint32_t hash[CLIP__WORD_MAX]; // of the piece up to and including its character i; tokens are of whole characters
    uint16_t end[CLIP__WORD_MAX];  // where that character ends
    size_t start = 2, stop = 2 + w->size;
    while (start < stop) {
        size_t i = start, n = 0;
        uint32_t h = CLIP__HASH_START;
        int32_t id = -1;
        // A piece inside a word is looked up with "##" before it: written over what precedes it, which has its id
        // already.
        if (start > 2) {
            start -= 2, w->word[start] = w->word[start + 1] = '#';
            h = clip__hash_step(clip__hash_step(h, '#'), '#');
        }
        while (i < stop && i - start < t->longest) {
            do h = clip__hash_step(h, w->word[i++]);
            while (i < stop && clip__utf8_continues(w->word[i]));
            hash[n] = h, end[n++] = (uint16_t)i;
        }
        while (n && id < 0) n--, id = clip__vocab_find(t, hash[n], w->word + start, end[n] - start);
        if (id < 0) return 0;
        clip__id_add(w, id);
        start = end[n];
    }
    return 1;
}

// Ends the word, if there is one, and adds its ids. All pieces are sought even where there is no room for them: a word
// whose last rest is unknown has [UNK] for its first id.
static void clip__word_end(clip__wordpiece *w) {
    size_t before = w->n;
    if (w->chars && w->n < w->max && (w->chars > CLIP__WORD_MAX || !clip__word_pieces(w))) {
        w->n = before;
        clip__id_add(w, w->t->specials[CLIP__UNK]);
    }
    w->chars = w->size = w->settled = 0;
}

// Adds a character to the word. A combining class (a kind above MARK_STARTER) puts it before the characters of a higher
// class that it follows: canonical ordering (Unicode 15, 3.11), done as they come. Dropped accents take no part in
// this.
static void clip__word_add(clip__wordpiece *w, uint32_t c, unsigned kind) {
    unsigned char *word = w->word + 2, bytes[CLIP__UTF8_MAX];
    size_t size, at = w->size;
    if (w->chars++ >= CLIP__WORD_MAX) return;
    if (kind > CLIP__MARK_STARTER) {
        while (at > w->settled) {
            uint32_t before;
            size_t start = clip__utf8_back(word, at);
            clip__utf8_get(word + start, at - start, &before);
            if (clip__unicode_kind(before) <= kind) break; // a starter too: no combining class is as low as its kind
            at = start;
        }
    }
    size = clip__utf8_put(bytes, c);
    memmove(word + at + size, word + at, w->size - at);
    memcpy(word + at, bytes, size);
    w->size += size;
}

static void clip__word_single(clip__wordpiece *w, uint32_t c) {
    clip__word_end(w);
    clip__word_add(w, c, CLIP__LETTER);
    clip__word_end(w);
}

// One code point of the text.
static void clip__wordpiece_add(clip__wordpiece *w, uint32_t c) {
    unsigned kind = clip__unicode_kind(c);
    uint32_t to[CLIP__FOLD_MAX];
    size_t n, i;
    if (kind == CLIP__DROP) return;
    if (kind == CLIP__SPACE || kind == CLIP__CJK) clip__word_end(w);
    if (kind == CLIP__SPACE) return;
    if (w->t->cased) {
        if (kind == CLIP__PUNCTUATION) clip__word_single(w, c);
        else clip__word_add(w, c, CLIP__LETTER);
    } else {
        n = clip__unicode_fold(c, to);
        for (i = 0; i < n; i++) {
            unsigned k = clip__unicode_kind(to[i]); // U+037E, Greek question mark, becomes ';'
            if (k == CLIP__PUNCTUATION) clip__word_single(w, to[i]);
            else if (k == CLIP__MARK_STARTER) w->settled = w->size;
            else if (k != CLIP__MARK) clip__word_add(w, to[i], k);
        }
    }
    if (kind == CLIP__CJK) clip__word_end(w);
}

// ----------------------------------------------------------------------------------------------------------- >>bpe

// A word's bytes are its first symbols. Of all neighbours that can be merged those of the lowest rank are, again and
// again (Sennrich et al. 2016, over bytes as Radford et al. 2019). A word may be long: WINDOW bytes of it are merged as
// if they were the whole, and the tokens that end in the first half of the window are taken; the next window begins
// behind them. Where one token of a word ends, what follows is merged as if the word began there, so this is the whole
// word's result, except if a chain of merges, each of which prevents the next, is longer than half a window.
enum { CLIP__WINDOW = 512 };

// What the regular expression of CLIP distinguishes.
enum { CLIP__OTHER, CLIP__ALPHA, CLIP__NUMBER, CLIP__BLANK };

// The longest text that is seen as a whole: <|startoftext|>.
enum { CLIP__AHEAD_MAX = 15 };

typedef struct clip__bpe {
    const clip_tokenizer *t;
    int32_t *ids;
    size_t n, max;         // ids there are, ids there may be
    size_t size;           // bytes of the word in the window
    int run;               // what the word is made of, or BLANK: between words
    size_t ahead_size;
    uint32_t ahead[CLIP__AHEAD_MAX]; // what may become a contraction or a special token
    unsigned char word[CLIP__WINDOW];
} clip__bpe;

// What a and b become, or NULL.
static const clip__merge *clip__merge_find(const clip_tokenizer *t, int32_t a, int32_t b) {
    uint32_t low = t->merges_of[a], high = t->merges_of[a + 1];
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (t->merges[middle].right == b) return t->merges + middle;
        if (t->merges[middle].right < b) low = middle + 1;
        else high = middle;
    }
    return NULL;
}

static uint32_t clip__merge_rank(const clip_tokenizer *t, int32_t a, int32_t b) {
    const clip__merge *m = clip__merge_find(t, a, b);
    return m ? m->rank : UINT32_MAX;
}

// Merges what is in the window and adds the ids: all at the end of the word, otherwise those of the first half.
static void clip__bpe_merge(clip__bpe *w, int end) {
    const clip_tokenizer *t = w->t;
    int32_t id[CLIP__WINDOW];
    uint32_t rank[CLIP__WINDOW]; // of id[i] with id[i + 1]
    uint16_t stop[CLIP__WINDOW]; // the byte where id[i] ends
    size_t n = w->size, i, k, taken = 0;
    for (i = 0; i < n; i++) {
        id[i] = t->letters[end && i + 1 == n][w->word[i]], stop[i] = (uint16_t)(i + 1);
        if (i) rank[i - 1] = clip__merge_rank(t, id[i - 1], id[i]);
    }
    while (n > 1) {
        uint32_t lowest = UINT32_MAX;
        for (i = 0; i + 1 < n; i++) lowest = rank[i] < lowest ? rank[i] : lowest;
        if (lowest == UINT32_MAX) break;
        // From left to right: k symbols are done. HuggingFace looks for the lowest rank anew after each merge, OpenAI
        // merges all that are the same first: another result where a merge stands before what its parts need.
        for (i = k = 0; i < n; i++, k++) {
            int merged = i + 1 < n && rank[i] == lowest;
            if (merged) id[k] = clip__merge_find(t, id[i], id[i + 1])->id, i++;
            else id[k] = id[i];
            stop[k] = stop[i], rank[k] = rank[i];
            if (k && (merged || i != k)) rank[k - 1] = clip__merge_rank(t, id[k - 1], id[k]);
            if (merged && i + 1 < n) rank[k] = clip__merge_rank(t, id[k], id[i + 1]);
            if (merged && t->cleaning == CLIP_CLEAN_HUGGINGFACE && ((k && rank[k - 1] < lowest) || rank[k] < lowest)) {
                for (i++, k++; i < n; i++, k++) id[k] = id[i], stop[k] = stop[i], rank[k] = rank[i];
                break;
            }
        }
        n = k;
    }
    for (i = 0; i < n && (end || !i || stop[i] <= CLIP__WINDOW / 2); i++) {
        if (w->n < w->max) w->ids[w->n++] = id[i];
        taken = stop[i];
    }
    memmove(w->word, w->word + taken, w->size - taken);
    w->size -= taken;
}

static void clip__bpe_end(clip__bpe *w) {
    while (w->size) clip__bpe_merge(w, 1);
    w->run = CLIP__BLANK;
}

static void clip__bpe_byte(clip__bpe *w, unsigned char byte) {
    if (w->size == CLIP__WINDOW) clip__bpe_merge(w, 0);
    w->word[w->size++] = byte;
}

// Adds c, of this class, to the word, or begins another. Only a number never goes on.
static void clip__bpe_letter(clip__bpe *w, uint32_t c, int run) {
    unsigned char bytes[CLIP__UTF8_MAX];
    size_t n, i;
    if (run != w->run || run == CLIP__NUMBER) clip__bpe_end(w);
    w->run = run;
    if (run == CLIP__BLANK) return;
    n = clip__utf8_put(bytes, c);
    for (i = 0; i < n; i++) clip__bpe_byte(w, bytes[i]);
}

static int clip__bpe_class(const clip_tokenizer *t, uint32_t c) {
    (void)t;
    if (c <= ' ') return CLIP__BLANK;
    if (c >= '0' && c <= '9') return CLIP__NUMBER;
    return (c >= 'a' && c <= 'z') || c >= 0x80 ? CLIP__ALPHA : CLIP__OTHER;
}

// Whether c[0..n) is the beginning of s, or the whole: then 2. OpenAI's expression ignores case, by which U+017F is s.
static int clip__bpe_begins(const clip__bpe *w, const char *s) {
    size_t i;
    for (i = 0; i < w->ahead_size; i++) {
        uint32_t c = w->ahead[i];
        if (c == 0x17F && w->t->cleaning == CLIP_CLEAN_OPENAI) c = 's';
        if (!s[i] || c != (unsigned char)s[i]) return 0;
    }
    return s[i] ? 1 : 2;
}

// A contraction or a special token is all there: a word of its own.
static void clip__bpe_found(clip__bpe *w, int special) {
    size_t i, n;
    if (special >= 0 && w->t->cleaning == CLIP_CLEAN_OPENAI) { // with U+017F for an s it is the word, not the token
        int as_it_is = 1;
        for (i = 0; i < w->ahead_size; i++) as_it_is &= w->ahead[i] < 128;
        if (as_it_is) {
            if (w->n < w->max) w->ids[w->n++] = w->t->specials[special];
            w->ahead_size = 0;
            return;
        }
    }
    for (i = 0, n = w->ahead_size; i < n; i++) { // HuggingFace splits <|startoftext|> into three words
        int letter = clip__bpe_class(w->t, w->ahead[i]) == CLIP__ALPHA;
        if (special < 0 || w->t->cleaning == CLIP_CLEAN_OPENAI) letter = CLIP__ALPHA;
        clip__bpe_letter(w, w->ahead[i], letter);
    }
    w->ahead_size = 0;
    clip__bpe_end(w);
}

// One code point of the cleaned text. The words are those of
// <|startoftext|> | <|endoftext|> | 's | 't | 're | 've | 'm | 'll | 'd | \p{L}+ | \p{N} | [^\s\p{L}\p{N}]+
static void clip__bpe_add(clip__bpe *w, uint32_t c) {
    static const char *const contractions[] = {"'s", "'t", "'re", "'ve", "'m", "'ll", "'d"};
    int run = clip__bpe_class(w->t, c), begins = 0, how, special = -1;
    size_t i;
    if (w->ahead_size || ((c == '\'' || c == '<') && w->run != CLIP__OTHER)) {
        if (!w->ahead_size) clip__bpe_end(w);
        w->ahead[w->ahead_size++] = c;
        for (i = 0; i < sizeof contractions / sizeof *contractions; i++) {
            how = clip__bpe_begins(w, contractions[i]);
            begins = how > begins ? how : begins;
        }
        for (i = 0; i < 2; i++) {
            how = clip__bpe_begins(w, w->t->special_text[i]);
            begins = how > begins ? how : begins;
            if (how == 2) special = (int)i;
        }
        if (begins == 2) clip__bpe_found(w, special);
        if (begins) return;
        // Neither: what was kept back is ordinary. Its first character begins a run, so that no other can begin here.
        w->ahead_size--;
        for (i = 0; i < w->ahead_size; i++) clip__bpe_letter(w, w->ahead[i], clip__bpe_class(w->t, w->ahead[i]));
        w->ahead_size = 0;
        if ((c == '\'' || c == '<') && w->run != CLIP__OTHER) { // it may be the beginning of one itself
            clip__bpe_end(w);
            w->ahead[w->ahead_size++] = c;
            return;
        }
    }
    clip__bpe_letter(w, c, run);
}

// The text, or the part of it before a special token, is over.
static void clip__bpe_flush(clip__bpe *w) {
    size_t i;
    for (i = 0; i < w->ahead_size; i++) clip__bpe_letter(w, w->ahead[i], clip__bpe_class(w->t, w->ahead[i]));
    w->ahead_size = 0;
    clip__bpe_end(w);
}

static size_t clip__bpe_encode(const clip_tokenizer *t, const unsigned char *s, size_t size, int32_t *ids, size_t max) {
    clip__bpe w;
    size_t i = 0;
    w.t = t, w.ids = ids, w.n = 0, w.max = max - 1; // one is for the end
    w.size = w.ahead_size = 0, w.run = CLIP__BLANK;
    w.ids[w.n++] = t->specials[CLIP__CLS];
    while (i < size && w.n < w.max) {
        uint32_t c;
        i += clip__utf8_get(s + i, size - i, &c);
        if (c >= 'A' && c <= 'Z') c += 'a' - 'A';
        clip__bpe_add(&w, c);
    }
    clip__bpe_flush(&w);
    w.ids[w.n++] = t->specials[CLIP__SEP];
    return w.n;
}

// The character that vocab.json has for a byte: itself where it is printable Latin-1, otherwise the next above U+0100.
static uint32_t clip__byte_letter(unsigned byte) {
    if ((byte > ' ' && byte < 0x7F) || (byte > 0xA0 && byte != 0xAD)) return byte;
    if (byte <= ' ') return 0x100 + byte;
    return byte == 0xAD ? 0x143 : 0x121 + byte - 0x7F; // 7F to A0 follow 00 to 20
}


// The id of a followed by b: of two pieces of a line of the merges, or of a letter and "</w>".
static int32_t clip__joined_id(const clip_tokenizer *t, const char *a, size_t a_size, const char *b, size_t b_size) {
    uint32_t hash = CLIP__HASH_START;
    unsigned char joined[1024];
    size_t i;
    if (a_size + b_size > sizeof joined || a_size + b_size > t->longest) return -1;
    memcpy(joined, a, a_size);
    memcpy(joined + a_size, b, b_size);
    for (i = 0; i < a_size + b_size; i++) hash = clip__hash_step(hash, joined[i]);
    return clip__vocab_find(t, hash, joined, a_size + b_size);
}

static int clip__merge_less(clip__merge a, clip__merge b) {
    return a.right != b.right ? a.right < b.right : a.rank < b.rank;
}

// Heapsort, as clip__entry_sort.
static void clip__merge_sort(clip__merge *m, size_t n) {
    size_t unheaped = n / 2, end = n, at, child;
    while (end > 1) {
        clip__merge sink;
        if (unheaped) sink = m[--unheaped];
        else sink = m[--end], m[end] = m[0];
        for (at = unheaped; (child = 2 * at + 1) < end; at = child) {
            if (child + 1 < end && clip__merge_less(m[child], m[child + 1])) child++;
            if (!clip__merge_less(sink, m[child])) break;
            m[at] = m[child];
        }
        m[at] = sink;
    }
}

// "merges, line 17: what is wrong", in the tokenizer's own memory.
static const char *clip__merge_wrong(clip_tokenizer *t, size_t line, const char *what) {
    static const char start[] = "merges, line ";
    char *out = t->message + sizeof start - 1, digits[24];
    size_t n = 0;
    memcpy(t->message, start, sizeof start);
    do digits[n++] = (char)('0' + line % 10);
    while (line /= 10);
    while (n) *out++ = digits[--n];
    *out++ = ':', *out++ = ' ';
    memcpy(out, what, strlen(what) + 1);
    return t->message;
}

// Left id, right id and result of each merge, by rank, are counted by their left ids, then sorted.
static const char *clip__bpe_init(clip_tokenizer *t, const clip_tokenizer_desc *desc) {
    static const char *const spellings[2][2] = {{"<|startoftext|>", "<|endoftext|>"},
                                                {"<start_of_text>", "<end_of_text>"}};
    size_t at, start, size, line, i, sum = 0;
    uint32_t rank = 0;
    int pass, spelling = clip_tokenizer_id(t, spellings[1][1], strlen(spellings[1][1])) >= 0;
    for (i = 0; i < 2; i++) {
        t->special_text[i] = spellings[spelling][i];
        t->specials[i] = clip_tokenizer_id(t, t->special_text[i], strlen(t->special_text[i]));
    }
    if (t->specials[CLIP__SEP] < 0) {
        if (clip_tokenizer_id(t, "[CLS]", 5) < 0) return "vocabulary has no <|endoftext|>";
        return "vocabulary has no <|endoftext|>, but [CLS]: it is one for WordPiece, not BPE";
    }
    if (t->specials[CLIP__CLS] < 0) return "vocabulary has no <|startoftext|>";
    if (desc->pad < 0 || (size_t)desc->pad >= t->count) return "pad is no id of the vocabulary";
    t->specials[CLIP__PAD] = desc->pad;
    t->specials[CLIP__UNK] = t->specials[CLIP__SEP];
    for (i = 0; i < 256; i++) {
        char letter[CLIP__UTF8_MAX];
        size = clip__utf8_put((unsigned char *)letter, clip__byte_letter((unsigned)i));
        for (pass = 0; pass < 2; pass++) {
            int32_t id = clip__joined_id(t, letter, size, "</w>", pass ? 4 : 0);
            t->letters[pass][i] = id < 0 ? t->specials[CLIP__UNK] : id;
        }
    }
    memset(t->merges_of, 0, (t->count + 1) * sizeof *t->merges_of);
    for (pass = 0; pass < 2; pass++) {
        for (at = line = rank = 0; clip__merge_next(desc, &at, &start, &size); rank++) {
            const char *a = desc->merges + start, *b = (const char *)memchr(a, ' ', size);
            size_t a_size = b ? (size_t)(b - a) : 0, b_size = b ? size - a_size - 1 : 0;
            int32_t left, right, id;
            if (!a_size || !b_size || memchr(++b, ' ', b_size)) {
                line = 1;
                for (i = 0; i < start; i++) line += desc->merges[i] == '\n';
                return clip__merge_wrong(t, line, "it is not two tokens with a space between them");
            }
            left = clip_tokenizer_id(t, a, a_size), right = clip_tokenizer_id(t, b, b_size);
            id = clip__joined_id(t, a, a_size, b, b_size);
            if (left < 0 || right < 0 || id < 0) {
                line = 1;
                for (i = 0; i < start; i++) line += desc->merges[i] == '\n';
                return clip__merge_wrong(t, line, left < 0    ? "its first token is not in the vocabulary"
                                                  : right < 0 ? "its second token is not in the vocabulary"
                                                              : "what it makes is not in the vocabulary");
            }
            if (!pass) t->merges_of[left]++;
            else {
                clip__merge *m = t->merges + --t->merges_of[left];
                m->right = right, m->id = id, m->rank = rank;
            }
        }
        for (i = 0; !pass && i <= t->count; i++) { // ends, each lowered to the start above
            sum += t->merges_of[i], t->merges_of[i] = (uint32_t)sum;
        }
    }
    if (!rank) return "no merges given";
    for (i = 0; i < t->count; i++) {
        clip__merge *m = t->merges + t->merges_of[i];
        size_t n = t->merges_of[i + 1] - t->merges_of[i], k;
        clip__merge_sort(m, n);
        for (k = 1; k < n; k++) { // a merge that comes twice has its last rank
            if (m[k - 1].right == m[k].right) m[k - 1].rank = m[k].rank;
        }
    }
    return NULL;
}

// ----------------------------------------------------------------------------------------------------------- >>api

CLIPDEF size_t clip_tokenizer_size(const clip_tokenizer_desc *desc) {
    clip__layout l;
    return clip__vocab_layout(desc, &l) ? l.memory : 0;
}

CLIPDEF const char *clip_tokenizer_init(const clip_tokenizer_desc *desc, void *memory, clip_tokenizer **out) {
    static const char *const lacks[CLIP__SPECIALS] = {"vocabulary has no [CLS]", "vocabulary has no [SEP]",
                                                      "vocabulary has no [PAD]", "vocabulary has no [UNK]", NULL};
    clip_tokenizer *t = (clip_tokenizer *)memory;
    const char *wrong = NULL;
    size_t size, start, end, i;
    clip__layout l;
    uint32_t c;
    if (!desc || !desc->vocab) return "no vocabulary given";
    if (!desc->vocab_size) return "vocabulary is empty";
    if (desc->kind == CLIP_BPE && (!desc->merges || !desc->merges_size)) return "no merges given";
    if (!clip__vocab_layout(desc, &l)) return "vocabulary is too large (2 GB)";
    if (!memory || !out) return "no memory given for the tokenizer";
    memset(t, 0, sizeof *t);
    t->count = l.count;
    t->vocab = (const unsigned char *)desc->vocab;
    t->cased = desc->cased != 0;
    t->kind = desc->kind, t->cleaning = desc->cleaning;
    t->shift = 32 - l.bits;
    t->tokens = (clip__token *)(void *)(t + 1);
    t->entries = (clip__entry *)(void *)(t->tokens + l.count);
    t->merges = (clip__merge *)(void *)(t->entries + l.count);
    t->merges_of = (uint32_t *)(void *)(t->merges + l.merges);
    t->buckets = t->merges_of + l.count + 1;

    for (i = 0; i < desc->vocab_size; i += size) {
        size = clip__utf8_get(t->vocab + i, desc->vocab_size - i, &c);
        if (c == CLIP__UTF8_BAD && size != 3) return "vocabulary is not UTF-8";
    }
    for (i = start = 0; i < t->count; i++, start = end + 1) {
        end = clip__vocab_line_end(desc, start);
        size = clip__vocab_trim(t->vocab + start, end - start);
        t->tokens[i].start = (uint32_t)start, t->tokens[i].size = (uint32_t)size;
        if (size > t->longest) t->longest = size;
    }
    clip__vocab_index(t);
    if (t->kind == CLIP_BPE) {
        wrong = clip__bpe_init(t, desc);
        if (!wrong) *out = t;
        return wrong;
    }
    for (i = 0; i < CLIP__SPECIALS; i++) {
        t->specials[i] = clip_tokenizer_id(t, clip__special_text[i], strlen(clip__special_text[i]));
        if (t->specials[i] < 0 && lacks[i]) {
            if (clip_tokenizer_id(t, "<|endoftext|>", 13) < 0) return lacks[i];
            return "vocabulary has no [CLS], but <|endoftext|>: it is one for BPE, not WordPiece";
        }
    }
    for (c = 0; c < 128; c++) {
        uint32_t to[CLIP__FOLD_MAX] = {c, 0, 0};
        if (!t->cased) clip__unicode_fold(c, to);
        t->ascii_kind[c] = (unsigned char)clip__unicode_kind(c);
        t->ascii_fold[c] = (unsigned char)to[0];
    }
    *out = t;
    return NULL;
}

CLIPDEF size_t clip_tokenizer_encode(const clip_tokenizer *t, const char *text, size_t text_size, int32_t *ids,
                                     size_t max_ids) {
    const unsigned char *s = (const unsigned char *)text;
    clip__wordpiece w;
    size_t i = 0;
    if (max_ids < 2) return 0;
    if (t->kind == CLIP_BPE) return clip__bpe_encode(t, s, text_size, ids, max_ids);
    w.t = t, w.ids = ids, w.n = 0, w.max = max_ids - 1; // one is for [SEP]
    w.chars = w.size = w.settled = 0;
    clip__id_add(&w, t->specials[CLIP__CLS]);
    while (i < text_size && w.n < w.max) {
        uint32_t c = s[i];
        if (c == '[') {
            int special = clip__special_at(s + i, text_size - i);
            if (special < CLIP__SPECIALS && t->specials[special] >= 0) {
                clip__word_end(&w);
                clip__id_add(&w, t->specials[special]);
                i += strlen(clip__special_text[special]);
                continue;
            }
        }
        if (c < 128 && t->ascii_kind[c] == CLIP__LETTER) { // most of most texts
            if (w.chars++ < CLIP__WORD_MAX) w.word[2 + w.size++] = t->ascii_fold[c];
            i++;
            continue;
        }
        i += clip__utf8_get(s + i, text_size - i, &c);
        clip__wordpiece_add(&w, c);
    }
    clip__word_end(&w);
    w.max = max_ids;
    clip__id_add(&w, t->specials[CLIP__SEP]);
    return w.n;
}

CLIPDEF size_t clip_tokenizer_pad(const clip_tokenizer *t, int32_t *ids, unsigned char *mask, size_t n, size_t length) {
    for (size_t i = n; i < length; i++) ids[i] = t->specials[CLIP__PAD];
    for (size_t i = 0; mask && i < length; i++) mask[i] = i < n;
    return length;
}

CLIPDEF const char *clip_tokenizer_token(const clip_tokenizer *t, int32_t id, size_t *size) {
    if (id < 0 || (size_t)id >= t->count) return NULL;
    *size = t->tokens[id].size;
    return (const char *)t->vocab + t->tokens[id].start;
}

CLIPDEF int32_t clip_tokenizer_id(const clip_tokenizer *t, const char *token, size_t size) {
    const unsigned char *s = (const unsigned char *)token;
    return clip__vocab_find(t, clip__hash(s, size), s, size);
}

CLIPDEF size_t clip_tokenizer_count(const clip_tokenizer *t) { return t->count; }

CLIPDEF int32_t clip_tokenizer_end(const clip_tokenizer *t) { return t->specials[CLIP__SEP]; }

// What clip_tokenizer_decode writes: counted also where there is no room.
typedef struct clip__out {
    unsigned char *text;
    size_t max, size; // bytes there may be (0 included), bytes of the whole
    size_t kept;      // bytes written, of whole characters
} clip__out;

static void clip__out_add(clip__out *o, uint32_t c) {
    unsigned char bytes[CLIP__UTF8_MAX];
    size_t n = clip__utf8_put(bytes, c);
    if (o->kept == o->size && o->size + n < o->max) memcpy(o->text + o->size, bytes, n), o->kept += n;
    o->size += n;
}

CLIPDEF size_t clip_tokenizer_decode(const clip_tokenizer *t, const int32_t *ids, size_t n, char *text, size_t max) {
    clip__out o;
    size_t i, k, size;
    o.text = (unsigned char *)text, o.max = max, o.size = o.kept = 0;
    for (i = 0; i < n; i++) {
        const unsigned char *s = (const unsigned char *)clip_tokenizer_token(t, ids[i], &size);
        uint32_t c;
        if (!s || ids[i] == t->specials[CLIP__CLS] || ids[i] == t->specials[CLIP__SEP]) continue;
        for (k = 0; k < size;) k += clip__utf8_get(s + k, size - k, &c), clip__out_add(&o, c);
    }
    if (max) text[o.kept] = 0;
    return o.size;
}

// ------------------------------------------------------------------------------------------------------- >>unicode

// >>unicode-tables begin
// Written by tools/make_unicode.py, which measured it on tokenizers 0.23.3; do not edit.

// Code point << 8 | kind, where the kind holds up to the next entry's code point.
static const uint32_t clip__unicode_kinds[935] = {
    1, 0x902, 0xb01, 0xd02, 0xe01, 0x2002, 0x2104, 0x3000, 0x3a04, 0x4100, 0x5b04, 0x6100, 0x7b04, 0x7f01, 0xa002,
    0xa104, 0xa200, 0xa704, 0xa800, 0xab04, 0xac00, 0xad01, 0xae00, 0xb604, 0xb800, 0xbb04, 0xbc00, 0xbf04, 0xc000,
    0x30005, 0x34f06, 0x35005, 0x37000, 0x37e04, 0x37f00, 0x38704, 0x38800, 0x48305, 0x48800, 0x55a04, 0x56000, 0x58904,
    0x58b00, 0x59105, 0x5be04, 0x5bf05, 0x5c004, 0x5c105, 0x5c304, 0x5c405, 0x5c604, 0x5c705, 0x5c800, 0x5f304, 0x5f500,
    0x60001, 0x60600, 0x60904, 0x60b00, 0x60c04, 0x60e00, 0x61005, 0x61b04, 0x61c01, 0x61d00, 0x61e04, 0x62000, 0x64b05,
    0x66000, 0x66a04, 0x66e00, 0x67005, 0x67100, 0x6d404, 0x6d500, 0x6d605, 0x6dd01, 0x6de00, 0x6df05, 0x6e500, 0x6e705,
    0x6e900, 0x6ea05, 0x6ee00, 0x70004, 0x70e00, 0x70f01, 0x71000, 0x71105, 0x71200, 0x73005, 0x74b00, 0x7a606, 0x7b100,
    0x7eb05, 0x7f400, 0x7f704, 0x7fa00, 0x81605, 0x81a00, 0x81b05, 0x82400, 0x82505, 0x82800, 0x82905, 0x82e00, 0x83004,
    0x83f00, 0x85905, 0x85c00, 0x85e04, 0x85f00, 0x8d4e6, 0x8e200, 0x8e305, 0x90006, 0x90300, 0x93a06, 0x93b00, 0x93c05,
    0x93d00, 0x94106, 0x94900, 0x94d05, 0x94e00, 0x95105, 0x95506, 0x95800, 0x96206, 0x96404, 0x96600, 0x97004, 0x97100,
    0x98106, 0x98200, 0x9bc05, 0x9bd00, 0x9c106, 0x9c500, 0x9cd05, 0x9ce00, 0x9e206, 0x9e400, 0xa0106, 0xa0300, 0xa3c05,
    0xa3d00, 0xa4106, 0xa4300, 0xa4706, 0xa4900, 0xa4b06, 0xa4d05, 0xa4e00, 0xa5106, 0xa5200, 0xa7006, 0xa7200, 0xa7506,
    0xa7600, 0xa8106, 0xa8300, 0xabc05, 0xabd00, 0xac106, 0xac600, 0xac706, 0xac900, 0xacd05, 0xace00, 0xae206, 0xae400,
    0xaf004, 0xaf100, 0xb0106, 0xb0200, 0xb3c05, 0xb3d00, 0xb3f06, 0xb4000, 0xb4106, 0xb4500, 0xb4d05, 0xb4e00, 0xb5606,
    0xb5700, 0xb6206, 0xb6400, 0xb8206, 0xb8300, 0xbc006, 0xbc100, 0xbcd05, 0xbce00, 0xc0006, 0xc0100, 0xc3e06, 0xc4100,
    0xc4606, 0xc4900, 0xc4a06, 0xc4d05, 0xc4e00, 0xc5505, 0xc5700, 0xc6206, 0xc6400, 0xc8106, 0xc8200, 0xcbc05, 0xcbd00,
    0xcbf06, 0xcc000, 0xcc606, 0xcc700, 0xccc06, 0xccd05, 0xcce00, 0xce206, 0xce400, 0xd0106, 0xd0200, 0xd4106, 0xd4500,
    0xd4d05, 0xd4e00, 0xd6206, 0xd6400, 0xdca05, 0xdcb00, 0xdd206, 0xdd500, 0xdd606, 0xdd700, 0xdf404, 0xdf500, 0xe3106,
    0xe3200, 0xe3406, 0xe3805, 0xe3b00, 0xe4706, 0xe4805, 0xe4c06, 0xe4f04, 0xe5000, 0xe5a04, 0xe5c00, 0xeb106, 0xeb200,
    0xeb406, 0xeb805, 0xeba00, 0xebb06, 0xebd00, 0xec805, 0xecc06, 0xece00, 0xf0404, 0xf1300, 0xf1404, 0xf1500, 0xf1805,
    0xf1a00, 0xf3505, 0xf3600, 0xf3705, 0xf3800, 0xf3905, 0xf3a04, 0xf3e00, 0xf7105, 0xf7606, 0xf7a05, 0xf7e06, 0xf7f00,
    0xf8005, 0xf8504, 0xf8605, 0xf8800, 0xf8d06, 0xf9800, 0xf9906, 0xfbd00, 0xfc605, 0xfc700, 0xfd004, 0xfd500, 0xfd904,
    0xfdb00, 0x102d06, 0x103100, 0x103206, 0x103705, 0x103800, 0x103905, 0x103b00, 0x103d06, 0x103f00, 0x104a04,
    0x105000, 0x105806, 0x105a00, 0x105e06, 0x106100, 0x107106, 0x107500, 0x108206, 0x108300, 0x108506, 0x108700,
    0x108d05, 0x108e00, 0x109d06, 0x109e00, 0x10fb04, 0x10fc00, 0x135d05, 0x136004, 0x136900, 0x140004, 0x140100,
    0x166d04, 0x166f00, 0x168002, 0x168100, 0x169b04, 0x169d00, 0x16eb04, 0x16ee00, 0x171206, 0x171405, 0x171500,
    0x173206, 0x173405, 0x173504, 0x173700, 0x175206, 0x175400, 0x177206, 0x177400, 0x17b406, 0x17b600, 0x17b706,
    0x17be00, 0x17c606, 0x17c700, 0x17c906, 0x17d205, 0x17d306, 0x17d404, 0x17d700, 0x17d804, 0x17db00, 0x17dd05,
    0x17de00, 0x180004, 0x180b06, 0x180e01, 0x180f00, 0x18a905, 0x18aa00, 0x192006, 0x192300, 0x192706, 0x192900,
    0x193206, 0x193300, 0x193905, 0x193c00, 0x194404, 0x194600, 0x1a1705, 0x1a1900, 0x1a1b06, 0x1a1c00, 0x1a1e04,
    0x1a2000, 0x1a5606, 0x1a5700, 0x1a5806, 0x1a5f00, 0x1a6005, 0x1a6100, 0x1a6206, 0x1a6300, 0x1a6506, 0x1a6d00,
    0x1a7306, 0x1a7505, 0x1a7d00, 0x1a7f05, 0x1a8000, 0x1aa004, 0x1aa700, 0x1aa804, 0x1aae00, 0x1ab005, 0x1abe00,
    0x1b0006, 0x1b0400, 0x1b3405, 0x1b3500, 0x1b3606, 0x1b3b00, 0x1b3c06, 0x1b3d00, 0x1b4206, 0x1b4300, 0x1b4409,
    0x1b4500, 0x1b5a04, 0x1b6100, 0x1b6b05, 0x1b7400, 0x1b8006, 0x1b8200, 0x1ba206, 0x1ba600, 0x1ba806, 0x1baa09,
    0x1bab05, 0x1bac06, 0x1bae00, 0x1be605, 0x1be700, 0x1be806, 0x1bea00, 0x1bed06, 0x1bee00, 0x1bef06, 0x1bf209,
    0x1bf400, 0x1bfc04, 0x1c0000, 0x1c2c06, 0x1c3400, 0x1c3606, 0x1c3705, 0x1c3800, 0x1c3b04, 0x1c4000, 0x1c7e04,
    0x1c8000, 0x1cc004, 0x1cc800, 0x1cd005, 0x1cd304, 0x1cd405, 0x1ce100, 0x1ce205, 0x1ce900, 0x1ced05, 0x1cee00,
    0x1cf405, 0x1cf500, 0x1cf805, 0x1cfa00, 0x1dc005, 0x1df600, 0x1dfbe6, 0x1dfc05, 0x1e0000, 0x200002, 0x200b01,
    0x201004, 0x202802, 0x202a01, 0x202f02, 0x203004, 0x204400, 0x204504, 0x205200, 0x205304, 0x205f02, 0x206001,
    0x206500, 0x206601, 0x207000, 0x207d04, 0x207f00, 0x208d04, 0x208f00, 0x20d005, 0x20dd00, 0x20e105, 0x20e200,
    0x20e505, 0x20f100, 0x230804, 0x230c00, 0x232904, 0x232b00, 0x276804, 0x277600, 0x27c504, 0x27c700, 0x27e604,
    0x27f000, 0x298304, 0x299900, 0x29d804, 0x29dc00, 0x29fc04, 0x29fe00, 0x2cef05, 0x2cf200, 0x2cf904, 0x2cfd00,
    0x2cfe04, 0x2d0000, 0x2d7004, 0x2d7100, 0x2d7f05, 0x2d8000, 0x2de005, 0x2e0004, 0x2e2f00, 0x2e3004, 0x2e4300,
    0x300002, 0x300104, 0x300400, 0x300804, 0x301200, 0x301404, 0x302000, 0x302a05, 0x302ee0, 0x303004, 0x303100,
    0x303d04, 0x303e00, 0x309905, 0x309b00, 0x30a004, 0x30a100, 0x30fb04, 0x30fc00, 0x340003, 0x4dc000, 0x4e0003,
    0xa00000, 0xa4fe04, 0xa50000, 0xa60d04, 0xa61000, 0xa66f05, 0xa67000, 0xa67304, 0xa67405, 0xa67e04, 0xa67f00,
    0xa69e05, 0xa6a000, 0xa6f005, 0xa6f204, 0xa6f800, 0xa80206, 0xa80300, 0xa80605, 0xa80700, 0xa80b06, 0xa80c00,
    0xa82506, 0xa82700, 0xa87404, 0xa87800, 0xa8c405, 0xa8c500, 0xa8ce04, 0xa8d000, 0xa8e005, 0xa8f200, 0xa8f804,
    0xa8fb00, 0xa8fc04, 0xa8fd00, 0xa92606, 0xa92b05, 0xa92e04, 0xa93000, 0xa94706, 0xa95200, 0xa95309, 0xa95400,
    0xa95f04, 0xa96000, 0xa98006, 0xa98300, 0xa9b305, 0xa9b400, 0xa9b606, 0xa9ba00, 0xa9bc06, 0xa9bd00, 0xa9c009,
    0xa9c104, 0xa9ce00, 0xa9de04, 0xa9e000, 0xa9e506, 0xa9e600, 0xaa2906, 0xaa2f00, 0xaa3106, 0xaa3300, 0xaa3506,
    0xaa3700, 0xaa4306, 0xaa4400, 0xaa4c06, 0xaa4d00, 0xaa5c04, 0xaa6000, 0xaa7c06, 0xaa7d00, 0xaab005, 0xaab100,
    0xaab205, 0xaab500, 0xaab705, 0xaab900, 0xaabe05, 0xaac000, 0xaac105, 0xaac200, 0xaade04, 0xaae000, 0xaaec06,
    0xaaee00, 0xaaf004, 0xaaf200, 0xaaf605, 0xaaf700, 0xabe506, 0xabe600, 0xabe806, 0xabe900, 0xabeb04, 0xabec00,
    0xabed05, 0xabee00, 0xe00001, 0xf90003, 0xfb0000, 0xfb1e05, 0xfb1f00, 0xfd3e04, 0xfd4000, 0xfe0006, 0xfe1004,
    0xfe1a00, 0xfe2005, 0xfe3004, 0xfe5300, 0xfe5404, 0xfe6200, 0xfe6304, 0xfe6400, 0xfe6804, 0xfe6900, 0xfe6a04,
    0xfe6c00, 0xfeff01, 0xff0000, 0xff0104, 0xff0400, 0xff0504, 0xff0b00, 0xff0c04, 0xff1000, 0xff1a04, 0xff1c00,
    0xff1f04, 0xff2100, 0xff3b04, 0xff3e00, 0xff3f04, 0xff4000, 0xff5b04, 0xff5c00, 0xff5d04, 0xff5e00, 0xff5f04,
    0xff6600, 0xfff901, 0xfffc00, 0xfffd01, 0xfffe00, 0x1010004, 0x1010300, 0x101fd05, 0x101fe00, 0x102e005, 0x102e100,
    0x1037605, 0x1037b00, 0x1039f04, 0x103a000, 0x103d004, 0x103d100, 0x1056f04, 0x1057000, 0x1085704, 0x1085800,
    0x1091f04, 0x1092000, 0x1093f04, 0x1094000, 0x10a0106, 0x10a0400, 0x10a0506, 0x10a0700, 0x10a0c06, 0x10a0d05,
    0x10a0e06, 0x10a0f05, 0x10a1000, 0x10a3805, 0x10a3b00, 0x10a3f05, 0x10a4000, 0x10a5004, 0x10a5900, 0x10a7f04,
    0x10a8000, 0x10ae505, 0x10ae700, 0x10af004, 0x10af700, 0x10b3904, 0x10b4000, 0x10b9904, 0x10b9d00, 0x1100106,
    0x1100200, 0x1103806, 0x1104605, 0x1104704, 0x1104e00, 0x1107f05, 0x1108006, 0x1108200, 0x110b306, 0x110b700,
    0x110b905, 0x110bb04, 0x110bd01, 0x110be04, 0x110c200, 0x1110005, 0x1110300, 0x1112706, 0x1112c00, 0x1112d06,
    0x1113305, 0x1113500, 0x1114004, 0x1114400, 0x1117305, 0x1117404, 0x1117600, 0x1118006, 0x1118200, 0x111b606,
    0x111bf00, 0x111c009, 0x111c100, 0x111c504, 0x111ca05, 0x111cb06, 0x111cd04, 0x111ce00, 0x111db04, 0x111dc00,
    0x111dd04, 0x111e000, 0x1122f06, 0x1123200, 0x1123406, 0x1123509, 0x1123605, 0x1123706, 0x1123804, 0x1123e00,
    0x112a904, 0x112aa00, 0x112df06, 0x112e000, 0x112e306, 0x112e905, 0x112eb00, 0x1130006, 0x1130200, 0x1133c05,
    0x1133d00, 0x1134006, 0x1134100, 0x1134d09, 0x1134e00, 0x1136605, 0x1136d00, 0x1137005, 0x1137500, 0x1144209,
    0x1144300, 0x1144607, 0x1144700, 0x114b306, 0x114b900, 0x114ba06, 0x114bb00, 0x114bf06, 0x114c100, 0x114c205,
    0x114c400, 0x114c604, 0x114c700, 0x115b206, 0x115b600, 0x115bc06, 0x115be00, 0x115bf05, 0x115c104, 0x115d800,
    0x115dc06, 0x115de00, 0x1163306, 0x1163b00, 0x1163d06, 0x1163e00, 0x1163f05, 0x1164006, 0x1164104, 0x1164400,
    0x116ab06, 0x116ac00, 0x116ad06, 0x116ae00, 0x116b006, 0x116b609, 0x116b705, 0x116b800, 0x1171d06, 0x1172000,
    0x1172206, 0x1172600, 0x1172706, 0x1172b05, 0x1172c00, 0x1173c04, 0x1173f00, 0x11c3f09, 0x11c4000, 0x1247004,
    0x1247500, 0x16a6e04, 0x16a7000, 0x16af005, 0x16af504, 0x16af600, 0x16b3005, 0x16b3704, 0x16b3c00, 0x16b4404,
    0x16b4500, 0x16f8f06, 0x16f9300, 0x1bc9d06, 0x1bc9e05, 0x1bc9f04, 0x1bca001, 0x1bca400, 0x1d165d8, 0x1d16705,
    0x1d16a00, 0x1d16de2, 0x1d16ed8, 0x1d17301, 0x1d17b05, 0x1d18300, 0x1d18505, 0x1d18c00, 0x1d1aa05, 0x1d1ae00,
    0x1d24205, 0x1d24500, 0x1da0006, 0x1da3700, 0x1da3b06, 0x1da6d00, 0x1da7506, 0x1da7600, 0x1da8406, 0x1da8500,
    0x1da8704, 0x1da8c00, 0x1da9b06, 0x1daa000, 0x1daa106, 0x1dab000, 0x1e000e6, 0x1e00700, 0x1e008e6, 0x1e01900,
    0x1e01be6, 0x1e02200, 0x1e023e6, 0x1e02500, 0x1e026e6, 0x1e02b00, 0x1e8d005, 0x1e8d700, 0x1e944e6, 0x1e94a07,
    0x1e94b00, 0x2000003, 0x2a6e000, 0x2a70003, 0x2b82000, 0x2b92003, 0x2ceb000, 0x2f80003, 0x2fa2000, 0xe000101,
    0xe000200, 0xe002001, 0xe008000, 0xe010006, 0xe01f000, 0xf000001, 0xffffe00, 0x10000001, 0x10fffe00,
};

// Uncased: `count` code points from `first` on become themselves + delta or, where list is not 0, fold_list[list...].
static const struct {
    uint32_t first;
    uint16_t count, list;
    int32_t delta;
} clip__unicode_folds[113] = {
    {0x41, 26, 0, 32}, {0xc0, 253, 1, 0}, {0x1c4, 112, 254, 0}, {0x23a, 21, 366, 0}, {0x370, 7, 387, 0},
    {0x37e, 2, 394, 0}, {0x385, 12, 396, 0}, {0x391, 17, 0, 32}, {0x3a3, 7, 0, 32}, {0x3aa, 7, 408, 0},
    {0x3ca, 37, 415, 0}, {0x3f4, 28, 452, 0}, {0x410, 9, 0, 32}, {0x419, 1, 480, 0}, {0x41a, 22, 0, 32},
    {0x439, 1, 481, 0}, {0x450, 49, 482, 0}, {0x48a, 165, 531, 0}, {0x531, 38, 0, 48}, {0x622, 5, 696, 0},
    {0x6c0, 3, 701, 0}, {0x6d3, 1, 704, 0}, {0x929, 1, 705, 0}, {0x931, 4, 706, 0}, {0x958, 8, 710, 0},
    {0x9cb, 2, 718, 0}, {0x9dc, 4, 720, 0}, {0xa33, 4, 724, 0}, {0xa59, 6, 728, 0}, {0xb48, 5, 734, 0},
    {0xb5c, 2, 739, 0}, {0xb94, 1, 741, 0}, {0xbca, 3, 742, 0}, {0xcc0, 1, 745, 0}, {0xcc7, 5, 746, 0},
    {0xd4a, 3, 751, 0}, {0xdda, 5, 754, 0}, {0xf43, 1, 759, 0}, {0xf4d, 16, 760, 0}, {0xf69, 1, 776, 0},
    {0x1026, 1, 777, 0}, {0x10a0, 38, 0, 7264}, {0x10c7, 1, 778, 0}, {0x10cd, 1, 779, 0}, {0x13a0, 80, 0, 38864},
    {0x13f0, 6, 0, 8}, {0x1b06, 13, 780, 0}, {0x1b3b, 9, 793, 0}, {0x1c89, 1, 802, 0}, {0x1c90, 43, 0, -3008},
    {0x1cbd, 3, 803, 0}, {0x1e00, 510, 806, 0}, {0x2126, 6, 1316, 0}, {0x2132, 1, 1322, 0}, {0x2160, 16, 0, 16},
    {0x2183, 1, 1323, 0}, {0x219a, 2, 1324, 0}, {0x21ae, 1, 1326, 0}, {0x21cd, 3, 1327, 0}, {0x2204, 9, 1330, 0},
    {0x2224, 3, 1339, 0}, {0x2241, 9, 1342, 0}, {0x2260, 3, 1351, 0}, {0x226d, 13, 1354, 0}, {0x2280, 10, 1367, 0},
    {0x22ac, 4, 1377, 0}, {0x22e0, 4, 1381, 0}, {0x22ea, 4, 1385, 0}, {0x2329, 2, 1389, 0}, {0x24b6, 26, 0, 26},
    {0x2adc, 1, 1391, 0}, {0x2c00, 48, 0, 48}, {0x2c60, 22, 1392, 0}, {0x2c7e, 101, 1414, 0}, {0x2ceb, 8, 1515, 0},
    {0x304c, 30, 1523, 0}, {0x3070, 14, 1553, 0}, {0x3094, 1, 1567, 0}, {0x309e, 1, 1568, 0}, {0x30ac, 30, 1569, 0},
    {0x30d0, 14, 1599, 0}, {0x30f4, 11, 1613, 0}, {0xa640, 45, 1624, 0}, {0xa680, 27, 1669, 0}, {0xa722, 77, 1696, 0},
    {0xa779, 100, 1773, 0}, {0xa7f5, 1, 1873, 0}, {0xf900, 474, 1874, 0}, {0xfb1d, 3, 2348, 0}, {0xfb2a, 6, 2351, 0},
    {0xfb30, 7, 0, -62816}, {0xfb38, 23, 2357, 0}, {0xff21, 26, 0, 32}, {0x10400, 40, 0, 40}, {0x104b0, 36, 0, 40},
    {0x10570, 11, 0, 39}, {0x1057c, 15, 0, 39}, {0x1058c, 7, 0, 39}, {0x10594, 2, 2380, 0}, {0x10c80, 51, 0, 64},
    {0x10d50, 22, 0, 32}, {0x1109a, 3, 2382, 0}, {0x110ab, 1, 2385, 0}, {0x1134b, 2, 2386, 0}, {0x114bb, 4, 2388, 0},
    {0x115ba, 2, 2392, 0}, {0x118a0, 32, 0, 32}, {0x16e40, 32, 0, 32}, {0x16ea0, 25, 0, 27}, {0x1d15e, 7, 2394, 0},
    {0x1d1bb, 6, 2401, 0}, {0x1e900, 34, 0, 34}, {0x2f800, 542, 2407, 0},
};

// A code point, or 0xD800 + a row of fold_rows.
static const uint16_t clip__unicode_fold_list[2949] = {
    0, 0x61, 0x61, 0x61, 0x61, 0x61, 0x61, 0xe6, 0x63, 0x65, 0x65, 0x65, 0x65, 0x69, 0x69, 0x69, 0x69, 0xf0, 0x6e, 0x6f,
    0x6f, 0x6f, 0x6f, 0x6f, 0xd7, 0xf8, 0x75, 0x75, 0x75, 0x75, 0x79, 0xfe, 0xdf, 0x61, 0x61, 0x61, 0x61, 0x61, 0x61,
    0xe6, 0x63, 0x65, 0x65, 0x65, 0x65, 0x69, 0x69, 0x69, 0x69, 0xf0, 0x6e, 0x6f, 0x6f, 0x6f, 0x6f, 0x6f, 0xf7, 0xf8,
    0x75, 0x75, 0x75, 0x75, 0x79, 0xfe, 0x79, 0x61, 0x61, 0x61, 0x61, 0x61, 0x61, 0x63, 0x63, 0x63, 0x63, 0x63, 0x63,
    0x63, 0x63, 0x64, 0x64, 0x111, 0x111, 0x65, 0x65, 0x65, 0x65, 0x65, 0x65, 0x65, 0x65, 0x65, 0x65, 0x67, 0x67, 0x67,
    0x67, 0x67, 0x67, 0x67, 0x67, 0x68, 0x68, 0x127, 0x127, 0x69, 0x69, 0x69, 0x69, 0x69, 0x69, 0x69, 0x69, 0x69, 0x131,
    0x133, 0x133, 0x6a, 0x6a, 0x6b, 0x6b, 0x138, 0x6c, 0x6c, 0x6c, 0x6c, 0x6c, 0x6c, 0x140, 0x140, 0x142, 0x142, 0x6e,
    0x6e, 0x6e, 0x6e, 0x6e, 0x6e, 0x149, 0x14b, 0x14b, 0x6f, 0x6f, 0x6f, 0x6f, 0x6f, 0x6f, 0x153, 0x153, 0x72, 0x72,
    0x72, 0x72, 0x72, 0x72, 0x73, 0x73, 0x73, 0x73, 0x73, 0x73, 0x73, 0x73, 0x74, 0x74, 0x74, 0x74, 0x167, 0x167, 0x75,
    0x75, 0x75, 0x75, 0x75, 0x75, 0x75, 0x75, 0x75, 0x75, 0x75, 0x75, 0x77, 0x77, 0x79, 0x79, 0x79, 0x7a, 0x7a, 0x7a,
    0x7a, 0x7a, 0x7a, 0x17f, 0x180, 0x253, 0x183, 0x183, 0x185, 0x185, 0x254, 0x188, 0x188, 0x256, 0x257, 0x18c, 0x18c,
    0x18d, 0x1dd, 0x259, 0x25b, 0x192, 0x192, 0x260, 0x263, 0x195, 0x269, 0x268, 0x199, 0x199, 0x19a, 0x19b, 0x26f,
    0x272, 0x19e, 0x275, 0x6f, 0x6f, 0x1a3, 0x1a3, 0x1a5, 0x1a5, 0x280, 0x1a8, 0x1a8, 0x283, 0x1aa, 0x1ab, 0x1ad, 0x1ad,
    0x288, 0x75, 0x75, 0x28a, 0x28b, 0x1b4, 0x1b4, 0x1b6, 0x1b6, 0x292, 0x1b9, 0x1b9, 0x1ba, 0x1bb, 0x1bd, 0x1c6, 0x1c6,
    0x1c6, 0x1c9, 0x1c9, 0x1c9, 0x1cc, 0x1cc, 0x1cc, 0x61, 0x61, 0x69, 0x69, 0x6f, 0x6f, 0x75, 0x75, 0x75, 0x75, 0x75,
    0x75, 0x75, 0x75, 0x75, 0x75, 0x1dd, 0x61, 0x61, 0x61, 0x61, 0xe6, 0xe6, 0x1e5, 0x1e5, 0x67, 0x67, 0x6b, 0x6b, 0x6f,
    0x6f, 0x6f, 0x6f, 0x292, 0x292, 0x6a, 0x1f3, 0x1f3, 0x1f3, 0x67, 0x67, 0x195, 0x1bf, 0x6e, 0x6e, 0x61, 0x61, 0xe6,
    0xe6, 0xf8, 0xf8, 0x61, 0x61, 0x61, 0x61, 0x65, 0x65, 0x65, 0x65, 0x69, 0x69, 0x69, 0x69, 0x6f, 0x6f, 0x6f, 0x6f,
    0x72, 0x72, 0x72, 0x72, 0x75, 0x75, 0x75, 0x75, 0x73, 0x73, 0x74, 0x74, 0x21d, 0x21d, 0x68, 0x68, 0x19e, 0x221,
    0x223, 0x223, 0x225, 0x225, 0x61, 0x61, 0x65, 0x65, 0x6f, 0x6f, 0x6f, 0x6f, 0x6f, 0x6f, 0x6f, 0x6f, 0x79, 0x79,
    0x2c65, 0x23c, 0x23c, 0x19a, 0x2c66, 0x23f, 0x240, 0x242, 0x242, 0x180, 0x289, 0x28c, 0x247, 0x247, 0x249, 0x249,
    0x24b, 0x24b, 0x24d, 0x24d, 0x24f, 0x371, 0x371, 0x373, 0x373, 0x2b9, 0x375, 0x377, 0x3b, 0x3f3, 0xa8, 0x3b1, 0xb7,
    0x3b5, 0x3b7, 0x3b9, 0x38b, 0x3bf, 0x38d, 0x3c5, 0x3c9, 0x3b9, 0x3b9, 0x3c5, 0x3b1, 0x3b5, 0x3b7, 0x3b9, 0x3c5,
    0x3b9, 0x3c5, 0x3bf, 0x3c5, 0x3c9, 0x3d7, 0x3d0, 0x3d1, 0x3d2, 0x3d2, 0x3d2, 0x3d5, 0x3d6, 0x3d7, 0x3d9, 0x3d9,
    0x3db, 0x3db, 0x3dd, 0x3dd, 0x3df, 0x3df, 0x3e1, 0x3e1, 0x3e3, 0x3e3, 0x3e5, 0x3e5, 0x3e7, 0x3e7, 0x3e9, 0x3e9,
    0x3eb, 0x3eb, 0x3ed, 0x3ed, 0x3ef, 0x3b8, 0x3f5, 0x3f6, 0x3f8, 0x3f8, 0x3f2, 0x3fb, 0x3fb, 0x3fc, 0x37b, 0x37c,
    0x37d, 0x435, 0x435, 0x452, 0x433, 0x454, 0x455, 0x456, 0x456, 0x458, 0x459, 0x45a, 0x45b, 0x43a, 0x438, 0x443,
    0x45f, 0x438, 0x438, 0x435, 0x435, 0x452, 0x433, 0x454, 0x455, 0x456, 0x456, 0x458, 0x459, 0x45a, 0x45b, 0x43a,
    0x438, 0x443, 0x45f, 0x461, 0x461, 0x463, 0x463, 0x465, 0x465, 0x467, 0x467, 0x469, 0x469, 0x46b, 0x46b, 0x46d,
    0x46d, 0x46f, 0x46f, 0x471, 0x471, 0x473, 0x473, 0x475, 0x475, 0x475, 0x475, 0x479, 0x479, 0x47b, 0x47b, 0x47d,
    0x47d, 0x47f, 0x47f, 0x481, 0x48b, 0x48b, 0x48d, 0x48d, 0x48f, 0x48f, 0x491, 0x491, 0x493, 0x493, 0x495, 0x495,
    0x497, 0x497, 0x499, 0x499, 0x49b, 0x49b, 0x49d, 0x49d, 0x49f, 0x49f, 0x4a1, 0x4a1, 0x4a3, 0x4a3, 0x4a5, 0x4a5,
    0x4a7, 0x4a7, 0x4a9, 0x4a9, 0x4ab, 0x4ab, 0x4ad, 0x4ad, 0x4af, 0x4af, 0x4b1, 0x4b1, 0x4b3, 0x4b3, 0x4b5, 0x4b5,
    0x4b7, 0x4b7, 0x4b9, 0x4b9, 0x4bb, 0x4bb, 0x4bd, 0x4bd, 0x4bf, 0x4bf, 0x4cf, 0x436, 0x436, 0x4c4, 0x4c4, 0x4c6,
    0x4c6, 0x4c8, 0x4c8, 0x4ca, 0x4ca, 0x4cc, 0x4cc, 0x4ce, 0x4ce, 0x4cf, 0x430, 0x430, 0x430, 0x430, 0x4d5, 0x4d5,
    0x435, 0x435, 0x4d9, 0x4d9, 0x4d9, 0x4d9, 0x436, 0x436, 0x437, 0x437, 0x4e1, 0x4e1, 0x438, 0x438, 0x438, 0x438,
    0x43e, 0x43e, 0x4e9, 0x4e9, 0x4e9, 0x4e9, 0x44d, 0x44d, 0x443, 0x443, 0x443, 0x443, 0x443, 0x443, 0x447, 0x447,
    0x4f7, 0x4f7, 0x44b, 0x44b, 0x4fb, 0x4fb, 0x4fd, 0x4fd, 0x4ff, 0x4ff, 0x501, 0x501, 0x503, 0x503, 0x505, 0x505,
    0x507, 0x507, 0x509, 0x509, 0x50b, 0x50b, 0x50d, 0x50d, 0x50f, 0x50f, 0x511, 0x511, 0x513, 0x513, 0x515, 0x515,
    0x517, 0x517, 0x519, 0x519, 0x51b, 0x51b, 0x51d, 0x51d, 0x51f, 0x51f, 0x521, 0x521, 0x523, 0x523, 0x525, 0x525,
    0x527, 0x527, 0x529, 0x529, 0x52b, 0x52b, 0x52d, 0x52d, 0x52f, 0x627, 0x627, 0x648, 0x627, 0x64a, 0x6d5, 0x6c1,
    0x6c1, 0x6d2, 0x928, 0x930, 0x932, 0x933, 0x933, 0x915, 0x916, 0x917, 0x91c, 0x921, 0x922, 0x92b, 0x92f, 0xd800,
    0xd801, 0x9a1, 0x9a2, 0x9de, 0x9af, 0xa32, 0xa34, 0xa35, 0xa38, 0xa16, 0xa17, 0xa1c, 0xa5c, 0xa5d, 0xa2b, 0xb47,
    0xb49, 0xb4a, 0xd802, 0xd803, 0xb21, 0xb22, 0xd804, 0xd805, 0xd806, 0xd807, 0xcd5, 0xcd5, 0xcd6, 0xcc9, 0xcc2,
    0xd808, 0xd809, 0xd80a, 0xd80b, 0xdd9, 0xddb, 0xd80c, 0xd80c, 0xd80d, 0xf42, 0xf4c, 0xf4e, 0xf4f, 0xf50, 0xf51,
    0xf51, 0xf53, 0xf54, 0xf55, 0xf56, 0xf56, 0xf58, 0xf59, 0xf5a, 0xf5b, 0xf5b, 0xf40, 0x1025, 0x2d27, 0x2d2d, 0xd80e,
    0x1b07, 0xd80f, 0x1b09, 0xd810, 0x1b0b, 0xd811, 0x1b0d, 0xd812, 0x1b0f, 0x1b10, 0x1b11, 0xd813, 0x1b35, 0x1b3c,
    0x1b35, 0x1b3e, 0x1b3f, 0xd814, 0xd815, 0x1b42, 0x1b35, 0x1c8a, 0x10fd, 0x10fe, 0x10ff, 0x61, 0x61, 0x62, 0x62,
    0x62, 0x62, 0x62, 0x62, 0x63, 0x63, 0x64, 0x64, 0x64, 0x64, 0x64, 0x64, 0x64, 0x64, 0x64, 0x64, 0x65, 0x65, 0x65,
    0x65, 0x65, 0x65, 0x65, 0x65, 0x65, 0x65, 0x66, 0x66, 0x67, 0x67, 0x68, 0x68, 0x68, 0x68, 0x68, 0x68, 0x68, 0x68,
    0x68, 0x68, 0x69, 0x69, 0x69, 0x69, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6b, 0x6c, 0x6c, 0x6c, 0x6c, 0x6c, 0x6c, 0x6c,
    0x6c, 0x6d, 0x6d, 0x6d, 0x6d, 0x6d, 0x6d, 0x6e, 0x6e, 0x6e, 0x6e, 0x6e, 0x6e, 0x6e, 0x6e, 0x6f, 0x6f, 0x6f, 0x6f,
    0x6f, 0x6f, 0x6f, 0x6f, 0x70, 0x70, 0x70, 0x70, 0x72, 0x72, 0x72, 0x72, 0x72, 0x72, 0x72, 0x72, 0x73, 0x73, 0x73,
    0x73, 0x73, 0x73, 0x73, 0x73, 0x73, 0x73, 0x74, 0x74, 0x74, 0x74, 0x74, 0x74, 0x74, 0x74, 0x75, 0x75, 0x75, 0x75,
    0x75, 0x75, 0x75, 0x75, 0x75, 0x75, 0x76, 0x76, 0x76, 0x76, 0x77, 0x77, 0x77, 0x77, 0x77, 0x77, 0x77, 0x77, 0x77,
    0x77, 0x78, 0x78, 0x78, 0x78, 0x79, 0x79, 0x7a, 0x7a, 0x7a, 0x7a, 0x7a, 0x7a, 0x68, 0x74, 0x77, 0x79, 0x1e9a, 0x17f,
    0x1e9c, 0x1e9d, 0xdf, 0x1e9f, 0x61, 0x61, 0x61, 0x61, 0x61, 0x61, 0x61, 0x61, 0x61, 0x61, 0x61, 0x61, 0x61, 0x61,
    0x61, 0x61, 0x61, 0x61, 0x61, 0x61, 0x61, 0x61, 0x61, 0x61, 0x65, 0x65, 0x65, 0x65, 0x65, 0x65, 0x65, 0x65, 0x65,
    0x65, 0x65, 0x65, 0x65, 0x65, 0x65, 0x65, 0x69, 0x69, 0x69, 0x69, 0x6f, 0x6f, 0x6f, 0x6f, 0x6f, 0x6f, 0x6f, 0x6f,
    0x6f, 0x6f, 0x6f, 0x6f, 0x6f, 0x6f, 0x6f, 0x6f, 0x6f, 0x6f, 0x6f, 0x6f, 0x6f, 0x6f, 0x6f, 0x6f, 0x75, 0x75, 0x75,
    0x75, 0x75, 0x75, 0x75, 0x75, 0x75, 0x75, 0x75, 0x75, 0x75, 0x75, 0x79, 0x79, 0x79, 0x79, 0x79, 0x79, 0x79, 0x79,
    0x1efb, 0x1efb, 0x1efd, 0x1efd, 0x1eff, 0x1eff, 0x3b1, 0x3b1, 0x3b1, 0x3b1, 0x3b1, 0x3b1, 0x3b1, 0x3b1, 0x3b1,
    0x3b1, 0x3b1, 0x3b1, 0x3b1, 0x3b1, 0x3b1, 0x3b1, 0x3b5, 0x3b5, 0x3b5, 0x3b5, 0x3b5, 0x3b5, 0x1f16, 0x1f17, 0x3b5,
    0x3b5, 0x3b5, 0x3b5, 0x3b5, 0x3b5, 0x1f1e, 0x1f1f, 0x3b7, 0x3b7, 0x3b7, 0x3b7, 0x3b7, 0x3b7, 0x3b7, 0x3b7, 0x3b7,
    0x3b7, 0x3b7, 0x3b7, 0x3b7, 0x3b7, 0x3b7, 0x3b7, 0x3b9, 0x3b9, 0x3b9, 0x3b9, 0x3b9, 0x3b9, 0x3b9, 0x3b9, 0x3b9,
    0x3b9, 0x3b9, 0x3b9, 0x3b9, 0x3b9, 0x3b9, 0x3b9, 0x3bf, 0x3bf, 0x3bf, 0x3bf, 0x3bf, 0x3bf, 0x1f46, 0x1f47, 0x3bf,
    0x3bf, 0x3bf, 0x3bf, 0x3bf, 0x3bf, 0x1f4e, 0x1f4f, 0x3c5, 0x3c5, 0x3c5, 0x3c5, 0x3c5, 0x3c5, 0x3c5, 0x3c5, 0x1f58,
    0x3c5, 0x1f5a, 0x3c5, 0x1f5c, 0x3c5, 0x1f5e, 0x3c5, 0x3c9, 0x3c9, 0x3c9, 0x3c9, 0x3c9, 0x3c9, 0x3c9, 0x3c9, 0x3c9,
    0x3c9, 0x3c9, 0x3c9, 0x3c9, 0x3c9, 0x3c9, 0x3c9, 0x3b1, 0x3b1, 0x3b5, 0x3b5, 0x3b7, 0x3b7, 0x3b9, 0x3b9, 0x3bf,
    0x3bf, 0x3c5, 0x3c5, 0x3c9, 0x3c9, 0x1f7e, 0x1f7f, 0x3b1, 0x3b1, 0x3b1, 0x3b1, 0x3b1, 0x3b1, 0x3b1, 0x3b1, 0x3b1,
    0x3b1, 0x3b1, 0x3b1, 0x3b1, 0x3b1, 0x3b1, 0x3b1, 0x3b7, 0x3b7, 0x3b7, 0x3b7, 0x3b7, 0x3b7, 0x3b7, 0x3b7, 0x3b7,
    0x3b7, 0x3b7, 0x3b7, 0x3b7, 0x3b7, 0x3b7, 0x3b7, 0x3c9, 0x3c9, 0x3c9, 0x3c9, 0x3c9, 0x3c9, 0x3c9, 0x3c9, 0x3c9,
    0x3c9, 0x3c9, 0x3c9, 0x3c9, 0x3c9, 0x3c9, 0x3c9, 0x3b1, 0x3b1, 0x3b1, 0x3b1, 0x3b1, 0x1fb5, 0x3b1, 0x3b1, 0x3b1,
    0x3b1, 0x3b1, 0x3b1, 0x3b1, 0x1fbd, 0x3b9, 0x1fbf, 0x1fc0, 0xa8, 0x3b7, 0x3b7, 0x3b7, 0x1fc5, 0x3b7, 0x3b7, 0x3b5,
    0x3b5, 0x3b7, 0x3b7, 0x3b7, 0x1fbf, 0x1fbf, 0x1fbf, 0x3b9, 0x3b9, 0x3b9, 0x3b9, 0x1fd4, 0x1fd5, 0x3b9, 0x3b9, 0x3b9,
    0x3b9, 0x3b9, 0x3b9, 0x1fdc, 0x1ffe, 0x1ffe, 0x1ffe, 0x3c5, 0x3c5, 0x3c5, 0x3c5, 0x3c1, 0x3c1, 0x3c5, 0x3c5, 0x3c5,
    0x3c5, 0x3c5, 0x3c5, 0x3c1, 0xa8, 0xa8, 0x60, 0x1ff0, 0x1ff1, 0x3c9, 0x3c9, 0x3c9, 0x1ff5, 0x3c9, 0x3c9, 0x3bf,
    0x3bf, 0x3c9, 0x3c9, 0x3c9, 0xb4, 0x3c9, 0x2127, 0x2128, 0x2129, 0x6b, 0x61, 0x214e, 0x2184, 0x2190, 0x2192, 0x2194,
    0x21d0, 0x21d4, 0x21d2, 0x2203, 0x2205, 0x2206, 0x2207, 0x2208, 0x2208, 0x220a, 0x220b, 0x220b, 0x2223, 0x2225,
    0x2225, 0x223c, 0x2242, 0x2243, 0x2243, 0x2245, 0x2246, 0x2245, 0x2248, 0x2248, 0x3d, 0x2261, 0x2261, 0x224d, 0x3c,
    0x3e, 0x2264, 0x2265, 0x2272, 0x2273, 0x2272, 0x2273, 0x2276, 0x2277, 0x2276, 0x2277, 0x227a, 0x227b, 0x2282,
    0x2283, 0x2282, 0x2283, 0x2286, 0x2287, 0x2286, 0x2287, 0x22a2, 0x22a8, 0x22a9, 0x22ab, 0x227c, 0x227d, 0x2291,
    0x2292, 0x22b2, 0x22b3, 0x22b4, 0x22b5, 0x3008, 0x3009, 0x2add, 0x2c61, 0x2c61, 0x26b, 0x1d7d, 0x27d, 0x2c65,
    0x2c66, 0x2c68, 0x2c68, 0x2c6a, 0x2c6a, 0x2c6c, 0x2c6c, 0x251, 0x271, 0x250, 0x252, 0x2c71, 0x2c73, 0x2c73, 0x2c74,
    0x2c76, 0x23f, 0x240, 0x2c81, 0x2c81, 0x2c83, 0x2c83, 0x2c85, 0x2c85, 0x2c87, 0x2c87, 0x2c89, 0x2c89, 0x2c8b,
    0x2c8b, 0x2c8d, 0x2c8d, 0x2c8f, 0x2c8f, 0x2c91, 0x2c91, 0x2c93, 0x2c93, 0x2c95, 0x2c95, 0x2c97, 0x2c97, 0x2c99,
    0x2c99, 0x2c9b, 0x2c9b, 0x2c9d, 0x2c9d, 0x2c9f, 0x2c9f, 0x2ca1, 0x2ca1, 0x2ca3, 0x2ca3, 0x2ca5, 0x2ca5, 0x2ca7,
    0x2ca7, 0x2ca9, 0x2ca9, 0x2cab, 0x2cab, 0x2cad, 0x2cad, 0x2caf, 0x2caf, 0x2cb1, 0x2cb1, 0x2cb3, 0x2cb3, 0x2cb5,
    0x2cb5, 0x2cb7, 0x2cb7, 0x2cb9, 0x2cb9, 0x2cbb, 0x2cbb, 0x2cbd, 0x2cbd, 0x2cbf, 0x2cbf, 0x2cc1, 0x2cc1, 0x2cc3,
    0x2cc3, 0x2cc5, 0x2cc5, 0x2cc7, 0x2cc7, 0x2cc9, 0x2cc9, 0x2ccb, 0x2ccb, 0x2ccd, 0x2ccd, 0x2ccf, 0x2ccf, 0x2cd1,
    0x2cd1, 0x2cd3, 0x2cd3, 0x2cd5, 0x2cd5, 0x2cd7, 0x2cd7, 0x2cd9, 0x2cd9, 0x2cdb, 0x2cdb, 0x2cdd, 0x2cdd, 0x2cdf,
    0x2cdf, 0x2ce1, 0x2ce1, 0x2ce3, 0x2cec, 0x2cec, 0x2cee, 0x2cee, 0x2cef, 0x2cf0, 0x2cf1, 0x2cf3, 0x304b, 0x304d,
    0x304d, 0x304f, 0x304f, 0x3051, 0x3051, 0x3053, 0x3053, 0x3055, 0x3055, 0x3057, 0x3057, 0x3059, 0x3059, 0x305b,
    0x305b, 0x305d, 0x305d, 0x305f, 0x305f, 0x3061, 0x3061, 0x3063, 0x3064, 0x3064, 0x3066, 0x3066, 0x3068, 0x3068,
    0x306f, 0x306f, 0x3072, 0x3072, 0x3072, 0x3075, 0x3075, 0x3075, 0x3078, 0x3078, 0x3078, 0x307b, 0x307b, 0x307b,
    0x3046, 0x309d, 0x30ab, 0x30ad, 0x30ad, 0x30af, 0x30af, 0x30b1, 0x30b1, 0x30b3, 0x30b3, 0x30b5, 0x30b5, 0x30b7,
    0x30b7, 0x30b9, 0x30b9, 0x30bb, 0x30bb, 0x30bd, 0x30bd, 0x30bf, 0x30bf, 0x30c1, 0x30c1, 0x30c3, 0x30c4, 0x30c4,
    0x30c6, 0x30c6, 0x30c8, 0x30c8, 0x30cf, 0x30cf, 0x30d2, 0x30d2, 0x30d2, 0x30d5, 0x30d5, 0x30d5, 0x30d8, 0x30d8,
    0x30d8, 0x30db, 0x30db, 0x30db, 0x30a6, 0x30f5, 0x30f6, 0x30ef, 0x30f0, 0x30f1, 0x30f2, 0x30fb, 0x30fc, 0x30fd,
    0x30fd, 0xa641, 0xa641, 0xa643, 0xa643, 0xa645, 0xa645, 0xa647, 0xa647, 0xa649, 0xa649, 0xa64b, 0xa64b, 0xa64d,
    0xa64d, 0xa64f, 0xa64f, 0xa651, 0xa651, 0xa653, 0xa653, 0xa655, 0xa655, 0xa657, 0xa657, 0xa659, 0xa659, 0xa65b,
    0xa65b, 0xa65d, 0xa65d, 0xa65f, 0xa65f, 0xa661, 0xa661, 0xa663, 0xa663, 0xa665, 0xa665, 0xa667, 0xa667, 0xa669,
    0xa669, 0xa66b, 0xa66b, 0xa66d, 0xa681, 0xa681, 0xa683, 0xa683, 0xa685, 0xa685, 0xa687, 0xa687, 0xa689, 0xa689,
    0xa68b, 0xa68b, 0xa68d, 0xa68d, 0xa68f, 0xa68f, 0xa691, 0xa691, 0xa693, 0xa693, 0xa695, 0xa695, 0xa697, 0xa697,
    0xa699, 0xa699, 0xa69b, 0xa723, 0xa723, 0xa725, 0xa725, 0xa727, 0xa727, 0xa729, 0xa729, 0xa72b, 0xa72b, 0xa72d,
    0xa72d, 0xa72f, 0xa72f, 0xa730, 0xa731, 0xa733, 0xa733, 0xa735, 0xa735, 0xa737, 0xa737, 0xa739, 0xa739, 0xa73b,
    0xa73b, 0xa73d, 0xa73d, 0xa73f, 0xa73f, 0xa741, 0xa741, 0xa743, 0xa743, 0xa745, 0xa745, 0xa747, 0xa747, 0xa749,
    0xa749, 0xa74b, 0xa74b, 0xa74d, 0xa74d, 0xa74f, 0xa74f, 0xa751, 0xa751, 0xa753, 0xa753, 0xa755, 0xa755, 0xa757,
    0xa757, 0xa759, 0xa759, 0xa75b, 0xa75b, 0xa75d, 0xa75d, 0xa75f, 0xa75f, 0xa761, 0xa761, 0xa763, 0xa763, 0xa765,
    0xa765, 0xa767, 0xa767, 0xa769, 0xa769, 0xa76b, 0xa76b, 0xa76d, 0xa76d, 0xa76f, 0xa77a, 0xa77a, 0xa77c, 0xa77c,
    0x1d79, 0xa77f, 0xa77f, 0xa781, 0xa781, 0xa783, 0xa783, 0xa785, 0xa785, 0xa787, 0xa787, 0xa788, 0xa789, 0xa78a,
    0xa78c, 0xa78c, 0x265, 0xa78e, 0xa78f, 0xa791, 0xa791, 0xa793, 0xa793, 0xa794, 0xa795, 0xa797, 0xa797, 0xa799,
    0xa799, 0xa79b, 0xa79b, 0xa79d, 0xa79d, 0xa79f, 0xa79f, 0xa7a1, 0xa7a1, 0xa7a3, 0xa7a3, 0xa7a5, 0xa7a5, 0xa7a7,
    0xa7a7, 0xa7a9, 0xa7a9, 0x266, 0x25c, 0x261, 0x26c, 0x26a, 0xa7af, 0x29e, 0x287, 0x29d, 0xab53, 0xa7b5, 0xa7b5,
    0xa7b7, 0xa7b7, 0xa7b9, 0xa7b9, 0xa7bb, 0xa7bb, 0xa7bd, 0xa7bd, 0xa7bf, 0xa7bf, 0xa7c1, 0xa7c1, 0xa7c3, 0xa7c3,
    0xa794, 0x282, 0x1d8e, 0xa7c8, 0xa7c8, 0xa7ca, 0xa7ca, 0x264, 0xa7cd, 0xa7cd, 0xa7cf, 0xa7cf, 0xa7d1, 0xa7d1,
    0xa7d3, 0xa7d3, 0xa7d5, 0xa7d5, 0xa7d7, 0xa7d7, 0xa7d9, 0xa7d9, 0xa7db, 0xa7db, 0x19b, 0xa7f6, 0x8c48, 0x66f4,
    0x8eca, 0x8cc8, 0x6ed1, 0x4e32, 0x53e5, 0x9f9c, 0x9f9c, 0x5951, 0x91d1, 0x5587, 0x5948, 0x61f6, 0x7669, 0x7f85,
    0x863f, 0x87ba, 0x88f8, 0x908f, 0x6a02, 0x6d1b, 0x70d9, 0x73de, 0x843d, 0x916a, 0x99f1, 0x4e82, 0x5375, 0x6b04,
    0x721b, 0x862d, 0x9e1e, 0x5d50, 0x6feb, 0x85cd, 0x8964, 0x62c9, 0x81d8, 0x881f, 0x5eca, 0x6717, 0x6d6a, 0x72fc,
    0x90ce, 0x4f86, 0x51b7, 0x52de, 0x64c4, 0x6ad3, 0x7210, 0x76e7, 0x8001, 0x8606, 0x865c, 0x8def, 0x9732, 0x9b6f,
    0x9dfa, 0x788c, 0x797f, 0x7da0, 0x83c9, 0x9304, 0x9e7f, 0x8ad6, 0x58df, 0x5f04, 0x7c60, 0x807e, 0x7262, 0x78ca,
    0x8cc2, 0x96f7, 0x58d8, 0x5c62, 0x6a13, 0x6dda, 0x6f0f, 0x7d2f, 0x7e37, 0x964b, 0x52d2, 0x808b, 0x51dc, 0x51cc,
    0x7a1c, 0x7dbe, 0x83f1, 0x9675, 0x8b80, 0x62cf, 0x6a02, 0x8afe, 0x4e39, 0x5be7, 0x6012, 0x7387, 0x7570, 0x5317,
    0x78fb, 0x4fbf, 0x5fa9, 0x4e0d, 0x6ccc, 0x6578, 0x7d22, 0x53c3, 0x585e, 0x7701, 0x8449, 0x8aaa, 0x6bba, 0x8fb0,
    0x6c88, 0x62fe, 0x82e5, 0x63a0, 0x7565, 0x4eae, 0x5169, 0x51c9, 0x6881, 0x7ce7, 0x826f, 0x8ad2, 0x91cf, 0x52f5,
    0x5442, 0x5973, 0x5eec, 0x65c5, 0x6ffe, 0x792a, 0x95ad, 0x9a6a, 0x9e97, 0x9ece, 0x529b, 0x66c6, 0x6b77, 0x8f62,
    0x5e74, 0x6190, 0x6200, 0x649a, 0x6f23, 0x7149, 0x7489, 0x79ca, 0x7df4, 0x806f, 0x8f26, 0x84ee, 0x9023, 0x934a,
    0x5217, 0x52a3, 0x54bd, 0x70c8, 0x88c2, 0x8aaa, 0x5ec9, 0x5ff5, 0x637b, 0x6bae, 0x7c3e, 0x7375, 0x4ee4, 0x56f9,
    0x5be7, 0x5dba, 0x601c, 0x73b2, 0x7469, 0x7f9a, 0x8046, 0x9234, 0x96f6, 0x9748, 0x9818, 0x4f8b, 0x79ae, 0x91b4,
    0x96b8, 0x60e1, 0x4e86, 0x50da, 0x5bee, 0x5c3f, 0x6599, 0x6a02, 0x71ce, 0x7642, 0x84fc, 0x907c, 0x9f8d, 0x6688,
    0x962e, 0x5289, 0x677b, 0x67f3, 0x6d41, 0x6e9c, 0x7409, 0x7559, 0x786b, 0x7d10, 0x985e, 0x516d, 0x622e, 0x9678,
    0x502b, 0x5d19, 0x6dea, 0x8f2a, 0x5f8b, 0x6144, 0x6817, 0x7387, 0x9686, 0x5229, 0x540f, 0x5c65, 0x6613, 0x674e,
    0x68a8, 0x6ce5, 0x7406, 0x75e2, 0x7f79, 0x88cf, 0x88e1, 0x91cc, 0x96e2, 0x533f, 0x6eba, 0x541d, 0x71d0, 0x7498,
    0x85fa, 0x96a3, 0x9c57, 0x9e9f, 0x6797, 0x6dcb, 0x81e8, 0x7acb, 0x7b20, 0x7c92, 0x72c0, 0x7099, 0x8b58, 0x4ec0,
    0x8336, 0x523a, 0x5207, 0x5ea6, 0x62d3, 0x7cd6, 0x5b85, 0x6d1e, 0x66b4, 0x8f3b, 0x884c, 0x964d, 0x898b, 0x5ed3,
    0x5140, 0x55c0, 0xfa0e, 0xfa0f, 0x585a, 0xfa11, 0x6674, 0xfa13, 0xfa14, 0x51de, 0x732a, 0x76ca, 0x793c, 0x795e,
    0x7965, 0x798f, 0x9756, 0x7cbe, 0x7fbd, 0xfa1f, 0x8612, 0xfa21, 0x8af8, 0xfa23, 0xfa24, 0x9038, 0x90fd, 0xfa27,
    0xfa28, 0xfa29, 0x98ef, 0x98fc, 0x9928, 0x9db4, 0x90de, 0x96b7, 0x4fae, 0x50e7, 0x514d, 0x52c9, 0x52e4, 0x5351,
    0x559d, 0x5606, 0x5668, 0x5840, 0x58a8, 0x5c64, 0x5c6e, 0x6094, 0x6168, 0x618e, 0x61f2, 0x654f, 0x65e2, 0x6691,
    0x6885, 0x6d77, 0x6e1a, 0x6f22, 0x716e, 0x722b, 0x7422, 0x7891, 0x793e, 0x7949, 0x7948, 0x7950, 0x7956, 0x795d,
    0x798d, 0x798e, 0x7a40, 0x7a81, 0x7bc0, 0x7df4, 0x7e09, 0x7e41, 0x7f72, 0x8005, 0x81ed, 0x8279, 0x8279, 0x8457,
    0x8910, 0x8996, 0x8b01, 0x8b39, 0x8cd3, 0x8d08, 0x8fb6, 0x9038, 0x96e3, 0x97ff, 0x983b, 0x6075, 0xd816, 0x8218,
    0xfa6e, 0xfa6f, 0x4e26, 0x51b5, 0x5168, 0x4f80, 0x5145, 0x5180, 0x52c7, 0x52fa, 0x559d, 0x5555, 0x5599, 0x55e2,
    0x585a, 0x58b3, 0x5944, 0x5954, 0x5a62, 0x5b28, 0x5ed2, 0x5ed9, 0x5f69, 0x5fad, 0x60d8, 0x614e, 0x6108, 0x618e,
    0x6160, 0x61f2, 0x6234, 0x63c4, 0x641c, 0x6452, 0x6556, 0x6674, 0x6717, 0x671b, 0x6756, 0x6b79, 0x6bba, 0x6d41,
    0x6edb, 0x6ecb, 0x6f22, 0x701e, 0x716e, 0x77a7, 0x7235, 0x72af, 0x732a, 0x7471, 0x7506, 0x753b, 0x761d, 0x761f,
    0x76ca, 0x76db, 0x76f4, 0x774a, 0x7740, 0x78cc, 0x7ab1, 0x7bc0, 0x7c7b, 0x7d5b, 0x7df4, 0x7f3e, 0x8005, 0x8352,
    0x83ef, 0x8779, 0x8941, 0x8986, 0x8996, 0x8abf, 0x8af8, 0x8acb, 0x8b01, 0x8afe, 0x8aed, 0x8b39, 0x8b8a, 0x8d08,
    0x8f38, 0x9072, 0x9199, 0x9276, 0x967c, 0x96e3, 0x9756, 0x97db, 0x97ff, 0x980b, 0x983b, 0x9b12, 0x9f9c, 0xd817,
    0xd818, 0xd819, 0x3b9d, 0x4018, 0x4039, 0xd81a, 0xd81b, 0xd81c, 0x9f43, 0x9f8e, 0x5d9, 0xfb1e, 0x5f2, 0x5e9, 0x5e9,
    0x5e9, 0x5e9, 0x5d0, 0x5d0, 0x5d8, 0x5d9, 0x5da, 0x5db, 0x5dc, 0xfb3d, 0x5de, 0xfb3f, 0x5e0, 0x5e1, 0xfb42, 0x5e3,
    0x5e4, 0xfb45, 0x5e6, 0x5e7, 0x5e8, 0x5e9, 0x5ea, 0x5d5, 0x5d1, 0x5db, 0x5e4, 0xd81d, 0xd81e, 0xd81f, 0xd820,
    0xd820, 0xd821, 0xd822, 0xd823, 0xd824, 0xd825, 0xd826, 0xd827, 0xd828, 0xd829, 0xd82a, 0xd82b, 0xd82c, 0xd82d,
    0xd82e, 0xd82f, 0xd830, 0xd831, 0xd832, 0xd833, 0xd834, 0xd835, 0xd836, 0x4e3d, 0x4e38, 0x4e41, 0xd837, 0x4f60,
    0x4fae, 0x4fbb, 0x5002, 0x507a, 0x5099, 0x50e7, 0x50cf, 0x349e, 0xd838, 0x514d, 0x5154, 0x5164, 0x5177, 0xd839,
    0x34b9, 0x5167, 0x518d, 0xd83a, 0x5197, 0x51a4, 0x4ecc, 0x51ac, 0x51b5, 0xd83b, 0x51f5, 0x5203, 0x34df, 0x523b,
    0x5246, 0x5272, 0x5277, 0x3515, 0x52c7, 0x52c9, 0x52e4, 0x52fa, 0x5305, 0x5306, 0x5317, 0x5349, 0x5351, 0x535a,
    0x5373, 0x537d, 0x537f, 0x537f, 0x537f, 0xd83c, 0x7070, 0x53ca, 0x53df, 0xd83d, 0x53eb, 0x53f1, 0x5406, 0x549e,
    0x5438, 0x5448, 0x5468, 0x54a2, 0x54f6, 0x5510, 0x5553, 0x5563, 0x5584, 0x5584, 0x5599, 0x55ab, 0x55b3, 0x55c2,
    0x5716, 0x5606, 0x5717, 0x5651, 0x5674, 0x5207, 0x58ee, 0x57ce, 0x57f4, 0x580d, 0x578b, 0x5832, 0x5831, 0x58ac,
    0xd83e, 0x58f2, 0x58f7, 0x5906, 0x591a, 0x5922, 0x5962, 0xd83f, 0xd840, 0x59ec, 0x5a1b, 0x5a27, 0x59d8, 0x5a66,
    0x36ee, 0x36fc, 0x5b08, 0x5b3e, 0x5b3e, 0xd841, 0x5bc3, 0x5bd8, 0x5be7, 0x5bf3, 0xd842, 0x5bff, 0x5c06, 0x5f53,
    0x5c22, 0x3781, 0x5c60, 0x5c6e, 0x5cc0, 0x5c8d, 0xd843, 0x5d43, 0xd844, 0x5d6e, 0x5d6b, 0x5d7c, 0x5de1, 0x5de2,
    0x382f, 0x5dfd, 0x5e28, 0x5e3d, 0x5e69, 0x3862, 0xd845, 0x387c, 0x5eb0, 0x5eb3, 0x5eb6, 0x5eca, 0xd846, 0x5efe,
    0xd847, 0xd847, 0x8201, 0x5f22, 0x5f22, 0x38c7, 0xd848, 0xd849, 0x5f62, 0x5f6b, 0x38e3, 0x5f9a, 0x5fcd, 0x5fd7,
    0x5ff9, 0x6081, 0x393a, 0x391c, 0x6094, 0xd84a, 0x60c7, 0x6148, 0x614c, 0x614e, 0x614c, 0x617a, 0x618e, 0x61b2,
    0x61a4, 0x61af, 0x61de, 0x61f2, 0x61f6, 0x6210, 0x621b, 0x625d, 0x62b1, 0x62d4, 0x6350, 0xd84b, 0x633d, 0x62fc,
    0x6368, 0x6383, 0x63e4, 0xd84c, 0x6422, 0x63c5, 0x63a9, 0x3a2e, 0x6469, 0x647e, 0x649d, 0x6477, 0x3a6c, 0x654f,
    0x656c, 0xd84d, 0x65e3, 0x66f8, 0x6649, 0x3b19, 0x6691, 0x3b08, 0x3ae4, 0x5192, 0x5195, 0x6700, 0x669c, 0x80ad,
    0x43d9, 0x6717, 0x671b, 0x6721, 0x675e, 0x6753, 0xd84e, 0x3b49, 0x67fa, 0x6785, 0x6852, 0x6885, 0xd84f, 0x688e,
    0x681f, 0x6914, 0x3b9d, 0x6942, 0x69a3, 0x69ea, 0x6aa8, 0xd850, 0x6adb, 0x3c18, 0x6b21, 0xd851, 0x6b54, 0x3c4e,
    0x6b72, 0x6b9f, 0x6bba, 0x6bbb, 0xd852, 0xd853, 0xd854, 0x6c4e, 0xd855, 0x6cbf, 0x6ccd, 0x6c67, 0x6d16, 0x6d3e,
    0x6d77, 0x6d41, 0x6d69, 0x6d78, 0x6d85, 0xd856, 0x6d34, 0x6e2f, 0x6e6e, 0x3d33, 0x6ecb, 0x6ec7, 0xd857, 0x6df9,
    0x6f6e, 0xd858, 0xd859, 0x6fc6, 0x7039, 0x701e, 0x701b, 0x3d96, 0x704a, 0x707d, 0x7077, 0x70ad, 0xd85a, 0x7145,
    0xd85b, 0x719c, 0xd85c, 0x7228, 0x7235, 0x7250, 0xd85d, 0x7280, 0x7295, 0xd85e, 0xd85f, 0x737a, 0x738b, 0x3eac,
    0x73a5, 0x3eb8, 0x3eb8, 0x7447, 0x745c, 0x7471, 0x7485, 0x74ca, 0x3f1b, 0x7524, 0xd860, 0x753e, 0xd861, 0x7570,
    0xd862, 0x7610, 0xd863, 0xd864, 0xd865, 0x3ffc, 0x4008, 0x76f4, 0xd866, 0xd867, 0xd868, 0xd869, 0x771e, 0x771f,
    0x771f, 0x774a, 0x4039, 0x778b, 0x4046, 0x4096, 0xd86a, 0x784e, 0x788c, 0x78cc, 0x40e3, 0xd86b, 0x7956, 0xd86c,
    0xd86d, 0x798f, 0x79eb, 0x412f, 0x7a40, 0x7a4a, 0x7a4f, 0xd86e, 0xd86f, 0xd86f, 0x7aee, 0x4202, 0xd870, 0x7bc6,
    0x7bc9, 0x4227, 0xd871, 0x7cd2, 0x42a0, 0x7ce8, 0x7ce3, 0x7d00, 0xd872, 0x7d63, 0x4301, 0x7dc7, 0x7e02, 0x7e45,
    0x4334, 0xd873, 0xd874, 0x4359, 0xd875, 0x7f7a, 0xd876, 0x7f95, 0x7ffa, 0x8005, 0xd877, 0xd878, 0x8060, 0xd879,
    0x8070, 0xd87a, 0x43d5, 0x80b2, 0x8103, 0x440b, 0x813e, 0x5ab5, 0xd87b, 0xd87c, 0xd87d, 0xd87e, 0x8201, 0x8204,
    0x8f9e, 0x446b, 0x8291, 0x828b, 0x829d, 0x52b3, 0x82b1, 0x82b3, 0x82bd, 0x82e6, 0xd87f, 0x82e5, 0x831d, 0x8363,
    0x83ad, 0x8323, 0x83bd, 0x83e7, 0x8457, 0x8353, 0x83ca, 0x83cc, 0x83dc, 0xd880, 0xd881, 0xd882, 0x452b, 0x84f1,
    0x84f3, 0x8516, 0xd883, 0x8564, 0xd884, 0x455d, 0x4561, 0xd885, 0xd886, 0x456b, 0x8650, 0x865c, 0x8667, 0x8669,
    0x86a9, 0x8688, 0x870e, 0x86e2, 0x8779, 0x8728, 0x876b, 0x8786, 0x45d7, 0x87e1, 0x8801, 0x45f9, 0x8860, 0x8863,
    0xd887, 0x88d7, 0x88de, 0x4635, 0x88fa, 0x34bb, 0xd888, 0xd889, 0x46be, 0x46c7, 0x8aa0, 0x8aed, 0x8b8a, 0x8c55,
    0xd88a, 0x8cab, 0x8cc1, 0x8d1b, 0x8d77, 0xd88b, 0xd88c, 0x8dcb, 0x8dbc, 0x8df0, 0xd88d, 0x8ed4, 0x8f38, 0xd88e,
    0xd88f, 0x9094, 0x90f1, 0x9111, 0xd890, 0x911b, 0x9238, 0x92d7, 0x92d8, 0x927c, 0x93f9, 0x9415, 0xd891, 0x958b,
    0x4995, 0x95b7, 0xd892, 0x49e6, 0x96c3, 0x5db2, 0x9723, 0xd893, 0xd894, 0x4a6e, 0x4a76, 0x97e0, 0xd895, 0x4ab2,
    0xd896, 0x980b, 0x980b, 0x9829, 0xd897, 0x98e2, 0x4b33, 0x9929, 0x99a7, 0x99c2, 0x99fe, 0x4bce, 0xd898, 0x9b12,
    0x9c40, 0x9cfd, 0x4cce, 0x4ced, 0x9d67, 0xd899, 0x4cf8, 0xd89a, 0xd89b, 0xd89c, 0x9ebb, 0x4d56, 0x9ef9, 0x9efe,
    0x9f05, 0x9f0f, 0x9f16, 0x9f3b, 0xd89d,
};

// What is longer than one code point or above 16 bits, filled up with zeros.
static const uint32_t clip__unicode_fold_rows[158][3] = {
    {0x9c7, 0x9be, 0}, {0x9c7, 0x9d7, 0}, {0xb47, 0xb3e, 0}, {0xb47, 0xb57, 0}, {0xb92, 0xbd7, 0}, {0xbc6, 0xbbe, 0},
    {0xbc7, 0xbbe, 0}, {0xbc6, 0xbd7, 0}, {0xcc2, 0xcd5, 0}, {0xd46, 0xd3e, 0}, {0xd47, 0xd3e, 0}, {0xd46, 0xd57, 0},
    {0xdd9, 0xdcf, 0}, {0xdd9, 0xddf, 0}, {0x1b05, 0x1b35, 0}, {0x1b07, 0x1b35, 0}, {0x1b09, 0x1b35, 0},
    {0x1b0b, 0x1b35, 0}, {0x1b0d, 0x1b35, 0}, {0x1b11, 0x1b35, 0}, {0x1b3e, 0x1b35, 0}, {0x1b3f, 0x1b35, 0},
    {0x242ee, 0, 0}, {0x2284a, 0, 0}, {0x22844, 0, 0}, {0x233d5, 0, 0}, {0x25249, 0, 0}, {0x25cd0, 0, 0},
    {0x27ed3, 0, 0}, {0x105bb, 0, 0}, {0x105bc, 0, 0}, {0x11099, 0, 0}, {0x1109b, 0, 0}, {0x110a5, 0, 0},
    {0x11347, 0x1133e, 0}, {0x11347, 0x11357, 0}, {0x114b9, 0, 0}, {0x114b9, 0x114b0, 0}, {0x114bd, 0, 0},
    {0x114b9, 0x114bd, 0}, {0x115b8, 0x115af, 0}, {0x115b9, 0x115af, 0}, {0x1d157, 0x1d165, 0}, {0x1d158, 0x1d165, 0},
    {0x1d158, 0x1d165, 0x1d16e}, {0x1d158, 0x1d165, 0x1d16f}, {0x1d158, 0x1d165, 0x1d170}, {0x1d158, 0x1d165, 0x1d171},
    {0x1d158, 0x1d165, 0x1d172}, {0x1d1b9, 0x1d165, 0}, {0x1d1ba, 0x1d165, 0}, {0x1d1b9, 0x1d165, 0x1d16e},
    {0x1d1ba, 0x1d165, 0x1d16e}, {0x1d1b9, 0x1d165, 0x1d16f}, {0x1d1ba, 0x1d165, 0x1d16f}, {0x20122, 0, 0},
    {0x2063a, 0, 0}, {0x2051c, 0, 0}, {0x2054b, 0, 0}, {0x291df, 0, 0}, {0x20a2c, 0, 0}, {0x20b63, 0, 0},
    {0x214e4, 0, 0}, {0x216a8, 0, 0}, {0x216ea, 0, 0}, {0x219c8, 0, 0}, {0x21b18, 0, 0}, {0x21de4, 0, 0},
    {0x21de6, 0, 0}, {0x22183, 0, 0}, {0x2a392, 0, 0}, {0x22331, 0, 0}, {0x232b8, 0, 0}, {0x261da, 0, 0},
    {0x226d4, 0, 0}, {0x22b0c, 0, 0}, {0x22bf1, 0, 0}, {0x2300a, 0, 0}, {0x233c3, 0, 0}, {0x2346d, 0, 0},
    {0x236a3, 0, 0}, {0x238a7, 0, 0}, {0x23a8d, 0, 0}, {0x21d0b, 0, 0}, {0x23afa, 0, 0}, {0x23cbc, 0, 0},
    {0x23d1e, 0, 0}, {0x23ed1, 0, 0}, {0x23f5e, 0, 0}, {0x23f8e, 0, 0}, {0x20525, 0, 0}, {0x24263, 0, 0},
    {0x243ab, 0, 0}, {0x24608, 0, 0}, {0x24735, 0, 0}, {0x24814, 0, 0}, {0x24c36, 0, 0}, {0x24c92, 0, 0},
    {0x2219f, 0, 0}, {0x24fa1, 0, 0}, {0x24fb8, 0, 0}, {0x25044, 0, 0}, {0x250f3, 0, 0}, {0x250f2, 0, 0},
    {0x25119, 0, 0}, {0x25133, 0, 0}, {0x2541d, 0, 0}, {0x25626, 0, 0}, {0x2569a, 0, 0}, {0x256c5, 0, 0},
    {0x2597c, 0, 0}, {0x25aa7, 0, 0}, {0x25bab, 0, 0}, {0x25c80, 0, 0}, {0x25f86, 0, 0}, {0x26228, 0, 0},
    {0x26247, 0, 0}, {0x262d9, 0, 0}, {0x2633e, 0, 0}, {0x264da, 0, 0}, {0x26523, 0, 0}, {0x265a8, 0, 0},
    {0x2335f, 0, 0}, {0x267a7, 0, 0}, {0x267b5, 0, 0}, {0x23393, 0, 0}, {0x2339c, 0, 0}, {0x26b3c, 0, 0},
    {0x26c36, 0, 0}, {0x26d6b, 0, 0}, {0x26cd5, 0, 0}, {0x273ca, 0, 0}, {0x26f2c, 0, 0}, {0x26fb1, 0, 0},
    {0x270d2, 0, 0}, {0x27667, 0, 0}, {0x278ae, 0, 0}, {0x27966, 0, 0}, {0x27ca8, 0, 0}, {0x27f2f, 0, 0},
    {0x20804, 0, 0}, {0x208de, 0, 0}, {0x285d2, 0, 0}, {0x285ed, 0, 0}, {0x2872e, 0, 0}, {0x28bfa, 0, 0},
    {0x28d77, 0, 0}, {0x29145, 0, 0}, {0x2921a, 0, 0}, {0x2940a, 0, 0}, {0x29496, 0, 0}, {0x295b6, 0, 0},
    {0x29b30, 0, 0}, {0x2a0ce, 0, 0}, {0x2a105, 0, 0}, {0x2a20e, 0, 0}, {0x2a291, 0, 0}, {0x2a600, 0, 0},
};
// >>unicode-tables end

// The kind of a code point: one of the enum, or a combining class.
static unsigned clip__unicode_kind(uint32_t c) {
    size_t low = 0, high = sizeof clip__unicode_kinds / sizeof *clip__unicode_kinds; // kinds[low] <= c < kinds[high]
    while (high - low > 1) {
        size_t middle = (low + high) / 2;
        if (clip__unicode_kinds[middle] >> 8 <= c) low = middle;
        else high = middle;
    }
    return clip__unicode_kinds[low] & 0xFF;
}

// What c becomes when uncased: decomposed, without accents, in lower case. Returns the number of code points, 1 to
// FOLD_MAX. A mark alone comes back as it is, so that its kind can be asked.
static size_t clip__unicode_fold(uint32_t c, uint32_t to[CLIP__FOLD_MAX]) {
    size_t low = 0, high = sizeof clip__unicode_folds / sizeof *clip__unicode_folds, n;
    to[0] = c;
    if (c >= 0xAC00 && c < 0xD7A4) { // Hangul, computed (Unicode 15, 3.12): 19 * 21 * 28, the last jamo optional
        uint32_t i = c - 0xAC00;
        to[0] = 0x1100 + i / (21 * 28), to[1] = 0x1161 + i / 28 % 21, to[2] = 0x11A7 + i % 28;
        return i % 28 ? 3 : 2;
    }
    while (high - low > 1) {
        size_t middle = (low + high) / 2;
        if (clip__unicode_folds[middle].first <= c) low = middle;
        else high = middle;
    }
    if (c - clip__unicode_folds[low].first >= clip__unicode_folds[low].count) return 1; // also below the first: wraps
    if (!clip__unicode_folds[low].list) return to[0] = c + (uint32_t)clip__unicode_folds[low].delta, 1;
    to[0] = clip__unicode_fold_list[clip__unicode_folds[low].list + (c - clip__unicode_folds[low].first)];
    if (to[0] < 0xD800 || to[0] > 0xDFFF) return 1;
    memcpy(to, clip__unicode_fold_rows[to[0] - 0xD800], CLIP__FOLD_MAX * sizeof *to);
    for (n = 1; n < CLIP__FOLD_MAX && to[n]; n++) {}
    return n;
}

#endif // CLIP_TOKENIZER_IMPLEMENTED

// Public domain (Unlicense) or MIT, whichever you prefer. See LICENSE.
