"""Lab 01 through the real nbgrader: release, submissions, autograde, feedback, export."""

import csv
import html
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from conftest import NEEDS_BOX, ROOT, Course
from nbformat import NotebookNode
from nbgrader.api import Gradebook

from course.answers import read_answers
from course.build import build_notebook
from course.layout import Lab
from course.notebooks import region
from course.rules.grading import POINTS

pytestmark = NEEDS_BOX
LAB = "01_backprop"

NOISE = """

import logging
import os
import sys
import warnings
from functools import wraps

logging.basicConfig()  # its handler keeps the stream of this cell


def noisy(function):
    @wraps(function)
    def call(*args, **kwargs):
        warnings.warn("a warning by Python", stacklevel=2)
        print("a line on stderr", file=sys.stderr)
        logging.warning("a logged warning")
        os.write(2, b"[W] a warning by C++\\n")
        return function(*args, **kwargs)

    return call


forward = noisy(forward)
"""

ENDLESS = """

import time


def train_step(*args):
    while True:
        time.sleep(1)
"""


def cell_of(nb: NotebookNode, name: str) -> NotebookNode:
    return next(
        cell for cell in nb.cells if cell.metadata.get("nbgrader", {}).get("grade_id") == name
    )


class Class:
    """Students of one course, each with an edit of the perfect submission or of the untouched release."""

    def __init__(self, course: Course) -> None:
        self.course = course
        self.solved = nbformat.read(course.built(LAB), as_version=4)
        self.released = nbformat.read(course.released(LAB), as_version=4)

    @property
    def checks(self) -> dict[str, float]:
        """Points by the name of each graded code cell."""
        graded = (
            c.metadata.get("nbgrader", {}) for c in self.solved.cells if c.cell_type == "code"
        )
        return {m["grade_id"]: m["points"] for m in graded if m.get("grade")}

    def points(self, *names: str) -> float:
        """The sum of the points of these checks."""
        return sum(self.checks[name] for name in names)

    def submission(self, *, solved: bool) -> NotebookNode:
        """The student notebook, with the reference solutions filled in or not."""
        nb = nbformat.from_dict(self.released)
        for cell in nb.cells if solved else []:
            if cell.metadata.get("nbgrader", {}).get("solution"):
                cell.source = cell_of(self.solved, cell.metadata.nbgrader.grade_id).source
        return nb

    def submit(self, student: str, nb: NotebookNode) -> None:
        path = self.course.submitted(student, LAB)
        path.parent.mkdir(parents=True)
        nbformat.write(nb, path)

    def score(self, student: str) -> float:
        with self._gradebook() as gradebook:
            return gradebook.find_submission(LAB, student).score

    def failed(self, student: str) -> set[str]:
        """The names of the checks that gave no points."""
        with self._gradebook() as gradebook:
            grades = gradebook.find_submission_notebook(LAB, LAB, student).grades
            return {g.cell.name for g in grades if g.cell.name in self.checks and not g.score}

    def grade_by_hand(self, student: str) -> None:
        """Gives full points to the written answers."""
        with self._gradebook() as gradebook:
            for grade in gradebook.find_submission_notebook(LAB, LAB, student).grades:
                if grade.cell.name not in self.checks:
                    grade.manual_score = grade.max_score
            gradebook.db.commit()

    def feedback(self, student: str) -> str:
        path = self.course.root / "grading" / "feedback" / student / LAB / f"{LAB}.html"
        return html.unescape(re.sub(r"<[^>]+>", "", path.read_text(encoding="utf-8")))

    def _gradebook(self) -> Gradebook:
        return Gradebook(self.course.gradebook)


def endless(nb: NotebookNode) -> NotebookNode:
    """One function never returns: its checks stop it, and nbgrader cuts the given cell that calls it.

    It sleeps, which leaves the core to the other tests; tests/utils/checks/test_running.py stops one that is busy.
    """
    cell_of(nb, "train_step").source += ENDLESS
    return nb


def damaged(nb: NotebookNode) -> NotebookNode:
    """Graded and locked cells were deleted, others copied and pasted, one copy emptied."""
    gone = {
        "setup",
        "imports",
        "backward_output_layer",
        "autograd_step_once",
        "autograd_step_again",
    }
    nb.cells = [c for c in nb.cells if c.metadata.get("nbgrader", {}).get("grade_id") not in gone]
    for name in ("softmax_rows", "one_step", "forward"):
        cell = cell_of(nb, name)
        copy = nbformat.from_dict({**cell, "id": f"copy-of-{name.replace('_', '-')}"})
        nb.cells.insert(nb.cells.index(cell), copy)
    cell_of(nb, "softmax_rows").source = "pass"
    return nb


REPLACING = """
import sys
import utils
from utils import checks


class Lenient:
    def __getattr__(self, name):
        return lambda *args, **kwargs: args[-1] if args else None


def init_params(*args):
    checks.that = lambda *args: None


checks = Lenient()
"""
DISPLAYING = """
def softmax(logits):
    sys.displayhook(1)
    return logits


sys.modules["utils.checks"] = utils.checks = Lenient()
from utils import checks
"""


def cheating(nb: NotebookNode) -> NotebookNode:
    """The release with its checks emptied, its points raised, its locks undone, and code that replaces the checks."""
    cell_of(nb, "init_params").source = REPLACING
    cell_of(nb, "softmax").source = DISPLAYING
    for cell in nb.cells:
        metadata = cell.metadata.get("nbgrader", {})
        if metadata.get("grade") and cell.cell_type == "code":
            cell.source = "100.0"
            metadata.update(points=50, locked=False, solution=True)
    return nb


