# %% [markdown]
# ## 1 · Look at the data first
#
# IMDB ([Maas et al., 2011](https://aclanthology.org/P11-1015/)) holds 25,000 film reviews to learn from and 25,000 to
# test on, half of them positive, and 50,000 more without a label. A review with 4 stars or fewer of 10 is negative, one
# with 7 or more positive; the rest was left out.

# %% experiment="data"
# Experiment · The reviews, and what they look like
imdb = datasets.load_imdb()
every = scaled(
    full=1, smoke=1 + len(imdb.test) // 500
)  # under smoke some hundred of the real reviews
train_texts, train_labels = imdb.train["text"][::every], torch.tensor(imdb.train["label"][::every])
test_texts, test_labels = imdb.test["text"][::every], torch.tensor(imdb.test["label"][::every])
classes = ("negative", "positive")
for i in (0, len(train_texts) - 1):
    print(f"[{classes[train_labels[i]]}] {train_texts[i][:300]} …\n")
words = [len(text.split()) for text in train_texts]
marked = sum("<" in text for text in train_texts) / len(train_texts)
print(f"words in a review: median {np.median(words):.0f}, longest {max(words):,}")
print(f"with HTML in it: {marked:.0%}; positive: {train_labels.float().mean():.1%}")

# %% figure="lengths"
# Figure · Length of the reviews
fig, ax = plt.subplots(figsize=(6.5, 3), layout="constrained")
samples = {
    name: [n for n, y in zip(words, train_labels, strict=True) if y == k and n <= 1000]
    for k, name in enumerate(classes)
}
plots.distributions(ax, samples, title="Length of the reviews", xlabel="words")
plots.show(
    fig,
    alt="Two densities over the number of words, one per class. They lie almost on top of each other.",
    caption="Length says next to nothing about the class. Reviews of more than 1,000 words are left out.",
)

# %% [markdown]
# **The split is standard; is it clean?** A review that is both in train and in test is a question whose answer
# was handed out. Copies are seldom letter by letter: `A <b>great</b> film!` and `a great film` are the same review.
# So compare the words alone.

# %% [markdown]
# ### Exercise 1 · Reviews seen before (2 points · 15 min · ●○○)
#
# `normalize` turns a text into its words: HTML tags (all from `<` to the next `>`) become blanks, letters become
# lower case, and whatever is neither a letter nor a digit becomes a blank; one blank between words, none at the ends.
# `"Great<br />FILM, isn't it?"` gives `"great film isn t it"`. Letters of every alphabet stay: `"Amélie"` gives
# `"amélie"`.
#
# `seen_before` gets two lists of normalized texts. It returns a bool tensor `(len(test),)`: True for test texts that
# are in `train`. There are 25,000 of each: comparing all pairs takes too long.
#
# <details><summary>Hint 1: the idea</summary>Regular expressions replace and find. To ask whether something was seen,
# put everything that was seen into a set once.</details>
# <details><summary>Hint 2: the formula</summary>A tag is <code>&lt;[^&gt;]*&gt;</code>, a run of letters and digits
# <code>[^\W_]+</code>.</details>
# <details><summary>Hint 3: the line</summary><code>" ".join(re.findall(...))</code>, and <code>[text in seen for text
# in test]</code>.</details>


# %% solution="normalize"
def normalize(text: str) -> str:
    """The words of a text, in lower case, with one blank between them; no HTML, no punctuation."""
    ### BEGIN SOLUTION
    without_tags = re.sub(r"<[^>]*>", " ", text)
    return " ".join(re.findall(r"[^\W_]+", without_tags.lower()))
    ### END SOLUTION


