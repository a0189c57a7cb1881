# %% [markdown]
# ## 4 · Who may look at whom
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
real = torch.tensor([[1, 1, 0, 0, 0], [1, 1, 1, 1, 1], [1, 1, 1, 0, 0]]).bool()
expected = torch.stack([real] * 5, dim=1)  # every query sees the same keys
slips = {
    "the mask is inverted: True means may attend.": ~expected,
    "rows and columns are swapped: padding is forbidden as a key, that is a column.": expected.mT,
    "padded queries are masked too; then their rows are empty. Mask the keys only.": expected
    & expected.mT,
    "off by one: a sequence of length 2 has the positions 0 and 1.": expected
    | expected.roll(1, -1),
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
    "it looks into the future: a query may see only itself and the keys before it.": real
    & earlier.T,
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
hidden = torch.tensor([[0, 0, 0, 0, 1, 1], [0] * 6]).bool()
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
# A mask does its work before the softmax. Here is a small GPT, a model that predicts the next token (Lab 06). It reads
# "Answer the following", with $d_k = 10$; all its numbers are rounded, so that some, computed anew, differ by 0.01. Its
# mask is causal.

# %% given="small_gpt"
Q = torch.tensor(
    [
        [0.84, 1.22, -0.10, 0.68, -0.11, -0.54, -0.54, -0.74, -0.71, 0.09],
        [-0.42, 1.38, 0.96, 1.87, -0.58, 0.05, 0.45, -1.06, 0.21, -1.24],
        [-0.19, 0.33, -1.10, -0.27, -0.64, 0.75, -0.42, 0.51, -1.44, -0.48],
    ]
)
K = torch.tensor(
    [
        [0.16, -1.08, -0.90, 0.33, -0.65, -0.09, 0.83, -0.30, 0.51, -0.03],
        [-0.22, -0.74, -1.61, 0.89, 1.08, 1.66, 0.20, 1.18, 0.24, -1.74],
        [0.15, 0.49, 0.43, 0.16, -1.04, -0.70, 0.33, -0.61, 0.94, 0.50],
    ]
)
score = (Q[1] * K[0]).sum() / math.sqrt(10)
print(f"the second token's score for the first one: {score:.2f}")

# %% given="small_gpt_values"
V = torch.tensor(
    [
        [0.54, -0.70, 0.14, 0.96, -0.74, -0.04, 0.11, 0.33, -0.03, 0.60],
        [-0.02, 0.49, 1.30, 1.81, -0.94, -0.60, -0.02, 1.24, -0.47, 0.89],
        [-0.04, -1.80, -0.44, -0.74, 0.05, 0.19, 0.35, -0.85, -0.43, 0.03],
    ]
)
scores = torch.tensor([[-0.42, -0.83, 0.29], [-0.19, -0.10, 0.71], [-0.12, 0.92, -0.73]])
print("exp(-0.19) and exp(-0.10):", torch.exp(scores[1, :2]))

# %% [markdown]
# The second token may attend to two tokens, with the scores $-0.19$ and $-0.10$. Its weights are
# $e^{-0.19} / (e^{-0.19} + e^{-0.10}) = 0.48$ and $0.52$; the third weight is 0: what is masked takes no part in the
# sum.

# %% [markdown]
# ### Exercise 5 · Masked attention (5 points · 25 min · ●●●)
#
# Add the mask to attention. `mask` is boolean, broadcasts to `(..., T, S)`, and True means *may attend*. Without one,
# all may.
#
# - A weight that is masked is exactly 0; the others of its row still sum to 1.
# - Hard case 1: a row in which everything is masked has weights 0 and output 0, not NaN, and finite gradients.
# - Hard case 2: it works in float16, whose largest number is 65,504; output and weights have the dtype of the input.
#
# <details><summary>Hint 1: the idea</summary>Masked scores become very negative before the softmax. What
# remains to be done for a row that is masked everywhere?</details>
# <details><summary>Hint 2: the formula</summary>The most negative number of a dtype is
# <code>torch.finfo(scores.dtype).min</code>; e to that power is 0.</details>
# <details><summary>Hint 3: the line</summary>Twice <code>masked_fill(~mask, ...)</code>: once on the scores,
# once, with 0, on the weights.</details>


# %% solution="masked_attention"
def masked_attention(
    q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, mask: torch.Tensor | None = None
) -> tuple[torch.Tensor, torch.Tensor]:
    """Attention in which a query averages only the values that it may attend to.

    Args:
        q: (..., T, d_k). k: (..., S, d_k). v: (..., S, d_v).
        mask: boolean, broadcasts to (..., T, S); True = may attend.

    Returns:
        output (..., T, d_v) and weights (..., T, S).
    """
    ### BEGIN SOLUTION
    scores = q @ k.mT / math.sqrt(q.shape[-1])  # (..., T, S)
    if mask is None:
        weights = torch.softmax(scores, dim=-1)
    else:
        scores = scores.masked_fill(~mask, torch.finfo(scores.dtype).min)
        weights = torch.softmax(scores, dim=-1).masked_fill(~mask, 0)
    return weights @ v, weights  # (..., T, d_v), (..., T, S)
    ### END SOLUTION


# %% check="attention_small_gpt" points=1
mask = torch.ones(3, 3).tril().bool()
output, weights = checks.unpack(
    "the function", checks.run(masked_attention, Q, K, V, mask), "output", "weights"
)
checks.that(
    getattr(output, "shape", None) != (3, 3) or getattr(weights, "shape", None) != (3, 10),
    "the order is output, weights; yours is weights, output.",
)
checks.shape("weights", weights, queries=3, keys=3)
checks.shape("output", output, queries=3, d_v=10)
checks.finite(
    "the weights",
    weights,
    "0 · inf is NaN: use masked_fill or torch.where. Or is the mask inverted, and a row empty?",
)
printed = torch.tensor([[1.0, 0, 0], [0.48, 0.52, 0], [0.23, 0.65, 0.13]])
slips = {
    "the scores are not divided by √d_k.": by_torch(Q, K, attn_mask=mask, scale=1),
    "the scores are divided by d_k: take its square root.": by_torch(
        Q, K, attn_mask=mask, scale=0.1
    ),
    "the mask is inverted: True means may attend.": torch.tensor(
        [[0.0, 0.24, 0.76], [0.0, 0.0, 1.0], [0.33, 0.33, 0.33]]
    ),
    "the mask is inverted, and a row without keys became 0: True means may attend.": torch.tensor(
        [[0.0, 0.24, 0.76], [0.0, 0.0, 1.0], [0.0, 0.0, 0.0]]
    ),
    "the mask is not used.": by_torch(Q, K),
    "the mask is applied after the softmax, so the rows no longer sum to 1.": by_torch(Q, K) * mask,
    "the mask is added to the scores as 0 and 1; forbidden scores must become very negative.": by_torch(
        Q, K, attn_mask=mask.float()
    ),
    "forbidden scores become 0, and exp(0) is 1; they must become very negative.": torch.tensor(
        [[0.25, 0.38, 0.38], [0.30, 0.33, 0.37], [0.23, 0.64, 0.13]]
    ),
    "the softmax runs over the queries; each row should sum to 1: dim=-1.": by_torch(
        K, Q, attn_mask=mask.T
    ).T,
}
checks.close("the weights of the small GPT", weights, printed, rtol=0, atol=0.02, slips=slips)
second = torch.tensor([0.24, -0.08, 0.75, 1.40, -0.84, -0.33, 0.04, 0.81, -0.26, 0.75])
checks.close("the output for its second token", output[1], second, rtol=0, atol=0.02)
checks.passed("the small GPT, as computed by hand")

# %% check="attention_mask_used" points=1
q, k, v = (checks.normal(2, 3, n, d, seed=20 + n) for n, d in ((5, 8), (7, 8), (7, 6)))
mask = checks.normal(2, 1, 5, 7, seed=23) > -0.5
mask[..., 0], mask[..., 1] = True, False
output, weights = checks.unpack(
    "the function", checks.run(masked_attention, q, k, v, mask), "output", "weights"
)
checks.finite("the weights", weights, "0 · inf is NaN: use masked_fill or torch.where.")
full = by_torch(q, k)
wrong = {
    "the mask is inverted: True means may attend.": by_torch(q, k, attn_mask=~mask),
    "the mask is not used.": full,
    "the mask is applied after the softmax, so the rows no longer sum to 1.": full * mask,
    "the mask is added to the scores as 0 and 1; forbidden scores must become very negative.": by_torch(
        q, k, attn_mask=mask.double()
    ),
    "forbidden scores become 0, and exp(0) is 1; they must become very negative.": by_torch(
        q, k, attn_mask=-(q @ k.mT / 8**0.5).where(~mask, 0)
    ),
}
expected = by_torch(q, k, attn_mask=mask)
checks.close("the weights", weights, expected, slips=wrong)
checks.that(not weights[~mask.expand_as(weights)].any(), "a masked weight is not exactly 0.")
expected = F.scaled_dot_product_attention(q, k, v, mask)
checks.close("the output", output, expected, slips={s: w @ v for s, w in wrong.items()})
with checks.hint("Without a mask, all may attend."):
    output, _ = checks.unpack(
        "the function", checks.run(masked_attention, q, k, v), "output", "weights"
    )
    checks.close("the output without a mask", output, F.scaled_dot_product_attention(q, k, v))
### BEGIN HIDDEN TESTS
mask = (torch.arange(7) < torch.tensor([4, 6])[:, None])[:, None, None]  # (2, 1, 1, 7)
output, _ = checks.unpack(
    "the function", checks.run(masked_attention, q, k, v, mask), "output", "weights"
)
checks.close(
    "the output with a mask that broadcasts", output, F.scaled_dot_product_attention(q, k, v, mask)
)
### END HIDDEN TESTS
checks.passed("masked keys have no weight, the others share it")

# %% check="attention_large_scores" points=1
# Two keys, the second masked: all weight is on the first, however much larger the score of the second is.
mask, alone = torch.tensor([[True, False]]), torch.tensor([[1.0, 0.0]])
renormalized = "a mask after the softmax loses keys whose weight was rounded to 0: mask before it."
small = "a real score can lie below your fill value: use torch.finfo(scores.dtype).min."
for cause, size, keys in ((renormalized, 20.0, [0.0, 20.0]), (small, 200.0, [-200.0, 0.0])):
    q, k = torch.tensor([[size, 0.0]]), torch.tensor([[keys[0], 0.0], [keys[1], 0.0]])
    _, weights = checks.unpack(
        "the function", checks.run(masked_attention, q, k, k, mask), "output", "weights"
    )
    scores = "{:,.0f} and {:,.0f}".format(*(size * key / 2**0.5 for key in keys))
    name = f"the weights for the scores {scores}, the second masked"
    checks.close(name, weights, alone, slips={cause: torch.zeros(1, 2)})
checks.passed("the sizes of the scores do not matter")

# %% check="attention_empty_row" points=1
q, k, v = (checks.normal(2, n, d, seed=30 + n) for n, d in ((3, 4), (5, 4), (5, 6)))
mask = torch.ones(2, 3, 5, dtype=torch.bool)
mask[1, 2] = False  # this query may attend to nothing
q.requires_grad_()
output, weights = checks.unpack(
    "the function", checks.run(masked_attention, q, k, v, mask), "output", "weights"
)
checks.finite("a row without a mask", output[0], "0 · inf is NaN: use masked_fill or torch.where.")
checks.finite(
    "a row that is masked everywhere", output[1, 2], "exp(-inf) sums to 0, and 0 / 0 is NaN."
)
uniform = {"the row shares its weight among keys that it may not see.": v[1].mean(dim=0)}
checks.close(
    "the output of a row that is masked everywhere", output[1, 2], torch.zeros(6), slips=uniform
)
checks.close("its weights", weights[1, 2], torch.zeros(5))
checks.that(output[0].any(), "the other rows should not be zero.")
(slope,) = checks.run(torch.autograd.grad, output.sum() + (weights**2).sum(), q)
checks.finite(
    "the gradient through such a row",
    slope,
    "a NaN that is overwritten can come back in the gradient: fill the scores with finfo(dtype).min.",
)
checks.passed("a query without keys gets zeros, and its gradient is finite")

# %% check="attention_half" points=1
for dtype in (torch.float16, torch.bfloat16):
    q, k, v = (
        checks.normal(2, n, d, seed=40 + n, dtype=dtype) for n, d in ((5, 8), (7, 8), (7, 6))
    )
    mask = torch.ones(5, 7).tril().bool()
    output, weights = checks.unpack(
        "the function", checks.run(masked_attention, q, k, v, mask), "output", "weights"
    )
    for name, part in (("output has", output), ("weights have", weights)):
        checks.that(part.dtype == dtype, f"the {name} {part.dtype}, the input {dtype}: keep it.")
    expected = F.scaled_dot_product_attention(q.float(), k.float(), v.float(), mask)
    checks.close(f"the output in {dtype}", output.float(), expected, rtol=0.05, atol=0.03)
checks.passed("half precision works, masks included")

# %% [markdown]
# **Experiment.** How far is your function from PyTorch's own, in each number format?

# %% experiment="error_experiment"
# Experiment · Your attention in four precisions
q, k, v = (checks.normal(2, 4, 100, 32, seed=s) for s in (1, 2, 3))
mask = torch.ones(100, 100).tril().bool()
reference = F.scaled_dot_product_attention(q, k, v, mask)
max_error_vs_torch = 0.0
for dtype in (torch.float64, torch.float32, torch.bfloat16, torch.float16):
    mine, _ = masked_attention(q.to(dtype), k.to(dtype), v.to(dtype), mask)
    error = (mine.double() - reference).abs().max().item()
    if dtype == torch.float32:
        max_error_vs_torch = error
    print(f"{dtype!s:15} largest difference from float64: {error:.1e}")

# %% [markdown]
# **What you saw.** In float32 about six digits agree. The two half formats have the same 16 bits:
# bfloat16 spends more of them on the exponent, so it overflows at $3.4 \cdot 10^{38}$ instead of 65,504, and
# pays with precision. A mask value of $-10^9$ works in one and breaks the other.

# %% [markdown]
# **Experiment.** The gradient $\partial y_i / \partial x_j$ shows what output $i$ really depends on. An encoder such as
# BERT (Lab 08) is bidirectional, a decoder such as GPT is unidirectional.

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
    ax.collections[0].set_clim(0, 1)  # the same colors in both maps
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
