"""Text can be read on every color of the book."""

import matplotlib.pyplot as plt
import numpy as np

from utils.plots import style


def test_text_is_readable_on_every_color():
    def luminance(rgb):
        linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
        return linear @ [0.2126, 0.7152, 0.0722]

    for colormap in (style.diverging(), plt.get_cmap(style.SHARES)):
        for color in colormap(np.linspace(0, 1, 101))[:, :3]:
            ink = 0.0 if style.ink(color) == "#000000" else 1.0
            low, high = sorted([luminance(color), ink])
            assert (high + 0.05) / (low + 0.05) >= 4.5
