# %%
# accept: exp and sum
def soft_lookup(query, keys, values):
    e = torch.exp(torch.einsum("nd,d->n", keys, query))
    weights = e / e.sum()
    return torch.einsum("n,nv->v", weights, values), weights


# %%
# accept: a loop
def soft_lookup(query, keys, values):
    scores = torch.stack([torch.dot(key, query) for key in keys])
    weights = F.softmax(scores, dim=-1)
    return sum(w * value for w, value in zip(weights, values)), weights


# %%
# reject: all zeros · expects "every value is zero"

# %%
# reject: no softmax · expects "these are the scores: apply softmax"
# - weights = torch.softmax(keys @ query, dim=0)  # (N,)
# + weights = keys @ query

# %%
# reject: divided by the sum of sizes · expects "apply softmax, which needs exp"
# - weights = torch.softmax(keys @ query, dim=0)  # (N,)
# + weights = keys @ query / (keys @ query).abs().sum()

# %%
# reject: the context from the keys instead of the values · expects "it is the values that are returned"
# - return weights @ values, weights
# + return weights @ keys, weights

# %%
# reject: swapped results · expects "the order is value, weights"
# - return weights @ values, weights
# + return weights, weights @ values

# %%
# reject: hard after all · expects "this is a hard lookup"
# - weights = torch.softmax(keys @ query, dim=0)  # (N,)
# + weights = F.one_hot((keys @ query).argmax(), len(keys)).to(values.dtype)

# %%
# reject: the values are not weighted · expects "without weights"
# - return weights @ values, weights
# + return values.mean(dim=0), weights

# %%
# reject: all weights equal · expects "all weights are equal"
# - weights = torch.softmax(keys @ query, dim=0)  # (N,)
# + weights = torch.full((len(keys),), 1 / len(keys), dtype=keys.dtype)

# %%
# reject: the mean of the weighted values · expects "the weights sum to 1 already"
# - return weights @ values, weights
# + return (weights[:, None] * values).mean(dim=0), weights

# %%
# reject: scaled scores · expects "here they are not"
# - weights = torch.softmax(keys @ query, dim=0)  # (N,)
# + weights = torch.softmax(keys @ query / math.sqrt(len(query)), dim=0)


# %%
# reject: only the value · expects "soft_lookup returns 2 values"
def soft_lookup(query, keys, values):
    return torch.softmax(keys @ query, dim=0) @ values
