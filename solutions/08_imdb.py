# ---
# jupyter:
#   accelerator: GPU
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Lab 08 · Fine-tuning on IMDB
#
# A transformer that has read many film reviews, and never been told which are good, learns to tell them apart. You
# build all that stands between its weights and an honest number: clean splits, a baseline to beat, batches, a head,
# learning rates, an interval around the result, and a look at what the model looks at.
#
# | | |
# |---|---|
# | **You need** | Lab 05: the encoder; Lab 06: tokens, causal models |
# | **Time** | 360 minutes; the whole notebook runs for about half an hour on two CPU cores |
# | **Worth** | **39 points**: 38 graded by checks, 1 by a person |
# | **Data** | IMDB; without it and without a network a small stand-in of made-up reviews |
#
# Run the cells in order. After each exercise a check tells you what is right and what is not.
#
# COLAB_BADGE

# %% setup="setup"

# %% given="imports"
import math
import re
import time
from collections.abc import Callable
from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
import torch
import torch.nn.functional as F
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from torch import nn
from transformers import AutoModel, AutoModelForCausalLM, AutoModelForMaskedLM, AutoTokenizer
from transformers.utils import logging

from utils import checks, datasets, device, plots
from utils.batches import Batch, Batches, TextBatches
from utils.pretrained import find_model
from utils.report import report
from utils.settings import scaled
from utils.training import History, fit

logging.set_verbosity_error()  # it would warn of heads that are new, which is what we want
logging.disable_progress_bar()
place = device.get_device()
# Reviews are long: even where bfloat16 is not much faster, the time for conversions is won back.
precision = device.get_precision(place, least_gain=1.25)
print(f"This lab computes in {str(precision).removeprefix('torch.')}.")

# %% [markdown]
# ## 1 · Look at the data first
#
# IMDB ([Maas et al., 2011](https://aclanthology.org/P11-1015/)) holds 25,000 film reviews to learn from and 25,000 to
# test on, half of them positive, and 50,000 more without a label. A review with 4 stars or fewer of 10 is negative, one
# with 7 or more positive; the rest was left out.

# %% given="data"
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

# %% given="lengths"
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
many = [f"review {i} of many" for i in range(50_000)]
with checks.hint(
    "Is the set made once, before the loop? A list is searched from its start each time."
):
    got = checks.run(seen_before, many, many[25_000:], seconds=3)
checks.close("the share seen among 50,000", got.double().mean(), 0.5)
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

# %% given="overlap"
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

# %% given="near_copies"
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

# %% given="split"
order = torch.randperm(len(train_texts), generator=torch.Generator().manual_seed(0)).tolist()
held_out = scaled(full=2000, smoke=100)
valid_index, fit_index = order[:held_out], order[held_out:]
fit_texts, valid_texts = ([train_texts[i] for i in index] for index in (fit_index, valid_index))
fit_labels, valid_labels = train_labels[fit_index], train_labels[valid_index]
copies = seen_before([normalize(t) for t in valid_texts], [normalize(t) for t in fit_texts])
print(f"{len(fit_texts):,} to learn from, {held_out:,} for validation ({int(copies.sum())} copies)")

# %% [markdown]
# ## 2 · The bar to clear
#
# A bag of words and a linear model need seconds. **TF-IDF** counts the words of a review and gives less weight to
# words that occur in many; **logistic regression** learns a number for each. What a transformer has to earn is the
# distance to that.

# %% given="baselines"
baselines, baseline_seconds = {}, {}
for name, longest in (("words", 1), ("words and pairs", 2)):
    start = time.perf_counter()
    counting = TfidfVectorizer(ngram_range=(1, longest), min_df=2, sublinear_tf=True)
    baselines[name] = make_pipeline(counting, LogisticRegression(C=10, max_iter=1000))
    baselines[name].fit(fit_texts, fit_labels)
    baseline_seconds[name] = time.perf_counter() - start
    right = baselines[name].score(valid_texts, valid_labels)
    print(f"{name}: {right:.1%} on validation, {baseline_seconds[name]:.0f} s")

# %% given="baseline_words"
counting, linear = (step for _, step in baselines["words"].steps)
names, weights = counting.get_feature_names_out(), linear.coef_[0]
for title, index in (("negative", weights.argsort()[:12]), ("positive", weights.argsort()[-12:])):
    print(f"{title}: {', '.join(names[i] for i in index)}")

# %% [markdown]
# **How sure is that number?** It was measured on a sample. Had other reviews been drawn, another number would have
# come out. With $k$ right of $n$ and $p = k/n$, Wilson's interval contains the true accuracy in about 95% of cases for
# $z = 1.96$:
#
# $$\frac{p + \frac{z^2}{2n} \;\pm\; z \sqrt{\frac{p(1-p)}{n} + \frac{z^2}{4n^2}}}{1 + \frac{z^2}{n}}$$
#
# With 1 right of 1 it says 21% to 100%, where the textbook's $p \pm z\sqrt{p(1-p)/n}$ claims to be certain.

# %% [markdown]
# ### Exercise 2 · An interval around an accuracy (2 points · 10 min · ●○○)
#
# `wilson` returns the two ends of the interval as floats, for `right` correct answers among `total`.
#
# <details><summary>Hint 1: the idea</summary>Compute p, then the middle, then what is added and taken away; divide
# both by the same number.</details>
# <details><summary>Hint 2: the formula</summary>It is given above. For 90 of 100: 0.8256 to 0.9448.</details>
# <details><summary>Hint 3: the line</summary><code>spread = z * math.sqrt(p * (1 - p) / total + z**2 / (4 *
# total**2))</code></details>


# %% solution="wilson"
def wilson(right: int, total: int, z: float = 1.96) -> tuple[float, float]:
    """The ends of Wilson's interval (1927) for the share of right answers.

    Args:
        right: correct answers, from 0 to total.
        total: answers, at least 1.
        z: standard deviations; 1.96 for 95%.
    """
    ### BEGIN SOLUTION
    p = right / total
    middle = p + z**2 / (2 * total)
    spread = z * math.sqrt(p * (1 - p) / total + z**2 / (4 * total**2))
    scale = 1 + z**2 / total
    return (middle - spread) / scale, (middle + spread) / scale
    ### END SOLUTION


# %% check="wilson_ends" points=1
low, high = checks.unpack("wilson(90, 100)", checks.run(wilson, 90, 100), "low", "high")
checks.that(
    float(low) <= float(high),
    f"the lower end comes first: expected 0.8256 and 0.9448, got {low:.4f} and {high:.4f}.",
)
p, n, z = 0.9, 100, 1.96
middle, plain, scale = p + z**2 / (2 * n), p * (1 - p) / n, 1 + z**2 / n
spread = z * math.sqrt(plain + z**2 / (4 * n**2))
slips = {
    "that is p ± z·sqrt(p(1−p)/n); Wilson's interval has z² in three more places.": p
    - z * math.sqrt(plain),
    "divide the middle and the spread by 1 + z²/n.": middle - spread,
    "divide the spread by 1 + z²/n too.": middle / scale - spread,
    "divide the middle by 1 + z²/n too.": middle - spread / scale,
    "the quotient needs parentheses around 1 + z²/n.": middle - spread + z**2 / n,
    "the denominator is 1 + z²/n, with the square.": (middle - spread) / (1 + z / n),
    "the denominator is 1 + z²/n, not 1 + z²/(2n).": (middle - spread) / (1 + z**2 / (2 * n)),
    "the spread is z times the root.": (middle - spread / z) / scale,
    "that is in percent; return shares between 0 and 1.": 100 * (middle - spread) / scale,
    "under the root stands z²/(4n²): square n, not 4n.": (
        middle - z * math.sqrt(plain + z**2 / (4 * n) ** 2)
    )
    / scale,
    "the middle is p + z²/(2n); its z² is missing.": (p - spread) / scale,
    "the middle is p + z²/(2n), not p + z²/n.": (p + z**2 / n - spread) / scale,
    "z²/(4n²) is missing under the root.": (middle - z * math.sqrt(plain)) / scale,
    "under the root stands z²/(4n²), with the square of n.": (
        middle - z * math.sqrt(plain + z**2 / (4 * n))
    )
    / scale,
    "z**2 / 2 * n multiplies by n; write z**2 / (2 * n).": (
        p + z**2 / 2 * n - z * math.sqrt(plain + z**2 / 4 * n**2)
    )
    / scale,
}
near = {"rtol": 3e-6, "atol": 0}
checks.close("the lower end for 90 of 100", low, 0.8256327, slips=slips, **near)
checks.close("the upper end for 90 of 100", high, 0.9447715, **near)
checks.passed("90 of 100: 82.6% to 94.5%")

# %% check="wilson_edges" points=1
for right, total, z, expected in (
    (1, 1, 1.96, (0.206543, 1.0)),
    (0, 12, 1.96, (0.0, 0.242501)),
    (22_875, 25_000, 1.96, (0.911479, 0.918394)),
    (7, 10, 1.0, (0.542457, 0.821179)),
):
    got = checks.unpack("wilson", checks.run(wilson, right, total, z), "low", "high")
    with checks.hint(
        "Is the number of standard deviations z hard-coded as 1.96?"
        if z == 1
        else "If the check before fails too, mend that first. All right, or none, is no special case."
    ):
        for end, value, wanted in zip(("lower", "upper"), got, expected, strict=True):
            rounded = {"it is rounded; leave that to the print.": round(wanted, 4)}
            what = f"the {end} end of wilson({right}, {total}, {z})"
            checks.close(what, value, wanted, atol=2e-6, slips=rounded)
### BEGIN HIDDEN TESTS
for right, total in ((3, 7), (1, 500), (499, 500)):
    p, n = right / total, total
    for end in checks.run(wilson, right, total):
        checks.close(
            "the distance in standard deviations",
            abs(p - end),
            1.96 * math.sqrt(end * (1 - end) / n),
            rtol=1e-5,
        )
### END HIDDEN TESTS
checks.passed("one answer, none right, and 25,000")

# %% given="baseline_interval"
for name, model in baselines.items():
    right = int((model.predict(valid_texts) == valid_labels.numpy()).sum())
    low, high = wilson(right, held_out)
    print(
        f"{name}: {right / held_out:.1%} on {held_out:,} reviews, 95% interval {low:.1%} to {high:.1%}"
    )
low, high = wilson(round(0.9 * 25_000), 25_000)
print(f"on 25,000 reviews an accuracy of 90% has the interval {low:.1%} to {high:.1%}")

# %% [markdown]
# **What you saw.** On 2,000 reviews two models must lie about two percentage points apart before the difference means
# much. On all 25,000 test reviews half a point is enough.

# %% [markdown]
# ## 3 · From text to batches
#
# The next cell finds a pretrained encoder: *imdb-bert-mini*, which comes with this book. It was made by
# `data/pretrain_imdb_bert.py`, from film reviews alone and without their labels. With a GPU you can put a larger one
# in its place; section 9 says how.

# %% given="model_name"
NAME = "imdb-bert-mini"  # or "distilbert-base-uncased", or a folder in $LABS_DATA/models
folder = find_model(NAME)
tokenizer = AutoTokenizer.from_pretrained(folder)
masked_model = AutoModelForMaskedLM.from_pretrained(folder).to(place).eval()
config = masked_model.config
parameters = sum(p.numel() for p in masked_model.parameters())
print(f"{parameters:,} parameters, {config.num_hidden_layers} layers, d_model {config.hidden_size}")
print(
    f"{len(tokenizer):,} tokens in the vocabulary, at most {tokenizer.model_max_length} in a text"
)

# %% given="pieces_of_words"
for text in (
    "A wonderful film!",
    "Kieslowski's unwatchable masterpiece",
    "wonderfull acting, gr8 plot",
):
    print(f"{text!r}: {tokenizer.tokenize(text)}")

# %% [markdown]
# Besides pieces of words the vocabulary has **special tokens**: `[CLS]` begins each text, `[SEP]` ends it, `[PAD]`
# fills up a short one, `[MASK]` hides a word, and `[UNK]` stands for a word that cannot be cut.
#
# **WordPiece** ([Schuster and Nakajima, 2012](https://doi.org/10.1109/ICASSP.2012.6289079)) has one rule when it cuts a
# word: take the longest piece of the vocabulary that the word begins with, then the longest that the rest begins with,
# and so on. Pieces inside a word are written with `##` in front. A vocabulary that holds `film`, `##makers`, `##maker`
# and `##s` cuts *filmmakers* into `film`, `##makers`.
#
# A rare name falls into many pieces, and so does a typo. The model has seen those pieces, but seldom in this order.

# %% [markdown]
# ### Exercise 3 · WordPiece (2 points · 20 min · ●●○)
#
# `wordpiece` cuts one lower-case word into pieces of `vocabulary`, from left to right, the longest one first. All
# pieces but the first begin with `##`. If at some place no piece fits, the whole word becomes `["[UNK]"]`.
#
# <details><summary>Hint 1: the idea</summary>Two nested loops: where the piece starts, and where it ends, from the
# end of the word backwards.</details>
# <details><summary>Hint 2: the formula</summary>piece = word[start:end], with ## in front when start &gt; 0. If it is
# in the vocabulary, keep it and go on at start = end.</details>
# <details><summary>Hint 3: the line</summary><code>for end in range(len(word), start, -1):</code>. Python's <code>for
# … else</code> tells that no piece was found.</details>


# %% solution="wordpiece"
def wordpiece(word: str, vocabulary: set[str]) -> list[str]:
    """Cuts a word into the longest pieces, from left to right (Schuster and Nakajima, 2012).

    Args:
        word: one word, lower case.
        vocabulary: pieces; those inside a word begin with "##".

    Returns:
        The pieces, or ["[UNK]"] when the word cannot be cut.
    """
    ### BEGIN SOLUTION
    pieces, start = [], 0
    while start < len(word):
        for end in range(len(word), start, -1):
            piece = ("##" if start else "") + word[start:end]
            if piece in vocabulary:
                pieces.append(piece)
                start = end
                break
        else:
            return ["[UNK]"]
    return pieces
    ### END SOLUTION


# %% check="wordpiece_by_hand" points=1
tiny = {
    "film",
    "fil",
    "f",
    "##m",
    "##makers",
    "##maker",
    "##s",
    "##make",
    "##rs",
    "##i",
    "##l",
    "un",
    "##watch",
    "##able",
    "a",
    "able",
}
cases = {
    "film": (["film"], "the first piece is the longest that the word begins with, without ##"),
    "unwatchable": (["un", "##watch", "##able"], "pieces inside the word begin with ##"),
    "filmmakers": (["film", "##makers"], "inside the word too, the longest piece comes first"),
    "films": (["film", "##s"], "the longest piece that the word begins with, then the rest"),
    "ffilm": (["[UNK]"], "no piece fits after f, no letter is skipped, and the whole is [UNK]"),
    "filmakers": (["[UNK]"], "no piece fits after film, and no shorter beginning is tried again"),
    "ablea": (["[UNK]"], "##a is not in the vocabulary, and a is only for the start of a word"),
    "watch": (["[UNK]"], "##watch is only for the inside of a word"),
    "unfilm": (["[UNK]"], "one place without a piece makes the whole word [UNK]"),
}
for word, (expected, about) in cases.items():
    got = checks.run(wordpiece, word, tiny)
    checks.that(got == expected, f"wordpiece({word!r}): expected {expected}, got {got!r}; {about}.")
### BEGIN HIDDEN TESTS
got = checks.run(wordpiece, "xyz", {"x", "xy", "##yz", "##z", "##y"})
checks.that(got == ["xy", "##z"], f"expected ['xy', '##z'], the longest first, got {got}.")
long = "counterrevolutionaries"
got = checks.run(wordpiece, long, {long, "counter", "##revolutionaries"})
checks.that(got == [long], f"a word of the vocabulary, however long, is one piece: got {got}.")
got = checks.run(wordpiece, "ab", {"a", "##c"})
checks.that(got == ["[UNK]"], f"expected ['[UNK]'], got {got}.")
### END HIDDEN TESTS
checks.passed("longest first, ## inside, [UNK] when nothing fits")

# %% check="wordpiece_library" points=1
vocabulary = set(tokenizer.get_vocab())
text = " ".join(valid_texts[:20]).lower()
for word in [
    *sorted(set(re.findall(r"\b[a-z]+\b", text)))[:500],
    "kieslowski",
    "wonderfull",
    "zzyzx",
    "antidisestablishmentarianism",
]:
    expected, got = tokenizer.tokenize(word), checks.run(wordpiece, word, vocabulary)
    checks.that(got == expected, f"wordpiece({word!r}): the library gives {expected}, yours {got}.")
