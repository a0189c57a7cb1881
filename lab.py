"""Sets up .venv once, then opens a lab in JupyterLab: python lab.py [NN_name] [--port N].

make calls it as well, so that there is one way to install on Linux, macOS and Windows. Only the standard library, and
syntax that an old Python can still read, so that it can say that it is too old. A second start compares what it
recorded with what is there, and installs nothing.
"""

import argparse
import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import sys

TYPE_CHECKING = False  # `typing` has grown; an old Python need not know what is in it
if TYPE_CHECKING:
    from typing import Dict, List, NoReturn, Tuple

ROOT = os.path.dirname(os.path.abspath(__file__))
VENV = os.path.join(ROOT, ".venv")
WINDOWS = os.name == "nt"
PROGRAMS = os.path.join(VENV, "Scripts" if WINDOWS else "bin")
VENV_PYTHON = os.path.join(PROGRAMS, "python.exe" if WINDOWS else "python")
PACKAGES = os.path.join(
    VENV,
    *(["Lib"] if WINDOWS else ["lib", "python{}.{}".format(*sys.version_info)]),
    "site-packages",
)
STAMP = os.path.join(VENV, "installed")
LOG = os.path.join(VENV, "install.log")
LABS = os.path.join(ROOT, "labs")
OLDEST = (3, 11)
# The Python behind a virtual environment: .venv may be the one that runs this, and cannot make itself anew on Windows.
BASE_PYTHON = getattr(sys, "_base_executable", None) or sys.executable
ANNOUNCEMENTS = "@jupyterlab/apputils-extension:announcements"
WITHOUT_NEWS = ("labextension", "disable", "--level=sys_prefix", ANNOUNCEMENTS)
# The students' copy has no sources, and needs nothing to build, prove or grade them.
EXTRAS = "[lab,course,cluster,test]" if os.path.isdir(os.path.join(ROOT, "solutions")) else "[lab]"
TORCH = ("default", "cpu", "auto")  # of the package index; without CUDA; what uv finds fitting
# Containers often set it. Without its bytecode, every process compiles PyTorch anew before it starts.
WITHOUT = {"PYTHONDONTWRITEBYTECODE"}
# Of these each makes pip or uv install into another place or other versions, or Python import from elsewhere.
ASTRAY = {
    *("PYTHONHOME", "PYTHONPATH"),
    *("PIP_USER", "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_DRY_RUN", "PIP_NO_DEPS"),
    *("PIP_CONSTRAINT", "PIP_REQUIREMENT", "PIP_PYTHON"),
    *("UV_PYTHON", "UV_SYSTEM_PYTHON", "UV_TORCH_BACKEND", "UV_NO_INSTALLER_METADATA"),
    *("UV_CONSTRAINT", "UV_OVERRIDE", "UV_EXCLUDE"),
}

NO_SPACE = (
    "No space left on device",
    "os error 28",
    "Errno 28",
    "Disk quota exceeded",
    "not enough space on the disk",
)
NO_PERMISSION = ("Permission denied", "Read-only file system", "Access is denied", "WinError 5]")
TOO_LONG = ("filename or extension is too long", "os error 206", "WinError 206", "name too long")
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
    sys.exit(f"lab.py: {message}")


def wanted_torch(recorded: "Dict[str, object]") -> str:
    """Which PyTorch is wanted: LABS_TORCH, or the one that was chosen at first."""
    chosen = os.environ.get("LABS_TORCH") or str(recorded.get("torch", TORCH[0]))
    if chosen not in TORCH:
        fail("LABS_TORCH is {}, and can be {}, {} or {}.".format(chosen, *TORCH))
    return chosen


def foundation(torch: str) -> "Dict[str, object]":
    """What all of .venv depends on: the interpreter, the folder, whose path its programs hold, and whose PyTorch."""
    version = "{}.{}".format(*sys.version_info)
    return {"python": version, "base": sys.base_prefix, "folder": ROOT, "torch": torch}


def lists() -> str:
    """A hash of what its packages depend on: both lists."""
    digest = hashlib.sha256()
    for name in ("pyproject.toml", "constraints.txt"):
        with open(os.path.join(ROOT, name), "rb") as file:
            digest.update(file.read().split(b"\n[tool.")[0])  # settings of tools need no installing
    return digest.hexdigest()


def versions() -> "Dict[str, str]":
    """The version of each package that lies in .venv, as the folder with its metadata is called."""
    found = {}
    with contextlib.suppress(OSError):
        for name in os.listdir(PACKAGES):
            if name.endswith(".dist-info"):
                package, _, version = name[: -len(".dist-info")].partition("-")
                found[package] = version
    return found


