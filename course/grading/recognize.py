"""Which cell of a submission is which of the release, also where an editor or a converter dropped what says so."""

import ast
import re
from collections.abc import Callable, Mapping
from typing import Any

from nbformat import NotebookNode

from course import notebooks

DEFINITION = re.compile(r"^(?:def|class) (\w+)", re.MULTILINE)
TELLING = 12  # characters; a shorter released text may well stand in an answer
Release = Mapping[
    str, NotebookNode
]  # by grade id, or by cell id where nbgrader knows no cell; in order


def recognized(cells: list[NotebookNode], release: Release) -> dict[str, NotebookNode]:
    """The cells of a submission by the names of the released ones that they are, the surest signs first.

    By nbgrader's own name for a cell; by its id, which is the same, and which Colab moves into the metadata; by its
    text; by what an exercise defines; by the prose that a longer text begins or ends with. Of several copies of a
    cell it is the first in which something was written.
    """
    present: dict[str, NotebookNode] = {}
    signs = (
        *NAMES,
        _text(release),
        _definition(release),
        _merged_prose(release),
    )
    for name_of in signs:
        taken = {id(cell) for cell in present.values()}
        found: dict[str, list[NotebookNode]] = {}
        for cell in cells:
            name = name_of(cell)
            if name and name in release and name not in present and id(cell) not in taken:
                found.setdefault(name, []).append(cell)
        for name, copies in found.items():
            written = [cell for cell in copies if plain(cell.source) != plain(shown(release[name]))]
            present[name] = copies[0] if is_locked(release[name]) else (written or copies)[0]
    return present


def is_known(released: NotebookNode) -> bool:
    """Whether nbgrader keeps a released cell apart."""
    return "nbgrader" in released.metadata


def is_locked(released: NotebookNode) -> bool:
    """Whether what students change in a released cell is put back."""
    return bool(is_known(released) and released.metadata["nbgrader"]["locked"])


def is_written_answer(released: NotebookNode) -> bool:
    """Whether a released cell is for an answer in words."""
    return is_known(released) and not is_locked(released) and released.cell_type != "code"


def is_exercise(released: NotebookNode) -> bool:
    """Whether a released cell is for an answer in code."""
    return is_known(released) and not is_locked(released) and released.cell_type == "code"


def shown(released: NotebookNode) -> str:
    """A released cell as students see it."""
    return notebooks.without_region(released.source, "HIDDEN TESTS")


def plain(text: str) -> str:
    """A text without the blanks at ends of lines and around it, which editors and converters drop or add."""
    return "\n".join(line.rstrip() for line in text.splitlines()).strip()


def is_text(cell: NotebookNode) -> bool:
    """Whether a cell may hold an answer in words, whatever its type: no blanks, and no Python but comments."""
    return bool(cell.source.strip()) and (cell.cell_type != "code" or not _statements(cell.source))


def is_broken_code(cell: NotebookNode) -> bool:
    """Whether a code cell is not Python."""
    return cell.cell_type == "code" and _parsed(cell.source) is None


def added(cell: NotebookNode, released: NotebookNode, release: Release) -> str:
    """What a cell holds before or behind the text of its released form, without the text of other released cells."""
    text, original = plain(cell.source), plain(shown(released))
    if not original or not (text.startswith(original) or text.endswith(original)):
        return ""
    others = [plain(cell.source) for cell in release.values() if cell.cell_type == "markdown"]
    for other in sorted({original, *others}, key=len, reverse=True):
        if other == original or len(other) >= TELLING:
            text = text.replace(other, "")
    return plain(text)


def names_of(cell: Mapping[str, Any]) -> list[str]:
    """The names by which a cell says which one it is, the surest first; also of a cell as it stands in a file."""
    return [name for named in NAMES if isinstance(name := named(cell), str)]


def _grade_id(cell: Mapping[str, Any]) -> str | None:
    name: str | None = cell.get("metadata", {}).get("nbgrader", {}).get("grade_id")
    return name


def _id(cell: Mapping[str, Any]) -> str | None:
    return cell.get("id")


def _colab_id(cell: Mapping[str, Any]) -> str | None:
    name: str | None = cell.get("metadata", {}).get("id")
    return name


NAMES = (_grade_id, _id, _colab_id)


def _text(release: Release) -> Callable[[NotebookNode], str | None]:
    """What finds the released cell that has the text of a cell; an answer's stub has no text of its own."""
    names = {
        plain(shown(cell)): name
        for name, cell in reversed(list(release.items()))
        if is_locked(cell) or not is_known(cell)
    }
    return lambda cell: names.get(plain(cell.source)) if cell.source.strip() else None


def _definition(release: Release) -> Callable[[NotebookNode], str | None]:
    """What finds the exercise whose function or class a cell defines."""
    names = {
        defined: name
        for name, cell in release.items()
        if is_exercise(cell)
        for defined in _defined(cell)
    }
    return lambda cell: next((names[word] for word in _defined(cell) if word in names), None)


def _merged_prose(release: Release) -> Callable[[NotebookNode], str | None]:
    """What finds the released prose that a longer text begins or ends with."""
    prose = {
        name: plain(cell.source)
        for name, cell in release.items()
        if not is_known(cell) and cell.cell_type == "markdown" and cell.source.strip()
    }

    def name_of(cell: NotebookNode) -> str | None:
        text = plain(cell.source)
        return next(
            (name for name, own in prose.items() if text.startswith(own) or text.endswith(own)),
            None,
        )

    return name_of


def _parsed(source: str) -> ast.Module | None:
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError):
        return None


def _statements(source: str) -> bool:
    """Whether a source is Python, or meant to be, and more than comments and strings."""
    parsed = _parsed(source)
    if parsed is None:
        return bool(DEFINITION.search(source))
    return not all(
        isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) for node in parsed.body
    )


def _defined(cell: NotebookNode) -> list[str]:
    """The functions and classes at the top of a cell; of a code cell also where it is not Python."""
    parsed = _parsed(cell.source)
    if parsed is None:
        return DEFINITION.findall(cell.source) if cell.cell_type == "code" else []
    return [node.name for node in parsed.body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
