"""What runs in a page does not come from a submission, and what shows in it is what was written."""

import base64
import io
from collections import Counter
from pathlib import Path

import nbformat
import nbgrader
import payloads
import pytest
from bs4 import BeautifulSoup
from conftest import NEEDS_BOX, ROOT
from marks_lab import LAB, RIGHT
from nbconvert.exporters import HTMLExporter
from nbformat import NotebookNode, v4
from nbgrader.api import Gradebook

from course import notebooks
from course.grading.sanitize_text import (
    LEFT_OUT,
    SanitizeText,
    clean_html,
    safe_markdown,
    safe_output,
)

FORMGRADER = Path(nbgrader.__file__).parent / "server_extensions" / "formgrader"
NONE = NotebookNode()
GRADED = {"grade": True, "solution": False, "locked": True, "points": 1, "score": 1, "schema_version": 3}
CHECK = v4.new_code_cell("1", metadata={"nbgrader": {**GRADED, "grade_id": "mean_zero"}})


def page_of(nb: NotebookNode, template: str) -> str:
    """What nbgrader's feedback or its formgrader makes of a notebook."""
    exporter = HTMLExporter(
        template_name=template,
        extra_template_basedirs=[str(FORMGRADER / "templates")],
        extra_template_paths=[str(FORMGRADER / "static/node_modules/bootstrap/dist/css")],
    )
    names = {"notebook": "lab", "score": 1, "max_score": 2, "late_penalty": 0}
    shown = {"index": 0, "total": 1, "base_url": "", "submission_id": "1", "notebook_id": "lab"}
    return exporter.from_notebook_node(nb, {"nbgrader": names, **shown})[0]


ACTIVE = set(
    "script iframe frame object embed applet svg math style link meta base form button input textarea select video "
    "audio source template noscript plaintext xmp portal".split()
)


def active(page: str) -> Counter[str]:
    """What acts in a page: elements that run, load or cover something, handlers, addresses that are not of the web."""
    found: Counter[str] = Counter()
    for element in BeautifulSoup(page, "html.parser").find_all(True):
        if element.name in ACTIVE:
            found[str(element)] += 1
        for name, value in element.attrs.items():
            text = " ".join(value) if isinstance(value, list) else str(value or "")
            address = name in ("href", "src", "srcset", "action", "formaction", "background", "ping")
            harmless = ("http://", "https://", "#", "data:image/")
            if (
                name.startswith(("on", "data-"))
                or name == "autofocus"
                or (name == "id" and not text.startswith("cell-id=") and element.name != "h1")
                or (name == "id" and text.startswith("mean_zero"))
                or (address and not text.startswith(harmless))
                or (address and "formgrader" in text)
                or (name == "style" and ("url(" in text or "position" in text or "anim" in text))
            ):
                found[f"{element.name} {name}={text}"] += 1
    return found


def notebook_of(*cells: NotebookNode) -> NotebookNode:
    """A notebook that nobody has checked."""
    made = v4.new_notebook()
    made.cells = [NotebookNode(cell) for cell in (*cells, CHECK)]
    return made


def sanitized(nb: NotebookNode) -> NotebookNode:
    return SanitizeText().preprocess(nb, {})[0]


@pytest.fixture(scope="module", params=["feedback", "formgrade"])
def template(request):
    """A template, and what acts in its page of a notebook in which nothing does."""
    page = page_of(notebook_of(), request.param)
    assert "TeX-AMS_CHTML-full,Safe" in page  # MathJax, which refuses \\href{javascript:…}
    return request.param, active(page)


def test_no_payload_acts_in_a_page(template):
    nb = notebook_of(*payloads.cells().values())
    nb.metadata = payloads.named("metadata", payloads.METADATA)
    page = page_of(sanitized(nb), template[0])
    assert not active(page) - template[1]
    assert "RAN-script/" in page  # as text


def test_most_payloads_would_act():
    acting = [name for name, source in payloads.HTML.items() if active(source)]
    assert len(acting) >= 40  # the others only in a parser that mends more than this one
