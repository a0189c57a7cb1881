# %% [markdown]
# ### With a thousand images: mixup
#
# This part *may wait*: no other needs it. It counts, 2 points.
#
# With 1,000 images every network knows its training images far better than others. **Augmentation** shows each image
# in ever new versions. Flips and shifted crops are there already. A stronger one is **mixup** ([Zhang et al.,
# 2018](https://arxiv.org/abs/1710.09412)): blend two images, and blend their labels alike. Of 0.7 cat and 0.3 truck
# the model should say: 0.7 cat, 0.3 truck.

# %% [markdown]
# ### Exercise 7 · Mixup (2 points · 15 min · ●●○)
#
# `images` `(B, 3, H, W)` are floats, `labels` `(B,)` class numbers, `lam` a number between 0 and 1. Mix each image
# with **the one before it** in the batch; the first with the last. Return
#
# - the images: `lam` of the image itself and `1 − lam` of the one before;
# - the targets `(B, n_classes)`, floats: `lam` for the image's own class, `1 − lam` for the other's. If both are of
#   one class, it gets 1.
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
# Image i begins with 1, 2, 4, 8 or 16, and each pixel adds 0.01: 0.7 · 1 + 0.3 · 16 = 5.5 for the first one.
ramp = torch.arange(72.0).view(3, 4, 6) / 100
images = torch.tensor([1.0, 2, 4, 8, 16]).view(5, 1, 1, 1) + ramp
labels = torch.tensor([2, 0, 3, 3, 1])
mixed, _ = checks.unpack("mixup", checks.run(mixup, images, labels, 0.7, 4), "images", "targets")
checks.shape("the images", mixed, batch=5, channels=3, height=4, width=6)
slips = {
    "each image is mixed with the one after it.": [1.3, 2.6, 5.2, 10.4, 11.5],
    "lam and 1 − lam are swapped.": [11.5, 1.3, 2.6, 5.2, 10.4],
    "the images are not mixed, or each with itself; take the one before.": [1, 2, 4, 8, 16],
    "the first image should be mixed with the last one.": [1, 1.7, 3.4, 6.8, 13.6],
    "the images are mixed with the batch in reversed order.": [5.5, 3.8, 4, 6.2, 11.5],
    "the images are added; their shares sum to one: lam and 1 − lam.": [17, 3, 6, 12, 24],
    "the other image comes in with share 1; it gets 1 − lam.": [16.7, 2.4, 4.8, 9.6, 19.2],
    "the images are moved along another dimension than the batch: dims=0.": [
        5.713,
        1.913,
        3.613,
        7.013,
        13.813,
    ],
}
slips = {cause: torch.tensor(wrong) for cause, wrong in slips.items()}
first = mixed[:, 0, 0, 0]
others = (first - 0.7 * images[:, 0, 0, 0]) / 0.3  # the first pixels of those mixed in
if torch.allclose(others.sort().values, images[:, 0, 0, 0], atol=1e-3):
    slips["the partners are drawn at random, or in another order; take the one before."] = first
expected = torch.tensor([5.5, 1.7, 3.4, 6.8, 13.6])
checks.close("the first pixels with lam = 0.7", mixed[:, 0, 0, 0], expected, slips=slips)
checks.close("images with lam = 0.7", mixed, expected.view(5, 1, 1, 1) + ramp)
### BEGIN HIDDEN TESTS
images = checks.normal(5, 3, 4, 6, seed=20).float()
before = torch.stack([images[i - 1] for i in range(5)])
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
alone, swapped = torch.zeros(5, 6), torch.zeros(5, 6)
for row, (own, other) in enumerate([(2, 1), (0, 2), (3, 0), (3, 3), (1, 3)]):
    alone[row, own] = 1
    swapped[row, own] += 0.3
    swapped[row, other] += 0.7
slips = {
    "the labels are not mixed; each image is part another class.": alone,
    "the labels are mixed with those after; the images with those before.": following,
    "lam and 1 − lam are swapped.": swapped,
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

# %% figure="mixup_figure"
# Figure · Eight mixed images
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
# **Experiment.** The ConvNet on 1,000 images once more, now with your mixup: each batch draws its own
# `lam` from a Beta distribution, a little more often near 0 or 1 than between. Predict: what happens to the accuracy on
# training images, and to the other?


# %% experiment="mixup_training"
# Experiment · A thousand images, with and without mixup
def mixup_loss(model: nn.Module, batch: Batch) -> torch.Tensor:
    """The loss of `smoothed_loss` on a batch that is mixed."""
    lam = torch.distributions.Beta(0.8, 0.8).sample().item()
    x, targets = mixup(prepared(batch[0]), batch[1], lam, 10)
    return F.cross_entropy(model(x), targets, label_smoothing=0.1)


run = trained_on("ConvNet", counts[0], mixup_loss)
words = "accuracy on training images {training:.1%}, on validation images {validation:.1%}"
print("without mixup:", words.format(**results["ConvNet"][0]))
print("with mixup:   ", words.format(**run))

# %% [markdown]
# **What you saw.** With mixup the network knows far fewer of its training images by heart, and on others it is hardly
# better or worse. To memorize less is not yet to learn more: that takes steps, and this is a short training. Zhang et
# al. made 200 passes over all of CIFAR-10.
