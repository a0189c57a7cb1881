"""grading/flags.csv: which submissions a person should look at, and why. No mark and no feedback depends on it."""

import csv
from collections.abc import Iterable
from pathlib import Path

from course.files import atomic_write

COLUMNS = ("assignment", "student", "cell", "reason")


def read_flags(root: Path, assignment: str, student: str) -> list[tuple[str, str]]:
    """The cells of a submission that were flagged, and why."""
    return [(cell, why) for *whose, cell, why in _rows(root) if whose == [assignment, student]]


def write_flags(
    root: Path, assignment: str, student: str, flags: Iterable[tuple[str, str]]
) -> None:
    """Puts the flags of a submission in the place of those that it had.

    Args:
        root: the folder of the course.
        assignment: the lab.
        student: whose submission.
        flags: the cells, and why each was flagged.
    """
    before = _rows(root)
    rows = [row for row in before if row[:2] != [assignment, student]]
    rows += [[assignment, student, cell, reason] for cell, reason in flags]
    if rows == before:
        return
    with (
        atomic_write(_path(root)) as part,
        part.open("w", encoding="utf-8", newline="") as file,
    ):
        csv.writer(file).writerows([COLUMNS, *sorted(rows, key=lambda row: row[:2])])


def _path(root: Path) -> Path:
    return root / "grading" / "flags.csv"


def _rows(root: Path) -> list[list[str]]:
    if not _path(root).exists():
        return []
    with _path(root).open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))[1:]
