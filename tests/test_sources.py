"""All labs have one form, every figure has words beside it, and the links inside the book lead somewhere."""

import ast
import re

import jupytext
import pytest

from course.layout import ROOT

SOURCES = sorted((ROOT / "solutions").glob("*.py"))
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("data/*.md")])
EXERCISE = re.compile(
    r"^### (Exercise|Question) (\d+) · .+\((?:\d+) points? · (\d+) min · [●○]{3}\)$", re.M
)


CITATION = re.compile(
    r"(?:et al\.|(?:and|&) [A-Z][\w-]+(?:'s)?),? \(?(?:19|20)\d\d\)?(?P<after>.{0,2})"
)
BRITISH = re.compile(
    r"\b(?:(?:un)?label|model|travel|cancel)l(?:ed|ing)\b|\b(?:behavi|col|fav|flav|neighb)our"
    r"|\b(?:general|initial|normal|optim|organ|real|recogn|summar|token|vector|visual)is(?:e|ing|ation)"
    r"|\banalys(?:e[ds]?|ing)\b|\bcentre|\blearnt\b|\bgrey\b|\bwhilst\b",
    re.I,
)


@pytest.fixture(params=SOURCES, ids=lambda path: path.stem)
def lab(request):
    """The name of a lab and its cells."""
    return request.param.stem, jupytext.read(request.param).cells


def prose(cells) -> list[str]:
    return [cell.source for cell in cells if cell.cell_type == "markdown"]


def test_a_lab_begins_with_its_card_and_ends_with_its_metrics(lab):
    name, cells = lab
    title = cells[0].source
    assert title.startswith(f"# Lab {name[:2]} · ")
    assert re.findall(r"^\| \*\*(.+?)\*\* \|", title, re.M) == ["You need", "Time", "Worth", "Data"]
    assert "COLAB_BADGE" in title
    assert re.search(rf'^report\(\s*"{name}",', cells[-1].source, re.M)


def test_sections_are_numbered_and_followed_by_going_further_and_summary(lab):
    _, cells = lab
    headings = re.findall(r"^## (.+)$", "\n".join(prose(cells)), re.M)
    assert headings[-2:] == ["Going further", "Summary"]
    numbers = [heading.split(" · ")[0] for heading in headings[:-2]]
    assert numbers == [str(n) for n in range(1, len(numbers) + 1)]


def test_exercises_are_numbered_have_three_hints_and_fit_in_the_time_of_the_card(lab):
    _, cells = lab
    found, minutes = {"Exercise": [], "Question": []}, 0
    for text in prose(cells):
        for kind, number, duration in EXERCISE.findall(text):
            found[kind].append(int(number))
            minutes += int(duration)
            if kind == "Exercise":
                hints = re.findall(r"<summary>Hint\s(\d):\s(.+?)</summary>", text, re.S)
                assert [number for number, _ in hints] == ["1", "2", "3"]
    assert sum("### Exercise" in text or "### Question" in text for text in prose(cells)) == sum(
        map(len, found.values())
    )
    for numbers in found.values():
        assert numbers == list(range(1, len(numbers) + 1))
    promised = int(re.search(r"\*\*Time\*\* \| (\d+) minutes", cells[0].source)[1])
    assert minutes <= promised <= 2 * minutes


def test_prose_is_short(lab):
    _, cells = lab
    folded = re.compile(r"<details>.*?</details>|\$\$.*?\$\$|```.*?```|^[|].*?$", re.S | re.M)
    for text in prose(cells):
        if not text.startswith("## Going further"):  # a list of papers
            assert len(folded.sub("", text).split()) <= 150, text[:80]


def test_papers_are_linked(lab):
    _, cells = lab
    texts = [text.replace("\n", " ") for text in prose(cells)]
    found = [citation for text in texts for citation in CITATION.finditer(text)]
    assert found
    assert not [citation[0] for citation in found if citation["after"] != "]("]


@pytest.mark.parametrize("page", [*SOURCES, *PAGES], ids=lambda path: path.name)
def test_the_spelling_is_american(page):
    assert not BRITISH.findall(page.read_text())


def test_every_figure_has_alt_text_and_caption(lab):
    _, cells = lab
    needed = {"show": {"alt", "caption"}, "animate": {"alt", "caption"}, "token_text": {"caption"}}
    for cell in cells:
        if cell.cell_type != "code":
            continue
        for call in ast.walk(ast.parse(cell.source)):
            if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)):
                continue
            owner = getattr(call.func.value, "id", None)
            assert (owner, call.func.attr) != ("plt", "show"), "use plots.show"
            if owner == "plots" and call.func.attr in needed:
                assert needed[call.func.attr] <= {keyword.arg for keyword in call.keywords}


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_links_inside_the_book_lead_somewhere(page):
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.S)
    folder = ROOT if page.name == "students.md" else page.parent  # it becomes the students' README
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text):
        if "://" not in target:
            assert (folder / target).exists(), f"{page.name} links to {target}"
