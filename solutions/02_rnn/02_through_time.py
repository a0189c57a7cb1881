# %% [markdown]
# ## 2 · Backpropagation through time
#
# How does a token far back influence the loss? By the chain rule, through every state in between:
#
# $$\frac{\partial h_T}{\partial h_t} = J_T \, J_{T-1} \cdots J_{t+1} \qquad
# J_s = \frac{\partial h_s}{\partial h_{s-1}} = \text{diag}(1 - h_s^2)\, W_{hh}$$
#
# A product of $T - t$ matrices grows or shrinks like a power. Without the slopes of tanh, what decides is the
# *spectral radius* of $W_{hh}$, its largest absolute eigenvalue. (The *norm* of one matrix is its largest singular
# value, and never below the radius. The norms of high powers grow as the powers of the radius do.) In one dimension:
# $0.9^{50}$ and $1.1^{50}$ differ by a factor of more than twenty thousand. All states must be kept until the
# backward pass, so memory grows with $T$.

# %% [markdown]
# ![A chain of states from h0 to h4 and a loss; a gradient passes back from state to state, multiplied by a
# Jacobian at each step. Halved at each step it goes 1, 0.5, 0.25, 0.125, 0.0625; doubled it goes 1, 2, 4, 8,
# 16.](figures/through_time.svg)
#
# *The way back is a product. Four steps are enough for a factor of 16 in either direction.*

# %% given="powers"
for w in (0.9, 1.0, 1.1):
    print(f"{w} to the power of 50: {w**50:.4f}")

# %% [markdown]
# ### Exercise 3 · Measure the gradient (3 points · 20 min · ●●○)
#
# Write `gradient_norms` for one sequence `x` `(T, d_in)` and a first state `h` `(d_hidden,)`. The function
# `step(x_t, h)` returns the next state. Return `(T + 1,)`: entry $t$ is the *spectral norm* of
# $\partial h_T / \partial h_t$, its largest singular value. It says by how much a small change of $h_t$
# can be stretched on its way to $h_T$. The last entry is the norm of the identity, 1.
#
# `torch.autograd.functional.jacobian(function, input)` gives the Jacobian of a function of one tensor. So
# wrap the step: `lambda state: step(x_t, state)`. Everything has the dtype of `h`, the identity too.
#
# <details><summary>Hint 1: the idea</summary>Walk forwards once and keep the Jacobian of each step. Then
# walk backwards and multiply.</details>
# <details><summary>Hint 2: the formula</summary>Start with the identity. ∂h_T/∂h_{t−1} = ∂h_T/∂h_t · J_t:
# the new factor stands on the right.</details>
# <details><summary>Hint 3: the
# line</summary><code>product = product @ J</code>, then
# <code>torch.linalg.matrix_norm(product, 2)</code>.</details>


# %% solution="gradient_norms"
def gradient_norms(
    step: Callable[[torch.Tensor, torch.Tensor], torch.Tensor], x: torch.Tensor, h: torch.Tensor
) -> torch.Tensor:
    """Spectral norms of the derivatives of the last state with respect to every state.

    Args:
        step: (x_t (d_in,), h (d_hidden,)) → the next state (d_hidden,).
        x: inputs of one sequence, (T, d_in).
        h: the state before the first step, (d_hidden,).

    Returns:
        (T + 1,): entry t is the largest singular value of ∂h_T/∂h_t; the last one is 1.
    """
    ### BEGIN SOLUTION
    jacobians = []
    for x_t in x:
        jacobians.append(torch.autograd.functional.jacobian(lambda state: step(x_t, state), h))
        h = step(x_t, h)
    product = torch.eye(len(h), dtype=h.dtype)
    norms = [torch.linalg.matrix_norm(product, 2)]
    for J in reversed(jacobians):
        product = product @ J
        norms.append(torch.linalg.matrix_norm(product, 2))
    return torch.stack(norms[::-1])
    ### END SOLUTION


