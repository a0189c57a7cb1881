# %% [markdown]
# ## 1 · A weighted average with weights of its own making
#
# Three words, each with a vector of two numbers, a row of `x`. Attention replaces each vector with an average of all
# three. How much of each? A first idea needs nothing that is learned: words that fit each other count for more, and
# the dot product of two vectors says how well they fit.

# %% [markdown]
# ![Left, the vectors of The, big and dog as arrows of length 1. Right, the table of their dot products: dog has
# −0.11 with The, −0.15 with big and 1.00 with itself.](figures/step_1_dot_products.svg)
#
# *Step 1. A dot product says how much two arrows point the same way. Without weights, each word fits itself
# best.*

# %% given="dot_products"
x = torch.tensor([[0.50, -0.87], [-0.70, 0.70], [0.81, 0.59]])  # The, big, dog: (T, d_model)
print(x @ x.T)  # (T, T)

# %% [markdown]
# A dot product may be negative, and an average needs weights that are positive and sum to 1. Softmax makes such weights
# of any scores. Here is the row of *dog*:

# %% [markdown]
# ![The scores of dog, −0.11, −0.15 and 1.00, their exponentials 0.90, 0.86 and 2.72 with the sum 4.48, and the
# weights 0.20, 0.19 and 0.61, which sum to 1.](figures/step_2_softmax.svg)
#
# *Step 2. Softmax makes weights of scores: positive, and together 1.*

# %% given="dog_weights"
dog_weights = torch.softmax(x[2] @ x.T, dim=0)  # (T,)
print(dog_weights, "sum", dog_weights.sum())

# %% [markdown]
# ![Three arrows set end to end, 0.19 big, 0.61 dog and 0.20 The, lead to the new vector of dog, (0.46, 0.32);
# beside it the same sum in numbers.](figures/step_3_weighted_average.svg)
#
# *Step 3. The new dog is an average of all three words, mostly of itself.*

# %% given="dog_average"
print(dog_weights @ x)  # (d_model,)

# %% [markdown]
# So each word asks for words like itself. But a noun needs its adjective, and the two are not alike. Let *dog* ask with
# another vector than its own: its **query**, made with a matrix $W_q$. Training finds such matrices; this one is chosen
# so that the query of *dog* points along *big*.

# %% [markdown]
# ![W_q turns the vector of dog by a right angle and makes it three times as long, so that its query points along
# big. The scores of dog become −2.12, 2.08 and 0.00, the weights 0.01, 0.88 and
# 0.11.](figures/step_4_turned_query.svg)
#
# *Step 4. With a matrix of its own for the query, dog no longer asks for what it is, but for big.*

# %% given="turned_query"
W_q = torch.tensor([[0.0, 3.0], [-3.0, 0.0]])
dog_query = x[2] @ W_q
print("query of dog:", dog_query)
print("its weights:", torch.softmax(dog_query @ x.T / math.sqrt(2), dim=0))

# %% [markdown]
# With such matrices the weights may come out in any way. Let those of *dog* be 0.15, 0.42 and 0.43. The first number
# of its new vector is $0.15 \cdot 0.50 + 0.42 \cdot (-0.70) + 0.43 \cdot 0.81 = 0.13$: it has taken up a lot of
# *big*. The averages of all three words are one matrix product. (The weights are rounded. With more digits, the first
# number of *big* would be 0.10 instead of 0.09.)

# %% given="big_dog"
values = torch.tensor([[0.50, -0.87], [-0.70, 0.70], [0.81, 0.59]])  # The, big, dog
weights = torch.tensor([[0.50, 0.20, 0.30], [0.12, 0.45, 0.43], [0.15, 0.42, 0.43]])
print("each row of weights sums to", weights.sum(dim=-1))
print(weights @ values)  # (T, S) @ (S, d_v) → (T, d_v)

# %% [markdown]
# Keys and values get matrices of their own, too. Each token sends out a **query** $q$ (what am I looking for?) and
# holds up a **key** $k$ (what do I offer?). The score of token $i$ for token $j$ is the dot product $q_i \cdot k_j$,
# divided by $\sqrt{d_k}$. Softmax turns each row of scores into weights. The **values** $v$ are averaged:
#
# $$\text{Attention}(Q, K, V) = \text{softmax}\left(\frac{Q K^\top}{\sqrt{d_k}}\right) V$$

