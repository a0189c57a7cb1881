"""No paragraph is in both parts, and what students add is read too."""

import re
import sys
from collections import Counter

import pytest

from utils import datasets
from utils.datasets import DataError


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
