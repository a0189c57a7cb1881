# %% [markdown]
# Now each window is an island: however many layers follow, nothing ever crosses its border. So every second layer
# **shifts** the grid by half a window before it is cut, and shifts it back afterwards. The shift is cyclic: what
# leaves at the top enters at the bottom.

# %% [markdown]
# ![A grid of patches in windows, the same shifted by one, and a window's mask](figures/shifted_windows.svg)
#
# *Shifted by one and cut in the same places, the windows lie across old borders.*

# %% [markdown]
# The first window, 7, 8, 13, 14, lies across four old ones. But in the third 11 and 6 are no neighbors:
# one is at the right edge of the image, the other at the left. A **mask** keeps them apart: 11 and 17 may see each
# other, and so may 6 and 12. In the last window each patch sees only itself.

# %% [markdown]
# ### Exercise 10 · Shifted windows (3 points · 25 min · ●●●)
#
# `shift_windows`: shift `x` `(B, H, W, C)` cyclically by `shift` patches, up and to the left: patch `(shift, shift)`
# goes to the top left corner.
#
# `shifted_window_mask`: return a boolean tensor `(windows, size · size, size · size)`, in the order of Exercise 9.
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


# %% data="mask_letters"
# Data · Masks written as letters, for the checks
def same_letter(windows: list[str]) -> torch.Tensor:
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
masks = {cause: same_letter(row.split()) for cause, row in letters.items()}
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
    masks = {cause: same_letter(windows) for cause, windows in slips.items()}
    what = f"the mask for 14 × 21, size 7, shift {shift}"
    same_mask(what, got, same_letter(regions(7, shift)), masks)
got = checks.run(shifted_window_mask, 4, 6, 2, 0)
same_mask("the mask for 4 × 6, size 2, shift 0", got, same_letter(["aaaa"] * 6))
got = checks.run(shifted_window_mask, 6, 4, 2, 1)
expected = same_letter(["aaaa", "abab", "aaaa", "abab", "aabb", "abcd"])
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


# %% experiment="windows_attention"
# Experiment · How far two layers of windows reach
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
marked_row, marked_column = 1, 6
reach = {}
for name, shifts in stacks.items():
    x = checks.normal(1, 12, 16, 16, seed=90).requires_grad_()
    y = x
    for layer, (shift, masked) in zip(layers, shifts, strict=False):
        y = y + windowed_attention(layer, y, 4, shift, masked)
    (slope,) = torch.autograd.grad(y[0, marked_row, marked_column].sum(), x)
    reach[name] = slope[0].abs().sum(dim=-1) > 0  # (12, 16)
    print(f"{name:26} {reach[name].sum():3} of {reach[name].numel()} patches")

# %% figure="windows_maps"
# Figure · Which patches reach the marked one
fig, axes = plt.subplots(1, 4, figsize=(9, 2.4), layout="constrained")
for ax, (name, seen) in zip(axes, reach.items(), strict=True):
    ax.imshow(seen, cmap="cividis", vmin=0, vmax=1)
    for line in range(4, 16, 4):
        ax.axvline(line - 0.5, color="white", linewidth=1)
        if line < 12:
            ax.axhline(line - 0.5, color="white", linewidth=1)
    ax.plot(marked_column, marked_row, "x", color="black", markersize=7, markeredgewidth=2)
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
# More layers reach farther. The next figure follows four of them over an image, every second one shifted.


# %% figure="windows_explorer"
# Figure · What a patch has heard of, layer by layer
def may_attend(side: int, size: int, shift: int) -> torch.Tensor:
    """Which patch of a square image may attend to which: (side², side²), bool."""
    numbers = torch.arange(side * side).view(1, side, side, 1)
    windows = window_partition(shift_windows(numbers, shift), size)[..., 0]  # (windows, size²)
    allowed = torch.zeros(side * side, side * side, dtype=torch.bool)
    allowed[windows[:, :, None], windows[:, None, :]] = shifted_window_mask(side, side, size, shift)
    return allowed


heard, after = torch.eye(8 * 8), []
for shift in (0, 2, 0, 2):
    heard = (may_attend(8, 4, shift).float() @ heard > 0).float()  # by way of whom it attends to
    after.append(heard / heard.sum(dim=1, keepdim=True))
plots.explore_patches(
    torch.stack(after)[:, None],
    example_images[0].permute(1, 2, 0) / 255,
    (8, 8),
    alt=f"An image of a {example_names[0]} in 8 × 8 patches, dark where the chosen one has heard nothing yet.",
    caption="Windows of 4 × 4; layers 2 and 4 are shifted by two. Point at a patch and choose a layer: bright patches "
    "are those it has heard of by then. When does a corner hear of the opposite one?",
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

# %% experiment="windows_cost"
# Experiment · The cost of global and of windowed attention
d, M = 32, 8
attention = Attention(d, 2)
sides = scaled(full=(8, 16, 24, 32, 48, 64), smoke=(8, 16))


def global_attention(x: torch.Tensor) -> torch.Tensor:
    B, H, W, d = x.shape
    return attention(x.view(B, H * W, d)).view(B, H, W, d)


def shifted_attention(x: torch.Tensor) -> torch.Tensor:
    return windowed_attention(attention, x, M, shift=M // 2)


kinds = {"global": global_attention, "shifted windows": shifted_attention}
formulas = {
    "global": [4 * T * d**2 + 2 * T**2 * d for T in (n * n for n in sides)],
    "shifted windows": [4 * T * d**2 + 2 * T * M**2 * d for T in (n * n for n in sides)],
}
multiplied = {name: [] for name in kinds}
for n, (name, function) in product(sides, kinds.items()):
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        function(torch.randn(1, n, n, d))
    multiplied[name].append(counter.get_total_flops() // 2)  # it counts an addition with each
print("patches   multiplications in millions: global, windows")
for i, n in enumerate(sides):
    print(f"{n} × {n}".rjust(7), *(f"{count[i] / 1e6:12.1f}" for count in multiplied.values()))
print("as the formulas say:", multiplied == formulas)

# %% figure="windows_cost_plot"
# Figure · Cost against the number of patches
fig, ax = plt.subplots(figsize=(6, 3.4), layout="constrained")
tokens = [n * n for n in sides]
words = {"xlabel": "patches", "ylabel": "multiplications", "x": tokens}
plots.curves(ax, multiplied, title="What attention costs", **words)
ax.set(xscale="log", yscale="log")
plots.show(
    fig,
    alt="A log-log plot of multiplications over the number of patches. The global curve becomes about twice as steep "
    "as that of the windows.",
    caption="On such axes a slope of 1 is linear, a slope of 2 quadratic.",
)

# %% [markdown]
# **What you saw.** PyTorch counts what your functions multiply, and the formulas are right. With few patches there is
# little to gain, and cutting, shifting and masking, which multiply nothing, take time too. With many, the cost of
# global attention grows with the square of their number, and that of the windows in step with it. Double the side of
# an image: four times the patches, four times the work in windows, up to sixteen times for global attention.
#
# Swin has one more idea. After some layers it merges 2 × 2 patches into one, again and again. The windows then
# cover more of the image, and there are features at several scales, as in a ConvNet. Segmentation and detection
# need those; a ViT has one scale, made for classification.
