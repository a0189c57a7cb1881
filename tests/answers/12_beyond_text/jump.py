# %%
# accept: a loop
def jump(betas):
    signal, noise, kept = [], [], betas.new_ones(())
    for beta in betas:
        kept = kept * (1 - beta)
        signal.append(kept**0.5)
        noise.append((1 - kept) ** 0.5)
    return torch.stack(signal), torch.stack(noise)


# %%
# accept: a sum of logarithms
def jump(betas):
    logs = torch.log1p(-betas).cumsum(0)
    return torch.exp(logs / 2), torch.sqrt(-torch.expm1(logs))


# %%
# reject: all zeros · expects "every value is zero"

# %%
# reject: one step alone · expects "multiply those of all steps"
# - kept = torch.cumprod(1 - betas, dim=0)
# + kept = 1 - betas

# %%
# reject: no root of the signal · expects "that is its square"
# - return kept.sqrt(), (1 - kept).sqrt()
# + return kept, (1 - kept).sqrt()

# %%
# reject: no root of the noise · expects "that is the variance"
# - return kept.sqrt(), (1 - kept).sqrt()
# + return kept.sqrt(), 1 - kept

# %%
# reject: swapped · expects "the signal comes first"
# - return kept.sqrt(), (1 - kept).sqrt()
# + return (1 - kept).sqrt(), kept.sqrt()

# %%
# reject: the two add up to 1 · expects "not signal and noise"
# - return kept.sqrt(), (1 - kept).sqrt()
# + return kept.sqrt(), 1 - kept.sqrt()

# %%
# reject: the noise of the last step alone · expects "the noise of one step alone"
# - return kept.sqrt(), (1 - kept).sqrt()
# + return kept.sqrt(), betas.sqrt()

# %%
# reject: the betas are added · expects "the βs do not add"
# - kept = torch.cumprod(1 - betas, dim=0)
# + kept = torch.exp(-torch.cumsum(betas, dim=0))

# %%
# reject: the product of the betas · expects "not √β"
# - kept = torch.cumprod(1 - betas, dim=0)
# + kept = torch.cumprod(betas, dim=0)
