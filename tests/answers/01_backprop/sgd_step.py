# %%
# accept: a loop
def sgd_step(params, grads, lr):
    new = {}
    for name in params:
        new[name] = torch.add(params[name], grads[name], alpha=-lr)
    return new


# %%
# accept: copies that are changed in place
def sgd_step(params, grads, lr):
    new = {name: value.detach().clone() for name, value in params.items()}
    for name, value in new.items():
        value -= lr * grads[name]
    return new


# %%
# reject: up the slope · expects "the step goes up the slope"
# - return {name: value - lr * grads[name] for name, value in params.items()}
# + return {name: value + lr * grads[name] for name, value in params.items()}

# %%
# reject: in place · expects "changes its input in place"
# - return {name: value - lr * grads[name] for name, value in params.items()}
# + for name, value in params.items():
# +     value -= lr * grads[name]
# + return params

# %%
# reject: replaces the entries of the old dict · expects "changes its input in place"
# - return {name: value - lr * grads[name] for name, value in params.items()}
# + for name in params:
# +     params[name] = params[name] - lr * grads[name]
# + return params

# %%
# reject: no learning rate · expects "the learning rate is not used"
# - return {name: value - lr * grads[name] for name, value in params.items()}
# + return {name: value - grads[name] for name, value in params.items()}

# %%
# reject: returns the step alone · expects "you return only the step"
# - return {name: value - lr * grads[name] for name, value in params.items()}
# + return {name: lr * grads[name] for name in params}

# %%
# reject: returns nothing · expects "nothing is returned"
# - return {name: value - lr * grads[name] for name, value in params.items()}
# + new = {name: value - lr * grads[name] for name, value in params.items()}

# %%
# reject: nothing changes · expects "you return the parameters as they were"
# - return {name: value - lr * grads[name] for name, value in params.items()}
# + return params

# %%
# reject: divides by the learning rate · expects "you divide by the learning rate"
# - return {name: value - lr * grads[name] for name, value in params.items()}
# + return {name: value - grads[name] / lr for name, value in params.items()}

# %%
# reject: knows only the names of this network · expects "sgd_step raised KeyError"
# - return {name: value - lr * grads[name] for name, value in params.items()}
# + return {name: params[name] - lr * grads[name] for name in ("W1", "b1", "W2", "b2")}

# %%
# reject: all zeros · expects "every value is zero"
