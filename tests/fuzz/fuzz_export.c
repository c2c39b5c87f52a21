// Any bytes as a .clip that clip-convert gives back as safetensors, or brings to another type. What is refused is
// refused in one line; a .safetensors that comes out can be read, and a .clip loads.
//
//     clang -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -I.
//         tests/fuzz/fuzz_export.c -o build/fuzz_export -lm -lpthread
//     build/fuzz_export -max_total_time=300 build/corpus tests/fuzz/corpus_export
//
// The mutator is fuzz_model's, which knows the format. Here it also tells of other sources: names, types, turned round
// or not, and rows where there were panels. The files lie in a folder in memory, where there is one.
#define _XOPEN_SOURCE 700
#include "harmless.h"
#define CONVERT_NO_MAIN
#include "../../tools/convert.c"
#include "with_model.h"

enum { PATHS = 3 };
static const char *const files[PATHS] = {"in.clip", "out.safetensors", "out.clip"};
static char folder[256], paths[PATHS][300];

static void remove_folder(void) {
    for (int i = 0; i < PATHS; i++) remove(paths[i]);
    remove(folder);
}

static void begin(void) {
    const char *tmp = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/fuzz_export.XXXXXX",
             tmp ? tmp : access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm");
    HOLDS(mkdtemp(folder) && !atexit(remove_folder));
    for (int i = 0; i < PATHS; i++) snprintf(paths[i], sizeof paths[i], "%s/%s", folder, files[i]);
}

// Ends a run that has come to `good`, which it returns; if it has not, it must say why.
static int ended(run *r, int good) {
    HOLDS(good || r->why.result);
    if (!good) {
        const char *message = *r->message ? r->message : r->why.message;
        HOLDS(*message && is_harmless(message, strlen(message)) && !strchr(message, '\n'));
    }
    run_end(r);
    memset(r, 0, sizeof *r);
    r->err = stderr;
    return good;
}

// What was written can be read again, but for names and shapes that no source has.
static void check_safetensors(void) {
    static const char *const reasons[] = {"bytes, expected 1 to", "overflows", "too large for this machine"};
    run r;
    source found;
    const unsigned char *bytes = NULL;
    size_t size = 0;
    int good;
    memset(&r, 0, sizeof r), memset(&found, 0, sizeof found);
    HOLDS(run_read(&r, paths[1], &bytes, &size));
    good = safetensors_read(&r, paths[1], bytes, size, &found);
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++) good = good || strstr(r.message, reasons[i]);
    HOLDS(good);
    run_end(&r);
}

// convert() of a .clip, but that the models are neither tried nor compared, which takes most of the time.
static int narrow(run *r, const options *o) {
    static build b; // its prefixes are large
    const unsigned char *bytes;
    size_t size;
    memset(&b, 0, sizeof b);
    b.r = r, b.o = o;
    return run_read(r, o->source, &bytes, &size) && build_again(&b, o->source, bytes, size) &&
           build_narrow(&b, o->type) &&
           !clip__file_write(o->out, b.keys, b.keys_size, b.n_keys, b.tensors, b.n, &r->why);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const unsigned types[] = {CLIP__F16, CLIP__BF16, CLIP__Q8, CLIP__Q4, CLIP__F32};
    const uint32_t pick = clip__crc32(0, data, size);
    clip_model *model = NULL;
    clip_options small = {0};
    clip_error why;
    clip_context *c = NULL;
    options o;
    run r;
    FILE *f;
    if (!*folder) begin();
    HOLDS((f = fopen(paths[0], "wb")));
    HOLDS(fwrite(data, 1, size, f) == size && !fclose(f));
    memset(&r, 0, sizeof r), memset(&o, 0, sizeof o);
    r.err = stderr;
    if (ended(&r, export_safetensors(&r, paths[0], paths[1], stdout))) check_safetensors();

    // What asks for much is valid, and would only be slow.
    small.max_batch = 1, small.max_tokens = 256, small.max_memory = MOST_MEMORY, small.max_work = 1e5;
    if (!clip_model_load_memory(data, size, NULL, &why, &model) && !clip_context_new(model, &small, &why, &c)) {
        o.source = paths[0], o.out = paths[2], o.type = types[pick % 5];
        if (ended(&r, pick % 16 ? narrow(&r, &o) : convert(&r, &o, stdout))) {
            clip_model *made = NULL;
            HOLDS(!clip_model_load(paths[2], NULL, &why, &made));
            clip_model_free(made);
            if (ended(&r, export_safetensors(&r, paths[2], paths[1], stdout))) check_safetensors();
        }
    }
    clip_context_free(c);
    clip_model_free(model);
    said_is_harmless();
    return 0;
}

