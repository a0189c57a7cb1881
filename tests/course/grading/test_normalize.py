"""A release keeps what nbgrader and Colab need, and nothing of the machine that made it."""

from nbformat import v4

from course.grading.normalize import Normalize


def test_traces_of_a_machine_are_taken_out():
    cell = v4.new_code_cell("n = 1", id="n")
    cell.metadata = {"nbgrader": {"grade_id": "n"}, "tags": ["a"], "execution": {"started": "now"}}
    nb = v4.new_notebook(cells=[cell], metadata={"accelerator": "GPU", "path": "/home/somebody"})
    nb, _ = Normalize().preprocess(nb, {})
    assert set(nb.cells[0].metadata) == {"nbgrader", "tags"}
    assert set(nb.metadata) == {"accelerator", "kernelspec", "language_info"}
