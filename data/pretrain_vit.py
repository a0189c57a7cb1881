"""Pretrains the small Vision Transformer that travels with the book: the ten classes of CIFAR-10, with labels.

    LABS_DATA=... python data/pretrain_vit.py

The model is Lab 07's own, read from the cells of its source: the weights load into what a student writes. The last
5,000 training images are held out, as in the lab, and the test split is not opened. It trains for a given number of
steps and writes weights, sizes and a model card. A checkpoint is saved every minute; after an interruption the same
command goes on where it was, and with the same number of threads it ends with the same weights. Needs the real
CIFAR-10.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torch import nn

from course.layout import find_labs
from course.source import read_source
from utils import datasets, training
from utils import device as devices
from utils.batches import Batch, Batches, random_crop, random_flip
from utils.files import atomic_write

LAB = "07_vit"
CELLS = ("imports", "attention", "block", "vit", "start")  # what the model is made of
FOLDER = Path(__file__).parent / "models" / "cifar-vit-mini"
SIZES = {"d_model": 96, "n_layers": 4, "n_heads": 4, "patch": 4, "image": 32, "pool": "mean"}
BATCH, HELD_OUT = 128, 5_000
HALVED = 0.9  # share of the steps in which half of the patches are read


def lab_cells(name: str, cells: Sequence[str]) -> dict[str, Any]:
    """The names that cells of a lab define, such as `ViT` and `start_locally`.

    Raises:
        CourseError: there is no such lab.
        KeyError: it has no such cell.
    """
    (lab,) = find_labs([name])
    found = {}
    for kind in ("given", "solution", "data"):
        found |= {
            c.cell.metadata[kind]: c.cell.source
            for c in read_source(lab).cells
            if kind in c.cell.metadata
        }
    names: dict[str, Any] = {}
    for cell in cells:
        exec(compile(found[cell], f"{name}:{cell}", "exec"), names)
    return names


def color_statistics(images: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Mean and standard deviation (3,) of each channel of images (N, 3, H, W) uint8, of values scaled to [0, 1]."""
    pairs = [torch.std_mean(channel / 255) for channel in images.unbind(1)]
    return torch.stack([mean for _, mean in pairs]), torch.stack([std for std, _ in pairs])


class Task:
    """The loss and the accuracy of a model on images of bytes."""

    def __init__(self, images: torch.Tensor, device: torch.device) -> None:
        self.mean, self.std = (t.to(device) for t in color_statistics(images))

    def prepared(self, images: torch.Tensor) -> torch.Tensor:
        """Images (B, 3, H, W) uint8, normalized."""
        return (images / 255 - self.mean[:, None, None]) / self.std[:, None, None]

    def loss(self, model: nn.Module, batch: Batch) -> torch.Tensor:
        """Cross-entropy with smoothed labels; in most steps only half of the patches are read."""
        x, labels = self.prepared(batch[0]), batch[1]
        halved = bool(torch.rand(()) < HALVED)
        logits = logits_of_half(model, x) if halved else model(x)
        return F.cross_entropy(logits, labels, label_smoothing=0.1)

    def accuracy(
        self, model: nn.Module, images: torch.Tensor, labels: torch.Tensor
    ) -> dict[str, float]:
        """The share of images whose largest logit is that of their label."""
        pieces = zip(images.split(500), labels.split(500), strict=True)
        right = sum(
            int((model(self.prepared(x)).argmax(dim=1) == answers).sum()) for x, answers in pieces
        )
        print(f"held-out accuracy {right / len(images):.4f}", flush=True)
        return {"held-out accuracy": right / len(images)}


