"""Where a dataset or a model of the Hugging Face hub is found, and what to say when it cannot be read."""

from __future__ import annotations

import errno
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from utils import settings
from utils.notebook import stderr_to_stdout

FULL = (errno.ENOSPC, errno.EDQUOT)
MEND = "Delete the file, then copy or download it again."


class DataError(RuntimeError):
    """Data that cannot be used. The message names the file and the mend."""


class Snapshot(NamedTuple):
    """A repository of the hub on this machine."""

    source: Literal["cache", "hub"]
    folder: Path


def find_snapshot(
    repository: str,
    kind: Literal["dataset", "model"],
    patterns: Sequence[str],
    *,
    essential: str,
    complete: Callable[[Path], bool],
    download: bool,
) -> Snapshot | None:
    """Looks for a repository in the user's own Hugging Face cache, in the book's, then on the hub.

    Args:
        repository: its name, such as "stanfordnlp/imdb".
        kind: what it holds.
        patterns: of the files that are wanted.
        essential: the pattern of a file without which even a download is of no use. One that lacks others is returned:
            half a download is no reason to go on as if there were none.
        complete: whether a folder in a cache has all that is wanted.
        download: whether the hub may be asked.

    Returns:
        None when it is neither here nor within reach.

    Raises:
        DataError: a download broke off, or the disk is full.
    """
    own = settings.cache_dir() / "hub"
    for cache in (None, own):
        folder = hub_folder(repository, kind, patterns, cache, local_files_only=True)
        if folder and complete(folder):
            return Snapshot("cache", folder)
    if download:
        folder = hub_folder(repository, kind, patterns, own, local_files_only=False)
        if folder and any(folder.glob(essential)):
            return Snapshot("hub", folder)
    return None


def hub_folder(
    repository: str,
    kind: Literal["dataset", "model"],
    patterns: Sequence[str],
    cache: Path | None,
    *,
    local_files_only: bool,
) -> Path | None:
    """The folder of a repository of the hub; None when it is not here, and not there or not within reach.

    Args:
        repository: its name.
        kind: what it holds.
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
                allow_patterns=list(patterns),
                cache_dir=cache,
                local_files_only=local_files_only,
            )
    except (LocalEntryNotFoundError, RepositoryNotFoundError, HFValidationError):
        return None
    except Exception as error:
        if _system_error(error) in FULL:
            raise unreadable(repository, error) from error
        without = " Or set HF_HUB_OFFLINE=1 and restart the kernel, to go on with the stand-in."
        raise DataError(
            f"The download of {repository} broke off ({reason(error)}). "
            f"Run the cell again: what has arrived is kept.{without if kind == 'dataset' else ''}"
        ) from error
    return Path(folder)


def unreadable(file: Path | str, error: Exception) -> DataError:
    """What to say when a file could not be read: whether the file is to blame, or the machine."""
    number = _system_error(error)
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


def reason(error: BaseException) -> str:
    """The kind of an error and the first line of what it says."""
    return (
        f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else 'no reason given'}"
    )


def _system_error(error: BaseException | None) -> int | None:
    """The number of the operating system's error that an exception came from, if any."""
    while error is not None:
        if isinstance(error, OSError) and error.errno:
            return error.errno
        error = error.__cause__ or error.__context__
    return None
