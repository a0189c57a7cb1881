# %% [markdown]
# ## 3 · Who may look at whom
#
# Two masks are in daily use. **Padding**: sequences of a batch have unequal lengths; the empty places at
# the end must not be looked at, by anyone. **Causal**: token $t$ may look at tokens $0 \dots t$ only, so
# that a model that predicts the next token cannot peek at it.
#
# Nobody reads the output of a padding token, so its own row needs no special treatment: only keys are masked.

# %% [markdown]
# ![Three tables of five queries by five keys for The dog eats and two places of padding: padding alone, 1 in the
# first three columns; causal, 1 on and below the diagonal; both, 1 where both are 1.](figures/masks.svg)
#
# *Rows ask, columns answer; 1 is True, may attend. The two masks are joined by "and".*

# %% [markdown]
# ### Exercise 4 · Masks (3 points · 12 min · ●○○)
#
# `lengths` `(B,)` holds the number of real tokens in each sequence. Return a boolean mask `(B, T, T)`,
# rows are queries, columns are keys, True = may attend: only real keys, and if `causal`, only keys that do
# not come after the query.
#
# <details><summary>Hint 1: the idea</summary>Compare key positions 0 … T−1 with the lengths, and with the
# query positions. Broadcasting does the rest.</details>
# <details><summary>Hint 2: the formula</summary>mask[b, t, s] = (s &lt; lengths[b]) and (s ≤ t if
# causal)</details>
# <details><summary>Hint 3: the line</summary>With <code>key = torch.arange(T)</code>:
# <code>key &lt; lengths[:, None, None]</code> is (B, 1, T).</details>


# %% solution="attention_mask"
def attention_mask(lengths: torch.Tensor, T: int, causal: bool) -> torch.Tensor:
    """Says which query may attend to which key: lengths (B,) → (B, T, T) bool, True = may attend."""
    ### BEGIN SOLUTION
    place = torch.arange(T, device=lengths.device)
    mask = place < lengths[:, None, None]  # (B, 1, T)
    if causal:
        mask = mask & (place <= place[:, None])  # (B, T, T)
    return mask.expand(-1, T, T)
    ### END SOLUTION


# %% check="attention_mask_padding" points=1
lengths = torch.tensor([2, 5, 3])
mask = checks.run(attention_mask, lengths, 5, False)
checks.shape("attention_mask(lengths, 5, causal=False)", mask, batch=3, queries=5, keys=5)
checks.that(mask.dtype == torch.bool, f"the mask is {mask.dtype}; it should be torch.bool.")
real = torch.arange(5) < lengths[:, None]  # (3, 5)
expected = real[:, None].expand(3, 5, 5)
slips = {
    "the mask is inverted: True means may attend.": ~expected,
    "rows and columns are swapped: padding is forbidden as a key, that is a column.": expected.mT,
    "padded queries are masked too; then their rows are empty. Mask the keys only.": expected
    & expected.mT,
    "off by one: a sequence of length 2 has the positions 0 and 1.": (
        torch.arange(5) <= lengths[:, None]
    )[:, None].expand(3, 5, 5),
    "nothing is masked.": torch.ones(3, 5, 5),
    "it is causal although causal=False.": expected & torch.ones(5, 5).tril().bool(),
}
slips = {cause: value.double() for cause, value in slips.items()}
checks.close("the padding mask", mask.double(), expected.double(), slips=slips)
checks.passed("padding cannot be looked at")

