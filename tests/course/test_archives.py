"""The files of an archive are whose their names say, for the names of each system."""

import io
import zipfile
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from course.archives import System, files_of
from course.layout import CourseError

METADATA = """\
submission_81:
  :submitters:
  - :name: Ana Díaz
    :sid: '0042'
    :email: ana@uni.example
  :created_at: 2027-03-01 15:00:00.123456000 Z
submission_82:
  :submitters:
  - :name: Jo Doe
    :sid:
    :email: jo@uni.example
  :created_at: 2027-03-01T16:00:00+01:00
"""


def zipped(names: dict[str, bytes | str], date=(2027, 3, 1, 12, 0, 0)) -> bytes:
    binary = io.BytesIO()
    with zipfile.ZipFile(binary, "w") as file:
        for name, content in names.items():
            file.writestr(zipfile.ZipInfo(name, date), content)
    return binary.getvalue()


def read(tmp_path, names, **options):
    path = tmp_path / "class.zip"
    path.write_bytes(zipped(names))
    return files_of(path, **options)


def test_moodle(tmp_path):
    files = read(
        tmp_path,
        {
            "Ana María Díaz_11_assignsubmission_file_/01_backprop.ipynb": "1",
            "Jo Doe_12_assignsubmission_file/Copy of 01_backprop.ipynb": "2",
            "Li_Wei_13_assignsubmission_file_01_backprop (1).ipynb": "3",
            "Li_Wei_13_assignsubmission_onlinetext_/onlinetext.html": "4",
            "__MACOSX/Jo Doe_12_assignsubmission_file_/._01_backprop.ipynb": "5",
        },
    )
    assert [(f.full_name, f.number, f.name, f.content) for f in files] == [
        ("Ana María Díaz", "11", "01_backprop.ipynb", b"1"),
        ("Jo Doe", "12", "Copy of 01_backprop.ipynb", b"2"),
        ("Li_Wei", "13", "01_backprop (1).ipynb", b"3"),
    ]
    assert files[0].handed_in == datetime(2027, 3, 1, 12).astimezone(UTC)


def test_canvas(tmp_path):
    files = read(
        tmp_path,
        {
            "diazana_4711_81234_01_backprop.ipynb": "",
            "diazana_LATE_4711_81299_01_backprop-2.ipynb": "",
            "doejo_LATE_4712_81235_my_notes.txt": "",
        },
    )
    assert [(f.full_name, f.ids, f.number, f.name, f.attempt) for f in files] == [
        ("diazana", ("4711",), "4711", "01_backprop.ipynb", 0),
        ("diazana", ("4711",), "4711", "01_backprop-2.ipynb", 2),
        ("doejo", ("4712",), "4712", "my_notes.txt", 0),
    ]


def test_gradescope(tmp_path):
    folder = "assignment_9_export"
    files = read(
        tmp_path,
        {
            f"{folder}/submission_81/01_backprop.ipynb": "",
            f"{folder}/submission_82/01_backprop.ipynb": "",
            f"{folder}/submission_metadata.yml": METADATA,
        },
    )
    assert [(f.full_name, f.ids) for f in files] == [
        ("Ana Díaz", ("0042", "ana@uni.example")),
        ("Jo Doe", ("jo@uni.example",)),
    ]
    assert [f.handed_in.replace(microsecond=0) for f in files] == 2 * [
        datetime(2027, 3, 1, 15, tzinfo=UTC)
    ]


def test_a_folder_of_students_and_archives_that_students_made(tmp_path):
    inner = zipped({"work/01_backprop.ipynb": "in", "work/.DS_Store": ""})
    (tmp_path / "class" / "s01").mkdir(parents=True)
    (tmp_path / "class" / "s01" / "01_backprop.ipynb").write_text("one")
    (tmp_path / "class" / "s02").mkdir()
    (tmp_path / "class" / "s02" / "all.ZIP").write_bytes(inner)
    files = files_of(tmp_path / "class")
    assert [(f.ids, f.path, f.content) for f in files] == [
        (("s01",), "s01/01_backprop.ipynb", b"one"),
        (("s02",), "s02/all.ZIP/work/01_backprop.ipynb", b"in"),
    ]
    assert all(f.handed_in.tzinfo for f in files)


def test_a_pattern(tmp_path):
    names = {"x/s01 @ 2027-03-01-15-00-00.ipynb": "", "x/other.txt": ""}
    (file,) = read(tmp_path, names, pattern=r"x/(?P<student_id>\w+) @ (?P<timestamp>[\d-]+)")
    assert file.ids == ("s01",)
    assert file.handed_in == datetime(2027, 3, 1, 15).astimezone(UTC)
    zone = ZoneInfo("Asia/Tokyo")
    (file,) = read(
        tmp_path, names, pattern=r"x/(?P<student_id>\w+) @ (?P<timestamp>[\d-]+)", zone=zone
    )
    assert file.handed_in == datetime(2027, 3, 1, 6, tzinfo=UTC)


def test_names_in_utf_8_that_are_not_marked_so_are_read_right(tmp_path):
    name = "Ana María Díaz_11_assignsubmission_file_/01_backprop.ipynb"
    unmarked = bytearray(zipped({name: ""}))
    for sign, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        unmarked[unmarked.index(sign) + offset + 1] &= ~0x08
    (tmp_path / "class.zip").write_bytes(unmarked)
    assert files_of(tmp_path / "class.zip")[0].full_name == "Ana María Díaz"


@pytest.mark.parametrize(
    ("content", "options", "words"),
    [
        (None, {}, "cannot be read as a zip file or a folder"),
        (b"no zip", {}, "cannot be read as a zip file or a folder: File is not a zip"),
        (zipped({}), {}, "holds no files"),
        (zipped({"a.ipynb": ""}), {}, "a.ipynb and the like are names of no system.*Say --from"),
        (zipped({"a.ipynb": ""}), {"pattern": "("}, "no regular expression"),
        (zipped({"s1_01.03.2027": ""}), {"pattern": "(?P<student_id>s1)_(?P<timestamp>.+)"}, "'01.03.2027' is no time"),
        (zipped({"submission_metadata.yml": METADATA.replace("Z", "o'clock")}), {}, "o'clock.* is no time"),
        (zipped({"a.ipynb": ""}), {"pattern": "a"}, r"needs a group \(\?P<student_id>"),
        (zipped({"submission_1/a.ipynb": ""}), {"system": System.gradescope}, "metadata.yml; this one lacks it"),
        (zipped({"submission_metadata.yml": "- 3"}), {}, "submission_metadata.yml cannot be read"),
    ],
)  # fmt: skip
def test_an_archive_that_says_nothing_is_told(tmp_path, content, options, words):
    if content is not None:
        (tmp_path / "class.zip").write_bytes(content)
    with pytest.raises(CourseError, match=words):
        files_of(tmp_path / "class.zip", **options)
