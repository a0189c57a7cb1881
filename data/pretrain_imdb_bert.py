"""Pretrains the small encoder that travels with the book: masked-language modeling on the reviews of IMDB.

    LABS_DATA=... python data/pretrain_imdb_bert.py

It reads the 75,000 training and unlabeled reviews, leaves out every one whose text is also in the test split, learns a
WordPiece vocabulary and first word vectors from counts, trains for a given time, and writes a Hugging Face folder with
its model card. A checkpoint is saved every five minutes; after an interruption the same command goes on where it was.
`--start FOLDER` trains a saved model further. Needs the real IMDB. On Linux, MALLOC_MMAP_THRESHOLD_=4294967296 and
MALLOC_TRIM_THRESHOLD_=17179869184 in the environment spare the system from handing out the memory of large tensors anew
at each step.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from sklearn.utils.extmath import randomized_svd
from tokenizers import (
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    processors,
    trainers,
)
from torch import nn
from transformers import (
    DataCollatorForLanguageModeling,
    ModernBertConfig,
    ModernBertForMaskedLM,
    PreTrainedTokenizerFast,
)

from utils import datasets, settings, training
from utils import device as devices
from utils.batches import Batch, TextBatches
from utils.files import atomic_write

FOLDER = Path(__file__).parent / "models" / "imdb-bert-mini"
SPECIAL = {
    "pad_token": "[PAD]",
    "unk_token": "[UNK]",
    "cls_token": "[CLS]",
    "sep_token": "[SEP]",
    "mask_token": "[MASK]",
}
VOCABULARY, LENGTH, BATCH = 12_000, 512, 16
WINDOW = 5  # tokens that count as neighbors on each side, for the first word vectors
HELD_OUT = 1_000  # reviews on which the masked accuracy is measured
# A token is chosen with probability sqrt(RARE / its share of all tokens), at most MOST: a comma or "the" can be guessed
# from its neighbors and teaches little, while what a review says about its film is in the rarer words.
MOST, RARE = 0.3, 5e-5


def normalized(text: str) -> str:
    """A review without HTML, punctuation and case: equal for copies that differ in these alone."""
    return " ".join(re.findall(r"\w+", re.sub(r"<[^>]*>", " ", text).lower()))


def without_test_reviews(texts: Iterable[str], test: Iterable[str]) -> list[str]:
    """The texts, each once, that are not in the test split, compared as `normalized`."""
    seen = {normalized(text) for text in test}
    kept = []
    for text in texts:
        key = normalized(text)
        if key and key not in seen:
            seen.add(key)
            kept.append(text)
    return kept


def train_tokenizer(texts: Iterator[str], vocabulary: int) -> PreTrainedTokenizerFast:
    """A lower-case WordPiece tokenizer that takes `<br />` for a space."""
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Replace("<br />", " "), normalizers.BertNormalizer(lowercase=True)]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    trainer = trainers.WordPieceTrainer(
        vocab_size=vocabulary, special_tokens=list(SPECIAL.values()), limit_alphabet=100
    )
    tokenizer.train_from_iterator(texts, trainer)
    sep, cls = (SPECIAL[name] for name in ("sep_token", "cls_token"))
    tokenizer.post_processor = processors.BertProcessing(
        (sep, tokenizer.token_to_id(sep)), (cls, tokenizer.token_to_id(cls))
    )
    names = ["input_ids", "attention_mask"]
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, model_max_length=LENGTH, model_input_names=names, **SPECIAL
    )


def kept_tokenizer(folder: Path, texts: Iterable[str]) -> PreTrainedTokenizerFast:
    """The tokenizer of a folder; where there is none, one is learned from the texts and put there.

    Learned anew, the same pieces come in another order, and a model that goes on would read them all wrong.
    """
    if not folder.is_dir():
        with atomic_write(folder) as part:
            train_tokenizer(iter(texts), VOCABULARY).save_pretrained(part)
    return PreTrainedTokenizerFast.from_pretrained(folder)


def pieces(tokenizer: PreTrainedTokenizerFast, texts: list[str]) -> list[list[int]]:
    """The reviews as token ids; one longer than LENGTH is cut into equal pieces, each with [CLS] and [SEP]."""
    cut = []
    for ids in tokenizer(texts, add_special_tokens=False, verbose=False)["input_ids"]:
        count = -(-len(ids) // (LENGTH - 2))
        size = -(-len(ids) // count) if count else 1
        for start in range(0, len(ids), size):
            inner = ids[start : start + size]
            cut.append([tokenizer.cls_token_id, *inner, tokenizer.sep_token_id])
    return cut


def chances(sequences: list[list[int]], tokenizer: PreTrainedTokenizerFast) -> torch.Tensor:
    """For each token of the vocabulary the probability that it is chosen, (V,); 0 for special tokens."""
    counts = torch.bincount(
        torch.tensor(list(chain.from_iterable(sequences))), minlength=len(tokenizer)
    )
    counts[tokenizer.all_special_ids] = 0
    share = counts / counts.sum()
    chance = (RARE / share).sqrt().clamp(max=MOST)
    chance[tokenizer.all_special_ids] = 0
    return chance


def masking(tokenizer: PreTrainedTokenizerFast, chance: torch.Tensor) -> Callable[..., Batch]:
    """What hides tokens of a batch (tokens, mask, *rest), for `TextBatches`: (hidden, mask, labels, *rest).

    Labels are -100 where the token was not chosen; `chance` (V,) says how often each one is.
    """
    collator = DataCollatorForLanguageModeling(tokenizer, mlm_probability=MOST)

    def hide(
        tokens: torch.Tensor,
        mask: torch.Tensor,
        *rest: torch.Tensor,
        generator: torch.Generator,
    ) -> Batch:
        collator.generator = generator
        draws = torch.rand(tokens.shape, generator=generator, device=tokens.device)
        spared = draws >= chance.to(tokens.device)[tokens] / MOST
        hidden, labels = collator.torch_mask_tokens(tokens.clone(), spared)
        return hidden, mask, labels, *rest

    return hide


def word_vectors(sequences: list[list[int]], vocabulary: int, d_model: int) -> torch.Tensor:
    """A vector for each token from its neighbors in the sequences, (V, d_model), of mean 0 and deviation 0.1.

    The positive pointwise mutual information of tokens at most WINDOW apart, and its singular vectors times the roots
    of the singular values (Levy and Goldberg, 2014): tokens with like neighbors begin alike.
    """
    flat = np.fromiter(chain.from_iterable(sequences), dtype=np.int64)
    counts = np.zeros(vocabulary * vocabulary, dtype=np.float32)
    for offset in range(1, WINDOW + 1):
        pairs = flat[:-offset] * vocabulary + flat[offset:]
        counts += np.bincount(pairs, minlength=len(counts)).astype(np.float32) / offset
    counts = counts.reshape(vocabulary, vocabulary)
    counts += counts.T.copy()
    shares = counts.sum(axis=0) / counts.sum()  # (V,)
    expected = np.outer(shares, shares) * counts.sum()
    with np.errstate(divide="ignore", invalid="ignore"):
        information = np.nan_to_num(np.log(counts / expected), nan=0.0, neginf=0.0).clip(min=0)
    vectors, values, _ = randomized_svd(information, n_components=d_model, random_state=0)
    vectors = torch.from_numpy(vectors * np.sqrt(values)).float()
    return 0.1 * (vectors - vectors.mean()) / vectors.std()


def new_model(tokenizer: PreTrainedTokenizerFast) -> ModernBertForMaskedLM:
    """A small encoder of ModernBERT's layout (Warner et al., 2024) with random weights; every layer sees all tokens."""
    config = ModernBertConfig(
        vocab_size=len(tokenizer),
        hidden_size=192,
        num_hidden_layers=3,
        num_attention_heads=4,
        intermediate_size=512,
        max_position_embeddings=LENGTH,
        global_attn_every_n_layers=1,
        pad_token_id=tokenizer.pad_token_id,
        cls_token_id=tokenizer.cls_token_id,
        sep_token_id=tokenizer.sep_token_id,
        bos_token_id=tokenizer.cls_token_id,
        eos_token_id=tokenizer.sep_token_id,
    )
    return ModernBertForMaskedLM(config)


