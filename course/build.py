"""From one hand-written source to the instructor notebook, the same bytes every time.

A source is a jupytext percent script. Each code cell says in its marker what it is:

    # %% setup="setup"                     the first cell, the same in every lab
    # %% given="circles_data"              given code, locked
    # %% solution="forward"                an exercise; the student writes what stands between the markers
    # %% check="forward_shapes" points=1   a graded check, locked
    # %% free="try_it"                     for the student to play with
    # %% [markdown]                        prose
    # %% [markdown] manual="why" points=1  a written answer, graded by hand
"""

import ast
import hashlib
import re
import shutil
from collections import Counter
from pathlib import Path

import jupytext
import nbformat
from nbformat import NotebookNode

from course import layout, notebooks
from course.layout import CourseError, Lab, find_labs, relative, student_repository

KINDS = ("setup", "given", "solution", "check", "manual", "free")
SETUP_CELL = Path(__file__).with_name("setup_cell.py")
GRADE_ID = re.compile(r"[a-z][a-z0-9_]{0,62}")


def build_notebook(source: Path) -> NotebookNode:
    """Converts a percent script to a notebook with nbgrader metadata.

    Raises:
        CourseError: a cell's marker is not one of those above, a name is used twice, or a cell is not Python.
    """
    parsed = jupytext.read(source, fmt="py:percent")
    occurrences: Counter[str] = Counter()
    badge = colab_badge(source.stem)
    for cell in parsed.cells:
        cell.source = cell.source.replace("COLAB_BADGE", badge)
    cells = [_convert(cell, relative(source), occurrences) for cell in parsed.cells]
    for name, count in Counter(cell.id for cell in cells).items():
        if count > 1:
            raise CourseError(f"{relative(source)}: the name {name} is used {count} times.")
    return notebooks.normalize(nbformat.v4.new_notebook(cells=cells, metadata=parsed.metadata))


def colab_badge(name: str) -> str:
    """Markdown for a badge that opens a lab of the student repository in Colab."""
    path = f"{student_repository().removeprefix('https://github.com/')}/blob/main/labs/{name}/{name}.ipynb"
    image = "https://colab.research.google.com/assets/colab-badge.svg"
    return f"[![Open in Colab]({image})](https://colab.research.google.com/github/{path})"


def _convert(cell: NotebookNode, source: str, occurrences: Counter[str]) -> NotebookNode:
    start = cell.source.strip().split("\n")[0][:60]
    kinds = [kind for kind in KINDS if kind in cell.metadata]
    unknown = set(cell.metadata) - {*KINDS, "points", "tags", "lines_to_next_cell", "title"}
    unknown |= {"title"} if cell.metadata.get("title") else set()
    if unknown or len(kinds) > 1:
        raise CourseError(
            f"{source}: the cell that begins {start!r} has {', '.join(sorted(unknown) or kinds)} "
            f"in its marker; a cell is one of {', '.join(KINDS)}."
        )
    if cell.cell_type == "code" and not kinds:
        raise CourseError(
            f'{source}: the code cell that begins {start!r} does not say what it is: given="name"?'
        )
    if cell.cell_type == "code":
        try:
            ast.parse(cell.source)
        except SyntaxError as error:
            raise CourseError(
                f"{source}: the cell that begins {start!r} is not Python, line {error.lineno}: {error.msg}. "
                "(Notebook magics, % and !, are not allowed.)"
            ) from None
    text = cell.source
    metadata: dict = {}
    if kinds:
        kind, name = kinds[0], cell.metadata[kinds[0]]
        if not isinstance(name, str) or not GRADE_ID.fullmatch(name):
            raise CourseError(f"{source}: {kind}={name!r} should be a name such as forward_shapes.")
        if ("points" in cell.metadata) != (kind in ("check", "manual")):
            raise CourseError(
                f"{source}: checks and manual cells have points, others have none ({name})."
            )
        if kind == "setup":
            text = SETUP_CELL.read_text(encoding="utf-8").strip()
            text = text.replace("STUDENT_REPOSITORY", student_repository())
        if kind != "free":
            metadata["nbgrader"] = _nbgrader_metadata(kind, name, cell.metadata.get("points"))
        cell_id = name
    else:
        digest = hashlib.sha256(text.encode()).hexdigest()[:12]
        occurrences[digest] += 1
        cell_id = f"{digest}-{occurrences[digest]}"
    if "tags" in cell.metadata:
        metadata["tags"] = cell.metadata["tags"]
    new = nbformat.v4.new_code_cell if cell.cell_type == "code" else nbformat.v4.new_markdown_cell
    return new(text, id=cell_id, metadata=metadata)


def _nbgrader_metadata(kind: str, name: str, points: float | None) -> dict:
    metadata = {
        "grade": kind in ("check", "manual"),
        "grade_id": name,
        "locked": kind in ("setup", "given", "check"),
        "schema_version": 3,
        "solution": kind in ("solution", "manual"),
        "task": False,
    }
    return metadata if points is None else {**metadata, "points": points}


def remove_stale() -> list[str]:
    """Deletes built labs whose source is gone, so that nothing runs or releases them; returns their names."""
    known = {lab.name for lab in find_labs()}
    folders = (layout.ROOT / "build" / "source").glob("*/")
    stale = sorted(folder for folder in folders if folder.name not in known)
    for folder in stale:
        shutil.rmtree(folder)
    return [folder.name for folder in stale]


def _was_edited(built: Path) -> bool:
    present = notebooks.read(built)
    recorded = present.metadata.get("course", {}).get("fingerprint")
    return recorded != notebooks.fingerprint(present)


def build(lab: Lab, *, force: bool = False) -> bool:
    """Writes a lab's instructor notebook, unless it stands there already.

    Returns:
        Whether anything was written.

    Raises:
        CourseError: the built notebook was edited since it was built, and `force` is off.
    """
    nb = build_notebook(lab.source)
    nb.metadata["course"] = {
        "source": relative(lab.source),
        "fingerprint": notebooks.fingerprint(nb),
    }
    if lab.built.exists():
        if lab.built.read_text(encoding="utf-8") == notebooks.to_text(nb):
            return False
        if not force and _was_edited(lab.built):
            raise CourseError(
                f"{relative(lab.built)} was edited after it was built. Make the change in "
                f"{relative(lab.source)} instead; --force overwrites the notebook."
            )
    notebooks.write(nb, lab.built)
    return True
