"""Runs a lab's solution notebook in a real kernel and reads the metrics that it reported."""

import os
import re
import sys
import time
from collections.abc import Callable
from typing import TypedDict

from jupyter_client.kernelspec import NoSuchKernel
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from course import notebooks
from course.build import Built, build_notebook, write_built
from course.layout import CourseError, Lab, relative
from utils import settings
from utils.report import METRICS_MIME, Metric

ANSI = re.compile(r"\x1b\[[0-9;]*m")


class Result(TypedDict):
    """What a run reports."""

    lab: str
    preset: str
    device: str
    seconds: float
    metrics: dict[str, Metric]


class Reported(TypedDict):
    """What `utils.report` leaves in the output of a lab's last cell."""

    lab: str
    device: str
    metrics: dict[str, Metric]


def run_lab(
    lab: Lab, preset: str, on_cell: Callable[[int, int], None] = lambda done, total: None
) -> Result:
    """Executes a lab from its beginning and writes the notebook with its outputs under build/executed.

    Args:
        lab: the lab, built first if its source changed.
        preset: "full" or "smoke".
        on_cell: called with (cells done, cells in all) as the run goes on.

    Raises:
        CourseError: a cell fails, the kernel dies, or the lab reports no metrics.
    """
    write_built(lab)
    nb = notebooks.read(lab.built)
    os.environ["LABS_PRESET"] = preset
    if preset == "full":
        _set_checkpoints_aside(lab)
    client = NotebookClient(
        nb,
        timeout=None,
        coalesce_streams=True,  # of a progress bar its last state
        extra_arguments=["--log-level=ERROR"],
        resources={"metadata": {"path": str(lab.built.parent)}},
        on_cell_complete=lambda cell, cell_index: on_cell(cell_index + 1, len(nb.cells)),
    )
    start = time.perf_counter()
    try:
        client.execute()
    except CellExecutionError as error:
        raise CourseError(_first_failure(build_notebook(lab), nb, error)) from None
    except (DeadKernelError, CellTimeoutError, NoSuchKernel) as error:
        raise CourseError(f"{relative(lab.source)}: {error}") from None
    finally:
        notebooks.write(nb, lab.executed)
    seconds = time.perf_counter() - start
    reported = _reported(nb)
    if reported is None or reported["lab"] != lab.name:
        said = "no metrics" if reported is None else f"as {reported['lab']!r}"
        raise CourseError(
            f"{relative(lab.source)}: it ran, and reported {said}. Let its last cell call "
            f'report("{lab.name}", ...).'
        )
    return {
        "lab": lab.name,
        "preset": preset,
        "device": reported["device"],
        "seconds": round(seconds, 2),
        "metrics": reported["metrics"],
    }


def _set_checkpoints_aside(lab: Lab) -> None:
    """Renames what interrupted trainings of the lab left: resumed, they would take less time than is reported."""
    try:
        for file in (settings.cache_dir() / "checkpoints").glob(f"{lab.name}.pt"):
            kept = file.replace(file.with_suffix(".old.pt"))
            print(f"An interrupted training is kept as {kept}.", file=sys.stderr)
    except OSError as error:
        raise CourseError(str(error)) from None


def _first_failure(built: Built, nb: NotebookNode, error: CellExecutionError) -> str:
    """The cell that failed, where it stands, and its message."""
    for cell in nb.cells:
        if any(output.output_type == "error" for output in cell.get("outputs", [])):
            said = f"{error.ename}: {ANSI.sub('', error.evalue)}"
            return f"{built.location(cell.id)}: {cell.id} fails.\n---\n{cell.source}\n---\n{said}"
    return str(error)


def _reported(nb: NotebookNode) -> Reported | None:
    for cell in nb.cells:
        for output in cell.get("outputs", []):
            if METRICS_MIME in output.get("data", {}):
                found: Reported = output.data[METRICS_MIME]
                return found
    return None
