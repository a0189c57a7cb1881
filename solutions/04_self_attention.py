# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Lab 04 · Self-attention
#
# A recurrent network carries everything it has read through one state, step by step. Attention drops the
# state: every token looks at every other token at once, and takes what it needs. You write this operation,
# check that it agrees with PyTorch's own, and find out what it can express, what it forgets and what it costs.
#
# | | |
# |---|---|
# | **You need** | matrix products, softmax, gradients (Lab 01); the idea of a weighted average |
# | **Time** | 190 minutes; the whole notebook runs in under a minute on two CPU cores, no GPU needed |
# | **Worth** | **30 points**, all graded by checks |
# | **Data** | a few vectors and a drawing made here, no download |
#
# Run the cells in order. After each exercise a check tells you what is right and what is not.
#
# COLAB_BADGE

# %% setup="setup"

# %% given="imports"
import math
from collections.abc import Callable

import matplotlib.pyplot as plt
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode

from utils import checks, device, plots
from utils.batches import Batches
from utils.report import report
from utils.settings import scaled
from utils.training import fit

place = device.get_device()
torch.set_printoptions(precision=2, sci_mode=False)

# %% [markdown]
# ## 1 · A weighted average with weights of its own making
#
# Three words, each with a vector of two numbers: *The* $(0.50, -0.87)$, *big* $(-0.70, 0.70)$,
# *dog* $(0.81, 0.59)$. Attention replaces each vector with an average of all three. For *dog* the weights
# are 0.15, 0.42 and 0.43. The first number of its new vector is
# $0.15 \cdot 0.50 + 0.42 \cdot (-0.70) + 0.43 \cdot 0.81 = 0.13$.
#
# *Dog* has taken up a lot of *big*. All three averages are one matrix product. (The weights are rounded. With more
# digits, the first number of *big* would be 0.10 instead of 0.09.)

# %% given="big_dog"
values = torch.tensor([[0.50, -0.87], [-0.70, 0.70], [0.81, 0.59]])  # The, big, dog
weights = torch.tensor([[0.50, 0.20, 0.30], [0.12, 0.45, 0.43], [0.15, 0.42, 0.43]])
print("each row of weights sums to", weights.sum(dim=-1))
print(weights @ values)  # (T, S) @ (S, d_v) → (T, d_v)

# %% [markdown]
# Where do the weights come from? Each token sends out a **query** $q$ (what am I looking for?) and holds up
# a **key** $k$ (what do I offer?). The score of token $i$ for token $j$ is the dot product $q_i \cdot k_j$,
# divided by $\sqrt{d_k}$. Softmax turns each row of scores into weights. The **values** $v$ are averaged:
#
# $$\text{Attention}(Q, K, V) = \text{softmax}\left(\frac{Q K^\top}{\sqrt{d_k}}\right) V$$
#
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

# %% given="error_experiment"
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

# %% [markdown]
# ## 2 · Why divide by √d_k?
#
# Let the entries of $q$ and $k$ be independent with mean 0 and variance 1. Then $q \cdot k$ is a sum of
# $d_k$ products, each with mean 0 and variance 1, so it has the variance $d_k$. With $d_k = 64$ a typical
# score is 8, and $e^8$ is 2981: the largest score takes nearly all the weight.
#
# You measure this with two numbers. The **entropy** $-\sum_j p_j \ln p_j$ says how spread a row of weights
# is: $\ln S$ when all $S$ weights are equal, 0 when one weight is 1. The **Jacobian** says how the weights
# react to the scores:
#
# $$\frac{\partial p_i}{\partial s_j} = p_i (\delta_{ij} - p_j)$$

# %% [markdown]
# ### Exercise 2 · Entropy (2 points · 8 min · ●○○)
#
# Return the entropy of each row of weights, in nats: `(..., S)` → `(...)`. A weight of 0 adds nothing,
# since $p \ln p \to 0$ for $p \to 0$.
#
# <details><summary>Hint 1: the idea</summary>Two equal weights: −(½ ln ½ + ½ ln ½) = ln 2 = 0.693.</details>
# <details><summary>Hint 2: the formula</summary>−Σ p ln p over the last dimension. 0 · ln 0 is NaN in floating
# point: which function knows better?</details>
# <details><summary>Hint 3: the line</summary><code>torch.special.entr(weights)</code> is −p ln p, and 0 at
# 0; <code>torch.xlogy(weights, weights)</code> is p ln p.</details>


# %% solution="entropy"
def entropy(weights: torch.Tensor) -> torch.Tensor:
    """The entropy of each distribution in nats: weights (..., S) → (...)."""
    ### BEGIN SOLUTION
    return torch.special.entr(weights).sum(dim=-1)
    ### END SOLUTION


# %% check="entropy_value" points=1
weights = torch.tensor([[0.25, 0.25, 0.25, 0.25], [0.5, 0.125, 0.125, 0.25]])
expected = torch.tensor([math.log(4), 1.75 * math.log(2)])
got = checks.run(entropy, weights)
checks.shape("entropy(weights)", got, rows=2)
slips = {
    "that is in bits: use the natural logarithm.": expected / math.log(2),
    "the sum is missing a minus sign.": -expected,
    "you took the mean over the keys; take the sum.": expected / 4,
}
checks.close("the entropy of ¼ ¼ ¼ ¼ and ½ ⅛ ⅛ ¼", got, expected, slips=slips)
### BEGIN HIDDEN TESTS
weights = checks.normal(2, 3, 5, seed=50).softmax(dim=-1)
expected = torch.distributions.Categorical(probs=weights).entropy()
got = checks.run(entropy, weights)
checks.shape("entropy(weights)", got, batch=2, queries=3)
checks.close("the entropy of other weights", got, expected)
### END HIDDEN TESTS
checks.passed("entropy in nats")

# %% check="entropy_zero" points=1
weights = torch.tensor([[0.0, 1.0, 0.0], [0.5, 0.0, 0.5]])
got = checks.run(entropy, weights)
checks.finite("the entropy of 0 1 0", got, "0 · ln 0: a weight of 0 adds nothing.")
checks.close("the entropy of 0 1 0 and ½ 0 ½", got, torch.tensor([0.0, math.log(2)]))
checks.passed("weights of 0 add nothing")

# %% [markdown]
# ### Exercise 3 · The softmax Jacobian (2 points · 10 min · ●●○)
#
# Return the matrix of derivatives $\partial p_i / \partial s_j$ for each row of weights:
# `(..., S)` → `(..., S, S)`, for any leading dimensions. Compute it from the weights alone, with the formula
# above.
#
# For $p = (0.9, 0.1)$ it is $\begin{pmatrix} 0.09 & -0.09 \\ -0.09 & 0.09 \end{pmatrix}$; for
# $p = (1, 0)$ it is zero everywhere.
#
# <details><summary>Hint 1: the idea</summary>The first term stands on the diagonal only, the second is an
# outer product.</details>
# <details><summary>Hint 2: the formula</summary>J = diag(p) − p pᵀ</details>
# <details><summary>Hint 3: the line</summary><code>torch.diag_embed(p)</code>, and
# <code>p[..., :, None] * p[..., None, :]</code>.</details>


# %% solution="softmax_jacobian"
def softmax_jacobian(weights: torch.Tensor) -> torch.Tensor:
    """The derivatives of softmax weights with respect to their scores: weights (..., S) → (..., S, S)."""
    ### BEGIN SOLUTION
    outer = weights[..., :, None] * weights[..., None, :]  # (..., S, S)
    return torch.diag_embed(weights) - outer
    ### END SOLUTION


