"""The environment variables that steer a lab: LABS_PRESET and LABS_DATA."""

import os
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

ROOT = Path(__file__).resolve().parent.parent


def preset() -> str:
    """The length of every training: "full", or "smoke" to run the same code in seconds.

    `LABS_PRESET` decides. When it is unset, nbgrader's Validate and autograde get "smoke" and everyone else "full".

    Raises:
        ValueError: `LABS_PRESET` is neither "full" nor "smoke".
    """
    default = "smoke" if "NBGRADER_EXECUTION" in os.environ else "full"
    value = os.environ.get("LABS_PRESET") or default
    if value not in ("full", "smoke"):
        raise ValueError(f"LABS_PRESET is {value!r}; set it to full or smoke, or unset it.")
    return value


def scaled(*, full: T, smoke: T) -> T:
    """The value for the present preset: `scaled(full=200, smoke=5)` epochs."""
    return full if preset() == "full" else smoke


def data_dir() -> Path:
    """The folder that holds datasets and models: `LABS_DATA`, by default `data/` of the checkout.

    A relative `LABS_DATA` is taken from the checkout's root, wherever the kernel runs.

    Raises:
        FileNotFoundError: `LABS_DATA` is set and is not a folder.
    """
    value = os.environ.get("LABS_DATA")
    folder = ROOT / (value or "data")
    if value and not folder.is_dir():
        raise FileNotFoundError(
            f"LABS_DATA is set to {value!r}, and {folder} is not a folder. "
            "Correct it, or unset it to use the book's own data folder."
        )
    return folder
