# %% [markdown]
# ## 4 · Additive attention
#
# Bahdanau, Cho and Bengio put this lookup between encoder and decoder. The keys and the values are the
# encoder's states $h_j$. The query is the decoder's state *before* the step, $s_{i-1}$:
#
# $$e_{ij} = v^\top \tanh(W s_{i-1} + U h_j) \qquad \alpha_{ij} = \frac{\exp(e_{ij})}{\sum_k \exp(e_{ik})}
# \qquad c_i = \sum_j \alpha_{ij} h_j$$
#
# (With $W_a = [W\; U]$ that is $v^\top \tanh(W_a [s_{i-1}; h_j])$, hence its other name, *concat*.)
#
# Now each output step $i$ has a context $c_i$ of its own. The model is called *RNNSearch*:
#
# $$s_i = f(s_{i-1}, y_{i-1}, c_i) \qquad p(y_i) = g(y_{i-1}, s_i, c_i)$$
#
# You write it in four pieces: the softmax with a mask, the score, the contexts, the step.

# %% [markdown]
# ![The query s through W and each of four keys h through U are added, go through tanh and v, and give scores 1.2,
# 0.2, −1.0, 0.4; softmax gives weights 0.52, 0.19, 0.06, 0.23, and c is the sum of the h, each times its
# weight.](figures/additive_attention.svg)
#
# *One output step, four source tokens. `U h` is computed once per line, the rest at each step.*

# %% [markdown]
# ### Exercise 4 · A softmax with a mask (3 points · 12 min · ●●○)
#
# `scores` and `mask` have shape `(B, S)`. Return weights `(B, S)`: the softmax over the real tokens of
# each line. Padded places get a weight of exactly 0. Every line has at least one real token.
#
# It must hold for scores of any size and in float16, where numbers end at 65,504.
#
# <details><summary>Hint 1: the idea</summary>A place whose score is −∞ gets exp(−∞) = 0. So change the
# scores, before the softmax.</details>
# <details><summary>Hint 2: the formula</summary>e = score where mask, −∞ elsewhere; weights =
# softmax(e) over the source tokens, dim=1.</details>
# <details><summary>Hint 3: the line</summary><code>scores.masked_fill(~mask, float("-inf"))</code>, or
# <code>torch.finfo(scores.dtype).min</code> in the place of −∞</details>


