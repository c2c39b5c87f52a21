"""Makes tests/goldens/family/: the CLIP family's files as they are published, tiny and random, and what the references make
of them, for tests/test_convert.c.

    pip install torch transformers timm open_clip_torch safetensors       then     python make_family.py

NAME is a folder or a file to convert. NAME.want, a .clip's tensors without a model, holds pixels uint8 [n, S, S, 3], ids int32
[n, T] (texts filled up with the reference's own padding), image and text f32 [n, embed_dim], vectors of length 1, and
texts, uint8, each ended by 0, whose token ids are `ids`, where there is a tokenizer.
Run by hand; the results are committed.
"""
import gzip
import json
import os
import shutil

import make  # before open_clip: it stubs torchvision where that is needed
import numpy as np
import open_clip
import safetensors.torch
import torch
import torch.nn as nn
from open_clip.modified_resnet import AttentionPool2d, ModifiedResNet
from open_clip.transformer import TextTransformer
from timm.models.vision_transformer import VisionTransformer
from transformers import (BertConfig, CLIPConfig, CLIPImageProcessor, CLIPModel, CLIPTokenizer, SiglipConfig,
                          SiglipImageProcessor, SiglipModel, ViTConfig, VisionTextDualEncoderConfig,
                          VisionTextDualEncoderModel)

import clip_format

HERE = os.path.join(make.HERE, "family")
OPENAI = ([0.48145466, 0.4578275, 0.40821073], [0.26862954, 0.26130258, 0.27577711])
HALF = ([0.5] * 3, [0.5] * 3)
MERGES = 40
TEXTS = ["a photo of a cat", "The DOG &amp; the red ball!", "", "it's 42 caf\u00e9s"]


def vocabulary():
    """The first merges of OpenAI's, and the tokens that follow from them."""
    path = os.path.join(os.path.dirname(open_clip.__file__), "bpe_simple_vocab_16e6.txt.gz")
    merges = gzip.open(path).read().decode().split("\n")[1:1 + MERGES]
    letters = list(open_clip.tokenizer.bytes_to_unicode().values())
    tokens = letters + [c + "</w>" for c in letters] + ["".join(m.split()) for m in merges]
    return tokens + ["<|startoftext|>", "<|endoftext|>"], merges


TOKENS, LIST = vocabulary()
VOCABULARY, END = len(TOKENS), len(TOKENS) - 1


def shake(model):
    for m in model.modules():
        for name, p in list(m.named_parameters(recurse=False)) + list(m.named_buffers(recurse=False)):
            if not p.is_floating_point() or "mask" in name:
                continue
            with torch.no_grad():
                if isinstance(m, (nn.LayerNorm, nn.BatchNorm2d)):
                    p.copy_(torch.rand_like(p) + 0.5 if name in ("weight", "running_var") else torch.randn_like(p) * 0.3)
                elif p.ndim < 2 or isinstance(m, nn.Embedding) or "embed" in name or name in ("probe", "latent", "cls_token"):
                    p.copy_(torch.randn_like(p) * 0.3)
                else:
                    p.copy_(torch.randn_like(p) * p[0].numel() ** -0.5)
    return model.eval()


def want(name, S, mean_std, image, text, ids, texts=None):
    pixels = np.random.default_rng(3).integers(0, 256, (2, S, S, 3)).astype(np.uint8)
    mean, std = np.float32(mean_std[0]), np.float32(mean_std[1])
    x = torch.from_numpy((pixels.astype(np.float32) / np.float32(255) - mean) / std).permute(0, 3, 1, 2)
    unit = lambda v: nn.functional.normalize(v.float(), dim=-1).numpy()
    with torch.no_grad():
        tensors = {"pixels": pixels, "ids": np.int32(ids), "image": unit(image(x)), "text": unit(text(torch.tensor(ids)))}
    if texts:
        tensors["texts"] = np.frombuffer(b"".join(t.encode() + b"\0" for t in texts), np.uint8)
    clip_format.write(os.path.join(HERE, name + ".want"), {}, tensors)


def words(length, pad, end=END, top=VOCABULARY):
    rng = np.random.default_rng(4)
    return [[1] + rng.integers(2, top - 3, n).tolist() + [end] + [pad] * (length - 2 - n) for n in (3, 0, length - 2)]


def folder(name):
    path = os.path.join(HERE, name)
    shutil.rmtree(path, ignore_errors=True)
    os.makedirs(path)
    return path


