"""Whether code runs in a notebook, and where what it writes to stderr goes there."""

from __future__ import annotations

import contextlib
import os
import sys
import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell


def shell() -> InteractiveShell | None:
    """IPython's shell; None in a plain program, which does not import IPython for the question."""
    ipython = sys.modules.get("IPython")
    return ipython.get_ipython() if ipython else None


def in_kernel() -> bool:
    """Whether a Jupyter kernel runs this: figures are then displayed."""
    return hasattr(shell(), "kernel")


@contextlib.contextmanager
def stderr_to_stdout() -> Iterator[None]:
    """Sends sys.stderr, Python warnings and file descriptor 2 (where C++ writes) to stdout."""

    def print_warning(
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        print(f"{category.__name__}: {message}")

    sys.stdout.flush()
    saved = os.dup(2)
    try:
        os.dup2(1, 2)
        with contextlib.redirect_stderr(sys.stdout), warnings.catch_warnings():
            warnings.showwarning = print_warning
            yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
