# %% [markdown]
# ## 7 · What attention can express
#
# Give each token its place as a one-hot key: $k_0 = (1, 0, 0, \dots)$, $k_1 = (0, 1, 0, \dots)$. Then
# $d_k = T$, and query $i$ has the score $q_{ij} / \sqrt{T}$ for key $j$: a query lists the scores it wants.
# By choosing queries you can make any pattern of weights:
#
# - token $i$ looks at token $i - 1$: a **shift**;
# - at $i - 1$, $i$ and $i + 1$ alike: a **moving average**, which is a convolution;
# - at everything up to $i$: a **prefix mean**.

# %% [markdown]
# ### Exercise 9 · Attention by design (3 points · 15 min · ●●○)
#
# `pattern` `(T, T)` is boolean, and each row has at least one True. Return queries `(T, T)` such that attention with
# one-hot keys gives, in each row, equal weights to the True entries and a weight below $10^{-6}$ to every False entry,
# for $T$ up to 1,000. Use no mask. Every number must be finite. The cell below your answer, `position_attention`, is
# what your queries go into.
#
# <details><summary>Hint 1: the idea</summary>Equal scores give equal weights. How much lower must a score be for its
# weight to be below a millionth?</details>
# <details><summary>Hint 2: the formula</summary>e^(−20) = 2·10⁻⁹. Mind the division by √T.</details>
# <details><summary>Hint 3: the line</summary>A difference of 20 after the division is one of
# <code>20 * math.sqrt(T)</code> before it.</details>


# %% solution="queries_for"
def queries_for(pattern: torch.Tensor) -> torch.Tensor:
    """Queries that make attention over one-hot keys average the True entries of each row: (T, T) → (T, T)."""
    ### BEGIN SOLUTION
    return 20 * math.sqrt(len(pattern)) * pattern.float()
    ### END SOLUTION


