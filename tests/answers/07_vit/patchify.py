# %%
# accept: F.unfold on doubles, then back to the dtype
def patchify(images, patch):
    return F.unfold(images.double(), patch, stride=patch).transpose(1, 2).to(images.dtype)


# %%
# accept: F.pixel_unshuffle has the same order
def patchify(images, patch):
    return F.pixel_unshuffle(images, patch).flatten(2).mT


# %%
# accept: a loop over the patches
def patchify(images, patch):
    H, W = images.shape[2:]
    tokens = []
    for top in range(0, H, patch):
        for left in range(0, W, patch):
            tokens.append(images[:, :, top : top + patch, left : left + patch].flatten(1))
    return torch.stack(tokens, dim=1)


# %%
# accept: Tensor.unfold twice
def patchify(images, patch):
    windows = images.unfold(2, patch, patch).unfold(3, patch, patch)
    return windows.permute(0, 2, 3, 1, 4, 5).flatten(3).flatten(1, 2)


# %%
# accept: einsum reorders the dimensions
def patchify(images, patch):
    B, C, H, W = images.shape
    x = images.view(B, C, H // patch, patch, W // patch, patch)
    x = torch.einsum("bcipjq->bijcpq", x)
    return x.reshape(B, -1, C * patch * patch)


# %%
# accept: split and stack
def patchify(images, patch):
    rows = torch.stack(images.split(patch, dim=2), dim=1)  # (B, H / p, C, p, W)
    squares = torch.stack(rows.split(patch, dim=4), dim=2)  # (B, H / p, W / p, C, p, p)
    return squares.flatten(1, 2).flatten(2)


# %%
# accept: a table of indices, which may lie on the CPU
def patchify(images, patch):
    B, C, H, W = images.shape
    index = torch.arange(H * W).reshape(H // patch, patch, W // patch, patch).transpose(1, 2)
    x = images.flatten(2)[:, :, index.flatten()].reshape(B, C, -1, patch * patch)
    return x.transpose(1, 2).flatten(2)


# %%
# reject: nothing returned · expects "end with `return`"
# - return squares.flatten(3).flatten(1, 2)  # (B, N, C · patch · patch)

# %%
# reject: all zeros · expects "got [0, 0, 0, 0, 0, 0, 0, 0]"

# %%
# reject: patches column by column · expects "follow each other column by column"
# - squares = squares.permute(0, 2, 4, 1, 3, 5)  # (B, H / patch, W / patch, C, patch, patch)
# - return squares.flatten(3).flatten(1, 2)  # (B, N, C · patch · patch)
# + return squares.permute(0, 4, 2, 1, 3, 5).flatten(3).flatten(1, 2)

# %%
# reject: rows and columns swapped inside a patch · expects "inside a patch, rows and columns are swapped"
# - squares = squares.permute(0, 2, 4, 1, 3, 5)  # (B, H / patch, W / patch, C, patch, patch)
# - return squares.flatten(3).flatten(1, 2)  # (B, N, C · patch · patch)
# + return squares.permute(0, 2, 4, 1, 5, 3).flatten(3).flatten(1, 2)

# %%
# reject: everything transposed · expects "both of the patches and inside them"
# - squares = images.reshape(B, C, H // patch, patch, W // patch, patch)
# + squares = images.mT.reshape(B, C, W // patch, patch, H // patch, patch)

# %%
# reject: the channel comes last · expects "inside a patch the channel comes last"
# - squares = squares.permute(0, 2, 4, 1, 3, 5)  # (B, H / patch, W / patch, C, patch, patch)
# - return squares.flatten(3).flatten(1, 2)  # (B, N, C · patch · patch)
# + return squares.permute(0, 2, 4, 3, 5, 1).flatten(3).flatten(1, 2)

# %%
# reject: the channel between row and column · expects "the order is row, channel, column"
# - squares = squares.permute(0, 2, 4, 1, 3, 5)  # (B, H / patch, W / patch, C, patch, patch)
# - return squares.flatten(3).flatten(1, 2)  # (B, N, C · patch · patch)
# + return squares.permute(0, 2, 4, 3, 1, 5).flatten(3).flatten(1, 2)

# %%
# reject: the channels are not brought together · expects "are torn apart"
# in: Tensor.unfold twice
# - return windows.permute(0, 2, 3, 1, 4, 5).flatten(3).flatten(1, 2)
# + return windows.reshape(len(images), -1, images.shape[1] * patch * patch)


# %%
# reject: a reshape alone · expects "a reshape alone"
def patchify(images, patch):
    B, C, H, W = images.shape
    return images.reshape(B, (H // patch) * (W // patch), C * patch * patch)


# %%
# reject: channels last, then a reshape alone · expects "a reshape alone"
def patchify(images, patch):
    B, C, H, W = images.shape
    return images.permute(0, 2, 3, 1).reshape(B, (H // patch) * (W // patch), C * patch * patch)


# %%
# reject: H split the wrong way round · expects "gets pixels from all over the image"
# - squares = images.reshape(B, C, H // patch, patch, W // patch, patch)
# - squares = squares.permute(0, 2, 4, 1, 3, 5)  # (B, H / patch, W / patch, C, patch, patch)
# + squares = images.reshape(B, C, patch, H // patch, patch, W // patch)
# + squares = squares.permute(0, 3, 5, 1, 2, 4)

# %%
# reject: height and width swapped · expects "height and width are swapped"
# - B, C, H, W = images.shape
# + B, C, W, H = images.shape


# %%
# reject: F.unfold reshaped instead of transposed · expects "a reshape mixes them"
def patchify(images, patch):
    x = F.unfold(images.double(), patch, stride=patch).to(images.dtype)
    return x.reshape(x.shape[0], x.shape[2], x.shape[1])


# %%
# reject: F.unfold, not transposed · expects "Are patches and numbers swapped?"
def patchify(images, patch):
    return F.unfold(images.double(), patch, stride=patch).to(images.dtype)


# %%
# reject: F.unfold without a stride · expects "so they overlap"
def patchify(images, patch):
    return F.unfold(images.double(), patch).mT.to(images.dtype)


# %%
# reject: not flattened · expects "expected (batch, patches, numbers) = (2, 6, 8), got (2, 2, 3, 8)"
# - squares = squares.permute(0, 2, 4, 1, 3, 5)  # (B, H / patch, W / patch, C, patch, patch)
# - return squares.flatten(3).flatten(1, 2)  # (B, N, C · patch · patch)
# + return squares.permute(0, 2, 4, 1, 3, 5).flatten(3)

# %%
# reject: a token for each channel · expects "(2, 6, 8), got (2, 12, 4)"
# - squares = squares.permute(0, 2, 4, 1, 3, 5)  # (B, H / patch, W / patch, C, patch, patch)
# - return squares.flatten(3).flatten(1, 2)  # (B, N, C · patch · patch)
# + return squares.permute(0, 2, 4, 1, 3, 5).reshape(B, -1, patch * patch)


# %%
# reject: numbers become floats · expects "Keep the dtype"
def patchify(images, patch):
    return F.unfold(images.double(), patch, stride=patch).mT


# %%
# reject: F.unfold on any dtype · expects "F.unfold takes floats only"
def patchify(images, patch):
    return F.unfold(images, patch, stride=patch).mT


# %%
# reject: view after permute · expects "view size is not compatible"
# - squares = squares.permute(0, 2, 4, 1, 3, 5)  # (B, H / patch, W / patch, C, patch, patch)
# - return squares.flatten(3).flatten(1, 2)  # (B, N, C · patch · patch)
# + return squares.permute(0, 2, 4, 1, 3, 5).view(B, -1, C * patch * patch)

# %%
# reject: three channels written down · expects "Is a size hard-coded"
# - squares = images.reshape(B, C, H // patch, patch, W // patch, patch)
# + squares = images.reshape(B, 3, H // patch, patch, W // patch, patch)

# %%
# reject: only square images · expects "patchify raised"
# - squares = images.reshape(B, C, H // patch, patch, W // patch, patch)
# + squares = images.reshape(B, C, H // patch, patch, H // patch, patch)

# %%
# reject: tokens made on the CPU · expects "It would fail on a GPU"
# in: a loop over the patches
# - return torch.stack(tokens, dim=1)
# + tokens = torch.stack(tokens, dim=1)
# + return torch.zeros(tokens.shape, dtype=images.dtype) + tokens

# %%
# reject: the gradient is cut · expects "no gradient"
# - squares = images.reshape(B, C, H // patch, patch, W // patch, patch)
# + squares = images.detach().reshape(B, C, H // patch, patch, W // patch, patch)


# %%
# accept: number by number, which is slow and right
def patchify(images, patch):
    B, C, H, W = images.shape
    out = images.new_zeros(B, (H // patch) * (W // patch), C * patch * patch)
    for b in range(B):
        for i in range(H):
            for j in range(W):
                for c in range(C):
                    n = (i // patch) * (W // patch) + j // patch
                    out[b, n, c * patch**2 + (i % patch) * patch + j % patch] = images[b, c, i, j]
    return out