// ---- the mutator ----

// A tensor gets another source: names, type, turned or not; or other types and layouts of its own.
static size_t mutate_source(uint8_t *data, size_t size, size_t max_size) {
    static const char *const names[] = {"",     "a",    "a\nb",     "a\na", "a\nb\nc",     "a\na\na\na",
                                        "\xff", "\"\\", "a\x1b[2J", "\n",   "\xe2\x80\xae"};
    const char *source = names[below(sizeof names / sizeof *names)];
    records r;
    size_t at, name, was;
    find_records(data, size, &r);
    if (!r.n_tensors) return size;
    at = r.tensors[below((uint32_t)r.n_tensors)];
    name = (size_t)get(data + at, 2), was = (size_t)get(data + at + 2, 2);
    switch (below(7)) {
    case 0: data[at + 4] = (uint8_t)below(12); break;
    case 1: data[at + 5] = (uint8_t)below(2); break;
    case 2: data[at + 6] = (uint8_t)below(10); break;
    case 3: data[at + 7] = (uint8_t)below(2); break;
    case 4: data[at + 4] = data[at + 6] = (uint8_t)below(10), data[at + 5] = 0; break;
    case 5: // no numbers, in many rows
        clip__write_le(data + at + 8, (uint64_t)1 << 58, 8), clip__write_le(data + at + 16, 0, 8);
        break;
    default:
        if (resize_at(data, &size, max_size, at + CLIP__TENSOR_HEADER + name, was, strlen(source))) {
            memcpy(data + at + CLIP__TENSOR_HEADER + name, source, strlen(source));
            clip__write_le(data + at + 2, strlen(source), 2);
        }
    }
    return size;
}

// Tensors without a source are not given back: all get one, of one letter or two, in the order of the table.
static size_t give_sources(uint8_t *data, size_t size, size_t max_size) {
    records r;
    for (size_t i = 0; find_records(data, size, &r), i < r.n_tensors; i++) { // a file longer by two may have fewer
        const size_t at = r.tensors[i];
        if (get(data + at + 2, 2) ||
            !resize_at(data, &size, max_size, at + CLIP__TENSOR_HEADER + (size_t)get(data + at, 2), 0, 2))
            continue;
        data[at + CLIP__TENSOR_HEADER + get(data + at, 2)] = (uint8_t)('A' + i / 26 % 26);
        data[at + CLIP__TENSOR_HEADER + get(data + at, 2) + 1] = (uint8_t)('a' + i % 26);
        clip__write_le(data + at + 2, 2, 2);
    }
    return size;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed) {
    const int is_clip = size >= CLIP__HEADER && !memcmp(data, clip__magic, 8);
    if (!is_clip || seed % 2) size = fuzz_model_mutator(data, size, max_size, seed);
    state = seed * 2654435761u | 1;
    if (size < CLIP__HEADER || memcmp(data, clip__magic, 8)) return size;
    if (!is_clip || !below(20)) size = give_sources(data, size, max_size);
    else if (seed % 2) return size;
    for (uint32_t n = 1 + below(4); n; n--) size = mutate_source(data, size, max_size);
    return below(16) ? settle(data, size, max_size) : size;
}
