# %% [markdown]
# ## 3 · Loss and accuracy
#
# The model gives the true class of sample $i$ the probability $p_i$. The cross-entropy is the mean of
# $-\log p_i$ over the batch. A model that knows nothing gives each of $K$ classes $1/K$, so its loss is
# $\log K$. (Here $\log$ is the natural logarithm, to the base $e$. Later labs also write $\ln$.)
#
# Labels are class numbers, not one-hot rows: `y = tensor([0, 2])` says that sample 0 is of class 0 and
# sample 1 of class 2.

# %% [markdown]
# ### Exercise 3 · Cross-entropy (2 points · 8 min · ●○○)
#
# Write `cross_entropy`, the mean of $-\log p_i$, as a tensor without dimensions.
#
# A probability can round to exactly 0, and $-\log 0$ is infinite. Never let a probability below
# `torch.finfo(probs.dtype).tiny` into the logarithm.
#
# <details><summary>Hint 1: the idea</summary>Pick one probability per row: the one of the true
# class.</details>
# <details><summary>Hint 2: the formula</summary>loss = −(1/B) Σ log P[i, y[i]]. Indexing with two integer
# tensors of length B picks B entries.</details>
# <details><summary>Hint 3: the line</summary><code>probs[torch.arange(len(y)), y]</code>, then
# <code>clamp</code>, <code>log</code>, <code>mean</code>.</details>


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


# %% given="accuracy"
def accuracy(probs: torch.Tensor, y: torch.Tensor) -> float:
    """Share of samples whose most probable class is the true one, between 0 and 1."""
    return (probs.argmax(dim=1) == y).double().mean().item()


# %% [markdown]
# **Experiment.** Before any training, what should the loss of a ten-class problem be? Write your guess
# down, then run the cell.

# %% experiment="data"
# Experiment · The digits, and what an untrained network makes of them
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
