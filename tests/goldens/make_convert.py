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
           "param_groups": [{"lr": 1e-3, "betas": (.9, .999), "params": [0, 1]}]}, "best": -2 ** 70, "name": "resnet"}, module)

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
