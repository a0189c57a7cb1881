"""Pretrains the small GPT that travels with the book: the next token of the English prose that comes with Python.

    python data/pretrain_gpt.py

It learns a byte-level tokenizer, trains for a given number of steps, and writes a folder with the weights under the
names of the GPT class of Labs 06 and 09, and a model card. A checkpoint is saved every two minutes; after an
interruption the same command goes on where it was. No download.
"""

from __future__ import annotations

import argparse
import json
import math
import platform
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from torch import nn

from utils import datasets, settings, training
from utils import device as devices
from utils.batches import Batch, Batches
from utils.files import atomic_write

FOLDER = Path(__file__).parent / "models" / "prose-gpt-mini"
END = "<|endoftext|>"
SIZES = {"vocab_size": 2048, "context": 256, "d_model": 192, "n_layers": 4, "n_heads": 6}
HELD_OUT = 0.05  # share of the characters, as in Lab 06
BATCH, STRIDE = 8, 64  # windows of a step; tokens between the beginnings of two windows
DROPOUT = 0.15
# From this step on, in half of the windows the first 20 to 128 tokens come twice: a reason to learn to copy, for which
# two megabytes of plain text are too little.
TWICE_FROM, TWICE = 750, BATCH // 2
SHORTEST, LONGEST = 20, 128
# In `torch.nn.TransformerEncoderLayer`, and in the `Block` of Labs 06 and 09.
NAMES = {
    "self_attn.in_proj_": "attention.qkv.",
    "self_attn.out_proj.": "attention.out.",
    "linear1.": "feed_forward.0.",
    "linear2.": "feed_forward.2.",
}


def gelu(x: torch.Tensor) -> torch.Tensor:
    """GPT-2's activation. As a module, PyTorch's layer would take it for the exact one when it does not train."""
    return F.gelu(x, approximate="tanh")


class GPT(nn.Module):
    """The GPT of Labs 06 and 09 (Radford et al., 2019), of PyTorch's own layers, with dropout."""

    def __init__(
        self,
        vocab_size: int,
        context: int,
        d_model: int,
        n_layers: int,
        n_heads: int,
        dropout: float = DROPOUT,
    ) -> None:
        super().__init__()
        self.token_embedding = nn.Embedding(vocab_size, d_model)
        self.position_embedding = nn.Embedding(context, d_model)
        self.dropout = nn.Dropout(dropout)
        self.blocks = nn.ModuleList(
            nn.TransformerEncoderLayer(
                d_model, n_heads, 4 * d_model, dropout, gelu, batch_first=True, norm_first=True
            )
            for _ in range(n_layers)
        )
        for block in self.blocks:
            block.self_attn.dropout = 0.0  # with it, a CPU has no fused kernel
        self.norm = nn.LayerNorm(d_model)
        for embedding in (self.token_embedding, self.position_embedding):
            nn.init.normal_(embedding.weight, std=0.02)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        """tokens (B, T) int64 → logits (B, T, vocab_size)."""
        T = tokens.shape[1]
        mask = nn.Transformer.generate_square_subsequent_mask(T, device=tokens.device)
        x = self.token_embedding(tokens) + self.position_embedding.weight[:T]  # (B, T, d_model)
        x = self.dropout(x)
        for block in self.blocks:
            x = block(x, src_mask=mask, is_causal=True)
        return self.norm(x) @ self.token_embedding.weight.T  # (B, T, vocab_size)


def lab_weights(model: GPT) -> dict[str, torch.Tensor]:
    """The weights as float16, under the names of the GPT class of the labs."""
    weights = {}
    for name, weight in model.state_dict().items():
        for theirs, ours in NAMES.items():
            name = name.replace(theirs, ours)
        weights[name] = weight.to("cpu", torch.float16).contiguous()
    return weights


