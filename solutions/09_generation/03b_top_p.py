# %% [markdown]
# ### Exercise 4 · Top-p (2 points · 15 min · ●●○)
#
# Return the logits `(..., V)` with −inf outside the nucleus of each row: the smallest set of most probable
# tokens whose probabilities sum to at least `p`. Logits that stay keep their values and places.
#
# - The token that carries the sum across `p` stays.
# - At least one token stays, even for `p` = 0. For `p` = 1 all stay.
# - Of equally probable tokens at the border, any may stay, but no more than needed.
#
# <details><summary>Hint 1: the idea</summary>Sort, sum up, decide in the sorted order, and carry the decision back
# to the old order.</details>
# <details><summary>Hint 2: the formula</summary>A token stays if the sum of the tokens <em>before</em> it is below
# p: cumulative sum minus its own probability. The first token stays always, also for p = 0. Sums are rounded, so p = 1
# needs a line of its own.</details>
# <details><summary>Hint 3: the line</summary>With <code>order</code> from <code>sort</code>:
# <code>torch.zeros_like(drop).scatter(-1, order, drop)</code> undoes the sorting of a mask.</details>


# %% solution="top_p_filter"
def top_p_filter(logits: torch.Tensor, p: float) -> torch.Tensor:
    """Drops what is outside the nucleus of each row (..., V) (Holtzman et al., 2020); p in [0, 1]."""
    ### BEGIN SOLUTION
    if p >= 1:
        return logits  # a rounded sum of many probabilities may pass 1 too early
    ordered, order = logits.sort(dim=-1, descending=True)
    probs = ordered.softmax(dim=-1)
    drop = probs.cumsum(dim=-1) - probs >= p  # the sum of the more probable tokens
    drop[..., 0] = False
    drop = torch.zeros_like(drop).scatter(-1, order, drop)  # in the order of the vocabulary
    return logits.masked_fill(drop, -torch.inf)
    ### END SOLUTION


# %% check="top_p_kept" points=1
probs = torch.tensor([[0.1, 0.4, 0.05, 0.25, 0.2], [0.07, 0.13, 0.2, 0.28, 0.32]])
logits = probs.log() + torch.tensor([[2.5], [1.5]])  # some are positive, some negative
rows = {
    "": "01010 00111",
    "the token that crosses p is cut; it stays.": "01000 00011",
    "one too many: stop when the sum has reached p.": "01011 01111",
    "the sum runs over unsorted probabilities; sort them first.": "11110 11110",
    "unsorted, and the token that crosses p is cut.": "11100 11100",
    "the mask is in sorted order: carry it back to the order of the vocabulary.": "11000 11100",
    "the mask is in sorted order, and the token that crosses p is cut.": "10000 11000",
    "the mask is carried back by the order; it needs the inverse: scatter it.": "10010 00111",
    "sorted upwards: the nucleus begins with the most probable token.": "11111 11110",
    "p is a bound for each probability; it is one for their sum.": "00000 00000",
    "1 − p is a bound for each probability; it is one for their sum.": "01000 00000",
    "the sum runs over the batch; a row is a distribution: dim=-1.": "11111 00100",
    "the sum runs over logits; a softmax makes probabilities of them first.": "01000 11111",
    "the sum runs over logits, a softmax makes probabilities of them first.": "00000 11111",
}
kept = {cause: kept_tokens(text) for cause, text in rows.items()}
got = checks.run(top_p_filter, logits, 0.62)
check_filter("top_p_filter(logits, 0.62)", got, logits, kept.pop(""), kept)
### BEGIN HIDDEN TESTS
logits = 2 * checks.normal(2, 3, 9, seed=4)
nucleus = torch.zeros(2, 3, 9, dtype=torch.bool)
for row, place_in in zip(logits.flatten(0, 1), nucleus.flatten(0, 1), strict=True):
    total = 0.0
    for token in row.argsort().flip(0).tolist():
        if total < 0.83:
            place_in[token] = True
        total += (row.exp() / row.exp().sum())[token].item()
check_filter("p = 0.83", checks.run(top_p_filter, logits, 0.83), logits, nucleus)
### END HIDDEN TESTS
checks.passed("the smallest set that reaches p, put back in its place")

