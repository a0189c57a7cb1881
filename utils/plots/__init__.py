"""Figures that every reader can use: real alt text, a visible caption, colors safe for color-blind readers."""

from utils.plots.axes import curves, decision_boundary, distributions, heat_map
from utils.plots.exploring import (
    explore_attention,
    explore_calibration,
    explore_next_token,
    explore_patches,
)
from utils.plots.figures import image_grid, learning_curves
from utils.plots.matrices import attention, confusion_matrix
from utils.plots.showing import animate, placeholder, show, token_text
from utils.plots.style import COLORS, DASHES, MARKERS, SHARES, WIDTH

__all__ = [
    "COLORS",
    "DASHES",
    "MARKERS",
    "SHARES",
    "WIDTH",
    "animate",
    "attention",
    "confusion_matrix",
    "curves",
    "decision_boundary",
    "distributions",
    "explore_attention",
    "explore_calibration",
    "explore_next_token",
    "explore_patches",
    "heat_map",
    "image_grid",
    "learning_curves",
    "placeholder",
    "show",
    "token_text",
]
