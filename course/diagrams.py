"""Draws the diagrams of a lab: solutions/NN_name/figures/draw.py → SVG and PNG files beside it, in one style.

A page is 700 wide, so that a size is a pixel where a notebook shows it. All of it stands on a white card, which reads
on dark pages too. In texts, `code` is set in a typewriter face, **words** are bold and h_{t} has an index.
"""

import math
import re
import runpy
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from xml.etree import ElementTree

from course.files import write_text
from course.layout import CourseError, Lab, relative
from course.pictures import rasterize

WIDTH = 700
FONT = "Helvetica, Arial, sans-serif"
CODE_FONT = "Menlo, Consolas, 'DejaVu Sans Mono', monospace"
SIZE, SMALL = 15, 13  # of letters; nothing is smaller

WHITE, INK, GRAY, LINE, PALE = "#FFFFFF", "#1F2328", "#57606A", "#8C959F", "#F3F4F6"
# The colors of the book's plots, which a test compares: utils.plots is not for the course to import.
BLUE, ORANGE, GREEN, PINK, YELLOW, SKY = COLORS = (
    "#0072B2",
    "#D55E00",
    "#009E73",
    "#CC79A7",
    "#E69F00",
    "#56B4E9",
)

Point = tuple[float, float]
MARKUP = re.compile(r"(`[^`]+`|\*\*[^*]+\*\*|_\{[^}]+\})")


def mix(color: str, other: str, share: float) -> str:
    """A color with this share of another one in it."""
    pairs = ((int(color[i : i + 2], 16), int(other[i : i + 2], 16)) for i in (1, 3, 5))
    return "#" + "".join(f"{round(a + share * (b - a)):02X}" for a, b in pairs)


def tint(color: str) -> str:
    """A color light enough to write on; white, the pale gray and the line's gray have none."""
    return {WHITE: WHITE, PALE: PALE, LINE: WHITE}.get(color) or mix(color, WHITE, 0.82)


def shade(color: str) -> str:
    """A color dark enough to write with on white and on its tint."""
    return {INK: INK, GRAY: GRAY, WHITE: LINE, PALE: LINE}.get(color) or mix(color, "#000000", 0.38)


def number(value: float, digits: int = 2) -> str:
    """A number as the book prints it, with a true minus sign."""
    text = f"{value:.{digits}f}"
    return text.removeprefix("-") if float(text) == 0 else text.replace("-", "−")


@dataclass(frozen=True)
class Box:
    """A place on the page, and the points where arrows meet it."""

    x: float
    y: float
    width: float
    height: float

    def at(self, across: float, down: float) -> Point:
        """The point at these shares of the width and the height; (0.5, 1) is the middle of the lower edge."""
        return self.x + across * self.width, self.y + down * self.height

    @property
    def left(self) -> Point:
        return self.at(0, 0.5)

    @property
    def right(self) -> Point:
        return self.at(1, 0.5)

    @property
    def top(self) -> Point:
        return self.at(0.5, 0)

    @property
    def bottom(self) -> Point:
        return self.at(0.5, 1)

    @property
    def center(self) -> Point:
        return self.at(0.5, 0.5)


