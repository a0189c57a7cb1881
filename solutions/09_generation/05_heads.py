# %% [markdown]
# ## 5 · What attention heads learned
#
# Nobody told the heads of this model where to look. Lab 04 built a pair that copies, out of two layers: one head looks
# at the *token before*, a second finds an earlier place whose predecessor is like the token at hand, and looks there
# (an **induction head**: [Olsson et al., 2022](https://arxiv.org/abs/2209.11895)). Did training on plain text make
# such heads, too? And how do you find them among all?

# %% [markdown]
# ![A row of tokens a b c d, repeated. The previous-token head looks one place back from each token. The induction head
# looks, from the second a, at the first b, three places back.](figures/offsets.svg)
#
# *Both heads look a fixed number of places back. In a row of R tokens that is repeated, the copy's place to look at is
# R − 1 back: the token that followed the last time.*

# %% [markdown]
# So one number for a head: how much of its attention goes a given number of places back, on average. In a map of
# weights, queries down and keys across, that is a line parallel to the diagonal. For
#
# | query | key 0 | 1 | 2 | 3 |
# |---|---|---|---|---|
# | 0 | 1 | | | |
# | 1 | 0.9 | 0.1 | | |
# | 2 | 0.1 | 0.7 | 0.2 | |
# | 3 | 0 | 0.1 | 0.8 | 0.1 |
#
# the weights one place back are 0.9, 0.7 and 0.8: their mean is 0.8. Two places back, 0.1 and 0.1.

# %% [markdown]
# ### Exercise 7 · Where does a head look? (2 points · 12 min · ●●○)
#
# `weights` `(..., T, T)` holds maps of attention, queries down, keys across; the dots stand for any leading dimensions,
# such as layers and heads. Return for each map the mean of the weights `offset` places back, over the queries `start`,
# `start` + 1, …, T − 1: a tensor of shape `(...)`.
#
# Query $i$ looks `offset` places back at key $i$ − `offset`. You may take for granted that
# `start` ≥ `offset` ≥ 0 and that `start` < T.
#
# <details><summary>Hint 1: the idea</summary>Pick one weight from the row of each query, from <code>start</code> on,
# and take their mean.</details>
# <details><summary>Hint 2: the formula</summary>The mean of weights[…, i, i − offset] over i = start, …, T − 1: there
# are T − start of them.</details>
# <details><summary>Hint 3: the line</summary>A tensor of queries, <code>torch.arange(start, T)</code>, and one of keys
# can index both dimensions at once. Or take a diagonal: the first entry of the one that lies <code>offset</code> below
# the main one belongs to query <code>offset</code>.</details>


# %% solution="looks_back"
def looks_back(weights: torch.Tensor, offset: int, start: int) -> torch.Tensor:
    """The mean weight `offset` places back, over the queries from `start` on: (..., T, T) → (...)."""
    ### BEGIN SOLUTION
    line = weights.diagonal(-offset, dim1=-2, dim2=-1)  # (..., T - offset), from query `offset` on
    return line[..., start - offset :].mean(dim=-1)
    ### END SOLUTION


# %% check="looks_back_table" points=1
table = torch.tensor(
    [
        [1.0, 0.0, 0.0, 0.0, 0.0],
        [0.2, 0.8, 0.0, 0.0, 0.0],
        [0.1, 0.8, 0.1, 0.0, 0.0],
        [0.0, 0.2, 0.7, 0.1, 0.0],
        [0.05, 0.1, 0.05, 0.4, 0.4],
    ]
)
got = checks.run(looks_back, table, 1, 1)
slips = {
    "that is the place itself, the diagonal.": 0.48,
    "the sum is taken; take the mean.": 2.1,
    "there are four such queries, 1 to 4; divide by 4.": 0.42,
    "the first query is left out: query start counts.": 0.6333,
    "the last query is left out.": 0.5667,
    "that is the median; take the mean.": 0.4,
    "that is the largest; take the mean.": 0.8,
    "only query start is taken; take all from there on.": 0.2,
}
expected = torch.tensor(0.525)
checks.close("one place back: 0.2, 0.8, 0.7, 0.4", got, expected, atol=1e-4, slips=slips)
got = checks.run(looks_back, table, 1, 3)
slips = {
    "start is not used: the queries before it do not count.": 0.525,
    "start is the number of a query, counted from query 0.": 0.4,
    "the queries before start are taken; take those from start on.": 0.5,
    "only query start is taken; take all from there on.": 0.7,
    "the sum is taken; take the mean.": 1.1,
}
checks.close("one place back, from query 3 on: 0.7, 0.4", got, torch.tensor(0.55), slips=slips)
got = checks.run(looks_back, table, 2, 2)
slips = {"that is one place back; offset is 2 here.": 1.9 / 3}
checks.close("two places back: 0.1, 0.2, 0.05", got, torch.tensor(0.35 / 3), slips=slips)
got = checks.run(looks_back, table, 0, 2)
checks.close("no place back, from query 2 on: 0.1, 0.1, 0.4", got, torch.tensor(0.2))
checks.passed("the mean of a line beside the diagonal")

