# %% [markdown]
# ## 6 · Generation
#
# The model gives a score, a **logit**, to each token that may come next. To write, you turn the logits into
# probabilities, choose a token, append it, and ask again. How you choose decides how the text reads.
#
# The **temperature** $\tau$ divides the logits before the softmax:
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
# For $\tau \to 0$ the largest logit takes everything. That is **greedy** decoding.

# %% [markdown]
# ### Exercise 10 · Temperature (2 points · 15 min · ●●○)
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
got = checks.run(temperature_probs, near, 0)
checks.that(
    got[1] > 0.999,
    f"temperature 0: of 2 and 2.0000002 the larger has {got[1]:.3f}, not 1. Is 0 replaced by a small number? "
    "Logits that lie close then share; temperature 0 needs a line of its own.",
)
got = checks.run(temperature_probs, torch.tensor([[2.0, 5.0, 5.0], [1.0, 1.0, 0.0]]), 0)
several = {"at a tie several tokens have 1; the row must sum to 1.": torch.full((2,), 2.0)}
checks.close(
    "the sum of each row, temperature 0 and a tie", got.sum(-1), torch.ones(2), slips=several
)
logits = torch.tensor([300.0, 299.0, 250.0, -300.0], dtype=torch.float16)
overflow = "300 / 0.001 does not fit in float16; subtract the largest logit first."
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

# %% [markdown]
# Thousands of unlikely tokens in the tail keep a little probability each, and it adds up. A filter cuts the tail off:
# it sets logits to −inf, and the softmax that comes after does the rest.
#
# - **Top-k** keeps the $k$ largest logits ([Fan et al., 2018](https://arxiv.org/abs/1805.04833)).
# - **Top-p**, or nucleus, keeps the most probable tokens until their sum reaches $p$ ([Holtzman et al.,
#   2020](https://arxiv.org/abs/1904.09751)).
#
# Take the probabilities 0.1, 0.4, 0.05, 0.25, 0.2. Top-2 keeps the second and the fourth token. Top-p with
# $p = 0.6$ begins with 0.4, which is too little, adds 0.25, reaches 0.65 and stops: the same two. With
# $p = 0.7$ the token of 0.2 comes in as well. Where the model is sure, top-p keeps few tokens; where it is
# not, many.


# %% data="check_filter"
# Data · A comparison of filtered logits, for the checks
def kept_tokens(rows: str) -> torch.Tensor:
    """Which tokens of each row stay: "01010 10001" → bool (2, 5)."""
    return torch.tensor([[c == "1" for c in row] for row in rows.split()])


def check_filter(name: str, got, logits: torch.Tensor, kept: torch.Tensor, slips=None) -> None:
    """Fails unless `got` is the logits where `kept` is True and −inf elsewhere; slips: cause → what it keeps."""
    checks.tensor(name, got)
    shapes = f"{tuple(logits.shape)}, got {tuple(got.shape)}"
    checks.that(got.shape == logits.shape, f"{name}: expected the shape of the logits, {shapes}.")
    checks.that(not got.isnan().any(), f"{name} contains NaN.")
    checks.that(got.any(), f"{name}: every value is zero.")
    dropped, came, V = got[~kept], got > -torch.inf, logits.shape[-1]
    zeros = dropped.numel() > 0 and not dropped.any() and torch.equal(got[kept], logits[kept])
    checks.that(not zeros, f"{name}: dropped logits are 0, and exp(0) is 1; make them −inf.")
    probs = "these are probabilities; return logits, the softmax comes later."
    checks.that(not (got >= 0).all() or (logits >= 0).all(), f"{name}: {probs}")
    low = dropped[dropped.isfinite()]
    large = low.numel() > 0 and low.max() <= -1e3
    number = f"{low.min():.3g}" if large else ""
    checks.that(not large, f"{name}: dropped logits are {number}; make them −inf.")
    order = "the right logits stay, but in the wrong places: undo the sorting."
    right = logits.masked_fill(~kept, -torch.inf)
    moved = not torch.equal(got, right) and torch.equal(got.sort().values, right.sort().values)
    checks.that(not moved or kept.all(dim=-1).any(), f"{name}: {order}")
    causes = [cause for cause, other in (slips or {}).items() if torch.equal(came, other)]
    row = int((came != kept).reshape(-1, V).any(dim=-1).nonzero()[0]) if (came != kept).any() else 0
    wanted, mine = (t.reshape(-1, V)[row].nonzero().flatten().tolist() for t in (kept, came))
    likely = f"\n  Likely cause: {causes[0]}" if causes else ""
    keeps = f"the tokens {wanted} should stay, yours keeps {mine}"
    checks.that(torch.equal(came, kept), f"{name}, row {row}: {keeps}.{likely}")
    changed = {"a softmax or a log-softmax? What stays keeps its value.": got[kept]}
    checks.close(f"{name}, the logits that stay", got[kept], logits[kept], slips=changed)
    checks.that(got.dtype == logits.dtype, f"{name}: expected {logits.dtype}, got {got.dtype}.")


