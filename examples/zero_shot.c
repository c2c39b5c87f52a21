// zero_shot.c - which of these labels fits a picture? Labels are sentences: nothing is trained.
//
//     zero_shot model.clip harbor.jpg "boats in a harbor" "a tennis court" "a forest"
#define _XOPEN_SOURCE 700 // POSIX of 2008
#define _FILE_OFFSET_BITS 64 // files above 2 GB where a long has 32 bits
#define CLIP_IMPLEMENTATION
#include "clip_tokenizer.h"
#include "clip.h"
#define PROGRAM "zero_shot"
#include "common.h"
#include "classes.h"

static const char HELP[] =
    "zero_shot MODEL.clip IMAGE LABEL LABEL...      a line a label, the likeliest first: probability, label\n"
    "zero_shot MODEL.clip DIR LABEL LABEL...        a line a picture: probability, label, path\n"
    "zero_shot MODEL.clip DIR                       DIR has a sub-folder for each class, which are the labels (_ and -\n"
    "                                               read as blanks): accuracy, class by class, and confusion\n"
    "\n"
    "  --labels FILE       labels, a line each\n"
    "  --template TEXT     each label is put in the place of {}: \"a photo of a {}.\"; give it several times for several.\n"
    "                      Without, the label alone\n"
    "  --templates FILE    templates, a line each (examples/templates has the 80 that were published for ImageNet, and\n"
    "                      the 7). A label's vector is the mean of its templates' vectors, brought to length 1\n"
    "  --none              \"none of these\" competes as one more label: a set of texts that are about nothing in\n"
    "                      particular. Its logit is the log of the mean of exp over the set, so that it weighs as one\n"
    "                      label whatever its size, plus --bias\n"
    "  --background FILE   that set, a line each, instead of the one built in; implies --none\n"
    "  --bias X            added to the logit of none; default 0. --calibrate finds it. Implies --none\n"
    "  --calibrate Q       DIR, whose pictures all have their label among the labels: prints the --bias with\n"
    "                      which the share Q of them, 0 to 1, would be answered by none\n"
    "  --threshold P       none of these, too, where no label has a probability of P; with the best label's probability\n"
    "  --scale X           what cosines are multiplied by; default: the model's logit_scale, or 100 without one\n"
    "  --sigmoid           each label by itself: 1 / (1 + exp(-(scale cosine + logit_bias))), as SigLIP is trained;\n"
    "                      the default for models with a logit_bias. --softmax is the other\n"
    "  --top K             so many labels for one picture; default all\n"
    "  --confusion FILE    the whole table of a DIR's classes as CSV, beside the lines on stdout\n"
    "  --threads N         how many work at once; default: the CPUs that are online. The results are the same bits.\n"
    "  --help              this\n"
    "\n"
    "Pictures: " PICTURE_FORMATS "; those of a DIR that can't be read are named and passed over.\n"
    "Behind \"--\" nothing is an option.\n"
    "Exit status: 0 success, 1 failure (also if a picture was passed over), 2 usage.\n";

// Nothing in particular: what a caption may say of any picture.
static const char *const BACKGROUND[] = {"a photo.",
                                         "a picture of something.",
                                         "an image.",
                                         "a thing.",
                                         "an object on a background.",
                                         "a photo of a place.",
                                         "a scene.",
                                         "a blurry photo.",
                                         "a texture.",
                                         "a pattern.",
                                         "random noise.",
                                         "an empty background.",
                                         "text on a page.",
                                         "a drawing.",
                                         "a photo of a person.",
                                         "a photo of an animal.",
                                         "a photo of food.",
                                         "a photo of a building.",
                                         "a photo of nature.",
                                         "a photo of a vehicle."};

typedef struct settings {
    const char *model, *image, *confusion;
    names labels, templates, background;
    double scale, bias, threshold, calibrate; // scale 0, calibrate below 0: not asked for
    size_t top, threads;
    int none, sigmoid, softmax;
} settings;

