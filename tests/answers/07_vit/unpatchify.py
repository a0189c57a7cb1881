# %%
# accept: F.fold on doubles
def unpatchify(patches, patch, height, width):
    x = patches.double().transpose(1, 2)
    return F.fold(x, (height, width), patch, stride=patch).to(patches.dtype)


# %%
# accept: a loop that fills the image
def unpatchify(patches, patch, height, width):
    B, N, D = patches.shape
    images = patches.new_empty(B, D // patch**2, height, width)
    n = 0
    for top in range(0, height, patch):
        for left in range(0, width, patch):
            square = patches[:, n].reshape(B, -1, patch, patch)
            images[:, :, top : top + patch, left : left + patch] = square
            n += 1
    return images


# %%
# accept: einsum
def unpatchify(patches, patch, height, width):
    rows, columns = height // patch, width // patch
    C = patches.shape[2] // (patch * patch)
    x = patches.reshape(-1, rows, columns, C, patch, patch)
    return torch.einsum("bijcpq->bcipjq", x).reshape(-1, C, height, width)


# %%
# accept: columns and rows put together by cat
def unpatchify(patches, patch, height, width):
    B, _, D = patches.shape
    squares = patches.reshape(B, -1, D // patch**2, patch, patch)
    per_row = width // patch
    rows = [
        torch.cat([squares[:, r * per_row + c] for c in range(per_row)], dim=3)
        for r in range(height // patch)
    ]
    return torch.cat(rows, dim=2)


# %%
# reject: all zeros · expects "got [0, 0, 0, 0, 0, 0]"


# %%
# reject: column by column · expects "put down column by column"
def unpatchify(patches, patch, height, width):
    x = patches.unflatten(1, (width // patch, height // patch)).unflatten(3, (-1, patch, patch))
    return x.permute(0, 3, 2, 4, 1, 5).flatten(4).flatten(2, 3)


# %%
# reject: rows and columns of patches swapped · expects "there are 2 rows of 3 patches"
def unpatchify(patches, patch, height, width):
    x = patches.unflatten(1, (width // patch, height // patch)).unflatten(3, (-1, patch, patch))
    x = x.permute(0, 3, 1, 4, 2, 5)
    return x.reshape(len(patches), -1, height, width)


# %%
# reject: rows and columns swapped inside · expects "inside a patch, rows and columns are swapped"
# - return squares.permute(0, 3, 1, 4, 2, 5).flatten(4).flatten(2, 3)  # (B, C, height, width)
# + return squares.permute(0, 3, 1, 5, 2, 4).flatten(4).flatten(2, 3)


# %%
# reject: the channel taken for the last · expects "the channel is taken for the last dimension"
def unpatchify(patches, patch, height, width):
    x = patches.unflatten(1, (height // patch, width // patch)).unflatten(3, (patch, patch, -1))
    return x.permute(0, 5, 1, 3, 2, 4).flatten(4).flatten(2, 3)


# %%
# reject: the channel taken for the middle · expects "is taken for row, channel, column"
def unpatchify(patches, patch, height, width):
    x = patches.unflatten(1, (height // patch, width // patch)).unflatten(3, (patch, -1, patch))
    return x.permute(0, 4, 1, 3, 2, 5).flatten(4).flatten(2, 3)


# %%
# reject: a reshape alone · expects "a reshape alone lines the patches up"
def unpatchify(patches, patch, height, width):
    return patches.reshape(len(patches), -1, height, width)


# %%
# reject: the permutation of patchify · expects "the way back needs its inverse"
# - return squares.permute(0, 3, 1, 4, 2, 5).flatten(4).flatten(2, 3)  # (B, C, height, width)
# + return squares.permute(0, 2, 4, 1, 3, 5).reshape(len(patches), -1, height, width)

# %%
# reject: the channels moved, nothing else · expects "H is (H / patch, patch), W is (W / patch, patch)"
# - return squares.permute(0, 3, 1, 4, 2, 5).flatten(4).flatten(2, 3)  # (B, C, height, width)
# + return squares.permute(0, 3, 1, 2, 4, 5).reshape(len(patches), -1, height, width)

# %%
# reject: patches spread over the image · expects "a patch is spread over the image"
# - return squares.permute(0, 3, 1, 4, 2, 5).flatten(4).flatten(2, 3)  # (B, C, height, width)
# + return squares.permute(0, 3, 4, 1, 5, 2).reshape(len(patches), -1, height, width)

# %%
# reject: F.fold on tokens that are not transposed · expects "F.fold wants"
# in: F.fold on doubles
# - x = patches.double().transpose(1, 2)
# + B, N, D = patches.shape
# + x = patches.double().reshape(B, D, N)


# %%
# reject: three channels written down · expects "Did you write 3?"
def unpatchify(patches, patch, height, width):
    x = patches.reshape(len(patches), height // patch, width // patch, 3, patch, patch)
    return x.permute(0, 3, 1, 4, 2, 5).flatten(4).flatten(2, 3)


# %%
# reject: width first · expects "Are height and width swapped?"
# - return squares.permute(0, 3, 1, 4, 2, 5).flatten(4).flatten(2, 3)  # (B, C, height, width)
# + return squares.permute(0, 3, 1, 4, 2, 5).flatten(4).flatten(2, 3).mT


# %%
# reject: a float comes back · expects "Keep the dtype"
def unpatchify(patches, patch, height, width):
    return F.fold(patches.double().mT, (height, width), patch, stride=patch)


# %%
# reject: square images only · expects "unpatchify raised"
def unpatchify(patches, patch, height, width):
    n = int(patches.shape[1] ** 0.5)
    x = patches.unflatten(1, (n, n)).unflatten(3, (-1, patch, patch))
    return x.permute(0, 3, 1, 4, 2, 5).flatten(4).flatten(2, 3)


# %%
# reject: the image is made on the CPU · expects "It would fail on a GPU"
# in: a loop that fills the image
# - images = patches.new_empty(B, D // patch**2, height, width)
# + images = torch.zeros(B, D // patch**2, height, width, dtype=patches.dtype)
#
# - square = patches[:, n].reshape(B, -1, patch, patch)
# - images[:, :, top : top + patch, left : left + patch] = square
# + part = images[:, :, top : top + patch, left : left + patch]
# + images[:, :, top : top + patch, left : left + patch] = part + patches[:, n].reshape(
# +     B, -1, patch, patch
# + )
