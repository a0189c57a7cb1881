# %%
# accept: projects x and the context wholly, its own attention
class MultiHeadAttention(nn.Module):
    def __init__(self, d_model, n_heads):
        super().__init__()
        self.heads, self.size = n_heads, d_model // n_heads
        self.project = nn.Linear(d_model, 3 * d_model)
        self.final = nn.Linear(d_model, d_model)

    def forward(self, x, context=None, mask=None):
        if context is None:
            context = x
        q = self.project(x).chunk(3, dim=-1)[0]
        _, k, v = self.project(context).chunk(3, dim=-1)
        q, k, v = (t.unflatten(-1, (self.heads, self.size)).transpose(1, 2) for t in (q, k, v))
        scores = q @ k.mT / self.size**0.5
        if mask is not None:
            scores = scores.masked_fill(~mask.unsqueeze(1), -torch.inf)
        return self.final((scores.softmax(-1) @ v).transpose(1, 2).flatten(2))


# %%
# accept: bare parameters and einsum
class MultiHeadAttention(nn.Module):
    def __init__(self, d_model, n_heads):
        super().__init__()
        self.n = n_heads
        self.w = nn.Parameter(torch.randn(3 * d_model, d_model) / d_model**0.5)
        self.b = nn.Parameter(torch.zeros(3 * d_model))
        self.w_o = nn.Parameter(torch.randn(d_model, d_model) / d_model**0.5)
        self.b_o = nn.Parameter(torch.zeros(d_model))

    def forward(self, x, context=None, mask=None):
        source = x if context is None else context
        parts = []
        for i, tokens in enumerate((x, source, source)):
            w, b = self.w.chunk(3)[i], self.b.chunk(3)[i]
            parts.append(torch.stack((tokens @ w.T + b).chunk(self.n, -1), 1))
        m = None if mask is None else mask[:, None]
        y = F.scaled_dot_product_attention(*parts, m)
        return torch.cat(y.unbind(1), -1) @ self.w_o.T + self.b_o


# %%
# accept: a loop over the heads
class MultiHeadAttention(nn.Module):
    def __init__(self, d_model, n_heads):
        super().__init__()
        self.n_heads = n_heads
        self.qkv = nn.Linear(d_model, 3 * d_model)
        self.out = nn.Linear(d_model, d_model)

    def forward(self, x, context=None, mask=None):
        context = x if context is None else context
        d = x.shape[-1] // self.n_heads
        q, k, v = (f.chunk(3, -1)[i] for i, f in enumerate(map(self.qkv, (x, context, context))))
        heads = []
        for h in range(self.n_heads):
            part = slice(h * d, (h + 1) * d)
            heads.append(
                F.scaled_dot_product_attention(q[..., part], k[..., part], v[..., part], mask)
            )
        return self.out(torch.cat(heads, dim=-1))


# %%
# reject: all zeros · expects "every value is zero"


# %%
# reject: the last layer is not applied · expects "out, is not applied"
class MultiHeadAttention(nn.Module):
    def __init__(self, d_model, n_heads):
        super().__init__()
        self.n_heads = n_heads
        self.qkv = nn.Linear(d_model, 3 * d_model)
        self.out = nn.Linear(d_model, d_model)

    def forward(self, x, context=None, mask=None):
        context = x if context is None else context
        q = self.qkv(x).chunk(3, -1)[0]
        _, k, v = self.qkv(context).chunk(3, -1)
        q, k, v = (t.unflatten(-1, (self.n_heads, -1)).transpose(1, 2) for t in (q, k, v))
        mask = None if mask is None else mask[:, None]
        y = F.scaled_dot_product_attention(q, k, v, mask)
        return y.transpose(1, 2).flatten(2)


# %%
# reject: no last layer at all · expects "the last layer, out, is missing"
class MultiHeadAttention(nn.Module):
    def __init__(self, d_model, n_heads):
        super().__init__()
        self.n_heads = n_heads
        self.qkv = nn.Linear(d_model, 3 * d_model)

    def forward(self, x, context=None, mask=None):
        q, k, v = self.qkv(x).chunk(3, -1)
        q, k, v = (t.unflatten(-1, (self.n_heads, -1)).transpose(1, 2) for t in (q, k, v))
        return F.scaled_dot_product_attention(q, k, v, mask).transpose(1, 2).flatten(2)


# %%
# reject: no biases · expects "the biases are missing"
class MultiHeadAttention(nn.Module):
    def __init__(self, d_model, n_heads):
        super().__init__()
        self.n_heads = n_heads
        self.qkv = nn.Linear(d_model, 3 * d_model, bias=False)
        self.out = nn.Linear(d_model, d_model, bias=False)

    def forward(self, x, context=None, mask=None):
        q, k, v = self.qkv(x).chunk(3, -1)
        q, k, v = (t.unflatten(-1, (self.n_heads, -1)).transpose(1, 2) for t in (q, k, v))
        return self.out(F.scaled_dot_product_attention(q, k, v, mask).transpose(1, 2).flatten(2))


