"""Files are found in the order that is promised, and one that cannot be used is named with its mend."""

import shutil
from pathlib import Path

import pyarrow.parquet as parquet
import pytest

from utils import datasets
from utils.datasets import DataError


def test_the_local_cache_of_hugging_face_comes_next(tmp_path, stand_in):
    repository = tmp_path / "hub" / "datasets--uoft-cs--cifar10"
    shutil.copytree(stand_in / "cifar10", repository / "snapshots" / "abc")
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text("abc")
    assert datasets.load_cifar10().source == "cache"


def test_half_of_a_download_is_not_taken_for_the_whole(tmp_path, stand_in):
    repository = tmp_path / "hub" / "datasets--uoft-cs--cifar10"
    shutil.copytree(stand_in / "cifar10", repository / "snapshots" / "abc")
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text("abc")
    next(repository.rglob("train-*.parquet")).unlink()
    assert datasets.load_cifar10().source == "stand-in"


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:9000])


def blank(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[1000:9000] = bytes(8000)
    file.write_bytes(data)


@pytest.mark.parametrize("load", [datasets.load_cifar10, datasets.load_imdb])
@pytest.mark.parametrize("damage", [cut, blank])
def test_a_damaged_file_is_named_with_its_mend(folder, load, damage):
    name = load.__name__.removeprefix("load_")
    damage(folder / name / "plain_text" / "test-00000-of-00001.parquet")
    with pytest.raises(
        DataError, match=r"test-00000-of-00001\.parquet: cannot be read .*Delete the file"
    ):
        load()


@pytest.mark.parametrize(
    ("load", "column"), [(datasets.load_cifar10, "img"), (datasets.load_imdb, "text")]
)
def test_a_missing_column_is_named(folder, load, column):
    file = (
        folder / load.__name__.removeprefix("load_") / "plain_text" / "train-00000-of-00001.parquet"
    )
    parquet.write_table(parquet.read_table(file).rename_columns({column: "other"}), file)
    with pytest.raises(
        DataError, match=f"the column {column} is missing; the file has other, label"
    ):
        load()


def test_a_missing_file_is_no_reason_to_fall_back(folder):
    (folder / "imdb" / "plain_text" / "test-00000-of-00001.parquet").unlink()
    with pytest.raises(DataError, match=r"0 of 1 files test-\*\.parquet are there"):
        datasets.load_imdb()
    shutil.rmtree(folder / "imdb" / "plain_text")
    with pytest.raises(DataError, match="plain_text is missing"):
        datasets.load_imdb()


def test_one_of_two_files_is_not_enough(folder):
    text = folder / "cifar10" / "plain_text"
    (text / "train-00000-of-00001.parquet").rename(text / "train-00000-of-00002.parquet")
    with pytest.raises(DataError, match="1 of 2 files train"):
        datasets.load_cifar10()


def test_a_shared_folder_may_be_read_only(folder):
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        assert datasets.load_imdb().source == datasets.load_cifar10().source == "folder"
    finally:
        for path in (folder, *folder.rglob("*")):
            path.chmod(0o755)
