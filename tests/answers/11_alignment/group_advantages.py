# %%
# accept: a loop over the groups
def group_advantages(rewards):
    rows = []
    for row in rewards:
        rows.append((row - row.mean()) / (row.std() + 0.0001))
    return torch.stack(rows)


# %%
# accept: the deviation by hand
def group_advantages(rewards):
    G = rewards.shape[-1]
    away = rewards - rewards.sum(-1, keepdim=True) / G
    variance = (away * away).sum(-1, keepdim=True) / (G - 1)
    return away / (variance**0.5 + 1e-4)


# %%
# reject: all zeros · expects "every value is zero"

# %%
# reject: over all groups · expects "the mean is that of all groups"
# - centered = rewards - rewards.mean(dim=1, keepdim=True)
# - return centered / (rewards.std(dim=1, keepdim=True) + 1e-4)
# + return (rewards - rewards.mean()) / (rewards.std() + 1e-4)

# %%
# reject: own mean, common scatter · expects "the standard deviation is that of all groups"
# - return centered / (rewards.std(dim=1, keepdim=True) + 1e-4)
# + return centered / (rewards.std() + 1e-4)

# %%
# reject: over the openings · expects "a group is a row"
# - centered = rewards - rewards.mean(dim=1, keepdim=True)
# - return centered / (rewards.std(dim=1, keepdim=True) + 1e-4)
# + centered = rewards - rewards.mean(dim=0, keepdim=True)
# + return centered / (rewards.std(dim=0, keepdim=True) + 1e-4)

# %%
# reject: divides by G · expects "take G − 1"
# - return centered / (rewards.std(dim=1, keepdim=True) + 1e-4)
# + return centered / (rewards.std(dim=1, keepdim=True, correction=0) + 1e-4)

# %%
# reject: not divided · expects "the deviation is missing"
# - return centered / (rewards.std(dim=1, keepdim=True) + 1e-4)
# + return centered

# %%
# reject: by the variance · expects "divides by the variance"
# - return centered / (rewards.std(dim=1, keepdim=True) + 1e-4)
# + return centered / (rewards.var(dim=1, keepdim=True) + 1e-4)

# %%
# reject: no baseline · expects "nothing is taken off"
# - centered = rewards - rewards.mean(dim=1, keepdim=True)
# + centered = rewards

# %%
# reject: no epsilon · expects "needs its ε"
# - return centered / (rewards.std(dim=1, keepdim=True) + 1e-4)
# + return centered / rewards.std(dim=1, keepdim=True)

# %%
# reject: zero over zero replaced, no epsilon · expects "here it is missing"
# - return centered / (rewards.std(dim=1, keepdim=True) + 1e-4)
# + return torch.nan_to_num(centered / rewards.std(dim=1, keepdim=True))

# %%
# reject: the worse the better · expects "the sign is flipped"
# - centered = rewards - rewards.mean(dim=1, keepdim=True)
# + centered = rewards.mean(dim=1, keepdim=True) - rewards

# %%
# reject: in place · expects "changes its input"
# - centered = rewards - rewards.mean(dim=1, keepdim=True)
# + centered = rewards.sub_(rewards.mean(dim=1, keepdim=True))

# %%
# reject: epsilon under the root · expects "not under its root"
# - return centered / (rewards.std(dim=1, keepdim=True) + 1e-4)
# + return centered / (rewards.var(dim=1, keepdim=True) + 1e-4).sqrt()