checks.passed("the same pieces as the tokenizers library")

# %% [markdown]
# **Too long.** Attention costs time that grows with the square of the length, and models have a longest text. What
# should go? The **head** of a review says what the film is, the **tail** often gives the verdict. Both ends can be
# kept, and the middle dropped ([Sun et al., 2019](https://arxiv.org/abs/1905.05583)).

# %% [markdown]
# ### Exercise 4 · Truncation (2 points · 15 min · ●○○)
#
# `truncate` gets the ids of a text *without* special tokens. It returns a list of at most `length` ids **that begins
# with `cls` and ends with `sep`**. When the text is too long, `policy` says what stays of it: `"head"`, the first
# ids; `"tail"`, the last ones; `"both"`, one half from the start and one from the end (when the room is odd, the
# first half gets one more).
#
# A text of 7 ids and `length=7` leaves room for 5: head 0 1 2 3 4, tail 2 3 4 5 6, both 0 1 2 5 6.
#
# <details><summary>Hint 1: the idea</summary>The room is the length minus the two special tokens. A text that fits
# stays whole under each policy.</details>
# <details><summary>Hint 2: the formula</summary>both: the first room − room // 2 ids, the last room // 2.</details>
# <details><summary>Hint 3: the line</summary>Beware: <code>ids[-0:]</code> is the whole list. Write
# <code>ids[len(ids) - count:]</code>.</details>


