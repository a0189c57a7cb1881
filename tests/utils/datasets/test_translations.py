"""Translations come in parts that share no line, and the French is right."""

import re

import pytest

from utils import settings
from utils.datasets import DataError, cldr_phrases, load_messages


def test_the_messages_are_there_and_no_part_holds_lines_of_another(capsys):
    messages = load_messages()
    assert "of 7 packages" in capsys.readouterr().out
    parts = [messages.train, messages.validation, messages.test]
    assert [len(part) for part in parts] == [8237, 1039, 1051]
    for part in ("validation", "test"):
        lines = {pair.english.lower().rstrip(".") for pair in getattr(messages, part)}
        assert not lines & {pair.english.lower().rstrip(".") for pair in messages.train}
    french = {pair.english: pair.french for pair in messages.train}
    assert french["Folded lines"] == "Lignes repliées"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "is missing"),
        ("split\tenglish\n", "its first line is not split, package"),
        ("split\tpackage\tenglish\tfrench\ntest\ta\n", "cannot be read"),
        ("split\tpackage\tenglish\tfrench\nx\ta\tb\tc\n", "cannot be read"),
    ],
)
def test_a_file_that_is_missing_or_damaged_is_named(tmp_path, monkeypatch, content, words):
    monkeypatch.setattr(settings, "SHIPPED", (tmp_path,))
    if content is not None:
        (tmp_path / "translations").mkdir()
        (tmp_path / "translations" / "en-fr.tsv").write_text(content, encoding="utf-8")
    with pytest.raises(DataError, match=rf"en-fr\.tsv.*{words}"):
        load_messages()


def test_phrases_are_of_all_kinds_and_the_same_for_the_same_seed():
    phrases = cldr_phrases(600)
    assert (len(phrases.train), len(phrases.validation), len(phrases.test)) == (480, 60, 60)
    everything = phrases.train + phrases.validation + phrases.test
    assert len({pair.english for pair in everything}) == 600
    assert {pair.source for pair in everything} == {"name", "date", "amount", "list", "ago"}
    assert not any(re.search(r"[^\S ]", pair.english + pair.french) for pair in everything)
    assert cldr_phrases(600) == phrases
    assert cldr_phrases(600, seed=1) != phrases


@pytest.mark.parametrize(
    ("kind", "english", "french"),
    [
        (
            "date",
            r"[A-Z]\w+day, [A-Z]\w+ \d+, \d{4}",
            r"\w+di \d+ \w+ \d{4}|dimanche \d+ \w+ \d{4}",
        ),
        ("ago", r"in [\d,]+ \w+|[\d,]+ \w+ ago", r"(dans|il y a) [\d ]+ \w+"),
        ("name", r".+ \(.+\)", r".+ \(.+\)"),
    ],
)
def test_each_language_has_its_form(kind, english, french):
    pairs = [pair for pair in cldr_phrases(600).train if pair.source == kind]
    assert len(pairs) > 50
    assert all(re.fullmatch(english, pair.english) for pair in pairs)
    assert all(re.fullmatch(french, pair.french) for pair in pairs)
