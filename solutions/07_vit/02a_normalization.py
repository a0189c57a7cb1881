# %% [markdown]
# ## 2 · Numbers for a network, and LeNet-5
#
# Pixels are numbers from 0 to 255; a network learns faster when its inputs have mean 0 and standard deviation 1. Each
# color is scaled to $[0, 1]$, then
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
# Mind the memory: 45,000 images are 138 million numbers, in float64 over a gigabyte. Take one channel at a time, or
# one chunk of images.
#
# `normalize` turns images `(B, 3, H, W)` of `uint8` into float32 with the mean and standard deviation that it is
# given.
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
image, channel = torch.arange(6).view(6, 1, 1, 1), torch.arange(3).view(3, 1, 1)
noise = torch.arange(630).view(6, 3, 5, 7) * 37 % 61
images = (noise * (channel + 1) // 2 + 20 * image + 30 * channel).byte()  # ever brighter
got_mean, got_std = checks.unpack(
    "the function", checks.run(channel_statistics, images), "mean", "std"
)
checks.shape("mean", got_mean, channels=3)
checks.shape("std", got_std, channels=3)
for name, got in (("mean", got_mean), ("std", got_std)):
    checks.that(got.dtype == torch.float32, f"{name}: expected float32, got {got.dtype}.")
wrong = {  # red, green, blue
    "the pixels are not scaled to [0, 1]: divide by 255.": (64.557143, 110.233333, 154.757143),
    "one mean for all channels: take one for each.": (0.430782, 0.430782, 0.430782),
    "the pixels are divided by 256; the largest byte is 255.": (0.252176, 0.430599, 0.60452),
    "that is the sum; divide by the number of pixels.": (53.164706, 90.780392, 127.447059),
    "mean and standard deviation are swapped.": (0.1384, 0.151182, 0.171028),
    "mean and standard deviation are swapped: the mean comes first.": (0.13807, 0.150821, 0.170621),
}
slips = {cause: torch.tensor(values) for cause, values in wrong.items()}
expected = torch.tensor([0.253165, 0.432288, 0.606891])
checks.close("mean", got_mean, expected, atol=1e-4, slips=slips)
wrong = {
    "the pixels are not scaled to [0, 1]: divide by 255.": (35.292069, 38.551371, 43.612177),
    "that is the variance: take the square root.": (0.019155, 0.022856, 0.029251),
    "that is the variance, divided by n: take the square root.": (0.019063, 0.022747, 0.029112),
    "one standard deviation for all channels: take one for each.": (0.211109, 0.211109, 0.211109),
    "that is how the means of the images spread; all pixels count.": (0.146432, 0.146921, 0.148619),
    "that is the mean of a standard deviation per image; take all images together.": (
        0.03507, 0.069996, 0.104984,
    ),
    "that is the root of the mean square: subtract the mean first.": (0.288369, 0.457842, 0.63042),
    "the pixels are divided by 256; the largest byte is 255.": (0.137860, 0.150591, 0.17036),
}  # fmt: skip
slips = {cause: torch.tensor(values) for cause, values in wrong.items()}
by_n, by_n_less_1 = (
    torch.tensor([0.13807, 0.150821, 0.170621]),
    torch.tensor([0.1384, 0.151182, 0.171028]),
)
if not torch.allclose(got_std, by_n, rtol=1e-4):
    checks.close("std", got_std, by_n_less_1, rtol=1e-4, slips=slips)
# 2,500 images of one color each, ten of every brightness from 0 to 249: std² = (250² − 1) / 12, in bytes.
many = (torch.arange(2500) // 10).byte().view(-1, 1, 1, 1).expand(2500, 3, 2, 2)
got_mean, got_std = checks.run(channel_statistics, many)
chunks = "Is a mean of the chunks' results taken? Sum x and x² over all chunks, or take one channel at a time."
with checks.hint(chunks):
    middle, width = torch.full((3,), 124.5 / 255), torch.full((3,), (62_499 / 12) ** 0.5 / 255)
    checks.close("mean of 2,500 images that get brighter", got_mean, middle, atol=1e-4)
    checks.close("std of 2,500 images that get brighter", got_std, width, rtol=1e-3)
### BEGIN HIDDEN TESTS
images = torch.randint(256, (5003, 3, 3, 2), generator=torch.Generator().manual_seed(8))
images = (images * torch.linspace(0.2, 1, 5003)[:, None, None, None]).byte()  # ever brighter
images[:, 1] //= 3
got_mean, got_std = checks.run(channel_statistics, images)
x = images.double().transpose(0, 1).flatten(1) / 255
checks.close("mean of 5,003 images that get brighter", got_mean, x.mean(1), atol=1e-4)
checks.close("std of 5,003 images that get brighter", got_std, x.std(1), rtol=1e-3)
### END HIDDEN TESTS
checks.passed("mean and standard deviation of each channel over all images")


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
slips = {
    "the images are normalized by their own statistics; use those that are handed over.": [
        -0.3529,
        -1.5531,
        -0.0982,
    ],
    "the batch is normalized by its own statistics; use those that are handed over.": [
        -0.3554,
        -1.5643,
        -0.0989,
    ],
    "each image is normalized by its own statistics; use those that are handed over.": [
        -0.3816,
        -1.6113,
        -0.2598,
    ],
    "the bytes are not scaled to [0, 1]: divide by 255.": [502, 88, 425.6667],
    "the mean is not subtracted.": [1.9765, 0.3529, 1.6732],
    "the result is not divided by the standard deviation.": [-0.0059, -0.3294, 0.202],
    "the standard deviation is multiplied; divide by it.": [-0.0015, -0.0659, 0.0606],
    "only the mean is divided by std: use parentheses, (x − mean) / std.": [
        -1.5059,
        -1.9294,
        -0.498,
    ],
    "the mean is added; subtract it.": [3.9765, 2.3529, 2.6732],
    "mean and standard deviation are swapped.": [0.4882, -0.3235, 0.6732],
    "that divides by the variance: std is the square root already.": [-0.0941, -8.2353, 2.244],
    "that divides by the root of std.": [-0.0118, -0.7366, 0.3687],
    "the bytes are divided by 256; the largest byte is 255.": [-0.0312, -1.6484, 0.6667],
}
slips = {cause: torch.tensor(wrong) for cause, wrong in slips.items()}
if got.any() and torch.equal(got, checks.run(normalize, images, center + 0.1, 2 * spread)):
    slips["the mean and the std that are handed over are not used."] = got[0, :, 0, 0]
# Red 126, green 18 and blue 128: in red 126 / 255 = 0.4941, which lies 0.0059 under the mean 0.5.
pixel, near = torch.tensor([-0.0235, -1.6471, 0.6732]), {"rtol": 1e-4, "atol": 1e-4}
checks.close("the first pixel of the first image", got[0, :, 0, 0], pixel, slips=slips, **near)
right = F.batch_norm(images.double() / 255, center.double(), spread.double() ** 2, eps=0)
checks.close("the normalized images", got, right, **near)
checks.any_device(normalize, images, center, spread)
### BEGIN HIDDEN TESTS
images = torch.randint(256, (4, 3, 3, 3), generator=torch.Generator().manual_seed(10)).byte()
got = checks.run(normalize, images, spread, center)
expected = torch.stack([(images[:, c] / 255 - spread[c]) / center[c] for c in range(3)], dim=1)
checks.close("images of 3 × 3 pixels", got, expected, rtol=1e-4, atol=1e-4)
### END HIDDEN TESTS
checks.passed("normalized by the statistics that are handed over")

# %% experiment="normalization"
# Experiment · A dark and a bright image, normalized
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
# Trainings see an image in new versions: mirrored, and moved by a few pixels. The next cell holds all that is done to
# images below.


# %% experiment="image_versions"
# Experiment · New versions of images, and what a model says
def flipped_and_cropped(
    images: torch.Tensor, labels: torch.Tensor, generator: torch.Generator
) -> Batch:
    """A batch for training: images mirrored and moved at random, labels as they are."""
    return random_crop(random_flip(images, generator), generator, padding=2), labels


def predicted(model: nn.Module, images: torch.Tensor) -> torch.Tensor:
    """The most probable class of each image (N, 3, H, W) uint8, on the CPU: (N,)."""
    with torch.no_grad():
        parts = [model(normalize(x.to(place), mean, std)).argmax(dim=1) for x in images.split(500)]
    return torch.cat(parts).cpu()


def shifted(images: torch.Tensor, k: int) -> torch.Tensor:
    """Images (..., H, W) moved by k pixels to the right, for k < 0 to the left; edge pixels fill what is empty."""
    W = images.shape[-1]
    columns = (torch.arange(W, device=images.device) - k).clamp(0, W - 1)
    return images[..., columns]
