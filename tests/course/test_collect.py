"""Of what a class handed in, each student's newest notebook is collected, and every file is accounted for."""

import json
import shutil
import zipfile
from datetime import UTC, datetime

import pytest
from conftest import TINY

from course.archives import files_of
from course.collect import BROKEN, COLLECTED, NOBODY, OLDER, OTHER, SAME, SEVERAL, collect
from course.layout import CourseError, find_labs
from course.roster import Student, fill_gradebook

MARCH, APRIL = (2027, 3, 1, 12, 0, 0), (2027, 4, 1, 12, 0, 0)
CLASS = [
    Student("adiaz", "Ana María", "Díaz", "ana@uni.example", "4711"),
    Student("jdoe", "Jo", "Doe", "jo@uni.example", "4712"),
    Student("wli1", "Wei", "Li", "wei1@uni.example", "4713"),
    Student("wli2", "Wei", "Li", "wei2@uni.example", "4714"),
]


def notebook(course, answer: str = "1", name: str = "90_tiny") -> str:
    """The lab with an answer, as a student hands it in."""
    nb = json.loads(course.released(name).read_text(encoding="utf-8"))
    nb["metadata"]["answer"] = answer
    return json.dumps(nb)


@pytest.fixture
def tiny(course):
    course.run("release")
    return course


def collected(
    course, names: dict[str, str], *, date=MARCH, archive="class.zip"
) -> list[tuple[str, str, str]]:
    """Student, what became of it, and path, for each file of an archive."""
    path = course.root / archive
    with zipfile.ZipFile(path, "w") as file:
        for name, content in names.items():
            file.writestr(zipfile.ZipInfo(name, date), content)
    (lab,) = find_labs(["90_tiny"])
    return [(o.student, o.what, o.file.path) for o in collect(lab, path, files_of(path))]


def answer_of(course, student: str) -> str:
    return json.loads(course.submitted(student).read_text(encoding="utf-8"))["metadata"]["answer"]


def test_a_class_on_moodle(tiny):
    fill_gradebook(CLASS)
    names = {
        "Ana María Díaz_11_assignsubmission_file_/Copy of 90_tiny.ipynb": notebook(tiny, "ana"),
        "Ana María Díaz_11_assignsubmission_file_/notes.txt": "",
        "doe jo_12_assignsubmission_file_/lab.ipynb": notebook(tiny, "jo"),
        "Wei Li_13_assignsubmission_file_/90_tiny.ipynb": notebook(tiny),
        "Max Muster_14_assignsubmission_file_/90_tiny.ipynb": notebook(tiny),
    }
    ana, notes, jo, wei, max_ = names
    assert collected(tiny, names) == [
        ("adiaz", COLLECTED, ana),
        ("adiaz", OTHER, notes),
        ("jdoe", COLLECTED, jo),
        ("Max Muster", NOBODY, max_),
        ("Wei Li", f"{SEVERAL}: wli1, wli2", wei),
    ]
    assert (answer_of(tiny, "adiaz"), answer_of(tiny, "jdoe")) == ("ana", "jo")
    stamp = tiny.submitted("adiaz").with_name("timestamp.txt").read_text()
    assert datetime.fromisoformat(stamp).replace(tzinfo=UTC) == datetime(*MARCH).astimezone(UTC)
    kept = tiny.root / "grading" / "downloaded" / "90_tiny" / "extracted" / "class"
    assert sum(path.is_file() for path in kept.rglob("*")) == 5


def test_a_class_on_canvas_where_ids_tell_apart_who_has_one_name(tiny):
    fill_gradebook(CLASS)
    names = {
        "liwei_4713_81_90_tiny.ipynb": notebook(tiny, "first"),
        "liwei_4713_85_90_tiny-1.ipynb": notebook(tiny, "second"),
        "liwei_LATE_4714_82_90_tiny.ipynb": notebook(tiny, "other"),
        "liwei_4714_82_notes.ipynb": json.dumps({"cells": []}),
    }
    first, second, late, notes = names
    assert collected(tiny, names) == [
        ("wli1", OLDER, first),
        ("wli1", COLLECTED, second),
        ("wli2", OTHER, notes),
        ("wli2", COLLECTED, late),
    ]
    assert (answer_of(tiny, "wli1"), answer_of(tiny, "wli2")) == ("second", "other")


def test_a_later_archive_replaces_what_is_older_and_nothing_else(tiny):
    old = {"adiaz/90_tiny.ipynb": notebook(tiny, "old"), "jdoe/90_tiny.ipynb": notebook(tiny, "jo")}
    new = {"adiaz/90_tiny.ipynb": notebook(tiny, "new"), "jdoe/90_tiny.ipynb": notebook(tiny, "jo")}
    assert {what for _, what, _ in collected(tiny, old)} == {COLLECTED}
    assert [what for _, what, _ in collected(tiny, new, date=APRIL, archive="b.zip")] == [
        COLLECTED,
        SAME,
    ]
    assert answer_of(tiny, "adiaz") == "new"
    assert [what for _, what, _ in collected(tiny, old)] == [OLDER, SAME]
    assert answer_of(tiny, "adiaz") == "new"


