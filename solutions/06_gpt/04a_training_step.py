# %% [markdown]
# ## 4 · Learning to predict
#
# A text is its own teacher: read it from left to right, and at every token say which one comes next. The answer is
# there, one place further on. Nobody has to label anything.
#
# Take *the cat sat down*. The inputs are *the cat sat*, the targets *cat sat down*: three predictions in one pass. (The
# picture of section 3 has one more: after *down* comes the end token.) The causal mask hides the answers. (BERT fills
# holes in a text instead, with a full mask: Lab 08.)

# %% [markdown]
# ### Exercise 5 · Next token (1 point · 5 min · ●○○)
#
# `tokens` is $(B, T + 1)$. Return inputs and targets, both $(B, T)$: the target at a position is the token that
# comes right after it.
#
# <details><summary>Hint 1: the idea</summary>The last token is never an input, the first never a
# target.</details>
# <details><summary>Hint 2: the formula</summary>inputs[b, t] = tokens[b, t] and targets[b, t] = tokens[b, t + 1],
# for t = 0 … T − 1.</details>
# <details><summary>Hint 3: the line</summary><code>tokens[:, :-1]</code> is all but the last
# column.</details>


# %% solution="next_token"
def next_token(tokens: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Inputs and targets of the GPT objective: tokens (B, T + 1) → inputs (B, T), targets (B, T)."""
    ### BEGIN SOLUTION
    return tokens[:, :-1], tokens[:, 1:]
    ### END SOLUTION


# %% check="next_token_values" points=1
for rows in (
    [[3, 1, 4, 1, 5], [9, 2, 6, 5, 8]],
    [[2, 7], [1, 8], [4, 6]],
    [[11, 12, 13, 14], [21, 22, 23, 24], [31, 32, 33, 34], [41, 42, 43, 44], [51, 52, 53, 54]],
):
    tokens = torch.tensor(rows)
    inputs, targets = checks.unpack(
        "next_token", checks.run(next_token, tokens), "inputs", "targets"
    )
    B, T = len(rows), len(rows[0]) - 1
    whole = "tokens has T + 1 columns: the last one is no input, the first no target."
    for name, value in (("inputs", inputs), ("targets", targets)):
        checks.tensor(name, value)
        checks.that(
            value.shape != tokens.shape,
            f"{name}: expected (batch, T) = ({B}, {T}), got ({B}, {T + 1}). {whole}",
        )
        checks.shape(name, value, batch=B, T=T)
        checks.that(value.dtype == torch.int64, f"{name} should stay int64, not {value.dtype}.")
    first = torch.tensor([row[:T] for row in rows])
    last = torch.tensor([row[-T:] for row in rows])
    swapped = (
        torch.equal(inputs, last) and torch.equal(targets, first) and not torch.equal(first, last)
    )
    checks.that(not swapped, "inputs and targets are swapped: the model would predict the past.")
    slips = {"these are the targets.": last}
    checks.close("inputs", inputs, first, slips=slips)
    slips = {
        "the targets are the inputs: not moved by one. The model would only copy.": first,
        "the last target is the first token: nothing comes round.": first.roll(-1, dims=1),
    }
    checks.close("targets", targets, last, slips=slips)
checks.passed("each target is the next token")

# %% [markdown]
# ### Question 1 · A mask forgotten (1 point · 5 min · ●○○)
#
# Somebody trains this GPT with a full mask instead of the causal one, on the same targets. Answer in two or three
# sentences: *what happens to the loss during training, on held-out text too? What can the model write?* The first loss,
# before training, is that of a guess. Why does it not give the mistake away?

# %% [markdown] manual="mask_forgotten" points=1
# Each token sees the next one, which is its target. The model learns to copy it, and the loss falls toward 0, far
# below any honest model's, on held-out text too, where the answers can be seen as well. (½ point) It has learned
# nothing about language: when it writes, there is no next token to copy, so what it writes is nonsense. (¼ point)
# Before training it does not look at its inputs in any useful way, so it guesses with the mask and without it, and
# both losses are ln(vocabulary). (¼ point)

# %% [markdown]
# Now the whole text becomes one row of ids, each paragraph after an end-of-text token. The token takes the place of the
# empty line, so the row spells the same bytes as the text. A model learns from **windows** of this row.


# %% experiment="rows_of_ids"
# Experiment · The text as one row of ids
def ids_of(paragraphs: list[str]) -> torch.Tensor:
    """The paragraphs in one row of ids (T,), an end-of-text token before each."""
    encodings = tokenizer.encode_batch(paragraphs)
    return torch.tensor([i for encoding in encodings for i in (end_id, *encoding.ids)])


def text_of(ids: torch.Tensor) -> str:
    """The text that a row of ids spells; an end-of-text token between two paragraphs is an empty line."""
    text = tokenizer.decode(ids.tolist(), skip_special_tokens=False)
    return text.removeprefix(END).replace(END, "\n\n")


def windows_of(ids: torch.Tensor, context: int) -> torch.Tensor:
    """Windows of a row of ids (T,), each begun in the middle of the one before it: (N, context + 1)."""
    return ids.unfold(0, context + 1, context // 2)


vocab_size = tokenizer.get_vocab_size()
train_ids, held_out_ids = ids_of(prose.train), ids_of(prose.held_out)
assert text_of(held_out_ids) == "\n\n".join(prose.held_out)
print(f"{len(train_ids):,} tokens to learn from, {len(held_out_ids):,} held out")

# %% [markdown]
# ### Exercise 6 · The training step (3 points · 15 min · ●●○)
#
# All of pretraining is one step, again and again. `inputs` and `targets` are $(B, T)$; `model(inputs)` gives logits
# $(B, T, V)$. `train_step`
#
# - takes the mean cross-entropy over all $B \cdot T$ predictions;
# - computes its gradients, with none left from the step before;
# - **clips** them (Lab 02): if the gradient of all parameters together is longer than 1, it is shortened to 1;
# - lets *each* optimizer of the list make its step;
# - returns the loss, a float: the one from before the step.
#
# <details><summary>Hint 1: the idea</summary>Forward, backward, step: the loop of Lab 01 with PyTorch's optimizers,
# which share out the parameters among themselves.</details>
# <details><summary>Hint 2: the formula</summary><code>F.cross_entropy</code> wants logits (N, V) and targets (N,): B
# and T become one dimension.</details>
# <details><summary>Hint 3: the line</summary><code>logits.flatten(0, 1)</code> is (B · T, V).
# <code>zero_grad()</code> and <code>step()</code> are methods of an optimizer, <code>backward()</code> one of the
# loss. <code>nn.utils.clip_grad_norm_(model.parameters(), 1.0)</code> clips.</details>


# %% solution="train_step"
def train_step(
    model: nn.Module,
    inputs: torch.Tensor,
    targets: torch.Tensor,
    optimizers: list[torch.optim.Optimizer],
) -> float:
    """One step of training on inputs and targets (B, T), its gradient clipped to length 1.

    Returns:
        The mean loss before the step, in nats.
    """
    ### BEGIN SOLUTION
    loss = F.cross_entropy(model(inputs).flatten(0, 1), targets.flatten())
    for optimizer in optimizers:
        optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    for optimizer in optimizers:
        optimizer.step()
    return loss.item()
    ### END SOLUTION


# %% data="table_to_train"
# Data · A model of two parameters, for the checks
class Table(nn.Module):
    """The logits after token i: row i of a table (5, 5), plus a bias (5,), times a number. Both begin at zero."""

    def __init__(self, times: float) -> None:
        super().__init__()
        self.times = times
        self.table, self.bias = nn.Parameter(torch.zeros(5, 5)), nn.Parameter(torch.zeros(5))

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        return self.times * (self.table[tokens] + self.bias)


def stepped(steps: int, times: float = 1.0) -> tuple[Table, float]:
    """A table after some steps of yours on one batch, the table at rate 1, the bias at rate 2; and the last loss."""
    model, inputs = Table(times), torch.tensor([[0, 1, 3], [0, 2, 3]])
    targets = torch.tensor([[1, 2, 4], [1, 0, 4]])
    rates = ((model.table, 1.0), (model.bias, 2.0))
    optimizers = [torch.optim.SGD([parameter], lr=rate) for parameter, rate in rates]
    for _ in range(steps):
        loss = checks.run(train_step, model, inputs, targets, optimizers, may_change=True)
        checks.number("the loss", loss)
    return model, loss


# %% check="train_step_once" points=1
model, loss = stepped(1)
row = torch.tensor([-0.2, 0.8, -0.2, -0.2, -0.2]) / 3  # of 6 predictions 2 come after token 0
moved = model.table.detach()[0]
still = "no parameter has moved: does each optimizer step, after backward(), with its gradients still there?"
checks.that(moved.any() or model.bias.any(), still)
slips = {
    "that is the loss after the step; return the one from before.": 1.28064,
    "a forward pass for each optimizer: one loss, one backward(), then all steps.": 1.39430,
    "the losses of all places are added up; take their mean.": 6 * math.log(5),
    "the losses of a text are added up; take the mean over all B · T places.": 3 * math.log(5),
}
checks.close("the first loss, ln 5", loss, math.log(5), rtol=1e-3, slips=slips)
slips = {
    "the step goes uphill: is the loss negated?": -row,
    "the table stays as it is: only the last optimizer steps.": 0 * row,
    "the optimizer makes its step twice.": 2 * row,
    "cross_entropy takes logits; here softmax is applied twice.": 0.2 * row,
    "logits and targets are of different places: flatten(0, 1) keeps the places in order.": -0.2
    / 3
    * torch.ones(5),
    "this gradient is shorter than 1, so clipping leaves it as it is; yours is made longer.": row
    / 0.3**0.5,
}
checks.close("row 0 of the table after one step", moved, row, atol=1e-4, slips=slips)
right = 2 * (torch.tensor([1, 2, 1, 0, 2]) / 6 - 0.2)  # shares of the targets, less 1/5
slips = {"the bias stays as it is: only the first optimizer steps.": 0 * right}
checks.close("the bias after one step", model.bias.detach(), right, atol=1e-4, slips=slips)
checks.passed("one step down the mean loss, by each optimizer")

# %% check="train_step_again" points=1
first, _ = stepped(1)
model, loss = stepped(2)
checks.that(
    loss < 1.5, f"the loss of the second step is {loss:.2f}; after the first it is lower than ln 5."
)
before = first.table.detach() + first.bias.detach()
hits = torch.tensor([[0, 2, 0, 0, 0], [0, 0, 1, 0, 0], [1, 0, 0, 0, 0], [0, 0, 0, 0, 2], [0] * 5])
slope = (hits.sum(dim=1, keepdim=True) * before.softmax(dim=1) - hits) / 6
expected = first.table.detach() - slope
slips = {
    "gradients of the first step are still there: each step begins with zero_grad().": expected
    + first.table.detach()
}
checks.close("the table after two steps", model.table.detach(), expected, atol=1e-4, slips=slips)
checks.passed("a second step begins with fresh gradients")

# %% check="train_step_clipped" points=1
for times, by_number in ((40.0, 5.0), (9.0, 3.2833)):
    model, loss = stepped(1, times)
    checks.close("the first loss, ln 5", loss, math.log(5), rtol=1e-3)
    step = torch.cat([model.table.detach().flatten(), model.bias.detach() / 2])  # at rates 1 and 2
    slips = {
        "the gradient is not clipped when the optimizers step: clip after backward, before step.": times
        * 0.3**0.5,
        "each parameter is clipped by itself; the length of all together counts.": 2**0.5,
        "each number is clipped; the length of the whole gradient counts.": by_number,
    }
    checks.close(
        "the length of a clipped step", step.norm(), torch.tensor(1.0), rtol=1e-3, slips=slips
    )
### BEGIN HIDDEN TESTS
torch.manual_seed(0)
model = nn.Sequential(nn.Embedding(7, 4), nn.Linear(4, 7))
with torch.no_grad():
    model[0].weight *= 9  # for a long gradient at first
tokens = torch.randint(7, (3, 6), generator=torch.Generator().manual_seed(2))
parameters = [p.detach().clone().requires_grad_() for p in model.parameters()]
for _ in range(3):
    logits = parameters[0][tokens[:, :-1]] @ parameters[1].T + parameters[2]
    wanted = -logits.log_softmax(dim=-1).gather(-1, tokens[:, 1:, None]).mean()
    slopes = torch.autograd.grad(wanted, parameters)
    length = max(1.0, sum((g**2).sum() for g in slopes).sqrt().item())
    parameters = [
        (p - 0.5 * g / length).detach().requires_grad_()
        for p, g in zip(parameters, slopes, strict=True)
    ]
    optimizers = [torch.optim.SGD([p], lr=0.5) for p in model.parameters()]
    model.zero_grad()
    got = checks.run(train_step, model, tokens[:, :-1], tokens[:, 1:], optimizers, may_change=True)
    checks.close("the loss of another model", got, wanted.item(), rtol=1e-4)
for mine, right in zip(model.parameters(), parameters, strict=True):
    checks.close(
        "a parameter of another model", mine.detach(), right.detach(), rtol=1e-3, atol=1e-5
    )
### END HIDDEN TESTS
checks.passed("a long gradient is shortened to length 1, all parameters together")

# %% [markdown]
# **Experiment.** The first thing to try with a new loop: can the model learn *one* batch by heart? Your step, a small
# GPT and eight windows, again and again. Beside it the loss on eight windows of held-out text.

# %% experiment="one_batch"
# Experiment · One batch by heart
device.seed_everything(0)
small = GPT(vocab_size, 64, 64, n_layers=2, n_heads=4).to(place)
optimizers = [torch.optim.AdamW(small.parameters(), lr=3e-3)]
same, other = (ids[: 8 * 65].view(8, 65).to(place) for ids in (train_ids, held_out_ids))
by_heart = {"the batch": [], "held-out text": []}
steps_shown = range(0, scaled(full=121, smoke=11), 5)
for step_number in range(steps_shown.stop):
    if step_number in steps_shown:
        with torch.no_grad():
            unseen = F.cross_entropy(small(other[:, :-1]).mT, other[:, 1:])
        by_heart["held-out text"].append(unseen.item())
    loss = train_step(small, *next_token(same), optimizers)
    if step_number in steps_shown:
        by_heart["the batch"].append(loss)
print({name: f"{values[0]:.2f} → {values[-1]:.2f}" for name, values in by_heart.items()})

# %% figure="one_batch_curves"
# Figure · The loss of one batch, and of text that was not learned
fig, ax = plt.subplots(figsize=(7, 3.2), layout="constrained")
words = {"title": "One batch, again and again", "xlabel": "step", "ylabel": "loss (nats)"}
plots.curves(ax, by_heart, x=list(steps_shown), **words)
ax.axhline(math.log(vocab_size), color="black", linestyle=":", label="a guess")
ax.legend()
plots.show(
    fig,
    alt="Loss against steps. Both curves begin at the dotted line of a guess. That of the batch falls toward 0, that "
    "of held-out text hardly falls and ends above the line.",
    caption="A loss near 0 says that the loop works. It says nothing about any other text.",
)
