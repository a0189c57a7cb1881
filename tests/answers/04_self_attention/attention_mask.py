# %%
# accept: tril
def attention_mask(lengths, T, causal):
    mask = (torch.arange(T)[None, :] < lengths[:, None])[:, None, :].repeat(1, T, 1)
    return mask & torch.ones(T, T, dtype=torch.bool).tril() if causal else mask


# %%
# accept: loops
def attention_mask(lengths, T, causal):
    mask = torch.zeros(len(lengths), T, T, dtype=torch.bool)
    for b, length in enumerate(lengths.tolist()):
        for t in range(T):
            mask[b, t, : min(length, t + 1) if causal else length] = True
    return mask


# %%
# accept: what is forbidden, inverted at the end
def attention_mask(lengths, T, causal):
    forbidden = (torch.arange(T) >= lengths.unsqueeze(-1)).unsqueeze(1).expand(-1, T, T)
    if causal:
        forbidden = forbidden | torch.full((T, T), True).triu(1)
    return forbidden.logical_not()


# %%
# reject: all zeros · expects "every value is zero"


# %%
# reject: inverted · expects "the mask is inverted"
def attention_mask(lengths, T, causal):
    forbidden = (torch.arange(T) >= lengths[:, None])[:, None].expand(-1, T, T)
    return forbidden | torch.ones(T, T).triu(1).bool() if causal else forbidden


# %%
# reject: padded queries instead of padded keys · expects "rows and columns are swapped"
def attention_mask(lengths, T, causal):
    mask = (torch.arange(T) < lengths[:, None])[:, :, None].expand(-1, T, T)
    return mask & torch.ones(T, T).tril().bool() if causal else mask


# %%
# reject: padded queries are masked too · expects "Mask the keys only"
def attention_mask(lengths, T, causal):
    real = torch.arange(T) < lengths[:, None]
    mask = real[:, None] & real[:, :, None]
    return mask & torch.ones(T, T).tril().bool() if causal else mask


# %%
# reject: lengths off by one · expects "has the positions 0 and 1"
def attention_mask(lengths, T, causal):
    mask = (torch.arange(T) <= lengths[:, None])[:, None].expand(-1, T, T)
    return mask & torch.ones(T, T).tril().bool() if causal else mask


# %%
# reject: sees the future · expects "it looks into the future"
def attention_mask(lengths, T, causal):
    mask = (torch.arange(T) < lengths[:, None])[:, None].expand(-1, T, T)
    return mask & torch.ones(T, T).triu().bool() if causal else mask


# %%
# reject: may not see itself · expects "a token may attend to itself"
def attention_mask(lengths, T, causal):
    mask = (torch.arange(T) < lengths[:, None])[:, None].expand(-1, T, T)
    return mask & torch.ones(T, T).tril(-1).bool() if causal else mask


# %%
# reject: sees the next token · expects "a token may not see the next one"
def attention_mask(lengths, T, causal):
    mask = (torch.arange(T) < lengths[:, None])[:, None].expand(-1, T, T)
    return mask & torch.ones(T, T).tril(1).bool() if causal else mask


# %%
# reject: causal replaces padding · expects "padding is forgotten when causal=True"
def attention_mask(lengths, T, causal):
    if causal:
        return torch.ones(T, T).tril().bool().expand(len(lengths), T, T)
    return (torch.arange(T) < lengths[:, None])[:, None].expand(-1, T, T)


# %%
# reject: causal is ignored · expects "the causal part is missing"
def attention_mask(lengths, T, causal):
    return (torch.arange(T) < lengths[:, None])[:, None].expand(-1, T, T)


# %%
# reject: or instead of and · expects "joined by or"
def attention_mask(lengths, T, causal):
    mask = (torch.arange(T) < lengths[:, None])[:, None].expand(-1, T, T)
    return mask | torch.ones(T, T).tril().bool() if causal else mask


# %%
# reject: always causal · expects "it is causal although causal=False"
def attention_mask(lengths, T, causal):
    mask = (torch.arange(T) < lengths[:, None])[:, None].expand(-1, T, T)
    return mask & torch.ones(T, T).tril().bool()


# %%
# reject: numbers instead of booleans · expects "it should be torch.bool"
def attention_mask(lengths, T, causal):
    mask = (torch.arange(T) < lengths[:, None])[:, None].expand(-1, T, T)
    return (mask & torch.ones(T, T).tril().bool() if causal else mask).float()


# %%
# reject: one row per sequence · expects "expected (batch, queries, keys) = (3, 5, 5), got (3, 5)"
def attention_mask(lengths, T, causal):
    return torch.arange(T) < lengths[:, None]