# %% check="softmax_jacobian_value" points=1
p = torch.tensor([0.9, 0.1])
slips = {
    "the first term is p on the diagonal, not 1.": torch.tensor([[0.19, -0.09], [-0.09, 0.99]]),
    "p² is doubled on the diagonal.": torch.tensor([[-0.72, -0.09], [-0.09, 0.08]]),
    "the outer product is subtracted twice.": torch.tensor([[-0.72, -0.18], [-0.18, 0.08]]),
    "only the diagonal is filled; p_i depends on every score.": torch.tensor(
        [[0.09, 0.0], [0.0, 0.09]]
    ),
    "the first term, p on the diagonal, is missing.": torch.tensor(
        [[-0.81, -0.09], [-0.09, -0.01]]
    ),
    "the outer product is added; subtract it.": torch.tensor([[1.71, 0.09], [0.09, 0.11]]),
}
expected = torch.tensor([[0.09, -0.09], [-0.09, 0.09]])
got = checks.run(softmax_jacobian, p)
checks.shape("the Jacobian", got, rows=2, columns=2)
checks.close("the Jacobian for p = (0.9, 0.1)", got, expected, slips=slips)
checks.passed("the Jacobian of two weights")

# %% check="softmax_jacobian_autograd" points=1
scores = checks.normal(3, 5, seed=60)
got = checks.run(softmax_jacobian, scores.softmax(dim=-1))
checks.shape("the Jacobian", got, batch=3, rows=5, columns=5)
expected = torch.stack(
    [torch.autograd.functional.jacobian(lambda s: s.softmax(-1), row) for row in scores]
)
checks.close("the Jacobian by autograd", got, expected)
### BEGIN HIDDEN TESTS
p = checks.normal(2, 4, 6, seed=61).softmax(dim=-1)
got = checks.run(softmax_jacobian, p)
checks.shape("the Jacobian", got, batch=2, queries=4, rows=6, columns=6)
checks.close("the sum of each of its rows", got.sum(dim=-1), torch.zeros(2, 4, 6).double())
checks.close("its diagonal", got.diagonal(dim1=-2, dim2=-1), p * (1 - p))
### END HIDDEN TESTS
checks.passed("as autograd says, for every row")

# %% [markdown]
# **Experiment.** Predict first: with 32 keys, what happens to entropy and gradient when $d_k$ grows, with
# and without the division?

# %% given="scale_experiment"
sizes = [2, 4, 8, 16, 32, 64, 128, 256, 512, 1024]
spread = {"divided by √d_k": [], "not divided": []}
slope = {name: [] for name in spread}
for d_k in sizes:
    q, k = checks.normal(200, 1, d_k, seed=1), checks.normal(200, 32, d_k, seed=2)
    scores = (q @ k.mT).squeeze(1)  # (200, 32)
    for name, factor in (("divided by √d_k", d_k**-0.5), ("not divided", 1.0)):
        weights = (scores * factor).softmax(dim=-1)
        spread[name].append(entropy(weights).mean().item())
        slope[name].append(softmax_jacobian(weights).norm(dim=(-2, -1)).mean().item())
fig, axes = plt.subplots(1, 2, figsize=(10, 3.2))
words = {"xlabel": "d_k", "x": sizes}
plots.curves(axes[0], spread, title="How spread the weights are", ylabel="entropy (nats)", **words)
plots.curves(axes[1], slope, title="How they react", ylabel="norm of the Jacobian", **words)
axes[0].axhline(math.log(32), color="black", linewidth=0.8)
for ax in axes:
    ax.set_xscale("log", base=2)
plots.show(
    fig,
    alt="Two plots against d_k from 2 to 1024. Divided: entropy and Jacobian stay level. Not divided: the "
    "entropy falls, the Jacobian rises a little and then falls, both towards zero.",
    caption="Divided, nothing depends on d_k. Not divided, one key takes all, and the gradient dies. The thin "
    "line is ln 32, all weights equal.",
)
print(
    f"d_k = 1024, entropy: {spread['divided by √d_k'][-1]:.2f} and {spread['not divided'][-1]:.2f}"
)
print(
    f"d_k = 1024, Jacobian: {slope['divided by √d_k'][-1]:.3f} and {slope['not divided'][-1]:.3f}"
)

# %% [markdown]
# **What you saw.** With few features the undivided weights even react more strongly. Then the saturated
# tanh of Lab 01 comes back: a softmax whose scores are large is a hard choice, and a hard choice has no
# slope. The division keeps the choice soft at the start of training. The network can still make it hard
# later, by learning larger queries and keys.

# %% [markdown]
# ## 3 · Who may look at whom
#
# Two masks are in daily use. **Padding**: sequences of a batch have unequal lengths; the empty places at
# the end must not be looked at, by anyone. **Causal**: token $t$ may look at tokens $0 \dots t$ only, so
# that a model that predicts the next token cannot peek at it.
#
# For a sequence of length 2 in a batch of width 3:
#
# | query | padding only | padding and causal |
# |---|---|---|
# | 0 | 1 1 0 | 1 0 0 |
# | 1 | 1 1 0 | 1 1 0 |
# | 2 (padding) | 1 1 0 | 1 1 0 |
#
# Nobody reads the output of a padding token, so its own row needs no special treatment: only keys are masked.

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

# %% given="gradient_experiment"
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

# %% [markdown]
# ## 4 · Looking elsewhere, and with several heads
#
# In **self-attention**, queries, keys and values come from the same sequence. In **cross-attention**, the
# queries come from one sequence and the keys and values from another. A translator's words look at the
# words of the source; a word looks at the patches of a picture.
#
# Here is a picture of 6 × 8 patches. A patch's key is its mean color, and each word's query is the color
# it names, 60 times as long; both are measured from mid-gray, 0.5. Nothing is trained. Where does each word look?

# %% given="picture"
picture = torch.zeros(3, 48, 64)
picture[:, :30] = torch.tensor([0.45, 0.70, 0.95])[:, None, None]  # sky
picture[:, 30:] = torch.tensor([0.30, 0.60, 0.25])[:, None, None]  # grass
picture[:, 24:40, 40:56] = torch.tensor([0.80, 0.25, 0.20])[:, None, None]  # house
rows, columns = torch.meshgrid(torch.arange(48), torch.arange(64), indexing="ij")
sun = (rows - 11) ** 2 + (columns - 12) ** 2 < 49
picture[:, sun] = torch.tensor([0.98, 0.85, 0.20])[:, None]
words = ["sky", "grass", "house", "sun"]
word_colors = torch.tensor(
    [[0.45, 0.70, 0.95], [0.30, 0.60, 0.25], [0.80, 0.25, 0.20], [0.98, 0.85, 0.20]]
)

# %% given="cross_attention"
patches = picture.unfold(1, 8, 8).unfold(2, 8, 8).mean(dim=(-2, -1))  # (3, 6, 8)
keys = patches.flatten(1).T - 0.5  # (48, 3)
queries = 60 * (word_colors - 0.5)  # (4, 3)
_, weights = scaled_dot_product_attention(queries, keys, keys)  # (4, 48)
fig, axes = plt.subplots(1, 5, figsize=(11, 2.2), layout="constrained")
axes[0].imshow(picture.permute(1, 2, 0))
axes[0].set(title="the picture", xticks=[], yticks=[], xlabel="64 pixels", ylabel="48 pixels")
for ax, word, row in zip(axes[1:], words, weights, strict=True):
    ax.imshow(row.reshape(6, 8), cmap=plots.SHARES, vmin=0)
    ax.set(title=f"“{word}”", xticks=[], yticks=[], xlabel=f"largest weight {row.max():.2f}")
