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
def sinusoidal_encoding(T, d_model):
    angles = torch.arange(T)[:, None] * 10000 ** (-torch.arange(0, d_model, 2) / d_model)
    return torch.cat([angles.sin(), angles.cos()], dim=1)


# %%
# reject: sine and cosine swapped · expects "sine and cosine are swapped"
def sinusoidal_encoding(T, d_model):
    angles = torch.arange(T)[:, None] * 10000 ** (-torch.arange(0, d_model, 2) / d_model)
    return torch.stack([angles.cos(), angles.sin()], dim=-1).flatten(1)


# %%
# reject: positions start at 1 · expects "do your positions start at 1?"
def sinusoidal_encoding(T, d_model):
    angles = torch.arange(1, T + 1)[:, None] * 10000 ** (-torch.arange(0, d_model, 2) / d_model)
    return torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(1)


# %%
# reject: the exponent lacks the factor 2 · expects "is the 2 missing?"
def sinusoidal_encoding(T, d_model):
    angles = torch.arange(T)[:, None] * 10000 ** (-torch.arange(d_model // 2) / d_model)
    return torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(1)


# %%
# reject: the exponent doubled twice · expects "doubled twice"
def sinusoidal_encoding(T, d_model):
    angles = torch.arange(T)[:, None] * 10000 ** (-2 * torch.arange(0, d_model, 2) / d_model)
    return torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(1)


# %%
# reject: another speed for every column · expects "sin² + cos² of each pair"
def sinusoidal_encoding(T, d_model):
    angles = torch.arange(T)[:, None] * 10000 ** (-torch.arange(d_model) / d_model)
    encoding = angles.sin()
    encoding[:, 1::2] = angles[:, 1::2].cos()
    return encoding


# %%
# reject: the exponent is positive · expects "the table for d_model = 10"
def sinusoidal_encoding(T, d_model):
    angles = torch.arange(T)[:, None] * 10000 ** (torch.arange(0, d_model, 2) / d_model)
    return torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(1)


# %%
# reject: degrees · expects "the table for d_model = 10"
def sinusoidal_encoding(T, d_model):
    angles = torch.arange(T)[:, None] * 10000 ** (-torch.arange(0, d_model, 2) / d_model)
    return torch.stack([angles.deg2rad().sin(), angles.deg2rad().cos()], dim=-1).flatten(1)


# %%
# reject: transposed · expects "Are positions and d_model swapped?"
def sinusoidal_encoding(T, d_model):
    angles = torch.arange(T)[:, None] * 10000 ** (-torch.arange(0, d_model, 2) / d_model)
    return torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(1).T


# %%
# reject: the constant is 1000 · expects "the table for d_model = 10"
def sinusoidal_encoding(T, d_model):
    angles = torch.arange(T)[:, None] * 1000 ** (-torch.arange(0, d_model, 2) / d_model)
    return torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(1)
