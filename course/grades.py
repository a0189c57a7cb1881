"""The marks of a class as each system's importer wants them, with what became of every submission."""

import csv
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from nbgrader.api import Gradebook, MissingEntry

from course import layout
from course.deadlines import late_rule, renew_penalties
from course.files import atomic_write
from course.grading.late import LateRule
from course.grading.recognize import plain as plain_text
from course.layout import CourseError, Lab
from course.nbgrader_api import awaits_grading, load_config, open_gradebook
from course.roster import Student, columns_of, plain, read_table, students_known

ABSENT, UNTOUCHED, FAILED, OPEN, GRADED = (
    "absent",
    "untouched",
    "not graded",
    "written answers open",
    "graded",
)


# To Moodle's importer this is no grade. Of an empty cell it makes 0 where the column becomes a new grade item.
NO_GRADE = {"moodle": "-"}
# A system's column → what it holds of a student. Moodle's Grades → Import → CSV file finds students by the first two.
NAMES = {"First name": "first_name", "Last name": "last_name"}
COLUMNS = {
    "moodle": {"Email address": "email", "ID number": "id", **NAMES},
    "gradescope": {"SID": "id", "Email": "email", **{k.title(): v for k, v in NAMES.items()}},
}


@dataclass(frozen=True)
class Mark:
    """What a student has in a lab, less what lateness costs; no points if nothing was handed in, or could be graded."""

    status: str
    points: float | None = None
    late_seconds: float = 0.0

    def __str__(self) -> str:
        return self.status + ("; late" if self.late_seconds > 0 else "")

    def number(self, none: str = "") -> str:
        """The points as importers read them, and what stands where there are none."""
        return none if self.points is None else f"{self.points:g}"


@dataclass(frozen=True)
class Marks:
    """The marks of a class: most points of each lab, and each student's mark in it."""

    most: dict[str, float]
    of: dict[str, dict[str, Mark]]  # student's id → lab → mark


def begun_labs(db: str | None = None) -> list[Lab]:
    """The labs that have a due date or a submission, in the order of their names.

    Raises:
        CourseError: the gradebook cannot be opened, knows no lab, or none has begun.
    """
    with open_gradebook(load_config(layout.ROOT, db)) as gradebook:
        known = {a.name: bool(a.duedate or a.submissions) for a in gradebook.assignments}
    if not known:
        raise CourseError("The gradebook knows no lab yet: python -m course release NN_name")
    submitted = layout.ROOT / "grading" / "submitted"
    labs = [
        lab
        for lab in layout.find_labs(None)
        if lab.name in known and (known[lab.name] or any(submitted.glob(f"*/{lab.name}")))
    ]
    if not labs:
        raise CourseError("No lab has a due date or a submission yet. Name those that you mean.")
    return labs


def marks_of(labs: list[Lab], students: Iterable[Student], db: str | None = None) -> Marks:
    """What the gradebook and the folder of submissions say of each student and lab.

    Raises:
        CourseError: the gradebook cannot be opened or does not know a lab.
    """
    with open_gradebook(load_config(layout.ROOT, db)) as gradebook:
        try:
            most = {lab.name: gradebook.find_assignment(lab.name).max_score for lab in labs}
        except MissingEntry:
            names = " ".join(lab.name for lab in labs)
            raise CourseError(
                f"The gradebook does not know all of {names}. Release them first: python -m course release {names}"
            ) from None
        rule = late_rule()
        of = {
            student.id: {lab.name: _mark(gradebook, lab, student.id, rule) for lab in labs}
            for student in students
        }
        gradebook.db.commit()
    return Marks(most, of)


def _mark(gradebook: Gradebook, lab: Lab, student: str, rule: LateRule) -> Mark:
    path = lab.submitted(student)
    try:
        submission = gradebook.find_submission(lab.name, student)
    except MissingEntry:
        submission = None
    if submission is None or awaits_grading(path):
        return Mark(FAILED if path.exists() else ABSENT)
    late = submission.total_seconds_late
    points = renew_penalties(submission, rule)
    if submission.needs_manual_grade:
        return Mark(OPEN, points, late)
    untouched = submission.score == 0 and path.exists() and _untouched(path, lab)
    return Mark(UNTOUCHED if untouched else GRADED, points, late)


