// emoji.c - finds emoji by what they mean. The image tower of the model that it comes with, box/emoji.clip, was trained
// here, on drawings and their names; the file holds the vectors of all emoji too, and small drawings to show what was
// found.
//
//     emoji box/emoji.clip "celebrate with friends" --sheet found.png
//
// How such a file is made is at the end: pack() adds the emoji to a trained model.
#define _XOPEN_SOURCE 700 // POSIX of 2008
#define _FILE_OFFSET_BITS 64 // files above 2 GB where a long has 32 bits
#define CLIP_IMPLEMENTATION
#include "clip_tokenizer.h"
#include "clip.h"
#define PROGRAM "emoji"
#include "common.h"
#include "png.h"

static const char HELP[] =
    "emoji MODEL.clip [\"words\"...] [-k 10] [--sheet OUT.png]\n"
    "emoji MODEL.clip --pack OUT.clip --list emoji.tsv --images DIR [--images DIR...]\n"
    "\n"
    "Prints the emoji that fit the words best, a line each: the score (the cosine, -1 to 1), the emoji, its name. Without\n"
    "words it asks for them, a line each, until the end of input. First it checks that the model computes here what it\n"
    "did where it was made.\n"
    "\n"
    "  -k N           how many, 1 to 100; default 10\n"
    "  --sheet FILE   their drawings too, as a PNG: ten in a row, the best first. Of several words on the command line,\n"
    "                 one answer below the other; of what is typed, the last answer\n"
    "  --pack FILE    writes MODEL.clip with the emoji of a list in it: of each the mean of its pictures' vectors, and\n"
    "                 the drawing in the first DIR\n"
    "  --list FILE    a header, then a line an emoji: code points in hex with - between, a tab, the name, and whatever\n"
    "                 else behind another tab\n"
    "  --images DIR   has the pictures, as CODEPOINTS.png; up to 8 of them\n"
    "  --threads N    how many work at once; default: the CPUs that are online. The results are the same bits.\n"
    "  --help         this\n"
    "\n"
    "Exit status: 0 success, 1 failure, 2 usage.\n";

// What is in the file beside the model, as tensors:
//     emoji.names      uint8 [bytes]: for each emoji its characters in UTF-8, a tab, its name, a line feed
//     emoji.rows       int8 [emoji, dim], emoji.scales f32 [emoji]: their vectors, see clip_index
//     emoji.drawings   uint8 [bytes]: for each emoji 16 colours, RGB, then DRAWN x DRAWN pixels in the order of reading,
//                      in runs of one colour: a byte each, the colour in the upper 4 bits, the length less 1 in the lower
enum { DRAWN = 48, COLOURS = 16, RUN = 16 };

typedef struct settings {
    const char *model, *sheet, *pack, *list, *images[8];
    char **queries;
    size_t n_queries, n_images, k, threads;
} settings;

typedef struct emoji {
    const char *text; // characters, tab, name,
    size_t size;      // up to the line feed
    const unsigned char *drawing;
} emoji;

// What a run holds. Everything is given back in run(), however it ends.
typedef struct job {
    clip_model *model;
    clip_context *clip;
    clip_model_info info;
    emoji *emoji;
    clip_index index;
    float *query;
    clip_match *found;
    unsigned char *sheet;
    size_t sheet_rows, line_room;
    char *line; // that was typed
    // of pack:
    unsigned char *list, *names, *drawings, *rows;
    float *vectors, *scales;
    clip__tensor *tensors;
} job;

// ------------------------------------------------------------------------------------------------------------ drawings

// Brings a picture to rgb [DRAWN, DRAWN, 3]; each pixel is the mean of what lies below it. Alpha is ignored, as
// by the model.
static void shrink(const clip_image *p, unsigned char *rgb) {
    const double across = (double)p->width / DRAWN, down = (double)p->height / DRAWN;
    for (size_t i = 0; i < DRAWN * DRAWN; i++) {
        const size_t column = i % DRAWN, line = i / DRAWN;
        const double x0 = across * (double)column, x1 = x0 + across, y0 = down * (double)line, y1 = y0 + down;
        double sum[3] = {0, 0, 0}, all = 0;
        for (size_t y = (size_t)y0; (double)y < y1 && y < p->height; y++)
            for (size_t x = (size_t)x0; (double)x < x1 && x < p->width; x++) {
                const double part =
                    (fmin(x1, (double)x + 1) - fmax(x0, (double)x)) * (fmin(y1, (double)y + 1) - fmax(y0, (double)y));
                const unsigned char *at = p->data + (y * p->width + x) * p->channels;
                for (size_t c = 0; c < 3; c++) sum[c] += part * at[p->channels < 3 ? 0 : c];
                all += part;
            }
        for (size_t c = 0; c < 3; c++) rgb[3 * i + c] = (unsigned char)(sum[c] / all + 0.5);
    }
}

