"""What a box shows, and what it hides."""

import sys

import pytest

from course import layout
from course.grading.box import walls
from course.layout import CourseError


@pytest.fixture(autouse=True)
def installed(monkeypatch):
    monkeypatch.setattr(walls.shutil, "which", lambda name: f"/usr/bin/{name}")


def shown(command: list[str]) -> set[str]:
    """The folders and files of this machine that a box shows."""
    return {path for flag, path in zip(command, command[1:], strict=False) if "bind" in flag}


def test_of_the_course_it_shows_what_students_have_and_nothing_else(course):
    for name in ("solutions", "build", "grading", "labs", "data/stand_in"):
        (course.root / name).mkdir(parents=True, exist_ok=True)
    inside = {path for path in shown(walls.command(9)) if path.startswith(str(course.root))}
    expected = ("utils", "pyproject.toml", "data/stand_in")
    assert inside == {str(layout.ROOT / name) for name in expected}


def test_there_is_no_network_no_capability_and_no_environment(course, monkeypatch):
    monkeypatch.setenv("TOKEN", "secret")
    command = walls.command(9)
    assert {"--unshare-all", "--clearenv", "--die-with-parent", "--new-session"} <= set(command)
    assert command[command.index("--cap-drop") + 1] == "ALL"
    assert "--share-net" not in command
    assert "secret" not in " ".join(command)
    assert not any(flag in command for flag in ("--bind", "--dev-bind"))
    assert sys.prefix in shown(command)


def test_the_data_folder_of_a_hub_is_shown(course, monkeypatch, tmp_path):
    monkeypatch.setenv("LABS_DATA", str(tmp_path))
    command = walls.command(9)
    assert str(tmp_path) in shown(command)
    assert command[command.index("LABS_DATA") + 1] == str(tmp_path)


def test_without_bubblewrap_the_package_is_named(course, monkeypatch):
    monkeypatch.setattr(walls.shutil, "which", lambda name: None)
    with pytest.raises(CourseError, match="apt install bubblewrap"):
        walls.command(9)
