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
def window_reverse(windows, size, height, width):
    windows.flatten(0, 1)


# %%
# reject: all zeros · expects "every value is zero"


# %%
# reject: a plain reshape · expects "a reshape alone cannot cut squares"
def window_reverse(windows, size, height, width):
    return windows.reshape(-1, height, width, windows.shape[-1])


# %%
# reject: windows column by column · expects "the windows stand column by column"
def window_reverse(windows, size, height, width):
    C = windows.shape[-1]
    x = windows.view(-1, width // size, height // size, size, size, C)
    return x.permute(0, 2, 3, 1, 4, 5).reshape(-1, height, width, C)


# %%
# reject: patches column by column · expects "inside a window the patches stand column by column"
def window_reverse(windows, size, height, width):
    C = windows.shape[-1]
    x = windows.view(-1, height // size, width // size, size, size, C)
    return x.permute(0, 1, 4, 2, 3, 5).reshape(-1, height, width, C)


# %%
# reject: both column by column · expects "rows and columns are swapped, of the windows"
def window_reverse(windows, size, height, width):
    C = windows.shape[-1]
    x = windows.view(-1, width // size, height // size, size, size, C)
    return x.permute(0, 2, 4, 1, 3, 5).reshape(-1, height, width, C)


# %%
# reject: window and row in it the other way round · expects "are far apart"
def window_reverse(windows, size, height, width):
    C = windows.shape[-1]
    x = windows.view(-1, height // size, width // size, size, size, C)
    return x.permute(0, 3, 1, 4, 2, 5).reshape(-1, height, width, C)


# %%
# reject: the images take turns · expects "take turns"
def window_reverse(windows, size, height, width):
    C = windows.shape[-1]
    rows, columns = height // size, width // size
    x = windows.view(rows, columns, -1, size, size, C)
    return x.permute(2, 0, 3, 1, 4, 5).reshape(-1, height, width, C)


# %%
# reject: height and width swapped in the sizes · expects "Are H and W swapped?"
def window_reverse(windows, size, height, width):
    C = windows.shape[-1]
    x = windows.view(-1, width // size, height // size, size, size, C)
    return x.transpose(2, 3).reshape(-1, width, height, C)


# %%
# reject: H and W swapped in the grid of windows · expects "H and W are swapped"
def window_reverse(windows, size, height, width):
    C = windows.shape[-1]
    x = windows.view(-1, width // size, height // size, size, size, C)
    return x.transpose(2, 3).reshape(-1, height, width, C)


# %%
# reject: one image only · expects "RuntimeError"
def window_reverse(windows, size, height, width):
    C = windows.shape[-1]
    x = windows.view(1, height // size, width // size, size, size, C)
    return x.transpose(2, 3).reshape(1, height, width, C)


# %%
# reject: a batch of two, always · expects "is invalid for input of size 72"
# - x = windows.view(-1, height // size, width // size, size, size, windows.shape[-1])
# + C = windows.shape[-1]
# + x = windows.view(2, height // size, -1, size, size, C)


# %%
# reject: cut again instead of put back · expects "that cuts once more"
def window_reverse(windows, size, height, width):
    C = windows.shape[-1]
    x = windows.reshape(-1, height // size, size, width // size, size, C)
    return x.transpose(2, 3).reshape(-1, height, width, C)


# %%
# reject: channels before the patches · expects "channels and patches of a window are mixed"
def window_reverse(windows, size, height, width):
    C = windows.shape[-1]
    x = windows.view(-1, height // size, width // size, C, size, size)
    return x.permute(0, 1, 4, 2, 5, 3).reshape(-1, height, width, C)


# %%
# reject: the grid stays flat · expects "(B, H, W, C)"
def window_reverse(windows, size, height, width):
    C = windows.shape[-1]
    x = windows.view(-1, height // size, width // size, size, size, C)
    return x.transpose(2, 3).reshape(-1, height * width, C)


# %%
# reject: fills a tensor on the CPU · expects "It would fail on a GPU"
def window_reverse(windows, size, height, width):
    C = windows.shape[-1]
    x = windows.view(-1, height // size, width // size, size, size, C)
    out = torch.zeros(len(x), height, width, C, dtype=windows.dtype)
    return out + x.transpose(2, 3).reshape(-1, height, width, C)


# %%
# reject: through numpy · expects "no gradient reaches the input"
def window_reverse(windows, size, height, width):
    C = windows.shape[-1]
    x = torch.tensor(windows.detach().numpy())
    x = x.view(-1, height // size, width // size, size, size, C)
    return x.transpose(2, 3).reshape(-1, height, width, C)


# %%
# reject: the number of all windows for that of the grids · expects "divided by those of one grid"
def window_reverse(windows, size, height, width):
    B, C = windows.shape[0], windows.shape[-1]
    x = windows.view(B, height // size, width // size, size, size, C)
    return x.transpose(2, 3).reshape(B, height, width, C)
