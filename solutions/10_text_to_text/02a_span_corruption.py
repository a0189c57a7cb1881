# %% [markdown]
# ## 2 · One form for every task
#
# T5 ([Raffel et al., 2020](https://arxiv.org/abs/1910.10683)) writes every task as text in, text out. A *prefix* says
# which task it is:
#
# | text in | text out |
# |---|---|
# | translate to French: Save the file | Enregistrer le fichier |
# | sum up: Return a copy of the string with ... | Copy of a string |
# | fill in: Please \<0\> your password \<1\> | \<0\> enter \<1\> again \<2\> |
#
# The last one needs no labels; any text will do. *Span corruption* takes spans of tokens out and puts a **sentinel**
# in the place of each, a token that stands nowhere else. The target lists each sentinel and what it hides, and ends
# with one sentinel more. BERT hides single tokens and predicts each at its place (Lab 08); here a decoder must *write*
# what is missing, and decide how long it is.

# %% [markdown]
# ![A row of eight tokens, of which 13, 14 and 17 are taken out; below, the source with sentinels 100 and 101 in their
# places, and the target 100, 13, 14, 101, 17, 102](figures/spans.svg)
#
# *Two spans leave the source for the target. Source and target together hold every token of the text once.*

# %% [markdown]
# ### Exercise 4 · Span corruption (3 points · 15 min · ●●○)
#
# `tokens` is a list of token ids, `spans` a list of pairs `(start, stop)` from left to right: each takes out
# `tokens[start:stop]`, and between two spans at least one token stays. The sentinels are `first`, `first + 1`, and so
# on. Return two lists, the source and the target.
#
# <details><summary>Hint 1: the idea</summary>Walk over the spans and remember where the last one stopped. What lies
# between goes to the source, what lies inside to the target.</details>
# <details><summary>Hint 2: the formula</summary>For span i, the source gets <code>tokens[end:start]</code> and the
# sentinel first + i; the target gets the sentinel and <code>tokens[start:stop]</code>. Then come the rest of the
# tokens and the last sentinel.</details>
# <details><summary>Hint 3: the line</summary><code>for i, (start, stop) in enumerate(spans):</code></details>


# %% solution="corrupt"
def corrupt(
    tokens: list[int], spans: list[tuple[int, int]], first: int
) -> tuple[list[int], list[int]]:
    """Takes spans out of a text and puts sentinels in their places (Raffel et al., 2020).

    Args:
        tokens: of the text.
        spans: pairs (start, stop) in order, with at least one token between two of them.
        first: the first sentinel; the next ones follow it.

    Returns:
        Source: the text with a sentinel for each span. Target: each sentinel with what it hides, and one more.
    """
    ### BEGIN SOLUTION
    source, target, end = [], [], 0
    for i, (start, stop) in enumerate(spans):
        source += [*tokens[end:start], first + i]
        target += [first + i, *tokens[start:stop]]
        end = stop
    return source + tokens[end:], [*target, first + len(spans)]
    ### END SOLUTION


# %% data="unpack_corrupt"
# Data · Your function with the form of its result checked
def corrupted(
    tokens: list[int], spans: list[tuple[int, int]], first: int
) -> tuple[list[int], list[int]]:
    """Your corrupt, whose two results must be lists."""
    result = checks.run(corrupt, tokens, spans, first)
    source, target = checks.unpack("corrupt", result, "source", "target")
    for name, part in (("source", source), ("target", target)):
        checks.that(isinstance(part, list), f"the {name} is a list, not {type(part).__name__}.")
        flat = all(isinstance(token, int) for token in part)
        checks.that(flat, f"the {name} holds token ids, no lists: join them, do not nest them.")
    return source, target


# %% check="corrupt_source" points=1
source, target = corrupted([11, 12, 13, 14, 15, 16, 17, 18], [(2, 4), (6, 7)], 100)
causes = {
    (100, 13, 14, 101, 17, 102): "source and target are swapped.",
    (11, 12, 100, 100, 15, 16, 101, 18): "one sentinel for each span, not for each token.",
    (11, 12, 100, 15, 16, 100, 18): "each span needs a sentinel of its own: first + i.",
    (11, 12, 15, 16, 18): "the sentinels are missing from the source.",
    (11, 12, 100, 15, 16, 101): "what stands after the last span is missing.",
    (11, 12, 100, 16, 101): "stop is the first token that stays, as in a slice.",
    (11, 12, 100, *range(11, 17), 101, *range(11, 19)): "go on where the last span stopped.",
}
cause = causes.get(tuple(source), "compare it with the picture.")
checks.that(source == [11, 12, 100, 15, 16, 101, 18], f"the source is {source}: {cause}")
checks.passed("the source: a sentinel for each span")

# %% check="corrupt_target" points=1
source, target = corrupted([11, 12, 13, 14, 15, 16, 17, 18], [(2, 4), (6, 7)], 100)
causes = {
    (100, 13, 14, 101, 17): "the last sentinel is missing: it says that nothing more comes.",
    (13, 14, 17): "the sentinels are missing from the target.",
    (13, 14, 100, 17, 101): "the sentinel stands before what it hides.",
    (13, 14, 100, 17, 101, 102): "the sentinel stands before what it hides.",
    (100, 13, 14, 101, 17, 101): "the last sentinel is one more: first + len(spans).",
    (100, 13, 14, 100, 17, 102): "each span needs a sentinel of its own: first + i.",
    (100, 13, 14, 101, 17, 102, 18): "the rest of the text goes to the source.",
}
cause = causes.get(tuple(target), "compare it with the picture.")
checks.that(target == [100, 13, 14, 101, 17, 102], f"the target is {target}: {cause}")
checks.passed("the target: what each sentinel hides, and one more")

