"""The form that all labs of the book share: their card, sections, exercises, prose, papers and figures."""

import ast
import re
import unicodedata
from collections.abc import Iterator

from nbformat import NotebookNode

from course.rules.grading import HEADING
from course.rules.problem import Problem

CARD = ["You need", "Time", "Worth", "Data"]
LAST = ["Going further", "Summary"]
WORDS = 150  # in one prose cell, folded parts, formulas, code, tables and pictures aside
FOLDED = re.compile(
    r"<details>.*?</details>|\$\$.*?\$\$|```.*?```|^[|].*?$|^<img .*?>$", re.S | re.M
)
HINT = re.compile(r"<summary>Hint\s(\d):\s(.+?)</summary>", re.S)
CITATION = re.compile(
    r"(?:et al\.|(?:and|&) [A-Z][\w-]+(?:'s)?),? \(?(?:19|20)\d\d\)?(?P<after>.{0,2})"
)
# Functions of `plots` that display something, and the words that must stand beside it.
DISPLAYS = {
    "show": {"alt", "caption"},
    "animate": {"alt", "caption"},
    "token_text": {"caption"},
    "explore_attention": {"caption"},
    "explore_calibration": {"caption"},
    "explore_next_token": {"caption"},
    "explore_patches": {"alt", "caption"},
}


def form_problems(name: str, nb: NotebookNode) -> list[Problem]:
    """Everything in which the instructor notebook of the lab `name` differs from the form."""
    return [
        Problem(cell, says)
        for rule in (
            *(_card, _report, _sections, _exercises, _time, _parts, _prose, _papers, _figures),
        )
        for cell, says in rule(name, nb)
    ]


Found = Iterator[tuple[str | None, str]]


def _text(nb: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in nb.cells if cell.cell_type == "markdown"]


def _card(name: str, nb: NotebookNode) -> Found:
    card = nb.cells[0].source
    if not card.startswith(f"# Lab {name[:2]} · "):
        yield None, f"the title does not begin with # Lab {name[:2]} · "
    rows = re.findall(r"^\| \*\*(.+?)\*\* \|", card, re.M)
    if rows != CARD:
        yield None, f"the card has the rows {', '.join(rows)}, not {', '.join(CARD)}"
    if "colab-badge.svg" not in card:
        yield None, "the card has no COLAB_BADGE"


def _report(name: str, nb: NotebookNode) -> Found:
    if not re.search(rf'^report\(\s*"{name}",', nb.cells[-1].source, re.M):
        yield nb.cells[-1].id, f'the last cell does not call report("{name}", ...)'


def _sections(name: str, nb: NotebookNode) -> Found:
    headings = re.findall(r"^## (.+)$", "\n".join(cell.source for cell in _text(nb)), re.M)
    if headings[-2:] != LAST:
        yield None, f"the last two sections are {headings[-2:]}, not {LAST}"
    numbers = [heading.split(" · ")[0] for heading in headings[:-2]]
    if numbers != [str(number) for number in range(1, len(numbers) + 1)]:
        yield None, f"the sections are numbered {', '.join(numbers)}"


def _exercises(name: str, nb: NotebookNode) -> Found:
    expected = {"Exercise": 1, "Question": 1}
    for cell in _text(nb):
        for heading in HEADING.finditer(cell.source):
            kind, number = heading["kind"], int(heading["number"])
            if number != expected[kind]:
                yield cell.id, f"{heading['title']} should be {kind} {expected[kind]}"
            expected[kind] = number + 1
            hints = [hint for hint, _ in HINT.findall(cell.source)]
            if kind == "Exercise" and hints != ["1", "2", "3"]:
                yield cell.id, f"{heading['title']} has the hints {hints}, not 1, 2 and 3"


def _time(name: str, nb: NotebookNode) -> Found:
    """The card must leave room for the exercises, and at most as much again for reading and running."""
    minutes = sum(
        int(heading["minutes"]) for cell in _text(nb) for heading in HEADING.finditer(cell.source)
    )
    promised = re.search(r"\*\*Time\*\* \| (\d+) minutes", nb.cells[0].source)
    if not promised:
        yield None, "the card does not say **Time** | N minutes"
    elif not minutes <= int(promised[1]) <= 2 * minutes:
        yield None, f"the card says {promised[1]} minutes and the exercises take {minutes}"


def _parts(name: str, nb: NotebookNode) -> Found:
    """A model answer says what its parts are worth, so that two people give the same mark."""
    for cell in _text(nb):
        worth = cell.metadata.get("nbgrader", {}).get("points")
        parts = re.findall(r"([½¼¾]|\b\d)\s+points?\b", cell.source)
        if worth and sum(map(unicodedata.numeric, parts)) != worth:
            yield cell.id, f"the model answer's parts, such as (½ point), do not add up to {worth}"


def _prose(name: str, nb: NotebookNode) -> Found:
    for cell in _text(nb):
        words = len(FOLDED.sub("", cell.source).split())
        if words > WORDS and not cell.source.startswith("## Going further"):  # a list of papers
            yield cell.id, f"{words} words between two code cells; {WORDS} are allowed"


def _papers(name: str, nb: NotebookNode) -> Found:
    cited = False
    for cell in _text(nb):
        for citation in CITATION.finditer(cell.source.replace("\n", " ")):
            cited = True
            if citation["after"] != "](":
                yield cell.id, f"a paper without a link: {citation[0]}"
    if not cited:
        yield None, "no paper is cited"


def _figures(name: str, nb: NotebookNode) -> Found:
    for cell in nb.cells:
        if cell.cell_type != "code":
            continue
        for call in ast.walk(ast.parse(cell.source)):
            if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)):
                continue
            owner, function = getattr(call.func.value, "id", None), call.func.attr
            if (owner, function) == ("plt", "show"):
                yield cell.id, "plt.show() gives no alt text: use plots.show"
            if owner == "plots" and function in DISPLAYS:
                missing = DISPLAYS[function] - {keyword.arg for keyword in call.keywords}
                if missing:
                    yield cell.id, f"plots.{function} lacks {' and '.join(sorted(missing))}"
