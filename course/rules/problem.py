"""A rule that a cell breaks."""

from typing import NamedTuple


class Problem(NamedTuple):
    """One thing to mend."""

    cell: str | None  # its id; None where it is the lab as a whole
    says: str
    line: int = 0  # of the cell's text, counted from 1; 0 for its marker
