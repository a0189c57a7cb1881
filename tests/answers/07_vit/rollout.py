# %%
# accept: einsum and functools.reduce
def rollout(weights):
    from functools import reduce

    T = weights.size(-1)
    half = 0.5 * weights.mean(1) + 0.5 * torch.eye(T, device=weights.device)
    return reduce(lambda r, a: torch.einsum("ij,jk->ik", a, r), half)


# %%
# accept: the identity joins before the mean, rows renormalized, from the last layer down
def rollout(weights):
    T = weights.shape[-1]
    a = (weights + torch.eye(T).to(weights)).mean(dim=1)
    a = a / a.sum(dim=-1, keepdim=True)
    r = a[-1]
    for i in range(len(a) - 2, -1, -1):
        r = r @ a[i]
    return r


# %%
# accept: vectors instead of matrices, with add in place on copies
def rollout(weights):
    L, H, T, _ = weights.shape
    columns = []
    for j in range(T):
        v = weights.new_zeros(T)
        v[j] = 1.0
        for l in range(L):
            mixed = sum(weights[l, h] @ v for h in range(H)) / H
            v = 0.5 * (mixed + v)
        columns.append(v)
    return torch.stack(columns, dim=1)


# %%
# accept: baddbmm-like, a clone and the diagonal
def rollout(weights):
    a = weights.sum(dim=1) / weights.shape[1] / 2
    a.diagonal(dim1=-2, dim2=-1).add_(0.5)
    r = a[0].clone()
    for layer in a[1:]:
        r = torch.matmul(layer, r)
    return r


# %%
# reject: nothing returned · expects "end with `return`"
def rollout(weights):
    weights.mean(dim=1)


# %%
# reject: all zeros · expects "every value is zero"


# %%
# reject: the first layer on the left · expects "wrong order"
def rollout(weights):
    r = torch.eye(weights.shape[-1], device=weights.device)
    for a in weights.mean(dim=1):
        r = r @ (0.5 * a + 0.5 * torch.eye(len(a), device=weights.device))
    return r


# %%
# reject: no identity · expects "the identity is missing: add half"
def rollout(weights):
    r = torch.eye(weights.shape[-1], device=weights.device)
    for a in weights.mean(dim=1):
        r = a @ r
    return r


# %%
# reject: no identity and the wrong order · expects "and the first layer stands on the left"
def rollout(weights):
    r = torch.eye(weights.shape[-1], device=weights.device)
    for a in weights.mean(dim=1):
        r = r @ a
    return r


# %%
# reject: the identity once, at the end · expects "joins at the end"
def rollout(weights):
    I = torch.eye(weights.shape[-1], device=weights.device)
    r = I
    for a in weights.mean(dim=1):
        r = a @ r
    return 0.5 * r + 0.5 * I


# %%
# reject: the result transposed · expects "transposed"
def rollout(weights):
    I = torch.eye(weights.shape[-1], device=weights.device)
    r = I
    for a in weights.mean(dim=1):
        r = (0.5 * a + 0.5 * I) @ r
    return r.T


# %%
# reject: each matrix transposed · expects "every matrix is transposed"
def rollout(weights):
    I = torch.eye(weights.shape[-1], device=weights.device)
    r = I
    for a in weights.mean(dim=1).mT:
        r = (0.5 * a + 0.5 * I) @ r
    return r


# %%
# reject: entry by entry · expects "entry by entry, with *"
def rollout(weights):
    a = 0.5 * weights.mean(dim=1) + 0.5 * torch.eye(weights.shape[-1], device=weights.device)
    return a.prod(dim=0)


# %%
# reject: entry by entry, renormalized · expects "entry by entry and then renormalized"
def rollout(weights):
    a = 0.5 * weights.mean(dim=1) + 0.5 * torch.eye(weights.shape[-1], device=weights.device)
    a = a.prod(dim=0)
    return a / a.sum(dim=-1, keepdim=True)


# %%
# reject: sum of the layers · expects "the layers are added"
def rollout(weights):
    a = 0.5 * weights.mean(dim=1) + 0.5 * torch.eye(weights.shape[-1], device=weights.device)
    return a.sum(dim=0)


