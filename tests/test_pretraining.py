"""The pretraining of the small BERT never sees a test review, and cuts long reviews without losing a token."""

import importlib.util
from pathlib import Path

import pytest

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


def test_labels_are_ignored_but_where_a_token_was_chosen(tokenizer):
    sequences = script.pieces(tokenizer, ["the film was really good"] * 400)
    tokens, mask, labels = script.masked_batches(sequences, tokenizer, batch_size=400)[0]
    chosen = labels != -100
    assert mask.all()
    assert abs(chosen[:, 1:-1].float().mean() - script.MASKED) < 0.05
    assert not chosen[:, 0].any()
    assert not chosen[:, -1].any()
    original = tokens.new_tensor(sequences[0]).expand_as(tokens)
    assert (labels[chosen] == original[chosen]).all()
    assert (tokens[~chosen] == original[~chosen]).all()
    assert 0.7 < (tokens[chosen] == tokenizer.mask_token_id).float().mean() < 0.9