plots.show(
    fig,
    alt="A drawing of sky, sun, grass and a house, and four maps of 6 by 8 patches. Each word's weight lies on the "
    "patches that show it.",
    caption="Cross-attention from four words to 48 patches: bright patches have weight. Each word finds its "
    "part of the picture.",
)

# %% [markdown]
# One row of weights is one way of looking. A word may need several at once: its verb, its article, the
# word before. **Multi-head attention** splits $d_{model}$ into `n_heads` parts of size
# `d_head = d_model / n_heads`, attends in each part on its own, and joins the results. No loop is needed:
# the heads become a leading dimension, and your attention takes any.
#
# Splitting is a reshape *and* a transpose: `(B, T, d_model)` → `(B, T, n_heads, d_head)` →
# `(B, n_heads, T, d_head)`. Head 0 gets the first `d_head` features of every token.

# %% [markdown]
# ### Exercise 5 · Splitting and merging heads (2 points · 10 min · ●●○)
#
# Write `split_heads`: `(B, T, d_model)` → `(B, n_heads, T, d_head)`, and its inverse `merge_heads`:
# `(B, n_heads, T, d_head)` → `(B, T, d_model)`.
#
# <details><summary>Hint 1: the idea</summary>A reshape alone never moves numbers past each other. Cut the last
# dimension in two first, then swap two dimensions.</details>
# <details><summary>Hint 2: the formula</summary>merge_heads goes back the same way: swap, then
# reshape.</details>
# <details><summary>Hint 3: the line</summary><code>x.unflatten(-1, (n_heads, -1)).transpose(1, 2)</code></details>


# %% solution="heads"
def split_heads(x: torch.Tensor, n_heads: int) -> torch.Tensor:
    """Gives each head its part of the features: (B, T, d_model) → (B, n_heads, T, d_head)."""
    ### BEGIN SOLUTION
    return x.unflatten(-1, (n_heads, -1)).transpose(1, 2)  # (B, n_heads, T, d_head)
    ### END SOLUTION


def merge_heads(x: torch.Tensor) -> torch.Tensor:
    """Puts the heads' features side by side again: (B, n_heads, T, d_head) → (B, T, d_model)."""
    ### BEGIN SOLUTION
    return x.transpose(1, 2).flatten(2)  # (B, T, d_model)
    ### END SOLUTION


# %% check="split_heads" points=1
x = torch.arange(2 * 5 * 12).reshape(2, 5, 12).double()
heads = checks.run(split_heads, x, 3)
checks.shape("split_heads(x, 3)", heads, batch=2, n_heads=3, tokens=5, d_head=4)
slips = {
    "you reshape without transposing, so a head gets features of several tokens.": x.reshape(
        2, 3, 5, 4
    ),
    "the features are dealt out in turn; head 0 gets the first d_head ones.": torch.stack(
        [x[..., h::3] for h in range(3)], dim=1
    ),
}
expected = torch.stack([x[..., :4], x[..., 4:8], x[..., 8:]], dim=1)
checks.close("split_heads(x, 3)", heads, expected, slips=slips)
### BEGIN HIDDEN TESTS
x = checks.normal(3, 2, 10, seed=90)
heads = checks.run(split_heads, x, 5)
checks.shape("split_heads(x, 5)", heads, batch=3, n_heads=5, tokens=2, d_head=2)
checks.close("head 3 of split_heads(x, 5)", heads[:, 3], x[..., 6:8])
### END HIDDEN TESTS
checks.passed("each head gets its own features of every token")

# %% check="merge_heads" points=1
heads = checks.normal(2, 3, 5, 4, seed=91)
merged = checks.run(merge_heads, heads)
checks.shape("merge_heads(heads)", merged, batch=2, tokens=5, d_model=12)
slips = {
    "you reshape without transposing: tokens and heads are mixed up.": heads.reshape(2, 5, 12),
    "the features of the heads alternate; they stand side by side.": torch.stack(
        [heads[:, h] for h in range(3)], dim=-1
    ).flatten(2),
}
expected = torch.cat([heads[:, h] for h in range(3)], dim=-1)
checks.close("merge_heads(heads)", merged, expected, slips=slips)
### BEGIN HIDDEN TESTS
heads = checks.normal(3, 5, 2, 2, seed=92)
expected = torch.cat([heads[:, h] for h in range(5)], dim=-1)
checks.close("merge_heads of other sizes", checks.run(merge_heads, heads), expected)
### END HIDDEN TESTS
checks.passed("merge_heads undoes the split")

# %% [markdown]
# ### Exercise 6 · Multi-head attention (5 points · 25 min · ●●●)
#
# Write the module. `qkv` is one linear layer from `d_model` to `3 * d_model`: its first `d_model` outputs
# are the queries of all heads, the next the keys, the last the values. `out` is a linear layer from
# `d_model` to `d_model`, applied to the merged heads. Both have biases.
#
# `forward` takes `x` `(B, T, d_model)` and returns `(B, T, d_model)`. With a `context` `(B, S, d_model)`,
# keys and values come from it (cross-attention); without one, from `x`. `mask` `(B, T, S)` holds for all
# heads.
#
# Attend with `F.scaled_dot_product_attention(q, k, v, attn_mask=mask)`. You have matched it; it is faster, as
# section 7 shows. It divides by $\sqrt{d_{head}}$.
#
# <details><summary>Hint 1: the idea</summary>Project, split each of q, k, v into heads, attend, merge,
# project. The mask needs one more dimension, for the heads.</details>
# <details><summary>Hint 2: the formula</summary>q = x W_qᵀ + b_q with the first d_model rows of the weight
# and of the bias of <code>qkv</code>; k and v come from the context with the other rows.</details>
# <details><summary>Hint 3: the line</summary>Without a context:
# <code>q, k, v = self.qkv(x).chunk(3, dim=-1)</code>. With one: <code>self.qkv(x)</code> for q and
# <code>self.qkv(context)</code> for k and v is right, only slower.</details>


# %% solution="multi_head_attention"
class MultiHeadAttention(nn.Module):
    """Attention in n_heads subspaces at once (Vaswani et al., 2017, section 3.2.2)."""

    def __init__(self, d_model: int, n_heads: int) -> None:
        super().__init__()
        ### BEGIN SOLUTION
        self.n_heads = n_heads
        self.qkv = nn.Linear(d_model, 3 * d_model)
        self.out = nn.Linear(d_model, d_model)
        ### END SOLUTION

    def forward(
        self, x: torch.Tensor, context: torch.Tensor | None = None, mask: torch.Tensor | None = None
    ) -> torch.Tensor:
        """x (B, T, d_model), context (B, S, d_model) or x itself, mask (B, T, S) → (B, T, d_model)."""
        ### BEGIN SOLUTION
        context = x if context is None else context
        d_model = x.shape[-1]
        weight, bias = self.qkv.weight, self.qkv.bias
        q = F.linear(x, weight[:d_model], bias[:d_model])  # (B, T, d_model)
        k, v = F.linear(context, weight[d_model:], bias[d_model:]).chunk(2, dim=-1)
        q, k, v = (split_heads(part, self.n_heads) for part in (q, k, v))
        if mask is not None:
            mask = mask[:, None]  # (B, 1, T, S)
        y = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)  # (B, n_heads, T, d_head)
        return self.out(merge_heads(y))  # (B, T, d_model)
        ### END SOLUTION


