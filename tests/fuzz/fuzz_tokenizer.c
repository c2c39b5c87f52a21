// Any vocabulary, any merges, any text: no bad access, no id out of range, and the promises of clip_tokenizer.h hold.
//
//     clang -g -O1 -fsanitize=fuzzer,address,undefined -I. tests/fuzz/fuzz_tokenizer.c -o build/fuzz_tokenizer
//     build/fuzz_tokenizer -max_total_time=300 -use_value_profile=1
//
// Input: flags, max_ids, then the vocabulary, a byte 0xFE, which no UTF-8 has, with BPE the merges and another 0xFE,
// and the text. Flags: 1: cased; 2: the special tokens (BPE: and the letters of all bytes, and what the merges make)
// are put before the vocabulary; 4: BPE; 8: OpenAI's cleaning; 16: the text is doubled until it is longer than any
// buffer.
#define CLIP_TOKENIZER_IMPLEMENTATION
#include "clip_tokenizer.h"
#include <stdlib.h>

#define SPECIALS "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n"
#define BPE_SPECIALS "<|startoftext|>\n<|endoftext|>\n"
#define HOLDS(x) ((x) ? (void)0 : abort())

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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 2) return 0;
    int flags = data[0];
    size_t max_ids = data[1], vocab_size, merges_size = 0, before = 0, text_size;
    data += 2, size -= 2;
    const uint8_t *vocab_data = part(&data, &size, &vocab_size), *merges_data = NULL;
    if (flags & 4) merges_data = part(&data, &size, &merges_size);
    char *vocab = (char *)malloc(8192 + merges_size + vocab_size), *text = copy(data, size);
    if (flags & 2 && flags & 4) before = bpe_vocabulary(vocab, merges_data, merges_size);
    else if (flags & 2) memcpy(vocab, SPECIALS, before = sizeof SPECIALS - 1);
    memcpy(vocab + before, vocab_data, vocab_size);
    char *exact = copy(vocab, before + vocab_size), *merges = copy(merges_data, merges_size);
    text_size = size;
    while (flags & 16 && text_size && text_size < 6000) {
        char *twice = (char *)malloc(2 * text_size);
        memcpy(twice, text, text_size), memcpy(twice + text_size, text, text_size);
        free(text), text = twice, text_size *= 2;
    }

    clip_tokenizer_desc desc = {0};
    desc.vocab = exact, desc.vocab_size = before + vocab_size, desc.cased = flags & 1;
    desc.merges = merges, desc.merges_size = merges_size;
    desc.kind = flags & 4 ? CLIP_BPE : CLIP_WORDPIECE;
    desc.cleaning = flags & 8 ? CLIP_CLEAN_OPENAI : CLIP_CLEAN_HUGGINGFACE;
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
        // What was normal already comes back: letters and spaces, where nothing is unknown.
        int plain = flags & 2 && flags & 4, spaces = 1;
        for (size_t i = 0; i < text_size; i++) {
            plain &= (text[i] >= 'a' && text[i] <= 'z') || (text[i] == ' ' && !spaces);
            spaces = text[i] == ' ';
        }
        if (plain && !spaces && !vocab_size) {
            HOLDS(long_size == text_size + !!(flags & 8) && !memcmp(back, text, text_size));
        }
        free(whole), free(ids), free(back), free(cut);
    }
    free(memory), free(exact), free(vocab), free(text);
    return 0;
}