# %% check="gradient_norms_linear" points=1
W = checks.normal(4, 4, seed=40) / 2
x = checks.normal(6, 3, seed=41)
U = checks.normal(4, 3, seed=42)
norms = checks.run(gradient_norms, lambda x_t, h: U @ x_t + W @ h, x, checks.normal(4, seed=43))
checks.tensor("the norms", norms)
checks.that(norms.shape != (6,), "T + 1 entries: the last belongs to h_T itself and is 1.")
checks.shape("the norms", norms, states=7)
powers = [torch.linalg.matrix_power(W, 6 - t) for t in range(7)]
right = torch.stack([torch.linalg.matrix_norm(p, 2) for p in powers])
entries = torch.stack([p.norm() for p in powers])
single = right[-2]
slips = {
    "the order is reversed: entry 0 belongs to the first state, entry T to the last.": right.flip(
        0
    ),
    "that is the norm of all entries (Frobenius); take the largest singular value.": entries,
    "you multiply the norms of the steps; take the norm of the product.": single
    ** torch.arange(6, -1, -1),
    "these are the norms of single steps: multiply the Jacobians.": torch.cat(
        [single.expand(6), right[-1:]]
    ),
    "that is the largest eigenvalue; take the largest singular value.": torch.stack(
        [torch.linalg.eigvals(p).abs().max() for p in powers]
    ),
}
checks.close("the norms of a linear step, ‖W⁶‖ … ‖W‖, 1", norms, right, slips=slips)
checks.passed("a linear step: the norms of the powers of W")


# %% data="through_time"
# Data · Jacobians through time, for the checks
def through_time(cell: nn.Module, x: torch.Tensor, h: torch.Tensor) -> torch.Tensor:
    """∂h_T/∂h_t for every t, (T + 1, d_hidden, d_hidden), by autograd through the whole sequence."""
    states = [h.clone().requires_grad_()]
    for x_t in x:
        states.append(cell(x_t, states[-1]))
    rows = [torch.autograd.grad(entry, states, retain_graph=True) for entry in states[-1]]
    return torch.stack([torch.stack(row) for row in rows], dim=1)


def step_jacobians(cell: nn.Module, x: torch.Tensor, h: torch.Tensor) -> list[torch.Tensor]:
    """The Jacobian of each step alone, (d_hidden, d_hidden) each."""
    found = []
    for x_t in x:
        found.append(through_time(cell, x_t[None], h)[0])
        h = cell(x_t, h)
    return found


def largest(matrices: Iterable[torch.Tensor]) -> torch.Tensor:
    """The spectral norm of each matrix."""
    return torch.stack([torch.linalg.matrix_norm(m, 2) for m in matrices])


# %% check="gradient_norms_tanh" points=2
cell = nn.RNNCell(3, 5, dtype=torch.float64).requires_grad_(False)
cell.weight_hh.mul_(3)
x, h0 = checks.normal(7, 3, seed=44), checks.normal(5, seed=45)
norms = checks.run(gradient_norms, cell, x, h0)
checks.shape("the norms", norms, states=8)
steps = step_jacobians(cell, x, h0)
swapped = [torch.eye(5, dtype=torch.float64)]
for J in reversed(steps):
    swapped.append(J @ swapped[-1])
from_front, forgotten = [swapped[0]], [swapped[0]]
for J in steps:
    from_front.append(J @ from_front[-1])
    forgotten.append(forgotten[-1] @ J)
stuck, ahead_of_time = [swapped[0]], [swapped[0]]
states = [h0]
for x_t in x:
    states.append(cell(x_t, states[-1]))
for x_t, later in zip(x.flip(0), states[:0:-1], strict=True):
    stuck.append(stuck[-1] @ step_jacobians(cell, x_t[None], h0)[0])
    ahead_of_time.append(ahead_of_time[-1] @ step_jacobians(cell, x_t[None], later)[0])
