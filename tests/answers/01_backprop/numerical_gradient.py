# %%
# accept: a fresh dict for every entry
def numerical_gradient(loss, params, eps=1e-5):
    grads = {}
    for name, value in params.items():
        slopes = []
        for i in range(value.numel()):
            step = torch.zeros(value.numel(), dtype=value.dtype)
            step[i] = eps
            step = step.reshape(value.shape)
            up, down = loss({**params, name: value + step}), loss({**params, name: value - step})
            slopes.append(float(up - down) / (2 * eps))
        grads[name] = torch.tensor(slopes, dtype=value.dtype).reshape(value.shape)
    return grads


# %%
# accept: a copy of all parameters for each side, with many-dimensional indices
def numerical_gradient(loss, params, eps=1e-5):
    import copy
    import itertools

    grads = {name: torch.empty_like(value) for name, value in params.items()}
    for name in params:
        for index in itertools.product(*(range(n) for n in params[name].shape)):
            left, right = copy.deepcopy(params), copy.deepcopy(params)
            left[name][index] -= eps
            right[name][index] += eps
            grads[name][index] = (loss(right) - loss(left)) / eps / 2
    return grads


# %%
# reject: one-sided to the right · expects "this is the one-sided difference"
# - flat[i] = kept - eps
# + flat[i] = kept
#
# - grad[i] = (above - below) / (2 * eps)
# + grad[i] = (above - below) / eps

# %%
# reject: one-sided to the left · expects "to the left"
# - flat[i] = kept + eps
# + flat[i] = kept
#
# - grad[i] = (above - below) / (2 * eps)
# + grad[i] = (above - below) / eps

# %%
# reject: divided by eps · expects "divide by 2ε"
# - grad[i] = (above - below) / (2 * eps)
# + grad[i] = (above - below) / eps

# %%
# reject: forgotten parentheses · expects "write (a − b) / (2 * ε)"
# - grad[i] = (above - below) / (2 * eps)
# + grad[i] = (above - below) / 2 * eps

# %%
# reject: below minus above · expects "the sign is flipped"
# - grad[i] = (above - below) / (2 * eps)
# + grad[i] = (below - above) / (2 * eps)

# %%
# reject: all entries moved at once · expects "the numerical gradient of a"
# in: a fresh dict for every entry
# - step[i] = eps
# + step[:] = eps

# %%
# reject: entries not put back · expects "an entry is not put back"
# - flat[i] = kept

# %%
# reject: leaves the parameters moved · expects "changes its input in place"
# - shifted = {name: value.clone() for name, value in params.items()}
# + shifted = params
#
# - flat[i] = kept

# %%
# reject: all zeros · expects "every value is zero"

# %%
# reject: only the first parameter · expects "is missing from the returned dict"
# in: a fresh dict for every entry
# - for name, value in params.items():
# + for name, value in list(params.items())[:1]:

# %%
# reject: flat results · expects "It has the shape of a itself"
# in: a fresh dict for every entry
# - grads[name] = torch.tensor(slopes, dtype=value.dtype).reshape(value.shape)
# + grads[name] = torch.tensor(slopes, dtype=value.dtype)
