"""Whatever runs while grading stands without the figures and experiments, which do not run then."""

import pytest

from course.build import build_notebook
from course.layout import Lab
from course.rules.skipped import names_in_order, needs_skipped

EXPERIMENT = '# %% experiment="training"\n# Experiment · A loss falls\nloss = 1.0\n\n'
FIGURE = '# %% figure="curve"\n# Figure · The loss\nprint(loss)\n\n'


def problems(course, before_the_first_check: str, in_the_first_check: str = "") -> list[str]:
    check = '# %% check="double_value" points=1\n'
    course.edit(check, f"{before_the_first_check}{check}{in_the_first_check}")
    found = needs_skipped(build_notebook(Lab("90_tiny")).notebook)
    return [problem.says for problem in found]


def test_a_figure_may_use_what_an_experiment_binds(course):
    assert problems(course, EXPERIMENT + FIGURE) == []


@pytest.mark.parametrize(
    "use",
    [
        "assert loss < 2\n",
        "def low():\n    return loss < 2\n",
        "loss += 1\n",
        "loss = 2 * loss\n",
        "low = [loss for _ in range(3)]\n",
        "low = lambda: loss\n",
    ],
)
def test_a_check_may_not(course, use):
    (says,) = problems(course, EXPERIMENT, use)
    assert "double_value runs while grading and uses loss, which the cell training binds" in says


@pytest.mark.parametrize(
    "use",
    [
        "loss = 2.0\nassert loss < 2\n",
        "for loss in (1.0, 2.0):\n    print(loss)\n",
        "low = [loss for loss in range(3)]\n",
        "def low(loss):\n    return loss < 2\n",
        "def low():\n    loss = 2\n    return loss\n",
        "if (loss := 1) < 2:\n    print(loss)\n",
        "import math as loss\nloss.pi\n",
        "try:\n    pass\nexcept ValueError as loss:\n    print(loss)\n",
        "def low():\n    try:\n        pass\n    except ValueError as loss:\n        print(loss)\n",
        "with open('f') as loss:\n    print(loss)\n",
        "def low():\n    def loss():\n        return 1\n    return loss\n",
    ],
)
def test_a_check_may_bind_the_name_anew(course, use):
    assert problems(course, EXPERIMENT, use) == []


def test_a_given_cell_between_them_binds_the_name_anew(course):
    given = '# %% given="again"\nloss = 2.0\n\n'
    assert problems(course, EXPERIMENT + given, "assert loss < 3\n") == []


def test_a_solution_and_a_hidden_test_may_not_either(course):
    course.edit("the_number_twice_over = n + n", "the_number_twice_over = n + loss")
    course.edit("assert double(10**20)", "assert loss\nassert double(10**20)")
    course.edit('\n# %% solution="double"', f'\n{EXPERIMENT}# %% solution="double"')
    found = needs_skipped(build_notebook(Lab("90_tiny")).notebook)
    assert [problem.cell for problem in found] == ["double", "double_negative"]


def test_release_names_the_line(course):
    problems(course, EXPERIMENT, "\nassert loss < 2\n")
    lines = course.card().read_text().splitlines()
    where = f"00_card.py:{lines.index('assert loss < 2') + 1}: double_value runs while grading"
    assert where in course.run("release", code=1)
    assert not course.released().exists()


def test_names_come_in_the_order_in_which_python_meets_them():
    source = "a = b\nfor c in d:\n    c.e[f] = g\n"
    assert [(name, binds) for name, _, binds in names_in_order(source)] == [
        ("b", False),
        ("a", True),
        ("d", False),
        ("c", True),
        ("g", False),
        ("c", False),
        ("f", False),
    ]