typedef struct cluster {
    double n, sum[3], square[3]; // of its pixels
} cluster;

static double spread(const cluster *k, size_t c) { return k->n > 0 ? k->square[c] - k->sum[c] * k->sum[c] / k->n : 0; }

static void count(cluster *clusters, const unsigned char *rgb, const unsigned char *of) {
    memset(clusters, 0, COLOURS * sizeof *clusters);
    for (size_t i = 0; i < DRAWN * DRAWN; i++) {
        cluster *k = &clusters[of[i]];
        k->n++;
        for (size_t c = 0; c < 3; c++)
            k->sum[c] += rgb[3 * i + c], k->square[c] += (double)rgb[3 * i + c] * rgb[3 * i + c];
    }
}

// Finds the 16 colours that stand best for rgb [DRAWN, DRAWN, 3], and which of them each pixel is. The widest cluster
// is split at its mean until there are 16; then k-means (Lloyd 1982).
static void find_colours(const unsigned char *rgb, unsigned char colours[COLOURS * 3], unsigned char *of) {
    enum { ROUNDS = 8 };
    cluster k[COLOURS];
    memset(of, 0, DRAWN * DRAWN);
    for (unsigned next = 1; next < COLOURS; next++) {
        unsigned widest = 0;
        size_t axis = 0;
        count(k, rgb, of);
        for (unsigned i = 0; i < next; i++)
            for (size_t c = 0; c < 3; c++)
                if (spread(&k[i], c) > spread(&k[widest], axis)) widest = i, axis = c;
        for (size_t i = 0; i < DRAWN * DRAWN; i++)
            if (of[i] == widest && rgb[3 * i + axis] * k[widest].n > k[widest].sum[axis]) of[i] = (unsigned char)next;
    }
    for (int round = 0; round < ROUNDS; round++) {
        count(k, rgb, of);
        for (size_t i = 0; i < DRAWN * DRAWN; i++) {
            double best = HUGE_VAL;
            for (unsigned m = 0; m < COLOURS; m++) {
                double far = 0;
                if (k[m].n <= 0) continue;
                for (size_t c = 0; c < 3; c++) far += pow(rgb[3 * i + c] - k[m].sum[c] / k[m].n, 2);
                if (far < best) best = far, of[i] = (unsigned char)m;
            }
        }
    }
    count(k, rgb, of);
    for (size_t i = 0; i < COLOURS * 3; i++)
        colours[i] = (unsigned char)(k[i / 3].n > 0 ? k[i / 3].sum[i % 3] / k[i / 3].n + 0.5 : 0);
}

// Writes the drawing; returns its bytes, at most 3 COLOURS + DRAWN * DRAWN.
static size_t drawing_pack(const unsigned char *rgb, unsigned char *to) {
    unsigned char of[DRAWN * DRAWN], *p = to + 3 * COLOURS;
    find_colours(rgb, to, of);
    for (size_t i = 0, n; i < DRAWN * DRAWN; i += n) {
        for (n = 1; n < RUN && i + n < DRAWN * DRAWN && of[i + n] == of[i]; n++) {}
        *p++ = (unsigned char)((size_t)of[i] << 4 | (n - 1));
    }
    return (size_t)(p - to);
}

// Reads a drawing of `left` bytes at most to rgb (NULL: only looks). Returns its bytes, or 0 if it is none.
static size_t drawing_unpack(const unsigned char *from, size_t left, unsigned char *rgb) {
    size_t at = 3 * COLOURS, i = 0;
    for (; i < DRAWN * DRAWN && at < left; at++)
        for (size_t n = (from[at] & 15u) + 1; n > 0 && i < DRAWN * DRAWN; n--, i++)
            if (rgb) memcpy(rgb + 3 * i, from + 3 * (from[at] >> 4), 3);
    return i == DRAWN * DRAWN ? at : 0;
}

// ----------------------------------------------------------------------------------------------------------- answering

static int no_emoji(const settings *set, const char *what) {
    return complain("%s: %s; take the box/emoji.clip of this project, or --pack emoji into a model", set->model, what);
}

