# %% [markdown]
# ## 9 · Beam search
#
# Greedy decoding never goes back: if the most probable first token leads nowhere, it is too late. Beam
# search keeps the `width` best beginnings instead of one. An example with the tokens a, b and end: a line begins with a
# or b. Greedy decoding begins with a, because 0.6 > 0.4, and ends at 0.24. A beam of width 2 finds ba, with 0.36.
# Products of many probabilities get too small for floats, so their logarithms are added.

# %% [markdown]
# ![A tree of log-probabilities. Both first tokens, a with −0.51 and b with −0.92, are kept; of their six
# continuations ba with −1.03 and aa with −1.43 are kept, the others are dashed.](figures/beam_search.svg)
#
# *Width 2. Greedy decoding follows a and never sees ba, the most probable line.*

# %% [markdown]
# ### Exercise 11 · Beam search (2 points · 25 min · ●●●)
#
# For one line, `step(token, state)` takes a token number and returns log-probabilities `(V,)` and the next state. Start
# with one beginning: the token `first` and a score of 0. In each round, extend every beginning that has not ended, once
# with each token of the vocabulary; the new score is the old one plus the log-probability of that token. Beginnings
# that have ended stay as they are, with their score. Of all of these together, keep the `width` best. Stop when all
# that are kept have ended, or after `max_len` rounds.
#
# Return the tokens of the best one as a list, without `first` and with `end` if it ended, and its score as a
# float: the plain sum, not divided by the length.
#
# <details><summary>Hint 1: the idea</summary>Keep a list of (score, tokens, state). Each beginning needs
# the state of its own past.</details>
# <details><summary>Hint 2: the formula</summary>new score = old score + log p(token). Sort by score,
# highest first, and cut.</details>
# <details><summary>Hint 3: the line</summary><code>beams = sorted(grown, key=lambda beam: beam[0],
# reverse=True)[:width]</code></details>


# %% solution="beam_search"
def beam_search(
    step, state, first: int, end: int, width: int, max_len: int
) -> tuple[list[int], float]:
    """Decodes one line, keeping the `width` most probable beginnings.

    Args:
        step: maps a token number and a state to log-probabilities (V,) and the next state.
        state: before the first step.
        first, end: the tokens that a line begins and ends with.
        width: how many beginnings are kept.
        max_len: the largest number of rounds.

    Returns:
        The tokens of the best line, without `first`, with `end` if it ended; and its log-probability.
    """
    ### BEGIN SOLUTION
    beams = [(0.0, [first], state)]
    for _ in range(max_len):
        grown = []
        for score, tokens, past in beams:
            if tokens[-1] == end and len(tokens) > 1:
                grown.append((score, tokens, past))
                continue
            log_probs, new = step(tokens[-1], past)
            grown += [(score + p, [*tokens, i], new) for i, p in enumerate(log_probs.tolist())]
        beams = sorted(grown, key=lambda beam: beam[0], reverse=True)[:width]
        if all(tokens[-1] == end for _, tokens, _ in beams):
            break
    score, tokens, _ = beams[0]
    return tokens[1:], score
    ### END SOLUTION


# %% data="word_tree"
# Data · A tree of words in place of a decoder, for the checks
class WordTree:
    """Stands in for a decoder: the probabilities of the next token (end, a, b, c) after each beginning."""

    def __init__(self, tree: dict[str, list[float]]) -> None:
        self.tree = tree
        self.calls = 0

    def step(self, token: int, state: str) -> tuple[torch.Tensor, str]:
        """Log-probabilities (4,) and the next state; the state is what was written so far."""
        self.calls += 1
        state += "$abc>"[token]
        checks.that(
            not state.endswith("$"),
            "a beginning that has ended is extended; it should stay as it is.",
        )
        checks.that(state[0] == ">", "each beginning needs the state of its own past.")
        return torch.tensor(self.tree.get(state[1:], [0.97, 0.01, 0.01, 0.01])).log(), state


TREE = {  # after "" a is likely; but "ba" is the most probable word
    "": [0.01, 0.55, 0.39, 0.05],
    "a": [0.05, 0.40, 0.35, 0.20],
    "b": [0.04, 0.90, 0.03, 0.03],
    "c": [0.25, 0.25, 0.25, 0.25],
}


def word_score(*probabilities: float) -> float:
    return sum(math.log(p) for p in probabilities)


