# %%
# accept: a loop over the pairs
def shift_matrix(k, frequencies):
    d_model = 2 * len(frequencies)
    matrix = torch.zeros(d_model, d_model, dtype=frequencies.dtype)
    for i, w in enumerate(frequencies.tolist()):
        cos, sin = math.cos(k * w), math.sin(k * w)
        block = torch.tensor([[cos, sin], [-sin, cos]], dtype=frequencies.dtype)
        matrix[2 * i : 2 * i + 2, 2 * i : 2 * i + 2] = block
    return matrix


# %%
# accept: the exponential of a generator of rotations
def shift_matrix(k, frequencies):
    turn = torch.tensor([[0.0, 1.0], [-1.0, 0.0]], dtype=frequencies.dtype)
    return torch.matrix_exp(torch.kron(torch.diag(k * frequencies), turn))


# %%
# accept: two Kronecker products
def shift_matrix(k, frequencies):
    turn = torch.tensor([[0.0, 1.0], [-1.0, 0.0]], dtype=frequencies.dtype)
    still = torch.eye(2, dtype=frequencies.dtype)
    angles = k * frequencies
    return torch.kron(angles.cos().diag(), still) + torch.kron(angles.sin().diag(), turn)


# %%
# reject: blocks in float32 · expects "your matrix is torch.float32"
# - return torch.block_diag(*blocks)
# + return torch.block_diag(*blocks.float())

# %%
# reject: all zeros · expects "every value is zero"

# %%
# reject: turns backwards · expects "it turns backwards"
# - blocks = torch.stack([cos, sin, -sin, cos], dim=1).unflatten(1, (2, 2))  # (d_model / 2, 2, 2)
# + blocks = torch.stack([cos, -sin, sin, cos], dim=1).unflatten(1, (2, 2))

# %%
# reject: sine and cosine swapped · expects "sine and cosine are swapped"
# - blocks = torch.stack([cos, sin, -sin, cos], dim=1).unflatten(1, (2, 2))  # (d_model / 2, 2, 2)
# + blocks = torch.stack([sin, cos, -cos, sin], dim=1).unflatten(1, (2, 2))

# %%
# reject: k is ignored · expects "whatever k is"
# - cos, sin = (k * frequencies).cos(), (k * frequencies).sin()
# + cos, sin = frequencies.cos(), frequencies.sin()

# %%
# reject: both sines positive · expects "the matrix for ω = π/2, π and k = 1"
# - blocks = torch.stack([cos, sin, -sin, cos], dim=1).unflatten(1, (2, 2))  # (d_model / 2, 2, 2)
# + blocks = torch.stack([cos, sin, sin, cos], dim=1).unflatten(1, (2, 2))


# %%
# reject: only the diagonal · expects "the matrix for ω = π/2, π and k = 1"
def shift_matrix(k, frequencies):
    return torch.diag((k * frequencies).cos().repeat_interleave(2))


# %%
# reject: the same frequency for all pairs · expects "the matrix for ω = π/2, π and k = 1"
# + frequencies = frequencies[0].expand(len(frequencies))
#   cos, sin = (k * frequencies).cos(), (k * frequencies).sin()


# %%
# reject: sines and cosines in two blocks · expects "the matrix for ω = π/2, π and k = 1"
def shift_matrix(k, frequencies):
    cos, sin = (k * frequencies).cos().diag(), (k * frequencies).sin().diag()
    return torch.cat([torch.cat([cos, sin], 1), torch.cat([-sin, cos], 1)], 0)


# %%
# reject: a list of blocks · expects "expected (rows, columns) = (4, 4), got (2, 2, 2)"
# - return torch.block_diag(*blocks)
# + return blocks
