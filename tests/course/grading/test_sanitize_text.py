"""What runs in a page does not come from a submission, and what shows in it is what was written."""

import base64
import re
from collections import Counter
from pathlib import Path

import nbformat
import nbgrader
import payloads
import pytest
from bs4 import BeautifulSoup
from conftest import ROOT
from hypothesis import given, settings
from hypothesis import strategies as st
from nbconvert.exporters import HTMLExporter
from nbconvert.filters.markdown_mistune import markdown2html_mistune
from nbformat import NotebookNode, v4

from course.grading.sanitize_text import (
    LEFT_OUT,
    SanitizeText,
    clean_html,
    safe_markdown,
    safe_output,
)

FORMGRADER = Path(nbgrader.__file__).parent / "server_extensions" / "formgrader"
NONE = NotebookNode()
GRADED = {
    "grade": True,
    "solution": False,
    "locked": True,
    "points": 1,
    "score": 1,
    "schema_version": 3,
}
CHECK = v4.new_code_cell("1", metadata={"nbgrader": {**GRADED, "grade_id": "mean_zero"}})


def page_of(nb: NotebookNode, template: str) -> str:
    """What nbgrader's feedback or its formgrader makes of a notebook."""
    exporter = HTMLExporter(
        template_name=template,
        extra_template_basedirs=[str(FORMGRADER / "templates")],
        extra_template_paths=[str(FORMGRADER / "static/node_modules/bootstrap/dist/css")],
    )
    names = {"notebook": "lab", "score": 1, "max_score": 2, "late_penalty": 0}
    shown = {"index": 0, "total": 1, "base_url": "", "submission_id": "1", "notebook_id": "lab"}
    return exporter.from_notebook_node(nb, {"nbgrader": names, **shown})[0]


ACTIVE = {
    "script",
    "iframe",
    "frame",
    "object",
    "embed",
    "applet",
    "svg",
    "math",
    "style",
    "link",
    "meta",
    "base",
    "form",
    "button",
    "input",
    "textarea",
    "select",
    "video",
    "audio",
    "source",
    "template",
    "noscript",
    "plaintext",
    "xmp",
    "portal",
}


HEADING = re.compile("h[1-6]")  # nbconvert gives it the id that links lead to


def active(page: str) -> Counter[str]:
    """What acts in a page: elements that run, load or cover something, handlers, addresses that are not of the web."""
    found: Counter[str] = Counter()
    for element in BeautifulSoup(page, "html.parser").find_all(True):
        if element.name in ACTIVE:
            found[str(element)] += 1
        for name, value in element.attrs.items():
            text = " ".join(value) if isinstance(value, list) else str(value or "")
            address = name in (
                "href",
                "src",
                "srcset",
                "action",
                "formaction",
                "background",
                "ping",
            )
            harmless = ("http://", "https://", "#", "data:image/")
            if (
                name.startswith(("on", "data-"))
                or name == "autofocus"
                or (
                    name == "id"
                    and not text.startswith("cell-id=")
                    and not HEADING.fullmatch(element.name)
                )
                or (name == "id" and text.startswith("mean_zero"))
                or (address and not text.startswith(harmless))
                or (address and "formgrader" in text)
                or (name == "style" and ("url(" in text or "position" in text or "anim" in text))
            ):
                found[f"{element.name} {name}={text}"] += 1
    return found


def notebook_of(*cells: NotebookNode) -> NotebookNode:
    """A notebook that nobody has checked."""
    made = v4.new_notebook()
    made.cells = [NotebookNode(cell) for cell in (*cells, CHECK)]
    return made


def sanitized(nb: NotebookNode) -> NotebookNode:
    return SanitizeText().preprocess(nb, {})[0]


@pytest.fixture(scope="module", params=["feedback", "formgrade"])
def template(request):
    """A template, and what acts in its page of a notebook in which nothing does."""
    page = page_of(notebook_of(), request.param)
    assert "TeX-AMS_CHTML-full,Safe" in page  # MathJax, which refuses \\href{javascript:…}
    return request.param, active(page)


def test_no_payload_acts_in_a_page(template):
    nb = notebook_of(*payloads.cells().values())
    nb.metadata = payloads.named("metadata", payloads.METADATA)
    page = page_of(sanitized(nb), template[0])
    assert not active(page) - template[1]
    assert "RAN-script/" in page  # as text


def test_most_payloads_would_act():
    acting = [name for name, source in payloads.HTML.items() if active(source)]
    assert len(acting) >= 40  # the others only in a parser that mends more than this one


