"""Grades a class: submissions run in boxes, as many at a time as there are cores; one process writes the gradebook.

The marks are nbgrader's. Its own autograde runs for one student after the other, and finds what their cells put out
already there.
"""

import logging
import os
import queue
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.apps import NbGraderAPI
from nbgrader.preprocessors import CheckCellMetadata

from course import layout
from course.grading import ExecuteInBox
from course.grading.box import Limits, Outcome, WarmBox
from course.grading.execute import EARLY, given_cells, given_imports, key_of, submission_of
from course.grading.flags import read_flags
from course.layout import CourseError, Lab
from course.nbgrader_api import load_config, open_api

# nbgrader says the same again when it grades.
SILENT = logging.getLogger("course.grade.silent")
SILENT.addHandler(logging.NullHandler())
SILENT.propagate = False


@dataclass(frozen=True)
class Graded:
    """What became of one submission."""

    lab: str
    student: str
    points: float = 0.0
    most: float = 0.0
    unread: int = 0  # written answers that nobody has graded yet
    problem: str = ""
    flags: tuple[tuple[str, str], ...] = ()  # cells that a person should look at, and why

    def __str__(self) -> str:
        if self.problem:
            return f"{self.lab}  {self.student}  not graded: {self.problem}"
        unread = f"; {self.unread} written answers to grade" if self.unread else ""
        return f"{self.lab}  {self.student}  {self.points:g} of {self.most:g}{unread}{self._look()}"

    def _look(self) -> str:
        """The first flag, and where the others are."""
        if not self.flags:
            return ""
        (cell, reason), *others = self.flags
        more = f" (and {len(others)} more in grading/flags.csv)" if others else ""
        return f"; look at {cell}: {reason}{more}"


def submissions(lab: Lab, students: list[str] | None = None) -> list[Path]:
    """The submitted notebooks of a lab, in the order of the students' names.

    Raises:
        CourseError: a student who was named has submitted nothing.
    """
    folder = layout.ROOT / "grading" / "submitted"
    for handed_in in sorted(folder.glob(f"*/{lab.name}/")):
        _named_rightly(handed_in, lab)
    found = {path.parts[-3]: path for path in folder.glob(f"*/{lab.name}/{lab.name}.ipynb")}
    _tell_misplaced(folder, lab, set(found))
    for student in students or []:
        if student not in found:
            raise CourseError(f"{student} has submitted no {lab.name} in {folder}.")
    return [found[student] for student in sorted(students or found)]


def _named_rightly(folder: Path, lab: Lab) -> None:
    """Gives a single notebook of another name, such as `Copy of NN_name.ipynb`, the one that nbgrader looks for."""
    wanted = folder / f"{lab.name}.ipynb"
    others = sorted(path for path in folder.glob("*.ipynb") if path != wanted)
    if wanted.exists() or not others:
        return
    names = ", ".join(path.name for path in others)
    if len(others) > 1:
        print(
            f"{folder.parent.name}: which one is {wanted.name}? Rename one of {names} in {folder}."
        )
        return
    others[0].rename(wanted)
    print(f"{folder.parent.name}: {names} is taken for {wanted.name}, and renamed.")


def _tell_misplaced(folder: Path, lab: Lab, found: set[str]) -> None:
    """Names notebooks that lie beside the folder in which nbgrader looks for them."""
    for path in sorted(folder.glob("*/**/*.ipynb")):
        student, *rest = path.relative_to(folder).parts
        near = lab.name in path.name or lab.name.lower() == path.parent.name.lower()
        if student not in found and near and rest[:-1] != [lab.name]:
            print(
                f"{student}: {path} is looked for as {folder / student / lab.name / lab.name}.ipynb."
            )


