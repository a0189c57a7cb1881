# ---
# Known right and wrong answers to every exercise of Lab 05. See docs/authors.md for the form.
# ---

# %% [markdown]
# # Exercise 1


# %%
# accept layer_norm: var with correction=0 and rsqrt
def layer_norm(x, gain, bias, eps=1e-5):
    mean = x.mean(-1, keepdim=True)
    var = x.var(-1, keepdim=True, correction=0)
    return (x - mean) * torch.rsqrt(var + eps) * gain + bias


# %%
# accept layer_norm: the variance as E[x²] − E[x]², sums by einsum
def layer_norm(x, gain, bias, eps=1e-5):
    d = x.shape[-1]
    mean = torch.einsum("...d->...", x) / d
    var = torch.einsum("...d,...d->...", x, x) / d - mean**2
    return (x - mean[..., None]) / (var.clamp(min=0)[..., None] + eps) ** 0.5 * gain + bias


# %%
# accept layer_norm: unbiased variance, corrected by hand
def layer_norm(x, gain, bias, eps=1e-5):
    d = x.size(-1)
    var, mean = torch.var_mean(x, dim=-1, keepdim=True)
    std = (var * (d - 1) / d + eps).sqrt()
    return torch.addcmul(bias, gain, (x - mean) / std)


# %%
# accept layer_norm: a loop over tokens
def layer_norm(x, gain, bias, eps=1e-5):
    rows = []
    for row in x.reshape(-1, x.shape[-1]).unbind():
        centered = row - row.sum() / len(row)
        rows.append(gain * centered / ((centered @ centered) / len(row) + eps).sqrt() + bias)
    return torch.stack(rows).reshape(x.shape)


# %%
# reject layer_norm: the stub · expects "not written yet"
def layer_norm(x, gain, bias, eps=1e-5):
    raise NotImplementedError()


# %%
# reject layer_norm: all zeros · expects "every value is zero"
def layer_norm(x, gain, bias, eps=1e-5):
    return torch.zeros_like(x)


# %%
# reject layer_norm: unbiased variance · expects "correction=0"
def layer_norm(x, gain, bias, eps=1e-5):
    mean, var = x.mean(dim=-1, keepdim=True), x.var(dim=-1, keepdim=True)
    return gain * (x - mean) / torch.sqrt(var + eps) + bias


# %%
# reject layer_norm: no square root · expects "not by the variance"
def layer_norm(x, gain, bias, eps=1e-5):
    mean = x.mean(dim=-1, keepdim=True)
    var = x.var(dim=-1, keepdim=True, correction=0)
    return gain * (x - mean) / (var + eps) + bias


# %%
# reject layer_norm: mean not subtracted · expects "the mean is not subtracted"
def layer_norm(x, gain, bias, eps=1e-5):
    var = x.var(dim=-1, keepdim=True, correction=0)
    return gain * x / torch.sqrt(var + eps) + bias


# %%
# reject layer_norm: not divided · expects "the division is missing"
def layer_norm(x, gain, bias, eps=1e-5):
    return gain * (x - x.mean(dim=-1, keepdim=True)) + bias


# %%
# reject layer_norm: over the batch · expects "run over the batch"
def layer_norm(x, gain, bias, eps=1e-5):
    mean, var = x.mean(dim=0, keepdim=True), x.var(dim=0, keepdim=True, correction=0)
    return gain * (x - mean) / torch.sqrt(var + eps) + bias


# %%
# reject layer_norm: over tokens and features · expects "run over the tokens as well"
def layer_norm(x, gain, bias, eps=1e-5):
    dims = tuple(range(x.dim()))[-2:]
    mean, var = x.mean(dim=dims, keepdim=True), x.var(dim=dims, keepdim=True, correction=0)
    return gain * (x - mean) / torch.sqrt(var + eps) + bias


# %%
# reject layer_norm: over the tokens · expects "mean and variance run over the tokens: use"
def layer_norm(x, gain, bias, eps=1e-5):
    mean, var = x.mean(dim=-2, keepdim=True), x.var(dim=-2, keepdim=True, correction=0)
    return gain * (x - mean) / torch.sqrt(var + eps) + bias


# %%
# reject layer_norm: gain and bias forgotten · expects "gain and bias are not used"
def layer_norm(x, gain, bias, eps=1e-5):
    mean = x.mean(dim=-1, keepdim=True)
    var = x.var(dim=-1, keepdim=True, correction=0)
    return (x - mean) / torch.sqrt(var + eps)


# %%
# reject layer_norm: no bias · expects "the bias is not added"
def layer_norm(x, gain, bias, eps=1e-5):
    mean = x.mean(dim=-1, keepdim=True)
    var = x.var(dim=-1, keepdim=True, correction=0)
    return gain * (x - mean) / torch.sqrt(var + eps)


# %%
# reject layer_norm: no gain · expects "the gain is not applied"
def layer_norm(x, gain, bias, eps=1e-5):
    mean = x.mean(dim=-1, keepdim=True)
    var = x.var(dim=-1, keepdim=True, correction=0)
    return (x - mean) / torch.sqrt(var + eps) + bias


# %%
# reject layer_norm: bias scaled by the gain · expects "it is added last"
def layer_norm(x, gain, bias, eps=1e-5):
    mean = x.mean(dim=-1, keepdim=True)
    var = x.var(dim=-1, keepdim=True, correction=0)
    return gain * ((x - mean) / torch.sqrt(var + eps) + bias)


# %%
# reject layer_norm: eps outside the root · expects "eps is added after the root"
def layer_norm(x, gain, bias, eps=1e-5):
    mean = x.mean(dim=-1, keepdim=True)
    var = x.var(dim=-1, keepdim=True, correction=0)
    return gain * (x - mean) / (torch.sqrt(var) + eps) + bias


# %%
# reject layer_norm: eps fixed · expects "not the one that was passed in"
def layer_norm(x, gain, bias, eps=1e-5):
    mean = x.mean(dim=-1, keepdim=True)
    var = x.var(dim=-1, keepdim=True, correction=0)
    return gain * (x - mean) / torch.sqrt(var + 1e-5) + bias


# %%
# reject layer_norm: no eps · expects "eps belongs inside the root"
def layer_norm(x, gain, bias, eps=1e-5):
    mean = x.mean(dim=-1, keepdim=True)
    var = x.var(dim=-1, keepdim=True, correction=0)
    return gain * (x - mean) / torch.sqrt(var) + bias


# %%
# reject layer_norm: centers x in place · expects "changes its input in place"
def layer_norm(x, gain, bias, eps=1e-5):
    x -= x.mean(dim=-1, keepdim=True)
    return gain * x / torch.sqrt((x**2).mean(dim=-1, keepdim=True) + eps) + bias


# %% [markdown]
# # Exercise 2


# %%
# accept encoder_block: the two orders spelled out, arguments by position
class EncoderBlock(nn.Module):
    def __init__(self, d_model, n_heads, d_ff, norm_first=True, dropout=0.0, rotary=False):
        super().__init__()
        self.attention = Attention(d_model, n_heads, rotary)
        self.feed_forward = feed_forward(d_model, d_ff)
        self.norm1, self.norm2 = nn.LayerNorm(d_model), nn.LayerNorm(d_model)
        self.dropout, self.norm_first = nn.Dropout(dropout), norm_first

    def forward(self, x, mask=None, positions=None):
        if self.norm_first:
            x = x + self.dropout(self.attention(self.norm1(x), None, mask, positions))
            return x + self.dropout(self.feed_forward(self.norm2(x)))
        x = self.norm1(x + self.dropout(self.attention(x, None, mask, positions)))
        return self.norm2(x + self.dropout(self.feed_forward(x)))


# %%
# accept encoder_block: a norm that is the identity where it does not belong
class EncoderBlock(nn.Module):
    def __init__(self, d_model, n_heads, d_ff, norm_first=True, dropout=0.0, rotary=False):
        super().__init__()
        self.attention = Attention(d_model, n_heads, rotary)
        self.feed_forward = feed_forward(d_model, d_ff)
        self.norm1, self.norm2 = nn.LayerNorm(d_model), nn.LayerNorm(d_model)
        self.dropout, self.norm_first = nn.Dropout(dropout), norm_first

    def forward(self, x, mask=None, positions=None):
        def same(x):
            return x

        before = (self.norm1, self.norm2) if self.norm_first else (same, same)
        after = (same, same) if self.norm_first else (self.norm1, self.norm2)
        y = self.attention(before[0](x), mask=mask, positions=positions)
        x = after[0](x + self.dropout(y))
        return after[1](x + self.dropout(self.feed_forward(before[1](x))))


# %%
# accept encoder_block: a loop over the two parts
class EncoderBlock(nn.Module):
    def __init__(self, d_model, n_heads, d_ff, norm_first=True, dropout=0.0, rotary=False):
        super().__init__()
        self.attention = Attention(d_model, n_heads, rotary)
        self.feed_forward = feed_forward(d_model, d_ff)
        self.norm1, self.norm2 = nn.LayerNorm(d_model), nn.LayerNorm(d_model)
        self.dropout, self.norm_first = nn.Dropout(dropout), norm_first

    def forward(self, x, mask=None, positions=None):
        def attend(y):
            return self.attention(y, context=y, mask=mask, positions=positions)

        for norm, part in ((self.norm1, attend), (self.norm2, self.feed_forward)):
            if self.norm_first:
                x = torch.add(x, self.dropout(part(norm(x))))
            else:
                x = norm(torch.add(x, self.dropout(part(x))))
        return x


# %%
# accept encoder_block: dropout by the functional form, with the mode
class EncoderBlock(nn.Module):
    def __init__(self, d_model, n_heads, d_ff, norm_first=True, dropout=0.0, rotary=False):
        super().__init__()
        self.attention = Attention(d_model, n_heads, rotary)
        self.feed_forward = feed_forward(d_model, d_ff)
        self.norm1, self.norm2 = nn.LayerNorm(d_model), nn.LayerNorm(d_model)
        self.dropout, self.norm_first = nn.Dropout(dropout), norm_first

    def forward(self, x, mask=None, positions=None):
        def drop(y):
            return F.dropout(y, self.dropout.p, self.training)

        if not self.norm_first:
            h = self.norm1(drop(self.attention(x, mask=mask, positions=positions)) + x)
            return self.norm2(drop(self.feed_forward(h)) + h)
        h = drop(self.attention(self.norm1(x), mask=mask, positions=positions)) + x
        return drop(self.feed_forward(self.norm2(h))) + h


# %%
# reject encoder_block: the stub · expects "not written yet"
class EncoderBlock(nn.Module):
    def __init__(self, d_model, n_heads, d_ff, norm_first=True, dropout=0.0, rotary=False):
        super().__init__()
        self.attention = Attention(d_model, n_heads, rotary)
        self.feed_forward = feed_forward(d_model, d_ff)
        self.norm1, self.norm2 = nn.LayerNorm(d_model), nn.LayerNorm(d_model)
        self.dropout, self.norm_first = nn.Dropout(dropout), norm_first

    def forward(self, x, mask=None, positions=None):
        raise NotImplementedError()


# %%
# reject encoder_block: zeros · expects "a residual connection is missing"
class EncoderBlock(nn.Module):
    def __init__(self, d_model, n_heads, d_ff, norm_first=True, dropout=0.0, rotary=False):
        super().__init__()
        self.attention = Attention(d_model, n_heads, rotary)
        self.feed_forward = feed_forward(d_model, d_ff)
        self.norm1, self.norm2 = nn.LayerNorm(d_model), nn.LayerNorm(d_model)
        self.dropout, self.norm_first = nn.Dropout(dropout), norm_first

    def forward(self, x, mask=None, positions=None):
        return torch.zeros_like(x)


# %%
# reject encoder_block: x unchanged · expects "should have mean 0"
class EncoderBlock(nn.Module):
    def __init__(self, d_model, n_heads, d_ff, norm_first=True, dropout=0.0, rotary=False):
        super().__init__()
        self.attention = Attention(d_model, n_heads, rotary)
        self.feed_forward = feed_forward(d_model, d_ff)
        self.norm1, self.norm2 = nn.LayerNorm(d_model), nn.LayerNorm(d_model)
        self.dropout, self.norm_first = nn.Dropout(dropout), norm_first

    def forward(self, x, mask=None, positions=None):
        return x


# %%
# reject encoder_block: no residual · expects "a residual connection is missing"
class EncoderBlock(nn.Module):
    def __init__(self, d_model, n_heads, d_ff, norm_first=True, dropout=0.0, rotary=False):
        super().__init__()
        self.attention = Attention(d_model, n_heads, rotary)
        self.feed_forward = feed_forward(d_model, d_ff)
        self.norm1, self.norm2 = nn.LayerNorm(d_model), nn.LayerNorm(d_model)
        self.dropout, self.norm_first = nn.Dropout(dropout), norm_first

    def forward(self, x, mask=None, positions=None):
        if self.norm_first:
            x = self.dropout(self.attention(self.norm1(x), None, mask, positions))
            return self.dropout(self.feed_forward(self.norm2(x)))
        x = self.norm1(x + self.dropout(self.attention(x, None, mask, positions)))
        return self.norm2(x + self.dropout(self.feed_forward(x)))


# %%
# reject encoder_block: always post-LN · expects "post-LN, or a sum that starts"
class EncoderBlock(nn.Module):
    def __init__(self, d_model, n_heads, d_ff, norm_first=True, dropout=0.0, rotary=False):
        super().__init__()
        self.attention = Attention(d_model, n_heads, rotary)
        self.feed_forward = feed_forward(d_model, d_ff)
        self.norm1, self.norm2 = nn.LayerNorm(d_model), nn.LayerNorm(d_model)
        self.dropout, self.norm_first = nn.Dropout(dropout), norm_first

    def forward(self, x, mask=None, positions=None):
        x = self.norm1(x + self.dropout(self.attention(x, None, mask, positions)))
        return self.norm2(x + self.dropout(self.feed_forward(x)))


# %%
# reject encoder_block: always pre-LN · expects "a post-LN block ends with a norm"
class EncoderBlock(nn.Module):
    def __init__(self, d_model, n_heads, d_ff, norm_first=True, dropout=0.0, rotary=False):
        super().__init__()
        self.attention = Attention(d_model, n_heads, rotary)
        self.feed_forward = feed_forward(d_model, d_ff)
        self.norm1, self.norm2 = nn.LayerNorm(d_model), nn.LayerNorm(d_model)
        self.dropout, self.norm_first = nn.Dropout(dropout), norm_first

    def forward(self, x, mask=None, positions=None):
        x = x + self.dropout(self.attention(self.norm1(x), None, mask, positions))
        return x + self.dropout(self.feed_forward(self.norm2(x)))


