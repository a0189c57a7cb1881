# %% [markdown]
# ## 2 · Temperature
#
# Draw instead: each token with its probability. One number then says how daring the writer is. The **temperature**
# $\tau$, one line in Lab 02, divides the logits before the softmax:
#
# $$p_i = \frac{e^{z_i / \tau}}{\sum_j e^{z_j / \tau}}$$
#
# Take the logits 2, 1, 0:
#
# | $\tau$ | probabilities | |
# |---|---|---|
# | 0.5 | 0.87, 0.12, 0.02 | sharper |
# | 1 | 0.67, 0.24, 0.09 | as trained |
# | 2 | 0.51, 0.31, 0.19 | flatter |
#
# For $\tau \to 0$ the largest logit takes everything: the greedy choice.

# %% [markdown]
# ### Exercise 2 · Temperature (2 points · 15 min · ●●○)
#
# Return the probabilities for logits `(..., V)`, in the same shape and dtype. The dots stand for any leading
# dimensions, or none.
#
# - `temperature` 0 is the limit: 1 for the largest logit, 0 for the others. At a tie any of the largest may
#   have it.
# - It works in float16, whose largest number is 65,504, also at a temperature of 0.001.
# - A logit of −inf has probability 0.
#
# <details><summary>Hint 1: the idea</summary>Softmax does not change when you subtract the same number from all
# logits. Which number makes every quotient harmless?</details>
# <details><summary>Hint 2: the formula</summary>(z − max z) / τ is 0 for the largest logit and negative for the
# others, however small τ is.</details>
# <details><summary>Hint 3: the line</summary><code>logits.amax(dim=-1, keepdim=True)</code> is the largest;
# <code>F.one_hot(index, V)</code> serves temperature 0.</details>


# %% solution="temperature_probs"
def temperature_probs(logits: torch.Tensor, temperature: float) -> torch.Tensor:
    """The probabilities of tokens at a temperature of 0 or more: logits (..., V) → (..., V)."""
    ### BEGIN SOLUTION
    if temperature == 0:
        return F.one_hot(logits.argmax(dim=-1), logits.shape[-1]).to(logits.dtype)
    below = logits - logits.amax(dim=-1, keepdim=True)  # 0 or less: the quotient cannot overflow
    return torch.softmax(below / temperature, dim=-1)
    ### END SOLUTION


# %% check="temperature_value" points=1
logits = torch.tensor([[2.0, 1.0, 0.0], [-1.0, 0.5, 3.0]])
got = checks.run(temperature_probs, logits, 2.0)
checks.shape("temperature_probs(logits, 2)", got, batch=2, V=3)
plain = logits.softmax(dim=-1)
half = torch.tensor([[2.7183, 1.6487, 1.0], [0.6065, 1.2840, 4.4817]])  # exp(logit / 2)
slips = {
    "the temperature multiplies the logits; it divides them.": (2 * logits).softmax(dim=-1),
    "the temperature is not used.": plain,
    "the probabilities are divided, so they no longer sum to 1; divide the logits.": plain / 2,
    "the temperature is applied after the softmax; divide the logits.": (plain / 2).softmax(dim=-1),
    "the sum of each row is not 1: a power of probabilities needs a new sum.": plain.sqrt(),
    "exp is taken, but not divided by the sum of the row.": half,
    "the softmax runs over the batch; it runs over the tokens: dim=-1.": half / half.sum(dim=0),
    "the softmax runs over all rows together: dim=-1.": half / half.sum(),
    "these are logarithms of probabilities.": (half / half.sum(dim=-1, keepdim=True)).log(),
}
expected = torch.tensor([[0.50648, 0.30720, 0.18632], [0.09518, 0.20150, 0.70332]])
taken = {
    "the temperature is not used": (logits.exp(), 1),
    "the temperature multiplies the logits": ((2 * logits).exp(), 1),
    "the temperature divides the probabilities, not the logits": (logits.exp(), 2),
}
for cause, (powers, by) in taken.items():
    others = {
        "the softmax runs over the batch, not over the tokens": powers / powers.sum(dim=0),
        "the softmax runs over all rows together": powers / powers.sum(),
        "exp is not divided by the sum of its row": powers,
    }
    slips |= {f"two slips: {cause}; and {also}.": wrong / by for also, wrong in others.items()}
checks.close("2, 1, 0 and −1, ½, 3 at temperature 2", got, expected, atol=1e-4, slips=slips)
### BEGIN HIDDEN TESTS
logits = checks.normal(2, 5, 7, seed=1)
expected = torch.stack([torch.distributions.Categorical(logits=z / 0.3).probs for z in logits])
checks.close("temperature 0.3", checks.run(temperature_probs, logits, 0.3), expected)
checks.close("one row", checks.run(temperature_probs, logits[1, 2], 0.3), expected[1, 2])
### END HIDDEN TESTS
checks.passed("the temperature divides the logits")

