"""The driver's side of a box: starts it, hands it submissions one after the other, and takes back what they put out."""

from __future__ import annotations

import ast
import contextlib
import socket
import subprocess
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from types import TracebackType
from typing import Any

from nbformat import NotebookNode, from_dict

from course.grading.box.inside import receive, send
from course.grading.box.refusal import refused
from course.grading.box.walls import MEMORY_BYTES, Walls
from course.grading.box.watch import REASONS
from course.grading.canaries import ACCEPTED, Canary, accepted
from course.layout import CourseError

BUBBLEWRAP = Walls()
START_SECONDS = 300.0  # for the imports, on a busy machine


@dataclass(frozen=True)
class Limits:
    """What one submission may take. Seconds are those in which it computes or waits of its own accord."""

    cell_seconds: float = 60.0
    submission_seconds: float = 600.0
    memory_bytes: int = MEMORY_BYTES
    processes: int = 64
    open_files: int = 512
    file_bytes: int = 256 << 20
    output_bytes: int = 32 << 20


@dataclass
class Outcome:
    """What a submission put out: outputs by the id of each cell that ended, and why others did not."""

    outputs: dict[str, list[NotebookNode]] = field(default_factory=dict)
    interrupted: set[str] = field(default_factory=set)
    ended: str = "died"
    flags: list[tuple[str, str]] = field(
        default_factory=list
    )  # a cell, and why a person should look


ENDED = {
    "died": "The program ended before this cell (exit(), too much memory, or a crash).",
    "time": "The submission was stopped before this cell: it took too long.",
    "memory": "The submission was stopped before this cell: its processes took too much memory.",
    "processes": "The submission was stopped before this cell: it started too many processes.",
    "output": "The submission was stopped before this cell: it put out too much.",
}


class WarmBox:
    """A box that has imported what a lab imports, and run what it begins with; each submission runs in a fork of it."""

    def __init__(
        self, imports: Iterable[str], given: Iterable[str] = (), walls: Walls = BUBBLEWRAP
    ) -> None:
        """Starts the box.

        Args:
            imports: the modules to import before any submission.
            given: the sources of the instructor's cells that submissions begin with; they run once.
            walls: how the box is made.

        Raises:
            CourseError: what makes the box is missing, or the box does not start.
        """
        here, there = socket.socketpair()
        self._process = subprocess.Popen(
            walls.command(),
            stdin=there.fileno(),
            stdout=there.fileno(),
            stderr=subprocess.PIPE,
            process_group=0,  # Ctrl+C is for the driver
        )
        there.close()
        here.settimeout(START_SECONDS)
        self._socket = here
        self._to, self._from = here.makefile("wb"), here.makefile("rb")
        try:
            self._given = list(given)
            send(self._to, {"imports": list(imports), "given": self._given})
            ready = receive(self._from)
        except OSError:
            ready = None
        if ready is None:
            self.close()
            said = (self._process.stderr.read() if self._process.stderr else b"").decode()
            raise CourseError(refused(walls.kind.program, said))
        self._given_outputs: list[Any] = ready["outputs"]

    def run(
        self,
        cells: Mapping[str, str],
        graded: Collection[str] = (),
        canaries: Iterable[Canary] = (),
        limits: Limits = Limits(),
    ) -> Outcome:
        """Runs the code cells of one submission.

        Args:
            cells: name → source, in order.
            graded: names of the cells before which the modules of the book, PyTorch and the shell are put back to what
                they were before the submission.
            canaries: of the graded cells; some of them run after the last cell.
            limits: what it may take.

        Returns:
            What came out. A box that broke down counts as a submission that ended; a new one is needed then.
        """
        outcome = Outcome()
        known = list(canaries)
        waiting = list(cells)
        count = len(self._given)
        begins_as_given = [cells[name] for name in waiting[:count]] == self._given
        if begins_as_given:
            for name, outputs in zip(waiting, self._given_outputs, strict=False):
                outcome.outputs[name] = list(_outputs(outputs))
            del waiting[:count]
        # The box keeps its own time; this is for one that does not answer any more.
        self._socket.settimeout(20 * limits.submission_seconds)
        job = {
            "afresh": not begins_as_given,
            "cells": [
                {"id": name, "source": cells[name], "graded": name in graded} for name in waiting
            ],
            "canaries": [
                {"id": f"canary {n}", "check": c.check, "source": c.source, "graded": True}
                for n, c in enumerate(known)
            ],
        }
        try:
            send(self._to, {**job, "limits": asdict(limits)})
            while (message := receive(self._from)) is not None:
                if "ended" in message:
                    outcome.ended = str(message["ended"])
                    return outcome
                if "flag" in message:
                    outcome.flags.append((message["cell"], REASONS[message["flag"]]))
                elif not waiting and str(message.get("cell")).startswith("canary "):
                    canary = known[int(message["cell"].split()[1])]
                    if accepted(canary, list(_outputs(message.get("outputs")))):
                        outcome.flags.append((canary.check, ACCEPTED.format(canary.answer)))
                elif waiting and message.get("interrupted"):
                    outcome.interrupted.add(waiting[0])
                elif waiting and message.get("cell") == waiting[0]:
                    outcome.outputs[waiting.pop(0)] = list(_outputs(message.get("outputs")))
        except (OSError, ValueError, AttributeError):
            pass
        self.close()
        return outcome

    @property
    def alive(self) -> bool:
        """Whether it can run another submission."""
        return self._process.poll() is None

    def close(self) -> None:
        """Ends the box and all in it, also while another thread waits for what it puts out."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)  # wakes that thread
        self._process.kill()
        self._process.wait()
        for end in (self._to, self._from, self._socket):
            with contextlib.suppress(OSError):
                end.close()

    def __enter__(self) -> WarmBox:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _outputs(sent: Any) -> Iterable[NotebookNode]:
    """Outputs in the form of a notebook, made anew from what a stranger sent; what has another form is left out."""
    for output in sent if isinstance(sent, list) else []:
        if not isinstance(output, dict):
            continue
        kind = output.get("output_type")
        if kind == "stream" and output.get("name") in ("stdout", "stderr"):
            plain = {"name": output["name"], "text": str(output.get("text", ""))}
        elif kind == "error":
            traceback = output.get("traceback")
            lines = [str(line) for line in traceback] if isinstance(traceback, list) else []
            said = {key: str(output.get(key, "")) for key in ("ename", "evalue")}
            plain = {**said, "traceback": lines}
        elif kind in ("display_data", "execute_result") and isinstance(output.get("data"), dict):
            data = {str(mime): value for mime, value in output["data"].items()}
            plain = {"data": data, "metadata": {}}
            if kind == "execute_result":
                plain["execution_count"] = None
        else:
            continue
        yield from_dict({"output_type": kind, **plain})


def imports_of(cells: Iterable[NotebookNode]) -> list[str]:
    """The modules that the code cells of an instructor notebook import at their top level."""
    found: dict[str, None] = {}
    for cell in cells:
        if cell.cell_type != "code":
            continue
        for node in ast.parse(cell.source).body:
            if isinstance(node, ast.Import):
                found |= dict.fromkeys(alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                found |= dict.fromkeys([node.module])
                if node.module == "utils":
                    found |= dict.fromkeys(f"utils.{alias.name}" for alias in node.names)
    return list(found)