# %%
# reject encoder_block: norm_first inverted · expects "post-LN, or a sum that starts"
class EncoderBlock(nn.Module):
    def __init__(self, d_model, n_heads, d_ff, norm_first=True, dropout=0.0, rotary=False):
        super().__init__()
        self.attention = Attention(d_model, n_heads, rotary)
        self.feed_forward = feed_forward(d_model, d_ff)
        self.norm1, self.norm2 = nn.LayerNorm(d_model), nn.LayerNorm(d_model)
        self.dropout, self.norm_first = nn.Dropout(dropout), norm_first

    def forward(self, x, mask=None, positions=None):
        if not self.norm_first:
            x = x + self.dropout(self.attention(self.norm1(x), None, mask, positions))
            return x + self.dropout(self.feed_forward(self.norm2(x)))
        x = self.norm1(x + self.dropout(self.attention(x, None, mask, positions)))
        return self.norm2(x + self.dropout(self.feed_forward(x)))


# %%
# reject encoder_block: the normalized x on the residual path · expects "the norm stands on the residual path"
class EncoderBlock(nn.Module):
    def __init__(self, d_model, n_heads, d_ff, norm_first=True, dropout=0.0, rotary=False):
        super().__init__()
        self.attention = Attention(d_model, n_heads, rotary)
        self.feed_forward = feed_forward(d_model, d_ff)
        self.norm1, self.norm2 = nn.LayerNorm(d_model), nn.LayerNorm(d_model)
        self.dropout, self.norm_first = nn.Dropout(dropout), norm_first

    def forward(self, x, mask=None, positions=None):
        if self.norm_first:
            x = self.norm1(x)
            x = x + self.dropout(self.attention(x, None, mask, positions))
            return x + self.dropout(self.feed_forward(self.norm2(x)))
        x = self.norm1(x + self.dropout(self.attention(x, None, mask, positions)))
        return self.norm2(x + self.dropout(self.feed_forward(x)))


# %%
# reject encoder_block: feed-forward reads the input of the block · expects "the feed-forward part reads"
class EncoderBlock(nn.Module):
    def __init__(self, d_model, n_heads, d_ff, norm_first=True, dropout=0.0, rotary=False):
        super().__init__()
        self.attention = Attention(d_model, n_heads, rotary)
        self.feed_forward = feed_forward(d_model, d_ff)
        self.norm1, self.norm2 = nn.LayerNorm(d_model), nn.LayerNorm(d_model)
        self.dropout, self.norm_first = nn.Dropout(dropout), norm_first

    def forward(self, x, mask=None, positions=None):
        if self.norm_first:
            y = x + self.dropout(self.attention(self.norm1(x), None, mask, positions))
            return y + self.dropout(self.feed_forward(self.norm2(x)))
        x = self.norm1(x + self.dropout(self.attention(x, None, mask, positions)))
        return self.norm2(x + self.dropout(self.feed_forward(x)))


# %%
# reject encoder_block: no feed-forward · expects "the feed-forward part is missing"
class EncoderBlock(nn.Module):
    def __init__(self, d_model, n_heads, d_ff, norm_first=True, dropout=0.0, rotary=False):
        super().__init__()
        self.attention = Attention(d_model, n_heads, rotary)
        self.feed_forward = feed_forward(d_model, d_ff)
        self.norm1, self.norm2 = nn.LayerNorm(d_model), nn.LayerNorm(d_model)
        self.dropout, self.norm_first = nn.Dropout(dropout), norm_first

    def forward(self, x, mask=None, positions=None):
        if self.norm_first:
            return x + self.dropout(self.attention(self.norm1(x), None, mask, positions))
        x = self.norm1(x + self.dropout(self.attention(x, None, mask, positions)))
        return self.norm2(x + self.dropout(self.feed_forward(x)))


# %%
# reject encoder_block: no attention · expects "the attention part is missing"
class EncoderBlock(nn.Module):
    def __init__(self, d_model, n_heads, d_ff, norm_first=True, dropout=0.0, rotary=False):
        super().__init__()
        self.attention = Attention(d_model, n_heads, rotary)
        self.feed_forward = feed_forward(d_model, d_ff)
        self.norm1, self.norm2 = nn.LayerNorm(d_model), nn.LayerNorm(d_model)
        self.dropout, self.norm_first = nn.Dropout(dropout), norm_first

    def forward(self, x, mask=None, positions=None):
        if self.norm_first:
            return x + self.dropout(self.feed_forward(self.norm2(x)))
        x = self.norm1(x + self.dropout(self.attention(x, None, mask, positions)))
        return self.norm2(x + self.dropout(self.feed_forward(x)))


# %%
# reject encoder_block: norm1 used twice · expects "norm1 is used for both parts"
class EncoderBlock(nn.Module):
    def __init__(self, d_model, n_heads, d_ff, norm_first=True, dropout=0.0, rotary=False):
        super().__init__()
        self.attention = Attention(d_model, n_heads, rotary)
        self.feed_forward = feed_forward(d_model, d_ff)
        self.norm1, self.norm2 = nn.LayerNorm(d_model), nn.LayerNorm(d_model)
        self.dropout, self.norm_first = nn.Dropout(dropout), norm_first

    def forward(self, x, mask=None, positions=None):
        if self.norm_first:
            x = x + self.dropout(self.attention(self.norm1(x), None, mask, positions))
            return x + self.dropout(self.feed_forward(self.norm1(x)))
        x = self.norm1(x + self.dropout(self.attention(x, None, mask, positions)))
        return self.norm2(x + self.dropout(self.feed_forward(x)))


# %%
# reject encoder_block: the feed-forward part is not normalized · expects "reads the sum without a norm"
class EncoderBlock(nn.Module):
    def __init__(self, d_model, n_heads, d_ff, norm_first=True, dropout=0.0, rotary=False):
        super().__init__()
        self.attention = Attention(d_model, n_heads, rotary)
        self.feed_forward = feed_forward(d_model, d_ff)
        self.norm1, self.norm2 = nn.LayerNorm(d_model), nn.LayerNorm(d_model)
        self.dropout, self.norm_first = nn.Dropout(dropout), norm_first

    def forward(self, x, mask=None, positions=None):
        if self.norm_first:
            x = x + self.dropout(self.attention(self.norm1(x), None, mask, positions))
            return x + self.dropout(self.feed_forward(x))
        x = self.norm1(x + self.dropout(self.attention(x, None, mask, positions)))
        return self.norm2(x + self.dropout(self.feed_forward(x)))


# %%
# reject encoder_block: post-LN with the second residual from the input · expects "the second sum starts from the block"
class EncoderBlock(nn.Module):
    def __init__(self, d_model, n_heads, d_ff, norm_first=True, dropout=0.0, rotary=False):
        super().__init__()
        self.attention = Attention(d_model, n_heads, rotary)
        self.feed_forward = feed_forward(d_model, d_ff)
        self.norm1, self.norm2 = nn.LayerNorm(d_model), nn.LayerNorm(d_model)
        self.dropout, self.norm_first = nn.Dropout(dropout), norm_first

    def forward(self, x, mask=None, positions=None):
        if self.norm_first:
            x = x + self.dropout(self.attention(self.norm1(x), None, mask, positions))
            return x + self.dropout(self.feed_forward(self.norm2(x)))
        y = self.norm1(x + self.dropout(self.attention(x, None, mask, positions)))
        return self.norm2(x + self.dropout(self.feed_forward(y)))


# %%
# reject encoder_block: post-LN that normalizes before as well · expects "this is the pre-LN order, with norms after it"
class EncoderBlock(nn.Module):
    def __init__(self, d_model, n_heads, d_ff, norm_first=True, dropout=0.0, rotary=False):
        super().__init__()
        self.attention = Attention(d_model, n_heads, rotary)
        self.feed_forward = feed_forward(d_model, d_ff)
        self.norm1, self.norm2 = nn.LayerNorm(d_model), nn.LayerNorm(d_model)
        self.dropout, self.norm_first = nn.Dropout(dropout), norm_first

    def forward(self, x, mask=None, positions=None):
        if self.norm_first:
            x = x + self.dropout(self.attention(self.norm1(x), None, mask, positions))
            return x + self.dropout(self.feed_forward(self.norm2(x)))
        x = self.norm1(x + self.dropout(self.attention(self.norm1(x), None, mask, positions)))
        return self.norm2(x + self.dropout(self.feed_forward(self.norm2(x))))


# %%
# reject encoder_block: mask forgotten · expects "the mask does not reach"
class EncoderBlock(nn.Module):
    def __init__(self, d_model, n_heads, d_ff, norm_first=True, dropout=0.0, rotary=False):
        super().__init__()
        self.attention = Attention(d_model, n_heads, rotary)
        self.feed_forward = feed_forward(d_model, d_ff)
        self.norm1, self.norm2 = nn.LayerNorm(d_model), nn.LayerNorm(d_model)
        self.dropout, self.norm_first = nn.Dropout(dropout), norm_first

    def forward(self, x, mask=None, positions=None):
        if self.norm_first:
            x = x + self.dropout(self.attention(self.norm1(x), positions=positions))
            return x + self.dropout(self.feed_forward(self.norm2(x)))
        x = self.norm1(x + self.dropout(self.attention(x, positions=positions)))
        return self.norm2(x + self.dropout(self.feed_forward(x)))


# %%
# reject encoder_block: mask inverted · expects "the mask is inverted"
class EncoderBlock(nn.Module):
    def __init__(self, d_model, n_heads, d_ff, norm_first=True, dropout=0.0, rotary=False):
        super().__init__()
        self.attention = Attention(d_model, n_heads, rotary)
        self.feed_forward = feed_forward(d_model, d_ff)
        self.norm1, self.norm2 = nn.LayerNorm(d_model), nn.LayerNorm(d_model)
        self.dropout, self.norm_first = nn.Dropout(dropout), norm_first

    def forward(self, x, mask=None, positions=None):
        mask = None if mask is None else ~mask
        if self.norm_first:
            x = x + self.dropout(self.attention(self.norm1(x), None, mask, positions))
            return x + self.dropout(self.feed_forward(self.norm2(x)))
        x = self.norm1(x + self.dropout(self.attention(x, None, mask, positions)))
        return self.norm2(x + self.dropout(self.feed_forward(x)))


# %%
# reject encoder_block: positions forgotten · expects "hand `positions` over"
class EncoderBlock(nn.Module):
    def __init__(self, d_model, n_heads, d_ff, norm_first=True, dropout=0.0, rotary=False):
        super().__init__()
        self.attention = Attention(d_model, n_heads, rotary)
        self.feed_forward = feed_forward(d_model, d_ff)
        self.norm1, self.norm2 = nn.LayerNorm(d_model), nn.LayerNorm(d_model)
        self.dropout, self.norm_first = nn.Dropout(dropout), norm_first

    def forward(self, x, mask=None, positions=None):
        if self.norm_first:
            x = x + self.dropout(self.attention(self.norm1(x), mask=mask))
            return x + self.dropout(self.feed_forward(self.norm2(x)))
        x = self.norm1(x + self.dropout(self.attention(x, mask=mask)))
        return self.norm2(x + self.dropout(self.feed_forward(x)))


# %%
# reject encoder_block: dropout that never stops · expects "in eval mode dropout must do nothing"
class EncoderBlock(nn.Module):
    def __init__(self, d_model, n_heads, d_ff, norm_first=True, dropout=0.0, rotary=False):
        super().__init__()
        self.attention = Attention(d_model, n_heads, rotary)
        self.feed_forward = feed_forward(d_model, d_ff)
        self.norm1, self.norm2 = nn.LayerNorm(d_model), nn.LayerNorm(d_model)
        self.dropout, self.norm_first = nn.Dropout(dropout), norm_first

    def forward(self, x, mask=None, positions=None):
        if self.norm_first:
            x = x + F.dropout(self.attention(self.norm1(x), None, mask, positions), self.dropout.p)
            return x + F.dropout(self.feed_forward(self.norm2(x)), self.dropout.p)
        x = self.norm1(x + self.dropout(self.attention(x, None, mask, positions)))
        return self.norm2(x + self.dropout(self.feed_forward(x)))


# %%
# reject encoder_block: no dropout · expects "should act on the feed-forward part"
class EncoderBlock(nn.Module):
    def __init__(self, d_model, n_heads, d_ff, norm_first=True, dropout=0.0, rotary=False):
        super().__init__()
        self.attention = Attention(d_model, n_heads, rotary)
        self.feed_forward = feed_forward(d_model, d_ff)
        self.norm1, self.norm2 = nn.LayerNorm(d_model), nn.LayerNorm(d_model)
        self.dropout, self.norm_first = nn.Dropout(dropout), norm_first

    def forward(self, x, mask=None, positions=None):
        if self.norm_first:
            x = x + self.attention(self.norm1(x), None, mask, positions)
            return x + self.feed_forward(self.norm2(x))
        x = self.norm1(x + self.dropout(self.attention(x, None, mask, positions)))
        return self.norm2(x + self.dropout(self.feed_forward(x)))


# %%
# reject encoder_block: dropout after the attention only · expects "should act on the feed-forward part"
class EncoderBlock(nn.Module):
    def __init__(self, d_model, n_heads, d_ff, norm_first=True, dropout=0.0, rotary=False):
        super().__init__()
        self.attention = Attention(d_model, n_heads, rotary)
        self.feed_forward = feed_forward(d_model, d_ff)
        self.norm1, self.norm2 = nn.LayerNorm(d_model), nn.LayerNorm(d_model)
        self.dropout, self.norm_first = nn.Dropout(dropout), norm_first

    def forward(self, x, mask=None, positions=None):
        if self.norm_first:
            x = x + self.dropout(self.attention(self.norm1(x), None, mask, positions))
            return x + self.dropout(self.feed_forward(self.norm2(x)))
        x = self.norm1(x + self.dropout(self.attention(x, None, mask, positions)))
        return self.norm2(x + self.feed_forward(x))


# %%
# reject encoder_block: dropout after the feed-forward only · expects "should act on the attention part"
class EncoderBlock(nn.Module):
    def __init__(self, d_model, n_heads, d_ff, norm_first=True, dropout=0.0, rotary=False):
        super().__init__()
        self.attention = Attention(d_model, n_heads, rotary)
        self.feed_forward = feed_forward(d_model, d_ff)
        self.norm1, self.norm2 = nn.LayerNorm(d_model), nn.LayerNorm(d_model)
        self.dropout, self.norm_first = nn.Dropout(dropout), norm_first

    def forward(self, x, mask=None, positions=None):
        if self.norm_first:
            x = x + self.dropout(self.attention(self.norm1(x), None, mask, positions))
            return x + self.dropout(self.feed_forward(self.norm2(x)))
        x = self.norm1(x + self.attention(x, None, mask, positions))
        return self.norm2(x + self.dropout(self.feed_forward(x)))


