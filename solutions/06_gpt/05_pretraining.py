# %% [markdown]
# ## 5 · Pretraining
#
# How good is a language model? The loss per token depends on the tokenizer: longer tokens are harder to guess,
# and there are fewer of them. **Bits per byte** compares all models on equal terms. Add up what the model pays
# for every token of a text, in nats; change nats into bits; divide by the *bytes* of the text:
#
# $$\text{bits per byte} = \frac{1}{\text{bytes}} \sum_t \frac{-\ln p(\text{token}_t)}{\ln 2}$$
#
# Four tokens, each of probability 1/2, cost 4 bits together. If they spell `Hi, you!`, 8 bytes, that is 0.5 bits per
# byte. Guessing each byte among 256 costs 8 bits per byte.

# %% [markdown]
# ### Exercise 8 · Bits per byte (2 points · 10 min · ●○○)
#
# `losses` `(N,)` holds the cross-entropy of each token of `text`, in nats. Return the bits per byte of `text`,
# a float. Count its bytes in UTF-8.
#
# <details><summary>Hint 1: the idea</summary>A text has a cost. The tokens only share it among themselves.</details>
# <details><summary>Hint 2: the formula</summary>Sum, not mean. A nat is 1/ln 2 bits.</details>
# <details><summary>Hint 3: the line</summary><code>len(text.encode())</code> bytes, <code>math.log(2)</code>.</details>


# %% solution="bits_per_byte"
def bits_per_byte(losses: torch.Tensor, text: str) -> float:
    """The bits that a model pays for each UTF-8 byte of the text; losses (N,) are in nats, one per token."""
    ### BEGIN SOLUTION
    return losses.sum().item() / math.log(2) / len(text.encode())
    ### END SOLUTION


# %% check="bits_per_byte_by_hand" points=1
coins = torch.full((4,), math.log(2))
slips = {
    "a text of 4 tokens and 8 bytes: divide by the bytes, not by the tokens.": 1.0,
    "the losses are in nats; divide by ln 2.": 0.5 * math.log(2),
    "divide by ln 2 to get from nats to bits, do not multiply.": 0.5 * math.log(2) ** 2,
    "add up the losses; a mean forgets how many tokens there are.": 0.125,
    "that is the mean loss: change nats into bits, add up, and divide by the bytes.": math.log(2),
    "add up the losses, do not take their mean; and they are in nats: divide by ln 2.": math.log(2)
    / 8,
    "that is a perplexity, or the quotient upside down: bits per byte, not bytes per bit.": 2.0,
}
got = checks.run(bits_per_byte, coins, "Hi, you!")
checks.close("four coins for eight bytes", got, 0.5, slips=slips)
### BEGIN HIDDEN TESTS
losses = torch.tensor([0.7, 2.1, 0.05, 1.3, 3.3])
expected = 7.45 / (math.log(2) * 11)
checks.close("five tokens", checks.run(bits_per_byte, losses, "transformer"), expected)
### END HIDDEN TESTS
checks.passed("a text has one cost, however it is cut")

# %% check="bits_per_byte_unicode" points=1
losses = torch.tensor([2.0, 1.0, 3.0])
bits = 6 / math.log(2)
slips = {
    "count bytes, text.encode(), not characters: é has two and 木 has three.": bits / 4,
    "divide by the bytes, not by the tokens.": bits / 3,
    "the losses are in nats: divide by ln 2.": 6 / 7,
    "count bytes, not characters; and the losses are in nats: divide by ln 2.": 6 / 4,
}
got = checks.run(bits_per_byte, losses, "né木!")
checks.close("a text beyond ASCII", got, bits / 7, slips=slips)
number = isinstance(got, float)
checks.that(number, f"Return a float, not a {type(got).__name__}: .item() makes one.")
### BEGIN HIDDEN TESTS
checks.close("an emoji", checks.run(bits_per_byte, losses, "🙂"), bits / 4)
### END HIDDEN TESTS
checks.passed("bytes are what counts")

