"""Figures that every reader can use: real alt text, a visible caption, colors safe for color-blind readers."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch
    from IPython.display import DisplayHandle
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Okabe and Ito (2008): told apart by color-blind readers. Each line also has its own dashes, each class its own marker.
COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
DASHES = ("-", "--", "-.", ":")
MARKERS = ("o", "^", "s", "D", "v", "P")


def placeholder() -> DisplayHandle:
    """An empty place in the cell's output, which `show(..., handle=...)` fills again and again."""
    from IPython.display import HTML, DisplayHandle

    handle = DisplayHandle()
    handle.display(HTML(""))
    return handle


def show(fig: Figure, *, alt: str, caption: str, handle: DisplayHandle | None = None) -> None:
    """Displays a figure as HTML with alt text and a visible caption, and closes it.

    Args:
        fig: a matplotlib figure whose axes have a title and labels.
        alt: what the picture shows, for readers who cannot see it.
        caption: what to look for in it.
        handle: a placeholder; the figure then replaces what stands there.
    """
    import matplotlib.pyplot as plt
    from IPython.display import HTML, display

    buffer = io.BytesIO()
    fig.savefig(buffer, format="png", dpi=110, bbox_inches="tight")
    plt.close(fig)
    source = base64.b64encode(buffer.getvalue()).decode()
    html = HTML(
        f'<figure style="margin:0"><img alt="{escape(alt)}" style="max-width:100%" '
        f'src="data:image/png;base64,{source}"><figcaption>{escape(caption)}</figcaption></figure>'
    )
    if handle is None:
        display(html)
    else:
        handle.update(html)


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
        style = {"color": COLORS[i % len(COLORS)], "linestyle": DASHES[i % len(DASHES)]}
        ax.plot(horizontal, values, label=name, **style)
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
        style = {"c": color, "marker": MARKERS[label], "edgecolors": "black", "linewidths": 0.5}
        ax.scatter(own[:, 0], own[:, 1], s=18, label=f"class {label}", **style)
    ax.set(title=title, xlabel="x₁", ylabel="x₂", aspect="equal")
    ax.legend(loc="upper right")