# %% check="attention_mask_causal" points=1
lengths = torch.tensor([2, 5, 3])
mask = checks.run(attention_mask, lengths, 5, True)
checks.shape("attention_mask(lengths, 5, causal=True)", mask, batch=3, queries=5, keys=5)
table = """
    10000 11000 11000 11000 11000
    10000 11000 11100 11110 11111
    10000 11000 11100 11100 11100
"""  # three sequences, a row of five keys for each query
rows = [[int(c) for c in row] for row in table.split()]
expected = torch.tensor(rows).bool().reshape(3, 5, 5)
real = expected[:, -1:].expand(3, 5, 5)  # the last query sees every real key
itself, earlier = torch.eye(5).bool(), expected[1]
slips = {
    "the mask is inverted: True means may attend.": ~expected,
    "it looks into the future: a query may see keys that come before it.": real & earlier.T,
    "off by one: a token may attend to itself.": expected & ~itself,
    "off by one: a token may not see the next one.": real & (earlier | itself.roll(1, 1)),
    "padding is forgotten when causal=True.": earlier.expand(3, 5, 5),
    "the causal part is missing.": real,
    "the two conditions are joined by or; both must hold.": real | earlier,
}
slips = {cause: value.double() for cause, value in slips.items()}
checks.close("the causal mask", mask.double(), expected.double(), slips=slips)
checks.passed("neither padding nor the future can be looked at")

# %% check="attention_mask_gradient" points=1
x = checks.normal(2, 6, 4, seed=70)
mask = checks.run(attention_mask, torch.tensor([6, 6]), 6, True)
checks.shape("attention_mask(lengths, 6, causal=True)", mask, batch=2, queries=6, keys=6)
checks.causal(
    "attention with your mask", lambda x: F.scaled_dot_product_attention(x, x, x, mask), x
)
short = checks.run(attention_mask, torch.tensor([4, 6]), 6, False)
hidden = torch.arange(6) >= torch.tensor([4, 6])[:, None]  # (2, 6)
checks.ignores(
    "attention with your padding mask",
    lambda x: F.scaled_dot_product_attention(x, x, x, short),
    x,
    hidden,
)
### BEGIN HIDDEN TESTS
mask = checks.run(attention_mask, torch.tensor([1, 7]), 7, True)
for b, length in enumerate((1, 7)):
    for t in range(7):
        seen = mask[b, t].nonzero().flatten().tolist()
        checks.that(
            seen == list(range(min(t + 1, length))),
            f"sequence of length {length}, query {t}: it sees the keys {seen}.",
        )
### END HIDDEN TESTS
checks.passed("no gradient flows from the future or from padding")

# %% [markdown]
# **Experiment.** The gradient $\partial y_i / \partial x_j$ shows what output $i$ really depends on. An
# encoder such as BERT is bidirectional, a decoder such as GPT is unidirectional.

# %% figure="gradient_experiment"
# Figure · Which inputs each output depends on
tokens = ["The", "dog", "eats", "the", "bone"]
x = checks.normal(1, 5, 16, seed=80).requires_grad_()
to_q, to_k = (checks.normal(16, 16, seed=s) / 4 for s in (81, 82))
fig, axes = plt.subplots(1, 2, figsize=(10, 3.6), layout="constrained")
for ax, causal in zip(axes, (False, True), strict=True):
    mask = attention_mask(torch.tensor([5]), 5, causal)
    y = F.scaled_dot_product_attention(x @ to_q, x @ to_k, x, mask)
    rows = [torch.autograd.grad(y[0, i].sum(), x, retain_graph=True)[0][0] for i in range(5)]
    reach = torch.stack(rows).norm(dim=-1)  # (5, 5)
    share = reach / reach.sum(dim=1, keepdim=True)
    title = "unidirectional (causal)" if causal else "bidirectional"
    words = {
        "xlabel": "input token j",
        "ylabel": "output token i",
        "colorbar": "share of the gradient",
    }
    plots.heat_map(ax, share, title=title, **words)
    ax.set_xticks(torch.arange(5) + 0.5, tokens)
    ax.set_yticks(torch.arange(5) + 0.5, tokens)
    print(f"{title}: largest gradient from a later token {reach.triu(1).max():.3g}")
plots.show(
    fig,
    alt="Two 5 by 5 maps of gradient sizes. Left, all entries are above zero. Right, everything above the "
    "diagonal is zero.",
    caption="Left, every word depends on every word. Right, the upper triangle is exactly zero: no word "
    "depends on a later one.",
)
