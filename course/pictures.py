"""The diagrams in a notebook: `![what it shows](figures/name.svg)` becomes an image that is part of its cell.

A lone notebook shows it wherever it is opened. Of all that could be written, one form is shown everywhere: a PNG in the
text itself. Colab shows no attachment and no SVG, JupyterLab no attached SVG. docs/contributing.md has the table.
"""

import base64
import hashlib
import html
import io
import re
from collections.abc import Iterable
from pathlib import Path
from xml.etree import ElementTree

from PIL import Image, PngImagePlugin

from course.files import atomic_write
from course.layout import CourseError, relative
from course.source import SourceCell

IMAGE = re.compile(r"!\[(?P<alt>[^]]*)\]\((?P<target>[^)]*)\)")
FILE = re.compile(r"figures/(?P<name>[a-z0-9_]+\.svg)")
CAPTION = re.compile(r"\n\n\*[^*]+\*")  # below the image, all of it in italics
SHORTEST_ALT = 20  # characters; fewer name a picture and do not say what it shows
SCALE = 2  # pixels of the PNG for one of the page: sharp on fine screens
DRAWN_FROM = "Source"  # the field of a PNG that holds the hash of its SVG
FOREIGN = {"script", "foreignObject", "iframe", "image", "style", "a"}


def embedded(written: SourceCell, text: str) -> str:
    """The text of a prose cell with its diagram in it.

    Args:
        written: the cell, whose file lies beside the folder figures/.
        text: what it says, links completed.

    Raises:
        CourseError: the file is missing, out of date or not on its own; the alt text is short; the cell holds more than
            the image and its caption, and who opens it to edit would meet 40,000 letters of image in the prose.
    """
    for image in IMAGE.finditer(text):
        place = written.location(text.count("\n", 0, image.start()) + 1)
        target, alt = image["target"], " ".join(image["alt"].split())
        if target.startswith("https://"):
            continue
        file = FILE.fullmatch(target)
        if file is None:
            raise CourseError(
                f"{place}: {target} is no picture of this lab: figures/name.svg, or an https:// address."
            )
        if len(alt) < SHORTEST_ALT:
            raise CourseError(
                f"{place}: the alt text of {target} has {len(alt)} characters. Say what the picture shows, in "
                f"{SHORTEST_ALT} or more, for those who do not see it."
            )
        if image.start() or not CAPTION.fullmatch(text[image.end() :].rstrip()):
            raise CourseError(
                f"{place}: {target} stands in a cell of its own: the image, an empty line, its caption in *italics*."
            )
        svg = written.file.parent / target
        if not svg.exists():
            raise CourseError(
                f"{place}: {relative(svg)} is missing. figures/draw.py draws it: python -m course diagrams."
            )
        try:
            width, png = _width_on_its_own(svg), _png_of(svg)
        except ValueError as error:
            raise CourseError(f"{place}: {relative(svg)} {error}") from None
        data = base64.b64encode(png).decode()
        tag = f'<img alt="{html.escape(alt)}" width="{width}" src="data:image/png;base64,{data}">'
        return tag + text[image.end() :]
    return text


def refuse_unused(figures: Path, texts: Iterable[str]) -> None:
    """Raises CourseError if a diagram in this folder is shown in none of the cells whose texts these are."""
    used = {
        file["name"]
        for text in texts
        for image in IMAGE.finditer(text)
        if (file := FILE.fullmatch(image["target"]))
    }
    unused = [svg for svg in sorted(figures.glob("*.svg")) if svg.name not in used]
    if unused:
        raise CourseError(
            "\n".join(
                f"{relative(svg)}:1: no cell shows it. Write ![what it shows](figures/{svg.name}), or delete it."
                for svg in unused
            )
        )


def rasterize(svg: Path) -> bool:
    """Makes the PNG beside an SVG file, unless it was made from it already; returns whether it wrote one.

    It needs the fonts that the SVG names: Helvetica, Arial or Liberation Sans, and DejaVu Sans Mono, Menlo or Consolas.
    """
    import resvg_py

    png, source = svg.with_suffix(".png"), _hash(svg)
    if png.exists() and _drawn_from(png.read_bytes()) == source:
        return False
    pixels = resvg_py.svg_to_bytes(
        svg_path=str(svg),
        zoom=SCALE,
        sans_serif_family="Liberation Sans",
        monospace_family="DejaVu Sans Mono",
    )
    image = _with_palette(Image.open(io.BytesIO(pixels)))
    about = PngImagePlugin.PngInfo()
    about.add_text(DRAWN_FROM, source)
    with atomic_write(png) as part:
        image.save(part, "PNG", optimize=True, pnginfo=about)
    return True


def _with_palette(image: Image.Image) -> Image.Image:
    """An image in 255 colors and one that is transparent, outside of the round corners: less than half of the bytes."""
    opacity = image.getchannel("A")
    on_white = Image.new("RGB", image.size, "white")
    on_white.paste(image, mask=opacity)
    # An octree would be faster, and would show tints of blue and of green as one.
    made = on_white.quantize(255, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    palette = made.getpalette() or []
    clear = max(made.tobytes()) + 1
    made.putpalette([*palette[: 3 * clear], 255, 255, 255])
    made.paste(clear, mask=opacity.point(lambda value: 255 * (value < 128)))
    made.info["transparency"] = clear
    return made


def _png_of(svg: Path) -> bytes:
    """The PNG beside an SVG file; raises ValueError if it was not made from it."""
    png = svg.with_suffix(".png")
    data = png.read_bytes() if png.exists() else b""
    if _drawn_from(data) != _hash(svg):
        lab = svg.parent.parent.name
        raise ValueError(f"has no PNG beside it, or an older one: python -m course diagrams {lab}.")
    return data


def _drawn_from(png: bytes) -> str | None:
    """The hash of the SVG file that a PNG was made from."""
    try:
        with Image.open(io.BytesIO(png)) as image:
            source: str | None = image.info.get(DRAWN_FROM)
            return source
    except OSError:
        return None


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _width_on_its_own(svg: Path) -> str:
    """The width of an SVG file; raises ValueError if it cannot be read, or holds a script or what lies elsewhere."""
    try:
        root = ElementTree.fromstring(svg.read_text(encoding="utf-8"))
    except ElementTree.ParseError as error:
        raise ValueError(f"is no SVG: {error}.") from None
    for element in root.iter():
        tag = str(element.tag).rpartition("}")[2]
        if tag in FOREIGN:
            raise ValueError(f"holds <{tag}>; a diagram is made of shapes and text.")
        for name, value in element.attrib.items():
            name = name.rpartition("}")[2]
            if name.startswith("on") or re.search(r"script:|url\((?!['\"]?#)|@import", value):
                raise ValueError(f"runs or loads something: {name}={value!r}.")
            if name in ("href", "src") and not value.startswith("#"):
                raise ValueError(f"refers to what lies elsewhere: {name}={value!r}.")
    width = root.get("width", "")
    if not width.isdecimal():
        raise ValueError(f"has the width {width!r}; a number of pixels is needed.")
    return width
