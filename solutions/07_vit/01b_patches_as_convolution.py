# %% [markdown]
# A ViT begins with `nn.Linear`: each token of $C \cdot p^2$ numbers becomes a vector of `d_model`. Look at one output:
# a sum of products over the pixels of one patch, with the same weights for every patch. That is a convolution whose
# kernel is as large as a patch and which moves on by a whole patch: **kernel size and stride are both** $p$.
#
# By hand, for the 4 × 4 image above: the weights $(1, 0, 0, -1)$ take the first patch $(0, 1, 4, 5)$ to
# $0 - 5 = -5$. As a kernel they are $\begin{pmatrix} 1 & 0 \\ 0 & -1 \end{pmatrix}$, and give $-5$ at the top left.

# %% [markdown]
# ### Exercise 2 · The same as a convolution (2 points · 15 min · ●●○)
#
# `linear` maps tokens of `channels · patch · patch` numbers, in the order of `patchify`, to `d_model`. Return an
# `nn.Conv2d` that does the same to the images themselves: `(B, channels, H, W)` → `(B, d_model, H / patch, W / patch)`.
#
# Copy the weights, and the bias, which `linear` may not have. A copy: when the convolution is trained, `linear` stays
# as it is.
#
# <details><summary>Hint 1: the idea</summary>A row of <code>linear.weight</code> is one patch of weights. What shape
# does <code>nn.Conv2d</code> give them?</details>
# <details><summary>Hint 2: the formula</summary>Linear: (d_model, C·p·p). Conv2d: (d_model, C, p, p). The order is the
# same, so it is a reshape.</details>
# <details><summary>Hint 3: the line</summary><code>convolution.weight.copy_(linear.weight.view_as(convolution.weight))
# </code> inside <code>torch.no_grad()</code>.</details>


# %% solution="as_convolution"
def as_convolution(linear: nn.Linear, patch: int, channels: int = 3) -> nn.Conv2d:
    """A convolution that does to images what `linear` does to their patches.

    Args:
        linear: channels · patch · patch → d_model, with or without a bias.

    Returns:
        (B, channels, H, W) → (B, d_model, H / patch, W / patch), with a copy of the weights.
    """
    ### BEGIN SOLUTION
    bias = linear.bias is not None
    convolution = nn.Conv2d(channels, linear.out_features, patch, stride=patch, bias=bias)
    with torch.no_grad():
        convolution.weight.copy_(linear.weight.view_as(convolution.weight))
        if bias:
            convolution.bias.copy_(linear.bias)
    return convolution
    ### END SOLUTION


# %% data="convolution_made"
# Data · A call of your as_convolution, for the checks
def convolution_made(linear: nn.Linear, patch: int, channels: int) -> nn.Conv2d:
    """A student's convolution, its kind and its stride checked."""
    made = checks.run(as_convolution, linear, patch, channels)
    kind = type(made).__name__
    checks.that(isinstance(made, nn.Conv2d), f"expected an nn.Conv2d, got a {kind}.")
    for what, found, wanted in (
        ("kernel_size", made.kernel_size, (patch, patch)),
        ("stride", made.stride, (patch, patch)),
        ("in_channels", made.in_channels, channels),
        ("out_channels", made.out_channels, linear.out_features),
        ("padding", (0, 0) if made.padding == "valid" else made.padding, (0, 0)),
    ):
        checks.that(found == wanted, f"{what}: expected {wanted} for patch {patch}, got {found}.")
    has = linear.bias is not None
    said = "the linear layer has a bias" if has else "the linear layer has no bias"
    checks.that(
        (made.bias is not None) == has, f"{said}; the convolution should be the same there."
    )
    return made


# %% check="as_convolution_values" points=1
torch.manual_seed(1)
linear, images = nn.Linear(3 * 4 * 4, 7), checks.normal(6, 3, 8, 20, seed=4, dtype=torch.float32)
made = convolution_made(linear, 4, 3)
got = checks.run(made, images)
checks.shape("its output", got, batch=6, d_model=7, rows=2, columns=5)
ordered = [layer.weight.detach().flatten().sort().values for layer in (made, linear)]
copied = torch.allclose(*ordered)
checks.that(copied, "the weights are not those of linear; nn.Conv2d draws its own, so copy them.")
copied = torch.allclose(made.bias, linear.bias)
checks.that(copied, "the bias is not that of linear; nn.Conv2d draws its own, so copy it.")


def on_each_patch(images: torch.Tensor) -> torch.Tensor:
    rows = images.shape[2] // 4
    return linear(F.unfold(images, 4, stride=4).mT).mT.unflatten(2, (rows, -1))


slips = {
    "the kernels are transposed: rows and columns are swapped.": on_each_patch(images.mT).mT,
    "the kernels are turned by 180°; PyTorch's convolution does not turn them.": (
        on_each_patch(images.flip(2, 3)).flip(2, 3)
    ),
}
kernels = {
    "the channel is taken for the last dimension of a patch; it is the first.": (
        linear.weight.detach().unflatten(1, (4, 4, 3)).permute(0, 3, 1, 2)
    ),
    "the weights are in another order: is d_model still the first dimension?": (
        linear.weight.detach().T.reshape(7, 3, 4, 4)
    ),
}
slips |= {cause: F.conv2d(images, k, linear.bias, stride=4) for cause, k in kernels.items()}
expected = on_each_patch(images)
checks.close("the convolution against unfold and linear", got, expected, atol=1e-5, slips=slips)
checks.passed("equal to the linear layer on each patch")

