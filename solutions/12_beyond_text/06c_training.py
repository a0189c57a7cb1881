# %% [markdown]
# ### Which of three is right?
#
# A click on a part is ambiguous, and the target of the training is now the part, now the whole. A network with one mask
# would learn something in between, which is never right. With three it can keep one for each meaning, if only the
# **best of the three** is taught: of the losses 0.2, 0.9, 0.8 only the 0.2 counts, so only the first mask gets a
# gradient. Which one to show, when nobody knows the target? The network also predicts the **intersection over union**
# of each mask with the target, and the highest prediction wins.
#
# By hand: a mask of 6 pixels and one of 5 that share 4. Their union has 6 + 5 − 4 = 7 pixels, so the IoU is 4/7.

# %% [markdown]
# ### Exercise 15 · The best of three (3 points · 12 min · ●●○)
#
# `iou`: two masks (..., H, W) of bool, whose leading dimensions broadcast → their IoU (...), as a float tensor. Two
# empty masks are equal, so their IoU is 1.
#
# `best_of_three`: of each of three masks for B targets you get its loss, its predicted IoU and its actual one, `(B, 3)`
# each. Return the mean over the targets of the smallest loss, plus the mean squared error of all predicted IoUs.
#
# <details><summary>Hint 1: the idea</summary>Count pixels with <code>&</code> and <code>|</code>. Of three losses,
# only the smallest gets a gradient.</details>
# <details><summary>Hint 2: the formula</summary>IoU = pixels in both / pixels in either. Loss = mean of the minima +
# mean of (predicted − actual)².</details>
# <details><summary>Hint 3: the line</summary><code>.sum(dim=(-2, -1))</code> counts; <code>losses.amin(dim=1)</code>
# has one number for each target.</details>


# %% solution="iou"
def iou(masks: torch.Tensor, others: torch.Tensor) -> torch.Tensor:
    """Intersection over union.

    Args:
        masks, others: (..., H, W) bool; the leading dimensions broadcast.

    Returns:
        (...), floats from 0 to 1; 1 for two empty masks.
    """
    ### BEGIN SOLUTION
    both = (masks & others).sum(dim=(-2, -1))
    either = (masks | others).sum(dim=(-2, -1))
    return torch.where(either > 0, both / either.clamp(min=1), 1.0)
    ### END SOLUTION


# %% check="iou_values" points=1
masks = torch.zeros(2, 1, 3, 4, dtype=torch.bool)
masks[0, 0, :2, :3] = True  # 6 pixels; the other mask is empty
others = torch.zeros(2, 3, 3, 4, dtype=torch.bool)
others[:, 0, 0, :3] = others[:, 0, 1, 1] = others[:, 0, 2, 0] = True  # 5 pixels, 4 of them shared
others[:, 1] = masks[0, 0]
got = checks.run(iou, masks, others)
checks.shape("iou of (2, 1, 3, 4) and (2, 3, 3, 4)", got, B=2, M=3)
checks.that(got.is_floating_point(), f"expected floats, got {got.dtype}.")
checks.that(not got.isnan().any(), "two empty masks: 0 / 0 is NaN, and their IoU should be 1.")
right = torch.tensor([[4 / 7, 1.0, 0.0], [0.0, 0.0, 1.0]])
slips = {
    "two empty masks are equal: their IoU is 1.": torch.tensor(
        [[4 / 7, 1.0, 0.0], [0.0, 0.0, 0.0]]
    ),
    "that is Dice, 2 · both / (sum of the sizes).": torch.tensor([[8 / 11, 1.0, 0], [0, 0, 1]]),
    "that is the share of the first mask; divide by the union.": torch.tensor(
        [[4 / 6, 1.0, 0], [1.0, 1.0, 1]]
    ),
    "the union counts shared pixels once: sizes add up to too much.": torch.tensor(
        [[4 / 11, 0.5, 0], [0, 0, 1]]
    ),
    "that is the share of pixels where the masks agree.": torch.tensor(
        [[9 / 12, 1.0, 0.5], [7 / 12, 0.5, 1]]
    ),
}
checks.close("4 of 7 pixels, the same mask, an empty one", got, right, slips=slips, atol=1e-6)
### BEGIN HIDDEN TESTS
masks, others = (checks.normal(5, 2, 6, 7, seed=seed) > 0.3 for seed in (0, 1))
got = checks.run(iou, masks, others)
flat = zip(masks.flatten(0, 1), others.flatten(0, 1), strict=True)
pixels = [
    (set(map(tuple, a.nonzero().tolist())), set(map(tuple, b.nonzero().tolist()))) for a, b in flat
]
wanted = torch.tensor([len(a & b) / len(a | b) for a, b in pixels]).view(5, 2)
checks.close("random masks", got, wanted, atol=1e-6)
one = checks.run(iou, masks[0, 0], others[0, 0])
checks.close("one pair of masks", one, wanted[0, 0], atol=1e-6)
### END HIDDEN TESTS
checks.passed("intersection over union")


