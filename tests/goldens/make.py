"""Makes the goldens of tests/test_models.c: tiny random models of every architecture with the reference's vectors inside.

    pip install torch transformers timm tokenizers pillow opencv-python-headless     then     python make.py

Each NAME.clip carries as its self-test what PyTorch, transformers, timm, PIL or OpenCV computed; NAME.batch holds more of
it: n, then n pictures or texts with their vectors. Run by hand; the results are committed.
"""
import os
import struct
import sys

import numpy as np
import torch
import torch.nn as nn

if os.environ.get("TVSTUB"):  # where torchvision's wheel does not fit the torch that is installed
    sys.path.insert(0, os.environ["TVSTUB"])
    import tvstub  # noqa: F401
import timm
from timm.models.resnet import BasicBlock, Bottleneck, ResNet
from timm.models.vision_transformer import VisionTransformer
from PIL import Image
import cv2
from transformers import BertConfig, BertModel, BertTokenizer, DistilBertConfig, DistilBertModel

import clip_format

HERE = os.path.dirname(os.path.abspath(__file__))
VOCAB = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] + list("abcdefghijklmnopqrstuvwxyz0123456789.,!?") + \
        ["##" + c for c in "abcdefghijklmnopqrstuvwxyz0123456789"] + ["dog", "snow", "in", "the", "red", "##ing", "run", "##ning"]
TEXTS = ["a dog in the snow", "", "running!", "The RED dog, running in the snow? 42 dogs.", "caf\u00e9 \u4e2d 7"]


class MlpHead(nn.Module):  # CLIP-pytorch's
    def __init__(self, width, out):
        super().__init__()
        self.projection, self.gelu, self.fc, self.norm = nn.Linear(width, out), nn.GELU(), nn.Linear(out, out), nn.LayerNorm(out)

    def forward(self, x):
        p = self.projection(x)
        return self.norm(p + self.fc(self.gelu(p)))


def shake(model):
    """Random norms and statistics too: what is 0 or 1 by default hides mistakes."""
    with torch.no_grad():
        for name, p in list(model.named_parameters()) + list(model.named_buffers()):
            if not p.is_floating_point():
                continue
            if p.ndim == 1 and ("norm" in name.lower() or "bn" in name or "downsample.1" in name):
                if name.endswith(("weight", "running_var")):
                    p.copy_(torch.rand_like(p) + 0.5)
                else:
                    p.copy_(torch.randn_like(p) * 0.3)
            elif p.ndim == 1 or "embed" in name or "token" in name:
                p.copy_(torch.randn_like(p) * 0.2)
    return model.eval()


def take(tensors, to, module, panel=True):
    for name, p in module.named_parameters():
        value = p.detach().numpy()
        tensors[to + "." + name] = (value, "panels") if value.ndim > 1 and panel else value


def resnet(tensors, model):
    def norm(to, bn):
        tensors[to + ".weight"], tensors[to + ".bias"] = bn.weight.detach().numpy(), bn.bias.detach().numpy()
        tensors[to + ".mean"], tensors[to + ".var"] = bn.running_mean.numpy(), bn.running_var.numpy()
    take(tensors, "image.stem.conv", model.conv1)
    norm("image.stem.norm", model.bn1)
    for s in range(4):
        for b, block in enumerate(getattr(model, "layer%d" % (s + 1))):
            at = "image.stages.%d.%d." % (s, b)
            for i in (1, 2, 3):
                if hasattr(block, "conv%d" % i):
                    take(tensors, at + "conv%d" % i, getattr(block, "conv%d" % i))
                    norm(at + "norm%d" % i, getattr(block, "bn%d" % i))
            if block.downsample is not None:
                take(tensors, at + "shortcut.conv", block.downsample[0])
                norm(at + "shortcut.norm", block.downsample[1])


def vit(tensors, model):
    take(tensors, "image.patch", model.patch_embed.proj)
    if model.cls_token is not None:
        tensors["image.class"] = model.cls_token.detach().numpy().reshape(-1)
    tensors["image.positions"] = model.pos_embed.detach().numpy()[0]
    for i, b in enumerate(model.blocks):
        take(tensors, "image.blocks.%d" % i, b)
    take(tensors, "image.norm", model.norm if isinstance(model.norm, nn.LayerNorm) else model.fc_norm)


