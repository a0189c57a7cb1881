"""Reads the hand-written source of a lab: a folder of percent scripts, one a section, in the order of their names."""

import re
from dataclasses import dataclass
from pathlib import Path

import jupytext
from nbformat import NotebookNode

from course.layout import CourseError, Lab, relative

SECTION = re.compile(r"\d\d[a-z]?_[a-z0-9_]+\.py")
CARD = "00_card.py"
MARKER = re.compile(r"# ?%%")
PROSE_MARKER = re.compile(r"# ?%% .*\[(markdown|md)\]")


@dataclass(frozen=True)
class SourceCell:
    """One cell of a percent script, and where it stands."""

    cell: NotebookNode
    file: Path
    line: int  # of its marker, counted from 1

    def location(self, line: int = 0) -> str:
        """`solutions/06_gpt/02_three_tokens.py:17`: its marker, or the line of its text that is counted from 1."""
        return f"{relative(self.file)}:{self.line + line}"


@dataclass(frozen=True)
class Source:
    """The cells of a lab in order, and what the header of its card says."""

    cells: list[SourceCell]
    metadata: NotebookNode


def read_source(lab: Lab) -> Source:
    """Reads all sections of a lab.

    Raises:
        CourseError: the folder has no card, or a script that is no section, or a script cannot be read.
    """
    if not (lab.source / CARD).exists():
        raise CourseError(f"{relative(lab.source)}: {CARD} is missing, with the title of the lab.")
    cells: list[SourceCell] = []
    for path in sorted(lab.source.rglob("*.py")):
        if path == lab.drawings:
            continue
        if path.parent != lab.source:
            raise CourseError(f"{relative(path)}: sections lie in the folder of their lab itself.")
        if not SECTION.fullmatch(path.name):
            raise CourseError(
                f"{relative(path)} is no section: a name begins with its number, as in 02_forward_pass.py."
            )
        cells += read_cells(path)
    return Source(cells, jupytext.read(lab.source / CARD, fmt="py:percent").metadata)


def read_cells(path: Path) -> list[SourceCell]:
    """Reads one percent script.

    Raises:
        CourseError: text stands outside of any cell, or code stands in a prose cell.
    """
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines()
    markers = [number for number, line in enumerate(lines, 1) if MARKER.match(line)]
    cells = jupytext.reads(text, fmt="py:percent").cells
    if not markers:
        raise CourseError(f"{relative(path)}: there is no cell; each begins with `# %%`.")
    if len(cells) != len(markers):
        raise CourseError(f"{relative(path)}: the text above the first `# %%` belongs to no cell.")
    for start, end in zip(markers, [*markers[1:], len(lines) + 1], strict=True):
        if not PROSE_MARKER.match(lines[start - 1]):
            continue
        for number in range(start, end - 1):
            if lines[number].strip() and not lines[number].startswith("#"):
                raise CourseError(
                    f"{relative(path)}:{number + 1}: code in a prose cell. Is the line `# %%` above it missing?"
                )
    return [SourceCell(cell, path, line) for cell, line in zip(cells, markers, strict=True)]
