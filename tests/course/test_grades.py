"""Marks go out with what became of each submission, and an empty cell is not a zero."""

import csv
import json
from pathlib import Path

import nbformat
import pytest
from marks_lab import LAB, submit

from course.roster import Student, fill_gradebook

CLASS = [
    Student("ann", "Ann", "Arbor", "ann@uni.example", "71"),
    Student("bob", "Bob", "Ñandú", "bob@uni.example", "72"),
    Student("zoe", "Zoe", "Late", "zoe@uni.example", "73"),
]
EXPORT = (
    "Student,ID,SIS User ID,SIS Login ID,Section,90 Marks (8112),Lab 02 (8113),Current Score\n"
    "    Points Possible,,,,,5,34,(read only)\n"
    '"Ñandú, Bob",72,u72,bob,Mon,,1,9\n'
    '"Arbor, Ann",71,u71,ann,Mon,,2,9\n'
    '"Late, Zoe",,u73,zoe,Tue,,,9\n'
    '"Gone, Max",99,u99,max,Tue,,,9\n'
)


@pytest.fixture
def graded(marks):
    """Ann and dan are graded, bob's notebook cannot be read, eve's was not graded yet, and zoe handed in nothing."""
    fill_gradebook(CLASS)
    marks.submitted("bob", "90_marks").write_text("{")
    students = [argument for name in ("ann", "bob", "dan") for argument in ("--student", name)]
    marks.run("grade", "90_marks", *students, code=1)
    return marks


