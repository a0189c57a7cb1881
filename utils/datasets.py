"""CIFAR-10 and IMDB, from the first place that has them; what was found is always printed.

The places, in order: `$LABS_DATA`, the local Hugging Face cache, the hub, and last a small offline stand-in.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import torch
from tqdm import tqdm

from utils import settings
from utils.checks import stderr_to_stdout

if TYPE_CHECKING:
    from datasets import Dataset

STAND_INS = (
    settings.ROOT / "data" / "stand_in",
    Path(__file__).parent / "stand_in",
)  # or in a wheel


MEND = "Delete the file, then copy or download it again."


class DataError(RuntimeError):
    """Data that cannot be used. The message names the file and the mend."""


@dataclass(frozen=True)
class Cifar10:
    """Images (N, 3, 32, 32) uint8 and labels (N,) int64 of both splits, the ten class names, and the source."""

    train_images: torch.Tensor
    train_labels: torch.Tensor
    test_images: torch.Tensor
    test_labels: torch.Tensor
    classes: tuple[str, ...]
    source: str


@dataclass(frozen=True)
class Imdb:
    """Reviews with the columns text and label (0 negative, 1 positive, -1 unlabelled), and the source."""

    train: Dataset
    test: Dataset
    unsupervised: Dataset
    source: str


class _Found(NamedTuple):
    source: str  # folder, cache, hub or stand-in
    files: dict[str, list[Path]]  # split → parquet files


def load_cifar10() -> Cifar10:
    """Loads CIFAR-10 (Krizhevsky, 2009): 50,000 + 10,000 photographs of 32 × 32 pixels in ten classes.

    The decoded images are kept in the cache folder, and mapped from there into memory the next time.

    Raises:
        DataError: a file is missing, cut short, corrupt or lacks a column, or a download broke off.
        FileNotFoundError: `LABS_DATA` is set and is not a folder.
    """
    found = _find("cifar10", "uoft-cs/cifar10", ("train", "test"))
    cached = settings.cache_dir() / f"cifar10-{_fingerprint(found)}.pt"
    try:
        tensors = torch.load(cached, mmap=True, weights_only=True)
    except FileNotFoundError:
        tensors = None
    except Exception:
        print(f"{cached} was damaged and is made anew.")
        tensors = None
    if tensors is None:
        tensors = {}
        for split, files in found.files.items():
            images, labels, tensors["classes"] = _decode(files)
            tensors |= {f"{split}_images": images, f"{split}_labels": labels}
        _save(tensors, cached)
    _tell("CIFAR-10", found, len(tensors["train_labels"]), len(tensors["test_labels"]))
    return Cifar10(source=found.source, **tensors)


def load_imdb() -> Imdb:
    """Loads IMDB (Maas et al., 2011): 25,000 + 25,000 labelled film reviews and 50,000 without a label.

    Raises:
        DataError: a file is missing, cut short, corrupt or lacks a column, or a download broke off.
        FileNotFoundError: `LABS_DATA` is set and is not a folder.
    """
    found = _find("imdb", "stanfordnlp/imdb", ("train", "test", "unsupervised"))
    for files in found.files.values():
        for file in files:
            _open(file, "text", "label")
    with stderr_to_stdout():
        from datasets import load_dataset
    splits = {}
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
            reason = _reason(error.__cause__ or error)
            raise DataError(f"{', '.join(names)}: cannot be read ({reason}). {MEND}") from error
    _tell("IMDB", found, *map(len, splits.values()))
    return Imdb(source=found.source, **splits)


def _find(name: str, repository: str, splits: Sequence[str]) -> _Found:
    """The parquet files of every split, from the first place that has them."""
    folder = settings.data_dir() / name / "plain_text"
    if folder.is_dir():
        return _Found("folder", _files(folder, splits))
    if folder.parent.is_dir():
        raise DataError(f"{folder} is missing; the parquet files of {name} belong there.")
    caches = (None, settings.cache_dir() / "hub")  # the user's own, and the book's
    for cache in caches:
        if snapshot := _snapshot(repository, cache, local_files_only=True):
            return _Found("cache", _files(snapshot, splits))
    if settings.preset() == "full" and (snapshot := _snapshot(repository, caches[1])):
        return _Found("hub", _files(snapshot, splits))
    stand_in = next(place for place in STAND_INS if place.is_dir()) / name / "plain_text"
    return _Found("stand-in", _files(stand_in, splits))


def _snapshot(
    repository: str, cache: Path | None, *, local_files_only: bool = False
) -> Path | None:
    """The folder of a dataset downloaded from the hub; None when it is neither here nor within reach."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    try:
        with stderr_to_stdout():
            snapshot = snapshot_download(
                repository,
                repo_type="dataset",
                allow_patterns="plain_text/*.parquet",
                cache_dir=cache,
                local_files_only=local_files_only,
            )
    except LocalEntryNotFoundError:
        return None
    except Exception as error:
        raise DataError(
            f"The download of {repository} broke off ({_reason(error)}). "
            "Run the cell again: what has arrived is kept."
        ) from error
    folder = Path(snapshot) / "plain_text"
    return folder if any(folder.glob("*.parquet")) else None


