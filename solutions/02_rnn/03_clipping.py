# %% [markdown]
# ## 3 · Clipping
#
# Against exploding gradients there is a simple remedy. Put all gradients into one long vector. If its norm
# is above a limit, scale the whole vector down to that limit. The direction stays as it was.
#
# By hand: two parameters with gradients $(1, 2)$ and $(2, 4)$. The norm of all four numbers is
# $\sqrt{25} = 5$. With the limit 2 they become $(0.4, 0.8)$ and $(0.8, 1.6)$. To clip each tensor alone
# would give $(0.89, 1.79)$ twice: another direction.

# %% [markdown]
# ### Exercise 4 · Clip by the global norm (3 points · 10 min · ●●○)
#
# Write `clip_gradients`. It scales the `.grad` of the parameters so that the norm of all of them together
# is at most `max_norm`, and returns that norm *before* clipping, as a Python float.
# Gradients below the limit stay exactly as they are. A parameter whose `.grad` is None is skipped.
# `parameters` may be a generator, as `model.parameters()` is: it can be walked through only once, so make a list first.
#
# Write it from sums and products. PyTorch's one line for it, `nn.utils.clip_grad_norm_`, comes afterwards.
#
# <details><summary>Hint 1: the idea</summary>One norm and one factor for all parameters.</details>
# <details><summary>Hint 2: the formula</summary>total = √(sum of the squares of all entries of all
# gradients); factor = max_norm / total, if total is above max_norm.</details>
# <details><summary>Hint 3: the line</summary><code>g.mul_(max_norm / total)</code> scales in
# place.</details>


# %% solution="clip_gradients"
def clip_gradients(parameters: Iterable[torch.Tensor], max_norm: float) -> float:
    """Scales gradients so that their common norm is at most max_norm (Pascanu et al., 2013).

    Args:
        parameters: tensors; those without a gradient are skipped.
        max_norm: the limit.

    Returns:
        The norm of all gradients together, before clipping.
    """
    ### BEGIN SOLUTION
    grads = [p.grad for p in parameters if p.grad is not None]
    total = math.sqrt(sum((g**2).sum().item() for g in grads))
    if total > max_norm:
        for g in grads:
            g.mul_(max_norm / total)
    return total
    ### END SOLUTION


# %% data="with_gradients"
# Data · Parameters with known gradients, for the checks
def with_gradients(*grads: torch.Tensor | None) -> list[torch.Tensor]:
    """Parameters with these gradients."""
    parameters = []
    for g in grads:
        p = torch.zeros(2, dtype=torch.float64) if g is None else torch.zeros_like(g)
        p.grad = None if g is None else g.clone()
        parameters.append(p)
    return parameters


# %% check="clip_direction" points=1
first, second = torch.tensor([1.0, 2.0]).double(), torch.tensor([2.0, 4.0]).double()
parameters = with_gradients(first, second)
checks.run(clip_gradients, parameters, 2.0)
whole = torch.cat([first, second])
alone = torch.cat([first, first]) * 2 / math.sqrt(5)
slips = {
    "each tensor is clipped alone; there is one norm for all of them.": alone,
    "nothing was clipped: the new values belong in p.grad.": whole,
    "the factor is max_norm / total, not 1 / total.": whole / 5,
    "you divide by the squared norm: take the square root.": whole * 2 / 25,
    "you divide by the sum of the norms; the norm of all is the root of the sum of squares.": (
        whole * 2 / (math.sqrt(5) + math.sqrt(20))
    ),
    "every entry is cut off at the limit; scale all by one factor.": whole.clamp(max=2),
}
got = torch.cat([p.grad for p in parameters])
name = "the gradients (1, 2) and (2, 4) after clipping at 2"
checks.close(name, got, whole * 2 / 5, rtol=1e-5, slips=slips)
### BEGIN HIDDEN TESTS
grads = [checks.normal(4, 3, seed=60), 5 * checks.normal(6, seed=61), checks.normal(2, 5, seed=62)]
mine, theirs = with_gradients(*grads), with_gradients(*grads)
checks.run(clip_gradients, mine, 2.5)
nn.utils.clip_grad_norm_(theirs, 2.5)
for p, q in zip(mine, theirs, strict=True):
    checks.close("the gradients after clipping at 2.5", p.grad, q.grad, rtol=1e-5)
