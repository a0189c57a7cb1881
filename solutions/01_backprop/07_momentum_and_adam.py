# %% [markdown]
# ## 7 · Momentum and Adam
#
# Two small changes to the step give the optimizers that train nearly every network today. Both remember past
# gradients.
#
# *Momentum* adds the gradients up in a velocity $v$ that slowly forgets:
#
# $$v \leftarrow \beta v + g \qquad \theta \leftarrow \theta - \eta \, v$$
#
# Take $\beta = 0.9$ and a gradient that is always 1. Then $v$ is 1, 1.9, 2.71, … and approaches
# $1/(1 - \beta) = 10$. Gradients that agree make the step up to ten times longer; those that change sign from step to
# step cancel.

# %% [markdown]
# ### Exercise 7 · Momentum (1 point · 6 min · ●○○)
#
# Write `momentum_step`. It returns new parameters and the new velocity, two dicts with the names of `params`, and
# leaves the old ones as they are. The velocity begins with zeros.
#
# <details><summary>Hint 1: the idea</summary>First the new velocity, for every name; then a step with it in place of
# the gradient.</details>
# <details><summary>Hint 2: the formula</summary>v ← βv + g, then θ ← θ − ηv, with the new v.</details>
# <details><summary>Hint 3: the line</summary><code>velocity = {name: beta * velocity[name] + grads[name] for name in
# params}</code></details>


# %% solution="momentum_step"
def momentum_step(
    params: dict[str, torch.Tensor],
    grads: dict[str, torch.Tensor],
    velocity: dict[str, torch.Tensor],
    lr: float,
    beta: float = 0.9,
) -> tuple[dict[str, torch.Tensor], dict[str, torch.Tensor]]:
    """One step of gradient descent with momentum; returns new parameters and the new velocity."""
    ### BEGIN SOLUTION
    velocity = {name: beta * velocity[name] + grads[name] for name in params}
    return {name: params[name] - lr * velocity[name] for name in params}, velocity
    ### END SOLUTION


# %% data="torch_steps"
# Data · Steps of PyTorch's optimizers, for the checks
def torch_steps(make_optimizer, start: dict, slopes: list[dict]) -> dict:
    """Parameters after one step of an optimizer for each of the gradients."""
    own = {name: value.clone().requires_grad_() for name, value in start.items()}
    optimizer = make_optimizer(list(own.values()))
    for grads in slopes:
        for name, value in own.items():
            value.grad = grads[name].clone()
        optimizer.step()
    return {name: value.detach() for name, value in own.items()}


def zeros_like(params: dict) -> dict:
    return {name: torch.zeros_like(value) for name, value in params.items()}


origin = {"W": checks.normal(2, 3, seed=60), "b": checks.normal(3, seed=61)}
slopes = [{n: checks.normal(*v.shape, seed=62 + t) for n, v in origin.items()} for t in range(5)]

# %% check="momentum_step_value" points=1
old, grads, velocity = ({"w": torch.tensor([value])} for value in (1.0, 1.0, 2.0))
result = checks.run(momentum_step, old, grads, velocity, 0.1)
new, faster = checks.unpack("momentum_step", result, "params", "velocity")
slips = {
    "the new velocity is β times the old one, plus the whole gradient.": {"w": torch.tensor([1.9])},
    "β stands before the gradient; it belongs before the old velocity.": {"w": torch.tensor([2.9])},
    "nothing is forgotten: β is missing.": {"w": torch.tensor([3.0])},
    "the learning rate belongs to the step, not into the velocity.": {"w": torch.tensor([1.9])},
    "the gradient is subtracted from the velocity; add it.": {"w": torch.tensor([0.8])},
}
checks.tensors("the velocity of", faster, {"w": torch.tensor([2.8])}, slips=slips)
slips = {
    "the step goes up the slope: subtract.": {"w": torch.tensor([1.28])},
    "the step uses the old velocity.": {"w": torch.tensor([0.8])},
    "the step uses the gradient; use the new velocity.": {"w": torch.tensor([0.9])},
}
checks.tensors("after one step,", new, {"w": torch.tensor([0.72])}, slips=slips)
mine, velocity = origin, zeros_like(origin)
for grads in slopes:
    mine, velocity = checks.run(momentum_step, mine, grads, velocity, 0.1)
reference = torch_steps(lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9), origin, slopes)
checks.tensors("after five steps,", mine, reference)
### BEGIN HIDDEN TESTS
mine, velocity = origin, zeros_like(origin)
for grads in slopes:
    mine, velocity = checks.run(momentum_step, mine, grads, velocity, 0.3, beta=0.5)
reference = torch_steps(lambda p: torch.optim.SGD(p, lr=0.3, momentum=0.5), origin, slopes)
checks.tensors("after five steps with another β,", mine, reference)
### END HIDDEN TESTS
checks.passed("momentum: the steps of torch.optim.SGD(momentum=0.9)")

