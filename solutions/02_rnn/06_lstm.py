# %% [markdown]
# ## 6 · LSTM: a state that can be kept
#
# The *long short-term memory* ([Hochreiter and Schmidhuber, 1997](https://doi.org/10.1162/neco.1997.9.8.1735)) carries
# a second state, the cell $c$. Gates, numbers between 0 and 1, decide what is written, kept and shown (the gate $f$,
# for *forget*, was added by [Gers et al., 2000](https://doi.org/10.1162/089976600300015015)):
#
# $$i, f, o = \sigma(\ldots) \qquad g = \tanh(\ldots)$$
# $$c_t = f \odot c_{t-1} + i \odot g \qquad h_t = o \odot \tanh(c_t)$$
#
# $\sigma$ is the sigmoid, $\odot$ multiplies entry by entry, and $o$ is a gate here, no longer an output.
# Each $(\ldots)$ is $W_x x_t + W_h h_{t-1} + b$ with its own weights, `d_hidden` rows each, stored on top
# of each other in torch's order: **i, f, g, o**.
#
# With $f = 1$ and $i = 0$ the cell stays exactly as it is, and so does its gradient.

# %% [markdown]
# ![The cell state c runs straight through, multiplied by the forget gate f and added to once. Sigmoid makes the gates
# f, i and o, and tanh the candidate g, from x and h; the new h is o times tanh of the new c.](figures/lstm_cell.svg)
#
# *The blue line is what matters: `c` meets one product and one sum, no matrix and no tanh.*

# %% given="tiny_lstm"
f, i, g, o, c = 0.5, 0.9, -0.4, 0.8, 2.0
new_c = f * c + i * g
print(
    f"c = 0.5 · 2 + 0.9 · (−0.4) = {new_c:.2f}   h = 0.8 · tanh({new_c:.2f}) = {o * math.tanh(new_c):.4f}"
)

# %% [markdown]
# ### Exercise 7 · The LSTM cell (4 points · 15 min · ●○○)
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


# %% data="lstm_parts"
# Data · The parts of PyTorch's LSTM cell, for the checks
def lstm_weights(cell: nn.LSTMCell) -> dict[str, torch.Tensor]:
    """The weights of torch's cell under the names of the exercise."""
    W_x, W_h = cell.weight_ih.detach(), cell.weight_hh.detach()
    return {"W_x": W_x, "W_h": W_h, "b": (cell.bias_ih + cell.bias_hh).detach()}


def lstm_parts(cell: nn.LSTMCell, x: torch.Tensor, h: torch.Tensor) -> list[torch.Tensor]:
    """The four parts of torch's cell before their activations, in the order of their rows."""
    both = F.linear(x, cell.weight_ih, cell.bias_ih) + F.linear(h, cell.weight_hh, cell.bias_hh)
    return list(both.detach().split(cell.hidden_size, dim=1))


# %% data="lstm_reference"
# Data · One step of PyTorch's LSTM cell, for the checks
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
# ### A layer of your cell
#
# `LSTM` walks over a sequence with your `lstm_step`, as your `RNN` did with its own. Everything below trains this
# layer. Its forget gates begin with the bias 1: $\sigma(1) = 0.73$, so the cell keeps most of itself from the start
# ([Jozefowicz et al., 2015](https://proceedings.mlr.press/v37/jozefowicz15.html)).


# %% given="lstm"
class LSTM(nn.Module):
    """Your lstm_step, over a sequence."""

    def __init__(self, d_in: int, d_hidden: int) -> None:
        super().__init__()
        cell = nn.LSTMCell(d_in, d_hidden)  # lends its random first weights
        self.W_x, self.W_h = cell.weight_ih, cell.weight_hh
        keep = torch.arange(4) == 1  # of i, f, g, o
        self.b = nn.Parameter(keep.float().repeat_interleave(d_hidden))

    def forward(
        self, x: torch.Tensor, state: tuple[torch.Tensor, torch.Tensor] | None = None
    ) -> tuple[torch.Tensor, tuple[torch.Tensor, torch.Tensor]]:
        """Reads x (B, T, d_in) from a state (h, c), zero when None: all h (B, T, d_hidden), and the new state."""
        h, c = state or [x.new_zeros(len(x), self.W_h.shape[1])] * 2
        params, seen = {"W_x": self.W_x, "W_h": self.W_h, "b": self.b}, []
        for x_t in x.unbind(dim=1):
            h, c = lstm_step(params, x_t, h, c)
            seen.append(h)
        return torch.stack(seen, dim=1), (h, c)