### END HIDDEN TESTS
checks.passed("one factor for all gradients: the direction stays")

# %% check="clip_below" points=1
small = [0.1 * checks.normal(4, 3, seed=63), 0.1 * checks.normal(5, seed=64)]
parameters = with_gradients(*small)
checks.run(clip_gradients, parameters, 20.0)
for p, g in zip(parameters, small, strict=True):
    factor = (p.grad.norm() / g.norm()).item()
    checks.that(
        factor < 1.001,
        "gradients below the limit were scaled up: clip only when the norm is above the limit.",
    )
    checks.close("a gradient below the limit", p.grad, g, rtol=1e-12, atol=0)
checks.passed("gradients below the limit stay as they are")

# %% check="clip_returns" points=1
grads = [torch.tensor([[2.0, 3], [6, 0]]).double(), None, torch.tensor([24.0, 0]).double()]
parameters = with_gradients(*grads)
total = checks.run(clip_gradients, (p for p in parameters), 0.5)
checks.number("the norm", total)
slips = {
    "that is the norm after clipping; return the one before.": 0.5,
    "that is the square of the norm.": 25.0**2,
}
checks.close("the norm of (2, 3, 6, 0) and (24, 0)", total, 25.0, rtol=1e-5, slips=slips)
now = torch.cat([p.grad.flatten() for p in parameters if p.grad is not None])
clipped = torch.tensor([2.0, 3, 6, 0, 24, 0]).double() / 50
slips = {
    "nothing was clipped: a generator is used up after one loop; list(parameters) first.": 50
    * clipped
}
name = "clipped at 0.5, from a generator of parameters"
checks.close(name, now, clipped, rtol=1e-5, slips=slips)
checks.passed("returns the norm before clipping, and skips parameters without a gradient")

# %% [markdown]
# **Experiment.** The smallest recurrent network: $h_t = w\, h_{t-1}$, $h_0 = 1$, without inputs. After 50
# steps the state should be 0.5, so the best $w$ is $0.5^{1/50} \approx 0.986$. Training starts at
# $w = 1.05$. Three runs: a learning rate of 0.005 with and without clipping at 1, and a learning rate
# small enough to survive without clipping.

# %% experiment="cliff_experiment"
# Experiment · Three trainings on a cliff
cliff_weights = {}
for name, lr, limit in (("clipped", 5e-3, 1.0), ("small steps", 1e-6, None), ("plain", 5e-3, None)):
    w = torch.tensor(1.05, dtype=torch.float64, requires_grad=True)
    cliff_weights[name] = [w.item()]
    for _ in range(100):
        w.grad = None
        ((w**50 - 0.5) ** 2).backward()
        if limit is not None:
            clip_gradients([w], limit)
        with torch.no_grad():
            w -= lr * w.grad
        cliff_weights[name].append(w.item())

# %% figure="cliff_curves"
# Figure · The weight during training on a cliff
fig, ax = plt.subplots(figsize=(6.5, 3.4), layout="constrained")
words = {"title": "Training on a cliff", "xlabel": "step", "ylabel": "w"}
plots.curves(ax, cliff_weights, x=range(101), **words)
best_w = 0.5 ** (1 / 50)
ax.axhline(best_w, color="gray", linewidth=1)
ax.set_ylim(0.9, 1.1)
plots.show(
    fig,
    alt="The weight w over 100 steps. Clipped: it walks down to the gray line at 0.986 and zigzags around it. Small "
    "steps: it creeps down, slower and slower, and has not arrived. Plain: it leaves the picture at the first step.",
    caption="Gray: the best w. Without clipping the first step jumps out of the picture.",
)
print(f"best: w = {best_w:.4g}")
print(
    ", ".join(f"{name}: w = {values[1]:.4g} after 1 step" for name, values in cliff_weights.items())
)
print(
    ", ".join(f"{name}: w = {values[-1]:.4g} after 100" for name, values in cliff_weights.items())
)

# %% [markdown]
# **What you saw.** A cliff: on its edge the gradient is so steep that one plain step throws $w$ from 1.05
# to $-58.84$, and the next ones end in `nan`. Steps that are small enough for the cliff are too small for
# the flat ground below it. Clipping keeps the direction and bounds the step. But a vanished gradient it
# cannot bring back. For that the cell itself must change.
