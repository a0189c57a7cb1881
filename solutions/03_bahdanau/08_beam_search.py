# %% [markdown]
# ## 8 · Beam search
#
# Greedy decoding never goes back: if the most probable first token leads nowhere, it is too late. Beam
# search keeps the `width` best beginnings instead of one. An example with the tokens a, b and end: a line begins with a
# or b. Greedy decoding begins with a, because 0.6 > 0.4, and ends at 0.24. A beam of width 2 finds ba, with 0.36.
# Products of many probabilities get too small for floats, so their logarithms are added.
#
# Each token makes the sum smaller, so among finished lines it prefers short ones. A *length penalty* divides it by a
# power of the number of tokens: −1.2 for two tokens against −1.5 for four becomes −0.6 against −0.375.

# %% [markdown]
# ![A tree of log-probabilities. Both first tokens, a with −0.51 and b with −0.92, are kept; of their six
# continuations ba with −1.03 and aa with −1.43 are kept, the others are dashed.](figures/beam_search.svg)
#
# *Width 2. Greedy decoding follows a and never sees ba, the most probable line.*

# %% [markdown]
# ### Exercise 9 · Beam search (4 points · 30 min · ●●●)
#
# `step(token, state)` takes a token number and returns log-probabilities `(V,)` and the next state. Start with one
# beginning: the token `first`, with a score of 0. In each round, extend every beginning that has not ended with each
# token of the vocabulary; its score grows by the log-probability of that token. What has ended stays as it is. Of all
# together, keep the `width` with the highest scores. Stop when all that are kept have ended, or after `max_len` rounds.
#
# Of those kept at the end, take the highest score / n^`alpha`; n counts tokens without `first`. Return its tokens as a
# list, without `first`, and its score as a float, not divided.
#
# <details><summary>Hint 1: the idea</summary>Keep a list of (score, tokens, state). Each beginning needs
# the state of its own past.</details>
# <details><summary>Hint 2: the formula</summary>new score = old score + log p(token). Sort by score,
# highest first, and cut. With alpha = 0 the division changes nothing.</details>
# <details><summary>Hint 3: the line</summary><code>beams = sorted(grown, key=lambda beam: beam[0],
# reverse=True)[:width]</code></details>


# %% solution="beam_search"
def beam_search(
    step, state, first: int, end: int, width: int, max_len: int, alpha: float = 0.0
) -> tuple[list[int], float]:
    """Decodes one line, keeping the `width` most probable beginnings.

    Args:
        step: maps a token number and a state to log-probabilities (V,) and the next state.
        state: before the first step.
        first, end: the tokens that a line begins and ends with.
        width: how many beginnings are kept.
        max_len: the largest number of rounds.
        alpha: the length penalty: at the end the highest score / n^alpha wins, n being the number of tokens.

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
    score, tokens, _ = max(beams, key=lambda beam: beam[0] / (len(beam[1]) - 1) ** alpha)
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


def found_line(tree: WordTree, width: int, *rest: float) -> tuple[list[int], float]:
    """Tokens and score that a student's beam search finds in a tree."""
    result = checks.run(beam_search, tree.step, "", 4, 0, width, *rest)
    tokens, score = checks.unpack("beam_search", result, "tokens", "score")
    order = "the order of the returned values is tokens, score."
    checks.that(not isinstance(tokens, float), order)
    checks.that(
        isinstance(tokens, list),
        f"tokens come first, as a list; yours is a {type(tokens).__name__}.",
    )
    return [int(token) for token in tokens], score


def word_score(*probabilities: float) -> float:
    return sum(math.log(p) for p in probabilities)


# %% check="beam_search_best" points=1
tree = WordTree(TREE)
tokens, score = found_line(tree, 2, 10)
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
tokens, _ = found_line(tree, 1, 10)
checks.that(
    tokens == [1, 1, 0],
    f"a beam of width 1 is greedy decoding, aa: expected [1, 1, 0], got {tokens}.",
)
checks.that(tree.calls <= 3, f"width 1 needs 3 calls of step here; yours makes {tree.calls}.")
tree = WordTree({"": [0.50, 0.45, 0.03, 0.02], "a": [0.9, 0.05, 0.03, 0.02]})
tokens, _ = found_line(tree, 2, 10)
checks.that(
    tokens == [0],
    f"the empty line has probability 0.5, and nothing beats it: expected [0], got {tokens}. "
    "Does a line that has ended keep its place and its score? And is that a plain sum, not divided by "
    "the length?",
)
endless = WordTree({beginning: [0.01, 0.97, 0.01, 0.01] for beginning in ("", "a", "aa", "aaa")})
tokens, _ = found_line(endless, 2, 3)
checks.that(
    len(tokens) == 3,
    f"after max_len = 3 rounds there are 3 tokens, not {len(tokens)}. (Stop early only when all that are "
    "kept have ended.)",
)
### BEGIN HIDDEN TESTS
tree = WordTree(
    {**TREE, "c": [0.01, 0.01, 0.97, 0.01], "": [0.01, 0.39, 0.31, 0.29], "b": [0.3, 0.3, 0.2, 0.2]}
)
tokens, _ = found_line(tree, 3, 10)
checks.that(tokens == [3, 2, 0], f"width 3 finds cb: [3, 2, 0], got {tokens}.")
tokens, _ = found_line(tree, 2, 10)
checks.that(tokens != [3, 2, 0], "width 2 cannot find cb: are more kept than width?")
### END HIDDEN TESTS
checks.passed("width 1 is greedy, ended lines stay, and max_len holds")

