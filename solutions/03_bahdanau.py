# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Lab 03 · Sequence to sequence and Bahdanau attention
#
# You build a translator from nothing but recurrent cells. It reads dates as people write them in five
# languages and writes them in the international form. First it has to remember the whole line in one
# vector, and you see it fail. Then you give it attention, and look at what it reads.
#
# | | |
# |---|---|
# | **You need** | Lab 02: recurrent networks, cross-entropy, `nn.Module` |
# | **Time** | 200 minutes; the whole notebook runs in about nine minutes on two CPU cores, no GPU needed |
# | **Worth** | **32 points**: 31 graded by checks, 1 by a person |
# | **Data** | made here from the calendar and the language data of Babel, no download |
#
# Run the cells in order. After each exercise a check tells you what is right and what is not. In every
# mask of this book, True means: this is a real token, it may be attended to.
#
# COLAB_BADGE

# %% setup="setup"

# %% given="imports"
import datetime
import functools
import math
import random
import time

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from babel.dates import format_date
from torch import nn

from utils import checks, plots
from utils.batches import TextBatches
from utils.device import get_device, seed_everything
from utils.report import report
from utils.settings import scaled
from utils.training import fit

device = get_device()

# %% [markdown]
# ## 1 · The task
#
# A line holds one to four dates, each in English, French, German, Italian or Spanish. The model writes
# them in the same order in the form of ISO 8601: year, month, day. `mardi 4 mai 1982; May 25th, 2031`
# becomes `1982-05-04 2031-05-25`.
#
# Look at what has to happen. The day comes first in French and last in the output: the two orders cross.
# A month is a word on one side and two digits on the other. The weekday has to be ignored. A year of two
# digits needs its century: the calendar here runs from 1950 to 2049, so `82` means 1982 and `31` means
# 2031.
#
# Numeric dates with slashes are written only when the day is above 12. Then `5/25/31` and `25/05/31` can
# mean only one thing.

# %% given="styles"
STYLES = {  # patterns of Babel; * stands for the ending of an ordinal number
    "en": ("EEEE, MMMM d, y", "MMM d, y", "MMMM d*, y", "'the' d* 'of' MMMM y", "M/d/yy"),
    "fr": ("EEEE d MMMM y", "d* MMMM y", "d MMM y", "'le' d* MMMM y", "dd/MM/yy"),
    "de": ("EEEE, d. MMMM y", "d. MMMM y", "d. MMM y", "dd.MM.y", "dd.MM.yy"),
    "it": ("EEEE d MMMM y", "d MMMM y", "d MMM y", "dd/MM/y", "dd/MM/yy"),
    "es": ("EEEE, d 'de' MMMM 'de' y", "d 'de' MMMM 'de' y", "d MMM y", "dd/MM/y", "d/M/yy"),
}
LANGUAGES = {"en": "English", "fr": "French", "de": "German", "it": "Italian", "es": "Spanish"}


def ordinal_ending(day: int, language: str) -> str:
    """The ending of an ordinal number: 1st, 2nd, 11th in English; 1er, 2, 3 in French."""
    if language == "fr":
        return "er" if day == 1 else ""
    return "th" if 10 < day < 20 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")


@functools.cache
def write_date(day: datetime.date, language: str, pattern: str) -> str:
    """One date in words or numbers."""
    ending = ordinal_ending(day.day, language)
    pattern = pattern.replace("*", f"'{ending}'" if ending else "")
    return format_date(day, pattern, locale=language)


today = datetime.date(1982, 5, 25)
for language, patterns in STYLES.items():
    print(language, " | ".join(write_date(today, language, pattern) for pattern in patterns))


# %% given="lines"
def draw_date(years: list[int], rng: random.Random) -> tuple[str, str]:
    """A date as people write it, and in the form of ISO 8601."""
    day = datetime.date(rng.choice(years), 1, 1) + datetime.timedelta(rng.randrange(365))
    language = rng.choice(list(STYLES))
    pattern = rng.choice(STYLES[language])
    if "/" in pattern and day.day <= 12:
        pattern = STYLES[language][0]  # with slashes it could be read in two ways
    return write_date(day, language, pattern), day.isoformat()


def draw_lines(n: int, years: list[int], seed: int) -> list[tuple[str, str]]:
    """Lines of one to four dates: (as people write them, as ISO 8601)."""
    rng = random.Random(seed)
    lines = []
    for _ in range(n):
        written, iso = zip(*(draw_date(years, rng) for _ in range(rng.randint(1, 4))), strict=True)
        lines.append(("; ".join(written), " ".join(iso)))
    return lines


# %% given="data"
YEARS = list(range(1950, 2050))
test_years = sorted(random.Random(0).sample(YEARS, 20))
train_years = [year for year in YEARS if year not in test_years]
start = time.perf_counter()
train_lines = draw_lines(scaled(full=50_000, smoke=1_500), train_years, seed=1)
test_lines = draw_lines(scaled(full=10_000, smoke=200), test_years, seed=2)
print(f"{len(train_lines):,} training and {len(test_lines):,} test lines", end=" ")
print(f"in {time.perf_counter() - start:.1f} s")
print("years of the test set:", *test_years)
for source, target in train_lines[:4]:
    print(f"  {source}  →  {target}")

known = {source for source, _ in train_lines}
assert not any(source in known for source, _ in test_lines), "a test line occurs in training"
meanings = {
    (written, iso)
    for source, target in train_lines + test_lines
    for written, iso in zip(source.split("; "), target.split(), strict=True)
}
assert len(meanings) == len(dict(meanings)), "a date can be read in two ways"
print(f"{len(meanings):,} different written dates, each with one meaning")

# %% [markdown]
# No year of the test set occurs in training. A model that learns lines by heart gets nothing right: it
# has to learn how dates are written.
#
# Both sides are read and written character by character. Number 0 is padding on both sides. The output
# knows 15 signs: ten digits, the hyphen, the space, *begin*, *end* and padding.

# %% given="codes"
PAD, BEGIN, END = 0, 1, 2
LETTERS = sorted({letter for source, _ in train_lines + test_lines for letter in source})
SIGNS = "0123456789- "
source_code = {letter: i for i, letter in enumerate(LETTERS, start=1)}
target_code = {sign: i for i, sign in enumerate(SIGNS, start=3)}
N_SOURCE, N_TARGET = len(LETTERS) + 1, len(SIGNS) + 3
MAX_TARGET = 4 * 11  # four dates of ten signs, three spaces, one end


def encode(lines: list[tuple[str, str]]) -> tuple[list[list[int]], torch.Tensor]:
    """Lines as numbers: the sources as lists, the targets (N, 43) padded on the right."""
    sources = [[source_code[letter] for letter in source] for source, _ in lines]
    targets = torch.full((len(lines), MAX_TARGET - 1), PAD)
    for row, (_, target) in zip(targets, lines, strict=True):
        row[: len(target)] = torch.tensor([target_code[sign] for sign in target])
    return sources, targets


def spell(tokens: torch.Tensor) -> str:
    """Output numbers as text, up to the end token."""
    numbers = tokens.tolist()
    numbers = numbers[: numbers.index(END)] if END in numbers else numbers
    return "".join(SIGNS[n - 3] if n > 2 else "?" for n in numbers)


print(f"{N_SOURCE} input tokens, {N_TARGET} output tokens")
print(encode([("4 mai 82", "1982-05-04")])[1][0, :14].tolist())

# %% [markdown]
# ## 2 · Teacher forcing
#
# The decoder writes one token at a time, and each time it is told what stands before. While it learns, we
# tell it the *right* tokens, whatever it would have written itself. This is teacher forcing. It lets all
# positions of a line be trained at once.
#
# For the output `1982` the decoder sees and should say:
#
# | step | 1 | 2 | 3 | 4 | 5 |
# |---|---|---|---|---|---|
# | input | begin | 1 | 9 | 8 | 2 |
# | target | 1 | 9 | 8 | 2 | end |
#
# The inputs are the targets, one step later. If they were not shifted, the decoder would see what it has
# to say, and learn to copy.

# %% [markdown]
# ### Exercise 1 · Inputs and targets of the decoder (2 points · 10 min · ●○○)
#
# `y` `(B, T)` holds lines of tokens, padded on the right. Return two tensors of shape `(B, T + 1)`:
#
# - `inputs`: the token `begin`, then the line as it is;
# - `targets`: the line, and the token `end` in the place *right after its last token*. The rest is
#   padding.
#
# Lines have different lengths. What stands in `inputs` where `targets` is padding does not matter.
#
# <details><summary>Hint 1: the idea</summary>Put a column before y for the inputs, and a column of
# padding after y for the targets. Then write one end token per line.</details>
# <details><summary>Hint 2: the formula</summary>The number of real tokens of each line is
# <code>(y != pad).sum(dim=1)</code>. That is also the place of its end token, because places count from
# 0.</details>
# <details><summary>Hint 3: the line</summary><code>y.new_full((len(y), 1), begin)</code> is a column on
# the device of y. <code>targets[torch.arange(len(y)), lengths] = end</code> writes one entry per
# row.</details>


# %% solution="teacher_forcing"
def teacher_forcing(
    y: torch.Tensor, begin: int, end: int, pad: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """What the decoder sees and what it should say.

    Args:
        y: lines of tokens, padded on the right, (B, T).
        begin, end, pad: the numbers of the special tokens.

    Returns:
        inputs (B, T + 1) and targets (B, T + 1), on the device of y.
    """
    ### BEGIN SOLUTION
    inputs = F.pad(y, (1, 0), value=begin)  # (B, T + 1)
    targets = F.pad(y, (0, 1), value=pad)  # (B, T + 1)
    targets[torch.arange(len(y)), (y != pad).sum(dim=1)] = end
    return inputs, targets
    ### END SOLUTION


# %% check="teacher_forcing_inputs" points=1
y = torch.tensor([[5, 7, 6, 8], [9, 0, 0, 0], [4, 4, 5, 0]])
inputs, targets = checks.unpack(
    "teacher_forcing", checks.run(teacher_forcing, y, 1, 2, 0), "inputs", "targets"
)
checks.shape("inputs", inputs, batch=3, T_plus_1=5)
checks.that(
    inputs.dtype == torch.int64,
    f"tokens are int64; your inputs are {inputs.dtype}: use y.new_full.",
)
counted = torch.tensor([[1, 5, 7, 6, 8], [1, 9, 0, 0, 0], [1, 4, 4, 5, 0]])
seen = torch.tensor([5, 2, 4])[:, None] > torch.arange(5)  # places with a target
ended = torch.tensor([[5, 7, 6, 8, 2], [9, 2, 0, 0, 0], [4, 4, 5, 2, 0]])
slips = {
    "these are the targets: the order is inputs, targets.": ended,
    "the inputs are not shifted: begin comes first, then the line.": F.pad(y, (0, 1)),
    "the first column is padding: put begin there (a roll brings the last column to the front).": F.pad(
        y, (1, 0)
    ),
    "the first column is end: it should be begin.": F.pad(y, (1, 0), value=2),
    "the inputs are shifted by two.": F.pad(y, (2, 0), value=1)[:, :5],
}
slips = {cause: torch.where(seen, value, 0) for cause, value in slips.items()}
checks.close("inputs", torch.where(seen, inputs, 0), counted * seen, slips=slips)
### BEGIN HIDDEN TESTS
y = torch.tensor([[8, 3, 6], [8, 9, 0]])
inputs, _ = checks.run(teacher_forcing, y, 11, 12, 0)
checks.close("inputs with other tokens", inputs[:, :3], torch.tensor([[11, 8, 3], [11, 8, 9]]))
### END HIDDEN TESTS
checks.passed("inputs: begin, then the line, one step late")

# %% check="teacher_forcing_targets" points=1
y = torch.tensor([[5, 7, 6, 8], [9, 0, 0, 0], [4, 4, 5, 0]])
_, targets = checks.unpack(
    "teacher_forcing", checks.run(teacher_forcing, y, 1, 2, 0), "inputs", "targets"
)
checks.shape("targets", targets, batch=3, T_plus_1=5)
checks.that(
    targets.dtype == torch.int64,
    f"tokens are int64; your targets are {targets.dtype}: use y.new_full.",
)
ended = torch.tensor([[5, 7, 6, 8, 2], [9, 2, 0, 0, 0], [4, 4, 5, 2, 0]])
last = F.pad(y, (0, 1), value=2)
slips = {
    "end stands in the last column; it comes right after the last token of each line.": last,
    "end is missing: the model would never learn to stop.": F.pad(y, (0, 1)),
    "these are the inputs: the order is inputs, targets.": F.pad(y, (1, 0), value=1),
    "every row got the ends of all rows: index rows and columns together, torch.arange(B) first.": (
        torch.tensor([[5, 2, 6, 2, 2], [9, 2, 0, 2, 2], [4, 2, 5, 2, 2]])
    ),
    "the last token of a line is overwritten by end.": torch.tensor(
        [[5, 7, 6, 2, 0], [2, 0, 0, 0, 0], [4, 4, 2, 0, 0]]
    ),
    "all padding is end; only the first place after the line is.": torch.tensor(
        [[5, 7, 6, 8, 2], [9, 2, 2, 2, 2], [4, 4, 5, 2, 2]]
    ),
}
checks.close("targets", targets, ended, slips=slips)
### BEGIN HIDDEN TESTS
y = torch.tensor([[8, 3, 6], [8, 9, 13], [7, 13, 13]])
_, targets = checks.run(teacher_forcing, y, 11, 12, 13)
right = torch.tensor([[8, 3, 6, 12], [8, 9, 12, 13], [7, 12, 13, 13]])
slips = {"padding has the number pad, which is not always 0.": right * (right != 13)}
checks.close("targets with other tokens", targets, right, slips=slips)
### END HIDDEN TESTS
checks.passed("targets: the line, then end, then padding")

# %% [markdown]
# ### Exercise 2 · A loss without padding (2 points · 10 min · ●○○)
#
# `logits` `(B, T, V)` are the scores of `V` tokens at each step, `targets` `(B, T)` the right tokens.
# Return the mean cross-entropy over all *real* targets of the batch. Places where `targets` is `pad` do
# not count: neither in the sum nor in the number that you divide by.
#
# Every real token weighs the same, whether its line is long or short.
#
# <details><summary>Hint 1: the idea</summary>Pick the log-probability of each target, throw those of
# padding away, and take the mean of the rest.</details>
# <details><summary>Hint 2: the formula</summary>loss = −Σ log p(target) / n, the sum and n over the
# places with target ≠ pad.</details>
# <details><summary>Hint 3: the line</summary><code>F.cross_entropy</code> wants logits (N, V) and targets
# (N,). It knows <code>ignore_index</code>.</details>


# %% solution="sequence_loss"
def sequence_loss(logits: torch.Tensor, targets: torch.Tensor, pad: int) -> torch.Tensor:
    """Mean cross-entropy over the real tokens of a batch.

    Args:
        logits: (B, T, V).
        targets: (B, T); places that hold pad do not count.
        pad: the number of the padding token.

    Returns:
        A tensor without dimensions.
    """
    ### BEGIN SOLUTION
    return F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=pad)
    ### END SOLUTION


