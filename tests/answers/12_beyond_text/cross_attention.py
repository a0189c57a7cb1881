# %%
# accept: torch's own kernel for the result, einsum for the weights
def cross_attention(x, words, W_q, W_k, W_v, W_o, n_heads):
    B, N, d = x.shape
    S, d_head = words.shape[1], d // n_heads
    q = (x @ W_q.T).view(B, N, n_heads, d_head)
    k = (words @ W_k.T).view(B, S, n_heads, d_head)
    v = (words @ W_v.T).view(B, S, n_heads, d_head)
    weights = torch.softmax(torch.einsum("bnhd,bshd->bhns", q, k) / math.sqrt(d_head), dim=3)
    mixed = F.scaled_dot_product_attention(q.transpose(1, 2), k.transpose(1, 2), v.transpose(1, 2))
    return mixed.transpose(1, 2).reshape(B, N, d) @ W_o.T, weights


# %%
# accept: a loop over heads
def cross_attention(x, words, W_q, W_k, W_v, W_o, n_heads):
    parts, tables = [], []
    for q, k, v in zip(
        F.linear(x, W_q).chunk(n_heads, -1),
        F.linear(words, W_k).chunk(n_heads, -1),
        F.linear(words, W_v).chunk(n_heads, -1),
        strict=True,
    ):
        tables.append(torch.softmax(q @ k.transpose(1, 2) * q.shape[-1] ** -0.5, dim=-1))
        parts.append(tables[-1] @ v)
    return F.linear(torch.cat(parts, dim=-1), W_o), torch.stack(tables, dim=1)


# %%
# reject: all zeros · expects "every value is zero"

# %%
# reject: the image asks itself · expects "expected (B, n_heads, N, S)"
# - for tokens, W in ((x, W_q), (words, W_k), (words, W_v))
# + for tokens, W in ((x, W_q), (x, W_k), (x, W_v))

# %%
# reject: the words ask · expects "expected (B, n_heads, N, S)"
# - for tokens, W in ((x, W_q), (words, W_k), (words, W_v))
# + for tokens, W in ((words, W_q), (x, W_k), (x, W_v))

# %%
# reject: not scaled · expects "not divided by √d_head"
# - weights = (q @ k.mT / q.shape[-1] ** 0.5).softmax(dim=-1)  # (B, n_heads, N, S)
# + weights = (q @ k.mT).softmax(dim=-1)  # (B, n_heads, N, S)

# %%
# reject: scaled by the width of the model · expects "divided by √d_model"
# - weights = (q @ k.mT / q.shape[-1] ** 0.5).softmax(dim=-1)  # (B, n_heads, N, S)
# + weights = (q @ k.mT / x.shape[-1] ** 0.5).softmax(dim=-1)  # (B, n_heads, N, S)

# %%
# reject: softmax over the image · expects "over the image tokens"
# - weights = (q @ k.mT / q.shape[-1] ** 0.5).softmax(dim=-1)  # (B, n_heads, N, S)
# + weights = (q @ k.mT / q.shape[-1] ** 0.5).softmax(dim=-2)  # (B, n_heads, N, S)

# %%
# reject: no output matrix · expects "W_o is missing"
# - return F.linear(mixed, W_o), weights
# + return mixed, weights

# %%
# reject: heads joined in the wrong order · expects "they go back behind the tokens"
# - mixed = (weights @ v).transpose(1, 2).flatten(2)  # (B, N, d_model)
# + mixed = (weights @ v).reshape(x.shape)  # (B, N, d_model)

# %%
# reject: values from the keys · expects "the result"
# - for tokens, W in ((x, W_q), (words, W_k), (words, W_v))
# + for tokens, W in ((x, W_q), (words, W_k), (words, W_k))

# %%
# reject: matrices not transposed · expects "as in F.linear"
# - F.linear(tokens, W).unflatten(2, (n_heads, -1)).transpose(1, 2)  # (B, n_heads, …, d_head)
# + (tokens @ W).unflatten(2, (n_heads, -1)).transpose(1, 2)

# %%
# reject: heads split without transpose · expects "split d_model into heads first"
# - F.linear(tokens, W).unflatten(2, (n_heads, -1)).transpose(1, 2)  # (B, n_heads, …, d_head)
# + F.linear(tokens, W).reshape(len(x), n_heads, tokens.shape[1], -1)

# %%
# reject: W_o not transposed · expects "W_o is applied as in F.linear"
# - return F.linear(mixed, W_o), weights
# + return mixed @ W_o, weights
