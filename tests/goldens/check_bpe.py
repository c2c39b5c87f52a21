#!/usr/bin/env python3
"""Compares clip_tokenizer.h with transformers' CLIPTokenizer and with open_clip's and OpenAI's SimpleTokenizer, id by id.

    python3 tests/goldens/check_bpe.py [--quick] [--seed=N] [--only=SET] [FILE...]

Run by hand; needs `transformers`, `open_clip`, `ftfy` and a C compiler. The vocabulary is the one of 49,408 that comes with
open_clip; FILE... are texts, a line each. Every text is encoded as it is and cut to 77 ids. OpenAI's tokenizer is open_clip's
with the spelling of the special tokens that it had first. No line has more than the 2,000 characters that the header repairs
as a whole. Ends with the number of texts whose ids differ.
"""
import gzip
import html.entities
import os
import pathlib
import random
import struct
import subprocess
import sys
import tempfile
import unicodedata

os.environ["HF_HUB_OFFLINE"] = "1"
import open_clip.tokenizer
import regex
from tokenizers import AddedToken
from transformers import CLIPTokenizer

from check_tokenizer import CODE_POINTS, ROOT

DRIVER = r"""
#define CLIP_TOKENIZER_IMPLEMENTATION
#include "clip_tokenizer.h"
#include <stdio.h>
#include <stdlib.h>
static char *all_of(const char *path, size_t *size) {
    FILE *f = fopen(path, "rb");
    char *data = malloc(1 << 24);
    *size = fread(data, 1, 1 << 24, f);
    fclose(f);
    return data;
}
int main(int argc, char **argv) {
    clip_tokenizer_desc desc = {0};
    clip_tokenizer *t;
    uint32_t head[2];
    (void)argc;
    desc.kind = CLIP_BPE;
    desc.vocab = all_of(argv[1], &desc.vocab_size), desc.merges = all_of(argv[2], &desc.merges_size);
    desc.cleaning = argv[3][0] == 'h' ? CLIP_CLEAN_HUGGINGFACE : CLIP_CLEAN_OPENAI;
    desc.normalized = (unsigned)atoi(argv[4]);
    const char *wrong = clip_tokenizer_init(&desc, malloc(clip_tokenizer_size(&desc)), &t);
    if (wrong) return fprintf(stderr, "%s\n", wrong), 1;
    while (fread(head, 4, 2, stdin) == 2) { // bytes, max_ids; then the ids and their text
        char *text = malloc(head[0] + 1), *back;
        int32_t *ids = malloc(head[1] * sizeof *ids);
        if (fread(text, 1, head[0], stdin) != head[0]) return 1;
        uint32_t n = (uint32_t)clip_tokenizer_encode(t, text, head[0], ids, head[1]);
        uint32_t size = (uint32_t)clip_tokenizer_decode(t, ids, n, NULL, 0);
        back = malloc(size + 1);
        clip_tokenizer_decode(t, ids, n, back, size + 1);
        fwrite(&n, 4, 1, stdout), fwrite(ids, 4, n, stdout), fwrite(&size, 4, 1, stdout), fwrite(back, 1, size, stdout);
        free(text), free(ids), free(back);
    }
    return 0;
}
"""


def ours(driver, vocab, merges, reference, texts, max_ids):
    request = b"".join(struct.pack("<2I", len(t), max_ids or 18 * len(t) + 16) + t for t in texts)
    answer = subprocess.run([driver, vocab, merges, reference.cleaning, str(reference.normalized)], input=request, stdout=subprocess.PIPE, check=True).stdout
    out, at = [], 0
    for _ in texts:
        n, = struct.unpack_from("<I", answer, at)
        ids = list(struct.unpack_from(f"<{n}i", answer, at + 4))
        at += 4 + 4 * n
        size, = struct.unpack_from("<I", answer, at)
        out.append((ids, answer[at + 4:at + 4 + size].decode()))
        at += 4 + size
    assert at == len(answer)
    return out