# %% given="loss_slips"
def loss_slips(logits: torch.Tensor, targets: torch.Tensor, pad: int) -> dict[str, torch.Tensor]:
    """The losses that known mistakes lead to."""
    B, T, V = logits.shape
    each = F.cross_entropy(logits.mT, targets, reduction="none")  # (B, T)
    mixed = F.cross_entropy(logits.reshape(B, V, T), targets, reduction="none")
    real = targets != pad
    kept = each * real
    twice = F.cross_entropy(logits.softmax(dim=2).mT, targets, reduction="none") * real
    return {
        "padding is counted: it should not be in the sum, nor in the number of tokens.": each.mean(),
        "you divide by all places, padding too; divide by the number of real tokens.": kept.mean(),
        "you sum; divide by the number of real tokens.": kept.sum(),
        "you divide by the batch size; divide by the number of real tokens.": kept.sum()
        / len(targets),
        "you average each line first: tokens of short lines then weigh more.": (
            kept.sum(dim=1) / real.sum(dim=1)
        ).mean(),
        "only padding counts: the condition is inverted.": each[~real].mean(),
        "cross_entropy takes logits; do not apply softmax first.": twice.sum() / real.sum(),
        "a reshape to (B, V, T) mixes the numbers: transpose with logits.mT, or flatten B and T.": (
            (mixed * real).sum() / real.sum()
        ),
        "the logarithm is missing.": -((-each).exp() * real).sum() / real.sum(),
    }


# %% check="sequence_loss_uniform" points=1
logits = torch.zeros(2, 3, 5)
targets = torch.tensor([[4, 2, 1], [3, 0, 0]])
logits[1, 1:, 3] = 9.0  # sure, and wrong, about padding
loss = checks.run(sequence_loss, logits, targets, 0)
checks.shape("the loss", loss)
slips = loss_slips(logits, targets, 0)
checks.close("the loss of a guess among 5 tokens, log 5", loss, math.log(5), slips=slips)
checks.passed("a uniform guess costs log V, and padding costs nothing")

# %% check="sequence_loss_value" points=1
logits = checks.normal(3, 4, 6, seed=1)
targets = torch.tensor([[1, 5, 0, 0], [2, 4, 3, 1], [5, 0, 0, 0]])
logits.requires_grad_()
loss = checks.run(sequence_loss, logits, targets, 0)
checks.shape("the loss", loss)
logits = logits.detach()
checks.close("the loss", loss, 2.220091, rtol=1e-5, slips=loss_slips(logits, targets, 0))
checks.that(loss.requires_grad, "the loss has no gradient: no .item(), .detach() or torch.tensor.")
### BEGIN HIDDEN TESTS
logits = checks.normal(2, 7, 4, seed=2)
targets = torch.tensor([[1, 0, 0, 2, 3, 3, 3], [2, 2, 1, 0, 3, 3, 3]])
right = -torch.log_softmax(logits, dim=2).gather(2, targets[:, :, None])[targets != 3].mean()
slips = loss_slips(logits, targets, 3)
checks.close(
    "the loss with pad = 3", checks.run(sequence_loss, logits, targets, 3), right, slips=slips
)
leaf = logits.clone().requires_grad_()
checks.run(sequence_loss, leaf, targets, 3).backward()
checks.that(not leaf.grad[targets == 3].any(), "padding sends gradients back; it should not count.")
### END HIDDEN TESTS
checks.passed("the mean over real tokens, whatever the length of their line")

# %% [markdown]
# ## 3 · Encoder, decoder, and one vector between them
#
# The encoder is a bidirectional GRU. A *gated recurrent unit* is a lighter relative of the LSTM: it has gates too, but
# only one state, which is also its output; `nn.GRU` is called like `nn.RNN`.

# %% [markdown]
# One half of the encoder's units reads from left to right, the other half from right to left; their states side by side
# are $h_j = [\overrightarrow{h}_j ; \overleftarrow{h}_j]$. So $h_j$ knows what stands on both sides of token $j$.
#
# What is the state *after reading the line*? For the first half it is $\overrightarrow{h}$ at the last
# real token. For the second half, which reads backwards, it is $\overleftarrow{h}$ at the *first* token.
#
# Lines of a batch are padded on the right. A GRU that walks over the padding changes its state there. From
# left to right this does no harm, if you take the state at the last *real* token. From right to left the
# padding would come first. So the line is turned around before its padding, read, and turned around
# again.


