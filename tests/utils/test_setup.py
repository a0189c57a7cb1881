"""The first cell of a lab installs what is missing and replaces nothing."""

import subprocess
from importlib.metadata import version

from utils import setup


def test_the_setup_cell_keeps_the_torch_and_numpy_of_the_machine(monkeypatch):
    commands = []
    monkeypatch.setattr(setup, "PACKAGES", {"not_on_this_machine": "a-distribution"})
    monkeypatch.setattr(
        setup.subprocess,
        "run",
        lambda command, **_: commands.append(command) or subprocess.CompletedProcess(command, 0),
    )
    setup.install_missing()
    (command,) = commands
    assert "a-distribution" in command
    assert {f"{name}=={version(name)}" for name in ("torch", "torchvision", "numpy")} <= set(
        command
    )
    assert "--upgrade" not in command
    monkeypatch.setattr(setup, "PACKAGES", {"torch": "torch"})
    setup.install_missing()
    assert len(commands) == 1
