# %%
# accept: slices as in Swin
def shifted_window_mask(height, width, size, shift):
    image = torch.zeros(1, height, width, 1)
    count = 0
    for h in (slice(0, -size), slice(-size, height - shift), slice(height - shift, None)):
        for w in (slice(0, -size), slice(-size, width - shift), slice(width - shift, None)):
            image[:, h, w] = count
            count += 1
    windows = image.view(height // size, size, width // size, size).transpose(1, 2)
    windows = windows.reshape(-1, size * size)
    return (windows.unsqueeze(1) - windows.unsqueeze(2)) == 0


# %%
# accept: loops over the coordinates in the image
def shifted_window_mask(height, width, size, shift):
    masks = []
    for top in range(0, height, size):
        for left in range(0, width, size):
            tokens = [(top + i, left + j) for i in range(size) for j in range(size)]
            home = [((r + shift) % height, (c + shift) % width) for r, c in tokens]
            mask = torch.zeros(size * size, size * size, dtype=torch.bool)
            for i, (a, b) in enumerate(zip(tokens, home)):
                for j, (c, d) in enumerate(zip(tokens, home)):
                    mask[i, j] = a[0] - c[0] == b[0] - d[0] and a[1] - c[1] == b[1] - d[1]
            masks.append(mask)
    return torch.stack(masks)


# %%
# accept: rows and columns apart, joined at the end
def shifted_window_mask(height, width, size, shift):
    def line(n):
        came = (torch.arange(n) >= n - shift).view(-1, size)
        return came[:, :, None] == came[:, None, :]  # (windows, size, size)

    rows, columns = line(height), line(width)
    mask = rows[:, None, :, None, :, None] & columns[None, :, None, :, None, :]
    return mask.reshape(-1, size * size, size * size)


# %%
# accept: numbers shifted with the grid
def shifted_window_mask(height, width, size, shift):
    numbers = torch.zeros(1, height, width, 1, dtype=torch.long)
    numbers[:, :shift] += 1
    numbers[:, :, :shift] += 2
    numbers = window_partition(shift_windows(numbers, shift), size)
    return numbers == numbers.transpose(1, 2)


# %%
# accept: edges and corner of the windows by hand
def shifted_window_mask(height, width, size, shift):
    rows, columns = height // size, width // size
    mask = torch.ones(rows, columns, size, size, size, size, dtype=torch.bool)
    s = size - shift
    if shift:
        mask[-1, :, :s, :, s:] = False
        mask[-1, :, s:, :, :s] = False
        mask[:, -1, :, :s, :, s:] = False
        mask[:, -1, :, s:, :, :s] = False
    return mask.reshape(rows * columns, size**2, size**2)


# %%
# reject: nothing returned · expects "end with `return`"
# - return regions == regions.mT


# %%
# reject: all True · expects "nothing is masked"
def shifted_window_mask(height, width, size, shift):
    return torch.ones(height * width // size**2, size**2, size**2, dtype=torch.bool)


# %%
# reject: all False · expects "everything is masked"

# %%
# reject: inverted · expects "True and False are swapped"
# - return regions == regions.mT
# + return regions != regions.mT

# %%
# reject: rows only · expects "only rows that went around"
# - regions = 2 * down + 1 * across  # (H, W)
# + regions = down.expand(height, width)

# %%
# reject: columns only · expects "only columns that went around"
# - regions = 2 * down + 1 * across  # (H, W)
# + regions = across.expand(height, width)

# %%
# reject: the regions of the grid before the shift · expects "the first rows and columns"
# - down = torch.arange(height)[:, None] >= height - shift  # (H, 1): came from the top
# - across = torch.arange(width) >= width - shift  # (W,): came from the left
# + down = torch.arange(height)[:, None] < shift
# + across = torch.arange(width) < shift


# %%
# reject: shifted down and right · expects "the first rows and columns"
def shifted_window_mask(height, width, size, shift):
    n = torch.zeros(1, height, width, 1, dtype=torch.long)
    n[:, height - shift :] += 1
    n[:, :, width - shift :] += 2
    n = window_partition(torch.roll(n, (shift, shift), dims=(1, 2)), size)
    return n == n.mT


# %%
# reject: one number for both directions · expects "have one number"
# - regions = 2 * down + 1 * across  # (H, W)
# - regions = window_partition(regions[None, :, :, None], size)  # (windows, size · size, 1)
# + regions = window_partition((1 * down + 1 * across)[None, :, :, None], size)

# %%
# reject: gone around or not · expects "all that went around has one number"
# - regions = 2 * down + 1 * across  # (H, W)
# - regions = window_partition(regions[None, :, :, None], size)  # (windows, size · size, 1)
# + regions = window_partition((down | across)[None, :, :, None], size)

# %%
# reject: exclusive or · expects "count as if in none"
# - regions = 2 * down + 1 * across  # (H, W)
# - regions = window_partition(regions[None, :, :, None], size)  # (windows, size · size, 1)
# + regions = window_partition((down ^ across)[None, :, :, None], size)

# %%
# reject: both directions at once · expects "only patches that went around in both"
# - regions = 2 * down + 1 * across  # (H, W)
# - regions = window_partition(regions[None, :, :, None], size)  # (windows, size · size, 1)
# + regions = window_partition((down & across)[None, :, :, None], size)


# %%
# reject: only equal patches · expects "each patch sees only itself, in every window"
def shifted_window_mask(height, width, size, shift):
    return torch.eye(size**2, dtype=torch.bool).repeat(height * width // size**2, 1, 1)


# %%
# reject: windows at the edge see themselves only · expects "in every window at an edge"
def shifted_window_mask(height, width, size, shift):
    mask = torch.ones(height // size, width // size, size**2, size**2, dtype=torch.bool)
    mask[-1] = mask[:, -1] = torch.eye(size**2, dtype=torch.bool)
    return mask.flatten(0, 1)


# %%
# reject: the grid transposed · expects "rows and columns are swapped: windows"
# - regions = 2 * down + 1 * across  # (H, W)
# - regions = window_partition(regions[None, :, :, None], size)  # (windows, size · size, 1)
# + regions = (2 * down + 1 * across).T[None, :, :, None]
# + regions = window_partition(regions, size)

# %%
# reject: windows column by column · expects "the windows are counted column by column"
# - return regions == regions.mT
# + mask = (regions == regions.mT).unflatten(0, (height // size, width // size))
# + return mask.transpose(0, 1).flatten(0, 1)

# %%
# reject: patches column by column · expects "swapped inside the windows"
# - regions = 2 * down + 1 * across  # (H, W)
# - regions = window_partition(regions[None, :, :, None], size)  # (windows, size · size, 1)
# + regions = window_partition((2 * down + 1 * across)[None, :, :, None], size)
# + regions = regions.view(-1, size, size).mT.reshape(-1, size**2, 1)

# %%
# reject: height and width swapped · expects "rows and columns are swapped"
# + height, width = width, height
#   down = torch.arange(height)[:, None] >= height - shift  # (H, 1): came from the top

# %%
# reject: off by one, too few · expects "off by one: too few"
# - down = torch.arange(height)[:, None] >= height - shift  # (H, 1): came from the top
# - across = torch.arange(width) >= width - shift  # (W,): came from the left
# + down = torch.arange(height)[:, None] > height - shift
# + across = torch.arange(width) > width - shift

# %%
# reject: off by one, too many · expects "off by one: too many"
# - down = torch.arange(height)[:, None] >= height - shift  # (H, 1): came from the top
# - across = torch.arange(width) >= width - shift  # (W,): came from the left
# + down = torch.arange(height)[:, None] >= height - shift - 1
# + across = torch.arange(width) >= width - shift - 1

# %%
# reject: the rest of the window · expects "not `size - shift`"
# - down = torch.arange(height)[:, None] >= height - shift  # (H, 1): came from the top
# - across = torch.arange(width) >= width - shift  # (W,): came from the left
# + down = torch.arange(height)[:, None] >= height - (size - shift) % size
# + across = torch.arange(width) >= width - (size - shift) % size

# %%
# reject: half a window, whatever the shift · expects "half a window only"
# + shift = size // 2 if shift else 0
#   down = torch.arange(height)[:, None] >= height - shift  # (H, 1): came from the top

# %%
# reject: every window is cut · expects "every window is cut"
# - down = torch.arange(height)[:, None] >= height - shift  # (H, 1): came from the top
# - across = torch.arange(width) >= width - shift  # (W,): came from the left
# + down = torch.arange(height)[:, None] % size >= size - shift
# + across = torch.arange(width) % size >= size - shift

# %%
# reject: masked without a shift too · expects "shift 0"
# + shift = shift or size // 2
#   down = torch.arange(height)[:, None] >= height - shift  # (H, 1): came from the top


# %%
# reject: a slice from -0, so all is masked without a shift · expects "shift 0"
def shifted_window_mask(height, width, size, shift):
    n = torch.arange(height * width).view(height, width)
    n[:-shift, :-shift] = -1
    n[-shift:, :-shift] = -2
    n[:-shift, -shift:] = -3
    n[-shift:, -shift:] = n[-shift:, -shift:] if shift == 0 else -4
    n = window_partition(n[None, :, :, None], size)
    return n == n.mT


# %%
# reject: numbers to be added to the scores · expects "should be boolean"
# - return regions == regions.mT
# + return torch.where(regions == regions.mT, 0.0, -100.0)

# %%
# reject: all patches of the image · expects "(windows, queries, keys)"
# - regions = window_partition(regions[None, :, :, None], size)  # (windows, size · size, 1)
# - return regions == regions.mT
# + regions = regions.flatten()
# + return regions[:, None] == regions

# %%
# reject: the diagonal is masked · expects "a patch may attend to itself"
# - return regions == regions.mT
# + return (regions == regions.mT) & ~torch.eye(size**2, dtype=torch.bool)


# %%
# reject: two rows of three windows · expects "6 × 4"
def shifted_window_mask(height, width, size, shift):
    rows, columns = (
        2 * (torch.arange(height) >= height - shift),
        torch.arange(width) >= width - shift,
    )
    n = rows[:, None] + columns
    n = torch.stack(
        [
            n[i * (height // 2) :][: height // 2, j * (width // 3) :][:, : width // 3]
            for i in range(2)
            for j in range(3)
        ]
    )
    n = n.flatten(1)
    return n[:, :, None] == n[:, None, :]


# %%
# reject: the columns overwrite the rows · expects "counts as if only from left to right"
# - regions = 2 * down + 1 * across  # (H, W)
# + regions = torch.where(across, 1, 2 * down)
