# %% [markdown]
# ## 1 · The network and its parameters
#
# The network has one hidden layer. A batch holds $B$ samples, one per row:
#
# $$Z = X W_1^\top + b_1 \qquad H = \tanh(Z)$$
# $$\text{logits} = H W_2^\top + b_2 \qquad P = \text{softmax}(\text{logits})$$
#
# A weight matrix has one row per output, as in `nn.Linear`: $W_1$ is `(d_hidden, d_in)`.
#
# How large should the first weights be? One entry of $Z$ is a sum of $d_{in}$ products. If inputs and
# weights are independent with mean 0, and inputs have variance 1, then its variance is
# $d_{in} \cdot \text{Var}(W_1)$. To keep it at 1, the weights need the standard deviation
# $1/\sqrt{d_{in}}$.

# %% [markdown]
# ![Matrices as rectangles: x (B, d_in) times W1.T (d_in, d_hidden) plus b1, then tanh, gives h (B, d_hidden); h
# times W2.T (d_hidden, n_classes) plus b2 gives logits, and softmax gives probs, (B,
# n_classes).](figures/shapes.svg)
#
# *The shapes of the forward pass. On the digits `d_in` is 64 and `n_classes` is 10.*

# %% [markdown]
# ### Exercise 1 · Parameters (2 points · 10 min · ●○○)
#
# Return a dict with the four parameters. Weights are drawn from a normal distribution with mean 0 and
# standard deviation $1/\sqrt{\text{fan-in}}$, where the fan-in is the number of inputs of that layer.
# Biases are zero.
#
# | name | shape | fan-in |
# |---|---|---|
# | `W1` | `(d_hidden, d_in)` | `d_in` |
# | `b1` | `(d_hidden,)` | |
# | `W2` | `(n_classes, d_hidden)` | `d_hidden` |
# | `b2` | `(n_classes,)` | |
#
# Draw from the `generator` that you are given, so that a run can be repeated.
#
# <details><summary>Hint 1: the idea</summary>Draw standard normal numbers, then scale them.</details>
# <details><summary>Hint 2: the formula</summary>If g has standard deviation 1, then g / √n has standard
# deviation 1 / √n.</details>
# <details><summary>Hint 3: the
# line</summary><code>torch.randn(d_hidden, d_in, generator=generator) / math.sqrt(d_in)</code></details>


# %% solution="init_params"
def init_params(
    d_in: int, d_hidden: int, n_classes: int, generator: torch.Generator
) -> dict[str, torch.Tensor]:
    """Draws the parameters of the network.

    Returns:
        W1 (d_hidden, d_in), b1 (d_hidden,), W2 (n_classes, d_hidden), b2 (n_classes,).
    """
    ### BEGIN SOLUTION
    return {
        "W1": torch.randn(d_hidden, d_in, generator=generator) / math.sqrt(d_in),
        "b1": torch.zeros(d_hidden),
        "W2": torch.randn(n_classes, d_hidden, generator=generator) / math.sqrt(d_hidden),
        "b2": torch.zeros(n_classes),
    }
    ### END SOLUTION


# %% check="init_params_shapes" points=1
params = checks.run(init_params, 7, 4, 3, torch.Generator().manual_seed(0))
checks.that(isinstance(params, dict), f"expected a dict, got a {type(params).__name__}.")
missing = {"W1", "b1", "W2", "b2"} - params.keys()
checks.that(not missing, f"these parameters are missing from the dict: {sorted(missing)}.")
checks.shape("W1", params["W1"], d_hidden=4, d_in=7)
checks.shape("b1", params["b1"], d_hidden=4)
checks.shape("W2", params["W2"], n_classes=3, d_hidden=4)
checks.shape("b2", params["b2"], n_classes=3)
checks.close("b1", params["b1"], torch.zeros(4))
checks.close("b2", params["b2"], torch.zeros(3))
again = checks.run(init_params, 7, 4, 3, torch.Generator().manual_seed(0))
checks.that(
    torch.equal(params["W1"], again["W1"]) and torch.equal(params["W2"], again["W2"]),
    "the same seed gives other weights: pass generator=generator when you draw.",
)
other = checks.run(init_params, 7, 4, 3, torch.Generator().manual_seed(1))
checks.that(
    not torch.equal(params["W1"], other["W1"]) or params["W1"].std() == 0,
    "another seed gives the same weights: draw with the generator that you got.",
)
checks.passed("four parameters with the right shapes, and the seed decides what is drawn")