def _files(folder: Path, splits: Sequence[str]) -> dict[str, list[Path]]:
    """The files of each split, all of `train-00000-of-00002.parquet`, `train-00001-of-00002.parquet`, and so on."""
    files = {split: sorted(folder.glob(f"{split}-*-of-*.parquet")) for split in splits}
    for split, found in files.items():
        expected = int(found[0].stem.rsplit("-", 1)[1]) if found else 1
        if len(found) != expected:
            raise DataError(
                f"{folder}: {len(found)} of {expected} files {split}-*.parquet are there. "
                "Copy the missing ones, named as on the hub."
            )
    return files


def _open(file: Path, *columns: str):
    """A parquet file that has these columns."""
    import pyarrow
    from pyarrow import parquet

    try:
        opened = parquet.ParquetFile(file)
    except (pyarrow.ArrowException, OSError) as error:
        raise DataError(f"{file}: cannot be read ({_reason(error)}). {MEND}") from error
    names = opened.schema_arrow.names
    for column in columns:
        if column not in names:
            raise DataError(
                f"{file}: the column {column} is missing; the file has {', '.join(names)}. {MEND}"
            )
    return opened


def _decode(files: Sequence[Path]) -> tuple[torch.Tensor, torch.Tensor, tuple[str, ...]]:
    """Images (N, 3, H, W) uint8, labels (N,) and class names of parquet files with the columns img and label."""
    import numpy as np
    from PIL import Image

    images, labels = [], []
    for file in files:
        opened = _open(file, "img", "label")
        try:
            table = opened.read(["img", "label"])
            encoded = table["img"].combine_chunks().field("bytes")
            for data in tqdm(
                encoded, desc=f"decoding {file.name}", file=sys.stdout, mininterval=0.5
            ):
                image = Image.open(io.BytesIO(data.as_buffer())).convert("RGB")
                images.append(torch.from_numpy(np.array(image)).permute(2, 0, 1))
        except Exception as error:
            raise DataError(f"{file}: cannot be read ({_reason(error)}). {MEND}") from error
        labels += table["label"].to_pylist()
    metadata = json.loads((opened.schema_arrow.metadata or {}).get(b"huggingface", b"{}"))
    features = metadata.get("info", {}).get("features", {})
    classes = features.get("label", {}).get("names") or map(str, range(max(labels) + 1))
    return torch.stack(images), torch.tensor(labels), tuple(classes)


def _save(tensors: dict, path: Path) -> None:
    """Writes a cache file whole or not at all; without room for it the data are decoded each time."""
    part = path.with_suffix(f".{os.getpid()}.part")
    try:
        torch.save(tensors, part)
        os.replace(part, path)
    except (OSError, RuntimeError) as error:  # torch reports a full disk as a RuntimeError
        print(f"The decoded images are not kept in {path.parent} ({_reason(error)}).")
    finally:
        part.unlink(missing_ok=True)


def _fingerprint(found: _Found) -> str:
    """Changes when one of the files does."""
    files = [file for files in found.files.values() for file in files]
    facts = [(str(f.resolve()), f.stat().st_size, f.stat().st_mtime_ns) for f in files]
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:12]


def _reason(error: Exception) -> str:
    return (
        f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else 'no reason given'}"
    )


def _tell(name: str, found: _Found, *rows: int) -> None:
    folder = next(iter(found.files.values()))[0].parent
    counts = " + ".join(f"{count:,}" for count in rows)
    print(f"{name}: {counts} examples from the {found.source}, {folder}")
    if found.source == "stand-in":
        print(
            f"⚠ This is a small offline stand-in for {name}: the code is the same, and figures on it mean nothing. "
            "For the real data connect to a network, or set LABS_DATA."
        )
