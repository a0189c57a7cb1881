"""What a lab's page makes of each cell: exercises are framed, checks and what only draws folded."""

from typing import Any

from nbformat import NotebookNode

from course.exercises import HEADING
from course.kinds import labeled


def prepare(nb: NotebookNode) -> None:
    """Tells of each cell what the template lab.html.j2 shows: in its metadata, under `site`."""
    frames = frames_of(nb.cells)
    for number, cell in enumerate(nb.cells):
        shown = _code(cell) if cell.cell_type == "code" else {}
        shown["blank"] = bool(cell.metadata.get("nbgrader", {}).get("solution"))
        shown["opens"] = any(first == number for first, _ in frames)
        shown["closes"] = any(last == number for _, last in frames)
        cell.metadata["site"] = shown


def frames_of(cells: list[NotebookNode]) -> list[tuple[int, int]]:
    """The first and the last cell of each exercise: from its heading to the last cell that gives points."""
    starts = [
        number
        for number, cell in enumerate(cells)
        if cell.cell_type == "markdown" and HEADING.search(cell.source)
    ]
    frames = []
    for start, end in zip(starts, [*starts[1:], len(cells)], strict=True):
        graded = [
            n for n in range(start, end) if cells[n].metadata.get("nbgrader", {}).get("grade")
        ]
        frames.append((start, graded[-1] if graded else start))
    return frames


def _code(cell: NotebookNode) -> dict[str, Any]:
    """What the template needs to know of a code cell, whose first lines become its title."""
    found = labeled(cell.source)
    if found is None:
        return {"kind": "", "title": "", "folded": False}
    kind, title = found
    lines = cell.source.split("\n")
    form = len(lines) > 1 and lines[1].startswith("# @title ")
    cell.source = "\n".join(lines[2 if form else 1 :]).strip("\n")
    return {"kind": kind.label, "title": title, "folded": kind.folded}
