"""The pretraining of the small encoder: no test review, no lost token, and a folder that loads as it was saved."""

import importlib.util
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForMaskedLM, AutoTokenizer

from utils.batches import TextBatches

SCRIPT = Path(__file__).resolve().parents[2] / "data" / "pretrain_imdb_bert.py"
SPEC = importlib.util.spec_from_file_location("pretrain_imdb_bert", SCRIPT)
script = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(script)

TEST = ["A fine film.<br /><br />See it!", "Dull."]


def test_reviews_of_the_test_split_are_left_out_however_they_are_written():
    texts = [
        "a fine film see it",
        "A FINE FILM. See <i>it</i>",
        "dull",
        "Dull, but short.",
        "A fine film.",
    ]
    assert script.without_test_reviews(texts, TEST) == ["Dull, but short.", "A fine film."]


def test_each_review_is_kept_once_and_one_without_words_never():
    assert script.without_test_reviews(["Good.", "good", "!!!", "<br />", "Bad."], TEST) == [
        "Good.",
        "Bad.",
    ]


@pytest.fixture(scope="module")
def tokenizer():
    reviews = ["the film was good", "the film was bad<br />really bad"] * 20
    return script.train_tokenizer(iter(reviews), 60)


def test_the_tokenizer_is_lower_case_and_takes_line_breaks_for_blanks(tokenizer):
    assert tokenizer.tokenize("The FILM<br />was good") == ["the", "film", "was", "good"]
    ids = tokenizer("good")["input_ids"]
    assert tokenizer.convert_ids_to_tokens(ids) == ["[CLS]", "good", "[SEP]"]
    assert (
        tokenizer.decode(tokenizer("really bad")["input_ids"], skip_special_tokens=True)
        == "really bad"
    )


@pytest.mark.parametrize("words", [1, 254, 255, 508, 509, 1000])
def test_a_long_review_is_cut_into_equal_pieces_and_no_token_is_lost(tokenizer, words):
    text = " ".join((["film", "good", "bad"] * words)[:words])
    ids = tokenizer(text, add_special_tokens=False)["input_ids"]
    cut = script.pieces(tokenizer, [text])
    assert [i for piece in cut for i in piece[1:-1]] == ids
    assert all(len(piece) <= script.LENGTH for piece in cut)
    lengths = [len(piece) for piece in cut]
    assert max(lengths) - min(lengths) < len(cut)
    assert all(p[0] == tokenizer.cls_token_id and p[-1] == tokenizer.sep_token_id for p in cut)


def test_rarer_tokens_are_chosen_more_often_and_special_ones_never(tokenizer):
    reviews = ["the film was good"] * 40_000 + ["the film was bad"] * 10
    chance = script.chances(script.pieces(tokenizer, reviews), tokenizer)
    film, good, bad = chance[tokenizer.convert_tokens_to_ids(["film", "good", "bad"])]
    assert film == pytest.approx((script.RARE / 0.25) ** 0.5, rel=1e-3)
    assert good >= film
    assert bad == pytest.approx(script.MOST)
    assert not chance[tokenizer.all_special_ids].any()


def test_tokens_are_chosen_as_often_as_asked_and_labels_are_ignored_elsewhere(tokenizer):
    sequences = script.pieces(tokenizer, ["the film was really good"] * 2000)
    chance = torch.full((len(tokenizer),), script.MOST)
    chance[tokenizer.convert_tokens_to_ids("film")] = 0.1
    chance[tokenizer.all_special_ids] = 0
    batches = TextBatches(
        sequences,
        batch_size=2000,
        pad=tokenizer.pad_token_id,
        augment=script.masking(tokenizer, chance),
    )
    tokens, mask, labels = batches[0]
    chosen = labels != -100
    assert mask.all()
    share = chosen.float().mean(0)  # the deviation of a mean of 2,000 draws is at most 0.011
    assert share[2] == pytest.approx(0.1, abs=0.04)
    assert share[[1, 3, 4, 5]].tolist() == pytest.approx([script.MOST] * 4, abs=0.05)
    assert not chosen[:, 0].any()
    assert not chosen[:, -1].any()
    original = tokens.new_tensor(sequences[0]).expand_as(tokens)
    assert (labels[chosen] == original[chosen]).all()
    assert (tokens[~chosen] == original[~chosen]).all()
    assert 0.7 < (tokens[chosen] == tokenizer.mask_token_id).float().mean() < 0.9


def test_words_with_the_same_neighbors_begin_with_similar_vectors():
    generator = torch.Generator().manual_seed(0)
    sequences = []
    for kind in (0, 1):  # 5 and 6 stand among 10 … 19, 7 and 8 among 20 … 29
        tokens = torch.randint(10 + 10 * kind, 20 + 10 * kind, (3000,), generator=generator)
        tokens[::3] = torch.randint(5 + 2 * kind, 7 + 2 * kind, (1000,), generator=generator)
        sequences.append(tokens.tolist())
    vectors = script.word_vectors(sequences, 30, 4)
    assert vectors.shape == (30, 4)
    assert vectors.mean() == pytest.approx(0, abs=1e-6)
    assert vectors.std() == pytest.approx(0.1, rel=1e-5)
    likeness = torch.cosine_similarity(vectors[5:9, None], vectors[None, 5:9], dim=-1)
    assert likeness[0, 1] > 0.9
    assert likeness[2, 3] > 0.9
    assert likeness[:2, 2:4].max() < 0.5


