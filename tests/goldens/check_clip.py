"""Full-size models of the CLIP family with random weights, from each form that they are published in, against the reference.

    pip install torch transformers timm open_clip_torch safetensors       then, in a built repository,
    python tests/goldens/check_clip.py [BUILD] [NAME...]

Prints for each model and form the largest error of image and text vectors relative to the largest value, 1 - cosine, the
largest error of a logit, and whether an export has every tensor of the source with the same bits and is taken back by the
reference. Run by hand: it takes minutes, some GB of disk, and 8 GB of memory.
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile

import numpy as np
import torch

if os.environ.get("TVSTUB"):  # where torchvision's wheel does not fit the torch that is installed
    sys.path.insert(0, os.environ["TVSTUB"])
    import tvstub  # noqa: F401
import open_clip
import safetensors.torch
from transformers import (BertConfig, CLIPConfig, CLIPImageProcessor, CLIPModel, SiglipConfig, SiglipImageProcessor,
                          SiglipModel, ViTConfig, ViTImageProcessor, VisionTextDualEncoderConfig, VisionTextDualEncoderModel)

if "--help" in sys.argv:
    sys.exit(print(__doc__))
BUILD = sys.argv[1] if len(sys.argv) > 1 else "build"
ONLY = sys.argv[2:]
WORK = tempfile.mkdtemp()
OPENAI = ([0.48145466, 0.4578275, 0.40821073], [0.26862954, 0.26130258, 0.27577711])
HALF = ([0.5] * 3, [0.5] * 3)


def shake(model, seed=0):
    """Nothing may stay 0 or 1 that would hide a mistake."""
    g = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, p in list(model.named_parameters()) + list(model.named_buffers()):
            if not p.is_floating_point() or "attn_mask" in name:
                continue
            noise = torch.randn(p.shape, generator=g)
            if "logit_scale" in name:
                p.fill_(2.9)
            elif "logit_bias" in name:
                p.fill_(-7.5)
            elif name.endswith(("running_var", "norm.weight", "norm1.weight", "norm2.weight", "bn1.weight", "bn2.weight",
                                "bn3.weight", "downsample.1.weight", "ln_1.weight", "ln_2.weight", "ln_pre.weight",
                                "ln_post.weight", "ln_final.weight", "LayerNorm.weight", "layernorm.weight",
                                "pre_layrnorm.weight", "post_layernorm.weight", "final_layer_norm.weight")):
                p.copy_(1 + 0.2 * noise.clamp(-3, 3))
            elif p.ndim == 1:
                p.copy_(0.1 * noise)
            elif "embed" in name or "latent" in name or "probe" in name or "pos" in name:
                p.copy_(0.1 * noise)
            else:
                p.copy_(noise * (1.0 / p[0].numel()) ** 0.5)
    return model.eval()


def tokens(vocabulary, end, n=4):
    rng = np.random.default_rng(1)
    rows = []
    for length in (1, 7, 30, 75)[:n]:
        rows.append([vocabulary - 2] + rng.integers(1, vocabulary - 3, length).tolist() + [end])
    return rows


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit("%s\n%s" % (" ".join(command), done.stderr))
    return done.stderr


def ours(clip, pixels, rows):
    pictures = []
    for i, p in enumerate(pixels):
        pictures.append(os.path.join(WORK, "%d.ppm" % i))
        with open(pictures[-1], "wb") as f:
            f.write(b"P6 %d %d 255\n" % (p.shape[1], p.shape[0]) + p.tobytes())
    run(BUILD + "/embed", clip, "--images", *pictures, "-o", WORK + "/i.npy")
    with open(WORK + "/ids", "w") as f:
        f.write("".join(" ".join(map(str, r)) + "\n" for r in rows))
    run(BUILD + "/embed", clip, "--tokens", WORK + "/ids", "-o", WORK + "/t.npy")
    return np.load(WORK + "/i.npy"), np.load(WORK + "/t.npy")


def unit(x):
    return torch.nn.functional.normalize(x, dim=-1).detach().numpy()


def same_bits(source, exported):
    """How many tensors of `source` (a dict) are missing or have other bits in the file."""
    back = safetensors.torch.load_file(exported)
    wrong = [k for k, v in source.items() if k not in back or back[k].dtype != v.dtype or back[k].shape != v.shape or
             back[k].contiguous().view(torch.uint8 if v.ndim else v.dtype).ne(
                 v.contiguous().view(torch.uint8 if v.ndim else v.dtype)).any()]
    return len(wrong), back


def check(title, source, flags, pixels, rows, want, scale, bias, tensors, load=None):
    clip, back = WORK + "/m.clip", WORK + "/back.safetensors"
    run(BUILD + "/clip-convert", source, "-o", clip, *flags)
    image, text = ours(clip, pixels, rows)
    figures = []
    for got, right in zip((image, text), want):
        figures.append("%.1e %.1e" % (np.abs(got - right).max() / np.abs(right).max(), 1 - (got * right).sum(-1).min()))
    logits = np.abs(np.exp(scale) * (text @ image.T - want[1] @ want[0].T)).max()
    run(BUILD + "/clip-convert", "--export-safetensors", clip, "-o", back)
    wrong, exported = same_bits(tensors, back)
    taken = "-" if load is None else load(back, exported)
    print("%-44s image %s  text %s  logits %.1e  export: %d of %d tensors differ, loaded: %s" % (
        title, figures[0], figures[1], logits, wrong, len(tensors), taken), flush=True)
    os.remove(clip), os.remove(back)


def picture(S, n=3):
    return [np.random.default_rng(i).integers(0, 256, (S, S, 3)).astype(np.uint8) for i in range(n)]


def normalised(pixels, mean, std):
    x = torch.from_numpy(np.stack(pixels).astype(np.float32) / np.float32(255))
    return ((x - torch.tensor(mean)) / torch.tensor(std)).permute(0, 3, 1, 2)


def full(rows, length, pad):
    return torch.tensor([r + [pad] * (length - len(r)) for r in rows])


# ---- HuggingFace's folders ----

def huggingface(title, model, processor, S, mean_std, rows, ids):
    pixels = picture(S)
    shake(model)
    folder = os.path.join(WORK, "hf")
    shutil.rmtree(folder, ignore_errors=True)
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
    with torch.no_grad():
        out = model(pixel_values=normalised(pixels, *mean_std), input_ids=ids)
    want = unit(out.image_embeds), unit(out.text_embeds)
    scale = float(model.logit_scale)
    tensors = safetensors.torch.load_file(folder + "/model.safetensors")

    def load(path, back):
        os.replace(folder + "/model.safetensors", folder + "/was")
        shutil.copy(path, folder + "/model.safetensors")
        again = type(model).from_pretrained(folder).eval()
        with torch.no_grad():
            same = again(pixel_values=normalised(pixels, *mean_std), input_ids=ids)
        return torch.equal(same.image_embeds, out.image_embeds) and torch.equal(same.text_embeds, out.text_embeds)
    check(title + ", folder", folder, (), pixels, rows, want, scale, 0, tensors, load)
    shutil.rmtree(folder)


def clip_config(patch, S, width, layers, text_width, dim, **more):
    return CLIPConfig(
        vision_config=dict(hidden_size=width, intermediate_size=4 * width, num_hidden_layers=layers,
                           num_attention_heads=width // 64, image_size=S, patch_size=patch, projection_dim=dim, **more),
        text_config=dict(hidden_size=text_width, intermediate_size=4 * text_width, num_attention_heads=text_width // 64,
                         projection_dim=dim, **more), projection_dim=dim)


def huggingface_all(wanted):
    rows = tokens(49408, 49407)
    for title, c in (("CLIP ViT-B/32", (32, 224, 768, 12, 512, 512)), ("CLIP ViT-B/16", (16, 224, 768, 12, 512, 512)),
                     ("CLIP ViT-L/14", (14, 224, 1024, 24, 768, 768))):
        if wanted(title):
            huggingface(title, CLIPModel(clip_config(*c)), CLIPImageProcessor(), c[1], OPENAI, rows, full(rows, 77, 49407))
    if wanted("SigLIP base/16"):
        rows = tokens(32000, 1, 3)
        huggingface("SigLIP base/16", SiglipModel(SiglipConfig()), SiglipImageProcessor(), 224, HALF, rows,
                    full(rows, 64, 1))
    if wanted("ViT + BERT"):
        rows = tokens(30522, 102, 3)
        model = VisionTextDualEncoderModel(VisionTextDualEncoderConfig.from_vision_text_configs(ViTConfig(), BertConfig()))
        pixels, ids = picture(224), rows
        # no padding: one text at a time
        shake(model)
        folder = os.path.join(WORK, "dual")
        model.save_pretrained(folder)
        ViTImageProcessor().save_pretrained(folder)
        with torch.no_grad():
            image = model.get_image_features(pixel_values=normalised(pixels, *HALF))
            text = [model.get_text_features(input_ids=torch.tensor([r])) for r in ids]
        feature = lambda x: x.pooler_output if hasattr(x, "pooler_output") else x
        want = unit(feature(image)), unit(torch.cat([feature(t) for t in text]))

        def load(path, back):
            shutil.copy(path, folder + "/model.safetensors")
            again = VisionTextDualEncoderModel.from_pretrained(folder).eval()
            with torch.no_grad():
                return torch.equal(feature(again.get_image_features(pixel_values=normalised(pixels, *HALF))), feature(image))
        check("ViT + BERT, folder", folder, (), pixels, rows, want, float(model.logit_scale), 0,
              safetensors.torch.load_file(folder + "/model.safetensors"), load)


# ---- open_clip's files, and OpenAI's ----

class OpenAI(torch.nn.Module):
    """What torch.jit.trace takes: a module with OpenAI's names and both encoders in its forward."""

    def __init__(self, model):
        super().__init__()
        for name, child in model.named_children():
            setattr(self, name, child)
        for name, p in list(model.named_parameters(recurse=False)):
            setattr(self, name, p)
        self.input_resolution, self.context_length, self.vocab_size = 224, 77, 49408
        for name, n in (("input_resolution", 224), ("context_length", 77), ("vocab_size", 49408)):
            delattr(self, name)
            self.register_buffer(name, torch.tensor(n))

    def forward(self, x):
        return x + self.logit_scale


