"""The steps added to nbgrader: damaged submissions are put right, and feedback hides what is hidden."""

from nbformat import NotebookNode, v4
from nbgrader.utils import determine_grade

from course.grading import CountErrorsAlone, HideHiddenTests, hide_lines, restore_cells

NAMES = ("setup", "imports", "double", "double_value", "double_negative")


def cell(name: str, source: str = "", **metadata: object) -> NotebookNode:
    nbgrader = {"grade_id": name, "grade": "_" in name, "locked": name != "double", **metadata}
    return v4.new_code_cell(source or name, id=name, metadata={"nbgrader": nbgrader})


def released() -> dict[str, NotebookNode]:
    return {name: cell(name) for name in NAMES}


def restored(*cells: NotebookNode) -> list[str]:
    nb = v4.new_notebook(cells=list(cells))
    restore_cells(nb, released())
    return [other.source for other in nb.cells]


def test_missing_cells_come_back_in_their_place():
    assert restored(*released().values()) == list(NAMES)
    assert restored(cell("double")) == list(NAMES)
    assert restored(cell("imports"), cell("double_negative")) == list(NAMES)
    assert restored() == list(NAMES)


def test_the_students_own_cells_stay_where_they_were():
    own = v4.new_code_cell("own", id="own")
    assert restored(cell("double"), own, cell("double_negative")) == [*NAMES[:4], "own", NAMES[4]]


def test_of_a_copied_cell_one_counts_and_the_other_has_no_metadata():
    nb = v4.new_notebook(
        cells=[cell("double", "mine"), v4.new_code_cell("copy", metadata={"nbgrader": {}})]
    )
    restore_cells(nb, released())
    assert [c.source for c in nb.cells if "nbgrader" in c.metadata] == [
        *NAMES[:2],
        "mine",
        *NAMES[3:],
    ]
    assert "copy" in [c.source for c in nb.cells]


def test_metadata_that_a_student_changed_is_reset():
    nb = v4.new_notebook(
        cells=[cell("double_value", points=100, grade=False, locked=False), cell("unknown_name")]
    )
    restore_cells(nb, released())
    by_source = {c.source: c.metadata for c in nb.cells}
    assert by_source["double_value"]["nbgrader"] == cell("double_value").metadata["nbgrader"]
    assert "nbgrader" not in by_source["unknown_name"]


def test_an_edited_locked_cell_is_put_back_with_its_hidden_tests_and_said():
    hidden = "shown\n### BEGIN HIDDEN TESTS\nhidden\n### END HIDDEN TESTS\nlast"
    original = {"double_value": cell("double_value", hidden), "double": cell("double", "stub")}
    nb = v4.new_notebook(cells=[cell("double_value", "shown\nlast"), cell("double", "mine")])
    assert restore_cells(nb, original) == []
    assert [c.source for c in nb.cells] == [hidden, "mine"]
    nb = v4.new_notebook(cells=[cell("double_value", "pass")])
    changes = restore_cells(nb, original)
    assert nb.cells[0].source == hidden
    assert changes == [
        "the locked cell double_value is not the released one (edited, or older), and is put back",
        "the cell double was missing, and is put back",
    ]


def test_a_traceback_is_cut_to_its_message():
    quoting = ["----> 3 assert secret(10) == 20"]
    error = v4.new_output(
        "error", ename="AssertionError", evalue="large numbers", traceback=quoting
    )
    hide_lines(error, {"assert secret(10) == 20"})
    assert error.traceback == ["AssertionError: large numbers"]


def test_a_message_does_not_quote_a_hidden_line():
    error = v4.new_output(
        "error",
        ename="CheckFailed",
        evalue="your code raised ValueError\n  at: lambda x: secret(x + 5)",
        traceback=[],
    )
    hide_lines(error, {"lambda x: secret(x + 5)"})
    assert error.evalue == "your code raised ValueError\n  at: [hidden test]"
    assert error.traceback == [f"CheckFailed: {error.evalue}"]


def test_a_message_keeps_words_that_are_a_short_hidden_line_too():
    check = cell("double_value", "### BEGIN HIDDEN TESTS\nf(\n    probs,\n)\n### END HIDDEN TESTS")
    check.outputs = [
        v4.new_output("error", ename="CheckFailed", evalue="the order is probs, h.", traceback=[])
    ]
    nb, _ = HideHiddenTests().preprocess(v4.new_notebook(cells=[check]), {})
    assert nb.cells[0].outputs[0].evalue == "the order is probs, h."


def test_a_number_that_a_check_displays_is_no_mark():
    result = v4.new_output("execute_result", {"text/plain": "1"})
    error = v4.new_output("error", ename="CheckFailed", evalue="no", traceback=[])
    graded, own = cell("double_value"), v4.new_code_cell("1")
    graded.metadata["nbgrader"] |= {"points": 2, "solution": False}
    for one in (graded, own):
        one.outputs = [result, error]
    nb, _ = CountErrorsAlone().preprocess(v4.new_notebook(cells=[graded, own]), {})
    assert nb.cells[0].outputs == [error]
    assert determine_grade(nb.cells[0]) == (0, 2)
    assert own.outputs == [result, error]


def test_what_a_check_writes_on_stderr_costs_nothing():
    logged = v4.new_output("stream", name="stderr", text="WARNING:root:a line")
    graded, own = cell("double_value"), v4.new_code_cell("1")
    graded.metadata["nbgrader"] |= {"points": 2, "solution": False}
    graded.outputs, own.outputs = [logged.copy()], [logged]
    CountErrorsAlone().preprocess(v4.new_notebook(cells=[graded, own]), {})
    assert determine_grade(graded) == (2, 2)
    assert graded.outputs[0].text == own.outputs[0].text
    assert own.outputs[0].name == "stderr"


def test_printed_text_does_not_quote_a_hidden_line():
    hidden = {"assert secret(10) == 20"}
    stream = v4.new_output("stream", text="seen: assert secret(10) == 20\nand more")
    hide_lines(stream, hidden)
    assert stream.text == "seen: [hidden test]\nand more"
    html = v4.new_output(
        "display_data", {"text/html": "<p>assert secret(10) == 20</p>", "image/png": "abc"}
    )
    hide_lines(html, hidden)
    assert html.data == {"text/html": "<p>[hidden test]</p>", "image/png": "abc"}


def test_nothing_hidden_changes_nothing():
    stream = v4.new_output("stream", text="all of it")
    hide_lines(stream, set())
    assert stream.text == "all of it"