class HuggingFace:
    cleaning = "huggingface"

    def __init__(self, folder, normalized):
        self.name, self.normalized = f"transformers, normalized {normalized}", normalized
        start, end = (AddedToken(t, normalized=bool(normalized >> i & 1), special=True) for i, t in enumerate(OPENAI))
        self.t = CLIPTokenizer(f"{folder}/vocab.json", f"{folder}/merges.txt", bos_token=start, eos_token=end, unk_token=end,
                               pad_token=end)

    def __call__(self, texts, max_ids):
        more = {"truncation": True, "max_length": max_ids} if max_ids else {}
        ids = self.t(texts, **more)["input_ids"]
        return [(i, self.t.decode([x for x in i if x < len(self.t) - 2])) for i in ids]


class SimpleTokenizer:
    cleaning, normalized = "openai", 0

    def __init__(self, name, merges, specials):
        with tempfile.NamedTemporaryFile(suffix=".gz") as f:
            f.write(gzip.compress(("#version\n" + "\n".join(merges)).encode()))
            f.flush()
            self.t = open_clip.tokenizer.SimpleTokenizer(bpe_path=f.name)
        self.name, n = name, self.t.vocab_size
        if specials[0] not in self.t.encoder:    # OpenAI's
            for old, new, i in zip(("<start_of_text>", "<end_of_text>"), specials, (n - 2, n - 1)):
                del self.t.encoder[old]
                self.t.encoder[new], self.t.decoder[i] = i, new
            self.t.cache = {s: s for s in specials}
            expression = r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"
            self.t.pat = regex.compile("|".join(map(regex.escape, specials)) + "|" + expression, regex.IGNORECASE)

    def __call__(self, texts, max_ids):
        out, n = [], self.t.vocab_size
        for text in texts:
            ids = [n - 2] + self.t.encode(text) + [n - 1]
            if max_ids and len(ids) > max_ids:
                ids = ids[:max_ids - 1] + [n - 1]
            out.append((ids, self.t.decode([i for i in ids if i < n - 2])))
        return out


def full_merges():
    path = pathlib.Path(open_clip.tokenizer.__file__).parent / "bpe_simple_vocab_16e6.txt.gz"
    return gzip.open(path).read().decode().split("\n")[1:49152 - 256 - 2 + 1]


def vocabulary(merges, specials):
    letters = list(open_clip.tokenizer.bytes_to_unicode().values())
    return letters + [c + "</w>" for c in letters] + ["".join(m.split()) for m in merges] + list(specials)


OPENAI, OPEN_CLIP = ("<|startoftext|>", "<|endoftext|>"), ("<start_of_text>", "<end_of_text>")


def references(folder, merges):
    """(reference, vocabulary file), and writes the files."""
    import json
    pathlib.Path(f"{folder}/merges.txt").write_text("#version: 0.2\n" + "\n".join(merges) + "\n", encoding="utf-8")
    vocab = vocabulary(merges, OPENAI)
    pathlib.Path(f"{folder}/vocab.json").write_text(json.dumps({t: i for i, t in enumerate(vocab)}))
    pathlib.Path(f"{folder}/vocab.txt").write_text("\n".join(vocab) + "\n", encoding="utf-8")
    vocab = vocabulary(merges, OPEN_CLIP)
    pathlib.Path(f"{folder}/vocab_open_clip.txt").write_text("\n".join(vocab) + "\n", encoding="utf-8")
    return [*((HuggingFace(folder, normalized), "vocab.txt") for normalized in range(4)),
            (SimpleTokenizer("open_clip", merges, OPEN_CLIP), "vocab_open_clip.txt"),
            (SimpleTokenizer("OpenAI", merges, OPENAI), "vocab.txt")]


WORDS = """a photo of the cat dog on in red blue snow roof's don't we're they've I'm she'll he'd it's 3 21st 1,000 $5 50%
wearing jacket standing near mountain lake — sunset… "quoted" (c) #tag @user naïve café Ünïcode École Straße ΕΛΛΆΔΑ σοφός Москва
снег 東京 猫の写真 사진 고양이 كلب صورة कुत्ता แมว 🐱 👩‍👩‍👧 🇫🇷 ❤️ ½ ² Ⅳ ﬁne ＦＵＬＬ ｶﾞ ‘curly’ “quotes” &amp; &lt;b&gt; &eacute; &NTILDE; x&sup2;""".split()
ENTITIES = sorted(html.entities.html5)
CODECS = ["latin-1", "cp1252", "cp1251", "cp1250", "cp1253", "cp1254", "cp1257", "iso-8859-2", "mac-roman", "cp437"]


