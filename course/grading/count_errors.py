"""After a submission ran: what gives points, and what does not."""

from nbconvert.exporters.exporter import ResourcesDict
from nbformat import NotebookNode, v4
from nbgrader.preprocessors import NbGraderPreprocessor
from nbgrader.utils import has_failed, is_grade, is_solution

from course import notebooks
from course.grading.step import Step


class CountErrorsAlone(NbGraderPreprocessor):
    """Before SaveAutoGrades: a check gives its points if it ran to its end, without an error; nothing else counts.

    A check that ends in `checks.passed("…")` must have printed that line last. Otherwise whatever keeps its cell from
    running would earn its points.

    nbgrader takes the first number that a graded cell displays as its points, even if an error follows, and a student's
    function can display one. It gives 0 for any output on stderr, and a logging handler that a student set up earlier
    writes there past `checks.run`.
    """

    def preprocess_cell(self, cell: NotebookNode, resources: ResourcesDict, index: int) -> Step:
        if cell.cell_type == "code" and is_grade(cell) and not is_solution(cell):
            cell.outputs = [o for o in cell.outputs if o.output_type != "execute_result"]
            for output in cell.outputs:
                if output.output_type == "stream":
                    output.name = "stdout"
            if not has_failed(cell) and not _finished(cell):
                says = "This check did not run to its end, so it gives no points."
                error = v4.new_output("error", ename="CheckNotFinished", evalue=says)
                cell.outputs.append(error)
        return cell, resources


def _finished(check: NotebookNode) -> bool:
    """Whether the last line that a check printed is the one that its last statement prints; True if it has none."""
    ends = notebooks.passed(check.source)
    if ends is None:
        return True
    printed = "".join(o.text for o in check.outputs if o.output_type == "stream").splitlines()
    return bool(printed) and printed[-1] == f"✓ {ends}"
