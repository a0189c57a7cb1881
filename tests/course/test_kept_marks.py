"""A mark given by hand outlives a regrade, and never counts for an answer that nobody has read."""

import nbformat
import pytest
from conftest import NEEDS_BOX, TINY
from nbgrader.api import Gradebook

LAB = "90_tiny"
QUESTION = """
# %% [markdown]
# ### Question 1 · Why? (1 point · 5 min · ●○○)
# Why twice?

# %% [markdown] manual="why" points=1
# It is a sum.
"""
RIGHT = "def double(n):\n    return n + n"
WRONG = "def double(n):\n    return 2 * n + 1"


@pytest.fixture
def course(course_of):
    course = course_of({LAB: TINY.replace("**2 points**", "**3 points**") + QUESTION})
    course.run("release")
    return course


def hand_in(course, code: str, text: str) -> None:
    nb = nbformat.read(course.released(), as_version=4)
    for cell in nb.cells:
        cell.source = {"double": code, "why": text}.get(cell.id, cell.source)
    path = course.submitted("ann")
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(nb, path)


def marks(course, name: str) -> tuple[float | None, bool, str | None]:
    with Gradebook(course.gradebook) as gradebook:
        grade = gradebook.find_grade(name, LAB, LAB, "ann")
        comment = gradebook.find_comment("why", LAB, LAB, "ann").manual_comment
        return grade.manual_score, grade.needs_manual_grade, comment


def mark(course, name: str, points: float) -> None:
    with Gradebook(course.gradebook) as gradebook:
        grade = gradebook.find_grade(name, LAB, LAB, "ann")
        grade.manual_score, grade.needs_manual_grade = points, False
        gradebook.find_comment("why", LAB, LAB, "ann").manual_comment = "Well said."
        gradebook.db.commit()


@NEEDS_BOX
def test_marks_of_a_person_stay_as_long_as_their_answer_does(course):
    hand_in(course, WRONG, "Twice is a sum.")
    assert "0 of 3; 1 written answer" in course.run("grade", LAB)
    mark(course, "why", 1)
    mark(course, "double_value", 0.5)  # a check that somebody overruled

    assert "ann  1.5 of 3\n" in course.run("grade", LAB, "--force")
    assert marks(course, "why") == (1, False, "Well said.")
    assert marks(course, "double_value") == (0.5, False, "Well said.")

    hand_in(course, RIGHT, "Twice is a sum.")  # the text is the same, the code is not
    course.run("grade", LAB, "--force")
    assert marks(course, "why") == (1, False, "Well said.")
    assert marks(course, "double_value") == (0.5, True, "Well said.")

    hand_in(course, RIGHT, "I do not know.")
    assert "; 2 written answers" in course.run("grade", LAB, "--force")
    assert marks(course, "why") == (None, True, "Well said.")
