"""A Dask cluster grades as one machine does, also when a worker is killed, and unless it would grade differently."""

import importlib.util
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from conftest import NEEDS_BOX, Course, gates
from marks_lab import LINES, submit

from course import cluster
from course.layout import CourseError

NEEDS_DASK = pytest.mark.skipif(
    importlib.util.find_spec("distributed") is None and "CI" not in os.environ,
    reason=f"needs the extra cluster: {cluster.INSTALL}",
)
DASK = [sys.executable, "-m", "dask"]


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def running(*command: str, course: Course) -> Iterator[subprocess.Popen]:
    with subprocess.Popen(
        command, cwd=course.root, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as program:
        try:
            yield program
        finally:
            program.terminate()


@pytest.fixture
def scheduler(marks: Course) -> Iterator[str]:
    """The address of a real scheduler with two workers, started as docs/grading.md says."""
    port = str(free_port())
    address = f"tcp://127.0.0.1:{port}"
    host = ["--host", "127.0.0.1", "--port", port, "--no-dashboard"]
    workers = [address, "--nworkers", "2", "--nthreads", "1", "--no-dashboard"]
    with (
        running(*DASK, "scheduler", *host, course=marks),
        running(*DASK, "worker", *workers, course=marks),
    ):
        yield address


def kill_the_only_busy_worker(address: str) -> None:
    from distributed import Client

    with Client(address) as client:
        (busy,) = [worker for worker, tasks in client.processing().items() if tasks]
        os.kill(client.run(os.getpid, workers=[busy])[busy], signal.SIGKILL)


@NEEDS_DASK
@NEEDS_BOX
def test_the_marks_are_those_of_one_machine_although_a_worker_is_killed(
    marks, tmp_path, monkeypatch, request
):
    started, go, waits = gates(tmp_path, monkeypatch)
    address = request.getfixturevalue("scheduler")  # whose workers see the gates
    submit(marks.root, "dan", {"mean": waits})
    command = [sys.executable, "-m", "course", "grade", "90_marks", "--scheduler", address]
    with subprocess.Popen(
        command, cwd=marks.root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as grading:
        while "4 of 5" not in grading.stderr.readline():
            pass
        started()  # the last one runs
        kill_the_only_busy_worker(address)
        started()  # it runs once more, elsewhere
        go()
        assert grading.stdout.read().splitlines() == LINES
    assert grading.returncode == 0
    # The workers began with other files.
    with open(marks.root / "utils" / "notebook.py", "a") as file:
        file.write("# a change\n")
    said = marks.run(*command[3:], "--force", code=1)
    assert f"The worker {address[:15]}" in said
    assert "would grade differently: book " in said


@NEEDS_DASK
def test_a_scheduler_that_ends_is_told_in_one_line(marks):
    address = f"tcp://127.0.0.1:{(port := str(free_port()))}"
    host = ["--host", "127.0.0.1", "--port", port, "--no-dashboard"]
    command = [sys.executable, "-m", "course", "grade", "--scheduler", address]
    with (
        running(*DASK, "scheduler", *host, course=marks) as scheduler,
        subprocess.Popen(command, cwd=marks.root, stderr=subprocess.PIPE, text=True) as grading,
    ):
        assert "No worker is connected" in grading.stderr.readline()
        scheduler.kill()
        assert grading.stderr.read().startswith("The scheduler of the cluster is gone.")
    assert grading.returncode == 1


@NEEDS_DASK
def test_no_scheduler_is_told(course, monkeypatch):
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 0.1)
    address = f"tcp://127.0.0.1:{free_port()}"
    said = course.run("grade", "--scheduler", address, code=1)
    assert f"No Dask scheduler answers at {address}" in said


def test_without_the_library_the_extra_is_named(course, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    said = course.run("grade", "--scheduler", "tcp://127.0.0.1:1", code=1)
    assert "pip install -c constraints.txt -e '.[cluster]'" in said


def test_jobs_are_of_this_machine(course):
    assert "--jobs is for this machine" in course.run(
        "grade", "--scheduler", "tcp://127.0.0.1:1", "--jobs", "2", code=2
    )


def test_the_versions_tell_one_book_and_one_environment_from_others(course, monkeypatch):
    before = cluster.versions()
    assert before == cluster.versions()
    assert {"book", "Python", "torch", "numpy"} <= set(before)
    (course.root / "utils" / "notebook.py").write_text("")
    after = cluster.versions()
    assert {name for name in before if before[name] != after[name]} == {"book"}
    monkeypatch.setattr(cluster, "_name", lambda: "tcp://there:1")
    cluster._refuse_others(after, after)
    with pytest.raises(CourseError, match=r"tcp://there:1 would .*: torch 1\.0 instead of 2\.0\."):
        cluster._refuse_others({"torch": "2.0"}, {"torch": "1.0"})
