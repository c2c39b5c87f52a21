// read_safetensors.h - the tensors of a .safetensors file. Included behind source.h. Public domain or MIT, as clip.h.
//
// The file: 8 bytes, the length of the header; the header, a JSON object of {"name": {"dtype": "F32", "shape": [2,3],
// "data_offsets": [0,24]}, ...}; the data, in which every byte belongs to one tensor. As the reference implementation
// does, files with holes, overlaps, or bytes behind the last tensor are refused.
// https://github.com/huggingface/safetensors#format
#ifndef CLIP_READ_SAFETENSORS_H
#define CLIP_READ_SAFETENSORS_H

enum { SAFETENSORS_HEADER = 100000000 }; // the most that the reference implementation takes

static int safetensors_compare(const void *a, const void *b) { // by place; empty ones first
    const source_tensor *s = (const source_tensor *)a, *t = (const source_tensor *)b;
    return s->data != t->data ? (s->data < t->data ? -1 : 1) : (s->size > t->size) - (s->size < t->size);
}

static int safetensors_tensor(run *r, const char *file, json key, json value, const unsigned char *data,
                              size_t data_size, source *out) {
    source_tensor t;
    json dtype, shape, offsets, size, first, last, none, c;
    uint64_t begin = 0, end = 0;
    size_t type = 0;
    char *name = (char *)run_alloc(r, (size_t)(key.end - key.p), 1);
    if (!name) return 0;
    memset(&t, 0, sizeof t);
    t.file = file;
    t.name = name;
    t.name_size = json_text(key, name, (size_t)(key.end - key.p));
    if (t.name_size == (size_t)-1) return run_fail(r, CLIP_ERROR_FORMAT, "%s: a tensor's name is not Unicode", file);
    if (!json_get(value, "dtype", &dtype) || !json_get(value, "shape", &shape) || !json_is_list(shape) ||
        !json_get(value, "data_offsets", &offsets) || !json_is_list(offsets))
        return run_fail(r, CLIP_ERROR_FORMAT, "%s: tensor %s lacks dtype, shape or data_offsets", file, name);
    while (type < SOURCE_N_TYPES && !json_text_is(dtype, source_types[type].name)) type++;
    if (type == SOURCE_N_TYPES)
        return run_fail(r, CLIP_ERROR_FORMAT, "%s: tensor %s has a dtype that is not known here: %.*s", file, name,
                        SHOW_JSON(dtype));
    for (c = json_begin(shape); json_next(&c, &none, &size); t.rank++)
        if (t.rank == SOURCE_RANK || !json_integer(size, &t.shape[t.rank]))
            return run_fail(r, CLIP_ERROR_FORMAT, "%s: tensor %s has a shape that is no list of up to %d sizes", file,
                            name, SOURCE_RANK);
    c = json_begin(offsets);
    if (!json_next(&c, &none, &first) || !json_next(&c, &none, &last) || json_next(&c, &none, &value) ||
        !json_integer(first, &begin) || !json_integer(last, &end) || begin > end || end > data_size)
        return run_fail(
            r, CLIP_ERROR_FORMAT,
            "%s: tensor %s has data_offsets that don't lie in the file's %llu bytes of data; is the file cut?", file,
            name, (unsigned long long)data_size);
    t.data = data + begin;
    if (!source_add(r, out, &t, type)) return 0;
    if (end - begin != t.size)
        return run_fail(r, CLIP_ERROR_FORMAT, "%s: tensor %s has %llu bytes, its shape and dtype ask for %llu", file,
                        name, (unsigned long long)(end - begin), (unsigned long long)t.size);
    run_free(r, name);
    return 1;
}

static int safetensors_is(const unsigned char *bytes, size_t size) {
    return size > 9 && clip__read_le(bytes, 8) <= SAFETENSORS_HEADER && bytes[8] == '{';
}

// Adds the tensors of the file to *out; their data are views into `bytes`.
static int safetensors_read(run *r, const char *file, const unsigned char *bytes, size_t size, source *out) {
    uint64_t header = size < 8 ? 0 : clip__read_le(bytes, 8);
    json root, key, value;
    const char *wrong;
    const unsigned char *data, *at;
    size_t first = out->n;
    if (size < 8 || header > SAFETENSORS_HEADER || header > size - 8)
        return run_fail(r, CLIP_ERROR_FORMAT,
                        "%s: its header of %llu bytes does not fit into the file of %llu; is it cut?", file,
                        (unsigned long long)header, (unsigned long long)size);
    wrong = json_open((const char *)bytes + 8, (size_t)header, &root);
    if (wrong || !json_is_object(root))
        return run_fail(r, CLIP_ERROR_FORMAT, "%s: its header is damaged: %s", file,
                        wrong ? wrong : "the JSON text is no object");
    data = at = bytes + 8 + header;
    for (json c = json_begin(root); json_next(&c, &key, &value);)
        if (!json_text_is(key, "__metadata__") &&
            !safetensors_tensor(r, file, key, value, data, size - 8 - (size_t)header, out))
            return 0;
    if (out->n > first) qsort(out->tensors + first, out->n - first, sizeof *out->tensors, safetensors_compare);
    for (size_t i = first; i < out->n; at += out->tensors[i++].size)
        if (out->tensors[i].data != at)
            return run_fail(r, CLIP_ERROR_FORMAT, "%s: tensor %s %s", file, out->tensors[i].name,
                            out->tensors[i].data < at ? "overlaps another one" : "leaves a hole in front of it");
    if (at != bytes + size)
        return run_fail(r, CLIP_ERROR_FORMAT, "%s: %llu bytes behind its last tensor belong to nothing", file,
                        (unsigned long long)(bytes + size - at));
    return 1;
}

#endif // CLIP_READ_SAFETENSORS_H
