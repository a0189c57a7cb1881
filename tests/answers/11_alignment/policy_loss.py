# %%
# accept: einsum
def policy_loss(log_probs, advantages, mask):
    return -torch.einsum("nt,nt,n->", log_probs, mask.to(log_probs.dtype), advantages) / len(mask)


# %%
# accept: where, a loop over the answers
def policy_loss(log_probs, advantages, mask):
    total = 0.0
    for row, A, keep in zip(log_probs, advantages, mask):
        total = total - A * row[keep].sum()
    return total / log_probs.size(0)


# %%
# reject: zero · expects "got 0"

# %%
# reject: the sign of an objective · expects "the sign is flipped"
# - return -(advantages * answer_log_probs).mean()
# + return (advantages * answer_log_probs).mean()

# %%
# reject: the sum over the answers · expects "take their mean"
# - return -(advantages * answer_log_probs).mean()
# + return -(advantages * answer_log_probs).sum()

# %%
# reject: each answer's mean · expects "divided by the number of tokens"
# - answer_log_probs = (log_probs * mask).sum(dim=1)  # (n,)
# + answer_log_probs = (log_probs * mask).sum(dim=1) / mask.sum(dim=1)

# %%
# reject: the mean of all tokens that count · expects "the mean over all tokens that count"
# - return -(advantages * answer_log_probs).mean()
# + return -(advantages * answer_log_probs).sum() / mask.sum()

# %%
# reject: the mean of all tokens · expects "the mean over all tokens"
# - answer_log_probs = (log_probs * mask).sum(dim=1)  # (n,)
# + answer_log_probs = (log_probs * mask).mean(dim=1)

# %%
# reject: no mask · expects "the mask is not used"
# - answer_log_probs = (log_probs * mask).sum(dim=1)  # (n,)
# + answer_log_probs = log_probs.sum(dim=1)

# %%
# reject: the mask upside down · expects "the wrong way around"
# - answer_log_probs = (log_probs * mask).sum(dim=1)  # (n,)
# + answer_log_probs = (log_probs * ~mask).sum(dim=1)

# %%
# reject: no advantages · expects "the advantages are not used"
# - return -(advantages * answer_log_probs).mean()
# + return -answer_log_probs.mean()

# %%
# reject: a number without a gradient · expects "no gradient flows back"
# - return -(advantages * answer_log_probs).mean()
# + return -(advantages * answer_log_probs).mean().detach()

# %%
# reject: one number for each answer · expects "a scalar"
# - return -(advantages * answer_log_probs).mean()
# + return -(advantages * answer_log_probs)
