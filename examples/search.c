// search.c - finds the photos of a folder by words, or by a picture that is like them.
//
//     search model.clip photos "boats in the harbour" --html found.html
//     search model.clip photos --like photos/beach.jpg
//
// The first search embeds every picture and keeps the vectors in photos/.clip-index; the next ones only look what has
// changed. Comparing a query with all the vectors is a matrix times a vector, and takes no time worth speaking of.
#define _XOPEN_SOURCE 700 // POSIX of 2008
#define _FILE_OFFSET_BITS 64 // files above 2 GB where a long has 32 bits
#define CLIP_IMPLEMENTATION
#include "clip_tokenizer.h"
#include "clip.h"
#define PROGRAM "search"
#include "common.h"
#include "index.h"

static const char HELP[] =
    "search MODEL.clip DIR \"query\" [-k 9] [--html OUT]     the pictures below DIR that fit the words best\n"
    "search MODEL.clip DIR --like IMAGE [-k 9]             the pictures that are most like IMAGE\n"
    "\n"
    "A line a picture, best first: its score (the cosine, -1 to 1) and its path, \"0.3257  photos/01.jpg\".\n"
    "\n"
    "  -k N           how many at most; default 9. 0 prints none, and makes the index all the same.\n"
    "  --html OUT     writes a page that shows them (browsers show no PPM); \"-\" is stdout, without the lines\n"
    "  --index FILE   where the index is; default DIR/.clip-index\n"
    "  --rebuild      embeds all pictures anew, whatever the index has\n"
    "  --threads N    how many work at once; default: the CPUs that are online. The results are the same bits.\n"
    "  --help         this\n"
    "\n"
    "Pictures: " PICTURE_FORMATS ", by the ends of their names. Hidden ones are left out, and links to folders\n"
    "are not followed. A file that is no picture is named, counted, and passed over until it changes; one that can't be\n"
    "read is tried again each time; a folder inside that can't be read is named, and its pictures leave the index.\n"
    "If the system fails (memory, a disk, too many open files), the other pictures are still listed, no page is written,\n"
    "and the exit status is 1. While pictures are embedded the folder may change: what is gone is passed\n"
    "over, what comes is found by the next search, and what changes is embedded as it was read, and anew the next time.\n"
    "\n"
    "Ctrl-C keeps what is done, and the next search goes on from there; a second one stops at once, and loses up to\n"
    "half a minute of work, as any sudden end does, but never the index. Searches at the same time don't disturb each\n"
    "other; the index is that of the one that ends last. If the index was made by another model, all is embedded anew;\n"
    "if that model's vectors have another length, nothing is touched and the exit status is 1. An empty query is one\n"
    "without words. IMAGE may be \"-\", stdin.\n"
    "Exit status: 0 success, 1 failure or no picture, 2 usage.\n";

// ------------------------------------------------------------------------------------------------------------ search

typedef struct settings {
    index_options of;
    const char *query, *like, *html;
    size_t k;
} settings;

// What a run holds. Everything is given back in run(), however it ends.
typedef struct job {
    indexer x;
    float *query;        // [dim]
    clip_match *matches; // [min(k, n)]
    size_t found;
} job;

static int embed_query(job *j, const settings *set) {
    if (!(j->query = calloc(j->x.index.dim + 1, sizeof(float)))) return complain("not enough memory for a vector");
    if (!set->like) {
        if (!j->x.info.text.tower) return complain("%s: this model takes no texts; see --like", set->of.model);
        if (clip_encode_texts(j->x.clip, &set->query, 1, j->query))
            return complain("%s", clip_context_error(j->x.clip));
        return vector_check(set->query, j->query, j->x.index.dim);
    }
    char why[WHY];
    clip_image picture;
    if (picture_read(set->like, NULL, &picture, why)) return complain("%s: %s", set->like, why);
    int failed = clip_encode_images(j->x.clip, &picture, 1, j->query) != CLIP_OK;
    picture_free(&picture);
    return failed ? complain("%s: %s", set->like, clip_context_error(j->x.clip))
                  : vector_check(set->like, j->query, j->x.index.dim);
}

static int print_matches(const job *j, const settings *set) {
    for (size_t i = 0; i < j->found; i++) {
        char *path = path_join(set->of.dir, j->x.index.entries[j->matches[i].index].path);
        if (!path) return complain("not enough memory for a path");
        printf("%.4f  ", (double)j->matches[i].score);
        print_clean(stdout, path);
        putchar('\n');
        free(path);
    }
    return stdout_failed();
}

// -------------------------------------------------------------------------------------------------------------- html

// Text between tags or in an attribute.
static void html_text(FILE *out, const char *text) {
    for (size_t n; *text; text += n) {
        const int harmless = clip__char_is_harmless(text, &n);
        switch (*text) {
        case '&': fputs("&amp;", out); break;
        case '<': fputs("&lt;", out); break;
        case '>': fputs("&gt;", out); break;
        case '"': fputs("&quot;", out); break;
        case '\'': fputs("&#39;", out); break;
        default: harmless ? fwrite(text, 1, n, out) : fwrite(" ", 1, 1, out);
        }
    }
}

