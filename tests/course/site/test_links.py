"""A link leads to the page of the site where there is one, else to the repository, and never nowhere."""

import pytest
from bs4 import BeautifulSoup
from conftest import ROOT

from course import layout
from course.layout import CourseError
from course.site.contents import pages_of
from course.site.links import Links


def mended(html: str, address: str = "authors.html") -> BeautifulSoup:
    pages = pages_of(layout.find_labs())
    soup = BeautifulSoup(html, features="html.parser")
    Links(pages).mend(soup, next(page for page in pages if page.address == address))
    return soup


def href(target: str, address: str = "authors.html") -> str:
    return str(mended(f'<a href="{target}">x</a>', address).a["href"])


def test_links_to_pages_of_the_book_stay_in_the_site():
    assert href("students.md#installation") == "students.html#installation"
    assert href("../labs/02_rnn/02_rnn.ipynb") == "02_rnn.html"
    assert href("../data/README.md") == "data.html"
    assert (
        href("data/README.md", "students.html") == "data.html"
    )  # it is the README of the students' copy
    assert href("#a") == "#a"
    assert href("https://example.org/a.md") == "https://example.org/a.md"


def test_links_to_other_files_lead_to_the_repository():
    assert href("LICENSE", "index.html") == f"{layout.student_repository()}/blob/main/LICENSE"
    assert (
        href("../solutions", "authors.html") == f"{layout.student_repository()}/tree/main/solutions"
    )


def test_a_link_to_nothing_is_named():
    with pytest.raises(CourseError, match=r"docs/authors\.md links to gone\.md"):
        href("gone.md")


def test_a_lab_that_the_text_names_is_linked_outside_of_code_and_of_itself():
    soup = mended("<p>Lab 02 and Lab 01, <code>Lab 02</code>, Lab 77</p>", "01_backprop.html")
    assert [(link.text, link["href"]) for link in soup.find_all("a")] == [("Lab 02", "02_rnn.html")]
    assert soup.text == "Lab 02 and Lab 01, Lab 02, Lab 77"
    assert ROOT == layout.ROOT