# %% solution="best_of_three"
def best_of_three(
    losses: torch.Tensor, predicted: torch.Tensor, actual: torch.Tensor
) -> torch.Tensor:
    """The loss of three masks for each target, of which one has to be right.

    Args:
        losses: (B, 3), of each mask.
        predicted, actual: (B, 3), the IoU that the model predicts for each mask, and the true one.

    Returns:
        a scalar.
    """
    ### BEGIN SOLUTION
    return losses.amin(dim=1).mean() + F.mse_loss(predicted, actual)
    ### END SOLUTION


# %% check="best_of_three_value" points=1
losses = torch.tensor([[0.2, 0.9, 0.8], [0.7, 0.3, 0.6]])
predicted = torch.tensor([[0.5, 0.25, 1.0], [0.0, 0.5, 0.0]])
actual = torch.tensor([[1.0, 0.25, 0.5], [0.0, 0.5, 1.0]])
got = checks.run(best_of_three, losses, predicted, actual)
checks.shape("the loss", got)
# minima 0.2 and 0.3; squared errors 0.25, 0, 0.25, 0, 0, 1
slips = {
    "all three masks are taught; take each target's smallest loss.": 3.5 / 6 + 0.25,
    "the smallest loss of the whole batch; take one for each target.": 0.2 + 0.25,
    "the smallest over the targets; take it over the three masks.": 1.1 / 3 + 0.25,
    "the error of the predicted IoUs is missing.": 0.25,
    "a mean over the targets, not a sum.": 0.5 + 0.25,
    "the mean squared error, not the sum.": 0.25 + 1.5,
    "the squared error, not the absolute one.": 0.25 + 2 / 6,
    "the predicted IoUs of all masks are taught, not of the best one alone.": 0.25 + 0.125,
    "the largest loss; take the smallest.": 0.8 + 0.25,
    "the loss of the mask with the highest IoU; take the smallest loss.": 0.4 + 0.25,
    "the loss of the mask that is rated best; take the smallest loss.": 0.55 + 0.25,
}
checks.close("two targets", got, 0.5, slips=slips)
### BEGIN HIDDEN TESTS
losses, predicted, actual = (checks.normal(6, 3, seed=seed).abs() for seed in range(3))
got = checks.run(best_of_three, losses, predicted, actual)
wanted = sum(min(row) for row in losses.tolist()) / 6 + ((predicted - actual) ** 2).mean()
checks.close("six targets", got, wanted)
### END HIDDEN TESTS
checks.passed("the smallest losses, and how far the ratings are off")

# %% check="best_of_three_gradient" points=1
losses, predicted = (checks.normal(4, 3, seed=seed).abs().requires_grad_() for seed in (3, 4))
actual = checks.normal(4, 3, seed=5).abs()
loss = checks.run(best_of_three, losses, predicted, actual)
checks.shape("the loss", loss)
checks.that(
    loss.requires_grad, "the loss carries no gradient: take out item(), detach() and no_grad()."
)
to_losses, to_predicted = torch.autograd.grad(loss, (losses, predicted), allow_unused=True)
checks.that(to_losses is not None, "the losses of the masks get no gradient.")
checks.that(to_predicted is not None, "the predicted IoUs get no gradient.")
taught = (to_losses != 0).sum(dim=1).tolist()
checks.that(taught == [1] * 4, f"of three masks one is taught; the four targets teach {taught}.")
best = torch.equal(to_losses.abs().argmax(dim=1), losses.argmin(dim=1))
checks.that(best, "the mask with the smallest loss is taught; yours teaches another one.")
checks.close(
    "the gradient of each best mask", to_losses.sum(dim=1), torch.full((4,), 0.25).double()
)
share = to_predicted * (predicted - actual)
checks.that((share.detach() > 0).all(), "each predicted IoU should move toward the actual one.")
checks.passed("one mask of three is taught, and all three ratings")

# %% [markdown]
# The rest of the loss is given. For each mask: cross-entropy of its pixels, and one minus **Dice**, a soft cousin of
# the IoU, so that small things count as much as large ones. (Segment Anything has focal loss in place of
# cross-entropy.) The prompts are drawn at random: clicks on the target, beside it, or its box.


