"""Before a submission runs: its cells are those of the release, whatever happened to them."""

from collections.abc import Iterable, Iterator
from copy import deepcopy

from nbconvert.exporters.exporter import ResourcesDict
from nbformat import NotebookNode, v4
from nbgrader.api import Gradebook, SourceCell
from nbgrader.preprocessors import NbGraderPreprocessor

from course import layout, notebooks
from course.grading.recognize import (
    Release,
    added,
    is_broken_code,
    is_exercise,
    is_known,
    is_locked,
    is_text,
    is_written_answer,
    plain,
    recognized,
    shown,
)
from course.grading.step import Step

Parts = dict[str, list[NotebookNode]]
WITH_IDS = 5  # the minor version of nbformat 4 from which on cells have ids
BESIDE = "*Put here when this was graded: the text beside this cell may be the answer.*"


class RestoreCells(NbGraderPreprocessor):
    """Puts missing cells back in their place, all cells in order, and gives them the metadata of the gradebook.

    Before nbgrader's own steps for that: its `add_missing_cells` fails when the cell before the missing one is locked
    or gone too, and its DeduplicateIds leaves empty metadata on a copied cell, which ends the grading of the whole
    class.
    """

    def preprocess(self, nb: NotebookNode, resources: ResourcesDict) -> Step:
        names = resources["nbgrader"]
        with Gradebook(names["db_url"]) as gradebook:
            notebook = gradebook.find_notebook(names["notebook"], names["assignment"])
            points = {cell.name: cell.max_score for cell in notebook.grade_cells}
            solutions = {cell.name for cell in notebook.solution_cells}
            known = {
                cell.name: _released_cell(cell, points.get(cell.name), cell.name in solutions)
                for cell in notebook.source_cells
            }
        handed_out = layout.ROOT / "labs" / names["assignment"] / f"{names['notebook']}.ipynb"
        cells = notebooks.read(handed_out).cells if handed_out.exists() else []
        for change in restore_cells(nb, with_others(known, cells)):
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


def with_others(known: dict[str, NotebookNode], cells: list[NotebookNode]) -> Release:
    """The cells that nbgrader knows, in their order, and between them the others that students got."""
    release: dict[str, NotebookNode] = {}
    waiting = list(known)
    for cell in cells:
        if cell.id not in known:
            release[cell.id] = cell
        while cell.id in waiting:
            name = waiting.pop(0)
            release[name] = known[name]
    return release | {name: known[name] for name in waiting}


def restore_cells(nb: NotebookNode, release: Release) -> list[str]:
    """Makes the cells of a submission those of the release, in its order, with the student's own between; in place.

    Locked cells get the released source, and all the released metadata and type. Missing ones are put back. Own cells
    stay below the released one that they stand below. An answer in words that cannot be told for certain is left to a
    person: beside the text that may be it, the stub gets a line, or nbgrader would give 0 for it as untouched.

    Args:
        nb: a submission.
        release: all cells, in order; those that nbgrader knows with its metadata, hidden tests included.

    Returns:
        What was put right, a line for each cell.
    """
    present = recognized(nb.cells, release)
    changes = _told(nb.cells, present, release)
    if nb.nbformat_minor < WITH_IDS:
        v4.upgrade(nb)
    for cell in nb.cells:
        cell.metadata.pop("nbgrader", None)
    parts = _parts(nb.cells, present)
    _find_by_place(parts, release)
    unsure = _unsure(parts, release)
    own = parts.pop("", [])
    nb.cells = []
    for name, released in release.items():
        if name in parts:
            nb.cells += own
            cell, *own = parts[name]
            changes += _reset(cell, released)
            nb.cells.append(cell)
        elif is_known(released):
            changes.append(f"the cell {name} was missing, and is put back")
            nb.cells.append(deepcopy(released))
        if name in unsure:
            changes.append(f"the text beside {name} may be its answer: a person should look")
            nb.cells[-1].source = f"{released.source}\n\n{BESIDE}"
    nb.cells += own
    return changes


