# %% [markdown]
# ## 3 · What has it learned?
#
# One word and one thing: a digit is little to say. A **scene** takes a sentence: *large red circle above small blue
# square*. Seven words, two sizes, four colors, four kinds, four relations: 4,096 sentences.
#
# Some are never seen in training. The rule: of four pairs, **red circle, green square, blue triangle, yellow cross**,
# none occurs in a training image. Red occurs, and circles do, but nothing that is both. Every sentence with such a
# pair is **unseen**: 1 − (12/16)² = 44% of all. A model that has learned colors and kinds as separate
# things can draw them; one that remembers images cannot.
#
# A trained network comes with the book (`data/pretrain_scenes.py`): the `Denoiser` of section 2, which runs on your
# `cross_attention` and your `sample`.

# %% [markdown]
# ![A table of four colors and four kinds; twelve pairs are in training, the four on the diagonal are
# not](figures/left_out.svg)
#
# *Each color and each kind is in training three times. Four pairs are not.*


# %% given="scene_words"
SIDE = 24  # pixels
SIZES = {"small": 3.0, "large": 4.5}  # half of the width, in pixels
COLORS = {
    "red": (0.85, 0.2, 0.2),
    "green": (0.15, 0.6, 0.3),
    "blue": (0.2, 0.35, 0.85),
    "yellow": (0.95, 0.75, 0.1),
}
KINDS = ("circle", "square", "triangle", "cross")
RELATIONS = ("above", "below", "left of", "right of")
SCENE_WORDS = ("nothing", *SIZES, *COLORS, *KINDS, *RELATIONS)
PLACES = (tuple(SIZES), tuple(COLORS), KINDS, RELATIONS, tuple(SIZES), tuple(COLORS), KINDS)


def scene_prompts(count: int, generator: torch.Generator) -> torch.Tensor:
    """Random sentences as ids of SCENE_WORDS, (count, 7)."""
    columns = [
        SCENE_WORDS.index(words[0]) + torch.randint(len(words), (count,), generator=generator)
        for words in PLACES
    ]
    return torch.stack(columns, dim=1)


def is_unseen(prompts: torch.Tensor) -> torch.Tensor:
    """(B,) bool: whether one of the four pairs that training leaves out stands in a sentence (B, 7)."""
    first_color, first_kind = SCENE_WORDS.index("red"), SCENE_WORDS.index("circle")
    alike = prompts[:, [1, 5]] - first_color == prompts[:, [2, 6]] - first_kind
    return alike.any(dim=1)


def sentence(prompt: torch.Tensor) -> str:
    """The words of one prompt (7,)."""
    return " ".join(SCENE_WORDS[word] for word in prompt.tolist())


