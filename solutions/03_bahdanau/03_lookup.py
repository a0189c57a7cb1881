# %% [markdown]
# ## 3 · Attention is a lookup
#
# A translator does not learn the page by heart. She looks back at it. Looking something up is what a
# database does: a *query* is compared with every *key*, and the answer is the *value* beside the key that
# fits.
#
# Take the keys $(1, 0)$, $(0, 1)$, $(-1, 0)$, $(0, -1)$ with the values 10, 20, 30, 40, and the query $(2, 1)$. The
# product of query and key measures how well they fit. A *hard* lookup takes the value of the best key. A *soft* lookup
# turns the scores into weights with softmax, and returns the weighted sum of all values.

# %% [markdown]
# ![Left, four keys at right angles and a query (2, 1) near key 1. Right, for each key its score, its weight
# 0.696, 0.256, 0.013 or 0.035, and its value; the hard lookup gives 10, the soft one
# 13.86.](figures/soft_lookup.svg)
#
# *The hard lookup takes one value. The soft one takes of each as much as its key fits.*

# %% [markdown]
# ### Exercise 3 · Hard and soft lookup (2 points · 10 min · ●○○)
#
# A database has `N` keys `(N, d)` and `N` values `(N, d_v)`. The query has shape `(d,)`; the score of a
# key is its product with the query.
#
# `hard_lookup` returns the value `(d_v,)` of the key with the highest score. `soft_lookup` returns the
# weighted sum of all values `(d_v,)` and the weights `(N,)`: the softmax of the scores.
#
# <details><summary>Hint 1: the idea</summary>Keys decide, values are returned. The keys never enter the
# answer themselves.</details>
# <details><summary>Hint 2: the formula</summary>scores = K q; weights = softmax(scores); answer = Σ
# weightⱼ valueⱼ.</details>
# <details><summary>Hint 3: the line</summary><code>keys @ query</code> has shape (N,), and
# <code>weights @ values</code> has shape (d_v,).</details>


# %% solution="hard_lookup"
def hard_lookup(query: torch.Tensor, keys: torch.Tensor, values: torch.Tensor) -> torch.Tensor:
    """The value (d_v,) of the key that fits the query (d,) best; keys (N, d), values (N, d_v)."""
    ### BEGIN SOLUTION
    return values[(keys @ query).argmax()]
    ### END SOLUTION


# %% given="database"
table = {
    "query": torch.tensor([2.0, 1.0]),
    "keys": torch.tensor([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]]),
    "values": torch.tensor([[10.0], [20.0], [30.0], [40.0]]),
}
random_table = {
    "query": checks.normal(3, seed=10),
    "keys": checks.normal(5, 3, seed=11),
    "values": checks.normal(5, 4, seed=12),
}

# %% check="hard_lookup_value" points=1
value = checks.run(hard_lookup, **table)
checks.that(
    not (torch.is_tensor(value) and value.shape == (2,)),
    "that is a key; keys are only compared, and a value is returned.",
)
checks.shape("the value", value, d_v=1)
slips = {
    "that is the value of the worst key: take the highest score.": torch.tensor([30.0]),
    "that is the largest value; the keys decide, not the values.": torch.tensor([40.0]),
    "that is a soft lookup: take one value alone.": torch.tensor([13.8571]),
}
checks.close("the value for the query (2, 1)", value, torch.tensor([10.0]), rtol=1e-4, slips=slips)
other = {**table, "query": torch.tensor([-1.0, -3.0])}
value = checks.run(hard_lookup, **other)
slips = {"that key has the largest absolute score; the sign counts.": torch.tensor([20.0])}
checks.close("the value for the query (−1, −3)", value, torch.tensor([40.0]), slips=slips)
value = checks.run(hard_lookup, **random_table)
checks.shape("the value", value, d_v=4)
checks.close("the value among five", value, random_table["values"][1])
checks.passed("the value of the key that fits best")


