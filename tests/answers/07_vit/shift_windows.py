# %%
# accept: cat of slices
def shift_windows(x, shift):
    x = torch.cat([x[:, shift:], x[:, :shift]], dim=1)
    return torch.cat([x[:, :, shift:], x[:, :, :shift]], dim=2)


# %%
# accept: an index for rows and one for columns
def shift_windows(x, shift):
    rows = (torch.arange(x.shape[1], device=x.device) + shift) % x.shape[1]
    columns = (torch.arange(x.shape[2], device=x.device) + shift) % x.shape[2]
    return x[:, rows][:, :, columns]


# %%
# accept: rolled twice
def shift_windows(x, shift):
    return x.roll(-shift, 1).roll(-shift, 2)


# %%
# reject: every result is zero · expects "every value is zero"

# %%
# reject: nothing returned · expects "end with `return`"
# - return torch.roll(x, (-shift, -shift), dims=(1, 2))
# + torch.roll(x, -shift, dims=1)

# %%
# reject: the wrong way · expects "the wrong way"
# - return torch.roll(x, (-shift, -shift), dims=(1, 2))
# + return torch.roll(x, (shift, shift), dims=(1, 2))

# %%
# reject: rows only · expects "it is shifted up only"
# - return torch.roll(x, (-shift, -shift), dims=(1, 2))
# + return torch.roll(x, -shift, dims=1)

# %%
# reject: columns only · expects "to the left only"
# - return torch.roll(x, (-shift, -shift), dims=(1, 2))
# + return torch.roll(x, -shift, dims=2)

# %%
# reject: up and to the right · expects "up, but to the right"
# - return torch.roll(x, (-shift, -shift), dims=(1, 2))
# + return torch.roll(x, (-shift, shift), dims=(1, 2))

# %%
# reject: down and to the left · expects "to the left, but down"
# - return torch.roll(x, (-shift, -shift), dims=(1, 2))
# + return torch.roll(x, (shift, -shift), dims=(1, 2))

# %%
# reject: the last two dimensions · expects "the channels are shifted"
# - return torch.roll(x, (-shift, -shift), dims=(1, 2))
# + return torch.roll(x, (-shift, -shift), dims=(2, 3))

# %%
# reject: the first two dimensions · expects "the images are shifted"
# - return torch.roll(x, (-shift, -shift), dims=(1, 2))
# + return torch.roll(x, (-shift, -shift), dims=(0, 1))

# %%
# reject: the flat list of patches · expects "along the flat list"
# - return torch.roll(x, (-shift, -shift), dims=(1, 2))
# + return x.flatten(1, 2).roll(-shift, 1).view_as(x)

# %%
# reject: zeros come in · expects "is lost"
# - return torch.roll(x, (-shift, -shift), dims=(1, 2))
# + y = torch.zeros_like(x)
# + y[:, : x.shape[1] - shift, : x.shape[2] - shift] = x[:, shift:, shift:]
# + return y

# %%
# reject: nothing shifted · expects "nothing is shifted"
# - return torch.roll(x, (-shift, -shift), dims=(1, 2))
# + return x

# %%
# reject: always by one · expects "after a shift by"
# - return torch.roll(x, (-shift, -shift), dims=(1, 2))
# + return torch.roll(x, (-1, -1), dims=(1, 2)) if shift else x

# %%
# reject: cut smaller · expects "got (2, 3, 5, 3)"
# - return torch.roll(x, (-shift, -shift), dims=(1, 2))
# + return x[:, shift:, shift:]

# %%
# reject: no dims, so everything is one list · expects "the whole tensor"
# - return torch.roll(x, (-shift, -shift), dims=(1, 2))
# + return torch.roll(x, -shift)

# %%
# reject: filled into a tensor of another dtype · expects "as the input has"
# - return torch.roll(x, (-shift, -shift), dims=(1, 2))
# + y = torch.empty(x.shape, device=x.device)
# + y[:] = x.roll((-shift, -shift), (1, 2))
# + return y