# %% given="scene_drawing"
def coverage(kind: str, r: float, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """How much of each pixel a shape covers, from 0 to 1; x and y are measured from its middle."""
    inside = {
        "circle": r - torch.hypot(x, y),
        "square": 0.9 * r - torch.maximum(x.abs(), y.abs()),
        "triangle": torch.minimum(0.8 * r - y, (y + r) / 2 - 0.9 * x.abs()),
        "cross": torch.maximum(
            torch.minimum(0.36 * r - x.abs(), r - y.abs()),
            torch.minimum(0.36 * r - y.abs(), r - x.abs()),
        ),
    }
    return (inside[kind] + 0.5).clamp(0, 1)


def middles(relation: str, generator: torch.Generator) -> list[tuple[float, float]]:
    """Where the two shapes stand, (x, y) each: as the relation says, a little moved."""
    moved = (2 * torch.rand(2, 2, generator=generator) - 1).tolist()
    starts = (18, 6) if relation in ("below", "right of") else (6, 18)
    places = [(start + 0.75 * a, 12 + 1.5 * b) for start, (a, b) in zip(starts, moved, strict=True)]
    return [(x, y) if relation in ("left of", "right of") else (y, x) for x, y in places]


def draw_scene(prompt: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """One image (3, SIDE, SIDE) from -1 to 1 of what a prompt (7,) says; where exactly, is random."""
    words = [SCENE_WORDS[word] for word in prompt.tolist()]
    places = middles(words[3], generator)
    pixels = torch.arange(SIDE) + 0.5
    image = torch.ones(3, SIDE, SIDE)
    for (size, color, kind), (x, y) in zip((words[:3], words[4:]), places, strict=True):
        share = coverage(kind, SIZES[size], pixels - x, pixels[:, None] - y)  # (SIDE, SIDE)
        image = torch.lerp(image, torch.tensor(COLORS[color])[:, None, None], share)
    return 2 * image - 1


# %% data="scene_judge"
# Data · A judge that measures pixels, and knows no network
def drawn_kinds() -> tuple[torch.Tensor, list[tuple[str, str]]]:
    """Each kind in each size, a little moved, as (n, 15, 15), and the size and kind of each."""
    middle, names, masks = torch.arange(15) - 7.0, [], []
    moves = (-0.5, -0.25, 0.0, 0.25, 0.5)
    for kind in KINDS:
        for size, r in SIZES.items():
            for dy in moves:
                masks += [coverage(kind, r, middle - dx, middle[:, None] - dy) for dx in moves]
            names += [(size, kind)] * len(moves) ** 2
    return torch.stack(masks), names


def seen_in(image: torch.Tensor) -> list[tuple[str, str, str, float, float]]:
    """The shapes in an image (3, SIDE, SIDE): size, color, kind, and the middle's x and y.

    A shape whose outline or color fits no known one has "?" in that place.
    """
    palette = torch.tensor(list(COLORS.values()))
    far = (1 - (image + 1).clamp(0, 2) / 2).norm(dim=0)  # from white, (SIDE, SIDE)
    areas, count = ndimage.label((far > 0.4).numpy())
    found = []
    for i in range(1, count + 1):
        ys, xs = (torch.from_numpy(axis) for axis in np.nonzero(areas == i))
        if len(ys) < 4:
            continue
        core = far[ys, xs] >= far[ys, xs].median()
        away = (palette - (image[:, ys, xs][:, core].mean(dim=1) + 1) / 2).norm(dim=1)
        nearest = int(away.argmin())
        color = list(COLORS)[nearest] if away[nearest] < 0.25 else "?"
        near = torch.from_numpy(ndimage.binary_dilation(areas == i))
        mask = (far / (1 - palette[nearest]).norm()).clamp(0, 1) * near
        middle = [(int(axis.min()) + int(axis.max()) + 1) // 2 for axis in (ys, xs)]
        window = F.pad(mask, (7, 7, 7, 7))[middle[0] : middle[0] + 15, middle[1] : middle[1] + 15]
        both, either = torch.minimum(window, DRAWN), torch.maximum(window, DRAWN)
        overlap = both.sum(dim=(1, 2)) / either.sum(dim=(1, 2))
        size, kind = DRAWN_NAMES[int(overlap.argmax())] if overlap.max() > 0.7 else ("?", "?")
        found.append((size, color, kind, middle[1], middle[0]))
    return found


def is_right(image: torch.Tensor, prompt: torch.Tensor) -> bool:
    """Whether an image (3, SIDE, SIDE) shows what a prompt (7,) says, and nothing else."""
    words = [SCENE_WORDS[word] for word in prompt.tolist()]
    axis = 4 if words[3] in ("above", "below") else 3  # y or x
    found = sorted(seen_in(image.cpu()), key=lambda shape: shape[axis])
    if words[3] in ("below", "right of"):
        found.reverse()
    apart = len(found) == 2 and abs(found[0][axis] - found[1][axis]) >= 3
    return apart and [list(shape[:3]) for shape in found] == [words[:3], words[4:]]


DRAWN, DRAWN_NAMES = drawn_kinds()
