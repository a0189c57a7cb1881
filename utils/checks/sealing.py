"""Keeps the checks what they are, whatever a notebook does to their names."""

from __future__ import annotations

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
    """In a notebook, lets `checks` stand for the checks before each cell, whatever was called so."""
    notebook = shell()
    if notebook is not None:

        def before_cell(*_: Any) -> None:
            give_name_back(package, notebook.user_ns)

        notebook.events.register("pre_run_cell", before_cell)


def give_name_back(package: ModuleType, names: dict[str, Any]) -> None:
    """Makes `checks` the checks again among the names of a notebook, and says so if it was something else."""
    if names.get("checks", package) is not package:
        print(
            "`checks` is the book's own name, and stands for its checks again. Call yours another."
        )
        names["checks"] = package
