# %%
# accept: a share for the shorter context
def witten_bell(counts, shorter):
    n, d = counts.sum(-1, keepdim=True), torch.count_nonzero(counts, dim=-1)[..., None]
    trust = n / (n + d).clamp(min=1)
    frequencies = counts / n.clamp(min=1)
    return trust * frequencies + (1 - trust) * shorter


# %%
# accept: row by row
def witten_bell(counts, shorter):
    rows = []
    for c, s in zip(counts.reshape(-1, counts.shape[-1]), shorter.reshape(-1, counts.shape[-1])):
        d = int((c > 0).sum())
        rows.append((c + d * s) / (c.sum() + d) if d else s)
    return torch.stack(rows).reshape(shorter.shape)


# %%
# reject: all zeros · expects "every value is zero"

# %%
# reject: divided by N alone · expects "D is missing in the denominator"
# - mixed = (counts + different * shorter) / (total + different)
# + mixed = (counts + different * shorter) / total

# %%
# reject: not divided · expects "these are not divided yet"
# - mixed = (counts + different * shorter) / (total + different)
# + mixed = counts + different * shorter

# %%
# reject: no smoothing · expects "the shorter context is not used"
# - mixed = (counts + different * shorter) / (total + different)
# + mixed = counts / total

# %%
# reject: N in the place of D · expects "you used N"
# - different = (counts > 0).sum(dim=-1, keepdim=True)  # (..., 1)
# + different = total

# %%
# reject: the size of the alphabet for D · expects "not the whole alphabet"
# - different = (counts > 0).sum(dim=-1, keepdim=True)  # (..., 1)
# + different = counts.shape[-1]

# %%
# reject: D counts what did not come · expects "not those that did not"
# - different = (counts > 0).sum(dim=-1, keepdim=True)  # (..., 1)
# + different = (counts == 0).sum(dim=-1, keepdim=True)

# %%
# reject: shorter once · expects "shorter counts D times, not once"
# - mixed = (counts + different * shorter) / (total + different)
# + mixed = (counts + shorter) / (total + 1)

# %%
# reject: D added to each count · expects "D is added to every count"
# - mixed = (counts + different * shorter) / (total + different)
# + mixed = (counts + different) / (total + different)

# %%
# reject: sums over the contexts · expects "sum over the last dimension"
# - total = counts.sum(dim=-1, keepdim=True)  # (..., 1)
# - different = (counts > 0).sum(dim=-1, keepdim=True)  # (..., 1)
# + total, different = counts.sum(dim=0), (counts > 0).sum(dim=0)

# %%
# reject: the second dimension, whichever it is · expects "sum over the last one, dim=-1"
# - total = counts.sum(dim=-1, keepdim=True)  # (..., 1)
# - different = (counts > 0).sum(dim=-1, keepdim=True)  # (..., 1)
# + total, different = counts.sum(1, keepdim=True), (counts > 0).sum(1, keepdim=True)

# %%
# reject: N over all contexts · expects "N is one number for each context"
# - total = counts.sum(dim=-1, keepdim=True)  # (..., 1)
# + total = counts.sum()

# %%
# reject: N and D over all contexts · expects "N and D are one number for each context"
# - total = counts.sum(dim=-1, keepdim=True)  # (..., 1)
# - different = (counts > 0).sum(dim=-1, keepdim=True)  # (..., 1)
# + total, different = counts.sum(), (counts > 0).sum()

# %%
# reject: D by unique · expects "not the different values of counts"
# - different = (counts > 0).sum(dim=-1, keepdim=True)  # (..., 1)
# + different = len(counts.unique())

# %%
# reject: an unseen context divides zero by zero · expects "0 / 0"
# - return torch.where(total > 0, mixed, shorter)
# + return mixed

# %%
# reject: an unseen context gets zeros · expects "gives 0 everywhere"
# - return torch.where(total > 0, mixed, shorter)
# + return mixed.nan_to_num(0)

# %%
# reject: an unseen context gets the uniform distribution · expects "says nothing: take over shorter"
# - return torch.where(total > 0, mixed, shorter)
# + return torch.where(total > 0, mixed, torch.full_like(shorter, 1 / shorter.shape[-1]))
