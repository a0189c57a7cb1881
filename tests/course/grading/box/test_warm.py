"""What comes out of a box is data of a known form, and a box that broke down is told apart from one that works."""

import pytest
from conftest import NEEDS_BOX
from nbformat import v4

from course.grading.box import Limits, WarmBox, imports_of
from course.grading.box.warm import _outputs
from course.layout import CourseError


def test_outputs_are_made_anew_and_other_forms_are_left_out():
    sent = [
        {"output_type": "stream", "name": "stdout", "text": "a", "extra": "x"},
        {"output_type": "stream", "name": "elsewhere", "text": "a"},
        {"output_type": "error", "ename": 3, "evalue": None, "traceback": "no list"},
        {"output_type": "display_data", "data": {"text/plain": "b"}, "metadata": {"evil": 1}},
        {"output_type": "execute_result", "data": "no dict"},
        {"output_type": "comm_open"},
        "a string",
    ]
    stream, error, display = _outputs(sent)
    assert stream == {"output_type": "stream", "name": "stdout", "text": "a"}
    assert error == {"output_type": "error", "ename": "3", "evalue": "None", "traceback": []}
    assert display == {"output_type": "display_data", "data": {"text/plain": "b"}, "metadata": {}}
    assert list(_outputs("no list")) == []


def test_imports_are_those_at_the_top_of_a_cell():
    cells = [
        v4.new_code_cell("import a.b, c\nfrom utils import checks\ndef f():\n    import late"),
        v4.new_markdown_cell("import nothing"),
    ]
    assert imports_of(cells) == ["a.b", "c", "utils", "utils.checks"]


@NEEDS_BOX
def test_a_box_runs_one_submission_after_the_other_and_neither_knows_of_the_other():
    with WarmBox(["math"]) as box:
        first = box.run({"a": "n = 1\nopen('file', 'w').write('x')", "b": "n"})
        second = box.run({"a": "import os, sys\nprint(os.listdir('.'), 'n' in globals())"})
    assert first.ended == second.ended == "done"
    assert first.outputs["b"][0].data == {"text/plain": "1"}
    assert second.outputs["a"][0].text == "[] False\n"


@NEEDS_BOX
def test_a_submission_that_ends_itself_keeps_what_it_had_and_the_box_goes_on():
    with WarmBox([]) as box:
        outcome = box.run({"a": "print(1)", "b": "import os\nos._exit(0)", "c": "print(3)"})
        assert outcome.ended == "died"
        assert list(outcome.outputs) == ["a"]
        assert box.run({"a": "print(1)"}).ended == "done"


@NEEDS_BOX
def test_names_that_a_check_uses_are_its_own_while_it_runs():
    cells = {"a": "def f():\n    return right", "b": "right = 3\nf()", "c": "print(right)"}
    with WarmBox([]) as box:
        outcome = box.run(cells, {"b"}, limits=Limits())
    assert outcome.outputs["b"][0].evalue == "name 'right' is not defined"
    assert outcome.outputs["c"][0].text == "3\n"


@NEEDS_BOX
def test_a_box_that_does_not_start_says_why(monkeypatch):
    monkeypatch.setattr("course.grading.box.walls.sys.executable", "/nowhere/python")
    with pytest.raises(CourseError, match=r"does not start.*nowhere"):
        WarmBox([])


@NEEDS_BOX
def test_given_cells_run_once_and_for_a_submission_that_does_not_begin_with_them_afresh():
    given = ["import time\nbegan = time.monotonic_ns()", "began", "kept = [1]"]
    with WarmBox([], given) as box:
        began, rest = [], "kept.append(2); print(kept, began)"
        for _ in range(2):
            cells = dict(zip("abcd", [*given, rest], strict=True))
            outcome = box.run(cells)
            assert list(outcome.outputs) == list("abcd")
            began.append(outcome.outputs["b"][0].data["text/plain"])
            assert outcome.outputs["d"][0].text == f"[1, 2] {began[-1]}\n"
        assert began[0] == began[1]
        other = box.run({"z": "kept = 0", **cells})
        assert list(other.outputs) == list("zabcd")
        assert other.outputs["b"][0].data["text/plain"] != began[0]
        nothing = box.run({"z": "kept"})
        assert nothing.outputs["z"][0].ename == "NameError"


@NEEDS_BOX
def test_the_magics_of_honest_notebooks_do_nothing_bad():
    with WarmBox([]) as box:
        outcome = box.run({"a": "%matplotlib inline\nprint(1)", "b": "%time 1 + 1"})
    assert [output.text for output in outcome.outputs["a"]] == ["1\n"]
    assert not [output for output in outcome.outputs["b"] if output.output_type == "error"]
