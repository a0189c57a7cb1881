# %% [markdown]
# Now the long run. `fit` does what your step and your loop do, and adds what long runs need: half precision where the
# device has it, a progress bar, and checkpoints, so that an interrupted run goes on. The optimizers are PyTorch's AdamW
# and the Muon of `utils/muon.py`, which takes a running mean one step ahead of yours (Nesterov momentum) and here also
# decays the matrices, by 0.1; section 4 used no decay. `torch.optim.Muon` takes the same steps, but in half precision,
# which many CPUs can only imitate: there it is 20 to 40 times as slow.


# %% experiment="pretraining"
# Experiment · How the GPT is trained and judged
judged = held_out_ids[: scaled(full=None, smoke=385)]
share = len(prose.train) // len(prose.held_out)
learned = ids_of(prose.train[::share])[: len(judged)]  # about as much that it learns from


def gpt_loss(model: nn.Module, batch: Batch) -> torch.Tensor:
    inputs, targets = next_token(batch[0])  # Exercise 5
    return F.cross_entropy(model(inputs).flatten(0, 1), targets.flatten())


@torch.no_grad()
def text_bits(model: nn.Module, ids: torch.Tensor, context: int) -> float:
    """Bits per byte of the text after the first id; half a window stands before every token but the first ones."""
    half = context // 2
    windows = windows_of(F.pad(ids, (0, -(len(ids) - 1) % half)), context)
    losses = []
    for some in windows.to(place).split(16):
        logits = model(some[:, :-1]).flatten(0, 1)  # (B · context, vocab_size)
        found = F.cross_entropy(logits, some[:, 1:].flatten(), reduction="none")
        losses.append(found.view(-1, context).cpu())
    losses = torch.cat(losses)  # (N, context)
    losses = torch.cat([losses[0, :half], losses[:, half:].flatten()])[: len(ids) - 1]
    return bits_per_byte(losses, text_of(ids))  # Exercise 8


def both_bits(model: nn.Module, context: int) -> dict[str, float]:
    """Bits per byte of held-out text, and of as much training text."""
    seen, unseen = text_bits(model, learned, context), text_bits(model, judged, context)
    return {"bits per byte": unseen, "of training text": seen}


def pretrain(model: nn.Module, context: int, steps: int, seed: int = 0, **options) -> History:
    """Trains on windows of the training text, with the default schedule: up, then down along a cosine."""
    batches = Batches(
        windows_of(train_ids, context), batch_size=1024 // context, device=place, seed=seed
    )
    rates = {"muon_lr": 0.03, "adamw_lr": 0.015, "adamw_decay": 0.0}
    optimizers = muon_and_adamw(model, model.blocks.parameters(), **rates)
    return fit(model, batches, gpt_loss, steps=steps, optimizer=optimizers, **options)


