"""Boxes that stay warm from one submission to the next, and that are replaced when they break down."""

import atexit
import threading
from dataclasses import dataclass

from course.grading.box.walls import Walls
from course.grading.box.warm import Limits, Outcome, WarmBox
from course.grading.canaries import Canary

TRIES = 2


@dataclass(frozen=True)
class Task:
    """All that a box needs to run one submission, on this machine or on another."""

    cells: dict[str, str]  # name → source, in order
    graded: frozenset[str]  # names of the checks
    canaries: tuple[Canary, ...]  # some of them run after the last cell
    imports: tuple[str, ...]  # what the box has imported before
    given: tuple[str, ...]  # and the sources that it has run
    walls: Walls  # how it is made
    limits: Limits


class KeptBoxes:
    """A box for each thread that runs submissions, kept until a submission of another lab comes."""

    def __init__(self) -> None:
        self._own = threading.local()
        self._lock = threading.Lock()
        self._open: set[WarmBox] = set()
        self._closed = False

    def run(self, task: Task) -> Outcome:
        """Runs a submission in the box of this thread.

        A box may break down through no fault of its submission: somebody killed it, or memory ran out. So the
        submission gets a second one. If that breaks down too, it counts as one that ended, with the outputs that it
        had by then.

        Raises:
            CourseError: no box can be made.
        """
        for _ in range(TRIES):
            box = self._box(task)
            outcome = box.run(task.cells, task.graded, task.canaries, task.limits)
            if box.alive or self._closed:
                break
        return outcome

    def _box(self, task: Task) -> WarmBox:
        """The box of this thread, or a new one in its place."""
        prepared = task.imports, task.given, task.walls
        box: WarmBox | None = getattr(self._own, "box", None)
        if box and box.alive and self._own.prepared == prepared:
            return box
        if box:
            self._drop(box)
        task.walls.check()
        box = WarmBox(*prepared)
        self._own.box, self._own.prepared = box, prepared
        with self._lock:
            self._open.add(box)
            closed = self._closed
        if closed:  # while it started
            self._drop(box)
        return box

    def _drop(self, box: WarmBox) -> None:
        with self._lock:
            self._open.discard(box)
        box.close()

    def close(self) -> None:
        """Ends the boxes; submissions that run end with them, and are not tried again."""
        with self._lock:
            self._closed = True
            boxes = list(self._open)
        for box in boxes:
            self._drop(box)


_HERE = KeptBoxes()
atexit.register(_HERE.close)


def run_here(task: Task) -> Outcome:
    """Runs a submission in a box of this process, kept as long as it lives.

    Raises:
        CourseError: no box can be made.
    """
    return _HERE.run(task)
