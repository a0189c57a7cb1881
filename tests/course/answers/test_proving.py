"""The runner that proves graders is itself proved: it notices each way in which answers can be wrong."""

import pytest
from conftest import TINY

WRONG = """
# %%
# reject: case {n} · expects "expected 6, got {n}"
def double(n):
    return {n}
"""
ZERO = """
# %%
# reject: all zeros · expects "expected 6, got 0"
"""
GOOD = (
    """\
# %%
# accept: a product
def double(n):
    return 2 * n

# %%
# accept: a shift
def double(n):
    return n << 1
"""
    + ZERO
    + "".join(WRONG.format(n=n) for n in range(1, 5))
)


@pytest.fixture
def answers(course):
    """Writes answers for the tiny lab, runs them, and returns what was printed."""

    def run(text: str, code: int = 0) -> str:
        course.write_answers(text)
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


def test_too_few_answers_are_reported_beside_the_verdict(answers):
    output = answers(GOOD.split("# %%\n# reject: case 4")[0], code=1)
    assert "accept 2/2  reject 5/5" in output
    assert (
        "tests/answers/90_tiny/double.py: double has 2 right and 5 wrong answers; it needs 2"
        in output
    )


def test_a_reference_that_fails_its_own_check_is_an_error(course, answers):
    course.edit("the_number_twice_over = n + n", "the_number_twice_over = n - n")
    said = answers(GOOD, code=1)
    assert "solutions/90_tiny/00_card.py:20: the reference fails in double_value" in said


def test_a_slip_that_is_judged_wrongly_is_shown_whole(answers):
    slip = '\n# %%\n# reject: no slip at all · expects "x"\n# - the_number_twice_over = n + n\n# + m = n + n\n#\n'
    slip += "# - return the_number_twice_over\n# + return m\n"
    output = answers(GOOD + slip, code=1)
    assert (
        "tests/answers/90_tiny/double.py:34: reject: no slip at all\n    passed every check"
        in output
    )
    assert '    """Twice a number."""\n    m = n + n\n    return m' in output


LEAKY = """
# %% given="leave_traces"
import os
import random

import torch

assert torch.get_default_dtype() == torch.float32, "the default dtype of another lab"
assert torch.initial_seed() != 1234, "the seed of another lab"
assert "LEFT_BY_A_LAB" not in os.environ, "the environment of another lab"
torch.set_default_dtype(torch.float64)
torch.manual_seed(1234)
os.environ["LEFT_BY_A_LAB"] = "1"
os.chdir("/")

# %% [markdown]
# ### Exercise 1"""


@pytest.mark.parametrize("order", [("90_tiny", "91_other"), ("91_other", "90_tiny")])
def test_nothing_of_a_lab_reaches_the_next(course_of, order):
    leaky = TINY.replace("\n# %% [markdown]\n# ### Exercise 1", LEAKY)
    course = course_of({"90_tiny": leaky, "91_other": leaky})
    for name in order:
        course.write_answers(GOOD, name=name)
    output = course.python_m_course("answers", *order)
    for name in order:
        assert f"{name}  accept 2/2  reject 6/6" in output