# %% given="multi_head_peer"
def with_weights_of(peer: nn.MultiheadAttention) -> nn.Module:
    """Your module with the weights of PyTorch's, each put where its shape fits."""
    d_model, n_heads = peer.embed_dim, peer.num_heads
    mine = checks.run(MultiHeadAttention, d_model, n_heads).double()
    shapes = sorted(tuple(p.shape) for p in mine.parameters())
    wanted = sorted(tuple(p.shape) for p in peer.parameters())
    checks.that(
        shapes == wanted, f"the parameters should have the shapes {wanted}, yours {shapes}."
    )
    with torch.no_grad():
        for parameter in mine.parameters():
            parameter.copy_(next(p for p in peer.parameters() if p.shape == parameter.shape))
    return mine


def torch_attention(d_model: int, n_heads: int, seed: int) -> nn.MultiheadAttention:
    """PyTorch's multi-head attention with random weights and biases."""
    peer = nn.MultiheadAttention(d_model, n_heads, batch_first=True, dtype=torch.float64)
    with torch.no_grad():
        for i, parameter in enumerate(peer.parameters()):
            parameter.copy_(checks.normal(*parameter.shape, seed=seed + i) / d_model**0.5)
    return peer


# %% check="multi_head_shape" points=1
module = checks.run(MultiHeadAttention, 12, 3).double()
checks.parameter_count(
    "MultiHeadAttention(12, 3)",
    module,
    624,
    slips={
        "the last layer, out, is missing.": 468,
        "the biases are missing.": 576,
        "each head should get d_head features, not d_model.": 3 * 468 + 36 * 12 + 12,
    },
)
y = checks.run(module, checks.normal(2, 5, 12, seed=100))
checks.shape("the output", y, batch=2, tokens=5, d_model=12)
y = checks.run(module, checks.normal(2, 5, 12, seed=100), checks.normal(2, 7, 12, seed=101))
checks.shape("the output with a context of 7 tokens", y, batch=2, tokens=5, d_model=12)
checks.passed("the right parameters and shapes")


# %% check="multi_head_self" points=2
# The peer with one thing wrong.
def altered(peer: nn.MultiheadAttention, change: str) -> nn.MultiheadAttention:
    other = nn.MultiheadAttention(
        12, 1 if change == "heads" else 3, batch_first=True, dtype=torch.float64
    )
    other.load_state_dict(peer.state_dict())
    with torch.no_grad():
        if change == "out":
            other.out_proj.weight.copy_(torch.eye(12))
            other.out_proj.bias.zero_()
        elif change == "scale":
            other.in_proj_weight[:12] *= 3**-0.5
            other.in_proj_bias[:12] *= 3**-0.5
        elif change == "order":
            for p in (other.in_proj_weight, other.in_proj_bias):
                p.copy_(
                    torch.cat([p.unflatten(0, (3, 3, 4))[:, i].flatten(0, 1) for i in range(3)])
                )
        elif change in ("kv", "qk"):
            order = [0, 2, 1] if change == "kv" else [1, 0, 2]
            for p in (other.in_proj_weight, other.in_proj_bias):
                p.copy_(torch.cat([p.chunk(3)[i] for i in order]))
    return other


peer = torch_attention(12, 3, seed=110)
x = checks.normal(2, 5, 12, seed=120)
joined = torch.stack(altered(peer, "out")(x, x, x)[0].chunk(3, -1), dim=1).reshape(2, 5, 12)
slips = {
    "the last layer, out, is not applied.": altered(peer, "out")(x, x, x)[0],
    "there is only one head.": altered(peer, "heads")(x, x, x)[0],
    "the scores are divided by √d_model; each head has d_head features.": altered(peer, "scale")(
        x, x, x
    )[0],
    "keys and values are swapped.": altered(peer, "kv")(x, x, x)[0],
    "queries and keys are swapped.": altered(peer, "qk")(x, x, x)[0],
    "the rows of qkv are taken head by head; first come the queries of all heads.": altered(
        peer, "order"
    )(x, x, x)[0],
    "the heads are merged without transposing.": peer.out_proj(joined),
}
mine = with_weights_of(peer)
checks.close("the output", checks.run(mine, x), peer(x, x, x)[0], slips=slips)
### BEGIN HIDDEN TESTS
peer = torch_attention(20, 5, seed=130)
x = checks.normal(3, 4, 20, seed=140)
checks.close("the output for other sizes", checks.run(with_weights_of(peer), x), peer(x, x, x)[0])
### END HIDDEN TESTS
checks.passed("equal to nn.MultiheadAttention with the same weights")

# %% check="multi_head_mask" points=1
peer = torch_attention(12, 3, seed=150)
x = checks.normal(2, 5, 12, seed=160)
mask = checks.normal(2, 5, 5, seed=161) > -0.3
mask |= torch.eye(5).bool()
forbidden = (~mask).repeat_interleave(3, dim=0)  # PyTorch's module wants True = may not attend
expected = peer(x, x, x, attn_mask=forbidden)[0]
slips = {
    "the mask is not used.": peer(x, x, x)[0],
    "the mask is inverted: True means may attend.": peer(x, x, x, attn_mask=~forbidden)[0],
    "queries and keys are swapped in the mask.": peer(x, x, x, attn_mask=forbidden.mT)[0],
    "the mask of another batch row is used: it needs a dimension for the heads after the batch.": peer(
        x, x, x, attn_mask=(~mask).repeat(3, 1, 1)
    )[0],
}
checks.close(
    "the output with a mask", checks.run(with_weights_of(peer), x, mask=mask), expected, slips=slips
)
checks.passed("the mask holds for every head")

# %% check="multi_head_cross" points=1
peer = torch_attention(12, 3, seed=170)
x, context = checks.normal(2, 5, 12, seed=180), checks.normal(2, 7, 12, seed=181)
mask = torch.arange(7) < torch.tensor([4, 6])[:, None, None]
mask = mask.expand(2, 5, 7)
expected = peer(x, context, context, attn_mask=(~mask).repeat_interleave(3, dim=0))[0]
slips = {
    "the mask is not used.": peer(x, context, context)[0],
    "the context is not used.": peer(
        x, x, x, attn_mask=(~mask[..., :5]).repeat_interleave(3, dim=0)
    )[0],
    "keys come from the context, values do not.": peer(x, context[:, :5], x)[0],
    "x and the context are swapped.": peer(context, x, x)[0],
}
got = checks.run(with_weights_of(peer), x, context, mask)
checks.close("the output with a context", got, expected, slips=slips)
checks.passed("cross-attention reads from the context")

# %% [markdown]
# **Experiment.** What do separate heads buy? The task: token $i$ must output the first half of token $i -
# 1$ and the second half of token $i + 1$ (the ends wrap around). One head has one row of weights per
# token. It can look left or right, or mix both, but it cannot keep them apart. Two models with the same
# number of parameters, one with a single head and one with two. Predict their errors: a random ±1 vector
# has variance 1.


# %% given="neighbors_task"
class Neighbors(nn.Module):
    """Learned positions, then your multi-head attention."""

    def __init__(self, n_heads: int) -> None:
        super().__init__()
        self.embed = nn.Linear(8, 32)
        self.positions = nn.Parameter(torch.randn(10, 32))
        self.attention = MultiHeadAttention(32, n_heads)
        self.head = nn.Linear(32, 8)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.attention(self.embed(x) + self.positions))  # (B, 10, 8)


signs = 2.0 * torch.randint(2, (4000, 10, 8), generator=torch.Generator().manual_seed(0)) - 1
target = torch.cat([signs.roll(1, dims=1)[..., :4], signs.roll(-1, dims=1)[..., 4:]], dim=-1)

