"""The pretraining of the small BERT never sees a test review, and cuts long reviews without losing a token."""

import importlib.util
from pathlib import Path

import pytest
import torch

SCRIPT = Path(__file__).resolve().parent.parent / "data" / "pretrain_imdb_bert.py"
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
    tokens, mask, labels = script.masked_batches(sequences, tokenizer, chance, batch_size=2000)[0]
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
