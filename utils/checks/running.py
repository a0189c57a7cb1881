"""Runs a student's code: every way in which it can go wrong becomes a message, and nothing reaches stderr."""

from __future__ import annotations

import _thread
import contextlib
import os
import signal
import sysconfig
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn.parameter import is_lazy

from utils.checks.advice import likely_cause
from utils.notebook import stderr_to_stdout

# Where code lies that no student wrote.
LIBRARIES = (sysconfig.get_path("stdlib"), str(Path(torch.__file__).parents[1]))
CHECKS = f"{Path(__file__).parent}{os.sep}"

SECONDS = 10.0  # how long one call of a student's function may last


class CheckFailed(AssertionError):
    """A check that did not pass. Jupyter shows its message alone, without the check's own source."""

    def _render_traceback_(self) -> list[str]:
        return [f"\x1b[31m✗ {self}\x1b[0m"]


def passed(what: str) -> None:
    """Prints the line that ends a check cell."""
    print(f"✓ {what}")


def that(condition: bool | torch.Tensor, otherwise: str) -> None:
    """Fails with the message `otherwise` unless the condition holds."""
    if not bool(condition):
        raise CheckFailed(otherwise)


def normal(*shape: int, seed: int, dtype: torch.dtype = torch.float64) -> torch.Tensor:
    """Input for a check: standard normal numbers of this shape, the same for the same seed."""
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


def run(
    function: Callable[..., Any],
    *args: Any,
    may_change: bool = False,
    seconds: float = SECONDS,
    **kwargs: Any,
) -> Any:
    """Calls a student's function and turns everything that can go wrong into a CheckFailed.

    Warnings and whatever is written to stderr, by Python or by C++, go to stdout. The call is stopped after
    `seconds`, not counting those in which other work has the core. Unless `may_change`, something must be returned,
    and tensors, dicts, lists and sets among the arguments must not change.

    Returns:
        What the function returned.
    """
    name = name_of(function)
    before = _clone((args, kwargs))
    try:
        with stderr_to_stdout(), _time_limit(name, seconds):
            result = function(*args, **kwargs)
    except CheckFailed:
        raise
    except NotImplementedError as error:
        # torch raises it too, for a missing operator, and says why
        if str(error) not in ("", "not written yet"):
            raise CheckFailed(describe_error(name, error)) from None
        owner, raised = _raised_by(error)
        if name == "your code":
            name = owner
        what = name if name in (owner, raised) else f"{name} calls {owner}, which"
        raise CheckFailed(
            f"{what} is not written yet. Replace the line `raise NotImplementedError(...)` with your code, "
            "run that cell, then run this one again."
        ) from None
    except SystemExit:
        raise CheckFailed(f"{name} ends the program: take out exit() or sys.exit().") from None
    except Exception as error:
        raise CheckFailed(describe_error(name, error)) from None
    if result is None and not may_change:
        raise CheckFailed(
            f"{name}: nothing is returned, got None. Does your function end with `return`?"
        )
    if look_alike := _look_alike(result):
        raise CheckFailed(
            f"{name}: return plain tensors and numbers, not a {look_alike.__name__}, a class of its own."
        )
    if isinstance(result, torch.nn.Module) and any(map(is_lazy, result.parameters())):
        raise CheckFailed(
            f"{name}: a lazy layer has no size yet, nor weights before it meets an input: "
            "write its number of inputs, nn.Linear(inputs, outputs) for nn.LazyLinear(outputs)."
        )
    if not may_change and not _same(before, (args, kwargs)):
        raise CheckFailed(
            f"{name} changes its input in place. Work on new values or on a copy (x.clone() of a tensor, list(x), "
            "dict(x)): write `a = a + b`, not `a += b`, and avoid functions of a tensor that end in an underscore."
        )
    return result


def name_of(function: Callable[..., Any]) -> str:
    """What a message calls a function, a module or a lambda of the check itself."""
    name = getattr(function, "__name__", type(function).__name__)
    return "your code" if name == "<lambda>" else name


def _raised_by(error: Exception) -> tuple[str, str]:
    """The function whose code raised an error, and before it the class that it belongs to, or itself."""
    *_, (frame, _) = traceback.walk_tb(error.__traceback__)
    names = frame.f_code.co_qualname.split("<locals>.")[-1].split(".")
    return names[0], names[-1]


