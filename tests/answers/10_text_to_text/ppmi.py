# %%
# accept: logarithms of counts
def ppmi(counts):
    total = counts.sum()
    rows, columns = counts.sum(1), counts.sum(0)
    pmi = counts.log() + total.log() - rows.log()[:, None] - columns.log()[None]
    return torch.where(counts > 0, pmi, torch.zeros_like(pmi)).clamp(min=0)


# %%
# accept: nan_to_num, then relu
def ppmi(counts):
    P = counts / counts.sum()
    ratio = P / torch.outer(P.sum(1), P.sum(0))
    return torch.relu(torch.log(ratio).nan_to_num(0.0, 0.0, 0.0))


# %%
# reject: all zeros · expects "every value is zero"

# %%
# reject: negative values stay · expects "negative values become 0"
# - return torch.where(counts > 0, (joint / chance).log(), 0.0).clamp(min=0)
# + return torch.where(counts > 0, (joint / chance).log(), 0.0)

# %%
# reject: bits · expects "use the natural logarithm"
# - return torch.where(counts > 0, (joint / chance).log(), 0.0).clamp(min=0)
# + return torch.where(counts > 0, (joint / chance).log2(), 0.0).clamp(min=0)

# %%
# reject: no logarithm · expects "the logarithm is missing"
# - return torch.where(counts > 0, (joint / chance).log(), 0.0).clamp(min=0)
# + return torch.where(counts > 0, joint / chance, 0.0).clamp(min=0)

# %%
# reject: counts are not divided by the total · expects "The first entry is ln of"
# - joint = counts / counts.sum()
# + joint = counts

# %%
# reject: rows only · expects "The first entry is ln of"
# - chance = joint.sum(dim=1, keepdim=True) * joint.sum(dim=0, keepdim=True)  # (V, V)
# + chance = joint.sum(dim=1, keepdim=True)

# %%
# reject: NaN where there are no counts · expects "0/0 is NaN"
# - return torch.where(counts > 0, (joint / chance).log(), 0.0).clamp(min=0)
# + return (joint / chance).log().clamp(min=0)
