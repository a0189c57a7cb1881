# %% [markdown]
# ## 6 · Learning
#
# Gradient descent moves every parameter a little against its gradient:
# $\theta \leftarrow \theta - \eta \, \partial L / \partial \theta$. *Stochastic* gradient descent does so
# for one mini-batch after the other. One pass over all samples, in random order, is an epoch. The last
# batch may be smaller than the others.

# %% [markdown]
# ### Exercise 6 · SGD and the training loop (3 points · 15 min · ●●○)
#
# Write `sgd_step`, which returns *new* parameters and leaves the old ones as they are. Then write
# `train_epoch`: it visits every sample once, in a random order drawn from `generator`, in batches of
# `batch_size`, takes one step per batch, and returns the parameters after the last step.
#
# `gradients(params, x, y)` computes the gradients of one batch. It is given, and calls your `forward` and
# `backward`.
#
# <details><summary>Hint 1: the idea</summary>Shuffle the indices once, cut them into batches, and index x
# and y with the same batch of indices.</details>
# <details><summary>Hint 2: the formula</summary>With n samples and batch size b there are ⌈n / b⌉ steps,
# each from the parameters that the step before returned.</details>
# <details><summary>Hint 3: the
# line</summary><code>torch.randperm(len(x), generator=generator).split(batch_size)</code> gives the
# batches of indices.</details>


# %% solution="sgd_step"
def sgd_step(
    params: dict[str, torch.Tensor], grads: dict[str, torch.Tensor], lr: float
) -> dict[str, torch.Tensor]:
    """One step of gradient descent with learning rate lr; returns new tensors."""
    ### BEGIN SOLUTION
    return {name: value - lr * grads[name] for name, value in params.items()}
    ### END SOLUTION


# %% check="sgd_step_direction" points=1
old = {"W": torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]), "b": torch.tensor([-1.0, 1.0])}
slope = {"W": torch.tensor([[0.5, 0.0, -1.0], [2.0, 1.0, 0.25]]), "b": torch.tensor([4.0, -2.0])}
new = checks.run(sgd_step, old, slope, 0.1)
slips = {
    "the step goes up the slope: subtract the gradient.": {n: old[n] + 0.1 * slope[n] for n in old},
    "the learning rate is not used.": {n: old[n] - slope[n] for n in old},
    "you return only the step; subtract it from the parameter.": {n: 0.1 * slope[n] for n in old},
    "you return the parameters as they were.": old,
    "you divide by the learning rate.": {n: old[n] - slope[n] / 0.1 for n in old},
}
right = {"W": torch.tensor([[0.95, 2.0, 3.1], [3.8, 4.9, 5.975]]), "b": torch.tensor([-1.4, 1.2])}
checks.tensors("after one step,", new, right, slips=slips)
### BEGIN HIDDEN TESTS
one = {"only": checks.normal(2, 5, seed=3)}
checks.tensors(
    "after one step,",
    checks.run(sgd_step, one, {"only": torch.ones(2, 5)}, 0.3),
    {"only": one["only"] - 0.3},
)
### END HIDDEN TESTS
checks.passed("one step against the gradient, and the old parameters are untouched")


# %% given="gradients"
def gradients(
    params: dict[str, torch.Tensor], x: torch.Tensor, y: torch.Tensor
) -> dict[str, torch.Tensor]:
    """Gradients of the mean loss of one batch for every parameter, from your forward and backward."""
    probs, h = forward(params, x)
    grads = backward(params, x, y, probs, h)
    return {name: grads[name] for name in params}


# %% solution="train_epoch"
def train_epoch(
    params: dict[str, torch.Tensor],
    x: torch.Tensor,
    y: torch.Tensor,
    gradients,
    lr: float,
    batch_size: int,
    generator: torch.Generator,
) -> dict[str, torch.Tensor]:
    """One pass over the data in shuffled mini-batches.

    Args:
        params: parameters before the epoch; left unchanged.
        x: all inputs, (N, d_in).
        y: all labels, (N,).
        gradients: maps (params, x, y) of a batch to gradients.
        lr: learning rate.
        batch_size: samples per step; the last batch may be smaller.
        generator: decides the order of the samples.

    Returns:
        The parameters after the last step.
    """
    ### BEGIN SOLUTION
    for batch in torch.randperm(len(x), generator=generator).split(batch_size):
        params = sgd_step(params, gradients(params, x[batch], y[batch]), lr)
    return params
    ### END SOLUTION