def test_only_the_chosen_tokens_pass_through_the_head(tokenizer):
    model = script.new_model(tokenizer).eval()
    tokens = torch.randint(5, len(tokenizer), (2, 9))
    mask = torch.ones_like(tokens, dtype=torch.bool)
    labels = torch.full_like(tokens, -100)
    labels[0, 3], labels[1, 7] = 8, 9
    found = script.guesses(model, (tokens, mask, labels))
    whole = model(tokens, attention_mask=mask).logits
    assert found.labels.tolist() == [8, 9]
    assert found.rows.tolist() == [0, 1]
    assert torch.allclose(found.logits, torch.stack([whole[0, 3], whole[1, 7]]), atol=1e-5)
    assert torch.allclose(found.summaries, whole[:, 0], atol=1e-5)


def test_each_chosen_token_is_guessed_at_its_place_and_at_cls():
    logits, summaries = torch.randn(3, 7), torch.randn(2, 7)
    labels, rows = torch.tensor([4, 0, 6]), torch.tensor([0, 1, 1])
    at_place, at_cls = script.losses(script.Guesses(logits, summaries, labels, rows))
    assert at_place == pytest.approx(-logits.log_softmax(1)[[0, 1, 2], [4, 0, 6]].mean().item())
    probabilities = summaries.softmax(1)
    by_hand = (probabilities[0, 4] * probabilities[1, 0] * probabilities[1, 6]).log() / -3
    assert at_cls == pytest.approx(by_hand.item(), rel=1e-5)


def test_every_weight_has_one_optimizer_and_matrices_of_the_blocks_have_muon(tokenizer):
    model = script.new_model(tokenizer)
    muon, adamw = script.optimizers(model)
    sizes = [[p for group in o.param_groups for p in group["params"]] for o in (muon, adamw)]
    assert {id(p) for part in sizes for p in part} == {id(p) for p in model.parameters()}
    assert sum(map(len, sizes)) == len(list(model.parameters()))
    assert len(sizes[0]) == 4 * model.config.num_hidden_layers


def test_an_interrupted_pretraining_keeps_its_vocabulary(tmp_path):
    texts = [f"film {a}{b}{c}" for a in "abcdef" for b in "ghijkl" for c in "mnopqr"]
    folder = tmp_path / "vocabulary"
    first = script.kept_tokenizer(folder, texts)
    again = script.kept_tokenizer(folder, ["other words"])
    assert again.get_vocab() == first.get_vocab()
    assert again.tokenize("FILM")[0] == "film"
    assert again.mask_token_id == first.mask_token_id
    assert [path.name for path in tmp_path.iterdir()] == ["vocabulary"]


def test_the_logs_of_two_trainings_are_joined():
    before = {"steps": 10, "seconds": 5, "tokens read": 100, "chosen": 0.2, "hardware": "a"}
    before["evaluations"] = [{"step": 10, "held-out loss": 5.0}]
    after = {"steps": 20, "seconds": 7, "tokens read": 300, "chosen": 0.3, "hardware": "b"}
    after["evaluations"] = [{"step": 5, "held-out loss": 4.5}, {"step": 20, "held-out loss": 4.0}]
    log = script.joined(before, after)
    assert (log["steps"], log["seconds"], log["tokens read"]) == (30, 12, 400)
    assert [e["step"] for e in log["evaluations"]] == [10, 15, 30]
    assert before["evaluations"] == [{"step": 10, "held-out loss": 5.0}]


def test_a_saved_model_is_small_loads_as_float32_and_says_how_it_was_made(tokenizer, tmp_path):
    model = script.new_model(tokenizer).eval()
    tokens = torch.randint(5, len(tokenizer), (1, 6))
    before = model(tokens).logits
    log = {"steps": 40, "seconds": 7200, "reviews": 40, "tokens read": 640, "chosen": 0.19}
    log |= {"hardware": "cpu", "evaluations": []}
    for step, loss, right in ((20, 6.0, 0.1), (40, 5.0, 0.2)):
        log["evaluations"].append({"step": step, "held-out loss": loss, "masked accuracy": right})
    log["evaluations"][1]["held-out loss at [CLS]"] = 7.0
    folder = tmp_path / "models" / "imdb-bert-mini"
    for _ in range(2):  # the second one takes the place of the first
        script.save(model, tokenizer, log, folder)
    assert [path.name for path in folder.parent.iterdir()] == ["imdb-bert-mini"]
    assert (folder / "model.safetensors").stat().st_size < 2.2 * sum(
        p.numel() for p in model.parameters()
    )
    loaded = AutoModelForMaskedLM.from_pretrained(folder)
    assert loaded.dtype == torch.float32
    assert torch.allclose(loaded(tokens).logits, before, atol=0.05)
    names = AutoTokenizer.from_pretrained(folder).tokenize("The FILM")
    assert names == ["the", "film"]
    card = (folder / "README.md").read_text(encoding="utf-8")
    assert "| 20 | 6.000 | – | 10.0% |" in card
    assert "| 40 | 5.000 | 7.000 | 20.0% |" in card
    assert "2.00 hours on\ncpu" in card


def test_the_card_tells_of_a_second_stage_where_there_was_one():
    log = {"steps": 40, "seconds": 7200, "reviews": 40, "tokens read": 640, "chosen": 0.19}
    log["hardware"] = "cpu"
    log["evaluations"] = [{"step": 40, "held-out loss": 5.0, "masked accuracy": 0.2}]
    assert "Second stage" not in script.card(log, 1000)
    views = {"steps": 30, "seconds": 3600, "tokens read": 400, "hardware": "cpu"}
    views["evaluations"] = [{"step": 30, "held-out loss": 4.5, "explained": 0.125}]
    card = script.card(log | {"views": views}, 1000)
    assert "| 30 | 12.5% | 4.500 |" in card
    assert "30 steps more,\n400 tokens read" in card