# %% [markdown]
# What must a transformer beat? Two models without any training by gradients, on the same text:
#
# - **A byte n-gram** counts what follows each string of $n - 1$ bytes. Kneser–Ney smoothing takes a little off each
#   count and gives it to the shorter strings; those count *in how many surroundings* a byte was seen, not how often
#   ([Kneser and Ney, 1995](https://doi.org/10.1109/ICASSP.1995.479394); the three discounts are [Chen and
#   Goodman's, 1999](https://doi.org/10.1006/csla.1999.0128)). It may take the order that is best on the held-out text.
# - **xz**, a compressor: how many more bytes does it need for both parts than for the training part alone?
#
# Neither has any idea what a word is, and both have a perfect memory.


# %% data="ngram"
# Data · An n-gram model of bytes, as a baseline
def ngram_bits(train: bytes, held_out: bytes, max_order: int) -> list[float]:
    """Bits per byte of held_out under interpolated Kneser–Ney n-grams of bytes, for the orders 1 to max_order."""
    text = np.frombuffer(train + held_out, np.uint8).astype(np.int64)
    n, grams = len(train), [np.zeros(len(text), np.int64)]
    for _ in range(max_order + 1):  # grams[k][i]: the number of the k bytes that end at place i
        grams.append(np.unique(np.roll(grams[-1], 1) * 256 + text, return_inverse=True)[1])
    lower, bits = np.full(len(text), 1 / 256), []
    for k in range(1, max_order + 1):
        gram, context = grams[k], np.roll(grams[k - 1], 1)
        kinds, first = np.unique(gram[k:n], return_index=True)
        # each k-gram of the training text, and its first k - 1 bytes
        kinds = (kinds, context[k:n][first])
        longer = np.unique(grams[k + 1][k + 1 : n], return_index=True)[1]
        often = np.bincount(gram[k:n], minlength=gram.max() + 1)
        surroundings = np.bincount(gram[k + 1 : n][longer], minlength=gram.max() + 1)
        bits.append(-np.log2(interpolate(often, gram, context, kinds, lower)[n:]).mean())
        lower = interpolate(surroundings, gram, context, kinds, lower)
    return bits


def interpolate(counts, gram, context, kinds, lower) -> np.ndarray:
    """The discounted share of each gram in its context, and the rest shared out as `lower` says."""
    n1, n2, n3, n4 = (max(1, np.sum(counts == j)) for j in (1, 2, 3, 4))
    y = n1 / (n1 + 2 * n2)
    discounts = np.array([0, 1 - 2 * y * n2 / n1, 2 - 3 * y * n3 / n2, 3 - 4 * y * n4 / n3]).clip(0)
    cut, (which, where) = discounts[np.minimum(counts, 3)], kinds
    total = np.bincount(where, counts[which], minlength=context.max() + 1)[context]
    rest = np.bincount(where, cut[which], minlength=context.max() + 1)[context]
    mixed = (counts - cut)[gram] + rest * lower
    return np.where(total > 0, mixed / np.maximum(total, 1), lower)


# %% experiment="peers"
# Experiment · How many bits n-grams and xz need
train_text, held_out_text = "\n\n".join(prose.train), "\n\n".join(prose.held_out)
train_bytes, held_out_bytes = train_text.encode(), held_out_text.encode()
began = time.perf_counter()
ngrams = ngram_bits(train_bytes, held_out_bytes, max_order=scaled(full=20, smoke=8))
ngram_bits_per_byte, best_order = min(zip(ngrams, range(1, 99), strict=False))
print(f"{len(train_bytes):,} bytes to learn from, {len(held_out_bytes):,} held out")
print(
    f"n-gram of {best_order} bytes: {ngram_bits_per_byte:.3f} bits per byte, {time.perf_counter() - began:.0f} s"
)


def xz_size(text: bytes) -> int:
    return len(lzma.compress(text, preset=9 | lzma.PRESET_EXTREME))


more = xz_size(train_bytes + b"\n\n" + held_out_bytes) - xz_size(train_bytes)
xz_bits_per_byte = 8 * more / len(held_out_bytes)
print(f"xz: {xz_bits_per_byte:.3f} bits per byte")

# %% [markdown]
# Now the GPT. First the text as one row of ids: each paragraph after an end-of-text token. It takes the place of the
# empty line, so a row spells the same bytes as the text.


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


