"""Steps per second of device-resident batches and `fit` against a DataLoader and a plain loop.

The task: reverse 16 digits with an encoder of one layer, one head and width 32, in batches of 128, as in UvA's
tutorial 6. Run it with `python tests/benchmarks/batches_against_dataloader.py`.
"""

import time

import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

from utils import device, training
from utils.batches import Batches

LENGTH, DIGITS, BATCH, STEPS, EXAMPLES = 16, 10, 128, 390, 50_000


class Reversal(Dataset):
    """Sequences of digits, looked up one at a time, as a DataLoader asks for them."""

    def __init__(self, tokens: torch.Tensor) -> None:
        self.tokens = tokens

    def __len__(self) -> int:
        return len(self.tokens)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, torch.Tensor]:
        return self.tokens[index], self.tokens[index].flip(0)


class Encoder(nn.Module):
    """One encoder layer over learned digits and positions."""

    def __init__(self) -> None:
        super().__init__()
        self.digits = nn.Embedding(DIGITS, 32)
        self.positions = nn.Parameter(torch.randn(LENGTH, 32))
        self.layer = nn.TransformerEncoderLayer(32, 1, 64, dropout=0.0, batch_first=True)
        self.head = nn.Linear(32, DIGITS)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        """Logits (B, T, digits) of tokens (B, T)."""
        return self.head(self.layer(self.digits(tokens) + self.positions))


def loss(model: nn.Module, batch: tuple[torch.Tensor, ...]) -> torch.Tensor:
    """Mean cross-entropy over all tokens."""
    tokens, reversed_tokens = batch
    return nn.functional.cross_entropy(model(tokens).flatten(0, 1), reversed_tokens.flatten())


def plain_loop(tokens: torch.Tensor, place: torch.device) -> float:
    """Steps per second of the usual loop."""
    device.seed_everything(0)
    model = Encoder().to(place)
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-4)
    loader = DataLoader(Reversal(tokens), batch_size=BATCH, shuffle=True, drop_last=True)
    start = time.perf_counter()
    for batch in loader:
        optimizer.zero_grad()
        loss(model, tuple(tensor.to(place) for tensor in batch)).backward()
        nn.utils.clip_grad_norm_(model.parameters(), 5)
        optimizer.step()
    device.synchronize(place)
    return len(loader) / (time.perf_counter() - start)


def resident(tokens: torch.Tensor, place: torch.device) -> float:
    """Steps per second of `fit`."""
    device.seed_everything(0)
    batches = Batches(tokens, tokens.flip(1), batch_size=BATCH, device=place)
    history = training.fit(Encoder().to(place), batches, loss, steps=STEPS, clip=5, show=False)
    return STEPS / history.seconds


def main() -> None:
    """Runs both twice, in turn, and prints the second run."""
    place = device.get_device()
    print(device.describe(place))
    tokens = torch.randint(DIGITS, (EXAMPLES, LENGTH))
    for _ in range(2):
        slow, fast = plain_loop(tokens, place), resident(tokens, place)
    print(
        f"DataLoader and loop {slow:.1f} steps/s, Batches and fit {fast:.1f} steps/s: {fast / slow:.2f} times"
    )
    print(f"an epoch of {EXAMPLES:,} sequences: {EXAMPLES / BATCH / fast:.2f} s")


if __name__ == "__main__":
    main()
