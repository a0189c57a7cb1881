"""Pretrains the small network that segments Lab 12's scenes by clicks and boxes.

    python data/pretrain_segment.py                                      # all of it, from nothing
    python data/pretrain_segment.py --masks-of FOLDER --steps 1000       # only how it rates its masks

The network, its loss, the scenes and the prompts are the lab's own, read from the cells of its source: the weights load
into what a student writes. Four kinds of shapes and four hues are left out of the training. A checkpoint is saved every
minute; after an interruption the same command goes on where it was. Needs no data and no network.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import torch
from pretrain_scenes import rise_and_fall
from pretrain_vit import lab_cells, save
from safetensors.torch import load_file
from torch import nn

from utils import device as devices
from utils import training
from utils.batches import Batches

LAB = "12_beyond_text"
CELLS = (
    "imports",
    "click_kinds",
    "click_scenes",
    "fourier_features",
    "prompt_tokens",
    "two_layers",
    "two_way",
    "mask_logits",
    "rated_best",
    "encoder",
    "segmenter",
    "iou",
    "best_of_three",
    "segment_loss",
    "random_prompts",
    "measured_clicks",
)
FOLDER = Path(__file__).parent / "models" / "segment-mini"
SIZES = {"d_model": 64, "n_layers": 3, "n_heads": 4, "channels": 32, "patch": 4}
BATCH, SCENES, HELD_OUT = 24, 12_000, 300


def optimizers(model: nn.Module) -> list[torch.optim.Optimizer]:
    """Muon for the matrices of the encoder's and the decoder's blocks, AdamW for the rest."""
    hidden = [p for part in ("blocks", "two_way") for p in model.get_submodule(part).parameters()]
    return training.muon_and_adamw(model, hidden, muon_lr=0.02, adamw_lr=3e-3)


def keep_masks(model: nn.Module, folder: Path) -> list[torch.optim.Optimizer]:
    """Loads all but the ratings of a model from a folder, and leaves nothing but the ratings to be trained."""
    weights = load_file(folder / "model.safetensors")
    rating = {name: value for name, value in model.state_dict().items() if "to_iou." in name}
    model.load_state_dict(weights | rating)
    model.requires_grad_(False).get_submodule("to_iou").requires_grad_(True)
    return [training.adamw(model, lr=3e-3)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=6_000, help="length of the training")
    parser.add_argument("--masks-of", type=Path, help="a model whose masks stay as they are")
    parser.add_argument("--out", type=Path, default=FOLDER)
    arguments = parser.parse_args()

    lab = lab_cells(LAB, CELLS)
    seen = lab["SEEN_KINDS"], lab["SEEN_HUES"]
    images, masks = lab["click_scenes"](SCENES, *seen, seed=1_000)
    held_out = lab["click_scenes"](HELD_OUT, *seen, seed=1_001)
    print(f"{len(images):,} scenes drawn", flush=True)

    devices.seed_everything(0)
    device = devices.get_device()
    model = lab["Segmenter"](**SIZES).to(device)
    kept = arguments.masks_of
    history = training.fit(
        model,
        Batches(images, masks, batch_size=BATCH, device=device, seed=0, augment=lab["asked_twice"]),
        lab["segment_loss"],
        steps=arguments.steps,
        optimizer=keep_masks(model, kept) if kept else optimizers(model),
        schedule=rise_and_fall,
        precision=torch.float32,
        evaluate=lambda model: clicked(lab, model, held_out),
        evaluate_every=500,
        checkpoint=FOLDER.name + ("-ratings" if kept else ""),
        title=FOLDER.name,
    )
    log = {
        "steps": history.steps,
        "scenes seen": history.samples,
        "scenes": len(images),
        "seconds": round(history.seconds),
        "hardware": devices.describe(device),
        "held-out": {
            step: {name: values[i] for name, values in history.metrics.items()}
            for i, step in enumerate(history.evaluated_at)
        },
    }
    if kept:
        before = json.loads((kept / "pretraining.json").read_text(encoding="utf-8"))
        log["masks"] = before.get("masks", before)
    save(model, SIZES, log, arguments.out, card)


def clicked(
    lab: dict[str, Any], model: nn.Module, held_out: tuple[torch.Tensor, torch.Tensor]
) -> dict[str, float]:
    """Mean IoUs of one click into each held-out scene, printed too."""
    found: dict[str, float] = lab["measured_clicks"](model, *held_out, seed=0)
    print(", ".join(f"{name} {value:.3f}" for name, value in found.items()), flush=True)
    return found


def card(log: dict[str, Any], parameters: int) -> str:
    """The model card, with the log of the pretraining as a table."""
    rows = [
        f"| {int(step):,} | {int(step) * BATCH:,} | {found['clear']:.3f} | {found['of three']:.3f} |"
        for step, found in log["held-out"].items()
    ]
    trained = f"{log['steps']:,} steps of {BATCH} scenes with two prompts each, {log['scenes seen']:,} scenes seen"
    where = f"{log['seconds'] / 60:.0f} minutes on {log['hardware']}, shared with other work"
    made = f"{trained}. Muon for the matrices of the blocks, AdamW for the rest; {where}."
    if masks := log.get("masks"):
        steps = masks["steps"] + masks.get("steps before", 0)
        made = f"""Encoder and masks are those of an earlier training of {steps:,} steps, which went by the clock and
cannot be repeated to the last bit: `--masks-of` keeps them. In it the ratings saw no mask, and chose badly. The network
that rates was then trained alone: {trained}. AdamW; {where}."""
    return f"""---
pipeline_tag: mask-generation
---
# segment-mini

A small promptable segmenter (Kirillov et al., 2023) for teaching: {parameters:,} numbers, images of 32 × 32 pixels
in patches of {SIZES["patch"]}, an image encoder with {SIZES["n_layers"]} blocks of width {SIZES["d_model"]}, a mask
decoder with two two-way blocks, three masks with predicted IoUs. It was pretrained from scratch for Lab 12 by
`data/pretrain_segment.py`, with the lab's own class and loss. The weights are stored as float16.

**Data.** {log["scenes"]:,} scenes of two or three shapes with textures, overlap and parts, drawn by the lab's own code.
No star, cross, crescent or heart is among them, and none of four hues: those are left for the test.

**Training.** {made}

Below, mean IoUs on {HELD_OUT} held-out scenes of trained kinds, from one random click each: of the mask that the model
rates best, where the click is on no part; and of the best of three, for all clicks.

| step | scenes seen | clear clicks | best of three |
|---|---|---|---|
{chr(10).join(rows)}

**Limits.** It knows drawn shapes on a soft background, and the edges that their colors make.
"""


if __name__ == "__main__":
    main()
