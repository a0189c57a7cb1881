"""Rules that keep answers out of what students get.

An answer leaks where a student can read most of it: in a check, in given code above or below the exercise, in a comment
or in prose. Code is compared by what it does (likeness.py), everything else by the line. Folded hints may give a line
away, and hidden tests are not there.
"""

import ast
import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from nbformat import NotebookNode

from course import notebooks
from course.rules.likeness import Names, Shared, Step, most, shared, steps
from course.rules.problem import Problem

SHORT_LINE = 25  # a shorter line of a solution says too little to be a leak
MARKERS = ("BEGIN SOLUTION", "END SOLUTION", "BEGIN HIDDEN", "END HIDDEN")
# Measured over all pairs of an answer and a cell of the eight labs: of 24 above this share 21 gave an answer away, of 9
# that reached it exactly 2 did.
MOST = 0.6
LEAST = 2.5  # the weight of an answer with two operations; a smaller one is in every cell
CODE = re.compile(r"^```(?:python|py)?\n(?P<block>.*?)^```|`(?P<span>[^`\n]+)`", re.M | re.S)
DETAILS = re.compile(r"<details>.*?</details>", re.S)
Location = Callable[[str | None, int], str]


class Leak(NamedTuple):
    """An answer, or a function of it, most of which can be read in another cell."""

    exercise: str
    cell: str
    part: Shared


def leaks(built: NotebookNode, released: NotebookNode, location: Location) -> list[Problem]:
    """Problems of a student notebook: an answer that can be read in it, a marker, a cell that does not parse.

    `location` says where a line of a cell stands in the source.
    """
    problems = [*_likenesses(built, location), *_lines(built, released)]
    text = "\n".join(cell.source for cell in released.cells)
    problems += [
        Problem(None, f"a marker {marker!r} is left in the release")
        for marker in MARKERS
        if marker in text
    ]
    for cell in released.cells:
        if cell.cell_type == "code":
            try:
                ast.parse(cell.source)
            except SyntaxError as error:
                says = f"the released cell {cell.id} does not parse: {error}"
                problems.append(Problem(cell.id, says))
    return problems


def readable_answers(built: NotebookNode) -> list[Leak]:
    """The leaks in the code of an instructor notebook: for each exercise and cell the one that shows most."""
    trees = {cell.id: ast.parse(cell.source) for cell in built.cells if cell.cell_type == "code"}
    names = Names.of(trees.values())
    shown = {cell.id: list(_shown(cell, names)) for cell in built.cells}
    found = dict[tuple[str, str], Leak]()
    for cell in built.cells:
        for answer in _answers(cell, trees, names):
            for other, codes in shown.items():
                for code in codes:
                    if most(answer, code) <= MOST:
                        continue
                    leak = Leak(cell.id, other, shared(answer, code))
                    before = found.get(leak[:2])
                    if leak.part.share > max(MOST, before.part.share if before else 0):
                        found[leak[:2]] = leak
    return list(found.values())


def _likenesses(built: NotebookNode, location: Location) -> Iterator[Problem]:
    """A problem for each readable answer."""
    sources = {cell.id: cell.source.split("\n") for cell in built.cells}
    for exercise, cell, part in readable_answers(built):
        says = (
            f"{part.share:.0%} of the answer to {exercise} ({location(exercise, part.answer[0])}) can be read here. "
            "Move it into hidden tests, or use torch's own operator, numbers, a property or the student's function.\n"
            f"{_quote('answer', sources[exercise], part.answer)}\n{_quote('here', sources[cell], part.shown)}"
        )
        yield Problem(cell, says, part.shown[0])


def _quote(label: str, lines: list[str], numbers: list[int]) -> str:
    return "\n".join(f"    {label:>6} | {lines[number - 1].strip()}" for number in numbers)


def _answers(
    cell: NotebookNode, trees: dict[str, ast.Module], names: Names
) -> Iterator[list[Step]]:
    """What stands in each solution region of a cell, and each function in it, if it says enough."""
    if cell.id not in trees:
        return
    for start, end in _regions(cell.source, "SOLUTION"):
        written = list(_statements(trees[cell.id], start, end))
        inside = [node for top in written for node in ast.walk(top)]
        parts: list[list[ast.stmt]] = [written]
        parts += [[node] for node in inside if isinstance(node, ast.FunctionDef)]
        for part in parts:
            answer = steps(part, names)
            whole = any(step.weight >= 1 for step in answer)
            if whole and sum(step.weight for step in answer) >= LEAST:
                yield answer


def _statements(node: ast.AST, start: int, end: int) -> Iterator[ast.stmt]:
    """The outermost statements between two lines."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.stmt) and start < child.lineno <= (child.end_lineno or 0) < end:
            yield child
        else:
            yield from _statements(child, start, end)


def _regions(source: str, name: str) -> Iterator[tuple[int, int]]:
    """The numbers of the lines that hold the two markers of each region."""
    start = 0
    for number, line in enumerate(source.split("\n"), 1):
        if f"### BEGIN {name}" in line:
            start = number
        elif f"### END {name}" in line:
            yield start, number


def _shown(cell: NotebookNode, names: Names) -> Iterator[list[Step]]:
    """The code of a cell that students see, with the lines that it has in the instructor notebook."""
    if cell.cell_type == "code":
        lines = cell.source.split("\n")
        for name in ("SOLUTION", "HIDDEN TESTS"):
            for start, end in _regions(cell.source, name):
                indent = lines[start - 1].partition("#")[0]
                lines[start - 1 : end] = [f"{indent}pass", *[""] * (end - start)]
        yield steps([ast.parse("\n".join(lines))], names)
        return
    prose = DETAILS.sub(lambda folded: "\n" * folded[0].count("\n"), cell.source)
    for code in CODE.finditer(prose):
        group = code.lastgroup or ""
        above = "\n" * prose.count("\n", 0, code.start(group))
        try:
            yield steps([ast.parse(above + code[group])], names)
        except SyntaxError:
            continue  # a formula, an output, a command


def _lines(built: NotebookNode, released: NotebookNode) -> Iterator[Problem]:
    """A problem for each line of a solution that can be read anywhere, comments and prose included."""
    texts = {
        cell.id: DETAILS.sub("", cell.source) if cell.cell_type == "markdown" else cell.source
        for cell in released.cells
    }
    for cell in built.cells:
        for line in map(str.strip, notebooks.region(cell.source, "SOLUTION")):
            if len(line) < SHORT_LINE or line.startswith("#"):
                continue
            for name, shown in texts.items():
                if line in shown:
                    says = f"a line of the solution of {cell.id} can be read here: {line}"
                    yield Problem(name, says)
                    break
