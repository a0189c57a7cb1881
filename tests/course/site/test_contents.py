"""The site has the labs of the book, whatever they are, and every page beside them."""

import pytest
from conftest import ROOT

from course import layout
from course.layout import CourseError
from course.site.contents import LABS, NAMES, pages_of


def test_it_begins_with_the_cover_and_the_labs_in_their_order():
    labs = layout.find_labs()
    pages = pages_of(labs)
    assert pages[0].address == "index.html"
    assert [page.lab for page in pages[1 : len(labs) + 1]] == labs
    assert {page.part for page in pages[1 : len(labs) + 1]} == {LABS}
    assert pages[1].title.startswith("01 · ")


def test_every_page_of_the_docs_is_in_it_and_no_two_share_an_address():
    pages = pages_of(layout.find_labs())
    sources = {page.source for page in pages}
    assert set((ROOT / "docs").glob("*.md")) <= sources
    assert len({page.address for page in pages}) == len(pages)
    assert {ROOT / path for path in NAMES} <= sources


def test_a_lab_that_was_not_released_is_named(course):
    with pytest.raises(
        CourseError, match=r"labs/90_tiny/90_tiny\.ipynb is missing: .*release 90_tiny"
    ):
        pages_of(layout.find_labs())
