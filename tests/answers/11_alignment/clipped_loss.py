# %%
# accept: two losses and their maximum
def clipped_loss(log_probs, old_log_probs, advantages, mask, epsilon=0.2):
    rho = torch.exp(log_probs - old_log_probs)
    plain = -rho * advantages.unsqueeze(1)
    clipped = -torch.clip(rho, 1 - epsilon, 1 + epsilon) * advantages.unsqueeze(1)
    return (torch.max(plain, clipped) * mask).sum() / len(advantages)


# %%
# accept: by cases
def clipped_loss(log_probs, old_log_probs, advantages, mask, epsilon=0.2):
    A = advantages.view(-1, 1).expand_as(log_probs)
    rho = (log_probs - old_log_probs).exp()
    bounded = torch.where(A > 0, rho.clamp(max=1 + epsilon), rho.clamp(min=1 - epsilon))
    return -torch.where(mask, bounded * A, 0.0).sum(1).mean()


# %%
# reject: zero · expects "got 0"

# %%
# reject: the maximum · expects "the maximum is taken"
# - objective = torch.minimum(ratio * A, ratio.clamp(1 - epsilon, 1 + epsilon) * A)
# + objective = torch.maximum(ratio * A, ratio.clamp(1 - epsilon, 1 + epsilon) * A)

# %%
# reject: the sign of an objective · expects "it has a minus"
# - return -(objective * mask).sum(dim=1).mean()
# + return (objective * mask).sum(dim=1).mean()

# %%
# reject: not clipped · expects "the ratio is not clipped"
# - objective = torch.minimum(ratio * A, ratio.clamp(1 - epsilon, 1 + epsilon) * A)
# + objective = ratio * A

# %%
# reject: clipped alone · expects "the minimum with the plain one is missing"
# - objective = torch.minimum(ratio * A, ratio.clamp(1 - epsilon, 1 + epsilon) * A)
# + objective = ratio.clamp(1 - epsilon, 1 + epsilon) * A

# %%
# reject: the minimum of the ratios · expects "after they are multiplied by A"
# - objective = torch.minimum(ratio * A, ratio.clamp(1 - epsilon, 1 + epsilon) * A)
# + objective = torch.minimum(ratio, ratio.clamp(1 - epsilon, 1 + epsilon)) * A

# %%
# reject: summed over the answers · expects "take their mean"
# - return -(objective * mask).sum(dim=1).mean()
# + return -(objective * mask).sum()

# %%
# reject: no mask · expects "the mask is not used"
# - return -(objective * mask).sum(dim=1).mean()
# + return -objective.sum(dim=1).mean()

# %%
# reject: the mean of the tokens that count · expects "sum the tokens, divide by the answers"
# - return -(objective * mask).sum(dim=1).mean()
# + return -(objective * mask).sum() / mask.sum()

# %%
# reject: the ratio upside down · expects "it is new / old"
# - ratio = (log_probs - old_log_probs).exp()  # (n, N)
# + ratio = (old_log_probs - log_probs).exp()

# %%
# reject: a difference of logarithms · expects "missing its exp"
# - ratio = (log_probs - old_log_probs).exp()  # (n, N)
# + ratio = log_probs - old_log_probs

# %%
# reject: always 0.2 · expects "those with a gradient"
# - ratio = (log_probs - old_log_probs).exp()  # (n, N)
# + epsilon, ratio = 0.2, (log_probs - old_log_probs).exp()

# %%
# reject: cut off from the gradients · expects "no gradient flows back"
# - ratio = (log_probs - old_log_probs).exp()  # (n, N)
# + ratio = (log_probs - old_log_probs).exp().detach()

# %%
# reject: the product is clipped · expects "yours clips the ratio times A"
# - objective = torch.minimum(ratio * A, ratio.clamp(1 - epsilon, 1 + epsilon) * A)
# + objective = torch.minimum(ratio * A, (ratio * A).clamp(1 - epsilon, 1 + epsilon))
