"""How far grading is: a bar on a terminal, plain lines everywhere else."""

import contextlib
from types import TracebackType

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)

LINES = 10  # of a lab, where there is no bar
SPEED_SECONDS = 600.0  # by which the time left is estimated


class Tally:
    """Counts the submissions of a lab that are done and that failed, and says so on a console."""

    def __init__(self, console: Console, lab: str, total: int) -> None:
        """
        Args:
            console: where to say it; without color or in a file, no control characters are written.
            lab: its name.
            total: its submissions.
        """
        self._console, self._lab, self._total = console, lab, total
        self._done = self._failed = 0
        self._plain = not console.is_terminal or console.is_dumb_terminal or console.no_color
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[failed]}"),
            TimeRemainingColumn(),
            console=console,
            transient=True,
            speed_estimate_period=SPEED_SECONDS,
        )
        self._task = self._bar.add_task(lab, total=total, failed="")

    def add(self, *, failed: bool) -> None:
        """Counts one submission."""
        self._done += 1
        self._failed += failed
        told = f"{self._failed} failed" if self._failed else ""
        self._bar.update(self._task, advance=1, failed=told)
        if (
            self._plain
            and self._done * LINES // self._total > (self._done - 1) * LINES // self._total
        ):
            parts = [f"{self._lab}  {self._done} of {self._total}", told, self._left()]
            with contextlib.suppress(OSError):  # nobody reads it: no reason to stop grading
                print(", ".join(filter(None, parts)), file=self._console.file, flush=True)

    def _left(self) -> str:
        seconds = self._bar.tasks[0].time_remaining
        if not seconds:
            return ""
        minutes = round(seconds / 60)
        return f"about {minutes} min left" if minutes else f"about {seconds:.0f} s left"

    def __enter__(self) -> "Tally":
        if not self._plain:
            self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if not self._plain:
            self._bar.stop()
