# %% [markdown]
# ### Exercise 2 · Greedy decoding (3 points · 15 min · ●●○)
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


# %% data="scripted"
# Data · A stand-in for a decoder, for the checks
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

# %% [markdown]
# ![The encoder reads the letters of 4 mai 82 in both directions and hands one vector c to the decoder, which gets
# c at each step. It is fed begin 1 9 8 2 and should say 1 9 8 2 end: each input is the target of the step
# before.](figures/one_vector.svg)
#
# *All that the decoder knows of the line goes through `c`. Dashed: teacher forcing, each target is the next
# input.*

# %% experiment="bottleneck"
# Experiment · A model with one vector between its halves
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
# Training and measuring are the same for all models of this lab. `TextBatches` puts lines of similar length
# together, so that little is padding. `fit` is the loop of Lab 01 with what you have met since: AdamW, a
# learning rate that warms up and falls, gradients clipped at a norm of 1.
#
# A line counts as an *exact match* only if every sign of the output is right. It is decoded greedily, by your
# function.


# %% experiment="measuring"
# Experiment · The loss of a batch, and batches of lines
def training_loss(model: nn.Module, batch: tuple) -> torch.Tensor:
    """The loss of a batch with teacher forcing."""
    x, mask, y = batch
    y = y[:, : int((y != PAD).sum(dim=1).max())]  # without columns that are padding in every line
    inputs, targets = teacher_forcing(y, BEGIN, END, PAD)
    return sequence_loss(model(x, mask, inputs), targets, PAD)


def make_batches(lines: list, batch_size: int, *, shuffle: bool = True) -> TextBatches:
    """Batches (x, mask, y) of lines."""
    sources, targets = encode(lines)
    options = {"pad": PAD, "device": device, "shuffle": shuffle, "seed": 0}
    return TextBatches(sources, targets, batch_size=batch_size, **options)


# %% experiment="exact_match"
# Experiment · How many lines come out without a mistake
@torch.no_grad()
def exact_match(model: nn.Module, lines: list) -> dict[int, float]:
    """Number of dates on a line → the share of such lines without any mistake."""
    right = defaultdict(list)
    for x, mask, y in make_batches(lines, 300, shuffle=False):
        first = torch.full((len(x),), BEGIN, device=device)
        written = greedy(model.step, model.start(x, mask), first, END, PAD, MAX_TARGET)
        for tokens, target in zip(written, y, strict=True):
            text = spell(target[target != PAD])
            right[(len(text) + 1) // 11].append(spell(tokens) == text)
    return {dates: sum(found) / len(found) for dates, found in right.items()}


train_batches = make_batches(train_lines, 64)
ATTENTION_STEPS = scaled(full=500, smoke=3)
BOTTLENECK_STEPS = 2 * ATTENTION_STEPS

# %% experiment="train_bottleneck"
# Experiment · The model with one vector learns dates
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
bottleneck_match = exact_match(bottleneck, test_lines)
print(f"{BOTTLENECK_STEPS} steps, {bottleneck_history.seconds:.0f} s")
print(", ".join(f"{dates} dates: {share:.3f}" for dates, share in bottleneck_match.items()))

# %% [markdown]
# **What you saw.** Most single dates come out right and few lines of two, though it has trained on both alike
# and its loss has come down far. Of longer lines, which it has never met, none is right.
