// probe.c - a linear probe: how well do a model's vectors tell classes apart, and a classifier out of it, in seconds.
//
//     probe model.clip photos/train --test photos/test -o probe.npy
//     probe model.clip --with probe.npy holiday.jpg
#define _XOPEN_SOURCE 700 // POSIX of 2008
#define _FILE_OFFSET_BITS 64 // files above 2 GB where a long has 32 bits
#define CLIP_IMPLEMENTATION
#include "clip_tokenizer.h"
#include "clip.h"
#define PROGRAM "probe"
#include "common.h"
#include "classes.h"

static const char HELP[] =
    "probe MODEL.clip DIR [--test DIR] [-o PROBE.npy]    learns to tell the sub-folders of DIR apart\n"
    "probe MODEL.clip --with PROBE.npy DIR|IMAGE         a line a picture: probability, class, path; of a DIR\n"
    "                                                    with those sub-folders accuracy and confusion\n"
    "\n"
    "Multinomial logistic regression on the pictures' vectors, the image tower as it is. It minimises C times\n"
    "the sum of -log p(class of picture) plus half the squared length of the weights, biases aside, by L-BFGS.\n"
    "\n"
    "  --test DIR        measures on these, with the same sub-folders\n"
    "  --c X             how much the pictures weigh against the length of the weights; default 1. auto: the best of\n"
    "                    1e-3 to 1e3 on every fifth picture, learnt from the others\n"
    "  -o FILE           the weights, float32 [classes, embed_dim + 1], the bias last, and FILE.txt, the classes\n"
    "  --confusion FILE  the whole table of --test, or of a DIR, as CSV\n"
    "  --threads N       how many work at once; default: the CPUs that are online. The results are the same bits.\n"
    "  --help            this\n"
    "\n"
    "Pictures: " PICTURE_FORMATS ".\n"
    "Exit status: 0 success, 1 failure, 2 usage.\n";

// --------------------------------------------------------------------------------------------- logistic regression

// n vectors x [n, dim] of classes y [n]; weights W [classes, dim + 1], the bias last.
typedef struct problem {
    const float *x;
    const size_t *y;
    size_t n, dim, classes, size; // size = classes (dim + 1)
    const unsigned char *held;    // [n] 1: left out; NULL: none is
    double c;
} problem;

static double dot(const double *a, const double *b, size_t n) {
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += a[i] * b[i];
    return sum;
}

// p [classes] = softmax(W [x, 1])
static void probabilities(const problem *q, const double *w, const float *x, double *p) {
    double most = -HUGE_VAL, sum = 0;
    for (size_t k = 0; k < q->classes; k++, w += q->dim + 1) {
        double z = w[q->dim];
        for (size_t i = 0; i < q->dim; i++) z += w[i] * (double)x[i];
        p[k] = z;
        most = fmax(most, z);
    }
    for (size_t k = 0; k < q->classes; k++) sum += exp(p[k] - most);
    for (size_t k = 0; k < q->classes; k++) p[k] = exp(p[k] - most) / sum;
}

// f = C sum -log p(y) + |W|^2 / 2 (without biases), and its gradient
//   -> df/dW[k] = C sum (p[k] - (k == y)) [x, 1] + W[k].     p [classes] is scratch.
static double objective(const problem *q, const double *w, double *gradient, double *p) {
    double f = 0;
    memset(gradient, 0, q->size * sizeof *gradient);
    for (size_t r = 0; r < q->n; r++) {
        const float *x = q->x + r * q->dim;
        if (q->held && q->held[r]) continue;
        probabilities(q, w, x, p);
        f -= q->c * log(fmax(p[q->y[r]], 1e-300));
        for (size_t k = 0; k < q->classes; k++) {
            const double d = q->c * (p[k] - (k == q->y[r]));
            double *g = gradient + k * (q->dim + 1);
            for (size_t i = 0; i < q->dim; i++) g[i] += d * (double)x[i];
            g[q->dim] += d;
        }
    }
    for (size_t k = 0; k < q->classes; k++)
        for (size_t i = k * (q->dim + 1), end = i + q->dim; i < end; i++) {
            f += 0.5 * w[i] * w[i];
            gradient[i] += w[i];
        }
    return f;
}

enum { MEMORY = 10, MOST_STEPS = 1000 };