typedef struct job {
    clip_model *model;
    clip_context *clip;
    clip_model_info info;
    names labels;                              // as they are shown
    float *label_vectors, *background_vectors; // [labels, dim], [background, dim]
    double scale, bias;                        // of logits
    int sigmoid;
    double *logits; // [labels + 1] of one picture; the last: of none
    size_t *order;  // [labels + 1] the likeliest first
    double *probabilities;
} job;

// ------------------------------------------------------------------------------------------------------------ labels

// "a photo of a {}." and "cat" make "a photo of a cat.". NULL if there is no memory.
static char *fill_in(const char *template, const char *label) {
    size_t places = 0;
    for (const char *p = template; (p = strstr(p, "{}")); p += 2) places++;
    char *text = malloc(clip__add(clip__mul(places, strlen(label)), strlen(template) + 1)), *to = text;
    for (const char *place; text && (place = strstr(template, "{}")); template = place + 2)
        to += sprintf(to, "%.*s%s", (int)(place - template), template, label);
    return text ? strcpy(to, template), text : NULL;
}

// The mean of the vectors of all templates, each of length 1, brought to length 1 (Radford et al. 2021, 3.1.4).
static int embed_label(job *j, const settings *set, const char *label, float *out) {
    const size_t dim = j->info.embed_dim, n = set->templates.n ? set->templates.n : 1;
    float *vectors = vectors_alloc(n, dim), length;
    char **texts = calloc(n, sizeof *texts);
    int failed = !vectors || !texts;
    for (size_t i = 0; i < n && !failed; i++)
        failed = !(texts[i] = fill_in(set->templates.n ? set->templates.list[i] : "{}", label));
    if (failed) complain("not enough memory for %zu templates", n);
    else if (clip_encode_texts(j->clip, (const char *const *)texts, n, vectors))
        failed = complain("%s", clip_context_error(j->clip));
    for (size_t i = 0; i < n && !failed; i++) failed = vector_check(texts[i], vectors + i * dim, dim);
    for (size_t k = 0; k < dim && !failed; k++) {
        double sum = 0;
        for (size_t i = 0; i < n; i++) sum += (double)vectors[i * dim + k];
        out[k] = (float)(sum / (double)n);
    }
    length = failed ? 0 : sqrtf(clip__dot(out, out, dim));
    for (size_t k = 0; k < dim && !failed && length > 0; k++) out[k] /= length;
    for (size_t i = 0; texts && i < n; i++) free(texts[i]);
    free(texts);
    free(vectors);
    return failed;
}

static int embed_labels(job *j, const settings *set) {
    const size_t dim = j->info.embed_dim, n = j->labels.n, texts = set->background.n;
    const char *const *background = texts ? (const char *const *)set->background.list : BACKGROUND;
    const size_t n_background = texts ? texts : sizeof BACKGROUND / sizeof *BACKGROUND;
    j->label_vectors = vectors_alloc(n, dim);
    j->background_vectors = vectors_alloc(n_background, dim);
    j->logits = malloc((n + 1) * sizeof *j->logits);
    j->probabilities = malloc((n + 1) * sizeof *j->probabilities);
    j->order = malloc((n + 1) * sizeof *j->order);
    if (!j->label_vectors || !j->background_vectors || !j->logits || !j->probabilities || !j->order)
        return complain("not enough memory for %zu labels", n);
    for (size_t i = 0; i < n; i++)
        if (embed_label(j, set, j->labels.list[i], j->label_vectors + i * dim)) return FAILED;
    if (set->none && clip_encode_texts(j->clip, background, n_background, j->background_vectors))
        return complain("%s", clip_context_error(j->clip));
    for (size_t i = 0; i < n_background && set->none; i++)
        if (vector_check(background[i], j->background_vectors + i * dim, dim)) return FAILED;
    return 0;
}

// ----------------------------------------------------------------------------------------------------------- answers

// Logits of a picture's labels, and last the one of none, log mean exp over its texts.
static void find_logits(job *j, const settings *set, const float *picture) {
    const size_t dim = j->info.embed_dim, n = j->labels.n,
                 n_background = set->background.n ? set->background.n : sizeof BACKGROUND / sizeof *BACKGROUND;
    double most = -HUGE_VAL, sum = 0;
    for (size_t i = 0; i < n; i++)
        j->logits[i] = j->scale * (double)clip__dot(picture, j->label_vectors + i * dim, dim) + j->bias;
    j->logits[n] = -HUGE_VAL;
    if (!set->none) return;
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < n_background; i++) {
            const double logit = j->scale * (double)clip__dot(picture, j->background_vectors + i * dim, dim) + j->bias;
            if (pass) sum += exp(logit - most);
            else most = fmax(most, logit);
        }
    j->logits[n] = most + log(sum / (double)n_background) + set->bias;
}