def train_tokenizer(
    texts: list[str], vocab_size: int, special: tuple[str, ...] = (END,)
) -> Tokenizer:
    """Byte-level BPE with special tokens, which have the first ids, as Lab 06 trains it."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size,
        special_tokens=list(special),
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def kept_tokenizer(
    file: Path, texts: list[str], vocab_size: int, special: tuple[str, ...] = (END,)
) -> Tokenizer:
    """The tokenizer in a file; where there is none, one is learned from the texts and put there.

    A model that goes on needs the very tokens that it began with.
    """
    if not file.exists():
        with atomic_write(file) as part:
            train_tokenizer(texts, vocab_size, special).save(str(part))
    return Tokenizer.from_file(str(file))


def ids_of(tokenizer: Tokenizer, paragraphs: list[str]) -> torch.Tensor:
    """The paragraphs in one row of ids (T,), an end-of-text token before each."""
    end = tokenizer.token_to_id(END)
    return torch.tensor(
        [i for encoding in tokenizer.encode_batch(paragraphs) for i in (end, *encoding.ids)]
    )


class Windows(Batches):
    """Batches of windows (B, T + 1) of a row of ids, in some of which a passage comes twice."""

    def __getitem__(self, step: int) -> Batch:
        (windows,) = super().__getitem__(step)
        if step < TWICE_FROM:
            return (windows,)
        windows = windows.clone()
        generator = torch.Generator().manual_seed(step)
        for row in windows[:TWICE]:
            passage = int(torch.randint(SHORTEST, LONGEST + 1, (), generator=generator))
            row[passage:] = row[: len(row) - passage].clone()
        return (windows,)


def next_token_loss(model: nn.Module, batch: Batch) -> torch.Tensor:
    """The mean cross-entropy of windows (B, T + 1), in nats per token."""
    (windows,) = batch
    logits = model(windows[:, :-1])  # (B, T, vocab_size)
    return F.cross_entropy(logits.flatten(0, 1).float(), windows[:, 1:].flatten())


def bits_per_byte(model: nn.Module, ids: torch.Tensor, n_bytes: int, context: int) -> float:
    """Bits for each byte of a text of ids (T,); half a window stands before every token but the first ones."""
    half = context // 2
    filling = max(context + 1 - len(ids), -(len(ids) - 1) % half)
    windows = F.pad(ids, (0, filling)).unfold(0, context + 1, half)  # (N, context + 1)
    device = next(model.parameters()).device
    losses = []
    for some in windows.split(16):
        some = some.to(device)
        logits = model(some[:, :-1]).mT.float()  # (B, vocab_size, context)
        losses.append(F.cross_entropy(logits, some[:, 1:], reduction="none").cpu())
    nats = torch.cat(losses)  # (N, context)
    nats = torch.cat([nats[0, :half], nats[:, half:].flatten()])[: len(ids) - 1]
    return nats.double().sum().item() / math.log(2) / n_bytes


def schedule(progress: float) -> float:
    """The default one, stretched, and from the middle on at most a straight line down to 0."""
    return min(training.warmup_cosine(0.64 * progress), (1 - progress) / 0.45)


def optimizers(model: GPT) -> list[torch.optim.Optimizer]:
    """Muon for the matrices of the blocks, AdamW for embeddings, biases and norms."""
    return training.muon_and_adamw(
        model, model.blocks.parameters(), muon_lr=0.02, adamw_lr=4e-3, adamw_decay=0.0
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=1600, help="length of the training")
    parser.add_argument("--out", type=Path, default=FOLDER)
    arguments = parser.parse_args()

    prose = datasets.load_prose(held_out=HELD_OUT)
    tokenizer = kept_tokenizer(
        settings.cache_dir() / "prose-gpt-mini.json", prose.train, SIZES["vocab_size"]
    )
    every = len(prose.train) // len(prose.held_out)
    texts = {"held out": prose.held_out, "training text": prose.train[::every]}
    sizes = {name: len("\n\n".join(paragraphs).encode()) for name, paragraphs in texts.items()}
    judged = {name: ids_of(tokenizer, paragraphs) for name, paragraphs in texts.items()}
    ids = ids_of(tokenizer, prose.train)
    print(f"{len(ids):,} tokens to learn from, {len(judged['held out']):,} held out")

    devices.seed_everything(0)
    device = devices.get_device()
    model = GPT(**SIZES).to(device)
    batches = Windows(
        ids.unfold(0, SIZES["context"] + 1, STRIDE), batch_size=BATCH, device=device, seed=0
    )

    def evaluate(model: nn.Module) -> dict[str, float]:
        found = {
            name: bits_per_byte(model, ids, sizes[name], SIZES["context"])
            for name, ids in judged.items()
        }
        print(", ".join(f"{name} {bits:.4f}" for name, bits in found.items()), flush=True)
        return found

    history = training.fit(
        model,
        batches,
        next_token_loss,
        steps=arguments.steps,
        optimizer=optimizers(model),
        schedule=schedule,
        precision=torch.bfloat16,  # on a CPU with instructions for it a fifth less time for a step
        evaluate=evaluate,
        evaluate_every=250,
        checkpoint="prose-gpt-mini",
        checkpoint_seconds=120,
        title="Prose GPT mini",
    )
    log = {
        "steps": history.steps,
        "seconds": round(history.seconds),
        "paragraphs": len(prose.train),
        "tokens of the text": len(ids),
        "tokens read": history.samples * SIZES["context"],
        "python": platform.python_version(),
        "hardware": devices.describe(device),
        "evaluations": evaluations_of(history),
    }
    text = card(log, sum(p.numel() for p in model.parameters()))
    save(model, tokenizer, SIZES, log, text, arguments.out)


def evaluations_of(history: training.History) -> list[dict[str, float]]:
    """What each evaluation of a training measured, with its step."""
    return [
        {"step": step, **{name: round(bits[i], 4) for name, bits in history.metrics.items()}}
        for i, step in enumerate(history.evaluated_at)
    ]


def some_of(evaluations: list[dict[str, float]]) -> list[dict[str, float]]:
    """About a dozen evaluations for the table of a card, with the last one."""
    every = max(1, len(evaluations) // 12)
    return [*evaluations[every - 1 : -1 : every], evaluations[-1]]


def save(
    model: GPT, tokenizer: Tokenizer, sizes: dict[str, int], log: dict, text: str, folder: Path
) -> None:
    """Writes weights, tokenizer, sizes, log and the text of the card whole, in place of the old ones."""
    with atomic_write(folder) as part:
        part.mkdir(parents=True, exist_ok=True)
        save_file(lab_weights(model), part / "model.safetensors")
        tokenizer.save(str(part / "tokenizer.json"))
        (part / "config.json").write_text(json.dumps(sizes, indent=2) + "\n", encoding="utf-8")
        (part / "pretraining.json").write_text(json.dumps(log, indent=1) + "\n", encoding="utf-8")
        (part / "README.md").write_text(text, encoding="utf-8")
    print(f"{folder}: {sum(f.stat().st_size for f in folder.iterdir()) / 1e6:.1f} MB")


def card(log: dict, parameters: int) -> str:
    """The model card, in Hugging Face's form, with the log of the pretraining as a table."""
    chosen = some_of(log["evaluations"])
    rows = [f"| {e['step']:,} | {e['held out']:.3f} | {e['training text']:.3f} |" for e in chosen]
    return f"""---
language: en
pipeline_tag: text-generation
---
# prose-gpt-mini

A small GPT for teaching: {parameters:,} parameters, {SIZES["n_layers"]} blocks of width {SIZES["d_model"]} with
{SIZES["n_heads"]} heads, a byte-level vocabulary of {SIZES["vocab_size"]:,} tokens, at most {SIZES["context"]} of
them at a time. It was pretrained from scratch for Lab 09 by `data/pretrain_gpt.py`. `config.json` holds the arguments
of the GPT class of Labs 06 and 09, and the weights have that class's names; they are stored as float16, and loaded as
float32.

**Data.** English prose that comes with Python {log["python"]}: its help topics and the docstrings of its standard
library, {log["paragraphs"]:,} paragraphs, {log["tokens of the text"]:,} tokens (PSF License). {HELD_OUT:.0%} of the
characters were held out, whole texts at a time.

**Training.** {log["steps"]:,} steps of {BATCH} windows, {log["tokens read"]:,} tokens read, dropout {DROPOUT:g}; Muon
for the matrices of the blocks, AdamW for the rest; {log["seconds"] / 60:.0f} minutes on
{log["hardware"]}. From step {TWICE_FROM} on, in half of the windows the
first {SHORTEST} to {LONGEST} tokens came twice, so that there was something to copy.
The figures below are bits per byte, of the held-out text and of about as much of the training text.

| step | held out | training text |
|---|---|---|
{chr(10).join(rows)}

**Limits.** It knows the manuals of one programming language, and writes like them; what it says is often false.
"""


if __name__ == "__main__":
    main()
