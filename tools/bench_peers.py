"""Times a step of training beside PyTorch, in turns on the same machine: the ratios, and the peaks of memory.

    pip install torch timm transformers        then        python tools/bench_peers.py build/bench MODEL.clip [threads] [rounds]

MODEL.clip: ResNet-50 and DistilBERT, or ViT-Tiny and MiniLM, put together by clip-convert with --embed-dim 256; which of
them is read from it. Batch 32, 32 tokens, 224 x 224 pixels, AdamW, soft targets, dropout of 0.1 in the heads, all weights
trained, f32. PyTorch runs with contiguous tensors and with channels_last; the better one counts.
"""
import json
import os
import statistics
import subprocess
import sys

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


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    bench, model = sys.argv[1], sys.argv[2]
    threads = sys.argv[3] if len(sys.argv) > 3 else str(os.cpu_count())
    rounds = int(sys.argv[4]) if len(sys.argv) > 4 else 2
    with open(model, "rb") as f:
        tower = "resnet" if b"resnet" in f.read(4096) else "vit"
    results = {"clip.h": [], "PyTorch": [], "PyTorch, channels_last": []}
    for _ in range(rounds):
        out = subprocess.run([bench, model, "--train", "--runs", "3", "--threads", threads, "--json"], check=True,
                             stdout=subprocess.PIPE, text=True).stdout
        row = json.loads(out)
        results["clip.h"].append((row["ms"], row["peak_mb"]))
        for name, layout in (("PyTorch", "contiguous"), ("PyTorch, channels_last", "channels_last")):
            if tower == "vit" and layout != "contiguous":
                continue
            out = subprocess.run([sys.executable, "-c", STEP, tower, layout, threads, "3"], check=True,
                                 stdout=subprocess.PIPE, text=True).stdout.split()
            results[name].append((float(out[0]), int(out[1])))
    cpu = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "?")
    print("a step of training, %s, batch 32, f32, %s threads, %s (%s)" % (
        "ResNet-50 + DistilBERT" if tower == "resnet" else "ViT-Tiny + MiniLM", threads, cpu, row["isa"]))
    own = statistics.median(ms for ms, _ in results["clip.h"])
    for name, rows in results.items():
        if rows:
            ms = statistics.median(ms for ms, _ in rows)
            print("%-24s %8.0f ms  peak %5d MB  time of clip.h / this: %.2f" % (name, ms, max(mb for _, mb in rows), own / ms))


main()
