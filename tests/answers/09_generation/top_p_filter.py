# %%
# accept: sorted back by a second argsort
def top_p_filter(logits, p):
    order = logits.argsort(dim=-1, descending=True)
    probs = logits.softmax(-1).gather(-1, order)
    before = F.pad(probs.cumsum(-1), (1, 0))[..., :-1]
    keep = (before < p) | (p >= 1)
    keep[..., 0] = True
    return logits.masked_fill(~keep.gather(-1, order.argsort(-1)), -torch.inf)


# %%
# accept: values scattered into a tensor of −inf
def top_p_filter(logits, p):
    values, index = torch.sort(logits, descending=True)
    total = values.softmax(-1).cumsum(-1)
    if p == 1:
        return logits.clone()
    n = (total < p).sum(-1, keepdim=True) + 1
    values = values.masked_fill(
        torch.arange(logits.shape[-1], device=logits.device) >= n, -torch.inf
    )
    return torch.full_like(logits, -torch.inf).scatter(-1, index, values)


# %%
# accept: a loop over rows and tokens
def top_p_filter(logits, p):
    rows = logits.reshape(-1, logits.shape[-1])
    result = torch.full_like(rows, -torch.inf)
    for row, out in zip(rows, result):
        probs, total = row.softmax(-1), 0.0
        for i in probs.argsort(descending=True):
            out[i] = row[i]
            total += probs[i]
            if p < 1 and total >= p:
                break
    return result.reshape(logits.shape)


# %%
# accept: upwards, dropping what sums to 1 − p at most
def top_p_filter(logits, p):
    ordered, order = torch.sort(logits, descending=False)
    remove = ordered.softmax(dim=-1).cumsum(dim=-1) <= (1 - p)
    remove[..., -1:] = False
    return logits.masked_fill(remove.scatter(-1, order, remove), float("-inf"))


# %%
# reject: a range on the CPU · expects "It would fail on a GPU"
# in: values scattered into a tensor of −inf
# - values = values.masked_fill(
# -     torch.arange(logits.shape[-1], device=logits.device) >= n, -torch.inf
# - )
# + values = values.masked_fill(torch.arange(logits.shape[-1]) >= n, -torch.inf)

# %%
# reject: all zeros · expects "every value is zero"

# %%
# reject: cuts the token that crosses p · expects "the token that crosses p is cut"
# - drop = probs.cumsum(dim=-1) - probs >= p  # the sum of the more probable tokens
# + drop = probs.cumsum(dim=-1) > p

# %%
# reject: cuts the token that crosses p, to nothing · expects "nothing stays"
# - drop = probs.cumsum(dim=-1) - probs >= p  # the sum of the more probable tokens
# - drop[..., 0] = False
# + drop = probs.cumsum(dim=-1) > p

# %%
# reject: nothing stays for p = 0 · expects "nothing stays"
# - drop[..., 0] = False

# %%
# reject: one too many · expects "one too many"
# - drop = probs.cumsum(dim=-1) - probs >= p  # the sum of the more probable tokens
# + drop = F.pad(probs.cumsum(dim=-1) - probs, (1, 0))[..., :-1] >= p


# %%
# reject: unsorted sum · expects "sort them first"
def top_p_filter(logits, p):
    probs = logits.softmax(-1)
    return logits.masked_fill(probs.cumsum(-1) - probs >= p, -torch.inf)


# %%
# reject: unsorted sum, crossing token cut · expects "unsorted, and the token that crosses p is cut"
def top_p_filter(logits, p):
    return logits.masked_fill(logits.softmax(-1).cumsum(-1) > p, -torch.inf)


# %%
# reject: the mask stays in sorted order · expects "carry it back to the order of the vocabulary"
# - drop = torch.zeros_like(drop).scatter(-1, order, drop)  # in the order of the vocabulary

# %%
# reject: the mask is gathered by the order, not by its inverse · expects "it needs the inverse"
# - drop = torch.zeros_like(drop).scatter(-1, order, drop)  # in the order of the vocabulary
# + drop = drop.gather(-1, order)

# %%
# reject: sorted logits come back · expects "in the wrong places"
# - drop = torch.zeros_like(drop).scatter(-1, order, drop)  # in the order of the vocabulary
# - return logits.masked_fill(drop, -torch.inf)
# + return ordered.masked_fill(drop, -torch.inf)

# %%
# reject: ascending · expects "sorted upwards"
# - ordered, order = logits.sort(dim=-1, descending=True)
# + ordered, order = logits.sort(dim=-1)


# %%
# reject: a bound for each probability · expects "p is a bound for each probability"
def top_p_filter(logits, p):
    return logits.masked_fill(logits.softmax(-1) < p, -torch.inf)


# %%
# reject: 1 − p as a bound for each probability · expects "1 − p is a bound"
def top_p_filter(logits, p):
    return logits.masked_fill(logits.softmax(-1) < 1 - p, -torch.inf)


# %%
# reject: over the batch · expects "the sum runs over the batch"
def top_p_filter(logits, p):
    ordered, order = logits.sort(dim=0, descending=True)
    probs = ordered.softmax(0)
    drop = probs.cumsum(0) - probs >= p
    drop[0] = False
    return logits.masked_fill(drop.gather(0, order.argsort(0)), -torch.inf)


# %%
# reject: probabilities · expects "these are probabilities"
# - return logits.masked_fill(drop, -torch.inf)
# + return logits.softmax(dim=-1).masked_fill(drop, 0.0)

# %%
# reject: zeros · expects "dropped logits are 0"
# - return logits.masked_fill(drop, -torch.inf)
# + return logits.masked_fill(drop, 0.0)

# %%
# reject: the sum of logits · expects "the sum runs over logits"
# - probs = ordered.softmax(dim=-1)
# + probs = ordered

# %%
# reject: the sum is "at most", so equal tokens add one more · expects "how many of four equal logits stay"
# - drop = probs.cumsum(dim=-1) - probs >= p  # the sum of the more probable tokens
# + drop = probs.cumsum(dim=-1) - probs > p

# %%
# reject: in place · expects "changes its input in place"
# - return logits.masked_fill(drop, -torch.inf)
# + return logits.masked_fill_(drop, -torch.inf)

# %%
# reject: p = 1 loses tokens to rounding · expects "passes 1 too early"
# - if p >= 1:
# -     return logits  # a rounded sum of many probabilities may pass 1 too early

# %%
# reject: the sum of logits, up to p · expects "the sum runs over logits"
# - probs = ordered.softmax(dim=-1)
# - drop = probs.cumsum(dim=-1) - probs >= p  # the sum of the more probable tokens
# - drop[..., 0] = False
# + drop = ordered.cumsum(dim=-1) > p

# %%
# reject: two dimensions only · expects "without leading dimensions, (V,), must work too"
# - drop[..., 0] = False
# + drop[:, 0] = False
