"""Puts the submissions in an archive where nbgrader looks for them, and says what became of each file."""

import json
import logging
import re
import shutil
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from nbgrader.apps import ZipCollectApp
from nbgrader.coursedir import CourseDirectory
from nbgrader.plugins.zipcollect import FileNameCollectorPlugin
from nbgrader.utils import parse_utc

from course import layout
from course.archives import File
from course.grade import NOTEBOOK
from course.grading.recognize import names_of
from course.layout import CourseError, Lab
from course.nbgrader_api import load_config
from course.roster import FORBIDDEN, Student, plain, students_known

COLLECTED, OLDER, SAME = "collected", "older, kept in the archive", "the same as collected before"
OTHER, NOBODY, SEVERAL = "no notebook of this lab", "nobody in the roster", "several in the roster"
BROKEN = "collected, but it is cut off or no notebook: ask the student for it"
BAD = (NOBODY, SEVERAL, BROKEN)
EARLIEST = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Outcome:
    """What became of one file."""

    file: File
    student: str  # the id, or the name that nobody has
    what: str

    def __str__(self) -> str:
        when = f", {self.file.handed_in:%Y-%m-%d %H:%M} UTC" if self.file.handed_in else ""
        return f"{self.student}  {self.what}  {self.file.path}{when}"


class Chosen(FileNameCollectorPlugin):
    """Tells nbgrader's zip_collect whose a file is: what was chosen here, and nothing else."""

    files: dict[str, dict[str, str]] = {}  # noqa: RUF012

    def collect(self, submitted_file: str) -> dict[str, str] | None:
        return self.files.get(submitted_file)


def collect(lab: Lab, archive: Path, files: list[File], db: str | None = None) -> list[Outcome]:
    """Collects the newest notebook of each student; the archive's other files are kept beside it.

    All files of the archive are unpacked to grading/downloaded/LAB/extracted/ARCHIVE. A student's notebook is that of
    the lab whatever its name, if its cells are; the newest counts. One that was collected before is replaced if the
    new one is newer. Where the gradebook has students with names, each file must be one's of them.

    Returns:
        What became of each file.

    Raises:
        CourseError: the lab is not released, no file is a notebook of it, or nbgrader could not copy a file.
    """
    ids = _cell_ids(lab)
    known = students_known(db)
    owners = _owners(files, known)
    outcomes, chosen = [], {}
    by_student = defaultdict(list)
    for file in files:
        student, problem = owners[file.path]
        if not (NOTEBOOK.fullmatch(file.name) and _is_of(file, lab, ids)):
            outcomes.append(Outcome(file, student, OTHER))
        elif problem:
            outcomes.append(Outcome(file, student, problem))
        else:
            by_student[student].append(file)
    for student, candidates in by_student.items():
        newest = max(
            candidates, key=lambda file: (file.handed_in or EARLIEST, file.attempt, file.path)
        )
        outcomes += [Outcome(file, student, OLDER) for file in candidates if file is not newest]
        what = _against_collected(lab, student, newest)
        if what == COLLECTED:
            chosen[student] = newest
            what = COLLECTED if _cells(newest) is not None else BROKEN
        outcomes.append(Outcome(newest, student, what))
    if all(outcome.what == OTHER for outcome in outcomes):
        raise CourseError(f"{archive} holds no notebook of {lab.name}{_of_others(files)}.")
    _transfer(lab, archive, files, chosen, db)
    return sorted(outcomes, key=lambda outcome: (outcome.student.casefold(), outcome.file.path))


def _cell_ids(lab: Lab) -> set[str]:
    """What the graded cells of a lab are known by."""
    try:
        cells = json.loads(lab.released.read_text(encoding="utf-8"))["cells"]
    except OSError:
        raise CourseError(
            f"{lab.name} is not released yet: python -m course release {lab.name}"
        ) from None
    marks = (cell["metadata"].get("nbgrader", {}) for cell in cells)
    return {mark["grade_id"] for mark in marks if mark.get("grade") or mark.get("solution")}


def _is_of(file: File, lab: Lab, ids: set[str]) -> bool:
    """Whether a notebook is one of a lab: by its cells, or, if they lost their names, by its own."""
    named = plain(lab.name) in plain(file.name)
    found = _cells(file)
    if found is None:
        return named
    return len(found & ids) > len(ids) / 2 or (named and not found & ids)


def _cells(file: File) -> set[str] | None:
    """What the cells of a notebook are known by; None if it cannot be read."""
    try:
        cells = json.loads(file.content)["cells"]
        return {name for cell in cells for name in names_of(cell)}
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _of_others(files: list[File]) -> str:
    """Of which other labs some notebooks are."""
    known = {lab: _cell_ids(lab) for lab in layout.find_labs() if lab.released.exists()}
    notebooks = [file for file in files if NOTEBOOK.fullmatch(file.name)]
    others = [
        lab.name for lab, ids in known.items() if any(_is_of(file, lab, ids) for file in notebooks)
    ]
    return f"; there are some of {', '.join(others)}" if others else ""


