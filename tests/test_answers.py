"""The runner that proves graders is itself proved: it notices each way in which answers can be wrong."""

import pytest

from course.answers import read_answers
from course.layout import CourseError

WRONG = """
# %%
# reject double: case {n} · expects "expected 6, got {n}"
def double(n):
    return {n}
"""
GOOD = """\
# %%
# accept double: a product
def double(n):
    return 2 * n

# %%
# accept double: a shift
def double(n):
    return n << 1
""" + "".join(WRONG.format(n=n) for n in range(6))


@pytest.fixture
def answers(course):
    """Writes answers for the tiny lab, runs them, and returns what was printed."""

    def run(text: str, code: int = 0) -> str:
        course.answers().write_text(text, encoding="utf-8")
        return course.python_m_course("answers", code=code)

    return run


def test_right_answers_pass_and_wrong_ones_fail_as_intended(answers):
    assert "90_tiny  accept 2/2  reject 6/6" in answers(GOOD)


def test_a_wrong_answer_that_passes_is_reported(answers):
    output = answers(GOOD + WRONG.format(n="n + n"), code=1)
    assert "reject 6/7" in output
    assert "passed every check" in output


def test_a_right_answer_that_fails_a_hidden_test_is_reported(answers):
    output = answers(GOOD.replace("return n << 1", "return int(2.0 * n) if n < 100 else 0"), code=1)
    assert "accept 1/2" in output
    assert "large numbers count as well" in output


def test_a_wrong_answer_with_another_message_is_reported(answers):
    output = answers(GOOD.replace('"expected 6, got 3"', '"some other words"'), code=1)
    assert "no message has the words 'some other words'" in output


def test_a_check_that_breaks_down_over_a_wrong_answer_is_reported(answers):
    breaking = WRONG.format(n=0).replace("return 0", "return 0 if n > 0 else [][n]")
    output = answers(GOOD + breaking, code=1)
    assert "reject 6/7" in output
    assert "a check broke down instead of saying what is wrong:" in output
    assert "double_negative: IndexError" in output


def test_an_answer_is_run_in_place_of_the_reference_not_after_it(answers):
    output = answers(GOOD.replace("def double(n):\n    return n << 1", "other = 1"), code=1)
    assert "name 'double' is not defined" in output


def test_given_code_from_before_the_exercise_calls_the_answer(course, answers):
    course.edit("import math\n", "import math\n\n\ndef doubled(n):\n    return double(n)\n")
    course.edit(
        'assert double(3) == 6, f"expected 6, got {double(3)}"',
        'assert doubled(3) == 6, f"expected 6, got {doubled(3)}"',
    )
    assert "accept 2/2  reject 6/6" in answers(GOOD)


def test_answers_do_not_see_each_other(answers):
    spoiled = GOOD.replace("return 2 * n", "return 2 * n\n\nmath.spoiled = True")
    spoiled = spoiled.replace(
        "return n << 1", 'return n << 1\n\nassert not hasattr(math, "spoiled")'
    )
    assert "accept 2/2  reject 6/6" in answers(spoiled)


def test_an_answer_that_kills_its_process_is_reported(answers):
    output = answers(GOOD.replace("return n << 1", "import os; os._exit(3)"), code=1)
    assert "the process died" in output


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        (
            "# %%\n# accept double: a\ndef double(n:\n    return",
            "SyntaxError|never closed|invalid syntax",
        ),
        ("# %%\n# accept triple: a\ndef triple(n):\n    return 3 * n", "no exercise 'triple'"),
        (
            "# %%\n# reject double: no expectation\ndef double(n):\n    return 0",
            "a reject, and only a reject",
        ),
        (
            '# %%\n# accept double: a · expects "b"\ndef double(n):\n    return 0',
            "a reject, and only a reject",
        ),
        ("# %%\ndef double(n):\n    return 0", "the first line should be"),
    ],
)
def test_a_cell_in_another_form_is_an_error(tmp_path, cell, words):
    path = tmp_path / "answers.py"
    path.write_text(f"{GOOD}\n{cell}\n")
    with pytest.raises(CourseError, match=words):
        read_answers(path, ["double"])


def test_too_few_answers_are_reported_beside_the_verdict(answers):
    output = answers(GOOD.split("# %%\n# reject double: case 5")[0], code=1)
    assert "accept 2/2  reject 5/5" in output
    assert "double has 2 right and 5 wrong answers; it needs 2 and 6" in output


def test_missing_answers_are_an_error(tmp_path):
    with pytest.raises(CourseError, match="is missing"):
        read_answers(tmp_path / "answers.py", ["double"])


def test_a_reference_that_fails_its_own_check_is_an_error(course, answers):
    course.edit("the_number_twice_over = n + n", "the_number_twice_over = n - n")
    assert "the reference fails in double_value" in answers(GOOD, code=1)
