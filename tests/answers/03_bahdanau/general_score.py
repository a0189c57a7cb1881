# %%
# accept: einsum
def general_score(s, h, W):
    return torch.einsum("bd,de,bse->bs", s, W, h)


# %%
# accept: the keys are changed, not the query
def general_score(s, h, W):
    return ((h @ W.T) * s[:, None]).sum(dim=2)


# %%
# reject: all zeros · expects "every value is zero"

# %%
# reject: W transposed · expects "general_score raised RuntimeError"
# - return (h @ (s @ W)[:, :, None])[:, :, 0]
# + return (h @ (s @ W.T)[:, :, None])[:, :, 0]

# %%
# reject: query and keys swapped where the shapes allow it · expects "query and keys are swapped"
# - return (h @ (s @ W)[:, :, None])[:, :, 0]
# + M = W.T if W.shape[0] == W.shape[1] else W
# + return (h @ (s @ M)[:, :, None])[:, :, 0]

# %%
# reject: W is left out where the shapes allow it · expects "W is missing"
# - return (h @ (s @ W)[:, :, None])[:, :, 0]
# + if s.shape[1] == h.shape[2]:
# +     return torch.einsum("bd,bsd->bs", s, h)
# + return torch.einsum("bd,de,bse->bs", s, W, h)

# %%
# reject: scaled · expects "the general score has no such factor"
# - return (h @ (s @ W)[:, :, None])[:, :, 0]
# + return (h @ (s @ W)[:, :, None])[:, :, 0] / math.sqrt(h.shape[2])

# %%
# reject: softmax · expects "softmax is not part of the score"
# - return (h @ (s @ W)[:, :, None])[:, :, 0]
# + return (h @ (s @ W)[:, :, None])[:, :, 0].softmax(dim=1)

# %%
# reject: one query for all lines · expects "all lines use the query of line 0"
# - return (h @ (s @ W)[:, :, None])[:, :, 0]
# + return h @ (s @ W)[0]

# %%
# reject: tokens first · expects "Are batch and S swapped?"
# - return (h @ (s @ W)[:, :, None])[:, :, 0]
# + return torch.einsum("bd,de,bse->sb", s, W, h)
