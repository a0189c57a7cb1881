# %% [markdown]
# ## 4 · The backward pass
#
# Now the chain rule, from the loss back to the parameters. It goes one operation at a time. We write `d W2` for
# $\partial L / \partial W_2$, the gradient of the loss with respect to `W2`; it has the shape of `W2`.
#
# Suppose that `d logits` is known. What is `d W2`? Write one entry with its indices, sample $b$, class $k$, hidden
# unit $j$:
#
# $$\text{logits}_{bk} = \sum_j h_{bj} \, W_{2,kj} + b_{2,k}$$
#
# Where does $W_{2,kj}$ occur? In logit $k$ of every sample $b$, with the factor $h_{bj}$. Add up all these places:
#
# $$\frac{\partial L}{\partial W_{2,kj}} = \sum_b \frac{\partial L}{\partial \text{logits}_{bk}} \, h_{bj}$$

# %% [markdown]
# A sum over $b$ of column $k$ of `d logits` times column $j$ of `h` is a matrix product:
# `d W2 = dlogits.T @ h`, of shape `(n_classes, B)` times `(B, d_hidden)`. Every other gradient is found the same way:
#
# 1. Write one entry of the result with its indices.
# 2. Where does the entry that you ask about occur, and with which factor?
# 3. Add up the places; read off the product, and check its shape.
#
# The chain begins at `d logits`. For one sample with true class $t$ the loss is
# $-\log p_t = -l_t + \log \sum_j e^{l_j}$. What is its derivative with respect to $l_k$?

# %% [markdown]
# ![The tiny network as a graph. Values flow to the right, from x over z, h and logits to the loss 1.02; gradients
# flow back along dashed arrows, d logits −0.64 and 0.64, and each parameter has a gradient of its own
# shape.](figures/computation_graph.svg)
#
# *Forward, solid: each tensor with its value. Backward, dashed: the gradient of the loss with respect to it.
# Cover the lower half and compute it with a pencil: first `d logits`, then one entry of each other.*

# %% [markdown]
# ### Exercise 4 · The backward pass (4 points · 30 min · ●●●)
#
# Write `backward`, without autograd and for the whole batch at once. It returns a dict with the gradient of the mean
# loss for every tensor on the way, `logits`, `h`, `z`, and for every parameter, `W1`, `b1`, `W2`, `b2`. Each has the
# shape of what it belongs to. `W2` is derived above; derive the other six, with a pencil first. Leave the inputs as
# they are.
#
# The checks follow the chain, and judge each step from what *you* found before it. The first one that fails is where
# the mistake is. Their referee is PyTorch's autograd; you build such a machine in section 8.
#
# <details><summary>Hint 1: the idea</summary>The order is logits; W2, b2 and h; z; W1 and b1. An entry of h occurs
# in every logit of its own sample. An entry of b2 occurs in every sample, with the factor 1.</details>
# <details><summary>Hint 2: the formula</summary>The derivative of log Σ exp(l<sub>j</sub>) with respect to
# l<sub>k</sub> is p<sub>k</sub>. A sample weighs 1/B, because the loss is a mean. The slope of tanh is 1 − h², entry
# by entry.</details>
# <details><summary>Hint 3: the line</summary><code>F.one_hot(y, probs.shape[1])</code> holds a 1 at each true class,
# and <code>dz = dh * (1 - h**2)</code>.</details>


# %% solution="backward"
def backward(
    params: dict[str, torch.Tensor],
    x: torch.Tensor,
    y: torch.Tensor,
    probs: torch.Tensor,
    h: torch.Tensor,
) -> dict[str, torch.Tensor]:
    """Gradients of the mean cross-entropy, for every tensor between the input and the loss.

    Args:
        params: W1, b1, W2, b2.
        x: inputs, (B, d_in).
        y: true classes, (B,).
        probs: what forward returned, (B, n_classes).
        h: what forward returned, (B, d_hidden).

    Returns:
        logits (B, n_classes), h and z (B, d_hidden), and W1, b1, W2, b2 with the shapes of the parameters.
    """
    ### BEGIN SOLUTION
    dlogits = (probs - F.one_hot(y, probs.shape[1])) / len(x)  # (B, n_classes)
    dh = dlogits @ params["W2"]  # (B, d_hidden)
    dz = dh * (1 - h**2)  # (B, d_hidden)
    return {
        "logits": dlogits,
        "h": dh,
        "z": dz,
        "W1": dz.T @ x,
        "b1": dz.sum(dim=0),
        "W2": dlogits.T @ h,
        "b2": dlogits.sum(dim=0),
    }
    ### END SOLUTION