def tower(width, mlp, heads, **more):
    return dict(hidden_size=width, intermediate_size=mlp, num_hidden_layers=1, num_attention_heads=heads, **more)


def feature(x):
    return x.pooler_output if hasattr(x, "pooler_output") else x


def huggingface():
    path = folder("clip")
    model = shake(CLIPModel(CLIPConfig(
        vision_config=tower(16, 24, 2, image_size=16, patch_size=8), projection_dim=12,
        text_config=tower(16, 20, 2, vocab_size=VOCABULARY, max_position_embeddings=16, eos_token_id=END, bos_token_id=END - 1))))
    model.save_pretrained(path)
    CLIPImageProcessor(size={"shortest_edge": 16}, crop_size={"height": 16, "width": 16}).save_pretrained(path)
    json.dump({t: i for i, t in enumerate(TOKENS)}, open(path + "/vocab.json", "w"))
    open(path + "/merges.txt", "w").write("#version: 0.2\n" + "\n".join(LIST) + "\n")
    tokenizer = CLIPTokenizer(path + "/vocab.json", path + "/merges.txt", model_max_length=16)
    ids = [tokenizer(t, truncation=True, max_length=16, padding="max_length").input_ids for t in TEXTS]
    want("clip", 16, OPENAI, lambda x: feature(model.get_image_features(pixel_values=x)),
         lambda x: feature(model.get_text_features(input_ids=x)), ids, TEXTS)

    path = folder("siglip")
    model = shake(SiglipModel(SiglipConfig(
        vision_config=tower(16, 24, 2, image_size=16, patch_size=8),
        text_config=tower(16, 20, 2, vocab_size=50, max_position_embeddings=9, projection_size=16))))
    model.save_pretrained(path)
    SiglipImageProcessor(size={"height": 16, "width": 16}).save_pretrained(path)
    want("siglip", 16, HALF, lambda x: feature(model.get_image_features(pixel_values=x)),
         lambda x: feature(model.get_text_features(input_ids=x)), words(9, 1, 2, 50))

    path = folder("dual")
    model = shake(VisionTextDualEncoderModel(VisionTextDualEncoderConfig.from_vision_text_configs(
        ViTConfig(**tower(16, 24, 2, image_size=16, patch_size=8)),
        BertConfig(**tower(12, 20, 3, vocab_size=50, max_position_embeddings=9)), projection_dim=10)))
    model.save_pretrained(path)
    want("dual", 16, HALF, lambda x: feature(model.get_image_features(pixel_values=x)),
         lambda x: feature(model.get_text_features(input_ids=x)), [r for r in words(5, 0, 2, 50)][2:])


class Simple(open_clip.SimpleTokenizer):
    def __init__(self, length):
        path = os.path.join(HERE, "few.txt.gz")
        with open(path, "wb") as f:
            f.write(gzip.compress(("\"bpe_few_merges#version: 0.2\n" + "\n".join(LIST)).encode(), mtime=0))
        super().__init__(path, context_length=length)
        # ids follow from the number of merges
        assert len(self.encoder) == VOCABULARY, (len(self.encoder), VOCABULARY)


