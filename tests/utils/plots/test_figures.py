"""A figure of a training names what it shows, and images that cannot be drawn are refused."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch

from utils import plots
from utils.history import History


def test_the_plot_names_what_it_shows():
    history = History([1.0, 0.5, 0.2], {"accuracy": [0.4, 0.9]}, [1, 3])
    left, right = plots.learning_curves(history, title="Reversal").axes
    assert (left.get_ylabel(), right.get_ylabel()) == ("training loss", "accuracy")
    assert left.get_title() == right.get_title() == "Reversal"
    assert right.get_lines()[0].get_xdata().tolist() == [1, 3]
    plt.close("all")


@pytest.mark.parametrize("count", [1, 5, 64])
def test_an_image_grid_shows_every_image_with_its_label(count):
    images = torch.randint(256, (count, 3, 8, 8), dtype=torch.uint8)
    figure = plots.image_grid(images, [f"class {i}" for i in range(count)], title="T")
    assert [ax.get_xlabel() for ax in figure.axes] == [f"class {i}" for i in range(count)]
    assert np.allclose(figure.axes[-1].images[0].get_array(), images[-1].permute(1, 2, 0) / 255)


@pytest.mark.parametrize(
    ("images", "words"),
    [
        (torch.zeros(3, 8, 8), r"must be \(N, 3, H, W\)"),
        (torch.zeros(2, 8, 8, 3), r"not \(2, 8, 8, 3\)"),
        (torch.full((2, 3, 8, 8), 9.0), r"floats in \[0, 1\]"),
        (torch.zeros(3, 3, 8, 8), "3 images, but 2 labels"),
    ],
)
def test_images_that_cannot_be_drawn_are_said(images, words):
    with pytest.raises(ValueError, match=words):
        plots.image_grid(images, ["a", "b"], title="T")
