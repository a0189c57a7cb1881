# %% [markdown]
# ## 6 · Teacher forcing and decoding
#
# The answer to the source `4 2 7` is `7 2 4 END`. Three symbols are added to the ten digits: BEGIN, END and
# PAD. At training time the decoder reads the right answer, moved by one place, and learns to write the next
# token:
#
# | place | 0 | 1 | 2 | 3 |
# |---|---|---|---|---|
# | input | BEGIN | 7 | 2 | 4 |
# | label | 7 | 2 | 4 | END |
#
# This is the **teacher forcing** of Lab 03, whose targets are called labels here. What is new: all places are computed
# at once, in parallel. If the input is not moved, each token only has to copy itself. The loss falls to 0 and nothing
# is learned.

# %% given="symbols"
BEGIN, END, PAD = 10, 11, 12
N_SYMBOLS = 13


def spell(tokens: torch.Tensor) -> list[str]:
    """Digits as they are, the other symbols by their names."""
    names = {BEGIN: "BEGIN", END: "END", PAD: "PAD"}
    return [names.get(token, str(token)) for token in tokens.tolist()]


# %% [markdown]
# ### Exercise 6 · Teacher forcing (3 points · 10 min · ●●○)
#
# `target` `(B, T)` holds answers, filled with PAD; `lengths` `(B,)` says how many tokens of each are real.
# Return `inputs` and `labels`, both `(B, T + 1)`:
#
# - `inputs`: BEGIN, then the target as it is, PAD included.
# - `labels`: the target, END right after its last real token, PAD after that.
#
# So the loss can skip the labels that are PAD. Keep the dtype of `target`, int64: embeddings need whole numbers. Make
# new tensors on its device.
#
# <details><summary>Hint 1: the idea</summary>One column of BEGIN on the left for the inputs, one column of PAD on
# the right for the labels. Then write END into one place of each row.</details>
# <details><summary>Hint 2: the formula</summary>labels[b, lengths[b]] = END</details>
# <details><summary>Hint 3: the line</summary><code>target.new_full((len(target), 1), BEGIN)</code> is a column;
# <code>torch.cat([...], dim=1)</code> joins; <code>scatter(1, lengths[:, None], END)</code> writes.</details>


