"""Rows and columns have names that can be read at any size, and what is no share is refused."""

from itertools import pairwise

import pytest
import torch

from utils import plots

TOKENS = ["The", "big", "$dog$", "a b\n"]


SHOWN = ["The", "big", "$dog$", "a␣b⏎"]


def weights(*shape: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.randn(*shape, generator=generator).softmax(-1)


def names(axis) -> list[str]:
    return [label.get_text() for label in axis.get_ticklabels()]


def boxes(labels, figure) -> list:
    figure.canvas.draw()
    return [label.get_window_extent() for label in labels]


def maps(figure) -> list:
    """The axes that hold a heat map, without the color bar's."""
    return figure.axes[:-1]


def test_few_tokens_are_named_and_numbered():
    figure = plots.attention(weights(4, 4), TOKENS, TOKENS, title="T")
    (ax,) = maps(figure)
    assert names(ax.xaxis) == names(ax.yaxis) == SHOWN
    assert [text.get_text() for text in ax.texts][:1] == [f"{weights(4, 4)[0, 0]:.2f}"]
    assert len(ax.texts) == 16


def test_many_tokens_have_names_that_do_not_overlap_and_no_numbers():
    tokens = [f"token{i}" for i in range(64)]
    figure = plots.attention(weights(64, 64), tokens, tokens, title="T")
    (ax,) = maps(figure)
    assert not ax.texts
    for axis in (ax.xaxis, ax.yaxis):
        extents = boxes(axis.get_ticklabels(), figure)
        assert len(extents) >= 16
        assert not any(a.overlaps(b) for a, b in pairwise(extents))


def test_all_layers_and_heads_share_one_scale():
    figure = plots.attention(weights(2, 3, 5, 4), ["q"] * 5, TOKENS, title="T")
    panels = maps(figure)
    assert len(panels) == 6
    assert len(figure.axes) == 7
    assert {ax.collections[0].get_clim() for ax in panels} == {(0, 1)}
    assert [ax.get_title() for ax in panels] == ["head 1", "head 2", "head 3"] * 2
    assert [panels[0].get_ylabel(), panels[3].get_ylabel()] == ["layer 1", "layer 2"]


@pytest.mark.parametrize("heads", [5, 7, 8])
def test_heads_in_several_rows_all_lie_inside_the_figure(heads):
    tokens = [f"t{i}" for i in range(10)]
    figure = plots.attention(weights(heads, 10, 10), tokens, tokens, title="T")
    panels = maps(figure)
    assert len(panels) == heads
    label = boxes([figure.texts[-1]], figure)[0]
    assert all(ax.get_window_extent().y0 > label.y1 for ax in panels)


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        ((4,), r"not \(4,\)"),
        ((5, 4), "axis T of weights is 5, not 4 query tokens"),
        ((4, 5), "axis S of weights is 5, not 4 key tokens"),
    ],
)
def test_weights_of_another_size_are_said(shape, words):
    with pytest.raises(ValueError, match=words):
        plots.attention(weights(*shape), TOKENS, TOKENS, title="T")


def test_scores_are_no_weights():
    with pytest.raises(ValueError, match="as after a softmax"):
        plots.attention(torch.full((4, 4), 3.0), TOKENS, TOKENS, title="T")


def test_a_confusion_matrix_shows_the_counts():
    figure = plots.confusion_matrix(torch.tensor([[8, 2], [0, 0]]), ["cat", "dog"], title="T")
    (ax,) = maps(figure)
    assert [text.get_text() for text in ax.texts] == ["8", "2", "0", "0"]
    assert ax.collections[0].get_array().ravel().tolist() == [0.8, 0.2, 0, 0]
    assert names(ax.xaxis) == ["cat", "dog"]
    with pytest.raises(ValueError, match="whole numbers"):
        plots.confusion_matrix(torch.tensor([[0.5]]), ["cat"], title="T")
