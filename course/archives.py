"""What an archive of submissions holds: whose each file is, and when it came, from the names that each system gives."""

import contextlib
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path, PurePosixPath
from zoneinfo import ZoneInfo

import yaml

from course.layout import CourseError

LARGEST = 200 * 2**20  # bytes of one file in an archive: a larger one is no notebook
JUNK = re.compile(r"(^|/)(__MACOSX|\.ipynb_checkpoints|__pycache__)(/|$)|(^|/)\.")
METADATA = "submission_metadata.yml"


class System(StrEnum):
    """Whose names the files of an archive have."""

    moodle = "moodle"
    canvas = "canvas"
    gradescope = "gradescope"
    folder = "folder"


# The path of a file in an archive → who handed it in, and what it was called. As the systems write them:
#   Moodle      Ana Maria Díaz_4711_assignsubmission_file_/01_backprop.ipynb, or no / before the file
#   Canvas      diazanamaria_LATE_4711_81234_01_backprop-1.ipynb: name, id of the user and of the submission, attempt
#   Gradescope  submission_4711/01_backprop.ipynb, with a list of who is who beside the folders
#   folder      s01/01_backprop.ipynb or s01/01_backprop/01_backprop.ipynb; s01_01_backprop.ipynb
PATTERNS = {
    System.moodle: re.compile(
        r"(?:.*/)?(?P<name>[^/]+?)_(?P<number>\d+)_assignsubmission_file_?/?(?P<file>.+)"
    ),
    System.canvas: re.compile(
        r"(?:.*/)?(?P<name>[^/_]+)_(?P<late>LATE_)?(?P<user>\d+)_(?P<number>\d+)_(?P<file>[^/]+)"
    ),
    System.gradescope: re.compile(r"(?:.*/)?submission_(?P<number>\d+)/(?P<file>.+)"),
}
ATTEMPT = re.compile(r"[-_ ]?\(?(\d{1,2})\)?$")  # 01_backprop-1, 01_backprop (2)


@dataclass(frozen=True)
class File:
    """A file of an archive, and what its name says of it."""

    path: str  # within the archive
    content: bytes
    name: str  # as its student called it
    ids: tuple[str, ...] = ()  # what the system knows the student by, best first
    full_name: str = ""
    number: str = ""  # tells apart two students of one name
    handed_in: datetime | None = None
    attempt: int = 0


def files_of(
    archive: Path,
    system: System | None = None,
    pattern: str | None = None,
    zone: ZoneInfo | None = None,
) -> list[File]:
    """The files of a zip file or a folder; archives in it that students handed in are opened, too.

    Args:
        archive: as it was downloaded.
        system: whose names the files have; None to find out from them.
        pattern: in place of a system, a regular expression with the groups student_id and, if there is one, file_id and
            timestamp, as for nbgrader's zip_collect.
        zone: of the times in a zip file and in its names, which have none of their own; by default this machine's.

    Raises:
        CourseError: the archive cannot be read, the pattern is wrong, or the names are of no known system or time.
    """
    entries = list(_entries(archive, zone))
    if not entries:
        raise CourseError(f"{archive} holds no files.")
    if pattern:
        return _by_pattern(entries, pattern, zone)
    system = system or _guess(archive, [path for path, _, _ in entries])
    people = _gradescope_people(entries) if system is System.gradescope else {}
    files = []
    for path, content, modified in entries:
        file = _parsed(path, content, modified, system, people)
        if file is not None:
            files += _opened(file)
    return files


