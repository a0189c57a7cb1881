"""After a submission ran: what gives points, and what does not."""

from nbconvert.exporters.exporter import ResourcesDict
from nbformat import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor
from nbgrader.utils import is_grade

from course.grading.step import Step


class CountErrorsAlone(NbGraderPreprocessor):
    """Before SaveAutoGrades: in check cells an error takes the points, and nothing else gives or takes any.

    nbgrader takes the first number that a graded cell displays as its points, even if an error follows, and a student's
    function can display one. It gives 0 for any output on stderr, and a logging handler that a student set up earlier
    writes there past `checks.run`.
    """

    def preprocess_cell(self, cell: NotebookNode, resources: ResourcesDict, index: int) -> Step:
        if cell.cell_type == "code" and is_grade(cell):
            cell.outputs = [o for o in cell.outputs if o.output_type != "execute_result"]
            for output in cell.outputs:
                if output.output_type == "stream":
                    output.name = "stdout"
        return cell, resources
