"""Which device and precision a lab computes with, what a block costs, and the seeds that make a run repeatable."""

import contextlib
import functools
import math
import os
import platform
import random
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch


def get_device() -> torch.device:
    """The best device present: CUDA, then MPS, then the CPU. `LABS_DEVICE` overrides the choice.

    Raises:
        ValueError: `LABS_DEVICE` names something that torch does not know, or that this machine lacks.
    """
    name = os.environ.get("LABS_DEVICE")
    if not name:
        if torch.cuda.is_available():
            return torch.device("cuda")
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    try:
        device = torch.device(name)
    except RuntimeError:
        device = None
    if device is None or device.type not in ("cpu", "cuda", "mps"):
        raise ValueError(f"LABS_DEVICE is {name!r}; use cpu, cuda, cuda:1 or mps, or unset it.")
    present = {
        "cpu": True,
        "cuda": (device.index or 0) < torch.cuda.device_count(),
        "mps": torch.backends.mps.is_available(),
    }
    if not present[device.type]:
        raise ValueError(f"LABS_DEVICE is {name!r}, and this machine has no such device; unset it.")
    return device


def get_precision(device: torch.device, *, least_gain: float = 3.0) -> torch.dtype:
    """The fastest safe precision for matrix products on a device.

    bfloat16 where the hardware has it: NVIDIA GPUs of compute capability 8.0 and later, and CPUs whose bfloat16
    products are clearly faster than float32's, which is measured. float16 on GPUs of capability 7.x (V100, T4),
    where `training.fit` scales the gradients. float32 elsewhere.

    Args:
        device: where the model runs.
        least_gain: how many times as fast bfloat16 must be on a CPU. A small model, or one with short inputs, spends
            much of its time on conversions, and where the gain was 1.5 it trained up to twice as slowly in bfloat16;
            one that reads hundreds of tokens has use of a small gain.
    """
    if device.type == "cuda":
        major, _ = torch.cuda.get_device_capability(device)
        if major >= 8:
            return torch.bfloat16
        return torch.float16 if major == 7 else torch.float32
    if device.type == "cpu" and _bfloat16_speedup() >= least_gain:
        return torch.bfloat16
    return torch.float32


@functools.cache
def _bfloat16_speedup(size: int = 512, rounds: int = 12) -> float:
    """How much faster this CPU multiplies bfloat16 matrices: about 5 with instructions for it, 1.5 to 2.3 when the
    host of a virtual machine throttles them, under 1 without.

    The two take turns, and the fastest of each counts: on a busy machine every product of a few milliseconds may be
    held up, and all would be if they followed each other.
    """
    matrices = [torch.ones(size, size, dtype=dtype) for dtype in (torch.float32, torch.bfloat16)]
    fastest = [math.inf, math.inf]
    for _ in range(rounds):
        for kind, matrix in enumerate(matrices):
            start = time.perf_counter()
            matrix @ matrix
            fastest[kind] = min(fastest[kind], time.perf_counter() - start)
    return fastest[0] / fastest[1]


def autocast(device: torch.device, precision: torch.dtype | None = None) -> torch.autocast:
    """A context in which matrix products run in `precision`, by default the one that `get_precision` chooses."""
    precision = get_precision(device) if precision is None else precision
    return torch.autocast(device.type, dtype=precision, enabled=precision != torch.float32)


def describe(device: torch.device) -> str:
    """One line about a device: its name, and its memory or threads."""
    if device.type == "cuda":
        properties = torch.cuda.get_device_properties(device)
        memory = f"{properties.total_memory / 2**30:.0f} GiB"
        return f"{device} ({properties.name}, {memory})"
    if device.type == "mps":
        memory = f"{torch.mps.recommended_max_memory() / 2**30:.0f} GiB"
        return f"mps (Apple GPU, {memory})"
    threads = torch.get_num_threads()
    return f"cpu ({cpu_name()}, {threads} thread{'s' * (threads > 1)})"


def cpu_name() -> str:
    """The name of the processor where Linux tells it; elsewhere its architecture."""
    info = Path("/proc/cpuinfo")
    names = re.findall(r"^model name\s*: (.+)", info.read_text() if info.exists() else "", re.M)
    return names[0] if names else platform.machine()


def seed_everything(seed: int, *, deterministic: bool = False) -> None:
    """Seeds Python, NumPy and torch on every device.

    Args:
        seed: the same seed gives the same draws.
        deterministic: also forbid operations whose result depends on timing; slower, and an operation that has no
            repeatable form raises a RuntimeError. On CUDA call this before the first matrix product.
    """
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
    if deterministic:
        os.environ["CUBLAS_WORKSPACE_CONFIG"] = ":4096:8"
    torch.use_deterministic_algorithms(deterministic)


@dataclass
class Cost:
    """What a block of code took."""

    seconds: float = 0.0


@contextlib.contextmanager
def measure(device: torch.device) -> Iterator[Cost]:
    """Measures a block: `with measure(device) as cost: ...`, then `cost.seconds`.

    The clock waits for the device at both ends.
    """
    cost = Cost()
    synchronize(device)
    start = time.perf_counter()
    try:
        yield cost
    finally:
        synchronize(device)
        cost.seconds = time.perf_counter() - start


def synchronize(device: torch.device) -> None:
    """Waits until the device has done all that it was asked to; a CPU always has."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    elif device.type == "mps":
        torch.mps.synchronize()