// L-BFGS: Nocedal and Wright 2006, algorithms 7.4 (the direction out of the last changes of w and of the gradient) and
// 7.5, with step lengths that satisfy the weak Wolfe conditions by halving an interval. Returns the steps taken; w
// [size] is the start and the result. (size_t)-1 if there is no memory.
static size_t minimise(const problem *q, double *w, double tolerance) {
    const size_t size = q->size;
    const size_t numbers = clip__add(clip__mul(2 * MEMORY + 4, size), q->classes + 1);
    double *block = malloc(clip__mul(numbers, sizeof *block));
    double *s[MEMORY], *y[MEMORY], rho[MEMORY], alpha[MEMORY], *g, *next, *next_g, *direction, *p, f;
    size_t kept = 0, step = 0;
    if (!block) return (size_t)-1;
    for (size_t i = 0; i < MEMORY; i++) s[i] = block + 2 * i * size, y[i] = s[i] + size;
    g = block + (size_t)2 * MEMORY * size, next = g + size, next_g = next + size, direction = next_g + size;
    p = direction + size;
    f = objective(q, w, g, p);
    for (; step < MOST_STEPS && !interrupted; step++) {
        double low = 0, high = HUGE_VAL, length = 1, slope, f_next = f, most = 0;
        for (size_t i = 0; i < size; i++) most = fmax(most, fabs(g[i]));
        if (most <= tolerance) break;
        // direction = -H g, H the inverse Hessian that the kept changes stand for
        memcpy(direction, g, size * sizeof *g);
        for (size_t i = 0; i < kept; i++) { // from the newest to the oldest
            const size_t k = (step - 1 - i) % MEMORY;
            alpha[k] = rho[k] * dot(s[k], direction, size);
            for (size_t j = 0; j < size; j++) direction[j] -= alpha[k] * y[k][j];
        }
        if (kept) {
            const size_t k = (step - 1) % MEMORY;
            const double scale = 1 / (rho[k] * dot(y[k], y[k], size)); // eq. 7.20
            for (size_t j = 0; j < size; j++) direction[j] *= scale;
        } else length = 1 / sqrt(dot(g, g, size));
        for (size_t i = kept; i--;) {
            const size_t k = (step - 1 - i) % MEMORY;
            const double beta = rho[k] * dot(y[k], direction, size);
            for (size_t j = 0; j < size; j++) direction[j] += (alpha[k] - beta) * s[k][j];
        }
        for (size_t j = 0; j < size; j++) direction[j] = -direction[j];
        slope = dot(g, direction, size);
        if (!(slope < 0)) break;
        for (int trial = 0; trial < 60; trial++) { // eq. 3.6: enough less, and not still falling as steeply
            for (size_t j = 0; j < size; j++) next[j] = w[j] + length * direction[j];
            f_next = objective(q, next, next_g, p);
            if (!(f_next <= f + 1e-4 * length * slope)) high = length;
            else if (dot(next_g, direction, size) < 0.9 * slope) low = length;
            else break;
            length = high < HUGE_VAL ? (low + high) / 2 : 2 * length;
        }
        if (!(f_next < f)) break; // as small as doubles tell
        {
            const size_t k = step % MEMORY;
            for (size_t j = 0; j < size; j++) s[k][j] = next[j] - w[j], y[k][j] = next_g[j] - g[j];
            rho[k] = 1 / dot(s[k], y[k], size);
            if (kept < MEMORY) kept++;
        }
        memcpy(w, next, size * sizeof *w);
        memcpy(g, next_g, size * sizeof *g);
        f = f_next;
    }
    free(block);
    return step;
}

// The class of x, and its probability; p [classes] gets all of them.
static size_t best_of(const problem *q, const double *w, const float *x, double *p) {
    size_t best = 0;
    probabilities(q, w, x, p);
    for (size_t k = 1; k < q->classes; k++)
        if (p[k] > p[best]) best = k;
    return best;
}

// ---------------------------------------------------------------------------------------------------------------- run

typedef struct settings {
    const char *model, *folder, *test, *with, *out, *confusion, *c;
    size_t threads;
} settings;

typedef struct job {
    clip_model *model;
    clip_context *clip;
    clip_model_info info;
    names classes;
    embedded train;
    problem q;
    double *w, *p; // [classes, dim + 1], [classes]
} job;

static int embed_folder(job *j, const settings *set, const char *path, const names *classes, embedded *out) {
    file_list files = {0};
    int failed = folder_walk(path, &files);
    if (!failed && !files.n) failed = complain("%s: no picture (" PICTURE_FORMATS ") in this folder", path);
    if (!failed)
        failed =
            pictures_embed(j->clip, path, &files, classes, j->info.image_size, j->info.embed_dim, set->threads, out);
    if (!failed && !out->paths.n) failed = complain("%s: no picture in it can be read", path);
    folder_free(&files);
    return failed;
}