# %% solution="soft_lookup"
def soft_lookup(
    query: torch.Tensor, keys: torch.Tensor, values: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """The weighted sum of all values (d_v,) and the weights (N,); query (d,), keys (N, d), values (N, d_v)."""
    ### BEGIN SOLUTION
    weights = torch.softmax(keys @ query, dim=0)  # (N,)
    return weights @ values, weights
    ### END SOLUTION


# %% check="soft_lookup_value" points=1
value, weights = checks.unpack(
    "soft_lookup", checks.run(soft_lookup, **table), "the value", "the weights"
)
checks.that(
    not (torch.is_tensor(weights) and weights.shape == (1,) and value.shape == (4,)),
    "the order is value, weights.",
)
checks.shape("the weights", weights, N=4)
right = torch.tensor([0.6964, 0.2562, 0.0128, 0.0347])
slips = {
    "these are the scores: apply softmax.": torch.tensor([2.0, 1.0, -2.0, -1.0]),
    "the scores are divided by the sum of their absolute values; apply softmax, which needs exp.": torch.tensor(
        [2 / 6, 1 / 6, -2 / 6, -1 / 6]
    ),
    "all weights are equal: the query does not decide.": torch.full((4,), 0.25),
    "this is a hard lookup: softmax gives every key some weight.": torch.tensor([1.0, 0, 0, 0]),
    "the scores are divided by √d; here they are not.": torch.tensor(
        [0.5981, 0.2949, 0.0353, 0.0717]
    ),
}
checks.close("the weights", weights, right, atol=1e-3, slips=slips)
checks.that(
    value.shape != (2,), "that is a weighted sum of keys; it is the values that are returned."
)
checks.shape("the value", value, d_v=1)
slips = {
    "that is the mean of the weighted values; the weights sum to 1 already: take the sum.": (
        torch.tensor([13.8571 / 4])
    ),
    "that is the mean of the values, without weights.": torch.tensor([25.0]),
    "that is the sum of the values, without weights.": torch.tensor([100.0]),
}
right = torch.tensor([13.8571])
checks.close("the value for the query (2, 1)", value, right, rtol=1e-4, slips=slips)
value, weights = checks.run(soft_lookup, **random_table)
right = torch.tensor([0.013437, 0.484969, 0.056027, 0.051965, 0.393602])
checks.close("the weights of five keys", weights, right, rtol=1e-3)
checks.shape("the value", value, d_v=4)
right = torch.tensor([1.260476, -0.475066, 1.163503, 0.617726])
checks.close("the value", value, right, rtol=1e-3)
### BEGIN HIDDEN TESTS
same = {**random_table, "values": checks.normal(5, 3, seed=14)}
right = torch.softmax(same["keys"] @ same["query"], dim=0)
value, _ = checks.run(soft_lookup, **same)
checks.close("the value when keys and values have one size", value, right @ same["values"])
### END HIDDEN TESTS
checks.passed("a weighted sum of values, weighted by how well the keys fit")

# %% [markdown]
# **Experiment.** The same query, longer and longer. And a question that decides everything: how does the
# answer change when the query changes a little?

# %% experiment="lookup_experiment"
# Experiment · Hard and soft lookup for longer and longer queries
for length in (0.1, 1, 3, 10):
    query = (length * table["query"]).requires_grad_()
    soft, weights = soft_lookup(query, table["keys"], table["values"])
    (slope,) = torch.autograd.grad(soft.sum(), query)
    hard = hard_lookup(query, table["keys"], table["values"])
    shown = " ".join(f"{w:.3f}" for w in weights.tolist())
    print(f"{length:>4} × query: hard {hard.item():.0f}, soft {soft.item():.2f}", end="   ")
    print(f"weights {shown}   slope of soft {slope.norm():.3f}")

# %% [markdown]
# **What you saw.** A longer query moves the soft lookup toward the hard one. The hard lookup is a staircase: it jumps
# where the best key changes, and everywhere else its slope is 0. It does not say in which direction a
# better query lies, so gradient descent learns nothing from it. (Drawing a key at random and rewarding good
# draws does work, with more noise: [Mnih et al., 2014](https://arxiv.org/abs/1406.6247).) The soft lookup has a slope
# everywhere, even if a small one. Soft attention is a database that gradient descent can train.