# %% check="looks_back_maps" points=1
maps = checks.normal(2, 3, 7, 7, seed=60)
got = checks.run(looks_back, maps, 4, 5)
checks.tensor("looks_back of maps (2, 3, 7, 7)", got)
checks.that(got.dim() > 0, "each map has a number of its own; your mean goes over all of them.")
checks.shape("looks_back of maps (2, 3, 7, 7)", got, layers=2, heads=3)
expected = torch.stack([maps[..., 5, 1], maps[..., 6, 2]]).mean(dim=0)
slips = {
    "that looks ahead, or swaps queries and keys: query i is a row, and looks at key i − offset.": (
        maps[..., 1, 5] + maps[..., 2, 6]
    )
    / 2,
    "start is not used.": (maps[..., 4, 0] + maps[..., 5, 1] + maps[..., 6, 2]) / 3,
}
checks.close("four places back, from query 5 on", got, expected, slips=slips)
### BEGIN HIDDEN TESTS
maps = checks.normal(4, 9, 9, seed=61).float()
for offset, start in ((0, 0), (3, 3), (3, 8), (8, 8)):
    got = checks.run(looks_back, maps, offset, start)
    wanted = [sum(m[i, i - offset] for i in range(start, 9)) / (9 - start) for m in maps]
    checks.close(f"offset {offset}, start {start}", got, torch.stack(wanted), rtol=1e-3, atol=1e-5)
### END HIDDEN TESTS
checks.passed("a number for each map, whatever dimensions lead")

# %% [markdown]
# The fused kernel never shows its weights, so a given function computes them once more, block by block. Then two
# tests of every head:
#
# - on held-out text: how much of its weight lies **one place back**;
# - on rows of $R$ random tokens, repeated once: how much lies **$R - 1$ places back**, in the repetition. Random, so
#   that no grammar helps: only one who finds the first copy can look there.
#
# And a control: the same two tests for a model that has learned nothing.


# %% given="attention_maps"
@torch.no_grad()
def attention_maps(model: nn.Module, tokens: torch.Tensor) -> torch.Tensor:
    """The weights of all heads, the mean over texts (B, T): (n_layers, n_heads, T, T)."""
    at = torch.arange(tokens.shape[1], device=tokens.device)
    x = model.token_embedding(tokens) + model.position_embedding(at)
    maps = []
    for block in model.blocks:
        q, k, _ = block.attention.project(block.norm1(x))
        scores = q @ k.mT / q.shape[-1] ** 0.5  # (B, n_heads, T, T)
        later = torch.ones_like(scores, dtype=torch.bool).triu(1)
        maps.append(scores.masked_fill(later, -torch.inf).softmax(dim=-1).mean(dim=0))
        x = block(x)
    return torch.stack(maps).cpu()


# %% experiment="head_scores"
# Experiment · All heads, tested
R, n_rows = scaled(full=40, smoke=10), scaled(full=32, smoke=4)
device.seed_everything(0)
untrained = GPT(**gpt_sizes).to(place).eval()
some_text = torch.stack([ids[:length] for ids in paragraphs[:n_rows]])  # (B, length)
random_rows = torch.randint(1, gpt_sizes["vocab_size"], (n_rows, R), device=place)
repeated_rows = random_rows.repeat(1, 2)  # (B, 2 R)
tests = {"one back, text": (some_text, 1, 1), "R − 1 back, repeated row": (repeated_rows, R - 1, R)}
scores = {}
for name, model in (("trained", gpt), ("untrained", untrained)):
    for test, (tokens, offset, start) in tests.items():
        found = looks_back(attention_maps(model, tokens), offset, start)  # (n_layers, n_heads)
        scores[name, test] = found
        layer, head = divmod(int(found.argmax()), gpt_sizes["n_heads"])
        print(
            f"{name:9}  {test:24}  best: block {layer + 1}, head {head + 1} with {found.max():.2f}",
            end="",
        )
        print(f", the median of all {found.median():.2f}")
previous_token_score, induction_score = (float(scores["trained", test].max()) for test in tests)

# %% figure="head_score_maps"
# Figure · The score of each head, trained and untrained
fig, axes = plt.subplots(2, 2, figsize=(9, 5.4), layout="constrained")
for row, name in zip(axes, ("trained", "untrained"), strict=True):
    for ax, test in zip(row, tests, strict=True):
        words = {"xlabel": "head", "ylabel": "block", "colorbar": "mean weight"}
        plots.heat_map(ax, scores[name, test], title=f"{name}: {test}", **words)
        ax.collections[0].set_clim(0, 1)
        ax.set_xticks(np.arange(gpt_sizes["n_heads"]) + 0.5, range(1, gpt_sizes["n_heads"] + 1))
        ax.set_yticks(np.arange(gpt_sizes["n_layers"]) + 0.5, range(1, gpt_sizes["n_layers"] + 1))
