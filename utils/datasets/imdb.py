"""IMDB, as three datasets of the library `datasets`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from utils import settings
from utils.datasets.parquet import find_parquet, open_parquet, tell
from utils.hub import unreadable
from utils.notebook import stderr_to_stdout

if TYPE_CHECKING:
    from datasets import Dataset


@dataclass(frozen=True)
class Imdb:
    """Reviews with the columns text and label (0 negative, 1 positive, -1 unlabeled), and the source."""

    train: Dataset
    test: Dataset
    unsupervised: Dataset
    source: str


def load_imdb() -> Imdb:
    """Loads IMDB (Maas et al., 2011): 25,000 + 25,000 labeled film reviews and 50,000 without a label.

    Raises:
        DataError: a file is missing, cut short, corrupt or lacks a column, or a download broke off.
        FileNotFoundError: `LABS_DATA` is set and is not a folder.
    """
    found = find_parquet("imdb", "stanfordnlp/imdb", ("train", "test", "unsupervised"))
    for files in found.files.values():
        for file in files:
            open_parquet(file, "text", "label")
    with stderr_to_stdout():
        from datasets import load_dataset
    splits: dict[str, Dataset] = {}
    for split, files in found.files.items():
        names = list(map(str, files))
        try:
            with stderr_to_stdout():
                splits |= load_dataset(
                    "parquet",
                    data_files={split: names},
                    cache_dir=str(settings.cache_dir() / "datasets"),
                )
        except Exception as error:
            raise unreadable(", ".join(names), error) from error
    tell("IMDB", found, *map(len, splits.values()))
    return Imdb(source=found.source, **splits)