def sloppy(data, codec):
    return data.decode("sloppy-windows-" + codec[2:] if codec[:4] == "cp12" else codec)


def captions(rng, n):
    for _ in range(n):
        yield " ".join(rng.choice(WORDS) for _ in range(rng.randrange(1, 30)))


def mojibake(rng, n, longest=12):
    """Text that was decoded with the wrong encoding, once or more often, whole or in part, and then damaged."""
    for _ in range(n):
        text = " ".join(rng.choice(WORDS) for _ in range(rng.randrange(1, longest)))
        for _ in range(rng.choice((1, 1, 1, 2, 3))):
            words = text.split(" ")
            some = range(len(words))
            if rng.random() < 0.4:
                some = rng.sample(some, rng.randrange(1, len(words) + 1))
            codec = rng.choice(CODECS)
            for i in some:
                words[i] = sloppy(words[i].encode(), codec if rng.random() < 0.9 else rng.choice(CODECS))
            text = " ".join(words)
        if rng.random() < 0.4:
            text = text.replace("\xa0", " ")
        if rng.random() < 0.3:
            text = "".join(rng.choice("\ufffd?\x1a\n") if ord(c) > 127 and rng.random() < 0.06 else c for c in text)
        yield text


def short_mojibake():
    """What becomes a single letter, beside what is changed only when the encoding is right: some of all combinations."""
    for first in "‘“…éÇŸœ€a":
        for core in ("Ãƒ", "Ã\x83", "Ãƒ ", "Ã‚", "â€", "ãƒ", "Å\x83", "Ã\xa0"):
            for last in ("", " ", "’", "”", "…", "s", "¼", "ﬁ", " !"):
                for between in ("", "a", "a "):
                    yield first + between + core + last


def odd_bytes(rng, n):
    """Bytes that look like UTF-8 and its variants, decoded with one of the encodings."""
    for _ in range(n):
        data = bytearray()
        for _ in range(rng.randrange(1, 9)):
            data += rng.choice((b" ", b"a", b"s ", b"quele ", b"?", b"\n", b"\xc3 ", b"\xc3\xa0", b"\xc2\xa0", b"\xe2\x80\x99",
                                b"\xe2 \x99", b"\xe2\x80 ", b"\xf0 \x98\x80", b"\xf0\x9f\x98 ", b"\xf0\x9f\x98\x80", b"\xc0\x80",
                                b"\xed\xa0\xbd\xed\xb8\x8d", b"\xed\x95\x9c", b"\xed\xa0\xbd", b"\xed\xa0\x1a\xed\xb8\x8d",
                                b"\xed\xa0\xbd\xed\xb8", b"\xc3?", b"\xc5\x1a", b"\xe2\x80\x1a", b"\xe2?\x99", b"\xf0\x9f\x1a\x80",
                                b"\xef\xbf\xbd", b"\x85", b"\x81", bytes([rng.randrange(128, 256)]), "é".encode(), "я".encode()))
        yield sloppy(bytes(data), rng.choice(CODECS))


def markup(rng, n):
    for _ in range(n):
        text = ""
        for _ in range(rng.randrange(1, 8)):
            kind = rng.randrange(9)
            name = rng.choice(ENTITIES)
            text += ("&" + name, "&" + name.rstrip(";"), "&" + name.upper(), "&" + name.rstrip(";") + rng.choice("abz;=1 é"),
                     "&#%d%s" % (rng.choice((rng.randrange(300), rng.randrange(0x120000), 59, 38)), rng.choice(";;; x")),
                     "&#%s%x%s" % (rng.choice("xX"), rng.choice((rng.randrange(300), rng.randrange(0x120000))),
                                   rng.choice(";; g")),
                     rng.choice(("&amp;amp;", "&amp;lt;", "&", "&&", "&#", "&#x", "&;", "&amp", "&#38;#38;", "&a" * 40)),
                     rng.choice((" ", "\n", "<", "<b>", "a")), name)[kind]
        yield text


