"""The lists of each system fill the gradebook, and a list that cannot be used is told why."""

from dataclasses import replace

import pytest
from nbgrader.api import Gradebook

from course import roster
from course.layout import CourseError
from course.roster import Student, read_roster

CANVAS = (
    "Student,ID,SIS User ID,SIS Login ID,Section,Lab 01 (91)\n"
    "    Points Possible,,,,,34\n"
    '"Díaz, Ana María",4711,u1,adiaz,Mon,\n'
    '"Doe, Jo",4712,u2,jdoe,Mon,3\n'
    '"Student, Test",4799,,,Mon,\n'
)
MOODLE = (
    "\ufeffPrénom;Nom;Numéro d'identification;Adresse de courriel\r\n"
    "Ana María;Díaz;adiaz;ana@uni.example\r\nJo;Doe;jdoe;jo@uni.example\r\n"
)
GRADESCOPE = (
    "First Name\tLast Name\tSID\tEmail\tRole\nAna María\tDíaz\tadiaz\tana@uni.example\tStudent\n"
)
ANA = Student("adiaz", "Ana María", "Díaz", "ana@uni.example")
JO = Student("jdoe", "Jo", "Doe", "jo@uni.example")


@pytest.mark.parametrize(
    ("text", "encoding", "students"),
    [
        (CANVAS, "utf-8", [replace(ANA, email="", lms_user_id="4711"), replace(JO, email="", lms_user_id="4712")]),
        (MOODLE, "utf-8", [ANA, JO]),
        (MOODLE.lstrip("\ufeff"), "cp1252", [ANA, JO]),
        (MOODLE.lstrip("\ufeff"), "utf-16", [ANA, JO]),
        (GRADESCOPE, "utf-8", [ANA]),
        ("name,e-mail\nAna María Díaz,adiaz@u.example\n", "utf-8", [replace(ANA, email="adiaz@u.example")]),
        ("id\ns01\n\ns02\n", "utf-8", [Student("s01"), Student("s02")]),
    ],
)  # fmt: skip
def test_the_lists_of_each_system_are_understood(tmp_path, text, encoding, students):
    (tmp_path / "list.csv").write_bytes(text.encode(encoding))
    assert read_roster(tmp_path / "list.csv") == students


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "cannot be read: No such file"),
        (b"", "has no row"),
        (b"id,email\n", "has no row"),
        (b"section,points\nMon,3\n", "no column says who a student is. It has section, points"),
        (b"id\n a b\n", "line 2: 'a b' cannot name a folder"),
        (b"id\n../x\n", "cannot name a folder"),
        (b"id,name\ns01,Ann Li\ns01,Bo Li\n", r"line 3: s01 \(Bo Li\) and s01 \(Ann Li\) have the same id"),
        (b"id,name\n,Ann\n", "no row has a id"),
    ],
)  # fmt: skip
def test_a_list_that_cannot_be_used_is_told_why(tmp_path, content, words):
    if content is not None:
        (tmp_path / "list.csv").write_bytes(content)
    with pytest.raises(CourseError, match=words):
        read_roster(tmp_path / "list.csv")


def test_the_gradebook_has_who_is_listed_and_keeps_the_others(course, tmp_path):
    (tmp_path / "list.csv").write_text(CANVAS, encoding="utf-8")
    (tmp_path / "grading").mkdir()
    with Gradebook(course.gradebook) as gradebook:
        gradebook.add_student("zoe")
        gradebook.add_student("jdoe", first_name="Joe")
    students = read_roster(tmp_path / "list.csv")
    assert roster.fill_gradebook(students) == {"new": 1, "changed": 1, "not in the list": 1}
    assert roster.fill_gradebook(students) == {"new": 0, "changed": 0, "not in the list": 1}
    assert roster.students_known() == [*students, Student("zoe")]


def test_the_command_says_whom_it_read(course, tmp_path):
    (tmp_path / "five.csv").write_text("id\ns01\ns02\ns03\ns04\ns05\n")
    assert "  s03\n  ... and 2 more\n" in course.run("roster", str(tmp_path / "five.csv"))
    (tmp_path / "list.csv").write_text(MOODLE, encoding="utf-8")
    said = course.run("roster", str(tmp_path / "list.csv"))
    assert "list.csv: 2 students; 2 new" in said
    assert "adiaz (Ana María Díaz) ana@uni.example" in said
    assert "no column says" in course.run("roster", str(tmp_path / "nbgrader_config.py"), code=1)