// Probabilities, and the order of labels (with none as one of them if it competes). Returns how many there are.
static size_t answer(job *j, const settings *set, const float *picture) {
    const size_t n = j->labels.n + (set->none ? 1 : 0);
    double most = -HUGE_VAL, sum = 0;
    find_logits(j, set, picture);
    for (size_t i = 0; i < n; i++) most = fmax(most, j->logits[i]);
    for (size_t i = 0; i < n; i++) {
        j->probabilities[i] = j->sigmoid ? 1 / (1 + exp(-j->logits[i])) : exp(j->logits[i] - most);
        sum += j->probabilities[i];
    }
    for (size_t i = 0; i < n; i++) {
        size_t at = i;
        if (!j->sigmoid) j->probabilities[i] /= sum;
        for (; at && j->logits[j->order[at - 1]] < j->logits[i]; at--) j->order[at] = j->order[at - 1];
        j->order[at] = i;
    }
    return n;
}

// The label that a picture is taken for, or labels.n for none.
static size_t taken_for(const job *j, const settings *set) {
    return j->order[0] == j->labels.n || j->probabilities[j->order[0]] < set->threshold ? j->labels.n : j->order[0];
}

static const char *shown(const job *j, size_t label) {
    return label < j->labels.n ? j->labels.list[label] : "none of these";
}

static void print_answer(const job *j, size_t label, double probability) {
    printf("%.4f  ", probability);
    print_clean(stdout, shown(j, label));
}

static int one_picture(job *j, const settings *set) {
    float *vector = picture_embed(j->clip, set->image, j->info.image_size, j->info.embed_dim);
    if (!vector) return FAILED;
    const size_t n = answer(j, set, vector);
    if (taken_for(j, set) == j->labels.n && j->order[0] != j->labels.n) // no label has the threshold's probability
        print_answer(j, j->labels.n, j->probabilities[j->order[0]]), puts("  (the best label's)");
    for (size_t i = 0; i < n && i < set->top; i++) {
        print_answer(j, j->order[i], j->probabilities[j->order[i]]);
        putchar('\n');
    }
    free(vector);
    return 0;
}