# %% given="turn_around"
def turn_around(x: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Reverses the real tokens of each line (B, S, d); the padding stays where it is."""
    place = torch.arange(mask.shape[1], device=mask.device)  # (S,)
    last = mask.sum(dim=1, keepdim=True) - 1  # (B, 1)
    source = torch.where(mask, last - place, place)  # (B, S)
    return x.gather(1, source[:, :, None].expand_as(x))


print(
    turn_around(torch.tensor([[[1], [2], [3], [0], [0]]]), torch.tensor([[1, 1, 1, 0, 0]]) > 0)
    .flatten()
    .tolist()
)

# %% [markdown]
# ### Exercise 3 · The encoder (4 points · 30 min · ●●○)
#
# Write the class `Encoder`: two GRUs with `d_model // 2` units each, one per direction, and nothing else
# with parameters. `forward` takes vectors `x` `(B, S, d_in)` and `mask` `(B, S)`, True for real tokens. It
# returns
#
# - `h` `(B, S, d_model)`, left-to-right states first; what stands at padded places does not matter, but
#   it must be finite;
# - `s` `(B, d_model)`, the state after reading the line, as above.
#
# At real tokens, and in `s`, nothing may depend on the padding. PyTorch's `pack_padded_sequence` with a
# bidirectional GRU is right too, and slower on a CPU; a loop over the lines is right and very slow.
#
# <details><summary>Hint 1: the idea</summary>Turn the vectors around, read them with the second GRU, and
# turn its states around. Then state j belongs to token j again.</details>
# <details><summary>Hint 2: the formula</summary>s = [→h at the last real token ; ←h at token 0]. The last
# real token has the place <code>mask.sum(dim=1) - 1</code>.</details>
# <details><summary>Hint 3: the line</summary><code>left =
# turn_around(self.to_left(turn_around(x, mask))[0], mask)</code>, and <code>right[torch.arange(len(x)),
# last]</code> picks one state per line.</details>


# %% solution="encoder"
class Encoder(nn.Module):
    """A bidirectional GRU (Cho et al., 2014) that never sees padding."""

    def __init__(self, d_in: int, d_model: int) -> None:
        super().__init__()
        ### BEGIN SOLUTION
        self.to_right = nn.GRU(d_in, d_model // 2, batch_first=True)
        self.to_left = nn.GRU(d_in, d_model // 2, batch_first=True)
        ### END SOLUTION

    def forward(self, x: torch.Tensor, mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Reads vectors x (B, S, d_in) with mask (B, S); returns h (B, S, d_model) and s (B, d_model)."""
        ### BEGIN SOLUTION
        right, _ = self.to_right(x)  # (B, S, d_model / 2)
        left = turn_around(self.to_left(turn_around(x, mask))[0], mask)
        last = mask.sum(dim=1) - 1  # (B,)
        s = torch.cat([right[torch.arange(len(x)), last], left[:, 0]], dim=1)  # (B, d_model)
        return torch.cat([right, left], dim=2), s
        ### END SOLUTION


# %% given="encoder_input"
def padded(*lengths: int) -> torch.Tensor:
    """A mask (B, S) for lines of these lengths."""
    return torch.arange(max(lengths)) < torch.tensor(lengths)[:, None]


def run_encoder(encoder: nn.Module, x: torch.Tensor, mask: torch.Tensor) -> tuple:
    """Both results of an encoder, for the checks."""
    return checks.unpack("Encoder.forward", checks.run(encoder, x, mask), "h", "s")


# %% check="encoder_shapes" points=1
encoder = checks.run(Encoder, 3, 8).double()
B, S, half = 4, 6, 4
x, mask = checks.normal(B, S, 3, seed=3), padded(6, 2, 5, 1)
h, s = run_encoder(encoder, x, mask)
checks.that(
    not (torch.is_tensor(h) and h.dim() == 2 and torch.is_tensor(s) and s.dim() == 3),
    "the order is h, s; yours is s, h.",
)
checks.shape("h", h, batch=B, S=S, d_model=8)
checks.shape("s", s, batch=B, d_model=8)
checks.finite("h", h, "padded places should hold numbers, such as 0.")
checks.that(h[0].any(), "h is zero everywhere.")
gru = 3 * half * (3 + half) + 6 * half  # weights and biases of one direction
slips = {
    "there is one direction only: two GRUs are needed.": 3 * 8 * (3 + 8) + 6 * 8,
    "one direction, and half the units: two GRUs are needed.": gru,
    "each direction has d_model units; it should have d_model // 2.": 2 * (3 * 8 * (3 + 8) + 6 * 8),
    "PyTorch sees no parameters: assign the GRUs to self.": 0,
}
checks.parameter_count("Encoder(3, 8)", encoder, 2 * gru, slips=slips)
checks.passed("a bidirectional GRU with states of d_model numbers")

# %% check="encoder_directions" points=1
encoder = checks.run(Encoder, 3, 8).double()
x = checks.normal(2, 5, 3, seed=4).requires_grad_()
h, _ = run_encoder(encoder, x, padded(5, 5))
checks.shape("h", h, batch=2, S=5, d_model=8)
checks.that(
    h.requires_grad, "h depends on no weight and on no token: return the states of the GRU."
)
(first,) = torch.autograd.grad(h[1, 1, :4].sum(), x, retain_graph=True)
(second,) = torch.autograd.grad(h[1, 1, 4:].sum(), x, retain_graph=True)
checks.that(
    not (first[0].any() or second[0].any()),
    "line 1 depends on line 0: is batch_first=True missing?",
)
reach = [bool(g) for g in first[1].abs().sum(dim=1)]
back = [bool(g) for g in second[1].abs().sum(dim=1)]
checks.that(
    reach != [False, True, True, True, True],
    "the two directions are in the wrong order: left to right comes first.",
)
checks.that(
    reach == [True, True, False, False, False],
    f"the first half of h at token 1 should depend on tokens 0 and 1; yours on {reach}.",
)
checks.that(
    back == [False, True, True, True, True],
    f"the second half of h at token 1 should depend on tokens 1 to 4; yours on {back}.",
)
checks.passed("each token's state knows both sides of it")

# %% check="encoder_padding" points=1
encoder = checks.run(Encoder, 3, 8).double()
x, mask = checks.normal(4, 6, 3, seed=5), padded(6, 2, 5, 1)
h, s = run_encoder(encoder, x, mask)
checks.shape("h", h, batch=4, S=6, d_model=8)
checks.shape("s", s, batch=4, d_model=8)
for line, length in enumerate((6, 2, 5, 1)):
    own_h, own_s = run_encoder(encoder, x[line, None, :length], mask[line, None, :length])
    checks.that(
        torch.allclose(h[line, :length], own_h[0]),
        f"line {line} has {length} real tokens, and other states in the batch than alone: the padding "
        "is read too. Is the mask used, and are the lines turned around before their padding, not with it?",
    )
    checks.that(
        torch.allclose(s[line], own_s[0]),
        f"h is right, but s of line {line}, with {length} real tokens, is another one in the batch than "
        "alone: a GRU's own final state has walked over the padding. Take s out of h.",
    )
checks.ignores("h", lambda x: encoder(x, mask)[0], x, ~mask)
checks.ignores("s", lambda x: encoder(x, mask)[1], x, ~mask)
### BEGIN HIDDEN TESTS
encoder = checks.run(Encoder, 5, 6).double()
x, mask = checks.normal(3, 9, 5, seed=6), padded(4, 9, 7)
checks.ignores("h", lambda x: encoder(x, mask)[0], x, ~mask)
checks.ignores("s", lambda x: encoder(x, mask)[1], x, ~mask)
wider = F.pad(x, (0, 0, 0, 2)), F.pad(mask, (0, 2))
wide_h, wide_s = run_encoder(encoder, *wider)
checks.close("s with two more columns of padding", wide_s, run_encoder(encoder, x, mask)[1])
checks.shape("h with two more columns of padding", wide_h, batch=3, S=11, d_model=6)
### END HIDDEN TESTS
checks.passed("a line means the same alone and in any batch")

# %% check="encoder_state" points=1
encoder = checks.run(Encoder, 3, 8).double()
x, mask = checks.normal(4, 6, 3, seed=7), padded(6, 2, 5, 1)
h, s = run_encoder(encoder, x, mask)
checks.shape("h", h, batch=4, S=6, d_model=8)
checks.shape("s", s, batch=4, d_model=8)
last = h[torch.arange(4), mask.sum(dim=1) - 1]  # (B, d_model)
right = torch.cat([last[:, :4], h[:, 0, 4:]], dim=1)  # (B, d_model)
halves = torch.stack([right[:, :4], right[:, 4:]])  # (2, B, d_model / 2)
slips = {
    "the second half reads backwards: its last state is at token 0, not at the last token.": last,
    "that is the state at token 0; the first half ends at the last token.": h[:, 0],
    "a reshape mixes the lines: put the two directions side by side with torch.cat.": halves.reshape(
        4, 8
    ),
    "the two halves are swapped: left to right comes first.": right.roll(4, dims=1),
    "that is h in the last column, which is padding for short lines.": h[:, -1],
    "that is the mean over the line; take the last state of each direction.": (
        h * mask[:, :, None]
    ).sum(dim=1)
    / mask.sum(dim=1, keepdim=True),
}
checks.close("s", s, right, slips=slips)
checks.passed("the state after reading: the end of each direction")

# %% [markdown]
# ### Exercise 4 · Greedy decoding (3 points · 20 min · ●●○)
#
# Nobody knows the right tokens when a new line is translated: the decoder reads its own. Greedy decoding
# takes the most probable token at each step and feeds it back.
#
# `step(token, state)` takes tokens `(B,)` and returns logits `(B, V)` and the next state. Begin with the
# tokens `first` `(B,)`. Return the tokens chosen, without `first`: `(B, T)` after `T` steps. A line ends with its `end`
# token; what follows it is `pad`. Stop as soon as every line has ended, or after `max_len` steps.
#
# <details><summary>Hint 1: the idea</summary>A loop with three things that change: the last tokens, the
# state, and which lines are done.</details>
# <details><summary>Hint 2: the formula</summary>token = argmax of logits, or pad where the line is done;
# done = done or token = end.</details>
# <details><summary>Hint 3: the line</summary><code>token = torch.where(done, pad,
# logits.argmax(dim=1))</code>, with <code>done = torch.zeros_like(first, dtype=torch.bool)</code> at the
# beginning</details>


# %% solution="greedy"
def greedy(step, state, first: torch.Tensor, end: int, pad: int, max_len: int) -> torch.Tensor:
    """Decodes a batch of lines, always with the most probable token.

    Args:
        step: maps tokens (B,) and a state to logits (B, V) and the next state.
        state: before the first step.
        first: the tokens to begin with, (B,).
        end, pad: the numbers of the special tokens.
        max_len: the largest number of steps.

    Returns:
        The tokens, (B, T) with T ≤ max_len; after a line's end token there is only pad.
    """
    ### BEGIN SOLUTION
    token, tokens = first, []
    done = torch.zeros_like(first, dtype=torch.bool)
    while len(tokens) < max_len and not done.all():
        logits, state = step(token, state)
        token = torch.where(done, pad, logits.argmax(dim=1))
        done = done | (token == end)
        tokens.append(token)
    return torch.stack(tokens, dim=1)  # (B, T)
    ### END SOLUTION


# %% given="scripted"
class Scripted:
    """Stands in for a decoder: says what a script wants, and notes what it was fed."""

    def __init__(self, *script: list[int], n_tokens: int = 9) -> None:
        self.script = torch.tensor(script)  # (B, steps)
        self.n_tokens = n_tokens
        self.fed, self.states = [], []

    def step(self, token: torch.Tensor, state: int) -> tuple[torch.Tensor, int]:
        """Logits (B, V), highest for the next token of the script, and the next state."""
        self.fed.append(token.tolist())
        self.states.append(state)
        checks.that(len(self.fed) <= 60, "60 steps, and it goes on: stop after max_len steps.")
        column = self.script[:, min(len(self.fed) - 1, self.script.shape[1] - 1)]
        noise = checks.normal(len(column), self.n_tokens, seed=len(self.fed))
        return noise + 20 * F.one_hot(column, self.n_tokens) - 30, state + 1


# %% check="greedy_feeds_back" points=1
script = Scripted([5, 7, 4, 8], [6, 3, 8, 5], [3, 3, 6, 7])
first = torch.tensor([1, 1, 1])
tokens = checks.run(greedy, script.step, 10, first, 2, 0, 4)
checks.that(
    len(script.fed) == 4,
    f"max_len is 4, and no line ends: expected 4 steps, got {len(script.fed)}.",
)
right = script.script
slips = {
    "the first tokens do not belong to the result.": torch.cat(
        [first[:, None], right[:, :3]], dim=1
    ),
}
checks.that(
    not (torch.is_tensor(tokens) and tokens.shape == (3, 5)),
    "there is one token too many: the first tokens do not belong to the result.",
)
checks.shape("tokens", tokens, batch=3, T=4)
checks.close("tokens", tokens, right, slips=slips)
fed = torch.tensor(script.fed).T  # (B, steps)
slips = {
    "the first tokens are fed again and again: feed back what was chosen.": first[:, None].expand(
        3, 4
    ),
    "zeros are fed: feed back what was chosen.": torch.zeros(3, 4),
}
right = torch.cat([first[:, None], right[:, :3]], dim=1)
checks.close("the tokens that were fed to step", fed, right, slips=slips)
checks.that(
    script.states == [10, 11, 12, 13],
    "every step should get the state that the step before returned.",
)
checks.passed("each step is fed the token and the state of the step before")

# %% check="greedy_stops" points=1
script = Scripted([5, 2, 7, 7, 7], [6, 3, 2, 8, 8])
tokens = checks.run(greedy, script.step, 0, torch.tensor([1, 1]), 2, 0, 50)
checks.that(
    len(script.fed) != 50, "it does not stop: when every line has said end, the work is done."
)
checks.that(
    len(script.fed) != 2, "it stops at the first line that ends; the other one is not finished."
)
checks.that(
    len(script.fed) == 3,
    f"the last line ends at step 3, and yours makes {len(script.fed)} steps.",
)
checks.shape("tokens", tokens, batch=2, T=3)
checks.that((tokens == 2).any(), "the end token belongs to the result: it shows where a line ends.")
checks.close("tokens of the longest line", tokens[1], torch.tensor([6, 3, 2]))
### BEGIN HIDDEN TESTS
script = Scripted([8, 8], [8, 8], [8, 8])
tokens = checks.run(greedy, script.step, 0, torch.tensor([7, 7, 7]), 8, 3, 6)
checks.close("tokens when all lines end at once", tokens, torch.full((3, 1), 8))
### END HIDDEN TESTS
checks.passed("it stops when every line has ended")

# %% check="greedy_pads" points=1
script = Scripted([5, 2, 7, 4, 7], [6, 3, 8, 3, 2], [2, 5, 5, 2, 6])
tokens = checks.run(greedy, script.step, 0, torch.tensor([1, 1, 1]), 2, 0, 50)
checks.shape("tokens", tokens, batch=3, T=5)
right = torch.tensor([[5, 2, 0, 0, 0], [6, 3, 8, 3, 2], [2, 0, 0, 0, 0]])
slips = {
    "after its end a line goes on talking: only padding may follow.": script.script,
    "after its end a line repeats end; padding should follow.": torch.where(right == 0, 2, right),
    "a line begins to talk again: once it has ended, it stays ended.": torch.tensor(
        [[5, 2, 0, 4, 7], [6, 3, 8, 3, 2], [2, 0, 5, 2, 0]]
    ),
    "the end token itself is replaced by padding.": torch.where(right == 2, 0, right),
}
checks.close("tokens", tokens, right, slips=slips)
### BEGIN HIDDEN TESTS
script = Scripted([4, 7, 5, 7], [7, 6, 6, 6])
tokens = checks.run(greedy, script.step, 0, torch.tensor([1, 1]), 7, 3, 4)
checks.close("tokens with other numbers", tokens, torch.tensor([[4, 7], [7, 3]]))
### END HIDDEN TESTS
checks.passed("after its end, a line holds only padding")

# %% [markdown]
# **Experiment.** The first model has no attention. Its decoder knows the line only through one vector:
# the encoder's last state $c$. That is where it starts, and it gets $c$ again at each step:
#
# $$s_i = f(s_{i-1}, y_{i-1}, c) \qquad p(y_i) = g(y_{i-1}, s_i, c)$$
#
# $f$ is a GRU and $g$ one linear layer with a softmax.

# %% given="bottleneck"
D_EMBED, D_MODEL = 64, 128


class Bottleneck(nn.Module):
    """Encoder and decoder with one vector between them (Cho et al., 2014)."""

    def __init__(self) -> None:
        super().__init__()
        self.embed_source = nn.Embedding(N_SOURCE, D_EMBED, padding_idx=PAD)
        self.embed_target = nn.Embedding(N_TARGET, D_EMBED)
        self.encoder = Encoder(D_EMBED, D_MODEL)
        self.gru = nn.GRU(D_EMBED + D_MODEL, D_MODEL, batch_first=True)
        self.output = nn.Linear(D_EMBED + 2 * D_MODEL, N_TARGET)

    def start(self, x: torch.Tensor, mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """The state before the first step: the vector c, and s₀ = c."""
        _, c = self.encoder(self.embed_source(x), mask)
        return c, c

    def decode(self, inputs: torch.Tensor, state: tuple) -> tuple[torch.Tensor, tuple]:
        """Inputs (B, T) to logits (B, T, V), and the state after them."""
        c, s = state
        y = self.embed_target(inputs)  # (B, T, d_embed)
        context = c[:, None].expand(-1, inputs.shape[1], -1)  # (B, T, d_model)
        states, s = self.gru(torch.cat([y, context], dim=2), s[None].contiguous())
        return self.output(torch.cat([y, states, context], dim=2)), (c, s[0])

    def step(self, token: torch.Tensor, state: tuple) -> tuple[torch.Tensor, tuple]:
        logits, state = self.decode(token[:, None], state)
        return logits[:, 0], state

    def forward(self, x: torch.Tensor, mask: torch.Tensor, inputs: torch.Tensor) -> torch.Tensor:
        return self.decode(inputs, self.start(x, mask))[0]


# %% [markdown]
# Training and measuring are the same for all models of this lab. `TextBatches` puts lines of similar
# length together, so that little is padding. Your loss is a mean over a batch, so a token of a long line
# would weigh less in the whole training than one of a short line. A factor, the width of the batch, gives
# all tokens nearly the same weight.
#
# A line counts as an *exact match* only if every sign of the output is right.


# %% given="measuring"
def training_loss(model: nn.Module, batch: tuple) -> torch.Tensor:
    """The loss of a batch with teacher forcing, times its width over the mean width of 27.5."""
    x, mask, y = batch
    y = y[:, : int((y != PAD).sum(dim=1).max())]  # without columns that are padding in every line
    inputs, targets = teacher_forcing(y, BEGIN, END, PAD)
    return sequence_loss(model(x, mask, inputs), targets, PAD) * targets.shape[1] / 27.5


def make_batches(
    lines: list, batch_size: int, *, shuffle: bool = True, seed: int = 0
) -> TextBatches:
    """Batches (x, mask, y) of lines; without shuffling they come sorted by length."""
    lines = lines if shuffle else sorted(lines, key=lambda line: len(line[0]))
    sources, targets = encode(lines)
    options = {"pad": PAD, "device": device, "shuffle": shuffle, "seed": seed}
    return TextBatches(sources, targets, batch_size=batch_size, **options)


# %% given="exact_match"
@torch.no_grad()
def exact_match(model: nn.Module, batches: TextBatches) -> dict[str, float]:
    """The share of lines without any mistake: of all lines, and by number of dates."""
    right, dates = [], []
    for x, mask, y in batches:
        first = torch.full((len(x),), BEGIN, device=device)
        tokens = greedy(model.step, model.start(x, mask), first, END, PAD, MAX_TARGET)
        tokens = F.pad(tokens, (0, MAX_TARGET - tokens.shape[1]), value=PAD)
        _, targets = teacher_forcing(y, BEGIN, END, PAD)
        right.append((tokens == targets).all(dim=1))
        dates.append((targets != PAD).sum(dim=1) // 11)
    right, dates = torch.cat(right).double(), torch.cat(dates)
    shares = {f"{n} dates": right[dates == n].mean().item() for n in (1, 2, 3, 4)}
    return {"all": right.mean().item(), **shares}


train_batches = make_batches(train_lines, 64)
test_batches = make_batches(test_lines, 500, shuffle=False)
ATTENTION_STEPS = scaled(full=700, smoke=3)
BOTTLENECK_STEPS = 2 * ATTENTION_STEPS

# %% given="train_bottleneck"
seed_everything(0)
bottleneck = Bottleneck().to(device)
options = {"lr": 1e-2, "precision": torch.float32}
bottleneck_history = fit(
    bottleneck,
    train_batches,
    training_loss,
    steps=BOTTLENECK_STEPS,
    title="One vector",
    **options,
)
bottleneck_match = exact_match(bottleneck, test_batches)
print(f"{BOTTLENECK_STEPS} steps, {bottleneck_history.seconds:.0f} s")
print(", ".join(f"{name}: {share:.4f}" for name, share in bottleneck_match.items()))

# %% [markdown]
# **What you saw.** Many single dates come out right, few lines of two dates, and next to none of three or
# four. The model is not lazy: it has learned the form of the answer, and its loss has come down far. But
# each digit has to be dug out of one vector of 128 numbers. The more dates the line holds, the more of
# them it mixes up.

# %% [markdown]
# ### Question 1 · One vector (1 point · 5 min · ●○○)
#
# Answer in two or three sentences: *why does the model with one vector read single dates far better than
# lines of four?* How many numbers hold the line in each case? Why do more units or more steps push the
# limit further without removing it?

# %% [markdown] manual="why_one_vector" points=1
# The vector $c$ has 128 numbers, whether the line holds one date or four. A single date has all that room to
# itself; with four dates, four times as much has to be kept apart in the same space, and every digit of
# the output must be dug out of it again. More units or more training make the vector hold more, but it
# stays a fixed size, and a line can always be longer.

# %% [markdown]
# ## 4 · Attention is a lookup
#
# A translator does not learn the page by heart. She looks back at it. Looking something up is what a
# database does: a *query* is compared with every *key*, and the answer is the *value* beside the key that
# fits.
#
# | | key | value |
# |---|---|---|
# | | key 1 = (1, 0) | value 1 = 10 |
# | query = (2, 1) → | key 2 = (0, 1) | value 2 = 20 |
# | | key 3 = (−1, 0) | value 3 = 30 |
# | | key 4 = (0, −1) | value 4 = 40 |
#
# With the product of query and key as a measure of how well they fit, the scores are 2, 1, −2, −1. A
# *hard* lookup takes value 1, which is 10. A *soft* lookup turns the scores into weights with softmax,
# 0.696, 0.256, 0.013, 0.035, and returns the weighted sum of all values: 13.86.

# %% [markdown]
# ### Exercise 5 · Hard and soft lookup (2 points · 10 min · ●○○)
#
# A database has `N` keys `(N, d)` and `N` values `(N, d_v)`. The query has shape `(d,)`; the score of a
# key is its product with the query.
#
# `hard_lookup` returns the value `(d_v,)` of the key with the highest score. `soft_lookup` returns the
# weighted sum of all values `(d_v,)` and the weights `(N,)`: the softmax of the scores.
#
# <details><summary>Hint 1: the idea</summary>Keys decide, values are returned. The keys never enter the
# answer themselves.</details>
# <details><summary>Hint 2: the formula</summary>scores = K q; weights = softmax(scores); answer = Σ
# weightⱼ valueⱼ.</details>
# <details><summary>Hint 3: the line</summary><code>keys @ query</code> has shape (N,), and
# <code>weights @ values</code> has shape (d_v,).</details>


# %% solution="hard_lookup"
def hard_lookup(query: torch.Tensor, keys: torch.Tensor, values: torch.Tensor) -> torch.Tensor:
    """The value (d_v,) of the key that fits the query (d,) best; keys (N, d), values (N, d_v)."""
    ### BEGIN SOLUTION
    return values[(keys @ query).argmax()]
    ### END SOLUTION


# %% given="database"
table = {
    "query": torch.tensor([2.0, 1.0]),
    "keys": torch.tensor([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]]),
    "values": torch.tensor([[10.0], [20.0], [30.0], [40.0]]),
}
random_table = {
    "query": checks.normal(3, seed=10),
    "keys": checks.normal(5, 3, seed=11),
    "values": checks.normal(5, 4, seed=12),
}

# %% check="hard_lookup_value" points=1
value = checks.run(hard_lookup, **table)
checks.that(
    not (torch.is_tensor(value) and value.shape == (2,)),
    "that is a key; keys are only compared, and a value is returned.",
)
checks.shape("the value", value, d_v=1)
slips = {
    "that is the value of the worst key: take the highest score.": torch.tensor([30.0]),
    "that is the largest value; the keys decide, not the values.": torch.tensor([40.0]),
    "that is a soft lookup: take one value alone.": torch.tensor([13.8571]),
}
checks.close("the value for the query (2, 1)", value, torch.tensor([10.0]), rtol=1e-4, slips=slips)
other = {**table, "query": torch.tensor([-1.0, -3.0])}
value = checks.run(hard_lookup, **other)
slips = {"that key has the largest absolute score; the sign counts.": torch.tensor([20.0])}
checks.close("the value for the query (−1, −3)", value, torch.tensor([40.0]), slips=slips)
scores = random_table["keys"] @ random_table["query"]
value = checks.run(hard_lookup, **random_table)
checks.shape("the value", value, d_v=4)
right = random_table["values"][scores.argmax()]
checks.close("the value among five", value, right)
checks.passed("the value of the key that fits best")


# %% solution="soft_lookup"
def soft_lookup(
    query: torch.Tensor, keys: torch.Tensor, values: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """The weighted sum of all values (d_v,) and the weights (N,); query (d,), keys (N, d), values (N, d_v)."""
    ### BEGIN SOLUTION
    weights = torch.softmax(keys @ query, dim=0)  # (N,)
    return weights @ values, weights
    ### END SOLUTION


# %% check="soft_lookup_value" points=1
value, weights = checks.unpack(
    "soft_lookup", checks.run(soft_lookup, **table), "the value", "the weights"
)
checks.that(
    not (torch.is_tensor(weights) and weights.shape == (1,) and value.shape == (4,)),
    "the order is value, weights.",
)
checks.shape("the weights", weights, N=4)
right = torch.tensor([0.6964, 0.2562, 0.0128, 0.0347])
slips = {
    "these are the scores: apply softmax.": torch.tensor([2.0, 1.0, -2.0, -1.0]),
    "the scores are divided by the sum of their absolute values; apply softmax, which needs exp.": torch.tensor(
        [2 / 6, 1 / 6, -2 / 6, -1 / 6]
    ),
    "all weights are equal: the query does not decide.": torch.full((4,), 0.25),
    "this is a hard lookup: softmax gives every key some weight.": torch.tensor([1.0, 0, 0, 0]),
    "the scores are divided by √d; here they are not.": torch.softmax(
        torch.tensor([2.0, 1.0, -2.0, -1.0]) / math.sqrt(2), dim=0
    ),
}
checks.close("the weights", weights, right, atol=1e-3, slips=slips)
checks.that(
    value.shape != (2,), "that is a weighted sum of keys; it is the values that are returned."
)
checks.shape("the value", value, d_v=1)
slips = {
    "that is the mean of the weighted values; the weights sum to 1 already: take the sum.": (
        torch.tensor([13.8571 / 4])
    ),
    "that is the mean of the values, without weights.": torch.tensor([25.0]),
    "that is the sum of the values, without weights.": torch.tensor([100.0]),
}
right = torch.tensor([13.8571])
checks.close("the value for the query (2, 1)", value, right, rtol=1e-4, slips=slips)
value, weights = checks.run(soft_lookup, **random_table)
right = torch.softmax(random_table["keys"] @ random_table["query"], dim=0)
checks.close("the weights of five keys", weights, right)
checks.shape("the value", value, d_v=4)
checks.close("the value", value, right @ random_table["values"])
### BEGIN HIDDEN TESTS
same = {**random_table, "values": checks.normal(5, 3, seed=14)}
value, _ = checks.run(soft_lookup, **same)
checks.close("the value when keys and values have one size", value, right @ same["values"])
### END HIDDEN TESTS
checks.passed("a weighted sum of values, weighted by how well the keys fit")

# %% [markdown]
# **Experiment.** The same query, longer and longer. And a question that decides everything: how does the
# answer change when the query changes a little?

# %% given="lookup_experiment"
for length in (0.1, 1, 3, 10):
    query = (length * table["query"]).requires_grad_()
    soft, weights = soft_lookup(query, table["keys"], table["values"])
    (slope,) = torch.autograd.grad(soft.sum(), query)
    hard = hard_lookup(query, table["keys"], table["values"])
    shown = " ".join(f"{w:.3f}" for w in weights.tolist())
    print(f"{length:>4} × query: hard {hard.item():.0f}, soft {soft.item():.2f}", end="   ")
    print(f"weights {shown}   slope of soft {slope.norm():.3f}")

# %% [markdown]
# **What you saw.** A longer query moves the soft lookup toward the hard one. The hard lookup is a staircase: it jumps
# where the best key changes, and everywhere else its slope is 0. It does not say in which direction a
# better query lies, so nothing can be learned from it. The soft lookup always says so, at least a little.
# Soft attention is a database that can be trained.

# %% [markdown]
# ## 5 · Additive attention
#
# Bahdanau, Cho and Bengio put this lookup between encoder and decoder. The keys and the values are the
# encoder's states $h_j$. The query is the decoder's state *before* the step, $s_{i-1}$:
#
# $$e_{ij} = v^\top \tanh(W s_{i-1} + U h_j) \qquad \alpha_{ij} = \frac{\exp(e_{ij})}{\sum_k \exp(e_{ik})}
# \qquad c_i = \sum_j \alpha_{ij} h_j$$
#
# (With $W_a = [W\; U]$ that is $v^\top \tanh(W_a [s_{i-1}; h_j])$, hence its other name, *concat*.)
#
# Now each output step $i$ has a context $c_i$ of its own. The model is called *RNNSearch*:
#
# $$s_i = f(s_{i-1}, y_{i-1}, c_i) \qquad p(y_i) = g(y_{i-1}, s_i, c_i)$$
#
# You write it in four pieces: the softmax with a mask, the score, the contexts, the step.

# %% [markdown]
# ### Exercise 6 · A softmax with a mask (3 points · 12 min · ●●○)
#
# `scores` and `mask` have shape `(B, S)`. Return weights `(B, S)`: the softmax over the real tokens of
# each line. Padded places get a weight of exactly 0. Every line has at least one real token.
#
# It must hold for scores of any size and in float16, where numbers end at 65,504.
#
# <details><summary>Hint 1: the idea</summary>A place whose score is −∞ gets exp(−∞) = 0. So change the
# scores, before the softmax.</details>
# <details><summary>Hint 2: the formula</summary>e = score where mask, −∞ elsewhere; weights =
# softmax(e) over the source tokens, dim=1.</details>
# <details><summary>Hint 3: the line</summary><code>scores.masked_fill(~mask, float("-inf"))</code>, or
# <code>torch.finfo(scores.dtype).min</code> in the place of −∞</details>


# %% solution="masked_softmax"
def masked_softmax(scores: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Softmax over the real tokens of each line.

    Args:
        scores: (B, S), of any floating-point dtype.
        mask: (B, S) bool, True for real tokens; at least one in each line.

    Returns:
        Weights (B, S): rows sum to 1, padded places are 0.
    """
    ### BEGIN SOLUTION
    return scores.masked_fill(~mask, float("-inf")).softmax(dim=1)
    ### END SOLUTION


# %% given="mask_slips"
def mask_slips(scores: torch.Tensor, mask: torch.Tensor) -> dict[str, torch.Tensor]:
    """The weights that known mistakes lead to."""
    inf = float("-inf")
    return {
        "the mask is not used: padding gets weight.": scores.softmax(dim=1),
        "the mask comes after the softmax: the rest no longer sums to 1. Mask the scores.": (
            scores.softmax(dim=1) * mask
        ),
        "the scores of padding are set to 0, and exp(0) is 1: set them to −∞.": (
            scores * mask
        ).softmax(dim=1),
        "the softmax runs over the batch: use dim=1, the source tokens.": scores.masked_fill(
            ~mask, inf
        )
        .softmax(dim=0)
        .nan_to_num(),
        "these are the masked scores; the softmax is missing.": torch.where(mask, scores, 0),
    }


# %% check="masked_softmax_rows" points=1
scores, mask = checks.normal(3, 5, seed=20), padded(5, 2, 4)
weights = checks.run(masked_softmax, scores, mask)
checks.shape("the weights", weights, batch=3, S=5)
cause = "−∞ times 0 is NaN: replace the scores with masked_fill or torch.where, do not add to them."
checks.finite("the weights", weights, cause)
checks.that(
    not weights[1, 2:].sum() > 0.99,
    "the mask is inverted: only padding gets weight. True means: a real token.",
)
right = torch.zeros(3, 5, dtype=torch.float64)
for row, length in enumerate((5, 2, 4)):
    right[row, :length] = torch.softmax(scores[row, :length], dim=0)
checks.close("the weights", weights, right, slips=mask_slips(scores, mask))
### BEGIN HIDDEN TESTS
scores = checks.normal(4, 6, seed=21)
mask = torch.tensor(
    [[0, 1, 1, 0, 1, 0], [1, 0, 0, 0, 0, 0], [1, 1, 1, 1, 1, 1], [0, 0, 0, 0, 1, 1]]
)
weights = checks.run(masked_softmax, scores, mask.bool())
alone = torch.softmax(scores[0, [1, 2, 4]], dim=0)
checks.close("the weights of tokens 1, 2, 4", weights[0, [1, 2, 4]], alone)
checks.close("the weight of an only token", weights[1, 0], 1.0)
### END HIDDEN TESTS
checks.passed("rows sum to 1 over the real tokens")

# %% check="masked_softmax_zero" points=1
scores, mask = 100 * checks.normal(3, 5, seed=22), padded(5, 2, 4)
scores[1, 2:] = 50_000.0  # what stands in padding may be anything
scores[2] -= 3e4
weights = checks.run(masked_softmax, scores, mask)
cause = "0 / 0: the mask must come before the softmax. Or is it inverted? True is a real token."
checks.finite("the weights", weights, cause)
checks.that(
    not weights[~mask].any(),
    f"padding has the weight {weights[~mask].max().item():.3g}; it should be exactly 0. A number "
    "like −10,000 is not low enough: use −∞ or torch.finfo(scores.dtype).min, and replace the scores.",
)
checks.close("the sum of each row", weights.sum(dim=1), torch.ones(3))
right = torch.softmax(scores[1, :2], dim=0)
checks.close("the weights of a line of two tokens", weights[1, :2], right)
checks.passed("padding has a weight of exactly 0, whatever its score")

# %% check="masked_softmax_half" points=1
scores, mask = checks.normal(3, 7, seed=23).half(), padded(7, 3, 5)
weights = checks.run(masked_softmax, scores, mask)
checks.that(
    torch.is_tensor(weights) and weights.dtype == torch.float16,
    "weights should have the dtype of the scores: float16 here.",
)
cause = "a number above 65,504 became infinite, or the mask is inverted and leaves a line no token."
checks.finite("the weights in float16", weights, cause)
right = scores.double().masked_fill(~mask, float("-inf")).softmax(dim=1)
checks.close("the weights in float16", weights, right, slips=mask_slips(scores.double(), mask))
large = torch.tensor([[60_000.0, 59_968.0, -60_000.0, 7.0]]).half()
weights = checks.run(masked_softmax, large, torch.tensor([[True, True, True, False]]))
checks.finite("the weights of large scores", weights, "exp overflows: torch.softmax does not.")
checks.close("the weights of large scores", weights, torch.tensor([[1.0, 0, 0, 0]]).half())
### BEGIN HIDDEN TESTS
low = torch.full((1, 4), -60_000.0).half()
weights = checks.run(masked_softmax, low, torch.tensor([[True, False, False, True]]))
checks.close("the weights of very low scores", weights, torch.tensor([[0.5, 0, 0, 0.5]]).half())
### END HIDDEN TESTS
checks.passed("it holds in float16, and for scores near its limits")

# %% [markdown]
# ### Exercise 7 · The additive score (2 points · 12 min · ●●○)
#
# Write $e_{ij} = v^\top \tanh(W s_{i-1} + U h_j)$ for one step and all source tokens at once.
#
# $U h_j$ does not depend on the step. So it is computed once per line, and you get it ready: `uh`
# `(B, S, d_att)`. The query `s` is `(B, d_dec)`, `W` is `(d_att, d_dec)` and `v` is `(d_att,)`. Return
# the scores `(B, S)`.
#
# <details><summary>Hint 1: the idea</summary>W s has one row per line, and U h one per source token. Give
# the first a source dimension of size 1, and they broadcast.</details>
# <details><summary>Hint 2: the formula</summary>(B, 1, d_att) + (B, S, d_att) → tanh → a product with v
# over the last dimension → (B, S).</details>
# <details><summary>Hint 3: the line</summary><code>(s @ W.T)[:, None]</code> is
# (B, 1, d_att).</details>


# %% solution="additive_score"
def additive_score(
    s: torch.Tensor, uh: torch.Tensor, W: torch.Tensor, v: torch.Tensor
) -> torch.Tensor:
    """Additive score of a query and all keys (Bahdanau et al., 2015).

    Args:
        s: the decoder's state, (B, d_dec).
        uh: U h, the encoder's states after their matrix, (B, S, d_att).
        W: (d_att, d_dec).
        v: (d_att,).

    Returns:
        Scores (B, S).
    """
    ### BEGIN SOLUTION
    return torch.tanh((s @ W.T)[:, None] + uh) @ v
    ### END SOLUTION


# %% check="additive_score_by_hand" points=1
s, uh = torch.tensor([[1.0, 2.0]]), torch.tensor([[[0.0, -1.0, 0.5], [-1.0, -3.0, 1.5]]])
W, v = torch.tensor([[1.0, 0.0], [1.0, 1.0], [0.5, -0.5]]), torch.tensor([1.0, -1.0, 2.0])
scores = checks.run(additive_score, s, uh, W, v)
checks.that(
    not (torch.is_tensor(scores) and scores.shape == (1, 2, 3)),
    "there is one number per entry of d_att: multiply by v and sum over d_att, so that one score per token is left.",
)
checks.shape("the scores", scores, batch=1, S=2)
z = torch.tensor([[[1.0, 2.0, 0.0], [0.0, 0.0, 1.0]]])
slips = {
    "tanh is missing.": z @ v,
    "tanh comes after v: it stands inside, v outside.": torch.tanh(z @ v),
    "v is missing: tanh(…) is summed as it is.": torch.tanh(z).sum(dim=2),
    "tanh is taken of each part; take it of the sum.": (
        torch.tanh(uh) + torch.tanh(s @ W.T)[:, None]
    )
    @ v,
    "W s is missing: the scores do not depend on the query.": torch.tanh(uh) @ v,
    "U h is missing: the scores do not depend on the keys.": (torch.tanh(s @ W.T) @ v).expand(1, 2),
    "W s and U h are multiplied; they are added.": torch.tanh((s @ W.T)[:, None] * uh) @ v,
    "that is the sigmoid; additive attention has tanh.": torch.sigmoid(z) @ v,
    "softmax is not part of the score.": torch.tensor([[-0.202434, 1.523188]]).softmax(dim=1),
}
right = torch.tensor([[-0.202434, 1.523188]])
checks.close("the scores", scores, right, rtol=1e-4, slips=slips)
checks.passed("two scores as computed by hand")

# %% check="additive_score_batch" points=1
s, uh = checks.normal(3, 4, seed=30), checks.normal(3, 5, 6, seed=31)
W, v = checks.normal(6, 4, seed=32), checks.normal(6, seed=33)
scores = checks.run(additive_score, s, uh, W, v)
checks.shape("the scores", scores, batch=3, S=5)


def each_alone(s, uh, W, v):
    rows = [
        [torch.dot(v, torch.tanh(torch.mv(W, q) + k)) for k in keys]
        for q, keys in zip(s, uh, strict=True)
    ]
    return torch.stack([torch.stack(row) for row in rows])


checks.agrees("the scores", additive_score, each_alone, s, uh, W, v, gradients=True)
### BEGIN HIDDEN TESTS
square = checks.normal(5, 5, seed=34)
args = (
    checks.normal(5, 5, seed=35),
    checks.normal(5, 5, 5, seed=36),
    square,
    checks.normal(5, seed=37),
)
slips = {
    "W is transposed: it has one row per entry of d_att.": each_alone(
        args[0], args[1], square.T, args[3]
    ),
    "each line got the queries of all lines: broadcast over the source tokens.": torch.tanh(
        args[0] @ square.T + args[1]
    )
    @ args[3],
}
checks.close(
    "the scores when all sizes are 5",
    checks.run(additive_score, *args),
    each_alone(*args),
    slips=slips,
)
### END HIDDEN TESTS
checks.passed("every line with its own query, gradients too")

# %% [markdown]
# ### Exercise 8 · One context per output step (2 points · 8 min · ●○○)
#
# `weights` `(B, T, S)` say how much each of `T` output steps looks at each of `S` source tokens, and
# `values` are `(B, S, d)`. Return the contexts $c_i = \sum_j \alpha_{ij} h_j$ for all steps: `(B, T, d)`.
#
# No Python loop over steps or tokens is needed. RNNSearch takes one step at a time, T = 1; in the next labs
# all steps come at once.
#
# <details><summary>Hint 1: the idea</summary>A weighted sum over the source tokens. Which product sums
# over S, and keeps T and d?</details>
# <details><summary>Hint 2: the formula</summary>(B, T, S) times (B, S, d) gives (B, T, d), line by
# line.</details>
# <details><summary>Hint 3: the line</summary><code>@</code> between tensors of three dimensions is a
# matrix product for each entry of the batch.</details>


# %% solution="contexts"
def contexts(weights: torch.Tensor, values: torch.Tensor) -> torch.Tensor:
    """Weighted sums of values, one for each output step: (B, T, S), (B, S, d) → (B, T, d)."""
    ### BEGIN SOLUTION
    return weights @ values
    ### END SOLUTION


# %% check="contexts_by_hand" points=1
values = torch.tensor([[[1.0, 10.0], [2.0, 20.0], [4.0, 40.0]]])
weights = torch.tensor([[[1.0, 0.0, 0.0], [0.5, 0.5, 0.0], [0.0, 0.25, 0.75], [0.0, 0.0, 1.0]]])
result = checks.run(contexts, weights, values)
checks.shape("the contexts", result, batch=1, T=4, d=2)
right = torch.tensor([[[1.0, 10.0], [1.5, 15.0], [3.5, 35.0], [4.0, 40.0]]])
slips = {
    "all steps get the plain sum of the values: use the weights.": values.sum(
        dim=1, keepdim=True
    ).expand(1, 4, 2),
    "all steps get the mean of the values: use the weights.": values.mean(
        dim=1, keepdim=True
    ).expand(1, 4, 2),
    "all steps get one context: do not sum over the steps.": right.sum(dim=1, keepdim=True).expand(
        1, 4, 2
    ),
    "that is a hard lookup: sum over all values, with their weights.": values[
        :, weights[0].argmax(dim=1)
    ],
    "the sum is divided by the number of tokens; the weights sum to 1 already.": right / 3,
}
checks.close("the contexts", result, right, slips=slips)
checks.passed("each step with its own weighted sum")

# %% check="contexts_batch" points=1
weights, values = checks.normal(2, 3, 5, seed=40).softmax(dim=2), checks.normal(2, 5, 4, seed=41)
result = checks.run(contexts, weights, values)
checks.shape("the contexts", result, batch=2, T=3, d=4)
right = torch.einsum("bts,bsd->btd", weights, values)
slips = {
    "all lines use the values of line 0.": torch.einsum("bts,sd->btd", weights, values[0]),
    "the lines are mixed: each one has its own values.": torch.einsum(
        "bts,csd->btd", weights, values
    ),
    "the weights are normalized once more; they sum to 1 already.": weights.softmax(dim=2) @ values,
}
checks.close("the contexts", result, right, slips=slips)
### BEGIN HIDDEN TESTS
weights, values = checks.normal(4, 4, 4, seed=42).softmax(dim=2), checks.normal(4, 4, 4, seed=43)
slips = {
    "the weights are transposed: sum over the source tokens, the last dimension.": weights.mT
    @ values
}
right = torch.einsum("bts,bsd->btd", weights, values)
checks.close(
    "the contexts when all sizes are 4", checks.run(contexts, weights, values), right, slips=slips
)
weights, values = checks.normal(3, 1, 2, seed=44), checks.normal(3, 2, 6, seed=45)
checks.shape("the contexts of one step", checks.run(contexts, weights, values), batch=3, T=1, d=6)
### END HIDDEN TESTS
checks.passed("a batch of contexts, every line with its own values")

# %% [markdown]
# ### Exercise 9 · A step of RNNSearch (3 points · 15 min · ●●○)
#
# Write one step of the decoder. You get
#
# - `y` `(B, d_y)`, the embedding of the token before, $y_{i-1}$, and `s` `(B, d_dec)`, the state
#   $s_{i-1}$;
# - `attend`, which maps a query `(B, d_dec)` to a context `(B, d_enc)` and weights `(B, S)`;
# - `cell`, a GRU cell: `cell(input, state)` gives the next state; its input is $[y_{i-1}; c_i]$;
# - `output`, a linear layer: its input is $[y_{i-1}; s_i; c_i]$.
#
# Return the logits, the state $s_i$ and the weights. Mind which state asks the question.
#
# <details><summary>Hint 1: the idea</summary>Look, then move, then speak: attend, cell,
# output.</details>
# <details><summary>Hint 2: the formula</summary>cᵢ = attend(sᵢ₋₁); sᵢ = cell([yᵢ₋₁; cᵢ], sᵢ₋₁); logits =
# output([yᵢ₋₁; sᵢ; cᵢ]).</details>
# <details><summary>Hint 3: the line</summary><code>s = cell(torch.cat([y, c], dim=1), s)</code></details>


# %% solution="rnnsearch_step"
def rnnsearch_step(
    y: torch.Tensor, s: torch.Tensor, attend, cell, output
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """One step of the decoder with attention (Bahdanau et al., 2015, appendix A.2.2, with one linear output).

    Args:
        y: the embedding of the token before, (B, d_y).
        s: the state before, (B, d_dec).
        attend: maps a query (B, d_dec) to a context (B, d_enc) and weights (B, S).
        cell: maps an input (B, d_y + d_enc) and a state to the next state (B, d_dec).
        output: maps (B, d_y + d_dec + d_enc) to logits (B, V).

    Returns:
        Logits (B, V), the state after (B, d_dec), weights (B, S).
    """
    ### BEGIN SOLUTION
    c, weights = attend(s)  # (B, d_enc), (B, S)
    s = cell(torch.cat([y, c], dim=1), s)
    return output(torch.cat([y, s, c], dim=1)), s, weights
    ### END SOLUTION


# %% given="decoder_parts"
def require_features(what: str, x: torch.Tensor, features: int) -> None:
    """Fails unless x is (B, features)."""
    got = tuple(x.shape)
    ok = len(got) == 2 and got[1] == features
    checks.that(
        ok, f"{what} should be (B, {features}), yours is {got}: which parts, and which is c?"
    )


class DecoderParts:
    """Stand-ins for attend, cell and output: simple functions that note what they were given."""

    def __init__(self, B: int, d_y: int, d_dec: int, d_enc: int, S: int, V: int) -> None:
        self.y, self.s = checks.normal(B, d_y, seed=50), checks.normal(B, d_dec, seed=51)
        self.keys = checks.normal(d_dec, S, seed=52)
        self.values = checks.normal(S, d_enc, seed=53)
        self.cell_matrix = 0.3 * checks.normal(d_y + d_enc, d_dec, seed=54)
        self.output_matrix = checks.normal(d_y + d_dec + d_enc, V, seed=55)

    def attend(self, query: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        require_features("attend's query, the state s,", query, self.s.shape[1])
        weights = (query @ self.keys).softmax(dim=1)
        return weights @ self.values, weights

    def cell(self, x: torch.Tensor, s: torch.Tensor) -> torch.Tensor:
        require_features("the input of cell, [y; c],", x, len(self.cell_matrix))
        require_features("the state that cell gets", s, self.s.shape[1])
        return torch.tanh(x @ self.cell_matrix) + 0.5 * s

    def output(self, x: torch.Tensor) -> torch.Tensor:
        require_features("the input of output, [y; s; c],", x, len(self.output_matrix))
        return x @ self.output_matrix

    def parts(self) -> tuple:
        return self.y, self.s, self.attend, self.cell, self.output


# %% given="step_numbers"
# One step of these parts in numbers, computed beforehand.
step_numbers = {
    "c": torch.tensor(
        [[-0.440860, 0.612489, -0.759561, -0.694873], [-0.117979, -0.256793, -0.160271, -0.697669]]
    ).double(),
    "weights": torch.tensor(
        [
            [0.146940, 0.273212, 0.005890, 0.010685, 0.006104, 0.557169],
            [0.159873, 0.140430, 0.135684, 0.259887, 0.039170, 0.264955],
        ]
    ).double(),
    "s": torch.tensor(
        [
            [0.346604, -0.993656, 0.698908, 0.663153, -0.074105],
            [0.889304, 0.076305, -0.645437, 0.260276, -0.130341],
        ]
    ).double(),
    "logits": torch.tensor(
        [
            [0.677065, -0.339379, -3.573072, -2.727030, -3.962995, -1.285873, -1.285427],
            [5.232063, -1.614731, -6.057158, -5.881690, 0.768746, 3.131248, 3.824476],
        ]
    ).double(),
}

# %% check="rnnsearch_attends" points=1
parts = DecoderParts(B=2, d_y=3, d_dec=5, d_enc=4, S=6, V=7)
logits, s, weights = checks.unpack(
    "rnnsearch_step", checks.run(rnnsearch_step, *parts.parts()), "logits", "s", "weights"
)
checks.shape("the logits", logits, batch=2, V=7)
checks.shape("the state", s, batch=2, d_dec=5)
checks.shape("the weights", weights, batch=2, S=6)
late = "attention is asked by the state after the step; Bahdanau's query is s before it, sᵢ₋₁."
after = [
    parts.attend(parts.cell(torch.cat((parts.y, c), 1), parts.s))[1]
    for c in (step_numbers["c"], torch.zeros(2, 4))
]
slips = {late: after[0], late + " (No context enters the cell.)": after[1]}
checks.close("the weights", weights, step_numbers["weights"], rtol=1e-4, slips=slips)
checks.passed("the query is the state before the step")

# %% check="rnnsearch_state" points=1
_, s, _ = checks.unpack(
    "rnnsearch_step", checks.run(rnnsearch_step, *parts.parts()), "logits", "s", "weights"
)
y, old, c = parts.y, parts.s, step_numbers["c"]
slips = {
    "the state comes back as it was: return what cell gives.": old,
    "the context does not enter the cell: its input is [y; c].": parts.cell(
        torch.cat((y, 0 * c), 1), old
    ),
    "the token before does not enter the cell: its input is [y; c].": parts.cell(
        torch.cat((0 * y, c), 1), old
    ),
    "the order of the cell's input is y, then c.": parts.cell(torch.cat((c, y), 1), old),
    "the cell begins from zeros: it should get the state before.": parts.cell(
        torch.cat((y, c), 1), 0 * old
    ),
    "the cell is called twice.": parts.cell(torch.cat((y, c), 1), step_numbers["s"]),
}
checks.close("the new state", s, step_numbers["s"], rtol=1e-4, slips=slips)
checks.passed("the new state comes from the token before, the context and the old state")

# %% check="rnnsearch_logits" points=1
logits, s, _ = checks.unpack(
    "rnnsearch_step", checks.run(rnnsearch_step, *parts.parts()), "logits", "s", "weights"
)


def speak(*pieces: torch.Tensor) -> torch.Tensor:
    return parts.output(torch.cat(pieces, 1))


y, old, c, new = parts.y, parts.s, step_numbers["c"], step_numbers["s"]
slips = {
    "the output is given the old state; it should be given the new one.": speak(y, old, c),
    "the context does not enter the output: its input is [y; s; c].": speak(y, new, 0 * c),
    "the token before does not enter the output: its input is [y; s; c].": speak(0 * y, new, c),
    "the order of the output's input is y, s, c.": speak(y, c, new),
    "the order of the output's input is y, s, c; yours begins with s.": speak(new, y, c),
    "the order of the output's input is y, s, c; yours is s, c, y.": speak(new, c, y),
    "these are probabilities; return logits.": speak(y, new, c).softmax(dim=1),
    "attention is asked a second time, by the new state; use the same context.": speak(
        y, new, parts.attend(new)[0]
    ),
}
checks.close("the logits", logits, step_numbers["logits"], rtol=1e-4, slips=slips)
### BEGIN HIDDEN TESTS
other = DecoderParts(B=3, d_y=4, d_dec=4, d_enc=4, S=2, V=5)
looked, _ = other.attend(other.s)
moved = other.cell(torch.cat((other.y, looked), 1), other.s)
logits, s, weights = checks.run(rnnsearch_step, *other.parts())
checks.close("the state for other sizes", s, moved)
wanted = other.output(torch.cat((other.y, moved, looked), 1))
checks.close("the logits for other sizes", logits, wanted)
### END HIDDEN TESTS
checks.passed("the output sees the token before, the new state and the context")

# %% [markdown]
# **Experiment.** Now the model. Width, output layer, data and learning rate are those of the model with
# one vector; it takes half as many steps.


# %% given="additive"
class Additive(nn.Module):
    """The trainable parts of the additive score."""

    def __init__(self, d_att: int = 64) -> None:
        super().__init__()
        self.W = nn.Linear(D_MODEL, d_att, bias=False)
        self.U = nn.Linear(D_MODEL, d_att, bias=False)
        self.v = nn.Parameter(torch.randn(d_att) / math.sqrt(d_att))
        with torch.no_grad():  # larger than usual, so that tanh bends from the start
            self.W.weight.mul_(3)
            self.U.weight.mul_(3)

    def keys(self, h: torch.Tensor) -> torch.Tensor:
        """What does not depend on the step, (B, S, d_att)."""
        return self.U(h)

    def forward(self, s: torch.Tensor, keys: torch.Tensor) -> torch.Tensor:
        """Scores (B, S) of a query (B, d_model)."""
        return additive_score(s, keys, self.W.weight, self.v)


# %% given="rnnsearch"
class RNNSearch(nn.Module):
    """Encoder and decoder with attention between them (Bahdanau et al., 2015)."""

    def __init__(self, score: nn.Module) -> None:
        super().__init__()
        self.embed_source = nn.Embedding(N_SOURCE, D_EMBED, padding_idx=PAD)
        self.embed_target = nn.Embedding(N_TARGET, D_EMBED)
        self.encoder = Encoder(D_EMBED, D_MODEL)
        self.score = score
        self.cell = nn.GRUCell(D_EMBED + D_MODEL, D_MODEL)
        self.output = nn.Linear(D_EMBED + 2 * D_MODEL, N_TARGET)

    def start(self, x: torch.Tensor, mask: torch.Tensor) -> tuple:
        """The state before the first step: values, keys, mask, s₀, and no weights yet."""
        h, s = self.encoder(self.embed_source(x), mask)
        return h, self.score.keys(h), mask, s, None

    def step(self, token: torch.Tensor, state: tuple) -> tuple[torch.Tensor, tuple]:
        h, keys, mask, s, _ = state

        def attend(query: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            weights = masked_softmax(self.score(query, keys), mask)  # (B, S)
            return contexts(weights[:, None], h)[:, 0], weights

        y = self.embed_target(token)
        logits, s, weights = rnnsearch_step(y, s, attend, self.cell, self.output)
        return logits, (h, keys, mask, s, weights)

    def forward(self, x: torch.Tensor, mask: torch.Tensor, inputs: torch.Tensor) -> torch.Tensor:
        return self.decode(x, mask, inputs)[0]

    def decode(self, x: torch.Tensor, mask: torch.Tensor, inputs: torch.Tensor) -> tuple:
        """Inputs (B, T) to logits (B, T, V) and attention weights (B, T, S)."""
        state, logits, weights = self.start(x, mask), [], []
        for token in inputs.unbind(dim=1):
            each, state = self.step(token, state)
            logits.append(each)
            weights.append(state[-1])
        return torch.stack(logits, dim=1), torch.stack(weights, dim=1)


# %% given="train_attention"
seed_everything(0)
rnnsearch = RNNSearch(Additive()).to(device)
rnnsearch_history = fit(
    rnnsearch,
    train_batches,
    training_loss,
    steps=ATTENTION_STEPS,
    title="Attention",
    **options,
)
attention_match = exact_match(rnnsearch, test_batches)
print(f"{ATTENTION_STEPS} steps, {rnnsearch_history.seconds:.0f} s")
print(", ".join(f"{name}: {share:.4f}" for name, share in attention_match.items()))

# %% given="by_dates"
counts = [1, 2, 3, 4]
fig, ax = plt.subplots(figsize=(6, 3.4))
for shift, name, match in (
    (-0.2, "one vector", bottleneck_match),
    (0.2, "attention", attention_match),
):
    shares = [match[f"{n} dates"] for n in counts]
    color, hatch = (plots.COLORS[1], "//") if shift < 0 else (plots.COLORS[0], "")
    bars = ax.bar(
        [n + shift for n in counts],
        shares,
        0.38,
        label=name,
        color=color,
        hatch=hatch,
        edgecolor="white",
    )
    ax.bar_label(bars, fmt="%.2f", fontsize=8)
ax.set(
    title="Lines of unseen years without a mistake",
    xlabel="dates on the line",
    ylabel="exact match",
)
ax.set(xticks=counts, ylim=(0, 1.1))
ax.legend(loc="lower center", bbox_to_anchor=(0.5, -0.42), ncols=2)
plots.show(
    fig,
    alt="Bars of exact match for one to four dates. With attention all four bars are near 1. With one vector "
    "the bars fall from about a half for one date to 0 for three and four.",
    caption="One vector holds one date at best. Attention does not care how many there are.",
)

# %% [markdown]
# **What you saw.** The same width, half the steps, and nearly every line is right, whether it holds one
# date or four. The years are new to both models. This one has not learned dates by heart: it has learned
# where to look, and what to write when it looks there.

# %% [markdown]
# ## 6 · What the model reads
#
# The weights $\alpha_{ij}$ say where the model looks while it writes. Nobody told it. Each map below is
# one date: the output runs down, the input runs across. Find the month: which letters do the two digits
# after the first hyphen look at?


# %% given="alignment"
@torch.no_grad()
def align(model: nn.Module, source: str) -> tuple[str, torch.Tensor]:
    """What the model writes for a line, and where it looks for each sign of it: (T, S)."""
    x = torch.tensor([[source_code[letter] for letter in source]], device=device)
    mask = torch.ones_like(x, dtype=torch.bool)
    first = torch.full((1,), BEGIN, device=device)
    tokens = greedy(model.step, model.start(x, mask), first, END, PAD, MAX_TARGET)
    text = spell(tokens[0])
    inputs = torch.cat([first[:, None], tokens[:, : len(text)]], dim=1)[:, : len(text)]
    return text, model.decode(x, mask, inputs)[1][0]


def draw_map(source: str, title: str) -> None:
    """The alignment of one line as a heat map."""
    text, weights = align(rnnsearch, source)
    fig = plots.attention(weights, list(text), list(source), title=f"{title}: {text}")
    plots.show(
        fig,
        alt=f"Attention weights: the signs of {text} run down, the letters of {source} run across. "
        "Bright cells show where the model looks.",
        caption=f"{source} → {text}",
    )


# %% given="alignment_maps"
shown_day = datetime.date(test_years[-2], 9, 21)
for language, name in LANGUAGES.items():
    draw_map(write_date(shown_day, language, STYLES[language][2 if language == "en" else 1]), name)

# %% [markdown]
# The maps show single lines. The next cell measures: over 100 dates in words per language, how much of
# their attention do the two month digits spend on the letters of the month's name, and with one more place
# on each side?


# %% given="month_share"
def month_share(language: str, n: int, rng: random.Random) -> tuple[float, float]:
    """The mean share of attention of the month's digits on the month's name, and one place around it."""
    inside, around = 0.0, 0.0
    for _ in range(n):
        day = datetime.date(rng.choice(test_years), 1, 1) + datetime.timedelta(rng.randrange(365))
        source = write_date(day, language, STYLES[language][0])
        month = format_date(day, "MMMM", locale=language)
        start, end = source.index(month), source.index(month) + len(month)
        _, weights = align(rnnsearch, source)
        digits = weights[5:7].mean(dim=0) if len(weights) > 6 else weights.mean(dim=0)  # (S,)
        inside += digits[start:end].sum().item() / n
        around += digits[max(0, start - 1) : end + 1].sum().item() / n
    return inside, around


rng = random.Random(3)
month_shares = {
    language: month_share(language, scaled(full=100, smoke=3), rng) for language in STYLES
}
for language, (inside, around) in month_shares.items():
    print(
        f"{LANGUAGES[language]:>8}: {inside:.3f} on the name, {around:.3f} with one place on each side"
    )

# %% given="crossing"
line = "; ".join(write_date(shown_day, code, STYLES[code][1]) for code in ("it", "en"))
draw_map(line, "Two dates")

# %% [markdown]
# **What you saw.** The orders cross: the year stands last and is written first; the day, which comes first in four of
# the five languages, is written last. The month's digits spend about nine tenths of their attention on the month's
# name, most of it on the first letters, which tell the months apart. The hyphens need nothing from the line, so they
# look here and there. With two dates the same picture appears twice, one below the other. Nobody taught the model where
# to look: the loss on the output did.

# %% [markdown]
# ## 7 · Other ways to score
#
# Additive attention is one way to say how well a query fits a key. Here are the others, with $s$ the
# query and $h_j$ a key:
#
# | name | score | trained |
# |---|---|---|
# | content-based ([Graves et al., 2014](https://arxiv.org/abs/1410.5401)) | $\cos(s, h_j)$ | nothing |
# | additive ([Bahdanau et al., 2015](https://arxiv.org/abs/1409.0473)) | $v^\top \tanh(W s + U h_j)$ | $W, U, v$ |
# | location-based ([Luong et al., 2015](https://arxiv.org/abs/1508.04025)) | $(W_a s)_j$ | $W_a$ |
# | general ([Luong et al., 2015](https://arxiv.org/abs/1508.04025)) | $s^\top W_a h_j$ | $W_a$ |
# | dot product ([Luong et al., 2015](https://arxiv.org/abs/1508.04025)) | $s^\top h_j$ | nothing |
# | scaled dot product ([Vaswani et al., 2017](https://arxiv.org/abs/1706.03762)) | $s^\top h_j / \sqrt{d}$ | nothing |
#
# In the last four there is nothing but matrix products. That is why they are fast, and why the last one will
# carry the Transformer.

# %% [markdown]
# ### Exercise 10 · Five scores (6 points · 20 min · ●●○)
#
# Write the five other scores of the table, each for one query per line, `s` `(B, d)`, and all keys of
# that line, `h` `(B, S, d)`. All return `(B, S)`.
#
# - In `general_score`, query and keys may differ in size: `s` `(B, d_dec)`, `h` `(B, S, d_enc)`, `W`
#   `(d_dec, d_enc)`.
# - `location_score` does not look at the keys at all: instead of `h` it gets their number, `S`. `W` `(max_len, d_dec)`
#   has one row per place; the first `S` rows count.
# - In `scaled_dot_score`, `d` is the number of entries of a key.
# - In `content_score`, a key of zeros has the score 0, not NaN: padding may hold one.
#
# <details><summary>Hint 1: the idea</summary>The keys have one more dimension than the query. Give the
# query one too, <code>s[:, :, None]</code>, and multiply.</details>
# <details><summary>Hint 2: the formula</summary>(B, S, d) times (B, d, 1) is (B, S, 1). For general: s W
# is a query of size d_enc. For cosine: divide both by their length first, and mind a length of 0.</details>
# <details><summary>Hint 3: the line</summary><code>torch.einsum("bd,bsd->bs", s, h)</code>,
# <code>F.cosine_similarity(a, b, dim=2)</code>, <code>(s @ W.T)[:, :S]</code></details>


# %% solution="dot_score"
def dot_score(s: torch.Tensor, h: torch.Tensor) -> torch.Tensor:
    """Dot product of a query (B, d) with all keys (B, S, d): (B, S)."""
    ### BEGIN SOLUTION
    return (h @ s[:, :, None])[:, :, 0]
    ### END SOLUTION


# %% given="score_input"
def each_product(s: torch.Tensor, h: torch.Tensor) -> torch.Tensor:
    """Products of each query (B, d) with each of its keys (B, S, d), one by one: (B, S)."""
    rows = [[torch.dot(q, key) for key in keys] for q, keys in zip(s, h, strict=True)]
    return torch.stack([torch.stack(row) for row in rows])


def score_slips(s: torch.Tensor, h: torch.Tensor) -> dict[str, torch.Tensor]:
    """What is named when a score of queries (B, d) and keys (B, S, d) is another one of the table."""
    dots = each_product(s, h)
    d, S = h.shape[2], h.shape[1]
    lengths = s.norm(dim=1)[:, None], h.norm(dim=2)
    return {
        "that is the dot product, as it is.": dots,
        "that is the dot product divided by √d.": dots / math.sqrt(d),
        "that is the dot product divided by d: take the square root.": dots / d,
        "that is the dot product multiplied by √d: divide.": dots * math.sqrt(d),
        "that is the dot product divided by √S: d is the size of a key, not the number of keys.": dots
        / math.sqrt(S),
        "that is the dot product divided by √B.": dots / math.sqrt(len(s)),
        "that is the cosine.": dots / (lengths[0] * lengths[1]),
        "norm() without dim is one number for the whole batch: give it the last dimension.": dots
        / (s.norm() * h.norm()),
        "F.normalize runs over dimension 1 unless it is told otherwise; for the keys that is S.": (
            each_product(F.normalize(s), F.normalize(h))
        ),
        "only the query is divided by its length; the keys must be too.": dots / lengths[0],
        "only the keys are divided by their lengths; the query must be too.": dots / lengths[1],
        "the squares of the lengths are divided by; take the lengths.": dots
        / (lengths[0] * lengths[1]) ** 2,
        "all lines use the query of line 0.": torch.einsum("d,bsd->bs", s[0], h),
        "softmax is not part of the score.": dots.softmax(dim=1),
        "the queries of all lines are mixed: each line has its own.": torch.einsum(
            "cd,bsd->bs", s, h
        ),
    }


def other_slips(s: torch.Tensor, h: torch.Tensor, right: torch.Tensor) -> dict[str, torch.Tensor]:
    """The slips above, without the one that is right here."""
    return {cause: v for cause, v in score_slips(s, h).items() if not torch.allclose(v, right)}


queries, memory = checks.normal(3, 6, seed=60), checks.normal(3, 4, 6, seed=61)
products = each_product(queries, memory)

# %% check="dot_score_value" points=1
scores = checks.run(dot_score, queries, memory)
checks.shape("the scores", scores, batch=3, S=4)
checks.close("the scores", scores, products, slips=other_slips(queries, memory, products))
### BEGIN HIDDEN TESTS
s, h = checks.normal(5, 5, seed=62), checks.normal(5, 5, 5, seed=63)
right = torch.einsum("bd,bsd->bs", s, h)
checks.close(
    "the scores when all sizes are 5",
    checks.run(dot_score, s, h),
    right,
    slips=other_slips(s, h, right),
)
### END HIDDEN TESTS
checks.passed("dot product: one number per key")


# %% solution="scaled_dot_score"
def scaled_dot_score(s: torch.Tensor, h: torch.Tensor) -> torch.Tensor:
    """Scaled dot product of a query (B, d) with all keys (B, S, d): (B, S) (Vaswani et al., 2017)."""
    ### BEGIN SOLUTION
    return (h @ s[:, :, None])[:, :, 0] / math.sqrt(s.shape[1])
    ### END SOLUTION


# %% check="scaled_dot_score_value" points=1
scores = checks.run(scaled_dot_score, queries, memory)
checks.shape("the scores", scores, batch=3, S=4)
right = products / math.sqrt(6)
checks.close("the scores", scores, right, slips=other_slips(queries, memory, right))
### BEGIN HIDDEN TESTS
s, h = checks.normal(4, 9, seed=64), checks.normal(4, 7, 9, seed=65)
right = torch.einsum("bd,bsd->bs", s, h) / 3
checks.close(
    "the scores for d = 9",
    checks.run(scaled_dot_score, s, h),
    right,
    slips=other_slips(s, h, right),
)
### END HIDDEN TESTS
checks.passed("scaled dot product: divided by √d")

# %% check="scaled_dot_score_spread" points=1
for d in (16, 400):
    scores = checks.run(
        scaled_dot_score, checks.normal(30, d, seed=66), checks.normal(30, 40, d, seed=67)
    )
    checks.shape("the scores", scores, batch=30, S=40)
    spread = scores.std().item()
    checks.that(
        abs(spread - math.sqrt(d)) > 0.2 * math.sqrt(d),
        f"for d = {d} the scores spread by {spread:.2f}, which is √d: are they divided by √d?",
    )
    checks.that(
        abs(spread - 1) < 0.15,
        f"for d = {d} the scores spread by {spread:.3f}; divided by √d they spread by about 1.",
    )
checks.passed("scores of normal queries and keys spread by about 1, whatever d is")


# %% solution="content_score"
def content_score(s: torch.Tensor, h: torch.Tensor) -> torch.Tensor:
    """Cosine of the angle between a query (B, d) and all keys (B, S, d): (B, S) (Graves et al., 2014)."""
    ### BEGIN SOLUTION
    return F.cosine_similarity(s[:, None], h, dim=2)
    ### END SOLUTION


# %% check="content_score_value" points=1
scores = checks.run(content_score, queries, memory)
checks.shape("the scores", scores, batch=3, S=4)
right = products / (queries.norm(dim=1)[:, None] * memory.norm(dim=2))
checks.close("the scores", scores, right, slips=other_slips(queries, memory, right))
longer = checks.run(content_score, 5 * queries, 0.1 * memory)
checks.close("the scores of longer queries and shorter keys", longer, right)
### BEGIN HIDDEN TESTS
s, h = checks.normal(2, 3, seed=68), checks.normal(2, 7, 3, seed=69)
h[:, 2] = 3 * s
h[:, 4] = -s
scores = checks.run(content_score, s, h)
checks.close("the score of a key along the query", scores[:, 2], torch.ones(2))
checks.close("the score of a key against the query", scores[:, 4], -torch.ones(2))
h[:, 5] = 0
scores = checks.run(content_score, s, h)
checks.finite("the scores with a key of zeros", scores, "0 / 0: padding may hold zeros.")
checks.close("the score of a key of zeros", scores[:, 5], torch.zeros(2))
### END HIDDEN TESTS
checks.passed("cosine: from −1 to 1, whatever the lengths")


# %% solution="general_score"
def general_score(s: torch.Tensor, h: torch.Tensor, W: torch.Tensor) -> torch.Tensor:
    """s W h for a query (B, d_dec), all keys (B, S, d_enc) and W (d_dec, d_enc): (B, S) (Luong et al., 2015)."""
    ### BEGIN SOLUTION
    return (h @ (s @ W)[:, :, None])[:, :, 0]
    ### END SOLUTION


# %% check="general_score_value" points=1
s, h, W = (
    checks.normal(3, 5, seed=70),
    checks.normal(3, 4, 6, seed=71),
    checks.normal(5, 6, seed=72),
)
scores = checks.run(general_score, s, h, W)
checks.shape("the scores", scores, batch=3, S=4)
right = torch.stack(
    [torch.stack([q @ W @ key for key in keys]) for q, keys in zip(s, h, strict=True)]
)
slips = {
    "that is divided by √d_enc; the general score has no such factor.": right / math.sqrt(6),
    "that is divided by √d_dec; the general score has no such factor.": right / math.sqrt(5),
    "softmax is not part of the score.": right.softmax(dim=1),
    "all lines use the query of line 0.": torch.einsum("d,de,bse->bs", s[0], W, h),
}
checks.close("the scores", scores, right, slips=slips)
### BEGIN HIDDEN TESTS
s, h, W = (
    checks.normal(4, 4, seed=73),
    checks.normal(4, 5, 4, seed=74),
    checks.normal(4, 4, seed=75),
)
slips = {
    "query and keys are swapped: W has one row per entry of the query.": torch.einsum(
        "be,de,bsd->bs", s, W, h
    ),
    "W is missing.": torch.einsum("bd,bsd->bs", s, h),
}
right = torch.einsum("bd,de,bse->bs", s, W, h)
checks.close(
    "the scores when d_dec = d_enc", checks.run(general_score, s, h, W), right, slips=slips
)
### END HIDDEN TESTS
checks.passed("general: a matrix between query and key")


# %% solution="location_score"
def location_score(s: torch.Tensor, S: int, W: torch.Tensor) -> torch.Tensor:
    """Scores of S places from the query (B, d_dec) alone; W (max_len, d_dec): (B, S) (Luong et al., 2015)."""
    ### BEGIN SOLUTION
    return s @ W[:S].T
    ### END SOLUTION


# %% check="location_score_value" points=1
s, W = checks.normal(3, 5, seed=76), checks.normal(8, 5, seed=77)
scores = checks.run(location_score, s, 4, W)
checks.that(
    not (torch.is_tensor(scores) and scores.shape == (3, 8)),
    "there are scores for all max_len = 8 places; the line has S = 4: keep the first S.",
)
checks.shape("the scores", scores, batch=3, S=4)
right = torch.stack([torch.stack([torch.dot(row, q) for row in W[:4]]) for q in s])
slips = {
    "those are the last S places; keep the first.": s @ W[-4:].T,
    "softmax is not part of the score: it comes later, with the mask.": right.softmax(dim=1),
    "the softmax over all places comes before the cut: it does not belong here.": (s @ W.T).softmax(
        dim=1
    )[:, :4],
    "that is divided by √d; the location score has no such factor.": right / math.sqrt(5),
    "all lines use the query of line 0.": right[:1].expand(3, 4),
}
checks.close("the scores", scores, right, slips=slips)
### BEGIN HIDDEN TESTS
s, W = checks.normal(6, 6, seed=78), checks.normal(6, 6, seed=79)
slips = {"W is transposed: it has one row per place.": s @ W}
checks.close(
    "the scores when all sizes are 6",
    checks.run(location_score, s, 6, W),
    torch.einsum("bd,sd->bs", s, W),
    slips=slips,
)
### END HIDDEN TESTS
checks.passed("location: the query alone says where to look")

# %% [markdown]
# **Experiment.** All six scores in the same model, with the same seed and the same batches. To save time
# these trainings are shorter than the one above, and their lines hold only one or two dates. So their
# numbers cannot be compared with those of section 5, only with each other.


# %% given="six_scores"
class Scored(nn.Module):
    """One of the other scores, with the matrix that it needs."""

    def __init__(self, name: str, max_len: int) -> None:
        super().__init__()
        self.name = name
        rows = {"general": D_MODEL, "location": max_len}.get(name)
        self.W = nn.Parameter(torch.randn(rows, D_MODEL) / math.sqrt(D_MODEL)) if rows else None

    def keys(self, h: torch.Tensor) -> torch.Tensor:
        return h

    def forward(self, s: torch.Tensor, keys: torch.Tensor) -> torch.Tensor:
        if self.name == "general":
            return general_score(s, keys, self.W)
        if self.name == "location":
            return location_score(s, keys.shape[1], self.W)
        plain = {"content": content_score, "dot": dot_score, "scaled dot": scaled_dot_score}
        return plain[self.name](s, keys)


# %% given="score_data"
def few_dates(lines: list, limit: int) -> list:
    """The lines with one or two dates, the first `limit` of them."""
    return [line for line in lines if len(line[1]) <= 21][:limit]


short_train = make_batches(few_dates(train_lines, 30_000), 32)
short_test = make_batches(few_dates(test_lines, scaled(full=250, smoke=100)), 250, shuffle=False)
final_test = make_batches(few_dates(test_lines, 2_500), 500, shuffle=False)
max_len = max(len(source) for source, _ in train_lines + test_lines)
SCORE_STEPS = scaled(full=350, smoke=2)

# %% given="compare_scores"
score_curves, score_match = {}, {}
for name in ("content", "additive", "location", "general", "dot", "scaled dot"):
    seed_everything(0)
    model = RNNSearch(Additive() if name == "additive" else Scored(name, max_len)).to(device)
    history = fit(
        model,
        short_train,
        training_loss,
        steps=SCORE_STEPS,
        evaluate=lambda model: {"exact match": exact_match(model, short_test)["all"]},
        evaluate_every=scaled(full=25, smoke=1),
        show=False,
        **options,
    )
    score_curves[name] = history.metrics["exact match"]
    score_match[name] = exact_match(model, final_test)["all"]
    steps = [s for s, m in zip(history.evaluated_at, score_curves[name], strict=True) if m >= 0.95]
    reached = f"95% after {steps[0]} steps" if steps else f"below 95% after {SCORE_STEPS} steps"
    print(f"{name:>10}: exact match {score_match[name]:.4f}, {reached}, {history.seconds:.0f} s")
evaluated_at = history.evaluated_at
best_score_function = max(score_match, key=score_match.get)
print(f"best: {best_score_function}")

# %% given="score_plot"
fig, ax = plt.subplots(figsize=(7, 3.8))
plots.curves(
    ax,
    score_curves,
    title="Six scores, lines of one or two dates",
    xlabel="step",
    ylabel="exact match",
    x=evaluated_at,
)
ax.axhline(0.95, color="black", linewidth=0.8)
ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
plots.show(
    fig,
    alt="Six curves of exact match against steps. Additive, scaled dot and dot rise early and come close to 1. General "
    "rises later and stays lower, location much lower, and content stays near 0.",
    caption="Black line: 95%. Three of the six scores rise quickly; the cosine hardly rises at all.",
)

# %% [markdown]
# **What you saw.** The additive score and the two dot products learn to look. The general score needs
# longer: its random matrix hides at first what query and key have in common. The location score does not
# see the text: where a digit stands depends on the length of the words before it. And the cosine lies
# between −1 and 1, so after softmax no token can have more than $e^2 \approx 7.4$ times the weight of
# another: among forty tokens none can stand out. Each score ran once, with one seed: do not read much
# into small differences.

# %% [markdown]
# ## 8 · The path of the gradient
#
# Attention changes more than what the decoder can read. It also gives the gradient a short path back: from
# any output to any input token in one step, instead of through every state between them. The cell
# measures how much gradient of the loss reaches each input token, on lines of four dates: before any
# training, and after it.

# %% given="gradient_reach"
PARTS = 20


def gradient_reach(model: nn.Module, batch: tuple) -> tuple[torch.Tensor, float]:
    """Length of the gradient at input tokens, by their place on the line (PARTS,), and at the first one."""
    kept = []
    hook = model.embed_source.register_forward_hook(lambda *args: kept.append(args[-1]))
    loss = training_loss(model.train(), batch)
    hook.remove()
    (gradient,) = torch.autograd.grad(loss, kept[0])
    model.eval()
    lengths, mask = gradient.norm(dim=2), batch[1]  # (B, S)
    place = torch.arange(mask.shape[1], device=device) * PARTS // mask.sum(dim=1, keepdim=True)
    reach = torch.stack([lengths[mask & (place == part)].mean() for part in range(PARTS)])
    return reach.cpu(), lengths[:, 0].mean().item()


# %% given="gradient_plot"
four = [line for line in test_lines if len(line[1]) == 43][:64]
four_batch = make_batches(four, len(four), shuffle=False)[0]
seed_everything(0)
fresh = {"one vector": Bottleneck().to(device), "attention": RNNSearch(Additive()).to(device)}
trained = {"one vector": bottleneck, "attention": rnnsearch}
fig, axes = plt.subplots(1, 2, figsize=(9, 3.4), sharey=True, layout="constrained")
for ax, when, models in ((axes[0], "before training", fresh), (axes[1], "after training", trained)):
    curves = {}
    for name, model in models.items():
        reach, first = gradient_reach(model, four_batch)
        curves[name] = reach.tolist()
        print(f"{when}, {name:>10}: first token {first:.2e}, smallest part / largest part", end=" ")
        print(f"{(reach.min() / reach.max()).item():.1e}")
    percent = [100 * (part + 0.5) / PARTS for part in range(PARTS)]
    plots.curves(
        ax,
        curves,
        title=when,
        xlabel="place on the line (%)",
        ylabel="length of the gradient",
        x=percent,
    )
    ax.set_yscale("log")
axes[1].set_ylabel("")
plots.show(
    fig,
    alt="Two plots with a logarithmic axis. Before training, the curve of one vector falls from both ends of the line "
    "to the middle, by about five powers of ten; the curve of attention is flat. After training neither has such a "
    "valley.",
    caption="Before training one vector leaves the middle of the line almost without gradient; attention reaches every "
    "place.",
)

# %% [markdown]
# **What you saw.** Before training, a token in the middle gets about a hundred thousand times less gradient
# than one at an end, if one vector is all there is. (Both ends are close to it, because the encoder reads
# in both directions.) With attention all places get the same. So attention learns from the first step on
# what stands in the middle, and the other model has to open its gates first. After training compare the
# shapes, not the heights: where the loss is nearly 0, so is the gradient.

# %% [markdown]
# ## 9 · Beam search
#
# Greedy decoding never goes back: if the most probable first token leads nowhere, it is too late. Beam
# search keeps the `width` best beginnings instead of one. An example with the tokens a, b and end; a line
# begins with a or b:
#
# | | then a | then b | then end |
# |---|---|---|---|
# | a: 0.6 | 0.40 → 0.24 | 0.35 → 0.21 | 0.25 → 0.15 |
# | b: 0.4 | 0.90 → **0.36** | 0.05 → 0.02 | 0.05 → 0.02 |
#
# Greedy decoding begins with a, because 0.6 > 0.4, and ends at 0.24. A beam of width 2 finds ba, with 0.36.

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


# %% given="word_tree"
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


# %% given="beam_experiment"
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

# %% [markdown]
# ## Going further
#
# Ungraded. Give the bottleneck model more units or more steps, and see how far the limit moves. Feed the
# decoder its own predictions in a part of the training steps. Multiply the cosine by a strength that is
# learned, as Graves and colleagues do, and compare again.
#
# - [Brown et al. (1993)](https://aclanthology.org/J93-2003/), *The mathematics of statistical machine translation*:
#   alignments before networks, each word bound to one word, a hard choice. [Mnih et al.
#   (2014)](https://arxiv.org/abs/1406.6247) and [Xu et al. (2015)](https://arxiv.org/abs/1502.03044): attention on
#   images.
# - [Cho et al. (2014)](https://arxiv.org/abs/1406.1078), *Learning phrase representations using RNN encoder–decoder for
#   statistical machine translation*: the GRU, and one vector between two networks.
# - [Sutskever, Vinyals and Le (2014)](https://arxiv.org/abs/1409.3215), *Sequence to sequence learning with neural
#   networks*: the same with LSTMs; they reverse the input. Why does that help?
# - [Bahdanau, Cho and Bengio (2015)](https://arxiv.org/abs/1409.0473), *Neural machine translation by jointly learning
#   to align and translate*: this lab's model.
# - [Luong, Pham and Manning (2015)](https://arxiv.org/abs/1508.04025), *Effective approaches to attention-based neural
#   machine translation*: dot, general and location scores, asked by the state *after* the step.

# %% free="playground"
# Your own experiments: dates of your own, for example.
text, weights = align(rnnsearch, "vendredi 13 octobre 2017; 31. Dezember 1999")
print(text)

# %% [markdown]
# ## Summary
#
# An encoder and a decoder with one vector between them lose track of long lines.
# Attention is a soft lookup: keys are compared with a query, and the weighted sum of the values is the
# answer. The query is the decoder's state before the step, so each output has a context of its own. The
# mask belongs before the softmax, and the loss counts no padding. The weights can be looked at, and show
# an alignment that nobody taught.

# %% given="metrics"
report(
    "03_bahdanau",
    exact_match_attention=attention_match["all"],
    exact_match_bottleneck=bottleneck_match["all"],
    exact_match_attention_four=attention_match["4 dates"],
    exact_match_bottleneck_four=bottleneck_match["4 dates"],
    best_score_function=best_score_function,
)
