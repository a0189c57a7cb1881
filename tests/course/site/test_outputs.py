"""Outputs come from the run of the solved lab; nothing that it solved does."""

import nbformat
import pytest
from site_book import NAME, source, write_run

from course import notebooks
from course.layout import Lab
from course.site.outputs import with_outputs

LAB = Lab(NAME)


@pytest.fixture
def book(course_of):
    """A released lab; its student notebook is what the real release gives."""
    course = course_of({NAME: source()})
    course.run("release")
    return course


def outputs(cell_id: str) -> list[nbformat.NotebookNode]:
    nb, _ = with_outputs(LAB)
    return next(cell.outputs for cell in nb.cells if cell.id == cell_id)


def test_what_students_are_given_has_the_outputs_of_the_run(book):
    write_run(book)
    nb, run = with_outputs(LAB)
    assert (run.preset, run.device, run.stale) == ("full", "cpu (2 threads)", [])
    assert [output.text for output in outputs("doubles")] == ["[2, 4, 6]\n"]  # and no stderr
    assert "figcaption" in outputs("square")[0].data["text/html"]
    assert outputs("double_value") == []
    released = [cell.source for cell in notebooks.read(book.released(NAME)).cells]
    assert [cell.source for cell in nb.cells] == released


def test_without_a_run_there_are_no_outputs(book):
    nb, run = with_outputs(LAB)
    assert run is None
    assert not any(cell.get("outputs") for cell in nb.cells)


def test_a_cell_that_changed_since_the_run_stands_without_its_outputs(book):
    write_run(book)
    book.edit("(1, 2, 3)", "(1, 2, 5)", NAME)
    book.run("release")
    assert with_outputs(LAB)[1].stale == ["doubles"]
    assert outputs("doubles") == []
    assert outputs("square")


def test_a_run_that_broke_off_counts_as_none_since_its_traceback_shows_answers(book):
    nb = write_run(book)
    said = nbformat.v4.new_output("error", ename="E", evalue="e", traceback=["secret_sum = n + n"])
    nb.cells[-1].outputs.append(said)
    notebooks.write(nb, LAB.executed)
    assert with_outputs(LAB)[1] is None
