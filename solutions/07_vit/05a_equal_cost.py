# %% [markdown]
# ## 5 · Three networks at equal cost
#
# A convolution knows before the first image that neighbors belong together, and uses one kernel everywhere. A ViT has
# little such **inductive bias**, few assumptions about images built in: it must learn from images what a convolution
# knows by construction. So one often reads that it needs more of them. What is a convolution worth, with few images and
# with many? Three networks of about equal cost will tell.
#
# - **ConvNet**, about the plainest that one would train today: six convolutions of 3 × 3, each followed by a **batch
#   normalization** and ReLU, then the mean over all places, and one linear layer.
# - **ViT**: your class, with three blocks.
# - **Hybrid**: three such convolutions make 8 × 8 places of 64 numbers. Your ViT, with two blocks, reads them as
#   tokens ([Xiao et al., 2021](https://arxiv.org/abs/2106.14881)).

# %% [markdown]
# ### A start that knows its neighbors
#
# With random weights a patch attends to all patches about alike. Nothing forces you to start there. `start_locally`
# chooses other first values, and training may change every one of them. ViT and hybrid get it here: a fair race gives
# each the best start we know (mimetic initialization: [Trockman and Kolter, 2023](https://arxiv.org/abs/2305.09828)):
#
# - **Positions**: sines and cosines of the row and of the column. Near patches get similar vectors.
# - **Queries and keys**: in each head $W_Q W_K^\top$ is as near to $0.7 \, I$ plus noise as its rank, `d_head`, allows.
#   Tokens attend to those like them, and by their positions these are the neighbors.
# - **Values and output**: $W_V W_O$ is near $-0.4 \, I$, plus noise.
#
# Is that a convolution in disguise? No: the model has the same layers, and no weight is shared between places.


