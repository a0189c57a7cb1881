"""Headings have the addresses that GitHub gives them, so that links of the docs lead there."""

from bs4 import BeautifulSoup

from course.site.headings import give_anchors


def soup_of(html: str) -> BeautifulSoup:
    return BeautifulSoup(html, features="html.parser")


def test_anchors_are_those_of_github_and_unique():
    soup = soup_of("<h1>A <code>b_c</code>, d!</h1><h2>Twice</h2><h2>Twice</h2>")
    found = give_anchors(soup)
    assert [(heading.level, heading.anchor) for heading in found] == [
        (1, "a-b_c-d"),
        (2, "twice"),
        (2, "twice-1"),
    ]
    assert [tag["id"] for tag in soup.find_all(True) if tag.has_attr("id")] == [
        "a-b_c-d",
        "twice",
        "twice-1",
    ]


def test_what_an_exercise_is_worth_is_set_apart():
    soup = soup_of("<h3>Exercise 1 · Doubling (2 points · 5 min · ●○○)</h3><h3>Loss (mean)</h3>")
    assert [heading.text for heading in give_anchors(soup)] == [
        "Exercise 1 · Doubling",
        "Loss (mean)",
    ]
    assert soup.find(class_="marks").text == "2 points · 5 min · ●○○"
