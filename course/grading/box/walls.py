"""What a submission can see: the command line of its box, which bubblewrap, Podman or Docker makes.

No network, no other process, an empty home, a temporary folder of limited size, and read-only the interpreter with its
packages, `utils`, the offline data and `LABS_DATA`. Of the rest of the course, and of this machine, nothing: no
`solutions/`, `build/`, `tests/` or `grading/`, no home and no environment.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from course import layout
from course.boxes import Kind
from course.grading.box.refusal import missing, refused
from course.layout import CourseError

HERE = Path(__file__).parent
PROGRAM = (
    "inside.py",
    "landlock.py",
    "seccomp.py",
    "watch.py",
)  # of the course, all that is in the box
MODULE = "course.grading.box.inside"
SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64")
SYSTEM_FILES = ("/etc/ld.so.cache", "/etc/localtime", "/etc/alternatives", "/etc/fonts")
BOOK = ("utils", "data/stand_in", "data/models", "pyproject.toml")
PLACE, DATA = "/book", "/data"  # of the course and of `LABS_DATA` in the box
# Twice what the largest lab asks for, solved, under smoke; RLIMIT_DATA counts what is asked for. In MiB, by
# tests/benchmarks/memory.py: 01 998, 02 1151, 03 1202, 04 1287, 05 1155, 06 1618, 07 2333, 08 2462.
MEMORY_BYTES = 5 << 30
SCRATCH_BYTES = 1 << 30  # of /tmp, and of /dev/shm
ALL_BUT_USERS = tuple(f"--unshare-{what}" for what in ("ipc", "pid", "net", "uts", "cgroup-try"))
CAP_SYS_ADMIN = 21
NOBODY = 65534
MOST_THREADS = 512  # of a container
IMAGE = "transformer-labs"
TRIAL_SECONDS = 60.0


@dataclass(frozen=True)
class Walls:
    """How boxes are made.

    Attributes:
        kind: by what.
        image: for containers; its `python` has the packages of the course.
        memory_bytes: what a submission may take; a container may take what it needs beside that, too.
    """

    kind: Kind = Kind.bubblewrap
    image: str = IMAGE
    memory_bytes: int = MEMORY_BYTES

    def command(self) -> list[str]:
        """The command that starts `inside.py` in a box, where it serves stdin and stdout.

        Its arguments are what a submission may read; it adds the interpreter that it runs in.

        Raises:
            CourseError: the program that makes the box is not installed.
        """
        python = sys.executable if self.kind is Kind.bubblewrap else "python"
        readable = [*SYSTEM, *SYSTEM_FILES, PLACE, DATA]
        return [*self.box(), python, "-P", "-m", MODULE, *readable]

    def check(self) -> None:
        """Makes a box and does nothing in it.

        Raises:
            CourseError: this machine makes none; the message says why, and what to do.
        """
        command = [*self.box(), "true"]
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=TRIAL_SECONDS
        )
        if done.returncode:
            raise CourseError(refused(self.kind.program, done.stderr.decode(errors="replace")))

    def box(self) -> list[str]:
        """The command that makes a box, up to the program to run in it.

        Raises:
            CourseError: the program that makes the box is not installed.
        """
        if shutil.which(self.kind.program) is None:
            raise CourseError(missing(self.kind.program))
        return _bubblewrap() if self.kind is Kind.bubblewrap else self._container()

    def _container(self) -> list[str]:
        """A container that is gone when its program ends; the image brings system and interpreter.

        Whatever it may write to is named here, and is emptied between two submissions.
        """
        arguments = [self.kind.program, "run", "--rm", "--interactive", "--pull", "never"]
        arguments += ["--network", "none", "--read-only", "--cap-drop", "ALL"]
        arguments += ["--security-opt", "no-new-privileges", "--pids-limit", str(MOST_THREADS)]
        # beside the submission: what was imported before it, and the two temporary folders
        memory = str(self.memory_bytes + 3 * SCRATCH_BYTES)
        arguments += ["--memory", memory, "--memory-swap", memory]
        arguments += ["--shm-size", str(SCRATCH_BYTES)]
        arguments += ["--tmpfs", f"/tmp:rw,exec,nosuid,nodev,size={SCRATCH_BYTES},mode=1777"]
        if self.kind is Kind.podman:
            arguments += ["--read-only-tmpfs=false"]  # no other folder to write to
        if os.getuid() == 0:  # who would be root in there, too
            arguments += ["--user", f"{NOBODY}:{NOBODY}"]
        elif self.kind is Kind.docker:  # Podman makes its root of the one who calls it
            arguments += ["--user", f"{os.getuid()}:{os.getgid()}"]
        for shown, place in _of_the_book():
            arguments += ["--mount", f"type=bind,source={shown},target={place},readonly"]
        for name, value in _environment().items():
            arguments += ["--env", f"{name}={value}"]
        return [*arguments, "--workdir", "/tmp", "--entrypoint", "", self.image]


def _bubblewrap() -> list[str]:
    arguments = ["bwrap", "--die-with-parent", "--new-session", "--clearenv", "--cap-drop", "ALL"]
    if _rules_the_machine():  # `inside.py` becomes a user whom nobody knows
        arguments += [*ALL_BUT_USERS, "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
    else:
        arguments += ["--unshare-all"]
    arguments += ["--proc", "/proc", "--dev", "/dev"]
    for folder in ("/dev/shm", "/tmp"):
        arguments += ["--perms", "1777", "--size", str(SCRATCH_BYTES), "--tmpfs", folder]
    python = sorted({sys.prefix, sys.base_prefix, sys.exec_prefix} - {"/usr"})
    places = {place: Path(place) for place in (*SYSTEM, *SYSTEM_FILES, *python)}
    places |= {place: shown for shown, place in _of_the_book()}
    # The folders that lead there; bubblewrap makes them so that no other user may enter.
    for leading in sorted({folder for place in places for folder in Path(place).parents}):
        arguments += ["--perms", "0755", "--dir", str(leading)]
    for place, shown in places.items():
        arguments += [
            "--ro-bind-try" if place in SYSTEM_FILES + SYSTEM else "--ro-bind",
            str(shown),
            place,
        ]
    # What bubblewrap made for these mounts is a folder in memory that could be written to, and is not emptied. In /proc
    # are the switches of the kernel, which root may turn, also without any capability.
    for folder in ("/proc", "/dev", "/"):
        arguments += ["--remount-ro", folder]
    path = f"{Path(sys.executable).parent}:/usr/bin:/bin"
    for name, value in {**_environment(), "PATH": path}.items():
        arguments += ["--setenv", name, value]
    return [*arguments, "--chdir", "/tmp", "--"]


def _rules_the_machine() -> bool:
    """Whether this is root of the machine itself, whom a box of users' own would leave what it is: root.

    Root has no limit of processes, and owns the switches of the kernel. In a container it often cannot make a box but
    as any user would, which asks for CAP_SYS_ADMIN.
    """
    if sys.platform != "linux" or os.geteuid() != 0:
        return False
    status = Path("/proc/self/status").read_text()
    capabilities = int(status.partition("CapEff:")[2].split()[0], 16)
    everyone = Path("/proc/self/uid_map").read_text().split() == ["0", "0", str((1 << 32) - 1)]
    return everyone and bool(capabilities >> CAP_SYS_ADMIN & 1)


def _of_the_book() -> Iterator[tuple[Path, str]]:
    """What of the course a box shows, and where: not in /tmp, where the course itself may lie."""
    for name in PROGRAM:
        yield HERE / name, f"{PLACE}/course/grading/box/{name}"
    for name in BOOK:
        if (layout.ROOT / name).exists():
            yield layout.ROOT / name, f"{PLACE}/{name}"
    if data := os.environ.get("LABS_DATA"):
        yield layout.ROOT / data, DATA


def _environment() -> dict[str, str]:
    """The few variables that a submission has."""
    given = {
        "HOME": "/tmp/home",
        "USER": "student",
        "LANG": "C.UTF-8",
        "PYTHONPATH": PLACE,
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "MPLCONFIGDIR": "/tmp/home/matplotlib",
        "NBGRADER_EXECUTION": "autograde",
        "LABS_DEVICE": "cpu",
        "OMP_NUM_THREADS": "1",
        "HF_HUB_OFFLINE": "1",
        "PIP_NO_INDEX": "1",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    }
    if "LABS_DATA" in os.environ:
        given["LABS_DATA"] = DATA
    return given