# %% [markdown]
# ![x (T, d_model) times W_q, W_k and W_v, each (d_model, d_head), gives q, k and v, (T, d_head). The dot products
# of q and k over the root of d_head are the scores (T, T), softmax makes them weights, and the output (T, d_head)
# is the weighted average of v.](figures/projections.svg)
#
# *Self-attention in one picture. The only sizes that meet are `d_model` and `d_head`; `T` may be anything.*

# %% [markdown]
# Here is a small GPT that reads "Answer the following", with $d_k = 10$; all its numbers are rounded, so that some,
# computed anew, differ by 0.01. It may not look ahead: a token attends to itself and to what stands before it.

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
# $e^{-0.19} / (e^{-0.19} + e^{-0.10}) = 0.48$ and $0.52$; the third weight is 0. A **mask** says so: a
# boolean matrix, True where a query may attend to a key.

# %% [markdown]
# ### Exercise 1 · Scaled dot-product attention (5 points · 25 min · ●●○)
#
# Return the output `(..., T, d_v)` and the weights `(..., T, S)`. The dots stand for any leading
# dimensions, or none. `mask` is boolean, broadcasts to `(..., T, S)`, and True means *may attend*.
#
# - A weight that is masked is exactly 0; the others of its row still sum to 1.
# - A row in which everything is masked has weights 0 and output 0, not NaN, and finite gradients.
# - It works in float16, whose largest number is 65,504, and returns the dtype it was given.
#
# Use matrix products and softmax, not PyTorch's built-in attention.
#
# <details><summary>Hint 1: the idea</summary>Masked scores become very negative before the softmax. What
# remains to be done for a row that is masked everywhere?</details>
# <details><summary>Hint 2: the formula</summary>scores = q kᵀ / √d_k. The most negative number of a dtype is
# <code>torch.finfo(scores.dtype).min</code>.</details>
# <details><summary>Hint 3: the line</summary>Twice <code>masked_fill(~mask, ...)</code>: once on the scores,
# once, with 0, on the weights. The transpose of the last two dimensions is <code>k.mT</code>.</details>


