"""Why a machine makes no box, and what to do."""

import sys
from pathlib import Path

WITHOUT = (
    "Without a box, a submission can do whatever you can: `course grade --no-box`, or `nbgrader autograde "
    "--ExecuteInBox.no_box=True`."
)
# Switches of the kernel that forbid boxes to users, and what each then holds.
SWITCHES = {
    "kernel/apparmor_restrict_unprivileged_userns": "1",  # Ubuntu, since 23.10
    "kernel/unprivileged_userns_clone": "0",  # Debian, before 11
    "user/max_user_namespaces": "0",  # Red Hat 7, and hardened machines
}
MENDED = {
    "kernel/apparmor_restrict_unprivileged_userns": "0",
    "kernel/unprivileged_userns_clone": "1",
    "user/max_user_namespaces": "15000",
}
CONTAINERS = (Path("/.dockerenv"), Path("/run/.containerenv"))
SETTINGS = Path("/proc/sys")


def missing(program: str) -> str:
    """What to say where a program that makes boxes is not installed."""
    if program != "bwrap":
        what = f"{program} is not installed."
    elif sys.platform == "linux":
        what = "bubblewrap is not installed. On Debian or Ubuntu: apt install bubblewrap."
    else:
        what = "bubblewrap, which makes it, is for Linux. Here, --box docker or --box podman can."
    return f"Submissions are programs of strangers, and run in a box. {what} {WITHOUT}"


def refused(program: str, said: str) -> str:
    """What to say where the program is there and makes no box.

    Args:
        program: it.
        said: its own words.
    """
    words = " ".join(line.strip() for line in said.splitlines() if line.strip()) or "nothing"
    mend = _mend(said) if program == "bwrap" else _mend_container(program, said)
    parts = (f"The box for submissions does not start. {program} says: {words.rstrip('.')}.", mend)
    return " ".join(part for part in (*parts, WITHOUT) if part)


def _mend(said: str) -> str:
    """The line that lets bubblewrap make boxes."""
    if "namespace" not in said and "uid map" not in said and "mount" not in said.lower():
        return ""
    if any(path.exists() for path in CONTAINERS):
        return (
            "This machine is a container that may hold no box. Start it with --security-opt seccomp=unconfined "
            "--security-opt apparmor=unconfined --security-opt systempaths=unconfined."
        )
    for name, forbids in SWITCHES.items():
        setting = SETTINGS / name
        if setting.exists() and setting.read_text().strip() == forbids:
            line = f"sysctl -w {name.replace('/', '.')}={MENDED[name]}"
            return f"The kernel forbids boxes to users. As root: {line}, and the same in /etc/sysctl.d/ for good."
    return ""


def _mend_container(program: str, said: str) -> str:
    """What to do where a container does not start."""
    if "image" in said.lower():
        return f"The image is made once: {program} build, see docs/hub/README.md."
    if "daemon" in said.lower() or "socket" in said.lower():
        return f"Does the service of {program} run?"
    return ""
