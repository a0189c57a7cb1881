# %%
# accept: softplus
def preference_loss(chosen, rejected):
    return F.softplus(rejected - chosen).mean()


# %%
# accept: cross-entropy of two
def preference_loss(chosen, rejected):
    both = torch.stack([chosen, rejected], dim=1)
    return F.cross_entropy(both, torch.zeros(len(both), dtype=torch.long, device=both.device))


# %%
# accept: with logits
def preference_loss(chosen, rejected):
    gap = chosen - rejected
    return F.binary_cross_entropy_with_logits(gap, torch.ones_like(gap))


# %%
# reject: zero · expects "got 0."

# %%
# reject: the wrong way · expects "the sign is wrong"
# - return -F.logsigmoid(chosen - rejected).mean()
# + return -F.logsigmoid(rejected - chosen).mean()

# %%
# reject: the sum · expects "take the mean"
# - return -F.logsigmoid(chosen - rejected).mean()
# + return -F.logsigmoid(chosen - rejected).sum()

# %%
# reject: one for each pair · expects "the loss is a scalar"
# - return -F.logsigmoid(chosen - rejected).mean()
# + return -F.logsigmoid(chosen - rejected)

# %%
# reject: no minus · expects "the minus is missing"
# - return -F.logsigmoid(chosen - rejected).mean()
# + return F.logsigmoid(chosen - rejected).mean()

# %%
# reject: no logarithm · expects "the logarithm is missing"
# - return -F.logsigmoid(chosen - rejected).mean()
# + return -torch.sigmoid(chosen - rejected).mean()

# %%
# reject: one minus sigma · expects "take the logarithm"
# - return -F.logsigmoid(chosen - rejected).mean()
# + return (1 - torch.sigmoid(chosen - rejected)).mean()

# %%
# reject: the mean first · expects "each pair has its own loss"
# - return -F.logsigmoid(chosen - rejected).mean()
# + return -F.logsigmoid((chosen - rejected).mean())

# %%
# reject: sigma first · expects "F.logsigmoid computes neither"
# - return -F.logsigmoid(chosen - rejected).mean()
# + return -torch.sigmoid(chosen - rejected).log().mean()

# %%
# reject: clamped · expects "says nothing of the gap"
# - return -F.logsigmoid(chosen - rejected).mean()
# + return -torch.sigmoid(chosen - rejected).clamp(min=1e-12).log().mean()

# %%
# reject: a reward is no logit · expects "expected"
# - return -F.logsigmoid(chosen - rejected).mean()
# + return -(F.logsigmoid(chosen) + F.logsigmoid(-rejected)).mean()

# %%
# reject: e to the gap · expects "F.logsigmoid computes neither"
# - return -F.logsigmoid(chosen - rejected).mean()
# + return torch.log1p(torch.exp(rejected - chosen)).mean()

# %%
# reject: a small number beside σ · expects "says nothing of the gap"
# - return -F.logsigmoid(chosen - rejected).mean()
# + return -torch.log(torch.sigmoid(chosen - rejected) + 1e-9).mean()

# %%
# reject: cut off from the gradient · expects "no gradient flows back"
# - return -F.logsigmoid(chosen - rejected).mean()
# + return -F.logsigmoid(chosen - rejected).mean().detach()
