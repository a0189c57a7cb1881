"""Pairs of submissions that share more unusual answers than a class of its own accord would, for a person to judge."""

import ast
import json
from collections import Counter
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import jinja2
import numpy as np
from nbgrader.utils import is_solution

from course.build import build_notebook
from course.files import write_text
from course.grade import submissions
from course.grading.recognize import names_of
from course.layout import CourseError, Lab

FEWEST = 5  # submissions: of fewer, nothing is unusual
SHUFFLES = 400


@dataclass(frozen=True)
class Answer:
    """One cell of one submission: the text, and its form, in which names, comments and layout do not count."""

    text: str
    form: str


@dataclass(frozen=True)
class Shared:
    """An answer that two submissions have in common, and how many of those who wrote one have it."""

    cell: str
    texts: tuple[str, str]
    same: int
    written: int


@dataclass(frozen=True)
class Pair:
    """Two students, how surprising it is what they share, in bits, and what it is, the rarest first."""

    students: tuple[str, str]
    bits: float
    shared: tuple[Shared, ...]

    def __str__(self) -> str:
        rarest, whose = self.shared[0], " and ".join(self.students)
        return (
            f"{whose}: {len(self.shared)} answers in common, {self.bits:.0f} bits; the rarest, {rarest.cell}, "
            f"is that of {rarest.same} of {rarest.written}"
        )


@dataclass(frozen=True)
class Likeness:
    """The pairs above the limit, the most surprising first; the limit in bits; how many submissions were compared."""

    lab: str
    pairs: list[Pair]
    limit: float
    count: int


def form_of(code: str) -> str:
    """Code without comments, docstrings and layout, its own names numbered; if it is no Python, without spaces."""
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return "".join(code.split())
    own: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.arg):
            own.setdefault(node.arg, f"_{len(own)}")
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            own.setdefault(node.id, f"_{len(own)}")
    for node in ast.walk(tree):
        if isinstance(node, ast.arg):
            node.arg, node.annotation = own[node.arg], None
        elif isinstance(node, ast.Name):
            node.id = own.get(node.id, node.id)
        elif isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
            if ast.get_docstring(node, clean=False) is not None:
                node.body = node.body[1:] or [ast.Pass()]
            if not isinstance(node, ast.ClassDef):
                node.returns = None
    return ast.unparse(tree)


def answers_of(lab: Lab, paths: list[Path]) -> dict[str, dict[str, Answer]]:
    """Cell → student → answer, for the answers that are neither as they came nor the model answer."""
    cells = [cell for cell in build_notebook(lab).notebook.cells if is_solution(cell)]
    common = {cell.id: {_form(cell.cell_type, cell.source)} for cell in cells}
    for cell in _cells(lab.released):
        if cell["id"] in common:
            common[cell["id"]].add(_form(cell["cell_type"], "".join(cell["source"])))
    found: dict[str, dict[str, Answer]] = {name: {} for name in common}
    for path in paths:
        for cell in _cells(path):
            name = next((name for name in names_of(cell) if name in common), None)
            if name is not None:
                text = "".join(cell["source"])
                form = _form(cell["cell_type"], text)
                if form.strip() and form not in common[name]:
                    found[name][path.parts[-3]] = Answer(text, form)
    return found


def _form(cell_type: str, text: str) -> str:
    return form_of(text) if cell_type == "code" else " ".join(text.casefold().split())


def _cells(path: Path) -> list[dict]:  # type: ignore[type-arg]
    try:
        cells: list[dict] = json.loads(path.read_text(encoding="utf-8"))["cells"]  # type: ignore[type-arg]
    except (OSError, ValueError, KeyError, TypeError):
        return []
    return cells


def likeness_of(lab: Lab) -> Likeness:
    """Compares all submissions of a lab.

    Raises:
        CourseError: too few submissions.
    """
    paths = submissions(lab)
    if len(paths) < FEWEST:
        raise CourseError(
            f"{lab.name}: {len(paths)} submissions are too few to say what is unusual."
        )
    return compare(lab.name, answers_of(lab, paths), [path.parts[-3] for path in paths])


def compare(
    lab: str, answers: dict[str, dict[str, Answer]], students: list[str], seed: int = 0
) -> Likeness:
    """The pairs of students that share more than chance explains.

    An answer that k of n students have in the same form surprises by log2(n / k) bits, a pair by the sum over what it
    shares. The limit is the most that any pair had when the answers to each exercise were dealt to their writers anew,
    `SHUFFLES` times: what chance alone does in this class.

    Args:
        lab: its name.
        answers: cell → student → answer.
        students: all who are compared.
        seed: of the dealing.
    """
    place = {student: i for i, student in enumerate(students)}
    groups = []  # for each cell: the places of those who wrote something, and the number of the form of each
    for of in answers.values():
        numbers: dict[str, int] = {}
        forms = [numbers.setdefault(answer.form, len(numbers)) for answer in of.values()]
        groups.append((np.array([place[who] for who in of], int), np.array(forms, int)))
    rng = np.random.default_rng(seed)
    dealt = [
        _bits([(places, rng.permutation(forms)) for places, forms in groups], len(students)).max()
        for _ in range(SHUFFLES)
    ]
    limit, bits = float(max(dealt)), _bits(groups, len(students))
    pairs = []
    for i, j in np.argwhere(bits > limit):
        both = (students[i], students[j])
        pairs.append(Pair(both, float(bits[i, j]), _shared(answers, both)))
    return Likeness(lab, sorted(pairs, key=lambda pair: -pair.bits), limit, len(students))


def _bits(groups: list[tuple[np.ndarray, np.ndarray]], count: int) -> np.ndarray:
    """The bits of each pair (count, count), zeros below and on the diagonal."""
    bits = np.zeros((count, count))
    for places, forms in groups:
        sizes = np.bincount(forms)
        worth = np.where(sizes > 1, np.log2(len(forms) / np.maximum(sizes, 1)), 0.0)
        same = (forms[:, None] == forms) * worth[forms]
        bits[np.ix_(places, places)] += same
    return np.triu(bits, 1)


def _shared(answers: dict[str, dict[str, Answer]], pair: tuple[str, str]) -> tuple[Shared, ...]:
    shared = []
    for cell, of in answers.items():
        if pair[0] in of and pair[1] in of and of[pair[0]].form == of[pair[1]].form:
            same = Counter(answer.form for answer in of.values())[of[pair[0]].form]
            shared.append(Shared(cell, (of[pair[0]].text, of[pair[1]].text), same, len(of)))
    return tuple(sorted(shared, key=lambda s: s.same / s.written))


def write_page(likeness: Likeness, out: Path) -> None:
    """Writes the pairs with their answers side by side."""
    environment = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    text = files("course").joinpath("alike.html").read_text(encoding="utf-8")
    write_text(out, environment.from_string(text).render(likeness=likeness))
