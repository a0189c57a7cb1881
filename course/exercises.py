"""Which graded cells of a lab stand under which heading, and what students read of them."""

import re
from dataclasses import dataclass

from nbformat import NotebookNode

from course import notebooks

HEADING = re.compile(r"^### (?P<name>(?:Exercise|Question) \d+ · [^(\n]+)", re.M)
NOT_WRITTEN = "not written yet"  # in the message of a function that was left as it came
OURS = ("CheckFailed", "CheckNotFinished")  # errors whose kind tells a reader nothing


@dataclass(frozen=True)
class GradedCell:
    """A cell that gives points."""

    title: str  # what its `checks.passed` says
    points: float
    written: bool  # answered in words


def graded_cells(nb: NotebookNode, without: str) -> dict[str, dict[str, GradedCell]]:
    """Heading → grade id → the cell, in the order of the notebook.

    Args:
        nb: the notebook.
        without: the heading of cells that stand before any.
    """
    found: dict[str, dict[str, GradedCell]] = {}
    heading = without
    for cell in nb.cells:
        marks, prose = cell.metadata.get("nbgrader", {}), cell.cell_type == "markdown"
        if prose and (named := HEADING.search(cell.source)):
            heading = named["name"].strip()
        if marks.get("grade") and marks.get("points"):
            title = "the written answer" if prose else title_of(cell.source, marks["grade_id"])
            graded = GradedCell(title, float(marks["points"]), prose)
            found.setdefault(heading, {})[marks["grade_id"]] = graded
    return found


def title_of(check: str, grade_id: str) -> str:
    """What a check is called: the text of its `checks.passed`, or the name that its author gave the cell."""
    return notebooks.passed(check) or grade_id.replace("_", " ")


def message_of(check: NotebookNode) -> str:
    """What the error says with which a check ended; empty if it ended without one."""
    for output in check.get("outputs", []):
        if output.output_type == "error":
            said = str(output.evalue).strip()
            return said if output.ename in OURS else f"{output.ename}: {said}"
    return ""
