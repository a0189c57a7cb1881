# %% [markdown]
# ## 1 · Layer normalization
#
# A deep network multiplies many matrices; its activations drift. Layer normalization brings each token back:
# subtract the mean of its features, divide by their standard deviation, then let the network choose a new
# scale $\gamma$ (gain) and shift $\beta$ (bias) for each feature:
#
# $$y = \gamma \odot \frac{x - \mu}{\sqrt{\sigma^2 + \varepsilon}} + \beta \qquad
# \mu = \frac{1}{d}\sum_i x_i \qquad \sigma^2 = \frac{1}{d}\sum_i (x_i - \mu)^2$$
#
# For $x = (1, 3, 5, 7)$: $\mu = 4$, $\sigma^2 = 5$, and $y = (-1.34, -0.45, 0.45, 1.34)$.

# %% [markdown]
# ### Exercise 1 · Layer normalization (3 points · 10 min · ●○○)
#
# Return $y$ for `x` `(..., d)`, `gain` `(d,)` and `bias` `(d,)`. The mean and the variance run over the
# last dimension only. The variance divides by $d$, as in the formula, and $\varepsilon$ stands inside the
# root.
#
# Use `mean` and a square root, not PyTorch's finished layer.
#
# <details><summary>Hint 1: the idea</summary>Every token is normalized on its own. Keep the last dimension, so
# that the means broadcast.</details>
# <details><summary>Hint 2: the formula</summary><code>x.var(dim=-1)</code> divides by d − 1 unless it is told
# otherwise.</details>
# <details><summary>Hint 3: the line</summary><code>x.var(dim=-1, keepdim=True, correction=0)</code></details>


# %% solution="layer_norm"
def layer_norm(
    x: torch.Tensor, gain: torch.Tensor, bias: torch.Tensor, eps: float = 1e-5
) -> torch.Tensor:
    """Normalizes the last dimension of x (..., d) (Ba et al., 2016); gain and bias are (d,)."""
    ### BEGIN SOLUTION
    centered = x - x.mean(dim=-1, keepdim=True)
    variance = (centered**2).mean(dim=-1, keepdim=True)
    return gain * centered / torch.sqrt(variance + eps) + bias
    ### END SOLUTION


# %% check="layer_norm_by_hand" points=1
x = torch.tensor([[1.0, 3.0, 5.0, 7.0], [0.0, 0.0, 0.0, 8.0]], dtype=torch.float64)
ones, zeros = torch.ones(4, dtype=torch.float64), torch.zeros(4, dtype=torch.float64)
y = checks.run(layer_norm, x, ones, zeros)
checks.shape("layer_norm(x)", y, batch=2, d=4)
by_hand = torch.tensor([-1.3416, -0.4472, 0.4472, 1.3416]).double()
slips = {
    "yours divides the variance by d − 1; divide by d (correction=0).": by_hand * math.sqrt(3 / 4),
    "divide by the standard deviation, not by the variance.": by_hand / math.sqrt(5),
    "the mean is not subtracted.": x[0] / math.sqrt(5),
    "the division is missing.": x[0] - 4,
    "the mean is not subtracted, from x or before the squares.": x[0] / math.sqrt(21),
    "the deviations are not squared, so their mean is 0.": (x[0] - 4) / math.sqrt(1e-5),
    "square the deviations; their absolute values are something else.": (x[0] - 4) / math.sqrt(2),
    "mean and variance run over the batch: use the last dimension.": torch.tensor(
        [1.0, 1.0, 1.0, -1.0]
    ).double(),
    "mean and variance run over all tokens together: use the last dimension only.": (x[0] - 3)
    / math.sqrt(9.5),
}
checks.close("layer_norm of (1, 3, 5, 7)", y[0], by_hand, rtol=1e-3, slips=slips)
checks.passed("(1, 3, 5, 7) as computed by hand")

