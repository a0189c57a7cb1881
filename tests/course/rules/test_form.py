"""All labs have one form, and a lab that leaves it is told where."""

import pytest

from course.build import build_notebook
from course.layout import Lab, find_labs
from course.rules import form_problems

FINE = """\
# %% [markdown]
# # Lab 90 · Trial
#
# | | |
# |---|---|
# | **You need** | nothing |
# | **Time** | 8 minutes |
# | **Worth** | **1 point** |
# | **Data** | none |
#
# COLAB_BADGE

# %% [markdown]
# ## 1 · Doubling
#
# See [Turing and Church (1936)](https://example.org).

# %% [markdown]
# ### Exercise 1 · Doubling (1 point · 5 min · ●○○)
#
# <details><summary>Hint 1: the idea</summary>Twice.</details>
# <details><summary>Hint 2: the formula</summary>2n</details>
# <details><summary>Hint 3: the line</summary>2 * n</details>

# %% [markdown]
# ### Question 1 · Why? (1 point · 1 min · ●○○)

# %% [markdown] manual="why" points=1
# Twice (½ point) is a sum (½
# point).

# %% given="figure"
plots.show(fig, alt="a line", caption="It rises.")

# %% [markdown]
# ## Going further

# %% [markdown]
# ## Summary

# %% given="metrics"
report("90_tiny", one=1)
"""


@pytest.mark.parametrize("lab", find_labs(), ids=lambda lab: lab.name)
def test_every_lab_has_the_form(lab):
    built = build_notebook(lab)
    found = form_problems(lab.name, built.notebook)
    assert not found, "\n".join(f"{built.location(p.cell, p.line)}: {p.says}" for p in found)


def form(course, old: str = "", new: str = "") -> str:
    assert old in FINE
    course.card().write_text(FINE.replace(old, new) if old else FINE, encoding="utf-8")
    found = form_problems("90_tiny", build_notebook(Lab("90_tiny")).notebook)
    return "\n".join(problem.says for problem in found)


def test_a_fine_lab_has_the_form(course):
    assert form(course) == ""


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("# # Lab 90", "# # Lab 91", "the title does not begin with # Lab 90"),
        ("# | **Data** | none |\n", "", "the card has the rows You need, Time, Worth, not"),
        ("COLAB_BADGE", "", "no COLAB_BADGE"),
        ("report(", "print(", "does not call report"),
        ("## Summary", "## The end", "the last two sections are"),
        ("## 1 · Doubling", "## 2 · Doubling", "the sections are numbered 2"),
        ("### Exercise 1", "### Exercise 2", "Exercise 2 should be Exercise 1"),
        ("Hint 3", "Hint 4", "Exercise 1 has the hints ['1', '2', '4']"),
        ("8 minutes", "4 minutes", "the card says 4 minutes and the exercises take 6"),
        ("8 minutes", "13 minutes", "the card says 13 minutes and the exercises take 6"),
        ("8 minutes", "some time", "does not say **Time**"),
        ("(½ point) is", "is", "parts, such as (½ point), do not add up to 1"),
        ("See [Turing", "word " * 151 + "[Turing", "words between two code cells; 150 are"),
        (
            "[Turing and Church (1936)](https://example.org)",
            "Turing and Church (1936)",
            "without a",
        ),
        ("See [Turing and Church (1936)](https://example.org).", "See.", "no paper is cited"),
        ('alt="a line", ', "", "plots.show lacks alt"),
        ("plots.show(fig", "plt.show(fig", "use plots.show"),
    ],
)
def test_what_leaves_the_form_is_named(course, old, new, words):
    assert words in form(course, old, new)
