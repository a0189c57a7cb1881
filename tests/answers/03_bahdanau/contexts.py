# %%
# accept: einsum
def contexts(weights, values):
    return torch.einsum("bts,bsd->btd", weights, values)


# %%
# accept: broadcasting
def contexts(weights, values):
    return (weights[..., None] * values[:, None]).sum(dim=2)


# %%
# accept: bmm
def contexts(weights, values):
    return torch.bmm(weights, values)


# %%
# reject: all zeros · expects "every value is zero"

# %%
# reject: the mean of the values · expects "all steps get the mean of the values"
# - return weights @ values
# + return values.mean(dim=1, keepdim=True).expand(-1, weights.shape[1], -1)

# %%
# reject: the sum of the values · expects "all steps get the plain sum"
# - return weights @ values
# + return values.sum(dim=1, keepdim=True).expand(-1, weights.shape[1], -1)

# %%
# reject: one context for all steps · expects "do not sum over the steps"
# - return weights @ values
# + return (weights @ values).sum(dim=1, keepdim=True).expand(-1, weights.shape[1], -1)

# %%
# reject: hard · expects "that is a hard lookup"
# - return weights @ values
# + return values[torch.arange(len(values))[:, None], weights.argmax(dim=2)]

# %%
# reject: a mean over the tokens · expects "divided by the number of tokens"
# - return weights @ values
# + return (weights[..., None] * values[:, None]).mean(dim=2)

# %%
# reject: the values of line 0 · expects "all lines use the values of line 0"
# - return weights @ values
# + return weights @ values[0]

# %%
# reject: the lines mixed · expects "the lines are mixed"
# - return weights @ values
# + return weights @ values.sum(dim=0)

# %%
# reject: softmax once more · expects "the weights are normalized once more"
# - return weights @ values
# + single = len(values) == 1
# + return (weights if single else weights.softmax(dim=2)) @ values

# %%
# reject: transposed weights · expects "contexts raised RuntimeError"
# - return weights @ values
# + return weights.mT @ values

# %%
# reject: transposed when the shapes allow it · expects "the weights are transposed"
# - return weights @ values
# + return (weights.mT if weights.shape[1] == weights.shape[2] else weights) @ values

# %%
# reject: d before T · expects "Are T and d swapped?"
# - return weights @ values
# + return (weights @ values).mT
