"""Runs a submission, in a box."""

import hashlib
import json
from collections.abc import Mapping
from concurrent.futures import Future

from nbconvert.exporters.exporter import ResourcesDict
from nbformat import NotebookNode, v4
from nbgrader.api import Gradebook
from nbgrader.preprocessors import Execute, NbGraderPreprocessor
from nbgrader.utils import is_grade, is_locked
from traitlets import Bool, Float, Integer, Unicode, UseEnum

from course import layout
from course.grading.box import ENDED, Kind, Limits, Outcome, Task, Walls, imports_of, run_here
from course.grading.box.walls import IMAGE, MEMORY_BYTES
from course.grading.canaries import canaries_of
from course.grading.flags import write_flags
from course.grading.step import Step
from course.kinds import skipped

RISK = "No box: submissions can read and change whatever you can, marks and solutions too."
NOT_RUN = "Not run while grading: no check needs it.\n"


class ExecuteInBox(NbGraderPreprocessor):
    """In place of nbgrader's Execute, which runs a submission with all that the instructor may do.

    Boxes stay warm between submissions of a lab. Every cell but figures and experiments runs, also after one that
    failed, as Execute would have it.
    """

    cell_seconds = Float(60.0, help="Seconds that one cell may compute or wait.").tag(config=True)
    submission_seconds = Float(600.0, help="The same for a whole submission.").tag(config=True)
    memory_gib = Integer(MEMORY_BYTES >> 30, help="Memory of a submission.").tag(config=True)
    box = UseEnum(Kind, Kind.bubblewrap, help="What makes the box.").tag(config=True)
    image = Unicode(IMAGE, help="What a container is made of; its python has the packages.").tag(
        config=True
    )
    no_box = Bool(
        False,
        help="Run submissions with all that you may do yourself, on a machine that can make no box.",
    ).tag(config=True)

    def preprocess(self, nb: NotebookNode, resources: ResourcesDict) -> Step:
        if self.no_box:
            self.log.warning(RISK)
            executed: Step = Execute(parent=self.parent).preprocess(nb, resources)
            return executed
        names, limits = resources["nbgrader"], self.limits()
        early = EARLY.pop(key_of(names["student"], nb), None)
        outcome = early.result() if early else run_here(self.task_of(nb, given_cells(names)))
        for number, cell in _numbered(nb):
            if _is_skipped(cell):
                cell.outputs = [v4.new_output("stream", name="stdout", text=NOT_RUN)]
                cell.execution_count = None
            else:
                cell.outputs = outputs_of(number, outcome, limits)
                cell.execution_count = int(number) if number in outcome.outputs else None
        if outcome.ended != "done":
            said = ENDED[outcome.ended].replace("this", "its last")
            self.log.warning("%s: %s", names["student"], said)
        flagged = named_flags(nb, outcome)
        for where, reason in flagged:
            self.log.warning("%s: look at %s: %s", names["student"], where, reason)
        write_flags(layout.ROOT, names["assignment"], names["student"], flagged)
        return nb, resources

    def task_of(self, nb: NotebookNode, given: tuple[str, ...]) -> Task:
        """What a box needs to run a sanitized submission; `given` are the sources that its lab begins with."""
        cells, graded = submission_of(nb)
        # Code of a student's, graded by hand, need not be Python.
        checks = {n: c.source for n, c in _numbered(nb) if n in graded and is_locked(c)}
        return Task(
            cells,
            frozenset(graded),
            tuple(canaries_of(checks)),
            given_imports(nb),
            given,
            self.walls(),
            self.limits(),
        )

    def limits(self) -> Limits:
        """What one submission may take."""
        return Limits(
            cell_seconds=self.cell_seconds,
            submission_seconds=self.submission_seconds,
            memory_bytes=self.memory_gib << 30,
        )

    def walls(self) -> Walls:
        """How boxes are made."""
        return Walls(self.box, self.image, self.memory_gib << 30)


# What was run before nbgrader asked for it, by several boxes at once.
EARLY: dict[str, Future[Outcome]] = {}


def key_of(student: str, nb: NotebookNode) -> str:
    """What tells a sanitized submission from others: whose it is, and the code that it runs."""
    code = json.dumps(submission_of(nb)[0]).encode()
    return f"{student} {hashlib.sha256(code).hexdigest()}"


def submission_of(nb: NotebookNode) -> tuple[dict[str, str], set[str]]:
    """The code cells of a sanitized submission that run, by their numbers, and which of them are graded."""
    cells = [(number, cell) for number, cell in _numbered(nb) if not _is_skipped(cell)]
    graded = {number for number, cell in cells if is_grade(cell)}
    return {number: cell.source for number, cell in cells}, graded


def named_flags(nb: NotebookNode, outcome: Outcome) -> list[tuple[str, str]]:
    """What a person should look at: the names of checks, or `cell 7` for code of the student's, and why; once each."""
    names = {
        number: cell.metadata.get("nbgrader", {}).get("grade_id") or f"code cell {number}"
        for number, cell in _numbered(nb)
    }
    return list(dict.fromkeys((names[number], reason) for number, reason in outcome.flags))


def _numbered(nb: NotebookNode) -> list[tuple[str, NotebookNode]]:
    """The code cells of a notebook, from "1"."""
    code = [cell for cell in nb.cells if cell.cell_type == "code"]
    return [(str(number), cell) for number, cell in enumerate(code, 1)]


def _is_skipped(cell: NotebookNode) -> bool:
    """Whether a cell of a sanitized submission is given code that no check needs.

    A locked cell has the text of the release; what a student wrote or copied is never one.
    """
    return is_locked(cell) and not is_grade(cell) and skipped(cell.source)


def given_imports(nb: NotebookNode) -> tuple[str, ...]:
    """What the given cells of a sanitized submission import, and what PyTorch puts off; they are the instructor's."""
    imports = imports_of(cell for cell in nb.cells if is_locked(cell))
    # An optimizer imports it at its first step, which takes more time than most submissions.
    return (*imports, "torch._dynamo") if "torch" in imports else tuple(imports)


def given_cells(names: Mapping[str, str]) -> tuple[str, ...]:
    """The sources of the given code cells before the first exercise of a release, those for the eye left out."""
    sources = []
    with Gradebook(names["db_url"]) as gradebook:
        notebook = gradebook.find_notebook(names["notebook"], names["assignment"])
        answered = {cell.name for cell in (*notebook.grade_cells, *notebook.solution_cells)}
        for cell in notebook.source_cells:
            if cell.name in answered:
                break
            if cell.cell_type == "code" and not skipped(cell.source):
                sources.append(cell.source)
    return tuple(sources)


def outputs_of(name: str, outcome: Outcome, limits: Limits) -> list[NotebookNode]:
    """The outputs of a cell, and what its student should know of how it ended."""
    if name not in outcome.outputs:
        return [_error("SubmissionEnded", ENDED.get(outcome.ended, ENDED["died"]))]
    outputs = list(outcome.outputs[name])
    if name in outcome.interrupted:
        outputs = [output for output in outputs if output.output_type != "error"]
        seconds = f"{limits.cell_seconds:g}"
        outputs.append(_error("CellStopped", f"The cell was stopped after {seconds} s."))
    return outputs


def _error(name: str, says: str) -> NotebookNode:
    error: NotebookNode = v4.new_output(
        "error", ename=name, evalue=says, traceback=[f"{name}: {says}"]
    )
    return error
