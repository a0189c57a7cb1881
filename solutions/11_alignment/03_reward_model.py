# %% [markdown]
# ## 3 · What people prefer: a reward model
#
# The assistant now does what its examples did. How do you tell it what is *good*? People find it hard to give a text a
# number, and easy to say which of two is better. A **reward model** turns such comparisons into a number.
#
# [Bradley and Terry (1952)](https://doi.org/10.2307/2334029) say how. Each text has a reward $r$, and the larger the
# gap, the surer the preference:
#
# $$P(a \text{ is preferred to } b) = \sigma(r_a - r_b) = \frac{1}{1 + e^{-(r_a - r_b)}}$$
#
# Rewards 2 and 1: $\sigma(1) = 0.73$, so 73 of 100 people prefer $a$. Rewards 12 and 11 say the same: only
# differences count. The loss is the surprise at what was preferred, $-\ln \sigma(r_\text{chosen} -
# r_\text{rejected})$. At equal rewards it is $\ln 2 = 0.69$.

# %% [markdown]
# ![Two texts go through the same model and get rewards 1.2 and −0.3; their difference 1.5 gives a preference of
# 0.82](figures/bradley_terry.svg)
#
# *One model reads both. What is learned is the difference.*

# %% [markdown]
# ### Exercise 7 · One number for a text (3 points · 15 min · ●●○)
#
# `trunk.states(tokens)` gives the states of a GPT, `(B, T, d_model)`. Each token sees those before it, so the last one
# has seen the whole text. Write the module whose reward is a linear function, weights and a bias, of the last token's
# state.
#
# Texts differ in length: `tokens` `(B, T)` is filled up on the right, and `lengths` `(B,)` says how many tokens of each
# row are text. Return rewards `(B,)`. The trunk is trained too.
#
# <details><summary>Hint 1: the idea</summary>From each row take another place.</details>
# <details><summary>Hint 2: the formula</summary>The last of n tokens stands at n − 1.</details>
# <details><summary>Hint 3: the line</summary><code>states[torch.arange(B), lengths - 1]</code> has the shape (B,
# d_model).</details>


