// mutate.c - the changes that tests/torture/mutation.sh makes to a header, one at a time.
//
//     mutate FILE LINES SEED              all changes that can be made in FILE, in an order that SEED gives: a line each of
//                                         KEY, line, offset, length and the text to be put there, divided by tabs
//     mutate FILE OFFSET LENGTH TEXT      FILE on stdout with one change made
// LINES is a file of the numbers of lines that are compiled here; others are left alone. Comments, strings, characters
// and directives (macros too) are skipped. KEY is made of what the line says, and of SEED, not of where it stands: the
// order stays as it is when something else in the file changes. It relies on the layout of .clang-format: an operator
// between blanks has two sides, one that stands at its operand has one.
#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct token {
    size_t at, size, line;
    char kind; // 'a' name, '0' number, '+' anything else, ' ' a string or a character
} token;

static char *text, *wanted;
static size_t size, lines_n, *line_at; // where each line begins, from 1 on
static token *tokens;
static size_t n_tokens;
static const char *seed;

static int is(const token *t, const char *what) {
    return t->size == strlen(what) && !memcmp(text + t->at, what, t->size);
}
static int begins(const token *t, const char *what) {
    return t->size >= strlen(what) && !memcmp(text + t->at, what, strlen(what));
}

static uint64_t hash(uint64_t h, const char *p, size_t n) {
    while (n--) h = (h ^ (unsigned char)*p++) * 1099511628211u;
    return (h ^ (h >> 29)) * 0xBF58476D1CE4E5B9u;
}

// One change. Its key: the seed, the line without the blanks before it, how many lines above say the same, where in it,
// what.
static void change(size_t line, size_t at, size_t length, const char *with) {
    size_t from, to, same = 0;
    if (line > lines_n || !wanted[line]) return;
    from = line_at[line], to = line_at[line + 1];
    for (size_t i = 1; i < line; i++)
        same += line_at[i + 1] - line_at[i] == to - from && !memcmp(text + line_at[i], text + from, to - from);
    uint64_t h = hash(14695981039346656037u, seed, strlen(seed));
    while (text[from] == ' ') from++;
    h = hash(h, text + from, to - from), h = hash(h, (const char *)&same, sizeof same);
    from = at - from, h = hash(h, (const char *)&from, sizeof from);
    h = hash(h, (const char *)&length, sizeof length), h = hash(h, with, strlen(with));
    printf("%016llx\t%lu\t%lu\t%lu\t%s\n", (unsigned long long)h, (unsigned long)line, (unsigned long)at,
           (unsigned long)length, with);
}

static void split(void) {
    static const char *const operators[] = {"<<=", ">>=", "...", "->", "++", "--", "<<", ">>", "<=", ">=", "==", "!=",
                                            "&&",  "||",  "+=",  "-=", "*=", "/=", "%=", "&=", "|=", "^=", "##"};
    size_t line = 1, i = 0, j, first = 1; // first: nothing but blanks so far in the line
    while (i < size) {
        char c = text[i];
        token t = {i, 1, line, '+'};
        if (c == '\n') line++, first = 1, i++;
        if (isspace((unsigned char)c)) {
            i += c != '\n';
            continue;
        }
        if (c == '/' && (text[i + 1] == '/' || text[i + 1] == '*')) {
            const char *end = strstr(text + i, text[i + 1] == '/' ? "\n" : "*/");
            for (j = end ? (size_t)(end - text) + (text[i + 1] == '*' ? 2u : 0u) : size; i < j; i++)
                line += text[i] == '\n';
            continue;
        }
        if (c == '#' && first) { // and the lines that go on with it
            while (i < size && text[i] != '\n') {
                if (text[i] == '\\' && text[i + 1] == '\n') line++, i++;
                i++;
            }
            continue;
        }
        first = 0;
        if (c == '"' || c == '\'') {
            for (i++; i < size && text[i] != c; i++) i += text[i] == '\\';
            i++, t.kind = ' ';
        } else if (isalpha((unsigned char)c) || c == '_') {
            while (isalnum((unsigned char)text[i]) || text[i] == '_') i++;
            t.kind = 'a';
        } else if (isdigit((unsigned char)c)) { // with the sign of an exponent
            while (isalnum((unsigned char)text[i]) || text[i] == '.' ||
                   ((text[i] == '-' || text[i] == '+') && tolower((unsigned char)text[i - 1]) == 'e' &&
                    text[t.at + 1] != 'x'))
                i++;
            t.kind = '0';
        } else {
            size_t longest = 1;
            for (j = 0; j < sizeof operators / sizeof *operators; j++)
                if (!strncmp(text + i, operators[j], strlen(operators[j])) && strlen(operators[j]) > longest)
                    longest = strlen(operators[j]);
            i += longest;
        }
        t.size = i - t.at;
        tokens[n_tokens++] = t;
    }
}

