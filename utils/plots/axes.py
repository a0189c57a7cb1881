"""Draws on a pair of axes: curves, distributions, a decision boundary, a matrix as a heat map."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from utils.plots.inputs import array, require
from utils.plots.style import COLORS, DASHES, MARKERS, SHARES, diverging

if TYPE_CHECKING:
    import torch
    from matplotlib.axes import Axes

    from utils.plots.inputs import Numbers


def curves(
    ax: Axes,
    series: Mapping[str, Sequence[float]],
    *,
    title: str,
    xlabel: str,
    ylabel: str,
    x: Sequence[float] | None = None,
) -> None:
    """Draws named curves on one pair of axes, each with its own color and dashes.

    Args:
        ax: where to draw.
        series: name → values, one value per entry of `x`.
        title, xlabel, ylabel: the words of the axes.
        x: the common horizontal coordinates; 1, 2, 3, … when absent.
    """
    for i, (name, values) in enumerate(series.items()):
        horizontal = range(1, len(values) + 1) if x is None else x
        ax.plot(
            horizontal,
            values,
            label=name,
            color=COLORS[i % len(COLORS)],
            linestyle=DASHES[i % len(DASHES)],
            # a line of one point cannot be seen
            marker=MARKERS[i % len(MARKERS)] if len(values) == 1 else None,
        )
    if x is None:  # whole numbers, so no tick stands between them
        ax.locator_params(axis="x", integer=True)
    ax.set(title=title, xlabel=xlabel, ylabel=ylabel)
    ax.grid(alpha=0.3)
    if len(series) > 1:
        ax.legend()


def decision_boundary(
    ax: Axes,
    predict: Callable[[torch.Tensor], torch.Tensor],
    x: torch.Tensor,
    y: torch.Tensor,
    *,
    title: str,
) -> None:
    """Draws where a two-class model changes its mind, with the points it should separate.

    Args:
        ax: where to draw.
        predict: points (N, 2) → probability of class 1, (N,).
        x: points, (N, 2).
        y: their classes 0 or 1, (N,).
        title: the title of the axes.
    """
    import torch

    low, high = x.min(dim=0).values - 0.3, x.max(dim=0).values + 0.3
    horizontal = torch.linspace(low[0], high[0], 120, dtype=x.dtype)
    vertical = torch.linspace(low[1], high[1], 120, dtype=x.dtype)
    grid_x, grid_y = torch.meshgrid(horizontal, vertical, indexing="xy")
    points = torch.stack([grid_x.flatten(), grid_y.flatten()], dim=1)  # (14400, 2)
    probability = predict(points).detach().reshape(grid_x.shape)
    ax.contourf(grid_x, grid_y, probability, levels=11, vmin=0, vmax=1, cmap="cividis", alpha=0.7)
    if probability.min() < 0.5 < probability.max():
        ax.contour(grid_x, grid_y, probability, levels=[0.5], colors="black", linewidths=2)
    for label, color in enumerate(("#FFFFFF", "#D55E00")):
        own = x[y == label]
        ax.scatter(
            own[:, 0],
            own[:, 1],
            s=18,
            c=color,
            marker=MARKERS[label],
            edgecolors="black",
            linewidths=0.5,
            label=f"class {label}",
        )
    ax.set(title=title, xlabel="x₁", ylabel="x₂", aspect="equal")
    ax.legend(loc="upper right")


def distributions(
    ax: Axes,
    samples: Mapping[str, Numbers],
    *,
    title: str,
    xlabel: str,
    bins: int | Sequence[float] = 40,
) -> None:
    """Draws the densities of named samples of any shape over common bins, each with its own color and dashes.

    `bins` is their number, or their edges.
    """
    import seaborn as sns

    arrays = {name: array(values).ravel() for name, values in samples.items()}
    edges = np.histogram_bin_edges(np.concatenate(list(arrays.values())), bins)
    for i, (name, values) in enumerate(arrays.items()):
        sns.histplot(
            x=values,
            bins=edges,
            ax=ax,
            label=name,
            element="step",
            fill=False,
            stat="density",
            linewidth=1.8,
            color=COLORS[i % len(COLORS)],
            linestyle=DASHES[i % len(DASHES)],
        )
    ax.set(title=title, xlabel=xlabel, ylabel="density")
    ax.grid(alpha=0.3)
    ax.legend()


def heat_map(
    ax: Axes,
    matrix: Numbers,
    *,
    title: str,
    xlabel: str,
    ylabel: str,
    colorbar: str,
    center: float | None = None,
) -> None:
    """Draws a matrix (rows, columns), row 0 on top; entries that are not finite stay blank.

    With a `center`, that value is white, less is blue and more is orange. Raises ValueError for other shapes.
    """
    import seaborn as sns

    values = array(matrix).astype(float)
    require(values.ndim == 2, f"matrix must be (rows, columns), not {values.shape}")
    values[~np.isfinite(values)] = np.nan
    reach = 0.0
    if center is not None:
        reach = float(np.nanmax(np.abs(values - center), initial=0)) or 1.0
    inches = (ax.bbox.width / ax.figure.dpi, ax.bbox.height / ax.figure.dpi)
    ticks = [
        next(s for s in (1, 2, 5, 10, 20, 50, 100, 200, 500, n) if n / s <= size / 0.4 or s == n)
        for n, size in zip(values.shape[::-1], inches, strict=True)
    ]
    sns.heatmap(
        values,
        ax=ax,
        cmap=SHARES if center is None else diverging(),
        vmin=None if center is None else center - reach,
        vmax=None if center is None else center + reach,
        cbar_kws={"label": colorbar},
        xticklabels=ticks[0],
        yticklabels=ticks[1],
    )
    ax.tick_params(rotation=0)
    ax.set(title=title, xlabel=xlabel, ylabel=ylabel)