# %% [markdown]
# ### Exercise 11 · Top-k (1 point · 8 min · ●○○)
#
# Return the logits `(..., V)` with −inf in place of all but the `k` largest of each row. The others keep their
# values and their places, and the logits that you were given stay as they are.
#
# - Logits equal to the `k`-th largest stay too, so at a tie there are more than `k`.
# - If `k` is `V` or more, nothing is dropped.
#
# <details><summary>Hint 1: the idea</summary>Find the k-th largest logit of each row; drop what is
# smaller.</details>
# <details><summary>Hint 2: the formula</summary>z_i stays if z_i ≥ the k-th largest z.</details>
# <details><summary>Hint 3: the line</summary><code>logits.topk(k).values[..., -1:]</code> is the k-th largest of
# each row, if k is not above V.</details>


# %% solution="top_k_filter"
def top_k_filter(logits: torch.Tensor, k: int) -> torch.Tensor:
    """Drops all but the k largest logits of each row (..., V); ties with the k-th stay. k is at least 1."""
    ### BEGIN SOLUTION
    k = min(k, logits.shape[-1])
    smallest = logits.topk(k, dim=-1).values[..., -1:]  # (..., 1)
    return logits.masked_fill(logits < smallest, -torch.inf)
    ### END SOLUTION


# %% check="top_k_kept" points=1
logits = torch.tensor([[-0.3, 2.5, -1.0, 1.5, -0.2], [4.0, -3.0, 0.5, -0.5, 2.7]])
rows = {
    "": "01010 10001",
    "it keeps the k smallest; keep the k largest.": "10100 01010",
    "one too few: the k-th largest stays.": "01000 10000",
    "one too many.": "01011 10101",
    "it keeps the k largest of the batch, not of each row.": "00000 10001",
    "it keeps the largest of each column; a row is a distribution: dim=-1.": "11111 11111",
    "the first k tokens stay, not the k largest: undo the sorting.": "11000 11000",
    "it keeps what is above 0.": "01010 10101",
}
kept = {cause: kept_tokens(text) for cause, text in rows.items()}
got = checks.run(top_k_filter, logits, 2)
check_filter("top_k_filter(logits, 2)", got, logits, kept.pop(""), kept)
with checks.hint("k may be above V: then all stay."):
    got = checks.run(top_k_filter, logits, 9)
check_filter("top_k_filter(logits, 9), k above V", got, logits, torch.ones(2, 5).bool())
logits = torch.tensor([1.0, 3.0, 2.0, 2.0, -1.0])
tie = {"a tie with the k-th is dropped; it stays too.": torch.tensor([0, 1, 1, 0, 0]).bool()}
tie |= {"a tie with the k-th is dropped, it stays too.": torch.tensor([0, 1, 0, 1, 0]).bool()}
tie |= {"the k-th largest and its tie are dropped.": torch.tensor([0, 1, 0, 0, 0]).bool()}
got = checks.run(top_k_filter, logits, 2)
check_filter("1, 3, 2, 2, −1 with k = 2", got, logits, logits > 1.5, tie)
### BEGIN HIDDEN TESTS
logits = checks.normal(2, 3, 11, seed=3).half()
for k in (1, 4, 11):
    kept = (logits[..., None] < logits[..., None, :]).sum(dim=-1) < k
    check_filter(f"{k} of 11", checks.run(top_k_filter, logits, k), logits, kept)
### END HIDDEN TESTS
checks.any_device(top_k_filter, logits, 2)
checks.passed("the k largest stay, ties with the last one too")
