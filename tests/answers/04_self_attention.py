# ---
# Known right and wrong answers to every exercise of Lab 04. See docs/authors.md for the form.
# ---

# %% [markdown]
# # Exercise 1


# %%
# accept scaled_dot_product_attention: einsum, -inf, and NaN avoided by hand
def scaled_dot_product_attention(q, k, v, mask=None):
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
# accept scaled_dot_product_attention: the root of a float32 tensor
def scaled_dot_product_attention(q, k, v, mask=None):
    scores = q @ k.mT / torch.sqrt(torch.tensor(q.shape[-1])).to(q.dtype)
    if mask is None:
        mask = torch.ones_like(scores, dtype=torch.bool)
    scores = scores.masked_fill(~mask, torch.finfo(scores.dtype).min)
    weights = scores.softmax(-1).masked_fill(~mask, 0.0)
    return weights @ v, weights


# %%
# accept scaled_dot_product_attention: exponentials by hand, queries scaled first
def scaled_dot_product_attention(q, k, v, mask=None):
    scores = torch.matmul(q / math.sqrt(q.size(-1)), k.transpose(-2, -1))
    scores = scores - scores.amax(dim=-1, keepdim=True)
    exp = scores.exp()
    if mask is not None:
        exp = exp * mask
    weights = exp / exp.sum(dim=-1, keepdim=True).clamp(min=torch.finfo(exp.dtype).tiny)
    return torch.matmul(weights, v), weights


# %%
# accept scaled_dot_product_attention: computed in float32, a bias added to the scores
def scaled_dot_product_attention(q, k, v, mask=None):
    dtype = torch.promote_types(q.dtype, torch.float32)
    scores = (q.to(dtype) @ k.to(dtype).mT) / math.sqrt(q.shape[-1])
    if mask is None:
        mask = torch.ones_like(scores, dtype=torch.bool)
    bias = torch.zeros(mask.shape, dtype=dtype).masked_fill(~mask, -1e9)
    weights = torch.softmax(scores + bias, dim=-1) * mask
    return (weights @ v.to(dtype)).to(v.dtype), weights.to(v.dtype)


# %%
# accept scaled_dot_product_attention: -inf, then NaN replaced by 0
def scaled_dot_product_attention(q, k, v, mask=None):
    scores = q @ k.mT / math.sqrt(q.shape[-1])
    if mask is not None:
        scores = scores.masked_fill(~mask, -torch.inf)
    weights = scores.softmax(-1).nan_to_num()
    return weights @ v, weights


# %%
# reject scaled_dot_product_attention: the stub · expects "not written yet"
def scaled_dot_product_attention(q, k, v, mask=None):
    raise NotImplementedError()


# %%
# reject scaled_dot_product_attention: all zeros · expects "every value is zero"
def scaled_dot_product_attention(q, k, v, mask=None):
    weights = torch.zeros(*q.shape[:-1], k.shape[-2], dtype=q.dtype)
    return weights @ v, weights


# %%
# reject scaled_dot_product_attention: no square root · expects "take its square root"
def scaled_dot_product_attention(q, k, v, mask=None):
    scores = q @ k.mT / q.shape[-1]
    if mask is not None:
        scores = scores.masked_fill(~mask, torch.finfo(scores.dtype).min)
    weights = scores.softmax(-1)
    if mask is not None:
        weights = weights.masked_fill(~mask, 0)
    return weights @ v, weights


# %%
# reject scaled_dot_product_attention: not scaled at all · expects "not divided by √d_k"
def scaled_dot_product_attention(q, k, v, mask=None):
    scores = q @ k.mT
    if mask is not None:
        scores = scores.masked_fill(~mask, torch.finfo(scores.dtype).min)
    weights = scores.softmax(-1)
    if mask is not None:
        weights = weights.masked_fill(~mask, 0)
    return weights @ v, weights


# %%
# reject scaled_dot_product_attention: scaled by the size of the values · expects "not of values"
def scaled_dot_product_attention(q, k, v, mask=None):
    scores = q @ k.mT / math.sqrt(v.shape[-1])
    if mask is not None:
        scores = scores.masked_fill(~mask, torch.finfo(scores.dtype).min)
    weights = scores.softmax(-1)
    if mask is not None:
        weights = weights.masked_fill(~mask, 0)
    return weights @ v, weights


# %%
# reject scaled_dot_product_attention: scaled by the number of tokens · expects "not the number of tokens"
def scaled_dot_product_attention(q, k, v, mask=None):
    scores = q @ k.mT / math.sqrt(q.shape[-2])
    if mask is not None:
        scores = scores.masked_fill(~mask, torch.finfo(scores.dtype).min)
    weights = scores.softmax(-1)
    if mask is not None:
        weights = weights.masked_fill(~mask, 0)
    return weights @ v, weights


# %%
# reject scaled_dot_product_attention: multiplied by the root · expects "multiplied by √d_k"
def scaled_dot_product_attention(q, k, v, mask=None):
    scores = q @ k.mT * math.sqrt(q.shape[-1])
    if mask is not None:
        scores = scores.masked_fill(~mask, torch.finfo(scores.dtype).min)
    weights = scores.softmax(-1)
    if mask is not None:
        weights = weights.masked_fill(~mask, 0)
    return weights @ v, weights


# %%
# reject scaled_dot_product_attention: softmax over the queries · expects "runs over the keys"
def scaled_dot_product_attention(q, k, v, mask=None):
    scores = q @ k.mT / math.sqrt(q.shape[-1])
    if mask is not None:
        scores = scores.masked_fill(~mask, torch.finfo(scores.dtype).min)
    weights = scores.softmax(-2)
    if mask is not None:
        weights = weights.masked_fill(~mask, 0)
    return weights @ v, weights