def _entries(archive: Path, zone: ZoneInfo | None) -> Iterator[tuple[str, bytes, datetime | None]]:
    """Path, content and time of each file."""
    try:
        if archive.is_dir():
            for path in sorted(archive.rglob("*")):
                name = path.relative_to(archive).as_posix()
                if path.is_file() and not JUNK.search(name):
                    modified = datetime.fromtimestamp(path.stat().st_mtime, UTC)
                    yield name, path.read_bytes(), modified
        else:
            with zipfile.ZipFile(archive) as file:
                yield from _zipped(file, zone)
    except (OSError, zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise CourseError(f"{archive} cannot be read as a zip file or a folder: {error}.") from None


def _zipped(
    file: zipfile.ZipFile, zone: ZoneInfo | None
) -> Iterator[tuple[str, bytes, datetime | None]]:
    """The same of a zip file, whose times are those of the clock where it was made."""
    for info in sorted(file.infolist(), key=lambda info: info.filename):
        name = _name_in_zip(info)
        if info.is_dir() or JUNK.search(name) or info.file_size > LARGEST:
            continue
        try:
            modified = datetime(*info.date_time, tzinfo=zone).astimezone(UTC)
        except ValueError:  # a date of zeros
            modified = None
        yield name, file.read(info), modified if info.date_time[0] > 1980 else None


def _name_in_zip(info: zipfile.ZipInfo) -> str:
    """A name in UTF-8 that is not marked as such, as many programs write them, is read right."""
    name = info.filename
    if not info.flag_bits & 0x800:
        with contextlib.suppress(UnicodeError):
            name = name.encode("cp437").decode("utf-8")
    return name.replace("\\", "/").lstrip("/")


def _guess(archive: Path, paths: list[str]) -> System:
    if any(PurePosixPath(path).name == METADATA for path in paths):
        return System.gradescope
    for system in (System.moodle, System.canvas):
        if sum(bool(PATTERNS[system].fullmatch(path)) for path in paths) > len(paths) / 2:
            return system
    if all("/" in path for path in paths if path.endswith(".ipynb")):
        return System.folder
    raise CourseError(
        f"{archive}: {paths[0]} and the like are names of no system that is known here. Say --from moodle, canvas, "
        "gradescope or folder, or give a pattern: --from '(?P<student_id>[^_]+)_.*'"
    )


def _parsed(
    path: str,
    content: bytes,
    modified: datetime | None,
    system: System,
    people: dict[str, tuple[tuple[str, ...], str, datetime | None]],
) -> File | None:
    """What the name of a file says; None where it says nothing."""
    if system is System.folder:
        student, *rest = PurePosixPath(path).parts
        if not rest:
            return None
        return File(path, content, rest[-1], (student,), student, handed_in=modified)
    found = PATTERNS[system].fullmatch(path)
    if found is None:
        return None
    name, number = PurePosixPath(found["file"]).name, found["number"]
    if system is System.moodle:
        return File(path, content, name, (), found["name"], number, modified)
    if system is System.canvas:
        user, attempt = found["user"], ATTEMPT.search(PurePosixPath(name).stem)
        times = int(attempt[1]) if attempt else 0
        return File(path, content, name, (user,), found["name"], user, modified, times)
    ids, full_name, handed_in = people.get(number, ((), "", None))
    return File(path, content, name, ids, full_name, number, handed_in or modified)


def _gradescope_people(
    entries: list[tuple[str, bytes, datetime | None]],
) -> dict[str, tuple[tuple[str, ...], str, datetime | None]]:
    """The number of a submission → ids, name and time, from the list that Gradescope puts into its export.

    Raises:
        CourseError: the list is missing or cannot be read.
    """
    content = next((c for path, c, _ in entries if PurePosixPath(path).name == METADATA), None)
    if content is None:
        raise CourseError(f"An export of Gradescope has a file {METADATA}; this one lacks it.")
    people = {}
    try:
        for name, about in yaml.safe_load(content).items():
            submitter = about[":submitters"][0]
            ids = tuple(str(submitter[key]) for key in (":sid", ":email") if submitter.get(key))
            came = about.get(":created_at")
            if isinstance(came, datetime):
                came = came if came.tzinfo else came.replace(tzinfo=UTC)
            elif came is not None:
                raise TypeError(f"{came!r} is no time")
            number = str(name).rpartition("_")[2]
            people[number] = (ids, str(submitter.get(":name", "")), came)
    except (yaml.YAMLError, AttributeError, KeyError, IndexError, TypeError) as error:
        raise CourseError(f"{METADATA} cannot be read: {type(error).__name__} {error}.") from None
    return people


def _by_pattern(
    entries: list[tuple[str, bytes, datetime | None]], pattern: str, zone: ZoneInfo | None
) -> list[File]:
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise CourseError(f"--from {pattern}: no regular expression ({error}).") from None
    if "student_id" not in compiled.groupindex:
        raise CourseError(f"--from {pattern}: it needs a group (?P<student_id>...).")
    files = []
    for path, content, modified in entries:
        if not (found := compiled.match(path)):
            continue
        groups = found.groupdict()
        name, stamp = PurePosixPath(path).name, groups.get("timestamp")
        when = _time(stamp, zone) if stamp else modified
        files.append(File(path, content, name, (groups["student_id"],), handed_in=when))
    return files


def _time(stamp: str, zone: ZoneInfo | None) -> datetime:
    """A time as in 2027-03-01-15-00-00 or 20270301150000, in a zone or on the clock of this machine.

    Raises:
        CourseError: it is no such time: that of the file, taken in its place, might be another.
    """
    digits = re.sub(r"\D", "", stamp)
    try:
        when = datetime.strptime(digits[:14].ljust(14, "0"), "%Y%m%d%H%M%S")
    except ValueError:
        raise CourseError(
            f"The timestamp {stamp!r} is no time as in 2027-03-01-15-00-00, year first: leave the group timestamp out "
            "of the pattern, and the times of the files count."
        ) from None
    return when.replace(tzinfo=zone).astimezone(UTC)


def _opened(file: File) -> list[File]:
    """The file itself, or what it holds if it is a zip file."""
    if not file.name.lower().endswith(".zip"):
        return [file]
    try:
        with zipfile.ZipFile(io.BytesIO(file.content)) as inner:
            inside = [(path, content) for path, content, _ in _zipped(inner, None)]
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError):
        return [file]
    return [
        replace(file, path=f"{file.path}/{path}", content=content, name=PurePosixPath(path).name)
        for path, content in inside
    ]
