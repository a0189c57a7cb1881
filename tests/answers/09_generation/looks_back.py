# %%
# accept: both dimensions indexed at once
def looks_back(weights, offset, start):
    queries = torch.arange(start, weights.shape[-1])
    return weights[..., queries, queries - offset].mean(-1)


# %%
# accept: a loop over queries
def looks_back(weights, offset, start):
    T = weights.shape[-1]
    total = torch.zeros(weights.shape[:-2], dtype=weights.dtype)
    for i in range(start, T):
        total = total + weights[..., i, i - offset]
    return total / (T - start)


# %%
# accept: a mask of the line
def looks_back(weights, offset, start):
    T = weights.shape[-1]
    line = torch.eye(T, dtype=weights.dtype).roll(-offset, dims=1)
    line[:start] = 0
    return torch.einsum("...ij,ij->...", weights, line) / (T - start)


# %%
# reject: all zeros · expects "every value is zero"

# %%
# reject: ahead · expects "that looks ahead"
# - line = weights.diagonal(-offset, dim1=-2, dim2=-1)  # (..., T - offset), from query `offset` on
# + line = weights.diagonal(offset, dim1=-2, dim2=-1)

# %%
# reject: the place itself · expects "that is the place itself"
# - line = weights.diagonal(-offset, dim1=-2, dim2=-1)  # (..., T - offset), from query `offset` on
# - return line[..., start - offset :].mean(dim=-1)
# + return weights.diagonal(0, dim1=-2, dim2=-1).mean(dim=-1)

# %%
# reject: the sum · expects "the sum is taken"
# - return line[..., start - offset :].mean(dim=-1)
# + return line[..., start - offset :].sum(dim=-1)

# %%
# reject: divided by T · expects "divide by 4"
# - return line[..., start - offset :].mean(dim=-1)
# + return line[..., start - offset :].sum(dim=-1) / weights.shape[-1]

# %%
# reject: start not used · expects "start is not used"
# - return line[..., start - offset :].mean(dim=-1)
# + return line.mean(dim=-1)

# %%
# reject: start counts the line · expects "the first query is left out"
# - return line[..., start - offset :].mean(dim=-1)
# + return line[..., start:].mean(dim=-1)

# %%
# reject: the queries before start · expects "take those from start on"
# - return line[..., start - offset :].mean(dim=-1)
# + return line[..., : start - offset + (start == offset) * len(weights)].mean(dim=-1)

# %%
# reject: query start alone · expects "only query start is taken"
# - return line[..., start - offset :].mean(dim=-1)
# + return line[..., start - offset]

# %%
# reject: the median · expects "that is the median"
# - return line[..., start - offset :].mean(dim=-1)
# + return line[..., start - offset :].median(dim=-1).values

# %%
# reject: the largest · expects "that is the largest"
# - return line[..., start - offset :].mean(dim=-1)
# + return line[..., start - offset :].amax(dim=-1)

# %%
# reject: always one place back · expects "that is one place back; offset is 2"
# - line = weights.diagonal(-offset, dim1=-2, dim2=-1)  # (..., T - offset), from query `offset` on
# - return line[..., start - offset :].mean(dim=-1)
# + line = weights.diagonal(-1, dim1=-2, dim2=-1)
# + return line[..., start - 1 :].mean(dim=-1)

# %%
# reject: one number for all maps · expects "each map has a number of its own"
# - return line[..., start - offset :].mean(dim=-1)
# + return line[..., start - offset :].mean()

# %%
# reject: the first two dimensions · expects "layers, heads"
# - line = weights.diagonal(-offset, dim1=-2, dim2=-1)  # (..., T - offset), from query `offset` on
# + line = weights.diagonal(-offset, dim1=0, dim2=1)

# %%
# reject: queries and keys swapped · expects "swaps queries and keys"
# - line = weights.diagonal(-offset, dim1=-2, dim2=-1)  # (..., T - offset), from query `offset` on
# + line = weights.mT.diagonal(-offset, dim1=-2, dim2=-1)

# %%
# reject: the diagonal above · expects "that looks ahead, above the diagonal"
# - line = weights.diagonal(-offset, dim1=-2, dim2=-1)  # (..., T - offset), from query `offset` on
# + line = weights.diagonal(offset, dim1=-2, dim2=-1)

# %%
# reject: the rows from start on · expects "or the mean of whole rows"
# - line = weights.diagonal(-offset, dim1=-2, dim2=-1)  # (..., T - offset), from query `offset` on
# - return line[..., start - offset :].mean(dim=-1)
# + return weights[..., start:, :].mean(dim=(-2, -1))

# %%
# reject: the square from start on · expects "the mean of a whole block"
# - line = weights.diagonal(-offset, dim1=-2, dim2=-1)  # (..., T - offset), from query `offset` on
# - return line[..., start - offset :].mean(dim=-1)
# + return weights[..., start:, start:].mean(dim=(-2, -1))

# %%
# reject: a table of queries and keys · expects "the mean of a whole block"
# - line = weights.diagonal(-offset, dim1=-2, dim2=-1)  # (..., T - offset), from query `offset` on
# - return line[..., start - offset :].mean(dim=-1)
# + queries = torch.arange(start, weights.shape[-1])
# + return weights[..., queries[:, None], queries - offset].mean(dim=(-2, -1))

# %%
# reject: a number · expects "without .item() or float"
# - return line[..., start - offset :].mean(dim=-1)
# + return line[..., start - offset :].mean(dim=-1).item()
