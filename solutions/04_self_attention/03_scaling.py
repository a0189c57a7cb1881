# %% [markdown]
# ## 3 · Why divide by √d_k?
#
# Let the entries of $q$ and $k$ be independent with mean 0 and variance 1. Then $q \cdot k$ is a sum of
# $d_k$ products, each with mean 0 and variance 1, so it has the variance $d_k$. With $d_k = 64$ a typical
# score is 8, and $e^8$ is 2,981: the largest score takes nearly all the weight.
#
# You measure this with two numbers. The **entropy** $-\sum_j p_j \ln p_j$ says how spread a row of weights
# is: $\ln S$ when all $S$ weights are equal, 0 when one weight is 1. The **Jacobian** says how the weights
# react to the scores:
#
# $$\frac{\partial p_i}{\partial s_j} = p_i (\delta_{ij} - p_j)$$

# %% given="entropy"
def entropy(weights: torch.Tensor) -> torch.Tensor:
    """The entropy of each distribution in nats: weights (..., S) → (...)."""
    return torch.special.entr(weights).sum(dim=-1)  # entr(p) is −p ln p, and 0 for p = 0


print(f"two equal weights: {entropy(torch.tensor([0.5, 0.5])):.3f}, that is ln 2")

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
    "p @ p.T is one number for a vector; the outer product has p_i p_j in row i, column j.": (
        torch.tensor([[0.08, -0.82], [-0.82, -0.72]])
    ),
    "off the diagonal stands −p_i p_j; yours has p_j twice.": torch.tensor(
        [[0.09, -0.01], [-0.81, 0.09]]
    ),
    "off the diagonal stands −p_i p_j; yours has p_i twice.": torch.tensor(
        [[0.09, -0.81], [-0.01, 0.09]]
    ),
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
#
# <details><summary>Compare your prediction</summary>With the division the scores keep the variance 1, whatever d_k is,
# and nothing happens. Without it they grow, one key takes all the weight, and entropy and gradient go to 0.</details>

# %% experiment="scale_experiment"
# Experiment · Spread and slope of the weights for many sizes
key_sizes = [2, 4, 8, 16, 32, 64, 128, 256, 512, 1024]
spread = {"divided by √d_k": [], "not divided": []}
jacobian_norms = {name: [] for name in spread}
for d_k in key_sizes:
    q, k = checks.normal(200, 1, d_k, seed=1), checks.normal(200, 32, d_k, seed=2)
    scores = (q @ k.mT).squeeze(1)  # (200, 32)
    for name, factor in (("divided by √d_k", d_k**-0.5), ("not divided", 1.0)):
        weights = (scores * factor).softmax(dim=-1)
        spread[name].append(entropy(weights).mean().item())
        jacobian_norms[name].append(softmax_jacobian(weights).norm(dim=(-2, -1)).mean().item())
print(
    f"d_k = 1,024, entropy: {spread['divided by √d_k'][-1]:.2f} and {spread['not divided'][-1]:.2f}"
)
print(
    f"d_k = 1,024, Jacobian: {jacobian_norms['divided by √d_k'][-1]:.3f} and {jacobian_norms['not divided'][-1]:.3f}"
)

# %% figure="scale_curves"
# Figure · Spread and slope of the weights against d_k
fig, axes = plt.subplots(1, 2, figsize=(10, 3.2))
words = {"xlabel": "d_k", "x": key_sizes}
plots.curves(axes[0], spread, title="How spread the weights are", ylabel="entropy (nats)", **words)
plots.curves(
    axes[1], jacobian_norms, title="How they react", ylabel="norm of the Jacobian", **words
)
axes[0].axhline(math.log(32), color="black", linewidth=0.8)
for ax in axes:
    ax.set_xscale("log", base=2)
plots.show(
    fig,
    alt="Two plots against d_k from 2 to 1,024. Divided: entropy and Jacobian stay level. Not divided: the "
    "entropy falls, the Jacobian rises a little and then falls, both toward zero.",
    caption="Divided, nothing depends on d_k. Not divided, one key takes all, and the gradient dies. The thin "
    "line is ln 32, all weights equal.",
)

# %% [markdown]
# **What you saw.** With few features the undivided weights even react more strongly. Then the saturated
# tanh of Lab 01 comes back: a softmax whose scores are large is a hard choice, and a hard choice has no
# slope. The division keeps the choice soft at the start of training. The network can still make it hard
# later, by learning larger queries and keys.
