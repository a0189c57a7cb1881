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
def scaled_dot_score(s, h):
    return torch.einsum("bd,bsd->bs", s, h)


# %%
# reject: divided by d · expects "take the square root"
def scaled_dot_score(s, h):
    return torch.einsum("bd,bsd->bs", s, h) / s.shape[1]


# %%
# reject: multiplied · expects "multiplied by √d: divide"
def scaled_dot_score(s, h):
    return torch.einsum("bd,bsd->bs", s, h) * math.sqrt(s.shape[1])


# %%
# reject: the number of keys · expects "divided by √S"
def scaled_dot_score(s, h):
    return torch.einsum("bd,bsd->bs", s, h) / math.sqrt(h.shape[1])


# %%
# reject: the batch size · expects "divided by √B"
def scaled_dot_score(s, h):
    return torch.einsum("bd,bsd->bs", s, h) / math.sqrt(len(h))


# %%
# reject: a constant that fits d = 6 · expects "they spread by about 1"
def scaled_dot_score(s, h):
    return torch.einsum("bd,bsd->bs", s, h) / math.sqrt(6)


# %%
# reject: the cosine · expects "that is the cosine"
def scaled_dot_score(s, h):
    return F.cosine_similarity(s[:, None], h, dim=2)