// A path as a URL: RFC 3986's unreserved characters and '/' stand for themselves.
static void html_url(FILE *out, const char *path) {
    for (const unsigned char *p = (const unsigned char *)path; *p; p++) {
        int plain = (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || (*p >= '0' && *p <= '9');
        if (plain || strchr("-._~/", *p)) putc(*p, out);
        else fprintf(out, "%%%02X", *p);
    }
}

// How to get from `folder` to `file`, both absolute and without "..": "../photos/1.jpg". The caller frees it. NULL
// without memory.
static char *path_relative(const char *folder, const char *file) {
    size_t n = strcmp(folder, "/") ? strlen(folder) : 0, same = 0, up = 0;
    for (size_t i = 0; i <= n && file[i] == (i < n ? folder[i] : '/'); i++)
        if (file[i] == '/') same = i + 1; // whole parts of the path that both begin with
    for (size_t i = same; i <= n; i++) up += i == n || folder[i] == '/';
    char *path = malloc(3 * up + strlen(file + same) + 1), *end = path;
    if (!path) return NULL;
    for (; up > 0; up--) memcpy(end, "../", 3), end += 3;
    strcpy(end, file + same);
    return path;
}

// Whether a part of the path is a link. From there ".." leads to where it points, or, in a browser, to where it stands.
static int has_link(const char *path) {
    char part[PATH_MAX];
    struct stat about;
    for (size_t n = 1; n < sizeof part && path[n - 1]; n++) {
        part[n - 1] = path[n - 1], part[n] = 0;
        if ((!path[n] || path[n] == '/') && !lstat(part, &about) && S_ISLNK(about.st_mode)) return 1;
    }
    return 0;
}

// Where a page in `folder` finds a picture: from there on, or from the root if links are on the way; its path itself,
// if the two can't be resolved. NULL without memory.
static char *picture_url(const char *folder, const char *path) {
    char *full_folder = realpath(folder, NULL), *full, *url = NULL;
    int lost = !full_folder && errno == ENOMEM;
    full = realpath(path, NULL);
    lost = lost || (!full && errno == ENOMEM);
    const int known = full_folder && full;
    if (!lost) url = known && !has_link(folder) ? path_relative(full_folder, full) : path_join("", known ? full : path);
    free(full_folder);
    free(full);
    return url;
}

static const char PAGE_STYLE[] = // three pictures a row where there is room: the nine of -k 9 make a square
    ":root{color-scheme:light dark;--ink:#1d1d1f;--soft:#6e6e73;--page:#f5f5f4;--card:#fff;--line:#e2e2e0}\n"
    "@media(prefers-color-scheme:dark){:root{--ink:#ececee;--soft:#9a9aa0;--page:#161617;--card:#212123;"
    "--line:#343437}}\n"
    "*{box-sizing:border-box}\n"
    "body{margin:0 auto;max-width:62rem;padding:2.5rem 1.25rem 4rem;background:var(--page);color:var(--ink);"
    "font:16px/1.45 system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',sans-serif}\n"
    "header{display:flex;align-items:center;gap:1.25rem;margin-bottom:1.75rem}\n"
    "header img{width:7rem;height:7rem;object-fit:cover;border-radius:.75rem}\n"
    "h1{margin:0;font-size:clamp(1.5rem,4vw,2.25rem);line-height:1.15;letter-spacing:-.02em;overflow-wrap:anywhere}\n"
    "header p{margin:.4rem 0 0;color:var(--soft);overflow-wrap:anywhere}\n"
    "main{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(16rem,100%),1fr));gap:1.25rem}\n"
    "figure{margin:0;background:var(--card);border:1px solid var(--line);border-radius:.75rem;overflow:hidden}\n"
    "figure img{display:block;width:100%;aspect-ratio:4/3;object-fit:cover;background:var(--line)}\n"
    "figcaption{display:flex;gap:.75rem;align-items:baseline;padding:.7rem .9rem}\n"
    "b{font-variant-numeric:tabular-nums}\n"
    "small{color:var(--soft);overflow-wrap:anywhere}\n";

static int write_figure(FILE *out, const char *folder, const char *path, float score) {
    char *url = path ? picture_url(folder, path) : NULL;
    if (!url) return complain("not enough memory for the page");
    fputs("<figure><a href=\"", out);
    html_url(out, url);
    fputs("\"><img src=\"", out);
    html_url(out, url);
    fputs("\" alt=\"", out);
    html_text(out, path);
    fprintf(out, "\" loading=\"lazy\"></a><figcaption><b>%.4f</b><small>", (double)score);
    html_text(out, path);
    fputs("</small></figcaption></figure>\n", out);
    free(url);
    return 0;
}

static int write_page(FILE *out, const char *folder, const job *j, const settings *set) {
    const char *title = set->like ? set->like : set->query;
    char *like = set->like && strcmp(set->like, "-") ? picture_url(folder, set->like) : NULL;
    int failed = 0;
    if (!like && set->like && strcmp(set->like, "-")) return complain("not enough memory for the page");
    fputs("<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n"
          "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>",
          out);
    html_text(out, title);
    fprintf(out, "</title>\n<style>\n%s</style>\n<header>", PAGE_STYLE);
    if (like) {
        fputs("<img alt=\"the picture that was searched with\" src=\"", out);
        html_url(out, like);
        fputs("\">", out);
        free(like);
    }
    fputs(set->like ? "<div><h1>like " : "<div><h1>", out);
    html_text(out, title);
    fprintf(out, "</h1><p>%zu of %zu pictures in ", j->found, index_count(&j->x.index, EMBEDDED));
    html_text(out, set->of.dir);
    fputs("</p></div></header>\n<main>\n", out);
    for (size_t i = 0; i < j->found && !failed; i++) {
        char *path = path_join(set->of.dir, j->x.index.entries[j->matches[i].index].path);
        failed = write_figure(out, folder, path, j->matches[i].score);
        free(path);
    }
    fputs("</main>\n</html>\n", out);
    return failed;
}

static int write_html(const job *j, const settings *set) {
    char *folder = folder_of(set->html);
    output o;
    int failed;
    if (!folder) return complain("not enough memory for the page");
    if (output_open(&o, set->html)) {
        failed = complain("%s: %s", set->html, strerror(errno));
    } else {
        failed = write_page(o.file, folder, j, set);
        if (!failed && output_commit(&o)) failed = complain("%s: %s", set->html, strerror(errno));
        output_discard(&o);
    }
    free(folder);
    return failed;
}

// -------------------------------------------------------------------------------------------------------------- main

static int search(job *j, const settings *set) {
    if (index_open_model(&j->x, &set->of)) return FAILED;
    if (embed_query(j, set)) return FAILED; // first: a mistake in it shows before the long work
    if (index_update(&j->x, &set->of)) return FAILED;
    size_t k = set->k < j->x.index.n ? set->k : j->x.index.n;
    if (!(j->matches = malloc((k + 1) * sizeof *j->matches))) return complain("not enough memory for the matches");
    j->found = clip_top_k(j->x.index.vectors, j->x.index.n, j->x.index.dim, j->query, k, j->matches);
    while (j->found > 0 && isnan(j->matches[j->found - 1].score)) j->found--; // those that can't be read are last
    const int failed = !(set->html && !strcmp(set->html, "-")) && print_matches(j, set);
    return j->x.trouble || (set->html && write_html(j, set)) || failed;
}

static int run(const settings *set) {
    job j;
    memset(&j, 0, sizeof j);
    int status = search(&j, set);
    indexer_free(&j.x);
    free(j.matches);
    free(j.query);
    return status;
}

int main(int argc, char **argv) {
    settings set;
    int options = 1; // "--" ends them, for a query that begins with '-'
    take_streams();
    memset(&set, 0, sizeof set);
    set.k = 9;
    set.of.threads = online_cpus();
    for (int i = 1; i < argc; i++) {
        const char *a = argv[i];
        int failed = 0;
        if (!options || a[0] != '-') {
            const char **operand = !set.of.model ? &set.of.model : !set.of.dir ? &set.of.dir : &set.query;
            if (*operand) failed = complain("%s: one too many; put the query in quotes", a);
            *operand = a;
        } else if (!strcmp(a, "--")) options = 0;
        else if (!strcmp(a, "--help")) return fputs(HELP, stdout) == EOF || fflush(stdout) != 0;
        else if (!strcmp(a, "--like")) failed = !(set.like = option_value(argc, argv, &i));
        else if (!strcmp(a, "--html")) failed = !(set.html = option_value(argc, argv, &i));
        else if (!strcmp(a, "--index")) failed = !(set.of.index = option_value(argc, argv, &i));
        else if (!strcmp(a, "--rebuild")) set.of.rebuild = 1;
        else if (!strcmp(a, "-k")) failed = option_count(argc, argv, &i, 0, 100000000, &set.k);
        else if (!strcmp(a, "--threads")) failed = option_count(argc, argv, &i, 1, MOST_THREADS, &set.of.threads);
        else failed = complain("%s: no such option; see --help", a);
        if (failed) return USAGE;
    }
    if (!set.of.dir) return complain("MODEL.clip or DIR is missing; see --help"), USAGE;
    if (set.of.index && !strcmp(set.of.index, "-")) return complain("--index -: it is a file; give its name"), USAGE;
    if (set.html && set.of.index && outputs_clash("--html", set.html, "--index", set.of.index)) return USAGE;
    if (output_replaces("--html", set.html, set.of.model) || output_replaces("--html", set.html, set.like))
        return USAGE;
    if (!set.query == !set.like) return complain("give a query or --like IMAGE; see --help"), USAGE;
    catch_signals();
    return run(&set);
}
