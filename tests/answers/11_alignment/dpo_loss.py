# %%
# accept: softplus of the negative margin
def dpo_loss(chosen, rejected, ref_chosen, ref_rejected, beta):
    ours, theirs = chosen - rejected, ref_chosen - ref_rejected
    return F.softplus(-beta * (ours - theirs)).mean()


# %%
# accept: binary cross-entropy with the answer "yes"
def dpo_loss(chosen, rejected, ref_chosen, ref_rejected, beta):
    rewards = [beta * (a - b) for a, b in ((chosen, ref_chosen), (rejected, ref_rejected))]
    margin = rewards[0] - rewards[1]
    return F.binary_cross_entropy_with_logits(margin, torch.ones_like(margin))


# %%
# accept: a softmax over the two
def dpo_loss(chosen, rejected, ref_chosen, ref_rejected, beta):
    both = beta * torch.stack([chosen - ref_chosen, rejected - ref_rejected], dim=1)
    return (both.logsumexp(dim=1) - both[:, 0]).mean()


# %%
# reject: zero · expects "got 0"

# %%
# reject: the rejected one should gain · expects "the sign of the margin is flipped"
# - return -F.logsigmoid(beta * margins).mean()
# + return -F.logsigmoid(-beta * margins).mean()

# %%
# reject: no minus · expects "the minus before ln σ is missing"
# - return -F.logsigmoid(beta * margins).mean()
# + return F.logsigmoid(beta * margins).mean()

# %%
# reject: no beta · expects "β is missing"
# - return -F.logsigmoid(beta * margins).mean()
# + return -F.logsigmoid(margins).mean()

# %%
# reject: divided by beta · expects "β divides"
# - return -F.logsigmoid(beta * margins).mean()
# + return -F.logsigmoid(margins / beta).mean()

# %%
# reject: no logarithm · expects "not its logarithm"
# - return -F.logsigmoid(beta * margins).mean()
# + return -torch.sigmoid(beta * margins).mean()

# %%
# reject: no reference · expects "the reference is not used"
# - margins = (chosen - ref_chosen) - (rejected - ref_rejected)  # (n,)
# + margins = chosen - rejected

# %%
# reject: the reference upside down · expects "the wrong way around"
# - margins = (chosen - ref_chosen) - (rejected - ref_rejected)  # (n,)
# + margins = (chosen + ref_chosen) - (rejected + ref_rejected)

# %%
# reject: the sum of the pairs · expects "take their mean"
# - return -F.logsigmoid(beta * margins).mean()
# + return -F.logsigmoid(beta * margins).sum()

# %%
# reject: the mean margin · expects "averaged before ln σ"
# - return -F.logsigmoid(beta * margins).mean()
# + return -F.logsigmoid(beta * margins.mean())

# %%
# reject: the logarithm of a rounded sigmoid · expects "σ is rounded to 0"
# - return -F.logsigmoid(beta * margins).mean()
# + return -torch.log(torch.sigmoid(beta * margins)).mean()

# %%
# reject: one number for each pair · expects "a scalar"
# - return -F.logsigmoid(beta * margins).mean()
# + return -F.logsigmoid(beta * margins)

# %%
# reject: one side is cut off from the gradient · expects "no gradient flows back to the rejected answers"
# - margins = (chosen - ref_chosen) - (rejected - ref_rejected)  # (n,)
# + margins = (chosen - ref_chosen) - (rejected.detach() - ref_rejected)
