"""Damaged submissions are put right before they run."""

import pytest
from nbformat import NotebookNode, v4

from course.grading.restore_cells import BESIDE, restore_cells, with_others

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


def lost(name: str, source: str, *, keep_id: bool) -> NotebookNode:
    """A cell without nbgrader's metadata, as some editors and converters leave it."""
    return v4.new_code_cell(source, **({"id": name} if keep_id else {}))


@pytest.mark.parametrize("keep_id", [True, False])
def test_cells_that_lost_their_metadata_are_recognized(keep_id):
    original = {
        "imports": cell("imports", "import math"),
        "double": cell("double", "def double(n):\n    raise NotImplementedError"),
        "double_value": cell("double_value", "assert double(3) == 6"),
    }
    nb = v4.new_notebook(
        cells=[
            lost("imports", "import math", keep_id=keep_id),
            lost("double", "def double(n):\n    return 2 * n", keep_id=keep_id),
            v4.new_code_cell("double(4)"),
            lost("double_value", "assert double(3) == 6", keep_id=keep_id),
        ]
    )
    assert restore_cells(nb, original) == [
        "3 cells had lost what nbgrader knows them by, and were recognized"
    ]
    names = [c.metadata.get("nbgrader", {}).get("grade_id") for c in nb.cells]
    assert names == ["imports", "double", None, "double_value"]
    assert nb.cells[1].source == "def double(n):\n    return 2 * n"


def test_a_second_definition_of_a_student_takes_no_place():
    original = {"double": cell("double", "def double(n):\n    raise NotImplementedError")}
    mine = cell("double", "def double(n):\n    return 2 * n")
    nb = v4.new_notebook(cells=[v4.new_code_cell("def double(n):\n    return n"), mine])
    restore_cells(nb, original)
    assert [("nbgrader" in c.metadata) for c in nb.cells] == [False, True]


def prose(name: str, source: str) -> NotebookNode:
    return v4.new_markdown_cell(source, id=name)


def answer(name: str) -> NotebookNode:
    nbgrader = {"grade_id": name, "grade": True, "solution": True, "locked": False, "points": 1}
    return v4.new_markdown_cell("YOUR ANSWER HERE", id=name, metadata={"nbgrader": nbgrader})


def with_questions() -> dict[str, NotebookNode]:
    cells = (
        prose("first", "Question 1: why is it right?"),
        answer("why_right"),
        answer("why_fast"),
        cell("double", "def double(n):\n    raise NotImplementedError"),
        prose("last", "And that is all of it."),
    )
    return {c.id: c for c in cells}


def test_two_answers_in_one_gap_are_left_to_a_person():
    own = v4.new_markdown_cell("Because.")
    nb = v4.new_notebook(cells=[with_questions()["first"], own, with_questions()["double"]])
    changes = restore_cells(nb, with_questions())
    assert [c.source.partition("\n")[0] for c in nb.cells[1:4]] == [
        "YOUR ANSWER HERE",
        "YOUR ANSWER HERE",
        "Because.",
    ]
    assert all(BESIDE in c.source for c in nb.cells[1:3])
    assert "the text beside why_right may be its answer: a person should look" in changes


def test_an_answer_that_was_left_out_is_as_untouched_as_before():
    nb = v4.new_notebook(cells=[v4.new_code_cell("print(3)"), with_questions()["double"]])
    restore_cells(nb, with_questions())
    assert [c.source for c in nb.cells if c.id.startswith("why")] == ["YOUR ANSWER HERE"] * 2


def test_cells_in_another_order_are_put_back_and_own_ones_go_with_the_one_above():
    own = v4.new_code_cell("own", id="own")
    nb = v4.new_notebook(cells=[cell("double"), own, cell("setup"), cell("imports")])
    changes = restore_cells(nb, released())
    assert [c.source for c in nb.cells[:4]] == ["setup", "imports", "double", "double_value"]
    assert "cells stood in another order than in the release, and are put back in it" in changes
    assert restore_cells(v4.new_notebook(cells=[cell("double"), own]), released())[0].endswith(
        "is put back"
    )


def test_the_notebook_of_another_lab_is_told():
    nb = v4.new_notebook(cells=[v4.new_code_cell("other")])
    assert restore_cells(nb, released())[0] == (
        "no cell of this lab was found: is it the notebook of another one?"
    )


def test_a_notebook_without_ids_gets_them():
    nb = v4.new_notebook(cells=[cell("double")])
    nb.nbformat_minor = 2
    del nb.cells[0]["id"]
    restore_cells(nb, released())
    assert nb.nbformat_minor == 5
    assert all("id" in c for c in nb.cells)


def test_what_nbgrader_does_not_know_stands_between_what_it_knows():
    known = {"setup": cell("setup"), "double": cell("double"), "new": cell("new")}
    cells = [prose("title", "T"), cell("double"), prose("end", "E"), cell("setup")]
    assert list(with_others(known, cells)) == ["title", "setup", "double", "end", "new"]
