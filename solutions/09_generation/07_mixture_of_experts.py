# %% [markdown]
# ## 7 · Mixture of experts
#
# This section *may wait*: no other needs it. It counts, 3 points. Most weights of a transformer sit in its feed-forward
# layers, and each token pays for all of them. A **mixture of experts** has several feed-forward networks and sends each
# token to a few. A **router**, one linear layer, gives each token a logit per expert. The $k$ best are taken, and a
# softmax over *their* logits gives the weights ([Shazeer et al., 2017](https://arxiv.org/abs/1701.06538); Mixtral does
# the same).

# %% [markdown]
# ![A token's vector goes to the router, which gives each of four experts a logit. The two largest, 2.0 and 1.0, are
# taken; their softmax, 0.73 and 0.27, weighs the outputs of these two experts, and the sum is the token's
# output.](figures/routing.svg)
#
# *Two of four experts work on this token. The softmax runs over their two logits alone.*

# %% [markdown]
# Nothing makes the router fair. An expert chosen often learns faster, and is chosen more often. A **load-balancing
# term** works against it (Switch: [Fedus et al., 2021](https://arxiv.org/abs/2101.03961)):
#
# $$L = n_{experts} \sum_i f_i P_i$$
#
# $f_i$ is the share of all choices that fell on expert $i$, $P_i$ its mean probability (softmax over
# *all* logits). Perfect balance gives 1; with $k = 1$, one expert for all gives
# up to $n_{experts}$.

# %% [markdown]
# ### Exercise 9 · Routing and balance (3 points · 20 min · ●●○)
#
# Write two functions.
#
# `route`: logits `(N, n_experts)` of N tokens → weights and indices of the experts with the `k` largest logits,
# both `(N, k)`, in any order. The weights of each token sum to 1, and their gradient reaches the logits.
#
# `load_balance_loss`: the router's probabilities `(N, n_experts)` and the indices `chosen` `(N, k)` → $L$, a
# scalar. The $f_i$ are counts of choices divided by $N \cdot k$. Counting has no gradient; through the
# probabilities it must flow.
#
# <details><summary>Hint 1: the idea</summary>Take the k best logits first, then the softmax. The loss is one sum over
# experts.</details>
# <details><summary>Hint 2: the formula</summary>f_i = count of i among the N · k choices / (N · k). P_i = mean of
# column i.</details>
# <details><summary>Hint 3: the line</summary><code>torch.bincount(chosen.flatten(), minlength=n_experts)</code>
# counts.</details>


# %% solution="moe"
def route(router_logits: torch.Tensor, k: int) -> tuple[torch.Tensor, torch.Tensor]:
    """The k best experts of each token (Shazeer et al., 2017): logits (N, n_experts) → weights, indices (N, k)."""
    ### BEGIN SOLUTION
    best, indices = router_logits.topk(k, dim=-1)
    return best.softmax(dim=-1), indices
    ### END SOLUTION


def load_balance_loss(router_probs: torch.Tensor, chosen: torch.Tensor) -> torch.Tensor:
    """n_experts · Σ f_i P_i (Fedus et al., 2021, equation 4): probs (N, n_experts), chosen (N, k) → scalar."""
    ### BEGIN SOLUTION
    n_experts = router_probs.shape[-1]
    share = torch.bincount(chosen.flatten(), minlength=n_experts) / chosen.numel()  # (n_experts,)
    return n_experts * (share * router_probs.mean(dim=0)).sum()
    ### END SOLUTION


# %% data="mixture_of"
# Data · What your route returned, as a table, for the checks
def mixture_of(result, n_experts: int, k: int) -> torch.Tensor:
    """What `route` returned, as weights of all experts (N, n_experts): the order of the k does not matter."""
    weights, indices = checks.unpack("route", result, "weights", "indices")
    checks.tensor("the indices", indices)
    whole = not (indices.is_floating_point() or indices.dtype == torch.bool)
    checks.that(whole, f"the indices are {indices.dtype}: return weights, then indices.")
    N = len(indices)
    checks.shape("the indices", indices, tokens=N, k=k)
    checks.shape("the weights", weights, tokens=N, k=k)
    inside = bool(((indices >= 0) & (indices < n_experts)).all())
    checks.that(inside, f"an index is not between 0 and {n_experts - 1}.")
    distinct = all(len(set(row)) == k for row in indices.tolist())
    checks.that(distinct, "a token has the same expert twice.")
    return torch.zeros(N, n_experts, dtype=weights.dtype).scatter(1, indices, weights.detach())


