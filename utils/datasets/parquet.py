"""The parquet files of a dataset: the first source that has all of them, and a file whose columns are known."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from utils import settings
from utils.hub import MEND, DataError, find_snapshot, unreadable

if TYPE_CHECKING:
    from pyarrow.parquet import ParquetFile

LAYOUT = "plain_text"  # the folder of a repository on the hub that holds the files


class Found(NamedTuple):
    """Where a dataset is: its source, and for each split its files."""

    source: Literal["folder", "cache", "hub", "stand-in"]
    files: dict[str, list[Path]]


def find_parquet(name: str, repository: str, splits: Sequence[str]) -> Found:
    """The parquet files of every split, from the first source that has them.

    Args:
        name: of the folder in the data folder and among the stand-ins, such as "imdb".
        repository: on the hub, such as "stanfordnlp/imdb".
        splits: such as ("train", "test").

    Raises:
        DataError: a file is missing, or a download broke off.
        FileNotFoundError: `LABS_DATA` is set and is not a folder.
    """
    folder = settings.data_dir() / name / LAYOUT
    if folder.is_dir():
        return Found("folder", _files(folder, splits))
    if folder.parent.is_dir():
        raise DataError(f"{folder} is missing; the parquet files of {name} belong there.")
    snapshot = find_snapshot(
        repository,
        "dataset",
        [f"{LAYOUT}/*.parquet"],
        essential=f"{LAYOUT}/*.parquet",
        complete=lambda found: all(_count(found / LAYOUT, split)[2] for split in splits),
        download=settings.preset() == "full",
    )
    if snapshot:
        return Found(snapshot.source, _files(snapshot.folder / LAYOUT, splits))
    return find_stand_in(name, splits)


def find_stand_in(name: str, splits: Sequence[str]) -> Found:
    """The parquet files of every split of the small stand-in that comes with the book."""
    stand_ins = (shipped / "stand_in" for shipped in settings.SHIPPED)
    stand_in = next(folder for folder in stand_ins if folder.is_dir())
    return Found("stand-in", _files(stand_in / name / LAYOUT, splits))


def _files(folder: Path, splits: Sequence[str]) -> dict[str, list[Path]]:
    """The files of each split, all of `train-00000-of-00002.parquet`, `train-00001-of-00002.parquet`, and so on."""
    files = {}
    for split in splits:
        files[split], expected, whole = _count(folder, split)
        if not whole:
            raise DataError(
                f"{folder}: {len(files[split])} of {expected} files {split}-*.parquet are there. "
                "Copy the missing ones, named as on the hub."
            )
    return files


def _count(folder: Path, split: str) -> tuple[list[Path], int, bool]:
    """The files of a split that are there, how many there should be, and whether all are there."""
    found = sorted(folder.glob(f"{split}-*-of-*.parquet"))
    expected = int(found[0].stem.rsplit("-", 1)[1]) if found else 1
    return found, expected, len(found) == expected


def open_parquet(file: Path, *columns: str) -> ParquetFile:
    """A parquet file that has these columns.

    Raises:
        DataError: it cannot be read, or lacks a column.
    """
    import pyarrow
    from pyarrow import parquet

    try:
        opened = parquet.ParquetFile(file)
    except (pyarrow.ArrowException, OSError) as error:
        raise unreadable(file, error) from error
    names = opened.schema_arrow.names
    for column in columns:
        if column not in names:
            raise DataError(
                f"{file}: the column {column} is missing; the file has {', '.join(names)}. {MEND}"
            )
    return opened


def tell(name: str, found: Found, *rows: int) -> None:
    """Prints the source of a dataset, the rows of each split, and what a stand-in is worth."""
    folder = next(iter(found.files.values()))[0].parent
    counts = " + ".join(f"{count:,}" for count in rows)
    print(f"{name}: {counts} examples from the {found.source}, {folder}")
    if found.source == "stand-in":
        print(
            f"⚠ This is a small offline stand-in for {name}: the code is the same, and figures on it mean nothing. "
            "For the real data connect to a network, or set LABS_DATA."
        )
