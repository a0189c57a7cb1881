# %%
# accept: softplus
def skip_gram_loss(center, context, noise):
    true = torch.einsum("bd,bd->b", center, context)
    false = (noise @ center[:, :, None]).squeeze(-1)
    return (F.softplus(-true) + F.softplus(false).sum(1)).mean()


# %%
# accept: binary cross-entropy of all pairs
def skip_gram_loss(center, context, noise):
    every = torch.cat([context[:, None], noise], dim=1)
    scores = (center[:, None] * every).sum(-1)
    labels = torch.zeros_like(scores)
    labels[:, 0] = 1
    return F.binary_cross_entropy_with_logits(scores, labels, reduction="sum") / len(center)


# %%
# reject: all zeros · expects "got 0."

# %%
# reject: noise is averaged · expects "the noise is averaged"
# - return -(F.logsigmoid(true) + F.logsigmoid(-false).sum(dim=-1)).mean()
# + return -(F.logsigmoid(true) + F.logsigmoid(-false).mean(dim=-1)).mean()

# %%
# reject: the sum over the batch · expects "take the mean"
# - return -(F.logsigmoid(true) + F.logsigmoid(-false).sum(dim=-1)).mean()
# + return -(F.logsigmoid(true) + F.logsigmoid(-false).sum(dim=-1)).sum()

# %%
# reject: no mean · expects "take the mean over the batch"
# - return -(F.logsigmoid(true) + F.logsigmoid(-false).sum(dim=-1)).mean()
# + return -(F.logsigmoid(true) + F.logsigmoid(-false).sum(dim=-1))

# %%
# reject: false pairs are pulled · expects "false pairs should have low scores"
# - return -(F.logsigmoid(true) + F.logsigmoid(-false).sum(dim=-1)).mean()
# + return -(F.logsigmoid(true) + F.logsigmoid(false).sum(dim=-1)).mean()

# %%
# reject: a gain in place of a loss · expects "the sign is flipped"
# - return -(F.logsigmoid(true) + F.logsigmoid(-false).sum(dim=-1)).mean()
# + return (F.logsigmoid(true) + F.logsigmoid(-false).sum(dim=-1)).mean()

# %%
# reject: without noise · expects "the noise is left out"
# - return -(F.logsigmoid(true) + F.logsigmoid(-false).sum(dim=-1)).mean()
# + return -F.logsigmoid(true).mean()

# %%
# reject: probabilities · expects "add their logarithms"
# - return -(F.logsigmoid(true) + F.logsigmoid(-false).sum(dim=-1)).mean()
# + return -(true.sigmoid() + (-false).sigmoid().sum(dim=-1)).mean()

# %%
# reject: sigmoid, then log · expects "F.logsigmoid does both in one"
# - return -(F.logsigmoid(true) + F.logsigmoid(-false).sum(dim=-1)).mean()
# + return -(true.sigmoid().log() + (-false).sigmoid().log().sum(dim=-1)).mean()

# %%
# reject: no gradients · expects "gradient"
# - return -(F.logsigmoid(true) + F.logsigmoid(-false).sum(dim=-1)).mean()
# + return -(F.logsigmoid(true) + F.logsigmoid(-false).sum(dim=-1)).mean().detach()


# %%
# reject: the scores of the noise are added first · expects "take ln σ of each"
# - return -(F.logsigmoid(true) + F.logsigmoid(-false).sum(dim=-1)).mean()
# + return -(F.logsigmoid(true) + F.logsigmoid(-false.sum(dim=-1))).mean()

# %%
# reject: a small number inside the logarithm · expects "caps the loss"
# - return -(F.logsigmoid(true) + F.logsigmoid(-false).sum(dim=-1)).mean()
# + return -((true.sigmoid() + 1e-9).log() + ((-false).sigmoid() + 1e-9).log().sum(dim=-1)).mean()
