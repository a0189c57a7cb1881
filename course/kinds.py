"""The vocabulary of a source: every kind of cell, how an author marks it, and what nbgrader is told about it."""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """One kind of cell."""

    word: str  # in the marker: `# %% word="name"`; none for prose
    example: str  # a marker as an author writes it
    meaning: str
    grade: bool = False  # it gives points
    solution: bool = False  # the student writes in it
    locked: bool = False  # what the student changes in it is put back
    label: str = ""  # its first line is `# Label · what it does`
    folded: bool = False  # a student sees that line alone, and unfolds the rest
    skipped: bool = False  # not run while grading

    @property
    def known_to_nbgrader(self) -> bool:
        """Whether nbgrader keeps the cell apart, by its name."""
        return self.grade or self.solution or self.locked


PROSE = Kind("", "# %% [markdown]", "prose")
KINDS = {
    kind.word: kind
    for kind in (
        Kind(
            "setup",
            '# %% setup="setup"',
            "the first code cell, empty here: `course/setup_cell.py` fills it, the same in every lab",
            locked=True,
            label="Setup",
            folded=True,
        ),
        Kind(
            "given",
            '# %% given="circles"',
            "given code that a student should read; students cannot edit it, nor the next three",
            locked=True,
        ),
        Kind(
            "data",
            '# %% data="referee"',
            "given code that a student need not read, such as what only checks use; folded; first line `# Data · …`",
            locked=True,
            label="Data",
            folded=True,
        ),
        Kind(
            "experiment",
            '# %% experiment="circles"',
            "given code that trains or measures for the eye; not run while grading; first line `# Experiment · …`",
            locked=True,
            label="Experiment",
            skipped=True,
        ),
        Kind(
            "figure",
            '# %% figure="circles_curve"',
            "given code that only draws; folded; not run while grading; first line `# Figure · …`",
            locked=True,
            label="Figure",
            folded=True,
            skipped=True,
        ),
        Kind(
            "solution",
            '# %% solution="forward"',
            "an exercise: what stands between `### BEGIN SOLUTION` and `### END SOLUTION` is replaced by a stub",
            solution=True,
        ),
        Kind(
            "check",
            '# %% check="forward_probs" points=1',
            "a graded check; what stands between `### BEGIN HIDDEN TESTS` and `### END HIDDEN TESTS` runs only when it "
            "is graded; folded, under the text of its `checks.passed`",
            grade=True,
            locked=True,
            label="Check",
            folded=True,
        ),
        Kind(
            "manual",
            '# %% [markdown] manual="why" points=1',
            "a written answer, graded by hand; the whole cell is your model answer, in which `(½ point)` and the like "
            "add up",
            grade=True,
            solution=True,
        ),
        Kind("free", '# %% free="playground"', "for the student to play with"),
    )
}


LABELED = re.compile(rf"# ({'|'.join(kind.label for kind in KINDS.values() if kind.label)}) · (.+)")


def labeled(source: str) -> tuple[Kind, str] | None:
    """The kind and the title in the first line of a cell, `# Figure · The loss falls`; None if it has none."""
    found = LABELED.fullmatch(source.partition("\n")[0])
    if found is None:
        return None
    return next(kind for kind in KINDS.values() if kind.label == found[1]), found[2]


def skipped(source: str) -> bool:
    """Whether a locked cell of this text is not run while grading."""
    found = labeled(source)
    return found is not None and found[0].skipped


def table() -> str:
    """The kinds as the Markdown table of docs/authors.md."""
    rows = [f"| `{kind.example}` | {kind.meaning} |" for kind in (PROSE, *KINDS.values())]
    return "\n".join(["| marker | cell |", "|---|---|", *rows])
