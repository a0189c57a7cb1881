# %% [markdown]
# ## 4 · The backward pass
#
# Now the chain rule, from the loss back to the parameters. $Y$ holds the one-hot labels.
#
# 1. Softmax and cross-entropy together are simple:
#    $\Delta = \partial L / \partial\,\text{logits} = (P - Y) / B$. Each sample weighs $1/B$, because the
#    loss is a mean.
# 2. The logits are $H W_2^\top + b_2$, so $\partial L/\partial W_2 = \Delta^\top H$. The bias is added to
#    every row: its gradient is the sum of the rows of $\Delta$.
# 3. The same product, seen from $H$: $\partial L / \partial H = \Delta W_2$.
# 4. Through tanh, whose slope is $1 - h^2$, entry by entry:
#    $\partial L / \partial Z = (\Delta W_2) \odot (1 - H^2)$.
# 5. The first layer is step 2 again, with $\partial L/\partial Z$ for $\Delta$ and $X$ for $H$:
#    $\partial L/\partial W_1=(\partial L/\partial Z)^\top X$.

# %% [markdown]
# Where does step 1 come from? For one sample with true class $t$, the loss is
# $-l_t + \log \sum_j e^{l_j}$. Its derivative with respect to $l_k$ is $p_k$, minus 1 if $k = t$.
#
# The next cell prints every number of the tiny network. PyTorch computes the gradients here, as a
# referee; you will open that box in section 7. Take a pencil and compute at least `d logits` and the
# first entry of `d W2` from the numbers above them.

# %% figure="worked_example"
# Figure · Every value and gradient of the tiny network
z = F.linear(tiny_x, tiny["W1"], tiny["b1"]).requires_grad_()
h = torch.tanh(z)
h.retain_grad()
W2 = tiny["W2"].clone().requires_grad_()
logits = F.linear(h, W2, tiny["b2"])
logits.retain_grad()
loss = F.cross_entropy(logits, tiny_y)
loss.backward()
shown = {
    "x": tiny_x,
    "z": z,
    "h": h,
    "logits": logits,
    "probs": torch.softmax(logits, dim=1),
    "loss": loss,
}
shown |= {"d logits": logits.grad, "d W2": W2.grad, "d h": h.grad, "d z": z.grad}
for name, value in shown.items():
    print(f"{name:>8}  {[round(v, 4) for v in value.detach().flatten().tolist()]}")

# %% [markdown]
# ![The tiny network as a graph. Values flow to the right, from x over z, h and logits to the loss 1.02; gradients
# flow back along dashed arrows, d logits −0.64 and 0.64, and each parameter has a gradient of its own
# shape.](figures/computation_graph.svg)
#
# *Forward, solid: each tensor with its value. Backward, dashed: the gradient of the loss with respect to it.
# Cover the lower half and compute it.*

# %% [markdown]
# ### Exercise 4 · The backward pass (4 points · 25 min · ●●●)
#
# Write `backward`. It returns the gradient of the mean loss with respect to each parameter, in a dict with the same
# names; each gradient has the shape of its parameter. Do not use autograd.
#
# Work on the whole batch at once, without a Python loop, and leave the inputs as they are: `probs` is
# needed again afterwards.
#
# <details><summary>Hint 1: the idea</summary>Go through the five steps above, one line each. Write the
# shape of every tensor beside it.</details>
# <details><summary>Hint 2: the formula</summary>Δ is (B, n_classes) and H is (B, d_hidden), so Δᵀ H is
# (n_classes, d_hidden): the shape of W2. <code>F.one_hot(y, probs.shape[1])</code> is Y.</details>
# <details><summary>Hint 3: the
# line</summary><code>dz = (dlogits @ params["W2"]) * (1 - h**2)</code></details>


# %% solution="backward"
def backward(
    params: dict[str, torch.Tensor],
    x: torch.Tensor,
    y: torch.Tensor,
    probs: torch.Tensor,
    h: torch.Tensor,
) -> dict[str, torch.Tensor]:
    """Gradients of the mean cross-entropy with respect to every parameter.

    Args:
        params: W1, b1, W2, b2.
        x: inputs, (B, d_in).
        y: true classes, (B,).
        probs: what forward returned, (B, n_classes).
        h: what forward returned, (B, d_hidden).

    Returns:
        One gradient per parameter, of the parameter's shape.
    """
    ### BEGIN SOLUTION
    dlogits = (probs - F.one_hot(y, probs.shape[1])) / len(x)  # (B, n_classes)
    dz = (dlogits @ params["W2"]) * (1 - h**2)  # (B, d_hidden)
    return {
        "W1": dz.T @ x,
        "b1": dz.sum(dim=0),
        "W2": dlogits.T @ h,
        "b2": dlogits.sum(dim=0),
    }
    ### END SOLUTION


# %% data="referee"
# Data · PyTorch's gradients of the same network, for the checks
def referee(
    params: dict, x: torch.Tensor, y: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor, dict]:
    """PyTorch's probabilities, hidden activations and gradients for the same network."""
    own = {name: value.clone().requires_grad_() for name, value in params.items()}
    h = torch.tanh(F.linear(x, own["W1"], own["b1"]))
    logits = F.linear(h, own["W2"], own["b2"])
    grads = torch.autograd.grad(F.cross_entropy(logits, y), list(own.values()))
    return torch.softmax(logits, dim=1).detach(), h.detach(), dict(zip(own, grads, strict=True))


