"""The state of a training on disk: saved whole or not at all, and resumed by the same call."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
import torch

from utils import settings
from utils.files import atomic_write


class Stateful(Protocol):
    """A model, an optimizer or a gradient scaler: what has a state to save."""

    def state_dict(self) -> dict[str, Any]: ...

    def load_state_dict(self, state_dict: dict[str, Any]) -> object: ...


def saved_run(name: str | None) -> dict[str, Any]:
    """What told the run apart that waits under this name; {} without a checkpoint.

    Raises:
        ValueError: the file cannot be read.
    """
    path = _path_of(name)
    return {} if path is None or not path.exists() else _read(path).run


class Checkpoint:
    """Weights, optimizers, scaler, random numbers and history under one name in the cache folder.

    The order of the data needs no saving: a batch depends on its step alone. Without a name nothing is ever saved.
    """

    def __init__(
        self, name: str | None, parts: Sequence[Stateful], run: dict[str, object], every: float
    ) -> None:
        """Says what belongs to the state.

        Args:
            name: the file is `checkpoints/<name>.pt` in the cache folder; None saves nothing.
            parts: objects with state_dict and load_state_dict; the first is the model.
            run: plain values that tell this run from another one; a file of another run is not resumed.
            every: seconds between two saves.
        """
        self._path = _path_of(name)
        self._parts, self._every, self._saved_at = parts, every, time.monotonic()
        shapes = {key: list(value.shape) for key, value in parts[0].state_dict().items()}
        self._run = run | {"parameters": shapes, "optimizers": [type(p).__name__ for p in parts]}

    def resume(self) -> dict[str, Any]:
        """Restores the state that was saved and returns its history; {} when there is nothing to resume.

        Raises:
            ValueError: the file cannot be read.
        """
        if self._path is None or not self._path.exists():
            return {}
        state = _read(self._path)
        if state.run != self._run:
            changed = ", ".join(k for k, v in self._run.items() if state.run.get(k) != v)
            print(f"Starting anew: {changed} changed.")
            self.set_aside()
            return {}
        for part, part_state in zip(self._parts, state.parts, strict=True):
            part.load_state_dict(part_state)
        set_random_state(state.random)
        print(
            f"Resuming at step {len(state.history['loss'])} from {self._path} (delete it to start anew)."
        )
        return state.history

    def due(self) -> bool:
        """Whether it is time to save again."""
        return self._path is not None and time.monotonic() - self._saved_at >= self._every

    def save(self, history: dict[str, Any]) -> None:
        """Writes the state whole or not at all; a full disk costs the checkpoint, not the training."""
        if self._path is None:
            return
        state = _State(
            self._run, history, [part.state_dict() for part in self._parts], random_state()
        )
        try:
            with atomic_write(self._path) as part_file:
                torch.save(state._asdict(), part_file)
        except (OSError, RuntimeError) as error:  # torch reports a full disk as a RuntimeError
            print(
                f"No checkpoint could be saved in {self._path.parent} ({error}); training goes on."
            )
        self._saved_at = time.monotonic()

    def set_aside(self) -> None:
        """Renames the file, so that the next call starts anew and nothing is lost."""
        if self._path is not None and self._path.exists():
            kept = self._path.with_suffix(".old.pt")
            os.replace(self._path, kept)
            print(f"The earlier checkpoint is kept as {kept}.")

    def remove(self) -> None:
        """Deletes the file of a training that needs it no more."""
        if self._path is not None:
            self._path.unlink(missing_ok=True)

    def advice(self) -> str:
        """What a reader of an interrupted training should know."""
        if self._path is not None and self._path.exists():
            return f"Run the same cell again to resume; delete {self._path} to start anew."
        return "The model keeps what it has learned so far."


def _path_of(name: str | None) -> Path | None:
    return settings.cache_dir() / "checkpoints" / f"{name}.pt" if name else None


class _State(NamedTuple):
    """What a file holds."""

    run: dict[str, Any]
    history: dict[str, Any]
    parts: list[dict[str, Any]]
    random: dict[str, Any]


def _read(path: Path) -> _State:
    try:
        return _State(**torch.load(path, map_location="cpu", weights_only=True))
    except Exception as error:
        raise ValueError(
            f"The checkpoint {path} cannot be read ({type(error).__name__}). "
            "Delete it; the training then starts from the beginning."
        ) from error


def random_state() -> dict[str, Any]:
    """Where the generators of Python, NumPy and torch stand, in plain values and tensors."""
    generator = np.random.get_state(legacy=False)
    keys, position = generator["state"]["key"], generator["state"]["pos"]
    return {
        "python": random.getstate(),
        "numpy": (keys.tolist(), position, generator["has_gauss"], generator["gauss"]),
        "torch": torch.get_rng_state(),
        "cuda": torch.cuda.get_rng_state_all(),
    }


def set_random_state(state: dict[str, Any]) -> None:
    """Puts the generators where `random_state` found them."""
    random.setstate(state["python"])
    keys, position, has_gauss, gauss = state["numpy"]
    np.random.set_state(("MT19937", np.array(keys, dtype=np.uint32), position, has_gauss, gauss))
    torch.set_rng_state(state["torch"])
    if len(state["cuda"]) == torch.cuda.device_count():
        torch.cuda.set_rng_state_all(state["cuda"])
