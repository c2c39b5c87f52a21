// duplicates.c - finds pictures of a folder that are nearly the same: copies, other sizes, crops, bursts of a camera.
//
//     duplicates model.clip photos
//     duplicates model.clip photos --threshold 0.98
//
// Every picture becomes a vector, by the index that search keeps, so that either finds the work of the other done. Each
// vector is compared with all behind it; those that are alike enough are joined, and what hangs together is a group.
#define _XOPEN_SOURCE 700    // POSIX of 2008
#define _FILE_OFFSET_BITS 64 // files above 2 GB where a long has 32 bits
#define CLIP_IMPLEMENTATION
#include "clip_tokenizer.h"
#include "clip.h"
#define PROGRAM "duplicates"
#include "common.h"
#include "index.h"

static const char HELP[] =
    "duplicates MODEL.clip DIR [--threshold 0.95]     the pictures below DIR that are nearly the same\n"
    "\n"
    "A line a picture, \"0.9873  photos/01.jpg\": how like it is (the cosine, -1 to 1) to the one of its group that\n"
    "it is most like. A group is what hangs together by pairs that reach the threshold. Groups stand in the order of\n"
    "their most similar pairs, and so do the pictures in a group; between groups is an empty line. Nothing is\n"
    "removed: which one is to stay is yours to say.\n"
    "\n"
    "  --threshold X  -1 to 1; default 0.95. Give more to a model that tells pictures apart poorly\n"
    "  --index FILE   where the vectors are kept, as by search; default DIR/.clip-index\n"
    "  --rebuild      embeds all pictures anew, whatever the index has\n"
    "  --threads N    how many work at once; default: the CPUs that are online. The results are the same bits.\n"
    "  --help         this\n"
    "\n"
    "Pictures: " PICTURE_FORMATS ", by the ends of their names; which are left out or passed over, and what Ctrl-C\n"
    "does, is as with search.\n"
    "Exit status: 0 success, whether there are any or none; 1 failure or no picture; 2 usage.\n";

typedef struct settings {
    index_options of;
    double threshold;
} settings;

typedef struct member { // of a group
    size_t row, root;   // the root is the group's first row
    float best, group;  // the similarity to the likest of them; of the likest pair
} member;

// What a run holds. Everything is given back in run(), however it ends.
typedef struct job {
    indexer x;
    size_t *parent; // [n] towards the root of a row's group, which is its own parent
    float *best;    // [n]
    clip_match *matches;
    member *members;
    size_t n_members;
} job;

static size_t root_of(const job *j, size_t row) {
    while (j->parent[row] != row) row = j->parent[row] = j->parent[j->parent[row]];
    return row;
}

static void join(job *j, size_t a, size_t b, float score) {
    const size_t x = root_of(j, a), y = root_of(j, b);
    j->parent[x > y ? x : y] = x < y ? x : y;
    if (score > j->best[a]) j->best[a] = score;
    if (score > j->best[b]) j->best[b] = score;
}

// Compares each picture with all behind it. How many are alike is not known before: if all that there was room for are,
// it is asked again for twice as many.
static int join_pairs(job *j, float threshold) {
    const picture_index *x = &j->x.index;
    size_t room = 16;
    progress p = progress_begin("picture", x->n);
    for (size_t i = 0; i + 1 < x->n && !interrupted;) {
        const float *query = &x->vectors[i * x->dim];
        const clip_index behind = {CLIP_INDEX_F32, x->n - i - 1, x->dim, query + x->dim, NULL};
        const size_t k = room < behind.n ? room : behind.n;
        size_t found = 0;
        clip_match *matches = realloc(j->matches, k * sizeof *matches);
        if (!matches) return complain("not enough memory for %zu pictures that are alike", k);
        j->matches = matches;
        if (x->entries[i].state == EMBEDDED && clip_search(j->x.clip, &behind, query, k, matches, &found))
            return complain("%s", clip_context_error(j->x.clip));
        if (found == k && k < behind.n && matches[k - 1].score >= threshold) {
            room *= 2;
            continue;
        }
        for (size_t m = 0; m < found && matches[m].score >= threshold; m++) // false for a NaN: those stand last
            join(j, i, i + 1 + matches[m].index, matches[m].score);
        progress_show(&p, ++i);
    }
    return interrupted ? complain("stopped") : 0;
}