def balance_of(probs: torch.Tensor, chosen: torch.Tensor) -> torch.Tensor:
    """Your load_balance_loss; when counts are missing, it says so."""
    try:
        return checks.run(load_balance_loss, probs, chosen)
    except checks.CheckFailed as failure:
        what = str(failure).split("\n  Likely cause")[0]
        if "must match" not in what and "inconsistent tensor size" not in what:
            raise
        ends = "bincount ends at the largest index that was chosen; minlength=n_experts adds the zeros."
        raise checks.CheckFailed(f"{what}\n  Likely cause: {ends}") from None


# %% check="route_value" points=1
logits = torch.tensor(
    [[2.0, 0.5, -1.0, 1.0, 0.0], [-2.0, 1.5, 0.2, -0.5, 2.5], [0.3, -1.0, 3.0, 0.1, 2.0]]
)
got = mixture_of(checks.run(route, logits, 2), 5, 2)
near, far = 0.7311, 0.2689  # softmax of two logits that differ by 1
expected = torch.tensor([[near, 0, 0, far, 0], [0, far, 0, 0, near], [0, 0, near, 0, far]])
best = expected > 0
all_probs = logits.softmax(dim=-1)
slips = {
    "the softmax runs over all experts, so the weights do not sum to 1.": all_probs * best,
    "the k worst experts are chosen.": torch.tensor(
        [[0, 0, far, 0, near], [0.1824, 0, 0, 1 - 0.1824, 0], [0, 0.2497, 0, 1 - 0.2497, 0]]
    ),
    "the weights are equal; a softmax over the chosen logits is wanted.": 0.5 * best,
    "the weights are logits; they need a softmax.": logits * best,
    "softmax is taken twice: over probabilities, where logits belong.": torch.where(
        best, all_probs, -torch.inf
    ).softmax(dim=-1),
    "the weights are divided by their sum, but are logits: take their softmax.": logits
    * best
    / (logits * best).sum(dim=-1, keepdim=True),
    "the softmax runs over the tokens; it runs over the k experts of each: dim=-1.": best
    * torch.tensor([[0.1863], [0.3072], [0.5065]]),
    "the weights are swapped: the larger logit gets the larger weight.": (1 - expected) * best,
}
worst = slips["the k worst experts are chosen."] > 0
slips |= {
    "two slips: the k worst experts are chosen, and the softmax runs over all.": all_probs * worst,
    "two slips: the k worst experts are chosen, and their weights are equal.": 0.5 * worst,
    "two slips: the k worst experts are chosen, and the weights are logits.": logits * worst,
    "two slips: the softmax runs over all experts, and over the tokens: dim=-1.": best
    * logits.softmax(dim=0),
}
checks.close("the weights of 3 tokens, 2 of 5 experts", got, expected, atol=1e-3, slips=slips)
weights = checks.run(route, logits.clone().requires_grad_(), 2)[0]
cut = "no gradient reaches the logits through the weights, so the router could not learn."
checks.that(weights.requires_grad, cut)
got = mixture_of(checks.run(route, logits, 3), 5, 3)
checks.close("the weights with k = 3", got.sum(dim=1), torch.ones(3))
### BEGIN HIDDEN TESTS
logits = checks.normal(7, 4, seed=90)
for k in (1, 3, 4):
    kth = logits.sort(dim=-1, descending=True).values[:, k - 1 : k]
    expected = torch.where(logits >= kth, logits, -torch.inf).softmax(dim=-1)
    got = mixture_of(checks.run(route, logits, k), 4, k)
    checks.close(f"the weights of 7 tokens, {k} of 4 experts", got, expected)
### END HIDDEN TESTS
checks.passed("k experts for each token, with weights that sum to 1")

