# %% [markdown]
# ## 3 · An encoder that reverses
#
# The task: 16 random digits go in, the same digits come out in reverse order. The first output depends on
# the last input: token $t$ must look at token $15 - t$, and nowhere else.
#
# *Solved* means solved: **every** digit of **every** one of 10,000 sequences that training has never seen.
# A model that gets 99% of the digits right, one by one, gets only $0.99^{16} = 85\%$ of the sequences.

# %% [markdown]
# ### Exercise 3 · Exact match (2 points · 6 min · ●○○)
#
# Return the share of sequences, as a float, in which every real token is predicted right. `predicted` and
# `target` are `(B, T)`; `mask` `(B, T)` is True at real tokens. What is predicted at padding does not
# matter, and a sequence without any real token counts as right.
#
# <details><summary>Hint 1: the idea</summary>A sequence counts if at each place the token is right or the place
# is padding.</details>
# <details><summary>Hint 2: the formula</summary>right = (predicted == target) | ~mask, where | is "or" and ~ is
# "not"; then all over T, then the mean over B.</details>
# <details><summary>Hint 3: the line</summary><code>.all(dim=1).float().mean().item()</code></details>


# %% solution="exact_match"
def exact_match(predicted: torch.Tensor, target: torch.Tensor, mask: torch.Tensor) -> float:
    """The share of sequences without a single error at real tokens; all are (B, T)."""
    ### BEGIN SOLUTION
    right = (predicted == target) | ~mask  # (B, T)
    return right.all(dim=1).float().mean().item()
    ### END SOLUTION


# %% check="exact_match_value" points=1
target = torch.tensor([[3, 1, 4], [1, 5, 9], [2, 6, 5], [3, 5, 8], [9, 7, 9]])
predicted = torch.tensor([[3, 1, 4], [1, 5, 0], [0, 0, 0], [3, 0, 0], [9, 7, 9]])
every = torch.ones(5, 3, dtype=torch.bool)
got = checks.run(exact_match, predicted, target, every)
checks.number("the share", got)
slips = {
    "that is the share of right tokens; a sequence counts only if all are right.": 9 / 15,
    "a sequence counts although only some of its tokens are right: all, not any.": 4 / 5,
    "return the share of sequences, not their number.": 2.0,
    "the mask is inverted: True is a real token.": 1.0,
    "one error makes the whole batch wrong, or the result is always 0.": 0.0,
}
checks.close("two right sequences of five", got, 0.4, slips=slips)
checks.passed("only whole sequences count")

# %% check="exact_match_mask" points=1
right = "111 111 110 010 100 011 011 000 001 110"
mask = "111 110 110 110 100 110 111 000 001 100"
right, mask = (torch.tensor([[int(c) for c in row] for row in t.split()]) for t in (right, mask))
mask = mask.bool()
target = torch.arange(30).reshape(10, 3)
predicted = target + 1 - right  # wrong by one where `right` is 0
got = checks.run(exact_match, predicted, target, mask)
slips = {
    "padding is compared as well.": 2 / 10,
    "the mask is inverted: True is a real token.": 4 / 10,
    "padding makes a sequence wrong; it should not matter: | ~mask, not & mask.": 1 / 10,
    "a sequence without real tokens counts as right.": 6 / 10,
    "that is the share of right tokens; a sequence counts only if all are right.": 14 / 17,
    "all runs over the sequences; it runs over the tokens of each: dim=1.": 2 / 3,
}
checks.close("ten sequences with padding", got, 7 / 10, slips=slips)
### BEGIN HIDDEN TESTS
target = torch.randint(9, (500, 7), generator=torch.Generator().manual_seed(0))
mask = torch.arange(7) < torch.randint(1, 8, (500, 1), generator=torch.Generator().manual_seed(1))
predicted = torch.where(mask, target, 9)
predicted[:100, 0] = 9
checks.close("100 wrong of 500", checks.run(exact_match, predicted, target, mask), 0.8)
predicted[100:110, 6] = 8
late = ((predicted == target) | ~mask).all(dim=1).sum().item() / 500
checks.close("some wrong at the end", checks.run(exact_match, predicted, target, mask), late)
### END HIDDEN TESTS
checks.passed("padding does not matter")

# %% [markdown]
# The whole model: an embedding of the digits, learned positions, **one** block with **one** head, a last norm and a
# linear layer. It has about 10,000 parameters. `stream` keeps what runs along the residual path; section 4 reads it.