# %% given="neighbors_training"
errors, trained = {}, {}
for n_heads in (1, 2):
    device.seed_everything(0)
    model = trained[n_heads] = Neighbors(n_heads).to(place)
    history = fit(
        model,
        Batches(signs, target, batch_size=100, device=place),
        lambda model, batch: F.mse_loss(model(batch[0]), batch[1]),
        steps=scaled(full=600, smoke=20),
        lr=1e-2,
        show=False,
    )
    errors[f"{n_heads} head{'s' * (n_heads > 1)}"] = history.loss
fig, ax = plt.subplots(figsize=(8, 3.2))
plots.curves(ax, errors, title="Left and right at once", xlabel="step", ylabel="mean squared error")
plots.show(
    fig,
    alt="Error against training step. One head levels off at one half. Two heads fall to zero.",
    caption="One head stays at one half. Two heads solve the task.",
)
print({name: round(sum(loss[-20:]) / len(loss[-20:]), 3) for name, loss in errors.items()})

# %% [markdown]
# **What you saw.** Let one head put the weight $a$ on the left token and $1 - a$ on the right one. The best
# linear guess of the left token from this mix has the error $1 - a^2 / (a^2 + (1 - a)^2)$, of the right token
# $1 - (1 - a)^2 / (a^2 + (1 - a)^2)$. Their mean is one half, whatever $a$ is. More heads do not add
# parameters. They add rows of weights.

# %% [markdown]
# ## 5 · A set has no order
#
# Nothing in attention knows where a token stands. Shuffle the tokens, and the outputs are shuffled in the
# same way, nothing else: attention is **permutation equivariant**. *The dog bites the man* and *the man
# bites the dog* are the same set.
#
# In symbols, with a permutation of the tokens: $f(x_\pi) = f(x)_\pi$. You turn this into a test.

# %% [markdown]
# ### Exercise 7 · A test for order (2 points · 8 min · ●●○)
#
# Return, as a float, the largest absolute difference between permuting before and permuting after. `f`
# maps `(B, T, d)` to `(B, T, d)`; `order` `(T,)` holds the new order of the tokens, as for indexing.
#
# <details><summary>Hint 1: the idea</summary>Two ways to the same result: shuffle, then apply f; apply f, then
# shuffle.</details>
# <details><summary>Hint 2: the formula</summary>max | f(x[:, order]) − f(x)[:, order] |</details>
# <details><summary>Hint 3: the line</summary><code>(a - b).abs().max().item()</code></details>


# %% solution="permutation_gap"
def permutation_gap(
    f: Callable[[torch.Tensor], torch.Tensor], x: torch.Tensor, order: torch.Tensor
) -> float:
    """How far f (B, T, d) → (B, T, d) is from permutation equivariance; order is (T,)."""
    ### BEGIN SOLUTION
    return (f(x[:, order]) - f(x)[:, order]).abs().max().item()
    ### END SOLUTION


# %% check="permutation_gap_zero" points=1
x = checks.normal(2, 5, 4, seed=190)
order = torch.tensor([3, 0, 4, 2, 1])
checks.close(
    "the gap of x → 2x, which treats all tokens alike",
    checks.run(permutation_gap, lambda x: 2 * x, x, order),
    0.0,
    slips={
        "compare with the permuted output, not with the output itself.": (2 * x[:, order] - 2 * x)
        .abs()
        .max()
    },
)
got = checks.run(permutation_gap, lambda x: F.scaled_dot_product_attention(x, x, x), x, order)
checks.number("the gap", got)
checks.that(got < 1e-9, f"attention without positions has a gap of about 0, you measure {got:.2g}.")
checks.passed("attention is permutation equivariant")

# %% check="permutation_gap_positive" points=1
ramp = torch.arange(5.0).double()[:, None]
order = torch.tensor([4, 0, 1, 2, 3])
difference = ramp - ramp[order]  # -4, 1, 1, 1, 1
slips = {
    "take the absolute value before the maximum.": difference.max(),
    "take the maximum, not the mean.": difference.abs().mean(),
    "the difference should not be squared.": 16.0,
}
got = checks.run(permutation_gap, lambda x: x + ramp, x, order)
checks.close("the gap of x → x + position", got, 4.0, slips=slips)
### BEGIN HIDDEN TESTS
x = checks.normal(3, 6, 2, seed=191)
order = torch.tensor([0, 1, 2, 3, 5, 4])
got = checks.run(permutation_gap, lambda x: x.cumsum(dim=1), x, order)
expected = (x.cumsum(1)[:, order] - x[:, order].cumsum(1)).abs().max()
checks.close("the gap of a running sum", got, expected)
backwards = torch.tensor([0.0, 0, 0, 0, -7, 0]).double()[:, None]
got = checks.run(permutation_gap, lambda x: x + backwards, x, order)
checks.close("the gap where one token is lowered by 7", got, 7.0)
### END HIDDEN TESTS
checks.passed("and a function that knows the place is not")

# %% [markdown]
# So order has to be put into the tokens. The **sinusoidal encoding** adds to token $t$ a vector of sines
# and cosines, in pairs, each pair slower than the one before:
#
# $$PE_{t,\,2i} = \sin(t\,\omega_i) \qquad PE_{t,\,2i+1} = \cos(t\,\omega_i) \qquad
# \omega_i = 10000^{-2i / d_{model}}$$
#
# With $d_{model} = 10$ the second token, $t = 1$, gets $\sin 1 = 0.84$, $\cos 1 = 0.54$, then with
# $\omega_1 = 10000^{-0.2} = 0.158$: $\sin 0.158 = 0.16$, $\cos 0.158 = 0.99$, and so on.

# %% [markdown]
# ### Exercise 8 · Sinusoidal encoding (3 points · 12 min · ●●○)
#
# Return the encoding of the positions $0 \dots T-1$, shape `(T, d_model)`, `d_model` even. Sines stand in
# the even columns, cosines in the odd ones.
#
# <details><summary>Hint 1: the idea</summary>First the table of angles t · ω_i, shape (T, d_model / 2). Then fill
# every second column.</details>
# <details><summary>Hint 2: the formula</summary>The exponents 2i / d_model are 0, 2/d_model, 4/d_model, …: an
# arange with step 2, divided by d_model.</details>
# <details><summary>Hint 3: the line</summary><code>encoding[:, 0::2] = torch.sin(angles)</code></details>


# %% solution="sinusoidal_encoding"
def sinusoidal_encoding(T: int, d_model: int) -> torch.Tensor:
    """Sines and cosines of the position (Vaswani et al., 2017, section 3.5): (T, d_model)."""
    ### BEGIN SOLUTION
    frequencies = 10000 ** (-torch.arange(0, d_model, 2) / d_model)  # (d_model / 2,)
    angles = torch.arange(T)[:, None] * frequencies  # (T, d_model / 2)
    encoding = torch.empty(T, d_model)
    encoding[:, 0::2], encoding[:, 1::2] = angles.sin(), angles.cos()
    return encoding
    ### END SOLUTION