# %% solution="reward_model"
class RewardModel(nn.Module):
    """Gives a text a number.

    Args:
        trunk: has states(tokens (B, T)) → (B, T, d_model).
        d_model: the size of a state.
    """

    def __init__(self, trunk: GPT, d_model: int) -> None:
        super().__init__()
        ### BEGIN SOLUTION
        self.trunk, self.head = trunk, nn.Linear(d_model, 1)
        ### END SOLUTION

    def forward(self, tokens: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        """tokens (B, T), lengths (B,) → rewards (B,)."""
        ### BEGIN SOLUTION
        rows = torch.arange(len(tokens), device=tokens.device)
        last = self.trunk.states(tokens)[rows, lengths - 1]  # (B, d_model)
        return self.head(last).squeeze(-1)
        ### END SOLUTION


# %% data="tiny_trunk"
# Data · A trunk that adds up, for the checks
class Adds(nn.Module):
    """The state of a token is the sum of the vectors of all tokens up to it: (B, T) → (B, T, 3)."""

    def __init__(self) -> None:
        super().__init__()
        rows = [[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 0], [9, 9, 9]]  # token 4 fills
        self.vectors = nn.Parameter(torch.tensor(rows, dtype=torch.float64))

    def states(self, tokens: torch.Tensor, caches: None = None) -> torch.Tensor:
        return self.vectors[tokens].cumsum(dim=1)


texts = torch.tensor([[0, 1, 3, 4, 4, 4, 4], [2, 2, 2, 0, 0, 1, 4], [3, 4, 4, 4, 4, 4, 4]])
text_lengths = torch.tensor([3, 6, 1])


def reward_referee() -> tuple[nn.Module, nn.Parameter, nn.Parameter]:
    """Your model on the trunk that adds, and its head's weights and bias, by their sizes."""
    model = checks.run(RewardModel, Adds(), 3, may_change=True).double()
    own = [p for p in model.parameters() if p.shape != (5, 3)]
    sizes = sorted(p.numel() for p in own)
    trained = any(p.shape == (5, 3) for p in model.parameters())
    checks.that(trained, "the trunk is no part of the module: keep it, self.trunk = trunk.")
    checks.that(
        sizes == [1, 3], f"beside the trunk there are 3 weights and a bias; yours has {sizes}."
    )
    bias, weights = sorted(own, key=lambda p: p.numel())
    with torch.no_grad():
        weights.copy_(torch.tensor([1.0, 10.0, 100.0]).view_as(weights))
        bias.fill_(0.5)
    return model, weights, bias


def rewards_of(model: nn.Module, tokens: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
    """Your rewards of texts, their shape checked."""
    B = len(tokens)
    with checks.hint("Of n tokens the last one stands at n − 1."):
        got = checks.run(model, tokens, lengths)
    checks.tensor("rewards", got)
    every = (
        "one place from each row: rows and lengths − 1 as two lists of B; a colon takes all rows."
    )
    checks.that(got.shape != (B, B), f"rewards: expected ({B},), got ({B}, {B}): {every}")
    checks.shape("rewards", got, B=B)
    return got


# %% check="reward_last" points=1
model, _, _ = reward_referee()
got = rewards_of(model, texts[[1, 1], :6], text_lengths[[1, 1]])  # the same text twice
slips = {  # 2 2 2 0 0 1 adds up to (2, 1, 3)
    "that is the first token's state; the last one has seen the whole text.": 100.5,
    "that is the mean of all states; the last one has seen the whole text.": 253.0,
    "that is the last token but one: of n tokens the last stands at n − 1.": 302.5,
    "the bias of the head is missing.": 312.0,
}
checks.close(
    "2 · 1 + 1 · 10 + 3 · 100 + ½",
    got,
    torch.full((2,), 312.5).double(),
    slips={cause: torch.full((2,), value).double() for cause, value in slips.items()},
)
checks.passed("a linear function of the last token's state")

# %% check="reward_padding" points=1
model, _, _ = reward_referee()
got = rewards_of(model, texts, text_lengths)
right = torch.tensor([22.5, 312.5, 11.5]).double()
slips = {
    "what fills a row is read: take the state at lengths − 1.": torch.tensor(
        [4018.5, 1311.5, 6005.5]
    ),
    "at lengths stands the token after the text: lengths − 1.": torch.tensor(
        [1021.5, 1311.5, 1010.5]
    ),
    "every row is read up to the length of one of them.": torch.tensor([22.5, 300.5, 2009.5]),
}
checks.close(
    "rewards of 3, 6 and 1 tokens", got, right, slips={k: v.double() for k, v in slips.items()}
)
### BEGIN HIDDEN TESTS
changed = texts.clone()
changed[0, 3:], changed[1, 6:], changed[2, 1:] = 2, 3, 0
checks.close("with other tokens after the texts", checks.run(model, changed, text_lengths), right)
### END HIDDEN TESTS
checks.passed("what fills a row changes no reward")

# %% check="reward_gradient" points=1
model, weights, bias = reward_referee()
rewards = rewards_of(model, texts, text_lengths)
checks.that(rewards.requires_grad, "no gradient flows back: no detach, no no_grad, no item here.")
rewards.sum().backward()
trunk = next(p for p in model.parameters() if p.shape == (5, 3))
checks.that(trunk.grad is not None, "no gradient reaches the trunk: it should be trained too.")
expected = torch.tensor([3.0, 2, 3, 2, 0]).double()  # how often each token stands in a text
slips = {"token 4 only fills, and has a gradient.": trunk.grad} if trunk.grad[4, 0] else {}
checks.close(
    "the gradient of the vectors",
    trunk.grad,
    expected[:, None] * weights.detach().view(1, 3),
    slips=slips,
)
### BEGIN HIDDEN TESTS
checks.close("the gradient of the bias", bias.grad.sum(), torch.tensor(3.0).double())
### END HIDDEN TESTS
checks.passed("head and trunk learn, from the texts alone")

# %% [markdown]
# ### Exercise 8 · The loss of a preference (2 points · 8 min · ●○○)
#
# `chosen` and `rejected` hold the rewards of the better and the worse text of each pair, `(B,)`. Return the mean of
# $-\ln \sigma(r_\text{chosen} - r_\text{rejected})$, a scalar. It must hold for large gaps, too: at a gap of −200,
# $\sigma$ is 0 in float32, and the loss is 200.
#
# <details><summary>Hint 1: the idea</summary>PyTorch has a function for the logarithm of σ that does not compute σ
# first.</details>
# <details><summary>Hint 2: the formula</summary>−ln σ(z) = ln(1 + e<sup>−z</sup>) = softplus(−z).</details>
# <details><summary>Hint 3: the line</summary><code>F.logsigmoid(…)</code>, its mean, and a minus.</details>


# %% solution="preference_loss"
def preference_loss(chosen: torch.Tensor, rejected: torch.Tensor) -> torch.Tensor:
    """The surprise at preferences (Bradley and Terry, 1952): two (B,) of rewards → a scalar."""
    ### BEGIN SOLUTION
    return -F.logsigmoid(chosen - rejected).mean()
    ### END SOLUTION


# %% check="preference_values" points=1
chosen, rejected = torch.tensor([2.0, 0.0, 5.0]), torch.tensor([1.0, 0.0, 8.0])
got = checks.run(preference_loss, chosen, rejected)
checks.that(got.dim() == 0, f"the loss is a scalar; yours is {tuple(got.shape)}: take the mean.")
right = (0.31326 + 0.69315 + 3.04859) / 3
slips = {
    "the better text should have the larger reward; the sign is wrong.": (
        1.31326 + 0.69315 + 0.04859
    )
    / 3,
    "that is the sum; take the mean.": 3 * right,
    "the minus is missing.": -right,
    "the logarithm is missing.": -(0.73106 + 0.5 + 0.04743) / 3,
    "that is 1 − σ; take the logarithm.": 1 - (0.73106 + 0.5 + 0.04743) / 3,
    "each pair has its own loss; the mean comes last.": math.log(1 + math.exp(2 / 3)),
}
checks.close("gaps 1, 0 and −3", got, right, rtol=1e-4, slips=slips)
checks.passed("the surprise at what was preferred")

# %% check="preference_large" points=1
gaps = torch.tensor([-200.0, 200.0, 0.0], requires_grad=True)
loss = checks.run(lambda: preference_loss(gaps, torch.zeros(3)))
cause = "σ(−200) is 0 and e^200 is ∞ in float32: F.logsigmoid computes neither."
checks.finite("the loss of gaps −200, 200 and 0", loss, cause)
with checks.hint("A small number added to a σ of 0 says nothing of the gap: F.logsigmoid."):
    checks.close("the loss of gaps −200, 200 and 0", loss, (200 + math.log(2)) / 3)
checks.that(loss.requires_grad, "no gradient flows back to the rewards.")
(gradient,) = torch.autograd.grad(loss, gaps)
checks.finite("its gradient", gradient, "the derivative is σ(gap) − 1; do not divide by σ.")
checks.close("its gradient", gradient, torch.tensor([-1 / 3, 0, -1 / 6]))
### BEGIN HIDDEN TESTS
for shift in (7.0, -3.0):
    same = checks.run(preference_loss, torch.tensor([shift + 3]), torch.tensor([shift + 2]))
    checks.close("rewards that are all shifted", same, 0.31326, rtol=1e-4)
### END HIDDEN TESTS
checks.passed("large gaps, either way, with their gradient")

# %% [markdown]
# **Experiment.** The comparisons: the end of a positive and the end of a negative review, of one length; the positive
# one is preferred. Reviews end with their verdict, and the assistant will be judged by how it ends them. Lengths differ
# from pair to pair. The trunk is the fine-tuned assistant.


# %% experiment="pairs"
# Experiment · Pairs of texts
def pairs_of(reviews: Reviews, seed: int, least: int = 24, most: int = 64, times: int = 1) -> Batch:
    """Ends of reviews in pairs: chosen (N, most), rejected (N, most) and their lengths (N,)."""
    draw, rows, lengths = random.Random(seed), [], []
    ids = [e.ids for e in tokenizer.encode_batch([" " + text for text in reviews.texts])]
    sides = [
        [row for row, y in zip(ids, reviews.positive, strict=True) if y is side]
        for side in (True, False)
    ]
    for _ in range(times):
        for side in sides:
            draw.shuffle(side)
        for pair in zip(*sides, strict=False):
            n = min(draw.randint(least, most), *map(len, pair))
            fill = [markers.endoftext] * (most - n)
            rows.append([row[-n:] + fill for row in pair])
            lengths.append(n)
    both = torch.tensor(rows, device=place)  # (N, 2, most)
    return both[:, 0], both[:, 1], torch.tensor(lengths, device=place)


pairs = pairs_of(for_reward, seed=0, times=scaled(full=2, smoke=1))
held_out_pairs = pairs_of(held_out, seed=1)
print(f"{len(pairs[0]):,} pairs to learn from, {len(held_out_pairs[0]):,} of other reviews")
for name, side in zip(("chosen", "rejected"), pairs, strict=False):
    print(
        textwrap.fill(
            f"{name:>8}: {decode(side[0, : pairs[2][0]].tolist())}", 100, subsequent_indent=" " * 10
        )
    )


# %% experiment="reward_trained"
# Experiment · A reward model from comparisons
def pair_loss(model: RewardModel, batch: Batch) -> torch.Tensor:
    chosen, rejected, lengths = batch
    rewards = model(torch.cat([chosen, rejected]), lengths.repeat(2))  # (2 B,)
    return preference_loss(*rewards.chunk(2))


device.seed_everything(0)
reward_model = RewardModel(copy.deepcopy(chat_model), base.token_embedding.embedding_dim).to(place)
pair_batches = Batches(*pairs, batch_size=scaled(full=32, smoke=4), seed=0)
reward_history = fit(
    reward_model,
    pair_batches,
    pair_loss,
    steps=scaled(full=150, smoke=3),
    lr=5e-4,
    title="Reward model",
)


# %% experiment="reward_measured"
# Experiment · Is it right about pairs it has not seen?
@torch.no_grad()
def gaps_of(model: RewardModel, pairs: Batch) -> torch.Tensor:
    """Reward of the chosen minus reward of the rejected text of each pair, (N,), on the CPU."""
    gaps = []
    for chosen, rejected, lengths in zip(*(part.split(100) for part in pairs), strict=True):
        gaps.append(model(chosen, lengths) - model(rejected, lengths))
    return torch.cat(gaps).float().cpu()


def judge_gaps(pairs: Batch) -> torch.Tensor:
    """The same from the judge: differences of its log-odds."""
    sides = [
        [decode(row[:n].tolist()) for row, n in zip(side, pairs[2], strict=True)]
        for side in pairs[:2]
    ]
    good, bad = (judge.decision_function(texts) for texts in sides)
    return torch.from_numpy(good - bad).float()


reward_gaps = gaps_of(reward_model, held_out_pairs)
reward_model_accuracy = (reward_gaps > 0).float().mean().item()
rival = judge_gaps(held_out_pairs)
print(f"held-out pairs that are right: reward model {reward_model_accuracy:.1%}", end=", ")
print(f"the judge {(rival > 0).float().mean():.1%}; by chance 50%")
long = held_out_pairs[2] >= 48
for name, some in (("24 to 47", ~long), ("48 to 64", long)):
    print(f"  {name} tokens: {(reward_gaps[some.cpu()] > 0).float().mean():.1%}")

# %% [markdown]
# It says more than which: $\sigma$ of the gap is a probability. Is it honest? Sort pairs by it, and see how many are
# right. To say 30% for a over b is to say 70% for b over a: the larger one is shown, from 50% on.

# %% figure="calibration"
# Figure · How sure, and how often right
sure = reward_gaps.abs().sigmoid()
edges = torch.linspace(0.5, 1, 6)
which = torch.bucketize(sure, edges[1:-1])
said = [sure[which == k].mean().item() for k in range(5) if (which == k).any()]
came = [(reward_gaps[which == k] > 0).float().mean().item() for k in range(5) if (which == k).any()]
counts = [int((which == k).sum()) for k in range(5) if (which == k).any()]
fig, ax = plt.subplots(figsize=(5, 4), layout="constrained")
ax.plot([0.5, 1], [0.5, 1], "--", color="gray", label="honest")
ax.plot(said, came, "o-", color=plots.COLORS[0], label="reward model")
for x, y, n in zip(said, came, counts, strict=True):
    ax.annotate(f"{n:,}", (x, y), textcoords="offset points", xytext=(6, -12))
ax.set(
    title="Preferences on held-out pairs",
    xlabel="probability of the text that the model prefers",
    ylabel="share that is right",
)
ax.legend()
plots.show(
    fig,
    alt="Points of predicted probability against the share that is right, beside the diagonal of an honest model.",
    caption="Each point is a fifth of the scale, with its number of pairs. Below the line: too sure of itself.",
)
