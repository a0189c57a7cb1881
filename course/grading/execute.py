"""Runs a submission, in a box."""

import atexit

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
        code = [cell for cell in nb.cells if cell.cell_type == "code"]
        limits = Limits(
            cell_seconds=self.cell_seconds,
            submission_seconds=self.submission_seconds,
            memory_bytes=self.memory_gib << 30,
        )
        box = _warm_box(tuple(imports_of(cell for cell in code if is_locked(cell))))
        cells = {str(number): cell.source for number, cell in enumerate(code)}
        graded = {str(number) for number, cell in enumerate(code) if is_grade(cell)}
        outcome = box.run(cells, limits, graded)
        for number, cell in enumerate(code):
            cell.outputs = outputs_of(str(number), outcome, limits)
            cell.execution_count = number + 1 if str(number) in outcome.outputs else None
        if outcome.ended != "done":
            student = resources["nbgrader"]["student"]
            self.log.warning("%s: %s", student, ENDED[outcome.ended].replace("this", "its last"))
        return nb, resources


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


def _warm_box(imports: tuple[str, ...]) -> WarmBox:
    """The box that has imported these modules: the one that is there, or a new one in place of another lab's."""
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
