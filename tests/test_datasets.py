"""The loaders find the data in the order that is promised, and name a file that cannot be used."""

import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections import Counter
from pathlib import Path

import pyarrow.parquet as parquet
import pytest
import torch

from utils import datasets, settings
from utils.datasets import DataError

STAND_IN = settings.ROOT / "data" / "stand_in"


@pytest.fixture(autouse=True)
def alone(tmp_path, monkeypatch):
    """No network, no caches but empty ones, no LABS_DATA."""
    monkeypatch.setenv("LABS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("LABS_PRESET", "smoke")
    monkeypatch.delenv("LABS_DATA", raising=False)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A LABS_DATA that holds a copy of the stand-ins."""
    shutil.copytree(STAND_IN, tmp_path / "data")
    monkeypatch.setenv("LABS_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


def test_without_a_network_there_is_the_stand_in_and_a_warning(capfd):
    cifar = datasets.load_cifar10()
    assert cifar.source == "stand-in"
    assert cifar.train_images.shape == (2000, 3, 32, 32)
    assert cifar.test_images.dtype == torch.uint8
    assert len(cifar.classes) == 10
    out, err = capfd.readouterr()
    assert "CIFAR-10: 2,000 + 500 examples from the stand-in" in out
    assert "figures on it mean nothing" in out
    assert err == ""


def test_imdb_has_three_splits(capfd):
    imdb = datasets.load_imdb()
    assert imdb.source == "stand-in"
    assert set(imdb.train["label"]) == set(imdb.test["label"]) == {0, 1}
    assert set(imdb.unsupervised["label"]) == {-1}
    assert isinstance(imdb.test[0]["text"], str)
    out, err = capfd.readouterr()
    assert "IMDB: 1,000 + 400 + 1,000 examples from the stand-in" in out
    assert err == ""


def test_the_folder_comes_first_and_a_second_load_decodes_nothing(folder, capsys, monkeypatch):
    first = datasets.load_cifar10()
    assert first.source == "folder"
    assert f"from the folder, {folder / 'cifar10'}" in capsys.readouterr().out
    monkeypatch.setattr(datasets, "_decode", None)
    again = datasets.load_cifar10()
    assert torch.equal(again.train_images, first.train_images)
    assert again.classes == first.classes


def test_the_local_cache_of_hugging_face_comes_next(tmp_path):
    repository = tmp_path / "hub" / "datasets--uoft-cs--cifar10"
    shutil.copytree(STAND_IN / "cifar10", repository / "snapshots" / "abc")
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text("abc")
    assert datasets.load_cifar10().source == "cache"


def test_a_damaged_cache_is_made_anew(folder, capsys):
    wanted = datasets.load_cifar10().test_images
    (cached,) = settings.cache_dir().glob("cifar10-*.pt")
    cached.write_bytes(cached.read_bytes()[:5000])
    assert torch.equal(datasets.load_cifar10().test_images, wanted)
    assert "was damaged and is made anew" in capsys.readouterr().out


def test_a_full_disk_costs_the_cache_only(folder, capsys, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(datasets.os, "replace", full)
    assert datasets.load_cifar10().source == "folder"
    assert "are not kept in" in capsys.readouterr().out
    assert not list(settings.cache_dir().glob("cifar10*"))


@pytest.mark.parametrize(
    ("number", "words"), [(28, "The disk is full.*LABS_CACHE"), (13, "not write to")]
)
def test_a_disk_that_refuses_is_not_blamed_on_the_data(folder, monkeypatch, number, words):
    def refuse(*_, **__):
        raise RuntimeError("no dataset was made") from OSError(number, os.strerror(number))

    monkeypatch.setattr("datasets.load_dataset", refuse)
    with pytest.raises(DataError, match=words) as caught:
        datasets.load_imdb()
    assert "Delete the file" not in str(caught.value)


def test_half_of_a_download_is_not_taken_for_the_whole(tmp_path):
    repository = tmp_path / "hub" / "datasets--uoft-cs--cifar10"
    shutil.copytree(STAND_IN / "cifar10", repository / "snapshots" / "abc")
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text("abc")
    next(repository.rglob("train-*.parquet")).unlink()
    assert datasets.load_cifar10().source == "stand-in"


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:9000])


def blank(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[1000:9000] = bytes(8000)
    file.write_bytes(data)


@pytest.mark.parametrize("load", [datasets.load_cifar10, datasets.load_imdb])
@pytest.mark.parametrize("damage", [cut, blank])
def test_a_damaged_file_is_named_with_its_mend(folder, load, damage):
    name = load.__name__.removeprefix("load_")
    damage(folder / name / "plain_text" / "test-00000-of-00001.parquet")
    with pytest.raises(
        DataError, match=r"test-00000-of-00001\.parquet: cannot be read .*Delete the file"
    ):
        load()


@pytest.mark.parametrize(
    ("load", "column"), [(datasets.load_cifar10, "img"), (datasets.load_imdb, "text")]
)
def test_a_missing_column_is_named(folder, load, column):
    file = (
        folder / load.__name__.removeprefix("load_") / "plain_text" / "train-00000-of-00001.parquet"
    )
    parquet.write_table(parquet.read_table(file).rename_columns({column: "other"}), file)
    with pytest.raises(
        DataError, match=f"the column {column} is missing; the file has other, label"
    ):
        load()


def test_a_missing_file_is_no_reason_to_fall_back(folder):
    (folder / "imdb" / "plain_text" / "test-00000-of-00001.parquet").unlink()
    with pytest.raises(DataError, match=r"0 of 1 files test-\*\.parquet are there"):
        datasets.load_imdb()
    shutil.rmtree(folder / "imdb" / "plain_text")
    with pytest.raises(DataError, match="plain_text is missing"):
        datasets.load_imdb()


def test_one_of_two_files_is_not_enough(folder):
    text = folder / "cifar10" / "plain_text"
    (text / "train-00000-of-00001.parquet").rename(text / "train-00000-of-00002.parquet")
    with pytest.raises(DataError, match="1 of 2 files train"):
        datasets.load_cifar10()


def test_a_shared_folder_may_be_read_only(folder):
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        assert datasets.load_imdb().source == datasets.load_cifar10().source == "folder"
    finally:
        for path in (folder, *folder.rglob("*")):
            path.chmod(0o755)


def test_the_wheel_brings_the_stand_ins_and_the_model(tmp_path):
    """A notebook that was fetched alone into an empty home finds utils, data and model in the installed wheel."""
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory"]
    subprocess.run([*command, str(tmp_path)], cwd=settings.ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    home = tmp_path / "home"
    home.mkdir()
    code = (
        f"import sys; sys.path.insert(0, {str(tmp_path / 'site')!r})\n"
        "from utils import datasets, pretrained; print(datasets.__file__); datasets.load_cifar10()\n"
        "pretrained.find_model('imdb-bert-mini')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=home, capture_output=True, text=True, check=True
    )
    assert str(tmp_path / "site") in done.stdout
    assert f"from the stand-in, {tmp_path / 'site' / 'utils' / 'stand_in'}" in done.stdout
    assert f"imdb-bert-mini: {tmp_path / 'site' / 'utils' / 'models'}" in done.stdout


def words(paragraph):
    return tuple(re.findall(r"\w+", paragraph.lower()))


def test_no_paragraph_of_the_prose_is_in_both_parts_or_twice_in_one(capsys):
    prose = datasets.load_prose()
    train, held_out = map(words, prose.train), list(map(words, prose.held_out))
    counts = Counter(train)
    assert max(counts.values()) == 1 == max(Counter(held_out).values())
    assert not counts.keys() & set(held_out)
    sizes = [sum(map(len, part)) for part in (prose.train, prose.held_out)]
    assert 0.09 < sizes[1] / sum(sizes) < 0.13
    assert min(sizes) > 50_000
    assert f"{len(prose.train):,} + {len(prose.held_out):,} paragraphs" in capsys.readouterr().out


def test_fewer_modules_give_less_prose_and_the_same_each_time():
    few = datasets.load_prose(modules=20)
    assert few == datasets.load_prose(modules=20)
    assert len(few.train) < len(datasets.load_prose(modules=60).train)


def test_text_files_of_the_student_are_prose_too(folder):
    paragraphs = [f"paragraph number {i} about zeugmas" for i in range(500)]
    (folder / "mine.txt").write_text(
        "\n\n".join([*paragraphs, "Paragraph number 7, about zeugmas!"])
    )
    prose = datasets.load_prose(modules=1)
    mine = [p for part in (prose.train, prose.held_out) for p in part if "zeugmas" in p]
    assert sorted(mine) == sorted(paragraphs)
    assert any("zeugmas" in p for p in prose.train)


def test_a_paragraph_with_a_word_or_two_changed_is_a_repetition(folder):
    first = "The zeugma joins two unlike things under one verb, and readers smile at the mismatch."
    nearly = first.replace("smile", "frown")
    other = "She took her hat and her leave, the textbooks say, and every reader knows the example."
    (folder / "mine.txt").write_text("\n\n".join([first, nearly, other]))
    prose = datasets.load_prose(modules=1)
    mine = [
        p for part in (prose.train, prose.held_out) for p in part if p in (first, nearly, other)
    ]
    assert sorted(mine) == sorted([first, other])


def test_a_text_file_in_another_encoding_is_named(folder):
    (folder / "latin.txt").write_bytes("Ärger".encode("latin-1"))
    with pytest.raises(DataError, match=r"latin\.txt: cannot be read .* Save it as UTF-8"):
        datasets.load_prose(modules=1)


def test_a_python_without_any_prose_says_what_to_do(folder, monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "pydoc_data.topics", None)
    monkeypatch.setattr("sysconfig.get_path", lambda name: str(tmp_path / "nothing"))
    with pytest.raises(DataError, match=r"Put a text file, its name ending in \.txt, into"):
        datasets.load_prose()
