# %%
# accept: exponentials by hand
def temperature_probs(logits, temperature):
    top = logits.max(-1, keepdim=True).values
    if temperature == 0:
        return torch.zeros_like(logits).scatter(-1, logits.argmax(-1, keepdim=True), 1.0)
    weights = torch.exp((logits - top) / temperature)
    return weights / weights.sum(-1, keepdim=True)


# %%
# accept: computed in float32, cast back
def temperature_probs(logits, temperature):
    if temperature <= 0:
        best = logits == logits.amax(-1, keepdim=True)
        first = best & (best.cumsum(-1) == 1)
        return first.to(logits.dtype)
    wide = logits.to(torch.promote_types(logits.dtype, torch.float32))
    return F.softmax(wide / temperature, dim=-1).to(logits.dtype)


# %%
# accept: a very small temperature in place of 0, ties share
def temperature_probs(logits, temperature):
    z = logits.double() - logits.double().max(dim=-1, keepdim=True)[0]
    return (z / max(temperature, 1e-8)).softmax(-1).to(logits.dtype)


# %%
# reject: all zeros · expects "every value is zero"

# %%
# reject: multiplies · expects "the temperature multiplies the logits"
# - return torch.softmax(below / temperature, dim=-1)
# + return torch.softmax(below * temperature, dim=-1)

# %%
# reject: not used · expects "the temperature is not used"
# - return torch.softmax(below / temperature, dim=-1)
# + return torch.softmax(below, dim=-1)

# %%
# reject: divides the probabilities · expects "they no longer sum to 1"
# - return torch.softmax(below / temperature, dim=-1)
# + return torch.softmax(below, dim=-1) / temperature

# %%
# reject: softmax twice, temperature between · expects "applied after the softmax"
# - return torch.softmax(below / temperature, dim=-1)
# + return torch.softmax(torch.softmax(below, dim=-1) / temperature, dim=-1)

# %%
# reject: a power, not normalized · expects "a power of probabilities needs a new sum"
# - return torch.softmax(below / temperature, dim=-1)
# + return torch.softmax(below, dim=-1) ** (1 / temperature)

# %%
# reject: exponentials without the sum · expects "not divided by the sum of the row"
# - return torch.softmax(below / temperature, dim=-1)
# + return torch.exp(logits / temperature)

# %%
# reject: softmax over the batch · expects "runs over the batch"
# - return torch.softmax(below / temperature, dim=-1)
# + return torch.softmax(logits / temperature, dim=0)

# %%
# reject: softmax over everything · expects "over all rows together"
# - return torch.softmax(below / temperature, dim=-1)
# + return torch.softmax((logits / temperature).flatten(), dim=0).view_as(logits)

# %%
# reject: logarithms · expects "these are logarithms of probabilities"
# - return torch.softmax(below / temperature, dim=-1)
# + return torch.log_softmax(below / temperature, dim=-1)

# %%
# reject: temperature 0 divides by zero · expects "temperature 0 needs a line of its own"
# - if temperature == 0:
# -     return F.one_hot(logits.argmax(dim=-1), logits.shape[-1]).to(logits.dtype)


# %%
# reject: Python divides by zero · expects "ZeroDivisionError"
def temperature_probs(logits, temperature):
    return (logits * (1 / temperature)).softmax(-1)


# %%
# reject: temperature 0 returns the index · expects "Is the V dimension lost?"
# - return F.one_hot(logits.argmax(dim=-1), logits.shape[-1]).to(logits.dtype)
# + return logits.argmax(dim=-1)

# %%
# reject: temperature 0 takes the smallest · expects "the smallest logit got it"
# - return F.one_hot(logits.argmax(dim=-1), logits.shape[-1]).to(logits.dtype)
# + return F.one_hot(logits.argmin(dim=-1), logits.shape[-1]).to(logits.dtype)

# %%
# reject: temperature 0 is taken for 1 · expects "that is temperature 1"
# - if temperature == 0:
# -     return F.one_hot(logits.argmax(dim=-1), logits.shape[-1]).to(logits.dtype)
# + temperature = temperature or 1.0

