# %% [markdown]
# ## 9 · PyTorch's autograd
#
# A PyTorch tensor with `requires_grad=True` is such a value: its `grad_fn` keeps parents and local gradient, and
# `loss.backward()` walks the graph backwards and *adds* each gradient to the tensor's `.grad`.
#
# Three things to keep in mind. Gradients are added, not replaced, so they must be set to zero (or `None`,
# as they are before the first `backward`) between steps. The update itself must not be recorded: it
# belongs inside `with torch.no_grad():`. And it must happen in place, so that the tensor stays the one
# that is being tracked.

# %% given="autograd_example"
t = torch.tensor(1.0, requires_grad=True)
(t**3).backward()
print("slope of t³ at 1:", t.grad.item())
(t**3).backward()
print("after a second backward:", t.grad.item())

# %% [markdown]
# ### Exercise 11 · A step with autograd (2 points · 10 min · ●●○)
#
# Write `autograd_step`. `params` holds tensors with `requires_grad=True`; `loss_fn(params, x, y)` gives
# the loss. Change the values in `params` by one SGD step, and return the loss *before* the step as a
# Python float. Called repeatedly, it must take the same steps as your `sgd_step` does with the gradients at
# each point.
#
# <details><summary>Hint 1: the idea</summary>Loss, backward, update, zero. Which of the four belong
# inside <code>no_grad</code>?</details>
# <details><summary>Hint 2: the formula</summary>θ ← θ − η · θ.grad, then θ.grad ← 0 (or None).</details>
# <details><summary>Hint 3: the line</summary><code>value -= lr * value.grad</code> changes the tensor in
# place, also inside a loop over <code>params.values()</code>.</details>


# %% solution="autograd_step"
def autograd_step(
    loss_fn, params: dict[str, torch.Tensor], x: torch.Tensor, y: torch.Tensor, lr: float
) -> float:
    """One SGD step with gradients from autograd; changes params in place.

    Args:
        loss_fn: maps (params, x, y) to the mean loss, a tensor without dimensions.
        params: tensors that require gradients.
        x: inputs, (B, d_in).
        y: labels, (B,).
        lr: learning rate.

    Returns:
        The loss before the step.
    """
    ### BEGIN SOLUTION
    loss = loss_fn(params, x, y)
    loss.backward()
    with torch.no_grad():
        for value in params.values():
            value -= lr * value.grad
            value.grad = None
    return loss.item()
    ### END SOLUTION


