"""Whole figures: the learning curves of a training, and a grid of images."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from utils.plots.axes import curves
from utils.plots.inputs import array, require
from utils.plots.style import WIDTH

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from utils.history import History
    from utils.plots.inputs import Numbers


def learning_curves(history: History, *, title: str = "Training") -> Figure:
    """A figure of a training's loss and, beside it, its metrics against the step."""
    import matplotlib.pyplot as plt

    panels = 2 if history.metrics else 1
    fig, axes = plt.subplots(1, panels, figsize=(10, 3.2), squeeze=False, layout="constrained")
    curves(axes[0, 0], {"loss": history.loss}, title=title, xlabel="step", ylabel="training loss")
    if history.metrics:
        names = list(history.metrics)
        curves(
            axes[0, 1],
            history.metrics,
            title=title,
            xlabel="step",
            ylabel=names[0] if len(names) == 1 else "metrics",
            x=history.evaluated_at,
        )
    return fig


def image_grid(
    images: Numbers, labels: Sequence[str] | None = None, *, title: str, columns: int = 8
) -> Figure:
    """A figure of images (N, 3 or 1, H, W), uint8 or floats in [0, 1], each over its label.

    Raises ValueError for another shape, type or range, and unless there are N labels or none.
    """
    from matplotlib.figure import Figure

    pixels = array(images)
    fits = pixels.ndim == 4 and pixels.shape[1] in (1, 3) and pixels.size > 0
    require(fits, f"images must be (N, 3, H, W) or (N, 1, H, W), not {pixels.shape}")
    texts = [""] * len(pixels) if labels is None else labels
    require(len(texts) == len(pixels), f"{len(pixels)} images, but {len(texts)} labels")
    span = f"{pixels.dtype} from {pixels.min():.3g} to {pixels.max():.3g}"
    pixels = pixels / 255 if pixels.dtype == np.uint8 else pixels
    fits = pixels.dtype.kind == "f" and -1e-3 <= pixels.min() <= pixels.max() <= 1.001
    require(fits, f"images must be uint8, or floats in [0, 1]; these are {span}")
    across = min(columns, len(pixels))
    side = min(1.8, WIDTH / across)
    texts = [textwrap.fill(text, int(side * 12)) for text in texts]
    tall = side * pixels.shape[2] / pixels.shape[3]
    row = tall + 0.1 + 0.16 * max(text.count("\n") + bool(text) for text in texts)
    height = 0.4 + math.ceil(len(pixels) / across) * row
    fig = Figure(figsize=(across * side, height))
    fig.suptitle(title, y=1 - 0.05 / height, va="top")
    for i, image in enumerate(pixels.clip(0, 1).transpose(0, 2, 3, 1)):
        bottom = height - 0.4 - i // across * row - tall
        ax = fig.add_axes((i % across / across, bottom / height, 0.94 / across, tall / height))
        ax.imshow(image, cmap="gray", vmin=0, vmax=1)
        ax.set(xticks=[], yticks=[])
        ax.set_xlabel(texts[i], fontsize=9, parse_math=False)
    return fig
