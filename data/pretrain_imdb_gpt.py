"""Pretrains the small GPT that Lab 11 makes an assistant of: the next token of film reviews.

    LABS_DATA=... python data/pretrain_imdb_gpt.py

The reviews are those of IMDB's train and unsupervised splits, without their labels and without those of the test split.
The tokenizer has three tokens more than the text needs, for the chat template of Lab 11; the training never meets them.
A checkpoint is saved every two minutes; after an interruption the same command goes on where it was. Needs the real
IMDB.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch
from pretrain_gpt import (
    END,
    GPT,
    bits_per_byte,
    evaluations_of,
    ids_of,
    kept_tokenizer,
    next_token_loss,
    save,
    some_of,
)
from pretrain_imdb_bert import warmup_stable_decay, without_test_reviews
from torch import nn

from utils import datasets, settings, training
from utils import device as devices
from utils.batches import Batches

FOLDER = Path(__file__).parent / "models" / "imdb-gpt-mini"
SPECIAL = (END, "<|user|>", "<|assistant|>", "<|end|>")
SIZES = {"vocab_size": 4096, "context": 256, "d_model": 192, "n_layers": 4, "n_heads": 6}
HELD_OUT = 200  # reviews
BATCH = 8  # windows of a step


def plain(review: str) -> str:
    """A review without line breaks."""
    return " ".join(review.replace("<br />", " ").split())


def window_starts(ids: torch.Tensor, end: int, context: int) -> torch.Tensor:
    """Where the windows of a row of ids (T,) begin: at each review, and in long ones at every context-th token.

    A window is context + 1 tokens long; what is left of a review after its last full stride is part of that window.
    """
    begin = (ids == end).nonzero().flatten()
    length = torch.cat([begin[1:], torch.tensor([len(ids)])]) - begin
    n_windows = (length // context).clamp(min=1)
    which = torch.repeat_interleave(torch.arange(len(begin)), n_windows)
    place = torch.arange(len(which)) - (n_windows.cumsum(0) - n_windows)[which]
    starts = begin[which] + context * place
    return starts[starts + context < len(ids)]


def optimizers(model: GPT) -> list[torch.optim.Optimizer]:
    """Muon for the matrices of the blocks, AdamW for embeddings, biases and norms."""
    return training.muon_and_adamw(
        model, model.blocks.parameters(), muon_lr=0.01, adamw_lr=2e-3, adamw_decay=0.0
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=8000, help="length of the training")
    parser.add_argument("--out", type=Path, default=FOLDER)
    arguments = parser.parse_args()

    imdb = datasets.load_imdb()
    if imdb.source == "stand-in":
        raise SystemExit("Pretraining needs the real IMDB: set LABS_DATA, or allow its download.")
    reviews = without_test_reviews(
        [*imdb.train["text"], *imdb.unsupervised["text"]], imdb.test["text"]
    )
    reviews = [plain(review) for review in reviews]
    held_out, reviews = reviews[-HELD_OUT:], reviews[:-HELD_OUT]
    tokenizer = kept_tokenizer(
        settings.cache_dir() / "imdb-gpt-mini.json", reviews, SIZES["vocab_size"], SPECIAL
    )
    order = torch.randperm(len(reviews), generator=torch.Generator().manual_seed(0)).tolist()
    ids = ids_of(tokenizer, [reviews[i] for i in order])
    judged = ids_of(tokenizer, held_out)
    n_bytes = sum(len(review.encode()) for review in held_out)
    print(f"{len(reviews):,} reviews, {len(ids):,} tokens", flush=True)

    devices.seed_everything(0)
    device = devices.get_device()
    model = GPT(**SIZES, dropout=0.0).to(device)
    starts = window_starts(ids, tokenizer.token_to_id(END), SIZES["context"])
    windows = ids[starts[:, None] + torch.arange(SIZES["context"] + 1)].short()
    batches = Batches(windows, batch_size=BATCH, device=device, seed=0, augment=as_indices)

    def evaluate(model: nn.Module) -> dict[str, float]:
        bits = bits_per_byte(model, judged, n_bytes, SIZES["context"])
        print(f"held out {bits:.4f} bits per byte", flush=True)
        return {"held out": bits}

    history = training.fit(
        model,
        batches,
        next_token_loss,
        steps=arguments.steps,
        optimizer=optimizers(model),
        schedule=warmup_stable_decay,
        precision=torch.bfloat16,
        evaluate=evaluate,
        evaluate_every=500,
        checkpoint="imdb-gpt-mini",
        checkpoint_seconds=120,
        title="IMDB GPT mini",
    )
    log = {
        "steps": history.steps,
        "seconds": round(history.seconds),
        "reviews": len(reviews),
        "tokens of the text": len(ids),
        "tokens read": history.samples * SIZES["context"],
        "hardware": devices.describe(device),
        "evaluations": evaluations_of(history),
    }
    text = card(log, sum(p.numel() for p in model.parameters()))
    save(model, tokenizer, SIZES, log, text, arguments.out)


def as_indices(windows: torch.Tensor, *, generator: torch.Generator) -> tuple[torch.Tensor]:
    """The windows as int64; as int16 all of them need a quarter of the memory."""
    return (windows.long(),)


def card(log: dict, parameters: int) -> str:
    """The model card, in Hugging Face's form, with the log of the pretraining as a table."""
    chosen = some_of(log["evaluations"])
    rows = [f"| {e['step']:,} | {e['held out']:.3f} |" for e in chosen]
    return f"""---
language: en
pipeline_tag: text-generation
---
# imdb-gpt-mini

A small GPT for teaching: {parameters:,} parameters, {SIZES["n_layers"]} blocks of width {SIZES["d_model"]} with
{SIZES["n_heads"]} heads, a byte-level vocabulary of {SIZES["vocab_size"]:,} tokens, at most {SIZES["context"]} of
them at a time. It was pretrained from scratch for Lab 11 by `data/pretrain_imdb_gpt.py`. `config.json` holds the
arguments of the GPT class of Labs 06, 09 and 11, and the weights have that class's names; they are stored as float16,
and loaded as float32. Three tokens, {", ".join(f"`{token}`" for token in SPECIAL[1:])}, are reserved for a chat
template; the pretraining never met them.

**Data.** {log["reviews"]:,} film reviews of the train and unsupervised splits of IMDB (Maas et al., 2011),
{log["tokens of the text"]:,} tokens. Labels were not used. Every review whose words are those of a test review was left
out first; {HELD_OUT:,} others were held out for the figures below. No review is part of this folder.

**Training.** {log["steps"]:,} steps of {BATCH} windows, {log["tokens read"]:,} tokens read, no dropout; Muon for the
matrices of the blocks, AdamW for the rest; {log["seconds"] / 60:.0f} minutes on
{log["hardware"]}, shared with other work. The figures are bits per byte of the held-out reviews.

| step | held out |
|---|---|
{chr(10).join(rows)}

**Limits.** It knows how people write about films, and nothing about films: names, plots and facts are made up. Its
reviews repeat the prejudices of their authors.
"""


if __name__ == "__main__":
    main()