# %%
# reject scaled_dot_product_attention: mask inverted · expects "the mask is inverted"
def scaled_dot_product_attention(q, k, v, mask=None):
    scores = q @ k.mT / math.sqrt(q.shape[-1])
    if mask is not None:
        scores = scores.masked_fill(mask, torch.finfo(scores.dtype).min)
    weights = scores.softmax(-1)
    return weights @ v, weights


# %%
# reject scaled_dot_product_attention: mask inverted, before and after the softmax · expects "the mask is inverted"
def scaled_dot_product_attention(q, k, v, mask=None):
    scores = q @ k.mT / math.sqrt(q.shape[-1])
    if mask is None:
        mask = torch.zeros_like(scores, dtype=torch.bool)
    scores = scores.masked_fill(mask, torch.finfo(scores.dtype).min)
    weights = scores.softmax(-1).masked_fill(mask, 0.0)
    return weights @ v, weights


# %%
# reject scaled_dot_product_attention: weights, output · expects "the order is output, weights"
def scaled_dot_product_attention(q, k, v, mask=None):
    scores = q @ k.mT / math.sqrt(q.shape[-1])
    if mask is not None:
        scores = scores.masked_fill(~mask, torch.finfo(scores.dtype).min)
    weights = scores.softmax(-1)
    return weights, weights @ v


# %%
# reject scaled_dot_product_attention: mask forgotten · expects "the mask is not used"
def scaled_dot_product_attention(q, k, v, mask=None):
    weights = (q @ k.mT / math.sqrt(q.shape[-1])).softmax(-1)
    return weights @ v, weights


# %%
# reject scaled_dot_product_attention: mask after the softmax · expects "applied after the softmax"
def scaled_dot_product_attention(q, k, v, mask=None):
    weights = (q @ k.mT / math.sqrt(q.shape[-1])).softmax(-1)
    if mask is not None:
        weights = weights * mask
    return weights @ v, weights


# %%
# reject scaled_dot_product_attention: mask added as 0 and 1 · expects "added to the scores as 0 and 1"
def scaled_dot_product_attention(q, k, v, mask=None):
    scores = q @ k.mT / math.sqrt(q.shape[-1])
    if mask is not None:
        scores = scores + mask
    weights = scores.softmax(-1)
    return weights @ v, weights


# %%
# reject scaled_dot_product_attention: forbidden scores become 0 · expects "exp(0) is 1"
def scaled_dot_product_attention(q, k, v, mask=None):
    scores = q @ k.mT / math.sqrt(q.shape[-1])
    if mask is not None:
        scores = scores * mask
    weights = scores.softmax(-1)
    return weights @ v, weights


# %%
# reject scaled_dot_product_attention: -inf alone, NaN in an empty row · expects "0 / 0 is NaN"
def scaled_dot_product_attention(q, k, v, mask=None):
    scores = q @ k.mT / math.sqrt(q.shape[-1])
    if mask is not None:
        scores = scores.masked_fill(~mask, -torch.inf)
    weights = scores.softmax(-1)
    return weights @ v, weights


# %%
# reject scaled_dot_product_attention: NaN overwritten, but not in the gradient · expects "come back in the gradient"
def scaled_dot_product_attention(q, k, v, mask=None):
    scores = q @ k.mT / math.sqrt(q.shape[-1])
    if mask is not None:
        scores = scores + torch.zeros(mask.shape, dtype=q.dtype).masked_fill(~mask, -torch.inf)
    weights = scores.softmax(-1).nan_to_num()
    return weights @ v, weights


# %%
# reject scaled_dot_product_attention: an empty row averages everything · expects "among keys that it may not see"
def scaled_dot_product_attention(q, k, v, mask=None):
    scores = q @ k.mT / math.sqrt(q.shape[-1])
    if mask is not None:
        scores = scores.masked_fill(~mask, torch.finfo(scores.dtype).min)
    weights = scores.softmax(-1)
    return weights @ v, weights


# %%
# reject scaled_dot_product_attention: -1e9 does not fit in float16 · expects "does not fit in float16"
def scaled_dot_product_attention(q, k, v, mask=None):
    scores = q @ k.mT / math.sqrt(q.shape[-1])
    if mask is not None:
        scores = scores.masked_fill(~mask, -1e9)
    weights = scores.softmax(-1)
    if mask is not None:
        weights = weights.masked_fill(~mask, 0)
    return weights @ v, weights


# %%
# reject scaled_dot_product_attention: weights overwritten in place · expects "overwrites what the gradient needs"
def scaled_dot_product_attention(q, k, v, mask=None):
    scores = q @ k.mT / math.sqrt(q.shape[-1])
    if mask is None:
        weights = scores.softmax(-1)
    else:
        mask = mask.expand(scores.shape)
        weights = scores.masked_fill(~mask, torch.finfo(scores.dtype).min).softmax(-1)
        weights[~mask] = 0
    return weights @ v, weights


# %%
# reject scaled_dot_product_attention: the output alone · expects "returns 2 values, output, weights"
def scaled_dot_product_attention(q, k, v, mask=None):
    return F.scaled_dot_product_attention(q, k, v, attn_mask=mask)


# %%
# reject scaled_dot_product_attention: changes the scale of q in place · expects "changes its input in place"
def scaled_dot_product_attention(q, k, v, mask=None):
    q /= math.sqrt(q.shape[-1])
    scores = q @ k.mT
    if mask is not None:
        scores = scores.masked_fill(~mask, torch.finfo(scores.dtype).min)
    weights = scores.softmax(-1)
    if mask is not None:
        weights = weights.masked_fill(~mask, 0)
    return weights @ v, weights


