# ---
# jupyter:
#   accelerator: GPU
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Lab 07 · Vision Transformer
#
# An image is worth a few dozen words. You cut photographs into patches, build a Vision Transformer that reads them,
# and train it from nothing, beside a classic convolutional network. Then you look inside, and cut its attention into
# windows.
#
# | | |
# |---|---|
# | **You need** | Labs 05 and 06: transformer blocks, their parameters, Muon |
# | **Time** | 270 minutes; the whole notebook runs in about 20 minutes on two CPU cores |
# | **Worth** | **28 points**: 27 graded by checks, 1 by a person |
# | **Data** | CIFAR-10; without it and without a network a small stand-in of drawn shapes |
#
# Run the cells in order. After each exercise a check tells you what is right and what is not.
#
# COLAB_BADGE

# %% setup="setup"

# %% given="imports"
import json
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import pairwise, product
from pathlib import Path
from typing import ClassVar

import matplotlib.pyplot as plt
import numpy as np
import torch
import torch.nn.functional as F
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import nn

from utils import checks, datasets, device, plots, settings
from utils.batches import Batch, Batches, random_crop, random_flip
from utils.checks import stderr_to_stdout
from utils.pretrained import find_kind
from utils.report import report
from utils.settings import scaled
from utils.training import fit

place = device.get_device()

# %% [markdown]
# ## 1 · Images as sequences
#
# CIFAR-10 holds 50,000 photographs to learn from and 10,000 to test on: 32 × 32 pixels, three colors, ten classes
# ([Krizhevsky, 2009](https://www.cs.toronto.edu/~kriz/cifar.html)). The last tenth of the training images is held out
# for **validation**: every choice in this lab is made on it. The test images wait for the end.

