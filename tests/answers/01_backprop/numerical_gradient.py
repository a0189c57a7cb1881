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
def numerical_gradient(loss, params, eps=1e-5):
    grads = {n: torch.zeros_like(v) for n, v in params.items()}
    here = loss(params)
    for name, value in params.items():
        for i in range(value.numel()):
            moved = value.clone()
            moved.view(-1)[i] += eps
            grads[name].view(-1)[i] = (loss({**params, name: moved}) - here) / eps
    return grads


# %%
# reject: one-sided to the left · expects "to the left"
def numerical_gradient(loss, params, eps=1e-5):
    grads = {n: torch.zeros_like(v) for n, v in params.items()}
    here = loss(params)
    for name, value in params.items():
        for i in range(value.numel()):
            moved = value.clone()
            moved.view(-1)[i] -= eps
            grads[name].view(-1)[i] = (here - loss({**params, name: moved})) / eps
    return grads


# %%
# reject: divided by eps · expects "divide by 2ε"
def numerical_gradient(loss, params, eps=1e-5):
    grads = {n: torch.zeros_like(v) for n, v in params.items()}
    for name, value in params.items():
        for i in range(value.numel()):
            up, down = value.clone(), value.clone()
            up.view(-1)[i] += eps
            down.view(-1)[i] -= eps
            grads[name].view(-1)[i] = (
                loss({**params, name: up}) - loss({**params, name: down})
            ) / eps
    return grads


# %%
# reject: forgotten parentheses · expects "write (a − b) / (2 * ε)"
def numerical_gradient(loss, params, eps=1e-5):
    grads = {n: torch.zeros_like(v) for n, v in params.items()}
    for name, value in params.items():
        for i in range(value.numel()):
            up, down = value.clone(), value.clone()
            up.view(-1)[i] += eps
            down.view(-1)[i] -= eps
            grads[name].view(-1)[i] = (
                (loss({**params, name: up}) - loss({**params, name: down})) / 2 * eps
            )
    return grads


# %%
# reject: below minus above · expects "the sign is flipped"
def numerical_gradient(loss, params, eps=1e-5):
    grads = {n: torch.zeros_like(v) for n, v in params.items()}
    for name, value in params.items():
        for i in range(value.numel()):
            up, down = value.clone(), value.clone()
            up.view(-1)[i] += eps
            down.view(-1)[i] -= eps
            grads[name].view(-1)[i] = (
                loss({**params, name: down}) - loss({**params, name: up})
            ) / (2 * eps)
    return grads


# %%
# reject: all entries moved at once · expects "the numerical gradient of a"
def numerical_gradient(loss, params, eps=1e-5):
    grads = {}
    for name, value in params.items():
        slope = (loss({**params, name: value + eps}) - loss({**params, name: value - eps})) / (
            2 * eps
        )
        grads[name] = torch.full_like(value, float(slope))
    return grads


# %%
# reject: entries not put back · expects "an entry is not put back"
def numerical_gradient(loss, params, eps=1e-5):
    shifted = {n: v.clone() for n, v in params.items()}
    grads = {n: torch.zeros_like(v) for n, v in params.items()}
    for name, value in shifted.items():
        flat = value.view(-1)
        for i in range(len(flat)):
            flat[i] += eps
            up = loss(shifted)
            flat[i] -= 2 * eps
            grads[name].view(-1)[i] = (up - loss(shifted)) / (2 * eps)
    return grads


# %%
# reject: leaves the parameters moved · expects "changes its input in place"
def numerical_gradient(loss, params, eps=1e-5):
    grads = {n: torch.zeros_like(v) for n, v in params.items()}
    for name, value in params.items():
        flat = value.view(-1)
        for i in range(len(flat)):
            flat[i] += eps
            up = loss(params)
            flat[i] -= 2 * eps
            grads[name].view(-1)[i] = (up - loss(params)) / (2 * eps)
    return grads


# %%
# reject: all zeros · expects "every value is zero"


# %%
# reject: only the first parameter · expects "is missing from the returned dict"
def numerical_gradient(loss, params, eps=1e-5):
    name, value = next(iter(params.items()))
    grad = torch.zeros_like(value)
    for i in range(value.numel()):
        up, down = value.clone(), value.clone()
        up.view(-1)[i] += eps
        down.view(-1)[i] -= eps
        grad.view(-1)[i] = (loss({**params, name: up}) - loss({**params, name: down})) / (2 * eps)
    return {name: grad}


# %%
# reject: flat results · expects "It has the shape of a itself"
def numerical_gradient(loss, params, eps=1e-5):
    grads = {n: torch.zeros(v.numel()) for n, v in params.items()}
    for name, value in params.items():
        for i in range(value.numel()):
            up, down = value.clone(), value.clone()
            up.view(-1)[i] += eps
            down.view(-1)[i] -= eps
            grads[name][i] = (loss({**params, name: up}) - loss({**params, name: down})) / (2 * eps)
    return grads
