"""A pretrained model is found in the nearest place that has it, and a damaged one is named."""

import pytest
from transformers import BertConfig, BertForMaskedLM

from utils import pretrained
from utils.datasets import DataError


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """A folder as `save_pretrained` writes it."""
    folder = tmp_path_factory.mktemp("saved")
    config = BertConfig(
        vocab_size=10,
        hidden_size=8,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=8,
    )
    BertForMaskedLM(config).save_pretrained(folder)
    (folder / "tokenizer.json").write_text("{}")
    return folder


@pytest.fixture
def places(model, tmp_path, monkeypatch):
    """A function that puts the model `small` into the data folder or among the book's own; nothing else is there."""
    monkeypatch.setenv("LABS_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("LABS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("LABS_PRESET", "smoke")
    monkeypatch.setattr(pretrained, "SHIPPED", (tmp_path / "shipped",))
    (tmp_path / "data").mkdir()

    def put(place: str):
        folder = tmp_path / place / "small"
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir()
        for file in model.iterdir():
            (folder / file.name).write_bytes(file.read_bytes())
        return folder

    return put


def test_the_data_folder_comes_before_the_models_of_the_book(places, capsys):
    shipped = places("shipped")
    assert pretrained.find_model("small") == shipped
    own = places("data/models")
    assert pretrained.find_model("small") == own
    assert pretrained.find_model("somebody/small") == own
    assert str(own) in capsys.readouterr().out


def test_a_model_that_is_nowhere_is_an_error_with_a_way_out(places):
    with pytest.raises(DataError, match="imdb-bert-mini"):
        pretrained.find_model("no-such-model-anywhere")


@pytest.mark.parametrize("file", pretrained.NEEDED)
def test_a_missing_file_is_named(places, file):
    folder = places("shipped")
    (folder / file).unlink()
    with pytest.raises(DataError, match=f"{file} is missing"):
        pretrained.find_model("small")


def test_weights_that_are_cut_short_are_named(places):
    weights = places("shipped") / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    with pytest.raises(DataError, match=r"model\.safetensors: cannot be read"):
        pretrained.find_model("small")
