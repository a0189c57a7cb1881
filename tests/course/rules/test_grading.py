"""A lab whose points do not add up, or that nbgrader would score wrongly, is named."""

import pytest

from course.build import build_notebook
from course.layout import Lab
from course.rules import grading_problems


def problems(course, old: str, new: str) -> str:
    course.edit(old, new)
    found = grading_problems(build_notebook(Lab("90_tiny")).notebook)
    return "\n".join(problem.says for problem in found)


def test_the_tiny_lab_breaks_no_rule(course):
    assert grading_problems(build_notebook(Lab("90_tiny")).notebook) == []


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("**2 points**", "**3 points**", "the card says 3 points and the cells give 2"),
        ("**2 points**", "two points", "does not say"),
        ("(2 points ·", "(1 points ·", "Exercise 1 promises 1 point and gives 2"),
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
            "### BEGIN SOLUTION and ### END SOLUTION do not come in pairs",
        ),
        ("### END HIDDEN TESTS", "", "### END HIDDEN TESTS do not come in pairs"),
        ("### BEGIN SOLUTION", "### BEGIN", "no lines between"),
    ],
)
def test_a_broken_rule_is_named(course, old, new, words):
    assert words in problems(course, old, new)


def test_a_repeated_name_is_named(course):
    course.edit('check="double_negative"', 'check="double_value"')
    assert "the name double_value stands at" in course.run("release", code=1)


def test_an_exercise_without_a_check_is_named(course):
    found = problems(
        course,
        '# %% check="double_value"',
        '# %% solution="triple"\npass\n\n# %% check="double_value"',
    )
    assert "no check follows the exercise double" in found
