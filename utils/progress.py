"""What a reader sees of a running training: a progress bar on stdout and, in a notebook, a plot that grows."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING

from tqdm import tqdm

from utils import plots, settings
from utils.history import History
from utils.notebook import in_kernel

if TYPE_CHECKING:
    from IPython.display import DisplayHandle

REFRESH = 0.5  # seconds between two updates of the bar
DRAWING_SHARE = 0.05  # of the training time at most, for the live plot
FIRST_DRAWING = 0.1  # seconds, a guess: a training of two seconds is drawn once, at its end


class Display:
    """The bar and the plot of one training. Under CI, nbgrader and the smoke preset each is drawn once, at the end."""

    def __init__(
        self, history: History, title: str, *, length: float, timed: bool, show: bool
    ) -> None:
        """Shows an empty bar and leaves room for the plot, or nothing unless `show`.

        Args:
            history: of the training, which goes on recording there.
            title: stands above the plot and before the bar.
            length: of the training, in seconds if `timed`, else in steps.
            timed: what the bar counts.
            show: whether to show anything.
        """
        self._history, self._title = history, title
        self._length, self._timed = length, timed
        live = settings.preset() == "full" and "CI" not in os.environ
        self._refresh = REFRESH if live else float("inf")
        self._shown_at = self._drawn_at = time.monotonic()
        self._before = (history.samples, history.seconds)
        self._drawing_seconds = FIRST_DRAWING
        self._plot: DisplayHandle | None = plots.placeholder() if show and in_kernel() else None
        self._bar = tqdm(
            total=self._length,
            initial=self._done(),
            desc=title,
            file=sys.stdout,
            disable=not show,
            mininterval=0,
            miniters=1,
            ncols=110,
            bar_format="{desc} {percentage:3.0f}%|{bar}| {elapsed}<{remaining}{postfix}",
        )

    def due(self) -> bool:
        """Whether it is time to show what is new."""
        return time.monotonic() - self._shown_at >= self._refresh

    def update(self) -> None:
        """Shows the history as it stands."""
        history = self._history
        samples, seconds = (
            now - before
            for now, before in zip((history.samples, history.seconds), self._before, strict=True)
        )
        shown = [f"step {history.steps}", f"loss {history.loss[-1]:.4f}"] if history.loss else []
        shown += [f"{name} {values[-1]:.4f}" for name, values in history.metrics.items()]
        shown += [f"{samples / seconds:,.0f}/s"] if seconds > 0 else []
        self._bar.set_postfix_str(" · ".join(shown), refresh=False)
        self._bar.n = min(self._done(), self._length)
        self._bar.refresh()
        self._shown_at = time.monotonic()
        if self._plot and self._shown_at - self._drawn_at > self._drawing_seconds / DRAWING_SHARE:
            self._draw()

    def close(self) -> None:
        """Shows the end state, and leaves it there."""
        if self._history.loss:
            self.update()
            if self._plot:
                self._draw()
        self._bar.close()

    def _done(self) -> float:
        return self._history.seconds if self._timed else self._history.steps

    def _draw(self) -> None:
        began = time.monotonic()
        history = self._history
        words = [
            f"The loss goes from {history.loss[0]:.3g} to {history.loss[-1]:.3g} in {history.steps} steps"
        ]
        words += [f"{name} reaches {values[-1]:.4g}" for name, values in history.metrics.items()]
        plots.show(
            plots.learning_curves(history, title=self._title),
            alt="; ".join(words) + ".",
            caption="; ".join(words) + f". {history.seconds:.0f} s.",
            handle=self._plot,
        )
        self._drawn_at = time.monotonic()
        self._drawing_seconds = self._drawn_at - began
