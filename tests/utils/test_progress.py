"""Of a training that runs in a notebook the plot is drawn, with its end in words."""

import pytest

from utils import plots, progress
from utils.history import History


@pytest.fixture
def shown(monkeypatch):
    """The words of every plot that a notebook shows."""
    words = []
    monkeypatch.setattr(progress, "in_kernel", lambda: True)
    monkeypatch.setattr(plots, "placeholder", lambda: "placeholder")
    monkeypatch.setattr(plots, "show", lambda figure, **options: words.append(options))
    return words


def test_the_end_of_a_training_is_drawn_in_its_placeholder(shown, capsys):
    history = History()
    display = progress.Display(history, "Sums", length=2, timed=False, show=True)
    assert not shown
    history.loss += [1.0, 0.5]
    history.metrics["accuracy"] = [0.75]
    history.evaluated_at.append(2)
    history.samples, history.seconds = 64, 2.0
    display.close()
    (options,) = shown
    assert options["handle"] == "placeholder"
    assert "from 1 to 0.5 in 2 steps; accuracy reaches 0.75" in options["alt"]
    out = capsys.readouterr().out
    assert "100%" in out
    assert "step 2 · loss 0.5000 · accuracy 0.7500 · 32/s" in out


def test_nothing_is_shown_unless_wanted(shown, capsys):
    history = History([1.0], seconds=3.0)
    progress.Display(history, "Sums", length=2.0, timed=True, show=False).close()
    assert not shown
    assert capsys.readouterr().out == ""