# %% [markdown]
# **Experiment.** A task that is nothing but memory. A sequence of random symbols: name the *first* one.
# The *lag* is the number of symbols that follow it. They come from the same alphabet, so only its place
# tells which symbol matters.
#
# Your `RNN` and `LSTM` get the same width, the same number of steps and the same batches, whose lags are drawn
# between 1 and 40. Each starts in the way that is known to help it: $W_{hh}$ orthogonal for the RNN, the
# forget gate's bias 1 for the LSTM. Each may choose the better of two learning rates on validation
# sequences; the accuracy is measured on others.

# %% given="lag_task"
SYMBOLS, LONGEST = 64, 40
draw = torch.Generator().manual_seed(0)
sequences = torch.randint(SYMBOLS, (30_000, LONGEST + 1), generator=draw)
validation, lag_test = torch.randint(
    SYMBOLS, (2, scaled(full=2_000, smoke=100), LONGEST + 1), generator=draw
)


def cut(x: torch.Tensor, *, generator: torch.Generator) -> tuple[torch.Tensor]:
    """The batch with one random lag between 1 and LONGEST."""
    lag = int(torch.randint(1, LONGEST + 1, (1,), generator=generator))
    return (x[:, : lag + 1],)


class Rememberer(nn.Module):
    """Logits of the first symbol (B, SYMBOLS), from symbols (B, T)."""

    def __init__(self, name: str, d_hidden: int = 64) -> None:
        super().__init__()
        self.embedding = nn.Embedding(SYMBOLS, 16)
        if name == "RNN":  # its own h2o gives the logits
            self.layer, self.output = RNN(16, d_hidden, SYMBOLS), nn.Identity()
            nn.init.orthogonal_(self.layer.h2h.weight)  # every singular value is 1
        else:
            self.layer, self.output = LSTM(16, d_hidden), nn.Linear(d_hidden, SYMBOLS)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        return self.output(self.layer(self.embedding(tokens))[0][:, -1])


# %% experiment="lag_training"
# Experiment · An RNN and an LSTM learn to remember
@torch.no_grad()
def accuracy_at(model: nn.Module, x: torch.Tensor, lag: int) -> float:
    return (model(x[:, : lag + 1]).argmax(dim=1) == x[:, 0]).float().mean().item()


def remember(name: str, lr: float) -> nn.Module:
    """A trained model."""
    seed_everything(0)
    model = Rememberer(name)
    training.fit(
        model,
        Batches(sequences, batch_size=64, augment=cut, device=cpu),
        lambda model, batch: F.cross_entropy(model(batch[0]), batch[0][:, 0]),
        steps=scaled(full=1000, smoke=2),
        lr=lr,
        precision=torch.float32,
        show=False,
    )
    return model


lag, best = 30, {}
for name in ("RNN", "LSTM"):
    tried = {lr: remember(name, lr) for lr in (1e-2, 2e-2)}
    scores = {lr: accuracy_at(model, validation, lag) for lr, model in tried.items()}
    best[name] = tried[max(scores, key=scores.get)]
    print(name, ", ".join(f"lr {lr:g}: {score:.3f}" for lr, score in scores.items()))