// The token that closes the bracket at i.
static size_t closing(size_t i) {
    for (size_t depth = 0; i < n_tokens; i++) {
        depth += is(&tokens[i], "(") || is(&tokens[i], "[") || is(&tokens[i], "{");
        depth -= is(&tokens[i], ")") || is(&tokens[i], "]") || is(&tokens[i], "}");
        if (!depth) return i;
    }
    return n_tokens - 1;
}

// A statement from token i up to its semicolon: assignments, calls, jumps, and returns of a value; no declarations.
static void statement(size_t i) {
    static const char *const left_alone[] = {"return", "if",      "for",  "while", "do",     "switch",
                                             "case",   "default", "else", "const", "static", "struct",
                                             "union",  "typedef", "enum", "extern"};
    size_t end = i, at = tokens[i].at, length;
    char with[32];
    while (end < n_tokens && !is(&tokens[end], ";")) {
        if (is(&tokens[end], "{") || is(&tokens[end], "}")) return;
        end = is(&tokens[end], "(") || is(&tokens[end], "[") ? closing(end) + 1 : end + 1;
    }
    if (end == i || end >= n_tokens) return;
    length = tokens[end].at - at;
    if (is(&tokens[i], "return")) {
        if (end == i + 1 || (end == i + 2 && is(&tokens[i + 1], "0"))) return;
        change(tokens[i].line, at, length, "return 0");
        return;
    }
    for (size_t j = 0; j < sizeof left_alone / sizeof *left_alone; j++)
        if (is(&tokens[i], left_alone[j])) return;
    if (tokens[i].kind == 'a' && !is(&tokens[i], "break") && !is(&tokens[i], "continue") && !is(&tokens[i], "goto") &&
        (tokens[i + 1].kind == 'a' || is(&tokens[i + 1], "*")))
        return; // a declaration
    if (is(&tokens[i + 1], ":")) return; // a label
    if (is(&tokens[i], "(") && is(&tokens[i + 1], "void") && is(&tokens[i + 2], ")")) return; // (void)unused
    sprintf(with, "(void)0");
    change(tokens[i].line, at, length, with);
}

