"""Which device a lab computes on, in one readable line, and the seeds that make a run repeatable."""

import os
import random

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


def describe(device: torch.device) -> str:
    """One line about a device: its name, and its memory or its threads."""
    if device.type == "cuda":
        properties = torch.cuda.get_device_properties(device)
        return f"{device} ({properties.name}, {properties.total_memory / 2**30:.0f} GiB)"
    if device.type == "mps":
        return "mps (Apple GPU)"
    return f"cpu ({torch.get_num_threads()} threads)"


def seed_everything(seed: int) -> None:
    """Seeds Python, NumPy and torch on every device."""
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