# %%
# reject: mean of the layers · expects "the mean over the layers"
def rollout(weights):
    return 0.5 * weights.mean(dim=(0, 1)) + 0.5 * torch.eye(weights.shape[-1])


# %%
# reject: the first layer only · expects "only the first layer"
def rollout(weights):
    for a in weights.mean(dim=1):
        return 0.5 * a + 0.5 * torch.eye(len(a))


# %%
# reject: the last layer only · expects "only the last layer"
def rollout(weights):
    return 0.5 * weights[-1].mean(dim=0) + 0.5 * torch.eye(weights.shape[-1])


# %%
# reject: not halved · expects "not halved"
# - identity = torch.eye(weights.shape[-1], dtype=weights.dtype, device=weights.device)
# + identity = torch.eye(weights.shape[-1], device=weights.device)
#
# - mixed = (attention + identity) / 2 @ mixed
# + mixed = (attention + identity) @ mixed

# %%
# reject: a bracket is missing · expects "the identity is not"
# - identity = torch.eye(weights.shape[-1], dtype=weights.dtype, device=weights.device)
# + identity = torch.eye(weights.shape[-1], device=weights.device)
#
# - mixed = (attention + identity) / 2 @ mixed
# + mixed = (0.5 * attention + identity) @ mixed

# %%
# reject: the other bracket is missing · expects "the attention is not"
# - identity = torch.eye(weights.shape[-1], dtype=weights.dtype, device=weights.device)
# + identity = torch.eye(weights.shape[-1], device=weights.device)
#
# - mixed = (attention + identity) / 2 @ mixed
# + mixed = (attention + identity / 2) @ mixed

# %%
# reject: ones for the identity · expects "full of ones"
# - identity = torch.eye(weights.shape[-1], dtype=weights.dtype, device=weights.device)
# + identity = torch.eye(weights.shape[-1], device=weights.device)
#
# - mixed = (attention + identity) / 2 @ mixed
# + mixed = (0.5 * attention + 0.5) @ mixed

# %%
# reject: columns renormalized · expects "columns are made to sum to 1"
# - identity = torch.eye(weights.shape[-1], dtype=weights.dtype, device=weights.device)
# + identity = torch.eye(weights.shape[-1], device=weights.device)
#
# - mixed = (attention + identity) / 2 @ mixed
# + attention = attention + identity
# + mixed = (attention / attention.sum(dim=0, keepdim=True)) @ mixed

# %%
# reject: 0.9 and 0.1 · expects "the rollout of the example: expected 0.48"
# - identity = torch.eye(weights.shape[-1], dtype=weights.dtype, device=weights.device)
# + identity = torch.eye(weights.shape[-1], device=weights.device)
#
# - mixed = (attention + identity) / 2 @ mixed
# + mixed = (0.9 * attention + 0.1 * identity) @ mixed


# %%
# reject: product over the heads · expects "the heads are multiplied; take"
def rollout(weights):
    I = torch.eye(weights.shape[-1], device=weights.device)
    r = I
    for a in weights.prod(dim=1):
        r = (0.5 * a + 0.5 * I) @ r
    return r


# %%
# reject: product over the heads, renormalized · expects "the heads are multiplied and renormalized"
def rollout(weights):
    I = torch.eye(weights.shape[-1], device=weights.device)
    r = I
    for a in weights.prod(dim=1):
        a = a / a.sum(dim=-1, keepdim=True)
        r = (0.5 * a + 0.5 * I) @ r
    return r


# %%
# reject: the heads one after the other as matrices · expects "the heads are multiplied as matrices"
def rollout(weights):
    I = torch.eye(weights.shape[-1], device=weights.device)
    r = I
    for layer in weights:
        for a in layer:
            r = (0.5 * a + 0.5 * I) @ r
    return r


# %%
# reject: max over the heads · expects "the largest of the heads is taken; take"
def rollout(weights):
    I = torch.eye(weights.shape[-1], device=weights.device)
    r = I
    for a in weights.amax(dim=1):
        r = (0.5 * a + 0.5 * I) @ r
    return r


