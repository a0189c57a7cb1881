"""Feedback that a student reads in a minute: what has how many points, what failed first, the rest folded."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jinja2
from bs4 import BeautifulSoup
from nbconvert.exporters import HTMLExporter
from nbconvert.exporters.exporter import ResourcesDict
from nbformat import NotebookNode
from nbgrader.api import Grade, Gradebook
from nbgrader.preprocessors import NbGraderPreprocessor
from pygments.formatters.html import HtmlFormatter
from traitlets import Bool, List

from course import layout, notebooks
from course.exercises import HEADING, NOT_WRITTEN, graded_cells, message_of, title_of
from course.grading.formulas import with_formulas
from course.grading.late import LateRule
from course.grading.step import Step
from course.kinds import labeled

# The states of what gives points, in the order in which a student should look at them.
STATES = FAILED, PARTLY, MISSING, OPEN, SOLVED = ("failed", "partly", "missing", "open", "solved")
NO_ANSWER = "No response."  # nbgrader's comment on a written answer that was left as it came
DEFINED = re.compile(r"(?:def|class) (\w+)")
CHAPTER = re.compile(r"^##? (?P<name>.+)", re.M)
TEMPLATES = str(Path(__file__).with_name("templates"))
LONGEST_LINE = 240  # characters of a message in the table


@dataclass(frozen=True)
class Result:
    """What became of a cell that gives points."""

    cell: str  # its grade id
    title: str
    points: float
    score: float | None  # None while a person has not read it
    told: str = ""  # the message of a check, or the comment of the person who read the answer
    written: bool = False

    @property
    def state(self) -> str:
        if self.score is None:
            return OPEN
        if self.score >= self.points:
            return SOLVED
        if self.written:
            return MISSING if self.told == NO_ANSWER else PARTLY
        return MISSING if NOT_WRITTEN in self.told else FAILED


@dataclass(frozen=True)
class Exercise:
    """What stands under one heading."""

    name: str
    results: list[Result]

    @property
    def points(self) -> float:
        return sum(result.points for result in self.results)

    @property
    def score(self) -> float | None:
        """None while nobody has read anything of it."""
        read = [result.score for result in self.results if result.score is not None]
        return sum(read) if read else None

    @property
    def state(self) -> str:
        return worst_of(result.state for result in self.results)

    @property
    def worst(self) -> Result:
        """The first cell that has this state."""
        return next(result for result in self.results if result.state == self.state)


@dataclass
class Part:
    """Cells that are folded together: an exercise with all of its checks, or the text between two."""

    title: str
    state: str = ""  # empty where nothing gives points
    cells: list[NotebookNode] = field(default_factory=list)


@dataclass
class Chapter:
    """A section of the lab."""

    title: str
    parts: list[Part] = field(default_factory=list)
    score: float = 0.0
    points: float = 0.0

    @property
    def state(self) -> str:
        return worst_of(part.state for part in self.parts)


def worst_of(states: Iterable[str]) -> str:
    """The one of several states that a student should look at first; empty if nothing gives points."""
    found = set(states)
    return next((state for state in STATES if state in found), "")


class SumUp(NbGraderPreprocessor):
    """For feedback, after what must not be seen is gone: gives the page its table and its order.

    Points are those of the gradebook, and what lateness costs follows today's due dates and rule, as in
    `course grades`.
    """

    # nbconvert sets it for every step, and warns of those that cannot be told.
    display_data_priority: List[str] = List().tag(config=True)

    def preprocess(self, nb: NotebookNode, resources: ResourcesDict) -> Step:
        names = resources["nbgrader"]
        with Gradebook(names["db_url"]) as gradebook:
            found = gradebook.find_submission_notebook(
                names["notebook"], names["assignment"], names["student"]
            )
            cells = {grade_id(cell): cell for cell in nb.cells if grade_id(cell)}
            results = {grade.name: _result(grade, cells.get(grade.name)) for grade in found.grades}
            late = found.assignment.total_seconds_late
            taken = LateRule(parent=self).late_submission_penalty(
                names["student"], found.score, late
            )
        handed_out = layout.ROOT / "labs" / names["assignment"] / f"{names['notebook']}.ipynb"
        known = notebooks.read(handed_out) if handed_out.exists() else nb
        resources["feedback"] = page_of(nb, known, results, late=late > 0, taken=taken or 0.0)
        return nb, resources


def page_of(
    nb: NotebookNode,
    known: NotebookNode,
    results: dict[str, Result],
    *,
    late: bool = False,
    taken: float = 0.0,
) -> dict[str, Any]:
    """What the template shows.

    Args:
        nb: the graded notebook; its cells lose what the page shows elsewhere.
        known: the same lab as it was handed out, whose headings nobody has edited.
        results: by grade id.
        late: whether it came after its due date.
        taken: the points that this costs.
    """
    exercises = [
        Exercise(heading, [results[name] for name in graded if name in results])
        for heading, graded in graded_cells(known, "Without a heading").items()
    ]
    # Before the headings go, by which chapters are found.
    chapters = chapters_of(nb.cells, results)
    solved = answers_solved(nb.cells, results)
    for cell in nb.cells:
        result = results.get(grade_id(cell))
        cell.metadata["feedback"] = _shown(cell, result) | {"done": grade_id(cell) in solved}
    return {
        "title": next(iter(_titles(known)), "Feedback"),
        "exercises": [exercise for exercise in exercises if exercise.results],
        "score": sum(result.score or 0.0 for result in results.values()),
        "points": sum(result.points for result in results.values()),
        "open": sum(result.points for result in results.values() if result.state == OPEN),
        "late": late,
        "taken": taken,
        "first": first_to_mend(results[grade_id(c)] for c in nb.cells if grade_id(c) in results),
        "chapters": chapters,
        # Styles whose every color can be read on the gray behind it.
        "light": HtmlFormatter(style="xcode").get_style_defs(".highlight"),
        "dark": HtmlFormatter(style="github-dark").get_style_defs(".highlight"),
    }


def grade_id(cell: NotebookNode) -> str:
    """The name by which nbgrader knows a cell; empty if it does not."""
    return str(cell.metadata.get("nbgrader", {}).get("grade_id", ""))


def first_to_mend(results: Iterable[Result]) -> Result | None:
    """The first check that failed; if none did, the first whose function is not written."""
    checks = [result for result in results if not result.written]
    wanted = worst_of(result.state for result in checks)
    if wanted not in (FAILED, MISSING):
        return None
    return next(result for result in checks if result.state == wanted)


def answers_solved(cells: Iterable[NotebookNode], results: dict[str, Result]) -> set[str]:
    """The grade ids of code that needs no second look: each check before the next answer is solved."""
    states: dict[str, list[str]] = {}
    answer = ""
    for cell in cells:
        name = grade_id(cell)
        if name in results:
            states.setdefault(answer, []).append(results[name].state)
        elif cell.metadata.get("nbgrader", {}).get("solution"):
            answer = name
    return {answer for answer, found in states.items() if worst_of(found) == SOLVED}


def chapters_of(cells: Iterable[NotebookNode], results: dict[str, Result]) -> list[Chapter]:
    """The cells of a notebook, in order, under its headings.

    An exercise ends with the last of its cells that give points; what follows is text between exercises.
    """
    chapters: list[Chapter] = []
    for cell in cells:
        heading = cell.cell_type == "markdown" and CHAPTER.match(cell.source)
        if heading or not chapters:
            chapters.append(Chapter(heading["name"] if heading else "Before the lab"))
        chapter = chapters[-1]
        exercise = cell.cell_type == "markdown" and HEADING.match(cell.source)
        if exercise or not chapter.parts:
            chapter.parts.append(Part(exercise["name"].strip() if exercise else ""))
        part = chapter.parts[-1]
        part.cells.append(cell)
        if (result := results.get(grade_id(cell))) is not None:
            part.state = worst_of((part.state, result.state))
            chapter.score += result.score or 0.0
            chapter.points += result.points
    for chapter in chapters:
        chapter.parts = [piece for part in chapter.parts for piece in _split(part, results)]
    return chapters


def _split(part: Part, results: dict[str, Result]) -> list[Part]:
    """A part, and the text after its last cell that gives points as one of its own."""
    ends = [i for i, cell in enumerate(part.cells, 1) if grade_id(cell) in results]
    end = ends[-1] if ends else len(part.cells)
    rest = [Part("", cells=part.cells[end:])] if part.cells[end:] else []
    return [Part(part.title, part.state, part.cells[:end]), *rest]


def _result(grade: Grade, cell: NotebookNode | None) -> Result:
    """What became of a graded cell; `cell` is None if the notebook lacks it."""
    source = cell.source if cell is not None else ""
    written = grade.cell.cell_type == "markdown"
    if written:
        told = "" if cell is None else cell.metadata.nbgrader.get("comment") or ""
    else:
        told = "" if cell is None else message_of(cell)
    return Result(
        cell=grade.name,
        title="the written answer" if written else title_of(source, grade.name),
        points=grade.max_score,
        score=None if grade.needs_manual_grade else grade.score,
        told=told,
        written=written,
    )


def _shown(cell: NotebookNode, result: Result | None) -> dict[str, Any]:
    """What the template needs to show a cell; takes from it what is shown elsewhere: the message of a check."""
    found = labeled(cell.source) if cell.cell_type == "code" else None
    defined = DEFINED.match(cell.source)
    title = found[1] if found else defined[1] if defined else cell.source.partition("\n")[0]
    if result is not None and not result.written and result.told:
        cell.outputs = [output for output in cell.outputs if output.output_type != "error"]
    if result is not None and result.state == SOLVED and cell.cell_type == "code":
        # Its title says it already.
        said = f"✓ {result.title}\n"
        cell.outputs = [o for o in cell.outputs if o.get("text") not in (said, said.strip())]
    marks = cell.metadata.get("nbgrader", {})
    statement = cell.cell_type == "markdown" and bool(HEADING.match(cell.source))
    if statement:
        # It is the title of the part.
        cell.source = cell.source.partition("\n")[2]
    return {
        "result": result,
        "title": title,
        "kind": found[0].label if found else "Given",
        "statement": statement,
        "answer": bool(marks.get("solution")),
        "own": not marks.get("grade_id"),
        "comment": marks.get("comment") or "",
    }


def _titles(nb: NotebookNode) -> list[str]:
    found = (CHAPTER.search(cell.source) for cell in nb.cells if cell.cell_type == "markdown")
    return [match["name"] for match in found if match]


def number(points: float) -> str:
    """Points as people write them."""
    return f"{round(points, 2):g}"


def in_one_line(text: str) -> str:
    """A message without its line breaks, cut where it is long."""
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_LINE else line[: LONGEST_LINE - 1] + "…"


def without_requests(html: str) -> str:
    """HTML with words in place of images that lie on other servers, such as the badge of Colab."""
    if "<img" not in html:
        return html
    soup = BeautifulSoup(html, features="html.parser")
    for image in soup.find_all("img"):
        if not str(image.get("src", "")).startswith("data:"):
            image.replace_with(str(image.get("alt") or "an image"))
    return str(soup)


class FeedbackPage(HTMLExporter):
    """One HTML file that asks nobody for anything, made by the template feedback_page beside this module."""

    exclude_anchor_links = Bool(True).tag(config=True)

    def default_filters(self) -> Iterable[tuple[str, Callable[..., str]]]:
        yield from super().default_filters()  # type: ignore[no-untyped-call]
        yield "with_formulas", with_formulas
        yield "number", number
        yield "in_one_line", in_one_line

    @jinja2.pass_context
    def markdown2html(self, context: jinja2.runtime.Context, source: str) -> str:
        """Markdown to HTML, with its formulas, and without what other servers would be asked for."""
        return with_formulas(without_requests(super().markdown2html(context, source)))
