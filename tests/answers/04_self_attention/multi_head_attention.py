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
# - return self.out(merge_heads(y))  # (B, T, d_model)
# + return merge_heads(y)

# %%
# reject: no last layer at all · expects "the last layer, out, is missing"
# - self.out = nn.Linear(d_model, d_model)
#
# - return self.out(merge_heads(y))  # (B, T, d_model)
# + return merge_heads(y)

# %%
# reject: no biases · expects "the biases are missing"
# in: a loop over the heads
# - self.qkv = nn.Linear(d_model, 3 * d_model)
# - self.out = nn.Linear(d_model, d_model)
# + self.qkv = nn.Linear(d_model, 3 * d_model, bias=False)
# + self.out = nn.Linear(d_model, d_model, bias=False)

# %%
# reject: one head, whatever n_heads says · expects "there is only one head"
# - q, k, v = (split_heads(part, self.n_heads) for part in (q, k, v))
# + q, k, v = (split_heads(part, 1) for part in (q, k, v))

# %%
# reject: divided by √d_model · expects "each head has d_head features"
# - y = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)  # (B, n_heads, T, d_head)
# + y = F.scaled_dot_product_attention(q, k, v, attn_mask=mask, scale=d_model**-0.5)

# %%
# reject: keys and values swapped · expects "keys and values are swapped"
# - k, v = F.linear(context, weight[d_model:], bias[d_model:]).chunk(2, dim=-1)
# + v, k = F.linear(context, weight[d_model:], bias[d_model:]).chunk(2, dim=-1)

# %%
# reject: queries and keys swapped · expects "queries and keys are swapped"
# in: projects x and the context wholly, its own attention
# - q = self.project(x).chunk(3, dim=-1)[0]
# - _, k, v = self.project(context).chunk(3, dim=-1)
# + q = self.project(x).chunk(3, dim=-1)[1]
# + k, _, v = self.project(context).chunk(3, dim=-1)

# %%
# reject: heads merged without transposing · expects "merged without transposing"
# - return self.out(merge_heads(y))  # (B, T, d_model)
# + return self.out(y.reshape(x.shape))

# %%
# reject: heads split without transposing · expects "the output: expected"
# - q, k, v = (split_heads(part, self.n_heads) for part in (q, k, v))
# + q, k, v = (t.reshape(len(t), self.n_heads, t.shape[1], -1) for t in (q, k, v))

# %%
# reject: the features of qkv taken head by head · expects "taken head by head"
# in: projects x and the context wholly, its own attention
# - q = self.project(x).chunk(3, dim=-1)[0]
# - _, k, v = self.project(context).chunk(3, dim=-1)
# - q, k, v = (t.unflatten(-1, (self.heads, self.size)).transpose(1, 2) for t in (q, k, v))
# + q, kv = (self.project(t).unflatten(-1, (self.heads, -1)).transpose(1, 2) for t in (x, context))
# + q, k, v = q.chunk(3, dim=-1)[0], *kv.chunk(3, dim=-1)[1:]

# %%
# reject: the mask is forgotten · expects "the mask is not used"
# - y = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)  # (B, n_heads, T, d_head)
# + y = F.scaled_dot_product_attention(q, k, v)

# %%
# reject: the mask is inverted · expects "the mask is inverted"
# - mask = mask[:, None]  # (B, 1, T, S)
# + mask = ~mask[:, None]

# %%
# reject: the mask lacks a dimension for the heads · expects "multi"
# - if mask is not None:
# -     mask = mask[:, None]  # (B, 1, T, S)

# %%
# reject: the context is ignored · expects "the context is not used"
# - context = x if context is None else context
# + context = x
#
# - mask = mask[:, None]  # (B, 1, T, S)
# + mask = mask[:, None, :, : x.shape[1]]

# %%
# reject: dropout that stays on · expects "the output: expected"
# - y = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)  # (B, n_heads, T, d_head)
# + y = F.scaled_dot_product_attention(q, k, v, attn_mask=mask, dropout_p=0.5)

# %%
# reject: lazy layers · expects "a lazy layer"
# in: a loop over the heads
# - self.qkv = nn.Linear(d_model, 3 * d_model)
# - self.out = nn.Linear(d_model, d_model)
# + self.qkv = nn.LazyLinear(3 * d_model)
# + self.out = nn.LazyLinear(d_model)

# %%
# reject: no bias for queries, keys and values · expects "the bias of qkv is missing"
# in: a loop over the heads
# - self.qkv = nn.Linear(d_model, 3 * d_model)
# + self.qkv = nn.Linear(d_model, 3 * d_model, bias=False)

# %%
# reject: no bias in the last layer · expects "the bias of out is missing"
# in: a loop over the heads
# - self.out = nn.Linear(d_model, d_model)
# + self.out = nn.Linear(d_model, d_model, bias=False)

# %%
# reject: the first two parts as keys and values · expects "yours are the first two"
# in: projects x and the context wholly, its own attention
# - _, k, v = self.project(context).chunk(3, dim=-1)
# + k, v = self.project(context).chunk(3, dim=-1)[:2]
