# %%
# accept: einsum, in the order of the derivation
def backward(params, x, y, probs, h):
    delta = probs.clone()
    delta[torch.arange(len(y)), y] -= 1
    delta /= len(y)
    through = torch.einsum("bc,ch->bh", delta, params["W2"])
    dz = through - through * h * h
    return {
        "b2": delta.sum(0),
        "W2": torch.einsum("bc,bh->ch", delta, h),
        "W1": torch.einsum("bh,bi->hi", dz, x),
        "b1": dz.sum(0),
    }


# %%
# accept: gradients per sample, then their mean
def backward(params, x, y, probs, h):
    rows = {"W1": [], "b1": [], "W2": [], "b2": []}
    for i in range(len(x)):
        delta = probs[i].clone()
        delta[y[i]] -= 1
        dz = (params["W2"].T @ delta) * (1 - h[i].square())
        rows["W1"].append(torch.outer(dz, x[i]))
        rows["b1"].append(dz)
        rows["W2"].append(torch.outer(delta, h[i]))
        rows["b2"].append(delta)
    return {name: torch.stack(value).mean(dim=0) for name, value in rows.items()}


# %%
# accept: divides at the end
def backward(params, x, y, probs, h):
    B = x.size(0)
    dlogits = probs - torch.eye(probs.size(1))[y]
    dz = torch.mm(dlogits, params["W2"]) * (1 - torch.pow(h, 2))
    grads = dict(W1=torch.mm(dz.T, x), b1=dz.sum(0), W2=torch.mm(dlogits.T, h), b2=dlogits.sum(0))
    return {name: value / B for name, value in grads.items()}


# %%
# reject: forgets to divide by the batch size · expects "divide by the batch size"
# - dlogits = (probs - F.one_hot(y, probs.shape[1])) / len(x)  # (B, n_classes)
# + dlogits = probs - F.one_hot(y, probs.shape[1])

# %%
# reject: divides by the number of classes · expects "not by the batch size"
# - dlogits = (probs - F.one_hot(y, probs.shape[1])) / len(x)  # (B, n_classes)
# + dlogits = (probs - F.one_hot(y, probs.shape[1])) / probs.shape[1]

# %%
# reject: 1 - h · expects "1 − h², not 1 − h"
# - dz = (dlogits @ params["W2"]) * (1 - h**2)  # (B, d_hidden)
# + dz = (dlogits @ params["W2"]) * (1 - h)

# %%
# reject: h (1 - h), the slope of the sigmoid · expects "which is the sigmoid's"
# - dz = (dlogits @ params["W2"]) * (1 - h**2)  # (B, d_hidden)
# + dz = (dlogits @ params["W2"]) * h * (1 - h)

# %%
# reject: no slope of tanh at all · expects "the slope of tanh is missing"
# - dz = (dlogits @ params["W2"]) * (1 - h**2)  # (B, d_hidden)
# + dz = dlogits @ params["W2"]

# %%
# reject: tanh applied twice in the slope · expects "h is tanh(z) already"
# - dz = (dlogits @ params["W2"]) * (1 - h**2)  # (B, d_hidden)
# + dz = (dlogits @ params["W2"]) * (1 - torch.tanh(h) ** 2)

# %%
# reject: transposed gradients · expects "Is it transposed?"
# - "W1": dz.T @ x,
# + "W1": x.T @ dz,
#
# - "W2": dlogits.T @ h,
# + "W2": h.T @ dlogits,

# %%
# reject: one-hot minus probs · expects "the sign is flipped"
# - dlogits = (probs - F.one_hot(y, probs.shape[1])) / len(x)  # (B, n_classes)
# + dlogits = (F.one_hot(y, probs.shape[1]) - probs) / len(x)

# %%
# reject: labels not subtracted · expects "are not subtracted from probs"
# - dlogits = (probs - F.one_hot(y, probs.shape[1])) / len(x)  # (B, n_classes)
# + dlogits = probs / len(x)

# %%
# reject: the softmax derivative once more · expects "do not multiply by p(1 − p) again"
# - dlogits = (probs - F.one_hot(y, probs.shape[1])) / len(x)  # (B, n_classes)
# + dlogits = (probs - F.one_hot(y, probs.shape[1])) * probs * (1 - probs) / len(x)

# %%
# reject: biases averaged after dividing already · expects "sum their rows"
# - "b1": dz.sum(dim=0),
# + "b1": dz.mean(dim=0),
#
# - "b2": dlogits.sum(dim=0),
# + "b2": dlogits.mean(dim=0),

# %%
# reject: bias gradients not summed over the batch · expects "the gradient of b2: expected shape"
# - "b1": dz.sum(dim=0),
# + "b1": dz,
#
# - "b2": dlogits.sum(dim=0),
# + "b2": dlogits,

# %%
# reject: a missing bias · expects "the gradient of b1 is missing"
# - "b1": dz.sum(dim=0),

# %%
# reject: divided twice · expects "divided by the batch size twice"
# - dz = (dlogits @ params["W2"]) * (1 - h**2)  # (B, d_hidden)
# + dz = (dlogits @ params["W2"]) * (1 - h**2) / len(x)

# %%
# reject: the error written into probs · expects "changes its input in place"
# - dlogits = (probs - F.one_hot(y, probs.shape[1])) / len(x)  # (B, n_classes)
# + probs[torch.arange(len(y)), y] -= 1
# + dlogits = probs / len(x)

# %%
# reject: all zeros · expects "every value is zero"

# %%
# reject: one-hot without the number of classes · expects "F.one_hot needs the number of classes"
# - dlogits = (probs - F.one_hot(y, probs.shape[1])) / len(x)  # (B, n_classes)
# + dlogits = (probs - F.one_hot(y)) / len(x)

# %%
# reject: everything divided twice · expects "you divide by the batch size twice"
# in: divides at the end
# - dlogits = probs - torch.eye(probs.size(1))[y]
# + dlogits = (probs - torch.eye(probs.size(1))[y]) / B

# %%
# reject: right for one sample only · expects "the gradient of"
# + x, y, probs, h = x[:1], y[:1], probs[:1], h[:1]
#   dlogits = (probs - F.one_hot(y, probs.shape[1])) / len(x)  # (B, n_classes)
