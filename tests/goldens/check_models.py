"""Full-size models with random weights, as a user has them: saved by timm and transformers, converted by build/clip-convert,
embedded by build/embed, and compared with PyTorch on the same pixels and ids. Run by hand from the root of the repository after `make`:

    pip install torch transformers timm safetensors pillow     then     python tests/goldens/check_models.py [SEED]

Prints for each model the largest error over the largest value, and 1 - the smallest cosine. Takes some minutes and 2 GB of disk.
"""
import os
import subprocess
import sys
import tempfile

import numpy as np
import torch

if os.environ.get("TVSTUB"):  # where torchvision's wheel does not fit the torch that is installed
    sys.path.insert(0, os.environ["TVSTUB"])
    import tvstub  # noqa: F401
import timm
from PIL import Image
from safetensors.torch import save_file
from transformers import BertConfig, BertModel, BertTokenizer, DistilBertConfig, DistilBertModel

BUILD = os.environ.get("BUILD", "build")
MEAN_STD = {"resnet": ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]), "vit": ([0.5] * 3, [0.5] * 3)}
TEXTS = ["a dog runs through the snow", "", "two children in red coats, laughing!", "x" * 150, "word " * 700, "\u4e2d\u6587 caf\u00e9 na\u00efve"]


def run(*arguments):
    done = subprocess.run(arguments, capture_output=True)
    if done.returncode:
        sys.exit("%s: %s" % (" ".join(arguments), done.stderr.decode()))
    return done.stdout


def report(name, got, want):
    want = want.numpy()
    cosine = np.sum(got.astype(np.float64) * want, 1) / np.linalg.norm(got.astype(np.float64), axis=1) / np.linalg.norm(want.astype(np.float64), axis=1)
    print("%-34s error %.1e of the largest value, 1 - cosine %.1e" % (name, np.abs(got - want).max() / np.abs(want).max(), (1 - cosine).max()), flush=True)


def shake(model):
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            torch.nn.init.uniform_(module.weight, 0.5, 1.5)
            torch.nn.init.normal_(module.bias, 0, 0.3)
            module.running_mean.normal_(0, 0.3)
            module.running_var.uniform_(0.5, 1.5)
    return model.eval()


def check_image(folder, name, form, **more):
    model = shake(timm.create_model(name, **more))
    S = more.get("img_size", 224)
    path = os.path.join(folder, "weights." + form)
    save_file(model.state_dict(), path) if form == "safetensors" else torch.save(model.state_dict(), path)
    run(BUILD + "/clip-convert", path, "-o", folder + "/m.clip", *(["--pool", "mean"] if more.get("global_pool") == "avg" else []))
    rng = np.random.default_rng(0)
    files, pixels = [], []
    for i in range(3):
        pixels.append(rng.integers(0, 256, (S, S, 3)).astype(np.uint8))
        files.append("%s/%d.ppm" % (folder, i))
        Image.fromarray(pixels[-1]).save(files[-1])
    run(BUILD + "/embed", folder + "/m.clip", "--images", *files, "--raw", "-o", folder + "/m.npy")
    mean, std = MEAN_STD["vit" if "vit" in name else "resnet"]
    x = (torch.from_numpy(np.stack(pixels)).float() / 255 - torch.tensor(mean)) / torch.tensor(std)
    with torch.no_grad():
        want = model.forward_head(model.forward_features(x.permute(0, 3, 1, 2)), pre_logits=True)
    report("%s (%s)" % (name, form), np.load(folder + "/m.npy"), want)


def check_text(folder, name, model, vocab, pool):
    model = model.eval()
    model.save_pretrained(folder)
    open(folder + "/vocab.txt", "w", encoding="utf-8").write("\n".join(vocab) + "\n")
    tokenizer = BertTokenizer(folder + "/vocab.txt", do_lower_case=True)
    run(BUILD + "/clip-convert", folder, "-o", folder + "/m.clip", "--pool", pool)
    open(folder + "/texts.txt", "w", encoding="utf-8").write("\n".join(TEXTS) + "\n")
    run(BUILD + "/embed", folder + "/m.clip", "--texts", folder + "/texts.txt", "--raw", "-o", folder + "/m.npy")
    batch = tokenizer(TEXTS, padding=True, truncation=True, max_length=512, return_tensors="pt")
    with torch.no_grad():
        hidden = model(input_ids=batch.input_ids, attention_mask=batch.attention_mask)[0]
    mask = batch.attention_mask[..., None]
    report("%s, %s" % (name, pool), np.load(folder + "/m.npy"), hidden[:, 0] if pool == "cls" else (hidden * mask).sum(1) / mask.sum(1))


def main():
    if "--help" in sys.argv:
        sys.exit(print(__doc__))
    torch.manual_seed(int(sys.argv[1]) if len(sys.argv) > 1 else 0)
    vocab = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] + [chr(c) for c in range(33, 127) if not 65 <= c <= 90] + ["##" + chr(c) for c in range(97, 123)]
    vocab += ["word", "dog", "snow", "red", "child", "##ren"] + ["filler%d" % i for i in range(30522 - len(vocab) - 6)]
    for name, form, more in (("resnet18", "safetensors", {}), ("resnet50", "pth", {}), ("resnet152", "safetensors", {"num_classes": 0}),
                             ("vit_tiny_patch16_224", "pt", {}), ("vit_base_patch16_224", "safetensors", {}),
                             ("vit_small_patch32_224", "bin", {"img_size": 384}), ("vit_base_patch32_224", "safetensors", {"global_pool": "avg"})):
        with tempfile.TemporaryDirectory() as folder:
            check_image(folder, name, form, **more)
    for name, make in (("DistilBERT base", lambda: DistilBertModel(DistilBertConfig())), ("BERT base", lambda: BertModel(BertConfig())),
                       ("BERT 384 x 6", lambda: BertModel(BertConfig(hidden_size=384, num_hidden_layers=6, intermediate_size=1536)))):
        for pool in ("cls", "mean"):
            with tempfile.TemporaryDirectory() as folder:
                check_text(folder, name, make(), vocab, pool)


if __name__ == "__main__":
    main()
