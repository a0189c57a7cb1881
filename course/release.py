"""From instructor notebook to student notebook, with nbgrader's own generate_assignment."""

import os
import tempfile
from pathlib import Path

from nbformat import NotebookNode
from nbgrader.utils import compute_checksum

from course import layout, notebooks, rules
from course.build import build_notebook, write_built
from course.files import write_text
from course.layout import CourseError, Lab, relative


def release_labs(labs: list[Lab], *, db: str | None = None, force: bool = False) -> list[str]:
    """Builds and releases labs, and registers them in the gradebook.

    Args:
        labs: which.
        db: the address of the gradebook, if it is another one than in nbgrader_config.py.
        force: overwrite notebooks that were edited.

    Returns:
        The names of the labs whose student notebook changed.

    Raises:
        CourseError: a lab breaks a rule, its built or its student notebook was edited, or its cells are not those that
            submissions in the gradebook were made from; nothing is released then. Or nbgrader fails: that lab stays as
            it was.
    """
    fresh = released_texts(labs)
    changed = [lab.name for lab in labs if _text(lab.released) != fresh[lab.name]]
    for lab in labs:
        if lab.name in changed and not force and _was_worked_on(lab.released):
            raise CourseError(
                f"{relative(lab.released)} holds somebody's answers, outputs or texts. Copy it elsewhere if they are "
                f"wanted, and write texts into {relative(lab.source)}/; --force overwrites it. Nothing was released."
            )
    _refuse_other_cells(labs, db)
    for lab in labs:
        write_built(lab, force=force)
    for lab in labs:
        _generate_or_keep(lab, db)
    return changed


def _was_worked_on(path: Path) -> bool:
    """Whether a student notebook was run, or a cell of it changed since it was released."""
    if not path.exists():
        return False
    return any(cell.get("outputs") or _was_edited(cell) for cell in notebooks.read(path).cells)


def _was_edited(cell: NotebookNode) -> bool:
    """Whether a cell is not as it was released: nbgrader has a checksum of it, or its id follows from its text.

    A cell to play with has neither, nor has one with a picture, which came into its text later.
    """
    marks = cell.metadata.get("nbgrader")
    if marks is not None:
        return bool(marks.get("checksum") and marks["checksum"] != compute_checksum(cell))
    if cell.cell_type != "markdown" or 'src="data:' in cell.source:
        return False
    return not cell.id.startswith(notebooks.digest_of(cell.source))


def _refuse_other_cells(labs: list[Lab], db: str | None) -> None:
    """Raises CourseError if submissions of a lab are in the gradebook and its cells have other names by now."""
    from nbgrader.api import MissingEntry

    from course.nbgrader_api import load_config, open_gradebook

    with open_gradebook(load_config(layout.ROOT, db)) as gradebook:
        for lab in labs:
            try:
                notebook = gradebook.find_notebook(lab.name, lab.name)
            except MissingEntry:
                continue
            old = {cell.name for cell in notebook.source_cells}
            cells = build_notebook(lab).notebook.cells
            new = {cell.metadata.nbgrader.grade_id for cell in cells if "nbgrader" in cell.metadata}
            if notebook.submissions and old != new:
                gone, added = (", ".join(sorted(n)) or "none" for n in (old - new, new - old))
                raise CourseError(
                    f"{lab.name}: the gradebook holds {len(notebook.submissions)} submissions of a version with "
                    f"other cells (gone: {gone}; new: {added}). nbgrader cannot grade them with this one. Take the old "
                    f"{relative(lab.source)} back for this term (git checkout OLD_COMMIT -- FOLDER), or move grading/ "
                    "away to begin a new class. Nothing was released."
                )


def _generate_or_keep(lab: Lab, db: str | None) -> None:
    """Releases one lab. nbgrader deletes the student notebook first; if it fails, the old one is put back."""
    before = _text(lab.released)
    try:
        _generate(lab, layout.ROOT, db=db)
    except CourseError:
        if before is not None:
            write_text(lab.released, before)
        raise


def drifted(labs: list[Lab]) -> list[str]:
    """The names of the labs whose committed student notebook is not what their source gives. Changes nothing.

    Raises:
        CourseError: a lab breaks a rule, or nbgrader fails.
    """
    fresh = released_texts(labs)
    return [lab.name for lab in labs if _text(lab.released) != fresh[lab.name]]


def _text(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None


def released_texts(labs: list[Lab]) -> dict[str, str]:
    """The text of every student notebook, made in a temporary course, after the rules have been checked."""
    texts: dict[str, str] = {}
    problems: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for lab in labs:
            built = build_notebook(lab)
            found = rules.grading_problems(built.notebook) + rules.needs_skipped(built.notebook)
            if not found:
                notebooks.write(built.notebook, root / lab.built.relative_to(layout.ROOT))
                _generate(lab, root, register=False)
                released = root / lab.released.relative_to(layout.ROOT)
                found = rules.leaks(built.notebook, notebooks.read(released), built.location)
                texts[lab.name] = released.read_text(encoding="utf-8")
            problems += [f"{built.location(p.cell, p.line)}: {p.says}" for p in found]
    if problems:
        raise CourseError("\n".join(problems))
    return texts


def _generate(lab: Lab, root: Path, *, db: str | None = None, register: bool = True) -> None:
    """Runs nbgrader's generate_assignment on a course whose root is `root`, with or without its gradebook."""
    from nbgrader.preprocessors import SaveCells

    from course.nbgrader_api import load_config, open_api

    (root / "grading").mkdir(exist_ok=True)
    config = load_config(root, db)
    if not register:
        config.GenerateAssignment.no_database = True
        config.GenerateAssignment.preprocessors.remove(SaveCells)
    before = os.getcwd()
    try:
        result = open_api(config).generate_assignment(lab.name, force=True, create=True)
    finally:
        os.chdir(before)
    if not result["success"]:
        raise CourseError(f"nbgrader could not release {lab.name}:\n{result.get('log') or result}")
