"""Times clip.h beside PyTorch, ONNX Runtime and OpenVINO, in turns on the same machine, and prints the ratios.

    pip install torch timm transformers open_clip_torch onnx onnxruntime openvino pillow          then, in a built repository,
    python tools/bench_peers.py BUILD [--threads N] [--rounds N] [--isa NAME] [--only NAME,...] [--work DIR]      encoders
    python tools/bench_peers.py BUILD --train MODEL.clip [--threads N] [--rounds N]                            a step of training

Encoders have random weights, the same in all; batches of 1, 8 and 32. A ratio is the time of the fastest peer in that
precision by the time of clip.h's: above 1, clip.h is faster. Of lower precision, both sides' worst cosine to f32 PyTorch's vectors
is printed too, over 32 inputs. --isa avx2 holds clip.h down, and the peers by ONEDNN_MAX_CPU_ISA and ATEN_CPU_CAPABILITY, all in
f32 (and int8 here); ONNX Runtime, which can't be held down, is left out then.

Training: MODEL.clip is ResNet-50 and DistilBERT, or ViT-Tiny and MiniLM, put together by clip-convert with --embed-dim 256; which
of them is read from it. Batch 32, 32 tokens, 224 x 224 pixels, AdamW, soft targets, dropout of 0.1 in the heads, all weights
trained, f32. PyTorch runs with contiguous tensors and with channels_last; the better one counts.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

STEP = r'''
import os, resource, statistics, sys, time
if os.environ.get("TVSTUB"):
    sys.path.insert(0, os.environ["TVSTUB"])
    import tvstub
import timm, torch
import torch.nn as nn, torch.nn.functional as F
from transformers import BertConfig, BertModel, DistilBertConfig, DistilBertModel
torch.manual_seed(0)
tower, layout, threads, steps = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
torch.set_num_threads(threads)

class Head(nn.Module):  # CLIP-pytorch's
    def __init__(self, width, out=256):
        super().__init__()
        self.projection, self.fc, self.norm = nn.Linear(width, out), nn.Linear(out, out), nn.LayerNorm(out)
    def forward(self, x):
        p = self.projection(x)
        return self.norm(F.dropout(self.fc(F.gelu(p)), 0.1) + p)

if tower == "resnet":
    image, text, widths = timm.create_model("resnet50", num_classes=0), DistilBertModel(DistilBertConfig()), (2048, 768)
else:
    config = BertConfig(hidden_size=384, num_hidden_layers=6, num_attention_heads=12, intermediate_size=1536)
    image, text, widths = timm.create_model("vit_tiny_patch16_224", num_classes=0), BertModel(config), (192, 384)
heads = nn.ModuleList(Head(w) for w in widths)
image.train(), text.train()
x, ids = torch.randn(32, 3, 224, 224), torch.randint(1, 30000, (32, 32))
if layout == "channels_last":
    image, x = image.to(memory_format=torch.channels_last), x.to(memory_format=torch.channels_last)
optimizer = torch.optim.AdamW([*image.parameters(), *text.parameters(), *heads.parameters()], lr=1e-4, weight_decay=1e-3)
took = []
for k in range(steps + 1):
    began = time.perf_counter()
    i, t = heads[0](image(x)), heads[1](text(input_ids=ids)[0][:, 0])
    logits, targets = t @ i.T, F.softmax((i @ i.T + t @ t.T) / 2, -1)
    loss = ((-targets * F.log_softmax(logits, -1)).sum(1) + (-targets.T * F.log_softmax(logits.T, -1)).sum(1)).mean() / 2
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    took.append(time.perf_counter() - began)
print(1e3 * statistics.median(took[1:]), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
'''


def cpu_name():
    return next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "?")


def program(build, name, *arguments):
    return subprocess.run([os.path.join(build, name), *map(str, arguments)], check=True, stdout=subprocess.PIPE, text=True).stdout


def training(o):
    with open(o.train, "rb") as f:
        tower = "resnet" if b"resnet" in f.read(4096) else "vit"
    results = {"clip.h": [], "PyTorch": [], "PyTorch, channels_last": []}
    for _ in range(o.rounds):
        row = json.loads(program(o.build, "bench", o.train, "--train", "--runs", 3, "--threads", o.threads, "--json"))
        results["clip.h"].append((row["ms"], row["peak_mb"]))
        for name, layout in (("PyTorch", "contiguous"), ("PyTorch, channels_last", "channels_last")):
            if tower == "vit" and layout != "contiguous":
                continue
            out = subprocess.run([sys.executable, "-c", STEP, tower, layout, str(o.threads), "3"], check=True,
                                 stdout=subprocess.PIPE, text=True).stdout.split()
            results[name].append((float(out[0]), int(out[1])))
    print("a step of training, %s, batch 32, f32, %s threads, %s (%s)" % (
        "ResNet-50 + DistilBERT" if tower == "resnet" else "ViT-Tiny + MiniLM", o.threads, cpu_name(), row["isa"]))
    own = statistics.median(ms for ms, _ in results["clip.h"])
    for name, rows in results.items():
        if rows:
            ms = statistics.median(ms for ms, _ in rows)
            print("%-24s %8.0f ms  peak %5d MB  its time by that of clip.h: %.2f" % (name, ms, max(mb for _, mb in rows), ms / own))


def encoders(o):
    if o.isa == "avx2":
        os.environ["ONEDNN_MAX_CPU_ISA"], os.environ["ATEN_CPU_CAPABILITY"] = "AVX2", "avx2"
    if os.environ.get("TVSTUB"):  # where torchvision's wheel does not fit the torch that is installed
        sys.path.insert(0, os.environ["TVSTUB"])
        import tvstub  # noqa: F401
    import numpy as np
    import onnxruntime as ort
    import open_clip
    import openvino as ov
    import safetensors.torch
    import timm
    import torch
    import transformers as hf
    torch.set_num_threads(o.threads)
    torch.manual_seed(0)
    work = o.work or os.path.join(tempfile.gettempdir(), "bench_peers")
    os.makedirs(work, exist_ok=True)
    core = ov.Core()
    path = lambda *parts: os.path.join(work, *parts)

    class Wrap(torch.nn.Module):
        def __init__(self, model, f):
            super().__init__()
            self.model, self.f = model, f

        def forward(self, x):
            return self.f(self.model, x)

    def folder(model, name):
        model.save_pretrained(path(name))
        return path(name)

    def file(model, name):
        safetensors.torch.save_file({k: v.contiguous() for k, v in model.state_dict().items()}, path(name + ".safetensors"))
        return path(name + ".safetensors")

    def clip():
        model = hf.CLIPModel(hf.CLIPConfig()).eval()
        hf.CLIPImageProcessor().save_pretrained(path("clip-b32"))
        return model

    def openai():
        model = open_clip.create_model("RN50").eval()
        model.visual.image_mean, model.visual.image_std = (0.5,) * 3, (0.5,) * 3
        torch.save(model.state_dict(), path("openai-rn50.pt"))
        return model.visual

    def bert(name, config):
        model = (hf.DistilBertModel if isinstance(config, hf.DistilBertConfig) else hf.BertModel)(config).eval()
        folder(model, name)
        return model

    minilm = dict(hidden_size=384, num_hidden_layers=6, num_attention_heads=12, intermediate_size=1536)
    cls = lambda m, x: m(input_ids=x)[0][:, 0]
    shared = {}

    def clip_once():
        if "clip" not in shared:
            shared["clip"] = clip()
            folder(shared["clip"], "clip-b32")
        return shared["clip"]

    def resnet():
        model = timm.create_model("resnet50", num_classes=0).eval()
        file(model, "resnet50")
        return model

    # name: tower, tokens, the model, what to convert with which flags
    cases = {
        "clip-b32-image": ("image", 0, lambda: Wrap(clip_once(), lambda m, x: m.visual_projection(m.vision_model(pixel_values=x)[1])),
                           ["clip-b32"]),
        "clip-b32-text": ("text", 77, lambda: Wrap(clip_once(), lambda m, x: m.text_projection(m.text_model(input_ids=x)[1])),
                          ["clip-b32"]),
        "resnet50": ("image", 0, resnet, ["resnet50.safetensors"]),
        "openai-rn50": ("image", 0, openai, ["openai-rn50.pt", "--model", "RN50"]),
        "distilbert": ("text", 32, lambda: Wrap(bert("distilbert", hf.DistilBertConfig()), cls), ["distilbert"]),
        "minilm": ("text", 32, lambda: Wrap(bert("minilm", hf.BertConfig(**minilm)), cls), ["minilm"]),
    }

    def median_ms(f, least=3, budget=1.0):
        f()
        times, start = [], time.time()
        while len(times) < least or (len(times) < 15 and time.time() - start < budget):
            t = time.perf_counter()
            f()
            times.append(time.perf_counter() - t)
        return statistics.median(times) * 1e3

    print("%s, %d threads%s; ms a call" % (cpu_name(), o.threads, ", held down to " + o.isa if o.isa else ""))
    types, precisions = (["f32", "int8"], ["f32"]) if o.isa else (["f32", "bf16", "int8"], ["f32", "bf16"])
    for name, (tower, tokens, make, source) in cases.items():
        if o.only and name not in o.only.split(","):
            continue
        model = make().eval()
        for type_ in types:
            program(o.build, "clip-convert", path(source[0]), *source[1:], "--type", type_, "-o", path(name + "." + type_ + ".clip"))
        # 32 inputs that all see: pictures of 224 x 224 with mean and std as the file says, or ids
        generator = np.random.default_rng(1)
        if tower == "image":
            from PIL import Image
            info = program(o.build, "clip-convert", "--info", path(name + ".f32.clip"))
            line = next(l for l in info.splitlines() if l.startswith("pictures"))
            mean, std = ([float(v) for v in line.split(word)[1].split(",")[:3]] for word in ("mean ", "std "))
            small = generator.integers(0, 256, (32, 28, 28, 3), dtype=np.uint8)
            big = np.stack([np.asarray(Image.fromarray(p).resize((224, 224), Image.BICUBIC)) for p in small])
            os.makedirs(path("pictures"), exist_ok=True)
            for i, p in enumerate(big):
                Image.fromarray(p).save(path("pictures", "%02d.ppm" % i))
            inputs = torch.tensor(((big / 255.0 - mean) / std).transpose(0, 3, 1, 2), dtype=torch.float32)
            given = ["--images", path("pictures")]
        else:
            end = 49407 if tokens == 77 else 102
            ids = np.concatenate([generator.integers(1000, 30000, (32, tokens - 1)), np.full((32, 1), end)], 1)
            inputs = torch.tensor(ids)
            with open(path("ids.txt"), "w") as f:
                f.writelines(" ".join(map(str, row)) + "\n" for row in ids)
            given = ["--tokens", path("ids.txt")]
        onnx = path(name + ".onnx")
        torch.onnx.export(model, (inputs[:1],), onnx, input_names=["x"], output_names=["y"],
                          dynamic_axes={"x": {0: "b"}, "y": {0: "b"}}, opset_version=17, dynamo=False)
        with torch.inference_mode():
            want = model(inputs).numpy()
        unit = lambda v: v / np.linalg.norm(v, axis=-1, keepdims=True)
        worst = lambda got: float((unit(got) * unit(want)).sum(-1).min())
        cosine = {}
        for type_ in types:
            program(o.build, "embed", path(name + "." + type_ + ".clip"), *given, "-o", path("own.npy"))
            cosine["clip.h " + type_] = worst(np.load(path("own.npy")))
        for batch in (1, 8, 32):
            x, runs, ms = inputs[:batch], {}, {}
            with torch.inference_mode():
                def torch_f32():
                    return model(x)

                def torch_bf16():
                    with torch.inference_mode(), torch.autocast("cpu", dtype=torch.bfloat16):
                        return model(x)
                runs["torch f32"] = torch_f32
                if not o.isa:
                    runs["torch bf16"] = torch_bf16
                    if batch == 32:
                        cosine["torch bf16"] = worst(torch_bf16().float().numpy())
                    options = ort.SessionOptions()
                    options.intra_op_num_threads = o.threads
                    session = ort.InferenceSession(onnx, options, providers=["CPUExecutionProvider"])
                    runs["ort f32"] = lambda: session.run(None, {"x": x.numpy()})
                for precision in precisions:
                    graph = core.read_model(onnx)
                    graph.reshape({0: list(x.shape)})
                    compiled = core.compile_model(graph, "CPU", {"INFERENCE_PRECISION_HINT": precision,
                                                                 "INFERENCE_NUM_THREADS": o.threads, "PERFORMANCE_HINT": "LATENCY"})
                    runs["ov " + precision] = lambda compiled=compiled: compiled(x.numpy())
                    if batch == 32:
                        cosine["ov " + precision] = worst(list(compiled(x.numpy()).values())[0])
                for _ in range(o.rounds):
                    for key, run in runs.items():
                        ms.setdefault(key, []).append(median_ms(run))
                    time.sleep(1)  # until the peers' threads, which go on looking for work, are asleep
                    for type_ in types:
                        rows = program(o.build, "bench", path(name + "." + type_ + ".clip"), "--tower", tower, "--batch", batch,
                                       "--threads", o.threads, "--tokens", tokens or 32, "--runs", 15 if batch < 32 else 5, "--json",
                                       *(["--isa", o.isa] if o.isa else [])).splitlines()
                        row = json.loads(rows[-1])
                        ms.setdefault("clip.h " + type_, []).append(row["ms"])
            ms = {key: statistics.median(v) for key, v in ms.items()}
            peers = {key: v for key, v in ms.items() if not key.startswith("clip.h")}
            best = lambda precision: min((v for key, v in peers.items() if key.endswith(precision)), default=float("nan"))
            own = min(v for key, v in ms.items() if key.startswith("clip.h") and cosine[key] >= 0.999)
            print("%-14s b%-3d" % (name, batch), "  ".join("%s %.2f" % item for item in ms.items()))
            ratios = ["%s %.2f" % (p, best(p) / ms["clip.h " + p]) for p in precisions]
            print("%-14s      ratios: %s, best of cosine >= 0.999 %.2f" % ("", ", ".join(ratios), min(peers.values()) / own), flush=True)
        print("%-14s      cosines to PyTorch's f32, worst of 32: " % "" + ", ".join("%s %.5f" % item for item in cosine.items()))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--train")
    parser.add_argument("--isa")
    parser.add_argument("--only")
    parser.add_argument("--work")
    o = parser.parse_args()
    training(o) if o.train else encoders(o)


main()