def logits_of_half(model: Any, x: torch.Tensor) -> torch.Tensor:
    """The logits of the lab's ViT that reads half of the patches of images x, drawn at random.

    A transformer reads any set of tokens, and half of them take less than half of the time.
    """
    tokens = F.pixel_unshuffle(x, model.patch).flatten(2).mT  # (B, N, 3 · patch · patch)
    kept = torch.randperm(tokens.shape[1])[: tokens.shape[1] // 2].to(x.device)
    tokens = model.patch_embedding(tokens[:, kept]) + model.position_embedding[kept]
    for block in model.blocks:
        tokens = block(tokens)
    logits: torch.Tensor = model.head(model.norm(tokens).mean(dim=1))
    return logits


def augmented(images: torch.Tensor, labels: torch.Tensor, generator: torch.Generator) -> Batch:
    """Images mirrored and moved at random, and their labels."""
    return random_crop(random_flip(images, generator), generator, padding=2), labels


def rise_and_fall(progress: float) -> float:
    """Up in the first tenth of the training, then down to 0 in a straight line."""
    return min(progress / 0.1, (1 - progress) / 0.9)


def optimizers(model: Any) -> list[torch.optim.Optimizer]:
    """Muon for the matrices of the blocks and of the patch embedding, AdamW for the rest."""
    hidden = [model.patch_embedding.weight, *model.blocks.parameters()]
    return training.muon_and_adamw(model, hidden, muon_lr=0.012, adamw_lr=5e-3)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=1_200, help="length of the training")
    parser.add_argument("--out", type=Path, default=FOLDER)
    arguments = parser.parse_args()

    cifar = datasets.load_cifar10()
    if cifar.source == "stand-in":
        raise SystemExit(
            "Pretraining needs the real CIFAR-10: set LABS_DATA, or allow its download."
        )
    device = devices.get_device()
    images, labels = cifar.train_images[:-HELD_OUT], cifar.train_labels[:-HELD_OUT]
    checked = [t[-HELD_OUT:].to(device) for t in (cifar.train_images, cifar.train_labels)]
    task = Task(images, device)

    devices.seed_everything(0)
    lab = lab_cells(LAB, CELLS)
    model = lab["start_locally"](lab["ViT"](**SIZES)).to(device)
    history = training.fit(
        model,
        Batches(images, labels, batch_size=BATCH, device=device, augment=augmented),
        task.loss,
        steps=arguments.steps,
        optimizer=optimizers(model),
        schedule=rise_and_fall,
        precision=torch.float32,
        evaluate=lambda model: task.accuracy(model, *checked),
        evaluate_every=math.ceil(arguments.steps / 4),
        checkpoint=FOLDER.name,
        title=FOLDER.name,
    )
    log = {
        "steps": history.steps,
        "images seen": history.samples,
        "images": len(images),
        "seconds": round(history.seconds),
        "hardware": devices.describe(device),
        "held-out accuracy": dict(
            zip(history.evaluated_at, history.metrics["held-out accuracy"], strict=True)
        ),
    }
    colors = {"mean": task.mean.tolist(), "std": task.std.tolist()}
    save(model, {**SIZES, "classes": cifar.classes, **colors}, log, arguments.out, card)


def save(
    model: nn.Module,
    config: dict[str, Any],
    log: dict[str, Any],
    folder: Path,
    card: Callable[[dict[str, Any], int], str],
) -> None:
    """Writes weights as float16, sizes, log and card whole, in place of the old ones.

    Args:
        model: what was trained.
        config: what its class needs.
        log: of the training.
        folder: where.
        card: makes the model card of the log and the number of parameters.
    """
    weights = {name: t.cpu().half().contiguous() for name, t in model.state_dict().items()}
    with atomic_write(folder) as part:
        part.mkdir()
        save_file(weights, part / "model.safetensors")
        (part / "model.safetensors").chmod(
            0o644
        )  # it comes with 600, and a class shares the folder
        for name, content in (("config", config), ("pretraining", log)):
            text = json.dumps(content, indent=1) + "\n"
            (part / f"{name}.json").write_text(text, encoding="utf-8")
        count = sum(t.numel() for t in weights.values())
        (part / "README.md").write_text(card(log, count), encoding="utf-8")
    print(f"{folder}: {sum(f.stat().st_size for f in folder.iterdir()) / 1e6:.1f} MB")


def card(log: dict[str, Any], parameters: int) -> str:
    """The model card, with the log of the pretraining as a table."""
    rows = [
        f"| {int(step):,} | {int(step) * BATCH:,} | {right:.1%} |"
        for step, right in log["held-out accuracy"].items()
    ]
    return f"""---
pipeline_tag: image-classification
---
# cifar-vit-mini

A small Vision Transformer (Dosovitskiy et al., 2021) for teaching: {parameters:,} parameters, images of 32 × 32 pixels
in patches of 4, {SIZES["n_layers"]} blocks, the mean over the patches in place of a class token. It was pretrained from
scratch for Lab 07 by `data/pretrain_vit.py`. The tensors have the names that the lab's own class `ViT` gives them. They
are stored as float16.

**Data.** {log["images"]:,} of the 50,000 training images of CIFAR-10 (Krizhevsky, 2009), with their labels. The last
{HELD_OUT:,} were held out; the test images were not opened. This folder holds no image.

**Training.** {log["steps"]:,} steps of {BATCH} images, {log["images seen"]:,} images seen, mirrored and moved by up to
2 pixels; in nine steps of ten half of the patches were read. The first weights are local (Trockman & Kolter, 2023),
the optimizers Muon and AdamW. {log["seconds"] / 60:.0f} minutes on {log["hardware"]}.

| step | images seen | accuracy on the held-out images |
|---|---|---|
{chr(10).join(rows)}

**Limits.** It knows ten kinds of things in tiny photographs. It is a start for fine-tuning in a lesson, and for nothing
else.
"""


if __name__ == "__main__":
    main()
