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
# - return -of_true_class.clamp(min=torch.finfo(probs.dtype).tiny).log().mean()
# + return -of_true_class.clamp(min=torch.finfo(probs.dtype).tiny).log().sum()

# %%
# reject: no minus sign · expects "the minus sign is missing"
# - return -of_true_class.clamp(min=torch.finfo(probs.dtype).tiny).log().mean()
# + return of_true_class.clamp(min=torch.finfo(probs.dtype).tiny).log().mean()

# %%
# reject: mean over batch and classes · expects "divide by the batch size"
# in: one-hot product
# - return -(F.one_hot(y, probs.shape[1]) * safe.log()).sum() / len(y)
# + return -(F.one_hot(y, probs.shape[1]) * safe.log()).mean()

# %%
# reject: a slice in the place of an index · expects "pick one entry per row"
# - of_true_class = probs[torch.arange(len(y)), y]  # (B,)
# + of_true_class = probs[:, y]

# %%
# reject: all classes count · expects "pick the true class"
# - of_true_class = probs[torch.arange(len(y)), y]  # (B,)
# + of_true_class = probs

# %%
# reject: the mean first, then the logarithm · expects "take the logarithm first"
# - return -of_true_class.clamp(min=torch.finfo(probs.dtype).tiny).log().mean()
# + return -of_true_class.mean().log()

# %%
# reject: no clamp · expects "clamp the probabilities"
# - return -of_true_class.clamp(min=torch.finfo(probs.dtype).tiny).log().mean()
# + return -of_true_class.log().mean()

# %%
# reject: one loss per sample · expects "expected one number, of shape ()"
# - return -of_true_class.clamp(min=torch.finfo(probs.dtype).tiny).log().mean()
# + return -of_true_class.clamp(min=torch.finfo(probs.dtype).tiny).log()

# %%
# reject: a float instead of a tensor · expects "expected a torch.Tensor, got a float"
# - return -of_true_class.clamp(min=torch.finfo(probs.dtype).tiny).log().mean()
# + return -of_true_class.clamp(min=torch.finfo(probs.dtype).tiny).log().mean().item()


# %%
# reject: probabilities taken for logits · expects "the loss: expected"
def cross_entropy(probs, y):
    return F.cross_entropy(probs, y)


# %%
# reject: the most probable class · expects "use the true one"
# - of_true_class = probs[torch.arange(len(y)), y]  # (B,)
# + of_true_class = probs.max(dim=1).values

# %%
# reject: always zero · expects "got 0."

# %%
# reject: a generous clamp · expects "clamping at torch.finfo(probs.dtype).tiny gives"
# - return -of_true_class.clamp(min=torch.finfo(probs.dtype).tiny).log().mean()
# + return -of_true_class.clamp(min=1e-7).log().mean()

# %%
# reject: float64's tiny for every dtype · expects "tiny differs by dtype"
# - return -of_true_class.clamp(min=torch.finfo(probs.dtype).tiny).log().mean()
# + return -of_true_class.clamp(min=2.2250738585072014e-308).log().mean()

# %%
# reject: clamps in place · expects "changes its input in place"
# - of_true_class = probs[torch.arange(len(y)), y]  # (B,)
# + of_true_class = probs.clamp_(min=torch.finfo(probs.dtype).tiny)[torch.arange(len(y)), y]
