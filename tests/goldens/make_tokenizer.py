#!/usr/bin/env python3
"""Makes wordpiece_vocab.txt, wordpiece_texts.txt and wordpiece_code_points.txt, which tests/test_tokenizer.c reads.

    python3 tests/goldens/make_tokenizer.py        by hand; needs `transformers` (5.23.0, tokenizers 0.23.3)

The ids are those of HuggingFace's BertTokenizer, with do_lower_case (uncased) and without (cased).
"""
import os
import pathlib
import tempfile
import unicodedata

os.environ["HF_HUB_OFFLINE"] = "1"
from transformers import BertTokenizer

HERE = pathlib.Path(__file__).resolve().parent
CODE_POINTS = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000]
WORDS = """a an the of in on is are red roof roof##s ##s blue sky snow dog dogs ##ing run runn ##ning plane air ##port
airport many green tree trees river Red Roof Paris ecole eleve strasse foret naive cafe Ca ca cooperate i I ss é É ñ
##é ##e ##t un ##aff ##able ##a unaffable Ελλ ελλαδα ##αδα σ ##σ ς ##ς красная крыша ##ша ##й и й""".split()


def vocabulary():
    letters = [chr(c) for c in range(0x21, 0x7F) if chr(c).isalnum()] + list("ßœøłıəαβγωабвгאבعربहिन्दीกあア한ᄒ")
    letters += map(chr, (0x1112, 0x1161, 0x11AB, 0x1B44, 0x8D4, 0x302E, 0x1D157, 0x1D165, 0x1D16D, 0x2E5D, 0x1F600))
    tokens = ["[PAD]", "[unused0]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    tokens += [chr(c) for c in range(0x21, 0x7F) if not chr(c).isalnum()] + list("«»…–—“”’、。中国豈")
    return list(dict.fromkeys(tokens + letters + ["##" + c for c in letters] + WORDS))


def texts():
    """(text as bytes, max_ids)"""
    plain = """a dog in the snow|Many green trees are on the river.|RED ROOFS|red-roofed, un-affable|unaffable runnings
airports|École, élève, naïve café, coöperate|Straße STRASSE ẞ|ÇA ça Ça|é É ñ Ñ
İstanbul ISTANBUL ıI|ŒUVRE Øł|Ελλάδα ΕΛΛΆΣ ΑΣ Σ ς
Красная крыша Й й Ё ё|अहिन्दी हिन्दी|ไทย กำ|עִבְרִית|عَرَبِيّ|あア が ガ ｶﾞ|한국 한 각 힣 ㅎ|中国 中 国a b中c 豈 豈|𠀀中 㐀 𪜀 鿿 ꀀ
😀 👩‍👩‍👧 a😀b 🇫🇷 ❤️|“a” ‘b’ «c» …—–|a_b c+d e=f <g> $5 50% #tag @me ^~`|¡a! ¿b? §c ¶d •e ‰ ″ ※|a、b。c
⸝ a⸝b ؝|½ ² ①  Ⅳ ⅳ ℵ K Å Ω|ﬁ ﬀ ǆ Ǆ ǅ
[CLS] a [SEP]|[MASK]|a[MASK]b|[MASK][MASK] [UNK] [PAD]|[cls] [Mask] [mask]|[[MASK]]|[MASK|MASK]|[ MASK ]
[unused0]|##s ##a #|[MASK]s##s|red[SEP]red|é[MASK]é|中[MASK]中|\\[MASK]""".replace("\n", "|").split("|")
    for text in plain:
        yield text.encode(), 64
    for escaped in (rb"", rb" ", rb" \t\r\n\v\f ", rb"\0", rb"a\0b", rb"a\x01b\x7fc", rb"a\tb\nc\rd", rb"a\vb\fc\x85d",
                    rb"a\x1cb", rb"[MA\0SK] [MASK\0] [MASK]\0"):
        yield escaped.decode("unicode_escape").encode(), 64
    odd = (0xA0, 0xAD, 0x1680, 0x180E, 0x200B, 0x200D, 0x2028, 0x2029, 0x202F, 0x205F, 0x2060, 0x3000, 0xFEFF, 0xFFFD,
           0xFFFE, 0xE000, 0x10FFFF, 0x301, 0x34F, 0x489, 0x20DD, 0x37E, 0x387, 0x1FEF, 0x2260, 0x226E, 0x2329, 0x0378,
           0x10D50, 0x1734, 0x8D4, 0x8D5, 0x1B44, 0x302E, 0x1D15E, 0x1D160, 0x1D16D, 0x111C9, 0x2E5D,
           0xF900, 0x2F800, 0xFA6E)
    for c in odd:
        yield f"a{chr(c)}b {chr(c)} {chr(c)}a".encode(), 64
    for sequence in ("\u0301a", "e\u0301", "a\u0301\u0323b", "\u302e\u1b44", "\u08d4\u1b44\u302e", "\u08d4\u0941\u1b44",
                     "\u08d4\u0301\u1b44", "a\u302e\u1b44b\u302e\u1b44", "\U0001d15e\u1b44", "\U0001d16d\U0001d165",
                     "\u08d4[MASK]\u1b44", "\u08d4\u00ad\u1b44", "\u1112\u1161\u11ab", "\u1112\u1161\u0301\u11ab",
                     "=\u0338", "I\u0307", "\u0130\u0307", "[\u0301MASK]", "[MASK]\u0301a", "中\u0301a"):
        yield sequence.encode(), 64
    for n in (99, 100, 101):
        yield ("a " + "s" * n + " b").encode(), 128
        yield ("s" * n + "\u0301\u00ad" + ".").encode(), 128
        yield ("é" * n).encode(), 128
        yield ("é" * 50 + "s" * (n - 50)).encode(), 128
        yield ("s" * n + "[MASK]").encode(), 128
    yield ("s" * 97 + "한").encode(), 128  # 97 + 3 jamo uncased, 97 + 1 cased
    yield ("s" * 98 + "한").encode(), 128
    for damaged in (b"a\xffb", b"\x80a", b"a\xc3", b"a\xc3b", b"\xc1\xa1", b"\xe0\x81\xa1", b"\xe4\xb8a\xe4\xb8\xad",
                    b"\xed\xa0\x80a", b"\xf0\x9f\x98a", b"\xf0\x80\x81\xa1", b"\xf4\x90\x80\x80a",
                    b"\xf8\x88\x80\x80\x80a", b"\xe4[MASK]\xb8", b"[MASK\xff]", b"\xf0\x9f\x98\x80\x80", b"a\xcc\x81\xcc"):
        yield damaged, 64
    for n in range(2, 14):
        yield b"red roofs, unaffable [MASK] runs!", n
        yield b"aaq aaaq q [SEP] red", n


def escape(text):
    """Printable ASCII and letters as they are, other bytes as \\xHH, so that a line is a line in any editor."""
    out = ""
    for c in text.decode("utf-8", errors="surrogateescape"):
        plain = c != "\\" and (" " <= c <= "~" or unicodedata.category(c) in ("Lu", "Ll", "Lo"))
        out += c if plain else "".join(f"\\x{b:02x}" for b in c.encode("utf-8", errors="surrogateescape"))
    return out


def fnv1a(ids):
    h = 2166136261
    for i in ids:
        for b in i.to_bytes(4, "little"):
            h = (h ^ b) * 16777619 & 0xFFFFFFFF
    return h


def main():
    vocab = HERE / "wordpiece_vocab.txt"
    vocab.write_text("\n".join(vocabulary()) + "\n", encoding="utf-8")
    tokenizers = [BertTokenizer(vocab=str(vocab), do_lower_case=lower) for lower in (True, False)]
    with open(HERE / "wordpiece_texts.txt", "w", encoding="utf-8") as f:
        f.write("# text, max_ids, ids uncased, ids cased; by make_tokenizer.py\n")
        for text, n in dict.fromkeys(texts()):
            s = text.decode("utf-8", errors="replace")
            ids = [t(s, truncation=True, max_length=n)["input_ids"] for t in tokenizers]
            f.write("\t".join([escape(text), str(n)] + [" ".join(map(str, i)) for i in ids]) + "\n")

    # Every code point, with a vocabulary of every code point, as test_code_points in test_tokenizer.c builds it.
    with tempfile.NamedTemporaryFile(suffix=".txt") as full:
        full.write(b"[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n")
        for c in CODE_POINTS:
            if chr(c) != "\n":
                full.write(f"{chr(c)}\n##{chr(c)}\n".encode())
        full.flush()
        tokenizers = [BertTokenizer(vocab=full.name, do_lower_case=lower) for lower in (True, False)]
    with open(HERE / "wordpiece_code_points.txt", "w") as f:
        f.write("# first code point of 4096 c; FNV-1a of the ids of all 'acb c ', uncased, cased\n")
        for first in range(0, 0x110000, 0x1000):
            text = "".join(f"a{chr(c)}b {chr(c)} " for c in range(first, first + 0x1000) if not 0xD800 <= c < 0xE000)
            f.write(" ".join([f"{first:06x}"] + [f"{fnv1a(t(text)['input_ids']):08x}" for t in tokenizers]) + "\n")


if __name__ == "__main__":
    main()
