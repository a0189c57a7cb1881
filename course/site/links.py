"""Links of a page: to the other pages of the site where there is one, else to the repository."""

import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

from bs4 import BeautifulSoup
from bs4.element import NavigableString, Tag

from course import layout
from course.layout import CourseError, relative, student_repository
from course.site.contents import Page

MENTION = re.compile(r"\bLab (\d\d)\b")
UNLINKED = ["a", "code", "pre", "h1", "h2", "h3", "h4", "summary", "script", "style", "math"]
STUDENTS = "docs/students.md"  # it becomes the README of the students' copy, and its links are those of the root


class Links:
    """Knows the pages of a site by their sources."""

    def __init__(self, pages: list[Page]) -> None:
        self._by_source = {page.source: page.address for page in pages}
        self._by_number = {page.lab.name[:2]: page.address for page in pages if page.lab}

    def mend(self, soup: BeautifulSoup, page: Page) -> None:
        """Gives every link of a page its address in the site, and every `Lab 04` in its text a link.

        Raises:
            CourseError: a link leads to nothing.
        """
        for link in soup.find_all("a", href=True):
            link["href"] = self._address(str(link["href"]), page)
        for text in soup.find_all(string=MENTION):
            if text.find_parent(UNLINKED) is None and text.find_parent(class_="output") is None:
                text.replace_with(*self._mentions(str(text), page, soup))

    def _address(self, href: str, page: Page) -> str:
        parts = urlsplit(href)
        if parts.scheme or parts.netloc or not parts.path:
            return href
        students = page.source == layout.ROOT / STUDENTS
        folder = layout.ROOT if students else page.source.parent
        target = Path(folder / unquote(parts.path)).resolve()
        if not target.exists():
            raise CourseError(
                f"{relative(page.source)} links to {href}, and there is no such file."
            )
        known = self._by_source.get(target)
        fragment = f"#{parts.fragment}" if parts.fragment else ""
        if known:
            return known + fragment
        kind = "tree" if target.is_dir() else "blob"
        return f"{student_repository()}/{kind}/main/{relative(target)}{fragment}"

    def _mentions(self, text: str, page: Page, soup: BeautifulSoup) -> list[NavigableString | Tag]:
        pieces: list[NavigableString | Tag] = []
        done = 0
        for found in MENTION.finditer(text):
            address = self._by_number.get(found[1])
            if address in (None, page.address):
                continue
            link = soup.new_tag("a", href=address)
            link.string = found[0]
            pieces += [NavigableString(text[done : found.start()]), link]
            done = found.end()
        return [*pieces, NavigableString(text[done:])]
