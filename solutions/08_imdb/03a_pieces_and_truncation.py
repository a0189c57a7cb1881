# %% [markdown]
# ## 3 · From text to batches
#
# The next cell finds a pretrained encoder: *imdb-bert-mini*, which comes with this book. Two scripts made it from film
# reviews alone and without their labels, `data/pretrain_imdb_bert.py` and `data/pretrain_imdb_views.py`. With a GPU you
# can put a larger one in its place: change `ENCODER` and run the notebook again; the learning rate follows. Graders
# take the shipped one.

# %% free="encoder_name"
# The encoder of this lab: your choice.
ENCODER = "imdb-bert-mini"  # or "distilbert-base-uncased", or a folder in $LABS_DATA/models

# %% given="model_name"
SHIPPED = "imdb-bert-mini"
folder = find_model(scaled(full=ENCODER, smoke=SHIPPED))
tokenizer = AutoTokenizer.from_pretrained(folder)
cls, sep, pad = tokenizer.cls_token_id, tokenizer.sep_token_id, tokenizer.pad_token_id
masked_model = AutoModelForMaskedLM.from_pretrained(folder).to(place).eval()
encoder, config = masked_model.base_model, masked_model.config
parameters = sum(p.numel() for p in masked_model.parameters())
LR = 5e-5 if parameters > 20_000_000 else 3e-3  # larger models break more easily
print(f"{parameters:,} parameters, {config.num_hidden_layers} layers, d_model {config.hidden_size}")
print(
    f"{len(tokenizer):,} tokens in the vocabulary, at most {tokenizer.model_max_length} in a text"
)

# %% [markdown]
# Besides pieces of words the vocabulary has **special tokens**: `[CLS]` begins each text, `[SEP]` ends it, `[PAD]`
# fills up a short one, `[MASK]` hides a word, and `[UNK]` stands for a word that no pieces of the vocabulary
# make up.
#
# **WordPiece** ([Schuster and Nakajima, 2012](https://doi.org/10.1109/ICASSP.2012.6289079)) has one rule when it cuts a
# word: take the longest piece of the vocabulary that the word begins with, then the longest that the rest begins with,
# and so on. Pieces inside a word are written with `##` in front. A vocabulary that holds `film`, `##makers`, `##maker`
# and `##s` cuts *filmmakers* into `film`, `##makers`.
#
# A rare name falls into pieces, and so does a typo. The model has seen those pieces, but seldom in this order.

# %% given="pieces_of_words"
for text in (
    "A wonderful film!",
    "Kieslowski's unwatchable masterpiece",
    "wonderfull acting, gr8 plot",
):
    print(f"{text!r}: {tokenizer.tokenize(text)}")

# %% experiment="words_in_pieces"
# Experiment · Which words of the reviews fall into pieces
text = " ".join(normalize(text) for text in fit_texts[: scaled(full=2000, smoke=50)])
seen = Counter(word for word in text.split() if word.isascii())
cut = {word: tokenizer.tokenize(word) for word in seen}
whole = [word for word in seen if len(cut[word]) == 1]
print(f"different words in one piece: {len(whole) / len(seen):.0%} of {len(seen):,}")
print(f"words of the text in one piece: {sum(seen[w] for w in whole) / seen.total():.0%}")
for word in sorted(seen, key=lambda word: len(cut[word]))[-4:]:
    print(f"  {word}: {' '.join(cut[word])}")

# %% [markdown]
# **What you saw.** Of the different words of IMDB three in ten are in the vocabulary, and yet more than nine in ten
# words of a review stay whole: frequent words are few. What falls apart is rare, misspelled or run together.
#
# **Too long.** Attention costs time that grows with the square of the length, and models have a longest text. What
# should go? The **head** of a review says what the film is, the **tail** often gives the verdict. Both ends can be
# kept, and the middle dropped ([Sun et al., 2019](https://arxiv.org/abs/1905.05583)).

# %% [markdown]
# ### Exercise 3 · Truncation (2 points · 10 min · ●○○)
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
        stays = ids if count <= room else ids[:front] + ids[count - (room - front) :]
        checks.that(
            got == [1, *stays, 2],
            f"{count} ids, length {length}, {policy}: expected {[1, *stays, 2]}, got {got}.",
        )
### END HIDDEN TESTS
checks.passed("a text that fits stays whole")

# %% [markdown]
# **Experiment.** Which policy keeps the verdict? The cell cuts the reviews to a few tokens, and logistic regression
# on the tokens tells what can be learned from what is left. No transformer is needed for that.


# %% experiment="tokenized"
# Experiment · The reviews as tokens
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

# %% experiment="truncation_experiment"
# Experiment · Three ways to cut, judged by a bag of tokens
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

# %% figure="truncation_curves"
# Figure · Accuracy against the tokens that are left
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
