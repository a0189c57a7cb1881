# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Lab 01 · Backpropagation by hand
#
# You build a neural network from nothing but tensor products. You follow the chain rule through it, write
# its gradients in code, and check them against measured slopes. Then you hand the work over to PyTorch, one piece
# at a time, and check at the end that every version takes exactly the same steps.
#
# | | |
# |---|---|
# | **You need** | Python, matrix products, the chain rule |
# | **Time** | 120 minutes; the whole notebook runs in about half a minute on two CPU cores, no GPU needed |
# | **Worth** | **26 points**: 24 graded by checks, 2 by a person |
# | **Data** | handwritten digits and circles that come with scikit-learn, no download |
#
# Run the cells in order. After each exercise a check tells you what is right and what is not.
#
# COLAB_BADGE

# %% setup="setup"

# %% given="imports"
import math

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from sklearn.datasets import load_digits, make_circles
from sklearn.model_selection import train_test_split
from torch import nn

from utils import checks, plots
from utils.report import report
from utils.settings import scaled

torch.set_default_dtype(torch.float64)  # this lab compares gradients to ten digits

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

# %% given="scale_experiment"
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

# %% [markdown]
# ## 2 · The forward pass
#
# Here is a network with 2 inputs, 3 hidden units and 2 classes that you can compute by hand. For
# $x = (1, 2)$ the first hidden unit receives $0.5 \cdot 1 - 0.25 \cdot 2 + 0.25 = 0.25$.

# %% given="tiny_network"
tiny = {
    "W1": torch.tensor([[0.5, -0.25], [-0.5, 0.75], [1.0, -0.5]]),
    "b1": torch.tensor([0.25, -0.5, 0.75]),
    "W2": torch.tensor([[1.0, -1.0, 0.5], [-0.5, 1.0, 1.0]]),
    "b2": torch.tensor([0.1, -0.2]),
}
tiny_x = torch.tensor([[1.0, 2.0]])
tiny_y = torch.tensor([0])
first = tiny["W1"][0, 0] * 1 + tiny["W1"][0, 1] * 2 + tiny["b1"][0]
print(f"z of the first hidden unit: {first:.4f}, h = tanh(z): {math.tanh(first):.4f}")

# %% [markdown]
# Softmax turns logits into probabilities: $p_k = e^{l_k} / \sum_j e^{l_j}$. Adding the same number $c$ to
# every logit of a row changes nothing, because $e^c$ cancels. This matters: $e^{710}$ is already more
# than a float64 can hold. Subtract the largest logit of each row first, and no exponent is above 0.

# %% [markdown]
# ### Exercise 2 · Softmax and forward pass (4 points · 12 min · ●○○)
#
# Write `softmax` for logits of shape `(B, n_classes)`: every row of the result sums to 1, also for logits
# as large as 10,000. Then write `forward`. It returns the probabilities `(B, n_classes)` and the hidden
# activations `h` `(B, d_hidden)`, which the backward pass will need.
#
# Write softmax with `exp`, `sum` and `max`, so that you see what it does.
#
# <details><summary>Hint 1: the idea</summary>Which dimension holds the classes? That one is summed over,
# and it is kept, with size 1, so that the division broadcasts.</details>
# <details><summary>Hint 2: the formula</summary>softmax(l) = exp(l − m) / sum(exp(l − m)), where m is the
# largest logit of the row.</details>
# <details><summary>Hint 3: the line</summary><code>logits.max(dim=1, keepdim=True).values</code> is m,
# and <code>x @ params["W1"].T + params["b1"]</code> is Z.</details>


# %% solution="softmax"
def softmax(logits: torch.Tensor) -> torch.Tensor:
    """Turns each row of logits into probabilities.

    Args:
        logits: (B, n_classes), of any size.

    Returns:
        (B, n_classes), rows sum to 1.
    """
    ### BEGIN SOLUTION
    exp = torch.exp(logits - logits.max(dim=1, keepdim=True).values)
    return exp / exp.sum(dim=1, keepdim=True)
    ### END SOLUTION


