# %%
# accept: torch.max over a flat difference
def permutation_gap(f, x, order):
    before, after = f(x[:, order]), f(x)[:, order]
    return float(torch.max(torch.abs(before - after)))


# %%
# accept: index_select and the infinity norm
def permutation_gap(f, x, order):
    shuffled = torch.index_select(x, 1, order)
    difference = f(shuffled) - torch.index_select(f(x), 1, order)
    return torch.linalg.vector_norm(difference, float("inf")).item()


# %%
# accept: shuffled back instead
def permutation_gap(f, x, order):
    back = torch.argsort(order)
    return (f(x[:, order])[:, back] - f(x)).abs().amax().item()


# %%
# reject: always zero · expects "the gap of x → x + position: expected 4, got 0"

# %%
# reject: tests invariance · expects "compare with the permuted output"
# - return (f(x[:, order]) - f(x)[:, order]).abs().max().item()
# + return (f(x[:, order]) - f(x)).abs().max().item()

# %%
# reject: no absolute value · expects "the absolute value before the maximum"
# - return (f(x[:, order]) - f(x)[:, order]).abs().max().item()
# + return (f(x[:, order]) - f(x)[:, order]).max().item()

# %%
# reject: the mean · expects "take the maximum, not the mean"
# - return (f(x[:, order]) - f(x)[:, order]).abs().max().item()
# + return (f(x[:, order]) - f(x)[:, order]).abs().mean().item()

# %%
# reject: squared · expects "should not be squared"
# - return (f(x[:, order]) - f(x)[:, order]).abs().max().item()
# + return ((f(x[:, order]) - f(x)[:, order]) ** 2).max().item()

# %%
# reject: a tensor · expects "return a float"
# - return (f(x[:, order]) - f(x)[:, order]).abs().max().item()
# + return (f(x[:, order]) - f(x)[:, order]).abs().max()

# %%
# reject: permutes the batch · expects "permutation_gap raised IndexError"
# - return (f(x[:, order]) - f(x)[:, order]).abs().max().item()
# + return (f(x[order]) - f(x)[order]).abs().max().item()

# %%
# reject: permutes the features · expects "permutation_gap raised IndexError"
# - return (f(x[:, order]) - f(x)[:, order]).abs().max().item()
# + return (f(x[..., order]) - f(x)[..., order]).abs().max().item()

# %%
# reject: a permutation of its own · expects "the gap of"
# + order = torch.arange(x.shape[1]).flip(0)
#   return (f(x[:, order]) - f(x)[:, order]).abs().max().item()
