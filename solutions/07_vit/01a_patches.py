# %% [markdown]
# ## 1 · Images as sequences
#
# CIFAR-10 holds 50,000 photographs to learn from and 10,000 to test on: 32 × 32 pixels, three colors, ten classes
# ([Krizhevsky, 2009](https://www.cs.toronto.edu/~kriz/cifar.html)). The last tenth of the training images is held out
# for **validation**: every choice in this lab is made on it. The test images wait for the end.

# %% experiment="images"
# Experiment · The images of this lab
cifar = datasets.load_cifar10()
held_out = min(scaled(full=5000, smoke=100), len(cifar.train_labels) // 10)
train_images, train_labels = cifar.train_images[:-held_out], cifar.train_labels[:-held_out]
valid_images, valid_labels = cifar.train_images[-held_out:], cifar.train_labels[-held_out:]
print(f"{len(train_labels):,} images to train on, {held_out:,} for validation")
print("one image:", tuple(train_images[0].shape), train_images.dtype)

# %% figure="first_images"
# Figure · The first training images
plots.show(
    plots.image_grid(
        train_images[:16],
        [cifar.classes[label] for label in train_labels[:16]],
        title="The first training images",
    ),
    alt="Sixteen small color photographs in two rows, each over the name of its class.",
    caption="At 32 × 32 pixels some are hard to name, for you as well.",
)

# %% [markdown]
# A transformer reads a sequence of vectors. What is a token of an image? [Dosovitskiy et al.
# (2021)](https://arxiv.org/abs/2010.11929) cut it into square **patches** and write the numbers of each patch into
# one row. Below is an image of 4 × 4 numbers, cut into patches of 2 × 2. The token after the first one is the patch
# to its right: 2, 3, 6, 7.

# %% [markdown]
# ![An image in four patches, their rows of four numbers, and a linear layer that makes vectors](figures/patches.svg)
#
# *Each patch is a token. One linear layer, the same for all, makes of each a vector; section 3 comes to it.*

# %% given="patch_by_hand"
tiny = torch.arange(16).reshape(4, 4)
print(tiny)
print("first patch, top left:  ", tiny[:2, :2].flatten().tolist())
print("second patch, top right:", tiny[:2, 2:].flatten().tolist())

# %% [markdown]
# With three colors, a patch is three such squares, and its token is red, green, blue, one after the other. An image
# $(C, H, W)$ becomes
#
# $$N = \frac{H}{p} \cdot \frac{W}{p} \text{ tokens of } C \cdot p^2 \text{ numbers}$$
#
# A CIFAR image with $p = 4$: 64 tokens of 48 numbers. Nothing is lost, and nothing is computed: patches only put the
# same numbers into another order.

# %% [markdown]
# ### Exercise 1 · Patches (3 points · 25 min · ●●○)
#
# `patchify` turns images `(B, C, H, W)` into tokens `(B, N, C · patch · patch)`. Patches follow each other row by
# row, from the top left. Inside a patch the order is channel, then row, then column.
#
# `unpatchify` goes back: the tokens, and the `height` and `width` of the image, give `(B, C, H, W)`.
#
# Both take any size that `patch` divides, any number of channels and any dtype, `uint8` too, which they keep.
#
# <details><summary>Hint 1: the idea</summary>Split H into two dimensions, which patch and which row in it. The same
# for W. Then put the six dimensions into another order and join them.</details>
# <details><summary>Hint 2: the formula</summary>(B, C, H/p, p, W/p, p) → (B, H/p, W/p, C, p, p) → (B, N, C·p·p).
# <code>reshape</code> splits and joins, <code>permute</code> reorders.</details>
# <details><summary>Hint 3: the line</summary><code>images.reshape(B, C, H // patch, patch, W // patch,
# patch)</code>, then <code>.permute(0, 2, 4, 1, 3, 5)</code>. On the way back: <code>.permute(0, 3, 1, 4, 2,
# 5)</code>.</details>


# %% data="patch_numbers"
# Data · Images of counted numbers, for the checks
def same_numbers(
    name: str,
    got: torch.Tensor,
    expected: torch.Tensor,
    slips: dict[str, str] | None = None,
    row: str = "patch",
) -> None:
    """Fails unless two tensors (B, patches, numbers) are equal; slips: cause → the first two rows, "0 1 2, 3 4 5"."""
    checks.shape(
        name, got, **dict(zip(("batch", "patches", "numbers"), expected.shape, strict=True))
    )
    kinds = f"expected {expected.dtype}, as the input has, got {got.dtype}"
    checks.that(got.dtype == expected.dtype, f"{name}: {kinds}. Keep the dtype.")
    if torch.equal(got, expected):
        return
    text = ", ".join(" ".join(str(x) for x in numbers) for numbers in got[0, :2].tolist())
    causes = [cause for cause, wrong in (slips or {}).items() if text in wrong.split(" or ")]
    likely = f"\n  Likely cause: {causes[0]}" if causes else ""
    b, i = (got != expected).any(dim=-1).nonzero()[0].tolist()
    start = int((got[b, i] != expected[b, i]).nonzero()[0]) // 8 * 8
    wanted, came = (x[b, i, start : start + 8].tolist() for x in (expected, got))
    where = f"image {b}, {row} {i}" + (f", from number {start} on" if start else "")
    raise checks.CheckFailed(f"{name}, {where}: expected {wanted}, got {came}.{likely}")


# Two images with two channels, 4 × 6 numbers: 0 … 23 and 100 … 123, then 200 … 223 and 300 … 323.
numbers = torch.arange(24).reshape(4, 6) + 100 * torch.arange(4).reshape(2, 2, 1, 1)
# Their patches of 2 × 2, cut by hand: the first one, from where it moves on, and the other image.
first_patch, moves = (
    torch.tensor([0, 1, 6, 7, 100, 101, 106, 107]),
    torch.tensor([0, 2, 4, 12, 14, 16]),
)
by_hand = first_patch + torch.stack([moves, moves + 200])[..., None]  # (2, 6, 8)


# %% solution="patchify"
def patchify(images: torch.Tensor, patch: int) -> torch.Tensor:
    """Cuts images into square patches, one row of numbers each.

    Args:
        images: (B, C, H, W) of any dtype; `patch` divides H and W.

    Returns:
        (B, N, C · patch · patch), N = (H / patch)(W / patch), row by row from the top left.
    """
    ### BEGIN SOLUTION
    B, C, H, W = images.shape
    squares = images.reshape(B, C, H // patch, patch, W // patch, patch)
    squares = squares.permute(0, 2, 4, 1, 3, 5)  # (B, H / patch, W / patch, C, patch, patch)
    return squares.flatten(3).flatten(1, 2)  # (B, N, C · patch · patch)
    ### END SOLUTION


# %% check="patchify_by_hand" points=1
with checks.hint(
    "These images are 4 × 6, with 2 channels. Is a size hard-coded that should be computed?"
):
    got = checks.run(patchify, numbers.clone(), 2)
checks.tensor("patchify(images, 2)", got)
overlap = got.dim() == 3 and 15 in got.shape
checks.that(
    not overlap, "there are 15 patches, so they overlap: the next one begins where one ends."
)
slips = {
    "the patches follow each other column by column; go row by row.": (
        "0 1 6 7 100 101 106 107, 12 13 18 19 112 113 118 119"
    ),
    "inside a patch, rows and columns are swapped.": (
        "0 6 1 7 100 106 101 107, 2 8 3 9 102 108 103 109"
    ),
    "rows and columns are swapped, both of the patches and inside them.": (
        "0 6 1 7 100 106 101 107, 12 18 13 19 112 118 113 119"
    ),
    "inside a patch the channel comes last; it should come first.": (
        "0 100 1 101 6 106 7 107, 2 102 3 103 8 108 9 109 or "
        "0 100 6 106 1 101 7 107, 2 102 8 108 3 103 9 109"
    ),
    "inside a patch the order is row, channel, column; the channel comes first.": (
        "0 1 100 101 6 7 106 107, 2 3 102 103 8 9 108 109"
    ),
    "the channels of a patch are torn apart: move their dimension behind those that count patches.": (
        "0 1 6 7 2 3 8 9, 4 5 10 11 12 13 18 19"
    ),
    "a reshape alone cuts each row of pixels into pieces; the dimensions need another order.": (
        "0 1 2 3 4 5 6 7, 8 9 10 11 12 13 14 15 or 0 100 1 101 2 102 3 103, 4 104 5 105 6 106 7 107"
    ),
    "a patch gets pixels from all over the image: split H into (H / patch, patch), in this order.": (
        "0 3 12 15 100 103 112 115, 1 4 13 16 101 104 113 116"
    ),
    "height and width are swapped: this image has 4 rows and 6 columns.": (
        "0 1 4 5 100 101 104 105, 2 3 6 7 102 103 106 107"
    ),
    "F.unfold gives (B, features, patches): transpose the last two; a reshape mixes them.": (
        "0 2 4 12 14 16 1 3, 5 13 15 17 6 8 10 18"
    ),
}
same_numbers("patchify(images, 2)", got, by_hand, slips)
checks.passed("patches of 2 × 2, as cut by hand")

# %% check="patchify_any" points=1
for C, H, W, p in ((3, 20, 28, 4), (1, 6, 15, 3), (5, 4, 7, 1), (2, 9, 9, 9)):
    images = (40 * checks.normal(2, C, H, W, seed=H) + 128).clamp(0, 255).byte()
    got, name = checks.run(patchify, images, p), f"patchify of {C} × {H} × {W} bytes, patch {p}"
    checks.shape(name, got, batch=2, patches=H * W // p**2, numbers=C * p**2)
    checks.that(got.dtype == torch.uint8, f"{name}: got {got.dtype}. Keep the dtype.")
    pooled = F.avg_pool2d(images.double(), p).flatten(2).mT  # (2, patches, C)
    means = got.double().unflatten(2, (C, p * p)).mean(dim=3)
    checks.close(f"{name}, the mean of each patch and channel", means, pooled)
checks.any_device(patchify, checks.normal(2, 3, 12, 8, seed=1), 4)
### BEGIN HIDDEN TESTS
same_numbers("half precision", checks.run(patchify, numbers.half(), 2), by_hand.half())
for C, H, W, p in ((3, 20, 28, 4), (1, 6, 15, 3), (5, 4, 7, 1), (2, 9, 9, 9)):
    images = (40 * checks.normal(2, C, H, W, seed=H) + 128).clamp(0, 255).byte()
    expected = F.pixel_unshuffle(images, p).flatten(2).mT
    got = checks.run(patchify, images, p)
    same_numbers(f"patchify of {C} × {H} × {W} bytes, patch {p}", got, expected)
images = checks.normal(2, 3, 12, 8, seed=1)
for view in (images, images.mT, images.flip(0), images.to(memory_format=torch.channels_last)):
    expected = F.unfold(view, 4, stride=4).mT
    same_numbers("patchify of float64 images", checks.run(patchify, view, 4), expected)
checks.agrees(
    "patchify", patchify, lambda x, p: F.unfold(x, p, stride=p).mT, images, 4, gradients=True
)
### END HIDDEN TESTS
checks.passed("any size, any patch that divides it, any dtype")


# %% solution="unpatchify"
def unpatchify(patches: torch.Tensor, patch: int, height: int, width: int) -> torch.Tensor:
    """Puts patches back into images, the inverse of `patchify`.

    Args:
        patches: (B, N, C · patch · patch) of any dtype, N = (height / patch)(width / patch).

    Returns:
        (B, C, height, width).
    """
    ### BEGIN SOLUTION
    squares = patches.unflatten(1, (height // patch, width // patch)).unflatten(
        3, (-1, patch, patch)
    )
    return squares.permute(0, 3, 1, 4, 2, 5).flatten(4).flatten(2, 3)  # (B, C, height, width)
    ### END SOLUTION


# %% check="unpatchify_inverse" points=1
try:
    got = checks.run(unpatchify, by_hand, 2, 4, 6)
except checks.CheckFailed as failure:
    if "is invalid for input of size" not in str(failure):
        raise
    cause = "these tokens have 2 channels of 2 × 2. Did you write 3? Divide their length by patch²."
    raise checks.CheckFailed(f"{failure}\n  {cause}") from None
checks.shape("unpatchify(patches, 2, 4, 6)", got, batch=2, channels=2, height=4, width=6)
slips = {
    "the patches are put down column by column; go row by row.": "0 1 4 5 14 15, 6 7 10 11 20 21",
    "height and width are swapped: there are 2 rows of 3 patches.": "0 1 2 3 6 7, 8 9 4 5 12 13",
    "inside a patch, rows and columns are swapped.": "0 6 2 8 4 10, 1 7 3 9 5 11",
    "the channel is taken for the last dimension of a patch; it is the first.": (
        "0 6 2 8 4 10, 100 106 102 108 104 110"
    ),
    "the order in a patch is taken for row, channel, column; it is channel, row, column.": (
        "0 1 2 3 4 5, 100 101 102 103 104 105"
    ),
    "a reshape alone lines the patches up as rows of pixels; the dimensions need another order.": (
        "0 1 6 7 100 101, 106 107 2 3 8 9"
    ),
    "that is the permutation of patchify; the way back needs its inverse.": (
        "0 1 100 101 12 13, 112 113 6 7 106 107"
    ),
    "the dimensions are in the wrong order: H is (H / patch, patch), W is (W / patch, patch).": (
        "0 1 6 7 2 3, 8 9 4 5 10 11"
    ),
    "a patch is spread over the image: H is (H / patch, patch), in this order.": (
        "0 2 4 1 3 5, 12 14 16 13 15 17"
    ),
    "F.fold wants (B, features, patches): transpose the last two.": (
        "0 106 1 107 6 2, 102 10 103 11 108 104"
    ),
}
same_numbers(
    "unpatchify, the channels below each other",
    got.flatten(1, 2),
    numbers.flatten(1, 2),
    slips,
    "row",
)
checks.any_device(unpatchify, by_hand, 2, 4, 6)
rows = torch.arange(60).reshape(
    2, 3, 10
)  # patches of 1 × 1, so that each row of numbers is a channel
got = checks.run(unpatchify, rows.mT, 1, 2, 5).flatten(2)
same_numbers("unpatchify, patch 1, channels", got, rows, row="channel")
### BEGIN HIDDEN TESTS
for C, H, W, p in ((3, 20, 28, 4), (1, 6, 15, 3), (5, 4, 7, 1), (2, 9, 9, 9)):
    images = (40 * checks.normal(2, C, H, W, seed=H) + 128).clamp(0, 255).byte()
    cut = F.pixel_unshuffle(images, p).flatten(2).mT
    got = checks.run(unpatchify, cut, p, H, W)
    same_numbers(f"unpatchify, patch {p}, rows", got.flatten(1, 2), images.flatten(1, 2), row="row")
images = checks.normal(3, 4, 6, 10, seed=3, dtype=torch.float32)
got = checks.run(unpatchify, F.unfold(images, 2, stride=2).mT, 2, 6, 10)
same_numbers("unpatchify of floats, rows", got.flatten(1, 2), images.flatten(1, 2), row="row")
### END HIDDEN TESTS
checks.passed("the images come back")

# %% [markdown]
# **Experiment.** One photograph, cut up. Then its 64 patches in a random order. What do you still recognize?


# %% figure="patches_apart"
# Figure · An image, its patches, and its patches shuffled
def apart(image: torch.Tensor, patch: int, order: torch.Tensor | None = None) -> torch.Tensor:
    """An image (3, H, W) uint8 with white gaps between its patches, which may come in another order."""
    _, H, W = image.shape
    tokens = patchify(image[None], patch)[0]  # (N, 3 · patch · patch)
    tokens = tokens if order is None else tokens[order]
    framed = F.pad(
        tokens.unflatten(1, (3, patch, patch)), (0, 1, 0, 1), value=255
    )  # (N, 3, p + 1, p + 1)
    rows, columns = H // patch, W // patch
    return unpatchify(
        framed.flatten(1)[None], patch + 1, rows * (patch + 1), columns * (patch + 1)
    )[0]


photo = train_images[int((train_labels == 7).nonzero()[3])]
assert torch.equal(unpatchify(patchify(photo[None], 4), 4, 32, 32)[0], photo)
order = torch.randperm(64, generator=torch.Generator().manual_seed(0))
views = {"32 × 32 pixels": photo, "64 patches": apart(photo, 4), "shuffled": apart(photo, 4, order)}
fig, axes = plt.subplots(1, 3, figsize=(9, 3.2), layout="constrained")
for ax, (name, view) in zip(axes, views.items(), strict=True):
    ax.imshow(view.permute(1, 2, 0))
    ax.set(title=name, xticks=[], yticks=[])
plots.show(
    fig,
    alt="A small photograph, the same cut into 8 by 8 patches with gaps, and those patches in random order.",
    caption="To attention without positions, the second and the third picture are the same set of tokens.",
)

# %% [markdown]
# **What you saw.** The colors survive the shuffling, the object does not. Attention alone treats its tokens as a set
# (Lab 04), so it would see no difference. That is why section 3 adds a position to each patch.
