"""Where the tests of the loaders find data: the stand-ins, and no network."""

import shutil
from pathlib import Path

import pytest

from utils import settings


@pytest.fixture
def stand_in() -> Path:
    """The folder of the stand-ins."""
    return settings.ROOT / "data" / "stand_in"


@pytest.fixture(autouse=True)
def alone(tmp_path, monkeypatch) -> None:
    """No network, no caches but empty ones, no LABS_DATA."""
    monkeypatch.setenv("LABS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("LABS_PRESET", "smoke")
    monkeypatch.delenv("LABS_DATA", raising=False)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))


@pytest.fixture
def folder(tmp_path, monkeypatch, stand_in) -> Path:
    """A LABS_DATA that holds a copy of the stand-ins."""
    shutil.copytree(stand_in, tmp_path / "data")
    monkeypatch.setenv("LABS_DATA", str(tmp_path / "data"))
    return tmp_path / "data"
