"""Goes on with the pretraining of the shipped encoder: a part of a review must say what the rest of it is like.

    LABS_DATA=... python data/pretrain_imdb_views.py

The first stage, `data/pretrain_imdb_bert.py`, taught the encoder to guess hidden words from their neighbors. What two
parts of one review have in common is something else: the kind of film, and whether its author liked it. Which words
tell it is counted first, by canonical correlations between the halves of all reviews. The encoder then grows by one
attention head, which begins as the mean of those counted vectors over a text, and is trained to guess from one part of
a review the counted vector of the other part, with the words still hidden and guessed. Labels are never used.

A checkpoint is saved every five minutes; after an interruption the same command goes on where it was. Needs the real
IMDB. On Linux, MALLOC_MMAP_THRESHOLD_=4294967296 and MALLOC_TRIM_THRESHOLD_=17179869184 in the environment spare the
system from handing out the memory of large tensors anew at each step.
"""

from __future__ import annotations

import argparse
import json
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from pretrain_imdb_bert import (
    FOLDER,
    HELD_OUT,
    chances,
    masking,
    save,
    warmup_stable_decay,
    without_test_reviews,
)
from scipy import sparse
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.utils.extmath import randomized_svd
from torch import nn
from torch.nn import functional as F
from transformers import ModernBertConfig, ModernBertForMaskedLM, PreTrainedTokenizerFast

from utils import datasets, training
from utils import device as devices
from utils.batches import Batch, TextBatches

LENGTH, BATCH = 256, 32
TARGETS, TERMS = (
    64,
    80_000,
)  # canonical variables to guess; words and pairs that they are counted from
SPLITS = 4  # ways in which each review is split
SPARED = 0.6  # of the tokens that the first stage would hide, since what is hidden cannot speak for its review


def sentences(text: str) -> list[str]:
    """The sentences of a review, lower-case and without HTML."""
    parts = re.split(r"(?<=[.!?])\s+", text.replace("<br />", " ").lower())
    return [part for part in parts if part.strip()]


def shared_directions(
    first: sparse.csr_matrix, second: sparse.csr_matrix, k: int, rank: int = 256
) -> np.ndarray:
    """The k directions in which two halves of a text agree most, as a matrix (V, k) for rows of weighted counts.

    Canonical correlation analysis (Hotelling, 1936) within the `rank` leading singular vectors; each direction is
    scaled by its correlation, so that what the halves share counts for more. Foster et al. (2008) and Johnson and Zhang
    (2015) say why what predicts the other half of a text is what a classifier needs.

    Args:
        first, second: (N, V), the halves of N texts, each row of length 1.
    """
    _, _, basis = randomized_svd(
        sparse.vstack([first, second]).tocsr(), rank, n_iter=2, random_state=0
    )
    one, two = first @ basis.T, second @ basis.T  # (N, rank)
    mean = (one.mean(axis=0) + two.mean(axis=0)) / 2
    one, two = one - mean, two - mean
    within = (one.T @ one + two.T @ two) / 2 / len(one)
    between = (one.T @ two + two.T @ one) / 2 / len(one)
    values, vectors = np.linalg.eigh(within + 1e-3 * np.trace(within) / rank * np.eye(rank))
    whiten = vectors / np.sqrt(values) @ vectors.T
    correlations, rotation = np.linalg.eigh(whiten @ between @ whiten)
    best = correlations.argsort()[::-1][:k]
    return (basis.T @ whiten @ rotation[:, best] * correlations[best].clip(min=0)).astype(
        np.float32
    )


def weights_of(counts: sparse.csr_matrix) -> np.ndarray:
    """The inverse document frequency of each term, (V,)."""
    return np.log((1 + counts.shape[0]) / (1 + counts.getnnz(axis=0))).astype(np.float32)


def weighted(counts: sparse.csr_matrix, idf: np.ndarray) -> sparse.csr_matrix:
    """Rows of (1 + log count) · idf, each of length 1."""
    scaled = counts.astype(np.float32)
    scaled.data = 1 + np.log(scaled.data)
    scaled = (scaled @ sparse.diags(idf)).tocsr()
    length = np.sqrt(scaled.multiply(scaled).sum(axis=1)).A1 + 1e-6
    return (sparse.diags(1 / length) @ scaled).tocsr().astype(np.float32)