# %% check="beam_search_best" points=1
tree = WordTree(TREE)
result = checks.run(beam_search, tree.step, "", 4, 0, 2, 10)
tokens, score = checks.unpack("beam_search", result, "tokens", "score")
checks.that(not isinstance(tokens, float), "the order of the returned values is tokens, score.")
tokens = [int(token) for token in tokens]
checks.that(
    tree.calls <= 19,
    f"step is called {tree.calls} times: keep the width best of all beginnings, not of each one.",
)
checks.that(tokens[:1] != [4], "the first token does not belong to the result.")
checks.that(
    tokens[:2] != [1, 1],
    "aa is what greedy decoding finds; a beam of width 2 keeps b as well, which leads further.",
)
checks.that(tokens[-1:] == [0], f"the line should end with its end token 0; got {tokens}.")
checks.that(tokens == [2, 1, 0], f"expected ba: [2, 1, 0], got {tokens}.")
right = word_score(0.39, 0.90, 0.97)
slips = {
    "that is a probability; the score is its logarithm.": math.exp(right),
    "that is the mean; add the logarithms.": right / 3,
    "only the last step counts; add the logarithms of all steps.": math.log(0.97),
}
checks.close("the score of ba", torch.tensor(float(score)), right, rtol=1e-4, slips=slips)
checks.passed("width 2 finds what greedy decoding misses")

# %% check="beam_search_width" points=1
tree = WordTree(TREE)
found = checks.run(beam_search, tree.step, "", 4, 0, 1, 10)
tokens, score = checks.unpack("beam_search", found, "tokens", "score")
checks.that(
    isinstance(tokens, list), f"tokens come first, as a list; yours is a {type(tokens).__name__}."
)
checks.that(
    [int(token) for token in tokens] == [1, 1, 0],
    f"a beam of width 1 is greedy decoding, aa: expected [1, 1, 0], got {list(tokens)}.",
)
checks.that(tree.calls <= 3, f"width 1 needs 3 calls of step here; yours makes {tree.calls}.")
tree = WordTree({"": [0.50, 0.45, 0.03, 0.02], "a": [0.9, 0.05, 0.03, 0.02]})
tokens, score = checks.run(beam_search, tree.step, "", 4, 0, 2, 10)
checks.that(
    [int(token) for token in tokens] == [0],
    f"the empty line has probability 0.5, and nothing beats it: expected [0], got {list(tokens)}. "
    "Does a line that has ended keep its place and its score? And is that a plain sum, not divided by "
    "the length?",
)
endless = WordTree({beginning: [0.01, 0.97, 0.01, 0.01] for beginning in ("", "a", "aa", "aaa")})
tokens, score = checks.run(beam_search, endless.step, "", 4, 0, 2, 3)
checks.that(
    len(tokens) == 3,
    f"after max_len = 3 rounds there are 3 tokens, not {len(tokens)}. (Stop early only when all that are "
    "kept have ended.)",
)
### BEGIN HIDDEN TESTS
tree = WordTree(
    {**TREE, "c": [0.01, 0.01, 0.97, 0.01], "": [0.01, 0.39, 0.31, 0.29], "b": [0.3, 0.3, 0.2, 0.2]}
)
tokens, _ = checks.run(beam_search, tree.step, "", 4, 0, 3, 10)
checks.that(
    [int(t) for t in tokens] == [3, 2, 0], f"width 3 finds cb: [3, 2, 0], got {list(tokens)}."
)
tokens, _ = checks.run(beam_search, tree.step, "", 4, 0, 2, 10)
checks.that(
    [int(t) for t in tokens] != [3, 2, 0], "width 2 cannot find cb: are more kept than width?"
)
### END HIDDEN TESTS
checks.passed("width 1 is greedy, ended lines stay, and max_len holds")

# %% [markdown]
# **Experiment.** Does it help here? The cell decodes lines with both models, greedily and with a beam of
# width 4.


# %% experiment="beam_experiment"
# Experiment · Greedy decoding and beam search on real lines
@torch.no_grad()
def beam_match(model: nn.Module, lines: list, width: int) -> float:
    """The share of lines without a mistake with beam search."""

    def step(token: int, state: tuple) -> tuple[torch.Tensor, tuple]:
        logits, state = model.step(torch.tensor([token], device=device), state)
        return logits[0].log_softmax(dim=0), state

    right = 0
    for source, target in lines:
        x = torch.tensor([[source_code[letter] for letter in source]], device=device)
        state = model.start(x, torch.ones_like(x, dtype=torch.bool))
        tokens, _ = beam_search(step, state, BEGIN, END, width, MAX_TARGET)
        right += spell(torch.tensor(tokens)) == target
    return right / len(lines)


two = [line for line in test_lines if len(line[1]) == 21][: scaled(full=50, smoke=1)]
for name, model in trained.items():
    shares = {width: beam_match(model, two, width) for width in (1, 4)}
    print(
        f"{name:>10}, {len(two)} lines of two dates: width 1 {shares[1]:.2f}, width 4 {shares[4]:.2f}"
    )

# %% [markdown]
# **What you saw.** Nothing, or next to nothing, is gained. With attention the most probable sign is right nearly
# everywhere, so there is nothing to search for. With one vector four hypotheses do not find the right line either.
# Beam search pays where several good continuations compete, as in the translation of free text.
