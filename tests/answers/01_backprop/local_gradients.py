# %%
# accept: functions inside, slopes computed ahead
def add(a, b):
    def local(grad):
        return grad, grad

    return Value(a.data + b.data, (a, b), local)


def mul(a, b):
    def local(grad):
        return [b.data * grad, a.data * grad]

    return Value(a.data.mul(b.data), [a, b], local)


def tanh(a):
    slope = 1 / torch.cosh(a.data) ** 2
    return Value(a.data.tanh(), parents=(a,), local=lambda grad: [grad * slope])


def matmul(a, b):
    return Value(
        torch.matmul(a.data, b.data), (a, b), lambda g: (g.matmul(b.data.mT), a.data.mT.matmul(g))
    )


# %%
# accept: einsum, and notes added after the value is made
def add(a, b):
    out = Value(a.data + b.data)
    out.parents, out.local = (a, b), lambda grad: (grad.clone(), grad.clone())
    return out


def mul(a, b):
    out = Value(a.data * b.data)
    out.parents = (a, b)
    out.local = lambda grad: (grad * b.data, grad * a.data)
    return out


def tanh(a):
    out = Value(torch.tanh(a.data))
    out.parents = (a,)
    out.local = lambda grad: (grad - grad * out.data.square(),)
    return out


def matmul(a, b):
    out = Value(torch.einsum("ij,jk->ik", a.data, b.data))
    out.parents = (a, b)
    out.local = lambda grad: (
        torch.einsum("ik,jk->ij", grad, b.data),
        torch.einsum("ik,ij->jk", grad, a.data),
    )
    return out


# %%
# reject: the factors are exchanged · expects "the gradients of a and b are exchanged"
# - return Value(a.data * b.data, (a, b), lambda grad: (grad * b.data, grad * a.data))
# + return Value(a.data * b.data, (a, b), lambda grad: (grad * a.data, grad * b.data))

# %%
# reject: the slopes alone · expects "multiply by it"
# - return Value(a.data * b.data, (a, b), lambda grad: (grad * b.data, grad * a.data))
# + return Value(a.data * b.data, (a, b), lambda grad: (b.data, a.data))

# %%
# reject: add passes on ones · expects "multiply by it"
# - return Value(a.data + b.data, (a, b), lambda grad: (grad, grad))
# + return Value(a.data + b.data, (a, b), lambda grad: (torch.ones_like(grad), torch.ones_like(grad)))

# %%
# reject: the gradient shared between the two · expects "every value is 0.5 times"
# - return Value(a.data + b.data, (a, b), lambda grad: (grad, grad))
# + return Value(a.data + b.data, (a, b), lambda grad: (grad / 2, grad / 2))

# %%
# reject: no slope of tanh · expects "the slope of tanh is missing"
# - return Value(result, (a,), lambda grad: (grad * (1 - result**2),))
# + return Value(result, (a,), lambda grad: (grad,))

# %%
# reject: the input squared · expects "not 1 − a²"
# - return Value(result, (a,), lambda grad: (grad * (1 - result**2),))
# + return Value(result, (a,), lambda grad: (grad * (1 - a.data**2),))

# %%
# reject: tanh twice · expects "result is tanh(a) already"
# - return Value(result, (a,), lambda grad: (grad * (1 - result**2),))
# + return Value(result, (a,), lambda grad: (grad * (1 - torch.tanh(result) ** 2),))

# %%
# reject: a gradient and no tuple · expects "local of tanh returns a tuple with 1"
# - return Value(result, (a,), lambda grad: (grad * (1 - result**2),))
# + return Value(result, (a,), lambda grad: grad * (1 - result**2))

# %%
# reject: no parents · expects "the parents are the 2"
# - return Value(a.data + b.data, (a, b), lambda grad: (grad, grad))
# + return Value(a.data + b.data, local=lambda grad: (grad, grad))

# %%
# reject: a tensor and no Value · expects "add returns a Tensor"
# - return Value(a.data + b.data, (a, b), lambda grad: (grad, grad))
# + return a.data + b.data

# %%
# reject: matmul without a transpose · expects "print both shapes"
# - return Value(a.data @ b.data, (a, b), lambda grad: (grad @ b.data.T, a.data.T @ grad))
# + return Value(a.data @ b.data, (a, b), lambda grad: (grad @ b.data, a.data @ grad))

# %%
# reject: matmul's factors in the wrong order · expects "print both shapes"
# - return Value(a.data @ b.data, (a, b), lambda grad: (grad @ b.data.T, a.data.T @ grad))
# + return Value(a.data @ b.data, (a, b), lambda grad: (b.data.T @ grad, grad @ a.data.T))

# %%
# reject: matmul as mul · expects "they do not broadcast"
# - return Value(a.data @ b.data, (a, b), lambda grad: (grad @ b.data.T, a.data.T @ grad))
# + return mul(a, b)


# %%
# reject: results are zero · expects "every value is zero"
def add(a, b):
    return Value(0 * a.data, (a, b), lambda grad: (0 * grad, 0 * grad))


def mul(a, b):
    return Value(0 * a.data, (a, b), lambda grad: (0 * grad, 0 * grad))


def tanh(a):
    return Value(0 * a.data, (a,), lambda grad: (0 * grad,))


def matmul(a, b):
    return Value(0 * (a.data @ b.data), (a, b), lambda grad: (0 * a.data, 0 * b.data))