static int compare_reals(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

// The bias with which `share` of the pictures would be none's: between what the last of them needs, its best label's
// logit less none's, and what the next one does.
static int calibrate(job *j, const settings *set, const embedded *e) {
    double *spare = malloc(e->paths.n * sizeof *spare);
    if (!spare) return complain("not enough memory for %zu pictures", e->paths.n);
    for (size_t i = 0; i < e->paths.n; i++) {
        double best = -HUGE_VAL;
        find_logits(j, set, e->vectors + i * j->info.embed_dim);
        for (size_t k = 0; k < j->labels.n; k++) best = fmax(best, j->logits[k]);
        spare[i] = best - (j->logits[j->labels.n] - set->bias);
    }
    qsort(spare, e->paths.n, sizeof *spare, compare_reals);
    const size_t n = e->paths.n, k = (size_t)(set->calibrate * (double)n + 0.5);
    printf("--bias %.6g\n", ((k ? spare[k - 1] : spare[0] - 1) + (k < n ? spare[k] : spare[n - 1] + 1)) / 2);
    free(spare);
    return 0;
}

static int folder(job *j, const settings *set, const file_list *files, const names *classes) {
    embedded e;
    confusion table = {0};
    int failed =
        pictures_embed(j->clip, set->image, files, classes, j->info.image_size, j->info.embed_dim, set->threads, &e);
    if (!failed && !e.paths.n) failed = complain("%s: no picture in it can be read", set->image);
    if (!failed && set->calibrate >= 0) failed = calibrate(j, set, &e);
    else if (!failed && classes->n) {
        failed = confusion_begin(&table, &j->labels);
        for (size_t i = 0; i < e.paths.n && !failed; i++) {
            const size_t n = answer(j, set, e.vectors + i * j->info.embed_dim);
            size_t rank = 0;
            while (rank < n && j->order[rank] != e.classes[i]) rank++;
            confusion_add(&table, e.classes[i], taken_for(j, set), rank);
        }
        if (!failed) confusion_print(&table, stdout);
        if (!failed && set->confusion) failed = confusion_write(&table, set->confusion);
    } else
        for (size_t i = 0; i < e.paths.n && !failed; i++) {
            answer(j, set, e.vectors + i * j->info.embed_dim);
            print_answer(j, taken_for(j, set), j->probabilities[j->order[0]]);
            fputs("  ", stdout);
            print_clean(stdout, e.paths.list[i]);
            putchar('\n');
        }
    if (!failed && e.passed_over)
        failed = complain("%zu of %zu pictures can't be read and were passed over", e.passed_over, files->n);
    free(table.counts);
    embedded_free(&e);
    return failed;
}

static int zero_shot(job *j, settings *set, file_list *files, names *classes) {
    clip_options options = {0};
    clip_error why;
    size_t loose = 0;
    options.threads = set->threads;
    if (clip_model_load(set->model, NULL, &why, &j->model)) return complain("%s", why.message);
    if (clip_context_new(j->model, &options, &why, &j->clip)) return complain("%s", why.message);
    clip_model_get_info(j->model, &j->info);
    if (!j->info.image.tower || !j->info.text.tower)
        return complain("%s: this model takes no %s", set->model, j->info.image.tower ? "texts" : "pictures");
    j->sigmoid = set->sigmoid || (!set->softmax && j->info.has_logit_bias);
    j->bias = j->sigmoid ? j->info.logit_bias : 0;
    j->scale = set->scale > 0 ? set->scale : j->info.has_logit_scale ? exp(j->info.logit_scale) : 100;
    if (j->scale - j->scale != 0)
        return complain("%s: its logit_scale is %g, which is no logarithm of a number; see --scale", set->model,
                        j->info.logit_scale);
    if (set->scale <= 0 && !j->info.has_logit_scale)
        complain("%s: has no logit_scale; cosines are multiplied by 100. --scale X is another", set->model);
    const int in_folder = is_folder(set->image);
    if (in_folder < 0) return FAILED;
    if (in_folder) {
        if (folder_walk(set->image, files)) return FAILED;
        if (!files->n) return complain("%s: no picture (" PICTURE_FORMATS ") in this folder", set->image);
    }
    if (!set->labels.n) {
        if (!in_folder) return complain("labels are missing; see --help"), USAGE;
        if (classes_of(files, classes, &loose)) return FAILED;
        if (loose || !classes->n)
            return complain("%s: %zu pictures are in no sub-folder; without labels each class is a sub-folder",
                            set->image, loose);
        for (size_t i = 0; i < classes->n; i++) {
            if (names_add(&j->labels, classes->list[i], strlen(classes->list[i]))) return FAILED;
            for (char *p = j->labels.list[i]; *p; p++)
                if (*p == '_' || *p == '-') *p = ' ';
            for (size_t k = 0; k < i; k++)
                if (!strcmp(j->labels.list[k], j->labels.list[i]))
                    return complain("%s: two of its sub-folders are the label %s; rename one of them", set->image,
                                    j->labels.list[i]);
        }
    } else
        for (size_t i = 0; i < set->labels.n; i++)
            if (names_add(&j->labels, set->labels.list[i], strlen(set->labels.list[i]))) return FAILED;
    if (set->calibrate >= 0 && !in_folder) return complain("--calibrate needs a DIR; see --help"), USAGE;
    if (embed_labels(j, set)) return FAILED;
    return in_folder ? folder(j, set, files, classes) : one_picture(j, set);
}

static int run(settings *set) {
    job j;
    file_list files = {0};
    names classes = {0};
    memset(&j, 0, sizeof j);
    int status = zero_shot(&j, set, &files, &classes);
    if (!status) status = stdout_failed();
    names_free(&classes);
    names_free(&j.labels);
    folder_free(&files);
    free(j.label_vectors);
    free(j.background_vectors);
    free(j.logits);
    free(j.probabilities);
    free(j.order);
    clip_context_free(j.clip);
    clip_model_free(j.model);
    return status;
}

int main(int argc, char **argv) {
    static settings set;
    int status = 0, options = 1; // "--" ends them, for a label that begins with '-'
    take_streams();
    set.threads = online_cpus();
    set.top = SIZE_MAX;
    set.calibrate = -1;
    for (int i = 1; i < argc && !status; i++) {
        const char *a = argv[i], *value = NULL;
        if (!options || a[0] != '-' || !a[1]) {
            if (!set.model) set.model = a;
            else if (!set.image) set.image = a;
            else status = *a ? names_add(&set.labels, a, strlen(a)) : (complain("a label is empty"), USAGE);
        } else if (!strcmp(a, "--")) options = 0;
        else if (!strcmp(a, "--help")) return fputs(HELP, stdout) == EOF || fflush(stdout) != 0;
        else if (!strcmp(a, "--labels") || !strcmp(a, "--templates") || !strcmp(a, "--background")) {
            names *to = a[2] == 'l' ? &set.labels : a[2] == 't' ? &set.templates : &set.background;
            if (!(value = option_value(argc, argv, &i))) status = USAGE;
            else if (names_read(to, value)) status = FAILED;
            else if (!to->n) status = complain("%s: has no line that is not empty", value);
            if (a[2] == 'b') set.none = 1;
        } else if (!strcmp(a, "--template")) {
            status = (value = option_value(argc, argv, &i)) ? names_add(&set.templates, value, strlen(value)) : USAGE;
        } else if (!strcmp(a, "--scale")) status = option_real(argc, argv, &i, 1e-6, 1e6, &set.scale) ? USAGE : 0;
        else if (!strcmp(a, "--bias"))
            status = option_real(argc, argv, &i, -1e6, 1e6, &set.bias) ? USAGE : 0, set.none = 1;
        else if (!strcmp(a, "--threshold")) status = option_real(argc, argv, &i, 0, 1, &set.threshold) ? USAGE : 0;
        else if (!strcmp(a, "--calibrate"))
            status = option_real(argc, argv, &i, 0, 1, &set.calibrate) ? USAGE : 0, set.none = 1;
        else if (!strcmp(a, "--confusion")) status = (set.confusion = option_value(argc, argv, &i)) ? 0 : USAGE;
        else if (!strcmp(a, "--top")) status = option_count(argc, argv, &i, 1, 100000000, &set.top) ? USAGE : 0;
        else if (!strcmp(a, "--threads"))
            status = option_count(argc, argv, &i, 1, MOST_THREADS, &set.threads) ? USAGE : 0;
        else if (!strcmp(a, "--none")) set.none = 1;
        else if (!strcmp(a, "--sigmoid")) set.sigmoid = 1;
        else if (!strcmp(a, "--softmax")) set.softmax = 1;
        else complain("%s: no such option; see --help", a), status = USAGE;
    }
    for (size_t i = 0; i < set.templates.n && !status; i++)
        if (!strstr(set.templates.list[i], "{}"))
            complain("the template \"%.60s\" has no {} for the label", set.templates.list[i]), status = USAGE;
    if (!status && (!set.model || !set.image))
        complain("%s is missing; see --help", set.model ? "IMAGE or DIR" : "MODEL.clip"), status = USAGE;
    if (!status && set.sigmoid && set.softmax) complain("--sigmoid and --softmax exclude each other"), status = USAGE;
    if (!status && set.confusion && (set.labels.n || set.calibrate >= 0))
        complain("--confusion is of a DIR whose sub-folders are the labels; see --help"), status = USAGE;
    if (!status && set.confusion && outputs_clash("the accuracies", "-", "--confusion", set.confusion)) status = USAGE;
    if (!status && output_replaces("--confusion", set.confusion, set.model)) status = USAGE;
    catch_signals();
    if (!status) status = run(&set);
    names_free(&set.labels);
    names_free(&set.templates);
    names_free(&set.background);
    return status;
}
