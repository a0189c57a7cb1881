"""Who is in the class: the list that a university's system gives, whatever it calls its columns, into the gradebook."""

import csv
import io
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from nbgrader.api import Student as Row

from course import layout
from course.layout import CourseError
from course.nbgrader_api import load_config, open_gradebook

# What a column holds → the names it has in exports of Moodle, Canvas, Gradescope and registrars, without case, accents,
# spaces and signs. The first that a list has is taken.
COLUMNS = {
    "id": (
        *(
            "studentid",
            "username",
            "sisloginid",
            "login",
            "loginid",
            "netid",
            "orgdefinedid",
            "sid",
        ),
        *("sisuserid", "idnumber", "studentnumber", "matriculationnumber", "matrikelnummer"),
        *("matriculenumber", "numeroetudiant", "numerodidentification", "id"),
    ),
    "first_name": ("firstname", "givenname", "vorname", "prenom", "nombre", "nome"),
    "last_name": ("lastname", "surname", "familyname", "nachname", "nom", "apellidos", "cognome"),
    "full_name": ("student", "name", "fullname", "displayname", "studentname", "nomcomplet"),
    "email": ("email", "emailaddress", "mail", "adressedecourriel", "courriel", "emailadresse"),
    "lms_user_id": ("lmsuserid", "canvasid", "canvasuserid"),
}
SIS = {"sisloginid", "sisuserid"}  # beside these, Canvas calls its own number "ID"
FORBIDDEN = re.compile(
    r"[\s/\\+:*?\"<>|]"
)  # a student's id names a folder, and nbgrader keeps "+" for itself


@dataclass(frozen=True)
class Student:
    """One member of a class. `lms_user_id` is the number that the system gave, where it is not the id."""

    id: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    lms_user_id: str = ""

    def __str__(self) -> str:
        name = f"{self.first_name} {self.last_name}".strip()
        return f"{self.id} ({name})" if name else self.id


def plain(text: str) -> str:
    """Letters and digits alone, without case and accents: what names and headings are compared by."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in decomposed if c.isalnum())


def read_table(path: Path) -> tuple[list[str], list[dict[str, str]]]:
    """The headings and rows of a CSV file with commas, semicolons or tabs, in UTF-8 or as Excel writes it.

    Raises:
        CourseError: the file cannot be read, or has no row.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise CourseError(f"{path} cannot be read: {error.strerror}.") from None
    for encoding in (
        ("utf-8-sig", "utf-16")
        if raw[:2] in (b"\xff\xfe", b"\xfe\xff")
        else ("utf-8-sig", "cp1252")
    ):
        try:
            text = raw.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise CourseError(f"{path} is no text in UTF-8 or Windows-1252: save it as CSV (UTF-8).")
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, restval="")
    headings = [heading.strip() for heading in reader.fieldnames or []]
    reader.fieldnames = headings
    rows = [{k: (v or "").strip() for k, v in row.items() if k is not None} for row in reader]
    if not rows:
        raise CourseError(f"{path} has no row below its headings.")
    return headings, rows


def columns_of(headings: list[str]) -> dict[str, str]:
    """What is known about a student → the heading of its column."""
    by_name = {plain(heading): heading for heading in reversed(headings)}
    canvas = bool(SIS & by_name.keys())
    found = {}
    for what, names in COLUMNS.items():
        name = next((n for n in names if n in by_name and not (canvas and n == "id")), None)
        if name is not None:
            found[what] = by_name[name]
    if canvas and "id" in by_name:
        found["lms_user_id"] = by_name["id"]
    return found


def read_roster(path: Path) -> list[Student]:
    """The students of a list. Without a column of ids, the part of an address before the @ is one.

    Raises:
        CourseError: the file cannot be read, no column tells who a student is, an id cannot name a folder, or two
            students have the same.
    """
    headings, rows = read_table(path)
    columns = columns_of(headings)
    if "id" not in columns and "email" not in columns:
        known = "Username, SIS Login ID, SID, ID number, Student ID, or Email"
        raise CourseError(
            f"{path}: no column says who a student is. It has {', '.join(headings)}; one must be {known}."
        )
    students: dict[str, Student] = {}
    for number, row in enumerate(rows, 2):
        values = {what: row[heading] for what, heading in columns.items()}
        email = values.get("email", "")
        student_id = values.get("id") or email.partition("@")[0]
        if not student_id:  # as in Canvas's row of possible points, and for its test student
            continue
        if FORBIDDEN.search(student_id) or student_id.startswith("."):
            raise CourseError(
                f"{path}, line {number}: {student_id!r} cannot name a folder. Let another column be the id."
            )
        first, last = values.get("first_name", ""), values.get("last_name", "")
        if "full_name" in values and not (first or last):
            first, last = _parted(values["full_name"])
        student = Student(student_id, first, last, email, values.get("lms_user_id", ""))
        if students.setdefault(student_id, student) != student:
            raise CourseError(
                f"{path}, line {number}: {student} and {students[student_id]} have the same id."
            )
    if not students:
        raise CourseError(f"{path}: no row has a {columns.get('id', columns.get('email'))}.")
    return list(students.values())


def _parted(name: str) -> tuple[str, str]:
    """First and last name of "Last, First" or "First Last"; of more than two words, the last is the last name."""
    if "," in name:
        last, _, first = name.partition(",")
        return first.strip(), last.strip()
    first, _, last = name.rpartition(" ")
    return first.strip(), last.strip()


def fill_gradebook(students: list[Student], db: str | None = None) -> dict[str, int]:
    """Puts students into the gradebook; those whom the list lacks stay.

    Returns:
        How many are new, changed, and not in the list.

    Raises:
        CourseError: the gradebook cannot be opened.
    """
    counts = {"new": 0, "changed": 0, "not in the list": 0}
    with open_gradebook(load_config(layout.ROOT, db)) as gradebook:
        known = {row.id: row for row in gradebook.students}
        for student in students:
            values = {k: v for k, v in vars(student).items() if v and k != "id"}
            old = known.pop(student.id, None)
            if old is None:
                counts["new"] += 1
            elif any(getattr(old, name) != value for name, value in values.items()):
                counts["changed"] += 1
            gradebook.update_or_create_student(student.id, **values)
        counts["not in the list"] = len(known)
    return counts


def students_known(db: str | None = None) -> list[Student]:
    """The students of the gradebook, in the order of their ids."""
    with open_gradebook(load_config(layout.ROOT, db)) as gradebook:
        return sorted((_student(row) for row in gradebook.students), key=lambda student: student.id)


def _student(row: Row) -> Student:
    return Student(
        row.id, row.first_name or "", row.last_name or "", row.email or "", row.lms_user_id or ""
    )