def _untouched(path: Path, lab: Lab) -> bool:
    """Whether each cell for an answer is still there as it came; a newer release may have changed the others."""
    try:
        mine, given = (
            json.loads(p.read_text(encoding="utf-8"))["cells"] for p in (path, lab.released)
        )
        left = Counter(plain_text("".join(cell["source"])) for cell in mine)
        stubs = Counter(
            plain_text("".join(cell["source"]))
            for cell in given
            if cell["metadata"].get("nbgrader", {}).get("solution")
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False
    return stubs <= left


def write_grades(
    labs: list[Lab], form: str, out: Path, export: Path | None = None, db: str | None = None
) -> list[str]:
    """Writes the marks of all students of the gradebook.

    Args:
        labs: released.
        form: `csv` for people and spreadsheets; `moodle`, `canvas` and `gradescope` have the columns by which these
            know their students. All but `canvas`, which would make an assignment of it, have the status of each mark.
        out: the file.
        export: for Canvas, its own export of the gradebook, whose students and columns are filled.
        db: the address of the gradebook, if it is another one than in nbgrader_config.py.

    Returns:
        A line for each lab, with how many have each status and who could not be graded, and for each student of the
            export whom the gradebook lacks.

    Raises:
        CourseError: no student or no lab is known, or the export is missing or lacks a column.
    """
    students = students_known(db)
    if not students:
        raise CourseError(
            "The gradebook knows no students: python -m course roster LIST.csv, or grade something first."
        )
    marks = marks_of(labs, students, db)
    missing: list[str] = []
    if form == "canvas":
        rows, missing = _canvas(labs, students, marks, export)
    elif form == "csv":
        rows = _csv(labs, students, marks)
    else:
        rows = _known_by(form, labs, students, marks)
    with atomic_write(out) as part, part.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    told = []
    for lab in labs:
        whose: dict[str, list[str]] = {}
        for student in students:
            whose.setdefault(str(marks.of[student.id][lab.name]), []).append(student.id)
        counts = (
            f"{len(ids)} {status}" + (f" ({', '.join(ids)})" if status == FAILED else "")
            for status, ids in sorted(whose.items())
        )
        told.append(f"{lab.name}: " + ", ".join(counts))
    return told + missing


def _csv(labs: list[Lab], students: list[Student], marks: Marks) -> list[list[str]]:
    head = ["student_id", "last_name", "first_name", "email"]
    for lab in labs:
        head += [f"{lab.name} (of {marks.most[lab.name]:g})", f"{lab.name} status"]
    rows = [head]
    for s in students:
        row = [s.id, s.last_name, s.first_name, s.email]
        for lab in labs:
            mark = marks.of[s.id][lab.name]
            row += [mark.number(), str(mark)]
        rows.append(row)
    return rows


def _known_by(form: str, labs: list[Lab], students: list[Student], marks: Marks) -> list[list[str]]:
    """Points and status of each lab, behind the columns by which a system knows its students."""
    columns, none = COLUMNS[form], NO_GRADE.get(form, "")
    rows = [[*columns, *(heading for lab in labs for heading in (lab.name, f"{lab.name} status"))]]
    for s in students:
        row = [getattr(s, field) for field in columns.values()]
        for lab in labs:
            mark = marks.of[s.id][lab.name]
            row += [mark.number(none), str(mark)]
        rows.append(row)
    return rows


def _canvas(
    labs: list[Lab], students: list[Student], marks: Marks, export: Path | None
) -> tuple[list[list[str]], list[str]]:
    """Canvas's own export with these labs' columns alone, and a line for each of its students who is unknown here.

    A column of the export that has a lab's name, as in `01_backprop (8112)`, is filled; a lab without one gets a new
    column, of which Canvas makes an assignment.
    """
    if export is None:
        raise CourseError(
            "Canvas reads its own rows alone: export its gradebook (Grades → Export) and name that file: --export FILE"
        )
    headings, table = read_table(export)
    known = columns_of(headings)
    if "full_name" not in known or not {"id", "lms_user_id"} & known.keys():
        raise CourseError(
            f"{export} is no export of Canvas's gradebook: it has {', '.join(headings[:6])}."
        )
    people = [
        h for h in ("Student", "ID", "SIS User ID", "SIS Login ID", "Section") if h in headings
    ]
    named = {
        lab.name: next((h for h in headings if plain(h).startswith(plain(lab.name))), lab.name)
        for lab in labs
    }
    by_id = {s.id: s.id for s in students} | {
        s.lms_user_id: s.id for s in students if s.lms_user_id
    }
    rows, missing = [[*people, *named.values()]], []
    for row in table:
        if row[known["full_name"]].strip() == "Points Possible":
            most = [f"{marks.most[lab.name]:g}" for lab in labs]
            rows.append(["    Points Possible", *(row[h] for h in people[1:]), *most])
            continue
        ids = (row[known[what]] for what in ("lms_user_id", "id") if what in known)
        student = next((by_id[i] for i in ids if i in by_id), None)
        if student is None:
            missing.append(f"{row[known['full_name']]} is not in the gradebook: no mark.")
        of = marks.of.get(student or "", {})
        numbers = [of[lab.name].number() if of else "" for lab in labs]
        rows.append([*(row[h] for h in people), *numbers])
    return rows, missing
