# %% [markdown]
# ## 7 · A model that writes
#
# A *causal language model* predicts each token from those before it. The probability of a whole text is
# a product, and training makes it large: *maximum likelihood*.
#
# $$\log P(u_1, \ldots, u_N) = \sum_i \log P(u_i \mid u_1, \ldots, u_{i-1})$$
#
# Many to many: there is a prediction at every step. The text is its own label, shifted by one place. A
# *begin* token stands before the first character, and an *end* token lets the model stop.
#
# ```
# input    <  P  e  r  u
# target   P  e  r  u  >
# ```

# %% [markdown]
# ### Exercise 8 · Shift (3 points · 15 min · ●●○)
#
# Write `shift`. From tokens `(B, T)` and their mask it makes inputs, targets and a mask, all
# `(B, T + 1)`. Inputs begin with `begin`. Targets hold `end` right after the last real token. The new
# mask is True where the target is real, the end included. Every target outside the mask is `pad`.
#
# <details><summary>Hint 1: the idea</summary>Inputs: put a column in front. Targets: put a column at the
# back, then write the end token at each row's length.</details>
# <details><summary>Hint 2: the formula</summary>A row with n real tokens has its end token at target n
# and n + 1 real targets.</details>
# <details><summary>Hint 3: the
# line</summary><code>targets[torch.arange(B), mask.sum(dim=1)] = end</code></details>


