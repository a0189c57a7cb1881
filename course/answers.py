"""Proves a lab's graders: known right answers pass every check, known wrong ones fail with the intended message.

The lab runs once up to its last exercise, in this process, under the smoke preset. At each exercise the process forks
once per answer: the child runs the answer in place of the reference solution, then the checks that follow it.
"""

import contextlib
import io
import multiprocessing
import os
import re
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path

import jupytext
from nbformat import NotebookNode

from course.build import build_notebook
from course.layout import CourseError, Lab, relative

HEADER = re.compile(r"# (accept|reject) ([a-z0-9_]+): (.+)")
EXPECTS = re.compile(r'(.+) · expects "(.+)"')
SECONDS = 60.0  # one answer may take this long, all its checks together
LEAST_ACCEPT, LEAST_REJECT = 2, 6


@dataclass(frozen=True)
class Answer:
    """One known answer to an exercise."""

    exercise: str
    accept: bool
    why: str
    expects: str
    code: str


@dataclass(frozen=True)
class Failure:
    """What one cell raised."""

    message: str
    teaches: bool = True  # not when a graded cell raised more than words in an assertion

    def __str__(self) -> str:
        return self.message


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


def read_answers(path: Path, exercises: list[str]) -> list[Answer]:
    """Reads a file of answers.

    Raises:
        CourseError: a cell has no header, does not parse as Python, names an unknown exercise, or is a reject without
            an expectation.
    """
    if not path.exists():
        raise CourseError(f"{relative(path)} is missing: every lab proves its graders there.")
    answers = []
    for number, cell in enumerate(jupytext.read(path, fmt="py:percent").cells, start=1):
        if cell.cell_type != "code":
            continue
        first, _, code = cell.source.partition("\n")
        where = f"{relative(path)}, cell {number} ({first[:70]})"
        header = HEADER.fullmatch(first.strip())
        if not header:
            raise CourseError(f"{where}: the first line should be `# accept exercise: why`.")
        verdict, exercise, why = header.groups()
        if exercise not in exercises:
            raise CourseError(
                f"{where}: no exercise {exercise!r}; there are {', '.join(exercises)}."
            )
        try:
            compile(code, str(path), "exec")
        except SyntaxError as error:
            raise CourseError(f"{where}: {error}") from None
        expectation = EXPECTS.fullmatch(why)
        if (verdict == "reject") != bool(expectation):
            raise CourseError(f'{where}: a reject, and only a reject, ends in · expects "words".')
        why, expects = expectation.groups() if expectation else (why, "")
        answers.append(Answer(exercise, verdict == "accept", why, expects, code))
    return answers


def too_few(answers: list[Answer], exercises: list[str]) -> list[str]:
    """A line for each exercise that has fewer known answers than it needs."""
    problems = []
    for exercise in exercises:
        own = [answer.accept for answer in answers if answer.exercise == exercise]
        if own.count(True) < LEAST_ACCEPT or own.count(False) < LEAST_REJECT:
            problems.append(
                f"{exercise} has {own.count(True)} right and {own.count(False)} wrong answers; "
                f"it needs {LEAST_ACCEPT} and {LEAST_REJECT}"
            )
    return problems


def check_answers(lab: Lab, on_answer: Callable[[], None] = lambda: None) -> Verdict:
    """Runs every answer of a lab.

    Args:
        lab: the lab.
        on_answer: called after each answer, for a progress bar.

    Raises:
        CourseError: the answers cannot be read, or the reference solution itself fails.
    """
    prepare_process()
    cells = [cell for cell in build_notebook(lab.source).cells if cell.cell_type == "code"]
    exercises = [cell.id for cell in cells if is_exercise(cell)]
    verdict = Verdict(answers=read_answers(lab.answers, exercises))
    verdict.problems += too_few(verdict.answers, exercises)
    namespace: dict = {"__name__": "__main__"}
    last = max((index for index, cell in enumerate(cells) if is_exercise(cell)), default=-1)
    for index, cell in enumerate(cells[: last + 1]):
        before = dict(namespace)
        _execute_reference(lab, cell, namespace)
        if is_exercise(cell):
            checks = _checks_after(cells, index)
            own = [answer for answer in verdict.answers if answer.exercise == cell.id]
            # Once in this process, so that no child has to load what the checks load.
            warm = dict(namespace)
            for check in checks:
                _execute_reference(lab, check, warm)
            _load_meta_device()
            for answer, failures in _fork_each(own, namespace, before, checks):
                _judge(answer, failures, verdict)
                on_answer()
    return verdict


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


