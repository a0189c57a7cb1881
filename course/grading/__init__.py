"""Steps that nbgrader_config.py adds to nbgrader's own, each for something a class cannot do without."""

from collections.abc import Sequence

from course.grading.count_errors import CountErrorsAlone
from course.grading.execute import ExecuteInBox
from course.grading.hide_hidden_tests import HideHiddenTests
from course.grading.late import LateRule
from course.grading.normalize import Normalize
from course.grading.restore_cells import RestoreCells
from course.grading.sanitize_text import SanitizeText

__all__ = [
    "CountErrorsAlone",
    "ExecuteInBox",
    "HideHiddenTests",
    "LateRule",
    "Normalize",
    "RestoreCells",
    "SanitizeText",
    "after",
    "in_place_of",
]


def after(known: type, step: type, steps: Sequence[type]) -> list[type]:
    """nbgrader's own steps, with one more behind one of them.

    Raises:
        ValueError: nbgrader does not know that step any more.
    """
    index = list(steps).index(known) + 1
    return [*steps[:index], step, *steps[index:]]


def in_place_of(known: type, step: type, steps: Sequence[type]) -> list[type]:
    """nbgrader's own steps, one of them replaced.

    Raises:
        ValueError: nbgrader does not know that step any more.
    """
    index = list(steps).index(known)
    return [*steps[:index], step, *steps[index + 1 :]]
