"""The book as pages: complete, without an answer, without another server, and light enough for a phone."""

import re
import shutil
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from conftest import ROOT, Course
from site_book import ANSWER, HIDDEN, NAME, source, write_run

from course import layout, notebooks
from course.build import build_notebook
from course.layout import CourseError
from course.site import write_site

LARGEST = 3_000_000  # bytes of a page with all of its pictures


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    """The real book, with the outputs of whatever was run here."""
    out = tmp_path_factory.mktemp("site") / "book"
    write_site(layout.find_labs(), out)
    return out


@pytest.fixture(scope="module")
def pages(site) -> dict[str, BeautifulSoup]:
    return {
        path.name: BeautifulSoup(path.read_text(encoding="utf-8"), features="html.parser")
        for path in site.glob("*.html")
    }


@pytest.fixture(scope="module")
def texts(pages) -> dict[str, str]:
    return {name: shown(soup) for name, soup in pages.items()}


@pytest.fixture
def book(course_of) -> Course:
    """A small book that is released and run."""
    course = course_of({NAME: source()})
    shutil.copytree(ROOT / "docs", course.root / "docs", ignore=shutil.ignore_patterns("*.md"))
    (course.root / "README.md").write_text("# Book\n\nLab 90.\n", encoding="utf-8")
    course.run("release")
    write_run(course)
    return course


def shown(soup: BeautifulSoup) -> str:
    return " ".join(soup.get_text().split())


@pytest.mark.parametrize("lab", layout.find_labs(), ids=lambda lab: lab.name)
def test_no_file_of_the_site_shows_a_line_of_an_answer_or_a_hidden_test(lab, site, texts):
    released = notebooks.read(lab.released).cells
    # Markup splits a line of a hint; what every student has is no secret.
    student = " ".join(
        shown(BeautifulSoup(c.source, features="html.parser")) + " " + " ".join(c.source.split())
        for c in released
    )
    elsewhere = " ".join(text for name, text in texts.items() if name != f"{lab.name}.html")
    secrets = set()
    for cell in build_notebook(lab).notebook.cells:
        for region in ("SOLUTION", "HIDDEN TESTS"):
            secrets.update(" ".join(line.split()) for line in notebooks.region(cell.source, region))
        if cell.cell_type == "markdown" and cell.metadata.get("nbgrader"):
            secrets.update(" ".join(line.split()) for line in cell.source.splitlines())
    secrets = {line for line in secrets if len(line) >= 20 and line not in student}
    assert len(secrets) > 20
    index = " ".join((site / "search-index.js").read_text(encoding="utf-8").split())
    assert not {line for line in secrets if line in texts[f"{lab.name}.html"]}
    # Another lab may ask for less, and give this one's answer.
    assert not {line for line in secrets if line in index and line not in elsewhere}


def test_the_notebooks_to_download_are_those_of_the_students(site):
    for lab in layout.find_labs():
        assert (site / "notebooks" / lab.released.name).read_bytes() == lab.released.read_bytes()


def test_every_link_and_every_file_that_a_page_names_is_there(site, pages):
    anchors = {name: {tag["id"] for tag in soup.find_all(id=True)} for name, soup in pages.items()}
    for name, soup in pages.items():
        for tag in soup.find_all(["a", "img", "link", "script"]):
            address = tag.get("href") or tag.get("src")
            if address is None or re.match(r"(https?|mailto):", address):
                continue
            file, _, anchor = address.partition("#")
            assert not file or (site / file).exists(), f"{name} names {address}"
            if anchor:
                assert anchor in anchors[file or name], f"{name} leads to {address}"


def test_no_page_asks_another_server_for_anything(site, pages):
    for name, soup in pages.items():
        for tag in soup.find_all(["img", "link", "script", "iframe", "source", "video"]):
            assert "://" not in str(tag.get("src") or tag.get("href") or ""), f"{name}: {tag}"
    for path in [*site.glob("*.css"), *site.glob("*.js")]:
        assert path.name == "search-index.js" or "://" not in path.read_text(encoding="utf-8")


def test_a_page_with_all_of_its_pictures_is_light(site, pages):
    for name, soup in pages.items():
        pictures = {str(image["src"]) for image in soup.find_all("img")}
        assert (site / name).stat().st_size + sum(
            (site / p).stat().st_size for p in pictures
        ) < LARGEST


