# %%
# accept: coordinate by coordinate, sines and cosines written into one tensor
def fourier_features(xy, frequencies):
    x, y = 2 * xy[..., :1] - 1, 2 * xy[..., 1:] - 1
    n = frequencies.shape[1]
    turns = x * frequencies[0] + y * frequencies[1]
    out = turns.new_empty((*turns.shape[:-1], 2 * n))
    out[..., :n] = torch.sin(2 * torch.pi * turns)
    out[..., n:] = torch.cos(2 * torch.pi * turns)
    return out


# %%
# accept: the parts of a complex exponential
def fourier_features(xy, frequencies):
    angles = torch.einsum("...d,dn->...n", xy * 2 - 1, frequencies) * (2 * math.pi)
    waves = torch.polar(torch.ones_like(angles), angles)
    return torch.cat((waves.imag, waves.real), -1)


# %%
# reject: all zeros · expects "every value is zero"

# %%
# reject: cosines first · expects "the cosines come after all sines"
# - return torch.cat([angles.sin(), angles.cos()], dim=-1)
# + return torch.cat([angles.cos(), angles.sin()], dim=-1)

# %%
# reject: sine and cosine alternate · expects "all sines come first"
# - return torch.cat([angles.sin(), angles.cos()], dim=-1)
# + return torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(-2)

# %%
# reject: the places are not stretched · expects "stretch the places to −1 … 1 first"
# - angles = math.tau * (2 * xy - 1) @ frequencies  # (..., n)
# + angles = math.tau * xy @ frequencies  # (..., n)

# %%
# reject: half a turn · expects "a whole turn is 2π"
# - angles = math.tau * (2 * xy - 1) @ frequencies  # (..., n)
# + angles = math.pi * (2 * xy - 1) @ frequencies  # (..., n)

# %%
# reject: frequencies as angles · expects "points in quarters of a turn"
# - angles = math.tau * (2 * xy - 1) @ frequencies  # (..., n)
# + angles = (2 * xy - 1) @ frequencies  # (..., n)

# %%
# reject: only for one batch of points · expects "features"
# - return torch.cat([angles.sin(), angles.cos()], dim=-1)
# + return torch.cat([angles.sin(), angles.cos()], dim=1)

# %%
# reject: sines alone · expects "fourier_features"
# - return torch.cat([angles.sin(), angles.cos()], dim=-1)
# + return angles.sin()