def test_a_notebook_that_lost_its_names_is_known_by_its_own(tiny):
    nb = json.loads(notebook(tiny))
    for cell in nb["cells"]:
        cell["metadata"], cell["id"] = {}, "x"
    names = {
        "s01/90_tiny (2).ipynb": json.dumps(nb),
        "s02/answers.ipynb": json.dumps(nb),
        "s03/90_tiny.ipynb": "cut off",
    }
    assert [what for _, what, _ in collected(tiny, names)] == [COLLECTED, OTHER, BROKEN]


def test_a_notebook_is_known_by_any_of_the_names_of_its_cells(tiny):
    plain, colab = json.loads(notebook(tiny)), json.loads(notebook(tiny))
    for cell in plain["cells"]:
        cell["metadata"] = {}
    for cell in colab["cells"]:
        cell["metadata"], cell["id"] = {"id": cell["id"]}, "x"
    names = {
        "s01/answers.ipynb": json.dumps(plain),
        "s02/answers.ipynb": json.dumps(colab),
        "s03/answers.ipynb": json.dumps({"cells": [{"id": ["x"], "metadata": {}}]}),
    }
    assert [what for _, what, _ in collected(tiny, names)] == [COLLECTED, COLLECTED, OTHER]


def test_without_a_roster_names_become_ids(tiny):
    names = {
        "Ana María Díaz_11_assignsubmission_file_/90_tiny.ipynb": notebook(tiny),
        "Wei Li_13_assignsubmission_file_/90_tiny.ipynb": notebook(tiny, "one"),
        "Wei Li_14_assignsubmission_file_/90_tiny.ipynb": notebook(tiny, "two"),
    }
    assert [student for student, _, _ in collected(tiny, names)] == [
        "Ana_María_Díaz",
        "Wei_Li_13",
        "Wei_Li_14",
    ]
    assert answer_of(tiny, "Wei_Li_14") == "two"


def test_no_name_leads_out_of_the_folder(tiny):
    names = {"s01/90_tiny.ipynb": notebook(tiny), "a/../../../s02/90_tiny.ipynb": notebook(tiny)}
    assert [student for student, _, _ in collected(tiny, names)] == ["s01"]
    assert not list(tiny.root.rglob("s02"))
    assert not (tiny.root.parent / "s02").exists()


def test_a_lab_that_is_not_released_is_told(course):
    with pytest.raises(CourseError, match="90_tiny is not released yet: python -m course release"):
        collected(course, {"s01/90_tiny.ipynb": "{}"})


def test_what_was_collected_can_be_graded(marks):
    handed_in = marks.root / "class"
    shutil.move(marks.root / "grading" / "submitted", handed_in)
    said = marks.run("collect", "90_marks", str(handed_in))
    assert f"90_marks: {len(list(handed_in.iterdir()))} {COLLECTED}" in said
    assert sorted(p.name for p in (marks.root / "grading" / "submitted").iterdir()) == sorted(
        p.name for p in handed_in.iterdir()
    )


def test_an_archive_of_another_lab_is_refused_and_not_unpacked(course_of):
    course = course_of({"90_tiny": TINY, "91_triple": TINY.replace("double", "triple")})
    course.run("release")
    handed_in = course.root / "class" / "ann"
    handed_in.mkdir(parents=True)
    shutil.copy(course.released("91_triple"), handed_in)
    said = course.run("collect", "90_tiny", str(handed_in.parent), code=1)
    assert "class holds no notebook of 90_tiny; there are some of 91_triple." in said
    assert not (course.root / "grading" / "downloaded").exists()


def test_the_zone_of_an_archive_can_be_named(tiny):
    path = tiny.root / "class.zip"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr(zipfile.ZipInfo("ann/90_tiny.ipynb", MARCH), notebook(tiny))
    said = tiny.run("collect", "90_tiny", str(path), "--zone", "Asia/Tokyo")
    assert "2027-03-01 03:00 UTC" in said
    assert "Times without a zone were read as those of Asia/Tokyo." in said
    assert "those of this machine's, " in tiny.run("collect", "90_tiny", str(path))
    assert "no time zone 'Tokyo'" in tiny.run(
        "collect", "90_tiny", str(path), "--zone", "Tokyo", code=1
    )


def test_a_file_that_is_nobodys_is_an_error(tiny):
    fill_gradebook(CLASS)
    (tiny.root / "class" / "max").mkdir(parents=True)
    shutil.copy(tiny.released(), tiny.root / "class" / "max")
    assert f"max  {NOBODY}  max/90_tiny.ipynb" in tiny.run(
        "collect", "90_tiny", str(tiny.root / "class"), code=1
    )
    assert "no system that is known here" in tiny.run(
        "collect", "90_tiny", str(tiny.released().parent), code=1
    )
