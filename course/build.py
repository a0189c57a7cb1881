"""From the hand-written source of a lab to its instructor notebook, the same bytes every time."""

import ast
import re
import shutil
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from course import layout, notebooks, pictures
from course.kinds import KINDS, Kind, labeled
from course.layout import CourseError, Lab, find_labs, relative, student_repository
from course.source import SourceCell, read_source

SETUP_CELL = Path(__file__).with_name("setup_cell.py")
GRADE_ID = re.compile(r"[a-z][a-z0-9_]{0,62}")
LONGEST_TITLE = 60  # characters; the line of a folded cell is one line on a small screen


@dataclass(frozen=True)
class Built:
    """An instructor notebook, the places in the source that its cells come from, and the card's headline."""

    notebook: NotebookNode
    cells: dict[str, SourceCell]  # by the id of the cell
    headline: str

    def location(self, cell_id: str | None, line: int = 0) -> str:
        """Where a cell stands in the source; the card, for what belongs to no cell."""
        if cell_id not in self.cells:
            return next(iter(self.cells.values())).location()
        cell = self.cells[cell_id]
        return cell.location(max(0, line - self._lines_on_top(cell)))

    def _lines_on_top(self, cell: SourceCell) -> int:
        """How many lines of a built cell are not in its source."""
        kind = _kind(cell)
        return 0 if kind is None or not kind.folded else 2 if kind.grade else 1


def build_notebook(lab: Lab) -> Built:
    """Converts the source of a lab to a notebook with nbgrader metadata.

    Raises:
        CourseError: the source cannot be read, a cell's marker is not one of `KINDS`, a name is used twice, a cell is
            not Python, or a diagram is not as it should be, or used nowhere. The message names file and line.
    """
    source = read_source(lab)
    occurrences: Counter[str] = Counter()
    badge = colab_badge(lab.name)
    by_id: dict[str, SourceCell] = {}
    cells = []
    for written in source.cells:
        cell = _convert(written, badge, occurrences)
        if cell.id in by_id:
            raise CourseError(
                f"{written.location()}: the name {cell.id} stands at {by_id[cell.id].location()} too."
            )
        by_id[cell.id] = written
        cells.append(cell)
    pictures.refuse_unused(lab.drawings.parent, [written.cell.source for written in source.cells])
    notebook = nbformat.v4.new_notebook(cells=cells, metadata=source.metadata)
    headline = source.metadata.get("headline", "")
    return Built(notebooks.normalize(notebook), by_id, headline)


def colab_badge(name: str) -> str:
    """Markdown for a badge that opens a lab of the student repository in Colab."""
    image = "https://colab.research.google.com/assets/colab-badge.svg"
    return f"[![Open in Colab]({image})]({colab_address(name)})"


def colab_address(name: str) -> str:
    """Where Colab opens a lab of the student repository."""
    repository = student_repository().removeprefix("https://github.com/")
    return (
        f"https://colab.research.google.com/github/{repository}/blob/main/labs/{name}/{name}.ipynb"
    )


def _convert(written: SourceCell, badge: str, occurrences: Counter[str]) -> NotebookNode:
    marked = written.cell.metadata
    text = written.cell.source.replace("COLAB_BADGE", badge)
    kind = _kind(written)
    if kind is None:
        digest = notebooks.digest_of(text)
        occurrences[digest] += 1
        cell_id, metadata = f"{digest}-{occurrences[digest]}", {}
        text = pictures.embedded(written, text)
    else:
        cell_id = marked[kind.word]
        metadata = _nbgrader_metadata(kind, cell_id, marked.get("points"))
    if kind is KINDS["setup"]:
        text = SETUP_CELL.read_text(encoding="utf-8").strip()
        text = text.replace("STUDENT_REPOSITORY", student_repository())
    elif kind is KINDS["check"]:
        text = f"# Check · {notebooks.passed(text) or cell_id.replace('_', ' ')}\n{text}"
    if kind is not None and kind.label:
        _require_title(written, kind, text)
    if kind is not None and kind.folded:
        text = _with_form_title(text)
        metadata |= notebooks.FOLDED
    if "tags" in marked:
        metadata["tags"] = marked["tags"]
    return notebooks.new_cell(written.cell.cell_type, text, cell_id, metadata)