def recorded_state() -> "Dict[str, object]":
    """What was recorded of .venv: its foundation, and its lists and versions once all were there; else nothing."""
    try:
        with open(STAMP, encoding="utf-8") as file:
            state = json.load(file)
    except (OSError, ValueError):
        return {}
    return state if isinstance(state, dict) and os.path.exists(VENV_PYTHON) else {}


def record(state: "Dict[str, object]") -> None:
    """Writes the stamp whole or not at all."""
    try:
        with open(STAMP + ".part", "w", encoding="utf-8") as file:
            json.dump(state, file, indent=1)
        os.replace(STAMP + ".part", STAMP)
    except OSError as error:
        fail(f"recording what is installed: {cause(str(error))}.")


def astray(state: "Dict[str, object]") -> "List[str]":
    """What differs from what was installed, a phrase for each package. Packages that were added count as the user's."""
    was, now = state.get("versions", {}), versions()
    assert isinstance(was, dict)
    return [
        f"{name} is {now[name]} and was {version}" if name in now else f"{name} is missing"
        for name, version in sorted(was.items())
        if now.get(name) != version
    ]


def cause(output: str) -> str:
    """One line that names why an installer failed, from what it printed."""
    if any(sign in output for sign in NO_SPACE):
        return f"the disk is full: the environment needs about 8 GB in {ROOT}"
    if any(sign in output for sign in TOO_LONG):
        return f"the path of {ROOT} is too long; move the folder up, on Windows to C:\\labs"
    if any(sign in output for sign in NO_PERMISSION):
        held = ", or a JupyterLab that still runs holds its files" if WINDOWS else ""
        return f"{ROOT} cannot be written{held}; copy the folder to one of your own"
    if any(sign in output for sign in NO_NETWORK):
        return "no network: the package index cannot be reached; installing needs it once"
    return f"the installation failed; the reason stands at the end of {LOG}"


def clean_environment() -> "Dict[str, str]":
    """The environment variables without those that lead astray, and with .venv's programs first."""
    kept = {k: v for k, v in os.environ.items() if k.upper() not in WITHOUT | ASTRAY}
    kept["PATH"] = PROGRAMS + os.pathsep + kept.get("PATH", "")
    return kept


def tell_what_is_left_out() -> None:
    """Names the variables that would lead astray."""
    names = sorted(name for name in ASTRAY if os.environ.get(name))
    if names:
        print(f"Set in your shell and left out here: {', '.join(names)}", flush=True)


def run(step: str, command: "List[str]", show: "Tuple[str, ...]" = ()) -> None:
    """Runs an installer, prints its lines that start with one of `show`, and ends with one line if it fails."""
    output = "$ {}\n".format(" ".join(command))
    try:
        process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            cwd=ROOT,
            env=clean_environment(),
        )
        for line in process.stdout or ():
            output += line
            if line.strip().startswith(show):
                print("  " + line.strip(), flush=True)
        code = process.wait()
    except OSError as error:
        output, code = output + str(error), 1
    with contextlib.suppress(OSError), open(LOG, "a", encoding="utf-8") as log:
        log.write(output)
    if code:
        fail(f"{step}: {cause(output)}.")


def forget_torn_packages() -> None:
    """Takes the metadata from packages of which an interruption left a part, so that they are installed again.

    pip and uv write the file INSTALLER after all that a package brings.
    """
    for package, version in versions().items():
        metadata = os.path.join(PACKAGES, f"{package}-{version}.dist-info")
        if not os.path.exists(os.path.join(metadata, "INSTALLER")):
            shutil.rmtree(metadata, ignore_errors=True)


def check_python() -> None:
    """Ends with one line where this Python cannot make the environment."""
    found = "{}.{}".format(*sys.version_info)
    if sys.version_info[:2] < OLDEST:
        fail(
            f"Python 3.11 or newer is needed and {sys.executable} is {found}; "
            "call a newer one, for example python3.12 lab.py, or make lab PYTHON=python3.12."
        )
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        fail(
            "this Python has no venv module; "
            f"on Debian or Ubuntu install it with: apt install python{found}-venv."
        )


def make_venv(base: "Dict[str, object]") -> None:
    """Makes .venv anew: its programs name their Python by its path."""
    try:
        os.makedirs(VENV, exist_ok=True)
    except FileExistsError:
        fail(f"{VENV} is a file, and the environment is made there. Remove the file.")
    except OSError as error:
        fail(f"making .venv: {cause(str(error))}.")
    run("making .venv", [BASE_PYTHON, "-m", "venv", "--clear", VENV])
    record(base)


