# %% [markdown]
# ## 3 · Encoder, decoder, and one vector between them
#
# The encoder is a bidirectional GRU. A *gated recurrent unit* is a lighter relative of the LSTM: it has gates too, but
# only one state, which is also its output; `nn.GRU` is called like `nn.RNN`.
#
# $$r, z = \sigma(\ldots) \qquad n = \tanh\big(W_{in} x + b_{in} + r \odot (W_{hn} h + b_{hn})\big)$$
# $$h \leftarrow (1 - z) \odot n + z \odot h$$

# %% [markdown]
# ![The GRU cell: the state h runs along the top, multiplied by z; the candidate n, a tanh of x and of r times the
# transformed h, is multiplied by 1 − z and added.](figures/gru_cell.svg)
#
# *One state, two gates: `z` says how much stays, `r` how much of the old state the candidate `n` sees.*

# %% [markdown]
# One half of the encoder's units reads from left to right, the other half from right to left; their states side by side
# are $h_j = [\overrightarrow{h}_j ; \overleftarrow{h}_j]$. So $h_j$ knows what stands on both sides of token $j$.
#
# What is the state *after reading the line*? For the first half it is $\overrightarrow{h}$ at the last
# real token. For the second half, which reads backwards, it is $\overleftarrow{h}$ at the *first* token.
#
# Lines of a batch are padded on the right. A GRU that walks over padding changes its state. From left to right, take
# the state at the last *real* token. From right to left the padding would come first, so the line is turned around
# before its padding, read, and turned around again.


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


# %% data="encoder_input"
# Data · Masks, and a call of your encoder, for the checks
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
