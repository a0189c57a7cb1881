# %% [markdown]
# ## 6 · Segmentation by a click
#
# This section *may wait*: only the very last cell, which reports what was measured, needs it. It counts,
# 11 points.
#
# So far words asked for an image. Now an image is there, and a **click** asks: which pixels belong to this thing? No
# class is named, so nothing limits you to kinds that were trained. That is the idea of **Segment Anything** ([Kirillov
# et al., 2023](https://arxiv.org/abs/2304.02643)), and you build it in small. Three parts:
#
# - an **image encoder**, a ViT. It runs once for each image, and in large models is what takes long;
# - a **prompt encoder**, which turns points and corners of boxes into tokens;
# - a **mask decoder**, which runs at each click. Prompt tokens and image tokens ask each other.

# %% [markdown]
# ![The image goes through a ViT once and gives image tokens and pixel features. Points become prompt tokens. Both meet
# in the mask decoder, which returns three masks and three predicted IoUs](figures/segmenter.svg)
#
# *Thick arrows are walked once for each image, thin ones at each click.*

# %% [markdown]
# The scenes have textures and overlap. Six kinds of shapes and eight hues are for training. Four other kinds and four
# other hues wait for the test: **no training scene holds one of them**. Some shapes carry a second, smaller one, a
# *part*. A click on it is ambiguous: the part alone, or the whole thing?


# %% given="click_kinds"
SEEN_KINDS = ("disc", "square", "triangle", "bar", "hexagon", "flower")
NEW_KINDS = ("star", "cross", "crescent", "heart")
# From hue to hue; a turn is 1, from red to red. Between seen and new ones there is a gap.
SEEN_HUES = ((-0.04, 0.03), (0.05, 0.11), (0.13, 0.2), (0.29, 0.37), (0.39, 0.46), (0.54, 0.61))
SEEN_HUES += ((0.63, 0.7), (0.88, 0.96))
NEW_HUES = ((0.23, 0.26), (0.485, 0.515), (0.735, 0.765), (0.815, 0.845))


