# %%
# accept: a loop over the rows
def mean_pool(states, mask):
    return torch.stack([row[keep].mean(dim=0) for row, keep in zip(states, mask)])


# %%
# accept: nanmean over what is not padding
def mean_pool(states, mask):
    return states.masked_fill(~mask.unsqueeze(-1), float("nan")).nanmean(dim=1)


# %%
# accept: weights by einsum, after the padding was cleared by where
def mean_pool(states, mask):
    weights = mask.to(states.dtype)
    weights = weights / weights.sum(dim=1, keepdim=True)
    clean = torch.where(mask[:, :, None], states, torch.zeros_like(states))
    return torch.einsum("bt,btd->bd", weights, clean)


# %%
# accept: the real tokens are added to their rows
def mean_pool(states, mask):
    rows = mask.nonzero()[:, 0]
    total = states.new_zeros(states.shape[0], states.shape[2]).index_add(0, rows, states[mask])
    return total / torch.bincount(rows)[:, None]


# %%
# accept: a copy is written to
def mean_pool(states, mask):
    kept = states.clone()
    kept[~mask] = 0
    return kept.sum(1) / mask.sum(1).clamp(min=1).unsqueeze(1)


# %%
# accept: all real tokens in one row, split again
def mean_pool(states, mask):
    pieces = states[mask].split(mask.sum(dim=1).tolist())
    return torch.stack([piece.mean(0) for piece in pieces], dim=0)


# %%
# reject: all zeros · expects "every value is zero"

# %%
# reject: the padding is counted · expects "divide by the number of real tokens, not by T"
# - return kept.sum(dim=1) / mask.sum(dim=1, keepdim=True)  # (B, d_model)
# + return kept.mean(dim=1)


# %%
# reject: the mask is not used · expects "the mask is not used"
def mean_pool(states, mask):
    return states.mean(dim=1)


# %%
# reject: multiplied by the mask · expects "fill with zeros instead of multiplying"
# - kept = states.masked_fill(~mask[..., None], 0)  # (B, T, d_model)
# + kept = states * mask[..., None]


# %%
# reject: a matrix product with the mask · expects "0 · inf and 0 · NaN are NaN"
def mean_pool(states, mask):
    weights = mask.to(states) / mask.sum(dim=1, keepdim=True)
    return (weights[:, None] @ states)[:, 0]


# %%
# reject: the sum · expects "that is the sum"
# - return kept.sum(dim=1) / mask.sum(dim=1, keepdim=True)  # (B, d_model)
# + return kept.sum(dim=1)


# %%
# reject: the maximum · expects "that is the largest state, not the mean"
def mean_pool(states, mask):
    return states.masked_fill(~mask[..., None], -torch.inf).amax(dim=1)


# %%
# reject: the first token · expects "that is the first token"
def mean_pool(states, mask):
    return states[:, 0]


# %%
# reject: the real tokens are cleared · expects "True is for real tokens"
# - kept = states.masked_fill(~mask[..., None], 0)  # (B, T, d_model)
# + kept = states.masked_fill(mask[..., None], 0)

# %%
# reject: the mean over the padding · expects "that is the mean over the padding"
# + mask = ~mask
#   kept = states.masked_fill(~mask[..., None], 0)  # (B, T, d_model)

# %%
# reject: divided by the tokens of the batch · expects "count them row by row"
# - return kept.sum(dim=1) / mask.sum(dim=1, keepdim=True)  # (B, d_model)
# + return kept.sum(dim=1) / mask.sum()

# %%
# reject: keepdim is forgotten · expects "keepdim=True"
# - return kept.sum(dim=1) / mask.sum(dim=1, keepdim=True)  # (B, d_model)
# + return kept.sum(dim=1) / mask.sum(dim=1)

# %%
# reject: the mask has no third dimension · expects "they do not broadcast"
# - kept = states.masked_fill(~mask[..., None], 0)  # (B, T, d_model)
# + kept = states.masked_fill(~mask, 0)

# %%
# reject: the input is written to · expects "changes its input in place"
# in: a copy is written to
# - kept = states.clone()
# + kept = states

# %%
# reject: the graph is cut · expects "no gradient reaches the input"
# - kept = states.masked_fill(~mask[..., None], 0)  # (B, T, d_model)
# + kept = states.detach().masked_fill(~mask[..., None], 0)

# %%
# reject: the result is made on the CPU · expects "It would fail on a GPU"
# - return kept.sum(dim=1) / mask.sum(dim=1, keepdim=True)  # (B, d_model)
# + total = torch.zeros(len(states), states.shape[2], dtype=states.dtype) + kept.sum(dim=1)
# + return total / mask.sum(dim=1, keepdim=True)

# %%
# reject: always float32 · expects "as the states have, got torch.float32"
# - kept = states.masked_fill(~mask[..., None], 0)  # (B, T, d_model)
# + kept = states.masked_fill(~mask[..., None], 0).float()
