"""nbgrader is called with this course's settings, in any folder, on any gradebook, and its libraries are silent."""

import shutil

import pytest
from conftest import NEEDS_BOX, NEEDS_POSTGRES
from marks_lab import LINES, scores

from course.layout import CourseError
from course.nbgrader_api import load_config, open_api, open_gradebook

SQLITE = 'c.CourseDirectory.db_url = f"sqlite:///{ROOT}/grading/gradebook.db"'


def test_the_settings_are_the_courses_and_the_folder_is_the_given_one(course):
    config = load_config(course.root)
    assert config.CourseDirectory.root == str(course.root)
    assert config.CourseDirectory.db_url == course.gradebook
    assert config.CourseDirectory.release_directory == "labs"
    assert open_api(config).coursedir.root == str(course.root)


def test_the_gradebook_is_that_of_the_settings_and_never_that_of_a_temporary_course(course):
    settings = course.root / "nbgrader_config.py"
    text = settings.read_text(encoding="utf-8")
    assert SQLITE in text
    settings.write_text(text.replace(SQLITE, 'c.CourseDirectory.db_url = "sqlite:///own.db"'))
    other = "sqlite:///other.db"
    elsewhere = course.root / "elsewhere"
    assert load_config(course.root).CourseDirectory.db_url == "sqlite:///own.db"
    assert load_config(course.root, other).CourseDirectory.db_url == other
    for db in (None, other):
        config = load_config(elsewhere, db)
        assert config.CourseDirectory.db_url == f"sqlite:///{elsewhere}/grading/gradebook.db"


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("gradebook.db", "The address of the gradebook: "),
        ("sqlite:////nowhere/gradebook.db", "cannot be opened: unable to open database file"),
        ("ours://grader:secret@host/marks", "The address of the gradebook: .*ours"),
        ("mysql+pymysql://grader:secret@host/marks", r"//grader:\*\*\*@host/marks: .*pymysql"),
    ],
)
def test_a_gradebook_that_cannot_be_opened_is_told(course, address, says):
    with pytest.raises(CourseError, match=says):
        open_gradebook(load_config(course.root, address))


@NEEDS_BOX
@NEEDS_POSTGRES
def test_a_gradebook_in_postgresql_holds_the_same_marks(marks, postgres):
    assert marks.run("grade").splitlines()[-5:] == LINES
    marks.run("release", "--db", postgres)
    assert marks.run("grade", "--force", "--db", postgres).splitlines()[-5:] == LINES
    assert scores(postgres) == scores(marks.gradebook)
    marks.nbgrader("export", "--to", "file.csv")
    settings = marks.root / "nbgrader_config.py"
    settings.write_text(
        settings.read_text().replace(SQLITE, SQLITE.split(" = ")[0] + f" = {postgres!r}")
    )
    marks.nbgrader("export", "--to", "server.csv")
    marks.nbgrader("db", "upgrade")
    # A server gives rows in no order of their own.
    rows = [
        sorted((marks.root / name).read_text().splitlines()) for name in ("file.csv", "server.csv")
    ]
    assert rows[0] == rows[1]
    assert any(row.startswith("90_marks,,,ann,,,,5.0") for row in rows[0])


@NEEDS_BOX
def test_no_command_speaks_of_warnings_that_mean_nothing_to_an_instructor(course):
    said = course.python_m_course("release")
    submitted = course.submitted("ann")
    submitted.parent.mkdir(parents=True)
    shutil.copy(course.released(), submitted)
    for command in (
        "generate_assignment 90_tiny",
        "autograde 90_tiny",
        "autograde 90_tiny --force --ExecuteInBox.no_box=True",
        "generate_feedback 90_tiny",
        "export",
        "db upgrade",
        "validate labs/90_tiny/90_tiny.ipynb",
    ):
        said += course.nbgrader(*command.split())
    means_something = ("Removing existing assignment", "No box: ")
    lines = [line for line in said.splitlines() if "warning" in line.lower()]
    assert [line for line in lines if not any(known in line for known in means_something)] == []
