"""The pretraining of the small GPT: a true measure, and a folder whose weights fit the GPT of the labs."""

import importlib.util
import json
import math
from pathlib import Path

import nbformat
import pytest
import torch
from conftest import ROOT
from safetensors.torch import load_file
from tokenizers import Tokenizer

SCRIPT = ROOT / "data" / "pretrain_gpt.py"
SPEC = importlib.util.spec_from_file_location("pretrain_gpt", SCRIPT)
script = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(script)

SMALL = {"vocab_size": 300, "context": 12, "d_model": 16, "n_layers": 2, "n_heads": 4}
PARAGRAPHS = ["the cat sat on the mat", "the dog sat on the cat", "naïve 42"] * 5


@pytest.fixture(scope="module")
def lab_gpt() -> type[torch.nn.Module]:
    """The GPT class that Lab 09 gives to students."""
    notebook = nbformat.read(ROOT / "labs" / "09_generation" / "09_generation.ipynb", 4)
    cells = {cell.id: cell.source for cell in notebook.cells}
    names = {"torch": torch, "nn": torch.nn, "F": torch.nn.functional}
    for cell in ("gpt_blocks", "gpt"):
        exec(cells[cell], names)
    return names["GPT"]


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return script.train_tokenizer(PARAGRAPHS, SMALL["vocab_size"])


def test_a_text_comes_back_and_the_end_of_text_is_one_token_before_each_paragraph(tokenizer):
    ids = script.ids_of(tokenizer, ["the cat", "naïve ✓"])
    end = tokenizer.token_to_id(script.END)
    assert (ids == end).nonzero().flatten().tolist()[0] == 0
    assert (ids == end).sum() == 2
    text = tokenizer.decode(ids.tolist(), skip_special_tokens=False)
    assert text == f"{script.END}the cat{script.END}naïve ✓"


def test_an_interrupted_pretraining_keeps_its_vocabulary(tmp_path):
    file = tmp_path / "folder" / "tokenizer.json"
    first = script.kept_tokenizer(file, PARAGRAPHS, 300)
    again = script.kept_tokenizer(file, ["other words"], 300)
    assert again.get_vocab() == first.get_vocab()
    assert [path.name for path in file.parent.iterdir()] == ["tokenizer.json"]


class Even(torch.nn.Module):
    """Finds all of 8 tokens equally probable, or the one sure that was named."""

    def __init__(self, sure: int | None = None) -> None:
        super().__init__()
        self.bias = torch.nn.Parameter(torch.zeros(8))
        if sure is not None:
            self.bias.data[sure] = 30.0

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        return self.bias.expand(*tokens.shape, 8)


@pytest.mark.parametrize("length", [2, 6, 7, 12, 13, 14, 60])
def test_every_token_after_the_first_is_paid_for_once(length):
    ids = torch.ones(length, dtype=torch.long)
    bits = script.bits_per_byte(Even(), ids, n_bytes=5, context=12)
    assert bits == pytest.approx((length - 1) * 3 / 5)
    assert script.bits_per_byte(Even(sure=1), ids, 5, 12) == pytest.approx(0, abs=1e-6)
    ids[-1] = 3
    last_alone = script.bits_per_byte(Even(sure=1), ids, 5, 12)
    assert last_alone == pytest.approx(30 / math.log(2) / 5, rel=1e-4)


def test_a_passage_comes_twice_in_half_of_the_windows_from_some_step_on():
    rows = torch.arange(3000).unfold(0, 257, 64)
    batches = script.Windows(rows, batch_size=script.BATCH)
    early, late = batches[script.TWICE_FROM - 1][0], batches[script.TWICE_FROM][0]
    assert (early.diff(dim=1) == 1).all()
    for i, row in enumerate(late):
        again = (row == row[0]).nonzero().flatten().tolist()
        if i < script.TWICE:
            assert len(again) == 2
            assert script.SHORTEST <= again[1] <= script.LONGEST
            assert torch.equal(row[again[1] :], torch.arange(row[0], row[0] + 257 - again[1]))
        else:
            assert again == [0]
    assert torch.equal(late, batches[script.TWICE_FROM][0])
    assert torch.equal(rows, torch.arange(3000).unfold(0, 257, 64))  # the text itself is as it was


