# %%
# accept: a turn, and what is renewed as a share
def step_back(x, v, t, s, fresh=None):
    turn = (t - s) * math.pi / 2
    if fresh is None:
        return math.cos(turn) * x - math.sin(turn) * v
    a, b = np.cos(t * np.pi / 2), np.sin(t * np.pi / 2)
    c, d = np.cos(s * np.pi / 2), np.sin(s * np.pi / 2)
    sigma2 = d**2 / b**2 * (1 - a**2 / c**2)
    return (
        c * (a * x - b * v) + max(d**2 - sigma2, 0) ** 0.5 * (b * x + a * v) + sigma2**0.5 * fresh
    )


# %%
# accept: with tensors, and zeros where nothing is fresh
def step_back(x, v, t, s, fresh=None):
    phi, psi = x.new_tensor(t * math.pi / 2), x.new_tensor(s * math.pi / 2)
    x0, eps = phi.cos() * x - phi.sin() * v, phi.sin() * x + phi.cos() * v
    sigma = psi.sin() / phi.sin() * (1 - phi.cos() ** 2 / psi.cos() ** 2).sqrt()
    if fresh is None:
        sigma, fresh = 0 * sigma, torch.zeros_like(x)
    return psi.cos() * x0 + (psi.sin() ** 2 - sigma**2).clamp(min=0).sqrt() * eps + sigma * fresh


# %%
# reject: all zeros · expects "every value is zero"

# %%
# reject: the image at once · expects "mix the noise in again"
# - return math.cos(psi) * image + math.sin(psi) * noise
# + return image

# %%
# reject: forward in time · expects "you went on to more noise"
# in: a turn, and what is renewed as a share
# - return math.cos(turn) * x - math.sin(turn) * v
# + return math.cos(turn) * x + math.sin(turn) * v

# %%
# reject: x stays · expects "x stayed as it was"
# - return math.cos(psi) * image + math.sin(psi) * noise
# + return x

# %%
# reject: fresh noise is not used · expects "the fresh noise is not used"
# - if fresh is None:
# + if fresh is None or True:

# %%
# reject: the old noise stays whole · expects "the old noise stays whole"
# - kept = math.sqrt(math.sin(psi) ** 2 - renewed**2)
# + kept = math.sin(psi)

# %%
# reject: the variance in place of the deviation · expects "take the root"
# - renewed = math.sin(psi) / math.sin(phi) * math.sqrt(1 - (math.cos(phi) / math.cos(psi)) ** 2)
# + renewed = (math.sin(psi) / math.sin(phi)) ** 2 * (1 - (math.cos(phi) / math.cos(psi)) ** 2)

# %%
# reject: all noise is fresh · expects "all noise is fresh"
# - kept = math.sqrt(math.sin(psi) ** 2 - renewed**2)
# + renewed, kept = math.sin(psi), 0.0

# %%
# reject: the angles are swapped · expects "From 72 to 45 degrees"
# - phi, psi = t * math.pi / 2, s * math.pi / 2
# + phi, psi = s * math.pi / 2, t * math.pi / 2


# %%
# accept: angles as tensors of the usual precision
def step_back(x, v, t, s, fresh=None):
    phi, psi = torch.tensor(t * math.pi / 2), torch.tensor(s * math.pi / 2)
    image = torch.cos(phi) * x - torch.sin(phi) * v
    noise = torch.sin(phi) * x + torch.cos(phi) * v
    if fresh is None:
        return torch.cos(psi) * image + torch.sin(psi) * noise
    renewed = psi.sin() / phi.sin() * torch.sqrt(1 - (phi.cos() / psi.cos()) ** 2)
    kept = torch.sqrt(psi.sin() ** 2 - renewed**2)
    return psi.cos() * image + kept * noise + renewed * fresh


# %%
# reject: the angle is π times t · expects "the angle is π/2 times t"
# - phi, psi = t * math.pi / 2, s * math.pi / 2
# + phi, psi = t * math.pi, s * math.pi

# %%
# reject: a plus in the image · expects "minus sin φ · v"
# - image = math.cos(phi) * x - math.sin(phi) * v
# + image = math.cos(phi) * x + math.sin(phi) * v

# %%
# reject: a minus in the noise · expects "plus cos φ · v"
# - noise = math.sin(phi) * x + math.cos(phi) * v
# + noise = math.sin(phi) * x - math.cos(phi) * v

# %%
# reject: the cosines swapped · expects "Under a root nothing is negative"
# - renewed = math.sin(psi) / math.sin(phi) * math.sqrt(1 - (math.cos(phi) / math.cos(psi)) ** 2)
# + renewed = math.sin(psi) / math.sin(phi) * math.sqrt(1 - (math.cos(psi) / math.cos(phi)) ** 2)
