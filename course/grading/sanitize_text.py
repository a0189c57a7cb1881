"""What a submission says can be read wherever an instructor looks at it, and none of it runs there.

nbgrader's formgrader and its feedback pages put the text and the HTML of a notebook into a page as they are. A script
in it would have all rights of the instructor in whose browser it runs; an image is enough to send a request in their
name.
"""

import functools
import json
import re
from collections.abc import Iterable
from html.parser import HTMLParser

import nh3
from nbconvert.exporters.exporter import ResourcesDict
from nbconvert.filters import ansi2html, strip_ansi
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbformat import NotebookNode, v4
from nbgrader.preprocessors import NbGraderPreprocessor

from course.grading.step import Step


class SanitizeText(NbGraderPreprocessor):
    """At the end of both passes of autograde: the notebook that others read is made of what is known to be harmless.

    Prose stays as it was written if all that it becomes in a page is on the list below; otherwise the tags in it that
    are not, or the whole of it, are shown as text. Outputs in HTML lose what is not on the list. Code is not touched:
    nbconvert escapes it. What is not known here (kinds of cells and outputs, metadata) does not stay.
    """

    def preprocess(self, nb: NotebookNode, resources: ResourcesDict) -> Step:
        names = {
            name
            for cell in nb.cells
            if (name := cell.metadata.get("nbgrader", {}).get("grade_id")) is not None
        }
        nb.metadata = NotebookNode(
            {key: nb.metadata[key] for key in ("kernelspec",) if key in nb.metadata}
        )
        nb.cells = [_safe_cell(cell, names) for cell in nb.cells]
        return nb, resources


def _safe_cell(cell: NotebookNode, names: set[str]) -> NotebookNode:
    """A cell made anew, of the fields that are known."""
    metadata = {key: cell.metadata[key] for key in ("nbgrader", "jupyter") if key in cell.metadata}
    known = {"metadata": NotebookNode(metadata)}
    if re.fullmatch(r"[\w-]{1,64}", str(cell.get("id", "")), re.A):
        known["id"] = cell.id
    if cell.cell_type == "code":
        count = cell.get("execution_count")
        made: NotebookNode = v4.new_code_cell(
            cell.source,
            outputs=[safe for output in cell.outputs if (safe := safe_output(output, names))],
            execution_count=count if isinstance(count, int) else None,
            **known,
        )
        return made
    attachments = safe_attachments(cell.get("attachments", {}))
    prose = cell.cell_type == "markdown"  # a raw cell would go into the page as it is
    text = safe_markdown(cell.source, attachments, names) if prose else as_code(cell.source)
    made = v4.new_markdown_cell(text, **known)
    if attachments:
        made.attachments = attachments
    return made


# Markdown


def safe_markdown(source: str, attachments: NotebookNode, names: Iterable[str] = ()) -> str:
    """Markdown that shows the same, where all that it becomes is harmless; else its tags, or all of it, as text.

    Args:
        source: what a student wrote.
        attachments: the images that it may show.
        names: the ids of graded cells, which no heading may take.
    """
    for text in (source, tags_as_text(source)):
        if is_harmless(text, attachments, names):
            return text
    return as_code(source)


def is_harmless(source: str, attachments: NotebookNode, names: Iterable[str] = ()) -> bool:
    """Whether the page that nbconvert makes of markdown holds only what is on the list."""
    return _judged(source, json.dumps(attachments, sort_keys=True), frozenset(names))


# Most prose of a class is the lab's own, and the same in each submission.
@functools.lru_cache(maxsize=512)
def _judged(source: str, attachments: str, names: frozenset[str]) -> bool:
    try:
        renderer = IPythonRenderer(escape=False, attachments=json.loads(attachments))
        html = MarkdownWithMath(renderer=renderer).render(source)
    except (
        Exception
    ):  # no list of its errors exists: nesting too deep, an attachment that is missing, ...
        return False
    parts = _parts(html)
    tags = sum(kind != "text" for kind, *_ in parts)
    # The count leaves nothing that one parser could take for text and another for a tag.
    return html.count("<") == tags and _without_bodies(parts) == _without_bodies(
        _parts(clean_html(html, names))
    )


def as_code(source: str) -> str:
    """Markdown that shows a text as it is."""
    ticks = max(map(len, re.findall("`+", source)), default=0)
    fence = "`" * max(3, ticks + 1)
    return f"{fence}\n{source}\n{fence}"


