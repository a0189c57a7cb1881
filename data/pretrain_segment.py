"""Pretrains the small network that segments Lab 12's scenes by clicks and boxes.

    python data/pretrain_segment.py                                                      # all of it, from nothing
    python data/pretrain_segment.py --masks-of data/models/segment-mini --steps 3000     # what rates the masks, anew

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
    "covered",
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


@torch.no_grad()
def rated_prompts(
    lab: dict[str, Any], model: nn.Module, batches: Batches
) -> tuple[torch.Tensor, torch.Tensor]:
    """What a model's ratings go by, (N, 3, n), and the IoUs (N, 3) that they should say, for a pass of batches."""
    seen: list[torch.Tensor] = []
    hook = model.get_submodule("to_iou").register_forward_pre_hook(
        lambda _, inputs: seen.append(inputs[0])
    )
    actual = []
    for images, points, labels, targets in batches:
        encoded = [t.repeat_interleave(2, dim=0) for t in model.encode(images)]
        logits, _ = model.decode(*encoded, points, labels)
        actual.append(lab["iou"](logits > 0, targets[:, None]))
    hook.remove()
    return torch.cat(seen), torch.cat(actual)


def train_ratings(
    model: nn.Module, seen: torch.Tensor, actual: torch.Tensor, steps: int
) -> training.History:
    """Trains a model's last two layers alone, on inputs that are standardized; the first takes that over."""
    deviation, mean = torch.std_mean(seen, dim=(0, 1))
    deviation = deviation + 1e-3
    layers = model.get_submodule("to_iou")
    first: nn.Linear = layers.get_submodule("0")
    history = training.fit(
        layers,
        Batches((seen - mean) / deviation, actual, batch_size=256, seed=0),
        lambda layers, batch: nn.functional.mse_loss(
            layers(batch[0]).squeeze(-1).sigmoid(), batch[1]
        ),
        steps=steps,
        lr=2e-3,
        precision=torch.float32,
        checkpoint=f"{FOLDER.name}-ratings",
        title="ratings",
    )
    with torch.no_grad():
        first.weight /= deviation
        first.bias -= first.weight @ mean
    return history


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=6_000, help="length of the training")
    parser.add_argument("--masks-of", type=Path, help="a model whose masks stay as they are")
    parser.add_argument("--out", type=Path, default=FOLDER)
    arguments = parser.parse_args()

    lab = lab_cells(LAB, CELLS)
    seen_kinds = lab["SEEN_KINDS"], lab["SEEN_HUES"]
    images, masks = lab["click_scenes"](SCENES, *seen_kinds, seed=1_000)
    held_out = lab["click_scenes"](HELD_OUT, *seen_kinds, seed=1_001)
    print(f"{len(images):,} scenes drawn", flush=True)

    devices.seed_everything(0)
    device = devices.get_device()
    model = lab["Segmenter"](**SIZES).to(device)
    batches = Batches(
        images, masks, batch_size=BATCH, device=device, seed=0, augment=lab["asked_twice"]
    )
    log: dict[str, Any] = {"scenes": len(images), "hardware": devices.describe(device)}
    if folder := arguments.masks_of:
        ratings = {name: t for name, t in model.state_dict().items() if "to_iou." in name}
        model.load_state_dict(load_file(folder / "model.safetensors") | ratings)
        history = train_ratings(model, *rated_prompts(lab, model, batches), arguments.steps)
        log["held-out"] = {history.steps: clicked(lab, model, held_out)}
        before = json.loads((folder / "pretraining.json").read_text(encoding="utf-8"))
        log["masks"] = before.get("masks", before)
    else:
        history = training.fit(
            model,
            batches,
            lab["segment_loss"],
            steps=arguments.steps,
            optimizer=optimizers(model),
            schedule=rise_and_fall,
            precision=torch.float32,
            evaluate=lambda model: clicked(lab, model, held_out),
            evaluate_every=500,
            checkpoint=FOLDER.name,
            title=FOLDER.name,
        )
        log["held-out"] = {
            step: {name: values[i] for name, values in history.metrics.items()}
            for i, step in enumerate(history.evaluated_at)
        }
    log |= {"steps": history.steps, "seconds": round(history.seconds)}
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
        f"| {int(step):,} | {found['clear']:.3f} | {found['of three']:.3f} |"
        for step, found in log["held-out"].items()
    ]
    where = f"{log['seconds'] / 60:.0f} minutes on {log['hardware']}, shared with other work"
    made = f"""{log["steps"]:,} steps of {BATCH} scenes with two prompts each. Muon for the matrices of the blocks,
AdamW for the rest; {where}."""
    if masks := log.get("masks"):
        steps = masks["steps"] + masks.get("steps before", 0)
        made = f"""Encoder and masks were trained before, in {steps:,} steps of {BATCH} scenes with two prompts
each, by the clock, so that this cannot be repeated to the last bit. What rates the masks was then trained alone, with
`--masks-of`: two prompts for each scene, {log["steps"]:,} steps of 256 prompts, AdamW."""
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

| step | clear clicks | best of three |
|---|---|---|
{chr(10).join(rows)}

**Limits.** It knows drawn shapes on a soft background, and the edges that their colors make.
"""


if __name__ == "__main__":
    main()