// Finds the emoji in the model's file.
static int open_emoji(job *j, const settings *set) {
    const clip__file *f = &j->model->file;
    clip__tensor names, rows, scales, drawings;
    size_t n;
    if (!clip__file_find_tensor(f, "emoji.names", &names) || !clip__file_find_tensor(f, "emoji.rows", &rows) ||
        !clip__file_find_tensor(f, "emoji.scales", &scales) || !clip__file_find_tensor(f, "emoji.drawings", &drawings))
        return no_emoji(set, "no emoji in this model");
    if (names.type != CLIP__UINT8 || rows.type != CLIP__INT8 || scales.type != CLIP__F32 ||
        drawings.type != CLIP__UINT8 || !rows.size ||
        rows.size != clip__mul((size_t)rows.shape[0], j->info.embed_dim) ||
        scales.size != rows.shape[0] * sizeof(float))
        return no_emoji(set, "the emoji in this model are damaged");
    n = (size_t)rows.shape[0];
    if (!(j->emoji = malloc(clip__mul(n, sizeof *j->emoji)))) return complain("not enough memory for the emoji");
    const char *text = names.data, *end = text + names.size;
    const unsigned char *drawing = drawings.data;
    size_t left = (size_t)drawings.size;
    for (size_t i = 0; i < n; i++) {
        const char *stop = memchr(text, '\n', (size_t)(end - text));
        const size_t size = drawing_unpack(drawing, left, NULL);
        const float scale = ((const float *)scales.data)[i];
        if (!stop || !memchr(text, '\t', (size_t)(stop - text)) || !size || scale - scale != 0)
            return no_emoji(set, "the emoji in this model are damaged");
        j->emoji[i] = (emoji){text, (size_t)(stop - text), drawing};
        text = stop + 1, drawing += size, left -= size;
    }
    j->index = (clip_index){CLIP_INDEX_INT8, n, j->info.embed_dim, rows.data, scales.data};
    return 0;
}

enum { ACROSS = 10, CELL = 2 * DRAWN, GAP = 8, SHEET_WIDTH = ACROSS * (CELL + GAP) + GAP };

// Puts a drawing into the sheet at twice its size, its pixels' colours running into each other.
static void draw(unsigned char *to, size_t row, const unsigned char *rgb) {
    for (size_t i = 0; i < CELL * CELL; i++) {
        const size_t x = i % CELL, y = i / CELL, x0 = x / 2, y0 = y / 2; // pixel x0 and, a quarter of it, its neighbour
        const size_t x1 = x % 2 ? clip__min(x0 + 1, DRAWN - 1) : x0 - (x0 > 0),
                     y1 = y % 2 ? clip__min(y0 + 1, DRAWN - 1) : y0 - (y0 > 0);
        for (size_t c = 0; c < 3; c++)
            to[y * row + 3 * x + c] =
                (unsigned char)((9 * rgb[(y0 * DRAWN + x0) * 3 + c] + 3 * rgb[(y0 * DRAWN + x1) * 3 + c] +
                                 3 * rgb[(y1 * DRAWN + x0) * 3 + c] + rgb[(y1 * DRAWN + x1) * 3 + c] + 8) / 16);
    }
}

// Puts an answer of n emoji below what the sheet has.
static int draw_answer(job *j, size_t n) {
    const size_t down = (n + ACROSS - 1) / ACROSS, width = SHEET_WIDTH, row = (CELL + GAP) * width * 3;
    const size_t size = (j->sheet_rows + down) * row + GAP * width * 3, above = j->sheet_rows;
    unsigned char rgb[DRAWN * DRAWN * 3], *sheet = realloc(j->sheet, size);
    if (!sheet) return complain("not enough memory for the sheet");
    j->sheet = sheet, j->sheet_rows += down;
    memset(sheet + above * row, 255, size - above * row);
    for (size_t i = 0; i < n; i++) {
        drawing_unpack(j->emoji[j->found[i].index].drawing, SIZE_MAX, rgb); // open_emoji has looked at it
        draw(sheet + (above + i / ACROSS) * row + (GAP * width + i % ACROSS * (CELL + GAP) + GAP) * 3, width * 3, rgb);
    }
    return 0;
}

static int write_sheet(const job *j, const settings *set) {
    output o;
    if (output_open(&o, set->sheet)) return complain("%s: %s", set->sheet, strerror(errno));
    if (!write_png(o.file, j->sheet, SHEET_WIDTH, j->sheet_rows * (CELL + GAP) + GAP) && !output_commit(&o)) return 0;
    complain("%s: %s", set->sheet, strerror(errno));
    return output_discard(&o), FAILED;
}