# %% given="start"
def product_near(identity: float, d: int, rank: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Factors (d, rank) and (rank, d) of the best approximation to `identity` · I plus as much noise."""
    target = identity * (torch.eye(d) + torch.randn(d, d) / math.sqrt(d))
    left, strengths, right = torch.linalg.svd(target)
    roots = strengths[:rank].sqrt()
    return left[:, :rank] * roots, roots[:, None] * right[:rank]


@torch.no_grad()
def start_locally(model: nn.Module) -> nn.Module:
    """Gives a ViT first values with which each patch attends to those around it (Trockman and Kolter, 2023)."""
    rows, d = model.position_embedding.shape
    side = math.isqrt(rows)
    grid = torch.cartesian_prod(torch.arange(side), torch.arange(side))  # (N, 2): row, column
    angles = (grid[:, :, None] / 100 ** (torch.arange(d // 4) / (d // 4))).flatten(1)  # (N, d / 2)
    model.position_embedding[rows - side**2 :] = torch.cat([angles.sin(), angles.cos()], dim=1)
    for block in model.blocks:
        weight, n_heads = block.attention.qkv.weight, block.attention.n_heads  # (3 d, d)
        for head in torch.arange(d).chunk(n_heads):
            left, right = product_near(0.7, d, d // n_heads)
            weight[head], weight[d + head] = left.mT, right
        left, right = product_near(-0.4, d, d)
        block.attention.out.weight.copy_(left)
        weight[2 * d :] = right
    return model


# %% figure="start_figure"
# Figure · Where an untrained first layer looks
device.seed_everything(0)
untrained = {"random start": ViT(96, 1, 4, pool="mean")}
untrained["local start"] = start_locally(ViT(96, 1, 4, pool="mean"))
fig, axes = plt.subplots(1, 2, figsize=(7, 3), layout="constrained")
with torch.no_grad():
    x = normalize(valid_images[:50], mean.cpu(), std.cpu())
    for ax, (name, model) in zip(axes, untrained.items(), strict=True):
        tokens = model.patch_embedding(patches_of(x, 4)) + model.position_embedding
        q, k, _ = model.blocks[0].attention.project(model.blocks[0].norm1(tokens))
        weights = (q @ k.mT / math.sqrt(q.shape[-1])).softmax(dim=-1).mean(dim=(0, 1))  # (N, N)
        drawn = ax.imshow(weights[27].view(8, 8), cmap="cividis", vmin=0)
        ax.plot(3, 3, "x", color="white", markersize=9, markeredgewidth=2)
        ax.set(title=name, xlabel="column", ylabel="row")
        fig.colorbar(drawn, ax=ax, label="attention weight")
plots.show(
    fig,
    alt="Two maps of 8 by 8 patches. With random weights all are about equally bright; with the local start the marked "
    "patch and those around it are the brightest, and it falls off with the distance.",
    caption="Where the patch marked × looks in the first layer before any training: mean of 4 heads and 50 images.",
)


# %% [markdown]
# ### The race
#
# Now the other two. Batch normalization does with each channel, over the batch, what Exercise 3 does with each color;
# once trained, it uses averages that it kept during training. A stride of 2 halves the side.


# %% given="rivals"
def convolution(channels: int, more: int, stride: int) -> list[nn.Module]:
    """A convolution of 3 × 3 with batch normalization and ReLU: (B, channels, H, W) → (B, more, H', W')."""
    layer = nn.Conv2d(channels, more, 3, stride, padding=1, bias=False)
    return [layer, nn.BatchNorm2d(more), nn.ReLU()]


def conv_net() -> nn.Module:
    """Six convolutions, the mean over all places, and a head: (B, 3, 32, 32) → logits (B, 10)."""
    widths, strides = [3, 32, 32, 64, 64, 128, 128], [2, 1, 2, 1, 2, 1]
    steps = zip(pairwise(widths), strides, strict=True)
    layers = [layer for (c, more), stride in steps for layer in convolution(c, more, stride)]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(128, 10))


def hybrid() -> nn.Module:
    """Three convolutions, and a ViT whose patches are the 8 × 8 places of their output."""
    vit = start_locally(ViT(64, 2, 4, patch=1, image=8, pool="mean"))
    vit.patch_embedding = nn.Linear(64, 64)  # a place has 64 numbers, where a pixel has 3
    stem = convolution(3, 32, 2) + convolution(32, 64, 2) + convolution(64, 64, 1)
    return nn.Sequential(*stem, vit)


# %% experiment="equal_cost"
# Experiment · What each network multiplies for one image
makers = {
    "ConvNet": conv_net,
    "hybrid": hybrid,
    "ViT": lambda: start_locally(ViT(64, 3, 4, pool="mean")),
}
print("         parameters  multiplications for an image, in millions")
for name, make in makers.items():
    model = make()
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        model.eval()(torch.zeros(1, 3, 32, 32))
    millions = counter.get_total_flops() / 2e6  # it counts an addition with each
    print(f"{name:8} {sum(p.numel() for p in model.parameters()):10,} {millions:10.1f}")

# %% [markdown]
# The ConvNet is the cheapest, by a little. All three see **30,000 images**, however few of them are different, in the
# same batches, with the same loss, schedule and rule for optimizers: Muon where there are hidden linear layers, AdamW
# for the rest, which is all of the ConvNet. The rates were chosen for a ViT. Time is no measure here: it depends on the
# machine, and on what else it does. Predict: who wins with 1,000 different images, and who with 45,000?


# %% experiment="equal_trainings"
# Experiment · Three networks on 1, 5 and 45 thousand images
def trained_on(
    name: str, count: int, loss: Callable[[nn.Module, Batch], torch.Tensor], seed: int = 0
) -> dict[str, float | nn.Module]:
    """A network of `makers`, trained on so many images drawn at random: its accuracies, and the model."""
    device.seed_everything(seed)
    model = makers[name]().to(place)
    some = torch.randperm(len(train_labels), generator=torch.Generator().manual_seed(seed))[:count]
    options = {"batch_size": 100, "device": place, "seed": seed, "augment": flipped_and_cropped}
    few = Batches(train_images[some], train_labels[some], **options)
    words = {"optimizer": two_optimizers(model), "schedule": rise_and_fall, "show": False}
    history = fit(model, few, loss, steps=scaled(full=300, smoke=2), **words)
    seen = train_images[some[:1000]].to(place), train_labels[some[:1000]].to(place)
    found = {"training": accuracy(model, *seen, prepared), "model": model}
    return found | {"validation": accuracy(model, *valid, prepared), "images": history.samples}


counts = sorted({min(n, len(train_labels)) for n in (1000, 5000, 45_000)})
results = {name: [] for name in makers}
print("          images   training  validation")
for count, name in product(counts, makers):
    found = trained_on(name, count, smoothed_loss)
    results[name].append(found)
    print(f"{name:8} {count:7,} {found['training']:10.1%} {found['validation']:11.1%}")

# %% figure="equal_plot"
# Figure · Accuracy of three networks against the number of images
fig, axes = plt.subplots(1, 2, figsize=(9, 3.4), layout="constrained")
for ax, part in zip(axes, ("validation", "training"), strict=True):
    curves = {name: [found[part] for found in row] for name, row in results.items()}
    words = {"xlabel": "different images", "ylabel": "accuracy", "x": counts}
    plots.curves(ax, curves, title=f"On {part} images", **words)
    ax.set(xscale="log")
    ax.set_xticks(counts, [f"{count:,}" for count in counts])
    ax.minorticks_off()
plots.show(
    fig,
    alt="Two panels over the number of different images, on a logarithmic axis, with a curve for ConvNet, hybrid and "
    "ViT. Accuracy on validation images rises, that on training images falls.",
    caption="Each point saw 30,000 images; with few different ones, each is seen more often. Mind the two scales.",
)

# %% [markdown]
# **What you saw.** One run is one draw. Our runs of the same code with three seeds on CIFAR-10, validation accuracy
# in percent, mean, lowest and highest:
#
# | | 1,000 images | 5,000 | 45,000 |
# |---|---|---|---|
# | ConvNet | 50.2 (48.6 to 51.1) | 55.8 (54.7 to 56.9) | 56.1 (54.6 to 57.6) |
# | hybrid | 46.2 (45.3 to 46.6) | 56.0 (54.6 to 57.0) | 56.9 (56.5 to 57.2) |
# | ViT | 45.6 (44.9 to 46.5) | 54.5 (53.3 to 55.5) | 54.7 (54.1 to 55.3) |
#
# With 1,000 images the ConvNet is ahead with each seed, and the two with attention lag, though they know at least as
# many of their training images by heart. With 45,000 the lead is gone: the three lie within about three points, and
# which is first depends on the seed. What a convolution knows about neighbors is worth most where images are few.
# Three convolutions in front help the ViT a little everywhere: the hybrid is ahead of it in all nine pairs.

# %% [markdown]
# Mind what this does not say. 30,000 images are less than one pass over 45,000: training and validation accuracy
# meet, so all three are short of steps there, not of images. And the ViT had help, the local start and a pair of
# optimizers that suits it. Dosovitskiy et al. trained to the end: pretrained on 1.3 million different images their
# large ViTs were behind large convolutional nets, on 300 million ahead.

# %% [markdown]
# ### Local or global
#
# One output of the first convolution sees 3 × 3 pixels: features are local at first, and they move with the image. In
# self-attention every token can reach every other one in the first layer, a **global receptive field**, but what it
# needs to know about neighbors it must learn. A prediction should be **invariant**: it should not change when the image
# is shifted.
#
# **Experiment.** Validation images, shifted by up to 8 pixels to either side; what enters is the edge pixel, repeated.
# How many predictions stay what they were, and how many are right? Predict: does the ConvNet or the ViT keep more?


# %% figure="vit_translation"
# Figure · What both models say of shifted images
def translation_curve(model: nn.Module) -> tuple[list[float], list[float]]:
    """The shares of predictions that stay as without a shift, and that are right, for each of `pixels_right`."""
    some = scaled(full=1000, smoke=50)
    images, labels = valid_images[:some], valid_labels[:some]
    unmoved = predicted(model, images)
    moved = [predicted(model, shifted(images, k)) for k in pixels_right]
    kept, right = (
        [(now == then).float().mean().item() for now in moved] for then in (unmoved, labels)
    )
    return kept, right


pixels_right = list(range(-8, 9))
by_shift = {name: translation_curve(results[name][-1]["model"]) for name in ("ConvNet", "ViT")}
fig, axes = plt.subplots(1, 2, figsize=(10, 3.2), layout="constrained")
for i, title in enumerate(("Predictions that stay", "Accuracy")):
    words = {"xlabel": "shift in pixels, to the right", "ylabel": "share", "x": pixels_right}
    plots.curves(axes[i], {name: c[i] for name, c in by_shift.items()}, title=title, **words)
    axes[i].set_ylim(0, 1.05)
plots.show(
    fig,
    alt="Two curves per model over shifts from −8 to 8 pixels. All are highest in the middle and fall to both sides.",
    caption="A shift by a whole patch, 4 pixels, moves the numbers of each patch to its neighbor; the positions stay.",
)
for name, (kept, right) in by_shift.items():
    for k in (0, 1, 2, 4, 8):
        stay, good = (kept[8 - k] + kept[8 + k]) / 2, (right[8 - k] + right[8 + k]) / 2
        print(f"{name:8} shift {k}: {stay:.0%} stay, {good:.0%} right")

# %% [markdown]
# **What you saw.** After 1, 2 or 3 pixels the ConvNet keeps more of its predictions; after 4 the two are about level. A
# shift by less than a patch cuts every patch anew, and the tokens change. After 4 pixels the old tokens are back, each
# at the next position, and neighboring positions mean much the same. The ConvNet has such a step of its own: with its
# strides of 2 it keeps more after 2 pixels than after 1. Neither is invariant.