# %% check="beam_search_places" points=1
# "" ends with 0.30 and is kept at first; then aa with 0.325 and ab with 0.319 come before it
tree = WordTree(
    {"": [0.30, 0.65, 0.03, 0.02], "a": [0.005, 0.5, 0.49, 0.005], "aa": [0.90, 0.04, 0.03, 0.03]}
)
tokens, _ = found_line(tree, 2, 10)
checks.that(
    tokens != [0],
    "the empty line has 0.30, aa 0.325 and ab 0.319: of width 2 these two are kept, and the empty line is out. "
    "An ended line holds its place only while its score is among the best.",
)
checks.that(
    tokens == [1, 2, 0],
    f"the best is ab with 0.309: expected [1, 2, 0], got {tokens}.",
)
checks.passed("an ended line competes for its place in every round")

# %% check="beam_search_length" points=1
tree = {"": [0.50, 0.45, 0.03, 0.02], "a": [0.05, 0.9, 0.03, 0.02], "aa": [0.9, 0.05, 0.03, 0.02]}
tokens, _ = found_line(WordTree(tree), 2, 10, 0.0)
checks.that(
    tokens == [0],
    f"with alpha = 0 the plain sum decides, and the empty line wins: expected [0], got {tokens}.",
)
close = {"": [0.30, 0.65, 0.03, 0.02], "a": [0.06, 0.44, 0.43, 0.07]}
tokens, _ = found_line(WordTree(close), 2, 10, 0.0)
checks.that(
    tokens == [0],
    "the empty line has 0.30, aa 0.286 and ab 0.280: what is kept is decided by the plain sums, not divided by "
    f"the length; alpha counts only at the end. Expected [0], got {tokens}.",
)
tokens, score = found_line(WordTree(tree), 2, 10, 1.0)
checks.that(
    tokens == [1, 1, 0],
    "with alpha = 1 the mean decides: aa and end have −1.01 / 3 = −0.34, the empty line has −0.69 / 1. "
    f"Expected [1, 1, 0], got {tokens}.",
)
right = word_score(0.45, 0.90, 0.90)
slips = {"the score comes back divided; return the plain sum.": right / 3}
checks.close("the score of aa", torch.tensor(float(score)), right, rtol=1e-4, slips=slips)
### BEGIN HIDDEN TESTS
# alpha = 0.2: −0.693 for the empty line; aa has −1.009 / 3^0.2 = −0.810. alpha = 0.5: −0.583
for alpha, right in ((0.2, [0]), (0.5, [1, 1, 0])):
    tokens, _ = found_line(WordTree(tree), 2, 10, alpha)
    checks.that(
        tokens == right,
        f"alpha = {alpha}: expected {right}, got {tokens}.",
    )
### END HIDDEN TESTS
checks.passed("the length penalty decides among the lines that are kept")

# %% [markdown]
# **Experiment.** Does it help here? The cell decodes lines of two dates with both models: greedily, with a beam
# of width 4, and with a length penalty.


# %% experiment="beam_experiment"
# Experiment · Greedy decoding and beam search on real lines
@torch.no_grad()
def beam_match(model: nn.Module, lines: list, width: int, alpha: float) -> tuple[float, float]:
    """With beam search: the share of lines without a mistake, and the mean number of signs written."""

    def step(token: int, state: tuple) -> tuple[torch.Tensor, tuple]:
        logits, state = model.step(torch.tensor([token], device=device), state)
        return logits[0].log_softmax(dim=0), state

    right, signs = 0, 0
    for source, target in lines:
        x = torch.tensor([[source_code[letter] for letter in source]], device=device)
        state = model.start(x, torch.ones_like(x, dtype=torch.bool))
        tokens, _ = beam_search(step, state, BEGIN, END, width, 33, alpha)  # room for three
        text = spell(torch.tensor(tokens))
        right, signs = right + (text == target), signs + len(text)
    return right / len(lines), signs / len(lines)


two = [line for line in test_lines if len(line[1]) == 21][: scaled(full=50, smoke=1)]
for name, model in (("one vector", bottleneck), ("attention", rnnsearch)):
    for width, alpha in ((1, 0.0), (4, 0.0), (4, 1.0)):
        share, signs = beam_match(model, two, width, alpha)
        print(f"{name:>10}, width {width}, alpha {alpha:.0f}: {share:.2f} right", end=", ")
        print(f"{signs:.1f} signs written of 21")

# %% [markdown]
# **What you saw.** Next to nothing. With attention the most probable sign is right nearly everywhere, so there is
# nothing to search for. With one vector four beginnings do not find the right line either. And the length penalty has
# nothing to choose: all the lines that are kept have the same length, that of two dates. Beam search and its penalty
# pay where several good continuations of several lengths compete, as in the translation of free text.
