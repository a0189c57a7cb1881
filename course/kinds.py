"""The vocabulary of a source: every kind of cell, how an author marks it, and what nbgrader is told about it."""

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
        ),
        Kind(
            "given",
            '# %% given="circles"',
            "given code; students cannot edit it",
            locked=True,
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
            "is graded",
            grade=True,
            locked=True,
        ),
        Kind(
            "manual",
            '# %% [markdown] manual="why" points=1',
            "a written answer, graded by hand; the whole cell is your model answer",
            grade=True,
            solution=True,
        ),
        Kind("free", '# %% free="playground"', "for the student to play with"),
    )
}


def table() -> str:
    """The kinds as the Markdown table of docs/authors.md."""
    rows = [f"| `{kind.example}` | {kind.meaning} |" for kind in (PROSE, *KINDS.values())]
    return "\n".join(["| marker | cell |", "|---|---|", *rows])
