# %%
# accept: gate by gate
def gru_step(x, h, W_i, b_i, W_h, b_h):
    d = h.shape[1]

    def part(k):
        rows = slice(k * d, (k + 1) * d)
        return F.linear(x, W_i[rows], b_i[rows]), F.linear(h, W_h[rows], b_h[rows])

    r, z = (torch.sigmoid(sum(part(k))) for k in (0, 1))
    new, old = part(2)
    return torch.lerp(torch.tanh(new + r * old), h, z)


# %%
# accept: einsum and split
def gru_step(x, h, W_i, b_i, W_h, b_h):
    a = torch.einsum("bi,gi->bg", x, W_i) + b_i
    b = torch.einsum("bd,gd->bg", h, W_h) + b_h
    a, b = a.split(h.shape[-1], dim=-1), b.split(h.shape[-1], dim=-1)
    reset = 1 / (1 + torch.exp(-a[0] - b[0]))
    update = 1 / (1 + torch.exp(-a[1] - b[1]))
    candidate = (a[2] + reset * b[2]).tanh()
    return candidate + update * (h - candidate)


# %%
# reject: all zeros · expects "every value is zero"

# %%
# reject: z and 1 − z swapped · expects "z and 1 − z are swapped"
# - return (1 - z) * n + z * h
# + return z * n + (1 - z) * h

# %%
# reject: the bias stands outside of r · expects "with its bias"
# - n = torch.tanh(x_n + r * h_n)
# + n = torch.tanh(x_n + r * (h_n - b_h.chunk(3)[2]) + b_h.chunk(3)[2])

# %%
# reject: r before the matrix, as in Cho's paper · expects "with its bias"
# - n = torch.tanh(x_n + r * h_n)
# + n = torch.tanh(x_n + (r * h) @ W_h.chunk(3)[2].T + b_h.chunk(3)[2])

# %%
# reject: r is missing · expects "r is missing"
# - n = torch.tanh(x_n + r * h_n)
# + n = torch.tanh(x_n + h_n)

# %%
# reject: r multiplies the input too · expects "r multiplies all that goes into tanh"
# - n = torch.tanh(x_n + r * h_n)
# + n = torch.tanh(r * (x_n + h_n))

# %%
# reject: tanh is missing · expects "tanh is missing"
# - n = torch.tanh(x_n + r * h_n)
# + n = x_n + r * h_n

# %%
# reject: no bias for h · expects "b_h is missing"
# - h_r, h_z, h_n = (h @ W_h.T + b_h).chunk(3, dim=1)
# + h_r, h_z, h_n = (h @ W_h.T).chunk(3, dim=1)

# %%
# reject: the order z, r, n · expects "the order of the rows is r, z, n"
# - x_r, x_z, x_n = (x @ W_i.T + b_i).chunk(3, dim=1)
# - h_r, h_z, h_n = (h @ W_h.T + b_h).chunk(3, dim=1)
# + x_z, x_r, x_n = (x @ W_i.T + b_i).chunk(3, dim=1)
# + h_z, h_r, h_n = (h @ W_h.T + b_h).chunk(3, dim=1)

# %%
# reject: no gradient · expects "no gradient reaches the weights"
# - return (1 - z) * n + z * h
# + return ((1 - z) * n + z * h).detach()

# %%
# reject: cut along the batch · expects "gru_step raised"
# - x_r, x_z, x_n = (x @ W_i.T + b_i).chunk(3, dim=1)
# + x_r, x_z, x_n = (x @ W_i.T + b_i).chunk(3, dim=0)
