"""Grades a class: submissions run in boxes, beside each other, here or on a cluster; one process writes the gradebook.

The marks are nbgrader's. Its own autograde runs for one student after the other, and finds what their cells put out
already there.
"""

import contextlib
import logging
import os
import re
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.apps import NbGraderAPI
from nbgrader.preprocessors import CheckCellMetadata
from traitlets.config import Config

from course import layout
from course.grading import ExecuteInBox, SanitizeText
from course.grading.box import KeptBoxes, Outcome, Task
from course.grading.execute import EARLY, given_cells, key_of
from course.grading.flags import read_flags
from course.kept_marks import by_hand, keep
from course.layout import CourseError, Lab
from course.nbgrader_api import awaits_grading, load_config, open_api, open_gradebook

Submit = Callable[[Task], Future[Outcome]]

# What a browser, an editor or a LMS makes of the name of a notebook.
NOTEBOOK = re.compile(r".+\.ipynb(\.txt|\.json)?\s*", re.IGNORECASE)
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
    before: bool = False  # was graded by an earlier call, and left alone

    def __str__(self) -> str:
        if self.problem:
            return f"{self.lab}  {self.student}  not graded: {self.problem}"
        answers = "1 written answer" if self.unread == 1 else f"{self.unread} written answers"
        unread = f"; {answers} to grade" if self.unread else ""
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
    others = sorted(path for path in folder.iterdir() if NOTEBOOK.fullmatch(path.name))
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
    """Names notebooks and archives that lie beside the folder in which nbgrader looks for them."""
    for path in sorted(folder.glob("**/*")):
        student, *rest = path.relative_to(folder).parts
        wanted = folder / student / lab.name / f"{lab.name}.ipynb"
        near = any(lab.name.lower() in part.lower() for part in rest)
        if student in found or (path.parent == wanted.parent and path.suffix != ".zip"):
            continue
        if near and NOTEBOOK.fullmatch(path.name):
            print(f"{student}: {path} is looked for as {wanted}.")
        elif path.suffix.lower() == ".zip" and (near or not rest):
            print(f"{path} is an archive: unpack it, by hand or by `nbgrader zip_collect`.")


@contextlib.contextmanager
def boxes_here(jobs: int | None = None) -> Iterator[Submit]:
    """Boxes on this machine, so many at a time, or as many as there are cores."""
    boxes = KeptBoxes()
    threads = ThreadPoolExecutor(jobs or os.cpu_count() or 1, thread_name_prefix="box")
    try:
        yield lambda task: threads.submit(boxes.run, task)
    finally:
        threads.shutdown(wait=False, cancel_futures=True)
        boxes.close()


def grade_lab(
    lab: Lab,
    paths: list[Path],
    submit: Submit,
    *,
    db: str | None = None,
    force: bool = False,
    settings: Config | None = None,
    on_graded: Callable[[Graded], None] = lambda graded: None,
) -> list[Graded]:
    """Grades submissions of a lab; those that were graded before are left alone unless `force`.

    Args:
        lab: released, so that the gradebook knows it.
        paths: submitted notebooks.
        submit: has a submission run in a box.
        db: the address of the gradebook, if it is another one than in nbgrader_config.py.
        force: also what was graded before.
        settings: of nbgrader, in place of those in nbgrader_config.py.
        on_graded: called after each submission.

    Returns:
        What became of each, in the order of `paths`.

    Raises:
        CourseError: the gradebook cannot be opened or does not know the lab, or no box can be made.
    """
    config = load_config(layout.ROOT, db)
    config.merge(settings or Config())
    api = open_api(config)
    with open_gradebook(config) as gradebook:
        try:
            gradebook.find_assignment(lab.name)
        except MissingEntry:
            raise CourseError(
                f"The gradebook does not know {lab.name} yet. Release it first: python -m course release {lab.name}"
            ) from None
    waiting = {path for path in paths if force or awaits_grading(path)}
    results: dict[Path, Graded] = {}

    def grade(path: Path, problem: str = "") -> None:
        if problem:
            graded = Graded(lab.name, path.parts[-3], problem=problem)
        else:
            graded = _grade_one(api, lab, path, force=path in waiting)
            graded = replace(graded, before=path not in waiting)
        results[path] = graded
        on_graded(graded)

    try:
        running = _start(api, lab, [path for path in paths if path in waiting], submit)
        for path in paths:
            if path not in running.values():  # graded before, or cannot be read: nbgrader says why
                grade(path)
        for future in as_completed(running):
            problem = _problem(future)
            with _uninterrupted():
                grade(running[future], problem)
    finally:
        EARLY.clear()
    return [results[path] for path in paths]


