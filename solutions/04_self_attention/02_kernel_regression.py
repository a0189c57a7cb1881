# %% [markdown]
# ## 2 · Older than transformers: kernel regression
#
# You measured a curve at places $t_j$, with noise: the heights are $y_j$. How high is it at a place $t$ where you did
# not measure? Nadaraya and Watson answered in 1964: average the heights, and let near places count for more. With the
# bandwidth $h$,
#
# $$\hat y(t) = \sum_j w_j\, y_j, \qquad w_j \propto \exp\left(-\frac{(t - t_j)^2}{2h^2}\right)$$
#
# These weights are a softmax, of the scores $-(t - t_j)^2 / (2h^2)$. The place asked is a query, the places of the
# measurements are keys, the heights are values: this is attention. Only the score is a distance and not a dot product.
# But
#
# $$-(t - t_j)^2 = 2\,t\,t_j - t_j^2 - t^2,$$
#
# and the last term is the same for all keys. What does softmax make of a number that is added to all scores of a row?
#
# <details><summary>Answer</summary>Nothing: e to that number is a factor of every exponential of the row and of their
# sum.</details>

# %% [markdown]
# ### Exercise 2 · Distances as dot products (2 points · 15 min · ●●○)
#
# Return queries `(T, d_k)` for the places `t` `(T,)` and keys `(S, d_k)` for the measured places `t_j` `(S,)`, such
# that attention, with its division by $\sqrt{d_k}$, has the weights $w_j$ above. You choose `d_k`. Every number must be
# finite.
#
# <details><summary>Hint 1: the idea</summary>Softmax ignores what is added to a whole row. The remaining score is a sum
# of two products, so two numbers for a query and two for a key are enough.</details>
# <details><summary>Hint 2: the formula</summary>(t, 1) · (t_j, −t_j²/2) = t t_j − t_j²/2. Divide by h², and make up for
# the division by √d_k = √2.</details>
# <details><summary>Hint 3: the line</summary>A column of ones beside a vector:
# <code>torch.stack([t, torch.ones_like(t)], dim=1)</code>, of shape (T, 2).</details>


# %% solution="gaussian_queries_keys"
def gaussian_queries_keys(
    t: torch.Tensor, t_j: torch.Tensor, h: float
) -> tuple[torch.Tensor, torch.Tensor]:
    """Queries and keys whose attention weights are those of a Gaussian kernel with the bandwidth h.

    Args:
        t: places that are asked, (T,). t_j: places that were measured, (S,).

    Returns:
        queries (T, d_k) and keys (S, d_k).
    """
    ### BEGIN SOLUTION
    q = torch.stack([t, torch.ones_like(t)], dim=1) * math.sqrt(2) / h**2  # (T, 2)
    k = torch.stack([t_j, -(t_j**2) / 2], dim=1)  # (S, 2)
    return q, k
    ### END SOLUTION


# %% check="gaussian_weights" points=1
def weights_from(t, t_j, h) -> torch.Tensor:
    q, k = checks.unpack(
        "the function", checks.run(gaussian_queries_keys, t, t_j, h), "queries", "keys"
    )
    checks.tensor("the queries", q)
    checks.that(len(q) != len(t_j), "the order is queries, keys; yours is keys, queries.")
    checks.that(q.dim() == 2, "the queries should have the shape (T, d_k), two dimensions.")
    checks.shape("the queries", q, T=len(t), d_k=q.shape[-1])
    checks.shape("the keys", k, S=len(t_j), d_k=q.shape[-1])
    checks.finite("the queries", q, "a division by zero.")
    checks.finite("the keys", k, "a division by zero.")
    return F.scaled_dot_product_attention(q, k, torch.eye(len(t_j)).to(k)).double()


