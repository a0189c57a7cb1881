# %%
# accept: through the logarithm
def softmax(logits):
    return torch.exp(logits - torch.logsumexp(logits, dim=-1, keepdim=True))


# %%
# accept: PyTorch's own operator
def softmax(logits):
    return F.softmax(logits, dim=-1)


# %%
# accept: a loop over the rows
def softmax(logits):
    rows = []
    for row in logits:
        e = (row - row.max()).exp()
        rows.append(e / e.sum())
    return torch.stack(rows)


# %%
# reject: the indices of the maximum are not taken off · expects "take .values"
# - exp = torch.exp(logits - logits.max(dim=1, keepdim=True).values)
# + exp = torch.exp(logits - logits.max(dim=1, keepdim=True))


# %%
# reject: over the batch · expects "the columns sum to 1, not the rows"
def softmax(logits):
    e = torch.exp(logits - logits.max(dim=0, keepdim=True).values)
    return e / e.sum(dim=0, keepdim=True)


# %%
# reject: one sum for the whole batch · expects "you divide by the sum over all rows"
def softmax(logits):
    e = torch.exp(logits - logits.max())
    return e / e.sum()


# %%
# reject: no subtraction of the maximum · expects "subtract the largest logit of each row"
# - exp = torch.exp(logits - logits.max(dim=1, keepdim=True).values)
# + exp = torch.exp(logits)

# %%
# reject: one maximum for the whole batch, so that small rows vanish · expects "NaN"
# - exp = torch.exp(logits - logits.max(dim=1, keepdim=True).values)
# + exp = torch.exp(logits - logits.max())

# %%
# reject: all zeros · expects "every value is zero"


# %%
# reject: works in place · expects "changes its input in place"
def softmax(logits):
    logits -= logits.max(dim=1, keepdim=True).values
    return logits.exp() / logits.exp().sum(dim=1, keepdim=True)


# %%
# reject: exp is forgotten · expects "did you forget exp"
def softmax(logits):
    return logits / logits.sum(dim=1, keepdim=True)


# %%
# reject: the minus sign of another formula · expects "p₀ / p₁"
def softmax(logits):
    return F.softmax(-logits, dim=1)


# %%
# reject: nothing is returned · expects "Does your function end with `return`?"
# - return exp / exp.sum(dim=1, keepdim=True)
# + exp / exp.sum(dim=1, keepdim=True)

# %%
# reject: the sum without keepdim · expects "softmax raised RuntimeError"
# - return exp / exp.sum(dim=1, keepdim=True)
# + return exp / exp.sum(dim=1)