static int answer(job *j, const settings *set, const char *query) {
    size_t n;
    if (clip_encode_texts(j->clip, &query, 1, j->query)) return complain("%s", clip_context_error(j->clip));
    if (vector_check(query, j->query, j->info.embed_dim)) return FAILED;
    if (clip_search(j->clip, &j->index, j->query, set->k, j->found, &n))
        return complain("%s", clip_context_error(j->clip));
    for (size_t i = 0; i < n; i++) {
        const emoji *e = &j->emoji[j->found[i].index];
        const size_t characters = (size_t)((const char *)memchr(e->text, '\t', e->size) - e->text);
        printf("%7.4f  ", (double)j->found[i].score);
        print_clean_part(stdout, e->text, characters);
        fputs("  ", stdout);
        print_clean_part(stdout, e->text + characters + 1, e->size - characters - 1);
        putchar('\n');
    }
    return stdout_failed() || (set->sheet && draw_answer(j, n));
}

// A line of the user's, without its end. 0 at the end of input. (stdout has answers alone, which may go to a file.)
static int ask(job *j) {
    if (isatty(STDIN_FILENO)) fputs("words, or Ctrl-D to end: ", stderr);
    const ssize_t n = interrupted ? -1 : getline(&j->line, &j->line_room, stdin);
    if (n >= 0) clean_line(j->line, (size_t)n);
    return n >= 0;
}

static int converse(job *j, const settings *set) {
    if (open_emoji(j, set)) return FAILED;
    j->query = vectors_alloc(1, j->info.embed_dim);
    j->found = malloc(set->k * sizeof *j->found);
    if (!j->query || !j->found) return complain("not enough memory for an answer");
    for (size_t i = 0; i < set->n_queries; i++) {
        if (interrupted) return complain("stopped");
        if (set->n_queries > 1) {
            if (i) putchar('\n');
            print_clean(stdout, set->queries[i]);
            putchar('\n');
        }
        if (answer(j, set, set->queries[i])) return FAILED;
    }
    if (set->n_queries) return set->sheet && write_sheet(j, set);
    while (ask(j)) {
        if (!*j->line) continue;
        j->sheet_rows = 0;
        if (answer(j, set, j->line) || (set->sheet && write_sheet(j, set))) return FAILED;
        putchar('\n'); // the end of the answer: what reads it from a pipe need not wait for the next
        if (stdout_failed()) return FAILED;
    }
    if (interrupted) return complain("stopped");
    return feof(stdin) ? 0 : complain("stdin: %s", strerror(errno));
}

// ------------------------------------------------------------------------------------------------------------- packing

// The characters of "1f468-200d-2695" in UTF-8, at `to`, of which there must be `room`; returns their bytes, 0 if there
// are none. CLDR's files leave out U+FE0F, which asks for the coloured form: it comes behind every sign that has
// another one.
static size_t characters_of(const char *hex, size_t size, char *to, size_t room) {
    size_t n = 0;
    const char *end = hex + size;
    while (hex < end) {
        char *stop;
        const unsigned long c = strtoul(hex, &stop, 16);
        const int alone = (size_t)(stop - hex) == size;
        const int both = c != 0x200D && c != 0x20E3 && (c < 0x10000 || (alone && (c < 0x1F1E6 || c > 0x1F1FF)));
        const int good = c >= 0x20 && c <= 0x10FFFF && (c < 0xD800 || c > 0xDFFF); // those halve what has 16 bits only
        if (stop == hex || stop > end || (stop < end && *stop != '-') || !good || n + 8 > room) return 0;
        n += clip__utf8_put((unsigned char *)to + n, (uint32_t)c);
        if (both) memcpy(to + n, "\xEF\xB8\x8F", 3), n += 3;
        hex = stop + (stop < end);
    }
    return n;
}