@dataclass
class Sentences:
    """All sentences of N reviews: their tokens, and their counted vectors."""

    ids: list[list[int]]
    starts: np.ndarray  # (N + 1,): the first sentence of each review
    vectors: np.ndarray  # (sentences, TARGETS), not of unit length
    squares: np.ndarray  # (sentences,), squared lengths before the projection

    def vector(self, chosen: np.ndarray) -> np.ndarray:
        """The counted vector of some sentences together, (TARGETS,)."""
        return self.vectors[chosen].sum(axis=0) / np.sqrt(self.squares[chosen].sum() + 1e-3)


def token_vectors(
    ids: list[list[int]], starts: np.ndarray, vocabulary: int, k: int
) -> torch.Tensor:
    """For each token what it tells about the other half of a review, (V, k), of mean 0 over a text."""
    lengths = np.array([len(sentence) for sentence in ids])
    review = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
    half = (np.arange(len(ids)) - starts[review]) % 2
    flat = np.concatenate([np.asarray(sentence, dtype=np.int64) for sentence in ids])
    rows = np.repeat(2 * review + half, lengths)
    counts = sparse.csr_matrix(
        (np.ones(len(flat), np.float32), (rows, flat)), shape=(2 * len(starts) - 2, vocabulary)
    )
    first, second = counts[0::2], counts[1::2]
    idf = weights_of(first + second)
    vectors = shared_directions(weighted(first, idf), weighted(second, idf), k) * idf[:, None]
    share = np.bincount(flat, minlength=vocabulary) / len(flat)
    vectors -= share @ vectors
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    most = np.quantile(lengths, 0.99)  # a token that stands in few reviews may have a huge one
    return torch.from_numpy(vectors * np.minimum(1, most / lengths.clip(min=1e-9))).float()


def grown(model: ModernBertForMaskedLM, vectors: torch.Tensor) -> ModernBertForMaskedLM:
    """The model with one more attention head, which begins as the mean of `vectors` (V, d_head) over a text.

    The old heads, layers and embeddings stay as they are, but for the factor that a wider layer norm takes away. The
    new head of the first layer looks everywhere alike and hands on what it finds; those of later layers do so faintly.
    """
    old, new_dims = model.config.hidden_size, vectors.shape[1]
    if model.config.hidden_size // model.config.num_attention_heads != new_dims:
        raise ValueError(f"a head of {new_dims} dimensions does not fit the others")
    d = old + new_dims
    settings = model.config.to_dict()
    for name in ("architectures", "transformers_version", "layer_types"):
        settings.pop(name, None)
    settings |= {"hidden_size": d, "num_attention_heads": model.config.num_attention_heads + 1}
    wide = ModernBertForMaskedLM(ModernBertConfig(**settings))
    special = vectors.clone()
    special[:5] = 0  # [PAD], [UNK], [CLS], [SEP] and [MASK] tell nothing about a review
    embeddings = model.get_input_embeddings().weight
    with torch.no_grad():
        spread = embeddings.std(dim=1).mean()
        wide.get_input_embeddings().weight.copy_(
            torch.cat([embeddings, 0.5 * spread * special / special.std()], dim=1)
        )
        wide.decoder.bias.copy_(model.decoder.bias)
        state = model.state_dict()
        for name, weight in wide.state_dict().items():
            if name.endswith("norm.weight"):
                weight[:old] = state[name] * (old / d) ** 0.5
                weight[old:] = 0 if name.startswith("head") else state[name].mean()
            elif name.endswith(("mlp.Wo.weight", "head.dense.weight")):
                weight.zero_()
                weight[:old, : state[name].shape[1]] = state[name]
            elif name.endswith("mlp.Wi.weight"):
                weight.mul_(0.25)
                weight[:, :old] = state[name]
            elif name.endswith("attn.Wqkv.weight"):
                parts, theirs = weight.view(3, d, d), state[name].view(3, old, old)
                parts[:2, old:].normal_(std=0.01)  # all tokens are nearly alike to the new head
                parts[:, :old] = 0
                parts[:, :old, :old] = theirs
                parts[2, old:] = torch.eye(d)[old:]
            elif name.endswith("attn.Wo.weight"):
                weight.zero_()
                weight[:old, :old] = state[name]
                weight[old:, old:] = (2.0 if ".0." in name else 0.5) * torch.eye(new_dims)
    return wide


