#!/usr/bin/env python3
"""Writes the tables of clip_tokenizer.h that cleaning CLIP's text needs, between the two marker lines there.

    python3 tools/make_clean.py            rewrites clip_tokenizer.h in place
    python3 tools/make_clean.py --check    says whether the tables in it are those it would write

Needs `tokenizers`, `regex` and `ftfy`. As in make_unicode.py what a character is has been measured on the references, not
read from the Unicode database: each of them has another version of it. The names of HTML's entities are those of Python's
html module (the HTML standard, 13.5), the encodings Python's, and the classes of suspicious characters are ftfy's data.
"""
import bisect
import html.entities
import platform
import re
import unicodedata

import ftfy
import regex
import tokenizers
from ftfy import badness, chardata
from tokenizers import Regex, normalizers, pre_tokenizers

from make_unicode import CODE_POINTS, lines, main, nfd, uncased

BEGIN, END = "// >>clean-tables begin", "// >>clean-tables end"
number = lambda x: str(x) if x < 10 else hex(x)
hf_nfc, hf_lower = normalizers.NFC().normalize_str, normalizers.Lowercase().normalize_str
py_nfc = lambda s: unicodedata.normalize("NFC", s)
OTHER, ALPHA, NUMBER, BLANK = range(4)


# ---- what a character is to the regular expressions and to Python's str.lower ----

split = pre_tokenizers.Split(Regex(r"[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"), behavior="removed", invert=True)


# The case of letters is ignored, by which U+0345, a mark, is a capital iota too, and nothing matches it: it parts words.
expression = regex.compile(r"[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+", regex.IGNORECASE)


def class_of(c):
    s = chr(c)
    classes = {("a" + s + s, "!"): ALPHA, ("a", s, s, "!"): NUMBER, ("a", "!"): BLANK, ("a", s + s + "!"): OTHER}
    hf = classes[tuple(p for p, _ in split.pre_tokenize_str("a" + s + s + "!"))]
    py = BLANK if s.isspace() else classes[tuple(expression.findall("a" + s + s + "!"))]
    assert not regex.match(r"\s", s) or s.isspace()
    assert s.isspace() == bool(re.match(r"\s", s)) == (hf == BLANK or 0x1C <= c < 0x20)    # as clip__is_space has it
    cased = (s + "Σ").lower().endswith("ς")
    ignorable = ("a" + s + "Σ").lower().endswith("ς") and not cased
    bits = hf | py << 2 | cased << 6 | ignorable << 7
    return bits | bool(re.match(r"\w", s)) << 4 | bool(re.match(r"\d", s)) << 5


def ranges_of(value):
    out, last = [], None
    for c in CODE_POINTS:
        v = value(c)
        if v != last:
            out.append((c, v))
            last = v
    return out


# ---- composition ----

def composition():
    pairs, singles = [], []    # what is composed; what NFC changes although it stands alone
    for c in CODE_POINTS:
        d = unicodedata.decomposition(chr(c))
        if not d or d[0] == "<":
            continue
        d = tuple(int(x, 16) for x in d.split())
        assert hf_nfc(chr(c)) == py_nfc(chr(c)), hex(c)
        if py_nfc(chr(c)) == chr(c):
            assert (c >> 16) == (d[1] >> 16) and d[0] >> 16 == c >> 16
            pairs.append((d[1], d[0], c))
            if hf_nfc(chr(d[0]) + chr(d[1])) != chr(c):
                assert c == 0x11938, hex(c)    # the only one that the C code treats alike
        elif c in range(0xF900, 0xFB00) or c in range(0x2F800, 0x2FA20):    # in the tables of WordPiece already
            assert (chr(d[0]),) == tuple(uncased.normalize_str(chr(c)).strip()) and len(d) == 1, hex(c)
        else:
            singles.append((c,) + d + (0,) * (2 - len(d)))
    assert len(singles) + len(pairs) > 1000
    pairs.sort()
    seconds = [(b, sum(p[0] < b for p in pairs)) for b in sorted({p[0] for p in pairs})]
    classes = {c: unicodedata.combining(chr(c)) for c in CODE_POINTS}
    newer = set()
    for c in CODE_POINTS:
        if classes[c]:    # a class that the other does not know is 0 there
            m = chr(0x334) if classes[c] != 1 else chr(0x301)
            same = all(hf_nfc(s) == py_nfc(s) for s in ("x" + chr(c) + m, "x" + m + chr(c)))
            if not same:
                newer.add(c)
                assert hf_nfc("x" + chr(c) + m) == "x" + chr(c) + m and hf_nfc("x" + m + chr(c)) == "x" + m + chr(c)
    return pairs, seconds, singles, ranges_of(lambda c: classes[c] | (c in newer) << 8)


# ---- lower case ----