# %% solution="truncate"
def truncate(ids: list[int], length: int, policy: str, cls: int, sep: int) -> list[int]:
    """A text of at most `length` ids, [CLS] and [SEP] included.

    Args:
        ids: the text without special tokens.
        length: at least 3.
        policy: what stays of a longer text: "head", "tail" or "both".
        cls, sep: the ids of [CLS] and [SEP].
    """
    ### BEGIN SOLUTION
    room = length - 2
    if len(ids) > room:
        last = {"head": 0, "tail": room, "both": room // 2}[policy]
        ids = ids[: room - last] + ids[len(ids) - last :]
    return [cls, *ids, sep]
    ### END SOLUTION


# %% check="truncate_policies" points=1
cases = {
    ("head", 6): [90, 0, 1, 2, 3, 91],
    ("head", 7): [90, 0, 1, 2, 3, 4, 91],
    ("head", 8): [90, 0, 1, 2, 3, 4, 5, 91],
    ("both", 8): [90, 0, 1, 2, 4, 5, 6, 91],
    ("tail", 7): [90, 2, 3, 4, 5, 6, 91],
    ("both", 7): [90, 0, 1, 2, 5, 6, 91],
    ("both", 6): [90, 0, 1, 5, 6, 91],
    ("both", 3): [90, 0, 91],
    ("tail", 3): [90, 6, 91],
    ("head", 3): [90, 0, 91],
}
for (policy, length), expected in cases.items():
    got = checks.run(truncate, list(range(7)), length, policy, 90, 91)
    checks.that(isinstance(got, list), f"expected a list of ids, got a {type(got).__name__}.")
    room = length - 2
    slips = {
        "the first id must be cls and the last one sep: cut the text, then put them around it.": not got
        or (got[0], got[-1]) != (90, 91),
        "[CLS] and [SEP] count too: they leave room for two ids fewer.": len(got) == length + 2,
        "the text fits only without [CLS] and [SEP]: they leave room for two ids fewer.": length
        == 7
        and got == [90, *range(7), 91],
        "the text does not fit, and is not cut.": got == [90, *range(7), 91],
        "there are two special tokens: the room is length − 2.": len(got) == length + 1,
        "with an odd room the first half gets one more.": policy == "both"
        and got in ([90, 0, 1, 4, 5, 6, 91], [90, 6, 91], [90, 0, 1, 5, 6, 91], [90, 91]),
        "ids[-0:] is the whole list, not an empty one.": len(got) > length,
        "those are the first ids; policy says otherwise.": got == [90, *range(room), 91],
        "those are the last ids; policy says otherwise.": got == [90, *range(7 - room, 7), 91],
    }
    cause = next((f"\n  Likely cause: {text}" for text, holds in slips.items() if holds), "")
    checks.that(
        got == expected,
        f"0 … 6 with length {length}, {policy}: expected {expected}, got {got}.{cause}",
    )
checks.passed("head, tail and both, with [CLS] and [SEP]")

# %% check="truncate_short" points=1
for policy in ("head", "tail", "both"):
    for ids in ([5, 6, 7], [5, 6], [5], []):
        got = checks.run(truncate, ids, 5, policy, 1, 2)
        checks.that(
            got == [1, *ids, 2],
            f"{ids} fits into length 5 with [CLS] and [SEP]: expected {[1, *ids, 2]}, got {got} ({policy}).",
        )
### BEGIN HIDDEN TESTS
for count, length in ((100, 20), (19, 20), (18, 20), (101, 21)):
    ids, room = list(range(3, 3 + count)), length - 2
    for policy in ("head", "tail", "both"):
        got = checks.run(truncate, ids, length, policy, 1, 2)
        front = {"head": room, "tail": 0, "both": (room + 1) // 2}[policy]
        kept = ids if count <= room else ids[:front] + ids[count - (room - front) :]
        checks.that(
            got == [1, *kept, 2],
            f"{count} ids, length {length}, {policy}: expected {[1, *kept, 2]}, got {got}.",
        )
### END HIDDEN TESTS
checks.passed("a text that fits stays whole")

# %% [markdown]
# **Experiment.** Which policy keeps the verdict? The cell cuts the reviews to a few tokens, and logistic regression
# on the tokens tells what can be learned from what is left. No transformer is needed for that.


# %% given="tokenized"
def token_ids(texts: list[str]) -> list[list[int]]:
    """The ids of texts, whole and without special tokens; a part at a time, for the sake of memory."""
    ids = []
    for start in range(0, len(texts), 1000):
        part = tokenizer(texts[start : start + 1000], add_special_tokens=False, verbose=False)
        ids.extend(part["input_ids"])
    return ids


start = time.perf_counter()
fit_ids, valid_ids = token_ids(fit_texts), token_ids(valid_texts)
counts = np.array([len(ids) for ids in fit_ids])
print(
    f"{len(fit_ids):,} reviews cut into {counts.sum():,} tokens in {time.perf_counter() - start:.0f} s"
)
for length in (128, 256, 512):
    print(f"longer than {length} tokens: {(counts > length - 2).mean():.0%} of the reviews")

# %% given="truncation_experiment"
cls, sep, pad = tokenizer.cls_token_id, tokenizer.sep_token_id, tokenizer.pad_token_id
rooms, some = scaled(full=(32, 64, 128, 256), smoke=(8, 16)), scaled(full=5000, smoke=300)
kept = {"head": [], "tail": [], "both": []}
for policy, accuracies in kept.items():
    for length in rooms:
        bags = [
            [truncate(ids, length, policy, cls, sep) for ids in many]
            for many in (fit_ids[:some], valid_ids)
        ]
        linear = make_pipeline(
            TfidfVectorizer(analyzer=lambda ids: ids, sublinear_tf=True), LogisticRegression(C=5)
        )
        linear.fit(bags[0], fit_labels[:some])
        accuracies.append(linear.score(bags[1], valid_labels))

fig, ax = plt.subplots(figsize=(6.5, 3.2), layout="constrained")
title = "A bag of the tokens that are left"
plots.curves(ax, kept, title=title, xlabel="tokens", ylabel="validation accuracy", x=rooms)
ax.set_xscale("log", base=2)
ax.set_xticks(rooms, map(str, rooms))
plots.show(
    fig,
    alt="Accuracy against the number of tokens for head, tail and both. All rise, "
    "and come closer to the right on IMDB.",
    caption="The shorter the text, the more it matters which part of it is kept.",
)

# %% [markdown]
# **What you saw.** Compare the curves at the left, where little room is left: there the policy matters. At the right
# more than half of the reviews fit whole, and much of the others is kept: it matters less. This lab keeps both ends.

# %% [markdown]
# A **batch** is a rectangle of numbers, and reviews have different lengths: short ones are filled up with `[PAD]`. A
# mask says which tokens are real, and attention looks at those alone. Padding costs as much time as words do.

# %% [markdown]
# ### Exercise 5 · Collate (4 points · 30 min · ●●○)
#
# `collate` turns a list of token sequences into `tokens (B, T)`, int64, filled up **on the right** with `pad`, and
# `mask (B, T)`, bool, True where there is a token. T is the longest length *in this batch*.
#
# `bucketed` gets the lengths `(N,)` of all sequences and returns a list of index tensors, one per batch. Each index
# appears in exactly one batch; sequences of similar length go together, so that there is little padding; each batch has
# `batch_size` sequences, but for one that holds the rest. The batches come in an **order drawn** with `generator`, or
# the model would see all short reviews first.
#
# <details><summary>Hint 1: the idea</summary>Make a tensor full of <code>pad</code> and write each sequence into its
# row. For buckets: sort by length, cut, shuffle the pieces.</details>
# <details><summary>Hint 2: the formula</summary>mask[b, t] = t &lt; length of sequence b: from the lengths, not from
# the ids, since a pad id may be a word elsewhere.</details>
# <details><summary>Hint 3: the line</summary><code>lengths.argsort().split(batch_size)</code>, then
# <code>torch.randperm(len(batches), generator=generator)</code>.</details>


# %% solution="collate"
def collate(sequences: list[list[int]], pad: int) -> tuple[torch.Tensor, torch.Tensor]:
    """A batch of sequences, padded on the right to the longest of them.

    Args:
        sequences: B lists of token ids, none empty.
        pad: the id that fills the rest.

    Returns:
        tokens (B, T) int64, and mask (B, T) bool, True where there is a token.
    """
    ### BEGIN SOLUTION
    lengths = torch.tensor([len(sequence) for sequence in sequences])
    mask = torch.arange(int(lengths.max())) < lengths[:, None]  # (B, T)
    tokens = torch.full(mask.shape, pad)
    tokens[mask] = torch.tensor([i for sequence in sequences for i in sequence])
    return tokens, mask
    ### END SOLUTION


# %% check="collate_tokens" points=1
tokens, mask = checks.unpack(
    "collate", checks.run(collate, [[5, 6], [7, 8, 9, 4], [3]], 1), "tokens", "mask"
)
checks.tensor("tokens", tokens)
with checks.hint("T is the longest length in this batch."):
    checks.shape("tokens", tokens, batch=3, tokens=4)
checks.that(
    tokens.dtype == torch.int64,
    f"tokens: expected int64, got {tokens.dtype}. An embedding needs int64.",
)
expected = torch.tensor([[5, 6, 1, 1], [7, 8, 9, 4], [3, 1, 1, 1]])
slips = {
    "the batch is filled with 0; fill it with pad.": torch.tensor(
        [[5, 6, 0, 0], [7, 8, 9, 4], [3, 0, 0, 0]]
    ),
    "the padding stands on the left; it goes to the right.": torch.tensor(
        [[1, 1, 5, 6], [7, 8, 9, 4], [1, 1, 1, 3]]
    ),
    "keep the order of the sequences.": torch.tensor([[7, 8, 9, 4], [5, 6, 1, 1], [3, 1, 1, 1]]),
}
checks.close(
    "tokens, pad 1",
    tokens.double(),
    expected.double(),
    slips={k: v.double() for k, v in slips.items()},
)
for pad_id, sequences in ((9, [[4, 4, 4], [6]]), (0, [[7, 7]]), (3, [[5]] * 4 + [[3] * 6])):
    longest = max(map(len, sequences))
    padded = [row + [pad_id] * (longest - len(row)) for row in sequences]
    got, _ = checks.unpack("collate", checks.run(collate, sequences, pad_id), "tokens", "mask")
    checks.shape(f"tokens for {sequences}", got, batch=len(sequences), tokens=longest)
    checks.that(
        got.tolist() == padded, f"{sequences}, pad {pad_id}: expected {padded}, got {got.tolist()}."
    )
### BEGIN HIDDEN TESTS
for count in (1, 6):
    sequences = [list(range(2, 3 + (7 * i) % 5)) for i in range(count)]
    tokens, _ = checks.run(collate, sequences, 0)
    checks.shape("tokens", tokens, batch=count, tokens=max(map(len, sequences)))
    checks.that(
        [row[: len(s)].tolist() for row, s in zip(tokens, sequences, strict=True)] == sequences,
        "each row begins with its sequence.",
    )
### END HIDDEN TESTS
checks.passed("padded on the right, to the longest of the batch")

# %% check="collate_mask" points=1
_, mask = checks.unpack(
    "collate", checks.run(collate, [[5, 6], [7, 1, 9, 1], [1]], 1), "tokens", "mask"
)
checks.shape("mask", mask, batch=3, tokens=4)
checks.that(
    mask.dtype == torch.bool, f"mask: expected bool, True where there is a token, got {mask.dtype}."
)
expected = torch.tensor([[1, 1, 0, 0], [1, 1, 1, 1], [1, 0, 0, 0]], dtype=torch.float64)
slips = {
    "True is for tokens, False for padding.": 1 - expected,
    "a token may have the id of pad: make the mask from the lengths.": torch.tensor(
        [[1, 1, 0, 0], [1, 0, 1, 0], [0, 0, 0, 0]], dtype=torch.float64
    ),
    "everything is marked as a token; the padding is not.": torch.ones(3, 4, dtype=torch.float64),
    "the padding stands on the left; it goes to the right.": expected.flip(1),
}
checks.close("mask", mask.double(), expected, slips=slips)
for rows in ([[2], [3, 3]], [[1, 1, 1, 1, 1], [1], [0, 1]]):
    _, got = checks.run(collate, rows, 1)
    wanted = [[t < len(row) for t in range(max(map(len, rows)))] for row in rows]
    checks.that(
        got.tolist() == wanted, f"the mask of {rows}: expected {wanted}, got {got.tolist()}."
    )
checks.passed("True where there is a token")


# %% solution="bucketed"
def bucketed(
    lengths: torch.Tensor, batch_size: int, generator: torch.Generator
) -> list[torch.Tensor]:
    """Batches of sequences of similar length, in a drawn order.

    Args:
        lengths: (N,) int64.
        batch_size: sequences in a batch; one batch holds the rest.
        generator: draws the order of the batches.

    Returns:
        Tensors of indices, one per batch.
    """
    ### BEGIN SOLUTION
    batches = lengths.argsort().split(batch_size)
    return [batches[i] for i in torch.randperm(len(batches), generator=generator)]
    ### END SOLUTION


# %% check="bucketed_once" points=1
lengths = torch.randint(5, 400, (53,), generator=torch.Generator().manual_seed(0))
batches = checks.run(bucketed, lengths, 8, torch.Generator().manual_seed(1))
checks.that(
    isinstance(batches, list | tuple),
    f"expected a list of tensors, got a {type(batches).__name__}.",
)
for batch in batches:
    checks.tensor("a batch", batch)
sizes = sorted(len(batch) for batch in batches)
slip = " Is the rest dropped? It is a batch too." if sizes == [8] * 6 else ""
checks.that(
    sizes == [5, *[8] * 6],
    f"53 sequences in batches of 8: expected six of 8 and one of 5, got sizes {sizes}.{slip}",
)
indices = sorted(torch.cat(list(batches)).tolist())
slip = " Those are the lengths; return the indices." if indices == sorted(lengths.tolist()) else ""
checks.that(
    indices == list(range(53)), f"each index from 0 to 52 must appear in exactly one batch.{slip}"
)
for count, size in ((6, 3), (10, 4), (2, 5)):
    batches = checks.run(bucketed, torch.arange(count) + 1, size, torch.Generator().manual_seed(1))
    got = sorted(len(batch) for batch in batches)
    wanted = sorted([size] * (count // size) + [count % size] * (count % size > 0))
    checks.that(
        got == wanted,
        f"{count} sequences in batches of {size}: expected sizes {wanted}, got {got}.",
    )
### BEGIN HIDDEN TESTS
for count, size in ((12, 3), (7, 5), (1, 1)):
    batches = checks.run(bucketed, torch.arange(count) + 1, size, torch.Generator().manual_seed(1))
    checks.that(
        sorted(torch.cat(list(batches)).tolist()) == list(range(count)),
        "each index must appear in exactly one batch.",
    )
    checks.that(
        len(batches) == -(-count // size),
        f"{count} sequences in batches of {size}: got {len(batches)} batches.",
    )
### END HIDDEN TESTS
checks.passed("each sequence once, in batches of the right size")

# %% check="bucketed_padding" points=1
lengths = torch.randint(5, 400, (53,), generator=torch.Generator().manual_seed(0))


def bucketed_with(seed: int) -> list[torch.Tensor]:
    batches = checks.run(bucketed, lengths, 8, torch.Generator().manual_seed(seed))
    batches = [torch.as_tensor(b) for b in batches] if isinstance(batches, list | tuple) else []
    indices = [i for b in batches for i in b.flatten().tolist()]
    checks.that(
        sorted(indices) == list(range(53)),
        "the batches must hold indices from 0 to 52, each of them once: let the check above pass first.",
    )
    return batches


def places_of_padding(batches: list[torch.Tensor]) -> int:
    return sum(int(lengths[b].max()) * len(b) - int(lengths[b].sum()) for b in batches)


# The batch with the rest may stand anywhere among the sorted ones.
cuts = [lengths.sort().indices.split([8] * k + [5] + [8] * (6 - k)) for k in range(7)]
most = max(map(places_of_padding, cuts))
got = places_of_padding(bucketed_with(seed=1))
checks.that(
    got <= most,
    f"53 reviews in batches of 8 need at most {most:,} places of padding when sorted by length, yours need "
    f"{got:,}. Sort by length before you cut.",
)
drawn = [tuple(int(lengths[b].max()) for b in bucketed_with(seed)) for seed in range(40)]
checks.that(
    len(set(drawn)) > 1,
    f"40 generators gave one order of the batches, with longest lengths {drawn[0]}. Draw the order with generator.",
)
sizes = [[len(b) for b in bucketed_with(seed)] for seed in range(40)]
rests = {some.index(min(some)) for some in sizes}
checks.that(
    len(set(drawn)) > 30 and len(rests) > 4,
    f"40 generators gave only {len(set(drawn))} orders of 7 batches, with the smaller batch at {len(rests)} places. "
    "Every order should be possible: torch.randperm draws one.",
)
generator = torch.Generator().manual_seed(5)
twice = [checks.run(bucketed, lengths, 8, generator, may_change=True) for _ in range(2)]
first, second = ([int(lengths[b].max()) for b in batches] for batches in twice)
checks.that(
    first != second,
    "two calls with one generator gave the same order, as in every epoch: draw with it, do not make another one of it.",
)
checks.that(
    tuple(int(lengths[b].max()) for b in bucketed_with(seed=3)) == drawn[3],
    "the same seed gave another order. Draw with the generator that you got, not with torch's own.",
)
checks.passed("little padding, in an order that the generator draws")

# %% [markdown]
# **Experiment.** The same reviews through the encoder, batched in three ways: all padded to the longest text the
# model takes, each batch padded to its own longest review, and batches of similar length.

# %% given="padding_experiment"
LENGTH = scaled(full=512, smoke=64)
some = [truncate(ids, LENGTH, "both", cls, sep) for ids in fit_ids[: scaled(full=400, smoke=24)]]
lengths, B = torch.tensor([len(ids) for ids in some]), scaled(full=32, smoke=8)
plans = {
    f"all to {LENGTH}": torch.arange(len(some)).split(B),
    "to the longest of the batch": torch.arange(len(some)).split(B),
    "buckets": bucketed(lengths, B, torch.Generator().manual_seed(0)),
}
encoder = masked_model.base_model
for name, batches in plans.items():
    places = 0
    with device.measure(place) as cost, torch.no_grad(), device.autocast(place, precision):
        for index in batches:
            tokens, mask = collate([some[i] for i in index.tolist()], pad)
            if name.startswith("all"):
                room = (0, LENGTH - tokens.shape[1])
                tokens, mask = F.pad(tokens, room, value=pad), F.pad(mask, room)
            encoder(tokens.to(place), attention_mask=mask.to(place))
            places += tokens.numel()
    share = 1 - lengths.sum().item() / places
    print(f"{name}: {share:.0%} of the places are padding, {cost.seconds:.1f} s")

# %% [markdown]
# **What you saw.** About half of the places hold nothing, and padding batch by batch hardly helps: among 32 reviews
# drawn at random there is nearly always one that fills all 512. With buckets nearly every place holds a
# token. From here on `TextBatches` of `utils` does both steps for you, on the device.

# %% [markdown]
# ## 4 · Masked-language modeling
#
# What can one learn from text without labels? BERT ([Devlin et al., 2019](https://arxiv.org/abs/1810.04805)) hides some
# of the tokens and guesses them from all the others, left and right:
#
# $$\max_\theta \sum_{t \in M} \log P(x_t \mid x_{\setminus M})$$
#
# where $M$ are the hidden places. In *the [MASK] was brilliant and I cried*, the words on both sides say that it was
# a film or an ending, and *cried* that it was moving. To guess well, the model must learn grammar, facts, and which
# opinions go together. That last one is what you need.


# %% given="fill_in"
@torch.no_grad()
def fill_in(sentence: str, count: int = 5) -> None:
    """Prints the likeliest words for each [MASK] of a sentence."""
    tokens = tokenizer(sentence, return_tensors="pt").to(place)
    logits = masked_model(tokens["input_ids"], attention_mask=tokens["attention_mask"]).logits[0]
    print(sentence)
    for position in (tokens["input_ids"][0] == tokenizer.mask_token_id).nonzero():
        probabilities, ids = logits[position[0]].float().softmax(dim=-1).topk(count)
        guesses = zip(tokenizer.convert_ids_to_tokens(ids.tolist()), probabilities, strict=True)
        print("    " + ", ".join(f"{token} {p:.0%}" for token, p in guesses))


fill_in("The [MASK] was brilliant and I cried.")

# %% [markdown]
# Three details. A share of 15% of the tokens is **chosen**; only they count in the loss. Of the chosen, 80% become
# `[MASK]`, 10% a random token, 10% stay as they are: since fine-tuning never shows a `[MASK]`, the model must not
# believe that only masks matter. Special tokens, `[CLS]`, `[SEP]` and `[PAD]`, are never chosen. And places that do
# not count get the label **−100**, which `F.cross_entropy` ignores.

# %% [markdown]
# ### Exercise 6 · Masking (4 points · 30 min · ●●○)
#
# `mask_tokens` gets `tokens (B, T)` and `special (B, T)`, True for special tokens. Each other token is chosen with
# probability `share`, independently. It returns
#
# - `inputs (B, T)`: of the chosen, about 80% are `mask_id`, 10% an id drawn from all `0 … vocab_size − 1`, 10%
#   unchanged; whatever is not chosen is unchanged;
# - `labels (B, T)`: the original id at chosen places, −100 elsewhere.
#
# Draw with `generator`, make new tensors on the device of `tokens`, and leave `tokens` as they are. You wrote a first
# version in Lab 06 (exercise 7); this one also takes `share`, and works on any device.
#
# <details><summary>Hint 1: the idea</summary>One uniform number per place chooses; a second one, drawn anew, decides
# what happens to the chosen.</details>
# <details><summary>Hint 2: the formula</summary>u &lt; 0.8: mask; 0.8 ≤ u &lt; 0.9: random; else:
# unchanged.</details>
# <details><summary>Hint 3: the line</summary><code>torch.rand(tokens.shape, generator=generator,
# device=tokens.device)</code>; <code>torch.where(condition, a, b)</code>.</details>


# %% solution="mask_tokens"
def mask_tokens(
    tokens: torch.Tensor,
    special: torch.Tensor,
    vocab_size: int,
    mask_id: int,
    generator: torch.Generator,
    share: float = 0.15,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Hides tokens for masked-language modeling (Devlin et al., 2019, section 3.1).

    Args:
        tokens: (B, T) int64.
        special: (B, T) bool, True for tokens that are never chosen.
        vocab_size: random ids are drawn from 0 … vocab_size − 1.
        mask_id: the id of [MASK].
        generator: every draw comes from it; on the device of the tokens.
        share: the probability with which a token is chosen.

    Returns:
        inputs (B, T) int64, and labels (B, T) int64, −100 where a token was not chosen.
    """
    ### BEGIN SOLUTION
    place = {"generator": generator, "device": tokens.device}
    chosen = (torch.rand(tokens.shape, **place) < share) & ~special  # (B, T)
    fate = torch.rand(tokens.shape, **place)  # (B, T)
    random = torch.randint(vocab_size, tokens.shape, **place)  # (B, T)
    inputs = torch.where(chosen & (fate < 0.8), mask_id, tokens)
    inputs = torch.where(chosen & (fate >= 0.8) & (fate < 0.9), random, inputs)
    return inputs, torch.where(chosen, tokens, -100)
    ### END SOLUTION


# %% given="masking_referee"
def masked_example(
    seed: int, share: float = 0.15
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """Tokens and special (B, T) of a large batch, and the student's inputs and labels for it."""
    generator = torch.Generator().manual_seed(seed)
    tokens = torch.randint(1000, 5000, (120, 500), generator=generator)
    lengths = torch.randint(100, 500, (120, 1), generator=generator)
    places = torch.arange(500)
    tokens[places.expand(120, 500) >= lengths] = 0  # [PAD]
    special = (places == 0) | (places >= lengths - 1)
    result = checks.run(mask_tokens, tokens, special, 6000, 4, generator, share)
    inputs, labels = checks.unpack("mask_tokens", result, "inputs", "labels")
    for name, got in (("inputs", inputs), ("labels", labels)):
        checks.shape(name, got, batch=120, tokens=500)
        checks.that(got.dtype == torch.int64, f"{name}: expected int64, got {got.dtype}.")
    return tokens, special, inputs, labels


# %% check="mask_tokens_chosen" points=1
tokens, special, inputs, labels = masked_example(seed=0)
chosen = labels != -100
checks.that(chosen.any(), "no token was chosen: all labels are -100.")
checks.that(
    not chosen[special].all(),
    "the labels of special tokens are not -100. The original id stands at chosen places, and -100 at all others; "
    "are those not ignored, or is it the other way round?",
)
checks.that(
    not chosen[special].any(),
    "special tokens were chosen: [CLS], [SEP] and [PAD] are never to be guessed. Take them out with `& ~special`.",
)
checks.that(
    not chosen[:, 1:99].all(dim=1).any(),
    "all tokens of a row are chosen together; draw for each token on its own.",
)
checks.that(
    (chosen[0, 1:99] != chosen[1, 1:99]).any(),
    "all rows have the same places chosen; draw for each token on its own.",
)
share = chosen[~special].double().mean().item()
causes = {
    " Is 15% of all tokens chosen, or 85%?": 0.8 < share < 0.9,
    " Those that stay unchanged are chosen too: their labels are their ids.": 0.13 < share < 0.14,
}
cause = next((text for text, holds in causes.items() if holds), "")
checks.that(
    abs(share - 0.15) < 0.008,
    f"expected 15% of the other tokens to be chosen, got {share:.1%}.{cause}",
)
rows = chosen.double().sum(1) / (~special).double().sum(1)
checks.that(
    rows.std() > 0.008,
    "each row has the same share of chosen tokens; draw for each token on its own.",
)
*_, other = masked_example(seed=4)
checks.that(
    (chosen[:, 1:99] != (other != -100)[:, 1:99]).any(),
    "another generator chose the same places: draw with the generator that you got, do not make one.",
)
_, special, _, labels = masked_example(seed=3, share=0.4)
share = (labels != -100)[~special].double().mean().item()
checks.that(
    abs(share - 0.4) < 0.015,
    f"with share 0.4 expected 40% to be chosen, got {share:.1%}. Is 0.15 hard-coded?",
)
checks.passed("15% are chosen, special tokens never")

# %% check="mask_tokens_labels" points=1
tokens, special, inputs, labels = masked_example(seed=1)
chosen = labels != -100
checks.that(
    chosen.double().mean() < 0.5,
    "labels must be -100 at all places that are not chosen, so that the loss ignores them. Most of yours are not.",
)
checks.that(chosen.any(), "no token was chosen: all labels are -100.")
wrong = chosen & (labels != tokens)
slip = (
    " They hold the new id; the label is what stood there before."
    if wrong.any() and (labels == inputs)[wrong].all()
    else ""
)
checks.that(not wrong.any(), f"labels at chosen places must be the original ids.{slip}")
checks.that(
    (inputs == tokens)[~chosen].all(),
    "inputs changed at places that were not chosen: the loss would never see them.",
)
checks.passed("the original id where chosen, −100 elsewhere")

# %% check="mask_tokens_fates" points=2
tokens, special, inputs, labels = masked_example(seed=2)
chosen = labels != -100
checks.that(chosen.sum() > 100, "too few tokens are chosen to see what became of them.")
checks.that(
    not chosen[special].all(),
    "the labels do not tell which tokens are chosen: let the first check pass first.",
)
masked = (inputs == 4)[chosen].double().mean().item()
same = (inputs == tokens)[chosen].double().mean().item()
other = 1 - masked - same
told = f"of the chosen, expected 80% [MASK], 10% another id, 10% unchanged; got {masked:.0%}, {other:.0%}, {same:.0%}."
causes = {
    "all chosen tokens become [MASK]. Draw a second number for what happens to them: the one that has chosen a "
    "token is below 0.15, and so below 0.8.": masked > 0.98,
    "half of the 20% that are not masked get a random id, which is 10% of the chosen.": same > 0.15
    and other < 0.05,
    "no chosen token stays as it is: 0.9 ≤ u leaves it unchanged.": same < 0.02 and masked > 0.7,
    "the random ids replace the masks too; they are for 0.8 ≤ u < 0.9 alone.": other > 0.85,
    "10% and 80% are swapped.": masked < 0.2,
    "the random ids are drawn over the masks, or the masks over the random ids: use one number for all three.": abs(
        masked - 0.72
    )
    < 0.03
    or abs(same - 0.18) < 0.02,
}
cause = next((f"\n  Likely cause: {text}" for text, holds in causes.items() if holds), "")
good = abs(masked - 0.8) < 0.025 and abs(other - 0.1) < 0.02 and abs(same - 0.1) < 0.02
checks.that(good, told + cause)
random = inputs[chosen & (inputs != 4) & (inputs != tokens)]
different = 6000 * (1 - math.exp(-len(random) / 6000))  # about so many, since some come twice
checks.that(
    random.min() < 600 and random.max() > 5400 and random.unique().numel() > 0.9 * different,
    "the random ids must be drawn from the whole vocabulary, one for each place.",
)
checks.that(
    (random >= 0).all() and (random < 6000).all(),
    "a random id lies outside of 0 … vocab_size − 1.",
)
few, none = torch.full((40, 500), 2), torch.zeros(40, 500, dtype=torch.bool)
few, _ = checks.run(mask_tokens, few, none, 6, 3, torch.Generator().manual_seed(0), 1.0)
checks.that(
    sorted(few.unique().tolist()) == [0, 1, 2, 3, 4, 5],
    f"with vocab_size 6, expected the random ids 0 … 5, each of them, got {sorted(few.unique().tolist())}.",
)
first, second = masked_example(seed=2), masked_example(seed=2)
checks.that(
    torch.equal(first[2], second[2]) and torch.equal(first[3], second[3]),
    "the same seed gave other tokens: draw everything with the generator that you got.",
)
checks.any_device(mask_tokens, tokens[:3], special[:3], 6000, 4, None)
checks.passed("80% masked, 10% random, 10% unchanged")

# %% [markdown]
# **The task, continued.** The shipped model has done this for hours. Here it goes on for a short while, on reviews
# without a label, with your masks. Watch the loss: it wanders, and hardly falls. Those few steps are a drop in the
# bucket; they show that your masking is the kind the model was trained with.


# %% given="continue_masking"
def hide(tokens: torch.Tensor, mask: torch.Tensor, *, generator: torch.Generator) -> Batch:
    special = ~mask | (tokens == cls) | (tokens == sep)
    inputs, labels = mask_tokens(
        tokens, special, len(tokenizer), tokenizer.mask_token_id, generator
    )
    return inputs, mask, labels


def masked_loss(model: nn.Module, batch: Batch) -> torch.Tensor:
    """Cross-entropy over the chosen tokens."""
    tokens, mask, labels = batch
    logits = model(tokens, attention_mask=mask).logits  # (B, T, vocab_size)
    return F.cross_entropy(logits.flatten(0, 1).float(), labels.flatten())


unlabeled = token_ids(list(imdb.unsupervised["text"][: scaled(full=2000, smoke=40)]))
unlabeled = [truncate(ids, scaled(full=128, smoke=32), "head", cls, sep) for ids in unlabeled]
masking = TextBatches(
    unlabeled, batch_size=8, pad=pad, pad_to_multiple_of=16, device=place, augment=hide
)
device.seed_everything(0)
masking_history = fit(
    masked_model,
    masking,
    masked_loss,
    steps=scaled(full=200, smoke=2),
    lr=2e-4,
    precision=precision,
    title="Masked-language modeling",
)
ends = scaled(full=50, smoke=1)
first, last = (
    np.mean(part) for part in (masking_history.loss[:ends], masking_history.loss[-ends:])
)
print(
    f"mean loss of the first {ends} steps {first:.2f}, of the last {last:.2f}; "
    f"guessing would be {math.log(len(tokenizer)):.2f}"
)

# %% [markdown]
# **Fill in the blank.** Five sentences, and then your own in the cell after them. The model knows film reviews and
# nothing else: ask it about films.


# %% given="more_blanks"
for sentence in (
    "The [MASK] was boring and much too long.",
    "A wonderful film: I [MASK] it.",
    "A terrible film: I [MASK] it.",
    "One of the [MASK] movies I have ever seen. Avoid it!",
    "One of the [MASK] movies I have ever seen. Do not miss it!",
):
    fill_in(sentence)

# %% free="your_blanks"
# Your own sentence.
fill_in("The director of this movie is a [MASK].")

# %% [markdown]
# **What you saw.** Look at the words that it puts where an opinion is wanted. It never saw a label, only which words
# go together; and yet *boring* and *wonderful* call for different neighbors. That is what fine-tuning builds on.

# %% [markdown]
# ## 5 · Fine-tuning
#
# The encoder turns a review into one vector per token. `[CLS]`, the first token, stands for no word: its last state
# is free to say what the whole text is about. A linear layer on top of it, new and untrained, gives the logits of the
# classes. Then **all** weights are trained on the labels, the old ones with care.

# %% [markdown]
# ### Exercise 7 · The head (3 points · 20 min · ●●○)
#
# Write `Classifier`. The encoder is called as
#
# `encoder(tokens, attention_mask=mask).last_hidden_state`, which is `(B, T, d_model)`.
#
# The logits `(B, n_classes)` are a linear layer (one `nn.Linear`, with bias) of the state of the **first** token,
# after dropout with probability `dropout`. Neither copy nor re-initialize the encoder, and freeze nothing.
#
# <details><summary>Hint 1: the idea</summary>Two modules of your own in <code>__init__</code>: a dropout and a linear
# layer. Keep the encoder as <code>self.encoder</code>.</details>
# <details><summary>Hint 2: the formula</summary>logits = W · dropout(state of [CLS]) + b</details>
# <details><summary>Hint 3: the line</summary><code>states[:, 0]</code> is the first token of each row.</details>


# %% solution="classifier"
class Classifier(nn.Module):
    """An encoder with a linear head on the state of its first token."""

    def __init__(
        self, encoder: nn.Module, d_model: int, n_classes: int = 2, dropout: float = 0.1
    ) -> None:
        """Keeps the encoder as it is and adds an untrained head."""
        super().__init__()
        self.encoder = encoder
        ### BEGIN SOLUTION
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(d_model, n_classes)
        ### END SOLUTION

    def forward(self, tokens: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Logits (B, n_classes) for tokens (B, T) and mask (B, T), True where there is a token."""
        ### BEGIN SOLUTION
        states = self.encoder(tokens, attention_mask=mask).last_hidden_state  # (B, T, d_model)
        return self.head(self.dropout(states[:, 0]))  # (B, n_classes)
        ### END SOLUTION


# %% given="small_encoder"
class SmallEncoder(nn.Module):
    """An encoder for checks: d_model 6; each state is the token's vector plus the mean over the tokens of the mask."""

    def __init__(self, vocab_size: int = 50) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, 6, dtype=torch.float64)
        self.norm = nn.LayerNorm(6, dtype=torch.float64)
        self.dropout = nn.Dropout(0.5)
        self.counted = nn.BatchNorm1d(6, affine=False, dtype=torch.float64)
        with torch.no_grad():
            self.embedding.weight.copy_(checks.normal(vocab_size, 6, seed=7))

    def forward(
        self, tokens: torch.Tensor, attention_mask: torch.Tensor | None = None
    ) -> SimpleNamespace:
        x = self.dropout(self.embedding(tokens))  # (B, T, 6)
        kept = torch.ones_like(tokens) if attention_mask is None else attention_mask
        mean = (x * kept[..., None]).sum(1) / kept.sum(1, keepdim=True)  # (B, 6)
        return SimpleNamespace(last_hidden_state=self.norm(x + self.counted(mean)[:, None]))


few_tokens = torch.tensor([[2, 9, 4, 3, 0], [2, 7, 3, 0, 0], [2, 8, 8, 5, 3]])
few_mask = few_tokens != 0


# %% given="head_parts"
def head_of(model: nn.Module) -> nn.Linear:
    """The one linear layer outside of the encoder."""
    inside = set(model.encoder.modules())
    layers = [m for m in model.modules() if isinstance(m, nn.Linear) and m not in inside]
    checks.that(
        len(layers) == 1,
        f"Classifier has {len(layers)} linear layers outside of its encoder; expected one, from d_model to n_classes.",
    )
    return layers[0]


def classifier_example(**options) -> nn.Module:
    """The student's classifier over a small encoder, in eval mode and float64."""
    model = checks.run(Classifier, SmallEncoder(), 6, may_change=True, **options)
    checks.that(isinstance(model, nn.Module), "Classifier must be an nn.Module.")
    return model.double().eval()


# %% check="classifier_logits" points=1
for n_classes in (2, 3):
    model = classifier_example(n_classes=n_classes)
    head = head_of(model)
    checks.that(head.bias is not None, "the head has no bias.")
    wanted = {"in": 6, "out": n_classes}
    got = {"in": head.in_features, "out": head.out_features}
    checks.that(
        got == wanted,
        f"the head: expected {wanted} features, got {got}. Use d_model and n_classes.",
    )
    logits, again = (checks.run(model, few_tokens, few_mask) for _ in range(2))
    with checks.hint(
        "The head reads one state of each text, that of its first token: states[:, 0]."
    ):
        checks.shape("logits", logits, batch=3, n_classes=n_classes)
    checks.finite("logits", logits, "is the mask inverted? True is for tokens.")
    checks.that(
        torch.equal(logits, again),
        "two calls in eval mode gave different logits: dropout must stop there. nn.Dropout does; F.dropout needs "
        "training=self.training.",
    )
    states = model.encoder(few_tokens, attention_mask=few_mask).last_hidden_state
    last = states[torch.arange(3), few_mask.sum(1) - 1]
    mean = (states * few_mask[..., None]).sum(1) / few_mask.sum(1, keepdim=True)
    slips = {
        "the head reads the last token; [CLS] is the first one.": head(states[:, -1]),
        "the head reads the last real token; [CLS] is the first one.": head(last),
        "the head reads the mean over the tokens; it should read the first one.": head(mean),
        "the head reads the mean over all places, padding too; it should read the first token.": head(
            states.mean(1)
        ),
        "return logits, not probabilities: the loss applies softmax itself.": head(
            states[:, 0]
        ).softmax(-1),
        "return logits, not their log_softmax: the loss applies it itself.": head(
            states[:, 0]
        ).log_softmax(-1),
        "the attention mask is forgotten: pass attention_mask=mask to the encoder.": head(
            model.encoder(few_tokens).last_hidden_state[:, 0]
        ),
        "the state passes through tanh; the task asks for dropout and a linear layer only.": head(
            states[:, 0].tanh()
        ),
    }
    checks.close("logits", logits, head(states[:, 0]), slips=slips)
checks.passed("a linear layer on the first token")

# %% check="classifier_mask" points=1
model = classifier_example()
longer = F.pad(few_tokens, (0, 4), value=0)
short, long = (checks.run(model, x, x != 0) for x in (few_tokens, longer))
checks.close(
    "logits of a batch with four more places of padding",
    long,
    short,
    slips={
        "the attention mask is forgotten: pass attention_mask=mask to the encoder.": head_of(model)(
            model.encoder(longer).last_hidden_state[:, 0]
        )
    },
)
checks.shape(
    "logits of one text", checks.run(model, longer[:1], longer[:1] != 0), batch=1, n_classes=2
)
hiding = few_mask & (few_tokens != 8)  # a mask may hide real tokens too
states = model.encoder(few_tokens, attention_mask=hiding).last_hidden_state
slips = {
    "pass on the mask that you got; do not make one from the tokens.": head_of(model)(
        model.encoder(few_tokens, attention_mask=few_mask).last_hidden_state[:, 0]
    )
}
got = checks.run(model, few_tokens, hiding)
checks.close("logits with a real token masked", got, head_of(model)(states[:, 0]), slips=slips)
small = SmallEncoder()
model = checks.run(Classifier, small, 6, may_change=True)
checks.that(
    model.encoder is small, "keep the encoder that you got, and no copy of it, as self.encoder."
)
with checks.hint("Keep the weights of the encoder as they are: initialize the head alone."):
    checks.close("the encoder's embedding", small.embedding.weight, SmallEncoder().embedding.weight)
logits = checks.run(model.double().eval(), few_tokens, few_mask)
if logits.requires_grad:
    logits.square().sum().backward()
checks.that(
    small.embedding.weight.grad is not None and small.embedding.weight.grad.any(),
    "no gradient reaches the encoder: all weights are trained. Freeze none, and use neither detach nor no_grad.",
)
checks.passed("padding leaves no trace, and the encoder learns")

# %% check="classifier_dropout" points=1
for dropout in (0.1, 0.4):
    device.seed_everything(0)
    model = classifier_example(dropout=dropout)
    rows = few_tokens[:1, :1].expand(20_000, 1)  # one token: the first, the last and their mean
    still = checks.run(model, rows, rows != 0)
    checks.shape("logits", still, batch=20_000, n_classes=2)
    checks.that(
        bool((still - still[0]).abs().max() < 1e-9),
        "in eval mode equal rows gave other logits: dropout must stop there.",
    )
    model.train()
    model.encoder.eval()
    with torch.no_grad():
        states = model.encoder(rows, attention_mask=rows != 0).last_hidden_state[:, 0]  # (20000, 6)
        head_of(model).weight.zero_()
        head_of(model).weight[0] = states[0].sign()  # no term hides another in their sum
        # Dropout p: variance p / (1 - p) · Σ (weight · state)².
        sums = checks.run(model, rows, rows != 0)[:, 0]
    terms = states[0] * head_of(model).weight[0].detach()  # (6,)
    expected = dropout / (1 - dropout) * terms.square().sum()
    checks.that(
        sums.var() > 1e-9,
        "in train mode equal rows gave equal logits: is there dropout on the state, before the linear layer?",
    )
    checks.close(
        f"the variance that dropout {dropout} causes",
        sums.var(),
        expected,
        rtol=0.12,
        slips={
            "dropout is applied to the logits; it goes before the linear layer.": dropout
            / (1 - dropout)
            * terms.sum() ** 2,
            "dropout is applied twice.": ((1 - dropout) ** -2 - 1) * terms.square().sum(),
            "0.1 is hard-coded; use dropout.": 0.1 / 0.9 * terms.square().sum(),
            "0.5 is the default of nn.Dropout; use dropout.": terms.square().sum(),
            "dropout is the probability of dropping a number, not of keeping it.": (1 - dropout)
            / dropout
            * terms.square().sum(),
        },
    )
checks.passed("dropout in training, none in evaluation")

# %% [markdown]
# ### Exercise 8 · Accuracy (2 points · 15 min · ●○○)
#
# `accuracy` returns the share of right answers over **all** batches, a float. A batch is `(tokens, mask, labels)`.
# The last one may be smaller than the others: each *review* counts the same, not each batch. Measure in eval mode and
# without gradients. Afterwards the model is in the mode it came in.
#
# <details><summary>Hint 1: the idea</summary>Count the right answers and the reviews in two numbers; divide once, at
# the end.</details>
# <details><summary>Hint 2: the formula</summary>The answer is the class with the largest logit.</details>
# <details><summary>Hint 3: the line</summary><code>(model(tokens, mask).argmax(dim=-1) == labels).sum()</code>; the
# mode is <code>model.training</code>.</details>


# %% solution="accuracy"
def accuracy(model: nn.Module, batches: Batches) -> float:
    """The share of right answers over one pass of batches (tokens, mask, labels), measured in eval mode."""
    ### BEGIN SOLUTION
    was_training, right, total = model.training, 0, 0
    model.eval()
    with torch.no_grad():
        for tokens, mask, labels in batches:
            right += (model(tokens, mask).argmax(dim=-1) == labels).sum().item()
            total += len(labels)
    model.train(was_training)
    return right / total
    ### END SOLUTION


# %% given="one_wrong"
class Reader(nn.Module):
    """Answers with the first token of each row; in train mode always with class 0. It counts its calls."""

    def __init__(self) -> None:
        super().__init__()
        self.weight, self.tracked = nn.Parameter(torch.ones(())), []
        self.inner = nn.Dropout()

    def forward(self, tokens: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        own = mask.shape == tokens.shape and torch.equal(mask, tokens < 2)
        checks.that(own, "call model(tokens, mask): each batch brings its own mask.")
        answers = tokens[:, 0] * (not self.training)
        self.tracked.append(torch.is_grad_enabled())
        return 9 * F.one_hot(answers, 3) * self.weight - 7


# Seven reviews in batches of 4 and 3; the answers to the last two are wrong.
answers = torch.tensor([[1], [2], [0], [1], [2], [2], [0]])
truth = torch.tensor([1, 2, 0, 1, 2, 0, 1])
uneven = Batches(answers, answers < 2, truth, batch_size=4, shuffle=False)
even = Batches(answers[:6], answers[:6] < 2, truth[:6], batch_size=3, shuffle=False)

# %% check="accuracy_share" points=1
got = checks.run(accuracy, Reader().eval(), uneven, may_change=True)
slips = {
    "that is the mean over the batches; the smaller batch counts too much. Count reviews.": (
        1 + 1 / 3
    )
    / 2,
    "that is the number of right answers; divide by the number of reviews.": 5.0,
    "that is divided by the number of batches; divide by the number of reviews.": 5 / 2,
    "only the last batch is counted; add up over the batches.": 1 / 3,
    "only the first batch is counted; does return stand inside the loop?": 1.0,
    "that is divided by the number of batches times their size; the last one is smaller.": 5 / 8,
    "the answer is the class with the largest logit, argmax over the last dimension.": 2 / 7,
    "there may be more than two classes: the answer is the class with the largest logit.": 4 / 7,
}
checks.close("5 of 7 right", got, 5 / 7, slips=slips, rtol=1e-6)
checks.number("the accuracy", got)
### BEGIN HIDDEN TESTS
one = Batches(answers[:1], answers[:1] < 2, truth[:1], batch_size=4, shuffle=False)
checks.close("1 of 1 right", checks.run(accuracy, Reader().eval(), one, may_change=True), 1.0)
### END HIDDEN TESTS
checks.passed("each review counts once")

# %% check="accuracy_mode" points=1
for training in (True, False):
    model = Reader().train(training)
    got = checks.run(accuracy, model, even, may_change=True)
    hint = "in train mode dropout would change the answers: call model.eval() first."
    name = f"the accuracy of a model in {'train' if training else 'eval'} mode"
    checks.close(name, got, 5 / 6, slips={hint: 2 / 6}, rtol=1e-6)
    checks.that(
        model.training == training,
        f"model.training was {training} before and is {model.training} after: put the model back into its mode.",
    )
    checks.that(
        model.inner.training == training,
        "the model is back in its mode, the parts in it are not: model.train(mode) sets them all.",
    )
    checks.that(
        not any(model.tracked),
        "gradients are recorded, which costs time and memory: use `with torch.no_grad():`.",
    )
recorded = torch.is_grad_enabled()
torch.set_grad_enabled(True)  # or all that follows would fail
checks.that(recorded, "gradients stay switched off after accuracy: use `with torch.no_grad():`.")
checks.passed("eval mode, no gradients, and the old mode afterwards")

# %% [markdown]
# **How fast may each part change?** The head knows nothing and must learn fast. The embeddings know much that holds for
# any text. So the learning rate falls from layer to layer on the way down ([Howard and Ruder,
# 2018](https://arxiv.org/abs/1801.06146)):
#
# $$\eta_\ell = \eta \cdot \gamma^{\,\ell}$$
#
# with the head's learning rate $\eta$, a factor $\gamma$ below 1, and depth $\ell = 0$ for the head, 1 for the
# topmost layer, and so on down to the embeddings. A second point: **weight decay** pulls weights toward 0. That is
# right for matrices. The weight of a LayerNorm multiplies, and its neutral value is 1, and a bias shifts: neither
# should shrink.


# %% given="depths"
def depths_of(model: nn.Module) -> dict[str, int]:
    """For each parameter the number of steps below the head: 0 head, 1 topmost layer, …, the embeddings deepest."""
    layer = re.compile(r"\blayers?\.(\d+)\.")
    found = {name: layer.search(name) for name, _ in model.named_parameters()}
    n_layers = 1 + max((int(match[1]) for match in found.values() if match), default=-1)
    depths = {}
    for name, match in found.items():
        if match:
            depths[name] = n_layers - int(match[1])
        elif "embedding" in name:
            depths[name] = n_layers + 1
        else:
            depths[name] = 0 if not name.startswith("encoder.") else 1  # the last norm
    return depths


for name, depth in list(depths_of(Classifier(encoder, config.hidden_size)).items())[::4]:
    print(f"depth {depth}: {name}")

# %% [markdown]
# ### Exercise 9 · Parameter groups (3 points · 25 min · ●●○)
#
# `parameter_groups` returns a list of dicts for `torch.optim.AdamW`, each with `"params"` (a list), `"lr"` and
# `"weight_decay"`:
#
# - the learning rate of a parameter at depth ℓ is `lr · factor ** ℓ`, with depths from `depths_of(model)`;
# - matrices, parameters with two dimensions or more, get `weight_decay`; vectors and scalars, the norms and biases,
#   get 0;
# - parameters that do not need a gradient are left out; every other one appears in exactly one group.
#
# <details><summary>Hint 1: the idea</summary>One group for each pair of depth and kind. Or simply one group for each
# parameter.</details>
# <details><summary>Hint 2: the formula</summary><code>parameter.dim() &gt;= 2</code> tells matrices from the
# rest.</details>
# <details><summary>Hint 3: the line</summary><code>for name, parameter in model.named_parameters():</code></details>


# %% solution="parameter_groups"
def parameter_groups(
    model: nn.Module, lr: float, factor: float, weight_decay: float
) -> list[dict[str, object]]:
    """Groups for AdamW with layer-wise learning rates, and weight decay on matrices only.

    Args:
        model: its parameters that need a gradient are grouped.
        lr: the learning rate of the head.
        factor: the learning rate at depth ℓ is lr · factor ** ℓ.
        weight_decay: of parameters with two dimensions or more.
    """
    ### BEGIN SOLUTION
    depths = depths_of(model)
    return [
        {
            "params": [parameter],
            "lr": lr * factor ** depths[name],
            "weight_decay": weight_decay if parameter.dim() >= 2 else 0.0,
        }
        for name, parameter in model.named_parameters()
        if parameter.requires_grad
    ]
    ### END SOLUTION


# %% given="layered"
class Layered(nn.Module):
    """A model with the names of an encoder: embeddings, layers, a last norm, a head."""

    def __init__(self, n_layers: int = 3) -> None:
        super().__init__()
        self.encoder = nn.Module()
        self.encoder.embeddings = nn.ModuleList([nn.Embedding(9, 4), nn.LayerNorm(4)])
        blocks = [nn.ModuleList([nn.Linear(4, 4), nn.LayerNorm(4)]) for _ in range(n_layers)]
        self.encoder.layers = nn.ModuleList(blocks)
        self.encoder.final_norm = nn.LayerNorm(4)
        self.head, self.scale = nn.Linear(4, 2), nn.Parameter(torch.ones(()))
        self.kernel = nn.Parameter(torch.ones(2, 3, 4))


def grouped(model: nn.Module, *args) -> dict[str, dict]:
    """The group of each parameter by name; fails when one is missing or stands in two."""
    needing = [p.requires_grad for p in model.parameters()]
    groups = checks.run(parameter_groups, model, *args, may_change=True)
    checks.that(
        needing == [p.requires_grad for p in model.parameters()],
        "other parameters need a gradient than before: leave requires_grad alone.",
    )
    checks.that(
        isinstance(groups, list), f"expected a list of dicts, got a {type(groups).__name__}."
    )
    found: dict[int, list] = {}
    for group in groups:
        missing = {"params", "lr", "weight_decay"} - set(group)
        checks.that(not missing, f"a group lacks {', '.join(sorted(missing))}.")
        checks.that(
            not isinstance(group["params"], torch.Tensor),
            '"params" is a list, also when it holds one parameter: [parameter].',
        )
        parts = list(group["params"])
        checks.that(
            all(isinstance(p, nn.Parameter) for p in parts),
            '"params" holds the parameters, not their names.',
        )
        for p in parts:
            found.setdefault(id(p), []).append(group)
    by_name = {}
    for name, p in model.named_parameters():
        count = len(found.get(id(p), []))
        if not p.requires_grad:
            checks.that(count == 0, f"{name} needs no gradient and must be left out.")
            continue
        checks.that(count == 1, f"{name} appears in {count} groups; expected exactly one.")
        by_name[name] = found[id(p)][0]
    return by_name


# %% check="groups_rates" points=1
model = Layered()
steps_below = depths_of(model)
depth = torch.arange(5, dtype=torch.float64)
for lr, factor in ((0.1, 0.5), (3e-4, 0.9)):
    groups = grouped(model, lr, factor, 0.2)
    rates = {steps_below[name]: float(group["lr"]) for name, group in groups.items()}
    slips = {
        "all parameters have the learning rate of the head; multiply by factor ** depth.": lr
        + 0 * depth,
        "multiply, do not divide: deeper layers change more slowly.": lr / factor**depth,
        "that is lr · factor · depth; the factor is raised to the power of the depth.": lr
        * factor
        * depth,
        "the depth is one too large.": lr * factor ** (depth + 1),
        "the depth is one too small.": lr * factor ** (depth - 1),
        "the depth counts from the wrong end: the head is 0, the embeddings are deepest.": lr
        * factor ** (4 - depth),
    }
    got = torch.tensor([rates[d] for d in range(5)], dtype=torch.float64)
    checks.close("the learning rates at depths 0 to 4", got, lr * factor**depth, slips=slips)
    for name, group in groups.items():
        what = f"the learning rate of {name}, depth {steps_below[name]}"
        checks.close(what, group["lr"], lr * factor ** steps_below[name])
### BEGIN HIDDEN TESTS
model = Layered(n_layers=6)
for name, group in grouped(model, 0.2, 0.7, 0.0).items():
    below = depths_of(model)[name]
    checks.close(f"the learning rate of {name}, depth {below}", group["lr"], 0.2 * 0.7**below)
### END HIDDEN TESTS
checks.passed("lr · factor to the depth")

# %% check="groups_decay" points=1
model = Layered()
for name, group in grouped(model, 0.1, 0.5, 0.2).items():
    matrix = dict(model.named_parameters())[name].dim() >= 2
    got = group["weight_decay"]
    kind = "a matrix" if matrix else "a vector or scalar"
    cause = " Matrices decay, that of the embedding too." if matrix and not got else ""
    if not matrix and got:
        cause = " Norms and biases do not decay; their names differ between models, the number of dimensions does not."
    checks.that(
        abs(got - 0.2 * matrix) < 1e-12,
        f"{name} is {kind}: expected weight decay {0.2 * matrix}, got {got}.{cause}",
    )
checks.passed("matrices decay, norms and biases do not")

# %% check="groups_once" points=1
model = Layered()
model.encoder.embeddings.requires_grad_(False)
model.encoder.layers[0].requires_grad_(False)
names = set(grouped(model, 0.1, 0.5, 0.2))
trained = {name for name, p in model.named_parameters() if p.requires_grad}
checks.that(names == trained, f"missing in the groups: {', '.join(sorted(trained - names))}.")
optimizer = torch.optim.AdamW(parameter_groups(model, 0.1, 0.5, 0.2))
checks.that(len(optimizer.param_groups) > 0, "AdamW got no groups.")
checks.passed("every parameter once, frozen ones left out")

# %% [markdown]
# ### Exercise 10 · Frozen (2 points · 15 min · ●●○)
#
# Sometimes the encoder should not learn at all. `FrozenEncoder` wraps one so that **nothing** in it moves:
#
# - none of its parameters needs a gradient;
# - it is in eval mode, from the start and also after `model.train()`: dropout would blur its states, and running
#   statistics, such as those of BatchNorm, would drift;
# - it is called like the encoder itself, which it keeps as `self.encoder`; its `train()` returns `self`.
#
# <details><summary>Hint 1: the idea</summary><code>requires_grad_(False)</code> stops gradients only. The mode is a
# separate matter: <code>train()</code> of a model sets it in all its parts.</details>
# <details><summary>Hint 2: the formula</summary>PyTorch calls <code>train(mode)</code> of each part, and
# <code>eval()</code> is <code>train(False)</code>.</details>
# <details><summary>Hint 3: the line</summary><code>super().train(False)</code>, and <code>return
# self</code>.</details>


# %% solution="frozen_encoder"
class FrozenEncoder(nn.Module):
    """An encoder in which nothing moves: no gradients, always in eval mode."""

    def __init__(self, encoder: nn.Module) -> None:
        """Freezes the encoder, which is kept and not copied."""
        super().__init__()
        ### BEGIN SOLUTION
        self.encoder = encoder.requires_grad_(False)
        self.eval()
        ### END SOLUTION

    def train(self, mode: bool = True) -> "FrozenEncoder":
        """Stays in eval mode, whatever `mode` is; called when a model that holds this one changes its mode."""
        ### BEGIN SOLUTION
        return super().train(False)
        ### END SOLUTION

    def forward(self, tokens: torch.Tensor, attention_mask: torch.Tensor) -> object:
        """What the encoder returns."""
        ### BEGIN SOLUTION
        return self.encoder(tokens, attention_mask=attention_mask)
        ### END SOLUTION


# %% check="frozen_weights" points=1
small = SmallEncoder()
endless = "If it never ends: eval() calls train(False), so train() calls super().train(False), not self.eval()."
with checks.hint(endless):
    frozen = checks.run(FrozenEncoder, small, may_change=True)
kept = {id(part) for part in frozen.modules()}
checks.that(
    id(small) in kept,
    "the encoder that came in is not a part of FrozenEncoder: keep that one as self.encoder, and do not copy it. "
    ".to(device) and state_dict() find nothing but parts.",
)
needing = [name for name, p in small.named_parameters() if p.requires_grad]
checks.that(not needing, f"{', '.join(needing)} still need a gradient: requires_grad_(False).")
small.eval()  # whether it goes into eval mode by itself is asked below
wanted = SmallEncoder().eval()(few_tokens, few_mask).last_hidden_state
slips = {
    "the mask is not passed on: attention_mask=attention_mask.": small(few_tokens).last_hidden_state
}
result = checks.run(frozen, few_tokens, attention_mask=few_mask)
checks.that(hasattr(result, "last_hidden_state"), "return what the encoder returns, whole.")
checks.close("the states", result.last_hidden_state, wanted, slips=slips)
checks.that(
    not result.last_hidden_state.is_inference(),
    "no head can be trained on what torch.inference_mode() returns; torch.no_grad() is harmless, and not needed.",
)
model = nn.Sequential()
model.encoder, model.head = frozen, nn.Linear(6, 2).double()
optimizer = torch.optim.AdamW(model.parameters(), lr=0.1, weight_decay=0.5)
checks.run(model.train, may_change=True)
for _ in range(2):
    states = checks.run(
        model.encoder, few_tokens, attention_mask=few_mask, may_change=True
    ).last_hidden_state
    model.head(states[:, 0]).square().mean().backward()
    optimizer.step()
moved = [
    name
    for (name, p), q in zip(small.named_parameters(), SmallEncoder().parameters(), strict=True)
    if not torch.equal(p, q)
]
checks.that(not moved, f"after two steps of AdamW with weight decay {', '.join(moved)} moved.")
checks.passed("two steps of AdamW leave the weights as they are")

# %% check="frozen_mode" points=1
small = SmallEncoder()
model = nn.Sequential()
with checks.hint(endless):
    model.encoder = checks.run(FrozenEncoder, small, may_change=True)
model.extra = nn.Dropout(0.1)
for mode in ("right after it was wrapped", "after model.train()", "after model.eval()"):
    # whatever mode FrozenEncoder itself calls its own
    parts = list(model.encoder.named_modules())[1:]
    awake = [name for name, part in parts if part.training]
    checks.that(
        not awake,
        f"{mode}: {', '.join(awake)} in train mode. Dropout blurs the states there, and running statistics drift.",
    )
    with checks.hint(endless):
        checks.run(model.train if "right" in mode else model.eval, may_change=True)
checks.run(model.train, may_change=True)
checks.that(
    model.extra.training,
    "the parts of the model around the frozen encoder must still go into train mode.",
)
result = checks.run(model.encoder.train, may_change=True)
checks.that(
    result is model.encoder,
    "train() must return self, as every module does: code writes model.train().to(device).",
)
before = small.counted.running_mean.clone()
checks.run(model.encoder, few_tokens, attention_mask=few_mask, may_change=True)
checks.close("the running mean after a call", small.counted.running_mean, before)
checks.passed("it stays in eval mode")

# %% [markdown]
# **Fine-tune it.** The given function puts your pieces together. `TextBatches` sorts by length and pads, `fit` trains
# with your groups. Each review is cut to its two ends. The second training is the control: the same architecture, the
# same steps, the same data, but random weights.

# %% given="fine_tuning"
TRAIN_LENGTH = scaled(full=256, smoke=32)
BATCH, EPOCHS = scaled(full=32, smoke=8), 1
LR = 3e-3  # of the head; 5e-5 for a model of the size of DistilBERT


def batches_of(
    ids: list[list[int]], labels: torch.Tensor, length: int, *, shuffle: bool = False
) -> TextBatches:
    """Batches (tokens, mask, labels) of texts cut to `length`, on the device; unshuffled ones sorted by length."""
    cut = [truncate(text, length, "both", cls, sep) for text in ids]
    order = list(range(len(cut))) if shuffle else sorted(range(len(cut)), key=lambda i: len(cut[i]))
    size = BATCH if shuffle else 2 * BATCH
    return TextBatches(
        [cut[i] for i in order],
        labels[order],
        batch_size=size,
        pad=pad,
        pad_to_multiple_of=16,
        device=place,
        shuffle=shuffle,
    )


def classification_loss(model: nn.Module, batch: Batch) -> torch.Tensor:
    tokens, mask, labels = batch
    return F.cross_entropy(model(tokens, mask), labels)


valid_batches = batches_of(valid_ids, valid_labels, LENGTH)


def fine_tune(
    encoder: nn.Module,
    ids: list[list[int]],
    labels: torch.Tensor,
    *,
    steps: int,
    lr: float,
    factor: float = 0.8,
    show: bool = True,
    title: str = "Fine-tuning",
) -> tuple[nn.Module, History]:
    """Trains a classifier over an encoder; returns it and what `fit` recorded."""
    device.seed_everything(0)
    model = Classifier(encoder, config.hidden_size).to(place)
    optimizer = torch.optim.AdamW(parameter_groups(model, lr, factor, weight_decay=0.01))
    history = fit(
        model,
        batches_of(ids, labels, TRAIN_LENGTH, shuffle=True),
        classification_loss,
        steps=steps,
        optimizer=optimizer,
        precision=precision,
        evaluate=lambda model: {"validation accuracy": accuracy(model, valid_batches)},
        evaluate_every=max(1, steps // 3) if show else None,
        title=title,
        show=show,
    )
    return model, history


# %% given="tuned_and_scratch"
def pretrained() -> nn.Module:
    """The encoder with its shipped weights, from the disk."""
    return AutoModel.from_pretrained(folder)


steps = scaled(full=EPOCHS * len(fit_ids) // BATCH, smoke=2)
tuned, tuned_history = fine_tune(pretrained(), fit_ids, fit_labels, steps=steps, lr=LR)
scratch, scratch_history = fine_tune(
    AutoModel.from_config(config),
    fit_ids,
    fit_labels,
    steps=steps,
    lr=LR / 3,
    factor=1.0,
    title="From scratch",
)
for name, history in (("fine-tuned", tuned_history), ("from scratch", scratch_history)):
    last = history.metrics["validation accuracy"][-1]
    print(f"{name}: {last:.1%} on validation after {history.seconds:.0f} s")

# %% [markdown]
# **Frozen.** The cheapest way to use the encoder: run each review through it once, pool the states into one vector,
# and fit a logistic regression on that. Which pooling? In plain masked-language modeling nobody tells `[CLS]` what to
# gather. The shipped model had a second task: to guess from `[CLS]` alone which words are hidden in the review. The
# mean over the tokens needs no such task.

# %% [markdown]
# ### Exercise 11 · Mean pooling (2 points · 10 min · ●○○)
#
# `mean_pool` gets `states (B, T, d_model)` and `mask (B, T)`. It returns the mean over the *real* tokens, `(B,
# d_model)`. What stands at the places of padding must leave no trace, even if it is infinite or NaN.
# Make new tensors on the device of `states`.
#
# <details><summary>Hint 1: the idea</summary>Put zeros where there is padding, add up, and divide by the number of
# real tokens of each row.</details>
# <details><summary>Hint 2: the formula</summary>Σ over real t of states[b, t], divided by the sum of
# mask[b].</details>
# <details><summary>Hint 3: the line</summary>0 times NaN is NaN, so do not multiply:
# <code>states.masked_fill(~mask[..., None], 0)</code></details>


# %% solution="mean_pool"
def mean_pool(states: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """The mean over the real tokens.

    Args:
        states: (B, T, d_model).
        mask: (B, T) bool, True for real tokens, at least one in each row.

    Returns:
        (B, d_model).
    """
    ### BEGIN SOLUTION
    kept = states.masked_fill(~mask[..., None], 0)  # (B, T, d_model)
    return kept.sum(dim=1) / mask.sum(dim=1, keepdim=True)  # (B, d_model)
    ### END SOLUTION


# %% check="mean_pool_values" points=1
states = checks.normal(3, 5, 4, seed=0)
mask = torch.tensor([[1, 1, 1, 0, 0], [1, 0, 0, 0, 0], [1, 1, 1, 1, 1]]).bool()
right = torch.stack([row[keep].mean(dim=0) for row, keep in zip(states, mask, strict=True)])
got = checks.run(mean_pool, states, mask)
checks.shape("mean_pool(states, mask)", got, batch=3, d_model=4)
checks.that(
    got.dtype == states.dtype, f"expected {states.dtype}, as the states have, got {got.dtype}."
)
zeroed = states * mask[..., None]
slips = {
    "the padding is counted: divide by the number of real tokens, not by T.": zeroed.mean(dim=1),
    "the mean runs over the padding too; the mask is not used.": states.mean(dim=1),
    "that is the sum; divide by the number of real tokens.": zeroed.sum(dim=1),
    "that is the largest state, not the mean.": states.masked_fill(~mask[..., None], -1e9).amax(
        dim=1
    ),
    "the sum is divided by the number of real tokens in the whole batch; count them row by row.": zeroed.sum(
        1
    )
    / mask.sum(),
    "the mask is turned around: True is for real tokens.": (states * ~mask[..., None]).sum(1)
    / mask.sum(1, keepdim=True),
    "that is the first token.": states[:, 0],
}
padding = (states * ~mask[..., None]).sum(1) / (~mask).sum(1, keepdim=True)  # no padding: NaN
checks.that(
    not torch.allclose(got.double(), padding, equal_nan=True),
    "mean_pool: that is the mean over the padding. The mask is turned around: True is for real tokens.",
)
checks.close("mean_pool", got, right, slips=slips)
checks.passed("the mean over real tokens")

# %% check="mean_pool_padding" points=1
states = checks.normal(3, 5, 4, seed=0)
mask = torch.tensor([[1, 1, 1, 0, 0], [1, 0, 0, 0, 0], [1, 1, 1, 1, 1]]).bool()
right = torch.stack([row[keep].mean(dim=0) for row, keep in zip(states, mask, strict=True)])
for bad in (1e30, float("inf"), float("nan")):
    spoiled = states.masked_fill(~mask[..., None], bad)
    got = checks.run(mean_pool, spoiled, mask)
    about = "0 · inf and 0 · NaN are NaN: fill with zeros instead of multiplying."
    about = "It must leave no trace." if bad == 1e30 else about
    with checks.hint(f"The padding holds {bad}. {about}"):
        checks.close("mean_pool of states with spoiled padding", got, right)
agree = torch.randint(2, (2, 90), generator=torch.Generator().manual_seed(1)).bool()
agree[:, 0] = True
checks.agrees(
    "mean_pool",
    mean_pool,
    lambda x, m: torch.einsum("btd,bt->bd", x, m.to(x) / m.sum(1, keepdim=True)),
    checks.normal(2, 90, 3, seed=2),
    agree,
    gradients=True,
)
checks.any_device(mean_pool, states, mask)
checks.passed("whatever the padding holds")


# %% given="frozen"
@torch.no_grad()
def pooled(
    encoder: nn.Module, ids: list[list[int]], labels: torch.Tensor
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """For both poolings the vectors (N, d_model) of texts, and their labels, sorted by length."""
    found: dict[str, list[torch.Tensor]] = {"[CLS]": [], "mean of the tokens": []}
    ordered = []
    for tokens, mask, truth in batches_of(ids, labels, TRAIN_LENGTH):
        with device.autocast(place, precision):
            states = encoder(tokens, attention_mask=mask).last_hidden_state.float()
        found["[CLS]"].append(states[:, 0].cpu())
        found["mean of the tokens"].append(mean_pool(states, mask).cpu())
        ordered.append(truth.cpu())
    return {name: torch.cat(parts).numpy() for name, parts in found.items()}, torch.cat(
        ordered
    ).numpy()


start = time.perf_counter()
frozen = FrozenEncoder(pretrained().to(place))
some = scaled(full=5_000, smoke=200)
fit_vectors, fit_truth = pooled(frozen, fit_ids[:some], fit_labels[:some])
valid_vectors, valid_truth = pooled(frozen, valid_ids, valid_labels)
frozen_accuracies = {}
for name, vectors in fit_vectors.items():
    mean, spread = vectors.mean(axis=0), vectors.std(axis=0)
    linear = LogisticRegression(C=0.1, max_iter=1000).fit((vectors - mean) / spread, fit_truth)
    frozen_accuracies[name] = linear.score((valid_vectors[name] - mean) / spread, valid_truth)
    print(f"frozen encoder, {name}: {frozen_accuracies[name]:.1%} on validation")
frozen_accuracy = max(frozen_accuracies.values())
print(f"{len(fit_truth):,} reviews, {time.perf_counter() - start:.0f} s")

# %% given="curves"
fig, ax = plt.subplots(figsize=(8.5, 3.6), layout="constrained")
x = tuned_history.evaluated_at
lines = {
    "fine-tuned": tuned_history.metrics["validation accuracy"],
    "from scratch": scratch_history.metrics["validation accuracy"],
    f"frozen encoder, {len(fit_truth):,} labels": [frozen_accuracy] * len(x),
    "words and pairs": [baselines["words and pairs"].score(valid_texts, valid_labels)] * len(x),
}
plots.curves(
    ax,
    lines,
    title="Four ways to use the labels",
    xlabel="step",
    ylabel="validation accuracy",
    x=x,
)
ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
plots.show(
    fig,
    alt="Validation accuracy against the step: fine-tuned and from scratch as curves, frozen encoder and logistic "
    "regression on words and pairs as level lines.",
    caption="The level lines took seconds. The distance between the curves is what reading without labels was worth.",
)

# %% [markdown]
# **What you saw.** The level lines cost seconds, so the bar is high. A large encoder, pretrained on more than film
# reviews, clears it; the small one that travels with this book, trained for three hours on two cores, stays a little
# below. The two models of the curves read the same
# reviews in the same order. What differs is where they began (and the learning rates, each the better of two: random
# weights want a lower one, the same for all layers). The distance between the curves is what reading without labels
# was worth.
#
# **And with fewer labels?** Labels cost money, and text is free. The next cell trains on the first 100 reviews, then
# on more, and asks logistic regression to do the same.

# %% given="few_labels"
label_counts = scaled(full=(100, 500, 2500), smoke=(20, 40))
fewer = {"fine-tuned": [], "words and pairs": []}
for n in label_counts:
    steps = scaled(full=max(60, 2 * n // BATCH), smoke=2)
    _, history = fine_tune(
        pretrained(), fit_ids[:n], fit_labels[:n], steps=steps, lr=LR, show=False
    )
    fewer["fine-tuned"].append(history.metrics["validation accuracy"][-1])
    linear = make_pipeline(
        TfidfVectorizer(ngram_range=(1, 2), min_df=1, sublinear_tf=True),
        LogisticRegression(C=10, max_iter=1000),
    ).fit(fit_texts[:n], fit_labels[:n])
    fewer["words and pairs"].append(linear.score(valid_texts, valid_labels))
    print(
        f"{n:6,} labels: fine-tuned {fewer['fine-tuned'][-1]:.1%}, words and pairs {fewer['words and pairs'][-1]:.1%}"
    )

# %% given="few_labels_plot"
with_all = {
    "fine-tuned": tuned_history.metrics["validation accuracy"][-1],
    "words and pairs": baselines["words and pairs"].score(valid_texts, valid_labels),
}
rising = {name: [*values, with_all[name]] for name, values in fewer.items()}
fig, ax = plt.subplots(figsize=(6.5, 3.4), layout="constrained")
plots.curves(
    ax,
    rising,
    title="How many labels does it take?",
    xlabel="labeled reviews",
    ylabel="validation accuracy",
    x=[*label_counts, len(fit_ids)],
)
ax.set_xscale("log")
plots.show(
    fig,
    alt="Accuracy against the number of labeled reviews, on a logarithmic axis, for the fine-tuned model and for "
    "logistic regression on words and pairs. Both rise.",
    caption="Labels cost money. Where on this axis would your own project be?",
)

# %% [markdown]
# **What you saw.** Read the plot from right to left: how fast does each curve fall when labels get scarce? How many
# labels does one model need for what the other reaches with 500?

# %% [markdown]
# ## 6 · The test set, and what is behind the number
#
# Every choice so far was made on validation reviews. Now the test set, once.

# %% given="test_accuracy"
test_ids = token_ids(test_texts)
EVERY = 5  # a fifth of the reviews is enough for a comparison, and saves minutes


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
tuned_right = tuned_logits.argmax(dim=1) == test_labels
scratch_right = test_logits(scratch, every=EVERY).argmax(dim=1) == test_labels[::EVERY]
linear_right = torch.from_numpy(baselines["words and pairs"].predict(test_texts)) == test_labels
for name, correct in (
    ("fine-tuned", tuned_right),
    ("from scratch", scratch_right),
    ("words and pairs", linear_right),
):
    low, high = wilson(int(correct.sum()), len(correct))
    print(
        f"{name}, {len(correct):,} reviews: {correct.float().mean():.2%}, "
        f"95% interval {low:.2%} to {high:.2%}"
    )
print(
    f"fine-tuned, without the reviews that are in train: {tuned_right[~overlap].float().mean():.2%}"
)

# %% given="confusion"
counts = torch.zeros(2, 2, dtype=torch.int64)
for truth, guess in zip(test_labels.tolist(), tuned_logits.argmax(dim=1).tolist(), strict=True):
    counts[truth, guess] += 1
plots.show(
    plots.confusion_matrix(counts, classes, title="Test reviews"),
    alt="A table of two rows and two columns: how many negative and positive reviews were taken for which class.",
    caption="Are the two kinds of mistakes equally frequent? If not, the model leans to one side.",
)

# %% [markdown]
# **Does it know when it may be wrong?** The larger probability is the model's **confidence**. A model is *calibrated*
# when, of all answers given with a confidence of 90%, nine in ten are right. The **expected calibration error** sorts
# answers into bins by confidence and compares ([Guo et al., 2017](https://arxiv.org/abs/1706.04599)):
#
# $$\text{ECE} = \sum_b \frac{n_b}{n} \, \Big| \text{accuracy}_b - \text{confidence}_b \Big|$$
#
# Four answers, each with confidence 0.75, three of them right: a perfect bin. If all four are right, the model was
# too modest, and the error is 0.25.

# %% [markdown]
# ### Exercise 12 · Calibration (2 points · 20 min · ●●○)
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

# %% given="calibration"
tuned_confidence, tuned_guess = tuned_logits.softmax(dim=1).max(dim=1)
error = calibration_error(tuned_confidence, tuned_right)
which = (tuned_confidence * 10).long().clamp(max=9)
filled = [b for b in range(10) if (which == b).any()]
middles = [tuned_confidence[which == b].mean().item() for b in filled]
shares = [tuned_right[which == b].float().mean().item() for b in filled]
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

# %% [markdown]
# **Read its worst mistakes.** Ten reviews of which the model is most certain, and wrong.

# %% given="worst_mistakes"
wrong = (~tuned_right).nonzero()[:, 0]
worst = wrong[tuned_confidence[wrong].argsort(descending=True)][: scaled(full=10, smoke=3)]
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
# Read the mistakes above. Find two *different* causes, and give for each the number of a review and a phrase from it.
# For one of them say what would help: other data, a longer text, another model, or another label.

# %% [markdown] manual="why_wrong" points=1
# Two causes are typical. First, **praise for something else**: the writer praises the book, the first film or an
# actor, and the verdict on this film is one short sentence among them; a model that adds up opinions misses what they
# are about. More text from the middle of the review, or a larger model, can help. Second, **labels that do not fit
# the text**: the review reads positive, the stars were few, or the other way round. No model will learn those; they
# limit every accuracy on this set, and only another label helps. Irony, where each word says the opposite, and plots
# full of grim words in a praising review are good answers too. (An answer needs two causes, a quotation for each, and
# one remedy.)

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


# %% given="contrasts"
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
# ## 7 · What does it look at?
#
# Two ways to ask for the weight of each token. **Gradient × input** follows the answer back to the vectors that went
# in. How much does the logit fall when the vector $x_t$ of token $t$ shrinks by a small share $\varepsilon$? To first
# order by $\varepsilon s_t$, with
#
# $$s_t = \sum_i \frac{\partial f}{\partial x_{t,i}} \, x_{t,i}$$
#
# For a linear function these scores add up to $f(x) - f(0)$: a fair division. For $f(x_1, x_2) = 3 x_1 - 2 x_2$ at
# $(1, 4)$ they are 3 and −8, in sum −5.

# %% [markdown]
# ### Exercise 13 · Gradient × input (2 points · 20 min · ●●○)
#
# `gradient_times_input` gets a `function` from vectors `(B, T, d_model)` to one number per text, `(B,)`, and the
# vectors. It returns the scores `(B, T)`, detached. The gradients of the model's own weights must stay as they are.
#
# <details><summary>Hint 1: the idea</summary>Cut the vectors off from whatever made them, ask for their gradient, and
# let autograd compute it.</details>
# <details><summary>Hint 2: the formula</summary>Texts do not influence each other, so the gradient of the
# <em>sum</em> of the outputs holds the gradient of each.</details>
# <details><summary>Hint 3: the line</summary><code>torch.autograd.grad(function(x).sum(), x)</code> returns a tuple
# and leaves the weights' <code>.grad</code> alone; <code>.backward()</code> would not.</details>


# %% solution="gradient_times_input"
def gradient_times_input(
    function: Callable[[torch.Tensor], torch.Tensor], vectors: torch.Tensor
) -> torch.Tensor:
    """Scores of the tokens: gradient times input, summed over d_model (Shrikumar et al., 2016).

    Args:
        function: vectors (B, T, d_model) → one number per text, (B,).
        vectors: (B, T, d_model).

    Returns:
        (B, T), without a graph.
    """
    ### BEGIN SOLUTION
    x = vectors.detach().requires_grad_()
    (gradient,) = torch.autograd.grad(function(x).sum(), x)
    return (gradient * x.detach()).sum(dim=-1)  # (B, T)
    ### END SOLUTION


# %% check="gradient_linear" points=1
weights = checks.normal(5, 4, seed=0)
vectors = checks.normal(2, 5, 4, seed=1)


def linear_function(x: torch.Tensor) -> torch.Tensor:
    return (x * weights).sum(dim=(1, 2)) + 3


got = checks.run(gradient_times_input, linear_function, vectors)
with checks.hint("One score for each token: sum over d_model, the last dimension."):
    checks.shape("the scores", got, batch=2, tokens=5)
right_scores = (vectors * weights).sum(dim=-1)
slips = {
    "that is the gradient alone, summed; multiply it by the vectors.": weights.sum(-1).expand(2, 5),
    "that is the length of the gradient; multiply it by the vectors and sum.": weights.norm(
        dim=-1
    ).expand(2, 5),
    "the products are averaged over d_model; sum them.": right_scores / 4,
    "the scores lost their signs.": right_scores.abs(),
    "absolute values are summed; keep the signs.": (vectors * weights).abs().sum(-1),
    "the gradient of the mean over the texts is smaller; sum the outputs.": right_scores / 2,
    "the scores are scaled; return them as they are.": right_scores
    / right_scores.abs().sum(1, keepdim=True),
    "only the first text has scores; sum the outputs of all.": right_scores
    * torch.tensor([[1.0], [0.0]]),
}
checks.close("the scores of a linear function", got, right_scores, slips=slips)
checks.close("their sum, f(x) − f(0)", got.sum(1), linear_function(vectors) - 3)
checks.passed("the scores of a linear function add up")

# %% check="gradient_model" points=1
layer = nn.Linear(4, 1).double()
vectors = checks.normal(3, 6, 4, seed=2)


def curved_function(x: torch.Tensor) -> torch.Tensor:
    return layer(x).tanh().sum(dim=(1, 2)) * x[:, 0, 0]


step = 1e-6
expected = torch.zeros(3, 6, dtype=torch.float64)
with torch.no_grad():
    for t in range(6):
        up, down = vectors.clone(), vectors.clone()
        up[:, t] *= 1 + step
        down[:, t] *= 1 - step
        expected[:, t] = (curved_function(up) - curved_function(down)) / (2 * step)
got = checks.run(gradient_times_input, curved_function, vectors)
checks.close("the scores, against finite differences", got, expected, rtol=1e-4, atol=1e-7)
checks.that(not got.requires_grad, "the scores still belong to a graph: return them detached.")
checks.that(
    not vectors.requires_grad,
    "the vectors that came in now require a gradient: work on vectors.detach().",
)
checks.that(
    layer.weight.grad is None,
    "the model's weights got a gradient: use torch.autograd.grad, not backward().",
)
made = (vectors * torch.ones((), dtype=torch.float64, requires_grad=True)).mul(1)
with checks.hint("The vectors may be the output of an embedding: detach them first."):
    got = checks.run(gradient_times_input, curved_function, made)
    checks.close("the scores of vectors that hang on a graph", got, expected, rtol=1e-4, atol=1e-7)
checks.passed("the gradient of any function, and nothing else touched")

# %% [markdown]
# **Attention** is the other way to ask. In each layer, how much of the state of `[CLS]` comes from which token? The
# weights of the last layer, averaged over its attention heads, say what the classifier reads. The model is loaded
# once more in its plain form, since fused kernels never write the weights down.

# %% given="attention_model"
plain = AutoModel.from_pretrained(folder, attn_implementation="eager")
plain.load_state_dict(tuned.encoder.state_dict())
plain = plain.to(place).eval()


def explained(text: str) -> tuple[list[str], torch.Tensor, torch.Tensor]:
    """The tokens of a text, their gradient × input for the logits' difference, and their attention."""
    ids = truncate(token_ids([text])[0], 96, "both", cls, sep)
    tokens = torch.tensor([ids], device=place)
    mask = torch.ones_like(tokens)

    def difference(vectors: torch.Tensor) -> torch.Tensor:
        states = plain(inputs_embeds=vectors, attention_mask=mask).last_hidden_state
        answer = head_of(tuned)(states[:, 0])
        return answer[:, 1] - answer[:, 0]

    scores = gradient_times_input(difference, plain.get_input_embeddings()(tokens))[0]
    with torch.no_grad():
        layers = plain(tokens, attention_mask=mask, output_attentions=True).attentions
    attention = layers[-1][0].mean(dim=0)[0]  # (T,), from [CLS]
    return tokenizer.convert_ids_to_tokens(ids), scores.cpu(), attention.float().cpu()


for text in (
    "The actors are brilliant, but the story is a boring mess.",
    "I expected a dull film and got a wonderful one.",
):
    names, scores, attention = explained(text)
    plots.token_text(
        names, scores, caption="Gradient × input: orange speaks for positive, blue for negative."
    )
    plots.token_text(
        names, attention, caption="Attention of [CLS] in the last layer: how much, not which way."
    )

# %% [markdown]
# **Which of the two should you believe?** Test them. If a score is right, then hiding the tokens with the largest
# scores must change the answer more than hiding tokens at random. The cell replaces a few tokens of each review with
# `[MASK]` and measures how far the logit of the model's own answer falls.


# %% given="deletion"
@torch.no_grad()
def answer_logit(ids: list[int], hide: list[int], answer: int) -> float:
    """The logit difference for `answer`, with some places of a text masked."""
    hidden = torch.tensor([ids], device=place)
    hidden[0, hide] = tokenizer.mask_token_id
    out = tuned(hidden, torch.ones_like(hidden, dtype=torch.bool))[0]
    return (out[answer] - out[1 - answer]).item()


def deletion(texts: list[str], count: int) -> dict[str, list[float]]:
    """For each way to choose `count` tokens, how far the logit falls for each text."""
    fallen: dict[str, list[float]] = {"gradient × input": [], "attention": [], "at random": []}
    generator = torch.Generator().manual_seed(0)
    for text in texts:
        ids = truncate(token_ids([text])[0], 96, "both", cls, sep)
        _, scores, attention = explained(text)
        answer = int(positive_share(tuned, [text])[0] > 0.5)
        inner = torch.arange(1, len(ids) - 1)
        signed = scores if answer else -scores
        ways = {
            "gradient × input": inner[signed[1:-1].argsort(descending=True)],
            "attention": inner[attention[1:-1].argsort(descending=True)],
            "at random": inner[torch.randperm(len(inner), generator=generator)],
        }
        whole = answer_logit(ids, [], answer)
        for name, order in ways.items():
            fallen[name].append(whole - answer_logit(ids, order[:count].tolist(), answer))
    return fallen


short = [text for text in valid_texts if len(text.split()) < 80][: scaled(full=100, smoke=3)]
short = short or valid_texts[:3]
fallen = deletion(short, count=5)
for name, values in fallen.items():
    print(
        f"hiding 5 tokens, {name}: the logit changes by {-np.mean(values):+.2f} (standard error "
        f"{np.std(values) / math.sqrt(len(values)):.2f})"
    )

# %% [markdown]
# **What you saw.** The more the logit falls, the better the scores name what the answer rests on. Hiding at random is
# the bar that both have to clear.
#
# The two answer different questions. Attention says *from where* a layer takes, never *what* it makes of it: a token
# may be read and then ignored, and by the last layer each state is a mixture of many tokens. It has no sign, either.
# Gradient × input knows the sign and the whole way through the network, but only to first order, at this one point.
# ([Jain and Wallace, 2019](https://arxiv.org/abs/1902.10186); [Wiegreffe and Pinter,
# 2019](https://arxiv.org/abs/1908.04626), argue about how much of an explanation attention is.)

# %% [markdown]
# ## 8 · Beyond the head
#
# **A causal model can classify too.** In a GPT-style model a token sees only what comes before it. `[CLS]` at the
# start would see nothing; the **last** token has seen all ([Radford et al.,
# 2018](https://cdn.openai.com/research-covers/language-unsupervised/language_understanding_paper.pdf)). So the head
# goes there.

# %% [markdown]
# ### Exercise 14 · The last token (2 points · 15 min · ●●○)
#
# `last_token` gets `states (B, T, d_model)` and `mask (B, T)`. It returns the state of the last *real* token of each
# row, `(B, d_model)`. The padding may be on the right, on the left, or on both sides. Make new
# tensors on the device of `states`.
#
# <details><summary>Hint 1: the idea</summary>Find the largest place at which the mask is True, row by row.</details>
# <details><summary>Hint 2: the formula</summary>place · mask is 0 at padding and the place elsewhere; its argmax is
# the last real one.</details>
# <details><summary>Hint 3: the line</summary><code>(torch.arange(T, device=mask.device) * mask).argmax(dim=1)</code>,
# then <code>states[rows, places]</code>.</details>


# %% solution="last_token"
def last_token(states: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """The state of the last real token of each row.

    Args:
        states: (B, T, d_model).
        mask: (B, T) bool, True for real tokens; padding on the right, on the left, or on both sides.

    Returns:
        (B, d_model).
    """
    ### BEGIN SOLUTION
    places = torch.arange(mask.shape[1], device=mask.device)  # (T,)
    last = (places * mask).argmax(dim=1)  # (B,)
    return states[torch.arange(len(states), device=mask.device), last]
    ### END SOLUTION


# %% check="last_token_right" points=1
states = checks.normal(3, 6, 4, seed=4)
mask = torch.tensor([[1, 1, 1, 0, 0, 0], [1, 0, 0, 0, 0, 0], [1, 1, 1, 1, 1, 0]]).bool()
got = checks.run(last_token, states, mask)
with checks.hint(
    "states[:, places] takes every place from every row; states[rows, places] takes one from each."
):
    checks.shape("last_token(states, mask)", got, batch=3, d_model=4)
rows = torch.arange(3)
expected = states[rows, torch.tensor([2, 0, 4])]
slips = {
    "that is the last place, which may be padding.": states[:, -1],
    "that is the first place of padding, one too far.": states[rows, torch.tensor([3, 1, 5])],
    "that is one place too early.": states[rows, torch.tensor([1, -1, 3])],
    "that place is counted from the end; take it from T − 1.": states[
        rows, torch.tensor([3, 5, 1])
    ],
    "that is the first token, [CLS].": states[:, 0],
    "that is the mean over the tokens; take one.": torch.stack(
        [row[keep].mean(dim=0) for row, keep in zip(states, mask, strict=True)]
    ),
    "that is the largest state, not the last one.": states.masked_fill(
        ~mask[..., None], -torch.inf
    ).amax(dim=1),
}
checks.close("padding on the right", got, expected, slips=slips)
checks.agrees(
    "last_token",
    last_token,
    lambda x, m: x[torch.arange(3), m.sum(1) - 1],
    states,
    mask,
    gradients=True,
)
checks.any_device(last_token, states, mask)
checks.passed("padding on the right")

# %% check="last_token_left" points=1
states, rows = checks.normal(3, 6, 4, seed=4), torch.arange(3)
mask = torch.tensor([[0, 0, 0, 1, 1, 1], [0, 0, 0, 0, 0, 1], [1, 1, 1, 1, 1, 1]]).bool()
got = checks.run(last_token, states, mask)
slips = {
    "the number of real tokens is their last place only when the padding is on the right.": states[
        rows, mask.sum(1) - 1
    ],
    "that is the first real token; take the last one.": states[rows, torch.tensor([3, 5, 0])],
}
checks.close("padding on the left", got, states[:, -1], slips=slips)
mask = torch.tensor([[0, 1, 1, 0, 0, 0], [0, 1, 1, 1, 0, 0], [1, 0, 0, 0, 0, 0]]).bool()
got = checks.run(last_token, states, mask)
with checks.hint("Look for the last True of each row, wherever the padding stands."):
    checks.close("padding on both sides", got, states[rows, torch.tensor([2, 3, 0])])
### BEGIN HIDDEN TESTS
states, mask = checks.normal(2, 300, 4, seed=5), torch.zeros(2, 300, dtype=torch.bool)
mask[0, 3:290], mask[1, :7] = True, True
got = checks.run(last_token, states, mask)
checks.close("a text of 300 tokens", got, torch.stack([states[0, 289], states[1, 6]]))
### END HIDDEN TESTS
checks.passed("padding on the left and on both sides")

# %% [markdown]
# **Experiment.** PyTorch's own encoder, two layers that begin with the shipped model's word vectors, learns from the
# same few reviews four times: with attention both ways or with a causal mask, and with the head on the first token or
# on the last.


# %% given="causal"
word_vectors = masked_model.get_input_embeddings().weight.detach().clone()


class Reading(nn.Module):
    """A small encoder, causal or not, with a linear head on the first or the last token."""

    def __init__(self, causal: bool, last: bool) -> None:
        super().__init__()
        d = word_vectors.shape[1]
        self.causal, self.last = causal, last
        self.embedding = nn.Embedding.from_pretrained(word_vectors.clone(), freeze=False)
        layer = nn.TransformerEncoderLayer(
            d, 4, 2 * d, dropout=0.0, batch_first=True, norm_first=True
        )
        self.encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.head = nn.Linear(d, 2)

    def forward(self, tokens: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        T = tokens.shape[1]
        later = torch.ones(T, T, dtype=torch.bool, device=mask.device).triu(1)  # True: not allowed
        states = self.encoder(
            self.embedding(tokens),
            mask=later if self.causal else None,
            src_key_padding_mask=~mask,  # here too PyTorch's True means not allowed
        )
        return self.head(last_token(states, mask) if self.last else states[:, 0])


# %% given="causal_experiment"
n = scaled(full=800, smoke=40)
few = batches_of(fit_ids[:n], fit_labels[:n], 128, shuffle=True)
valid_few = batches_of(valid_ids[:n], valid_labels[:n], 128)
for causal in (False, True):
    for last in (False, True):
        device.seed_everything(0)
        model = Reading(causal, last).to(place)
        optimizer = torch.optim.AdamW(parameter_groups(model, 1e-3, 1.0, 0.01))
        steps = scaled(full=2 * n // BATCH, smoke=1)
        fit(model, few, classification_loss, steps=steps, optimizer=optimizer, show=False)
        kind = f"{'causal' if causal else 'both ways'}, {'last' if last else 'first'} token"
        print(f"{kind:24} {accuracy(model, valid_few):.1%}")

# %% [markdown]
# **What you saw.** Under a causal mask `[CLS]`, the first token, sees itself and nothing else: it is the same for
# every review, and its head can only guess. The last token has seen all. With attention both ways either place will
# do.

# %% [markdown]
# **No head at all: prompting.** A large causal model can be *asked* ([Brown et al.,
# 2020](https://arxiv.org/abs/2005.14165)). Put the review into a template, "Review: … It is", and compare how likely
# the model finds the words *negative* and *positive* next. Nothing is trained, and no example is shown: that is called
# *zero-shot*. In Lab 06 you wrote the log-probability of an answer, the sum over its tokens; here it is given.
#
# A model can also be *tuned* so. If it gives *positive*, *negative* and *neutral* the probabilities 0.18, 0.44 and
# 0.38, and the review is negative, the loss is $-\ln 0.44 = 0.82$.


# %% given="answer_log_prob"
@torch.no_grad()
def answer_log_prob(model: nn.Module, prompt: list[int], answer: list[int]) -> float:
    """The log-probability of an answer after a prompt: logits at place t are about token t + 1."""
    tokens = torch.tensor([prompt + answer], device=place)
    log_probs = model(tokens).logits[0, len(prompt) - 1 : -1].float().log_softmax(dim=-1)
    return log_probs.gather(1, tokens[0, len(prompt) :, None]).sum().item()


# %% given="zero_shot"
def causal_model() -> tuple[object, nn.Module] | None:
    """Tokenizer and causal model, if one is in the data folder or the cache, or a GPU may download one."""
    names = ["distilgpt2"]
    if place.type == "cuda":
        names.insert(0, "HuggingFaceTB/SmolLM2-360M-Instruct")
    for name in names:
        try:
            found = find_model(name)
        except datasets.DataError:
            continue
        model = AutoModelForCausalLM.from_pretrained(found).to(place).eval()
        return AutoTokenizer.from_pretrained(found), model
    print(
        "No causal model is here: this experiment is skipped. To run it, put one into `models/` of the data folder."
    )
    return None


causal = causal_model()
if causal is not None:
    words_of, speaker = causal
    some = [i for i, text in enumerate(valid_texts) if len(text.split()) < 120][
        : scaled(full=100, smoke=4)
    ]
    hits = 0
    for i in some:
        prompt = words_of(f"Review: {valid_texts[i]}\nIs this review negative or positive? It is")[
            "input_ids"
        ]
        negative, positive = (
            answer_log_prob(speaker, prompt, words_of(word, add_special_tokens=False)["input_ids"])
            for word in (" negative", " positive")
        )
        hits += int(positive > negative) == int(valid_labels[i])
    low, high = wilson(hits, len(some))
    print(f"zero-shot: {hits} of {len(some)} right, 95% interval {low:.0%} to {high:.0%}")

# %% [markdown]
# **A label for each token.** Named entities, the names of people, places and works, are found by classifying
# *tokens*: the head sits on every state. Labels come per word, tokens are pieces of words. The usual rule: the
# **first** piece of a word carries its label, all other pieces and the special tokens get −100.
#
# `tokenizer(words, is_split_into_words=True).word_ids()` says for each token which word it belongs to: `None` for
# special tokens.

# %% [markdown]
# ### Exercise 15 · Token classification (4 points · 25 min · ●●○)
#
# `align_labels` gets `word_labels`, one number per word, and `word_ids`, one entry per token: the number of its word,
# or None. It returns a list with one label per token.
#
# `token_loss` gets `logits (B, T, n_classes)` and `labels (B, T)`. It returns the mean cross-entropy over all places
# whose label is not −100, as a scalar tensor that can be trained on: each *token* counts the same, not each sentence.
#
# <details><summary>Hint 1: the idea</summary>Go through the tokens and remember the word of the one before.</details>
# <details><summary>Hint 2: the formula</summary>A token is the first piece of its word if its word differs from that
# of the token before it.</details>
# <details><summary>Hint 3: the line</summary><code>F.cross_entropy</code> wants (N, n_classes) and (N,), and ignores
# −100: flatten the first two dimensions.</details>


# %% solution="align_labels"
def align_labels(word_labels: list[int], word_ids: list[int | None]) -> list[int]:
    """Labels of tokens from labels of words: that of the word on its first piece, −100 elsewhere.

    Args:
        word_labels: one label per word.
        word_ids: for each token the number of its word, None for special tokens.
    """
    ### BEGIN SOLUTION
    labels, before = [], None
    for word in word_ids:
        first = word is not None and word != before
        labels.append(word_labels[word] if first else -100)
        before = word
    return labels
    ### END SOLUTION


# %% check="align_first" points=1
cases = (
    ([7, 0, 8], [None, 0, 1, 2, None], [-100, 7, 0, 8, -100]),
    (
        [3, 0, 5],
        [None, 0, 0, 1, 2, 2, 2, None, None],
        [-100, 3, -100, 0, 5, -100, -100, -100, -100],
    ),
    ([4], [None, 0, 0, None], [-100, 4, -100, -100]),
    ([6, 9], [0, 0, 1], [6, -100, 9]),
    ([2, 2], [None, 0, 1, 1, None], [-100, 2, 2, -100, -100]),
    ([3, 4, 5], [None, 0, 2, 2, None], [-100, 3, 5, -100, -100]),
)
for labels, ids, expected in cases:
    got = checks.run(align_labels, labels, ids)
    checks.that(isinstance(got, list), f"expected a list, got a {type(got).__name__}.")
    n, before = len(ids), [None, *ids]
    special = [k for k in range(n) if ids[k] is None]
    inner = [k for k in range(n) if k not in special and ids[k] == before[k]]
    every = [-100 if i is None else labels[i] for i in ids]
    causes = {
        "one label per token is wanted, also for special tokens.": len(got) != n,
        "only the first piece of a word carries the label, the others get -100.": got == every,
        "the first piece carries the label, not the last one.": got
        == [-100 if k + 1 < n and ids[k + 1] == ids[k] else every[k] for k in range(n)],
        "0 is the number of a word: ask `is None`.": got
        == [e if i else -100 for e, i in zip(expected, ids, strict=True)],
        "two words in a row may have equal labels: compare words, not labels.": got
        == [-100 if k and every[k] == every[k - 1] else every[k] for k in range(n)],
    }
    if len(got) == n:
        causes["special tokens get -100; 0 is a label like others."] = any(
            got[k] != -100 for k in special
        )
        causes["pieces after the first get -100; 0 is a label like others."] = any(
            got[k] == 0 for k in inner
        )
        causes["a word may have no token: take the numbers of the words from word_ids."] = (
            labels == [3, 4, 5]
        )
    cause = next((f"\n  Likely cause: {text}" for text, holds in causes.items() if holds), "")
    checks.that(
        got == expected, f"labels {labels}, words {ids}: expected {expected}, got {got}.{cause}"
    )
checks.passed("the label on the first piece")

# %% check="align_tokenizer" points=1
sentence = ["yesterday", "kieslowski", "filmed", "in", "warszawa", ",", "poland"]
entity = [0, 1, 0, 0, 2, 0, 2]
encoded = tokenizer(sentence, is_split_into_words=True)
got = checks.run(align_labels, entity, encoded.word_ids())
checks.that(isinstance(got, list), f"expected a list, got a {type(got).__name__}.")
checks.that(
    len(got) == len(encoded["input_ids"]),
    f"{len(encoded['input_ids'])} tokens need as many labels, got {len(got)}.",
)
checks.that(
    [x for x in got if x != -100] == entity,
    f"each word's label must stand once, in order: expected {entity} among {got}.",
)
### BEGIN HIDDEN TESTS
got = checks.run(align_labels, [1, 1, 1], [None, 0, 1, 1, 2, None])
checks.that(
    got == [-100, 1, 1, -100, 1, -100],
    f"labels [1, 1, 1], words [None, 0, 1, 1, 2, None]: expected [-100, 1, 1, -100, 1, -100], got {got}.",
)
got = checks.run(align_labels, [2, 5], [None, 0, None, 1, None])
checks.that(got == [-100, 2, -100, 5, -100], f"a special token between two words: got {got}.")
### END HIDDEN TESTS
checks.passed("each word's label once, whatever its pieces")


# %% solution="token_loss"
def token_loss(logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """The mean cross-entropy over the labeled tokens, a scalar.

    Args:
        logits: (B, T, n_classes).
        labels: (B, T) int64, −100 where there is none.
    """
    ### BEGIN SOLUTION
    return F.cross_entropy(logits.flatten(0, 1), labels.flatten(), ignore_index=-100)
    ### END SOLUTION


# %% check="token_loss_value" points=1
logits = checks.normal(3, 5, 4, seed=8)
labels = torch.tensor([[-100, 1, -100, -100, -100], [-100, 0, 3, 2, -100], [3, 2, 2, 0, 1]])
got = checks.run(token_loss, logits, labels)
kept = labels != -100
each = F.cross_entropy(logits[kept], labels[kept], reduction="none")
if isinstance(got, torch.Tensor):
    checks.that(
        got.dim() == 0,
        f"token_loss: expected one number, the mean over the labeled tokens, got shape {tuple(got.shape)}.",
    )
sentences = torch.stack([F.cross_entropy(a, b) for a, b in zip(logits, labels, strict=True)]).mean()
slips = {
    "the mean is taken over sentences, so that tokens of short ones count more; take it over all tokens.": sentences,
    "that is the sum; take the mean over labeled tokens.": each.sum(),
    "the sum is divided by all places, ignored ones too.": each.sum() / labels.numel(),
    "−100 is taken for class 0; those places must be ignored.": F.cross_entropy(
        logits.flatten(0, 1), labels.clamp(min=0).flatten()
    ),
    "the sum is divided by the number of sentences.": each.sum() / 3,
    "logits are wanted, not probabilities: F.cross_entropy applies softmax itself.": F.cross_entropy(
        logits[kept].softmax(-1), labels[kept]
    ),
    "class 0 is left out; only places with label −100 are.": each[labels[kept] > 0].mean(),
    "a reshape mixes places and classes: flatten the first two dimensions, or transpose(1, 2).": F.cross_entropy(
        logits.reshape(3, 4, 5), labels
    ),
    "F.nll_loss wants log-probabilities: apply log_softmax first.": F.nll_loss(
        logits[kept], labels[kept]
    ),
    "label smoothing was not asked for.": F.cross_entropy(
        logits[kept], labels[kept], label_smoothing=0.1
    ),
}
checks.close("token_loss", got, each.mean(), slips=slips)
checks.passed("the mean over labeled tokens")

# %% check="token_loss_gradient" points=1
logits = checks.normal(3, 5, 4, seed=8)
labels = torch.tensor([[-100, 1, -100, -100, -100], [-100, 0, 3, 2, -100], [3, 2, 2, 0, 1]])
kept = labels != -100
leaf = logits.clone().requires_grad_()
loss = checks.run(token_loss, leaf, labels)
with checks.hint("Return the tensor itself, without .item(), or it cannot be trained on."):
    checks.tensor("token_loss", loss)
checks.that(loss.dim() == 0, f"expected a scalar, got shape {tuple(loss.shape)}.")
checks.that(
    loss.requires_grad,
    "the loss has no graph behind it: do not detach it, and do not call .item().",
)
(gradient,) = torch.autograd.grad(loss, leaf)
checks.that(
    not gradient[~kept].any(), "places with label −100 have a gradient: they must be ignored."
)
expected = (logits.softmax(-1) - F.one_hot(labels.clamp(min=0), 4)) * kept[..., None] / kept.sum()
checks.close("the gradient, (softmax − one-hot) / number of labeled tokens", gradient, expected)
### BEGIN HIDDEN TESTS
logits = checks.normal(2, 3, 6, seed=9, dtype=torch.float32)
labels = torch.tensor([[-100, 5, -100], [0, -100, -100]])
expected = F.cross_entropy(logits[labels != -100], labels[labels != -100])
checks.close("token_loss in float32", checks.run(token_loss, logits, labels), expected)
### END HIDDEN TESTS
checks.passed("no gradient where there is no label")

# %% [markdown]
# **Experiment.** Sentences made from a few patterns, with names of people (1) and places (2). The test sentences use
# names and patterns that were never trained on: can the context tell what a word is?

# %% given="name_sentences"
entities = ("–", "person", "place")
people = ["maria", "john", "yuki", "olga", "pedro", "amina", "lars", "chen"]
places = ["paris", "tokyo", "warsaw", "cairo", "lima", "oslo", "delhi", "rome"]
patterns = [
    "{person} filmed this in {place}",
    "the story begins in {place} where {person} lives",
    "shot in {place} , it stars {person}",
    "{person} is wonderful in this movie",
    "when {person} returns to {place} nobody is there",
    "the plot makes no sense at all",
]
new_patterns = ["in {place} we meet {person}", "{person} plays a cop from {place}"]


def sentences(
    patterns: list[str], people: list[str], places: list[str]
) -> list[tuple[list[str], list[int]]]:
    """Words and their labels, for each pattern with each pair of names."""
    made = []
    for pattern in patterns:
        for person, spot in zip(people, places, strict=True):
            names = {"{person}": (person, 1), "{place}": (spot, 2)}
            pairs = [names.get(word, (word, 0)) for word in pattern.split()]
            made.append(([word for word, _ in pairs], [label for _, label in pairs]))
    return made


def labeled(examples: list[tuple[list[str], list[int]]]) -> list[tuple[list[int], list[int]]]:
    """Token ids and aligned labels."""
    encoded = [(tokenizer(words, is_split_into_words=True), labels) for words, labels in examples]
    return [(e["input_ids"], align_labels(labels, e.word_ids())) for e, labels in encoded]


# %% given="name_finder"
class NameFinder(nn.Module):
    """A linear layer on every state."""

    def __init__(self, encoder: nn.Module) -> None:
        super().__init__()
        self.encoder, self.head = encoder, nn.Linear(config.hidden_size, len(entities))

    def forward(self, tokens: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        return self.head(self.encoder(tokens, attention_mask=mask).last_hidden_state)  # (B, T, 3)


device.seed_everything(0)
finder = NameFinder(pretrained()).to(place)
known, new = (
    labeled(sentences(patterns, people[:5], places[:5])),
    labeled(sentences(new_patterns, people[5:], places[5:])),
)
tokens, mask = collate([ids for ids, _ in known], pad)
labels, _ = collate([labels for _, labels in known], -100)
examples = Batches(tokens, mask, labels, batch_size=10, device=place)
finder_history = fit(
    finder,
    examples,
    lambda model, batch: token_loss(model(batch[0], batch[1]), batch[2]),
    steps=scaled(full=60, smoke=2),
    lr=LR / 6,
    title="Names",
)
for ids, _ in new[:2] + new[-2:]:
    with torch.no_grad():
        found = finder(*(x.to(place) for x in collate([ids], pad)))[0].argmax(dim=-1)
    pairs = zip(tokenizer.convert_ids_to_tokens(ids[1:-1]), found[1:-1].tolist(), strict=True)
    print("  ".join(f"{token}/{entities[label]}" for token, label in pairs))

# %% [markdown]
# **What you saw.** Neither the names nor the patterns were among the labeled sentences. Where the answer is right,
# the context gave it, or the words that the name goes with in film reviews.

# %% [markdown]
# **Answers that people prefer.** How does a model that continues text become one that helps? **Reinforcement learning
# from human feedback** ([Ouyang et al., 2022](https://arxiv.org/abs/2203.02155)) has three steps, and you have built
# the parts of each:
#
# 1. *Fine-tune* a causal model on good answers, with next-token cross-entropy.
# 2. Train a **reward model**: people say which of two answers is better, and a transformer with a linear head on its
#    **last token**, one number instead of two logits, learns to give the better one the higher score, with the loss
#    $-\log \sigma(r_\text{better} - r_\text{worse})$.
# 3. Let the model answer, score the answers, and raise the probability of those with a high reward, while a penalty
#    keeps it close to where it began.
#
# The reward model is your sentiment classifier in other clothes. Its faults are passed on: what it rates too highly,
# the model learns to say.

# %% [markdown]
# ## 9 · A larger model, the same notebook
#
# Change `NAME` in section 3 to `"distilbert-base-uncased"`, 66 million parameters, and both learning rates, `lr`
# of the masking in section 4 and `LR` in section 5, to 5e-5, since larger models break more easily. Then run everything
# again, on a GPU. Nothing else changes: everything was written for *an* encoder, not for this one.

# %% [markdown]
# ## Going further
#
# Ungraded. Train with two heads, one for the label and one for the masked tokens. Freeze the lower layers only, and
# see how many may stay frozen. Rerun the pretraining with another size: `data/pretrain_imdb_bert.py` is one readable
# file.
#
# - [Devlin et al. (2019)](https://arxiv.org/abs/1810.04805), *BERT*: up to 340 million parameters, trained on masked
#   words and on telling whether one sentence follows another. [Liu et al. (2019)](https://arxiv.org/abs/1907.11692),
#   *RoBERTa*, left the second task out and lost nothing.
# - [Warner et al. (2024)](https://arxiv.org/abs/2412.13663), *Smarter, Better, Faster, Longer*: ModernBERT, whose
#   layout the shipped model has.
# - [Howard and Ruder (2018)](https://arxiv.org/abs/1801.06146), *Universal Language Model Fine-tuning for Text
#   Classification*: on IMDB too.
# - [Sun et al. (2019)](https://arxiv.org/abs/1905.05583), *How to Fine-Tune BERT for Text Classification?*: truncation,
#   rates, further pretraining.
# - [Gururangan et al. (2020)](https://arxiv.org/abs/2004.10964), *Don't Stop Pretraining*: text of the task's own kind
#   helps.
# - [Geva et al. (2019)](https://arxiv.org/abs/1908.07898), [Gardner et al. (2020)](https://arxiv.org/abs/2004.02709):
#   what test sets hide.

# %% free="playground"
# Your own experiments.

# %% [markdown]
# ## Summary
#
# A split is only as good as its separation, and a baseline says what an accuracy is worth. Masked-language modeling
# turns text without labels into knowledge; a linear head and a few careful learning rates turn that into a
# classifier. How much pretraining pays depends on how many labels there are, and a bag of words is a
# strong opponent. An accuracy needs an interval, a look at the worst
# mistakes, and a calibration curve. Explanations are claims, which can be tested.

# %% given="metrics"
report(
    "08_imdb",
    logistic_regression_accuracy=linear_right.float().mean().item(),
    scratch_accuracy=scratch_right.float().mean().item(),
    frozen_accuracy=frozen_accuracy,
    finetuned_accuracy=tuned_right.float().mean().item(),
    finetune_seconds=tuned_history.seconds,
    parameters=parameters,
    data_source=imdb.source,
    model=folder.name,
)