# %% solution="scaled_dot_product_attention"
def scaled_dot_product_attention(
    q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, mask: torch.Tensor | None = None
) -> tuple[torch.Tensor, torch.Tensor]:
    """Averages values with the weights softmax(q kᵀ / √d_k) (Vaswani et al., 2017, equation 1).

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
def by_torch(q, k, **options) -> torch.Tensor:
    # PyTorch's weights: attention whose values are the identity.
    return F.scaled_dot_product_attention(q, k, torch.eye(k.shape[-2]).to(k), **options)


mask = torch.ones(3, 3).tril().bool()
output, weights = checks.unpack(
    "the function", checks.run(scaled_dot_product_attention, Q, K, V, mask), "output", "weights"
)
checks.that(
    getattr(output, "shape", None) != (3, 3) or getattr(weights, "shape", None) != (3, 10),
    "the order is output, weights; yours is weights, output.",
)
checks.shape("weights", weights, queries=3, keys=3)
checks.shape("output", output, queries=3, d_v=10)
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
    "the softmax runs over the queries; each row should sum to 1: dim=-1.": by_torch(
        K, Q, attn_mask=mask.T
    ).T,
}
checks.close("the weights of the small GPT", weights, printed, rtol=0, atol=0.02, slips=slips)
second = torch.tensor([0.24, -0.08, 0.75, 1.40, -0.84, -0.33, 0.04, 0.81, -0.26, 0.75])
checks.close("the output for its second token", output[1], second, rtol=0, atol=0.02)
checks.passed("the small GPT, as computed by hand")

# %% check="attention_like_torch" points=1
q, k, v = (checks.normal(2, 3, n, d, seed=n) for n, d in ((5, 8), (7, 8), (7, 6)))
output, weights = checks.unpack(
    "the function", checks.run(scaled_dot_product_attention, q, k, v), "output", "weights"
)
checks.shape("output", output, batch=2, heads=3, queries=5, d_v=6)
checks.shape("weights", weights, batch=2, heads=3, queries=5, keys=7)
by_kernel = F.scaled_dot_product_attention
slips = {
    "the scores are not divided by √d_k.": by_kernel(q, k, v, scale=1),
    "the scores are divided by d_k: take its square root.": by_kernel(q, k, v, scale=1 / 8),
    "d_k is the size of queries and keys, not of values.": by_kernel(q, k, v, scale=6**-0.5),
    "d_k is the last dimension, not the number of tokens.": by_kernel(q, k, v, scale=5**-0.5),
    "d_k is the last dimension of the keys, not their number.": by_kernel(q, k, v, scale=7**-0.5),
    "the softmax runs over the queries; it runs over the keys: dim=-1.": by_torch(k, q).mT @ v,
    "the scores are multiplied by √d_k.": by_kernel(q, k, v, scale=8**0.5),
}
checks.close("the output", output, F.scaled_dot_product_attention(q, k, v), slips=slips)
checks.close("the sum of each row of weights", weights.sum(dim=-1), torch.ones(2, 3, 5).double())
checks.close("weights @ v", weights @ v, output)
### BEGIN HIDDEN TESTS
q, k, v = (checks.normal(n, d, seed=10 + n) for n, d in ((4, 9), (6, 9), (6, 3)))
output, _ = checks.unpack(
    "the function", checks.run(scaled_dot_product_attention, q, k, v), "output", "weights"
)
checks.close(
    "the output without leading dimensions", output, F.scaled_dot_product_attention(q, k, v)
)
### END HIDDEN TESTS
checks.passed("equal to PyTorch's attention, for any leading dimensions")

# %% check="attention_mask_used" points=1
q, k, v = (checks.normal(2, 3, n, d, seed=20 + n) for n, d in ((5, 8), (7, 8), (7, 6)))
mask = checks.normal(2, 1, 5, 7, seed=23) > -0.5
mask[..., 0], mask[..., 1] = True, False
output, weights = checks.unpack(
    "the function", checks.run(scaled_dot_product_attention, q, k, v, mask), "output", "weights"
)
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
### BEGIN HIDDEN TESTS
mask = (torch.arange(7) < torch.tensor([4, 6])[:, None])[:, None, None]  # (2, 1, 1, 7)
output, _ = checks.unpack(
    "the function", checks.run(scaled_dot_product_attention, q, k, v, mask), "output", "weights"
)
checks.close(
    "the output with a mask that broadcasts", output, F.scaled_dot_product_attention(q, k, v, mask)
)
### END HIDDEN TESTS
checks.passed("masked keys have no weight, the others share it")

# %% check="attention_empty_row" points=1
q, k, v = (checks.normal(2, n, d, seed=30 + n) for n, d in ((3, 4), (5, 4), (5, 6)))
mask = torch.ones(2, 3, 5, dtype=torch.bool)
mask[1, 2] = False  # this query may attend to nothing
q.requires_grad_()
output, weights = checks.unpack(
    "the function", checks.run(scaled_dot_product_attention, q, k, v, mask), "output", "weights"
)
checks.finite("a row that is masked everywhere", output, "exp(-inf) sums to 0, and 0 / 0 is NaN.")
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
        "the function", checks.run(scaled_dot_product_attention, q, k, v, mask), "output", "weights"
    )
    checks.that(
        output.dtype == dtype, f"the output has {output.dtype}, the input {dtype}: keep it."
    )
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
    mine, _ = scaled_dot_product_attention(q.to(dtype), k.to(dtype), v.to(dtype), mask)
    error = (mine.double() - reference).abs().max().item()
    if dtype == torch.float32:
        max_error_vs_torch = error
    print(f"{dtype!s:15} largest difference to float64: {error:.1e}")

# %% [markdown]
# **What you saw.** In float32 about six digits agree. The two half formats have the same 16 bits:
# bfloat16 spends more of them on the exponent, so it overflows at $3.4 \cdot 10^{38}$ instead of 65,504, and
# pays with precision. A mask value of $-10^9$ works in one and breaks the other.