train_ids, held_out_ids = ids_of(prose.train), ids_of(prose.held_out)
assert text_of(held_out_ids) == held_out_text
print(f"{len(train_ids):,} tokens to learn from, {len(held_out_ids):,} held out")

# %% [markdown]
# ### Exercise 9 · The training step (2 points · 12 min · ●●○)
#
# All of pretraining is one step, again and again. `inputs` and `targets` are $(B, T)$; `model(inputs)` gives logits
# $(B, T, V)$. `train_step`
#
# - takes the mean cross-entropy over all $B \cdot T$ predictions;
# - computes its gradients, with none left from the step before;
# - lets *each* optimizer of the list make its step;
# - returns the loss, a float: the one from before the step.
#
# <details><summary>Hint 1: the idea</summary>Forward, backward, step: the loop of Lab 01 with PyTorch's optimizers,
# which share out the parameters among themselves.</details>
# <details><summary>Hint 2: the formula</summary><code>F.cross_entropy</code> wants logits (N, V) and targets (N,): B
# and T become one dimension.</details>
# <details><summary>Hint 3: the line</summary><code>logits.flatten(0, 1)</code> is (B · T, V).
# <code>zero_grad()</code> and <code>step()</code> are methods of an optimizer, <code>backward()</code> one of the
# loss.</details>


# %% solution="train_step"
def train_step(
    model: nn.Module,
    inputs: torch.Tensor,
    targets: torch.Tensor,
    optimizers: list[torch.optim.Optimizer],
) -> float:
    """One step of training on inputs and targets (B, T); returns the mean loss before it, in nats."""
    ### BEGIN SOLUTION
    loss = F.cross_entropy(model(inputs).flatten(0, 1), targets.flatten())
    for optimizer in optimizers:
        optimizer.zero_grad()
    loss.backward()
    for optimizer in optimizers:
        optimizer.step()
    return loss.item()
    ### END SOLUTION


# %% data="table_to_train"
# Data · A model of two parameters, for the checks
class Table(nn.Module):
    """The logits after token i: row i of a table (5, 5), plus a bias (5,). Both begin at zero."""

    def __init__(self) -> None:
        super().__init__()
        self.table, self.bias = nn.Parameter(torch.zeros(5, 5)), nn.Parameter(torch.zeros(5))

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        return self.table[tokens] + self.bias


