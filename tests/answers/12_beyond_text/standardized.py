# %%
# accept: channels laid flat, and the root of the variance
def standardized(latents: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    flat = latents.transpose(0, 1).flatten(1)  # (C, all others)
    mean = flat.mean(dim=1).view(-1, 1, 1)
    deviation = flat.var(dim=1, unbiased=False).sqrt().view(-1, 1, 1)
    return (latents - mean) / deviation, mean, deviation


# %%
# accept: keepdim, and one dimension taken off again
def standardized(latents: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    mean = latents.mean(dim=(0, 2, 3), keepdim=True)
    deviation = latents.std(dim=(0, 2, 3), keepdim=True)
    return (latents - mean) / deviation, mean[0], deviation[0]


# %%
# reject: all zeros · expects "every value is zero"


# %%
# reject: one mean and one deviation for everything · expects "each has its own"
def standardized(latents: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    mean, deviation = latents.mean().expand(latents.shape[1], 1, 1), latents.std()
    return (latents - mean) / deviation, mean, deviation.expand(latents.shape[1], 1, 1)


# %%
# reject: each image and channel for itself · expects "expected (C, one, another)"
def standardized(latents: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    mean = latents.mean(dim=(2, 3), keepdim=True)
    deviation = latents.std(dim=(2, 3), keepdim=True)
    return (latents - mean) / deviation, mean, deviation


# %%
# reject: each place for itself · expects "expected (C, one, another)"
def standardized(latents: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    deviation, mean = torch.std_mean(latents, dim=0)
    return (latents - mean) / deviation, mean, deviation


# %%
# reject: the statistics have one dimension · expects "expected (C, one, another)"
# - deviation, mean = deviation[:, None, None], mean[:, None, None]  # (C, 1, 1)
# - return (latents - mean) / deviation, mean, deviation
# + return (latents - mean[:, None, None]) / deviation[:, None, None], mean, deviation

# %%
# reject: the variance in place of its root · expects "take the root"
# - deviation, mean = torch.std_mean(latents, dim=(0, 2, 3))
# + deviation, mean = torch.var_mean(latents, dim=(0, 2, 3))

# %%
# reject: divides by the variance · expects "divide by the deviation, not by the variance"
# - return (latents - mean) / deviation, mean, deviation
# + return (latents - mean) / deviation**2, mean, deviation

# %%
# reject: only subtracts the mean · expects "divide by the deviation, too"
# - return (latents - mean) / deviation, mean, deviation
# + return latents - mean, mean, deviation

# %%
# reject: the mean stays in · expects "the mean of each channel of z"
# - return (latents - mean) / deviation, mean, deviation
# + return latents / deviation, mean, deviation

# %%
# reject: mean and deviation in the wrong order · expects "mean and deviation are swapped"
# - return (latents - mean) / deviation, mean, deviation
# + return (latents - mean) / deviation, deviation, mean

# %%
# reject: in place · expects "changes its input in place"
# - return (latents - mean) / deviation, mean, deviation
# + return latents.sub_(mean).div_(deviation), mean, deviation
