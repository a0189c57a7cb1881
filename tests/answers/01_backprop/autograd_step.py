# %%
# accept: zeroes before, updates through .data
def autograd_step(loss_fn, params, x, y, lr):
    for value in params.values():
        if value.grad is not None:
            value.grad.zero_()
    loss = loss_fn(params, x, y)
    loss.backward()
    for value in params.values():
        value.data.sub_(lr * value.grad)
    return float(loss)


# %%
# accept: torch.autograd.grad, which never touches .grad
def autograd_step(loss_fn, params, x, y, lr):
    loss = loss_fn(params, x, y)
    grads = torch.autograd.grad(loss, list(params.values()))
    with torch.no_grad():
        for value, grad in zip(params.values(), grads):
            value.copy_(value - lr * grad)
    return loss.item()


# %%
# accept: new leaves in the same dict
def autograd_step(loss_fn, params, x, y, lr):
    loss = loss_fn(params, x, y)
    loss.backward()
    for name in list(params):
        params[name] = (params[name] - lr * params[name].grad).detach().requires_grad_()
    return loss.item()


# %%
# reject: every result is zero · expects "got 0."

# %%
# reject: gradients accumulate · expects "gradients pile up"
# - value.grad = None

# %%
# reject: no no_grad · expects "torch.no_grad"
# in: new leaves in the same dict
# - for name in list(params):
# -     params[name] = (params[name] - lr * params[name].grad).detach().requires_grad_()
# + for value in params.values():
# +     value -= lr * value.grad
# +     value.grad = None

# %%
# reject: new tensors that nobody keeps · expects "the parameters did not change"
# - value -= lr * value.grad
# - value.grad = None
# + grad, value.grad = value.grad, None
# + value = value - lr * grad

# %%
# reject: new tensors without requires_grad · expects "lost its requires_grad"
# - for value in params.values():
# -     value -= lr * value.grad
# -     value.grad = None
# + for name in params:
# +     params[name] = params[name] - lr * params[name].grad

# %%
# reject: up the slope · expects "the step goes up the slope"
# - value -= lr * value.grad
# + value += lr * value.grad

# %%
# reject: the loss after the step · expects "that is the loss after the step"
# - loss = loss_fn(params, x, y)
# - loss.backward()
# + loss_fn(params, x, y).backward()
#
# - return loss.item()
# + return loss_fn(params, x, y).item()

# %%
# reject: backward is forgotten · expects "autograd_step raised TypeError"
# - loss.backward()
#
# - value.grad = None

# %%
# reject: zeroes between backward and update · expects "the parameters did not change"
# + value.grad.zero_()
#   value -= lr * value.grad
#
# - value.grad = None

# %%
# reject: no learning rate · expects "the learning rate is not used"
# - value -= lr * value.grad
# + value -= value.grad

# %%
# reject: returns the tensor · expects "use .item()"
# - return loss.item()
# + return loss

# %%
# reject: divides by the batch size once more · expects "the loss is a mean already"
# - value -= lr * value.grad
# + value -= lr * value.grad / len(x)
