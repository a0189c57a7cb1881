"""Until when a lab is to be handed in, by all and by single students, and what coming late costs."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from nbgrader.api import Assignment, Gradebook, MissingEntry, SubmittedAssignment

from course import layout
from course.grading.late import LateRule
from course.layout import CourseError, Lab
from course.nbgrader_api import load_config, open_gradebook
from course.roster import plain

# As Moodle shows a time in English, German and French: Dienstag, 1. Dezember 2026, 14:05, in short 01.12.2026 14:05.
SHOWN = re.compile(
    r"(?:[^\W\d]+,? )?(?P<day>\d{1,2})(?:\. ?| )(?P<month>\d{1,2}\.|[^\W\d]+\.?) ?(?P<year>\d{4}),? "
    r"(?P<time>\d{1,2}:\d{2})(?P<half> [AP]M)?",
    re.IGNORECASE,
)
MONTHS = (
    *("january januar janvier", "february februar fevrier", "march marz mars", "april avril"),
    *("may mai", "june juni juin", "july juli juillet", "august aout", "september septembre"),
    *("october oktober octobre", "november novembre", "december dezember decembre"),
)
UNCLEAR = re.compile(r"\d{1,2}[/-]\d{1,2}[/-]\d{2}|\d{1,2}\.\d{1,2}\.\d{2}\b")


def moment(text: str, zone: str | None = None) -> datetime:
    """A time such as 2027-03-01 23:59, in a zone such as Europe/Berlin, or with an offset of its own; in UTC.

    Args:
        text: ISO 8601, with hour and minute, or as Moodle shows it.
        zone: of a time without an offset; by default that of this machine.

    Raises:
        CourseError: it is no such time, or the zone is unknown.
    """
    try:
        when = _shown(text) or datetime.fromisoformat(text)
    except ValueError:
        when = None
    if when is None or len(text) <= len("2027-03-01"):
        wrong = (
            "does not say which is the year, the month and the day"
            if UNCLEAR.match(text)
            else "is no time"
        )
        raise CourseError(
            f"{text!r} {wrong}: write 2027-03-01 23:59, year first, or 2027-03-01T23:59+01:00."
        )
    if when.tzinfo is None and zone:
        when = when.replace(tzinfo=zone_of(zone))
    return when.astimezone(UTC)


def _shown(text: str) -> datetime | None:
    """A time as Moodle shows it; None if it is written in another way.

    Raises:
        ValueError: there is no such day or month.
    """
    found = SHOWN.fullmatch(text.strip())
    if found is None:
        return None
    month = found["month"].rstrip(".")
    if not month.isdecimal():
        name = plain(month)
        (month,) = (
            str(number)
            for number, names in enumerate(MONTHS, 1)
            if len(name) > 2 and any(known.startswith(name) for known in names.split())
        )
    day, half = f"{found['year']}-{month}-{found['day']} {found['time']}", found["half"] or ""
    return datetime.strptime(day + half, "%Y-%m-%d " + ("%I:%M %p" if half else "%H:%M"))


def zone_of(name: str) -> ZoneInfo:
    """A time zone.

    Raises:
        CourseError: there is none of this name.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise CourseError(f"There is no time zone {name!r}; one is Europe/Berlin.") from None


def set_due(lab: Lab, when: datetime | None, db: str | None = None) -> None:
    """Gives a lab a due date in UTC, or takes it away.

    Raises:
        CourseError: the gradebook cannot be opened or does not know the lab.
    """
    with open_gradebook(load_config(layout.ROOT, db)) as gradebook:
        assignment = _assignment(gradebook, lab)
        assignment.duedate = when.replace(tzinfo=None) if when else None
        gradebook.db.commit()


def extend(lab: Lab, student: str, until: datetime | None, db: str | None = None) -> None:
    """Gives one student another due date, in UTC, or the one of the others again.

    Raises:
        CourseError: the gradebook does not know the lab or the student, the lab has no due date, or the new one is not
            later.
    """
    with open_gradebook(load_config(layout.ROOT, db)) as gradebook:
        due = _assignment(gradebook, lab).duedate
        if due is None:
            raise CourseError(
                f"{lab.name} has no due date that could be extended: python -m course due {lab.name} WHEN"
            )
        try:
            gradebook.find_student(student)
        except MissingEntry:
            raise CourseError(f"The gradebook knows no student {student}.") from None
        more = until.replace(tzinfo=None) - due if until else timedelta()
        if until and more <= timedelta():
            raise CourseError(f"{until:%Y-%m-%d %H:%M} UTC is not after {due:%Y-%m-%d %H:%M} UTC.")
        gradebook.update_or_create_submission(lab.name, student)
        gradebook.grant_extension(lab.name, student, minutes=more.total_seconds() / 60)


def _assignment(gradebook: Gradebook, lab: Lab) -> Assignment:
    try:
        return gradebook.find_assignment(lab.name)
    except MissingEntry:
        raise CourseError(
            f"The gradebook does not know {lab.name} yet. Release it first: python -m course release {lab.name}"
        ) from None


def late_rule() -> LateRule:
    """The rule of nbgrader_config.py."""
    return LateRule(config=load_config(layout.ROOT))


def renew_penalties(submission: SubmittedAssignment, rule: LateRule) -> float:
    """Writes what lateness costs by today's due date, rule and points; returns what is left of the points.

    nbgrader sets it when a submission is graded by checks, before a person reads the written answers, and not again
    when a due date changes.
    """
    late = submission.total_seconds_late
    left = 0.0
    for notebook in submission.notebooks:
        penalty = rule.late_submission_penalty(submission.student_id, notebook.score, late)
        notebook.late_submission_penalty = penalty
        left += notebook.score - (penalty or 0.0)
    return left
