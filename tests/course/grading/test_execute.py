"""What a cell shows when the submission ended before it, or when it was stopped; and what tells submissions apart."""

from nbformat import NotebookNode, v4

from course.grading.box import Limits, Outcome
from course.grading.execute import given_imports, key_of, outputs_of, submission_of

SHOWN = v4.new_output("stream", text="so far")


def cell(source: str, **nbgrader: object) -> NotebookNode:
    return v4.new_code_cell(source, metadata={"nbgrader": nbgrader} if nbgrader else {})


def test_a_cell_that_ended_shows_what_it_put_out():
    assert outputs_of("0", Outcome({"0": [SHOWN]}, ended="died"), Limits()) == [SHOWN]


def test_a_cell_that_was_not_reached_says_why():
    for ended, words in (("died", "ended before"), ("time", "too long"), ("output", "too much")):
        (error,) = outputs_of("1", Outcome({"0": []}, ended=ended), Limits())
        assert error.ename == "SubmissionEnded"
        assert words in error.evalue


def test_a_cell_that_was_stopped_says_so_and_keeps_what_it_printed():
    interrupt = v4.new_output("error", ename="KeyboardInterrupt", evalue="", traceback=[])
    outcome = Outcome({"0": [SHOWN, interrupt]}, interrupted={"0"}, ended="done")
    shown, error = outputs_of("0", outcome, Limits(cell_seconds=4))
    assert shown == SHOWN
    assert error.evalue == "The cell was stopped after 4 s."


def test_submissions_are_told_apart_by_student_and_code():
    one, two = (v4.new_notebook(cells=[cell(source)]) for source in ("n = 1", "n = 2"))
    assert key_of("ann", one) == key_of("ann", one)
    assert len({key_of("ann", one), key_of("bob", one), key_of("ann", two)}) == 3


def test_of_the_cells_the_graded_ones_are_named_and_the_given_ones_tell_the_imports():
    nb = v4.new_notebook(
        cells=[
            cell("import math\nfrom utils import checks", locked=True),
            v4.new_markdown_cell("words"),
            cell("import antigravity", solution=True),
            cell("checks.passed(1)", grade=True, locked=True),
        ]
    )
    sources, graded, _ = submission_of(nb)
    assert list(sources) == ["1", "2", "3"]
    assert graded == {"3"}
    assert given_imports(nb) == ("math", "utils", "utils.checks")


def test_given_cells_for_the_eye_do_not_run_and_copies_and_checks_do():
    look = "# Figure · A line\nplot()"
    nb = v4.new_notebook(
        cells=[
            cell(look, locked=True),
            cell("# Experiment · Two runs\nrun()", locked=True),
            cell(look),
            cell(look, locked=True, grade=True),
            cell("# Figures · three", locked=True),
        ]
    )
    assert list(submission_of(nb)[0]) == ["3", "4", "5"]
