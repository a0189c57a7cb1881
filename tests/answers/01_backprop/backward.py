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
        "z": dz,
        "h": through,
        "logits": delta,
    }


# %%
# accept: sample by sample
def backward(params, x, y, probs, h):
    rows = {name: [] for name in ("logits", "h", "z", "W1", "b1", "W2", "b2")}
    for i in range(len(x)):
        delta = probs[i].clone()
        delta[y[i]] -= 1
        delta /= len(x)
        dh = params["W2"].T @ delta
        dz = dh * (1 - h[i].square())
        found = (delta, dh, dz, torch.outer(dz, x[i]), dz, torch.outer(delta, h[i]), delta)
        for name, value in zip(rows, found):
            rows[name].append(value)
    grads = {name: torch.stack(value) for name, value in rows.items()}
    return {n: v if n in ("logits", "h", "z") else v.sum(dim=0) for n, v in grads.items()}


# %%
# accept: divides at the end
def backward(params, x, y, probs, h):
    B = x.size(0)
    dlogits = probs - torch.eye(probs.size(1))[y]
    dh = torch.mm(dlogits, params["W2"])
    dz = dh * (1 - torch.pow(h, 2))
    grads = dict(W1=torch.mm(dz.T, x), b1=dz.sum(0), W2=torch.mm(dlogits.T, h), b2=dlogits.sum(0))
    grads |= dict(logits=dlogits, h=dh, z=dz)
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
# - dz = dh * (1 - h**2)  # (B, d_hidden)
# + dz = dh * (1 - h)

# %%
# reject: h (1 - h), the slope of the sigmoid · expects "which is the sigmoid's"
# - dz = dh * (1 - h**2)  # (B, d_hidden)
# + dz = dh * h * (1 - h)

# %%
# reject: no slope of tanh at all · expects "from your d h, the gradient of z"
# - dz = dh * (1 - h**2)  # (B, d_hidden)
# + dz = dh

# %%
# reject: tanh applied twice in the slope · expects "h is tanh(z) already"
# - dz = dh * (1 - h**2)  # (B, d_hidden)
# + dz = dh * (1 - torch.tanh(h) ** 2)

# %%
# reject: W1 transposed · expects "the gradient of W1: expected shape (5, 6), got (6, 5). Is it transposed?"
# - "W1": dz.T @ x,
# + "W1": x.T @ dz,

# %%
# reject: W2 transposed · expects "the gradient of W2: expected shape (4, 5), got (5, 4). Is it transposed?"
# - "W2": dlogits.T @ h,
# + "W2": h.T @ dlogits,

# %%
# reject: one-hot minus probs · expects "the sign is flipped: more probability"
# - dlogits = (probs - F.one_hot(y, probs.shape[1])) / len(x)  # (B, n_classes)
# + dlogits = (F.one_hot(y, probs.shape[1]) - probs) / len(x)

# %%
# reject: labels not subtracted · expects "the term of the true class"
# - dlogits = (probs - F.one_hot(y, probs.shape[1])) / len(x)  # (B, n_classes)
# + dlogits = probs / len(x)

# %%
# reject: the softmax derivative once more · expects "do not multiply by it again"
# - dlogits = (probs - F.one_hot(y, probs.shape[1])) / len(x)  # (B, n_classes)
# + dlogits = (probs - F.one_hot(y, probs.shape[1])) * probs * (1 - probs) / len(x)

# %%
# reject: b2 averaged after dividing already · expects "b2 is averaged over the batch once more"
# - "b2": dlogits.sum(dim=0),
# + "b2": dlogits.mean(dim=0),

# %%
# reject: b1 averaged after dividing already · expects "b1 is averaged over the batch once more"
# - "b1": dz.sum(dim=0),
# + "b1": dz.mean(dim=0),

# %%
# reject: bias gradients not summed over the batch · expects "the gradient of b2: expected shape"
# - "b1": dz.sum(dim=0),
# + "b1": dz,
#
# - "b2": dlogits.sum(dim=0),
# + "b2": dlogits,

# %%
# reject: the gradient of h swapped with that of z · expects "the gradient of h"
# - "h": dh,
# - "z": dz,
# + "h": dz,
# + "z": dh,

# %%
# reject: only the parameters · expects "logits is missing"
# - "logits": dlogits,
# - "h": dh,
# - "z": dz,

# %%
# reject: the slope of tanh where h belongs · expects "W2 needs the hidden activations h"
# - "W2": dlogits.T @ h,
# + "W2": dlogits.T @ (1 - h**2),

# %%
# reject: the first layer divided twice · expects "the gradient of z"
# - dz = dh * (1 - h**2)  # (B, d_hidden)
# + dz = dh * (1 - h**2) / len(x)

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
