// What machines.sh asks of .clip files, on any machine:
//     machines check FILE...     how many pass their self-test: "N of M"; what the others say before it
//     machines same A B          "same bytes", "same but for the self-test's vectors", or what is different
#define CLIP_IMPLEMENTATION
#define CLIP_STATIC
#include "clip_tokenizer.h"
#include "clip.h"

static int passes(const char *path) {
    clip_model *model = NULL;
    clip_context *clip = NULL;
    clip_error why;
    const int good = !clip_model_load(path, NULL, &why, &model) && !clip_context_new(model, NULL, &why, &clip);
    const int passed = good && !clip_selftest(clip, NULL);
    if (!passed) printf("%s: %s\n", path, good ? clip_context_error(clip) : why.message);
    clip_context_free(clip);
    clip_model_free(model);
    return passed;
}

static void open_or_exit(const char *path, clip__file *f) {
    clip_error why;
    void *bytes;
    size_t size;
    if (clip__file_read(path, &why, &bytes, &size) || clip__file_open(bytes, size, &why, f))
        printf("%s: %s\n", path, why.message), exit(1);
}

static const char *difference(const char *path, const char *other) {
    clip__file f, g;
    clip__tensor a, b;
    int vectors = 0;
    open_or_exit(path, &f), open_or_exit(other, &g);
    if (f.size == g.size && !memcmp(f.bytes, g.bytes, f.size)) return "same bytes";
    if (f.size != g.size || f.data != g.data || f.keys_size != g.keys_size || f.n_tensors != g.n_tensors ||
        f.n_keys != g.n_keys || memcmp(f.bytes + CLIP__HEADER, g.bytes + CLIP__HEADER, f.keys_size))
        return "other sizes or keys";
    for (size_t i = 0, at = 0, to = 0; i < f.n_tensors; i++) {
        const size_t record = CLIP__HEADER + f.keys_size + at;
        if (!clip__file_next_tensor(&f, &at, &a) || !clip__file_next_tensor(&g, &to, &b) || at != to ||
            memcmp(f.bytes + record, g.bytes + record, 56) || memcmp(a.name, b.name, a.name_size + a.source_size))
            return "another table";
        if (!memcmp(a.data, b.data, (size_t)a.size)) continue;
        if (!clip__name_is(a.name, a.name_size, "selftest.image_vector") &&
            !clip__name_is(a.name, a.name_size, "selftest.text_vector"))
            return printf("%.*s: ", (int)a.name_size, a.name), "other numbers";
        vectors = 1;
    }
    return vectors ? "same but for the self-test's vectors" : "another header";
}

int main(int argc, char **argv) {
    int passed = 0;
    if (argc == 4 && !strcmp(argv[1], "same")) return puts(difference(argv[2], argv[3])) < 0;
    if (argc < 3 || strcmp(argv[1], "check")) return 2;
    for (int i = 2; i < argc; i++) passed += passes(argv[i]);
    printf("%d of %d\n", passed, argc - 2);
    return passed != argc - 2;
}