# %%
# reject scaled_dot_product_attention: always returns float32 · expects "keep it"
def scaled_dot_product_attention(q, k, v, mask=None):
    dtype = torch.float64 if q.dtype == torch.float64 else torch.float32
    q, k, v = q.to(dtype), k.to(dtype), v.to(dtype)
    scores = q @ k.mT / math.sqrt(q.shape[-1])
    if mask is not None:
        scores = scores.masked_fill(~mask, torch.finfo(scores.dtype).min)
    weights = scores.softmax(-1)
    if mask is not None:
        weights = weights.masked_fill(~mask, 0)
    return weights @ v, weights


# %% [markdown]
# # Exercise 2


# %%
# accept entropy: xlogy
def entropy(weights):
    return -torch.xlogy(weights, weights).sum(-1)


# %%
# accept entropy: zeros replaced inside the logarithm
def entropy(weights):
    safe = torch.where(weights > 0, weights, 1.0)
    return -(weights * safe.log()).sum(dim=-1)


# %%
# accept entropy: torch.distributions
def entropy(weights):
    logs = torch.nan_to_num(weights.log(), neginf=0.0)
    return torch.einsum("...s,...s->...", weights, -logs)


# %%
# reject entropy: the stub · expects "not written yet"
def entropy(weights):
    raise NotImplementedError()


# %%
# reject entropy: all zeros · expects "every value is zero"
def entropy(weights):
    return torch.zeros(weights.shape[:-1])


# %%
# reject entropy: in bits · expects "that is in bits"
def entropy(weights):
    return torch.special.entr(weights).sum(-1) / math.log(2)


# %%
# reject entropy: no minus sign · expects "missing a minus sign"
def entropy(weights):
    return torch.xlogy(weights, weights).sum(-1)


# %%
# reject entropy: mean instead of sum · expects "take the sum"
def entropy(weights):
    return torch.special.entr(weights).mean(-1)


# %%
# reject entropy: NaN at 0 · expects "0 · ln 0"
def entropy(weights):
    return -(weights * weights.log()).sum(-1)


# %%
# reject entropy: a small number added inside the logarithm · expects "the entropy of"
def entropy(weights):
    return -(weights * (weights + 1e-3).log()).sum(-1)


# %%
# reject entropy: summed over everything · expects "Is the rows dimension lost?"
def entropy(weights):
    return torch.special.entr(weights).sum()


# %%
# reject entropy: summed over the first dimension · expects "expected (rows,) = (2,), got (4,)"
def entropy(weights):
    return torch.special.entr(weights).sum(0)


# %%
# reject entropy: the sum of the logarithms alone · expects "the entropy of ¼ ¼ ¼ ¼"
def entropy(weights):
    return -weights.log().sum(-1)


# %% [markdown]
# # Exercise 3


# %%
# accept softmax_jacobian: the formula with an identity matrix
def softmax_jacobian(weights):
    eye = torch.eye(weights.shape[-1], dtype=weights.dtype)
    return weights.unsqueeze(-1) * (eye - weights.unsqueeze(-2))


# %%
# accept softmax_jacobian: einsum, the diagonal added in place
def softmax_jacobian(weights):
    jacobian = -torch.einsum("...i,...j->...ij", weights, weights)
    jacobian.diagonal(dim1=-2, dim2=-1).add_(weights)
    return jacobian


# %%
# accept softmax_jacobian: a loop over rows
def softmax_jacobian(weights):
    S = weights.shape[-1]
    rows = [torch.diag(p) - torch.outer(p, p) for p in weights.reshape(-1, S)]
    return torch.stack(rows).reshape(*weights.shape, S)


# %%
# reject softmax_jacobian: the stub · expects "not written yet"
def softmax_jacobian(weights):
    raise NotImplementedError()


# %%
# reject softmax_jacobian: all zeros · expects "every value is zero"
def softmax_jacobian(weights):
    return torch.zeros(*weights.shape, weights.shape[-1], dtype=weights.dtype)


# %%
# reject softmax_jacobian: identity on the diagonal · expects "not 1"
def softmax_jacobian(weights):
    outer = weights[..., :, None] * weights[..., None, :]
    return torch.eye(weights.shape[-1], dtype=weights.dtype) - outer


# %%
# reject softmax_jacobian: only the diagonal · expects "only the diagonal is filled"
def softmax_jacobian(weights):
    return torch.diag_embed(weights * (1 - weights))


# %%
# reject softmax_jacobian: the outer product alone · expects "p on the diagonal, is missing"
def softmax_jacobian(weights):
    return -weights[..., :, None] * weights[..., None, :]


# %%
# reject softmax_jacobian: the outer product is added · expects "subtract it"
def softmax_jacobian(weights):
    return torch.diag_embed(weights) + weights[..., :, None] * weights[..., None, :]


# %%
# reject softmax_jacobian: p(1 - p) on the diagonal, minus p² again · expects "p² is doubled on the diagonal"
def softmax_jacobian(weights):
    outer = weights[..., :, None] * weights[..., None, :]
    return torch.diag_embed(weights * (1 - weights)) - outer


# %%
# reject softmax_jacobian: twice the outer product · expects "the outer product is subtracted twice"
def softmax_jacobian(weights):
    outer = weights[..., :, None] * weights[..., None, :]
    return torch.diag_embed(weights) - 2 * outer


# %%
# reject softmax_jacobian: the sign flipped · expects "the sign is flipped"
def softmax_jacobian(weights):
    return weights[..., :, None] * weights[..., None, :] - torch.diag_embed(weights)


# %%
# reject softmax_jacobian: the diagonal alone, as a vector · expects "(2, 2), got (2,)"
def softmax_jacobian(weights):
    return weights * (1 - weights)


