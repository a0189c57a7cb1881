# %% [markdown]
# **Two layers can do what one cannot.** Read *Harry Potter … Harry*, and you know what comes next: it came next the
# last time. To find it, token $t$ must look for a place whose *predecessor* is like itself. But a key is made of its
# own token and place alone; it knows nothing of its predecessor. One layer cannot look there, two can:
#
# 1. layer 1: each token takes up the token before it, a shift;
# 2. layer 2: the query is the token itself, the keys are those predecessors, the values the tokens.
#
# Such a pair is called an **induction head**; [Olsson et al. (2022)](https://arxiv.org/abs/2209.11895) found them in
# small and large language models. First build one by hand, then see whether training finds it.

# %% [markdown]
# ![The tokens a b c d a. In layer 1 each takes up the token before it. In layer 2 the query of the last a fits the key
# at place 1, whose predecessor is a; the value there is b.](figures/induction.svg)
#
# *The last `a` finds the place that an `a` stands before, and copies what is there.*

# %% [markdown]
# ### Exercise 10 · An induction head by hand (3 points · 15 min · ●●●)
#
# `tokens` `(T, V)` holds a one-hot row for each token. Return `(T, V)`: for a token that occurred once before, the
# token that followed it then. Other rows may hold anything. Every weight that should be 0 is below $10^{-6}$, for
# $V$ up to 1,000.
#
# `F.scaled_dot_product_attention(q, k, v, mask)`, called twice, does it. It leaves zeros in a row in which everything
# is masked, as yours does: so the first token, which has no predecessor, matches nobody.
#
# <details><summary>Hint 1: the idea</summary>In layer 1 a mask with ones just below the diagonal does all the work; its
# queries and keys do not matter. Layer 2 may not look ahead.</details>
# <details><summary>Hint 2: the formula</summary>Layer 2: 20 √V · tokens ask, the predecessors are the keys, the
# tokens are the values. The factor makes up for the division by √V and leaves scores of 20 and 0.</details>
# <details><summary>Hint 3: the line</summary>With <code>ones = torch.ones(T, T, dtype=torch.bool)</code>, the shift is
# <code>ones.tril(-1).triu(-1)</code>.</details>


# %% solution="induction"
def induction(tokens: torch.Tensor) -> torch.Tensor:
    """What followed the one earlier occurrence of each token, by two layers: one-hot (T, V) → (T, V)."""
    ### BEGIN SOLUTION
    T, V = tokens.shape
    causal = torch.ones(T, T, dtype=torch.bool).tril()
    shift = causal.tril(-1).triu(-1)  # True just below the diagonal
    previous = F.scaled_dot_product_attention(tokens, tokens, tokens, shift)  # (T, V)
    return F.scaled_dot_product_attention(20 * math.sqrt(V) * tokens, previous, tokens, causal)
    ### END SOLUTION


# %% data="induction_words"
# Data · Words for the checks of the induction head
def spelled(word: str, size: int) -> torch.Tensor:
    """One-hot rows of letters a, b, c, …: (T, size)."""
    return F.one_hot(torch.tensor([ord(letter) - ord("a") for letter in word]), size).float()


def too_soft(tokens, rows, expected, score) -> torch.Tensor:
    """Those rows of the output when the score of the right key is no more than this, and 0 for all others."""
    extra = math.exp(score) - 1
    seen = torch.tensor(rows)[:, None] + 1
    return (tokens.cumsum(dim=0)[rows] + extra * expected) / (seen + extra)


