"""Batches depend on seed and step alone, and their augmentations do what torchvision's do."""

import pytest
import torch
from torchvision.transforms.v2 import functional as reference

from utils import batches
from utils.batches import Batches, TextBatches


def test_a_pass_visits_every_example_once_and_the_next_in_another_order():
    data = Batches(torch.arange(12), batch_size=4, seed=5)
    first, second = (torch.cat([x for (x,) in data]) for _ in range(2))
    assert first.sort().values.tolist() == second.sort().values.tolist() == list(range(12))
    assert first.tolist() != second.tolist()


def test_a_batch_depends_on_the_step_and_not_on_what_was_asked_before():
    one, other = (Batches(torch.arange(100), batch_size=7, seed=3) for _ in range(2))
    wanted = [one[step] for step in range(40)]
    for step in (39, 2, 15):
        assert torch.equal(other[step][0], wanted[step][0])
    assert not torch.equal(Batches(torch.arange(100), batch_size=7, seed=4)[0][0], wanted[0][0])


def test_without_shuffling_the_last_batch_is_shorter_and_with_it_left_out():
    x, y = torch.arange(10), torch.arange(10) * 2
    ordered = Batches(x, y, batch_size=4, shuffle=False)
    assert [a.tolist() for a, _ in ordered] == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]
    shuffled = Batches(x, y, batch_size=4)
    assert len(shuffled) == 2
    assert all(torch.equal(2 * a, b) for a, b in shuffled)


@pytest.mark.parametrize(
    ("tensors", "size", "words"),
    [
        ([], 2, "of one length above 0"),
        ([torch.zeros(3), torch.zeros(4)], 2, r"theirs are \[3, 4\]"),
        ([torch.zeros(0)], 2, r"\[0\]"),
        ([torch.zeros(3)], 0, "batch_size is 0"),
    ],
)
def test_what_cannot_be_batched_is_said(tensors, size, words):
    with pytest.raises(ValueError, match=words):
        Batches(*tensors, batch_size=size)


def test_augmentation_draws_the_same_for_the_same_step():
    def noise(x, generator):
        return (x + torch.rand(len(x), generator=generator),)

    one, other = (Batches(torch.zeros(8), batch_size=4, augment=noise) for _ in range(2))
    assert torch.equal(one[5][0], other[5][0])
    assert not torch.equal(one[5][0], one[6][0])


@pytest.mark.parametrize("dtype", [torch.uint8, torch.float32])
def test_flip_and_crop_are_those_of_torchvision(dtype):
    generator = torch.Generator().manual_seed(0)
    images = torch.randint(256, (30, 3, 9, 7), generator=generator).to(dtype)
    flipped = torch.rand(30, generator=generator) < 0.5
    assert 0 < flipped.sum() < 30
    for got, image, mirror in zip(batches.flip(images, flipped), images, flipped, strict=True):
        assert torch.equal(got, reference.horizontal_flip(image) if mirror else image)
    top, left = torch.randint(5, (2, 30), generator=generator)
    cropped = batches.crop(images, top, left, padding=2)
    for got, image, t, s in zip(cropped, images, top.tolist(), left.tolist(), strict=True):
        assert torch.equal(got, reference.crop(reference.pad(image, [2] * 4), t, s, 9, 7))


def test_random_augmentations_reach_every_value():
    generator = torch.Generator().manual_seed(0)
    images = torch.zeros(500, 1, 5, 5)
    images[:, 0, 2, 1] = 1
    mirrored = batches.random_flip(images, generator)[:, 0, 2, 3].mean()
    assert 0.4 < mirrored < 0.6
    shifted = batches.random_crop(images, generator, padding=1).flatten(1)
    assert set(shifted.argmax(1).tolist()) == {
        5 * row + column for row in (1, 2, 3) for column in (0, 1, 2)
    }


SENTENCES = [
    list(range(1, 1 + n))
    for n in torch.randint(1, 60, (333,), generator=torch.Generator().manual_seed(0))
]


@pytest.mark.parametrize("shuffle", [True, False])
def test_text_is_padded_to_the_longest_of_its_batch(shuffle):
    labels = torch.tensor([len(s) for s in SENTENCES])
    data = TextBatches(SENTENCES, labels, batch_size=8, pad=-1, shuffle=shuffle)
    seen = []
    for tokens, mask, lengths in data:
        assert tokens.shape == mask.shape == (len(lengths), lengths.max())
        assert torch.equal(mask.sum(1), lengths)
        for row, length in zip(tokens.tolist(), lengths.tolist(), strict=True):
            assert row == [*range(1, 1 + length), *[-1] * (len(row) - length)]
        seen += lengths.tolist()
    assert len(seen) == (328 if shuffle else 333)
    assert (seen == labels.tolist()) != shuffle


def test_widths_are_rounded_up_if_few_are_wanted():
    exact = TextBatches(SENTENCES, batch_size=8, pad=-1)
    rounded = TextBatches(SENTENCES, batch_size=8, pad=-1, pad_to_multiple_of=16)
    widths = set()
    for (tokens, mask), (wide, wide_mask) in zip(exact, rounded, strict=True):
        T = tokens.shape[1]
        widths.add(wide.shape[1])
        assert wide.shape[1] - T < 16
        assert torch.equal(wide[:, :T], tokens)
        assert torch.equal(wide_mask[:, :T], mask)
        assert wide[:, T:].eq(-1).all()
        assert not wide_mask[:, T:].any()
    assert widths == {16, 32, 48, 64}


def test_buckets_leave_little_padding_and_keep_the_passes_different():
    data = TextBatches(SENTENCES, batch_size=8, pad=0)
    first, second = ([tokens.tolist() for tokens, _ in data] for _ in range(2))
    assert first != second
    padding = torch.cat([~mask.flatten() for _, mask in data]).float().mean()
    unsorted = TextBatches(SENTENCES, batch_size=8, pad=0, shuffle=False)
    assert padding < 0.1 < torch.cat([~mask.flatten() for _, mask in unsorted]).float().mean()


def test_a_text_batch_depends_on_the_step_alone():
    one, other = (TextBatches(SENTENCES, batch_size=8, pad=0, seed=2) for _ in range(2))
    wanted = [one[step][0] for step in range(90)]
    for step in (80, 3):
        assert torch.equal(other[step][0], wanted[step])


def test_an_empty_sequence_and_missing_labels_are_said():
    with pytest.raises(ValueError, match="at least one token"):
        TextBatches([[1], []], batch_size=1, pad=0)
    with pytest.raises(ValueError, match=r"2 sequences and labels for \[3\]"):
        TextBatches([[1], [2]], torch.zeros(3), batch_size=1, pad=0)
    with pytest.raises(ValueError, match="pad_to_multiple_of is 0"):
        TextBatches([[1]], batch_size=1, pad=0, pad_to_multiple_of=0)