# %% data="recorder"
# Data · A stand-in for gradients that notes its batches
class Recorder:
    """Stands in for `gradients`: notes which batches come, and always answers with a gradient of 1."""

    def __init__(self) -> None:
        self.weights, self.x, self.y = [], [], []

    def __call__(self, params: dict, x: torch.Tensor, y: torch.Tensor) -> dict:
        self.weights.append(params["w"].item())
        self.x.append(x.flatten().tolist())
        self.y.append(y.tolist())
        return {"w": torch.ones(1)}


# %% check="train_epoch_batches" points=1
recorder, source = Recorder(), torch.Generator().manual_seed(0)
x, y = torch.arange(23.0)[:, None], torch.arange(23)
checks.run(train_epoch, {"w": torch.zeros(1)}, x, y, recorder, 0.1, 5, source)
order = [int(i) for batch in recorder.x for i in batch]
sizes = [len(batch) for batch in recorder.x]
checks.that(
    recorder.x == recorder.y, "samples and labels are mixed up: index x and y with the same batch."
)
checks.that(
    len(order) != 20,
    "the last, smaller batch is dropped: 23 samples in batches of 5 make 5 batches.",
)
checks.that(
    sorted(order) == list(range(23)),
    f"an epoch visits every sample once; yours visits {len(order)} of 23, "
    f"{len(set(order))} different ones.",
)
checks.that(
    sorted(sizes) == [3, 5, 5, 5, 5], f"expected batches of 5, 5, 5, 5 and 3 samples, got {sizes}."
)
checks.that(order != sorted(order), "the samples come in their original order: shuffle them.")
checks.run(train_epoch, {"w": torch.zeros(1)}, x, y, recorder, 0.1, 5, source)
second = [int(i) for batch in recorder.x[5:] for i in batch]
checks.that(
    second != order, "both epochs have the same order: draw it anew, from the given generator."
)
again = Recorder()
checks.run(
    train_epoch, {"w": torch.zeros(1)}, x, y, again, 0.1, 5, torch.Generator().manual_seed(0)
)
checks.that(
    again.x == recorder.x[:5],
    "the same seed gives another order: pass generator=generator to randperm.",
)
checks.passed("every sample once, shuffled, with its own label")

# %% check="train_epoch_steps" points=1
recorder, x, y = Recorder(), torch.arange(23.0)[:, None], torch.arange(23)
start = {"w": torch.tensor([2.0])}
end = checks.run(train_epoch, start, x, y, recorder, 0.1, 5, torch.Generator().manual_seed(1))
checks.that(isinstance(end, dict), "train_epoch returns the parameters after the last step.")
one = {"w": torch.ones(1)}
path = [start]  # with your sgd_step, whatever it does: its mistakes are not paid for twice
for _ in range(5):
    path.append(checks.run(sgd_step, path[-1], one, 0.1))
steps = torch.tensor([point["w"].item() for point in path])
slips = {
    "the parameters come back as they were: keep what sgd_step returns.": {"w": start["w"]},
    "only one of the five steps counts: start each from what the step before returned.": path[1],
}
checks.tensors("after five steps of 0.1,", end, path[5], slips=slips)
cause = "every step starts from the first parameters: pass the latest ones to gradients."
slips = {cause: torch.full((5,), 2.0)}
checks.close("the parameters at each step", torch.tensor(recorder.weights), steps[:5], slips=slips)
### BEGIN HIDDEN TESTS
recorder = Recorder()
end = checks.run(
    train_epoch, start, x[:12], y[:12], recorder, 0.25, 4, torch.Generator().manual_seed(2)
)
path = [start]
for _ in range(3):
    path.append(checks.run(sgd_step, path[-1], one, 0.25))
checks.tensors("after three steps of 0.25,", end, path[3])
checks.that(len(recorder.x) == 3, "12 samples in batches of 4 make 3 batches, not more.")
### END HIDDEN TESTS
checks.passed("one step per batch, each from the latest parameters")

# %% [markdown]
# **Experiment.** Two rings that no straight line can separate. Watch the boundary while the network
# learns.


# %% figure="circles_picture"
# Figure · How the decision boundary is drawn
def draw_circles(params: dict[str, torch.Tensor], epoch: int, picture) -> None:
    """Replaces a picture with the decision boundary of these parameters."""
    fig, ax = plt.subplots(figsize=(4.6, 4.2))
    x, y = circles_x[circles_train], circles_y[circles_train]
    title = f"Decision boundary, epoch {epoch}"
    plots.decision_boundary(ax, lambda p: forward(params, p)[0][:, 1], x, y, title=title)
    plots.show(
        fig,
        alt="Two rings of points, one inside the other. The background shows the probability of the inner ring; a "
        "closed black line around the inner ring is the boundary.",
        caption="On the black line both classes are equally likely. Step by step it closes around the inner ring.",
        handle=picture,
    )


