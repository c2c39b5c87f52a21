#!/usr/bin/env python3
"""Writes the Unicode tables of clip_tokenizer.h, between the two marker lines there.

    python3 tools/make_unicode.py            rewrites clip_tokenizer.h in place (needs the `tokenizers` package)
    python3 tools/make_unicode.py --check    says whether the tables in it are those it would write

The tables are measured, not read from the Unicode database: every code point goes through the reference, HuggingFace's
tokenizers, and what came out is what the tables say. The database would give other ids, because the reference mixes
versions of Unicode: its categories (which punctuation splits, which marks are stripped, which controls are dropped)
come from one of 2015, so that U+2E5D, a hyphen since 2021, does not split, and U+08D4, a mark since 2016, is not
stripped; its decompositions and its lower case follow a later one.
"""
import pathlib
import sys

import tokenizers
from tokenizers import normalizers, pre_tokenizers

HEADER = pathlib.Path(__file__).resolve().parent.parent / "clip_tokenizer.h"
BEGIN, END = "// >>unicode-tables begin", "// >>unicode-tables end"

uncased = normalizers.BertNormalizer(clean_text=True, handle_chinese_chars=True, strip_accents=None, lowercase=True)
cased = normalizers.BertNormalizer(clean_text=True, handle_chinese_chars=True, strip_accents=None, lowercase=False)
split = pre_tokenizers.BertPreTokenizer()
nfd = normalizers.NFD().normalize_str

CODE_POINTS = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000]
HANGUL = range(0xAC00, 0xD7A4)
# The kinds of clip__unicode_kind, in the order of the enum in the header. Above them the kind is a combining class.
LETTER, DROP, SPACE, CJK, PUNCTUATION, MARK, MARK_STARTER = range(7)

# A character of each combining class, to measure the others with. All are old enough for any version.
COMBINING = {1: 0x334, 7: 0x93C, 8: 0x3099, 9: 0x94D, 202: 0x321, 216: 0x31B, 218: 0x302A, 220: 0x316, 222: 0x59A,
             224: 0x302E, 226: 0x1D16D, 228: 0x5AE, 230: 0x301, 232: 0x315, 233: 0x35C, 234: 0x35D, 240: 0x345}


def combining_class(c):
    """Canonical ordering puts the lower class first; class 0 moves for nobody."""
    c = nfd(chr(c))[0]
    if c in map(chr, COMBINING.values()):
        return next(k for k, v in COMBINING.items() if chr(v) == c)
    moves = lambda a, b: nfd(a + b) == b + a and a != b
    below = [k for k, v in COMBINING.items() if moves(c, chr(v))]    # classes below that of c
    above = [k for k, v in COMBINING.items() if moves(chr(v), c)]
    if not below and not above:
        return 0
    between = [k for k in COMBINING if k not in below and k not in above]
    # A class without a character above is one that only dropped marks have; the position among the others is enough.
    return between[0] if between else max(below, default=0) + 1


