"""Known wrong answers, each with a check that must refuse it: a grader that accepts one was tampered with.

A canary is a check of the lab, run once more with an answer that is surely wrong in the place of the student's: one
that raises, as the stub does, or, where the check compares numbers, the student's own with all of its numbers moved far
away. Canaries are read from the checks, so a new lab has some too, and no model answer ever enters a box.
"""

import ast
import functools
import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from nbformat import NotebookNode

ACCEPTED = "it accepts an answer to {} that is known to be wrong: what checks rely on was changed"


@dataclass(frozen=True)
class Canary:
    """A check with a wrong answer."""

    check: str  # the cell
    answer: str  # the name of the function or class in whose place the wrong one stands
    source: str


def canaries_of(checks: Mapping[str, str]) -> list[Canary]:
    """The canaries of a lab.

    Args:
        checks: the sources of its graded code cells by the names of the cells.
    """
    return [Canary(name, *wrong) for name, source in checks.items() for wrong in _wrong(source)]


@functools.cache  # a class has the same checks
def _wrong(source: str) -> list[tuple[str, str]]:
    """For each answer that a check runs: its name, and the check with a wrong one in its place."""
    check = ast.parse(source)
    own = set(_defined(check))
    runs = {answer for node in ast.walk(check) if (answer := _run_answer(node))}
    return [
        (answer, _with(moved if _compares(check, answer) else unwritten, answer, check))
        for answer in sorted(runs - own)
    ]


def accepted(canary: Canary, outputs: list[NotebookNode]) -> bool:
    """Whether a check took the wrong answer: it ran to its last line, and nothing was raised."""
    failed = any(output.output_type == "error" for output in outputs)
    return not failed and "✓" in "".join(o.text for o in outputs if o.output_type == "stream")


def _defined(tree: ast.Module) -> Iterator[str]:
    """What a check calls its own variables, functions, classes, imports and arguments."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.alias):
            yield (node.asname or node.name).partition(".")[0]
        elif isinstance(node, ast.arg):
            yield node.arg


def _run_answer(node: ast.AST) -> str | None:
    """`f` of `checks.run(f, …)`, also inside `checks.unpack("…", …)`; None for other expressions."""
    match node:
        case ast.Call(ast.Attribute(ast.Name("checks"), "run"), [ast.Name(answer), *_]):
            return answer
        case ast.Call(ast.Attribute(ast.Name("checks"), "unpack"), [_, inner, *_]):
            return _run_answer(inner)
    return None


def _compares(check: ast.Module, answer: str) -> bool:
    """Whether a `checks.close(…)` compares what the answer returned with what does not depend on it."""
    returned: set[str] = set()
    for node in ast.walk(check):
        if isinstance(node, ast.Assign) and _run_answer(node.value) == answer:
            returned |= {name for target in node.targets for name in _names(target)}
    for node in ast.walk(check):
        match node:
            case ast.Call(ast.Attribute(ast.Name("checks"), "close"), [_, got, expected, *_]):
                of_answer = _run_answer(got) == answer or (
                    isinstance(got, ast.Name) and got.id in returned
                )
                if of_answer and not _names(expected) & {answer, *returned}:
                    return True
    return False


def _names(tree: ast.AST) -> set[str]:
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


def _with(wrong: Callable[..., Any], answer: str, check: ast.Module) -> str:
    """The source of a check that finds a wrong answer, and leaves the names as they were."""
    made = ast.parse(inspect.getsource(wrong))
    for node in ast.walk(made):  # the box has no names for types
        if isinstance(node, ast.FunctionDef):
            node.returns = None
        elif isinstance(node, ast.arg):
            node.annotation = None
    before = ast.parse(f"_kept, {answer} = {answer}, {wrong.__name__}({answer})")
    after = ast.parse(f"{answer} = _kept\ndel _kept, {wrong.__name__}")
    run = ast.Try(check.body, [], [], after.body)
    return ast.unparse(ast.Module([*made.body, *before.body, run], []))


# These two are run in the box, as text. Names of Python's own come from `builtins`: a notebook may use them otherwise.


def unwritten(answer: Any) -> Any:
    """An answer that raises, as a stub does."""

    def unwritten(*args: Any, **kwargs: Any) -> Any:
        raise NotImplementedError("not written yet")

    return unwritten


def moved(answer: Any) -> Any:
    """An answer with all of its numbers far from where they were, in the same shape and of the same type."""
    import builtins as python
    import random

    import torch

    def move(value: Any) -> Any:
        far = random.SystemRandom().uniform(10, 20)
        if python.isinstance(value, torch.Tensor):
            if value.dtype == torch.bool:
                return ~value
            size = value.abs().max() if value.numel() else 1
            return (value + far * (1 + size)).to(value.dtype)
        if python.isinstance(value, python.bool):
            return not value
        if python.isinstance(value, (python.int, python.float)):
            return python.type(value)(value + far * (1 + python.abs(value)))
        if python.isinstance(value, python.dict):
            return {key: move(item) for key, item in value.items()}
        if python.type(value) in (python.list, python.tuple):
            return python.type(value)([move(item) for item in value])
        raise python.TypeError("no number that could be moved")

    def moved(*args: Any, **kwargs: Any) -> Any:
        return move(answer(*args, **kwargs))

    return moved