# %% data="random_network"
# Data · Parameters for the checks
def random_network(d_in: int, d_hidden: int, n_classes: int, seed: int) -> dict[str, torch.Tensor]:
    """Parameters for the checks: nothing in them is zero, and they do not depend on your init_params."""
    shapes = {
        "W1": (d_hidden, d_in),
        "b1": (d_hidden,),
        "W2": (n_classes, d_hidden),
        "b2": (n_classes,),
    }
    draws = enumerate(shapes.items())
    return {name: 0.5 * checks.normal(*shape, seed=seed + i) for i, (name, shape) in draws}


# %% check="backward_output_layer" points=1
probs, h, right = referee(tiny, tiny_x, tiny_y)
grads = checks.run(backward, tiny, tiny_x, tiny_y, probs, h)
p = probs[0]
wrong_delta = {
    "the sign is flipped: the error is probs minus one-hot.": torch.tensor([1 - p[0], -p[1]]),
    "the one-hot labels are not subtracted from probs.": p,
    "F.one_hot needs the number of classes: F.one_hot(y, probs.shape[1]).": p - 1,
    "softmax and cross-entropy together give probs − one-hot; do not multiply by p(1 − p) again.": (
        torch.tensor([p[0] - 1, p[1]]) * p * (1 - p)
    ),
}
slips = {cause: {"b2": delta, "W2": delta[:, None] * h} for cause, delta in wrong_delta.items()}
slips["W2 needs the hidden activations h, not z or the slope."] = {
    "b2": right["b2"],
    "W2": right["b2"][:, None] * (1 - h**2),
}
checks.tensors("the gradient of", grads, {"b2": right["b2"], "W2": right["W2"]}, slips=slips)
checks.passed("output layer: the gradients of W2 and b2 for one sample")

# %% check="backward_hidden_layer" points=1
probs, h, right = referee(tiny, tiny_x, tiny_y)
grads = checks.run(backward, tiny, tiny_x, tiny_y, probs, h)
through = right["b1"] / (1 - h[0] ** 2)  # before the slope of tanh
wrong_dz = {
    "the slope of tanh is missing: multiply by 1 − h².": through,
    "the slope of tanh is 1 − h², not 1 − h.": through * (1 - h[0]),
    "the slope of tanh is 1 − h², not h(1 − h), which is the sigmoid's.": through
    * h[0]
    * (1 - h[0]),
    "the slope of tanh is 1 − tanh(z)², and h is tanh(z) already.": through
    * (1 - torch.tanh(h[0]) ** 2),
}
slips = {cause: {"b1": dz, "W1": dz[:, None] * tiny_x} for cause, dz in wrong_dz.items()}
checks.tensors("the gradient of", grads, {"b1": right["b1"], "W1": right["W1"]}, slips=slips)
checks.passed("hidden layer: the gradients of W1 and b1 for one sample")

# %% check="backward_batch" points=2
batch = random_network(6, 5, 4, seed=200)
x, y = checks.normal(7, 6, seed=9), torch.tensor([0, 3, 1, 1, 2, 3, 0])
probs, h, right = referee(batch, x, y)
grads = checks.run(backward, batch, x, y, probs, h)
slips = {
    "you sum over the batch; the loss is a mean: divide by the batch size.": {
        name: 7 * value for name, value in right.items()
    },
    "you divide by the batch size twice.": {name: value / 7 for name, value in right.items()},
    "the gradient of W1 is divided by the batch size twice.": {
        "W1": right["W1"] / 7,
        "W2": right["W2"],
    },
    "the biases are averaged over the batch twice: sum their rows.": {
        "W1": right["W1"],
        "b1": right["b1"] / 7,
        "b2": right["b2"] / 7,
    },
    "you divide by the number of classes, not by the batch size.": {
        n: v * 7 / 4 for n, v in right.items()
    },
}
checks.tensors("the gradient of", grads, right, slips=slips)
### BEGIN HIDDEN TESTS
for seed, (samples, d_in, d_hidden, n_classes) in enumerate(
    [(9, 3, 8, 5), (1, 4, 2, 6), (33, 2, 7, 3)]
):
    other = random_network(d_in, d_hidden, n_classes, seed=300 + 10 * seed)
    x = checks.normal(samples, d_in, seed=seed)
    y = torch.randint(n_classes, (samples,), generator=torch.Generator().manual_seed(seed))
    probs, h, right = referee(other, x, y)
    checks.tensors("the gradient of", checks.run(backward, other, x, y, probs, h), right)
### END HIDDEN TESTS
checks.passed("a batch of seven: every gradient agrees with PyTorch's")

# %% [markdown]
# **Experiment.** The norm of your gradient for batches of different sizes, and what it would be if you
# summed over the batch.

# %% experiment="batch_size_experiment"
# Experiment · The gradient's length with and without the mean
params = init_params(64, 64, 10, torch.Generator().manual_seed(0))
for B in (1, 8, 64, 512):
    x, y = digits_x[:B], digits_y[:B]
    grads = backward(params, x, y, *forward(params, x))
    norm = torch.cat([g.flatten() for g in grads.values()]).norm().item()
    print(f"B = {B:>3}   mean over the batch: {norm:.3f}   sum over the batch: {B * norm:.3f}")

# %% [markdown]
# ### Question 1 · Why divide by B? (1 point · 5 min · ●○○)
#
# The sum grows with the batch. The mean does not; it even shrinks, because averaging more samples removes
# noise. Answer in the cell below, in two or three sentences: *why do we divide by B?* What would you have
# to change each time you change the batch size, if we did not?

# %% [markdown] manual="why_divide_by_batch_size" points=1
# The sum grows with the number of samples, so a step of the same learning rate would grow with it:
# doubling the batch would double the step. The mean is an estimate of the same quantity, the gradient
# over all data, whatever the batch size; a larger batch only makes it less noisy. Without the division
# the learning rate would have to be divided by B each time the batch size changes.
