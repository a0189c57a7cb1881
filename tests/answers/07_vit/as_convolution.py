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
# - convolution.weight.copy_(linear.weight.view_as(convolution.weight))

# %%
# reject: all zeros · expects "the weights are not those of linear"

# %%
# reject: bias not copied · expects "the bias is not that of linear"
# - if bias:
# -     convolution.bias.copy_(linear.bias)

# %%
# reject: no bias at all · expects "the linear layer has a bias"
# - bias = linear.bias is not None
# + bias = False

# %%
# reject: a bias that is always there · expects "the linear layer has no bias"
# - convolution = nn.Conv2d(channels, linear.out_features, patch, stride=patch, bias=bias)
# + convolution = nn.Conv2d(channels, linear.out_features, patch, stride=patch)
# + nn.init.zeros_(convolution.bias)

# %%
# reject: no bias is not thought of · expects "as_convolution raised"
# - bias = linear.bias is not None
# + bias = True

# %%
# reject: stride 1 · expects "stride: expected (4, 4) for patch 4, got (1, 1)"
# - convolution = nn.Conv2d(channels, linear.out_features, patch, stride=patch, bias=bias)
# + convolution = nn.Conv2d(channels, linear.out_features, patch, bias=bias)

# %%
# reject: padded · expects "padding: expected (0, 0)"
# - convolution = nn.Conv2d(channels, linear.out_features, patch, stride=patch, bias=bias)
# + convolution = nn.Conv2d(channels, linear.out_features, patch, patch, padding=1, bias=bias)

# %%
# reject: patch 4 written down · expects "kernel_size: expected (2, 2) for patch 2, got (4, 4)"
# - convolution = nn.Conv2d(channels, linear.out_features, patch, stride=patch, bias=bias)
# + convolution = nn.Conv2d(channels, linear.out_features, 4, stride=4, bias=bias)
# + if patch != 4:
# +     return convolution

# %%
# reject: kernels transposed · expects "the kernels are transposed"
# - convolution.weight.copy_(linear.weight.view_as(convolution.weight))
# + convolution.weight.copy_(linear.weight.view_as(convolution.weight).mT)

# %%
# reject: kernels turned as in mathematics · expects "turned by 180°"
# - convolution.weight.copy_(linear.weight.view_as(convolution.weight))
# + convolution.weight.copy_(linear.weight.view_as(convolution.weight).flip(-1, -2))

# %%
# reject: channels taken for the last dimension · expects "taken for the last dimension of a patch"
# - convolution.weight.copy_(linear.weight.view_as(convolution.weight))
# + weight = linear.weight.unflatten(1, (patch, patch, channels)).permute(0, 3, 1, 2)
# + convolution.weight.copy_(weight)

# %%
# reject: the transposed matrix is reshaped · expects "is d_model still the first dimension"
# - convolution.weight.copy_(linear.weight.view_as(convolution.weight))
# + convolution.weight.copy_(linear.weight.T.reshape(convolution.weight.shape))

# %%
# reject: the storage is shared · expects "make copies"
# in: padding by its name
# - conv.weight.data = linear.weight.data.clone().view(-1, channels, patch, patch)
# + conv.weight.data = linear.weight.data.view(-1, channels, patch, patch)
#
# - conv.bias.data = linear.bias.data.clone()
# + conv.bias.data = linear.bias.data

# %%
# reject: the bias is shared · expects "make copies"
# - if bias:
# -     convolution.bias.copy_(linear.bias)
# + convolution.bias = linear.bias


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
# in: new parameters instead of a copy in place
# - conv.weight = nn.Parameter(weight)
# + conv.weight = weight

# %%
# reject: the weights are frozen · expects "cannot be trained"
# + convolution.requires_grad_(False)
#   return convolution

# %%
# reject: the linear layer is frozen · expects "linear can no longer be trained"
# + linear.requires_grad_(False)
#   return convolution
