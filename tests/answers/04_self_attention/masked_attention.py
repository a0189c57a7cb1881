# %%
# accept: einsum, -inf, and NaN avoided by hand
def masked_attention(q, k, v, mask=None):
    scores = torch.einsum("...td,...sd->...ts", q, k) * k.shape[-1] ** -0.5
    if mask is not None:
        scores = torch.where(mask, scores, -torch.inf)
        empty = ~mask.any(dim=-1, keepdim=True).expand(*scores.shape[:-1], 1)
        scores = scores.masked_fill(empty, 0.0)
        weights = scores.softmax(-1) * ~empty
    else:
        weights = scores.softmax(-1)
    return torch.einsum("...ts,...sd->...td", weights, v), weights


# %%
# accept: the root of a float32 tensor
def masked_attention(q, k, v, mask=None):
    scores = q @ k.mT / torch.sqrt(torch.tensor(q.shape[-1])).to(q.dtype)
    if mask is None:
        mask = torch.ones_like(scores, dtype=torch.bool)
    scores = scores.masked_fill(~mask, torch.finfo(scores.dtype).min)
    weights = scores.softmax(-1).masked_fill(~mask, 0.0)
    return weights @ v, weights


# %%
# accept: exponentials by hand, of the scores that count
def masked_attention(q, k, v, mask=None):
    scores = torch.matmul(q / math.sqrt(q.size(-1)), k.transpose(-2, -1))
    if mask is not None:
        scores = scores.masked_fill(~mask, torch.finfo(scores.dtype).min)
    exp = (scores - scores.amax(dim=-1, keepdim=True)).exp()
    if mask is not None:
        exp = exp * mask
    weights = exp / exp.sum(dim=-1, keepdim=True).clamp(min=torch.finfo(exp.dtype).tiny)
    return torch.matmul(weights, v), weights


# %%
# accept: computed in float32, a bias added to the scores
def masked_attention(q, k, v, mask=None):
    dtype = torch.promote_types(q.dtype, torch.float32)
    scores = (q.to(dtype) @ k.to(dtype).mT) / math.sqrt(q.shape[-1])
    if mask is None:
        mask = torch.ones_like(scores, dtype=torch.bool)
    bias = torch.zeros(mask.shape, dtype=dtype).masked_fill(~mask, -1e9)
    weights = torch.softmax(scores + bias, dim=-1) * mask
    return (weights @ v.to(dtype)).to(v.dtype), weights.to(v.dtype)


# %%
# accept: -inf, then NaN replaced by 0
def masked_attention(q, k, v, mask=None):
    scores = q @ k.mT / math.sqrt(q.shape[-1])
    if mask is not None:
        scores = scores.masked_fill(~mask, -torch.inf)
    weights = scores.softmax(-1).nan_to_num()
    return weights @ v, weights


# %%
# reject: all zeros · expects "every value is zero"

# %%
# reject: not scaled at all · expects "not divided by √d_k"
# - scores = q @ k.mT / math.sqrt(q.shape[-1])  # (..., T, S)
# + scores = q @ k.mT

# %%
# reject: softmax over the queries · expects "the softmax runs over the queries"
# in: -inf, then NaN replaced by 0
# -     scores = scores.masked_fill(~mask, -torch.inf)
# - weights = scores.softmax(-1).nan_to_num()
# +     scores = scores.masked_fill(~mask, torch.finfo(scores.dtype).min)
# + weights = scores.softmax(-2)
# + if mask is not None:
# +     weights = weights.masked_fill(~mask, 0)

# %%
# reject: mask inverted · expects "the mask is inverted"
# in: -inf, then NaN replaced by 0
# -     scores = scores.masked_fill(~mask, -torch.inf)
# - weights = scores.softmax(-1).nan_to_num()
# +     scores = scores.masked_fill(mask, torch.finfo(scores.dtype).min)
# + weights = scores.softmax(-1)

# %%
# reject: mask inverted, before and after the softmax · expects "the mask is inverted"
# + mask = ~mask
#   scores = scores.masked_fill(~mask, torch.finfo(scores.dtype).min)

# %%
# reject: weights, output · expects "the order is output, weights"
# - return weights @ v, weights  # (..., T, d_v), (..., T, S)
# + return weights, weights @ v

# %%
# reject: mask forgotten · expects "the mask is not used"
# in: -inf, then NaN replaced by 0
# - if mask is not None:
# -     scores = scores.masked_fill(~mask, -torch.inf)

# %%
# reject: mask after the softmax · expects "applied after the softmax"
# - scores = scores.masked_fill(~mask, torch.finfo(scores.dtype).min)

# %%
# reject: mask added as 0 and 1 · expects "added to the scores as 0 and 1"
# in: -inf, then NaN replaced by 0
# -     scores = scores.masked_fill(~mask, -torch.inf)
# - weights = scores.softmax(-1).nan_to_num()
# +     scores = scores + mask
# + weights = scores.softmax(-1)

# %%
# reject: forbidden scores become 0 · expects "exp(0) is 1"
# in: -inf, then NaN replaced by 0
# -     scores = scores.masked_fill(~mask, -torch.inf)
# - weights = scores.softmax(-1).nan_to_num()
# +     scores = scores * mask
# + weights = scores.softmax(-1)

