# %%
# accept: exp by hand, a limit instead of a case
def tempered(logits, temperature):
    centered = logits - logits.max(dim=1, keepdim=True).values
    exp = (centered / max(temperature, 1e-12)).exp()
    return exp / exp.sum(dim=1, keepdim=True)


# %%
# accept: scatter at the argmax
def tempered(logits, temperature):
    if temperature < 1e-9:
        return torch.zeros_like(logits).scatter(1, logits.argmax(1, keepdim=True), 1.0)
    return F.softmax(logits * (1 / temperature), dim=1)


# %%
# reject: all zeros · expects "every value is zero"


# %%
# reject: multiplies · expects "you multiply by the temperature"
def tempered(logits, temperature):
    return torch.softmax(logits * temperature, dim=-1)


# %%
# reject: ignores the temperature · expects "the temperature is not used"
def tempered(logits, temperature):
    return torch.softmax(logits, dim=-1)


# %%
# reject: divides the probabilities · expects "divide the logits, not the probabilities"
def tempered(logits, temperature):
    return torch.softmax(logits, dim=-1) / temperature


# %%
# reject: whole numbers at temperature 0 · expects "add .to(logits)"
# - return F.one_hot(logits.argmax(dim=-1), logits.shape[-1]).to(logits)
# + return F.one_hot(logits.argmax(dim=-1), logits.shape[-1])


# %%
# reject: powers of the probabilities · expects "no longer sum to 1"
def tempered(logits, temperature):
    return torch.softmax(logits, dim=-1) ** (1 / max(temperature, 1e-9))


# %%
# reject: over the batch · expects "the softmax runs over the batch"
def tempered(logits, temperature):
    return torch.softmax(logits / temperature, dim=0)


# %%
# reject: no softmax · expects "apply the softmax"
def tempered(logits, temperature):
    return logits / temperature


# %%
# reject: no case for temperature 0 · expects "a division by a temperature of 0"
def tempered(logits, temperature):
    return torch.softmax(logits / torch.tensor(temperature), dim=-1)


# %%
# reject: exp overflows · expects "an exp that overflows"
# - return torch.softmax(logits / temperature, dim=-1)
# + exp = (logits / temperature).exp()
# + return exp / exp.sum(dim=1, keepdim=True)


# %%
# reject: at 0 the distribution of the model · expects "at temperature 0 keep the most probable"
def tempered(logits, temperature):
    return torch.softmax(logits / (temperature or 1), dim=-1)


# %%
# reject: at 0 all alike · expects "every token got the same probability"
# - return F.one_hot(logits.argmax(dim=-1), logits.shape[-1]).to(logits)
# + return torch.full_like(logits, 1 / logits.shape[1])

# %%
# reject: at 0 the least probable token · expects "the least probable token is left; take the argmax"
# - return F.one_hot(logits.argmax(dim=-1), logits.shape[-1]).to(logits)
# + return F.one_hot(logits.argmin(dim=-1), logits.shape[-1]).to(logits)
