# %% [markdown]
# A **batch** is a rectangle of numbers, and reviews have different lengths: short ones are filled up with `[PAD]`. A
# mask says which tokens are real, and attention looks at those alone. Padding costs as much time as words do.

# %% [markdown]
# ### Exercise 5 · Collate (4 points · 30 min · ●●○)
#
# `collate` turns a list of token sequences into `tokens (B, T)`, int64, filled up **on the right** with `pad`, and
# `mask (B, T)`, bool, True where there is a token. T is the longest length *in this batch*.
#
# `bucketed` gets the lengths `(N,)` of all sequences and returns a list of index tensors, one per batch. Each index
# appears in exactly one batch; sequences of similar length go together, so that there is little padding; each batch has
# `batch_size` sequences, but for one that holds the rest. The batches come in an **order drawn** with `generator`, or
# the model would see all short reviews first.
#
# <details><summary>Hint 1: the idea</summary>Make a tensor full of <code>pad</code> and write each sequence into its
# row. For buckets: sort by length, cut, shuffle the pieces.</details>
# <details><summary>Hint 2: the formula</summary>mask[b, t] = t &lt; length of sequence b: from the lengths, not from
# the ids, since a pad id may be a word elsewhere.</details>
# <details><summary>Hint 3: the line</summary><code>lengths.argsort().split(batch_size)</code>, then
# <code>torch.randperm(len(batches), generator=generator)</code>.</details>


# %% solution="collate"
def collate(sequences: list[list[int]], pad: int) -> tuple[torch.Tensor, torch.Tensor]:
    """A batch of sequences, padded on the right to the longest of them.

    Args:
        sequences: B lists of token ids, none empty.
        pad: the id that fills the rest.

    Returns:
        tokens (B, T) int64, and mask (B, T) bool, True where there is a token.
    """
    ### BEGIN SOLUTION
    lengths = torch.tensor([len(sequence) for sequence in sequences])
    mask = torch.arange(int(lengths.max())) < lengths[:, None]  # (B, T)
    tokens = torch.full(mask.shape, pad)
    tokens[mask] = torch.tensor([i for sequence in sequences for i in sequence])
    return tokens, mask
    ### END SOLUTION


# %% check="collate_tokens" points=1
tokens, mask = checks.unpack(
    "collate", checks.run(collate, [[5, 6], [7, 8, 9, 4], [3]], 1), "tokens", "mask"
)
checks.tensor("tokens", tokens)
with checks.hint("T is the longest length in this batch."):
    checks.shape("tokens", tokens, batch=3, tokens=4)
checks.that(
    tokens.dtype == torch.int64,
    f"tokens: expected int64, got {tokens.dtype}. An embedding needs int64.",
)
expected = torch.tensor([[5, 6, 1, 1], [7, 8, 9, 4], [3, 1, 1, 1]])
slips = {
    "the batch is filled with 0; fill it with pad.": torch.tensor(
        [[5, 6, 0, 0], [7, 8, 9, 4], [3, 0, 0, 0]]
    ),
    "the padding stands on the left; it goes to the right.": torch.tensor(
        [[1, 1, 5, 6], [7, 8, 9, 4], [1, 1, 1, 3]]
    ),
    "keep the order of the sequences.": torch.tensor([[7, 8, 9, 4], [5, 6, 1, 1], [3, 1, 1, 1]]),
}
checks.close(
    "tokens, pad 1",
    tokens.double(),
    expected.double(),
    slips={k: v.double() for k, v in slips.items()},
)
for pad_id, sequences in ((9, [[4, 4, 4], [6]]), (0, [[7, 7]]), (3, [[5]] * 4 + [[3] * 6])):
    longest = max(map(len, sequences))
    padded = [row + [pad_id] * (longest - len(row)) for row in sequences]
    got, _ = checks.unpack("collate", checks.run(collate, sequences, pad_id), "tokens", "mask")
    checks.shape(f"tokens for {sequences}", got, batch=len(sequences), tokens=longest)
    checks.that(
        got.tolist() == padded, f"{sequences}, pad {pad_id}: expected {padded}, got {got.tolist()}."
    )