PNG = base64.b64encode(b"\x89PNG").decode()
AS_WRITTEN = (
    "the norm $|a|<b$ and $x<y>z$, as $$\n\\begin{aligned} a &< b \\\\ b &> c \\end{aligned}\n$$",
    "`<script>` is a tag, and so is ``<b onclick=x>``: 1 < 2, a<b, a<3>b",
    "```python\nif a < b: print('<script>')\n```\n\n    <script>\n\n~~~\n<eos>\n~~~",
    "# A title with $a<b$\n\n## and `<code>`\n\n- a\n- b\n\n1. one\n2. two\n\n> said **he**",
    "<details open><summary>A <b>hint</b></summary>\n\nwith $x^2$ and [a paper](https://arxiv.org/abs/1706.03762)\n\n</details>",
    "| a | b |\n|:--|--:|\n| <br> | x<sup>2</sup> |",
    "<table><tr><td align='right'>1</td></tr></table>",
    f"![a plot](data:image/png;base64,{PNG}) <img src='data:image/gif;base64,{PNG}' width='100'>",
    "https://pytorch.org and <https://pytorch.org> and [mail](mailto:a@example.org) and [up](#top)",
    "<p style='text-align:center;color:rgb(1, 2, 3)'>x</p> &amp; &lt;script&gt; &copy;",
)


@pytest.mark.parametrize("source", AS_WRITTEN)
def test_prose_stays_as_it_was_written(source):
    assert safe_markdown(source, NONE) == source


@pytest.mark.parametrize(
    "lab", sorted((ROOT / "labs").glob("*/*.ipynb")), ids=lambda path: path.stem
)
def test_the_books_own_prose_and_pictures_stay(lab):
    nb = nbformat.read(lab, as_version=4)
    prose = [(c.source, c.get("attachments")) for c in nb.cells if c.cell_type == "markdown"]
    safe = [
        (c.source, c.get("attachments")) for c in sanitized(nb).cells if c.cell_type == "markdown"
    ]
    assert safe == prose


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("the token <eos> ends `<eos>` and $a<b$", "the token &lt;eos> ends `<eos>` and $a<b$"),
        ("a list<int>, **bold**", "a list&lt;int>, **bold**"),
        ("<b onclick='x'>a</b> <i>b</i>", "&lt;b onclick='x'>a&lt;/b> <i>b</i>"),
        ("a <!-- note --> b", "a &lt;!-- note --> b"),
        ("[x](javascript:a) *b*", r"[x]\(javascript:a) *b*"),
        ("[x](notes.html)", r"[x]\(notes.html)"),
        ("![](http://localhost/a.png)", "```\n![](http://localhost/a.png)\n```"),
        ("[x][r]\n\n[r]: javascript:a", "```\n[x][r]\n\n[r]: javascript:a\n```"),
        ("<details>a ```b```", "````\n<details>a ```b```\n````"),
        ("![](attachment:missing.png)", "```\n![](attachment:missing.png)\n```"),
    ],
)
def test_of_other_prose_as_little_as_possible_is_shown_as_text(source, shown):
    assert safe_markdown(source, NONE) == shown


def test_no_heading_takes_the_name_of_a_graded_cell():
    assert safe_markdown("# mean_zero", NONE, {"mean_zero"}) == "```\n# mean_zero\n```"
    assert safe_markdown("# mean_zero", NONE, {"mean"}) == "# mean_zero"


def test_a_figure_stays_and_an_animation_shows_its_last_frame(monkeypatch):
    import matplotlib.pyplot as plt

    from utils import plots

    shown: list[str] = []
    monkeypatch.setattr("IPython.display.display", lambda thing: shown.append(thing.data))
    plots.show(plt.figure(), alt="a line", caption="It rises, 1 < 2.")
    frames = [plt.figure(), plt.figure()]
    plots.animate(frames, labels=["a", "b"], alt="a line", caption="It moves.")
    plots.token_text(["a", "b"], [0.5, -1], caption="Colors.")
    figure, animation, tokens = shown
    for html in (figure, tokens):
        assert BeautifulSoup(clean_html(html), "html.parser") == BeautifulSoup(html, "html.parser")
    safe = safe_output(v4.new_output("display_data", {"text/html": animation})).data["text/html"]
    page = BeautifulSoup(safe, "html.parser")
    assert ["display:none" in image["style"] for image in page.find_all("img")] == [True, False]
    assert page.figcaption.text == "It moves."
    assert safe.endswith(LEFT_OUT)
    assert not page.find_all(["button", "input"])