def bert(tensors, model, distil):
    e = model.embeddings
    tensors["text.tokens"] = e.word_embeddings.weight.detach().numpy()
    tensors["text.positions"] = e.position_embeddings.weight.detach().numpy()
    if not distil:
        tensors["text.types"] = e.token_type_embeddings.weight.detach().numpy()
    take(tensors, "text.norm", e.LayerNorm)
    for i, b in enumerate(model.transformer.layer if distil else model.encoder.layer):
        at = "text.blocks.%d." % i
        a = b.attention
        q, k, v = (a.q_lin, a.k_lin, a.v_lin) if distil else (a.self.query, a.self.key, a.self.value)
        tensors[at + "attn.qkv.weight"] = (torch.cat([q.weight, k.weight, v.weight]).detach().numpy(), "panels")
        tensors[at + "attn.qkv.bias"] = torch.cat([q.bias, k.bias, v.bias]).detach().numpy()
        take(tensors, at + "attn.proj", a.out_lin if distil else a.output.dense)
        take(tensors, at + "norm1", b.sa_layer_norm if distil else a.output.LayerNorm)
        take(tensors, at + "mlp.fc1", b.ffn.lin1 if distil else b.intermediate.dense)
        take(tensors, at + "mlp.fc2", b.ffn.lin2 if distil else b.output.dense)
        take(tensors, at + "norm2", b.output_layer_norm if distil else b.output.LayerNorm)


def head(tensors, keys, tower, module):
    keys[tower + ".head"] = "none" if module is None else "mlp" if isinstance(module, MlpHead) else "linear"
    if isinstance(module, MlpHead):
        keys[tower + ".head.eps"] = 1e-5
        take(tensors, tower + ".head", module)
    elif module is not None:
        take(tensors, tower + ".head.projection", module)


def picture(rng, height, width):
    y, x = np.mgrid[0:height, 0:width]
    p = np.stack([127 + 120 * np.sin(x / 5 + y / 9), 127 + 120 * np.cos(y / 4), rng.integers(0, 256, (height, width))], -1)
    return p.clip(0, 255).astype(np.uint8)


def resized(image, S, mode, short, filter):
    """The reference's pixels: PIL or OpenCV for the resize, torchvision's rules for sizes and crop."""
    h, w = image.shape[:2]
    if mode == "stretch":
        nw = nh = S
    else:
        nw, nh = (short, int(short * h / w)) if w <= h else (int(short * w / h), short)
    if filter == "cv-bilinear":
        out = cv2.resize(image, (nw, nh), interpolation=cv2.INTER_LINEAR)
    else:
        out = np.asarray(Image.fromarray(image).resize((nw, nh), {"bilinear": 2, "bicubic": 3}[filter]))
    top, left = int(round((nh - S) / 2.0)), int(round((nw - S) / 2.0))
    return np.ascontiguousarray(out[top:top + S, left:left + S])


def write(name, keys, tensors, image=None, text=None, pooled=None, S=0):
    rng = np.random.default_rng(sum(name.encode()))
    unit = lambda v: torch.nn.functional.normalize(v, dim=-1).numpy()
    with torch.no_grad(), open(os.path.join(HERE, name + ".batch"), "wb") as batch:
        if image is not None:
            pixels = [resized(picture(rng, h, w), S, keys["image.resize"], keys.get("image.short", S), keys["image.filter"])
                      for h, w in ((37, 53), (S, S), (9, 80))]
            mean, std = np.float32(keys["image.mean"]), np.float32(keys["image.std"])
            x = torch.from_numpy((np.stack(pixels).astype(np.float32) / np.float32(255) - mean) / std).permute(0, 3, 1, 2)
            vectors = unit(image(x))
            rng = np.random.default_rng(sum(name.encode()))
            tensors["selftest.image"], tensors["selftest.pixels"] = picture(rng, 37, 53), pixels[0]
            tensors["selftest.image_vector"] = vectors[0]
            batch.write(struct.pack("<I", len(pixels)))
            for p, v in zip(pixels, vectors):
                batch.write(p.tobytes() + v.tobytes())
        if text is not None:
            vocab = os.path.join(HERE, "tiny_vocab.txt")
            open(vocab, "w").write("\n".join(VOCAB) + "\n")
            tokenizer = BertTokenizer(vocab, do_lower_case=True)
            encoded = tokenizer(TEXTS, padding=True, truncation=True, max_length=keys["text.context"], return_tensors="pt")
            hidden = text(input_ids=encoded.input_ids, attention_mask=encoded.attention_mask)[0]
            mask = encoded.attention_mask[..., None].float()
            vectors = unit(pooled(hidden[:, 0] if keys["text.pool"] == "cls" else (hidden * mask).sum(1) / mask.sum(1)))
            keys.update({"tokenizer.kind": "wordpiece", "tokenizer.cased": 0})
            tensors["tokenizer.vocab"] = np.frombuffer(open(vocab, "rb").read(), np.uint8)
            tensors["selftest.text"] = np.frombuffer(TEXTS[0].encode(), np.uint8)
            tensors["selftest.ids"] = encoded.input_ids[0][: int(encoded.attention_mask[0].sum())].numpy().astype(np.int32)
            tensors["selftest.text_vector"] = vectors[0]
            batch.write(struct.pack("<II", *encoded.input_ids.shape) + encoded.input_ids.numpy().astype(np.int32).tobytes())
            batch.write(encoded.attention_mask.numpy().astype(np.uint8).tobytes() + vectors.tobytes())
            for t in TEXTS:
                batch.write(t.encode() + b"\0")
    clip_format.write(os.path.join(HERE, name + ".clip"), keys, tensors)


