# %%
# accept: gather
def cross_entropy(probs, y):
    picked = probs.gather(1, y[:, None]).squeeze(1)
    return -torch.log(
        torch.maximum(picked, torch.tensor(torch.finfo(probs.dtype).tiny, dtype=probs.dtype))
    ).mean()


# %%
# accept: one-hot product
def cross_entropy(probs, y):
    safe = probs.clamp_min(torch.finfo(probs.dtype).tiny)
    return -(F.one_hot(y, probs.shape[1]) * safe.log()).sum() / len(y)


# %%
# accept: PyTorch's nll_loss
def cross_entropy(probs, y):
    return F.nll_loss(probs.clamp(torch.finfo(probs.dtype).tiny, 1).log(), y)


# %%
# reject: sum over the batch · expects "take the mean"
def cross_entropy(probs, y):
    return -probs[torch.arange(len(y)), y].clamp(min=torch.finfo(probs.dtype).tiny).log().sum()


# %%
# reject: no minus sign · expects "the minus sign is missing"
def cross_entropy(probs, y):
    return probs[torch.arange(len(y)), y].clamp(min=torch.finfo(probs.dtype).tiny).log().mean()


# %%
# reject: mean over batch and classes · expects "divide by the batch size"
def cross_entropy(probs, y):
    safe = probs.clamp_min(torch.finfo(probs.dtype).tiny)
    return -(F.one_hot(y, probs.shape[1]) * safe.log()).mean()


# %%
# reject: a slice in the place of an index · expects "pick one entry per row"
def cross_entropy(probs, y):
    return -probs[:, y].clamp(min=torch.finfo(probs.dtype).tiny).log().mean()


# %%
# reject: all classes count · expects "pick the true class"
def cross_entropy(probs, y):
    return -probs.clamp(min=torch.finfo(probs.dtype).tiny).log().mean()


# %%
# reject: the mean first, then the logarithm · expects "take the logarithm first"
def cross_entropy(probs, y):
    return -probs[torch.arange(len(y)), y].mean().log()


# %%
# reject: no clamp · expects "clamp the probabilities"
def cross_entropy(probs, y):
    return -probs[torch.arange(len(y)), y].log().mean()


# %%
# reject: one loss per sample · expects "expected one number, of shape ()"
def cross_entropy(probs, y):
    return -probs[torch.arange(len(y)), y].clamp(min=torch.finfo(probs.dtype).tiny).log()


# %%
# reject: a float instead of a tensor · expects "expected a torch.Tensor, got a float"
def cross_entropy(probs, y):
    return (
        -probs[torch.arange(len(y)), y].clamp(min=torch.finfo(probs.dtype).tiny).log().mean().item()
    )


# %%
# reject: probabilities taken for logits · expects "the loss: expected"
def cross_entropy(probs, y):
    return F.cross_entropy(probs, y)


# %%
# reject: the most probable class · expects "use the true one"
def cross_entropy(probs, y):
    return -probs.max(dim=1).values.log().mean()


# %%
# reject: always zero · expects "every value is zero"


# %%
# reject: a generous clamp · expects "clamping at torch.finfo(probs.dtype).tiny gives"
def cross_entropy(probs, y):
    return -probs[torch.arange(len(y)), y].clamp(min=1e-7).log().mean()


# %%
# reject: float64's tiny for every dtype · expects "tiny differs by dtype"
def cross_entropy(probs, y):
    tiny_number = 2.2250738585072014e-308
    return -probs[torch.arange(len(y)), y].clamp(min=tiny_number).log().mean()


# %%
# reject: clamps in place · expects "changes its input in place"
def cross_entropy(probs, y):
    probs.clamp_(min=torch.finfo(probs.dtype).tiny)
    return -probs[torch.arange(len(y)), y].log().mean()
