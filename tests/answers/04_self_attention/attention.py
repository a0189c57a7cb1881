# %%
# accept: einsum
def attention(q, k, v):
    scores = torch.einsum("...td,...sd->...ts", q, k) * k.shape[-1] ** -0.5
    weights = scores.softmax(-1)
    return torch.einsum("...ts,...sd->...td", weights, v), weights


# %%
# accept: exponentials by hand, queries scaled first
def attention(q, k, v):
    scores = torch.matmul(q / math.sqrt(q.size(-1)), k.transpose(-2, -1))
    exp = (scores - scores.amax(dim=-1, keepdim=True)).exp()
    weights = exp / exp.sum(dim=-1, keepdim=True)
    return torch.matmul(weights, v), weights


# %%
# reject: all zeros · expects "every value is zero"

# %%
# reject: no square root · expects "take its square root"
# - scores = q @ k.mT / math.sqrt(q.shape[-1])  # (..., T, S)
# + scores = q @ k.mT / q.shape[-1]

# %%
# reject: not scaled at all · expects "not divided by √d_k"
# - scores = q @ k.mT / math.sqrt(q.shape[-1])  # (..., T, S)
# + scores = q @ k.mT

# %%
# reject: scaled by the size of the values · expects "not of values"
# - scores = q @ k.mT / math.sqrt(q.shape[-1])  # (..., T, S)
# + scores = q @ k.mT / math.sqrt(v.shape[-1])

# %%
# reject: scaled by the number of tokens · expects "not the number of tokens"
# - scores = q @ k.mT / math.sqrt(q.shape[-1])  # (..., T, S)
# + scores = q @ k.mT / math.sqrt(q.shape[-2])

# %%
# reject: multiplied by the root · expects "multiplied by √d_k"
# - scores = q @ k.mT / math.sqrt(q.shape[-1])  # (..., T, S)
# + scores = q @ k.mT * math.sqrt(q.shape[-1])

# %%
# reject: softmax over the queries · expects "softmax runs over the queries"
# - weights = torch.softmax(scores, dim=-1)
# + weights = torch.softmax(scores, dim=-2)

# %%
# reject: transposes all dimensions · expects "attention"
# - scores = q @ k.mT / math.sqrt(q.shape[-1])  # (..., T, S)
# + scores = q @ k.T / math.sqrt(q.shape[-1])

# %%
# reject: weights, output · expects "the order is output, weights"
# - return weights @ v, weights  # (..., T, d_v), (..., T, S)
# + return weights, weights @ v

# %%
# reject: scores instead of weights · expects "the weights"
# - return weights @ v, weights  # (..., T, d_v), (..., T, S)
# + return weights @ v, scores


# %%
# reject: the output alone · expects "returns 2 values, output, weights"
def attention(q, k, v):
    return F.scaled_dot_product_attention(q, k, v)


# %%
# reject: changes the scale of q in place · expects "changes its input in place"
# - scores = q @ k.mT / math.sqrt(q.shape[-1])  # (..., T, S)
# + q /= math.sqrt(q.shape[-1])
# + scores = q @ k.mT

# %%
# reject: softmax over the heads · expects "dim=1 is the heads here"
# - weights = torch.softmax(scores, dim=-1)
# + weights = torch.softmax(scores, dim=1)

# %%
# reject: scaled by the first dimension · expects "yours is the first, the batch"
# - scores = q @ k.mT / math.sqrt(q.shape[-1])  # (..., T, S)
# + scores = q @ k.mT / math.sqrt(q.shape[0])

# %%
# reject: scaled by the first dimension, told by the sentence · expects "not the number of tokens"
# - scores = q @ k.mT / math.sqrt(q.shape[-1])  # (..., T, S)
# + scores = q @ k.mT / math.sqrt(len(q))
