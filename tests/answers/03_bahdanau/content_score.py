# %%
# accept: unit vectors
def content_score(s, h):
    return torch.einsum("bd,bsd->bs", F.normalize(s, dim=-1), F.normalize(h, dim=-1))


# %%
# accept: lengths by hand
def content_score(s, h):
    lengths = s.norm(dim=1)[:, None] * h.norm(dim=2)
    return (h @ s[:, :, None]).squeeze(2) / lengths.clamp(min=1e-12)


# %%
# reject: all zeros · expects "every value is zero"

# %%
# reject: the dot product · expects "that is the dot product, as it is"
# - return F.cosine_similarity(s[:, None], h, dim=2)
# + return torch.einsum("bd,bsd->bs", s, h)

# %%
# reject: only the query normalized · expects "the keys must be too"
# - return F.cosine_similarity(s[:, None], h, dim=2)
# + return torch.einsum("bd,bsd->bs", F.normalize(s, dim=-1), h)

# %%
# reject: only the keys normalized · expects "the query must be too"
# - return F.cosine_similarity(s[:, None], h, dim=2)
# + return torch.einsum("bd,bsd->bs", s, F.normalize(h, dim=-1))

# %%
# reject: one length for the whole batch · expects "norm() without dim"
# - return F.cosine_similarity(s[:, None], h, dim=2)
# + return torch.einsum("bd,bsd->bs", s, h) / (s.norm() * h.norm())

# %%
# reject: F.normalize over the tokens · expects "F.normalize runs over dimension 1"
# - return F.cosine_similarity(s[:, None], h, dim=2)
# + return torch.einsum("bd,bsd->bs", F.normalize(s), F.normalize(h))

# %%
# reject: squares of the lengths · expects "take the lengths"
# - return F.cosine_similarity(s[:, None], h, dim=2)
# + lengths = (s**2).sum(dim=1)[:, None] * (h**2).sum(dim=2)
# + return torch.einsum("bd,bsd->bs", s, h) / lengths

# %%
# reject: cosine over the tokens · expects "content_score raised"
# - return F.cosine_similarity(s[:, None], h, dim=2)
# + return F.cosine_similarity(s, h, dim=1)

# %%
# reject: cosine over the tokens with broadcasting · expects "got (3, 6)"
# - return F.cosine_similarity(s[:, None], h, dim=2)
# + return F.cosine_similarity(s[:, None], h, dim=1)

# %%
# reject: keys of zeros · expects "padding may hold zeros"
# - return F.cosine_similarity(s[:, None], h, dim=2)
# + return torch.einsum("bd,bsd->bs", s, h) / (s.norm(dim=1)[:, None] * h.norm(dim=2))
