"""A student notebook with the outputs of the lab's last run, and never with anything that the run solved."""

from dataclasses import dataclass

from nbformat import NotebookNode

from course import notebooks
from course.kinds import KINDS, labeled
from course.layout import Lab
from utils.report import METRICS_MIME

# What these print is for the one who runs them: that a check passed, and what machine it is.
SILENT = (KINDS["check"], KINDS["setup"])


@dataclass(frozen=True)
class Run:
    """What is known of the run that the outputs of a page come from."""

    preset: str
    device: str
    stand_in: bool  # it ran on the small data that the book brings
    stale: list[str]  # the names of cells that changed since, and stand without their outputs


def with_outputs(lab: Lab) -> tuple[NotebookNode, Run | None]:
    """The student notebook of a lab, with the outputs of what a student is given; None if no run is at hand.

    A run that broke off counts as none.

    Raises:
        CourseError: a notebook cannot be read.
    """
    nb = notebooks.read(lab.released)
    if not lab.executed.exists():
        return nb, None
    executed = {cell.id: cell for cell in notebooks.read(lab.executed).cells}
    reported = next(filter(None, map(_metrics, executed.values())), None)
    if reported is None or any(map(_failed, executed.values())):
        return nb, None
    stale = []
    for cell in nb.cells:
        if cell.cell_type != "code" or _silent(cell):
            continue
        ran = executed.get(cell.id)
        if ran is None or ran.source != cell.source:
            stale.append(cell.id)
        else:
            cell.outputs = [output for output in ran.outputs if output.get("name") != "stderr"]
    stand_in = reported["metrics"].get("data_source") == "stand-in"
    return nb, Run(reported["preset"], reported["device"], stand_in, stale)


def _silent(cell: NotebookNode) -> bool:
    found = labeled(cell.source)
    answer = cell.metadata.get("nbgrader", {}).get("solution", False)
    return answer or (found is not None and found[0] in SILENT)


def _failed(cell: NotebookNode) -> bool:
    return any(output.output_type == "error" for output in cell.get("outputs", []))


def _metrics(cell: NotebookNode) -> NotebookNode | None:
    for output in cell.get("outputs", []):
        if METRICS_MIME in output.get("data", {}):
            found: NotebookNode = output.data[METRICS_MIME]
            return found
    return None