def open_clip_files():
    config = {"embed_dim": 12, "quick_gelu": True,
              "vision_cfg": {"image_size": 16, "layers": 1, "width": 64, "patch_size": 8, "mlp_ratio": 0.5, "head_width": 64},
              "text_cfg": {"context_length": 16, "vocab_size": VOCABULARY, "width": 64, "heads": 1, "layers": 1, "mlp_ratio": 0.5}}
    model = shake(open_clip.CLIP(**config))
    tokenizer = Simple(16)
    ids = tokenizer(TEXTS).tolist()
    path = folder("open_clip")
    json.dump({"model_cfg": config, "preprocess_cfg": {"mean": OPENAI[0], "std": OPENAI[1], "interpolation": "bicubic",
                                                       "resize_mode": "shortest"}}, open(path + "/open_clip_config.json", "w"))
    state = {k: v.contiguous() for k, v in model.state_dict().items()}
    safetensors.torch.save_file(state, path + "/open_clip_model.safetensors")
    want("open_clip", 16, OPENAI, model.encode_image, model.encode_text, ids, TEXTS)
    torch.save({"epoch": 1, "state_dict": {"module." + k: v for k, v in state.items()}}, os.path.join(HERE, "checkpoint.pt"))

    config = {"embed_dim": 16, "vision_cfg": {"image_size": 16, "timm_model_name": "vit_base_patch32_siglip_256",
                                              "timm_pool": "map", "timm_proj": "none"},
              "text_cfg": {"context_length": 9, "vocab_size": 50, "hf_tokenizer_name": "x/y", "width": 16, "heads": 2, "layers": 1,
                           "no_causal_mask": True, "proj_bias": True, "pool_type": "last", "norm_kwargs": {"eps": 1e-6}}}
    visual = VisionTransformer(img_size=16, patch_size=8, embed_dim=64, depth=1, num_heads=1, class_token=False, num_classes=0,
                               global_pool="map", mlp_ratio=0.5, act_layer="gelu_tanh")
    text = TextTransformer(context_length=9, vocab_size=50, width=16, heads=2, layers=1, output_dim=64, no_causal_mask=True,
                           proj_bias=True, pool_type="last", norm_layer=lambda n: nn.LayerNorm(n, eps=1e-6))
    model = nn.Module()
    model.visual, model.text = nn.Module(), text
    model.visual.trunk = visual
    model.logit_scale, model.logit_bias = nn.Parameter(torch.tensor(2.0)), nn.Parameter(torch.tensor(-3.0))
    shake(model)
    path = folder("open_clip_siglip")
    json.dump({"model_cfg": config, "preprocess_cfg": {"mean": HALF[0], "std": HALF[1], "interpolation": "bicubic",
                                                       "resize_mode": "squash"}}, open(path + "/open_clip_config.json", "w"))
    torch.save(model.state_dict(), path + "/open_clip_pytorch_model.bin")
    want("open_clip_siglip", 16, HALF, visual, text, words(9, 1, 2, 50))


class OpenAI(nn.Module):
    """A ResNet of CLIP's and a text transformer under OpenAI's names, as its archive of TorchScript has them."""

    def __init__(self):
        super().__init__()
        v = self.visual = ModifiedResNet([1, 1, 1, 1], 12, heads=1, image_size=32, width=4)
        v._inplanes = 4
        for i, planes in enumerate((4, 4, 4, 16)):
            setattr(v, "layer%d" % (i + 1), v._make_layer(planes, 1, 2 if i else 1))
        v.attnpool = AttentionPool2d(1, 64, 1, 12)
        text = TextTransformer(context_length=16, vocab_size=VOCABULARY, width=64, heads=1, layers=1, output_dim=12, mlp_ratio=0.5,
                               act_layer=open_clip.transformer.QuickGELU)
        self.transformer, self.token_embedding, self.ln_final = text.transformer, text.token_embedding, text.ln_final
        self.positional_embedding, self.text_projection = text.positional_embedding, text.text_projection
        self.logit_scale = nn.Parameter(torch.tensor(2.0))
        for name, n in (("input_resolution", 32), ("context_length", 16), ("vocab_size", VOCABULARY)):
            self.register_buffer(name, torch.tensor(n))

    def encode_text(self, ids):
        mask = torch.full((16, 16), float("-inf")).triu(1)
        x = self.token_embedding(ids) + self.positional_embedding
        x = self.ln_final(self.transformer(x, attn_mask=mask))
        return x[torch.arange(len(ids)), ids.argmax(-1)] @ self.text_projection

    def forward(self, x):
        return x * self.logit_scale


def openai():
    model = shake(OpenAI()).half().float()  # the numbers are those of half precision
    ids = Simple(16)(TEXTS).tolist()
    want("openai", 32, OPENAI, model.visual, model.encode_text, ids, TEXTS)
    torch.jit.save(torch.jit.trace(model.half(), torch.zeros(1).half()), os.path.join(HERE, "openai.pt"))


def positions():
    """What torch makes of a grid of positions: transformers' way and, with antialiasing, open_clip's and timm's."""
    tensors = {}
    g = torch.randn(1, 3, 4, 4, generator=torch.Generator().manual_seed(5))
    tensors["grid"] = g[0].permute(1, 2, 0).numpy()
    for side in (2, 3, 7):
        for antialias in (False, True):
            out = nn.functional.interpolate(g, size=(side, side), mode="bicubic", align_corners=False, antialias=antialias)
            tensors["%s%d" % ("antialias" if antialias else "plain", side)] = out[0].permute(1, 2, 0).numpy()
    clip_format.write(os.path.join(HERE, "positions.want"), {}, tensors)


if __name__ == "__main__":
    torch.manual_seed(0)
    os.makedirs(HERE, exist_ok=True)
    huggingface()
    open_clip_files()
    openai()
    positions()
