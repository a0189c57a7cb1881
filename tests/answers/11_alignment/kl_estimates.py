# %%
# accept: from the ratio's logarithm, step by step
def kl_estimates(log_probs, ref_log_probs):
    k1 = log_probs - ref_log_probs
    return k1, 0.5 * k1.square(), k1 + torch.special.expm1(-k1)


# %%
# accept: a list, expm1 as a method
def kl_estimates(log_probs, ref_log_probs):
    log_rho = torch.sub(ref_log_probs, log_probs)
    return [-1.0 * log_rho, log_rho.pow(2).div(2), log_rho.expm1().sub(log_rho)]


# %%
# reject: all zeros · expects "every value is zero"

# %%
# reject: reference and policy swapped · expects "policy and reference are swapped"
# - log_ratio = ref_log_probs - log_probs
# + log_ratio = log_probs - ref_log_probs

# %%
# reject: half is missing · expects "the factor ½ is missing"
# - return -log_ratio, log_ratio**2 / 2, torch.expm1(log_ratio) - log_ratio
# + return -log_ratio, log_ratio**2, torch.expm1(log_ratio) - log_ratio

# %%
# reject: k3 the other way around · expects "ρ = π_ref / π"
# - return -log_ratio, log_ratio**2 / 2, torch.expm1(log_ratio) - log_ratio
# + return -log_ratio, log_ratio**2 / 2, torch.expm1(-log_ratio) + log_ratio

# %%
# reject: exp and −1 in float32 · expects "torch.expm1 keeps them"
# - return -log_ratio, log_ratio**2 / 2, torch.expm1(log_ratio) - log_ratio
# + return -log_ratio, log_ratio**2 / 2, torch.exp(log_ratio) - 1 - log_ratio

# %%
# reject: means · expects "k1"
# - log_ratio = ref_log_probs - log_probs
# + log_ratio = (ref_log_probs - log_probs).mean()

# %%
# reject: two of them · expects "k3"
# - return -log_ratio, log_ratio**2 / 2, torch.expm1(log_ratio) - log_ratio
# + return -log_ratio, log_ratio**2 / 2

# %%
# reject: k1 never negative · expects "k1"
# - return -log_ratio, log_ratio**2 / 2, torch.expm1(log_ratio) - log_ratio
# + return log_ratio.abs(), log_ratio**2 / 2, torch.expm1(log_ratio) - log_ratio

# %%
# reject: k3 without its last part · expects "k3"
# - return -log_ratio, log_ratio**2 / 2, torch.expm1(log_ratio) - log_ratio
# + return -log_ratio, log_ratio**2 / 2, torch.expm1(log_ratio)

# %%
# reject: the sign of k1 · expects "its sign is flipped"
# - return -log_ratio, log_ratio**2 / 2, torch.expm1(log_ratio) - log_ratio
# + return log_ratio, log_ratio**2 / 2, torch.expm1(log_ratio) - log_ratio

# %%
# reject: cut off from the gradients · expects "gradients must flow back"
# - log_ratio = ref_log_probs - log_probs
# + log_ratio = (ref_log_probs - log_probs).detach()
