"""What an instructor sees of a class is what it did, and no name unless one asks."""

import csv
import json

import pytest
from marks_lab import LAB, RIGHT, submit
from nbgrader.api import Gradebook

from course.grading.flags import write_flags
from course.layout import CourseError, find_labs
from course.report import report_of, write_reports


@pytest.fixture
def graded(marks):
    submit(marks.root, "eve", {**RIGHT, "mean": "def mean(x):\n    return x.sum().item() / 4"})
    submit(marks.root, "fay", {**RIGHT, "mean": "def mean(x):\n    return x.sum().item() / 5"})
    marks.run("grade")
    return marks


def test_a_report_counts_what_each_check_told(graded, tmp_path):
    write_flags(graded.root, "90_marks", "bob", [("code cell 2", "it reads <frames>")])
    (lab,) = find_labs(["90_marks"])
    report = report_of(lab)
    assert (report.most, report.statuses) == (5, {"graded": 5, "untouched": 1})
    assert (report.points, report.mean, report.median) == ([1, 2, 4, 4, 5], 3.2, 4)
    double, mean = report.exercises
    assert (double.name, double.points, double.solved) == ("Exercise 1 · Doubling", 3, 0.6)
    assert (mean.name, mean.points, mean.solved, mean.mean) == ("Exercise 2 · Mean", 2, 0.4, 0.7)
    value, zero = mean.checks
    assert (value.title, value.passed, value.not_written) == ("the mean", 0.4, 0.0)
    assert [count for _, count in value.messages] == [3]  # three numbers, one kind of message
    assert value.messages[0][0].startswith("mean(x): expected 2.33333, got ")
    assert (zero.passed, zero.messages, zero.discrimination) == (1.0, [], None)
    assert double.checks[0].not_written == 0.2
    assert -1 <= double.checks[0].discrimination <= 1

    pages = write_reports([report], tmp_path / "report", names=False)
    assert [page.name for page in pages] == ["90_marks.html", "index.html"]
    text = pages[0].read_text(encoding="utf-8")
    assert "it reads &lt;frames&gt;" in text
    assert "The fewest solved: Exercise 2 · Mean (40%), Exercise 1 · Doubling (60%)." in text
    assert 'alt="Students by points. 5 of them have between 1 and 5; 2 have 4' in text
    everything = [path.read_text(encoding="utf-8") for path in (tmp_path / "report").iterdir()]
    assert not any(name in page for page in everything for name in ("ann", "bob", "cleo", "fay"))
    assert "http" not in text.replace("http-equiv", "")
    named = write_reports([report], tmp_path / "report", names=True)[0].read_text(encoding="utf-8")
    assert "<td>bob</td>" in named
    with (tmp_path / "report" / "90_marks.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["check"] for row in rows][-2:] == ["mean_value", "mean_zero"]
    assert rows[-2]["passed"] == "0.400"
    document = json.loads((tmp_path / "report" / "90_marks.json").read_text(encoding="utf-8"))
    assert document["exercises"][1]["solved"] == 0.4


def test_what_is_not_read_yet_is_no_exercise_that_nobody_solved(course_of):
    question = """
# %% [markdown]
# ### Question 1 · Why? (1 point · 5 min · ●○○)

# %% [markdown] manual="why" points=1
# It is a sum.
"""
    course = course_of({"90_marks": LAB.replace("**5 points**", "**6 points**") + question})
    course.run("release")
    submit(course.root, "ann", {**RIGHT, "why": "A sum."})
    submit(course.root, "bob", RIGHT)  # left the question as it came: 0 points, without a look
    course.run("grade")
    (lab,) = find_labs(["90_marks"])
    why = report_of(lab).exercises[-1]
    assert (why.solved, why.mean, why.checks[0].passed) == (None, None, None)
    assert why not in report_of(lab).hardest
    with Gradebook(course.gradebook) as gradebook:
        grade = gradebook.find_grade("why", "90_marks", "90_marks", "ann")
        grade.manual_score, grade.needs_manual_grade = 1.0, False
        gradebook.db.commit()
    assert report_of(lab).hardest[0].solved == 0.5


def test_a_report_of_one_lab_keeps_the_others_in_the_overview(graded, tmp_path):
    one, other = report_of(find_labs(["90_marks"])[0]), report_of(find_labs(["90_marks"])[0])
    other.lab = "91_other"
    folder = tmp_path / "report"
    write_reports([one, other], folder, names=False)
    (folder / "91_other.html").write_text("kept")
    pages = write_reports([one, other], folder, names=False, pages=["90_marks"])
    assert [page.name for page in pages] == ["90_marks.html", "index.html"]
    assert (folder / "91_other.html").read_text() == "kept"
    overview = (folder / "index.html").read_text(encoding="utf-8")
    assert '<a href="90_marks.html">' in overview
    assert '<a href="91_other.html">' in overview


def test_the_command_for_one_lab_asks_for_all_that_are_graded(course_of, tmp_path):
    course = course_of({"90_marks": LAB, "91_marks": LAB, "92_marks": LAB})
    course.run("release")
    for lab in ("90_marks", "91_marks"):
        submit(course.root, "ann", RIGHT, lab)
    course.run("grade")
    said = course.run("report", "91_marks", "--out", str(tmp_path / "report"))
    assert "92_marks" not in said
    overview = (tmp_path / "report" / "index.html").read_text(encoding="utf-8")
    for lab in ("90_marks", "91_marks"):
        assert f'<a href="{lab}.html">' in overview
        assert (tmp_path / "report" / f"{lab}.html").exists()


def test_a_lab_that_nobody_is_graded_in_has_no_report(marks, tmp_path):
    said = marks.run("report", "90_marks", code=1)
    assert "Nobody's 90_marks is graded yet: python -m course grade 90_marks" in said
    assert "Nobody's 90_marks is graded yet" in marks.run("report", "--out", str(tmp_path / "r"))
    assert not (tmp_path / "r").exists()
    with pytest.raises(CourseError, match="graded yet"):
        report_of(find_labs(["90_marks"])[0])
