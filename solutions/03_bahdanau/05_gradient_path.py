# %% [markdown]
# ## 5 · The path of the gradient
#
# Attention changes more than what the decoder can read. It also gives the gradient a short path back: from
# any output to any input token in one step, instead of through every state between them. The cell measures
# how much gradient of the loss reaches each input token of lines of four dates, in models that have not been
# trained.

# %% experiment="gradient_reach"
# Experiment · How the reach of a gradient is measured
PARTS = 20


def gradient_reach(model: nn.Module, batch: tuple) -> torch.Tensor:
    """Length of the loss's gradient at input tokens, by their place on the line: (PARTS,)."""
    kept = []
    hook = model.embed_source.register_forward_hook(lambda *args: kept.append(args[-1]))
    loss = training_loss(model, batch)
    hook.remove()
    (gradient,) = torch.autograd.grad(loss, kept[0])
    lengths, mask = gradient.norm(dim=2), batch[1]  # (B, S)
    place = torch.arange(mask.shape[1], device=device) * PARTS // mask.sum(dim=1, keepdim=True)
    return torch.stack([lengths[mask & (place == part)].mean() for part in range(PARTS)]).cpu()


# %% figure="gradient_plot"
# Figure · Gradients along the line, before training
four_batch = make_batches([line for line in test_lines if len(line[1]) == 43], 64, shuffle=False)[0]
curves = {"attention": torch.zeros(PARTS), "one vector": torch.zeros(PARTS)}
for seed in range(3):  # the mean of the logarithms of three starts
    seed_everything(seed)
    curves["attention"] += gradient_reach(RNNSearch(Additive()).to(device), four_batch).log10() / 3
    curves["one vector"] += gradient_reach(Bottleneck().to(device), four_batch).log10() / 3
for name, reach in curves.items():
    ratio = 10 ** (reach.max() - reach.min()).item()
    print(f"{name:>10}: the best reached part gets {ratio:,.1f} times as much as the worst")
fig, ax = plt.subplots(figsize=(6.5, 3.4), layout="constrained")
plots.curves(
    ax,
    {name: (10**reach).tolist() for name, reach in curves.items()},
    title="Before training, lines of four dates",
    xlabel="place on the line (%)",
    ylabel="length of the gradient",
    x=[100 * (part + 0.5) / PARTS for part in range(PARTS)],
)
ax.set_yscale("log")
plots.show(
    fig,
    alt="Length of the gradient against the place on the line, with a logarithmic axis. The curve of one vector falls "
    "from both ends of the line to the middle by several powers of ten; the curve of attention is nearly flat.",
    caption="One vector leaves the middle of the line almost without gradient. Attention reaches every place.",
)

# %% [markdown]
# **What you saw.** With one vector, a token in the middle gets more than a hundred thousand times less gradient
# than one at an end. (Both ends are close to the vector, because the encoder reads in both directions.) With
# attention all places get about the same, from the first step on.

# %% [markdown]
# ### Question 1 · One vector (1 point · 5 min · ●○○)
#
# Is the vector too small? Answer in three or four sentences. Between 1950 and 2049 there are about 36,500
# days: how many bits tell two dates? How many bits do the 128 floats of $c$ hold? What else may hold the
# model with one vector back, and which experiment of yours could tell the two reasons apart?

# %% [markdown] manual="why_one_vector" points=1
# 36,500 days are about 15 bits, two dates 30; 128 floats of 32 bits hold 4,096. So the vector has room enough, and
# its size cannot be the whole story. (½ point) What was measured is that hardly any gradient reaches the middle of a
# line through it. That would make learning slow. (¼ point) To tell the reasons apart, train longer with the same
# vector, and as long with a wider one: if more steps help and more units do not, room was not what was missing. (¼
# point)
