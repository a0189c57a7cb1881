"""Which device and precision a lab computes with, what a block costs, and the seeds that make a run repeatable."""

import contextlib
import math
import os
import platform
import random
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from utils import settings

ROUNDS = 3  # turns of float32 and bfloat16 that count
LEAST_GAIN = 1.1  # of a step, for bfloat16: less is within what a quiet machine varies by
HOPELESS = 3.0  # a first turn this many times slower in bfloat16 settles it: no instructions for it


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


def get_precision(device: torch.device) -> torch.dtype:
    """The precision of matrix products that is known to be safe and fast on a device, whatever is computed.

    bfloat16 on NVIDIA GPUs of compute capability 8.0 and later. float16 on those of capability 7.x (V100, T4), where
    `training.fit` scales the gradients. float32 elsewhere; whether a CPU is faster in bfloat16 depends on what it
    computes, and `faster_precision` measures that.
    """
    if device.type == "cuda":
        major, _ = torch.cuda.get_device_capability(device)
        if major >= 8:
            return torch.bfloat16
        return torch.float16 if major == 7 else torch.float32
    return torch.float32


def faster_precision(
    device: torch.device, step: Callable[[], object]
) -> tuple[torch.dtype, float | None]:
    """The precision of matrix products in which a step is faster, and how many times as fast bfloat16 was.

    On a CPU under the full preset the step itself is measured in float32 and bfloat16: many processors have no
    instructions for bfloat16, and a small model loses more by conversions than its products gain. The two take turns
    and the fastest of each counts, so that other work on the machine holds up both. Elsewhere nothing is measured.

    Args:
        device: where the step computes.
        step: one pass of what is to be fast; called up to `2 * (1 + ROUNDS)` times.

    Returns:
        The precision, that of `get_precision` unless bfloat16 is faster by `LEAST_GAIN`; and the ratio of the times,
        None where nothing was measured.
    """
    chosen = get_precision(device)
    if device.type != "cpu" or settings.preset() != "full":
        return chosen, None
    fastest = dict.fromkeys((torch.float32, torch.bfloat16), math.inf)
    for turn in range(1 + ROUNDS):
        seconds = {precision: _seconds(step, device, precision) for precision in fastest}
        if turn > 0:  # the first turn pays for memory and for kernels that are made once
            fastest = {
                precision: min(fastest[precision], seconds[precision]) for precision in seconds
            }
        elif seconds[torch.bfloat16] > HOPELESS * seconds[torch.float32]:
            fastest = seconds
            break
    gain = fastest[torch.float32] / fastest[torch.bfloat16]
    return (torch.bfloat16 if gain >= LEAST_GAIN else chosen), gain


def _seconds(step: Callable[[], object], device: torch.device, precision: torch.dtype) -> float:
    with autocast(device, precision), measure(device) as cost:
        step()
    return cost.seconds


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