# %%
# reject softmax_jacobian: one matrix for all rows · expects "softmax_jacobian raised"
def softmax_jacobian(weights):
    return torch.diag(weights) - torch.outer(weights, weights)


# %%
# reject softmax_jacobian: takes the softmax once more · expects "the Jacobian for p"
def softmax_jacobian(weights):
    p = weights.softmax(-1)
    return torch.diag_embed(p) - p[..., :, None] * p[..., None, :]


# %% [markdown]
# # Exercise 4


# %%
# accept attention_mask: tril
def attention_mask(lengths, T, causal):
    mask = (torch.arange(T)[None, :] < lengths[:, None])[:, None, :].repeat(1, T, 1)
    return mask & torch.ones(T, T, dtype=torch.bool).tril() if causal else mask


# %%
# accept attention_mask: loops
def attention_mask(lengths, T, causal):
    mask = torch.zeros(len(lengths), T, T, dtype=torch.bool)
    for b, length in enumerate(lengths.tolist()):
        for t in range(T):
            mask[b, t, : min(length, t + 1) if causal else length] = True
    return mask


# %%
# accept attention_mask: what is forbidden, inverted at the end
def attention_mask(lengths, T, causal):
    forbidden = (torch.arange(T) >= lengths.unsqueeze(-1)).unsqueeze(1).expand(-1, T, T)
    if causal:
        forbidden = forbidden | torch.full((T, T), True).triu(1)
    return forbidden.logical_not()


# %%
# reject attention_mask: the stub · expects "not written yet"
def attention_mask(lengths, T, causal):
    raise NotImplementedError()


# %%
# reject attention_mask: all zeros · expects "every value is zero"
def attention_mask(lengths, T, causal):
    return torch.zeros(len(lengths), T, T, dtype=torch.bool)


# %%
# reject attention_mask: inverted · expects "the mask is inverted"
def attention_mask(lengths, T, causal):
    forbidden = (torch.arange(T) >= lengths[:, None])[:, None].expand(-1, T, T)
    return forbidden | torch.ones(T, T).triu(1).bool() if causal else forbidden


# %%
# reject attention_mask: padded queries instead of padded keys · expects "rows and columns are swapped"
def attention_mask(lengths, T, causal):
    mask = (torch.arange(T) < lengths[:, None])[:, :, None].expand(-1, T, T)
    return mask & torch.ones(T, T).tril().bool() if causal else mask


# %%
# reject attention_mask: padded queries are masked too · expects "Mask the keys only"
def attention_mask(lengths, T, causal):
    real = torch.arange(T) < lengths[:, None]
    mask = real[:, None] & real[:, :, None]
    return mask & torch.ones(T, T).tril().bool() if causal else mask


# %%
# reject attention_mask: lengths off by one · expects "has the positions 0 and 1"
def attention_mask(lengths, T, causal):
    mask = (torch.arange(T) <= lengths[:, None])[:, None].expand(-1, T, T)
    return mask & torch.ones(T, T).tril().bool() if causal else mask


# %%
# reject attention_mask: sees the future · expects "it looks into the future"
def attention_mask(lengths, T, causal):
    mask = (torch.arange(T) < lengths[:, None])[:, None].expand(-1, T, T)
    return mask & torch.ones(T, T).triu().bool() if causal else mask


# %%
# reject attention_mask: may not see itself · expects "a token may attend to itself"
def attention_mask(lengths, T, causal):
    mask = (torch.arange(T) < lengths[:, None])[:, None].expand(-1, T, T)
    return mask & torch.ones(T, T).tril(-1).bool() if causal else mask


# %%
# reject attention_mask: sees the next token · expects "a token may not see the next one"
def attention_mask(lengths, T, causal):
    mask = (torch.arange(T) < lengths[:, None])[:, None].expand(-1, T, T)
    return mask & torch.ones(T, T).tril(1).bool() if causal else mask


# %%
# reject attention_mask: causal replaces padding · expects "padding is forgotten when causal=True"
def attention_mask(lengths, T, causal):
    if causal:
        return torch.ones(T, T).tril().bool().expand(len(lengths), T, T)
    return (torch.arange(T) < lengths[:, None])[:, None].expand(-1, T, T)


# %%
# reject attention_mask: causal is ignored · expects "the causal part is missing"
def attention_mask(lengths, T, causal):
    return (torch.arange(T) < lengths[:, None])[:, None].expand(-1, T, T)


# %%
# reject attention_mask: or instead of and · expects "joined by or"
def attention_mask(lengths, T, causal):
    mask = (torch.arange(T) < lengths[:, None])[:, None].expand(-1, T, T)
    return mask | torch.ones(T, T).tril().bool() if causal else mask


# %%
# reject attention_mask: always causal · expects "it is causal although causal=False"
def attention_mask(lengths, T, causal):
    mask = (torch.arange(T) < lengths[:, None])[:, None].expand(-1, T, T)
    return mask & torch.ones(T, T).tril().bool()


# %%
# reject attention_mask: numbers instead of booleans · expects "it should be torch.bool"
def attention_mask(lengths, T, causal):
    mask = (torch.arange(T) < lengths[:, None])[:, None].expand(-1, T, T)
    return (mask & torch.ones(T, T).tril().bool() if causal else mask).float()


# %%
# reject attention_mask: one row per sequence · expects "expected (batch, queries, keys) = (3, 5, 5), got (3, 5)"
def attention_mask(lengths, T, causal):
    return torch.arange(T) < lengths[:, None]


# %% [markdown]
# # Exercise 5