# %% given="images"
cifar = datasets.load_cifar10()
held_out = min(scaled(full=5000, smoke=100), len(cifar.train_labels) // 10)
train_images, train_labels = cifar.train_images[:-held_out], cifar.train_labels[:-held_out]
valid_images, valid_labels = cifar.train_images[-held_out:], cifar.train_labels[-held_out:]
print(f"{len(train_labels):,} images to train on, {held_out:,} for validation")
print("one image:", tuple(train_images[0].shape), train_images.dtype)
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
# (2021)](https://arxiv.org/abs/2010.11929) cut it into square **patches** and write the numbers of each patch into one
# row. Here is an image of 4 × 4 numbers, cut into patches of 2 × 2. The token after the first one is the patch to its
# right: 2, 3, 6, 7.

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


# %% given="patch_numbers"
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
expected = F.unfold(numbers.double(), 2, stride=2).mT.long()  # (2, 6, 8)
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
same_numbers("patchify(images, 2)", got, expected, slips)
checks.passed("patches of 2 × 2, as cut by hand")

# %% check="patchify_any" points=1
for C, H, W, p in ((3, 20, 28, 4), (1, 6, 15, 3), (5, 4, 7, 1), (2, 9, 9, 9)):
    images = (40 * checks.normal(2, C, H, W, seed=H) + 128).clamp(0, 255).byte()
    expected = F.unfold(images.double(), p, stride=p).mT.byte()
    got = checks.run(patchify, images, p)
    same_numbers(f"patchify of {C} × {H} × {W} bytes, patch {p}", got, expected)
images = checks.normal(2, 3, 12, 8, seed=1)
for view in (images, images.mT, images.flip(0), images.to(memory_format=torch.channels_last)):
    expected = F.unfold(view, 4, stride=4).mT
    same_numbers("patchify of float64 images", checks.run(patchify, view, 4), expected)
checks.agrees(
    "patchify", patchify, lambda x, p: F.unfold(x, p, stride=p).mT, images, 4, gradients=True
)
checks.any_device(patchify, images, 4)
### BEGIN HIDDEN TESTS
images = torch.randint(256, (1024, 3, 32, 32), generator=torch.Generator().manual_seed(2)).byte()
got = checks.run(patchify, images, 4, seconds=5)
checks.shape("patchify of 1,024 images", got, batch=1024, patches=64, numbers=48)
checks.close("its sum", got.long().sum(), images.long().sum())
expected = F.unfold(numbers.double(), 2, stride=2).mT.half()
same_numbers("half precision", checks.run(patchify, numbers.half(), 2), expected)
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
cut = F.unfold(numbers.double(), 2, stride=2).mT.long()  # (2, 6, 8)
try:
    got = checks.run(unpatchify, cut, 2, 4, 6)
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
checks.any_device(unpatchify, cut, 2, 4, 6)
for C, H, W, p in ((3, 20, 28, 4), (1, 6, 15, 3), (5, 4, 7, 1), (2, 9, 9, 9)):
    images = (40 * checks.normal(2, C, H, W, seed=H) + 128).clamp(0, 255).byte()
    cut = F.unfold(images.double(), p, stride=p).mT.byte()
    got = checks.run(unpatchify, cut, p, H, W)
    checks.shape(f"unpatchify, patch {p}", got, batch=2, channels=C, height=H, width=W)
    same_numbers(f"unpatchify, patch {p}, rows", got.flatten(1, 2), images.flatten(1, 2), row="row")
### BEGIN HIDDEN TESTS
images = checks.normal(3, 4, 6, 10, seed=3, dtype=torch.float32)
got = checks.run(unpatchify, F.unfold(images, 2, stride=2).mT, 2, 6, 10)
checks.shape("unpatchify of floats", got, batch=3, channels=4, height=6, width=10)
same_numbers("unpatchify of floats, rows", got.flatten(1, 2), images.flatten(1, 2), row="row")
### END HIDDEN TESTS
checks.passed("the images come back")

# %% [markdown]
# **Experiment.** One photograph, cut up. Then its 64 patches in a random order. What do you still recognize?


# %% given="patches_apart"
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


# %% given="convolution_made"
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
kernel = linear.weight.detach().unflatten(1, (3, 4, 4))
kernels = {
    "the kernels are transposed: rows and columns are swapped.": kernel.mT,
    "the kernels are turned by 180°; PyTorch's convolution does not turn them.": kernel.flip(2, 3),
    "the channel is taken for the last dimension of a patch; it is the first.": (
        linear.weight.detach().unflatten(1, (4, 4, 3)).permute(0, 3, 1, 2)
    ),
    "the weights are in another order: is d_model still the first dimension?": (
        linear.weight.detach().T.reshape(7, 3, 4, 4)
    ),
}
slips = {cause: F.conv2d(images, k, linear.bias, stride=4) for cause, k in kernels.items()}
expected = linear(F.unfold(images, 4, stride=4).mT).mT.unflatten(2, (2, 5))
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
# linear layer, the convolution, and PyTorch's own cutter, `F.unfold`, with the linear layer. Do they agree, and
# what do they cost?

# %% given="patches_three_ways"
torch.manual_seed(0)
linear = nn.Linear(3 * 4 * 4, 128)
convolution = as_convolution(linear, 4)
batch = train_images[: scaled(full=256, smoke=32)] / 255 - 0.5  # (B, 3, 32, 32)
same = torch.equal(F.unfold(batch, 4, stride=4).mT, patchify(batch, 4))
print("F.unfold gives the same patches:", same)
ways = {
    "patchify and linear": lambda: linear(patchify(batch, 4)),
    "convolution": lambda: convolution(batch).flatten(2).mT,
    "F.unfold and linear": lambda: linear(F.unfold(batch, 4, stride=4).mT),
}
with torch.no_grad():
    first = ways["patchify and linear"]()  # (B, 64, 128)
    for name, way in ways.items():
        times = []
        for _ in range(scaled(full=15, smoke=3)):
            start = time.perf_counter()
            result = way()
            times.append(1000 * (time.perf_counter() - start))
        difference = (result - first).abs().max().item()
        assert difference < 1e-6
        print(f"{name:20} {np.median(times):6.2f} ms, largest difference {difference:.1e}")

# %% [markdown]
# **What you saw.** The same patches, and the same embedding up to rounding. All three do the same multiplications; the
# times differ by how the numbers travel through memory, and their order depends on the machine. Many ViTs are
# written with the convolution, and are still called convolution-free. Both descriptions are right: without overlap,
# nothing of a neighboring patch comes in.
#
# How large should a patch be? Every token attends to every token, so the pairs grow with the square of $N$.

# %% given="patch_sizes"
print("patch  tokens  numbers in a token      pairs of tokens")
for p in (1, 2, 4, 8, 16):
    N = (32 // p) ** 2
    print(f"{p:5} {N:7,} {3 * p**2:19,} {N * N:20,}")
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

# %% [markdown]
# ## 2 · LeNet-5
#
# Before the transformer, a baseline: the network that read the digits on checks in the 1990s ([LeCun et al.,
# 1998](https://doi.org/10.1109/5.726791)). Convolutions find features, linear layers decide.
#
# Its input comes first. Pixels are numbers from 0 to 255; a network learns faster when its inputs have mean 0 and
# standard deviation 1. Each color is scaled to $[0, 1]$, then
#
# $$x' = \frac{x - \text{mean}}{\text{std}}$$
#
# By hand: red with mean 0.5 and standard deviation 0.25. The byte 255 becomes $(1 - 0.5) / 0.25 = 2$, the byte 0
# becomes $-2$. Mean and standard deviation come from the **training images**, once. They are part of the model, like
# its weights, and every image gets the same ones.

# %% [markdown]
# ### Exercise 3 · Normalization (2 points · 15 min · ●○○)
#
# `channel_statistics` gets images `(N, 3, H, W)` of `uint8`. It returns the mean and the standard deviation of each
# channel over all images and pixels, of values scaled to $[0, 1]$: two tensors `(3,)` of float32. Dividing by $n$
# and dividing by $n - 1$ are both fine.
#
# Mind the memory: 45,000 images are 138 million numbers, in float64 over a gigabyte. Take one channel at a time, or one
# chunk of images.
#
# `normalize` turns images `(B, 3, H, W)` of `uint8` into float32 with the mean and standard deviation that it is given.
#
# <details><summary>Hint 1: the idea</summary>Divide by 255 first. Per channel: over dimensions 0, 2 and 3
# together.</details>
# <details><summary>Hint 2: the formula</summary>(images / 255 − mean) / std. To broadcast, the mean must be (3, 1,
# 1).</details>
# <details><summary>Hint 3: the line</summary><code>torch.std_mean(images[:, c] / 255)</code> for every channel c;
# <code>mean[:, None, None]</code>.</details>


# %% solution="channel_statistics"
def channel_statistics(images: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Mean and standard deviation of each channel, of values scaled to [0, 1].

    Args:
        images: (N, 3, H, W) uint8.

    Returns:
        mean (3,) and std (3,), float32.
    """
    ### BEGIN SOLUTION
    # One channel at a time.
    pairs = [torch.std_mean(images[:, c] / 255) for c in range(images.shape[1])]
    std, mean = map(torch.stack, zip(*pairs, strict=True))
    return mean, std
    ### END SOLUTION


# %% check="channel_statistics_value" points=1
scale = torch.tensor([30.0, 60.0, 10.0])[:, None, None]
images = (
    checks.normal(6, 3, 5, 7, seed=6) * scale + torch.tensor([90.0, 128.0, 200.0])[:, None, None]
)
images = (images + 25 * checks.normal(6, 1, 1, 1, seed=7)).clamp(0, 255).byte()
got_mean, got_std = checks.unpack(
    "the function", checks.run(channel_statistics, images), "mean", "std"
)
checks.shape("mean", got_mean, channels=3)
checks.shape("std", got_std, channels=3)
for name, got in (("mean", got_mean), ("std", got_std)):
    checks.that(got.dtype == torch.float32, f"{name}: expected float32, got {got.dtype}.")
x = images.double() / 255
over = (0, 2, 3)
means, stds = x.mean(over), x.std(over)
slips = {
    "the pixels are not scaled to [0, 1]: divide by 255.": 255 * means,
    "one mean for all channels: take one for each.": x.mean().expand(3),
    "the pixels are divided by 256; the largest byte is 255.": means * 255 / 256,
    "that is the sum; divide by the number of pixels.": x.sum(over),
    "mean and standard deviation are swapped.": stds,
    "mean and standard deviation are swapped: the mean comes first.": x.std(over, correction=0),
}
checks.close("mean", got_mean, means, atol=1e-4, slips=slips)
if not torch.allclose(got_std.double(), x.std(over, correction=0), rtol=1e-4):
    slips = {
        "the pixels are not scaled to [0, 1]: divide by 255.": 255 * stds,
        "that is the variance: take the square root.": x.var(over),
        "that is the variance, divided by n: take the square root.": x.var(over, correction=0),
        "one standard deviation for all channels: take one for each.": x.std().expand(3),
        "that is how the means of the images spread; all pixels count.": x.mean((2, 3)).std(0),
        "that is the mean of a standard deviation per image; take all images together.": (
            x.std((2, 3)).mean(0)
        ),
        "that is the root of the mean square: subtract the mean first.": x.square()
        .mean(over)
        .sqrt(),
        "the pixels are divided by 256; the largest byte is 255.": stds * 255 / 256,
    }
    checks.close("std", got_std, stds, rtol=1e-4, slips=slips)
### BEGIN HIDDEN TESTS
images = torch.randint(256, (5003, 3, 3, 2), generator=torch.Generator().manual_seed(8))
images = (images * torch.linspace(0.2, 1, 5003)[:, None, None, None]).byte()  # ever brighter
images[:, 1] //= 3
got_mean, got_std = checks.run(channel_statistics, images)
x = images.double().transpose(0, 1).flatten(1) / 255
hint = "do you average the results of chunks? Add up sums, or take all images together"
checks.close(f"mean of 5,003 images that get brighter ({hint})", got_mean, x.mean(1), atol=1e-4)
checks.close(f"std of 5,003 images that get brighter ({hint})", got_std, x.std(1), rtol=1e-3)
### END HIDDEN TESTS
checks.passed("mean and standard deviation of each channel")


# %% solution="normalize"
def normalize(images: torch.Tensor, mean: torch.Tensor, std: torch.Tensor) -> torch.Tensor:
    """Bytes to numbers with mean 0 and standard deviation 1 on the training set.

    Args:
        images: (B, 3, H, W) uint8. mean, std: (3,), of values scaled to [0, 1].

    Returns:
        (B, 3, H, W) float32.
    """
    ### BEGIN SOLUTION
    return (images / 255 - mean[:, None, None]) / std[:, None, None]
    ### END SOLUTION


# %% check="normalize_value" points=1
images = torch.randint(256, (2, 3, 5, 7), generator=torch.Generator().manual_seed(9)).byte()
center, spread = torch.tensor([0.5, 0.4, 0.3]), torch.tensor([0.25, 0.2, 0.3])
got = checks.run(normalize, images, center, spread)
checks.shape("normalize(images, mean, std)", got, batch=2, channels=3, height=5, width=7)
checks.that(got.dtype == torch.float32, f"expected float32, got {got.dtype}.")
x, m, s = images.double() / 255, center.double().view(3, 1, 1), spread.double().view(3, 1, 1)
over, kept = (0, 2, 3), {"keepdim": True}
of_batch = x - x.mean(over, **kept)
slips = {
    "the images are normalized by their own statistics; use those that are handed over.": (
        of_batch / x.std(over, **kept)
    ),
    "the batch is normalized by its own statistics; use those that are handed over.": (
        of_batch / x.std(over, correction=0, **kept)
    ),
    "each image is normalized by its own statistics; use those that are handed over.": (
        (x - x.mean((2, 3), **kept)) / x.std((2, 3), **kept)
    ),
    "the bytes are not scaled to [0, 1]: divide by 255.": (255 * x - m) / s,
    "the mean is not subtracted.": x / s,
    "the result is not divided by the standard deviation.": x - m,
    "the standard deviation is multiplied; divide by it.": (x - m) * s,
    "only the mean is divided by std: use parentheses, (x − mean) / std.": x - m / s,
    "the mean is added; subtract it.": (x + m) / s,
    "mean and standard deviation are swapped.": (x - s) / m,
    "that divides by the variance: std is the square root already.": (x - m) / s**2,
    "that divides by the root of std.": (x - m) / s.sqrt(),
    "the bytes are divided by 256; the largest byte is 255.": (x * 255 / 256 - m) / s,
}
if got.any() and torch.equal(got, checks.run(normalize, images, center + 0.1, 2 * spread)):
    slips["the mean and the std that are handed over are not used."] = got
checks.close("the normalized images", got, (x - m) / s, rtol=1e-4, atol=1e-4, slips=slips)
checks.any_device(normalize, images, center, spread)
### BEGIN HIDDEN TESTS
images = torch.randint(256, (4, 3, 3, 3), generator=torch.Generator().manual_seed(10)).byte()
got = checks.run(normalize, images, spread, center)
expected = torch.stack([(images[:, c] / 255 - spread[c]) / center[c] for c in range(3)], dim=1)
checks.close("images of 3 × 3 pixels", got, expected, rtol=1e-4, atol=1e-4)
### END HIDDEN TESTS
checks.passed("normalized by the statistics that are handed over")

# %% given="normalization"
mean, std = (statistic.to(place) for statistic in channel_statistics(train_images))
print("mean", mean.tolist())
print("std ", std.tolist())
brightness = valid_images.float().mean(dim=(1, 2, 3))
print("            by the training images   each by itself")
for name, i in (("darkest", int(brightness.argmin())), ("brightest", int(brightness.argmax()))):
    one = valid_images[i : i + 1].to(place)
    own = [statistic.to(place) for statistic in channel_statistics(one)]
    print(f"{name:10} {normalize(one, mean, std).mean():23.2f} {normalize(one, *own).mean():16.2f}")

# %% [markdown]
# **What you saw.** The training statistics keep a dark photograph dark. Statistics of its own take that away: every
# image gets mean 0. With the statistics of a whole batch the same image would get other numbers in every batch,
# and a prediction would depend on its neighbors.
#
# Now the network. A convolution of 5 × 5 without padding takes 4 pixels off each side length; pooling by 2 halves it.
#
# | layer | output | parameters |
# |---|---|---|
# | input | 3 × 32 × 32 | |
# | convolution 5 × 5 | 6 × 28 × 28 | $6 \cdot (3 \cdot 25 + 1) = 456$ |
# | pooling 2 | 6 × 14 × 14 | |
# | convolution 5 × 5 | 16 × 10 × 10 | $16 \cdot (6 \cdot 25 + 1) = 2{,}416$ |
# | pooling 2 | 16 × 5 × 5 | |
# | linear | 120 | $120 \cdot (400 + 1) = 48{,}120$ |
# | linear | 84 | $84 \cdot (120 + 1) = 10{,}164$ |
# | linear | 10 | $10 \cdot (84 + 1) = 850$ |
# | | | **62,006** |

# %% [markdown]
# ### Exercise 4 · LeNet-5 (3 points · 20 min · ●●○)
#
# Write the network of the table: normalized images `(B, 3, 32, 32)` → logits `(B, 10)`.
#
# - An activation follows each layer that has parameters, but not the last one: it gives logits.
# - Choose ReLU, or tanh as in 1998, and pooling by the maximum or by the mean.
# - No padding, no dropout, no batch normalization.
#
# The names of the parts are up to you.
#
# <details><summary>Hint 1: the idea</summary>The table, line by line. Between the second pooling and the first linear
# layer the 16 × 5 × 5 numbers of each image become one row.</details>
# <details><summary>Hint 2: the formula</summary>400 = 16 · 5 · 5. The batch dimension stays:
# <code>nn.Flatten()</code> keeps it.</details>
# <details><summary>Hint 3: the line</summary><code>nn.Sequential(nn.Conv2d(3, 6, 5), nn.ReLU(), nn.MaxPool2d(2),
# ...)</code>, and <code>forward</code> returns <code>self.layers(x)</code>.</details>


# %% solution="lenet5"
class LeNet5(nn.Module):
    """LeNet-5 (LeCun et al., 1998) for three colors, with a plain linear output."""

    def __init__(self) -> None:
        ### BEGIN SOLUTION
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 6, 5),
            nn.ReLU(),
            nn.MaxPool2d(2),  # (B, 6, 14, 14)
            nn.Conv2d(6, 16, 5),
            nn.ReLU(),
            nn.MaxPool2d(2),  # (B, 16, 5, 5)
        )
        self.decision = nn.Sequential(
            nn.Linear(400, 120),
            nn.ReLU(),
            nn.Linear(120, 84),
            nn.ReLU(),
            nn.Linear(84, 10),
        )
        ### END SOLUTION

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """x (B, 3, 32, 32), normalized → logits (B, 10)."""
        ### BEGIN SOLUTION
        return self.decision(self.features(x).flatten(1))
        ### END SOLUTION


# %% given="lenet_for_check"
# Outputs of the layers with parameters: all differ, so they tell the layers apart.
SIZES = (6, 16, 120, 84, 10)
INPUTS = (75, 150, 400, 120, 84)  # numbers that one output is computed from

Parts = dict[int, torch.Tensor]


def lenet_for_check() -> tuple[nn.Module, Parts, Parts]:
    """A student's network in eval mode, and its weights and biases by the outputs of their layer."""
    model = checks.run(LeNet5).eval()
    lazy = any(nn.parameter.is_lazy(p) for p in model.parameters())
    checks.that(not lazy, "a lazy layer has no size yet; write the numbers of the table.")
    weights = {len(p): p for p in model.parameters() if p.dim() > 1}
    biases = {len(p): p for p in model.parameters() if p.dim() == 1}
    for size, inputs in zip(SIZES, INPUTS, strict=True):
        layer = f"a layer with {size} outputs, each from {inputs} numbers"
        fits = size in weights and weights[size].numel() == size * inputs
        checks.that(fits, f"the table has {layer}; the model has none.")
        checks.that(size in biases, f"the model has {layer}, but it has no bias.")
    return model, weights, biases


def carried(layer: int, value: float) -> float:
    """The logit when a layer puts out `value` everywhere, and each later one the mean of its inputs + 0.7."""
    model, weights, biases = lenet_for_check()
    with torch.no_grad():
        for i, (size, inputs) in enumerate(zip(SIZES, INPUTS, strict=True)):
            weights[size].fill_(1 / inputs if i > layer else 0.0)
            biases[size].fill_(value if i == layer else 0.7)
        logits = checks.run(model, torch.zeros(1, 3, 32, 32))
    checks.shape("the logits", logits, batch=1, classes=10)
    return logits.mean().item()


def seen_by(feature: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Rows and columns of pixels, (32,) bool, that matter for one of the 400 numbers after the second pooling."""
    model, weights, biases = lenet_for_check()
    with torch.no_grad():
        for size, inputs in zip(SIZES, INPUTS, strict=True):
            weights[size].fill_(1 / inputs)
            biases[size].fill_(0.1)
        weights[120].zero_().flatten(1)[:, feature] = 1.0
        weights[10][1:] = 0.0  # only the first logit varies
        images = torch.zeros(65, 3, 32, 32)  # a row is raised in each of 32, a column in each of 32
        for i in range(32):
            images[i, :, i] = 5.0
            images[32 + i, :, :, i] = 5.0
        logits = checks.run(model, images)[:, 0]
    return ((logits[:-1] - logits[-1]).abs() > 1e-5).split(32)


# %% check="lenet_size" points=1
model, x = checks.run(LeNet5), checks.normal(7, 3, 32, 32, seed=11, dtype=torch.float32)
flat = "After the second pooling an image has 16 · 5 · 5 = 400 numbers; nn.Flatten() keeps the batch dimension."
with checks.hint(flat):
    logits = checks.run(model, x)
    checks.shape("the logits", logits, batch=7, classes=10)
    checks.shape("the logits of one image", checks.run(model, x[:1]), batch=1, classes=10)
slips = {
    "are the layers attributes of self? A plain list hides them.": 0,
    "the first convolution pads its input; leave padding out.": 83_126,
    "both convolutions pad their input; leave padding out.": 136_886,
    "the first convolution has no bias.": 62_000,
    "the second convolution has no bias.": 61_990,
    "the convolutions have no bias.": 61_984,
    "the layers have no bias.": 61_770,
    "there is batch normalization after the convolutions; leave it out.": 62_050,
    "the layer with 84 outputs is missing.": 52_202,
}
checks.parameter_count("LeNet5()", model, 62_006, slips)
model, weights, _ = lenet_for_check()
kernels = [tuple(weights[size].shape) for size in SIZES[:2]]
right = kernels == [(6, 3, 5, 5), (16, 6, 5, 5)]
checks.that(right, f"expected convolutions of shape (6, 3, 5, 5) and (16, 6, 5, 5), got {kernels}.")
checks.passed("logits for ten classes, and 62,006 parameters where the table has them")

# %% check="lenet_logits" points=1
model, x = checks.run(LeNet5), checks.normal(7, 3, 32, 32, seed=12, dtype=torch.float32)
together, again = checks.run(model, x), checks.run(model, x)
same = torch.allclose(together, again, atol=1e-6)
checks.that(same, "the same images give other logits at the second call: leave dropout out.")
alone = [checks.run(model, x[i : i + 1]) for i in range(7)]
for one in alone:
    checks.shape("the logits of one image", one, batch=1, classes=10)
mixed = (
    "logits of seven images together against one by one: an image should not depend on its batch"
)
checks.close(mixed, together, torch.cat(alone), rtol=1e-3, atol=1e-5)
values = (-2.0, -0.6, 0.4, 1.7)
for value in values:
    slips = {
        "an activation follows the last layer, here ReLU; it gives the logits.": max(value, 0),
        "an activation follows the last layer, here tanh; it gives the logits.": math.tanh(value),
        "an activation follows the last layer, here a sigmoid; it gives the logits.": (
            1 / (1 + math.exp(-value))
        ),
        "these are probabilities: softmax belongs in the loss.": 0.1,
        "these are log-probabilities: softmax belongs in the loss.": -math.log(10),
    }
    got = carried(4, value)
    checks.close(
        f"logits, when the last layer puts out {value:g}", got, value, atol=1e-5, slips=slips
    )
after = (
    "the first convolution",
    "the second convolution",
    "the first linear layer",
    "the second linear layer",
)
for layer, name in enumerate(after):
    plain = all(abs(carried(layer, v) - carried(layer + 1, v + 0.7)) < 1e-4 for v in values)
    checks.that(not plain, f"there is no activation after {name}.")
checks.passed("each image by itself, an activation after each layer but the last")

# %% check="lenet_regions" points=1
for feature, corner, part in (
    (0, "top left", torch.arange(32) < 16),
    (399, "bottom right", torch.arange(32) >= 16),
):
    rows, columns = seen_by(feature)
    name = f"feature {feature} of the 400 after the second pooling"
    checks.that(rows.any(), f"{name} depends on no pixel.")
    size = int(rows.sum()), int(columns.sum())
    causes = {
        13: "Is there a stride in the convolutions instead of pooling?",
        14: "Do the convolutions pad their input?",
        19: "Are the poolings larger than 2?",
        32: "Does something reach over the whole image, such as a normalization?",
    }
    checks.that(
        size == (16, 16),
        f"{name}: with convolutions of 5 and poolings of 2 it depends on 16 rows and 16 columns of pixels; "
        f"yours on {size[0]} and {size[1]}. {causes.get(size[0], '')}",
    )
    right = torch.equal(rows, part) and torch.equal(columns, part)
    checks.that(right, f"{name} should depend on the 16 × 16 pixels {corner}.")
### BEGIN HIDDEN TESTS
model, x = checks.run(LeNet5), checks.normal(3, 3, 32, 32, seed=13, dtype=torch.float32)
x.requires_grad_()
(slope,) = torch.autograd.grad((checks.run(model, x) * checks.normal(3, 10, seed=14)).sum(), x)
checks.that(slope.flatten(1).any(dim=1).all(), "no gradient reaches the input.")
slopes = torch.autograd.grad(checks.run(model, x).square().sum(), list(model.parameters()))
checks.that(all(g.any() for g in slopes), "a parameter gets no gradient.")

model, x = checks.run(LeNet5).to(place), x.detach().to(place)
checks.shape("the logits", checks.run(model, x), batch=3, classes=10)
### END HIDDEN TESTS
checks.passed("local features: each sees 16 × 16 pixels")

# %% [markdown]
# Training. Every batch is augmented on the device it lives on: half of the images are mirrored, and all are moved by
# up to 2 pixels (padded, then cropped). The images stay bytes until the loss normalizes them.


# %% given="lenet_training"
def flipped_and_cropped(
    images: torch.Tensor, labels: torch.Tensor, generator: torch.Generator
) -> Batch:
    """A batch for training: images mirrored and moved at random, labels as they are."""
    return random_crop(random_flip(images, generator), generator, padding=2), labels


def lenet_loss(model: nn.Module, batch: Batch) -> torch.Tensor:
    """Cross-entropy of a batch of bytes."""
    images, labels = batch
    return F.cross_entropy(model(normalize(images, mean, std)), labels)


def predicted(model: nn.Module, images: torch.Tensor) -> torch.Tensor:
    """The most probable class of each image (N, 3, H, W) uint8, on the CPU: (N,)."""
    with torch.no_grad():
        parts = [model(normalize(x.to(place), mean, std)).argmax(dim=1) for x in images.split(500)]
    return torch.cat(parts).cpu()


torch.manual_seed(0)
lenet = LeNet5().to(place)
options = {"batch_size": 256, "device": place, "augment": flipped_and_cropped}
steps = scaled(full=1800, smoke=4)
history = fit(
    lenet,
    Batches(train_images, train_labels, **options),
    lenet_loss,
    steps=steps,
    lr=1e-2,
    title="LeNet-5",
)
lenet_valid_accuracy = (predicted(lenet, valid_images) == valid_labels).float().mean().item()
print(
    f"{history.samples:,} images in {history.seconds:.0f} s, validation {lenet_valid_accuracy:.1%}"
)

# %% [markdown]
# Guessing gives 10%. Keep LeNet's number in mind: the ViT, with no convolution in it, must beat it.
#
# ### What moves with the image?
#
# Shift an image by $k$ pixels and convolve, or convolve and shift the result by $k$: a convolution does not care
# which comes first. This is **translation equivariance**: the features move with the image. A prediction should be
# **invariant** instead: a ship is a ship wherever it floats.
#
# **Experiment.** The first convolution of your LeNet, on validation images shifted to the right. What enters on the
# left is the edge pixel, repeated: a black bar would be a new object in the picture. Away from that edge, how large
# is the largest difference between the two orders?


# %% given="translation_shift"
def shifted(images: torch.Tensor, k: int) -> torch.Tensor:
    """Images (..., H, W) moved by k pixels to the right, for k < 0 to the left; edge pixels fill what is empty."""
    W = images.shape[-1]
    columns = (torch.arange(W, device=images.device) - k).clamp(0, W - 1)
    return images[..., columns]


def disagreement(moved: torch.Tensor, still: torch.Tensor, k: int) -> float:
    """The largest difference between `moved` and `still` shifted by k, away from the left edge."""
    return (moved[..., k:] - still[..., : still.shape[-1] - k]).abs().max().item()


kernel = next(p for p in lenet.parameters() if p.shape == (6, 3, 5, 5)).detach()
photos = valid_images[:50].to(place)
print("shift  convolution  then pooled by 2")
for k in range(5):
    still, moved = (
        F.conv2d(normalize(x, mean, std), kernel) for x in (photos, shifted(photos, k))
    )  # (50, 6, 28, 28)
    halves = [F.avg_pool2d(x, 2) for x in (moved, still)]  # (50, 6, 14, 14)
    pooled = min(disagreement(*halves, step) for step in {k // 2, (k + 1) // 2})
    print(f"{k:5} {disagreement(moved, still, k):12.6f} {pooled:17.6f}")
print(f"for comparison, the standard deviation of the features: {still.std():.2f}")

# %% [markdown]
# **What you saw.** The convolution agrees to rounding for every shift. Average pooling by 2 keeps this for even
# shifts only: for an odd one the pooled features would have to move by half a pixel, and the nearest whole numbers are
# both far off. After two poolings only multiples of 4 are left. Then LeNet's linear layer has a weight of its own for
# each place, and nothing at all is built in.
#
# So is the prediction invariant? `translation_curve` shifts validation images from 8 pixels to the left to 8 to the
# right. For each shift it measures how many predictions stay what they were, and how many are right.


# %% given="translation_curve"
def translation_curve(model: nn.Module) -> tuple[list[int], list[float], list[float]]:
    """Shifts −8 … 8, the share of predictions that stay as without a shift, and the share that is right."""
    some = scaled(full=1000, smoke=50)
    images, labels = valid_images[:some], valid_labels[:some]
    shifts, kept, right = list(range(-8, 9)), [], []
    unmoved = predicted(model, images)
    for k in shifts:
        now = predicted(model, shifted(images, k))
        kept.append((now == unmoved).float().mean().item())
        right.append((now == labels).float().mean().item())
    return shifts, kept, right


def draw_translation(models: dict[str, nn.Module], *, alt: str, caption: str) -> None:
    """Draws the translation curves of named models: predictions that stay, and predictions that are right."""
    found = {name: translation_curve(model) for name, model in models.items()}
    shifts = next(iter(found.values()))[0]
    fig, axes = plt.subplots(1, 2, figsize=(10, 3.2), layout="constrained")
    for ax, part, title in zip(axes, (1, 2), ("Predictions that stay", "Accuracy"), strict=True):
        series = {name: curve[part] for name, curve in found.items()}
        words = {"xlabel": "shift in pixels, to the right", "ylabel": "share", "x": shifts}
        plots.curves(ax, series, title=title, **words)
        ax.set_ylim(0, 1.05)
    plots.show(fig, alt=alt, caption=caption)
    for name, (_, kept, right) in found.items():
        for k in (0, 1, 2, 4, 8):
            stay = (kept[8 - k] + kept[8 + k]) / 2
            print(
                f"{name:8} shift {k}: {stay:.0%} stay, {(right[8 - k] + right[8 + k]) / 2:.0%} right"
            )


draw_translation(
    {"LeNet-5": lenet},
    alt="Two curves over shifts from −8 to 8 pixels. Both are highest in the middle and fall to both sides.",
    caption="One pixel already changes some predictions, and accuracy hardly moves. Large shifts change both.",
)

# %% [markdown]
# **What you saw.** Equivariant layers do not make an invariant network: one pixel already changes some predictions.
# Accuracy hardly notices, since what is lost on some images is gained on others, and training has shown LeNet crops
# that are moved by up to 2 pixels. Beyond that it falls.
#
# The other half of the bargain: one output of the first convolution sees 5 × 5 pixels, one of the 400 numbers before
# the linear layers 16 × 16. Features are local at first. In self-attention every token can reach every other one in the
# first layer: a **global receptive field**, but no equivariance for pixels, and whatever it needs to know about
# neighbors it must learn. Section 4 draws these curves for both.

# %% [markdown]
# ## 3 · The Vision Transformer
#
# A transformer reads vectors. Your patches are vectors already, of $3 \cdot 4^2 = 48$ numbers each. What is missing?
#
# 1. A **patch embedding**: one linear layer from 48 to `d_model` numbers.
# 2. A place to collect the answer. Either a learned vector, the **class token**, is put in front of the
#    patches, and its output is read at the end. Or there is none, and the outputs of all patches are averaged.
# 3. **Positions**: one learned vector per token, added once. Nothing else tells the model where a patch was.
# 4. Blocks as in Lab 05, without a mask: each patch may attend to all. A last normalization and a linear head.
#
# There is no convolution in it, and no word about neighbors: locality must be learned ([Dosovitskiy et al.,
# 2021](https://arxiv.org/abs/2010.11929)).


# %% given="attention"
class Attention(nn.Module):
    """Multi-head self-attention on PyTorch's fused kernel; every token may attend to every token."""

    def __init__(self, d_model: int, n_heads: int) -> None:
        super().__init__()
        self.n_heads = n_heads
        self.qkv, self.out = nn.Linear(d_model, 3 * d_model), nn.Linear(d_model, d_model)

    def project(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """x (B, T, d_model) → q, k, v, each (B, n_heads, T, d_head)."""
        parts = self.qkv(x).chunk(3, dim=-1)
        q, k, v = (t.unflatten(-1, (self.n_heads, -1)).transpose(1, 2) for t in parts)
        return q, k, v

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = F.scaled_dot_product_attention(*self.project(x))  # (B, n_heads, T, d_head)
        return self.out(y.transpose(1, 2).flatten(2))  # (B, T, d_model)


# %% given="block"
class Block(nn.Module):
    """A pre-LN transformer block."""

    def __init__(self, d_model: int, n_heads: int) -> None:
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(d_model), nn.LayerNorm(d_model)
        self.attention = Attention(d_model, n_heads)
        self.feed_forward = nn.Sequential(
            nn.Linear(d_model, 4 * d_model), nn.GELU(), nn.Linear(4 * d_model, d_model)
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x + self.attention(self.norm1(x))  # (B, T, d_model)
        return x + self.feed_forward(self.norm2(x))


def patches_of(x: torch.Tensor, patch: int) -> torch.Tensor:
    """What `patchify` returns, made by PyTorch: x (B, C, H, W) → (B, N, C · patch · patch)."""
    return F.unfold(x, patch, stride=patch).transpose(1, 2)


# %% [markdown]
# ### Exercise 5 · The Vision Transformer (4 points · 25 min · ●●○)
#
# Write the model. `forward` turns normalized images `(B, 3, H, W)` of `image` × `image` pixels into logits
# `(B, n_classes)`. Cut them with `patches_of`. Name the parts as the later sections do:
#
# | attribute | what |
# |---|---|
# | `patch_embedding` | `nn.Linear`, with a bias |
# | `class_token` | `nn.Parameter` `(d_model,)`, first in the sequence; only if `pool="token"` |
# | `position_embedding` | `nn.Parameter` `(T, d_model)`: a row for every token, the class token too |
# | `blocks`, `norm`, `head` | `nn.ModuleList` of `Block`, `nn.LayerNorm`, `nn.Linear` |
#
# Draw the positions with standard deviation 0.02. After the blocks comes `norm`, then the pooling: the class
# token's vector, or for `pool="mean"` the average over the tokens. Then the head. No dropout.
#
# <details><summary>Hint 1: the idea</summary>Embed, put the class token in front, add the positions, run the
# blocks, normalize, pool, classify.</details>
# <details><summary>Hint 2: the formula</summary>N = (image / patch)²; T = N + 1 with a class token, otherwise N. The
# class token is the same vector for all B images.</details>
# <details><summary>Hint 3: the line</summary><code>self.class_token.expand(len(x), 1, -1)</code> is
# (B, 1, d_model); <code>torch.cat([…], dim=1)</code> joins along the tokens.</details>


# %% solution="vit"
class ViT(nn.Module):
    """A Vision Transformer (Dosovitskiy et al., 2021).

    Args:
        d_model, n_layers, n_heads: the blocks.
        patch, image: side of a patch and of an image, in pixels; the first divides the second.
        n_classes: how many logits.
        pool: "token" reads the class token, "mean" averages over the patches.
    """

    def __init__(
        self,
        d_model: int,
        n_layers: int,
        n_heads: int,
        patch: int = 4,
        image: int = 32,
        n_classes: int = 10,
        pool: str = "token",
    ) -> None:
        ### BEGIN SOLUTION
        super().__init__()
        self.patch, self.pool = patch, pool
        T = (image // patch) ** 2 + (pool == "token")
        if pool == "token":
            self.class_token = nn.Parameter(torch.zeros(d_model))
        self.patch_embedding = nn.Linear(3 * patch**2, d_model)
        self.position_embedding = nn.Parameter(0.02 * torch.randn(T, d_model))
        self.blocks = nn.ModuleList(Block(d_model, n_heads) for _ in range(n_layers))
        self.norm, self.head = nn.LayerNorm(d_model), nn.Linear(d_model, n_classes)
        ### END SOLUTION

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Normalized images x (B, 3, image, image) → logits (B, n_classes)."""
        ### BEGIN SOLUTION
        x = self.patch_embedding(patches_of(x, self.patch))  # (B, N, d_model)
        if self.pool == "token":
            x = torch.cat([self.class_token.expand(len(x), 1, -1), x], dim=1)  # (B, T, d_model)
        x = x + self.position_embedding
        for block in self.blocks:
            x = block(x)
        x = self.norm(x)
        pooled = x[:, 0] if self.pool == "token" else x.mean(dim=1)  # (B, d_model)
        return self.head(pooled)
        ### END SOLUTION


# %% given="vit_for_check"
def vit_for_check(seed: int, **sizes: int | str) -> nn.Module:
    """A student's model with the parts that it needs, every parameter drawn anew, so that each of them matters."""
    small = {"d_model": 12, "n_layers": 3, "n_heads": 2, "patch": 4, "image": 12, "n_classes": 7}
    model = checks.run(ViT, **(small | sizes))
    kinds = {"patch_embedding": nn.Linear, "position_embedding": nn.Parameter, "head": nn.Linear}
    kinds |= {"norm": nn.LayerNorm, "blocks": (nn.ModuleList, nn.Sequential, list)}
    token = (small | sizes).get("pool", "token") == "token"
    for name, kind in (kinds | ({"class_token": nn.Parameter} if token else {})).items():
        missing = f"the model has no attribute {name}; later sections need it."
        checks.that(hasattr(model, name), missing)
        found = getattr(model, name)
        checks.that(isinstance(found, kind), f"{name} is a {type(found).__name__}; see the table.")
    sizes = small | sizes
    wanted, got = (
        (sizes["d_model"], 3 * sizes["patch"] ** 2),
        tuple(model.patch_embedding.weight.shape),
    )
    patches = f"patch_embedding with patch={sizes['patch']}"
    checks.that(got == wanted, f"{patches}: expected a weight of {wanted}, got {got}.")
    rows = tuple(model.position_embedding.shape)
    checks.that(len(rows) == 2, f"position_embedding: expected (T, d_model), got {rows}.")
    heads = {block.attention.n_heads for block in model.blocks}
    cause = (
        f"n_heads={sizes['n_heads']}: the blocks have {heads} heads. Hand n_heads over to Block."
    )
    checks.that(heads == {sizes["n_heads"]}, cause)
    left_over = not token and isinstance(getattr(model, "class_token", None), nn.Parameter)
    checks.that(not left_over, 'with pool="mean" there is no class token.')
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(0.4 * torch.randn(parameter.shape, generator=generator))
    return model.eval()


# %% given="vit_referee"
def vit_by_torch(model, x, wrong="", pool="token", patch=4, blocks=None):
    """The model's logits, computed by PyTorch's layers from its weights; `wrong` and `blocks` make mistakes."""
    weight, bias = model.patch_embedding.weight, model.patch_embedding.bias
    d, places, layers = len(weight), model.position_embedding, []
    for block in model.blocks if blocks is None else blocks:
        options = {"activation": "gelu", "batch_first": True, "norm_first": True}
        layer = nn.TransformerEncoderLayer(d, block.attention.n_heads, 4 * d, 0.0, **options)
        first, second = block.feed_forward[0], block.feed_forward[2]
        pairs = [(layer.self_attn.out_proj, block.attention.out), (layer.linear1, first)]
        pairs += [(layer.linear2, second), (layer.norm1, block.norm1), (layer.norm2, block.norm2)]
        for theirs, ours in pairs:
            theirs.load_state_dict(ours.state_dict())
        layer.self_attn.in_proj_weight.data = block.attention.qkv.weight.data
        layer.self_attn.in_proj_bias.data = block.attention.qkv.bias.data
        layers.append(layer)
    kernel = weight.view(d, x.shape[1], patch, patch)
    y = F.conv2d(x, kernel, bias, stride=patch).flatten(2)
    y = y.unflatten(2, (x.shape[2] // patch, -1)).mT.flatten(2).mT if wrong == "columns" else y.mT
    wanted = y.shape[1] + (pool == "token")
    positions = f"position_embedding: expected {wanted} positions, got {len(places)}."
    checks.that(len(places) == wanted, positions)
    if pool == "token":
        token = model.class_token.view(1, 1, d).expand(len(y), 1, d)
        ahead = [y, token] if wrong in ("last", "last first") else [token, y]
        late = wrong == "patches only"  # positions are added before the class token comes
        y = torch.cat([token, y + places[1:]], 1) if late else torch.cat(ahead, 1) + places
        y = y - places if wrong == "no positions" else y
        y = y + places if wrong == "twice" else y
    else:
        y = y + (0 if wrong == "no positions" else places)
    for layer in layers:
        y = layer(y)
    y = y if wrong in ("no norm", "norm after") else model.norm(y)
    reads = {"last": y[:, -1], "last first": y[:, 0], "reads last": y[:, -1], "mean": y.mean(1)}
    reads |= {"sum": y.sum(1), "max": y.amax(1), "first": y[:, 0], "no token": y[:, 1:].mean(1)}
    y = reads.get(wrong, y[:, 0] if pool == "token" else y.mean(1))
    y = model.norm(y) if wrong == "norm after" else y
    return F.linear(y, model.head.weight, model.head.bias).detach()


# %% check="vit_shape_and_count" points=1
block = sum(p.numel() for p in Block(12, 2).parameters())
for kind, T, p, image in (("token", 10, 4, 12), ("mean", 9, 4, 12), ("mean", 16, 2, 8)):
    model = vit_for_check(1, pool=kind, patch=p, image=image)
    for B in (5, 1):
        got = checks.run(model, checks.normal(B, 3, image, image, seed=B).float())
        checks.shape(f'the logits with pool="{kind}"', got, batch=B, n_classes=7)
    got = tuple(model.position_embedding.shape)
    causes = {
        (9, 12): "the class token needs a position too.",
        (10, 12): "there is no class token here.",
    }
    cause = f" Likely cause: {causes[got]}" if got in causes else ""
    N = (image // p) ** 2
    wanted = f'position_embedding with pool="{kind}", {N} patches: expected ({T}, 12), got {got}.'
    checks.that(got == (T, 12), wanted + cause)
    expected = (3 * p**2 + 1 + T + (kind == "token")) * 12 + 3 * block + 24 + 12 * 7 + 7
    slips = {
        "the blocks are not registered: a plain list hides them. Use nn.ModuleList.": expected
        - 3 * block,
        "all layers share one block; make n_layers of them.": expected - 2 * block,
        "the patch embedding lacks its bias.": expected - 12,
        "the head lacks its bias.": expected - 7,
    }
    name = f'ViT(12, 3, 2, patch={p}, image={image}, n_classes=7, pool="{kind}")'
    checks.parameter_count(name, model, expected, slips)
checks.run(model.to(place), checks.normal(2, 3, image, image, seed=3).float().to(place))
checks.passed("logits for both ways of pooling, and the right number of parameters")

# %% check="vit_class_token" points=1
model, x = vit_for_check(2), checks.normal(5, 3, 12, 12, seed=4).float()
got, expected = checks.run(model, x), vit_by_torch(model, x)
checks.shape("the logits", got, batch=5, n_classes=7)
slips = {
    "these are probabilities: softmax belongs in the loss.": expected.softmax(dim=-1),
    "these are log-probabilities: softmax belongs in the loss.": expected.log_softmax(dim=-1),
    "only the first block is used.": vit_by_torch(model, x, blocks=list(model.blocks)[:1]),
    "the blocks are used from last to first.": vit_by_torch(
        model, x, blocks=list(model.blocks)[::-1]
    ),
    "no block is used.": vit_by_torch(model, x, blocks=[]),
    "each block should get the output of the one before it.": vit_by_torch(
        model, x, blocks=list(model.blocks)[-1:]
    ),
}
causes = {
    "last": "the class token stands last; it comes first, and has the first position.",
    "last first": "the class token stands last, and the first patch is read.",
    "reads last": "the last patch is read; the class token comes first.",
    "patches only": "the class token gets no position: join first, then add the positions.",
    "no positions": "the positions are not added.",
    "twice": "the positions are added twice.",
    "mean": 'with pool="token" the class token alone is read, not the mean.',
    "no token": 'with pool="token" the class token is read, not the mean of the patches.',
    "no norm": "the last normalization is not used.",
    "columns": "the patches run column by column; `patches_of` has them row by row.",
}
slips |= {cause: vit_by_torch(model, x, wrong) for wrong, cause in causes.items()}
checks.close("the logits of 5 images", got, expected, rtol=1e-3, atol=1e-4, slips=slips)
### BEGIN HIDDEN TESTS
sizes = {"d_model": 20, "n_layers": 2, "n_heads": 5, "patch": 2, "image": 8, "n_classes": 3}
model, x = vit_for_check(5, **sizes), checks.normal(4, 3, 8, 8, seed=6).float()
expected = vit_by_torch(model, x, patch=2)
checks.close("another model", checks.run(model, x), expected, rtol=1e-3, atol=1e-4)
### END HIDDEN TESTS
checks.passed("the class token reads the image as PyTorch's own layers do with your weights")

# %% check="vit_mean" points=1
model, x = vit_for_check(7, pool="mean"), checks.normal(5, 3, 12, 12, seed=8).float()
got, expected = checks.run(model, x), vit_by_torch(model, x, pool="mean")
checks.shape("the logits", got, batch=5, n_classes=7)
causes = {
    "first": 'with pool="mean" all patches are averaged; here the first one is read.',
    "no token": 'with pool="mean" there is no class token to leave out: average over all tokens.',
    "sum": "the patches are summed, not averaged.",
    "max": "the largest value over the patches is taken, not the average.",
    "no positions": "the positions are not added.",
    "no norm": "the last normalization is not used.",
    "norm after": "the normalization comes before the pooling, not after it.",
    "columns": "the patches run column by column; `patches_of` has them row by row.",
}
slips = {cause: vit_by_torch(model, x, wrong, "mean") for wrong, cause in causes.items()}
slips["these are probabilities: softmax belongs in the loss."] = expected.softmax(dim=-1)
checks.close("the logits of 5 images", got, expected, rtol=1e-3, atol=1e-4, slips=slips)
### BEGIN HIDDEN TESTS
sizes = {"d_model": 8, "n_layers": 1, "n_heads": 4, "patch": 3, "image": 9, "pool": "mean"}
model, x = vit_for_check(9, **sizes), checks.normal(2, 3, 9, 9, seed=10).float()
expected = vit_by_torch(model, x, pool="mean", patch=3)
checks.close("another model", checks.run(model, x), expected, rtol=1e-3, atol=1e-4)
### END HIDDEN TESTS
checks.passed("the average over the patches, too")

# %% check="vit_start" points=1
torch.manual_seed(0)
model = checks.run(ViT, d_model=64, n_layers=2, n_heads=4, pool="token")
spread = model.position_embedding.std().item()
checks.that(
    0.018 < spread < 0.022,
    f"the positions should have a standard deviation of 0.02, theirs is {spread:.3f}.",
)
x = checks.normal(6, 3, 32, 32, seed=11).float()
logits = checks.run(model, x)
together = torch.cat([checks.run(model, one[None]) for one in x])
checks.close("the images one by one", together, logits, rtol=1e-3, atol=1e-4)
loss = F.cross_entropy(logits, torch.tensor([3, 1, 4, 1, 5, 9]))
loss.backward()
for name, parameter in model.named_parameters():
    reached = parameter.grad is not None and parameter.grad.isfinite().all()
    checks.that(reached, f"no gradient reaches {name}: it is never used, or cut off.")
### BEGIN HIDDEN TESTS
moved = checks.run(model, x.roll(4, dims=3))
checks.that(
    not torch.allclose(moved, logits, atol=1e-5), "patches at other places: the same logits."
)
### END HIDDEN TESTS
checks.passed("small positions, images apart, and a gradient for every parameter")

# %% [markdown]
# ### Exercise 6 · How many parameters? (1 point · 10 min · ●●○)
#
# Return the number of parameters of your ViT by a formula. A block has $12 d^2 + 13 d$ of them (Lab 06). Build no
# model.
#
# <details><summary>Hint 1: the idea</summary>Patch embedding, positions, class token, blocks, normalization,
# head.</details>
# <details><summary>Hint 2: the formula</summary>The patch embedding has 3 · patch² · d + d, the head
# n_classes · d + n_classes; there are (image / patch)² patches.</details>
# <details><summary>Hint 3: the line</summary>With a class token there are two rows of d more: the token, and its
# position.</details>


# %% solution="vit_parameters"
def vit_parameters(
    d_model: int, n_layers: int, patch: int, image: int, n_classes: int, pool: str
) -> int:
    """The number of trainable parameters of a ViT for images of three channels."""
    ### BEGIN SOLUTION
    rows = (image // patch) ** 2 + (2 if pool == "token" else 0)
    embedding = (3 * patch**2 + 1 + rows) * d_model
    blocks = n_layers * (12 * d_model**2 + 13 * d_model)
    return embedding + blocks + 2 * d_model + (d_model + 1) * n_classes
    ### END SOLUTION


# %% check="vit_parameters_value" points=1
for d, n_layers, p, image, n_classes, kind in (
    (14, 3, 8, 40, 5, "mean"),
    (10, 4, 4, 24, 7, "token"),
):
    block = sum(p.numel() for p in Block(d, 2).parameters())
    N, token = (image // p) ** 2, kind == "token"
    parts = [3 * p**2 * d + d, N * d, 2 * d * token, n_layers * block, 2 * d, n_classes * (d + 1)]
    expected = sum(parts)
    got = checks.run(vit_parameters, d, n_layers, p, image, n_classes, kind)
    checks.that(got == int(got), f"a number of parameters is whole; got {got}.")
    slips = {
        "the class token needs two rows of d_model: itself and its position.": -d * token or None,
        "the class token and its position are missing.": -2 * d * token or None,
        'with pool="mean" there is no class token.': None if token else 2 * d,
        'with pool="mean" there is no class token, nor a position for it.': None if token else d,
        "the bias of the patch embedding, or that of the last normalization, is missing.": -d,
        "images have three channels.": -2 * p**2 * d,
        "a patch has patch² pixels, not patch.": 3 * (p - p**2) * d,
        "there are (image / patch)² patches, not image / patch.": (image // p - N) * d,
        "the positions are missing.": -N * d,
        "one position per pixel; there is one per patch.": (image**2 - N) * d,
        "the last normalization is missing.": -2 * d,
        "the last normalization comes once, not with each block.": 2 * d * (n_layers - 1),
        "the bias of the head is missing.": -n_classes,
        "the head is missing.": -n_classes * (d + 1),
        "only one block is counted.": block * (1 - n_layers),
        "the biases and normalizations of the blocks, 13 d_model each, are missing.": -13
        * d
        * n_layers,
    }
    cause = next((f" Likely cause: {c}" for c, more in slips.items() if got - expected == more), "")
    sizes = (
        f'd_model {d}, {n_layers} blocks, patch {p}, image {image}, {n_classes} classes, "{kind}"'
    )
    checks.that(got == expected, f"{sizes}: expected {expected:,}, got {got:,}.{cause}")
### BEGIN HIDDEN TESTS
got = checks.run(vit_parameters, 768, 12, 16, 224, 1000, "token")
checks.that(got == 86_567_656, f"ViT-B/16: expected 86,567,656, got {got:,}.")
### END HIDDEN TESTS
checks.passed("your formula counts what PyTorch counts")

# %% given="vit_sizes"
for name, d_model, n_layers, p, image in (
    ("ViT-B/16, 224 × 224", 768, 12, 16, 224),
    ("ViT-L/16, 224 × 224", 1024, 24, 16, 224),
    ("this lab, on a CPU", 96, 4, 4, 32),
):
    classes = 10 if image == 32 else 1000
    total = vit_parameters(d_model, n_layers, p, image, classes, "token")
    print(f"{name:20} {(image // p) ** 2:4} patches, {total / 1e6:6.2f} million parameters")

# %% [markdown]
# ## 4 · Training
#
# A ViT has little **inductive bias**, few assumptions about images built in, and pays for it with hunger: it must learn
# from images what a convolution knows by construction. **Augmentation** shows it each image in ever new versions. Flips
# and shifted crops are there already. A stronger one is **mixup** ([Zhang et al.,
# 2018](https://arxiv.org/abs/1710.09412)): blend two images, and blend their labels alike. Of 0.7 cat and 0.3 truck the
# model should say: 0.7 cat, 0.3 truck.

# %% [markdown]
# ### Exercise 7 · Mixup (2 points · 15 min · ●●○)
#
# `images` `(B, 3, H, W)` are floats, `labels` `(B,)` class numbers, `lam` a number between 0 and 1. Mix each image
# with **the one before it** in the batch; the first with the last. Return
#
# - the images: `lam` of the image itself and `1 − lam` of the one before;
# - the targets `(B, n_classes)`, floats: `lam` for the image's own class, `1 − lam` for the other's. If both are of one
#   class, it gets 1.
#
# Change none of your inputs, and make new tensors on the device of `images`.
#
# <details><summary>Hint 1: the idea</summary>Make the labels one-hot first. Then images and targets are treated
# alike.</details>
# <details><summary>Hint 2: the formula</summary>mixed = λ x + (1 − λ) x', where x' is the batch moved on by
# one.</details>
# <details><summary>Hint 3: the line</summary><code>x.roll(1, dims=0)</code>;
# <code>F.one_hot(labels, n_classes)</code> gives integers.</details>


# %% solution="mixup"
def mixup(
    images: torch.Tensor, labels: torch.Tensor, lam: float, n_classes: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """Mixes each image with the one before it (Zhang et al., 2018): images (B, 3, H, W), targets (B, n_classes)."""
    ### BEGIN SOLUTION
    targets = F.one_hot(labels, n_classes).to(images.dtype)  # (B, n_classes)
    return tuple(lam * x + (1 - lam) * x.roll(1, dims=0) for x in (images, targets))
    ### END SOLUTION


# %% check="mixup_images" points=1
images, labels = checks.normal(5, 3, 4, 6, seed=20).float(), torch.tensor([2, 0, 3, 3, 1])
mixed, _ = checks.unpack("mixup", checks.run(mixup, images, labels, 0.7, 4), "images", "targets")
before = torch.stack([images[i - 1] for i in range(5)])
after = torch.stack([images[(i + 1) % 5] for i in range(5)])
expected = torch.lerp(before, images, 0.7)
slips = {
    "each image is mixed with the one after it.": torch.lerp(after, images, 0.7),
    "lam and 1 − lam are swapped.": torch.lerp(images, before, 0.7),
    "the images are not mixed.": images,
    "the first image should be mixed with the last one.": torch.cat([images[:1], expected[1:]]),
    "the images are mixed with the batch in reversed order.": torch.lerp(
        images.flip(0), images, 0.7
    ),
    "the images are added; their shares sum to one: lam and 1 − lam.": images + before,
    "the other image comes in with share 1; it gets 1 − lam.": 0.7 * images + before,
    "the images are moved along another dimension than the batch: dims=0.": torch.lerp(
        images.flatten().roll(1).view_as(images), images, 0.7
    ),
}
checks.close("images with lam = 0.7", mixed, expected, slips=slips)
### BEGIN HIDDEN TESTS
for lam in (0.0, 1.0, 0.25):
    got = checks.unpack("mixup", checks.run(mixup, images, labels, lam, 4), "images", "targets")[0]
    checks.close(f"images with lam = {lam}", got, torch.lerp(before, images, lam))
### END HIDDEN TESTS
checks.passed("each image with the one before it, in the right shares")

# %% check="mixup_targets" points=1
images, labels = checks.normal(5, 3, 4, 6, seed=20).float(), torch.tensor([2, 0, 3, 3, 1])
_, targets = checks.unpack("mixup", checks.run(mixup, images, labels, 0.7, 6), "images", "targets")
checks.shape("the targets", targets, batch=5, n_classes=6)
expected = torch.zeros(5, 6)
for row, (own, other) in enumerate([(2, 1), (0, 2), (3, 0), (3, 3), (1, 3)]):
    expected[row, own] += 0.7
    expected[row, other] += 0.3
following = torch.zeros(5, 6)
for row, (own, other) in enumerate([(2, 0), (0, 3), (3, 3), (3, 1), (1, 2)]):
    following[row, own] += 0.7
    following[row, other] += 0.3
alone = F.one_hot(labels, 6).float()
slips = {
    "the labels are not mixed; each image is part another class.": alone,
    "the labels are mixed with those after; the images with those before.": following,
    "lam and 1 − lam are swapped.": (expected - 0.7 * alone) / 0.3 * 0.7 + 0.3 * alone,
    "two of the same class: their shares add up to 1.": expected.clamp(max=0.7),
    "two of the same class: their shares add up to 1; the last one written stays.": torch.where(
        expected == 1, 0.3, expected
    ),
}
checks.close("targets with lam = 0.7", targets, expected, slips=slips)
checks.that(targets.is_floating_point(), f"the targets should be floats, not {targets.dtype}.")
checks.any_device(mixup, images, labels, 0.7, 6)
### BEGIN HIDDEN TESTS
many = torch.arange(11) % 7
targets = checks.run(mixup, checks.normal(11, 3, 2, 2, seed=21).float(), many, 0.4, 9)[1]
own = targets.gather(1, many[:, None])[:, 0]
checks.close("the shares of 11 labels", own, torch.full((11,), 0.4))
checks.close("the sums of 11 rows", targets.sum(dim=1), torch.ones(11))
### END HIDDEN TESTS
checks.passed("the labels are mixed as the images are")

# %% [markdown]
# **Try it.** Eight mixed images and their targets. The text names the shares, so that you can judge by eye.

# %% given="mixup_figure"
some = train_images[:8].float() / 255
mixed, targets = mixup(some, train_labels[:8], 0.65, 10)
names = [
    " + ".join(f"{share:.2f} {cifar.classes[c]}" for c, share in enumerate(row.tolist()) if share)
    for row in targets
]
fig = plots.image_grid(mixed, names, title="Mixup, λ = 0.65")
plots.show(
    fig,
    alt="Eight images, each a blend of two photographs, with the two classes and their shares below.",
    caption="In each image you can make out two: the stronger one with share 0.65, the weaker one with 0.35.",
)

# %% [markdown]
# ### Exercise 8 · Accuracy (2 points · 15 min · ●●○)
#
# Return the share of images that the model classifies correctly, a float. `images` `(N, 3, H, W)` are uint8, `labels`
# `(N,)`; `normalized` turns a batch of images into what the model takes.
#
# - Judge in **evaluation mode** (dropout off), and leave the model in the mode in which it came.
# - Nothing is augmented, and no gradients are recorded.
# - Take at most `batch_size` images at a time. The last batch may be smaller: every *image* counts the same.
#
# <details><summary>Hint 1: the idea</summary>Count the right answers of all batches, divide once.</details>
# <details><summary>Hint 2: the formula</summary>The answer is the class of the largest logit.</details>
# <details><summary>Hint 3: the line</summary><code>model.training</code> tells the mode,
# <code>model.train(mode)</code> sets it; <code>images.split(batch_size)</code> cuts.</details>


# %% solution="accuracy"
def accuracy(
    model: nn.Module,
    images: torch.Tensor,
    labels: torch.Tensor,
    normalized: Callable[[torch.Tensor], torch.Tensor],
    batch_size: int = 500,
) -> float:
    """The share of images (N, 3, H, W) uint8 whose largest logit is that of their label (N,)."""
    ### BEGIN SOLUTION
    mode, right = model.training, 0
    model.eval()
    with torch.no_grad():
        pairs = zip(images.split(batch_size), labels.split(batch_size), strict=True)
        for some, answers in pairs:
            right += (model(normalized(some)).argmax(dim=-1) == answers).sum().item()
    model.train(mode)
    return right / len(images)
    ### END SOLUTION


# %% given="toy_model"
class Brightest(nn.Module):
    """Answers with the channel that is brightest on average; the class records the calls of the newest model."""

    # Images, training mode, gradients are recorded.
    calls: ClassVar[list[tuple[torch.Tensor, bool, bool]]] = []

    def __init__(self) -> None:
        super().__init__()
        self.unused = nn.Linear(1, 1)
        Brightest.calls = []

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        Brightest.calls.append((x, self.training, torch.is_grad_enabled()))
        noise = self.training * 9 * torch.randn(len(x), 3, device=x.device)  # as dropout would
        return x.float().mean(dim=(2, 3)) + noise + 0 * self.unused.weight.sum()


def colored(N: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """N images of 4 × 6 pixels in which one channel is brighter, and its number."""
    generator = torch.Generator().manual_seed(seed)
    labels = torch.randint(3, (N,), generator=generator)
    images = torch.randint(0, 100, (N, 3, 4, 6), generator=generator)
    images[torch.arange(N), labels] += 100
    return images.to(torch.uint8), labels


def halved(images: torch.Tensor) -> torch.Tensor:
    return images.float() / 255 - 0.5


# %% check="accuracy_value" points=1
images, answers = colored(11, seed=22)
labels = answers.clone()
wrong = [1, 3, 8, 10]  # the model is wrong on these; the last one is alone in its batch
labels[wrong] = (labels[wrong] + 1) % 3
model = Brightest().eval()
got = checks.run(accuracy, model, images, labels, halved, 5)
slips = {
    "the mean over batches of unequal size; every image counts the same.": (3 / 5 + 4 / 5 + 0) / 3,
    "the last, smaller batch is left out.": 7 / 10,
    "only the first batch counts.": 3 / 5,
    "this is the share of wrong answers.": 4 / 11,
    "these are counts; divide by the number of images.": 7,
    "this is a percentage; return a share from 0 to 1.": 700 / 11,
    "the counts are divided by the batch size.": 7 / 5,
}
checks.close("7 of 11 right, 5 at a time", got, 7 / 11, slips=slips)
checks.number("the accuracy", got)
sizes = [len(x) for x, _, _ in Brightest.calls]
whole = sum(sizes) == 11 and max(sizes) <= 5
checks.that(whole, f"11 images, at most 5 at a time: the model got batches of {sizes}.")
### BEGIN HIDDEN TESTS
images, labels = colored(23, seed=23)
checks.close("all right", checks.run(accuracy, Brightest(), images, labels, halved), 1.0)
checks.close(
    "none right", checks.run(accuracy, Brightest(), images, (labels + 1) % 3, halved, 4), 0.0
)
### END HIDDEN TESTS
checks.passed("every image counts the same")

# %% check="accuracy_modes" points=1
images, labels = colored(9, seed=24)
model = Brightest().train()
got = checks.run(accuracy, model, images, labels, halved, 4)
recording = torch.is_grad_enabled()
torch.set_grad_enabled(True)
checks.that(recording, "gradients stay off after the function: write `with torch.no_grad():`.")
checks.that(Brightest.calls, "the model is never called.")
inputs, modes, gradients = zip(*Brightest.calls, strict=True)
checks.that(not any(modes), "the model is in training mode while it is judged: model.eval().")
checks.that(model.training, "the model came in training mode and must leave in it.")
checks.that(not any(gradients), "gradients are recorded: use torch.no_grad().")
trainable = all(p.requires_grad for p in model.parameters())
checks.that(trainable, "the parameters can no longer be trained: write `with torch.no_grad():`.")
last, kind = inputs[-1], inputs[-1].dtype
checks.that(kind == torch.float32, f"the model got {kind}: call `normalized` first.")
raw = images[-len(last) :]
slips = {
    "the images are not normalized: call `normalized`.": raw.float(),
    "the images are scaled, but not by `normalized`.": raw.float() / 255,
    "the images are mirrored; nothing is augmented here.": halved(raw).flip(-1),
    "the images are normalized twice.": halved(halved(raw)),
}
checks.close("the last batch that the model got", last, halved(raw), slips=slips)
model.eval()
checks.run(accuracy, model, images, labels, halved, 4)
checks.that(not model.training, "the model came in evaluation mode and must leave in it.")
checks.passed("in evaluation mode, without gradients, and the mode is put back")

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


# %% given="start_figure"
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
# Now the training. Two settings, chosen by the hardware: a small ViT and ten minutes on a CPU, a larger one on a GPU.
# The schedule goes by **time**: the learning rate rises for a tenth of the budget, then falls in a straight line to
# zero, whatever the machine. Two optimizers share the parameters, as in Lab 06: Muon for the matrices of the blocks and
# the patch embedding, AdamW for the rest. Labels are smoothed by 0.1: no image is a cat with full certainty.
#
# On a CPU no image is seen often: flips are enough, and nine steps in ten read **half of the patches** only, drawn
# anew each time. A transformer reads any set of tokens, and a picture with holes still shows its cat. On a GPU the
# model sees each image a hundred times and more: flips, crops and mixup.

# %% given="vit_settings"
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


def muon_and_adamw(model: nn.Module) -> list[torch.optim.Optimizer]:
    """Muon for the matrices of blocks and patch embedding, AdamW for all other parameters."""
    matrices = [p for p in model.blocks.parameters() if p.dim() == 2]
    matrices.append(model.patch_embedding.weight)
    inside = {id(p) for p in matrices}
    rest = [p for p in model.parameters() if id(p) not in inside]
    return [
        torch.optim.Muon(matrices, lr=0.012, weight_decay=0.1),
        torch.optim.AdamW(rest, lr=5e-3, betas=(0.9, 0.95), weight_decay=0.01, fused=True),
    ]


# %% given="vit_training"
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
    optimizer=muon_and_adamw(vit),
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
# A second, smaller ViT reads its answer from a class token. It begins at random, with no word about neighbors, and is
# trained for a short time only: section 6 looks at what it has found out.

# %% given="vit_token_training"
device.seed_everything(0)
vit_token = ViT(*scaled(full=(64, 4, 4), smoke=(32, 2, 2)), pool="token").to(place)
token_history = fit(
    vit_token,
    batches,
    vit_loss,
    steps=scaled(full=400, smoke=3),
    optimizer=muon_and_adamw(vit_token),
    schedule=rise_and_fall,
    title="ViT with a class token",
)
for name, model in (
    ("local start, mean over patches", vit),
    ("random start, class token, smaller", vit_token),
):
    print(f"{name}: validation {accuracy(model, *valid, prepared):.1%}")

# %% [markdown]
# **What you saw.** In ten minutes on two CPU cores the model sees each image a few times only, and its accuracy rises
# to the last step. It has not begun to learn images by heart, so stronger augmentation, such as mixup, would only slow
# it down. It pays when each image is seen a hundred times. And the ViT beats LeNet-5, without a convolution.
#
# **Experiment.** Shifts, as in section 2, now for both. Predict: which model keeps more of its predictions?

# %% given="vit_translation"
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

# %% [markdown]
# ## 5 · Data hunger
#
# A convolution knows before the first image that neighbors belong together, and uses one kernel everywhere. A ViT must
# find this out. So it should need more images. Does it? Both are trained on 1, 5, 20 and 100% of the images, each time
# for as many steps. Predict: which curve is steeper, and do they cross?
#
# The ViT starts at random. It is a small one with patches of 8, so 16 tokens, since eight trainings must fit in a few
# minutes.

# %% given="hunger_trainings"
shares = [0.01, 0.05, 0.2, 1.0]
makers = {
    "LeNet-5": LeNet5,
    "ViT": lambda: ViT(*scaled(full=(64, 4, 4), smoke=(32, 1, 2)), patch=8, pool="mean"),
}
hunger = {name: [] for name in makers}
began = time.perf_counter()
for share in shares:
    some = int(share * len(train_labels))
    for name, make in makers.items():
        device.seed_everything(0)
        model = make().to(place)
        words = {"batch_size": 128, "device": place, "augment": flipped_and_cropped}
        few = Batches(train_images[:some], train_labels[:some], **words)
        optimizer = None if name == "LeNet-5" else muon_and_adamw(model)
        fit(
            model,
            few,
            vit_loss,
            steps=scaled(full=350, smoke=2),
            lr=5e-3,
            optimizer=optimizer,
            show=False,
        )
        hunger[name].append(accuracy(model, *valid, prepared))
        print(f"{name:8} {some:6,} images: {hunger[name][-1]:.1%}")
print(f"{time.perf_counter() - began:.0f} s")

# %% given="hunger_plot"
fig, ax = plt.subplots(figsize=(7, 3.4), layout="constrained")
counts = [int(share * len(train_labels)) for share in shares]
words = {"xlabel": "training images", "ylabel": "validation accuracy", "x": counts}
plots.curves(ax, hunger, title="How much data a model needs", **words)
ax.set_xscale("log")
plots.show(
    fig,
    alt="Validation accuracy against the number of training images, on a logarithmic axis, for LeNet-5 and a ViT.",
    caption="The same number of steps for each point: with few images each is seen more often.",
)

# %% [markdown]
# **What you saw.** With 450 images LeNet is ahead: what it knows about neighbors is worth more than what so few images
# teach. With more images the ViT overtakes it, here between 1 and 5%: built-in knowledge helps while data is short. The
# gaps are of one point or less, so another seed may move the crossing. Both curves flatten at the end, for want of
# training, not of images: 350 batches of 128 are one pass over all of them.

# %% [markdown]
# ## 6 · Looking inside
#
# Nobody told `vit_token` how an image is laid out. A position was a row of random numbers, one of 64, and the patch
# below was as far away as any other. Did it learn which patches are neighbors?
#
# The rows of `vit_token.position_embedding` answer, all but the class token's. Take the **cosine similarity** of each
# row to all others:
#
# $$\cos(p_i, p_j) = \frac{p_i \cdot p_j}{\lVert p_i \rVert \, \lVert p_j \rVert}$$
#
# It is 1 for the same direction and near 0 for unrelated ones. Random rows of the same size stand beside it: that is
# what you would see without training.

# %% given="inside_positions"
learned = vit_token.position_embedding[1:].detach().float().cpu()  # (N, d_model)
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

# %% given="inside_position_maps"
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
# grid again, from images alone: pixels that are close belong together, so it pays to treat them alike. It even found
# that half of the images were mirrored: a patch on the left is like its counterpart on the right. A convolution has the
# neighbors built in and spends nothing on learning them.
#
# **What does a patch become?** Each row of `patch_embedding.weight` is a filter: 3 × 4 × 4 numbers that multiply
# the pixels. Their **principal components** are the patterns that the embedding passes on most, strongest first:
# the right singular vectors of the weights. Gray is 0.

# %% given="inside_filters"
filters = vit.patch_embedding.weight.detach().float().cpu()  # (d_model, 3 · patch · patch)
patch = math.isqrt(filters.shape[1] // 3)


def principal(weight: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Principal components as patches (n, 3, patch, patch), and their shares of the squared weights."""
    _, strength, patterns = torch.linalg.svd(weight, full_matrices=False)
    return patterns.unflatten(1, (3, patch, patch)), strength**2 / (strength**2).sum()


patterns, share = principal(filters)
pictures = patterns[:24] / patterns[:24].abs().amax(dim=(1, 2, 3), keepdim=True)
labels = [f"{i}: {s:.1%}" for i, s in enumerate(share[:24].tolist(), 1)]
title = "The first principal components of the patch embedding"
plots.show(
    plots.image_grid(0.5 + 0.5 * pictures, labels, title=title),
    alt="24 colored squares of 4 by 4 pixels: patterns of brightness and color, mixed with noise.",
    caption="Below each its share of the squared weights. A pattern and its negative are one and the same.",
)
device.seed_everything(0)
fresh = nn.Linear(filters.shape[1], len(filters)).weight.detach()
pixels = patches_of(normalize(valid_images[:200], mean.cpu(), std.cpu()), patch).flatten(0, 1)
kinds = {"photographs": pixels, "trained weights": filters, "untrained weights": fresh}
for name, rows in kinds.items():
    squares = rows.unflatten(1, (3, patch, patch))
    smooth = 4 * F.avg_pool2d(squares, 2).square().sum() / squares.square().sum()
    print(f"{name:17} keep {smooth:.0%} of their squares under a blur of 2 × 2")

# %% [markdown]
# **What you saw.** Stripes, spots, edges, one color against another. The printed lines say how smooth they are:
# averaging over blocks of 2 × 2 pixels keeps a quarter of noise, and all of an even color. Photographs are smooth:
# nearly all of them survives. The filters are as rough as noise, and that is of use: what is weak in the pixels, an
# edge or a texture, is passed on with large weights, and the even color, which is strong anyway, with small ones. The
# tokens carry both.

# %% [markdown]
# Attention weights say where a token looks *in one layer*. But after the first layer a token is a mixture, and the next
# one mixes mixtures. **Attention rollout** ([Abnar & Zuidema, 2020](https://arxiv.org/abs/2005.00928)) follows them
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
# ### Exercise 9 · Attention rollout (3 points · 15 min · ●●○)
#
# `weights` `(n_layers, n_heads, T, T)` are the attention weights of *one* image, first layer first; row $i$ of each
# matrix says where token $i$ looks. Return the rollout `(T, T)`: row $i$ says how much of each input token is in
# output $i$.
#
# - Take the *mean* over the heads.
# - Take half of it plus half of the identity.
# - Multiply the matrices of all layers, the later one on the left.
#
# Any number of layers, one or more.
#
# <details><summary>Hint 1: the idea</summary>Start with the first layer. Each further layer multiplies what you have
# from the left.</details>
# <details><summary>Hint 2: the formula</summary>R ← (½ Ā + ½ I) R, for one layer after the other.</details>
# <details><summary>Hint 3: the line</summary>The identity on the right device: <code>torch.eye(T,
# device=weights.device)</code>. A matrix product is <code>@</code>; <code>*</code> multiplies entry by
# entry.</details>


# %% solution="rollout"
def rollout(weights: torch.Tensor) -> torch.Tensor:
    """Attention through all layers of one image (Abnar & Zuidema, 2020).

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

# %% given="rollout_paths"


def by_paths(layers: list[torch.Tensor]) -> torch.Tensor:
    """The rollout of matrices (T, T), first layer first: adds up every path from an input to an output."""
    T, tables = len(layers[0]), [layer.tolist() for layer in layers]
    total = torch.zeros(T, T)
    for path in product(range(T), repeat=len(layers) + 1):
        chance = 1.0
        for table, (start, end) in zip(tables, pairwise(path), strict=True):
            chance *= 0.5 * table[end][start] + 0.5 * (start == end)
        total[path[-1], path[0]] += chance
    return total


# %% check="rollout_heads" points=1
weights = (2 * checks.normal(2, 3, 4, 4, seed=60)).float().softmax(dim=-1)  # 2 layers, 3 heads
got = checks.run(rollout, weights)
checks.shape("the rollout of 4 tokens", got, T=4, inputs=4)
largest, smallest = weights.amax(dim=1), weights.amin(dim=1)
times, joined = weights.prod(dim=1), largest + torch.eye(4)
slips = {
    "the largest of the heads is taken; take their mean.": by_paths([*largest]),
    "the largest of the heads is taken and renormalized; take their mean.": by_paths(
        [*largest / largest.sum(dim=-1, keepdim=True)]
    ),
    "the largest of the heads is taken, and the rows are renormalized; take their mean.": by_paths(
        [*(2 * joined / joined.sum(dim=-1, keepdim=True) - torch.eye(4))]
    ),
    "the smallest of the heads is taken; take their mean.": by_paths([*smallest]),
    "the heads are multiplied; take their mean.": by_paths([*times]),
    "the heads are multiplied and renormalized; take their mean.": by_paths(
        [*times / times.sum(dim=-1, keepdim=True)]
    ),
    "the heads are added; take their mean.": by_paths([*weights.sum(dim=1)]),
    "the heads are multiplied as matrices, one after the other; take their mean.": by_paths(
        [*weights.flatten(0, 1)]
    ),
    "only the first head is used.": by_paths([*weights[:, 0]]),
    "only the last head is used.": by_paths([*weights[:, -1]]),
    "each head is rolled out alone; take the mean over the heads in each layer.": torch.stack(
        [by_paths([*weights[:, h]]) for h in range(3)]
    ).mean(dim=0),
    "layers and heads are swapped: heads are in dimension 1.": by_paths([*weights.mean(dim=0)]),
    "the layers are multiplied in the wrong order.": by_paths([*weights.mean(dim=1).flip(0)]),
}
checks.close("the rollout of 3 heads", got, by_paths([*weights.mean(dim=1)]), slips=slips)
checks.passed("the mean over the heads")

# %% check="rollout_depth" points=1
weights = (2 * checks.normal(4, 2, 5, 5, seed=61)).float().softmax(dim=-1)  # 4 layers, 2 heads
got = checks.run(rollout, weights)
checks.shape("the rollout of 5 tokens", got, T=5, inputs=5)
checks.that(
    got.dtype == weights.dtype, f"expected {weights.dtype}, as the weights are, got {got.dtype}."
)
checks.close("the sum of each row", got.sum(dim=-1), torch.ones(5))
one = checks.run(rollout, weights[:1])
checks.close("the rollout of one layer", one, by_paths([weights[0].mean(dim=0)]))
still = torch.eye(5).expand(1, 2, 5, 5)
for name, more in (("first", torch.cat([still, weights])), ("last", torch.cat([weights, still]))):
    what = f"the rollout with another layer, put {name}, in which each token looks at itself only"
    checks.close(what, checks.run(rollout, more), got)
apart = torch.block_diag(torch.full((2, 2), 0.5), torch.full((3, 3), 1 / 3))
leak = checks.run(rollout, apart.expand(4, 2, 5, 5))[:2, 2:]
checks.that(not leak.any(), "tokens that never look at each other are mixed all the same.")
checks.any_device(rollout, weights)
### BEGIN HIDDEN TESTS
checks.close("the rollout of 4 layers", got, by_paths([*weights.mean(dim=1)]))
weights = checks.normal(3, 4, 6, 6, seed=62).float().softmax(dim=-1)
checks.close("3 layers", checks.run(rollout, weights), by_paths([*weights.mean(dim=1)]))
### END HIDDEN TESTS
checks.passed("any number of layers; every row sums to 1")

# %% [markdown]
# Now to `vit_token`, which reads its answer from the class token. The weights of each block come from its own
# queries and keys. A *hook* looks at what enters the block and leaves the model as it is.


# %% given="inside_attention_weights"
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
pictures, names = valid_images[examples], [cifar.classes[valid_labels[i]] for i in examples]
weights = attention_weights(vit_token, normalize(pictures.to(place), mean, std))
print("weights (B, n_layers, n_heads, T, T):", tuple(weights.shape))

# %% given="inside_heads"
last = weights[:, -1, :, 0].cpu()  # the class token's row in the last layer: (B, n_heads, T)
n_heads = last.shape[1]
fig, axes = plt.subplots(
    len(pictures), n_heads + 1, figsize=(1.6 * n_heads + 1.6, 7), layout="constrained"
)
for row, picture, name, heads in zip(axes, pictures, names, last, strict=True):
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
    f"top; equal weights would be {1 / last.shape[-1]:.1%} each.",
)

# %% given="inside_rollout"
fig, axes = plt.subplots(3, len(pictures), figsize=(1.9 * len(pictures), 6), layout="constrained")
whole = torch.stack([rollout(w) for w in weights])[:, 0].cpu()  # from the class token: (B, T)
rows = {"last layer": last.mean(dim=1), "rollout": whole}
for j, (picture, name) in enumerate(zip(pictures, names, strict=True)):
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


# %% given="inside_deletion"
@torch.no_grad()
def accuracy_without(scores: torch.Tensor, images: torch.Tensor, labels: torch.Tensor) -> float:
    """Accuracy of vit_token when the quarter of the patches with the highest scores (B, N) is blanked."""
    N = scores.shape[1]
    side = math.isqrt(N)
    patch = images.shape[-1] // side
    keep = torch.ones_like(scores).scatter(1, scores.topk(N // 4, dim=1).indices, 0)
    keep = keep.view(-1, 1, side, side).repeat_interleave(patch, 2).repeat_interleave(patch, 3)
    guesses = vit_token(images * keep).argmax(dim=1)  # normalized images: 0 is the mean color
    return (guesses == labels).float().mean().item()


count = scaled(full=500, smoke=50)
images = normalize(valid_images[:count].to(place), mean, std)
labels = valid_labels[:count].to(place)
kinds = {name: [] for name in ("last layer", "rollout")}
for piece in images.split(100):
    maps = attention_weights(vit_token, piece)
    kinds["last layer"].append(maps[:, -1, :, 0, 1:].mean(dim=1))
    kinds["rollout"].append(torch.stack([rollout(m) for m in maps])[:, 0, 1:])
kinds = {name: torch.cat(found) for name, found in kinds.items()}
chance = checks.normal(*kinds["rollout"].shape, seed=1).float().to(place)
with torch.no_grad():
    print(f"nothing blanked:  {(vit_token(images).argmax(dim=1) == labels).float().mean():.1%}")
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

# %% [markdown]
# ## 7 · Windows
#
# Every patch looks at every other one: 64 patches have 4,096 pairs. A photograph of 512 × 512 pixels in the same
# patches of 4 has 16,384 patches and 268 million pairs, in each head of each layer. The **Swin Transformer** ([Liu et
# al., 2021](https://arxiv.org/abs/2103.14030)) lets a patch look only at those in its own **window**, a square of a few
# patches.
#
# Here is a grid of 4 × 6 patches, counted row by row, in windows of 2 × 2:
#
# | | | |
# |:-:|:-:|:-:|
# | 0 1<br>6 7 | 2 3<br>8 9 | 4 5<br>10 11 |
# | 12 13<br>18 19 | 14 15<br>20 21 | 16 17<br>22 23 |
#
# As a sequence, the first window is 0, 1, 6, 7. Attention knows nothing of windows: stack them where the batch is,
# and attention runs in each of them alone.

# %% [markdown]
# ### Exercise 10 · Windows and back (2 points · 15 min · ●●○)
#
# `window_partition` takes a grid of patches `x` `(B, H, W, C)`; `size` divides `H` and `W`. Return the windows
# `(B · windows, size · size, C)`: first those of the first image, row by row from the top left; inside a window the
# patches row by row too.
#
# `window_reverse` is the way back: `(B · windows, size · size, C)` → `(B, H, W, C)`.
#
# <details><summary>Hint 1: the idea</summary>Split H into (which window, which row in it), W in the same way. Then
# bring the two that say <em>which window</em> together.</details>
# <details><summary>Hint 2: the formula</summary>(B, H/size, size, W/size, size, C) → (B, H/size, W/size, size,
# size, C): which two dimensions change places? The way back swaps the same two.</details>
# <details><summary>Hint 3: the line</summary><code>x.view(B, H // size, size, W // size, size, C)</code>, then
# <code>.transpose(2, 3)</code> and <code>.flatten</code> or <code>.reshape</code>.</details>


# %% solution="window_partition"
def window_partition(x: torch.Tensor, size: int) -> torch.Tensor:
    """Cuts grids of patches (B, H, W, C) into windows: (B · windows, size · size, C), row by row."""
    ### BEGIN SOLUTION
    x = x.unflatten(1, (-1, size)).unflatten(
        3, (-1, size)
    )  # (B, H / size, size, W / size, size, C)
    return x.transpose(2, 3).flatten(0, 2).flatten(1, 2)
    ### END SOLUTION


# %% given="window_tables"
def places(text: str) -> torch.Tensor:
    """Which patch of a grid of 4 × 6 stands where: (6 windows, 4 tokens), from "0 1 6 7, 2 3 8 9, …"."""
    return torch.tensor([[int(place) for place in window.split()] for window in text.split(",")])


CUT_OFF = (
    "no gradient reaches the input: work with PyTorch's operations, not with .tolist() or numpy."
)


def kept_kind(got: torch.Tensor, x: torch.Tensor) -> None:
    """Fails unless a result has the dtype of its input and its gradient."""
    kinds = f"expected {x.dtype}, as the input has, got {got.dtype}. Make new tensors with x.new_zeros(...)."
    checks.that(got.dtype == x.dtype, kinds)
    checks.that(got.requires_grad or not x.requires_grad, CUT_OFF)


RIGHT = places("0 1 6 7, 2 3 8 9, 4 5 10 11, 12 13 18 19, 14 15 20 21, 16 17 22 23")
WRONG = {
    "the windows stand column by column; they go row by row.": places(
        "0 1 6 7, 12 13 18 19, 2 3 8 9, 14 15 20 21, 4 5 10 11, 16 17 22 23"
    ),
    "inside a window the patches stand column by column; they go row by row.": places(
        "0 6 1 7, 2 8 3 9, 4 10 5 11, 12 18 13 19, 14 20 15 21, 16 22 17 23"
    ),
    "rows and columns are swapped, of the windows and inside them.": places(
        "0 6 1 7, 12 18 13 19, 2 8 3 9, 14 20 15 21, 4 10 5 11, 16 22 17 23"
    ),
    "patches that follow each other in a row of the grid are put together: a reshape alone cannot cut squares.": (
        torch.arange(24).view(6, 4)
    ),
    "the patches of a window are far apart: split H into (H // size, size), not (size, H // size); W too.": places(
        "0 3 12 15, 1 4 13 16, 2 5 14 17, 6 9 18 21, 7 10 19 22, 8 11 20 23"
    ),
}


# %% check="window_partition_value" points=1
x = checks.normal(2, 4, 6, 3, seed=70).requires_grad_()
got = checks.run(window_partition, x, 2)
checks.tensor("the windows", got)
joined = "join images and windows in the first dimension: (B · windows, size · size, C)."
checks.that(got.shape != (2, 6, 4, 3), joined)
squares = "join the rows and columns of a window in one dimension: (B · windows, size · size, C)."
checks.that(got.shape != (12, 2, 2, 3), squares)
checks.shape("the windows of 2 grids of 4 × 6", got, windows=12, tokens=4, C=3)
patches = x.flatten(1, 2)  # (2, 24, 3)
expected = patches[:, RIGHT].flatten(0, 1)
slips = {cause: patches[:, table].flatten(0, 1) for cause, table in WRONG.items()}
slips["the images take turns; all windows of the first image come first."] = (
    patches[:, RIGHT].transpose(0, 1).flatten(0, 1)
)
slips["channels and patches of a window are mixed: the channels stay last."] = expected.mT.reshape(
    12, 4, 3
)
checks.close("the windows of 2 grids of 4 × 6, size 2", got, expected, slips=slips)
kept_kind(got, x)
checks.any_device(window_partition, x.detach(), 2)
x = checks.normal(3, 6, 12, 5, seed=71)
got = checks.run(window_partition, x, 3)
checks.shape("the windows of 3 grids of 6 × 12, size 3", got, windows=24, tokens=9, C=5)
expected = F.unfold(x.permute(0, 3, 1, 2), 3, stride=3)  # (3, 5 · 9, 8)
expected = expected.view(3, 5, 9, 8).permute(0, 3, 2, 1).reshape(24, 9, 5)
checks.close("the windows of 3 grids of 6 × 12, size 3", got, expected)
### BEGIN HIDDEN TESTS
got = checks.run(window_partition, x[..., :2].transpose(1, 2), 1)
checks.close("windows of a single patch", got, x[..., :2].transpose(1, 2).reshape(-1, 1, 2))
### END HIDDEN TESTS
checks.passed("windows row by row, patches row by row")


# %% solution="window_reverse"
def window_reverse(windows: torch.Tensor, size: int, height: int, width: int) -> torch.Tensor:
    """Puts windows (B · windows, size · size, C) back into grids of patches (B, H, W, C)."""
    ### BEGIN SOLUTION
    x = windows.view(-1, height // size, width // size, size, size, windows.shape[-1])
    return x.transpose(2, 3).flatten(3, 4).flatten(1, 2)
    ### END SOLUTION


# %% check="window_reverse_value" points=1
grid = checks.normal(2, 4, 6, 3, seed=72)
windows = grid.flatten(1, 2)[:, RIGHT].flatten(0, 1).requires_grad_()  # (12, 4, 3)
count = "B is the number of windows divided by those of one grid, (height // size) · (width // size), with //."
with checks.hint(count):
    got = checks.run(window_reverse, windows, 2, 4, 6)
    checks.shape("the grids", got, B=2, H=4, W=6, C=3)


def placed(windows: torch.Tensor, table: torch.Tensor) -> torch.Tensor:
    # (2, 4, 6, 3), with token t of window w at place table[w, t]
    order = table.flatten().argsort()
    return windows.reshape(2, 24, 3)[:, order].view(2, 4, 6, 3)


slips = {cause: placed(windows, table) for cause, table in WRONG.items()}
turns = windows.view(6, 2, 4, 3).transpose(0, 1)
slips["the images take turns; all windows of the first image come first."] = placed(turns, RIGHT)
slips["channels and patches of a window are mixed: the channels stay last."] = placed(
    windows.reshape(12, 3, 4).mT, RIGHT
)
swapped = places("0 1 4 5, 2 3 6 7, 8 9 12 13, 10 11 14 15, 16 17 20 21, 18 19 22 23")
slips["H and W are swapped: there are H / size rows of windows, W / size in each."] = placed(
    windows, swapped
)
again = places("0 1 4 5, 8 9 2 3, 6 7 10 11, 12 13 16 17, 20 21 14 15, 18 19 22 23")
slips["that cuts once more; the way back begins with (B, H / size, W / size, size, size, C)."] = (
    placed(windows, again)
)
checks.close("2 grids of 4 × 6 from their windows, size 2", got, grid, slips=slips)
kept_kind(got, windows)
checks.any_device(window_reverse, windows.detach(), 2, 4, 6)
got = checks.run(window_reverse, windows[:6], 2, 4, 6)
checks.close("a single grid from its windows", got, grid[:1])
grid = checks.normal(2, 6, 9, 5, seed=73)
windows = F.unfold(grid.permute(0, 3, 1, 2), 3, stride=3).view(2, 5, 9, 6)
windows = windows.permute(0, 3, 2, 1).reshape(12, 9, 5)
checks.close("2 grids of 6 × 9, size 3", checks.run(window_reverse, windows, 3, 6, 9), grid)
### BEGIN HIDDEN TESTS
got = checks.run(window_reverse, grid.reshape(108, 1, 5), 1, 6, 9)
checks.close("windows of a single patch", got, grid)
### END HIDDEN TESTS
checks.passed("the grids are back")

# %% [markdown]
# Now each window is an island: however many layers follow, nothing ever crosses its border. So every second layer
# **shifts** the grid by half a window before it is cut, and shifts it back afterwards. The shift is cyclic: what
# leaves at the top enters at the bottom. The grid above, shifted by 1; patches that went around are in italics:
#
# | | | |
# |:-:|:-:|:-:|
# | 7 8<br>13 14 | 9 10<br>15 16 | 11 *6*<br>17 *12* |
# | 19 20<br>*1 2* | 21 22<br>*3 4* | 23 *18*<br>*5 0* |
#
# The first window lies across four old ones. But 11 and 6 are no neighbors: one is at the right edge of the
# image, the other at the left. A **mask** keeps them apart: 11 and 17 may see each other, and so may 6 and 12. In the
# last window each patch sees only itself.

# %% [markdown]
# ### Exercise 11 · Shifted windows (3 points · 25 min · ●●●)
#
# `shift_windows`: shift `x` `(B, H, W, C)` cyclically by `shift` patches, up and to the left: patch `(shift, shift)`
# goes to the top left corner.
#
# `shifted_window_mask`: return a boolean tensor `(windows, size · size, size · size)`, in the order of Exercise 10.
# True at `[w, i, j]`: in window `w` of the shifted grid, patch `i` may attend to patch `j`. They may when both or
# neither went around from top to bottom, and the same for left to right. `size` divides `height` and `width`, and
# `0 ≤ shift < size`; with a shift of 0 all is True.
#
# <details><summary>Hint 1: the idea</summary>Number the regions of the shifted grid: those that went around in
# neither direction, in one, in the other, in both. Cut the numbers into windows; equal numbers may
# attend.</details>
# <details><summary>Hint 2: the formula</summary>In the shifted grid the last <code>shift</code> rows came from the
# top: row ≥ height − shift. The number of a region is 2 · (row went around) + (column went around).</details>
# <details><summary>Hint 3: the line</summary>Shift: <code>torch.roll(x, (-shift, -shift), dims=(1, 2))</code>. Mask:
# <code>window_partition(numbers[None, :, :, None], size)</code>, then compare <code>[:, :, None]</code> with
# <code>[:, None, :]</code>.</details>


# %% solution="shift_windows"
def shift_windows(x: torch.Tensor, shift: int) -> torch.Tensor:
    """Shifts grids of patches (B, H, W, C) up and left by `shift` patches; what leaves enters on the other side."""
    ### BEGIN SOLUTION
    return torch.roll(x, (-shift, -shift), dims=(1, 2))
    ### END SOLUTION


# %% check="shift_windows_value" points=1
x = checks.normal(2, 4, 6, 3, seed=80).requires_grad_()
got = checks.run(shift_windows, x, 1)
checks.shape("the shifted grids", got, B=2, H=4, W=6, C=3)
order = {  # which patch stands where, row by row
    "": "7 8 9 10 11 6 13 14 15 16 17 12 19 20 21 22 23 18 1 2 3 4 5 0",
    "it is shifted the wrong way: patch (shift, shift) should go to the top left corner.": (
        "23 18 19 20 21 22 5 0 1 2 3 4 11 6 7 8 9 10 17 12 13 14 15 16"
    ),
    "it is shifted up only; shift it to the left as well.": (
        "6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 0 1 2 3 4 5"
    ),
    "it is shifted to the left only; shift it up as well.": (
        "1 2 3 4 5 0 7 8 9 10 11 6 13 14 15 16 17 12 19 20 21 22 23 18"
    ),
    "it is shifted up, but to the right.": (
        "11 6 7 8 9 10 17 12 13 14 15 16 23 18 19 20 21 22 5 0 1 2 3 4"
    ),
    "it is shifted to the left, but down.": (
        "19 20 21 22 23 18 1 2 3 4 5 0 7 8 9 10 11 6 13 14 15 16 17 12"
    ),
    "the patches move along the flat list, not up and left in the grid.": (
        "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 0"
    ),
    "nothing is shifted.": " ".join(map(str, range(24))),
}
patches = x.flatten(1, 2)
grids = {c: patches[:, [int(i) for i in row.split()]].view(2, 4, 6, 3) for c, row in order.items()}
expected = grids.pop("")
inner = torch.ones(4, 6)
inner[3], inner[:, 5] = 0, 0
grids["what leaves on one side is lost; it should enter on the other side."] = (
    expected * inner[:, :, None]
)
images = x[[1, 0]].flatten(2, 3)[:, [1, 2, 3, 0]].view(2, 4, 6, 3)
grids["the images are shifted: rows and columns are dimensions 1 and 2."] = images
channels = x.flatten(0, 1)[:, [1, 2, 3, 4, 5, 0]][..., [1, 2, 0]].view(2, 4, 6, 3)
grids["the channels are shifted: rows and columns are dimensions 1 and 2."] = channels
whole = x.flatten()[[*range(1, x.numel()), 0]].view_as(x)
grids[
    "the whole tensor is shifted as one list: name the dimensions of rows and columns, 1 and 2."
] = whole
checks.close("2 grids of 4 × 6, shifted by 1", got, expected, slips=grids)
kept_kind(got, x)
checks.any_device(shift_windows, x.detach(), 1)
checks.close("a shift by 0", checks.run(shift_windows, x, 0), x)
got = checks.run(shift_windows, x, 3)
checks.close("the top left corner after a shift by 3", got[:, 0, 0], x[:, 3, 3])
### BEGIN HIDDEN TESTS
x = checks.normal(2, 5, 7, 4, seed=81)
expected = torch.empty_like(x)
for i in range(5):
    for j in range(7):
        expected[:, i, j] = x[:, (i + 2) % 5, (j + 2) % 7]
checks.close("2 grids of 5 × 7, shifted by 2", checks.run(shift_windows, x, 2), expected)
### END HIDDEN TESTS
checks.passed("up and left, and around")


# %% solution="shifted_window_mask"
def shifted_window_mask(height: int, width: int, size: int, shift: int) -> torch.Tensor:
    """Which patches of a shifted window are neighbors in the image (Liu et al., 2021, figure 4).

    Returns:
        boolean (windows, size · size, size · size); True = may attend.
    """
    ### BEGIN SOLUTION
    down = torch.arange(height)[:, None] >= height - shift  # (H, 1): came from the top
    across = torch.arange(width) >= width - shift  # (W,): came from the left
    regions = 2 * down + 1 * across  # (H, W)
    regions = window_partition(regions[None, :, :, None], size)  # (windows, size · size, 1)
    return regions == regions.mT
    ### END SOLUTION


# %% given="mask_letters"
def together(windows: list[str]) -> torch.Tensor:
    """The mask in which patches with the same letter may attend to each other: one string for each window."""
    return torch.tensor([[[a == b for a in w] for b in w] for w in windows])


def regions(size: int, last: int) -> list[str]:
    """Letters for 2 × 3 windows when the last rows and columns of the grid, so many of each, came around."""
    stay = size - last
    right = ("a" * stay + "b" * last) * size
    below = "a" * stay * size + "b" * last * size
    corner = ("a" * stay + "b" * last) * stay + ("c" * stay + "d" * last) * last
    whole = "a" * size * size
    return [whole, whole, right, below, below, corner]


def same_mask(name: str, got: object, expected: torch.Tensor, slips: dict | None = None) -> None:
    """Fails unless a mask is the expected one, and says for which two patches it is not."""
    windows, tokens, _ = expected.shape
    checks.shape(name, got, windows=windows, queries=tokens, keys=tokens)
    checks.that(got.dtype == torch.bool, f"{name} should be boolean (torch.bool), not {got.dtype}.")
    got = got.cpu()
    if (got == expected).all():
        return
    cause = next(
        (f"\n  Likely cause: {c}" for c, m in (slips or {}).items() if (got == m).all()), ""
    )
    w, i, j = (got != expected).nonzero()[0].tolist()
    words = (
        f"in window {w}, patch {i} should{'' if expected[w, i, j] else ' not'} attend to patch {j}"
    )
    raise checks.CheckFailed(f"{name}: {words} (all counted from 0).{cause}")


# %% check="shifted_window_mask_by_hand" points=1
got = checks.run(shifted_window_mask, 4, 6, 2, 1)
letters = {  # windows: 7 8 13 14, 9 10 15 16, 11 6 17 12, 19 20 1 2, 21 22 3 4, 23 18 5 0
    "": "aaaa aaaa abab aabb aabb abcd",
    "nothing is masked.": "aaaa aaaa aaaa aaaa aaaa aaaa",
    "only rows that went around are kept apart; columns go around as well.": (
        "aaaa aaaa aaaa aabb aabb aabb"
    ),
    "only columns that went around are kept apart; rows go around as well.": (
        "aaaa aaaa abab aaaa aaaa abab"
    ),
    "the first rows and columns are taken for those that went around; after the shift they are last.": (
        "abcd aabb aabb abab aaaa aaaa"
    ),
    "in the last window, what went around in both directions counts as if only from left to right.": (
        "aaaa aaaa abab aabb aabb abcb"
    ),
    "in the last window, what went around in both directions counts as if only from top to bottom.": (
        "aaaa aaaa abab aabb aabb abcc"
    ),
    "in the last window, what came around from the top and what came from the left have one number.": (
        "aaaa aaaa abab aabb aabb abbc"
    ),
    "all that went around has one number; rows, columns and both are three regions.": (
        "aaaa aaaa abab aabb aabb abbb"
    ),
    "in the last window, patches that went around in both directions count as if in none.": (
        "aaaa aaaa abab aabb aabb abba"
    ),
    "only patches that went around in both directions are kept apart, not those of one direction.": (
        "aaaa aaaa aaaa aaaa aaaa aaab"
    ),
    "the windows are counted column by column; count them row by row.": (
        "aaaa aabb aaaa aabb abab abcd"
    ),
    "rows and columns are swapped: windows and patches are counted row by row.": (
        "aaaa abab aaaa abab aabb abcd"
    ),
    "rows and columns are swapped inside the windows.": "aaaa aaaa aabb abab abab abcd",
    "in every window at an edge each patch sees only itself.": "aaaa aaaa abcd abcd abcd abcd",
    "each patch sees only itself, in every window.": "abcd abcd abcd abcd abcd abcd",
    "only the last window is masked; all in the last row and column have patches from the other side.": (
        "aaaa aaaa aaaa aaaa aaaa abcd"
    ),
    "all windows are masked alike as in the last column.": "abab abab abab abab abab abab",
}
masks = {cause: together(row.split()) for cause, row in letters.items()}
expected = masks.pop("")
masks["everything is masked."] = torch.zeros_like(expected)
masks["True and False are swapped: True = may attend."] = ~expected
own = torch.eye(4, dtype=torch.bool)
masks["a patch may attend to itself, in every window."] = expected & ~own
same_mask("the mask for 4 × 6, size 2, shift 1", got, expected, masks)
checks.passed("the example: three of the windows, and the corner")

# %% check="shifted_window_mask_sizes" points=1
last = "the last `shift` rows and columns came around, not `size - shift`."
for shift in (5, 1):
    got = checks.run(shifted_window_mask, 14, 21, 7, shift)
    slips = {
        "nothing is masked.": regions(7, 0),
        "off by one: too many rows and columns count as gone around.": regions(7, shift + 1),
        "off by one: too few rows and columns count as gone around.": regions(7, shift - 1),
        last: regions(7, 7 - shift),
        "it fits a shift by half a window only; use `shift`.": regions(7, 3),
        "every window is cut; only the last of a row or column are.": 6 * regions(7, shift)[5:],
    }
    masks = {cause: together(windows) for cause, windows in slips.items()}
    what = f"the mask for 14 × 21, size 7, shift {shift}"
    same_mask(what, got, together(regions(7, shift)), masks)
got = checks.run(shifted_window_mask, 4, 6, 2, 0)
same_mask("the mask for 4 × 6, size 2, shift 0", got, together(["aaaa"] * 6))
got = checks.run(shifted_window_mask, 6, 4, 2, 1)
expected = together(["aaaa", "abab", "aaaa", "abab", "aabb", "abcd"])
same_mask("the mask for 6 × 4, size 2, shift 1", got, expected)
### BEGIN HIDDEN TESTS
for height, width, size, shift in ((6, 9, 3, 1), (9, 6, 3, 2), (10, 4, 2, 1), (8, 16, 4, 2)):
    got = checks.run(shifted_window_mask, height, width, size, shift)
    expected = []
    for top in range(0, height, size):
        for left in range(0, width, size):
            tokens = [(top + i, left + j) for i in range(size) for j in range(size)]
            home = [((r + shift) % height, (c + shift) % width) for r, c in tokens]
            way = [(r - p, c - q) for (r, c), (p, q) in zip(tokens, home, strict=True)]
            expected.append([[a == b for a in way] for b in way])
    name = f"the mask for {height} × {width}, size {size}, shift {shift}"
    same_mask(name, got, torch.tensor(expected))
### END HIDDEN TESTS
checks.passed("any size and shift; without a shift all is open")

# %% [markdown]
# **Experiment.** How far does a patch see? Two layers of windowed attention on 12 × 16 patches, random weights,
# windows of 4 × 4. The gradient of one output patch, marked ×, tells which input patches it depends on.


# %% given="windows_attention"
def windowed_attention(
    attention: Attention, x: torch.Tensor, size: int, shift: int = 0, masked: bool = True
) -> torch.Tensor:
    """Attention inside windows: x (B, H, W, d_model) → the same shape."""
    B, H, W, _ = x.shape
    q, k, v = attention.project(window_partition(shift_windows(x, shift), size))
    mask = None
    if shift and masked:
        mask = shifted_window_mask(H, W, size, shift).to(x.device).repeat(B, 1, 1)[:, None]
    y = F.scaled_dot_product_attention(
        q, k, v, attn_mask=mask
    )  # (B · windows, n_heads, size², d_head)
    y = window_reverse(attention.out(y.transpose(1, 2).flatten(2)), size, H, W)
    return torch.roll(y, (shift, shift), dims=(1, 2))  # back to where it was


device.seed_everything(0)
layers = [Attention(16, 2).double() for _ in range(2)]
stacks = {  # one entry per layer: shift, masked
    "1 layer": [(0, True)],
    "2 layers, no shift": [(0, True), (0, True)],
    "2 layers, second shifted": [(0, True), (2, True)],
    "the same without a mask": [(0, True), (2, False)],
}
row, column = 1, 6
reached = {}
for name, shifts in stacks.items():
    x = checks.normal(1, 12, 16, 16, seed=90).requires_grad_()
    y = x
    for layer, (shift, masked) in zip(layers, shifts, strict=False):
        y = y + windowed_attention(layer, y, 4, shift, masked)
    (slope,) = torch.autograd.grad(y[0, row, column].sum(), x)
    reached[name] = slope[0].abs().sum(dim=-1) > 0  # (12, 16)
    print(f"{name:26} {reached[name].sum():3} of {reached[name].numel()} patches")

# %% given="windows_maps"
fig, axes = plt.subplots(1, 4, figsize=(9, 2.4), layout="constrained")
for ax, (name, seen) in zip(axes, reached.items(), strict=True):
    ax.imshow(seen, cmap="cividis", vmin=0, vmax=1)
    for line in range(4, 16, 4):
        ax.axvline(line - 0.5, color="white", linewidth=1)
        if line < 12:
            ax.axhline(line - 0.5, color="white", linewidth=1)
    ax.plot(column, row, "x", color="black", markersize=7, markeredgewidth=2)
    ax.set(title=name, xlabel="column", xticks=[0, 4, 8, 12], yticks=[0, 4, 8])
    ax.title.set_size(9)
axes[0].set(ylabel="row")
plots.show(
    fig,
    alt="Four maps of 12 by 16 patches with the windows drawn in. One layer and two layers without a shift reach the "
    "patch's own window. With a shift two windows beside each other are reached; without the mask also two windows at "
    "the bottom.",
    caption="Light patches reach the marked one. White lines are the windows of the first layer.",
)

# %% [markdown]
# **What you saw.** Without a shift, a second layer brings nothing new. With one, a patch hears from the next
# window, and with every pair of layers from farther away: information travels, though no layer is global. Without
# the mask the top of the image hears from its bottom. Nothing crashes and the loss may hardly tell: only a test
# like this one shows it.
#
# What is the gain? Count multiplications for $T = H \cdot W$ patches and windows of $M \times M$:
#
# | | projections | scores and weighted sum |
# |---|---|---|
# | global | $4 T d^2$ | $2 T^2 d$ |
# | windows | $4 T d^2$ | $2 T M^2 d$ |
#
# One is quadratic in the number of patches, the other linear.

# %% given="windows_cost"
d, M = 32, 8
attention = Attention(d, 2).to(place)
sides = scaled(full=(8, 16, 24, 32, 48, 64), smoke=(8, 16))


def global_attention(x: torch.Tensor) -> torch.Tensor:
    return attention(x.flatten(1, 2)).view_as(x)


def shifted_attention(x: torch.Tensor) -> torch.Tensor:
    return windowed_attention(attention, x, M, shift=M // 2)


kinds = {"global": global_attention, "shifted windows": shifted_attention}
counts = {
    "global": [4 * T * d**2 + 2 * T**2 * d for T in (n * n for n in sides)],
    "shifted windows": [4 * T * d**2 + 2 * T * M**2 * d for T in (n * n for n in sides)],
}
times = {name: [] for name in kinds}
with torch.no_grad():
    for n in sides:
        x = torch.randn(1, n, n, d, device=place)
        for name, function in kinds.items():
            function(x)  # the first call is slower
            tries, runs = scaled(full=5, smoke=2), []
            for _ in range(tries):
                with device.measure(place) as cost:
                    function(x)
                runs.append(1000 * cost.seconds)
            times[name].append(min(runs))
print("patches   million multiplications: global, windows   milliseconds: global, windows")
for i, n in enumerate(sides):
    million = [f"{c[i] / 1e6:9.1f}" for c in counts.values()]
    spent = [f"{t[i]:8.2f}" for t in times.values()]
    print(f"{n} × {n}".rjust(7), *million, " " * 14, *spent)

# %% given="windows_cost_plot"
fig, axes = plt.subplots(1, 2, figsize=(9, 3.4), layout="constrained")
tokens = [n * n for n in sides]
words = {"xlabel": "patches", "x": tokens}
plots.curves(axes[0], counts, title="Multiplications", ylabel="multiplications", **words)
plots.curves(axes[1], times, title="Measured", ylabel="milliseconds", **words)
for ax in axes:
    ax.set(xscale="log", yscale="log")
plots.show(
    fig,
    alt="Two log-log plots over the number of patches. The global curve becomes about twice as steep as that of the "
    "windows, in the count and in the measured time.",
    caption="On such axes a slope of 1 is linear, a slope of 2 quadratic.",
)
growth = {
    name: math.log(t[-1] / t[-2]) / math.log(tokens[-1] / tokens[-2]) for name, t in times.items()
}
print(
    "slope between the two largest grids:",
    {name: round(value, 1) for name, value in growth.items()},
)

# %% [markdown]
# **What you saw.** With few patches there is nothing to gain: cutting, shifting and masking take time too, and
# global attention may be the faster one. With many, its cost grows with the square of their number, and that of the
# windows in step with it. Double the side of an image: four times the patches, four times the work in windows, up
# to sixteen times for global attention.
#
# Swin has one more idea. After some layers it merges 2 × 2 patches into one, again and again. The windows then
# cover more of the image, and there are features at several scales, as in a ConvNet. Segmentation and detection
# need those; a ViT has one scale, made for classification.

# %% [markdown]
# ## 8 · Fine-tuning a strong model
#
# Few people train a ViT from scratch. You take one that has seen a million images or more and adapt it:
#
# - **Linear probe.** The network stays as it is and turns each image into a vector, its *features*. A logistic
#   regression learns the classes from these. Cheap, and it says how good the features are.
# - **Full fine-tuning.** A new head, and all weights are trained on with a small learning rate. Each step costs a
#   backward pass through the whole network; most often the result is better, as the features adapt too.

# %% [markdown]
# The next cells look for a pretrained ViT in `$LABS_DATA/models` (a file `vit_b_16*.pth` of torchvision, or a folder
# in the form of the Hugging Face hub), in the Hugging Face cache, and, with a GPU, on the hub (DeiT-tiny, 5.7 million
# parameters: [Touvron et al., 2021](https://arxiv.org/abs/2012.12877)).


# %% given="strong_read"
@dataclass
class Strong:
    """A pretrained ViT: `network` maps normalized images (B, 3, size, size) to features (B, d)."""

    name: str
    network: nn.Module
    size: int
    mean: list[float]
    std: list[float]


class ClassToken(nn.Module):
    """The class token's last hidden state of a Hugging Face ViT."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.model(pixel_values=x).last_hidden_state[:, 0]


def read_folder(folder: Path, name: str) -> Strong:
    """A ViT from a folder in the form of the hub."""
    from transformers import AutoModel
    from transformers.utils import logging

    logging.set_verbosity_error()  # it would list the head, which is left out
    logging.disable_progress_bar()
    model = AutoModel.from_pretrained(folder, add_pooling_layer=False).float()
    described = folder / "preprocessor_config.json"
    scaling = json.loads(described.read_text(encoding="utf-8")) if described.exists() else {}
    middle = [0.5, 0.5, 0.5]
    colors = (scaling.get("image_mean", middle), scaling.get("image_std", middle))
    return Strong(name, ClassToken(model), model.config.image_size, *colors)


def read_torchvision(file: Path, name: str) -> Strong:
    """torchvision's vit_b_16 with the weights of a file."""
    from torchvision.models import vit_b_16

    network = vit_b_16()
    network.load_state_dict(torch.load(file, map_location="cpu", weights_only=True))
    network.heads = nn.Identity()
    return Strong(name, network, network.image_size, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225])


# %% given="strong_find"
def find_strong() -> tuple[Callable[[Path, str], Strong], Path, str] | None:
    """The first pretrained ViT that is there: how to read it, where it is, and its name."""
    for file in sorted((settings.data_dir() / "models").glob("vit_b_16*.pth")):
        return read_torchvision, file, f"{file.name} from the data folder"
    download = place.type == "cuda" and settings.preset() == "full"
    kind, repository = "^(ViT|DeiT)ForImage", "facebook/deit-tiny-patch16-224"
    found = find_kind(kind, repository, download=download)
    return found and (read_folder, *found)


# %% given="strong_load"
def load_strong() -> Strong | None:
    """The pretrained ViT on its device; None, and one line that says so, when there is none."""
    found = find_strong()
    if found is None:
        print(
            "No pretrained ViT is here, and none is downloaded: this section is skipped. To run it, put the "
            f"folder of one (config.json, model.safetensors) into {settings.data_dir() / 'models'}."
        )
        return None
    read, path, name = found
    try:
        with stderr_to_stdout():
            strong = read(path, name)
    except Exception as error:
        reason = f"{type(error).__name__}: {(str(error).splitlines() or [''])[0]}"
        raise datasets.DataError(f"{path}: {reason}. Copy it again, or remove it.") from error
    strong.network.to(place).eval()
    count = sum(p.numel() for p in strong.network.parameters())
    print(f"The strong model: {name}, {count:,} parameters, images of {strong.size} pixels")
    return strong


strong = load_strong()

# %% [markdown]
# The images are enlarged to the size that the network knows. On a CPU that is slow, so the cell takes as many
# images as it can in a fixed time.


# %% given="strong_probe"
def enlarged(images: torch.Tensor) -> torch.Tensor:
    """Images (B, 3, H, W) uint8, enlarged and normalized as the strong model wants them."""
    x = F.interpolate(images.to(place).float() / 255, size=strong.size, mode="bicubic")
    middle, width = (
        torch.tensor(c, device=place)[:, None, None] for c in (strong.mean, strong.std)
    )
    return (x - middle) / width


@torch.no_grad()
def features(images: torch.Tensor, seconds: float) -> np.ndarray:
    """Features (n, d) of the first images, as many as fit in the time."""
    found, start = [], time.perf_counter()
    for piece in images.split(32):
        with device.autocast(place):
            found.append(strong.network(enlarged(piece)).float().cpu())
        if time.perf_counter() - start > seconds:
            break
    return torch.cat(found).numpy()


@torch.no_grad()
def share_right(predict: Callable[[torch.Tensor], torch.Tensor], count: int) -> float:
    """Accuracy on the first validation images of `predict`: images (B, 3, H, W) uint8 → logits (B, 10)."""
    pieces = (predict(piece.to(place)) for piece in valid_images[:count].split(50))
    guesses = torch.cat([logits.argmax(dim=1).cpu() for logits in pieces])
    return (guesses == valid_labels[:count]).float().mean().item()


if strong is not None:
    train_features = features(train_images[: scaled(full=5000, smoke=64)], seconds=20)
    valid_features = features(valid_images[: scaled(full=1000, smoke=32)], seconds=8)
    probe = make_pipeline(StandardScaler(), LogisticRegression(C=0.01, max_iter=300))
    probe.fit(train_features, train_labels[: len(train_features)])
    probe_accuracy = probe.score(valid_features, valid_labels[: len(valid_features)])
    own_accuracy = share_right(lambda x: vit(normalize(x, mean, std)), len(valid_features))
    print(f"on the same {len(valid_features):,} validation images:")
    print(f"  the lab's ViT, {len(train_labels):,} training images:   {own_accuracy:.1%}")
    print(f"  linear probe, {len(train_features):,} training images: {probe_accuracy:.1%}")

# %% given="strong_fine_tuning"
if strong is not None and place.type == "cuda":
    tuned = nn.Sequential(strong.network, nn.Linear(train_features.shape[1], 10)).to(place)

    def tuning_loss(model: nn.Module, batch: Batch) -> torch.Tensor:
        return F.cross_entropy(model(enlarged(batch[0])), batch[1])

    tuning_batches = Batches(
        train_images, train_labels, batch_size=64, device=place, augment=flipped_and_cropped
    )
    steps = scaled(full=1000, smoke=2)
    history = fit(tuned, tuning_batches, tuning_loss, steps=steps, lr=5e-5, title="Fine-tuning")
    tuned_accuracy = share_right(lambda x: tuned(enlarged(x)), len(valid_features))
    print(f"full fine-tuning, {steps} steps in {history.seconds:.0f} s: {tuned_accuracy:.1%}")
elif strong is not None:
    print("Full fine-tuning wants a GPU: it is skipped here.")

# %% [markdown]
# **What to make of it.** If the section ran, compare with care. The strong model has seen more than a million
# labeled photographs, larger ones, of many of the same things: cats, trucks, ships. Your ViT began with nothing.
# With enough images early on, a ViT learns the patterns that a ConvNet has built in, and they serve many tasks
# afterwards. So when labels are few, take features from elsewhere.
#
# When is the probe enough? When the new images look like the old ones. The farther away they are, say X-rays, the
# more full fine-tuning gains.

# %% [markdown]
# ## 9 · The test set, once
#
# Every choice in this lab was made on validation images. Now, and only now, the 10,000 test images: one number for each
# model.

# %% given="test_accuracy"
test = cifar.test_images.to(place), cifar.test_labels.to(place)
lenet_test_accuracy = accuracy(lenet, *test, prepared)
vit_test_accuracy = accuracy(vit, *test, prepared)
print(f"LeNet-5 {lenet_test_accuracy:.2%}, ViT {vit_test_accuracy:.2%}")

# %% [markdown]
# ## Going further
#
# Ungraded. Give the ViT three convolutional layers in place of its patch embedding: how much does it help to know about
# neighbors? Train with mixup for ten times as long. Replace the learned positions with a two-dimensional rotary
# encoding, and test on images of 40 × 40 pixels.
#
# - [Dosovitskiy et al. (2021)](https://arxiv.org/abs/2010.11929), *An Image is Worth 16x16 Words*: the ViT.
# - [Touvron et al. (2021)](https://arxiv.org/abs/2012.12877), *DeiT*: how to train one without 300 million images.
# - [Liu et al. (2021)](https://arxiv.org/abs/2103.14030), *Swin Transformer*: windows, and a pyramid of resolutions.
# - [Ramachandran et al. (2019)](https://arxiv.org/abs/1906.05909), *Stand-Alone Self-Attention in Vision Models*:
#   windows of pixels, before the ViT.
# - [d'Ascoli et al. (2021)](https://arxiv.org/abs/2103.10697), *ConViT*: heads that begin as a convolution and may
#   leave it.
# - [Dai et al. (2021)](https://arxiv.org/abs/2106.04803), *CoAtNet*: convolutions first, attention after them.
# - [Kirillov et al. (2023)](https://arxiv.org/abs/2304.02643), *Segment Anything*: a ViT reads the image, a second
#   encoder a click, a box or a word, and a small decoder draws the mask.
# - [Abnar and Zuidema (2020)](https://arxiv.org/abs/2005.00928), *Quantifying Attention Flow in Transformers*: rollout.

# %% free="playground"
# Your own experiments.

# %% [markdown]
# ## Summary
#
# An image becomes a sequence when it is cut into patches, and one linear layer, or a strided convolution, embeds
# them. A ViT knows nothing of neighbors but what it learns, so it needs data, augmentation and a good optimizer. Its
# attention can be read, layer by layer or rolled out, with caution. Windows make attention linear in the number of
# patches, and shifting them lets information cross their borders. A pretrained model saves most of the work.

# %% given="metrics"
report(
    "07_vit",
    vit_test_accuracy=vit_test_accuracy,
    lenet_test_accuracy=lenet_test_accuracy,
    vit_images_per_second=vit_images_per_second,
    training_seconds=vit_history.seconds,
    parameters=sum(p.numel() for p in vit.parameters()),
    data_source=cifar.source,
)
