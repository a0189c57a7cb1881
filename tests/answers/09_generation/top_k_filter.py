# %%
# accept: sort and where
def top_k_filter(logits, k):
    ordered = logits.sort(dim=-1, descending=True).values
    kth = ordered[..., min(k, logits.size(-1)) - 1].unsqueeze(-1)
    return torch.where(logits >= kth, logits, -torch.inf)


# %%
# accept: kthvalue from below
def top_k_filter(logits, k):
    V = logits.shape[-1]
    if k >= V:
        return logits.clone()
    kth = torch.kthvalue(logits, V - k + 1, dim=-1, keepdim=True).values
    result = logits.clone()
    result[result < kth] = float("-inf")
    return result


# %%
# accept: a loop over rows
def top_k_filter(logits, k):
    rows = []
    for row in logits.reshape(-1, logits.shape[-1]):
        limit = sorted(row.tolist(), reverse=True)[:k][-1]
        rows.append(
            row + torch.tensor([0.0 if z >= limit else -math.inf for z in row.tolist()]).to(row)
        )
    return torch.stack(rows).reshape(logits.shape)


# %%
# reject: all zeros · expects "every value is zero"

# %%
# reject: keeps the smallest · expects "it keeps the k smallest"
# - smallest = logits.topk(k, dim=-1).values[..., -1:]  # (..., 1)
# - return logits.masked_fill(logits < smallest, -torch.inf)
# + largest = logits.topk(k, dim=-1, largest=False).values[..., -1:]
# + return logits.masked_fill(logits > largest, -torch.inf)

# %%
# reject: drops the k-th · expects "one too few: the k-th largest stays"
# - return logits.masked_fill(logits < smallest, -torch.inf)
# + return logits.masked_fill(logits <= smallest, -torch.inf)


# %%
# reject: index off by one · expects "yours keeps [1, 3, 4]"
def top_k_filter(logits, k):
    k = min(k, logits.shape[-1] - 1)
    kth = logits.sort(descending=True).values[..., k : k + 1]
    return logits.masked_fill(logits < kth, -torch.inf)


# %%
# reject: over the whole batch · expects "of the batch, not of each row"
# - k = min(k, logits.shape[-1])
# - smallest = logits.topk(k, dim=-1).values[..., -1:]  # (..., 1)
# + smallest = logits.flatten().topk(min(k, logits.numel())).values[-1]

# %%
# reject: over the columns · expects "the largest of each column"
# - k = min(k, logits.shape[-1])
# - smallest = logits.topk(k, dim=-1).values[..., -1:]  # (..., 1)
# + smallest = logits.topk(min(k, len(logits)), dim=0).values[-1:]


# %%
# reject: sorted values come back · expects "in the wrong places"
def top_k_filter(logits, k):
    ordered = logits.sort(descending=True).values
    ordered[..., k:] = -torch.inf
    return ordered


# %%
# reject: a mask of ranks is not carried back · expects "the first k tokens stay"
def top_k_filter(logits, k):
    return logits.masked_fill(torch.arange(logits.shape[-1]) >= k, -torch.inf)


# %%
# reject: exactly k at a tie · expects "a tie with the k-th is dropped"
def top_k_filter(logits, k):
    values, index = logits.topk(min(k, logits.shape[-1]))
    return torch.full_like(logits, -torch.inf).scatter(-1, index, values)


# %%
# reject: zeros · expects "dropped logits are 0"
# - return logits.masked_fill(logits < smallest, -torch.inf)
# + return logits.masked_fill(logits < smallest, 0)

# %%
# reject: the most negative number · expects "dropped logits are -3.4e+38; make them −inf"
# - return logits.masked_fill(logits < smallest, -torch.inf)
# + return logits.masked_fill(logits < smallest, torch.finfo(logits.dtype).min)

# %%
# reject: probabilities · expects "these are probabilities"
# - return logits.masked_fill(logits < smallest, -torch.inf)
# + return logits.masked_fill(logits < smallest, -torch.inf).softmax(dim=-1)

# %%
# reject: log-probabilities · expects "What stays keeps its value"
# - return logits.masked_fill(logits < smallest, -torch.inf)
# + return logits.masked_fill(logits < smallest, -torch.inf).log_softmax(dim=-1)

# %%
# reject: in place · expects "changes its input in place"
# - return logits.masked_fill(logits < smallest, -torch.inf)
# + return logits.masked_fill_(logits < smallest, -torch.inf)

# %%
# reject: only the k values · expects "expected the shape of the logits"
# - smallest = logits.topk(k, dim=-1).values[..., -1:]  # (..., 1)
# - return logits.masked_fill(logits < smallest, -torch.inf)
# + return logits.topk(k, dim=-1).values

# %%
# reject: −10,000 in place of −inf · expects "dropped logits are -1e+04; make them −inf"
# - return logits.masked_fill(logits < smallest, -torch.inf)
# + return logits.masked_fill(logits < smallest, -1e4)

# %%
# reject: k above V · expects "k may be above V"
# - k = min(k, logits.shape[-1])

# %%
# reject: the k-th smallest as the bound · expects "the bound is the k-th smallest logit"
# - smallest = logits.topk(k, dim=-1).values[..., -1:]  # (..., 1)
# + smallest = logits.topk(k, dim=-1, largest=False).values[..., -1:]


# %%
# reject: two dimensions only · expects "without leading dimensions, (V,), must work too"
def top_k_filter(logits, k):
    smallest = logits.topk(min(k, logits.shape[-1])).values[:, -1:]
    return logits.masked_fill(logits < smallest, -torch.inf)
