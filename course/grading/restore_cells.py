"""Before a submission runs: its cells are those of the release, whatever happened to them."""

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
    present: dict[str, NotebookNode] = {}
    for cell in nb.cells:
        name = cell.metadata.pop("nbgrader", {}).get("grade_id")
        if name in released and name not in present:
            original = released[name]
            cell.metadata["nbgrader"] = original.metadata["nbgrader"]
            present[name] = cell
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
