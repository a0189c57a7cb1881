# %% [markdown]
# ## 6 · The test set, and what is behind the number
#
# Every choice so far was made on validation reviews. Now the test set, once.

# %% experiment="test_accuracy"
# Experiment · The test reviews, once
test_ids = token_ids(test_texts)
EVERY = 5  # a fifth of the reviews is enough for the models with few labels, and saves minutes
N = label_counts[1]


@torch.no_grad()
def test_logits(model: nn.Module, *, every: int) -> torch.Tensor:
    """Logits (N, 2) for every so many-th test review, in the order of the data set."""
    ids, pieces = test_ids[::every], []
    for tokens, mask, _ in batches_of(ids, test_labels[::every], LENGTH):
        with device.autocast(place, precision):
            pieces.append(model(tokens, mask).float().cpu())
    logits = torch.empty(len(ids), 2)
    logits[sorted(range(len(ids)), key=lambda i: min(len(ids[i]), LENGTH - 2))] = torch.cat(pieces)
    return logits


tuned_logits = test_logits(tuned, every=1)
right = {"fine-tuned": tuned_logits.argmax(dim=1) == test_labels}
for name in ("words and pairs", BAR):
    right[name] = torch.from_numpy(baselines[name].predict(test_texts)) == test_labels
for name in ("fine-tuned", "from scratch"):
    guesses = test_logits(few_models[name, N], every=EVERY).argmax(dim=1)
    right[f"{name}, {N} labels"] = guesses == test_labels[::EVERY]
for name in ("words and pairs", BAR):
    guesses = torch.from_numpy(few_models[name, N].predict(test_texts[::EVERY]))
    right[f"{name}, {N} labels"] = guesses == test_labels[::EVERY]

# %% experiment="test_compared"
# Experiment · Intervals, and McNemar's test on the same reviews
for name, hits in right.items():
    low, high = wilson(int(hits.sum()), len(hits))
    print(
        f"{name}: {hits.float().mean():.2%} of {len(hits):,}, 95% interval {low:.2%} to {high:.2%}"
    )
clean = right["fine-tuned"][~overlap]
print(f"fine-tuned, without the reviews that are in train: {clean.float().mean():.2%}\n")
compare("fine-tuned", right["fine-tuned"], BAR, right[BAR])
for rival in ("from scratch", "words and pairs", BAR):
    few = [f"{name}, {N} labels" for name in ("fine-tuned", rival)]
    compare(few[0], right[few[0]], few[1], right[few[1]])

# %% figure="confusion"
# Figure · Which class is taken for the other
counts = torch.zeros(2, 2, dtype=torch.int64)
for truth, guess in zip(test_labels.tolist(), tuned_logits.argmax(dim=1).tolist(), strict=True):
    counts[truth, guess] += 1
plots.show(
    plots.confusion_matrix(counts, classes, title="Test reviews"),
    alt="A table of two rows and two columns: how many negative and positive reviews were taken for which class.",
    caption="Are the two kinds of mistakes equally frequent? If not, the model leans to one side.",
)

# %% [markdown]
# **What you saw.** The last lines decide what may be said: read who wins, and how often a coin would be as uneven.
# Where that is above 5%, the test has *not* shown a difference, and has not shown that there is none. A line is about
# these two models, not about two methods: another seed is another model. That is why the figure above has three.

# %% [markdown]
# ### What it gets wrong
#
# This part and the next *may wait*: no other needs them. They count, 1 point and 2.
#
# **Read its worst mistakes.** Ten reviews of which the model is most certain, and wrong.

# %% experiment="worst_mistakes"
# Experiment · The mistakes that the model is surest of
tuned_confidence, tuned_guess = tuned_logits.softmax(dim=1).max(dim=1)
wrong = (~right["fine-tuned"]).nonzero()[:, 0]
worst = wrong[tuned_confidence[wrong].argsort(descending=True)][:10]
for rank, i in enumerate(worst.tolist(), 1):
    text = re.sub(r"<[^>]*>", " ", test_texts[i])
    text = text if len(text) < 420 else f"{text[:200]} […] {text[-200:]}"
    print(
        f"{rank}. called {classes[tuned_guess[i]]} with {tuned_confidence[i]:.1%}, labeled {classes[test_labels[i]]}"
    )
    print(f"   {text}\n")

# %% [markdown]
# ### Question 1 · Why was it so sure? (1 point · 15 min · ●●○)
#
# Read the mistakes above; `print(test_texts[worst[k - 1]])` shows all of number k, of which the model read at most 512
# tokens. Find two *different* causes, such as a negation that was missed, and give for each the number of a review and
# a phrase from it. For one of them say what would help: other data, a longer text, another model, or another label. Two
# sentences for each cause will do.

