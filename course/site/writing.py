"""Writes the site: every page, its pictures, the notebooks to download, and what makes it searchable."""

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import jinja2
from bs4 import BeautifulSoup
from nbconvert.filters import Highlight2HTML, ansi2html
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from pygments.formatters.html import HtmlFormatter

from course import layout
from course.build import colab_address
from course.files import write_text
from course.grading.formulas import draw_formulas
from course.layout import CourseError, Lab, relative
from course.site import cells, pictures, search
from course.site.contents import GUIDES, LABS, Page, pages_of
from course.site.headings import give_anchors
from course.site.links import Links
from course.site.outputs import Run, with_outputs
from course.site.secrets import refuse_secrets

STATIC = Path(__file__).with_name("static")
TEMPLATES = Path(__file__).with_name("templates")
DOWNLOADS = "notebooks"
COLAB = re.compile(r"https://colab\.research\.google\.com/github/")


@dataclass(frozen=True)
class Written:
    """A page that was written."""

    page: Page
    size: int  # bytes of the page itself, without its pictures
    run: Run | None

    @property
    def outputs(self) -> str:
        """What the outputs of a lab are worth, in a few words; empty for other pages."""
        return _missing(self.run) if self.page.lab else ""


def write_site(labs: list[Lab], out: Path, *, complete: bool = False) -> list[Written]:
    """Writes the site into a folder, in place of an older one.

    Args:
        labs: which labs it has.
        out: the folder.
        complete: refuse labs without a run at full length, on real data, of the text as it is.

    Raises:
        CourseError: a lab is not released, a link leads to nothing, a page would show an answer, a run is missing, or
            the folder holds something else or cannot be written. An old site stays.
    """
    if out.exists() and any(out.iterdir()) and not (out / search.ADDRESS).exists():
        raise CourseError(f"{relative(out)} holds something that is no site. Name another folder.")
    pages = pages_of(labs)
    try:
        with _in_place_of(out) as part:
            return _write(pages, part, complete)
    except OSError as error:
        raise CourseError(f"Could not write {relative(out)}: {error}.") from error


@contextmanager
def _in_place_of(out: Path) -> Iterator[Path]:
    """Yields a new folder beside another one, whose place it takes unless an error came."""
    part = out.with_name(f"{out.name}.{os.getpid()}.part")
    part.mkdir(parents=True)
    try:
        yield part
        shutil.rmtree(out, ignore_errors=True)
        part.replace(out)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _write(pages: list[Page], site: Path, complete: bool) -> list[Written]:
    links, templates = Links(pages), _templates()
    written: list[Written] = []
    entries: list[list[str]] = []
    for number, page in enumerate(pages):
        soup, run = _body(page, templates)
        if complete and page.lab and (missing := _missing(run)):
            raise CourseError(
                f"{page.lab.name}: {missing}. Run it: python -m course run {page.lab.name}"
            )
        headings = give_anchors(soup)
        links.mend(soup, page)
        pictures.take_out(soup, page.source.parent, site)
        _let_scroll(soup)
        if page.lab:
            refuse_secrets(page.lab, soup.get_text())
        entries += search.entries_of(page, soup)
        html = templates.get_template("page.html.j2").render(
            page=page,
            body=str(soup),
            outline=[heading for heading in headings if heading.level in (2, 3)],
            run=run,
            parts={part: [p for p in pages if p.part == part] for part in (LABS, GUIDES)},
            before=pages[number - 1] if number else None,
            after=pages[number + 1] if number + 1 < len(pages) else None,
            download=f"{DOWNLOADS}/{page.source.name}",
            colab=colab_address(page.lab.name) if page.lab else "",
            repository=layout.student_repository(),
            version=layout.version(),
        )
        write_text(site / page.address, html)
        written.append(Written(page, len(html.encode()), run))
    _write_beside(pages, site, search.script(entries))
    return written


def _body(page: Page, templates: jinja2.Environment) -> tuple[BeautifulSoup, Run | None]:
    """The text of a page, and the run that its outputs come from."""
    if page.lab:
        nb, run = with_outputs(page.lab)
        cells.prepare(nb)
        html = templates.get_template("lab.html.j2").render(nb=nb)
    else:
        run = None
        html = _markdown(page.source.read_text(encoding="utf-8"))
        html = f'<div class="text">{html}</div>'
    soup = BeautifulSoup(html, features="html.parser")
    for text in soup.find_all(class_="text"):
        draw_formulas(text)
    for badge in soup.find_all("a", href=COLAB):
        badge.decompose()  # the page has a button
    return soup, run


def _missing(run: Run | None) -> str:
    """What a lab's run lacks; empty if it shows the lab as it is, at full length and on real data."""
    if run is None:
        return "no run that came to its end is at hand"
    if run.stale:
        return f"changed since the run, and without outputs: {', '.join(run.stale)}"
    if run.preset != "full":
        return f"the run had preset {run.preset}"
    return "the run was on stand-in data" if run.stand_in else ""


def _let_scroll(soup: BeautifulSoup) -> None:
    """Puts wide tables into boxes of their own, which scroll where a screen is small."""
    for table in soup.find_all("table"):
        table.wrap(soup.new_tag("div", attrs={"class": "wide"}))


def _write_beside(pages: list[Page], site: Path, index: str) -> None:
    """What the pages need: styles, scripts, fonts, notebooks."""
    shutil.copytree(STATIC, site, dirs_exist_ok=True)
    (site / DOWNLOADS).mkdir()
    for page in pages:
        if page.lab:
            shutil.copy(page.source, site / DOWNLOADS)
    write_text(site / search.ADDRESS, index)
    # Styles whose every color can be read on the gray behind it, as in feedback.
    light = HtmlFormatter(style="xcode").get_style_defs(".highlight")
    dark = HtmlFormatter(style="github-dark").get_style_defs('[data-theme="dark"] .highlight')
    write_text(site / "code.css", f"{light}\n{dark}\n")
    write_text(site / ".nojekyll", "")  # GitHub Pages publishes the files as they are


def _markdown(source: str) -> str:
    """Markdown to HTML; what is TeX stays as it is."""
    html: str = MarkdownWithMath(IPythonRenderer(escape=False, exclude_anchor_links=True)).render(
        source
    )
    return html


def _templates() -> jinja2.Environment:
    loader = jinja2.FileSystemLoader(TEMPLATES)
    made = jinja2.Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True)
    made.filters |= {
        "ansi2html": ansi2html,
        "highlight": Highlight2HTML(pygments_lexer="ipython3"),
        "markdown": _markdown,
    }
    return made
