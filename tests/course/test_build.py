"""One source gives one notebook: deterministic, with stable ids, never over an edit."""

import json
import shutil

import nbformat
import pytest
from conftest import TINY

from course.build import build_notebook
from course.layout import CourseError, Lab


def cells(course, text: str) -> list[nbformat.NotebookNode]:
    """The cells of the tiny lab with this source."""
    course.card().write_text(text, encoding="utf-8")
    return build_notebook(Lab("90_tiny")).notebook.cells


def test_the_same_source_gives_the_same_bytes(course):
    course.run("build")
    first = course.built().read_bytes()
    course.built().unlink()
    course.run("build")
    assert course.built().read_bytes() == first


def test_a_built_lab_without_a_source_is_removed(course_of):
    course = course_of({"90_tiny": TINY, "91_other": TINY})
    course.run("build")
    shutil.rmtree(course.card("91_other").parent)
    assert "91_other  removed" in course.run("build")
    assert course.built("90_tiny").exists()
    assert not course.built("91_other").parent.exists()


def test_an_inserted_cell_renames_no_other(course):
    text = '# %% given="a"\na = 1\n\n# %% [markdown]\n# Same prose.\n\n# %% [markdown]\n# Same prose.\n'
    before = [cell.id for cell in cells(course, text)]
    text = '# %% [markdown]\n# New first cell.\n\n# %% given="b"\nb = 2\n\n' + text
    after = [cell.id for cell in cells(course, text)]
    assert after[2:] == before
    assert len(set(after)) == len(after)


def test_a_lab_that_wants_a_gpu_tells_colab_also_as_released(course):
    header = (
        "# ---\n# jupyter:\n#   accelerator: GPU\n#   colab:\n#     toc_visible: true\n# ---\n\n"
    )
    course.card().write_text(header + course.card().read_text())
    course.run("release")
    for path in (course.built(), course.released()):
        metadata = nbformat.read(path, as_version=4).metadata
        assert metadata["accelerator"] == "GPU"
        assert set(metadata) - {"course"} == {"accelerator", "kernelspec", "language_info"}


def test_cells_carry_nbgrader_metadata(course):
    by_id = {cell.id: cell for cell in build_notebook(Lab("90_tiny")).notebook.cells}
    expected = {
        "imports": {"grade": False, "solution": False, "locked": True},
        "double": {"grade": False, "solution": True, "locked": False},
        "double_value": {"grade": True, "solution": False, "locked": True, "points": 1},
    }
    for name, metadata in expected.items():
        assert metadata.items() <= by_id[name].metadata["nbgrader"].items()
    assert "nbgrader" not in by_id["playground"].metadata


@pytest.mark.parametrize(
    ("marker", "words"),
    [
        ("# %%", "does not say what it is"),
        ('# %% giben="a"', "giben"),
        ('# %% given="a" solution="b"', "given, solution"),
        ('# %% given="Not a name"', "should be a name"),
        ('# %% check="a"', "checks and manual cells have points"),
        ('# %% given="a" points=1', "checks and manual cells have points"),
        ('# %% check="a" points="one"', "points='one' is no number"),
        ('# %% check="a" points=one', "the marker cannot be read"),
        ('# %% setup="setup"', "the setup cell is the same in every lab"),
        ('# %% given="a"\nif True', r"00_card.py:2: this is not Python: expected ':'"),
        (
            '# %% free="a"\nb = 1\n\n# %% given="a"',
            "00_card.py:4: the name a stands at .*00_card.py:1 too",
        ),
    ],
)
def test_a_marker_that_says_nothing_clear_is_an_error(course, marker, words):
    with pytest.raises(CourseError, match=words):
        cells(course, f"{marker}\na = 1\n")


