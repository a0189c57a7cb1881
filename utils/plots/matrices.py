"""Figures of matrices of shares, with names of rows and columns that never overlap: attention and confusion."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from utils.plots.inputs import array, require, visible
from utils.plots.style import SHARES, WIDTH, ink

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from utils.plots.inputs import Numbers


def attention(
    weights: Numbers,
    query_tokens: Sequence[str],
    key_tokens: Sequence[str],
    *,
    title: str,
    layer_names: Sequence[str] | None = None,
) -> Figure:
    """A figure of attention weights: a heat map per head, queries down and keys across, all with colors from 0 to 1.

    Each layer is a row of maps; the many heads of a single layer take several. Few small maps also show the numbers.

    Args:
        weights: (T, S), (n_heads, T, S) or (n_layers, n_heads, T, S), in [0, 1].
        query_tokens, key_tokens: T and S strings; white space is made visible.
        title: the title of the figure.
        layer_names: n_layers strings; "layer 1", "layer 2", … when absent.

    Raises ValueError that names the axis whose size is another, or the range.
    """
    panels = panels_of(weights, query_tokens, key_tokens)
    layers, heads, T, S = panels.shape
    names = [f"layer {i + 1}" for i in range(layers)] if layer_names is None else layer_names
    fits = layers == len(names)
    require(fits, f"axis n_layers of weights is {layers}, not {len(names)} layer names")
    return _grid(
        panels,
        [visible(token) for token in query_tokens],
        [visible(token) for token in key_tokens],
        words=(title, "query (from)", "key (attends to)", "attention weight"),
        notes=np.char.mod("%.2f", panels) if layers * heads <= 4 and max(T, S) <= 8 else None,
        sides=names if layers > 1 or layer_names is not None else None,
    )


def panels_of(
    weights: Numbers, query_tokens: Sequence[str], key_tokens: Sequence[str]
) -> np.ndarray:
    """Attention weights as (n_layers, n_heads, T, S); ValueError as `attention` says."""
    shares = array(weights)
    form = "(T, S), (n_heads, T, S) or (n_layers, n_heads, T, S)"
    fits = 2 <= shares.ndim <= 4 and shares.size > 0
    require(fits, f"weights must be {form}, not {shares.shape}")
    panels = shares.reshape(*(1, 1, *shares.shape)[-4:])
    *_, T, S = panels.shape
    for axis, size, tokens, what in (("T", T, query_tokens, "query"), ("S", S, key_tokens, "key")):
        fits = size == len(tokens)
        require(fits, f"axis {axis} of weights is {size}, not {len(tokens)} {what} tokens")
    outside = ((shares < -0.01) | (shares > 1.01)).any()
    span = f"these reach from {shares.min():.3g} to {shares.max():.3g}"
    require(not outside, f"weights must lie in [0, 1], as after a softmax; {span}")
    return panels


def confusion_matrix(counts: Numbers, classes: Sequence[str], *, title: str) -> Figure:
    """A figure of which class is taken for which: numbers are counts (for up to 20 classes), colors shares of a row.

    `counts` (C, C) are whole numbers, rows true, columns predicted; anything else is a ValueError.
    """
    table = array(counts)
    C = len(classes)
    fits = table.shape == (C, C) and C > 0
    require(fits, f"counts must be (C, C) for {C} classes, not {table.shape}")
    fits = table.dtype.kind in "iu" and table.min() >= 0
    require(fits, "counts must be whole numbers, 0 or more")
    shares = table / table.sum(axis=1, keepdims=True).clip(1)
    notes = np.char.mod("%d", table)[None, None] if C <= 20 else None
    words = (title, "true", "predicted", "share of the true class")
    return _grid(shares[None, None], classes, classes, words=words, notes=notes)


def _inches(texts: Sequence[str], points: float) -> float:
    """The width of the widest text."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    font = FontProperties(size=points)
    return max(text_to_path.get_text_width_height_descent(s, font, False)[0] for s in texts) / 72


def _grid(
    panels: np.ndarray,
    rows: Sequence[str],
    columns: Sequence[str],
    *,
    words: tuple[str, str, str, str],
    notes: np.ndarray | None,
    sides: Sequence[str] | None = None,
) -> Figure:
    """A figure of heat maps (n_layers, n_heads, T, S) from 0 to 1, with `notes` in the cells and one color bar.

    `words` are the title and what the rows, columns and colors are; `sides` are the names of the layers.
    """
    import seaborn as sns
    from matplotlib.figure import Figure

    layers, heads, T, S = panels.shape
    # All is set in inches: only cells of a known size have names that never overlap.
    cell = min(0.3, 7.2 / max(T, S)) if notes is None else 0.5 if S <= 10 else 0.4
    across = heads if layers > 1 else min(heads, max(2, int(WIDTH / (S * cell))))
    across = math.ceil(heads / math.ceil(heads / across))
    cell = min(cell, WIDTH / (across * S))
    points = min(9, max(6, 0.8 * 72 * cell))
    every = math.ceil(1.1 * points / (72 * cell))
    turn = 90 if _inches(columns, points) > 0.9 * cell * every else 0
    wide, tall, gap = S * cell, T * cell, max(0.15, 0.6 - S * cell)
    head = 0.3 if heads > 1 else 0.05
    left = _inches(rows, points) + (0.6 if sides else 0.35)
    bottom = 0.35 + (_inches(columns, points) if turn else 0.15)
    right, top = (
        left + across * (wide + gap) - gap,
        bottom + math.ceil(layers * heads / across) * (tall + head),
    )
    width, height = right + 0.9, top + 0.35
    fig = Figure(figsize=(width, height))

    def axes_at(x: float, y: float, w: float, h: float) -> Axes:
        return fig.add_axes((x / width, y / height, w / width, h / height))

    fig.suptitle(words[0], y=1 - 0.05 / height, va="top")
    fig.supylabel(words[1], x=0.05 / width, y=(top + bottom) / 2 / height, ha="left", fontsize=10)
    fig.supxlabel(words[2], x=(left + right) / 2 / width, y=0.05 / height, fontsize=10)
    for k, panel in enumerate(panels.reshape(-1, T, S)):
        i, j = divmod(k, across)
        ax = axes_at(left + j * (wide + gap), top - (i + 1) * (tall + head), wide, tall)
        given = None if notes is None else notes.reshape(-1, T, S)[k]
        sns.heatmap(
            panel,
            vmin=0,
            vmax=1,
            cmap=SHARES,
            annot=given,
            fmt="",
            cbar=False,
            xticklabels=False,
            yticklabels=False,
            ax=ax,
        )
        colors = np.asarray(ax.collections[0].get_facecolor())  # (T · S, 4)
        for note in ax.texts:
            x, y = map(int, note.get_position())
            note.set(color=ink(colors[y * S + x]), fontsize=9)
        ax.set_title(f"head {k % heads + 1}" if heads > 1 else "", fontsize=10, pad=4)
        named = {"fontsize": points, "parse_math": False}
        if j == 0:
            ax.set_yticks(np.arange(0, T, every) + 0.5, rows[::every], **named)
            ax.set_ylabel(sides[k // heads] if sides else "")
        if k + across >= layers * heads:
            ax.set_xticks(np.arange(0, S, every) + 0.5, columns[::every], rotation=turn, **named)
        ax.tick_params(length=0)
    fig.colorbar(
        ax.collections[0],
        cax=axes_at(right + 0.15, bottom, 0.15, top - head - bottom),
        label=words[3],
    )
    return fig
