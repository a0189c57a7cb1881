"""Reads the known answers of a lab: a folder with a file an exercise.

Each cell is an answer; its first line says what should happen, and why:

    # accept: einsum instead of matmul                      a right answer; the code follows
    # reject: no square root · expects "not by the variance"   a wrong one; one of the messages must hold these words

A wrong answer is written as code, or as the slip that tells it from a right one (see slips.py), or not at all: it is
then the reference with all of its results set to zero. The stub that students find is always tried too.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from nbformat import NotebookNode
from nbgrader.utils import is_grade, is_solution

from course.answers import made, slips
from course.build import Built
from course.layout import CourseError, Lab, relative
from course.source import SourceCell, read_cells

HEADER = re.compile(r"# (accept|reject): (.+)")
EXPECTS = re.compile(r'(.+) · expects "(.+)"')
LEAST_ACCEPT, LEAST_REJECT = 2, 6


@dataclass(frozen=True)
class Answer:
    """One known answer to an exercise."""

    exercise: str
    accept: bool
    why: str
    expects: str  # words of a message; none for a right answer
    code: str
    written: bool  # as it is here; not as a slip, and not made
    location: str

    def __str__(self) -> str:
        return f"{self.location}: {'accept' if self.accept else 'reject'}: {self.why}"


def is_exercise(cell: NotebookNode) -> bool:
    """Whether a cell is one that a student solves in code."""
    return cell.cell_type == "code" and is_solution(cell) and not is_grade(cell)


def read_answers(lab: Lab, built: Built) -> list[Answer]:
    """Reads the answers to every exercise, in the order of the lab.

    Raises:
        CourseError: the folder is missing, a file is no exercise's, a cell has another form or is not Python, a reject
            lacks an expectation, or a slip cannot be applied. The message names file and line.
    """
    if not lab.answers.is_dir():
        raise CourseError(
            f"{relative(lab.answers)}/ is missing: every lab proves its graders there."
        )
    references = {cell.id: cell.source for cell in built.notebook.cells if is_exercise(cell)}
    for path in sorted(lab.answers.glob("*.py")):
        if path.stem not in references:
            known = ", ".join(references)
            raise CourseError(f"{relative(path)}: no exercise {path.stem!r}; there are {known}.")
    answers: list[Answer] = []
    for exercise, reference in references.items():
        answers += _read_exercise(lab.answers / f"{exercise}.py", exercise, reference)
    return answers


def too_few(folder: Path, answers: list[Answer], exercises: list[str]) -> list[str]:
    """A line for each exercise that has fewer known answers than it needs."""
    problems = []
    for exercise in exercises:
        own = [answer.accept for answer in answers if answer.exercise == exercise]
        if own.count(True) < LEAST_ACCEPT or own.count(False) < LEAST_REJECT:
            problems.append(
                f"{relative(folder / exercise)}.py: {exercise} has {own.count(True)} right and {own.count(False)} "
                f"wrong answers; it needs {LEAST_ACCEPT} and {LEAST_REJECT}"
            )
    return problems


def _read_exercise(path: Path, exercise: str, reference: str) -> Iterator[Answer]:
    """The answers of one file, behind the stub."""
    stub = made.stub(reference)
    yield Answer(exercise, False, "the stub", "not written yet", stub, False, relative(path))
    if not path.exists():
        return
    right = {"": made.without_markers(reference)}  # what a slip can be applied to, by its title
    cells = [cell for cell in read_cells(path) if cell.cell.cell_type == "code"]
    for cell in sorted(cells, key=lambda cell: "# reject" in cell.cell.source.partition("\n")[0]):
        accept, why, expects, body = _header(cell)
        code = _code(body, cell, right)
        _compile(code, cell, written=code is body)
        if accept and right.setdefault(why, code) is not code:
            raise CourseError(f"{cell.location()}: two right answers are called {why!r}.")
        yield Answer(exercise, accept, why, expects, code, code is body, cell.location())


def _header(cell: SourceCell) -> tuple[bool, str, str, str]:
    """Verdict, reason, expected words, and what follows the first line."""
    first, _, body = cell.cell.source.partition("\n")
    header = HEADER.fullmatch(first.strip())
    if not header:
        raise CourseError(
            f'{cell.location(1)}: the first line should be `# accept: why` or `# reject: why · expects "words"`, '
            f"not {first!r}."
        )
    verdict, why = header.groups()
    expectation = EXPECTS.fullmatch(why)
    if (verdict == "reject") != bool(expectation):
        raise CourseError(
            f'{cell.location(1)}: a reject, and only a reject, ends in · expects "words".'
        )
    why, expects = expectation.groups() if expectation else (why, "")
    return verdict == "accept", why, expects, body


def _code(body: str, cell: SourceCell, right: dict[str, str]) -> str:
    """The whole answer: as it is written, as its slip makes it, or all zeros."""
    if not body.strip():
        return made.zeros(right[""])
    if slips.is_slip(body):
        try:
            return slips.apply(body, right)
        except slips.DoesNotApply as error:
            raise CourseError(f"{cell.location(1 + error.line)}: {error}") from None
    return body


def _compile(code: str, cell: SourceCell, *, written: bool) -> None:
    """Raises CourseError with the line if an answer is not Python."""
    try:
        ast.parse(code)
    except SyntaxError as error:
        if written:  # below the marker and the first line
            where, shown = cell.location(1 + (error.lineno or 0)), ""
        else:
            where, shown = cell.location(), f"\n{code}"
        raise CourseError(f"{where}: this is not Python: {error.msg}.{shown}") from None
