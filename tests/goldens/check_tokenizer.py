#!/usr/bin/env python3
"""Compares clip_tokenizer.h with HuggingFace's BertTokenizer, id by id, on a few million characters of every kind.

    python3 tests/goldens/check_tokenizer.py [VOCAB.txt] [FILE...]

Run by hand; needs `transformers` and a C compiler. VOCAB.txt is a BERT vocabulary and FILE... are texts, a line each;
without them only the vocabularies made here are used. Ends with the number of texts whose ids differ.
"""
import os
import pathlib
import random
import struct
import subprocess
import sys
import tempfile
import unicodedata

os.environ["HF_HUB_OFFLINE"] = "1"
from transformers import BertTokenizer

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SPECIALS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
CODE_POINTS = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000]

# Texts come as a length and the bytes, ids go as a count and the ids, so that any text can be asked.
DRIVER = r"""
#define CLIP_TOKENIZER_IMPLEMENTATION
#include "clip_tokenizer.h"
#include <stdio.h>
#include <stdlib.h>
int main(int argc, char **argv) {
    static char vocab[1 << 25];
    FILE *f = fopen(argv[1], "rb");
    clip_tokenizer_desc desc = {0};
    clip_tokenizer *t;
    uint32_t head[2];
    (void)argc;
    desc.vocab = vocab, desc.vocab_size = fread(vocab, 1, sizeof vocab, f), desc.cased = atoi(argv[2]);
    const char *wrong = clip_tokenizer_init(&desc, malloc(clip_tokenizer_size(&desc)), &t);
    if (wrong) return fprintf(stderr, "%s\n", wrong), 1;
    while (fread(head, 4, 2, stdin) == 2) { // bytes, max_ids
        char *text = malloc(head[0] + 1);
        int32_t *ids = malloc(head[1] * sizeof *ids);
        if (fread(text, 1, head[0], stdin) != head[0]) return 1;
        uint32_t n = (uint32_t)clip_tokenizer_encode(t, text, head[0], ids, head[1]);
        fwrite(&n, 4, 1, stdout), fwrite(ids, 4, n, stdout);
        free(text), free(ids);
    }
    return 0;
}
"""


def ours(driver, vocab, cased, texts, max_ids):
    request = b"".join(struct.pack("<2I", len(t), max_ids or 4 * len(t) + 2) + t for t in texts)
    answer = subprocess.run([driver, vocab, str(int(cased))], input=request, stdout=subprocess.PIPE, check=True).stdout
    ids, at = [], 0
    for _ in texts:
        n, = struct.unpack_from("<I", answer, at)
        ids.append(list(struct.unpack_from(f"<{n}i", answer, at + 4)))
        at += 4 + 4 * n
    assert at == len(answer)
    return ids


def reference(vocab, cased, texts, max_ids):
    t = BertTokenizer(vocab=vocab, do_lower_case=not cased)
    texts = [b.decode("utf-8", errors="replace") for b in texts]
    more = {"truncation": True, "max_length": max_ids} if max_ids else {}
    return t(texts, **more)["input_ids"]


def every_code_point():
    """In the two contexts that tell its kind, many to a text: what one does to its neighbours shows too."""
    for i in range(0, len(CODE_POINTS), 64):
        some = [chr(c) for c in CODE_POINTS[i:i + 64]]
        yield " ".join(some).encode()
        yield " ".join("a" + c + "b" for c in some).encode()
        yield "".join(some).encode()


def random_texts(rng):
    named = [c for c in CODE_POINTS if unicodedata.category(chr(c)) not in ("Cn", "Co")]
    marks = [c for c in named if unicodedata.category(chr(c))[0] == "M"]
    odd = [c for c in named if unicodedata.decomposition(chr(c)) or chr(c).lower() != chr(c)]
    ascii_, latin = range(128), range(0x20, 0x250)
    pieces = SPECIALS + ["[cls]", "[CLS", "CLS]", "[[CLS]]", "[ SEP ]", "##", "##s", " ", "  ", "\n", "\u3000", "\0"]
    for i in range(24000):
        pools = [ascii_, latin, named, marks, odd, CODE_POINTS]
        if i % 3 == 0:
            text = "".join(chr(rng.choice(rng.choice(pools))) for _ in range(rng.randrange(60)))
        elif i % 3 == 1:  # runs of marks, for canonical ordering
            text = "".join(chr(rng.choice(marks if rng.random() < 0.8 else odd)) for _ in range(rng.randrange(40)))
        else:
            text = "".join(rng.choice(pieces) if rng.random() < 0.4 else chr(rng.choice(rng.choice(pools)))
                           for _ in range(rng.randrange(30)))
        yield text.encode()
    for i in range(8000):  # bytes that are not UTF-8
        if i % 2:
            yield bytes(rng.randrange(256) for _ in range(rng.randrange(50)))
        else:
            damaged = bytearray("".join(chr(rng.choice(rng.choice(pools))) for _ in range(20)).encode())
            for _ in range(rng.randrange(6)):
                byte = rng.choice(b"\x80\xbf\xc0\xc2\xe0\xed\xef\xf0\xf4\xff[a \xa0\x9f\x90")
                damaged[rng.randrange(len(damaged))] = byte
            yield bytes(damaged)