class Diagram:
    """A card that boxes, arrows, texts and grids are drawn on, in the order of the calls."""

    def __init__(self, title: str, desc: str, height: float) -> None:
        """An empty card.

        Args:
            title: what it is called.
            desc: what it shows, all of it, for those who do not see it.
            height: in pixels, at a width of 700.
        """
        size = {"width": _short(WIDTH), "height": _short(height)}
        self.root = ElementTree.Element(
            "svg",
            {
                "xmlns": "http://www.w3.org/2000/svg",
                "viewBox": f"0 0 {WIDTH} {_short(height)}",
                **size,
                "role": "img",
                "font-family": FONT,
                "font-size": str(SIZE),
                "fill": INK,
            },
        )
        ElementTree.SubElement(self.root, "title").text = title
        ElementTree.SubElement(self.root, "desc").text = desc
        self._rect(Box(0.5, 0.5, WIDTH - 1, height - 1), WHITE, "#D0D7DE", radius=12)

    def svg(self) -> str:
        """The file's text."""
        self.root.text = "\n  "
        for element in self.root:  # inside of a text, white space would show
            element.tail = "\n  "
        element.tail = "\n"
        return ElementTree.tostring(self.root, encoding="unicode") + "\n"

    def text(
        self,
        at: Point,
        text: str,
        *,
        size: float = SIZE,
        color: str = INK,
        anchor: str = "middle",
        code: bool = False,
        bold: bool = False,
        halo: bool = False,
        turn: float = 0,
    ) -> None:
        """Writes lines of text, centered on `at` from top to bottom.

        Args:
            at: the middle of the lines; `anchor` says whether it is their start, middle or end from left to right.
            text: with line breaks and markup.
            size: of the letters, in pixels.
            color: of the palette; a dark shade of it is used.
            code: all of it in the typewriter face.
            bold: all of it bold.
            halo: with a white rim, for text that stands on a line.
            turn: degrees, clockwise.
        """
        lines = text.split("\n")
        step = 1.3 * size
        for i, line in enumerate(lines):
            x, y = at[0], at[1] + (i - (len(lines) - 1) / 2) * step + 0.35 * size
            element = self._add("text", x=x, y=y)
            self._set_style(element, size, color, code, bold)
            if anchor != "start":
                element.set("text-anchor", anchor)
            if halo:
                element.attrib |= {
                    "stroke": WHITE,
                    "stroke-width": "8",
                    "stroke-linejoin": "round",
                    "paint-order": "stroke",
                }
            if turn:
                element.set("transform", f"rotate({_short(turn)} {_short(x)} {_short(at[1])})")
            self._fill_line(element, line, size)

    def box(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        text: str = "",
        *,
        color: str = WHITE,
        size: float = SIZE,
        code: bool = False,
        bold: bool = False,
        radius: float = 7,
        dashed: bool = False,
        plain: bool = False,
    ) -> Box:
        """A rounded box with text in it; `plain` leaves its border out."""
        place = Box(x, y, width, height)
        edge = "none" if plain else shade(color) if color in (WHITE, PALE) else color
        self._rect(place, tint(color), edge, radius=radius, dashed=dashed)
        if text:
            self.text(place.center, text, size=size, code=code, bold=bold)
        return place

    def circle(
        self,
        center: Point,
        radius: float,
        text: str = "",
        *,
        color: str = WHITE,
        size: float = SIZE,
        code: bool = False,
        bold: bool = False,
    ) -> Box:
        """A round node with text in it."""
        x, y = center
        edge = LINE if color in (WHITE, PALE) else color
        node = self._add("circle", cx=x, cy=y, r=radius, fill=tint(color), stroke=edge)
        node.set("stroke-width", "1.5")
        if text:
            self.text(center, text, size=size, code=code, bold=bold)
        return Box(x - radius, y - radius, 2 * radius, 2 * radius)

    def arrow(
        self,
        *points: Point,
        color: str = GRAY,
        dashed: bool = False,
        width: float = 1.6,
        head: bool = True,
        curve: bool = False,
    ) -> None:
        """A line through points, with rounded corners and a head at its end.

        Args:
            points: from the tail to the tip; with `curve`, the tail, two points that pull, and the tip.
            color: of the line and its head.
            dashed: broken, for what goes backward or is left out.
            width: of the line.
            head: whether the line has one.
        """
        *before, last, tip = points
        angle = math.atan2(tip[1] - last[1], tip[0] - last[0])
        long = 7 + 1.2 * width
        end = _moved(tip, angle, -0.8 * long) if head else tip
        if curve:
            path = f"M{_pair(points[0])} C{_pair(points[1])} {_pair(points[2])} {_pair(end)}"
        else:
            path = _rounded([*before, last, end])
        line = self._add("path", d=path, fill="none", stroke=color)
        line.set("stroke-width", _short(width))
        if dashed:
            line.set("stroke-dasharray", "5 4")
        if head:
            corners = [tip] + [
                _moved(_moved(tip, angle, -long), angle + math.pi / 2, side)
                for side in (0.46 * long, -0.46 * long)
            ]
            self._add("path", d="M" + " L".join(map(_pair, corners)) + " Z", fill=color)

    def grid(
        self,
        x: float,
        y: float,
        rows: Sequence[Sequence[str]],
        cell: tuple[float, float] = (46, 26),
        *,
        color: str = BLUE,
        colors: Sequence[Sequence[str]] | None = None,
        size: float = 14,
        code: bool = False,
    ) -> Box:
        """A table of cells: a matrix, a mask; `colors` gives each cell its own."""
        width, height = cell
        for i, row in enumerate(rows):
            for j, text in enumerate(row):
                own = colors[i][j] if colors else color
                place = Box(x + j * width, y + i * height, width, height)
                self._rect(place, tint(own), WHITE, line=1)
                if text:
                    self.text(place.center, text, size=size, code=code)
        whole = Box(x, y, width * max(map(len, rows)), height * len(rows))
        self._rect(whole, "none", color if color not in (WHITE, PALE) else LINE, radius=2)
        return whole

    def line(self, *points: Point, color: str = LINE, dashed: bool = False) -> None:
        """A thin line without a head."""
        self.arrow(*points, color=color, dashed=dashed, width=1.2, head=False)

    def hatch(self, place: Box, *, color: str = LINE, gap: float = 7) -> None:
        """Slanted lines over a box: what is hidden, told without a color."""
        x, y, width, height = place.x, place.y, place.width, place.height
        parts = []
        offset = gap
        while offset < width + height:
            start = (x + min(offset, width), y + max(0, offset - width))
            end = (x + max(0, offset - height), y + min(offset, height))
            parts.append(f"M{_pair(start)} L{_pair(end)}")
            offset += gap
        self._add("path", d=" ".join(parts), stroke=color, fill="none")

    def _add(self, tag: str, **attributes: float | str) -> ElementTree.Element:
        values = {k: v if isinstance(v, str) else _short(v) for k, v in attributes.items()}
        return ElementTree.SubElement(self.root, tag, values)

    def _rect(
        self,
        place: Box,
        fill: str,
        stroke: str,
        radius: float = 0,
        line: float = 1.5,
        dashed: bool = False,
    ) -> None:
        element = self._add("rect", x=place.x, y=place.y, width=place.width, height=place.height)
        element.set("fill", fill)
        if radius:
            element.set("rx", _short(radius))
        if stroke != "none":
            element.attrib |= {"stroke": stroke, "stroke-width": _short(line)}
        if dashed:
            element.set("stroke-dasharray", "5 4")

    def _set_style(
        self, element: ElementTree.Element, size: float, color: str, code: bool, bold: bool
    ) -> None:
        if size != SIZE:
            element.set("font-size", _short(size))
        if color != INK:
            element.set("fill", shade(color))
        if code:
            element.set("font-family", CODE_FONT)
        if bold:
            element.set("font-weight", "bold")

    def _fill_line(self, element: ElementTree.Element, line: str, size: float) -> None:
        """Plain text, and a tspan for each piece of markup."""
        back = 0.0  # what the baseline has to come up by after an index
        for piece in filter(None, MARKUP.split(line)):
            span = ElementTree.SubElement(element, "tspan")
            down = -back
            back = 0.0
            if piece.startswith("`"):
                span.text = piece[1:-1]
                span.attrib |= {"font-family": CODE_FONT, "font-size": _short(max(SMALL, size - 1))}
            elif piece.startswith("**"):
                span.text = piece[2:-2]
                span.set("font-weight", "bold")
            elif piece.startswith("_{"):
                span.text = piece[2:-1]
                span.set("font-size", str(SMALL))
                back = 0.22 * size
                down += back
            else:
                span.text = piece
            if down:
                span.set("dy", _short(down))
        if len(element) == 1 and not element[0].attrib:  # plain text needs no tspan
            element.text = element[0].text
            element.remove(element[0])