def _told(
    cells: list[NotebookNode], present: dict[str, NotebookNode], release: Release
) -> list[str]:
    """What is to be said of a whole notebook."""
    names = {id(cell): name for name, cell in present.items() if is_known(release[name])}
    stood = [names[id(cell)] for cell in cells if id(cell) in names]
    changes = []
    if not stood:
        changes.append("no cell of this lab was found: is it the notebook of another one?")
    if stood != [name for name in release if name in stood]:
        changes.append("cells stood in another order than in the release, and are put back in it")
    if lost := sum("nbgrader" not in present[name].metadata for name in stood):
        changes.append(f"{lost} cells had lost what nbgrader knows them by, and were recognized")
    return changes


def _parts(cells: list[NotebookNode], present: dict[str, NotebookNode]) -> Parts:
    """Each recognized cell with the student's own below it; what stands above all of them is called ""."""
    names = {id(cell): name for name, cell in present.items()}
    parts: Parts = {"": []}
    part = parts[""]
    for cell in cells:
        if id(cell) in names:
            part = parts[names[id(cell)]] = []
        part.append(cell)
    return parts


def _own(parts: Parts, name: str) -> list[NotebookNode]:
    return parts[name][1:] if name else parts[""]


def _find_by_place(parts: Parts, release: Release) -> None:
    """Makes what stands in the place of a single missing answer that answer; in place."""
    for above, missing, below in list(_gaps(parts, release)):
        own = _own(parts, above)
        exercises = [name for name in missing if is_exercise(release[name])]
        answers = [name for name in missing if is_written_answer(release[name])]
        if len(exercises) + len(answers) != 1:
            continue
        (name,) = exercises + answers
        found = [cell for cell in own if (is_broken_code if exercises else is_text)(cell)]
        stubs = [cell for cell in found if plain(cell.source) == plain(release[name].source)]
        if len(found) == 1 or stubs:
            cell = (stubs or found)[0]
            start = next(i for i, other in enumerate(parts[above]) if other is cell)
            parts[name] = parts[above][start:]
            del parts[above][start:]
        elif answers and not found and (text := _merged(parts, (above, below), release)):
            parts[name] = [notebooks.new_cell("markdown", text, name, {}), *own]
            del parts[above][len(parts[above]) - len(own) :]


def _gaps(parts: Parts, release: Release) -> Iterator[tuple[str, list[str], str]]:
    """Runs of missing cells that nbgrader knows, each with the names of the cells that are there above and below."""
    above, missing = "", list[str]()
    for name, released in release.items():
        if name not in parts:
            missing += [name] if is_known(released) else []
            continue
        if missing:
            yield above, missing, name
        above, missing = name, []
    if missing:
        yield above, missing, ""


def _merged(parts: Parts, names: Iterable[str], release: Release) -> str:
    """What a student's cells of these names hold beside the released text."""
    texts = [added(parts[name][0], release[name], release) for name in names if name in release]
    return "\n\n".join(filter(None, texts))


def _unsure(parts: Parts, release: Release) -> set[str]:
    """The written answers that are missing or untouched, while beside them there is text that may be the answer."""
    there = ["", *(name for name in release if name in parts), ""]
    unsure, above = set(), 0
    for name, released in release.items():
        present = name in parts
        above += present
        if not is_written_answer(released):
            continue
        untouched = present and plain(parts[name][0].source) == plain(released.source)
        if present and not untouched:
            continue
        before, after = there[above - present], there[above + 1]
        own = _own(parts, before) + (_own(parts, name) if present else [])
        if any(map(is_text, own)) or _merged(parts, (before, after), release):
            unsure.add(name)
    return unsure


def _reset(cell: NotebookNode, released: NotebookNode) -> list[str]:
    """Gives a cell what the release says of it, in place, and tells what a student had changed."""
    if not is_known(released):
        return []
    if cell.cell_type != released.cell_type:
        fresh = notebooks.new_cell(released.cell_type, cell.source, released.id, {})
        cell.clear()
        cell.update(fresh)
    cell.metadata["nbgrader"] = released.metadata["nbgrader"]
    if not is_locked(released):
        return []
    edited = plain(cell.source) != plain(shown(released))
    cell.source = released.source
    name = released.metadata["nbgrader"]["grade_id"]
    says = f"the locked cell {name} is not the released one (edited, or older), and is put back"
    return [says] if edited else []
