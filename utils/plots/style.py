"""Colors, dashes and markers that every reader can tell apart, and ink that can be read on them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.colors import Colormap

# Okabe and Ito (2008): told apart by color-blind readers. Each line also has its own dashes, each class its own marker.
COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
DASHES = ("-", "--", "-.", ":")
MARKERS = ("o", "^", "s", "D", "v", "P")
SHARES = "cividis"  # the colormap of every share from 0 to 1
WIDTH = 9.0  # inches; a notebook shrinks a much wider figure until its letters are too small


def diverging() -> Colormap:
    """Blue, white in the middle, orange."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("blue-orange", [COLORS[0], "#FFFFFF", COLORS[1]])


def ink(color: np.ndarray) -> str:
    """Black or white, whichever has a contrast of 4.5 or more (WCAG 2.2) on a color (r, g, b) in [0, 1]."""
    from seaborn.utils import relative_luminance

    return "#000000" if relative_luminance(color) > 0.179 else "#FFFFFF"
