# %%
# accept: in place, with indices
def backpropagate(order):
    order[-1].grad = torch.ones_like(order[-1].data)
    for k in range(len(order) - 1, -1, -1):
        grads = order[k].local(order[k].grad)
        for j, parent in enumerate(order[k].parents):
            parent.grad += grads[j].sum_to_size(parent.grad.shape)


# %%
# accept: sums the broadcast dimensions itself, and adds to the gradient of the loss
def backpropagate(order):
    def fit(grad, like):
        while grad.dim() > like.dim():
            grad = grad.sum(0)
        for i, size in enumerate(like.shape):
            if size == 1:
                grad = grad.sum(i, keepdim=True)
        return grad

    order[-1].grad = order[-1].grad + 1
    for value in order[::-1]:
        for parent, grad in zip(value.parents, value.local(value.grad)):
            parent.grad = parent.grad + fit(grad, parent.data)


# %%
# accept: gradients from before are dropped
def backpropagate(order):
    for value in order:
        value.grad = torch.zeros_like(value.data)
    order[-1].grad = torch.ones_like(order[-1].data)
    for value in reversed(order):
        for parent, grad in zip(value.parents, value.local(value.grad), strict=True):
            parent.grad = parent.grad + grad.sum_to_size(parent.data.shape)


# %%
# reject: gradients replaced · expects "yours keeps the last one"
# - parent.grad = parent.grad + grad.sum_to_size(parent.data.shape)
# + parent.grad = grad.sum_to_size(parent.data.shape)

# %%
# reject: the first gradient is kept · expects "yours keeps the first one"
# - parent.grad = parent.grad + grad.sum_to_size(parent.data.shape)
# + if not parent.grad.any():
# +     parent.grad = grad.sum_to_size(parent.data.shape)

# %%
# reject: the gradient of the loss is not set · expects "set it first"
# - order[-1].grad = torch.ones_like(order[-1].data)

# %%
# reject: walked forwards · expects "walk from last to first"
# - for value in reversed(order):
# + for value in order:

# %%
# reject: begins with the first value · expects "set it first"
# - order[-1].grad = torch.ones_like(order[-1].data)
# + order[0].grad = torch.ones_like(order[0].data)

# %%
# reject: a broadcast bias keeps a row for each sample · expects "the gradient of the bias: expected (units,) = (3,)"
# - parent.grad = parent.grad + grad.sum_to_size(parent.data.shape)
# + parent.grad = parent.grad + grad

# %%
# reject: the bias gets the mean of the rows · expects "every value is 0.2 times"
# - parent.grad = parent.grad + grad.sum_to_size(parent.data.shape)
# + if grad.shape != parent.data.shape:
# +     grad = grad.mean(dim=0)
# + parent.grad = parent.grad + grad

# %%
# reject: local gets a one · expects "the gradient of"
# - for parent, grad in zip(value.parents, value.local(value.grad), strict=True):
# + one = torch.ones_like(value.grad)
# + for parent, grad in zip(value.parents, value.local(one), strict=True):

# %%
# reject: the data instead of the gradient · expects "the gradient of"
# - for parent, grad in zip(value.parents, value.local(value.grad), strict=True):
# + for parent, grad in zip(value.parents, value.local(value.data), strict=True):


# %%
# reject: nothing is done · expects "set it first"
def backpropagate(order):
    pass
