"""The last step of a release."""

from nbconvert.exporters.exporter import ResourcesDict
from nbformat import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor

from course import notebooks
from course.grading.step import Step


class Normalize(NbGraderPreprocessor):
    """The same source gives the same bytes, whoever releases it."""

    def preprocess(self, nb: NotebookNode, resources: ResourcesDict) -> Step:
        return notebooks.normalize(nb), resources