# %% check="induction_word" points=1
tokens, rows = spelled("abcdaecb", 9), [4, 6, 7]  # the second a, c and b
expected = spelled("bdc", 9)
got = checks.run(induction, tokens)
checks.shape("induction(tokens)", got, T=8, V=9)
checks.finite("the output", got, "a row in which everything is masked, or an infinite score.")
itself = (spelled("abc", 9) + expected) / 2
slips = {
    "each token finds itself: layer 2 has the tokens before as keys, and the tokens as values.": spelled(
        "acb", 9
    ),
    "it returns what came before; the shift of layer 1 goes the other way.": (
        spelled("dba", 9) + spelled("dec", 9)
    )
    / 2,
    "it looks ahead: layer 2 needs the causal mask.": (expected + spelled("ebc", 9)) / 2,
    "the first token should have no predecessor: leave its row of the mask empty.": torch.cat(
        [itself[:1], expected[1:]]
    ),
    "make the scores of layer 2 larger.": too_soft(tokens, rows, expected, 1 / 3),
    "the scores are divided by √V: make up for it.": too_soft(tokens, rows, expected, 20 / 3),
    "keys and values are swapped in layer 2.": (
        spelled("dba", 9) * torch.tensor([[0.0], [1.0], [1.0]]) + spelled("dec", 9)
    )
    / 2,
    "the query of layer 2 is the token itself; yours is its predecessor.": spelled("dec", 9),
}
checks.close(
    "the rows of the second a, c, b in abcdaecb", got[rows], expected, atol=1e-5, slips=slips
)
checks.passed("abcdaecb: b, d and c followed")

# %% check="induction_own_place" points=1
got = checks.run(induction, spelled("baa", 4))
checks.shape("induction(tokens)", got, T=3, V=4)
slips = {
    "a token may look at its own place: its predecessor may be the one that it looks for.": (
        spelled("ab", 4).mean(dim=0)
    )
}
checks.close("the second a of baa", got[2], spelled("a", 4)[0], atol=1e-5, slips=slips)
checks.passed("baa: a followed")

# %% check="induction_any" points=1
order, again = (checks.normal(20, seed=seed).argsort() for seed in (210, 211))
tokens, rows = F.one_hot(torch.cat([order, again]), 1000).float(), list(range(20, 40))
got = checks.run(induction, tokens)
checks.shape("induction(tokens)", got, T=40, V=1000)
after = torch.empty(20, dtype=torch.long)
after[order] = torch.cat([order[1:], again[:1]])
expected = F.one_hot(after[again], 1000).float()
slips = {
    "the scores are divided by √V: make up for it.": too_soft(
        tokens, rows, expected, 20 / 1000**0.5
    ),
    "d_k is V here, not T: make up for √V.": too_soft(
        tokens, rows, expected, 20 * (40 / 1000) ** 0.5
    ),
}
checks.close("what followed 20 of 1000 tokens", got[rows], expected, atol=1e-4, slips=slips)
### BEGIN HIDDEN TESTS
got = checks.run(induction, spelled("cabbagehbg", 12))
checks.close("the second b of cabbage", got[3], spelled("b", 12)[0], atol=1e-4)
checks.close("the second a of cabbage", got[4], spelled("b", 12)[0], atol=1e-4)
checks.close("g in cabbagehbg", got[9], spelled("e", 12)[0], atol=1e-4)
### END HIDDEN TESTS
checks.passed("for a thousand tokens")

# %% [markdown]
# **Experiment.** Does training find it? Random sequences of 24 tokens out of 16; where a token occurred before, the
# target is what followed it the last time. Your multi-head attention, one or two layers, each *added* to its input
# (Lab 05 says why). To be fair, a third model has one layer, with more heads and more parameters
# than the two.


# %% given="stack"
class Stack(nn.Module):
    """Tokens and your encoding, then causal layers, each added to its input."""

    def __init__(self, n_layers: int, d_model: int, n_heads: int) -> None:
        super().__init__()
        self.embed = nn.Embedding(16, d_model)
        self.layers = nn.ModuleList(MultiHeadAttention(d_model, n_heads) for _ in range(n_layers))
        self.head = nn.Linear(d_model, 16)
        self.register_buffer("positions", sinusoidal_encoding(24, d_model))
        self.register_buffer("causal", torch.ones(1, 24, 24).tril().bool())

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        x = self.embed(tokens) + self.positions  # (B, 24, d_model)
        for layer in self.layers:
            x = x + layer(x, mask=self.causal.expand(len(x), -1, -1))
        return self.head(x)  # (B, 24, 16)


