"""Makes .venv and installs this project into it. Every make target runs it first.

Only the standard library, and syntax that an old Python can still read, so that it can say that it is too old.
A second run compares two hashes and returns.
"""

import contextlib
import hashlib
import os
import subprocess
import sys

TYPE_CHECKING = False  # `typing` has grown; an old Python need not know what is in it
if TYPE_CHECKING:
    from typing import NoReturn

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(ROOT, ".venv")
VENV_PYTHON = os.path.join(VENV, "bin", "python")
STAMP = os.path.join(VENV, "installed")
LOG = os.path.join(VENV, "install.log")
OLDEST = (3, 11)
ANNOUNCEMENTS = "@jupyterlab/apputils-extension:announcements"
WITHOUT_NEWS = ("labextension", "disable", "--level=sys_prefix", ANNOUNCEMENTS)
# The students' copy has no sources, and needs nothing to build, prove or grade them.
EXTRAS = "[lab,course,cluster,test]" if os.path.isdir(os.path.join(ROOT, "solutions")) else "[lab]"

NO_SPACE = ("No space left on device", "os error 28", "Errno 28", "Disk quota exceeded")
NO_NETWORK = (
    "NewConnectionError",
    "Could not connect",
    "ConnectionError",
    "Name or service not known",
    "Temporary failure in name resolution",
    "dns error",
    "error sending request",
    "Failed to fetch",
    "Read timed out",
    "Network is unreachable",
)


def fail(message: str) -> "NoReturn":
    """Ends with one clear line."""
    sys.exit(f"make: {message}")


def foundation() -> str:
    """What a whole .venv depends on: the interpreter, and the folder, whose path its programs hold."""
    return hashlib.sha256(f"{sys.version_info[:2]} {sys.base_prefix} {ROOT}".encode()).hexdigest()


def packages() -> str:
    """What its packages depend on: both lists."""
    digest = hashlib.sha256()
    for name in ("pyproject.toml", "constraints.txt"):
        with open(os.path.join(ROOT, name), "rb") as file:
            digest.update(file.read().split(b"\n[tool.")[0])  # settings of tools need no installing
    return digest.hexdigest()


def installed() -> "list[str]":
    """What was recorded of .venv: its foundation, and its packages once they were all there."""
    try:
        with open(STAMP) as file:
            return file.read().split() if os.path.exists(VENV_PYTHON) else []
    except OSError:
        return []


def record(*found: str) -> None:
    """Writes the stamp whole or not at all."""
    try:
        with open(STAMP + ".part", "w") as file:
            file.write(" ".join(found))
        os.replace(STAMP + ".part", STAMP)
    except OSError as error:
        fail(f"recording what is installed: {cause(str(error))}.")


def cause(output: str) -> str:
    """One line that names why an installer failed, from what it printed."""
    if any(sign in output for sign in NO_SPACE):
        return f"the disk is full: the environment needs about 8 GB in {ROOT}"
    if any(sign in output for sign in NO_NETWORK):
        return "no network: the package index cannot be reached; installing needs it once"
    return f"the installation failed; the reason stands at the end of {LOG}"


def run(step: str, command: "list[str]", show: "tuple[str, ...]" = ()) -> None:
    """Runs an installer, prints its lines that start with one of `show`, and ends with one line if it fails."""
    output = "$ {}\n".format(" ".join(command))
    try:
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True
        )
        for line in process.stdout or ():
            output += line
            if line.strip().startswith(show):
                print("  " + line.strip(), flush=True)
        code = process.wait()
    except OSError as error:
        output, code = output + str(error), 1
    with contextlib.suppress(OSError), open(LOG, "a") as log:
        log.write(output)
    if code:
        fail(f"{step}: {cause(output)}.")


def main() -> None:
    found = "{}.{}".format(*sys.version_info[:2])
    if sys.version_info[:2] < OLDEST:
        fail(
            f"Python 3.11 or newer is needed and {sys.executable} is {found}; "
            "name a newer one, for example PYTHON=python3.12."
        )
    here, wanted, recorded = foundation(), packages(), installed()
    if recorded == [here, wanted]:
        return
    if os.path.islink(VENV):
        fail(f"{VENV} is a link, and to make it anew would empty what it leads to. Remove the link.")
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        fail(
            "this Python has no venv module; "
            f"on Debian or Ubuntu install it with: apt install python{found}-venv."
        )
    print("Installing into .venv (once; about 6.5 GB with GPU support)", flush=True)
    try:
        os.makedirs(VENV, exist_ok=True)
    except OSError as error:
        fail(f"making .venv: {cause(str(error))}.")
    constraints = os.path.join(ROOT, "constraints.txt")
    # Programs in .venv name its Python by its path: a folder that was moved, or another Python, needs all of it anew.
    anew = [] if recorded[:1] == [here] else ["--clear"]
    run("making .venv", [sys.executable, "-m", "venv", *anew, VENV])
    record(here)
    # uv installs what pip would, six times as fast.
    run(
        "installing uv",
        [VENV_PYTHON, "-m", "pip", "install", "--quiet", "--retries=2", "-c", constraints, "uv"],
    )
    run(
        "installing the packages",
        # Compiled once for all: a box for submissions cannot write, and would compile PyTorch each time.
        [VENV_PYTHON, "-m", "uv", "pip", "install", "--python", VENV_PYTHON, "--compile-bytecode"]
        + ["-c", constraints, "-e", ROOT + EXTRAS],
        show=("Resolved", "Downloading", "Prepared", "Installed"),
    )
    # Otherwise it asks at its first start whether it may fetch news.
    run("setting up JupyterLab", [VENV_PYTHON, "-m", "jupyter", *WITHOUT_NEWS])
    record(here, wanted)


if __name__ == "__main__":
    main()