static int measure(job *j, const settings *set, const char *path) {
    names own = {0};
    file_list files = {0};
    embedded e;
    confusion table = {0};
    size_t loose = 0;
    int failed = folder_walk(path, &files) || classes_of(&files, &own, &loose);
    memset(&e, 0, sizeof e);
    for (size_t i = 0; i < own.n && !failed; i++) {
        size_t k = 0;
        while (k < j->classes.n && strcmp(own.list[i], j->classes.list[k])) k++;
        if (k == j->classes.n && !loose)
            failed = complain("%s: the sub-folder %s is no class of the probe", path, own.list[i]);
    }
    if (!failed && set->confusion && (loose || !own.n))
        failed = complain("%s: --confusion needs a sub-folder for each class, and no pictures beside them (%zu)", path,
                          loose);
    if (!failed) failed = embed_folder(j, set, path, &j->classes, &e);
    if (!failed && own.n && !loose) {
        failed = confusion_begin(&table, &j->classes);
        for (size_t i = 0; i < e.paths.n && !failed; i++) {
            const size_t best = best_of(&j->q, j->w, e.vectors + i * j->q.dim, j->p);
            size_t rank = 0;
            for (size_t k = 0; k < j->q.classes; k++) rank += j->p[k] > j->p[e.classes[i]];
            confusion_add(&table, e.classes[i], best, rank);
        }
        if (!failed) confusion_print(&table, stdout);
        if (!failed && set->confusion) failed = confusion_write(&table, set->confusion);
    } else
        for (size_t i = 0; i < e.paths.n && !failed; i++) {
            const size_t best = best_of(&j->q, j->w, e.vectors + i * j->q.dim, j->p);
            printf("%.4f  ", j->p[best]);
            print_clean(stdout, j->classes.list[best]);
            fputs("  ", stdout);
            print_clean(stdout, e.paths.list[i]);
            putchar('\n');
        }
    free(table.counts);
    names_free(&own);
    folder_free(&files);
    embedded_free(&e);
    return failed;
}

static int one_picture(job *j, const char *path) {
    float *vector = picture_embed(j->clip, path, j->info.image_size, j->info.embed_dim);
    if (!vector) return FAILED;
    const size_t best = best_of(&j->q, j->w, vector, j->p);
    printf("%.4f  ", j->p[best]);
    print_clean(stdout, j->classes.list[best]); // NOLINT(clang-analyzer-core.NullDereference): best is one of them
    fputs("  ", stdout);
    print_clean(stdout, path);
    putchar('\n');
    free(vector);
    return 0;
}

static int prepare(job *j) {
    j->q.dim = j->info.embed_dim;
    j->q.classes = j->classes.n;
    j->q.size = clip__mul(j->q.classes, j->q.dim + 1);
    j->w = calloc(clip__add(j->q.size, 1), sizeof *j->w);
    j->p = calloc(j->q.classes + 1, sizeof *j->p);
    return j->w && j->p ? 0 : complain("not enough memory for %zu classes", j->classes.n);
}

// Learns with the best C on every fifth picture of each class.
static int choose_c(job *j) {
    problem *q = &j->q;
    unsigned char *held = calloc(q->n + 1, 1);
    size_t *seen = calloc(q->classes + 1, sizeof *seen), best_right = 0, n = 0;
    double best = 1;
    int failed = 0;
    if (!held || !seen) return free(held), free(seen), complain("not enough memory for %zu pictures", q->n);
    for (size_t i = 0; i < q->n; i++) n += held[i] = seen[q->y[i]]++ % 5 == 4;
    q->held = held;
    for (int power = -3; power <= 3 && n && !failed; power++) {
        size_t right = 0;
        q->c = pow(10, power);
        memset(j->w, 0, q->size * sizeof *j->w);
        failed = minimise(q, j->w, 1e-5 * q->c * (double)q->n) == (size_t)-1 &&
                 complain("not enough memory for %zu classes", q->classes);
        for (size_t i = 0; i < q->n; i++) right += held[i] && best_of(q, j->w, q->x + i * q->dim, j->p) == q->y[i];
        if (!failed) complain("C %g: %zu of %zu right", q->c, right, n);
        if (right > best_right) best_right = right, best = q->c;
    }
    q->held = NULL;
    q->c = best;
    memset(j->w, 0, q->size * sizeof *j->w);
    free(held);
    free(seen);
    return n ? failed : complain("--c auto: no class has five pictures");
}

