"""What a lab must keep to before it may be released. Each function returns the problems it found, in words."""

import ast
import re
from collections import Counter

from nbformat import NotebookNode

from course import notebooks

POINTS = re.compile(r"\*\*(\d+) points?\*\*")
HEADING = re.compile(
    r"^### ((?:Exercise|Question) \d+) · .* \((\d+) points? · \d+ min · [●○]{3}\)$", re.MULTILINE
)
ANY_HEADING = re.compile(r"^#{1,3} ", re.MULTILINE)
VALUES = ("normal", "run", "unpack")  # of utils.checks: they return something
SHORT_LINE = 25  # a shorter line of a solution says too little to be a leak


def source_problems(nb: NotebookNode) -> list[str]:
    """Problems of a built notebook: points, and cells that nbgrader would score wrongly."""
    return [*_markers(nb), *_points(nb), *_graded_cells(nb), *_solutions(nb)]


def release_problems(built: NotebookNode, released: NotebookNode) -> list[str]:
    """Problems of a student notebook: a solution that can still be read in it, a marker, a cell that does not parse."""
    problems = []
    text = "\n".join(_without_hints(cell) for cell in released.cells)
    for cell in built.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        for line in map(str.strip, notebooks.region(cell.source, "SOLUTION")):
            if len(line) >= SHORT_LINE and not line.startswith("#") and line in text:
                problems.append(f"{name}: this line of the solution can be read: {line}")
    for marker in ("BEGIN SOLUTION", "END SOLUTION", "BEGIN HIDDEN", "END HIDDEN"):
        if marker in text:
            problems.append(f"a marker {marker!r} is left in the release")
    for cell in released.cells:
        if cell.cell_type == "code":
            try:
                ast.parse(cell.source)
            except SyntaxError as error:
                problems.append(f"the released cell {cell.id} does not parse: {error}")
    return problems


def _without_hints(cell: NotebookNode) -> str:
    """A cell's text less its folded hints, the last of which may give a line away."""
    if cell.cell_type == "markdown":
        return re.sub(r"<details>.*?</details>", "", cell.source, flags=re.DOTALL)
    return cell.source


def _nbgrader(cell: NotebookNode) -> dict:
    return cell.metadata.get("nbgrader", {})


def _markers(nb: NotebookNode) -> list[str]:
    """A marker that opens a region and one that closes it, in turn."""
    problems = []
    for cell in nb.cells:
        for name in ("SOLUTION", "HIDDEN TESTS"):
            found = re.findall(rf"### (BEGIN|END) {name}", cell.source)
            if found != ["BEGIN", "END"] * (len(found) // 2):
                problems.append(
                    f"{cell.id}: ### BEGIN {name} and ### END {name} do not come in pairs"
                )
    return problems


def _points(nb: NotebookNode) -> list[str]:
    """The card and the exercise headings promise points; the graded cells must give exactly those."""
    problems, section, card = [], None, None
    promised: dict[str, int] = {}
    given: Counter[str] = Counter()
    total = 0
    for cell in nb.cells:
        if cell.cell_type == "markdown" and "nbgrader" not in cell.metadata:
            if card is None and (match := POINTS.search(cell.source)):
                card = int(match[1])
            if match := HEADING.search(cell.source):
                section = match[1]
                promised[section] = int(match[2])
            elif re.search(r"^### (Exercise|Question)", cell.source, re.MULTILINE):
                problems.append(f"this heading has another form: {cell.source.splitlines()[0]}")
            elif ANY_HEADING.search(cell.source):
                section = None
        points = _nbgrader(cell).get("points", 0)
        total += points
        if points and section:
            given[section] += points
        elif points:
            problems.append(f"{cell.id} gives points outside an exercise")
    if card is None:
        problems.append("the title's card does not say **N points**")
    elif card != total:
        problems.append(f"the card says {card} points and the cells give {total}")
    for section, points in promised.items():
        if points != given[section]:
            problems.append(f"{section} promises {points} points and gives {given[section]}")
    return problems


def _graded_cells(nb: NotebookNode) -> list[str]:
    """nbgrader gives full marks to a graded cell that ends in a value, or that tests nothing."""
    problems = []
    for cell in nb.cells:
        if cell.cell_type != "code" or not _nbgrader(cell).get("grade"):
            continue
        if _nbgrader(cell).get("solution"):
            continue
        tree = ast.parse(cell.source)
        for node in ast.walk(tree):
            if isinstance(node, ast.Expr) and not isinstance(node.value, ast.Call):
                problems.append(f"{cell.id}, line {node.lineno}: a stray expression tests nothing")
        last = tree.body[-1] if tree.body else None
        if (
            isinstance(last, ast.Expr)
            and isinstance(last.value, ast.Call)
            and _called(last.value) in (None, *VALUES)
        ):
            problems.append(f"{cell.id} ends in a stray expression, which scores full marks")
        calls = {_called(node) for node in ast.walk(tree)} - {None, "passed", "hint", "normal"}
        if not calls and not any(isinstance(node, ast.Assert) for node in ast.walk(tree)):
            problems.append(f"{cell.id} is graded and checks nothing")
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


def _solutions(nb: NotebookNode) -> list[str]:
    """Every exercise marks its solution, and a check follows it before the next one."""
    problems, unchecked = [], None
    for cell in nb.cells:
        metadata = _nbgrader(cell)
        if metadata.get("grade"):
            unchecked = None
        elif metadata.get("solution"):
            if unchecked:
                problems.append(f"no check follows the exercise {unchecked}")
            unchecked = cell.id
            if not notebooks.region(cell.source, "SOLUTION"):
                problems.append(
                    f"{cell.id} has no lines between ### BEGIN SOLUTION and ### END SOLUTION"
                )
        if cell.cell_type == "code" and len(cell.source.splitlines()) > 60:
            problems.append(f"{cell.id} has {len(cell.source.splitlines())} lines; split it")
    if unchecked:
        problems.append(f"no check follows the exercise {unchecked}")
    return problems