def test_what_a_student_need_not_read_is_folded_under_a_line_that_says_what_it_does(course):
    course.edit("import math", "# Data · Names\nimport math")
    course.edit('given="imports"', 'data="imports"')
    course.edit("# %% free", '# %% figure="drawing"\n# Figure · A circle\nmath.tau\n\n# %% free')
    course.edit("# %% free", '# %% experiment="run"\n# Experiment · A run\nmath.tau\n\n# %% free')
    course.run("release")
    for path in (course.built(), course.released()):
        cells = {cell.id: cell for cell in nbformat.read(path, as_version=4).cells}
        for name, title in {
            "imports": "Data · Names",
            "drawing": "Figure · A circle",
            "double_value": "Check · double value",
        }.items():
            assert cells[name].source.split("\n")[:2] == [f"# {title}", f"# @title {title}"]
            assert cells[name].metadata["jupyter"] == {"source_hidden": True}
            assert cells[name].metadata["cellView"] == "form"
        assert cells["run"].source == "# Experiment · A run\nmath.tau"
        for name in ("double", "run", "playground"):
            assert not {"jupyter", "cellView"} & set(cells[name].metadata)


def test_the_line_of_a_check_is_what_it_says_when_it_passed(course):
    course.edit('got {double(3)}"', 'got {double(3)}"\nchecks.passed("twice three is six")')
    built = {cell.id: cell for cell in build_notebook(Lab("90_tiny")).notebook.cells}
    assert built["double_value"].source.startswith("# Check · twice three is six\n")


@pytest.mark.parametrize(
    "first",
    [
        "x = 1",
        "# A circle",
        "# Data · Names",
        "# Figure · a circle",
        "# Figure · A circle.",
        f"# Figure · {'A circle ' * 7}",
    ],
)
def test_a_figure_whose_first_line_does_not_say_what_it_shows_is_an_error(course, first):
    with pytest.raises(CourseError, match=r"00_card.py:2: the (first line|title) of a .*cell"):
        cells(course, f'# %% figure="drawing"\n{first}\ny = 1\n')


def test_a_place_in_a_folded_cell_is_one_of_the_source(course):
    built = build_notebook(Lab("90_tiny"))
    check = next(cell for cell in built.notebook.cells if cell.id == "double_value")
    line = (
        check.source.split("\n").index('assert double(3) == 6, f"expected 6, got {double(3)}"') + 1
    )
    written = course.card().read_text().splitlines()
    place = written.index('assert double(3) == 6, f"expected 6, got {double(3)}"') + 1
    assert built.location("double_value", line).endswith(f"00_card.py:{place}")


def test_an_edited_notebook_is_not_overwritten(course):
    course.run("build")
    nb = nbformat.read(course.built(), as_version=4)
    nb.cells[1].source += "\nedited = True"
    nbformat.write(nb, course.built())
    output = course.run("build", code=1)
    assert "solutions/90_tiny/" in output
    assert "--force" in output
    assert "edited = True" in course.built().read_text()
    course.run("build", "--force")
    assert "edited = True" not in course.built().read_text()


def test_outputs_and_editor_metadata_are_no_edit(course):
    course.run("build")
    nb = json.loads(course.built().read_text())
    nb["metadata"]["language_info"] = {"name": "python", "version": "3.99"}
    nb["cells"][1]["execution_count"] = 7
    nb["cells"][1]["metadata"]["jupyter"] = {"source_hidden": True}
    course.built().write_text(json.dumps(nb))
    assert "built" in course.run("build")


def test_the_sections_of_a_lab_are_joined_in_the_order_of_their_names(course):
    whole = [cell.source for cell in build_notebook(Lab("90_tiny")).notebook.cells]
    before, marker, after = course.card().read_text().partition("# %% [markdown]\n# ### Exercise 1")
    course.card().write_text(before)
    course.card().with_name("01_doubling.py").write_text(marker + after)
    built = build_notebook(Lab("90_tiny"))
    assert [cell.source for cell in built.notebook.cells] == whole
    assert built.location("imports") == "solutions/90_tiny/00_card.py:5"
    assert built.location("double") == "solutions/90_tiny/01_doubling.py:4"
    assert built.location(None) == "solutions/90_tiny/00_card.py:1"


def test_the_card_says_the_headline(course):
    header = "# ---\n# jupyter:\n#   headline: >-\n#     {a:%} of\n#     it\n# ---\n\n"
    course.card().write_text(header + course.card().read_text())
    assert build_notebook(Lab("90_tiny")).headline == "{a:%} of it"