# %% data="one_step"
# Data · PyTorch's gradients through one operation, for the checks
def one_step(operation, upstream: torch.Tensor, **inputs: torch.Tensor) -> dict:
    """From the gradient of an operation's result to the gradients of its inputs, by PyTorch."""
    leaves = {name: value.detach().clone().requires_grad_() for name, value in inputs.items()}
    grads = torch.autograd.grad(operation(*leaves.values()), list(leaves.values()), upstream)
    return dict(zip(leaves, grads, strict=True))


def found(grads: dict, name: str, like: torch.Tensor) -> torch.Tensor:
    """An earlier gradient of the student's own, from which the next step is judged."""
    known = isinstance(grads, dict) and isinstance(grads.get(name), torch.Tensor)
    usable = known and grads[name].shape == like.shape and bool(grads[name].any())
    checks.that(
        usable, f"the gradient of {name} is missing, empty or of another shape: it comes first."
    )
    return grads[name]


# %% data="random_network"
# Data · A network and a batch for the checks
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


def backward_case(samples: int, d_in: int, d_hidden: int, n_classes: int, seed: int) -> dict:
    """What backward is called with, by name, for a random network and batch."""
    net, x = (
        random_network(d_in, d_hidden, n_classes, seed),
        checks.normal(samples, d_in, seed=seed + 9),
    )
    h = torch.tanh(F.linear(x, net["W1"], net["b1"]))
    probs = torch.softmax(F.linear(h, net["W2"], net["b2"]), dim=1)
    return {
        "params": net,
        "x": x,
        "y": torch.arange(samples) * 2 % n_classes,
        "probs": probs,
        "h": h,
    }


seven = backward_case(7, 6, 5, 4, seed=200)
seven["y"] = torch.tensor([0, 3, 1, 1, 2, 3, 0])

# %% check="backward_logits" points=1
h = torch.tensor([[0.2449187, 0.4621172, 0.6351490]])
p = torch.tensor([[0.3602151, 0.6397849]])
grads = checks.run(backward, tiny, tiny_x, tiny_y, p, h)
right = torch.tensor([[-0.6397849, 0.6397849]])
slips = {
    "the sign is flipped: more probability for the true class must lower the loss.": -right,
    "the term of the true class, −l_t, is missing.": p,
    "you divide by the number of classes, not by the batch size.": right / 2,
    "F.one_hot needs the number of classes: F.one_hot(y, probs.shape[1]).": p - 1,
    "the slope of softmax is contained in this already; do not multiply by it again.": (
        right * p * p.flip(1)
    ),
}
slips = {cause: {"logits": wrong} for cause, wrong in slips.items()}
checks.tensors("the gradient of", grads, {"logits": right}, slips=slips)


def loss_of(y: torch.Tensor):
    return lambda logits: F.cross_entropy(logits, y)


right = one_step(loss_of(seven["y"]), torch.tensor(1.0), logits=seven["probs"].log())
slips = {
    "you sum over the batch; the loss is a mean: divide by the batch size.": 7 * right["logits"],
    "you divide by the batch size twice.": right["logits"] / 7,
}
slips = {cause: {"logits": wrong} for cause, wrong in slips.items()}
checks.tensors("the gradient of", checks.run(backward, **seven), right, slips=slips)
### BEGIN HIDDEN TESTS
for case in (backward_case(9, 3, 8, 5, seed=300), backward_case(1, 4, 2, 6, seed=310)):
    right = one_step(loss_of(case["y"]), torch.tensor(1.0), logits=case["probs"].log())
    checks.tensors("the gradient of", checks.run(backward, **case), right)
### END HIDDEN TESTS
checks.passed("d logits, for one sample by hand and for a batch of seven")

# %% check="backward_output_layer" points=1
grads, net, h = checks.run(backward, **seven), seven["params"], seven["h"]
upstream = found(grads, "logits", seven["probs"])
right = one_step(F.linear, upstream, h=h, W2=net["W2"], b2=net["b2"])
at_output = one_step(F.linear, upstream, h=1 - h**2, W2=net["W2"], b2=net["b2"])
slips = {
    "b2 is averaged over the batch once more: sum the rows.": {
        "W2": right["W2"],
        "b2": right["b2"] / 7,
    },
    "divided by the batch size twice.": {"W2": right["W2"] / 7},
    "W2 needs the hidden activations h, not the slope of tanh.": {"W2": at_output["W2"]},
}
expected = {name: right[name] for name in ("W2", "b2")}
checks.tensors("from your d logits, the gradient of", grads, expected, slips=slips)
### BEGIN HIDDEN TESTS
for case in (backward_case(9, 3, 8, 5, seed=320), backward_case(1, 4, 2, 6, seed=330)):
    grads, net = checks.run(backward, **case), case["params"]
    upstream = found(grads, "logits", case["probs"])
    right = one_step(F.linear, upstream, h=case["h"], W2=net["W2"], b2=net["b2"])
    expected = {name: right[name] for name in ("W2", "b2")}
    checks.tensors("from your d logits, the gradient of", grads, expected)
