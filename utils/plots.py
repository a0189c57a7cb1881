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

    Numbers = torch.Tensor | np.ndarray | Sequence[float]

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

    _require(
        bool(alt.strip()), "alt is empty: say what the figure shows, for those who cannot see it"
    )
    _captioned("", caption)  # fails before the slow part
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


def animate(figures: Sequence[Figure], *, labels: Sequence[str], alt: str, caption: str) -> None:
    """Displays figures of one size as the frames of an animation with a slider and a play button, and closes them.

    The frames are embedded, so that it moves in JupyterLab, on Colab and in a saved page, without a network. It shows
    the last frame until the reader starts it; where a viewer takes the controls away, a frame stays.

    Args:
        figures: one figure per frame.
        labels: one line per frame that says which it is, such as "step 3".
        alt: what the frames show, for readers who cannot see them.
        caption: what to look for.

    Raises ValueError when the alt text or the caption is empty, when there are no figures or not as many labels, and
    when the figures differ in size.
    """
    import matplotlib.pyplot as plt
    from IPython.display import HTML, display

    _require(
        bool(alt.strip()), "alt is empty: say what the frames show, for those who cannot see them"
    )
    _captioned("", caption)  # fails before the slow part
    _require(len(figures) > 0, "there are no figures")
    _require(len(figures) == len(labels), f"{len(figures)} figures, but {len(labels)} labels")
    sizes = {tuple(fig.get_size_inches().tolist()) for fig in figures}
    _require(len(sizes) == 1, f"frames need one size; these have {sorted(sizes)} inches")
    last = len(figures) - 1
    images = []
    for i, (fig, label) in enumerate(zip(figures, labels, strict=True)):
        buffer = io.BytesIO()
        fig.savefig(buffer, format="png", dpi=80)
        plt.close(fig)
        png = base64.b64encode(buffer.getvalue()).decode()
        style = f"max-width:100%;height:auto;display:{'block' if i == last else 'none'}"
        images.append(
            f'<img alt="{escape(label)}: {escape(alt)}" title="{escape(label)}" style="{style}" '
            f'src="data:image/png;base64,{png}">'
        )
    # Handlers that find their frames from where they stand: no script tag and no id that a second view would repeat.
    turn = (
        "const f=this.closest('figure'),m=f.querySelectorAll('img');"
        "m.forEach((e,i)=>e.style.display=i==this.value?'block':'none');"
        "f.querySelector('output').textContent=m[this.value].title;"
        "this.setAttribute('aria-valuetext',m[this.value].title)"
    )
    play = (
        "const b=this,s=b.closest('figure').querySelector('input'),"
        "go=v=>{s.value=v;s.dispatchEvent(new Event('input'))},"
        "stop=()=>{clearInterval(b.timer);b.timer=0;b.textContent='Play'};"
        "if(b.timer){stop()}else{go(+s.value>=+s.max?0:s.value);b.textContent='Pause';"
        "b.timer=setInterval(()=>{+s.value>=+s.max||!b.isConnected?stop():go(+s.value+1)},800)}"
    )
    controls = (
        f'<div><button type="button" onclick="{escape(play)}">Play</button> '
        f'<input type="range" min="0" max="{last}" value="{last}" step="1" aria-label="frame" '
        f'aria-valuetext="{escape(labels[last])}" oninput="{escape(turn)}"> '
        f"<output>{escape(labels[last])}</output></div>"
    )
    display(HTML(_captioned("".join(images) + controls, caption)))


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
        if len(values) == 1:  # a line of one point cannot be seen
            style["marker"] = MARKERS[i % len(MARKERS)]
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

    values = _array(matrix).astype(float)
    _require(values.ndim == 2, f"matrix must be (rows, columns), not {values.shape}")
    values[~np.isfinite(values)] = np.nan
    colors: dict[str, Any] = {"cmap": SHARES}
    if center is not None:
        reach = np.nanmax(np.abs(values - center), initial=0) or 1
        colors = {"cmap": _diverging(), "vmin": center - reach, "vmax": center + reach}
    sizes = ax.figure.get_size_inches() * ax.get_position().size
    ticks = [
        next(s for s in (1, 2, 5, 10, 20, 50, 100, 200, 500, n) if n / s <= inches / 0.4 or s == n)
        for n, inches in zip(values.shape[::-1], sizes, strict=True)
    ]
    words = {"cbar_kws": {"label": colorbar}, "xticklabels": ticks[0], "yticklabels": ticks[1]}
    sns.heatmap(values, ax=ax, **colors, **words)
    ax.tick_params(rotation=0)
    ax.set(title=title, xlabel=xlabel, ylabel=ylabel)