# %%
# reject encoder_block: adds in place · expects "changes its input in place"
class EncoderBlock(nn.Module):
    def __init__(self, d_model, n_heads, d_ff, norm_first=True, dropout=0.0, rotary=False):
        super().__init__()
        self.attention = Attention(d_model, n_heads, rotary)
        self.feed_forward = feed_forward(d_model, d_ff)
        self.norm1, self.norm2 = nn.LayerNorm(d_model), nn.LayerNorm(d_model)
        self.dropout, self.norm_first = nn.Dropout(dropout), norm_first

    def forward(self, x, mask=None, positions=None):
        if self.norm_first:
            x += self.dropout(self.attention(self.norm1(x), None, mask, positions))
            return x + self.dropout(self.feed_forward(self.norm2(x)))
        x = self.norm1(x + self.dropout(self.attention(x, None, mask, positions)))
        return self.norm2(x + self.dropout(self.feed_forward(x)))


# %% [markdown]
# # Exercise 3


# %%
# accept learning_rate_factor: one expression
def learning_rate_factor(step, warmup, steps):
    if step + 1 <= warmup:
        return (1 + step) / warmup
    return 0.5 + 0.5 * math.cos(math.pi * (step - warmup) / (steps - warmup))


# %%
# accept learning_rate_factor: the squared cosine of half the angle
def learning_rate_factor(step, warmup, steps):
    rest = max(0, step - warmup) / (steps - warmup)
    return (
        min((step + 1) / max(warmup, 1), 1.0) * math.cos(math.pi / 2 * rest) ** 2
        if step < warmup
        else math.cos(math.pi / 2 * rest) ** 2
    )


# %%
# accept learning_rate_factor: torch tensors inside, a float outside
def learning_rate_factor(step, warmup, steps):
    at = torch.tensor(float(step), dtype=torch.float64)
    if step < warmup:
        return ((at + 1) / warmup).item()
    return (0.5 * (1 + torch.cos(torch.pi * (at - warmup) / (steps - warmup)))).item()


# %%
# reject learning_rate_factor: the stub · expects "not written yet"
def learning_rate_factor(step, warmup, steps):
    raise NotImplementedError()


# %%
# reject learning_rate_factor: zero · expects "every value is zero"
def learning_rate_factor(step, warmup, steps):
    return 0.0


# %%
# reject learning_rate_factor: first factor 0 · expects "the first factor should not be 0"
def learning_rate_factor(step, warmup, steps):
    if step < warmup:
        return step / warmup
    return 0.5 * (1 + math.cos(math.pi * (step - warmup) / (steps - warmup)))


# %%
# reject learning_rate_factor: warm-up divided by steps · expects "divide by warmup, not by steps"
def learning_rate_factor(step, warmup, steps):
    if step < warmup:
        return (step + 1) / steps
    return 0.5 * (1 + math.cos(math.pi * (step - warmup) / (steps - warmup)))


# %%
# reject learning_rate_factor: no warm-up · expects "there is no warm-up"
def learning_rate_factor(step, warmup, steps):
    return 0.5 * (1 + math.cos(math.pi * step / steps))


# %%
# reject learning_rate_factor: warm-up one step too long · expects "one step too long"
def learning_rate_factor(step, warmup, steps):
    if step <= warmup:
        return (step + 1) / (warmup + 1)
    return 0.5 * (1 + math.cos(math.pi * (step - warmup) / (steps - warmup)))


# %%
# reject learning_rate_factor: cosine not halved · expects "halve it"
def learning_rate_factor(step, warmup, steps):
    if step < warmup:
        return (step + 1) / warmup
    return math.cos(math.pi * (step - warmup) / (steps - warmup))


# %%
# reject learning_rate_factor: a straight line · expects "a straight line"
def learning_rate_factor(step, warmup, steps):
    if step < warmup:
        return (step + 1) / warmup
    return 1 - (step - warmup) / (steps - warmup)


# %%
# reject learning_rate_factor: a quarter turn · expects "a quarter turn"
def learning_rate_factor(step, warmup, steps):
    if step < warmup:
        return (step + 1) / warmup
    return math.cos(math.pi / 2 * (step - warmup) / (steps - warmup))


# %%
# reject learning_rate_factor: p counts from step 0 · expects "p starts at the end of the warm-up"
def learning_rate_factor(step, warmup, steps):
    if step < warmup:
        return (step + 1) / warmup
    return 0.5 * (1 + math.cos(math.pi * step / steps))


# %%
# reject learning_rate_factor: p divides by steps · expects "only steps − warmup of them"
def learning_rate_factor(step, warmup, steps):
    if step < warmup:
        return (step + 1) / warmup
    return 0.5 * (1 + math.cos(math.pi * (step - warmup) / steps))


# %%
# reject learning_rate_factor: constant after the warm-up · expects "stays 1"
def learning_rate_factor(step, warmup, steps):
    if step < warmup:
        return (step + 1) / warmup
    return 1.0


# %%
# reject learning_rate_factor: degrees instead of radians · expects "the angle in degrees"
def learning_rate_factor(step, warmup, steps):
    if step < warmup:
        return (step + 1) / warmup
    return 0.5 * (1 + math.cos(math.radians((step - warmup) / (steps - warmup))))


# %% [markdown]
# # Exercise 4


# %%
# accept exact_match: count the errors at real tokens
def exact_match(predicted, target, mask):
    errors = ((predicted != target) & mask).sum(dim=1)
    return (errors == 0).double().mean().item()


# %%
# accept exact_match: a loop over sequences
def exact_match(predicted, target, mask):
    right = 0
    for p, t, real in zip(predicted, target, mask, strict=True):
        right += torch.equal(p[real], t[real])
    return right / len(target)


# %%
# accept exact_match: padding replaced by the target
def exact_match(predicted, target, mask):
    filled = torch.where(mask, predicted, target)
    return float((filled == target).all(-1).float().mean())


# %%
# reject exact_match: the stub · expects "not written yet"
def exact_match(predicted, target, mask):
    raise NotImplementedError()


# %%
# reject exact_match: zero · expects "the result is always 0"
def exact_match(predicted, target, mask):
    return 0.0


# %%
# reject exact_match: share of tokens · expects "share of right tokens"
def exact_match(predicted, target, mask):
    return (predicted == target)[mask].float().mean().item()


# %%
# reject exact_match: any instead of all · expects "all, not any"
def exact_match(predicted, target, mask):
    return ((predicted == target) | ~mask).any(dim=1).float().mean().item()


# %%
# reject exact_match: the number of sequences · expects "not their number"
def exact_match(predicted, target, mask):
    return float(((predicted == target) | ~mask).all(dim=1).sum().item())


# %%
# reject exact_match: a tensor · expects "use .item()"
def exact_match(predicted, target, mask):
    return ((predicted == target) | ~mask).all(dim=1).float().mean()


# %%
# reject exact_match: padding compared · expects "padding is compared"
def exact_match(predicted, target, mask):
    return (predicted == target).all(dim=1).float().mean().item()


# %%
# reject exact_match: mask inverted · expects "the mask is inverted"
def exact_match(predicted, target, mask):
    return ((predicted == target) | mask).all(dim=1).float().mean().item()


# %%
# reject exact_match: and mask · expects "padding makes a sequence wrong"
def exact_match(predicted, target, mask):
    return ((predicted == target) & mask).all(dim=1).float().mean().item()


# %%
# reject exact_match: whole batch · expects "one error makes the whole batch wrong"
def exact_match(predicted, target, mask):
    return float(((predicted == target) | ~mask).all())


# %%
# reject exact_match: all over the batch · expects "all runs over the sequences"
def exact_match(predicted, target, mask):
    return ((predicted == target) | ~mask).all(dim=0).float().mean().item()


# %% [markdown]
# # Exercise 5


# %%
# accept decoder_block: three lines, arguments by position
class DecoderBlock(nn.Module):
    def __init__(self, d_model, n_heads, d_ff, rotary=False):
        super().__init__()
        self.attention = Attention(d_model, n_heads, rotary)
        self.cross_attention = Attention(d_model, n_heads, rotary)
        self.feed_forward = feed_forward(d_model, d_ff)
        self.norm1, self.norm2, self.norm3 = (nn.LayerNorm(d_model) for _ in range(3))

    def forward(self, x, memory, memory_mask=None, positions=None, cross_positions=None):
        x = x + self.attention(self.norm1(x), None, causal_mask(x), positions)
        x = x + self.cross_attention(self.norm2(x), memory, memory_mask, cross_positions)
        return x + self.feed_forward(self.norm3(x))


# %%
# accept decoder_block: a mask built on the spot, other names
class DecoderBlock(nn.Module):
    def __init__(self, d_model, n_heads, d_ff, rotary=False):
        super().__init__()
        self.attention = Attention(d_model, n_heads, rotary)
        self.cross_attention = Attention(d_model, n_heads, rotary)
        self.feed_forward = feed_forward(d_model, d_ff)
        self.norm1, self.norm2, self.norm3 = (nn.LayerNorm(d_model) for _ in range(3))

    def forward(self, x, memory, memory_mask=None, positions=None, cross_positions=None):
        T = x.size(1)
        earlier = torch.arange(T, device=x.device)[:, None] >= torch.arange(T, device=x.device)
        query = self.norm1(x)
        own = x + self.attention(query, context=query, mask=earlier, positions=positions)
        asked = self.cross_attention(
            self.norm2(own), memory, mask=memory_mask, positions=cross_positions
        )
        both = own + asked
        return both + self.feed_forward(self.norm3(both))


# %%
# accept decoder_block: a loop over the three parts, masks as rows
class DecoderBlock(nn.Module):
    def __init__(self, d_model, n_heads, d_ff, rotary=False):
        super().__init__()
        self.attention = Attention(d_model, n_heads, rotary)
        self.cross_attention = Attention(d_model, n_heads, rotary)
        self.feed_forward = feed_forward(d_model, d_ff)
        self.norm1, self.norm2, self.norm3 = (nn.LayerNorm(d_model) for _ in range(3))

    def forward(self, x, memory, memory_mask=None, positions=None, cross_positions=None):
        lower = causal_mask(x).expand(len(x), -1, -1)
        parts = (
            lambda y: self.attention(y, mask=lower, positions=positions),
            lambda y: self.cross_attention(y, memory, mask=memory_mask, positions=cross_positions),
            self.feed_forward,
        )
        for norm, part in zip((self.norm1, self.norm2, self.norm3), parts, strict=True):
            x = torch.add(x, part(norm(x)))
        return x


# %%
# accept decoder_block: corrections summed up at the end
class DecoderBlock(nn.Module):
    def __init__(self, d_model, n_heads, d_ff, rotary=False):
        super().__init__()
        self.attention = Attention(d_model, n_heads, rotary)
        self.cross_attention = Attention(d_model, n_heads, rotary)
        self.feed_forward = feed_forward(d_model, d_ff)
        self.norm1, self.norm2, self.norm3 = (nn.LayerNorm(d_model) for _ in range(3))

    def forward(self, x, memory, memory_mask=None, positions=None, cross_positions=None):
        total = self.attention(self.norm1(x), None, causal_mask(x), positions)
        total = total + self.cross_attention(
            self.norm2(x + total), memory, memory_mask, cross_positions
        )
        return x + total + self.feed_forward(self.norm3(x + total))


# %%
# reject decoder_block: the stub · expects "not written yet"
class DecoderBlock(nn.Module):
    def __init__(self, d_model, n_heads, d_ff, rotary=False):
        super().__init__()
        self.attention = Attention(d_model, n_heads, rotary)
        self.cross_attention = Attention(d_model, n_heads, rotary)
        self.feed_forward = feed_forward(d_model, d_ff)
        self.norm1, self.norm2, self.norm3 = (nn.LayerNorm(d_model) for _ in range(3))

    def forward(self, x, memory, memory_mask=None, positions=None, cross_positions=None):
        raise NotImplementedError()


# %%
# reject decoder_block: zeros · expects "a residual connection is missing"
class DecoderBlock(nn.Module):
    def __init__(self, d_model, n_heads, d_ff, rotary=False):
        super().__init__()
        self.attention = Attention(d_model, n_heads, rotary)
        self.cross_attention = Attention(d_model, n_heads, rotary)
        self.feed_forward = feed_forward(d_model, d_ff)
        self.norm1, self.norm2, self.norm3 = (nn.LayerNorm(d_model) for _ in range(3))

    def forward(self, x, memory, memory_mask=None, positions=None, cross_positions=None):
        return torch.zeros_like(x)


# %%
# reject decoder_block: x as it is · expects "the self-attention part is missing"
class DecoderBlock(nn.Module):
    def __init__(self, d_model, n_heads, d_ff, rotary=False):
        super().__init__()
        self.attention = Attention(d_model, n_heads, rotary)
        self.cross_attention = Attention(d_model, n_heads, rotary)
        self.feed_forward = feed_forward(d_model, d_ff)
        self.norm1, self.norm2, self.norm3 = (nn.LayerNorm(d_model) for _ in range(3))

    def forward(self, x, memory, memory_mask=None, positions=None, cross_positions=None):
        return x


# %%
# reject decoder_block: no residual in the cross-attention · expects "a residual connection is missing"
class DecoderBlock(nn.Module):
    def __init__(self, d_model, n_heads, d_ff, rotary=False):
        super().__init__()
        self.attention = Attention(d_model, n_heads, rotary)
        self.cross_attention = Attention(d_model, n_heads, rotary)
        self.feed_forward = feed_forward(d_model, d_ff)
        self.norm1, self.norm2, self.norm3 = (nn.LayerNorm(d_model) for _ in range(3))

    def forward(self, x, memory, memory_mask=None, positions=None, cross_positions=None):
        x = x + self.attention(self.norm1(x), None, causal_mask(x), positions)
        x = self.cross_attention(self.norm2(x), memory, memory_mask, cross_positions)
        return x + self.feed_forward(self.norm3(x))


# %%
# reject decoder_block: cross-attention reads the decoder · expects "does not depend on the memory"
class DecoderBlock(nn.Module):
    def __init__(self, d_model, n_heads, d_ff, rotary=False):
        super().__init__()
        self.attention = Attention(d_model, n_heads, rotary)
        self.cross_attention = Attention(d_model, n_heads, rotary)
        self.feed_forward = feed_forward(d_model, d_ff)
        self.norm1, self.norm2, self.norm3 = (nn.LayerNorm(d_model) for _ in range(3))

    def forward(self, x, memory, memory_mask=None, positions=None, cross_positions=None):
        x = x + self.attention(self.norm1(x), None, causal_mask(x), positions)
        x = x + self.cross_attention(self.norm2(x), None, None, cross_positions)
        return x + self.feed_forward(self.norm3(x))


# %%
# reject decoder_block: cross-attention asks with the memory · expects "expected (batch, T, d_model)"
class DecoderBlock(nn.Module):
    def __init__(self, d_model, n_heads, d_ff, rotary=False):
        super().__init__()
        self.attention = Attention(d_model, n_heads, rotary)
        self.cross_attention = Attention(d_model, n_heads, rotary)
        self.feed_forward = feed_forward(d_model, d_ff)
        self.norm1, self.norm2, self.norm3 = (nn.LayerNorm(d_model) for _ in range(3))

    def forward(self, x, memory, memory_mask=None, positions=None, cross_positions=None):
        x = x + self.attention(self.norm1(x), None, causal_mask(x), positions)
        x = self.cross_attention(memory, self.norm2(x), None, cross_positions)
        return x + self.feed_forward(self.norm3(x))