### BEGIN HIDDEN TESTS
for count in (1, 6):
    sequences = [list(range(2, 3 + (7 * i) % 5)) for i in range(count)]
    tokens, _ = checks.run(collate, sequences, 0)
    checks.shape("tokens", tokens, batch=count, tokens=max(map(len, sequences)))
    checks.that(
        [row[: len(s)].tolist() for row, s in zip(tokens, sequences, strict=True)] == sequences,
        "each row begins with its sequence.",
    )
### END HIDDEN TESTS
checks.passed("padded on the right, to the longest of the batch")

# %% check="collate_mask" points=1
_, mask = checks.unpack(
    "collate", checks.run(collate, [[5, 6], [7, 1, 9, 1], [1]], 1), "tokens", "mask"
)
checks.shape("mask", mask, batch=3, tokens=4)
checks.that(
    mask.dtype == torch.bool, f"mask: expected bool, True where there is a token, got {mask.dtype}."
)
expected = torch.tensor([[1, 1, 0, 0], [1, 1, 1, 1], [1, 0, 0, 0]], dtype=torch.float64)
slips = {
    "True is for tokens, False for padding.": 1 - expected,
    "a token may have the id of pad: make the mask from the lengths.": torch.tensor(
        [[1, 1, 0, 0], [1, 0, 1, 0], [0, 0, 0, 0]], dtype=torch.float64
    ),
    "everything is marked as a token; the padding is not.": torch.ones(3, 4, dtype=torch.float64),
    "the padding stands on the left; it goes to the right.": expected.flip(1),
}
checks.close("mask", mask.double(), expected, slips=slips)
for rows in ([[2], [3, 3]], [[1, 1, 1, 1, 1], [1], [0, 1]]):
    _, got = checks.run(collate, rows, 1)
    wanted = [[t < len(row) for t in range(max(map(len, rows)))] for row in rows]
    checks.that(
        got.tolist() == wanted, f"the mask of {rows}: expected {wanted}, got {got.tolist()}."
    )
checks.passed("True where there is a token")


# %% solution="bucketed"
def bucketed(
    lengths: torch.Tensor, batch_size: int, generator: torch.Generator
) -> list[torch.Tensor]:
    """Batches of sequences of similar length, in a drawn order.

    Args:
        lengths: (N,) int64.
        batch_size: sequences in a batch; one batch holds the rest.
        generator: draws the order of the batches.

    Returns:
        Tensors of indices, one per batch.
    """
    ### BEGIN SOLUTION
    batches = lengths.argsort().split(batch_size)
    return [batches[i] for i in torch.randperm(len(batches), generator=generator)]
    ### END SOLUTION


# %% check="bucketed_once" points=1
lengths = torch.randint(5, 400, (53,), generator=torch.Generator().manual_seed(0))
batches = checks.run(bucketed, lengths, 8, torch.Generator().manual_seed(1))
checks.that(
    isinstance(batches, list | tuple),
    f"expected a list of tensors, got a {type(batches).__name__}.",
)
for batch in batches:
    checks.tensor("a batch", batch)
