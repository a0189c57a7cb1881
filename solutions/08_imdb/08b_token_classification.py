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
if isinstance(got, torch.Tensor):
    checks.that(
        got.dim() == 0,
        f"token_loss: expected one number, the mean over the labeled tokens, got shape {tuple(got.shape)}.",
    )
slips = {
    "the mean is taken over sentences, so that tokens of short ones count more; take it over all tokens.": 1.351040,
    "that is the sum; take the mean over labeled tokens.": 13.671425,
    "the sum is divided by all places, ignored ones too.": 0.911428,
    "−100 is taken for class 0; those places must be ignored.": 1.618250,
    "the sum is divided by the number of sentences.": 4.557142,
    "logits are wanted, not probabilities: F.cross_entropy applies softmax itself.": 1.312016,
    "class 0 is left out; only places with label −100 are.": 1.474200,
    "a reshape mixes places and classes: flatten the first two dimensions, or transpose(1, 2).": 2.100827,
    "F.nll_loss wants log-probabilities: apply log_softmax first.": -0.414353,
    "label smoothing was not asked for.": 1.553319,
}
checks.close("token_loss", got, 1.519047, slips=slips, rtol=2e-6, atol=0)
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

# %% data="name_sentences"
# Data · Sentences with persons and places
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


# %% experiment="name_finder"
# Experiment · A model learns to find names
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
