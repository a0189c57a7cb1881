"""A file or a folder is there whole, or as it was before."""

import os
from pathlib import Path

import pytest

from utils.files import atomic_write


def test_a_file_is_replaced_when_all_is_written(tmp_path):
    path = tmp_path / "new" / "file"
    for text in ("one", "two"):
        with atomic_write(path) as part:
            part.write_text(text)
            assert part.parent == path.parent
        assert path.read_text() == text
    assert list(path.parent.iterdir()) == [path]


def test_a_folder_is_replaced_with_all_that_is_in_it(tmp_path):
    path = tmp_path / "folder"
    for name in ("one", "two"):
        with atomic_write(path) as part:
            part.mkdir()
            (part / name).touch()
        assert [file.name for file in path.iterdir()] == [name]
    assert list(tmp_path.iterdir()) == [path]


def write_half(path: Path, *, folder: bool) -> None:
    with atomic_write(path) as part:
        if folder:
            part.mkdir()
        else:
            part.write_text("half")
        raise KeyboardInterrupt


def test_an_interrupted_file_leaves_the_old_one_and_nothing_else(tmp_path):
    path = tmp_path / "kept"
    path.write_text("old")
    with pytest.raises(KeyboardInterrupt):
        write_half(path, folder=False)
    assert list(tmp_path.iterdir()) == [path]
    assert path.read_text() == "old"


def test_an_interrupted_folder_leaves_the_old_one_and_nothing_else(tmp_path):
    path = tmp_path / "kept"
    path.mkdir()
    (path / "old").touch()
    with pytest.raises(KeyboardInterrupt):
        write_half(path, folder=True)
    assert list(tmp_path.iterdir()) == [path]
    assert list(path.iterdir()) == [path / "old"]


def test_a_disk_that_fills_up_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "kept"
    path.write_text("old")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"), atomic_write(path) as part:
        part.write_text("new")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
