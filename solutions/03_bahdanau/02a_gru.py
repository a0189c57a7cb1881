# %% [markdown]
# ## 2 · Sequence to sequence
#
# An *encoder* reads the line, a *decoder* writes the answer. The decoder writes one token at a time, and each
# time it is told what stands before. While it learns, it is told the *right* tokens, whatever it would have
# written itself. This is *teacher forcing*: `shift` of Lab 02, with another line on the input side.
#
# | step | 1 | 2 | 3 | 4 | 5 |
# |---|---|---|---|---|---|
# | input | begin | 1 | 9 | 8 | 2 |
# | target | 1 | 9 | 8 | 2 | end |
#
# The loss is the mean cross-entropy over the real targets. Padding does not count.


# %% given="teacher_forcing"
def teacher_forcing(
    y: torch.Tensor, begin: int, end: int, pad: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """What the decoder sees and what it should say: lines (B, T) → inputs and targets, (B, T + 1) each."""
    inputs = F.pad(y, (1, 0), value=begin)
    targets = F.pad(y, (0, 1), value=pad)
    targets[torch.arange(len(y)), (y != pad).sum(dim=1)] = end
    return inputs, targets


def sequence_loss(logits: torch.Tensor, targets: torch.Tensor, pad: int) -> torch.Tensor:
    """Mean cross-entropy of logits (B, T, V) over the real ones of the targets (B, T)."""
    return F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=pad)


inputs, targets = teacher_forcing(torch.tensor([[4, 12, 11, 5], [7, 6, 0, 0]]), 1, 2, 0)
print("inputs ", inputs.tolist())
print("targets", targets.tolist())

# %% [markdown]
# Both halves are GRUs. A *gated recurrent unit* ([Cho et al., 2014](https://arxiv.org/abs/1406.1078)) is a
# lighter relative of the LSTM: it has gates too, but a single state, which is also its output.
#
# $$r = \sigma(W_{ir} x + b_{ir} + W_{hr} h + b_{hr}) \qquad z = \sigma(W_{iz} x + b_{iz} + W_{hz} h + b_{hz})$$
# $$n = \tanh\big(W_{in} x + b_{in} + r \odot (W_{hn} h + b_{hn})\big) \qquad
# h \leftarrow (1 - z) \odot n + z \odot h$$

# %% [markdown]
# ![The GRU cell: the state h runs along the top, multiplied by z; the candidate n, a tanh of x and of r times the
# transformed h, is multiplied by 1 − z and added.](figures/gru_cell.svg)
#
# *One state, two gates: `z` says how much stays, `r` how much of the old state the candidate `n` sees.*

# %% [markdown]
# ### Exercise 1 · A step of a GRU (2 points · 12 min · ●○○)
#
# Write the four equations for a batch: `x` `(B, d_in)` and the state `h` `(B, d)` give the next state
# `(B, d)`.
#
# As in PyTorch, the three matrices lie on top of each other, in the order r, z, n: `W_i` `(3 d, d_in)` holds
# $W_{ir}, W_{iz}, W_{in}$, `W_h` `(3 d, d)` the others, and `b_i` and `b_h` `(3 d,)` the biases. Mind where
# `r` stands: it multiplies $W_{hn} h + b_{hn}$, with its bias.
#
# Your step moves the decoder in section 4.
#
# <details><summary>Hint 1: the idea</summary>Multiply once by each big matrix, then cut both results into
# three.</details>
# <details><summary>Hint 2: the formula</summary>x W_iᵀ + b_i is (B, 3 d): its thirds are the parts of r, z
# and n that come from x. The same with h.</details>
# <details><summary>Hint 3: the line</summary><code>from_x = (x @ W_i.T + b_i).chunk(3, dim=1)</code> is a
# tuple of three (B, d).</details>


# %% solution="gru_step"
def gru_step(
    x: torch.Tensor,
    h: torch.Tensor,
    W_i: torch.Tensor,
    b_i: torch.Tensor,
    W_h: torch.Tensor,
    b_h: torch.Tensor,
) -> torch.Tensor:
    """One step of a gated recurrent unit (Cho et al., 2014), as PyTorch has it.

    Args:
        x: the input, (B, d_in).
        h: the state, (B, d).
        W_i, b_i: what x goes through, (3 d, d_in) and (3 d,), in the order r, z, n.
        W_h, b_h: what h goes through, (3 d, d) and (3 d,), in the same order.

    Returns:
        The next state, (B, d).
    """
    ### BEGIN SOLUTION
    x_r, x_z, x_n = (x @ W_i.T + b_i).chunk(3, dim=1)
    h_r, h_z, h_n = (h @ W_h.T + b_h).chunk(3, dim=1)
    r, z = torch.sigmoid(x_r + h_r), torch.sigmoid(x_z + h_z)
    n = torch.tanh(x_n + r * h_n)
    return (1 - z) * n + z * h
    ### END SOLUTION