sizes = sorted(len(batch) for batch in batches)
slip = " Is the rest dropped? It is a batch too." if sizes == [8] * 6 else ""
checks.that(
    sizes == [5, *[8] * 6],
    f"53 sequences in batches of 8: expected six of 8 and one of 5, got sizes {sizes}.{slip}",
)
indices = sorted(torch.cat(list(batches)).tolist())
slip = " Those are the lengths; return the indices." if indices == sorted(lengths.tolist()) else ""
checks.that(
    indices == list(range(53)), f"each index from 0 to 52 must appear in exactly one batch.{slip}"
)
for count, size in ((6, 3), (10, 4), (2, 5)):
    batches = checks.run(bucketed, torch.arange(count) + 1, size, torch.Generator().manual_seed(1))
    got = sorted(len(batch) for batch in batches)
    wanted = sorted([size] * (count // size) + [count % size] * (count % size > 0))
    checks.that(
        got == wanted,
        f"{count} sequences in batches of {size}: expected sizes {wanted}, got {got}.",
    )
### BEGIN HIDDEN TESTS
for count, size in ((12, 3), (7, 5), (1, 1)):
    batches = checks.run(bucketed, torch.arange(count) + 1, size, torch.Generator().manual_seed(1))
    checks.that(
        sorted(torch.cat(list(batches)).tolist()) == list(range(count)),
        "each index must appear in exactly one batch.",
    )
    checks.that(
        len(batches) == -(-count // size),
        f"{count} sequences in batches of {size}: got {len(batches)} batches.",
    )
### END HIDDEN TESTS
checks.passed("each sequence once, in batches of the right size")

# %% check="bucketed_padding" points=1
lengths = torch.randint(5, 400, (53,), generator=torch.Generator().manual_seed(0))


def bucketed_with(seed: int) -> list[torch.Tensor]:
    batches = checks.run(bucketed, lengths, 8, torch.Generator().manual_seed(seed))
    batches = [torch.as_tensor(b) for b in batches] if isinstance(batches, list | tuple) else []
    indices = [i for b in batches for i in b.flatten().tolist()]
    checks.that(
        sorted(indices) == list(range(53)),
        "the batches must hold indices from 0 to 52, each of them once: let the check above pass first.",
    )
    return batches


def places_of_padding(batches: list[torch.Tensor]) -> int:
    return sum(int(lengths[b].max()) * len(b) - int(lengths[b].sum()) for b in batches)


# The batch with the rest may stand anywhere among the sorted ones.
cuts = [lengths.sort().indices.split([8] * k + [5] + [8] * (6 - k)) for k in range(7)]
most = max(map(places_of_padding, cuts))
got = places_of_padding(bucketed_with(seed=1))
checks.that(
    got <= most,
    f"53 reviews in batches of 8 need at most {most:,} places of padding when sorted by length, yours need "
    f"{got:,}. Sort by length before you cut.",
)
drawn = [tuple(int(lengths[b].max()) for b in bucketed_with(seed)) for seed in range(40)]
checks.that(
    len(set(drawn)) > 1,
    f"40 generators gave one order of the batches, with longest lengths {drawn[0]}. Draw the order with generator.",
)
sizes = [[len(b) for b in bucketed_with(seed)] for seed in range(40)]
rests = {some.index(min(some)) for some in sizes}
checks.that(
    len(set(drawn)) > 30 and len(rests) > 4,
    f"40 generators gave only {len(set(drawn))} orders of 7 batches, with the smaller batch at {len(rests)} places. "
    "Every order should be possible: torch.randperm draws one.",
)
generator = torch.Generator().manual_seed(5)
twice = [checks.run(bucketed, lengths, 8, generator, may_change=True) for _ in range(2)]
first, second = ([int(lengths[b].max()) for b in batches] for batches in twice)
checks.that(
    first != second,
    "two calls with one generator gave the same order, as in every epoch: draw with it, do not make another one of it.",
)
checks.that(
    tuple(int(lengths[b].max()) for b in bucketed_with(seed=3)) == drawn[3],
    "the same seed gave another order. Draw with the generator that you got, not with torch's own.",
)
checks.passed("little padding, in an order that the generator draws")

# %% [markdown]
# **Experiment.** The same reviews through the encoder, batched in three ways: all padded to the longest text the
# model takes, each batch padded to its own longest review, and batches of similar length.

# %% experiment="padding_experiment"
# Experiment · Padding and time of three plans for batches
LENGTH = scaled(full=512, smoke=64)
some = [truncate(ids, LENGTH, "both", cls, sep) for ids in fit_ids[: scaled(full=400, smoke=24)]]
lengths, B = torch.tensor([len(ids) for ids in some]), scaled(full=32, smoke=8)
plans = {
    f"all to {LENGTH}": torch.arange(len(some)).split(B),
    "to the longest of the batch": torch.arange(len(some)).split(B),
    "buckets": bucketed(lengths, B, torch.Generator().manual_seed(0)),
}
for name, batches in plans.items():
    places = 0
    with device.measure(place) as cost, torch.no_grad(), device.autocast(place, precision):
        for index in batches:
            tokens, mask = collate([some[i] for i in index.tolist()], pad)
            if name.startswith("all"):
                room = (0, LENGTH - tokens.shape[1])
                tokens, mask = F.pad(tokens, room, value=pad), F.pad(mask, room)
            encoder(tokens.to(place), attention_mask=mask.to(place))
            places += tokens.numel()
    share = 1 - lengths.sum().item() / places
    print(f"{name}: {share:.0%} of the places are padding, {cost.seconds:.1f} s")

# %% [markdown]
# **What you saw.** About half of the places hold nothing, and padding batch by batch hardly helps: among 32 reviews
# drawn at random there is nearly always one that fills all 512. With buckets nearly every place holds a
# token. From here on `TextBatches` of `utils` does both steps for you, on the device.
