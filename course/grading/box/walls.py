"""What a submission can see: bubblewrap's command line for a box.

No network, no other process, an empty home, a temporary folder of limited size, and read-only the interpreter with its
packages, `utils`, the offline data and `LABS_DATA`. Of the rest of the course, and of this machine, nothing: no
`solutions/`, `build/`, `tests/` or `grading/`, no home and no environment.
"""

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from course import layout
from course.layout import CourseError

INSIDE = Path(__file__).with_name("inside.py")
SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64")
SYSTEM_FILES = ("/etc/ld.so.cache", "/etc/localtime", "/etc/alternatives", "/etc/fonts")
BOOK = ("utils", "data/stand_in", "data/models", "pyproject.toml")
SCRATCH_BYTES = 1 << 30
MISSING = (
    "Submissions are programs of strangers, and are run in a box made by bubblewrap, which is not installed. On Debian or "
    "Ubuntu: apt install bubblewrap."
)


def command(descriptor: int) -> list[str]:
    """The command that starts `inside.py` in a box, where it serves the socket with this file descriptor.

    Raises:
        CourseError: bubblewrap is not installed.
    """
    program = shutil.which("bwrap")
    if program is None:
        raise CourseError(MISSING)
    arguments = [program, "--unshare-all", "--die-with-parent", "--new-session", "--clearenv"]
    arguments += ["--cap-drop", "ALL"]  # as root it would keep those that undo the box
    for path in SYSTEM:
        arguments += ["--ro-bind-try", path, path]
    for path in SYSTEM_FILES:
        arguments += ["--ro-bind-try", path, path]
    arguments += ["--proc", "/proc", "--dev", "/dev"]
    for folder in ("/dev/shm", "/tmp"):
        arguments += ["--size", str(SCRATCH_BYTES), "--tmpfs", folder]
    for shown in sorted(_read_only()):
        arguments += ["--ro-bind", str(shown), str(shown)]
    for name, value in _environment().items():
        arguments += ["--setenv", name, value]
    return [*arguments, "--chdir", "/tmp", "--", sys.executable, "-P", str(INSIDE), str(descriptor)]


def _read_only() -> Iterator[Path]:
    """The folders and files of this machine that the box shows."""
    for folder in {sys.prefix, sys.base_prefix, sys.exec_prefix} - {"/usr"}:
        yield Path(folder)
    yield INSIDE
    yield INSIDE.with_name("watch.py")
    for name in BOOK:
        if (layout.ROOT / name).exists():
            yield layout.ROOT / name
    if data := os.environ.get("LABS_DATA"):
        yield layout.ROOT / data


def _environment() -> dict[str, str]:
    """The few variables that a submission has."""
    given = {
        "HOME": "/tmp/home",
        "USER": "student",
        "LANG": "C.UTF-8",
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
        "PYTHONPATH": str(layout.ROOT),
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "MPLCONFIGDIR": "/tmp/home/matplotlib",
        "NBGRADER_EXECUTION": "autograde",
        "LABS_DEVICE": "cpu",
        "OMP_NUM_THREADS": "1",
        "HF_HUB_OFFLINE": "1",
        "PIP_NO_INDEX": "1",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    }
    if data := os.environ.get("LABS_DATA"):
        given["LABS_DATA"] = str(layout.ROOT / data)
    return given
