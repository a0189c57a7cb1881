"""Figures that every reader can use: real alt text, a visible caption, colors safe for color-blind readers."""

from __future__ import annotations

import base64
import io
import math
import textwrap
from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import torch
    from IPython.display import DisplayHandle
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap
    from matplotlib.figure import Figure

# Okabe and Ito (2008): told apart by color-blind readers. Each line also has its own dashes, each class its own marker.
COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
DASHES = ("-", "--", "-.", ":")
MARKERS = ("o", "^", "s", "D", "v", "P")
SHARES = "cividis"  # the colormap of every share from 0 to 1
WIDTH = 9.0  # inches; a notebook shrinks a much wider figure until its letters are too small


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

    Raises ValueError when the alt text or the caption is empty.
    """
    import matplotlib.pyplot as plt
    from IPython.display import HTML, display

    if not alt.strip():
        raise ValueError("alt is empty: say what the figure shows, for readers who cannot see it")
    _captioned("", caption)  # a missing caption is known before the slow part
    buffer = io.BytesIO()
    fig.savefig(buffer, format="png", dpi=110, bbox_inches="tight")
    plt.close(fig)
    png = buffer.getvalue()
    # A known size and a synchronous decoder keep the page still while an update replaces the picture.
    width, height = (int.from_bytes(png[i : i + 4], "big") for i in (16, 20))
    image = (
        f'<img alt="{escape(alt)}" width="{width}" height="{height}" decoding="sync" '
        f'style="max-width:100%;height:auto" src="data:image/png;base64,{base64.b64encode(png).decode()}">'
    )
    html = HTML(_captioned(image, caption))
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


def distributions(
    ax: Axes,
    samples: Mapping[str, Any],
    *,
    title: str,
    xlabel: str,
    bins: int | Sequence[float] = 40,
) -> None:
    """Draws the histograms of several samples over common bins, each with its own color and dashes.

    Args:
        ax: where to draw.
        samples: name → values of any shape, a tensor or numbers.
        title, xlabel: the words of the axes; the vertical one shows the density.
        bins: how many bins, or their edges.
    """
    import seaborn as sns

    arrays = {name: _array(values).ravel() for name, values in samples.items()}
    edges = np.histogram_bin_edges(np.concatenate(list(arrays.values())), bins)
    for i, (name, values) in enumerate(arrays.items()):
        style = {"color": COLORS[i % len(COLORS)], "linestyle": DASHES[i % len(DASHES)]}
        step = {"element": "step", "fill": False, "stat": "density", "linewidth": 1.8}
        sns.histplot(x=values, bins=edges, ax=ax, label=name, **step, **style)
    ax.set(title=title, xlabel=xlabel, ylabel="density")
    ax.grid(alpha=0.3)
    ax.legend()


def heat_map(
    ax: Axes,
    matrix: torch.Tensor | np.ndarray,
    *,
    title: str,
    xlabel: str,
    ylabel: str,
    colorbar: str,
    center: float | None = None,
) -> None:
    """Draws a matrix, row 0 on top, with a color bar. Entries that are not finite stay blank.

    Args:
        ax: where to draw.
        matrix: (rows, columns), numbers of any range.
        title, xlabel, ylabel, colorbar: the words of the axes and of the color bar.
        center: the value that stays white between blue (below) and orange (above).

    Raises ValueError when the matrix does not have two axes.
    """
    import seaborn as sns
    from matplotlib.ticker import MaxNLocator

    values = _array(matrix).astype(float)
    if values.ndim != 2:
        raise ValueError(f"matrix must be (rows, columns), not {values.shape}")
    values[~np.isfinite(values)] = np.nan
    colors: dict[str, Any] = {"cmap": SHARES}
    if center is not None:
        reach = np.nanmax(np.abs(values - center), initial=0) or 1
        colors = {"cmap": _diverging(), "vmin": center - reach, "vmax": center + reach}
    ticks = {"xticklabels": False, "yticklabels": False}
    sns.heatmap(values, ax=ax, cbar_kws={"label": colorbar}, **colors, **ticks)
    box = ax.get_window_extent().transformed(ax.figure.dpi_scale_trans.inverted())
    for axis, entries, inches in (
        (ax.xaxis, values.shape[1], box.width),
        (ax.yaxis, values.shape[0], box.height),
    ):
        locator = MaxNLocator(min(10, max(1, int(inches / 0.5))), steps=[1, 2, 5, 10], integer=True)
        shown = [int(i) for i in locator.tick_values(0, entries - 1) if 0 <= i < entries]
        axis.set_ticks([i + 0.5 for i in shown], map(str, shown))
    ax.set(title=title, xlabel=xlabel, ylabel=ylabel)


def image_grid(
    images: torch.Tensor | np.ndarray,
    labels: Sequence[str] | None = None,
    *,
    title: str,
    columns: int = 8,
) -> Figure:
    """A figure of images, row by row, each with its label below.

    Args:
        images: (N, 3, H, W) in color or (N, 1, H, W) in gray; uint8, or floats in [0, 1].
        labels: N texts; a long one is wrapped.
        title: the title of the figure.
        columns: how many images stand side by side at most.

    Raises ValueError when the shape, the type, the range or the number of labels is another.
    """
    from matplotlib.figure import Figure

    pixels = _array(images)
    if pixels.ndim != 4 or pixels.shape[1] not in (1, 3) or 0 in pixels.shape:
        raise ValueError(f"images must be (N, 3, H, W) or (N, 1, H, W), not {pixels.shape}")
    if labels is not None and len(labels) != len(pixels):
        raise ValueError(f"{len(pixels)} images need as many labels, not {len(labels)}")
    if pixels.dtype == np.uint8:
        pixels = pixels / 255
    low, high = pixels.min(), pixels.max()
    if pixels.dtype.kind != "f" or not -1e-3 <= low <= high <= 1 + 1e-3:
        raise ValueError(
            f"images must be uint8, or floats in [0, 1]; these are {pixels.dtype} from {low:.3g} to {high:.3g}"
        )
    across = min(columns, len(pixels))
    down = math.ceil(len(pixels) / across)
    side = min(1.8, WIDTH / across)  # inches
    tall = side * pixels.shape[2] / pixels.shape[3]
    wrapped = [textwrap.fill(_visible(s, keep=" "), int(side * 12)) for s in labels or ()]
    below = 0.1 + 0.16 * max((text.count("\n") + 1 for text in wrapped), default=0)
    height = 0.4 + down * (tall + below)
    fig = Figure(figsize=(across * side, height))
    fig.suptitle(title, y=1 - 0.05 / height, va="top")
    for i, image in enumerate(pixels.clip(0, 1).transpose(0, 2, 3, 1)):
        top = 0.4 + i // across * (tall + below) + tall
        ax = fig.add_axes((i % across / across, 1 - top / height, 0.94 / across, tall / height))
        ax.imshow(image, cmap="gray", vmin=0, vmax=1)
        ax.set(xticks=[], yticks=[])
        if wrapped:
            ax.set_xlabel(wrapped[i], fontsize=9, parse_math=False)
    return fig


def attention(
    weights: torch.Tensor | np.ndarray,
    query_tokens: Sequence[str],
    key_tokens: Sequence[str],
    *,
    title: str,
    layer_names: Sequence[str] | None = None,
) -> Figure:
    """A figure of attention weights: one heat map per head, one row of heat maps per layer.

    Rows are queries, columns are keys, and every map has the same color scale from 0 to 1. Few small maps also show
    the numbers; the many heads of a single layer take several rows.

    Args:
        weights: (T, S), (n_heads, T, S) or (n_layers, n_heads, T, S), in [0, 1].
        query_tokens: T tokens that attend.
        key_tokens: S tokens that are attended to.
        title: the title of the figure.
        layer_names: n_layers names; "layer 1", "layer 2", … when absent.

    Raises ValueError when a size or the range is another.
    """
    shares = _array(weights)
    if not 2 <= shares.ndim <= 4:
        form = "(T, S), (n_heads, T, S) or (n_layers, n_heads, T, S)"
        raise ValueError(f"weights must be {form}, not {shares.shape}")
    layers = shares.shape[0] if shares.ndim == 4 else 1
    names = [f"layer {i + 1}" for i in range(layers)] if layer_names is None else layer_names
    for axis, size, what in (
        ("T, the queries,", shares.shape[-2], query_tokens),
        ("S, the keys,", shares.shape[-1], key_tokens),
        ("n_layers", layers, names),
    ):
        if size != len(what) or size == 0:
            words = "layer names" if what is names else "tokens"
            raise ValueError(
                f"weights {shares.shape}: axis {axis} is {size}, but there are {len(what)} {words}"
            )
    if ((shares < -0.01) | (shares > 1.01)).any():
        raise ValueError(
            f"weights must lie in [0, 1], and these reach from {shares.min():.3g} to {shares.max():.3g}: "
            "use those after the softmax"
        )
    panels = shares.reshape(layers, -1, *shares.shape[-2:])
    few = panels.shape[0] * panels.shape[1] <= 4 and max(panels.shape[2:]) <= 8
    return _grid(
        panels,
        [_visible(token) for token in query_tokens],
        [_visible(token) for token in key_tokens],
        notes=np.char.mod("%.2f", panels) if few else None,
        sides=names if layers > 1 or layer_names is not None else (),
        words=(title, "query (from)", "key (attends to)", "attention weight"),
    )


def confusion_matrix(
    counts: torch.Tensor | np.ndarray, classes: Sequence[str], *, title: str
) -> Figure:
    """A figure of how often each class is taken for which: colors are shares of a row, numbers are counts.

    Args:
        counts: (C, C) whole numbers, rows true, columns predicted; more than 20 classes show colors only.
        classes: C names.
        title: the title of the figure.

    Raises ValueError when counts are not whole numbers of that shape.
    """
    table = _array(counts)
    if table.shape != (len(classes), len(classes)) or table.size == 0:
        raise ValueError(
            f"counts must be (C, C) for {len(classes)} classes, a row for each true class, not {table.shape}"
        )
    if table.dtype.kind not in "iu" or table.min() < 0:
        raise ValueError("counts must be whole numbers, 0 or more")
    shares = table / table.sum(axis=1, keepdims=True).clip(1)
    return _grid(
        shares[None, None],
        [_visible(name, keep=" ") for name in classes],
        [_visible(name, keep=" ") for name in classes],
        notes=np.char.mod("%d", table)[None, None] if len(table) <= 20 else None,
        words=(title, "true", "predicted", "share of the true class"),
    )


def token_text(tokens: Sequence[str], values: Any, *, caption: str) -> None:
    """Displays a text token by token, each on the color of its value and over the number itself.

    Args:
        tokens: T strings; a line ends after each newline.
        values: T finite numbers. Orange is above 0, blue below, white 0; the largest one has the full color.
        caption: what the numbers are and what to look for.

    Raises ValueError when there are not as many finite values as tokens, or no caption.
    """
    from IPython.display import HTML, display
    from matplotlib.colors import to_hex

    numbers = _array(values).astype(float)
    if numbers.shape != (len(tokens),) or not np.isfinite(numbers).all():
        raise ValueError(f"{len(tokens)} tokens need as many finite values, not {numbers.shape}")
    top = np.abs(numbers).max(initial=0) or 1.0
    sign = "+" if (numbers < 0).any() else ""
    form = f"{sign}.2f" if 0.1 <= top < 1000 else f"{sign}.2g"
    cells = []
    for token, color, number in zip(
        tokens, _diverging()(0.5 + numbers / top / 2), numbers, strict=True
    ):
        cells.append(
            '<span style="display:inline-block;vertical-align:top;margin:1px;padding:1px 4px;border-radius:3px;'
            f'text-align:center;line-height:1.25;background:{to_hex(color)};color:{_ink(color)}">'
            f"<span>{escape(_visible(token))}</span><br>"
            f'<span style="font-size:75%">{format(number, form).replace("-", "−")}</span></span>'
            + ("<br>" if "\n" in token else "")
        )
    display(HTML(_captioned(f"<div>{' '.join(cells)}</div>", caption)))


# What the functions above share


def _captioned(content: str, caption: str) -> str:
    """HTML content with its caption; ValueError when that is empty."""
    if not caption.strip():
        raise ValueError("caption is empty: say what to look for")
    return f'<figure style="margin:0">{content}<figcaption>{escape(caption)}</figcaption></figure>'


def _array(values: Any) -> np.ndarray:
    """Numbers, or a tensor of any device and type, as an array."""
    if hasattr(values, "detach"):
        values = values.detach().cpu()
        values = values.float() if values.is_floating_point() else values
    return np.asarray(values)


def _visible(text: str, keep: str = "") -> str:
    """The text with signs for white space, except what `keep` holds, and codes for what has no glyph."""
    signs = {" ": "␣", "\n": "⏎", "\t": "⇥"}
    shown = (
        c if c in keep else signs.get(c, c if c.isprintable() else ascii(c)[1:-1]) for c in text
    )
    return "".join(shown) or "∅"


def _diverging() -> Colormap:
    """Blue, white in the middle, orange: told apart by color-blind readers."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("blue-orange", [COLORS[0], "#FFFFFF", COLORS[1]])


