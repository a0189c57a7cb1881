# %% [markdown]
# ## 2 · Teacher forcing
#
# The decoder writes one token at a time, and each time it is told what stands before. While it learns, we
# tell it the *right* tokens, whatever it would have written itself. This is teacher forcing. It lets all
# positions of a line be trained at once.
#
# For the output `1982` the decoder sees and should say:
#
# | step | 1 | 2 | 3 | 4 | 5 |
# |---|---|---|---|---|---|
# | input | begin | 1 | 9 | 8 | 2 |
# | target | 1 | 9 | 8 | 2 | end |
#
# The inputs are the targets, one step later. If they were not shifted, the decoder would see what it has
# to say, and learn to copy.

# %% [markdown]
# ### Exercise 1 · Inputs and targets of the decoder (2 points · 10 min · ●○○)
#
# `y` `(B, T)` holds lines of tokens, padded on the right. Return two tensors of shape `(B, T + 1)`:
#
# - `inputs`: the token `begin`, then the line as it is;
# - `targets`: the line, and the token `end` in the place *right after its last token*. The rest is
#   padding.
#
# Lines have different lengths. What stands in `inputs` where `targets` is padding does not matter.
#
# <details><summary>Hint 1: the idea</summary>Put a column before y for the inputs, and a column of
# padding after y for the targets. Then write one end token per line.</details>
# <details><summary>Hint 2: the formula</summary>The number of real tokens of each line is
# <code>(y != pad).sum(dim=1)</code>. That is also the place of its end token, because places count from
# 0.</details>
# <details><summary>Hint 3: the line</summary><code>y.new_full((len(y), 1), begin)</code> is a column on
# the device of y. <code>targets[torch.arange(len(y)), lengths] = end</code> writes one entry per
# row.</details>


# %% solution="teacher_forcing"
def teacher_forcing(
    y: torch.Tensor, begin: int, end: int, pad: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """What the decoder sees and what it should say.

    Args:
        y: lines of tokens, padded on the right, (B, T).
        begin, end, pad: the numbers of the special tokens.

    Returns:
        inputs (B, T + 1) and targets (B, T + 1), on the device of y.
    """
    ### BEGIN SOLUTION
    inputs = F.pad(y, (1, 0), value=begin)  # (B, T + 1)
    targets = F.pad(y, (0, 1), value=pad)  # (B, T + 1)
    targets[torch.arange(len(y)), (y != pad).sum(dim=1)] = end
    return inputs, targets
    ### END SOLUTION


# %% check="teacher_forcing_inputs" points=1
y = torch.tensor([[5, 7, 6, 8], [9, 0, 0, 0], [4, 4, 5, 0]])
inputs, targets = checks.unpack(
    "teacher_forcing", checks.run(teacher_forcing, y, 1, 2, 0), "inputs", "targets"
)
checks.shape("inputs", inputs, batch=3, T_plus_1=5)
checks.that(
    inputs.dtype == torch.int64,
    f"tokens are int64; your inputs are {inputs.dtype}: use y.new_full.",
)
counted = torch.tensor([[1, 5, 7, 6, 8], [1, 9, 0, 0, 0], [1, 4, 4, 5, 0]])
seen = torch.tensor([5, 2, 4])[:, None] > torch.arange(5)  # places with a target
ended = torch.tensor([[5, 7, 6, 8, 2], [9, 2, 0, 0, 0], [4, 4, 5, 2, 0]])
slips = {
    "these are the targets: the order is inputs, targets.": ended,
    "the inputs are not shifted: begin comes first, then the line.": F.pad(y, (0, 1)),
    "the first column is padding: put begin there (a roll brings the last column to the front).": F.pad(
        y, (1, 0)
    ),
    "the first column is end: it should be begin.": F.pad(y, (1, 0), value=2),
    "the inputs are shifted by two.": F.pad(y, (2, 0), value=1)[:, :5],
}
slips = {cause: torch.where(seen, value, 0) for cause, value in slips.items()}
checks.close("inputs", torch.where(seen, inputs, 0), counted * seen, slips=slips)
### BEGIN HIDDEN TESTS
y = torch.tensor([[8, 3, 6], [8, 9, 0]])
inputs, _ = checks.run(teacher_forcing, y, 11, 12, 0)
checks.close("inputs with other tokens", inputs[:, :3], torch.tensor([[11, 8, 3], [11, 8, 9]]))
### END HIDDEN TESTS
checks.passed("inputs: begin, then the line, one step late")

# %% check="teacher_forcing_targets" points=1
y = torch.tensor([[5, 7, 6, 8], [9, 0, 0, 0], [4, 4, 5, 0]])
_, targets = checks.unpack(
    "teacher_forcing", checks.run(teacher_forcing, y, 1, 2, 0), "inputs", "targets"
)
checks.shape("targets", targets, batch=3, T_plus_1=5)
checks.that(
    targets.dtype == torch.int64,
    f"tokens are int64; your targets are {targets.dtype}: use y.new_full.",
)
ended = torch.tensor([[5, 7, 6, 8, 2], [9, 2, 0, 0, 0], [4, 4, 5, 2, 0]])
last = F.pad(y, (0, 1), value=2)
slips = {
    "end stands in the last column; it comes right after the last token of each line.": last,
    "end is missing: the model would never learn to stop.": F.pad(y, (0, 1)),
    "these are the inputs: the order is inputs, targets.": F.pad(y, (1, 0), value=1),
    "every row got the ends of all rows: index rows and columns together, torch.arange(B) first.": (
        torch.tensor([[5, 2, 6, 2, 2], [9, 2, 0, 2, 2], [4, 2, 5, 2, 2]])
    ),
    "the last token of a line is overwritten by end.": torch.tensor(
        [[5, 7, 6, 2, 0], [2, 0, 0, 0, 0], [4, 4, 2, 0, 0]]
    ),
    "all padding is end; only the first place after the line is.": torch.tensor(
        [[5, 7, 6, 8, 2], [9, 2, 2, 2, 2], [4, 4, 5, 2, 2]]
    ),
}
checks.close("targets", targets, ended, slips=slips)
### BEGIN HIDDEN TESTS
y = torch.tensor([[8, 3, 6], [8, 9, 13], [7, 13, 13]])
_, targets = checks.run(teacher_forcing, y, 11, 12, 13)
right = torch.tensor([[8, 3, 6, 12], [8, 9, 12, 13], [7, 12, 13, 13]])
slips = {"padding has the number pad, which is not always 0.": right * (right != 13)}
checks.close("targets with other tokens", targets, right, slips=slips)
### END HIDDEN TESTS
checks.passed("targets: the line, then end, then padding")

# %% [markdown]
# ### Exercise 2 · A loss without padding (2 points · 10 min · ●○○)
#
# `logits` `(B, T, V)` are the scores of `V` tokens at each step, `targets` `(B, T)` the right tokens.
# Return the mean cross-entropy over all *real* targets of the batch. Places where `targets` is `pad` do
# not count: neither in the sum nor in the number that you divide by.
#
# Every real token weighs the same, whether its line is long or short.
#
# <details><summary>Hint 1: the idea</summary>Pick the log-probability of each target, throw those of
# padding away, and take the mean of the rest.</details>
# <details><summary>Hint 2: the formula</summary>loss = −Σ log p(target) / n, the sum and n over the
# places with target ≠ pad.</details>
# <details><summary>Hint 3: the line</summary><code>F.cross_entropy</code> wants logits (N, V) and targets
# (N,). It knows <code>ignore_index</code>.</details>


# %% solution="sequence_loss"
def sequence_loss(logits: torch.Tensor, targets: torch.Tensor, pad: int) -> torch.Tensor:
    """Mean cross-entropy over the real tokens of a batch.

    Args:
        logits: (B, T, V).
        targets: (B, T); places that hold pad do not count.
        pad: the number of the padding token.

    Returns:
        A tensor without dimensions.
    """
    ### BEGIN SOLUTION
    return F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=pad)
    ### END SOLUTION