def image_grid(
    images: Numbers, labels: Sequence[str] | None = None, *, title: str, columns: int = 8
) -> Figure:
    """A figure of images (N, 3 or 1, H, W), uint8 or floats in [0, 1], each over its label.

    Raises ValueError for another shape, type or range, and unless there are N labels or none.
    """
    from matplotlib.figure import Figure

    pixels = _array(images)
    fits = pixels.ndim == 4 and pixels.shape[1] in (1, 3) and pixels.size > 0
    _require(fits, f"images must be (N, 3, H, W) or (N, 1, H, W), not {pixels.shape}")
    texts = [""] * len(pixels) if labels is None else labels
    _require(len(texts) == len(pixels), f"{len(pixels)} images, but {len(texts)} labels")
    span = f"{pixels.dtype} from {pixels.min():.3g} to {pixels.max():.3g}"
    pixels = pixels / 255 if pixels.dtype == np.uint8 else pixels
    fits = pixels.dtype.kind == "f" and -1e-3 <= pixels.min() <= pixels.max() <= 1.001
    _require(fits, f"images must be uint8, or floats in [0, 1]; these are {span}")
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
    shares = _array(weights)
    form = "(T, S), (n_heads, T, S) or (n_layers, n_heads, T, S)"
    fits = 2 <= shares.ndim <= 4 and shares.size > 0
    _require(fits, f"weights must be {form}, not {shares.shape}")
    panels = shares.reshape(*(1, 1, *shares.shape)[-4:])
    layers, heads, T, S = panels.shape
    names = [f"layer {i + 1}" for i in range(layers)] if layer_names is None else layer_names
    for axis, size, given, what in (
        ("T", T, query_tokens, "query tokens"),
        ("S", S, key_tokens, "key tokens"),
        ("n_layers", layers, names, "layer names"),
    ):
        _require(size == len(given), f"axis {axis} of weights is {size}, not {len(given)} {what}")
    outside = ((shares < -0.01) | (shares > 1.01)).any()
    span = f"these reach from {shares.min():.3g} to {shares.max():.3g}"
    _require(not outside, f"weights must lie in [0, 1], as after a softmax; {span}")
    return _grid(
        panels,
        [_visible(token) for token in query_tokens],
        [_visible(token) for token in key_tokens],
        words=(title, "query (from)", "key (attends to)", "attention weight"),
        notes=np.char.mod("%.2f", panels) if layers * heads <= 4 and max(T, S) <= 8 else None,
        sides=names if layers > 1 or layer_names is not None else None,
    )


def confusion_matrix(counts: Numbers, classes: Sequence[str], *, title: str) -> Figure:
    """A figure of which class is taken for which: numbers are counts (for up to 20 classes), colors shares of a row.

    `counts` (C, C) are whole numbers, rows true, columns predicted; anything else is a ValueError.
    """
    table = _array(counts)
    C = len(classes)
    fits = table.shape == (C, C) and C > 0
    _require(fits, f"counts must be (C, C) for {C} classes, not {table.shape}")
    fits = table.dtype.kind in "iu" and table.min() >= 0
    _require(fits, "counts must be whole numbers, 0 or more")
    shares = table / table.sum(axis=1, keepdims=True).clip(1)
    notes = np.char.mod("%d", table)[None, None] if C <= 20 else None
    words = (title, "true", "predicted", "share of the true class")
    return _grid(shares[None, None], classes, classes, words=words, notes=notes)


