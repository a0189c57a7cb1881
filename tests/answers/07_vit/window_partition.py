# %%
# accept: view and permute
def window_partition(x, size):
    B, H, W, C = x.shape
    x = x.reshape(B, H // size, size, W // size, size, C)
    return x.permute(0, 1, 3, 2, 4, 5).reshape(-1, size * size, C)


# %%
# accept: loops over windows
def window_partition(x, size):
    B, H, W, C = x.shape
    windows = []
    for b in range(B):
        for top in range(0, H, size):
            for left in range(0, W, size):
                piece = x[b, top : top + size, left : left + size]
                windows.append(piece.reshape(size * size, C))
    return torch.stack(windows)


# %%
# accept: unfold of a tensor
def window_partition(x, size):
    C = x.shape[-1]
    x = x.unfold(1, size, size).unfold(2, size, size)  # (B, H/size, W/size, C, size, size)
    return x.permute(0, 1, 2, 4, 5, 3).reshape(-1, size * size, C)


# %%
# accept: F.unfold
def window_partition(x, size):
    B, H, W, C = x.shape
    y = F.unfold(x.permute(0, 3, 1, 2), size, stride=size)  # (B, C · size², L)
    return y.view(B, C, size * size, -1).permute(0, 3, 2, 1).reshape(-1, size * size, C)


# %%
# reject: nothing returned · expects "end with `return`"
def window_partition(x, size):
    x.flatten(1, 2)


# %%
# reject: all zeros · expects "every value is zero"


# %%
# reject: a plain reshape · expects "a reshape alone cannot cut squares"
def window_partition(x, size):
    return x.reshape(-1, size * size, x.shape[-1])


# %%
# reject: split without a transpose · expects "a reshape alone cannot cut squares"
def window_partition(x, size):
    B, H, W, C = x.shape
    return x.view(B, H // size, size, W // size, size, C).reshape(-1, size * size, C)


# %%
# reject: windows column by column · expects "the windows stand column by column"
def window_partition(x, size):
    B, H, W, C = x.shape
    x = x.view(B, H // size, size, W // size, size, C)
    return x.permute(0, 3, 1, 2, 4, 5).reshape(-1, size * size, C)


# %%
# reject: patches column by column · expects "inside a window the patches stand column by column"
def window_partition(x, size):
    B, H, W, C = x.shape
    x = x.view(B, H // size, size, W // size, size, C)
    return x.permute(0, 1, 3, 4, 2, 5).reshape(-1, size * size, C)


# %%
# reject: both column by column · expects "rows and columns are swapped, of the windows"
def window_partition(x, size):
    B, H, W, C = x.shape
    x = x.view(B, H // size, size, W // size, size, C)
    return x.permute(0, 3, 1, 4, 2, 5).reshape(-1, size * size, C)


# %%
# reject: window and row in it the other way round · expects "are far apart"
def window_partition(x, size):
    B, H, W, C = x.shape
    x = x.view(B, size, H // size, size, W // size, C)
    return x.permute(0, 2, 4, 1, 3, 5).reshape(-1, size * size, C)


# %%
# reject: the images take turns · expects "take turns"
def window_partition(x, size):
    B, H, W, C = x.shape
    x = x.view(B, H // size, size, W // size, size, C)
    return x.permute(1, 3, 0, 2, 4, 5).reshape(-1, size * size, C)


# %%
# reject: channels before the patches · expects "channels and patches of a window are mixed"
def window_partition(x, size):
    B, H, W, C = x.shape
    x = x.view(B, H // size, size, W // size, size, C)
    return x.permute(0, 1, 3, 5, 2, 4).reshape(-1, size * size, C)


# %%
# reject: F.unfold without sorting channels out · expects "channels and patches of a window are mixed"
def window_partition(x, size):
    C = x.shape[-1]
    y = F.unfold(x.permute(0, 3, 1, 2), size, stride=size)
    return y.mT.reshape(-1, size * size, C)


# %%
# reject: a dimension for the images is left · expects "join images and windows"
def window_partition(x, size):
    B, H, W, C = x.shape
    x = x.view(B, H // size, size, W // size, size, C)
    return x.transpose(2, 3).reshape(B, -1, size * size, C)


# %%
# reject: the windows stay square · expects "join the rows and columns of a window"
def window_partition(x, size):
    B, H, W, C = x.shape
    x = x.view(B, H // size, size, W // size, size, C)
    return x.transpose(2, 3).reshape(-1, size, size, C)


# %%
# reject: channels and patches swapped · expects "Are tokens and C swapped?"
def window_partition(x, size):
    B, H, W, C = x.shape
    x = x.view(B, H // size, size, W // size, size, C)
    return x.transpose(2, 3).reshape(-1, size * size, C).mT


# %%
# reject: through numpy · expects "no gradient reaches the input"
def window_partition(x, size):
    B, H, W, C = x.shape
    x = torch.tensor(x.detach().numpy()).view(B, H // size, size, W // size, size, C)
    return x.transpose(2, 3).reshape(-1, size * size, C)


# %%
# reject: the result on the CPU · expects "It would fail on a GPU"
def window_partition(x, size):
    B, H, W, C = x.shape
    rows = H // size * (W // size)
    index = torch.arange(H * W).view(H // size, size, W // size, size).transpose(1, 2)
    out = torch.zeros(B, rows, size * size, C, dtype=x.dtype)
    out = out + x.flatten(1, 2)[:, index.reshape(rows, -1)]
    return out.flatten(0, 1)


# %%
# reject: the mean of each window · expects "(windows, tokens, C)"
def window_partition(x, size):
    B, H, W, C = x.shape
    x = x.view(B, H // size, size, W // size, size, C)
    return x.transpose(2, 3).reshape(-1, size * size, C).mean(dim=1)


# %%
# reject: only the first image · expects "expected (windows, tokens, C) = (12, 4, 3), got (6, 4, 3)"
def window_partition(x, size):
    _, H, W, C = x.shape
    x = x[0].view(H // size, size, W // size, size, C)
    return x.transpose(1, 2).reshape(-1, size * size, C)


# %%
# reject: filled into a tensor of another dtype · expects "as the input has"
def window_partition(x, size):
    B, H, W, C = x.shape
    windows = torch.zeros(B * (H // size) * (W // size), size * size, C, device=x.device)
    n = 0
    for b in range(B):
        for i in range(0, H, size):
            for j in range(0, W, size):
                windows[n] = x[b, i : i + size, j : j + size].reshape(size * size, C)
                n += 1
    return windows


# %%
# reject: as many windows as rows in one · expects "6 × 12, size 3"
def window_partition(x, size):
    B, H, W, C = x.shape
    return (
        x.reshape(B, size, H // size, W // size, size, C)
        .transpose(2, 3)
        .reshape(-1, size * size, C)
    )