# %%
# reject: a tie gets 1 twice · expects "the row must sum to 1"
# - return F.one_hot(logits.argmax(dim=-1), logits.shape[-1]).to(logits.dtype)
# + return (logits == logits.amax(dim=-1, keepdim=True)).to(logits.dtype)

# %%
# reject: overflows in float16 · expects "subtract the largest logit first"
# - return torch.softmax(below / temperature, dim=-1)
# + return torch.softmax(logits / temperature, dim=-1)

# %%
# reject: returns float32 · expects "the logits are torch.float16, the result torch.float32"
# - return torch.softmax(below / temperature, dim=-1)
# + return torch.softmax(below.float() / temperature, dim=-1)

# %%
# reject: in place · expects "changes its input in place"
# - below = logits - logits.amax(dim=-1, keepdim=True)  # 0 or less: the quotient cannot overflow
# + below = logits.sub_(logits.amax(dim=-1, keepdim=True))

# %%
# reject: integers at temperature 0 · expects "the result is torch.int64; keep it"
# - return F.one_hot(logits.argmax(dim=-1), logits.shape[-1]).to(logits.dtype)
# + return F.one_hot(logits.argmax(dim=-1), logits.shape[-1])

# %%
# reject: one maximum for all rows · expects "the largest logit of each row"
# - below = logits - logits.amax(dim=-1, keepdim=True)  # 0 or less: the quotient cannot overflow
# - return torch.softmax(below / temperature, dim=-1)
# + below = logits - logits.max()
# + return (below / temperature).softmax(dim=-1)

# %%
# reject: a small temperature in place of 0 · expects "Is 0 replaced by a small number?"
# - if temperature == 0:
# -     return F.one_hot(logits.argmax(dim=-1), logits.shape[-1]).to(logits.dtype)
# + temperature = max(temperature, 1e-6)

# %%
# reject: every row gets the places of all rows · expects "F.one_hot gives each its own"
# - return F.one_hot(logits.argmax(dim=-1), logits.shape[-1]).to(logits.dtype)
# + out = torch.zeros_like(logits)
# + out[..., logits.argmax(dim=-1)] = 1
# + return out

# %%
# reject: two slips, not used and over the batch · expects "is not used; and the softmax runs over the batch"
# - return torch.softmax(below / temperature, dim=-1)
# + return torch.softmax(logits, dim=0)

# %%
# reject: two slips, multiplied and over everything · expects "the logits; and the softmax runs over all rows"
# - return torch.softmax(below / temperature, dim=-1)
# + return torch.exp(logits * temperature) / torch.exp(logits * temperature).sum()

# %%
# reject: two slips, after the softmax, over the batch · expects "two slips: the temperature divides the"
# - return torch.softmax(below / temperature, dim=-1)
# + return torch.softmax(logits, dim=0) / temperature

# %%
# reject: two slips, multiplied and without the sum · expects "multiplies the logits; and exp is not"
# - return torch.softmax(below / temperature, dim=-1)
# + return torch.exp(logits * temperature)

# %%
# reject: small temperatures are greedy, the rest is divided · expects "only temperature 0 itself is greedy"
# - if temperature == 0:
# + if temperature < 0.01:
#
# - return torch.softmax(below / temperature, dim=-1)
# + return torch.softmax(logits / temperature, dim=-1)

# %%
# reject: powers of probabilities underflow · expects "powers of probabilities are 0"
# - return torch.softmax(below / temperature, dim=-1)
# + powers = torch.softmax(below, dim=-1) ** (1 / temperature)
# + return powers / powers.sum(dim=-1, keepdim=True)

# %%
# reject: two dimensions only · expects "without leading dimensions, (V,), must work too"
# - return F.one_hot(logits.argmax(dim=-1), logits.shape[-1]).to(logits.dtype)
# + out = torch.zeros_like(logits)
# + out[torch.arange(len(logits)), logits.argmax(dim=-1)] = 1
# + return out