# %% [markdown] manual="why_wrong" points=1
# Two causes are typical. First, **praise for something else**: the writer praises the book, the first film or an
# actor, and the verdict on this film is one short sentence among them; a model that adds up opinions misses what they
# are about. More text from the middle of the review, or a larger model, can help. Second, **labels that do not fit
# the text**: the review reads positive, the stars were few, or the other way round. No model will learn those; they
# limit every accuracy on this set, and only another label helps. Irony, where each word says the opposite, and plots
# full of grim words in a praising review are good answers too. (¼ point for one cause, ¼ point for another, ¼ point
# for a quotation for each, ¼ point for a remedy.)

# %% [markdown]
# **Contrast sets.** An accuracy says little about single skills. Change a sentence a little, so that its label flips,
# and see whether the answer flips too ([Gardner et al., 2020](https://arxiv.org/abs/2004.02709)). Write pairs of your
# own, the positive sentence first.

# %% free="your_contrasts"
pairs = [
    ("I liked this film.", "I did not like this film."),
    (
        "The plot is good and the acting superb.",
        "The plot is anything but good and the acting far from superb.",
    ),
    ("A waste of talent? Not at all, a delight.", "A delight? Not at all, a waste of talent."),
    (
        "I was afraid it would be dull. It was brilliant.",
        "I hoped it would be brilliant. It was dull.",
    ),
    ("If you want to sleep, avoid it: it keeps you awake.", "Great film, if you want to sleep."),
]


# %% experiment="contrasts"
# Experiment · Pairs of sentences that differ in a few words
@torch.no_grad()
def positive_share(model: nn.Module, texts: list[str]) -> list[float]:
    """The probability of the class positive for short texts."""
    tokens, mask = collate(
        [truncate(ids, LENGTH, "both", cls, sep) for ids in token_ids(texts)], pad
    )
    return model(tokens.to(place), mask.to(place)).float().softmax(dim=1)[:, 1].tolist()


both = 0
for first, second in pairs:
    p, q = positive_share(tuned, [first, second])
    both += p > 0.5 >= q
    print(f"{p:5.0%} positive: {first}\n{q:5.0%} positive: {second}\n")
print(f"both answers are right in {both} of {len(pairs)} pairs")

# %% [markdown]
# **What you saw.** A pair counts when both answers are right. Where the model fails, ask whether it followed the
# negation or the strongest word. An accuracy over a whole test set does not tell.

# %% [markdown]
# ### Calibration
#
# **Does it know when it may be wrong?** The larger probability is the model's **confidence**. A model is *calibrated*
# when, of all answers given with a confidence of 90%, nine in ten are right. The **expected calibration error** sorts
# answers into bins by confidence and compares ([Guo et al., 2017](https://arxiv.org/abs/1706.04599)):
#
# $$\text{ECE} = \sum_b \frac{n_b}{n} \, \Big| \text{accuracy}_b - \text{confidence}_b \Big|$$
#
# Four answers, each with confidence 0.75, three of them right: a perfect bin. If all four are right, the model was
# too modest, and the error is 0.25.

# %% [markdown]
# ### Exercise 9 · Calibration (2 points · 20 min · ●●○)
#
# `calibration_error` gets `confidence (N,)` in [0, 1] and `right (N,)`, bool. It uses `bins` bins of equal width over
# [0, 1]: the first is [0, 1/bins), the last one includes 1. Inside a bin take the mean confidence and the share of
# right answers. Empty bins add nothing. Return a float.
#
# <details><summary>Hint 1: the idea</summary>The number of the bin is confidence · bins, rounded down. Confidence 1
# belongs to the last bin.</details>
# <details><summary>Hint 2: the formula</summary>(n_b / n) · |Σ right / n_b − Σ confidence / n_b| = |Σ right − Σ
# confidence| / n, so there is no need to divide by n_b.</details>
# <details><summary>Hint 3: the line</summary><code>(confidence * bins).long().clamp(max=bins - 1)</code>, and
# <code>index_add_</code> or a loop over the bins.</details>


# %% solution="calibration_error"
def calibration_error(confidence: torch.Tensor, right: torch.Tensor, bins: int = 10) -> float:
    """The expected calibration error over bins of equal width (Guo et al., 2017, equation 3).

    Args:
        confidence: (N,) in [0, 1].
        right: (N,) bool.
        bins: how many; the last one includes confidence 1.
    """
    ### BEGIN SOLUTION
    which = (confidence * bins).long().clamp(max=bins - 1)  # (N,)
    gaps = confidence.new_zeros(bins).index_add(0, which, right.to(confidence) - confidence)
    return gaps.abs().sum().item() / len(confidence)
    ### END SOLUTION


