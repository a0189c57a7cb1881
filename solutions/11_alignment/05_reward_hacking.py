# %% [markdown]
# ## 5 · Without the leash
#
# Aim at a measure, and soon you hit the measure alone: Goodhart's law. The reward model is such a measure.
# It has seen what people write, and says what it says about anything else. A policy that is paid by it finds the texts
# that it overrates. That is **reward hacking** ([Gao et al., 2022](https://arxiv.org/abs/2210.10760), measure how the
# true quality rises and then falls while the reward still rises).
#
# What would the best policy be? For the bandit it can be written down. $J$ is largest for
#
# $$\pi^*(y) = \frac{1}{Z}\, \pi_\text{ref}(y)\, e^{r(y) / \beta}$$
#
# with $Z$ such that the sum is 1: the reference, tilted toward reward. With a short leash it hardly leaves the
# reference, without one it says one thing only.

# %% [markdown]
# ![Bars of the three answers' probabilities: the reference a quarter, a quarter, a half; the best policy for beta 2,
# one half and one tenth puts more and more on the answer great, up to all](figures/tilt.svg)
#
# *The best policy of the bandit for three prices of a nat. Numbers below: the KL from the reference, in nats.*

# %% [markdown]
# To see what a text has lost, three witnesses that the policy was not trained on: the judge; the base model, which
# knows how reviews go on and is surprised when they do not (perplexity: Lab 02); and a count. A text that says the same
# again and again has few different pairs of words ([Li et al., 2016](https://arxiv.org/abs/1510.03055)).

# %% [markdown]
# ### Exercise 14 · Distinct runs (1 point · 8 min · ●○○)
#
# `texts` are lists of words. Return the number of *different* runs of `n` words among all texts, divided by the number
# of runs of `n` words in all. A run lies inside one text. Without any run, return 0.
#
# "so good so good" alone has three pairs: *so good*, *good so*, *so good*. Two of them are different: ⅔.
#
# <details><summary>Hint 1: the idea</summary>Collect the runs of all texts in one list. A set keeps each
# once.</details>
# <details><summary>Hint 2: the formula</summary>A text of L words has L − n + 1 runs, or none.</details>
# <details><summary>Hint 3: the line</summary><code>tuple(words[i : i + n])</code> is a run that a set can
# hold.</details>


# %% solution="distinct_share"
def distinct_share(texts: list[list[str]], n: int) -> float:
    """Different runs of n words among all texts, as a share of all runs."""
    ### BEGIN SOLUTION
    runs = [tuple(words[i : i + n]) for words in texts for i in range(len(words) - n + 1)]
    return len(set(runs)) / max(len(runs), 1)
    ### END SOLUTION


# %% check="distinct_runs" points=1
lines = [
    line.split() for line in ("so good so good", "a good film", "good film", "very bad", "one", "")
]
got = checks.run(distinct_share, lines, 2)
checks.number("distinct_share", got)
slips = {
    "the mean of the texts' own shares; count over all texts together.": (2 / 3 + 3) / 4,
    "that is the number of different runs; divide by all runs.": 5.0,
    "different runs divided by words; divide by runs.": 5 / 12,
    "single words are counted; here n = 2.": 7 / 12,
    "runs go across the end of a text.": 9 / 11,
    "a text shorter than n has no run, not a negative number of them.": 5 / 6,
    "the last n − 1 words of a text begin no run of n words.": 9 / 12,
    "those are the runs that occur once; count each different one.": 3 / 7,
    "the last run of each text is missing.": 1.0,
    "the order inside of a run matters: (so, good) is not (good, so).": 4 / 7,
    "each text is counted apart; a run that two texts share is one.": 6 / 7,
}
checks.close("5 different of 7 pairs", got, 5 / 7, slips=slips)
slips = {"those are pairs, whatever n is.": 5 / 7}
checks.close(
    "3 runs of three, all different", checks.run(distinct_share, lines, 3), 1.0, slips=slips
)
checks.close("no run at all", checks.run(distinct_share, [["one"], []], 2), 0.0)
### BEGIN HIDDEN TESTS
lines = [list("abcabc"), list("bcab"), list("ab")]
checks.close("runs of three letters", checks.run(distinct_share, lines, 3), 3 / 6)
checks.close("single letters", checks.run(distinct_share, lines, 1), 3 / 12)
### END HIDDEN TESTS
checks.passed("different runs among all")

# %% [markdown]
# **Experiment.** The same training with $\beta$ = 0. Then all witnesses, for the assistant before, on the leash, and
# without. A longer text repeats itself more, so the pairs are counted in equally many words.


# %% experiment="witnesses"
# Experiment · What the witnesses say
def same_amount(texts: list[str], n_words: int) -> list[list[str]]:
    """The words of the texts, up to n_words in all."""
    kept, left = [], n_words
    for text in texts:
        words = text.lower().split()[:left]
        kept, left = [*kept, words], left - len(words)
    return kept


@torch.no_grad()
def perplexity(texts: list[str]) -> float:
    """The base model's perplexity of the texts' tokens."""
    total = count = 0
    for text in texts:
        ids = torch.tensor([[markers.endoftext, *encode(text)]], device=place)
        log_probs = written_log_probs(base(ids), ids, 1)
        total, count = total - log_probs.sum().item(), count + log_probs.numel()
    return math.exp(total / count)


def witnessed(name: str) -> dict[str, float]:
    """The figures of a policy in the table, with those of base model and count."""
    figures, texts = table[name]
    return {
        **figures,
        "distinct-2": distinct_share(same_amount(texts, scaled(full=6000, smoke=100)), 2),
        "perplexity": perplexity(texts),
    }


# %% experiment="no_leash"
# Experiment · Reinforcement without the leash
free, free_steps = trained_with(0.0, RL_STEPS)
table["no leash"] = measured(free)
witnesses = {name: witnessed(name) for name in table}
print(f"{'':16}" + "".join(f"{name:>10}" for name in witnesses))
for name in witnesses["before"]:
    print(f"{name:16}" + "".join(f"{row[name]:10.2f}" for row in witnesses.values()))
for text in table["no leash"][1][:4]:
    print("\n" + textwrap.fill(text, 100))

# %% figure="leash_curves"
# Figure · Reward and distance, with and without the leash
fig, axes = plt.subplots(1, 2, figsize=(plots.WIDTH, 3.2), layout="constrained")
for ax, name in zip(axes, tuned_steps, strict=True):
    both = {f"β = {BETA}": tuned_steps[name], "β = 0": free_steps[name]}
    plots.curves(ax, both, title=name, xlabel="step", ylabel=name)
plots.show(
    fig,
    alt="Two panels over the steps of the training. Left the mean reward: both curves rise. Right the KL from the "
    "reference: the curve without the leash rises far above the one with it.",
    caption="Without the leash the distance goes on rising.",
)

# %% [markdown]
# **What you saw.** Without the leash the policy goes farther, to 65 nats in our run instead of 7, and what it gains in
# reward, 3.1 instead of 2.0, it pays in variety: of the pairs 61% are different, 82% before. The perplexity can go
# either way. Rows of *performances* get a high one, three times that of before; stock phrases of praise, easy
# to predict, would get a *low* one. Neither is what people write, so read the texts: no single number would have told.
#
# The judge is fooled too, since it counts words. It was a witness as long as nobody optimized against what it
# values; the reward model values much the same. People would notice, at first. Then one would ask people more often,
# train a new reward model on what the policy writes now, and go on.
