# %%
# accept: einsum
def scaled_dot_score(s, h):
    return torch.einsum("bd,bsd->bs", s, h) * h.shape[-1] ** -0.5


# %%
# accept: the query scaled first
def scaled_dot_score(s, h):
    return torch.matmul(h, (s / s.size(-1) ** 0.5).unsqueeze(-1)).squeeze(-1)


# %%
# reject: all zeros · expects "every value is zero"

# %%
# reject: no scaling · expects "are they divided by √d?"
# - return (h @ s[:, :, None])[:, :, 0] / math.sqrt(s.shape[1])
# + return (h @ s[:, :, None])[:, :, 0]

# %%
# reject: divided by d · expects "take the square root"
# - return (h @ s[:, :, None])[:, :, 0] / math.sqrt(s.shape[1])
# + return (h @ s[:, :, None])[:, :, 0] / s.shape[1]

# %%
# reject: multiplied · expects "multiplied by √d: divide"
# - return (h @ s[:, :, None])[:, :, 0] / math.sqrt(s.shape[1])
# + return (h @ s[:, :, None])[:, :, 0] * math.sqrt(s.shape[1])

# %%
# reject: the number of keys · expects "divided by √S"
# - return (h @ s[:, :, None])[:, :, 0] / math.sqrt(s.shape[1])
# + return (h @ s[:, :, None])[:, :, 0] / math.sqrt(h.shape[1])

# %%
# reject: the batch size · expects "divided by √B"
# - return (h @ s[:, :, None])[:, :, 0] / math.sqrt(s.shape[1])
# + return (h @ s[:, :, None])[:, :, 0] / math.sqrt(len(h))

# %%
# reject: a constant that fits d = 6 · expects "they spread by about 1"
# - return (h @ s[:, :, None])[:, :, 0] / math.sqrt(s.shape[1])
# + return (h @ s[:, :, None])[:, :, 0] / math.sqrt(6)

# %%
# reject: the cosine · expects "that is the cosine"
# - return (h @ s[:, :, None])[:, :, 0] / math.sqrt(s.shape[1])
# + return F.cosine_similarity(s[:, None], h, dim=2)

# %%
# reject: squeeze without a dimension, which takes the batch of one line along · expects "of a single line"
# - return (h @ s[:, :, None])[:, :, 0] / math.sqrt(s.shape[1])
# + return torch.bmm(h, s[:, :, None]).squeeze() / math.sqrt(s.shape[1])
