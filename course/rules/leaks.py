"""Rules that keep answers out of what students get."""

import ast
import re

from nbformat import NotebookNode

from course import notebooks
from course.rules.problem import Problem

SHORT_LINE = 25  # a shorter line of a solution says too little to be a leak
MARKERS = ("BEGIN SOLUTION", "END SOLUTION", "BEGIN HIDDEN", "END HIDDEN")


def leaks(built: NotebookNode, released: NotebookNode) -> list[Problem]:
    """Problems of a student notebook: a solution that can still be read in it, a marker, a cell that does not parse."""
    problems = []
    texts = {cell.id: _without_hints(cell) for cell in released.cells}
    text = "\n".join(texts.values())
    for cell in built.cells:
        for line in map(str.strip, notebooks.region(cell.source, "SOLUTION")):
            if len(line) >= SHORT_LINE and not line.startswith("#") and line in text:
                shows = next((name for name, shown in texts.items() if line in shown), None)
                says = f"a line of the solution of {cell.id} can be read here: {line}"
                problems.append(Problem(shows, says))
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


def _without_hints(cell: NotebookNode) -> str:
    """A cell's text less its folded hints, the last of which may give a line away."""
    if cell.cell_type == "markdown":
        return re.sub(r"<details>.*?</details>", "", cell.source, flags=re.DOTALL)
    return str(cell.source)
