"""Curves and classes differ in more than color, and axes have words."""

from itertools import pairwise

import matplotlib.pyplot as plt
import pytest
import torch

from utils import plots


def boxes(labels, figure) -> list:
    figure.canvas.draw()
    return [label.get_window_extent() for label in labels]


def test_curves_differ_in_more_than_color():
    _, ax = plt.subplots()
    plots.curves(ax, {"a": [1, 2], "b": [2, 1]}, title="T", xlabel="x", ylabel="y")
    first, second = ax.get_lines()
    assert first.get_linestyle() != second.get_linestyle()
    assert (ax.get_title(), ax.get_xlabel(), ax.get_ylabel()) == ("T", "x", "y")
    plt.close("all")


def test_a_curve_of_one_point_can_be_seen():
    _, ax = plt.subplots()
    plots.curves(ax, {"one": [0.5], "two": [0.1, 0.2]}, title="T", xlabel="x", ylabel="y")
    assert [line.get_marker() for line in ax.lines] == ["o", "None"]


def test_no_tick_stands_between_two_steps():
    figure, ax = plt.subplots()
    plots.curves(ax, {"loss": [0.5, 0.4]}, title="T", xlabel="step", ylabel="y")
    figure.canvas.draw()
    assert all(tick == round(tick) for tick in ax.get_xticks())
    plt.close("all")


def test_distributions_differ_in_more_than_color():
    _, ax = plt.subplots()
    plots.distributions(ax, {"a": torch.randn(50), "b": [1, 2, 3.0]}, title="T", xlabel="x")
    styles = {(line.get_linestyle(), line.get_color()) for line in ax.get_lines()}
    assert len(styles) == 2
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["a", "b"]
    plt.close("all")


def test_a_heat_map_is_centered_and_labeled():
    _, ax = plt.subplots()
    words = {"title": "T", "xlabel": "feature", "ylabel": "position", "colorbar": "value"}
    plots.heat_map(ax, torch.linspace(-1, 3, 64 * 128).reshape(64, 128), center=0, **words)
    assert ax.collections[0].get_clim() == (-3, 3)
    extents = boxes(ax.xaxis.get_ticklabels(), ax.figure)
    assert not any(a.overlaps(b) for a, b in pairwise(extents))
    plt.close("all")


def test_a_heat_map_may_lie_in_a_part_of_a_figure():
    words = {"title": "T", "xlabel": "x", "ylabel": "y", "colorbar": "value"}
    ax = plt.figure().subfigures(1, 2)[0].subplots()
    plots.heat_map(ax, torch.eye(3), **words)
    assert ax.get_title() == "T"
    plt.close("all")


def test_the_decision_boundary_asks_for_every_point_of_a_grid():
    asked = []

    def predict(points):
        asked.append(points)
        return torch.sigmoid(points[:, 0])

    _, ax = plt.subplots()
    x = torch.tensor([[-1.0, 0.0], [1.0, 2.0]])
    plots.decision_boundary(ax, predict, x, torch.tensor([0, 1]), title="T")
    (points,) = asked
    assert points.shape == (120 * 120, 2)
    assert points.min(dim=0).values.tolist() == pytest.approx([-1.3, -0.3])
    plt.close("all")