@contextlib.contextmanager
def hint(text: str) -> Iterator[None]:
    """Adds a line to the message of a check that fails inside the block."""
    try:
        yield
    except CheckFailed as failure:
        raise CheckFailed(f"{failure}\n  {text}") from None


def _interrupt() -> None:
    """As Ctrl+C: a signal, which also ends a wait for a lock."""
    if hasattr(signal, "pthread_kill"):
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
    else:  # Windows
        _thread.interrupt_main()


def _held_up(thread: int) -> float:
    """Seconds in which a thread of this process was ready and had no core, since it began; 0 where no one counts."""
    try:
        return int(Path(f"/proc/self/task/{thread}/schedstat").read_text().split()[1]) / 1e9
    except (OSError, IndexError, ValueError):
        return 0.0


@contextlib.contextmanager
def _time_limit(name: str, seconds: float) -> Iterator[None]:
    """Interrupts the main thread when its block lasts too long. No limit in other threads.

    What the thread waits for a core, because other work has it, does not count.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    finished, expired = threading.Event(), threading.Event()
    thread = threading.get_native_id()
    ends = time.monotonic() + seconds - _held_up(thread)

    def watch() -> None:
        while (left := ends + _held_up(thread) - time.monotonic()) > 0:
            if finished.wait(left):
                return
        expired.set()
        while not finished.wait(0.5):  # again, in case a bare `except:` swallowed the first one
            _interrupt()

    def stop() -> None:
        finished.set()
        watcher.join()

    watcher = threading.Thread(target=watch, daemon=True)
    # A program started in the background ignores interrupts, and would ignore this one.
    ignored = signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    if ignored:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    too_long = CheckFailed(
        f"{name} was stopped after {seconds:g} s. Is there a loop that never ends, "
        "or a Python loop over numbers where one tensor operation would do?"
    )
    watcher.start()
    try:
        yield
        stop()
    except KeyboardInterrupt:
        stop()
        if expired.is_set():
            raise too_long from None
        raise
    finally:
        finished.set()
        if ignored:
            signal.signal(signal.SIGINT, signal.SIG_IGN)


def describe_error(name: str, error: Exception) -> str:
    """Says which line of the student's own code raised, since the check's traceback would hide it."""
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if not frame.filename.startswith((*LIBRARIES, CHECKS))
        and "site-packages" not in frame.filename
    ]
    where = ""
    if frames and frames[-1].line:
        where = f"\n  in {frames[-1].name}, line {frames[-1].lineno}: {frames[-1].line}"
    advice = likely_cause(str(error))
    cause = f"\n  Likely cause: {advice}" if advice else ""
    return f"{name} raised {type(error).__name__}: {error}{where}{cause}"


# A class of a student's own can be made equal to everything.
PLAIN_TENSORS = (torch.Tensor, torch.nn.Parameter)
PLAIN_NUMBERS = {float, int, bool, complex, str, *np.sctypeDict.values()}


def _look_alike(value: Any) -> type | None:
    """The type of a tensor, a number or a string, at any depth of a result, that is none of the usual ones."""
    if isinstance(value, torch.Tensor):
        return None if type(value) in PLAIN_TENSORS else type(value)
    if isinstance(value, float | int | complex | str):
        return None if type(value) in PLAIN_NUMBERS else type(value)
    if isinstance(value, dict | list | tuple):
        parts = value.values() if isinstance(value, dict) else value
        return next((found for part in parts if (found := _look_alike(part))), None)
    return None


def _clone(value: Any) -> Any:
    if isinstance(value, torch.Tensor):
        return value.detach().clone()
    if isinstance(value, dict):
        return {key: _clone(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_clone(item) for item in value]
    if isinstance(value, set):
        return set(value)
    return value if isinstance(value, str | int | float) else None


def _same(before: Any, after: Any) -> bool:
    if before is None:  # something that is not compared
        return True
    if isinstance(before, torch.Tensor):
        if not isinstance(after, torch.Tensor) or before.dtype != after.dtype:
            return False
        if before.shape != after.shape:
            return False
        return bool(torch.isclose(before, after, rtol=0, atol=0, equal_nan=True).all())
    if isinstance(before, dict):
        return isinstance(after, dict) and (
            before.keys() == after.keys() and all(_same(v, after[k]) for k, v in before.items())
        )
    if isinstance(before, list):
        return isinstance(after, list | tuple) and (
            len(before) == len(after) and all(map(_same, before, after))
        )
    return bool(before == after) or bool(before != before and after != after)  # NaN is not itself