static int by_group(const void *a, const void *b) {
    const member *x = a, *y = b;
    if (x->group != y->group) return x->group < y->group ? 1 : -1;
    if (x->root != y->root) return x->root > y->root ? 1 : -1;
    if (x->best != y->best) return x->best < y->best ? 1 : -1;
    return x->row > y->row ? 1 : -1;
}

static int sort_groups(job *j) {
    const size_t n = j->x.index.n;
    float *group = malloc((n + 1) * sizeof *group);
    j->members = malloc((n + 1) * sizeof *j->members);
    if (!group || !j->members) return free(group), complain("not enough memory for the groups");
    for (size_t i = 0; i < n; i++) group[i] = j->best[i];
    for (size_t i = 0; i < n; i++)
        if (j->best[i] > group[root_of(j, i)]) group[root_of(j, i)] = j->best[i];
    for (size_t i = 0; i < n; i++)
        if (j->best[i] > -2) j->members[j->n_members++] = (member){i, root_of(j, i), j->best[i], group[root_of(j, i)]};
    free(group);
    if (j->n_members) qsort(j->members, j->n_members, sizeof *j->members, by_group);
    return 0;
}

static int print_groups(const job *j, const settings *set) {
    size_t groups = 0;
    for (size_t i = 0; i < j->n_members; i++) {
        char *path = path_join(set->of.dir, j->x.index.entries[j->members[i].row].path);
        if (!path) return complain("not enough memory for a path");
        if (i == 0 || j->members[i].root != j->members[i - 1].root) groups++;
        if (i > 0 && j->members[i].root != j->members[i - 1].root) putchar('\n');
        printf("%.4f  ", (double)j->members[i].best);
        print_clean(stdout, path);
        putchar('\n');
        free(path);
    }
    const int failed = stdout_failed();
    complain("%zu of %zu pictures are alike, in %zu group%s", j->n_members, index_count(&j->x.index, EMBEDDED), groups,
             groups == 1 ? "" : "s");
    return failed;
}

static int duplicates(job *j, const settings *set) {
    if (index_open_model(&j->x, &set->of) || index_update(&j->x, &set->of)) return FAILED;
    const size_t n = j->x.index.n;
    j->parent = malloc((n + 1) * sizeof *j->parent);
    j->best = malloc((n + 1) * sizeof *j->best);
    if (!j->parent || !j->best) return complain("not enough memory for the groups");
    for (size_t i = 0; i < n; i++) j->parent[i] = i, j->best[i] = -2; // below any cosine: like no other
    const float least = (float)set->threshold - 1e-6f; // so that 1 finds copies: what rounding takes from their cosine
    if (join_pairs(j, least) || sort_groups(j)) return FAILED;
    return print_groups(j, set) || j->x.trouble;
}

static int run(const settings *set) {
    job j;
    memset(&j, 0, sizeof j);
    const int status = duplicates(&j, set);
    indexer_free(&j.x);
    free(j.parent);
    free(j.best);
    free(j.matches);
    free(j.members);
    return status;
}

int main(int argc, char **argv) {
    settings set;
    take_streams();
    memset(&set, 0, sizeof set);
    set.threshold = 0.95;
    set.of.threads = online_cpus();
    for (int i = 1; i < argc; i++) {
        const char *a = argv[i];
        int failed = 0;
        if (!strcmp(a, "--help")) return fputs(HELP, stdout) == EOF || fflush(stdout) != 0;
        if (!strcmp(a, "--threshold")) failed = option_real(argc, argv, &i, -1, 1, &set.threshold);
        else if (!strcmp(a, "--index")) failed = !(set.of.index = option_value(argc, argv, &i));
        else if (!strcmp(a, "--rebuild")) set.of.rebuild = 1;
        else if (!strcmp(a, "--threads")) failed = option_count(argc, argv, &i, 1, MOST_THREADS, &set.of.threads);
        else if (a[0] == '-') failed = complain("%s: no such option; see --help", a);
        else if (!set.of.model) set.of.model = a;
        else if (!set.of.dir) set.of.dir = a;
        else failed = complain("%s: one too many; see --help", a);
        if (failed) return USAGE;
    }
    if (!set.of.dir) return complain("MODEL.clip or DIR is missing; see --help"), USAGE;
    if (set.of.index && !strcmp(set.of.index, "-")) return complain("--index -: it is a file; give its name"), USAGE;
    catch_signals();
    return run(&set);
}