def token_text(tokens: Sequence[str], values: Numbers, *, caption: str) -> None:
    """Displays tokens on the color of their values, orange above 0 and blue below, over the numbers themselves.

    Raises ValueError unless there are as many finite values as tokens, and a caption.
    """
    from IPython.display import HTML, display
    from matplotlib.colors import to_hex

    numbers = _array(values).astype(float)
    fits = numbers.shape == (len(tokens),) and np.isfinite(numbers).all()
    _require(fits, f"{len(tokens)} tokens need as many finite values, not {numbers.shape}")
    top = np.abs(numbers).max(initial=0) or 1
    form = ("+" if (numbers < 0).any() else "") + ("z.2f" if 0.1 <= top < 1000 else "z.2g")
    cells = []
    colors = _diverging()(0.5 + numbers / top / 2)
    for token, number, color in zip(tokens, numbers, colors, strict=True):
        style = f"text-align:center;background:{to_hex(color)};color:{_ink(color)}"
        amount = format(number, form).replace("-", "−")
        cells.append(
            f'<span style="display:inline-block;margin:1px;padding:0 4px;border-radius:3px;{style}">'
            f'{escape(_visible(token))}<br><span style="font-size:75%">{amount}</span></span>'
            + ("<br>" if "\n" in token else "")
        )
    display(HTML(_captioned(f'<div style="line-height:1.3">{" ".join(cells)}</div>', caption)))


def _require(condition: bool, otherwise: str) -> None:
    if not condition:
        raise ValueError(otherwise)


def _captioned(content: str, caption: str) -> str:
    """HTML content with its caption, which must not be empty."""
    _require(bool(caption.strip()), "caption is empty: say what to look for")
    return f'<figure style="margin:0">{content}<figcaption>{escape(caption)}</figcaption></figure>'


def _array(values: Numbers) -> np.ndarray:
    """Numbers, or a tensor of any device and type, as an array."""
    if hasattr(values, "detach"):
        values = values.detach().cpu()
        values = (values.float() if values.is_floating_point() else values).numpy()
    return np.asarray(values)


def _visible(token: str) -> str:
    """The token with signs for white space and codes for what else has no glyph."""
    signs = {" ": "␣", "\n": "⏎", "\t": "⇥"}
    return "".join(signs.get(c, c if c.isprintable() else ascii(c)[1:-1]) for c in token) or "∅"


def _diverging() -> Colormap:
    """Blue, white in the middle, orange."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("blue-orange", [COLORS[0], "#FFFFFF", COLORS[1]])


def _ink(color: Sequence[float]) -> str:
    """Black or white, whichever has a contrast of 4.5 or more (WCAG 2.2) on a color (r, g, b) in [0, 1]."""
    rgb = np.asarray(color[:3])
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return "#000000" if linear @ np.array([0.2126, 0.7152, 0.0722]) > 0.179 else "#FFFFFF"


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
    # Every place is set in inches: only cells of a known size have names that never overlap.
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

    def place(x: float, y: float, w: float, h: float) -> Axes:
        return fig.add_axes((x / width, y / height, w / width, h / height))

    fig.suptitle(words[0], y=1 - 0.05 / height, va="top")
    fig.supylabel(words[1], x=0.05 / width, y=(top + bottom) / 2 / height, ha="left", fontsize=10)
    fig.supxlabel(words[2], x=(left + right) / 2 / width, y=0.05 / height, fontsize=10)
    for k, panel in enumerate(panels.reshape(-1, T, S)):
        i, j = divmod(k, across)
        ax = place(left + j * (wide + gap), top - (i + 1) * (tall + head), wide, tall)
        given = None if notes is None else notes.reshape(-1, T, S)[k]
        plain = {"cbar": False, "xticklabels": False, "yticklabels": False}
        sns.heatmap(panel, vmin=0, vmax=1, cmap=SHARES, annot=given, fmt="", ax=ax, **plain)
        for note in ax.texts:
            x, y = map(int, note.get_position())
            note.set(color=_ink(ax.collections[0].get_facecolors()[y * S + x]), fontsize=9)
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
        cax=place(right + 0.15, bottom, 0.15, top - head - bottom),
        label=words[3],
    )
    return fig
