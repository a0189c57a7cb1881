"""The environment decides about lengths and folders, and a folder that cannot be used is named."""

from pathlib import Path

import pytest

from utils import settings


def test_the_preset_is_full_unless_told_otherwise(monkeypatch):
    monkeypatch.delenv("LABS_PRESET", raising=False)
    assert settings.scaled(full=100, smoke=2) == 100
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    assert settings.scaled(full=100, smoke=2) == 2
    monkeypatch.setenv("LABS_PRESET", "full")
    assert settings.preset() == "full"
    monkeypatch.setenv("LABS_PRESET", "fast")
    with pytest.raises(ValueError, match="'fast'; set it to full or smoke"):
        settings.preset()


def test_the_data_folder_is_taken_from_the_checkout(monkeypatch):
    monkeypatch.delenv("LABS_DATA", raising=False)
    assert settings.data_dir() == settings.ROOT / "data"
    monkeypatch.setenv("LABS_DATA", "tests")
    assert settings.data_dir() == settings.ROOT / "tests"
    monkeypatch.setenv("LABS_DATA", "no/such/folder")
    with pytest.raises(FileNotFoundError, match=r"no/such/folder', and .* is not a folder"):
        settings.data_dir()


def test_the_cache_folder_is_where_it_can_be_written(monkeypatch, tmp_path):
    monkeypatch.delenv("LABS_CACHE", raising=False)
    assert settings.cache_dir() == settings.ROOT / "data" / "cache"
    monkeypatch.setattr(settings, "ROOT", tmp_path)  # not a checkout
    monkeypatch.setattr(Path, "home", lambda: tmp_path / "home")
    assert settings.cache_dir() == tmp_path / "home" / ".cache" / "transformer-labs"
    monkeypatch.setattr(settings, "DRIVE", tmp_path)
    assert settings.cache_dir() == tmp_path / "transformer-labs"
    monkeypatch.setenv("LABS_CACHE", "mine")
    assert settings.cache_dir() == tmp_path / "mine"
    (tmp_path / "file").touch()
    monkeypatch.setenv("LABS_CACHE", "file/below")
    with pytest.raises(OSError, match="Set LABS_CACHE to a folder of your own"):
        settings.cache_dir()
