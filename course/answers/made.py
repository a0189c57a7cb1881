"""Answers that need not be written: the stub that a student finds, and the reference with all results set to zero."""

import ast
import functools
from types import SimpleNamespace
from typing import Any

from nbformat import v4
from nbgrader.preprocessors import ClearSolutions

from course import notebooks


def without_markers(reference: str) -> str:
    """A solution cell as it would be without nbgrader."""
    markers = ("### BEGIN SOLUTION", "### END SOLUTION")
    return "\n".join(line for line in reference.split("\n") if line.strip() not in markers)


def stub(reference: str) -> str:
    """The cell as nbgrader releases it."""
    cell = v4.new_code_cell(reference)
    cell.metadata["nbgrader"] = {"solution": True, "grade": False}
    clear = ClearSolutions(code_stub={"python": notebooks.STUB})
    cleared, _ = clear.preprocess_cell(cell, {"language": "python"}, 0)
    return str(cleared.source)


def zeros(reference: str) -> str:
    """Code that gives results of the right form which hold nothing."""
    names = [
        node.name
        for node in ast.parse(reference).body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
    ]
    emptied = [f"{name} = emptied({name})" for name in names]
    return "\n".join([reference, "", "from course.answers.made import emptied", *emptied])


def emptied(written: Any) -> Any:
    """A function, or a module with its `forward`, whose results are all zero."""
    if isinstance(written, type):
        written.forward = emptied(written.forward)  # type: ignore[attr-defined]
        return written

    @functools.wraps(written)
    def empty(*args: Any, **kwargs: Any) -> Any:
        return _zero(written(*args, **kwargs))

    return empty


def _zero(value: Any) -> Any:
    import torch

    if isinstance(value, torch.nn.Parameter):
        return value  # handed on, and no result
    if isinstance(value, torch.Tensor):
        return value.nan_to_num() * 0 if value.requires_grad else torch.zeros_like(value)
    if isinstance(value, torch.nn.Module):
        for parameter in value.parameters():
            torch.nn.init.zeros_(parameter)
        return value
    if isinstance(value, dict):
        return {key: _zero(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(map(_zero, value))
    if isinstance(value, SimpleNamespace):
        return SimpleNamespace(**_zero(vars(value)))
    if isinstance(value, int | float | str | bytes):
        return type(value)()
    return value
