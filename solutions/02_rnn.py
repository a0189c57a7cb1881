# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Lab 02 · Recurrent networks
#
# The network of Lab 01 takes inputs of one fixed size, and it has no memory. A text has any length, and
# what a letter means depends on the letters before it. You build a network that reads one token at a time
# and carries a state along. Then you measure what it forgets, mend it, let it write, and find out what
# makes it slow.
#
# | | |
# |---|---|
# | **You need** | Lab 01, `nn.Module`, `nn.Linear` |
# | **Time** | 240 minutes; the whole notebook runs in about two minutes on two CPU cores, no GPU needed |
# | **Worth** | **35 points**: 34 graded by checks, 1 by a person |
# | **Data** | names of countries in 14 languages, from the Babel library; a made-up time series; no download |
#
# Run the cells in order. After each exercise a check tells you what is right and what is not.
#
# COLAB_BADGE

# %% setup="setup"

# %% given="imports"
import datetime
import math
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable

import matplotlib.pyplot as plt
import torch
import torch.nn.functional as F
from babel import Locale
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import confusion_matrix
from sklearn.pipeline import make_pipeline
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from utils import checks, plots, training
from utils.batches import Batches, TextBatches
from utils.device import get_device, measure, seed_everything
from utils.report import report
from utils.settings import scaled

cpu = torch.device("cpu")  # small steps, one after the other: a GPU would mostly wait

# %% [markdown]
# ## 1 · One cell, used again and again
#
# A recurrent network keeps a hidden state $h$. At each step it mixes the new input into the state, then
# reads an output from it:
#
# $$h_t = \tanh(W_{hx} x_t + W_{hh} h_{t-1} + b_h) \qquad o_t = W_{oh} h_t + b_o$$
#
# The weights have no index $t$: the same three matrices serve every step. That is *weight sharing*. The
# first state, $h_0$, is zero. Many programs put $x_t$ and $h_{t-1}$ side by side and use one matrix
# $[W_{hx}\; W_{hh}]$: the same sum.
#
# Take two hidden units, $h_{t-1} = (0.2, 0.4)$ and $x_t = 1$, with the weights below. The first unit
# receives $0.5 \cdot 1 + 0.5 \cdot 0.2 - 0.5 \cdot 0.4 + 0.1 = 0.5$.

# %% given="tiny_cell"
tiny = {
    "W_hx": torch.tensor([[0.5], [-0.25]], dtype=torch.float64),
    "W_hh": torch.tensor([[0.5, -0.5], [1.0, 0.25]], dtype=torch.float64),
    "b_h": torch.tensor([0.1, 0.0], dtype=torch.float64),
    "W_oh": torch.tensor([[1.0, 2.0], [0.0, -1.0], [0.5, 0.0]], dtype=torch.float64),
    "b_o": torch.tensor([0.0, 0.1, 0.2], dtype=torch.float64),
}
tiny_x = torch.tensor([[1.0]], dtype=torch.float64)  # (B, d_in) = (1, 1)
tiny_h = torch.tensor([[0.2, 0.4]], dtype=torch.float64)  # (B, d_hidden) = (1, 2)
print(f"first unit: tanh(0.5) = {math.tanh(0.5):.4f}   second: tanh(0.05) = {math.tanh(0.05):.4f}")

# %% [markdown]
# ### Exercise 1 · One step (2 points · 10 min · ●○○)
#
# Write `rnn_step`. It takes the input of one step, `x` `(B, d_in)`, and the state before it, `h`
# `(B, d_hidden)`. It returns two tensors: the new state `(B, d_hidden)` and the output `(B, d_out)`.
#
# The weights have one row per output, as in `nn.Linear`. The output has no activation.
#
# <details><summary>Hint 1: the idea</summary>The output is read from the new state, not from the
# old one.</details>
# <details><summary>Hint 2: the formula</summary>For a batch of rows, W x becomes x Wᵀ.</details>
# <details><summary>Hint 3: the
# line</summary><code>h = torch.tanh(x @ params["W_hx"].T + h @ params["W_hh"].T + params["b_h"])</code></details>


