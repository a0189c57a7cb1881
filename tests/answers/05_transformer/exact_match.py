# %%
# accept: count the errors at real tokens
def exact_match(predicted, target, mask):
    errors = ((predicted != target) & mask).sum(dim=1)
    return (errors == 0).double().mean().item()


# %%
# accept: a loop over sequences
def exact_match(predicted, target, mask):
    right = 0
    for p, t, real in zip(predicted, target, mask, strict=True):
        right += torch.equal(p[real], t[real])
    return right / len(target)


# %%
# accept: padding replaced by the target
def exact_match(predicted, target, mask):
    filled = torch.where(mask, predicted, target)
    return float((filled == target).all(-1).float().mean())


# %%
# reject: zero · expects "the result is always 0"


# %%
# reject: share of tokens · expects "share of right tokens"
def exact_match(predicted, target, mask):
    return (predicted == target)[mask].float().mean().item()


# %%
# reject: any instead of all · expects "all, not any"
def exact_match(predicted, target, mask):
    return ((predicted == target) | ~mask).any(dim=1).float().mean().item()


# %%
# reject: the number of sequences · expects "not their number"
def exact_match(predicted, target, mask):
    return float(((predicted == target) | ~mask).all(dim=1).sum().item())


# %%
# reject: a tensor · expects "use .item()"
def exact_match(predicted, target, mask):
    return ((predicted == target) | ~mask).all(dim=1).float().mean()


# %%
# reject: padding compared · expects "padding is compared"
def exact_match(predicted, target, mask):
    return (predicted == target).all(dim=1).float().mean().item()


# %%
# reject: mask inverted · expects "the mask is inverted"
def exact_match(predicted, target, mask):
    return ((predicted == target) | mask).all(dim=1).float().mean().item()


# %%
# reject: and mask · expects "padding makes a sequence wrong"
def exact_match(predicted, target, mask):
    return ((predicted == target) & mask).all(dim=1).float().mean().item()


# %%
# reject: whole batch · expects "one error makes the whole batch wrong"
def exact_match(predicted, target, mask):
    return float(((predicted == target) | ~mask).all())


# %%
# reject: all over the batch · expects "all runs over the sequences"
def exact_match(predicted, target, mask):
    return ((predicted == target) | ~mask).all(dim=0).float().mean().item()


# %%
# reject: mask inverted · expects "the mask is inverted"
def exact_match(predicted, target, mask):
    return ((predicted == target) | mask).all(dim=1).float().mean().item()


# %%
# reject: a share per row, NaN for an empty one · expects "a sequence without real tokens counts as right"
def exact_match(predicted, target, mask):
    right = ((predicted == target) & mask).sum(1) / mask.sum(1)
    return (right == 1).float().mean().item()


# %%
# reject: Python's or and not · expects "write &, |, ~"
def exact_match(predicted, target, mask):
    return ((predicted == target) or not mask).all(dim=1).float().mean().item()