# %% check="layer_norm_torch" points=1
x = 3 * checks.normal(2, 5, 6, seed=1) + 2
gain, bias = checks.normal(6, seed=2), checks.normal(6, seed=3)
expected = F.layer_norm(x, (6,), gain, bias)
slips = {
    "gain and bias are not used.": F.layer_norm(x, (6,)),
    "the bias is not added.": F.layer_norm(x, (6,), gain),
    "the gain is not applied.": F.layer_norm(x, (6,), None, bias),
    "the bias is scaled by the gain: it is added last.": gain * (F.layer_norm(x, (6,)) + bias),
    "gain and bias are swapped.": F.layer_norm(x, (6,), bias, gain),
    "eps is added after the root: it belongs inside, √(σ² + ε).": gain
    * (x - x.mean(dim=-1, keepdim=True))
    / (x.std(dim=-1, keepdim=True, correction=0) + 1e-5)
    + bias,
    "mean and variance run over the tokens as well: use the last dimension only.": F.layer_norm(
        x, (5, 6)
    )
    * gain
    + bias,
    "mean and variance run over the tokens: use the last dimension.": F.layer_norm(x.mT, (5,)).mT
    * gain
    + bias,
}
checks.close("layer_norm(x)", checks.run(layer_norm, x, gain, bias), expected, slips=slips)
### BEGIN HIDDEN TESTS
x = checks.normal(7, 9, seed=4)
gain, bias = checks.normal(9, seed=5), checks.normal(9, seed=6)
expected = F.layer_norm(x, (9,), gain, bias)
checks.close("layer_norm of (7, 9)", checks.run(layer_norm, x, gain, bias), expected)
### END HIDDEN TESTS
checks.passed("equal to PyTorch's layer norm")

# %% check="layer_norm_small" points=1
x = 0.01 * checks.normal(3, 6, seed=7)
x[0] = 5.0  # no variance at all
ones, zeros = torch.ones(6).double(), torch.zeros(6).double()
y = checks.run(layer_norm, x, ones, zeros, 1e-3)
checks.finite("layer_norm of equal numbers", y, "0 / 0: eps belongs inside the root.")
variance = x.var(dim=-1, keepdim=True, correction=0)
outside = (x - x.mean(dim=-1, keepdim=True)) / (variance.sqrt() + 1e-3)
slips = {
    "eps is added after the root: it belongs inside, √(σ² + ε).": outside,
    "eps is not the one that was passed in.": F.layer_norm(x, (6,), eps=1e-5),
    "eps is not used.": F.layer_norm(x, (6,), eps=1e-30),
}
checks.close("layer_norm with eps = 0.001", y, F.layer_norm(x, (6,), eps=1e-3), slips=slips)
checks.passed("eps keeps the root away from zero")

# %% [markdown]
# **Experiment.** Batch normalization takes mean and variance over the batch instead. Then what comes out
# for one sample depends on which others are in its batch. How much, for batches of different sizes? The
# cell puts one fixed sample into 200 random batches of each size.

# %% experiment="norm_experiment"
# Experiment · One sample in batches of many sizes
device.seed_everything(0)
batch_sizes = [2, 4, 8, 16, 32, 64, 128]
sample, others = torch.randn(1, 32), torch.randn(200, 128, 32)
wobble = {"batch norm": [], "layer norm": []}
for size in batch_sizes:
    batch = torch.cat([sample.expand(200, 1, 32), others[:, : size - 1]], dim=1)  # (200, size, 32)
    mean, std = batch.mean(dim=1, keepdim=True), batch.std(dim=1, keepdim=True, correction=0)
    wobble["batch norm"].append(((batch - mean) / std)[:, 0].std(dim=0).mean().item())
    same = layer_norm(batch, torch.ones(32), torch.zeros(32))  # yours
    wobble["layer norm"].append(same[:, 0].std(dim=0).mean().item())

# %% figure="norm_curves"
# Figure · How much one sample's output depends on its batch
fig, ax = plt.subplots(figsize=(7, 3))
words = {
    "title": "One sample in many batches",
    "xlabel": "batch size",
    "ylabel": "std of its output",
}
plots.curves(ax, wobble, x=batch_sizes, **words)
ax.set_xscale("log", base=2)
plots.show(
    fig,
    alt="Spread of one sample's normalized features against batch size. Batch norm falls from about 0.8 at two "
    "samples to 0.1 at 128, layer norm is zero everywhere.",
    caption="With batch norm a sample's output depends on its neighbors, the more the smaller the batch.",
)

# %% [markdown]
# **What you saw.** Layer norm looks at one token alone: any batch size, any length, the same in training
# and in use. Batch norm needs large batches, and running averages for later.
