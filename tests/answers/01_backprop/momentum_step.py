# %%
# accept: one loop over the names
def momentum_step(params, grads, velocity, lr, beta=0.9):
    new, faster = {}, {}
    for name, value in params.items():
        faster[name] = velocity[name].mul(beta).add(grads[name])
        new[name] = torch.sub(value, faster[name], alpha=lr)
    return new, faster


# %%
# accept: copies changed in place
def momentum_step(params, grads, velocity, lr, beta=0.9):
    params = {name: value.clone() for name, value in params.items()}
    velocity = {name: value.clone() for name, value in velocity.items()}
    for name in params:
        velocity[name] *= beta
        velocity[name] += grads[name]
        params[name] -= lr * velocity[name]
    return params, velocity


# %%
# reject: a running mean · expects "plus the whole gradient"
# - velocity = {name: beta * velocity[name] + grads[name] for name in params}
# + velocity = {name: beta * velocity[name] + (1 - beta) * grads[name] for name in params}

# %%
# reject: beta before the gradient · expects "β stands before the gradient"
# - velocity = {name: beta * velocity[name] + grads[name] for name in params}
# + velocity = {name: velocity[name] + beta * grads[name] for name in params}

# %%
# reject: nothing is forgotten · expects "β is missing"
# - velocity = {name: beta * velocity[name] + grads[name] for name in params}
# + velocity = {name: velocity[name] + grads[name] for name in params}

# %%
# reject: minus the gradient · expects "subtracted from the velocity"
# - velocity = {name: beta * velocity[name] + grads[name] for name in params}
# + velocity = {name: beta * velocity[name] - grads[name] for name in params}

# %%
# reject: up the slope · expects "the step goes up the slope"
# - return {name: params[name] - lr * velocity[name] for name in params}, velocity
# + return {name: params[name] + lr * velocity[name] for name in params}, velocity

# %%
# reject: a step with the gradient · expects "use the new velocity"
# - return {name: params[name] - lr * velocity[name] for name in params}, velocity
# + return {name: params[name] - lr * grads[name] for name in params}, velocity

# %%
# reject: a step with the old velocity · expects "the step uses the old velocity"
# - velocity = {name: beta * velocity[name] + grads[name] for name in params}
# - return {name: params[name] - lr * velocity[name] for name in params}, velocity
# + new = {name: params[name] - lr * velocity[name] for name in params}
# + return new, {name: beta * velocity[name] + grads[name] for name in params}

# %%
# reject: the velocity is changed in place · expects "changes its input in place"
# - velocity = {name: beta * velocity[name] + grads[name] for name in params}
# + for name in params:
# +     velocity[name] = beta * velocity[name] + grads[name]

# %%
# reject: the velocity is not returned · expects "momentum_step returns 2 values"
# - return {name: params[name] - lr * velocity[name] for name in params}, velocity
# + return {name: params[name] - lr * velocity[name] for name in params}

# %%
# reject: the two are exchanged · expects "the velocity of w"
# - return {name: params[name] - lr * velocity[name] for name in params}, velocity
# + return velocity, {name: params[name] - lr * velocity[name] for name in params}

# %%
# reject: beta is always 0.9 · expects "after five steps with another β"
# - velocity = {name: beta * velocity[name] + grads[name] for name in params}
# + velocity = {name: 0.9 * velocity[name] + grads[name] for name in params}

# %%
# reject: all zeros · expects "got [0.0]"
