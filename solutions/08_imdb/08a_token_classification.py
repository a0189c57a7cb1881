# %% [markdown]
# ## 8 · Other heads
#
# This section *may wait*: no other needs it.
#
# **A label for each token.** Named entities, the names of people, places and works, are found by classifying
# *tokens*: the head sits on every state. Labels come per word, tokens are pieces of words. The usual rule: the
# **first** piece of a word carries its label, all other pieces and the special tokens get −100.
#
# `tokenizer(words, is_split_into_words=True).word_ids()` says for each token which word it belongs to: `None` for
# special tokens.

# %% [markdown]
# ### Exercise 11 · Labels for tokens (2 points · 15 min · ●●○)
#
# `align_labels` gets `word_labels`, one number per word, and `word_ids`, one entry per token: the number of its word,
# or None. It returns a list with one label per token: that of its word on the first piece of the word, −100 elsewhere.
#
# The words *mary*, *in*, *warszawa* with the labels 1, 0, 2 and the word numbers None, 0, 1, 2, 2, 2, None give
# −100, 1, 0, 2, −100, −100, −100.
#
# <details><summary>Hint 1: the idea</summary>Go through the tokens and remember the word of the one before.</details>
# <details><summary>Hint 2: the formula</summary>A token is the first piece of its word if its word differs from that
# of the token before it.</details>
# <details><summary>Hint 3: the line</summary>Word 0 is a word: ask <code>word is not None</code>, not
# <code>if word</code>.</details>


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


# %% data="align_cases"
# Data · Words in pieces, for the checks
def from_dots(row: str) -> list[int]:
    """Labels from a row of text; a dot is −100."""
    return [-100 if label == "." else int(label) for label in row.split()]


# Labels of words, words of tokens, labels of tokens, and what a slip makes of them.
align_cases = (
    (
        [3, 0, 5],
        [None, 0, 0, 1, 2, 2, 2, None, None],
        ". 3 . 0 5 . . . .",
        {
            ". 3 3 0 5 5 5 . .": "only the first piece of a word carries the label, the others get -100.",
            ". . 3 0 . . 5 . .": "the first piece carries the label, not the last one.",
            ". . . 0 5 . . . .": "0 is the number of a word: ask `is None`.",
            "0 3 . 0 5 . . 0 0": "special tokens get -100; 0 is a label like others.",
            ". 3 0 0 5 0 0 . .": "pieces after the first get -100; 0 is a label like others.",
            "0 0 0 0 0 0 0 0 0": "all labels are 0, which is a label like others.",
        },
    ),
    ([7, 0, 8], [None, 0, 1, 2, None], ". 7 0 8 .", {}),
    ([4], [None, 0, 0, None], ". 4 . .", {}),
    ([6, 9], [0, 0, 1], "6 . 9", {}),
    (
        [2, 2],
        [None, 0, 1, 1, None],
        ". 2 2 . .",
        {
            ". 2 . . .": "two words in a row may have equal labels: compare words, not labels.",
        },
    ),
    (
        [3, 4, 5],
        [None, 0, 2, 2, None],
        ". 3 5 . .",
        {
            ". 3 4 . .": "a word may have no token: take the numbers of the words from word_ids.",
        },
    ),
)

# %% check="align_first" points=1
for labels, ids, row, slips in align_cases:
    expected = from_dots(row)
    got = checks.run(align_labels, labels, ids)
    checks.that(isinstance(got, list), f"expected a list, got a {type(got).__name__}.")
    checks.that(
        len(got) == len(ids),
        f"{len(ids)} tokens, {len(got)} labels: one label per token is wanted, also for special tokens.",
    )
    found = [text for wrong, text in slips.items() if got == from_dots(wrong)]
    cause = f"\n  Likely cause: {found[0]}" if found else ""
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


# %% given="token_loss"
def token_loss(logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """The mean cross-entropy over labeled tokens: logits (B, T, n_classes), labels (B, T), −100 where there is none."""
    return F.cross_entropy(logits.flatten(0, 1), labels.flatten())  # −100 is left out


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
finder = NameFinder(AutoModel.from_pretrained(folder)).to(place)
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
