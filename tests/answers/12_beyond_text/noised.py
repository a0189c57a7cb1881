# %%
# accept: the times as a column, images as rows
def noised(x0, noise, t):
    phi = (t * torch.pi / 2)[:, None]
    rows, extra = x0.flatten(1), noise.flatten(1)
    x = torch.cos(phi) * rows + torch.sin(phi) * extra
    v = -torch.sin(phi) * rows + torch.cos(phi) * extra
    return x.view_as(x0), v.view_as(x0)


# %%
# accept: einsum
def noised(x0, noise, t):
    c, s = (t * math.pi / 2).cos(), (t * math.pi / 2).sin()
    both, rule = torch.stack([x0, noise]), "kb,kb...->b..."
    turned = torch.einsum(rule, torch.stack([-s, c]), both)
    return torch.einsum(rule, torch.stack([c, s]), both), turned


# %%
# reject: all zeros · expects "every value is zero"


# %%
# reject: a straight line · expects "not 1 − t and t"
def noised(x0, noise, t):
    t = t.reshape(-1, *[1] * (x0.dim() - 1))
    return (1 - t) * x0 + t * noise, noise - x0


# %%
# reject: the angle is t · expects "the angle is π/2 times t"
# - angle = t.reshape(-1, *[1] * (x0.dim() - 1)) * math.pi / 2
# + angle = t.reshape(-1, *[1] * (x0.dim() - 1))

# %%
# reject: image and noise swapped · expects "at t = 0 it is the image"
# - return angle.cos() * x0 + angle.sin() * noise, angle.cos() * noise - angle.sin() * x0
# + return angle.sin() * x0 + angle.cos() * noise, angle.cos() * noise - angle.sin() * x0

# %%
# reject: the velocity toward the image · expects "the angle grows toward the noise"
# - return angle.cos() * x0 + angle.sin() * noise, angle.cos() * noise - angle.sin() * x0
# + return angle.cos() * x0 + angle.sin() * noise, angle.sin() * x0 - angle.cos() * noise

# %%
# reject: the derivative by t · expects "leave the factor π/2 out"
# - return angle.cos() * x0 + angle.sin() * noise, angle.cos() * noise - angle.sin() * x0
# + return angle.cos() * x0 + angle.sin() * noise, (angle.cos() * noise - angle.sin() * x0) * math.pi / 2

# %%
# reject: the velocity of a straight line · expects "the velocity on a straight line"
# - return angle.cos() * x0 + angle.sin() * noise, angle.cos() * noise - angle.sin() * x0
# + return angle.cos() * x0 + angle.sin() * noise, noise - x0

# %%
# reject: a plus in the velocity · expects "the derivative of x_t by the angle"
# - return angle.cos() * x0 + angle.sin() * noise, angle.cos() * noise - angle.sin() * x0
# + return angle.cos() * x0 + angle.sin() * noise, angle.cos() * noise + angle.sin() * x0

# %%
# reject: two dimensions only · expects "they do not broadcast"
# - angle = t.reshape(-1, *[1] * (x0.dim() - 1)) * math.pi / 2
# + angle = t[:, None] * math.pi / 2

# %%
# reject: only for images · expects "x_t"
# - angle = t.reshape(-1, *[1] * (x0.dim() - 1)) * math.pi / 2
# + angle = t[:, None, None, None] * math.pi / 2