# %%
# reject: one head, whatever n_heads says · expects "there is only one head"
class MultiHeadAttention(nn.Module):
    def __init__(self, d_model, n_heads):
        super().__init__()
        self.qkv = nn.Linear(d_model, 3 * d_model)
        self.out = nn.Linear(d_model, d_model)

    def forward(self, x, context=None, mask=None):
        q = self.qkv(x).chunk(3, -1)[0]
        _, k, v = self.qkv(x if context is None else context).chunk(3, -1)
        return self.out(F.scaled_dot_product_attention(q, k, v, mask))


# %%
# reject: divided by √d_model · expects "each head has d_head features"
class MultiHeadAttention(nn.Module):
    def __init__(self, d_model, n_heads):
        super().__init__()
        self.n_heads = n_heads
        self.qkv = nn.Linear(d_model, 3 * d_model)
        self.out = nn.Linear(d_model, d_model)

    def forward(self, x, context=None, mask=None):
        q = self.qkv(x).chunk(3, -1)[0]
        _, k, v = self.qkv(x if context is None else context).chunk(3, -1)
        q, k, v = (t.unflatten(-1, (self.n_heads, -1)).transpose(1, 2) for t in (q, k, v))
        mask = None if mask is None else mask[:, None]
        y = F.scaled_dot_product_attention(q, k, v, mask, scale=x.shape[-1] ** -0.5)
        return self.out(y.transpose(1, 2).flatten(2))


# %%
# reject: keys and values swapped · expects "keys and values are swapped"
class MultiHeadAttention(nn.Module):
    def __init__(self, d_model, n_heads):
        super().__init__()
        self.n_heads = n_heads
        self.qkv = nn.Linear(d_model, 3 * d_model)
        self.out = nn.Linear(d_model, d_model)

    def forward(self, x, context=None, mask=None):
        q = self.qkv(x).chunk(3, -1)[0]
        _, v, k = self.qkv(x if context is None else context).chunk(3, -1)
        q, k, v = (t.unflatten(-1, (self.n_heads, -1)).transpose(1, 2) for t in (q, k, v))
        mask = None if mask is None else mask[:, None]
        y = F.scaled_dot_product_attention(q, k, v, mask)
        return self.out(y.transpose(1, 2).flatten(2))


# %%
# reject: queries and keys swapped · expects "queries and keys are swapped"
class MultiHeadAttention(nn.Module):
    def __init__(self, d_model, n_heads):
        super().__init__()
        self.n_heads = n_heads
        self.qkv = nn.Linear(d_model, 3 * d_model)
        self.out = nn.Linear(d_model, d_model)

    def forward(self, x, context=None, mask=None):
        k, q, v = self.qkv(x).chunk(3, -1)
        q, k, v = (t.unflatten(-1, (self.n_heads, -1)).transpose(1, 2) for t in (q, k, v))
        mask = None if mask is None else mask[:, None]
        y = F.scaled_dot_product_attention(q, k, v, mask)
        return self.out(y.transpose(1, 2).flatten(2))


# %%
# reject: heads merged without transposing · expects "merged without transposing"
class MultiHeadAttention(nn.Module):
    def __init__(self, d_model, n_heads):
        super().__init__()
        self.n_heads = n_heads
        self.qkv = nn.Linear(d_model, 3 * d_model)
        self.out = nn.Linear(d_model, d_model)

    def forward(self, x, context=None, mask=None):
        q = self.qkv(x).chunk(3, -1)[0]
        _, k, v = self.qkv(x if context is None else context).chunk(3, -1)
        q, k, v = (t.unflatten(-1, (self.n_heads, -1)).transpose(1, 2) for t in (q, k, v))
        mask = None if mask is None else mask[:, None]
        y = F.scaled_dot_product_attention(q, k, v, mask)
        return self.out(y.reshape(x.shape))


# %%
# reject: heads split without transposing · expects "the output: expected"
class MultiHeadAttention(nn.Module):
    def __init__(self, d_model, n_heads):
        super().__init__()
        self.n_heads = n_heads
        self.qkv = nn.Linear(d_model, 3 * d_model)
        self.out = nn.Linear(d_model, d_model)

    def forward(self, x, context=None, mask=None):
        q = self.qkv(x).chunk(3, -1)[0]
        _, k, v = self.qkv(x if context is None else context).chunk(3, -1)
        q, k, v = (t.reshape(len(t), self.n_heads, t.shape[1], -1) for t in (q, k, v))
        mask = None if mask is None else mask[:, None]
        y = F.scaled_dot_product_attention(q, k, v, mask)
        return self.out(y.transpose(1, 2).flatten(2))