def noisy(nb: NotebookNode) -> NotebookNode:
    """Right answers, one of which warns in four ways."""
    cell_of(nb, "forward").source += NOISE
    return nb


HALF = ("init_params", "softmax", "forward", "cross_entropy")
HALF_CHECKS = (
    "init_params_shapes",
    "init_params_scale",
    "softmax_rows",
    "softmax_large",
    "forward_hidden",
    "forward_probs",
    "cross_entropy_value",
    "cross_entropy_finite",
    "backward_output_layer",
    "backward_activations",
    "backward_first_layer",
)


def half(nb: NotebookNode, solved: NotebookNode) -> NotebookNode:
    """Exercises 1 to 3 right, exercise 4 right but for the first of its steps, the others untouched."""
    for name in HALF:
        cell_of(nb, name).source = cell_of(solved, name).source
    answers = read_answers(Lab(LAB), build_notebook(Lab(LAB)))
    (sum_over_batch,) = [a for a in answers if a.why == "forgets to divide by the batch size"]
    cell_of(nb, "backward").source = sum_over_batch.code
    return nb


@pytest.fixture(scope="module")
def students(tmp_path_factory: pytest.TempPathFactory) -> Class:
    """A class whose submissions were all graded in one run, the broken ones first."""
    course = Course(tmp_path_factory.mktemp("course"), {})
    shutil.copytree(ROOT / "solutions" / LAB, course.root / "solutions" / LAB)
    course.python_m_course("build")
    course.nbgrader("generate_assignment", LAB)
    students = Class(course)
    edits: dict[str, Callable[[NotebookNode], NotebookNode]] = {
        "a_endless": endless,
        "b_damaged": damaged,
        "d_perfect": noisy,
    }
    for student, edit in edits.items():
        students.submit(student, edit(students.submission(solved=True)))
    students.submit("c_cheating", cheating(students.submission(solved=False)))
    students.submit("e_half", half(students.submission(solved=False), students.solved))
    students.submit("f_untouched", students.submission(solved=False))
    beside = course.root / "grading" / "submitted" / "c_cheating" / LAB / "utils"
    beside.mkdir()
    for module in ("__init__", "setup", "checks"):
        (beside / f"{module}.py").write_text("def __getattr__(name): return lambda *_, **__: None")
    config = course.root / "nbgrader_config.py"
    # More than the 10 s that a check gives a call, and no more: the given cells that call the endless one take all.
    config.write_text(config.read_text() + "\nc.ExecuteInBox.cell_seconds = 12\n")
    # Beside each other; tests/course/test_grade.py has `nbgrader autograde` give the same marks.
    course.python_m_course("grade", LAB, "--jobs", "3")
    course.nbgrader("generate_feedback", LAB)
    course.nbgrader("export")
    return students


def test_a_perfect_submission_scores_full_points_whatever_it_writes_to_stderr(students):
    assert students.failed("d_perfect") == set()
    card = next(
        POINTS.search(cell.source) for cell in students.released.cells if "points**" in cell.source
    )
    students.grade_by_hand("d_perfect")
    assert students.score("d_perfect") == float(card[1])


def test_the_untouched_release_scores_nothing(students):
    assert students.score("f_untouched") == 0


def test_a_half_right_one_scores_what_its_exercises_are_worth(students):
    assert students.score("e_half") == students.points(*HALF_CHECKS) == 11
    assert students.failed("e_half") == students.checks.keys() - set(HALF_CHECKS)


def test_edited_and_replaced_checks_gain_nothing(students):
    assert students.score("c_cheating") == 0
    assert "init_params raised AttributeError: checks.that cannot be replaced" in students.feedback(
        "c_cheating"
    )


def test_deleted_and_duplicated_cells_cost_nothing(students):
    assert students.failed("b_damaged") == set()


def test_an_endless_loop_costs_only_its_own_points(students):
    assert students.failed("a_endless") == {"train_step_once", "train_step_again"}


def test_every_student_has_a_row_in_the_export(students):
    with (students.course.root / "grades.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert {row["student_id"] for row in rows} == {path.name for path in submitted(students)}


def submitted(students: Class) -> list[Path]:
    return sorted((students.course.root / "grading" / "submitted").iterdir())


def test_feedback_shows_the_checks_message(students):
    assert (
        "you sum over the batch; the loss is a mean: divide by the batch size."
        in students.feedback("e_half")
    )
    assert "train_step was stopped after 10 s" in students.feedback("a_endless")
    assert "init_params is not written yet" in students.feedback("f_untouched")


def test_feedback_never_shows_hidden_source(students):
    visible = "\n".join(cell.source for cell in students.released.cells)
    hidden = {
        line.strip()
        for cell in students.solved.cells
        for line in region(cell.source, "HIDDEN TESTS")
        if len(line.strip()) > 20 and line.strip() not in visible
    }
    assert len(hidden) > 20
    for student in submitted(students):
        text = students.feedback(student.name)
        assert "HIDDEN TESTS" not in text
        assert [line for line in hidden if line in text] == []


def test_a_mended_check_changes_old_marks_when_grading_is_forced(course):
    course.edit("assert double(3) == 6", "assert double(3) == 7")
    course.run("release")
    submitted = course.submitted("s01")
    submitted.parent.mkdir(parents=True)
    shutil.copy(course.built(), submitted)

    def grade(*options: str) -> float:
        course.nbgrader("autograde", "90_tiny", *options)
        with Gradebook(course.gradebook) as gradebook:
            return gradebook.find_submission("90_tiny", "s01").score

    assert grade() == 1
    course.edit("assert double(3) == 7", "assert double(3) == 6")
    course.run("release")
    assert grade() == 1
    assert grade("--force") == 2
