"""Labs are found by their folders."""

import pytest

from course.layout import CourseError, find_labs


def test_an_unknown_lab_names_the_known_ones():
    with pytest.raises(CourseError, match="01_backprop"):
        find_labs(["99_nothing"])


def test_a_source_of_an_earlier_version_is_told_what_to_become(course):
    (course.root / "solutions" / "91_old.py").write_text("# %%\n")
    with pytest.raises(CourseError, match=r"Make it solutions/91_old/00_card.py"):
        find_labs()
