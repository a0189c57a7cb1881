# %%
# accept: times in a row
def sample(model, noise, prompts, steps, scale):
    x = noise.clone()
    with torch.no_grad():
        times = torch.linspace(1, 0, steps + 1, dtype=torch.float64).tolist()
        for t, s in zip(times[:-1], times[1:], strict=True):
            x = step_back(x, guided(model, x, t, prompts, scale), t, s)
    return x


# %%
# accept: the turn written out, counted down
@torch.inference_mode()
def sample(model, noise, prompts, steps, scale):
    x, turn = noise, math.pi / 2 / steps
    for k in range(steps, 0, -1):
        v = guided(model, x, k / steps, prompts, scale)
        x = math.cos(turn) * x - math.sin(turn) * v
    return x


# %%
# reject: all zeros · expects "every value is zero"

# %%
# reject: no step · expects "still the noise"
# - x = step_back(x, guided(model, x, t, prompts, scale), t, s)
# + step_back(x, guided(model, x, t, prompts, scale), t, s)

# %%
# reject: the last step is missing · expects "asked at 4 times"
# - for k in range(steps):
# + for k in range(steps - 1):

# %%
# reject: the guidance is not used · expects "ask your guided, not the model"
# - x = step_back(x, guided(model, x, t, prompts, scale), t, s)
# + x = step_back(x, guided(model, x, t, prompts, 1.0), t, s)

# %%
# reject: always from the first noise · expects "goes on from where"
# - x = step_back(x, guided(model, x, t, prompts, scale), t, s)
# + x = step_back(noise, guided(model, noise, t, prompts, scale), t, s)

# %%
# reject: s in place of t · expects "the times"
# - x = step_back(x, guided(model, x, t, prompts, scale), t, s)
# + x = step_back(x, guided(model, x, s + 0.01, prompts, scale), t, s)


# %%
# reject: with a gradient · expects "needs no gradients"
def sample(model, noise, prompts, steps, scale):
    weight = torch.ones((), dtype=noise.dtype, requires_grad=True)
    x = noise * weight
    for k in range(steps):
        t, s = 1 - k / steps, 1 - (k + 1) / steps
        x = step_back(x, guided(model, x, t, prompts, scale), t, s)
    return x


# %%
# reject: steps that are not equal · expects "the times"
# - t, s = 1 - k / steps, 1 - (k + 1) / steps
# + t, s = (1 - k / steps) ** 2, (1 - (k + 1) / steps) ** 2

# %%
# reject: one step too many · expects "the last one ends at t = 0"
# - for k in range(steps):
# -     t, s = 1 - k / steps, 1 - (k + 1) / steps
# -     x = step_back(x, guided(model, x, t, prompts, scale), t, s)
# - return x
# + t = 1.0
# + while t > 0:
# +     x = step_back(x, guided(model, x, t, prompts, scale), t, t - 1 / steps)
# +     t -= 1 / steps
# + return x