# %%
# reject: -inf alone, NaN in an empty row · expects "0 / 0 is NaN"
# in: -inf, then NaN replaced by 0
# - weights = scores.softmax(-1).nan_to_num()
# + weights = scores.softmax(-1)

# %%
# reject: NaN overwritten, but not in the gradient · expects "come back in the gradient"
# in: -inf, then NaN replaced by 0
# - scores = scores.masked_fill(~mask, -torch.inf)
# + scores = scores + torch.zeros(mask.shape, dtype=q.dtype).masked_fill(~mask, -torch.inf)

# %%
# reject: an empty row averages everything · expects "among keys that it may not see"
# in: -inf, then NaN replaced by 0
# -     scores = scores.masked_fill(~mask, -torch.inf)
# - weights = scores.softmax(-1).nan_to_num()
# +     scores = scores.masked_fill(~mask, torch.finfo(scores.dtype).min)
# + weights = scores.softmax(-1)

# %%
# reject: -1e9 does not fit in float16 · expects "does not fit in float16"
# in: -inf, then NaN replaced by 0
# -     scores = scores.masked_fill(~mask, -torch.inf)
# - weights = scores.softmax(-1).nan_to_num()
# +     scores = scores.masked_fill(~mask, -1e9)
# + weights = scores.softmax(-1)
# + if mask is not None:
# +     weights = weights.masked_fill(~mask, 0)

# %%
# reject: weights overwritten in place · expects "overwrites what the gradient needs"
# - weights = torch.softmax(scores, dim=-1)
# + weights = scores.softmax(-1)
#
# - scores = scores.masked_fill(~mask, torch.finfo(scores.dtype).min)
# - weights = torch.softmax(scores, dim=-1).masked_fill(~mask, 0)
# + mask = mask.expand(scores.shape)
# + weights = scores.masked_fill(~mask, torch.finfo(scores.dtype).min).softmax(-1)
# + weights[~mask] = 0


# %%
# reject: the output alone · expects "returns 2 values, output, weights"
def masked_attention(q, k, v, mask=None):
    return F.scaled_dot_product_attention(q, k, v, attn_mask=mask)


# %%
# reject: changes the scale of q in place · expects "changes its input in place"
# - scores = q @ k.mT / math.sqrt(q.shape[-1])  # (..., T, S)
# + q /= math.sqrt(q.shape[-1])
# + scores = q @ k.mT

# %%
# reject: always returns float32 · expects "keep it"
# + dtype = torch.float64 if q.dtype == torch.float64 else torch.float32
# + q, k, v = q.to(dtype), k.to(dtype), v.to(dtype)
#   scores = q @ k.mT / math.sqrt(q.shape[-1])  # (..., T, S)

# %%
# reject: always wants a mask · expects "Without a mask, all may attend"
# - if mask is None:
# -     weights = torch.softmax(scores, dim=-1)
# - else:
# -     scores = scores.masked_fill(~mask, torch.finfo(scores.dtype).min)
# -     weights = torch.softmax(scores, dim=-1).masked_fill(~mask, 0)
# + scores = scores.masked_fill(~mask, torch.finfo(scores.dtype).min)
# + weights = torch.softmax(scores, dim=-1).masked_fill(~mask, 0)

# %%
# reject: -100 for what is masked · expects "a real score can lie below your fill value"
# - scores = scores.masked_fill(~mask, torch.finfo(scores.dtype).min)
# + scores = scores.masked_fill(~mask, -100)

# %%
# reject: -1e4 for what is masked · expects "a real score can lie below your fill value"
# - scores = scores.masked_fill(~mask, torch.finfo(scores.dtype).min)
# + scores = scores.masked_fill(~mask, -1e4)

# %%
# reject: masked after the softmax, and divided by the sum · expects "loses keys whose weight was rounded to 0"
# - scores = scores.masked_fill(~mask, torch.finfo(scores.dtype).min)
# - weights = torch.softmax(scores, dim=-1).masked_fill(~mask, 0)
# + weights = torch.softmax(scores, dim=-1) * mask
# + weights = weights / weights.sum(dim=-1, keepdim=True).clamp(min=1e-9)

# %%
# reject: 0 times minus infinity · expects "0 · inf is NaN"
# - scores = scores.masked_fill(~mask, torch.finfo(scores.dtype).min)
# + scores = scores + (~mask) * float("-inf")

# %%
# reject: 0 times the smallest number of another dtype · expects "0 · inf is NaN: use masked_fill"
# - scores = scores.masked_fill(~mask, torch.finfo(scores.dtype).min)
# + scores = scores + (~mask) * torch.finfo(scores.dtype).min

# %%
# reject: mask inverted, with minus infinity · expects "Or is the mask inverted"
# in: -inf, then NaN replaced by 0
# -     scores = scores.masked_fill(~mask, -torch.inf)
# - weights = scores.softmax(-1).nan_to_num()
# +     scores = scores.masked_fill(mask, -torch.inf)
# + weights = scores.softmax(-1)

# %%
# reject: weights in float32 · expects "the weights have torch.float32"
# - return weights @ v, weights  # (..., T, d_v), (..., T, S)
# + return weights @ v, weights.float() if q.dtype != torch.float64 else weights
