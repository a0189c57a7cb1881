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
# Now the GPT. Windows of the text, shuffled; each begins in the middle of another one, so that every token is seen near
# the start of a window and near its end. Two optimizers, both PyTorch's own: Muon ([Jordan et al.,
# 2024](https://kellerjordan.github.io/posts/muon/)) for the matrices of the blocks, AdamW for all the rest.


# %% experiment="pretraining"
# Experiment · How the GPT is trained and judged
train_ids, held_out_ids = (
    torch.tensor(tokenizer.encode(text).ids) for text in (train_text, held_out_text)
)
judged = held_out_ids[: scaled(full=None, smoke=385)]


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
    """Bits per byte of a text; half a window stands before every token but the first ones."""
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
    first = torch.tensor([math.log(tokenizer.get_vocab_size())])  # nobody predicts the first token
    return bits_per_byte(torch.cat([first, losses]), tokenizer.decode(ids.tolist()))


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
    evaluate=lambda model: {"bits per byte": text_bits(model, judged, context)},
    evaluate_every=steps // 5,
    checkpoint=scaled(full="06_gpt", smoke=None),
)
gpt_bits_per_byte = gpt_history.metrics["bits per byte"][-1]
tokens_per_second = gpt_history.samples * context / gpt_history.seconds
print(
    f"GPT: {gpt_bits_per_byte:.3f} bits per byte, {gpt_history.seconds:.0f} s, {tokens_per_second:,.0f} tokens a second"
)
print(f"n-gram {ngram_bits_per_byte:.3f}, xz {xz_bits_per_byte:.3f}")

# %% figure="pretraining_plot"
# Figure · Bits per byte during training
fig, ax = plt.subplots(figsize=(7, 3.6), layout="constrained")
words = {"title": "Bits per byte of held-out text", "xlabel": "step", "ylabel": "bits per byte"}
curve = gpt_history.metrics["bits per byte"]
plots.curves(ax, {"GPT": curve}, x=gpt_history.evaluated_at, **words)
peers = {f"n-gram of {best_order} bytes": ngram_bits_per_byte, "xz": xz_bits_per_byte}
for (name, value), style in zip(peers.items(), ("--", ":"), strict=True):
    ax.axhline(value, color="black", linestyle=style, linewidth=1, label=name)
ax.legend()
compared = [f"{curve[-1] / value:.1%} of what {name} needs" for name, value in peers.items()]
plots.show(
    fig,
    alt="Bits per byte against training steps. The curve of the GPT falls steeply, then slowly, toward the two "
    "horizontal lines of the n-gram and of xz.",
    caption=f"At the end the GPT needs {curve[-1]:.3f} bits per byte, {', and '.join(compared)}.",
)

# %% [markdown]
# **What you saw.** At full length the curve passes both lines, and by the figures above you see by how much. It is
# not a large lead: on two megabytes, counting is strong, and it took seconds. The n-gram and xz remember strings; where
# a string is new, they fall back on a shorter one. The GPT stores no strings. It puts words that behave alike near each
# other, so what it learns about one serves the others, and it looks back further than a few words.
#
# **Experiment.** What does size buy? Three models, the same tokens in the same order. Loss against the number
# of parameters, without the embeddings, on two logarithmic axes. Predict: does the third point lie on the
# line through the first two, above it or below?

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
