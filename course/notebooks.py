"""Reading and writing notebooks so that the same cells give the same bytes."""

import hashlib
import json
import os
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from course.layout import CourseError, relative

METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
CELL_METADATA = {"nbgrader", "tags", "deletable", "editable"}


def normalize(nb: NotebookNode) -> NotebookNode:
    """Strips whatever depends on a machine, a time or an editor; in place.

    `accelerator` stays: it tells Colab that a lab wants a GPU.
    """
    wanted = {key: nb.metadata[key] for key in ("accelerator",) if key in nb.metadata}
    nb.metadata = nbformat.from_dict(wanted | METADATA)
    nb.nbformat, nb.nbformat_minor = 4, 5
    for cell in nb.cells:
        cell.metadata = nbformat.from_dict(
            {key: value for key, value in sorted(cell.metadata.items()) if key in CELL_METADATA}
        )
    return nb


def fingerprint(nb: NotebookNode) -> str:
    """A hash of what an author writes in cells: not of outputs, counts or editor metadata."""
    cells = [
        (cell.cell_type, cell.source, cell.metadata.get("nbgrader"), cell.metadata.get("tags"))
        for cell in nb.cells
    ]
    return hashlib.sha256(json.dumps(cells, sort_keys=True).encode()).hexdigest()


def read(path: Path) -> NotebookNode:
    """A notebook from a file.

    Raises:
        CourseError: it cannot be read as one.
    """
    try:
        return nbformat.read(path, as_version=4)
    except (nbformat.reader.NotJSONError, nbformat.ValidationError) as error:
        raise CourseError(
            f"{relative(path)} is no notebook ({type(error).__name__}). Conflicts of a merge in labs/: "
            "`git checkout --theirs labs`, then release. Under build/: delete the file."
        ) from None


def to_text(nb: NotebookNode) -> str:
    """The notebook as nbgrader writes it, so that built and released files share one form."""
    return nbformat.writes(nb, version=4) + "\n"


def write(nb: NotebookNode, path: Path) -> None:
    """Writes a notebook under a temporary name, then renames it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    part.write_text(to_text(nb), encoding="utf-8")
    os.replace(part, path)


def region(source: str, name: str) -> list[str]:
    """The lines between `### BEGIN name` and `### END name`, without the markers."""
    lines, inside = [], False
    for line in source.splitlines():
        if f"### BEGIN {name}" in line or f"### END {name}" in line:
            inside = "BEGIN" in line
        elif inside:
            lines.append(line)
    return lines


def without_region(source: str, name: str) -> str:
    """The source without the lines from `### BEGIN name` to `### END name`, as a student sees it."""
    lines, inside = [], False
    for line in source.split("\n"):
        marker = f"### BEGIN {name}" in line or f"### END {name}" in line
        if marker:
            inside = "BEGIN" in line
        elif not inside:
            lines.append(line)
    return "\n".join(lines)