# %% check="temperature_limits" points=1
logits = torch.tensor([[0.5, 2.0, -1.0, 1.9], [-3.0, -7.0, -2.5, -4.0]])
got = checks.run(temperature_probs, logits, 0)
checks.shape("temperature_probs(logits, 0)", got, batch=2, V=4)
checks.finite("temperature 0", got, "a division by zero: temperature 0 needs a line of its own.")
slips = {
    "the smallest logit got it; take the largest.": torch.eye(4)[[2, 1]],
    "that is temperature 1.": logits.softmax(dim=-1),
    "out[..., index] = 1 writes the place of every row into all rows; F.one_hot gives each its own.": (
        torch.eye(4)[[1, 1]] + torch.eye(4)[[2, 2]]
    ),
}
checks.close("temperature 0", got, torch.eye(4)[[1, 2]], slips=slips)
kind = f"temperature 0: the logits are torch.float32, the result is {got.dtype}; keep it."
checks.that(got.dtype == logits.dtype, kind)
near = torch.tensor([2.0, 2.0000002, 0.0])
with checks.hint("One row without leading dimensions, (V,), must work too."):
    got = checks.run(temperature_probs, near, 0)
shared = f"temperature 0: of 2 and 2.0000002 the larger has {got[1]:.3f}, not 1. Is 0 replaced by a small number?"
checks.that(got[1] > 0.999, f"{shared} Close logits then share; 0 needs a line of its own.")
got = checks.run(temperature_probs, torch.tensor([[2.0, 5.0, 5.0], [1.0, 1.0, 0.0]]), 0)
several = {"at a tie several tokens have 1; the row must sum to 1.": torch.full((2,), 2.0)}
checks.close(
    "the sum of each row, temperature 0 and a tie", got.sum(-1), torch.ones(2), slips=several
)
logits = torch.tensor([300.0, 299.0, 250.0, -300.0], dtype=torch.float16)
overflow = "in float16 300 / 0.001 is inf, powers of probabilities are 0; subtract the largest logit first."
for temperature in (0.001, 0.5):
    got = checks.run(temperature_probs, logits, temperature)
    checks.finite(f"temperature {temperature} in float16", got, overflow)
    checks.that(
        got.dtype == logits.dtype, f"the logits are torch.float16, the result {got.dtype}: keep it."
    )
    expected = torch.tensor([1.0, 0, 0, 0] if temperature < 0.1 else [0.8808, 0.1192, 0, 0])
    checks.close(f"temperature {temperature} in float16", got.float(), expected, atol=2e-3)
rows = torch.tensor([[300.0, 299.0, 0.0], [-300.0, -299.0, -301.0]], dtype=torch.float16)
got = checks.run(temperature_probs, rows, 0.001)
apart = "one row is far below the other: subtract the largest logit of each row."
checks.finite("two rows in float16, temperature 0.001", got, apart)
checks.close("two rows, temperature 0.001", got.float(), torch.eye(3)[:2], atol=2e-3)
got = checks.run(temperature_probs, torch.tensor([1.0, 1.0005]), 0.001)
small = {"0.001 is taken for 0: only temperature 0 itself is greedy.": torch.tensor([0.0, 1.0])}
checks.close("1, 1.0005 at 0.001", got, torch.tensor([0.3775, 0.6225]), atol=2e-3, slips=small)
logits = torch.tensor([1.0, -torch.inf, 0.0, -torch.inf])
for temperature in (0, 2.0):
    got = checks.run(temperature_probs, logits, temperature)
    checks.finite("a row with −inf", got, "0 · inf, or inf − inf.")
    checks.close("the probability of a logit of −inf", got[[1, 3]], torch.zeros(2), rtol=0, atol=0)
    checks.any_device(temperature_probs, logits, temperature)
### BEGIN HIDDEN TESTS
got = checks.run(temperature_probs, torch.tensor([1.0, 3.0, -2.0, 3.0]), 0)
checks.close("the sum at a tie, temperature 0", got.sum(), 1.0)
checks.close("the other tokens at a tie", got[[0, 2]], torch.zeros(2))
got = checks.run(temperature_probs, checks.normal(2, 3, 5, seed=2), 0)
checks.close("rows of any leading dimensions", got.sum(dim=-1), torch.ones(2, 3).double())
### END HIDDEN TESTS
checks.passed("temperature 0 is greedy, and nothing overflows")
