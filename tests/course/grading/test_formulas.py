"""Formulas become MathML; what is none, or more than one, stays text."""

import re

import pytest
from bs4 import BeautifulSoup
from conftest import ROOT

from course import notebooks
from course.grading.formulas import mathml, with_formulas


def test_formulas_of_each_kind_are_found_and_nothing_else():
    html = with_formulas(
        "<p>Let $a &lt; b$ cost \\$5 or \\$6.</p><details><summary>Hint $x_1$</summary></details>"
        "<p>$$\\frac{1}{2}$$</p><p>\\begin{aligned}a &amp;= b\\end{aligned}</p><code>$x$</code><pre>$$y$$</pre>"
    )
    soup = BeautifulSoup(html, "html.parser")
    shown = [(math["display"], math.get_text()) for math in soup.find_all("math")]
    assert shown == [("inline", "a<b"), ("inline", "x1"), ("block", "12"), ("block", "a=b")]
    assert soup.code.get_text() == "$x$"
    assert soup.pre.get_text() == "$$y$$"
    assert "cost \\$5 or \\$6." in soup.p.get_text()
    assert with_formulas("<p>5 &lt; 6</p>") == "<p>5 &lt; 6</p>"


@pytest.mark.parametrize(
    "tex",
    [
        r"\text{<script>alert(1)</script>}",
        r"\text{&lt;script&gt;alert(1)&lt;/script&gt;}",
        r"\mbox{<img src=x onerror=alert(1)>}",
        r"\href{javascript:alert(1)}{x}",
        r"\style{background:url(http://example.org)}{x}",
        r"\class{a}{x}",
        "<b onclick='alert(1)'>",
    ],
)
def test_what_a_student_writes_in_a_formula_stays_text(tex):
    made = mathml(tex, block=False) or ""
    tags = set(re.findall(r"<\s*/?\s*(\w+)", made))
    assert tags <= {"math", "mrow", "mtext", "mi", "mo", "mn", "mspace", "mstyle", "msup"}
    assert not re.search(r"<[^>]* (on\w+|href|src|style|class)=", made)


@pytest.mark.parametrize("tex", [r"\frac{", r"\nothing x", "a & b", "x" * 6000, "^" * 900])
def test_what_cannot_be_converted_stays_as_it_was_written(tex):
    assert mathml(tex, block=True) is None
    html = f"<p>${tex}$</p>".replace("&", "&amp;")
    assert with_formulas(html) == html


def test_every_formula_of_the_book_can_be_converted():
    left = []
    for path in sorted((ROOT / "labs").glob("*/*.ipynb")):
        for cell in notebooks.read(path).cells:
            if cell.cell_type == "markdown":
                text = re.sub(r"```.*?```|`[^`]+`|<code>.*?</code>", "", cell.source, flags=re.S)
                for block, inline in re.findall(r"\$\$(.+?)\$\$|\$([^$]+)\$", text, re.S):
                    made = mathml((block or inline).strip(), block=bool(block))
                    if made is None:
                        left.append((path.name, block or inline))
    assert left == []