def lower():
    change = {c: ord(hf_lower(chr(c))) for c in CODE_POINTS if c != 0x130 and hf_lower(chr(c)) != chr(c)}
    assert hf_lower("\u0130") == "\u0130".lower() == "i\u0307"
    older = [c for c in change if chr(c).lower() == chr(c)]
    for c in CODE_POINTS:
        if c not in change and c != 0x130:
            assert chr(c).lower() == chr(c)
        elif c in change and c not in older and c != 0x3A3:
            assert ord(chr(c).lower()) == change[c], hex(c)
    runs, keys = [], sorted(change)
    while keys:
        best = []
        for step in (1, 2):
            run = [keys[0]]
            while run[-1] + step in change and change[run[-1] + step] - run[-1] - step == change[keys[0]] - keys[0] and \
                    (run[-1] + step in older) == (keys[0] in older):
                run.append(run[-1] + step)
            if len(best) < 2:    # in steps of 2 only what is not in steps of 1
                best = run
        step = best[1] - best[0] if len(best) > 1 else 1
        runs.append((best[0], best[-1], step | (keys[0] in older) << 7, change[keys[0]] - keys[0]))
        keys = [k for k in keys if k not in best]
    firsts = [r[0] for r in runs]
    for c in change:    # runs of step 2 can lie in one another: the C code looks at the last two that begin before
        last = bisect.bisect_right(firsts, c)
        assert any(r[0] <= c <= r[1] and (c - r[0]) % (r[2] & 3) == 0 and c + r[3] == change[c]
                   for r in runs[max(0, last - 2):last])
    return runs


# ---- mojibake ----

# The bits of a suspicious character, in the order of the enum in the header. First ftfy's categories ...
CATEGORIES = ["common", "c1", "bad", "law", "currency", "start_punctuation", "end_punctuation", "numeric", "kaomoji",
              "upper_accented", "lower_accented", "upper_common", "lower_common", "box"]
# ... then what its detector of UTF-8 sequences takes for their bytes ...
CLUES = ["utf8_first_of_2", "utf8_first_of_3", "utf8_first_of_4", "utf8_continuation", "utf8_continuation_strict"]
# ... then the other sets of several characters in its expression for badness.
SETS = ["°", "µ", "ÂÃÎÐ", "€œŠš¢£Ÿž\xa0\xad®©°·»–—´", "ØÙ", "ŸŠ®°µ»", "²µ¹¼½¾", "±∂†≠®™´≤≥¥µø", "ìîïòôúùû†°¢π", "âó", "àä°ê",
        "ВГРС", "ΒΓΞΟ", "™\xa0Ά\xad®°", ".,?!"]


def suspects():
    sets = [re.compile(f"[{badness.MOJIBAKE_CATEGORIES[n]}]") for n in CATEGORIES]
    sets += [re.compile(f"[{chardata.UTF8_CLUES[n]}]") for n in CLUES] + [re.compile(f"[{s}]") for s in SETS]
    for c in CODE_POINTS:    # no character begins two kinds of sequences: nothing to try again
        assert sum(bool(s.match(chr(c))) for s in sets[14:17]) < 2
    masks = [0]

    def index(c):
        m = sum(1 << i for i, s in enumerate(sets) if s.match(chr(c)))
        if m not in masks:
            masks.append(m)
        return masks.index(m)
    return ranges_of(index), masks


def encodings():
    for name in chardata.CHARMAP_ENCODINGS[1:]:
        upper = bytes(range(128, 256)).decode(name)
        yield name, [0 if ord(c) == 128 + i else ord(c) for i, c in enumerate(upper)]
    # U+FFFD is byte 1A to the first seven, where U+001A is none
    assert [n.startswith("sloppy") for n in chardata.CHARMAP_ENCODINGS] == [False] + [True] * 6 + [False] * 3


# ---- HTML ----

def entities():
    known = html.entities.html5
    out = {}
    for name in sorted(n for n in known if n.endswith(";")):
        bare = name[:-1]
        assert bare not in known or known[bare] == known[name]
        value = "+".join(f"{ord(c):x}" for c in known[name])
        assert bare.isalnum() and bare.isascii() and bare[0].isalpha()
        rest = bare[1:] + ("=" if bare in known else ";") + value
        assert len(rest) + 48 < ord("\\")
        out.setdefault(name[0], []).append(chr(48 + len(rest)) + rest)
    assert all(n in known or n + ";" in known for n in known)
    uppers = {}
    for name, value in known.items():
        upper = "&" + name.upper()
        if name.endswith(";") and name == name.lower() and html.unescape(upper) == upper:
            for c in value:
                if c.upper() != c:
                    uppers[ord(c)] = tuple(map(ord, c.upper()))
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    return ["".join(out.get(c, [])) for c in letters], sorted((c,) + u + (0,) * (3 - len(u)) for c, u in uppers.items())