class Guesses(NamedTuple):
    """What the model says about the N tokens of a batch that were chosen."""

    logits: torch.Tensor  # (N, V), from the states at their own positions
    summaries: torch.Tensor  # (B, V), from the states of [CLS]
    labels: torch.Tensor  # (N,)
    rows: torch.Tensor  # (N,), the sequence in which each stands


def guesses(model: ModernBertForMaskedLM, batch: Batch) -> Guesses:
    """The head is costly, so only chosen tokens and [CLS], the first one, pass through it."""
    tokens, mask, labels = batch
    states = model.base_model(tokens, attention_mask=mask).last_hidden_state  # (B, T, d_model)
    rows, positions = (labels != -100).nonzero(as_tuple=True)
    logits, summaries = (
        model.decoder(model.head(some)) for some in (states[rows, positions], states[:, 0])
    )
    return Guesses(logits, summaries, labels[rows, positions], rows)


def losses(found: Guesses) -> tuple[torch.Tensor, torch.Tensor]:
    """The mean cross-entropy of the chosen tokens at their own positions, and at [CLS].

    At its position a token can often be told from its neighbors. [CLS] has none in the sentence: to say which words
    are hidden in a review it has to know what the review is about, and whether its author liked the film.
    """
    at_cls = -found.summaries.float().log_softmax(dim=1)[found.rows, found.labels].mean()
    return F.cross_entropy(found.logits, found.labels), at_cls


