"""Whatever a student's code does becomes one message, and nothing reaches stderr."""

import os
import signal
import statistics
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
import torch

from utils import checks
from utils.checks import CheckFailed


def fails(words: str):
    return pytest.raises(CheckFailed, match=words)


def test_a_hint_is_added_to_a_message_and_only_to_one():
    with fails(r"^too large\n  Is it squared\?$"), checks.hint("Is it squared?"):
        checks.that(False, "too large")
    with checks.hint("Is it squared?"):
        checks.that(True, "too large")


def test_jupyter_shows_the_message_alone():
    assert CheckFailed("in words")._render_traceback_() == ["\x1b[31m✗ in words\x1b[0m"]


def test_a_function_that_ends_the_program_is_told():
    with fails(r"quits ends the program: take out exit\(\)"):
        checks.run(quits)


def quits() -> None:
    sys.exit()


def test_run_returns_what_the_function_returns():
    assert checks.run(lambda a, b: a + b, 2, b=3) == 5


def stub(x):
    raise NotImplementedError


def test_a_stub_is_not_written_yet():
    with fails("stub is not written yet"):
        checks.run(stub, 1)


def calls_a_stub(x):
    return stub(x) + 1


class Unfinished(torch.nn.Module):
    def forward(self, x):
        raise NotImplementedError("not written yet")

    def generate(self, x):
        raise NotImplementedError("not written yet")


def test_the_function_that_is_not_written_yet_is_named():
    with fails("^calls_a_stub calls stub, which is not written yet"):
        checks.run(calls_a_stub, 1)
    with fails("^stub is not written yet"):
        checks.run(lambda x: stub(x), 1)


def test_methods_of_a_module_are_its_own():
    for function, name in ((Unfinished(), "Unfinished"), (Unfinished().generate, "generate")):
        with fails(f"^{name} is not written yet"):
            checks.run(function, 1)


def test_a_lazy_layer_is_told():
    with fails("a lazy layer has no size yet.*nn.Linear"):
        checks.run(lambda size: torch.nn.Sequential(torch.nn.LazyLinear(size)), 3)


def inverts(mask):
    return 1 - mask


def test_a_missing_operator_of_torch_is_not_a_stub():
    with fails("inverts raised .*bool tensor"):
        checks.run(inverts, torch.tensor([True]))


def breaks(x):
    return x @ x


def test_an_error_names_the_students_line_and_gives_advice():
    with fails(r"breaks raised RuntimeError.*\n  in breaks, line \d+: return x @ x\n.*transpose"):
        checks.run(breaks, torch.zeros(2, 3))


@pytest.mark.parametrize("container", [lambda x: x, lambda x: {"a": x}, lambda x: [1, (x,)]])
def test_a_changed_input_fails(container):
    x = torch.zeros(3)
    with fails("changes its input in place"):
        checks.run(lambda _: x.add_(1), container(x))


@pytest.mark.parametrize("new", [None, 1.5, [], torch.zeros(3, dtype=torch.int64)])
def test_an_input_that_became_something_else_is_a_change(new):
    def replaces(items):
        items[0] = new
        return 1

    for items in ([torch.zeros(3)], {0: torch.zeros(3)}, [{"a": 1}], [[2.5, 1.5]]):
        with fails("changes its input in place"):
            checks.run(replaces, items)


def test_numbers_sorted_in_place_are_a_change_and_nan_is_none():
    with fails("changes its input in place"):
        checks.run(lambda x: (x.sort(), x), [2.5, 1.5])
    assert checks.run(len, [float("nan"), 1.5]) == 2


def test_an_error_inside_a_library_names_the_students_line():
    with fails(r"in averages, line \d+: return statistics\.mean\(x\)$"):
        checks.run(averages, [])


def averages(x):
    return statistics.mean(x)


def test_a_changed_dict_fails():
    with fails("changes its input in place"):
        checks.run(lambda d: (d.update(b=1), d), {"a": torch.zeros(1)})


