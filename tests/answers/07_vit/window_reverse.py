# %%
# accept: view and permute
def window_reverse(windows, size, height, width):
    C = windows.shape[-1]
    x = windows.reshape(-1, height // size, width // size, size, size, C)
    return x.permute(0, 1, 3, 2, 4, 5).reshape(-1, height, width, C)


# %%
# accept: loops that fill a new tensor
def window_reverse(windows, size, height, width):
    rows, columns = height // size, width // size
    B, C = len(windows) // (rows * columns), windows.shape[-1]
    out = windows.new_zeros(B, height, width, C)
    for n, window in enumerate(windows):
        b, rest = divmod(n, rows * columns)
        r, c = divmod(rest, columns)
        square = window.view(size, size, C)
        out[b, r * size : (r + 1) * size, c * size : (c + 1) * size] = square
    return out


# %%
# accept: cat
def window_reverse(windows, size, height, width):
    C = windows.shape[-1]
    squares = windows.reshape(-1, width // size, size, size, C)
    strips = torch.cat(squares.unbind(1), dim=2)  # (B · rows, size, W, C)
    return strips.reshape(-1, height, width, C)


# %%
# accept: F.fold
def window_reverse(windows, size, height, width):
    n, C = (height // size) * (width // size), windows.shape[-1]
    y = windows.reshape(-1, n, size * size, C).permute(0, 3, 2, 1).flatten(1, 2)
    return F.fold(y, (height, width), size, stride=size).permute(0, 2, 3, 1)


# %%
# reject: nothing returned · expects "end with `return`"
# - return x.transpose(2, 3).flatten(3, 4).flatten(1, 2)

# %%
# reject: all zeros · expects "every value is zero"


# %%
# reject: a plain reshape · expects "a reshape alone cannot cut squares"
def window_reverse(windows, size, height, width):
    return windows.reshape(-1, height, width, windows.shape[-1])


# %%
# reject: windows column by column · expects "the windows stand column by column"
# - x = windows.view(-1, height // size, width // size, size, size, windows.shape[-1])
# + x = windows.view(-1, width // size, height // size, size, size, windows.shape[-1])
# + x = x.transpose(1, 2)

# %%
# reject: patches column by column · expects "inside a window the patches stand column by column"
# in: view and permute
# - return x.permute(0, 1, 3, 2, 4, 5).reshape(-1, height, width, C)
# + return x.permute(0, 1, 4, 2, 3, 5).reshape(-1, height, width, C)

# %%
# reject: both column by column · expects "rows and columns are swapped, of the windows"
# - x = windows.view(-1, height // size, width // size, size, size, windows.shape[-1])
# + x = windows.view(-1, width // size, height // size, size, size, windows.shape[-1])
# + x = x.permute(0, 2, 1, 4, 3, 5)

# %%
# reject: window and row in it the other way round · expects "are far apart"
# in: view and permute
# - return x.permute(0, 1, 3, 2, 4, 5).reshape(-1, height, width, C)
# + return x.permute(0, 3, 1, 4, 2, 5).reshape(-1, height, width, C)

# %%
# reject: the images take turns · expects "take turns"
# - x = windows.view(-1, height // size, width // size, size, size, windows.shape[-1])
# + x = windows.view(height // size, width // size, -1, size, size, windows.shape[-1])
# + x = x.movedim(2, 0)

# %%
# reject: height and width swapped in the sizes · expects "Are H and W swapped?"
# + height, width = width, height
#   x = windows.view(-1, height // size, width // size, size, size, windows.shape[-1])

# %%
# reject: H and W swapped in the grid of windows · expects "H and W are swapped"
# in: view and permute
# - x = windows.reshape(-1, height // size, width // size, size, size, C)
# + x = windows.reshape(-1, width // size, height // size, size, size, C)

# %%
# reject: one image only · expects "RuntimeError"
# - x = windows.view(-1, height // size, width // size, size, size, windows.shape[-1])
# + x = windows.view(1, height // size, width // size, size, size, windows.shape[-1])

# %%
# reject: a batch of two, always · expects "is invalid for input of size 72"
# - x = windows.view(-1, height // size, width // size, size, size, windows.shape[-1])
# + C = windows.shape[-1]
# + x = windows.view(2, height // size, -1, size, size, C)

# %%
# reject: cut again instead of put back · expects "that cuts once more"
# in: view and permute
# - x = windows.reshape(-1, height // size, width // size, size, size, C)
# + x = windows.reshape(-1, height // size, size, width // size, size, C)

# %%
# reject: channels before the patches · expects "channels and patches of a window are mixed"
# - x = windows.view(-1, height // size, width // size, size, size, windows.shape[-1])
# + x = windows.view(-1, height // size, width // size, windows.shape[-1], size, size)
# + x = x.movedim(3, 5)

# %%
# reject: the grid stays flat · expects "(B, H, W, C)"
# in: view and permute
# - return x.permute(0, 1, 3, 2, 4, 5).reshape(-1, height, width, C)
# + return x.permute(0, 1, 3, 2, 4, 5).reshape(-1, height * width, C)

# %%
# reject: fills a tensor on the CPU · expects "It would fail on a GPU"
# in: view and permute
# - return x.permute(0, 1, 3, 2, 4, 5).reshape(-1, height, width, C)
# + out = torch.zeros(len(x), height, width, C, dtype=windows.dtype)
# + return out + x.permute(0, 1, 3, 2, 4, 5).reshape(-1, height, width, C)

# %%
# reject: through numpy · expects "no gradient reaches the input"
# in: view and permute
# - x = windows.reshape(-1, height // size, width // size, size, size, C)
# + x = torch.tensor(windows.detach().numpy())
# + x = x.view(-1, height // size, width // size, size, size, C)

# %%
# reject: the number of all windows for that of the grids · expects "divided by those of one grid"
# - x = windows.view(-1, height // size, width // size, size, size, windows.shape[-1])
# + B, C = windows.shape[0], windows.shape[-1]
# + x = windows.view(B, height // size, width // size, size, size, C)
