"""What a person gave stays when a submission is graded again, as long as the answer is the one that was read.

nbgrader asks for another look at each such mark after every run, also where nothing was handed in anew.
"""

from dataclasses import dataclass
from pathlib import Path

from nbgrader.api import Gradebook, MissingEntry, SubmittedNotebook

from course import notebooks
from course.layout import CourseError, Lab


@dataclass(frozen=True)
class ByHand:
    """What was given by hand before a submission is graded again."""

    marked: frozenset[str]  # grade ids of what somebody marked
    answers: dict[str, str]  # grade id of what a student writes → the text that was there


def by_hand(lab: Lab, student: str, gradebook: Gradebook) -> ByHand:
    """What the gradebook and the graded notebook hold; nothing if one of them lacks the submission."""
    try:
        grades = gradebook.find_submission_notebook(lab.name, lab.name, student).grades
        answers = _answers(lab.autograded(student))
    except (MissingEntry, CourseError, OSError):
        return ByHand(frozenset(), {})
    read = {g.name for g in grades if g.manual_score is not None and not g.needs_manual_grade}
    return ByHand(frozenset(read), answers)


def keep(before: ByHand, lab: Lab, submission: SubmittedNotebook) -> None:
    """After the submission is graded again: its marks count as before where what was marked did not change.

    A mark for a written answer that is another one now is taken away, so that somebody reads it; the comment stays.
    """
    answers = _answers(lab.autograded(submission.student.id))
    for grade in submission.grades:
        if grade.name not in before.marked:
            continue
        written = grade.name in answers
        # A check that somebody overruled judges all that the student wrote.
        judged = [grade.name] if written else {*answers, *before.answers}
        same = all(before.answers.get(name) == answers.get(name) for name in judged)
        grade.needs_manual_grade = not same
        if written and not same:
            grade.manual_score = None


def _answers(path: Path) -> dict[str, str]:
    cells = [(cell, cell.metadata.get("nbgrader", {})) for cell in notebooks.read(path).cells]
    return {marks["grade_id"]: cell.source for cell, marks in cells if marks.get("solution")}