def open_clip_all(wanted):
    for name in ("ViT-B-32", "ViT-B-32-quickgelu", "ViT-B-16", "ViT-L-14-quickgelu", "RN50", "RN50-quickgelu", "RN101",
                 "ViT-B-16-SigLIP", "ViT-H-14", "RN50x4"):
        if not wanted(name):
            continue
        model = shake(open_clip.create_model(name))
        config = open_clip.get_model_config(name)
        siglip = "SigLIP" in name
        S = model.visual.image_size if isinstance(model.visual.image_size, int) else model.visual.image_size[0]
        mean_std = HALF if siglip else OPENAI
        rows = tokens(32000, 1, 3) if siglip else tokens(49408, 49407)
        pixels = picture(S)
        with torch.no_grad():
            want = (unit(model.encode_image(normalised(pixels, *mean_std))),
                    unit(model.encode_text(full(rows, 64 if siglip else 77, 1 if siglip else 0))))
        state = {k: v.contiguous() for k, v in model.state_dict().items()}
        scale = float(model.logit_scale)

        def load(path, back):
            again = open_clip.create_model(name)
            again.load_state_dict(back, strict=True)
            again.eval()
            with torch.no_grad():
                return np.array_equal(unit(again.encode_image(normalised(pixels, *mean_std))), want[0])
        folder = os.path.join(WORK, "oc")
        for form in ("safetensors", "bin"):
            shutil.rmtree(folder, ignore_errors=True)
            os.makedirs(folder)
            with open(folder + "/open_clip_config.json", "w") as f:
                json.dump({"model_cfg": config, "preprocess_cfg": {
                    "mean": mean_std[0], "std": mean_std[1], "interpolation": "bicubic",
                    "resize_mode": "squash" if siglip else "shortest"}}, f)
            if form == "safetensors":
                safetensors.torch.save_file(state, folder + "/open_clip_model.safetensors")
            else:
                torch.save(model.state_dict(), folder + "/open_clip_pytorch_model.bin")
            check("open_clip %s, folder with %s" % (name, form), folder, (), pixels, rows, want, scale, 0, state, load)
            if wanted("quick"):
                break
        shutil.rmtree(folder)
        if siglip or wanted("quick"):
            continue
        plain = WORK + "/plain.pt"
        torch.save({"epoch": 3, "state_dict": {"module." + k: v for k, v in state.items()}}, plain)
        check("open_clip %s, checkpoint" % name, plain, ("--model", name), pixels, rows, want, scale, 0,
              {"module." + k: v for k, v in state.items()})
        os.remove(plain)
        if not name.endswith("quickgelu"):
            continue
        for half in (0, 1):
            copy = open_clip.create_model(name)
            copy.load_state_dict(state)
            copy.eval()
            copy = copy.half().float() if half else copy
            with torch.no_grad():
                want16 = (unit(copy.encode_image(normalised(pixels, *mean_std))), unit(copy.encode_text(full(rows, 77, 0))))
            m = OpenAI(copy.half() if half else copy).eval()
            traced = torch.jit.trace(m, torch.zeros(1, dtype=torch.half if half else torch.float))
            torch.jit.save(traced, plain)
            source = {k: v.contiguous() for k, v in torch.jit.load(plain).state_dict().items()}
            check("OpenAI %s, TorchScript f%d" % (name, 16 if half else 32), plain, (), pixels, rows, want16, scale, 0, source)
            os.remove(plain)


def main():
    wanted = lambda title: not ONLY or title in ONLY
    huggingface_all(wanted)
    open_clip_all(wanted if ONLY else lambda t: t != "quick")
    shutil.rmtree(WORK)


if __name__ == "__main__":
    main()
