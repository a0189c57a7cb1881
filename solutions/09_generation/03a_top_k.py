# %% [markdown]
# ## 3 · Cutting off the tail
#
# If you draw, you draw a bad token now and then: thousands of unlikely ones keep a little probability each, and it adds
# up. A filter cuts the tail off: it sets logits to −inf, and the softmax that comes after does the rest.
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
# ### Exercise 3 · Top-k (1 point · 8 min · ●○○)
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
    "the bound is the k-th smallest logit; take the k-th largest.": "11011 10111",
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
with checks.hint("One row without leading dimensions, (V,), must work too."):
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
