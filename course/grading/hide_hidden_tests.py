"""Feedback tells a student what went wrong, and not what a hidden test asks."""

import re
from collections.abc import Iterable

from nbconvert.exporters.exporter import ResourcesDict
from nbformat import NotebookNode, from_dict
from nbgrader.preprocessors import ClearHiddenTests
from traitlets import Bool, List

from course import notebooks
from course.grading.step import Step


class HideHiddenTests(ClearHiddenTests):
    """For feedback: removes hidden tests from the cells, and from tracebacks that would quote them."""

    enforce_metadata = Bool(False).tag(config=True)
    # nbconvert sets it for every step, and warns of those that cannot be told.
    display_data_priority: List[str] = List().tag(config=True)

    def preprocess(self, nb: NotebookNode, resources: ResourcesDict) -> Step:
        hidden = _lines(notebooks.region(cell.source, "HIDDEN TESTS") for cell in nb.cells)
        nb, resources = super().preprocess(nb, resources)
        hidden -= _lines(cell.source.splitlines() for cell in nb.cells)
        for cell in nb.cells:
            for output in cell.get("outputs", []):
                hide_lines(output, hidden)
        return nb, resources


def _lines(texts: Iterable[list[str]]) -> set[str]:
    """The lines of several texts, without indentation, and without those too short to tell anything.

    A short one, such as `probs,`, may well stand in a message that a student should read.
    """
    return {line.strip() for lines in texts for line in lines if len(line.strip()) > 12}


def hide_lines(output: NotebookNode, hidden: set[str]) -> None:
    """Cuts an error down to its message, and out of any text the hidden lines that it quotes; in place."""
    quoted = re.compile("|".join(map(re.escape, sorted(hidden, key=len, reverse=True))) or r"(?!)")
    if output.output_type == "error":
        output.evalue = quoted.sub("[hidden test]", output.evalue)
        output.traceback = [": ".join(filter(None, (output.ename, output.evalue)))]
    if "text" in output:
        output.text = quoted.sub("[hidden test]", output.text)
    if "data" in output:
        output.data = from_dict(
            {
                mime: quoted.sub("[hidden test]", value) if isinstance(value, str) else value
                for mime, value in output.data.items()
            }
        )
