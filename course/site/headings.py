"""The headings of a page: an address for each, and the list that stands beside the text."""

import re
from dataclasses import dataclass

from bs4 import BeautifulSoup
from bs4.element import NavigableString, Tag

# `(4 points · 12 min · ●○○)` at the end of the heading of an exercise.
MARKS = re.compile(r"\s*\((?P<marks>\d+ points?\b[^()]*)\)\s*$")
LEVELS = ["h1", "h2", "h3", "h4"]


@dataclass(frozen=True)
class Heading:
    """One heading of a page."""

    level: int
    anchor: str
    text: str


def give_anchors(soup: BeautifulSoup) -> list[Heading]:
    """Gives every heading an id, as GitHub would, sets apart what an exercise is worth, and lists them in order."""
    found: list[Heading] = []
    taken: set[str] = set()
    for heading in soup.find_all(LEVELS):
        _set_marks_apart(heading, soup)
        text = " ".join("".join(_texts(heading)).split())
        slug = re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")
        anchor, number = slug, 0
        while anchor in taken:
            number += 1
            anchor = f"{slug}-{number}"
        taken.add(anchor)
        heading["id"] = anchor
        found.append(Heading(int(heading.name[1]), anchor, text))
    return found


def _set_marks_apart(heading: Tag, soup: BeautifulSoup) -> None:
    last = heading.contents[-1] if heading.contents else None
    if isinstance(last, NavigableString) and (marks := MARKS.search(last)):
        last.replace_with(NavigableString(last[: marks.start()]))
        told = soup.new_tag("span", attrs={"class": "marks"})
        told.string = marks["marks"]
        heading.append(told)


def _texts(heading: Tag) -> list[str]:
    return [
        str(text)
        for text in heading.find_all(string=True)
        if "marks" not in (text.parent.get("class") or () if text.parent else ())
    ]