# %%
# reject: the features of qkv taken head by head · expects "taken head by head"
class MultiHeadAttention(nn.Module):
    def __init__(self, d_model, n_heads):
        super().__init__()
        self.n_heads = n_heads
        self.qkv = nn.Linear(d_model, 3 * d_model)
        self.out = nn.Linear(d_model, d_model)

    def forward(self, x, context=None, mask=None):
        q = self.qkv(x).unflatten(-1, (self.n_heads, -1)).transpose(1, 2).chunk(3, -1)[0]
        source = x if context is None else context
        _, k, v = self.qkv(source).unflatten(-1, (self.n_heads, -1)).transpose(1, 2).chunk(3, -1)
        mask = None if mask is None else mask[:, None]
        return self.out(F.scaled_dot_product_attention(q, k, v, mask).transpose(1, 2).flatten(2))


# %%
# reject: the mask is forgotten · expects "the mask is not used"
class MultiHeadAttention(nn.Module):
    def __init__(self, d_model, n_heads):
        super().__init__()
        self.n_heads = n_heads
        self.qkv = nn.Linear(d_model, 3 * d_model)
        self.out = nn.Linear(d_model, d_model)

    def forward(self, x, context=None, mask=None):
        q = self.qkv(x).chunk(3, -1)[0]
        _, k, v = self.qkv(x if context is None else context).chunk(3, -1)
        q, k, v = (t.unflatten(-1, (self.n_heads, -1)).transpose(1, 2) for t in (q, k, v))
        y = F.scaled_dot_product_attention(q, k, v)
        return self.out(y.transpose(1, 2).flatten(2))


# %%
# reject: the mask is inverted · expects "the mask is inverted"
class MultiHeadAttention(nn.Module):
    def __init__(self, d_model, n_heads):
        super().__init__()
        self.n_heads = n_heads
        self.qkv = nn.Linear(d_model, 3 * d_model)
        self.out = nn.Linear(d_model, d_model)

    def forward(self, x, context=None, mask=None):
        q = self.qkv(x).chunk(3, -1)[0]
        _, k, v = self.qkv(x if context is None else context).chunk(3, -1)
        q, k, v = (t.unflatten(-1, (self.n_heads, -1)).transpose(1, 2) for t in (q, k, v))
        mask = None if mask is None else ~mask[:, None]
        y = F.scaled_dot_product_attention(q, k, v, mask)
        return self.out(y.transpose(1, 2).flatten(2))


# %%
# reject: the mask lacks a dimension for the heads · expects "multi"
class MultiHeadAttention(nn.Module):
    def __init__(self, d_model, n_heads):
        super().__init__()
        self.n_heads = n_heads
        self.qkv = nn.Linear(d_model, 3 * d_model)
        self.out = nn.Linear(d_model, d_model)

    def forward(self, x, context=None, mask=None):
        q = self.qkv(x).chunk(3, -1)[0]
        _, k, v = self.qkv(x if context is None else context).chunk(3, -1)
        q, k, v = (t.unflatten(-1, (self.n_heads, -1)).transpose(1, 2) for t in (q, k, v))
        y = F.scaled_dot_product_attention(q, k, v, mask)
        return self.out(y.transpose(1, 2).flatten(2))


# %%
# reject: the context is ignored · expects "the context is not used"
class MultiHeadAttention(nn.Module):
    def __init__(self, d_model, n_heads):
        super().__init__()
        self.n_heads = n_heads
        self.qkv = nn.Linear(d_model, 3 * d_model)
        self.out = nn.Linear(d_model, d_model)

    def forward(self, x, context=None, mask=None):
        q, k, v = self.qkv(x).chunk(3, -1)
        q, k, v = (t.unflatten(-1, (self.n_heads, -1)).transpose(1, 2) for t in (q, k, v))
        if mask is not None:
            mask = mask[:, None, :, : k.shape[2]]
        y = F.scaled_dot_product_attention(q, k, v, mask)
        return self.out(y.transpose(1, 2).flatten(2))


# %%
# reject: dropout that stays on · expects "the output: expected"
class MultiHeadAttention(nn.Module):
    def __init__(self, d_model, n_heads):
        super().__init__()
        self.n_heads = n_heads
        self.qkv = nn.Linear(d_model, 3 * d_model)
        self.out = nn.Linear(d_model, d_model)

    def forward(self, x, context=None, mask=None):
        q = self.qkv(x).chunk(3, -1)[0]
        _, k, v = self.qkv(x if context is None else context).chunk(3, -1)
        q, k, v = (t.unflatten(-1, (self.n_heads, -1)).transpose(1, 2) for t in (q, k, v))
        mask = None if mask is None else mask[:, None]
        y = F.scaled_dot_product_attention(q, k, v, mask, dropout_p=0.5)
        return self.out(y.transpose(1, 2).flatten(2))
