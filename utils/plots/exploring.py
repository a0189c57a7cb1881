"""Figures that answer a reader's hand: who attends to whom, and which token may come next.

They are HTML with all that they need, so that they work in JupyterLab, on Colab and in a saved page, without a network.
Where a viewer takes the controls away, what they show at first stays.
"""

from __future__ import annotations

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
KEPT = (1, 2, 3, 5, 10, 20, 50, 100, 200, 500, 1000, 2000)  # what the slider of top-k offers
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
    layers, heads, T, S = panels.shape
    rows = panels.reshape(-1, T, S)
    names = [
        f"layer {i + 1}, head {j + 1}" if layers > 1 else f"head {j + 1}"
        for i in range(layers)
        for j in range(heads)
    ]
    asking, asked = ([visible(token) for token in tokens] for tokens in (query_tokens, key_tokens))
    top = int(rows[-1, -1].argmax())
    options = "".join(
        f'<option value="{i}"{" selected" * (i == len(names) - 1)}>{name}</option>'
        for i, name in enumerate(names)
    )
    queries = " ".join(_query(token, i == T - 1) for i, token in enumerate(asking))
    keys = " ".join(map(_key, asked, rows[-1, -1]))
    style = "display:flex;flex-wrap:wrap;gap:2px;align-items:center;margin:4px 0"
    content = (
        (f"<label>Head <select>{options}</select></label>" if len(names) > 1 else "")
        + f'<div style="{style}">Query (from): {queries}</div>'
        + f'<div style="{style}">Keys (attends to): {keys}</div>'
        + f'<div role="status">“{escape(asking[-1])}” attends most to “{escape(asked[top])}”</div>'
    )
    look = f"{_script()}look(this, event.target)"
    heard = {"onpointerover": f"if (event.target.closest('button')) {{{look}}}"}
    heard |= {
        "onfocusin": heard["onpointerover"],
        "onclick": heard["onpointerover"],
        "onchange": look,
    }
    numbers = json.dumps(rows.astype(float).round(3).tolist(), separators=(",", ":"))
    display_html(captioned(content, caption, **heard, **{"data-weights": numbers}))


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


def _script() -> str:
    """The functions of exploring.js, for an attribute: no script tag, and no id that a second view would repeat."""
    return Path(__file__).with_name("exploring.js").read_text(encoding="utf-8")


def _query(token: str, chosen: bool) -> str:
    """A token to point at."""
    style = "font-weight:bold;text-decoration:underline" if chosen else ""
    return (
        f'<button type="button" aria-pressed="{str(chosen).lower()}" data-token="{escape(token)}" '
        f'style="{style}">{escape(token)}</button>'
    )


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


def _slider(
    name: str, least: str, most: str, step: str, value: str, said: str, steps: Sequence[int] = ()
) -> str:
    """A slider with its name before it and its value behind; `steps` are the values behind whole numbers."""
    values = f' data-steps="{json.dumps(list(steps))}"' if steps else ""
    return (
        f'<label style="display:inline-block;margin-right:1.5em">{name} <input type="range" min="{least}" max="{most}" '
        f'step="{step}" value="{value}" aria-valuetext="{said}"{values}> <span>{said}</span></label>'
    )