// The vector of one emoji, the mean of its pictures', and its drawing, from the first folder.
static int pack_pictures(job *j, const settings *set, const char *code, size_t size, float *vector,
                         unsigned char *drawing, size_t *drawn) {
    const size_t dim = j->info.embed_dim;
    memset(vector, 0, dim * sizeof *vector);
    for (size_t d = 0; d < set->n_images; d++) {
        char name[256], why[WHY];
        unsigned char rgb[DRAWN * DRAWN * 3];
        clip_image picture;
        snprintf(name, sizeof name, "%.*s.png", (int)size, code);
        char *path = path_join(set->images[d], name);
        int failed = !path || picture_read(path, NULL, &picture, why);
        if (failed) complain("%s: %s", path ? path : name, path ? why : "not enough memory");
        else {
            if (clip_encode_images(j->clip, &picture, 1, j->query))
                failed = complain("%s: %s", path, clip_context_error(j->clip));
            else failed = vector_check(path, j->query, dim);
            for (size_t k = 0; k < dim && !failed; k++) vector[k] += j->query[k];
            if (!d) shrink(&picture, rgb), *drawn = drawing_pack(rgb, drawing);
            picture_free(&picture);
        }
        free(path);
        if (failed) return FAILED;
    }
    clip__l2_normalize(vector, vector, dim);
    return 0;
}

static clip__tensor tensor_of(const char *name, unsigned type, size_t rows, size_t width, const void *data) {
    clip__tensor t;
    memset(&t, 0, sizeof t);
    t.name = name, t.name_size = strlen(name), t.source = "", t.type = t.source_type = type;
    t.shape[0] = rows, t.shape[1] = width, t.shape[2] = t.shape[3] = 1;
    t.size = clip__tensor_bytes(&t), t.data = data;
    return t;
}

// Writes the model's file with four tensors more.
static int pack_write(job *j, const settings *set, size_t n, size_t names, size_t drawings) {
    const clip__file *f = &j->model->file;
    const size_t dim = j->info.embed_dim;
    clip__tensor t;
    clip_error why;
    size_t count = 0;
    if (!(j->tensors = malloc((f->n_tensors + 4) * sizeof t))) return complain("not enough memory for the emoji");
    for (size_t cursor = 0, i = 0; i < f->n_tensors && clip__file_next_tensor(f, &cursor, &t); i++)
        if (!clip__name_begins(t.name, t.name_size, "emoji.")) j->tensors[count++] = t; // those of before go
    j->tensors[count++] = tensor_of("emoji.names", CLIP__UINT8, names, 1, j->names);
    j->tensors[count++] = tensor_of("emoji.rows", CLIP__INT8, n, dim, j->rows);
    j->tensors[count++] = tensor_of("emoji.scales", CLIP__F32, n, 1, j->scales);
    j->tensors[count++] = tensor_of("emoji.drawings", CLIP__UINT8, drawings, 1, j->drawings);
    if (clip__file_write(set->pack, f->bytes + CLIP__HEADER, f->keys_size, f->n_keys, j->tensors, count, &why))
        return complain("%s", why.message);
    complain("%zu emoji; %zu bytes of vectors, %zu of drawings", n, n * dim, drawings); // stdout may be the file
    return 0;
}

static int pack(job *j, const settings *set) {
    const size_t dim = j->info.embed_dim, most_drawn = 3 * COLOURS + DRAWN * DRAWN;
    size_t size, n = 0, most = 1, names = 0, drawings = 0;
    char why[WHY];
    if (!(j->list = file_read(set->list, 1 << 26, &size, why))) return complain("%s: %s", set->list, why);
    if (memchr(j->list, 0, size)) return complain("%s: a byte of 0 is no text; lists are UTF-8", set->list);
    j->list[size] = 0; // file_read has room for one byte more
    for (size_t i = 0; i < size; i++) most += j->list[i] == '\n';
    // Of names: a code point of 5 characters, "2615-", becomes 6 bytes at most.
    j->names = malloc(clip__add(size * 4, clip__mul(most, 8)));
    j->drawings = malloc(clip__mul(most, most_drawn));
    j->vectors = malloc(clip__mul(most, clip__mul(dim, sizeof(float))));
    j->rows = malloc(clip__mul(most, dim));
    j->scales = malloc(clip__mul(most, sizeof(float)));
    j->query = vectors_alloc(1, dim);
    if (!j->names || !j->drawings || !j->vectors || !j->rows || !j->scales || !j->query)
        return complain("not enough memory for the emoji");
    progress p = progress_begin("emoji", most);
    char *line = (char *)j->list, *end;
    for (size_t number = 1; *line; line = end + (*end != 0), number++) {
        end = line + strcspn(line, "\n");
        const char *tab = memchr(line, '\t', (size_t)(end - line));
        if (number == 1 || end == line) continue; // the header
        if (!tab) return complain("%s, line %zu: no tab between code points and name", set->list, number);
        const size_t code = (size_t)(tab - line), name = strcspn(tab + 1, "\t\r\n");
        const size_t characters = characters_of(line, code, (char *)j->names + names, code * 4 + 8);
        size_t drawn = 0;
        if (!characters) return complain("%s, line %zu: no code points in hex with - between", set->list, number);
        if (pack_pictures(j, set, line, code, j->vectors + n * dim, j->drawings + drawings, &drawn)) return FAILED;
        names += characters;
        j->names[names++] = '\t';
        memcpy(j->names + names, tab + 1, name);
        names += name;
        j->names[names++] = '\n';
        drawings += drawn;
        progress_show(&p, ++n);
        if (interrupted) return complain("stopped; nothing is written");
    }
    if (!n) return complain("%s: no emoji in it", set->list);
    clip_index_pack(CLIP_INDEX_INT8, j->vectors, n, dim, j->rows, j->scales);
    return pack_write(j, set, n, names, drawings);
}

