"""Files and folders that are written whole or not at all."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def atomic_write(path: Path) -> Iterator[Path]:
    """Writes beside a path first: `with atomic_write(path) as part: part.write_text(...)`.

    What the block wrote to `part`, a file or a folder, takes the place of `path` when it ends. When it fails, `path` is
    what it was before, and `part` is gone. Parent folders are made.

    Raises:
        OSError: a folder cannot be made, the disk is full, or the old file cannot be replaced.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        yield part
        if part.is_dir():
            shutil.rmtree(path, ignore_errors=True)  # a folder cannot be renamed onto another one
        else:
            with part.open("r+b") as file:
                os.fsync(file.fileno())
        os.replace(part, path)
    finally:
        if part.is_dir():
            shutil.rmtree(part)
        else:
            part.unlink(missing_ok=True)
