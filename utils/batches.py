"""Batches from data that lives on the device: sliced, shuffled, padded and augmented there, a batch at a time.

A batch is a function of the seed and of the step alone: `batches[7]` is the same in every run and after every
interruption, so a resumed training continues in the same order without anything to save.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import torch

Batch = tuple[torch.Tensor, ...]


class _Planned(NamedTuple):
    """A batch of an epoch before its examples are gathered."""

    examples: torch.Tensor  # (B,) int64, their indices, on the device
    width: int  # of its text, in tokens; 0 where there is none


class Batches:
    """Batches of tensors that share their first dimension and fit in the device's memory.

    `batches[step]` is the batch of a training step; epochs follow each other without end. `for batch in batches` makes
    one pass, and the next loop a pass in another order. `len(batches)` counts the batches of a pass: when shuffled, the
    examples that do not fill a batch sit out this pass; otherwise the last batch is shorter.
    """

    def __init__(
        self,
        *tensors: torch.Tensor,
        batch_size: int,
        device: torch.device | str | None = None,
        shuffle: bool = True,
        seed: int = 0,
        augment: Callable[..., Batch] | None = None,
    ) -> None:
        """Moves the tensors to the device.

        Args:
            tensors: each of shape (N, ...).
            batch_size: examples in a batch; N when there are fewer.
            device: where the batches live, by default where the tensors are.
            shuffle: a new order for every pass; without it, the order of the tensors.
            seed: the same seed gives the same orders, on every device.
            augment: changes a batch: `augment(*batch, generator=g)` returns the new tuple and draws from g only.

        Raises:
            ValueError: no tensors, no examples, tensors of different lengths, or a batch size below 1.
        """
        lengths = [len(tensor) for tensor in tensors]
        if not lengths or len(set(lengths)) > 1 or lengths[0] == 0:
            raise ValueError(f"Batches needs tensors of one length above 0; theirs are {lengths}.")
        device = tensors[0].device if device is None else torch.device(device)
        self._tensors = tuple(tensor.to(device) for tensor in tensors)
        self._prepare(lengths[0], device, batch_size, shuffle, seed, augment)

    def _prepare(
        self,
        examples: int,
        device: torch.device,
        batch_size: int,
        shuffle: bool,
        seed: int,
        augment: Callable[..., Batch] | None,
    ) -> None:
        if batch_size < 1:
            raise ValueError(f"batch_size is {batch_size}; it must be at least 1.")
        self.batch_size = min(batch_size, examples)
        self.seed, self.device = seed, device
        self._examples, self._shuffle, self._augment = examples, shuffle, augment
        self._passes = 0
        self._epoch = -1  # whose batches are planned
        self._plan: list[_Planned] = []

    def __len__(self) -> int:
        """Batches in one pass."""
        whole, rest = divmod(self._examples, self.batch_size)
        return whole + (rest > 0 and not self._shuffle)

    def __getitem__(self, step: int) -> Batch:
        """The batch of a step, counted from 0 through all epochs."""
        epoch, position = divmod(step, len(self))
        if epoch != self._epoch:
            self._epoch, self._plan = epoch, self._plan_epoch(epoch)
        batch = self._gather(self._plan[position])
        if self._augment is None:
            return batch
        generator = torch.Generator(self.device).manual_seed(_mix(self.seed, 1, step))
        return self._augment(*batch, generator=generator)

    def __iter__(self) -> Iterator[Batch]:
        first = self._passes * len(self)
        self._passes += 1
        return (self[step] for step in range(first, first + len(self)))

    def _order(self, epoch: int) -> torch.Tensor:
        """The examples in the order of an epoch, (N,); drawn on the CPU, so that every device sees the same."""
        if not self._shuffle:
            return torch.arange(self._examples)
        generator = torch.Generator().manual_seed(_mix(self.seed, 0, epoch))
        return torch.randperm(self._examples, generator=generator)

    def _plan_epoch(self, epoch: int) -> list[_Planned]:
        """The batches of an epoch, in order."""
        order = self._order(epoch).to(self.device)
        return [_Planned(examples, 0) for examples in torch.split(order, self.batch_size)]

    def _gather(self, planned: _Planned) -> Batch:
        """The examples of a batch."""
        return tuple(tensor[planned.examples] for tensor in self._tensors)


class TextBatches(Batches):
    """Batches of token sequences of unequal length, each batch padded to its own longest sequence, or a little more.

    A batch is `(tokens, mask, *labels)`: tokens (B, T) int64, mask (B, T) bool, True where there is a token. Shuffled
    passes put sequences of similar length together, so that little is padding.
    """

    POOL = 50  # batches that are shuffled together, then sorted by length and cut

    def __init__(
        self,
        sequences: Sequence[Sequence[int]],
        *labels: torch.Tensor,
        batch_size: int,
        pad: int,
        pad_to_multiple_of: int = 1,
        device: torch.device | str = "cpu",
        shuffle: bool = True,
        seed: int = 0,
        augment: Callable[..., Batch] | None = None,
    ) -> None:
        """Moves the sequences, joined end to end, and the labels to the device.

        Args:
            sequences: N sequences of token ids.
            labels: tensors of shape (N, ...).
            batch_size, device, shuffle, seed, augment: as for `Batches`.
            pad: the id that fills the positions without a token.
            pad_to_multiple_of: round widths up, so that there are few. A CPU with instructions for bfloat16 keeps about
                13 MB of prepared products for each width that a small encoder has met; GPUs like multiples of 8.

        Raises:
            ValueError: no sequences, an empty sequence, labels of another length, or a batch size or multiple below 1.
        """
        if pad_to_multiple_of < 1:
            raise ValueError(f"pad_to_multiple_of is {pad_to_multiple_of}; it must be at least 1.")
        counts = torch.tensor([len(sequence) for sequence in sequences])
        if not len(counts) or counts.min() == 0:
            raise ValueError("TextBatches needs sequences of at least one token each.")
        if any(len(label) != len(sequences) for label in labels):
            lengths = [len(label) for label in labels]
            raise ValueError(f"there are {len(sequences)} sequences and labels for {lengths}.")
        device = torch.device(device)
        flat = np.concatenate([np.asarray(sequence, dtype=np.int64) for sequence in sequences])
        self._tokens = torch.from_numpy(flat).to(device)
        # on the CPU, where a batch learns its width without waiting for the device
        self._counts = counts
        self._lengths = counts.to(device)
        self._starts = self._lengths.cumsum(0) - self._lengths
        self._labels = tuple(label.to(device) for label in labels)
        self._pad, self._multiple = pad, pad_to_multiple_of
        self._prepare(len(sequences), device, batch_size, shuffle, seed, augment)

    def _plan_epoch(self, epoch: int) -> list[_Planned]:
        """The batches of an epoch, in order, with their widths."""
        order = self._order(epoch)
        if self._shuffle:
            order = order[: len(self) * self.batch_size]
            pools = torch.split(order, self.POOL * self.batch_size)
            order = torch.cat([pool[self._counts[pool].argsort(stable=True)] for pool in pools])
        batches = list(torch.split(order, self.batch_size))
        if self._shuffle:
            generator = torch.Generator().manual_seed(_mix(self.seed, 2, epoch))
            batches = [batches[i] for i in torch.randperm(len(batches), generator=generator)]
        widths = [-(-int(self._counts[examples].max()) // self._multiple) for examples in batches]
        return [
            _Planned(examples.to(self.device), width * self._multiple)
            for examples, width in zip(batches, widths, strict=True)
        ]

    def _gather(self, planned: _Planned) -> Batch:
        """The sequences of a batch, padded to its width, with their mask and labels."""
        examples, width = planned
        position = torch.arange(width, device=self.device)  # (T,)
        mask = position < self._lengths[examples, None]  # (B, T)
        source = (self._starts[examples, None] + position).where(mask, 0)  # (B, T)
        tokens = self._tokens[source].where(mask, self._pad)  # (B, T)
        return tokens, mask, *(label[examples] for label in self._labels)


def _mix(*numbers: int) -> int:
    """One seed from several numbers, far apart for neighbors."""
    return int(np.random.SeedSequence(numbers).generate_state(1, np.uint64)[0] >> 1)


# Augmentations of images (B, C, H, W) of any dtype: one function draws, the other applies what was drawn.


def flip(images: torch.Tensor, flipped: torch.Tensor) -> torch.Tensor:
    """Mirrors left and right the images whose entry of `flipped`, (B,) bool, is True."""
    return torch.where(flipped[:, None, None, None], images.flip(-1), images)


def random_flip(images: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Mirrors each image with probability one half."""
    return flip(images, torch.rand(len(images), generator=generator, device=generator.device) < 0.5)


def crop(images: torch.Tensor, top: torch.Tensor, left: torch.Tensor, padding: int) -> torch.Tensor:
    """Pads with zeros on all four sides, then cuts a window of the old size from each image.

    Args:
        images: (B, C, H, W).
        top, left: (B,) int64, the window's corner in the padded image, from 0 to 2 × padding.
        padding: pixels added on each side.
    """
    _, _, height, width = images.shape
    padded = torch.nn.functional.pad(images, [padding] * 4)
    windows = padded.unfold(2, height, 1).unfold(3, width, 1)  # a view: (B, C, 2p+1, 2p+1, H, W)
    return windows[torch.arange(len(images), device=images.device), :, top, left]


def random_crop(images: torch.Tensor, generator: torch.Generator, padding: int = 4) -> torch.Tensor:
    """Shifts each image by up to `padding` pixels in each direction; what enters is zero."""
    corner = torch.randint(
        2 * padding + 1, (2, len(images)), generator=generator, device=generator.device
    )
    return crop(images, corner[0], corner[1], padding)
