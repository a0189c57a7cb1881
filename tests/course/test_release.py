"""A release holds no solution, breaks no rule, and is what its source gives."""

import re
import shutil

import nbformat
from conftest import ROOT, TINY
from nbgrader.api import Gradebook

from course import release
from course.layout import CourseError, find_labs


def test_release_writes_nothing_when_a_rule_is_broken(course):
    course.run("release")
    before = course.released().read_bytes()
    course.edit("**2 points**", "**3 points**")
    assert "the card says 3" in course.run("release", code=1)
    assert course.released().read_bytes() == before


def test_the_release_has_stubs_and_no_hidden_tests(course):
    course.run("release")
    nb = nbformat.read(course.released(), as_version=4)
    text = "\n".join(cell.source for cell in nb.cells)
    assert 'raise NotImplementedError("not written yet")' in text
    assert "the_number_twice_over" not in text
    assert "10**20" not in text
    assert "assert double(-1)" in text


def test_check_names_a_drifted_lab_and_changes_nothing(course):
    course.run("release")
    course.run("release", "--check")
    before = course.released().read_bytes()
    course.edit("expected 6, got", "expected six, got")
    assert "labs/90_tiny is not what" in course.run("release", "--check", code=1)
    assert course.released().read_bytes() == before


def test_nbgrader_alone_releases_the_same_bytes_and_registers_the_assignment(course):
    course.run("release")
    before = course.released().read_bytes()
    course.nbgrader("generate_assignment", "90_tiny")
    assert course.released().read_bytes() == before
    assert "90_tiny" in course.nbgrader("db", "assignment", "list")


def test_two_labs_are_released_in_one_go(course_of):
    course = course_of({"90_tiny": TINY, "91_tiny": TINY})
    course.run("release")
    assert course.released("90_tiny").exists()
    assert course.released("91_tiny").exists()


def test_other_cells_are_refused_while_there_are_submissions(course):
    course.run("release")
    with Gradebook(f"sqlite:///{course.root}/grading/gradebook.db") as gradebook:
        gradebook.update_or_create_student("s01")
        gradebook.update_or_create_submission("90_tiny", "s01")
    before = course.released().read_bytes()
    course.edit('check="double_negative"', 'check="double_minus"')
    said = course.run("release", code=1)
    assert "1 submissions" in said
    assert "gone: double_negative; new: double_minus" in said
    assert course.released().read_bytes() == before
    course.edit('check="double_minus"', 'check="double_negative"')
    course.edit("expected 6, got", "expected six, got")
    course.run("release")
    assert course.released().read_bytes() != before


def test_a_notebook_with_answers_is_not_overwritten(course):
    course.run("release")
    nb = nbformat.read(course.released(), as_version=4)
    next(
        cell for cell in nb.cells if cell.id == "double"
    ).source = "def double(n):\n    return 2 * n"
    nbformat.write(nb, course.released())
    before = course.released().read_bytes()
    assert "holds somebody's answers" in course.run("release", code=1)
    assert course.released().read_bytes() == before
    course.run("release", "--force")
    assert course.released().read_bytes() != before
    course.edit("expected 6, got", "expected six, got")
    course.run("release")


def test_prose_that_was_edited_in_a_released_notebook_is_not_overwritten(course):
    course.run("release")
    nb = nbformat.read(course.released(), as_version=4)
    nb.cells[0].source += "\n\nRead chapter 3 first."
    nbformat.write(nb, course.released())
    course.edit("expected 6, got", "expected six, got")
    said = course.run("release", code=1)
    assert "labs/90_tiny/90_tiny.ipynb holds somebody's answers, outputs or texts" in said
    assert "write texts into solutions/90_tiny/" in said
    assert "chapter 3" in course.released().read_text(encoding="utf-8")
    course.edit("# Tiny lab", "# Tiny lab\n# Read chapter 3 first.")
    course.run("release", "--force")
    course.edit("expected six, got", "expected 6, got")
    course.run("release")


def test_no_lab_of_the_book_counts_as_edited():
    assert [lab for lab in find_labs() if release._was_worked_on(lab.released)] == []


def test_the_old_notebook_is_put_back_if_nbgrader_fails(course, monkeypatch):
    course.run("release")
    before = course.released().read_bytes()

    def fail(lab, root):
        shutil.rmtree(lab.released.parent)
        raise CourseError("nbgrader could not release")

    course.edit("expected 6, got", "expected six, got")
    generate = release._generate
    monkeypatch.setattr(
        release,
        "_generate",
        lambda lab, root, **rest: (
            generate(lab, root, **rest) if "register" in rest else fail(lab, root)
        ),
    )
    assert "could not release" in course.run("release", code=1)
    assert course.released().read_bytes() == before


def test_the_smallest_lab_of_the_documentation_can_be_released(course_of):
    text = (ROOT / "docs" / "authors.md").read_text(encoding="utf-8")
    (example,) = [
        block for block in re.findall(r"```python\n(.*?)```", text, re.DOTALL) if "Trial" in block
    ]
    course = course_of({"90_trial": example})
    course.run("release")
    assert course.released("90_trial").exists()


def test_a_problem_is_named_by_file_and_line(course):
    course.edit('assert double(-1) == -2, "negative', 'double(-1) == -2, "negative')
    said = course.run("release", code=1)
    assert "solutions/90_tiny/00_card.py:24: double_negative: a stray expression" in said
