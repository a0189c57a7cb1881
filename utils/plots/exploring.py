"""Figures that answer a reader's hand: who attends to whom, which token may come next, and how sure a model is.

They are HTML with all that they need, so that they work in JupyterLab, on Colab and in a saved page, without a network.
Where a viewer takes the controls away, what they show at first stays.
"""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from utils.plots.inputs import array, require, visible
from utils.plots.matrices import panels_of
from utils.plots.showing import captioned, display_html
from utils.plots.style import COLORS

if TYPE_CHECKING:
    from utils.plots.inputs import Numbers

BARS = 12  # of the most probable tokens
BINS = 10  # of equal width over [0, 1], as in the expected calibration error
KEPT = (1, 2, 3, 5, 10, 20, 50, 100, 200, 500, 1000, 2000)  # what the slider of top-k offers
LINE = "display:flex;flex-wrap:wrap;gap:2px;align-items:center;margin:4px 0"
DARK = 0.92  # white letters on a blue of this share and above, black ones below: contrast of 4.5 or more


def explore_attention(
    weights: Numbers, query_tokens: Sequence[str], key_tokens: Sequence[str], *, caption: str
) -> None:
    """Displays tokens to point at: the others then carry the weights with which the chosen one attends to them.

    At first it shows the last query of the last head. A mouse, a finger or the tab key chooses another; the head is
    chosen in a list.

    Args:
        weights: (T, S), (n_heads, T, S) or (n_layers, n_heads, T, S), in [0, 1].
        query_tokens, key_tokens: T and S strings; white space is made visible.
        caption: what to look for.

    Raises ValueError that names the axis whose size is another, or the range, and without a caption.
    """
    panels = panels_of(weights, query_tokens, key_tokens)
    asking, asked = ([visible(token) for token in tokens] for tokens in (query_tokens, key_tokens))
    queries = _queries(asking)
    keys = " ".join(map(_key, asked, panels[-1, -1, -1]))
    content = f'<div style="{LINE}">Keys (attends to): {keys}</div>'
    _display_attention(panels, asking, asked, queries + content, caption)


