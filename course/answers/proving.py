"""Runs the known answers of a lab, and judges its graders by them.

A process of its own runs the lab once up to its last exercise, under the smoke preset. At each exercise it forks once
per answer: the child runs the answer in place of the reference solution, then the checks that follow it. So nothing of
an answer reaches another one, and nothing of a lab the next.
"""

import contextlib
import gc
import io
import multiprocessing
import multiprocessing.connection
import os
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.context import ForkProcess

from nbformat import NotebookNode
from nbgrader.utils import is_grade

from course.answers.reading import Answer, is_exercise, read_answers, too_few
from course.build import Built, build_notebook
from course.kinds import skipped
from course.layout import CourseError, Lab

SECONDS = 60.0  # one answer may take this long, all its checks together
UNWRITTEN = "not written yet"
FORK = multiprocessing.get_context("fork")

Namespace = dict[str, object]


@dataclass(frozen=True)
class Failure:
    """What one cell raised."""

    message: str
    teaches: bool = True  # not when a graded cell raised more than words in an assertion


Outcome = list[Failure] | None  # None: it took too long


@dataclass
class Verdict:
    """How the answers of one lab fared."""

    accepted: int = 0
    rejected: int = 0
    answers: list[Answer] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def line(self, name: str) -> str:
        """`01_backprop  accept 24/24  reject 71/71`."""
        accepts = sum(answer.accept for answer in self.answers)
        rejects = len(self.answers) - accepts
        return f"{name}  accept {self.accepted}/{accepts}  reject {self.rejected}/{rejects}"


def check_answers(lab: Lab, on_answer: Callable[[], None] = lambda: None) -> Verdict:
    """Runs every answer of a lab.

    Args:
        lab: the lab.
        on_answer: called after each answer, for a progress bar.

    Raises:
        CourseError: the answers cannot be read, or the reference solution itself fails.
    """
    built = build_notebook(lab)
    answers = read_answers(lab, built)
    verdict = Verdict(answers=answers)
    exercises = [cell.id for cell in built.notebook.cells if is_exercise(cell)]
    verdict.problems += too_few(lab.answers, answers, exercises)
    receive, send = FORK.Pipe(duplex=False)
    process = FORK.Process(target=_run_lab, args=(built, answers, send))
    process.start()
    send.close()
    for number, outcome in _received(receive, process):
        _judge(answers[number], outcome, verdict)
        on_answer()
    return verdict


def _received(receive: Connection, process: ForkProcess) -> Iterator[tuple[int, Outcome]]:
    """The outcomes that the process of a lab sends until it is done."""
    try:
        while (message := receive.recv()) is not None:
            if isinstance(message, CourseError):
                raise message
            yield message
    except EOFError:
        process.join()
        raise CourseError(f"The process of this lab died ({process.exitcode}).") from None
    finally:
        process.kill()
        process.join()


def _run_lab(built: Built, answers: list[Answer], send: Connection) -> None:
    """In the process of a lab: its cells, and at each exercise the answers to it."""
    prepare_process()
    code = [cell for cell in built.notebook.cells if cell.cell_type == "code"]
    cells = [cell for cell in code if not skipped(cell.source)]  # nothing that is graded needs them
    namespace: Namespace = {"__name__": "__main__"}
    last = max((index for index, cell in enumerate(cells) if is_exercise(cell)), default=-1)
    try:
        for index, cell in enumerate(cells[: last + 1]):
            before = dict(namespace)
            _execute_reference(built, cell, namespace)
            if is_exercise(cell):
                checks = _checks_after(cells, index)
                own = [n for n, answer in enumerate(answers) if answer.exercise == cell.id]
                # Once in this process, so that no child has to load what the checks load.
                warm = dict(namespace)
                for check in checks:
                    _execute_reference(built, check, warm)
                _load_meta_device()
                gc.freeze()  # a child that collected what stands here would copy the memory it lies in
                for number, outcome in _fork_each(answers, own, namespace, before, checks):
                    send.send((number, outcome))
        send.send(None)
    except CourseError as error:
        send.send(error)


def prepare_process() -> None:
    """Makes this process safe to fork: one thread, no GPU, short trainings. Before torch is imported."""
    os.environ.update(
        OMP_NUM_THREADS="1",
        LABS_DEVICE="cpu",
        LABS_PRESET="smoke",
        HF_HUB_OFFLINE="1",
        MPLBACKEND="agg",
        TQDM_DISABLE="1",
    )


def _load_meta_device() -> None:
    """Loads PyTorch's device `meta`, 900 modules: a check may need it for an answer and not for the reference."""
    if torch := sys.modules.get("torch"):
        torch.ones(1, device="meta") + 1


