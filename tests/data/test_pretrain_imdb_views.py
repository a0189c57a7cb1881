"""The second stage of the encoder: what is counted, what is guessed, and how the model grows."""

import importlib.util
import sys

import numpy as np
import pytest
import torch
from conftest import ROOT
from scipy import sparse
from transformers import ModernBertConfig, ModernBertForMaskedLM

SCRIPT = ROOT / "data" / "pretrain_imdb_views.py"


@pytest.fixture(scope="module")
def script():
    sys.path.insert(0, str(SCRIPT.parent))  # as when it is run: it imports the first stage
    try:
        spec = importlib.util.spec_from_file_location("pretrain_imdb_views", SCRIPT)
        module = importlib.util.module_from_spec(spec)
        sys.modules[spec.name] = module  # dataclasses look there
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(SCRIPT.parent))
    return module


@pytest.fixture
def model():
    torch.manual_seed(0)
    sizes = {"hidden_size": 32, "num_attention_heads": 2, "intermediate_size": 48}
    special = dict.fromkeys(
        ("pad_token_id", "bos_token_id", "eos_token_id", "cls_token_id", "sep_token_id"), 0
    )
    config = ModernBertConfig(vocab_size=60, num_hidden_layers=2, **sizes, **special)
    return ModernBertForMaskedLM(config).eval()


def test_a_review_falls_into_its_sentences(script):
    text = "Bad.<br /><br />Really bad! Was it?  Yes"
    assert script.sentences(text) == ["bad.", "really bad!", "was it?", "yes"]
    assert script.sentences("  ") == []


def test_the_shared_direction_is_what_both_halves_say_and_not_what_each_says_often(script):
    rng = np.random.default_rng(0)
    mood = rng.integers(2, size=400)  # terms 0 and 1 tell it in both halves, 2 to 9 are chatter
    halves = []
    for _ in range(2):
        counts = rng.poisson(2.0, (400, 10)).astype(np.float32)
        counts[:, :2] = 0
        counts[np.arange(400), mood] = 2
        halves.append(script.weighted(sparse.csr_matrix(counts), np.ones(10, np.float32)))
    direction = script.shared_directions(*halves, k=1, rank=9)[:, 0]
    told = np.stack([half @ direction for half in halves])
    assert abs(np.corrcoef(told[0], mood)[0, 1]) > 0.9
    assert np.corrcoef(told)[0, 1] > 0.8


def test_weighted_rows_have_length_one_and_rare_terms_weigh_more(script):
    counts = sparse.csr_matrix(np.array([[1, 1, 0], [3, 0, 0], [1, 0, 1.0]]))
    idf = script.weights_of(counts)
    assert idf[1] == idf[2] == pytest.approx(np.log(4 / 2))
    assert idf[0] == pytest.approx(0)
    rows = script.weighted(counts, np.array([1, 2, 2], np.float32)).toarray()
    assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-4)
    assert rows[0, 1] == pytest.approx(2 * rows[0, 0])


def test_the_vector_of_sentences_has_the_length_of_their_sum_before_the_projection(script):
    vectors = np.array([[3.0, 0], [0, 4.0], [1, 1]])
    known = script.Sentences([[1], [2], [3]], np.array([0, 3]), vectors, np.array([9.0, 16, 2]))
    assert known.vector(np.array([0, 1])) == pytest.approx(np.array([3, 4]) / 5, abs=1e-3)


def test_each_part_has_to_guess_the_sentences_that_it_does_not_hold(script):
    # One-hot vectors: the target says which sentences it was made of.
    n = 6
    known = script.Sentences(
        [[10 + i, 20 + i] for i in range(n)], np.array([0, n]), np.eye(n), np.ones(n)
    )

    class Tokenizer:
        cls_token_id, sep_token_id = 2, 3

    sequences, targets = script.views(known, np.zeros(n), Tokenizer, splits=5, seed=0)
    assert len(sequences) == len(targets) == 10
    for ids, target in zip(sequences, targets, strict=True):
        assert ids[0] == 2
        assert ids[-1] == 3
        held = {token - 10 for token in ids[1:-1:2]}
        assert set(target.nonzero().flatten().tolist()) == set(range(n)) - held


def test_the_grown_model_keeps_its_old_heads_and_layers(script, model):
    wide = script.grown(model, torch.randn(60, 16))
    assert wide.config.hidden_size == 48
    assert wide.config.num_attention_heads == 3
    narrow, grown = model.state_dict(), wide.state_dict()
    for name in ("model.layers.0.mlp.Wo.weight", "model.layers.1.attn.Wo.weight"):
        assert torch.equal(grown[name][:32, : narrow[name].shape[1]], narrow[name])
    qkv = grown["model.layers.0.attn.Wqkv.weight"].view(3, 48, 48)
    assert torch.equal(qkv[:, :32, :32], narrow["model.layers.0.attn.Wqkv.weight"].view(3, 32, 32))
    assert torch.equal(wide.decoder.bias, model.decoder.bias)
    with pytest.raises(ValueError, match="head of 10"):
        script.grown(model, torch.randn(60, 10))


def test_the_new_head_hands_on_the_mean_of_its_vectors(script, model):
    wide = script.grown(model, torch.randn(60, 16)).eval()
    states = {}
    wide.model.layers[0].attn.register_forward_hook(
        lambda module, inputs, output: states.update(read=inputs[0], written=output[0])
    )
    with torch.no_grad():
        wide(torch.randint(5, 60, (1, 9)))
    mean = states["read"][0, :, 32:].mean(dim=0)
    written = states["written"][0, :, 32:] / 2
    assert torch.allclose(written, mean.expand_as(written), atol=0.05 * mean.abs().max())


def test_every_weight_has_one_optimizer(script, model):
    two = script.TwoTasks(model)
    parts = [
        p
        for optimizer in script.optimizers(two)
        for group in optimizer.param_groups
        for p in group["params"]
    ]
    assert {id(p) for p in parts} == {id(p) for p in two.parameters()}
    assert len(parts) == len(list(two.parameters()))