def explore_patches(
    weights: Numbers,
    picture: Numbers,
    grid: tuple[int, int],
    query_tokens: Sequence[str] = (),
    *,
    alt: str,
    caption: str,
) -> None:
    """Displays a picture whose patches are dark where the chosen query attends to them little.

    Queries are the tokens above the picture, and after them, where the weights have rows for them, the patches. At
    first it shows the last head, and the last token or the patch in the middle.

    Args:
        weights: (T, S), (n_heads, T, S) or (n_layers, n_heads, T, S), in [0, 1]; S patches, row by row.
        picture: (H, W, 3), in [0, 1].
        grid: how many patches the picture is high and wide.
        query_tokens: T strings, or T − S.
        alt: what the picture shows, for readers who cannot see it.
        caption: what to look for.

    Raises ValueError that names the axis whose size is another, or the range, and without alt text or a caption.
    """
    from matplotlib.image import imsave

    require(
        bool(alt.strip()), "alt is empty: say what the picture shows, for those who cannot see it"
    )
    patches = [f"row {i + 1}, column {j + 1}" for i in range(grid[0]) for j in range(grid[1])]
    tokens = [visible(token) for token in query_tokens]
    ask_too = array(weights).shape[-2:-1] != (len(tokens),)
    asking = tokens + patches * ask_too
    panels = panels_of(weights, asking, patches)
    colors = array(picture).astype(float)
    fits = colors.ndim == 3 and colors.shape[-1] == 3 and 0 <= colors.min() <= colors.max() <= 1
    require(
        fits, f"the picture must be (H, W, 3) in [0, 1], not {colors.shape} up to {colors.max()}"
    )
    first = len(tokens) + (grid[0] // 2) * grid[1] + grid[1] // 2 if ask_too else len(tokens) - 1
    row = panels[-1, -1, first]
    buffer = io.BytesIO()
    imsave(buffer, colors, format="png")
    png = base64.b64encode(buffer.getvalue()).decode()
    here = "grid-area:1/1;width:100%;height:100%"
    still = f"{here};padding:0;border-radius:0;image-rendering:pixelated"
    cells = "".join(
        _patch(name, float(weight / row.max()), ask_too, ask_too and i == first - len(tokens))
        for i, (name, weight) in enumerate(zip(patches, row, strict=True))
    )
    content = (
        f'<div style="display:grid;width:24em;max-width:100%;aspect-ratio:{colors.shape[1]}/{colors.shape[0]}">'
        f'<img alt="{escape(alt)}" style="{still}" src="data:image/png;base64,{png}">'
        f'<div style="{here};display:grid;grid-template-columns:repeat({grid[1]},1fr)">{cells}</div></div>'
    )
    queries = _queries(tokens, pressed=not ask_too) if tokens else ""
    _display_attention(panels, asking, patches, queries + content, caption, first, patches="")


def explore_next_token(logits: Numbers, tokens: Sequence[str], *, caption: str) -> None:
    """Displays the probabilities of the next token as bars, over sliders for the temperature, top-k and top-p.

    Top-k keeps the k largest, top-p of those the fewest that together have the share p; the temperature then divides
    the logits of what is left. At first nothing is left out, at temperature 1.

    Args:
        logits: (V,), finite.
        tokens: V strings; white space is made visible.
        caption: what to look for.

    Raises ValueError unless there are as many finite logits as tokens, and a caption.
    """
    scores = array(logits).astype(float)
    fits = scores.shape == (len(tokens),) and len(tokens) > 0 and np.isfinite(scores).all()
    require(fits, f"{len(tokens)} tokens need as many finite logits, not {scores.shape}")
    order = np.argsort(-scores, kind="stable")
    scores = scores[order].round(3)
    shares = np.exp(scores - scores[0])
    shares /= shares.sum()
    shown = shares[:BARS].tolist()
    names = [visible(tokens[i]) for i in order[:BARS]] + [f"{len(tokens) - len(shown)} others"]
    bars = "".join(map(_bar, names, [*shown, shares[BARS:].sum()]))
    steps = [k for k in KEPT if k < len(tokens)] + [len(tokens)]
    sliders = (
        _slider("temperature", "0.1", "2", "0.05", "1", said="1.00")
        + _slider(
            "top-k", "0", str(len(steps) - 1), "1", str(len(steps) - 1), f"all {len(tokens)}", steps
        )
        + _slider("top-p", "0.05", "1", "0.05", "1", said="1.00")
    )
    content = (
        f'{sliders}<table style="width:100%;max-width:40em"><tbody>{bars}</tbody></table>'
        f'<div role="status">{len(tokens)} of {len(tokens)} tokens can follow</div>'
    )
    numbers = json.dumps(scores.tolist(), separators=(",", ":"))
    heard = {"oninput": f"{_script()}draw(this)"}
    display_html(captioned(content, caption, **heard, **{"data-logits": numbers}))


def explore_calibration(confidence: Numbers, right: Numbers, *, caption: str) -> None:
    """Displays how sure a model of two classes is and how often it is right, over a slider for a temperature.

    The temperature divides the logits: answers stay as they are, confidences change. At first it is 1.

    Args:
        confidence: (N,), the probability of each answer, in [0.5, 1].
        right: (N,), whether each is right.
        caption: what to look for.

    Raises ValueError unless both have N values, in their range, and without a caption.
    """
    sure, hits = array(confidence).astype(float), array(right).astype(bool)
    fits = sure.shape == hits.shape == (sure.size,) and sure.size > 0
    require(fits, f"confidences {sure.shape} need as many answers, not {hits.shape}")
    low, high = float(sure.min()), float(sure.max())
    require(low >= 0.5 and high <= 1, f"confidences must lie in [0.5, 1], not in [{low}, {high}]")
    # Thousands of answers share their logit to two digits: one line for each logit keeps a page small.
    logits, which = np.unique(
        np.log(sure / (1 - sure).clip(1e-6)).round(2).clip(0), return_inverse=True
    )
    counts, correct = np.bincount(which), np.bincount(which, weights=hits)
    shares = 1 / (1 + np.exp(-logits))
    bins = np.minimum((BINS * shares).astype(int), BINS - 1)
    rows, error = "", 0.0
    for i in range(BINS // 2, BINS):
        inside = counts * (bins == i)
        n, said = inside.sum(), (inside * shares).sum()
        hit = (correct * (bins == i)).sum()
        error += abs(said - hit) / len(sure)
        rows += _bin(i, int(n), said / n if n else 0.0, hit / n if n else 0.0)
    slider = _slider("temperature", "0.25", "4", "0.05", "1", said="1.00")
    content = (
        f'{slider}<table style="width:100%;max-width:44em"><tbody>{rows}</tbody></table>'
        f'<div role="status">Expected calibration error {error:.3f}</div>'
    )
    table = np.stack([logits, counts, correct], axis=1).round(2).tolist()
    numbers = json.dumps(table, separators=(",", ":"))
    heard = {"oninput": f"{_script()}calibrate(this)"}
    display_html(captioned(content, caption, **heard, **{"data-answers": numbers}))


def _display_attention(
    panels: np.ndarray,
    asking: list[str],
    asked: list[str],
    content: str,
    caption: str,
    first: int = -1,
    **attributes: str,
) -> None:
    """Displays queries and keys, with a list of heads before them and what the query `first` says of them after."""
    layers, heads, T, S = panels.shape
    rows = panels.reshape(-1, T, S)
    names = [
        ", ".join([f"layer {i + 1}"] * (layers > 1) + [f"head {j + 1}"] * (heads > 1))
        for i in range(layers)
        for j in range(heads)
    ]
    options = "".join(
        f'<option value="{i}"{" selected" * (i == len(names) - 1)}>{name}</option>'
        for i, name in enumerate(names)
    )
    top = int(rows[-1, first].argmax())
    said = f"“{asking[first]}” attends most to “{asked[top]}”: {100 * rows[-1, first, top]:.0f}%"
    content = (
        f"<label>{'Head' if heads > 1 else 'Layer'} <select>{options}</select></label>"
        if len(names) > 1
        else ""
    ) + f'{content}<div role="status">{escape(said)}</div>'
    look = f"{_script()}look(this, event.target)"
    point = f"if (event.target.closest('button')) {{{look}}}"
    heard = {"onpointerover": point, "onfocusin": point, "onclick": point, "onchange": look}
    numbers = json.dumps(rows.astype(float).round(3).tolist(), separators=(",", ":"))
    data = {f"data-{name}": value for name, value in {"weights": numbers, **attributes}.items()}
    display_html(captioned(content, caption, **heard, **data))


def _script() -> str:
    """The functions of exploring.js, for an attribute: no script tag, and no id that a second view would repeat."""
    return Path(__file__).with_name("exploring.js").read_text(encoding="utf-8")


def _queries(tokens: list[str], pressed: bool = True) -> str:
    """Tokens to point at, of which the last is chosen unless something else is."""
    buttons = []
    for i, token in enumerate(tokens):
        chosen = pressed and i == len(tokens) - 1
        style = "font-weight:bold;text-decoration:underline" if chosen else ""
        buttons.append(
            f'<button type="button" aria-pressed="{str(chosen).lower()}" data-token="{escape(token)}" '
            f'style="{style}">{escape(token)}</button>'
        )
    return f'<div style="{LINE}">Query (from): {" ".join(buttons)}</div>'


def _patch(name: str, share: float, asks: bool, chosen: bool) -> str:
    """A patch, dark where its weight is a small share of the largest; one that asks can be pointed at."""
    style = f"border:0;padding:0;background:rgba(0,0,0,{0.85 * (1 - share):.2f})"
    style += ";outline:2px solid #fff" * chosen
    words = f'data-key data-token="{name}" style="{style}"'
    pressed = str(chosen).lower()
    if asks:
        return (
            f'<button type="button" aria-label="{name}" aria-pressed="{pressed}" {words}></button>'
        )
    return f"<span {words}></span>"


def _key(token: str, weight: float) -> str:
    """A token on the color of its weight, over the weight itself."""
    blue = [int(COLORS[0][i : i + 2], 16) for i in (1, 3, 5)]
    color = ",".join(str(round(255 + float(weight) * (part - 255))) for part in blue)
    ink = "#fff" if weight > DARK else "#000"
    style = f"text-align:center;padding:0 4px;border-radius:3px;background:rgb({color});color:{ink}"
    return (
        f'<span data-key data-token="{escape(token)}" style="{style}">{escape(token)}<br>'
        f'<span style="font-size:75%">{100 * float(weight):.0f}%</span></span>'
    )


def _bar(token: str, share: float) -> str:
    """A row of the table: a token, a bar as wide as its share, and the share."""
    bar = f"width:{100 * share:.4g}%;height:1em;background:{COLORS[0]}"
    return (
        f'<tr><th scope="row" style="text-align:right;white-space:nowrap;width:9em">{escape(token)}</th>'
        f'<td><div data-bar style="{bar}"></div></td>'
        f'<td style="width:4em;text-align:right">{100 * share:.1f}%</td></tr>'
    )


def _bin(number: int, n: int, said: float, right: float) -> str:
    """A row of the table: confidences between two bounds, two bars, and what they show."""
    bars = "".join(
        f'<div data-bar style="width:{100 * share:.4g}%;height:.6em;background:{color}"></div>'
        for share, color in ((said, COLORS[1]), (right, COLORS[0]))
    )
    words = f"says {100 * said:.1f}%, right {100 * right:.1f}% of {n}" if n else "none"
    return (
        f'<tr><th scope="row" style="text-align:right;white-space:nowrap;width:7em">{100 * number // BINS} to '
        f"{100 * (number + 1) // BINS}%</th><td>{bars}</td>"
        f'<td style="width:17em;text-align:left">{words}</td></tr>'
    )


def _slider(
    name: str, least: str, most: str, step: str, value: str, said: str, steps: Sequence[int] = ()
) -> str:
    """A slider with its name before it and its value behind; `steps` are the values behind whole numbers."""
    values = f' data-steps="{json.dumps(list(steps))}"' if steps else ""
    return (
        f'<label style="display:inline-block;margin-right:1.5em">{name} <input type="range" min="{least}" max="{most}" '
        f'step="{step}" value="{value}" aria-valuetext="{said}"{values}> <span>{said}</span></label>'
    )