# %%
# reject decoder_block: memory through norm2 · expects "the memory goes through norm2"
class DecoderBlock(nn.Module):
    def __init__(self, d_model, n_heads, d_ff, rotary=False):
        super().__init__()
        self.attention = Attention(d_model, n_heads, rotary)
        self.cross_attention = Attention(d_model, n_heads, rotary)
        self.feed_forward = feed_forward(d_model, d_ff)
        self.norm1, self.norm2, self.norm3 = (nn.LayerNorm(d_model) for _ in range(3))

    def forward(self, x, memory, memory_mask=None, positions=None, cross_positions=None):
        x = x + self.attention(self.norm1(x), None, causal_mask(x), positions)
        x = x + self.cross_attention(
            self.norm2(x), self.norm2(memory), memory_mask, cross_positions
        )
        return x + self.feed_forward(self.norm3(x))


# %%
# reject decoder_block: memory through norm1 · expects "the memory goes through norm1"
class DecoderBlock(nn.Module):
    def __init__(self, d_model, n_heads, d_ff, rotary=False):
        super().__init__()
        self.attention = Attention(d_model, n_heads, rotary)
        self.cross_attention = Attention(d_model, n_heads, rotary)
        self.feed_forward = feed_forward(d_model, d_ff)
        self.norm1, self.norm2, self.norm3 = (nn.LayerNorm(d_model) for _ in range(3))

    def forward(self, x, memory, memory_mask=None, positions=None, cross_positions=None):
        x = x + self.attention(self.norm1(x), None, causal_mask(x), positions)
        x = x + self.cross_attention(
            self.norm2(x), self.norm1(memory), memory_mask, cross_positions
        )
        return x + self.feed_forward(self.norm3(x))


# %%
# reject decoder_block: causal mask forgotten · expects "the causal mask is missing"
class DecoderBlock(nn.Module):
    def __init__(self, d_model, n_heads, d_ff, rotary=False):
        super().__init__()
        self.attention = Attention(d_model, n_heads, rotary)
        self.cross_attention = Attention(d_model, n_heads, rotary)
        self.feed_forward = feed_forward(d_model, d_ff)
        self.norm1, self.norm2, self.norm3 = (nn.LayerNorm(d_model) for _ in range(3))

    def forward(self, x, memory, memory_mask=None, positions=None, cross_positions=None):
        x = x + self.attention(self.norm1(x), None, None, positions)
        x = x + self.cross_attention(self.norm2(x), memory, memory_mask, cross_positions)
        return x + self.feed_forward(self.norm3(x))


# %%
# reject decoder_block: causal mask one token too wide · expects "one token too many"
class DecoderBlock(nn.Module):
    def __init__(self, d_model, n_heads, d_ff, rotary=False):
        super().__init__()
        self.attention = Attention(d_model, n_heads, rotary)
        self.cross_attention = Attention(d_model, n_heads, rotary)
        self.feed_forward = feed_forward(d_model, d_ff)
        self.norm1, self.norm2, self.norm3 = (nn.LayerNorm(d_model) for _ in range(3))

    def forward(self, x, memory, memory_mask=None, positions=None, cross_positions=None):
        T = x.shape[1]
        mask = torch.ones(T, T, dtype=torch.bool).tril(1)
        x = x + self.attention(self.norm1(x), None, mask, positions)
        x = x + self.cross_attention(self.norm2(x), memory, memory_mask, cross_positions)
        return x + self.feed_forward(self.norm3(x))


# %%
# reject decoder_block: causal mask one token too strict · expects "one token too strict"
class DecoderBlock(nn.Module):
    def __init__(self, d_model, n_heads, d_ff, rotary=False):
        super().__init__()
        self.attention = Attention(d_model, n_heads, rotary)
        self.cross_attention = Attention(d_model, n_heads, rotary)
        self.feed_forward = feed_forward(d_model, d_ff)
        self.norm1, self.norm2, self.norm3 = (nn.LayerNorm(d_model) for _ in range(3))

    def forward(self, x, memory, memory_mask=None, positions=None, cross_positions=None):
        T = x.shape[1]
        mask = torch.ones(T, T, dtype=torch.bool).tril(-1)
        x = x + self.attention(self.norm1(x), None, mask, positions)
        x = x + self.cross_attention(self.norm2(x), memory, memory_mask, cross_positions)
        return x + self.feed_forward(self.norm3(x))


# %%
# reject decoder_block: causal mask inverted · expects "Is the causal mask missing"
class DecoderBlock(nn.Module):
    def __init__(self, d_model, n_heads, d_ff, rotary=False):
        super().__init__()
        self.attention = Attention(d_model, n_heads, rotary)
        self.cross_attention = Attention(d_model, n_heads, rotary)
        self.feed_forward = feed_forward(d_model, d_ff)
        self.norm1, self.norm2, self.norm3 = (nn.LayerNorm(d_model) for _ in range(3))

    def forward(self, x, memory, memory_mask=None, positions=None, cross_positions=None):
        x = x + self.attention(self.norm1(x), None, causal_mask(x).mT, positions)
        x = x + self.cross_attention(self.norm2(x), memory, memory_mask, cross_positions)
        return x + self.feed_forward(self.norm3(x))


# %%
# reject decoder_block: cross-attention first · expects "comes before the self-attention"
class DecoderBlock(nn.Module):
    def __init__(self, d_model, n_heads, d_ff, rotary=False):
        super().__init__()
        self.attention = Attention(d_model, n_heads, rotary)
        self.cross_attention = Attention(d_model, n_heads, rotary)
        self.feed_forward = feed_forward(d_model, d_ff)
        self.norm1, self.norm2, self.norm3 = (nn.LayerNorm(d_model) for _ in range(3))

    def forward(self, x, memory, memory_mask=None, positions=None, cross_positions=None):
        x = x + self.cross_attention(self.norm2(x), memory, memory_mask, cross_positions)
        x = x + self.attention(self.norm1(x), None, causal_mask(x), positions)
        return x + self.feed_forward(self.norm3(x))


# %%
# reject decoder_block: feed-forward between the attentions · expects "comes before the cross-attention"
class DecoderBlock(nn.Module):
    def __init__(self, d_model, n_heads, d_ff, rotary=False):
        super().__init__()
        self.attention = Attention(d_model, n_heads, rotary)
        self.cross_attention = Attention(d_model, n_heads, rotary)
        self.feed_forward = feed_forward(d_model, d_ff)
        self.norm1, self.norm2, self.norm3 = (nn.LayerNorm(d_model) for _ in range(3))

    def forward(self, x, memory, memory_mask=None, positions=None, cross_positions=None):
        x = x + self.attention(self.norm1(x), None, causal_mask(x), positions)
        x = x + self.feed_forward(self.norm3(x))
        return x + self.cross_attention(self.norm2(x), memory, memory_mask, cross_positions)


# %%
# reject decoder_block: norms swapped · expects "norm1 and norm2 are swapped"
class DecoderBlock(nn.Module):
    def __init__(self, d_model, n_heads, d_ff, rotary=False):
        super().__init__()
        self.attention = Attention(d_model, n_heads, rotary)
        self.cross_attention = Attention(d_model, n_heads, rotary)
        self.feed_forward = feed_forward(d_model, d_ff)
        self.norm1, self.norm2, self.norm3 = (nn.LayerNorm(d_model) for _ in range(3))

    def forward(self, x, memory, memory_mask=None, positions=None, cross_positions=None):
        x = x + self.attention(self.norm2(x), None, causal_mask(x), positions)
        x = x + self.cross_attention(self.norm1(x), memory, memory_mask, cross_positions)
        return x + self.feed_forward(self.norm3(x))


# %%
# reject decoder_block: cross-attention without a norm · expects "the queries of the cross-attention are not normalized"
class DecoderBlock(nn.Module):
    def __init__(self, d_model, n_heads, d_ff, rotary=False):
        super().__init__()
        self.attention = Attention(d_model, n_heads, rotary)
        self.cross_attention = Attention(d_model, n_heads, rotary)
        self.feed_forward = feed_forward(d_model, d_ff)
        self.norm1, self.norm2, self.norm3 = (nn.LayerNorm(d_model) for _ in range(3))

    def forward(self, x, memory, memory_mask=None, positions=None, cross_positions=None):
        x = x + self.attention(self.norm1(x), None, causal_mask(x), positions)
        x = x + self.cross_attention(x, memory, memory_mask, cross_positions)
        return x + self.feed_forward(self.norm3(x))


# %%
# reject decoder_block: no cross-attention · expects "the cross-attention part is missing"
class DecoderBlock(nn.Module):
    def __init__(self, d_model, n_heads, d_ff, rotary=False):
        super().__init__()
        self.attention = Attention(d_model, n_heads, rotary)
        self.cross_attention = Attention(d_model, n_heads, rotary)
        self.feed_forward = feed_forward(d_model, d_ff)
        self.norm1, self.norm2, self.norm3 = (nn.LayerNorm(d_model) for _ in range(3))

    def forward(self, x, memory, memory_mask=None, positions=None, cross_positions=None):
        x = x + self.attention(self.norm1(x), None, causal_mask(x), positions)
        return x + self.feed_forward(self.norm3(x))


# %%
# reject decoder_block: no feed-forward · expects "the feed-forward part is missing"
class DecoderBlock(nn.Module):
    def __init__(self, d_model, n_heads, d_ff, rotary=False):
        super().__init__()
        self.attention = Attention(d_model, n_heads, rotary)
        self.cross_attention = Attention(d_model, n_heads, rotary)
        self.feed_forward = feed_forward(d_model, d_ff)
        self.norm1, self.norm2, self.norm3 = (nn.LayerNorm(d_model) for _ in range(3))

    def forward(self, x, memory, memory_mask=None, positions=None, cross_positions=None):
        x = x + self.attention(self.norm1(x), None, causal_mask(x), positions)
        x = x + self.cross_attention(self.norm2(x), memory, memory_mask, cross_positions)
        return x


# %%
# reject decoder_block: post-LN · expects "which is post-LN"
class DecoderBlock(nn.Module):
    def __init__(self, d_model, n_heads, d_ff, rotary=False):
        super().__init__()
        self.attention = Attention(d_model, n_heads, rotary)
        self.cross_attention = Attention(d_model, n_heads, rotary)
        self.feed_forward = feed_forward(d_model, d_ff)
        self.norm1, self.norm2, self.norm3 = (nn.LayerNorm(d_model) for _ in range(3))

    def forward(self, x, memory, memory_mask=None, positions=None, cross_positions=None):
        x = self.norm1(x + self.attention(x, None, causal_mask(x), positions))
        x = self.norm2(x + self.cross_attention(x, memory, memory_mask, cross_positions))
        return self.norm3(x + self.feed_forward(x))


# %%
# reject decoder_block: a last norm · expects "the last norm stands on the residual path"
class DecoderBlock(nn.Module):
    def __init__(self, d_model, n_heads, d_ff, rotary=False):
        super().__init__()
        self.attention = Attention(d_model, n_heads, rotary)
        self.cross_attention = Attention(d_model, n_heads, rotary)
        self.feed_forward = feed_forward(d_model, d_ff)
        self.norm1, self.norm2, self.norm3 = (nn.LayerNorm(d_model) for _ in range(3))

    def forward(self, x, memory, memory_mask=None, positions=None, cross_positions=None):
        x = x + self.attention(self.norm1(x), None, causal_mask(x), positions)
        x = x + self.cross_attention(self.norm2(x), memory, memory_mask, cross_positions)
        x = x + self.feed_forward(x)
        return self.norm3(x)


# %%
# reject decoder_block: causal mask in the cross-attention as well · expects "does not see the whole memory"
class DecoderBlock(nn.Module):
    def __init__(self, d_model, n_heads, d_ff, rotary=False):
        super().__init__()
        self.attention = Attention(d_model, n_heads, rotary)
        self.cross_attention = Attention(d_model, n_heads, rotary)
        self.feed_forward = feed_forward(d_model, d_ff)
        self.norm1, self.norm2, self.norm3 = (nn.LayerNorm(d_model) for _ in range(3))

    def forward(self, x, memory, memory_mask=None, positions=None, cross_positions=None):
        T, S = x.shape[1], memory.shape[1]
        early = torch.ones(T, S, dtype=torch.bool).tril() if memory_mask is None else memory_mask
        x = x + self.attention(self.norm1(x), None, causal_mask(x), positions)
        x = x + self.cross_attention(self.norm2(x), memory, early, cross_positions)
        return x + self.feed_forward(self.norm3(x))


# %%
# reject decoder_block: memory mask forgotten · expects "the memory mask does not reach"
class DecoderBlock(nn.Module):
    def __init__(self, d_model, n_heads, d_ff, rotary=False):
        super().__init__()
        self.attention = Attention(d_model, n_heads, rotary)
        self.cross_attention = Attention(d_model, n_heads, rotary)
        self.feed_forward = feed_forward(d_model, d_ff)
        self.norm1, self.norm2, self.norm3 = (nn.LayerNorm(d_model) for _ in range(3))

    def forward(self, x, memory, memory_mask=None, positions=None, cross_positions=None):
        x = x + self.attention(self.norm1(x), None, causal_mask(x), positions)
        x = x + self.cross_attention(self.norm2(x), memory, None, cross_positions)
        return x + self.feed_forward(self.norm3(x))


# %%
# reject decoder_block: memory mask inverted · expects "the memory mask is inverted"
class DecoderBlock(nn.Module):
    def __init__(self, d_model, n_heads, d_ff, rotary=False):
        super().__init__()
        self.attention = Attention(d_model, n_heads, rotary)
        self.cross_attention = Attention(d_model, n_heads, rotary)
        self.feed_forward = feed_forward(d_model, d_ff)
        self.norm1, self.norm2, self.norm3 = (nn.LayerNorm(d_model) for _ in range(3))

    def forward(self, x, memory, memory_mask=None, positions=None, cross_positions=None):
        memory_mask = None if memory_mask is None else ~memory_mask
        x = x + self.attention(self.norm1(x), None, causal_mask(x), positions)
        x = x + self.cross_attention(self.norm2(x), memory, memory_mask, cross_positions)
        return x + self.feed_forward(self.norm3(x))


# %%
# reject decoder_block: positions swapped · expects "hand over positions and cross_positions"
class DecoderBlock(nn.Module):
    def __init__(self, d_model, n_heads, d_ff, rotary=False):
        super().__init__()
        self.attention = Attention(d_model, n_heads, rotary)
        self.cross_attention = Attention(d_model, n_heads, rotary)
        self.feed_forward = feed_forward(d_model, d_ff)
        self.norm1, self.norm2, self.norm3 = (nn.LayerNorm(d_model) for _ in range(3))

    def forward(self, x, memory, memory_mask=None, positions=None, cross_positions=None):
        x = x + self.attention(self.norm1(x), None, causal_mask(x), cross_positions)
        x = x + self.cross_attention(self.norm2(x), memory, memory_mask, positions)
        return x + self.feed_forward(self.norm3(x))