def _ink(color: Sequence[float]) -> str:
    """Black or white, whichever is read better on a color (r, g, b) in [0, 1]: contrast 4.5 or more."""
    rgb = np.asarray(color[:3])
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    luminance = linear @ np.array([0.2126, 0.7152, 0.0722])  # WCAG 2.2
    return "#000000" if luminance > 0.179 else "#FFFFFF"


def _inches(texts: Sequence[str], size: float) -> float:
    """The width of the widest text in a font size of so many points."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    font = FontProperties(size=size)
    return max(text_to_path.get_text_width_height_descent(s, font, False)[0] for s in texts) / 72


def _grid(
    panels: np.ndarray,
    rows: Sequence[str],
    columns: Sequence[str],
    *,
    words: tuple[str, str, str, str],
    notes: np.ndarray | None,
    sides: Sequence[str] = (),
) -> Figure:
    """A figure of heat maps from 0 to 1 with one color bar.

    Args:
        panels: (n_layers, n_heads, T, S).
        rows, columns: T and S names of cells.
        words: the title, and what rows, columns and colors are.
        notes: the text of every cell, in the shape of panels.
        sides: n_layers names of the rows of maps.
    """
    import seaborn as sns
    from matplotlib.figure import Figure

    layers, heads, T, S = panels.shape
    cell = min(0.3, 7.2 / max(T, S)) if notes is None else 0.5 if T <= 10 else 0.4  # inches
    across = heads if layers > 1 else min(heads, max(2, int(WIDTH / (S * cell))))
    across = math.ceil(heads / math.ceil(heads / across))  # rows of equal length
    down = math.ceil(layers * heads / across)
    cell = min(cell, WIDTH / (across * S))
    size = min(9.0, max(6.0, 0.8 * 72 * cell))  # points
    every = math.ceil(1.1 * size / (72 * cell))  # only so many names fit
    upright = _inches(columns, size) > 0.9 * cell * every
    # The places of everything, in inches: cells of a known size are the only ones whose names never overlap.
    wide, tall, gap = S * cell, T * cell, max(0.15, 0.6 - S * cell)
    left = _inches(rows, size) + (0.7 if sides else 0.4)
    bottom = 0.45 + (_inches(columns, size) if upright else 0.15)
    head = 0.3 if heads > 1 else 0.1
    width = left + across * (wide + gap) + 0.8
    height = bottom + down * (tall + head) + 0.4
    fig = Figure(figsize=(width, height))
    title, ylabel, xlabel, bar = words
    fig.suptitle(title, y=1 - 0.05 / height, va="top")
    middle = (
        (left + (across * (wide + gap) - gap) / 2) / width,
        (1 - 0.4 / height + bottom / height) / 2,
    )
    fig.supylabel(ylabel, x=0.05 / width, y=middle[1], ha="left", fontsize=10)
    fig.supxlabel(xlabel, x=middle[0], y=0.05 / height, va="bottom", fontsize=10)
    named = {"fontsize": size, "parse_math": False}
    for k, panel in enumerate(panels.reshape(-1, T, S)):
        i, j = divmod(k, across)
        corner = left + j * (wide + gap), height - 0.4 - (i + 1) * (tall + head)
        box = (corner[0] / width, corner[1] / height, wide / width, tall / height)
        ax = fig.add_axes(box)
        given = None if notes is None else notes.reshape(-1, T, S)[k]
        text = {"annot": given, "fmt": "", "annot_kws": {"fontsize": 8}}
        plain = {"cbar": False, "xticklabels": False, "yticklabels": False}
        sns.heatmap(panel, vmin=0, vmax=1, cmap=SHARES, ax=ax, **plain, **text)
        mesh = ax.collections[0]
        for note in ax.texts:
            x, y = note.get_position()
            note.set_color(_ink(mesh.get_facecolors()[int(y) * S + int(x)]))
        if heads > 1:
            ax.set_title(f"head {k % heads + 1}", fontsize=10, pad=4)
        if j == 0:
            ax.set_yticks(np.arange(0, T, every) + 0.5, rows[::every], rotation=0, **named)
            ax.set_ylabel(sides[k // heads] if sides else "", fontsize=10)
        if k + across >= layers * heads:
            turn = 90 if upright else 0
            ax.set_xticks(np.arange(0, S, every) + 0.5, columns[::every], rotation=turn, **named)
        ax.tick_params(length=0, pad=3)
    bar_box = ((left + across * (wide + gap) - gap + 0.15) / width, bottom / height, 0.15 / width)
    cax = fig.add_axes((*bar_box, (height - 0.4 - head - bottom) / height))
    fig.colorbar(mesh, cax=cax, label=bar)
    return fig
