"""Feedback hides what is hidden."""

from nbformat import v4

from course.grading.hide_hidden_tests import HideHiddenTests, hide_lines


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
    source = "### BEGIN HIDDEN TESTS\nf(\n    probs,\n)\n### END HIDDEN TESTS"
    check = v4.new_code_cell(source, metadata={"nbgrader": {"grade_id": "double_value"}})
    check.outputs = [
        v4.new_output("error", ename="CheckFailed", evalue="the order is probs, h.", traceback=[])
    ]
    nb, _ = HideHiddenTests().preprocess(v4.new_notebook(cells=[check]), {})
    assert nb.cells[0].outputs[0].evalue == "the order is probs, h."


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
