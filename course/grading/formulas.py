"""Formulas that a browser shows by itself: TeX in a page becomes MathML, and no script is fetched for it."""

import functools
import re
from html import unescape
from xml.etree import ElementTree

from bs4 import BeautifulSoup
from bs4.element import NavigableString, Tag
from latex2mathml.converter import convert_to_element

# As nbconvert leaves them in its HTML; a dollar sign behind a backslash is one.
_TEX = re.compile(
    r"(?<![$\\])\$\$(?P<block>.+?)(?<!\\)\$\$|(?<![$\\])\$(?P<inline>[^$]+?)(?<!\\)\$"
    r"|(?P<environment>\\begin\{(?P<name>[a-z]+\*?)\}.*?\\end\{(?P=name)\})",
    re.S,
)
_VERBATIM = ("code", "pre", "script", "style", "math", "textarea", "kbd", "samp")
_LONGEST = 5000  # characters; a longer one is no formula
_ELEMENTS = set(
    re.findall(
        r"\w+",
        """math menclose mfrac mi mmultiscripts mn mo mover mpadded mphantom mprescripts mroot mrow mspace msqrt
        mstyle msub msubsup msup mtable mtd mtext mtr munder munderover none""",
    )
)
_ATTRIBUTES = set(
    re.findall(
        r"\w+",
        """accent accentunder columnalign columnlines columnspacing columnspan depth display displaystyle fence form
        height linethickness lspace mathvariant maxsize minsize movablelimits notation rowlines rowspacing rspace
        scriptlevel separator stretchy voffset width""",
    )
)


def with_formulas(html: str) -> str:
    """HTML whose formulas are MathML; those that cannot be converted stay as they were written."""
    if "$" not in html and "\\begin" not in html:
        return html
    soup = BeautifulSoup(html, features="html.parser")
    draw_formulas(soup)
    return str(soup)


def draw_formulas(part: Tag) -> None:
    """The same in a part of a page that is parsed already."""
    for text in part.find_all(string=_TEX):
        if not any(parent.name in _VERBATIM for parent in text.parents):
            text.replace_with(*_pieces(str(text)))


def _pieces(text: str) -> list[NavigableString | Tag]:
    """A text, cut into what stands between formulas, and the formulas."""
    pieces: list[NavigableString | Tag] = []
    done = 0
    for match in _TEX.finditer(text):
        tex = match["block"] or match["inline"] or match["environment"]
        made = mathml(tex.strip(), block=match["inline"] is None)
        if made is not None:
            pieces.append(NavigableString(text[done : match.start()]))
            pieces.append(BeautifulSoup(made, features="html.parser"))
            done = match.end()
    return [*pieces, NavigableString(text[done:])]


@functools.lru_cache(maxsize=4096)  # most formulas of a class are the lab's own
def mathml(tex: str, *, block: bool) -> str | None:
    """A formula as MathML; None if it cannot be converted, or is more than a formula.

    Args:
        tex: without dollar signs. It may be a student's: text in it stays text.
        block: on a line of its own.
    """
    if len(tex) > _LONGEST:
        return None
    try:
        # It does not know `aligned`, and `split` looks the same.
        known = tex.replace("{aligned}", "{split}")
        math = convert_to_element(known, display="block" if block else "inline")
    except (
        Exception
    ):  # no list of its errors exists: brackets that do not match, unknown environments, ...
        return None
    for element in math.iter():
        # It keeps entities as their names, and commands that it does not know as they are.
        element.text = unescape(element.text or "")
        if element.tag not in _ELEMENTS or element.text.startswith(("\\", "&")):
            return None
        element.attrib = {k: v for k, v in element.attrib.items() if k in _ATTRIBUTES}
    made = ElementTree.tostring(math, encoding="unicode", short_empty_elements=False)
    return f'<span class="formula">{made}</span>' if block else made
