// Any vocabulary, any text: no bad access, no id out of range, and the promises of clip_tokenizer.h hold.
//
//     clang -g -O1 -fsanitize=fuzzer,address,undefined -I. tests/fuzz/fuzz_tokenizer.c -o build/fuzz_tokenizer
//     build/fuzz_tokenizer -max_total_time=300 -use_value_profile=1
//
// Input: flags (bit 0: cased, bit 1: the special tokens are put before the vocabulary), max_ids, then the vocabulary, a
// byte 0xFE, which no UTF-8 has, and the text.
#define CLIP_TOKENIZER_IMPLEMENTATION
#include "clip_tokenizer.h"
#include <stdlib.h>

#define SPECIALS "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n"
#define HOLDS(x) ((x) ? (void)0 : abort())

// A copy that ends where the memory does, so that ASan sees every byte read beyond it.
static char *copy(const void *data, size_t size) {
    char *p = (char *)malloc(size ? size : 1);
    return size ? (char *)memcpy(p, data, size) : p;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 2) return 0;
    int flags = data[0];
    size_t max_ids = data[1], before = flags & 2 ? sizeof SPECIALS - 1 : 0;
    data += 2, size -= 2;
    const uint8_t *mark = (const uint8_t *)memchr(data, 0xFE, size);
    size_t vocab_size = mark ? (size_t)(mark - data) : size / 2, text_size = size - vocab_size;
    char *vocab = (char *)malloc(before + vocab_size + 1), *text = copy(data + vocab_size, text_size);
    memcpy(vocab, SPECIALS, before);
    memcpy(vocab + before, data, vocab_size);
    char *exact = copy(vocab, before + vocab_size);

    clip_tokenizer_desc desc = {0};
    desc.vocab = exact, desc.vocab_size = before + vocab_size, desc.cased = flags & 1;
    void *memory = malloc(clip_tokenizer_size(&desc));
    clip_tokenizer *t = NULL;
    const char *wrong = clip_tokenizer_init(&desc, memory, &t);
    HOLDS(!wrong == !!t);
    if (t) {
        size_t count = clip_tokenizer_count(t), n, m, token_size;
        int32_t *whole = (int32_t *)malloc((4 * text_size + 2) * sizeof *whole);
        int32_t *ids = (int32_t *)malloc((max_ids + 1) * sizeof *ids);
        unsigned char mask[300];
        for (size_t i = 0; i < count; i++) {
            const char *token = clip_tokenizer_token(t, (int32_t)i, &token_size);
            int32_t id = clip_tokenizer_id(t, token, token_size); // i, or where the same token comes again
            HOLDS(id >= (int32_t)i && (size_t)id < count);
        }
        HOLDS(!clip_tokenizer_token(t, (int32_t)count, &token_size));
        n = clip_tokenizer_encode(t, text, text_size, whole, 4 * text_size + 2); // a byte never becomes more than 3 ids
        HOLDS(n >= 2 && n < 4 * text_size + 2 + !text_size);
        for (size_t i = 0; i < n; i++) HOLDS(whole[i] >= 0 && (size_t)whole[i] < count);
        m = clip_tokenizer_encode(t, text, text_size, ids, max_ids);
        HOLDS(m == (max_ids < 2 ? 0 : max_ids < n ? max_ids : n));
        if (m) HOLDS(!memcmp(ids, whole, (m - 1) * sizeof *ids) && ids[m - 1] == whole[n - 1]);
        if (m) HOLDS(clip_tokenizer_pad(t, ids, mask, m, max_ids) == max_ids && mask[m - 1] == 1);
        free(whole), free(ids);
    }
    free(memory), free(exact), free(vocab), free(text);
    return 0;
}
