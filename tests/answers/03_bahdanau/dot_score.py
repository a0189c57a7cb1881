# %%
# accept: einsum
def dot_score(s, h):
    return torch.einsum("bd,bsd->bs", s, h)


# %%
# accept: a product and a sum
def dot_score(s, h):
    return (s.unsqueeze(1) * h).sum(dim=-1)


# %%
# reject: all zeros · expects "every value is zero"

# %%
# reject: scaled · expects "divided by √d"
# - return (h @ s[:, :, None])[:, :, 0]
# + return (h @ s[:, :, None])[:, :, 0] / math.sqrt(s.shape[1])

# %%
# reject: the cosine · expects "that is the cosine"
# - return (h @ s[:, :, None])[:, :, 0]
# + return F.cosine_similarity(s[:, None], h, dim=2)

# %%
# reject: not summed · expects "the scores: expected (batch, S) = (3, 4)"
# - return (h @ s[:, :, None])[:, :, 0]
# + return s[:, None] * h

# %%
# reject: one query for all lines · expects "all lines use the query of line 0"
# - return (h @ s[:, :, None])[:, :, 0]
# + return h @ s[0]

# %%
# reject: the queries mixed · expects "the queries of all lines are mixed"
# - return (h @ s[:, :, None])[:, :, 0]
# + return h @ s.sum(dim=0)

# %%
# reject: softmax · expects "softmax is not part of the score"
# - return (h @ s[:, :, None])[:, :, 0]
# + return (h @ s[:, :, None])[:, :, 0].softmax(dim=1)

# %%
# reject: a column too many · expects "There is an extra dimension of size 1"
# - return (h @ s[:, :, None])[:, :, 0]
# + return h @ s[:, :, None]

# %%
# reject: squeeze without a dimension, which takes the batch of one line along · expects "of a single line"
# - return (h @ s[:, :, None])[:, :, 0]
# + return torch.bmm(h, s[:, :, None]).squeeze()
