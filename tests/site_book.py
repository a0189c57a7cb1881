"""A small book with one lab, released and run, for the tests of its site."""

import base64
import io

import nbformat
from conftest import Course
from nbformat import NotebookNode
from PIL import Image

from course import notebooks
from course.layout import Lab
from utils.report import METRICS_MIME

NAME = "90_web"
ANSWER, HIDDEN, IN_WORDS = (
    "secret_sum = n + n",
    "assert double(10**9) == 2 * 10**9",
    "Since addition repeats.",
)
SOURCE = f'''\
# %% [markdown]
# # Lab 90 · Doubling
# Worth **3 points**. See Lab 91, and `Lab 91` stays code.

# %% setup="setup"

# %% given="imports"
import math

# %% [markdown]
# ## 1 · Twice
# The double of $n$ is $$n + n = \\\\frac{{4n}}{{2}}.$$
#
# <img alt="A red square, one by one" width="700" src="data:image/png;base64,PICTURE">

# %% [markdown]
# ### Exercise 1 · Doubling $n$ (2 points · 5 min · ●○○)
# Return twice the number.
#
# <details><summary>Hint 1: the idea</summary>Add it to itself.</details>


# %% solution="double"
def double(n: int) -> int:
    """Twice a number."""
    ### BEGIN SOLUTION
    {ANSWER}
    return secret_sum
    ### END SOLUTION


# %% check="double_value" points=2
assert double(3) == 6, f"expected 6, got {{double(3)}}"
### BEGIN HIDDEN TESTS
{HIDDEN}
### END HIDDEN TESTS

# %% [markdown]
# ### Question 1 · Why? (1 point · 5 min · ●○○)
# Why twice?

# %% [markdown] manual="why" points=1
# {IN_WORDS}

# %% experiment="doubles"
# Experiment · The doubles of three numbers
print([double(n) for n in (1, 2, 3)])

# %% figure="square"
# Figure · A square of one color
print("drawn")

# %% experiment="metrics"
# Experiment · The metrics
print("reported")
'''


def png(color: str = "red") -> str:
    """A square of one color, as base64."""
    buffer = io.BytesIO()
    Image.new("RGB", (40, 20), color).save(buffer, "PNG")
    return base64.b64encode(buffer.getvalue()).decode()


def source() -> str:
    """The lab's source, with its picture."""
    return SOURCE.replace("PICTURE", png())


def write_run(course: Course, name: str = NAME, preset: str = "full") -> NotebookNode:
    """Puts a run of the built lab where `course run` leaves it, and returns it."""
    nb = notebooks.read(course.built(name))
    by_id = {cell.id: cell for cell in nb.cells}
    figure = (
        f'<figure style="margin:0"><img alt="A blue square" width="40" height="20" src="data:image/png;base64,'
        f'{png("blue")}"><figcaption>Every place has one color.</figcaption></figure>'
    )
    reported = {"lab": name, "preset": preset, "device": "cpu (2 threads)", "metrics": {"n": 3}}
    show = nbformat.v4.new_output
    by_id["double_value"].outputs = [show("stream", name="stdout", text="✓ double\n")]
    by_id["doubles"].outputs = [
        show("stream", name="stdout", text="[2, 4, 6]\n"),
        show("stream", name="stderr", text="a warning of this machine"),
    ]
    by_id["square"].outputs = [show("display_data", data={"text/html": figure})]
    by_id["metrics"].outputs = [
        show(
            "display_data",
            data={METRICS_MIME: reported, "text/html": "<table><tr><td>n</td></tr></table>"},
        )
    ]
    notebooks.write(nb, Lab(name).executed)
    return nb