# %% data="loss_slips"
# Data · The losses of known mistakes, for the checks
def loss_slips(logits: torch.Tensor, targets: torch.Tensor, pad: int) -> dict[str, torch.Tensor]:
    """The losses that known mistakes lead to."""
    B, T, V = logits.shape
    each = F.cross_entropy(logits.mT, targets, reduction="none")  # (B, T)
    mixed = F.cross_entropy(logits.reshape(B, V, T), targets, reduction="none")
    real = targets != pad
    kept = each * real
    twice = F.cross_entropy(logits.softmax(dim=2).mT, targets, reduction="none") * real
    return {
        "padding is counted: it should not be in the sum, nor in the number of tokens.": each.mean(),
        "you divide by all places, padding too; divide by the number of real tokens.": kept.mean(),
        "you sum; divide by the number of real tokens.": kept.sum(),
        "you divide by the batch size; divide by the number of real tokens.": kept.sum()
        / len(targets),
        "you average each line first: tokens of short lines then weigh more.": (
            kept.sum(dim=1) / real.sum(dim=1)
        ).mean(),
        "only padding counts: the condition is inverted.": each[~real].mean(),
        "cross_entropy takes logits; do not apply softmax first.": twice.sum() / real.sum(),
        "a reshape to (B, V, T) mixes the numbers: transpose with logits.mT, or flatten B and T.": (
            (mixed * real).sum() / real.sum()
        ),
        "the logarithm is missing.": -((-each).exp() * real).sum() / real.sum(),
    }


# %% check="sequence_loss_uniform" points=1
logits = torch.zeros(2, 3, 5)
targets = torch.tensor([[4, 2, 1], [3, 0, 0]])
logits[1, 1:, 3] = 9.0  # sure, and wrong, about padding
loss = checks.run(sequence_loss, logits, targets, 0)
checks.shape("the loss", loss)
slips = loss_slips(logits, targets, 0)
checks.close("the loss of a guess among 5 tokens, log 5", loss, math.log(5), slips=slips)
checks.passed("a uniform guess costs log V, and padding costs nothing")

# %% check="sequence_loss_value" points=1
logits = checks.normal(3, 4, 6, seed=1)
targets = torch.tensor([[1, 5, 0, 0], [2, 4, 3, 1], [5, 0, 0, 0]])
logits.requires_grad_()
loss = checks.run(sequence_loss, logits, targets, 0)
checks.shape("the loss", loss)
logits = logits.detach()
checks.close("the loss", loss, 2.220091, rtol=1e-5, slips=loss_slips(logits, targets, 0))
checks.that(loss.requires_grad, "the loss has no gradient: no .item(), .detach() or torch.tensor.")
### BEGIN HIDDEN TESTS
logits = checks.normal(2, 7, 4, seed=2)
targets = torch.tensor([[1, 0, 0, 2, 3, 3, 3], [2, 2, 1, 0, 3, 3, 3]])
right = -torch.log_softmax(logits, dim=2).gather(2, targets[:, :, None])[targets != 3].mean()
slips = loss_slips(logits, targets, 3)
checks.close(
    "the loss with pad = 3", checks.run(sequence_loss, logits, targets, 3), right, slips=slips
)
leaf = logits.clone().requires_grad_()
checks.run(sequence_loss, leaf, targets, 3).backward()
checks.that(not leaf.grad[targets == 3].any(), "padding sends gradients back; it should not count.")
### END HIDDEN TESTS
checks.passed("the mean over real tokens, whatever the length of their line")
