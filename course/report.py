"""What a class did in a lab: points, how many solved each exercise, and the messages that they met most often."""

import base64
import csv
import io
import json
import re
import statistics
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from importlib.resources import files
from pathlib import Path

import jinja2
import matplotlib
import nbformat
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from nbgrader.api import Gradebook

from course import layout, notebooks
from course.exercises import NOT_WRITTEN, GradedCell, graded_cells, message_of
from course.files import atomic_write, write_text
from course.grades import ABSENT, FAILED, UNTOUCHED, marks_of
from course.grading.flags import read_flags
from course.layout import CourseError, Lab
from course.nbgrader_api import load_config, open_gradebook
from course.roster import students_known

SHOWN = 3  # messages of a check
NUMBER = re.compile(r"-?\d+(\.\d+)?(e[-+]?\d+)?")
COLOR = "#0173b2"  # the first of the plots' color-blind-safe palette


@dataclass
class Check:
    """One check: who passed it, and what the others were told. Shares are of those who did something in the lab."""

    name: str
    title: str
    points: float
    passed: float | None  # share; None while a written answer is unread
    not_written: float | None  # share whose function was left as it came
    discrimination: float | None  # correlation of passing with the points of the rest of the lab
    messages: list[tuple[str, int]] = field(
        default_factory=list
    )  # an example of each kind, and how many met it


@dataclass
class Exercise:
    """What stands under one heading."""

    name: str
    points: float
    solved: (
        float | None
    )  # share with all of its points; None while a written answer of it is unread
    mean: float | None  # of the share of its points
    checks: list[Check] = field(default_factory=list)


@dataclass
class Report:
    """One lab of one class."""

    lab: str
    most: float
    statuses: dict[str, int]
    points: list[float]  # of those who did something, in ascending order
    exercises: list[Exercise]
    flags: list[tuple[str, str, str]]  # student, cell, reason

    @property
    def mean(self) -> float | None:
        return statistics.fmean(self.points) if self.points else None

    @property
    def hardest(self) -> list[Exercise]:
        """Three exercises that the fewest solved, the hardest first."""
        read = [exercise for exercise in self.exercises if exercise.solved is not None]
        return sorted(read, key=lambda exercise: exercise.solved or 0.0)[:3]

    @property
    def median(self) -> float | None:
        return statistics.median(self.points) if self.points else None


def report_of(lab: Lab, db: str | None = None) -> Report:
    """Reads the gradebook and the graded notebooks of a lab.

    Raises:
        CourseError: the gradebook cannot be opened, does not know the lab, or nobody's submission is graded.
    """
    students = students_known(db)
    marks = marks_of([lab], students, db)
    mine = {student.id: marks.of[student.id][lab.name] for student in students}
    statuses = Counter(mark.status for mark in mine.values())
    active = [who for who, mark in mine.items() if mark.status not in (ABSENT, FAILED, UNTOUCHED)]
    if not active:
        raise CourseError(f"Nobody's {lab.name} is graded yet: python -m course grade {lab.name}")
    with open_gradebook(load_config(layout.ROOT, db)) as gradebook:
        scores = {who: _scores(gradebook, lab, who) for who in active}
    messages = {who: _messages(lab, who) for who in active}
    exercises = [
        _exercise(name, cells, scores, messages)
        for name, cells in graded_cells(notebooks.read(lab.released), lab.name).items()
    ]
    flags = [(who, *flag) for who in active for flag in read_flags(layout.ROOT, lab.name, who)]
    points = sorted(sum(of.values()) for of in scores.values())
    return Report(lab.name, marks.most[lab.name], dict(statuses), points, exercises, flags)


def _scores(gradebook: Gradebook, lab: Lab, student: str) -> dict[str, float]:
    """Grade id → points; a written answer that nobody has read has none yet."""
    found = gradebook.find_submission_notebook(lab.name, lab.name, student)
    return {grade.name: grade.score for grade in found.grades if not grade.needs_manual_grade}


def _messages(lab: Lab, student: str) -> dict[str, str]:
    """Grade id → the first line of the error that the cell ended with."""
    told = {}
    graded = json.loads(lab.autograded(student).read_text(encoding="utf-8"))
    for cell in nbformat.from_dict(graded).cells:
        if message := message_of(cell):
            told[cell.metadata.get("nbgrader", {}).get("grade_id", "")] = message.split("\n")[0]
    return told