### END HIDDEN TESTS
checks.passed("d W2 and d b2, from your d logits")

# %% check="backward_activations" points=1
grads, net, h = checks.run(backward, **seven), seven["params"], seven["h"]
upstream = found(grads, "logits", seven["probs"])
right = one_step(F.linear, upstream, h=h, W2=net["W2"], b2=net["b2"])
checks.tensors("from your d logits, the gradient of", grads, {"h": right["h"]})
upstream = grads["h"]
right = one_step(torch.tanh, upstream, z=torch.atanh(h))
slips = {
    "the slope of tanh is missing.": upstream,
    "the slope of tanh is 1 − h², not 1 − h.": upstream * (1 - h),
    "the slope of tanh is 1 − h², not h(1 − h), which is the sigmoid's.": upstream * (h - h**2),
    "the slope of tanh is 1 − tanh(z)², and h is tanh(z) already.": (
        one_step(torch.tanh, upstream, z=h)["z"]
    ),
    "divided by the batch size twice.": right["z"] / 7,
}
slips = {cause: {"z": wrong} for cause, wrong in slips.items()}
checks.tensors("from your d h, the gradient of", grads, right, slips=slips)
### BEGIN HIDDEN TESTS
for case in (backward_case(9, 3, 8, 5, seed=340), backward_case(1, 4, 2, 6, seed=350)):
    grads, net, h = checks.run(backward, **case), case["params"], case["h"]
    upstream = found(grads, "logits", case["probs"])
    right = one_step(F.linear, upstream, h=h, W2=net["W2"], b2=net["b2"])
    checks.tensors("from your d logits, the gradient of", grads, {"h": right["h"]})
    right = one_step(torch.tanh, grads["h"], z=torch.atanh(h))
    checks.tensors("from your d h, the gradient of", grads, right)
### END HIDDEN TESTS
checks.passed("d h and d z: through the second layer, and through tanh")

# %% check="backward_first_layer" points=1
grads, net, x = checks.run(backward, **seven), seven["params"], seven["x"]
right = one_step(F.linear, found(grads, "z", seven["h"]), x=x, W1=net["W1"], b1=net["b1"])
expected = {name: right[name] for name in ("W1", "b1")}
slips = {
    "b1 is averaged over the batch once more: sum the rows.": expected | {"b1": right["b1"] / 7},
    "divided by the batch size twice.": {"W1": right["W1"] / 7},
}
checks.tensors("from your d z, the gradient of", grads, expected, slips=slips)
### BEGIN HIDDEN TESTS
for case in (backward_case(9, 3, 8, 5, seed=360), backward_case(1, 4, 2, 6, seed=370)):
    grads, net, x = checks.run(backward, **case), case["params"], case["x"]
    right = one_step(F.linear, found(grads, "z", case["h"]), x=x, W1=net["W1"], b1=net["b1"])
    expected = {name: right[name] for name in ("W1", "b1")}
    checks.tensors("from your d z, the gradient of", grads, expected)
### END HIDDEN TESTS
checks.passed("d W1 and d b1, from your d z")

# %% [markdown]
# **Experiment.** The norm of your gradient for batches of different sizes, and what it would be if you
# summed over the batch.

# %% experiment="batch_size_experiment"
# Experiment · The gradient's length with and without the mean
params = init_params(64, 64, 10, torch.Generator().manual_seed(0))
for B in (1, 8, 64, 512):
    x, y = digits_x[:B], digits_y[:B]
    grads = backward(params, x, y, *forward(params, x))
    norm = torch.cat([grads[name].flatten() for name in params]).norm().item()
    print(f"B = {B:>3}   mean over the batch: {norm:.3f}   sum over the batch: {B * norm:.3f}")

# %% [markdown]
# ### Question 1 · Why divide by B? (1 point · 5 min · ●○○)
#
# The sum grows with the batch. The mean does not; it even shrinks, because averaging more samples removes
# noise. Answer in the cell below, in two or three sentences: *why do we divide by B?* What would you have
# to change each time you change the batch size, if we did not?

# %% [markdown] manual="why_divide_by_batch_size" points=1
# The sum grows with the number of samples, so a step of the same learning rate would grow with it: doubling the batch
# would double the step. (½ point) The mean is an estimate of the same quantity, the gradient over all data, whatever
# the batch size; a larger batch only makes it less noisy. Without the division the learning rate would have to be
# divided by B each time the batch size changes. (½ point)
