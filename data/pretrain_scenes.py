"""Pretrains the small denoiser that draws Lab 12's scenes of two shapes.

    python data/pretrain_scenes.py

The model and the scenes are the lab's own, read from the cells of its source: the weights load into the
lab's class. Every sentence with one of four pairs of a color and a kind is left out of the training. A checkpoint is
saved every minute; after an interruption the same command goes on where it was. Needs no data and no network.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import torch
from pretrain_vit import lab_cells, save
from torch import nn

from utils import device as devices
from utils import training
from utils.batches import Batch, Batches

LAB = "12_beyond_text"
CELLS = (
    "imports",
    "noised",
    "step_back",
    "cross_attention",
    "block",
    "denoiser",
    "guided",
    "sample",
    "scene_words",
    "scene_drawing",
    "scene_judge",
)
FOLDER = Path(__file__).parent / "models" / "scenes-dit-mini"
SIZES = {"channels": 3, "side": 24, "patch": 4, "n_words": 7, "vocabulary": 15}
SIZES |= {"d_model": 96, "n_layers": 3, "n_heads": 4}
BATCH, SCENES, JUDGED = 32, 40_000, 50


def seen_prompts(lab: dict[str, Any], count: int, generator: torch.Generator) -> torch.Tensor:
    """Random sentences (count, 7) without the pairs that the training leaves out."""
    drawn = lab["scene_prompts"](3 * count, generator)
    kept: torch.Tensor = drawn[~lab["is_unseen"](drawn)][:count]
    return kept


def as_floats(scenes: torch.Tensor, prompts: torch.Tensor, *, generator: torch.Generator) -> Batch:
    """Scenes of bytes (B, 3, H, W) as numbers from -1 to 1; as bytes all of them need a quarter of the memory."""
    return scenes / 127.5 - 1, prompts


def late_loss(
    lab: dict[str, Any], model: nn.Module, batch: Batch, drop: float = 0.1
) -> torch.Tensor:
    """The lab's loss, at times that are more often near the noise: what is drawn, and where, is settled there."""
    scenes, prompts = batch
    t = torch.rand(len(scenes), device=scenes.device).sqrt()
    x, v = lab["noised"](scenes, torch.randn_like(scenes), t)
    dropped = torch.rand(len(scenes), device=scenes.device) < drop
    return nn.functional.mse_loss(model(x, t, prompts.masked_fill(dropped[:, None], 0)), v)


def rise_and_fall(progress: float) -> float:
    """Up in the first twentieth of the training, then down to 0 in a straight line."""
    return min(progress / 0.05, (1 - progress) / 0.95)


def optimizers(model: nn.Module) -> list[torch.optim.Optimizer]:
    """Muon for the matrices of the blocks and of the reader of words, AdamW for the rest."""
    hidden = [p for name in ("blocks", "reader") for p in model.get_submodule(name).parameters()]
    return training.muon_and_adamw(model, hidden, muon_lr=0.02, adamw_lr=3e-3, muon_decay=0.05)


def share_right(lab: dict[str, Any], model: nn.Module, device: torch.device) -> dict[str, float]:
    """The shares of seen and of unseen sentences that the model draws right."""
    generator = torch.Generator().manual_seed(1)
    drawn = lab["scene_prompts"](6 * JUDGED, generator)
    unseen = lab["is_unseen"](drawn)
    shares = {}
    for name, chosen in (("seen", drawn[~unseen][:JUDGED]), ("unseen", drawn[unseen][:JUDGED])):
        noise = torch.randn(len(chosen), 3, 24, 24, generator=generator).to(device)
        images = lab["sample"](model, noise, chosen.to(device), 20, 2.0).float().cpu()
        shares[name] = sum(map(lab["is_right"], images, chosen)) / len(chosen)
    print(f"right: {shares['seen']:.0%} seen, {shares['unseen']:.0%} unseen", flush=True)
    return shares


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=6_000, help="length of the training")
    parser.add_argument("--out", type=Path, default=FOLDER)
    arguments = parser.parse_args()

    lab = lab_cells(LAB, CELLS)
    generator = torch.Generator().manual_seed(0)
    prompts = seen_prompts(lab, SCENES, generator)
    scenes = torch.stack([lab["draw_scene"](prompt, generator) for prompt in prompts])
    scenes = ((scenes + 1) * 127.5).round().byte()
    print(f"{len(scenes):,} scenes drawn", flush=True)

    devices.seed_everything(0)
    device = devices.get_device()
    model = lab["Denoiser"](**SIZES).to(device)
    history = training.fit(
        model,
        Batches(scenes, prompts, batch_size=BATCH, device=device, seed=0, augment=as_floats),
        lambda model, batch: late_loss(lab, model, batch),
        steps=arguments.steps,
        optimizer=optimizers(model),
        schedule=rise_and_fall,
        precision=torch.float32,
        evaluate=lambda model: share_right(lab, model, device),
        evaluate_every=-(-arguments.steps // 4),
        checkpoint=FOLDER.name,
        title=FOLDER.name,
    )
    log = {
        "steps": history.steps,
        "images seen": history.samples,
        "scenes": len(scenes),
        "seconds": round(history.seconds),
        "hardware": devices.describe(device),
        "right": {
            step: {name: values[i] for name, values in history.metrics.items()}
            for i, step in enumerate(history.evaluated_at)
        },
    }
    save(model, SIZES, log, arguments.out, card)


def card(log: dict[str, Any], parameters: int) -> str:
    """The model card, with the log of the pretraining as a table."""
    rows = [
        f"| {int(step):,} | {int(step) * BATCH:,} | {right['seen']:.0%} | {right['unseen']:.0%} |"
        for step, right in log["right"].items()
    ]
    return f"""---
pipeline_tag: text-to-image
---
# scenes-dit-mini

A small diffusion transformer (Peebles & Xie, 2023) for teaching: {parameters:,} parameters, images of 24 × 24 pixels in
patches of 4, {SIZES["n_layers"]} blocks of width {SIZES["d_model"]} in which patches ask the seven words of a sentence
by cross-attention. It says the image behind the noise, and so the velocity
(Salimans & Ho, 2022). It was pretrained from scratch for Lab 12 by
`data/pretrain_scenes.py`, with the lab's own class. The weights are stored as float16.

**Data.** {log["scenes"]:,} scenes of two shapes, drawn by the lab's own code, with sentences such as *large red circle
above small blue square*. No sentence has a red circle, a green square, a blue triangle or a yellow cross in it: those
are left for the question whether it puts words together that it never met together.

**Training.** {log["steps"]:,} steps of {BATCH} scenes, {log["images seen"]:,} in all, at times drawn more often near
the noise; in one of ten the words are left out. Muon for the matrices of the blocks and of the reader of words, AdamW
for the rest; {log["seconds"] / 60:.0f} minutes on {log["hardware"]}, shared with other work. The shares are of {JUDGED}
sentences each, drawn in 20 steps with guidance of scale 2, right in both sizes, colors and kinds and in the relation.

| step | images seen | seen sentences right | unseen sentences right |
|---|---|---|---|
{chr(10).join(rows)}

**Limits.** It knows four kinds of shapes in four colors, two at a time.
"""


if __name__ == "__main__":
    main()
