"""The script takes the messages that can be learned from out of packages, deals them out, and writes them whole."""

import csv
import importlib.util
import io
import zipfile
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo

DATA = Path(__file__).resolve().parents[2] / "data"
SPEC = importlib.util.spec_from_file_location("make_translations", DATA / "make_translations.py")
script = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(script)

MESSAGES = {
    "Save": "Enregistrer",
    "Save…": "Enregistrer\u202f…",
    "Close %1": "Fermer %1",
    "Open %1": "Ouvrir",
    "Kernel": "Kernel",
    "%1 %2": "%2 %1",
    "Run": "",
    "It’s": "C’est",
    "x" * 101: "trop long",
}
CLEAN = {
    "Save": "Enregistrer",
    "Save...": "Enregistrer ...",
    "Close %1": "Fermer %1",
    "It's": "C'est",
}


def wheel(folder: Path, name: str, messages: dict, language: str = "fr") -> None:
    catalog = Catalog(locale=language)
    for english, french in messages.items():
        catalog.add(english, french)
    binary = io.BytesIO()
    write_mo(binary, catalog)
    folder.mkdir(exist_ok=True)
    with zipfile.ZipFile(folder / f"{name}-1.0-py3-none-any.whl", "w") as archive:
        archive.writestr(f"{name}/locale/{language}/LC_MESSAGES/app.mo", binary.getvalue())
        archive.writestr(f"{name}-1.0.dist-info/licenses/LICENSE", f"The license of {name}")


def test_what_cannot_be_learned_from_is_left_out():
    assert script.clean(MESSAGES.items()) == CLEAN


def test_of_several_translations_the_most_frequent_stays():
    pairs = [
        ("Open", "Ouvertes"),
        ("Open", "Ouvrir"),
        ("Open", "Ouvrir"),
        ("Edit", "Éditer"),
        ("Edit", "Modifier"),
    ]
    assert script.clean(pairs) == {"Open": "Ouvrir", "Edit": "Éditer"}


def test_messages_that_hardly_differ_share_a_split():
    for alike in (
        ["Save", "save...", "Save (2)", "Save %1"],
        ["{count} rows", "Rows", "%(n)s rows"],
    ):
        assert len({script.split_of(message) for message in alike}) == 1
    splits = [script.split_of(f"message {chr(97 + i // 26)}{chr(97 + i % 26)}") for i in range(500)]
    assert 30 < splits.count("test") < 70
    assert 30 < splits.count("validation") < 70


def test_the_files_are_written_whole_with_the_licenses(tmp_path, monkeypatch):
    monkeypatch.setattr(script, "FOLDER", tmp_path / "out")
    packs = tmp_path / "packs"
    wheel(packs, "one", MESSAGES)
    wheel(
        packs, "two", {"Save": "Sauver", "a cat": "un chat", ("dog", "dogs"): ("chien", "chiens")}
    )
    script.main(packs)
    rows = [
        line.split("\t")[1:] for line in (tmp_path / "out" / "en-fr.tsv").read_text().splitlines()
    ]
    assert rows[0] == ["package", "english", "french"]
    assert sorted(rows[1:]) == sorted(
        [["one", *pair] for pair in CLEAN.items()]
        + [["two", "a cat", "un chat"], ["two", "dog", "chien"], ["two", "dogs", "chiens"]]
    )
    licenses = (tmp_path / "out" / "LICENSES.txt").read_text()
    assert "one 1.0\n\nThe license of one" in licenses
    assert "two 1.0\n\nThe license of two" in licenses


def test_a_folder_that_helps_nothing_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(script, "FOLDER", tmp_path / "out")
    with pytest.raises(SystemExit, match="holds no wheel"):
        script.main(tmp_path)
    wheel(tmp_path / "packs", "german", {"Save": "Speichern"}, language="de")
    with pytest.raises(SystemExit, match="holds no French"):
        script.main(tmp_path / "packs")
    assert not (tmp_path / "out").exists()


def test_the_committed_file_has_the_form_that_the_script_gives():
    with (DATA / "translations" / "en-fr.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file, dialect="excel-tab"))[1:]
    assert all(len(row) == 4 and row[0] == script.split_of(row[2]) for row in rows)
    french = {row[2]: row[3] for row in rows}
    assert script.clean(french.items()) == french