# %% [markdown]
# *Adam* also keeps a running mean of the squared gradients, for each entry of each parameter, and divides by its
# root:
#
# $$m \leftarrow \beta_1 m + (1 - \beta_1)\, g \qquad s \leftarrow \beta_2 s + (1 - \beta_2)\, g^2$$
#
# Both means begin at 0, so they are too small at first: after $t$ steps they lack the factor $1 - \beta^t$. Divide by
# it, the *bias correction*, and step:
#
# $$\hat m = \frac{m}{1 - \beta_1^t} \qquad \hat s = \frac{s}{1 - \beta_2^t} \qquad
# \theta \leftarrow \theta - \eta \, \frac{\hat m}{\sqrt{\hat s} + \varepsilon}$$
#
# At the first step $\hat m = g$ and $\hat s = g^2$: every entry moves by $\eta$, whether its gradient is 100 or 0.01.

# %% [markdown]
# ### Exercise 8 · Adam (2 points · 12 min · ●●○)
#
# Write `adam_step`, the formulas above. It returns new parameters, the new mean `mean` and the new mean square
# `square`: three dicts with the names of `params`. The means that come and go are *not* corrected; $\hat m$ and
# $\hat s$ live for one step only. `t` counts the steps, 1 at the first.
#
# <details><summary>Hint 1: the idea</summary>Three dicts, one after the other: mean, square, then the
# parameters.</details>
# <details><summary>Hint 2: the formula</summary>θ − η · (m / (1 − β₁ᵗ)) / (√(s / (1 − β₂ᵗ)) + ε): the correction of s
# stands inside the root, ε outside.</details>
# <details><summary>Hint 3: the line</summary><code>root = (square[name] / (1 - betas[1] ** t)).sqrt()</code></details>


# %% solution="adam_step"
def adam_step(
    params: dict[str, torch.Tensor],
    grads: dict[str, torch.Tensor],
    mean: dict[str, torch.Tensor],
    square: dict[str, torch.Tensor],
    t: int,
    lr: float,
    betas: tuple[float, float] = (0.9, 0.999),
    eps: float = 1e-8,
) -> tuple[dict[str, torch.Tensor], dict[str, torch.Tensor], dict[str, torch.Tensor]]:
    """The t-th step of Adam, t = 1, 2, …; returns new parameters, mean and square (Kingma and Ba, 2015)."""
    ### BEGIN SOLUTION
    first, second = betas
    mean = {n: first * mean[n] + (1 - first) * grads[n] for n in params}
    square = {n: second * square[n] + (1 - second) * grads[n] ** 2 for n in params}
    new = {}
    for n in params:
        root = (square[n] / (1 - second**t)).sqrt()
        new[n] = params[n] - lr * mean[n] / (1 - first**t) / (root + eps)
    return new, mean, square
    ### END SOLUTION


# %% check="adam_step_first" points=1
old = {"w": torch.tensor([1.0, 1.0, 1.0])}
grads = {"w": torch.tensor([100.0, -1.0, 0.1])}
result = checks.run(adam_step, old, grads, zeros_like(old), zeros_like(old), 1, 0.1)
new, mean, square = checks.unpack("adam_step", result, "params", "mean", "square")
with checks.hint(
    "The mean is 0.9 times the old one plus 0.1 times the gradient, and not corrected."
):
    checks.tensors("the mean of", mean, {"w": torch.tensor([10.0, -0.1, 0.01])})
with checks.hint("The square is 0.999 times the old one plus 0.001 times the squared gradient."):
    checks.tensors("the square of", square, {"w": torch.tensor([10.0, 0.001, 1e-5])}, atol=1e-12)
toward = torch.tensor([-1.0, 1.0, -1.0])
slips = {
    "the step goes up the slope: subtract.": -0.1,
    "the bias correction is missing.": 0.31622777,
    "only the mean is corrected; correct the square, too.": 3.1622777,
    "only the square is corrected; correct the mean, too.": 0.01,
    "the correction of the square stands outside the root.": 0.0031622777,
}
slips = {cause: {"w": 1 + size * toward} for cause, size in slips.items()}
slips["divide by the root of the square, not by the square."] = {
    "w": torch.tensor([0.999, 1.1, 1e-6])
}
slips["divide by the root of the mean square; yours is not divided."] = {
    "w": torch.tensor([-9.0, 1.1, 0.99])
}
right = {"w": 1 + 0.1 * toward}
checks.tensors("after one step,", new, right, rtol=1e-5, slips=slips)
checks.passed("the first step of Adam: 0.1 for each entry, whatever the size of its gradient")


# %% check="adam_step_again" points=1
def my_steps(grads: list[dict], **settings) -> dict:
    params, mean, square = origin, zeros_like(origin), zeros_like(origin)
    for t, now in enumerate(grads, 1):
        result = checks.run(adam_step, params, now, mean, square, t, 0.1, **settings)
        params, mean, square = checks.unpack("adam_step", result, "params", "mean", "square")
    return params


def five_steps(grads: list[dict], **settings) -> dict:
    return torch_steps(lambda p: torch.optim.Adam(p, lr=0.1, **settings), origin, grads)


