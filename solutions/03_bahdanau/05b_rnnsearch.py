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
# **Experiment.** Now the model. Width, output layer, data and learning rate are those of the model with
# one vector; it takes half as many steps.


# %% experiment="additive"
# Experiment · The additive score as a module
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
attention_match = exact_match(rnnsearch, test_batches)
print(f"{ATTENTION_STEPS} steps, {rnnsearch_history.seconds:.0f} s")
print(", ".join(f"{name}: {share:.4f}" for name, share in attention_match.items()))

# %% figure="by_dates"
# Figure · Exact match by the number of dates
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
