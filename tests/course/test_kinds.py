"""One table of cell kinds: what the build knows is what the authors' page says."""

from conftest import ROOT

from course import kinds


def test_the_page_for_authors_has_the_table_of_kinds():
    page = (ROOT / "docs" / "authors.md").read_text(encoding="utf-8")
    assert kinds.table() in page, f"docs/authors.md, section 1, should hold:\n{kinds.table()}"


def test_the_first_line_of_a_cell_tells_its_kind_and_what_it_does():
    kind, title = kinds.labeled(
        "# Figure · The loss falls\n# @title Figure · The loss falls\nx = 1"
    )
    assert (kind.word, title) == ("figure", "The loss falls")
    assert kinds.labeled("x = 1  # Figure · The loss falls") is None
    assert kinds.labeled("# Figures · The loss falls") is None
    assert kinds.labeled("") is None


def test_figures_and_experiments_alone_are_skipped_while_grading():
    first_lines = {kind.label: f"# {kind.label} · Something" for kind in kinds.KINDS.values()}
    first_lines.pop("")
    skipped = {label for label, line in first_lines.items() if kinds.skipped(line)}
    assert skipped == {"Figure", "Experiment"}
