# %%
# accept: var with correction=0 and rsqrt
def layer_norm(x, gain, bias, eps=1e-5):
    mean = x.mean(-1, keepdim=True)
    var = x.var(-1, keepdim=True, correction=0)
    return (x - mean) * torch.rsqrt(var + eps) * gain + bias


# %%
# accept: the variance as E[x²] − E[x]², sums by einsum
def layer_norm(x, gain, bias, eps=1e-5):
    d = x.shape[-1]
    mean = torch.einsum("...d->...", x) / d
    var = torch.einsum("...d,...d->...", x, x) / d - mean**2
    return (x - mean[..., None]) / (var.clamp(min=0)[..., None] + eps) ** 0.5 * gain + bias


# %%
# accept: unbiased variance, corrected by hand
def layer_norm(x, gain, bias, eps=1e-5):
    d = x.size(-1)
    var, mean = torch.var_mean(x, dim=-1, keepdim=True)
    std = (var * (d - 1) / d + eps).sqrt()
    return torch.addcmul(bias, gain, (x - mean) / std)


# %%
# accept: a loop over tokens
def layer_norm(x, gain, bias, eps=1e-5):
    rows = []
    for row in x.reshape(-1, x.shape[-1]).unbind():
        centered = row - row.sum() / len(row)
        rows.append(gain * centered / ((centered @ centered) / len(row) + eps).sqrt() + bias)
    return torch.stack(rows).reshape(x.shape)


# %%
# reject: all zeros · expects "every value is zero"

# %%
# reject: unbiased variance · expects "correction=0"
# - variance = (centered**2).mean(dim=-1, keepdim=True)
# + variance = x.var(dim=-1, keepdim=True)

# %%
# reject: no square root · expects "not by the variance"
# - return gain * centered / torch.sqrt(variance + eps) + bias
# + return gain * centered / (variance + eps) + bias

# %%
# reject: mean not subtracted · expects "the mean is not subtracted"
# - return gain * centered / torch.sqrt(variance + eps) + bias
# + return gain * x / torch.sqrt(variance + eps) + bias

# %%
# reject: not divided · expects "the division is missing"
# - return gain * centered / torch.sqrt(variance + eps) + bias
# + return gain * centered + bias


# %%
# reject: over the batch · expects "run over the batch"
def layer_norm(x, gain, bias, eps=1e-5):
    mean, var = x.mean(dim=0, keepdim=True), x.var(dim=0, keepdim=True, correction=0)
    return gain * (x - mean) / torch.sqrt(var + eps) + bias


# %%
# reject: over tokens and features · expects "run over the tokens as well"
def layer_norm(x, gain, bias, eps=1e-5):
    dims = tuple(range(x.dim()))[-2:]
    mean, var = x.mean(dim=dims, keepdim=True), x.var(dim=dims, keepdim=True, correction=0)
    return gain * (x - mean) / torch.sqrt(var + eps) + bias


# %%
# reject: over the tokens · expects "mean and variance run over the tokens: use"
def layer_norm(x, gain, bias, eps=1e-5):
    mean, var = x.mean(dim=-2, keepdim=True), x.var(dim=-2, keepdim=True, correction=0)
    return gain * (x - mean) / torch.sqrt(var + eps) + bias


# %%
# reject: gain and bias forgotten · expects "gain and bias are not used"
# - return gain * centered / torch.sqrt(variance + eps) + bias
# + return centered / torch.sqrt(variance + eps)

# %%
# reject: no bias · expects "the bias is not added"
# - return gain * centered / torch.sqrt(variance + eps) + bias
# + return gain * centered / torch.sqrt(variance + eps)

# %%
# reject: no gain · expects "the gain is not applied"
# - return gain * centered / torch.sqrt(variance + eps) + bias
# + return centered / torch.sqrt(variance + eps) + bias

# %%
# reject: bias scaled by the gain · expects "it is added last"
# - return gain * centered / torch.sqrt(variance + eps) + bias
# + return gain * (centered / torch.sqrt(variance + eps) + bias)

# %%
# reject: eps outside the root · expects "eps is added after the root"
# - return gain * centered / torch.sqrt(variance + eps) + bias
# + return gain * centered / (torch.sqrt(variance) + eps) + bias

# %%
# reject: eps fixed · expects "not the one that was passed in"
# - return gain * centered / torch.sqrt(variance + eps) + bias
# + return gain * centered / torch.sqrt(variance + 1e-5) + bias

# %%
# reject: no eps · expects "eps belongs inside the root"
# - return gain * centered / torch.sqrt(variance + eps) + bias
# + return gain * centered / torch.sqrt(variance) + bias

# %%
# reject: centers x in place · expects "changes its input in place"
# - centered = x - x.mean(dim=-1, keepdim=True)
# + centered = x.sub_(x.mean(dim=-1, keepdim=True))


# %%
# reject: over all tokens together · expects "over all tokens together"
def layer_norm(x, gain, bias, eps=1e-5):
    m = x.mean()
    return gain * (x - m) / torch.sqrt(((x - m) ** 2).mean() + eps) + bias


# %%
# reject: deviations not squared · expects "the deviations are not squared"
# - variance = (centered**2).mean(dim=-1, keepdim=True)
# + variance = centered.mean(dim=-1, keepdim=True)

# %%
# reject: mean absolute deviation · expects "their absolute values are something else"
# - variance = (centered**2).mean(dim=-1, keepdim=True)
# + variance = centered.abs().mean(dim=-1, keepdim=True)

# %%
# reject: root of the mean square, without the mean · expects "the mean is not subtracted"
# - centered = x - x.mean(dim=-1, keepdim=True)
# + centered = x

# %%
# reject: gain and bias swapped · expects "gain and bias are swapped"
# - return gain * centered / torch.sqrt(variance + eps) + bias
# + return bias * centered / torch.sqrt(variance + eps) + gain

# %%
# reject: the root of the math module · expects "functions of `math` take one number"
# - return gain * centered / torch.sqrt(variance + eps) + bias
# + return gain * centered / math.sqrt(variance + eps) + bias
