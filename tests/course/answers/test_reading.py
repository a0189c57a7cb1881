"""A file of answers says everything about each of them, and one in another form is an error that names its line."""

import pytest

from course.answers import read_answers
from course.build import build_notebook
from course.layout import CourseError, Lab


@pytest.fixture
def read(course):
    """Writes a file of answers for the tiny lab and reads it."""

    def answers(text: str, exercise: str = "double"):
        course.write_answers(text, exercise)
        lab = Lab("90_tiny")
        return read_answers(lab, build_notebook(lab))

    return answers


def test_an_answer_is_code_a_slip_or_made(read):
    text = """\
# %%
# reject: half · expects "got 1.5"
# in: a product
# - return 2 * n
# + return n / 2

# %%
# reject: all zeros · expects "got 0"

# %%
# accept: a product
def double(n):
    return 2 * n

# %%
# reject: nothing · expects "None"
def double(n):
    pass
"""
    stub, right, half, zeros, nothing = read(text)
    assert (stub.why, stub.expects, stub.accept) == ("the stub", "not written yet", False)
    assert 'raise NotImplementedError("not written yet")' in stub.code
    assert (right.why, right.expects, right.accept) == ("a product", "", True)
    assert half.code == "def double(n):\n    return n / 2"
    assert (half.why, half.expects) == ("half", "got 1.5")
    assert zeros.code.endswith("double = emptied(double)")
    assert nothing.code == "def double(n):\n    pass"
    assert [answer.written for answer in (stub, right, half, zeros, nothing)] == [0, 1, 0, 0, 1]
    assert half.location == "tests/answers/90_tiny/double.py:1"


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("# %%\n# accept: a\ndef double(n:\n    return", r"double.py:3: this is not Python"),
        ("# %%\n# reject: no expectation\ndef f(): 0", r"double.py:2: a reject, and only a reject"),
        ('# %%\n# accept: a · expects "b"\ndef f(): 0', "a reject, and only a reject"),
        ("# %%\ndef double(n):\n    return 0", r"double.py:2: the first line should be"),
        ('# %%\n# reject: a · expects "b"\n# - gone\n# + new', r"double.py:3: the slip no longer"),
        ("# %%\n# accept: a\nn = 1\n\n# %%\n# accept: a\nn = 2", r"double.py:5: two right answers"),
    ],
)
def test_a_cell_in_another_form_is_an_error(read, cell, words):
    with pytest.raises(CourseError, match=words):
        read(cell)


def test_a_file_of_no_exercise_is_an_error(read):
    with pytest.raises(CourseError, match=r"triple.py: no exercise 'triple'; there are double"):
        read("# %%\n# accept: a\nn = 1", "triple")


def test_missing_answers_are_an_error(course):
    lab = Lab("90_tiny")
    with pytest.raises(CourseError, match=r"tests/answers/90_tiny/ is missing"):
        read_answers(lab, build_notebook(lab))
