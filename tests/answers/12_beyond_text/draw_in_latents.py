# %%
# accept: addcmul
@torch.no_grad()
def draw_in_latents(
    model: nn.Module,
    decode: Callable[[torch.Tensor], torch.Tensor],
    noise: torch.Tensor,
    prompts: torch.Tensor,
    steps: int,
    scale: float,
    mean: torch.Tensor,
    deviation: torch.Tensor,
) -> torch.Tensor:
    return decode(torch.addcmul(mean, sample(model, noise, prompts, steps, scale), deviation))


# %%
# accept: mean and deviation with a dimension for the batch
@torch.no_grad()
def draw_in_latents(
    model: nn.Module,
    decode: Callable[[torch.Tensor], torch.Tensor],
    noise: torch.Tensor,
    prompts: torch.Tensor,
    steps: int,
    scale: float,
    mean: torch.Tensor,
    deviation: torch.Tensor,
) -> torch.Tensor:
    latents = sample(model, noise, prompts, steps, scale)
    latents = mean[None] + deviation[None] * latents
    return decode(latents)


# %%
# reject: all zeros · expects "every value is zero"

# %%
# reject: not decoded · expects "those are latents: decode them"
# - return decode(z * deviation + mean)
# + return z * deviation + mean

# %%
# reject: standardized latents are decoded · expects "what sample returns is standardized"
# - return decode(z * deviation + mean)
# + return decode(z)

# %%
# reject: adds before it multiplies · expects "multiply first, then add the mean"
# - return decode(z * deviation + mean)
# + return decode((z + mean) * deviation)

# %%
# reject: standardizes once more · expects "undo it"
# - return decode(z * deviation + mean)
# + return decode((z - mean) / deviation)

# %%
# reject: subtracts the mean · expects "the mean is added, not subtracted"
# - return decode(z * deviation + mean)
# + return decode(z * deviation - mean)

# %%
# reject: forgets the mean · expects "the mean is missing"
# - return decode(z * deviation + mean)
# + return decode(z * deviation)

# %%
# reject: forgets the deviation · expects "the deviation is missing"
# - return decode(z * deviation + mean)
# + return decode(z + mean)

# %%
# reject: undoes the standardization in pixels · expects "decode comes last"
# - return decode(z * deviation + mean)
# + return decode(z) * deviation + mean

# %%
# reject: decodes image by image · expects "one call of decode is enough"
# - return decode(z * deviation + mean)
# + return torch.cat([decode(one[None] * deviation + mean) for one in z])

# %%
# reject: the scale is always 1 · expects "the scale is not used"
# - z = sample(model, noise, prompts, steps, scale)
# + z = sample(model, noise, prompts, steps, 1.0)

# %%
# reject: the number of steps is fixed · expects "with 3 steps the model is asked at 3 times"
# - z = sample(model, noise, prompts, steps, scale)
# + z = sample(model, noise, prompts, 20, scale)