# %% solution="rnn_step"
def rnn_step(
    params: dict[str, torch.Tensor], x: torch.Tensor, h: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """One step of a recurrent network (Elman, 1990).

    Args:
        params: W_hx (d_hidden, d_in), W_hh (d_hidden, d_hidden), b_h (d_hidden,), W_oh (d_out, d_hidden), b_o (d_out,).
        x: input of this step, (B, d_in).
        h: state before this step, (B, d_hidden).

    Returns:
        The new state (B, d_hidden) and the output (B, d_out).
    """
    ### BEGIN SOLUTION
    h = torch.tanh(x @ params["W_hx"].T + h @ params["W_hh"].T + params["b_h"])
    return h, h @ params["W_oh"].T + params["b_o"]
    ### END SOLUTION


# %% check="rnn_step_state" points=1
h, o = checks.unpack("rnn_step", checks.run(rnn_step, tiny, tiny_x, tiny_h), "h", "o")
checks.that(
    tuple(h.shape) != (1, 3) or tuple(o.shape) != (1, 2),
    "the order is h, o; yours is o, h.",
)
checks.shape("h", h, batch=1, d_hidden=2)
z = tiny_x.new_tensor([[0.5, 0.05]])
slips = {
    "tanh is missing.": z,
    "the activation is tanh, not the sigmoid.": torch.sigmoid(z),
    "the old state is not used: add h @ W_hh.T.": torch.tanh(z - tiny_h @ tiny["W_hh"].T),
    "W_hh is transposed: each of its rows belongs to one new unit.": torch.tanh(
        z - tiny_h @ tiny["W_hh"].T + tiny_h @ tiny["W_hh"]
    ),
    "b_h is not added.": torch.tanh(z - tiny["b_h"]),
    "you return the old state.": tiny_h,
    "the old state is added after tanh: it goes inside.": torch.tanh(z - tiny_h @ tiny["W_hh"].T)
    + tiny_h @ tiny["W_hh"].T,
}
checks.close("h", h, z.new_tensor([[0.4621172, 0.0499584]]), rtol=1e-5, slips=slips)
### BEGIN HIDDEN TESTS
cell = nn.RNNCell(4, 6, dtype=torch.float64)
wide = {"W_hx": cell.weight_ih.detach(), "W_hh": cell.weight_hh.detach()}
wide |= {"b_h": (cell.bias_ih + cell.bias_hh).detach()}
wide |= {"W_oh": checks.normal(2, 6, seed=1), "b_o": checks.normal(2, seed=2)}
x, before = checks.normal(5, 4, seed=3), checks.normal(5, 6, seed=4)
h, o = checks.run(rnn_step, wide, x, before)
checks.close("h for other sizes", h, cell(x, before))
### END HIDDEN TESTS
checks.passed("the new state as computed by hand")

# %% check="rnn_step_output" points=1
h, o = checks.unpack("rnn_step", checks.run(rnn_step, tiny, tiny_x, tiny_h), "h", "o")
checks.shape("o", o, batch=1, d_out=3)
right = o.new_tensor([[0.5620341, 0.0500416, 0.4310586]])
slips = {
    "the output is read from the old state; use the new one.": tiny_h @ tiny["W_oh"].T
    + tiny["b_o"],
    "the output has no activation.": torch.tanh(right),
    "b_o is not added.": right - tiny["b_o"],
}
checks.close("o", o, right, rtol=1e-5, slips=slips)
### BEGIN HIDDEN TESTS
wide = {"W_hx": checks.normal(6, 4, seed=1), "W_hh": checks.normal(6, 6, seed=2)}
wide |= {"b_h": checks.normal(6, seed=3), "W_oh": checks.normal(3, 6, seed=4)}
wide |= {"b_o": checks.normal(3, seed=5)}
h, o = checks.run(rnn_step, wide, checks.normal(5, 4, seed=6), checks.normal(5, 6, seed=7))
checks.close("o for other sizes", o, F.linear(h, wide["W_oh"], wide["b_o"]))
### END HIDDEN TESTS
checks.passed("the output as computed by hand, from the new state")

# %% [markdown]
# ### Unrolling
#
# A batch holds sequences of unequal length. The short ones are filled up with padding, and a mask
# `(B, T)` says where there is a real token (True). At a padded step the state must stay as it was: then
# the state after the last step is the state at the last *real* token, in every row.
#
# ```
# tokens   I t a l y      mask  1 1 1 1 1      state  h₁ h₂ h₃ h₄ h₅
#          P e r u ·            1 1 1 1 0             h₁ h₂ h₃ h₄ h₄
# ```

# %% [markdown]
# ### Exercise 2 · The network (5 points · 30 min · ●●○)
#
# Write the class `RNN` with three `nn.Linear` layers: `i2h` holds $W_{hx}$ and $b_h$ (from `d_in` to
# `d_hidden`), `h2h` holds $W_{hh}$ (from `d_hidden` to `d_hidden`, **without** bias: one $b_h$ is enough),
# and `h2o` holds $W_{oh}$ and $b_o$ (from `d_hidden` to `d_out`).
#
# `init_hidden(x)` returns a zero state `(B, d_hidden)` for a batch `x`. `forward(x, mask)` starts from it
# at every call and returns the outputs `(B, T, d_out)` and the last state `(B, d_hidden)`. Where `mask`
# `(B, T)` is False, the state stays as it was; without a mask all tokens are real. Outputs at padding do
# not matter.
#
# <details><summary>Hint 1: the idea</summary>A loop over the steps. Compute the new state for all rows,
# then keep it only in the rows where the mask is True.</details>
# <details><summary>Hint 2: the formula</summary>h ← new where mask[:, t], else h. The mask of one step is
# (B,), the state (B, d_hidden): index with <code>mask[:, t, None]</code>.</details>
# <details><summary>Hint 3: the
# line</summary><code>h = torch.where(mask[:, t, None], new, h)</code>, and
# <code>x.new_zeros(len(x), d_hidden)</code> has the dtype and device of x.</details>


# %% solution="rnn"
class RNN(nn.Module):
    """A recurrent layer with a linear output: h_t = tanh(i2h(x_t) + h2h(h_{t-1})), o_t = h2o(h_t)."""

    def __init__(self, d_in: int, d_hidden: int, d_out: int) -> None:
        super().__init__()
        ### BEGIN SOLUTION
        self.i2h = nn.Linear(d_in, d_hidden)
        self.h2h = nn.Linear(d_hidden, d_hidden, bias=False)
        self.h2o = nn.Linear(d_hidden, d_out)
        ### END SOLUTION

    def init_hidden(self, x: torch.Tensor) -> torch.Tensor:
        """A zero state (B, d_hidden) for a batch x (B, T, d_in), of the same dtype and device."""
        ### BEGIN SOLUTION
        return x.new_zeros(len(x), self.h2h.in_features)
        ### END SOLUTION

    def forward(
        self, x: torch.Tensor, mask: torch.Tensor | None = None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Reads a batch of sequences.

        Args:
            x: (B, T, d_in).
            mask: (B, T) bool, True at real tokens; None when all are real.

        Returns:
            Outputs (B, T, d_out), and the state after the last real token of each row (B, d_hidden).
        """
        ### BEGIN SOLUTION
        h, outputs = self.init_hidden(x), []
        for t in range(x.shape[1]):
            new = torch.tanh(self.i2h(x[:, t]) + self.h2h(h))  # (B, d_hidden)
            h = new if mask is None else torch.where(mask[:, t, None], new, h)
            outputs.append(self.h2o(h))
        return torch.stack(outputs, dim=1), h  # (B, T, d_out), (B, d_hidden)
        ### END SOLUTION


# %% given="copy_weights"
def copy_weights(d_in: int, d_hidden: int, d_out: int) -> tuple[nn.Module, nn.RNN, nn.Linear]:
    """Your RNN, torch's own, and a linear output layer, all with the same weights, in float64."""
    mine = checks.run(RNN, d_in, d_hidden, d_out)
    for part, (rows, columns) in {
        "i2h": (d_hidden, d_in),
        "h2h": (d_hidden, d_hidden),
        "h2o": (d_out, d_hidden),
    }.items():
        layer = getattr(mine, part, None)
        checks.that(isinstance(layer, nn.Linear), f"self.{part} should be an nn.Linear.")
        checks.shape(f"{part}.weight", layer.weight, rows=rows, columns=columns)
    checks.that(mine.i2h.bias is not None, "self.i2h should have a bias: it is b_h.")
    mine, some = mine.double(), torch.zeros(2, 1, d_in, dtype=torch.float64)
    h = checks.run(mine.init_hidden, some)
    checks.tensor("init_hidden(x)", h)
    checks.that(
        h.dtype == some.dtype,
        f"init_hidden gives {h.dtype} for {some.dtype}: x.new_zeros(...) keeps the dtype of x.",
    )
    theirs = nn.RNN(d_in, d_hidden, batch_first=True, dtype=torch.float64)
    head = nn.Linear(d_hidden, d_out, dtype=torch.float64)
    with torch.no_grad():
        mine.i2h.weight.copy_(theirs.weight_ih_l0)
        mine.h2h.weight.copy_(theirs.weight_hh_l0)
        if mine.h2h.bias is not None:
            mine.h2h.bias.zero_()
        mine.i2h.bias.copy_(theirs.bias_ih_l0 + theirs.bias_hh_l0)
    mine.h2o.load_state_dict(head.state_dict())
    return mine, theirs, head


# %% check="rnn_parameters" points=1
model = checks.run(RNN, 4, 6, 3)
expected = 6 * 4 + 6 + 6 * 6 + 3 * 6 + 3
slips = {
    "PyTorch sees no parameters: assign each layer to self.": 0,
    "h2h has a bias too: write bias=False.": expected + 6,
    "i2h and h2o have biases.": expected - 6 - 3,
    "the output layer is missing.": expected - 3 * 6 - 3,
}
checks.parameter_count("RNN(4, 6, 3)", model, expected, slips=slips)
checks.that(
    getattr(model, "h2h", None) is not None and model.h2h.bias is None,
    "self.h2h should be a layer without bias: the bias b_h belongs to i2h.",
)
for T in (2, 9):
    checks.run(model, checks.normal(5, T, 4, seed=T).float())
    got = sum(p.numel() for p in model.parameters())
    checks.that(
        got == expected,
        f"after reading {T} tokens the model has {got} parameters: the steps must share their weights.",
    )
checks.passed("87 parameters, however long the sequence")

# %% check="rnn_agrees" points=1
model, theirs, head = copy_weights(4, 6, 3)
x = checks.normal(5, 7, 4, seed=10)
outputs, last = checks.unpack("RNN", checks.run(model, x), "outputs", "last state")
checks.shape("outputs", outputs, batch=5, tokens=7, d_out=3)
checks.shape("the last state", last, batch=5, d_hidden=6)
states, h_n = theirs(x)
fresh = torch.tanh(model.i2h(x))  # every step from a zero state
late = torch.cat([torch.zeros_like(states[:, :1]), states[:, :-1]], dim=1)
slips = {
    "the state is not carried from step to step: each step starts from zero.": head(fresh),
    "the outputs are read from the state before the step; use the one after it.": head(late),
    "the steps run backwards.": head(theirs(x.flip(1))[0].flip(1)),
    "tanh is applied to the output as well.": torch.tanh(head(states)),
}
checks.close("outputs", outputs, head(states), slips=slips)
slips = {
    "that is the state after the first step.": states[:, 0],
    "that is the mean of all states.": states.mean(dim=1),
    "that is the state before the last step.": states[:, -2],
}
checks.close("the last state", last, h_n[0], slips=slips)
checks.passed("agrees with nn.RNN")

# %% check="rnn_fresh" points=1
model, theirs, head = copy_weights(4, 6, 3)
x = checks.normal(5, 7, 4, seed=11)
h = checks.run(model.init_hidden, x)
checks.shape("init_hidden(x)", h, batch=5, d_hidden=6)
checks.close("init_hidden(x)", h, torch.zeros(5, 6))
_, first = checks.run(model, x)
_, second = checks.run(model, x)
checks.that(
    torch.equal(first, second),
    "the second call with the same input gives another result: the state of the first call is still there. "
    "Start every call from init_hidden.",
)
checks.close("the last state", second, theirs(x)[1][0])
### BEGIN HIDDEN TESTS
_, alone = checks.run(model, x[:2, :3])
checks.close("the last state of a smaller batch", alone, theirs(x[:2, :3])[1][0])
### END HIDDEN TESTS
checks.passed("every call starts from a zero state")

# %% check="rnn_mask" points=2
model, theirs, head = copy_weights(4, 6, 3)
x = checks.normal(3, 5, 4, seed=12)
mask = torch.arange(5) < torch.tensor([[5], [2], [4]])  # lengths 5, 2, 4
_, last = checks.unpack("RNN", checks.run(model, x, mask), "outputs", "last state")
right = torch.stack([theirs(row[real])[1][0] for row, real in zip(x, mask, strict=True)])
through = theirs(x)[1][0]
emptied = torch.where(mask[:, -1:], through, 0)
zeroed = theirs(x * mask[..., None])[1][0]
inverted = [
    theirs(row[~real])[1][0] if not real.all() else 0 * row.new_ones(6)
    for row, real in zip(x, mask, strict=True)
]
slips = {
    "the mask is not used: the state runs on through the padding.": through,
    "the state is set to zero at padding; it should stay as it was.": emptied,
    "setting the input to zero is not enough: the state itself must stay as it was.": zeroed,
    "the mask is inverted: True means a real token.": torch.stack(inverted),
}
checks.close("the last state of rows with 5, 2 and 4 real tokens", last, right, slips=slips)
outputs, _ = checks.run(model, x, mask)
checks.shape("outputs", outputs, batch=3, tokens=5, d_out=3)
checks.close("the outputs at real tokens", outputs[mask], head(theirs(x)[0])[mask])
### BEGIN HIDDEN TESTS
mask = torch.tensor([[0, 1, 1, 0, 1], [1, 0, 0, 0, 0], [0, 0, 1, 1, 1]]).bool()
_, last = checks.run(model, x, mask)
right = torch.stack([theirs(row[real])[1][0] for row, real in zip(x, mask, strict=True)])
checks.close("the last state with padding at other places", last, right)
### END HIDDEN TESTS
checks.passed("padding leaves the state as it was")

# %% [markdown]
# **Experiment.** How long does an input stay in the state? The cell sends one pulse into the network, at
# step 1, and then zeros. It uses a random network of 12 units without biases.

# %% given="pulse_experiment"
seed_everything(0)
layer = nn.RNN(1, 12, bias=False, batch_first=True)
pulse = torch.zeros(1, 16, 1)
pulse[0, 0] = 5.0
states = layer(pulse)[0][0].detach()  # (T, d_hidden)
fig, ax = plt.subplots(figsize=(7, 3.2), layout="constrained")
plots.heat_map(
    ax,
    states.T,
    title="The state after one pulse",
    xlabel="steps after the pulse",
    ylabel="hidden unit",
    colorbar="h",
    center=0,
)
plots.show(
    fig,
    alt="A heat map of 12 hidden units over 16 steps. Strong colors in the first column fade within a few steps.",
    caption="The pulse echoes through the units, and fades.",
)
for t in (0, 4, 15):
    print(f"norm of the state {t:>2} steps after the pulse: {states[t].norm():.4f}")

# %% [markdown]
# **What you saw.** The state answers, the answer wanders through the units, and it fades. With these
# weights little is left after 15 steps. Keep this picture in mind: section 4 measures it.

# %% [markdown]
# ## 2 · Both directions, several layers
#
# A network that reads from left to right knows nothing of what comes later. A *bidirectional* network has
# a second set of weights that reads from right to left. At each token the two states are joined.
#
# Padding makes this tricky. Read from the right, a short row begins with its padding. The state must not
# move before the first real token.
#
# `scan(layer, x, mask)` runs one direction of torch's own `nn.RNN`, from left to right. At a masked step
# the state stays as it was, wherever that step stands: it works like your `RNN`.


# %% given="scan"
def scan(layer: nn.RNN, x: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """States (B, T, d_hidden) of one direction; a masked step keeps the state, which begins at zero."""
    rows = []
    for row, real in zip(x, mask, strict=True):
        own = layer(row[real])[0] if real.any() else row.new_zeros(0, layer.hidden_size)
        own = torch.cat([own.new_zeros(1, layer.hidden_size), own])  # state 0, 1, 2, …
        rows.append(own[real.cumsum(0)])  # as many steps taken as real tokens seen
    return torch.stack(rows)


# %% [markdown]
# ### Exercise 3 · Bidirectional and stacked (4 points · 30 min · ●●●)
#
# Write `bidirectional`. It runs `forward_layer` from left to right and `backward_layer` from right to
# left, each with `scan`. It returns the joined states `(B, T, 2 * d_hidden)`, forward first, and the
# last states `(B, 2 * d_hidden)`: for each direction, the state after it has read all tokens.
#
# Write `stacked`. Each layer is a function `(x, mask) -> (states, last)`; it reads the states of the
# layer below. Return the top layer's states, and the last states of all layers, stacked:
# `(n_layers, B, 2 * d_hidden)`.
#
# <details><summary>Hint 1: the idea</summary>To read from right to left, turn the sequence around, run,
# and turn the states back. The mask is turned around too.</details>
# <details><summary>Hint 2: the formula</summary>The forward direction has read everything at the last
# step, the backward direction at step 0.</details>
# <details><summary>Hint 3: the
# line</summary><code>back = scan(backward_layer, x.flip(1), mask.flip(1)).flip(1)</code></details>


# %% solution="bidirectional"
def bidirectional(
    forward_layer: nn.RNN, backward_layer: nn.RNN, x: torch.Tensor, mask: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Reads sequences in both directions (Schuster and Paliwal, 1997).

    Args:
        forward_layer, backward_layer: of d_hidden units each, to be run by scan.
        x: (B, T, d_in).
        mask: (B, T) bool, True at real tokens.

    Returns:
        States (B, T, 2 * d_hidden) and last states (B, 2 * d_hidden), the forward direction first.
    """
    ### BEGIN SOLUTION
    ahead = scan(forward_layer, x, mask)  # (B, T, d_hidden)
    back = scan(backward_layer, x.flip(1), mask.flip(1)).flip(1)  # (B, T, d_hidden)
    last = torch.cat([ahead[:, -1], back[:, 0]], dim=-1)  # (B, 2 * d_hidden)
    return torch.cat([ahead, back], dim=-1), last
    ### END SOLUTION


# %% given="both_ways"
def both_ways(d_in: int, d_hidden: int) -> tuple[nn.RNN, nn.RNN, Callable]:
    """Two layers of one direction, and torch's bidirectional layer with the same weights, in float64."""
    sizes = {"batch_first": True, "dtype": torch.float64}
    ahead, back = nn.RNN(d_in, d_hidden, **sizes), nn.RNN(d_in, d_hidden, **sizes)
    both = nn.RNN(d_in, d_hidden, bidirectional=True, **sizes)
    reverse = {f"{name}_reverse": value for name, value in back.state_dict().items()}
    both.load_state_dict(ahead.state_dict() | reverse)
    return ahead, back, packed(both)


def packed(layer: nn.RNN) -> Callable:
    """A function (x, mask) → (states, last) that runs torch's layer on the real tokens alone."""

    def run(x: torch.Tensor, mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        sequences = pack_padded_sequence(x, mask.sum(1).cpu(), True, enforce_sorted=False)
        states, last = layer(sequences)
        states = pad_packed_sequence(states, batch_first=True, total_length=x.shape[1])[0]
        return states, torch.cat(list(last), dim=-1)  # (B, T, 2 * d_hidden), (B, 2 * d_hidden)

    return run


# %% check="bidirectional_states" points=1
ahead, back, both = both_ways(4, 6)
x, every = checks.normal(3, 5, 4, seed=20), torch.ones(3, 5, dtype=torch.bool)
result = checks.run(bidirectional, ahead, back, x, every)
states, last = checks.unpack("bidirectional", result, "states", "last")
checks.shape("states", states, batch=3, tokens=5, features=12)
left, right = both(x, every)[0].split(6, dim=-1)
not_back = back(x.flip(1))[0]
slips = {
    "the backward states are not turned back: flip them once more.": torch.cat(
        [left, not_back], -1
    ),
    "the backward layer reads from left to right: flip the tokens, which are dimension 1.": torch.cat(
        [left, back(x)[0]], -1
    ),
    "flip(-1) turns the features around; the tokens are dimension 1.": torch.cat(
        [left, back(x.flip(-1))[0].flip(-1)], -1
    ),
    "the forward direction comes first.": torch.cat([right, left], -1),
    "the forward layer is used for both directions.": torch.cat(
        [left, ahead(x.flip(1))[0].flip(1)], -1
    ),
}
checks.close("states", states, torch.cat([left, right], -1), slips=slips)
checks.passed("without padding: agrees with nn.RNN(bidirectional=True)")

# %% check="bidirectional_padding" points=1
ahead, back, both = both_ways(4, 6)
x = checks.normal(3, 5, 4, seed=21)
mask = torch.arange(5) < torch.tensor([[5], [2], [4]])  # lengths 5, 2, 4
states, _ = checks.run(bidirectional, ahead, back, x, mask)
checks.shape("states", states, batch=3, tokens=5, features=12)
left, right = both(x, mask)[0].split(6, dim=-1)
started = back(x.flip(1))[0].flip(1)  # as if padding were tokens
still = scan(back, x.flip(1), mask).flip(1)
slips = {
    "the backward direction starts in the padding: give scan the mask as well.": started[mask],
    "the mask must be turned around together with the tokens.": still[mask],
}
checks.close("forward states at real tokens", states[..., :6][mask], left[mask])
checks.close("backward states at real tokens", states[..., 6:][mask], right[mask], slips=slips)
### BEGIN HIDDEN TESTS
x, mask = checks.normal(4, 9, 4, seed=22), torch.arange(9) < torch.tensor([[1], [9], [3], [6]])
states, _ = checks.run(bidirectional, ahead, back, x, mask)
checks.close("states at real tokens, other lengths", states[mask], both(x, mask)[0][mask])
### END HIDDEN TESTS
checks.passed("with padding: both directions see the real tokens alone")

# %% check="bidirectional_last" points=1
ahead, back, both = both_ways(4, 6)
x = checks.normal(3, 5, 4, seed=23)
mask = torch.arange(5) < torch.tensor([[5], [2], [4]])
states, last = checks.run(bidirectional, ahead, back, x, mask)
checks.shape("last", last, batch=3, features=12)
truth, right = both(x, mask)
end = truth[torch.arange(3), mask.sum(1) - 1]
slips = {
    "the forward direction comes first.": right.roll(6, dims=1),
    "at the last token the backward direction has read one token only; take it at step 0.": end,
    "at the last step the backward direction has read the padding, or one token: turn its states back, then "
    "take it at step 0.": (torch.cat([right[:, :6], states[:, -1, 6:]], -1)),
    "at step 0 the forward direction has read one token only; take it at the last step.": truth[
        :, 0
    ],
}
checks.close("last", last, right, slips=slips)
checks.passed("the last state of each direction has read every token")


# %% solution="stacked"
def stacked(
    layers: list[Callable], x: torch.Tensor, mask: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Runs layers on top of each other.

    Args:
        layers: functions (x, mask) → (states, last), the lowest first.
        x: input of the lowest layer, (B, T, d_in).
        mask: (B, T) bool, True at real tokens.

    Returns:
        The top layer's states (B, T, 2 * d_hidden), and every layer's last states (n_layers, B, 2 * d_hidden).
    """
    ### BEGIN SOLUTION
    lasts = []
    for layer in layers:
        x, last = layer(x, mask)
        lasts.append(last)
    return x, torch.stack(lasts)
    ### END SOLUTION


# %% check="stacked_agrees" points=1
deep = nn.RNN(12, 6, num_layers=2, bidirectional=True, batch_first=True, dtype=torch.float64)
x = checks.normal(3, 5, 12, seed=24)
mask = torch.arange(5) < torch.tensor([[5], [2], [4]])
layers = []
for i in range(2):
    layer = nn.RNN(12, 6, bidirectional=True, batch_first=True, dtype=torch.float64)
    own = {k.replace(f"_l{i}", "_l0"): v for k, v in deep.state_dict().items() if f"_l{i}" in k}
    layer.load_state_dict(own)
    layers.append(packed(layer))
states, last = checks.unpack("stacked", checks.run(stacked, layers, x, mask), "states", "last")
checks.shape("states", states, batch=3, tokens=5, features=12)
right, both_lasts = packed(deep)(x, mask)
low, low_last = layers[0](x, mask)
slips = {
    "each layer reads the states of the layer below, not the input.": layers[1](x, mask)[0][mask],
    "only the lowest layer is run.": low[mask],
    "the lowest layer is run at every height.": layers[0](low, mask)[0][mask],
    "the layers run in the wrong order: the lowest comes first.": layers[0](
        layers[1](x, mask)[0], mask
    )[0][mask],
}
checks.close("the top layer's states at real tokens", states[mask], right[mask], slips=slips)
checks.shape("last", last, layers=2, batch=3, features=12)
expected = torch.stack(both_lasts.split(12, dim=-1))
checks.close("last", last, expected, slips={"the top layer comes last.": expected.flip(0)})
checks.passed("two layers: agrees with nn.RNN(num_layers=2, bidirectional=True)")

# %% [markdown]
# **Experiment.** Which tokens does a state know? The cell measures how strongly each state depends on
# each input token: the norm of a Jacobian.

# %% given="reach_experiment"
ahead, back, _ = both_ways(3, 8)
every = torch.ones(1, 9, dtype=torch.bool)
jacobian = torch.autograd.functional.jacobian(
    lambda x: bidirectional(ahead, back, x, every)[0][0], checks.normal(1, 9, 3, seed=25)
)[:, :, 0]  # (T, 2 * d_hidden, S, d_in)
parts = {"forward": jacobian[:, :8], "backward": jacobian[:, 8:], "both": jacobian}
fig, axes = plt.subplots(1, 3, figsize=(9, 2.9), layout="constrained")
for ax, (name, part) in zip(axes, parts.items(), strict=True):
    words = {"xlabel": "input token", "ylabel": "state at token", "colorbar": "norm"}
    plots.heat_map(ax, part.norm(dim=(1, 3)), title=name, **words)
plots.show(
    fig,
    alt="Three heat maps, states down and input tokens across. Forward: the lower left triangle. Backward: the "
    "upper right triangle. Both: the whole square, strongest on the diagonal.",
    caption="Bright: the state depends on this token. One direction sees a triangle, both see the square.",
)

# %% [markdown]
# **What you saw.** The forward states know the past, the backward states the future; joined, they know
# the whole row. And look at how the color fades away from the diagonal: near tokens count for much more.

# %% [markdown]
# ## 3 · Many to one: which language is this?
#
# Now real text. Babel, a library that ships the names of countries in many languages, knows that
# *Deutschland*, *Tyskland* and *Alemania* are the same place. The task: read a name letter by letter,
# and say which of 14 languages it is in.
#
# A name that occurs more than once is dropped. One that several languages share, such as *Angola* or *Peru*, says
# nothing about the language; one that two territories share would belong to both sides of the split.


# %% given="country_names"
LANGUAGES = {"cs": "Czech", "da": "Danish", "nl": "Dutch", "en": "English", "fi": "Finnish"}
LANGUAGES |= {"fr": "French", "de": "German", "hu": "Hungarian", "it": "Italian", "pl": "Polish"}
LANGUAGES |= {"pt": "Portuguese", "es": "Spanish", "sv": "Swedish", "tr": "Turkish"}
Name = tuple[str, str, str]  # the name, its language, its territory: ("Deutschland", "de", "DE")


def country_names() -> list[Name]:
    """Names of territories with a two-letter code, each spelling used once in all languages together."""
    names = [
        (unicodedata.normalize("NFC", text), language, code)
        for language in LANGUAGES
        for code, text in sorted(Locale(language).territories.items())
        if len(code) == 2 and code not in ("XA", "XB", "ZZ")  # two test codes, and "unknown"
    ]
    uses = Counter(text for text, _, _ in names)
    return [name for name in names if uses[name[0]] == 1]


names = country_names()
print(f"{len(names)} names; for example {', '.join(text for text, _, _ in names[7::250])}")

# %% [markdown]
# ### Exercise 4 · A split without leaks (2 points · 10 min · ●○○)
#
# The names of one territory resemble each other. With *Deutschland* in training, the letters of *Duitsland* in the test
# would be easy to predict in section 7, and here the name would look German. So split by territory: all names of a
# territory go into the same part.
#
# Write `split_by_territory`. It draws `test_share` of the territories (rounded) at random from
# `generator`, and returns two lists: the names of the other territories, and the names of the drawn
# ones. Nothing is lost, nothing appears twice, and the order within a part does not matter.
#
# <details><summary>Hint 1: the idea</summary>Shuffle the territories, not the names.</details>
# <details><summary>Hint 2: the formula</summary>test = the first round(share × n) territories of a random
# order. Sort the territories first: a set has no fixed order.</details>
# <details><summary>Hint 3: the
# line</summary><code>order = torch.randperm(len(territories), generator=generator).tolist()</code></details>


# %% solution="split_by_territory"
def split_by_territory(
    names: list[Name], test_share: float, generator: torch.Generator
) -> tuple[list[Name], list[Name]]:
    """Splits names so that no territory is in both parts.

    Args:
        names: (name, language, territory) each.
        test_share: share of the territories that go into the test part.
        generator: decides which.

    Returns:
        The training names and the test names.
    """
    ### BEGIN SOLUTION
    territories = sorted({territory for _, _, territory in names})
    order = torch.randperm(len(territories), generator=generator).tolist()
    test = {territories[i] for i in order[: round(test_share * len(territories))]}
    return [n for n in names if n[2] not in test], [n for n in names if n[2] in test]
    ### END SOLUTION


# %% check="split_disjoint" points=1
made_up = [(f"{c}{t}", f"{c}", f"T{t}") for c in "abc" for t in range(20) if (t + ord(c)) % 4]
result = checks.run(split_by_territory, made_up, 0.28, torch.Generator().manual_seed(0))
train, test = map(list, checks.unpack("split_by_territory", result, "train", "test"))
checks.that(
    set(train + test) <= set(made_up),
    "each part should hold the names as they came: (name, language, territory).",
)
shared = {t for _, _, t in train} & {t for _, _, t in test}
checks.that(
    not shared,
    f"the territories {sorted(shared)[:3]} are in both parts: draw territories, not names.",
)
checks.that(
    len(train) + len(test) == len(made_up) and sorted(train + test) == sorted(made_up),
    f"there were {len(made_up)} names; the two parts hold {len(train)} and {len(test)}: "
    "every name belongs to exactly one part.",
)
### BEGIN HIDDEN TESTS
train, test = checks.run(split_by_territory, names, 0.2, torch.Generator().manual_seed(1))
checks.that(
    not {t for _, _, t in train} & {t for _, _, t in test},
    "real names: a territory is in both parts.",
)
checks.that(sorted([*train, *test]) == sorted(names), "real names: some are lost or duplicated.")
### END HIDDEN TESTS
checks.passed("no territory is in both parts, and no name is lost")

# %% check="split_share" points=1
picked = []
for seed in range(60):
    result = checks.run(split_by_territory, made_up, 0.28, torch.Generator().manual_seed(seed))
    train, test = checks.unpack("split_by_territory", result, "train", "test")
    checks.that(
        set(train) | set(test) <= set(made_up),
        "each part should hold the names as they came: (name, language, territory).",
    )
    drawn = {t for _, _, t in test}
    checks.that(len(drawn) != 14, "the parts are swapped: the training names come first.")
    checks.that(len(drawn) != 13, "test_share is a share of the territories, not of the names.")
    checks.that(len(drawn) != 5, "0.28 of 20 territories is 5.6: round, do not truncate.")
    checks.that(
        len(drawn) == 6, f"0.28 of 20 territories is about 6; the test part has {len(drawn)}."
    )
    picked.append(tuple(sorted(drawn)))
checks.that(
    len(set(picked)) > 1,
    "every generator gives the same split: draw the territories at random, from the generator.",
)
again = checks.run(split_by_territory, made_up, 0.28, torch.Generator().manual_seed(59))
checks.that(
    tuple(sorted({t for _, _, t in again[1]})) == picked[-1],
    "the same seed gives another split: draw from the generator alone, and from a sorted list.",
)
checks.that(
    len({t for drawn in picked for t in drawn}) == 20,
    "in 60 splits some territory is never drawn: shuffle all of them.",
)
checks.passed("the share is right, and the generator decides")

# %% [markdown]
# Characters become numbers. A character that the training names hold fewer than three times is
# *unknown*: the model then learns what to do with characters that it has never seen. Sections 3 and 7
# work on your split, so they need Exercise 4.

# %% given="vocabulary"
train_names, test_names = split_by_territory(names, 0.25, torch.Generator().manual_seed(0))
seen = Counter("".join(text for text, _, _ in train_names))
PAD, UNKNOWN, BEGIN, END = range(4)
characters = sorted(c for c, count in seen.items() if count >= 3)
number = {c: i for i, c in enumerate(characters, start=4)}
V = 4 + len(characters)  # ids in all


def encode(text: str) -> list[int]:
    """The ids of the characters of a text."""
    return [number.get(c, UNKNOWN) for c in text]


def name_batches(part: list[Name], **options) -> TextBatches:
    """Batches (tokens (B, T), mask (B, T), language (B,)) of names."""
    codes = list(LANGUAGES)
    languages = torch.tensor([codes.index(language) for _, language, _ in part])
    texts = [encode(text) for text, _, _ in part]
    return TextBatches(texts, languages, pad=PAD, device=cpu, **options)


assert not {n[2] for n in train_names} & {n[2] for n in test_names}, "a territory is in both parts"
print(f"{len(train_names)} names to train on, {len(test_names)} to test, {V} ids")
print(f"{test_names[0][0]!r} becomes {encode(test_names[0][0])}")

# %% [markdown]
# The classifier is what you built, in torch's own, faster form: an embedding, a bidirectional `nn.RNN` that
# reads the real tokens alone, and a linear layer. What should that layer read? The last states have
# forgotten most of the name, as the pulse showed. So each unit reports its *largest* value over all real
# tokens: it can cry out at a telling letter, and be heard. Dropout fights overfitting: there are few
# names. The test accuracy is watched here, and nothing is chosen by it.


# %% given="classifier"
class NameClassifier(nn.Module):
    """Logits of the language (B, n_languages) from tokens (B, T) and their mask (B, T)."""

    def __init__(self, d_embedding: int = 32, d_hidden: int = 128) -> None:
        super().__init__()
        self.embedding = nn.Embedding(V, d_embedding)
        self.rnn = nn.RNN(d_embedding, d_hidden, bidirectional=True, batch_first=True)
        self.dropout = nn.Dropout(0.3)
        self.output = nn.Linear(2 * d_hidden, len(LANGUAGES))

    def forward(self, tokens: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        x = self.dropout(self.embedding(tokens))  # (B, T, d_embedding)
        states, _ = packed(self.rnn)(x, mask)  # (B, T, 2 * d_hidden)
        states = states.masked_fill(~mask[..., None], -1)  # tanh is never below −1
        largest = states.amax(dim=1)  # (B, 2 * d_hidden)
        return self.output(self.dropout(largest))


@torch.no_grad()
def predict(model: nn.Module, part: list[Name]) -> tuple[torch.Tensor, torch.Tensor]:
    """True and predicted languages, (N,) each."""
    batches = name_batches(part, batch_size=256, shuffle=False)
    pairs = [(y, model(tokens, mask).argmax(dim=1)) for tokens, mask, y in batches]
    return torch.cat([y for y, _ in pairs]), torch.cat([guess for _, guess in pairs])


# %% given="train_classifier"
def language_accuracy_of(model: nn.Module) -> dict[str, float]:
    y, guess = predict(model, test_names)
    return {"test accuracy": (y == guess).float().mean().item()}


seed_everything(0)
classifier = NameClassifier()
history = training.fit(
    classifier,
    name_batches(train_names, batch_size=64),
    lambda model, batch: F.cross_entropy(model(batch[0], batch[1]), batch[2]),
    steps=scaled(full=500, smoke=10),
    lr=3e-3,
    precision=torch.float32,
    evaluate=language_accuracy_of,
    evaluate_every=scaled(full=100, smoke=10),
    title="Which language?",
)
language_accuracy = history.metrics["test accuracy"][-1]

# %% [markdown]
# **Experiment.** A number alone says little. Two baselines: the most frequent language, and a logistic
# regression on counts of one, two and three neighboring characters. It has no idea of order beyond three
# characters. What is your guess: who wins?

# %% given="language_baselines"
texts, labels = [n[0] for n in train_names], [n[1] for n in train_names]
test_texts, test_labels = [n[0] for n in test_names], [n[1] for n in test_names]
frequent = Counter(labels).most_common(1)[0][0]
n_grams = make_pipeline(
    TfidfVectorizer(analyzer="char_wb", ngram_range=(1, 3), lowercase=False, sublinear_tf=True),
    LogisticRegression(
        C=10, max_iter=scaled(full=1000, smoke=100), tol=scaled(full=1e-4, smoke=0.1)
    ),
)
n_grams.fit(texts, labels)
print(f"most frequent language: {sum(y == frequent for y in test_labels) / len(test_labels):.3f}")
print(f"three characters and logistic regression: {n_grams.score(test_texts, test_labels):.3f}")
print(f"recurrent network: {language_accuracy:.3f}")

# %% given="language_confusion"
y, guess = predict(classifier, test_names)
counts = confusion_matrix(y, guess, labels=range(len(LANGUAGES)))
fig = plots.confusion_matrix(counts, list(LANGUAGES.values()), title="Languages of the test names")
plots.show(
    fig,
    alt="A confusion matrix of 14 languages. Most counts lie on the diagonal; the errors spread over many languages.",
    caption="Rows: the true language. Cells off the diagonal are the names that the model takes for another language.",
)

# %% [markdown]
# **What you saw.** The network beats guessing by far, and the simple baseline beats the network. There
# are few names, and the endings and letters that give a language away fit into three characters. A
# network that has to learn from scratch what a pair of letters is needs more data. Always build the
# simple baseline: it tells what the task is worth.

# %% [markdown]
# ## 4 · Backpropagation through time
#
# How does a token far back influence the loss? By the chain rule, through every state in between:
#
# $$\frac{\partial h_T}{\partial h_t} = J_T \, J_{T-1} \cdots J_{t+1} \qquad
# J_s = \frac{\partial h_s}{\partial h_{s-1}} = \text{diag}(1 - h_s^2)\, W_{hh}$$
#
# A product of $T - t$ matrices grows or shrinks like a power. Without the slopes of tanh, what decides is the *spectral
# radius* of $W_{hh}$, its largest absolute eigenvalue. In one dimension: $0.9^{50}$ and $1.1^{50}$ differ by a factor
# of more than twenty thousand. All states must be kept until the backward pass, so memory grows with $T$.

# %% given="powers"
for w in (0.9, 1.0, 1.1):
    print(f"{w} to the power of 50: {w**50:.4f}")

# %% [markdown]
# ### Exercise 5 · Measure the gradient (3 points · 35 min · ●●●)
#
# Write `gradient_norms` for one sequence `x` `(T, d_in)` and a first state `h` `(d_hidden,)`. The function
# `step(x_t, h)` returns the next state. Return `(T + 1,)`: entry $t$ is the *spectral norm* of
# $\partial h_T / \partial h_t$, its largest singular value. It says by how much a small change of $h_t$
# can be stretched on its way to $h_T$. The last entry is the norm of the identity, 1.
#
# `torch.autograd.functional.jacobian(function, input)` gives the Jacobian of a function of one tensor. So
# wrap the step: `lambda state: step(x_t, state)`. Everything has the dtype of `h`.
#
# <details><summary>Hint 1: the idea</summary>Walk forwards once and keep the Jacobian of each step. Then
# walk backwards and multiply.</details>
# <details><summary>Hint 2: the formula</summary>Start with the identity. ∂h_T/∂h_{t−1} = ∂h_T/∂h_t · J_t:
# the new factor stands on the right.</details>
# <details><summary>Hint 3: the
# line</summary><code>product = product @ J</code>, then
# <code>torch.linalg.matrix_norm(product, 2)</code>.</details>


# %% solution="gradient_norms"
def gradient_norms(
    step: Callable[[torch.Tensor, torch.Tensor], torch.Tensor], x: torch.Tensor, h: torch.Tensor
) -> torch.Tensor:
    """Spectral norms of the derivatives of the last state with respect to every state.

    Args:
        step: (x_t (d_in,), h (d_hidden,)) → the next state (d_hidden,).
        x: inputs of one sequence, (T, d_in).
        h: the state before the first step, (d_hidden,).

    Returns:
        (T + 1,): entry t is the largest singular value of ∂h_T/∂h_t; the last one is 1.
    """
    ### BEGIN SOLUTION
    jacobians = []
    for x_t in x:
        jacobians.append(torch.autograd.functional.jacobian(lambda state: step(x_t, state), h))
        h = step(x_t, h)
    product = torch.eye(len(h), dtype=h.dtype)
    norms = [torch.linalg.matrix_norm(product, 2)]
    for J in reversed(jacobians):
        product = product @ J
        norms.append(torch.linalg.matrix_norm(product, 2))
    return torch.stack(norms[::-1])
    ### END SOLUTION


# %% check="gradient_norms_linear" points=1
W = checks.normal(4, 4, seed=40) / 2
x = checks.normal(6, 3, seed=41)
U = checks.normal(4, 3, seed=42)
norms = checks.run(gradient_norms, lambda x_t, h: U @ x_t + W @ h, x, checks.normal(4, seed=43))
checks.shape("the norms", norms, states=7)
powers = [torch.linalg.matrix_power(W, 6 - t) for t in range(7)]
right = torch.stack([torch.linalg.matrix_norm(p, 2) for p in powers])
entries = torch.stack([p.norm() for p in powers])
single = right[-2]
slips = {
    "the order is reversed: entry 0 belongs to the first state, entry T to the last.": right.flip(
        0
    ),
    "that is the norm of all entries (Frobenius); take the largest singular value.": entries,
    "you multiply the norms of the steps; take the norm of the product.": single
    ** torch.arange(6, -1, -1),
    "these are the norms of single steps: multiply the Jacobians.": torch.cat(
        [single.expand(6), right[-1:]]
    ),
    "that is the largest eigenvalue; take the largest singular value.": torch.stack(
        [torch.linalg.eigvals(p).abs().max() for p in powers]
    ),
}
checks.close("the norms of a linear step, ‖W⁶‖ … ‖W‖, 1", norms, right, slips=slips)
checks.passed("a linear step: the norms of the powers of W")


# %% given="through_time"
def through_time(cell: nn.Module, x: torch.Tensor, h: torch.Tensor) -> torch.Tensor:
    """∂h_T/∂h_t for every t, (T + 1, d_hidden, d_hidden), by autograd through the whole sequence."""
    states = [h.clone().requires_grad_()]
    for x_t in x:
        states.append(cell(x_t, states[-1]))
    rows = [torch.autograd.grad(entry, states, retain_graph=True) for entry in states[-1]]
    return torch.stack([torch.stack(row) for row in rows], dim=1)


def step_jacobians(cell: nn.Module, x: torch.Tensor, h: torch.Tensor) -> list[torch.Tensor]:
    """The Jacobian of each step alone, (d_hidden, d_hidden) each."""
    found = []
    for x_t in x:
        found.append(through_time(cell, x_t[None], h)[0])
        h = cell(x_t, h)
    return found


def largest(matrices: Iterable[torch.Tensor]) -> torch.Tensor:
    """The spectral norm of each matrix."""
    return torch.stack([torch.linalg.matrix_norm(m, 2) for m in matrices])


# %% check="gradient_norms_tanh" points=2
cell = nn.RNNCell(3, 5, dtype=torch.float64).requires_grad_(False)
cell.weight_hh.mul_(3)
x, h0 = checks.normal(7, 3, seed=44), checks.normal(5, seed=45)
norms = checks.run(gradient_norms, cell, x, h0)
checks.shape("the norms", norms, states=8)
steps = step_jacobians(cell, x, h0)
swapped = [torch.eye(5, dtype=torch.float64)]
for J in reversed(steps):
    swapped.append(J @ swapped[-1])
from_front, forgotten = [swapped[0]], [swapped[0]]
for J in steps:
    from_front.append(J @ from_front[-1])
    forgotten.append(forgotten[-1] @ J)
stuck, ahead_of_time = [swapped[0]], [swapped[0]]
states = [h0]
for x_t in x:
    states.append(cell(x_t, states[-1]))
for x_t, later in zip(x.flip(0), states[:0:-1], strict=True):
    stuck.append(stuck[-1] @ step_jacobians(cell, x_t[None], h0)[0])
    ahead_of_time.append(ahead_of_time[-1] @ step_jacobians(cell, x_t[None], later)[0])
still = "the state does not move on: every Jacobian is taken at the first state."
slips = {
    still: largest(stuck[::-1]),
    "the Jacobian is taken at the state after the step; take it at the state before.": largest(
        ahead_of_time[::-1]
    ),
    "these are the norms of ∂h_t/∂h_0, from the front: begin with the last step.": largest(
        from_front[::-1]
    ),
    "the Jacobians are multiplied from the first step on: begin with the last one.": largest(
        forgotten[::-1]
    ),
    "the factors stand in the wrong order: the earlier Jacobian goes to the right.": largest(
        swapped[::-1]
    ),
    still + " The input does not either.": largest(
        torch.linalg.matrix_power(steps[0], 7 - t) for t in range(8)
    ),
    "the slope of tanh is missing: use the Jacobian of step, not W_hh alone.": largest(
        torch.linalg.matrix_power(cell.weight_hh, 7 - t) for t in range(8)
    ),
}
checks.close("the norms of a tanh cell", norms, largest(through_time(cell, x, h0)), slips=slips)
### BEGIN HIDDEN TESTS
gate = nn.GRUCell(2, 4, dtype=torch.float64).requires_grad_(False)
x, h0 = checks.normal(9, 2, seed=46), checks.normal(4, seed=47)
norms = checks.run(gradient_norms, gate, x, h0)
checks.close("the norms of another cell", norms, largest(through_time(gate, x, h0)))
### END HIDDEN TESTS
checks.passed("a tanh cell: agrees with autograd through the whole sequence")

# %% [markdown]
# **Experiment.** A random $W_{hh}$ of 32 units is scaled to five spectral radii. On the left the step is linear;
# on the right it ends in tanh, with the same inputs made smaller. Before you run it: which curves rise, which
# fall, and what does tanh change?

# %% given="radius_experiment"
W = checks.normal(32, 32, seed=50)
W = W / torch.linalg.eigvals(W).abs().max()  # spectral radius 1
T = scaled(full=60, smoke=10)
x = checks.normal(T, 32, seed=51)
distance = torch.arange(T, -1, -1)  # T − t
norms_of = {"linear": {}, "tanh": {}}
for radius in (0.5, 0.9, 1.0, 1.1, 1.5):
    steps = {
        "linear": lambda x_t, h: x_t + radius * W @ h,
        "tanh": lambda x_t, h: torch.tanh(0.3 * x_t + radius * W @ h),
    }
    for name, step in steps.items():
        norms_of[name][f"radius {radius}"] = gradient_norms(step, x, torch.zeros_like(x[0]))
for name, norms in norms_of.items():
    ends = ", ".join(f"{radius} {values[0]:.1e}" for radius, values in norms.items())
    print(f"{name}, T − t = {T}: {ends}")

# %% given="radius_plot"
fig, axes = plt.subplots(1, 2, figsize=(9, 3.6), sharey=True, layout="constrained")
for ax, (name, norms) in zip(axes, norms_of.items(), strict=True):
    words = {"title": f"{name} step", "xlabel": "T − t", "ylabel": "spectral norm of ∂h_T/∂h_t"}
    plots.curves(ax, norms, x=distance, **words)
    ax.set_yscale("log")
axes[1].set_ylabel("")
axes[1].get_legend().remove()
plots.show(
    fig,
    alt="Two plots with a logarithmic axis: gradient norm against distance, for five spectral radii. Linear: straight "
    "lines, falling for radii below 1 and rising above. Tanh: all curves lie lower.",
    caption="Straight lines on a logarithmic axis: the gradient vanishes or explodes exponentially.",
)

# %% [markdown]
# **What you saw.** In the linear network the radius decides: below 1 the gradient vanishes, above 1 it explodes, both
# exponentially. (The bump at the left: $W$ does not commute with $W^\top$, so its norm can exceed its radius, and here
# it does. Only its high powers show the radius.) tanh multiplies each step by slopes $1 - h^2$ below 1, so the gradient
# vanishes even at radius 1.1. At 1.5 the two just balance, for these inputs and these weights: nobody can count on
# that.

# %% [markdown]
# ### Question 1 · Why not initialize at 1? (1 point · 5 min · ●○○)
#
# Answer in two or three sentences: *$W_{hh}$ could be made with a spectral radius that keeps the gradient
# norm near 1 at the first step of training. Why does that not solve the problem?* Think of tanh, of what
# training does to $W_{hh}$, and of what a network that never forgets could do with new inputs.

# %% [markdown] manual="why_not_one" points=1
# The norm near 1 holds for the first weights and for states near zero. Training moves the weights, and
# the factors 1 − h² depend on the states, so that the product of many steps soon shrinks or grows again.
# And a state in which nothing fades cannot make room: the network must learn what to keep and what to
# forget, and one fixed matrix cannot choose by input. That choice is what gates are for.

# %% [markdown]
# ## 5 · Clipping
#
# Against exploding gradients there is a simple remedy. Put all gradients into one long vector. If its norm
# is above a limit, scale the whole vector down to that limit. The direction stays as it was.
#
# Example: two parameters with gradients $(1, 2)$ and $(2, 4)$. The norm of all four numbers is
# $\sqrt{25} = 5$. With the limit 2 they become $(0.4, 0.8)$ and $(0.8, 1.6)$. To clip each tensor alone
# would give $(0.89, 1.79)$ twice: another direction.

# %% [markdown]
# ### Exercise 6 · Clip by the global norm (3 points · 10 min · ●●○)
#
# Write `clip_gradients`. It scales the `.grad` of the parameters so that the norm of all of them together
# is at most `max_norm`, and returns that norm *before* clipping, as a Python float.
# Gradients below the limit stay exactly as they are. A parameter whose `.grad` is None is skipped.
#
# <details><summary>Hint 1: the idea</summary>One norm and one factor for all parameters.</details>
# <details><summary>Hint 2: the formula</summary>total = √(sum of the squares of all entries of all
# gradients); factor = max_norm / total, if total is above max_norm.</details>
# <details><summary>Hint 3: the line</summary><code>g.mul_(max_norm / total)</code> scales in
# place.</details>


# %% solution="clip_gradients"
def clip_gradients(parameters: Iterable[torch.Tensor], max_norm: float) -> float:
    """Scales gradients so that their common norm is at most max_norm (Pascanu et al., 2013).

    Args:
        parameters: tensors; those without a gradient are skipped.
        max_norm: the limit.

    Returns:
        The norm of all gradients together, before clipping.
    """
    ### BEGIN SOLUTION
    grads = [p.grad for p in parameters if p.grad is not None]
    total = math.sqrt(sum((g**2).sum().item() for g in grads))
    if total > max_norm:
        for g in grads:
            g.mul_(max_norm / total)
    return total
    ### END SOLUTION


# %% given="with_gradients"
def with_gradients(*grads: torch.Tensor | None) -> list[torch.Tensor]:
    """Parameters with these gradients."""
    parameters = []
    for g in grads:
        p = torch.zeros(2, dtype=torch.float64) if g is None else torch.zeros_like(g)
        p.grad = None if g is None else g.clone()
        parameters.append(p)
    return parameters


# %% check="clip_direction" points=1
first, second = torch.tensor([1.0, 2.0]).double(), torch.tensor([2.0, 4.0]).double()
parameters = with_gradients(first, second)
checks.run(clip_gradients, parameters, 2.0)
whole = torch.cat([first, second])
alone = torch.cat([first, first]) * 2 / math.sqrt(5)
slips = {
    "each tensor is clipped alone; there is one norm for all of them.": alone,
    "nothing was clipped: the new values belong in p.grad.": whole,
    "the factor is max_norm / total, not 1 / total.": whole / 5,
    "you divide by the squared norm: take the square root.": whole * 2 / 25,
    "you divide by the sum of the norms; the norm of all is the root of the sum of squares.": (
        whole * 2 / (math.sqrt(5) + math.sqrt(20))
    ),
    "every entry is cut off at the limit; scale all by one factor.": whole.clamp(max=2),
}
got = torch.cat([p.grad for p in parameters])
name = "the gradients (1, 2) and (2, 4) after clipping at 2"
checks.close(name, got, whole * 2 / 5, rtol=1e-5, slips=slips)
### BEGIN HIDDEN TESTS
grads = [checks.normal(4, 3, seed=60), 5 * checks.normal(6, seed=61), checks.normal(2, 5, seed=62)]
mine, theirs = with_gradients(*grads), with_gradients(*grads)
checks.run(clip_gradients, mine, 2.5)
nn.utils.clip_grad_norm_(theirs, 2.5)
for p, q in zip(mine, theirs, strict=True):
    checks.close("the gradients after clipping at 2.5", p.grad, q.grad, rtol=1e-5)
### END HIDDEN TESTS
checks.passed("one factor for all gradients: the direction stays")

# %% check="clip_below" points=1
small = [0.1 * checks.normal(4, 3, seed=63), 0.1 * checks.normal(5, seed=64)]
parameters = with_gradients(*small)
checks.run(clip_gradients, parameters, 20.0)
for p, g in zip(parameters, small, strict=True):
    factor = (p.grad.norm() / g.norm()).item()
    checks.that(
        factor < 1.001,
        "gradients below the limit were scaled up: clip only when the norm is above the limit.",
    )
    checks.close("a gradient below the limit", p.grad, g, rtol=1e-12, atol=0)
checks.passed("gradients below the limit stay as they are")

# %% check="clip_returns" points=1
grads = [checks.normal(4, 3, seed=65), None, checks.normal(5, seed=66)]
parameters = with_gradients(*grads)
total = checks.run(clip_gradients, (p for p in parameters), 0.5)
checks.number("the norm", total)
right = math.sqrt(sum((g**2).sum().item() for g in grads if g is not None))
slips = {
    "that is the norm after clipping; return the one before.": 0.5,
    "that is the square of the norm.": right**2,
}
checks.close("the returned norm", total, right, rtol=1e-5, slips=slips)
now = math.sqrt(sum((p.grad**2).sum().item() for p in parameters if p.grad is not None))
checks.close("the norm after clipping parameters that come from a generator", now, 0.5, rtol=1e-5)
checks.passed("returns the norm before clipping, and skips parameters without a gradient")

# %% [markdown]
# **Experiment.** The smallest recurrent network: $h_t = w\, h_{t-1}$, $h_0 = 1$, without inputs. After 50
# steps the state should be 0.5, so the best $w$ is $0.5^{1/50} \approx 0.986$. Training starts at
# $w = 1.05$. Three runs: a learning rate of 0.005 with and without clipping at 1, and a learning rate
# small enough to survive without clipping.

# %% given="cliff_experiment"
weights = {}
for name, lr, limit in (("clipped", 5e-3, 1.0), ("small steps", 1e-6, None), ("plain", 5e-3, None)):
    w = torch.tensor(1.05, dtype=torch.float64, requires_grad=True)
    weights[name] = [w.item()]
    for _ in range(100):
        w.grad = None
        ((w**50 - 0.5) ** 2).backward()
        if limit is not None:
            clip_gradients([w], limit)
        with torch.no_grad():
            w -= lr * w.grad
        weights[name].append(w.item())
fig, ax = plt.subplots(figsize=(6.5, 3.4), layout="constrained")
words = {"title": "Training on a cliff", "xlabel": "step", "ylabel": "w"}
plots.curves(ax, weights, x=range(101), **words)
best_w = 0.5 ** (1 / 50)
ax.axhline(best_w, color="gray", linewidth=1)
ax.set_ylim(0.9, 1.1)
plots.show(
    fig,
    alt="The weight w over 100 steps. Clipped: it walks down to the gray line at 0.986 and zigzags around it. Small "
    "steps: it creeps down, slower and slower, and has not arrived. Plain: it leaves the picture at the first step.",
    caption="Gray: the best w. Without clipping the first step jumps out of the picture.",
)
print(f"best: w = {best_w:.4g}")
print(", ".join(f"{name}: w = {values[1]:.4g} after 1 step" for name, values in weights.items()))
print(", ".join(f"{name}: w = {values[-1]:.4g} after 100" for name, values in weights.items()))

# %% [markdown]
# **What you saw.** A cliff: on its edge the gradient is so steep that one plain step throws $w$ from 1.05
# to $-58.84$, and the next ones end in `nan`. Steps that are small enough for the cliff are too small for
# the flat ground below it. Clipping keeps the direction and bounds the step. But a vanished gradient it
# cannot bring back. For that the cell itself must change.

# %% [markdown]
# ## 6 · LSTM: a state that can be kept
#
# The *long short-term memory* ([Hochreiter and Schmidhuber, 1997](https://doi.org/10.1162/neco.1997.9.8.1735)) carries
# a second state, the cell $c$. It is not squeezed through a matrix and tanh at each step; gates, numbers between 0 and
# 1, decide what is written, kept and shown (the gate $f$, for *forget*, was added by [Gers et al.,
# 2000](https://doi.org/10.1162/089976600300015015)):
#
# $$i, f, o = \sigma(\ldots) \qquad g = \tanh(\ldots)$$
# $$c_t = f \odot c_{t-1} + i \odot g \qquad h_t = o \odot \tanh(c_t)$$
#
# $\sigma$ is the sigmoid, $\odot$ multiplies entry by entry, and $o$ is a gate here, no longer an output.
# Each $(\ldots)$ is $W_x x_t + W_h h_{t-1} + b$ with its own weights, `d_hidden` rows each, stored on top
# of each other in torch's order: **i, f, g, o**.
#
# With $f = 1$ and $i = 0$ the cell stays exactly as it is, and so does its gradient.

# %% given="tiny_lstm"
f, i, g, o, c = 0.5, 0.9, -0.4, 0.8, 2.0
new_c = f * c + i * g
print(
    f"c = 0.5 · 2 + 0.9 · (−0.4) = {new_c:.2f}   h = 0.8 · tanh({new_c:.2f}) = {o * math.tanh(new_c):.4f}"
)

# %% [markdown]
# ### Exercise 7 · The LSTM cell (4 points · 20 min · ●●○)
#
# Write `lstm_step`. It takes the input `x` `(B, d_in)` and the two states `h` and `c`, both
# `(B, d_hidden)`, and returns the new `h` and the new `c`.
#
# `params` holds `W_x` `(4 * d_hidden, d_in)`, `W_h` `(4 * d_hidden, d_hidden)` and `b`
# `(4 * d_hidden,)`. Their rows are ordered i, f, g, o.
#
# <details><summary>Hint 1: the idea</summary>One product gives all four parts; cut the result into
# four.</details>
# <details><summary>Hint 2: the formula</summary>Sigmoid for i, f and o, tanh for g. The new h needs the
# new c.</details>
# <details><summary>Hint 3: the
# line</summary><code>i, f, g, o = both.chunk(4, dim=1)</code>, where both is
# <code>x @ params["W_x"].T + h @ params["W_h"].T + params["b"]</code>.</details>


# %% solution="lstm_step"
def lstm_step(
    params: dict[str, torch.Tensor], x: torch.Tensor, h: torch.Tensor, c: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """One step of an LSTM with forget gate (Gers et al., 2000).

    Args:
        params: W_x (4 * d_hidden, d_in), W_h (4 * d_hidden, d_hidden), b (4 * d_hidden,); rows in the order i, f, g, o.
        x: input of this step, (B, d_in).
        h, c: states before this step, (B, d_hidden) each.

    Returns:
        The new h and the new c, (B, d_hidden) each.
    """
    ### BEGIN SOLUTION
    i, f, g, o = (x @ params["W_x"].T + h @ params["W_h"].T + params["b"]).chunk(4, dim=1)
    c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)  # (B, d_hidden)
    return torch.sigmoid(o) * torch.tanh(c), c
    ### END SOLUTION


# %% given="lstm_parts"
def lstm_weights(cell: nn.LSTMCell) -> dict[str, torch.Tensor]:
    """The weights of torch's cell under the names of the exercise."""
    W_x, W_h = cell.weight_ih.detach(), cell.weight_hh.detach()
    return {"W_x": W_x, "W_h": W_h, "b": (cell.bias_ih + cell.bias_hh).detach()}


def lstm_parts(cell: nn.LSTMCell, x: torch.Tensor, h: torch.Tensor) -> list[torch.Tensor]:
    """The four parts of torch's cell before their activations, in the order of their rows."""
    both = F.linear(x, cell.weight_ih, cell.bias_ih) + F.linear(h, cell.weight_hh, cell.bias_hh)
    return list(both.detach().split(cell.hidden_size, dim=1))


# %% given="lstm_reference"
lstm_cell = nn.LSTMCell(4, 6, dtype=torch.float64)
lstm_input = (
    checks.normal(5, 4, seed=70),
    checks.normal(5, 6, seed=71),
    2 * checks.normal(5, 6, seed=72),
)
right_h, right_c = lstm_cell(lstm_input[0], lstm_input[1:])
a0, a1, a2, a3 = lstm_parts(lstm_cell, *lstm_input[:2])  # i, f, g, o before their activations
s = torch.sigmoid

# %% check="lstm_step_cell" points=1
h, c = lstm_input[1:]
weights = lstm_weights(lstm_cell)
result = checks.run(lstm_step, weights, *lstm_input)
new_h, new_c = checks.unpack("lstm_step", result, "h", "c")
checks.shape("the new c", new_c, batch=5, d_hidden=6)
bare = [part - b for part, b in zip((a0, a1, a2), weights["b"].split(6), strict=False)]
blind = [p - h @ W.T for p, W in zip((a0, a1, a2), weights["W_h"].split(6), strict=False)]
slips = {
    "the bias b is not added.": s(bare[1]) * c + s(bare[0]) * bare[2].tanh(),
    "h @ W_h.T is not added: the gates read the old h too.": s(blind[1]) * c
    + s(blind[0]) * blind[2].tanh(),
    "f needs the sigmoid.": a1 * c + s(a0) * a2.tanh(),
    "i needs the sigmoid.": s(a1) * c + a0 * a2.tanh(),
    "the activations are missing: sigmoid for i and f, tanh for g.": a1 * c + a0 * a2,
    "i is a gate of its own, not 1 − f.": s(a1) * c + (1 - s(a1)) * a2.tanh(),
    "the order of the returned values is h, c.": right_h,
    "the old cell state is not carried: add f · c.": s(a0) * a2.tanh(),
    "the gates i and f are swapped: the rows are ordered i, f, g, o.": s(a0) * c
    + s(a1) * a2.tanh(),
    "the parts g and o are swapped: the rows are ordered i, f, g, o.": s(a1) * c
    + s(a0) * a3.tanh(),
    "the parts are read in the order f, i, o, g; it is i, f, g, o.": s(a0) * c + s(a1) * a3.tanh(),
    "g goes through tanh, not through the sigmoid.": s(a1) * c + s(a0) * s(a2),
    "g needs a tanh.": s(a1) * c + s(a0) * a2,
    "the forget gate is not used: the old cell is added whole.": c + s(a0) * a2.tanh(),
    "the input gate is not used: g is added whole.": s(a1) * c + a2.tanh(),
    "the new c is not 1 − f times the old one; f keeps it.": (1 - s(a1)) * c + s(a0) * a2.tanh(),
    "i goes through the sigmoid, and so does f.": a1 * c + a0 * a2.tanh(),
}
checks.close("the new c", new_c, right_c, slips=slips)
checks.passed("the cell state agrees with nn.LSTMCell")

# %% check="lstm_step_hidden" points=2
h, c = lstm_input[1:]
result = checks.run(lstm_step, lstm_weights(lstm_cell), *lstm_input)
new_h, new_c = checks.unpack("lstm_step", result, "h", "c")
checks.shape("the new h", new_h, batch=5, d_hidden=6)
slips = {
    "the order of the returned values is h, c.": right_c,
    "h is o · tanh(c), and not made from the old h.": s(a3) * h.tanh(),
    "tanh of the cell state is missing.": s(a3) * right_c,
    "h is read from the old cell state; use the new one.": s(a3) * c.tanh(),
    "the output gate is not used.": right_c.tanh(),
    "the output gate needs the sigmoid.": a3 * right_c.tanh(),
    "the parts g and o are swapped: the rows are ordered i, f, g, o.": s(a2)
    * (s(a1) * c + s(a0) * a3.tanh()).tanh(),
    "you return the old h.": h,
}
checks.close("the new h", new_h, right_h, slips=slips)
### BEGIN HIDDEN TESTS
cell = nn.LSTMCell(3, 8, dtype=torch.float64)
x, h, c = checks.normal(2, 3, seed=73), checks.normal(2, 8, seed=74), checks.normal(2, 8, seed=75)
new_h, new_c = checks.run(lstm_step, lstm_weights(cell), x, h, c)
checks.close("the new h for other sizes", new_h, cell(x, (h, c))[0])
checks.close("the new c for other sizes", new_c, cell(x, (h, c))[1])
### END HIDDEN TESTS
checks.passed("the hidden state agrees with nn.LSTMCell")

# %% check="lstm_step_sequence" points=1
layer = nn.LSTM(4, 6, batch_first=True, dtype=torch.float64)
own = {"W_x": layer.weight_ih_l0.detach(), "W_h": layer.weight_hh_l0.detach()}
own |= {"b": (layer.bias_ih_l0 + layer.bias_hh_l0).detach()}
x = checks.normal(3, 30, 4, seed=76)
h = c = x.new_zeros(3, 6)
for t in range(30):
    h, c = checks.run(lstm_step, own, x[:, t], h, c)
_, (last_h, last_c) = layer(x)
checks.close("h after 30 steps", h, last_h[0])
checks.close("c after 30 steps", c, last_c[0])
checks.passed("thirty steps in a row: agrees with nn.LSTM")

# %% [markdown]
# **Experiment.** A task that is nothing but memory. A sequence of random symbols: name the *first* one.
# The *lag* is the number of symbols that follow it. They come from the same alphabet, so only its place
# tells which symbol matters.
#
# RNN and LSTM get the same width, the same number of steps and the same batches, whose lags are drawn
# between 1 and 40. Each starts in the way that is known to help it: $W_{hh}$ orthogonal for the RNN, the
# forget gate's bias 1 for the LSTM. Each may choose the best of three learning rates on validation
# sequences; the accuracy is measured on others.

# %% given="lag_task"
SYMBOLS, LONGEST = 64, 40
draw = torch.Generator().manual_seed(0)
sequences = torch.randint(SYMBOLS, (30_000, LONGEST + 1), generator=draw)
validation, test = torch.randint(
    SYMBOLS, (2, scaled(full=2_000, smoke=100), LONGEST + 1), generator=draw
)


def cut(x: torch.Tensor, *, generator: torch.Generator) -> tuple[torch.Tensor]:
    """The batch with one random lag between 1 and LONGEST."""
    lag = int(torch.randint(1, LONGEST + 1, (1,), generator=generator))
    return (x[:, : lag + 1],)


class Rememberer(nn.Module):
    """Logits of the first symbol (B, SYMBOLS), from symbols (B, T)."""

    def __init__(self, layer: type[nn.RNN] | type[nn.LSTM], d_hidden: int = 64) -> None:
        super().__init__()
        self.embedding = nn.Embedding(SYMBOLS, 16)
        self.layer = layer(16, d_hidden, batch_first=True)
        self.output = nn.Linear(d_hidden, SYMBOLS)
        if layer is nn.RNN:
            nn.init.orthogonal_(self.layer.weight_hh_l0)  # every singular value is 1
        else:
            nn.init.ones_(self.layer.bias_ih_l0[d_hidden : 2 * d_hidden].detach())  # forget gate

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        return self.output(self.layer(self.embedding(tokens))[0][:, -1])


# %% given="lag_training"
@torch.no_grad()
def accuracy_at(model: nn.Module, x: torch.Tensor, lag: int) -> float:
    return (model(x[:, : lag + 1]).argmax(dim=1) == x[:, 0]).float().mean().item()


def remember(layer: type, lr: float, seed: int = 0) -> nn.Module:
    """A trained model."""
    seed_everything(seed)
    model = Rememberer(layer)
    batches = Batches(sequences, batch_size=64, seed=seed, augment=cut, device=cpu)
    training.fit(
        model,
        batches,
        lambda model, batch: F.cross_entropy(model(batch[0]), batch[0][:, 0]),
        steps=scaled(full=1000, smoke=2),
        lr=lr,
        precision=torch.float32,
        show=False,
    )
    return model


lag, best = 30, {}
for name, layer in (("RNN", nn.RNN), ("LSTM", nn.LSTM)):
    tried = {lr: remember(layer, lr) for lr in (1e-2, 2e-2, 4e-2)}
    scores = {lr: accuracy_at(model, validation, lag) for lr, model in tried.items()}
    best[name] = tried[max(scores, key=scores.get)]
    print(name, ", ".join(f"lr {lr:g}: {score:.3f}" for lr, score in scores.items()))

# %% given="lag_plot"
lags = [1, 2, 3, 5, 8, 12, 16, 20, 25, 30, 35, 40]
remembered = {name: [accuracy_at(model, test, n) for n in lags] for name, model in best.items()}
rnn_accuracy_at_lag = accuracy_at(best["RNN"], test, lag)
lstm_accuracy_at_lag = accuracy_at(best["LSTM"], test, lag)
fig, ax = plt.subplots(figsize=(6.5, 3.4), layout="constrained")
words = {"title": "Naming the first symbol", "xlabel": "lag", "ylabel": "accuracy"}
plots.curves(ax, remembered, x=lags, **words)
ax.axhline(1 / SYMBOLS, color="gray", linewidth=1)
ax.set_ylim(0, 1.05)
plots.show(
    fig,
    alt="Accuracy against lag. The LSTM stays near 1 at every lag. The RNN falls within a few steps and then stays "
    "low.",
    caption="Gray: guessing. The LSTM remembers at every lag; the RNN loses most within a few steps.",
)
print(f"lag {lag}: RNN {rnn_accuracy_at_lag:.3f}, LSTM {lstm_accuracy_at_lag:.3f}")

# %% [markdown]
# **What you saw.** The LSTM names the first symbol at every lag. The RNN loses most of it within five
# steps. What it still knows then, it still knows after forty: saturated units can hold a few bits forever.
# But it has to learn which units should hold what, through gradients that vanish.

# %% [markdown]
# ## 7 · A model that writes
#
# A *causal language model* predicts each token from those before it. The probability of a whole text is
# a product, and training makes it large: *maximum likelihood*.
#
# $$\log P(u_1, \ldots, u_N) = \sum_i \log P(u_i \mid u_1, \ldots, u_{i-1})$$
#
# Many to many: there is a prediction at every step. The text is its own label, shifted by one place. A
# *begin* token stands before the first character, and an *end* token lets the model stop.
#
# ```
# input    <  P  e  r  u
# target   P  e  r  u  >
# ```

# %% [markdown]
# ### Exercise 8 · Shift and perplexity (6 points · 35 min · ●●○)
#
# Write `shift`. From tokens `(B, T)` and their mask it makes inputs, targets and a mask, all
# `(B, T + 1)`. Inputs begin with `begin`. Targets hold `end` right after the last real token. The new
# mask is True where the target is real, the end included. Every target outside the mask is `pad`.
#
# Write `perplexity`. It takes batches `(logits (B, T, V), targets (B, T), mask (B, T))` and returns
# $\exp(-\frac{1}{N} \sum \log P)$ over all $N$ real targets of *all* batches together, as a Python float.
# The batches may come from a generator: go through them once.
#
# <details><summary>Hint 1: the idea</summary>Inputs: put a column in front. Targets: put a column at the
# back, then write the end token at each row's length. For the perplexity add up sums and counts; divide
# once, at the end.</details>
# <details><summary>Hint 2: the formula</summary>A row with n real tokens has its end token at target n
# and n + 1 real targets.</details>
# <details><summary>Hint 3: the
# line</summary><code>targets[torch.arange(B), mask.sum(dim=1)] = end</code>, and
# <code>F.cross_entropy(logits[mask], targets[mask], reduction="sum")</code>.</details>


# %% solution="shift"
def shift(
    tokens: torch.Tensor, mask: torch.Tensor, begin: int, end: int, pad: int
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Inputs and targets of a causal language model.

    Args:
        tokens: (B, T) int64, padded at the end.
        mask: (B, T) bool, True at real tokens.
        begin, end, pad: ids of the special tokens.

    Returns:
        inputs, targets and mask of the targets, (B, T + 1) each.
    """
    ### BEGIN SOLUTION
    column = torch.full_like(tokens[:, :1], pad)
    inputs = torch.cat([torch.full_like(column, begin), tokens], dim=1)  # (B, T + 1)
    targets = torch.cat([tokens, column], dim=1)  # (B, T + 1)
    targets[torch.arange(len(tokens)), mask.sum(dim=1)] = end
    return inputs, targets, torch.cat([torch.ones_like(mask[:, :1]), mask], dim=1)
    ### END SOLUTION


# %% given="shift_example"
two_words = torch.tensor([[7, 8, 9, 5], [6, 4, 0, 0]])
two_words_mask = two_words != 0  # begin is 2, end is 3, pad is 0

# %% check="shift_inputs" points=1
result = checks.run(shift, two_words, two_words_mask, 2, 3, 0)
inputs, _, _ = checks.unpack("shift", result, "inputs", "targets", "mask")
checks.shape("inputs", inputs, batch=2, tokens=5)
whole = (
    "tokens are whole numbers, int64: yours are {}. Make the new column with torch.full_like(...)."
)
checks.that(inputs.dtype == torch.int64, whole.format(inputs.dtype))
slips = {
    "the inputs need the begin token in front.": torch.tensor([[7, 8, 9, 5, 0], [6, 4, 0, 0, 0]]),
    "these are the targets: the order is inputs, targets, mask.": torch.tensor(
        [[7, 8, 9, 5, 3], [6, 4, 3, 0, 0]]
    ),
    "the inputs hold the end token in the place of begin.": torch.tensor(
        [[3, 7, 8, 9, 5], [3, 6, 4, 0, 0]]
    ),
}
checks.close("inputs", inputs, torch.tensor([[2, 7, 8, 9, 5], [2, 6, 4, 0, 0]]), slips=slips)
checks.passed("inputs: the begin token, then the text")

# %% check="shift_targets" points=1
result = checks.run(shift, two_words, two_words_mask, 2, 3, 0)
_, targets, _ = checks.unpack("shift", result, "inputs", "targets", "mask")
checks.shape("targets", targets, batch=2, tokens=5)
checks.that(targets.dtype == torch.int64, f"tokens are int64; your targets are {targets.dtype}.")
slips = {
    "every row got the ends of all rows: index rows and columns together, torch.arange(B) first.": (
        torch.tensor([[7, 8, 3, 5, 3], [6, 4, 3, 0, 3]])
    ),
    "the end token belongs right after the last real token, not after the padding.": torch.tensor(
        [[7, 8, 9, 5, 3], [6, 4, 0, 0, 3]]
    ),
    "the targets are not shifted: each would be its own input.": torch.tensor(
        [[2, 7, 8, 9, 5], [2, 6, 4, 0, 0]]
    ),
    "the end token is missing: the model would never stop.": torch.tensor(
        [[7, 8, 9, 5, 0], [6, 4, 0, 0, 0]]
    ),
    "the targets are shifted by two places.": torch.tensor([[8, 9, 5, 3, 0], [4, 3, 0, 0, 0]]),
    "the end token overwrites the last real token.": torch.tensor(
        [[7, 8, 9, 3, 0], [6, 3, 0, 0, 0]]
    ),
    "the padding of the targets should be pad.": torch.tensor([[7, 8, 9, 5, 3], [6, 4, 3, 3, 3]]),
}
checks.close("targets", targets, torch.tensor([[7, 8, 9, 5, 3], [6, 4, 3, 0, 0]]), slips=slips)
### BEGIN HIDDEN TESTS
_, targets, _ = checks.run(
    shift,
    torch.tensor([[5, 1, 1], [4, 8, 6]]),
    torch.tensor([[1, 0, 0], [1, 1, 1]]).bool(),
    9,
    7,
    1,
)
checks.close("targets for other ids", targets, torch.tensor([[5, 7, 1, 1], [4, 8, 6, 7]]))
### END HIDDEN TESTS
checks.passed("targets: the text, then the end token")

# %% check="shift_mask" points=1
result = checks.run(shift, two_words, two_words_mask, 2, 3, 0)
_, _, real = checks.unpack("shift", result, "inputs", "targets", "mask")
checks.shape("mask", real, batch=2, tokens=5)
checks.that(real.dtype == torch.bool, f"the mask should be bool, not {real.dtype}.")
checks.that(not real.all(), "the mask is True everywhere: padding would count in the loss.")
right = torch.tensor([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0]]).bool()
slips = {
    "the end token is a real target too: a row of n tokens has n + 1 targets.": torch.tensor(
        [[1, 1, 1, 1, 0], [1, 1, 0, 0, 0]]
    ),
    "the new True belongs in front: a row of n tokens has its targets at the first n + 1 places.": (
        torch.tensor([[1, 1, 1, 1, 1], [1, 1, 0, 0, 1]])
    ),
    "the mask is inverted: True means a real target.": ~right,
}
checks.close("mask", real.long(), right.long(), slips={k: v.long() for k, v in slips.items()})
### BEGIN HIDDEN TESTS
tokens, mask = torch.tensor([[5, 0, 4], [4, 8, 0]]), torch.tensor([[1, 1, 1], [1, 1, 0]]).bool()
*_, real = checks.run(shift, tokens, mask, 2, 3, 0)
checks.close(
    "the mask where a real token has the id of pad",
    real.long(),
    torch.tensor([[1, 1, 1, 1], [1, 1, 1, 0]]),
)
### END HIDDEN TESTS
checks.passed("mask: real targets, the end included, and no padding")

# %% [markdown]
# Perplexity is easier to read than a loss: a model with a perplexity of 8 is as unsure as if it chose
# among 8 equally likely tokens at each step. A uniform model over $V$ tokens has exactly $V$.


# %% solution="perplexity"
def perplexity(batches: Iterable[tuple[torch.Tensor, torch.Tensor, torch.Tensor]]) -> float:
    """exp of the mean negative log-likelihood per real target.

    Args:
        batches: (logits (B, T, V), targets (B, T), mask (B, T)) each; sizes differ from batch to batch.
    """
    ### BEGIN SOLUTION
    total, count = 0.0, 0
    for logits, targets, mask in batches:
        total += F.cross_entropy(logits[mask], targets[mask], reduction="sum").item()
        count += mask.sum().item()
    return math.exp(total / count)
    ### END SOLUTION


# %% given="perplexity_batches"
def scored_batches(seed: int) -> list[tuple[torch.Tensor, torch.Tensor, torch.Tensor]]:
    """Three batches of unequal size and difficulty, with logits of 6 tokens."""
    batches = []
    for k, (B, T, shortest) in enumerate([(2, 7, 5), (4, 3, 1), (3, 9, 2)]):
        logits = (1 + k) * checks.normal(B, T, 6, seed=seed + k)
        lengths = torch.linspace(shortest, T, B).long()
        mask = torch.arange(T) < lengths[:, None]  # (B, T)
        targets = (7 * torch.arange(B * T) % 6).reshape(B, T).where(mask, 0)
        batches.append((logits, targets, mask))
    return batches


def nats(logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """−log P of each target, (B, T)."""
    return F.cross_entropy(logits.mT, targets, reduction="none")


# %% check="perplexity_uniform" points=1
ten = torch.zeros(2, 5, 10, dtype=torch.float64)
everything = torch.ones(2, 5, dtype=torch.bool)
value = checks.run(perplexity, [(ten, torch.arange(10).reshape(2, 5), everything)])
checks.number("the perplexity", value)
slips = {
    "that is the mean loss: take exp of it.": math.log(10),
    "the sign is flipped: exp of minus the mean log-likelihood.": 0.1,
    "that is exp of the sum; divide by the number of targets first.": 1e10,
    "you take 2 to the power of a loss in nats; use exp.": 2 ** math.log(10),
    'cross_entropy took the mean already: use reduction="sum" before you divide.': 10**0.1,
}
checks.close("the perplexity of a uniform model over 10 tokens", value, 10.0, slips=slips)
checks.passed("a uniform model over 10 tokens has perplexity 10")

# %% check="perplexity_padding" points=1
one = scored_batches(80)[2]
logits, targets, mask = one
losses = nats(logits, targets)
value = checks.run(perplexity, [one])
slips = {
    "padding counts in the loss: use the mask.": losses.mean().exp(),
    "cross_entropy takes logits; do not apply softmax first.": (
        nats(logits.softmax(dim=2), targets)[mask].mean().exp()
    ),
    "the sum leaves the padding out, but you divide by all places.": (
        losses[mask].sum() / mask.numel()
    ).exp(),
    "the padding is in the sum, but not in the count.": (losses.sum() / mask.sum()).exp(),
    "each row has the same weight; each real target should have it.": (
        (losses * mask).sum(1) / mask.sum(1)
    )
    .mean()
    .exp(),
    "the mean of the probabilities is not the likelihood: average the logarithms.": (
        1 / (-losses[mask]).exp().mean()
    ),
    "you average the perplexities of the tokens; take exp of the mean.": losses[mask].exp().mean(),
}
checks.close(
    "the perplexity of a batch with padding", value, losses[mask].mean().exp(), slips=slips
)
checks.passed("padding does not count")

# %% check="perplexity_batches_together" points=1
three = scored_batches(83)
value = checks.run(perplexity, three)
sums = torch.stack([nats(a, b)[m].sum() for a, b, m in three])
counts = torch.stack([m.sum() for _, _, m in three])
slips = {
    "you average the perplexities of the batches: add up the losses, take exp once.": (
        (sums / counts).exp().mean()
    ),
    "each batch has the same weight; each real target should have it.": (sums / counts)
    .mean()
    .exp(),
    "only the last batch counts: add up over all.": (sums[-1] / counts[-1]).exp(),
    "only the first batch counts: is the return inside the loop?": (sums[0] / counts[0]).exp(),
}
checks.close(
    "the perplexity of three batches", value, (sums.sum() / counts.sum()).exp(), slips=slips
)
### BEGIN HIDDEN TESTS
many = [*scored_batches(90), *scored_batches(95)]
loss = torch.cat([nats(a, b)[m] for a, b, m in many]).mean()
checks.close("the perplexity of six batches", checks.run(perplexity, iter(many)), loss.exp())
### END HIDDEN TESTS
checks.passed("all real targets of all batches weigh the same")

# %% [markdown]
# Now train on the names of section 3. The test names belong to territories that the model has never
# seen, in any language.


# %% given="char_model"
class CharModel(nn.Module):
    """Logits of the next character (B, T, V) and the state, from characters (B, T)."""

    def __init__(self, d_embedding: int = 32, d_hidden: int = 128) -> None:
        super().__init__()
        self.embedding = nn.Embedding(V, d_embedding)
        self.lstm = nn.LSTM(d_embedding, d_hidden, batch_first=True)
        self.dropout = nn.Dropout(0.3)
        self.output = nn.Linear(d_hidden, V)

    def forward(self, tokens: torch.Tensor, state=None) -> tuple[torch.Tensor, tuple]:
        states, state = self.lstm(self.embedding(tokens), state)  # (B, T, d_hidden)
        return self.output(self.dropout(states)), state


def next_character_loss(model: nn.Module, batch: tuple) -> torch.Tensor:
    inputs, targets, real = shift(batch[0], batch[1], BEGIN, END, PAD)
    return F.cross_entropy(model(inputs)[0][real], targets[real])


@torch.no_grad()
def name_perplexity_of(model: nn.Module) -> dict[str, float]:
    scored = []
    for tokens, mask, _ in name_batches(test_names, batch_size=128, shuffle=False):
        inputs, targets, real = shift(tokens, mask, BEGIN, END, PAD)
        scored.append((model(inputs)[0], targets, real))
    return {"test perplexity": perplexity(scored)}


# %% given="train_char_model"
seed_everything(0)
writer = CharModel()
history = training.fit(
    writer,
    name_batches(train_names, batch_size=64),
    next_character_loss,
    steps=scaled(full=400, smoke=10),
    lr=5e-3,
    precision=torch.float32,
    evaluate=name_perplexity_of,
    evaluate_every=scaled(full=50, smoke=10),
    title="Names of countries",
)
name_perplexity = history.metrics["test perplexity"][-1]

# %% given="perplexity_baselines"
pairs = torch.zeros(V, V)  # how often a character follows another in the training names
for text, _, _ in train_names:
    ids = [BEGIN, *encode(text), END]
    pairs.index_put_(
        (torch.tensor(ids[:-1]), torch.tensor(ids[1:])), torch.ones(1), accumulate=True
    )
singles = pairs.sum(dim=0)
simple = {  # small counts are added: a pair that training never showed must not get probability 0
    "one character": (singles + 0.5).log().expand(V, V),
    "two characters": (pairs + 0.05).log(),
}
print(f"uniform: {V}")
for name, table in simple.items():
    scored = []
    for tokens, mask, _ in name_batches(test_names, batch_size=128, shuffle=False):
        inputs, targets, real = shift(tokens, mask, BEGIN, END, PAD)
        scored.append((table[inputs], targets, real))
    print(f"counts of {name}: {perplexity(scored):.2f}")
print(f"recurrent network: {name_perplexity:.2f}")

# %% [markdown]
# ### Temperature
#
# One to many: to write, draw the next character from the predicted distribution, feed it back, and go on. The
# *temperature* $\tau$ sets how daring the draw is: divide the logits by $\tau$ before the softmax. At
# $\tau = 1$ the distribution is the model's own. Below 1 it gets sharper, above 1 flatter. As
# $\tau \to 0$ only the most probable character is left.

# %% [markdown]
# ### Exercise 9 · Temperature (2 points · 10 min · ●○○)
#
# Write `tempered`. From logits `(B, V)` and a temperature it returns the probabilities `(B, V)`. With
# temperature 0, the most probable token of each row has probability 1 and all others 0. Small
# temperatures must not overflow.
#
# <details><summary>Hint 1: the idea</summary>Temperature 0 is a case of its own. Everything else is one
# softmax.</details>
# <details><summary>Hint 2: the formula</summary>p = softmax(logits / τ). For τ = 0 a one-hot row at the
# argmax.</details>
# <details><summary>Hint 3: the
# line</summary><code>F.one_hot(logits.argmax(dim=-1), logits.shape[-1]).to(logits)</code></details>


# %% solution="tempered"
def tempered(logits: torch.Tensor, temperature: float) -> torch.Tensor:
    """Probabilities at a temperature.

    Args:
        logits: (B, V).
        temperature: 0 or more; 1 leaves the distribution as it is, 0 keeps the most probable token alone.

    Returns:
        (B, V), rows sum to 1.
    """
    ### BEGIN SOLUTION
    if temperature == 0:
        return F.one_hot(logits.argmax(dim=-1), logits.shape[-1]).to(logits)
    return torch.softmax(logits / temperature, dim=-1)
    ### END SOLUTION


# %% check="tempered_value" points=1
logits = checks.normal(3, 5, seed=100)
own = torch.softmax(logits, dim=1)
for temperature in (0.5, 2.0):
    probs = checks.run(tempered, logits, temperature)
    checks.shape("the probabilities", probs, batch=3, V=5)
    slips = {
        "you multiply by the temperature: divide.": torch.softmax(logits * temperature, dim=1),
        "the temperature is not used.": own,
        "divide the logits, not the probabilities.": own / temperature,
        "the softmax runs over the batch; it runs over V, the last dimension.": (
            torch.softmax(logits / temperature, dim=0)
        ),
        "these are logits: apply the softmax.": logits / temperature,
        "the softmax is applied twice.": torch.softmax(own / temperature, dim=1),
        "these are powers of probabilities that no longer sum to 1.": own ** (1 / temperature),
        "these are logarithms of probabilities.": torch.log_softmax(logits / temperature, dim=1),
    }
    right = torch.softmax(logits / temperature, dim=1)
    checks.close(f"the probabilities at temperature {temperature}", probs, right, slips=slips)
checks.close("the probabilities at temperature 1", checks.run(tempered, logits, 1.0), own)
checks.passed("above 1 flatter, below 1 sharper")

# %% check="tempered_zero" points=1
logits = torch.tensor([[1.0, 4.0, 2.0], [900.0, -900.0, 800.0]], dtype=torch.float64)
expected = torch.tensor([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]])
for temperature in (0.0, 1e-3, 0.01):
    probs = checks.run(tempered, logits, temperature)
    checks.tensor("the probabilities", probs)
    checks.that(
        probs.is_floating_point(),
        f"probabilities are floating-point numbers, yours are {probs.dtype}: add .to(logits).",
    )
    checks.shape("the probabilities", probs, batch=2, V=3)
    cause = "a division by a temperature of 0, or an exp that overflows: use torch.softmax."
    checks.finite(f"the probabilities at temperature {temperature:g}", probs, cause)
    slips = {
        "at temperature 0 every token got the same probability.": torch.full((2, 3), 1 / 3),
        "at temperature 0 the least probable token is left; take the argmax.": torch.tensor(
            [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]
        ),
        "at temperature 0 keep the most probable token alone.": torch.softmax(logits, dim=1),
    }
    name = f"the probabilities at temperature {temperature:g}"
    checks.close(name, probs, expected, slips=slips)
### BEGIN HIDDEN TESTS
logits = checks.normal(4, 9, seed=101)
right = F.one_hot(logits.argmax(dim=1), 9).double()
checks.close("the probabilities at temperature 0", checks.run(tempered, logits, 0), right)
flat = checks.run(tempered, logits, 1e9)
checks.close("the probabilities at a huge temperature", flat, torch.full((4, 9), 1 / 9), rtol=1e-5)
### END HIDDEN TESTS
checks.passed("near 0 the most probable token is left, and nothing overflows")

# %% [markdown]
# **Experiment.** The model writes. How many of the names does it know by heart, and how many are new?


# %% given="write"
@torch.no_grad()
def write(count: int, temperature: float, seed: int = 0) -> list[str]:
    """Names drawn from the model; each ends at its first end token, or after 40 characters."""
    generator = torch.Generator().manual_seed(seed)
    tokens, state, columns = torch.full((count, 1), BEGIN), None, []
    for _ in range(40):
        logits, state = writer(tokens, state)
        probs = tempered(logits[:, -1], temperature)  # (count, V)
        tokens = torch.multinomial(probs, 1, generator=generator)  # (count, 1)
        columns.append(tokens)
    rows = torch.cat(columns, dim=1).tolist()
    ends = [row.index(END) if END in row else len(row) for row in rows]
    spelling = {i: c for c, i in number.items()} | {PAD: "·", UNKNOWN: "?", BEGIN: "<"}
    return ["".join(spelling[i] for i in row[:end]) for row, end in zip(rows, ends, strict=True)]


known = {text for text, _, _ in train_names}
print("temperature  by heart  different")
for temperature in (0.0, 0.3, 0.7, 1.0, 1.5):
    texts = write(200, temperature, seed=int(10 * temperature))
    heart = sum(text in known for text in texts) / len(texts)
    print(f"{temperature:>11}  {heart:>8.0%}  {len(set(texts)):>9}   {' · '.join(texts[:5])}")

# %% [markdown]
# **What you saw.** Temperature 0 writes one name, again and again. Low temperatures are safe and repeat
# themselves. At 1 the model invents names that could exist, in languages that could exist. At 1.5 the
# letters fall apart. It knows next to none of the names by heart: it has learned how names sound. Large
# language models write in the same way, one token at a time, with the same knob.

# %% [markdown]
# ## 8 · Forecasting: errors that feed on themselves
#
# Not only letters come in sequence. Here is a made-up daily series: a trend, a yearly and a half-yearly wave, and a
# noise that lingers for some days. A row is `[day, month, year, value]`. The model reads rows and
# predicts the next day's value. Twelve years: nine to train, the rest to test.

# %% given="series"
noise = torch.randn(4383, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
lingering = [0.0]
for shock in noise[1:].tolist():
    lingering.append(0.9 * lingering[-1] + 0.15 * shock)
days = [datetime.date(2010, 1, 1) + datetime.timedelta(n) for n in range(len(noise))]
angle = 2 * math.pi * torch.arange(len(noise)) / 365.25
shape = torch.sin(angle) + 0.4 * torch.sin(2 * angle + 1) + 0.6 * angle / angle[-1]
value = 1500 + 300 * (shape + torch.tensor(lingering))
table = torch.tensor([(d.day, d.month, d.year) for d in days])
table = torch.cat([table, value[:, None]], dim=1)  # (4383, 4)
n_train, LENGTH, HORIZON = 9 * 365 + 2, 120, 90
mean, std = table[:n_train].mean(dim=0), table[:n_train].std(dim=0)
rows = ((table - mean) / std).float()  # (4383, 4), day, month, year and value scaled
for row in table[:2].tolist():
    print([round(entry) for entry in row])


# %% given="series_model"
class SeriesModel(nn.Module):
    """The next value after each row (B, T) and the state, from rows (B, T, 4)."""

    def __init__(self, d_hidden: int = 64) -> None:
        super().__init__()
        self.lstm = nn.LSTM(4, d_hidden, batch_first=True)
        self.output = nn.Linear(d_hidden, 1)

    def forward(self, x: torch.Tensor, state=None) -> tuple[torch.Tensor, tuple]:
        states, state = self.lstm(x, state)  # (B, T, d_hidden)
        return self.output(states)[..., 0], state


seed_everything(0)
forecaster = SeriesModel()
windows = rows[:n_train].unfold(0, LENGTH + 1, 1).mT.contiguous()  # (N, LENGTH + 1, 4)
training.fit(
    forecaster,
    Batches(windows, batch_size=32, device=cpu),
    lambda model, batch: F.mse_loss(model(batch[0][:, :-1])[0], batch[0][:, 1:, 3]),
    steps=scaled(full=500, smoke=5),
    lr=3e-3,
    precision=torch.float32,
    show=False,
)
print(f"{len(windows)} windows of {LENGTH + 1} days")

# %% [markdown]
# ### Exercise 10 · Forecast (3 points · 20 min · ●●○)
#
# Write `forecast`. `model(x, state)` maps rows `(B, T, 4)` to the next value after each row `(B, T)` and
# the new state; state None means zero. You get the `past` `(B, T, 4)`, and the rows to come, `future`
# `(B, H, 4)`. Their dates, columns 0 to 2, are known; **column 3 is the value that you forecast, and you
# must not read it**.
#
# Predict the first day from the past. Then feed each prediction back, in a row with its own date, and
# carry the state. Return `(B, H)`.
#
# <details><summary>Hint 1: the idea</summary>The prediction after the last row of the past is the value
# of the first future day. That day's row is its date and this prediction.</details>
# <details><summary>Hint 2: the formula</summary>v₀ = model(past)[:, −1]; then v_{k+1} = model(row of date
# k and v_k, state).</details>
# <details><summary>Hint 3: the
# line</summary><code>row = torch.cat([future[:, k, :3], v[:, None]], dim=1)[:, None]</code></details>


# %% solution="forecast"
def forecast(model: Callable, past: torch.Tensor, future: torch.Tensor) -> torch.Tensor:
    """Forecasts by feeding predictions back.

    Args:
        model: (rows (B, T, 4), state) → next value after each row (B, T), new state.
        past: known rows (B, T, 4): day, month, year, value.
        future: rows to come (B, H, 4); only their dates are used.

    Returns:
        The values of the H days to come, (B, H).
    """
    ### BEGIN SOLUTION
    predictions, state = model(past, None)
    values = [predictions[:, -1]]  # (B,)
    for dates in future[:, :-1, :3].unbind(dim=1):
        row = torch.cat([dates, values[-1][:, None]], dim=1)[:, None]  # (B, 1, 4)
        predictions, state = model(row, state)
        values.append(predictions[:, -1])
    return torch.stack(values, dim=1)  # (B, H)
    ### END SOLUTION


# %% [markdown]
# The checks use a model that you can follow by hand: the state is half the old state plus the value, and
# the prediction is the state plus a tenth of the day. Days 1 and 2 have the values 4 and 3:


# %% given="hand_model"
def hand_model(
    x: torch.Tensor, state: torch.Tensor | None = None
) -> tuple[torch.Tensor, torch.Tensor]:
    """state ← state / 2 + value, prediction = state + day / 10."""
    state, predictions = x.new_zeros(len(x)) if state is None else state, []
    for row in x.unbind(dim=1):
        state = state / 2 + row[:, 3]
        predictions.append(state + row[:, 0] / 10)
    return torch.stack(predictions, dim=1), state


hand_past = torch.tensor([[[1, 1, 0, 4], [2, 1, 0, 3]]]).double()
hand_future = torch.tensor([[[3, 1, 0, 1], [4, 1, 0, 1], [5, 1, 0, 1]]]).double()
print(f"after days 1 and 2: {[round(v, 4) for v in hand_model(hand_past)[0][0].tolist()]}")

# %% check="forecast_by_hand" points=1
values = checks.run(forecast, hand_model, hand_past, hand_future)
checks.shape("the forecast", values, batch=1, days=3)
right = values.new_tensor([[5.2, 8.0, 12.25]])
slips = {
    "true values are fed back: the forecast peeks at column 3 of the future.": [5.2, 3.8, 3.15],
    "the future is read in one call, true values and all: feed one row at a time.": [
        3.8,
        3.15,
        2.875,
    ],
    "the state is not carried: give each call the state of the one before.": [5.2, 5.5, 5.9],
    "the last known value is fed back, not the prediction.": [5.2, 5.8, 6.15],
    "the last row of the past is read twice.": [5.7, 8.75, 13.375],
    "each row needs the date of its own day: the dates are one day late.": [5.2, 8.1, 12.45],
    "the dates do not move on.": [5.2, 8.0, 12.15],
    "the first prediction is missing: it comes from the last row of the past.": [
        8.0,
        12.25,
        18.675,
    ],
    "the first value is the one after the first row of the past; take the last.": [4.1, 6.9, 10.6],
}
slips = {cause: values.new_tensor([wrong]) for cause, wrong in slips.items()}
checks.close("the forecast of days 3, 4 and 5", values, right, slips=slips)
checks.passed("three days as computed by hand")

# %% check="forecast_no_peeking" points=1
past, future = checks.normal(2, 6, 4, seed=110), checks.normal(2, 5, 4, seed=111)
other = future.clone()
other[..., 3] += 1e3
values = checks.run(forecast, hand_model, past, future)
checks.shape("the forecast", values, batch=2, days=5)
changed = (checks.run(forecast, hand_model, past, other) - values).abs().max()
checks.that(
    changed == 0,
    "other true values in the future change the forecast: it peeks at column 3.",
)
checks.passed("the future values are not read")


# %% given="referee_model"
class Referee(SeriesModel):
    """Another model for the checks: two layers, float64."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(4, 9, num_layers=2, batch_first=True)
        self.output = nn.Linear(9, 1)
        self.double()


# %% check="forecast_state" points=1
model = Referee()
past, future = checks.normal(3, 7, 4, seed=112), checks.normal(3, 6, 4, seed=113)
values = checks.run(forecast, model, past, future)
checks.shape("the forecast", values, batch=3, days=6)
fed = torch.cat([future[..., :3], values.detach()[..., None]], dim=2)[:, :-1]
whole = model(torch.cat([past, fed], dim=1))[0][:, 6:]  # one call over everything
checks.close("the forecast, and one call over the past and the forecast", values, whole)
### BEGIN HIDDEN TESTS
values = checks.run(forecast, hand_model, past[:, :1], future[:, :1])
checks.close("the forecast of one day from one", values, hand_model(past[:, :1])[0])
### END HIDDEN TESTS
checks.passed("the state is carried through: one long call gives the same")

# %% [markdown]
# **Experiment.** Forecast 90 days from many starting days of the test years. Beside it: the one-day
# forecast, which always sees the true value of the day before; a naive rule, the value of the same day
# one year earlier; and the best forecast there can be, by someone who knows how the series was made. When
# does the naive rule win?

# %% given="forecast_experiment"
starts = range(n_train, len(rows) - HORIZON, scaled(full=2, smoke=100))
past = torch.stack([rows[s - LENGTH : s] for s in starts])  # (B, LENGTH, 4)
future = torch.stack([rows[s : s + HORIZON] for s in starts])  # (B, HORIZON, 4)
with torch.no_grad():
    free = forecast(forecaster, past, future)
    forced = forecaster(torch.cat([past, future], dim=1))[0][:, LENGTH - 1 : -1]
year_ago = torch.stack([rows[s - 365 : s - 365 + HORIZON, 3] for s in starts])
fades = 0.9 ** torch.arange(1, HORIZON + 1)  # all that is known of the noise to come
known = torch.stack([shape[s : s + HORIZON] + lingering[s - 1] * fades for s in starts])
possible = ((1500 + 300 * known - mean[3]) / std[3]).float()
guesses = {"predictions fed back": free, "one day ahead": forced, "best possible": possible}
guesses |= {"one year ago": year_ago}
errors = {
    name: ((guess - future[..., 3]) ** 2).mean(dim=0).sqrt() * std[3].item()
    for name, guess in guesses.items()
}
for day in (1, 10, 30, 90):
    print(f"day {day:>2}: " + ", ".join(f"{n} {e[day - 1]:.0f}" for n, e in errors.items()))

# %% given="forecast_plot"
fig, axes = plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
k = len(starts) // 2
shown = {name: guesses[name][k] for name in list(guesses)[:3]}
values = {name: v * std[3].item() + mean[3].item() for name, v in shown.items()}
words = {"xlabel": "days ahead"}
true_values = future[k, :, 3] * std[3].item() + mean[3].item()
axes[0].plot(range(1, HORIZON + 1), true_values, color="gray", linewidth=3, alpha=0.6, label="true")
plots.curves(axes[0], values, title=f"From {days[starts[k]]} on", ylabel="value", **words)
plots.curves(
    axes[1], errors, title="Error on the test years", ylabel="root mean square error", **words
)
axes[1].set_ylim(bottom=0)
axes[1].legend(loc="lower right", ncols=2, fontsize="small")
plots.show(
    fig,
    alt="Left: one true series and three forecasts; the one with predictions fed back leaves it. Right: error against "
    "the horizon. One day ahead: flat and low. Fed back: rises, above the best possible forecast, which rises too "
    "and levels off. One year ago: flat and high.",
    caption="Fed back, predictions are inputs. Their error grows with every step, and more than it has to.",
)

# %% [markdown]
# **What you saw.** The model is the same; only its input differs. With true inputs the error stays low.
# With its own predictions as inputs it grows. Part of that is fate: new noise comes every day, and even
# the best possible forecast loses. The distance to that curve is the model's own: each of its errors is an
# input of the next step. After a few weeks the naive rule is better. In training the model saw true
# values only, never its own mistakes. Text that is generated token by token runs the same risk.

# %% [markdown]
# ## 9 · Why it does not scale
#
# The steps of a recurrent network wait for each other: $h_t$ needs $h_{t-1}$. A processor that could work
# on all $T$ steps at once has to take them one after the other. The cell compares an RNN on sequences of
# growing length with one matrix product of the same arithmetic: $B \cdot T$ rows, $d_{in} + d_{hidden}$
# columns, the same number of multiplications.

# %% given="scaling_experiment"
device = get_device()
B, d = 1, 256
layer = nn.RNN(d, d, batch_first=True, device=device)
weight = torch.randn(2 * d, d, device=device)
lengths = [16, 32, 64, 128, 256, 512, 1024]
seconds = {"RNN": [], "one matrix product": []}
with torch.no_grad():
    for T in lengths:
        x = torch.randn(B, T, d, device=device)
        flat = torch.randn(B * T, 2 * d, device=device)
        work = {"RNN": lambda: layer(x), "one matrix product": lambda: flat @ weight}
        for name, function in work.items():
            times = []
            for _ in range(scaled(full=8, smoke=2)):
                with measure(device) as cost:
                    function()
                times.append(cost.seconds)
            seconds[name].append(min(times))
rnn, product = (times[-1] for times in seconds.values())
print(f"T = {T}: {1e3 * rnn:.1f} ms and {1e3 * product:.2f} ms, a factor of {rnn / product:.0f}")

# %% given="scaling_plot"
fig, ax = plt.subplots(figsize=(6.5, 3.6), layout="constrained")
words = {
    "title": f"Forward pass on {device.type}",
    "xlabel": "sequence length T",
    "ylabel": "seconds",
}
plots.curves(ax, seconds, x=lengths, **words)
ax.set(xscale="log", yscale="log")
ax.set_xticks(lengths, [str(T) for T in lengths], minor=False)
ax.minorticks_off()
plots.show(
    fig,
    alt="Time against sequence length on logarithmic axes. The RNN takes several times longer than the matrix "
    "product at every length.",
    caption="The same number of multiplications, but the RNN has to take them step by step.",
)

# %% [markdown]
# **What you saw.** Both do the same arithmetic, and the RNN takes several times longer: the printed factor
# is the price of going step by step, in many small products. And whatever the network knows of a long
# text must fit into one state of fixed size. Both problems have the same answer: let each token look at
# all others directly. That is attention, and it begins in the next lab.

# %% [markdown]
# ## Going further
#
# Ungraded. Let the name classifier read the last states instead of the largest values: what does that
# cost? Train it with more layers. Start the character model with a token for the language, and let it write
# Finnish. Leave out the special first weights in the lag experiment: who needs them more?
#
# - [Hochreiter and Schmidhuber (1997)](https://doi.org/10.1162/neco.1997.9.8.1735), *Long short-term memory*: the cell,
#   and tasks with long lags.
# - [Pascanu, Mikolov and Bengio (2013)](https://arxiv.org/abs/1211.5063), *On the difficulty of training recurrent
#   neural networks*: vanishing, exploding and clipping.
# - [Bengio et al. (2015)](https://arxiv.org/abs/1506.03099), *Scheduled sampling for sequence prediction with recurrent
#   neural networks*: training that sees its own predictions.

# %% free="playground"
# Your own experiments.

# %% [markdown]
# ## Summary
#
# A recurrent network applies one cell at every step and carries a state, so it reads sequences of any
# length with the same few weights. Its gradient through time is a product of Jacobians, which vanishes or
# explodes exponentially; gates help against the first, clipping against the second. A language model is trained on
# the text shifted by one place, and perplexity is exp of its mean loss per real token. When predictions
# are fed back, errors accumulate. The steps cannot run in parallel, and one state must hold everything:
# attention removes both limits.

# %% given="metrics"
report(
    "02_rnn",
    language_accuracy=language_accuracy,
    rnn_accuracy_at_lag=rnn_accuracy_at_lag,
    lstm_accuracy_at_lag=lstm_accuracy_at_lag,
    lag=lag,
    name_perplexity=name_perplexity,
)
