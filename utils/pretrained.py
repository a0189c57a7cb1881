"""Pretrained models: finds the folder of one, from the first source that has it; what was found is printed."""

from __future__ import annotations

import json
import re
from pathlib import Path

from utils import settings
from utils.hub import DataError, Snapshot, find_snapshot, reason

NEEDED = ("config.json", "model.safetensors", "tokenizer.json")
MEND = "Copy it again from where it came, or take it away."


def find_model(name: str, needed: tuple[str, ...] = NEEDED) -> Path:
    """The folder of a pretrained model, for `from_pretrained`.

    It is looked for in `models/` of the data folder, among the models that come with the book, in the local Hugging
    Face cache, and last on the hub, unless the preset is smoke.

    Args:
        name: of the folder, such as "imdb-bert-mini", or of a repository on the hub, such as "distilbert-base-uncased".
        needed: the files that it must have; one that reads no text has no tokenizer.

    Raises:
        DataError: the model is nowhere, a file is missing, cut short or corrupt, or a download broke off.
        FileNotFoundError: `LABS_DATA` is set and is not a folder.
    """
    last = name.rsplit("/", 1)[-1]
    for folder in (settings.data_dir(), *settings.SHIPPED):
        if (folder / "models" / last).is_dir():
            return _checked(folder / "models" / last, "folder", needed)
    if found := _find(name, needed, download=settings.preset() == "full"):
        return _checked(found.folder, found.source, needed)
    raise DataError(
        f"The model {name} is neither in {settings.data_dir() / 'models'} nor in the cache, and the hub has it not or "
        "is out of reach. Check the name, put its folder there, or take the book's own, imdb-bert-mini."
    )


def find_kind(architecture: str, repository: str, *, download: bool) -> tuple[Path, str] | None:
    """The folder of a pretrained model of some kind, and its name with its source; None when there is none.

    The first of its kind in `models/` of the data folder is taken, else `repository` from the local Hugging Face cache,
    else, if allowed, from the hub; a download that breaks off is told, and is no error.

    Args:
        architecture: pattern of the name that the model's config.json gives, such as "ForCausalLM$".
        repository: on the hub, such as "distilbert/distilgpt2".
        download: whether the hub may be asked.

    Raises:
        DataError: a config.json is cut short or corrupt.
        FileNotFoundError: `LABS_DATA` is set and is not a folder.
    """
    for config in sorted((settings.data_dir() / "models").glob("*/config.json")):
        try:
            names = json.loads(config.read_text(encoding="utf-8")).get("architectures") or []
        except (OSError, ValueError, AttributeError) as error:
            raise DataError(f"{config}: cannot be read ({reason(error)}). {MEND}") from error
        if any(re.search(architecture, name) for name in names):
            return config.parent, f"{config.parent.name} from the data folder"
    try:
        found = _find(repository, NEEDED[:2], download=download)
    except DataError as error:
        print(f"{error} This run goes on without it.")
        return None
    return (found.folder, f"{repository} from the {found.source}") if found else None


def _find(repository: str, needed: tuple[str, ...], *, download: bool) -> Snapshot | None:
    """A model in a cache that has the files that are needed, or on the hub; None when there is none."""
    return find_snapshot(
        repository,
        "model",
        ["*.json", "model.safetensors", "vocab.txt"],
        essential="model.safetensors",
        complete=lambda folder: all((folder / file).exists() for file in needed),
        download=download,
    )


def _checked(folder: Path, source: str, needed: tuple[str, ...]) -> Path:
    """The folder, after a look at its files."""
    from safetensors import safe_open

    for file in needed:
        if not (folder / file).is_file():
            raise DataError(f"{folder}: {file} is missing. {MEND}")
    weights = folder / "model.safetensors"
    try:
        with safe_open(weights, "pt"):  # compares the lengths in the header with that of the file
            pass
    except Exception as error:
        raise DataError(f"{weights}: cannot be read ({reason(error)}). {MEND}") from error
    print(f"Model {folder.name if source == 'folder' else 'from the ' + source}: {folder}")
    return folder
