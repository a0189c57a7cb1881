# %%
# accept: the formula with an identity matrix
def softmax_jacobian(weights):
    eye = torch.eye(weights.shape[-1], dtype=weights.dtype)
    return weights.unsqueeze(-1) * (eye - weights.unsqueeze(-2))


# %%
# accept: einsum, the diagonal added in place
def softmax_jacobian(weights):
    jacobian = -torch.einsum("...i,...j->...ij", weights, weights)
    jacobian.diagonal(dim1=-2, dim2=-1).add_(weights)
    return jacobian


# %%
# accept: a loop over rows
def softmax_jacobian(weights):
    S = weights.shape[-1]
    rows = [torch.diag(p) - torch.outer(p, p) for p in weights.reshape(-1, S)]
    return torch.stack(rows).reshape(*weights.shape, S)


# %%
# reject: all zeros · expects "every value is zero"

# %%
# reject: identity on the diagonal · expects "not 1"
# - return torch.diag_embed(weights) - outer
# + return torch.eye(weights.shape[-1], dtype=weights.dtype) - outer


# %%
# reject: only the diagonal · expects "only the diagonal is filled"
def softmax_jacobian(weights):
    return torch.diag_embed(weights * (1 - weights))


# %%
# reject: the outer product alone · expects "p on the diagonal, is missing"
def softmax_jacobian(weights):
    return -weights[..., :, None] * weights[..., None, :]


# %%
# reject: the outer product is added · expects "subtract it"
def softmax_jacobian(weights):
    return torch.diag_embed(weights) + weights[..., :, None] * weights[..., None, :]


# %%
# reject: p(1 - p) on the diagonal, minus p² again · expects "p² is doubled on the diagonal"
# - return torch.diag_embed(weights) - outer
# + return torch.diag_embed(weights * (1 - weights)) - outer

# %%
# reject: twice the outer product · expects "the outer product is subtracted twice"
# - return torch.diag_embed(weights) - outer
# + return torch.diag_embed(weights) - 2 * outer


# %%
# reject: the sign flipped · expects "the sign is flipped"
def softmax_jacobian(weights):
    return weights[..., :, None] * weights[..., None, :] - torch.diag_embed(weights)


# %%
# reject: the diagonal alone, as a vector · expects "(2, 2), got (2,)"
def softmax_jacobian(weights):
    return weights * (1 - weights)


# %%
# reject: one matrix for all rows · expects "softmax_jacobian raised"
def softmax_jacobian(weights):
    return torch.diag(weights) - torch.outer(weights, weights)


# %%
# reject: takes the softmax once more · expects "the Jacobian for p"
def softmax_jacobian(weights):
    p = weights.softmax(-1)
    return torch.diag_embed(p) - p[..., :, None] * p[..., None, :]


# %%
# reject: a number for the outer product · expects "p @ p.T is one number for a vector"
# - outer = weights[..., :, None] * weights[..., None, :]  # (..., S, S)
# + outer = weights @ weights.T

# %%
# reject: p_j twice · expects "yours has p_j twice"
# - outer = weights[..., :, None] * weights[..., None, :]  # (..., S, S)
# + outer = weights[..., None, :] ** 2

# %%
# reject: p_i twice · expects "yours has p_i twice"
# - outer = weights[..., :, None] * weights[..., None, :]  # (..., S, S)
# + outer = weights[..., :, None] ** 2
