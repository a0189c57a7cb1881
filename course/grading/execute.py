"""Runs a submission, in a box."""

import atexit
import hashlib
import json
from concurrent.futures import Future

from nbconvert.exporters.exporter import ResourcesDict
from nbformat import NotebookNode, v4
from nbgrader.preprocessors import Execute, NbGraderPreprocessor
from nbgrader.utils import is_grade, is_locked
from traitlets import Bool, Float, Integer

from course.grading.box import ENDED, Limits, Outcome, WarmBox, imports_of
from course.grading.step import Step


class ExecuteInBox(NbGraderPreprocessor):
    """In place of nbgrader's Execute, which runs a submission with all that the instructor may do.

    Boxes stay warm between submissions of a lab. Every cell runs, also after one that failed, as Execute would have it.
    """

    cell_seconds = Float(60.0, help="Seconds that one cell may compute or wait.").tag(config=True)
    submission_seconds = Float(600.0, help="The same for a whole submission.").tag(config=True)
    memory_gib = Integer(4, help="Memory of a submission.").tag(config=True)
    no_box = Bool(
        False, help="Run submissions with all that you may do yourself, on a machine that can make no box."
    ).tag(config=True)

    def preprocess(self, nb: NotebookNode, resources: ResourcesDict) -> Step:
        if self.no_box:
            self.log.warning(
                "No box: this submission can read and change whatever you can, marks and solutions too."
            )
            executed: Step = Execute(parent=self.parent).preprocess(nb, resources)
            return executed
        limits = self.limits()
        early = EARLY.pop(key_of(resources["nbgrader"]["student"], nb), None)
        outcome = early.result() if early else _kept_box(nb).run(*submission_of(nb), limits)
        code = [cell for cell in nb.cells if cell.cell_type == "code"]
        for number, cell in enumerate(code):
            cell.outputs = outputs_of(str(number), outcome, limits)
            cell.execution_count = number + 1 if str(number) in outcome.outputs else None
        if outcome.ended != "done":
            student = resources["nbgrader"]["student"]
            self.log.warning("%s: %s", student, ENDED[outcome.ended].replace("this", "its last"))
        return nb, resources

    def limits(self) -> Limits:
        """What one submission may take."""
        return Limits(
            cell_seconds=self.cell_seconds,
            submission_seconds=self.submission_seconds,
            memory_bytes=self.memory_gib << 30,
        )


# What was run before nbgrader asked for it, by several boxes at once.
EARLY: dict[str, Future[Outcome]] = {}


def key_of(student: str, nb: NotebookNode) -> str:
    """What tells a sanitized submission from others: whose it is, and the code that it runs."""
    code = json.dumps(submission_of(nb)[0]).encode()
    return f"{student} {hashlib.sha256(code).hexdigest()}"


def submission_of(nb: NotebookNode) -> tuple[dict[str, str], set[str]]:
    """The code cells of a sanitized submission by their numbers, and which of them are graded."""
    code = [cell for cell in nb.cells if cell.cell_type == "code"]
    graded = {str(number) for number, cell in enumerate(code) if is_grade(cell)}
    return {str(number): cell.source for number, cell in enumerate(code)}, graded


def given_imports(nb: NotebookNode) -> tuple[str, ...]:
    """What the given cells of a sanitized submission import; they are the instructor's."""
    return tuple(imports_of(cell for cell in nb.cells if is_locked(cell)))


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


_kept: dict[tuple[str, ...], WarmBox] = {}


def _kept_box(nb: NotebookNode) -> WarmBox:
    """The box that has imported what a submission imports: the one that is there, or a new one in its place."""
    imports = given_imports(nb)
    box = _kept.get(imports)
    if box is None or not box.alive:
        close_boxes()
        box = _kept[imports] = WarmBox(imports)
    return box


@atexit.register
def close_boxes() -> None:
    """Ends the boxes that are kept."""
    while _kept:
        _kept.popitem()[1].close()
