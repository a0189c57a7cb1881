"""Every diagram is what its script draws, in one style, and says in words what it shows."""

import math
import re
from xml.etree import ElementTree

import pytest
from conftest import ROOT

from course import diagrams
from course.layout import CourseError, Lab, find_labs
from utils.plots import COLORS

FILES = sorted((ROOT / "solutions").glob("*/figures/*.svg"))
LABS = [lab for lab in find_labs() if lab.drawings.exists()]
NAMES = [f"{path.parent.parent.name}/{path.stem}" for path in FILES]
SVG = "{http://www.w3.org/2000/svg}"
SHAPES = {"svg", "title", "desc", "rect", "circle", "path", "text", "tspan"}
INKS = {
    diagrams.WHITE,
    diagrams.INK,
    diagrams.GRAY,
    diagrams.LINE,
    diagrams.PALE,
    "#D0D7DE",
    "none",
}
SCRIPT = """\
from course.diagrams import Diagram

def dot():
    d = Diagram("A dot", "One dot.", 40)
    d.circle((20, 20), 5)
    return d

DIAGRAMS = [dot]
"""

SHOWN = "# %% [markdown]\n# ![A dot on an empty page](figures/dot.svg)\n#\n# *A dot.*\n\n"


@pytest.fixture(params=FILES, ids=NAMES)
def picture(request):
    return ElementTree.parse(request.param).getroot()


def words(root: ElementTree.Element) -> str:
    """All that is written in a picture."""
    return "\n".join("".join(text.itertext()) for text in root.iter(f"{SVG}text"))


@pytest.mark.parametrize("lab", LABS, ids=lambda lab: lab.name)
def test_the_files_are_what_the_script_draws(lab):
    drawn = diagrams.drawn(lab)
    found = {
        path.name: path.read_text(encoding="utf-8") for path in lab.drawings.parent.glob("*.svg")
    }
    assert found == drawn, f"python -m course diagrams {lab.name} draws them anew"


def test_a_picture_has_a_title_and_says_what_it_shows(picture):
    title, desc = picture.findtext(f"{SVG}title"), picture.findtext(f"{SVG}desc")
    assert 10 < len(title) < 70
    assert desc.endswith(".")
    assert 100 < len(desc) < 600


def test_each_number_of_the_description_stands_in_the_picture(picture):
    numbers = set(re.findall(r"−?\d+\.\d+", picture.findtext(f"{SVG}desc")))
    assert numbers <= set(re.findall(r"−?\d+\.\d+", words(picture)))


def test_what_is_written_as_an_equation_holds(picture):
    for left, right in re.findall(r"((?:[−\d.·+() ]+)) = (−?[\d.]*\d)", words(picture)):
        if re.search(r"[·+−] ", left):  # not the mere value of a name
            value = eval(
                left.replace("−", "-").replace("·", "*").strip()
            )  # numbers and signs alone
            _, _, digits = right.partition(".")
            assert abs(value - float(right.replace("−", "-"))) <= 0.5001 * 10 ** -len(digits), left


def test_a_picture_is_700_wide_and_has_no_way_out(picture):
    height = picture.get("height")
    assert picture.get("viewBox") == f"0 0 700 {height}"
    assert picture.get("width") == "700"
    assert 200 < float(height) < 620
    assert {element.tag.removeprefix(SVG) for element in picture.iter()} <= SHAPES
    names = {name for element in picture.iter() for name in element.attrib}
    assert not {name for name in names if "href" in name or name.startswith("on")}
    assert not {"id", "style", "class"} & names


def test_a_picture_keeps_to_the_fonts_and_the_palette(picture):
    allowed = INKS | {
        change(color) for color in COLORS for change in (str, diagrams.tint, diagrams.shade)
    }
    for element in picture.iter():
        assert element.get("font-family", diagrams.FONT) in (diagrams.FONT, diagrams.CODE_FONT)
        assert element.get("font-weight", "bold") == "bold"
        assert float(element.get("font-size", diagrams.SIZE)) >= diagrams.SMALL
        for name in ("fill", "stroke"):
            assert element.get(name, "none") in allowed


def test_no_text_leaves_its_card(picture):
    for text in picture.iter(f"{SVG}text"):
        if "transform" in text.attrib:
            continue
        width = 0.0
        for part in (text, *text):
            font, size = (
                part.get(name, text.get(name, other))
                for name, other in (("font-family", diagrams.FONT), ("font-size", diagrams.SIZE))
            )
            # Menlo's letters are 0.602 of their size wide; those of Helvetica are narrower on average.
            share = 0.602 if font == diagrams.CODE_FONT else 0.52
            width += share * float(size) * len(part.text or "")
        start = float(text.get("x"))
        if text.get("text-anchor") == "middle":
            start -= width / 2
        elif text.get("text-anchor") == "end":
            start -= width
        assert start >= 8, words(picture)
        assert start + width <= 692, "".join(text.itertext())


