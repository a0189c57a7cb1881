# %% [markdown]
# ## 2 · The forward pass
#
# Here is a network with 2 inputs, 3 hidden units and 2 classes that you can compute by hand. For
# $x = (1, 2)$ the first hidden unit receives $0.5 \cdot 1 - 0.25 \cdot 2 + 0.25 = 0.25$.

# %% [markdown]
# ![The tiny network as circles and lines: inputs 1 and 2, three hidden units with z 0.25, 0.50, 0.75 and h 0.24,
# 0.46, 0.64, logits 0.20 and 0.77, probabilities 0.36 and 0.64. Each line carries an entry of W1 or W2, each unit
# a bias.](figures/tiny_network.svg)
#
# *Every number of the tiny network. Follow one path with a pencil: 0.5 · 1 − 0.25 · 2 + 0.25 = 0.25.*

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

# %% experiment="overflow_experiment"
# Experiment · Naive softmax and yours on large logits
for size in (1.0, 100.0, 700.0, 710.0):
    logits = torch.tensor([[size, 0.0]])
    naive = torch.exp(logits) / torch.exp(logits).sum()
    print(f"logits ({size:g}, 0)   naive {naive[0].tolist()}   yours {softmax(logits)[0].tolist()}")

# %% [markdown]
# **What you saw.** From 710 on the naive formula gives `nan` for the first class: infinity divided by
# infinity. In float16, which GPUs like, the limit is already near 11.
