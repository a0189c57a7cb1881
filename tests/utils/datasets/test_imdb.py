"""Reviews come in three splits, and a disk that refuses is told from a file that is damaged."""

import os

import pytest

from utils import datasets
from utils.datasets import DataError


def test_imdb_has_three_splits(capfd):
    imdb = datasets.load_imdb()
    assert imdb.source == "stand-in"
    assert set(imdb.train["label"]) == set(imdb.test["label"]) == {0, 1}
    assert set(imdb.unsupervised["label"]) == {-1}
    assert isinstance(imdb.test[0]["text"], str)
    out, err = capfd.readouterr()
    assert "IMDB: 1,000 + 400 + 1,000 examples from the stand-in" in out
    assert err == ""


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