# %% check="encoding_table" points=1
table = torch.tensor(
    [
        [0.00, 1.00, 0.00, 1.00, 0.00, 1.00, 0.00, 1.00, 0.00, 1.00],
        [0.84, 0.54, 0.16, 0.99, 0.03, 1.00, 0.00, 1.00, 0.00, 1.00],
        [0.91, -0.42, 0.31, 0.95, 0.05, 1.00, 0.01, 1.00, 0.00, 1.00],
    ]
)
encoding = checks.run(sinusoidal_encoding, 3, 10)
checks.shape("sinusoidal_encoding(3, 10)", encoding, positions=3, d_model=10)
swapped = table.unflatten(1, (5, 2)).flip(2).flatten(1)
slips = {
    "sines and cosines stand in two blocks; they alternate.": torch.cat(
        [table[:, 0::2], table[:, 1::2]], dim=1
    ),
    "sine and cosine are swapped.": swapped,
    "the exponent is 2i / d_model, where i counts pairs: is the 2 missing?": torch.tensor(
        [
            [0.00, 1.00, 0.00, 1.00, 0.00, 1.00, 0.00, 1.00, 0.00, 1.00],
            [0.84, 0.54, 0.39, 0.92, 0.16, 0.99, 0.06, 1.00, 0.03, 1.00],
            [0.91, -0.42, 0.71, 0.70, 0.31, 0.95, 0.13, 0.99, 0.05, 1.00],
        ]
    ),
    "the exponent is doubled twice: an arange with step 2 is 2i already.": torch.tensor(
        [
            [0.00, 1.00, 0.00, 1.00, 0.00, 1.00, 0.00, 1.00, 0.00, 1.00],
            [0.84, 0.54, 0.03, 1.00, 0.00, 1.00, 0.00, 1.00, 0.00, 1.00],
            [0.91, -0.42, 0.05, 1.00, 0.00, 1.00, 0.00, 1.00, 0.00, 1.00],
        ]
    ),
    "position 0 should be 0, 1, 0, 1, …: do your positions start at 1?": torch.stack(
        [*table[1:], torch.tensor([0.14, -0.99, 0.46, 0.89, 0.08, 1.00, 0.01, 1.00, 0.00, 1.00])]
    ),
}
checks.close("the table for d_model = 10", encoding.float(), table, rtol=0, atol=0.006, slips=slips)
checks.passed("the first three positions, as computed by hand")

# %% check="encoding_circle" points=1
encoding = checks.run(sinusoidal_encoding, 50, 16).double()
checks.shape("sinusoidal_encoding(50, 16)", encoding, positions=50, d_model=16)
pairs = encoding.unflatten(1, (8, 2))  # (50, 8, 2)
checks.close("sin² + cos² of each pair", pairs.norm(dim=-1), torch.ones(50, 8), rtol=1e-4)
turn = (pairs[1:] * pairs[:-1]).sum(dim=-1)  # the cosine of the angle between two neighbors
checks.close(
    "the turn from one position to the next", turn, turn[:1].expand(49, 8), rtol=1e-3, atol=1e-5
)
step = torch.atan2(encoding[1, 0::2], encoding[1, 1::2])
checks.that((step > 0).all(), "the angle should grow with the position.")
ratio = step[1:] / step[:-1]
slips = {"the exponent is 2i / d_model: is the 2 missing?": torch.full((7,), 10**-0.25)}
expected = torch.full((7,), 10**-0.5)
checks.close("ω₁ / ω₀, … for d_model = 16", ratio, expected, rtol=1e-3, slips=slips)
checks.passed("each pair turns on a circle, at its own speed")

# %% check="encoding_other_sizes" points=1
encoding = checks.run(sinusoidal_encoding, 7, 6)
checks.shape("sinusoidal_encoding(7, 6)", encoding, positions=7, d_model=6)
checks.close("position 1, column 2", encoding[1, 2], math.sin(10000 ** (-1 / 3)), rtol=1e-4)
checks.close("position 6, column 0", encoding[6, 0], math.sin(6), rtol=1e-4)
### BEGIN HIDDEN TESTS
encoding = checks.run(sinusoidal_encoding, 200, 12)
for t, i in ((199, 0), (150, 3), (77, 5), (1, 2)):
    angle = t / 10000 ** (2 * i / 12)
    wanted = torch.tensor([math.sin(angle), math.cos(angle)])
    slips = {
        "the exponent is 2i / d_model, where i counts pairs.": torch.tensor(
            [math.sin(t / 10000 ** (i / 12)), math.cos(t / 10000 ** (i / 12))]
        )
    }
    got = encoding[t, 2 * i : 2 * i + 2]
    checks.close(f"position {t}, pair {i}", got, wanted, rtol=1e-3, atol=1e-3, slips=slips)
### END HIDDEN TESTS
checks.passed("for any length and width")

# %% [markdown]
# Why sines? Shift the position by $k$, and each pair turns by the fixed angle $k\,\omega_i$, wherever it
# was:
#
# $$\begin{pmatrix} \sin((t+k)\omega) \\ \cos((t+k)\omega) \end{pmatrix} =
# \begin{pmatrix} \cos k\omega & \sin k\omega \\ -\sin k\omega & \cos k\omega \end{pmatrix}
# \begin{pmatrix} \sin t\omega \\ \cos t\omega \end{pmatrix}$$
#
# So $PE_{t+k} = M_k\, PE_t$ with a matrix that does not depend on $t$. A linear layer, such as the one that
# makes the keys, can learn "three to the left".

# %% [markdown]
# ### Exercise 9 · Shifting is a linear map (2 points · 12 min · ●●○)
#
# Return $M_k$, shape `(d_model, d_model)`, for the given `frequencies` $\omega_i$ `(d_model / 2,)`: each
# pair of rows $2i, 2i+1$ holds the 2 × 2 block above in the columns $2i, 2i+1$, and zeros elsewhere. Compute
# in the dtype of `frequencies`.
#
# <details><summary>Hint 1: the idea</summary>Start from zeros. A loop over the pairs is fine.</details>
# <details><summary>Hint 2: the formula</summary>The diagonal of a block is cos(kω), above it stands sin(kω),
# below it −sin(kω).</details>
# <details><summary>Hint 3: the line</summary><code>torch.block_diag(*blocks)</code> puts a list of blocks on the
# diagonal.</details>


# %% solution="shift_matrix"
def shift_matrix(k: int, frequencies: torch.Tensor) -> torch.Tensor:
    """The matrix M with M @ PE[t] = PE[t + k]: frequencies (d_model / 2,) → (d_model, d_model)."""
    ### BEGIN SOLUTION
    cos, sin = (k * frequencies).cos(), (k * frequencies).sin()
    blocks = torch.stack([cos, sin, -sin, cos], dim=1).unflatten(1, (2, 2))  # (d_model / 2, 2, 2)
    return torch.block_diag(*blocks)
    ### END SOLUTION


# %% check="shift_matrix_value" points=1
quarter = torch.tensor([math.pi / 2, math.pi], dtype=torch.float64)
expected = torch.tensor([[0, 1, 0, 0], [-1, 0, 0, 0], [0, 0, -1, 0], [0, 0, 0, -1]]).double()
got = checks.run(shift_matrix, 1, quarter)
checks.shape("the matrix", got, rows=4, columns=4)
checks.that(
    got.dtype == quarter.dtype, f"the frequencies are {quarter.dtype}, your matrix is {got.dtype}."
)
slips = {
    "it turns backwards: is it transposed, or the sign of the sines swapped?": expected.T,
    "sine and cosine are swapped.": torch.tensor(
        [[1.0, 0, 0, 0], [0, 1, 0, 0], [0, 0, 0, -1], [0, 0, 1, 0]]
    ).double(),
}
checks.close("the matrix for ω = π/2, π and k = 1", got, expected, slips=slips)
checks.passed("a quarter turn and a half turn")


# %% check="shift_matrix_moves" points=1
# (sin tω, cos tω) for each ω, as a complex number is a pair.
def on_circles(t: float, frequencies: torch.Tensor) -> torch.Tensor:
    angle = math.pi / 2 - t * frequencies
    return torch.view_as_real(torch.polar(torch.ones_like(angle), angle)).flatten()


