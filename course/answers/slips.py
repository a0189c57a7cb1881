"""Wrong answers written as the slip that makes them: lines of a right answer, and what stands there instead.

    # reject: forgets to divide by the batch size · expects "divide by the batch size"
    # - return total / len(x)
    # + return total

`-` is a line of the reference, `+` its replacement, and a line after three blanks only shows where. An empty comment
line begins another place. `# in: einsum instead of matmul` on top applies the slip to that right answer instead. The
lines of a place follow each other, occur exactly once, and may all be indented less than they are there.
"""

import re
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, field

LINE = re.compile(r"# (?:([-+])(?: (.*))?|  (.*))")
BASE = re.compile(r"# in: (.+)")
FORM = "a line of a slip begins with `# - `, `# + `, or `#` and three blanks"


class DoesNotApply(Exception):
    """A slip that cannot be applied, why, and in which of its lines."""

    def __init__(self, says: str, line: int) -> None:
        super().__init__(says)
        self.line = line  # of the text that was handed over, counted from 1


@dataclass
class Place:
    """One place of a slip: its lines, each with the sign that it has."""

    line: int
    lines: list[tuple[str, str]] = field(default_factory=list)

    def without(self, sign: str) -> list[str]:
        """The lines that have another sign."""
        return [text for own, text in self.lines if own != sign]


def is_slip(body: str) -> bool:
    """Whether what follows the first line of an answer is a slip: comments alone."""
    return all(line.startswith("#") for line in body.splitlines() if line.strip())


def apply(body: str, right: Mapping[str, str]) -> str:
    """The wrong answer that a slip makes.

    Args:
        body: the slip, as above.
        right: title → right answer; "" is the reference.

    Raises:
        DoesNotApply: a line has another form, no right answer has that title, or a place is not found exactly once.
    """
    base = BASE.fullmatch(body.partition("\n")[0].rstrip())
    title = base[1] if base else ""
    if title not in right:
        raise DoesNotApply(f"no right answer above is called {title!r}.", 1)
    code = right[title].split("\n")
    where = f"the right answer {title!r}" if title else "the reference"
    edits = []
    for place in _places(body, first=2 if base else 1):
        start, length = _find(place, code, where)
        found = [line for line in code[start : start + length] if line.strip()]
        indent = min((len(line) - len(line.lstrip()) for line in found), default=0)
        new = textwrap.indent("\n".join(_aligned(place)), " " * indent).split("\n")
        edits.append((start, length, new if place.without("-") else []))
    for start, length, new in sorted(edits, reverse=True):
        code[start : start + length] = new
    return "\n".join(code)


def _places(body: str, first: int) -> list[Place]:
    """The places of a slip that begins in the line `first`."""
    places = [Place(first)]
    for number, line in enumerate(body.splitlines(), 1):
        text = line.rstrip()
        if number < first or not text:
            continue
        match = LINE.fullmatch(text)
        if text == "#":
            places.append(Place(number + 1))
        elif match:
            places[-1].lines.append((match[1] or " ", match[2] or match[3] or ""))
        else:
            raise DoesNotApply(f"{FORM}, not {text!r}.", number)
    return places


def _find(place: Place, code: list[str], where: str) -> tuple[int, int]:
    """Where the lines of a place begin, and how many they are."""
    old = _dedented(place.without("+"))
    if not any(line.strip() for line in old):
        raise DoesNotApply(
            "nothing says where the new lines go: show the line before or after them, behind `#` and three blanks.",
            place.line,
        )
    starts = [i for i in range(len(code)) if _dedented(code[i : i + len(old)]) == old]
    if len(starts) != 1:
        shown = "\n    ".join(old)
        raise DoesNotApply(
            f"the slip no longer applies: in {where} its lines occur {len(starts)} times, not once:\n    {shown}",
            place.line,
        )
    return starts[0], len(old)


def _aligned(place: Place) -> list[str]:
    """The new lines of a place, indented from where its old lines begin."""
    old = [text for text in place.without("+") if text.strip()]
    outer = min(len(text) - len(text.lstrip()) for text in old)
    new = place.without("-")
    for text in new:
        if text[:outer].strip():
            raise DoesNotApply(
                f"the new line {text.strip()!r} is indented less than the old ones.", place.line
            )
    return [text[outer:] for text in new]


def _dedented(lines: list[str]) -> list[str]:
    return textwrap.dedent("\n".join(lines)).split("\n")