def _require_title(written: SourceCell, kind: Kind, text: str) -> None:
    """Raises CourseError if the first line of a cell is not what a student should read of it when it is folded."""
    found = labeled(text)
    if found is None or found[0] is not kind:
        raise CourseError(
            f"{written.location(1)}: the first line of a {kind.word} cell says what it does: "
            f"# {kind.label} · Loss with and without momentum"
        )
    title = found[1]
    if kind.grade or kind is KINDS["setup"]:
        return  # not written for this line alone
    if len(title) > LONGEST_TITLE or title.endswith(".") or title[0].islower():
        raise CourseError(
            f"{written.location(1)}: the title of a cell begins with a capital, ends without a period and has at most "
            f"{LONGEST_TITLE} characters; this one has {len(title)}: {title}"
        )


def _with_form_title(text: str) -> str:
    """The text of a cell with a second line from which Colab takes the title of a folded cell."""
    first, _, rest = text.partition("\n")
    return f"{first}\n# @title {first.removeprefix('# ')}\n{rest}"


def _kind(written: SourceCell) -> Kind | None:
    """What the marker says that a cell is; None for prose.

    Raises:
        CourseError: the marker says nothing, too much, or something unknown, or code is not Python.
    """
    cell = written.cell
    marked = set(cell.metadata) - {"lines_to_next_cell"}
    marked -= set() if cell.metadata.get("title") else {"title"}
    words = [word for word in KINDS if word in marked]
    if "incorrectly_encoded_metadata" in marked:
        said = cell.metadata["incorrectly_encoded_metadata"]
        raise CourseError(
            f'{written.location()}: the marker cannot be read: {said}. Names stand in quotes: given="name" points=1.'
        )
    unknown = marked - {*KINDS, "points", "tags"}
    if unknown or len(words) > 1:
        raise CourseError(
            f"{written.location()}: the marker has {', '.join(sorted(unknown) or words)}; "
            f"a cell is one of {', '.join(KINDS)}."
        )
    if cell.cell_type == "code":
        if not words:
            raise CourseError(
                f'{written.location()}: the code cell does not say what it is: given="name"?'
            )
        try:
            ast.parse(cell.source)
        except SyntaxError as error:
            raise CourseError(
                f"{written.location(error.lineno or 0)}: this is not Python: {error.msg}. "
                "(Notebook magics, % and !, are not allowed.)"
            ) from None
    if not words:
        return None
    kind, name = KINDS[words[0]], cell.metadata[words[0]]
    if not isinstance(name, str) or not GRADE_ID.fullmatch(name):
        raise CourseError(
            f"{written.location()}: {kind.word}={name!r} should be a name such as forward_shapes."
        )
    points = cell.metadata.get("points", 0)
    if not isinstance(points, int | float):
        raise CourseError(f"{written.location()}: points={points!r} is no number.")
    if kind is KINDS["setup"] and cell.source.strip():
        raise CourseError(
            f"{written.location()}: the setup cell is the same in every lab, course/setup_cell.py; it is empty here."
        )
    if ("points" in marked) != kind.grade:
        raise CourseError(
            f"{written.location()}: checks and manual cells have points, others have none ({name})."
        )
    return kind


def _nbgrader_metadata(kind: Kind, name: str, points: float | None) -> dict[str, Any]:
    if not kind.known_to_nbgrader:
        return {}
    metadata = {
        "grade": kind.grade,
        "grade_id": name,
        "locked": kind.locked,
        "schema_version": 3,
        "solution": kind.solution,
        "task": False,
    }
    return {"nbgrader": metadata if points is None else {**metadata, "points": points}}


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
    return bool(recorded != notebooks.fingerprint(present))


def write_built(lab: Lab, *, force: bool = False) -> bool:
    """Writes a lab's instructor notebook, unless it stands there already.

    Returns:
        Whether anything was written.

    Raises:
        CourseError: the source is at fault, or the built notebook was edited since it was built, and `force` is off.
    """
    notebook = build_notebook(lab).notebook
    notebook.metadata["course"] = {
        "source": relative(lab.source),
        "fingerprint": notebooks.fingerprint(notebook),
    }
    if lab.built.exists():
        if lab.built.read_text(encoding="utf-8") == notebooks.to_text(notebook):
            return False
        if not force and _was_edited(lab.built):
            raise CourseError(
                f"{relative(lab.built)} was edited after it was built. Make the change in "
                f"{relative(lab.source)}/ instead; --force overwrites the notebook."
            )
    notebooks.write(notebook, lab.built)
    return True
