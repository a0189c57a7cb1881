# %% [markdown]
# ### Where convolutions began
#
# This part *may wait*: no other needs it. It counts, 3 points.
#
# LeNet-5 read the digits on checks in the 1990s ([LeCun et al., 1998](https://doi.org/10.1109/5.726791)).
# Convolutions find features, linear layers decide. It is history, and small; section 5 puts a plain modern one beside
# the ViT. A convolution of 5 × 5 without padding takes 4 pixels off each side length; pooling by 2 halves it.
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
# - Choose it yourself: ReLU, tanh as in 1998, a sigmoid; and pooling by the maximum or by the mean.
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


# %% data="lenet_for_check"
# Data · Your layers told apart, for the checks
# Outputs of the layers with parameters: all differ, so they tell the layers apart.
SIZES = (6, 16, 120, 84, 10)
INPUTS = (75, 150, 400, 120, 84)  # numbers that one output is computed from

Parts = dict[int, torch.Tensor]


def lenet_for_check() -> tuple[nn.Module, Parts, Parts]:
    """A student's network in eval mode, and its weights and biases by the outputs of their layer."""
    model = checks.run(LeNet5).eval()
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
# up to 2 pixels; what enters at an edge is black. The images stay bytes until the loss normalizes them.


# %% experiment="lenet_training"
# Experiment · LeNet-5 learns the images
def lenet_loss(model: nn.Module, batch: Batch) -> torch.Tensor:
    """Cross-entropy of a batch of bytes."""
    images, labels = batch
    return F.cross_entropy(model(normalize(images, mean, std)), labels)


torch.manual_seed(0)
lenet = LeNet5().to(place)
options = {"batch_size": 256, "device": place, "augment": flipped_and_cropped}
steps = scaled(full=600, smoke=4)
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
# Guessing gives 10%. LeNet's number is a mark to pass, and no measure of what convolutions can do: this
# network is from 1998.
#
# ### What moves with the image?
#
# Shift an image by $k$ pixels and convolve, or convolve and shift the result by $k$: a convolution does not care
# which comes first. This is **translation equivariance**: the features move with the image. A prediction should be
# **invariant** instead: a ship is a ship wherever it floats.
#
# **Experiment.** The first convolution of your LeNet, on validation images shifted to the right. What enters on the
# left is the edge pixel, repeated: a black bar of up to 8 pixels would be a new object in the picture. Away from that
# edge, how large is the largest difference between the two orders?


# %% experiment="translation_shift"
# Experiment · Features of shifted images
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
# **What you saw.** The convolution agrees to rounding for every shift. Average pooling by 2 keeps this
# for even shifts only: for an odd one the pooled features would have to move by half a pixel, and the nearest whole
# numbers are both far off. After two poolings only multiples of 4 are left. Then LeNet's linear layer has a weight of
# its own for each place, and nothing at all is built in.
