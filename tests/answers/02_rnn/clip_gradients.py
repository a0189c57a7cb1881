# %%
# accept: torch's own function
def clip_gradients(parameters, max_norm):
    return nn.utils.clip_grad_norm_(list(parameters), max_norm).item()


# %%
# accept: one long vector and a factor that is never above 1
def clip_gradients(parameters, max_norm):
    parameters = [p for p in parameters if p.grad is not None]
    total = torch.cat([p.grad.flatten() for p in parameters]).norm().item()
    factor = min(1.0, max_norm / (total + 1e-12))
    for p in parameters:
        p.grad = p.grad * factor
    return total


# %%
# reject: sets all gradients to zero · expects "got 0."


# %%
# reject: each tensor alone · expects "each tensor is clipped alone"
def clip_gradients(parameters, max_norm):
    total = 0.0
    for p in parameters:
        if p.grad is not None:
            norm = p.grad.norm().item()
            total += norm**2
            if norm > max_norm:
                p.grad.mul_(max_norm / norm)
    return math.sqrt(total)


# %%
# reject: scales to norm 1 · expects "the factor is max_norm / total"
# - g.mul_(max_norm / total)
# + g.div_(total)


# %%
# reject: no return · expects "nothing is returned"
def clip_gradients(parameters, max_norm):
    torch.nn.utils.clip_grad_norm_([p for p in parameters if p.grad is not None], max_norm)


# %%
# reject: entries cut off · expects "every entry is cut off"
# - if total > max_norm:
# -     for g in grads:
# -         g.mul_(max_norm / total)
# + for g in grads:
# +     g.clamp_(-max_norm, max_norm)

# %%
# reject: new tensors, the gradients stay · expects "nothing was clipped"
# - for g in grads:
# -     g.mul_(max_norm / total)
# + grads = [g * max_norm / total for g in grads]

# %%
# reject: no square root · expects "you divide by the squared norm"
# - total = math.sqrt(sum((g**2).sum().item() for g in grads))
# + total = sum((g**2).sum().item() for g in grads)

# %%
# reject: the sum of the norms · expects "you divide by the sum of the norms"
# - total = math.sqrt(sum((g**2).sum().item() for g in grads))
# + total = sum(g.norm().item() for g in grads)

# %%
# reject: small gradients are scaled up · expects "were scaled up"
# - if total > max_norm:
# -     for g in grads:
# -         g.mul_(max_norm / total)
# + for g in grads:
# +     g.mul_(max_norm / total)

# %%
# reject: returns the norm after clipping · expects "that is the norm after clipping"
# - return total
# + return min(total, max_norm)

# %%
# reject: two loops over a generator · expects "a generator is used up after one loop"
# - grads = [p.grad for p in parameters if p.grad is not None]
# - total = math.sqrt(sum((g**2).sum().item() for g in grads))
# + total = math.sqrt(sum((p.grad**2).sum().item() for p in parameters if p.grad is not None))
#
# - for g in grads:
# -     g.mul_(max_norm / total)
# + for p in parameters:
# +     if p.grad is not None:
# +         p.grad.mul_(max_norm / total)

# %%
# reject: a parameter without a gradient · expects "skip such a parameter"
# - grads = [p.grad for p in parameters if p.grad is not None]
# + grads = [p.grad for p in parameters]


# %%
# reject: returns a tensor · expects "return a float"
def clip_gradients(parameters, max_norm):
    return nn.utils.clip_grad_norm_(list(parameters), max_norm)
