"""The pretraining of the GPT that Lab 11 makes an assistant of, and the model that travels with the book."""

import importlib.util
import json
import sys
from pathlib import Path

import pytest
import torch
from conftest import ROOT
from safetensors.torch import load_file
from tokenizers import Tokenizer

from course.build import build_notebook
from course.layout import find_labs

sys.path.append(str(ROOT / "data"))  # the script imports its siblings
SCRIPT = ROOT / "data" / "pretrain_imdb_gpt.py"
SPEC = importlib.util.spec_from_file_location("pretrain_imdb_gpt", SCRIPT)
script = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(script)


@pytest.fixture(scope="module")
def lab_gpt() -> type[torch.nn.Module]:
    """The GPT class that Lab 11 gives to students."""
    lab = next(lab for lab in find_labs() if lab.name == "11_alignment")
    cells = {cell.id: cell.source for cell in build_notebook(lab).notebook.cells}
    names = {"torch": torch, "nn": torch.nn, "F": torch.nn.functional}
    for cell in ("gpt_blocks", "gpt"):
        exec(cells[cell], names)
    return names["GPT"]


def test_a_review_is_one_line():
    assert script.plain("Bad.<br /><br />Very  bad.\n") == "Bad. Very bad."


def test_windows_begin_at_each_review_and_in_long_ones_at_every_stride():
    ids = torch.tensor([0, 5, 5, 0, 5, 5, 5, 5, 5, 5, 0, 5, 5, 5, 5])
    starts = script.window_starts(ids, end=0, context=3)
    assert starts.tolist() == [0, 3, 6, 10]  # the second review has 7 tokens: two windows


def test_a_window_that_the_text_ends_in_is_left_out():
    ids = torch.tensor([0, 5, 5, 5, 0, 5])
    assert script.window_starts(ids, end=0, context=3).tolist() == [0]


def test_the_model_that_travels_with_the_book_is_small_whole_and_as_its_card_says(lab_gpt):
    folder: Path = script.FOLDER
    assert sum(file.stat().st_size for file in folder.iterdir()) < 8e6
    sizes = json.loads((folder / "config.json").read_text())
    assert sizes == script.SIZES
    model = lab_gpt(**sizes)
    model.load_state_dict(load_file(folder / "model.safetensors"))
    log = json.loads((folder / "pretraining.json").read_text())
    card = (folder / "README.md").read_text(encoding="utf-8")
    assert card == script.card(log, sum(p.numel() for p in model.parameters()))
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    assert tokenizer.get_vocab_size() == sizes["vocab_size"]
    text = "I watched this movie last night, and the acting was so bad that I fell asleep."
    ids = script.ids_of(tokenizer, [text])
    found = script.bits_per_byte(model.eval(), ids, len(text), sizes["context"])
    assert found < 1.5 * log["evaluations"][-1]["held out"]  # it has learned something, and fits


def test_its_markers_are_tokens_that_no_text_has_and_that_it_never_writes(lab_gpt):
    folder: Path = script.FOLDER
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    markers = [tokenizer.token_to_id(name) for name in script.SPECIAL]
    assert None not in markers
    tokenizer.encode_special_tokens = True
    text = "".join(script.SPECIAL)
    assert not set(tokenizer.encode(text).ids) & set(markers)
    model = lab_gpt(**script.SIZES)
    model.load_state_dict(load_file(folder / "model.safetensors"))
    tokens = torch.tensor([tokenizer.encode("This is a very good film. ").ids])
    with torch.no_grad():
        chances = model.eval()(tokens).softmax(dim=-1)
    assert chances[..., markers[1:]].max() < 1e-3
