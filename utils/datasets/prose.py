"""English prose for a language model: the texts that every Python brings, and the student's own."""

from __future__ import annotations

import ast
import importlib
import random
import re
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from utils import settings
from utils.hub import DataError, reason

PIECE = 200  # paragraphs that stay together when a text is split into train and held out
RUN = 5  # words in a row; a paragraph half of whose runs have stood before is a repetition


@dataclass(frozen=True)
class Prose:
    """Paragraphs of English, in the order of their texts; none of `held_out` is in `train`."""

    train: list[str]
    held_out: list[str]


def load_prose(modules: int | None = None, held_out: float = 0.1) -> Prose:
    """Loads the English that comes with Python: its help topics and the docstrings of its standard library.

    Every `.txt` file in the data folder is read too. A paragraph is left out when it repeats what stood before: when
    half of its runs of `RUN` words, whatever their case and punctuation, are old. Then pieces of `PIECE` paragraphs
    are dealt to the two parts. The text varies with the version of Python.

    Args:
        modules: read the docstrings of so many modules, spread evenly; None for all of them.
        held_out: share of the characters that is held out.

    Raises:
        DataError: a `.txt` file is not UTF-8, or nothing was found.
        FileNotFoundError: `LABS_DATA` is set and is not a folder.
    """
    files = sorted(settings.data_dir().glob("*.txt"))
    topics, docstrings = _topics(), list(_docstrings(modules))
    seen: set[tuple[str, ...]] = set()
    pieces: list[list[str]] = []
    for text in (*map(_read, files), *topics, *docstrings):
        new = []
        for paragraph in re.split(r"\n\s*\n", text):
            words = tuple(re.findall(r"\w+", paragraph.lower()))
            runs = {words[i : i + RUN] for i in range(max(1, len(words) - RUN + 1))}
            if words and len(runs & seen) < len(runs) / 2:
                new.append(paragraph.strip("\n").rstrip())
            seen |= runs
        pieces += (new[start : start + PIECE] for start in range(0, len(new), PIECE))
    if not pieces:
        raise DataError(
            "This Python has neither help topics nor the sources of its standard library. "
            f"Put a text file, its name ending in .txt, into {settings.data_dir()}."
        )
    random.Random(0).shuffle(pieces)
    goal = held_out * sum(len(paragraph) for piece in pieces for paragraph in piece)
    train: list[str] = []
    kept_back: list[str] = []
    for piece in pieces:
        enough = sum(map(len, kept_back)) >= goal
        (train if enough else kept_back).extend(piece)
    print(
        f"Prose: {len(train):,} + {len(kept_back):,} paragraphs from {len(topics)} help topics of Python, the "
        f"docstrings of {len(docstrings)} modules, and {len(files)} files *.txt in {settings.data_dir()}"
    )
    return Prose(train=train, held_out=kept_back)


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(
            f"{file}: cannot be read ({reason(error)}). Save it as UTF-8, or take it away."
        ) from error


def _topics() -> list[str]:
    """What `help("topics")` offers."""
    try:
        return list(importlib.import_module("pydoc_data.topics").topics.values())
    except ImportError:  # some distributions package it apart
        return []


def _docstrings(modules: int | None) -> Iterator[str]:
    """For each module of the standard library that has any, its docstrings in one text; its own tests are left out."""
    library = Path(sysconfig.get_path("stdlib"))
    without = {"site-packages", "dist-packages", "test", "tests", "idle_test"}
    sources = sorted(library.rglob("*.py"))
    files = [file for file in sources if not without & set(file.relative_to(library).parts)]
    step = max(1, len(files) // modules) if modules else 1
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    for file in files[::step]:
        try:
            tree = ast.parse(file.read_bytes())
        except (OSError, SyntaxError, ValueError):  # templates, and deliberately broken sources
            continue
        found = (ast.get_docstring(node) for node in ast.walk(tree) if isinstance(node, documented))
        if text := "\n\n".join(filter(None, found)):
            yield text