# %%
# accept heads: view and permute
def split_heads(x, n_heads):
    B, T, d_model = x.shape
    return x.view(B, T, n_heads, d_model // n_heads).permute(0, 2, 1, 3)


def merge_heads(x):
    B, n_heads, T, d_head = x.shape
    return x.permute(0, 2, 1, 3).contiguous().view(B, T, n_heads * d_head)


# %%
# accept heads: chunk and cat
def split_heads(x, n_heads):
    return torch.stack(x.chunk(n_heads, dim=-1), dim=1)


def merge_heads(x):
    return torch.cat(x.unbind(dim=1), dim=-1)


# %%
# accept heads: einsum-like reshapes
def split_heads(x, n_heads):
    return x.reshape(*x.shape[:2], n_heads, -1).swapaxes(1, 2)


def merge_heads(x):
    return x.swapaxes(1, 2).reshape(x.shape[0], x.shape[2], -1)


# %%
# reject heads: the stub · expects "not written yet"
def split_heads(x, n_heads):
    raise NotImplementedError()


def merge_heads(x):
    raise NotImplementedError()


# %%
# reject heads: all zeros · expects "every value is zero"
def split_heads(x, n_heads):
    B, T, d_model = x.shape
    return torch.zeros(B, n_heads, T, d_model // n_heads, dtype=x.dtype)


def merge_heads(x):
    return torch.zeros(x.shape[0], x.shape[2], x.shape[1] * x.shape[3], dtype=x.dtype)


# %%
# reject heads: split by a reshape alone · expects "gets features of several tokens"
def split_heads(x, n_heads):
    B, T, d_model = x.shape
    return x.reshape(B, n_heads, T, d_model // n_heads)


def merge_heads(x):
    return x.transpose(1, 2).flatten(2)


# %%
# reject heads: merged by a reshape alone · expects "tokens and heads are mixed up"
def split_heads(x, n_heads):
    return x.unflatten(-1, (n_heads, -1)).transpose(1, 2)


def merge_heads(x):
    B, n_heads, T, d_head = x.shape
    return x.reshape(B, T, n_heads * d_head)


# %%
# reject heads: the transpose is missing · expects "Are n_heads and tokens swapped?"
def split_heads(x, n_heads):
    return x.unflatten(-1, (n_heads, -1))


def merge_heads(x):
    return x.transpose(1, 2).flatten(2)


# %%
# reject heads: features dealt out in turn · expects "head 0 gets the first d_head ones"
def split_heads(x, n_heads):
    return x.unflatten(-1, (-1, n_heads)).permute(0, 3, 1, 2)


def merge_heads(x):
    return x.transpose(1, 2).flatten(2)


# %%
# reject heads: heads alternate when merged · expects "they stand side by side"
def split_heads(x, n_heads):
    return x.unflatten(-1, (n_heads, -1)).transpose(1, 2)


def merge_heads(x):
    return x.permute(0, 2, 3, 1).flatten(2)


# %%
# reject heads: n_heads taken as d_head · expects "split_heads(x, 3): expected"
def split_heads(x, n_heads):
    return x.unflatten(-1, (-1, n_heads)).transpose(1, 2)


def merge_heads(x):
    return x.transpose(1, 2).flatten(2)


# %%
# reject heads: the mean over the heads · expects "merge_heads(heads): expected (batch, tokens, d_model) = (2, 5, 12)"
def split_heads(x, n_heads):
    return x.unflatten(-1, (n_heads, -1)).transpose(1, 2)


def merge_heads(x):
    return x.mean(dim=1)


# %% [markdown]
# # Exercise 6


# %%
# accept multi_head_attention: projects x and the context wholly, its own attention
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
# accept multi_head_attention: bare parameters and einsum
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
# accept multi_head_attention: a loop over the heads
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
# reject multi_head_attention: the stub · expects "not written yet"
class MultiHeadAttention(nn.Module):
    def __init__(self, d_model, n_heads):
        super().__init__()
        raise NotImplementedError()


# %%
# reject multi_head_attention: all zeros · expects "every value is zero"
class MultiHeadAttention(nn.Module):
    def __init__(self, d_model, n_heads):
        super().__init__()
        self.qkv = nn.Linear(d_model, 3 * d_model)
        self.out = nn.Linear(d_model, d_model)

    def forward(self, x, context=None, mask=None):
        return torch.zeros_like(x)


# %%
# reject multi_head_attention: the last layer is not applied · expects "out, is not applied"
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
# reject multi_head_attention: no last layer at all · expects "the last layer, out, is missing"
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
# reject multi_head_attention: no biases · expects "the biases are missing"
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
# reject multi_head_attention: one head, whatever n_heads says · expects "there is only one head"
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
# reject multi_head_attention: divided by √d_model · expects "each head has d_head features"
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
# reject multi_head_attention: keys and values swapped · expects "keys and values are swapped"
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
# reject multi_head_attention: queries and keys swapped · expects "queries and keys are swapped"
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
# reject multi_head_attention: heads merged without transposing · expects "merged without transposing"
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
# reject multi_head_attention: heads split without transposing · expects "the output: expected"
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
# reject multi_head_attention: the features of qkv taken head by head · expects "taken head by head"
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
# reject multi_head_attention: the mask is forgotten · expects "the mask is not used"
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
# reject multi_head_attention: the mask is inverted · expects "the mask is inverted"
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
# reject multi_head_attention: the mask lacks a dimension for the heads · expects "multi"
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
# reject multi_head_attention: the context is ignored · expects "the context is not used"
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
# reject multi_head_attention: dropout that stays on · expects "the output: expected"
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


# %% [markdown]
# # Exercise 7


# %%
# accept permutation_gap: torch.max over a flat difference
def permutation_gap(f, x, order):
    before, after = f(x[:, order]), f(x)[:, order]
    return float(torch.max(torch.abs(before - after)))


# %%
# accept permutation_gap: index_select and the infinity norm
def permutation_gap(f, x, order):
    shuffled = torch.index_select(x, 1, order)
    difference = f(shuffled) - torch.index_select(f(x), 1, order)
    return torch.linalg.vector_norm(difference, float("inf")).item()


# %%
# accept permutation_gap: shuffled back instead
def permutation_gap(f, x, order):
    back = torch.argsort(order)
    return (f(x[:, order])[:, back] - f(x)).abs().amax().item()


# %%
# reject permutation_gap: the stub · expects "not written yet"
def permutation_gap(f, x, order):
    raise NotImplementedError()


# %%
# reject permutation_gap: always zero · expects "the gap of x → x + position: expected 4, got 0"
def permutation_gap(f, x, order):
    return 0.0


# %%
# reject permutation_gap: tests invariance · expects "compare with the permuted output"
def permutation_gap(f, x, order):
    return (f(x[:, order]) - f(x)).abs().max().item()


# %%
# reject permutation_gap: no absolute value · expects "the absolute value before the maximum"
def permutation_gap(f, x, order):
    return (f(x[:, order]) - f(x)[:, order]).max().item()


# %%
# reject permutation_gap: the mean · expects "take the maximum, not the mean"
def permutation_gap(f, x, order):
    return (f(x[:, order]) - f(x)[:, order]).abs().mean().item()


# %%
# reject permutation_gap: squared · expects "should not be squared"
def permutation_gap(f, x, order):
    return ((f(x[:, order]) - f(x)[:, order]) ** 2).max().item()


# %%
# reject permutation_gap: a tensor · expects "return a float"
def permutation_gap(f, x, order):
    return (f(x[:, order]) - f(x)[:, order]).abs().max()


# %%
# reject permutation_gap: permutes the batch · expects "permutation_gap raised IndexError"
def permutation_gap(f, x, order):
    return (f(x[order]) - f(x)[order]).abs().max().item()


# %%
# reject permutation_gap: permutes the features · expects "permutation_gap raised IndexError"
def permutation_gap(f, x, order):
    return (f(x[..., order]) - f(x)[..., order]).abs().max().item()


# %%
# reject permutation_gap: a permutation of its own · expects "the gap of"
def permutation_gap(f, x, order):
    order = torch.arange(x.shape[1]).flip(0)
    return (f(x[:, order]) - f(x)[:, order]).abs().max().item()


# %% [markdown]
# # Exercise 8


# %%
# accept sinusoidal_encoding: stack and flatten, exp of logs
def sinusoidal_encoding(T, d_model):
    rates = torch.exp(torch.arange(d_model // 2) * (-2 * math.log(10000) / d_model))
    angles = torch.outer(torch.arange(T), rates)
    return torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(1)


# %%
# accept sinusoidal_encoding: loops
def sinusoidal_encoding(T, d_model):
    table = torch.zeros(T, d_model)
    for t in range(T):
        for i in range(d_model // 2):
            angle = t / 10000 ** (2 * i / d_model)
            table[t, 2 * i], table[t, 2 * i + 1] = math.sin(angle), math.cos(angle)
    return table


# %%
# accept sinusoidal_encoding: cosines as shifted sines, in float64
def sinusoidal_encoding(T, d_model):
    column = torch.arange(d_model, dtype=torch.float64)
    rate = 10000 ** (-2 * (column // 2) / d_model)
    return torch.sin(torch.arange(T)[:, None] * rate + (column % 2) * math.pi / 2)


# %%
# reject sinusoidal_encoding: the stub · expects "not written yet"
def sinusoidal_encoding(T, d_model):
    raise NotImplementedError()


# %%
# reject sinusoidal_encoding: all zeros · expects "every value is zero"
def sinusoidal_encoding(T, d_model):
    return torch.zeros(T, d_model)


# %%
# reject sinusoidal_encoding: two blocks · expects "stand in two blocks"
def sinusoidal_encoding(T, d_model):
    angles = torch.arange(T)[:, None] * 10000 ** (-torch.arange(0, d_model, 2) / d_model)
    return torch.cat([angles.sin(), angles.cos()], dim=1)


# %%
# reject sinusoidal_encoding: sine and cosine swapped · expects "sine and cosine are swapped"
def sinusoidal_encoding(T, d_model):
    angles = torch.arange(T)[:, None] * 10000 ** (-torch.arange(0, d_model, 2) / d_model)
    return torch.stack([angles.cos(), angles.sin()], dim=-1).flatten(1)


# %%
# reject sinusoidal_encoding: positions start at 1 · expects "do your positions start at 1?"
def sinusoidal_encoding(T, d_model):
    angles = torch.arange(1, T + 1)[:, None] * 10000 ** (-torch.arange(0, d_model, 2) / d_model)
    return torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(1)


# %%
# reject sinusoidal_encoding: the exponent lacks the factor 2 · expects "is the 2 missing?"
def sinusoidal_encoding(T, d_model):
    angles = torch.arange(T)[:, None] * 10000 ** (-torch.arange(d_model // 2) / d_model)
    return torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(1)


# %%
# reject sinusoidal_encoding: the exponent doubled twice · expects "doubled twice"
def sinusoidal_encoding(T, d_model):
    angles = torch.arange(T)[:, None] * 10000 ** (-2 * torch.arange(0, d_model, 2) / d_model)
    return torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(1)


# %%
# reject sinusoidal_encoding: another speed for every column · expects "sin² + cos² of each pair"
def sinusoidal_encoding(T, d_model):
    angles = torch.arange(T)[:, None] * 10000 ** (-torch.arange(d_model) / d_model)
    encoding = angles.sin()
    encoding[:, 1::2] = angles[:, 1::2].cos()
    return encoding


# %%
# reject sinusoidal_encoding: the exponent is positive · expects "the table for d_model = 10"
def sinusoidal_encoding(T, d_model):
    angles = torch.arange(T)[:, None] * 10000 ** (torch.arange(0, d_model, 2) / d_model)
    return torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(1)


# %%
# reject sinusoidal_encoding: degrees · expects "the table for d_model = 10"
def sinusoidal_encoding(T, d_model):
    angles = torch.arange(T)[:, None] * 10000 ** (-torch.arange(0, d_model, 2) / d_model)
    return torch.stack([angles.deg2rad().sin(), angles.deg2rad().cos()], dim=-1).flatten(1)


# %%
# reject sinusoidal_encoding: transposed · expects "Are positions and d_model swapped?"
def sinusoidal_encoding(T, d_model):
    angles = torch.arange(T)[:, None] * 10000 ** (-torch.arange(0, d_model, 2) / d_model)
    return torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(1).T


# %%
# reject sinusoidal_encoding: the constant is 1000 · expects "the table for d_model = 10"
def sinusoidal_encoding(T, d_model):
    angles = torch.arange(T)[:, None] * 1000 ** (-torch.arange(0, d_model, 2) / d_model)
    return torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(1)


# %% [markdown]
# # Exercise 9


# %%
# accept shift_matrix: a loop over the pairs
def shift_matrix(k, frequencies):
    d_model = 2 * len(frequencies)
    matrix = torch.zeros(d_model, d_model, dtype=frequencies.dtype)
    for i, w in enumerate(frequencies.tolist()):
        cos, sin = math.cos(k * w), math.sin(k * w)
        block = torch.tensor([[cos, sin], [-sin, cos]], dtype=frequencies.dtype)
        matrix[2 * i : 2 * i + 2, 2 * i : 2 * i + 2] = block
    return matrix


# %%
# accept shift_matrix: the exponential of a generator of rotations
def shift_matrix(k, frequencies):
    turn = torch.tensor([[0.0, 1.0], [-1.0, 0.0]], dtype=frequencies.dtype)
    return torch.matrix_exp(torch.kron(torch.diag(k * frequencies), turn))


# %%
# accept shift_matrix: two Kronecker products
def shift_matrix(k, frequencies):
    turn = torch.tensor([[0.0, 1.0], [-1.0, 0.0]], dtype=frequencies.dtype)
    still = torch.eye(2, dtype=frequencies.dtype)
    angles = k * frequencies
    return torch.kron(angles.cos().diag(), still) + torch.kron(angles.sin().diag(), turn)


# %%
# reject shift_matrix: blocks in float32 · expects "your matrix is torch.float32"
def shift_matrix(k, frequencies):
    blocks = []
    for w in frequencies.tolist():
        cos, sin = math.cos(k * w), math.sin(k * w)
        blocks.append(torch.tensor([[cos, sin], [-sin, cos]]))
    return torch.block_diag(*blocks)


# %%
# reject shift_matrix: the stub · expects "not written yet"
def shift_matrix(k, frequencies):
    raise NotImplementedError()


# %%
# reject shift_matrix: all zeros · expects "every value is zero"
def shift_matrix(k, frequencies):
    return torch.zeros(2 * len(frequencies), 2 * len(frequencies), dtype=frequencies.dtype)


# %%
# reject shift_matrix: turns backwards · expects "it turns backwards"
def shift_matrix(k, frequencies):
    cos, sin = (k * frequencies).cos(), (k * frequencies).sin()
    return torch.block_diag(*torch.stack([cos, -sin, sin, cos], 1).unflatten(1, (2, 2)))


# %%
# reject shift_matrix: sine and cosine swapped · expects "sine and cosine are swapped"
def shift_matrix(k, frequencies):
    cos, sin = (k * frequencies).cos(), (k * frequencies).sin()
    return torch.block_diag(*torch.stack([sin, cos, -cos, sin], 1).unflatten(1, (2, 2)))


# %%
# reject shift_matrix: k is ignored · expects "whatever k is"
def shift_matrix(k, frequencies):
    cos, sin = frequencies.cos(), frequencies.sin()
    return torch.block_diag(*torch.stack([cos, sin, -sin, cos], 1).unflatten(1, (2, 2)))


# %%
# reject shift_matrix: both sines positive · expects "the matrix for ω = π/2, π and k = 1"
def shift_matrix(k, frequencies):
    cos, sin = (k * frequencies).cos(), (k * frequencies).sin()
    return torch.block_diag(*torch.stack([cos, sin, sin, cos], 1).unflatten(1, (2, 2)))


# %%
# reject shift_matrix: only the diagonal · expects "the matrix for ω = π/2, π and k = 1"
def shift_matrix(k, frequencies):
    return torch.diag((k * frequencies).cos().repeat_interleave(2))


# %%
# reject shift_matrix: the same frequency for all pairs · expects "the matrix for ω = π/2, π and k = 1"
def shift_matrix(k, frequencies):
    angles = k * frequencies[0].expand(len(frequencies))
    cos, sin = angles.cos(), angles.sin()
    return torch.block_diag(*torch.stack([cos, sin, -sin, cos], 1).unflatten(1, (2, 2)))


# %%
# reject shift_matrix: sines and cosines in two blocks · expects "the matrix for ω = π/2, π and k = 1"
def shift_matrix(k, frequencies):
    cos, sin = (k * frequencies).cos().diag(), (k * frequencies).sin().diag()
    return torch.cat([torch.cat([cos, sin], 1), torch.cat([-sin, cos], 1)], 0)


# %%
# reject shift_matrix: a list of blocks · expects "expected (rows, columns) = (4, 4), got (2, 2, 2)"
def shift_matrix(k, frequencies):
    cos, sin = (k * frequencies).cos(), (k * frequencies).sin()
    return torch.stack([cos, sin, -sin, cos], 1).unflatten(1, (2, 2))


# %% [markdown]
# # Exercise 10


# %%
# accept queries_for: a large negative number where nothing is wanted
def queries_for(pattern):
    return torch.where(pattern, 0.0, -1000.0)


# %%
# accept queries_for: twice as sharp, in float64
def queries_for(pattern):
    return pattern.double() * 50 * pattern.shape[0] ** 0.5


# %%
# accept queries_for: logarithms of the wanted weights
def queries_for(pattern):
    wanted = pattern / pattern.sum(dim=1, keepdim=True)
    return (wanted + 1e-9).log() * math.sqrt(pattern.shape[1])


# %%
# accept queries_for: just below a millionth
def queries_for(pattern):
    return 14 * math.sqrt(len(pattern)) * pattern


# %%
# reject queries_for: the stub · expects "not written yet"
def queries_for(pattern):
    raise NotImplementedError()


# %%
# reject queries_for: all zeros · expects "the weights: expected"
def queries_for(pattern):
    return torch.zeros(pattern.shape)


# %%
# reject queries_for: the pattern itself · expects "the queries are too small: the weights are nearly equal"
def queries_for(pattern):
    return pattern.float()


# %%
# reject queries_for: the division by √T is forgotten · expects "the scores are divided by √T"
def queries_for(pattern):
    return 50 * pattern.float()


# %%
# reject queries_for: sharp, but not sharp enough · expects "nearly right, but a False entry has more than a millionth"
def queries_for(pattern):
    return 20 * pattern.float()


# %%
# reject queries_for: inverted · expects "the pattern is inverted"
def queries_for(pattern):
    return 200 * (~pattern).float()


# %%
# reject queries_for: transposed · expects "rows of the pattern are queries"
def queries_for(pattern):
    return 20 * math.sqrt(len(pattern)) * pattern.T.float()


# %%
# reject queries_for: minus infinity · expects "a finite difference is enough"
def queries_for(pattern):
    return torch.where(pattern, 0.0, -torch.inf)


# %%
# reject queries_for: the weights themselves · expects "the weights: expected"
def queries_for(pattern):
    return pattern / pattern.sum(dim=1, keepdim=True)


# %%
# reject queries_for: divided by √T once more · expects "the scores are divided by √T"
def queries_for(pattern):
    return 120 * pattern.float() / math.sqrt(len(pattern))


# %%
# reject queries_for: unequal scores within a row · expects "the moving average over three tokens of 300: expected"
def queries_for(pattern):
    return 20 * math.sqrt(len(pattern)) * pattern.float().cumsum(dim=1) * pattern


# %% [markdown]
# # Exercise 11


# %%
# accept fitted_exponent: the formula of least squares
def fitted_exponent(lengths, costs):
    x, y = np.log(np.array(lengths)), np.log(np.array(costs))
    x = x - x.mean()
    return float((x * (y - y.mean())).sum() / (x * x).sum())


# %%
# accept fitted_exponent: torch.linalg.lstsq
def fitted_exponent(lengths, costs):
    x = torch.tensor(lengths, dtype=torch.float64).log()
    design = torch.stack([x, torch.ones_like(x)], dim=1)
    y = torch.tensor(costs, dtype=torch.float64).log()[:, None]
    return torch.linalg.lstsq(design, y).solution[0].item()


# %%
# accept fitted_exponent: the ratio of covariance and variance, logarithms to base 2
def fitted_exponent(lengths, costs):
    covariance = np.cov(np.log2(lengths), np.log2(costs))
    return covariance[0, 1] / covariance[0, 0]


# %%
# reject fitted_exponent: the stub · expects "not written yet"
def fitted_exponent(lengths, costs):
    raise NotImplementedError()


# %%
# reject fitted_exponent: always zero · expects "every value is zero"
def fitted_exponent(lengths, costs):
    return 0.0


# %%
# reject fitted_exponent: swapped · expects "lengths and costs are swapped"
def fitted_exponent(lengths, costs):
    return float(np.polyfit(np.log(costs), np.log(lengths), 1)[0])


# %%
# reject fitted_exponent: no logarithm of the costs · expects "the costs need a logarithm"
def fitted_exponent(lengths, costs):
    return float(np.polyfit(np.log(lengths), costs, 1)[0])


# %%
# reject fitted_exponent: no logarithm of the lengths · expects "the lengths need a logarithm"
def fitted_exponent(lengths, costs):
    return float(np.polyfit(lengths, np.log(costs), 1)[0])


# %%
# reject fitted_exponent: no logarithm at all · expects "take logarithms of both"
def fitted_exponent(lengths, costs):
    return float(np.polyfit(lengths, costs, 1)[0])


# %%
# reject fitted_exponent: the intercept · expects "the slope is wanted"
def fitted_exponent(lengths, costs):
    return float(np.polyfit(np.log(lengths), np.log(costs), 1)[1])


# %%
# reject fitted_exponent: from the first and the last point · expects "not just the first and the last"
def fitted_exponent(lengths, costs):
    return math.log(costs[-1] / costs[0]) / math.log(lengths[-1] / lengths[0])


# %%
# reject fitted_exponent: logarithms to different bases · expects "use the same logarithm for both"
def fitted_exponent(lengths, costs):
    return float(np.polyfit(np.log2(lengths), np.log(costs), 1)[0])


# %%
# reject fitted_exponent: a parabola · expects "the exponent of 1, 5, 6, 90"
def fitted_exponent(lengths, costs):
    return float(np.polyfit(np.log(lengths), np.log(costs), 2)[0])
