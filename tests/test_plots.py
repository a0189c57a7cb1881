"""Figures are labeled, readable at any size, safe for color-blind readers, and refuse what they cannot draw."""

from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch

from utils import plots

TOKENS = ["The", "big", "$dog$", "a b\n"]
SHOWN = ["The", "big", "$dog$", "a␣b⏎"]


@pytest.fixture
def html(monkeypatch):
    displayed = []
    monkeypatch.setattr("IPython.display.display", lambda thing: displayed.append(thing.data))
    yield displayed
    plt.close("all")


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


def test_distributions_differ_in_more_than_color():
    _, ax = plt.subplots()
    plots.distributions(ax, {"a": torch.randn(50), "b": [1, 2, 3.0]}, title="T", xlabel="x")
    styles = {(line.get_linestyle(), line.get_color()) for line in ax.get_lines()}
    assert len(styles) == 2
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["a", "b"]
    plt.close("all")


def test_a_curve_of_one_point_can_be_seen():
    _, ax = plt.subplots()
    plots.curves(ax, {"one": [0.5], "two": [0.1, 0.2]}, title="T", xlabel="x", ylabel="y")
    assert [line.get_marker() for line in ax.lines] == ["o", "None"]


def test_a_heat_map_is_centered_and_labeled():
    _, ax = plt.subplots()
    words = {"title": "T", "xlabel": "feature", "ylabel": "position", "colorbar": "value"}
    plots.heat_map(ax, torch.linspace(-1, 3, 64 * 128).reshape(64, 128), center=0, **words)
    assert ax.collections[0].get_clim() == (-3, 3)
    extents = boxes(ax.xaxis.get_ticklabels(), ax.figure)
    assert not any(a.overlaps(b) for a, b in pairwise(extents))
    plt.close("all")


def test_tokens_carry_their_numbers_and_are_escaped(html):
    plots.token_text(["<b>", "not\n", " good"], [-1.5, 0, 0.75], caption="<cap>")
    assert "&lt;b&gt;" in html[0]
    assert "&lt;cap&gt;" in html[0]
    for words in ("−1.50", "+0.75", "not⏎", "␣good"):
        assert words in html[0]
    with pytest.raises(ValueError, match="2 tokens need as many finite values"):
        plots.token_text(["a", "b"], [1.0], caption="c")


def test_text_is_readable_on_every_color():
    def luminance(rgb):
        linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
        return linear @ [0.2126, 0.7152, 0.0722]

    for colormap in (plots._diverging(), plt.get_cmap(plots.SHARES)):
        for color in colormap(np.linspace(0, 1, 101))[:, :3]:
            ink = 0.0 if plots._ink(color) == "#000000" else 1.0
            low, high = sorted([luminance(color), ink])
            assert (high + 0.05) / (low + 0.05) >= 4.5


@pytest.mark.parametrize(
    ("alt", "caption", "words"), [(" ", "c", "alt is empty"), ("a", "", "caption is empty")]
)
def test_no_figure_without_words(html, alt, caption, words):
    figure, _ = plt.subplots()
    with pytest.raises(ValueError, match=words):
        plots.show(figure, alt=alt, caption=caption)


def frames(*sizes: tuple[float, float]) -> list:
    return [plt.subplots(figsize=size)[0] for size in sizes]


def test_an_animation_shows_its_last_frame_and_names_every_one(html):
    words = {"labels": ["step 1", "step <2>"], "alt": 'a "map"', "caption": "Look at <it>."}
    plots.animate(frames((3, 2), (3, 2)), **words)
    (page,) = html
    assert page.count("data:image/png;base64,") == page.count("<img") == 2
    assert page.count("display:none") == 1
    assert page.index("none") < page.index("display:block")
    for text in ('alt="step 1: a &quot;map&quot;"', "step &lt;2&gt;", "Look at &lt;it&gt;."):
        assert text in page
    assert 'type="range" min="0" max="1" value="1"' in page
    assert "<script" not in page
    assert "http" not in page
    assert " id=" not in page
    assert not plt.get_fignums()


@pytest.mark.parametrize(
    ("sizes", "labels", "alt", "caption", "words"),
    [
        ([(3, 2)], ["a"], " ", "c", "alt is empty"),
        ([(3, 2)], ["a"], "a", "", "caption is empty"),
        ([], [], "a", "c", "no figures"),
        ([(3, 2)], ["a", "b"], "a", "c", "1 figures, but 2 labels"),
        ([(3, 2), (2, 3)], ["a", "b"], "a", "c", "one size"),
    ],
)
def test_no_animation_without_words_or_with_unlike_frames(html, sizes, labels, alt, caption, words):
    with pytest.raises(ValueError, match=words):
        plots.animate(frames(*sizes), labels=labels, alt=alt, caption=caption)
    assert not html
