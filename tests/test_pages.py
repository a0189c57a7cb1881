"""The pages and sources are in American English, and the links inside the book lead somewhere."""

import re

import pytest
import yaml

from course.layout import ROOT, version

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


def test_one_version_stands_in_the_project_the_citation_and_the_changes():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert citation["version"] == version()
    assert re.findall(r"^## (\S+)", changes, re.M)[0] == version()
