# %%
# accept: the known pixels before each step, and once more at the end
def inpaint(model, image, keep, noise, prompts, steps, scale):
    with torch.no_grad():
        x = noise.clone()
        for k in range(steps):
            t = 1 - k / steps
            known = noised(image, noise, torch.full((len(x),), t, dtype=x.dtype, device=x.device))[
                0
            ]
            x = torch.where(keep, known, x)
            x = step_back(x, guided(model, x, t, prompts, scale), t, 1 - (k + 1) / steps)
        return torch.where(keep, image, x)


# %%
# accept: a sum with 0 and 1
def inpaint(model, image, keep, noise, prompts, steps, scale):
    x, stays = noise, keep.to(noise.dtype)
    times = torch.linspace(1, 0, steps + 1, dtype=torch.float64).tolist()
    for t, s in pairwise(times):
        with torch.no_grad():
            x = step_back(x, guided(model, x, t, prompts, scale), t, s)
        known = math.cos(s * math.pi / 2) * image + math.sin(s * math.pi / 2) * noise
        x = stays * known + (1 - stays) * x
    return x


# %%
# reject: all zeros · expects "every value is zero"

# %%
# reject: the other pixels are kept · expects "keep is True where a pixel stays"
# - x = torch.where(keep, known, x)
# + x = torch.where(keep, x, known)

# %%
# reject: nothing is kept · expects "the known pixels were drawn anew"
# - x = torch.where(keep, known, x)
# + x = torch.where(keep, x, x)

# %%
# reject: the whole image is kept · expects "nothing was drawn"
# - x = torch.where(keep, known, x)
# + x = known

# %%
# reject: without noise · expects "they come without noise"
# - x = torch.where(keep, known, x)
# + x = torch.where(keep, image, x)

# %%
# reject: with the noise of one step before · expects "they have the noise of t"
# - known, _ = noised(image, noise, x.new_full((len(x),), s))
# + known, _ = noised(image, noise, x.new_full((len(x),), t if s else s))

# %%
# reject: only at the end · expects "as the model sees them"
# - x = torch.where(keep, known, x)
# + x = torch.where(keep, known, x) if k == steps - 1 else x

# %%
# reject: other noise · expects "the noise that the drawing began with"
# - known, _ = noised(image, noise, x.new_full((len(x),), s))
# + known, _ = noised(image, torch.randn_like(noise), x.new_full((len(x),), s))

# %%
# reject: the guidance is not used · expects "the pixels that were not known"
# - x = step_back(x, guided(model, x, t, prompts, scale), t, s)
# + x = step_back(x, guided(model, x, t, prompts, 0.5), t, s)

# %%
# reject: the times on the CPU · expects "It would fail on a GPU"
# - known, _ = noised(image, noise, x.new_full((len(x),), s))
# + known, _ = noised(image, noise, torch.full((len(x),), s, dtype=x.dtype))


# %%
# accept: into a copy, with a mask as large as the images
@torch.no_grad()
def inpaint(model, image, keep, noise, prompts, steps, scale):
    x, stays = noise, keep.expand_as(noise)
    for k in range(steps):
        t, s = 1 - k / steps, 1 - (k + 1) / steps
        x = step_back(x, guided(model, x, t, prompts, scale), t, s)
        known, _ = noised(image, noise, x.new_full((len(x),), s))
        x[stays] = known[stays]
    return x


# %%
# reject: a mask of one channel in brackets · expects "torch.where(mask, a, b) broadcasts"
# - x = torch.where(keep, known, x)
# + x[keep] = known[keep]

# %%
# reject: into the noise itself · expects "changes its input in place"
# - x = noise
# + x = noise
# + noise[keep.expand_as(noise)] = 0