still = "the state does not move on: every Jacobian is taken at the first state."
slips = {
    still: largest(stuck[::-1]),
    "the Jacobian is taken at the state after the step; take it at the state before.": largest(
        ahead_of_time[::-1]
    ),
    "these are the norms of ∂h_t/∂h_0, from the front: begin with the last step.": largest(
        from_front[::-1]
    ),
    "the Jacobians are multiplied from the first step on: begin with the last one.": largest(
        forgotten[::-1]
    ),
    "the factors stand in the wrong order: the earlier Jacobian goes to the right.": largest(
        swapped[::-1]
    ),
    still + " The input does not either.": largest(
        torch.linalg.matrix_power(steps[0], 7 - t) for t in range(8)
    ),
    "the slope of tanh is missing: use the Jacobian of step, not W_hh alone.": largest(
        torch.linalg.matrix_power(cell.weight_hh, 7 - t) for t in range(8)
    ),
}
checks.close("the norms of a tanh cell", norms, largest(through_time(cell, x, h0)), slips=slips)
### BEGIN HIDDEN TESTS
gate = nn.GRUCell(2, 4, dtype=torch.float64).requires_grad_(False)
x, h0 = checks.normal(9, 2, seed=46), checks.normal(4, seed=47)
norms = checks.run(gradient_norms, gate, x, h0)
checks.close("the norms of another cell", norms, largest(through_time(gate, x, h0)))
### END HIDDEN TESTS
checks.passed("a tanh cell: agrees with autograd through the whole sequence")

# %% [markdown]
# **Experiment.** A random $W_{hh}$ of 32 units is scaled to five spectral radii. On the left the step is linear;
# on the right it ends in tanh, with the same inputs made smaller. Before you run it: which curves rise, which
# fall, and what does tanh change?

# %% experiment="radius_experiment"
# Experiment · Gradient norms for five spectral radii
W = checks.normal(32, 32, seed=50)
W = W / torch.linalg.eigvals(W).abs().max()  # spectral radius 1
T = scaled(full=60, smoke=10)
x = checks.normal(T, 32, seed=51)
distance = torch.arange(T, -1, -1)  # T − t
norms_of = {"linear": {}, "tanh": {}}
for radius in (0.5, 0.9, 1.0, 1.1, 1.5):
    steps = {
        "linear": lambda x_t, h: x_t + radius * W @ h,
        "tanh": lambda x_t, h: torch.tanh(0.3 * x_t + radius * W @ h),
    }
    for name, step in steps.items():
        norms_of[name][f"radius {radius}"] = gradient_norms(step, x, torch.zeros_like(x[0]))
for name, norms in norms_of.items():
    ends = ", ".join(f"{radius} {values[0]:.1e}" for radius, values in norms.items())
    print(f"{name}, T − t = {T}: {ends}")

# %% figure="radius_plot"
# Figure · Gradient norms against distance
fig, axes = plt.subplots(1, 2, figsize=(9, 3.6), sharey=True, layout="constrained")
for ax, (name, norms) in zip(axes, norms_of.items(), strict=True):
    words = {"title": f"{name} step", "xlabel": "T − t", "ylabel": "spectral norm of ∂h_T/∂h_t"}
    plots.curves(ax, norms, x=distance, **words)
    ax.set_yscale("log")
axes[1].set_ylabel("")
axes[1].get_legend().remove()
plots.show(
    fig,
    alt="Two plots with a logarithmic axis: gradient norm against distance, for five spectral radii. Linear: after a "
    "bump nearly straight lines, falling for radii below 1 and rising above. Tanh: all curves lie lower.",
    caption="Nearly straight on a logarithmic axis, after a bump: the gradient vanishes or explodes exponentially.",
)

# %% [markdown]
# **What you saw.** In the linear network the radius decides: below 1 the gradient vanishes, above 1 it explodes, both
# exponentially. (The bump at the left: $W$ does not commute with $W^\top$, so its norm can exceed its radius, and here
# it does. Only its high powers show the radius.) tanh multiplies each step by slopes $1 - h^2$ below 1, so the gradient
# vanishes even at radius 1.1. At 1.5 the two nearly balance, for these inputs and these weights: nobody can count on
# that.

# %% [markdown]
# ### Question 1 · Why not initialize at 1? (1 point · 5 min · ●○○)
#
# Answer in two or three sentences: *$W_{hh}$ could be made with a spectral radius that keeps the gradient
# norm near 1 at the first step of training. Why does that not solve the problem?* Think of tanh, and of what
# training does to $W_{hh}$. And would you want a state from which nothing fades?

# %% [markdown] manual="why_not_one" points=1
# The norm near 1 holds for the first weights and for states near zero. Training moves the weights, and the factors 1
# − h² depend on the states, so that the product of many steps soon shrinks or grows again. (½ point) And a state in
# which nothing fades cannot make room: the network must learn what to keep and what to forget, and one fixed matrix
# cannot choose by input. That choice is what gates are for. (½ point)
