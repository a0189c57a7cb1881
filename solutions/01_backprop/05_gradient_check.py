# %% [markdown]
# ## 5 · Trust, but verify
#
# A gradient is a slope, and a slope can be measured: move one parameter a little to either side and watch
# the loss. The *central difference*
#
# $$\frac{L(\theta + \varepsilon) - L(\theta - \varepsilon)}{2 \varepsilon}$$
#
# is wrong by about $\varepsilon^2$, while the one-sided
# $(L(\theta + \varepsilon) - L(\theta)) / \varepsilon$ is wrong by about $\varepsilon$. An example:
# $L = \theta^3$ at $\theta = 1$ has slope 3. With $\varepsilon = 0.1$ the central difference gives 3.01
# and the one-sided one 3.31.


# %% given="slope_example"
def cube(t: float) -> float:
    return t**3


print(
    f"central {(cube(1.1) - cube(0.9)) / 0.2:.2f}   one-sided {(cube(1.1) - cube(1.0)) / 0.1:.2f}"
)

# %% [markdown]
# ### Exercise 5 · Numerical gradient (2 points · 12 min · ●●○)
#
# Write `numerical_gradient`. It takes a function `loss` that maps a dict of parameters to a number, and
# returns the central difference for every entry of every parameter, in a dict with the same names and
# shapes.
#
# A Python loop over the entries is fine here: this is a test, not training. Leave `params` as they were.
#
# <details><summary>Hint 1: the idea</summary>Copy the parameters. For each entry: add ε, ask for the
# loss, subtract 2ε, ask again, put the entry back.</details>
# <details><summary>Hint 2: the formula</summary>grad[i] = (L(θ with θᵢ + ε) − L(θ with θᵢ − ε)) / (2ε),
# all other entries unchanged.</details>
# <details><summary>Hint 3: the line</summary><code>flat = shifted[name].view(-1)</code> is a view:
# writing to <code>flat[i]</code> changes <code>shifted[name]</code>.</details>


# %% solution="numerical_gradient"
def numerical_gradient(
    loss, params: dict[str, torch.Tensor], eps: float = 1e-5
) -> dict[str, torch.Tensor]:
    """Central differences of a loss with respect to every entry of every parameter.

    Args:
        loss: maps a dict of parameters to a number or a tensor without dimensions.
        params: float64 tensors of any shape; left unchanged.
        eps: how far to move to either side.

    Returns:
        One gradient per parameter, of the parameter's shape.
    """
    ### BEGIN SOLUTION
    shifted = {name: value.clone() for name, value in params.items()}
    grads = {name: torch.zeros_like(value) for name, value in params.items()}
    for name, value in shifted.items():
        flat, grad = value.view(-1), grads[name].view(-1)
        for i in range(len(flat)):
            kept = flat[i].item()
            flat[i] = kept + eps
            above = loss(shifted)
            flat[i] = kept - eps
            below = loss(shifted)
            flat[i] = kept
            grad[i] = (above - below) / (2 * eps)
    return grads
    ### END SOLUTION


# %% check="numerical_gradient_central" points=1
point = {"a": torch.tensor([[1.0, -2.0, 0.5], [3.0, 0.0, -1.0]]), "b": torch.tensor([2.0])}


def cubes(p: dict) -> torch.Tensor:
    return (p["a"] ** 3).sum() * p["b"].sum()


