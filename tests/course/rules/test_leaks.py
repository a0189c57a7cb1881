"""A solution that can be read in the release is a leak."""

import pytest

from course.build import build_notebook
from course.layout import Lab, find_labs
from course.rules.leaks import readable_answers

ANSWER = (
    "    mean = sum(n) / len(n)\n    return math.sqrt(sum((x - mean) ** 2 for x in n) / len(n))"
)
COPY = (
    "middle = sum(a) / len(a)\nright = math.sqrt(sum((b - middle) ** 2 for b in a) / len(a))\n"
    "assert right\n"
)


def longer(course) -> None:
    """Gives the exercise of the tiny lab an answer of two lines."""
    course.edit(
        "    the_number_twice_over = n + n\n    return the_number_twice_over",
        f"{ANSWER}",
    )


def test_a_solution_line_that_can_be_read_elsewhere_is_a_leak(course):
    course.edit("import math", "import math\n\nn = 2\nthe_number_twice_over = n + n")
    assert "the_number_twice_over = n + n" in course.run("release", code=1)
    assert not course.released().exists()


def test_a_solution_line_in_a_comment_or_in_prose_is_a_leak(course):
    course.edit("import math", "import math  # the_number_twice_over = n + n, of course")
    assert "can be read" in course.run("release", code=1)


def test_a_hint_may_give_the_line(course):
    hint = (
        "# <details><summary>Hint</summary>the_number_twice_over = n + n</details>\n\n# %% solution"
    )
    course.edit("\n# %% solution", hint)
    course.run("release")


def found(course) -> list[tuple[str, str]]:
    """Exercise and cell of each leak of the tiny lab."""
    leaks = readable_answers(build_notebook(Lab("90_tiny")).notebook)
    return [(leak.exercise, leak.cell) for leak in leaks]


CHECK = '# %% check="double_value"'


@pytest.mark.parametrize(
    ("before", "cell", "name"),
    [
        (CHECK, '# %% given="early"', "early"),
        (CHECK, '# %% data="early"\n# Data · Numbers', "early"),
        (CHECK, '# %% experiment="early"\n# Experiment · Numbers', "early"),
        (CHECK, '# %% solution="early"', "early"),
        ('# %% free="playground"', '# %% figure="late"\n# Figure · Numbers', "late"),
        ("assert double(3) == 6", "", "double_value"),
    ],
    ids=["given", "data", "experiment", "beside another answer", "figure", "check"],
)
def test_no_visible_cell_may_hold_most_of_an_answer(course, before, cell, name):
    longer(course)
    course.edit(before, f"{cell}\na = [1, 2]\n{COPY}\n{before}")
    assert found(course) == [("double", name)]


@pytest.mark.parametrize(
    "prose",
    ["```python\n# {}# ```", "The answer is `{}`."],
    ids=["a block", "a span"],
)
def test_code_in_prose_that_is_not_folded_is_read(course, prose):
    longer(course)
    code = COPY.replace("\n", "\n# ") if "```" in prose else "sqrt(sum((b-c)**2 for b in a)/len(a))"
    shown = f"# {prose.format(code.removesuffix('# '))}\n\n# %% solution"
    course.edit("\n# %% solution", shown)
    assert [exercise for exercise, _ in found(course)] == ["double"]
    folded = shown.replace("# ", "# <details>\n# ", 1).replace("\n\n#", "\n# </details>\n\n#", 1)
    course.edit(shown, folded)
    assert found(course) == []


def test_a_hidden_test_may_hold_the_answer(course):
    longer(course)
    course.edit("assert double(10**20)", f"a = [1, 2]\n{COPY}assert double(10**20)")
    assert found(course) == []


def test_the_message_names_both_places_and_the_shared_lines(course):
    longer(course)
    course.edit("assert double(3) == 6", f"a = [1, 2]\n{COPY}assert double(3) == 6")
    says = course.run("release", code=1)
    lines = course.card().read_text().splitlines()
    here = lines.index("middle = sum(a) / len(a)") + 1
    there = lines.index("    mean = sum(n) / len(n)") + 1
    assert (
        f"00_card.py:{here}: 100% of the answer to double (solutions/90_tiny/00_card.py:{there})"
        in says
    )
    assert "answer | mean = sum(n) / len(n)" in says
    assert "here | middle = sum(a) / len(a)" in says
    assert not course.released().exists()


@pytest.mark.parametrize("lab", find_labs(), ids=lambda lab: lab.name)
def test_no_answer_can_be_read_in_a_lab(lab):
    assert readable_answers(build_notebook(lab).notebook) == []
