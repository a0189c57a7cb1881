"""How much of one piece of Python can be read in another, whatever its names and however it is laid out."""

import ast
import builtins
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

PATHS = {"functional", "init", "linalg", "nn", "special"}  # in torch.nn.functional.softmax
LONGEST_STRING = 20  # characters; a longer one is a message
# Different words for one operation: x.mT, x.transpose(-2, -1), torch.transpose(x, -2, -1).
SAME = {
    "T": "transpose",
    "mT": "transpose",
    "swapaxes": "transpose",
    "matmul": "MatMult",
    "mm": "MatMult",
    "bmm": "MatMult",
    "add": "Add",
    "sub": "Sub",
    "mul": "Mult",
    "div": "Div",
    "pow": "Pow",
    "reshape": "view",
    "size": "shape",
    "concat": "cat",
    "amax": "max",
    "amin": "min",
    "absolute": "abs",
}
FLIPPED: dict[type[ast.cmpop], str] = {ast.Gt: "Lt", ast.GtE: "LtE"}
SMALL = 0.5  # the weight of a constant, an index, a shape: they are in every line
MISSING = 0.5  # what an operation of the answer costs, of its weight, when it is skipped within the shared part
FOREIGN = 0.25  # and an operation of the shown code that the answer has not
END, NEXT = ";", ","  # after a statement, and after an entry of a dictionary
BORDER = 0.5  # what it costs to go on behind one where the answer has none
IDLE = {"contiguous", "double", "dropout", "float", "half"}  # what is computed is the same without
COMMON = {"append", "for", "int", "len", "list", "range", "shape", "zip"}  # SMALL, too
COMPOUND = ast.FunctionDef | ast.ClassDef | ast.For | ast.If | ast.While | ast.With


class Step(NamedTuple):
    """One operation, in the order in which Python does them."""

    does: str
    weight: float
    line: int


class Shared(NamedTuple):
    """The part of an answer that can be read elsewhere."""

    share: float  # of the answer's weight, 0 … 1, less what the gaps cost
    answer: list[int]  # the lines of the answer that it spans
    shown: list[int]  # and those of the other text


@dataclass(frozen=True)
class Names:
    """Names of a notebook that say what is done; all others are variables."""

    functions: frozenset[str]
    fields: frozenset[str]  # set on `self`, so variables although they look like methods

    @classmethod
    def of(cls, trees: Iterable[ast.AST]) -> "Names":
        """What all cells of a notebook define or import, and the attributes that they set on `self`."""
        functions, fields = set(dir(builtins)), set[str]()
        for node in (node for tree in trees for node in ast.walk(tree)):
            match node:
                case ast.FunctionDef() | ast.ClassDef():
                    functions.add(node.name)
                case ast.ImportFrom():
                    functions |= {alias.asname or alias.name for alias in node.names}
                case ast.Attribute(ast.Name("self"), field, ast.Store()):
                    fields.add(field)
                case ast.Call(ast.Attribute(_, "register_buffer"), [ast.Constant(field), *_]):
                    fields.add(str(field))
        return cls(frozenset(functions), frozenset(fields))


def steps(nodes: Iterable[ast.AST], names: Names) -> list[Step]:
    """The operations of code in the order in which they are done. Names of variables leave no trace.

    So it is all one whether an expression stands in one statement or in two, in a function, a loop or a comprehension,
    whether a function or a method is called, and in which order two numbers are added.
    """
    return [step for node in nodes for step in _steps(node, names)]


def shared(answer: list[Step], shown: list[Step]) -> Shared:
    """The most of an answer that can be read in other code at one place: the best local alignment of the two.

    Operations match when they do the same; order is kept; gaps cost. Time: the product of the lengths.
    """
    total = sum(step.weight for step in answer)
    best, end = 0.0, (0, 0)
    above = [0.0] * (len(shown) + 1)
    rows = [above]
    for i, step in enumerate(answer, 1):
        row = [0.0]
        for j, other in enumerate(shown, 1):
            value = max(above[j] - MISSING * step.weight, row[j - 1] - _foreign(other), 0.0)
            if step.does == other.does:
                value = max(value, above[j - 1] + step.weight)
            row.append(value)
            if value > best:
                best, end = value, (i, j)
        rows.append(row)
        above = row
    if not best:
        return Shared(0.0, [], [])
    pairs = list(_matches(answer, shown, rows, end))
    return Shared(
        best / total, sorted({a.line for a, _ in pairs}), sorted({s.line for _, s in pairs})
    )


def _foreign(step: Step) -> float:
    return BORDER if step.does in (END, NEXT) else FOREIGN * step.weight


def most(answer: list[Step], shown: list[Step]) -> float:
    """A bound on `shared(answer, shown).share` that is quick to compute: order does not count."""
    there = Counter(step.does for step in shown)
    weight = 0.0
    for step in answer:
        if there[step.does]:
            there[step.does] -= 1
            weight += step.weight
    return weight / sum(step.weight for step in answer)


def _matches(
    answer: list[Step], shown: list[Step], rows: list[list[float]], end: tuple[int, int]
) -> Iterator[tuple[Step, Step]]:
    """The steps that an alignment puts beside each other, from its end to its start."""
    i, j = end
    while rows[i][j] > 0:
        a, s = answer[i - 1], shown[j - 1]
        if a.does == s.does and rows[i][j] == rows[i - 1][j - 1] + a.weight:
            yield a, s
            i, j = i - 1, j - 1
        elif rows[i][j] == rows[i - 1][j] - MISSING * a.weight:
            i -= 1
        else:
            j -= 1


