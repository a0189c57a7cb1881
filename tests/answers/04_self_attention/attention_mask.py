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
# - return mask.expand(-1, T, T)
# + return ~mask.expand(-1, T, T)

# %%
# reject: padded queries instead of padded keys · expects "rows and columns are swapped"
# - mask = place < lengths[:, None, None]  # (B, 1, T)
# + mask = place[:, None] < lengths[:, None, None]

# %%
# reject: padded queries are masked too · expects "Mask the keys only"
#   mask = place < lengths[:, None, None]  # (B, 1, T)
# + mask = mask & mask.mT

# %%
# reject: lengths off by one · expects "has the positions 0 and 1"
# - mask = place < lengths[:, None, None]  # (B, 1, T)
# + mask = place <= lengths[:, None, None]

# %%
# reject: sees the future · expects "it looks into the future"
# - mask = mask & (place <= place[:, None])  # (B, T, T)
# + mask = mask & (place >= place[:, None])

# %%
# reject: may not see itself · expects "a token may attend to itself"
# - mask = mask & (place <= place[:, None])  # (B, T, T)
# + mask = mask & (place < place[:, None])

# %%
# reject: sees the next token · expects "a token may not see the next one"
# - mask = mask & (place <= place[:, None])  # (B, T, T)
# + mask = mask & (place <= place[:, None] + 1)

# %%
# reject: causal replaces padding · expects "padding is forgotten when causal=True"
# - mask = mask & (place <= place[:, None])  # (B, T, T)
# + mask = (place <= place[:, None]).repeat(len(lengths), 1, 1)

# %%
# reject: causal is ignored · expects "the causal part is missing"
# - if causal:
# -     mask = mask & (place <= place[:, None])  # (B, T, T)

# %%
# reject: or instead of and · expects "joined by or"
# - mask = mask & (place <= place[:, None])  # (B, T, T)
# + mask = mask | (place <= place[:, None])

# %%
# reject: always causal · expects "it is causal although causal=False"
# - if causal:
# -     mask = mask & (place <= place[:, None])  # (B, T, T)
# + mask = mask & (place <= place[:, None])

# %%
# reject: numbers instead of booleans · expects "it should be torch.bool"
# - return mask.expand(-1, T, T)
# + return mask.expand(-1, T, T).float()

# %%
# reject: one row per sequence · expects "expected (batch, queries, keys) = (3, 5, 5), got (3, 5)"
# - return mask.expand(-1, T, T)
# + return place < lengths[:, None]
