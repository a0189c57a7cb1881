"""A rule that lets grading leave cells out: nothing that runs then needs what figures and experiments define."""

import ast
from collections.abc import Iterator

from nbformat import NotebookNode
from nbgrader.utils import is_locked

from course.kinds import skipped
from course.rules.problem import Problem

Scope = (
    ast.FunctionDef
    | ast.AsyncFunctionDef
    | ast.ClassDef
    | ast.Lambda
    | ast.ListComp
    | ast.SetComp
    | ast.DictComp
    | ast.GeneratorExp
)


def needs_skipped(nb: NotebookNode) -> list[Problem]:
    """Problems of an instructor notebook: a cell that runs while grading uses a name from one that does not.

    A name counts for the last cell that binds it before it is used. Cells that are the student's own are left out.
    """
    problems, bound_in = [], dict[str, NotebookNode]()
    for cell in nb.cells:
        if cell.cell_type != "code" or "nbgrader" not in cell.metadata:
            continue
        left_out = is_locked(cell) and skipped(cell.source)
        bound, named = set[str](), set[str]()
        for name, line, binds in names_in_order(cell.source):
            origin = bound_in.get(name)
            if binds:
                bound.add(name)
            elif not left_out and origin is not None and name not in bound | named:
                says = (
                    f"{cell.id} runs while grading and uses {name}, which the cell {origin.id} binds; that one does "
                    "not run then: bind it in a given or data cell"
                )
                problems.append(Problem(cell.id, says, line))
                named.add(name)
        for name in bound:
            if left_out:
                bound_in[name] = cell
            else:
                bound_in.pop(name, None)
    return problems


def names_in_order(source: str) -> Iterator[tuple[str, int, bool]]:
    """The names that a cell uses and binds at its top level, in the order in which Python does it: name, line, binds?

    What a function uses counts where the function is defined, less the names that it binds itself.
    """
    for statement in ast.parse(source).body:
        yield from _names(statement)


def _names(node: ast.AST) -> Iterator[tuple[str, int, bool]]:
    match node:
        case ast.Name():
            yield node.id, node.lineno, isinstance(node.ctx, ast.Store)
        case ast.Assign() | ast.NamedExpr() | ast.AnnAssign():
            if node.value is not None:
                yield from _names(node.value)
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                yield from _names(target)
        case ast.AugAssign():
            yield from _names(node.value)
            if isinstance(node.target, ast.Name):
                yield node.target.id, node.lineno, False
            yield from _names(node.target)
        case ast.For():
            for part in (node.iter, node.target, *node.body, *node.orelse):
                yield from _names(part)
        case ast.ExceptHandler():
            if node.name:
                yield node.name, node.lineno, True
            for part in ast.iter_child_nodes(node):
                yield from _names(part)
        case ast.Import() | ast.ImportFrom():
            for alias in node.names:
                yield (alias.asname or alias.name).partition(".")[0], node.lineno, True
        case _ if isinstance(node, Scope):
            yield from _names_of_scope(node)
        case _:
            for child in ast.iter_child_nodes(node):
                yield from _names(child)


def _names_of_scope(scope: Scope) -> Iterator[tuple[str, int, bool]]:
    """What a function, a class or a comprehension uses of the names around it, then its own name."""
    found = [node for node in ast.walk(scope) if isinstance(node, ast.Name)]
    own = {node.id for node in found if isinstance(node.ctx, ast.Store)}
    own |= {node.arg for node in ast.walk(scope) if isinstance(node, ast.arg)}
    inner = (ast.ExceptHandler, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    own |= {node.name for node in ast.walk(scope) if isinstance(node, inner) and node.name}
    for node in found:
        if node.id not in own:
            yield node.id, node.lineno, False
    if isinstance(scope, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield scope.name, scope.lineno, True
