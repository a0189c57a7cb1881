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

# %% [markdown]
# ![Left, one cell whose state h goes back into it. Right, the same cell drawn for four steps: each takes its
# token through W_hx and the state before through W_hh, and gives an output through W_oh.](figures/unrolled.svg)
#
# *The same network twice. The three matrices carry no step: they are the same at each one.*

# %% [markdown]
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
    "the output has no activation, no sigmoid either.": torch.sigmoid(right),
    "the output has no activation, no softmax either.": torch.softmax(right, dim=1),
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

# %% [markdown]
# ![Two rows of letters. Italy moves its state five times, from h1 to h5. Peru has one place of padding, where the
# mask is False and the state h4 is handed on unchanged.](figures/padding.svg)
#
# *At padding nothing is read, and the state waits. So the last state is the one at the last real token, in each
# row.*

# %% [markdown]
# ### Exercise 2 · The network (5 points · 25 min · ●●○)
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


# %% data="copy_weights"
# Data · Your RNN and PyTorch's with the same weights
def sized(model: nn.Module) -> nn.Module:
    """The model, once it is clear that its layers know their sizes."""
    lazy = any(nn.parameter.is_lazy(p) for p in model.parameters())
    checks.that(not lazy, "a lazy layer has no size yet; write nn.Linear with the sizes you got.")
    return model


def copy_weights(d_in: int, d_hidden: int, d_out: int) -> tuple[nn.Module, nn.RNN, nn.Linear]:
    """Your RNN, torch's own, and a linear output layer, all with the same weights, in float64."""
    mine = sized(checks.run(RNN, d_in, d_hidden, d_out))
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
model = sized(checks.run(RNN, 4, 6, 3))
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
holes = torch.tensor([[1, 1, 1, 0, 1], [1, 0, 0, 0, 0], [0, 0, 1, 1, 1]]).bool()
for where, places in (("in front", mask.flip(1)), ("at other places", holes)):
    outputs, last = checks.run(model, x, places)
    pairs = list(zip(x, places, strict=True))
    right = torch.stack([theirs(row[real])[1][0] for row, real in pairs])
    slips = {
        "the last state is picked by length, so padding at the front is read: keep the old state where the mask is "
        "False, at every step.": theirs(x)[0][torch.arange(3), places.sum(1) - 1],
        "the last state is picked by place, and padding before it is read: keep the old state where the mask is "
        "False, at every step.": through,
    }
    checks.close(f"the last state with padding {where}", last, right, slips=slips)
    real_states = torch.cat([theirs(row[real])[0] for row, real in pairs])
    checks.close(f"outputs at real tokens, padding {where}", outputs[places], head(real_states))
### BEGIN HIDDEN TESTS
mask = torch.tensor([[0, 1, 1, 0, 1], [1, 0, 0, 1, 0], [0, 0, 1, 1, 1]]).bool()
_, last = checks.run(model, x, mask)
right = torch.stack([theirs(row[real])[1][0] for row, real in zip(x, mask, strict=True)])
checks.close("the last state with more holes", last, right)
### END HIDDEN TESTS
checks.passed("padding leaves the state as it was")

# %% [markdown]
# **Experiment.** How long does an input stay in the state? The cell sends one pulse into a network, at its first
# step, and then zeros; the picture counts the steps *after* it, from 0. Nobody has trained this network: its 12 units
# have PyTorch's random first weights, and no biases.

# %% figure="pulse_experiment"
# Figure · The state of a fresh RNN after one pulse
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
# **What you saw.** The state answers, the answer wanders through the units, and it fades: this is how training
# *begins*. Training can learn to hold an input for longer, if a gradient tells it to. Does one arrive? Section 2
# measures that.
