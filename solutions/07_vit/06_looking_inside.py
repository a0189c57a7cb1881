# %% [markdown]
# ## 6 · Looking inside
#
# Nobody told `vit` how an image is laid out. A position was a row of random numbers, one of 64, and the patch
# below was as far away as any other. Did it learn which patches are neighbors?
#
# The rows of `vit.position_embedding` answer, all but the class token's. Take the **cosine similarity** of each
# row to all others:
#
# $$\cos(p_i, p_j) = \frac{p_i \cdot p_j}{\lVert p_i \rVert \, \lVert p_j \rVert}$$
#
# It is 1 for the same direction and near 0 for unrelated ones. Random rows of the same size stand beside it: that is
# what you would see without training.

# %% experiment="inside_positions"
# Experiment · Which positions are alike
learned = vit.position_embedding[1:].detach().float().cpu()  # (N, d_model)
side = math.isqrt(len(learned))
similarity = {}
for name, rows in (("trained", learned), ("random", checks.normal(*learned.shape, seed=0).float())):
    rows = F.normalize(rows, dim=-1)
    similarity[name] = rows @ rows.T  # (N, N)
place_of = torch.cartesian_prod(torch.arange(side), torch.arange(side))  # (N, 2): row, column
down, across = (place_of[:, None] - place_of).abs().unbind(-1)  # steps from patch to patch, (N, N)
groups = {
    "one step left or right": (down == 0) & (across == 1),
    "one step up or down": (down == 1) & (across == 0),
    "three steps left or right": (down == 0) & (across == 3),
    "three steps up or down": (down == 3) & (across == 0),
    "four steps or more in both": (down >= 4) & (across >= 4),
}
print(f"{'mean similarity':28} trained  random")
for name, pairs in groups.items():
    values = (table[pairs].mean() for table in similarity.values())
    print(f"{name:28}", "  ".join(f"{value:+7.2f}" for value in values))

