"""A check gets a wrong answer in the place of the student's, refuses it, and leaves the names as they were."""

import contextlib
import io

import pytest
import torch
from nbformat import v4

from course import layout
from course.build import build_notebook
from course.grading import ExecuteInBox
from course.grading.canaries import Canary, accepted, canaries_of
from utils import checks

COMPARED = 'checks.close("double(x)", checks.run(double, x), 2 * x)\nchecks.passed("doubled")'
PARTS = 'a, b = checks.unpack("f", checks.run(f, 1), "a", "b")\nchecks.close("b", b, 3)'


def names(**own: object) -> dict[str, object]:
    return {"checks": checks, "torch": torch, "x": torch.tensor([1.0, 2.0]), **own}


def test_a_check_that_compares_numbers_gets_other_numbers_and_refuses_them():
    (canary,) = canaries_of({"3": COMPARED})
    own = names(double=lambda x: 2 * x)
    before = dict(own)
    with pytest.raises(checks.CheckFailed, match="expected"):
        exec(canary.source, own)
    assert {k: v for k, v in own.items() if k != "__builtins__"} == before


def test_the_right_numbers_are_wrong_when_every_one_of_a_tuple_is_moved():
    (canary,) = canaries_of({"3": PARTS})
    with pytest.raises(checks.CheckFailed, match="b"):
        exec(canary.source, names(f=lambda n: (n, 3)))


def test_other_checks_get_an_answer_that_raises():
    (canary,) = canaries_of({"3": "got = checks.run(f, 1)\nchecks.that(got > 0, 'no')"})
    with pytest.raises(checks.CheckFailed, match="not written yet"):
        exec(canary.source, names(f=abs))


def test_what_a_check_defines_itself_is_no_answer():
    assert canaries_of({"3": "def f(x):\n    return x\nchecks.run(f, 1)"}) == []
    assert canaries_of({"3": "from math import sqrt\nchecks.run(sqrt, 1)"}) == []
    assert canaries_of({"3": "assert double(3) == 6"}) == []


def test_a_comparison_with_what_depends_on_the_answer_is_no_reason_to_move_numbers():
    (canary,) = canaries_of({"3": 'checks.close("f", checks.run(f, 1), f(1))'})
    assert "NotImplementedError" in canary.source


def test_names_of_python_that_a_notebook_uses_otherwise_change_nothing():
    (canary,) = canaries_of({"3": COMPARED})
    own = names(double=lambda x: 2 * x, isinstance=3, type=4, list=5, dict=6)
    with pytest.raises(checks.CheckFailed, match="expected"):
        exec(canary.source, own)


def test_accepted_is_what_ran_to_its_end():
    canary = Canary("3", "double", COMPARED)
    tick = v4.new_output("stream", text="✓ doubled\n")
    error = v4.new_output("error", ename="CheckFailed", evalue="", traceback=[])
    assert accepted(canary, [tick])
    assert not accepted(canary, [tick, error])
    assert not accepted(canary, [])


@pytest.mark.parametrize(
    "lab", sorted(path.name for path in (layout.ROOT / "solutions").glob("[0-9]*"))
)
def test_every_lab_has_a_dozen_canaries(lab):
    notebook = build_notebook(layout.Lab(lab)).notebook
    with contextlib.redirect_stdout(io.StringIO()):
        task = ExecuteInBox().task_of(notebook, ())
    assert len(task.canaries) >= 12
    assert {canary.check for canary in task.canaries} <= task.graded
