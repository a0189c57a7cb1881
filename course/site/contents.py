"""The pages of the site, in the order of the book, and what they are called."""

import re
from dataclasses import dataclass
from pathlib import Path

from course import layout, notebooks
from course.layout import CourseError, Lab, relative

LABS, GUIDES = "The labs", "Around the book"
COVER = "README.md"
# What stands beside the labs, and how the contents call it.
NAMES = {
    "docs/students.md": "For students",
    "docs/instructors.md": "For instructors",
    "docs/grading.md": "How a class is graded",
    "docs/hub/README.md": "A hub for a class",
    "docs/authors.md": "For authors",
    "docs/contributing.md": "For contributors",
    "docs/coverage.md": "What the lectures say",
    "data/README.md": "The data card",
    "CHANGELOG.md": "What changed",
}
TITLE = re.compile(r"^# (?P<title>.+)", re.M)


@dataclass(frozen=True)
class Page:
    """One page of the site."""

    source: Path  # a student notebook, or Markdown
    address: str  # of its file, in the folder of the site
    title: str
    part: str  # the heading under which the contents name it; empty for the cover
    lab: Lab | None = None


def pages_of(labs: list[Lab]) -> list[Page]:
    """The cover, a page for each lab, and those beside them that the book has.

    Raises:
        CourseError: a lab has no student notebook, or one without a title.
    """
    cover = Page(layout.ROOT / COVER, "index.html", "Transformer Labs", "")
    guides = [
        Page(layout.ROOT / path, f"{_stem(path)}.html", title, GUIDES)
        for path, title in NAMES.items()
        if (layout.ROOT / path).exists()
    ]
    return [cover, *map(_lab_page, labs), *guides]


def _stem(path: str) -> str:
    """`students` of docs/students.md, `data` of data/README.md."""
    file = Path(path)
    return (file.parent.name if file.stem == "README" else file.stem).lower()


def _lab_page(lab: Lab) -> Page:
    if not lab.released.exists():
        raise CourseError(
            f"{relative(lab.released)} is missing: python -m course release {lab.name}"
        )
    for cell in notebooks.read(lab.released).cells:
        if cell.cell_type == "markdown" and (found := TITLE.search(cell.source)):
            title = found["title"].strip().removeprefix("Lab ")
            return Page(lab.released, f"{lab.name}.html", title, LABS, lab)
    raise CourseError(f"{relative(lab.released)} has no title, a line like # Lab 01 · Subject.")
