// json.h - JSON read where it lies: a check of the whole text once, then views into it. No allocation, no recursion.
// Part of clip-convert; public domain or MIT, as clip.h.
//
//     json root, value;
//     if (json_open(text, size, &root)) ...                   // NULL, or what is wrong
//     if (json_get(root, "hidden_size", &value) && json_integer(value, &n)) ...
//     for (json c = json_begin(list), key, item; json_next(&c, &key, &item);) ...
#ifndef CLIP_JSON_H
#define CLIP_JSON_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#if defined(__GNUC__)
#define JSON_UNUSED __attribute__((unused))
#else
#define JSON_UNUSED
#endif

enum { JSON_DEPTH = 64 }; // objects and lists inside each other; weights and configs have 5

// The bytes of one value, from its first to behind its last. What json_open gave is known to be well-formed.
typedef struct json {
    const char *p, *end;
} json;

static int json_digit(char c) { return c >= '0' && c <= '9'; }

static int json_hex(char c) {
    if (json_digit(c)) return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

static const char *json_space(const char *p, const char *end) {
    while (p < end && (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r')) p++;
    return p;
}

// Length of the UTF-8 sequence at p (no surrogates, no overlong forms, up to U+10FFFF); 0 if it is none. RFC 3629.
static size_t json_utf8(const char *p, const char *end) {
    const unsigned char *s = (const unsigned char *)p;
    size_t n = *s < 0x80                 ? 1
               : *s >= 0xC2 && *s < 0xE0 ? 2
               : *s >= 0xE0 && *s < 0xF0 ? 3
               : *s >= 0xF0 && *s < 0xF5 ? 4
                                         : 0;
    if (n > (size_t)(end - p)) return 0;
    for (size_t i = 1; i < n; i++)
        if ((s[i] & 0xC0) != 0x80) return 0;
    if ((*s == 0xE0 && s[1] < 0xA0) || (*s == 0xED && s[1] > 0x9F)) return 0;
    if ((*s == 0xF0 && s[1] < 0x90) || (*s == 0xF4 && s[1] > 0x8F)) return 0;
    return n;
}

// p stands on the opening quote; returns what is behind the closing one, or NULL.
static const char *json_check_string(const char *p, const char *end) {
    for (p++; p < end && *p != '"';) {
        if ((unsigned char)*p < 32) return NULL;
        if (*p == '\\') {
            if (++p == end || !*p || !strchr("\"\\/bfnrtu", *p)) return NULL;
            if (*p == 'u') {
                if (end - p < 5) return NULL;
                for (int i = 1; i <= 4; i++)
                    if (json_hex(p[i]) < 0) return NULL;
                p += 4;
            }
            p++;
        } else {
            size_t n = json_utf8(p, end);
            if (!n) return NULL;
            p += n;
        }
    }
    return p < end ? p + 1 : NULL;
}

// -12.5e+3: returns what is behind it, or NULL.
static const char *json_check_number(const char *p, const char *end) {
    if (p < end && *p == '-') p++;
    if (p == end || !json_digit(*p)) return NULL;
    if (*p == '0') p++;
    else
        while (p < end && json_digit(*p)) p++;
    if (p < end && *p == '.') {
        if (++p == end || !json_digit(*p)) return NULL;
        while (p < end && json_digit(*p)) p++;
    }
    if (p < end && (*p == 'e' || *p == 'E')) {
        if (++p < end && (*p == '+' || *p == '-')) p++;
        if (p == end || !json_digit(*p)) return NULL;
        while (p < end && json_digit(*p)) p++;
    }
    return p;
}

// What begins at p and has no parts: a string, a number, or a word. Python's json writes NaN and Infinity too.
static const char *json_check_scalar(const char *p, const char *end) {
    static const char *const words[] = {"true", "false", "null", "NaN", "Infinity", "-Infinity"};
    if (*p == '"') return json_check_string(p, end);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        size_t n = strlen(words[i]);
        if ((size_t)(end - p) >= n && !memcmp(p, words[i], n)) return p + n;
    }
    return json_check_number(p, end);
}

// Checks the whole text. Returns NULL and its value in *out, or what is wrong, and *out is not touched.
static const char *json_open(const char *text, size_t size, json *out) {
    const char *p = text, *end = text + size, *start;
    char closer[JSON_DEPTH]; // of the objects and lists that are open, outermost first
    size_t depth = 0;
    p = start = json_space(p, end);
    for (;;) {
        // p is where a value begins
        if (p == end) return "the JSON text ends too early";
        if (*p == '{' || *p == '[') {
            if (depth == JSON_DEPTH) return "the JSON text is nested too deeply";
            closer[depth++] = *p == '{' ? '}' : ']';
            p = json_space(p + 1, end);
            if (p < end && *p != closer[depth - 1]) goto member;
        } else {
            p = json_check_scalar(p, end);
            if (!p) return "the JSON text has a malformed string, number or word";
        }
        // p is behind a value, or on the closer of an empty list
        for (;;) {
            if (!depth) break;
            p = json_space(p, end);
            if (p == end) return "the JSON text ends too early";
            if (*p != closer[depth - 1]) break;
            depth--;
            p++;
        }
        if (!depth) break;
        if (*p != ',') return "the JSON text lacks a comma or a bracket";
        p = json_space(p + 1, end);
    member: // p is where a list's value or an object's name begins
        if (closer[depth - 1] == '}') {
            if (p == end || *p != '"' || !(p = json_check_string(p, end))) return "the JSON text lacks a name";
            p = json_space(p, end);
            if (p == end || *p != ':') return "the JSON text lacks a colon";
            p = json_space(p + 1, end);
        }
    }
    if (json_space(p, end) != end) return "the JSON text goes on behind its end";
    out->p = start;
    out->end = p;
    return NULL;
}

// Behind the well-formed value at p.
static const char *json_skip(const char *p, const char *end) {
    size_t depth = 0;
    do {
        if (*p == '"') {
            for (p++; p < end && *p != '"'; p++)
                if (*p == '\\') p++;
            p++;
        } else if (*p == '{' || *p == '[') {
            depth++;
            p++;
        } else if (*p == '}' || *p == ']') {
            depth--;
            p++;
        } else if (*p == ',' || *p == ':' || *p == ' ' || *p == '\t' || *p == '\n' || *p == '\r') {
            p++;
        } else {
            do p++; // a number or a word
            while (p < end && *p > ' ' && *p != ',' && *p != ']' && *p != '}');
        }
    } while (depth && p < end);
    return p;
}

static int json_is_object(json v) { return v.p && *v.p == '{'; }
static int json_is_list(json v) { return v.p && *v.p == '['; }
static int json_is_text(json v) { return v.p && *v.p == '"'; }
static int json_is(json v, const char *word) { // true, false, null
    return v.p && (size_t)(v.end - v.p) == strlen(word) && !memcmp(v.p, word, strlen(word));
}

// A cursor for json_next over the members of an object or list; over nothing for any other value.
static json json_begin(json v) {
    json inside = {NULL, NULL};
    if (json_is_object(v) || json_is_list(v)) {
        inside.p = v.p;
        inside.end = v.end;
    }
    return inside;
}

// The next member: its value, and in an object its name (a list's has key->p == NULL). 0 at the end.
static int json_next(json *cursor, json *key, json *value) {
    const char *p, *end = cursor->end;
    key->p = key->end = NULL;
    if (!cursor->p) return 0;
    p = json_space(cursor->p + 1, end); // cursor->p: the opening bracket, or a comma
    if (*p == '}' || *p == ']') return 0;
    if (end[-1] == '}') {
        key->p = p;
        key->end = p = json_skip(p, end);
        p = json_space(p, end);
        p = json_space(p + 1, end); // the colon
    }
    value->p = p;
    value->end = p = json_skip(p, end);
    p = json_space(p, end);
    cursor->p = *p == ',' ? p : NULL;
    return 1;
}

// The text of a string in UTF-8 and a 0 behind it, in out [max]. Its length, or (size_t)-1: not a string, no room, or a
// surrogate alone. v.end - v.p bytes are always room enough.
static size_t json_text(json v, char *out, size_t max) {
    size_t n = 0;
    if (!json_is_text(v)) return (size_t)-1;
    for (const char *p = v.p + 1, *end = v.end - 1; p < end;) {
        uint32_t c = (unsigned char)*p++;
        size_t bytes = 1;
        if (c == '\\') {
            c = (unsigned char)*p++;
            if (c == 'u') {
                c = 0;
                for (int i = 0; i < 4; i++) c = c << 4 | (uint32_t)json_hex(*p++);
                if (c >= 0xD800 && c < 0xDC00 && end - p >= 6 && p[0] == '\\' &&
                    p[1] == 'u') { // U+10000 and up: two \u
                    uint32_t low = 0;
                    for (int i = 2; i < 6; i++) low = low << 4 | (uint32_t)json_hex(p[i]);
                    if (low < 0xDC00 || low >= 0xE000) return (size_t)-1;
                    c = 0x10000 + ((c - 0xD800) << 10 | (low - 0xDC00));
                    p += 6;
                }
                if (c >= 0xD800 && c < 0xE000) return (size_t)-1;
                bytes = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
            } else {
                static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
                const char *at = strchr(from, (int)c);
                if (at) c = (unsigned char)to[at - from];
            }
        }
        if (n + bytes >= max) return (size_t)-1;
        if (bytes == 1) {
            out[n++] = (char)c;
        } else {
            out[n++] = (char)(c >> 6 * (bytes - 1) | (0xF00u >> bytes & 0xFF)); // 110xxxxx, 1110xxxx, 11110xxx
            for (size_t i = bytes - 1; i--;) out[n++] = (char)(0x80 | (c >> 6 * i & 0x3F));
        }
    }
    if (n >= max) return (size_t)-1;
    out[n] = 0;
    return n;
}

static int json_text_is(json v, const char *text) {
    char s[256];
    size_t n = json_text(v, s, sizeof s);
    return n == strlen(text) && !memcmp(s, text, n);
}

// The member of that name, the last if there are several, as in Python. 0 if there is none, or `object` is no object.
static int json_get(json object, const char *name, json *out) {
    json key, value;
    out->p = out->end = NULL;
    if (json_is_object(object))
        for (json c = json_begin(object); json_next(&c, &key, &value);)
            if (json_text_is(key, name)) *out = value;
    return out->p != NULL;
}

// A whole number of 0 and up, written in digits only, that fits.
static int json_integer(json v, uint64_t *out) {
    uint64_t n = 0;
    if (!v.p || v.p == v.end) return 0;
    for (const char *p = v.p; p < v.end; p++) {
        if (!json_digit(*p) || n > (UINT64_MAX - (uint64_t)(*p - '0')) / 10) return 0;
        n = n * 10 + (uint64_t)(*p - '0');
    }
    *out = n;
    return 1;
}

JSON_UNUSED static int json_real(json v, double *out) {
    char s[64];
    size_t n = v.p ? (size_t)(v.end - v.p) : sizeof s;
    if (n >= sizeof s || (*v.p != '-' && !json_digit(*v.p))) return 0;
    memcpy(s, v.p, n);
    s[n] = 0;
    *out = strtod(s, NULL);
    return *out - *out == 0; // finite
}

#endif // CLIP_JSON_H
