"""The box in which submissions run: bubblewrap around one process, and a fork of it for each submission."""

from course.grading.box.kept import KeptBoxes, Task, run_here
from course.grading.box.warm import ENDED, Limits, Outcome, WarmBox, imports_of

__all__ = ["ENDED", "KeptBoxes", "Limits", "Outcome", "Task", "WarmBox", "imports_of", "run_here"]
