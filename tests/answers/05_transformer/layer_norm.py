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
def layer_norm(x, gain, bias, eps=1e-5):
    mean, var = x.mean(dim=-1, keepdim=True), x.var(dim=-1, keepdim=True)
    return gain * (x - mean) / torch.sqrt(var + eps) + bias


# %%
# reject: no square root · expects "not by the variance"
def layer_norm(x, gain, bias, eps=1e-5):
    mean = x.mean(dim=-1, keepdim=True)
    var = x.var(dim=-1, keepdim=True, correction=0)
    return gain * (x - mean) / (var + eps) + bias


# %%
# reject: mean not subtracted · expects "the mean is not subtracted"
def layer_norm(x, gain, bias, eps=1e-5):
    var = x.var(dim=-1, keepdim=True, correction=0)
    return gain * x / torch.sqrt(var + eps) + bias


# %%
# reject: not divided · expects "the division is missing"
def layer_norm(x, gain, bias, eps=1e-5):
    return gain * (x - x.mean(dim=-1, keepdim=True)) + bias


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
def layer_norm(x, gain, bias, eps=1e-5):
    mean = x.mean(dim=-1, keepdim=True)
    var = x.var(dim=-1, keepdim=True, correction=0)
    return (x - mean) / torch.sqrt(var + eps)


# %%
# reject: no bias · expects "the bias is not added"
def layer_norm(x, gain, bias, eps=1e-5):
    mean = x.mean(dim=-1, keepdim=True)
    var = x.var(dim=-1, keepdim=True, correction=0)
    return gain * (x - mean) / torch.sqrt(var + eps)


# %%
# reject: no gain · expects "the gain is not applied"
def layer_norm(x, gain, bias, eps=1e-5):
    mean = x.mean(dim=-1, keepdim=True)
    var = x.var(dim=-1, keepdim=True, correction=0)
    return (x - mean) / torch.sqrt(var + eps) + bias


# %%
# reject: bias scaled by the gain · expects "it is added last"
def layer_norm(x, gain, bias, eps=1e-5):
    mean = x.mean(dim=-1, keepdim=True)
    var = x.var(dim=-1, keepdim=True, correction=0)
    return gain * ((x - mean) / torch.sqrt(var + eps) + bias)


# %%
# reject: eps outside the root · expects "eps is added after the root"
def layer_norm(x, gain, bias, eps=1e-5):
    mean = x.mean(dim=-1, keepdim=True)
    var = x.var(dim=-1, keepdim=True, correction=0)
    return gain * (x - mean) / (torch.sqrt(var) + eps) + bias


# %%
# reject: eps fixed · expects "not the one that was passed in"
def layer_norm(x, gain, bias, eps=1e-5):
    mean = x.mean(dim=-1, keepdim=True)
    var = x.var(dim=-1, keepdim=True, correction=0)
    return gain * (x - mean) / torch.sqrt(var + 1e-5) + bias


# %%
# reject: no eps · expects "eps belongs inside the root"
def layer_norm(x, gain, bias, eps=1e-5):
    mean = x.mean(dim=-1, keepdim=True)
    var = x.var(dim=-1, keepdim=True, correction=0)
    return gain * (x - mean) / torch.sqrt(var) + bias


# %%
# reject: centers x in place · expects "changes its input in place"
def layer_norm(x, gain, bias, eps=1e-5):
    x -= x.mean(dim=-1, keepdim=True)
    return gain * x / torch.sqrt((x**2).mean(dim=-1, keepdim=True) + eps) + bias


# %%
# reject: over all tokens together · expects "over all tokens together"
def layer_norm(x, gain, bias, eps=1e-5):
    m = x.mean()
    return gain * (x - m) / torch.sqrt(((x - m) ** 2).mean() + eps) + bias


# %%
# reject: deviations not squared · expects "the deviations are not squared"
def layer_norm(x, gain, bias, eps=1e-5):
    d = x - x.mean(dim=-1, keepdim=True)
    return gain * d / torch.sqrt(d.mean(dim=-1, keepdim=True) + eps) + bias


# %%
# reject: mean absolute deviation · expects "their absolute values are something else"
def layer_norm(x, gain, bias, eps=1e-5):
    d = x - x.mean(dim=-1, keepdim=True)
    return gain * d / torch.sqrt(d.abs().mean(dim=-1, keepdim=True) + eps) + bias


# %%
# reject: root of the mean square, without the mean · expects "the mean is not subtracted"
def layer_norm(x, gain, bias, eps=1e-5):
    return gain * x / torch.sqrt((x**2).mean(dim=-1, keepdim=True) + eps) + bias


# %%
# reject: gain and bias swapped · expects "gain and bias are swapped"
def layer_norm(x, gain, bias, eps=1e-5):
    d = x - x.mean(dim=-1, keepdim=True)
    return bias * d / torch.sqrt((d**2).mean(dim=-1, keepdim=True) + eps) + gain


# %%
# reject: the root of the math module · expects "functions of `math` take one number"
def layer_norm(x, gain, bias, eps=1e-5):
    d = x - x.mean(dim=-1, keepdim=True)
    return gain * d / math.sqrt((d**2).mean(dim=-1, keepdim=True) + eps) + bias
