# %%
# accept: the mean by hand, a list of the dropped
def diffusion_loss(model, x0, prompts, drop=0.1):
    times = torch.empty(x0.shape[0], device=x0.device).uniform_()
    noise = torch.randn(x0.shape, device=x0.device)
    x_t, velocity = noised(x0, noise, times)
    words = prompts.clone()
    words[torch.rand(len(words)) < drop] = 0
    return ((model(x_t, times, words) - velocity) ** 2).mean()


# %%
# accept: a product with 0 and 1
def diffusion_loss(model, x0, prompts, drop=0.1):
    t = torch.rand_like(x0[:, 0, 0, 0])
    x, v = noised(x0, torch.randn_like(x0), t)
    keep = torch.bernoulli(torch.full((len(x0), 1), 1 - drop, device=x0.device)).to(prompts.dtype)
    return (model(x, t, prompts * keep) - v).square().mean()


# %%
# reject: all zeros · expects "expected 5, got 0"


# %%
# reject: it guesses the noise · expects "not with the noise"
def diffusion_loss(model, x0, prompts, drop=0.1):
    t, noise = torch.rand(len(x0)), torch.randn_like(x0)
    x, v = noised(x0, noise, t)
    dropped = torch.rand(len(x0)) < drop
    return F.mse_loss(model(x, t, prompts.masked_fill(dropped[:, None], 0)), noise)


# %%
# reject: it guesses the image · expects "not with the image"
# - return F.mse_loss(model(x, t, prompts.masked_fill(dropped[:, None], 0)), v)
# + return F.mse_loss(model(x, t, prompts.masked_fill(dropped[:, None], 0)), x0)

# %%
# reject: one time for the batch · expects "another one for each image"
# - t = torch.rand(len(x0), device=x0.device)
# + t = torch.rand(1, device=x0.device).expand(len(x0))

# %%
# reject: one noise for all pixels · expects "each pixel has noise of its own"
# - x, v = noised(x0, torch.randn_like(x0), t)
# + x, v = noised(x0, torch.randn(len(x0), 1, 1, 1).expand_as(x0), t)

# %%
# reject: uniform noise · expects "not rand_like"
# - x, v = noised(x0, torch.randn_like(x0), t)
# + x, v = noised(x0, torch.rand_like(x0), t)

# %%
# reject: single words are dropped · expects "all words of a prompt go"
# - dropped = torch.rand(len(x0), device=x0.device) < drop
# + dropped = torch.rand(prompts.shape, device=x0.device) < drop
#
# - return F.mse_loss(model(x, t, prompts.masked_fill(dropped[:, None], 0)), v)
# + return F.mse_loss(model(x, t, prompts.masked_fill(dropped, 0)), v)

# %%
# reject: nothing is dropped · expects "about 30% of the prompts go"
# - return F.mse_loss(model(x, t, prompts.masked_fill(dropped[:, None], 0)), v)
# + return F.mse_loss(model(x, t, prompts), v)

# %%
# reject: dropped the other way round · expects "about 30% of the prompts go"
# - dropped = torch.rand(len(x0), device=x0.device) < drop
# + dropped = torch.rand(len(x0), device=x0.device) > drop

# %%
# reject: the batch's own prompts are changed · expects "were changed"
# - return F.mse_loss(model(x, t, prompts.masked_fill(dropped[:, None], 0)), v)
# + prompts[dropped] = 0
# + return F.mse_loss(model(x, t, prompts), v)

# %%
# reject: the times on the CPU · expects "It would fail on a GPU"
# - t = torch.rand(len(x0), device=x0.device)
# + t = torch.rand(len(x0))

# %%
# reject: always the first ones are dropped · expects "each call draws anew who loses the prompt"
# - dropped = torch.rand(len(x0), device=x0.device) < drop
# + dropped = torch.arange(len(x0), device=x0.device) < drop * len(x0)

# %%
# reject: a sum over the pixels · expects "not their sum"
# - return F.mse_loss(model(x, t, prompts.masked_fill(dropped[:, None], 0)), v)
# + guess = model(x, t, prompts.masked_fill(dropped[:, None], 0))
# + return (guess - v).pow(2).flatten(1).sum(dim=1).mean()

# %%
# reject: one noise for all images · expects "yours is alike in all"
# - x, v = noised(x0, torch.randn_like(x0), t)
# + x, v = noised(x0, torch.randn_like(x0[:1]).expand_as(x0), t)