def from_pools(rng, n):
    named = [c for c in CODE_POINTS if unicodedata.category(chr(c)) not in ("Cn", "Co")]
    marks = [c for c in named if unicodedata.category(chr(c))[0] == "M"]
    odd = [c for c in named if unicodedata.decomposition(chr(c)) or chr(c).lower() != chr(c)]
    bmp_suspect = [ord(sloppy(bytes([b]), c)) for c in CODECS for b in range(128, 256)]
    pools = [range(128), range(0x20, 0x250), named, marks, odd, CODE_POINTS, bmp_suspect,
             [ord(c) for c in "'’stvrmdlSTſ<|&;#\n ΣΣaA.:"]]
    for i in range(n):
        some = rng.sample(pools, rng.randrange(1, 4))
        yield "".join(chr(rng.choice(rng.choice(some))) for _ in range(rng.randrange(40)))
    for i in range(n // 2):    # suspicious characters next to each other
        yield "".join(chr(rng.choice(bmp_suspect)) if rng.random() < 0.8 else rng.choice("ab Z.\n")
                      for _ in range(rng.randrange(2, 9)))


def specials(rng, n):
    """Special tokens, whole and in pieces, in any case, beside what is composed with their signs."""
    for _ in range(n):
        text = "".join(rng.choice(OPENAI + ("<|", "<", "|>", ">", "|", "startoftext", "endoftext", "s", "e", "a", "!", " ", "'s", "1",
                                            "\u0338", "\u0301", "\u0315", "\u226e", "\u226f", "ſ", "\u212a"))
                       for _ in range(rng.randrange(1, 12)))
        yield "".join(rng.choice((c, c.upper())) for c in text) if rng.random() < 0.6 else text


def edges():
    yield from ("", " ", "\n", "\0", "'", "<", "'s", "''s", "a''s", "'ſ", "a'ſ", "'S 'T 'RE 'VE 'M 'LL 'D", "'r", "'re'", "'l'll",
                "don't", "DON’T", "x'sy", "1's", "!'s", "! 's", "&lt;|endoftext|&gt;", "&amp;amp;amp;amp;lt;", "&#0;&#x80;&#129;",
                "\x1b[36;44mblue\x1b[0m", "\x1b[٣mx", "\x1b[3", "a\r\nb\r\rc\u2028d\u2029e\x85f", "ΑΣ ΑΣ. ΑΣ.Α Σ ΣΑ ΑΣ'Α ΑΣ'' Α:Σ",
                "ΟΔΟΣ\u0301\u0301Α ΟΔΟΣ" + "\u0301" * 40 + "Α", "İ I ı i\u0307", "\ufeffa\ufeff", "\ufffcx\ufff9")
    for a in OPENAI + OPEN_CLIP:
        for form in (a, a.upper(), a.title(), a[:-1], a[1:], a.replace("s", "ſ"), "<" + a, a + ">", a.replace("<", "&lt;"), a + a,
                     a.replace("t", "T", 1), "'" + a, a[:3] + "\u0301" + a[3:], a.replace("<", "＜")):
            for before in ("", "a", " ", "!", "'", "1", "é", "e\u0301"):
                for after in ("", "b", " ", "!", "'s", "1", "\u0301"):
                    yield before + form + after
    for n in (99, 100, 127, 128, 200, 383, 384, 385, 767, 768, 769, 1000, 5000, 10000):
        for c in ("a", "ab", "é", "!", "!?", "unaffable", "🐱", "й", "東", "haha", "e\u0301", "1", "Σ", "Ã©", "lol"):
            yield c * (n // len(c))
        rng = random.Random(n)
        yield "".join(rng.choice("etaoinshrdlu") for _ in range(n))
        yield "".join(rng.choice("ab") for _ in range(n))
        yield "".join(rng.choice("!?.,-") for _ in range(n))


def every_code_point():
    for i in range(0, len(CODE_POINTS), 32):
        some = [chr(c) for c in CODE_POINTS[i:i + 32]]
        yield " ".join(some)
        yield "".join("a" + c + "B" for c in some)
        yield "".join(some)
        yield " ".join("é" + c + "\u0301 Σ" + c + "a" for c in some)


def main():
    if "--help" in sys.argv:
        sys.exit(print(__doc__))
    seeds = [a for a in sys.argv[1:] if a.startswith("--seed=")]
    rng = random.Random(int(seeds[0][7:]) if seeds else 1)
    quick = "--quick" in sys.argv
    files = [a for a in sys.argv[1:] if a[:2] != "--"]
    n = 400 if quick else 4000
    with tempfile.TemporaryDirectory() as work:
        driver = work + "/driver"
        subprocess.run(["cc", "-O2", "-I", ROOT, "-x", "c", "-", "-o", driver], input=DRIVER.encode(), check=True)
        to_bytes = lambda texts: [t.encode("utf-8", errors="replace") for t in texts]
        sets = [("captions", to_bytes(captions(rng, n))), ("specials", to_bytes(specials(rng, 4 * n))), ("edges", to_bytes(edges())),
                ("entities", to_bytes(markup(rng, 2 * n))), ("mojibake", to_bytes(mojibake(rng, 2 * n))), ("damaged mojibake", to_bytes(odd_bytes(rng, 2 * n))),
                ("short mojibake", to_bytes(short_mojibake())), ("characters", to_bytes(from_pools(rng, 2 * n))),
                ("bytes", [bytes(rng.randrange(256) for _ in range(rng.randrange(60))) for _ in range(n)]),
                ("every entity", to_bytes(f"a &{e} b&{e.upper()}c &{e.rstrip(';')}d" for e in ENTITIES))]
        lines = [t[:1990] for t in mojibake(rng, n // 8, 150)]
        sets += [("long mojibake", to_bytes(lines)),
                 ("many lines", to_bytes(rng.choice(("\n", "\r\n")).join(rng.sample(lines, 6)) for _ in range(n // 8))),
                 ("line separators", to_bytes("\u2028".join(t[:300] for t in rng.sample(lines, 6)) for _ in range(n // 8)))]
        if not quick:
            sets.append(("every code point", to_bytes(every_code_point())))
        if files:
            sets.append(("files", [l for f in files for l in pathlib.Path(f).read_bytes().split(b"\n")]))
        only = [a[7:] for a in sys.argv[1:] if a.startswith("--only=")]
        sets = [s for s in sets if not only or s[0] in only]
        totals = {}
        for reference, vocab in references(work, full_merges()):
            for name, texts in sets:
                for max_ids in (None, 77):
                    a = ours(driver, f"{work}/{vocab}", f"{work}/merges.txt", reference, texts, max_ids)
                    b = reference([t.decode("utf-8", errors="replace") for t in texts], max_ids)
                    bad = [i for i in range(len(texts)) if a[i][0] != b[i][0]]
                    back = [i for i in range(len(texts)) if a[i][0] == b[i][0] and a[i][1] != b[i][1]]
                    total = totals.setdefault(reference.name, [0, 0, 0])
                    total[0], total[1], total[2] = total[0] + len(texts), total[1] + len(bad), total[2] + len(back)
                    n_ids = sum(len(x[0]) for x in a)
                    print(f"{reference.name}, {name}, max_ids {max_ids}: {len(texts)} texts, {n_ids} ids, "
                          f"{len(bad)} texts differ, {len(back)} differ when decoded", flush=True)
                    for i in (bad + back)[:4]:
                        x, y = a[i][0], b[i][0]
                        at = next((k for k in range(min(len(x), len(y))) if x[k] != y[k]), 0)
                        print("   ", ascii(texts[i][:160].decode("utf-8", "replace")), "at", at,
                              x[max(0, at - 2):][:10], y[max(0, at - 2):][:10], *((ascii(a[i][1][:80]), ascii(b[i][1][:80])) if x == y else ()))
    for name, (texts, bad, back) in totals.items():
        print(f"{name}: {texts} texts, {bad} differ, {back} differ when decoded")
    return any(t[1] + t[2] for t in totals.values())


if __name__ == "__main__":
    sys.exit(main())