# %% check="as_convolution_any" points=1
for channels, p, d_model, bias in ((5, 2, 9, False), (1, 3, 4, True), (3, 8, 11, True)):
    linear = nn.Linear(channels * p**2, d_model, bias=bias)
    images = checks.normal(2, channels, 4 * p, 3 * p, seed=p, dtype=torch.float32)
    got = checks.run(convolution_made(linear, p, channels), images)
    expected = linear(F.unfold(images, p, stride=p).mT).mT.unflatten(2, (4, 3))
    checks.close(f"{channels} channels, patch {p}, bias={bias}", got, expected, atol=1e-5)
before, bias_before = linear.weight.detach().clone(), linear.bias.detach().clone()
made = convolution_made(linear, p, channels)
trainable = all(isinstance(p, nn.Parameter) and p.requires_grad for p in made.parameters())
checks.that(trainable, "the convolution cannot be trained: its weights should be parameters.")
trainable = all(p.requires_grad for p in linear.parameters())
checks.that(trainable, "linear can no longer be trained: do not switch off its requires_grad.")
with torch.no_grad():
    for p in made.parameters():
        p.add_(1.0)
same = torch.equal(linear.weight, before) and torch.equal(linear.bias, bias_before)
checks.that(same, "when the convolution changes, linear changes too: make copies.")
default = checks.run(as_convolution, nn.Linear(48, 5), 4)
checks.that(default.in_channels == 3, "without an argument there are 3 channels.")
### BEGIN HIDDEN TESTS
linear = nn.Linear(2 * 25, 6)
images = checks.normal(3, 2, 15, 10, seed=5, dtype=torch.float32)
got = checks.run(convolution_made(linear, 5, 2), images)
expected = linear(F.unfold(images, 5, stride=5).mT).mT.unflatten(2, (3, 2))
checks.close("another convolution", got, expected, atol=1e-5)
### END HIDDEN TESTS
checks.passed("any patch, any channels, with and without a bias, and a copy")

# %% [markdown]
# **Experiment.** Three ways to embed the patches of a batch of CIFAR images in 128 numbers: your `patchify` and a
# linear layer, the convolution, and PyTorch's own cutter, `F.unfold`, with the linear layer. Do they agree?

# %% experiment="patches_three_ways"
# Experiment · Three ways to embed the patches of an image
torch.manual_seed(0)
linear = nn.Linear(3 * 4 * 4, 128)
as_conv = as_convolution(linear, 4)
batch = train_images[: scaled(full=256, smoke=32)] / 255 - 0.5  # (B, 3, 32, 32)
same = torch.equal(F.unfold(batch, 4, stride=4).mT, patchify(batch, 4))
print("F.unfold gives the same patches:", same)
ways = {
    "patchify and linear": lambda: linear(patchify(batch, 4)),
    "convolution": lambda: as_conv(batch).flatten(2).mT,
    "F.unfold and linear": lambda: linear(F.unfold(batch, 4, stride=4).mT),
}
with torch.no_grad():
    first = ways["patchify and linear"]()  # (B, 64, 128)
    for name, way in ways.items():
        difference = (way() - first).abs().max().item()
        assert difference < 1e-6
        print(f"{name:20} largest difference {difference:.1e}")
print(f"each multiplies {len(batch) * 64 * 48 * 128:,} times")

# %% [markdown]
# **What you saw.** The same patches, and the same embedding up to rounding, by the same multiplications. Many ViTs are
# written with the convolution, and are still called convolution-free. Both descriptions are right: without overlap,
# nothing of a neighboring patch comes in.
#
# How large should a patch be? Every token attends to every token, so the pairs grow with the square of $N$.

# %% experiment="patch_sizes"
# Experiment · Tokens and pairs for five sizes of a patch
print("patch  tokens  numbers in a token      pairs of tokens")
for p in (1, 2, 4, 8, 16):
    N = (32 // p) ** 2
    print(f"{p:5} {N:7,} {3 * p**2:19,} {N * N:20,}")

# %% figure="patch_grids"
# Figure · One image in patches of two sizes
fig, axes = plt.subplots(1, 2, figsize=(8, 4.2), layout="constrained")
for ax, p in zip(axes, (4, 8), strict=True):
    N = (32 // p) ** 2
    ax.imshow(apart(photo, p).permute(1, 2, 0))
    ax.set(title=f"patch {p}: {N} tokens, {N * N:,} pairs", xticks=[], yticks=[])
plots.show(
    fig,
    alt="The same photograph cut into 8 by 8 patches of 4 pixels and into 4 by 4 patches of 8 pixels.",
    caption="A patch of 4 holds an edge or a patch of color, one of 8 a part of the object.",
)

# %% [markdown]
# Patches of 4 cost 16 times the pairs that patches of 8 cost. In return each token is simpler, and there are more
# places that can be told apart. This lab uses 4.