# %% check="load_balance_value" points=1
probs = torch.tensor(
    [
        [0.7, 0.1, 0.1, 0.1],
        [0.4, 0.3, 0.2, 0.1],
        [0.5, 0.05, 0.05, 0.4],
        [0.3, 0.5, 0.1, 0.1],
        [0.6, 0.2, 0.1, 0.1],
    ]
)
chosen = torch.tensor([[0, 1], [0, 1], [0, 3], [1, 0], [0, 1]])
f, P = [0.5, 0.4, 0.0, 0.1], [0.5, 0.23, 0.11, 0.16]  # by hand
right = 4 * sum(a * b for a, b in zip(f, P, strict=True))  # 1.432
first = [0.8, 0.2, 0.0, 0.0]  # shares of the first choices alone
factors = {
    "the factor n_experts is missing.": 1 / 4,
    "the mean over the experts is taken; take the sum, times n_experts.": 1 / 16,
    "the factor is k; it is the number of experts.": 2 / 4,
    "the factor is N; it is the number of experts.": 5 / 4,
}
counts = {
    "the counts are divided by N; each token makes k choices: N · k.": 2,
    "the counts are not divided by anything.": 10,
    "the probabilities are summed over the tokens; take their mean.": 5,
}
slips = {cause: right * by for cause, by in (factors | counts).items()}
slips |= {
    "f_i must be counts, not probabilities.": 4 * sum(b * b for b in P),
    "P_i must be mean probabilities, not counts.": 4 * sum(a * a for a in f),
    "only the first choice of each token is counted.": 4
    * sum(a * b for a, b in zip(first, P, strict=True)),
    "only the second choice of each token is counted.": 4 * (0.2 * 0.5 + 0.6 * 0.23 + 0.2 * 0.16),
}
for a, by in factors.items():
    slips |= {f"two slips: {a} And {b}": right * by * other for b, other in counts.items()}
got = balance_of(probs, chosen)
checks.close("L for 5 tokens, 4 experts, k = 2", got, torch.tensor(right), atol=1e-4, slips=slips)
even = balance_of(torch.full((6, 3), 1 / 3), torch.tensor([[0], [1], [2]] * 2))
checks.close("L at perfect balance", even, torch.tensor(1.0))
collapsed = F.one_hot(torch.full((5,), 2), 6).float()
got = balance_of(collapsed, torch.full((5, 1), 2))
checks.close("L when one of six experts gets everything", got, torch.tensor(6.0))
checks.passed("1 at perfect balance, n_experts when one expert gets everything")

# %% check="load_balance_gradient" points=1
logits = checks.normal(6, 5, seed=91).float().requires_grad_()
chosen = torch.tensor([[4, 0], [4, 1], [4, 0], [0, 4], [4, 0], [4, 3]])
loss = balance_of(logits.softmax(dim=-1), chosen)
checks.tensor("L", loss)
blocked = "no gradient reaches the probabilities: P_i is cut off by .detach(), .item() or no_grad."
checks.that(loss.requires_grad, blocked)
(slope,) = checks.run(torch.autograd.grad, loss, logits)
checks.finite("the gradient", slope, "a division by a share that is 0.")
checks.that(
    (slope[:, 4] > 0).all() and (slope[:, 2] < 0).all(),
    "a step against the gradient should lower the overused expert 4 and lift the unused expert 2.",
)
### BEGIN HIDDEN TESTS
probs = checks.normal(6, 5, seed=92).float().softmax(dim=-1).requires_grad_()
(slope,) = torch.autograd.grad(balance_of(probs, chosen), probs)
counts = torch.tensor([4.0, 1.0, 0.0, 1.0, 6.0])
checks.close("∂L/∂p", slope, (5 / 6 * counts / 12).expand(6, 5), rtol=1e-4)
### END HIDDEN TESTS
checks.passed("its gradient takes tokens from a crowded expert")

# %% [markdown]
# The layer: each expert runs on its own tokens only, and its output is added in with its weight.


# %% given="moe_layer"
def expert(d_model: int) -> nn.Sequential:
    """A feed-forward network with d_ff = 4 · d_model."""
    return nn.Sequential(
        nn.Linear(d_model, 4 * d_model), nn.GELU(), nn.Linear(4 * d_model, d_model)
    )


