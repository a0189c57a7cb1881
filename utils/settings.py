"""The environment variables that steer a lab: LABS_PRESET, LABS_DATA and LABS_CACHE."""

import os
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

PACKAGE = Path(__file__).resolve().parent
# The checkout; for an installed wheel the folder in which the kernel started.
ROOT = PACKAGE.parent
if not (ROOT / "pyproject.toml").is_file():
    ROOT = Path.cwd()
# Which folders may hold stand_in/ and models/, the data that come with the book: a wheel carries them inside.
SHIPPED = (ROOT / "data", PACKAGE)
DRIVE = Path("/content/drive/MyDrive")  # where Colab mounts Google Drive


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


def cache_dir() -> Path:
    """The folder that is written to: decoded data, downloads, checkpoints. It is made when missing.

    `LABS_CACHE` decides; a relative one is taken from the checkout's root. When it is unset: Google Drive on a Colab
    machine that has mounted it, else `data/cache` of a checkout that can be written to, else the user's cache folder.

    Raises:
        OSError: the folder cannot be made or written to.
    """
    if value := os.environ.get("LABS_CACHE"):
        folder = ROOT / value
    elif DRIVE.is_dir():
        folder = DRIVE / "transformer-labs"
    elif (ROOT / "pyproject.toml").is_file() and os.access(ROOT / "data", os.W_OK):
        folder = ROOT / "data" / "cache"
    else:
        folder = Path.home() / ".cache" / "transformer-labs"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        writable = os.access(folder, os.W_OK)
    except OSError:
        writable = False
    if not writable:
        raise OSError(f"{folder} cannot be written to. Set LABS_CACHE to a folder of your own.")
    return folder