# %%
# reject decoder_block: one attention for both · expects "the cross-attention uses the weights of the self-attention"
class DecoderBlock(nn.Module):
    def __init__(self, d_model, n_heads, d_ff, rotary=False):
        super().__init__()
        self.attention = Attention(d_model, n_heads, rotary)
        self.cross_attention = Attention(d_model, n_heads, rotary)
        self.feed_forward = feed_forward(d_model, d_ff)
        self.norm1, self.norm2, self.norm3 = (nn.LayerNorm(d_model) for _ in range(3))

    def forward(self, x, memory, memory_mask=None, positions=None, cross_positions=None):
        x = x + self.attention(self.norm1(x), None, causal_mask(x), positions)
        x = x + self.attention(self.norm2(x), memory, memory_mask, cross_positions)
        return x + self.feed_forward(self.norm3(x))


# %% [markdown]
# # Exercise 6


# %%
# accept teacher_forcing: pad, and write END by index
def teacher_forcing(target, lengths):
    inputs = F.pad(target, (1, 0), value=BEGIN)
    labels = F.pad(target, (0, 1), value=PAD)
    labels[torch.arange(len(target)), lengths] = END
    return inputs, labels


# %%
# accept teacher_forcing: where on the places
def teacher_forcing(target, lengths):
    B, T = target.shape
    place = torch.arange(T + 1, device=target.device)
    longer = torch.full((B, T + 1), PAD, dtype=target.dtype, device=target.device)
    longer[:, :T] = target
    labels = torch.where(place == lengths[:, None], END, longer)
    inputs = torch.hstack([torch.full_like(target[:, :1], BEGIN), target])
    return inputs, labels


# %%
# accept teacher_forcing: a loop over lists
def teacher_forcing(target, lengths):
    inputs, labels = [], []
    for row, n in zip(target.tolist(), lengths.tolist(), strict=True):
        padding = [PAD] * (len(row) - n)
        inputs.append([BEGIN, *row])
        labels.append([*row[:n], END, *padding])
    return torch.tensor(inputs, device=target.device), torch.tensor(labels, device=target.device)


# %%
# reject teacher_forcing: a loop over lists, the result on the CPU · expects "It would fail on a GPU"
def teacher_forcing(target, lengths):
    inputs, labels = [], []
    for row, n in zip(target.tolist(), lengths.tolist(), strict=True):
        padding = [PAD] * (len(row) - n)
        inputs.append([BEGIN, *row])
        labels.append([*row[:n], END, *padding])
    return torch.tensor(inputs), torch.tensor(labels)


# %%
# reject teacher_forcing: the stub · expects "not written yet"
def teacher_forcing(target, lengths):
    raise NotImplementedError()


# %%
# reject teacher_forcing: zeros · expects "every value is zero"
def teacher_forcing(target, lengths):
    zeros = torch.zeros(len(target), target.shape[1] + 1, dtype=target.dtype)
    return zeros, zeros


# %%
# reject teacher_forcing: the unshifted target · expects "the input is not shifted"
def teacher_forcing(target, lengths):
    labels = F.pad(target, (0, 1), value=PAD).scatter(1, lengths[:, None], END)
    return F.pad(target, (0, 1), value=PAD), labels


# %%
# reject teacher_forcing: the labels as inputs · expects "the order is inputs, labels"
def teacher_forcing(target, lengths):
    labels = F.pad(target, (0, 1), value=PAD).scatter(1, lengths[:, None], END)
    return labels, labels


# %%
# reject teacher_forcing: the wrong order · expects "the order is inputs, labels"
def teacher_forcing(target, lengths):
    inputs = F.pad(target, (1, 0), value=BEGIN)
    labels = F.pad(target, (0, 1), value=PAD).scatter(1, lengths[:, None], END)
    return labels, inputs


# %%
# reject teacher_forcing: END in the inputs · expects "the input must not end with END"
def teacher_forcing(target, lengths):
    inputs = F.pad(target, (1, 0), value=BEGIN)
    labels = F.pad(target, (0, 1), value=PAD).scatter(1, lengths[:, None], END)
    inputs = torch.cat([inputs[:, :1], labels[:, :-1]], dim=1)
    return inputs, labels


# %%
# reject teacher_forcing: END after the padding · expects "END stands after the padding"
def teacher_forcing(target, lengths):
    inputs = F.pad(target, (1, 0), value=BEGIN)
    labels = F.pad(target, (0, 1), value=END)
    return inputs, labels


# %%
# reject teacher_forcing: no END · expects "END is missing"
def teacher_forcing(target, lengths):
    inputs = F.pad(target, (1, 0), value=BEGIN)
    labels = F.pad(target, (0, 1), value=PAD)
    return inputs, labels


# %%
# reject teacher_forcing: labels begin with BEGIN · expects "should not begin with BEGIN"
def teacher_forcing(target, lengths):
    inputs, labels = F.pad(target, (0, 1), value=PAD), F.pad(target, (1, 0), value=BEGIN)
    return inputs, labels


# %%
# reject teacher_forcing: END over the last token · expects "END replaces the last real token"
def teacher_forcing(target, lengths):
    inputs = F.pad(target, (1, 0), value=BEGIN)
    labels = F.pad(target, (0, 1), value=PAD)
    place = torch.arange(labels.shape[1])
    labels = labels.where(place < lengths[:, None], PAD)
    return inputs, labels.scatter(1, lengths[:, None] - 1, END)


# %%
# reject teacher_forcing: all padding becomes END · expects "all the padding became END"
def teacher_forcing(target, lengths):
    inputs = F.pad(target, (1, 0), value=BEGIN)
    labels = F.pad(target, (0, 1), value=PAD)
    return inputs, labels.where(labels != PAD, END)


# %%
# reject teacher_forcing: inputs of T · expects "expected (batch, places)"
def teacher_forcing(target, lengths):
    inputs = F.pad(target, (1, 0), value=BEGIN)
    labels = F.pad(target, (0, 1), value=PAD).scatter(1, lengths[:, None], END)
    return inputs[:, :-1], labels


# %%
# reject teacher_forcing: labels of T · expects "expected (batch, places)"
def teacher_forcing(target, lengths):
    inputs = F.pad(target, (1, 0), value=BEGIN)
    labels = F.pad(target, (0, 1), value=PAD).scatter(1, lengths[:, None], END)
    return inputs, labels[:, :-1]


# %%
# reject teacher_forcing: one END for the longest only · expects "END stands after the padding"
def teacher_forcing(target, lengths):
    inputs = F.pad(target, (1, 0), value=BEGIN)
    labels = F.pad(target, (0, 1), value=PAD)
    labels[:, lengths.max()] = END
    return inputs, labels


# %%
# reject teacher_forcing: target overwritten · expects "changes its input in place"
def teacher_forcing(target, lengths):
    inputs = F.pad(target, (1, 0), value=BEGIN)
    labels = F.pad(target, (0, 1), value=PAD).scatter(1, lengths[:, None], END)
    target[:, 0] = END
    return inputs, labels


# %% [markdown]
# # Exercise 7


# %%
# accept greedy_decode: a table that is filled
def greedy_decode(next_logits, start, max_length):
    B = len(start)
    written = start.new_full((B, max_length), PAD)
    running = torch.ones(B, dtype=torch.bool, device=start.device)
    for step in range(max_length):
        logits = next_logits(torch.cat([start, written[:, :step]], dim=1))
        written[running, step] = logits.argmax(dim=-1)[running]
        running &= written[:, step] != END
        if not running.any():
            return written[:, : step + 1]
    return written


# %%
# accept greedy_decode: ended is read off the tokens
def greedy_decode(next_logits, start, max_length):
    tokens = start
    while tokens.shape[1] <= max_length and not (tokens == END).any(dim=1).all():
        best = next_logits(tokens).max(dim=1).indices
        best = torch.where((tokens == END).any(dim=1), PAD, best)
        tokens = torch.hstack([tokens, best.unsqueeze(1)])
    return tokens[:, 1:]


# %%
# accept greedy_decode: lists of columns, padding at the end
def greedy_decode(next_logits, start, max_length):
    columns = [start]
    for _ in range(max_length):
        columns.append(next_logits(torch.cat(columns, 1)).topk(1, dim=-1).indices)
        if (torch.cat(columns, 1) == END).any(1).all():
            break
    tokens = torch.cat(columns[1:], 1)
    after = (tokens == END).cumsum(1) - (tokens == END).long()
    return tokens.masked_fill(after > 0, PAD)


# %%
# reject greedy_decode: the stub · expects "not written yet"
def greedy_decode(next_logits, start, max_length):
    raise NotImplementedError()


# %%
# reject greedy_decode: zeros · expects "should get `start`"
def greedy_decode(next_logits, start, max_length):
    return torch.zeros(len(start), max_length, dtype=torch.long)


# %%
# reject greedy_decode: BEGIN returned · expects "the result begins with BEGIN"
def greedy_decode(next_logits, start, max_length):
    tokens = start
    ended = torch.zeros(len(start), dtype=torch.bool)
    for _ in range(max_length):
        token = next_logits(tokens).argmax(dim=-1).where(~ended, PAD)
        tokens = torch.cat([tokens, token[:, None]], dim=1)
        ended = ended | (token == END)
        if ended.all():
            break
    return tokens


# %%
# reject greedy_decode: only the last token handed over · expects "the third call should get three tokens"
def greedy_decode(next_logits, start, max_length):
    tokens = start
    ended = torch.zeros(len(start), dtype=torch.bool)
    for _ in range(max_length):
        token = next_logits(tokens[:, -1:]).argmax(dim=-1).where(~ended, PAD)
        tokens = torch.cat([tokens, token[:, None]], dim=1)
        ended = ended | (token == END)
        if ended.all():
            break
    return tokens[:, 1:]


# %%
# reject greedy_decode: without BEGIN · expects "should get `start` as it is"
def greedy_decode(next_logits, start, max_length):
    tokens = start[:, :0]
    for _ in range(max_length):
        tokens = torch.cat([tokens, next_logits(tokens).argmax(dim=-1, keepdim=True)], dim=1)
    return tokens


# %%
# reject greedy_decode: new tokens in front · expects "what the third call gets"
def greedy_decode(next_logits, start, max_length):
    tokens = start
    ended = torch.zeros(len(start), dtype=torch.bool)
    for _ in range(max_length):
        token = next_logits(tokens).argmax(dim=-1).where(~ended, PAD)
        tokens = torch.cat([tokens[:, :1], token[:, None], tokens[:, 1:]], dim=1)
        ended = ended | (token == END)
        if ended.all():
            break
    return tokens[:, 1:]


# %%
# reject greedy_decode: END cut off · expects "END is cut off"
def greedy_decode(next_logits, start, max_length):
    tokens = start
    ended = torch.zeros(len(start), dtype=torch.bool)
    for _ in range(max_length):
        token = next_logits(tokens).argmax(dim=-1).where(~ended, PAD)
        tokens = torch.cat([tokens, token[:, None]], dim=1)
        ended = ended | (token == END)
        if ended.all():
            break
    return tokens[:, 1:-1]


# %%
# reject greedy_decode: goes on after END · expects "a sequence goes on after its END"
def greedy_decode(next_logits, start, max_length):
    tokens = start
    ended = torch.zeros(len(start), dtype=torch.bool)
    for _ in range(max_length):
        token = next_logits(tokens).argmax(dim=-1)
        tokens = torch.cat([tokens, token[:, None]], dim=1)
        ended = ended | (token == END)
        if ended.all():
            break
    return tokens[:, 1:]


# %%
# reject greedy_decode: END repeated · expects "END is repeated"
def greedy_decode(next_logits, start, max_length):
    tokens = start
    ended = torch.zeros(len(start), dtype=torch.bool)
    for _ in range(max_length):
        token = next_logits(tokens).argmax(dim=-1).where(~ended, END)
        tokens = torch.cat([tokens, token[:, None]], dim=1)
        ended = ended | (token == END)
        if ended.all():
            break
    return tokens[:, 1:]


# %%
# reject greedy_decode: END becomes PAD · expects "END itself became PAD"
def greedy_decode(next_logits, start, max_length):
    tokens = start
    ended = torch.zeros(len(start), dtype=torch.bool)
    seen = start
    for _ in range(max_length):
        token = next_logits(seen).argmax(dim=-1).where(~ended, PAD)
        seen = torch.cat([seen, token[:, None]], dim=1)
        ended = ended | (token == END)
        tokens = torch.cat([tokens, token.where(~ended, PAD)[:, None]], dim=1)
        if ended.all():
            break
    return tokens[:, 1:]


# %%
# reject greedy_decode: stops at the first END · expects "go on until all have ended"
def greedy_decode(next_logits, start, max_length):
    tokens = start
    ended = torch.zeros(len(start), dtype=torch.bool)
    for _ in range(max_length):
        token = next_logits(tokens).argmax(dim=-1).where(~ended, PAD)
        tokens = torch.cat([tokens, token[:, None]], dim=1)
        ended = ended | (token == END)
        if ended.any():
            break
    return tokens[:, 1:]


# %%
# reject greedy_decode: never stops early · expects "stop then"
def greedy_decode(next_logits, start, max_length):
    tokens = start
    ended = torch.zeros(len(start), dtype=torch.bool)
    for _ in range(max_length):
        token = next_logits(tokens).argmax(dim=-1).where(~ended, PAD)
        tokens = torch.cat([tokens, token[:, None]], dim=1)
        ended = ended | (token == END)
    return tokens[:, 1:]


# %%
# reject greedy_decode: one step too many · expects "BEGIN not counted"
def greedy_decode(next_logits, start, max_length):
    tokens = start
    ended = torch.zeros(len(start), dtype=torch.bool)
    for _ in range(max_length + 1):
        token = next_logits(tokens).argmax(dim=-1).where(~ended, PAD)
        tokens = torch.cat([tokens, token[:, None]], dim=1)
        ended = ended | (token == END)
        if ended.all():
            break
    return tokens[:, 1:]


# %%
# reject greedy_decode: BEGIN counted · expects "BEGIN not counted"
def greedy_decode(next_logits, start, max_length):
    tokens = start
    ended = torch.zeros(len(start), dtype=torch.bool)
    for _ in range(max_length - 1):
        token = next_logits(tokens).argmax(dim=-1).where(~ended, PAD)
        tokens = torch.cat([tokens, token[:, None]], dim=1)
        ended = ended | (token == END)
        if ended.all():
            break
    return tokens[:, 1:]


# %%
# reject greedy_decode: samples instead of the best · expects "what the third call gets"
def greedy_decode(next_logits, start, max_length):
    tokens = start
    ended = torch.zeros(len(start), dtype=torch.bool)
    for _ in range(max_length):
        token = torch.multinomial(next_logits(tokens).softmax(-1), 1)[:, 0].where(~ended, PAD)
        tokens = torch.cat([tokens, token[:, None]], dim=1)
        ended = ended | (token == END)
        if ended.all():
            break
    return tokens[:, 1:]


