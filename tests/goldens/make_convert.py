# Makes the small models that tests/test_convert.c converts, in every form that weights come in, with the libraries that
# write them, and convert_expected.txt: for each form how many tensors it has, and the CRC-32 of a line for each of them
# in the order of their names, "name type shape crc" with the CRC-32 of its bytes.
#     python3 tests/goldens/make_convert.py        needs torch, timm, transformers, safetensors
# The versions used: torch 2.13, timm 1.0.31, transformers 5.23, safetensors 0.8.
import json, os, shutil, zipfile, zlib
import torch
from safetensors.torch import save_file, load_file
from timm.models.resnet import ResNet, BasicBlock, Bottleneck
from timm.models.vision_transformer import VisionTransformer
from transformers import BertConfig, BertForMaskedLM, DistilBertConfig, DistilBertModel

HERE = os.path.dirname(os.path.abspath(__file__))
TYPES = {torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16", torch.float64: "F64", torch.int64: "I64", torch.uint8: "U8"}
VOCAB = "[PAD] [UNK] [CLS] [SEP] [MASK] a b c d e two k ##k ##m ##a ##f ##e ##s ##c ##t ##h ##o cafe from the . , ! 3 5 \u4e2d".split()
torch.manual_seed(7)
expected = []


def path(name): return os.path.join(HERE, "convert_" + name)


def expect(name, tensors):
    lines = ""
    for k, t in sorted(tensors.items()):
        t = t.detach().contiguous()
        crc = zlib.crc32(t.reshape(-1).view(torch.uint8).numpy().tobytes())
        lines += "%s %s [%s] %08x\n" % (k, TYPES[t.dtype], ",".join(map(str, t.shape)), crc)
    expected.append("convert_%s %d %08x" % (name, len(tensors), zlib.crc32(lines.encode())))


def torch_file(name, what, tensors, **options):
    torch.save(what, path(name), **options)
    expect(name, tensors)


def folder(name):
    shutil.rmtree(path(name), ignore_errors=True)
    os.makedirs(path(name))
    return path(name)


def shaken(model):  # norms and their statistics too
    for k, t in model.state_dict().items():
        if t.is_floating_point(): t.copy_(torch.rand_like(t) + .5 if "running_var" in k else torch.randn_like(t) * .2 + (t == 1))
    return model.eval()


def small(block, **options):  # a ResNet whose stem, which timm has 64 wide, is 2 wide
    model = ResNet(block, [1, 1, 1, 1], channels=(1, 1, 2, 2), **options)
    model.conv1, model.bn1 = torch.nn.Conv2d(3, 2, 7, bias=False), torch.nn.BatchNorm2d(2)
    first = model.layer1[0]
    for parent, name in ((first, "conv1"), (first.downsample, "0")):
        conv = getattr(parent, name)
        setattr(parent, name, torch.nn.Conv2d(2, conv.out_channels, conv.kernel_size, bias=False))
    return shaken(model)


def state(model): return {k: v.clone() for k, v in model.state_dict().items()}


def cast(tensors, to): return {k: v.to(to) if v.is_floating_point() else v for k, v in tensors.items()}


# A ResNet, as safetensors and in the forms of torch.save.
resnet = state(small(BasicBlock, num_classes=3))
save_file(resnet, path("resnet.safetensors"))
expect("resnet.safetensors", resnet)
torch_file("half.pth", cast(resnet, torch.float16), cast(resnet, torch.float16))
with zipfile.ZipFile(path("half.pth")) as old, zipfile.ZipFile(path("zip64.pth"), "w") as new:  # as for more than 4 GB
    zipfile.ZIP64_LIMIT = zipfile.ZIP_FILECOUNT_LIMIT = 0
    for entry in old.infolist():
        with new.open(zipfile.ZipInfo(entry.filename), "w", force_zip64=True) as f: f.write(old.read(entry))
    new.comment = b"a comment behind the end record"
    new.close()
    zipfile.ZIP64_LIMIT, zipfile.ZIP_FILECOUNT_LIMIT = (1 << 31) - 1, (1 << 16) - 1
expect("zip64.pth", cast(resnet, torch.float16))
with zipfile.ZipFile(path("half.pth")) as old, zipfile.ZipFile(path("deflated.pth"), "w") as new:  # as if zipped anew
    for entry in old.infolist():
        stored = entry.filename.endswith(("/version", "/data/3"))
        new.writestr(zipfile.ZipInfo(entry.filename), old.read(entry), zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED, 9)
expect("deflated.pth", cast(resnet, torch.float16))
torch_file("bfloat.pt", cast(resnet, torch.bfloat16), cast(resnet, torch.bfloat16), _use_new_zipfile_serialization=False)
torch_file("double.bin", cast(resnet, torch.float64), cast(resnet, torch.float64), _use_new_zipfile_serialization=False)
# A checkpoint of DataParallel; several tensors in one storage, some of them not in the order that their numbers lie in.
module = {"module." + k: v for k, v in resnet.items()}
views, block, at = dict(module), torch.zeros(200), 0
for k in ("module.bn1.weight", "module.bn1.bias", "module.layer1.0.bn1.weight"):
    views[k] = block[at:at + 2 * module[k].numel():2]
    views[k].copy_(module[k])
    at += 30
for k, v in module.items():
    if v.ndim == 4: views[k] = torch.nn.Parameter(v.permute(3, 1, 0, 2).contiguous().permute(2, 1, 3, 0))
torch_file("checkpoint.pth", {"epoch": 3, "state_dict": views, "optimizer": {"state": {0: {"step": torch.tensor(4.)}},
           "param_groups": [{"lr": 1e-3, "betas": (.9, .999), "params": [0, 1]}]}, "best": -2 ** 70, "name": "resnet",
           "rng": torch.tensor([1, 2], dtype=torch.uint8)}, module)

# Bottlenecks in half precision, which also are the image tower of a whole model in CLIP-pytorch's names.
bottle = small(Bottleneck, num_classes=0)
bert = shaken(DistilBertModel(DistilBertConfig(vocab_size=len(VOCAB), dim=64, n_layers=1, n_heads=1, hidden_dim=16, max_position_embeddings=24)))
whole = {"image_encoder.model." + k: v for k, v in state(bottle).items()}
whole |= {"text_encoder.model." + k: v for k, v in state(bert).items()}
for tower, width in (("image", 8), ("text", 64)):
    for part, shape in (("projection", (6, width)), ("fc", (6, 6)), ("layer_norm", (6,))):
        whole["%s_projection.%s.weight" % (tower, part)] = torch.randn(shape) * .3
        whole["%s_projection.%s.bias" % (tower, part)] = torch.randn(6) * .3
whole = cast(whole, torch.float16)
save_file(whole, path("whole.safetensors"))
expect("whole.safetensors", whole)
open(path("vocab.txt"), "w", encoding="utf-8").write("\n".join(VOCAB) + "\n")

# A ViT in timm's folder.
vit = state(shaken(VisionTransformer(img_size=8, patch_size=4, embed_dim=8, depth=2, num_heads=2, mlp_ratio=2, num_classes=2, global_pool="avg")))
f = folder("vit")
save_file(vit, f + "/model.safetensors")
json.dump({"architecture": "vit_base_patch16_224", "num_classes": 2, "global_pool": "avg", "model_args": {"num_heads": 2},
           "pretrained_cfg": {"mean": [.1, .2, .3], "std": [.4, .5, .6], "input_size": [3, 8, 8], "interpolation": "bilinear",
                              "crop_pct": .75, "crop_mode": "center"}}, open(f + "/config.json", "w"))
expect("vit", vit)

# BERT in HuggingFace's folders: one file, shards, .bin with LayerNorm's old names and a vocabulary in tokenizer.json alone.
config = BertConfig(vocab_size=len(VOCAB) + 2, hidden_size=12, num_hidden_layers=2, num_attention_heads=3, intermediate_size=20,
                    max_position_embeddings=30, layer_norm_eps=1e-6, hidden_act="gelu_new")
model = shaken(BertForMaskedLM(config))
model.save_pretrained(folder("bert"))
open(path("bert") + "/vocab.txt", "w", encoding="utf-8").write("\n".join(VOCAB) + "\n")
json.dump({"do_lower_case": False, "model_max_length": 25}, open(path("bert") + "/tokenizer_config.json", "w"))
expect("bert", load_file(path("bert") + "/model.safetensors"))
model.bert.to(torch.bfloat16).save_pretrained(folder("shards"), max_shard_size="3KB")
expect("shards", state(model.bert))
old = {k.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta"): v for k, v in state(model).items()}
f = folder("old")
shutil.copy(path("bert") + "/config.json", f)
json.dump({"normalizer": {"type": "BertNormalizer", "lowercase": True, "strip_accents": None, "handle_chinese_chars": True},
           "model": {"type": "WordPiece", "vocab": {t: i for i, t in enumerate(VOCAB)}}}, open(f + "/tokenizer.json", "w"))
torch.save(old, f + "/pytorch_model.bin")
expect("old", old)


# What must be refused: torch.save pickles whatever it is given.
class Evil:
    def __reduce__(self): return os.system, ("touch /tmp/clip-convert-was-fooled",)


torch.save({"conv1.weight": Evil()}, path("evil.pth"))
torch.save({"conv1.weight": Evil()}, path("evil_legacy.pth"), _use_new_zipfile_serialization=False)
torch.save(torch.nn.Linear(2, 2), path("module.pth"))
open(path("expected.txt"), "w").write("\n".join(expected) + "\n")


# ---- convert_inflate.txt: deflate and gzip, good and damaged. Needs nothing but Python. ----
# A line each: what it is (raw, gzip, or bad_raw, bad_gzip), a name (of bad ones: words of the message), how many bytes come
# out, their CRC-32, and the input in hex.
class Bits:  # a stream by hand: numbers lowest bit first, codes highest bit first
    def __init__(self): self.bits = []

    def number(self, value, n):
        self.bits += [value >> i & 1 for i in range(n)]
        return self

    def code(self, value, n):
        self.bits += [value >> i & 1 for i in reversed(range(n))]
        return self

    def symbol(self, s):  # of the fixed code
        return (self.code(0x30 + s, 8) if s < 144 else self.code(0x190 + s - 144, 9) if s < 256 else
                self.code(s - 256, 7) if s < 280 else self.code(0xC0 + s - 280, 8))

    def match(self, length_symbol, distance_symbol, more, n_more):
        return self.symbol(length_symbol).code(distance_symbol, 5).number(more, n_more)

    def text(self, s):
        for b in s: self.symbol(b)
        return self

    def done(self): return bytes(sum(b << i for i, b in enumerate(self.bits[at:at + 8])) for at in range(0, len(self.bits), 8))


def fixed(): return Bits().number(1, 1).number(1, 2)


def dynamic(lengths, n_symbols=257, n_distances=1):  # lengths: of the code that tells the codes, by symbol
    order = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]
    b = Bits().number(1, 1).number(2, 2).number(n_symbols - 257, 5).number(n_distances - 1, 5).number(15, 4)
    for s in order: b.number(lengths.get(s, 0), 3)
    return b


def packed(data, level=9, strategy=zlib.Z_DEFAULT_STRATEGY, parts=1):
    z, out, step = zlib.compressobj(level, zlib.DEFLATED, -15, 9, strategy), b"", -(-len(data) // parts)
    for at in range(0, len(data), step or 1):
        out += z.compress(data[at:at + step]) + (z.flush(zlib.Z_FULL_FLUSH) if parts > 1 else b"")
    return out + z.flush()


def gzipped(data, flags=0, header=b"", crc=None, size=None):
    start = b"\x1f\x8b\x08" + bytes([flags]) + b"\0\0\0\0\2\3" + header
    if flags & 2: start += (zlib.crc32(start) & 0xFFFF).to_bytes(2, "little")
    crc, size = zlib.crc32(data) if crc is None else crc, len(data) if size is None else size
    return start + packed(data) + crc.to_bytes(4, "little") + size.to_bytes(4, "little")


lines = []


def line(kind, name, stream, data=None):
    if data is None and not kind.startswith("bad"): data = zlib.decompress(stream, 31 if kind == "gzip" else -15)
    lines.append("%s %s %d %08x %s" % (kind, name.replace(" ", "_"), len(data or b""), zlib.crc32(data or b""), stream.hex() or "-"))


text = b"".join(b"%d squared is %d, and the root of it %d again. " % (i, i * i, i) for i in range(60))
skewed, n, more = b"AB", 3, 4  # with the end of the block three symbols that come once, then Lucas's numbers:
for i in range(13):  # the fewest bytes whose codes have up to 15 bits
    skewed, n, more = skewed + bytes([67 + i]) * n, more, n + more
line("raw", "empty", packed(b""))
line("raw", "stored", packed(text[:200], 0))
line("raw", "fixed", packed(b"abcabcabc, \xf0\xff and " + text[:100], strategy=zlib.Z_FIXED))
line("raw", "dynamic", packed(text))
line("raw", "long_codes", packed(skewed, strategy=zlib.Z_HUFFMAN_ONLY))
line("raw", "blocks", packed(text, parts=4))
line("raw", "kinds", b"\0\3\0\xfc\xff" + b"abc" + b"\0\0\0\xff\xff" + packed(b"and " + text[:500]))
line("raw", "long_matches", packed(bytes(100000)))
for missing in (0, 1):  # "clip.h!", 126 times 258 bytes from 6 back and a few more: 32,768 bytes; then 10 from 32,768 back
    b = fixed().text(b"clip.h!"[missing:])
    for _ in range(126): b.match(285, 4, 1, 1)
    b.text(b"x" * (32768 - 7 - 126 * 258)).match(264, 29, 8191, 13).symbol(256)
    line(*(("bad_raw", "to before the beginning") if missing else ("raw", "far")), b.done())
line("raw", "no_distances", dynamic({18: 1, 1: 2, 0: 2}).code(0, 1).number(54, 7).code(3, 2).code(0, 1).number(127, 7)
     .code(0, 1).number(41, 7).code(3, 2).code(2, 2).code(0, 1).code(1, 1).done(), b"A")
line("bad_raw", "ends too early", b"")
line("bad_raw", "a kind that is not known", b"\7")
line("bad_raw", "a stored block of two sizes", b"\1\3\0\xfc\xfeabc")
line("bad_raw", "ends too early", b"\1\4\0\xfb\xffabc")
line("bad_raw", "to before the beginning", fixed().match(257, 0, 0, 0).symbol(256).done())
line("bad_raw", "a length that is none", fixed().text(b"a").symbol(286).code(0, 5).symbol(256).done())
line("bad_raw", "a distance that is none", fixed().text(b"a").symbol(257).code(30, 5).symbol(256).done())
line("bad_raw", "more symbols than there are", dynamic({0: 1, 1: 1}, 287).done())
line("bad_raw", "more symbols than there are", dynamic({0: 1, 1: 1}, 257, 31).done())
line("bad_raw", "a code that can't be", dynamic({0: 1, 1: 1, 2: 1}).done())  # three codes of 1 bit
line("bad_raw", "a code that can't be", dynamic({0: 2, 1: 2, 2: 2}).done())  # one of the four of 2 bits stands for nothing
line("bad_raw", "stands for nothing", dynamic({}).number(0, 32).done())
line("bad_raw", "before the first one", dynamic({0: 1, 16: 1}).code(1, 1).number(0, 2).done())
line("bad_raw", "more lengths of codes", dynamic({0: 1, 18: 1}).code(1, 1).number(127, 7).code(1, 1).number(127, 7).done())
line("bad_raw", "can't end", dynamic({1: 1, 18: 1}).code(0, 1).code(1, 1).number(127, 7).code(1, 1).number(108, 7).done())
line("bad_raw", "stands for nothing", dynamic({18: 1, 1: 1}).code(1, 1).number(127, 7).code(1, 1).number(107, 7)
     .code(0, 1).code(0, 1).code(1, 1).number(0, 16).done())  # only the end has a code: 0
line("bad_raw", "behind its end", packed(text) + b"\0")
line("gzip", "plain", gzipped(text))
line("gzip", "nothing", gzipped(b""))
line("gzip", "name", gzipped(text, 8, b"text.txt\0"))
line("gzip", "everything", gzipped(text, 31, b"\5\0extraname\0comment\0"))
line("gzip", "members", gzipped(text[:99]) + gzipped(b"") + gzipped(text[99:], 16, b"second\0"), text)
line("bad_gzip", "checksum is wrong", gzipped(text, crc=zlib.crc32(text) ^ 1 << 31))
line("bad_gzip", "another size", gzipped(text, size=len(text) + 1))
line("bad_gzip", "checksum of its header", gzipped(text, 2).replace(b"\2\3", b"\2\4", 1))
line("bad_gzip", "not known: method 7", gzipped(text).replace(b"\x08", b"\7", 1))
line("bad_gzip", "flags 32", gzipped(text, 32))
line("bad_gzip", "is no gzip", gzipped(text) + b"more")
line("bad_gzip", "that is cut", gzipped(text, 4, b"\xff\xff"))
line("bad_gzip", "that is cut", b"")
open(path("inflate.txt"), "w").write("\n".join(lines) + "\n")