# %% check="corrupt_edges" points=1
source, target = corrupted([5, 6, 7, 8, 9], [(0, 1), (3, 5)], 40)
checks.that(source == [40, 6, 7, 41], f"spans at both ends: the source is {source}.")
checks.that(target == [40, 5, 41, 8, 9, 42], f"spans at both ends: the target is {target}.")
source, target = corrupted([5, 6, 7], [], 40)
what = f"without spans the source is the text and the target one sentinel; got {source}, {target}."
checks.that((source, target) == ([5, 6, 7], [40]), what)
### BEGIN HIDDEN TESTS
letters = [*range(30)]
source, target = corrupted(letters, [(1, 4), (5, 6), (10, 20), (28, 29)], 60)
checks.that(source == [0, 60, 4, 61, *range(6, 10), 62, *range(20, 28), 63, 29], f"got {source}")
checks.that(target == [60, 1, 2, 3, 61, 5, 62, *range(10, 20), 63, 28, 64], f"got {target}")
### END HIDDEN TESTS
checks.passed("spans at the ends, and none")

# %% [markdown]
# ### Exercise 5 · Back again (2 points · 12 min · ●●○)
#
# Write the inverse: from `source` and `target` the whole text, a list. A token is a sentinel if it is `first` or
# larger. A model that writes targets makes mistakes, so nothing may break: a sentinel of the source that
# the target does not have hides nothing, and what the target says of a sentinel that the source does not have is left
# out.
#
# <details><summary>Hint 1: the idea</summary>First read the target into a dictionary: sentinel → list of tokens. Then
# walk over the source.</details>
# <details><summary>Hint 2: the formula</summary>In the target, a sentinel opens a new list, and any other token goes to
# the list opened last. Tokens before the first sentinel belong to none.</details>
# <details><summary>Hint 3: the line</summary><code>text += hidden.get(token, []) if token &gt;= first else
# [token]</code></details>


# %% solution="restore"
def restore(source: list[int], target: list[int], first: int) -> list[int]:
    """The text that was corrupted: each sentinel of the source replaced by what the target says of it.

    Args:
        source, target: as `corrupt` makes them, the target with mistakes perhaps.
        first: the first sentinel; larger tokens are sentinels, too.
    """
    ### BEGIN SOLUTION
    hidden, text = {}, []
    last = []
    for token in target:
        if token >= first:
            last = hidden[token] = []
        else:
            last.append(token)
    for token in source:
        text += hidden.get(token, []) if token >= first else [token]
    return text
    ### END SOLUTION


# %% check="restore_inverse" points=1
got = checks.run(restore, [11, 12, 100, 15, 16, 101, 18], [100, 13, 14, 101, 17, 102], 100)
causes = {
    (11, 12, 100, 13, 14, 15, 16, 101, 17, 18): "the sentinels stay; they go out.",
    (11, 12, 15, 16, 18): "the sentinels go out, and nothing comes in their places.",
    (11, 12, 13, 15, 16, 17, 18): "a sentinel hides all tokens up to the next sentinel.",
    (11, 12, 15, 16, 18, 13, 14, 17): "what is hidden belongs in the place of its sentinel.",
    (11, 12, 13, 14, 17, 15, 16, 13, 14, 17, 18): "each sentinel has only what follows it.",
}
checks.that(isinstance(got, list), f"restore returns a list, not {type(got).__name__}.")
nested = any(isinstance(token, list) for token in got)
checks.that(not nested, "there are lists in the list: join what is hidden, do not nest it.")
cause = causes.get(tuple(got), "walk over the source, and look up each sentinel.")
checks.that(got == [11, 12, 13, 14, 15, 16, 17, 18], f"the text is {got}: {cause}")
### BEGIN HIDDEN TESTS
got = checks.run(restore, [50, 4, 51, 52, 3], [50, 1, 2, 51, 52, 7, 53], 50)
checks.that(got == [1, 2, 4, 7, 3], f"spans at an end, and one that hides nothing: got {got}.")
### END HIDDEN TESTS
checks.passed("restore undoes corrupt")

# %% check="restore_mistakes" points=1
got = checks.run(restore, [1, 70, 2, 71, 3], [71, 9, 8], 70)
checks.that(got == [1, 2, 9, 8, 3], f"sentinel 70 is missing from the target: the text is {got}.")
got = checks.run(restore, [1, 70, 2], [70, 5, 74, 6], 70)
checks.that(got == [1, 5, 2], f"the source has no sentinel 74, so 6 is left out: got {got}.")
got = checks.run(restore, [1, 70, 2], [4, 70, 5], 70)
checks.that(got == [1, 5, 2], f"4 stands before any sentinel and belongs to none: got {got}.")
### BEGIN HIDDEN TESTS
got = checks.run(restore, [90, 3], [], 90)
checks.that(got == [3], f"an empty target: got {got}.")
### END HIDDEN TESTS
checks.passed("a model's mistakes break nothing")