def grade_lab(
    lab: Lab,
    paths: list[Path],
    *,
    jobs: int | None = None,
    force: bool = False,
    on_graded: Callable[[], None] = lambda: None,
) -> list[Graded]:
    """Grades submissions of a lab; those that were graded before are left alone unless `force`.

    Args:
        lab: released, so that the gradebook knows it.
        paths: submitted notebooks.
        jobs: boxes at a time; as many as cores if None.
        force: also what was graded before.
        on_graded: called after each submission.

    Raises:
        CourseError: the gradebook does not know the lab, or no box can be made.
    """
    config = load_config(layout.ROOT)
    api = open_api(config)
    with Gradebook(config.CourseDirectory.db_url) as gradebook:
        try:
            gradebook.find_assignment(lab.name)
        except MissingEntry:
            raise CourseError(
                f"The gradebook does not know {lab.name} yet. Release it first: python -m course release {lab.name}"
            ) from None
    waiting = [path for path in paths if force or not _autograded(path).exists()]
    limits = ExecuteInBox(config=config).limits()
    results = []
    given = given_cells(_names(api, lab))
    with _Boxes(jobs or os.cpu_count() or 1, given) as boxes:
        for path in waiting:
            nb = _sanitized(api, lab, path)
            if nb is not None:  # nbgrader will say what is wrong with it
                boxes.add(path.parts[-3], nb, limits)
        for path in paths:
            graded = _grade_one(api, lab, path, force=force)
            results.append(graded)
            on_graded()
    return results


def _autograded(submitted: Path) -> Path:
    parts = submitted.relative_to(layout.ROOT / "grading" / "submitted")
    return layout.ROOT / "grading" / "autograded" / parts


def _names(api: NbGraderAPI, lab: Lab) -> dict[str, str]:
    """What nbgrader calls a lab, and its gradebook."""
    return {"assignment": lab.name, "notebook": lab.name, "db_url": api.coursedir.db_url}


def _sanitized(api: NbGraderAPI, lab: Lab, path: Path) -> NotebookNode | None:
    """A submission as nbgrader would run it; None if it cannot be read."""
    resources = {"nbgrader": {**_names(api, lab), "student": path.parts[-3]}, "metadata": {}}
    steps = api.config.Autograde.sanitize_preprocessors
    try:
        nb: NotebookNode = nbformat.read(path, as_version=4)
        # The check of the metadata changes nothing, and takes longer than the others together.
        for step in [step for step in steps if step is not CheckCellMetadata]:
            nb, resources = step(parent=api, log=SILENT)(nb, resources)
    except Exception:
        return None
    return nb


def _grade_one(api: NbGraderAPI, lab: Lab, path: Path, *, force: bool) -> Graded:
    """nbgrader's autograde for one student, and what the gradebook then holds."""
    student = path.parts[-3]
    result = api.autograde(lab.name, student, force=force, create=True)
    error = result.get("error", "")
    if "KeyboardInterrupt" in error:
        raise KeyboardInterrupt
    if not result["success"]:
        lines = [line for line in result.get("log", error).splitlines() if line.strip()]
        return Graded(lab.name, student, problem=_cause(lines))
    with Gradebook(api.coursedir.db_url) as gradebook:
        found = gradebook.find_submission_notebook(lab.name, lab.name, student)
        unread = sum(grade.needs_manual_grade for grade in found.grades)
        flags = tuple(read_flags(layout.ROOT, lab.name, student))
        return Graded(lab.name, student, found.score, found.max_score, unread, flags=flags)


def _cause(lines: list[str]) -> str:
    """The line of a log that says most: the last exception, or the first error."""
    exceptions = [line for line in lines if ": " in line and line.split(":")[0].endswith("Error")]
    errors = [line for line in lines if "[ERROR]" in line]
    return (exceptions or errors or lines or ["nothing was said"])[-1].strip()


class _Boxes:
    """Boxes that run submissions of one lab beside each other."""

    def __init__(self, jobs: int, given: tuple[str, ...]) -> None:
        self._given = given
        self._threads = ThreadPoolExecutor(jobs, thread_name_prefix="box")
        self._own = threading.local()
        self._all: queue.SimpleQueue[WarmBox] = queue.SimpleQueue()

    def add(self, student: str, nb: NotebookNode, limits: Limits) -> None:
        """Queues a sanitized submission; nbgrader's step takes its outcome from `EARLY`."""
        EARLY[key_of(student, nb)] = self._threads.submit(self._run, nb, limits)

    def _run(self, nb: NotebookNode, limits: Limits) -> Outcome:
        box: WarmBox | None = getattr(self._own, "box", None)
        if box is None or not box.alive:
            box = self._own.box = WarmBox(given_imports(nb), self._given)
            self._all.put(box)
        return box.run(*submission_of(nb), limits=limits)

    def __enter__(self) -> "_Boxes":
        return self

    def __exit__(self, *_: object) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
        EARLY.clear()
        while not self._all.empty():
            self._all.get().close()
