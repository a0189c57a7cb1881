"""Where no box can be made, one line says why, what mends it, and what it means to go on without."""

import os
import shutil
import sys

import pytest
from conftest import NEEDS_BOX

from course.grading.box import refusal
from course.grading.box.walls import Walls
from course.layout import CourseError

# What bubblewrap says: on Ubuntu 24.04; where user namespaces are switched off; in a container.
UID_MAP = "bwrap: setting up uid map: Permission denied\n"
NAMESPACE = (
    "bwrap: No permissions to create new namespace, likely because the kernel does not allow ...\n"
)
MOUNT = "bwrap: Can't mount proc on /newroot/proc: Operation not permitted\n"


@pytest.fixture
def machine(monkeypatch, tmp_path):
    """A machine whose kernel forbids nothing; returns a function that turns a switch."""
    monkeypatch.setattr(refusal, "SETTINGS", tmp_path)
    monkeypatch.setattr(refusal, "CONTAINERS", (tmp_path / "container",))

    def turn(name: str, value: str) -> None:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(value + "\n")

    return turn


@pytest.mark.parametrize(
    ("name", "value", "said", "mend"),
    [
        (
            "kernel/apparmor_restrict_unprivileged_userns",
            "1",
            UID_MAP,
            "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0",
        ),
        (
            "kernel/unprivileged_userns_clone",
            "0",
            NAMESPACE,
            "sysctl -w kernel.unprivileged_userns_clone=1",
        ),
        ("user/max_user_namespaces", "0", NAMESPACE, "sysctl -w user.max_user_namespaces=15000"),
        ("container", "", MOUNT, "--security-opt systempaths=unconfined"),
    ],
)
def test_the_switch_that_forbids_boxes_is_named_with_the_line_that_turns_it(
    machine, name, value, said, mend
):
    assert mend not in refusal.refused("bwrap", said)
    machine(name, value)
    line = refusal.refused("bwrap", said)
    assert mend in line
    assert said.strip().rstrip(".") in line
    assert "--no-box" in line
    assert "\n" not in line


def test_a_box_that_fails_for_another_reason_blames_no_switch(machine):
    machine("user/max_user_namespaces", "0")
    line = refusal.refused("bwrap", "bwrap: execvp python: No such file or directory")
    assert "sysctl" not in line


def test_a_program_that_is_missing_is_named_and_so_is_its_package(monkeypatch):
    monkeypatch.setattr(sys, "platform", "linux")
    assert "apt install bubblewrap" in refusal.missing("bwrap")
    assert "podman is not installed" in refusal.missing("podman")
    monkeypatch.setattr(sys, "platform", "darwin")
    assert "--box docker" in refusal.missing("bwrap")
    assert "apt" not in refusal.missing("bwrap")


def test_docker_without_its_service_is_asked_about_and_an_image_is_made():
    assert "service" in refusal.refused("docker", "Cannot connect to the Docker daemon at unix://x")
    assert "docker build" in refusal.refused("docker", "Unable to find image 'x' locally")


@NEEDS_BOX
def test_a_machine_that_makes_no_box_is_told_from_one_that_makes_them(monkeypatch, tmp_path):
    """Bubblewrap is started in a box, in which no further one can be made."""
    Walls().check()
    outer = [*Walls().box(), shutil.which("bwrap")]
    within = tmp_path / "bwrap"
    within.write_text(
        f"#!{sys.executable}\nimport os, sys\n"
        f"os.environ['PATH'] = {os.environ['PATH']!r}\n"
        f"os.execvp('bwrap', [*{outer!r}, *sys.argv[1:]])\n"
    )
    within.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    with pytest.raises(CourseError, match=r"does not start\. bwrap says: bwrap: .+ --no-box"):
        Walls().check()