# %% given="encoder_model"
class ReversingEncoder(nn.Module):
    """Logits (B, 16, 10) from digits (B, 16)."""

    def __init__(self, n_blocks: int = 1, norm_first: bool = True, d_model: int = 32) -> None:
        super().__init__()
        self.digits = nn.Embedding(10, d_model)
        self.positions = nn.Parameter(torch.randn(16, d_model))
        blocks = (EncoderBlock(d_model, 1, 2 * d_model, norm_first) for _ in range(n_blocks))
        self.blocks = nn.ModuleList(blocks)
        self.norm, self.head = nn.LayerNorm(d_model), nn.Linear(d_model, 10)

    def stream(self, digits: torch.Tensor) -> list[torch.Tensor]:
        """What goes into the first block, and what comes out of each: n_blocks + 1 times (B, 16, d_model)."""
        xs = [self.digits(digits) + self.positions]
        for block in self.blocks:
            xs.append(block(xs[-1]))
        return xs

    def read(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.norm(x))

    def forward(self, digits: torch.Tensor) -> torch.Tensor:
        return self.read(self.stream(digits)[-1])


def token_loss(model: nn.Module, batch: Batch) -> torch.Tensor:
    """Mean cross-entropy over all tokens."""
    digits, target = batch
    return F.cross_entropy(model(digits).flatten(0, 1), target.flatten())


def random_digits(count: int, seed: int) -> torch.Tensor:
    return torch.randint(10, (count, 16), generator=torch.Generator().manual_seed(seed))


# %% [markdown]
# Two answers that need no training, to compare with. Guessing gets 10% of the digits right. Naming the **most common**
# of the 16 digits at every place gets more: how much more?

# %% experiment="commonest_digit"
# Experiment · What the most common digit gets right
test = random_digits(10_000, seed=1).to(place)
counts = F.one_hot(test, 10).sum(dim=1)  # (10000, 10)
commonest = counts.argmax(dim=1, keepdim=True).expand_as(test)  # (10000, 16)
every_place = torch.ones_like(test, dtype=torch.bool)
print(f"digits right:    {(commonest == test.flip(1)).float().mean():.1%}")
print(f"sequences right: {exact_match(commonest, test.flip(1), every_place):.1%}")

# %% experiment="encoder_training"
# Experiment · An encoder learns to reverse digits
train = random_digits(6_400, seed=0)
seen = {tuple(row) for row in train.tolist()}
assert not any(tuple(row) in seen for row in test.tolist()), (
    "a test sequence is in the training set"
)
device.seed_everything(0)
encoder = ReversingEncoder().to(place)
batches = Batches(train, train.flip(1), batch_size=64, device=place)
encoder_steps = scaled(full=100, smoke=10)
history = fit(encoder, batches, token_loss, steps=encoder_steps, lr=1e-2, title="Encoder")
with torch.no_grad():
    predicted = encoder(test).argmax(dim=-1)
encoder_exact_match = exact_match(predicted, test.flip(1), every_place)
print(f"exact match on 10,000 unseen sequences: {encoder_exact_match:.2%}")
print(f"after {history.steps} steps with {history.samples:,} sequences, {history.seconds:.1f} s")

# %% [markdown]
# **Experiment.** Read the algorithm off the picture. Predict the pattern before you run the cell.

# %% figure="encoder_map"
# Figure · Where the encoder looks
with torch.no_grad():
    block, x = encoder.blocks[0], encoder.stream(test[:500])[0]
    maps = block.attention.weights(block.norm1(x))[:, 0]  # (500, 16, 16)
names = [str(digit) for digit in test[0].tolist()]
fig = plots.attention(maps[0], names, names, title="Attention of the encoder, one sequence")
plots.show(
    fig,
    alt="A 16 by 16 map of attention weights. The bright cells form the anti-diagonal, from the upper right to the "
    "lower left.",
    caption="Each token looks at its mirror image: the first at the last, the second at the last but one.",
)
at_mirror = maps.flip(-1).diagonal(dim1=1, dim2=2)  # (500, 16)
print(f"weight on the mirror token, 500 sequences: mean {at_mirror.mean():.2f}")

# %% [markdown]
# **What you saw.** The place decides where a token looks, whatever digits stand there; the digit found there is
# what it brings back. *Look at 15 − t and copy*: the model has found the program, not memorized examples. All 16
# outputs come out at once.