# %% check="softmax_rows" points=1
logits = checks.normal(4, 3, seed=1)
probs = checks.run(softmax, logits)
checks.shape("softmax(logits)", probs, batch=4, classes=3)
checks.finite("softmax(logits)", probs, "a division by zero, or the log of a negative number.")
checks.that((probs >= 0).all(), "probabilities cannot be negative: did you forget exp?")
columns = torch.allclose(probs.sum(dim=0), torch.ones(3))
checks.that(
    not columns, "the columns sum to 1, not the rows: softmax runs over the classes, dim=1."
)
checks.close(
    "the sum of all probabilities",
    probs.sum(),
    4.0,
    slips={"you divide by the sum over all rows.": 1.0},
)
checks.close("the sum of each row", probs.sum(dim=1), torch.ones(4))
ratio = probs[:, 0] / probs[:, 1]
checks.close("p₀ / p₁, which is exp(l₀ − l₁)", ratio, torch.exp(logits[:, 0] - logits[:, 1]))
### BEGIN HIDDEN TESTS
logits = checks.normal(6, 9, seed=10)
checks.close("softmax of other logits", checks.run(softmax, logits), torch.softmax(logits, dim=1))
### END HIDDEN TESTS
checks.passed("softmax: rows sum to 1, in the right proportions")

# %% check="softmax_large" points=1
large = checks.run(softmax, torch.tensor([[10_000.0, 9_999.0], [-10_000.0, -9_999.0]]))
cause = "exp overflows, or a whole row underflows to 0: subtract the largest logit of each row."
checks.finite("softmax of logits near 10,000", large, cause)
expected = torch.tensor([[0.731059, 0.268941], [0.268941, 0.731059]])
checks.close("softmax of logits near 10,000 and −10,000", large, expected, rtol=1e-5)
### BEGIN HIDDEN TESTS
logits = 50 * checks.normal(6, 9, seed=11)
logits[0] += 5000
probs = checks.run(softmax, logits)
checks.finite(
    "softmax of rows of very different size",
    probs,
    "the largest logit of each row is subtracted, not of all.",
)
checks.close("softmax of larger logits", probs, torch.softmax(logits, dim=1))
### END HIDDEN TESTS
checks.passed("softmax: large logits survive")