def edge_texts():
    yield from (b"", b" ", b" \t\r\n\xc2\xa0\xe3\x80\x80", b"\0", b"a\0b", b"\xef\xbf\xbd", b"[CLS]", b"[MASK]x[MASK]")
    for n in (99, 100, 101, 102, 10000):
        for c in ("a", "é", "\u0301a", "이", "𐐀", "一", "ab ", "x\u1b44\u08d4"):
            yield (c * n).encode()
            yield ("b " + c * n + "[SEP]" + c * n + ".").encode()
    for n in (98, 99, 100, 101):  # a word is counted after accents are dropped and ideographs are split off
        yield ("a" * n + "\u0301" * 50).encode()
        yield ("a" * n + "\u1d15e").encode()
        yield ("a" * n + "각").encode()
        yield ("a" * n + "\u00ad\ufffd").encode()
        yield ("a" * n + "一" + "a" * n).encode()
    for special in SPECIALS:
        for form in (special, special.lower(), special[:-1], special[1:], special.replace("[", "［"), "\\" + special,
                     "[ " + special[1:], special[:2] + "\0" + special[2:], special[:2] + "\u0301" + special[2:]):
            for before in ("", "a", " ", "[", "#", "##", "\u00e9", "一", "\0"):
                for after in ("", "b", " ", "]", "##b", "\u0301", "一", "\u3000"):
                    yield (before + form + after).encode()
    kinds = [0x8d4, 0x1b44, 0x302e, 0x941, 0x301, 0x1d165, 0x1d16d, 0x1d15e, 0x344, 0x41, 0x130, 0xad, 0x11442]
    for a in kinds:  # survivors of each combining class, dropped marks with and without one, in every order of four
        for b in kinds:
            for c in kinds:
                yield "".join(map(chr, (0x61, a, b, c, 0x1b44))).encode()


def made_vocabulary(rng, cased):
    """Letters of everywhere, alone and inside, and many short strings: some words are known, some are not."""
    letters = [chr(c) for c in range(0x21, 0x3000) if unicodedata.category(chr(c))[0] in "LNSM"]
    letters += map(chr, (0x302e, 0x1d157, 0x1d165, 0x1d16d, 0x11442, 0x4e00, 0x8c48))
    tokens = SPECIALS + [chr(c) for c in range(0x21, 0x7f) if not chr(c).isalnum()] + letters
    tokens += ["##" + c for c in letters]
    small = "abcdefgh"
    for n in (2, 3):
        tokens += ["".join(rng.choice(small + ("ABC" if cased else "")) for _ in range(n)) for _ in range(300)]
        tokens += ["##" + "".join(rng.choice(small) for _ in range(n)) for _ in range(300)]
    tokens += ["".join(rng.choice(letters) for _ in range(2)) for _ in range(4000)]
    return "\n".join(tokens) + "\n"


def full_vocabulary():
    """Every code point, alone and inside a word: here no character hides behind [UNK]. 2.2 million tokens."""
    return "\n".join(SPECIALS + [p + chr(c) for p in ("", "##") for c in CODE_POINTS if c != 10]) + "\n"


def main():
    rng = random.Random(1)
    work = tempfile.mkdtemp()
    driver = work + "/driver"
    subprocess.run(["cc", "-O2", "-I", ROOT, "-x", "c", "-", "-o", driver], input=DRIVER.encode(), check=True)
    vocabs = []
    for cased in (False, True):
        for name, tokens in (("made", made_vocabulary(rng, cased)), ("full", full_vocabulary())):
            path = f"{work}/{name}{int(cased)}.txt"
            pathlib.Path(path).write_bytes(tokens.encode())
            vocabs.append((path, cased))
    if "--help" in sys.argv:
        sys.exit(print(__doc__))
    if len(sys.argv) > 1:
        vocabs += [(sys.argv[1], False), (sys.argv[1], True)]
    lines = [line for path in sys.argv[2:] for line in pathlib.Path(path).read_bytes().split(b"\n")]
    sets = [("files", lines), ("every code point", list(every_code_point())), ("random", list(random_texts(rng))),
            ("edges", list(edge_texts()))]
    sets = [s for s in sets if s[1]]
    big = b" ".join(random_texts(rng))
    big = big * (10_000_000 // len(big) + 1)
    sets.append(("10 MB", [big[:10_000_000]]))
    total = wrong = 0
    for vocab, cased in vocabs:
        for name, texts in sets:
            for max_ids in (None, 2, 3, 16, 128):
                if max_ids and (name == "every code point" or "full" in vocab) and max_ids != 16:
                    continue
                a, b = ours(driver, vocab, cased, texts, max_ids), reference(vocab, cased, texts, max_ids)
                bad = [i for i in range(len(texts)) if a[i] != b[i]]
                total, wrong = total + len(texts), wrong + len(bad)
                unknown = sum(ids.count(1 if vocab.startswith(work) else 100) for ids in a)
                print(f"{pathlib.Path(vocab).name} {'cased' if cased else 'uncased'}, {name}, max_ids {max_ids}: "
                      f"{len(texts)} texts, {sum(map(len, a))} ids, {unknown} of them [UNK], {len(bad)} texts differ",
                      flush=True)
                for i in bad[:3]:
                    at = next((k for k in range(min(len(a[i]), len(b[i]))) if a[i][k] != b[i][k]), None)
                    print("   ", ascii(texts[i][:120].decode("utf-8", "replace")), "at", at,
                          a[i][max(0, (at or 0) - 2):][:12], b[i][max(0, (at or 0) - 2):][:12])
    print(f"{total} texts, {wrong} differ")
    return wrong != 0


if __name__ == "__main__":
    sys.exit(main())