# %% solution="masked_softmax"
def masked_softmax(scores: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Softmax over the real tokens of each line.

    Args:
        scores: (B, S), of any floating-point dtype.
        mask: (B, S) bool, True for real tokens; at least one in each line.

    Returns:
        Weights (B, S): rows sum to 1, padded places are 0.
    """
    ### BEGIN SOLUTION
    return scores.masked_fill(~mask, float("-inf")).softmax(dim=1)
    ### END SOLUTION


# %% data="mask_slips"
# Data · Masks, and the weights of known mistakes, for the checks
def padded(*lengths: int) -> torch.Tensor:
    """A mask (B, S) for lines of these lengths."""
    return torch.arange(max(lengths)) < torch.tensor(lengths)[:, None]


def mask_slips(scores: torch.Tensor, mask: torch.Tensor) -> dict[str, torch.Tensor]:
    """The weights that known mistakes lead to."""
    return {
        "the mask is not used: padding gets weight.": scores.softmax(dim=1),
        "the mask comes after the softmax: the rest no longer sums to 1. Mask the scores.": (
            scores.softmax(dim=1) * mask
        ),
        "the scores of padding are set to 0, and exp(0) is 1: set them to −∞.": (
            scores * mask
        ).softmax(dim=1),
        "these are the masked scores; the softmax is missing.": torch.where(mask, scores, 0),
    }


# %% check="masked_softmax_rows" points=1
scores, mask = checks.normal(3, 5, seed=20), padded(5, 2, 4)
weights = checks.run(masked_softmax, scores, mask)
checks.shape("the weights", weights, batch=3, S=5)
cause = "−∞ times 0 is NaN: replace the scores with masked_fill or torch.where, do not add to them."
checks.finite("the weights", weights, cause)
checks.that(
    not weights[1, 2:].sum() > 0.99,
    "the mask is inverted: only padding gets weight. True means: a real token.",
)
checks.that(
    not torch.allclose(weights.sum(dim=0), torch.ones(5, dtype=torch.float64)),
    "the softmax runs over the batch: use dim=1, the source tokens.",
)
right = torch.zeros(3, 5, dtype=torch.float64)
for row, length in enumerate((5, 2, 4)):
    right[row, :length] = torch.softmax(scores[row, :length], dim=0)
checks.close("the weights", weights, right, slips=mask_slips(scores, mask))
### BEGIN HIDDEN TESTS
scores = checks.normal(4, 6, seed=21)
mask = torch.tensor(
    [[0, 1, 1, 0, 1, 0], [1, 0, 0, 0, 0, 0], [1, 1, 1, 1, 1, 1], [0, 0, 0, 0, 1, 1]]
)
weights = checks.run(masked_softmax, scores, mask.bool())
alone = torch.softmax(scores[0, [1, 2, 4]], dim=0)
checks.close("the weights of tokens 1, 2, 4", weights[0, [1, 2, 4]], alone)
checks.close("the weight of an only token", weights[1, 0], 1.0)
### END HIDDEN TESTS
checks.passed("rows sum to 1 over the real tokens")

# %% check="masked_softmax_zero" points=1
scores, mask = 100 * checks.normal(3, 5, seed=22), padded(5, 2, 4)
scores[1, 2:] = 50_000.0  # what stands in padding may be anything
scores[2] -= 3e4
weights = checks.run(masked_softmax, scores, mask)
cause = "0 / 0: the mask must come before the softmax. Or is it inverted? True is a real token."
checks.finite("the weights", weights, cause)
checks.that(
    not weights[~mask].any(),
    f"padding has the weight {weights[~mask].max().item():.3g}; it should be exactly 0. A number "
    "like −10,000 is not low enough: use −∞ or torch.finfo(scores.dtype).min, and replace the scores.",
)
checks.close("the sum of each row", weights.sum(dim=1), torch.ones(3))
right = torch.softmax(scores[1, :2], dim=0)
checks.close("the weights of a line of two tokens", weights[1, :2], right)
checks.passed("padding has a weight of exactly 0, whatever its score")

# %% check="masked_softmax_half" points=1
scores, mask = checks.normal(3, 7, seed=23).half(), padded(7, 3, 5)
weights = checks.run(masked_softmax, scores, mask)
checks.that(
    torch.is_tensor(weights) and weights.dtype == torch.float16,
    "weights should have the dtype of the scores: float16 here.",
)
cause = "a number above 65,504 became infinite, or the mask is inverted and leaves a line no token."
checks.finite("the weights in float16", weights, cause)
for row, length in enumerate((7, 3, 5)):
    right = torch.softmax(scores[row, :length].double(), dim=0)
    checks.close(f"the weights of line {row} in float16", weights[row, :length], right)
large = torch.tensor([[60_000.0, 59_968.0, -60_000.0, 7.0]]).half()
weights = checks.run(masked_softmax, large, torch.tensor([[True, True, True, False]]))
checks.finite("the weights of large scores", weights, "exp overflows: torch.softmax does not.")
checks.close("the weights of large scores", weights, torch.tensor([[1.0, 0, 0, 0]]).half())
### BEGIN HIDDEN TESTS
low = torch.full((1, 4), -60_000.0).half()
weights = checks.run(masked_softmax, low, torch.tensor([[True, False, False, True]]))
checks.close("the weights of very low scores", weights, torch.tensor([[0.5, 0, 0, 0.5]]).half())
### END HIDDEN TESTS
checks.passed("it holds in float16, and for scores near its limits")

# %% [markdown]
# ### Exercise 5 · The additive score (2 points · 12 min · ●●○)
#
# Write $e_{ij} = v^\top \tanh(W s_{i-1} + U h_j)$ for one step and all source tokens at once.
#
# $U h_j$ does not depend on the step. So it is computed once per line, and you get it ready: `uh`
# `(B, S, d_att)`. The query `s` is `(B, d_dec)`, `W` is `(d_att, d_dec)` and `v` is `(d_att,)`. Return
# the scores `(B, S)`.
#
# <details><summary>Hint 1: the idea</summary>W s has one row per line, and U h one per source token. Give
# the first a source dimension of size 1, and they broadcast.</details>
# <details><summary>Hint 2: the formula</summary>(B, 1, d_att) + (B, S, d_att) → tanh → a product with v
# over the last dimension → (B, S).</details>
# <details><summary>Hint 3: the line</summary><code>(s @ W.T)[:, None]</code> is
# (B, 1, d_att).</details>


# %% solution="additive_score"
def additive_score(
    s: torch.Tensor, uh: torch.Tensor, W: torch.Tensor, v: torch.Tensor
) -> torch.Tensor:
    """Additive score of a query and all keys (Bahdanau et al., 2015).

    Args:
        s: the decoder's state, (B, d_dec).
        uh: U h, the encoder's states after their matrix, (B, S, d_att).
        W: (d_att, d_dec).
        v: (d_att,).

    Returns:
        Scores (B, S).
    """
    ### BEGIN SOLUTION
    return torch.tanh((s @ W.T)[:, None] + uh) @ v
    ### END SOLUTION


# %% check="additive_score_by_hand" points=1
s, uh = torch.tensor([[1.0, 2.0]]), torch.tensor([[[0.0, -1.0, 0.5], [-1.0, -3.0, 1.5]]])
W, v = torch.tensor([[1.0, 0.0], [1.0, 1.0], [0.5, -0.5]]), torch.tensor([1.0, -1.0, 2.0])
scores = checks.run(additive_score, s, uh, W, v)
checks.that(
    not (torch.is_tensor(scores) and scores.shape == (1, 2, 3)),
    "there is one number per entry of d_att: multiply by v and sum over d_att, so that one score per token is left.",
)
checks.shape("the scores", scores, batch=1, S=2)
slips = {  # the sums before tanh are (1, 2, 0) and (0, 0, 1)
    "tanh is missing.": [-1.0, 2.0],
    "tanh comes after v: it stands inside, v outside.": [-0.761594, 0.964028],
    "v is missing: tanh(…) is summed as it is.": [1.725622, 0.761594],
    "tanh is taken of each part; take it of the sum.": [0.528134, 0.886062],
    "W s is missing: the scores do not depend on the query.": [1.685828, 2.043757],
    "U h is missing: the scores do not depend on the keys.": [-1.157695, -1.157695],
    "W s and U h are multiplied; they are added.": [0.505217, -1.031892],
    "that is the sigmoid; additive attention has tanh.": [0.850262, 1.462117],
    "softmax is not part of the score.": [0.151148, 0.848852],
}
slips = {cause: torch.tensor([value]) for cause, value in slips.items()}
right = torch.tensor([[-0.202434, 1.523188]])
checks.close("the scores", scores, right, rtol=1e-4, slips=slips)
checks.passed("two scores as computed by hand")

# %% check="additive_score_batch" points=1
s, uh = checks.normal(3, 4, seed=30), checks.normal(3, 5, 6, seed=31)
W, v = checks.normal(6, 4, seed=32), checks.normal(6, seed=33)
scores = checks.run(additive_score, s, uh, W, v)
checks.shape("the scores", scores, batch=3, S=5)
for line in range(3):
    alone = checks.run(additive_score, s[line, None], uh[line, None], W, v)
    checks.close(f"the scores of line {line}, in the batch and alone", scores[line], alone[0])
turned = checks.run(additive_score, s, uh.flip(1), W, v)
checks.close("the scores of the keys in reverse order", turned, scores.flip(1))
leaves = [x.clone().requires_grad_() for x in (s, uh, W, v)]
scores = checks.run(additive_score, *leaves)
checks.that(
    scores.requires_grad, "no gradient reaches the input: no .detach(), .item() or torch.tensor."
)
### BEGIN HIDDEN TESTS


def each_alone(s, uh, W, v):
    rows = [
        [torch.dot(v, torch.tanh(torch.mv(W, q) + k)) for k in keys]
        for q, keys in zip(s, uh, strict=True)
    ]
    return torch.stack([torch.stack(row) for row in rows])


checks.agrees("the scores", additive_score, each_alone, s, uh, W, v, gradients=True)
square = checks.normal(5, 5, seed=34)
args = (
    checks.normal(5, 5, seed=35),
    checks.normal(5, 5, 5, seed=36),
    square,
    checks.normal(5, seed=37),
)
slips = {
    "W is transposed: it has one row per entry of d_att.": each_alone(
        args[0], args[1], square.T, args[3]
    ),
    "each line got the queries of all lines: broadcast over the source tokens.": torch.tanh(
        args[0] @ square.T + args[1]
    )
    @ args[3],
}
checks.close(
    "the scores when all sizes are 5",
    checks.run(additive_score, *args),
    each_alone(*args),
    slips=slips,
)
### END HIDDEN TESTS
checks.passed("every line with its own query, gradients too")

# %% [markdown]
# ### Exercise 6 · One context per output step (2 points · 8 min · ●○○)
#
# `weights` `(B, T, S)` say how much each of `T` output steps looks at each of `S` source tokens, and
# `values` are `(B, S, d)`. Return the contexts $c_i = \sum_j \alpha_{ij} h_j$ for all steps: `(B, T, d)`.
#
# No Python loop over steps or tokens is needed. RNNSearch takes one step at a time, T = 1; in the next labs
# all steps come at once.
#
# <details><summary>Hint 1: the idea</summary>A weighted sum over the source tokens. Which product sums
# over S, and keeps T and d?</details>
# <details><summary>Hint 2: the formula</summary>(B, T, S) times (B, S, d) gives (B, T, d), line by
# line.</details>
# <details><summary>Hint 3: the line</summary><code>@</code> between tensors of three dimensions is a
# matrix product for each entry of the batch.</details>


# %% solution="contexts"
def contexts(weights: torch.Tensor, values: torch.Tensor) -> torch.Tensor:
    """Weighted sums of values, one for each output step: (B, T, S), (B, S, d) → (B, T, d)."""
    ### BEGIN SOLUTION
    return weights @ values
    ### END SOLUTION


# %% check="contexts_by_hand" points=1
values = torch.tensor([[[1.0, 10.0], [2.0, 20.0], [4.0, 40.0]]])
weights = torch.tensor([[[1.0, 0.0, 0.0], [0.5, 0.5, 0.0], [0.0, 0.25, 0.75], [0.0, 0.0, 1.0]]])
result = checks.run(contexts, weights, values)
checks.shape("the contexts", result, batch=1, T=4, d=2)
right = torch.tensor([[[1.0, 10.0], [1.5, 15.0], [3.5, 35.0], [4.0, 40.0]]])
slips = {
    "all steps get the plain sum of the values: use the weights.": values.sum(
        dim=1, keepdim=True
    ).expand(1, 4, 2),
    "all steps get the mean of the values: use the weights.": values.mean(
        dim=1, keepdim=True
    ).expand(1, 4, 2),
    "all steps get one context: do not sum over the steps.": right.sum(dim=1, keepdim=True).expand(
        1, 4, 2
    ),
    "that is a hard lookup: sum over all values, with their weights.": values[
        :, weights[0].argmax(dim=1)
    ],
    "the sum is divided by the number of tokens; the weights sum to 1 already.": right / 3,
}
checks.close("the contexts", result, right, slips=slips)
checks.passed("each step with its own weighted sum")

# %% check="contexts_batch" points=1
values = checks.normal(2, 5, 4, seed=41)
looked = torch.tensor([[4, 0, 2], [1, 1, 3]])  # where each step looks, with all its weight
weights = F.one_hot(looked, 5).double()  # (B, T, S)
result = checks.run(contexts, weights, values)
checks.shape("the contexts", result, batch=2, T=3, d=4)
lines = torch.tensor([[0], [1]])
right = values[lines, looked]
slips = {
    "all lines use the values of line 0.": values[0, looked],
    "the lines are mixed: each one has its own values.": values[:, looked].sum(dim=0),
    "the weights are normalized once more; they sum to 1 already.": (
        values.sum(dim=1, keepdim=True) + (math.e - 1) * right
    )
    / (math.e + 4),
}
checks.close("the contexts", result, right, slips=slips)
### BEGIN HIDDEN TESTS
weights = checks.normal(2, 3, 5, seed=40).softmax(dim=2)
right = torch.einsum("bts,bsd->btd", weights, values)
checks.close("the contexts of any weights", checks.run(contexts, weights, values), right)
weights, values = checks.normal(4, 4, 4, seed=42).softmax(dim=2), checks.normal(4, 4, 4, seed=43)
slips = {
    "the weights are transposed: sum over the source tokens, the last dimension.": weights.mT
    @ values
}
right = torch.einsum("bts,bsd->btd", weights, values)
checks.close(
    "the contexts when all sizes are 4", checks.run(contexts, weights, values), right, slips=slips
)
weights, values = checks.normal(3, 1, 2, seed=44), checks.normal(3, 2, 6, seed=45)
checks.shape("the contexts of one step", checks.run(contexts, weights, values), batch=3, T=1, d=6)
### END HIDDEN TESTS
checks.passed("a batch of contexts, every line with its own values")
