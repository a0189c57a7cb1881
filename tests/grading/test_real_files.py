"""Notebooks as classes hand them in: what editors, converters and accidents make of one, and the marks it deserves.

The lab of `marks_lab` with two questions more. Unless a test says otherwise, all exercises are right, and both
questions are answered: five points, and two answers for a person to read.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass

import jupytext
import nbformat
import pytest
from conftest import NEEDS_BOX, Course
from marks_lab import LAB, RIGHT
from nbformat import NotebookNode, v4
from nbgrader.api import Gradebook

from course import layout
from course.grade import boxes_here, grade_lab, submissions
from course.layout import Lab

pytestmark = NEEDS_BOX

QUESTIONS = """\

# %% [markdown]
# ### Question 1 · Why twice? (1 point · 5 min · ●○○)
#
# Why does twice a mean equal the mean of the doubled numbers? Two sentences.

# %% [markdown] manual="why_twice" points=1
# Both are linear.

# %% given="between"
doubled = double(x)

# %% [markdown]
# ### Question 2 · Why a mean? (1 point · 5 min · ●○○)
#
# Why does one report a mean and no sum? Two sentences.

# %% [markdown] manual="why_mean" points=1
# A mean does not grow with the number of samples.

# %% [markdown]
# ## Summary
# Twice a mean is the mean of twice, and that is all.
"""
BOOK = LAB.replace("**5 points**", "**7 points**") + QUESTIONS
WORDS = {
    "why_twice": "Doubling is linear, and so is the mean.\n\nSo the order does not matter.",
    "why_mean": "A sum grows with the number of samples.",
}
NAME = "90_marks"


@dataclass
class Case:
    """What was done to a perfect notebook, and what it deserves."""

    edit: Callable[[NotebookNode], NotebookNode]
    points: float = 5
    to_read: tuple[str, ...] = ("why_twice", "why_mean")
    shows: tuple[str, ...] = tuple(WORDS.values())  # what a person who grades can read


def cell_of(nb: NotebookNode, name: str) -> NotebookNode:
    return next(cell for cell in nb.cells if cell.get("id") == name)


def place_of(nb: NotebookNode, name: str) -> int:
    return nb.cells.index(cell_of(nb, name))


def bare(nb: NotebookNode) -> NotebookNode:
    """No metadata and other ids, in all cells."""
    for cell in nb.cells:
        cell.metadata = NotebookNode()
        cell.id = v4.new_code_cell().id
    return nb


def edited(edit: Callable[[NotebookNode], object], *, strip: bool = True) -> Case:
    """An edit, after which the cells lose all that tells which they are."""

    def both(nb: NotebookNode) -> NotebookNode:
        edit(nb)
        return bare(nb) if strip else nb

    return Case(both)


def through_jupytext(fmt: str) -> Callable[[NotebookNode], NotebookNode]:
    return lambda nb: jupytext.reads(jupytext.writes(nb, fmt=fmt), fmt=fmt)


def without_ids(minor: int) -> Callable[[NotebookNode], NotebookNode]:
    def convert(nb: NotebookNode) -> NotebookNode:
        for cell in nb.cells:
            del cell["id"]
        nb.nbformat_minor = minor
        return nb

    return convert


def colab(nb: NotebookNode) -> NotebookNode:
    """Saved by Colab: nbformat 4.0, the ids in the metadata, and what Colab adds."""
    nb = without_ids(0)(nb)
    for number, cell in enumerate(nb.cells):
        cell.metadata = {"id": f"c{number}aXbYcZ", "outputId": "4f2e", "colab": {"height": 35}}
    nb.metadata = {
        "colab": {"provenance": []},
        "kernelspec": {"name": "python3", "display_name": "Python 3"},
    }
    return nb


def colab_with_names(nb: NotebookNode) -> NotebookNode:
    names = [cell.id for cell in nb.cells]
    nb = colab(nb)
    for name, cell in zip(names, nb.cells, strict=True):
        cell.metadata["id"] = name
    return nb


def vs_code(nb: NotebookNode) -> NotebookNode:
    """Exported by VS Code as a notebook that it made anew: a language for each cell, no metadata, no id."""
    nb = without_ids(2)(nb)
    for cell in nb.cells:
        language = "python" if cell.cell_type == "code" else "markdown"
        cell.metadata = {"vscode": {"languageId": language}}
    return nb


def same_id(nb: NotebookNode) -> NotebookNode:
    for name in ("double", "mean_value", "why_mean"):
        cell_of(nb, name)["id"] = "twice"
    return nb


def tagged(nb: NotebookNode) -> NotebookNode:
    """Run by papermill: tags, times, and a cell of parameters on top."""
    for cell in nb.cells:
        cell.metadata["tags"] = ["parameters"]
        cell.metadata["papermill"] = {"duration": 1.0, "status": "completed"}
    nb.cells.insert(0, v4.new_code_cell("x = 3", metadata={"tags": ["injected-parameters"]}))
    return nb


def split(name: str, line: int) -> Callable[[NotebookNode], None]:
    """The lines of a cell from one on stand in a cell of their own."""

    def divide(nb: NotebookNode) -> None:
        cell = cell_of(nb, name)
        lines = cell.source.split("\n")
        rest = nbformat.from_dict({**cell, "id": "rest", "source": "\n".join(lines[line:])})
        cell.source = "\n".join(lines[:line])
        nb.cells.insert(place_of(nb, name) + 1, rest)

    return divide


def merged(name: str, step: int) -> Callable[[NotebookNode], None]:
    """A written answer in one cell with the one above (-1) or below (1); that one stays."""

    def merge(nb: NotebookNode) -> None:
        place = place_of(nb, name)
        first, second = sorted((place, place + step))
        nb.cells[place + step].source = "\n\n".join(
            (nb.cells[first].source, nb.cells[second].source)
        )
        del nb.cells[place]

    return merge


def turned(cell_type: str) -> Callable[[NotebookNode], None]:
    def turn(nb: NotebookNode) -> None:
        for name in WORDS:
            new = v4.new_code_cell if cell_type == "code" else v4.new_raw_cell
            nb.cells[place_of(nb, name)] = new(WORDS[name], id=name)

    return turn


def moved(name: str, place: int) -> Callable[[NotebookNode], None]:
    return lambda nb: nb.cells.insert(place, nb.cells.pop(place_of(nb, name)))


def set_text(name: str, text: str) -> Callable[[NotebookNode], None]:
    return lambda nb: cell_of(nb, name).update(source=text)


def below(name: str, text: str) -> Callable[[NotebookNode], None]:
    return lambda nb: nb.cells.insert(place_of(nb, name) + 1, v4.new_markdown_cell(text))


def gone(*names: str) -> Callable[[NotebookNode], None]:
    def delete(nb: NotebookNode) -> None:
        nb.cells = [cell for cell in nb.cells if cell.id not in names]

    return delete


def after_one_another(*edits: Callable[[NotebookNode], object]) -> Callable[[NotebookNode], None]:
    def all_of_them(nb: NotebookNode) -> None:
        for edit in edits:
            edit(nb)

    return all_of_them


def older_release(nb: NotebookNode) -> NotebookNode:
    """A check had another name and asked for less, and one did not exist."""
    cell = cell_of(nb, "double_value")
    cell.id = cell.metadata["nbgrader"]["grade_id"] = "double_first"
    cell.source = "assert double(1) == 2"
    gone("mean_zero")(nb)
    return nb


STUB = "YOUR ANSWER HERE"
CASES = {
    # editors and converters
    "as_it_is": Case(lambda nb: nb),
    "bare": Case(bare),
    "nbformat_3": Case(lambda nb: nbformat.convert(nb, 3)),
    "nbformat_4_4": Case(without_ids(4)),
    "nbformat_4_4_bare": Case(lambda nb: without_ids(4)(bare(nb))),
    "one_id_for_many": Case(same_id),
    "one_id_for_many_bare": Case(lambda nb: same_id_of_bare(nb)),
    "colab": Case(colab),
    "colab_with_names": Case(colab_with_names),
    "vs_code": Case(vs_code),
    "papermill": Case(tagged),
    "jupytext_percent": Case(through_jupytext("py:percent")),
    "jupytext_percent_bare": Case(lambda nb: through_jupytext("py:percent")(bare(nb))),
    "jupytext_light": Case(through_jupytext("py:light")),
    "jupytext_light_bare": Case(lambda nb: through_jupytext("py:light")(bare(nb))),
    "jupytext_markdown": Case(through_jupytext("md")),
    "jupytext_markdown_bare": Case(lambda nb: through_jupytext("md")(bare(nb))),
    "jupytext_myst_bare": Case(lambda nb: through_jupytext("md:myst")(bare(nb))),
    # written answers
    "new_cell_for_an_answer": edited(
        after_one_another(below("why_mean", WORDS["why_mean"]), gone("why_mean")), strip=False
    ),
    "answer_split": edited(split("why_twice", 1)),
    "answer_split_by_an_editor_that_copies_metadata": edited(split("why_twice", 1), strip=False),
    "answer_merged_with_the_question": edited(merged("why_twice", -1)),
    "answer_merged_with_the_question_there": edited(merged("why_twice", -1), strip=False),
    "answer_merged_with_the_text_below": edited(merged("why_mean", 1)),
    "answer_merged_with_the_code_below": edited(merged("why_twice", 1), strip=False),
    "answers_as_code": edited(turned("code")),
    "answers_as_raw": edited(turned("raw")),
    "answers_as_raw_with_ids": edited(turned("raw"), strip=False),
    "answer_as_comments": edited(
        after_one_another(
            gone("why_mean"),
            lambda nb: nb.cells.insert(
                -1, v4.new_code_cell("# A sum grows with the number of samples.")
            ),
        )
    ),
    "answer_below_the_stub": edited(
        after_one_another(below("why_mean", WORDS["why_mean"]), set_text("why_mean", STUB)),
        strip=False,
    ),
    "answer_below_the_stub_bare": edited(
        after_one_another(below("why_mean", WORDS["why_mean"]), set_text("why_mean", STUB))
    ),
    "answer_in_the_cell_of_the_question": edited(
        lambda nb: (
            nb.cells[place_of(nb, "why_mean") - 1].update(
                source=nb.cells[place_of(nb, "why_mean") - 1].source + "\n\n" + WORDS["why_mean"]
            ),
            set_text("why_mean", STUB)(nb),
        ),
        strip=False,
    ),
    "stub_pasted_below_the_answer": edited(
        lambda nb: nb.cells.insert(
            place_of(nb, "why_mean") + 1,
            nbformat.from_dict({**cell_of(nb, "why_mean"), "id": "copy", "source": STUB}),
        ),
        strip=False,
    ),
    "no_answers": Case(
        lambda nb: (set_text("why_mean", STUB)(nb), set_text("why_twice", STUB)(nb), nb)[-1],
        5,
        (),
        (),
    ),
    "no_answers_bare": Case(
        lambda nb: bare((set_text("why_mean", STUB)(nb), set_text("why_twice", STUB)(nb), nb)[-1]),
        5,
        (),
        (),
    ),
    "answers_deleted": Case(lambda nb: (gone(*WORDS)(nb), nb)[-1], 5, (), ()),
    # exercises and order
    "exercise_with_a_slip_of_syntax": Case(
        lambda nb: bare((set_text("mean", "deff mean(x)\n    return 3")(nb), nb)[-1]), 3
    ),
    "exercise_split_in_its_middle": Case(lambda nb: bare((split("mean", 1)(nb), nb)[-1]), 3),
    "exercise_split_before_its_second_function": edited(
        after_one_another(
            set_text(
                "mean",
                "def mean(x):\n    return total(x) / len(x)\ndef total(x):\n    return x.sum().item()",
            ),
            split("mean", 2),
        )
    ),
    "exercise_as_raw": edited(
        lambda nb: nb.cells.__setitem__(
            place_of(nb, "mean"), v4.new_raw_cell(RIGHT["mean"], id="mean")
        )
    ),
    "exercise_above_its_imports": edited(moved("double", 1), strip=False),
    "exercise_above_its_imports_bare": edited(moved("double", 1)),
    "imports_at_the_end": edited(moved("imports", -1), strip=False),
    "tried_out_in_a_copy_at_the_end": edited(
        lambda nb: nb.cells.append(
            nbformat.from_dict(
                {**cell_of(nb, "mean"), "id": "copy", "source": "def mean(x):\n    return 7"}
            )
        ),
        strip=False,
    ),
    "older_release": Case(older_release),
}


def same_id_of_bare(nb: NotebookNode) -> NotebookNode:
    for cell in bare(nb).cells:
        cell["id"] = "twice"
    return nb


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """All notebooks, graded in one run."""
    patch = pytest.MonkeyPatch()
    root = tmp_path_factory.mktemp("course")
    patch.setattr(layout, "ROOT", root)
    course = Course(root, {NAME: BOOK})
    course.run("release")
    for name, case in CASES.items():
        nb = nbformat.read(course.released(NAME), as_version=4)
        for cell in nb.cells:
            cell.source = {**RIGHT, **WORDS}.get(cell.id, cell.source)
        path = course.submitted(name, NAME)
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(case.edit(nb)))
    lab = Lab(NAME)
    with boxes_here() as submit:
        graded = grade_lab(lab, submissions(lab), submit)
    results = {one.student: one for one in graded}
    yield course, results
    patch.undo()


@pytest.mark.parametrize("name", CASES)
def test_each_gets_what_it_deserves(graded, name):
    course, results = graded
    case = CASES[name]
    assert results[name].problem == ""
    path = course.autograded(name, NAME)
    nb = nbformat.read(path, as_version=4)
    with Gradebook(course.gradebook) as gradebook:
        grades = gradebook.find_submission_notebook(NAME, NAME, name).grades
        to_read = {grade.cell.name for grade in grades if grade.needs_manual_grade}
    said = "\n".join(
        f"--- {c.cell_type} {c.metadata.get('nbgrader', {}).get('grade_id')}\n{c.source}"
        for c in nb.cells
    )
    assert results[name].points == case.points, said
    assert to_read == set(case.to_read), said
    for words in case.shows:
        for paragraph in words.split("\n\n"):
            assert paragraph in said