def views(
    known: Sentences, mean: np.ndarray, tokenizer: PreTrainedTokenizerFast, splits: int, seed: int
) -> tuple[list[list[int]], torch.Tensor]:
    """Parts of reviews as token sequences, and for each the counted vector of the rest of its review.

    Each review is split `splits` times at random between its sentences, and each part has to tell about the other. A
    part longer than LENGTH keeps a window of that length.
    """
    rng = np.random.default_rng(seed)
    sequences, targets = [], []
    for first, stop in zip(known.starts[:-1], known.starts[1:], strict=True):
        n = stop - first
        for _ in range(splits if n > 1 else 0):
            size = min(n - 1, max(1, round(n * rng.uniform(0.35, 0.65))))
            one_after_another = (rng.integers(n) + np.arange(n)) % n
            order = rng.permutation(n) if rng.random() < 0.5 else one_after_another
            chosen = np.zeros(n, dtype=bool)
            chosen[order[:size]] = True
            for side in (chosen, ~chosen):
                ids = [token for i in np.flatnonzero(side) for token in known.ids[first + i]]
                if not ids:
                    continue
                start = rng.integers(max(0, len(ids) - (LENGTH - 2)) + 1)
                window = ids[start : start + LENGTH - 2]
                sequences.append([tokenizer.cls_token_id, *window, tokenizer.sep_token_id])
                targets.append(known.vector(first + np.flatnonzero(~side)) - mean)
    return sequences, torch.from_numpy(np.stack(targets)).float()


class TwoTasks(nn.Module):
    """The encoder with both of its tasks: hidden words at their places, and at [CLS] the rest of the review."""

    def __init__(self, model: ModernBertForMaskedLM) -> None:
        super().__init__()
        self.model = model
        self.rest = nn.Linear(model.config.hidden_size, TARGETS)
        nn.init.zeros_(self.rest.weight)

    def losses(self, batch: Batch) -> tuple[torch.Tensor, torch.Tensor]:
        """The cross-entropy of the hidden words, and the mean squared error of the rest's vector."""
        tokens, mask, labels, target = batch
        states = self.model.base_model(tokens, attention_mask=mask).last_hidden_state
        chosen = labels != -100
        logits = self.model.decoder(self.model.head(states[chosen]))
        return F.cross_entropy(logits, labels[chosen]), F.mse_loss(
            self.rest(states[:, 0]).float(), target
        )


def optimizers(model: TwoTasks) -> list[torch.optim.Optimizer]:
    """Muon for the matrices of the blocks, AdamW for the rest, at rates for a model that has learned something."""
    return training.muon_and_adamw(
        model,
        model.model.base_model.layers.parameters(),
        muon_lr=0.003,
        adamw_lr=1e-3,
        betas=(0.9, 0.98),
        muon_decay=0.01,
    )


def read_sentences(
    texts: list[str],
    tokenizer: PreTrainedTokenizerFast,
    terms: CountVectorizer,
    idf: np.ndarray,
    directions: np.ndarray,
) -> Sentences:
    """The sentences of reviews with their tokens and counted vectors."""
    parts = [sentences(text) for text in texts]
    flat = [sentence for part in parts for sentence in part]
    ids: list[list[int]] = []
    for start in range(0, len(flat), 20_000):  # a part at a time, for the sake of memory
        few = flat[start : start + 20_000]
        ids += tokenizer(few, add_special_tokens=False, verbose=False)["input_ids"]
    counts = (terms.transform(flat) @ sparse.diags(idf)).tocsr()
    return Sentences(
        ids,
        np.cumsum([0, *map(len, parts)]),
        np.asarray(counts @ directions, dtype=np.float32),
        np.asarray(counts.multiply(counts).sum(axis=1)).ravel().astype(np.float32),
    )


