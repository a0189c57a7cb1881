"""The box in which submissions run: bubblewrap around one process, and a fork of it for each submission."""

from course.grading.box.warm import ENDED, Limits, Outcome, WarmBox, imports_of

__all__ = ["ENDED", "Limits", "Outcome", "WarmBox", "imports_of"]