def image_keys(tower, S, resize, filter, **more):
    return {"image.tower": tower, "image.size": S, "image.resize": resize, "image.filter": filter,
            "image.mean": [0.485, 0.456, 0.406], "image.std": [0.229, 0.224, 0.225], **more}


def main():
    torch.manual_seed(0)
    for name, block, layers, S, how in (("resnet_basic", BasicBlock, [1, 2, 1, 1], 41, ("stretch", "bilinear")),
                                        ("resnet_bottleneck", Bottleneck, [2, 1, 1, 1], 64, ("short", "bicubic"))):
        widths = (8, 12, 16, 24) if block is BasicBlock else (4, 8, 8, 12)
        model = shake(ResNet(block, layers, num_classes=0, channels=widths))
        keys = image_keys("resnet", S, *how, **{"image.eps": 1e-5, "image.depths": layers,
                          "image.block": "basic" if block is BasicBlock else "bottleneck", "image.head": "none"})
        tensors = {}
        resnet(tensors, model)
        write(name, keys, tensors, image=model, S=S)

    for name, pool, S, patch, width, heads, how in (("vit_cls", "token", 32, 8, 48, 3, ("short", "bilinear")),
                                                    ("vit_mean", "avg", 30, 7, 40, 2, ("stretch", "cv-bilinear"))):
        model = shake(VisionTransformer(img_size=S // patch * patch, patch_size=patch, embed_dim=width, depth=2, num_heads=heads, num_classes=0,
                                        global_pool=pool, class_token=pool == "token", dynamic_img_size=False))
        S = S // patch * patch
        projection = shake(nn.Linear(width, 20, bias=False))
        keys = image_keys("vit", S, *how, **{"image.eps": 1e-6, "image.width": width, "image.layers": 2, "image.heads": heads,
                          "image.mlp": 4 * width, "image.patch": patch, "image.activation": "gelu",
                          "image.pool": "cls" if pool == "token" else "mean", "image.norm": "before" if pool == "token" else "after"})
        if how[0] == "short":
            keys["image.short"] = 37
        tensors = {}
        vit(tensors, model)
        head(tensors, keys, "image", projection)
        write(name, keys, tensors, image=lambda x: projection(model(x)), S=S)

    shape = dict(vocab_size=len(VOCAB) + 3, max_position_embeddings=24)
    distil = shake(DistilBertModel(DistilBertConfig(dim=32, n_layers=2, n_heads=4, hidden_dim=72, **shape)))
    full = shake(BertModel(BertConfig(hidden_size=48, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64, hidden_act="gelu_new", **shape),
                           add_pooling_layer=False))
    for name, model, width, heads, mlp, activation, pool in (("distilbert", distil, 32, 4, 72, "gelu", "cls"), ("bert", full, 48, 2, 64, "gelu_tanh", "mean")):
        keys = {"text.tower": "bert", "text.context": 24, "text.width": width, "text.layers": 2, "text.heads": heads, "text.mlp": mlp,
                "text.activation": activation, "text.eps": 1e-12, "text.pool": pool}
        tensors = {}
        bert(tensors, model, model is distil)
        module = shake(MlpHead(width, 28)) if model is distil else None
        head(tensors, keys, "text", module)
        write(name, keys, tensors, text=model, pooled=module or (lambda x: x))


if __name__ == "__main__":
    main()