def _owners(files: list[File], known: list[Student]) -> dict[str, tuple[str, str]]:
    """The path of a file → its student, and what is wrong if it has none."""
    if not any(student.first_name or student.last_name or student.email for student in known):
        return _invented(files)
    by_key = defaultdict(set)
    for student in known:
        for key in _keys(student):
            by_key[key].add(student.id)
    owners = {}
    for file in files:
        who = file.full_name or (file.ids[0] if file.ids else file.number)
        found: set[str] = set()
        for key in (*map(plain, file.ids), *_name_keys(file.full_name)):
            found = by_key.get(key, set())
            if found:
                break
        if len(found) == 1:
            owners[file.path] = (next(iter(found)), "")
        elif found:
            owners[file.path] = (who, f"{SEVERAL}: {', '.join(sorted(found))}")
        else:
            owners[file.path] = (who, NOBODY)
    return owners


def _keys(student: Student) -> set[str]:
    """All that a student may be known by."""
    turned = f"{student.last_name} {student.first_name}"
    addresses = {student.email, student.email.partition("@")[0]}
    keys = {plain(key) for key in (student.id, student.lms_user_id, turned, *addresses)}
    return (keys | _name_keys(f"{student.first_name} {student.last_name}")) - {""}


def _name_keys(name: str) -> set[str]:
    """A name as one word, and with its parts in alphabetical order: systems disagree on what stands first."""
    parts = re.split(r"[\s,]+", name)
    return {plain(name), " ".join(sorted(filter(None, map(plain, parts))))} - {""}


def _invented(files: list[File]) -> dict[str, tuple[str, str]]:
    """Without a roster, a student's id is what the system gives, or the name in letters that a folder may have."""
    numbers = defaultdict(set)
    for file in files:
        numbers[file.full_name].add(file.number)
    owners = {}
    for file in files:
        if file.ids and not file.full_name:
            student = file.ids[0]
        else:
            student = FORBIDDEN.sub("_", file.full_name.strip()) or (*file.ids, file.number)[0]
            if len(numbers[file.full_name]) > 1:
                student = f"{student}_{file.number}"
        owners[file.path] = (FORBIDDEN.sub("_", student), "")
    return owners


def _against_collected(lab: Lab, student: str, file: File) -> str:
    """Whether a file takes the place of what was collected from this student before."""
    folder = layout.ROOT / "grading" / "submitted" / student / lab.name
    before = folder / f"{lab.name}.ipynb"
    if not before.exists():
        return COLLECTED
    if before.read_bytes() == file.content:
        return SAME
    try:
        stamp = parse_utc((folder / "timestamp.txt").read_text().strip()).replace(tzinfo=UTC)
    except (OSError, ValueError):
        return COLLECTED
    return COLLECTED if file.handed_in is None or file.handed_in > stamp else OLDER


def _transfer(
    lab: Lab, archive: Path, files: list[File], chosen: dict[str, File], db: str | None
) -> None:
    """Unpacks all files, and has nbgrader copy those that were chosen."""
    folder = layout.ROOT / "grading" / "downloaded" / lab.name / "extracted" / archive.stem
    _unpack(files, folder)
    Chosen.files = {}
    for student, file in chosen.items():
        info = {"student_id": student, "file_id": lab.name}
        if file.handed_in:
            info["timestamp"] = file.handed_in.isoformat()
        Chosen.files[str(folder / _place(file))] = info
    config = load_config(layout.ROOT, db)
    config.CourseDirectory.assignment_id = lab.name
    config.ZipCollectApp.downloaded_directory = "grading/downloaded"
    config.ZipCollectApp.collector_plugin = Chosen
    config.ZipCollectApp.force = True
    config.ZipCollectApp.log_level = logging.ERROR
    app = ZipCollectApp(config=config)
    app.coursedir = CourseDirectory(parent=app)
    app.init_plugins()
    app.process_extracted_files()


def _unpack(files: list[File], folder: Path) -> None:
    """Writes the files of an archive below a folder, in place of what is there."""
    part = folder.with_name(f"{folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    for file in files:
        place = part / _place(file)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(file.content)
    shutil.rmtree(folder, ignore_errors=True)
    part.rename(folder)


def _place(file: File) -> Path:
    """Where a file of an archive lies when it is unpacked: no step leads out, and zip_collect takes notebooks alone."""
    steps = [FORBIDDEN.sub("_", step) for step in file.path.split("/") if step.strip(". ")]
    place = Path(*steps)
    if NOTEBOOK.fullmatch(place.name):
        place = place.with_name(f"{place.name.split('.ipynb')[0]}.ipynb")
    return place
