# %% [markdown]
# ### Exercise 7 · A step of RNNSearch (3 points · 15 min · ●●○)
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


# %% [markdown]
# ![attend takes the state s and the encoder's states and returns the context c and the weights. cell takes y and
# c, and s, and returns the new s. output takes y, the new s and c, and returns
# logits.](figures/rnnsearch_step.svg)
#
# *Data flow of one step. Two states are called `s` here: mind which one goes where.*

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


# %% data="decoder_parts"
# Data · Stand-ins for the parts of a decoder, for the checks
def require_features(what: str, x: torch.Tensor, features: int) -> None:
    """Fails unless x is (B, features)."""
    got = tuple(x.shape)
    ok = len(got) == 2 and got[1] == features
    checks.that(
        ok, f"{what} should be (B, {features}), yours is {got}: which parts, and which is c?"
    )


class DecoderParts:
    """Stand-ins for attend, cell and output, which answer with fixed numbers and note what they were given."""

    def __init__(self, B: int, d_y: int, d_dec: int, d_enc: int, S: int, V: int) -> None:
        self.y, self.s = checks.normal(B, d_y, seed=50), checks.normal(B, d_dec, seed=51)
        self.c, self.weights = checks.normal(B, d_enc, seed=52), checks.normal(B, S, seed=53)
        self.new, self.logits = checks.normal(B, d_dec, seed=54), checks.normal(B, V, seed=55)
        self.asked, self.moved, self.spoken = [], [], []

    def attend(self, query: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        require_features("attend's query, the state s,", query, self.s.shape[1])
        self.asked.append(query.clone())
        return self.c, self.weights

    def cell(self, x: torch.Tensor, s: torch.Tensor) -> torch.Tensor:
        require_features("the input of cell, [y; c],", x, self.y.shape[1] + self.c.shape[1])
        require_features("the state that cell gets", s, self.s.shape[1])
        self.moved.append((x, s.clone()))
        return self.new

    def output(self, x: torch.Tensor) -> torch.Tensor:
        width = self.y.shape[1] + self.s.shape[1] + self.c.shape[1]
        require_features("the input of output, [y; s; c],", x, width)
        self.spoken.append(x)
        return self.logits

    def run(self) -> tuple:
        """What the student's step returns for these parts: logits, s, weights."""
        given = self.y, self.s, self.attend, self.cell, self.output
        return checks.unpack(
            "rnnsearch_step", checks.run(rnnsearch_step, *given), "logits", "s", "weights"
        )


# %% check="rnnsearch_attends" points=1
parts = DecoderParts(B=2, d_y=3, d_dec=5, d_enc=4, S=6, V=7)
_, _, weights = parts.run()
checks.shape("the weights", weights, batch=2, S=6)
checks.that(len(parts.asked) > 0, "attend is never called.")
late = "attention is asked by the state after the step; Bahdanau's query is s before it, sᵢ₋₁."
again = "attention is asked a second time, by the new state; once is enough, by s before the step."
first_late = bool(parts.moved) and torch.equal(parts.asked[0], parts.new)
checks.that(not first_late, late)
checks.close("attend's query", parts.asked[0], parts.s)
checks.that(len(parts.asked) == 1, again + " " + late)
checks.close("the weights", weights, parts.weights)
checks.passed("the query is the state before the step, and it asks once")

# %% check="rnnsearch_state" points=1
parts = DecoderParts(B=2, d_y=3, d_dec=5, d_enc=4, S=6, V=7)
_, s, _ = parts.run()
checks.that(
    len(parts.moved) == 1, f"cell is called {len(parts.moved)} times; a step calls it once."
)
x, before = parts.moved[0]
checks.that(
    not torch.equal(x[:, :4], parts.c), "the order of the cell's input is y, then c; yours is c, y."
)
none = {"the token before does not enter the cell: its input is [y; c].": torch.zeros(2, 3)}
checks.close("the first part of the cell's input, y", x[:, :3], parts.y, slips=none)
none = {"the context does not enter the cell: its input is [y; c].": torch.zeros(2, 4)}
checks.close("the second part of the cell's input, c", x[:, 3:], parts.c, slips=none)
none = {"the cell begins from zeros: it should get the state before.": torch.zeros(2, 5)}
checks.close("the state that the cell gets", before, parts.s, slips=none)
slips = {"the state comes back as it was: return what cell gives.": parts.s}
checks.close("the new state", s, parts.new, slips=slips)
checks.passed("the new state comes from the token before, the context and the old state")

# %% check="rnnsearch_logits" points=1
parts = DecoderParts(B=2, d_y=3, d_dec=5, d_enc=4, S=6, V=7)
logits, _, _ = parts.run()
checks.that(
    len(parts.spoken) == 1, f"output is called {len(parts.spoken)} times; a step calls it once."
)
x = parts.spoken[0]
order = "the order of the output's input is y, s, c."
checks.that(not torch.equal(x[:, :5], parts.new), order + " Yours begins with s.")
checks.that(not torch.equal(x[:, 3:7], parts.c), order + " Yours has c in the middle.")
none = {"the token before does not enter the output: its input is [y; s; c].": torch.zeros(2, 3)}
checks.close("the first part of the output's input, y", x[:, :3], parts.y, slips=none)
old = {"the output is given the old state; it should be given the new one.": parts.s}
checks.close("the second part of the output's input, s", x[:, 3:8], parts.new, slips=old)
none = {"the context does not enter the output: its input is [y; s; c].": torch.zeros(2, 4)}
checks.close("the third part of the output's input, c", x[:, 8:], parts.c, slips=none)
slips = {"these are probabilities; return logits.": parts.logits.softmax(dim=1)}
checks.close("the logits", logits, parts.logits, slips=slips)
### BEGIN HIDDEN TESTS
other = DecoderParts(B=3, d_y=4, d_dec=4, d_enc=4, S=2, V=5)
logits, s, weights = other.run()
for name, got, right in (
    ("query", other.asked[-1], other.s),
    ("input of cell", other.moved[-1][0], torch.cat((other.y, other.c), 1)),
    ("state of cell", other.moved[-1][1], other.s),
    ("input of output", other.spoken[-1], torch.cat((other.y, other.new, other.c), 1)),
):
    checks.close(f"the {name} for other sizes", got, right)
checks.close("the logits for other sizes", logits, other.logits)
checks.close("the state for other sizes", s, other.new)
### END HIDDEN TESTS
checks.passed("the output sees the token before, the new state and the context")

# %% [markdown]
# **Experiment.** Now the model, from your pieces: `gru_step` moves the decoder, `rnnsearch_step` joins it with
# `masked_softmax`, `additive_score` and `contexts`. Width, output layer, data and learning rate are those of
# the model with one vector. Both start as PyTorch starts its layers. This one takes half as many steps: if it
# wins, it is not because it trained longer.


# %% experiment="additive"
# Experiment · The additive score as a module
class Additive(nn.Module):
    """The trainable parts of the additive score."""

    def __init__(self, d_att: int = 64) -> None:
        super().__init__()
        self.W = nn.Linear(D_MODEL, d_att, bias=False)
        self.U = nn.Linear(D_MODEL, d_att, bias=False)
        self.v = nn.Linear(d_att, 1, bias=False)

    def keys(self, h: torch.Tensor) -> torch.Tensor:
        """What does not depend on the step, (B, S, d_att)."""
        return self.U(h)

    def forward(self, s: torch.Tensor, keys: torch.Tensor) -> torch.Tensor:
        """Scores (B, S) of a query (B, d_model)."""
        return additive_score(s, keys, self.W.weight, self.v.weight[0])


class Cell(nn.GRUCell):
    """A GRU cell that takes your step."""

    def forward(self, x: torch.Tensor, s: torch.Tensor) -> torch.Tensor:
        return gru_step(x, s, self.weight_ih, self.bias_ih, self.weight_hh, self.bias_hh)


# %% experiment="rnnsearch"
# Experiment · The model with attention
class RNNSearch(nn.Module):
    """Encoder and decoder with attention between them (Bahdanau et al., 2015)."""

    def __init__(self, score: nn.Module) -> None:
        super().__init__()
        self.embed_source = nn.Embedding(N_SOURCE, D_EMBED, padding_idx=PAD)
        self.embed_target = nn.Embedding(N_TARGET, D_EMBED)
        self.encoder = Encoder(D_EMBED, D_MODEL)
        self.score = score
        self.cell = Cell(D_EMBED + D_MODEL, D_MODEL)
        self.output = nn.Linear(D_EMBED + 2 * D_MODEL, N_TARGET)

    def start(self, x: torch.Tensor, mask: torch.Tensor, attended: torch.Tensor | None = None):
        """The state before the first step: values, keys, the places that may be attended to, s₀, no weights."""
        h, s = self.encoder(self.embed_source(x), mask)
        return h, self.score.keys(h), mask if attended is None else attended, s, None

    def step(self, token: torch.Tensor, state: tuple) -> tuple[torch.Tensor, tuple]:
        h, keys, mask, s, _ = state

        def attend(query: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            weights = masked_softmax(self.score(query, keys), mask)  # (B, S)
            return contexts(weights[:, None], h)[:, 0], weights

        y = self.embed_target(token)
        logits, s, weights = rnnsearch_step(y, s, attend, self.cell, self.output)
        return logits, (h, keys, mask, s, weights)

    def decode(self, inputs: torch.Tensor, state: tuple) -> tuple[torch.Tensor, torch.Tensor]:
        """Inputs (B, T) to logits (B, T, V) and attention weights (B, T, S)."""
        logits, weights = [], []
        for token in inputs.unbind(dim=1):
            each, state = self.step(token, state)
            logits.append(each)
            weights.append(state[-1])
        return torch.stack(logits, dim=1), torch.stack(weights, dim=1)

    def forward(self, x: torch.Tensor, mask: torch.Tensor, inputs: torch.Tensor) -> torch.Tensor:
        return self.decode(inputs, self.start(x, mask))[0]


# %% experiment="train_attention"
# Experiment · The model with attention learns dates
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
attention_match = exact_match(rnnsearch, test_lines)
print(f"{ATTENTION_STEPS} steps, {rnnsearch_history.seconds:.0f} s")
print(", ".join(f"{dates} dates: {share:.3f}" for dates, share in attention_match.items()))

# %% figure="by_dates"
# Figure · Exact match by the number of dates
fig, ax = plt.subplots(figsize=(6.5, 3.4), layout="constrained")
matches = {"attention": attention_match, "one vector": bottleneck_match}
plots.curves(
    ax,
    {name: list(match.values()) for name, match in matches.items()},
    title="Lines of unseen years without a mistake",
    xlabel="dates on the line",
    ylabel="exact match",
)
ax.axvspan(2.5, 8.2, color="gray", alpha=0.15)
ax.text(5.35, 0.5, "longer than any line\nof the training", ha="center")
ax.set(xlim=(0.8, 8.2), ylim=(-0.04, 1.08))
plots.show(
    fig,
    alt="Exact match against the number of dates on a line. Attention is near 1 for one and two dates, one vector "
    "lower for one and much lower for two. From three dates on both are at 0.",
    caption="On lengths it has met, attention reads two dates like one. On longer lines neither model works.",
)

# %% experiment="longer_lines"
# Experiment · What attention writes for lines of three dates
three = [line for line in test_lines if len(line[1]) == 32]
x, mask, _ = make_batches(three, len(three), shuffle=False)[0]
first = torch.full((len(x),), BEGIN, device=device)
with torch.no_grad():
    tokens = greedy(rnnsearch.step, rnnsearch.start(x, mask), first, END, PAD, MAX_TARGET)
written = [spell(line) for line in tokens]
for (source, target), text in list(zip(three, written, strict=True))[:4]:
    print(f"{source}\n    right   {target}\n    written {text}")
two_dates = sum(len(text) == 21 for text in written) / len(three)
pairs = zip(three, written, strict=True)
last = sum(text[11:] == target[-10:] for (_, target), text in pairs) / len(three)
print(f"two dates are written for {two_dates:.2f} of the lines;", end=" ")
print(f"the second of them is the last of the line for {last:.2f}")

# %% [markdown]
# **What you saw.** The same width, half the steps, and two dates come out as often as one. The years
# are new to both models: this one has learned where to look, and what to write when it looks there.
#
# And then three dates. Read what it writes: two dates. The second is *the last* of the line, and the first is often
# mixed from those before it. With at most two dates in training, "the last one" and "the next one" were the same
# rule. Attention can reach every place of a line of any length. What it looks for there is learned, from the lines
# that it has seen.