# %%
# reject: max over the heads, renormalized · expects "the largest of the heads is taken and renormalized"
def rollout(weights):
    I = torch.eye(weights.shape[-1], device=weights.device)
    r = I
    for a in weights.amax(dim=1):
        a = a / a.sum(dim=-1, keepdim=True)
        r = (0.5 * a + 0.5 * I) @ r
    return r


# %%
# reject: max over the heads, renormalized with the identity · expects "and the rows are renormalized"
def rollout(weights):
    I = torch.eye(weights.shape[-1], device=weights.device)
    r = I
    for a in weights.amax(dim=1):
        a = a + I
        r = (a / a.sum(dim=-1, keepdim=True)) @ r
    return r


# %%
# reject: min over the heads · expects "the smallest of the heads"
def rollout(weights):
    I = torch.eye(weights.shape[-1], device=weights.device)
    r = I
    for a in weights.amin(dim=1):
        r = (0.5 * a + 0.5 * I) @ r
    return r


# %%
# reject: sum over the heads · expects "the heads are added"
def rollout(weights):
    I = torch.eye(weights.shape[-1], device=weights.device)
    r = I
    for a in weights.sum(dim=1):
        r = (0.5 * a + 0.5 * I) @ r
    return r


# %%
# reject: the first head · expects "only the first head"
def rollout(weights):
    I = torch.eye(weights.shape[-1], device=weights.device)
    r = I
    for a in weights[:, 0]:
        r = (0.5 * a + 0.5 * I) @ r
    return r


# %%
# reject: each head alone, then the mean · expects "each head is rolled out alone"
def rollout(weights):
    I = torch.eye(weights.shape[-1], device=weights.device)
    r = I.expand(weights.shape[1], -1, -1)
    for a in weights:
        r = (0.5 * a + 0.5 * I) @ r
    return r.mean(dim=0)


# %%
# reject: the mean is forgotten · expects "(T, inputs)"
def rollout(weights):
    I = torch.eye(weights.shape[-1], device=weights.device)
    r = I
    for a in weights:
        r = (0.5 * a + 0.5 * I) @ r
    return r


# %%
# reject: layers and heads swapped · expects "layers and heads are swapped"
def rollout(weights):
    I = torch.eye(weights.shape[-1], device=weights.device)
    r = I
    for a in weights.mean(dim=0):
        r = (0.5 * a + 0.5 * I) @ r
    return r


# %%
# reject: the identity on the CPU · expects "It would fail on a GPU"
# - identity = torch.eye(weights.shape[-1], dtype=weights.dtype, device=weights.device)
# + identity = torch.eye(weights.shape[-1])
#
# - mixed = (attention + identity) / 2 @ mixed
# + mixed = (0.5 * attention + 0.5 * identity) @ mixed


# %%
# reject: multi_dot, which wants two layers at least · expects "raised"
def rollout(weights):
    I = torch.eye(weights.shape[-1], device=weights.device)
    return torch.linalg.multi_dot([0.5 * a + 0.5 * I for a in weights.mean(dim=1).flip(0)])


# %%
# reject: two layers only · expects "the rollout of one layer"
def rollout(weights):
    I = torch.eye(weights.shape[-1], device=weights.device)
    a = 0.5 * weights.mean(dim=1) + 0.5 * I
    return a[-1] @ a[min(1, len(a) - 1) - 1]


# %%
# reject: in place · expects "changes its input"
def rollout(weights):
    weights += torch.eye(weights.shape[-1], device=weights.device)
    weights /= 2
    r = torch.eye(weights.shape[-1], device=weights.device)
    for a in weights.mean(dim=1):
        r = a @ r
    return r


# %%
# reject: in numpy · expects "expected torch.float32, as the weights are"
def rollout(weights):
    A = weights.double().mean(1).numpy()
    R = np.eye(A.shape[-1])
    for a in A:
        R = (0.5 * a + 0.5 * np.eye(len(a))) @ R
    return torch.from_numpy(R)


# %%
# reject: in numpy, and back · expects "It would fail on a GPU"
def rollout(weights):
    A = weights.mean(1).numpy()
    R = np.eye(A.shape[-1], dtype=A.dtype)
    for a in A:
        R = (0.5 * a + 0.5 * np.eye(len(a), dtype=A.dtype)) @ R
    return torch.from_numpy(R)
