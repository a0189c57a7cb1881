"""Lines that only those who teach may read, looked for in what everybody gets."""

import re
from collections.abc import Iterable
from html import unescape

from course import notebooks
from course.build import build_notebook
from course.layout import CourseError, Lab, relative

REGIONS = ("SOLUTION", "HIDDEN TESTS")
SHORTEST = 10  # characters; `return x` is nobody's secret


def refuse_secrets(lab: Lab, text: str) -> None:
    """Raises CourseError if what a reader sees has a line of a lab's answers or hidden tests.

    What stands in the student notebook, such as a hint, is no secret.
    """
    seen = _squeezed(text)
    cells = notebooks.read(lab.released).cells
    known = _squeezed("\n".join(unescape(cell.source) for cell in cells))
    for line in sorted(secret_lines(lab)):
        if line in seen and line not in known:
            raise CourseError(
                f"{relative(lab.source)}: the page would show a line of an answer or of a hidden test: {line}\n"
                "Does an output print it? Run the lab again after mending it."
            )


def secret_lines(lab: Lab) -> set[str]:
    """The lines of a lab's model answers, in code and in words, and of its hidden tests."""
    lines: set[str] = set()
    for cell in build_notebook(lab).notebook.cells:
        for region in REGIONS:
            lines.update(map(_squeezed, notebooks.region(cell.source, region)))
        if cell.cell_type == "markdown" and "nbgrader" in cell.metadata:
            lines.update(map(_squeezed, _sentences(cell.source)))
    return {line for line in lines if len(line) >= SHORTEST}


def _sentences(text: str) -> Iterable[str]:
    return re.split(r"(?<=[.?!])\s+", text)


def _squeezed(text: str) -> str:
    return " ".join(text.split())
