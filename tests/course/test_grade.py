"""A class is graded by `course grade` as nbgrader grades it, many at a time, and what cannot be graded is told."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import nbformat
import pytest
from conftest import NEEDS_BOX, Course, gates
from marks_lab import LAB, LINES, RIGHT, scores, submit

from course.grade import _uninterrupted, submissions
from course.layout import Lab

pytestmark = NEEDS_BOX


def test_the_marks_are_the_same_in_every_way(marks):
    said = marks.python_m_course("grade", "90_marks")
    assert "Warning" not in said
    said = said.splitlines()
    assert [line for line in said if line in LINES] == LINES
    assert "90_marks  5 of 5" in said  # on stderr, without a terminal
    ours = scores(marks.gradebook)
    marks.nbgrader("autograde", "90_marks", "--force")
    assert scores(marks.gradebook) == ours
    said = marks.nbgrader("autograde", "90_marks", "--force", "--ExecuteInBox.no_box=True")
    assert scores(marks.gradebook) == ours
    assert "No box: submissions can read and change whatever you can" in said


def test_what_was_graded_is_left_alone_and_a_new_submission_is_graded(marks):
    marks.run("grade", "90_marks", "--student", "ann", "--student", "bob")
    submit(marks.root, "bob", RIGHT)
    said = marks.run("grade", "90_marks")
    assert "3 graded now, 2 before; --force grades those again\n" in said
    assert "bob  1 of 5" in said
    assert "bob  5 of 5" in marks.run("grade", "90_marks", "--student", "bob", "--force")


def test_one_that_cannot_be_read_is_named_and_the_others_are_graded(marks):
    path = marks.submitted("bob", "90_marks")
    path.write_text("{")
    said = marks.run("grade", "90_marks", code=1)
    assert (
        "90_marks  bob  not graded: its notebook is cut off, or none: ask the student for it"
        in said
    )
    assert "90_marks  eve  4 of 5" in said
    assert "1 of 5 could not be graded: 90_marks bob" in said


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


def test_without_a_box_grading_goes_on_when_it_is_told_to_and_says_what_that_risks(marks):
    said = marks.run("grade", "90_marks", "--no-box", "--student", "ann")
    assert "No box: submissions can read and change whatever you can" in said
    assert "90_marks  ann  5 of 5" in said


def test_a_box_that_cannot_be_made_is_refused_before_anything_runs(marks, monkeypatch):
    monkeypatch.setattr("course.grading.box.walls.shutil.which", lambda name: None)
    said = marks.run("grade", "90_marks", "--box", "docker", code=1)
    assert "docker is not installed" in said
    assert "--no-box" in said
    assert scores(marks.gradebook) == {}


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


def autograded(course: Course) -> dict[str, int]:
    """When the graded notebook of each student was written."""
    folder = course.root / "grading" / "autograded"
    return {path.parts[-3]: path.stat().st_mtime_ns for path in folder.glob("*/*/*.ipynb")}


@pytest.fixture
def interruptible() -> Iterator[None]:
    """A program in the background ignores Ctrl+C, and so would those that it starts."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_ctrl_c_loses_nothing_and_the_next_call_goes_on(marks, tmp_path, monkeypatch):
    started, _, waits = gates(tmp_path, monkeypatch)
    submit(marks.root, "dan", {"mean": waits})
    command = [sys.executable, "-m", "course", "grade", "90_marks", "--jobs", "1"]
    # As in a terminal, whose Ctrl+C goes to all processes of the session.
    with subprocess.Popen(
        command, cwd=marks.root, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as grading:
        while "3 of 5" not in grading.stderr.readline():
            pass
        started()  # the fourth runs
        os.killpg(grading.pid, signal.SIGINT)
        assert "the next call goes on with the rest" in grading.stderr.read()
    assert grading.returncode == 130
    before = autograded(marks)
    assert set(before) == {"ann", "bob", "cleo"}
    submit(marks.root, "dan", {})
    assert marks.run("grade", "90_marks").splitlines()[-5:] == LINES
    assert before.items() <= autograded(marks).items()


def test_ctrl_c_waits_while_a_student_is_written():
    written = []

    def write() -> None:
        with _uninterrupted():
            signal.raise_signal(signal.SIGINT)
            written.append(True)

    with pytest.raises(KeyboardInterrupt):
        write()
    assert written


def test_what_was_cut_off_while_it_was_written_is_graded_again(marks):
    marks.run("grade", "90_marks")
    folder = marks.root / "grading" / "autograded"
    before = autograded(marks)
    half = folder / "ann" / "90_marks" / "90_marks.ipynb"
    nb = nbformat.read(half, as_version=4)
    for cell in nb.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    half.chmod(0o644)
    nbformat.write(nb, half)
    (folder / "bob" / "90_marks" / "90_marks.ipynb").unlink()
    assert marks.run("grade", "90_marks").splitlines()[-5:] == LINES
    after = autograded(marks)
    assert {student for student in before if after[student] != before[student]} == {"ann", "bob"}
    assert any(cell.get("outputs") for cell in nbformat.read(half, as_version=4).cells)


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
    assert course.run("grade", code=1).strip() == nothing
    course.run("release")
    assert nothing in course.run("grade", "90_marks", code=1)
    assert "There is no lab '90_mark'. The labs are: 90_marks." in course.run(
        "grade", "90_mark", code=1
    )
