# %%
# accept: finfo.min
def masked_softmax(scores, mask):
    return torch.where(mask, scores, torch.finfo(scores.dtype).min).softmax(dim=-1)


# %%
# accept: line by line
def masked_softmax(scores, mask):
    weights = torch.zeros_like(scores)
    for row, (line, real) in enumerate(zip(scores, mask)):
        weights[row, real] = torch.softmax(line[real], dim=0)
    return weights


# %%
# accept: an additive bias of −∞ by hand, with the largest score subtracted
def masked_softmax(scores, mask):
    masked = torch.where(mask, scores, -torch.inf)
    e = torch.exp(masked - masked.amax(dim=1, keepdim=True))
    return e / e.sum(dim=1, keepdim=True)


# %%
# reject: all zeros · expects "every value is zero"

# %%
# reject: mask forgotten · expects "the mask is not used"
# - return scores.masked_fill(~mask, float("-inf")).softmax(dim=1)
# + return scores.softmax(dim=1)

# %%
# reject: mask inverted · expects "the mask is inverted"
# - return scores.masked_fill(~mask, float("-inf")).softmax(dim=1)
# + return scores.masked_fill(mask, torch.finfo(scores.dtype).min).softmax(dim=1)

# %%
# reject: mask inverted, −∞ · expects "the mask is inverted"
# - return scores.masked_fill(~mask, float("-inf")).softmax(dim=1)
# + return scores.masked_fill(mask, float("-inf")).softmax(dim=1)

# %%
# reject: mask after the softmax · expects "the mask comes after the softmax"
# - return scores.masked_fill(~mask, float("-inf")).softmax(dim=1)
# + return scores.softmax(dim=1) * mask

# %%
# reject: mask after the softmax, normalized again · expects "the mask must come before the softmax"
# - return scores.masked_fill(~mask, float("-inf")).softmax(dim=1)
# + weights = scores.softmax(dim=1) * mask
# + return weights / weights.sum(dim=1, keepdim=True)

# %%
# reject: scores multiplied by the mask · expects "exp(0) is 1"
# - return scores.masked_fill(~mask, float("-inf")).softmax(dim=1)
# + return (scores * mask).softmax(dim=1)

# %%
# reject: softmax over the batch · expects "the softmax runs over the batch"
# - return scores.masked_fill(~mask, float("-inf")).softmax(dim=1)
# + return scores.masked_fill(~mask, float("-inf")).softmax(dim=0)

# %%
# reject: −1e9, too large for float16 · expects "overflow"
# - return scores.masked_fill(~mask, float("-inf")).softmax(dim=1)
# + return scores.masked_fill(~mask, -1e9).softmax(dim=1)

# %%
# reject: a low number is added · expects "is not low enough"
# - return scores.masked_fill(~mask, float("-inf")).softmax(dim=1)
# + return (scores - 10_000.0 * ~mask).softmax(dim=1)

# %%
# reject: −10,000 in place of the scores · expects "is not low enough"
# - return scores.masked_fill(~mask, float("-inf")).softmax(dim=1)
# + return scores.masked_fill(~mask, -10_000.0).softmax(dim=1)

# %%
# reject: the largest score is not subtracted · expects "Likely cause"
# - return scores.masked_fill(~mask, float("-inf")).softmax(dim=1)
# + e = scores.exp() * mask
# + return e / e.sum(dim=1, keepdim=True)

# %%
# reject: one minus a bool · expects "use the `~`"
# - return scores.masked_fill(~mask, float("-inf")).softmax(dim=1)
# + return (scores - 1e9 * (1 - mask)).softmax(dim=1)

# %%
# reject: minus infinity times the mask is added · expects "replace the scores with masked_fill"
# - return scores.masked_fill(~mask, float("-inf")).softmax(dim=1)
# + return (scores + float("-inf") * (~mask)).softmax(dim=1)

# %%
# reject: no softmax · expects "the softmax is missing"
# - return scores.masked_fill(~mask, float("-inf")).softmax(dim=1)
# + return torch.where(mask, scores, 0.0)

# %%
# reject: always float32 · expects "weights should have the dtype of the scores"
# - return scores.masked_fill(~mask, float("-inf")).softmax(dim=1)
# + return scores.double().masked_fill(~mask, float("-inf")).softmax(dim=1)

# %%
# reject: in place · expects "changes its input in place"
# - return scores.masked_fill(~mask, float("-inf")).softmax(dim=1)
# + return scores.masked_fill_(~mask, float("-inf")).softmax(dim=1)
