"""What makes a box is named in one place: for the command line, for nbgrader's settings, and for the page."""

from course.boxes import Kind
from course.grading import ExecuteInBox


def test_a_kind_names_its_program():
    assert [kind.program for kind in Kind] == ["bwrap", "podman", "docker"]


def test_the_command_line_and_the_settings_know_the_same_kinds(course):
    said = course.run("grade", "--box", "paper", code=2)
    for kind in Kind:
        assert f"'{kind.value}'" in said
        assert ExecuteInBox(box=kind.value).box is kind