# %% check="calibration_by_hand" points=1
confidence = torch.tensor(
    [0.75, 0.75, 0.75, 0.75, 0.91, 0.97, 0.54, 0.58, 0.52], dtype=torch.float64
)
right_answers = torch.tensor([1, 1, 1, 0, 1, 0, 0, 1, 1]).bool()
got = checks.run(calibration_error, confidence, right_answers, 10)
checks.that(
    not (isinstance(got, float) and math.isnan(got)),
    "calibration_error is NaN: an empty bin has no mean. Leave empty bins out.",
)
# Three bins: 4 answers with gap 0; 2 with 0.94 − 1 / 2; 3 with 2 / 3 − 1.64 / 3.
sure, unsure = 0.44, 0.36 / 3
slips = {
    "each bin counts the same; weight it with its share of the answers.": (sure + unsure) / 3,
    "the gaps have signs that cancel; take their absolute values.": (3 * unsure - 2 * sure) / 9,
    "the gaps have signs that cancel; take absolute values before you add.": (2 * sure - 3 * unsure)
    / 9,
    "the gap of each answer is taken on its own; first take the means of a bin.": (
        right_answers.double() - confidence
    )
    .abs()
    .mean(),
    "the sum over the bins is not divided by the number of answers.": 2 * sure + 3 * unsure,
    "the gaps of the bins are added without their weights n_b / n.": sure + unsure,
    "that is the largest gap, not the weighted mean.": sure,
    "that is a mean over the bins, empty ones too; weight each gap with n_b / n, its share of the answers.": (
        sure + unsure
    )
    / 10,
    "the gaps are squared; take absolute values.": (2 * sure**2 + 3 * unsure**2) / 9,
    "the bins reach from 0.5 to 1; they must cover [0, 1].": (0.09 + 0.97 + 0.06 + 0.42) / 9,
    "the middle of the bin is taken; take the mean confidence of its answers.": (
        2 * 0.45 + 3 * (2 / 3 - 0.55)
    )
    / 9,
    "the number of the bin is rounded to the nearest; round down.": (2 * sure + 0.06 + 0.42) / 9,
}
checks.close("nine answers in three bins", got, (2 * sure + 3 * unsure) / 9, slips=slips, rtol=1e-5)
checks.number("the calibration error", got)
checks.passed("the gaps, weighted by the number of answers")

# %% check="calibration_bins" points=1
cases = {
    "confidence 1 belongs to the last bin": ([1.0, 0.95], [False, True], 10, 0.475),
    "confidence 0 counts too": ([0.0, 0.0, 1.0], [True, False, True], 10, 1 / 3),
    "with 4 bins, 0.55 and 0.7 share one": ([0.55, 0.7], [True, False], 4, 0.125),
    "the first two bins are two": ([0.05, 0.15], [True, False], 10, 0.55),
    "with 1 bin all answers share it": ([0.2, 0.9, 0.7], [False, True, True], 1, 0.2 / 3),
    "a confidence on an edge belongs to the upper bin": ([0.5, 0.3], [True, False], 4, 0.4),
}
for about, (values, truth, bins, expected) in cases.items():
    with checks.hint(f"What this case tests: {about}."):
        got = checks.run(
            calibration_error, torch.tensor(values, dtype=torch.float64), torch.tensor(truth), bins
        )
        checks.close(f"confidences {values}, {bins} bins", got, expected, rtol=1e-5)
generator = torch.Generator().manual_seed(0)
confidence = 0.5 + 0.5 * torch.rand(20_000, generator=generator, dtype=torch.float64)
right_answers = torch.rand(20_000, generator=generator, dtype=torch.float64) < confidence
got = checks.run(calibration_error, confidence, right_answers)
checks.that(
    got < 0.02,
    f"20,000 answers, right as often as their confidence says: expected an error near 0, got {got:.3f}.",
)
### BEGIN HIDDEN TESTS
got = checks.run(
    calibration_error, torch.tensor([0.9, 0.8], dtype=torch.float32), torch.tensor([True, True]), 10
)
checks.close("two right answers in float32", got, 0.15, rtol=1e-4)
### END HIDDEN TESTS
checks.passed("edges, empty bins, and a calibrated model")

# %% figure="calibration"
# Figure · Confidence and the share of right answers
error = calibration_error(tuned_confidence, right["fine-tuned"])
which = (tuned_confidence * 10).long().clamp(max=9)
filled = [b for b in range(10) if (which == b).any()]
middles = [tuned_confidence[which == b].mean().item() for b in filled]
shares = [right["fine-tuned"][which == b].float().mean().item() for b in filled]
fig, ax = plt.subplots(figsize=(4.6, 3.8), layout="constrained")
ax.plot([0.5, 1], [0.5, 1], "--", color="gray", label="calibrated")
ax.plot(middles, shares, "o-", color=plots.COLORS[0], label="fine-tuned")
ax.set(title=f"Calibration error {error:.3f}", xlabel="confidence", ylabel="share of right answers")
ax.legend()
plots.show(
    fig,
    alt="Share of right answers against confidence, from 0.5 to 1, beside the diagonal of a calibrated model.",
    caption="Below the dashed line the model is surer than it should be.",
)

# %% figure="calibration_explorer"
# Figure · Surer, or less sure
plots.explore_calibration(
    tuned_confidence,
    right["fine-tuned"],
    caption="A temperature divides the logits. No answer changes, so the accuracy stays; what the model says of its "
    "answers (orange) moves, what is right (blue) is sorted anew. Where is the error smallest? Guo et al. choose the "
    "temperature so, on validation data.",
)
