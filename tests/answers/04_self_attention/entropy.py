# %%
# accept: xlogy
def entropy(weights):
    return -torch.xlogy(weights, weights).sum(-1)


# %%
# accept: zeros replaced inside the logarithm
def entropy(weights):
    safe = torch.where(weights > 0, weights, 1.0)
    return -(weights * safe.log()).sum(dim=-1)


# %%
# accept: torch.distributions
def entropy(weights):
    logs = torch.nan_to_num(weights.log(), neginf=0.0)
    return torch.einsum("...s,...s->...", weights, -logs)


# %%
# reject: all zeros · expects "every value is zero"

# %%
# reject: in bits · expects "that is in bits"
# - return torch.special.entr(weights).sum(dim=-1)
# + return torch.special.entr(weights).sum(-1) / math.log(2)

# %%
# reject: no minus sign · expects "missing a minus sign"
# - return torch.special.entr(weights).sum(dim=-1)
# + return torch.xlogy(weights, weights).sum(-1)

# %%
# reject: mean instead of sum · expects "take the sum"
# - return torch.special.entr(weights).sum(dim=-1)
# + return torch.special.entr(weights).mean(-1)

# %%
# reject: NaN at 0 · expects "0 · ln 0"
# - return torch.special.entr(weights).sum(dim=-1)
# + return -(weights * weights.log()).sum(-1)

# %%
# reject: a small number added inside the logarithm · expects "the entropy of"
# - return torch.special.entr(weights).sum(dim=-1)
# + return -(weights * (weights + 1e-3).log()).sum(-1)

# %%
# reject: summed over everything · expects "Is the rows dimension lost?"
# - return torch.special.entr(weights).sum(dim=-1)
# + return torch.special.entr(weights).sum()

# %%
# reject: summed over the first dimension · expects "expected (rows,) = (2,), got (4,)"
# - return torch.special.entr(weights).sum(dim=-1)
# + return torch.special.entr(weights).sum(0)

# %%
# reject: the sum of the logarithms alone · expects "the entropy of ¼ ¼ ¼ ¼"
# - return torch.special.entr(weights).sum(dim=-1)
# + return -weights.log().sum(-1)