def strings(texts):
    out = ""
    for text in texts:
        assert len(text) < 4096, len(text)    # what C99 promises
        parts = [text[i:i + 112] for i in range(0, len(text), 112)] or [""]
        out += "".join(f'    "{p}"\n' for p in parts)[:-1] + ",\n"
    return out


def tables():
    classes = ranges_of(class_of)
    pairs, seconds, singles, combining = composition()
    runs = lower()
    suspect, masks = suspects()
    names, uppers = entities()
    codes = list(encodings())
    width = [tuple(map(ord, chardata.WIDTH_MAP.get(c, chr(c)))) for c in range(0xFF5F, 0xFFEF)]
    assert all(chardata.WIDTH_MAP[c] == chr(c - 0xFEE0) for c in range(0xFF01, 0xFF5F))
    assert {c for c, w in enumerate(width, 0xFF5F) if len(w) > 1} == {0xFFE3} and max(chardata.WIDTH_MAP) < 0xFFEF
    assert chardata.WIDTH_MAP[0xFFE3] == " \u0304"
    ligatures = sorted((c,) + tuple(map(ord, s)) + (0,) * (3 - len(s)) for c, s in chardata.LIGATURES.items())
    row = lambda r: "{" + ", ".join(map(number, r)) + "}"
    run = lambda r: "{" + ", ".join([*map(number, r[:3]), str(r[3])]) + "}"
    s = f"""\
// Written by tools/make_clean.py, which measured it on tokenizers {tokenizers.__version__}, regex {regex.__version__}, ftfy \
{ftfy.__version__} and Python
// {platform.python_version()}; do not edit.

// Code point << 8 | bits: class to HuggingFace (2), class to `regex` (2), then CLIP__WORD and so on.
static const uint32_t clip__class_ranges[{len(classes)}] = {{
{lines(number(c << 8 | k) for c, k in classes)}}};

// Code point << 9 | newer than HuggingFace's Unicode << 8 | combining class.
static const uint32_t clip__combining_ranges[{len(combining)}] = {{
{lines(number(c << 9 | k) for c, k in combining)}}};

// What is composed: the second code points, and where the pairs with each begin.
static const struct {{
    uint32_t second;
    uint16_t start;
}} clip__compose_seconds[{len(seconds)}] = {{
{lines(row(r) for r in seconds)}}};

// The first code point and the composed one. They are in the plane of the second.
static const uint16_t clip__compose_pairs[{len(pairs)}][2] = {{
{lines(row((a & 0xFFFF, c & 0xFFFF)) for _, a, c in pairs)}}};

// What is never composed, and what it is decomposed into.
static const uint32_t clip__decompose_rows[{len(singles)}][3] = {{
{lines(map(row, singles))}}};

// Lower case: every code point from first to last in steps of 1 or 2 becomes itself + delta; step has bit 7 where
// Python is too old to know it.
static const struct {{
    uint32_t first, last;
    uint8_t step;
    int32_t delta;
}} clip__lower_runs[{len(runs)}] = {{
{lines(map(run, runs))}}};

// Code point << 8 | row of clip__suspect_masks.
static const uint32_t clip__suspect_ranges[{len(suspect)}] = {{
{lines(number(c << 8 | k) for c, k in suspect)}}};

static const uint64_t clip__suspect_masks[{len(masks)}] = {{
{lines(map(number, masks))}}};

// Bytes 80 to FF of windows-{", ".join(n[-4:] for n, _ in codes[:6])}, {", ".join(n for n, _ in codes[6:])}.
// 0 is the number of the byte.
static const uint16_t clip__encodings[{len(codes)}][128] = {{
{"".join("    {" + chr(10) + lines(map(number, t), "        ") + "    }," + chr(10) for _, t in codes)}}};

// U+FF5F to U+FFEE in usual width; U+FFE3 becomes two.
static const uint16_t clip__widths[{len(width)}] = {{
{lines(number(w[0]) for w in width)}}};

static const uint16_t clip__ligatures[{len(ligatures)}][4] = {{
{lines(map(row, ligatures))}}};

// HTML's entities by their first letter. Each is '0' + the size of the rest, the name without that letter, ';' or,
// where it may lack the semicolon, '=', and one or two code points.
static const char *const clip__entities[52] = {{
{strings(names)}}};

// Upper case of what entities stand for.
static const uint16_t clip__entity_uppers[{len(uppers)}][4] = {{
{lines(map(row, uppers))}}};
"""
    print(f"{len(classes)} classes, {len(combining)} combining, {len(pairs)} pairs, {len(singles)} singles, {len(runs)} lower, "
          f"{len(suspect)} suspects, {len(masks)} masks: {len(s)} bytes of source, {s.count(chr(10))} lines")
    return s


if __name__ == "__main__":
    main(BEGIN, END, tables)
