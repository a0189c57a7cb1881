# ---
# Known right and wrong answers to the exercises of Lab 07. See docs/authors.md for the form.
# ---

# %% [markdown]
# # Exercise 1


# %%
# accept patchify: F.unfold on doubles, then back to the dtype
def patchify(images, patch):
    return F.unfold(images.double(), patch, stride=patch).transpose(1, 2).to(images.dtype)


# %%
# accept patchify: a loop over the patches
def patchify(images, patch):
    H, W = images.shape[2:]
    tokens = []
    for top in range(0, H, patch):
        for left in range(0, W, patch):
            tokens.append(images[:, :, top : top + patch, left : left + patch].flatten(1))
    return torch.stack(tokens, dim=1)


# %%
# accept patchify: Tensor.unfold twice
def patchify(images, patch):
    windows = images.unfold(2, patch, patch).unfold(3, patch, patch)
    return windows.permute(0, 2, 3, 1, 4, 5).flatten(3).flatten(1, 2)


# %%
# accept patchify: einsum reorders the dimensions
def patchify(images, patch):
    B, C, H, W = images.shape
    x = images.view(B, C, H // patch, patch, W // patch, patch)
    x = torch.einsum("bcipjq->bijcpq", x)
    return x.reshape(B, -1, C * patch * patch)


# %%
# accept patchify: split and stack
def patchify(images, patch):
    rows = torch.stack(images.split(patch, dim=2), dim=1)  # (B, H / p, C, p, W)
    squares = torch.stack(rows.split(patch, dim=4), dim=2)  # (B, H / p, W / p, C, p, p)
    return squares.flatten(1, 2).flatten(2)


# %%
# accept patchify: a table of indices, which may lie on the CPU
def patchify(images, patch):
    B, C, H, W = images.shape
    index = torch.arange(H * W).reshape(H // patch, patch, W // patch, patch).transpose(1, 2)
    x = images.flatten(2)[:, :, index.flatten()].reshape(B, C, -1, patch * patch)
    return x.transpose(1, 2).flatten(2)


# %%
# reject patchify: the stub · expects "not written yet"
def patchify(images, patch):
    raise NotImplementedError()


# %%
# reject patchify: nothing returned · expects "end with `return`"
def patchify(images, patch):
    images.unfold(2, patch, patch)


# %%
# reject patchify: all zeros · expects "got [0, 0, 0, 0, 0, 0, 0, 0]"
def patchify(images, patch):
    B, C, H, W = images.shape
    return torch.zeros(B, H * W // patch**2, C * patch**2, dtype=images.dtype)


# %%
# reject patchify: patches column by column · expects "follow each other column by column"
def patchify(images, patch):
    B, C, H, W = images.shape
    x = images.reshape(B, C, H // patch, patch, W // patch, patch)
    return x.permute(0, 4, 2, 1, 3, 5).flatten(3).flatten(1, 2)


# %%
# reject patchify: rows and columns swapped inside a patch · expects "inside a patch, rows and columns are swapped"
def patchify(images, patch):
    B, C, H, W = images.shape
    x = images.reshape(B, C, H // patch, patch, W // patch, patch)
    return x.permute(0, 2, 4, 1, 5, 3).flatten(3).flatten(1, 2)


# %%
# reject patchify: everything transposed · expects "both of the patches and inside them"
def patchify(images, patch):
    B, C, H, W = images.shape
    x = images.mT.reshape(B, C, W // patch, patch, H // patch, patch)
    return x.permute(0, 2, 4, 1, 3, 5).flatten(3).flatten(1, 2)


# %%
# reject patchify: the channel comes last · expects "inside a patch the channel comes last"
def patchify(images, patch):
    B, C, H, W = images.shape
    x = images.reshape(B, C, H // patch, patch, W // patch, patch)
    return x.permute(0, 2, 4, 3, 5, 1).flatten(3).flatten(1, 2)


# %%
# reject patchify: the channel between row and column · expects "the order is row, channel, column"
def patchify(images, patch):
    B, C, H, W = images.shape
    x = images.reshape(B, C, H // patch, patch, W // patch, patch)
    return x.permute(0, 2, 4, 3, 1, 5).flatten(3).flatten(1, 2)


# %%
# reject patchify: the channels are not brought together · expects "are torn apart"
def patchify(images, patch):
    B, C, H, W = images.shape
    x = images.unfold(2, patch, patch).unfold(3, patch, patch)
    return x.reshape(B, -1, C * patch * patch)


# %%
# reject patchify: a reshape alone · expects "a reshape alone"
def patchify(images, patch):
    B, C, H, W = images.shape
    return images.reshape(B, (H // patch) * (W // patch), C * patch * patch)


# %%
# reject patchify: channels last, then a reshape alone · expects "a reshape alone"
def patchify(images, patch):
    B, C, H, W = images.shape
    return images.permute(0, 2, 3, 1).reshape(B, (H // patch) * (W // patch), C * patch * patch)


# %%
# reject patchify: H split the wrong way round · expects "gets pixels from all over the image"
def patchify(images, patch):
    B, C, H, W = images.shape
    x = images.reshape(B, C, patch, H // patch, patch, W // patch)
    return x.permute(0, 3, 5, 1, 2, 4).flatten(3).flatten(1, 2)


# %%
# reject patchify: height and width swapped · expects "height and width are swapped"
def patchify(images, patch):
    B, C, W, H = images.shape
    x = images.reshape(B, C, H // patch, patch, W // patch, patch)
    return x.permute(0, 2, 4, 1, 3, 5).flatten(3).flatten(1, 2)


# %%
# reject patchify: F.unfold reshaped instead of transposed · expects "a reshape mixes them"
def patchify(images, patch):
    x = F.unfold(images.double(), patch, stride=patch).to(images.dtype)
    return x.reshape(x.shape[0], x.shape[2], x.shape[1])


# %%
# reject patchify: F.unfold, not transposed · expects "Are patches and numbers swapped?"
def patchify(images, patch):
    return F.unfold(images.double(), patch, stride=patch).to(images.dtype)


# %%
# reject patchify: F.unfold without a stride · expects "so they overlap"
def patchify(images, patch):
    return F.unfold(images.double(), patch).mT.to(images.dtype)


# %%
# reject patchify: not flattened · expects "expected (batch, patches, numbers) = (2, 6, 8), got (2, 2, 3, 8)"
def patchify(images, patch):
    B, C, H, W = images.shape
    x = images.reshape(B, C, H // patch, patch, W // patch, patch)
    return x.permute(0, 2, 4, 1, 3, 5).flatten(3)


# %%
# reject patchify: a token for each channel · expects "(2, 6, 8), got (2, 12, 4)"
def patchify(images, patch):
    B, C, H, W = images.shape
    x = images.reshape(B, C, H // patch, patch, W // patch, patch)
    return x.permute(0, 2, 4, 1, 3, 5).reshape(B, -1, patch * patch)


# %%
# reject patchify: numbers become floats · expects "Keep the dtype"
def patchify(images, patch):
    return F.unfold(images.double(), patch, stride=patch).mT


# %%
# reject patchify: F.unfold on any dtype · expects "not implemented for"
def patchify(images, patch):
    return F.unfold(images, patch, stride=patch).mT


# %%
# reject patchify: view after permute · expects "view size is not compatible"
def patchify(images, patch):
    B, C, H, W = images.shape
    x = images.reshape(B, C, H // patch, patch, W // patch, patch)
    return x.permute(0, 2, 4, 1, 3, 5).view(B, -1, C * patch * patch)


# %%
# reject patchify: three channels written down · expects "is invalid for input of size"
def patchify(images, patch):
    B, _, H, W = images.shape
    x = images.reshape(B, 3, H // patch, patch, W // patch, patch)
    return x.permute(0, 2, 4, 1, 3, 5).flatten(3).flatten(1, 2)


# %%
# reject patchify: only square images · expects "patchify raised"
def patchify(images, patch):
    B, C, H, W = images.shape
    n = H // patch
    x = images.reshape(B, C, n, patch, n, patch)
    return x.permute(0, 2, 4, 1, 3, 5).flatten(3).flatten(1, 2)


# %%
# reject patchify: tokens made on the CPU · expects "It would fail on a GPU"
def patchify(images, patch):
    B, C, H, W = images.shape
    tokens = torch.zeros(B, H // patch, W // patch, C, patch, patch, dtype=images.dtype)
    for i in range(H // patch):
        for j in range(W // patch):
            rows, columns = slice(i * patch, (i + 1) * patch), slice(j * patch, (j + 1) * patch)
            tokens[:, i, j] = images[:, :, rows, columns]
    return tokens.flatten(1, 2).flatten(2)


# %%
# reject patchify: the gradient is cut · expects "no gradient"
def patchify(images, patch):
    B, C, H, W = images.shape
    x = images.detach().reshape(B, C, H // patch, patch, W // patch, patch)
    return x.permute(0, 2, 4, 1, 3, 5).flatten(3).flatten(1, 2)


# %%
# reject patchify: number by number · expects "was stopped after 5 s"
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


# %%
# accept unpatchify: F.fold on doubles
def unpatchify(patches, patch, height, width):
    x = patches.double().transpose(1, 2)
    return F.fold(x, (height, width), patch, stride=patch).to(patches.dtype)


# %%
# accept unpatchify: a loop that fills the image
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
# accept unpatchify: einsum
def unpatchify(patches, patch, height, width):
    rows, columns = height // patch, width // patch
    C = patches.shape[2] // (patch * patch)
    x = patches.reshape(-1, rows, columns, C, patch, patch)
    return torch.einsum("bijcpq->bcipjq", x).reshape(-1, C, height, width)


# %%
# accept unpatchify: columns and rows put together by cat
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
# reject unpatchify: the stub · expects "not written yet"
def unpatchify(patches, patch, height, width):
    raise NotImplementedError()


# %%
# reject unpatchify: all zeros · expects "got [0, 0, 0, 0, 0, 0]"
def unpatchify(patches, patch, height, width):
    return patches.new_zeros(len(patches), patches.shape[2] // patch**2, height, width)


# %%
# reject unpatchify: column by column · expects "put down column by column"
def unpatchify(patches, patch, height, width):
    x = patches.unflatten(1, (width // patch, height // patch)).unflatten(3, (-1, patch, patch))
    return x.permute(0, 3, 2, 4, 1, 5).flatten(4).flatten(2, 3)


# %%
# reject unpatchify: rows and columns of patches swapped · expects "there are 2 rows of 3 patches"
def unpatchify(patches, patch, height, width):
    x = patches.unflatten(1, (width // patch, height // patch)).unflatten(3, (-1, patch, patch))
    x = x.permute(0, 3, 1, 4, 2, 5)
    return x.reshape(len(patches), -1, height, width)


# %%
# reject unpatchify: rows and columns swapped inside · expects "inside a patch, rows and columns are swapped"
def unpatchify(patches, patch, height, width):
    x = patches.unflatten(1, (height // patch, width // patch)).unflatten(3, (-1, patch, patch))
    return x.permute(0, 3, 1, 5, 2, 4).flatten(4).flatten(2, 3)


# %%
# reject unpatchify: the channel taken for the last · expects "the channel is taken for the last dimension"
def unpatchify(patches, patch, height, width):
    x = patches.unflatten(1, (height // patch, width // patch)).unflatten(3, (patch, patch, -1))
    return x.permute(0, 5, 1, 3, 2, 4).flatten(4).flatten(2, 3)


# %%
# reject unpatchify: the channel taken for the middle · expects "is taken for row, channel, column"
def unpatchify(patches, patch, height, width):
    x = patches.unflatten(1, (height // patch, width // patch)).unflatten(3, (patch, -1, patch))
    return x.permute(0, 4, 1, 3, 2, 5).flatten(4).flatten(2, 3)


# %%
# reject unpatchify: a reshape alone · expects "a reshape alone lines the patches up"
def unpatchify(patches, patch, height, width):
    return patches.reshape(len(patches), -1, height, width)


# %%
# reject unpatchify: the permutation of patchify · expects "the way back needs its inverse"
def unpatchify(patches, patch, height, width):
    x = patches.unflatten(1, (height // patch, width // patch)).unflatten(3, (-1, patch, patch))
    return x.permute(0, 2, 4, 1, 3, 5).reshape(len(patches), -1, height, width)


# %%
# reject unpatchify: the channels moved, nothing else · expects "H is (H / patch, patch), W is (W / patch, patch)"
def unpatchify(patches, patch, height, width):
    x = patches.unflatten(1, (height // patch, width // patch)).unflatten(3, (-1, patch, patch))
    return x.permute(0, 3, 1, 2, 4, 5).reshape(len(patches), -1, height, width)


# %%
# reject unpatchify: patches spread over the image · expects "a patch is spread over the image"
def unpatchify(patches, patch, height, width):
    x = patches.unflatten(1, (height // patch, width // patch)).unflatten(3, (-1, patch, patch))
    return x.permute(0, 3, 4, 1, 5, 2).reshape(len(patches), -1, height, width)


# %%
# reject unpatchify: F.fold on tokens that are not transposed · expects "F.fold wants"
def unpatchify(patches, patch, height, width):
    B, N, D = patches.shape
    x = patches.double().reshape(B, D, N)
    return F.fold(x, (height, width), patch, stride=patch).to(patches.dtype)


# %%
# reject unpatchify: three channels written down · expects "Did you write 3?"
def unpatchify(patches, patch, height, width):
    x = patches.reshape(len(patches), height // patch, width // patch, 3, patch, patch)
    return x.permute(0, 3, 1, 4, 2, 5).flatten(4).flatten(2, 3)


# %%
# reject unpatchify: width first · expects "Are height and width swapped?"
def unpatchify(patches, patch, height, width):
    x = patches.unflatten(1, (height // patch, width // patch)).unflatten(3, (-1, patch, patch))
    return x.permute(0, 3, 1, 4, 2, 5).flatten(4).flatten(2, 3).mT


# %%
# reject unpatchify: a float comes back · expects "Keep the dtype"
def unpatchify(patches, patch, height, width):
    return F.fold(patches.double().mT, (height, width), patch, stride=patch)


# %%
# reject unpatchify: square images only · expects "unpatchify raised"
def unpatchify(patches, patch, height, width):
    n = int(patches.shape[1] ** 0.5)
    x = patches.unflatten(1, (n, n)).unflatten(3, (-1, patch, patch))
    return x.permute(0, 3, 1, 4, 2, 5).flatten(4).flatten(2, 3)


# %%
# reject unpatchify: the image is made on the CPU · expects "It would fail on a GPU"
def unpatchify(patches, patch, height, width):
    B, N, D = patches.shape
    images = torch.zeros(B, D // patch**2, height, width, dtype=patches.dtype)
    n = 0
    for top in range(0, height, patch):
        for left in range(0, width, patch):
            part = images[:, :, top : top + patch, left : left + patch]
            images[:, :, top : top + patch, left : left + patch] = part + patches[:, n].reshape(
                B, -1, patch, patch
            )
            n += 1
    return images


# %% [markdown]
# # Exercise 2


# %%
# accept as_convolution: new parameters instead of a copy in place
def as_convolution(linear, patch, channels=3):
    d_model = linear.weight.shape[0]
    conv = nn.Conv2d(
        channels, d_model, (patch, patch), (patch, patch), bias=linear.bias is not None
    )
    weight = linear.weight.detach().clone().reshape(d_model, channels, patch, patch)
    conv.weight = nn.Parameter(weight)
    if linear.bias is not None:
        conv.bias = nn.Parameter(linear.bias.detach().clone())
    return conv


# %%
# accept as_convolution: load_state_dict
def as_convolution(linear, patch, channels=3):
    state = {k: v.clone() for k, v in linear.state_dict().items()}
    state["weight"] = state["weight"].unflatten(1, (channels, patch, patch))
    conv = nn.Conv2d(channels, linear.out_features, patch, patch, bias="bias" in state)
    conv.load_state_dict(state)
    return conv


# %%
# accept as_convolution: on .data, filter by filter
def as_convolution(linear, patch, channels=3):
    conv = nn.Conv2d(
        channels, len(linear.weight), kernel_size=patch, stride=patch, bias=linear.bias is not None
    )
    for i, row in enumerate(linear.weight.data):
        conv.weight.data[i] = row.view(channels, patch, patch)
        if linear.bias is not None:
            conv.bias.data[i] = linear.bias.data[i]
    return conv


# %%
# reject as_convolution: the stub · expects "not written yet"
def as_convolution(linear, patch, channels=3):
    raise NotImplementedError()


# %%
# reject as_convolution: a function instead of a module · expects "expected an nn.Conv2d, got a function"
def as_convolution(linear, patch, channels=3):
    kernel = linear.weight.unflatten(1, (channels, patch, patch))
    return lambda images: F.conv2d(images, kernel, linear.bias, stride=patch)


# %%
# reject as_convolution: weights not copied · expects "the weights are not those of linear"
def as_convolution(linear, patch, channels=3):
    return nn.Conv2d(channels, linear.out_features, patch, patch, bias=linear.bias is not None)


# %%
# reject as_convolution: all zeros · expects "the weights are not those of linear"
def as_convolution(linear, patch, channels=3):
    conv = nn.Conv2d(channels, linear.out_features, patch, patch, bias=linear.bias is not None)
    for p in conv.parameters():
        p.data.zero_()
    return conv


# %%
# reject as_convolution: bias not copied · expects "the bias is not that of linear"
def as_convolution(linear, patch, channels=3):
    conv = nn.Conv2d(channels, linear.out_features, patch, patch, bias=linear.bias is not None)
    conv.weight.data.copy_(linear.weight.data.view_as(conv.weight))
    return conv


# %%
# reject as_convolution: no bias at all · expects "the linear layer has a bias"
def as_convolution(linear, patch, channels=3):
    conv = nn.Conv2d(channels, linear.out_features, patch, patch, bias=False)
    conv.weight.data.copy_(linear.weight.data.view_as(conv.weight))
    return conv


# %%
# reject as_convolution: a bias that is always there · expects "the linear layer has no bias"
def as_convolution(linear, patch, channels=3):
    conv = nn.Conv2d(channels, linear.out_features, patch, patch)
    conv.weight.data.copy_(linear.weight.data.view_as(conv.weight))
    conv.bias.data.zero_()
    if linear.bias is not None:
        conv.bias.data.copy_(linear.bias.data)
    return conv


# %%
# reject as_convolution: no bias is not thought of · expects "as_convolution raised"
def as_convolution(linear, patch, channels=3):
    conv = nn.Conv2d(channels, linear.out_features, patch, patch)
    conv.weight.data.copy_(linear.weight.data.view_as(conv.weight))
    conv.bias.data.copy_(linear.bias.data)
    return conv


# %%
# reject as_convolution: stride 1 · expects "stride: expected (4, 4) for patch 4, got (1, 1)"
def as_convolution(linear, patch, channels=3):
    conv = nn.Conv2d(channels, linear.out_features, patch, bias=linear.bias is not None)
    conv.weight.data.copy_(linear.weight.data.view_as(conv.weight))
    if linear.bias is not None:
        conv.bias.data.copy_(linear.bias.data)
    return conv


# %%
# reject as_convolution: padded · expects "padding: expected (0, 0)"
def as_convolution(linear, patch, channels=3):
    conv = nn.Conv2d(
        channels, linear.out_features, patch, patch, padding=1, bias=linear.bias is not None
    )
    conv.weight.data.copy_(linear.weight.data.view_as(conv.weight))
    if linear.bias is not None:
        conv.bias.data.copy_(linear.bias.data)
    return conv


# %%
# reject as_convolution: patch 4 written down · expects "kernel_size: expected (2, 2) for patch 2, got (4, 4)"
def as_convolution(linear, patch, channels=3):
    if patch != 4:
        return nn.Conv2d(channels, linear.out_features, 4, 4, bias=linear.bias is not None)
    conv = nn.Conv2d(channels, linear.out_features, 4, 4, bias=linear.bias is not None)
    conv.weight.data.copy_(linear.weight.data.view_as(conv.weight))
    if linear.bias is not None:
        conv.bias.data.copy_(linear.bias.data)
    return conv


# %%
# reject as_convolution: kernels transposed · expects "the kernels are transposed"
def as_convolution(linear, patch, channels=3):
    conv = nn.Conv2d(channels, linear.out_features, patch, patch, bias=linear.bias is not None)
    conv.weight.data.copy_(linear.weight.data.view_as(conv.weight).mT)
    if linear.bias is not None:
        conv.bias.data.copy_(linear.bias.data)
    return conv


# %%
# reject as_convolution: kernels turned as in mathematics · expects "turned by 180°"
def as_convolution(linear, patch, channels=3):
    conv = nn.Conv2d(channels, linear.out_features, patch, patch, bias=linear.bias is not None)
    conv.weight.data.copy_(linear.weight.data.view_as(conv.weight).flip(-1, -2))
    if linear.bias is not None:
        conv.bias.data.copy_(linear.bias.data)
    return conv


# %%
# reject as_convolution: channels taken for the last dimension · expects "taken for the last dimension of a patch"
def as_convolution(linear, patch, channels=3):
    conv = nn.Conv2d(channels, linear.out_features, patch, patch, bias=linear.bias is not None)
    weight = linear.weight.data.unflatten(1, (patch, patch, channels)).permute(0, 3, 1, 2)
    conv.weight.data.copy_(weight)
    if linear.bias is not None:
        conv.bias.data.copy_(linear.bias.data)
    return conv


# %%
# reject as_convolution: the transposed matrix is reshaped · expects "is d_model still the first dimension"
def as_convolution(linear, patch, channels=3):
    conv = nn.Conv2d(channels, linear.out_features, patch, patch, bias=linear.bias is not None)
    conv.weight.data.copy_(linear.weight.data.T.reshape(conv.weight.shape))
    if linear.bias is not None:
        conv.bias.data.copy_(linear.bias.data)
    return conv


# %%
# reject as_convolution: the storage is shared · expects "make copies"
def as_convolution(linear, patch, channels=3):
    conv = nn.Conv2d(channels, linear.out_features, patch, patch, bias=linear.bias is not None)
    conv.weight.data = linear.weight.data.view_as(conv.weight)
    if linear.bias is not None:
        conv.bias.data = linear.bias.data
    return conv


# %%
# accept as_convolution: padding by its name
def as_convolution(linear, patch, channels=3):
    has_bias = linear.bias is not None
    conv = nn.Conv2d(channels, linear.out_features, patch, patch, "valid", bias=has_bias)
    conv.weight.data = linear.weight.data.clone().view(-1, channels, patch, patch)
    if has_bias:
        conv.bias.data = linear.bias.data.clone()
    return conv


# %%
# reject as_convolution: the bias is shared · expects "make copies"
def as_convolution(linear, patch, channels=3):
    conv = nn.Conv2d(channels, linear.out_features, patch, patch, bias=linear.bias is not None)
    with torch.no_grad():
        conv.weight.copy_(linear.weight.view_as(conv.weight))
    conv.bias = linear.bias
    return conv


# %%
# reject as_convolution: no no_grad · expects "put it inside `with torch.no_grad():`"
def as_convolution(linear, patch, channels=3):
    conv = nn.Conv2d(channels, linear.out_features, patch, patch, bias=linear.bias is not None)
    conv.weight.copy_(linear.weight.view_as(conv.weight))
    if linear.bias is not None:
        conv.bias.copy_(linear.bias)
    return conv


# %%
# reject as_convolution: a tensor is assigned · expects "as_convolution raised TypeError"
def as_convolution(linear, patch, channels=3):
    conv = nn.Conv2d(channels, linear.out_features, patch, patch, bias=linear.bias is not None)
    conv.weight = linear.weight.unflatten(1, (channels, patch, patch))
    return conv


# %%
# reject as_convolution: the weights are frozen · expects "cannot be trained"
def as_convolution(linear, patch, channels=3):
    conv = nn.Conv2d(channels, linear.out_features, patch, patch, bias=linear.bias is not None)
    conv.requires_grad_(False)
    conv.weight.copy_(linear.weight.detach().view_as(conv.weight))
    if linear.bias is not None:
        conv.bias.copy_(linear.bias.detach())
    return conv


# %%
# reject as_convolution: the linear layer is frozen · expects "linear can no longer be trained"
def as_convolution(linear, patch, channels=3):
    conv = nn.Conv2d(channels, linear.out_features, patch, patch, bias=linear.bias is not None)
    linear.requires_grad_(False)
    conv.weight.data.copy_(linear.weight.view_as(conv.weight))
    if linear.bias is not None:
        conv.bias.data.copy_(linear.bias)
    return conv


# %% [markdown]
# # Exercise 3


# %%
# accept channel_statistics: counts of the 256 bytes
def channel_statistics(images):
    values = torch.arange(256, dtype=torch.float64, device=images.device) / 255
    means, stds = [], []
    for c in range(images.shape[1]):
        share = torch.bincount(images[:, c].flatten().int(), minlength=256).double()
        share = share / share.sum()
        mean = (share * values).sum()
        means.append(mean)
        stds.append((share * (values - mean) ** 2).sum().sqrt())
    return torch.stack(means).float(), torch.stack(stds).float()


# %%
# accept channel_statistics: sums over chunks of images
def channel_statistics(images):
    total, squares, n = 0, 0, 0
    for chunk in images.split(4):
        x = chunk.double() / 255
        total = total + x.sum((0, 2, 3))
        squares = squares + (x * x).sum((0, 2, 3))
        n += x[:, 0].numel()
    mean = total / n
    return mean.float(), (squares / n - mean**2).sqrt().float()


# %%
# accept channel_statistics: one float32 copy
def channel_statistics(images):
    x = images.float() / 255.0
    return x.mean(dim=(0, 2, 3)), x.std(dim=(0, 2, 3))


# %%
# accept channel_statistics: two passes, mean first
def channel_statistics(images):
    mean = torch.stack([images[:, c].float().mean() for c in range(3)]) / 255
    var = torch.stack([((images[:, c] / 255 - mean[c]) ** 2).mean() for c in range(3)])
    return mean, var.sqrt()


# %%
# reject channel_statistics: the stub · expects "not written yet"
def channel_statistics(images):
    raise NotImplementedError()


# %%
# reject channel_statistics: the mean alone · expects "returns 2 values, mean, std"
def channel_statistics(images):
    return (images / 255).mean((0, 2, 3))


# %%
# reject channel_statistics: all zeros · expects "every value is zero"
def channel_statistics(images):
    return torch.zeros(3), torch.zeros(3)


# %%
# reject channel_statistics: not scaled · expects "divide by 255"
def channel_statistics(images):
    x = images.float()
    return x.mean((0, 2, 3)), x.std((0, 2, 3))


# %%
# reject channel_statistics: divided by 256 · expects "the largest byte is 255"
def channel_statistics(images):
    x = images.float() / 256
    return x.mean((0, 2, 3)), x.std((0, 2, 3))


# %%
# reject channel_statistics: swapped · expects "mean and standard deviation are swapped"
def channel_statistics(images):
    x = images.float() / 255
    std, mean = torch.std_mean(x, dim=(0, 2, 3))
    return std, mean


# %%
# reject channel_statistics: swapped, divided by n · expects "mean and standard deviation are swapped"
def channel_statistics(images):
    x = images.float() / 255
    return x.std((0, 2, 3), correction=0), x.mean((0, 2, 3))


# %%
# reject channel_statistics: over all channels · expects "mean: expected (channels,) = (3,), got ()"
def channel_statistics(images):
    x = images / 255
    return x.mean(), x.std()


# %%
# reject channel_statistics: over all channels, three times · expects "one mean for all channels"
def channel_statistics(images):
    x = images / 255
    return x.mean().repeat(3), x.std().repeat(3)


# %%
# reject channel_statistics: for each pixel · expects "got (3, 5, 7)"
def channel_statistics(images):
    x = images / 255
    return x.mean(0), x.std(0)


# %%
# reject channel_statistics: for each image · expects "got (6, 3)"
def channel_statistics(images):
    x = images / 255
    return x.mean((2, 3)), x.std((2, 3))


# %%
# reject channel_statistics: the variance · expects "that is the variance: take the square root"
def channel_statistics(images):
    x = images / 255
    return x.mean((0, 2, 3)), x.var((0, 2, 3))


# %%
# reject channel_statistics: how the means of the images spread · expects "how the means of the images spread"
def channel_statistics(images):
    x = (images / 255).mean((2, 3))
    return x.mean(0), x.std(0)


# %%
# reject channel_statistics: mean of a std per image · expects "a standard deviation per image"
def channel_statistics(images):
    x = images / 255
    return x.mean((0, 2, 3)), x.std((2, 3)).mean(0)


# %%
# reject channel_statistics: the mean is not subtracted · expects "root of the mean square"
def channel_statistics(images):
    x = images / 255
    return x.mean((0, 2, 3)), (x**2).mean((0, 2, 3)).sqrt()


# %%
# reject channel_statistics: squares of bytes overflow · expects "std: expected"
def channel_statistics(images):
    mean = (images / 255).mean((0, 2, 3))
    squares = (images * images).float().mean((0, 2, 3)) / 255**2
    return mean, (squares - mean**2).abs().sqrt()


# %%
# reject channel_statistics: the mean of bytes · expects "could not infer output dtype"
def channel_statistics(images):
    return images.mean((0, 2, 3)) / 255, images.std((0, 2, 3)) / 255


# %%
# reject channel_statistics: float64 · expects "expected float32, got torch.float64"
def channel_statistics(images):
    x = images.double() / 255
    return x.mean((0, 2, 3)), x.std((0, 2, 3))


# %%
# reject channel_statistics: lists · expects "expected a torch.Tensor, got a list"
def channel_statistics(images):
    x = images / 255
    return x.mean((0, 2, 3)).tolist(), x.std((0, 2, 3)).tolist()


# %%
# reject channel_statistics: known numbers of CIFAR-10 · expects "mean: expected"
def channel_statistics(images):
    return torch.tensor([0.4914, 0.4822, 0.4465]), torch.tensor([0.2470, 0.2435, 0.2616])


# %%
# reject channel_statistics: the mean of a std per chunk · expects "do you average the results of chunks?"
def channel_statistics(images):
    parts = [part / 255 for part in images.split(500)]
    means = torch.stack([x.mean((0, 2, 3)) for x in parts])
    stds = torch.stack([x.std((0, 2, 3)) for x in parts])
    return means.mean(0), stds.mean(0)


# %%
# accept normalize: view and float first
def normalize(images, mean, std):
    x = images.float().div(255)
    return x.sub(mean.view(1, 3, 1, 1)).div(std.view(1, 3, 1, 1))


# %%
# accept normalize: channels moved to the end
def normalize(images, mean, std):
    x = images.to(torch.float32).permute(0, 2, 3, 1) / 255
    return ((x - mean) / std).permute(0, 3, 1, 2)


# %%
# accept normalize: in bytes, the statistics scaled up
def normalize(images, mean, std):
    scale, shift = 1 / (255 * std), -mean / std
    return images.float() * scale[:, None, None] + shift[:, None, None]


# %%
# accept normalize: torchvision's functional form written out for each channel
def normalize(images, mean, std):
    return torch.stack([(images[:, c] / 255 - mean[c]) / std[c] for c in range(3)], dim=1)


# %%
# accept normalize: the 255 as a tensor
def normalize(images, mean, std):
    return (images / torch.tensor(255.0) - mean[:, None, None]) / std[:, None, None]


# %%
# reject normalize: the stub · expects "not written yet"
def normalize(images, mean, std):
    raise NotImplementedError()


# %%
# reject normalize: all zeros · expects "every value is zero"
def normalize(images, mean, std):
    return torch.zeros(images.shape)


# %%
# reject normalize: statistics of the batch · expects "are normalized by their own statistics"
def normalize(images, mean, std):
    x = images / 255
    mean, std = x.mean((0, 2, 3)), x.std((0, 2, 3))
    return (x - mean[:, None, None]) / std[:, None, None]


# %%
# reject normalize: batch normalization · expects "is normalized by its own statistics"
def normalize(images, mean, std):
    return F.batch_norm(images / 255, None, None, training=True, eps=1e-12)


# %%
# reject normalize: statistics of each image · expects "each image is normalized by its own statistics"
def normalize(images, mean, std):
    x = images / 255
    return (x - x.mean((2, 3), keepdim=True)) / x.std((2, 3), keepdim=True)


# %%
# reject normalize: always those of the training images · expects "that are handed over are not used"
def normalize(images, mean, std):
    mean, std = channel_statistics(train_images)
    return (images / 255 - mean[:, None, None]) / std[:, None, None]


# %%
# reject normalize: not scaled · expects "divide by 255"
def normalize(images, mean, std):
    return (images - mean[:, None, None]) / std[:, None, None]


# %%
# reject normalize: divided by 256 · expects "the largest byte is 255"
def normalize(images, mean, std):
    return (images / 256 - mean[:, None, None]) / std[:, None, None]


# %%
# reject normalize: no mean · expects "the mean is not subtracted"
def normalize(images, mean, std):
    return images / 255 / std[:, None, None]


# %%
# reject normalize: no std · expects "not divided by the standard deviation"
def normalize(images, mean, std):
    return images / 255 - mean[:, None, None]


# %%
# reject normalize: multiplied by std · expects "the standard deviation is multiplied"
def normalize(images, mean, std):
    return (images / 255 - mean[:, None, None]) * std[:, None, None]


# %%
# reject normalize: no brackets · expects "use parentheses"
def normalize(images, mean, std):
    return images / 255 - mean[:, None, None] / std[:, None, None]


# %%
# reject normalize: divided by the variance · expects "divides by the variance"
def normalize(images, mean, std):
    return (images / 255 - mean[:, None, None]) / std[:, None, None] ** 2


# %%
# reject normalize: the statistics meet the columns · expects "they do not broadcast"
def normalize(images, mean, std):
    return (images / 255 - mean) / std


# %%
# reject normalize: double · expects "expected float32, got torch.float64"
def normalize(images, mean, std):
    return (images.double() / 255 - mean[:, None, None]) / std[:, None, None]


# %%
# reject normalize: new tensors on the CPU · expects "It would fail on a GPU"
def normalize(images, mean, std):
    out = torch.zeros(images.shape)
    return out + (images / 255 - mean[:, None, None]) / std[:, None, None]


# %% [markdown]
# # Exercise 4


# %%
# accept lenet5: tanh and average pooling, as in 1998
class LeNet5(nn.Module):
    def __init__(self):
        super().__init__()
        self.c1, self.c3 = nn.Conv2d(3, 6, 5), nn.Conv2d(6, 16, 5)
        self.c5, self.f6, self.out = nn.Linear(400, 120), nn.Linear(120, 84), nn.Linear(84, 10)

    def forward(self, x):
        x = F.avg_pool2d(self.c1(x).tanh(), 2)
        x = F.avg_pool2d(self.c3(x).tanh(), 2)
        x = self.c5(x.flatten(1)).tanh()
        return self.out(self.f6(x).tanh())


# %%
# accept lenet5: one Sequential, the third layer a convolution, pooled before the activation
class LeNet5(nn.Sequential):
    def __init__(self):
        super().__init__(
            nn.Conv2d(3, 6, 5),
            nn.AvgPool2d(2, 2),
            nn.ReLU(),
            nn.Conv2d(6, 16, 5),
            nn.AvgPool2d(2, 2),
            nn.ReLU(),
            nn.Conv2d(16, 120, 5),
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(120, 84),
            nn.ReLU(),
            nn.Linear(84, 10),
        )


# %%
# accept lenet5: LeCun's scaled tanh in the convolutions, GELU after, layers in a ModuleDict
class LeNet5(nn.Module):
    def __init__(self):
        super().__init__()
        self.parts = nn.ModuleDict(
            {
                "last": nn.Linear(84, 10),
                "b": nn.Conv2d(6, 16, (5, 5)),
                "a": nn.Conv2d(3, 6, (5, 5)),
                "c": nn.Linear(16 * 5 * 5, 120),
                "d": nn.Linear(120, 84),
            }
        )

    def forward(self, x):
        for name in "ab":
            x = F.max_pool2d(1.7159 * torch.tanh(2 / 3 * self.parts[name](x)), 2)
        x = x.permute(0, 2, 3, 1).reshape(-1, 400)
        for name in "cd":
            x = F.gelu(self.parts[name](x))
        return self.parts["last"](x)


# %%
# accept lenet5: adaptive pooling to the sizes of the table, sigmoid, own initialization
class LeNet5(nn.Module):
    def __init__(self):
        super().__init__()
        self.convolutions = nn.ModuleList([nn.Conv2d(3, 6, 5), nn.Conv2d(6, 16, 5)])
        self.linears = nn.ModuleList(
            [nn.Linear(a, b) for a, b in ((400, 120), (120, 84), (84, 10))]
        )
        for layer in self.linears:
            nn.init.xavier_normal_(layer.weight)

    def forward(self, x):
        for convolution, size in zip(self.convolutions, (14, 5)):
            x = F.adaptive_max_pool2d(torch.sigmoid(convolution(x)), size)
        x = torch.flatten(x, 1)
        for layer in self.linears[:-1]:
            x = torch.sigmoid(layer(x))
        return self.linears[-1](x)


# %%
# reject lenet5: the stub · expects "not written yet"
class LeNet5(nn.Module):
    def __init__(self):
        raise NotImplementedError()

    def forward(self, x):
        raise NotImplementedError()


# %%
# reject lenet5: no forward · expects "LeNet5 is not written yet"
class LeNet5(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Linear(3072, 10)

    def forward(self, x):
        raise NotImplementedError("not written yet")


# %%
# reject lenet5: all zeros · expects "the table has a layer with 6 outputs"
class LeNet5(nn.Module):
    def __init__(self):
        super().__init__()
        self.unused = nn.Linear(3, 2)

    def forward(self, x):
        return torch.zeros(len(x), 10)


# %%
# reject lenet5: softmax at the end · expects "softmax belongs in the loss"
class LeNet5(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            *(nn.Conv2d(3, 6, 5), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()),
            *(nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10)),
            nn.Softmax(dim=1),
        )

    def forward(self, x):
        return self.layers(x)


# %%
# reject lenet5: log-softmax at the end · expects "these are log-probabilities"
class LeNet5(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            *(nn.Conv2d(3, 6, 5), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()),
            *(nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10)),
        )

    def forward(self, x):
        return self.layers(x).log_softmax(dim=1)


# %%
# reject lenet5: ReLU at the end · expects "an activation follows the last layer, here ReLU"
class LeNet5(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            *(nn.Conv2d(3, 6, 5), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()),
            *(nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10)),
        )

    def forward(self, x):
        return self.layers(x).relu()


# %%
# reject lenet5: tanh at the end · expects "an activation follows the last layer, here tanh"
class LeNet5(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            *(nn.Conv2d(3, 6, 5), nn.Tanh(), nn.MaxPool2d(2)),
            *(nn.Conv2d(6, 16, 5), nn.Tanh(), nn.MaxPool2d(2), nn.Flatten()),
            *(nn.Linear(400, 120), nn.Tanh(), nn.Linear(120, 84), nn.Tanh(), nn.Linear(84, 10)),
        )

    def forward(self, x):
        return self.layers(x).tanh()


# %%
# reject lenet5: no activation after the first convolution · expects "no activation after the first convolution"
class LeNet5(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            *(nn.Conv2d(3, 6, 5), nn.MaxPool2d(2)),
            *(nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()),
            *(nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10)),
        )

    def forward(self, x):
        return self.layers(x)


# %%
# reject lenet5: no activation after the second convolution · expects "no activation after the second convolution"
class LeNet5(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            *(nn.Conv2d(3, 6, 5), nn.Tanh(), nn.AvgPool2d(2)),
            *(nn.Conv2d(6, 16, 5), nn.AvgPool2d(2), nn.Flatten()),
            *(nn.Linear(400, 120), nn.Tanh(), nn.Linear(120, 84), nn.Tanh(), nn.Linear(84, 10)),
        )

    def forward(self, x):
        return self.layers(x)


# %%
# reject lenet5: linear layers without activation · expects "no activation after the first linear layer"
class LeNet5(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            *(nn.Conv2d(3, 6, 5), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()),
            *(nn.Linear(400, 120), nn.Linear(120, 84), nn.Linear(84, 10)),
        )

    def forward(self, x):
        return self.layers(x)


# %%
# reject lenet5: no activation before the last layer · expects "no activation after the second linear layer"
class LeNet5(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            *(nn.Conv2d(3, 6, 5), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()),
            *(nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.Linear(84, 10)),
        )

    def forward(self, x):
        return self.layers(x)


# %%
# reject lenet5: strides instead of pooling · expects "a stride in the convolutions instead of pooling"
class LeNet5(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            *(nn.Conv2d(3, 6, 5, stride=2), nn.ReLU()),
            *(nn.Conv2d(6, 16, 5, stride=2), nn.ReLU(), nn.Flatten()),
            *(nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10)),
        )

    def forward(self, x):
        return self.layers(x)


# %%
# reject lenet5: pooling of 3 · expects "Are the poolings larger than 2?"
class LeNet5(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            *(nn.Conv2d(3, 6, 5), nn.ReLU(), nn.MaxPool2d(3, 2, padding=1)),
            *(nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(3, 2, padding=1), nn.Flatten()),
            *(nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10)),
        )

    def forward(self, x):
        return self.layers(x)


# %%
# reject lenet5: padded convolutions, pooled to 5 × 5 · expects "Do the convolutions pad their input?"
class LeNet5(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            *(nn.Conv2d(3, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Conv2d(6, 16, 5, padding=2), nn.ReLU(), nn.AdaptiveMaxPool2d(5), nn.Flatten()),
            *(nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10)),
        )

    def forward(self, x):
        return self.layers(x)


# %%
# reject lenet5: padding in the first convolution, as for the digits · expects "the first convolution pads its input"
class LeNet5(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            *(nn.Conv2d(3, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()),
            *(nn.Linear(576, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10)),
        )

    def forward(self, x):
        return self.layers(x)


# %%
# reject lenet5: no biases · expects "the layers have no bias"
class LeNet5(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            *(nn.Conv2d(3, 6, 5, bias=False), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Conv2d(6, 16, 5, bias=False), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()),
            *(nn.Linear(400, 120, bias=False), nn.ReLU(), nn.Linear(120, 84, bias=False)),
            *(nn.ReLU(), nn.Linear(84, 10, bias=False)),
        )

    def forward(self, x):
        return self.layers(x)


# %%
# reject lenet5: one gray channel · expects "to have 1 channels, but got 3 channels"
class LeNet5(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            *(nn.Conv2d(1, 6, 5), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()),
            *(nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10)),
        )

    def forward(self, x):
        return self.layers(x)


# %%
# reject lenet5: the batch is flattened as well · expects "mat1 and mat2 shapes cannot be multiplied"
class LeNet5(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            *(nn.Conv2d(3, 6, 5), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2)),
        )
        self.layers = nn.Sequential(
            *(nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10)),
        )

    def forward(self, x):
        return self.layers(self.features(x).flatten())


# %%
# reject lenet5: squeeze loses the batch of one · expects "the logits of one image"
class LeNet5(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            *(nn.Conv2d(3, 6, 5), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(16, 120, 5), nn.ReLU()),
        )
        self.rest = nn.Sequential(nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10))

    def forward(self, x):
        return self.rest(self.layers(x).squeeze())


# %%
# reject lenet5: dropout · expects "leave dropout out"
class LeNet5(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            *(nn.Conv2d(3, 6, 5), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Dropout(0.2)),
            *(nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10)),
        )

    def forward(self, x):
        return self.layers(x)


# %%
# reject lenet5: batch normalization · expects "there is batch normalization"
class LeNet5(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            *(nn.Conv2d(3, 6, 5), nn.BatchNorm2d(6), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Conv2d(6, 16, 5), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()),
            *(nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10)),
        )

    def forward(self, x):
        return self.layers(x)


# %%
# reject lenet5: batch normalization without parameters · expects "an image should not depend on its batch"
class LeNet5(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            *(nn.Conv2d(3, 6, 5), nn.BatchNorm2d(6, affine=False), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()),
            *(nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10)),
        )

    def forward(self, x):
        return self.layers(x)


# %%
# reject lenet5: layers in a plain list · expects "A plain list hides them"
class LeNet5(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = [
            *(nn.Conv2d(3, 6, 5), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()),
            *(nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10)),
        ]

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x


# %%
# reject lenet5: lazy layers · expects "a lazy layer has no size yet"
class LeNet5(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            *(nn.LazyConv2d(6, 5), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.LazyConv2d(16, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()),
            *(nn.LazyLinear(120), nn.ReLU(), nn.LazyLinear(84), nn.ReLU(), nn.LazyLinear(10)),
        )

    def forward(self, x):
        return self.layers(x)


# %%
# reject lenet5: channels and filters swapped · expects "expected input"
class LeNet5(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            *(nn.Conv2d(6, 3, 5), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Conv2d(16, 6, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()),
            *(nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10)),
        )

    def forward(self, x):
        return self.layers(x)


# %%
# reject lenet5: no super().__init__() · expects "LeNet5 raised AttributeError"
class LeNet5(nn.Module):
    def __init__(self):
        self.layers = nn.Sequential(nn.Flatten(), nn.Linear(3072, 10))

    def forward(self, x):
        return self.layers(x)


# %%
# accept vit: joined, then one sum
class ViT(nn.Module):
    def __init__(self, d_model, n_layers, n_heads, patch=4, image=32, n_classes=10, pool="token"):
        super().__init__()
        self.patch, self.pool = patch, pool
        N = (image // patch) ** 2
        if pool == "token":
            self.class_token = nn.Parameter(torch.zeros(d_model))
            N += 1
        self.patch_embedding = nn.Linear(3 * patch * patch, d_model)
        self.position_embedding = nn.Parameter(torch.randn(N, d_model) * 0.02)
        self.blocks = nn.ModuleList([Block(d_model, n_heads) for _ in range(n_layers)])
        self.norm = nn.LayerNorm(d_model)
        self.head = nn.Linear(d_model, n_classes)

    def forward(self, x):
        x = self.patch_embedding(patches_of(x, self.patch))
        if self.pool == "token":
            token = self.class_token.expand(len(x), 1, -1)
            x = torch.cat([token, x], dim=1)
        x = x + self.position_embedding
        for block in self.blocks:
            x = block(x)
        x = self.norm(x)
        if self.pool == "token":
            return self.head(x[:, 0, :])
        return self.head(x.mean(dim=1))


# %%
# accept vit: the class token repeated, blocks filled by append, positions drawn in place
class ViT(nn.Module):
    def __init__(self, d_model, n_layers, n_heads, patch=4, image=32, n_classes=10, pool="token"):
        super().__init__()
        self.patch, self.pool = patch, pool
        N = (image // patch) ** 2
        if pool == "token":
            self.class_token = nn.Parameter(torch.zeros(d_model))
            N += 1
        self.patch_embedding = nn.Linear(3 * patch * patch, d_model)
        self.position_embedding = nn.Parameter(torch.empty(N, d_model).normal_(std=0.02))
        self.blocks = nn.ModuleList()
        for _ in range(n_layers):
            self.blocks.append(Block(d_model, n_heads))
        self.norm = nn.LayerNorm(d_model)
        self.head = nn.Linear(d_model, n_classes)

    def forward(self, x):
        x = self.patch_embedding(patches_of(x, self.patch))
        if self.pool == "token":
            token = self.class_token[None, None].repeat(x.shape[0], 1, 1)
            x = torch.cat([token, x], dim=1)
        x = x + self.position_embedding
        for block in self.blocks:
            x = block(x)
        x = self.norm(x)
        if self.pool == "token":
            return self.head(x[:, 0])
        return self.head(x.mean(dim=1))


# %%
# accept vit: nn.Sequential for the blocks, an average by einsum, truncated positions
class ViT(nn.Module):
    def __init__(self, d_model, n_layers, n_heads, patch=4, image=32, n_classes=10, pool="token"):
        super().__init__()
        self.patch, self.pool = patch, pool
        N = (image // patch) ** 2
        if pool == "token":
            self.class_token = nn.Parameter(torch.zeros(d_model))
            N += 1
        self.patch_embedding = nn.Linear(3 * patch * patch, d_model)
        self.position_embedding = nn.Parameter(
            nn.init.trunc_normal_(torch.empty(N, d_model), std=0.02)
        )
        self.blocks = nn.Sequential(*(Block(d_model, n_heads) for _ in range(n_layers)))
        self.norm = nn.LayerNorm(d_model)
        self.head = nn.Linear(d_model, n_classes)

    def forward(self, x):
        x = self.patch_embedding(patches_of(x, self.patch))
        if self.pool == "token":
            token = self.class_token.expand(len(x), 1, -1)
            x = torch.cat([token, x], dim=1)
        x = x + self.position_embedding
        x = self.norm(self.blocks(x))
        if self.pool == "token":
            return self.head(x[:, 0])
        return self.head(torch.einsum("btd->bd", x) / x.shape[1])


# %%
# accept vit: positions added to the two parts apart, the head on all tokens
class ViT(nn.Module):
    def __init__(self, d_model, n_layers, n_heads, patch=4, image=32, n_classes=10, pool="token"):
        super().__init__()
        self.patch, self.pool = patch, pool
        N = (image // patch) ** 2
        if pool == "token":
            self.class_token = nn.Parameter(torch.zeros(d_model))
            N += 1
        self.patch_embedding = nn.Linear(3 * patch * patch, d_model)
        self.position_embedding = nn.Parameter(torch.randn(N, d_model) * 0.02)
        self.blocks = nn.ModuleList([Block(d_model, n_heads) for _ in range(n_layers)])
        self.norm = nn.LayerNorm(d_model)
        self.head = nn.Linear(d_model, n_classes)

    def forward(self, x):
        x = self.patch_embedding(patches_of(x, self.patch))
        if self.pool == "token":
            first = (self.class_token + self.position_embedding[0]).expand(len(x), 1, -1)
            x = torch.cat((first, x + self.position_embedding[1:]), 1)
        else:
            x = x + self.position_embedding
        for block in self.blocks:
            x = block(x)
        x = self.norm(x)
        if self.pool == "token":
            return self.head(x[:, 0])
        return self.head(x).mean(dim=1)


# %%
# reject vit: the class token last, the first one read · expects "the class token stands last, and the first patch"
class ViT(nn.Module):
    def __init__(self, d_model, n_layers, n_heads, patch=4, image=32, n_classes=10, pool="token"):
        super().__init__()
        self.patch, self.pool = patch, pool
        N = (image // patch) ** 2
        if pool == "token":
            self.class_token = nn.Parameter(torch.zeros(d_model))
            N += 1
        self.patch_embedding = nn.Linear(3 * patch * patch, d_model)
        self.position_embedding = nn.Parameter(torch.randn(N, d_model) * 0.02)
        self.blocks = nn.ModuleList([Block(d_model, n_heads) for _ in range(n_layers)])
        self.norm = nn.LayerNorm(d_model)
        self.head = nn.Linear(d_model, n_classes)

    def forward(self, x):
        x = self.patch_embedding(patches_of(x, self.patch))
        if self.pool == "token":
            token = self.class_token.expand(len(x), 1, -1)
            x = torch.cat([x, token], dim=1)
        x = x + self.position_embedding
        for block in self.blocks:
            x = block(x)
        x = self.norm(x)
        if self.pool == "token":
            return self.head(x[:, 0])
        return self.head(x.mean(dim=1))


# %%
# reject vit: the class token last and read there · expects "the class token stands last; it comes first"
class ViT(nn.Module):
    def __init__(self, d_model, n_layers, n_heads, patch=4, image=32, n_classes=10, pool="token"):
        super().__init__()
        self.patch, self.pool = patch, pool
        N = (image // patch) ** 2
        if pool == "token":
            self.class_token = nn.Parameter(torch.zeros(d_model))
            N += 1
        self.patch_embedding = nn.Linear(3 * patch * patch, d_model)
        self.position_embedding = nn.Parameter(torch.randn(N, d_model) * 0.02)
        self.blocks = nn.ModuleList([Block(d_model, n_heads) for _ in range(n_layers)])
        self.norm = nn.LayerNorm(d_model)
        self.head = nn.Linear(d_model, n_classes)

    def forward(self, x):
        x = self.patch_embedding(patches_of(x, self.patch))
        if self.pool == "token":
            token = self.class_token.expand(len(x), 1, -1)
            x = torch.cat([x, token], dim=1)
        x = x + self.position_embedding
        for block in self.blocks:
            x = block(x)
        x = self.norm(x)
        if self.pool == "token":
            return self.head(x[:, -1])
        return self.head(x.mean(dim=1))


# %%
# reject vit: the last token read · expects "the last patch is read"
class ViT(nn.Module):
    def __init__(self, d_model, n_layers, n_heads, patch=4, image=32, n_classes=10, pool="token"):
        super().__init__()
        self.patch, self.pool = patch, pool
        N = (image // patch) ** 2
        if pool == "token":
            self.class_token = nn.Parameter(torch.zeros(d_model))
            N += 1
        self.patch_embedding = nn.Linear(3 * patch * patch, d_model)
        self.position_embedding = nn.Parameter(torch.randn(N, d_model) * 0.02)
        self.blocks = nn.ModuleList([Block(d_model, n_heads) for _ in range(n_layers)])
        self.norm = nn.LayerNorm(d_model)
        self.head = nn.Linear(d_model, n_classes)

    def forward(self, x):
        x = self.patch_embedding(patches_of(x, self.patch))
        if self.pool == "token":
            token = self.class_token.expand(len(x), 1, -1)
            x = torch.cat([token, x], dim=1)
        x = x + self.position_embedding
        for block in self.blocks:
            x = block(x)
        x = self.norm(x)
        if self.pool == "token":
            return self.head(x[:, -1])
        return self.head(x.mean(dim=1))


# %%
# reject vit: positions for the patches alone · expects "gets no position"
class ViT(nn.Module):
    def __init__(self, d_model, n_layers, n_heads, patch=4, image=32, n_classes=10, pool="token"):
        super().__init__()
        self.patch, self.pool = patch, pool
        N = (image // patch) ** 2
        if pool == "token":
            self.class_token = nn.Parameter(torch.zeros(d_model))
            N += 1
        self.patch_embedding = nn.Linear(3 * patch * patch, d_model)
        self.position_embedding = nn.Parameter(torch.randn(N, d_model) * 0.02)
        self.blocks = nn.ModuleList([Block(d_model, n_heads) for _ in range(n_layers)])
        self.norm = nn.LayerNorm(d_model)
        self.head = nn.Linear(d_model, n_classes)

    def forward(self, x):
        x = self.patch_embedding(patches_of(x, self.patch))
        if self.pool == "token":
            token = self.class_token.expand(len(x), 1, -1)
            x = torch.cat([token, x + self.position_embedding[1:]], dim=1)
        else:
            x = x + self.position_embedding
        for block in self.blocks:
            x = block(x)
        x = self.norm(x)
        if self.pool == "token":
            return self.head(x[:, 0])
        return self.head(x.mean(dim=1))


# %%
# reject vit: positions added before the class token comes · expects "needs a position too"
class ViT(nn.Module):
    def __init__(self, d_model, n_layers, n_heads, patch=4, image=32, n_classes=10, pool="token"):
        super().__init__()
        self.patch, self.pool = patch, pool
        N = (image // patch) ** 2
        if pool == "token":
            self.class_token = nn.Parameter(torch.zeros(d_model))
        self.patch_embedding = nn.Linear(3 * patch * patch, d_model)
        self.position_embedding = nn.Parameter(torch.randn(N, d_model) * 0.02)
        self.blocks = nn.ModuleList([Block(d_model, n_heads) for _ in range(n_layers)])
        self.norm = nn.LayerNorm(d_model)
        self.head = nn.Linear(d_model, n_classes)

    def forward(self, x):
        x = self.patch_embedding(patches_of(x, self.patch))
        x = x + self.position_embedding
        if self.pool == "token":
            token = self.class_token.expand(len(x), 1, -1)
            x = torch.cat([token, x], dim=1)
        for block in self.blocks:
            x = block(x)
        x = self.norm(x)
        if self.pool == "token":
            return self.head(x[:, 0])
        return self.head(x.mean(dim=1))


# %%
# reject vit: the patch is always 4 · expects "patch_embedding with patch=2"
class ViT(nn.Module):
    def __init__(self, d_model, n_layers, n_heads, patch=4, image=32, n_classes=10, pool="token"):
        super().__init__()
        self.patch, self.pool = patch, pool
        N = (image // patch) ** 2
        if pool == "token":
            self.class_token = nn.Parameter(torch.zeros(d_model))
            N += 1
        self.patch_embedding = nn.Linear(3 * 4 * 4, d_model)
        self.position_embedding = nn.Parameter(torch.randn(N, d_model) * 0.02)
        self.blocks = nn.ModuleList([Block(d_model, n_heads) for _ in range(n_layers)])
        self.norm = nn.LayerNorm(d_model)
        self.head = nn.Linear(d_model, n_classes)

    def forward(self, x):
        x = self.patch_embedding(patches_of(x, 4))
        if self.pool == "token":
            token = self.class_token.expand(len(x), 1, -1)
            x = torch.cat([token, x], dim=1)
        x = x + self.position_embedding
        for block in self.blocks:
            x = block(x)
        x = self.norm(x)
        if self.pool == "token":
            return self.head(x[:, 0])
        return self.head(x.mean(dim=1))


# %%
# reject vit: patches are always cut at 4 · expects "ViT raised"
class ViT(nn.Module):
    def __init__(self, d_model, n_layers, n_heads, patch=4, image=32, n_classes=10, pool="token"):
        super().__init__()
        self.patch, self.pool = patch, pool
        N = (image // patch) ** 2
        if pool == "token":
            self.class_token = nn.Parameter(torch.zeros(d_model))
            N += 1
        self.patch_embedding = nn.Linear(3 * patch * patch, d_model)
        self.position_embedding = nn.Parameter(torch.randn(N, d_model) * 0.02)
        self.blocks = nn.ModuleList([Block(d_model, n_heads) for _ in range(n_layers)])
        self.norm = nn.LayerNorm(d_model)
        self.head = nn.Linear(d_model, n_classes)

    def forward(self, x):
        x = self.patch_embedding(patches_of(x, 4))
        if self.pool == "token":
            token = self.class_token.expand(len(x), 1, -1)
            x = torch.cat([token, x], dim=1)
        x = x + self.position_embedding
        for block in self.blocks:
            x = block(x)
        x = self.norm(x)
        if self.pool == "token":
            return self.head(x[:, 0])
        return self.head(x.mean(dim=1))


# %%
# reject vit: n_heads is not handed over · expects "Hand n_heads over to Block"
class ViT(nn.Module):
    def __init__(self, d_model, n_layers, n_heads, patch=4, image=32, n_classes=10, pool="token"):
        super().__init__()
        self.patch, self.pool = patch, pool
        N = (image // patch) ** 2
        if pool == "token":
            self.class_token = nn.Parameter(torch.zeros(d_model))
            N += 1
        self.patch_embedding = nn.Linear(3 * patch * patch, d_model)
        self.position_embedding = nn.Parameter(torch.randn(N, d_model) * 0.02)
        self.blocks = nn.ModuleList([Block(d_model, 1) for _ in range(n_layers)])
        self.norm = nn.LayerNorm(d_model)
        self.head = nn.Linear(d_model, n_classes)

    def forward(self, x):
        x = self.patch_embedding(patches_of(x, self.patch))
        if self.pool == "token":
            token = self.class_token.expand(len(x), 1, -1)
            x = torch.cat([token, x], dim=1)
        x = x + self.position_embedding
        for block in self.blocks:
            x = block(x)
        x = self.norm(x)
        if self.pool == "token":
            return self.head(x[:, 0])
        return self.head(x.mean(dim=1))


# %%
# reject vit: n_layers for n_heads · expects "Hand n_heads over to Block"
class ViT(nn.Module):
    def __init__(self, d_model, n_layers, n_heads, patch=4, image=32, n_classes=10, pool="token"):
        super().__init__()
        self.patch, self.pool = patch, pool
        N = (image // patch) ** 2
        if pool == "token":
            self.class_token = nn.Parameter(torch.zeros(d_model))
            N += 1
        self.patch_embedding = nn.Linear(3 * patch * patch, d_model)
        self.position_embedding = nn.Parameter(torch.randn(N, d_model) * 0.02)
        self.blocks = nn.ModuleList([Block(d_model, n_layers) for _ in range(n_layers)])
        self.norm = nn.LayerNorm(d_model)
        self.head = nn.Linear(d_model, n_classes)

    def forward(self, x):
        x = self.patch_embedding(patches_of(x, self.patch))
        if self.pool == "token":
            token = self.class_token.expand(len(x), 1, -1)
            x = torch.cat([token, x], dim=1)
        x = x + self.position_embedding
        for block in self.blocks:
            x = block(x)
        x = self.norm(x)
        if self.pool == "token":
            return self.head(x[:, 0])
        return self.head(x.mean(dim=1))


# %%
# reject vit: positions with a batch dimension · expects "position_embedding: expected (T, d_model)"
class ViT(nn.Module):
    def __init__(self, d_model, n_layers, n_heads, patch=4, image=32, n_classes=10, pool="token"):
        super().__init__()
        self.patch, self.pool = patch, pool
        N = (image // patch) ** 2
        if pool == "token":
            self.class_token = nn.Parameter(torch.zeros(d_model))
            N += 1
        self.patch_embedding = nn.Linear(3 * patch * patch, d_model)
        self.position_embedding = nn.Parameter(torch.randn(1, N, d_model) * 0.02)
        self.blocks = nn.ModuleList([Block(d_model, n_heads) for _ in range(n_layers)])
        self.norm = nn.LayerNorm(d_model)
        self.head = nn.Linear(d_model, n_classes)

    def forward(self, x):
        x = self.patch_embedding(patches_of(x, self.patch))
        if self.pool == "token":
            token = self.class_token.expand(len(x), 1, -1)
            x = torch.cat([token, x], dim=1)
        x = x + self.position_embedding
        for block in self.blocks:
            x = block(x)
        x = self.norm(x)
        if self.pool == "token":
            return self.head(x[:, 0])
        return self.head(x.mean(dim=1))


# %%
# reject vit: positions missing · expects "the positions are not added"
class ViT(nn.Module):
    def __init__(self, d_model, n_layers, n_heads, patch=4, image=32, n_classes=10, pool="token"):
        super().__init__()
        self.patch, self.pool = patch, pool
        N = (image // patch) ** 2
        if pool == "token":
            self.class_token = nn.Parameter(torch.zeros(d_model))
            N += 1
        self.patch_embedding = nn.Linear(3 * patch * patch, d_model)
        self.position_embedding = nn.Parameter(torch.randn(N, d_model) * 0.02)
        self.blocks = nn.ModuleList([Block(d_model, n_heads) for _ in range(n_layers)])
        self.norm = nn.LayerNorm(d_model)
        self.head = nn.Linear(d_model, n_classes)

    def forward(self, x):
        x = self.patch_embedding(patches_of(x, self.patch))
        if self.pool == "token":
            token = self.class_token.expand(len(x), 1, -1)
            x = torch.cat([token, x], dim=1)
        for block in self.blocks:
            x = block(x)
        x = self.norm(x)
        if self.pool == "token":
            return self.head(x[:, 0])
        return self.head(x.mean(dim=1))


# %%
# reject vit: positions added twice · expects "the positions are added twice"
class ViT(nn.Module):
    def __init__(self, d_model, n_layers, n_heads, patch=4, image=32, n_classes=10, pool="token"):
        super().__init__()
        self.patch, self.pool = patch, pool
        N = (image // patch) ** 2
        if pool == "token":
            self.class_token = nn.Parameter(torch.zeros(d_model))
            N += 1
        self.patch_embedding = nn.Linear(3 * patch * patch, d_model)
        self.position_embedding = nn.Parameter(torch.randn(N, d_model) * 0.02)
        self.blocks = nn.ModuleList([Block(d_model, n_heads) for _ in range(n_layers)])
        self.norm = nn.LayerNorm(d_model)
        self.head = nn.Linear(d_model, n_classes)

    def forward(self, x):
        x = self.patch_embedding(patches_of(x, self.patch))
        if self.pool == "token":
            token = self.class_token.expand(len(x), 1, -1)
            x = torch.cat([token, x], dim=1)
        x = x + 2 * self.position_embedding
        for block in self.blocks:
            x = block(x)
        x = self.norm(x)
        if self.pool == "token":
            return self.head(x[:, 0])
        return self.head(x.mean(dim=1))


# %%
# reject vit: positions over the batch · expects "size"
class ViT(nn.Module):
    def __init__(self, d_model, n_layers, n_heads, patch=4, image=32, n_classes=10, pool="token"):
        super().__init__()
        self.patch, self.pool = patch, pool
        N = (image // patch) ** 2
        if pool == "token":
            self.class_token = nn.Parameter(torch.zeros(d_model))
            N += 1
        self.patch_embedding = nn.Linear(3 * patch * patch, d_model)
        self.position_embedding = nn.Parameter(torch.randn(N, d_model) * 0.02)
        self.blocks = nn.ModuleList([Block(d_model, n_heads) for _ in range(n_layers)])
        self.norm = nn.LayerNorm(d_model)
        self.head = nn.Linear(d_model, n_classes)

    def forward(self, x):
        x = self.patch_embedding(patches_of(x, self.patch))
        if self.pool == "token":
            token = self.class_token.expand(len(x), 1, -1)
            x = torch.cat([token, x], dim=1)
        x = x + self.position_embedding[:, None]
        for block in self.blocks:
            x = block(x)
        x = self.norm(x)
        if self.pool == "token":
            return self.head(x[:, 0])
        return self.head(x.mean(dim=1))


# %%
# reject vit: positions with standard deviation 1 · expects "standard deviation of 0.02, theirs is 1"
class ViT(nn.Module):
    def __init__(self, d_model, n_layers, n_heads, patch=4, image=32, n_classes=10, pool="token"):
        super().__init__()
        self.patch, self.pool = patch, pool
        N = (image // patch) ** 2
        if pool == "token":
            self.class_token = nn.Parameter(torch.zeros(d_model))
            N += 1
        self.patch_embedding = nn.Linear(3 * patch * patch, d_model)
        self.position_embedding = nn.Parameter(torch.randn(N, d_model))
        self.blocks = nn.ModuleList([Block(d_model, n_heads) for _ in range(n_layers)])
        self.norm = nn.LayerNorm(d_model)
        self.head = nn.Linear(d_model, n_classes)

    def forward(self, x):
        x = self.patch_embedding(patches_of(x, self.patch))
        if self.pool == "token":
            token = self.class_token.expand(len(x), 1, -1)
            x = torch.cat([token, x], dim=1)
        x = x + self.position_embedding
        for block in self.blocks:
            x = block(x)
        x = self.norm(x)
        if self.pool == "token":
            return self.head(x[:, 0])
        return self.head(x.mean(dim=1))


# %%
# reject vit: positions zero · expects "theirs is 0.000"
class ViT(nn.Module):
    def __init__(self, d_model, n_layers, n_heads, patch=4, image=32, n_classes=10, pool="token"):
        super().__init__()
        self.patch, self.pool = patch, pool
        N = (image // patch) ** 2
        if pool == "token":
            self.class_token = nn.Parameter(torch.zeros(d_model))
            N += 1
        self.patch_embedding = nn.Linear(3 * patch * patch, d_model)
        self.position_embedding = nn.Parameter(torch.zeros(N, d_model))
        self.blocks = nn.ModuleList([Block(d_model, n_heads) for _ in range(n_layers)])
        self.norm = nn.LayerNorm(d_model)
        self.head = nn.Linear(d_model, n_classes)

    def forward(self, x):
        x = self.patch_embedding(patches_of(x, self.patch))
        if self.pool == "token":
            token = self.class_token.expand(len(x), 1, -1)
            x = torch.cat([token, x], dim=1)
        x = x + self.position_embedding
        for block in self.blocks:
            x = block(x)
        x = self.norm(x)
        if self.pool == "token":
            return self.head(x[:, 0])
        return self.head(x.mean(dim=1))


# %%
# reject vit: mean for both · expects "not the mean"
class ViT(nn.Module):
    def __init__(self, d_model, n_layers, n_heads, patch=4, image=32, n_classes=10, pool="token"):
        super().__init__()
        self.patch, self.pool = patch, pool
        N = (image // patch) ** 2
        if pool == "token":
            self.class_token = nn.Parameter(torch.zeros(d_model))
            N += 1
        self.patch_embedding = nn.Linear(3 * patch * patch, d_model)
        self.position_embedding = nn.Parameter(torch.randn(N, d_model) * 0.02)
        self.blocks = nn.ModuleList([Block(d_model, n_heads) for _ in range(n_layers)])
        self.norm = nn.LayerNorm(d_model)
        self.head = nn.Linear(d_model, n_classes)

    def forward(self, x):
        x = self.patch_embedding(patches_of(x, self.patch))
        if self.pool == "token":
            token = self.class_token.expand(len(x), 1, -1)
            x = torch.cat([token, x], dim=1)
        x = x + self.position_embedding
        for block in self.blocks:
            x = block(x)
        x = self.norm(x)
        return self.head(x.mean(dim=1))


# %%
# reject vit: the mean without the class token is read · expects "not the mean of the patches"
class ViT(nn.Module):
    def __init__(self, d_model, n_layers, n_heads, patch=4, image=32, n_classes=10, pool="token"):
        super().__init__()
        self.patch, self.pool = patch, pool
        N = (image // patch) ** 2
        if pool == "token":
            self.class_token = nn.Parameter(torch.zeros(d_model))
            N += 1
        self.patch_embedding = nn.Linear(3 * patch * patch, d_model)
        self.position_embedding = nn.Parameter(torch.randn(N, d_model) * 0.02)
        self.blocks = nn.ModuleList([Block(d_model, n_heads) for _ in range(n_layers)])
        self.norm = nn.LayerNorm(d_model)
        self.head = nn.Linear(d_model, n_classes)

    def forward(self, x):
        x = self.patch_embedding(patches_of(x, self.patch))
        if self.pool == "token":
            token = self.class_token.expand(len(x), 1, -1)
            x = torch.cat([token, x], dim=1)
        x = x + self.position_embedding
        for block in self.blocks:
            x = block(x)
        x = self.norm(x)
        if self.pool == "token":
            return self.head(x[:, 1:].mean(dim=1))
        return self.head(x.mean(dim=1))


# %%
# reject vit: mean pooling leaves out the first patch · expects "there is no class token to leave out"
class ViT(nn.Module):
    def __init__(self, d_model, n_layers, n_heads, patch=4, image=32, n_classes=10, pool="token"):
        super().__init__()
        self.patch, self.pool = patch, pool
        N = (image // patch) ** 2
        if pool == "token":
            self.class_token = nn.Parameter(torch.zeros(d_model))
            N += 1
        self.patch_embedding = nn.Linear(3 * patch * patch, d_model)
        self.position_embedding = nn.Parameter(torch.randn(N, d_model) * 0.02)
        self.blocks = nn.ModuleList([Block(d_model, n_heads) for _ in range(n_layers)])
        self.norm = nn.LayerNorm(d_model)
        self.head = nn.Linear(d_model, n_classes)

    def forward(self, x):
        x = self.patch_embedding(patches_of(x, self.patch))
        if self.pool == "token":
            token = self.class_token.expand(len(x), 1, -1)
            x = torch.cat([token, x], dim=1)
        x = x + self.position_embedding
        for block in self.blocks:
            x = block(x)
        x = self.norm(x)
        if self.pool == "token":
            return self.head(x[:, 0])
        return self.head(x[:, 1:].mean(dim=1))


# %%
# reject vit: mean pooling reads the first patch · expects "here the first one is read"
class ViT(nn.Module):
    def __init__(self, d_model, n_layers, n_heads, patch=4, image=32, n_classes=10, pool="token"):
        super().__init__()
        self.patch, self.pool = patch, pool
        N = (image // patch) ** 2
        if pool == "token":
            self.class_token = nn.Parameter(torch.zeros(d_model))
            N += 1
        self.patch_embedding = nn.Linear(3 * patch * patch, d_model)
        self.position_embedding = nn.Parameter(torch.randn(N, d_model) * 0.02)
        self.blocks = nn.ModuleList([Block(d_model, n_heads) for _ in range(n_layers)])
        self.norm = nn.LayerNorm(d_model)
        self.head = nn.Linear(d_model, n_classes)

    def forward(self, x):
        x = self.patch_embedding(patches_of(x, self.patch))
        if self.pool == "token":
            token = self.class_token.expand(len(x), 1, -1)
            x = torch.cat([token, x], dim=1)
        x = x + self.position_embedding
        for block in self.blocks:
            x = block(x)
        x = self.norm(x)
        if self.pool == "token":
            return self.head(x[:, 0])
        return self.head(x[:, 0])


# %%
# reject vit: sums · expects "summed, not averaged"
class ViT(nn.Module):
    def __init__(self, d_model, n_layers, n_heads, patch=4, image=32, n_classes=10, pool="token"):
        super().__init__()
        self.patch, self.pool = patch, pool
        N = (image // patch) ** 2
        if pool == "token":
            self.class_token = nn.Parameter(torch.zeros(d_model))
            N += 1
        self.patch_embedding = nn.Linear(3 * patch * patch, d_model)
        self.position_embedding = nn.Parameter(torch.randn(N, d_model) * 0.02)
        self.blocks = nn.ModuleList([Block(d_model, n_heads) for _ in range(n_layers)])
        self.norm = nn.LayerNorm(d_model)
        self.head = nn.Linear(d_model, n_classes)

    def forward(self, x):
        x = self.patch_embedding(patches_of(x, self.patch))
        if self.pool == "token":
            token = self.class_token.expand(len(x), 1, -1)
            x = torch.cat([token, x], dim=1)
        x = x + self.position_embedding
        for block in self.blocks:
            x = block(x)
        x = self.norm(x)
        if self.pool == "token":
            return self.head(x[:, 0])
        return self.head(x.sum(dim=1))


# %%
# reject vit: the largest value · expects "the largest value over the patches"
class ViT(nn.Module):
    def __init__(self, d_model, n_layers, n_heads, patch=4, image=32, n_classes=10, pool="token"):
        super().__init__()
        self.patch, self.pool = patch, pool
        N = (image // patch) ** 2
        if pool == "token":
            self.class_token = nn.Parameter(torch.zeros(d_model))
            N += 1
        self.patch_embedding = nn.Linear(3 * patch * patch, d_model)
        self.position_embedding = nn.Parameter(torch.randn(N, d_model) * 0.02)
        self.blocks = nn.ModuleList([Block(d_model, n_heads) for _ in range(n_layers)])
        self.norm = nn.LayerNorm(d_model)
        self.head = nn.Linear(d_model, n_classes)

    def forward(self, x):
        x = self.patch_embedding(patches_of(x, self.patch))
        if self.pool == "token":
            token = self.class_token.expand(len(x), 1, -1)
            x = torch.cat([token, x], dim=1)
        x = x + self.position_embedding
        for block in self.blocks:
            x = block(x)
        x = self.norm(x)
        if self.pool == "token":
            return self.head(x[:, 0])
        return self.head(x.amax(dim=1))


# %%
# reject vit: the mean over the features · expects "raised"
class ViT(nn.Module):
    def __init__(self, d_model, n_layers, n_heads, patch=4, image=32, n_classes=10, pool="token"):
        super().__init__()
        self.patch, self.pool = patch, pool
        N = (image // patch) ** 2
        if pool == "token":
            self.class_token = nn.Parameter(torch.zeros(d_model))
            N += 1
        self.patch_embedding = nn.Linear(3 * patch * patch, d_model)
        self.position_embedding = nn.Parameter(torch.randn(N, d_model) * 0.02)
        self.blocks = nn.ModuleList([Block(d_model, n_heads) for _ in range(n_layers)])
        self.norm = nn.LayerNorm(d_model)
        self.head = nn.Linear(d_model, n_classes)

    def forward(self, x):
        x = self.patch_embedding(patches_of(x, self.patch))
        if self.pool == "token":
            token = self.class_token.expand(len(x), 1, -1)
            x = torch.cat([token, x], dim=1)
        x = x + self.position_embedding
        for block in self.blocks:
            x = block(x)
        x = self.norm(x)
        if self.pool == "token":
            return self.head(x[:, 0])
        return self.head(x.mean(dim=2))


# %%
# reject vit: the mean over the batch · expects "expected (batch, n_classes)"
class ViT(nn.Module):
    def __init__(self, d_model, n_layers, n_heads, patch=4, image=32, n_classes=10, pool="token"):
        super().__init__()
        self.patch, self.pool = patch, pool
        N = (image // patch) ** 2
        if pool == "token":
            self.class_token = nn.Parameter(torch.zeros(d_model))
            N += 1
        self.patch_embedding = nn.Linear(3 * patch * patch, d_model)
        self.position_embedding = nn.Parameter(torch.randn(N, d_model) * 0.02)
        self.blocks = nn.ModuleList([Block(d_model, n_heads) for _ in range(n_layers)])
        self.norm = nn.LayerNorm(d_model)
        self.head = nn.Linear(d_model, n_classes)

    def forward(self, x):
        x = self.patch_embedding(patches_of(x, self.patch))
        if self.pool == "token":
            token = self.class_token.expand(len(x), 1, -1)
            x = torch.cat([token, x], dim=1)
        x = x + self.position_embedding
        for block in self.blocks:
            x = block(x)
        x = self.norm(x)
        if self.pool == "token":
            return self.head(x[:, 0])
        return self.head(x.mean(dim=0))


# %%
# reject vit: normalization after the average · expects "comes before the pooling"
class ViT(nn.Module):
    def __init__(self, d_model, n_layers, n_heads, patch=4, image=32, n_classes=10, pool="token"):
        super().__init__()
        self.patch, self.pool = patch, pool
        N = (image // patch) ** 2
        if pool == "token":
            self.class_token = nn.Parameter(torch.zeros(d_model))
            N += 1
        self.patch_embedding = nn.Linear(3 * patch * patch, d_model)
        self.position_embedding = nn.Parameter(torch.randn(N, d_model) * 0.02)
        self.blocks = nn.ModuleList([Block(d_model, n_heads) for _ in range(n_layers)])
        self.norm = nn.LayerNorm(d_model)
        self.head = nn.Linear(d_model, n_classes)

    def forward(self, x):
        x = self.patch_embedding(patches_of(x, self.patch))
        if self.pool == "token":
            token = self.class_token.expand(len(x), 1, -1)
            x = torch.cat([token, x], dim=1)
        x = x + self.position_embedding
        for block in self.blocks:
            x = block(x)
        if self.pool == "token":
            return self.head(self.norm(x[:, 0]))
        return self.head(self.norm(x.mean(dim=1)))


# %%
# reject vit: no last normalization · expects "the last normalization is not used"
class ViT(nn.Module):
    def __init__(self, d_model, n_layers, n_heads, patch=4, image=32, n_classes=10, pool="token"):
        super().__init__()
        self.patch, self.pool = patch, pool
        N = (image // patch) ** 2
        if pool == "token":
            self.class_token = nn.Parameter(torch.zeros(d_model))
            N += 1
        self.patch_embedding = nn.Linear(3 * patch * patch, d_model)
        self.position_embedding = nn.Parameter(torch.randn(N, d_model) * 0.02)
        self.blocks = nn.ModuleList([Block(d_model, n_heads) for _ in range(n_layers)])
        self.norm = nn.LayerNorm(d_model)
        self.head = nn.Linear(d_model, n_classes)

    def forward(self, x):
        x = self.patch_embedding(patches_of(x, self.patch))
        if self.pool == "token":
            token = self.class_token.expand(len(x), 1, -1)
            x = torch.cat([token, x], dim=1)
        x = x + self.position_embedding
        for block in self.blocks:
            x = block(x)
        if self.pool == "token":
            return self.head(x[:, 0])
        return self.head(x.mean(dim=1))


# %%
# reject vit: softmax in the model · expects "softmax belongs in the loss"
class ViT(nn.Module):
    def __init__(self, d_model, n_layers, n_heads, patch=4, image=32, n_classes=10, pool="token"):
        super().__init__()
        self.patch, self.pool = patch, pool
        N = (image // patch) ** 2
        if pool == "token":
            self.class_token = nn.Parameter(torch.zeros(d_model))
            N += 1
        self.patch_embedding = nn.Linear(3 * patch * patch, d_model)
        self.position_embedding = nn.Parameter(torch.randn(N, d_model) * 0.02)
        self.blocks = nn.ModuleList([Block(d_model, n_heads) for _ in range(n_layers)])
        self.norm = nn.LayerNorm(d_model)
        self.head = nn.Linear(d_model, n_classes)

    def forward(self, x):
        x = self.patch_embedding(patches_of(x, self.patch))
        if self.pool == "token":
            token = self.class_token.expand(len(x), 1, -1)
            x = torch.cat([token, x], dim=1)
        x = x + self.position_embedding
        for block in self.blocks:
            x = block(x)
        x = self.norm(x)
        if self.pool == "token":
            return self.head(x[:, 0]).softmax(dim=-1)
        return self.head(x.mean(dim=1))


# %%
# reject vit: log-softmax in the model · expects "these are log-probabilities"
class ViT(nn.Module):
    def __init__(self, d_model, n_layers, n_heads, patch=4, image=32, n_classes=10, pool="token"):
        super().__init__()
        self.patch, self.pool = patch, pool
        N = (image // patch) ** 2
        if pool == "token":
            self.class_token = nn.Parameter(torch.zeros(d_model))
            N += 1
        self.patch_embedding = nn.Linear(3 * patch * patch, d_model)
        self.position_embedding = nn.Parameter(torch.randn(N, d_model) * 0.02)
        self.blocks = nn.ModuleList([Block(d_model, n_heads) for _ in range(n_layers)])
        self.norm = nn.LayerNorm(d_model)
        self.head = nn.Linear(d_model, n_classes)

    def forward(self, x):
        x = self.patch_embedding(patches_of(x, self.patch))
        if self.pool == "token":
            token = self.class_token.expand(len(x), 1, -1)
            x = torch.cat([token, x], dim=1)
        x = x + self.position_embedding
        for block in self.blocks:
            x = block(x)
        x = self.norm(x)
        if self.pool == "token":
            return self.head(x[:, 0]).log_softmax(-1)
        return self.head(x.mean(dim=1))


# %%
# reject vit: blocks not chained · expects "the output of the one before it"
class ViT(nn.Module):
    def __init__(self, d_model, n_layers, n_heads, patch=4, image=32, n_classes=10, pool="token"):
        super().__init__()
        self.patch, self.pool = patch, pool
        N = (image // patch) ** 2
        if pool == "token":
            self.class_token = nn.Parameter(torch.zeros(d_model))
            N += 1
        self.patch_embedding = nn.Linear(3 * patch * patch, d_model)
        self.position_embedding = nn.Parameter(torch.randn(N, d_model) * 0.02)
        self.blocks = nn.ModuleList([Block(d_model, n_heads) for _ in range(n_layers)])
        self.norm = nn.LayerNorm(d_model)
        self.head = nn.Linear(d_model, n_classes)

    def forward(self, x):
        x = self.patch_embedding(patches_of(x, self.patch))
        if self.pool == "token":
            token = self.class_token.expand(len(x), 1, -1)
            x = torch.cat([token, x], dim=1)
        x = x + self.position_embedding
        for block in self.blocks:
            y = block(x)
        x = self.norm(y)
        if self.pool == "token":
            return self.head(x[:, 0])
        return self.head(x.mean(dim=1))


# %%
# reject vit: blocks backward · expects "from last to first"
class ViT(nn.Module):
    def __init__(self, d_model, n_layers, n_heads, patch=4, image=32, n_classes=10, pool="token"):
        super().__init__()
        self.patch, self.pool = patch, pool
        N = (image // patch) ** 2
        if pool == "token":
            self.class_token = nn.Parameter(torch.zeros(d_model))
            N += 1
        self.patch_embedding = nn.Linear(3 * patch * patch, d_model)
        self.position_embedding = nn.Parameter(torch.randn(N, d_model) * 0.02)
        self.blocks = nn.ModuleList([Block(d_model, n_heads) for _ in range(n_layers)])
        self.norm = nn.LayerNorm(d_model)
        self.head = nn.Linear(d_model, n_classes)

    def forward(self, x):
        x = self.patch_embedding(patches_of(x, self.patch))
        if self.pool == "token":
            token = self.class_token.expand(len(x), 1, -1)
            x = torch.cat([token, x], dim=1)
        x = x + self.position_embedding
        for block in reversed(self.blocks):
            x = block(x)
        x = self.norm(x)
        if self.pool == "token":
            return self.head(x[:, 0])
        return self.head(x.mean(dim=1))


# %%
# reject vit: only the first block · expects "only the first block is used"
class ViT(nn.Module):
    def __init__(self, d_model, n_layers, n_heads, patch=4, image=32, n_classes=10, pool="token"):
        super().__init__()
        self.patch, self.pool = patch, pool
        N = (image // patch) ** 2
        if pool == "token":
            self.class_token = nn.Parameter(torch.zeros(d_model))
            N += 1
        self.patch_embedding = nn.Linear(3 * patch * patch, d_model)
        self.position_embedding = nn.Parameter(torch.randn(N, d_model) * 0.02)
        self.blocks = nn.ModuleList([Block(d_model, n_heads) for _ in range(n_layers)])
        self.norm = nn.LayerNorm(d_model)
        self.head = nn.Linear(d_model, n_classes)

    def forward(self, x):
        x = self.patch_embedding(patches_of(x, self.patch))
        if self.pool == "token":
            token = self.class_token.expand(len(x), 1, -1)
            x = torch.cat([token, x], dim=1)
        x = x + self.position_embedding
        x = self.blocks[0](x)
        x = self.norm(x)
        if self.pool == "token":
            return self.head(x[:, 0])
        return self.head(x.mean(dim=1))


# %%
# reject vit: one block for all layers · expects "all layers share one block"
class ViT(nn.Module):
    def __init__(self, d_model, n_layers, n_heads, patch=4, image=32, n_classes=10, pool="token"):
        super().__init__()
        self.patch, self.pool = patch, pool
        N = (image // patch) ** 2
        if pool == "token":
            self.class_token = nn.Parameter(torch.zeros(d_model))
            N += 1
        self.patch_embedding = nn.Linear(3 * patch * patch, d_model)
        self.position_embedding = nn.Parameter(torch.randn(N, d_model) * 0.02)
        self.blocks = nn.ModuleList([Block(d_model, n_heads)] * n_layers)
        self.norm = nn.LayerNorm(d_model)
        self.head = nn.Linear(d_model, n_classes)

    def forward(self, x):
        x = self.patch_embedding(patches_of(x, self.patch))
        if self.pool == "token":
            token = self.class_token.expand(len(x), 1, -1)
            x = torch.cat([token, x], dim=1)
        x = x + self.position_embedding
        for block in self.blocks:
            x = block(x)
        x = self.norm(x)
        if self.pool == "token":
            return self.head(x[:, 0])
        return self.head(x.mean(dim=1))


# %%
# reject vit: blocks in a plain list · expects "Use nn.ModuleList"
class ViT(nn.Module):
    def __init__(self, d_model, n_layers, n_heads, patch=4, image=32, n_classes=10, pool="token"):
        super().__init__()
        self.patch, self.pool = patch, pool
        N = (image // patch) ** 2
        if pool == "token":
            self.class_token = nn.Parameter(torch.zeros(d_model))
            N += 1
        self.patch_embedding = nn.Linear(3 * patch * patch, d_model)
        self.position_embedding = nn.Parameter(torch.randn(N, d_model) * 0.02)
        self.blocks = [Block(d_model, n_heads) for _ in range(n_layers)]
        self.norm = nn.LayerNorm(d_model)
        self.head = nn.Linear(d_model, n_classes)

    def forward(self, x):
        x = self.patch_embedding(patches_of(x, self.patch))
        if self.pool == "token":
            token = self.class_token.expand(len(x), 1, -1)
            x = torch.cat([token, x], dim=1)
        x = x + self.position_embedding
        for block in self.blocks:
            x = block(x)
        x = self.norm(x)
        if self.pool == "token":
            return self.head(x[:, 0])
        return self.head(x.mean(dim=1))


# %%
# reject vit: a class token for mean pooling too · expects "there is no class token"
class ViT(nn.Module):
    def __init__(self, d_model, n_layers, n_heads, patch=4, image=32, n_classes=10, pool="token"):
        super().__init__()
        self.patch, self.pool = patch, pool
        N = (image // patch) ** 2
        self.class_token = nn.Parameter(torch.zeros(d_model))
        N += pool == "token"
        self.patch_embedding = nn.Linear(3 * patch * patch, d_model)
        self.position_embedding = nn.Parameter(torch.randn(N, d_model) * 0.02)
        self.blocks = nn.ModuleList([Block(d_model, n_heads) for _ in range(n_layers)])
        self.norm = nn.LayerNorm(d_model)
        self.head = nn.Linear(d_model, n_classes)

    def forward(self, x):
        x = self.patch_embedding(patches_of(x, self.patch))
        if self.pool == "token":
            token = self.class_token.expand(len(x), 1, -1)
            x = torch.cat([token, x], dim=1)
        x = x + self.position_embedding
        for block in self.blocks:
            x = block(x)
        x = self.norm(x)
        if self.pool == "token":
            return self.head(x[:, 0])
        return self.head(x.mean(dim=1))


# %%
# reject vit: the class token is no parameter · expects "class_token is a Tensor"
class ViT(nn.Module):
    def __init__(self, d_model, n_layers, n_heads, patch=4, image=32, n_classes=10, pool="token"):
        super().__init__()
        self.patch, self.pool = patch, pool
        N = (image // patch) ** 2
        if pool == "token":
            self.class_token = torch.zeros(d_model)
            N += 1
        self.patch_embedding = nn.Linear(3 * patch * patch, d_model)
        self.position_embedding = nn.Parameter(torch.randn(N, d_model) * 0.02)
        self.blocks = nn.ModuleList([Block(d_model, n_heads) for _ in range(n_layers)])
        self.norm = nn.LayerNorm(d_model)
        self.head = nn.Linear(d_model, n_classes)

    def forward(self, x):
        x = self.patch_embedding(patches_of(x, self.patch))
        if self.pool == "token":
            token = self.class_token.expand(len(x), 1, -1)
            x = torch.cat([token, x], dim=1)
        x = x + self.position_embedding
        for block in self.blocks:
            x = block(x)
        x = self.norm(x)
        if self.pool == "token":
            return self.head(x[:, 0])
        return self.head(x.mean(dim=1))


# %%
# reject vit: the patches column by column · expects "column by column"
class ViT(nn.Module):
    def __init__(self, d_model, n_layers, n_heads, patch=4, image=32, n_classes=10, pool="token"):
        super().__init__()
        self.patch, self.pool = patch, pool
        N = (image // patch) ** 2
        if pool == "token":
            self.class_token = nn.Parameter(torch.zeros(d_model))
            N += 1
        self.patch_embedding = nn.Linear(3 * patch * patch, d_model)
        self.position_embedding = nn.Parameter(torch.randn(N, d_model) * 0.02)
        self.blocks = nn.ModuleList([Block(d_model, n_heads) for _ in range(n_layers)])
        self.norm = nn.LayerNorm(d_model)
        self.head = nn.Linear(d_model, n_classes)

    def forward(self, x):
        x = self.patch_embedding(
            patches_of(x.transpose(2, 3), self.patch)
            .unflatten(2, (3, self.patch, self.patch))
            .transpose(3, 4)
            .flatten(2)
        )
        if self.pool == "token":
            token = self.class_token.expand(len(x), 1, -1)
            x = torch.cat([token, x], dim=1)
        x = x + self.position_embedding
        for block in self.blocks:
            x = block(x)
        x = self.norm(x)
        if self.pool == "token":
            return self.head(x[:, 0])
        return self.head(x.mean(dim=1))


# %%
# reject vit: another name · expects "has no attribute patch_embedding"
class ViT(nn.Module):
    def __init__(self, d_model, n_layers, n_heads, patch=4, image=32, n_classes=10, pool="token"):
        super().__init__()
        self.patch, self.pool = patch, pool
        N = (image // patch) ** 2
        if pool == "token":
            self.class_token = nn.Parameter(torch.zeros(d_model))
            N += 1
        self.embed = nn.Linear(3 * patch * patch, d_model)
        self.position_embedding = nn.Parameter(torch.randn(N, d_model) * 0.02)
        self.blocks = nn.ModuleList([Block(d_model, n_heads) for _ in range(n_layers)])
        self.norm = nn.LayerNorm(d_model)
        self.head = nn.Linear(d_model, n_classes)

    def forward(self, x):
        x = self.embed(patches_of(x, self.patch))
        if self.pool == "token":
            token = self.class_token.expand(len(x), 1, -1)
            x = torch.cat([token, x], dim=1)
        x = x + self.position_embedding
        for block in self.blocks:
            x = block(x)
        x = self.norm(x)
        if self.pool == "token":
            return self.head(x[:, 0])
        return self.head(x.mean(dim=1))


# %%
# reject vit: the input size fixed at 32 · expects "raised"
class ViT(nn.Module):
    def __init__(self, d_model, n_layers, n_heads, patch=4, image=32, n_classes=10, pool="token"):
        super().__init__()
        self.patch, self.pool = patch, pool
        N = 64
        if pool == "token":
            self.class_token = nn.Parameter(torch.zeros(d_model))
            N += 1
        self.patch_embedding = nn.Linear(3 * patch * patch, d_model)
        self.position_embedding = nn.Parameter(torch.randn(N, d_model) * 0.02)
        self.blocks = nn.ModuleList([Block(d_model, n_heads) for _ in range(n_layers)])
        self.norm = nn.LayerNorm(d_model)
        self.head = nn.Linear(d_model, n_classes)

    def forward(self, x):
        x = self.patch_embedding(patches_of(x, self.patch))
        if self.pool == "token":
            token = self.class_token.expand(len(x), 1, -1)
            x = torch.cat([token, x], dim=1)
        x = x + self.position_embedding
        for block in self.blocks:
            x = block(x)
        x = self.norm(x)
        if self.pool == "token":
            return self.head(x[:, 0])
        return self.head(x.mean(dim=1))


# %%
# reject vit: sixteen pixels in a patch · expects "expected a weight of (20, 12), got (20, 48)"
class ViT(nn.Module):
    def __init__(self, d_model, n_layers, n_heads, patch=4, image=32, n_classes=10, pool="token"):
        super().__init__()
        self.patch, self.pool = patch, pool
        N = (image // patch) ** 2
        if pool == "token":
            self.class_token = nn.Parameter(torch.zeros(d_model))
            N += 1
        self.patch_embedding = nn.Linear(48, d_model)
        self.position_embedding = nn.Parameter(torch.randn(N, d_model) * 0.02)
        self.blocks = nn.ModuleList([Block(d_model, n_heads) for _ in range(n_layers)])
        self.norm = nn.LayerNorm(d_model)
        self.head = nn.Linear(d_model, n_classes)

    def forward(self, x):
        x = self.patch_embedding(patches_of(x, self.patch))
        if self.pool == "token":
            token = self.class_token.expand(len(x), 1, -1)
            x = torch.cat([token, x], dim=1)
        x = x + self.position_embedding
        for block in self.blocks:
            x = block(x)
        x = self.norm(x)
        if self.pool == "token":
            return self.head(x[:, 0])
        return self.head(x.mean(dim=1))


# %%
# reject vit: the class token cut off from the gradient · expects "no gradient reaches class_token"
class ViT(nn.Module):
    def __init__(self, d_model, n_layers, n_heads, patch=4, image=32, n_classes=10, pool="token"):
        super().__init__()
        self.patch, self.pool = patch, pool
        N = (image // patch) ** 2
        if pool == "token":
            self.class_token = nn.Parameter(torch.zeros(d_model))
            N += 1
        self.patch_embedding = nn.Linear(3 * patch * patch, d_model)
        self.position_embedding = nn.Parameter(torch.randn(N, d_model) * 0.02)
        self.blocks = nn.ModuleList([Block(d_model, n_heads) for _ in range(n_layers)])
        self.norm = nn.LayerNorm(d_model)
        self.head = nn.Linear(d_model, n_classes)

    def forward(self, x):
        x = self.patch_embedding(patches_of(x, self.patch))
        if self.pool == "token":
            token = self.class_token.detach().expand(len(x), 1, -1)
            x = torch.cat([token, x], dim=1)
        x = x + self.position_embedding
        for block in self.blocks:
            x = block(x)
        x = self.norm(x)
        if self.pool == "token":
            return self.head(x[:, 0])
        return self.head(x.mean(dim=1))


# %%
# reject vit: the positions cut off from the gradient · expects "no gradient reaches position_embedding"
class ViT(nn.Module):
    def __init__(self, d_model, n_layers, n_heads, patch=4, image=32, n_classes=10, pool="token"):
        super().__init__()
        self.patch, self.pool = patch, pool
        N = (image // patch) ** 2
        if pool == "token":
            self.class_token = nn.Parameter(torch.zeros(d_model))
            N += 1
        self.patch_embedding = nn.Linear(3 * patch * patch, d_model)
        self.position_embedding = nn.Parameter(torch.randn(N, d_model) * 0.02)
        self.blocks = nn.ModuleList([Block(d_model, n_heads) for _ in range(n_layers)])
        self.norm = nn.LayerNorm(d_model)
        self.head = nn.Linear(d_model, n_classes)

    def forward(self, x):
        x = self.patch_embedding(patches_of(x, self.patch))
        if self.pool == "token":
            token = self.class_token.expand(len(x), 1, -1)
            x = torch.cat([token, x], dim=1)
        x = x + self.position_embedding.data
        for block in self.blocks:
            x = block(x)
        x = self.norm(x)
        if self.pool == "token":
            return self.head(x[:, 0])
        return self.head(x.mean(dim=1))


# %%
# reject vit: patch embedding without a bias · expects "the patch embedding lacks its bias"
class ViT(nn.Module):
    def __init__(self, d_model, n_layers, n_heads, patch=4, image=32, n_classes=10, pool="token"):
        super().__init__()
        self.patch, self.pool = patch, pool
        N = (image // patch) ** 2
        if pool == "token":
            self.class_token = nn.Parameter(torch.zeros(d_model))
            N += 1
        self.patch_embedding = nn.Linear(3 * patch * patch, d_model, bias=False)
        self.position_embedding = nn.Parameter(torch.randn(N, d_model) * 0.02)
        self.blocks = nn.ModuleList([Block(d_model, n_heads) for _ in range(n_layers)])
        self.norm = nn.LayerNorm(d_model)
        self.head = nn.Linear(d_model, n_classes)

    def forward(self, x):
        x = self.patch_embedding(patches_of(x, self.patch))
        if self.pool == "token":
            token = self.class_token.expand(len(x), 1, -1)
            x = torch.cat([token, x], dim=1)
        x = x + self.position_embedding
        for block in self.blocks:
            x = block(x)
        x = self.norm(x)
        if self.pool == "token":
            return self.head(x[:, 0])
        return self.head(x.mean(dim=1))


# %%
# reject vit: an additional batch normalization · expects "parameters"
class ViT(nn.Module):
    def __init__(self, d_model, n_layers, n_heads, patch=4, image=32, n_classes=10, pool="token"):
        super().__init__()
        self.patch, self.pool = patch, pool
        N = (image // patch) ** 2
        if pool == "token":
            self.class_token = nn.Parameter(torch.zeros(d_model))
            N += 1
        self.patch_embedding = nn.Linear(3 * patch * patch, d_model)
        self.position_embedding = nn.Parameter(torch.randn(N, d_model) * 0.02)
        self.blocks = nn.ModuleList([Block(d_model, n_heads) for _ in range(n_layers)])
        self.norm = nn.LayerNorm(d_model)
        self.head = nn.Linear(d_model, n_classes)
        self.extra = nn.BatchNorm1d(3 * patch * patch)

    def forward(self, x):
        x = self.patch_embedding(self.extra(patches_of(x, self.patch).mT).mT)
        if self.pool == "token":
            token = self.class_token.expand(len(x), 1, -1)
            x = torch.cat([token, x], dim=1)
        x = x + self.position_embedding
        for block in self.blocks:
            x = block(x)
        x = self.norm(x)
        if self.pool == "token":
            return self.head(x[:, 0])
        return self.head(x.mean(dim=1))


# %%
# reject vit: the images of a batch mixed · expects "images"
class ViT(nn.Module):
    def __init__(self, d_model, n_layers, n_heads, patch=4, image=32, n_classes=10, pool="token"):
        super().__init__()
        self.patch, self.pool = patch, pool
        N = (image // patch) ** 2
        if pool == "token":
            self.class_token = nn.Parameter(torch.zeros(d_model))
            N += 1
        self.patch_embedding = nn.Linear(3 * patch * patch, d_model)
        self.position_embedding = nn.Parameter(torch.randn(N, d_model) * 0.02)
        self.blocks = nn.ModuleList([Block(d_model, n_heads) for _ in range(n_layers)])
        self.norm = nn.LayerNorm(d_model)
        self.head = nn.Linear(d_model, n_classes)

    def forward(self, x):
        x = self.patch_embedding(patches_of(x, self.patch))
        if self.pool == "token":
            token = self.class_token.expand(len(x), 1, -1)
            x = torch.cat([token, x], dim=1)
        x = x + self.position_embedding
        for block in self.blocks:
            x = block(x)
        x = self.norm(x - x.mean(dim=0))
        if self.pool == "token":
            return self.head(x[:, 0])
        return self.head(x.mean(dim=1))


# %%
# reject vit: all zeros · expects "zero"
class ViT(nn.Module):
    def __init__(self, d_model, n_layers, n_heads, patch=4, image=32, n_classes=10, pool="token"):
        super().__init__()
        self.patch, self.pool = patch, pool
        N = (image // patch) ** 2
        if pool == "token":
            self.class_token = nn.Parameter(torch.zeros(d_model))
            N += 1
        self.patch_embedding = nn.Linear(3 * patch * patch, d_model)
        self.position_embedding = nn.Parameter(torch.randn(N, d_model) * 0.02)
        self.blocks = nn.ModuleList([Block(d_model, n_heads) for _ in range(n_layers)])
        self.norm = nn.LayerNorm(d_model)
        self.head = nn.Linear(d_model, n_classes)

    def forward(self, x):
        x = self.patch_embedding(patches_of(x, self.patch))
        if self.pool == "token":
            token = self.class_token.expand(len(x), 1, -1)
            x = torch.cat([token, x], dim=1)
        x = x + self.position_embedding
        for block in self.blocks:
            x = block(x)
        x = self.norm(x)
        if self.pool == "token":
            return 0 * self.head(x[:, 0])
        return self.head(x.mean(dim=1))


# %%
# accept vit_parameters: term by term
def vit_parameters(d_model, n_layers, patch, image, n_classes, pool):
    N = (image // patch) ** 2
    T = N + (pool == "token")
    token = d_model if pool == "token" else 0
    embedding = 3 * patch**2 * d_model + d_model
    positions = T * d_model
    blocks = n_layers * (12 * d_model**2 + 13 * d_model)
    return embedding + positions + token + blocks + 2 * d_model + n_classes * d_model + n_classes


# %%
# accept vit_parameters: a float that is whole
def vit_parameters(d_model, n_layers, patch, image, n_classes, pool):
    N = (image / patch) ** 2
    T = N + (pool == "token")
    token = d_model if pool == "token" else 0
    embedding = 3 * patch**2 * d_model + d_model
    positions = T * d_model
    blocks = n_layers * (12 * d_model**2 + 13 * d_model)
    return embedding + positions + token + blocks + 2 * d_model + n_classes * d_model + n_classes


# %%
# accept vit_parameters: a block by its layers
def vit_parameters(d_model, n_layers, patch, image, n_classes, pool):
    def linear(a, b):
        return a * b + b

    d = d_model
    block = linear(d, 3 * d) + linear(d, d) + linear(d, 4 * d) + linear(4 * d, d) + 4 * d
    total = linear(3 * patch * patch, d) + d * (image // patch) ** 2 + n_layers * block
    if pool == "token":
        total += 2 * d
    return total + 2 * d + linear(d, n_classes)


# %%
# reject vit_parameters: a class token without a position · expects "needs two rows"
def vit_parameters(d_model, n_layers, patch, image, n_classes, pool):
    N = (image // patch) ** 2
    T = N
    token = d_model if pool == "token" else 0
    embedding = 3 * patch**2 * d_model + d_model
    positions = T * d_model
    blocks = n_layers * (12 * d_model**2 + 13 * d_model)
    return embedding + positions + token + blocks + 2 * d_model + n_classes * d_model + n_classes


# %%
# reject vit_parameters: no class token · expects "the class token and its position are missing"
def vit_parameters(d_model, n_layers, patch, image, n_classes, pool):
    N = (image // patch) ** 2
    T = N
    token = 0
    embedding = 3 * patch**2 * d_model + d_model
    positions = T * d_model
    blocks = n_layers * (12 * d_model**2 + 13 * d_model)
    return embedding + positions + token + blocks + 2 * d_model + n_classes * d_model + n_classes


# %%
# reject vit_parameters: a position without a class token · expects "needs two rows"
def vit_parameters(d_model, n_layers, patch, image, n_classes, pool):
    N = (image // patch) ** 2
    T = N + (pool == "token")
    token = 0
    embedding = 3 * patch**2 * d_model + d_model
    positions = T * d_model
    blocks = n_layers * (12 * d_model**2 + 13 * d_model)
    return embedding + positions + token + blocks + 2 * d_model + n_classes * d_model + n_classes


# %%
# reject vit_parameters: a class token always · expects "there is no class token, nor a position"
def vit_parameters(d_model, n_layers, patch, image, n_classes, pool):
    N = (image // patch) ** 2
    T = N + (pool == "token")
    token = d_model
    embedding = 3 * patch**2 * d_model + d_model
    positions = T * d_model
    blocks = n_layers * (12 * d_model**2 + 13 * d_model)
    return embedding + positions + token + blocks + 2 * d_model + n_classes * d_model + n_classes


# %%
# reject vit_parameters: a class token and its position always · expects "there is no class token."
def vit_parameters(d_model, n_layers, patch, image, n_classes, pool):
    N = (image // patch) ** 2
    T = N + 1
    token = d_model
    embedding = 3 * patch**2 * d_model + d_model
    positions = T * d_model
    blocks = n_layers * (12 * d_model**2 + 13 * d_model)
    return embedding + positions + token + blocks + 2 * d_model + n_classes * d_model + n_classes


# %%
# reject vit_parameters: no bias in the embedding · expects "the bias of the patch embedding"
def vit_parameters(d_model, n_layers, patch, image, n_classes, pool):
    N = (image // patch) ** 2
    T = N + (pool == "token")
    token = d_model if pool == "token" else 0
    embedding = 3 * patch**2 * d_model
    positions = T * d_model
    blocks = n_layers * (12 * d_model**2 + 13 * d_model)
    return embedding + positions + token + blocks + 2 * d_model + n_classes * d_model + n_classes


# %%
# reject vit_parameters: one channel · expects "images have three channels"
def vit_parameters(d_model, n_layers, patch, image, n_classes, pool):
    N = (image // patch) ** 2
    T = N + (pool == "token")
    token = d_model if pool == "token" else 0
    embedding = patch**2 * d_model + d_model
    positions = T * d_model
    blocks = n_layers * (12 * d_model**2 + 13 * d_model)
    return embedding + positions + token + blocks + 2 * d_model + n_classes * d_model + n_classes


# %%
# reject vit_parameters: patch for patch squared · expects "patch² pixels"
def vit_parameters(d_model, n_layers, patch, image, n_classes, pool):
    N = (image // patch) ** 2
    T = N + (pool == "token")
    token = d_model if pool == "token" else 0
    embedding = 3 * patch * d_model + d_model
    positions = T * d_model
    blocks = n_layers * (12 * d_model**2 + 13 * d_model)
    return embedding + positions + token + blocks + 2 * d_model + n_classes * d_model + n_classes


# %%
# reject vit_parameters: patches along one side · expects "(image / patch)² patches"
def vit_parameters(d_model, n_layers, patch, image, n_classes, pool):
    N = image // patch
    T = N + (pool == "token")
    token = d_model if pool == "token" else 0
    embedding = 3 * patch**2 * d_model + d_model
    positions = T * d_model
    blocks = n_layers * (12 * d_model**2 + 13 * d_model)
    return embedding + positions + token + blocks + 2 * d_model + n_classes * d_model + n_classes


# %%
# reject vit_parameters: no positions · expects "the positions are missing"
def vit_parameters(d_model, n_layers, patch, image, n_classes, pool):
    N = (image // patch) ** 2
    T = N + (pool == "token")
    token = d_model if pool == "token" else 0
    embedding = 3 * patch**2 * d_model + d_model
    positions = (T - N) * d_model
    blocks = n_layers * (12 * d_model**2 + 13 * d_model)
    return embedding + positions + token + blocks + 2 * d_model + n_classes * d_model + n_classes


# %%
# reject vit_parameters: a position for each pixel · expects "one position per pixel"
def vit_parameters(d_model, n_layers, patch, image, n_classes, pool):
    N = (image // patch) ** 2
    T = N + (pool == "token")
    token = d_model if pool == "token" else 0
    embedding = 3 * patch**2 * d_model + d_model
    positions = (image**2 + T - N) * d_model
    blocks = n_layers * (12 * d_model**2 + 13 * d_model)
    return embedding + positions + token + blocks + 2 * d_model + n_classes * d_model + n_classes


# %%
# reject vit_parameters: no last normalization · expects "the last normalization is missing"
def vit_parameters(d_model, n_layers, patch, image, n_classes, pool):
    N = (image // patch) ** 2
    T = N + (pool == "token")
    token = d_model if pool == "token" else 0
    embedding = 3 * patch**2 * d_model + d_model
    positions = T * d_model
    blocks = n_layers * (12 * d_model**2 + 13 * d_model)
    return embedding + positions + token + blocks + n_classes * d_model + n_classes


# %%
# reject vit_parameters: half a normalization · expects "that of the last normalization"
def vit_parameters(d_model, n_layers, patch, image, n_classes, pool):
    N = (image // patch) ** 2
    T = N + (pool == "token")
    token = d_model if pool == "token" else 0
    embedding = 3 * patch**2 * d_model + d_model
    positions = T * d_model
    blocks = n_layers * (12 * d_model**2 + 13 * d_model)
    return embedding + positions + token + blocks + d_model + n_classes * d_model + n_classes


# %%
# reject vit_parameters: no bias in the head · expects "the bias of the head"
def vit_parameters(d_model, n_layers, patch, image, n_classes, pool):
    N = (image // patch) ** 2
    T = N + (pool == "token")
    token = d_model if pool == "token" else 0
    embedding = 3 * patch**2 * d_model + d_model
    positions = T * d_model
    blocks = n_layers * (12 * d_model**2 + 13 * d_model)
    return embedding + positions + token + blocks + 2 * d_model + n_classes * d_model


# %%
# reject vit_parameters: no head · expects "the head is missing"
def vit_parameters(d_model, n_layers, patch, image, n_classes, pool):
    N = (image // patch) ** 2
    T = N + (pool == "token")
    token = d_model if pool == "token" else 0
    embedding = 3 * patch**2 * d_model + d_model
    positions = T * d_model
    blocks = n_layers * (12 * d_model**2 + 13 * d_model)
    return embedding + positions + token + blocks + 2 * d_model


# %%
# reject vit_parameters: one block · expects "only one block is counted"
def vit_parameters(d_model, n_layers, patch, image, n_classes, pool):
    N = (image // patch) ** 2
    T = N + (pool == "token")
    token = d_model if pool == "token" else 0
    embedding = 3 * patch**2 * d_model + d_model
    positions = T * d_model
    blocks = 1 * (12 * d_model**2 + 13 * d_model)
    return embedding + positions + token + blocks + 2 * d_model + n_classes * d_model + n_classes


# %%
# reject vit_parameters: blocks without biases · expects "13 d_model each"
def vit_parameters(d_model, n_layers, patch, image, n_classes, pool):
    N = (image // patch) ** 2
    T = N + (pool == "token")
    token = d_model if pool == "token" else 0
    embedding = 3 * patch**2 * d_model + d_model
    positions = T * d_model
    blocks = n_layers * (12 * d_model**2)
    return embedding + positions + token + blocks + 2 * d_model + n_classes * d_model + n_classes


# %%
# reject vit_parameters: no return · expects "return"
def vit_parameters(d_model, n_layers, patch, image, n_classes, pool):
    N = (image // patch) ** 2
    T = N + (pool == "token")
    token = d_model if pool == "token" else 0
    embedding = 3 * patch**2 * d_model + d_model
    positions = T * d_model
    blocks = n_layers * (12 * d_model**2 + 13 * d_model)
    total = embedding + positions + token + blocks + 2 * d_model + n_classes * d_model + n_classes


# %%
# reject vit_parameters: not whole · expects "is whole"
def vit_parameters(d_model, n_layers, patch, image, n_classes, pool):
    N = (image // patch) ** 2
    T = N + (pool == "token")
    token = d_model if pool == "token" else 0
    embedding = 3 * patch**2 * d_model + d_model
    positions = T * d_model
    blocks = n_layers * (12 * d_model**2 + 13 * d_model)
    return (
        0.5 + embedding + positions + token + blocks + 2 * d_model + n_classes * d_model + n_classes
    )


# %%
# reject vit_parameters: zero · expects "got 0"
def vit_parameters(d_model, n_layers, patch, image, n_classes, pool):
    return 0


# %%
# accept mixup: written out
def mixup(images, labels, lam, n_classes):
    targets = F.one_hot(labels, n_classes).float()
    mixed = lam * images + (1 - lam) * images.roll(1, dims=0)
    return mixed, lam * targets + (1 - lam) * targets.roll(1, dims=0)


# %%
# accept mixup: a loop over the batch
def mixup(images, labels, lam, n_classes):
    mixed, targets = torch.empty_like(images), images.new_zeros(len(images), n_classes)
    for i in range(len(images)):
        mixed[i] = images[i] * lam + images[i - 1] * (1 - lam)
        targets[i, labels[i]] += lam
        targets[i, labels[i - 1]] += 1 - lam
    return mixed, targets


# %%
# accept mixup: indices, lerp, scatter
def mixup(images, labels, lam, n_classes):
    before = torch.arange(len(images), device=images.device) - 1
    targets = torch.zeros(len(labels), n_classes, device=labels.device)
    targets.scatter_add_(1, labels[:, None], torch.full_like(targets[:, :1], lam))
    targets.scatter_add_(1, labels[before, None], torch.full_like(targets[:, :1], 1 - lam))
    return [torch.lerp(images[before], images, lam), targets]


# %%
# reject mixup: with the one after · expects "mixed with the one after it"
def mixup(images, labels, lam, n_classes):
    targets = F.one_hot(labels, n_classes).float()
    mixed = lam * images + (1 - lam) * images.roll(-1, dims=0)
    return mixed, lam * targets + (1 - lam) * targets.roll(1, dims=0)


# %%
# reject mixup: labels with the one after · expects "the labels are mixed with those after"
def mixup(images, labels, lam, n_classes):
    targets = F.one_hot(labels, n_classes).float()
    mixed = lam * images + (1 - lam) * images.roll(1, dims=0)
    return mixed, lam * targets + (1 - lam) * targets.roll(-1, dims=0)


# %%
# reject mixup: shares swapped · expects "swapped"
def mixup(images, labels, lam, n_classes):
    targets = F.one_hot(labels, n_classes).float()
    mixed = (1 - lam) * images + lam * images.roll(1, dims=0)
    return mixed, lam * targets + (1 - lam) * targets.roll(1, dims=0)


# %%
# reject mixup: the shares of the labels swapped · expects "swapped"
def mixup(images, labels, lam, n_classes):
    targets = F.one_hot(labels, n_classes).float()
    mixed = lam * images + (1 - lam) * images.roll(1, dims=0)
    return mixed, (1 - lam) * targets + lam * targets.roll(1, dims=0)


# %%
# reject mixup: labels not mixed · expects "the labels are not mixed"
def mixup(images, labels, lam, n_classes):
    targets = F.one_hot(labels, n_classes).float()
    mixed = lam * images + (1 - lam) * images.roll(1, dims=0)
    return mixed, targets


# %%
# reject mixup: images not mixed · expects "the images are not mixed"
def mixup(images, labels, lam, n_classes):
    targets = F.one_hot(labels, n_classes).float()
    mixed = images
    return mixed, lam * targets + (1 - lam) * targets.roll(1, dims=0)


# %%
# reject mixup: flipped batch · expects "reversed order"
def mixup(images, labels, lam, n_classes):
    targets = F.one_hot(labels, n_classes).float()
    mixed = lam * images + (1 - lam) * images.flip(0)
    return mixed, lam * targets + (1 - lam) * targets.roll(1, dims=0)


# %%
# reject mixup: added without shares · expects "their shares sum to one"
def mixup(images, labels, lam, n_classes):
    targets = F.one_hot(labels, n_classes).float()
    mixed = images + images.roll(1, dims=0)
    return mixed, lam * targets + (1 - lam) * targets.roll(1, dims=0)


# %%
# reject mixup: the other with share 1 · expects "it gets 1 − lam"
def mixup(images, labels, lam, n_classes):
    targets = F.one_hot(labels, n_classes).float()
    mixed = lam * images + images.roll(1, dims=0)
    return mixed, lam * targets + (1 - lam) * targets.roll(1, dims=0)


# %%
# reject mixup: no wrap-around · expects "the first image should be mixed with the last"
def mixup(images, labels, lam, n_classes):
    targets = F.one_hot(labels, n_classes).float()
    mixed = lam * images + (1 - lam) * torch.cat([images[:1], images[:-1]])
    return mixed, lam * targets + (1 - lam) * targets.roll(1, dims=0)


# %%
# reject mixup: roll over everything · expects "another dimension"
def mixup(images, labels, lam, n_classes):
    targets = F.one_hot(labels, n_classes).float()
    mixed = lam * images + (1 - lam) * images.roll(1)
    return mixed, lam * targets + (1 - lam) * targets.roll(1, dims=0)


# %%
# reject mixup: the target written, not added · expects "the last one written stays"
def mixup(images, labels, lam, n_classes):
    targets = torch.zeros(len(labels), n_classes)
    for i in range(len(labels)):
        targets[i, labels[i]] = lam
        targets[i, labels[i - 1]] = 1 - lam
    return lam * images + (1 - lam) * images.roll(1, dims=0), targets


# %%
# reject mixup: the other class first, then overwritten · expects "their shares add up to 1"
def mixup(images, labels, lam, n_classes):
    targets = torch.zeros(len(labels), n_classes)
    for i in range(len(labels)):
        targets[i, labels[i - 1]] = 1 - lam
        targets[i, labels[i]] = lam
    return lam * images + (1 - lam) * images.roll(1, dims=0), targets


# %%
# reject mixup: class numbers are mixed · expects "expected (batch, n_classes)"
def mixup(images, labels, lam, n_classes):
    mixed = lam * images + (1 - lam) * images.roll(1, dims=0)
    return mixed, lam * labels + (1 - lam) * labels.roll(1, dims=0)


# %%
# reject mixup: the images alone · expects "mixup"
def mixup(images, labels, lam, n_classes):
    targets = F.one_hot(labels, n_classes).float()
    mixed = lam * images + (1 - lam) * images.roll(1, dims=0)
    return mixed


# %%
# reject mixup: in place · expects "change"
def mixup(images, labels, lam, n_classes):
    targets = F.one_hot(labels, n_classes).float()
    mixed = images.mul_(lam) + (1 - lam) / lam * images.roll(1, dims=0)
    return mixed, lam * targets + (1 - lam) * targets.roll(1, dims=0)


# %%
# reject mixup: as many classes as labels seen · expects "n_classes"
def mixup(images, labels, lam, n_classes):
    targets = F.one_hot(labels).float()
    mixed = lam * images + (1 - lam) * images.roll(1, dims=0)
    return mixed, lam * targets + (1 - lam) * targets.roll(1, dims=0)


# %%
# reject mixup: targets on the CPU · expects "device"
def mixup(images, labels, lam, n_classes):
    targets = torch.zeros(len(labels), n_classes).scatter(1, labels[:, None], 1.0)
    mixed = lam * images + (1 - lam) * images.roll(1, dims=0)
    return mixed, lam * targets + (1 - lam) * targets.roll(1, dims=0)


# %%
# accept mixup: torchvision's transform, with the share in place of a random one
def mixup(images, labels, lam, n_classes):
    from torchvision.transforms import v2

    class Fixed(v2.MixUp):
        def make_params(self, flat_inputs):
            found = super().make_params(flat_inputs)
            return found | {"lam": lam}

    return Fixed(num_classes=n_classes)(images, labels)


# %%
# accept mixup: an identity matrix, the share as a tensor
def mixup(images, labels, lam, n_classes):
    lam = torch.tensor(lam)
    targets = torch.eye(n_classes, device=labels.device)[labels]
    return tuple(lam * x + (1 - lam) * torch.cat([x[-1:], x[:-1]]) for x in (images, targets))


# %%
# reject mixup: zeros · expects "zero"
def mixup(images, labels, lam, n_classes):
    return torch.zeros_like(images), torch.zeros(len(labels), n_classes)


# %%
# accept accuracy: slices
def accuracy(model, images, labels, normalized, batch_size=500):
    was_training = model.training
    model.eval()
    right = 0
    with torch.no_grad():
        for start in range(0, len(images), batch_size):
            some = normalized(images[start : start + batch_size])
            predicted = model(some).argmax(dim=1)
            right += (predicted == labels[start : start + batch_size]).sum().item()
    model.train(was_training)
    return right / len(labels)


# %%
# accept accuracy: predictions collected, inference mode
def accuracy(model, images, labels, normalized, batch_size=500):
    training = model.training
    model.eval()
    with torch.inference_mode():
        guesses = torch.cat([model(normalized(x)).argmax(-1) for x in images.split(batch_size)])
    if training:
        model.train()
    return (guesses == labels).float().mean().item()


# %%
# accept accuracy: means weighted by the size of the batch, a decorator
@torch.no_grad()
def accuracy(model, images, labels, normalized, batch_size=500):
    before, total = model.training, 0.0
    model.eval()
    for x, y in zip(images.split(batch_size), labels.split(batch_size)):
        total += float((model(normalized(x)).argmax(dim=-1) == y).double().mean()) * len(x)
    model.train(before)
    return total / len(images)


# %%
# reject accuracy: the mean over batches · expects "batches of unequal size"
def accuracy(model, images, labels, normalized, batch_size=500):
    was_training = model.training
    model.eval()
    right = 0
    with torch.no_grad():
        means = []
        for start in range(0, len(images), batch_size):
            some = normalized(images[start : start + batch_size])
            predicted = model(some).argmax(dim=1)
            means.append((predicted == labels[start : start + batch_size]).float().mean().item())
    model.train(was_training)
    return sum(means) / len(means)


# %%
# reject accuracy: the last batch left out · expects "the last, smaller batch is left out"
def accuracy(model, images, labels, normalized, batch_size=500):
    was_training = model.training
    model.eval()
    right = 0
    with torch.no_grad():
        for start in range(0, len(images) - batch_size + 1, batch_size):
            some = normalized(images[start : start + batch_size])
            predicted = model(some).argmax(dim=1)
            right += (predicted == labels[start : start + batch_size]).sum().item()
    model.train(was_training)
    return right / (len(labels) // batch_size * batch_size)


# %%
# reject accuracy: returns inside the loop · expects "only the first batch counts"
def accuracy(model, images, labels, normalized, batch_size=500):
    was_training = model.training
    model.eval()
    right = 0
    with torch.no_grad():
        for start in range(0, len(images), batch_size):
            some = normalized(images[start : start + batch_size])
            predicted = model(some).argmax(dim=1)
            right += (predicted == labels[start : start + batch_size]).sum().item()
            model.train(was_training)
            return right / len(some)


# %%
# reject accuracy: wrong answers counted · expects "share of wrong answers"
def accuracy(model, images, labels, normalized, batch_size=500):
    was_training = model.training
    model.eval()
    right = 0
    with torch.no_grad():
        for start in range(0, len(images), batch_size):
            some = normalized(images[start : start + batch_size])
            predicted = model(some).argmax(dim=1)
            right += (predicted != labels[start : start + batch_size]).sum().item()
    model.train(was_training)
    return right / len(labels)


# %%
# reject accuracy: a count · expects "divide by the number of images"
def accuracy(model, images, labels, normalized, batch_size=500):
    was_training = model.training
    model.eval()
    right = 0
    with torch.no_grad():
        for start in range(0, len(images), batch_size):
            some = normalized(images[start : start + batch_size])
            predicted = model(some).argmax(dim=1)
            right += (predicted == labels[start : start + batch_size]).sum().item()
    model.train(was_training)
    return float(right)


# %%
# reject accuracy: percent · expects "return a share"
def accuracy(model, images, labels, normalized, batch_size=500):
    was_training = model.training
    model.eval()
    right = 0
    with torch.no_grad():
        for start in range(0, len(images), batch_size):
            some = normalized(images[start : start + batch_size])
            predicted = model(some).argmax(dim=1)
            right += (predicted == labels[start : start + batch_size]).sum().item()
    model.train(was_training)
    return 100 * right / len(labels)


# %%
# reject accuracy: divided by the batch size · expects "divided by the batch size"
def accuracy(model, images, labels, normalized, batch_size=500):
    was_training = model.training
    model.eval()
    right = 0
    with torch.no_grad():
        for start in range(0, len(images), batch_size):
            some = normalized(images[start : start + batch_size])
            predicted = model(some).argmax(dim=1)
            right += (predicted == labels[start : start + batch_size]).sum().item()
    model.train(was_training)
    return right / batch_size


# %%
# reject accuracy: the mode not changed · expects "in training mode while it is judged"
def accuracy(model, images, labels, normalized, batch_size=500):
    was_training = model.training
    right = 0
    with torch.no_grad():
        for start in range(0, len(images), batch_size):
            some = normalized(images[start : start + batch_size])
            predicted = model(some).argmax(dim=1)
            right += (predicted == labels[start : start + batch_size]).sum().item()
    model.train(was_training)
    return right / len(labels)


# %%
# reject accuracy: left in evaluation mode · expects "must leave in it"
def accuracy(model, images, labels, normalized, batch_size=500):
    was_training = model.training
    model.eval()
    right = 0
    with torch.no_grad():
        for start in range(0, len(images), batch_size):
            some = normalized(images[start : start + batch_size])
            predicted = model(some).argmax(dim=1)
            right += (predicted == labels[start : start + batch_size]).sum().item()
    return right / len(labels)


# %%
# reject accuracy: always back to training · expects "came in evaluation mode"
def accuracy(model, images, labels, normalized, batch_size=500):
    was_training = model.training
    model.eval()
    right = 0
    with torch.no_grad():
        for start in range(0, len(images), batch_size):
            some = normalized(images[start : start + batch_size])
            predicted = model(some).argmax(dim=1)
            right += (predicted == labels[start : start + batch_size]).sum().item()
    model.train()
    return right / len(labels)


# %%
# reject accuracy: gradients recorded · expects "no_grad"
def accuracy(model, images, labels, normalized, batch_size=500):
    was_training = model.training
    model.eval()
    right = 0
    if True:
        for start in range(0, len(images), batch_size):
            some = normalized(images[start : start + batch_size])
            predicted = model(some).argmax(dim=1)
            right += (predicted == labels[start : start + batch_size]).sum().item()
    model.train(was_training)
    return right / len(labels)


# %%
# reject accuracy: not normalized · expects "normalized"
def accuracy(model, images, labels, normalized, batch_size=500):
    was_training = model.training
    model.eval()
    right = 0
    with torch.no_grad():
        for start in range(0, len(images), batch_size):
            some = images[start : start + batch_size].float()
            predicted = model(some).argmax(dim=1)
            right += (predicted == labels[start : start + batch_size]).sum().item()
    model.train(was_training)
    return right / len(labels)


# %%
# reject accuracy: raw bytes · expects "call `normalized` first"
def accuracy(model, images, labels, normalized, batch_size=500):
    was_training = model.training
    model.eval()
    right = 0
    with torch.no_grad():
        for start in range(0, len(images), batch_size):
            some = images[start : start + batch_size]
            predicted = model(some).argmax(dim=1)
            right += (predicted == labels[start : start + batch_size]).sum().item()
    model.train(was_training)
    return right / len(labels)


# %%
# reject accuracy: augmented by flips · expects "the last batch that the model got"
def accuracy(model, images, labels, normalized, batch_size=500):
    was_training = model.training
    model.eval()
    right = 0
    with torch.no_grad():
        for start in range(0, len(images), batch_size):
            some = normalized(images[start : start + batch_size].flip(-1))
            predicted = model(some).argmax(dim=1)
            right += (predicted == labels[start : start + batch_size]).sum().item()
    model.train(was_training)
    return right / len(labels)


# %%
# reject accuracy: everything at once · expects "at most 5 at a time"
def accuracy(model, images, labels, normalized, batch_size=500):
    was_training = model.training
    model.eval()
    right = 0
    with torch.no_grad():
        for start in range(0, len(images), len(images)):
            some = normalized(images[start : start + len(images)])
            predicted = model(some).argmax(dim=1)
            right += (predicted == labels[start : start + len(images)]).sum().item()
    model.train(was_training)
    return right / len(labels)


# %%
# reject accuracy: a tensor · expects "return a float"
def accuracy(model, images, labels, normalized, batch_size=500):
    was_training = model.training
    model.eval()
    right = 0
    with torch.no_grad():
        for start in range(0, len(images), batch_size):
            some = normalized(images[start : start + batch_size])
            predicted = model(some).argmax(dim=1)
            right += (predicted == labels[start : start + batch_size]).sum()
    model.train(was_training)
    return right / len(labels)


# %%
# reject accuracy: batches of 500 whatever is asked · expects "at most 5 at a time"
def accuracy(model, images, labels, normalized, batch_size=500):
    batch_size = 500
    was_training = model.training
    model.eval()
    right = 0
    with torch.no_grad():
        for start in range(0, len(images), batch_size):
            some = normalized(images[start : start + batch_size])
            predicted = model(some).argmax(dim=1)
            right += (predicted == labels[start : start + batch_size]).sum().item()
    model.train(was_training)
    return right / len(labels)


# %%
# accept accuracy: a copy of the model is judged
def accuracy(model, images, labels, normalized, batch_size=500):
    import copy

    judged = copy.deepcopy(model).eval()
    with torch.no_grad():
        pieces = [judged(normalized(x)).argmax(1) for x in images.split(batch_size)]
    return float((torch.cat(pieces) == labels).float().mean())


# %%
# reject accuracy: gradients switched off for good · expects "gradients stay off after the function"
def accuracy(model, images, labels, normalized, batch_size=500):
    was_training = model.training
    model.eval()
    right = 0
    torch.set_grad_enabled(False)
    if True:
        for start in range(0, len(images), batch_size):
            some = normalized(images[start : start + batch_size])
            predicted = model(some).argmax(dim=1)
            right += (predicted == labels[start : start + batch_size]).sum().item()
    model.train(was_training)
    return right / len(labels)


# %%
# reject accuracy: zero · expects "expected 0.636"
def accuracy(model, images, labels, normalized, batch_size=500):
    return 0.0


# %% [markdown]
# # Exercise 9


# %%
# accept rollout: einsum and functools.reduce
def rollout(weights):
    from functools import reduce

    T = weights.size(-1)
    half = 0.5 * weights.mean(1) + 0.5 * torch.eye(T, device=weights.device)
    return reduce(lambda r, a: torch.einsum("ij,jk->ik", a, r), half)


# %%
# accept rollout: the identity joins before the mean, rows renormalized, from the last layer down
def rollout(weights):
    T = weights.shape[-1]
    a = (weights + torch.eye(T).to(weights)).mean(dim=1)
    a = a / a.sum(dim=-1, keepdim=True)
    r = a[-1]
    for i in range(len(a) - 2, -1, -1):
        r = r @ a[i]
    return r


# %%
# accept rollout: vectors instead of matrices, with add in place on copies
def rollout(weights):
    L, H, T, _ = weights.shape
    columns = []
    for j in range(T):
        v = weights.new_zeros(T)
        v[j] = 1.0
        for l in range(L):
            mixed = sum(weights[l, h] @ v for h in range(H)) / H
            v = 0.5 * (mixed + v)
        columns.append(v)
    return torch.stack(columns, dim=1)


# %%
# accept rollout: baddbmm-like, a clone and the diagonal
def rollout(weights):
    a = weights.sum(dim=1) / weights.shape[1] / 2
    a.diagonal(dim1=-2, dim2=-1).add_(0.5)
    r = a[0].clone()
    for layer in a[1:]:
        r = torch.matmul(layer, r)
    return r


# %%
# reject rollout: the stub · expects "not written yet"
def rollout(weights):
    raise NotImplementedError()


# %%
# reject rollout: nothing returned · expects "end with `return`"
def rollout(weights):
    weights.mean(dim=1)


# %%
# reject rollout: all zeros · expects "every value is zero"
def rollout(weights):
    return torch.zeros_like(weights[0, 0])


# %%
# reject rollout: the first layer on the left · expects "wrong order"
def rollout(weights):
    r = torch.eye(weights.shape[-1], device=weights.device)
    for a in weights.mean(dim=1):
        r = r @ (0.5 * a + 0.5 * torch.eye(len(a), device=weights.device))
    return r


# %%
# reject rollout: no identity · expects "the identity is missing: add half"
def rollout(weights):
    r = torch.eye(weights.shape[-1], device=weights.device)
    for a in weights.mean(dim=1):
        r = a @ r
    return r


# %%
# reject rollout: no identity and the wrong order · expects "and the first layer stands on the left"
def rollout(weights):
    r = torch.eye(weights.shape[-1], device=weights.device)
    for a in weights.mean(dim=1):
        r = r @ a
    return r


# %%
# reject rollout: the identity once, at the end · expects "joins at the end"
def rollout(weights):
    I = torch.eye(weights.shape[-1], device=weights.device)
    r = I
    for a in weights.mean(dim=1):
        r = a @ r
    return 0.5 * r + 0.5 * I


# %%
# reject rollout: the result transposed · expects "transposed"
def rollout(weights):
    I = torch.eye(weights.shape[-1], device=weights.device)
    r = I
    for a in weights.mean(dim=1):
        r = (0.5 * a + 0.5 * I) @ r
    return r.T


# %%
# reject rollout: each matrix transposed · expects "every matrix is transposed"
def rollout(weights):
    I = torch.eye(weights.shape[-1], device=weights.device)
    r = I
    for a in weights.mean(dim=1).mT:
        r = (0.5 * a + 0.5 * I) @ r
    return r


# %%
# reject rollout: entry by entry · expects "entry by entry, with *"
def rollout(weights):
    a = 0.5 * weights.mean(dim=1) + 0.5 * torch.eye(weights.shape[-1], device=weights.device)
    return a.prod(dim=0)


# %%
# reject rollout: entry by entry, renormalized · expects "entry by entry and then renormalized"
def rollout(weights):
    a = 0.5 * weights.mean(dim=1) + 0.5 * torch.eye(weights.shape[-1], device=weights.device)
    a = a.prod(dim=0)
    return a / a.sum(dim=-1, keepdim=True)


# %%
# reject rollout: sum of the layers · expects "the layers are added"
def rollout(weights):
    a = 0.5 * weights.mean(dim=1) + 0.5 * torch.eye(weights.shape[-1], device=weights.device)
    return a.sum(dim=0)


# %%
# reject rollout: mean of the layers · expects "the mean over the layers"
def rollout(weights):
    return 0.5 * weights.mean(dim=(0, 1)) + 0.5 * torch.eye(weights.shape[-1])


# %%
# reject rollout: the first layer only · expects "only the first layer"
def rollout(weights):
    for a in weights.mean(dim=1):
        return 0.5 * a + 0.5 * torch.eye(len(a))


# %%
# reject rollout: the last layer only · expects "only the last layer"
def rollout(weights):
    return 0.5 * weights[-1].mean(dim=0) + 0.5 * torch.eye(weights.shape[-1])


# %%
# reject rollout: not halved · expects "not halved"
def rollout(weights):
    I = torch.eye(weights.shape[-1], device=weights.device)
    r = I
    for a in weights.mean(dim=1):
        r = (a + I) @ r
    return r


# %%
# reject rollout: a bracket is missing · expects "the identity is not"
def rollout(weights):
    I = torch.eye(weights.shape[-1], device=weights.device)
    r = I
    for a in weights.mean(dim=1):
        r = (0.5 * a + I) @ r
    return r


# %%
# reject rollout: the other bracket is missing · expects "the attention is not"
def rollout(weights):
    I = torch.eye(weights.shape[-1], device=weights.device)
    r = I
    for a in weights.mean(dim=1):
        r = (a + I / 2) @ r
    return r


# %%
# reject rollout: ones for the identity · expects "full of ones"
def rollout(weights):
    I = torch.eye(weights.shape[-1], device=weights.device)
    r = I
    for a in weights.mean(dim=1):
        r = (0.5 * a + 0.5) @ r
    return r


# %%
# reject rollout: columns renormalized · expects "columns are made to sum to 1"
def rollout(weights):
    I = torch.eye(weights.shape[-1], device=weights.device)
    r = I
    for a in weights.mean(dim=1):
        a = a + I
        r = (a / a.sum(dim=0, keepdim=True)) @ r
    return r


# %%
# reject rollout: 0.9 and 0.1 · expects "the rollout of the example: expected 0.48"
def rollout(weights):
    I = torch.eye(weights.shape[-1], device=weights.device)
    r = I
    for a in weights.mean(dim=1):
        r = (0.9 * a + 0.1 * I) @ r
    return r


# %%
# reject rollout: product over the heads · expects "the heads are multiplied; take"
def rollout(weights):
    I = torch.eye(weights.shape[-1], device=weights.device)
    r = I
    for a in weights.prod(dim=1):
        r = (0.5 * a + 0.5 * I) @ r
    return r


# %%
# reject rollout: product over the heads, renormalized · expects "the heads are multiplied and renormalized"
def rollout(weights):
    I = torch.eye(weights.shape[-1], device=weights.device)
    r = I
    for a in weights.prod(dim=1):
        a = a / a.sum(dim=-1, keepdim=True)
        r = (0.5 * a + 0.5 * I) @ r
    return r


# %%
# reject rollout: the heads one after the other as matrices · expects "the heads are multiplied as matrices"
def rollout(weights):
    I = torch.eye(weights.shape[-1], device=weights.device)
    r = I
    for layer in weights:
        for a in layer:
            r = (0.5 * a + 0.5 * I) @ r
    return r


# %%
# reject rollout: max over the heads · expects "the largest of the heads is taken; take"
def rollout(weights):
    I = torch.eye(weights.shape[-1], device=weights.device)
    r = I
    for a in weights.amax(dim=1):
        r = (0.5 * a + 0.5 * I) @ r
    return r


# %%
# reject rollout: max over the heads, renormalized · expects "the largest of the heads is taken and renormalized"
def rollout(weights):
    I = torch.eye(weights.shape[-1], device=weights.device)
    r = I
    for a in weights.amax(dim=1):
        a = a / a.sum(dim=-1, keepdim=True)
        r = (0.5 * a + 0.5 * I) @ r
    return r


# %%
# reject rollout: max over the heads, renormalized with the identity · expects "and the rows are renormalized"
def rollout(weights):
    I = torch.eye(weights.shape[-1], device=weights.device)
    r = I
    for a in weights.amax(dim=1):
        a = a + I
        r = (a / a.sum(dim=-1, keepdim=True)) @ r
    return r


# %%
# reject rollout: min over the heads · expects "the smallest of the heads"
def rollout(weights):
    I = torch.eye(weights.shape[-1], device=weights.device)
    r = I
    for a in weights.amin(dim=1):
        r = (0.5 * a + 0.5 * I) @ r
    return r


# %%
# reject rollout: sum over the heads · expects "the heads are added"
def rollout(weights):
    I = torch.eye(weights.shape[-1], device=weights.device)
    r = I
    for a in weights.sum(dim=1):
        r = (0.5 * a + 0.5 * I) @ r
    return r


# %%
# reject rollout: the first head · expects "only the first head"
def rollout(weights):
    I = torch.eye(weights.shape[-1], device=weights.device)
    r = I
    for a in weights[:, 0]:
        r = (0.5 * a + 0.5 * I) @ r
    return r


# %%
# reject rollout: each head alone, then the mean · expects "each head is rolled out alone"
def rollout(weights):
    I = torch.eye(weights.shape[-1], device=weights.device)
    r = I.expand(weights.shape[1], -1, -1)
    for a in weights:
        r = (0.5 * a + 0.5 * I) @ r
    return r.mean(dim=0)


# %%
# reject rollout: the mean is forgotten · expects "(T, inputs)"
def rollout(weights):
    I = torch.eye(weights.shape[-1], device=weights.device)
    r = I
    for a in weights:
        r = (0.5 * a + 0.5 * I) @ r
    return r


# %%
# reject rollout: layers and heads swapped · expects "layers and heads are swapped"
def rollout(weights):
    I = torch.eye(weights.shape[-1], device=weights.device)
    r = I
    for a in weights.mean(dim=0):
        r = (0.5 * a + 0.5 * I) @ r
    return r


# %%
# reject rollout: the identity on the CPU · expects "It would fail on a GPU"
def rollout(weights):
    I = torch.eye(weights.shape[-1])
    r = I
    for a in weights.mean(dim=1):
        r = (0.5 * a + 0.5 * I) @ r
    return r


# %%
# reject rollout: multi_dot, which wants two layers at least · expects "raised"
def rollout(weights):
    I = torch.eye(weights.shape[-1], device=weights.device)
    return torch.linalg.multi_dot([0.5 * a + 0.5 * I for a in weights.mean(dim=1).flip(0)])


# %%
# reject rollout: two layers only · expects "the rollout of one layer"
def rollout(weights):
    I = torch.eye(weights.shape[-1], device=weights.device)
    a = 0.5 * weights.mean(dim=1) + 0.5 * I
    return a[-1] @ a[min(1, len(a) - 1) - 1]


# %%
# reject rollout: in place · expects "changes its input"
def rollout(weights):
    weights += torch.eye(weights.shape[-1], device=weights.device)
    weights /= 2
    r = torch.eye(weights.shape[-1], device=weights.device)
    for a in weights.mean(dim=1):
        r = a @ r
    return r


# %% [markdown]
# # Exercise 10


# %%
# accept window_partition: view and permute
def window_partition(x, size):
    B, H, W, C = x.shape
    x = x.reshape(B, H // size, size, W // size, size, C)
    return x.permute(0, 1, 3, 2, 4, 5).reshape(-1, size * size, C)


# %%
# accept window_partition: loops over windows
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
# accept window_partition: unfold of a tensor
def window_partition(x, size):
    C = x.shape[-1]
    x = x.unfold(1, size, size).unfold(2, size, size)  # (B, H/size, W/size, C, size, size)
    return x.permute(0, 1, 2, 4, 5, 3).reshape(-1, size * size, C)


# %%
# accept window_partition: F.unfold
def window_partition(x, size):
    B, H, W, C = x.shape
    y = F.unfold(x.permute(0, 3, 1, 2), size, stride=size)  # (B, C · size², L)
    return y.view(B, C, size * size, -1).permute(0, 3, 2, 1).reshape(-1, size * size, C)


# %%
# reject window_partition: the stub · expects "not written yet"
def window_partition(x, size):
    raise NotImplementedError()


# %%
# reject window_partition: nothing returned · expects "end with `return`"
def window_partition(x, size):
    x.flatten(1, 2)


# %%
# reject window_partition: all zeros · expects "every value is zero"
def window_partition(x, size):
    B, H, W, C = x.shape
    return 0 * x.reshape(-1, size * size, C)


# %%
# reject window_partition: a plain reshape · expects "a reshape alone cannot cut squares"
def window_partition(x, size):
    return x.reshape(-1, size * size, x.shape[-1])


# %%
# reject window_partition: split without a transpose · expects "a reshape alone cannot cut squares"
def window_partition(x, size):
    B, H, W, C = x.shape
    return x.view(B, H // size, size, W // size, size, C).reshape(-1, size * size, C)


# %%
# reject window_partition: windows column by column · expects "the windows stand column by column"
def window_partition(x, size):
    B, H, W, C = x.shape
    x = x.view(B, H // size, size, W // size, size, C)
    return x.permute(0, 3, 1, 2, 4, 5).reshape(-1, size * size, C)


# %%
# reject window_partition: patches column by column · expects "inside a window the patches stand column by column"
def window_partition(x, size):
    B, H, W, C = x.shape
    x = x.view(B, H // size, size, W // size, size, C)
    return x.permute(0, 1, 3, 4, 2, 5).reshape(-1, size * size, C)


# %%
# reject window_partition: both column by column · expects "rows and columns are swapped, of the windows"
def window_partition(x, size):
    B, H, W, C = x.shape
    x = x.view(B, H // size, size, W // size, size, C)
    return x.permute(0, 3, 1, 4, 2, 5).reshape(-1, size * size, C)


# %%
# reject window_partition: window and row in it the other way round · expects "are far apart"
def window_partition(x, size):
    B, H, W, C = x.shape
    x = x.view(B, size, H // size, size, W // size, C)
    return x.permute(0, 2, 4, 1, 3, 5).reshape(-1, size * size, C)


# %%
# reject window_partition: the images take turns · expects "take turns"
def window_partition(x, size):
    B, H, W, C = x.shape
    x = x.view(B, H // size, size, W // size, size, C)
    return x.permute(1, 3, 0, 2, 4, 5).reshape(-1, size * size, C)


# %%
# reject window_partition: channels before the patches · expects "channels and patches of a window are mixed"
def window_partition(x, size):
    B, H, W, C = x.shape
    x = x.view(B, H // size, size, W // size, size, C)
    return x.permute(0, 1, 3, 5, 2, 4).reshape(-1, size * size, C)


# %%
# reject window_partition: F.unfold without sorting channels out · expects "channels and patches of a window are mixed"
def window_partition(x, size):
    C = x.shape[-1]
    y = F.unfold(x.permute(0, 3, 1, 2), size, stride=size)
    return y.mT.reshape(-1, size * size, C)


# %%
# reject window_partition: a dimension for the images is left · expects "join images and windows"
def window_partition(x, size):
    B, H, W, C = x.shape
    x = x.view(B, H // size, size, W // size, size, C)
    return x.transpose(2, 3).reshape(B, -1, size * size, C)


# %%
# reject window_partition: the windows stay square · expects "join the rows and columns of a window"
def window_partition(x, size):
    B, H, W, C = x.shape
    x = x.view(B, H // size, size, W // size, size, C)
    return x.transpose(2, 3).reshape(-1, size, size, C)


# %%
# reject window_partition: channels and patches swapped · expects "Are tokens and C swapped?"
def window_partition(x, size):
    B, H, W, C = x.shape
    x = x.view(B, H // size, size, W // size, size, C)
    return x.transpose(2, 3).reshape(-1, size * size, C).mT


# %%
# reject window_partition: through numpy · expects "no gradient reaches the input"
def window_partition(x, size):
    B, H, W, C = x.shape
    x = torch.tensor(x.detach().numpy()).view(B, H // size, size, W // size, size, C)
    return x.transpose(2, 3).reshape(-1, size * size, C)


# %%
# reject window_partition: the result on the CPU · expects "It would fail on a GPU"
def window_partition(x, size):
    B, H, W, C = x.shape
    rows = H // size * (W // size)
    index = torch.arange(H * W).view(H // size, size, W // size, size).transpose(1, 2)
    out = torch.zeros(B, rows, size * size, C, dtype=x.dtype)
    out = out + x.flatten(1, 2)[:, index.reshape(rows, -1)]
    return out.flatten(0, 1)


# %%
# reject window_partition: the mean of each window · expects "(windows, tokens, C)"
def window_partition(x, size):
    B, H, W, C = x.shape
    x = x.view(B, H // size, size, W // size, size, C)
    return x.transpose(2, 3).reshape(-1, size * size, C).mean(dim=1)


# %%
# reject window_partition: only the first image · expects "expected (windows, tokens, C) = (12, 4, 3), got (6, 4, 3)"
def window_partition(x, size):
    _, H, W, C = x.shape
    x = x[0].view(H // size, size, W // size, size, C)
    return x.transpose(1, 2).reshape(-1, size * size, C)


# %%
# accept window_reverse: view and permute
def window_reverse(windows, size, height, width):
    C = windows.shape[-1]
    x = windows.reshape(-1, height // size, width // size, size, size, C)
    return x.permute(0, 1, 3, 2, 4, 5).reshape(-1, height, width, C)


# %%
# accept window_reverse: loops that fill a new tensor
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
# accept window_reverse: cat
def window_reverse(windows, size, height, width):
    C = windows.shape[-1]
    squares = windows.reshape(-1, width // size, size, size, C)
    strips = torch.cat(squares.unbind(1), dim=2)  # (B · rows, size, W, C)
    return strips.reshape(-1, height, width, C)


# %%
# accept window_reverse: F.fold
def window_reverse(windows, size, height, width):
    n, C = (height // size) * (width // size), windows.shape[-1]
    y = windows.reshape(-1, n, size * size, C).permute(0, 3, 2, 1).flatten(1, 2)
    return F.fold(y, (height, width), size, stride=size).permute(0, 2, 3, 1)


# %%
# reject window_reverse: the stub · expects "not written yet"
def window_reverse(windows, size, height, width):
    raise NotImplementedError()


# %%
# reject window_reverse: nothing returned · expects "end with `return`"
def window_reverse(windows, size, height, width):
    windows.flatten(0, 1)


# %%
# reject window_reverse: all zeros · expects "every value is zero"
def window_reverse(windows, size, height, width):
    return 0 * windows.reshape(-1, height, width, windows.shape[-1])


# %%
# reject window_reverse: a plain reshape · expects "a reshape alone cannot cut squares"
def window_reverse(windows, size, height, width):
    return windows.reshape(-1, height, width, windows.shape[-1])


# %%
# reject window_reverse: windows column by column · expects "the windows stand column by column"
def window_reverse(windows, size, height, width):
    C = windows.shape[-1]
    x = windows.view(-1, width // size, height // size, size, size, C)
    return x.permute(0, 2, 3, 1, 4, 5).reshape(-1, height, width, C)


# %%
# reject window_reverse: patches column by column · expects "inside a window the patches stand column by column"
def window_reverse(windows, size, height, width):
    C = windows.shape[-1]
    x = windows.view(-1, height // size, width // size, size, size, C)
    return x.permute(0, 1, 4, 2, 3, 5).reshape(-1, height, width, C)


# %%
# reject window_reverse: both column by column · expects "rows and columns are swapped, of the windows"
def window_reverse(windows, size, height, width):
    C = windows.shape[-1]
    x = windows.view(-1, width // size, height // size, size, size, C)
    return x.permute(0, 2, 4, 1, 3, 5).reshape(-1, height, width, C)


# %%
# reject window_reverse: window and row in it the other way round · expects "are far apart"
def window_reverse(windows, size, height, width):
    C = windows.shape[-1]
    x = windows.view(-1, height // size, width // size, size, size, C)
    return x.permute(0, 3, 1, 4, 2, 5).reshape(-1, height, width, C)


# %%
# reject window_reverse: the images take turns · expects "take turns"
def window_reverse(windows, size, height, width):
    C = windows.shape[-1]
    rows, columns = height // size, width // size
    x = windows.view(rows, columns, -1, size, size, C)
    return x.permute(2, 0, 3, 1, 4, 5).reshape(-1, height, width, C)


# %%
# reject window_reverse: height and width swapped in the sizes · expects "Are H and W swapped?"
def window_reverse(windows, size, height, width):
    C = windows.shape[-1]
    x = windows.view(-1, width // size, height // size, size, size, C)
    return x.transpose(2, 3).reshape(-1, width, height, C)


# %%
# reject window_reverse: H and W swapped in the grid of windows · expects "H and W are swapped"
def window_reverse(windows, size, height, width):
    C = windows.shape[-1]
    x = windows.view(-1, width // size, height // size, size, size, C)
    return x.transpose(2, 3).reshape(-1, height, width, C)


# %%
# reject window_reverse: one image only · expects "RuntimeError"
def window_reverse(windows, size, height, width):
    C = windows.shape[-1]
    x = windows.view(1, height // size, width // size, size, size, C)
    return x.transpose(2, 3).reshape(1, height, width, C)


# %%
# reject window_reverse: a batch of two, always · expects "is invalid for input of size 72"
def window_reverse(windows, size, height, width):
    C = windows.shape[-1]
    x = windows.view(2, height // size, -1, size, size, C)
    return x.transpose(2, 3).flatten(3, 4).flatten(1, 2)


# %%
# reject window_reverse: cut again instead of put back · expects "that cuts once more"
def window_reverse(windows, size, height, width):
    C = windows.shape[-1]
    x = windows.reshape(-1, height // size, size, width // size, size, C)
    return x.transpose(2, 3).reshape(-1, height, width, C)


# %%
# reject window_reverse: channels before the patches · expects "channels and patches of a window are mixed"
def window_reverse(windows, size, height, width):
    C = windows.shape[-1]
    x = windows.view(-1, height // size, width // size, C, size, size)
    return x.permute(0, 1, 4, 2, 5, 3).reshape(-1, height, width, C)


# %%
# reject window_reverse: the grid stays flat · expects "(B, H, W, C)"
def window_reverse(windows, size, height, width):
    C = windows.shape[-1]
    x = windows.view(-1, height // size, width // size, size, size, C)
    return x.transpose(2, 3).reshape(-1, height * width, C)


# %%
# reject window_reverse: fills a tensor on the CPU · expects "It would fail on a GPU"
def window_reverse(windows, size, height, width):
    C = windows.shape[-1]
    x = windows.view(-1, height // size, width // size, size, size, C)
    out = torch.zeros(len(x), height, width, C, dtype=windows.dtype)
    return out + x.transpose(2, 3).reshape(-1, height, width, C)


# %%
# reject window_reverse: through numpy · expects "no gradient reaches the input"
def window_reverse(windows, size, height, width):
    C = windows.shape[-1]
    x = torch.tensor(windows.detach().numpy())
    x = x.view(-1, height // size, width // size, size, size, C)
    return x.transpose(2, 3).reshape(-1, height, width, C)


# %% [markdown]
# # Exercise 11


# %%
# accept shift_windows: cat of slices
def shift_windows(x, shift):
    x = torch.cat([x[:, shift:], x[:, :shift]], dim=1)
    return torch.cat([x[:, :, shift:], x[:, :, :shift]], dim=2)


# %%
# accept shift_windows: an index for rows and one for columns
def shift_windows(x, shift):
    rows = (torch.arange(x.shape[1], device=x.device) + shift) % x.shape[1]
    columns = (torch.arange(x.shape[2], device=x.device) + shift) % x.shape[2]
    return x[:, rows][:, :, columns]


# %%
# accept shift_windows: rolled twice
def shift_windows(x, shift):
    return x.roll(-shift, 1).roll(-shift, 2)


# %%
# reject shift_windows: the stub · expects "not written yet"
def shift_windows(x, shift):
    raise NotImplementedError()


# %%
# reject shift_windows: nothing returned · expects "end with `return`"
def shift_windows(x, shift):
    torch.roll(x, -shift, dims=1)


# %%
# reject shift_windows: the wrong way · expects "the wrong way"
def shift_windows(x, shift):
    return torch.roll(x, (shift, shift), dims=(1, 2))


# %%
# reject shift_windows: rows only · expects "it is shifted up only"
def shift_windows(x, shift):
    return torch.roll(x, -shift, dims=1)


# %%
# reject shift_windows: columns only · expects "to the left only"
def shift_windows(x, shift):
    return torch.roll(x, -shift, dims=2)


# %%
# reject shift_windows: up and to the right · expects "up, but to the right"
def shift_windows(x, shift):
    return torch.roll(x, (-shift, shift), dims=(1, 2))


# %%
# reject shift_windows: down and to the left · expects "to the left, but down"
def shift_windows(x, shift):
    return torch.roll(x, (shift, -shift), dims=(1, 2))


# %%
# reject shift_windows: the last two dimensions · expects "the channels are shifted"
def shift_windows(x, shift):
    return torch.roll(x, (-shift, -shift), dims=(2, 3))


# %%
# reject shift_windows: the first two dimensions · expects "the images are shifted"
def shift_windows(x, shift):
    return torch.roll(x, (-shift, -shift), dims=(0, 1))


# %%
# reject shift_windows: the flat list of patches · expects "along the flat list"
def shift_windows(x, shift):
    return x.flatten(1, 2).roll(-shift, 1).view_as(x)


# %%
# reject shift_windows: zeros come in · expects "is lost"
def shift_windows(x, shift):
    y = torch.zeros_like(x)
    y[:, : x.shape[1] - shift, : x.shape[2] - shift] = x[:, shift:, shift:]
    return y


# %%
# reject shift_windows: nothing shifted · expects "nothing is shifted"
def shift_windows(x, shift):
    return x


# %%
# reject shift_windows: always by one · expects "after a shift by"
def shift_windows(x, shift):
    return torch.roll(x, (-1, -1), dims=(1, 2)) if shift else x


# %%
# reject shift_windows: cut smaller · expects "got (2, 3, 5, 3)"
def shift_windows(x, shift):
    return x[:, shift:, shift:]


# %%
# reject shift_windows: no dims, so everything is one list · expects "the whole tensor"
def shift_windows(x, shift):
    return torch.roll(x, -shift)


# %%
# accept shifted_window_mask: slices as in Swin
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
# accept shifted_window_mask: loops over the coordinates in the image
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
# accept shifted_window_mask: rows and columns apart, joined at the end
def shifted_window_mask(height, width, size, shift):
    def line(n):
        came = (torch.arange(n) >= n - shift).view(-1, size)
        return came[:, :, None] == came[:, None, :]  # (windows, size, size)

    rows, columns = line(height), line(width)
    mask = rows[:, None, :, None, :, None] & columns[None, :, None, :, None, :]
    return mask.reshape(-1, size * size, size * size)


# %%
# accept shifted_window_mask: numbers shifted with the grid
def shifted_window_mask(height, width, size, shift):
    numbers = torch.zeros(1, height, width, 1, dtype=torch.long)
    numbers[:, :shift] += 1
    numbers[:, :, :shift] += 2
    numbers = window_partition(shift_windows(numbers, shift), size)
    return numbers == numbers.transpose(1, 2)


# %%
# accept shifted_window_mask: edges and corner of the windows by hand
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
# reject shifted_window_mask: the stub · expects "not written yet"
def shifted_window_mask(height, width, size, shift):
    raise NotImplementedError()


# %%
# reject shifted_window_mask: nothing returned · expects "end with `return`"
def shifted_window_mask(height, width, size, shift):
    torch.ones(height, width)


# %%
# reject shifted_window_mask: all True · expects "nothing is masked"
def shifted_window_mask(height, width, size, shift):
    return torch.ones(height * width // size**2, size**2, size**2, dtype=torch.bool)


# %%
# reject shifted_window_mask: all False · expects "everything is masked"
def shifted_window_mask(height, width, size, shift):
    return torch.zeros(height * width // size**2, size**2, size**2, dtype=torch.bool)


# %%
# reject shifted_window_mask: inverted · expects "True and False are swapped"
def shifted_window_mask(height, width, size, shift):
    r = torch.arange(height)[:, None] >= height - shift
    c = torch.arange(width) >= width - shift
    n = window_partition((2 * r + 1 * c)[None, :, :, None], size)
    return n != n.mT


# %%
# reject shifted_window_mask: rows only · expects "only rows that went around"
def shifted_window_mask(height, width, size, shift):
    r = torch.arange(height)[:, None] >= height - shift
    n = window_partition(r.expand(height, width)[None, :, :, None], size)
    return n == n.mT


# %%
# reject shifted_window_mask: columns only · expects "only columns that went around"
def shifted_window_mask(height, width, size, shift):
    c = torch.arange(width) >= width - shift
    n = window_partition(c.expand(height, width)[None, :, :, None], size)
    return n == n.mT


# %%
# reject shifted_window_mask: the regions of the grid before the shift · expects "the first rows and columns"
def shifted_window_mask(height, width, size, shift):
    r = torch.arange(height)[:, None] < shift
    c = torch.arange(width) < shift
    n = window_partition((2 * r + 1 * c)[None, :, :, None], size)
    return n == n.mT


# %%
# reject shifted_window_mask: shifted down and right · expects "the first rows and columns"
def shifted_window_mask(height, width, size, shift):
    n = torch.zeros(1, height, width, 1, dtype=torch.long)
    n[:, height - shift :] += 1
    n[:, :, width - shift :] += 2
    n = window_partition(torch.roll(n, (shift, shift), dims=(1, 2)), size)
    return n == n.mT


# %%
# reject shifted_window_mask: one number for both directions · expects "have one number"
def shifted_window_mask(height, width, size, shift):
    r = torch.arange(height)[:, None] >= height - shift
    c = torch.arange(width) >= width - shift
    n = window_partition((1 * r + 1 * c)[None, :, :, None], size)
    return n == n.mT


# %%
# reject shifted_window_mask: gone around or not · expects "all that went around has one number"
def shifted_window_mask(height, width, size, shift):
    r = torch.arange(height)[:, None] >= height - shift
    c = torch.arange(width) >= width - shift
    n = window_partition((r | c)[None, :, :, None], size)
    return n == n.mT


# %%
# reject shifted_window_mask: exclusive or · expects "count as if in none"
def shifted_window_mask(height, width, size, shift):
    r = torch.arange(height)[:, None] >= height - shift
    c = torch.arange(width) >= width - shift
    n = window_partition((r ^ c)[None, :, :, None], size)
    return n == n.mT


# %%
# reject shifted_window_mask: both directions at once · expects "only patches that went around in both"
def shifted_window_mask(height, width, size, shift):
    r = torch.arange(height)[:, None] >= height - shift
    c = torch.arange(width) >= width - shift
    n = window_partition((r & c)[None, :, :, None], size)
    return n == n.mT


# %%
# reject shifted_window_mask: only equal patches · expects "each patch sees only itself, in every window"
def shifted_window_mask(height, width, size, shift):
    return torch.eye(size**2, dtype=torch.bool).repeat(height * width // size**2, 1, 1)


# %%
# reject shifted_window_mask: windows at the edge see themselves only · expects "in every window at an edge"
def shifted_window_mask(height, width, size, shift):
    mask = torch.ones(height // size, width // size, size**2, size**2, dtype=torch.bool)
    mask[-1] = mask[:, -1] = torch.eye(size**2, dtype=torch.bool)
    return mask.flatten(0, 1)


# %%
# reject shifted_window_mask: the grid transposed · expects "rows and columns are swapped: windows"
def shifted_window_mask(height, width, size, shift):
    r = torch.arange(height)[:, None] >= height - shift
    c = torch.arange(width) >= width - shift
    n = (2 * r + 1 * c).T[None, :, :, None]
    n = window_partition(n, size)
    return n == n.mT


# %%
# reject shifted_window_mask: windows column by column · expects "the windows are counted column by column"
def shifted_window_mask(height, width, size, shift):
    r = torch.arange(height)[:, None] >= height - shift
    c = torch.arange(width) >= width - shift
    n = window_partition((2 * r + 1 * c)[None, :, :, None], size)
    m = (n == n.mT).unflatten(0, (height // size, width // size))
    return m.transpose(0, 1).flatten(0, 1)


# %%
# reject shifted_window_mask: patches column by column · expects "swapped inside the windows"
def shifted_window_mask(height, width, size, shift):
    r = torch.arange(height)[:, None] >= height - shift
    c = torch.arange(width) >= width - shift
    n = window_partition((2 * r + 1 * c)[None, :, :, None], size)
    n = n.view(-1, size, size).mT.reshape(-1, size**2, 1)
    return n == n.mT


# %%
# reject shifted_window_mask: height and width swapped · expects "rows and columns are swapped"
def shifted_window_mask(height, width, size, shift):
    r = torch.arange(width)[:, None] >= width - shift
    c = torch.arange(height) >= height - shift
    n = window_partition((2 * r + 1 * c)[None, :, :, None], size)
    return n == n.mT


# %%
# reject shifted_window_mask: off by one, too few · expects "off by one: too few"
def shifted_window_mask(height, width, size, shift):
    r = torch.arange(height)[:, None] > height - shift
    c = torch.arange(width) > width - shift
    n = window_partition((2 * r + 1 * c)[None, :, :, None], size)
    return n == n.mT


# %%
# reject shifted_window_mask: off by one, too many · expects "off by one: too many"
def shifted_window_mask(height, width, size, shift):
    r = torch.arange(height)[:, None] >= height - shift - 1
    c = torch.arange(width) >= width - shift - 1
    n = window_partition((2 * r + 1 * c)[None, :, :, None], size)
    return n == n.mT


# %%
# reject shifted_window_mask: the rest of the window · expects "not `size - shift`"
def shifted_window_mask(height, width, size, shift):
    r = torch.arange(height)[:, None] >= height - (size - shift) % size
    c = torch.arange(width) >= width - (size - shift) % size
    n = window_partition((2 * r + 1 * c)[None, :, :, None], size)
    return n == n.mT


# %%
# reject shifted_window_mask: half a window, whatever the shift · expects "half a window only"
def shifted_window_mask(height, width, size, shift):
    half = size // 2 if shift else 0
    r = torch.arange(height)[:, None] >= height - half
    c = torch.arange(width) >= width - half
    n = window_partition((2 * r + 1 * c)[None, :, :, None], size)
    return n == n.mT


# %%
# reject shifted_window_mask: every window is cut · expects "every window is cut"
def shifted_window_mask(height, width, size, shift):
    r = torch.arange(height)[:, None] % size >= size - shift
    c = torch.arange(width) % size >= size - shift
    n = window_partition((2 * r + 1 * c)[None, :, :, None], size)
    return n == n.mT


# %%
# reject shifted_window_mask: masked without a shift too · expects "shift 0"
def shifted_window_mask(height, width, size, shift):
    shift = shift or size // 2
    r = torch.arange(height)[:, None] >= height - shift
    c = torch.arange(width) >= width - shift
    n = window_partition((2 * r + 1 * c)[None, :, :, None], size)
    return n == n.mT


# %%
# reject shifted_window_mask: a slice from -0, so all is masked without a shift · expects "shift 0"
def shifted_window_mask(height, width, size, shift):
    n = torch.arange(height * width).view(height, width)
    n[:-shift, :-shift] = -1
    n[-shift:, :-shift] = -2
    n[:-shift, -shift:] = -3
    n[-shift:, -shift:] = n[-shift:, -shift:] if shift == 0 else -4
    n = window_partition(n[None, :, :, None], size)
    return n == n.mT


# %%
# reject shifted_window_mask: numbers to be added to the scores · expects "should be boolean"
def shifted_window_mask(height, width, size, shift):
    r = torch.arange(height)[:, None] >= height - shift
    c = torch.arange(width) >= width - shift
    n = window_partition((2 * r + 1 * c)[None, :, :, None], size)
    return torch.where(n == n.mT, 0.0, -100.0)


# %%
# reject shifted_window_mask: all patches of the image · expects "(windows, queries, keys)"
def shifted_window_mask(height, width, size, shift):
    r = torch.arange(height)[:, None] >= height - shift
    c = torch.arange(width) >= width - shift
    n = (2 * r + 1 * c).flatten()
    return n[:, None] == n


# %%
# reject shifted_window_mask: the diagonal is masked · expects "a patch may attend to itself"
def shifted_window_mask(height, width, size, shift):
    r = torch.arange(height)[:, None] >= height - shift
    c = torch.arange(width) >= width - shift
    n = window_partition((2 * r + 1 * c)[None, :, :, None], size)
    return (n == n.mT) & ~torch.eye(size**2, dtype=torch.bool)


# %%
# reject window_partition: filled into a tensor of another dtype · expects "as the input has"
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
# reject shift_windows: filled into a tensor of another dtype · expects "as the input has"
def shift_windows(x, shift):
    y = torch.empty(x.shape, device=x.device)
    y[:] = x.roll((-shift, -shift), (1, 2))
    return y


# %%
# reject rollout: in numpy · expects "expected torch.float32, as the weights are"
def rollout(weights):
    A = weights.double().mean(1).numpy()
    R = np.eye(A.shape[-1])
    for a in A:
        R = (0.5 * a + 0.5 * np.eye(len(a))) @ R
    return torch.from_numpy(R)


# %%
# reject rollout: in numpy, and back · expects "It would fail on a GPU"
def rollout(weights):
    A = weights.mean(1).numpy()
    R = np.eye(A.shape[-1], dtype=A.dtype)
    for a in A:
        R = (0.5 * a + 0.5 * np.eye(len(a), dtype=A.dtype)) @ R
    return torch.from_numpy(R)


# %%
# reject shifted_window_mask: two rows of three windows · expects "6 × 4"
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
# reject shifted_window_mask: the columns overwrite the rows · expects "counts as if only from left to right"
def shifted_window_mask(height, width, size, shift):
    n = torch.zeros(1, height, width, 1)
    if shift:
        n[:, -shift:] = 2
        n[:, :, -shift:] = 1
    n = window_partition(n, size)
    return n == n.mT


# %%
# reject window_partition: as many windows as rows in one · expects "6 × 12, size 3"
def window_partition(x, size):
    B, H, W, C = x.shape
    return (
        x.reshape(B, size, H // size, W // size, size, C)
        .transpose(2, 3)
        .reshape(-1, size * size, C)
    )


# %%
# reject window_reverse: the number of all windows for that of the grids · expects "divided by those of one grid"
def window_reverse(windows, size, height, width):
    B, C = windows.shape[0], windows.shape[-1]
    x = windows.view(B, height // size, width // size, size, size, C)
    return x.transpose(2, 3).reshape(B, height, width, C)
