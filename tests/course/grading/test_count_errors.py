"""What a check displays or logs gives no points and takes none."""

import pytest
from nbformat import NotebookNode, v4
from nbgrader.utils import determine_grade

from course.grading.count_errors import CountErrorsAlone


def check() -> NotebookNode:
    graded = {"grade_id": "double_value", "grade": True, "points": 2, "solution": False}
    return v4.new_code_cell("double_value", metadata={"nbgrader": graded})


def test_a_number_that_a_check_displays_is_no_mark():
    result = v4.new_output("execute_result", {"text/plain": "1"})
    error = v4.new_output("error", ename="CheckFailed", evalue="no", traceback=[])
    graded, own = check(), v4.new_code_cell("1")
    for one in (graded, own):
        one.outputs = [result, error]
    nb, _ = CountErrorsAlone().preprocess(v4.new_notebook(cells=[graded, own]), {})
    assert nb.cells[0].outputs == [error]
    assert determine_grade(nb.cells[0]) == (0, 2)
    assert own.outputs == [result, error]


def test_what_a_check_writes_on_stderr_costs_nothing():
    logged = v4.new_output("stream", name="stderr", text="WARNING:root:a line")
    graded, own = check(), v4.new_code_cell("1")
    graded.outputs, own.outputs = [logged.copy()], [logged]
    CountErrorsAlone().preprocess(v4.new_notebook(cells=[graded, own]), {})
    assert determine_grade(graded) == (2, 2)
    assert graded.outputs[0].text == own.outputs[0].text
    assert own.outputs[0].name == "stderr"


@pytest.mark.parametrize(
    ("printed", "points"),
    [
        ("✓ all is well\n", 2),
        ("a warning\n✓ all is well\n", 2),
        ("✓ all is well\nand more\n", 0),
        ("✓ something else\n", 0),
        ("", 0),
    ],
)
def test_a_check_that_did_not_print_its_own_last_line_gives_nothing(printed, points):
    graded = check()
    graded.source = 'checks.that(True, "")\nchecks.passed("all is well")'
    graded.outputs = [v4.new_output("stream", text=printed)] if printed else []
    CountErrorsAlone().preprocess(v4.new_notebook(cells=[graded]), {})
    assert determine_grade(graded) == (points, 2)
