# %% [markdown]
# ## 5 · What attention heads learned
#
# Nobody told the heads of this model where to look. Lab 04 built two that copy, by hand: one head looks at the *token
# before*; a second, in the layer above, finds an earlier place whose predecessor is like the token at hand, and looks
# there, an **induction head**. Large language models have such heads ([Olsson et al.,
# 2022](https://arxiv.org/abs/2209.11895)). What has this one? You need a test that goes through all heads.

# %% [markdown]
# ![A row of tokens a b c d, repeated. The previous-token head looks one place back from each token. The induction head
# looks, from the second a, at the first b, three places back.](figures/offsets.svg)
#
# *Both heads look a fixed number of places back. In a row of R tokens that is repeated, the token that followed the
# last time stands R − 1 places back.*

# %% [markdown]
# So one number for a head: how much of its weight lies a given number of places back, on average. In a map of
# weights, queries down and keys across, that is a line parallel to the diagonal. For
#
# | query | key 0 | 1 | 2 | 3 |
# |---|---|---|---|---|
# | 0 | 1 | | | |
# | 1 | 0.9 | 0.1 | | |
# | 2 | 0.1 | 0.7 | 0.2 | |
# | 3 | 0 | 0.1 | 0.8 | 0.1 |
#
# the weights one place back are 0.9, 0.7 and 0.8: their mean is 0.8. Two places back there are 0.1 and 0.1.

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
    "that looks ahead, above the diagonal; query i looks back at key i − offset.": 0.0,
    "that is the place itself, the diagonal.": 0.48,
    "the sum is taken; take the mean.": 2.1,
    "there are four such queries, 1 to 4; divide by 4.": 0.42,
    "the first query is left out: query start counts.": 0.6333,
    "the last query is left out.": 0.5667,
    "that is the median; take the mean.": 0.4,
    "that is the largest; take the mean.": 0.8,
    "only query start is taken, or the mean of whole rows: take one weight from each row.": 0.2,
    "the mean of a whole block is taken; take one weight from each row.": 0.225,
    "the mean of a whole block is taken, not one weight from each row.": 0.2281,
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
slips |= {
    f"the mean of a {what} is taken; take one weight from each row.": wrong
    for what, wrong in {
        "block of rows": 0.2,
        "block": 0.275,
        "square": 0.225,
        "table": 0.3125,
    }.items()
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
with checks.hint("Each map has a number of its own: return a tensor, without .item() or float(…)."):
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
# The fused kernel never shows its weights, so a given function computes them once more, block by block.


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


# %% [markdown]
# **Experiment.** How far back does each head look, on held-out text? As a control, a model of the same size that has
# learned nothing.

# %% experiment="distances"
# Experiment · How far back each head looks
n_layers, n_heads = gpt_sizes["n_layers"], gpt_sizes["n_heads"]
device.seed_everything(0)
untrained = GPT(**gpt_sizes).to(place).eval()
some_text = torch.stack([ids[:length] for ids in paragraphs[:32]])  # (B, length)
distances = range(scaled(full=17, smoke=7))
by_distance = {}
for name, model in (("trained", gpt), ("untrained", untrained)):
    maps = attention_maps(model, some_text)
    lines = [looks_back(maps, distance, distances[-1]) for distance in distances]
    by_distance[name] = torch.stack(lines, dim=-1)  # (n_layers, n_heads, distances)
    found = by_distance[name][..., 1]
    layer, head = divmod(int(found.argmax()), n_heads)
    print(
        f"{name}: most weight one place back: {found.max():.2f}, block {layer + 1}, head {head + 1}"
    )
previous_token_score = by_distance["trained"][..., 1].max().item()

# %% figure="distances_map"
# Figure · How far back each head looks
fig, axes = plt.subplots(1, 2, figsize=(10, 5.2), sharey=True, layout="constrained")
for ax, (name, found) in zip(axes, by_distance.items(), strict=True):
    words = {"xlabel": "places back", "ylabel": "block and head", "colorbar": "mean weight"}
    plots.heat_map(ax, found.flatten(0, 1), title=name, **words)
    ax.collections[0].set_clim(0, 0.5)
    heads = [f"{i + 1}.{j + 1}" for i in range(n_layers) for j in range(n_heads)]
    ax.set_yticks(np.arange(len(heads)) + 0.5, heads, fontsize=7)
    ax.hlines(np.arange(n_heads, n_layers * n_heads, n_heads), *ax.get_xlim(), color="white")
axes[0].set_ylabel("block.head")
axes[1].set_ylabel("")
plots.show(
    fig,
    alt="Two heat maps, one row a head, columns the number of places back, colors the mean weight. Trained: heads "
    "differ, some have bright cells at few places back. Untrained: all rows are alike and even.",
    caption="A bright cell says that a head puts much of its weight so many places back; yellow is half of it or more. "
    "Without training all heads look everywhere alike.",
)

# %% [markdown]
# Some heads look mostly at their own token (0 places back): what they add depends on it and on little else. Others
# look at the last few tokens. Here is the one with most weight one place back, on a line of text.

# %% figure="previous_token_map"
# Figure · The best previous-token head on a line of text
line = paragraphs[0][: scaled(full=16, smoke=10)]
layer, head = divmod(int(by_distance["trained"][..., 1].argmax()), n_heads)
names = [shown(token) for token in line.tolist()]
title = f"Block {layer + 1}, head {head + 1}"
fig = plots.attention(attention_maps(gpt, line[None])[layer, head], names, names, title=title)
plots.show(
    fig,
    alt="Attention of one head on a line of text, queries down and keys across. The further a head has specialized, "
    "the more its bright cells form a line just below the diagonal.",
    caption=f"Of all heads this one puts most weight on the token before, {previous_token_score:.2f} on average. A "
    "pure previous-token head would show one line just below the diagonal.",
)

# %% [markdown]
# **Experiment.** Does the model copy? Rows of $R$ random tokens, and the same again: no grammar helps, only who finds
# the first copy can tell what comes. In the second half, each token's own first copy stands $R$ places back, and what
# followed it $R - 1$. Which heads look there? And is the second half easier? Beside it, text that is said twice, and as
# a control the same text after another. Predict: on random rows, does the loss fall in the repetition?

# %% free="copying_guess"
# My guess, and why:


# %% given="copying_printed"
def copying(maps: torch.Tensor, logits: torch.Tensor, tokens: torch.Tensor, R: int) -> torch.Tensor:
    """Prints how a model treats the two halves of rows of 2 R tokens.

    Returns:
        For each head the weight R and R − 1 places back, (2, n_layers, n_heads).
    """
    losses = F.cross_entropy(logits[:, :-1].float().mT, tokens[:, 1:], reduction="none")
    once, again = losses[:, : R - 1].mean(), losses[:, R:].mean()
    print(f"  loss {once:.2f}, in the second half {again:.2f}")
    scores = torch.stack([looks_back(maps, offset, R) for offset in (R, R - 1)])
    for where, found in zip(("own first copy", "what followed it"), scores, strict=True):
        layer, head = divmod(int(found.argmax()), found.shape[1])
        print(f"  {where}: {found.max():.2f} in block {layer + 1}, head {head + 1}", end="")
        print(f"; the median of all heads {found.median():.2f}")
    return scores


# %% experiment="copying"
# Experiment · Which heads find the first copy
R = scaled(full=40, smoke=10)
common = torch.cat(paragraphs).unique()  # no token that the model has hardly ever met
random_rows = common[torch.randint(len(common), (32, R), device=place)].repeat(1, 2)
ordinary = some_text[:, :R]
rows = {"random rows": random_rows, "text said twice": ordinary.repeat(1, 2)}
rows["text after another"] = torch.cat([ordinary.roll(1, dims=0), ordinary], dim=1)
copies = {}
for name, model in (("trained", gpt), ("untrained", untrained)):
    for kind, tokens in rows.items():
        print(f"{name}, {kind}")
        with torch.no_grad():
            logits = model(tokens)
        copies[name, kind] = copying(attention_maps(model, tokens), logits, tokens, R)
same_token_score, induction_score = copies["trained", "random rows"].amax(dim=(1, 2)).tolist()

# %% figure="copying_maps"
# Figure · The two heads that look most at the first copy
short = random_rows[0, : scaled(full=8, smoke=5)].repeat(2)
all_maps = attention_maps(gpt, short[None])
chosen, titles = [], []
for where, found in zip(
    ("most on its own first copy", "most on what followed"),
    copies["trained", "random rows"],
    strict=True,
):
    layer, head = divmod(int(found.argmax()), n_heads)
    chosen.append(all_maps[layer, head])
    titles.append(f"{where}:\nblock {layer + 1}, head {head + 1}")
short_names = [shown(token) for token in short.tolist()]
title = "A row of random tokens, repeated"
maps = torch.stack(chosen)[:, None]  # (2, 1, T, T)
fig = plots.attention(maps, short_names, short_names, title=title, layer_names=titles)
plots.show(
    fig,
    alt="Two maps of attention on a row of eight random tokens that is repeated, queries down and keys across. A head "
    "that finds the first copy shows a line in the lower half, parallel to the diagonal.",
    caption="Below the diagonal, a head that finds its own first copy shows a line that starts at the left edge in "
    "the first row of the repetition. An induction head shows the same line one key further to the right. Stripes from "
    "top to bottom are tokens that every query looks at, whatever it is. In long rows "
    f"these two put {same_token_score:.2f} and {induction_score:.2f} of their weight there.",
)

# %% figure="head_explorer"
# Figure · All heads of the model, one at a time
plots.explore_attention(
    all_maps,
    short_names,
    short_names,
    caption="Choose a head, then point at a token of the second half: does it look at its first copy, at what followed "
    "that, at the token before, or always at the same place?",
)

# %% [markdown]
# And a model that has read far more? Olsson et al. saw copying appear after billions of tokens; the models here have
# read millions. The next cell takes a pretrained one from the folder `models` of your data
# folder, from the Hugging Face cache, or DistilGPT-2 by a download (full preset, 350 MB). Without any it says so.

# %% experiment="copying_pretrained"
# Experiment · The same test of a pretrained model
full = settings.preset() == "full"
pretrained = find_kind("ForCausalLM$|LMHeadModel$", "distilbert/distilgpt2", download=full)
if pretrained is None:
    print("There is no pretrained model here.")
else:
    with stderr_to_stdout():
        import transformers

        large = transformers.AutoModelForCausalLM.from_pretrained(
            pretrained[0], attn_implementation="eager"
        )
    tokens = torch.randint(large.config.vocab_size, (8, R)).repeat(1, 2)
    with torch.no_grad():
        out = large.float().eval()(tokens, output_attentions=True)
    print(f"{pretrained[1]}, random rows")
    copying(torch.stack(out.attentions).mean(dim=1), out.logits, tokens, R)

# %% [markdown]
# **What you saw.** To look at tokens that are the *same* takes one layer; in the models of these labs the first block
# does. To find *what followed* in random rows takes two layers that fit together. In text one layer may be
# enough: it can know which tokens usually follow this one, and look for those.
#
# Compare the losses of the two halves, not of the models: on random rows the trained one may be worse than a guess
# among all tokens, so sure is it of a grammar that is not there. Where the loss hardly falls there, no head copies.
# Text said twice gets easier all the same: a word that has come once is likely to come again. The loops of section
# 1 need no copying head: the last few tokens decide, and they come round again.

# %% [markdown]
# **Experiment.** A map tells where a head looks, not whether the model needs it. So take heads away, one at a time: set
# what a head passes on to zero, and see how much harder held-out text becomes. Predict: how many of the heads matter?

# %% free="heads_guess"
# My guess, and why:


# %% experiment="heads_taken_away"
# Experiment · What text costs without a head
@torch.no_grad()
def loss_without(silent: tuple[int, int] | None) -> float:
    """The loss per token of held-out text, with one (layer, head) silenced."""

    def mute(_: nn.Module, inputs: tuple[torch.Tensor]) -> tuple[torch.Tensor]:
        joined = inputs[0].unflatten(-1, (n_heads, -1)).clone()  # (B, T, n_heads, d_head)
        joined[:, :, silent[1]] = 0
        return (joined.flatten(2),)

    handle = silent and gpt.blocks[silent[0]].attention.out.register_forward_pre_hook(mute)
    loss = F.cross_entropy(gpt(some_text[:, :-1]).mT, some_text[:, 1:]).item()
    if handle:
        handle.remove()
    return loss


whole = loss_without(None)
harder = torch.tensor(
    [[loss_without((i, j)) - whole for j in range(n_heads)] for i in range(n_layers)]
)
most = divmod(int(harder.argmax()), n_heads)
print(f"whole model: {whole:.2f} nats per token")
print(f"without block {most[0] + 1}, head {most[1] + 1}: {harder.max():+.3f}", end="")
print(f"; without the median head {harder.median():+.3f}")

# %% figure="heads_taken_away_map"
# Figure · What text costs without a head
fig, ax = plt.subplots(figsize=(6.4, 3.2), layout="constrained")
words = {"xlabel": "head", "ylabel": "block", "colorbar": "more nats per token"}
plots.heat_map(ax, harder, title="Without this head", center=0, **words)
ax.set_xticks(np.arange(n_heads) + 0.5, range(1, n_heads + 1))
ax.set_yticks(np.arange(n_layers) + 0.5, range(1, n_layers + 1))
plots.show(
    fig,
    alt="A heat map, blocks down and heads across: by how much the loss of held-out text grows without a head. "
    "Few cells are strong, most are nearly white.",
    caption="Few heads carry most of the load; without most of the others the text hardly gets harder.",
)

# %% [markdown]
# **What you saw.** Most heads can be missed, one at a time. Look up the one that cannot in the maps above. In the model
# that comes with the book it is one of the two heads of the first block that look at their own token, and at the same
# token earlier.