plots.show(
    fig,
    alt="Four heat maps, blocks down and heads across, colors from 0 to 1. Upper row, the trained model: how much "
    "weight a head puts one place back in text, and R − 1 places back in a repeated row. Lower row, the same for the "
    "untrained model, where all cells are equally dark.",
    caption="A cell that stands out above is a head that has learned to look there. Below, nothing stands out: "
    "without training each head looks everywhere alike.",
)

# %% [markdown]
# Look at the best of each kind. First at the previous-token head, on a line of text.

# %% figure="previous_token_map"
# Figure · The best previous-token head on a line of text
line = paragraphs[0][: scaled(full=24, smoke=10)]
layer, head = divmod(int(scores["trained", "one back, text"].argmax()), gpt_sizes["n_heads"])
one_map = attention_maps(gpt, line[None])[layer, head]
names = [shown(token) for token in line.tolist()]
fig = plots.attention(one_map, names, names, title=f"Block {layer + 1}, head {head + 1}")
plots.show(
    fig,
    alt="Attention of one head on a line of text, queries down and keys across: where the head has learned it, the "
    "bright cells form a line just below the diagonal, one key to the left of each query.",
    caption=f"Of all heads, this one puts most weight on the token before: {previous_token_score:.2f} on average.",
)

# %% [markdown]
# Then at the best induction head, on twelve random tokens and the same twelve again.

# %% figure="induction_map"
# Figure · The best induction head on a repeated row
short = repeated_rows[0, : scaled(full=12, smoke=5)].repeat(2)
layer, head = divmod(
    int(scores["trained", "R − 1 back, repeated row"].argmax()), gpt_sizes["n_heads"]
)
one_map = attention_maps(gpt, short[None])[layer, head]
names = [shown(token) for token in short.tolist()]
fig = plots.attention(one_map, names, names, title=f"Block {layer + 1}, head {head + 1}")
plots.show(
    fig,
    alt="Attention of one head on a row of random tokens that is repeated. Where the head has learned it, a bright "
    "line begins in the middle of the left edge and runs parallel to the diagonal.",
    caption="In the lower half, the repetition, each query finds its token's first copy and looks one place further: "
    f"at what followed. Mean weight there in long rows: {induction_score:.2f}.",
)

# %% [markdown]
# **Experiment.** A map shows where a head looks, not whether the model needs it. So take heads away, one at a time:
# set what a head passes on to zero, and see how much harder the repetition becomes.


# %% experiment="heads_taken_away"
# Experiment · What the repetition costs without a head
@torch.no_grad()
def row_and_repetition(silent: tuple[int, int] | None = None) -> tuple[float, float]:
    """The loss per token in the random rows, and in their repetition, with one (layer, head) silenced."""

    def mute(_: nn.Module, inputs: tuple[torch.Tensor]) -> tuple[torch.Tensor]:
        joined = (
            inputs[0].unflatten(-1, (gpt_sizes["n_heads"], -1)).clone()
        )  # (B, T, n_heads, d_head)
        joined[:, :, silent[1]] = 0
        return (joined.flatten(2),)

    if silent is not None:
        handle = gpt.blocks[silent[0]].attention.out.register_forward_pre_hook(mute)
    losses = F.cross_entropy(gpt(repeated_rows[:, :-1]).mT, repeated_rows[:, 1:], reduction="none")
    if silent is not None:
        handle.remove()
    return losses[:, : R - 1].mean().item(), losses[:, R:].mean().item()


first, again = row_and_repetition()
print(f"whole model: {first:.2f} nats per token at first, {again:.2f} in the repetition")
heads = [(i, j) for i in range(gpt_sizes["n_layers"]) for j in range(gpt_sizes["n_heads"])]
harder = torch.tensor([row_and_repetition(head)[1] - again for head in heads])
for (i, j), more in sorted(zip(heads, harder.tolist(), strict=True), key=lambda pair: -pair[1])[:3]:
    print(f"without block {i + 1}, head {j + 1}: {more:+.2f} in the repetition")
print(f"the median of all heads: {harder.median():+.2f}")

# %% figure="heads_taken_away_plot"
# Figure · What each head is worth for copying
fig, ax = plt.subplots(figsize=(7, 3.6), layout="constrained")
markers = "osD^vPX*"
for i in range(gpt_sizes["n_layers"]):
    chosen = [at for at, (layer, _) in enumerate(heads) if layer == i]
    found = scores["trained", "R − 1 back, repeated row"].flatten()[chosen]
    color = plots.COLORS[i % len(plots.COLORS)]
    ax.scatter(found, harder[chosen], color=color, marker=markers[i % 8], label=f"block {i + 1}")
words = {"xlabel": "weight R − 1 places back", "ylabel": "more nats without it"}
ax.set(title="What each head is worth for copying", **words)
ax.axhline(0, color="black", linewidth=0.8)
ax.legend()
plots.show(
    fig,
    alt="A point for each head: across, the weight that it puts where the copy stands; up, how much the loss in the "
    "repetition grows when the head is silenced. The marks tell the blocks apart.",
    caption="Points to the right look where the copy stands. Points high up are needed for copying: they may also be "
    "heads of an earlier block that tell the copying head what stood before a token.",
)
