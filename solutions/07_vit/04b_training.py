# %% [markdown]
# ### A start that knows its neighbors
#
# With random weights a patch attends to all patches alike, and it takes thousands of steps until it prefers those
# around it. Nothing forces you to start there. `start_locally` chooses other first values, and training may change
# every one of them (mimetic initialization: [Trockman & Kolter, 2023](https://arxiv.org/abs/2305.09828)):
#
# - **Positions**: sines and cosines of the row and of the column. Near patches get similar vectors.
# - **Queries and keys**: in each head $W_Q W_K^\top$ is near $0.7 \, I$, plus noise. Tokens attend to those like them,
#   and by their positions these are the neighbors.
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
    """Gives a ViT first values with which each patch attends to those around it (Trockman & Kolter, 2023)."""
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
# Now the training. Two settings, by the hardware: a small ViT and ten minutes on a CPU, a larger one on a GPU. The
# schedule goes by **time**: the learning rate rises for a tenth of the budget, then falls in a straight line to
# zero, whatever the machine. Two optimizers share the parameters, as in Lab 06: Muon for the matrices of all linear
# layers but the head, AdamW for the rest. Labels are smoothed by 0.1: no image is a cat with full certainty.
#
# On a CPU no image is seen often: flips are enough, and nine steps in ten read **half of the patches** only, drawn
# anew each time. A transformer reads any set of tokens; a picture with holes still shows its cat. On a GPU the model
# sees each image a hundred times and more: flips, crops and your mixup, which a CPU leaves out.

# %% experiment="vit_settings"
# Experiment · Size, loss and schedule of the training
if place.type == "cuda":
    size, batch_size, crops, mixed, dropped = (384, 8, 6), 512, 2, True, 0.0
else:
    size, batch_size, crops, mixed, dropped = (96, 4, 4), 192, 0, False, 0.9
size = scaled(full=size, smoke=(32, 2, 2))
length = scaled(full={"seconds": 600}, smoke={"steps": 4})
print(
    f"{place.type}: d_model {size[0]}, {size[1]} blocks, {size[2]} heads, batches of {batch_size}"
)
print(f"{vit_parameters(*size[:2], 4, 32, 10, 'mean'):,} parameters, trained for {length}")


def augmented(images: torch.Tensor, labels: torch.Tensor, generator: torch.Generator) -> Batch:
    """Images (B, 3, H, W) uint8, mirrored and moved at random, and their labels."""
    images = random_flip(images, generator)
    return random_crop(images, generator, padding=crops) if crops else images, labels


def prepared(images: torch.Tensor) -> torch.Tensor:
    """What the models read: images (B, 3, 32, 32) uint8 → normalized floats."""
    return normalize(images, mean, std)


def logits_of_some(model: nn.Module, x: torch.Tensor, kept: torch.Tensor) -> torch.Tensor:
    """The logits (B, 10) of a ViT with pool="mean" that reads only the patches `kept` of images x."""
    x = model.patch_embedding(patches_of(x, 4)[:, kept]) + model.position_embedding[kept]
    for block in model.blocks:
        x = block(x)
    return model.head(model.norm(x).mean(dim=1))


def vit_loss(
    model: nn.Module, batch: Batch, mixed: bool = False, dropped: float = 0.0
) -> torch.Tensor:
    """Cross-entropy with smoothed labels; with probability `dropped` only half of the patches are read."""
    x, targets = prepared(batch[0]), batch[1]
    if mixed:
        x, targets = mixup(x, targets, torch.distributions.Beta(0.8, 0.8).sample().item(), 10)
    some = torch.rand(()) < dropped
    logits = logits_of_some(model, x, torch.randperm(64)[:32].to(place)) if some else model(x)
    return F.cross_entropy(logits, targets, label_smoothing=0.1)


def rise_and_fall(progress: float) -> float:
    """The factor on the learning rate: up in the first tenth, then down to 0 in a straight line."""
    return min(progress / 0.1, (1 - progress) / 0.9)


def two_optimizers(model: nn.Module) -> list[torch.optim.Optimizer]:
    """Muon for the matrices of all linear layers but the head, AdamW for all other parameters."""
    layers = [m for m in model.modules() if isinstance(m, nn.Linear) and m.out_features != 10]
    return muon_and_adamw(model, [m.weight for m in layers], muon_lr=0.012, adamw_lr=5e-3)


# %% experiment="vit_training"
# Experiment · A vision transformer learns the images
device.seed_everything(0)
vit = start_locally(ViT(*size, pool="mean")).to(place)
valid = valid_images.to(place), valid_labels.to(place)
batches = Batches(
    train_images, train_labels, batch_size=batch_size, device=place, augment=augmented
)
vit_history = fit(
    vit,
    batches,
    partial(vit_loss, mixed=mixed, dropped=dropped),
    **length,
    optimizer=two_optimizers(vit),
    schedule=rise_and_fall,
    evaluate=lambda model: {
        "validation accuracy": accuracy(model, *(t[:1000] for t in valid), prepared)
    },
    evaluate_every=scaled(full=len(batches), smoke=None),
    checkpoint=scaled(full="07_vit", smoke=None),
    title="ViT",
)
vit_images_per_second = vit_history.samples / vit_history.seconds
print(
    f"{vit_images_per_second:.0f} images a second, {vit_history.samples:,} in {vit_history.seconds:.0f} s"
)

