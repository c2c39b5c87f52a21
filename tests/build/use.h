// What the builds of this folder run: every .clip named on the command line is loaded and passes its self-test.
#include <stdio.h>
#include <stdlib.h>

static void *read_whole(const char *path, size_t *size) {
    FILE *f = fopen(path, "rb");
    char *data = (char *)malloc((size_t)1 << 20);
    if (!f || !data) exit(2);
    *size = fread(data, 1, (size_t)1 << 20, f);
    fclose(f);
    return data;
}

static int use(int count, char **paths) {
    for (int i = 1; i < count; i++) {
        clip_model *model = NULL;
        clip_context *clip = NULL;
        clip_error why;
        clip_model_info info;
        size_t size;
        float worst = 0;
        void *data = read_whole(paths[i], &size);
#ifdef CLIP_NO_STDIO
        if (clip_model_load(paths[i], NULL, &why, &model) != CLIP_ERROR_UNSUPPORTED)
            return puts("a file was opened"), 1;
        if (clip_model_load_memory(data, size, NULL, &why, &model)) return puts(why.message), 1;
#else
        if (clip_model_load(paths[i], NULL, &why, &model)) return puts(why.message), 1;
#endif
        clip_model_get_info(model, &info);
        if (info.file_size != size) return puts("the file has another size"), 1;
        if (clip_context_new(model, NULL, &why, &clip)) return puts(why.message), 1;
        if (clip_selftest(clip, &worst)) return puts(clip_context_error(clip)), 1;
#ifdef CLIP_NO_SIMD
        if (clip_isa_name(clip)[0] != 'p') return puts("CLIP_NO_SIMD, and yet not plain"), 1;
#endif
#ifndef NO_TOKENIZER
        int32_t ids[8];
        size_t n = 0;
        if (info.tokenizer && (clip_tokenize(clip, "a", ids, 8, &n) || n < 3)) return puts("no tokenizer"), 1;
#endif
        clip_context_free(clip);
        clip_model_free(model);
        free(data);
    }
    return clip_version() != CLIP_VERSION;
}