def test_an_explorer_shows_what_it_showed_at_first(monkeypatch):
    from utils import plots

    shown: list[str] = []
    monkeypatch.setattr("IPython.display.display", lambda thing: shown.append(thing.data))
    words = ["a", "cat"]
    plots.explore_attention([[0.9, 0.1], [0.25, 0.75]], words, words, caption="Attention.")
    plots.explore_next_token([0.0, 0.0], words, caption="Next.")
    for html, kept in zip(
        shown, (("25%", "75%", "“cat” attends most to “cat”"), ("50.0%",)), strict=True
    ):
        safe = safe_output(v4.new_output("display_data", {"text/html": html})).data["text/html"]
        page = BeautifulSoup(safe, "html.parser")
        assert all(words in page.text for words in kept)
        assert page.figcaption
        assert not page.find_all(["button", "input", "select"])
        assert not [
            tag for tag in page.find_all() if any(name.startswith("on") for name in tag.attrs)
        ]


def test_the_table_of_pandas_stays():
    rows = '<table border="1" class="dataframe"><tbody><tr style="text-align: right;"><th>a</th></tr></tbody></table>'
    assert clean_html(f"<div>\n<style scoped>x</style>\n{rows}</div>") == f"<div>\n\n{rows}</div>"


def test_images_keep_their_size_and_nothing_else():
    about = {"image/png": {"width": 10, "height": "1 onload=x", "unconfined": True}, "a": {"b": 1}}
    output = v4.new_output("display_data", {"image/png": PNG, "text/plain": "x"}, metadata=about)
    safe = safe_output(output)
    assert safe.metadata == {"image/png": {"width": 10}}
    assert safe.data == output.data


def test_an_error_says_what_it_said_without_colors():
    error = v4.new_output(
        "error", ename="E\x1b[38m", evalue="\x1b[31m1 < 2\x1b[", traceback=["\x1b[31mx"]
    )
    safe = safe_output(error)
    assert (safe.ename, safe.evalue, safe.traceback) == ("E", "1 < 2[", ["\x1b[31mx"])


def test_code_and_what_nbgrader_knows_of_it_stay():
    metadata = {**CHECK.metadata, "jupyter": {"source_hidden": True}, "tags": ["x"]}
    cell = v4.new_code_cell("'<script>'", id="mean_zero", metadata=metadata, execution_count=3)
    nb = v4.new_notebook(cells=[cell], metadata={"kernelspec": {"name": "a", "display_name": "b"}})
    safe = sanitized(NotebookNode(nb))
    assert (safe.cells[0].source, safe.cells[0].id) == ("'<script>'", "mean_zero")
    assert safe.cells[0].execution_count == 3
    assert safe.cells[0].metadata == {
        **CHECK.metadata,
        "jupyter": {"source_hidden": True},
    }
    assert safe.metadata == {"kernelspec": {"name": "a", "display_name": "b"}}
    nbformat.validate(safe)


markup = st.lists(
    st.sampled_from(
        [
            "<",
            ">",
            "/",
            "=",
            '"',
            "'",
            "`",
            "~",
            "$",
            "\\",
            "[",
            "]",
            "(",
            ")",
            "!",
            "#",
            "&",
            ";",
            ":",
            "-",
            "|",
            "\n",
            "\n\n",
            "\t",
            "script",
            "img",
            "svg",
            "a",
            "b",
            "x",
            "onerror=x",
            "href=",
            "src=",
            "javascript:",
            "<!--",
            "-->",
            "<![CDATA[",
            "]]>",
            "<script>",
            "</script>",
            "<img",
            "<a",
            "<b>",
            "</b>",
            "<p",
            'title="',
            "<details>",
            "</details>",
            "```",
            "$$",
            "&#106;",
            "&colon;",
            "https:",
            "data:text/html,x",
            "attachment:y",
        ]
    ),
    max_size=14,
).map("".join)


@given(markup)
@settings(max_examples=300, deadline=None)
def test_no_markdown_acts_in_a_page(source):
    html = markdown2html_mistune(safe_markdown(source, NONE))
    kept = clean_html(html)
    assert not active(html)
    assert (
        BeautifulSoup(html, "html.parser").get_text()
        == BeautifulSoup(kept, "html.parser").get_text()
    )
