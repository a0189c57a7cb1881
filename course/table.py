"""The table of measured figures in the README, made from what full runs reported."""

import json
from decimal import ROUND_DOWN, Decimal
from pathlib import Path

from course import layout
from course.answers import read_answers
from course.build import Built, build_notebook
from course.files import write_text
from course.layout import CourseError, Lab
from course.rules.grading import HEADING, POINTS
from course.run import Result

BEGIN, END = "<!-- made by: python -m course table -->", "<!-- end of the table -->"


class Share(float):
    """A number that `{:%}` shows in percent with two decimals, never rounded up."""

    def __format__(self, spec: str) -> str:
        if spec != "%":
            return super().__format__(spec)
        percent = (Decimal(str(float(self))) * 100).quantize(Decimal("0.01"), ROUND_DOWN)
        return f"{percent}%"


def record(files: list[Path]) -> list[str]:
    """Puts results of `course run --json` into docs/measured.json, each in place of an older one of its lab.

    Returns:
        The names of the labs.

    Raises:
        CourseError: a file is missing or is no such result, or was not run at full length on the real data.
    """
    measured = _measured()
    names, refused = [], []
    for file in files:
        try:
            found = json.loads(file.read_text(encoding="utf-8"))
            results = found if isinstance(found, list) else [found]
            for result in results:
                name, metrics = result["lab"], result["metrics"]
                if result["preset"] != "full" or metrics.get("data_source") == "stand-in":
                    refused.append(f"{file}: {name} did not run at full length on real data")
                else:
                    measured[name] = result
                    names.append(name)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise CourseError(f"{file} is no result of `course run --json`: {error}") from None
    if names:
        text = json.dumps(dict(sorted(measured.items())), indent=1, ensure_ascii=False)
        write_text(layout.ROOT / "docs" / "measured.json", text + "\n")
    if refused:
        kept = f" Recorded, for `course table`: {', '.join(names)}." if names else ""
        raise CourseError(f"{'; '.join(refused)}; the table shows no other.{kept}")
    return names


def rows(labs: list[Lab]) -> str:
    """The rows of the README's table, in Markdown.

    Raises:
        CourseError: a source or its answers cannot be read, or a headline names a metric that was not reported.
    """
    measured = _measured()
    lines = [
        "| lab | points | exercises | answers | whole run | figures | measured on |",
        "|---|---|---|---|---|---|---|",
    ]
    for lab in labs:
        built = build_notebook(lab)
        prose = [c.source for c in built.notebook.cells if c.cell_type == "markdown"]
        points = next((int(m[1]) for text in prose if (m := POINTS.search(text))), None)
        if points is None:
            raise CourseError(f"{built.location(None)}: the card has no line like **12 points**.")
        headings = [heading["kind"] for text in prose for heading in HEADING.finditer(text)]
        exercises = headings.count("Exercise")
        answers = read_answers(lab, built)
        right = sum(answer.accept for answer in answers)
        title = lab.name.replace("_", " ", 1)
        known = f"{right} right, {len(answers) - right} wrong"
        figures = _figures(built, measured.get(lab.name))
        lines.append(
            f"| [{title}](labs/{lab.name}/{lab.name}.ipynb) | {points} | {exercises} | {known} | {figures} |"
        )
    return "\n".join(lines)


def write_table(labs: list[Lab]) -> bool:
    """Puts the table into the README; returns whether that changed it.

    Raises:
        CourseError: as `rows`, or the README does not say where the table stands.
    """
    readme = layout.ROOT / "README.md"
    text = readme.read_text(encoding="utf-8")
    if text.count(BEGIN) != 1 or text.count(END) != 1:
        raise CourseError(f"README.md needs one line {BEGIN} and one {END} for the table.")
    before, _, rest = text.partition(BEGIN)
    new = f"{before}{BEGIN}\n\n{rows(labs)}\n\n{END}{rest.partition(END)[2]}"
    if new != text:
        write_text(readme, new)
    return new != text


def _measured() -> dict[str, Result]:
    """The recorded results, by lab."""
    path = layout.ROOT / "docs" / "measured.json"
    if not path.exists():
        return {}
    recorded: dict[str, Result] = json.loads(path.read_text(encoding="utf-8"))
    return recorded


def _figures(built: Built, result: Result | None) -> str:
    """The last three columns: seconds of the whole run, the card's headline, device."""
    if result is None:
        return "– | not measured yet | –"
    metrics = {
        key: Share(value) if isinstance(value, float) else value
        for key, value in result["metrics"].items()
    }
    headline = built.headline or "; ".join(f"{key} {{{key}}}" for key in metrics)
    try:
        said = headline.format(**metrics)
    except KeyError as error:
        raise CourseError(
            f"{built.location(None)}: the headline wants the metric {error}, and the lab reports none."
        ) from None
    return f"{result['seconds']:.1f} s | {said} | {result['device']}"