# What a tag in it is text already: code and mathematics.
_VERBATIM = (
    r"^ {0,3}(?P<fence>`{3,}|~{3,}).*?(?:^ {0,3}(?P=fence)[`~]*[ \t]*$|\Z)"
    r"|(?<!`)(?P<ticks>`+)(?!`).+?(?<!`)(?P=ticks)(?!`)"
    r"|\$\$.+?\$\$|\$[^$\n]+\$"
)
_TAG = r"<(?P<tag>/?(?P<name>[a-zA-Z][^\s<>/]*)[^<>]*>)|<(?P<other>[a-zA-Z/!?])"
_LINK = r"\]\((?!https?:|mailto:|#|attachment:|data:image/)"
_TOKENS = re.compile(f"{_VERBATIM}|{_TAG}|(?P<link>{_LINK})", re.S | re.M)


def tags_as_text(source: str) -> str:
    """Markdown whose tags are shown as text, each that is not on the list; also links to other places than the web."""
    shown = {
        match["name"].lower()
        for match in _TOKENS.finditer(source)
        if match["tag"] and not _is_listed(match)
    }

    def as_text(match: re.Match[str]) -> str:
        if match["tag"] and match["name"].lower() in shown:
            return f"&lt;{match['tag']}"
        if match["other"]:
            return f"&lt;{match['other']}"
        return r"]\(" if match["link"] else match[0]

    return _TOKENS.sub(as_text, source)


def _is_listed(tag: re.Match[str]) -> bool:
    if tag["tag"].startswith("/"):
        return tag["name"].lower() in TAGS
    start = _parts(tag[0])[:1]
    return bool(start) and start == _parts(clean_html(tag[0]))[:1]


def safe_attachments(attachments: NotebookNode) -> NotebookNode:
    """The images among attachments."""
    images = {
        name: NotebookNode({mime: text for mime, text in data.items() if _is_image(mime, text)})
        for name, data in attachments.items()
    }
    return NotebookNode({name: data for name, data in images.items() if data})


# Outputs


def safe_output(output: NotebookNode, names: Iterable[str] = ()) -> NotebookNode | None:
    """An output made anew, of the fields that are known; None if nothing is left of it."""
    made: NotebookNode | None = None
    match output.output_type:
        case "stream":
            made = v4.new_output("stream", name=output.name, text=_safe_text(output.text))
        case "error":
            lines = [_safe_text(line) for line in output.traceback]
            # Of these two the steps for feedback make a traceback of their own.
            name, message = (
                strip_ansi(text).replace("\x1b", "") for text in (output.ename, output.evalue)
            )
            made = v4.new_output("error", ename=name, evalue=message, traceback=lines)
        case "display_data" | "execute_result" as kind:
            data = {mime: _safe_data(mime, text, names) for mime, text in output.data.items()}
            shown = {mime: text for mime, text in data.items() if text is not None}
            made = v4.new_output(kind, shown, metadata=_sizes(output)) if shown else None
    return made


def _safe_data(mime: str, text: object, names: Iterable[str]) -> str | None:
    """What an output shows in one of its forms; None if that form is not known."""
    if not isinstance(text, str):
        return None
    match mime:
        case "text/html":
            return clean_html(text, names) + (LEFT_OUT if _moves(text) else "")
        case "text/markdown":
            return safe_markdown(text, NotebookNode(), names)
        case "text/plain":
            return _safe_text(text)
        case "text/latex" | "image/svg+xml":  # escaped by nbconvert, and put into an img
            return text
    return text if _is_image(mime, text) else None


def _safe_text(text: str) -> str:
    """Text whose colors nbconvert can read, else text without colors."""
    try:
        ansi2html(text)
    except (IndexError, ValueError):
        return str(strip_ansi(text))
    return text


def _sizes(output: NotebookNode) -> dict[str, dict[str, int]]:
    """Width and height of images, which nbconvert puts into the page without quotes."""
    return {
        mime: {
            side: size for side in ("width", "height") if isinstance(size := about.get(side), int)
        }
        for mime, about in output.get("metadata", {}).items()
        if mime in ("image/png", "image/jpeg") and isinstance(about, dict)
    }


# HTML