# %% given="segment_loss"
def mask_losses(logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Cross-entropy and Dice of each mask: logits (B, 3, H, W), targets (B, H, W) bool → (B, 3)."""
    y = targets[:, None].float().expand_as(logits)
    crossed = F.binary_cross_entropy_with_logits(logits, y, reduction="none").mean(dim=(2, 3))
    p = logits.sigmoid()
    overlap, sizes = (p * y).sum(dim=(2, 3)), (p + y).sum(dim=(2, 3))
    return 2 * crossed + 1 - (2 * overlap + 1) / (sizes + 1)


def segment_loss(model: nn.Module, batch: Batch) -> torch.Tensor:
    """Your loss for images (B, 3, H, W) and n prompts of each, one after the other: (B · n, …)."""
    images, points, labels, targets = batch
    x, pixels = (t.repeat_interleave(len(points) // len(t), dim=0) for t in model.encode(images))
    logits, predicted = model.decode(x, pixels, points, labels)
    actual = iou(logits > 0, targets[:, None])
    return best_of_three(mask_losses(logits, targets), predicted, actual)


# %% data="random_prompts"
# Data · Prompts drawn at random, as a person might give them
def random_point(masks: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """The middle (B, 2) of a random pixel of each mask (B, H, W) bool, x and y from 0 to 1."""
    H, W = masks.shape[1:]
    noise = torch.rand(masks.shape, generator=generator, device=generator.device)
    drawn = (masks * noise).flatten(1).argmax(dim=1)
    return torch.stack([(drawn % W + 0.5) / W, (drawn // W + 0.5) / H], dim=1)


def box_corners(masks: torch.Tensor) -> torch.Tensor:
    """The upper left and the lower right corner (B, 2, 2) of the smallest box around each mask (B, H, W) bool."""
    ends = []
    for line in (masks.any(dim=1), masks.any(dim=2)):  # columns, rows
        length = line.shape[1]
        first, last = line.int().argmax(dim=1), length - line.flip(1).int().argmax(dim=1)
        ends.append(torch.stack([first, last], dim=1) / length)
    return torch.stack(ends, dim=2)


def one_mask_each(masks: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """One mask (B, H, W) of each scene's (B, n, H, W), drawn from those that are not empty."""
    there = masks.flatten(2).any(dim=2)
    noise = torch.rand(there.shape, generator=generator, device=generator.device)
    return masks[torch.arange(len(masks)), (there * noise).argmax(dim=1)]


def random_prompts(
    targets: torch.Tensor, generator: torch.Generator
) -> tuple[torch.Tensor, torch.Tensor]:
    """Points (B, 3, 2) and labels (B, 3) for masks (B, H, W): clicks on the thing and beside it, or a box."""
    points = torch.stack(
        [random_point(mask, generator) for mask in (targets, targets, ~targets)], dim=1
    )
    labels = torch.tensor([[1, -1, -1]], device=targets.device).repeat(len(targets), 1)
    dice = torch.rand(len(targets), generator=generator, device=generator.device)
    labels[(dice > 0.25) & (dice < 0.45), 1] = 1  # a second click on it
    labels[(dice > 0.35) & (dice < 0.6), 2] = 0  # one beside it
    boxed = dice < 0.25
    points[boxed, :2] = box_corners(targets[boxed])
    labels[boxed, :2] = torch.tensor([2, 3], device=targets.device)
    return points, labels


def asked_twice(images: torch.Tensor, masks: torch.Tensor, *, generator: torch.Generator) -> Batch:
    """A batch for segment_loss: two prompts for each scene."""
    targets = one_mask_each(masks.repeat_interleave(2, dim=0), generator)
    return images / 255, *random_prompts(targets, generator), targets


# %% data="measured_clicks"
# Data · How good masks are from one click
@torch.no_grad()
def measured_clicks(
    model: nn.Module, images: torch.Tensor, masks: torch.Tensor, seed: int
) -> dict[str, float]:
    """Mean IoUs from one random click into one random mask of each scene.

    Args:
        images, masks: as click_scenes returns them.
        seed: of the clicks.

    Returns:
        "clear": of the mask that the model rates best, where the click is on no part; "all": the same for all clicks;
        "of three": of the best of the three masks, for all clicks.
    """
    generator = torch.Generator().manual_seed(seed)
    at = next(model.parameters()).device
    rows = []
    for some, their in zip(images.split(100), masks.split(100), strict=True):
        targets = one_mask_each(their, generator)
        points = random_point(targets, generator)
        column, row = (points * WINDOW).long().unbind(1)
        on_part = their[:, MOST:].any(dim=1)[torch.arange(len(some)), row, column]
        x, pixels = model.encode(some.to(at) / 255)
        clicks = points[:, None].to(at), torch.ones(len(some), 1, dtype=torch.long, device=at)
        logits, predicted = model.decode(x, pixels, *clicks)
        found = iou(logits > 0, targets[:, None].to(at)).cpu()  # (B, 3)
        chosen = iou(rated_best(logits, predicted).cpu(), targets)
        rows.append(torch.stack([chosen, found.amax(dim=1), on_part.float()], dim=1))
    chosen, best, on_part = torch.cat(rows).unbind(1)
    return {
        "clear": chosen[on_part == 0].mean().item(),
        "all": chosen.mean().item(),
        "of three": best.mean().item(),
    }