// ---------------------------------------------------------------------------------------------------------------- run

static int work(job *j, const settings *set) {
    clip_options options = {0};
    clip_error why;
    options.threads = set->threads, options.max_batch = 1;
    if (clip_model_load(set->model, NULL, &why, &j->model)) return complain("%s", why.message);
    if (clip_context_new(j->model, &options, &why, &j->clip)) return complain("%s", why.message);
    clip_model_get_info(j->model, &j->info);
    if (!j->info.image.tower || !j->info.text.tower || !j->info.tokenizer)
        return complain("%s: this model takes no %s", set->model, j->info.image.tower ? "texts" : "pictures");
    if (clip_selftest(j->clip, NULL)) return complain("%s: %s", set->model, clip_context_error(j->clip));
    return set->pack ? pack(j, set) : converse(j, set);
}

static int run(const settings *set) {
    job j;
    memset(&j, 0, sizeof j);
    const int status = work(&j, set);
    free(j.emoji), free(j.query), free(j.found), free(j.sheet), free(j.line);
    free(j.list), free(j.names), free(j.drawings), free(j.rows), free(j.vectors), free(j.scales), free(j.tensors);
    clip_context_free(j.clip);
    clip_model_free(j.model);
    return status;
}

int main(int argc, char **argv) {
    settings set;
    size_t places = 0;
    int options = 1; // "--" ends them, for words that begin with '-'
    take_streams();
    memset(&set, 0, sizeof set);
    set.threads = online_cpus(), set.k = 10;
    for (int i = 1; i < argc; i++) {
        const char *a = argv[i];
        int failed = 0;
        // MODEL and words, one after the other at the front
        if (!options || a[0] != '-' || !a[1]) argv[places++] = argv[i];
        else if (!strcmp(a, "--")) options = 0;
        else if (!strcmp(a, "--help")) return fputs(HELP, stdout) == EOF || fflush(stdout) != 0;
        else if (!strcmp(a, "-k")) failed = option_count(argc, argv, &i, 1, 100, &set.k);
        else if (!strcmp(a, "--sheet")) failed = !(set.sheet = option_value(argc, argv, &i));
        else if (!strcmp(a, "--pack")) failed = !(set.pack = option_value(argc, argv, &i));
        else if (!strcmp(a, "--list")) failed = !(set.list = option_value(argc, argv, &i));
        else if (!strcmp(a, "--images")) {
            if (set.n_images == sizeof set.images / sizeof *set.images) failed = complain("--images: 8 at the most");
            else failed = !(set.images[set.n_images++] = option_value(argc, argv, &i));
        } else if (!strcmp(a, "--threads")) failed = option_count(argc, argv, &i, 1, MOST_THREADS, &set.threads);
        else failed = complain("%s: no such option; see --help", a);
        if (failed) return USAGE;
    }
    const char *missing = !places                      ? "MODEL.clip"
                          : set.pack && !set.list      ? "--list FILE"
                          : set.pack && !set.n_images  ? "--images DIR"
                          : !set.pack && (set.list || set.n_images) ? "--pack FILE"
                                                       : NULL;
    if (missing) return complain("%s is missing; see --help", missing), USAGE;
    if (set.sheet && !strcmp(set.sheet, "-"))
        return complain("--sheet -: the answers go to stdout; name a file"), USAGE;
    if (set.pack && (places > 1 || set.sheet)) return complain("--pack answers nothing; see --help"), USAGE;
    set.model = argv[0], set.queries = argv + 1, set.n_queries = places - 1;
    if (output_replaces("--sheet", set.sheet, set.model) || output_replaces("--pack", set.pack, set.model) ||
        output_replaces("--pack", set.pack, set.list))
        return USAGE;
    catch_signals();
    return run(&set);
}