LEFT_OUT = "<p><em>Scripts and controls are left out here; they work in the notebook.</em></p>"
TAGS = {
    "a",
    "abbr",
    "b",
    "blockquote",
    "br",
    "caption",
    "center",
    "cite",
    "code",
    "col",
    "colgroup",
    "dd",
    "del",
    "details",
    "dfn",
    "div",
    "dl",
    "dt",
    "em",
    "figcaption",
    "figure",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "i",
    "img",
    "ins",
    "kbd",
    "li",
    "mark",
    "ol",
    "p",
    "pre",
    "q",
    "s",
    "samp",
    "small",
    "span",
    "strong",
    "sub",
    "summary",
    "sup",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "tr",
    "tt",
    "u",
    "ul",
    "var",
}
# Removed with what they hold; of any other tag that is not on the list the text stays.
_WITH_CONTENT = {
    "button",
    "embed",
    "iframe",
    "math",
    "noembed",
    "noframes",
    "noscript",
    "object",
    "option",
    "output",
    "plaintext",
    "script",
    "select",
    "style",
    "svg",
    "template",
    "textarea",
    "title",
    "xmp",
}
_ATTRIBUTES = {
    "*": {"class", "dir", "lang", "style", "title"},
    "a": {"href"},
    "col": {"span"},
    "colgroup": {"span"},
    "details": {"open"},
    "img": {"alt", "decoding", "height", "src", "width"},
    "ol": {"reversed", "start"},
    "table": {"border"},
    "td": {"align", "colspan", "rowspan"},
    "th": {"align", "colspan", "rowspan", "scope"},
    **{f"h{level}": {"id"} for level in range(1, 7)},
}
# An address in this server would be asked for in the instructor's name; `/formgrader?path=FOLDER` runs a file in it.
_LINKS = re.compile(r"(https?://(?!\S*formgrader)|mailto:|#)", re.I)
_IMAGE_TYPES = r"image/(png|jpeg|gif|webp|svg\+xml)"
_BASE64 = r"[A-Za-z0-9+/=\s]*"
_BADGE = re.escape("https://colab.research.google.com/assets/colab-badge.svg")  # on every title
_IMAGES = re.compile(f"data:{_IMAGE_TYPES};base64,{_BASE64}|{_BADGE}")
# Nothing that lies over other parts of the page, and no address.
_STYLES = re.compile(
    r"\s*((background(-color)?|border(-[a-z-]+)?|color|display|font(-[a-z]+)?|line-height|list-style-type"
    r"|margin(-[a-z]+)?|(max-|min-)?(height|width)|padding(-[a-z]+)?|text-(align|decoration|indent)|vertical-align"
    r"|white-space)\s*:\s*(?!-)((rgb|rgba|hsl|var)\(|[\w#.,%)]|\s(?!-)|-(?=[a-z-]))+\s*(;\s*|$))*",
    re.I,
)
# Those that nbconvert and pandas write.
_CLASSES = {
    "a": "anchor-link",
    "code": r"language-[\w+#.-]+",
    "div": "highlight",
    "li": "task-list-item",
    "span": "[a-z][a-z0-9]{0,2}",
    "table": "dataframe",
}


def clean_html(html: str, names: Iterable[str] = ()) -> str:
    """HTML without what is not on the list.

    Args:
        html: what an output shows, or what markdown became.
        names: the ids of graded cells: the formgrader finds their fields by them, so that nothing else may have one.
    """
    taken = {f"{name}{field}" for name in names for field in ("", "-comment", "_extra_credit")}

    def kept(tag: str, attribute: str, value: str) -> str | None:
        match attribute:
            case "href":
                keep = _LINKS.match(value)
            case "src":
                keep = _IMAGES.fullmatch(value)
            case "style":
                keep = _STYLES.fullmatch(value)
            case "class":
                keep = re.fullmatch(_CLASSES.get(tag, ""), value)
            case "id":
                return value if value not in taken else None
            case _:
                return value
        return value if keep else None

    return nh3.clean(
        html,
        tags=TAGS,
        clean_content_tags=_WITH_CONTENT,
        attributes=_ATTRIBUTES,
        attribute_filter=kept,
        link_rel=None,
        url_schemes={"http", "https", "mailto", "data"},
    )


def _is_image(mime: str, text: object) -> bool:
    return (
        isinstance(text, str)
        and re.fullmatch(_IMAGE_TYPES, mime) is not None
        and re.fullmatch(_BASE64, text) is not None
    )


_Part = tuple[str, str] | tuple[str, str, frozenset[tuple[str, str]]]


class _Parts(HTMLParser):
    """Takes HTML apart."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[_Part] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append(("start", tag, frozenset((name, value or "") for name, value in attrs)))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        self.found.append(("end", tag))

    def handle_data(self, data: str) -> None:
        if self.found and self.found[-1][0] == "text":
            self.found[-1] = ("text", self.found[-1][1] + data)
        else:
            self.found.append(("text", data))

    def handle_comment(self, data: str) -> None:
        self.found.append(("other", data))

    def handle_decl(self, decl: str) -> None:
        self.handle_comment(decl)

    def handle_pi(self, data: str) -> None:
        self.handle_comment(data)

    def unknown_decl(self, data: str) -> None:
        self.handle_comment(data)


def _parts(html: str) -> list[_Part]:
    """Tags with their attributes, and the text between them, in order."""
    return _Parts(html).found


def _without_bodies(parts: list[_Part]) -> list[_Part]:
    """Parts but for tbody, which every parser puts into a table that has none."""
    return [part for part in parts if part[1] != "tbody" or part[0] == "text"]


def _moves(html: str) -> bool:
    """Whether HTML has scripts or controls."""
    return any(
        part[1] in _WITH_CONTENT - {"style"} or any(name.startswith("on") for name, _ in part[2])
        for part in _parts(html)
        if len(part) == 3
    )