# %%
# reject greedy_decode: the least likely token · expects "the least likely token was taken"
def greedy_decode(next_logits, start, max_length):
    tokens = start
    ended = torch.zeros(len(start), dtype=torch.bool)
    for _ in range(max_length):
        token = next_logits(tokens).argmin(dim=-1).where(~ended, PAD)
        tokens = torch.cat([tokens, token[:, None]], dim=1)
        ended = ended | (token == END)
        if ended.all():
            break
    return tokens[:, 1:]


# %%
# reject greedy_decode: argmax over the batch · expects "what the third call gets"
def greedy_decode(next_logits, start, max_length):
    tokens = start
    ended = torch.zeros(len(start), dtype=torch.bool)
    for _ in range(max_length):
        token = next_logits(tokens).argmax(dim=0)[: len(start)].where(~ended, PAD)
        tokens = torch.cat([tokens, token[:, None]], dim=1)
        ended = ended | (token == END)
        if ended.all():
            break
    return tokens[:, 1:]


# %% [markdown]
# # Exercise 8


# %%
# accept rotate: a complex product
def rotate(x, positions):
    half = x.shape[-1] // 2
    omega = 10000.0 ** (-torch.arange(half, device=x.device) / half)
    angles = (positions.float()[..., None] * omega)[..., None, :, :]
    pairs = torch.view_as_complex(x.float().unflatten(-1, (half, 2)).contiguous())
    turned = pairs * torch.polar(torch.ones_like(angles), angles)
    return torch.view_as_real(turned).flatten(-2).to(x.dtype)


# %%
# accept rotate: x cos + (x turned by a quarter) sin, repeated frequencies
def rotate(x, positions):
    d = x.shape[-1]
    omega = torch.exp(-math.log(10000) * torch.arange(0, d, 2) / d).to(x.device)
    angles = torch.einsum("...t,i->...ti", positions.float(), omega)
    angles = angles.repeat_interleave(2, dim=-1)
    if positions.dim() == 2:
        angles = angles[:, None]
    quarter = torch.stack([-x[..., 1::2], x[..., 0::2]], dim=-1).reshape(x.shape)
    return (x * angles.cos() + quarter * angles.sin()).to(x.dtype)