def test_every_picture_has_words_and_its_size_and_every_fold_is_closed(pages):
    for name, soup in pages.items():
        for image in soup.find_all("img"):
            assert len(str(image["alt"])) > 10, f"{name}: {image['src']}"
            assert image["width"]
            assert image["height"]
        assert not soup.find_all("details", open=True), name
        assert len(soup.find_all("h1")) == 1, name


def test_formulas_are_drawn_by_the_browser_itself(pages):
    assert len(pages["01_backprop.html"].find_all("math")) > 50
    for name, soup in pages.items():
        for text in soup.find_all(string=re.compile(r"\$[^$]+\$|\\frac|\\text")):
            assert text.find_parent(["code", "pre", "script"]), f"{name}: {text}"


def test_each_page_leads_to_the_next_and_back(pages):
    after = {name: soup.find("link", rel="next") for name, soup in pages.items()}
    name, read = "index.html", []
    while name:
        read.append(name)
        following = after[name] and str(after[name]["href"])
        if following:
            assert pages[following].find("link", rel="prev")["href"] == name
        name = following
    assert sorted(read) == sorted(pages)


def test_a_lab_shows_its_outputs_its_stubs_and_its_figures_with_captions(book):
    said = book.run("site")
    assert re.search(r"90_web\.html +\d+ kB\n", said)
    soup = BeautifulSoup((book.root / "build/site/90_web.html").read_text(), features="html.parser")
    assert soup.find("figcaption").text == "Every place has one color."
    assert soup.find("img", alt="A blue square")
    assert "[2, 4, 6]" in shown(soup)
    assert "a run of the solved lab; cpu (2 threads)." in shown(soup)
    assert "YOUR CODE HERE" in soup.find(class_="stub").text
    assert soup.find(class_="blank")
    exercise = soup.find("section", class_="exercise")
    assert [fold.summary.text.split()[0] for fold in exercise.find_all("details")] == [
        "Hint",
        "Check",
    ]
    for secret in (ANSWER, HIDDEN, "a warning of this machine"):
        assert secret not in shown(soup)


def test_an_output_that_prints_an_answer_stops_it_and_the_old_site_stays(book):
    book.run("site")
    nb = write_run(book)
    next(cell for cell in nb.cells if cell.id == "doubles").outputs[0].text = f"    {ANSWER}\n"
    notebooks.write(nb, layout.Lab(NAME).executed)
    before = (book.root / "build/site/90_web.html").read_text()
    assert "would show a line of an answer" in book.run("site", code=1)
    assert (book.root / "build/site/90_web.html").read_text() == before
    assert [path.name for path in (book.root / "build").glob("site*")] == ["site"]


def test_a_complete_site_wants_a_full_run_of_the_text_as_it_is(book):
    book.run("site", "--complete")
    write_run(book, preset="smoke")
    assert "90_web: the run had preset smoke. Run it:" in book.run("site", "--complete", code=1)
    layout.Lab(NAME).executed.unlink()
    assert "90_web: no run that came to its end is at hand" in book.run(
        "site", "--complete", code=1
    )


def test_the_runs_alone_carry_the_outputs_to_another_machine(book, tmp_path_factory, monkeypatch):
    book.run("site", "--complete")
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    for part in (
        "labs",
        "solutions",
        "course",
        "docs",
        "README.md",
        "pyproject.toml",
        "build/executed",
    ):
        copy = shutil.copytree if (book.root / part).is_dir() else shutil.copy
        copy(book.root / part, elsewhere / part)
    monkeypatch.setattr(layout, "ROOT", elsewhere)
    book.run("site", "--complete")
    files = {
        p.relative_to(book.root): p.read_bytes()
        for p in (book.root / "build/site").rglob("*")
        if p.is_file()
    }
    assert len(files) > 10
    assert all((elsewhere / name).read_bytes() == content for name, content in files.items())


def test_a_folder_that_holds_something_else_is_left_alone(book, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("mine")
    with pytest.raises(CourseError, match="holds something that is no site"):
        write_site(layout.find_labs(), tmp_path / "mine")
    assert (tmp_path / "mine" / "notes.txt").read_text() == "mine"