# %% figure="lag_plot"
# Figure · Accuracy against lag
lags = [1, 2, 3, 5, 8, 12, 16, 20, 25, 30, 35, 40]
remembered = {name: [accuracy_at(model, lag_test, n) for n in lags] for name, model in best.items()}
rnn_accuracy_at_lag = accuracy_at(best["RNN"], lag_test, lag)
lstm_accuracy_at_lag = accuracy_at(best["LSTM"], lag_test, lag)
fig, ax = plt.subplots(figsize=(6.5, 3.4), layout="constrained")
words = {"title": "Naming the first symbol", "xlabel": "lag", "ylabel": "accuracy"}
plots.curves(ax, remembered, x=lags, **words)
ax.axhline(1 / SYMBOLS, color="gray", linewidth=1)
ax.set_ylim(0, 1.05)
plots.show(
    fig,
    alt="Accuracy against lag. The LSTM stays near 1 at every lag. The RNN falls within a few steps and then stays "
    "low.",
    caption="Gray: guessing. The LSTM remembers at every lag; the RNN loses most within a few steps."
    + quick,
)
print(f"lag {lag}: RNN {rnn_accuracy_at_lag:.3f}, LSTM {lstm_accuracy_at_lag:.3f}")

# %% [markdown]
# **What you saw.** The LSTM names the first symbol at every lag. The RNN loses most of it within five steps; at lag 30
# it is right in 5 to 17% of the cases (three seeds; a rate of 0.003 does worse). What it still knows after some ten
# steps, it still knows after forty: more than three quarters of its units end beyond ±0.95, and units that are
# saturated can hold a few bits.

# %% [markdown]
# **Experiment** (*may wait*). Is the gradient really what differs? Your `gradient_norms` needs a step and a state.
# For the RNN the state is $h$; for the LSTM it is $h$ and $c$ side by side. Measured on the same sequences, with the
# first weights and with the trained ones.


# %% experiment="lag_gradients"
# Experiment · Gradients through both networks, before and after
def step_of(model: Rememberer) -> tuple[Callable, torch.Tensor]:
    """The step (x_t, state) → state of a model, and its zero state."""
    layer = model.layer
    if isinstance(layer, RNN):
        zero = torch.zeros(layer.h2h.in_features)
        return lambda x_t, h: torch.tanh(layer.i2h(x_t) + layer.h2h(h)), zero
    params = {name: p.detach() for name, p in layer.named_parameters()}

    def step(x_t: torch.Tensor, state: torch.Tensor) -> torch.Tensor:
        h, c = state[None].chunk(2, dim=1)  # (1, d_hidden) each
        return torch.cat(lstm_step(params, x_t[None], h, c), dim=1)[0]

    return step, torch.zeros(2 * layer.W_h.shape[1])


paths = {}
for name, trained in best.items():
    seed_everything(0)
    for when, model in (("first weights", Rememberer(name)), ("trained", trained)):
        model.requires_grad_(False)
        step, zero = step_of(model)
        several = model.embedding(lag_test[: scaled(full=3, smoke=1)])  # (N, T, d_in)
        norms = torch.stack([gradient_norms(step, x, zero) for x in several])
        paths[f"{name}, {when}"] = norms.log().mean(dim=0).exp()
for name, norms in paths.items():
    print(f"{name}: " + ", ".join(f"T − t = {d}: {norms[-1 - d]:.1e}" for d in (5, 20, 40)))

# %% figure="lag_gradient_plot"
# Figure · Gradient norms of the RNN's and the LSTM's state
fig, ax = plt.subplots(figsize=(6.5, 3.6), layout="constrained")
words = {"title": "How far does a gradient reach?", "xlabel": "T − t", "ylabel": "spectral norm"}
plots.curves(ax, paths, x=range(LONGEST + 1, -1, -1), **words)
ax.set_yscale("log")
plots.show(
    fig,
    alt="Gradient norms on a logarithmic axis against distance, for RNN and LSTM, with first and with trained weights.",
    caption="The norm of the derivative of the last state by an earlier one, a geometric mean over three sequences.",
)

# %% [markdown]
# **What you saw.** With the first weights both curves fall. The LSTM's falls more slowly: over forty steps a hundredth
# is left, of the RNN's a hundred-thousandth, though its $W_{hh}$ is orthogonal. That hundredth is enough to learn from.
#
# Training then drives them apart. The LSTM's norm stays above 1 over all forty steps. The RNN holds its bits by
# saturating, and a saturated tanh has a slope near 0: what it remembers it can hardly change any more. Three seeds gave
# norms between 20 and 250 for the LSTM, and below $10^{-7}$ for the RNN.