class MoE(nn.Module):
    """A sparse feed-forward layer: each token goes through k of n_experts networks."""

    def __init__(self, d_model: int, n_experts: int, k: int) -> None:
        super().__init__()
        self.k, self.router = k, nn.Linear(d_model, n_experts, bias=False)
        self.experts = nn.ModuleList(expert(d_model) for _ in range(n_experts))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """x (B, T, d_model) → (B, T, d_model); keeps what the router did in `probs` and `chosen`."""
        flat = x.flatten(0, 1)  # (N, d_model)
        logits = self.router(flat)  # (N, n_experts)
        weights, self.chosen = route(logits, self.k)  # (N, k)
        self.probs, y = logits.softmax(dim=-1), torch.zeros_like(flat)
        for i, network in enumerate(self.experts):
            token, slot = (self.chosen == i).nonzero(as_tuple=True)
            part = weights[token, slot, None] * network(flat[token])
            y = y.index_add(0, token, part.to(y.dtype))
        return y.view_as(x)


# %% experiment="moe_dense"
# Experiment · A mixture of all experts, and its parameters
device.seed_everything(0)
layer, x = MoE(32, n_experts=4, k=4).double(), checks.normal(2, 10, 32, seed=95)
with torch.no_grad():
    gates = layer.router(x).softmax(dim=-1)  # (2, 10, 4)
    dense = sum(gates[..., i : i + 1] * network(x) for i, network in enumerate(layer.experts))
    print(f"k = n_experts against the full mixture: {(layer(x) - dense).abs().max():.1e}")


def count(module: nn.Module) -> int:
    return sum(p.numel() for p in module.parameters())


d, n_experts, n_active = scaled(full=128, smoke=32), 8, 2
layer, one = MoE(d, n_experts, n_active), 8 * d**2 + 5 * d  # two matrices d × 4d, biases 4d and d
router = d * n_experts
print(f"total parameters:  formula {n_experts * one + router:,}, counted {count(layer):,}")
active = n_active * count(layer.experts[0]) + count(layer.router)
print(f"active for a token: formula {n_active * one + router:,}, counted {active:,}")

# %% [markdown]
# Eight experts, two for each token: the layer holds four times what a token pays for. Mixtral 8x7B has 47 billion
# parameters, of which 13 billion work on a token ([Jiang et al., 2024](https://arxiv.org/abs/2401.04088)). The memory
# must hold all of them.
#
# **Experiment.** Two small GPTs with such layers, the same seed, trained with and without the balance term. How
# are the choices shared out?


# %% experiment="moe_training"
# Experiment · Two GPTs with experts, with and without balance
def moe_gpt(seed: int) -> nn.Module:
    """A GPT of two blocks whose feed-forward layers are mixtures."""
    device.seed_everything(seed)
    model = GPT(gpt_sizes["vocab_size"], 128, d, 2, 4)
    for block in model.blocks:
        block.feed_forward = MoE(d, n_experts, n_active)
    return model.to(place)


def moe_loss(balance: float) -> Callable[[nn.Module, Batch], torch.Tensor]:
    """The loss of the next token in windows (B, T + 1), plus so much of the balance term."""

    def loss(model: nn.Module, batch: Batch) -> torch.Tensor:
        prediction = F.cross_entropy(model(batch[0][:, :-1]).mT, batch[0][:, 1:])
        layers = [block.feed_forward for block in model.blocks]
        unbalanced = sum(load_balance_loss(layer.probs, layer.chosen) for layer in layers)
        return prediction + balance * unbalanced

    return loss


encodings = tokenizer.encode_batch(prose.train[: scaled(full=5000, smoke=40)])
stream = torch.tensor([i for encoding in encodings for i in (end_id, *encoding.ids)], device=place)
batches = Batches(stream.unfold(0, 129, 128), batch_size=scaled(full=8, smoke=2))
mixtures = {}
for name, balance in (("without the term", 0.0), ("with the term", 0.02)):
    mixtures[name] = moe_gpt(seed=0)
    steps = scaled(full=120, smoke=2)
    history = fit(mixtures[name], batches, moe_loss(balance), steps=steps, lr=2e-3, show=False)
    print(f"{name}: {steps} steps in {history.seconds:.0f} s")

