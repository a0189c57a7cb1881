# %%
# accept: one call for both
def guided(model, x, t, prompts, scale):
    both = torch.cat([prompts, 0 * prompts])
    times = torch.full((2 * len(x),), t, dtype=x.dtype, device=x.device)
    told, untold = model(torch.cat([x, x]), times, both).chunk(2)
    return untold + scale * (told - untold)


# %%
# accept: the other form of the sum
def guided(model, x, t, prompts, scale):
    times = torch.ones(len(x), dtype=x.dtype, device=x.device) * t
    v = model(x, times, prompts)
    return scale * v + (1 - scale) * model(x, times, prompts.new_zeros(prompts.shape))


# %%
# reject: all zeros · expects "every value is zero"

# %%
# reject: on top of the prompt · expects "not of the one with it"
# - return torch.lerp(without, model(x, times, prompts), scale)
# + return torch.lerp(without, model(x, times, prompts), 1 + scale)

# %%
# reject: swapped · expects "prompt and nothing are swapped"
# - return torch.lerp(without, model(x, times, prompts), scale)
# + return torch.lerp(model(x, times, prompts), without, scale)

# %%
# reject: the difference alone · expects "the difference alone"
# - return torch.lerp(without, model(x, times, prompts), scale)
# + return scale * (model(x, times, prompts) - without)

# %%
# reject: the scale is not used · expects "the scale is not used"
# - return torch.lerp(without, model(x, times, prompts), scale)
# + return model(x, times, prompts)

# %%
# reject: the time is a number · expects "the times that the model got"
# - times = x.new_full((len(x),), t)
# + times = torch.tensor(t)

# %%
# reject: the time is rounded · expects "v at scale"
# - times = x.new_full((len(x),), t)
# + times = torch.full((len(x),), t).round()

# %%
# reject: prompts as floats · expects "leave them whole numbers"
# - without = model(x, times, torch.zeros_like(prompts))
# + without = model(x, times, torch.zeros(prompts.shape))

# %%
# reject: the times on the CPU · expects "It would fail on a GPU"
# - times = x.new_full((len(x),), t)
# + times = torch.full((len(x),), t, dtype=x.dtype)