static void changes(void) {
    static const char *const pairs[][2] = {
        {"<", "<="}, {"<", ">="}, {"<=", "<"}, {"<=", ">"}, {">", ">="}, {">", "<="}, {">=", ">"}, {">=", "<"},
        {"==", "!="}, {"!=", "=="}, {"&&", "||"}, {"||", "&&"}, {"++", "--"}, {"--", "++"}, {"+=", "-="}, {"-=", "+="},
        {"*=", "/="}, {"/=", "*="}, {"|=", "&="}, {"&=", "|="}, {"<<", ">>"}, {">>", "<<"}, {"^", "&"}, {"%", "*"},
        {"/", "*"}, {"|", "&"}, {"^=", "&="}, {"<<=", ">>="}, {">>=", "<<="}};
    static const char *const two_sided[][2] = {{"+", "-"}, {"-", "+"}, {"*", "/"}, {"&", "|"}};
    static const char *const names[][2] = {{"clip__min", "clip__max"}, {"clip__max", "clip__min"}, {"fminf", "fmaxf"},
                                           {"fmaxf", "fminf"},         {"fmax", "fmin"},           {"fmin", "fmax"}};
    size_t depth = 0; // of round and square brackets
    for (size_t i = 1; i + 2 < n_tokens; i++) {
        const token *t = &tokens[i], *next = &tokens[i + 1];
        const int between = isspace((unsigned char)text[t->at - 1]) && isspace((unsigned char)text[t->at + t->size]);
        depth += is(t, "(") || is(t, "[");
        depth -= (is(t, ")") || is(t, "]")) && depth;
        if (t->kind == '+') {
            for (size_t j = 0; j < sizeof pairs / sizeof *pairs; j++)
                if (is(t, pairs[j][0])) change(t->line, t->at, t->size, pairs[j][1]);
            for (size_t j = 0; between && j < sizeof two_sided / sizeof *two_sided; j++)
                if (is(t, two_sided[j][0])) change(t->line, t->at, t->size, two_sided[j][1]);
            if (is(t, "!")) change(t->line, t->at, 1, "");
        } else if (t->kind == 'a') {
            for (size_t j = 0; j < sizeof names / sizeof *names; j++)
                if (is(t, names[j][0])) change(t->line, t->at, t->size, names[j][1]);
            if (is(t, "if") && is(next, "(")) { // of a condition without an operator that is changed anyway
                size_t end = closing(i + 1), plain = 1;
                for (size_t j = i + 2; j < end; j++)
                    plain = plain && !is(&tokens[j], "!") && !is(&tokens[j], "&&") && !is(&tokens[j], "||") &&
                            !is(&tokens[j], "==") && !is(&tokens[j], "!=") && !begins(&tokens[j], "<") &&
                            !begins(&tokens[j], ">");
                if (plain) change(t->line, next->at, 1, "(!");
            }
        } else if (t->kind == '0') {
            char with[128];
            if (t->size < 100 && !is(&tokens[i - 1], ".")) {
                sprintf(with, "(%.*s + 1)", (int)t->size, text + t->at);
                change(t->line, t->at, t->size, with);
                if (strtod(text + t->at, NULL) != 0) change(t->line, t->at, t->size, "0");
            }
        }
        if (!depth && (is(t, ";") || is(t, "{") || is(t, "}") || is(t, ":") || is(t, "else"))) statement(i + 1);
        if (is(t, ")") && !depth && i) { // after the brackets of an if, a for or a while
            size_t open = i, level = 1;
            while (open && level)
                open--, level += (size_t)is(&tokens[open], ")"), level -= (size_t)is(&tokens[open], "(");
            if (open &&
                (is(&tokens[open - 1], "if") || is(&tokens[open - 1], "for") || is(&tokens[open - 1], "while")) &&
                !is(next, ";"))
                statement(i + 1);
        }
    }
}

int main(int argc, char **argv) {
    FILE *f = argc == 4 || argc == 5 ? fopen(argv[1], "rb") : NULL;
    if (!f) return fprintf(stderr, "mutate FILE LINES SEED, or mutate FILE OFFSET LENGTH TEXT\n"), 2;
    text = (char *)calloc(1, 1 << 22);
    size = fread(text, 1, (1 << 22) - 2, f);
    fclose(f);
    if (argc == 5) {
        const size_t at = strtoul(argv[2], NULL, 10), length = strtoul(argv[3], NULL, 10);
        if (at + length > size) return 2;
        fwrite(text, 1, at, stdout), fputs(argv[4], stdout), fwrite(text + at + length, 1, size - at - length, stdout);
        return fflush(stdout) != 0;
    }
    for (size_t i = 0; i < size; i++) lines_n += text[i] == '\n';
    line_at = (size_t *)calloc(lines_n + 2, sizeof *line_at);
    wanted = (char *)calloc(lines_n + 2, 1);
    tokens = (token *)calloc(size + 4, sizeof *tokens);
    for (size_t i = 0, line = 1; i < size && line <= lines_n; i++)
        if (text[i] == '\n') line_at[++line] = i + 1;
    f = fopen(argv[2], "r");
    for (unsigned long line; f && fscanf(f, "%lu", &line) == 1;)
        if (line <= lines_n) wanted[line] = 1;
    if (!f) return fprintf(stderr, "%s can't be opened\n", argv[2]), 1;
    fclose(f);
    seed = argv[3];
    split();
    changes();
    return 0;
}