# %% check="normalize_words" points=1
cases = {
    "Great<br />FILM, isn't it?": ("great film isn t it", "a tag, capitals and punctuation"),
    "  two\n\tlines  ": ("two lines", "white space of any kind is one blank"),
    "Amélie, Ørsted: 10/10!": ("amélie ørsted 10 10", "letters with accents, and digits, stay"),
    "a<b>c</b> <i>d</i>": ("a c d", "each tag ends at the next >"),
    "good -- __bad__ ...": ("good bad", "signs and underscores go, and leave one blank"),
    "<br /><br />!": ("", "nothing is left"),
    "1 < 2 and so on": ("1 2 and so on", "a lone < is no tag; it is a sign like others"),
    "<a\nhref='x'>rock &amp; roll</a>": (
        "rock amp roll",
        "a tag may hold anything, and &amp; is left as it is",
    ),
}
### BEGIN HIDDEN TESTS
cases |= {
    "<p class='x'>Привет, МИР</p> Łódź": ("привет мир łódź", "other alphabets"),
    "": ("", "no text at all"),
    "№5 déjà-vu": ("5 déjà vu", "№ is neither a letter nor a digit"),
}
### END HIDDEN TESTS
for text, (expected, about) in cases.items():
    got = checks.run(normalize, text)
    checks.that(
        isinstance(got, str), f"normalize returns one str; yours returns a {type(got).__name__}."
    )
    slips = {
        "make the letters lower case.": got != got.lower(),
        "the underscore is a sign like others, although \\w matches it.": "_" in got,
        "the tag is still there as a word; take tags out before the punctuation.": "br"
        in got.split(),
        "letters of every alphabet stay as they are; [a-z] knows the English ones alone.": got.isascii()
        and not expected.isascii(),
        "one blank between words, and none at the ends.": got.split() == expected.split(),
        "signs are left; whatever is neither a letter nor a digit becomes a blank.": not all(
            sign.isalnum() or sign.isspace() for sign in got
        ),
        "what is taken out leaves a blank, or words run together.": got.replace(" ", "")
        == expected.replace(" ", ""),
    }
    cause = next((f"\n  Likely cause: {text}" for text, holds in slips.items() if holds), "")
    checks.that(
        got == expected,
        f"normalize({text!r}): expected {expected!r}, got {got!r} ({about}).{cause}",
    )
checks.passed("tags, case, punctuation and blanks")


# %% solution="seen_before"
def seen_before(test: list[str], train: list[str]) -> torch.Tensor:
    """Which test texts are also in train.

    Args:
        test, train: normalized texts.

    Returns:
        (len(test),) bool.
    """
    ### BEGIN SOLUTION
    seen = set(train)
    return torch.tensor([text in seen for text in test], dtype=torch.bool)
    ### END SOLUTION


# %% data="counted_texts"
# Data · Texts that count, for the checks
class Counted(str):
    """A text; all of them count together how often one is compared or hashed."""

    times = 0

    def __eq__(self, other: object) -> bool:
        Counted.times += 1
        return str.__eq__(self, other)

    def __hash__(self) -> int:
        Counted.times += 1
        return str.__hash__(self)