# %% solution="forward"
def forward(params: dict[str, torch.Tensor], x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Computes class probabilities.

    Args:
        params: W1 (d_hidden, d_in), b1 (d_hidden,), W2 (n_classes, d_hidden), b2 (n_classes,).
        x: (B, d_in).

    Returns:
        probs (B, n_classes) and the hidden activations h (B, d_hidden).
    """
    ### BEGIN SOLUTION
    h = torch.tanh(x @ params["W1"].T + params["b1"])  # (B, d_hidden)
    logits = h @ params["W2"].T + params["b2"]  # (B, n_classes)
    return softmax(logits), h
    ### END SOLUTION


# %% check="forward_hidden" points=1
probs, h = checks.unpack("forward", checks.run(forward, tiny, tiny_x), "probs", "h")
checks.that(
    tuple(h.shape) != (1, 2) or tuple(probs.shape) != (1, 3),
    "the order is probs, h; yours is h, probs.",
)
checks.shape("h", h, batch=1, d_hidden=3)
z = torch.tensor([[0.25, 0.5, 0.75]])
no_bias = z - tiny["b1"]
slips = {
    "tanh is missing, or another function stands in its place.": z,
    "b1 is not added.": torch.tanh(no_bias),
    "the hidden activation is tanh, not the sigmoid.": torch.sigmoid(z),
    "b1 is added after tanh.": torch.tanh(no_bias) + tiny["b1"],
    "b1 is subtracted.": torch.tanh(no_bias - tiny["b1"]),
}
checks.close(
    "h for x = (1, 2)", h, torch.tensor([[0.2449187, 0.4621172, 0.6351490]]), rtol=1e-5, slips=slips
)
### BEGIN HIDDEN TESTS
layer = nn.Linear(6, 4)
wide = {
    "W1": layer.weight.detach(),
    "b1": layer.bias.detach(),
    "W2": checks.normal(3, 4, seed=5),
    "b2": torch.ones(3),
}
x = checks.normal(5, 6, seed=6)
probs, h = checks.unpack("forward", checks.run(forward, wide, x), "probs", "h")
checks.close("h for other sizes", h, torch.tanh(layer(x)))
### END HIDDEN TESTS
checks.passed("hidden activations as computed by hand")

# %% check="forward_probs" points=1
probs, h = checks.unpack("forward", checks.run(forward, tiny, tiny_x), "probs", "h")
checks.shape("probs", probs, batch=1, classes=2)
slips = {
    "these are the logits: apply softmax.": torch.tensor([[0.2003760, 0.7748068]]),
    "b2 is not added.": torch.tensor([[0.2943332, 0.7056668]]),
}
checks.close(
    "probs for x = (1, 2)", probs, torch.tensor([[0.3602151, 0.6397849]]), rtol=1e-5, slips=slips
)
x = checks.normal(5, 2, seed=3)
probs, h = checks.run(forward, tiny, x)
checks.shape("probs", probs, batch=5, classes=2)
alone = torch.cat([checks.run(forward, tiny, row[None])[0] for row in x])
checks.close("probs of five samples together, and one by one", probs, alone)
### BEGIN HIDDEN TESTS
first, second = nn.Linear(6, 4), nn.Linear(4, 3)
wide = {"W1": first.weight.detach(), "b1": first.bias.detach()}
wide |= {"W2": 9 * second.weight.detach(), "b2": 900 + second.bias.detach()}
x = checks.normal(5, 6, seed=6)
probs, h = checks.run(forward, wide, x)
checks.finite(
    "probs for large logits",
    probs,
    "forward should call your softmax, which survives large logits.",
)
reference = torch.softmax(torch.tanh(first(x)) @ wide["W2"].T + wide["b2"], dim=1)
checks.close("probs for other sizes", probs, reference)
### END HIDDEN TESTS
checks.passed("probabilities as computed by hand, for one sample and for five")

# %% [markdown]
# **Experiment.** Where does the textbook formula, without the subtraction, break?

# %% given="overflow_experiment"
for size in (1.0, 100.0, 700.0, 710.0):
    logits = torch.tensor([[size, 0.0]])
    naive = torch.exp(logits) / torch.exp(logits).sum()
    print(f"logits ({size:g}, 0)   naive {naive[0].tolist()}   yours {softmax(logits)[0].tolist()}")

# %% [markdown]
# **What you saw.** From 710 on the naive formula gives `nan` for the first class: infinity divided by
# infinity. In float16, which GPUs like, the limit is already near 11.

# %% [markdown]
# ## 3 · Loss and accuracy
#
# The model gives the true class of sample $i$ the probability $p_i$. The cross-entropy is the mean of
# $-\log p_i$ over the batch. A model that knows nothing gives each of $K$ classes $1/K$, so its loss is
# $\log K$.
#
# Labels are class numbers, not one-hot rows: `y = tensor([0, 2])` says that sample 0 is of class 0 and
# sample 1 of class 2.

# %% [markdown]
# ### Exercise 3 · Cross-entropy and accuracy (3 points · 10 min · ●○○)
#
# Write `cross_entropy`, the mean of $-\log p_i$, as a tensor without dimensions. Then write `accuracy`, the share of
# samples whose most probable class is the true one, as a Python float.
#
# A probability can round to exactly 0, and $-\log 0$ is infinite. Never let a probability below
# `torch.finfo(probs.dtype).tiny` into the logarithm.
#
# <details><summary>Hint 1: the idea</summary>Pick one probability per row: the one of the true
# class.</details>
# <details><summary>Hint 2: the formula</summary>loss = −(1/B) Σ log P[i, y[i]]. Indexing with two integer
# tensors of length B picks B entries.</details>
# <details><summary>Hint 3: the line</summary><code>probs[torch.arange(len(y)), y]</code>, then
# <code>clamp</code>, <code>log</code>, <code>mean</code>. For accuracy:
# <code>probs.argmax(dim=1) == y</code>.</details>


# %% solution="cross_entropy"
def cross_entropy(probs: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """Mean of −log of the probability of the true class.

    Args:
        probs: (B, n_classes).
        y: true classes, (B,).

    Returns:
        A tensor without dimensions; never infinite.
    """
    ### BEGIN SOLUTION
    of_true_class = probs[torch.arange(len(y)), y]  # (B,)
    return -of_true_class.clamp(min=torch.finfo(probs.dtype).tiny).log().mean()
    ### END SOLUTION


# %% check="cross_entropy_value" points=1
probs = torch.tensor([[0.5, 0.3, 0.2], [0.1, 0.1, 0.8], [0.25, 0.7, 0.05], [0.4, 0.35, 0.25]])
y = torch.tensor([0, 2, 0, 1])
loss = checks.run(cross_entropy, probs, y)
checks.shape("the loss", loss)
right = -(math.log(0.5) + math.log(0.8) + math.log(0.25) + math.log(0.35)) / 4
slips = {
    "you sum over the batch; take the mean.": 4 * right,
    "the minus sign is missing.": -right,
    "the logarithm is missing.": torch.tensor((0.5 + 0.8 + 0.25 + 0.35) / 4),
    "the logarithm is missing and the sign is flipped.": -torch.tensor(
        (0.5 + 0.8 + 0.25 + 0.35) / 4
    ),
    "take the logarithm first, then the mean.": -torch.tensor((0.5 + 0.8 + 0.25 + 0.35) / 4).log(),
    "probs[:, y] picks a whole matrix; pick one entry per row.": -probs[:, y].log().mean(),
    "you average over all classes; pick the true class of each row.": -probs.log().mean(),
    "you divide by the number of classes; divide by the batch size.": 4 * right / 3,
    "you divide by the number of entries; divide by the batch size.": right / 3,
    "you used the logarithm to base 2; use the natural one.": right / math.log(2),
    "you used the most probable class; use the true one.": -probs.max(dim=1).values.log().mean(),
}
slips = {cause: torch.as_tensor(value) for cause, value in slips.items()}
checks.close("the loss", loss, right, slips=slips)
### BEGIN HIDDEN TESTS
probs = torch.softmax(checks.normal(7, 5, seed=4), dim=1)
y = torch.tensor([4, 0, 3, 3, 1, 2, 4])
checks.close(
    "the loss of another batch", checks.run(cross_entropy, probs, y), F.nll_loss(probs.log(), y)
)
### END HIDDEN TESTS
checks.passed("cross-entropy is the mean of −log p over the batch")

# %% check="cross_entropy_finite" points=1
sure_and_wrong = torch.tensor([[1.0, 0.0], [0.0, 1.0], [0.5, 0.5]])
loss = checks.run(cross_entropy, sure_and_wrong, torch.tensor([1, 1, 0]))
checks.shape("the loss", loss)
checks.finite(
    "the loss of a probability of 0", loss, "log(0): clamp the probabilities from below first."
)
expected = (-math.log(torch.finfo(torch.float64).tiny) + math.log(2)) / 3
checks.that(
    loss > 0.999 * expected,
    f"the loss of a probability of 0 is {loss:.4g} here; clamping at torch.finfo(probs.dtype).tiny "
    f"gives {expected:.4g}.",
)
checks.close("the loss of a probability of 0", loss, expected, rtol=1e-6)
### BEGIN HIDDEN TESTS
loss = checks.run(cross_entropy, sure_and_wrong.float(), torch.tensor([1, 1, 0]))
checks.finite("the loss in float32", loss, "tiny differs by dtype: ask torch.finfo(probs.dtype).")
### END HIDDEN TESTS
checks.passed("a probability of exactly 0 gives a large loss, not an infinite one")


# %% solution="accuracy"
def accuracy(probs: torch.Tensor, y: torch.Tensor) -> float:
    """Share of samples whose most probable class is the true one, between 0 and 1.

    Args:
        probs: (B, n_classes).
        y: true classes, (B,).
    """
    ### BEGIN SOLUTION
    return (probs.argmax(dim=1) == y).double().mean().item()
    ### END SOLUTION


# %% check="accuracy_value" points=1
probs = torch.tensor([[0.5, 0.3, 0.2], [0.1, 0.1, 0.8], [0.25, 0.7, 0.05], [0.4, 0.35, 0.25]])
y = torch.tensor([0, 2, 0, 1])
share = checks.run(accuracy, probs, y)
checks.number("the accuracy", share)
slips = {
    "that is a count; divide by the batch size.": 2.0,
    "that is a percentage; return a share between 0 and 1.": 50.0,
}
checks.close("the accuracy", share, 0.5, slips=slips)
three = checks.run(accuracy, probs, torch.tensor([0, 2, 1, 1]))
slips = {"that is the share of errors.": 0.25}
checks.close("the accuracy of three right of four", three, 0.75, slips=slips)
### BEGIN HIDDEN TESTS
probs = torch.softmax(checks.normal(9, 4, seed=8), dim=1)
best = probs.argmax(dim=1)
checks.close("the accuracy when all are right", checks.run(accuracy, probs, best), 1.0)
checks.close("the accuracy when all are wrong", checks.run(accuracy, probs, (best + 1) % 4), 0.0)
### END HIDDEN TESTS
checks.passed("accuracy is the share of right answers")

# %% [markdown]
# **Experiment.** Before any training, what does the loss of a ten-class problem have to be? Write your
# guess down, then run the cell.

# %% given="data"
digits = load_digits()  # 1,797 images of 8 × 8 pixels, values 0 to 16
pixels = torch.tensor(digits.data / 8 - 1)  # (1797, 64), from −1 (white) to 1 (black)
labels = torch.tensor(digits.target)
split = train_test_split(pixels, labels, test_size=0.25, random_state=0, stratify=labels)
digits_x, digits_x_test, digits_y, digits_y_test = split
params = init_params(64, 64, 10, torch.Generator().manual_seed(0))
probs, _ = forward(params, digits_x)
print(f"training samples {len(digits_x)}, test samples {len(digits_x_test)}")
print(f"loss {cross_entropy(probs, digits_y):.4f}, log(10) = {math.log(10):.4f}")
print(f"accuracy {accuracy(probs, digits_y):.3f}")

# %% [markdown]
# **What you saw.** Both are near what guessing gives. The loss is a little above $\log 10$, because the
# first logits are random and not all equal. Look at this number first whenever you train a classifier: if
# it is far off, something is wrong before the first step.

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

# %% given="worked_example"
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


# %% given="referee"
def referee(
    params: dict, x: torch.Tensor, y: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor, dict]:
    """PyTorch's probabilities, hidden activations and gradients for the same network."""
    own = {name: value.clone().requires_grad_() for name, value in params.items()}
    h = torch.tanh(F.linear(x, own["W1"], own["b1"]))
    logits = F.linear(h, own["W2"], own["b2"])
    grads = torch.autograd.grad(F.cross_entropy(logits, y), list(own.values()))
    return torch.softmax(logits, dim=1).detach(), h.detach(), dict(zip(own, grads, strict=True))


# %% given="random_network"
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

# %% given="batch_size_experiment"
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
# ### Exercise 5 · Numerical gradient (2 points · 15 min · ●●○)
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


exact = {"a": 6 * point["a"] ** 2, "b": (point["a"] ** 3).sum()[None]}
eps = 0.01
central = {"a": exact["a"] + 2 * eps**2, "b": exact["b"]}
slips = {
    "this is the one-sided difference; move to both sides.": {
        "a": exact["a"] + 6 * point["a"] * eps + 2 * eps**2
    },
    "this is the one-sided difference, to the left; move to both sides.": {
        "a": exact["a"] - 6 * point["a"] * eps + 2 * eps**2
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


*_, right = referee(batch, x, y)
grads = checks.run(numerical_gradient, network_loss, batch)
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

# %% given="gradient_check_experiment"
x, y = digits_x[:8, 20:28], digits_y[:8]
params = init_params(8, 5, 10, torch.Generator().manual_seed(1))
analytic = backward(params, x, y, *forward(params, x))
flat = torch.cat([g.flatten() for g in analytic.values()])


def own_loss(p: dict) -> torch.Tensor:
    return cross_entropy(forward(p, x)[0], y)


sizes = [10.0**-k for k in range(1, 12)]
errors = []
for eps in sizes:
    numeric = torch.cat([g.flatten() for g in numerical_gradient(own_loss, params, eps).values()])
    errors.append(((numeric - flat).norm() / flat.norm()).item())
best = min(range(len(sizes)), key=errors.__getitem__)
print(f"smallest relative error {errors[best]:.1e}, at ε = {sizes[best]:.0e}")

# %% given="gradient_check_plot"
fig, ax = plt.subplots(figsize=(6, 3.4))
title = "Relative error of the numerical gradient"
plots.curves(ax, {"error": errors}, x=sizes, title=title, xlabel="ε", ylabel="relative error")
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
    """Gradients of the mean loss of one batch, from your forward and backward."""
    probs, h = forward(params, x)
    return backward(params, x, y, probs, h)


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


# %% given="recorder"
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
slips = {
    "the parameters come back as they were: keep what sgd_step returns.": {"w": start["w"]},
    "only one of the five steps counts: start each from what the step before returned.": {
        "w": torch.tensor([1.9])
    },
}
checks.tensors("after five steps of 0.1,", end, {"w": torch.tensor([1.5])}, slips=slips)
expected = torch.tensor([2.0, 1.9, 1.8, 1.7, 1.6])
checks.close(
    "the parameters at each step",
    torch.tensor(recorder.weights),
    expected,
    slips={
        "every step starts from the first parameters: pass the latest ones to gradients.": torch.full(
            (5,), 2.0
        )
    },
)
### BEGIN HIDDEN TESTS
recorder = Recorder()
end = checks.run(
    train_epoch, start, x[:12], y[:12], recorder, 0.25, 4, torch.Generator().manual_seed(2)
)
checks.tensors("after three steps of 0.25,", end, {"w": torch.tensor([1.25])})
checks.that(len(recorder.x) == 3, "12 samples in batches of 4 make 3 batches, not more.")
### END HIDDEN TESTS
checks.passed("one step per batch, each from the latest parameters")

# %% [markdown]
# **Experiment.** Two rings that no straight line can separate. Watch the boundary while the network
# learns.


# %% given="circles_picture"
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


# %% given="circles"
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

# %% given="digits"
params = init_params(64, 64, 10, torch.Generator().manual_seed(0))
order = torch.Generator().manual_seed(1)
history = {"training loss": [], "test loss": []}
for _ in range(scaled(full=40, smoke=2)):
    params = train_epoch(params, digits_x, digits_y, gradients, 0.2, 32, order)
    history["training loss"].append(cross_entropy(forward(params, digits_x)[0], digits_y).item())
    history["test loss"].append(
        cross_entropy(forward(params, digits_x_test)[0], digits_y_test).item()
    )
digits_probs, _ = forward(params, digits_x_test)
digits_test_accuracy = accuracy(digits_probs, digits_y_test)
fig, ax = plt.subplots(figsize=(6, 3.4))
plots.curves(ax, history, title="Learning to read digits", xlabel="epoch", ylabel="cross-entropy")
ax.set_yscale("log")
plots.show(
    fig,
    alt="Training and test loss against epochs, logarithmic. Both fall quickly; the training loss goes on falling "
    "while the test loss levels off.",
    caption="Soon only the training loss still falls: the network learns its samples by heart. The spikes are steps "
    "that went too far.",
)
print(f"test accuracy on digits: {digits_test_accuracy:.4f}")

# %% given="digits_mistakes"
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
# ## 7 · Autograd
#
# PyTorch can do the backward pass for you. It records every operation on a tensor that has
# `requires_grad=True`, and `loss.backward()` walks the record backwards and *adds* each gradient to the
# tensor's `.grad`.
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
# ### Exercise 7 · A step with autograd (2 points · 10 min · ●●○)
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


# %% given="line_problem"
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

# %% given="accumulation_experiment"
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
print(
    "length of the last step:",
    ", ".join(f"{name} {length:.2f}" for name, length in lengths.items()),
)

# %% [markdown]
# ### Question 2 · What if gradients are not zeroed? (1 point · 5 min · ●○○)
#
# Answer in two or three sentences: *why does the loss fall faster at first, and climb later, when
# gradients are not zeroed?* The length of the last step, printed above, is a clue: what has been added up
# in it?

# %% [markdown] manual="what_if_not_zeroed" points=1
# Each step uses the sum of all gradients since the beginning instead of the present one. At first they
# all point much the same way, so the steps are longer and the loss falls faster. But the sum never
# forgets: it keeps pushing in directions that are long out of date, and the noise of every mini-batch
# stays in it. The steps do not get shorter near a minimum; they get longer, the parameters overshoot, and
# the loss climbs.

# %% [markdown]
# ## 8 · Modules and optimizers
#
# `nn.Module` collects parameters, `nn.Linear` draws its own, and an optimizer such as `torch.optim.SGD`
# updates whatever it was given. `nn.CrossEntropyLoss` takes *logits*, not probabilities: it contains the
# softmax, in a form that cannot overflow.

# %% [markdown]
# ### Exercise 8 · The same network, the PyTorch way (4 points · 12 min · ●○○)
#
# Write the class `MLP` with one hidden layer and tanh; `forward` returns logits `(B, n_classes)`. Then
# write `train_step`: one step of `optimizer` on the cross-entropy of one batch. It returns the loss
# before the step as a Python float.
#
# <details><summary>Hint 1: the idea</summary>Two <code>nn.Linear</code> layers made in
# <code>__init__</code>, tanh between them in <code>forward</code>, and no softmax at all.</details>
# <details><summary>Hint 2: the formula</summary>logits = linear₂(tanh(linear₁(x))). A training step is
# zero, forward, loss, backward, step.</details>
# <details><summary>Hint 3: the
# line</summary><code>loss = nn.CrossEntropyLoss()(model(x), y)</code></details>


# %% solution="mlp"
class MLP(nn.Module):
    """A perceptron with one hidden layer: logits = W2 tanh(W1 x + b1) + b2."""

    def __init__(self, d_in: int, d_hidden: int, n_classes: int) -> None:
        super().__init__()
        ### BEGIN SOLUTION
        self.hidden = nn.Linear(d_in, d_hidden)
        self.output = nn.Linear(d_hidden, n_classes)
        ### END SOLUTION

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Maps inputs (B, d_in) to logits (B, n_classes)."""
        ### BEGIN SOLUTION
        return self.output(torch.tanh(self.hidden(x)))
        ### END SOLUTION


# %% check="mlp_parameters" points=1
model = checks.run(MLP, 6, 5, 4)
checks.that(isinstance(model, nn.Module), "MLP should be a subclass of nn.Module.")
total = sum(p.numel() for p in model.parameters())
expected = 5 * 6 + 5 + 4 * 5 + 4
checks.that(total != 5 * 6 + 4 * 5, "the biases are missing.")
checks.that(
    total > 0,
    "PyTorch sees no parameters: assign each layer to self; a plain Python list hides them.",
)
checks.that(total == expected, f"expected {expected} parameters, 5·6 + 5 + 4·5 + 4, got {total}.")
checks.passed("a module with two weight matrices and two biases")

# %% check="mlp_function" points=1
model = checks.run(MLP, 6, 5, 4)
x = checks.normal(7, 6, seed=30)
logits = checks.run(model, x)
checks.shape("model(x)", logits, batch=7, classes=4)
rows = logits.exp().sum(dim=1) if (logits <= 0).all() else logits.sum(dim=1)
checks.that(
    not torch.allclose(rows, torch.ones(7)),
    "these are probabilities; return logits: the loss has the softmax.",
)
with torch.no_grad():
    for p in model.parameters():
        if p.numel() in (5, 4):
            p.zero_()  # without biases the network is odd, because tanh is
    plus, minus, far, farther = (checks.run(model, factor * x) for factor in (1.0, -1.0, 1e6, 2e6))
checks.that(plus.any(), "model(x) is zero for every x.")
doubled = checks.run(model, 2 * x)
checks.that(
    not torch.allclose(2 * plus, doubled),
    "twice the input gives twice the output: is tanh missing?",
)
checks.close("without biases, model(−x)", minus, -plus)
checks.close("for huge inputs, where tanh is ±1, model(2x)", farther, far, rtol=1e-5)
with torch.no_grad():
    for p in model.parameters():
        if 4 in p.shape:
            p.mul_(10)  # the last layer is linear
last = checks.run(model, x)
checks.that(
    torch.allclose(last, 10 * plus),
    "nothing may follow the last layer: return its output as it is.",
)
checks.passed("the right function, and it returns logits")


# %% solution="train_step"
def train_step(
    model: nn.Module, optimizer: torch.optim.Optimizer, x: torch.Tensor, y: torch.Tensor
) -> float:
    """One optimizer step on the mean cross-entropy of a batch.

    Args:
        model: maps x to logits (B, n_classes).
        optimizer: holds the model's parameters.
        x: inputs, (B, d_in).
        y: true classes, (B,).

    Returns:
        The loss before the step.
    """
    ### BEGIN SOLUTION
    loss = nn.CrossEntropyLoss()(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()
    ### END SOLUTION


# %% given="linear_problem"
def linear_steps(n: int, loss_fn=F.cross_entropy, *, accumulate: bool = False) -> dict:
    """The weights of a linear classifier after n steps of size 0.5, without an optimizer."""
    weight, piled = checks.normal(4, 6, seed=31), torch.zeros(4, 6)
    for _ in range(n):
        w = weight.clone().requires_grad_()
        loss = loss_fn(F.linear(steps_x, w), steps_y)
        (grad,) = torch.autograd.grad(loss, w)
        piled = piled + grad if accumulate else grad
        weight = weight - 0.5 * piled
    return {"weight": weight}


def linear_model() -> tuple[nn.Module, torch.optim.Optimizer]:
    """The same classifier as a module, with its optimizer."""
    model = nn.Linear(6, 4, bias=False)
    with torch.no_grad():
        model.weight.copy_(checks.normal(4, 6, seed=31))
    return model, torch.optim.SGD(model.parameters(), lr=0.5)


steps_x, steps_y = checks.normal(7, 6, seed=32), torch.tensor([0, 3, 1, 1, 2, 3, 0])

# %% check="train_step_once" points=1
model, optimizer = linear_model()
before = F.cross_entropy(model(steps_x), steps_y).item()
loss = checks.run(train_step, model, optimizer, steps_x, steps_y)
slips = {
    "the weights did not change: is backward() or step() missing, or zero_grad() between them?": linear_steps(
        0
    ),
    "CrossEntropyLoss takes logits; do not apply softmax first.": linear_steps(
        1, lambda logits, y: F.cross_entropy(logits.softmax(dim=1), y)
    ),
    "the loss of exercise 3 takes probabilities; nn.CrossEntropyLoss takes logits.": linear_steps(
        1, lambda logits, y: F.nll_loss(logits.clamp(min=torch.finfo(logits.dtype).tiny).log(), y)
    ),
    "the loss is a sum over the batch; use the mean, the default.": linear_steps(
        1, lambda logits, y: F.cross_entropy(logits, y, reduction="sum")
    ),
}
checks.tensors("after one step, the", {"weight": model.weight}, linear_steps(1), slips=slips)
after = F.cross_entropy(model(steps_x), steps_y).item()
checks.close("the returned loss", loss, before, slips={"that is the loss after the step.": after})
checks.number("the returned loss", loss)
checks.passed("one step of the optimizer")

# %% check="train_step_again" points=1
model, optimizer = linear_model()
for _ in range(5):
    checks.run(train_step, model, optimizer, steps_x, steps_y)
slips = {
    "gradients pile up from step to step: call optimizer.zero_grad().": linear_steps(
        5, accumulate=True
    )
}
checks.tensors("after five steps, the", {"weight": model.weight}, linear_steps(5), slips=slips)
### BEGIN HIDDEN TESTS
model = MLP(6, 5, 4)
optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
losses = [checks.run(train_step, model, optimizer, steps_x, steps_y) for _ in range(200)]
checks.that(losses[-1] < 0.1 * losses[0], "your MLP does not learn seven samples in 200 steps.")
### END HIDDEN TESTS
checks.passed("five steps in a row")

# %% [markdown]
# ## 9 · Four versions, one result
#
# You now have the same network in four versions: by hand, with autograd, as a module updated by hand, and
# as a module with an optimizer. If every derivation is right, all four take the same steps. The cell
# starts them from the same parameters and lets each take 100 steps on the same batches.


# %% given="four_ways_setup"
def copy_into(model: nn.Module, params: dict[str, torch.Tensor]) -> None:
    """Writes parameters into a module, each where its shape fits (transposed if the module wants that)."""
    with torch.no_grad():
        for target in model.parameters():
            fits = (v for p in params.values() for v in (p, p.mT if p.dim() == 2 else p))
            target.copy_(next(v for v in fits if v.shape == target.shape))


def own_loss_fn(params: dict, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    return cross_entropy(forward(params, x)[0], y)


start = init_params(64, 32, 10, torch.Generator().manual_seed(7))
by_hand = start
with_autograd = {name: value.clone().requires_grad_() for name, value in start.items()}
module, optimized = MLP(64, 32, 10), MLP(64, 32, 10)
copy_into(module, start)
copy_into(optimized, start)
optimizer = torch.optim.SGD(optimized.parameters(), lr=0.3)

# %% given="four_ways"
order = torch.Generator().manual_seed(8)
max_disagreement = 0.0
for _ in range(100):
    batch = torch.randperm(len(digits_x), generator=order)[:32]
    x, y = digits_x[batch], digits_y[batch]
    by_hand = sgd_step(by_hand, gradients(by_hand, x, y), 0.3)
    autograd_step(own_loss_fn, with_autograd, x, y, 0.3)
    slopes = torch.autograd.grad(F.cross_entropy(module(x), y), list(module.parameters()))
    with torch.no_grad():
        for parameter, slope in zip(module.parameters(), slopes, strict=True):
            parameter -= 0.3 * slope
    train_step(optimized, optimizer, x, y)
    probs = [forward(by_hand, digits_x_test)[0], forward(with_autograd, digits_x_test)[0]]
    probs += [torch.softmax(m(digits_x_test), dim=1) for m in (module, optimized)]
    spread = torch.stack(probs).detach()  # (4, 450, 10)
    distance = (spread.max(dim=0).values - spread.min(dim=0).values).max().item()
    max_disagreement = max(max_disagreement, distance)
print(
    f"largest difference between any two of the four, in any probability, at any step: {max_disagreement:.1e}"
)
assert max_disagreement <= 1e-10, (
    "the four versions disagree: which of your exercises is not solved yet?"
)

# %% [markdown]
# ## Going further
#
# Ungraded. Change `d_hidden`, the learning rate or the batch size, and predict what happens before you
# run it. Add a second hidden layer to `forward` and `backward`, and let `numerical_gradient` tell you
# whether you got it right.
#
# - [Rumelhart, Hinton and Williams (1986)](https://doi.org/10.1038/323533a0), *Learning representations by
#   back-propagating errors*: the paper that made the method known.
# - [Glorot and Bengio (2010)](https://proceedings.mlr.press/v9/glorot10a.html), *Understanding the difficulty of
#   training deep feedforward neural networks*: how the scale of the first weights decides whether signals and gradients
#   survive many layers. (Their scale averages fan-in and fan-out.)
# - [Baydin et al. (2018)](https://arxiv.org/abs/1502.05767), *Automatic differentiation in machine learning: a survey*:
#   what autograd does in general.

# %% free="playground"
# Your own experiments.

# %% [markdown]
# ## Summary
#
# A network is a chain of simple functions, and its gradient is the product of their derivatives, taken
# from the loss backwards. Softmax and cross-entropy together leave just `probs − one_hot`. A numerical
# gradient tells whether a derivation is right, if it is central and in float64. Autograd adds to `.grad`,
# so somebody has to set it to zero. By hand, with autograd or with an optimizer, the steps are the same.

# %% given="metrics"
report(
    "01_backprop",
    digits_test_accuracy=digits_test_accuracy,
    circles_test_accuracy=circles_test_accuracy,
    max_disagreement=max_disagreement,
)
