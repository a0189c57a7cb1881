"""Wrong answers written as the slip that makes them: lines of a right answer, and what stands there instead.

    # reject: forgets to divide by the batch size · expects "divide by the batch size"
    # - return total / len(x)
    # + return total

`-` is a line of the reference, `+` its replacement, and a line after three blanks only shows where. An empty comment
line begins another place. `# in: einsum instead of matmul` on top applies the slip to that right answer instead. The
lines of a place follow each other, occur exactly once, and may be indented less than they are there.
"""

import re
import textwrap
from collections.abc import Mapping

PLACE = re.compile(r"# ([-+ ])(?: (.*))?")
BASE = re.compile(r"# in: (.+)")


class DoesNotApply(Exception):
    """A slip that cannot be applied, and why."""


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
    lines = [line for line in body.splitlines() if line.strip()]
    base = BASE.fullmatch(lines[0])
    title = base[1] if base else ""
    if title not in right:
        raise DoesNotApply(f"no right answer above is called {title!r}.")
    code = right[title].split("\n")
    edits = []
    for place in _places(lines[1:] if base else lines):
        old = _dedented([text for sign, text in place if sign != "+"])
        starts = [i for i in range(len(code)) if _dedented(code[i : i + len(old)]) == old]
        if not old or len(starts) != 1:
            where = f"the right answer {title!r}" if title else "the reference"
            shown = "\n    ".join(old)
            raise DoesNotApply(
                f"the slip no longer applies: in {where} its lines occur {len(starts)} times, not once:\n    {shown}"
            )
        found = code[starts[0] : starts[0] + len(old)]
        indent = min(len(line) - len(line.lstrip()) for line in found if line.strip())
        outer = min(len(text) - len(text.lstrip()) for sign, text in place if text and sign != "+")
        new = [" " * indent + text[outer:] for sign, text in place if sign != "-"]
        edits.append((starts[0], len(old), new))
    for start, length, new in sorted(edits, reverse=True):
        code[start : start + length] = new
    return "\n".join(code)


def _places(lines: list[str]) -> list[list[tuple[str, str]]]:
    """For each place its signs and lines."""
    places: list[list[tuple[str, str]]] = [[]]
    for line in lines:
        if line == "#":
            places.append([])
        elif match := PLACE.fullmatch(line):
            places[-1].append((match[1], match[2] or ""))
        else:
            raise DoesNotApply(f"a line of a slip begins with `# -`, `# +` or `#  `, not {line!r}.")
    return places


def _dedented(lines: list[str]) -> list[str]:
    return textwrap.dedent("\n".join(lines)).split("\n")
