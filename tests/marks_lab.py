"""A small lab for tests of grading: five points, right answers, answers of zeros, which deserve one, and a class."""

from pathlib import Path

import nbformat
from nbgrader.api import Gradebook

LAB = """\
# %% [markdown]
# # Lab 90 · Marks
# Worth **5 points**.

# %% given="imports"
import torch

from utils import checks

x = torch.tensor([1.0, 2.0, 4.0])

# %% [markdown]
# ### Exercise 1 · Doubling (3 points · 5 min · ●○○)


# %% solution="double"
def double(x: torch.Tensor) -> torch.Tensor:
    ### BEGIN SOLUTION
    return 2 * x
    ### END SOLUTION


# %% check="double_value" points=1
right = 2 * x
checks.close("double(x)", checks.run(double, x), right)
checks.passed("the value of double")

# %% check="double_equal" points=1
got = checks.run(double, torch.ones(2))
assert torch.equal(got, torch.full((2,), 2.0)), "expected twos"
checks.passed("double of ones")

# %% check="double_allclose" points=1
got = checks.run(double, 3 * x)
checks.that(torch.allclose(got, 6 * x), "expected twice the input")
### BEGIN HIDDEN TESTS
checks.that(torch.allclose(checks.run(double, -x), -2 * x), "negative numbers count as well")
### END HIDDEN TESTS
checks.passed("double of more")

# %% [markdown]
# ### Exercise 2 · Mean (2 points · 5 min · ●○○)


# %% solution="mean"
def mean(x: torch.Tensor) -> float:
    ### BEGIN SOLUTION
    return x.mean().item()
    ### END SOLUTION


# %% check="mean_value" points=1
got = checks.run(mean, x)
checks.number("mean(x)", got)
checks.close("mean(x)", got, 7 / 3, rtol=1e-5)
checks.passed("the mean")

# %% check="mean_zero" points=1
checks.close("mean of zeros", checks.run(mean, torch.zeros(3)), 0.0)
checks.passed("the mean of zeros")

# %% free="playground"
x
"""
ZERO = {
    "double": "def double(x):\n    return torch.zeros_like(x)",
    "mean": "def mean(x):\n    return 0.0",
}
RIGHT = {
    "double": "def double(x):\n    return x + x",
    "mean": "def mean(x):\n    return float(x.sum() / len(x))",
}
CLASS = {
    "ann": RIGHT,
    "bob": ZERO,
    "cleo": {"mean": RIGHT["mean"]},
    "dan": {},
    "eve": {**RIGHT, "mean": "def mean(x):\n    return x.sum()"},
}
# What `course grade` says of it.
LINES = [
    "90_marks  ann  5 of 5",
    "90_marks  bob  1 of 5",
    "90_marks  cleo  2 of 5",
    "90_marks  dan  0 of 5",
    "90_marks  eve  4 of 5",
]


def submit(root: Path, student: str, answers: dict[str, str], lab: str = "90_marks") -> None:
    """Hands in the released lab, with answers in some of its cells, to the course in a folder."""
    nb = nbformat.read(root / "labs" / lab / f"{lab}.ipynb", as_version=4)
    for cell in nb.cells:
        cell.source = answers.get(cell.id, cell.source)
    path = root / "grading" / "submitted" / student / lab / f"{lab}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(nb, path)


def scores(gradebook: str) -> dict[tuple[str, str], float]:
    """The points of each student for each check, from the gradebook with this address."""
    with Gradebook(gradebook) as found:
        return {
            (submission.student.id, grade.cell.name): grade.auto_score
            for submission in found.notebook_submissions("90_marks", "90_marks")
            for grade in submission.grades
        }
