"""What figures are made of: numbers as arrays, tokens with their white space made visible, and errors in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import torch

    Numbers = torch.Tensor | np.ndarray | Sequence[float]


def require(condition: bool, otherwise: str) -> None:
    """Raises ValueError with the message `otherwise` unless the condition holds."""
    if not condition:
        raise ValueError(otherwise)


def array(values: Numbers) -> np.ndarray:
    """Numbers, or a tensor of any device and type, as an array."""
    if hasattr(values, "detach"):
        values = values.detach().cpu()
        values = (values.float() if values.is_floating_point() else values).numpy()
    return np.asarray(values)


def visible(token: str) -> str:
    """The token with signs for white space and codes for what else has no glyph."""
    signs = {" ": "␣", "\n": "⏎", "\t": "⇥"}
    return "".join(signs.get(c, c if c.isprintable() else ascii(c)[1:-1]) for c in token) or "∅"
