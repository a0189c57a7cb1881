# %%
# accept: stack and flatten, exp of logs
def sinusoidal_encoding(T, d_model):
    rates = torch.exp(torch.arange(d_model // 2) * (-2 * math.log(10000) / d_model))
    angles = torch.outer(torch.arange(T), rates)
    return torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(1)


# %%
# accept: loops
def sinusoidal_encoding(T, d_model):
    table = torch.zeros(T, d_model)
    for t in range(T):
        for i in range(d_model // 2):
            angle = t / 10000 ** (2 * i / d_model)
            table[t, 2 * i], table[t, 2 * i + 1] = math.sin(angle), math.cos(angle)
    return table


# %%
# accept: cosines as shifted sines, in float64
def sinusoidal_encoding(T, d_model):
    column = torch.arange(d_model, dtype=torch.float64)
    rate = 10000 ** (-2 * (column // 2) / d_model)
    return torch.sin(torch.arange(T)[:, None] * rate + (column % 2) * math.pi / 2)


# %%
# reject: all zeros · expects "every value is zero"

# %%
# reject: two blocks · expects "stand in two blocks"
# - return encoding
# + return torch.cat([angles.sin(), angles.cos()], dim=1)

# %%
# reject: sine and cosine swapped · expects "sine and cosine are swapped"
# - encoding[:, 0::2], encoding[:, 1::2] = angles.sin(), angles.cos()
# + encoding[:, 0::2], encoding[:, 1::2] = angles.cos(), angles.sin()

# %%
# reject: positions start at 1 · expects "do your positions start at 1?"
# - angles = torch.arange(T)[:, None] * frequencies  # (T, d_model / 2)
# + angles = torch.arange(1, T + 1)[:, None] * frequencies

# %%
# reject: the exponent lacks the factor 2 · expects "is the 2 missing?"
# - frequencies = 10000 ** (-torch.arange(0, d_model, 2) / d_model)  # (d_model / 2,)
# + frequencies = 10000 ** (-torch.arange(d_model // 2) / d_model)

# %%
# reject: the exponent doubled twice · expects "doubled twice"
# - frequencies = 10000 ** (-torch.arange(0, d_model, 2) / d_model)  # (d_model / 2,)
# + frequencies = 10000 ** (-2 * torch.arange(0, d_model, 2) / d_model)

# %%
# reject: another speed for every column · expects "share one ω"
# - frequencies = 10000 ** (-torch.arange(0, d_model, 2) / d_model)  # (d_model / 2,)
# + frequencies = 10000 ** (-torch.arange(d_model) / d_model)
#
# - encoding[:, 0::2], encoding[:, 1::2] = angles.sin(), angles.cos()
# + encoding[:, 0::2], encoding[:, 1::2] = angles[:, 0::2].sin(), angles[:, 1::2].cos()

# %%
# reject: the exponent is positive · expects "each pair is slower than the one before"
# - frequencies = 10000 ** (-torch.arange(0, d_model, 2) / d_model)  # (d_model / 2,)
# + frequencies = 10000 ** (torch.arange(0, d_model, 2) / d_model)

# %%
# reject: degrees · expects "the table for d_model = 10"
# - angles = torch.arange(T)[:, None] * frequencies  # (T, d_model / 2)
# + angles = (torch.arange(T)[:, None] * frequencies).deg2rad()

# %%
# reject: transposed · expects "Are positions and d_model swapped?"
# - return encoding
# + return encoding.T

# %%
# reject: the constant is 1000 · expects "the table for d_model = 10"
# - frequencies = 10000 ** (-torch.arange(0, d_model, 2) / d_model)  # (d_model / 2,)
# + frequencies = 1000 ** (-torch.arange(0, d_model, 2) / d_model)
