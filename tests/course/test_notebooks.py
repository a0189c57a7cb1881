"""Regions of a cell are told apart."""

from course.notebooks import passed, region, split_region, without_region

CELL = "a\n    ### BEGIN HIDDEN TESTS\n    b\n    ### END HIDDEN TESTS\nc\n"


def test_a_region_and_the_rest_are_the_whole_cell_without_the_markers():
    assert split_region(CELL, "HIDDEN TESTS") == (["    b"], ["a", "c", ""])
    assert region(CELL, "HIDDEN TESTS") == ["    b"]
    assert without_region(CELL, "HIDDEN TESTS") == "a\nc\n"


def test_another_region_is_none():
    assert region(CELL, "SOLUTION") == []
    assert without_region("a\nb", "SOLUTION") == "a\nb"


def test_what_a_check_says_at_its_end():
    assert passed('checks.that(x, "no")\nchecks.passed("rows sum to one")') == "rows sum to one"
    assert passed('checks.passed("rows")\nx = 1') is None
    assert passed("") is None
