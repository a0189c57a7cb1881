"""The search looks through text under its heading, not through formulas, outputs and folded code."""

import json

from bs4 import BeautifulSoup
from conftest import ROOT

from course.site.contents import Page
from course.site.search import entries_of, script

PAGE = Page(ROOT / "README.md", "a.html", "A page", "")
HTML = """<div><h2 id="one">One <span class="marks">2 points</span></h2><p>First</p><p>second <code>call</code>
<math><mi>x</mi></math></p><details class="fold"><pre>folded</pre></details><div class="output">out</div>
<details><summary>Hint</summary>kept</details><!-- gone --></div>"""


def test_text_stands_under_its_heading():
    entries = entries_of(PAGE, BeautifulSoup(HTML, features="html.parser"))
    assert entries == [["a.html#one", "A page", "One", "First second call Hint kept"]]


def test_the_script_holds_the_entries():
    entries = [["a.html", "A", "A", 'a "quote" and </script>'], ["b.html", "B", "B", "×"]]
    text = script(entries)
    assert json.loads(text.removeprefix("window.searchIndex = ").removesuffix(";\n")) == entries
