"""What students read of the cells that give points."""

from nbformat import v4

from course.exercises import GradedCell, graded_cells, message_of, title_of


def cell(name: str, source: str, kind: str = "code", points: float | None = 1):
    marks = {"grade_id": name, "grade": points is not None, "points": points}
    new = v4.new_code_cell if kind == "code" else v4.new_markdown_cell
    return new(source, metadata={"nbgrader": marks})


def test_cells_stand_under_the_last_heading_of_an_exercise():
    nb = v4.new_notebook(
        cells=[
            cell("early", "1"),
            v4.new_markdown_cell("### Exercise 1 · Doubling (3 points · 5 min · ●○○)\n\nText."),
            cell("double", "def double(): ...", points=None),
            cell("double_value", 'x = 1\nchecks.passed("the value")', points=2),
            v4.new_markdown_cell("### What you saw"),
            cell("double_more", "assert True"),
            v4.new_markdown_cell("### Question 1 · Why? (1 point · 5 min · ●○○)"),
            cell("why", "Because.", "markdown"),
        ]
    )
    assert graded_cells(nb, "90_lab") == {
        "90_lab": {"early": GradedCell("early", 1, False)},
        "Exercise 1 · Doubling": {
            "double_value": GradedCell("the value", 2, False),
            "double_more": GradedCell("double more", 1, False),
        },
        "Question 1 · Why?": {"why": GradedCell("the written answer", 1, True)},
    }


def test_a_check_is_called_what_it_says_when_it_passes():
    assert title_of('y = 2\nchecks.passed("all of it")', "whole") == "all of it"
    assert title_of("assert 1", "the_whole") == "the whole"


def test_an_error_is_told_by_its_kind_unless_that_is_our_own():
    def failed(kind: str) -> str:
        output = v4.new_output("error", ename=kind, evalue=" two lines\nof it \n", traceback=[])
        printed = v4.new_output("stream", text="before")
        return message_of(v4.new_code_cell("", outputs=[printed, output]))

    assert failed("CheckFailed") == failed("CheckNotFinished") == "two lines\nof it"
    assert failed("ValueError") == "ValueError: two lines\nof it"
    assert message_of(v4.new_code_cell("1")) == message_of(v4.new_markdown_cell("text")) == ""
