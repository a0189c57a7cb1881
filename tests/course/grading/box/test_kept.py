"""A box that was killed is replaced and its submission runs once more; one that kills its boxes has ended."""

import os
import signal
from concurrent.futures import ThreadPoolExecutor

import pytest
from conftest import NEEDS_BOX, children, gates

from course.grading.box import KeptBoxes, Limits, Task, Walls

pytestmark = NEEDS_BOX


def task(*cells: str, given: tuple[str, ...] = ()) -> Task:
    numbered = {str(number): source for number, source in enumerate(cells)}
    return Task(numbered, frozenset(), (), ("math",), given, Walls(), Limits())


@pytest.fixture
def boxes():
    kept = KeptBoxes()
    yield kept
    kept.close()


@pytest.mark.parametrize("depth", [0, 2], ids=["bwrap", "the-program-in-it"])
def test_a_submission_whose_box_is_killed_runs_once_more_in_a_new_one(
    boxes, tmp_path, monkeypatch, depth
):
    started, go, source = gates(tmp_path, monkeypatch)
    others = set(children(os.getpid()))
    with ThreadPoolExecutor() as threads:
        running = threads.submit(boxes.run, task("print(1)", source, "print(3)"))
        started()  # it is in the middle
        (victim,) = set(children(os.getpid())) - others
        for _ in range(depth):
            (victim,) = children(victim)
        os.kill(victim, signal.SIGKILL)
        started()  # it is in the middle again
        go()
        outcome = running.result()
    assert outcome.ended == "done"
    assert [outputs[0].text for outputs in outcome.outputs.values()] == ["1\n", "went on\n", "3\n"]


def test_a_submission_whose_boxes_are_killed_has_ended_and_the_next_one_runs(
    boxes, tmp_path, monkeypatch
):
    started, _, source = gates(tmp_path, monkeypatch)
    others = set(children(os.getpid()))
    with ThreadPoolExecutor() as threads:
        running = threads.submit(boxes.run, task("print(1)", source, "print(3)"))
        for _ in range(2):
            started()
            (victim,) = set(children(os.getpid())) - others
            os.kill(victim, signal.SIGKILL)
        outcome = running.result()
    assert outcome.ended == "died"
    assert list(outcome.outputs) == ["0"]
    assert boxes.run(task("print(1)")).ended == "done"


def test_a_submission_cannot_kill_its_box(boxes):
    kill = "import os, signal\nos.kill(os.getppid(), signal.SIGKILL)"
    outcome = boxes.run(task(kill, "print(2)"))
    assert outcome.outputs["0"][0].ename == "PermissionError"
    assert outcome.ended == "done"


def test_a_box_that_was_killed_between_two_submissions_is_replaced(boxes):
    others = set(children(os.getpid()))
    boxes.run(task("1"))
    (first,) = set(children(os.getpid())) - others
    os.kill(first, signal.SIGKILL)
    assert boxes.run(task("print(2)")).outputs["0"][0].text == "2\n"


def test_a_box_is_kept_for_its_lab_and_replaced_for_another(boxes):
    others = set(children(os.getpid()))

    def after(given: str) -> set[int]:
        boxes.run(task(given, given=(given,)))
        return set(children(os.getpid())) - others

    first = after("a = 1")
    assert len(first) == 1
    assert after("a = 1") == first
    assert after("a = 2").isdisjoint(first)
    assert len(after("a = 2")) == 1


def test_closing_ends_what_runs_and_leaves_no_process(boxes, tmp_path, monkeypatch):
    started, _, source = gates(tmp_path, monkeypatch)
    others = set(children(os.getpid()))
    with ThreadPoolExecutor() as threads:
        running = threads.submit(boxes.run, task(source))
        started()
        boxes.close()
        assert running.result().ended == "died"
    assert set(children(os.getpid())) <= others
