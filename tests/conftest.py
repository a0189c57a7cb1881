"""A course of its own for tests that write: the real code and configuration, with sources of the test's choice."""

import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from marks_lab import CLASS, LAB, submit
from typer.testing import CliRunner

from course import layout
from course.__main__ import app

ROOT = Path(__file__).resolve().parent.parent
# What is generated is the same in each run, so that a change is judged by what it changes.
settings.register_profile("same", derandomize=True)
settings.load_profile("same")

TINY = """\
# %% [markdown]
# # Tiny lab
# Worth **2 points**.

# %% given="imports"
import math

# %% [markdown]
# ### Exercise 1 · Doubling (2 points · 5 min · ●○○)

# %% solution="double"
def double(n: int) -> int:
    \"\"\"Twice a number.\"\"\"
    ### BEGIN SOLUTION
    the_number_twice_over = n + n
    return the_number_twice_over
    ### END SOLUTION


# %% check="double_value" points=1
assert double(3) == 6, f"expected 6, got {double(3)}"

# %% check="double_negative" points=1
assert double(-1) == -2, "negative numbers count as well"
### BEGIN HIDDEN TESTS
assert double(10**20) == 2 * 10**20, "large numbers count as well"
### END HIDDEN TESTS

# %% free="playground"
math.pi
"""


def needs(what: str, present: bool, package: str) -> pytest.MarkDecorator:
    """Skips tests where a program of the machine is missing, and says what to install; on CI they fail instead."""
    missing = not present and ("CI" not in os.environ or sys.platform != "linux")
    return pytest.mark.skipif(missing, reason=f"needs {what}: apt install {package}")


NEEDS_BOX = needs("a box for submissions", shutil.which("bwrap") is not None, "bubblewrap")
POSTGRES = next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)), None)
_SERVER = needs("PostgreSQL", POSTGRES is not None, "postgresql")
_DRIVER = pytest.mark.skipif(
    importlib.util.find_spec("psycopg") is None and "CI" not in os.environ,
    reason="needs the extra cluster: pip install -c constraints.txt -e '.[cluster]'",
)


def NEEDS_POSTGRES(test: Callable[..., None]) -> Callable[..., None]:  # noqa: N802
    """Skips a test where the server or its driver is missing."""
    return _SERVER(_DRIVER(test))


def children(process: int) -> list[int]:
    """The processes that a process started and that have not ended."""
    threads = Path(f"/proc/{process}/task").glob("*/children")
    return [int(number) for thread in threads for number in thread.read_text().split()]