static int learn(job *j, const settings *set) {
    file_list files = {0};
    size_t loose = 0, steps, right = 0, size;
    int failed = folder_walk(set->folder, &files) || classes_of(&files, &j->classes, &loose);
    folder_free(&files);
    if (failed) return FAILED;
    if (loose || j->classes.n < 2)
        return complain("%s: needs a sub-folder for each of two classes or more, and no pictures beside them (%zu)",
                        set->folder, loose);
    for (size_t i = 0; i < j->classes.n; i++)
        for (const char *c = j->classes.list[i]; *c; c += size)
            if (!clip__char_is_harmless(c, &size)) // the names are kept as they are, so that they are found again
                return complain("%s/%s: a line break, or what steers a terminal, in the name of a class, of which a "
                                "probe has one a line; rename the folder", set->folder, j->classes.list[i]);
    if (embed_folder(j, set, set->folder, &j->classes, &j->train) || prepare(j)) return FAILED;
    j->q.x = j->train.vectors, j->q.y = j->train.classes, j->q.n = j->train.paths.n;
    j->q.c = strcmp(set->c, "auto") ? strtod(set->c, NULL) : 1;
    if (!strcmp(set->c, "auto") && choose_c(j)) return FAILED;
    steps = minimise(&j->q, j->w, 1e-8 * j->q.c * (double)j->q.n);
    if (steps == (size_t)-1) return complain("not enough memory for %zu classes", j->classes.n);
    if (interrupted) return complain("stopped; nothing is written");
    for (size_t i = 0; i < j->q.n; i++) right += best_of(&j->q, j->w, j->q.x + i * j->q.dim, j->p) == j->q.y[i];
    complain("%zu classes, %zu pictures, C %g: %zu steps, %.2f %% of them right", j->q.classes, j->q.n, j->q.c, steps,
             100 * (double)right / (double)j->q.n);
    return 0;
}

static int write_probe(job *j, const settings *set) {
    char header[NPY_HEADER], rest[64], *labels = with_ending(set->out, ".txt");
    output weights = {0}, text = {0};
    int failed = !labels || output_open(&weights, set->out), of_text = 0;
    if (!failed) failed = of_text = output_open(&text, labels) != 0;
    snprintf(rest, sizeof rest, ", %zu", j->q.dim + 1);
    npy_header(header, "f4", j->q.classes, rest);
    if (!failed) fwrite(header, sizeof header, 1, weights.file); // output_commit looks whether it worked
    for (size_t i = 0; i < j->q.size && !failed; i++) {
        const float v = (float)j->w[i];
        fwrite(&v, sizeof v, 1, weights.file);
    }
    for (size_t i = 0; i < j->classes.n && !failed; i++) fprintf(text.file, "%s\n", j->classes.list[i]);
    if (!failed) failed = output_commit(&weights) != 0;
    if (!failed) failed = of_text = output_commit(&text) != 0;
    if (failed) complain("%s: %s", of_text ? labels : set->out, strerror(errno));
    output_discard(&weights);
    output_discard(&text);
    free(labels);
    return failed;
}

static int read_probe(job *j, const settings *set) {
    char why[WHY] = "", *labels = with_ending(set->with, ".txt"), header[NPY_HEADER], rest[64];
    size_t size = 0;
    unsigned char *bytes = file_read(set->with, (size_t)1 << 31, &size, why);
    int failed = !labels || !bytes;
    if (failed) complain("%s: %s", set->with, bytes ? strerror(ENOMEM) : why);
    failed = failed || names_read(&j->classes, labels) || prepare(j);
    snprintf(rest, sizeof rest, ", %zu", j->q.dim + 1);
    npy_header(header, "f4", j->q.classes, rest);
    if (!failed && (size != sizeof header + j->q.size * sizeof(float) || memcmp(bytes, header, sizeof header)))
        failed = complain("%s: is no probe of %zu classes (%s) for this model's vectors of %zu", set->with,
                          j->classes.n, labels, j->info.embed_dim);
    for (size_t i = 0; i < j->q.size && !failed; i++) {
        float v;
        memcpy(&v, bytes + sizeof header + i * sizeof v, sizeof v);
        j->w[i] = (double)v;
        if (v - v != 0) failed = complain("%s: has numbers that are not finite", set->with);
    }
    free(labels);
    free(bytes);
    return failed;
}