def is_inside(kind: str, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """Which points (x, y) lie in a shape of about radius 1 around 0, bool."""
    r, angle = torch.hypot(x, y), torch.atan2(y, x)
    near, far = torch.minimum(x.abs(), y.abs()), torch.maximum(x.abs(), y.abs())
    tip = 2 * ((5 * angle / math.tau) % 1 - 0.5).abs()  # from 1 at the tips to 0 between them
    ear = y + 0.17 - 0.64 * x.abs().sqrt()
    return {
        "disc": r < 0.9,
        "square": far < 0.75,
        "triangle": r * torch.cos(angle % (math.tau / 3) - math.pi / 3) < 0.5,
        "bar": (x.abs() < 1) & (y.abs() < 0.4),
        "hexagon": r * torch.cos(angle % (math.pi / 3) - math.pi / 6) < 0.87,
        "flower": r < 0.75 + 0.25 * torch.cos(5 * angle),
        "star": r < 0.45 / (1 - 0.55 * tip),
        "cross": (near < 0.33) & (far < 1),
        "crescent": (r < 1) & (torch.hypot(x - 0.5, y) > 0.7),
        "heart": x**2 + ear**2 < 0.625,
    }[kind]


# %% data="click_scenes"
# Data · Scenes with textures, overlap and parts
WINDOW, MOST = 32, 3  # pixels of a side, shapes of a scene


def hue_color(hue: torch.Tensor, saturation: torch.Tensor, value: torch.Tensor) -> torch.Tensor:
    """Red, green and blue (3, 1, 1) of a hue, a saturation and a value from 0 to 1."""
    turned = (torch.tensor([5.0, 3.0, 1.0]) + 6 * hue) % 6
    bright = 1 - saturation * torch.minimum(turned, 4 - turned).clamp(0, 1)
    return (value * bright)[:, None, None]


def click_scene(
    kinds: tuple[str, ...], hues: tuple[tuple[float, float], ...], generator: torch.Generator
) -> tuple[torch.Tensor, torch.Tensor]:
    """An image (3, WINDOW, WINDOW) of bytes; the shapes, then their parts, (2 · MOST, WINDOW, WINDOW) bool."""
    draw = partial(torch.rand, generator=generator)
    grid = (torch.arange(WINDOW) + 0.5) / WINDOW
    image = F.interpolate(0.3 + 0.35 * draw(1, 3, 4, 4), WINDOW, mode="bicubic")[0]
    masks = torch.zeros(2 * MOST, WINDOW, WINDOW, dtype=torch.bool)
    # the first ones for shapes, the rest for parts, so that no part looks like another shape
    order = torch.randperm(len(hues), generator=generator).tolist()
    for i in range(MOST - int(draw(()) < 0.5)):
        radius, turn = 0.17 + 0.12 * draw(()), math.tau * draw(())
        x, y = grid - 0.18 - 0.64 * draw(()), (grid - 0.18 - 0.64 * draw(()))[:, None]
        u = (x * torch.cos(turn) + y * torch.sin(turn)) / radius  # (WINDOW, WINDOW)
        v = (y * torch.cos(turn) - x * torch.sin(turn)) / radius
        one, other = (kinds[int(len(kinds) * draw(()))] for _ in range(2))
        whole = is_inside(one, u, v)
        part = whole & is_inside(other, u / 0.55, v / 0.55) & (draw(()) < 0.5)
        for mask, hue in ((whole, order[i]), (part, order[min(MOST + i, len(hues) - 1)])):
            stripes = 1 + 0.25 * draw(()) * torch.sin((4 + 8 * draw(())) * (u + v))
            shade = 0.55 + 0.45 * draw(2)
            low, high = hues[hue]
            color = hue_color(low + (high - low) * draw(()), *shade)
            image = torch.where(mask, color * stripes, image)
        masks &= ~whole
        masks[i], masks[MOST + i] = whole, part
    image = image + 0.03 * torch.randn(image.shape, generator=generator)
    return (255 * image.clamp(0, 1)).round().byte(), masks


def click_scenes(
    count: int, kinds: tuple[str, ...], hues: tuple[tuple[float, float], ...], seed: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """Scenes as in click_scene, with masks that are large enough to click on; the others are empty."""
    generator = torch.Generator().manual_seed(seed)
    scenes = [click_scene(kinds, hues, generator) for _ in range(count)]
    images, masks = (torch.stack(parts) for parts in zip(*scenes, strict=True))
    wholes, parts = masks.sum(dim=(2, 3)).unflatten(1, (2, MOST)).unbind(1)  # pixels
    there = wholes >= 40
    apart = there & (parts >= 12) & (wholes - parts >= 25)
    return images, masks & torch.cat([there, apart], dim=1)[:, :, None, None]


# %% experiment="click_data"
# Experiment · Scenes to train on, and scenes of other kinds
click_train = click_scenes(scaled(full=2400, smoke=40), SEEN_KINDS, SEEN_HUES, seed=0)
click_test = click_scenes(scaled(full=1000, smoke=20), NEW_KINDS, NEW_HUES, seed=1)

# %% figure="click_scenes_shown"
# Figure · Scenes of training and of the test
plots.show(
    plots.image_grid(
        torch.cat([click_train[0][:8], click_test[0][:8]]),
        ["trained kinds"] * 8 + ["new kinds"] * 8,
        title="Scenes to click on",
    ),
    alt="Sixteen small images of two or three striped shapes on a soft, dim background. Above discs, squares and other "
    "trained kinds, below stars, crosses, crescents and hearts in other colors.",
    caption="What lies above hides what lies below. Some shapes carry a part.",
)

# %% [markdown]
# ### Where a point is
#
# A click is two numbers, and a network learns little from two bare numbers. So turn them into waves. Draw a few random
# **frequencies**, and take sine and cosine of the place along each ([Tancik et al.,
# 2020](https://arxiv.org/abs/2006.10739)). By hand, with the one frequency (1, 0): a point at x = 0.625 has 2x − 1 =
# 0.25, a quarter of a turn, so sine 1 and cosine 0, whatever its y. Many frequencies together tell places apart. The
# patches of the image get the same features of their middles: then a click and the patch under it look alike.

# %% [markdown]
# ### Exercise 11 · Fourier features (2 points · 10 min · ●○○)
#
# `xy` (..., 2) are places from 0 to 1, `frequencies` (2, n). Stretch the places to −1 … 1, multiply them with the
# frequencies, and take 2π times that as angles. Return all sines, then all cosines: (..., 2 n).
#
# `xy` may have any number of leading dimensions. Both have one dtype and one device; so should the result.
#
# <details><summary>Hint 1: the idea</summary>A matrix product: each column of the frequencies gives one
# angle.</details>
# <details><summary>Hint 2: the formula</summary>angles = 2π (2 xy − 1) · frequencies.</details>
# <details><summary>Hint 3: the line</summary><code>@</code> takes any leading dimensions; <code>torch.cat([…, …],
# dim=-1)</code> joins the two.</details>


# %% solution="fourier_features"
def fourier_features(xy: torch.Tensor, frequencies: torch.Tensor) -> torch.Tensor:
    """Waves that tell where a point is (Tancik et al., 2020).

    Args:
        xy: (..., 2), from 0 to 1.
        frequencies: (2, n).

    Returns:
        (..., 2 n): the sines, then the cosines.
    """
    ### BEGIN SOLUTION
    angles = math.tau * (2 * xy - 1) @ frequencies  # (..., n)
    return torch.cat([angles.sin(), angles.cos()], dim=-1)
    ### END SOLUTION


# %% check="fourier_by_hand" points=1
frequencies = torch.tensor([[1.0, 0.0, 0.5], [0.0, 0.25, 0.5]], dtype=torch.float64)
xy = torch.tensor([[0.625, 0.5], [0.5, 1.0]], dtype=torch.float64)
got = checks.run(fourier_features, xy, frequencies)
checks.shape("fourier_features", got, points=2, features=6)
# in turns: (¼, 0, ⅛) for the first point, (0, ¼, ½) for the second
half = 0.5**0.5
right = torch.tensor([[1, 0, half, 0, 1, half], [0, 1, 0, 1, 0, -1.0]], dtype=torch.float64)
cos = right[:, 3:].clone()
steep, flat = math.sin(3 * math.pi / 8), math.sin(math.pi / 8)
turned = [[-half, half, -flat, -half, half, -steep], [0, 1, -1, -1, 0, 0]]  # by xy as it is
halved = [[half, 0, flat, half, 1, steep], [0, half, 1, 1, half, 0]]
slips = {
    "a whole turn is 2π.": torch.tensor(halved, dtype=torch.float64),
    "the cosines come after all sines.": torch.cat([cos, right[:, :3]], dim=1),
    "sine and cosine alternate; all sines come first.": right[:, [0, 3, 1, 4, 2, 5]],
    "stretch the places to −1 … 1 first: 2 xy − 1.": torch.tensor(turned, dtype=torch.float64),
}
checks.close("points in quarters of a turn", got, right, slips=slips, atol=1e-6)
checks.passed("the waves of two points, by hand")

# %% check="fourier_properties" points=1
frequencies = checks.normal(2, 7, seed=0)
xy = torch.rand(3, 5, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
got = checks.run(fourier_features, xy, frequencies)
checks.shape("of places (3, 5, 2) and 7 frequencies", got, B=3, K=5, features=14)
sines, cosines = got[..., :7], got[..., 7:]
checks.close("sine² + cosine²", sines**2 + cosines**2, torch.ones(3, 5, 7, dtype=torch.float64))
mirrored = checks.run(fourier_features, 1 - xy, frequencies)
checks.close("the cosines of a place and of its mirror image 1 − xy", mirrored[..., 7:], cosines)
checks.close("their sines, but for the sign", -mirrored[..., :7], sines)
checks.any_device(fourier_features, xy, frequencies)
### BEGIN HIDDEN TESTS
apart = (xy[:, :, None] - xy[:, None]) @ frequencies  # in half turns
wanted = (2 * math.tau * apart).cos().sum(dim=-1)
checks.close("the products of two points", got @ got.mT, wanted)
one = checks.run(fourier_features, xy[0, 0].float(), frequencies.float())
checks.close("one point alone", one, got[0, 0].float())
### END HIDDEN TESTS
checks.passed("any number of points, and what sines and cosines must obey")

# %% figure="fourier_bump"
# Figure · Which places look like a given one
place_frequencies = torch.randn(2, 32, generator=torch.Generator().manual_seed(0))
axis = (torch.arange(64) + 0.5) / 64
every = fourier_features(torch.cartesian_prod(axis, axis).flip(1), place_frequencies)
fig, axes = plt.subplots(1, 3, figsize=(plots.WIDTH, 3.2), layout="constrained")
for ax, (x, y) in zip(axes, ((0.5, 0.5), (0.2, 0.7), (0.9, 0.1)), strict=True):
    alike = every @ fourier_features(torch.tensor([x, y]), place_frequencies) / 32
    drawn = ax.imshow(alike.unflatten(0, (64, 64)), vmin=-1, vmax=1, cmap="PuOr")
    ax.set(title=f"x = {x}, y = {y}", xticks=[], yticks=[])
fig.colorbar(drawn, ax=axes, label="dot product / 32")
plots.show(
    fig,
    alt="Three square maps. Each is near one in a small spot around its own point and near zero elsewhere.",
    caption="The dot product of a place's features with those of one point: a spot around the point.",
)

# %% [markdown]
# **What you saw.** Attention compares by dot products. With these features "near" has a large one, so a click finds its
# patch without learning any geometry first.

# %% [markdown]
# ### Exercise 12 · Prompt tokens (1 point · 6 min · ●○○)
#
# A prompt has K points, each with a label: 1 for a click on the thing, 0 for one beside it, 2 and 3 for the upper left
# and the lower right corner of a box. Prompts of a batch have different lengths; −1 fills the rest.
#
# A token is the point's `features` plus the vector of its label: `kinds` (5, d_model) holds those of 0, 1, 2, 3 and,
# last, of −1. A filler is nowhere: its features do not count, whatever they are.
#
# <details><summary>Hint 1: the idea</summary>Look up, and add. Fillers keep only what was looked up.</details>
# <details><summary>Hint 2: the formula</summary>token = features · [label ≥ 0] + kinds[label].</details>
# <details><summary>Hint 3: the line</summary>An index of −1 takes the last row of a tensor; <code>(labels >= 0)[...,
# None]</code> is (B, K, 1).</details>


# %% solution="prompt_tokens"
def prompt_tokens(
    features: torch.Tensor, labels: torch.Tensor, kinds: torch.Tensor
) -> torch.Tensor:
    """Tokens of a prompt.

    Args:
        features: (B, K, d_model), of its points.
        labels: (B, K), integers from -1 to 3.
        kinds: (5, d_model), the vectors of 0, 1, 2, 3 and, last, of -1.

    Returns:
        (B, K, d_model).
    """
    ### BEGIN SOLUTION
    there = (labels >= 0)[..., None]  # (B, K, 1)
    return features * there + kinds[labels]
    ### END SOLUTION


# %% check="prompt_tokens_values" points=1
features = torch.tensor([[[1.0, 2, 3], [4, 5, 6]], [[7, 8, 9], [1, 1, 1]]])
labels = torch.tensor([[1, -1], [3, 0]])
kinds = torch.arange(5.0)[:, None] * torch.tensor([10.0, 100, 1000])
got = checks.run(prompt_tokens, features, labels, kinds)
checks.shape("prompt_tokens", got, B=2, K=2, d_model=3)
right = torch.tensor([[[11.0, 102, 1003], [40, 400, 4000]], [[37, 308, 3009], [1, 1, 1]]])
looked_up, filled, shifted = right - features, right.clone(), right.clone()
looked_up[0, 1], filled[0, 1] = right[0, 1], right[0, 1] + features[0, 1]
shifted[:] = torch.tensor([[[21.0, 202, 2003], [0, 0, 0]], [[47, 408, 4009], [11, 101, 1001]]])
empty, background = right.clone(), right.clone()
empty[0, 1] = background[1, 1] = torch.zeros(3)
placed = features * torch.tensor([[1.0, 0], [1, 1]])[..., None]
slips = {
    "a filler has no place: leave its features out.": filled,
    "the features are missing; add them where there is a point.": looked_up,
    "a filler still has its label's vector, the last of kinds.": empty,
    "the vector of the label is missing.": placed,
    "0 is a click beside the thing, and has a place: only −1 is a filler.": background,
    "kinds begins with the vector of 0; that of −1 comes last.": shifted,
}
checks.close("tokens of two prompts", got, right, slips=slips)
### BEGIN HIDDEN TESTS
features, kinds = checks.normal(4, 3, 6, seed=0), checks.normal(5, 6, seed=1)
labels = torch.tensor([[0, 1, 2], [3, -1, -1], [2, 3, -1], [1, 1, 0]])
got = checks.run(prompt_tokens, features, labels, kinds)
left = got - F.embedding(labels % 5, kinds)
wanted = features.where(labels[..., None] >= 0, 0.0)
checks.close("what is left without the label's vector", left, wanted)
features[1, 1] = 1e6
got = checks.run(prompt_tokens, features, labels, kinds)
checks.close("a filler, whatever stands there", got[1, 1], kinds[4])
### END HIDDEN TESTS
checks.passed("places and labels, and fillers that are nowhere")