def warmup_stable_decay(progress: float, warmup: float = 0.02, decay: float = 0.3) -> float:
    """Up, level, and down in a straight line over the last `decay` of the training."""
    return min(1.0, progress / warmup, (1 - progress) / decay)


def optimizers(model: nn.Module) -> list[torch.optim.Optimizer]:
    """Muon for the matrices of the blocks, AdamW for embeddings, norms and head."""
    return training.muon_and_adamw(
        model,
        model.base_model.layers.parameters(),
        muon_lr=0.01,
        adamw_lr=2e-3,
        betas=(0.9, 0.98),
        muon_decay=0.01,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--hours", type=float, default=2.0, help="length of the training")
    parser.add_argument("--start", type=Path, help="a folder that this program wrote")
    parser.add_argument("--out", type=Path, default=FOLDER)
    arguments = parser.parse_args()

    imdb = datasets.load_imdb()
    if imdb.source == "stand-in":
        raise SystemExit("Pretraining needs the real IMDB: set LABS_DATA, or allow its download.")
    texts = [*imdb.train["text"], *imdb.unsupervised["text"]]
    kept = without_test_reviews(texts, imdb.test["text"])
    print(f"{len(texts):,} reviews, {len(kept):,} of them once and not in the test split")
    held_out, kept = kept[-HELD_OUT:], kept[:-HELD_OUT]
    tokenizer = kept_tokenizer(arguments.start or settings.cache_dir() / "imdb-bert-mini", kept)
    train, validation = pieces(tokenizer, kept), pieces(tokenizer, held_out)
    tokens = sum(map(len, train))
    chance = chances(train, tokenizer)
    chosen = chance[torch.tensor(list(chain.from_iterable(train)))].mean().item()
    print(f"{len(train):,} pieces, {tokens:,} tokens, of which {chosen:.1%} are chosen")

    devices.seed_everything(0)
    device = devices.get_device()
    if arguments.start:
        model = ModernBertForMaskedLM.from_pretrained(arguments.start, dtype=torch.float32)
        before = json.loads((arguments.start / "pretraining.json").read_text())
    else:
        model, before = new_model(tokenizer), None
        embeddings = model.get_input_embeddings().weight
        with torch.no_grad():
            embeddings.copy_(word_vectors(train, *embeddings.shape))
    model.to(device)
    batches = TextBatches(
        train,
        pad=tokenizer.pad_token_id,
        augment=masking(tokenizer, chance),
        batch_size=BATCH,
        device=device,
        seed=before["steps"] if before else 0,  # another order of the reviews, and other masks
    )
    checking = TextBatches(
        validation,
        pad=tokenizer.pad_token_id,
        augment=masking(tokenizer, chance),
        batch_size=64,
        device=device,
        shuffle=False,
    )

    def masked_accuracy(model: nn.Module) -> dict[str, float]:
        right = total = 0
        sums = torch.zeros(2, device=device)
        for k in range(len(checking)):
            found = guesses(model, checking[k])
            n = len(found.labels)
            sums += n * torch.stack(losses(found))
            right += int((found.logits.argmax(dim=1) == found.labels).sum())
            total += n
        at_position, at_cls = (sums / total).tolist()
        values = {
            "held-out loss": at_position,
            "held-out loss at [CLS]": at_cls,
            "masked accuracy": right / total,
        }
        print(", ".join(f"{name} {value:.4f}" for name, value in values.items()), flush=True)
        return values

    history = training.fit(
        model,
        batches,
        lambda model, batch: sum(losses(guesses(model, batch))),
        seconds=3600 * arguments.hours,
        optimizer=optimizers(model),
        schedule=warmup_stable_decay,
        evaluate=masked_accuracy,
        evaluate_every=250,
        checkpoint="imdb-bert-mini",
        checkpoint_seconds=300,
        title="IMDB BERT mini",
    )
    facts = {
        "reviews": len(kept),
        "tokens in the reviews": tokens,
        "tokens read": round(tokens / len(batches) * history.steps),
        "chosen": round(chosen, 3),
        "hardware": f"{devices.describe(device)}, {devices.cpu_name()}",
    }
    log = {"steps": history.steps, "seconds": round(history.seconds), **facts}
    log["evaluations"] = [
        {"step": step, **{name: round(values[i], 4) for name, values in history.metrics.items()}}
        for i, step in enumerate(history.evaluated_at)
    ]
    save(model, tokenizer, joined(before, log) if before else log, arguments.out)


def joined(before: dict, after: dict) -> dict:
    """The log of two trainings of a model, one after the other."""
    log = {**after}
    for name in ("steps", "seconds", "tokens read"):
        log[name] = before[name] + after[name]
    log["evaluations"] = [
        *before["evaluations"],
        *({**e, "step": e["step"] + before["steps"]} for e in after["evaluations"]),
    ]
    return log


def save(
    model: ModernBertForMaskedLM,
    tokenizer: PreTrainedTokenizerFast,
    log: dict,
    folder: Path,
) -> None:
    """Writes model, tokenizer, log and card whole, in place of the old ones."""
    with atomic_write(folder) as part:
        model.to("cpu", torch.float16).save_pretrained(part)  # half the size; loaded as float32
        config = json.loads((part / "config.json").read_text())
        (part / "config.json").write_text(
            json.dumps(config | {"dtype": "float32"}, indent=2) + "\n"
        )
        tokenizer.save_pretrained(part)
        described = json.loads((part / "tokenizer_config.json").read_text())
        for name in ("is_local", "local_files_only"):  # of the folder that it was loaded from
            described.pop(name, None)
        # a name that transformers 4 knows too
        described["tokenizer_class"] = "PreTrainedTokenizerFast"
        (part / "tokenizer_config.json").write_text(json.dumps(described, indent=2) + "\n")
        (part / "pretraining.json").write_text(json.dumps(log, indent=1) + "\n")
        (part / "README.md").write_text(card(log, sum(p.numel() for p in model.parameters())))
    print(f"{folder}: {sum(f.stat().st_size for f in folder.iterdir()) / 1e6:.1f} MB")


def cls_loss(evaluation: dict) -> str:
    """The loss at [CLS] for the table; a dash where it was not trained yet."""
    return f"{value:.3f}" if (value := evaluation.get("held-out loss at [CLS]")) else "–"


def second_stage(log: dict) -> str:
    """What the card says of `data/pretrain_imdb_views.py`, with the log of that training as a table."""
    rows = [
        f"| {e['step']:,} | {e['explained']:.1%} | {e['held-out loss']:.3f} |"
        for e in log["evaluations"]
    ]
    return f"""**Second stage.** `data/pretrain_imdb_views.py` added one attention head, which begins as the mean of
counted vectors: what one half of a review tells of the other. Then {log["steps"]:,} steps more,
{log["tokens read"]:,} tokens read: from one part of a review `[CLS]` guesses the counted vector of the rest, while the
hidden words are still guessed at their places. {log["seconds"] / 3600:.2f} hours on {log["hardware"]}.
Below, what `[CLS]` explains of those vectors' variance in the held-out reviews, and the loss of their hidden words, of
which there are fewer than in the first stage.

| step | explained | loss at the places |
|---|---|---|
{chr(10).join(rows)}

"""


def card(log: dict, parameters: int) -> str:
    """The model card, in Hugging Face's form, with the log of the pretraining as a table."""
    last = log["evaluations"][-1]
    more = second_stage(log["views"]) if "views" in log else ""
    every = max(1, len(log["evaluations"]) // 12)
    chosen = [*log["evaluations"][every - 1 : -1 : every], last]
    rows = [
        f"| {e['step']:,} | {e['held-out loss']:.3f} | {cls_loss(e)} | {e['masked accuracy']:.1%} |"
        for e in chosen
    ]
    return f"""---
language: en
library_name: transformers
pipeline_tag: fill-mask
---
# imdb-bert-mini

A small encoder for teaching, of ModernBERT's layout (Warner et al., 2024): {parameters:,} parameters, a WordPiece
vocabulary of {VOCABULARY:,} lower-case pieces, at most {LENGTH} tokens. It was pretrained from scratch for Lab 08 by
`data/pretrain_imdb_bert.py`, with masked-language modeling: each chosen token has to be guessed at its place, and
once more from the state of `[CLS]`. The weights are stored as float16, and loaded as float32.

**Data.** The reviews of IMDB (Maas et al., 2011), training and unlabeled: {log["reviews"]:,} of them, each once.
Labels were not used. Every review whose words are those of a test review was left out first; {HELD_OUT:,} others
were held out.

**Training.** {log["steps"]:,} steps of {BATCH} pieces, {log["tokens read"]:,} tokens read. {log["chosen"]:.0%} of the
tokens were chosen, rarer ones more often (80% hidden, 10% replaced, 10% kept). First word vectors from counts of
neighbors in the same reviews. Muon and AdamW; {log["seconds"] / 3600:.2f} hours on
{log["hardware"]}.
The figures below are of the {HELD_OUT:,} held-out reviews, masked in the same way.

| step | loss at the places | loss at [CLS] | masked tokens guessed |
|---|---|---|---|
{chr(10).join(rows)}

{more}**Limits.** It knows film reviews, and their prejudices. Do not use it for decisions about people.
"""


if __name__ == "__main__":
    main()