# %% check="top_p_limits" points=1
logits = torch.tensor([[3.0, -1.0, 0.5, 1.0, -2.0, 0.0], [-3.0, 1.5, 0.0, -1.0, 2.0, 1.0]])
largest = logits == logits.amax(dim=-1, keepdim=True)
nothing = {"nothing stays; keep the most probable token at least.": torch.zeros(2, 6).bool()}
for p in (0.0, 0.01):
    got = checks.run(top_p_filter, logits, p)
    check_filter(f"p = {p:g}", got, logits, largest, nothing)
got = checks.run(top_p_filter, logits, 1.0)
check_filter("p = 1", got, logits, torch.ones(2, 6).bool())
checks.any_device(top_p_filter, logits, 0.5)
logits = torch.tensor([-1.0, 0.7, 0.7, 0.7, 0.7, -torch.inf])
with checks.hint("One row without leading dimensions, (V,), must work too."):
    got = checks.run(top_p_filter, logits[1:5], 0.5)
checks.tensor("four equal logits, p = 0.5", got)
slips = {"stop when the sum has reached p; it need not be above.": 3}
checks.close(
    "how many of four equal logits stay, p = 0.5", (got > -torch.inf).sum(), 2, slips=slips
)
got = checks.run(top_p_filter, logits, 0.99)
check_filter("a row with −inf, p = 0.99", got, logits, logits > -torch.inf)
many = 3 * checks.normal(4, 3000, seed=1).float()
got = checks.run(top_p_filter, many, 1.0)
checks.tensor("p = 1, 3,000 tokens", got)
lost = (got == -torch.inf).sum().item()
early = f"p = 1 should keep all 3,000 tokens; {lost} in 4 rows are lost: the sum is rounded and passes 1 too early."
checks.that(lost == 0, early)
### BEGIN HIDDEN TESTS
logits = checks.normal(4, 2, 5, seed=5)
got = checks.run(top_p_filter, logits, 1e-6)
check_filter("p = 1e-6", got, logits, logits == logits.amax(dim=-1, keepdim=True))
check_filter("one row", checks.run(top_p_filter, logits[1, 1], 1.0), logits[1, 1], logits[1, 1] < 9)
### END HIDDEN TESTS
checks.passed("one token at least, all of them for p = 1")

# %% [markdown]
# **Experiment.** The same next-token distribution of your model under six settings. Outlined: temperature 1,
# nothing dropped. Predict, and note it in the cell below: which settings make the first bar longer?

# %% free="longer_guess"
# My guess, and why:

# %% figure="distribution_experiment"
# Figure · Six distributions of the next token
with torch.no_grad():
    next_logits = gpt(encoded(opening)[None])[0, -1].float().cpu()  # (V,)
settings_drawn = {
    "temperature 0.5": (next_logits, 0.5),
    "temperature 1": (next_logits, 1.0),
    "temperature 2": (next_logits, 2.0),
    "top-k, k = 3": (top_k_filter(next_logits, 3), 1.0),
    "top-p, p = 0.5": (top_p_filter(next_logits, 0.5), 1.0),
    "top-p, p = 0.9": (top_p_filter(next_logits, 0.9), 1.0),
}
best = next_logits.topk(10).indices
fig, axes = plt.subplots(2, 3, figsize=(10, 5.6), sharex=True, sharey=True, layout="constrained")
for ax, (title, (z, temperature)) in zip(axes.flat, settings_drawn.items(), strict=True):
    left = int((z > -torch.inf).sum())
    ax.barh(range(10), temperature_probs(z, temperature)[best], color=plots.COLORS[5], height=0.8)
    ax.barh(range(10), temperature_probs(next_logits, 1.0)[best], fill=False, edgecolor="black")
    ax.set(title=f"{title}: {left} token{'s' * (left > 1)} left", xlabel="probability")
    ax.set_yticks(range(10), [shown(i) for i in best.tolist()])
axes[0, 0].invert_yaxis()
fig.supylabel("next token")
plots.show(
    fig,
    alt="Six bar charts of the ten most probable next tokens. A low temperature lengthens the first bar, a high one "
    "levels all bars. Top-k and top-p with a small p leave a few longer bars and no others.",
    caption=f"After “{opening}”. A temperature reshapes all bars; a filter removes some and shares out what they had.",
)