# %% experiment="gpt_training"
# Experiment · The GPT learns to write
device.seed_everything(0)
context, d_model = 128, scaled(full=128, smoke=48)
gpt_sizes = {"vocab_size": vocab_size, "context": context, "d_model": d_model}
gpt_sizes |= {"n_layers": 4, "n_heads": 4}
gpt = GPT(**gpt_sizes).to(place)
steps = scaled(full=1500, smoke=6)
gpt_history = pretrain(
    gpt,
    context,
    steps,
    title="GPT",
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
begin, end = (f"{gap:+.3f}".replace("-", "−") for gap in gaps[[0, -1]])
first = gpt_history.evaluated_at[0]
print(f"held-out minus training text: {begin} after the first {first} steps, {end} at the end")

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
# not a large lead: on two megabytes, counting is strong, and it is fast. The n-gram and xz remember strings; where
# a string is new, they fall back on a shorter one. The GPT stores no strings. It puts words that behave alike near each
# other, so what it learns about one serves the others, and it looks back further than a few words.
#
# No two texts are equally hard, so the two curves of the GPT need not begin together. What their distance *grows* by is
# what the model knows of its training text alone, by heart. Where the held-out curve rises while the other still falls,
# it **overfits**: stop earlier, or take more text.

# %% [markdown]
# And what does it write? An end-of-text token says: here begins a paragraph. Your model goes on until it says so again.
# Here each token is drawn with the probability that the model gives it; Lab 09 asks how to choose better.

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
# It is English of a kind: a model this small has learned words, endings and brackets, and no sense. It is yours: Lab 09
# makes it write better, and looks at what its heads have learned. So it is kept, with its tokenizer.

# %% experiment="keep_gpt"
# Experiment · Your GPT is kept for Lab 09
if settings.preset() == "full":
    with atomic_write(settings.cache_dir() / "models" / "my-gpt") as folder:
        folder.mkdir()
        (folder / "config.json").write_text(json.dumps(gpt_sizes))
        weights = {name: p.detach().cpu() for name, p in gpt.named_parameters()}
        save_file(weights, folder / "model.safetensors")
        tokenizer.save(str(folder / "tokenizer.json"))
    print("kept in", settings.cache_dir() / "models" / "my-gpt")

# %% [markdown]
# **Experiment.** What does size buy? Three models, three seeds each, all with the same number of tokens. Loss against
# the number of parameters, without the embeddings, on two logarithmic axes.
#
# Predict, and note it in the cell below: do the third points lie on the line through the first two, above it or below?
# <details><summary>How to tell</summary>The figure draws that line, and two points always lie on one. Above it, the
# largest model gains less than the step before promised, as when text or steps run short; below it, more.</details>

# %% free="scaling_guess"
# My guess, and why:

# %% experiment="scaling_experiment"
# Experiment · Three models of different size, the same number of tokens
block_sizes, bits_of = [], []  # bits_of: a row of three seeds for each size
for d_model in (32, 64, 128):
    row = []
    for seed in range(3):
        device.seed_everything(seed)
        model = GPT(vocab_size, 128, d_model, n_layers=3, n_heads=4).to(place)
        pretrain(model, 128, scaled(full=120, smoke=2), seed=seed, show=False)
        row.append(text_bits(model, judged[: scaled(full=8193, smoke=385)], 128))
    block_sizes.append(sum(p.numel() for p in model.blocks.parameters()))
    bits_of.append(row)
    print(f"d_model {d_model:3}: {block_sizes[-1]:9,} parameters in blocks,", np.round(row, 3))
means = np.mean(bits_of, axis=1)
exponent, log_factor = np.polyfit(np.log(block_sizes[:2]), np.log(means[:2]), 1)
print(f"ten times the parameters: {10**exponent:.2f} times the bits")

# %% figure="scaling_line"
# Figure · Loss against size
fig, ax = plt.subplots(figsize=(6, 4), layout="constrained")
for seed, marker in enumerate("o^s"):
    found = [row[seed] for row in bits_of]
    ax.plot(block_sizes, found, marker, color=plots.COLORS[seed], label=f"seed {seed}", alpha=0.8)
line = {"color": "black", "linestyle": "--", "linewidth": 1}
fitted = np.exp(log_factor) * np.array(block_sizes) ** exponent
power = f"{exponent:.2f}".replace("-", "−")
ax.plot(block_sizes, fitted, **line, label=f"through the first two means: a power of {power}")
ax.set(title="Size and loss", xlabel="parameters in blocks", ylabel="bits per byte")
ax.set(xscale="log", yscale="log")
ax.set_yticks(means, [f"{mean:.2f}" for mean in means])
ax.set_xticks(block_sizes, [f"{size:,}" for size in block_sizes])
ax.minorticks_off()
fig.legend(*ax.get_legend_handles_labels(), loc="outside lower center", ncols=2)
plots.show(
    fig,
    alt="Bits per byte of three models, three seeds each, against their number of parameters, both axes logarithmic: "
    "the points fall toward the right, and a dashed line goes through the means of the first two models.",
    caption="The larger the model, the lower the loss, for the same number of tokens. A straight line here is a power "
    "law.",
)

# %% [markdown]
# **What you saw.** Each time the parameters grow, the loss falls, by less than the cost rises. In one run at full
# length the means are 2.780, 2.679 and 2.605. The line through the first two promises 2.581 for the third, which lies
# above. On such axes large language models follow straight lines over many powers of ten ([Kaplan et al.,
# 2020](https://arxiv.org/abs/2001.08361)): that is how their makers know what a larger one will reach before they pay
# for it. Three sizes are no law. The line bends as soon as something else runs out, here the text or the steps. A
# large model takes electricity for months, too, and people who clean its text and watch its runs.
