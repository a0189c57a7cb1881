"""Steps that nbgrader_config.py adds to nbgrader's own, each for something a class cannot do without."""

import re
from collections.abc import Iterable

from nbconvert.exporters.exporter import ResourcesDict
from nbformat import NotebookNode, from_dict, v4
from nbgrader.api import Gradebook
from nbgrader.preprocessors import ClearHiddenTests, NbGraderPreprocessor
from nbgrader.utils import is_grade

from course import notebooks

Step = tuple[NotebookNode, ResourcesDict]


class Normalize(NbGraderPreprocessor):
    """Last step of a release: the same source gives the same bytes, whoever releases it."""

    def preprocess(self, nb: NotebookNode, resources: ResourcesDict) -> Step:
        return notebooks.normalize(nb), resources


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


def _released_cell(source_cell: object, points: float | None, solution: bool) -> NotebookNode:
    new = v4.new_code_cell if source_cell.cell_type == "code" else v4.new_markdown_cell
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
    return new(source_cell.source, id=source_cell.name, metadata={"nbgrader": metadata})


def restore_cells(nb: NotebookNode, released: dict[str, NotebookNode]) -> list[str]:
    """Puts missing released cells back in order, and resets metadata and locked sources of the others; in place.

    Args:
        nb: a submission.
        released: every cell with a grade id, by that id, in the order of the release, hidden tests included.

    Returns:
        What was put right, a line for each cell.
    """
    changes, present = [], {}
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


class HideHiddenTests(NbGraderPreprocessor):
    """For feedback: removes hidden tests from the cells, and from tracebacks that would quote them."""

    def preprocess(self, nb: NotebookNode, resources: ResourcesDict) -> Step:
        hidden = _lines(notebooks.region(cell.source, "HIDDEN TESTS") for cell in nb.cells)
        clear = ClearHiddenTests(parent=self.parent, enforce_metadata=False)
        nb, resources = clear.preprocess(nb, resources)
        hidden -= _lines(cell.source.splitlines() for cell in nb.cells)
        for cell in nb.cells:
            for output in cell.get("outputs", []):
                hide_lines(output, hidden)
        return nb, resources


class CountErrorsAlone(NbGraderPreprocessor):
    """After a submission ran: in check cells an error takes the points, and nothing else gives or takes any.

    nbgrader takes the first number that a graded cell displays as its points, even if an error follows, and a student's
    function can display one. It gives 0 for any output on stderr, and a logging handler that a student set up earlier
    writes there past `checks.run`.
    """

    def preprocess_cell(
        self, cell: NotebookNode, resources: ResourcesDict, index: int
    ) -> tuple[NotebookNode, ResourcesDict]:
        if cell.cell_type == "code" and is_grade(cell):
            cell.outputs = [o for o in cell.outputs if o.output_type != "execute_result"]
            for output in cell.outputs:
                if output.output_type == "stream":
                    output.name = "stdout"
        return cell, resources


def _lines(texts: Iterable[list[str]]) -> set[str]:
    """The lines of several texts, without indentation, and without those too short to tell anything.

    A short one, such as `probs,`, may well stand in a message that a student should read.
    """
    return {line.strip() for lines in texts for line in lines if len(line.strip()) > 12}


def hide_lines(output: NotebookNode, hidden: set[str]) -> None:
    """Cuts an error down to its message, and out of any text the hidden lines that it quotes; in place."""
    quoted = re.compile("|".join(map(re.escape, sorted(hidden, key=len, reverse=True))) or r"(?!)")
    if output.output_type == "error":
        output.evalue = quoted.sub("[hidden test]", output.evalue)
        output.traceback = [": ".join(filter(None, (output.ename, output.evalue)))]
    if "text" in output:
        output.text = quoted.sub("[hidden test]", output.text)
    if "data" in output:
        output.data = from_dict(
            {
                mime: quoted.sub("[hidden test]", value) if isinstance(value, str) else value
                for mime, value in output.data.items()
            }
        )