frequencies = torch.tensor([1.0, 0.3, 0.05], dtype=torch.float64)
for k, t in ((3, 5), (-2, 9), (0, 4)):
    matrix = checks.run(shift_matrix, k, frequencies)
    checks.shape("the matrix", matrix, rows=6, columns=6)
    moved, wanted = matrix.double() @ on_circles(t, frequencies), on_circles(t + k, frequencies)
    slips = {
        "it turns backwards.": on_circles(t - k, frequencies),
        "it moves by one position, whatever k is.": on_circles(t + 1, frequencies),
    }
    checks.close(f"position {t} moved by {k}", moved, wanted, slips=slips)
### BEGIN HIDDEN TESTS
frequencies = torch.tensor([0.7, 2.0], dtype=torch.float64)
once, twice = (checks.run(shift_matrix, k, frequencies) for k in (4, 8))
checks.close("moving by 4 twice, and by 8 once", once @ once, twice)
checks.close("moved back", once @ once.T, torch.eye(4).double())
### END HIDDEN TESTS
checks.passed("PE(t + k) is a linear map of PE(t), the same for every t")

# %% [markdown]
# **Experiment.** The encoding as a picture, beside the positions that the two-headed model of section 4 has
# learned. How similar are two positions?

# %% given="encoding_experiment"
encoding = sinusoidal_encoding(64, 32)
learned = trained[2].positions.detach().cpu()
fig, axes = plt.subplots(1, 3, figsize=(11, 3.2), layout="constrained")
words = {"xlabel": "feature", "ylabel": "position", "center": 0.0}
plots.heat_map(axes[0], encoding, title="sinusoidal", colorbar="value", **words)
plots.heat_map(axes[1], learned, title="learned, 10 positions", colorbar="value", **words)
similar = encoding @ encoding.T / 16  # (64, 64); every row has the squared length 16
words = {"xlabel": "position", "ylabel": "position", "colorbar": "cosine similarity"}
plots.heat_map(axes[2], similar, title="sinusoidal: similarity", **words)
plots.show(
    fig,
    alt="Three maps. Left: waves that get slower from left to right. Middle: learned positions look random. "
    "Right: similarity is highest on the diagonal.",
    caption="Fast waves on the left, slow ones on the right. Similarity depends only on the distance of two "
    "positions. The learned positions show no order that the eye could see.",
)

# %% given="order_experiment"
module = MultiHeadAttention(32, 4)
x, order = (
    torch.randn(2, 64, 32, generator=torch.Generator().manual_seed(1)),
    torch.arange(64).flip(0),
)
causal = attention_mask(torch.tensor([64, 64]), 64, True)
with torch.no_grad():
    print(f"attention:                gap {permutation_gap(module, x, order):.1e}")
    gap = permutation_gap(lambda x: module(x + encoding), x, order)
    print(f"attention with positions: gap {gap:.1e}")
    gap = permutation_gap(lambda x: module(x, mask=causal), x, order)
    print(f"attention, causal mask:   gap {gap:.1e}")

# %% [markdown]
# **What you saw.** A causal mask breaks the symmetry as well: the first token sees one key, the second sees
# two. So a decoder can count even without an encoding. But a single layer cannot tell, among the tokens that it sees,
# the near one from the far one; with an encoding it can.

# %% [markdown]
# ## 6 · What attention can express
#
# Give each token its place as a one-hot key: $k_0 = (1, 0, 0, \dots)$, $k_1 = (0, 1, 0, \dots)$. Then
# $d_k = T$, and query $i$ has the score $q_{ij} / \sqrt{T}$ for key $j$: a query lists the scores it wants.
# By choosing queries you can make any pattern of weights:
#
# - token $i$ looks at token $i - 1$: a **shift**;
# - at $i - 1$, $i$ and $i + 1$ alike: a **moving average**, which is a convolution;
# - at everything up to $i$: a **prefix mean**.

