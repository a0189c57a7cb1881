"""The command line: usage, exit codes, and messages without a traceback."""

import re

import pytest


def test_without_a_command_it_says_which_there_are(course):
    said = course.python_m_course(code=2)
    for command in ("build", "release", "bundle", "answers", "run", "table"):
        assert re.search(rf"\b{command}\b", said)


@pytest.mark.parametrize("command", ["build", "release", "answers", "run", "grade"])
def test_an_unknown_lab_is_one_line_and_exit_code_1(course, command):
    said = course.python_m_course(command, "99_nothing", code=1)
    assert said.strip() == "There is no lab '99_nothing'. The labs are: 90_tiny."


def test_a_mistake_in_a_source_is_one_line_and_exit_code_1(course):
    course.edit('# %% given="imports"', "# %%")
    said = course.python_m_course("build", code=1)
    assert said.startswith("solutions/90_tiny/00_card.py:5: the code cell does not say what it is")
    assert "Traceback" not in said


def test_what_belongs_to_no_lab_any_more_is_named(course):
    course.run("release")
    course.run("release", "--check")
    (course.root / "labs" / "91_old").mkdir()
    course.write_answers("", name="92_old")
    said = course.run("release", "--check", code=1)
    assert "labs/91_old belongs to no lab any more" in said
    assert "tests/answers/92_old belongs to no lab any more" in said


def test_wrong_usage_has_exit_code_2(course):
    assert "No such command" in course.python_m_course("relase", code=2)
