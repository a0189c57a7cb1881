# %%
# accept: through the best guess of the image
def gaussian_velocity(x, t, mean, deviation):
    phi = t * math.pi / 2
    c, s = math.cos(phi), math.sin(phi)
    variance = c**2 * deviation**2 + s**2
    image = mean + c * deviation**2 / variance * (x - c * mean)
    noise = s / variance * (x - c * mean)
    return c * noise - s * image


# %%
# accept: matrices
def gaussian_velocity(x, t, mean, deviation):
    phi = torch.tensor(t * torch.pi / 2, dtype=torch.float64)
    to_x, to_v = torch.stack([phi.cos(), phi.sin()]), torch.stack([-phi.sin(), phi.cos()])
    spread = torch.diag(torch.tensor([deviation**2, 1.0], dtype=torch.float64))
    centers = torch.tensor([mean, 0.0], dtype=torch.float64)
    slope = (to_v @ spread @ to_x) / (to_x @ spread @ to_x)
    return (to_v @ centers + slope * (x - to_x @ centers)).to(x.dtype)


# %%
# reject: all zeros · expects "every value is zero"

# %%
# reject: deviation for variance · expects "m = 2, d = 1e-6"
# - slope = (1 - deviation**2) * sin * cos / (deviation**2 * cos**2 + sin**2)
# + slope = (1 - deviation) * sin * cos / (deviation * cos**2 + sin**2)

# %%
# reject: no mean of v · expects "E[v] is missing"
# - return -mean * sin + slope * (x - mean * cos)
# + return slope * (x - mean * cos)

# %%
# reject: the mean of x_t taken for m · expects "it is not m"
# - return -mean * sin + slope * (x - mean * cos)
# + return -mean * sin + slope * (x - mean)

# %%
# reject: the covariance of the image alone · expects "x_t and v are independent"
# - slope = (1 - deviation**2) * sin * cos / (deviation**2 * cos**2 + sin**2)
# + slope = -(deviation**2) * sin * cos / (deviation**2 * cos**2 + sin**2)

# %%
# reject: not divided by the variance · expects "d near 0"
# - slope = (1 - deviation**2) * sin * cos / (deviation**2 * cos**2 + sin**2)
# + slope = (1 - deviation**2) * sin * cos

# %%
# reject: cos and sin swapped · expects "at t = 1"
# - cos, sin = math.cos(t * math.pi / 2), math.sin(t * math.pi / 2)
# + sin, cos = math.cos(t * math.pi / 2), math.sin(t * math.pi / 2)

# %%
# reject: deviation for variance, as a line · expects "d is a standard deviation; its square is the variance"
# - slope = (1 - deviation**2) * sin * cos / (deviation**2 * cos**2 + sin**2)
# + slope = (1 - deviation) * sin * cos / (deviation * cos**2 + sin**2)
