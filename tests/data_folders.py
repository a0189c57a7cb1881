"""Where the tests of the loaders find data: the stand-ins, and no network."""

import shutil
from pathlib import Path

import pytest

from utils import settings

STAND_IN = settings.ROOT / "data" / "stand_in"


def isolate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No network, no caches but empty ones, no LABS_DATA."""
    monkeypatch.setenv("LABS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("LABS_PRESET", "smoke")
    monkeypatch.delenv("LABS_DATA", raising=False)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))


def copy_stand_ins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A LABS_DATA that holds a copy of the stand-ins."""
    shutil.copytree(STAND_IN, tmp_path / "data")
    monkeypatch.setenv("LABS_DATA", str(tmp_path / "data"))
    return tmp_path / "data"