slips = {
    "the two β are mixed up: the first is for the mean.": five_steps(slopes, betas=(0.999, 0.9)),
    "both means use the same β.": five_steps(slopes, betas=(0.9, 0.9)),
}
checks.tensors("after five steps,", my_steps(slopes), five_steps(slopes), slips=slips)
tiny_slopes = [{n: 1e-7 * g for n, g in grads.items()} for grads in slopes]
with checks.hint("The gradients are tiny here, and ε counts: it is added after the root is taken."):
    checks.tensors("after five steps,", my_steps(tiny_slopes), five_steps(tiny_slopes))
### BEGIN HIDDEN TESTS
other = {"betas": (0.5, 0.7), "eps": 0.1}
mine = my_steps(slopes, **other)
checks.tensors("after five steps with other settings,", mine, five_steps(slopes, **other))
### END HIDDEN TESTS
checks.passed("five steps of Adam: those of torch.optim.Adam")

# %% [markdown]
# **Experiment.** Which of the three is best? To be fair, each gets the same 300 steps, the same batches and starts, and
# the best of five learning rates; and there are three seeds. There are two tasks: the digits, and the digits with every
# pixel multiplied by a factor of its own, between 0.01 and 1. Write down what you expect.


# %% experiment="optimizers"
# Experiment · Three optimizers, five rates, three seeds, two tasks
def final_loss(kind: str, lr: float, seed: int, x: torch.Tensor) -> float:
    """The training loss on the digits after 300 steps of one optimizer."""
    params = init_params(64, 64, 10, torch.Generator().manual_seed(seed))
    order = torch.Generator().manual_seed(100 + seed)
    velocity = mean = square = zeros_like(params)
    for t in range(1, scaled(full=300, smoke=2) + 1):
        batch = torch.randperm(len(x), generator=order)[:32]
        grads = gradients(params, x[batch], digits_y[batch])
        if kind == "SGD":
            params = sgd_step(params, grads, lr)
        elif kind == "momentum":
            params, velocity = momentum_step(params, grads, velocity, lr)
        else:
            params, mean, square = adam_step(params, grads, mean, square, t, lr)
    return cross_entropy(forward(params, x)[0], digits_y).item()


factors = 10 ** (-2 * torch.rand(64, generator=torch.Generator().manual_seed(0)))
tasks = {"digits": digits_x, "digits, uneven pixels": digits_x * factors}
rates = {
    "SGD": (0.03, 0.1, 0.3, 1.0, 3.0),
    "momentum": (0.01, 0.03, 0.1, 0.3, 1.0),
    "Adam": (0.001, 0.003, 0.01, 0.03, 0.1),
}
final = {}  # task, optimizer → (rates, seeds)
for task, x in tasks.items():
    for kind, tried in rates.items():
        losses = [[final_loss(kind, lr, seed, x) for seed in range(3)] for lr in tried]
        final[task, kind] = torch.tensor(losses)
        best = int(final[task, kind].mean(dim=1).argmin())
        shown = ", ".join(f"{value:.3f}" for value in losses[best])
        print(f"{task:<22} {kind:<9} best rate {tried[best]:<5}  loss of three seeds: {shown}")

# %% figure="optimizer_curves"
# Figure · Loss after 300 steps against the learning rate
fig, axes = plt.subplots(1, 2, figsize=(10, 3.6), sharey=True)
for ax, task in zip(axes, tasks, strict=True):
    for kind, color, marker in zip(rates, plots.COLORS, "os^", strict=False):
        losses = final[task, kind]
        ax.plot(rates[kind], losses.mean(dim=1), color=color)
        ax.plot([], [], f"{marker}-", color=color, label=kind)  # for the legend
        for one_seed in losses.T:
            ax.plot(rates[kind], one_seed, marker, color=color, markersize=4)
    ax.set(title=task, xlabel="learning rate", xscale="log", yscale="log")
axes[0].set_ylabel("training loss after 300 steps")
axes[0].legend()
plots.show(
    fig,
    alt="Two panels, loss against learning rate, both logarithmic, one curve for each optimizer, each shaped like a "
    "valley. Left, on the digits, the three valleys are equally deep. Right, with uneven pixels, Adam's is deepest.",
    caption="Each point is one seed, each line the mean of three. Compare how deep the valleys are, and where.",
)

# %% [markdown]
# **What you saw.** On the digits it hardly matters: each optimizer, at its best rate, ends near the same loss.
# Momentum gets there with a tenth of SGD's rate, because its steps add up to ten times the length. With uneven
# pixels Adam ends lowest for all three seeds. Weights of faint pixels get small gradients; one rate for all is too
# small for them or too large for the others, and Adam divides the size away.
#
# From Lab 02 on you train with *AdamW* ([Loshchilov and Hutter, 2019](https://arxiv.org/abs/1711.05101)): Adam that
# also shrinks the weights a little at each step, *weight decay*. Two more boxes are opened later: *clipping* (Lab 02)
# shortens a gradient that is far too long, and *warm-up* (Lab 05) lets the rate rise slowly at the start, when Adam's
# means rest on few gradients.