@pytest.mark.parametrize(
    ("change", "argument"),
    [(list.sort, ["b", "a"]), (list.reverse, [1, 2]), (lambda s: s.add("c"), {"a"})],
)
def test_a_changed_list_or_set_fails(change, argument):
    with fails("changes its input in place"):
        checks.run(lambda x: (change(x), x), argument)
    assert checks.run(len, argument) == len(argument)


def test_an_input_with_nan_that_stays_as_it_is_is_no_change():
    x = torch.tensor([1.0, torch.nan])
    assert checks.run(lambda x: x.nansum(), x) == 1
    with fails("changes its input in place"):
        checks.run(lambda x: x.nan_to_num_(), x)


def test_a_function_without_return_is_told():
    with fails("nothing is returned, got None. Does your function end with `return`?"):
        checks.run(list.sort, [2, 1])


def test_a_change_may_be_allowed():
    x = torch.zeros(3)
    checks.run(list.sort, [2, 1], may_change=True)
    checks.run(lambda x: x.add_(1), x, may_change=True)
    assert x.tolist() == [1, 1, 1]


def forever():
    while True:
        pass


def test_a_call_that_does_not_end_is_stopped():
    with fails("forever was stopped after 0.2 s"):
        checks.run(forever, seconds=0.2)


def test_a_call_that_waits_for_ever_is_stopped():
    with fails("was stopped after 0.2 s"):
        checks.run(lambda: threading.Event().wait(), seconds=0.2)


def computes(seconds: float = 0.4) -> float:
    """Computes for so long, whatever a clock on the wall says."""
    began = time.thread_time()
    while time.thread_time() - began < seconds:
        pass
    return seconds


@pytest.mark.skipif(
    sys.platform != "linux", reason="only Linux counts how long a thread has no core"
)
def test_a_call_is_not_stopped_for_what_other_work_takes():
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    others = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(5)]
    try:
        began = time.monotonic()
        assert checks.run(computes, seconds=0.9) == 0.4
        assert time.monotonic() - began > 0.9  # it would have been stopped
    finally:
        os.sched_setaffinity(0, cores)
        for other in others:
            other.kill()
            other.wait()


def test_a_call_is_stopped_in_a_program_that_ignores_interrupts():
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # as for `pytest &`
    try:
        with fails("forever was stopped after 0.2 s"):
            checks.run(forever, seconds=0.2)
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


def stubborn():
    while True:
        try:
            forever()
        except BaseException:
            stubborn.caught += 1
            if stubborn.caught == 2:
                raise


def test_a_call_that_swallows_the_interrupt_is_stopped_later():
    stubborn.caught = 0
    with fails("was stopped"):
        checks.run(stubborn, seconds=0.2)


def test_an_interrupt_by_the_user_stays_an_interrupt():
    def interrupted():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        checks.run(interrupted)


NOISY = """
import logging, os, sys, warnings
from utils import checks

def noisy():
    warnings.warn("by warnings")
    print("by print", file=sys.stderr)
    logging.warning("by logging")
    os.write(2, b"by C++\\n")
    return 1

checks.run(noisy)
"""


def test_nothing_reaches_stderr():
    done = subprocess.run([sys.executable, "-c", NOISY], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    for words in ("by warnings", "by print", "by logging", "by C++"):
        assert words in done.stdout


class Agreeable(float):
    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = float.__hash__


@pytest.mark.parametrize(
    "result",
    [
        torch.zeros(3).as_subclass(type("Tensor", (torch.Tensor,), {})),
        Agreeable(0),
        (1.0, {"loss": [Agreeable(0)]}),
    ],
)
def test_a_class_that_only_looks_like_a_number_is_refused(result):
    with fails("return plain tensors and numbers, not a"):
        checks.run(lambda: result)


def test_the_usual_numbers_are_plain():
    for result in (1.0, True, "a", np.float64(2), np.int32(3), torch.nn.Parameter(torch.ones(2))):
        assert checks.run(lambda result=result: result) is result