def drawn(lab: Lab) -> dict[str, str]:
    """The diagrams of a lab, file name → text; none where it has no draw.py.

    Raises:
        CourseError: draw.py has no list DIAGRAMS.
    """
    if not lab.drawings.exists():
        return {}
    functions: list[Callable[[], Diagram]] | None
    functions = runpy.run_path(str(lab.drawings)).get("DIAGRAMS")
    if functions is None:
        raise CourseError(
            f"{relative(lab.drawings)}: DIAGRAMS = [...] is missing, the functions to call."
        )
    return {f"{function.__name__}.svg": function().svg() for function in functions}


def draw(lab: Lab) -> list[str]:
    """Writes the diagrams of a lab that are not as their script draws them, as SVG and PNG; returns their names."""
    changed = []
    for name, text in drawn(lab).items():
        path = lab.drawings.parent / name
        same = path.exists() and path.read_text(encoding="utf-8") == text
        if not same:
            write_text(path, text)
        if rasterize(path) or not same:
            changed.append(name)
    return changed


def _short(value: float) -> str:
    return f"{round(value, 1):g}"


def _pair(point: Point) -> str:
    return f"{_short(point[0])} {_short(point[1])}"


def _moved(point: Point, angle: float, by: float) -> Point:
    return point[0] + by * math.cos(angle), point[1] + by * math.sin(angle)


def _rounded(points: Sequence[Point], radius: float = 8) -> str:
    """A path through points whose corners are rounded."""
    path = f"M{_pair(points[0])}"
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        r = min(radius, math.dist(before, corner) / 2, math.dist(corner, after) / 2)
        into = _moved(corner, math.atan2(before[1] - corner[1], before[0] - corner[0]), r)
        out = _moved(corner, math.atan2(after[1] - corner[1], after[0] - corner[0]), r)
        path += f" L{_pair(into)} Q{_pair(corner)} {_pair(out)}"
    return f"{path} L{_pair(points[-1])}"