# %% experiment="circles"
# Experiment · Your network learns to tell two circles apart
points, ring = make_circles(400, noise=0.1, factor=0.4, random_state=0)
circles_x, circles_y = torch.tensor(points), torch.tensor(ring)
circles_train, circles_test = slice(0, 300), slice(300, 400)
params = init_params(2, 16, 2, torch.Generator().manual_seed(0))
order = torch.Generator().manual_seed(1)
picture = plots.placeholder()
for epoch in range(1, scaled(full=60, smoke=3) + 1):
    x, y = circles_x[circles_train], circles_y[circles_train]
    params = train_epoch(params, x, y, gradients, 0.5, 16, order)
    if epoch == 1 or epoch % 10 == 0:
        draw_circles(params, epoch, picture)
circles_test_accuracy = accuracy(
    forward(params, circles_x[circles_test])[0], circles_y[circles_test]
)
print(f"test accuracy on circles: {circles_test_accuracy:.3f}")

# %% [markdown]
# Now real input: 1,347 handwritten digits to learn from, 450 others to be tested on. The same functions,
# another size.

# %% experiment="digits"
# Experiment · Your network learns to read digits
first_params = digits_params = init_params(64, 64, 10, torch.Generator().manual_seed(0))
order = torch.Generator().manual_seed(1)
digits_history = {"training loss": [], "test loss": []}
for _ in range(scaled(full=40, smoke=2)):
    digits_params = train_epoch(digits_params, digits_x, digits_y, gradients, 0.2, 32, order)
    digits_history["training loss"].append(
        cross_entropy(forward(digits_params, digits_x)[0], digits_y).item()
    )
    digits_history["test loss"].append(
        cross_entropy(forward(digits_params, digits_x_test)[0], digits_y_test).item()
    )
digits_probs, _ = forward(digits_params, digits_x_test)
digits_test_accuracy = accuracy(digits_probs, digits_y_test)
print(f"test accuracy on digits: {digits_test_accuracy:.4f}")

# %% figure="digits_curves"
# Figure · Training and test loss on digits
fig, ax = plt.subplots(figsize=(6, 3.4))
plots.curves(
    ax, digits_history, title="Learning to read digits", xlabel="epoch", ylabel="cross-entropy"
)
ax.set_yscale("log")
plots.show(
    fig,
    alt="Training and test loss against epochs, logarithmic. Both fall quickly; the training loss goes on falling "
    "while the test loss levels off.",
    caption="Soon only the training loss still falls: the network learns its samples by heart. The spikes are epochs "
    "that end worse than they began.",
)

# %% figure="digits_mistakes"
# Figure · Digits that the network misreads
wrong = (digits_probs.argmax(dim=1) != digits_y_test).nonzero().flatten()
fig, axes = plt.subplots(1, 8, figsize=(10, 1.9))
for ax in axes:
    ax.axis("off")
for ax, i in zip(axes, wrong.tolist(), strict=False):
    ax.imshow(digits_x_test[i].reshape(8, 8), cmap="gray_r")
    ax.set_title(f"is {digits_y_test[i]}, read {digits_probs[i].argmax()}", fontsize=9)
fig.suptitle(
    f"The network misreads {len(wrong)} of {len(digits_y_test)} test digits; the first of them",
    y=1.08,
)
plots.show(
    fig,
    alt="Up to eight small gray images of digits, each with its true class and the class that the network read.",
    caption="Would you have read all of them?",
)

# %% [markdown]
# What has it learned? A row of `W1` has 64 entries, one for each pixel: it is a picture of what its hidden unit
# looks for.

# %% figure="weights"
# Figure · Rows of W1 as pictures, before and after training
learned = digits_params["W1"] - first_params["W1"]
most = learned.norm(dim=1).argsort(descending=True)[:10]  # the units that changed most
rows = {"before": first_params["W1"], "after": digits_params["W1"], "change": learned}
fig, axes = plt.subplots(3, 10, figsize=(9, 3.2))
for row, (name, weights) in zip(axes, rows.items(), strict=True):
    for ax, unit in zip(row, most, strict=True):
        ax.imshow(weights[unit].reshape(8, 8), cmap="PuOr", vmin=-0.6, vmax=0.6)
        ax.set(xticks=[], yticks=[])
    row[0].set_ylabel(name)
fig.suptitle("The ten rows of W1 that changed most, as images of 8 × 8 pixels")
plots.show(
    fig,
    alt="Three rows of ten small images with positive and negative weights in two colors. Before training: speckles. "
    "After: the speckles are still there, with patches over them. The change alone: patches and strokes.",
    caption="Before plus change is after. The noise of the start stays; what was learned lies on top of it.",
)