# %% figure="inside_position_maps"
# Figure · How much the positions are alike
fig = plt.figure(figsize=(9, 4.6), layout="constrained")
picked = (1, side // 2, side - 2)
for half, (name, table) in zip(fig.subfigures(1, 2), similarity.items(), strict=True):
    half.suptitle(name)
    axes = half.subplots(3, 3)
    for ax, (i, j) in zip(axes.flat, product(picked, picked), strict=True):
        shown = table[i * side + j].view(side, side)
        drawn = ax.imshow(shown, cmap="PuOr_r", vmin=-0.8, vmax=0.8)
        ax.plot(j, i, marker="x", color="white", markersize=8, markeredgewidth=2)
        ax.set(xticks=[], yticks=[])
    half.colorbar(drawn, ax=axes, label="cosine similarity", shrink=0.7, extend="both")
plots.show(
    fig,
    alt="Two groups of nine small maps of the grid of patches. After training the positions most like the marked one "
    "lie around it, many of them in its row; the random maps have no pattern.",
    caption="Each map is the grid of patches: how much the position of each is like that of the patch marked ×.",
)

# %% [markdown]
# **What you saw.** Neighbors grow alike, though the model has only ever seen a list. The training has found the
# grid again, from images alone: pixels that are close belong together, so it pays to treat them alike. A convolution
# has the neighbors built in and spends nothing on learning them.
#
# **What does a patch become?** Each row of `patch_embedding.weight` is a filter: 3 × 4 × 4 numbers that multiply
# the pixels. Their **principal components** are the patterns that the embedding passes on most, strongest first:
# the right singular vectors of the weights. Gray is 0. Again the control stands below: the same model before training.

# %% figure="inside_filters"
# Figure · What the patch embedding looks for
filters = vit.patch_embedding.weight.detach().float().cpu()  # (d_model, 3 · patch · patch)
patch = math.isqrt(filters.shape[1] // 3)


def principal(weight: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Principal components as patches (n, 3, patch, patch), and their shares of the squared weights."""
    _, strength, patterns = torch.linalg.svd(weight, full_matrices=False)
    return patterns.unflatten(1, (3, patch, patch)), strength**2 / (strength**2).sum()


device.seed_everything(0)
fresh = ViT(
    *scaled(full=(64, 4, 4), smoke=(32, 2, 2))
).patch_embedding.weight.detach()  # as the training began
pictures, labels = [], []
for name, weight in (("trained", filters), ("before", fresh)):
    patterns, share = principal(weight)
    pictures.append(patterns[:8] / patterns[:8].abs().amax(dim=(1, 2, 3), keepdim=True))
    labels += [f"{name} {i}: {s:.1%}" for i, s in enumerate(share[:8].tolist(), 1)]
title = "The first principal components of the patch embedding"
plots.show(
    plots.image_grid(0.5 + 0.5 * torch.cat(pictures), labels, title=title),
    alt="16 colored squares of 4 by 4 pixels, 8 of the trained and 8 of the untrained embedding.",
    caption="Below each its share of the squared weights. A pattern and its negative are one and the same.",
)
pixels = patches_of(normalize(valid_images[:200], mean.cpu(), std.cpu()), patch).flatten(0, 1)
kinds = {"photographs": pixels, "trained weights": filters, "weights before": fresh}
for name, rows in kinds.items():
    squares = rows.unflatten(1, (3, patch, patch))
    smooth = 4 * F.avg_pool2d(squares, 2).square().sum() / squares.square().sum()
    print(f"{name:17} keep {smooth:.0%} of their squares under a blur of 2 × 2")

# %% [markdown]
# **What you saw.** Patterns of color and brightness: but the untrained embedding has its patterns too, with shares that
# fall off alike. Only what differs between the two was learned. The printed lines ask one such question: averaging over
# blocks of 2 × 2 pixels keeps a quarter of noise, and all of an even color. Photographs are smooth: nearly all of them
# survives. If the trained filters keep hardly more than those before, training made them no smoother than noise. A
# picture of weights without its control shows what you expect to see.

# %% [markdown]
# ### Attention through all layers
#
# This part *may wait*: no other needs it. It counts, 3 points.
#
# Attention weights say where a token looks *in one layer*. But after the first layer a token is a mixture, and the next
# one mixes mixtures. **Attention rollout** ([Abnar and Zuidema, 2020](https://arxiv.org/abs/2005.00928)) follows them
# through all layers. It pretends that a layer is nothing but its attention, half of it, plus the residual connection,
# the other half:
#
# $$\hat A_l = \tfrac12 \bar A_l + \tfrac12 I \qquad R = \hat A_L \cdots \hat A_2 \hat A_1$$
#
# where $\bar A_l$ is the mean over the heads of layer $l$.

# %% [markdown]
# Two layers and two tokens, by hand:
#
# $$\bar A_1 = \begin{pmatrix} 0.2 & 0.8 \\ 0.4 & 0.6 \end{pmatrix} \to
# \hat A_1 = \begin{pmatrix} 0.6 & 0.4 \\ 0.2 & 0.8 \end{pmatrix} \qquad
# \bar A_2 = \begin{pmatrix} 0.6 & 0.4 \\ 1 & 0 \end{pmatrix} \to
# \hat A_2 = \begin{pmatrix} 0.8 & 0.2 \\ 0.5 & 0.5 \end{pmatrix}$$
#
# How much of input 1 is in output 1? It can stay and stay, $0.8 \cdot 0.6$, or come back from token 2, $0.2 \cdot
# 0.2$: together 0.52. So it is $\hat A_2 \hat A_1$, the later layer on the left:
#
# $$R = \begin{pmatrix} 0.52 & 0.48 \\ 0.40 & 0.60 \end{pmatrix}$$
#
# The rows of $\bar A$ and of $I$ sum to 1, so half of both does, and a product of such matrices does too: there is
# nothing to renormalize.

# %% [markdown]
# ### Exercise 8 · Attention rollout (3 points · 15 min · ●●○)
#
# `weights` `(n_layers, n_heads, T, T)` are the attention weights of *one* image, first layer first; row $i$ of each
# matrix says where token $i$ looks. Return the rollout `(T, T)`: row $i$ says how much of each input token is in
# output $i$.
#
# - Take the *mean* over the heads.
# - Take half of it plus half of the identity.
# - Multiply the matrices of all layers, the later one on the left.
#
# Any number of layers, one or more; the result has the dtype and the device of `weights`.
#
# <details><summary>Hint 1: the idea</summary>Start with the first layer. Each further layer multiplies what you have
# from the left.</details>
# <details><summary>Hint 2: the formula</summary>R ← (½ Ā + ½ I) R, for one layer after the other.</details>
# <details><summary>Hint 3: the line</summary>The identity beside the weights: <code>torch.eye(T,
# dtype=weights.dtype, device=weights.device)</code>. A matrix product is <code>@</code>; <code>*</code> multiplies
# entry by entry.</details>


# %% solution="rollout"
def rollout(weights: torch.Tensor) -> torch.Tensor:
    """Attention through all layers of one image (Abnar and Zuidema, 2020).

    Args:
        weights: (n_layers, n_heads, T, T), first layer first; each row sums to 1.

    Returns:
        (T, T): row i says how much of each input token is in output i; each row sums to 1.
    """
    ### BEGIN SOLUTION
    identity = torch.eye(weights.shape[-1], dtype=weights.dtype, device=weights.device)
    mixed = identity
    for attention in weights.mean(dim=1):  # (T, T)
        mixed = (attention + identity) / 2 @ mixed
    return mixed
    ### END SOLUTION


# %% check="rollout_by_hand" points=1
first, second = [[0.2, 0.8], [0.4, 0.6]], [[0.6, 0.4], [1.0, 0.0]]
weights = torch.tensor([[first], [second]])  # (2, 1, 2, 2): two layers, one head
got = checks.run(rollout, weights)
checks.shape("the rollout", got, T=2, inputs=2)
wrong = {  # the four entries, row by row
    "the layers are multiplied in the wrong order; the later one stands on the left.": (
        0.68, 0.32, 0.56, 0.44,
    ),
    "the identity is missing: add half of it for the residual connection.": (0.28, 0.72, 0.20, 0.80),
    "the identity is missing, and the first layer stands on the left.": (0.92, 0.08, 0.84, 0.16),
    "the identity joins at the end; each layer has its own.": (0.64, 0.36, 0.10, 0.90),
    "the layers are multiplied entry by entry, with *; a matrix product is @.": (0.48, 0.08, 0.10, 0.40),
    "the layers are multiplied entry by entry, with *, from the identity on; a matrix product is @.": (
        0.48, 0.0, 0.0, 0.40,
    ),
    "the layers are multiplied entry by entry and then renormalized; a matrix product is @.": (
        0.857143, 0.142857, 0.20, 0.80,
    ),
    "the layers are added; multiply their matrices.": (1.40, 0.60, 0.70, 1.30),
    "the mean over the layers is taken; multiply their matrices.": (0.70, 0.30, 0.35, 0.65),
    "it is only the first layer.": (0.60, 0.40, 0.20, 0.80),
    "it is only the last layer.": (0.80, 0.20, 0.50, 0.50),
    "attention plus identity is not halved, so the rows do not sum to 1.": (2.08, 1.92, 1.60, 2.40),
    "the attention is halved and the identity is not.": (1.47, 0.78, 0.75, 1.50),
    "the identity is halved and the attention is not.": (0.93, 1.32, 0.90, 1.35),
    "every matrix is transposed: row i says where token i looks.": (0.68, 0.56, 0.32, 0.44),
    "half of a matrix full of ones is added; the identity has ones on its diagonal only.": (
        0.97, 1.28, 0.95, 1.30,
    ),
    "columns are made to sum to 1; rows do already.": (0.532967, 0.395604, 0.467033, 0.604396),
}  # fmt: skip
slips = {cause: torch.tensor(entries).view(2, 2) for cause, entries in wrong.items()}
expected = torch.tensor([[0.52, 0.48], [0.40, 0.60]])
checks.close("the rollout of the example", got, expected, slips=slips)
checks.passed("two layers, as computed by hand")

# %% check="rollout_heads" points=1
weights = torch.arange(96.0).view(2, 3, 4, 4) * 29 % 13 + 1  # 2 layers, 3 heads
got = checks.run(rollout, weights / weights.sum(dim=-1, keepdim=True))
checks.shape("the rollout of 4 tokens", got, T=4, inputs=4)
wrong = {  # the first row
    "the largest of the heads is taken; take their mean.": (
        0.61118, 0.335551, 0.355375, 0.375711,
    ),
    "the largest of the heads is taken and renormalized; take their mean.": (
        0.43879, 0.174025, 0.187543, 0.199643,
    ),
    "the largest of the heads is taken, and the rows are renormalized; take their mean.": (
        0.363969, 0.200062, 0.211881, 0.224088,
    ),
    "the smallest of the heads is taken; take their mean.": (
        0.29103, 0.065081, 0.075259, 0.051042,
    ),
    "the heads are multiplied; take their mean.": (
        0.25283, 0.006462, 0.008456, 0.004541,
    ),
    "the heads are multiplied and renormalized; take their mean.": (
        0.385354, 0.195015, 0.244223, 0.175408,
    ),
    "the heads are added; take their mean.": (
        1.17582, 0.918926, 0.970258, 0.935001,
    ),
    "the heads are multiplied as matrices, one after the other; take their mean.": (
        0.304137, 0.205394, 0.22042, 0.270048,
    ),
    "only the first head is used.": (
        0.386403, 0.111977, 0.204532, 0.297087,
    ),
    "only the last head is used.": (
        0.394737, 0.218866, 0.292994, 0.093403,
    ),
    "each head is rolled out alone; take the mean over the heads in each layer.": (
        0.43344, 0.17983, 0.202738, 0.183992,
    ),
    "layers and heads are swapped: heads are in dimension 1.": (
        0.347513, 0.186331, 0.210533, 0.255623,
    ),
    "the layers are multiplied in the wrong order.": (
        0.426412, 0.184615, 0.202576, 0.186397,
    ),
}  # fmt: skip
slips = {cause: torch.tensor(entries) for cause, entries in wrong.items()}
expected = torch.tensor([0.426877, 0.181949, 0.202321, 0.188853])
checks.close("the first row of the rollout of 3 heads", got[0], expected, slips=slips)
checks.passed("the mean over the heads")

# %% check="rollout_depth" points=1
weights = (2 * checks.normal(4, 2, 5, 5, seed=61)).float().softmax(dim=-1)  # 4 layers, 2 heads
got = checks.run(rollout, weights)
checks.shape("the rollout of 5 tokens", got, T=5, inputs=5)
checks.that(
    got.dtype == weights.dtype, f"expected {weights.dtype}, as the weights are, got {got.dtype}."
)
checks.close("the sum of each row", got.sum(dim=-1), torch.ones(5))
still = torch.eye(5).expand(1, 2, 5, 5)
for name, more in (("first", torch.cat([still, weights])), ("last", torch.cat([weights, still]))):
    what = f"the rollout with another layer, put {name}, in which each token looks at itself only"
    checks.close(what, checks.run(rollout, more), got)
two_groups = torch.block_diag(torch.full((2, 2), 0.5), torch.full((3, 3), 1 / 3))
leak = checks.run(rollout, two_groups.expand(4, 2, 5, 5))[:2, 2:]
checks.that(not leak.any(), "tokens that never look at each other are mixed all the same.")
checks.any_device(rollout, weights)
kind = checks.run(rollout, weights.bfloat16()).dtype
checks.that(
    kind == torch.bfloat16,
    f"expected bfloat16, as the weights are, got {kind}: give the identity their dtype.",
)
### BEGIN HIDDEN TESTS


def by_paths(layers: list[torch.Tensor]) -> torch.Tensor:
    # The rollout of matrices (T, T), first layer first: adds up every path from an input to an output.
    T, tables = len(layers[0]), [layer.tolist() for layer in layers]
    total = torch.zeros(T, T)
    for path in product(range(T), repeat=len(layers) + 1):
        chance = 1.0
        for table, (start, end) in zip(tables, pairwise(path), strict=True):
            chance *= 0.5 * table[end][start] + 0.5 * (start == end)
        total[path[-1], path[0]] += chance
    return total


one = checks.run(rollout, weights[:1])
checks.close("the rollout of one layer", one, by_paths([weights[0].mean(dim=0)]))
checks.close("the rollout of 4 layers", got, by_paths([*weights.mean(dim=1)]))
weights = checks.normal(3, 4, 6, 6, seed=62).float().softmax(dim=-1)
checks.close("3 layers", checks.run(rollout, weights), by_paths([*weights.mean(dim=1)]))
### END HIDDEN TESTS
checks.passed("any number of layers and any dtype; every row sums to 1")

# %% [markdown]
# Now to `vit`, which reads its answer from the class token. The weights of each block come from its own
# queries and keys. A *hook* looks at what enters the block and leaves the model as it is.


# %% experiment="inside_attention_weights"
# Experiment · The attention weights of four images
@torch.no_grad()
def attention_weights(model: nn.Module, images: torch.Tensor) -> torch.Tensor:
    """All attention weights of a ViT for normalized images: (B, n_layers, n_heads, T, T)."""
    kept = []

    def keep(block: nn.Module, inputs: tuple[torch.Tensor]) -> None:
        q, k, _ = block.attention.project(block.norm1(inputs[0]))
        kept.append((q @ k.mT / math.sqrt(q.shape[-1])).softmax(dim=-1))  # (B, n_heads, T, T)

    hooks = [block.register_forward_pre_hook(keep) for block in model.blocks]
    model(images)
    for hook in hooks:
        hook.remove()
    return torch.stack(kept, dim=1)


def shaded(image: torch.Tensor, share: torch.Tensor) -> np.ndarray:
    """An image (3, H, W) uint8 for imshow, dark where the shares (N,) of its patches are low.

    The brightness follows the square root of the share, so that small ones can be seen.
    """
    side = math.isqrt(len(share))
    patch = image.shape[-1] // side
    light = (0.1 + 0.9 * (share / share.max()).sqrt()).view(side, side)
    light = light.repeat_interleave(patch, 0).repeat_interleave(patch, 1).cpu()  # (H, W)
    return (image / 255 * light).permute(1, 2, 0).numpy()


examples = torch.stack([(valid_labels == c).int().argmax() for c in (3, 4, 7, 8)])
example_images, example_names = (
    valid_images[examples],
    [cifar.classes[valid_labels[i]] for i in examples],
)
example_weights = attention_weights(vit, normalize(example_images.to(place), mean, std))
print("weights (B, n_layers, n_heads, T, T):", tuple(example_weights.shape))

# %% figure="inside_heads"
# Figure · Where each head of the last layer looks
last_layer = example_weights[
    :, -1, :, 0
].cpu()  # the class token's row in the last layer: (B, n_heads, T)
n_heads = last_layer.shape[1]
fig, axes = plt.subplots(
    len(example_images), n_heads + 1, figsize=(1.6 * n_heads + 1.6, 7), layout="constrained"
)
for row, picture, name, heads in zip(axes, example_images, example_names, last_layer, strict=True):
    row[0].imshow(picture.permute(1, 2, 0))
    row[0].set(ylabel=name)
    for h, (ax, head) in enumerate(zip(row[1:], heads, strict=True), 1):
        ax.imshow(shaded(picture, head[1:]))
        ax.set(xlabel=f"top {head[1:].max():.0%}, itself {head[0]:.0%}")
        axes[0, h].set(title=f"head {h}")
axes[0, 0].set(title="image")
for ax in axes.flat:
    ax.set(xticks=[], yticks=[])
plots.show(
    fig,
    alt="Four images, each beside a copy for each head of the last layer. Patches that the class token attends to "
    "little are dark; the heads light up different patches.",
    caption="The class token's attention in the last layer. The brightest patch of each copy has the weight called "
    "top; itself is what the class token gives itself. Equal weights would be "
    f"{1 / last_layer.shape[-1]:.1%} each.",
)

# %% figure="inside_explorer"
# Figure · Ask any patch
plots.explore_patches(
    example_weights[0, -1, :, :, 1:],
    example_images[0].permute(1, 2, 0) / 255,
    (math.isqrt(example_weights.shape[-1] - 1),) * 2,
    ["class token"],
    alt=f"An image of a {example_names[0]}, in patches, dark where the one that asks attends little.",
    caption="The last layer. Point at a patch, or at the class token: bright patches are what it attends to, the class "
    "token left out. Does a head look at neighbors, at patches alike, or at the same places whoever asks?",
)

# %% figure="inside_rollout"
# Figure · The last layer and the rollout
fig, axes = plt.subplots(
    3, len(example_images), figsize=(1.9 * len(example_images), 6), layout="constrained"
)
whole = torch.stack([rollout(w) for w in example_weights])[
    :, 0
].cpu()  # from the class token: (B, T)
rows = {"last layer": last_layer.mean(dim=1), "rollout": whole}
for j, (picture, name) in enumerate(zip(example_images, example_names, strict=True)):
    axes[0, j].imshow(picture.permute(1, 2, 0))
    axes[0, j].set(title=name)
    for ax, shares in zip(axes[1:, j], rows.values(), strict=True):
        patches = shares[j, 1:]
        ax.imshow(shaded(picture, patches))
        ax.set(xlabel=f"top is {patches.max() / patches.mean():.1f} × the mean")
for ax, name in zip(axes[:, 0], ("image", *rows), strict=True):
    ax.set(ylabel=name)
for ax in axes.flat:
    ax.set(xticks=[], yticks=[])
plots.show(
    fig,
    alt="Four images in three rows: as they are, shaded by the mean attention of the last layer, and shaded by the "
    "rollout. The rollout is softer and brighter all over.",
    caption="Dark patches get little. The rollout is spread more evenly than the last layer's attention.",
)
print(f"the class token keeps {whole[:, 0].mean():.0%} of itself in the rollout")

# %% [markdown]
# Does the model *use* what it looks at? An experiment can tell. Blank a quarter of the patches in many validation
# images, setting them to the mean color: those with the most attention, those with the least, or any. If attention
# pointed to what matters, the first should hurt most.


# %% experiment="inside_deletion"
# Experiment · Accuracy without the patches that count most
@torch.no_grad()
def accuracy_without(scores: torch.Tensor, images: torch.Tensor, labels: torch.Tensor) -> float:
    """Accuracy of vit when the quarter of the patches with the highest scores (B, N) is blanked."""
    N = scores.shape[1]
    side = math.isqrt(N)
    patch = images.shape[-1] // side
    keep = torch.ones_like(scores).scatter(1, scores.topk(N // 4, dim=1).indices, 0)
    keep = keep.view(-1, 1, side, side).repeat_interleave(patch, 2).repeat_interleave(patch, 3)
    guesses = vit(images * keep).argmax(dim=1)  # normalized images: 0 is the mean color
    return (guesses == labels).float().mean().item()


count = scaled(full=500, smoke=50)
images = normalize(valid_images[:count].to(place), mean, std)
labels = valid_labels[:count].to(place)
kinds = {name: [] for name in ("last layer", "rollout")}
for piece in images.split(100):
    maps = attention_weights(vit, piece)
    kinds["last layer"].append(maps[:, -1, :, 0, 1:].mean(dim=1))
    kinds["rollout"].append(torch.stack([rollout(m) for m in maps])[:, 0, 1:])
kinds = {name: torch.cat(found) for name, found in kinds.items()}
chance = checks.normal(*kinds["rollout"].shape, seed=1).float().to(place)
with torch.no_grad():
    print(f"nothing blanked:  {(vit(images).argmax(dim=1) == labels).float().mean():.1%}")
print(f"any quarter:      {accuracy_without(chance, images, labels):.1%}")
for name, scores in kinds.items():
    most, least = (accuracy_without(s, images, labels) for s in (scores, -scores))
    print(f"{name:11} most attention blanked: {most:.1%}, least: {least:.1%}")

# %% [markdown]
# **What you saw.** Heads look at different patches: some at the object, some at a single patch, some around it. The
# rollout is vaguer: its brightest patch has only about twice the mean.
#
# Is that an explanation? Attention says what was mixed in, not what decided: the values, the feed-forward layers
# and the residual stream have their say, and rollout knows nothing of them. It does not even depend on the class.
# But it can be tested. Blanking the most attended quarter costs far more than blanking any: the map points at what the
# model needs. The vague rollout passes the test no worse. The least attended quarter is missed about as much as any
# other, or a little less: low attention does not prove that a patch is useless. And the test has a fault of its own:
# this model was never trained on images with holes.