def _steps(node: ast.AST, names: Names) -> Iterator[Step]:
    """The steps of one node: those of its parts, then its own, then the end of a statement."""
    yield from _done(node, names)
    if isinstance(node, ast.stmt) and not isinstance(node, COMPOUND):
        yield Step(END, 0.0, node.lineno)


def _done(node: ast.AST, names: Names) -> Iterator[Step]:
    line = getattr(node, "lineno", 0)
    match node:
        case ast.Name() | ast.alias() | ast.Import() | ast.ImportFrom():
            return
        case ast.Constant(value):
            if value is not None and not (isinstance(value, str) and len(value) > LONGEST_STRING):
                yield Step(repr(value), SMALL, line)
        case ast.UnaryOp(ast.USub(), ast.Constant(int() | float() as value)):
            yield Step(repr(-value), SMALL, line)
        case ast.Expr(ast.Constant(str())):  # a docstring
            return
        case ast.Call():
            yield from _call(node, names)
        case ast.Attribute(value, word):
            yield from _steps(value, names)
            if word not in names.fields | PATHS:
                yield Step(SAME.get(word, word), SMALL, line)
        case ast.Subscript(ast.Name(), ast.Constant(str())):  # params["W1"] is a variable, too
            return
        case ast.Dict(keys, values):
            for key, value in zip(keys, values, strict=True):
                yield from _all([part for part in (key, value) if part], names)
                yield Step(NEXT, 0.0, value.lineno)
        case ast.Subscript(value, index):
            yield from _all((value, index), names)
            yield Step("[]", SMALL, line)
        case ast.BinOp(left, op, right):
            sides = [left, right]
            if isinstance(op, ast.Add | ast.Mult):
                sides = _operands(node, type(op))
                sides.sort(key=lambda side: [step.does for step in _steps(side, names)])
            yield from _all(sides, names)
            for _ in sides[1:]:
                yield Step(type(op).__name__, 1.0, line)
        case ast.AugAssign(target, op, value):
            yield from _all((target, value), names)
            yield Step(type(op).__name__, 1.0, line)
        case ast.Compare(left, ops, rights):
            sides = [left, *rights]
            yield from _all(sides[::-1] if type(ops[0]) in FLIPPED else sides, names)
            for comparison in ops:
                does = FLIPPED.get(type(comparison), type(comparison).__name__)
                yield Step(does, 1.0, line)
        case ast.Assign(targets, value):
            yield from _all((value, *targets), names)
        case ast.AnnAssign(target, _, value):
            yield from _all([part for part in (value, target) if part], names)
        case ast.For(target, heard, body, rest):
            yield from _all((heard, target), names)
            yield Step("for", SMALL, line)
            yield from _all((*body, *rest), names)
        case ast.comprehension(target, heard, conditions):
            yield from _all((heard, target), names)
            yield Step("for", SMALL, heard.lineno)
            for condition in conditions:
                yield from _steps(condition, names)
                yield Step("if", 1.0, condition.lineno)
        case ast.ListComp() | ast.SetComp() | ast.GeneratorExp():
            yield from _all((*node.generators, node.elt), names)
        case ast.DictComp(key, value, generators):
            yield from _all((*generators, key, value), names)
        case ast.If(test, body, rest):
            yield from _steps(test, names)
            yield Step("if", 1.0, line)
            yield from _all((*body, *rest), names)
        case ast.IfExp(test, body, rest):
            yield from _steps(test, names)
            yield Step("if", 1.0, line)
            yield from _all((body, rest), names)
        case ast.FunctionDef() | ast.ClassDef():
            yield from _all(node.body, names)
        case ast.Lambda(_, body):
            yield from _steps(body, names)
        case _:
            yield from _all(ast.iter_child_nodes(node), names)
            if isinstance(
                node, ast.While | ast.Raise | ast.Assert | ast.UnaryOp | ast.BoolOp | ast.Slice
            ):
                own = node.op if isinstance(node, ast.UnaryOp | ast.BoolOp) else node
                weight = SMALL if isinstance(node, ast.Slice) else 1.0
                yield Step(type(own).__name__, weight, line)


def _all(nodes: Iterable[ast.AST], names: Names) -> Iterator[Step]:
    for node in nodes:
        yield from _steps(node, names)


def _call(node: ast.Call, names: Names) -> Iterator[Step]:
    """The steps of a call: the owner of a method counts as its first argument, and a keyword like its value."""
    function, arguments = node.func, list(node.args)
    match function:
        case ast.Attribute(ast.Name("checks"), "run") if arguments:
            function, arguments = arguments[0], arguments[1:]
    match function:
        case ast.Name(word):
            does = word if word in names.functions else "call"
        case ast.Attribute(value, word):
            yield from _steps(value, names)
            does = "call" if word in names.fields - IDLE else word
        case _:
            yield from _steps(function, names)
            does = "call"
    yield from _all((*arguments, *(keyword.value for keyword in node.keywords)), names)
    if does not in IDLE:
        does = SAME.get(does, does)
        yield Step(does, SMALL if does in COMMON else 1.0, node.lineno)


def _operands(node: ast.expr, op: type[ast.operator]) -> list[ast.expr]:
    """The parts of a sum or product: those of a + (b + c) are three."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, op):
        return _operands(node.left, op) + _operands(node.right, op)
    return [node]