def _checks_after(cells: list[NotebookNode], index: int) -> list[NotebookNode]:
    """The cells from an exercise to the next one, given cells included, up to the last check."""
    following = []
    for cell in cells[index + 1 :]:
        if is_exercise(cell):
            break
        following.append(cell)
    while following and not is_grade(following[-1]):
        following.pop()
    return following


def _execute_reference(built: Built, cell: NotebookNode, namespace: Namespace) -> None:
    try:
        with _quiet():
            _execute(cell.source, cell.id, namespace)
    except Exception as error:
        raise CourseError(
            f"{built.location(cell.id)}: the reference fails in {cell.id}: {error}"
        ) from None


def _execute(source: str, name: str, namespace: Namespace) -> None:
    exec(compile(source, f"<{name}>", "exec"), namespace)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Swallows what cells print and display."""
    with contextlib.redirect_stdout(io.StringIO()):
        yield


def _fork_each(
    answers: list[Answer],
    own: list[int],
    namespace: Namespace,
    before: Namespace,
    checks: list[NotebookNode],
) -> Iterator[tuple[int, Outcome]]:
    """Runs the answers whose numbers are in `own` in forked children, as many at a time as there are cores.

    Yields:
        The number of an answer, and what failed.
    """
    waiting = list(own)
    running: list[tuple[int, ForkProcess, Connection, float]] = []
    while waiting or running:
        while waiting and len(running) < (os.cpu_count() or 1):
            number = waiting.pop(0)
            receive, send = FORK.Pipe(duplex=False)
            arguments = (answers[number], namespace, before, checks, send)
            process = FORK.Process(target=_try, args=arguments)
            process.start()
            send.close()
            running.append((number, process, receive, time.monotonic() + SECONDS))
        multiprocessing.connection.wait([receive for *_, receive, _ in running], timeout=1.0)
        for entry in list(running):
            number, process, receive, deadline = entry
            outcome: Outcome
            if receive.poll():
                try:
                    outcome = receive.recv()
                except EOFError:
                    process.join()
                    outcome = [Failure(f"the process died ({process.exitcode})")]
            elif time.monotonic() > deadline:
                process.kill()
                outcome = None
            else:
                continue
            process.join()
            running.remove(entry)
            yield number, outcome


def _try(
    answer: Answer,
    namespace: Namespace,
    before: Namespace,
    checks: list[NotebookNode],
    send: Connection,
) -> None:
    """In the child: the answer, then its checks, each as nbgrader would run it, whatever the others did.

    The namespace goes back to what it was `before` the reference solution, in place: functions of earlier cells look
    their globals up in that very dict.
    """
    namespace.clear()
    namespace.update(before)
    failures = []
    devnull = os.open(os.devnull, os.O_WRONLY)
    os.dup2(devnull, 1)
    os.dup2(devnull, 2)
    with _quiet():
        for source, name, graded in [
            (answer.code, answer.exercise, False),
            *((check.source, check.id, is_grade(check)) for check in checks),
        ]:
            try:
                _execute(source, name, namespace)
            except BaseException as error:
                told = isinstance(error, AssertionError) and bool(str(error))
                told = (
                    told or str(error) == UNWRITTEN
                )  # the stub's own words, where a check asserts
                message = f"{name}: {type(error).__name__}: {error}"
                failures.append(Failure(message, teaches=told or not graded))
    send.send(failures)


def _judge(answer: Answer, failures: Outcome, verdict: Verdict) -> None:
    """Counts the answer, or says why its graders are wrong about it."""
    problem = _problem(answer, failures)
    if problem:
        shown = "" if answer.written else f"\n    the answer:\n{answer.code}"
        verdict.problems.append(f"{answer}\n    {problem}{shown}")
    elif answer.accept:
        verdict.accepted += 1
    else:
        verdict.rejected += 1


def _problem(answer: Answer, failures: Outcome) -> str | None:
    if failures is None:
        return f"took longer than {SECONDS:g} s"
    listed = "\n        ".join(failure.message for failure in failures)
    if answer.accept:
        return f"failed: {listed}" if failures else None
    if not failures:
        return "passed every check"
    if not any(answer.expects in failure.message for failure in failures):
        return f"no message has the words {answer.expects!r}:\n        {listed}"
    silent = [failure.message for failure in failures if not failure.teaches]
    if silent:
        broken = "\n        ".join(silent)
        return f"a check broke down instead of saying what is wrong:\n        {broken}"
    return None