def install_packages(torch: str) -> None:
    """Installs both lists by uv, which installs what pip would, six times as fast."""
    forget_torn_packages()
    # A configuration file of pip can say `user`, which no virtual environment can do.
    pip = [VENV_PYTHON, "-m", "pip", "install", "--quiet", "--retries=2", "--no-user"]
    run("installing uv", [*pip, "-c", "constraints.txt", "uv"])
    if "uv" not in versions():
        fail(
            "pip put uv elsewhere: its configuration names a target, a prefix or a root. "
            "pip config list shows it, pip config unset removes it."
        )
    # Elsewhere the package index's own is without CUDA.
    without_cuda = torch == "cpu" and sys.platform == "linux"
    backend = ["--torch-backend", torch] if without_cuda or torch == "auto" else []
    run(
        "installing the packages",
        # Compiled once for all: a box for submissions cannot write, and would compile PyTorch each time.
        [VENV_PYTHON, "-m", "uv", "pip", "install", "--python", VENV_PYTHON, "--compile-bytecode"]
        + [*backend, "-c", "constraints.txt", "-e", "." + EXTRAS],
        show=("Resolved", "Downloading", "Prepared", "Installed"),
    )
    # Otherwise it asks at its first start whether it may fetch news.
    run("setting up JupyterLab", [VENV_PYTHON, "-m", "jupyter", *WITHOUT_NEWS])


def install() -> None:
    """Brings .venv into the recorded state, and does nothing where it is."""
    state = recorded_state()
    torch = wanted_torch(state)
    base, wanted = foundation(torch), lists()
    fits = {**state, **base} == state
    changed = astray(state) if fits else []
    if fits and state.get("lists") == wanted and not changed:
        return
    if os.path.islink(VENV):
        fail(
            f"{VENV} is a link, and to make it anew would empty what it leads to. Remove the link."
        )
    check_python()
    tell_what_is_left_out()
    if changed:
        more = f", and {len(changed) - 3} more" if len(changed) > 3 else ""
        print(f"Mending .venv: {', '.join(changed[:3])}{more}", flush=True)
    elif fits and "lists" not in state:
        print("Going on with an installation that was interrupted", flush=True)
    else:
        size = "2 GB, without CUDA" if torch == "cpu" else "6.5 GB with GPU support"
        print(f"Installing into .venv (once; about {size})", flush=True)
    if not fits or "pip" not in versions():
        make_venv(base)
    install_packages(torch)
    record({**base, "lists": wanted, "versions": versions()})


def open_lab(lab: str, port: int) -> int:
    """Runs JupyterLab with one lab opened, until it ends, and returns its exit code."""
    if not os.path.isfile(os.path.join(LABS, lab, lab + ".ipynb")):
        fail(f"There is no lab {lab}. The labs are: {' '.join(sorted(os.listdir(LABS)))}")
    command = [VENV_PYTHON, "-m", "jupyterlab", "--allow-root", "--ip=127.0.0.1", f"--port={port}"]
    screen = any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))
    if sys.platform not in ("darwin", "win32") and not screen:
        command.append("--no-browser")
    command += ["--log-level=WARN", f"--LabApp.default_url=/lab/tree/labs/{lab}/{lab}.ipynb"]
    os.chdir(ROOT)
    if not WINDOWS:  # Ctrl+C and every other signal are for JupyterLab
        os.execve(VENV_PYTHON, command, clean_environment())
    process = subprocess.Popen(command, env=clean_environment())
    while True:
        with contextlib.suppress(KeyboardInterrupt):
            return process.wait()


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="lab.py", description="Sets up .venv once, then opens a lab in JupyterLab."
    )
    parser.add_argument("lab", nargs="?", default="01_backprop", help="its folder, as 02_rnn")
    parser.add_argument("--port", type=int, default=8888)
    only = parser.add_mutually_exclusive_group()
    only.add_argument("--environment", action="store_true", help="set up .venv and open nothing")
    only.add_argument("--no-install", action="store_true", help="open the lab with what is there")
    asked = parser.parse_args()
    try:
        if not asked.no_install:
            install()
    except KeyboardInterrupt:
        fail("interrupted; the next start goes on from here.")
    if not asked.environment:
        sys.exit(open_lab(asked.lab, asked.port))


if __name__ == "__main__":
    main()
