"""A pretrained model is found in the first folder that has it, and a damaged one is named."""

import pytest
from transformers import BertConfig, BertForMaskedLM

from utils import hub, pretrained, settings
from utils.hub import DataError


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
def put_model(model, tmp_path, monkeypatch):
    """A function that puts the model `small` into the data folder or among the book's own; nothing else is there."""
    monkeypatch.setenv("LABS_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("LABS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("LABS_PRESET", "smoke")
    monkeypatch.setattr(settings, "SHIPPED", (tmp_path / "shipped",))
    (tmp_path / "data").mkdir()

    def put(parent: str):
        folder = tmp_path / parent / "models" / "small"
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir()
        for file in model.iterdir():
            (folder / file.name).write_bytes(file.read_bytes())
        return folder

    return put


def test_the_data_folder_comes_before_the_models_of_the_book(put_model, capsys):
    shipped = put_model("shipped")
    assert pretrained.find_model("small") == shipped
    own = put_model("data")
    assert pretrained.find_model("small") == own
    assert pretrained.find_model("somebody/small") == own
    assert str(own) in capsys.readouterr().out


def test_a_model_that_is_nowhere_is_an_error_with_a_way_out(put_model):
    with pytest.raises(DataError, match="imdb-bert-mini"):
        pretrained.find_model("no-such-model-anywhere")


@pytest.mark.parametrize("file", pretrained.NEEDED)
def test_a_missing_file_is_named(put_model, file):
    folder = put_model("shipped")
    (folder / file).unlink()
    with pytest.raises(DataError, match=f"{file} is missing"):
        pretrained.find_model("small")


def test_a_model_that_reads_no_text_needs_no_tokenizer(put_model):
    folder = put_model("shipped")
    (folder / "tokenizer.json").unlink()
    assert pretrained.find_model("small", ("config.json", "model.safetensors")) == folder
    (folder / "config.json").unlink()
    with pytest.raises(DataError, match=r"config\.json is missing"):
        pretrained.find_model("small", ("config.json", "model.safetensors"))


def test_weights_that_are_cut_short_are_named(put_model):
    weights = put_model("shipped") / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    with pytest.raises(DataError, match=r"model\.safetensors: cannot be read"):
        pretrained.find_model("small")


def test_a_model_is_found_by_its_kind(put_model):
    assert pretrained.find_kind("ForMaskedLM$", "no/such-model", download=False) is None
    folder = put_model("data")
    found = pretrained.find_kind("ForMaskedLM$", "no/such-model", download=False)
    assert found == (folder, "small from the data folder")
    assert pretrained.find_kind("ForCausalLM$", "no/such-model", download=False) is None


def test_a_model_of_the_hub_is_found_in_the_cache_without_a_tokenizer(put_model, model, tmp_path):
    repository = tmp_path / "cache" / "hub" / "models--some--small"
    snapshot = repository / "snapshots" / "abc"
    snapshot.mkdir(parents=True)
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text("abc")
    for file in ("config.json", "model.safetensors"):
        (snapshot / file).write_bytes((model / file).read_bytes())
    found = pretrained.find_kind("ForImageClassification$", "some/small", download=False)
    assert found == (snapshot, "some/small from the cache")


def test_a_damaged_config_is_named(put_model):
    (put_model("data") / "config.json").write_text("{")
    with pytest.raises(DataError, match=r"config\.json: cannot be read"):
        pretrained.find_kind("ForMaskedLM$", "no/such-model", download=False)


def test_a_download_that_breaks_off_is_told_and_the_lab_goes_on(put_model, monkeypatch, capsys):
    def breaks_off(repository, kind, patterns, cache, *, local_files_only):
        if not local_files_only:
            raise DataError("The download of some/model broke off.")

    monkeypatch.setattr(hub, "hub_folder", breaks_off)
    assert pretrained.find_kind("ForMaskedLM$", "some/model", download=True) is None
    assert "broke off. This run goes on without it." in capsys.readouterr().out


def test_a_path_is_no_name_of_a_model(put_model):
    with pytest.raises(DataError, match=r"neither in .* nor in the cache"):
        pretrained.find_model("/home/me/bert")
