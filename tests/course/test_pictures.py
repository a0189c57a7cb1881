"""A diagram is part of the notebook that shows it, and one that cannot be shown stops the build."""

import base64
import io
import re

import pytest
from conftest import ROOT
from nbconvert import HTMLExporter
from PIL import Image

from course import notebooks, pictures
from course.build import build_notebook
from course.layout import CourseError, Lab

LAB = Lab("90_tiny")
SHOWN = """\
# %% [markdown]
# ![A dot with "quotes", <b>,
# and a & sign](figures/dot.svg)
#
# *Look at the dot,
# and at `x`.*

# %% given"""
SVG = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 700 300" width="700" height="300">
  <rect x="0.5" y="0.5" width="699" height="299" fill="#FFFFFF" rx="12" stroke="#D0D7DE" />
  <rect x="50" y="50" width="100" height="100" fill="#D1E6F1" />
  <rect x="200" y="50" width="100" height="100" fill="#D1EEE6" />
</svg>
"""
FILES = sorted((ROOT / "solutions").glob("*/figures/*.svg"))


@pytest.fixture
def dot(course):
    """The tiny lab with a diagram in a cell of its own; gives the path of the SVG file."""
    svg = LAB.source / "figures" / "dot.svg"
    svg.parent.mkdir()
    svg.write_text(SVG)
    pictures.rasterize(svg)
    course.edit("# %% given", SHOWN)
    return svg


def picture(nb) -> str:
    """The text of the cell that shows the diagram."""
    (text,) = [cell.source for cell in nb.cells if "<img" in cell.source]
    return text


def image(text: str) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(re.search(r"base64,([^\"]+)", text)[1])))


def test_a_diagram_is_in_the_notebook_with_its_words_and_its_width(dot):
    text = picture(build_notebook(LAB).notebook)
    assert text.startswith(
        '<img alt="A dot with &quot;quotes&quot;, &lt;b&gt;, and a &amp; sign" width="700" src="data:image/png;base64,'
    )
    assert text.endswith('">\n\n*Look at the dot,\nand at `x`.*')
    assert image(text).size == (1400, 600)


def test_the_student_gets_it_and_nothing_has_drifted(course, dot):
    course.run("release")
    assert picture(notebooks.read(course.released())) == picture(notebooks.read(course.built()))
    assert "what the sources give" in course.run("release", "--check")


def test_a_page_made_of_the_notebook_alone_shows_it(course, dot, tmp_path):
    page, _ = HTMLExporter().from_notebook_node(build_notebook(LAB).notebook)
    assert image(re.search(r"<img [^>]+>", page)[0]).size == (1400, 600)


def test_the_cell_keeps_its_name_when_the_diagram_is_drawn_anew(dot):
    before = [cell.id for cell in build_notebook(LAB).notebook.cells]
    dot.write_text(SVG.replace("300", "310"))
    pictures.rasterize(dot)
    assert [cell.id for cell in build_notebook(LAB).notebook.cells] == before


def test_tints_stay_what_they_are_and_corners_are_clear(dot):
    with Image.open(dot.with_suffix(".png")) as png:
        drawn = png.convert("RGBA")
    assert drawn.getpixel((0, 0))[3] == 0
    for place, tint in (((200, 200), (0xD1, 0xE6, 0xF1)), ((500, 200), (0xD1, 0xEE, 0xE6))):
        assert drawn.getpixel(place) == pytest.approx((*tint, 255), abs=2)


def test_a_png_is_made_once_and_again_when_the_diagram_changes(dot):
    assert not pictures.rasterize(dot)
    dot.write_text(SVG.replace("100", "90"))
    assert pictures.rasterize(dot)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("figures/dot", "figures/other", r"figures/other\.svg is missing"),
        ("figures/dot.svg", "figures/dot.png", r"dot\.png is no picture of this lab"),
        ("figures/dot.svg", "http://example.org/dot.svg", "is no picture of this lab"),
        (SHOWN.split("\n")[1], "# ![A dot,", "has 19 characters"),
        ("# ![A dot", "# See:\n# ![A dot", "stands in a cell of its own"),
        ("#\n# *Look at the dot,\n# and at `x`.*", "#", "its caption in"),
    ],
)
def test_a_picture_that_cannot_be_shown_is_named_by_file_and_line(course, dot, old, new, says):
    course.edit(old, new)
    text = course.card().read_text()
    line = next(n for n, shown in enumerate(text.splitlines(), 1) if "![" in shown)
    with pytest.raises(CourseError, match=rf"90_tiny/00_card\.py:{line}: .*{says}"):
        build_notebook(LAB)


@pytest.mark.parametrize(
    ("new", "says"),
    [
        ("<script>alert(1)</script></svg>", "holds <script>"),
        ("<foreignObject /></svg>", "holds <foreignObject>"),
        ('<image href="https://example.org/a.png" /></svg>', "holds <image>"),
        ('<use href="https://example.org/a.svg#a" /></svg>', "refers to what lies elsewhere: href"),
        ('<rect onclick="alert(1)" /></svg>', "runs or loads something: onclick"),
        ('<rect fill="url(https://example.org/a)" /></svg>', "runs or loads something: fill"),
        ("", "is no SVG"),
    ],
)
def test_a_diagram_holds_nothing_that_runs_or_lies_elsewhere(dot, new, says):
    dot.write_text(SVG.replace("</svg>", new))
    with pytest.raises(CourseError, match=rf"00_card\.py:\d+: .*dot\.svg {says}"):
        build_notebook(LAB)


def test_a_diagram_that_was_changed_is_drawn_before_it_is_shown(dot):
    dot.write_text(SVG.replace("50", "60"))
    with pytest.raises(CourseError, match="an older one: python -m course diagrams 90_tiny"):
        build_notebook(LAB)
    dot.with_suffix(".png").unlink()
    with pytest.raises(CourseError, match="has no PNG beside it"):
        build_notebook(LAB)


def test_a_diagram_that_no_cell_shows_is_named(dot):
    (dot.parent / "forgotten.svg").write_text(SVG)
    with pytest.raises(CourseError, match=r"90_tiny/figures/forgotten\.svg:1: no cell shows it"):
        build_notebook(LAB)


@pytest.mark.parametrize("svg", FILES, ids=lambda svg: f"{svg.parent.parent.name}/{svg.stem}")
def test_each_color_of_a_diagram_of_the_book_is_in_its_png(svg):
    """A palette has 256 colors, and tints that mean different things may not become one."""
    with Image.open(svg.with_suffix(".png")) as png:
        palette = list(zip(*[iter(png.getpalette())] * 3, strict=True))
    for fill in set(re.findall(r'<rect [^>]*fill="#([0-9A-F]{6})"', svg.read_text())):
        color = bytes.fromhex(fill)
        assert (
            min(max(abs(a - b) for a, b in zip(color, other, strict=True)) for other in palette)
            <= 4
        )


def test_pngs_are_small_and_have_an_svg():
    assert {png.with_suffix(".svg") for png in (ROOT / "solutions").glob("*/figures/*.png")} == set(
        FILES
    )
    assert max(svg.with_suffix(".png").stat().st_size for svg in FILES) < 50_000
