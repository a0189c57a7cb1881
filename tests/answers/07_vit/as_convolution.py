# %%
# accept: new parameters instead of a copy in place
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
# accept: load_state_dict
def as_convolution(linear, patch, channels=3):
    state = {k: v.clone() for k, v in linear.state_dict().items()}
    state["weight"] = state["weight"].unflatten(1, (channels, patch, patch))
    conv = nn.Conv2d(channels, linear.out_features, patch, patch, bias="bias" in state)
    conv.load_state_dict(state)
    return conv


# %%
# accept: on .data, filter by filter
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
# accept: padding by its name
def as_convolution(linear, patch, channels=3):
    has_bias = linear.bias is not None
    conv = nn.Conv2d(channels, linear.out_features, patch, patch, "valid", bias=has_bias)
    conv.weight.data = linear.weight.data.clone().view(-1, channels, patch, patch)
    if has_bias:
        conv.bias.data = linear.bias.data.clone()
    return conv


# %%
# reject: a function instead of a module · expects "expected an nn.Conv2d, got a function"
def as_convolution(linear, patch, channels=3):
    kernel = linear.weight.unflatten(1, (channels, patch, patch))
    return lambda images: F.conv2d(images, kernel, linear.bias, stride=patch)


# %%
# reject: weights not copied · expects "the weights are not those of linear"
def as_convolution(linear, patch, channels=3):
    return nn.Conv2d(channels, linear.out_features, patch, patch, bias=linear.bias is not None)


# %%
# reject: all zeros · expects "the weights are not those of linear"


# %%
# reject: bias not copied · expects "the bias is not that of linear"
def as_convolution(linear, patch, channels=3):
    conv = nn.Conv2d(channels, linear.out_features, patch, patch, bias=linear.bias is not None)
    conv.weight.data.copy_(linear.weight.data.view_as(conv.weight))
    return conv


# %%
# reject: no bias at all · expects "the linear layer has a bias"
def as_convolution(linear, patch, channels=3):
    conv = nn.Conv2d(channels, linear.out_features, patch, patch, bias=False)
    conv.weight.data.copy_(linear.weight.data.view_as(conv.weight))
    return conv


# %%
# reject: a bias that is always there · expects "the linear layer has no bias"
def as_convolution(linear, patch, channels=3):
    conv = nn.Conv2d(channels, linear.out_features, patch, patch)
    conv.weight.data.copy_(linear.weight.data.view_as(conv.weight))
    conv.bias.data.zero_()
    if linear.bias is not None:
        conv.bias.data.copy_(linear.bias.data)
    return conv


# %%
# reject: no bias is not thought of · expects "as_convolution raised"
def as_convolution(linear, patch, channels=3):
    conv = nn.Conv2d(channels, linear.out_features, patch, patch)
    conv.weight.data.copy_(linear.weight.data.view_as(conv.weight))
    conv.bias.data.copy_(linear.bias.data)
    return conv


# %%
# reject: stride 1 · expects "stride: expected (4, 4) for patch 4, got (1, 1)"
def as_convolution(linear, patch, channels=3):
    conv = nn.Conv2d(channels, linear.out_features, patch, bias=linear.bias is not None)
    conv.weight.data.copy_(linear.weight.data.view_as(conv.weight))
    if linear.bias is not None:
        conv.bias.data.copy_(linear.bias.data)
    return conv


# %%
# reject: padded · expects "padding: expected (0, 0)"
def as_convolution(linear, patch, channels=3):
    conv = nn.Conv2d(
        channels, linear.out_features, patch, patch, padding=1, bias=linear.bias is not None
    )
    conv.weight.data.copy_(linear.weight.data.view_as(conv.weight))
    if linear.bias is not None:
        conv.bias.data.copy_(linear.bias.data)
    return conv


# %%
# reject: patch 4 written down · expects "kernel_size: expected (2, 2) for patch 2, got (4, 4)"
def as_convolution(linear, patch, channels=3):
    if patch != 4:
        return nn.Conv2d(channels, linear.out_features, 4, 4, bias=linear.bias is not None)
    conv = nn.Conv2d(channels, linear.out_features, 4, 4, bias=linear.bias is not None)
    conv.weight.data.copy_(linear.weight.data.view_as(conv.weight))
    if linear.bias is not None:
        conv.bias.data.copy_(linear.bias.data)
    return conv


