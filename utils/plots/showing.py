"""Puts figures into a cell's output: real alt text, a visible caption, frames that move, tokens on their colors."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from utils.plots.inputs import array, require, visible
from utils.plots.style import diverging, ink

if TYPE_CHECKING:
    from IPython.display import DisplayHandle
    from matplotlib.figure import Figure

    from utils.plots.inputs import Numbers


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

    require(
        bool(alt.strip()), "alt is empty: say what the figure shows, for those who cannot see it"
    )
    captioned("", caption)  # fails before the slow part
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
    display_html(captioned(image, caption), handle)


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

    require(
        bool(alt.strip()), "alt is empty: say what the frames show, for those who cannot see them"
    )
    captioned("", caption)  # fails before the slow part
    require(len(figures) > 0, "there are no figures")
    require(len(figures) == len(labels), f"{len(figures)} figures, but {len(labels)} labels")
    sizes = {tuple(fig.get_size_inches().tolist()) for fig in figures}
    require(len(sizes) == 1, f"frames need one size; these have {sorted(sizes)} inches")
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
    script = Path(__file__).with_name("animation.js").read_text(encoding="utf-8")
    # In the attributes themselves: no script tag, and no id that a second view would repeat.
    turn, play = (escape(script + call) for call in ("turn(this)", "play(this)"))
    controls = (
        f'<div><button type="button" onclick="{play}">Play</button> '
        f'<input type="range" min="0" max="{last}" value="{last}" step="1" aria-label="frame" '
        f'aria-valuetext="{escape(labels[last])}" oninput="{turn}"> '
        f"<output>{escape(labels[last])}</output></div>"
    )
    display_html(captioned("".join(images) + controls, caption))


def token_text(tokens: Sequence[str], values: Numbers, *, caption: str) -> None:
    """Displays tokens on the color of their values, orange above 0 and blue below, over the numbers themselves.

    Raises ValueError unless there are as many finite values as tokens, and a caption.
    """
    from matplotlib.colors import to_hex

    numbers = array(values).astype(float)
    fits = numbers.shape == (len(tokens),) and np.isfinite(numbers).all()
    require(fits, f"{len(tokens)} tokens need as many finite values, not {numbers.shape}")
    top = np.abs(numbers).max(initial=0) or 1
    form = ("+" if (numbers < 0).any() else "") + ("z.2f" if 0.1 <= top < 1000 else "z.2g")
    cells = []
    colors = diverging()(0.5 + numbers / top / 2)
    for token, number, color in zip(tokens, numbers, colors, strict=True):
        style = f"text-align:center;background:{to_hex(color)};color:{ink(color)}"
        amount = format(number, form).replace("-", "−")
        cells.append(
            f'<span style="display:inline-block;margin:1px;padding:0 4px;border-radius:3px;{style}">'
            f'{escape(visible(token))}<br><span style="font-size:75%">{amount}</span></span>'
            + ("<br>" if "\n" in token else "")
        )
    display_html(captioned(f'<div style="line-height:1.3">{" ".join(cells)}</div>', caption))


def captioned(content: str, caption: str, **attributes: str) -> str:
    """HTML content with its caption, which must not be empty, in a `figure` with further attributes."""
    require(bool(caption.strip()), "caption is empty: say what to look for")
    more = "".join(f' {name}="{escape(value)}"' for name, value in attributes.items())
    return f'<figure style="margin:0"{more}>{content}<figcaption>{escape(caption)}</figcaption></figure>'


def display_html(html: str, handle: DisplayHandle | None = None) -> None:
    """Shows HTML in the cell's output, or in place of what a handle shows."""
    from IPython.display import HTML, display

    if handle is None:
        display(HTML(html))
    else:
        handle.update(HTML(html))
