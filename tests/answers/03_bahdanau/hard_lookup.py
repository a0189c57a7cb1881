# %%
# accept: a loop over the keys
def hard_lookup(query, keys, values):
    best = max(range(len(keys)), key=lambda j: float(torch.dot(keys[j], query)))
    return values[best]


# %%
# accept: a one-hot product
def hard_lookup(query, keys, values):
    scores = torch.einsum("nd,d->n", keys, query)
    return F.one_hot(scores.argmax(), len(keys)).to(values.dtype) @ values


# %%
# reject: all zeros · expects "got [0.0]"

# %%
# reject: the key instead of the value · expects "that is a key"
# - return values[(keys @ query).argmax()]
# + return keys[(keys @ query).argmax()]

# %%
# reject: the worst key · expects "the value of the worst key"
# - return values[(keys @ query).argmax()]
# + return values[(keys @ query).argmin()]

# %%
# reject: the largest value · expects "that is the largest value"
# - return values[(keys @ query).argmax()]
# + return values[values.sum(dim=1).argmax()]

# %%
# reject: soft after all · expects "that is a soft lookup"
# - return values[(keys @ query).argmax()]
# + return torch.softmax(keys @ query, dim=0) @ values

# %%
# reject: the largest absolute score · expects "the sign counts"
# - return values[(keys @ query).argmax()]
# + return values[(keys @ query).abs().argmax()]

# %%
# reject: the index alone · expects "the value: expected (d_v,) = (1,), got ()"
# - return values[(keys @ query).argmax()]
# + return (keys @ query).argmax()
