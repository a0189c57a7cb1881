# %% [markdown]
# ## 7 · Windows
#
# This section *may wait*: no other needs it. It counts, 5 points.
#
# Every patch looks at every other one: 64 patches have 4,096 pairs. A photograph of 512 × 512 pixels in the same
# patches of 4 has 16,384 patches and 268 million pairs, in each head of each layer. The **Swin Transformer** ([Liu et
# al., 2021](https://arxiv.org/abs/2103.14030)) lets a patch look only at those in its own **window**, a square of a
# few patches.
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
# ### Exercise 9 · Windows and back (2 points · 15 min · ●●○)
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


# %% data="window_tables"
# Data · Windows of numbered patches, for the checks
def patch_table(text: str) -> torch.Tensor:
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


RIGHT = patch_table("0 1 6 7, 2 3 8 9, 4 5 10 11, 12 13 18 19, 14 15 20 21, 16 17 22 23")
WRONG = {
    "the windows stand column by column; they go row by row.": patch_table(
        "0 1 6 7, 12 13 18 19, 2 3 8 9, 14 15 20 21, 4 5 10 11, 16 17 22 23"
    ),
    "inside a window the patches stand column by column; they go row by row.": patch_table(
        "0 6 1 7, 2 8 3 9, 4 10 5 11, 12 18 13 19, 14 20 15 21, 16 22 17 23"
    ),
    "rows and columns are swapped, of the windows and inside them.": patch_table(
        "0 6 1 7, 12 18 13 19, 2 8 3 9, 14 20 15 21, 4 10 5 11, 16 22 17 23"
    ),
    "patches that follow each other in a row of the grid are put together: a reshape alone cannot cut squares.": (
        torch.arange(24).view(6, 4)
    ),
    "the patches of a window are far apart: split H into (H // size, size), not (size, H // size); W too.": patch_table(
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
means = F.avg_pool2d(x.permute(0, 3, 1, 2), 3).flatten(2).mT.flatten(0, 1)  # (24, 5)
checks.close("the mean of each window of 3 grids of 6 × 12, size 3", got.mean(dim=1), means)
### BEGIN HIDDEN TESTS
expected = F.unfold(x.permute(0, 3, 1, 2), 3, stride=3)  # (3, 5 · 9, 8)
expected = expected.view(3, 5, 9, 8).permute(0, 3, 2, 1).reshape(24, 9, 5)
checks.close("the windows of 3 grids of 6 × 12, size 3", got, expected)
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
swapped = patch_table("0 1 4 5, 2 3 6 7, 8 9 12 13, 10 11 14 15, 16 17 20 21, 18 19 22 23")
slips["H and W are swapped: there are H / size rows of windows, W / size in each."] = placed(
    windows, swapped
)
again = patch_table("0 1 4 5, 8 9 2 3, 6 7 10 11, 12 13 16 17, 20 21 14 15, 18 19 22 23")
slips["that cuts once more; the way back begins with (B, H / size, W / size, size, size, C)."] = (
    placed(windows, again)
)
checks.close("2 grids of 4 × 6 from their windows, size 2", got, grid, slips=slips)
kept_kind(got, windows)
checks.any_device(window_reverse, windows.detach(), 2, 4, 6)
got = checks.run(window_reverse, windows[:6], 2, 4, 6)
checks.close("a single grid from its windows", got, grid[:1])
### BEGIN HIDDEN TESTS
grid = checks.normal(2, 6, 9, 5, seed=73)
windows = F.unfold(grid.permute(0, 3, 1, 2), 3, stride=3).view(2, 5, 9, 6)
windows = windows.permute(0, 3, 2, 1).reshape(12, 9, 5)
checks.close("2 grids of 6 × 9, size 3", checks.run(window_reverse, windows, 3, 6, 9), grid)
got = checks.run(window_reverse, grid.reshape(108, 1, 5), 1, 6, 9)
checks.close("windows of a single patch", got, grid)
### END HIDDEN TESTS
checks.passed("the grids are back")
