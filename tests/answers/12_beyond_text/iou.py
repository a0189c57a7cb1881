# %%
# accept: flat masks, products
def iou(masks, others):
    a, b = masks.flatten(-2).float(), others.flatten(-2).float()
    shared = (a * b).sum(-1)
    union = a.sum(-1) + b.sum(-1) - shared
    return torch.where(union == 0, torch.ones_like(union), shared / union.clamp(min=1))


# %%
# accept: NaN becomes 1
def iou(masks, others):
    both = torch.logical_and(masks, others).sum((-1, -2))
    either = torch.logical_or(masks, others).sum((-1, -2))
    return (both / either).nan_to_num(nan=1.0)


# %%
# reject: all zeros · expects "every value is zero"

# %%
# reject: two empty masks give NaN · expects "two empty masks: 0 / 0 is NaN"
# - return torch.where(either > 0, both / either.clamp(min=1), 1.0)
# + return both / either

# %%
# reject: two empty masks give 0 · expects "two empty masks are equal"
# - return torch.where(either > 0, both / either.clamp(min=1), 1.0)
# + return both / either.clamp(min=1)

# %%
# reject: Dice · expects "that is Dice"
# - return torch.where(either > 0, both / either.clamp(min=1), 1.0)
# + return torch.where(either > 0, 2 * both / (both + either).clamp(min=1), 1.0)

# %%
# reject: a share of the first mask · expects "divide by the union"
# - either = (masks | others).sum(dim=(-2, -1))
# + either = masks.sum(dim=(-2, -1)).expand_as(both)

# %%
# reject: shared pixels counted twice · expects "the union counts shared pixels once"
# - either = (masks | others).sum(dim=(-2, -1))
# + either = masks.sum(dim=(-2, -1)) + others.sum(dim=(-2, -1))

# %%
# reject: pixels that agree · expects "the share of pixels where the masks agree"
# - return torch.where(either > 0, both / either.clamp(min=1), 1.0)
# + return (masks == others).float().mean(dim=(-2, -1))

# %%
# reject: one number for all · expects "iou of"
# - return torch.where(either > 0, both / either.clamp(min=1), 1.0)
# + return both.sum() / either.sum()

# %%
# reject: whole numbers · expects "expected floats"
# - return torch.where(either > 0, both / either.clamp(min=1), 1.0)
# + return torch.where(either > 0, both // either.clamp(min=1), 1)
