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
# - return mixed

# %%
# reject: all zeros · expects "every value is zero"

# %%
# reject: the first layer on the left · expects "wrong order"
# - mixed = (attention + identity) / 2 @ mixed
# + mixed = mixed @ (attention + identity) / 2

# %%
# reject: no identity · expects "the identity is missing: add half"
# - mixed = (attention + identity) / 2 @ mixed
# + mixed = attention @ mixed

# %%
# reject: no identity and the wrong order · expects "and the first layer stands on the left"
# - mixed = (attention + identity) / 2 @ mixed
# + mixed = mixed @ attention

# %%
# reject: the identity once, at the end · expects "joins at the end"
# -     mixed = (attention + identity) / 2 @ mixed
# - return mixed
# +     mixed = attention @ mixed
# + return (mixed + identity) / 2

# %%
# reject: the result transposed · expects "transposed"
# - return mixed
# + return mixed.T

# %%
# reject: each matrix transposed · expects "every matrix is transposed"
# - for attention in weights.mean(dim=1):  # (T, T)
# + for attention in weights.mean(dim=1).mT:

# %%
# reject: entry by entry · expects "entry by entry, with *"
# in: einsum and functools.reduce
# - return reduce(lambda r, a: torch.einsum("ij,jk->ik", a, r), half)
# + return half.prod(dim=0)

# %%
# reject: entry by entry, renormalized · expects "entry by entry and then renormalized"
# in: einsum and functools.reduce
# - return reduce(lambda r, a: torch.einsum("ij,jk->ik", a, r), half)
# + r = half.prod(dim=0)
# + return r / r.sum(dim=-1, keepdim=True)

# %%
# reject: sum of the layers · expects "the layers are added"
# in: einsum and functools.reduce
# - return reduce(lambda r, a: torch.einsum("ij,jk->ik", a, r), half)
# + return half.sum(dim=0)

# %%
# reject: mean of the layers · expects "the mean over the layers"
# in: einsum and functools.reduce
# - return reduce(lambda r, a: torch.einsum("ij,jk->ik", a, r), half)
# + return half.mean(dim=0)

# %%
# reject: the first layer only · expects "only the first layer"
# in: einsum and functools.reduce
# - return reduce(lambda r, a: torch.einsum("ij,jk->ik", a, r), half)
# + return half[0]

# %%
# reject: the last layer only · expects "only the last layer"
# in: einsum and functools.reduce
# - return reduce(lambda r, a: torch.einsum("ij,jk->ik", a, r), half)
# + return half[-1]

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
# - for attention in weights.mean(dim=1):  # (T, T)
# + for attention in weights.prod(dim=1):

# %%
# reject: product over the heads, renormalized · expects "the heads are multiplied and renormalized"
# - for attention in weights.mean(dim=1):  # (T, T)
# + for attention in weights.prod(dim=1):
# +     attention = attention / attention.sum(dim=-1, keepdim=True)

# %%
# reject: the heads one after the other as matrices · expects "the heads are multiplied as matrices"
# - for attention in weights.mean(dim=1):  # (T, T)
# + for attention in weights.flatten(0, 1):

# %%
# reject: max over the heads · expects "the largest of the heads is taken; take"
# - for attention in weights.mean(dim=1):  # (T, T)
# + for attention in weights.amax(dim=1):

# %%
# reject: max over the heads, renormalized · expects "the largest of the heads is taken and renormalized"
# - for attention in weights.mean(dim=1):  # (T, T)
# + for attention in weights.amax(dim=1):
# +     attention = attention / attention.sum(dim=-1, keepdim=True)

# %%
# reject: max over the heads, renormalized with the identity · expects "and the rows are renormalized"
# - for attention in weights.mean(dim=1):  # (T, T)
# -     mixed = (attention + identity) / 2 @ mixed
# + for attention in weights.amax(dim=1) + identity:
# +     mixed = attention / attention.sum(dim=-1, keepdim=True) @ mixed

# %%
# reject: min over the heads · expects "the smallest of the heads"
# - for attention in weights.mean(dim=1):  # (T, T)
# + for attention in weights.amin(dim=1):

# %%
# reject: sum over the heads · expects "the heads are added"
# - for attention in weights.mean(dim=1):  # (T, T)
# + for attention in weights.sum(dim=1):

# %%
# reject: the first head · expects "only the first head"
# - for attention in weights.mean(dim=1):  # (T, T)
# + for attention in weights[:, 0]:

# %%
# reject: each head alone, then the mean · expects "each head is rolled out alone"
# - for attention in weights.mean(dim=1):  # (T, T)
# + for attention in weights:
#
# - return mixed
# + return mixed.mean(dim=0)

# %%
# reject: the mean is forgotten · expects "(T, inputs)"
# - for attention in weights.mean(dim=1):  # (T, T)
# + for attention in weights:

# %%
# reject: layers and heads swapped · expects "layers and heads are swapped"
# - for attention in weights.mean(dim=1):  # (T, T)
# + for attention in weights.mean(dim=0):

# %%
# reject: the identity on the CPU · expects "It would fail on a GPU"
# - identity = torch.eye(weights.shape[-1], dtype=weights.dtype, device=weights.device)
# + identity = torch.eye(weights.shape[-1])
#
# - mixed = (attention + identity) / 2 @ mixed
# + mixed = (0.5 * attention + 0.5 * identity) @ mixed

# %%
# reject: multi_dot, which wants two layers at least · expects "raised"
# in: einsum and functools.reduce
# - return reduce(lambda r, a: torch.einsum("ij,jk->ik", a, r), half)
# + return torch.linalg.multi_dot(list(half.flip(0)))

# %%
# reject: two layers only · expects "with another layer, put first"
# in: einsum and functools.reduce
# - return reduce(lambda r, a: torch.einsum("ij,jk->ik", a, r), half)
# + return half[-1] @ half[min(1, len(half) - 1) - 1]

# %%
# reject: in place · expects "changes its input"
# - mixed = identity
# + mixed = identity
# + weights += identity
#
# - mixed = (attention + identity) / 2 @ mixed
# + mixed = attention / 2 @ mixed


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
