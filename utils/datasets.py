"""CIFAR-10 and IMDB, from the first place that has them, and prose that every Python has; what was found is printed.

The places, in order: `$LABS_DATA`, the local Hugging Face cache, the hub, and last a small offline stand-in.
"""

from __future__ import annotations

import ast
import errno
import hashlib
import importlib
import io
import json
import os
import random
import re
import sys
import sysconfig
from collections.abc import Iterator, Sequence
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


FULL = (errno.ENOSPC, errno.EDQUOT)
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
    """Reviews with the columns text and label (0 negative, 1 positive, -1 unlabeled), and the source."""

    train: Dataset
    test: Dataset
    unsupervised: Dataset
    source: str


@dataclass(frozen=True)
class Prose:
    """Paragraphs of English, in the order of their texts; none of `held_out` is in `train`."""

    train: list[str]
    held_out: list[str]


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
    """Loads IMDB (Maas et al., 2011): 25,000 + 25,000 labeled film reviews and 50,000 without a label.

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
            raise _unreadable(", ".join(names), error) from error
    _tell("IMDB", found, *map(len, splits.values()))
    return Imdb(source=found.source, **splits)


PIECE = 200  # paragraphs that stay together when a text is split into train and held out
RUN = 5  # words in a row; a paragraph half of whose runs have stood before is a repetition


def load_prose(modules: int | None = None, held_out: float = 0.1) -> Prose:
    """Loads the English that comes with Python: its help topics and the docstrings of its standard library.

    Every `.txt` file in the data folder is read too. A paragraph is left out when it repeats what stood before: when
    half of its runs of `RUN` words, whatever their case and punctuation, are old. Then pieces of `PIECE` paragraphs
    are dealt to the two parts. The text varies with the version of Python.

    Args:
        modules: read the docstrings of so many modules, spread evenly; None for all of them.
        held_out: share of the characters that is held out.

    Raises:
        DataError: a `.txt` file is not UTF-8, or nothing was found.
        FileNotFoundError: `LABS_DATA` is set and is not a folder.
    """
    files = sorted(settings.data_dir().glob("*.txt"))
    topics, docstrings = _topics(), list(_docstrings(modules))
    seen, pieces = set(), []
    for text in (*map(_read, files), *topics, *docstrings):
        new = []
        for paragraph in re.split(r"\n\s*\n", text):
            words = tuple(re.findall(r"\w+", paragraph.lower()))
            runs = {words[i : i + RUN] for i in range(max(1, len(words) - RUN + 1))}
            if words and len(runs & seen) < len(runs) / 2:
                new.append(paragraph.strip("\n").rstrip())
            seen |= runs
        pieces += (new[start : start + PIECE] for start in range(0, len(new), PIECE))
    if not pieces:
        raise DataError(
            "This Python has neither help topics nor the sources of its standard library. "
            f"Put a text file, its name ending in .txt, into {settings.data_dir()}."
        )
    random.Random(0).shuffle(pieces)
    goal = held_out * sum(len(paragraph) for piece in pieces for paragraph in piece)
    parts: tuple[list[str], list[str]] = ([], [])
    held = 0
    for piece in pieces:
        parts[held < goal].extend(piece)
        held += sum(map(len, piece)) if held < goal else 0
    print(
        f"Prose: {len(parts[0]):,} + {len(parts[1]):,} paragraphs from {len(topics)} help topics of Python, the "
        f"docstrings of {len(docstrings)} modules, and {len(files)} files *.txt in {settings.data_dir()}"
    )
    return Prose(train=parts[0], held_out=parts[1])


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(
            f"{file}: cannot be read ({reason(error)}). Save it as UTF-8, or take it away."
        ) from error


def _topics() -> list[str]:
    """What `help("topics")` offers."""
    try:
        return list(importlib.import_module("pydoc_data.topics").topics.values())
    except ImportError:  # some distributions package it apart
        return []


def _docstrings(modules: int | None) -> Iterator[str]:
    """For each module of the standard library that has any, its docstrings in one text; its own tests are left out."""
    library = Path(sysconfig.get_path("stdlib"))
    without = {"site-packages", "dist-packages", "test", "tests", "idle_test"}
    sources = sorted(library.rglob("*.py"))
    files = [file for file in sources if not without & set(file.relative_to(library).parts)]
    step = max(1, len(files) // modules) if modules else 1
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    for file in files[::step]:
        try:
            tree = ast.parse(file.read_bytes())
        except (OSError, SyntaxError, ValueError):  # templates, and deliberately broken sources
            continue
        found = (ast.get_docstring(node) for node in ast.walk(tree) if isinstance(node, documented))
        if text := "\n\n".join(filter(None, found)):
            yield text


def _find(name: str, repository: str, splits: Sequence[str]) -> _Found:
    """The parquet files of every split, from the first place that has them."""
    folder = settings.data_dir() / name / "plain_text"
    if folder.is_dir():
        return _Found("folder", _files(folder, splits))
    if folder.parent.is_dir():
        raise DataError(f"{folder} is missing; the parquet files of {name} belong there.")
    caches = (None, settings.cache_dir() / "hub")  # the user's own, and the book's
    for cache in caches:
        snapshot = _snapshot(repository, cache, local_files_only=True)
        if snapshot and all(_counts(snapshot, split)[2] for split in splits):
            return _Found("cache", _files(snapshot, splits))
    if settings.preset() == "full" and (snapshot := _snapshot(repository, caches[1])):
        return _Found("hub", _files(snapshot, splits))
    stand_in = next(place for place in STAND_INS if place.is_dir()) / name / "plain_text"
    return _Found("stand-in", _files(stand_in, splits))


def _snapshot(
    repository: str, cache: Path | None, *, local_files_only: bool = False
) -> Path | None:
    """The folder of a dataset downloaded from the hub; None when it is neither here nor within reach."""
    patterns = ["plain_text/*.parquet"]
    snapshot = hub_folder(repository, "dataset", patterns, cache, local_files_only=local_files_only)
    folder = snapshot and snapshot / "plain_text"
    return folder if folder and any(folder.glob("*.parquet")) else None


def hub_folder(
    repository: str, kind: str, patterns: list[str], cache: Path | None, *, local_files_only: bool
) -> Path | None:
    """The folder of a repository of the hub; None when it is not here, and not there or not within reach.

    Args:
        repository: its name.
        kind: "dataset" or "model".
        patterns: of the files that are wanted.
        cache: where they are kept; None for the user's own Hugging Face cache.
        local_files_only: download nothing.

    Raises:
        DataError: a download broke off, or the disk is full.
    """
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import (
        HFValidationError,
        LocalEntryNotFoundError,
        RepositoryNotFoundError,
    )

    try:
        with stderr_to_stdout():
            folder = snapshot_download(
                repository,
                repo_type=kind,
                allow_patterns=patterns,
                cache_dir=cache,
                local_files_only=local_files_only,
            )
    except (LocalEntryNotFoundError, RepositoryNotFoundError, HFValidationError):
        return None
    except Exception as error:
        if _errno(error) in FULL:
            raise _unreadable(repository, error) from error
        without = " Or set HF_HUB_OFFLINE=1 and restart the kernel, to go on with the stand-in."
        raise DataError(
            f"The download of {repository} broke off ({reason(error)}). "
            f"Run the cell again: what has arrived is kept.{without if kind == 'dataset' else ''}"
        ) from error
    return Path(folder)


def _files(folder: Path, splits: Sequence[str]) -> dict[str, list[Path]]:
    """The files of each split, all of `train-00000-of-00002.parquet`, `train-00001-of-00002.parquet`, and so on."""
    files = {}
    for split in splits:
        files[split], expected, whole = _counts(folder, split)
        if not whole:
            raise DataError(
                f"{folder}: {len(files[split])} of {expected} files {split}-*.parquet are there. "
                "Copy the missing ones, named as on the hub."
            )
    return files


def _counts(folder: Path, split: str) -> tuple[list[Path], int, bool]:
    """The files of a split that are there, how many there should be, and whether all are there."""
    found = sorted(folder.glob(f"{split}-*-of-*.parquet"))
    expected = int(found[0].stem.rsplit("-", 1)[1]) if found else 1
    return found, expected, len(found) == expected


def _open(file: Path, *columns: str):
    """A parquet file that has these columns."""
    import pyarrow
    from pyarrow import parquet

    try:
        opened = parquet.ParquetFile(file)
    except (pyarrow.ArrowException, OSError) as error:
        raise _unreadable(file, error) from error
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
            raise _unreadable(file, error) from error
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
        print(f"The decoded images are not kept in {path.parent} ({reason(error)}).")
    finally:
        part.unlink(missing_ok=True)


def _fingerprint(found: _Found) -> str:
    """Changes when one of the files does."""
    files = [file for files in found.files.values() for file in files]
    facts = [(str(f.resolve()), f.stat().st_size, f.stat().st_mtime_ns) for f in files]
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:12]


def _unreadable(file: Path | str, error: Exception) -> DataError:
    """What to say when a file could not be read: whether the file is to blame, or the machine."""
    number = _errno(error)
    if number in FULL:
        return DataError(
            f"The disk is full, or your quota used up: nothing more can be written to {settings.cache_dir()}. "
            "Make room there, or set LABS_CACHE to a folder that has some."
        )
    if number in (errno.EACCES, errno.EPERM):
        return DataError(
            f"You may not read {file}, or not write to {settings.cache_dir()} ({reason(error)})."
        )
    return DataError(f"{file}: cannot be read ({reason(error.__cause__ or error)}). {MEND}")


def _errno(error: BaseException | None) -> int | None:
    """The number of the operating system's error that an exception came from, if any."""
    while error is not None:
        if isinstance(error, OSError) and error.errno:
            return error.errno
        error = error.__cause__ or error.__context__
    return None


def reason(error: Exception) -> str:
    """The kind of an error and the first line of what it says."""
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
