# %%
# accept: the formula
def minimum_norm(x, y):
    return x.T @ torch.linalg.inv(x @ x.T) @ y


# %%
# accept: least squares by the singular values
def minimum_norm(x, y):
    return torch.linalg.lstsq(x, y, driver="gelsd").solution


# %%
# accept: QR of the transpose
def minimum_norm(x, y):
    q, r = torch.linalg.qr(x.T)
    return q @ torch.linalg.solve_triangular(r.T, y, upper=False)


# %%
# accept: numpy
def minimum_norm(x, y):
    return torch.from_numpy(np.linalg.pinv(x.numpy()) @ y.numpy())


# %%
# accept: computed in float32
def minimum_norm(x, y):
    return (torch.linalg.pinv(x.float()) @ y.float()).to(x)


# %%
# reject: all zeros · expects "every value is zero"

# %%
# reject: the transposed product alone · expects "the factor (x x.T)⁻¹ is missing"
# - return torch.linalg.pinv(x) @ y
# + return x.T @ y

# %%
# reject: the other normal equations · expects "minimum_norm"
# - return torch.linalg.pinv(x) @ y
# + return torch.linalg.inv(x.T @ x) @ x.T @ y

# %%
# reject: as many columns as rows, the rest zero · expects "not the smallest"
# - return torch.linalg.pinv(x) @ y
# + W = torch.zeros(x.shape[1], y.shape[1], dtype=x.dtype)
# + W[: len(x)] = torch.linalg.solve(x[:, : len(x)], y)
# + return W

# %%
# reject: an arbitrary part added · expects "not the smallest"
# - return torch.linalg.pinv(x) @ y
# + p = torch.linalg.pinv(x)
# + noise = torch.ones(x.shape[1], y.shape[1], dtype=x.dtype)
# + return p @ y + noise - p @ x @ noise

# %%
# reject: transposed · expects "expected (d, m) = (7, 5), got (5, 7)"
# - return torch.linalg.pinv(x) @ y
# + return (torch.linalg.pinv(x) @ y).T

# %%
# reject: ridge · expects "x @ W: expected"
# - return torch.linalg.pinv(x) @ y
# + return x.T @ torch.linalg.inv(x @ x.T + 0.1 * torch.eye(len(x)).to(x)) @ y

# %%
# reject: x and y swapped · expects "expected (d, m) = (7, 5), got (5, 7)"
# - return torch.linalg.pinv(x) @ y
# + return torch.linalg.pinv(y) @ x

# %%
# reject: transposed instead of inverted pseudoinverse · expects "raised RuntimeError"
# - return torch.linalg.pinv(x) @ y
# + return torch.linalg.solve(x, y)

# %%
# reject: the normal equations of the other side · expects "no inverse"
# - return torch.linalg.pinv(x) @ y
# + return torch.linalg.inv(x.T @ x) @ x.T @ y
