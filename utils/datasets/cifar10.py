"""CIFAR-10, decoded once and then mapped from the cache folder into memory."""

from __future__ import annotations

import hashlib
import io
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from tqdm import tqdm

from utils import settings
from utils.datasets.parquet import Found, find_parquet, find_stand_in, open_parquet, tell
from utils.files import atomic_write
from utils.hub import reason, unreadable

SPLITS = ("train", "test")


@dataclass(frozen=True)
class Cifar10:
    """Images (N, 3, 32, 32) uint8 and labels (N,) int64 of both splits, the ten class names, and the source."""

    train_images: torch.Tensor
    train_labels: torch.Tensor
    test_images: torch.Tensor
    test_labels: torch.Tensor
    classes: tuple[str, ...]
    source: str


def load_cifar10() -> Cifar10:
    """Loads CIFAR-10 (Krizhevsky, 2009): 50,000 + 10,000 photographs of 32 × 32 pixels in ten classes.

    The decoded images are kept in the cache folder, and mapped from there into memory the next time.

    Raises:
        DataError: a file is missing, cut short, corrupt or lacks a column, or a download broke off.
        FileNotFoundError: `LABS_DATA` is set and is not a folder.
    """
    found = find_parquet("cifar10", "uoft-cs/cifar10", SPLITS)
    tensors = _decoded(found)
    tell("CIFAR-10", found, len(tensors["train_labels"]), len(tensors["test_labels"]))
    return Cifar10(source=found.source, **tensors)


def load_shapes() -> Cifar10:
    """The 2,000 + 500 drawn shapes that stand in for CIFAR-10, whether the real one is there or not.

    Raises:
        DataError: a file is cut short or corrupt.
    """
    found = find_stand_in("cifar10", SPLITS)
    tensors = _decoded(found)
    counts = len(tensors["train_labels"]), len(tensors["test_labels"])
    print(f"Drawn shapes: {counts[0]:,} + {counts[1]:,} images that come with the book")
    return Cifar10(source=found.source, **tensors)


def _decoded(found: Found) -> dict[str, Any]:
    """The fields of `Cifar10` but its source; the decoded images are kept in the cache folder."""
    cached = settings.cache_dir() / f"cifar10-{_fingerprint(found)}.pt"
    try:
        tensors: dict[str, Any] | None = torch.load(cached, mmap=True, weights_only=True)
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
        try:
            with atomic_write(cached) as part:
                torch.save(tensors, part)
        except (OSError, RuntimeError) as error:  # torch reports a full disk as a RuntimeError
            print(f"The decoded images are not kept in {cached.parent} ({reason(error)}).")
    return tensors


def _fingerprint(found: Found) -> str:
    """Changes when one of the files does."""
    files = [file for files in found.files.values() for file in files]
    facts = [(str(f.resolve()), f.stat().st_size, f.stat().st_mtime_ns) for f in files]
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:12]


def _decode(files: Sequence[Path]) -> tuple[torch.Tensor, torch.Tensor, tuple[str, ...]]:
    """Images (N, 3, H, W) uint8, labels (N,) and class names of parquet files with the columns img and label."""
    import numpy as np
    from PIL import Image

    images: list[torch.Tensor] = []
    labels: list[int] = []
    for file in files:
        opened = open_parquet(file, "img", "label")
        try:
            table = opened.read(["img", "label"])
            encoded = table["img"].combine_chunks().field("bytes")
            for data in tqdm(
                encoded, desc=f"decoding {file.name}", file=sys.stdout, mininterval=0.5
            ):
                image = Image.open(io.BytesIO(data.as_buffer())).convert("RGB")
                images.append(torch.from_numpy(np.array(image)).permute(2, 0, 1))
        except Exception as error:
            raise unreadable(file, error) from error
        labels += table["label"].to_pylist()
    metadata = json.loads((opened.schema_arrow.metadata or {}).get(b"huggingface", b"{}"))
    features = metadata.get("info", {}).get("features", {})
    classes = features.get("label", {}).get("names") or map(str, range(max(labels) + 1))
    return torch.stack(images), torch.tensor(labels), tuple(classes)
