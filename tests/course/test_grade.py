"""A class is graded by `course grade` as nbgrader grades it, many at a time, and what cannot be graded is told."""

import nbformat
import pytest
from conftest import NEEDS_BOX, Course
from marks_lab import LAB, RIGHT, ZERO
from nbgrader.api import Gradebook

from course.grade import submissions
from course.layout import Lab

pytestmark = NEEDS_BOX
CLASS = {
    "ann": RIGHT,
    "bob": ZERO,
    "cleo": {"mean": RIGHT["mean"]},
    "dan": {},
    "eve": {**RIGHT, "mean": "def mean(x):\n    return x.sum()"},
}


def submit(course: Course, student: str, answers: dict[str, str]) -> None:
    nb = nbformat.read(course.released("90_marks"), as_version=4)
    for cell in nb.cells:
        cell.source = answers.get(cell.id, cell.source)
    path = course.root / "grading" / "submitted" / student / "90_marks" / "90_marks.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(nb, path)


@pytest.fixture
def marks(course_of) -> Course:
    course = course_of({"90_marks": LAB})
    course.run("release")
    for student, answers in CLASS.items():
        submit(course, student, answers)
    return course


def scores(course: Course) -> dict[tuple[str, str], float]:
    with Gradebook(f"sqlite:///{course.root}/grading/gradebook.db") as gradebook:
        return {
            (submission.student.id, grade.cell.name): grade.auto_score
            for submission in gradebook.notebook_submissions("90_marks", "90_marks")
            for grade in submission.grades
        }


def test_the_marks_are_the_same_in_every_way(marks):
    said = marks.python_m_course("grade", "90_marks")
    assert said.strip().splitlines() == [
        "90_marks  ann  5 of 5",
        "90_marks  bob  1 of 5",
        "90_marks  cleo  2 of 5",
        "90_marks  dan  0 of 5",
        "90_marks  eve  4 of 5",
    ]
    ours = scores(marks)
    marks.nbgrader("autograde", "90_marks", "--force")
    assert scores(marks) == ours
    said = marks.nbgrader("autograde", "90_marks", "--force", "--ExecuteInBox.no_box=True")
    assert scores(marks) == ours
    assert "No box: this submission can read and change whatever you can" in said


def test_what_was_graded_is_left_alone_and_a_new_submission_is_graded(marks):
    marks.run("grade", "90_marks", "--student", "ann", "--student", "bob")
    submit(marks, "bob", RIGHT)
    assert "bob  1 of 5" in marks.run("grade", "90_marks")
    assert "bob  5 of 5" in marks.run("grade", "90_marks", "--student", "bob", "--force")


def test_one_that_cannot_be_read_is_named_and_the_others_are_graded(marks):
    path = marks.root / "grading" / "submitted" / "bob" / "90_marks" / "90_marks.ipynb"
    path.write_text("{")
    said = marks.run("grade", "90_marks", code=1)
    assert "90_marks  bob  not graded: " in said
    assert "90_marks  eve  4 of 5" in said
    assert "1 of 5 could not be graded" in said


def test_a_lab_that_was_not_released_and_a_student_who_handed_in_nothing_are_told(course_of):
    course = course_of({"90_marks": LAB})
    assert "Release it first: python -m course release 90_marks" in course.run(
        "grade", "90_marks", code=1
    )
    assert "zoe has submitted no 90_marks" in course.run(
        "grade", "90_marks", "--student", "zoe", code=1
    )


def test_without_bubblewrap_nothing_runs_and_the_package_is_named(marks, monkeypatch):
    monkeypatch.setattr("course.grading.box.walls.shutil.which", lambda name: None)
    said = marks.run("grade", "90_marks", code=1)
    assert "apt install bubblewrap" in said


def test_a_notebook_under_another_name_or_in_another_place_is_told(marks):
    folder = marks.root / "grading" / "submitted"
    (folder / "ann" / "90_marks" / "90_marks.ipynb").rename(
        folder / "ann" / "90_marks" / "Copy of 90_marks (1).ipynb"
    )
    (folder / "bob" / "90_marks").rename(folder / "bob" / "90_Marks")
    (folder / "cleo" / "90_marks" / "90_marks.ipynb").rename(folder / "cleo" / "90_marks.ipynb")
    two = folder / "dan" / "90_marks"
    (two / "90_marks.ipynb").rename(two / "90_marks-1.ipynb")
    (two / "90_marks-2.ipynb").write_text("{}")
    said = marks.run("grade", "90_marks")
    assert "ann: Copy of 90_marks (1).ipynb is taken for 90_marks.ipynb, and renamed." in said
    assert "90_marks  ann  5 of 5" in said
    assert "bob: " in said
    assert "90_Marks/90_marks.ipynb is looked for as" in said
    assert "cleo: " in said
    assert (
        "dan: which one is 90_marks.ipynb? Rename one of 90_marks-1.ipynb, 90_marks-2.ipynb" in said
    )


@pytest.mark.parametrize(
    "name",
    ["90_Marks.ipynb", "90_marks.ipynb ", "90_marks .ipynb", "90_marks.ipynb.txt", "A.IPYNB"],
)
def test_a_notebook_whose_name_is_nearly_right_is_taken(course_of, name):
    course = course_of({"90_marks": LAB})
    folder = course.root / "grading" / "submitted" / "ann" / "90_marks"
    folder.mkdir(parents=True)
    (folder / name).write_text("{}")
    (path,) = submissions(Lab("90_marks"))
    assert path == folder / "90_marks.ipynb"
    assert path.read_text() == "{}"


def test_archives_and_folders_whose_name_is_nearly_right_are_told(course_of, capsys):
    course = course_of({"90_marks": LAB})
    folder = course.root / "grading" / "submitted"
    for place in (
        "all.zip",
        "ann/90_marks/ann.zip",
        "bob/90_marks.ZIP",
        "cleo/90_marks /90_marks.ipynb",
        "dan/91_other.zip",
    ):
        (folder / place).parent.mkdir(parents=True, exist_ok=True)
        (folder / place).write_text("")
    assert submissions(Lab("90_marks")) == []
    said = capsys.readouterr().out.splitlines()
    assert [line.split(str(folder) + "/")[1] for line in said] == [
        "all.zip is an archive: unpack it, by hand or by `nbgrader zip_collect`.",
        "ann/90_marks/ann.zip is an archive: unpack it, by hand or by `nbgrader zip_collect`.",
        "bob/90_marks.ZIP is an archive: unpack it, by hand or by `nbgrader zip_collect`.",
        "cleo/90_marks /90_marks.ipynb is looked for as ",
    ]


def test_nothing_to_grade_is_one_line(course_of):
    course = course_of({"90_marks": LAB})
    nothing = "Nothing was handed in: a submission is grading/submitted/STUDENT/LAB/LAB.ipynb."
    assert course.run("grade").strip() == nothing
    course.run("release")
    assert course.run("grade", "90_marks").strip() == nothing
    assert "There is no lab '90_mark'. The labs are: 90_marks." in course.run(
        "grade", "90_mark", code=1
    )