def measure():
    """kind[c], and fold[c]: the code points that c becomes when uncased, where they are not c itself."""
    kind, fold = {}, {}
    for c in CODE_POINTS:
        s = chr(c)
        kept = cased.normalize_str("a" + s + "b")[1:-1]
        small = uncased.normalize_str(s)
        parts = [p for p, _ in split.pre_tokenize_str("a" + s + "b")]
        if kept == "":
            kind[c] = DROP
        elif kept == " ":
            kind[c] = SPACE
        elif kept == " " + s + " ":
            kind[c], small = CJK, small[1:-1]
        else:
            assert kept == s, hex(c)
            if parts == ["a", s, "b"]:
                kind[c] = PUNCTUATION
            else:
                assert parts == ["a" + s + "b"], hex(c)
                order = combining_class(c)
                if small == "":
                    kind[c] = MARK if order else MARK_STARTER
                elif order and nfd(s) == s:
                    assert order > MARK_STARTER, hex(c)
                    kind[c] = order
                else:
                    kind[c] = LETTER
        assert (small == "") == (kind[c] in (DROP, MARK, MARK_STARTER)), hex(c)
        if kind[c] in (LETTER, CJK, PUNCTUATION) and small != s:
            fold[c] = tuple(map(ord, small))
        else:
            assert small in ("", " ", s), hex(c)
    for c in CODE_POINTS:    # what the C code takes for granted
        if kind[c] == PUNCTUATION:
            assert combining_class(c) == 0, hex(c)
        for o in fold.get(c, ()):
            assert o not in fold and kind[o] not in (DROP, SPACE, MARK, MARK_STARTER), hex(c)
            assert kind[o] != CJK or kind[c] == CJK, hex(c)
        assert c not in fold or kind[fold[c][0]] <= CJK or kind[fold[c][0]] == PUNCTUATION, hex(c)
    for c in HANGUL:    # Unicode 3.12: computed, not tabled
        i = c - 0xAC00
        want = (0x1100 + i // 588, 0x1161 + i % 588 // 28) + ((0x11A7 + i % 28,) if i % 28 else ())
        assert fold.pop(c) == want, hex(c)
    return kind, fold


def runs_of(fold):
    """(first, count, list, delta): `count` code points from `first` on become themselves plus delta, or, where list is
    not 0, what stands from fold_list[list] on. fold_list holds 16-bit values; one in the range of the surrogates stands
    for a row of fold_rows."""
    delta, rest = [], dict(fold)
    keys = sorted(fold)
    i = 0
    while i < len(keys):
        d = fold[keys[i]][0] - keys[i]
        j = i
        while j < len(keys) and keys[j] - keys[i] == j - i and fold[keys[j]] == (keys[j] + d,):
            j += 1
        if j - i >= 6:  # a run costs 12 bytes, a listed code point 2
            delta.append((keys[i], j - i, 0, d))
            for k in keys[i:j]:
                del rest[k]
        i = max(j, i + 1)
    starts = [d[0] for d in delta]
    fold_list, rows, lists = [0], [], []
    keys = sorted(rest)
    i = 0
    while i < len(keys):
        j = i
        while j + 1 < len(keys) and keys[j + 1] - keys[j] <= 5 and not any(keys[j] < s < keys[j + 1] for s in starts):
            j += 1
        lists.append((keys[i], keys[j] - keys[i] + 1, len(fold_list), 0))
        for c in range(keys[i], keys[j] + 1):
            to = rest.get(c, (c,))
            if len(to) == 1 and to[0] < 0x10000:
                fold_list.append(to[0])
            else:
                if to not in rows:
                    rows.append(to)
                fold_list.append(0xD800 + rows.index(to))
        i = j + 1
    assert len(rows) <= 0x800 and len(fold_list) < 0x10000 and max(map(len, rows)) <= 3
    return sorted(delta + lists), fold_list, rows


def lines(items, indent="    "):
    out = line = ""
    for item in items:
        if len(indent + line) + len(item) + 1 > 120:
            out, line = out + indent + line.rstrip() + "\n", ""
        line += item + ", "
    return out + indent + line.rstrip() + "\n"


def tables():
    kind, fold = measure()
    ranges, last = [], None
    for c in CODE_POINTS:
        if kind[c] != last:
            ranges.append((c, kind[c]))
            last = kind[c]
    runs, fold_list, rows = runs_of(fold)
    number = lambda x: str(x) if x < 10 else hex(x)
    s = f"""\
// Written by tools/make_unicode.py, which measured it on tokenizers {tokenizers.__version__}; do not edit.

// Code point << 8 | kind, where the kind holds up to the next entry's code point.
static const uint32_t clip__unicode_kinds[{len(ranges)}] = {{
{lines(number(c << 8 | k) for c, k in ranges)}}};

// Uncased: `count` code points from `first` on become themselves + delta or, where list is not 0, fold_list[list...].
static const struct {{
    uint32_t first;
    uint16_t count, list;
    int32_t delta;
}} clip__unicode_folds[{len(runs)}] = {{
{lines("{%s, %d, %d, %d}" % (number(a), b, l, d) for a, b, l, d in runs)}}};

// A code point, or 0xD800 + a row of fold_rows.
static const uint16_t clip__unicode_fold_list[{len(fold_list)}] = {{
{lines(map(number, fold_list))}}};

// What is longer than one code point or above 16 bits, filled up with zeros.
static const uint32_t clip__unicode_fold_rows[{len(rows)}][3] = {{
{lines("{" + ", ".join(number(x) for x in r + (0,) * (3 - len(r))) + "}" for r in rows)}}};
"""
    size = 4 * len(ranges) + 12 * len(runs) + 2 * len(fold_list) + 12 * len(rows)
    print(f"{len(ranges)} ranges, {len(runs)} runs, {len(fold_list)} listed, {len(rows)} rows: "
          f"{size} bytes compiled, {len(s)} of source", file=sys.stderr)
    return s


def main(begin, end, tables):
    """Writes what tables() returns between the two lines of the header, or compares (--check)."""
    text = HEADER.read_text(encoding="utf-8")
    head, _, rest = text.partition(begin + "\n")
    old, _, tail = rest.partition(end)
    assert tail, "marker lines missing"
    new = tables()
    if "--check" in sys.argv:
        sys.exit(0 if new == old else "clip_tokenizer.h: the tables differ")
    HEADER.write_text(head + begin + "\n" + new + end + tail, encoding="utf-8")


if __name__ == "__main__":
    main(BEGIN, END, tables)
