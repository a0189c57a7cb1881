"""Reading and writing notebooks so that the same cells give the same bytes."""

import ast
import hashlib
import json
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode, v4

from course.files import write_text
from course.layout import CourseError, relative

METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
STUB = '# YOUR CODE HERE\nraise NotImplementedError("not written yet")'  # what a student finds in its place
FOLDED = {"jupyter": {"source_hidden": True}, "cellView": "form"}  # in JupyterLab, and in Colab
CELL_METADATA = {"nbgrader", "tags", "deletable", "editable", *FOLDED}


def new_cell(cell_type: str, source: str, name: str, metadata: dict[str, Any]) -> NotebookNode:
    """A cell of type "code" or "markdown" with this id."""
    if cell_type == "code":
        code: NotebookNode = v4.new_code_cell(source, id=name, metadata=metadata)
        return code
    prose: NotebookNode = v4.new_markdown_cell(source, id=name, metadata=metadata)
    return prose


def digest_of(text: str) -> str:
    """What the id of a cell that has no name begins with: it follows from its text as an author wrote it."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]


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
        nb: NotebookNode = nbformat.read(path, as_version=4)
    except (nbformat.reader.NotJSONError, nbformat.ValidationError) as error:
        raise CourseError(
            f"{relative(path)} is no notebook ({type(error).__name__}). Conflicts of a merge in labs/: "
            "`git checkout --theirs labs`, then release. Under build/: delete the file."
        ) from None
    return nb


def to_text(nb: NotebookNode) -> str:
    """The notebook as nbgrader writes it, so that built and released files share one form."""
    text: str = nbformat.writes(nb, version=4)
    return text + "\n"


def write(nb: NotebookNode, path: Path) -> None:
    """Writes a notebook whole or not at all."""
    write_text(path, to_text(nb))


def split_region(source: str, name: str) -> tuple[list[str], list[str]]:
    """The lines between `### BEGIN name` and `### END name`, and the other ones, both without the markers."""
    parts: tuple[list[str], list[str]] = ([], [])
    inside = False
    for line in source.split("\n"):
        if f"### BEGIN {name}" in line or f"### END {name}" in line:
            inside = "BEGIN" in line
        else:
            parts[not inside].append(line)
    return parts


def region(source: str, name: str) -> list[str]:
    """The lines between `### BEGIN name` and `### END name`."""
    return split_region(source, name)[0]


def without_region(source: str, name: str) -> str:
    """The source as a student sees it, without the lines from `### BEGIN name` to `### END name`."""
    return "\n".join(split_region(source, name)[1])


def passed(source: str) -> str | None:
    """What the `checks.passed("…")` at the end of a check says; None if there is none."""
    match ast.parse(source).body[-1:]:
        case [
            ast.Expr(ast.Call(ast.Attribute(ast.Name("checks"), "passed"), [ast.Constant(says)]))
        ]:
            return str(says)
    return None
