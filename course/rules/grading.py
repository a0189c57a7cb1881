"""Rules that keep the points right: what nbgrader would score wrongly, and sums that do not add up."""

import ast
import re
from collections import Counter

from nbformat import NotebookNode
from nbgrader.utils import is_grade, is_solution

from course import notebooks
from course.rules.problem import Problem

POINTS = re.compile(r"\*\*(\d+) points?\*\*")
HEADING = re.compile(
    r"^### (?P<title>(?P<kind>Exercise|Question) (?P<number>\d+)) · .* "
    r"\((?P<points>\d+) points? · (?P<minutes>\d+) min · [●○]{3}\)$",
    re.MULTILINE,
)
EXAMPLE = "### Exercise 3 · Cross-entropy (3 points · 10 min · ●●○)"
ANY_HEADING = re.compile(r"^#{1,3} ", re.MULTILINE)
VALUES = ("normal", "run", "unpack")  # of utils.checks: they return something
LONGEST_CELL = 60  # lines


def grading_problems(nb: NotebookNode) -> list[Problem]:
    """Problems of an instructor notebook: regions, points, and cells that nbgrader would score wrongly."""
    return [*_regions(nb), *_points(nb), *_graded_cells(nb), *_solutions(nb)]


def _regions(nb: NotebookNode) -> list[Problem]:
    """A marker that opens a region and one that closes it, in turn."""
    return [
        Problem(cell.id, f"### BEGIN {name} and ### END {name} do not come in pairs")
        for cell in nb.cells
        for name in ("SOLUTION", "HIDDEN TESTS")
        if (found := re.findall(rf"### (BEGIN|END) {name}", cell.source))
        != ["BEGIN", "END"] * (len(found) // 2)
    ]


def _points(nb: NotebookNode) -> list[Problem]:
    """The card and the exercise headings promise points; the graded cells must give exactly those."""
    problems, section, card = [], None, None
    promised: dict[str, tuple[str, int]] = {}
    given: Counter[str] = Counter()
    for cell in nb.cells:
        if cell.cell_type == "markdown" and "nbgrader" not in cell.metadata:
            if card is None and (match := POINTS.search(cell.source)):
                card = int(match[1])
            if match := HEADING.search(cell.source):
                section = match["title"]
                promised[section] = cell.id, int(match["points"])
            elif re.search(r"^### (Exercise|Question)", cell.source, re.MULTILINE):
                first = cell.source.splitlines()[0]
                says = f"this heading has another form: {first}. It should be like {EXAMPLE}"
                problems.append(Problem(cell.id, says))
                section = "a heading in another form"
            elif ANY_HEADING.search(cell.source):
                section = None
        points = cell.metadata.get("nbgrader", {}).get("points", 0)
        given[section or ""] += points
        if points and not section:
            problems.append(Problem(cell.id, f"{cell.id} gives points outside an exercise"))
    if card is None:
        problems.append(Problem(None, "the title's card does not say **N points**"))
    elif card != given.total():
        says = f"the card says {card} points and the cells give {given.total()}"
        problems.append(Problem(None, says))
    for section, (heading, points) in promised.items():
        if points != given[section]:
            unit = "point" if points == 1 else "points"
            says = f"{section} promises {points} {unit} and gives {given[section]}"
            problems.append(Problem(heading, says))
    return problems


def _graded_cells(nb: NotebookNode) -> list[Problem]:
    """nbgrader gives full marks to a graded cell that ends in a value, or that tests nothing."""
    problems = []
    for cell in nb.cells:
        if cell.cell_type != "code" or not is_grade(cell) or is_solution(cell):
            continue
        tree = ast.parse(cell.source)
        for node in ast.walk(tree):
            if isinstance(node, ast.Expr) and not isinstance(node.value, ast.Call):
                says = f"{cell.id}: a stray expression tests nothing"
                problems.append(Problem(cell.id, says, node.lineno))
        last = tree.body[-1] if tree.body else None
        if (
            isinstance(last, ast.Expr)
            and isinstance(last.value, ast.Call)
            and _called(last.value) in (None, *VALUES)
        ):
            says = f"{cell.id} ends in a stray expression, which scores full marks"
            problems.append(Problem(cell.id, says))
        calls = {_called(node) for node in ast.walk(tree)} - {None, "passed", "hint", "normal"}
        if not calls and not any(isinstance(node, ast.Assert) for node in ast.walk(tree)):
            problems.append(Problem(cell.id, f"{cell.id} is graded and checks nothing"))
    return problems


def _called(node: ast.AST) -> str | None:
    """The name of the function of `utils.checks` that a node calls."""
    if (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "checks"
    ):
        return node.func.attr
    return None


def _solutions(nb: NotebookNode) -> list[Problem]:
    """Every exercise marks its solution, and a check follows it before the next one."""
    problems = []
    unchecked: str | None = None
    for cell in nb.cells:
        if is_grade(cell):
            unchecked = None
        elif is_solution(cell):
            if unchecked:
                problems.append(Problem(unchecked, f"no check follows the exercise {unchecked}"))
            unchecked = cell.id
            if not notebooks.region(cell.source, "SOLUTION"):
                says = f"{cell.id} has no lines between ### BEGIN SOLUTION and ### END SOLUTION"
                problems.append(Problem(cell.id, says))
        length = len(cell.source.splitlines())
        if cell.cell_type == "code" and length > LONGEST_CELL:
            problems.append(Problem(cell.id, f"{cell.id} has {length} lines; split it"))
    if unchecked:
        problems.append(Problem(unchecked, f"no check follows the exercise {unchecked}"))
    return problems