t, t_j = checks.normal(5, seed=44), checks.normal(7, seed=45)
square, h = (t[:, None] - t_j) ** 2, 0.7
expected = (-square / (2 * h**2)).softmax(dim=-1)
mixed = t[:, None] * t_j
slips = {
    "every weight is the same: all scores are equal.": torch.full((5, 7), 1 / 7),
    "the scores are too small by √2: make up for the division by √d_k.": (
        -square / (2 * h**2) / 2**0.5
    ).softmax(-1),
    "the scores are twice too large: where is the 2 of 2h²?": (-square / h**2).softmax(-1),
    "the bandwidth h is squared.": (-square / (2 * h)).softmax(-1),
    "the bandwidth h is not used.": (-square / 2).softmax(-1),
    "the weights of t · t_j alone: the keys need their −t_j²/2.": (mixed / h**2).softmax(-1),
    "far places count for more: is a sign wrong?": (square / (2 * h**2)).softmax(-1),
    "−t_j² is not halved.": ((mixed - t_j**2) / h**2).softmax(-1),
    "the term of t · t_j counts half: a dot product gives 2 t t_j − t_j², or half of both.": (
        (mixed - t_j**2) / (2 * h**2)
    ).softmax(-1),
    "the factor √2/h² stands on queries and keys, so it counts twice.": (
        -square / (2**0.5 * h**4)
    ).softmax(-1),
    "t_j²/2 is added; subtract it.": ((mixed + t_j**2 / 2) / h**2).softmax(-1),
}
checks.close("the weights", weights_from(t, t_j, h), expected, slips=slips)
### BEGIN HIDDEN TESTS
t, t_j = checks.normal(3, seed=46), checks.normal(11, seed=47)
expected = (-((t[:, None] - t_j) ** 2) / (2 * 1.9**2)).softmax(dim=-1)
checks.close("the weights for other places", weights_from(t, t_j, 1.9), expected)
### END HIDDEN TESTS
checks.passed("dot products give the weights of a Gaussian kernel")

# %% check="gaussian_bandwidth" points=1
t, t_j = torch.tensor([0.1, 1.9, 3.2]).double(), torch.tensor([0.0, 1.0, 2.0, 3.0]).double()
nearest = torch.tensor([[1.0, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]).double()
checks.close("the weights for h = 0.1", weights_from(t, t_j, 0.1), nearest, atol=1e-6)
equal = torch.full((3, 4), 0.25).double()
checks.close("the weights for h = 1000", weights_from(t, t_j, 1000.0), equal, atol=1e-4)
checks.passed("a small bandwidth takes the nearest, a large one all alike")

# %% [markdown]
# **Experiment.** Thirty noisy measurements of a wave, and your attention from Exercise 1. Predict: what does a
# bandwidth of 0.05 make of the noise, what one of 2?
#
# <details><summary>Compare your prediction</summary>0.05 repeats the noise, since the nearest point takes nearly all of
# the weight. 2 removes it, and most of the wave as well.</details>

# %% experiment="kernel_regression"
# Experiment · Attention draws a curve through noisy points
device.seed_everything(0)
data_t = 6 * torch.rand(30)
data_y = torch.sin(data_t) + 0.3 * torch.randn(30)
grid_t = torch.linspace(0.0, 6.0, 200)
curves = {"the true curve": torch.sin(grid_t)}
for h in (0.05, 0.4, 2.0):
    output, _ = attention(*gaussian_queries_keys(grid_t, data_t, h), data_y[:, None])  # (200, 1)
    curves[f"h = {h:g}"] = output[:, 0]
    error = (output[:, 0] - torch.sin(grid_t)).square().mean().sqrt()
    print(f"h = {h:g}: {error:.2f} away from the true curve")

# %% figure="kernel_curves"
# Figure · Kernel regression with three bandwidths
fig, ax = plt.subplots(figsize=(9, 3.4))
plots.curves(
    ax, curves, title="Attention as kernel regression", xlabel="t", ylabel="height", x=grid_t
)
ax.scatter(data_t, data_y, color="black", s=16, zorder=3)
plots.show(
    fig,
    alt="Thirty noisy points around a sine wave and three estimates. The narrow one jumps from point to point, the "
    "middle one follows the wave, the wide one is nearly flat.",
    caption="Points are keys with their values. A small bandwidth makes large scores and takes the nearest point; a "
    "large one makes small scores and averages all.",
)

# %% [markdown]
# **What you saw.** The size of the scores decides how sharply attention looks. In kernel regression you choose $h$ and
# what "near" means. In a transformer, $W_q$ and $W_k$ say what is near, and training finds them.
#
# Nadaraya–Watson is in [Nadaraya (1964)](https://doi.org/10.1137/1109020) and
# [Watson (1964)](https://www.jstor.org/stable/25049340).
