"""One table of cell kinds: what the build knows is what the authors' page says."""

from conftest import ROOT

from course import kinds


def test_the_page_for_authors_has_the_table_of_kinds():
    page = (ROOT / "docs" / "authors.md").read_text(encoding="utf-8")
    assert kinds.table() in page, f"docs/authors.md, section 1, should hold:\n{kinds.table()}"
