# %%
# accept: three numbers each, the square of the query too
def gaussian_queries_keys(t, t_j, h):
    one = torch.ones_like
    q = torch.stack([2 * t, -(t**2), -one(t)], dim=1)
    k = torch.stack([t_j, one(t_j), t_j**2], dim=1)
    return q * 3**0.5 / (2 * h**2), k


# %%
# accept: the scale shared between queries and keys
def gaussian_queries_keys(t, t_j, h):
    factor = 2**0.25 / h
    q = torch.cat([t[:, None], torch.ones(len(t), 1).to(t)], dim=-1)
    k = torch.cat([t_j[:, None], -0.5 * t_j[:, None].pow(2)], dim=-1)
    return factor * q, factor * k


# %%
# reject: all zeros · expects "every weight is the same"

# %%
# reject: the root of d_k forgotten · expects "make up for the division by √d_k"
# - q = torch.stack([t, torch.ones_like(t)], dim=1) * math.sqrt(2) / h**2  # (T, 2)
# + q = torch.stack([t, torch.ones_like(t)], dim=1) / h**2

# %%
# reject: h not squared · expects "the bandwidth h is squared"
# - q = torch.stack([t, torch.ones_like(t)], dim=1) * math.sqrt(2) / h**2  # (T, 2)
# + q = torch.stack([t, torch.ones_like(t)], dim=1) * math.sqrt(2) / h

# %%
# reject: h not used · expects "the bandwidth h is not used"
# - q = torch.stack([t, torch.ones_like(t)], dim=1) * math.sqrt(2) / h**2  # (T, 2)
# + q = torch.stack([t, torch.ones_like(t)], dim=1) * math.sqrt(2)

# %%
# reject: the keys lack their square · expects "the keys need their −t_j²/2"
# - k = torch.stack([t_j, -(t_j**2) / 2], dim=1)  # (S, 2)
# + k = torch.stack([t_j, torch.zeros_like(t_j)], dim=1)

# %%
# reject: the square is not halved · expects "is not halved"
# - k = torch.stack([t_j, -(t_j**2) / 2], dim=1)  # (S, 2)
# + k = torch.stack([t_j, -(t_j**2)], dim=1)

# %%
# reject: the square is added · expects "is added; subtract it"
# - k = torch.stack([t_j, -(t_j**2) / 2], dim=1)  # (S, 2)
# + k = torch.stack([t_j, t_j**2 / 2], dim=1)

# %%
# reject: the distance with the wrong sign · expects "far places count for more"
# - k = torch.stack([t_j, -(t_j**2) / 2], dim=1)  # (S, 2)
# + k = torch.stack([-t_j, t_j**2 / 2], dim=1)

# %%
# reject: the 2 of 2h² is lost · expects "where is the 2 of 2h²"
# - q = torch.stack([t, torch.ones_like(t)], dim=1) * math.sqrt(2) / h**2  # (T, 2)
# + q = torch.stack([t, torch.ones_like(t)], dim=1) * 2 * math.sqrt(2) / h**2

# %%
# reject: keys, queries · expects "the order is queries, keys"
# - return q, k
# + return k, q

# %%
# reject: the factor on queries and keys · expects "so it counts twice"
# - k = torch.stack([t_j, -(t_j**2) / 2], dim=1)  # (S, 2)
# + k = torch.stack([t_j, -(t_j**2) / 2], dim=1) * math.sqrt(2) / h**2

# %%
# reject: the 2 of 2 t t_j is lost · expects "the term of t · t_j counts half"
# - q = torch.stack([t, torch.ones_like(t)], dim=1) * math.sqrt(2) / h**2  # (T, 2)
# - k = torch.stack([t_j, -(t_j**2) / 2], dim=1)  # (S, 2)
# + q = torch.stack([t, torch.ones_like(t)], dim=1) * math.sqrt(2) / (2 * h**2)
# + k = torch.stack([t_j, -(t_j**2)], dim=1)