def is_exercise(cell: NotebookNode) -> bool:
    """Whether a cell is one that a student solves in code, and is not itself graded."""
    metadata = cell.metadata.get("nbgrader", {})
    return bool(metadata.get("solution")) and not metadata.get("grade")


def _checks_after(cells: list[NotebookNode], index: int) -> list[NotebookNode]:
    """The cells from an exercise to the next one, given cells included, up to the last check."""
    following = []
    for cell in cells[index + 1 :]:
        if is_exercise(cell):
            break
        following.append(cell)
    while following and not following[-1].metadata.get("nbgrader", {}).get("grade"):
        following.pop()
    return following


def _execute_reference(lab: Lab, cell: NotebookNode, namespace: dict) -> None:
    try:
        with _quiet():
            _execute(cell.source, cell.id, namespace)
    except Exception as error:
        raise CourseError(
            f"{relative(lab.source)}: the reference fails in {cell.id}: {error}"
        ) from error


def _execute(source: str, name: str, namespace: dict) -> None:
    exec(compile(source, f"<{name}>", "exec"), namespace)


@contextlib.contextmanager
def _quiet():
    """Swallows what cells print and display."""
    with contextlib.redirect_stdout(io.StringIO()):
        yield


def _fork_each(
    answers: list[Answer], namespace: dict, before: dict, checks: list[NotebookNode]
) -> list[tuple[Answer, list[Failure] | None]]:
    """Runs answers in forked children, as many at a time as there are cores.

    Returns:
        For each answer what failed; None if it took too long.
    """
    context = multiprocessing.get_context("fork")
    waiting, results = list(answers), []
    running: list[tuple[Answer, multiprocessing.Process, Connection, float]] = []
    while waiting or running:
        while waiting and len(running) < (os.cpu_count() or 1):
            answer = waiting.pop(0)
            receive, send = context.Pipe(duplex=False)
            process = context.Process(target=_try, args=(answer, namespace, before, checks, send))
            process.start()
            send.close()
            running.append((answer, process, receive, time.monotonic() + SECONDS))
        multiprocessing.connection.wait([receive for *_, receive, _ in running], timeout=1.0)
        for entry in list(running):
            answer, process, receive, deadline = entry
            if receive.poll():
                try:
                    results.append((answer, receive.recv()))
                except EOFError:
                    process.join()
                    results.append((answer, [Failure(f"the process died ({process.exitcode})")]))
            elif time.monotonic() > deadline:
                process.kill()
                results.append((answer, None))
            else:
                continue
            process.join()
            running.remove(entry)
    return results


def _try(
    answer: Answer, namespace: dict, before: dict, checks: list[NotebookNode], send: Connection
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
            *((c.source, c.id, bool(c.metadata.get("nbgrader", {}).get("grade"))) for c in checks),
        ]:
            try:
                _execute(source, name, namespace)
            except BaseException as error:
                told = isinstance(error, AssertionError) and bool(str(error))
                message = f"{name}: {type(error).__name__}: {error}"
                failures.append(Failure(message, teaches=told or not graded))
    send.send(failures)


def _judge(answer: Answer, failures: list[Failure] | None, verdict: Verdict) -> None:
    title = f"{'accept' if answer.accept else 'reject'} {answer.exercise}: {answer.why}"
    listed = "\n            ".join(map(str, failures or []))
    silent = [str(failure) for failure in failures or [] if not failure.teaches]
    if failures is None:
        verdict.problems.append(f"{title}\n    took longer than {SECONDS:g} s")
    elif answer.accept and failures:
        verdict.problems.append(f"{title}\n    failed: {listed}")
    elif answer.accept:
        verdict.accepted += 1
    elif not failures:
        verdict.problems.append(f"{title}\n    passed every check")
    elif not any(answer.expects in failure.message for failure in failures):
        verdict.problems.append(
            f"{title}\n    no message has the words {answer.expects!r}:\n            {listed}"
        )
    elif silent:
        verdict.problems.append(
            f"{title}\n    a check broke down instead of saying what is wrong:\n            "
            + "\n            ".join(silent)
        )
    else:
        verdict.rejected += 1