def rows(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def test_people_see_points_and_what_became_of_each(graded, tmp_path):
    said = graded.run("grades", "--out", str(tmp_path / "g.csv"))
    assert "90_marks: 1 absent, 1 graded, 1 not graded (bob), 1 untouched" in said
    assert rows(tmp_path / "g.csv") == [
        ["student_id", "last_name", "first_name", "email", "90_marks (of 5)", "90_marks status"],
        ["ann", "Arbor", "Ann", "ann@uni.example", "5", "graded"],
        ["bob", "Ñandú", "Bob", "bob@uni.example", "", "not graded"],
        ["dan", "", "", "", "0", "untouched"],
        ["zoe", "Late", "Zoe", "zoe@uni.example", "", "absent"],
    ]
    submit(graded.root, "zoe", {})
    graded.run("grades", "90_marks", "--out", str(tmp_path / "g.csv"))
    assert rows(tmp_path / "g.csv")[-1][-2:] == ["", "not graded"]


def test_a_mark_of_an_older_submission_or_of_a_cut_off_grading_is_none(graded, tmp_path):
    def statuses() -> list[str]:
        graded.run("grades", "90_marks", "--out", str(tmp_path / "g.csv"))
        return [row[-1] for row in rows(tmp_path / "g.csv") if row[0] in ("ann", "dan")]

    assert statuses() == ["graded", "untouched"]
    autograded, submitted = (graded.root / "grading" / step for step in ("autograded", "submitted"))
    notebook = autograded / "ann" / "90_marks" / "90_marks.ipynb"
    cells = json.loads(notebook.read_text(encoding="utf-8"))
    for cell in cells["cells"]:
        if cell["cell_type"] == "code":
            cell |= {"execution_count": None, "outputs": []}
    notebook.write_text(json.dumps(cells), encoding="utf-8")
    for step, day in ((submitted, 2), (autograded, 1)):
        stamp = step / "dan" / "90_marks" / "timestamp.txt"
        stamp.write_text(f"2027-01-0{day} 12:00:00 UTC", encoding="utf-8")
    assert statuses() == ["not graded", "not graded"]


def test_untouched_stays_so_when_a_new_release_changes_what_is_around_the_answers(graded, tmp_path):
    card = graded.card("90_marks")
    card.write_text(card.read_text().replace("# # Lab 90 · Marks", "# # Lab 90 · Marks, again"))
    graded.run("release")
    said = graded.run("grades", "--out", str(tmp_path / "g.csv"))
    assert "90_marks: 1 absent, 1 graded, 1 not graded (bob), 1 untouched" in said
    handed_in = graded.submitted("dan", "90_marks")
    nb = nbformat.read(handed_in, as_version=4)
    (answer,) = (cell for cell in nb.cells if cell.id == "mean")
    answer.source += "  # tried"
    nbformat.write(nb, handed_in)
    assert " untouched" not in graded.run("grades", "--out", str(tmp_path / "g.csv"))


def test_labs_that_have_not_begun_have_no_column(course_of, tmp_path):
    course = course_of(dict.fromkeys(("90_marks", "91_marks", "92_marks"), LAB))
    course.run("release")
    fill_gradebook(CLASS)
    course.run("due", "91_marks", "2027-03-01T12:00Z")
    submit(course.root, "ann", {}, "92_marks")
    course.run("grades", "--out", str(tmp_path / "g.csv"))
    labs = [heading for heading in rows(tmp_path / "g.csv")[0] if heading.endswith("status")]
    assert labs == ["91_marks status", "92_marks status"]


def test_each_system_finds_its_columns_and_canvas_its_own_rows(graded, tmp_path):
    graded.run("grades", "--for", "moodle", "--out", str(tmp_path / "g.csv"))
    head, *students = rows(tmp_path / "g.csv")
    known_by = ["Email address", "ID number", "First name", "Last name"]
    assert head == [*known_by, "90_marks", "90_marks status"]
    assert students[0] == ["ann@uni.example", "ann", "Ann", "Arbor", "5", "graded"]
    # An empty cell would become 0 in a grade item that the import makes.
    without = [["-", "not graded"], ["0", "untouched"], ["-", "absent"]]
    assert [student[-2:] for student in students[1:]] == without
    graded.run("grades", "--for", "gradescope", "--out", str(tmp_path / "g.csv"))
    assert rows(tmp_path / "g.csv")[:2] == [
        ["SID", "Email", "First Name", "Last Name", "90_marks", "90_marks status"],
        ["ann", "ann@uni.example", "Ann", "Arbor", "5", "graded"],
    ]
    (tmp_path / "export.csv").write_text(EXPORT, encoding="utf-8-sig")
    command = ("grades", "--for", "canvas", "--out", str(tmp_path / "g.csv"))
    said = graded.run(*command, "--export", str(tmp_path / "export.csv"))
    assert "1 not graded (bob)" in said  # the file has no place for it
    assert "Gone, Max is not in the gradebook: no mark." in said
    assert rows(tmp_path / "g.csv") == [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "90 Marks (8112)"],
        ["    Points Possible", "", "", "", "", "5"],
        ["Ñandú, Bob", "72", "u72", "bob", "Mon", ""],
        ["Arbor, Ann", "71", "u71", "ann", "Mon", "5"],
        ["Late, Zoe", "", "u73", "zoe", "Tue", ""],
        ["Gone, Max", "99", "u99", "max", "Tue", ""],
    ]
    assert "--export FILE" in graded.run(*command, code=1)
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    said = graded.run(*command, "--export", str(tmp_path / "other.csv"), code=1)
    assert "other.csv is no export of Canvas's gradebook: it has a, b." in said


def test_without_a_class_or_a_lab_there_are_no_marks(course, tmp_path):
    out = ("--out", str(tmp_path / "g.csv"))
    (tmp_path / "grading").mkdir()
    assert "knows no lab yet: python -m course release" in course.run("grades", *out, code=1)
    course.run("release")
    assert "No lab has a due date or a submission yet." in course.run("grades", *out, code=1)
    assert "knows no students: python -m course roster" in course.run(
        "grades", "90_tiny", *out, code=1
    )
    fill_gradebook(CLASS)
    assert "3 absent" in course.run("grades", "90_tiny", *out)
    assert not list(tmp_path.glob("*.part"))
