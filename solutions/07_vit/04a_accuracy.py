# %% [markdown]
# ## 4 · Training
#
# A training needs a judge first. Accuracy on validation images is one: the share of images that the model names
# correctly.

# %% [markdown]
# ### Exercise 6 · Accuracy (2 points · 15 min · ●●○)
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
