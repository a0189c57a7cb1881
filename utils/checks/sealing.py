"""Keeps the checks what they are, whatever a notebook does to their names."""

from __future__ import annotations

import ast
import builtins
import sys
from types import ModuleType
from typing import Any

from utils.notebook import shell


class Sealed(ModuleType):
    """A module whose names cannot be given other values, by accident or to please a grader."""

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"checks.{name} cannot be replaced.")


def seal(package: ModuleType) -> None:
    """Seals the package of the checks and its modules."""
    inside = f"{package.__name__}."
    for module in [m for name, m in sys.modules.items() if f"{name}.".startswith(inside)]:
        module.__class__ = Sealed


def keep_name(package: ModuleType) -> None:
    """In a notebook, lets `checks` stand for the checks before each cell, and helps where a check breaks down."""
    notebook = shell()
    if notebook is not None:
        notebook.events.register(
            "pre_run_cell", lambda *_: give_name_back(package, notebook.user_ns)
        )
        notebook.events.register(
            "post_run_cell", lambda result: explain_breakdown(result, notebook.user_ns)
        )


def give_name_back(package: ModuleType, names: dict[str, Any]) -> None:
    """Makes `checks` the checks again among the names of a notebook, and says so if it was something else."""
    if names.get("checks", package) is not package:
        print(
            "`checks` is the book's own name, and stands for its checks again. Call yours another."
        )
        names["checks"] = package


def explain_breakdown(result: Any, names: dict[str, Any]) -> None:
    """Says which names to look at when a check did not judge but broke down, as with a `sum` of the student's own.

    Args:
        result: IPython's result of a cell.
        names: the names of the notebook.
    """
    error, code = result.error_in_exec, str(result.info.raw_cell)
    if error is None or isinstance(error, AssertionError | KeyboardInterrupt):
        return
    if "checks.passed(" not in code:
        return
    used = {node.id for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Name)}
    if isinstance(error, NameError) and error.name in used - names.keys():
        print(f"`{error.name}` is not there yet: a cell above defines it.")
        print("Run all cells down to this one: in JupyterLab, Run → Run All Above Selected Cell.")
        return
    hidden = sorted(name for name in used & names.keys() if hasattr(builtins, name))
    modules = {name for name in used if isinstance(names.get(name), ModuleType)}
    others = sorted((used & names.keys()) - modules)
    print(
        "This check broke down before it could judge: it met a name that means something else now."
    )
    for name in hidden:
        print(
            f"`{name}` is your own, and hides Python's: run `del {name}`, and call yours another."
        )
    if not hidden:
        print(
            f"It uses {', '.join(others)}. Did you give one of them another value? Call yours another."
        )
        print("Then restart the kernel, and run all cells down to this one.")