exact = {"a": 6 * point["a"] ** 2, "b": torch.tensor([19.125])}
eps = 0.01
central = {"a": exact["a"] + 2 * eps**2, "b": exact["b"]}
tilt = torch.tensor([[0.06, -0.12, 0.03], [0.18, 0.0, -0.06]])  # by which one side is wrong here
slips = {
    "this is the one-sided difference; move to both sides.": {"a": central["a"] + tilt},
    "this is the one-sided difference, to the left; move to both sides.": {
        "a": central["a"] - tilt
    },
    "(a − b) / 2 * ε multiplies by ε: write (a − b) / (2 * ε).": {
        "a": central["a"] * eps**2,
        "b": central["b"] * eps**2,
    },
    "an entry is not put back before the next one is moved.": {
        "a": central["a"],
        "b": ((point["a"] - eps) ** 3).sum()[None],
    },
    "divide by 2ε: the two points are 2ε apart.": {"a": 2 * central["a"], "b": 2 * central["b"]},
    "the sign is flipped: the loss above minus the loss below.": {
        "a": -central["a"],
        "b": -central["b"],
    },
}
grads = checks.run(numerical_gradient, cubes, point, eps)
checks.tensors("the numerical gradient of", grads, central, rtol=1e-7, slips=slips)
checks.passed("central differences, for every entry of every parameter")

# %% check="numerical_gradient_network" points=1
batch = random_network(4, 3, 5, seed=400)
x, y = checks.normal(6, 4, seed=5), torch.tensor([0, 3, 4, 1, 2, 0])


def network_loss(p: dict) -> torch.Tensor:
    return F.cross_entropy(F.linear(torch.tanh(F.linear(x, p["W1"], p["b1"])), p["W2"], p["b2"]), y)


own = {name: value.clone().requires_grad_() for name, value in batch.items()}
right = dict(zip(own, torch.autograd.grad(network_loss(own), list(own.values())), strict=True))
grads = checks.run(numerical_gradient, network_loss, batch)
with checks.hint(
    "If only the last digits differ: is the loss measured on both sides of the entry?"
):
    checks.tensors("the numerical gradient of", grads, right, rtol=1e-5, atol=1e-8)
### BEGIN HIDDEN TESTS
cube3 = {"t": checks.normal(2, 3, 4, seed=7)}
grads = checks.run(numerical_gradient, lambda p: (p["t"] ** 2).sum().item(), cube3)
checks.tensors("the numerical gradient of", grads, {"t": 2 * cube3["t"]}, rtol=1e-5, atol=1e-8)
### END HIDDEN TESTS
checks.passed("the slope of a real network, to five digits")

# %% [markdown]
# **Experiment.** Your two exercises meet: the analytic gradient against the measured one, for many values
# of ε. What do you expect as ε gets smaller and smaller?

# %% experiment="gradient_check_experiment"
# Experiment · The error of the numerical gradient for many ε
x, y = digits_x[:8, 20:28], digits_y[:8]
params = init_params(8, 5, 10, torch.Generator().manual_seed(1))
analytic = backward(params, x, y, *forward(params, x))
flat = torch.cat([analytic[name].flatten() for name in params])


def own_loss(p: dict) -> torch.Tensor:
    return cross_entropy(forward(p, x)[0], y)


step_sizes = [10.0**-k for k in range(1, 12)]
errors = []
for eps in step_sizes:
    measured = numerical_gradient(own_loss, params, eps)
    numeric = torch.cat([measured[name].flatten() for name in params])
    errors.append(((numeric - flat).norm() / flat.norm()).item())
best = min(range(len(step_sizes)), key=errors.__getitem__)
print(f"smallest relative error {errors[best]:.1e}, at ε = {step_sizes[best]:.0e}")

# %% figure="gradient_check_plot"
# Figure · Error of the numerical gradient against ε
fig, ax = plt.subplots(figsize=(6, 3.4))
title = "Relative error of the numerical gradient"
plots.curves(ax, {"error": errors}, x=step_sizes, title=title, xlabel="ε", ylabel="relative error")
ax.set(xscale="log", yscale="log")
plots.show(
    fig,
    alt="A V-shaped curve on logarithmic axes: the error falls with the square of ε until about 1e-5, then rises "
    "again as ε gets smaller.",
    caption="Smaller is not always better: below ε ≈ 1e-5 rounding errors win.",
)

# %% [markdown]
# **What you saw.** From right to left the error falls by a factor of 100 for each factor of 10 in ε, as
# $\varepsilon^2$ promises. Then it rises: the two losses agree in almost all their digits, and their
# difference is mostly rounding. This is why gradient checks use float64 and an ε near $10^{-5}$.
