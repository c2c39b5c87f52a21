#!/usr/bin/env python3
"""Makes bpe_vocab.txt, bpe_merges.txt, bpe_texts.txt, bpe_code_points.txt and bpe_mojibake.txt for tests/test_tokenizer.c.

    python3 tests/goldens/make_bpe.py        by hand; needs `transformers`, `open_clip` and `ftfy`, as check_bpe.py

The ids are those of HuggingFace's CLIPTokenizer and of OpenAI's SimpleTokenizer, with the first merges of CLIP's vocabulary.
"""
import random
import tempfile

import check_bpe
from make_tokenizer import CODE_POINTS, HERE, escape, fnv1a

MERGES = 3000


def texts():
    """(text as bytes, max_ids)"""
    rng = random.Random(2)
    plain = ["A photo of a cat.", "two dogs on a snowy mountain", "Red roofs, 1234 of them!",
             "don't WE'RE they've I'M she'll he'd it's",
             "Cats’  naïveté", "École, élève, ﬁne ＦＵＬＬ ｶﾞ ½ ²", "ΟΔΥΣΣΕΥΣ ΑΣ. Σ ΣΑ ΑΣ'Α İstanbul", "Москва 東京 猫 서울 어머니 كلب कुत्ता แมว",
             "🐱 👩‍👩‍👧 🇫🇷 ❤️", "schÃ¶n", "voilÃ le travail, Ã la mode", "â€œquotedâ€\ufffd", "âœ” No problems", "l’humanitÃ©",
             "Ð¿Ñ€Ð¸Ð²ÐµÑ‚", "РїСЂРёРІРµС‚", "Î³ÎµÎ¹Î¬",
             "&lt;b&gt; &amp;amp;lt; &eacute;&NTILDE; &amp &notit; &#233; &#x1F600; &#59; &#x80;",
             "<b>&eacute; a</b>\n&amp;amp;", "\x1b[36;44mblue\x1b[0m \ufeffx",
             "\x1b[1[a \x1b[2`b \x1b[3{c \x1b[4@d \x1b[5Ze \x1b[6zf \x1b[7Ag \x1b[8ah \x1b[9",
             "&#11141110; &#1114111; &#1114112; &#x10ffff0; &#x10ffff; &#x110000; &#00065; &#x0;", "a\r\nb\u2028c\x85d\x0be",
             "e\u0301 a\u0323\u0307 \u1112\u1161\u11ab",
             "<b>&#x10ffff0; &#x10ffff; &#11141110; &#1114111; &#1114112;", "Ђ schÃ¶n", "schÃ¶n Ђ",
             "<b>&#xfdd0;a &#xfdef;b &#xfdcf;c &#xfdf0;d &#xfffe;e &#x1ffff;f &#x2fffd;g", "schÃ¶n Ã\x80\xc2\x80 À\x80", "cafÃ© À\x80",
             "x\u0345y", "'ſ", "\U00011938 \U00011935\U00011930", "\ua7cb \u1c89", "x\u0301\u08cf",
             "Å koda Å¾lutÃ½ kÅ¯Å\x88", "Ð Ð¾Ñ\x81Ñ\x81Ð¸Ñ\x8f", "Î Î±Î½", "Ù Ù\x85Ø±",
             "ã\x81Ÿã\x81 ã\x82\x8a", "Ñ\x81", "&zeta; &Zeta; &ZETA; &zcaron;",
             "‘aÃƒ”", "á‘Ãƒ ", "Ǆ\u00c3\u0083¼", "…Ã\x83s", "“a ãƒ…"]
    for text in plain:
        yield text.encode(), 77
    for a in check_bpe.OPENAI:
        for form in (a, a.upper(), a.replace("s", "ſ"), a[:-1], a.replace("<", "&lt;")):
            for context in ("{}", "a{}b", "!{}!", "e\u0301{}\u0301", "'{}'s"):
                yield context.format(form).encode(), 77
    for text in list(check_bpe.mojibake(rng, 60)) + list(check_bpe.odd_bytes(rng, 60)) + list(check_bpe.markup(rng, 60)) + \
            list(check_bpe.from_pools(rng, 40)):
        yield text.encode(), 48
    for n in (383, 384, 385, 1000):
        for c in ("a", "ha", "!", "é"):
            yield (c * n).encode(), 40
    yield "".join(rng.choice("etaoinshrdlu") for _ in range(1000)).encode(), 1000
    for damaged in (b"a\xffb", b"\x80a", b"a\xc3", b"\xe4\xb8a\xe4\xb8\xad", b"\xed\xa0\x80a", b"\xf0\x9f\x98a", b"\xc3\x83\xc2"):
        yield damaged, 77
    for n in range(2, 14):
        yield b"a photo, don't <|startoftext|> 12 cats!", n


def main():
    with tempfile.TemporaryDirectory() as folder:
        merges = check_bpe.full_merges()[:MERGES]
        references = [r for r, _ in check_bpe.references(folder, merges)]
    hf, openai = references[0], references[2]
    (HERE / "bpe_merges.txt").write_text("#version: 0.2\n" + "\n".join(merges) + "\n", encoding="utf-8")
    vocab = check_bpe.vocabulary(merges, check_bpe.OPENAI)
    (HERE / "bpe_vocab.txt").write_text("\n".join(vocab) + "\n", encoding="utf-8")
    with open(HERE / "bpe_texts.txt", "w", encoding="utf-8") as f:
        f.write("# text, max_ids, ids of HuggingFace, ids of OpenAI; by make_bpe.py\n")
        for text, n in dict.fromkeys(texts()):
            s = text.decode("utf-8", errors="replace")
            f.write("\t".join([escape(text), str(n)] + [" ".join(map(str, r([s], n)[0][0])) for r in (hf, openai)]) + "\n")
    with open(HERE / "bpe_code_points.txt", "w") as f:
        f.write("# first code point of 4096 c; FNV-1a of the ids of all 'acB\\u00e9c c', a line each, HuggingFace, OpenAI\n")
        for first in range(0, 0x110000, 0x1000):
            block = [f"a{chr(c)}B\u00e9{chr(c)} {chr(c)}\n" for c in range(first, first + 0x1000) if c in SET]
            f.write(f"{first:06x} " + " ".join(f"{fnv1a(r([''.join(block)], None)[0][0]):08x}" for r in (hf, openai)) + "\n")


    with open(HERE / "bpe_mojibake.txt", "w") as f:
        f.write("# encoding, first byte; FNV-1a of OpenAI's ids of the UTF-8 sequences that it begins, decoded with the encoding\n")
        for number, codec in enumerate(check_bpe.CODECS):
            for lead in range(0xC2, 0xF0):
                text = "".join(f"a {m} {m}b\n" for m in (check_bpe.sloppy(s, codec) for s in sequences(lead)))
                f.write(f"{number} {lead:02x} {fnv1a(openai([text], None)[0][0]):08x}\n")


def sequences(lead):
    """All of two bytes, some of three, as test_bpe_mojibake in test_tokenizer.c makes them."""
    first, step, n = ((lead & 31) << 6, 1, 64) if lead < 0xE0 else ((lead & 15) << 12, 97, 4096)
    for c in range(first, first + n, step):
        if (c >= 0x800 or lead < 0xE0) and not 0xD800 <= c < 0xE000:
            yield chr(c).encode()


SET = set(CODE_POINTS)
if __name__ == "__main__":
    main()