# %% check="gru_by_hand" points=1
tiny = {
    "x": torch.tensor([[1.0]]),
    "h": torch.tensor([[0.5]]),
    "W_i": torch.tensor([[0.0], [0.0], [1.0]]),
    "b_i": torch.zeros(3),
    "W_h": torch.tensor([[0.0], [0.0], [2.0]]),
    "b_h": torch.tensor([0.0, math.log(3), 1.0]),
}
new = checks.run(gru_step, **tiny)
checks.shape("the state", new, batch=1, d=1)
slips = {  # r = 1/2, z = 3/4, n = tanh 2
    "z and 1 − z are swapped: where z is 1 the old state stays.": 0.848021,
    "r multiplies h alone; it multiplies W_hn h + b_hn, with its bias.": 0.621654,
    "r is missing: it multiplies W_hn h + b_hn.": 0.623764,
    "r multiplies all that goes into tanh; it multiplies W_hn h + b_hn alone.": 0.601287,
    "tanh is missing.": 0.875,
    "b_h is missing.": 0.702574,
    "the order of the rows is r, z, n; yours begins with z.": 0.743307,
}
slips = {cause: torch.tensor([[value]]) for cause, value in slips.items()}
checks.close("the state of one unit", new, torch.tensor([[0.616007]]), rtol=1e-4, slips=slips)
checks.passed("one unit as computed by hand")

# %% check="gru_agrees" points=1
cell = nn.GRUCell(3, 4, dtype=torch.float64)
weights = cell.weight_ih, cell.bias_ih, cell.weight_hh, cell.bias_hh
x, h = checks.normal(2, 3, seed=1), checks.normal(2, 4, seed=2)
new = checks.run(gru_step, x, h, *weights)
checks.shape("the state", new, batch=2, d=4)
checks.close("the state, by nn.GRUCell", new, cell(x, h))
checks.that(new.requires_grad, "no gradient reaches the weights: no .detach() or .item().")
kept = cell.bias_ih.detach() + 100 * torch.tensor([0.0, 1.0, 0.0]).repeat_interleave(4)
held = checks.run(gru_step, x, h, cell.weight_ih, kept, cell.weight_hh, cell.bias_hh)
checks.close("the state when z is 1", held, h)
### BEGIN HIDDEN TESTS
cell = nn.GRUCell(5, 5, dtype=torch.float64)
weights = cell.weight_ih, cell.bias_ih, cell.weight_hh, cell.bias_hh
x, h = checks.normal(5, 5, seed=3), checks.normal(5, 5, seed=4)
checks.close("the state when all sizes are 5", checks.run(gru_step, x, h, *weights), cell(x, h))
### END HIDDEN TESTS
checks.passed("the same state as nn.GRUCell")

# %% [markdown]
# The encoder is given. As in Lab 02, one half of its units reads from left to right and the other half from
# right to left. Their states side by side are $h_j = [\overrightarrow{h}_j ; \overleftarrow{h}_j]$, so $h_j$
# knows what stands on both sides of token $j$.
#
# Lines of a batch are padded on the right, and no state may depend on padding. So each line is turned around
# before its padding, read, and turned around again. The state *after reading the line* is
# $\overrightarrow{h}$ at the last real token and $\overleftarrow{h}$ at the first.


# %% given="encoder"
def turn_around(x: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Reverses the real tokens of each line (B, S, d); the padding stays where it is."""
    place = torch.arange(mask.shape[1], device=mask.device)  # (S,)
    last = mask.sum(dim=1, keepdim=True) - 1  # (B, 1)
    source = torch.where(mask, last - place, place)  # (B, S)
    return x.gather(1, source[:, :, None].expand_as(x))


class Encoder(nn.Module):
    """A bidirectional GRU that never sees padding."""

    def __init__(self, d_in: int, d_model: int) -> None:
        super().__init__()
        self.to_right = nn.GRU(d_in, d_model // 2, batch_first=True)
        self.to_left = nn.GRU(d_in, d_model // 2, batch_first=True)

    def forward(self, x: torch.Tensor, mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Vectors x (B, S, d_in), mask (B, S) → states h (B, S, d_model), the state after reading (B, d_model)."""
        right, _ = self.to_right(x)  # (B, S, d_model / 2)
        left = turn_around(self.to_left(turn_around(x, mask))[0], mask)
        last = mask.sum(dim=1) - 1  # (B,)
        s = torch.cat([right[torch.arange(len(x)), last], left[:, 0]], dim=1)
        return torch.cat([right, left], dim=2), s