def _start(
    api: NbGraderAPI, lab: Lab, paths: list[Path], submit: Submit
) -> dict[Future[Outcome], Path]:
    """Has submissions run in boxes. nbgrader's step takes the outcomes from `EARLY`."""
    step = ExecuteInBox(config=api.config)
    if step.no_box:
        return {}
    given = given_cells(_names(api, lab))
    running = {}
    for path in paths:
        nb = _sanitized(api, lab, path)
        if nb is not None:
            future = submit(step.task_of(nb, given))
            EARLY[key_of(path.parts[-3], nb)] = future
            running[future] = path
    return running


def _problem(future: Future[Outcome]) -> str:
    """Why a submission has no outcome; nothing if it has one.

    Raises:
        CourseError: the others will have none either.
    """
    try:
        future.result()
    except CourseError:
        raise
    except ImportError as error:
        raise CourseError(
            f"A worker of the cluster cannot run boxes: {error}. Start it in the folder of this book."
        ) from error
    except CancelledError:
        raise CourseError(
            "The scheduler of the cluster is gone. What was graded is kept; the next call goes on with the rest."
        ) from None
    except Exception as error:  # whatever befell one submission, the others go on
        return f"{type(error).__name__}: {error}"
    return ""


@contextlib.contextmanager
def _uninterrupted() -> Iterator[None]:
    """Puts Ctrl+C off to the end of the block."""
    came: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, frame: came.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if came:
        raise KeyboardInterrupt


def _names(api: NbGraderAPI, lab: Lab) -> dict[str, str]:
    """What nbgrader calls a lab, and its gradebook."""
    return {"assignment": lab.name, "notebook": lab.name, "db_url": api.coursedir.db_url}


def _sanitized(api: NbGraderAPI, lab: Lab, path: Path) -> NotebookNode | None:
    """A submission as nbgrader would run it; None if it cannot be read."""
    resources = {"nbgrader": {**_names(api, lab), "student": path.parts[-3]}, "metadata": {}}
    steps = api.config.Autograde.sanitize_preprocessors
    try:
        nb: NotebookNode = nbformat.read(path, as_version=4)
        # These change no code, and take longer than the others together.
        for step in [step for step in steps if step not in (CheckCellMetadata, SanitizeText)]:
            nb, resources = step(parent=api, log=SILENT)(nb, resources)
    except Exception:
        return None
    return nb


def _grade_one(api: NbGraderAPI, lab: Lab, path: Path, *, force: bool) -> Graded:
    """nbgrader's autograde for one student, and what the gradebook then holds."""
    student = path.parts[-3]
    with Gradebook(api.coursedir.db_url) as gradebook:
        before = by_hand(lab, student, gradebook)
    result = api.autograde(lab.name, student, force=force, create=True)
    error = result.get("error", "")
    if "KeyboardInterrupt" in error:
        raise KeyboardInterrupt
    if not result["success"]:
        lines = [line for line in result.get("log", error).splitlines() if line.strip()]
        return Graded(lab.name, student, problem=_cause(lines))
    with Gradebook(api.coursedir.db_url) as gradebook:
        found = gradebook.find_submission_notebook(lab.name, lab.name, student)
        if force:
            keep(before, lab, found)
            gradebook.db.commit()
        unread = sum(grade.needs_manual_grade for grade in found.grades)
        flags = tuple(read_flags(layout.ROOT, lab.name, student))
        return Graded(lab.name, student, found.score, found.max_score, unread, flags=flags)


def _cause(lines: list[str]) -> str:
    """The line of a log that says most: the last exception, or the first error."""
    exceptions = [line for line in lines if ": " in line and line.split(":")[0].endswith("Error")]
    if exceptions and "NotJSONError" in exceptions[-1]:
        return "its notebook is cut off, or none: ask the student for it"
    errors = [line for line in lines if "[ERROR]" in line]
    return (exceptions or errors or lines or ["nothing was said"])[-1].strip()