# %% [markdown]
# **A fair rival.** Nobody would train LeNet-5 today. This is about the plainest convolutional network that one would:
# six convolutions of 3 × 3, each followed by a **batch normalization** and ReLU, then the mean over all places and one
# linear layer. Batch normalization does with each channel, over the batch, what Exercise 3 does with each color; once
# trained, it uses statistics of its own, as `normalize` does. A stride of 2 halves the side.


# %% given="conv_net"
class ConvNet(nn.Module):
    """Six convolutions of 3 × 3, each with batch normalization and ReLU: (B, 3, H, W) → logits (B, n_classes)."""

    def __init__(self, n_classes: int = 10) -> None:
        super().__init__()
        widths, layers = [3, 32, 32, 64, 64, 128, 128], []
        for c, more in pairwise(widths):
            stride = 2 if more > c > 3 else 1
            layers.append(nn.Conv2d(c, more, 3, stride, padding=1, bias=False))
            layers += [nn.BatchNorm2d(more), nn.ReLU()]
        self.layers, self.head = nn.Sequential(*layers), nn.Linear(128, n_classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.layers(x).mean(dim=(2, 3)))  # the mean over all places


# %% experiment="conv_net_training"
# Experiment · A plain convolutional network in half of the time
device.seed_everything(0)
conv_net = ConvNet().to(place)
conv_history = fit(
    conv_net,
    batches,
    partial(vit_loss, mixed=mixed),
    **scaled(full={"seconds": 300}, smoke={"steps": 4}),
    lr=5e-3,
    schedule=rise_and_fall,
    title="ConvNet",
)
print(f"{'':8} parameters  images seen  seconds  validation")
for name, model, run in (("ConvNet", conv_net, conv_history), ("ViT", vit, vit_history)):
    count = sum(p.numel() for p in model.parameters())
    print(
        f"{name:8} {count:10,} {run.samples:12,} {run.seconds:8.0f}  {accuracy(model, *valid, prepared):.1%}"
    )

# %% [markdown]
# **What you saw.** The plain net had half of the ViT's time, fewer parameters and no start of its own. In one run of
# ours 67,000 images took it to 67% on validation; LeNet-5 needs seven times as many for that. A net of this kind with
# 362,562 parameters had 78% after 200,000 images on two CPU cores, and the ViT 73 to 77% after ten minutes. With
# 45,000 small images and minutes to learn, what a convolution knows about neighbors is worth more than the freedom to
# look anywhere. The ViT's case is made elsewhere: with far more images (section 8), and where one kind of network
# should read images, text and sound.
#
# A second, smaller ViT reads its answer from a class token. It begins at random, with no word about neighbors, and is
# trained briefly: section 6 looks at what it has found out.

# %% experiment="vit_token_training"
# Experiment · A vision transformer with a class token
device.seed_everything(0)
vit_token = ViT(*scaled(full=(64, 4, 4), smoke=(32, 2, 2)), pool="token").to(place)
token_history = fit(
    vit_token,
    batches,
    vit_loss,
    steps=scaled(full=400, smoke=3),
    optimizer=two_optimizers(vit_token),
    schedule=rise_and_fall,
    title="ViT with a class token",
)
for name, model in (
    ("local start, mean over patches", vit),
    ("random start, class token, smaller", vit_token),
):
    print(f"{name}: validation {accuracy(model, *valid, prepared):.1%}")

# %% [markdown]
# **Experiment.** Shifts, as in section 2, now for both. Predict: which model keeps more of its predictions?

# %% figure="vit_translation"
# Figure · What both models say of shifted images
draw_translation(
    {"LeNet-5": lenet, "ViT": vit},
    alt="Two curves per model over shifts from −8 to 8 pixels. All are highest in the middle and fall to both sides.",
    caption="A shift by a whole patch, 4 pixels, moves the numbers of each patch to its neighbor; the positions stay.",
)

# %% [markdown]
# **What you saw.** LeNet's curve falls pixel by pixel. That of the ViT falls too, but not from 3 to 4 pixels. A shift
# by 1, 2 or 3 pixels cuts every patch anew, and the tokens change. After 4 pixels the old tokens are back, each at the
# next position, and it has learned that neighboring positions mean much the same. So the ViT keeps more of its
# predictions, though no layer is equivariant for pixels.

# %% [markdown]
# ### Question 1 · Shuffled patches (1 point · 5 min · ●○○)
#
# Take a ViT with mean pooling and without position embeddings, and shuffle the patches of an image. Answer in two or
# three sentences: *does the prediction change, and why?* What if the model has position embeddings?

# %% [markdown] manual="shuffled_patches" points=1
# It does not change. Attention and the feed-forward network treat all tokens alike, so the outputs are shuffled as the
# inputs are, and their average is the same: without positions the image is a bag of patches. With position embeddings
# each patch gets the vector of the place to which it was moved, so every sum changes, and with it the prediction.