def gates(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[Callable[[], None], Callable[[], None], str]:
    """Pipes that a box shows, by which a test knows that a submission runs, and lets it go on.

    Returns:
        What waits for the submission, what lets it go on, and the source of the cell that waits.
    """
    data = folder / "gates"
    data.mkdir()
    monkeypatch.setenv("LABS_DATA", str(data))
    names = ("begun", "passed", "go")
    for name in names:
        os.mkfifo(data / name)

    def wait() -> None:
        # A pipe opens when both ends do. At the second one, the submission has surely closed the first.
        (data / "begun").write_text("")
        (data / "passed").write_text("")

    def go() -> None:
        (data / "go").write_text("")

    waits = "\n".join(f"open('/data/{name}').read()" for name in names)
    return wait, go, f"{waits}\nprint('went on')"


@pytest.fixture
def course(course_of: Callable[[dict[str, str]], "Course"]) -> "Course":
    """A course that holds one tiny lab, 90_tiny."""
    return course_of({"90_tiny": TINY})


@pytest.fixture
def marks(course_of: Callable[[dict[str, str]], "Course"]) -> "Course":
    """A course whose lab, 90_marks, is released, and for which a class has handed in."""
    course = course_of({"90_marks": LAB})
    course.run("release")
    for student, answers in CLASS.items():
        submit(course.root, student, answers)
    return course


@pytest.fixture
def postgres() -> Iterator[str]:
    """The address of an empty database, of a private server that only this test can reach."""
    folder = Path(tempfile.mkdtemp(prefix="pg"))
    user = "postgres" if os.getuid() == 0 else None  # it refuses to run as root
    if user:
        shutil.chown(folder, user)

    def run(program: str, *arguments: str) -> None:
        subprocess.run(
            [POSTGRES / program, *arguments],
            cwd=folder,
            user=user,
            check=True,
            stdout=subprocess.DEVNULL,
        )

    data = str(folder / "data")
    run("initdb", "-D", data, "--auth=trust", "--username=grader", "--encoding=UTF8", "--no-sync")
    options = f"-k {folder} -c listen_addresses='' -c fsync=off"
    run("pg_ctl", "-D", data, "-w", "-l", str(folder / "log"), "-o", options, "start")
    try:
        yield f"postgresql+psycopg://grader@/postgres?host={folder}"
    finally:
        run("pg_ctl", "-D", data, "-m", "immediate", "stop")
        shutil.rmtree(folder)


class Course:
    """A copy of the course's code in a folder, with sources of its own."""

    def __init__(self, root: Path, sources: dict[str, str]) -> None:
        self.root = root
        for folder in ("course", "utils"):
            shutil.copytree(
                ROOT / folder, root / folder, ignore=shutil.ignore_patterns("__pycache__")
            )
        for name in ("nbgrader_config.py", "pyproject.toml"):
            shutil.copy(ROOT / name, root)
        (root / "solutions").mkdir()
        for name, text in sources.items():
            self.card(name).parent.mkdir()
            self.card(name).write_text(text, encoding="utf-8")

    def card(self, name: str = "90_tiny") -> Path:
        """The only section of a lab's source here."""
        return self.root / "solutions" / name / "00_card.py"

    @property
    def gradebook(self) -> str:
        """The address of the gradebook that it has without further settings."""
        return f"sqlite:///{self.root}/grading/gradebook.db"

    def built(self, name: str = "90_tiny") -> Path:
        return self.root / "build" / "source" / name / f"{name}.ipynb"

    def released(self, name: str = "90_tiny") -> Path:
        return self.root / "labs" / name / f"{name}.ipynb"

    def submitted(self, student: str, name: str = "90_tiny") -> Path:
        """The notebook that a student hands in; its folder may be missing."""
        return self.root / "grading" / "submitted" / student / name / f"{name}.ipynb"

    def autograded(self, student: str, name: str = "90_tiny") -> Path:
        """The same, run and graded."""
        return self.root / "grading" / "autograded" / student / name / f"{name}.ipynb"

    def write_answers(self, text: str, exercise: str = "double", name: str = "90_tiny") -> Path:
        """Writes the file of answers to an exercise."""
        path = self.root / "tests" / "answers" / name / f"{exercise}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def edit(self, old: str, new: str, name: str = "90_tiny") -> None:
        """Changes a source, and fails if there is nothing to change."""
        text = self.card(name).read_text(encoding="utf-8")
        assert old in text
        self.card(name).write_text(text.replace(old, new), encoding="utf-8")

    def run(self, *command: str, code: int = 0) -> str:
        """Runs a command of `course` in this process, expects an exit code, and returns what it says."""
        result = CliRunner().invoke(app, list(command))
        output = result.output
        if isinstance(result.exception, layout.CourseError):
            output += str(result.exception)
        elif result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == code, output
        return output

    def python_m_course(self, *command: str, code: int = 0) -> str:
        """Runs `python -m course ...` as an author would."""
        return self._run([sys.executable, "-m", "course", *command], code)

    def nbgrader(self, *command: str, code: int = 0) -> str:
        """Runs `nbgrader ...` as an instructor would."""
        return self._run([str(Path(sys.executable).with_name("nbgrader")), *command], code)

    def _run(self, command: list[str], code: int) -> str:
        done = subprocess.run(command, cwd=self.root, capture_output=True, text=True, check=False)
        output = done.stdout + done.stderr
        assert done.returncode == code, output
        return output


def course_with(lab: str, folder: Path) -> Course:
    """A course in a folder that has released one lab of the book."""
    course = Course(folder, {})
    for path in (Path("solutions", lab), Path("data", "stand_in"), Path("data", "models")):
        shutil.copytree(ROOT / path, folder / path)
    course.python_m_course("release", lab)
    return course


@pytest.fixture
def course_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[dict[str, str]], Course]:
    """Makes a course from sources, by name; in this process, too, `course` then works on it."""
    monkeypatch.setattr(layout, "ROOT", tmp_path)
    monkeypatch.delenv("LABS_PRESET", raising=False)
    return lambda sources: Course(tmp_path, sources)