# %% solution="shift"
def shift(
    tokens: torch.Tensor, mask: torch.Tensor, begin: int, end: int, pad: int
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Inputs and targets of a causal language model.

    Args:
        tokens: (B, T) int64, padded at the end.
        mask: (B, T) bool, True at real tokens.
        begin, end, pad: ids of the special tokens.

    Returns:
        inputs, targets and mask of the targets, (B, T + 1) each.
    """
    ### BEGIN SOLUTION
    column = torch.full_like(tokens[:, :1], pad)
    inputs = torch.cat([torch.full_like(column, begin), tokens], dim=1)  # (B, T + 1)
    targets = torch.cat([tokens, column], dim=1)  # (B, T + 1)
    targets[torch.arange(len(tokens)), mask.sum(dim=1)] = end
    return inputs, targets, torch.cat([torch.ones_like(mask[:, :1]), mask], dim=1)
    ### END SOLUTION


# %% given="shift_example"
two_words = torch.tensor([[7, 8, 9, 5], [6, 4, 0, 0]])
two_words_mask = two_words != 0  # begin is 2, end is 3, pad is 0

# %% check="shift_inputs" points=1
result = checks.run(shift, two_words, two_words_mask, 2, 3, 0)
inputs, _, _ = checks.unpack("shift", result, "inputs", "targets", "mask")
checks.shape("inputs", inputs, batch=2, tokens=5)
whole = (
    "tokens are whole numbers, int64: yours are {}. Make the new column with torch.full_like(...)."
)
checks.that(inputs.dtype == torch.int64, whole.format(inputs.dtype))
slips = {
    "the inputs need the begin token in front.": torch.tensor([[7, 8, 9, 5, 0], [6, 4, 0, 0, 0]]),
    "these are the targets: the order is inputs, targets, mask.": torch.tensor(
        [[7, 8, 9, 5, 3], [6, 4, 3, 0, 0]]
    ),
    "the inputs hold the end token in the place of begin.": torch.tensor(
        [[3, 7, 8, 9, 5], [3, 6, 4, 0, 0]]
    ),
}
checks.close("inputs", inputs, torch.tensor([[2, 7, 8, 9, 5], [2, 6, 4, 0, 0]]), slips=slips)
other = two_words.where(two_words_mask, 12)  # begin is 9, end is 11, pad is 12
inputs, _, _ = checks.run(shift, other, two_words_mask, 9, 11, 12)
with checks.hint("The ids come as arguments: use begin, end and pad, not 2, 3 and 0."):
    right = torch.tensor([[9, 7, 8, 9, 5], [9, 6, 4, 12, 12]])
    checks.close("inputs with begin = 9 and pad = 12", inputs, right)
checks.passed("inputs: the begin token, then the text")

# %% check="shift_targets" points=1
result = checks.run(shift, two_words, two_words_mask, 2, 3, 0)
_, targets, _ = checks.unpack("shift", result, "inputs", "targets", "mask")
checks.shape("targets", targets, batch=2, tokens=5)
checks.that(targets.dtype == torch.int64, f"tokens are int64; your targets are {targets.dtype}.")
slips = {
    "every row got the ends of all rows: index rows and columns together, torch.arange(B) first.": (
        torch.tensor([[7, 8, 3, 5, 3], [6, 4, 3, 0, 3]])
    ),
    "the end token belongs right after the last real token, not after the padding.": torch.tensor(
        [[7, 8, 9, 5, 3], [6, 4, 0, 0, 3]]
    ),
    "the targets are not shifted: each would be its own input.": torch.tensor(
        [[2, 7, 8, 9, 5], [2, 6, 4, 0, 0]]
    ),
    "the end token is missing: the model would never stop.": torch.tensor(
        [[7, 8, 9, 5, 0], [6, 4, 0, 0, 0]]
    ),
    "the targets are shifted by two places.": torch.tensor([[8, 9, 5, 3, 0], [4, 3, 0, 0, 0]]),
    "the end token overwrites the last real token.": torch.tensor(
        [[7, 8, 9, 3, 0], [6, 3, 0, 0, 0]]
    ),
    "the padding of the targets should be pad.": torch.tensor([[7, 8, 9, 5, 3], [6, 4, 3, 3, 3]]),
}
checks.close("targets", targets, torch.tensor([[7, 8, 9, 5, 3], [6, 4, 3, 0, 0]]), slips=slips)
_, targets, _ = checks.run(shift, two_words.where(two_words_mask, 12), two_words_mask, 9, 11, 12)
with checks.hint("The ids come as arguments: use begin, end and pad, not 2, 3 and 0."):
    right = torch.tensor([[7, 8, 9, 5, 11], [6, 4, 11, 12, 12]])
    checks.close("targets with end = 11 and pad = 12", targets, right)
### BEGIN HIDDEN TESTS
_, targets, _ = checks.run(
    shift,
    torch.tensor([[5, 1, 1], [4, 8, 6]]),
    torch.tensor([[1, 0, 0], [1, 1, 1]]).bool(),
    9,
    7,
    1,
)
checks.close("targets for other ids", targets, torch.tensor([[5, 7, 1, 1], [4, 8, 6, 7]]))
### END HIDDEN TESTS
checks.passed("targets: the text, then the end token")

# %% check="shift_mask" points=1
result = checks.run(shift, two_words, two_words_mask, 2, 3, 0)
_, _, real = checks.unpack("shift", result, "inputs", "targets", "mask")
checks.shape("mask", real, batch=2, tokens=5)
checks.that(real.dtype == torch.bool, f"the mask should be bool, not {real.dtype}.")
checks.that(not real.all(), "the mask is True everywhere: padding would count in the loss.")
right = torch.tensor([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0]]).bool()
slips = {
    "the end token is a real target too: a row of n tokens has n + 1 targets.": torch.tensor(
        [[1, 1, 1, 1, 0], [1, 1, 0, 0, 0]]
    ),
    "the new True belongs in front: a row of n tokens has its targets at the first n + 1 places.": (
        torch.tensor([[1, 1, 1, 1, 1], [1, 1, 0, 0, 1]])
    ),
    "the mask is inverted: True means a real target.": ~right,
}
checks.close("mask", real.long(), right.long(), slips={k: v.long() for k, v in slips.items()})
### BEGIN HIDDEN TESTS
tokens, mask = torch.tensor([[5, 0, 4], [4, 8, 0]]), torch.tensor([[1, 1, 1], [1, 1, 0]]).bool()
*_, real = checks.run(shift, tokens, mask, 2, 3, 0)
checks.close(
    "the mask where a real token has the id of pad",
    real.long(),
    torch.tensor([[1, 1, 1, 1], [1, 1, 1, 0]]),
)
### END HIDDEN TESTS
checks.passed("mask: real targets, the end included, and no padding")

# %% [markdown]
# ### Exercise 9 · Perplexity (4 points · 10 min · ●●○)
#
# Perplexity is easier to read than a loss: a model with a perplexity of 8 is as unsure as if it chose
# among 8 equally likely tokens at each step. A uniform model over $V$ tokens has exactly $V$.
#
# Write `perplexity`. It takes batches `(logits (B, T, V), targets (B, T), mask (B, T))` and returns
# $\exp(-\frac{1}{N} \sum \log P)$ over all $N$ real targets of *all* batches together, as a Python float.
# The batches may come from a generator, which can be walked through only once.
#
# <details><summary>Hint 1: the idea</summary>Add up sums and counts in one loop; divide once, at the
# end.</details>
# <details><summary>Hint 2: the formula</summary>−log P of a target is what cross_entropy gives for its logits; the
# mask picks the real ones.</details>
# <details><summary>Hint 3: the
# line</summary><code>F.cross_entropy(logits[mask], targets[mask], reduction="sum")</code></details>


# %% solution="perplexity"
def perplexity(batches: Iterable[tuple[torch.Tensor, torch.Tensor, torch.Tensor]]) -> float:
    """exp of the mean negative log-likelihood per real target.

    Args:
        batches: (logits (B, T, V), targets (B, T), mask (B, T)) each; sizes differ from batch to batch.
    """
    ### BEGIN SOLUTION
    total, count = 0.0, 0
    for logits, targets, mask in batches:
        total += F.cross_entropy(logits[mask], targets[mask], reduction="sum").item()
        count += mask.sum().item()
    return math.exp(total / count)
    ### END SOLUTION


# %% data="perplexity_batches"
# Data · Batches of unequal size, for the checks
def scored_batches(seed: int) -> list[tuple[torch.Tensor, torch.Tensor, torch.Tensor]]:
    """Three batches of unequal size and difficulty, with logits of 6 tokens."""
    batches = []
    for k, (B, T, shortest) in enumerate([(2, 7, 5), (4, 3, 1), (3, 9, 2)]):
        logits = (1 + k) * checks.normal(B, T, 6, seed=seed + k)
        lengths = torch.linspace(shortest, T, B).long()
        mask = torch.arange(T) < lengths[:, None]  # (B, T)
        targets = (7 * torch.arange(B * T) % 6).reshape(B, T).where(mask, 0)
        batches.append((logits, targets, mask))
    return batches


def nats(logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """−log P of each target, (B, T)."""
    return F.cross_entropy(logits.mT, targets, reduction="none")


# %% check="perplexity_uniform" points=1
ten = torch.zeros(2, 5, 10, dtype=torch.float64)
everything = torch.ones(2, 5, dtype=torch.bool)
value = checks.run(perplexity, [(ten, torch.arange(10).reshape(2, 5), everything)])
checks.number("the perplexity", value)
slips = {
    "that is the mean loss: take exp of it.": math.log(10),
    "the sign is flipped: exp of minus the mean log-likelihood.": 0.1,
    "that is exp of the sum; divide by the number of targets first.": 1e10,
    "you take 2 to the power of a loss in nats; use exp.": 2 ** math.log(10),
    'cross_entropy took the mean already: use reduction="sum" before you divide.': 10**0.1,
}
checks.close("the perplexity of a uniform model over 10 tokens", value, 10.0, slips=slips)
checks.passed("a uniform model over 10 tokens has perplexity 10")

# %% check="perplexity_padding" points=1
one = scored_batches(80)[2]
logits, targets, mask = one
losses = nats(logits, targets)
value = checks.run(perplexity, [one])
slips = {
    "padding counts in the loss: use the mask.": losses.mean().exp(),
    "you leave out every target with the id 0. Use the mask: a real target may have the id of pad.": (
        losses[targets != 0].mean().exp()
    ),
    "cross_entropy takes logits; do not apply softmax first.": (
        nats(logits.softmax(dim=2), targets)[mask].mean().exp()
    ),
    "the sum leaves the padding out, but you divide by all places.": (
        losses[mask].sum() / mask.numel()
    ).exp(),
    "the padding is in the sum, but not in the count.": (losses.sum() / mask.sum()).exp(),
    "each row has the same weight; each real target should have it.": (
        (losses * mask).sum(1) / mask.sum(1)
    )
    .mean()
    .exp(),
    "the mean of the probabilities is not the likelihood: average the logarithms.": (
        1 / (-losses[mask]).exp().mean()
    ),
    "you average the perplexities of the tokens; take exp of the mean.": losses[mask].exp().mean(),
}
checks.close(
    "the perplexity of a batch with padding", value, losses[mask].mean().exp(), slips=slips
)
checks.passed("padding does not count")

# %% check="perplexity_batches_together" points=1
three = scored_batches(83)
value = checks.run(perplexity, three)
sums = torch.stack([nats(a, b)[m].sum() for a, b, m in three])
counts = torch.stack([m.sum() for _, _, m in three])
slips = {
    "you average the perplexities of the batches: add up the losses, take exp once.": (
        (sums / counts).exp().mean()
    ),
    "each batch has the same weight; each real target should have it.": (sums / counts)
    .mean()
    .exp(),
    "only the last batch counts: add up over all.": (sums[-1] / counts[-1]).exp(),
    "only the first batch counts: is the return inside the loop?": (sums[0] / counts[0]).exp(),
}
checks.close(
    "the perplexity of three batches", value, (sums.sum() / counts.sum()).exp(), slips=slips
)
### BEGIN HIDDEN TESTS
many = [*scored_batches(90), *scored_batches(95)]
loss = torch.cat([nats(a, b)[m] for a, b, m in many]).mean()
checks.close("the perplexity of six batches", checks.run(perplexity, iter(many)), loss.exp())
### END HIDDEN TESTS
checks.passed("all real targets of all batches weigh the same")

# %% check="perplexity_generator" points=1
three = scored_batches(87)
loss = torch.cat([nats(a, b)[m] for a, b, m in three]).mean()
with checks.hint("The batches came from a generator, which can be walked through only once."):
    value = checks.run(perplexity, (batch for batch in three))
    checks.close("the perplexity of batches from a generator", value, loss.exp())
checks.passed("one walk through the batches is enough")

# %% [markdown]
# Now train on the names of section 5. The test names belong to territories that the model has never
# seen, in any language. The layer is your `LSTM`.


# %% given="char_model"
class CharModel(nn.Module):
    """Logits of the next character (B, T, V) and the state, from characters (B, T)."""

    def __init__(self, d_embedding: int = 32, d_hidden: int = 128) -> None:
        super().__init__()
        self.embedding = nn.Embedding(V, d_embedding)
        self.lstm = LSTM(d_embedding, d_hidden)
        self.dropout = nn.Dropout(0.3)
        self.output = nn.Linear(d_hidden, V)

    def forward(self, tokens: torch.Tensor, state=None) -> tuple[torch.Tensor, tuple]:
        x = self.dropout(self.embedding(tokens))
        states, state = self.lstm(x, state)  # (B, T, d_hidden)
        return self.output(self.dropout(states)), state


def next_character_loss(model: nn.Module, batch: tuple) -> torch.Tensor:
    inputs, targets, real = shift(batch[0], batch[1], BEGIN, END, PAD)
    return F.cross_entropy(model(inputs)[0][real], targets[real])


def scored(predict: Callable, part: list[Name]) -> Iterable[tuple]:
    """(logits, targets, mask) of each batch, for perplexity; predict maps inputs (B, T) to logits (B, T, V)."""
    for tokens, mask, _ in name_batches(part, batch_size=128, shuffle=False):
        inputs, targets, real = shift(tokens, mask, BEGIN, END, PAD)
        yield predict(inputs), targets, real


@torch.no_grad()
def name_perplexity_of(model: nn.Module) -> dict[str, float]:
    return {"test perplexity": perplexity(scored(lambda x: model(x)[0], test_names))}


# %% experiment="train_char_model"
# Experiment · An LSTM learns to write names
def train_writer(part: list[Name], steps: int, title: str) -> CharModel:
    """A model of the names of a part."""
    seed_everything(0)
    model = CharModel()
    training.fit(
        model,
        name_batches(part, batch_size=64),
        next_character_loss,
        steps=steps,
        lr=5e-3,
        precision=torch.float32,
        evaluate=name_perplexity_of,
        evaluate_every=scaled(full=100, smoke=5),
        title=title,
    )
    return model


writer = train_writer(train_names, scaled(full=400, smoke=5), "Names of countries")
name_perplexity = name_perplexity_of(writer)["test perplexity"]
print(f"test perplexity {name_perplexity:.2f}; a uniform model has {V}")
