"""Due dates mean the same moment to everyone, and marks follow today's dates and rule."""

import csv
from datetime import UTC, datetime

import pytest
from nbgrader.api import Gradebook

from course.deadlines import moment
from course.layout import CourseError


def test_a_moment_is_in_utc_whatever_its_offset():
    eleven = datetime(2027, 3, 1, 22, 59, tzinfo=UTC)
    assert moment("2027-03-01T23:59+01:00") == eleven
    assert moment("2027-03-01 23:59", "Europe/Berlin") == eleven
    assert moment("2027-07-01 23:59", "Europe/Berlin").hour == 21  # summer time
    assert moment("2027-03-01T22:59Z", "Europe/Berlin") == eleven
    assert moment("2027-03-01 23:59") == datetime(2027, 3, 1, 23, 59).astimezone(UTC)


@pytest.mark.parametrize(
    "text",
    [
        "Dienstag, 1. Dezember 2026, 14:05",
        "1. Dezember 2026, 14:05",
        "Di, 1. Dez. 2026, 14:05",
        "01.12.2026 14:05",
        "1.12.2026, 14:05",
        "mardi 1 décembre 2026, 14:05",
        "Tuesday, 1 December 2026, 2:05 PM",
        "Tue, 1 Dec 2026, 02:05 pm",
    ],
)
def test_a_time_is_taken_as_moodle_shows_it(text):
    assert moment(text, "Europe/Berlin") == datetime(2026, 12, 1, 13, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    "names",
    [
        "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec",
        "Jan Feb März Apr Mai Juni Juli Aug Sept Okt Nov Dez",
        "janv févr mars avr mai juin juil août sept oct nov déc",
    ],
)
def test_a_month_may_be_cut_short(names):
    months = [moment(f"15. {name}. 2027, 12:00").month for name in names.split()]
    assert months == list(range(1, 13))


@pytest.mark.parametrize(
    ("text", "zone", "words"),
    [
        ("tomorrow", None, "'tomorrow' is no time: write 2027-03-01 23:59"),
        ("2027-03-01", None, "is no time"),
        ("03/01/2027 23:59", None, "does not say which is the year, the month and the day: write"),
        ("01.03.27 23:59", None, "does not say which is the year, the month and the day: write"),
        ("01.03.2027", None, "is no time"),
        ("31.02.2027 23:59", None, "is no time"),
        ("1. Jui 2027, 12:00", None, "is no time"),
        ("1. March 2027, 13:00 PM", None, "is no time"),
        ("2027-03-01 23:59", "Berlin", "There is no time zone 'Berlin'; one is Europe/Berlin"),
    ],
)
def test_what_is_no_moment_is_refused(text, zone, words):
    with pytest.raises(CourseError, match=words):
        moment(text, zone)


def marks_in(course) -> dict[str, tuple[str, str]]:
    out = course.root / "g.csv"
    course.run("grades", "--out", str(out))
    with out.open(encoding="utf-8", newline="") as file:
        return {row[0]: (row[4], row[5]) for row in csv.reader(file)}


def test_marks_follow_due_date_extension_and_rule(marks):
    for student, stamp in (
        ("ann", "2027-03-01 22:00:00"),
        ("cleo", "2027-03-03 10:00:00"),
        ("eve", "2027-03-03 10:00:00"),
    ):
        marks.submitted(student, "90_marks").with_name("timestamp.txt").write_text(f"{stamp} UTC")
    settings = marks.root / "nbgrader_config.py"
    settings.write_text(settings.read_text().replace("share_per_day = 0.0", "share_per_day = 0.25"))
    said = marks.run("due", "90_marks", "2027-03-01T23:59+01:00")
    assert said == "90_marks: due 2027-03-01 22:59 UTC\n"
    assert "zoe" in marks.run("due", "90_marks", "2027-03-04T00:00Z", "--student", "zoe", code=1)
    marks.run("grade", *[a for s in ("ann", "cleo", "eve") for a in ("--student", s)], "90_marks")
    assert marks_in(marks) == {
        "student_id": ("90_marks (of 5)", "90_marks status"),
        "ann": ("5", "graded"),
        "cleo": ("1", "graded; late"),
        "eve": ("2", "graded; late"),
    }
    before = "2027-03-01 12:00 UTC is not after 2027-03-01 22:59 UTC."
    assert before in marks.run("due", "90_marks", "2027-03-01T12:00Z", "--student", "eve", code=1)
    marks.run("due", "90_marks", "2027-03-02T12:00Z", "--student", "eve")
    assert marks_in(marks)["eve"] == ("3", "graded; late")
    with Gradebook(marks.gradebook) as gradebook:
        assert gradebook.find_submission("90_marks", "eve").late_submission_penalty == 1.0
    marks.run("due", "90_marks", "none", "--student", "eve")
    assert marks_in(marks)["eve"] == ("2", "graded; late")
    assert marks.run("due", "90_marks", "none") == "90_marks: not due\n"
    assert marks_in(marks)["cleo"] == ("2", "graded")
    said = marks.run("due", "90_marks", "2027-03-02T12:00Z", "--student", "eve", code=1)
    assert "no due date that could be extended" in said


def test_an_extension_before_anything_is_handed_in_is_kept(marks):
    marks.run("due", "90_marks", "2027-03-01T12:00Z")
    with Gradebook(marks.gradebook) as gradebook:
        gradebook.add_student("ann")
    marks.run("due", "90_marks", "2027-03-05T12:00Z", "--student", "ann")
    marks.submitted("ann", "90_marks").with_name("timestamp.txt").write_text(
        "2027-03-05 11:00:00 UTC"
    )
    marks.run("grade", "90_marks", "--student", "ann")
    assert marks_in(marks)["ann"] == ("5", "graded")