# %% check="seen_before_texts" points=1
some_test, some_train = ["a b", "c", "a", "c", "d e", "c d"], ["c", "e d", "a b", "a b c"]
got = checks.run(seen_before, some_test, some_train)
checks.shape("seen_before(test, train)", got, test=6)
checks.that(got.dtype == torch.bool, f"seen_before: expected a bool tensor, got {got.dtype}.")
slips = {
    "a text counts as seen only when it is the whole of a train text, not a part of one.": "111100",
    "a train text that is a part of the test text does not count; compare whole texts.": "110101",
    "the order of the words counts: d e is not e d.": "110110",
    "single words are looked up; compare whole texts.": "111111",
    "True is for those that were seen.": "001011",
    "the second copy in test was seen in train as well.": "110000",
}
checks.close(
    "seen_before",
    got.double(),
    torch.tensor([1.0, 1, 0, 1, 0, 0]),
    slips={cause: torch.tensor([*map(int, wrong)]) for cause, wrong in slips.items()},
)
new, old = ([Counted(f"{kind} review {i}") for i in range(1000)] for kind in ("new", "old"))
Counted.times = 0
got = checks.run(seen_before, new, old, may_change=True)
checks.that(
    Counted.times < 60_000,
    f"1,000 texts among 1,000 others: compared or hashed {Counted.times:,} times; some 2,000 are enough.\n"
    "  Is the set made once, before the loop? A list is searched from its start each time.",
)
checks.close("the share seen among 1,000 new ones", got.double().mean(), 0.0)
### BEGIN HIDDEN TESTS
checks.shape("seen_before([], train)", checks.run(seen_before, [], ["a"]), test=0)
got = checks.run(seen_before, ["x y", "x y"], ["z"])
checks.that(
    not got.any(), "a text that is twice in test, and not in train, was never seen in train."
)
long = "the same beginning " * 50
got = checks.run(seen_before, [long + "a", "b " + long], [long + "b", "a " + long])
checks.that(
    not got.any(), "two long texts with the same beginning or the same end are not the same text."
)
checks.that(not checks.run(seen_before, ["a"], []).any(), "with an empty train nothing was seen.")
### END HIDDEN TESTS
checks.passed("whole texts, fast")

# %% experiment="overlap"
# Experiment · Test reviews that stand in the training set
train_normal, test_normal = (
    [normalize(text) for text in texts] for texts in (train_texts, test_texts)
)
overlap = seen_before(test_normal, train_normal)
unlabeled_overlap = seen_before(
    test_normal, [normalize(text) for text in imdb.unsupervised["text"][::every]]
)
print(f"test reviews that are in train: {int(overlap.sum())} of {len(overlap):,}")
print(f"test reviews that are among the unlabeled ones: {int(unlabeled_overlap.sum())}")
print(f"reviews that are twice in train: {len(train_normal) - len(set(train_normal))}")

# %% experiment="near_copies"
# Experiment · Test reviews that are nearly copies
RUN = 10  # words in a row


def runs(text: str, step: int = 1) -> list[int]:
    """A number for each run of words of a normalized text, or for every `step`-th of them."""
    words = text.split()
    return [hash(tuple(words[i : i + RUN])) for i in range(0, len(words) - RUN + 1, step)]


known = {run for text in train_normal for run in runs(text)}
shares = [np.mean([run in known for run in runs(text, step=5)] or [0]) for text in test_normal]
near = torch.tensor(shares) >= 0.5
print(f"test reviews half of whose runs of {RUN} words are in train: {int(near.sum())}")
print(f"of these not word for word the same: {int((near & ~overlap).sum())}")
for i in (near & ~overlap).nonzero()[:2, 0].tolist():
    print(f"  for example: {test_texts[i][:150]} …")
del known

# %% [markdown]
# **What you saw.** In the real IMDB, 123 test reviews, one in two hundred, are in train word for word, and 269 among
# the unlabeled ones. Six more share most of their sentences with a train review: a writer who begins every review in
# the same way. That is little, and worth knowing: at the end you report the accuracy without the copies too. The
# model you are about to load was pretrained on train and unlabeled reviews *after* all copies of test reviews were
# taken out.
#
# For choices you need data that is neither train nor test. A part of train, drawn at random, is held out for
# **validation**. The test set waits until the end.

# %% experiment="split"
# Experiment · A part of the reviews for validation
order = torch.randperm(len(train_texts), generator=torch.Generator().manual_seed(0)).tolist()
held_out = scaled(full=2000, smoke=100)
valid_index, fit_index = order[:held_out], order[held_out:]
fit_texts, valid_texts = ([train_texts[i] for i in index] for index in (fit_index, valid_index))
fit_labels, valid_labels = train_labels[fit_index], train_labels[valid_index]
copies = seen_before([normalize(t) for t in valid_texts], [normalize(t) for t in fit_texts])
print(f"{len(fit_texts):,} to learn from, {held_out:,} for validation ({int(copies.sum())} copies)")
