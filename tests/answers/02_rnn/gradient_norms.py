# %%
# accept: autograd through the whole sequence, row by row
def gradient_norms(step, x, h):
    states = [h.detach().clone().requires_grad_()]
    for x_t in x:
        states.append(step(x_t, states[-1]))
    rows = [
        torch.autograd.grad(states[-1][k], states, retain_graph=True, allow_unused=True)
        for k in range(len(h))
    ]
    matrices = [torch.stack([row[t] for row in rows]) for t in range(len(states))]
    return torch.linalg.svdvals(torch.stack(matrices))[:, 0]


# %%
# accept: the Jacobian of the rest of the sequence, from every state
def gradient_norms(step, x, h):
    def rest(state, t):
        for x_t in x[t:]:
            state = step(x_t, state)
        return state * 1

    norms = []
    for t in range(len(x) + 1):
        J = torch.autograd.functional.jacobian(lambda s, t=t: rest(s, t), h.detach())
        norms.append(torch.linalg.norm(J, ord=2))
        if t < len(x):
            h = step(x[t], h)
    return torch.stack(norms)


# %%
# reject: all zeros · expects "every value is zero"

# %%
# reject: in the reverse order · expects "the order is reversed"
# - return torch.stack(norms[::-1])
# + return torch.stack(norms)

# %%
# reject: the Frobenius norm · expects "(Frobenius)"
# - norms = [torch.linalg.matrix_norm(product, 2)]
# + norms = [product.norm()]
#
# - norms.append(torch.linalg.matrix_norm(product, 2))
# + norms.append(product.norm())


# %%
# reject: the product of the norms · expects "take the norm of the product"
def gradient_norms(step, x, h):
    norms = []
    for x_t in x:
        J = torch.autograd.functional.jacobian(lambda s: step(x_t, s), h)
        norms.append(torch.linalg.matrix_norm(J, 2))
        h = step(x_t, h)
    norms = torch.stack([*norms, torch.ones((), dtype=h.dtype)])
    return norms.flip(0).cumprod(0).flip(0)


# %%
# reject: only single steps · expects "these are the norms of single steps"
def gradient_norms(step, x, h):
    norms = []
    for x_t in x:
        J = torch.autograd.functional.jacobian(lambda s: step(x_t, s), h)
        norms.append(torch.linalg.matrix_norm(J, 2))
        h = step(x_t, h)
    return torch.stack([*norms, torch.ones((), dtype=h.dtype)])


# %%
# reject: the largest eigenvalue · expects "that is the largest eigenvalue"
# - norms = [torch.linalg.matrix_norm(product, 2)]
# + norms = [product.new_ones(())]
#
# - norms.append(torch.linalg.matrix_norm(product, 2))
# + norms.append(torch.linalg.eigvals(product).abs().max())

# %%
# reject: the factors in the wrong order · expects "the factors stand in the wrong order"
# - product = product @ J
# + product = J @ product


# %%
# reject: the state never moves on · expects "the state does not move on"
def gradient_norms(step, x, h):
    J = torch.autograd.functional.jacobian(lambda s: step(x[0], s), h.detach())
    powers = [torch.linalg.matrix_power(J, len(x) - t) for t in range(len(x) + 1)]
    return torch.stack([torch.linalg.matrix_norm(p, 2) for p in powers])


# %%
# reject: forgets h = step(...) · expects "the state does not move on"
# - jacobians = []
# - for x_t in x:
# -     jacobians.append(torch.autograd.functional.jacobian(lambda state: step(x_t, state), h))
# -     h = step(x_t, h)
# + jacobians = [
# +     torch.autograd.functional.jacobian(lambda s, x_t=x_t: step(x_t, s), h) for x_t in x
# + ]

# %%
# reject: the Jacobian at the next state · expects "take it at the state before"
# - jacobians.append(torch.autograd.functional.jacobian(lambda state: step(x_t, state), h))
#
# +     jacobians.append(torch.autograd.functional.jacobian(lambda s: step(x_t, s), h))
#   product = torch.eye(len(h), dtype=h.dtype)


# %%
# reject: from the front, then turned around · expects "begin with the last step"
def gradient_norms(step, x, h):
    product = torch.eye(len(h), dtype=h.dtype)
    norms = [torch.linalg.matrix_norm(product, 2)]
    for x_t in x:
        product = torch.autograd.functional.jacobian(lambda s: step(x_t, s), h) @ product
        h = step(x_t, h)
        norms.append(torch.linalg.matrix_norm(product, 2))
    return torch.stack(norms[::-1])


# %%
# reject: the Jacobians in the order of the walk · expects "multiplied from the first step on"
# - for J in reversed(jacobians):
# + for J in jacobians:

# %%
# reject: an identity of another dtype · expects "torch.eye(n, dtype=x.dtype)"
# - product = torch.eye(len(h), dtype=h.dtype)
# + product = torch.eye(len(h))

# %%
# reject: the identity at the end is missing · expects "T + 1 entries"
# + product, norms = torch.eye(len(h), dtype=h.dtype), []
#   jacobians = []
#
# - product = torch.eye(len(h), dtype=h.dtype)
# - norms = [torch.linalg.matrix_norm(product, 2)]