def test_the_rate_rises_and_falls_to_zero():
    rates = [script.schedule((step + 0.5) / 1000) for step in range(1000)]
    top = rates.index(max(rates))
    assert 0.1 < top / 1000 < 0.2
    assert rates[:top] == sorted(rates[:top])
    assert rates[top:] == sorted(rates[top:], reverse=True)
    assert rates[0] < 0.01
    assert rates[-1] < 0.01


def test_a_text_within_the_context_is_read_at_once():
    torch.manual_seed(0)
    model = script.GPT(**SMALL).eval()
    ids = torch.randint(300, (7,))
    logits = model(ids[None, :-1])[0].log_softmax(-1)
    nats = -logits[torch.arange(6), ids[1:]].sum().item()
    found = script.bits_per_byte(model, ids, n_bytes=9, context=12)
    assert found == pytest.approx(nats / math.log(2) / 9, rel=1e-4)


def test_every_weight_has_one_optimizer_and_matrices_of_the_blocks_have_muon():
    model = script.GPT(**SMALL)
    parts = [
        [p for group in optimizer.param_groups for p in group["params"]]
        for optimizer in script.optimizers(model)
    ]
    assert {id(p) for part in parts for p in part} == {id(p) for p in model.parameters()}
    assert sum(map(len, parts)) == len(list(model.parameters()))
    assert len(parts[0]) == 4 * SMALL["n_layers"]


def test_the_saved_weights_give_the_logits_of_the_training_in_the_class_of_the_labs(
    lab_gpt, tokenizer, tmp_path
):
    torch.manual_seed(0)
    model = script.GPT(**SMALL)
    with torch.no_grad():
        for weight in model.parameters():
            weight.copy_((0.3 * torch.randn_like(weight)).half())
    model.eval()
    log = {"steps": 40, "seconds": 720, "paragraphs": 15, "tokens of the text": 90}
    log |= {"tokens read": 640, "python": "3.11", "hardware": "cpu", "evaluations": []}
    for step, bits in ((20, 2.5), (40, 2.0)):
        log["evaluations"].append({"step": step, "held out": bits, "training text": bits - 0.1})
    folder = tmp_path / "models" / "small"
    tokens = torch.randint(300, (2, 12))
    before = model(tokens)
    text = script.card(log, sum(p.numel() for p in model.parameters()))
    for _ in range(2):  # the second one takes the place of the first
        script.save(model, tokenizer, SMALL, log, text, folder)
    assert [path.name for path in folder.parent.iterdir()] == ["small"]
    loaded = lab_gpt(**json.loads((folder / "config.json").read_text()))
    loaded.load_state_dict(load_file(folder / "model.safetensors"))
    assert torch.allclose(loaded(tokens), before, atol=1e-4)
    card = (folder / "README.md").read_text(encoding="utf-8")
    assert "| 20 | 2.500 | 2.400 |" in card
    assert "| 40 | 2.000 | 1.900 |" in card
    assert "12 minutes on\ncpu" in card


def test_dropout_works_in_training_alone():
    model = script.GPT(**SMALL)
    tokens = torch.randint(300, (1, 8))
    assert not torch.equal(model(tokens), model(tokens))
    model.eval()
    assert torch.equal(model(tokens), model(tokens))


def test_the_model_that_travels_with_the_book_is_small_whole_and_as_its_card_says(lab_gpt):
    folder: Path = script.FOLDER
    assert sum(file.stat().st_size for file in folder.iterdir()) < 8e6
    sizes = json.loads((folder / "config.json").read_text())
    assert sizes == script.SIZES
    model = lab_gpt(**sizes)
    model.load_state_dict(load_file(folder / "model.safetensors"))
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    assert tokenizer.get_vocab_size() == sizes["vocab_size"]
    log = json.loads((folder / "pretraining.json").read_text())
    card = (folder / "README.md").read_text(encoding="utf-8")
    assert card == script.card(log, sum(p.numel() for p in model.parameters()))
    text = "If the argument is not a string, a TypeError is raised."
    ids = script.ids_of(tokenizer, [text])
    found = script.bits_per_byte(model.eval(), ids, len(text), sizes["context"])
    assert found < 3 * log["evaluations"][-1]["held out"]  # it has learned something, and fits
