"""The box in which submissions run: walls around one process, and a fork of it for each submission."""

from course.boxes import Kind
from course.grading.box.kept import KeptBoxes, Task, run_here
from course.grading.box.walls import Walls
from course.grading.box.warm import ENDED, Limits, Outcome, WarmBox, imports_of

__all__ = [
    "ENDED",
    "KeptBoxes",
    "Kind",
    "Limits",
    "Outcome",
    "Task",
    "Walls",
    "WarmBox",
    "imports_of",
    "run_here",
]