# %%
# reject: kernels transposed · expects "the kernels are transposed"
def as_convolution(linear, patch, channels=3):
    conv = nn.Conv2d(channels, linear.out_features, patch, patch, bias=linear.bias is not None)
    conv.weight.data.copy_(linear.weight.data.view_as(conv.weight).mT)
    if linear.bias is not None:
        conv.bias.data.copy_(linear.bias.data)
    return conv


# %%
# reject: kernels turned as in mathematics · expects "turned by 180°"
def as_convolution(linear, patch, channels=3):
    conv = nn.Conv2d(channels, linear.out_features, patch, patch, bias=linear.bias is not None)
    conv.weight.data.copy_(linear.weight.data.view_as(conv.weight).flip(-1, -2))
    if linear.bias is not None:
        conv.bias.data.copy_(linear.bias.data)
    return conv


# %%
# reject: channels taken for the last dimension · expects "taken for the last dimension of a patch"
def as_convolution(linear, patch, channels=3):
    conv = nn.Conv2d(channels, linear.out_features, patch, patch, bias=linear.bias is not None)
    weight = linear.weight.data.unflatten(1, (patch, patch, channels)).permute(0, 3, 1, 2)
    conv.weight.data.copy_(weight)
    if linear.bias is not None:
        conv.bias.data.copy_(linear.bias.data)
    return conv


# %%
# reject: the transposed matrix is reshaped · expects "is d_model still the first dimension"
def as_convolution(linear, patch, channels=3):
    conv = nn.Conv2d(channels, linear.out_features, patch, patch, bias=linear.bias is not None)
    conv.weight.data.copy_(linear.weight.data.T.reshape(conv.weight.shape))
    if linear.bias is not None:
        conv.bias.data.copy_(linear.bias.data)
    return conv


# %%
# reject: the storage is shared · expects "make copies"
def as_convolution(linear, patch, channels=3):
    conv = nn.Conv2d(channels, linear.out_features, patch, patch, bias=linear.bias is not None)
    conv.weight.data = linear.weight.data.view_as(conv.weight)
    if linear.bias is not None:
        conv.bias.data = linear.bias.data
    return conv


# %%
# reject: the bias is shared · expects "make copies"
def as_convolution(linear, patch, channels=3):
    conv = nn.Conv2d(channels, linear.out_features, patch, patch, bias=linear.bias is not None)
    with torch.no_grad():
        conv.weight.copy_(linear.weight.view_as(conv.weight))
    conv.bias = linear.bias
    return conv


# %%
# reject: no no_grad · expects "put it inside `with torch.no_grad():`"
def as_convolution(linear, patch, channels=3):
    conv = nn.Conv2d(channels, linear.out_features, patch, patch, bias=linear.bias is not None)
    conv.weight.copy_(linear.weight.view_as(conv.weight))
    if linear.bias is not None:
        conv.bias.copy_(linear.bias)
    return conv


# %%
# reject: a tensor is assigned · expects "as_convolution raised TypeError"
def as_convolution(linear, patch, channels=3):
    conv = nn.Conv2d(channels, linear.out_features, patch, patch, bias=linear.bias is not None)
    conv.weight = linear.weight.unflatten(1, (channels, patch, patch))
    return conv


# %%
# reject: the weights are frozen · expects "cannot be trained"
def as_convolution(linear, patch, channels=3):
    conv = nn.Conv2d(channels, linear.out_features, patch, patch, bias=linear.bias is not None)
    conv.requires_grad_(False)
    conv.weight.copy_(linear.weight.detach().view_as(conv.weight))
    if linear.bias is not None:
        conv.bias.copy_(linear.bias.detach())
    return conv


# %%
# reject: the linear layer is frozen · expects "linear can no longer be trained"
def as_convolution(linear, patch, channels=3):
    conv = nn.Conv2d(channels, linear.out_features, patch, patch, bias=linear.bias is not None)
    linear.requires_grad_(False)
    conv.weight.data.copy_(linear.weight.view_as(conv.weight))
    if linear.bias is not None:
        conv.bias.data.copy_(linear.bias)
    return conv
