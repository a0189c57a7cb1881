"""An exercise is framed with its checks, and what is folded is called by its first line."""

from itertools import pairwise

import pytest
from conftest import ROOT

from course import layout, notebooks
from course.exercises import graded_cells
from course.site.cells import frames_of, prepare


@pytest.mark.parametrize("lab", layout.find_labs(), ids=lambda lab: lab.name)
def test_each_frame_holds_an_exercise_and_all_that_gives_points_in_it(lab):
    cells = notebooks.read(lab.released).cells
    headings = graded_cells(notebooks.read(lab.released), "").values()
    frames = frames_of(cells)
    framed = [
        {c.id for c in cells[first : last + 1] if c.metadata.get("nbgrader", {}).get("grade")}
        for first, last in frames
    ]
    assert [set(graded) for graded in headings] == [inside for inside in framed if inside]
    assert all(last < following for (_, last), (following, _) in pairwise(frames))


def test_the_first_lines_of_a_labeled_cell_become_its_title():
    nb = notebooks.read(ROOT / "labs" / "01_backprop" / "01_backprop.ipynb")
    prepare(nb)
    shown = {cell.id: (cell.metadata["site"], cell.source) for cell in nb.cells}
    check, code = shown["softmax_rows"]
    assert (check["kind"], check["folded"]) == ("Check", True)
    assert check["title"].startswith("softmax: rows sum to 1")
    assert "@title" not in code
    assert "# Check" not in code
    stub, code = shown["softmax"]
    assert stub["blank"]
    assert "YOUR CODE HERE" in code
