# %%
# accept: a Python sum
def accuracy(probs, y):
    return sum(int(row.argmax()) == int(label) for row, label in zip(probs, y)) / len(y)


# %%
# accept: the true class has the largest probability
def accuracy(probs, y):
    best = probs.max(dim=-1)
    return float((best.indices == y).sum() / y.numel())


# %%
# reject: a count · expects "divide by the batch size"
# - return (probs.argmax(dim=1) == y).double().mean().item()
# + return float((probs.argmax(dim=1) == y).sum())

# %%
# reject: a percentage · expects "that is a percentage"
# - return (probs.argmax(dim=1) == y).double().mean().item()
# + return 100 * (probs.argmax(dim=1) == y).double().mean().item()

# %%
# reject: nothing is returned · expects "nothing is returned"
# - return (probs.argmax(dim=1) == y).double().mean().item()
# + (probs.argmax(dim=1) == y).double().mean().item()

# %%
# reject: a tensor · expects "use .item()"
# - return (probs.argmax(dim=1) == y).double().mean().item()
# + return (probs.argmax(dim=1) == y).double().mean()

# %%
# reject: argmax over the batch · expects "accuracy raised RuntimeError"
# - return (probs.argmax(dim=1) == y).double().mean().item()
# + return (probs.argmax(dim=0) == y).double().mean().item()

# %%
# reject: the share of errors · expects "the share of errors"
# - return (probs.argmax(dim=1) == y).double().mean().item()
# + return (probs.argmax(dim=1) != y).double().mean().item()

# %%
# reject: always zero · expects "the accuracy"

# %%
# reject: the mean probability of the true class · expects "the accuracy"
# - return (probs.argmax(dim=1) == y).double().mean().item()
# + return probs[torch.arange(len(y)), y].mean().item()
