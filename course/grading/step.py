"""What every step takes and returns."""

from nbconvert.exporters.exporter import ResourcesDict
from nbformat import NotebookNode

Step = tuple[NotebookNode, ResourcesDict]