def test_files_are_small_and_have_a_script():
    assert max(path.stat().st_size for path in FILES) < 20_000
    assert {path.parent for path in FILES} == {lab.drawings.parent for lab in LABS}


def test_the_palette_is_that_of_the_plots():
    assert diagrams.COLORS == COLORS


def luminance(color: str) -> float:
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("color", [*diagrams.COLORS, diagrams.GRAY, diagrams.INK])
def test_what_is_written_can_be_read(color):
    for ground in (diagrams.WHITE, diagrams.PALE):
        contrast = (luminance(ground) + 0.05) / (luminance(diagrams.shade(color)) + 0.05)
        assert contrast >= 4.5
    if color in diagrams.COLORS:
        contrast = (luminance(diagrams.tint(color)) + 0.05) / (luminance(diagrams.INK) + 0.05)
        assert contrast >= 4.5


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [(-0.25, 2, "−0.25"), (-0.001, 2, "0.00"), (0.0, 1, "0.0"), (3.0, 0, "3"), (-12.0, 0, "−12")],
)
def test_a_number_is_printed_as_in_the_book(value, digits, text):
    assert diagrams.number(value, digits) == text


def test_markup_becomes_code_bold_and_an_index():
    d = diagrams.Diagram("T", "D", 100)
    d.text((50, 50), "see `W_hh` and **h**_{t-1} now")
    (text,) = d.root.iter("text")
    parts = [(span.text, sorted(span.attrib)) for span in text]
    assert parts == [
        ("see ", []),
        ("W_hh", ["font-family", "font-size"]),
        (" and ", []),
        ("h", ["font-weight"]),
        ("t-1", ["dy", "font-size"]),
        (" now", ["dy"]),
    ]
    assert float(text[4].get("dy")) == -float(text[5].get("dy")) > 0
    assert "".join(ElementTree.fromstring(d.svg()).itertext()).count("see W_hh and ht-1 now") == 1


def test_lines_stand_around_their_middle():
    d = diagrams.Diagram("T", "D", 100)
    d.text((50, 50), "one\ntwo\nthree", size=20)
    heights = [float(text.get("y")) for text in d.root.iter("text")]
    assert heights == [31, 57, 83]


def test_an_arrow_ends_at_its_tip_and_its_line_inside_of_the_head():
    d = diagrams.Diagram("T", "D", 100)
    d.arrow((10, 50), (60, 50), (60, 90))
    line, head = d.root.iter("path")
    assert head.get("d").startswith("M60 90 L")
    numbers = [float(number) for number in re.findall(r"[\d.]+", line.get("d"))]
    assert numbers[:2] == [10, 50]
    assert numbers[-2] == 60
    assert 80 < numbers[-1] < 90
    sides = [float(number) for number in re.findall(r"[\d.]+", head.get("d"))][2:]
    assert math.isclose(sides[0] + sides[2], 120, abs_tol=0.2)


def test_a_box_knows_where_arrows_meet_it():
    box = diagrams.Diagram("T", "D", 100).box(10, 20, 40, 30)
    assert (box.left, box.right) == ((10, 35), (50, 35))
    assert (box.top, box.bottom, box.center) == ((30, 20), (30, 50), (30, 35))


def test_hatching_stays_in_its_box():
    d = diagrams.Diagram("T", "D", 100)
    d.hatch(diagrams.Box(10, 20, 30, 14))
    (path,) = d.root.iter("path")
    numbers = [float(number) for number in re.findall(r"[\d.]+", path.get("d"))]
    assert min(numbers[::2]) >= 10
    assert max(numbers[::2]) <= 40
    assert min(numbers[1::2]) >= 20
    assert max(numbers[1::2]) <= 34


def test_a_lab_is_drawn_once_and_its_script_is_no_section(course):
    lab = Lab("90_tiny")
    assert diagrams.draw(lab) == []
    lab.drawings.parent.mkdir()
    lab.drawings.write_text(SCRIPT)
    assert "drawn  dot.svg" in course.run("diagrams")
    assert "up to date" in course.run("diagrams")
    assert "<desc>One dot.</desc>" in (lab.drawings.parent / "dot.svg").read_text()
    (lab.drawings.parent / "dot.png").unlink()
    assert "drawn  dot.svg" in course.run("diagrams")
    course.edit("# %% given", f"{SHOWN}# %% given")
    assert "built" in course.run("build")


def test_a_script_without_a_list_is_named(course):
    lab = Lab("90_tiny")
    lab.drawings.parent.mkdir()
    lab.drawings.write_text("\n")
    with pytest.raises(
        CourseError, match=r"90_tiny/figures/draw.py: DIAGRAMS = \[...\] is missing"
    ):
        diagrams.drawn(lab)