def stepped(steps: int) -> tuple[Table, float]:
    """A table after some steps of yours on one batch, the table at rate 1, the bias at rate 2; and the last loss."""
    model, inputs = Table(), torch.tensor([[0, 1, 3], [0, 2, 3]])
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
checks.that(moved.any() or model.bias.any(), "no parameter has moved: does each optimizer step?")
slips = {
    "the losses of all places are added up; take their mean.": 6 * row,
    "the losses of a text are added up; take the mean over all B · T places.": 3 * row,
    "the step goes uphill: is the loss negated?": -row,
    "the table stays as it is: only the last optimizer steps.": 0 * row,
    "the optimizer makes its step twice.": 2 * row,
}
checks.close("row 0 of the table after one step", moved, row, atol=1e-4, slips=slips)
right = 2 * (torch.tensor([1, 2, 1, 0, 2]) / 6 - 0.2)  # shares of the targets, less 1/5
slips = {"the bias stays as it is: only the first optimizer steps.": 0 * right}
checks.close("the bias after one step", model.bias.detach(), right, atol=1e-4, slips=slips)
slips = {
    "that is the loss after the step; return the one from before.": 1.28064,
    "that is the sum of the losses.": 6 * math.log(5),
}
checks.close("the first loss, ln 5", loss, math.log(5), rtol=1e-3, slips=slips)
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
### BEGIN HIDDEN TESTS
torch.manual_seed(0)
model = nn.Sequential(nn.Embedding(7, 4), nn.Linear(4, 7))
tokens = torch.randint(7, (3, 6), generator=torch.Generator().manual_seed(2))
parameters = [p.detach().clone().requires_grad_() for p in model.parameters()]
for _ in range(3):
    logits = parameters[0][tokens[:, :-1]] @ parameters[1].T + parameters[2]
    wanted = -logits.log_softmax(dim=-1).gather(-1, tokens[:, 1:, None]).mean()
    slopes = torch.autograd.grad(wanted, parameters)
    parameters = [
        (p - 0.5 * g).detach().requires_grad_() for p, g in zip(parameters, slopes, strict=True)
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
checks.passed("a second step begins with fresh gradients")

# %% [markdown]
# **Experiment.** The first thing to try with a new loop: can the model learn *one* batch by heart? Your step, a small
# GPT and eight windows, again and again. Beside it the loss on eight windows of held-out text.

# %% experiment="one_batch"
# Experiment · One batch by heart
device.seed_everything(0)
small = GPT(tokenizer.get_vocab_size(), 64, 64, n_layers=2, n_heads=4).to(place)
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
ax.axhline(math.log(tokenizer.get_vocab_size()), color="black", linestyle=":", label="a guess")
ax.legend()
plots.show(
    fig,
    alt="Loss against steps. Both curves begin at the dotted line of a guess. That of the batch falls toward 0, that "
    "of held-out text hardly falls and ends above the line.",
    caption="A loss near 0 says that the loop works. It says nothing about any other text.",
)

# %% [markdown]
# That is why every training from here on shows both: the loss on what is learned, and the loss on held-out text.
#
# For the long run two optimizers share the parameters. Embeddings, biases and normalizations get AdamW (Lab 01). The
# matrices of the blocks get **Muon** ([Jordan et al., 2024](https://kellerjordan.github.io/posts/muon/)). It keeps a
# running mean $M$ of the gradients, as momentum does. A few directions of $M = U S V^\top$ are usually far larger than
# the others and would take the whole step. So Muon steps along $U V^\top$: the same directions, all of about the same
# size. It needs no decomposition; five rounds of a polynomial do.


# %% given="orthogonal"
def even_directions(M: torch.Tensor, rounds: int = 5) -> torch.Tensor:
    """About U Vᵀ of a matrix M = U S Vᵀ: each round moves the singular values toward 1 (Jordan et al., 2024)."""
    X = M / M.norm()  # now none is above 1
    for _ in range(rounds):
        A = X @ X.T
        X = 3.4445 * X + (-4.7750 * A + 2.0315 * A @ A) @ X
    return X


skewed = (
    torch.diag(torch.tensor([8.0, 2.0, 0.5]))
    @ torch.linalg.qr(checks.normal(3, 3, seed=1).float()).Q
)
for name, matrix in (("M", skewed), ("Muon's step", even_directions(skewed))):
    print(
        f"singular values of {name}:", [round(x, 2) for x in torch.linalg.svdvals(matrix).tolist()]
    )

# %% [markdown]
# Windows of the text, shuffled; each begins in the middle of another one, so that every token is seen near the start
# of a window and near its end. `fit` makes your step again and again, and adds what long runs need: a schedule (Lab
# 05), clipping (Lab 02), half precision and checkpoints.


# %% experiment="pretraining"
# Experiment · How the GPT is trained and judged
judged = held_out_ids[: scaled(full=None, smoke=385)]
every = len(prose.train) // len(prose.held_out)
learned = ids_of(prose.train[::every])[: len(judged)]  # about as much that it learns from


def gpt_loss(model: nn.Module, batch: Batch) -> torch.Tensor:
    inputs, targets = next_token(batch[0])  # exercise 6
    return F.cross_entropy(model(inputs).flatten(0, 1), targets.flatten())


def muon_and_adamw(model: nn.Module) -> list[torch.optim.Optimizer]:
    matrices = [p for p in model.blocks.parameters() if p.dim() == 2]
    inside = {id(p) for p in matrices}
    rest = [p for p in model.parameters() if id(p) not in inside]
    return [
        torch.optim.Muon(matrices, lr=0.03, weight_decay=0.1),
        torch.optim.AdamW(rest, lr=5e-3, betas=(0.9, 0.95), weight_decay=0.0, fused=True),
    ]


@torch.no_grad()
def text_bits(model: nn.Module, ids: torch.Tensor, context: int) -> float:
    """Bits per byte of the text after the first id; half a window stands before every token but the first ones."""
    half = context // 2
    windows = F.pad(ids, (0, -(len(ids) - 1) % half)).unfold(
        0, context + 1, half
    )  # (N, context + 1)
    losses = []
    for some in windows.to(next(model.parameters()).device).split(16):
        logits = model(some[:, :-1]).flatten(0, 1)  # (B · context, vocab_size)
        found = F.cross_entropy(logits, some[:, 1:].flatten(), reduction="none")
        losses.append(found.view(-1, context).cpu())
    losses = torch.cat(losses)  # (N, context)
    losses = torch.cat([losses[0, :half], losses[:, half:].flatten()])[: len(ids) - 1]
    return bits_per_byte(losses, text_of(ids))


def both_bits(model: nn.Module, context: int) -> dict[str, float]:
    """Bits per byte of held-out text, and of as much training text."""
    seen, unseen = text_bits(model, learned, context), text_bits(model, judged, context)
    return {"bits per byte": unseen, "of training text": seen}


def pretrain(
    model: nn.Module, context: int, steps: int, title: str, **options
) -> tuple[nn.Module, History]:
    """Trains on windows of the training text, with the default schedule: up, then down along a cosine."""
    windows = train_ids.unfold(0, context + 1, context // 2)  # (N, context + 1)
    batches = Batches(windows, batch_size=1024 // context, device=place)
    optimizers = muon_and_adamw(model)
    return fit(model, batches, gpt_loss, steps=steps, optimizer=optimizers, title=title, **options)


# %% experiment="gpt_training"
# Experiment · The GPT learns to write
device.seed_everything(0)
context, vocab_size = 128, tokenizer.get_vocab_size()
gpt = GPT(vocab_size, context, scaled(full=128, smoke=48), n_layers=4, n_heads=4).to(place)
steps = scaled(full=1700, smoke=6)
gpt_history = pretrain(
    gpt,
    context,
    steps,
    "GPT",
    evaluate=lambda model: both_bits(model, context),
    evaluate_every=steps // 5,
    checkpoint=scaled(full="06_gpt", smoke=None),
)
gpt_bits_per_byte = gpt_history.metrics["bits per byte"][-1]
tokens_per_second = gpt_history.samples * context / gpt_history.seconds
print(
    f"GPT: {gpt_bits_per_byte:.3f} bits per byte, {gpt_history.seconds:.0f} s, {tokens_per_second:,.0f} tokens a second"
)
print(f"n-gram {ngram_bits_per_byte:.3f}, xz {xz_bits_per_byte:.3f}")
gaps = np.subtract(*gpt_history.metrics.values())  # held-out less training text
print(
    f"held-out text costs {gaps[0]:.3f} more than training text at first, {gaps[-1]:.3f} at the end"
)

# %% figure="pretraining_plot"
# Figure · Bits per byte during training
fig, ax = plt.subplots(figsize=(7, 3.6), layout="constrained")
words = {"title": "Bits per byte", "xlabel": "step", "ylabel": "bits per byte"}
curve = gpt_history.metrics["bits per byte"]
both = {"GPT, held-out text": curve, "GPT, training text": gpt_history.metrics["of training text"]}
plots.curves(ax, both, x=gpt_history.evaluated_at, **words)
peers = {f"n-gram of {best_order} bytes": ngram_bits_per_byte, "xz": xz_bits_per_byte}  # held out
for (name, value), style in zip(peers.items(), ("--", ":"), strict=True):
    ax.axhline(value, color="black", linestyle=style, linewidth=1, label=name)
ax.legend()
compared = [f"{curve[-1] / value:.1%} of what {name} needs" for name, value in peers.items()]
plots.show(
    fig,
    alt="Bits per byte against training steps. Two curves of the GPT, for held-out and for training text, fall "
    "steeply, then slowly, toward the two horizontal lines of the n-gram and of xz.",
    caption=f"At the end the GPT needs {curve[-1]:.3f} bits per byte of held-out text, {', and '.join(compared)}.",
)

# %% [markdown]
# **What you saw.** At full length the curve passes both lines, and by the figures above you see by how much. It is
# not a large lead: on two megabytes, counting is strong, and it took seconds. The n-gram and xz remember strings; where
# a string is new, they fall back on a shorter one. The GPT stores no strings. It puts words that behave alike near each
# other, so what it learns about one serves the others, and it looks back further than a few words.
#
# No two texts are equally hard, so the two curves of the GPT need not begin together. What their distance *grows* by is
# what the model knows of its training text alone, by heart. Where the held-out curve rises while the other still falls,
# it **overfits**: stop earlier, or take more text.

# %% [markdown]
# And what does it write? An end-of-text token says: here begins a paragraph. Your model goes on until it says so again.
# Section 6 asks how to choose the next token; here each is drawn with the probability that the model gives it.

# %% experiment="first_paragraph"
# Experiment · The first paragraph of your GPT
device.seed_everything(0)
written = torch.tensor([[end_id]], device=place)
with torch.no_grad():
    while written.shape[1] < scaled(full=context, smoke=12):
        chances = gpt(written)[0, -1].float().softmax(dim=-1)
        written = torch.cat([written, torch.multinomial(chances, 1)[None]], dim=1)
        if written[0, -1] == end_id:
            break
print(textwrap.fill(text_of(written[0]), 100))

# %% [markdown]
# **Experiment.** What does size buy? Three models, the same tokens in the same order. Loss against the number
# of parameters, without the embeddings, on two logarithmic axes.
#
# Predict, and note it in the cell below: does the third point lie on the line through the first two, above it or below?
# <details><summary>How to tell</summary>The figure draws that line, and two points always lie on one. Above it, the
# largest model gains less than the step before promised, as when text or steps run short; below it, more.</details>

# %% free="scaling_guess"
# My guess, and why:

# %% experiment="scaling_experiment"
# Experiment · Three models of different size, the same tokens
sizes, losses, widths = [], [], (32, 64, 128)
for d_model in widths:
    device.seed_everything(0)
    model = GPT(vocab_size, 128, d_model, n_layers=3, n_heads=4).to(place)
    pretrain(model, 128, scaled(full=120, smoke=3), "", show=False)
    sizes.append(sum(p.numel() for p in model.blocks.parameters()))
    losses.append(text_bits(model, judged[:8193], 128))
    print(
        f"d_model {d_model:3}: {sizes[-1]:9,} parameters in blocks, {losses[-1]:.3f} bits per byte"
    )
slope, start = np.polyfit(np.log(sizes[:2]), np.log(losses[:2]), 1)
print(f"ten times the parameters: {10**slope:.2f} times the bits")

# %% figure="scaling_line"
# Figure · Loss against size
fig, ax = plt.subplots(figsize=(6, 3.4), layout="constrained")
ax.plot(sizes, losses, "o", color=plots.COLORS[0], label="the three models")
fitted = np.exp(start) * np.array(sizes) ** slope
ax.plot(
    sizes,
    fitted,
    "--",
    color="black",
    linewidth=1,
    label=f"through the first two: a power of {slope:.2f}",
)
ax.set(title="Size and loss", xlabel="parameters in blocks", ylabel="bits per byte")
ax.set(xscale="log", yscale="log")
ax.set_yticks(losses, [f"{loss:.2f}" for loss in losses])
ax.set_xticks(sizes, [f"{size:,}" for size in sizes])
ax.minorticks_off()
ax.legend()
plots.show(
    fig,
    alt="Bits per byte of three models against their number of parameters, both axes logarithmic: three points that "
    "fall toward the right, and a dashed line through the first two.",
    caption="The larger the model, the lower the loss, for the same tokens. A straight line here is a power law.",
)

# %% [markdown]
# **What you saw.** Each time the parameters grow, the loss falls, by less than the cost rises. On such axes large
# language models follow straight lines over many powers of ten ([Kaplan et al.,
# 2020](https://arxiv.org/abs/2001.08361)): that is how their makers know what a larger one will reach before they pay
# for it. Three points are no law. The line bends as soon as something else runs out, here the text or the steps. A
# large model takes electricity for months, too, and people who clean its text and watch its runs.