# %%
# accept rotate: rotation matrices and einsum
def rotate(x, positions):
    B, _, T, d = x.shape
    omega = 10000 ** (-2 * torch.arange(d // 2, device=x.device) / d)
    angles = positions.expand(B, T)[..., None] * omega
    c, s = angles.cos(), angles.sin()
    turn = torch.stack([torch.stack([c, -s], -1), torch.stack([s, c], -1)], -2)
    pairs = x.reshape(*x.shape[:-1], d // 2, 2)
    return torch.einsum("btfij,bhtfj->bhtfi", turn.to(x.dtype), pairs).reshape(x.shape)


# %%
# accept rotate: a loop over the pairs, written into a copy
def rotate(x, positions):
    d, out = x.shape[-1], x.clone()
    at = positions if positions.dim() == 1 else positions[:, None]
    for i in range(d // 2):
        angle = at * 10000 ** (-2 * i / d)
        a, b = x[..., 2 * i], x[..., 2 * i + 1]
        out[..., 2 * i] = a * angle.cos() - b * angle.sin()
        out[..., 2 * i + 1] = a * angle.sin() + b * angle.cos()
    return out


# %%
# reject rotate: the stub · expects "not written yet"
def rotate(x, positions):
    raise NotImplementedError()


# %%
# reject rotate: zeros · expects "every value is zero"
def rotate(x, positions):
    return torch.zeros_like(x)


# %%
# reject rotate: nothing is turned · expects "x comes back as it was"
def rotate(x, positions):
    return x


# %%
# reject rotate: the other way round · expects "it turns the other way"
def rotate(x, positions):
    d = x.shape[-1]
    omega = 10000 ** (-torch.arange(0, d, 2) / d)
    angles = (positions[..., None] * omega).unsqueeze(-3)
    cos, sin = angles.cos(), angles.sin()
    even, odd = x[..., 0::2], x[..., 1::2]
    return torch.stack([even * cos + odd * sin, odd * cos - even * sin], dim=-1).flatten(-2)


# %%
# reject rotate: sine and cosine swapped · expects "sine and cosine are swapped"
def rotate(x, positions):
    d = x.shape[-1]
    omega = 10000 ** (-torch.arange(0, d, 2) / d)
    angles = (positions[..., None] * omega).unsqueeze(-3)
    cos, sin = angles.cos(), angles.sin()
    even, odd = x[..., 0::2], x[..., 1::2]
    return torch.stack([even * sin - odd * cos, even * cos + odd * sin], dim=-1).flatten(-2)


# %%
# reject rotate: both signs positive · expects "both sines are positive"
def rotate(x, positions):
    d = x.shape[-1]
    omega = 10000 ** (-torch.arange(0, d, 2) / d)
    angles = (positions[..., None] * omega).unsqueeze(-3)
    cos, sin = angles.cos(), angles.sin()
    even, odd = x[..., 0::2], x[..., 1::2]
    return torch.stack([even * cos + odd * sin, even * sin + odd * cos], dim=-1).flatten(-2)


# %%
# reject rotate: positions from 1 · expects "positions count from 0"
def rotate(x, positions):
    d = x.shape[-1]
    omega = 10000 ** (-torch.arange(0, d, 2) / d)
    angles = ((positions[..., None] + 1) * omega).unsqueeze(-3)
    cos, sin = angles.cos(), angles.sin()
    even, odd = x[..., 0::2], x[..., 1::2]
    return torch.stack([even * cos - odd * sin, even * sin + odd * cos], dim=-1).flatten(-2)


# %%
# reject rotate: halves instead of neighbors · expects "the pairs are neighbors"
def rotate(x, positions):
    d = x.shape[-1]
    omega = 10000 ** (-torch.arange(0, d, 2) / d)
    angles = (positions[..., None] * omega).unsqueeze(-3)
    cos, sin = angles.cos(), angles.sin()
    even, odd = x[..., : d // 2], x[..., d // 2 :]
    return torch.cat([even * cos - odd * sin, even * sin + odd * cos], dim=-1)


# %%
# reject rotate: not woven together · expects "not woven together again"
def rotate(x, positions):
    d = x.shape[-1]
    omega = 10000 ** (-torch.arange(0, d, 2) / d)
    angles = (positions[..., None] * omega).unsqueeze(-3)
    cos, sin = angles.cos(), angles.sin()
    even, odd = x[..., 0::2], x[..., 1::2]
    return torch.cat([even * cos - odd * sin, even * sin + odd * cos], dim=-1)


# %%
# reject rotate: halves, then woven · expects "read as halves but put back as neighbors"
def rotate(x, positions):
    d = x.shape[-1]
    omega = 10000 ** (-torch.arange(0, d, 2) / d)
    angles = (positions[..., None] * omega).unsqueeze(-3)
    cos, sin = angles.cos(), angles.sin()
    even, odd = x[..., : d // 2], x[..., d // 2 :]
    return torch.stack([even * cos - odd * sin, even * sin + odd * cos], dim=-1).flatten(-2)


# %%
# reject rotate: exponent i / d · expects "yours is −i / d"
def rotate(x, positions):
    d = x.shape[-1]
    omega = 10000 ** (-torch.arange(d // 2) / d)
    angles = (positions[..., None] * omega).unsqueeze(-3)
    cos, sin = angles.cos(), angles.sin()
    even, odd = x[..., 0::2], x[..., 1::2]
    return torch.stack([even * cos - odd * sin, even * sin + odd * cos], dim=-1).flatten(-2)


# %%
# reject rotate: one speed for all · expects "all pairs turn at the same speed"
def rotate(x, positions):
    d = x.shape[-1]
    omega = torch.ones(d // 2)
    angles = (positions[..., None] * omega).unsqueeze(-3)
    cos, sin = angles.cos(), angles.sin()
    even, odd = x[..., 0::2], x[..., 1::2]
    return torch.stack([even * cos - odd * sin, even * sin + odd * cos], dim=-1).flatten(-2)


# %%
# reject rotate: exponent without minus · expects "the exponent has no minus"
def rotate(x, positions):
    d = x.shape[-1]
    omega = 10000 ** (torch.arange(0, d, 2) / d)
    angles = (positions[..., None] * omega).unsqueeze(-3)
    cos, sin = angles.cos(), angles.sin()
    even, odd = x[..., 0::2], x[..., 1::2]
    return torch.stack([even * cos - odd * sin, even * sin + odd * cos], dim=-1).flatten(-2)


# %%
# reject rotate: added instead of turned · expects "added, not turned"
def rotate(x, positions):
    d = x.shape[-1]
    angles = positions[..., None] * 10000 ** (-torch.arange(0, d, 2) / d)
    table = torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(-2)
    return x + table.unsqueeze(-3)


# %%
# reject rotate: the index of the token instead of its position · expects "when only the queries move"
def rotate(x, positions):
    d = x.shape[-1]
    omega = 10000 ** (-torch.arange(0, d, 2) / d)
    angles = torch.arange(x.shape[2])[:, None] * omega
    cos, sin = angles.cos(), angles.sin()
    even, odd = x[..., 0::2], x[..., 1::2]
    return torch.stack([even * cos - odd * sin, even * sin + odd * cos], dim=-1).flatten(-2)


# %%
# reject rotate: positions for heads · expects "each head, not each sequence"
def rotate(x, positions):
    d = x.shape[-1]
    omega = 10000 ** (-torch.arange(0, d, 2) / d)
    angles = positions[..., None] * omega
    cos, sin = angles.cos(), angles.sin()
    even, odd = x[..., 0::2], x[..., 1::2]
    return torch.stack([even * cos - odd * sin, even * sin + odd * cos], dim=-1).flatten(-2)


# %%
# reject rotate: float64 out of float32 · expects "keep the dtype"
def rotate(x, positions):
    d = x.shape[-1]
    omega = 10000 ** (-torch.arange(0, d, 2, dtype=torch.float64) / d)
    angles = (positions[..., None] * omega).unsqueeze(-3)
    cos, sin = angles.cos(), angles.sin()
    even, odd = x[..., 0::2], x[..., 1::2]
    return torch.stack([even * cos - odd * sin, even * sin + odd * cos], dim=-1).flatten(-2)


# %%
# reject rotate: one row for all, the first · expects "sequence 2 of three"
def rotate(x, positions):
    positions = positions[0] if positions.dim() == 2 else positions
    d = x.shape[-1]
    omega = 10000 ** (-torch.arange(0, d, 2) / d)
    angles = (positions[..., None] * omega).unsqueeze(-3)
    cos, sin = angles.cos(), angles.sin()
    even, odd = x[..., 0::2], x[..., 1::2]
    return torch.stack([even * cos - odd * sin, even * sin + odd * cos], dim=-1).flatten(-2)


# %%
# reject rotate: turned in place · expects "changes its input in place"
def rotate(x, positions):
    d = x.shape[-1]
    omega = 10000 ** (-torch.arange(0, d, 2) / d)
    angles = (positions[..., None] * omega).unsqueeze(-3)
    even, odd = x[..., 0::2].clone(), x[..., 1::2].clone()
    x[..., 0::2] = even * angles.cos() - odd * angles.sin()
    x[..., 1::2] = even * angles.sin() + odd * angles.cos()
    return x


# %%
# reject encoder_block: dropout on the sums · expects "Does dropout act on the sum"
class EncoderBlock(nn.Module):
    def __init__(self, d_model, n_heads, d_ff, norm_first=True, dropout=0.0, rotary=False):
        super().__init__()
        self.attention = Attention(d_model, n_heads, rotary)
        self.feed_forward = feed_forward(d_model, d_ff)
        self.norm1, self.norm2 = nn.LayerNorm(d_model), nn.LayerNorm(d_model)
        self.dropout, self.norm_first = nn.Dropout(dropout), norm_first

    def forward(self, x, mask=None, positions=None):
        def attend(x):
            return self.attention(x, mask=mask, positions=positions)

        if self.norm_first:
            x = self.dropout(x + attend(self.norm1(x)))
            return self.dropout(x + self.feed_forward(self.norm2(x)))
        x = self.norm1(self.dropout(x + attend(x)))
        return self.norm2(self.dropout(x + self.feed_forward(x)))


# %%
# reject encoder_block: dropout on what goes into a part · expects "on what goes into a part"
class EncoderBlock(nn.Module):
    def __init__(self, d_model, n_heads, d_ff, norm_first=True, dropout=0.0, rotary=False):
        super().__init__()
        self.attention = Attention(d_model, n_heads, rotary)
        self.feed_forward = feed_forward(d_model, d_ff)
        self.norm1, self.norm2 = nn.LayerNorm(d_model), nn.LayerNorm(d_model)
        self.dropout, self.norm_first = nn.Dropout(dropout), norm_first

    def forward(self, x, mask=None, positions=None):
        def attend(x):
            return self.attention(x, mask=mask, positions=positions)

        if self.norm_first:
            x = x + attend(self.dropout(self.norm1(x)))
            return x + self.feed_forward(self.dropout(self.norm2(x)))
        x = self.norm1(x + attend(self.dropout(x)))
        return self.norm2(x + self.feed_forward(self.dropout(x)))


# %%
# reject encoder_block: post-LN with dropout after the norms · expects "Does dropout act on the sum"
class EncoderBlock(nn.Module):
    def __init__(self, d_model, n_heads, d_ff, norm_first=True, dropout=0.0, rotary=False):
        super().__init__()
        self.attention = Attention(d_model, n_heads, rotary)
        self.feed_forward = feed_forward(d_model, d_ff)
        self.norm1, self.norm2 = nn.LayerNorm(d_model), nn.LayerNorm(d_model)
        self.dropout, self.norm_first = nn.Dropout(dropout), norm_first

    def forward(self, x, mask=None, positions=None):
        def attend(x):
            return self.attention(x, mask=mask, positions=positions)

        if self.norm_first:
            x = x + self.dropout(attend(self.norm1(x)))
            return x + self.dropout(self.feed_forward(self.norm2(x)))
        x = self.dropout(self.norm1(x + attend(x)))
        return self.dropout(self.norm2(x + self.feed_forward(x)))


# %%
# reject encoder_block: norms swapped · expects "norm1 and norm2 are swapped"
class EncoderBlock(nn.Module):
    def __init__(self, d_model, n_heads, d_ff, norm_first=True, dropout=0.0, rotary=False):
        super().__init__()
        self.attention = Attention(d_model, n_heads, rotary)
        self.feed_forward = feed_forward(d_model, d_ff)
        self.norm1, self.norm2 = nn.LayerNorm(d_model), nn.LayerNorm(d_model)
        self.dropout, self.norm_first = nn.Dropout(dropout), norm_first

    def forward(self, x, mask=None, positions=None):
        def attend(x):
            return self.attention(x, mask=mask, positions=positions)

        if self.norm_first:
            x = x + self.dropout(attend(self.norm2(x)))
            return x + self.dropout(self.feed_forward(self.norm1(x)))
        x = self.norm2(x + self.dropout(attend(x)))
        return self.norm1(x + self.dropout(self.feed_forward(x)))


# %%
# reject encoder_block: pre-LN with the second sum from the input · expects "the second sum starts from the block"
class EncoderBlock(nn.Module):
    def __init__(self, d_model, n_heads, d_ff, norm_first=True, dropout=0.0, rotary=False):
        super().__init__()
        self.attention = Attention(d_model, n_heads, rotary)
        self.feed_forward = feed_forward(d_model, d_ff)
        self.norm1, self.norm2 = nn.LayerNorm(d_model), nn.LayerNorm(d_model)
        self.dropout, self.norm_first = nn.Dropout(dropout), norm_first

    def forward(self, x, mask=None, positions=None):
        def attend(x):
            return self.attention(x, mask=mask, positions=positions)

        if self.norm_first:
            y = x + self.dropout(attend(self.norm1(x)))
            return x + self.dropout(self.feed_forward(self.norm2(y)))
        x = self.norm1(x + self.dropout(attend(x)))
        return self.norm2(x + self.dropout(self.feed_forward(x)))


# %%
# reject encoder_block: post-LN with norms on the parts · expects "the norm stands on the part"
class EncoderBlock(nn.Module):
    def __init__(self, d_model, n_heads, d_ff, norm_first=True, dropout=0.0, rotary=False):
        super().__init__()
        self.attention = Attention(d_model, n_heads, rotary)
        self.feed_forward = feed_forward(d_model, d_ff)
        self.norm1, self.norm2 = nn.LayerNorm(d_model), nn.LayerNorm(d_model)
        self.dropout, self.norm_first = nn.Dropout(dropout), norm_first

    def forward(self, x, mask=None, positions=None):
        def attend(x):
            return self.attention(x, mask=mask, positions=positions)

        if self.norm_first:
            x = x + self.dropout(attend(self.norm1(x)))
            return x + self.dropout(self.feed_forward(self.norm2(x)))
        x = x + self.norm1(self.dropout(attend(x)))
        return x + self.norm2(self.dropout(self.feed_forward(x)))


# %%
# reject encoder_block: post-LN with norms on x · expects "the norm stands on x"
class EncoderBlock(nn.Module):
    def __init__(self, d_model, n_heads, d_ff, norm_first=True, dropout=0.0, rotary=False):
        super().__init__()
        self.attention = Attention(d_model, n_heads, rotary)
        self.feed_forward = feed_forward(d_model, d_ff)
        self.norm1, self.norm2 = nn.LayerNorm(d_model), nn.LayerNorm(d_model)
        self.dropout, self.norm_first = nn.Dropout(dropout), norm_first

    def forward(self, x, mask=None, positions=None):
        def attend(x):
            return self.attention(x, mask=mask, positions=positions)

        if self.norm_first:
            x = x + self.dropout(attend(self.norm1(x)))
            return x + self.dropout(self.feed_forward(self.norm2(x)))
        x = self.norm1(x) + self.dropout(attend(x))
        return self.norm2(x) + self.dropout(self.feed_forward(x))


# %%
# reject encoder_block: the mask as the second argument · expects "hand it over by name"
class EncoderBlock(nn.Module):
    def __init__(self, d_model, n_heads, d_ff, norm_first=True, dropout=0.0, rotary=False):
        super().__init__()
        self.attention = Attention(d_model, n_heads, rotary)
        self.feed_forward = feed_forward(d_model, d_ff)
        self.norm1, self.norm2 = nn.LayerNorm(d_model), nn.LayerNorm(d_model)
        self.dropout, self.norm_first = nn.Dropout(dropout), norm_first

    def forward(self, x, mask=None, positions=None):
        def attend(x):
            return self.attention(x, mask=mask, positions=positions)

        if self.norm_first:
            x = x + self.dropout(self.attention(self.norm1(x), mask))
            return x + self.dropout(self.feed_forward(self.norm2(x)))
        x = self.norm1(x + self.dropout(self.attention(x, mask)))
        return self.norm2(x + self.dropout(self.feed_forward(x)))


# %%
# reject encoder_block: no return · expects "Does your function end with `return`"
class EncoderBlock(nn.Module):
    def __init__(self, d_model, n_heads, d_ff, norm_first=True, dropout=0.0, rotary=False):
        super().__init__()
        self.attention = Attention(d_model, n_heads, rotary)
        self.feed_forward = feed_forward(d_model, d_ff)
        self.norm1, self.norm2 = nn.LayerNorm(d_model), nn.LayerNorm(d_model)
        self.dropout, self.norm_first = nn.Dropout(dropout), norm_first

    def forward(self, x, mask=None, positions=None):
        def attend(x):
            return self.attention(x, mask=mask, positions=positions)

        x = x + self.dropout(attend(self.norm1(x)))
        x = x + self.dropout(self.feed_forward(self.norm2(x)))


# %%
# reject decoder_block: every part added to the input · expects "to the x that the line before left"
class DecoderBlock(nn.Module):
    def __init__(self, d_model, n_heads, d_ff, rotary=False):
        super().__init__()
        self.attention = Attention(d_model, n_heads, rotary)
        self.cross_attention = Attention(d_model, n_heads, rotary)
        self.feed_forward = feed_forward(d_model, d_ff)
        self.norm1, self.norm2, self.norm3 = (nn.LayerNorm(d_model) for _ in range(3))

    def forward(self, x, memory, memory_mask=None, positions=None, cross_positions=None):
        def own(y, mask=None):
            mask = causal_mask(x) if mask is None else mask
            return self.attention(y, mask=mask, positions=positions)

        def cross(y):
            where = {"mask": memory_mask, "positions": cross_positions}
            return self.cross_attention(y, context=memory, **where)

        first = x
        x = first + own(self.norm1(x))
        x = first + cross(self.norm2(x))
        return first + self.feed_forward(self.norm3(x))


# %%
# reject decoder_block: three parts side by side · expects "all three parts read the block's input"
class DecoderBlock(nn.Module):
    def __init__(self, d_model, n_heads, d_ff, rotary=False):
        super().__init__()
        self.attention = Attention(d_model, n_heads, rotary)
        self.cross_attention = Attention(d_model, n_heads, rotary)
        self.feed_forward = feed_forward(d_model, d_ff)
        self.norm1, self.norm2, self.norm3 = (nn.LayerNorm(d_model) for _ in range(3))

    def forward(self, x, memory, memory_mask=None, positions=None, cross_positions=None):
        def own(y, mask=None):
            mask = causal_mask(x) if mask is None else mask
            return self.attention(y, mask=mask, positions=positions)

        def cross(y):
            where = {"mask": memory_mask, "positions": cross_positions}
            return self.cross_attention(y, context=memory, **where)

        return x + own(self.norm1(x)) + cross(self.norm2(x)) + self.feed_forward(self.norm3(x))


# %%
# reject decoder_block: norm2 and norm3 swapped · expects "norm2 and norm3 are swapped"
class DecoderBlock(nn.Module):
    def __init__(self, d_model, n_heads, d_ff, rotary=False):
        super().__init__()
        self.attention = Attention(d_model, n_heads, rotary)
        self.cross_attention = Attention(d_model, n_heads, rotary)
        self.feed_forward = feed_forward(d_model, d_ff)
        self.norm1, self.norm2, self.norm3 = (nn.LayerNorm(d_model) for _ in range(3))

    def forward(self, x, memory, memory_mask=None, positions=None, cross_positions=None):
        def own(y, mask=None):
            mask = causal_mask(x) if mask is None else mask
            return self.attention(y, mask=mask, positions=positions)

        def cross(y):
            where = {"mask": memory_mask, "positions": cross_positions}
            return self.cross_attention(y, context=memory, **where)

        x = x + own(self.norm1(x))
        x = x + cross(self.norm3(x))
        return x + self.feed_forward(self.norm2(x))


# %%
# reject decoder_block: norm1 everywhere · expects "norm1 is used for all three parts"
class DecoderBlock(nn.Module):
    def __init__(self, d_model, n_heads, d_ff, rotary=False):
        super().__init__()
        self.attention = Attention(d_model, n_heads, rotary)
        self.cross_attention = Attention(d_model, n_heads, rotary)
        self.feed_forward = feed_forward(d_model, d_ff)
        self.norm1, self.norm2, self.norm3 = (nn.LayerNorm(d_model) for _ in range(3))

    def forward(self, x, memory, memory_mask=None, positions=None, cross_positions=None):
        def own(y, mask=None):
            mask = causal_mask(x) if mask is None else mask
            return self.attention(y, mask=mask, positions=positions)

        def cross(y):
            where = {"mask": memory_mask, "positions": cross_positions}
            return self.cross_attention(y, context=memory, **where)

        x = x + own(self.norm1(x))
        x = x + cross(self.norm1(x))
        return x + self.feed_forward(self.norm1(x))


# %%
# reject decoder_block: norm2 twice · expects "norm2 is used twice"
class DecoderBlock(nn.Module):
    def __init__(self, d_model, n_heads, d_ff, rotary=False):
        super().__init__()
        self.attention = Attention(d_model, n_heads, rotary)
        self.cross_attention = Attention(d_model, n_heads, rotary)
        self.feed_forward = feed_forward(d_model, d_ff)
        self.norm1, self.norm2, self.norm3 = (nn.LayerNorm(d_model) for _ in range(3))

    def forward(self, x, memory, memory_mask=None, positions=None, cross_positions=None):
        def own(y, mask=None):
            mask = causal_mask(x) if mask is None else mask
            return self.attention(y, mask=mask, positions=positions)

        def cross(y):
            where = {"mask": memory_mask, "positions": cross_positions}
            return self.cross_attention(y, context=memory, **where)

        x = x + own(self.norm1(x))
        x = x + cross(self.norm2(x))
        return x + self.feed_forward(self.norm2(x))


# %%
# reject decoder_block: self-attention without a norm · expects "reads x without its norm"
class DecoderBlock(nn.Module):
    def __init__(self, d_model, n_heads, d_ff, rotary=False):
        super().__init__()
        self.attention = Attention(d_model, n_heads, rotary)
        self.cross_attention = Attention(d_model, n_heads, rotary)
        self.feed_forward = feed_forward(d_model, d_ff)
        self.norm1, self.norm2, self.norm3 = (nn.LayerNorm(d_model) for _ in range(3))

    def forward(self, x, memory, memory_mask=None, positions=None, cross_positions=None):
        def own(y, mask=None):
            mask = causal_mask(x) if mask is None else mask
            return self.attention(y, mask=mask, positions=positions)

        def cross(y):
            where = {"mask": memory_mask, "positions": cross_positions}
            return self.cross_attention(y, context=memory, **where)

        x = x + own(x)
        x = x + cross(self.norm2(x))
        return x + self.feed_forward(self.norm3(x))


# %%
# reject decoder_block: normalized x on the residual path of the cross-attention · expects "norm2 stands"
class DecoderBlock(nn.Module):
    def __init__(self, d_model, n_heads, d_ff, rotary=False):
        super().__init__()
        self.attention = Attention(d_model, n_heads, rotary)
        self.cross_attention = Attention(d_model, n_heads, rotary)
        self.feed_forward = feed_forward(d_model, d_ff)
        self.norm1, self.norm2, self.norm3 = (nn.LayerNorm(d_model) for _ in range(3))

    def forward(self, x, memory, memory_mask=None, positions=None, cross_positions=None):
        def own(y, mask=None):
            mask = causal_mask(x) if mask is None else mask
            return self.attention(y, mask=mask, positions=positions)

        def cross(y):
            where = {"mask": memory_mask, "positions": cross_positions}
            return self.cross_attention(y, context=memory, **where)

        x = x + own(self.norm1(x))
        x = self.norm2(x)
        x = x + cross(x)
        return x + self.feed_forward(self.norm3(x))


# %%
# reject decoder_block: PyTorch's mask, True where forbidden · expects "the causal mask is inverted"
class DecoderBlock(nn.Module):
    def __init__(self, d_model, n_heads, d_ff, rotary=False):
        super().__init__()
        self.attention = Attention(d_model, n_heads, rotary)
        self.cross_attention = Attention(d_model, n_heads, rotary)
        self.feed_forward = feed_forward(d_model, d_ff)
        self.norm1, self.norm2, self.norm3 = (nn.LayerNorm(d_model) for _ in range(3))

    def forward(self, x, memory, memory_mask=None, positions=None, cross_positions=None):
        def own(y, mask=None):
            mask = causal_mask(x) if mask is None else mask
            return self.attention(y, mask=mask, positions=positions)

        def cross(y):
            where = {"mask": memory_mask, "positions": cross_positions}
            return self.cross_attention(y, context=memory, **where)

        x = x + own(self.norm1(x), ~causal_mask(x))
        x = x + cross(self.norm2(x))
        return x + self.feed_forward(self.norm3(x))


# %%
# reject decoder_block: causal mask transposed · expects "the causal mask is transposed"
class DecoderBlock(nn.Module):
    def __init__(self, d_model, n_heads, d_ff, rotary=False):
        super().__init__()
        self.attention = Attention(d_model, n_heads, rotary)
        self.cross_attention = Attention(d_model, n_heads, rotary)
        self.feed_forward = feed_forward(d_model, d_ff)
        self.norm1, self.norm2, self.norm3 = (nn.LayerNorm(d_model) for _ in range(3))

    def forward(self, x, memory, memory_mask=None, positions=None, cross_positions=None):
        def own(y, mask=None):
            mask = causal_mask(x) if mask is None else mask
            return self.attention(y, mask=mask, positions=positions)

        def cross(y):
            where = {"mask": memory_mask, "positions": cross_positions}
            return self.cross_attention(y, context=memory, **where)

        x = x + own(self.norm1(x), causal_mask(x).T)
        x = x + cross(self.norm2(x))
        return x + self.feed_forward(self.norm3(x))


# %%
# reject decoder_block: causal mask of numbers · expects "it must be bool"
class DecoderBlock(nn.Module):
    def __init__(self, d_model, n_heads, d_ff, rotary=False):
        super().__init__()
        self.attention = Attention(d_model, n_heads, rotary)
        self.cross_attention = Attention(d_model, n_heads, rotary)
        self.feed_forward = feed_forward(d_model, d_ff)
        self.norm1, self.norm2, self.norm3 = (nn.LayerNorm(d_model) for _ in range(3))

    def forward(self, x, memory, memory_mask=None, positions=None, cross_positions=None):
        def own(y, mask=None):
            mask = causal_mask(x) if mask is None else mask
            return self.attention(y, mask=mask, positions=positions)

        def cross(y):
            where = {"mask": memory_mask, "positions": cross_positions}
            return self.cross_attention(y, context=memory, **where)

        x = x + own(self.norm1(x), causal_mask(x).to(x))
        x = x + cross(self.norm2(x))
        return x + self.feed_forward(self.norm3(x))


# %%
# reject decoder_block: context forgotten · expects "Does the cross-attention read it"
class DecoderBlock(nn.Module):
    def __init__(self, d_model, n_heads, d_ff, rotary=False):
        super().__init__()
        self.attention = Attention(d_model, n_heads, rotary)
        self.cross_attention = Attention(d_model, n_heads, rotary)
        self.feed_forward = feed_forward(d_model, d_ff)
        self.norm1, self.norm2, self.norm3 = (nn.LayerNorm(d_model) for _ in range(3))

    def forward(self, x, memory, memory_mask=None, positions=None, cross_positions=None):
        def own(y, mask=None):
            mask = causal_mask(x) if mask is None else mask
            return self.attention(y, mask=mask, positions=positions)

        def cross(y):
            where = {"mask": memory_mask, "positions": cross_positions}
            return self.cross_attention(y, context=memory, **where)

        x = x + own(self.norm1(x))
        x = x + self.cross_attention(self.norm2(x), mask=None, positions=cross_positions)
        return x + self.feed_forward(self.norm3(x))


# %%
# reject decoder_block: adds in place · expects "changes its input in place"
class DecoderBlock(nn.Module):
    def __init__(self, d_model, n_heads, d_ff, rotary=False):
        super().__init__()
        self.attention = Attention(d_model, n_heads, rotary)
        self.cross_attention = Attention(d_model, n_heads, rotary)
        self.feed_forward = feed_forward(d_model, d_ff)
        self.norm1, self.norm2, self.norm3 = (nn.LayerNorm(d_model) for _ in range(3))

    def forward(self, x, memory, memory_mask=None, positions=None, cross_positions=None):
        def own(y, mask=None):
            mask = causal_mask(x) if mask is None else mask
            return self.attention(y, mask=mask, positions=positions)

        def cross(y):
            where = {"mask": memory_mask, "positions": cross_positions}
            return self.cross_attention(y, context=memory, **where)

        x += own(self.norm1(x))
        x += cross(self.norm2(x))
        return x + self.feed_forward(self.norm3(x))


# %%
# reject layer_norm: over all tokens together · expects "over all tokens together"
def layer_norm(x, gain, bias, eps=1e-5):
    m = x.mean()
    return gain * (x - m) / torch.sqrt(((x - m) ** 2).mean() + eps) + bias


# %%
# reject layer_norm: deviations not squared · expects "the deviations are not squared"
def layer_norm(x, gain, bias, eps=1e-5):
    d = x - x.mean(dim=-1, keepdim=True)
    return gain * d / torch.sqrt(d.mean(dim=-1, keepdim=True) + eps) + bias


# %%
# reject layer_norm: mean absolute deviation · expects "their absolute values are something else"
def layer_norm(x, gain, bias, eps=1e-5):
    d = x - x.mean(dim=-1, keepdim=True)
    return gain * d / torch.sqrt(d.abs().mean(dim=-1, keepdim=True) + eps) + bias


# %%
# reject layer_norm: root of the mean square, without the mean · expects "the mean is not subtracted"
def layer_norm(x, gain, bias, eps=1e-5):
    return gain * x / torch.sqrt((x**2).mean(dim=-1, keepdim=True) + eps) + bias


# %%
# reject layer_norm: gain and bias swapped · expects "gain and bias are swapped"
def layer_norm(x, gain, bias, eps=1e-5):
    d = x - x.mean(dim=-1, keepdim=True)
    return bias * d / torch.sqrt((d**2).mean(dim=-1, keepdim=True) + eps) + gain


# %%
# reject layer_norm: the root of the math module · expects "functions of `math` take one number"
def layer_norm(x, gain, bias, eps=1e-5):
    d = x - x.mean(dim=-1, keepdim=True)
    return gain * d / math.sqrt((d**2).mean(dim=-1, keepdim=True) + eps) + bias


# %%
# reject learning_rate_factor: both branches computed first · expects "ZeroDivisionError"
def learning_rate_factor(step, warmup, steps):
    up = (step + 1) / warmup
    down = 0.5 * (1 + math.cos(math.pi * (step - warmup) / (steps - warmup)))
    return up if step < warmup else down


# %%
# reject learning_rate_factor: whole-number division · expects "cut to a whole number"
def learning_rate_factor(step, warmup, steps):
    if step < warmup:
        return (step + 1) / warmup
    p = (step - warmup) // (steps - warmup)
    return 0.5 * (1 + math.cos(math.pi * p))


# %%
# reject learning_rate_factor: warm-up with one step too many · expects "it is the steps below warmup"
def learning_rate_factor(step, warmup, steps):
    if step <= warmup:
        return (step + 1) / warmup
    p = (step - warmup) / (steps - warmup)
    return 0.5 * (1 + math.cos(math.pi * p))


# %%
# reject learning_rate_factor: no pi · expects "π is missing"
def learning_rate_factor(step, warmup, steps):
    if step < warmup:
        return (step + 1) / warmup
    p = (step - warmup) / (steps - warmup)
    return 0.5 * (1 + math.cos(p))


# %%
# reject learning_rate_factor: brackets missing · expects "put both in parentheses"
def learning_rate_factor(step, warmup, steps):
    if step < warmup:
        return (step + 1) / warmup
    p = (step - warmup) / (steps - warmup)
    return 0.5 * 1 + math.cos(math.pi * p)


# %%
# reject learning_rate_factor: p one step ahead · expects "p is 0 at step = warmup"
def learning_rate_factor(step, warmup, steps):
    if step < warmup:
        return (step + 1) / warmup
    p = (step + 1 - warmup) / (steps - warmup)
    return 0.5 * (1 + math.cos(math.pi * p))


# %%
# reject learning_rate_factor: the cosine ends at 0 · expects "no − 1"
def learning_rate_factor(step, warmup, steps):
    if step < warmup:
        return (step + 1) / warmup
    p = (step - warmup) / (steps - warmup - 1)
    return 0.5 * (1 + math.cos(math.pi * p))


# %%
# reject learning_rate_factor: nothing returned after the warm-up · expects "nothing is returned"
def learning_rate_factor(step, warmup, steps):
    if step < warmup:
        return (step + 1) / warmup
    p = (step - warmup) / (steps - warmup)
    0.5 * (1 + math.cos(math.pi * p))


# %%
# reject exact_match: mask inverted · expects "the mask is inverted"
def exact_match(predicted, target, mask):
    return ((predicted == target) | mask).all(dim=1).float().mean().item()


# %%
# reject exact_match: a share per row, NaN for an empty one · expects "a sequence without real tokens counts as right"
def exact_match(predicted, target, mask):
    right = ((predicted == target) & mask).sum(1) / mask.sum(1)
    return (right == 1).float().mean().item()


# %%
# reject exact_match: Python's or and not · expects "write &, |, ~"
def exact_match(predicted, target, mask):
    return ((predicted == target) or not mask).all(dim=1).float().mean().item()


# %%
# reject teacher_forcing: columns of floats · expects "keep its dtype"
def teacher_forcing(target, lengths):
    inputs = torch.cat([torch.ones(len(target), 1) * BEGIN, target], 1)
    labels = torch.cat([target, torch.ones(len(target), 1) * PAD], 1)
    labels[torch.arange(len(target)), lengths] = END
    return inputs, labels


# %%
# reject teacher_forcing: int32 · expects "keep its dtype"
def teacher_forcing(target, lengths):
    inputs = torch.cat([target.new_full((len(target), 1), BEGIN), target], 1)
    labels = torch.cat([target, target.new_full((len(target), 1), PAD)], 1)
    labels[torch.arange(len(target)), lengths] = END
    return inputs.int(), labels.int()


# %%
# reject teacher_forcing: labels that begin with BEGIN · expects "should not begin with BEGIN"
def teacher_forcing(target, lengths):
    inputs = torch.cat([target.new_full((len(target), 1), BEGIN), target], 1)
    return inputs, inputs.clone()


# %%
# reject teacher_forcing: new columns on the CPU · expects "It would fail on a GPU"
def teacher_forcing(target, lengths):
    inputs = torch.cat([torch.full((len(target), 1), BEGIN), target], 1)
    labels = torch.cat([target, torch.full((len(target), 1), PAD)], 1)
    return inputs, labels.scatter(1, lengths[:, None], END)


# %%
# reject greedy_decode: float tokens · expects "keep torch.int64"
def greedy_decode(next_logits, start, max_length):
    tokens = start.float()
    ended = torch.zeros(len(start), dtype=torch.bool, device=start.device)
    for _ in range(max_length):
        token = next_logits(tokens).argmax(dim=-1).where(~ended, PAD)
        tokens = torch.cat([tokens, token[:, None]], dim=1)
        ended = ended | (token == END)
        if ended.all():
            break
    return tokens[:, 1:]


# %%
# reject greedy_decode: ended on the CPU · expects "It would fail on a GPU"
def greedy_decode(next_logits, start, max_length):
    tokens = start
    ended = torch.zeros(len(start), dtype=torch.bool)
    for _ in range(max_length):
        token = next_logits(tokens).argmax(dim=-1).where(~ended, PAD)
        tokens = torch.cat([tokens, token[:, None]], dim=1)
        ended = ended | (token == END)
        if ended.all():
            break
    return tokens[:, 1:]


# %%
# reject greedy_decode: where the wrong way round · expects "keeps tokens where c is True"
def greedy_decode(next_logits, start, max_length):
    tokens = start
    ended = torch.zeros(len(start), dtype=torch.bool, device=start.device)
    for _ in range(max_length):
        token = next_logits(tokens).argmax(dim=-1).where(ended, PAD)
        tokens = torch.cat([tokens, token[:, None]], dim=1)
        ended = ended | (token == END)
        if ended.all():
            break
    return tokens[:, 1:]


# %%
# reject greedy_decode: forgets earlier ends · expects "remember the earlier ends too"
def greedy_decode(next_logits, start, max_length):
    tokens = start
    ended = torch.zeros(len(start), dtype=torch.bool, device=start.device)
    for _ in range(max_length):
        token = next_logits(tokens).argmax(dim=-1).where(~ended, PAD)
        tokens = torch.cat([tokens, token[:, None]], dim=1)
        ended = token == END
        if ended.all():
            break
    return tokens[:, 1:]


# %%
# reject rotate: frequencies on the CPU · expects "It would fail on a GPU"
def rotate(x, positions):
    d = x.shape[-1]
    omega = 10000 ** (-torch.arange(0, d, 2) / d)
    angles = (positions[..., None] * omega).unsqueeze(-3)
    cos, sin = angles.cos().to(x.dtype), angles.sin().to(x.dtype)
    even, odd = x[..., 0::2], x[..., 1::2]
    return torch.stack([even * cos - odd * sin, even * sin + odd * cos], dim=-1).flatten(-2)


# %%
# reject rotate: detached · expects "no gradient reaches x"
def rotate(x, positions):
    d = x.shape[-1]
    omega = 10000 ** (-torch.arange(0, d, 2, device=x.device) / d)
    angles = (positions[..., None] * omega).unsqueeze(-3)
    cos, sin = angles.cos().to(x.dtype), angles.sin().to(x.dtype)
    even, odd = x.detach()[..., 0::2], x.detach()[..., 1::2]
    return torch.stack([even * cos - odd * sin, even * sin + odd * cos], dim=-1).flatten(-2)


# %%
# reject rotate: twice 2i · expects "yours is −4i / d"
def rotate(x, positions):
    d = x.shape[-1]
    omega = 10000 ** (-2 * torch.arange(0, d, 2, device=x.device) / d)
    angles = (positions[..., None] * omega).unsqueeze(-3)
    cos, sin = angles.cos().to(x.dtype), angles.sin().to(x.dtype)
    even, odd = x[..., 0::2], x[..., 1::2]
    return torch.stack([even * cos - odd * sin, even * sin + odd * cos], dim=-1).flatten(-2)


# %%
# reject rotate: positions without their sign · expects "turns as far as the positive one"
def rotate(x, positions):
    d = x.shape[-1]
    omega = 10000 ** (-torch.arange(0, d, 2, device=x.device) / d)
    angles = (positions.abs()[..., None] * omega).unsqueeze(-3)
    cos, sin = angles.cos().to(x.dtype), angles.sin().to(x.dtype)
    even, odd = x[..., 0::2], x[..., 1::2]
    return torch.stack([even * cos - odd * sin, even * sin + odd * cos], dim=-1).flatten(-2)


# %%
# reject rotate: negative positions cut off · expects "a negative position counts as 0"
def rotate(x, positions):
    d = x.shape[-1]
    omega = 10000 ** (-torch.arange(0, d, 2, device=x.device) / d)
    angles = (positions.clamp(min=0)[..., None] * omega).unsqueeze(-3)
    cos, sin = angles.cos().to(x.dtype), angles.sin().to(x.dtype)
    even, odd = x[..., 0::2], x[..., 1::2]
    return torch.stack([even * cos - odd * sin, even * sin + odd * cos], dim=-1).flatten(-2)


# %%
# reject rotate: a full turn per position · expects "is there a 2π in the angle"
def rotate(x, positions):
    d = x.shape[-1]
    omega = 10000 ** (-torch.arange(0, d, 2, device=x.device) / d)
    angles = ((2 * math.pi * positions)[..., None] * omega).unsqueeze(-3)
    cos, sin = angles.cos().to(x.dtype), angles.sin().to(x.dtype)
    even, odd = x[..., 0::2], x[..., 1::2]
    return torch.stack([even * cos - odd * sin, even * sin + odd * cos], dim=-1).flatten(-2)


# %%
# reject rotate: the first row of positions for all · expects "the positions of the first one"
def rotate(x, positions):
    d = x.shape[-1]
    omega = 10000 ** (-torch.arange(0, d, 2, device=x.device) / d)
    angles = ((positions[0] if positions.dim() == 2 else positions)[..., None] * omega).unsqueeze(
        -3
    )
    cos, sin = angles.cos().to(x.dtype), angles.sin().to(x.dtype)
    even, odd = x[..., 0::2], x[..., 1::2]
    return torch.stack([even * cos - odd * sin, even * sin + odd * cos], dim=-1).flatten(-2)


# %%
# reject rotate: the second line reads the new entries · expects "computed from the new first one"
def rotate(x, positions):
    d = x.shape[-1]
    angles = (
        positions[..., None] * 10000 ** (-torch.arange(0, d, 2, device=x.device) / d)
    ).unsqueeze(-3)
    cos, sin = angles.cos().to(x.dtype), angles.sin().to(x.dtype)
    y = x.clone()
    y[..., 0::2] = y[..., 0::2] * cos - y[..., 1::2] * sin
    y[..., 1::2] = y[..., 0::2] * sin + y[..., 1::2] * cos
    return y