# %% data="line_problem"
# Data · A line and its steps by formula, for the checks
def line_loss(p: dict, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """Mean squared error of a straight line, a problem small enough to follow."""
    return ((x @ p["w"] + p["c"] - y) ** 2).mean()


def line_start() -> dict[str, torch.Tensor]:
    w, c = torch.tensor([1.0, -1.0, 0.5]), torch.tensor(0.5)
    return {"w": w.requires_grad_(), "c": c.requires_grad_()}


def line_steps(n: int, lr: float, *, accumulate: bool = False) -> dict[str, torch.Tensor]:
    """The parameters after n steps, computed from the formula for the gradient."""
    w, c = (value.detach() for value in line_start().values())
    sum_w, sum_c = torch.zeros(3), torch.tensor(0.0)
    for _ in range(n):
        error = line_x @ w + c - line_y
        sum_w = 2 * error @ line_x / len(line_y) + (sum_w if accumulate else 0)
        sum_c = 2 * error.mean() + (sum_c if accumulate else 0)
        w, c = w - lr * sum_w, c - lr * sum_c
    return {"w": w, "c": c}


line_x, line_y = checks.normal(8, 3, seed=20), checks.normal(8, seed=21)

# %% check="autograd_step_once" points=1
mine = line_start()
before = line_loss(mine, line_x, line_y).item()
loss = checks.run(autograd_step, line_loss, mine, line_x, line_y, 0.1, may_change=True)
after = line_loss(mine, line_x, line_y).item()
slips = {
    "the parameters did not change: update them in place, with -=.": line_steps(0, 0.1),
    "the step goes up the slope: subtract the gradient.": line_steps(1, -0.1),
    "the learning rate is not used.": line_steps(1, 1.0),
    "you divide by the batch size; the loss is a mean already.": line_steps(1, 0.1 / 8),
}
checks.tensors("after one step,", mine, line_steps(1, 0.1), slips=slips)
for name, value in mine.items():
    checks.that(
        value.requires_grad and value.is_leaf,
        f"{name} lost its requires_grad: update it in place, with -=.",
    )
checks.close("the returned loss", loss, before, slips={"that is the loss after the step.": after})
checks.number("the returned loss", loss)
checks.passed("one step equals the formula")

# %% check="autograd_step_again" points=1
mine = line_start()
for _ in range(4):
    checks.run(autograd_step, line_loss, mine, line_x, line_y, 0.1, may_change=True)
slips = {
    "gradients pile up from step to step: set .grad to zero or None each time.": line_steps(
        4, 0.1, accumulate=True
    )
}
checks.tensors("after four steps,", mine, line_steps(4, 0.1), slips=slips)
### BEGIN HIDDEN TESTS
mine = line_start()
for _ in range(9):
    checks.run(autograd_step, line_loss, mine, line_x, line_y, 0.03, may_change=True)
checks.tensors("after nine steps,", mine, line_steps(9, 0.03))
### END HIDDEN TESTS
checks.passed("four steps in a row: gradients do not pile up")

# %% [markdown]
# **Experiment.** What happens if gradients are *not* set to zero? The cell trains the digit network
# twice, on the same mini-batches, with your functions. The second time, gradients pile up as they do in a
# `.grad` that nobody zeroes.

# %% experiment="accumulation_experiment"
# Experiment · Training with and without zeroed gradients
history, lengths = {"zeroed": [], "never zeroed": []}, {}
for name, losses in history.items():
    params = init_params(64, 64, 10, torch.Generator().manual_seed(0))
    total = {key: torch.zeros_like(value) for key, value in params.items()}
    order = torch.Generator().manual_seed(1)
    for _ in range(scaled(full=200, smoke=10)):
        batch = torch.randperm(len(digits_x), generator=order)[:32]
        grads = gradients(params, digits_x[batch], digits_y[batch])
        total = {key: total[key] + grads[key] for key in total} if name == "never zeroed" else grads
        params = sgd_step(params, total, 0.2)
        losses.append(cross_entropy(forward(params, digits_x)[0], digits_y).item())
    lengths[name] = 0.2 * math.sqrt(sum((value**2).sum().item() for value in total.values()))
print(
    "length of the last step:",
    ", ".join(f"{name} {length:.2f}" for name, length in lengths.items()),
)

# %% figure="accumulation_curves"
# Figure · Loss with and without zeroed gradients
fig, ax = plt.subplots(figsize=(6, 3.4))
title = "With and without zeroing the gradients"
plots.curves(ax, history, title=title, xlabel="step", ylabel="training loss")
ax.set_yscale("log")
plots.show(
    fig,
    alt="Two loss curves on a logarithmic axis. With zeroed gradients the loss falls. Without, it falls faster "
    "for some 30 steps, then climbs in swings, to ten times its first value.",
    caption="Without zeroing, the loss first falls faster; then it climbs, in swings.",
)

# %% [markdown]
# ### Question 2 · What if gradients are not zeroed? (1 point · 5 min · ●○○)
#
# Answer in two or three sentences: *why does the loss fall faster at first, and climb later, when
# gradients are not zeroed?* The length of the last step, printed above, is a clue: what has been added up
# in it? And which $\beta$ would make momentum do the same?

# %% [markdown] manual="what_if_not_zeroed" points=1
# Each step uses the sum of all gradients since the beginning instead of the present one. At first they all point much
# the same way, so the steps are longer and the loss falls faster. (½ point) But the sum never forgets: it keeps
# pushing in directions that are long out of date, and the noise of every mini-batch stays in it. The steps do not get
# shorter near a minimum; they get longer, the parameters overshoot, and the loss climbs. (¼ point) It is momentum
# with β = 1, which never forgets. (¼ point)