# %% [markdown]
# ### Exercise 10 · Attention by design (3 points · 15 min · ●●○)
#
# `pattern` `(T, T)` is boolean, and each row has at least one True. Return queries `(T, T)` such that attention with
# one-hot keys gives, in each row, equal weights to the True entries and a weight below $10^{-6}$ to every False entry,
# for $T$ up to 1000. Use no mask. Every number must be finite.
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
    "nearly right, but a False entry has more than a millionth: did you make up for the division by √T?",
)
slips = {
    "the queries are too small: the weights are nearly equal. Scale them up.": position_attention(
        shift.float(), torch.eye(6)
    ),
    "the pattern is inverted.": position_attention(1e3 * (~shift).float(), torch.eye(6)),
    "queries and keys are swapped: rows of the pattern are queries.": position_attention(
        1e3 * shift.T.float(), torch.eye(6)
    ),
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
    "the queries are too small for T = 300: the scores are divided by √T.",
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

# %% given="machines_experiment"
place_of = torch.arange(24)
distance = place_of - place_of[:, None]  # (24, 24): key place minus query place
patterns = {
    "shift by 3": place_of == (place_of - 3).clamp(min=0)[:, None],
    "moving average": distance.abs() <= 1,
    "prefix mean": distance <= 0,
}
signal = (torch.sin(place_of / 3) + (place_of == 9)).float()
results = {
    name: position_attention(queries_for(p), signal[:, None])[:, 0] for name, p in patterns.items()
}
fig, ax = plt.subplots(figsize=(9, 3.2))
words = {"xlabel": "token", "ylabel": "value", "x": place_of}
plots.curves(ax, {"signal": signal} | results, title="Three machines made of attention", **words)
plots.show(
    fig,
    alt="A wave with one spike. A copy of it three tokens later, a smooth version, and a slowly moving mean.",
    caption="The shift copies the spike three tokens later, the average flattens it, the prefix mean follows slowly.",
)

# %% given="lookup_experiment"
countries = ["France", "Japan", "Kenya", "Peru"]
capitals = ["Paris", "Tokyo", "Nairobi", "Lima"]
keys = F.normalize(checks.normal(4, 16, seed=203), dim=-1)  # one random direction per country
asked = 40 * keys[2] + 0.5 * checks.normal(16, seed=204)  # "Kenya", with some noise
entries = F.normalize(checks.normal(4, 16, seed=205), dim=-1)  # and one per capital
output, weights = scaled_dot_product_attention(asked[None], keys, entries)
closest = (entries @ output[0]).argmax()
print("weights:", {c: round(w, 4) for c, w in zip(countries, weights[0].tolist(), strict=True)})
print(f"asked for Kenya, the output is closest to {capitals[closest]}")

# %% [markdown]
# **What you saw.** One operation is a convolution, a running mean or a dictionary, depending on queries and
# keys; and in a trained network those depend on the input. A dense layer also mixes all tokens, but with
# weights that are the same for every input.

# %% given="dense_experiment"
device.seed_everything(3)
dense = torch.randn(6, 6).softmax(dim=-1)  # fixed once trained
inputs, to_q, to_k = torch.randn(2, 6, 16), torch.randn(16, 16) / 3, torch.randn(16, 16) / 3
_, dynamic = scaled_dot_product_attention(inputs @ to_q, inputs @ to_k, inputs)
fig, axes = plt.subplots(2, 2, figsize=(8, 6), layout="constrained")
for column in (0, 1):
    words = {"xlabel": "key token", "ylabel": "query token", "colorbar": "weight"}
    title = f"input {'AB'[column]}"
    plots.heat_map(axes[0, column], dense, title=f"dense layer, {title}", **words)
    plots.heat_map(axes[1, column], dynamic[column], title=f"attention, {title}", **words)
plots.show(
    fig,
    alt="Four 6 by 6 maps of weights. The two of the dense layer are equal, the two of attention differ.",
    caption="Top, a dense layer mixes both inputs with the same weights. Bottom, attention computes its weights "
    "from the input.",
)

# %% [markdown]
# ## 7 · The price
#
# There are $T \times T$ scores. Twice the length, four times the scores. If a cost grows like
# $c \cdot T^a$, then $\ln \text{cost} = \ln c + a \ln T$: on log-log axes a straight line with the slope
# $a$.

# %% [markdown]
# ### Exercise 11 · Reading off the exponent (1 point · 6 min · ●○○)
#
# Return the slope $a$ of the straight line that fits $\ln \text{cost}$ against $\ln \text{length}$ best
# (least squares).
#
# <details><summary>Hint 1: the idea</summary>Take logarithms of both lists, then fit a line.</details>
# <details><summary>Hint 2: the formula</summary>a = Σ (x − x̄)(y − ȳ) / Σ (x − x̄)², with x = ln length and y = ln
# cost</details>
# <details><summary>Hint 3: the line</summary><code>np.polyfit(x, y, 1)</code> returns slope and
# intercept.</details>


# %% solution="fitted_exponent"
def fitted_exponent(lengths: list[int], costs: list[float]) -> float:
    """The exponent a of cost ≈ c · length ** a, by least squares on the logarithms."""
    ### BEGIN SOLUTION
    slope, _ = np.polyfit(np.log(lengths), np.log(costs), 1)
    return float(slope)
    ### END SOLUTION


# %% check="fitted_exponent_value" points=1
lengths = [10, 30, 70, 200]
costs = [1.0, 5.0, 6.0, 90.0]  # not on a line
slips = {
    "use all points, not just the first and the last.": 1.50207,
    "lengths and costs are swapped.": 0.651563,
    "that is ln c, the intercept; the slope is wanted.": -3.377,
    "use the same logarithm for both.": 0.973051,
    "the costs need a logarithm too.": 27.3911,
    "the lengths need a logarithm too.": 0.0210898,
    "take logarithms of both first.": 0.488,
}
got = checks.run(fitted_exponent, lengths, costs)
checks.close("the exponent of 1, 5, 6, 90", got, 1.40382, rtol=1e-4, slips=slips)
for exponent in (2.0, 0.5):
    got = checks.run(fitted_exponent, lengths, [7 * n**exponent for n in lengths])
    checks.close(f"the exponent of 7 · n^{exponent:g}", got, exponent)
### BEGIN HIDDEN TESTS
costs = [3.0, 2.0, 9.0, 4.0]
expected = np.polyfit(np.log(lengths), np.log(costs), 1)[0]
checks.close("the exponent of other costs", checks.run(fitted_exponent, lengths, costs), expected)
### END HIDDEN TESTS
checks.passed("the exponent")

# %% [markdown]
# **Experiment.** Your function keeps all $T \times T$ weights in memory, several times. PyTorch's own is
# **fused**: it works through the keys block by block and never stores the whole matrix. Same arithmetic,
# same result. What is it worth?


# %% given="new_bytes"
class NewBytes(TorchDispatchMode):
    """Adds up the bytes of all tensors that are made while it is on; views of older ones do not count."""

    def __init__(self) -> None:
        super().__init__()
        self.total = 0

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        result = function(*args, **(kwargs or {}))
        old = {t.untyped_storage().data_ptr() for t in args if isinstance(t, torch.Tensor)}
        for tensor in result if isinstance(result, tuple) else (result,):
            if isinstance(tensor, torch.Tensor) and tensor.untyped_storage().data_ptr() not in old:
                self.total += tensor.nbytes
        return result


# %% given="price_measurement"
@torch.no_grad()
def cost_of(function: Callable, T: int) -> tuple[float, float]:
    """The best time of five runs in milliseconds, and MiB of new tensors; 4 heads of 64 features, no mask."""
    q, k, v = (torch.randn(1, 4, T, 64, device=place) for _ in range(3))
    with NewBytes() as new:  # this run also warms up
        function(q, k, v)
    seconds = []
    for _ in range(5):
        with device.measure(place) as cost:
            function(q, k, v)
        seconds.append(cost.seconds)
    return 1e3 * min(seconds), new.total / 2**20


functions = {"naive": scaled_dot_product_attention, "fused": F.scaled_dot_product_attention}
lengths = scaled(full=[128, 256, 512, 1024, 2048, 4096], smoke=[256, 512, 1024, 2048])
costs = {name: [cost_of(f, T) for T in lengths] for name, f in functions.items()}
times = {name: [time for time, _ in row] for name, row in costs.items()}
memory = {name: [mebibytes for _, mebibytes in row] for name, row in costs.items()}

# %% given="price_plot"
fig, axes = plt.subplots(1, 2, figsize=(10, 3.4))
plots.curves(axes[0], times, title="Time", xlabel="length T", ylabel="milliseconds", x=lengths)
plots.curves(
    axes[1], memory, title="Memory", xlabel="length T", ylabel="MiB of new tensors", x=lengths
)
for ax in axes:
    ax.set_xscale("log", base=2)
    ax.set_yscale("log")
plots.show(
    fig,
    alt="Log-log plots of time and memory against length for naive and fused attention. Naive lies above fused, "
    "in memory the gap grows with the length.",
    caption="Twice the length: four times the arithmetic for both. The memory of the naive version grows "
    "fourfold too, that of the fused one twofold.",
)
long = [i for i, T in enumerate(lengths) if T >= 512]
cost_exponent = fitted_exponent([lengths[i] for i in long], [times["naive"][i] for i in long])
at_2048 = lengths.index(2048)
fused_speedup_at_2048 = times["naive"][at_2048] / times["fused"][at_2048]
fused_exponent = fitted_exponent([lengths[i] for i in long], [times["fused"][i] for i in long])
print(f"from T = 512 on: naive T^{cost_exponent:.2f}, fused T^{fused_exponent:.2f}")
print(f"at T = 2048 the fused kernel is {fused_speedup_at_2048:.1f} times faster")

# %% [markdown]
# **What you saw.** The arithmetic grows like $T^2$, and no cleverness in the kernel changes that: it saves
# memory. The naive version may grow faster than $T^2$, where its weights no longer fit into the
# processor's cache. This is why context length is expensive, and why the labs that follow use the fused
# kernel.

# %% [markdown]
# ## Going further
#
# Ungraded. Replace softmax with a sum of positive feature maps, $\phi(q) \cdot \phi(k)$, and change the order
# of the products: what becomes of the exponent? Give the neighbors task three heads: are they all used?
#
# - [Vaswani et al. (2017)](https://arxiv.org/abs/1706.03762), *Attention Is All You Need*: the paper.
# - [Dao et al. (2022)](https://arxiv.org/abs/2205.14135), *FlashAttention*: the fused kernel, and why memory traffic
#   matters.
# - [Cordonnier et al. (2020)](https://arxiv.org/abs/1911.03584), *On the Relationship between Self-Attention and
#   Convolutional Layers*: section 6 as a theorem.
# - [Katharopoulos et al. (2020)](https://arxiv.org/abs/2006.16236), *Transformers are RNNs*: attention in linear time.

# %% free="playground"
# Your own experiments.

# %% [markdown]
# ## Summary
#
# Attention is a weighted average whose weights come from queries and keys. Dividing by √d_k keeps the
# softmax away from hard choices, where its gradient dies. Masks say who may look at whom, and heads give
# each token several rows of weights. Attention treats tokens as a set; an encoding or a causal mask brings
# order in. It can be a shift, an average or a lookup, and its price grows with the square of the length.

# %% given="metrics"
report(
    "04_self_attention",
    max_error_vs_torch=max_error_vs_torch,
    fused_speedup_at_2048=fused_speedup_at_2048,
    cost_exponent=cost_exponent,
)
