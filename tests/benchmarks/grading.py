"""How long a class takes to grade, beside plain nbgrader with its own Execute.

The class hands in perfect answers, each with a comment of its own.

    python tests/benchmarks/grading.py 01_backprop 20

The last way is a Dask cluster of two workers on this machine, which costs what its messages cost.

Prints seconds of wall time and of CPU time for each submission, the start of the boxes included. Linux; the CPU time is
that of the whole machine, so let it do nothing else.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import nbformat

SCHEDULER = "tcp://127.0.0.1:18786"
ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from conftest import Course, course_with  # noqa: E402


def class_of(course: Course, lab: str, size: int) -> None:
    """Submissions of perfect answers, each with a comment of its own."""
    solved = nbformat.read(course.built(lab), as_version=4)
    for number in range(size):
        nb = nbformat.from_dict(nbformat.read(course.released(lab), as_version=4))
        sources = {cell.id: cell.source for cell in solved.cells}
        for cell in nb.cells:
            if cell.metadata.get("nbgrader", {}).get("solution"):
                cell.source = sources[cell.id] + f"\n# student {number}"
        path = course.submitted(f"s{number:03}", lab)
        path.parent.mkdir(parents=True)
        nbformat.write(nb, path)


def busy() -> float:
    """Seconds that the cores of this machine have computed; what runs in a box counts for no parent of it."""
    user, nice, system = map(int, Path("/proc/stat").read_text().split()[1:4])
    return (user + nice + system) / os.sysconf("SC_CLK_TCK")


def timed(command: list[str], folder: Path, size: int) -> str:
    """Wall seconds of a command for each submission, and CPU seconds of a machine that does nothing else."""
    before, began = busy(), time.perf_counter()
    done = subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True)
    wall = time.perf_counter() - began
    cpu = busy() - before
    if done.returncode:
        sys.exit(done.stdout + done.stderr)
    return f"{wall / size:8.2f} {cpu / size:8.2f}"


@contextmanager
def cluster(folder: Path) -> Iterator[None]:
    """A scheduler and two workers on this machine."""
    port, quiet = SCHEDULER.rpartition(":")[2], {"stderr": subprocess.DEVNULL}
    dask = [sys.executable, "-m", "dask"]
    scheduler = [*dask, "scheduler", "--host", "127.0.0.1", "--port", port, "--no-dashboard"]
    workers = [*dask, "worker", SCHEDULER, "--nworkers", "2", "--nthreads", "1", "--no-dashboard"]
    with (
        subprocess.Popen(scheduler, cwd=folder, **quiet) as first,
        subprocess.Popen(workers, cwd=folder, **quiet) as second,
    ):
        try:
            yield
        finally:
            second.terminate()
            first.terminate()


def main() -> None:
    lab, size = sys.argv[1], int(sys.argv[2])
    print(f"{lab}, {size} submissions; seconds each:      wall      cpu")
    with tempfile.TemporaryDirectory() as folder:
        course = course_with(lab, Path(folder))
        class_of(course, lab, size)
        python = [sys.executable, "-m"]
        ways = {
            "course grade": [*python, "course", "grade", lab, "--force"],
            "nbgrader autograde, boxed": [*python, "nbgrader", "autograde", lab, "--force"],
            "nbgrader autograde, Execute": [
                *[*python, "nbgrader", "autograde", lab, "--force"],
                "--ExecuteInBox.no_box=True",
            ],
        }
        for name, command in ways.items():
            print(f"{name:40} {timed(command, course.root, size)}", flush=True)
        with cluster(course.root):
            command = [*python, "course", "grade", lab, "--force", "--scheduler", SCHEDULER]
            print(
                f"{'course grade, two workers':40} {timed(command, course.root, size)}", flush=True
            )


if __name__ == "__main__":
    main()
