"""The pages and sources are in American English, and the links inside the book lead somewhere."""

import re

import pytest

from course.layout import ROOT

SOURCES = sorted((ROOT / "solutions").glob("*/*.py"))
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("data/*.md")])
BRITISH = re.compile(
    r"\b(?:(?:un)?label|model|travel|cancel)l(?:ed|ing)\b|\b(?:behavi|col|fav|flav|neighb)our"
    r"|\b(?:general|initial|normal|optim|organ|real|recogn|summar|token|vector|visual)is(?:e|ing|ation)"
    r"|\banalys(?:e[ds]?|ing)\b|\bcentre|\blearnt\b|\bgrey\b|\bwhilst\b",
    re.I,
)


@pytest.mark.parametrize(
    "page", [*SOURCES, *PAGES], ids=lambda path: path.relative_to(ROOT).as_posix()
)
def test_the_spelling_is_american(page):
    assert not BRITISH.findall(page.read_text(encoding="utf-8"))


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_links_inside_the_book_lead_somewhere(page):
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.S)
    folder = ROOT if page.name == "students.md" else page.parent  # it becomes the students' README
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text):
        if "://" not in target:
            assert (folder / target).exists(), f"{page.name} links to {target}"


def test_the_map_for_contributors_has_a_sentence_for_every_file():
    page = (ROOT / "docs" / "contributing.md").read_text(encoding="utf-8")
    for section, folder in (("## `utils/`", "utils"), ("## `course/`", "course")):
        part = page.partition(section)[2].partition("\n## ")[0]
        named = set(re.findall(r"^\| `([\w./]+)` \|", part, re.M))
        found = {
            path.relative_to(ROOT / folder).as_posix()
            for pattern in ("*.py", "*.js", "*.mk")
            for path in (ROOT / folder).rglob(pattern)
        }
        without = {"__init__.py", "rules/__init__.py", "answers/__init__.py", "grading/__init__.py"}
        assert named == found - without
