# %% [markdown]
# ## 4 · Training
#
# A ViT has little **inductive bias**, few assumptions about images built in, and pays for it with hunger: it must learn
# from images what a convolution knows by construction. **Augmentation** shows it each image in ever new versions. Flips
# and shifted crops are there already. A stronger one is **mixup** ([Zhang et al.,
# 2018](https://arxiv.org/abs/1710.09412)): blend two images, and blend their labels alike. Of 0.7 cat and 0.3 truck the
# model should say: 0.7 cat, 0.3 truck. The training below uses it on a GPU only: there each image is seen a hundred
# times; on a CPU a few times.

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
# Image i begins with 1, 2, 4, 8 or 16, and each pixel adds 0.01: 0.7 · 1 + 0.3 · 16 = 5.5 for the first one.
ramp = torch.arange(72.0).view(3, 4, 6) / 100
images = torch.tensor([1.0, 2, 4, 8, 16]).view(5, 1, 1, 1) + ramp
labels = torch.tensor([2, 0, 3, 3, 1])
mixed, _ = checks.unpack("mixup", checks.run(mixup, images, labels, 0.7, 4), "images", "targets")
checks.shape("the images", mixed, batch=5, channels=3, height=4, width=6)
slips = {
    "each image is mixed with the one after it.": [1.3, 2.6, 5.2, 10.4, 11.5],
    "lam and 1 − lam are swapped.": [11.5, 1.3, 2.6, 5.2, 10.4],
    "the images are not mixed.": [1, 2, 4, 8, 16],
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


# %% data="toy_model"
# Data · A model that answers with a color, for the checks
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