# %% figure="next_token_explorer"
# Figure · The same distribution, in your hand
plots.explore_next_token(
    next_logits,
    [tokenizer.decode([i], skip_special_tokens=False) for i in range(len(next_logits))],
    caption=f"After “{opening}”. Move the sliders: the filters come first, the temperature after them.",
)

# %% [markdown]
# <details><summary>Which bars got longer, and why</summary>All but those of temperatures 1 and 2. A temperature below 1
# sharpens, one above 1 flattens. A filter shares out among the rest what it cut off, so each bar that stays gets
# longer.</details>
#
# Now put them together: filters first, then the temperature, then a draw. `torch.multinomial` draws for each row of
# its own. (Other libraries may reverse the order. For top-k it makes no difference, for top-p it does.)


# %% given="sampler"
def sampler(
    temperature: float = 1.0, k: int | None = None, p: float | None = None
) -> Callable[[torch.Tensor], torch.Tensor]:
    """A function that draws a token for each row of logits: (B, V) → (B, 1)."""

    def choose(logits: torch.Tensor) -> torch.Tensor:
        logits = logits if k is None else top_k_filter(logits, k)
        logits = logits if p is None else top_p_filter(logits, p)
        return torch.multinomial(temperature_probs(logits.float(), temperature), 1)

    return choose


# %% experiment="samplers"
# Experiment · What six samplers write
samplers = {
    "greedy": greedy,
    "temperature 0.7": sampler(temperature=0.7),
    "temperature 1": sampler(),
    "temperature 1.5": sampler(temperature=1.5),
    "top-k, k = 20": sampler(k=20),
    "top-p, p = 0.9": sampler(p=0.9),
}
device.seed_everything(0)
for name, choose in samplers.items():
    row = generate(gpt, encoded(opening)[None], scaled(full=60, smoke=8), choose, context)[0]
    print(f"── {name}\n{read(row)}\n")

# %% [markdown]
# At 1.5 the words come from the tail. Between that and the circles of the greedy choice lies a stretch where text reads
# best. How much does each repeat itself? Twelve texts for each setting, from the same openings as above.

# %% experiment="repetition_by_temperature"
# Experiment · Repetition against the temperature
temperatures = [0, 0.3, 0.6, 0.8, 1.0, 1.3]
repeated = {"all tokens": [], "top-p, p = 0.9": []}
device.seed_everything(0)
for temperature in temperatures:
    for name, p in (("all tokens", None), ("top-p, p = 0.9", 0.9)):
        choose = never_ends(sampler(temperature, p=p))
        rows = generate(gpt, starts, length - 8, choose, context)
        repeated[name].append(repeated_share(rows))
for name, shares in repeated.items():
    print(f"{name}:", ", ".join(f"{share:.0%}" for share in shares))
print(f"people: {people:.0%}")

# %% figure="repetition_curves"
# Figure · Repetition against temperature
fig, ax = plt.subplots(figsize=(7, 3.4), layout="constrained")
words = {"xlabel": "temperature", "ylabel": "share of repeated 4-grams", "x": temperatures}
plots.curves(ax, repeated, title="How much of a text has stood in it before", **words)
ax.axhline(people, color="black", linestyle=":", label="people")
ax.legend()
plots.show(
    fig,
    alt="The share of repeated runs of four tokens against the temperature. Two curves, for all tokens and for a "
    "nucleus, start at the same height at temperature 0 and fall toward the low dotted line of text by people.",
    caption="At the left, temperature 0, both are greedy and repeat themselves most. With more chance both come down "
    "to what people repeat, and below.",
)

# %% [markdown]
# **What you saw.** Text that takes the most probable word each time is dull and goes in circles. Chance breaks them;
# too much of it breaks the sense as well. Other remedies lower the logits of tokens that have just been used (a
# *repetition penalty*: [Keskar et al., 2019](https://arxiv.org/abs/1909.05858)), or forbid a run that would repeat.
# Each has its price: a penalty and chance both hurt where there is one right answer, so translations and code are
# decoded at low temperature. A larger model, which has read more, loops less often. (The short texts of a smoke run
# can show none of this.)
