"""A source is read section by section, and what stands in the wrong place is named by file and line."""

import pytest

from course.layout import CourseError, Lab
from course.source import read_cells, read_source


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("# %% [markdown]\n# Prose.\n\nn = 1\n", "1.py:4: code in a prose cell"),
        ('# %% given="a"\nn = 1\n\n# %% [md]\n# Prose.\nn = 2\n', "1.py:6: code in a prose cell"),
        ("n = 1\n\n# %%\nn = 2\n", "above the first `# %%` belongs to no cell"),
        ("", "there is no cell"),
        ("\n", "there is no cell"),
    ],
)
def test_text_in_the_wrong_cell_is_an_error(tmp_path, text, words):
    path = tmp_path / "1.py"
    path.write_text(text)
    with pytest.raises(CourseError, match=words):
        read_cells(path)


def test_a_cell_knows_its_line_below_a_header_too(tmp_path):
    path = tmp_path / "1.py"
    path.write_text(
        "# ---\n# jupyter:\n#   a: b\n# ---\n\n# %% [markdown]\n# Prose.\n\n# %%\nn = 1\n"
    )
    assert [(cell.line, cell.cell.source) for cell in read_cells(path)] == [
        (6, "Prose."),
        (9, "n = 1"),
    ]


def test_a_script_that_is_no_section_is_an_error(course):
    course.card().with_name("notes.py").write_text("# %%\n")
    with pytest.raises(CourseError, match=r"notes.py is no section"):
        read_source(Lab("90_tiny"))


def test_a_script_in_a_folder_below_is_an_error(course):
    below = course.card().parent / "old"
    below.mkdir()
    (below / "01_first.py").write_text("# %%\n")
    with pytest.raises(CourseError, match="sections lie in the folder of their lab"):
        read_source(Lab("90_tiny"))


def test_a_lab_without_a_card_is_an_error(course):
    course.card().rename(course.card().with_name("01_first.py"))
    with pytest.raises(CourseError, match=r"00_card.py is missing"):
        read_source(Lab("90_tiny"))
