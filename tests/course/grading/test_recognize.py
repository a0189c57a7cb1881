"""Which cell is which, by ever weaker signs, and what may be an answer in words."""

import pytest
from nbformat import NotebookNode, v4

from course.grading.recognize import added, is_broken_code, is_text, recognized

QUESTION = "### Question 1\n\nWhy does the mean not grow?"


def released(name: str, source: str, *, locked: bool = True, text: bool = False) -> NotebookNode:
    nbgrader = {"grade_id": name, "locked": locked}
    new = v4.new_markdown_cell if text else v4.new_code_cell
    return new(source, id=name, metadata={"nbgrader": nbgrader})


RELEASE = {
    "imports": released("imports", "import math"),
    "double": released("double", "def double(n):\n    raise NotImplementedError", locked=False),
    "prose": v4.new_markdown_cell(QUESTION, id="prose"),
    "why": released("why", "YOUR ANSWER HERE", locked=False, text=True),
}


def names(*cells: NotebookNode) -> list[str | None]:
    """The name under which each cell is recognized."""
    found = {id(cell): name for name, cell in recognized(list(cells), RELEASE).items()}
    return [found.get(id(cell)) for cell in cells]


@pytest.mark.parametrize(
    ("cell", "name"),
    [
        (v4.new_code_cell("pass", metadata={"nbgrader": {"grade_id": "imports"}}), "imports"),
        (v4.new_code_cell("pass", id="double"), "double"),
        (v4.new_raw_cell("Because.", metadata={"id": "why"}), "why"),
        (v4.new_code_cell("import math   \n\n"), "imports"),
        (v4.new_markdown_cell(QUESTION), "prose"),
        (v4.new_code_cell("def double(n):\n    return 2 * n"), "double"),
        (v4.new_code_cell("def double(n):\n    return 2 *"), "double"),
        (v4.new_raw_cell("def double(n):\n    return 2 * n"), "double"),
        (v4.new_markdown_cell(QUESTION + "\n\nBecause it is divided."), "prose"),
        (v4.new_markdown_cell("I write:\n\ndef double(n):"), None),
        (v4.new_markdown_cell("YOUR ANSWER HERE"), None),
        (v4.new_code_cell("import math, os"), None),
        (v4.new_code_cell(""), None),
    ],
)
def test_a_cell_is_recognized_by_what_is_left_of_it(cell, name):
    assert names(cell) == [name]


def test_a_surer_sign_comes_first():
    by_definition = v4.new_code_cell("def double(n):\n    return n")
    by_id = v4.new_code_cell("double = None", id="double")
    assert names(by_definition, by_id) == [None, "double"]


def test_of_copies_it_is_the_first_with_something_written():
    stub = RELEASE["double"].source
    copies = [
        v4.new_code_cell(source, metadata={"nbgrader": {"grade_id": "double"}})
        for source in (stub, "def double(n):\n    return 2 * n", "def double(n):\n    return n")
    ]
    assert names(*copies) == [None, "double", None]
    assert names(copies[0], copies[0].copy()) == ["double", None]


@pytest.mark.parametrize(
    ("cell", "text", "broken"),
    [
        (v4.new_markdown_cell("Because."), True, False),
        (v4.new_raw_cell("Because."), True, False),
        (v4.new_markdown_cell(" \n"), False, False),
        (v4.new_code_cell("# Because."), True, False),
        (v4.new_code_cell('"""Because."""'), True, False),
        (v4.new_code_cell("Because it is divided."), True, True),
        (v4.new_code_cell("def double(n):\n    return 2 *"), False, True),
        (v4.new_code_cell("print(double(3))"), False, False),
        (v4.new_code_cell(""), False, False),
    ],
)
def test_what_may_be_an_answer_in_words(cell, text, broken):
    assert is_text(cell) == text
    assert is_broken_code(cell) == broken


def test_what_a_student_added_to_a_released_text():
    prose = RELEASE["prose"]
    assert added(v4.new_markdown_cell(QUESTION), prose, RELEASE) == ""
    assert added(v4.new_markdown_cell("Something else"), prose, RELEASE) == ""
    merged = f"{QUESTION}\n\nYOUR ANSWER HERE\n\nIt is divided."
    assert added(v4.new_markdown_cell(merged), prose, RELEASE) == "It is divided."