# %% solution="teacher_forcing"
def teacher_forcing(
    target: torch.Tensor, lengths: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Decoder inputs and labels (B, T + 1) from answers (B, T), padded with PAD, and lengths (B,)."""
    ### BEGIN SOLUTION
    first, last = (target.new_full((len(target), 1), symbol) for symbol in (BEGIN, PAD))
    inputs = torch.cat([first, target], dim=1)  # (B, T + 1)
    labels = torch.cat([target, last], dim=1).scatter(1, lengths[:, None], END)  # (B, T + 1)
    return inputs, labels
    ### END SOLUTION


# %% data="forced"
# Data · A call of your teacher_forcing, for the checks
def forced(target: torch.Tensor, lengths: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Your inputs and labels, with their shapes and dtypes checked."""
    result = checks.run(teacher_forcing, target, lengths)
    inputs, labels = checks.unpack("teacher_forcing", result, "inputs", "labels")
    for name, got in (("inputs", inputs), ("labels", labels)):
        checks.shape(name, got, batch=len(target), places=target.shape[1] + 1)
        kept = f"{name} are {got.dtype}; target is {target.dtype}: keep its dtype."
        checks.that(got.dtype == target.dtype, kept)
    return inputs, labels


# %% check="teacher_forcing_inputs" points=1
target, lengths = torch.tensor([[7, 2, 4], [5, PAD, PAD]]), torch.tensor([3, 1])
inputs, _ = forced(target, lengths)
ended = torch.tensor([[7, 2, 4, END], [5, END, PAD, PAD]])
slips = {
    "these are the labels: the order is inputs, labels.": ended,
    "the input is not shifted: begin with BEGIN, so that place t shows the answer up to t − 1.": (
        torch.tensor([[7, 2, 4, PAD], [5, PAD, PAD, PAD]])
    ),
    "the input must not end with END: it only ever has to be written.": torch.tensor(
        [[BEGIN, 7, 2, 4], [BEGIN, 5, END, PAD]]
    ),
}
expected = torch.tensor([[BEGIN, 7, 2, 4], [BEGIN, 5, PAD, PAD]])
checks.close("inputs", inputs, expected, slips=slips)
checks.passed("BEGIN, then the answer")

# %% check="teacher_forcing_labels" points=1
target, lengths = torch.tensor([[7, 2, 4], [5, PAD, PAD]]), torch.tensor([3, 1])
_, labels = forced(target, lengths)
slips = {
    "END stands after the padding; it follows the last real token.": torch.tensor(
        [[7, 2, 4, END], [5, PAD, PAD, END]]
    ),
    "END is missing: the model would never learn to stop.": torch.tensor(
        [[7, 2, 4, PAD], [5, PAD, PAD, PAD]]
    ),
    "the labels should not begin with BEGIN: nobody has to write it.": torch.tensor(
        [[BEGIN, 7, 2, 4], [BEGIN, 5, PAD, PAD]]
    ),
    "END replaces the last real token; it comes after it.": torch.tensor(
        [[7, 2, END, PAD], [END, PAD, PAD, PAD]]
    ),
    "all the padding became END; only the first place after the answer is.": torch.tensor(
        [[7, 2, 4, END], [5, END, END, END]]
    ),
}
expected = torch.tensor([[7, 2, 4, END], [5, END, PAD, PAD]])
checks.close("labels", labels, expected, slips=slips)
checks.passed("the answer, then END, then padding")

# %% check="teacher_forcing_shift" points=1
g = torch.Generator().manual_seed(0)
lengths = torch.randint(1, 7, (30,), generator=g)
target = torch.randint(10, (30, 6), generator=g)
target = target.where(torch.arange(6) < lengths[:, None], PAD)
inputs, labels = forced(target, lengths)
checks.that((inputs[:, 0] == BEGIN).all(), "every input begins with BEGIN.")
checks.that(
    ((labels == END).sum(dim=1) == 1).all(), "every answer has exactly one END among its labels."
)
checks.close("the number of labels that count", (labels != PAD).sum(dim=1), lengths + 1)
digits = labels[:, :-1] < 10
checks.any_device(teacher_forcing, target, lengths)
checks.close("inputs, one place later", inputs[:, 1:][digits], labels[:, :-1][digits])
### BEGIN HIDDEN TESTS
target, lengths = torch.tensor([[3], [9]]), torch.tensor([1, 1])
inputs, labels = forced(target, lengths)
checks.close("inputs of one token", inputs, torch.tensor([[BEGIN, 3], [BEGIN, 9]]))
checks.close("labels of one token", labels, torch.tensor([[3, END], [9, END]]))
### END HIDDEN TESTS
checks.passed("each label is the next input, for any lengths")

# %% [markdown]
# In use nobody knows the answer. The model writes one token, reads it, writes the next: **greedy decoding**, as in Lab
# 03, takes the most likely token each time. But a transformer has no state to carry: it reads all tokens so far again
# (Lab 09 saves that work). The sequences of a batch end at different steps.

# %% [markdown]
# ![Left, training: the decoder reads BEGIN 7 2 4 at once and should say 7 2 4 END. Right, use: four calls; each
# token that is written is appended to the input of the next call.](figures/forcing_and_decoding.svg)
#
# *The same decoder. In training all places at once, in use one after the other.*

# %% [markdown]
# ### Exercise 7 · Greedy decoding (3 points · 15 min · ●●○)
#
# `next_logits` is a function: tokens `(B, t)`, beginning with BEGIN → logits of the next token
# `(B, N_SYMBOLS)`. `start` `(B, 1)` holds BEGIN. Return the tokens that were written, `(B, L)`, without
# BEGIN:
#
# - At each step append the most likely token, and hand over **all** tokens so far.
# - After its END a sequence gets PAD only, whatever the logits say.
# - Stop when every sequence has ended, at the latest after `max_length` tokens. Call `next_logits` once per step.
# - Make new tensors on the device of `start`, and keep its dtype.
#
# <details><summary>Hint 1: the idea</summary>A loop over max_length steps, and a boolean (B,) that remembers who
# has ended.</details>
# <details><summary>Hint 2: the formula</summary>next = PAD where ended, argmax elsewhere; then
# ended = ended or next == END.</details>
# <details><summary>Hint 3: the line</summary><code>token = next_logits(tokens).argmax(dim=-1).where(~ended,
# PAD)</code></details>


# %% solution="greedy_decode"
def greedy_decode(
    next_logits: Callable[[torch.Tensor], torch.Tensor], start: torch.Tensor, max_length: int
) -> torch.Tensor:
    """Writes the most likely token, step by step: start (B, 1) → tokens (B, L), L ≤ max_length."""
    ### BEGIN SOLUTION
    tokens = start
    ended = torch.zeros(len(start), dtype=torch.bool, device=start.device)
    for _ in range(max_length):
        token = next_logits(tokens).argmax(dim=-1).where(~ended, PAD)  # (B,)
        tokens = torch.cat([tokens, token[:, None]], dim=1)  # (B, 1 + step)
        ended = ended | (token == END)
        if ended.all():
            break
    return tokens[:, 1:]
    ### END SOLUTION


# %% data="toy_model"
# Data · A model without weights, for the checks
class Toy:
    """A model without weights: its answers stand in `rows`; after them it keeps saying `after`."""

    def __init__(self, rows: list[list[int]], after: int) -> None:
        self.rows, self.after, self.seen = rows, after, []

    def __call__(self, tokens: torch.Tensor) -> torch.Tensor:
        self.seen.append(tokens.clone())
        step = tokens.shape[1] - 1
        best = [row[step] if step < len(row) else self.after for row in self.rows]
        logits = -checks.normal(len(self.rows), N_SYMBOLS, seed=step).abs()
        return logits.scatter(1, torch.tensor(best)[:, None], 0.1)  # (B, N_SYMBOLS)


# %% check="greedy_decode_feeds" points=1
toy, begin = Toy([[4, 7, 1, END], [9, 3, 0, END]], after=5), torch.full((2, 1), BEGIN)
got = checks.run(greedy_decode, toy, begin, 9)
checks.tensor("the tokens", got)
checks.that(
    toy.seen and torch.equal(toy.seen[0], begin), "the first call should get `start` as it is."
)
expected = torch.tensor([[BEGIN, 4, 7], [BEGIN, 9, 3]])
checks.that(
    len(toy.seen) > 2 and toy.seen[2].shape == (2, 3),
    "the third call should get three tokens per sequence, BEGIN and the two that were written; "
    f"calls got the shapes {[tuple(t.shape) for t in toy.seen]}.",
)
other = Toy(toy.rows, after=5)
worst = [other(torch.zeros(2, n)).argmin(dim=-1) for n in (1, 2)]
slips = {
    "the least likely token was taken.": torch.stack([begin[:, 0], *worst], dim=1),
    "PAD is written before the end: tokens.where(c, PAD) keeps tokens where c is True.": torch.tensor(
        [[BEGIN, PAD, PAD]] * 2
    ),
}
checks.close("what the third call gets", toy.seen[2], expected, slips=slips)
checks.that(
    not (got[:, :1] == BEGIN).all(), "the result begins with BEGIN; return only what was written."
)
expected = torch.tensor([[4, 7, 1, END], [9, 3, 0, END]])
checks.that(
    got.shape != (2, 3) or not torch.equal(got, expected[:, :3]),
    "END is cut off; it was written, so return it.",
)
checks.close("the first four tokens", got[:, :4], expected)
checks.that(
    got.dtype == begin.dtype, f"the tokens are {got.dtype}; keep {begin.dtype}, as in start."
)
checks.any_device(greedy_decode, lambda tokens: F.one_hot(tokens[:, -1], N_SYMBOLS), begin, 3)
checks.passed("each token is read again to write the next one")

# %% check="greedy_decode_pads" points=1
rows = [[4, END], [9, 3, 0, 2, END], [END], [6, 6, 6, END]]
got = checks.run(greedy_decode, Toy(rows, after=5), torch.full((4, 1), BEGIN), 9)
checks.tensor("the tokens", got)
expected = torch.tensor([row + [PAD] * (5 - len(row)) for row in rows])
on = torch.tensor([row + [5] * (5 - len(row)) for row in rows])
checks.that(
    got.shape[1] >= 5,
    f"there are {got.shape[1]} columns where the longest answer has 5 tokens: go on until all have ended.",
)
slips = {
    "a sequence goes on after its END: write PAD from there.": on,
    "END is repeated after the end: write PAD from there.": expected.where(expected != PAD, END),
    "END itself became PAD.": expected.where(expected != END, PAD),
    "only the last token is asked whether it is END: remember the earlier ends too.": torch.tensor(
        [(row + [PAD] + 4 * [5])[:5] for row in rows]
    ),
}
checks.close("the first five columns", got[:, :5], expected, slips=slips)
### BEGIN HIDDEN TESTS
rows = [[1, END], [1, 2, END], [END]]
got = checks.run(greedy_decode, Toy(rows, after=END), torch.full((3, 1), BEGIN), 7)
expected = torch.tensor([[1, END, PAD], [1, 2, END], [END, PAD, PAD]])
checks.close("a model that repeats END", got, expected)
### END HIDDEN TESTS
checks.passed("after END there is only PAD")

# %% check="greedy_decode_stops" points=1
toy = Toy([[4, END], [9, 3, END]], after=5)
got = checks.run(greedy_decode, toy, torch.full((2, 1), BEGIN), 30)
calls = len(toy.seen)
checks.that(calls <= 3, f"all had ended after 3 steps, but there were {calls} calls: stop then.")
checks.shape("the tokens", got, batch=2, written=3)
toy = Toy([[4, 4, 4], [END]], after=5)
got = checks.run(greedy_decode, toy, torch.full((2, 1), BEGIN), 6)
slips = f"max_length is 6, and {got.shape[1]} tokens were written by {len(toy.seen)} calls"
checks.that(
    got.shape[1] == 6 and len(toy.seen) == 6, f"{slips}: write max_length, BEGIN not counted."
)
expected = torch.tensor([[4, 4, 4, 5, 5, 5], [END, *[PAD] * 5]])
checks.close("a sequence that never ends", got, expected)
### BEGIN HIDDEN TESTS
got = checks.run(greedy_decode, Toy([[1, 2, END]], after=5), torch.full((1, 1), BEGIN), 3)
checks.close("END at the last step", got, torch.tensor([[1, 2, END]]))
got = checks.run(greedy_decode, Toy([[1, 2, END]], after=5), torch.full((1, 1), BEGIN), 1)
checks.close("one step", got, torch.tensor([[1]]))
### END HIDDEN TESTS
checks.passed("it stops when all have ended, and at max_length")