def _exercise(
    name: str,
    cells: dict[str, GradedCell],
    scores: dict[str, dict[str, float]],
    messages: dict[str, dict[str, str]],
) -> Exercise:
    graded = {who: {c: of[c] for c in cells if c in of} for who, of in scores.items()}
    points = sum(graded.points for graded in cells.values())
    # Those that were left as they came have 0 already: their share says nothing of the others.
    read = all(len(of) == len(cells) for of in graded.values())
    shares = [sum(of.values()) / points for of in graded.values()] if read else []
    checks = []
    for cell, known in cells.items():
        passed = {who: of[cell] >= known.points for who, of in scores.items() if cell in of}
        told = [messages[who][cell] for who in passed if cell in messages[who]]
        kinds: dict[str, list[str]] = {}
        for line in told:
            if NOT_WRITTEN not in line:
                kinds.setdefault(NUMBER.sub("…", line), []).append(line)
        common = sorted(kinds.values(), key=len, reverse=True)[:SHOWN]
        checks.append(
            Check(
                name=cell,
                title=known.title,
                points=known.points,
                passed=_share(passed.values()) if len(passed) == len(scores) else None,
                not_written=_share(NOT_WRITTEN in messages[who].get(cell, "") for who in passed),
                discrimination=_discrimination(cell, passed, scores),
                messages=[(Counter(lines).most_common(1)[0][0], len(lines)) for lines in common],
            )
        )
    solved = _share(share >= 1 for share in shares)
    return Exercise(name, points, solved, statistics.fmean(shares) if shares else None, checks)


def _share(values: Iterable[bool]) -> float | None:
    values = list(values)
    return sum(values) / len(values) if values else None


def _discrimination(
    cell: str, passed: dict[str, bool], scores: dict[str, dict[str, float]]
) -> float | None:
    """The correlation of passing a check with the points elsewhere; None where one of the two does not vary."""
    rest = [sum(scores[who].values()) - scores[who][cell] for who in passed]
    try:
        return statistics.correlation([float(value) for value in passed.values()], rest)
    except statistics.StatisticsError:
        return None


def write_reports(
    reports: list[Report], folder: Path, *, names: bool, pages: Iterable[str] | None = None
) -> list[Path]:
    """Writes a page, a CSV of the checks and a JSON for each lab, and an overview of all.

    Args:
        reports: one for each lab.
        folder: where the files go.
        names: whether the page says whose submissions were flagged.
        pages: the labs whose page is written anew; of others the one that is there is kept.
    """
    environment = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    environment.filters["percent"] = lambda share: "–" if share is None else f"{100 * share:.0f}%"
    page = environment.from_string(
        files("course").joinpath("report.html").read_text(encoding="utf-8")
    )
    written = []
    for report in reports:
        out = folder / f"{report.lab}.html"
        if pages is not None and report.lab not in pages and out.exists():
            continue
        write_text(out, page.render(reports=[report], names=names, picture=_distribution(report)))
        _write_csv(report, folder / f"{report.lab}.csv")
        document = asdict(report)
        if not names:
            document["flags"] = [flag[1:] for flag in report.flags]
        write_text(
            folder / f"{report.lab}.json", json.dumps(document, indent=1, ensure_ascii=False) + "\n"
        )
        written.append(out)
    write_text(folder / "index.html", page.render(reports=reports, names=names, picture=None))
    return [*written, folder / "index.html"]


def _write_csv(report: Report, path: Path) -> None:
    with atomic_write(path) as part, part.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(
            ["exercise", "check", "title", "points", "passed", "not written", "discrimination", "most frequent message"]
        )  # fmt: skip
        for exercise in report.exercises:
            for check in exercise.checks:
                message = check.messages[0][0] if check.messages else ""
                writer.writerow(
                    [exercise.name, check.name, check.title, f"{check.points:g}", _rounded(check.passed),
                     _rounded(check.not_written), _rounded(check.discrimination), message]
                )  # fmt: skip


def _rounded(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def _distribution(report: Report) -> dict[str, str]:
    """How many have how many points, as a picture with its words."""
    matplotlib.rcParams["svg.hashsalt"] = "report"
    figure = Figure(figsize=(7, 2.4), layout="constrained")
    axes = figure.add_subplot()
    edges = [i - 0.5 for i in range(round(report.most) + 2)]
    counts, _, _ = axes.hist(
        report.points, bins=edges, color=COLOR, edgecolor="white", linewidth=0.5
    )
    axes.set(xlabel=f"points of {report.most:g}", ylabel="students", xlim=(-0.5, report.most + 0.5))
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    axes.spines[["top", "right"]].set_visible(False)
    binary = io.BytesIO()
    figure.savefig(binary, format="svg", metadata={"Date": None})
    most = max(range(len(counts)), key=lambda i: counts[i])
    words = (
        f"Students by points. {len(report.points)} of them have between {report.points[0]:g} and "
        f"{report.points[-1]:g}; {counts[most]:.0f} have {most}, more than any other number."
    )
    return {"source": base64.b64encode(binary.getvalue()).decode(), "alt": words}
