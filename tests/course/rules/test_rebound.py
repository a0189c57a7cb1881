"""What one cell hands to another is bound in one place, so that any cell can be run again."""

import pytest

from course.build import build_notebook
from course.layout import Lab, find_labs
from course.rules import rebound_names

# Names that are still bound in several places and taken by another cell. No list may grow.


@pytest.mark.parametrize("lab", find_labs(), ids=lambda lab: lab.name)
def test_any_cell_of_a_lab_can_be_run_again(lab):
    built = build_notebook(lab)
    found = rebound_names(built.notebook).values()
    assert not found, "\n".join(f"{built.location(p.cell, p.line)}: {p.says}" for p in found)


def found(course, *cells: str) -> dict[str, str]:
    texts = [f'# %% given="cell_{i}"\n{text}\n\n' for i, text in enumerate(cells)]
    course.card().write_text("".join(texts), encoding="utf-8")
    problems = rebound_names(build_notebook(Lab("90_tiny")).notebook)
    return {name: problem.says for name, problem in problems.items()}


def test_the_cells_are_named(course):
    says = found(course, "n = 1", "print(n)", "n = 2")["n"]
    assert says.startswith("n is bound by cell_0, cell_2, and cell_1 takes it from one of them")


@pytest.mark.parametrize(
    "cells",
    [
        ("n = 1", "n = 2", "print(n)"),
        ("n = 1", "print(n)", "for n in range(3):\n    pass"),
        ("n = 1", "print(n)", "def n():\n    pass"),
        ("n = 1", "n = n + 1", "print(0)"),
        ("n = 1", "n = 2", "def f():\n    return n"),
        ("n = 1", "n = 2", "f = lambda: n"),
        ("n = 1", "n = 2", "print([n for _ in range(2)])"),
        ("def f():\n    return n\nn = 1", "f()", "n = 2"),
        ("class A:\n    def f(self):\n        return n\nn = 1", "A()", "n = 2"),
        ("import math as n", "print(n)", "n = 2"),
    ],
)
def test_a_name_that_is_taken_has_one_place(course, cells):
    assert found(course, *cells).keys() == {"n"}


@pytest.mark.parametrize(
    "cells",
    [
        ("n = 1\nprint(n)", "n = 2\nprint(n)"),
        ("n = 1", "print(n)", "print(n)"),
        ("n = 1", "print([n for n in range(3)])", "n = 2"),
        ("n = 1", "def f(n):\n    return n", "n = 2", "f(0)"),
        ("n = 1", "def f():\n    n = 3\n    return n", "n = 2", "f()"),
        ("n = 1", "def f():\n    def g():\n        return n\n    n = 3\n    return g()", "n = 2"),
        ("n = 1\ndef f():\n    return n\nf()", "n = 2\nprint(n)"),
        ("import math as n", "import math as n", "print(n)"),
    ],
)
def test_a_cell_may_bind_what_it_alone_reads(course, cells):
    assert found(course, *cells) == {}
