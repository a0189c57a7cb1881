# %% [markdown]
# ## 4 · Both directions, several layers
#
# A network that reads from left to right knows nothing of what comes later. A *bidirectional* network has
# a second set of weights that reads from right to left.
#
# Padding makes this tricky. Read from the right, a short row begins with its padding. The state must not
# move before the first real token.
#
# Your `RNN` from section 1 already does that: where the mask is False, its state waits, at whichever end the
# padding stands.

# %% [markdown]
# ![Over the letters of Peru and one place of padding, forward_layer runs from left to right and backward_layer
# from right to left; at each token their two outputs are joined. Each direction has its last state at another
# end.](figures/both_directions.svg)
#
# *Two directions, joined at each token. Mind at which end each of them has read everything.*

# %% [markdown]
# ### Exercise 5 · Both directions (3 points · 10 min · ●●○)
#
# Here a *layer* is anything that is called as your `RNN` is: `layer(x, mask)` returns outputs `(B, T, d_out)` and
# its last state `(B, d_hidden)`.
#
# Write `bidirectional`. `forward_layer` reads from left to right, `backward_layer` from right to left. Return
# the joined outputs `(B, T, 2 * d_out)`, token by token and forward first, and the joined last states
# `(B, 2 * d_hidden)`. Do not read the last states from the outputs: each layer returns its own, and in your `RNN`
# outputs and states are not the same numbers.
#
# <details><summary>Hint 1: the idea</summary>To read from right to left, turn the tokens around, run the layer,
# and turn its outputs back. The mask is turned around too.</details>
# <details><summary>Hint 2: the formula</summary>Time is dimension 1: <code>x.flip(1)</code>. A last state has no
# dimension of time, so nothing is turned back.</details>
# <details><summary>Hint 3: the
# line</summary><code>back, back_last = backward_layer(x.flip(1), mask.flip(1))</code></details>


# %% given="layer_type"
Layer = Callable[[torch.Tensor, torch.Tensor], tuple[torch.Tensor, torch.Tensor]]