def counted(texts: list[str]) -> tuple[CountVectorizer, np.ndarray, np.ndarray]:
    """Words and pairs of the reviews, their weights (TERMS,), and the directions (TERMS, TARGETS) that halves share."""
    parts = [sentences(text) for text in texts]
    terms = CountVectorizer(
        ngram_range=(1, 2), min_df=20, max_df=0.3, max_features=TERMS, dtype=np.float32
    )
    halves = [" ".join(part[half::2]) for half in (0, 1) for part in parts]
    counts = terms.fit_transform(halves)
    first, second = counts[: len(parts)], counts[len(parts) :]
    idf = weights_of((first + second).tocsr())
    both = (first.getnnz(axis=1) > 3) & (second.getnnz(axis=1) > 3)
    directions = shared_directions(weighted(first[both], idf), weighted(second[both], idf), TARGETS)
    spread = (weighted(first[both], idf) @ directions).std(axis=0)
    return terms, idf, (directions / spread).astype(np.float32)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=12_000, help="length of the training")
    parser.add_argument("--start", type=Path, default=FOLDER, help="what the first stage wrote")
    parser.add_argument("--out", type=Path, default=FOLDER)
    arguments = parser.parse_args()

    imdb = datasets.load_imdb()
    if imdb.source == "stand-in":
        raise SystemExit("Pretraining needs the real IMDB: set LABS_DATA, or allow its download.")
    texts = [*imdb.train["text"], *imdb.unsupervised["text"]]
    kept = without_test_reviews(texts, imdb.test["text"])
    held_out, kept = kept[-HELD_OUT:], kept[:-HELD_OUT]
    tokenizer = PreTrainedTokenizerFast.from_pretrained(arguments.start)
    before = json.loads((arguments.start / "pretraining.json").read_text())

    terms, idf, directions = counted(kept)
    print(f"{len(idf):,} words and pairs counted", flush=True)
    known, unseen = (
        read_sentences(some, tokenizer, terms, idf, directions) for some in (kept, held_out)
    )
    whole = [slice(a, b) for a, b in zip(known.starts[:-1], known.starts[1:], strict=True)]
    mean = np.mean([known.vector(np.arange(s.start, s.stop)) for s in whole], axis=0)
    train, targets = views(known, mean, tokenizer, SPLITS, seed=0)
    validation, validation_targets = views(unseen, mean, tokenizer, 1, seed=1)
    tokens = sum(map(len, train))
    print(f"{len(train):,} parts of reviews, {tokens:,} tokens", flush=True)

    devices.seed_everything(0)
    device = devices.get_device()
    first = ModernBertForMaskedLM.from_pretrained(arguments.start, dtype=torch.float32)
    d_head = first.config.hidden_size // first.config.num_attention_heads
    vectors = token_vectors(known.ids, known.starts, len(tokenizer), d_head)
    model = TwoTasks(grown(first, vectors)).to(device)
    hide = masking(tokenizer, SPARED * chances(train, tokenizer))
    options = {"pad": tokenizer.pad_token_id, "augment": hide, "device": device}
    batches = TextBatches(train, targets, batch_size=BATCH, pad_to_multiple_of=8, seed=0, **options)
    checking = TextBatches(validation, validation_targets, batch_size=64, shuffle=False, **options)
    spread = (validation_targets - validation_targets.mean(dim=0)).square().mean().item()

    def judged(model: nn.Module) -> dict[str, float]:
        sums = torch.zeros(2)
        for k in range(len(checking)):
            words, rest = model.losses(checking[k])
            sums += torch.stack([words, rest]).cpu()
        words, rest = (sums / len(checking)).tolist()
        values = {"held-out loss": words, "explained": 1 - rest / spread}
        print(", ".join(f"{name} {value:.4f}" for name, value in values.items()), flush=True)
        return values

    def loss(model: nn.Module, batch: Batch) -> torch.Tensor:
        words, rest = model.losses(batch)
        return words / 5 + 4 * rest

    history = training.fit(
        model,
        batches,
        loss,
        steps=arguments.steps,
        optimizer=optimizers(model),
        schedule=warmup_stable_decay,
        evaluate=judged,
        evaluate_every=1000,
        checkpoint="imdb-bert-views",
        checkpoint_seconds=300,
        title="IMDB BERT, two views",
    )
    log = dict(before)
    log["views"] = {
        "steps": history.steps,
        "seconds": round(history.seconds),
        "tokens read": round(tokens / len(batches) * history.steps),
        "hardware": f"{devices.describe(device)}, {devices.cpu_name()}",
        "evaluations": [
            {"step": step, **{name: round(v[i], 4) for name, v in history.metrics.items()}}
            for i, step in enumerate(history.evaluated_at)
        ],
    }
    save(model.model, tokenizer, log, arguments.out)


if __name__ == "__main__":
    main()