# %% check="init_params_scale" points=1
params = checks.run(init_params, 400, 300, 70, torch.Generator().manual_seed(1))
checks.that(
    isinstance(params, dict) and {"W1", "W2"} <= params.keys(),
    "expected a dict with W1 and W2: let the check above pass first.",
)
for name, fan_in, fan_out in (("W1", 400, 300), ("W2", 300, 70)):
    checks.finite(name, params[name], "a division by zero.")
    std = params[name].std().item()
    checks.that(
        std > 0, f"all entries of {name} are equal: every hidden unit would learn the same."
    )
    slips = (
        (1.0, "Divide by the square root of the fan-in."),
        (1 / fan_in, "That is 1 / fan-in: take the square root."),
        (fan_out**-0.5, "That is 1 / √fan-out: the fan-in is the number of inputs, columns here."),
        ((12 * fan_in) ** -0.5, "Use torch.randn (normal), not torch.rand (uniform on 0 to 1)."),
    )
    cause = next((text for value, text in slips if abs(std / value - 1) < 0.05), "")
    expected = 1 / math.sqrt(fan_in)
    checks.that(
        abs(std / expected - 1) < 0.1,
        f"{name}: expected a standard deviation of {expected:.4f}, got {std:.4f}. {cause}",
    )
    checks.that(abs(params[name].mean().item()) < 0.1 * std, f"{name}: the mean should be 0.")
### BEGIN HIDDEN TESTS
params = checks.run(init_params, 90, 500, 60, torch.Generator().manual_seed(2))
for name, fan_in in (("W1", 90), ("W2", 500)):
    std = params[name].std().item()
    checks.that(
        abs(std * math.sqrt(fan_in) - 1) < 0.1, f"{name} has another scale for other sizes."
    )
### END HIDDEN TESTS
checks.passed("the weights have mean 0 and standard deviation 1 / √fan-in")

# %% [markdown]
# **Experiment.** What does the scale change? The cell below shows the hidden activations at three
# scales: a tenth of yours, yours, and ten times yours.

# %% figure="scale_experiment"
# Figure · Hidden activations at three scales
x = checks.normal(500, 64, seed=100)
params = init_params(64, 100, 10, torch.Generator().manual_seed(0))
fig, axes = plt.subplots(1, 3, figsize=(10, 2.8), sharey=True)
for ax, factor in zip(axes, (0.1, 1.0, 10.0), strict=True):
    h = torch.tanh(factor * (x @ params["W1"].T))
    ax.hist(h.flatten(), bins=40, range=(-1, 1), density=True, color=plots.COLORS[0])
    ax.set(title=f"{factor:g} × 1/√d_in", xlabel="activation h")
    print(f"scale {factor:>4} × 1/√d_in: mean of 1 - h² = {(1 - h**2).mean():.3f}")
axes[0].set_ylabel("density")
plots.show(
    fig,
    alt="Three histograms of tanh activations. Small weights: a narrow peak at zero. Your weights: spread over "
    "the whole range. Large weights: two walls at -1 and 1.",
    caption="Too small, and tanh is a straight line; too large, and nearly every unit sits at -1 or 1.",
)

# %% [markdown]
# **What you saw.** With large weights the units saturate: $1 - h^2$, the slope of tanh, is nearly zero.
# You meet this factor again in section 4. It multiplies every gradient that passes through the layer, so
# a saturated unit hardly learns.
