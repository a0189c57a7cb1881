"""A rule for notebooks that are run in any order: what one cell hands to another, no third cell changes."""

import ast
import symtable
from collections import defaultdict
from collections.abc import Iterator

from nbformat import NotebookNode

from course.rules.problem import Problem
from course.rules.skipped import names_in_order

_DEFINITIONS = (ast.FunctionDef, ast.ClassDef)
# Functions without a name: as a rule called where they stand.
_CALLED_AT_ONCE = {"lambda", "listcomp", "setcomp", "dictcomp", "genexpr"}


def rebound_names(nb: NotebookNode) -> dict[str, Problem]:
    """Names that a cell takes from another one and that several cells bind: name → problem.

    A cell that binds a name before it reads it takes it from nobody: `got` and `fig` may be bound everywhere. What a
    function reads counts as taken if another cell may call it. Imports count as one place: they bind the same thing.
    """
    code = [cell for cell in nb.cells if cell.cell_type == "code"]
    places = defaultdict[str, list[str]](list)
    for cell in code:
        imported = _imported(cell.source)
        for name in dict.fromkeys(name for name, _, binds in names_in_order(cell.source) if binds):
            place = "the imports" if name in imported else cell.id
            if place not in places[name]:
                places[name].append(place)
    taken = {cell.id: _taken_at_once(cell) for cell in code}
    problems = dict[str, Problem]()
    for cell in code:
        functions = {s.name for s in ast.parse(cell.source).body if isinstance(s, _DEFINITIONS)}
        wanted = set().union(*(taken[other.id] for other in code if other is not cell))
        names = taken[cell.id] | (_read_by_functions(cell) if functions & wanted else set())
        for name in sorted(names):
            if len(places[name]) > 1 and name not in problems:
                says = (
                    f"{name} is bound by {', '.join(places[name])}, and {cell.id} takes it from one of them: whoever "
                    "runs another one again breaks it. Give each its own name"
                )
                problems[name] = Problem(cell.id, says, _line(cell.source, name))
    return problems


def _imported(source: str) -> set[str]:
    found = [s for s in ast.parse(source).body if isinstance(s, ast.Import | ast.ImportFrom)]
    return {(alias.asname or alias.name).partition(".")[0] for s in found for alias in s.names}


def _taken_at_once(cell: NotebookNode) -> set[str]:
    """Names that a cell reads before it binds them, those in its functions too unless it binds them somewhere."""
    bound, taken = set[str](), set[str]()
    for name, _, binds in names_in_order(cell.source):
        if binds:
            bound.add(name)
        elif name not in bound:
            taken.add(name)
    return taken | (_read_by_functions(cell) - bound)


def _read_by_functions(cell: NotebookNode) -> set[str]:
    """Names of the notebook that the functions and methods of a cell read when they are called."""
    return set(_globals(symtable.symtable(cell.source, cell.id, "exec"), inside=False))


def _globals(table: symtable.SymbolTable, inside: bool) -> Iterator[str]:
    symbols = table.get_symbols() if inside else []
    yield from (s.get_name() for s in symbols if s.is_global() and s.is_referenced())
    for child in table.get_children():
        later = isinstance(child, symtable.Function) and child.get_name() not in _CALLED_AT_ONCE
        yield from _globals(child, inside or later)


def _line(source: str, name: str) -> int:
    nodes = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name)]
    return min(node.lineno for node in nodes if node.id == name)