# %% figure="moe_shares"
# Figure · How busy each expert is
T = scaled(full=48, smoke=12)
held = torch.stack(
    [ids[:T] for text in prose.held_out if len(ids := encoded(text)) > T]
)  # (P, T + 1)
held = held[:300]
fig, axes = plt.subplots(1, 2, figsize=(10, 3.2), sharey=True, layout="constrained")
for j, (name, model) in enumerate(mixtures.items()):
    with torch.no_grad():
        loss = F.cross_entropy(model(held[:, :-1]).float().mT, held[:, 1:])
    print(f"{name}: held-out loss {loss:.2f} nats per token")
    for i, (ax, block) in enumerate(zip(axes, model.blocks, strict=True)):
        chosen = block.feed_forward.chosen.flatten()
        share = torch.bincount(chosen, minlength=n_experts).cpu() / chosen.numel()
        bars = {"color": plots.COLORS[j], "hatch": ("//", "")[j], "edgecolor": "white"}
        at = 1 + torch.arange(n_experts) + 0.4 * j - 0.2
        ax.bar(at, share.sort(descending=True).values, 0.4, label=name, **bars)
        ax.set(title=f"Block {i + 1}", xlabel="expert, busiest first", ylabel="share of choices")
        ax.axhline(1 / n_experts, color="black", linewidth=0.8)
axes[1].legend()
plots.show(
    fig,
    alt="Share of the choices that each of eight experts gets in two blocks, busiest first, and a line at one eighth. "
    "Without the balance term a few experts get nearly all; with it the shares are more even.",
    caption="The line is perfect balance. Without the term the busiest experts get more and the last ones less.",
)

# %% [markdown]
# **Experiment.** What goes where? The tokens that an expert of the last block gets more often than others, and
# then a wager: you may guess the first choice of a token from one clue. Which clue helps most?


# %% experiment="moe_tokens"
# Experiment · The tokens of each expert
mixture, inputs = mixtures["with the term"], held[:, :-1]
with torch.no_grad():
    mixture(inputs)
held_tokens = inputs.flatten().cpu()
choices = [block.feed_forward.probs.argmax(dim=-1).cpu() for block in mixture.blocks]
counts = torch.bincount(held_tokens, minlength=gpt_sizes["vocab_size"])
often = (counts >= scaled(full=15, smoke=2)).nonzero().flatten()
for e in range(n_experts):
    own = torch.bincount(held_tokens[choices[-1] == e], minlength=len(counts))
    share = own[often] / counts[often]
    best = often[share.argsort(descending=True)[:9]].tolist()
    print(
        f"expert {e + 1}:",
        "  ".join(f"{shown(t)} {own[t] / counts[t]:.0%}" for t in best if own[t]),
    )


# %% experiment="moe_clues"
# Experiment · What gives away the choice of an expert
def guessed(choice: torch.Tensor, clue: torch.Tensor) -> float:
    """How often the usual expert for a clue, counted on half of the tokens, is right on the other half."""
    half = torch.rand(len(clue), generator=torch.Generator().manual_seed(0)) < 0.5
    table = torch.zeros(int(clue.max()) + 1, n_experts)
    ones = torch.ones(int(half.sum()))
    table.index_put_((clue[half], choice[half]), ones, accumulate=True)
    table += 1e-3 * table.sum(dim=0) / len(ones)  # a clue never seen: the usual expert of all
    return (table[clue[~half]].argmax(dim=1) == choice[~half]).float().mean().item()


paragraph, position = (
    g.flatten() for g in torch.meshgrid(*map(torch.arange, inputs.shape), indexing="ij")
)
previous = inputs.roll(1, dims=1).flatten().cpu()
clues = {
    "nothing": torch.zeros_like(held_tokens),
    "the paragraph, that is the subject": paragraph,
    "the position": position,
    "the token before": previous,
    "the token itself": held_tokens,
}
print(f"{'clue':36} block 1  block 2")
for name, clue in clues.items():
    print(f"{name:36} {guessed(choices[0], clue):7.0%}  {guessed(choices[1], clue):7.0%}")

# %% [markdown]
# **What you saw.** The word *expert* misleads. Nobody here is the expert for files and nobody for numbers: knowing
# the paragraph hardly helps to guess the expert, knowing the token helps most. Experts share out tokens: endings,
# punctuation, frequent words, and much that nobody can read a rule from. The authors of Mixtral looked for
# subjects in a far larger model and found mostly syntax. The router is trained to lower the loss and
# to spread the load; nothing asks it for a division of knowledge.
#
# The balance term may cost a little loss, and buys even use. On one machine that is merely tidy; where each
# expert sits on a device of its own, the busiest one decides how long all wait.