# %% solution="bidirectional"
def bidirectional(
    forward_layer: Layer, backward_layer: Layer, x: torch.Tensor, mask: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Reads sequences in both directions (Schuster and Paliwal, 1997).

    Args:
        forward_layer, backward_layer: (x, mask) → outputs (B, T, d_out), last state (B, d_hidden).
        x: (B, T, d_in).
        mask: (B, T) bool, True at real tokens.

    Returns:
        Outputs (B, T, 2 * d_out) and last states (B, 2 * d_hidden), the forward direction first.
    """
    ### BEGIN SOLUTION
    ahead, ahead_last = forward_layer(x, mask)  # (B, T, d_out), (B, d_hidden)
    back, back_last = backward_layer(x.flip(1), mask.flip(1))
    outputs = torch.cat([ahead, back.flip(1)], dim=-1)  # (B, T, 2 * d_out)
    return outputs, torch.cat([ahead_last, back_last], dim=-1)
    ### END SOLUTION


# %% data="scan"
# Data · Layers that keep their state at padding, for the checks
def scan(layer: nn.RNN, head: nn.Linear | None = None) -> Layer:
    """A layer (x, mask) → (outputs, last state) by torch's RNN of one direction; a masked step keeps the state.

    The outputs are the states, or what `head` makes of them.
    """

    def run(x: torch.Tensor, mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        rows = []
        for row, real in zip(x, mask, strict=True):
            own = layer(row[real])[0] if real.any() else row.new_zeros(0, layer.hidden_size)
            own = torch.cat([own.new_zeros(1, layer.hidden_size), own])  # state 0, 1, 2, …
            rows.append(own[real.cumsum(0)])  # as many steps taken as real tokens seen
        states = torch.stack(rows)
        return states if head is None else head(states), states[:, -1]

    return run


# %% data="both_ways"
# Data · PyTorch's layers of one and of two directions
def both_ways(d_in: int, d_hidden: int) -> tuple[nn.RNN, nn.RNN, Layer]:
    """Two layers of one direction, and torch's bidirectional layer with the same weights, in float64."""
    sizes = {"batch_first": True, "dtype": torch.float64}
    ahead, back = nn.RNN(d_in, d_hidden, **sizes), nn.RNN(d_in, d_hidden, **sizes)
    return ahead, back, two_directions(ahead, back)


def two_directions(ahead: nn.RNN, back: nn.RNN) -> Layer:
    """torch's bidirectional layer with the weights of two layers of one direction."""
    sizes = {"batch_first": True, "dtype": torch.float64}
    both = nn.RNN(ahead.input_size, ahead.hidden_size, bidirectional=True, **sizes)
    reverse = {f"{name}_reverse": value for name, value in back.state_dict().items()}
    both.load_state_dict(ahead.state_dict() | reverse)
    return packed(both)


def packed(layer: nn.RNN) -> Layer:
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
result = checks.run(bidirectional, scan(ahead), scan(back), x, every)
states, last = checks.unpack("bidirectional", result, "outputs", "last")
checks.shape("the outputs", states, batch=3, tokens=5, features=12)
left, right = both(x, every)[0].split(6, dim=-1)
not_back = back(x.flip(1))[0]
slips = {
    "the backward outputs are not turned back: flip them once more.": torch.cat(
        [left, not_back], -1
    ),
    "the backward layer reads from left to right: flip the tokens, which are dimension 1.": torch.cat(
        [left, back(x)[0]], -1
    ),
    "flip(-1) turns the features around; the tokens are dimension 1.": torch.cat(
        [left, back(x.flip(-1))[0].flip(-1)], -1
    ),
    "the forward direction comes first.": torch.cat([right, left], -1),
    "the forward layer is used for both directions.": two_directions(ahead, ahead)(x, every)[0],
}
checks.close("the outputs", states, torch.cat([left, right], -1), slips=slips)
checks.passed("without padding: agrees with nn.RNN(bidirectional=True)")

# %% check="bidirectional_padding" points=1
ahead, back, both = both_ways(4, 6)
x = checks.normal(3, 5, 4, seed=21)
mask = torch.arange(5) < torch.tensor([[5], [2], [4]])  # lengths 5, 2, 4
states, _ = checks.run(bidirectional, scan(ahead), scan(back), x, mask)
checks.shape("the outputs", states, batch=3, tokens=5, features=12)
left, right = both(x, mask)[0].split(6, dim=-1)
started = back(x.flip(1))[0].flip(1)  # as if padding were tokens
still = scan(back)(x.flip(1), mask)[0].flip(1)
slips = {
    "the backward direction starts in the padding: give the layer the mask as well.": started[mask],
    "the mask must be turned around together with the tokens.": still[mask],
}
checks.close("forward outputs at real tokens", states[..., :6][mask], left[mask])
checks.close("backward outputs at real tokens", states[..., 6:][mask], right[mask], slips=slips)
### BEGIN HIDDEN TESTS
x, mask = checks.normal(4, 9, 4, seed=22), torch.arange(9) < torch.tensor([[1], [9], [3], [6]])
states, _ = checks.run(bidirectional, scan(ahead), scan(back), x, mask)
checks.close("outputs at real tokens, other lengths", states[mask], both(x, mask)[0][mask])
### END HIDDEN TESTS
checks.passed("with padding: both directions see the real tokens alone")

# %% check="bidirectional_last" points=1
ahead, back, both = both_ways(4, 6)
x = checks.normal(3, 5, 4, seed=23)
mask = torch.arange(5) < torch.tensor([[5], [2], [4]])
heads = [nn.Linear(6, 5, dtype=torch.float64) for _ in range(2)]  # outputs are not states
layers = scan(ahead, heads[0]), scan(back, heads[1])
result = checks.run(bidirectional, *layers, x, mask)
_, last = checks.unpack("bidirectional", result, "outputs", "last")
checks.tensor("last", last)
own = "each layer already returns its last state: join the two that you got, do not read them from the outputs."
checks.that(last.shape[-1] != 10, own)
checks.shape("last", last, batch=3, features=12)
right = both(x, mask)[1]
slips = {"the forward direction comes first.": right.roll(6, dims=1)}
checks.close("last", last, right, slips=slips)
checks.passed("the last state that each layer returned, side by side")


# %% [markdown]
# ### Several layers
#
# Layers are *stacked*: each reads the outputs of the one below. Each has weights of its own, and each has a last state,
# `d_last` numbers a row: `d_hidden` of them, or `2 * d_hidden` when it reads in both directions.


# %% given="stacked"
def stacked(
    layers: list[Layer], x: torch.Tensor, mask: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Outputs of the top layer (B, T, d_out), and every layer's last state (n_layers, B, d_last), the lowest first."""
    lasts = []
    for layer in layers:
        x, last = layer(x, mask)
        lasts.append(last)
    return x, torch.stack(lasts)


# %% [markdown]
# **Experiment.** Which tokens does a state know? The cell measures how strongly each state depends on
# each input token: the norm of a Jacobian.

# %% figure="reach_experiment"
# Figure · Which tokens each state depends on
ahead, back, _ = both_ways(3, 8)
every = torch.ones(1, 9, dtype=torch.bool)
jacobian = torch.autograd.functional.jacobian(
    lambda x: bidirectional(scan(ahead), scan(back), x, every)[0][0],
    checks.normal(1, 9, 3, seed=25),
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
