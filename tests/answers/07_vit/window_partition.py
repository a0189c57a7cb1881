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
# - return x.transpose(2, 3).flatten(0, 2).flatten(1, 2)

# %%
# reject: all zeros · expects "every value is zero"


# %%
# reject: a plain reshape · expects "a reshape alone cannot cut squares"
def window_partition(x, size):
    return x.reshape(-1, size * size, x.shape[-1])


# %%
# reject: split without a transpose · expects "a reshape alone cannot cut squares"
# in: view and permute
# - return x.permute(0, 1, 3, 2, 4, 5).reshape(-1, size * size, C)
# + return x.reshape(-1, size * size, C)

# %%
# reject: windows column by column · expects "the windows stand column by column"
# in: view and permute
# - return x.permute(0, 1, 3, 2, 4, 5).reshape(-1, size * size, C)
# + return x.permute(0, 3, 1, 2, 4, 5).reshape(-1, size * size, C)

# %%
# reject: patches column by column · expects "inside a window the patches stand column by column"
# in: view and permute
# - return x.permute(0, 1, 3, 2, 4, 5).reshape(-1, size * size, C)
# + return x.permute(0, 1, 3, 4, 2, 5).reshape(-1, size * size, C)

# %%
# reject: both column by column · expects "rows and columns are swapped, of the windows"
# in: view and permute
# - return x.permute(0, 1, 3, 2, 4, 5).reshape(-1, size * size, C)
# + return x.permute(0, 3, 1, 4, 2, 5).reshape(-1, size * size, C)


# %%
# reject: window and row in it the other way round · expects "are far apart"
def window_partition(x, size):
    B, H, W, C = x.shape
    x = x.view(B, size, H // size, size, W // size, C)
    return x.permute(0, 2, 4, 1, 3, 5).reshape(-1, size * size, C)


# %%
# reject: the images take turns · expects "take turns"
# in: view and permute
# - return x.permute(0, 1, 3, 2, 4, 5).reshape(-1, size * size, C)
# + return x.permute(1, 3, 0, 2, 4, 5).reshape(-1, size * size, C)

# %%
# reject: channels before the patches · expects "channels and patches of a window are mixed"
# in: view and permute
# - return x.permute(0, 1, 3, 2, 4, 5).reshape(-1, size * size, C)
# + return x.permute(0, 1, 3, 5, 2, 4).reshape(-1, size * size, C)

# %%
# reject: F.unfold without sorting channels out · expects "channels and patches of a window are mixed"
# in: F.unfold
# - return y.view(B, C, size * size, -1).permute(0, 3, 2, 1).reshape(-1, size * size, C)
# + return y.mT.reshape(-1, size * size, C)

# %%
# reject: a dimension for the images is left · expects "join images and windows"
# in: view and permute
# - return x.permute(0, 1, 3, 2, 4, 5).reshape(-1, size * size, C)
# + return x.permute(0, 1, 3, 2, 4, 5).reshape(B, -1, size * size, C)

# %%
# reject: the windows stay square · expects "join the rows and columns of a window"
# in: view and permute
# - return x.permute(0, 1, 3, 2, 4, 5).reshape(-1, size * size, C)
# + return x.permute(0, 1, 3, 2, 4, 5).reshape(-1, size, size, C)

# %%
# reject: channels and patches swapped · expects "Are tokens and C swapped?"
# in: view and permute
# - return x.permute(0, 1, 3, 2, 4, 5).reshape(-1, size * size, C)
# + return x.permute(0, 1, 3, 2, 4, 5).reshape(-1, size * size, C).mT

# %%
# reject: through numpy · expects "no gradient reaches the input"
# in: view and permute
# - x = x.reshape(B, H // size, size, W // size, size, C)
# + x = torch.tensor(x.detach().numpy()).view(B, H // size, size, W // size, size, C)

# %%
# reject: the result on the CPU · expects "It would fail on a GPU"
# in: loops over windows
# - return torch.stack(windows)
# + out = torch.zeros(len(windows), size * size, C, dtype=x.dtype)
# + return out + torch.stack(windows)

# %%
# reject: the mean of each window · expects "(windows, tokens, C)"
# in: view and permute
# - return x.permute(0, 1, 3, 2, 4, 5).reshape(-1, size * size, C)
# + return x.permute(0, 1, 3, 2, 4, 5).reshape(-1, size * size, C).mean(dim=1)

# %%
# reject: only the first image · expects "expected (windows, tokens, C) = (12, 4, 3), got (6, 4, 3)"
# + x = x[:1]
#   x = x.unflatten(1, (-1, size)).unflatten(

# %%
# reject: filled into a tensor of another dtype · expects "as the input has"
# in: loops over windows
# - return torch.stack(windows)
# + out = torch.zeros(len(windows), size * size, C, device=x.device)
# + out[:] = torch.stack(windows)
# + return out

# %%
# reject: as many windows as rows in one · expects "6 × 12, size 3"
# in: view and permute
# - x = x.reshape(B, H // size, size, W // size, size, C)
# + x = x.reshape(B, size, H // size, W // size, size, C)