# %% data="induction_data"
# Data · Random sequences, and what followed the last time
def induction_data(n: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Tokens (n, 24) and targets (n, 24); a target is -100 where the token did not occur before."""
    tokens = torch.randint(16, (n, 24), generator=torch.Generator().manual_seed(seed))
    target = torch.full_like(tokens, -100)
    for t in range(1, 24):
        same = tokens[:, :t] == tokens[:, t : t + 1]
        last = torch.where(same, torch.arange(t), -1).amax(dim=1)  # (n,)
        follower = tokens.gather(1, last[:, None] + 1)[:, 0]
        target[:, t] = torch.where(last >= 0, follower, -100)
    return tokens, target


# %% experiment="induction_training"
# Experiment · One and two layers learn to copy what followed
test_tokens, test_target = (part.to(place) for part in induction_data(1000, seed=100))


def accuracy(model: nn.Module) -> dict[str, float]:
    right = model(test_tokens).argmax(dim=-1) == test_target
    return {"accuracy": right[test_target >= 0].float().mean().item()}


before = test_tokens.roll(1, dims=1) == test_target  # the simplest rule: name the token before
rule = before[test_target >= 0].float().mean().item()
print(f"naming the token before, without any training: {rule:.1%}")
models = {"two layers": (2, 32, 2), "one layer": (1, 32, 2), "one wide layer": (1, 48, 4)}
accuracies = {name: [] for name in models}
for seed in (0, 1, 2):
    for name, sizes in models.items():
        device.seed_everything(seed)
        model = Stack(*sizes).to(place)
        history = fit(
            model,
            Batches(*induction_data(20000, seed), batch_size=64, device=place, seed=seed),
            lambda model, batch: F.cross_entropy(
                model(batch[0]).flatten(0, 1), batch[1].flatten(), ignore_index=-100
            ),
            steps=scaled(full=600, smoke=10),
            lr=1e-2,
            evaluate=accuracy,
            evaluate_every=scaled(full=50, smoke=5),
            show=False,
        )
        accuracies[name].append(history.metrics["accuracy"])
        size = sum(p.numel() for p in model.parameters())
        print(f"seed {seed}, {name} ({size:,} parameters): {accuracies[name][-1][-1]:.1%}")
induction_accuracy = min(run[-1] for run in accuracies["two layers"])

# %% figure="induction_curves"
# Figure · Accuracy of one and two layers
fig, ax = plt.subplots(figsize=(8, 3.2))
for i, (name, runs) in enumerate(accuracies.items()):
    for seed, run in enumerate(runs):
        style = {"color": plots.COLORS[i], "linestyle": plots.DASHES[i]}
        ax.plot(history.evaluated_at, run, **style, label=None if seed else name)
ax.axhline(rule, color="black", linewidth=0.8)
ax.set(title="Copy what followed the last time", xlabel="step", ylabel="accuracy on new sequences")
ax.set_ylim(0, 1.02)
ax.legend()
plots.show(
    fig,
    alt="Accuracy against training step, three seeds for each of three models. Two layers rise to nearly 1. One "
    "layer, narrow or wide, stays below one third, near a thin horizontal line.",
    caption="Two layers learn to copy. One layer stays near the thin line, the rule that names the token before, with "
    "more heads and parameters as well. (A quick run of 10 steps shows nothing yet.)",
)

# %% [markdown]
# **What you saw.** Depth is not more of the same: what a layer wrote into a token, the next layer can look for. A
# single layer does no better than a rule that reads nothing but the token before. That rule is right whenever the
# last time was one or two places ago. Why?
#
# <details><summary>Answer</summary>One place ago, what followed is the token itself, and that equals the token before
# it. Two places ago, what followed is the token before. These are about 24 of the rule's 29%; the rest is
# luck.</details>