static int probe(job *j, const settings *set) {
    clip_options options = {0};
    clip_error why;
    options.threads = set->threads;
    if (clip_model_load(set->model, NULL, &why, &j->model)) return complain("%s", why.message);
    if (clip_context_new(j->model, &options, &why, &j->clip)) return complain("%s", why.message);
    clip_model_get_info(j->model, &j->info);
    if (!j->info.image.tower) return complain("%s: this model takes no pictures", set->model);
    if (set->with) {
        if (read_probe(j, set)) return FAILED;
        const int folder = is_folder(set->folder);
        if (!folder && set->confusion) return complain("--confusion needs a DIR; see --help"), USAGE;
        return folder < 0 ? FAILED : folder ? measure(j, set, set->folder) : one_picture(j, set->folder);
    }
    if (learn(j, set)) return FAILED;
    if (set->out && write_probe(j, set)) return FAILED;
    return set->test ? measure(j, set, set->test) : 0;
}

static int run(const settings *set) {
    job j;
    memset(&j, 0, sizeof j);
    int status = probe(&j, set);
    if (!status) status = stdout_failed();
    names_free(&j.classes);
    embedded_free(&j.train);
    free(j.w);
    free(j.p);
    clip_context_free(j.clip);
    clip_model_free(j.model);
    return status;
}

int main(int argc, char **argv) {
    settings set;
    take_streams();
    memset(&set, 0, sizeof set);
    set.threads = online_cpus();
    set.c = "1";
    for (int i = 1; i < argc; i++) {
        const char *a = argv[i];
        int failed = 0;
        if (!strcmp(a, "--help")) return fputs(HELP, stdout) == EOF || fflush(stdout) != 0;
        else if (!strcmp(a, "--test")) failed = !(set.test = option_value(argc, argv, &i));
        else if (!strcmp(a, "--with")) failed = !(set.with = option_value(argc, argv, &i));
        else if (!strcmp(a, "--c")) failed = !(set.c = option_value(argc, argv, &i));
        else if (!strcmp(a, "-o")) failed = !(set.out = option_value(argc, argv, &i));
        else if (!strcmp(a, "--confusion")) failed = !(set.confusion = option_value(argc, argv, &i));
        else if (!strcmp(a, "--threads")) failed = option_count(argc, argv, &i, 1, MOST_THREADS, &set.threads);
        else if (a[0] == '-' && a[1]) failed = complain("%s: no such option; see --help", a);
        else if (!set.model) set.model = a;
        else if (!set.folder) set.folder = a;
        else failed = complain("%s: one DIR only; see --help", a);
        if (failed) return USAGE;
    }
    if (!set.model || !set.folder)
        return complain("%s is missing; see --help", set.model ? "DIR" : "MODEL.clip"), USAGE;
    if (set.with && (set.out || set.test)) return complain("--with goes without -o and --test; see --help"), USAGE;
    if (set.confusion && !set.test && !set.with)
        return complain("--confusion goes with --test or --with; see --help"), USAGE;
    if (set.confusion && outputs_clash("the accuracies", "-", "--confusion", set.confusion)) return USAGE;
    const char *const inputs[] = {set.model, set.with};
    for (int k = 0; k < 2; k++)
        if (output_replaces("-o", set.out, inputs[k]) || output_replaces("--confusion", set.confusion, inputs[k]))
            return USAGE;
    if (set.out && !strcmp(set.out, "-")) return complain("-o -: two files are written; give a name"), USAGE;
    if (set.confusion && (set.out || set.with)) {
        char *classes = with_ending(set.out ? set.out : set.with, ".txt"); // the second file of -o, and of --with
        if (!classes) return complain("not enough memory for a path");
        const int clash = (set.out && outputs_clash("-o", set.out, "--confusion", set.confusion)) ||
                          (set.out && outputs_clash("-o's classes", classes, "--confusion", set.confusion)) ||
                          output_replaces("--confusion", set.confusion, classes);
        free(classes);
        if (clash) return USAGE;
    }
    if (strcmp(set.c, "auto")) {
        char *end;
        const double c = strtod(set.c, &end);
        if (end == set.c || *end || !(c > 0 && c <= 1e9))
            return complain("--c %s: must be a number above 0, or auto", set.c), USAGE;
    }
    catch_signals();
    return run(&set);
}
