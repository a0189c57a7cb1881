"""Before a submission runs: its cells are those of the release, whatever happened to them."""

import ast
from collections.abc import Callable

from nbconvert.exporters.exporter import ResourcesDict
from nbformat import NotebookNode
from nbgrader.api import Gradebook, SourceCell
from nbgrader.preprocessors import NbGraderPreprocessor

from course import notebooks
from course.grading.step import Step


class RestoreCells(NbGraderPreprocessor):
    """After DeduplicateIds: puts missing cells back in their place, and gives all the metadata of the gradebook.

    nbgrader's own `add_missing_cells` fails when the cell before the missing one is locked or gone too, and its
    DeduplicateIds leaves empty metadata on a copied cell, which ends the grading of the whole class.
    """

    def preprocess(self, nb: NotebookNode, resources: ResourcesDict) -> Step:
        names = resources["nbgrader"]
        with Gradebook(names["db_url"]) as gradebook:
            notebook = gradebook.find_notebook(names["notebook"], names["assignment"])
            points = {cell.name: cell.max_score for cell in notebook.grade_cells}
            solutions = {cell.name for cell in notebook.solution_cells}
            released = {
                cell.name: _released_cell(cell, points.get(cell.name), cell.name in solutions)
                for cell in notebook.source_cells
            }
        for change in restore_cells(nb, released):
            self.log.warning("%s: %s", names["student"], change)
        return nb, resources


def _released_cell(source_cell: SourceCell, points: float | None, solution: bool) -> NotebookNode:
    metadata = {
        "cell_type": source_cell.cell_type,
        "checksum": source_cell.checksum,
        "grade": points is not None,
        "grade_id": source_cell.name,
        "locked": source_cell.locked,
        "schema_version": 3,
        "solution": solution,
        "task": False,
    }
    if points is not None:
        metadata["points"] = points
    kind = "code" if source_cell.cell_type == "code" else "markdown"
    return notebooks.new_cell(kind, source_cell.source, source_cell.name, {"nbgrader": metadata})


def restore_cells(nb: NotebookNode, released: dict[str, NotebookNode]) -> list[str]:
    """Puts missing released cells back in order, and resets metadata and locked sources of the others; in place.

    Args:
        nb: a submission.
        released: every cell with a grade id, by that id, in the order of the release, hidden tests included.

    Returns:
        What was put right, a line for each cell.
    """
    changes: list[str] = []
    present = _recognized(nb, released)
    lost = [name for name, cell in present.items() if "nbgrader" not in cell.metadata]
    if lost:
        changes.append(f"{len(lost)} cells had lost what nbgrader knows them by, and were recognized")
    for cell in nb.cells:
        cell.metadata.pop("nbgrader", None)
    for name, cell in present.items():
        original = released[name]
        cell.metadata["nbgrader"] = original.metadata["nbgrader"]
        if original.metadata["nbgrader"]["locked"]:
            if cell.source != notebooks.without_region(original.source, "HIDDEN TESTS"):
                changes.append(
                    f"the locked cell {name} is not the released one (edited, or older), and is put back"
                )
            cell.source = original.source
    position = -1
    for name, cell in released.items():
        if name in present:
            position = next(i for i, other in enumerate(nb.cells) if other is present[name])
        else:
            changes.append(f"the cell {name} was missing, and is put back")
            position += 1
            nb.cells.insert(position, cell)
    return changes


def _recognized(
    nb: NotebookNode, released: dict[str, NotebookNode]
) -> dict[str, NotebookNode]:
    """The cells of a submission by the released ones that they are.

    By nbgrader's own name for them; where an editor or a converter dropped it, by the cell's id, which is the same; and
    where that is gone too, by the text of a locked cell or by what an exercise defines.
    """
    present: dict[str, NotebookNode] = {}
    for name_of in (_grade_id, _id, _by_text(released), _by_definition(released)):
        taken = {id(cell) for cell in present.values()}
        for cell in nb.cells:
            name = name_of(cell)
            if name in released and name not in present and id(cell) not in taken:
                present[name] = cell
                taken.add(id(cell))
    return present


def _grade_id(cell: NotebookNode) -> str | None:
    name: str | None = cell.metadata.get("nbgrader", {}).get("grade_id")
    return name


def _id(cell: NotebookNode) -> str | None:
    name: str | None = cell.get("id")
    return name


def _by_text(released: dict[str, NotebookNode]) -> Callable[[NotebookNode], str | None]:
    """What finds the locked cell that has the text of a cell."""
    names = {
        notebooks.without_region(cell.source, "HIDDEN TESTS"): name
        for name, cell in released.items()
        if cell.metadata["nbgrader"]["locked"]
    }
    return lambda cell: names.get(cell.source)


def _by_definition(released: dict[str, NotebookNode]) -> Callable[[NotebookNode], str | None]:
    """What finds the exercise whose function or class a cell defines."""
    names = {
        defined: name
        for name, cell in released.items()
        if cell.cell_type == "code" and not cell.metadata["nbgrader"]["locked"]
        for defined in _defined(cell)
    }

    def name_of(cell: NotebookNode) -> str | None:
        found = [names[defined] for defined in _defined(cell) if defined in names]
        return found[0] if found else None

    return name_of


def _defined(cell: NotebookNode) -> list[str]:
    """The functions and classes at the top of a code cell; none if it is not Python."""
    if cell.cell_type != "code":
        return []
    try:
        body = ast.parse(cell.source).body
    except (SyntaxError, ValueError):
        return []
    return [node.name for node in body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
