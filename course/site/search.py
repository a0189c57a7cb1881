"""What the search of the site looks through: the text under each heading, in a script, since no server is asked."""

import json
from collections.abc import Iterator

from bs4 import BeautifulSoup
from bs4.element import NavigableString, Tag

from course.site.contents import Page
from course.site.headings import LEVELS

ADDRESS = "search-index.js"
# Formulas read as noise, outputs are numbers, and what is folded is for nobody's search.
LEFT_OUT = {"math", "style", "script", "button"}
LEFT_OUT_CLASSES = {"fold", "output", "marks"}


def entries_of(page: Page, soup: BeautifulSoup) -> list[list[str]]:
    """For each heading: the address, the page, the heading, the text below it."""
    entries = [[page.address, page.title, page.title, ""]]
    for piece in _walk(soup):
        if isinstance(piece, Tag):
            heading = " ".join("".join(map(str, _walk(piece))).split())
            entries.append([f"{page.address}#{piece['id']}", page.title, heading, ""])
        else:
            entries[-1][3] += piece
    entries = [[*entry[:3], " ".join(entry[3].split())] for entry in entries]
    return [entry for entry in entries if entry[3] or "#" in entry[0]]


def _walk(tag: Tag) -> Iterator[Tag | NavigableString]:
    """Headings as they are, and all other text in order."""
    for child in tag.children:
        if isinstance(child, NavigableString):
            if type(child) is NavigableString:
                yield child
        elif isinstance(child, Tag):
            if child.name in LEFT_OUT or LEFT_OUT_CLASSES.intersection(child.get("class") or ()):
                continue
            if child.name in LEVELS:
                yield child
            else:
                yield from _walk(child)
                if child.name in ("p", "li", "td", "th", "pre", "summary", "div"):
                    yield NavigableString(" ")


def script(entries: list[list[str]]) -> str:
    """The index as a script that a page of a folder can load."""
    rows = ",\n".join(json.dumps(entry, ensure_ascii=False) for entry in entries)
    return f"window.searchIndex = [\n{rows}\n];\n"
