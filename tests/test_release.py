"""A release holds no solution, breaks no rule, and is what its source gives."""

import re
import shutil

import nbformat
import pytest
from conftest import ROOT, TINY
from nbgrader.api import Gradebook

from course import release, rules
from course.build import build_notebook
from course.layout import CourseError


def problems(course, old: str, new: str) -> str:
    course.edit(old, new)
    return "\n".join(rules.source_problems(build_notebook(course.source())))


def test_the_tiny_lab_breaks_no_rule(course):
    assert rules.source_problems(build_notebook(course.source())) == []


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("**2 points**", "**3 points**", "the card says 3 points and the cells give 2"),
        ("**2 points**", "two points", "does not say"),
        ("(2 points ·", "(1 points ·", "Exercise 1 promises 1 points and gives 2"),
        ("Doubling (2 points · 5 min · ●○○)", "Doubling", "another form"),
        ("assert double(3) == 6, f", "double(3) == 6, f", "tests nothing"),
        ('assert double(-1) == -2, "negative', 'double(-1) == -2, "negative', "tests nothing"),
        ("### END HIDDEN TESTS", "### END HIDDEN TESTS\ndouble(1)", "ends in a stray expression"),
        ('assert double(3) == 6, f"expected 6, got {double(3)}"', "double(3)", "checks nothing"),
        (
            'assert double(3) == 6, f"expected 6, got {double(3)}"',
            'checks.passed("double(3)")',
            "checks nothing",
        ),
        (
            'assert double(3) == 6, f"expected 6, got {double(3)}"',
            "checks.run(double, 3)",
            "ends in a stray expression",
        ),
        (
            "    ### END SOLUTION",
            "",
            "double: ### BEGIN SOLUTION and ### END SOLUTION do not come in pairs",
        ),
        ("### END HIDDEN TESTS", "", "### END HIDDEN TESTS do not come in pairs"),
        ("### BEGIN SOLUTION", "### BEGIN", "no lines between"),
    ],
)
def test_a_broken_rule_is_named(course, old, new, words):
    assert words in problems(course, old, new)


def test_a_repeated_name_is_named(course):
    course.edit('check="double_negative"', 'check="double_value"')
    assert "double_value is used 2 times" in course.run("release", code=1)


def test_an_exercise_without_a_check_is_named(course):
    found = problems(
        course,
        '# %% check="double_value"',
        '# %% solution="triple"\npass\n\n# %% check="double_value"',
    )
    assert "no check follows the exercise double" in found


def test_release_writes_nothing_when_a_rule_is_broken(course):
    course.run("release")
    before = course.released().read_bytes()
    course.edit("**2 points**", "**3 points**")
    assert "the card says 3" in course.run("release", code=1)
    assert course.released().read_bytes() == before


def test_a_solution_line_that_can_be_read_elsewhere_is_a_leak(course):
    course.edit("import math", "import math\n\nn = 2\nthe_number_twice_over = n + n")
    assert "the_number_twice_over = n + n" in course.run("release", code=1)
    assert not course.released().exists()


def test_a_solution_line_in_a_comment_or_in_prose_is_a_leak(course):
    course.edit("import math", "import math  # the_number_twice_over = n + n, of course")
    assert "can be read" in course.run("release", code=1)


def test_a_hint_may_give_the_line(course):
    hint = (
        "# <details><summary>Hint</summary>the_number_twice_over = n + n</details>\n\n# %% solution"
    )
    course.edit("\n# %% solution", hint)
    course.run("release")


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
        lambda lab, root, **rest: generate(lab, root, **rest) if rest else fail(lab, root),
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
