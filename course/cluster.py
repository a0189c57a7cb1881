"""Boxes on the workers of a Dask cluster.

A worker gets the cells of a submission and gives back what they put out. It needs this book and its environment, and
neither submissions nor the gradebook, which only the driver touches.
"""

import contextlib
import hashlib
import platform
import re
import sys
import tomllib
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from functools import cache, partial
from importlib.metadata import PackageNotFoundError, version

from course import layout
from course.grading.box import Outcome, Task, run_here
from course.grading.box.walls import BOOK
from course.layout import CourseError

CONNECT_SECONDS = 20.0
INSTALL = "pip install -c constraints.txt -e '.[cluster]'"
Versions = dict[str, str]


@contextlib.contextmanager
def boxes_of(address: str) -> Iterator[Callable[[Task], Future[Outcome]]]:
    """Has submissions run in boxes of a cluster.

    A submission whose worker ended is run again by another one; Dask gives up at the fourth.

    Args:
        address: of the scheduler, such as tcp://10.0.0.5:8786.

    Raises:
        CourseError: Dask is not installed, or no scheduler answers.
    """
    try:
        import dask

        # What goes wrong comes as an exception, too, and is told in one line.
        names = ("distributed", "distributed.client", "tornado")
        dask.config.set({"logging": dict.fromkeys(names, "critical")})
        from distributed import Client
    except ImportError:
        raise CourseError(f"--scheduler needs the library distributed: {INSTALL}") from None
    try:
        client = Client(address, timeout=CONNECT_SECONDS)
    except (OSError, ValueError, TypeError) as error:
        raise CourseError(f"No Dask scheduler answers at {address}: {error}") from None
    with client:
        if not client.scheduler_info()["workers"]:
            says = f"No worker is connected to {address} yet; grading begins when one is."
            print(says, file=sys.stderr, flush=True)
        executor = client.get_executor(pure=False)
        try:
            yield partial(executor.submit, run_on_worker, versions())
        finally:
            executor.shutdown(wait=False)


def run_on_worker(driver: Versions, task: Task) -> Outcome:
    """Runs a submission in the box of a worker, if that has what the driver has.

    Raises:
        CourseError: it has another version of the book or of a library, or cannot make a box.
    """
    for here in (_at_first(), versions()):
        _refuse_others(driver, here)
    try:
        return run_here(task)
    except CourseError as error:
        raise CourseError(f"The worker {_name()}: {error}") from None


@cache
def _at_first() -> Versions:
    """The versions that this process began with; what it has loaded stays while files change."""
    return versions()


def _refuse_others(driver: Versions, here: Versions) -> None:
    differ = [
        f"{name} {here.get(name)} instead of {wanted}"
        for name, wanted in driver.items()
        if here.get(name) != wanted
    ]
    if differ:
        raise CourseError(
            f"The worker {_name()} would grade differently: {', '.join(differ)}. Bring the book there to the same "
            "commit, its environment to the same constraints.txt, and restart it. What was graded is kept."
        )


def _name() -> str:
    """The worker in whose task this is called."""
    from distributed import get_worker

    return str(get_worker().address)


def versions() -> Versions:
    """What marks may depend on: the files of the book, Python, and the libraries that notebooks import."""
    project = tomllib.loads((layout.ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    names = [re.split(r"[^\w.-]", text)[0] for text in project["dependencies"]]
    libraries = {name: _version(name) for name in names}
    return {"book": _digest(), "Python": platform.python_version(), **libraries}


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "none"


def _digest() -> str:
    """A short hash of all that boxes are made of, whatever lies beside it."""
    digest = hashlib.sha256()
    for name in ("course", *BOOK):
        top = layout.ROOT / name
        files = sorted(path for path in [top, *top.rglob("*")] if path.is_file())
        for path in files:
            if path.suffix != ".pyc":
                digest.update(str(path.relative_to(layout.ROOT)).encode() + b"\0")
                digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:12]
