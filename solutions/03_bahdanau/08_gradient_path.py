# %% [markdown]
# ## 8 · The path of the gradient
#
# Attention changes more than what the decoder can read. It also gives the gradient a short path back: from
# any output to any input token in one step, instead of through every state between them. The cell
# measures how much gradient of the loss reaches each input token, on lines of four dates: before any
# training, and after it.

# %% experiment="gradient_reach"
# Experiment · How the reach of a gradient is measured
PARTS = 20


def gradient_reach(model: nn.Module, batch: tuple) -> tuple[torch.Tensor, float]:
    """Length of the gradient at input tokens, by their place on the line (PARTS,), and at the first one."""
    kept = []
    hook = model.embed_source.register_forward_hook(lambda *args: kept.append(args[-1]))
    loss = training_loss(model.train(), batch)
    hook.remove()
    (gradient,) = torch.autograd.grad(loss, kept[0])
    model.eval()
    lengths, mask = gradient.norm(dim=2), batch[1]  # (B, S)
    place = torch.arange(mask.shape[1], device=device) * PARTS // mask.sum(dim=1, keepdim=True)
    reach = torch.stack([lengths[mask & (place == part)].mean() for part in range(PARTS)])
    return reach.cpu(), lengths[:, 0].mean().item()


# %% figure="gradient_plot"
# Figure · Gradients along the line, before and after training
four = [line for line in test_lines if len(line[1]) == 43][:64]
four_batch = make_batches(four, len(four), shuffle=False)[0]
seed_everything(0)
fresh = {"one vector": Bottleneck().to(device), "attention": RNNSearch(Additive()).to(device)}
trained = {"one vector": bottleneck, "attention": rnnsearch}
fig, axes = plt.subplots(1, 2, figsize=(9, 3.4), sharey=True, layout="constrained")
for ax, when, models in ((axes[0], "before training", fresh), (axes[1], "after training", trained)):
    curves = {}
    for name, model in models.items():
        reach, first = gradient_reach(model, four_batch)
        curves[name] = reach.tolist()
        print(f"{when}, {name:>10}: first token {first:.2e}, smallest part / largest part", end=" ")
        print(f"{(reach.min() / reach.max()).item():.1e}")
    percent = [100 * (part + 0.5) / PARTS for part in range(PARTS)]
    plots.curves(
        ax,
        curves,
        title=when,
        xlabel="place on the line (%)",
        ylabel="length of the gradient",
        x=percent,
    )
    ax.set_yscale("log")
axes[1].set_ylabel("")
plots.show(
    fig,
    alt="Two plots with a logarithmic axis. Before training, the curve of one vector falls from both ends of the line "
    "to the middle, by about five powers of ten; the curve of attention is flat. After training neither has such a "
    "valley.",
    caption="Before training one vector leaves the middle of the line almost without gradient; attention reaches every "
    "place.",
)

# %% [markdown]
# **What you saw.** Before training, a token in the middle gets about a hundred thousand times less gradient
# than one at an end, if one vector is all there is. (Both ends are close to it, because the encoder reads
# in both directions.) With attention all places get the same. So attention learns from the first step on
# what stands in the middle, and the other model has to open its gates first. After training compare the
# shapes, not the heights: where the loss is nearly 0, so is the gradient.
