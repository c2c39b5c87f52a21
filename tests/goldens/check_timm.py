"""Every architecture of timm whose tensors the converter could take, with random weights and one layer (ViTs; ResNets have all):
either clip-convert refuses its name, or the vector of its self-test is what timm computes of the same pixels. Heads,
activation, epsilon, pooling and norms are then timm's. Run by hand from the root of the repository after `make`:

    pip install torch timm safetensors     then     python tests/goldens/check_timm.py [PATTERN]

Takes ten minutes and 1 GB of disk.
"""
import json
import os
import re
import struct
import subprocess
import sys
import tempfile

import numpy as np
import timm
import torch
from safetensors.torch import save_file

NORM, LINEAR, BN = r"\.(weight|bias)", r"\.(weight|bias)", r"\.(weight|bias|running_mean|running_var|num_batches_tracked)"
NAMES = re.compile("(cls_token|pos_embed|patch_embed.proj" + LINEAR + "|(norm_pre|fc_norm|norm)" + NORM +
                   r"|blocks\.\d+\.(norm1|attn.qkv|attn.proj|norm2|mlp.fc1|mlp.fc2)" + LINEAR +
                   "|attn_pool.(latent|(q|kv|proj|norm|mlp.fc1|mlp.fc2)" + LINEAR + r")|conv1.weight|bn1" + BN +
                   r"|layer\d\.\d+\.(conv\d.weight|bn\d" + BN + "|downsample.0.weight|downsample.1" + BN + "))$")


def tensors(path):
    data = open(path, "rb").read()
    n_keys, n_tensors = struct.unpack("<II", data[32:40])
    at, found = 40, {}
    for _ in range(n_keys):
        name, _, size = struct.unpack("<HHI", data[at:at + 8])
        at += 8 + name + size
    for _ in range(n_tensors):
        name, source = struct.unpack("<HH", data[at:at + 4])
        begin, size = struct.unpack("<QQ", data[at + 40:at + 56])
        found[data[at + 64:at + 64 + name].decode()] = data[begin:begin + size]
        at += 64 + name + source
    return found


def build(name, device):
    with torch.device(device):
        try:
            return timm.create_model(name, num_classes=0, depth=1).eval()
        except TypeError:
            return timm.create_model(name, num_classes=0).eval()


worst = 0
if "--help" in sys.argv:
    sys.exit(print(__doc__))
for name in timm.list_models(sys.argv[1] if len(sys.argv) > 1 else ""):
    try:
        state = build(name, "meta").state_dict()
    except Exception:  # of architectures that take no depth, or can't be made without data: none of the two kinds
        continue
    if not all(NAMES.match(key) for key in state) or not {"patch_embed.proj.weight", "layer1.0.conv1.weight"} & set(state):
        continue
    with tempfile.TemporaryDirectory() as folder, torch.no_grad():
        model, cfg = build(name, "cpu"), timm.get_pretrained_cfg(name)
        for key, value in model.state_dict().items():
            if value.dtype == torch.float32 and not key.endswith("running_var"):
                value.copy_(torch.randn(value.shape) * (0.1 if value.dim() == 1 else 1.5 * value[0].numel() ** -0.5))
                if "norm" in key and key.endswith("weight") or ".bn" in key and key.endswith("weight"):
                    value.add_(1)
        save_file(model.state_dict(), folder + "/model.safetensors")
        json.dump({"architecture": name, "global_pool": model.global_pool if isinstance(model.global_pool, str) else
                   model.global_pool.pool_type, "pretrained_cfg": {"input_size": cfg.input_size}}, open(folder + "/config.json", "w"))
        done = subprocess.run([os.environ.get("BUILD", "build") + "/clip-convert", folder, "-o", folder + "/out.clip"], capture_output=True)
        if done.returncode:
            print("%-42s %s refused: %s" % (name, type(model).__name__, done.stderr.decode().replace(folder, "").strip()[-150:]), flush=True)
            continue
        own = tensors(folder + "/out.clip")
        side = cfg.input_size[-1]
        pixels = torch.tensor(np.frombuffer(own["selftest.pixels"], np.uint8).reshape(1, side, side, 3).copy()).permute(0, 3, 1, 2) / 255
        mean, std = torch.tensor(timm.data.IMAGENET_DEFAULT_MEAN), torch.tensor(timm.data.IMAGENET_DEFAULT_STD)
        want = model((pixels - mean.view(3, 1, 1)) / std.view(3, 1, 1))[0].numpy()
        want = want / np.linalg.norm(want)
        error = np.abs(np.frombuffer(own["selftest.image_vector"], np.float32) - want).max() / np.abs(want).max()
        worst = max(worst, error)
        print("%-42s error %.1e%s" % (name, error, "" if error < 1e-4 else "   WRONG"), flush=True)
if not worst:
    sys.exit("nothing was compared")
print("largest error %.1e" % worst)
