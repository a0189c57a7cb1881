# %% [markdown]
# ## 3 · A schedule for the learning rate
#
# Linear warm-up, then half a cosine, nearly down to zero. You train the encoder–decoder of section 6 with it.
# With a warm-up of 4 steps out of 12, the factors on the peak learning rate begin with $\frac14, \frac24,
# \frac34, 1$. The cosine then starts at 1 and reaches $\frac12$ in the middle of the rest.

# %% [markdown]
# ### Exercise 3 · Warm-up and cosine (2 points · 8 min · ●○○)
#
# Return the factor for `step`, counted from 0. In the first `warmup` steps it is $(\text{step} + 1) /
# \text{warmup}$. After that, with $p = (\text{step} - \text{warmup}) / (\text{steps} - \text{warmup})$, it
# is $\frac12 (1 + \cos \pi p)$. `warmup` may be 0.
#
# <details><summary>Hint 1: the idea</summary>An if and two formulas.</details>
# <details><summary>Hint 2: the formula</summary>At step = warmup, p is 0 and the factor is 1; at step = steps it
# would be 0.</details>
# <details><summary>Hint 3: the line</summary><code>0.5 * (1 + math.cos(math.pi * p))</code></details>


# %% solution="learning_rate_factor"
def learning_rate_factor(step: int, warmup: int, steps: int) -> float:
    """The factor on the peak learning rate at a step from 0 to steps − 1."""
    ### BEGIN SOLUTION
    if step < warmup:
        return (step + 1) / warmup
    progress = (step - warmup) / (steps - warmup)
    return 0.5 * (1 + math.cos(math.pi * progress))
    ### END SOLUTION


# %% data="factors"
# Data · Your factors at chosen steps, for the checks
def factors(chosen: list[int], warmup: int, steps: int) -> torch.Tensor:
    """Your factors at the chosen steps, for the checks."""
    got = [checks.run(learning_rate_factor, step, warmup, steps) for step in chosen]
    return torch.tensor([float(factor) for factor in got])


# %% check="learning_rate_warmup" points=1
got = factors([0, 1, 2, 3], 4, 12)
slips = {
    "the first factor should not be 0: count (step + 1) / warmup.": torch.arange(4) / 4,
    "divide by warmup, not by steps.": torch.arange(1, 5) / 12,
    "there is no warm-up.": torch.tensor(
        [0.5 * (1 + math.cos(math.pi * s / 12)) for s in range(4)]
    ),
    "the warm-up lasts one step too long.": torch.arange(1, 5) / 5,
}
checks.close("the factors of steps 0 to 3", got, torch.tensor([0.25, 0.5, 0.75, 1.0]), slips=slips)
checks.close("the factor of step 0 without a warm-up", factors([0], 0, 50), torch.ones(1))
### BEGIN HIDDEN TESTS
checks.close("steps 0, 4, 9 of 10", factors([0, 4, 9], 10, 100), torch.tensor([0.1, 0.5, 1.0]))
### END HIDDEN TESTS
checks.passed("a linear warm-up")

# %% check="learning_rate_cosine" points=1
got = factors([4, 6, 8, 10, 11], 4, 12)
expected = torch.tensor([1.0, 0.853553, 0.5, 0.146447, 0.038060])
raw = torch.tensor([0.0, 0.25, 0.5, 0.75, 0.875])
slips = {
    "the cosine goes on from 1 to −1: halve it, and add 1 first.": torch.cos(math.pi * raw),
    "that is a straight line, not a cosine.": 1 - raw,
    "the cosine runs over a quarter turn: π p.": torch.cos(math.pi / 2 * raw),
    "p starts at the end of the warm-up: (step − warmup) / (steps − warmup).": 0.5
    * (1 + torch.cos(math.pi * torch.tensor([4, 6, 8, 10, 11]) / 12)),
    "p divides by steps; the cosine has only steps − warmup of them.": 0.5
    * (1 + torch.cos(math.pi * torch.tensor([0, 2, 4, 6, 7]) / 12)),
    "the factor stays 1 after the warm-up: is p cut to a whole number (//), or the angle in degrees?": (
        torch.ones(5)
    ),
    "the warm-up lasts one step too long: it is the steps below warmup.": torch.tensor(
        [1.25, *expected[1:]]
    ),
    "π is missing.": 0.5 * (1 + torch.cos(raw)),
    "the half belongs to 1 and to the cosine: put both in parentheses.": 0.5
    + torch.cos(math.pi * raw),
    "p is 0 at step = warmup: no + 1.": 0.5 * (1 + torch.cos(math.pi * (raw + 0.125))),
    "the cosine lasts steps − warmup steps: no − 1.": 0.5 * (1 + torch.cos(math.pi * raw * 8 / 7)),
}
checks.close("the factors of steps 4, 6, 8, 10, 11", got, expected, rtol=1e-3, slips=slips)
### BEGIN HIDDEN TESTS
expected = torch.tensor([1.0, 0.853553, 0.5, 0.146447])
checks.close("steps 10, 35, 60, 85", factors([10, 35, 60, 85], 10, 110), expected, rtol=1e-4)
### END HIDDEN TESTS
checks.passed("then half a cosine")