# %% given="position_attention"
def position_attention(queries: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    """Attention over one-hot keys: queries (T, T), values (T, d_v) → (T, d_v)."""
    return F.scaled_dot_product_attention(
        queries, torch.eye(len(queries)).to(queries), v.to(queries)
    )


# %% check="queries_for_shift" points=1
shift = torch.zeros(6, 6, dtype=torch.bool)
for i in range(6):
    shift[i, max(i - 1, 0)] = True
queries = checks.run(queries_for, shift)
checks.shape("queries_for(pattern)", queries, queries=6, d_k=6)
checks.finite("the queries", queries, "±inf; a finite difference is enough.")
weights = position_attention(queries, torch.eye(6))
checks.that(
    (weights[shift] < 0.5).any() or (weights[~shift] < 1e-6).all(),
    "nearly right, but a False entry has more than a millionth: make up for the division by √T, "
    "or make the difference larger than ln 10⁶ ≈ 14.",
)
others = shift.T / shift.sum(dim=0).clamp(min=1)[:, None]
others[5] = 1 / 6  # nobody looks at the last token
slips = {
    "the queries are too small: the weights are nearly equal. Scale them up.": position_attention(
        shift.float(), torch.eye(6)
    ),
    "the pattern is inverted.": (~shift).float() / 5,
    "queries and keys are swapped: rows of the pattern are queries.": others,
}
checks.close("the weights", weights.float(), shift.float(), rtol=0, atol=1e-5, slips=slips)
checks.passed("a shift: each token takes the value before it")

# %% check="queries_for_average" points=1
place_of = torch.arange(300)
window = (place_of - place_of[:, None]).abs() <= 1
signal = checks.normal(300, 2, seed=200, dtype=torch.float32)
queries = checks.run(queries_for, window)
weights = position_attention(queries, torch.eye(300))
inside, outside = weights[window].min(), weights[~window].max()
checks.that(
    not inside > outside >= 1e-6,
    "the queries are too small for T = 300: the scores are divided by √T, and should then differ by more than "
    "ln 10⁶ ≈ 14.",
)
got = position_attention(queries, signal).float()
expected = F.avg_pool1d(signal.T, 3, stride=1, padding=1, count_include_pad=False).T
checks.close("the moving average over three tokens of 300", got, expected, atol=1e-3)
checks.passed("a moving average, as a convolution computes it")

# %% check="queries_for_prefix" points=1
prefix = torch.ones(1000, 1000).tril().bool()
signal = checks.normal(1000, 1, seed=201, dtype=torch.float32)
got = position_attention(checks.run(queries_for, prefix), signal).float()
expected = signal.cumsum(dim=0) / torch.arange(1, 1001)[:, None]
checks.close("the prefix mean of 1000 tokens", got, expected, atol=5e-3)
### BEGIN HIDDEN TESTS
pattern = checks.normal(40, 40, seed=202) > 0.5
pattern[:, 3] = True
weights = position_attention(checks.run(queries_for, pattern), torch.eye(40)).double()
expected = pattern.double() / pattern.sum(dim=1, keepdim=True)
checks.close("the weights of a random pattern", weights, expected, rtol=0, atol=1e-5)
### END HIDDEN TESTS
checks.passed("a prefix mean, without a mask")

# %% [markdown]
# **Experiment.** Three machines on one signal. And a fourth: keys that are not places but contents make a
# **lookup table**.

# %% experiment="machines_experiment"
# Experiment · Three machines made of attention
machine_places = torch.arange(24)
distance = machine_places - machine_places[:, None]  # (24, 24): key place minus query place
patterns = {
    "shift by 3": machine_places == (machine_places - 3).clamp(min=0)[:, None],
    "moving average": distance.abs() <= 1,
    "prefix mean": distance <= 0,
}
machine_signal = (torch.sin(machine_places / 3) + (machine_places == 9)).float()
results = {
    name: position_attention(queries_for(p), machine_signal[:, None])[:, 0]
    for name, p in patterns.items()
}

# %% figure="machines_curves"
# Figure · What the three machines make of a signal
fig, ax = plt.subplots(figsize=(9, 3.2))
words = {"xlabel": "token", "ylabel": "value", "x": machine_places}
plots.curves(
    ax, {"signal": machine_signal} | results, title="Three machines made of attention", **words
)
plots.show(
    fig,
    alt="A wave with one spike. A copy of it three tokens later, a smooth version, and a slowly moving mean.",
    caption="The shift copies the spike three tokens later, the average flattens it, the prefix mean follows slowly.",
)

# %% experiment="lookup_experiment"
# Experiment · A table of capitals, read by attention
countries = ["France", "Japan", "Kenya", "Peru"]
capitals = ["Paris", "Tokyo", "Nairobi", "Lima"]
keys = F.normalize(checks.normal(4, 16, seed=203), dim=-1)  # one random direction per country
asked = 40 * keys[2] + 0.5 * checks.normal(16, seed=204)  # "Kenya", with some noise
entries = F.normalize(checks.normal(4, 16, seed=205), dim=-1)  # and one per capital
output, weights = attention(asked[None], keys, entries)
closest = (entries @ output[0]).argmax()
print("weights:", {c: round(w, 4) for c, w in zip(countries, weights[0].tolist(), strict=True)})
print(f"asked for Kenya, the output is closest to {capitals[closest]}")

# %% [markdown]
# **What you saw.** One operation is a convolution, a running mean or a dictionary, depending on queries and
# keys; and in a trained network those depend on the input. A dense layer also mixes all tokens, but with
# weights that are the same for every input.

# %% figure="dense_experiment"
# Figure · A dense layer and attention on two inputs
device.seed_everything(3)
dense = torch.randn(6, 6).softmax(dim=-1)  # fixed once trained
inputs, to_q, to_k = torch.randn(2, 6, 16), torch.randn(16, 16) / 3, torch.randn(16, 16) / 3
_, dynamic = attention(inputs @ to_q, inputs @ to_k, inputs)
names = ["dense layer, input A or B", "attention, input A", "attention, input B"]
fig, axes = plt.subplots(1, 3, figsize=(11, 3), layout="constrained")
for ax, name, weights in zip(axes, names, (dense, *dynamic), strict=True):
    words = {"xlabel": "key token", "ylabel": "query token", "colorbar": "weight"}
    plots.heat_map(ax, weights, title=name, **words)
    ax.collections[0].set_clim(0, 1)
    ax.set_yticks(torch.arange(6) + 0.5, range(6))
plots.show(
    fig,
    alt="Three 6 by 6 maps of weights: one of the dense layer for any input, and two of attention, which differ.",
    caption="A dense layer mixes every input with the same weights. Attention computes its weights from the input.",
)
