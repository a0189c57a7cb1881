# %%
# accept: two loops
def skip_gram_pairs(tokens, window):
    words = tokens.tolist()
    found = [
        (words[i], words[j])
        for i in range(len(words))
        for j in range(max(0, i - window), min(len(words), i + window + 1))
        if i != j
    ]
    return torch.tensor(found, dtype=torch.int64).view(-1, 2)


# %%
# accept: distances of all places at once
def skip_gram_pairs(tokens, window):
    place = torch.arange(len(tokens))
    distance = (place[:, None] - place[None]).abs()
    i, j = ((distance >= 1) & (distance <= window)).nonzero(as_tuple=True)
    return torch.stack([tokens[i], tokens[j]], dim=-1)


# %%
# reject: no pairs at all · expects "neighbors make pairs"
# - return torch.cat(pairs)
# + return torch.cat(pairs)[:0]

# %%
# reject: one direction · expects "each pair goes both ways"
# - pairs.append(torch.stack([tokens[k:], tokens[:-k]], dim=1))

# %%
# reject: the other direction · expects "each pair goes both ways"
# - pairs.append(torch.stack([tokens[:-k], tokens[k:]], dim=1))

# %%
# reject: the window ends too early · expects "does the range end too early"
# - for k in range(1, window + 1):
# + pairs = [tokens.new_empty(0, 2)]
# + for k in range(1, window):

# %%
# reject: neighbors only · expects "only the largest distance makes pairs, or only distance 1"
# - for k in range(1, window + 1):
# + for k in range(1, 2):

# %%
# reject: the largest distance only · expects "take all from 1 to 3"
# - for k in range(1, window + 1):
# + for k in range(window, window + 1):


# %%
# reject: a word is its own context · expects "a word is no context of itself"
def skip_gram_pairs(tokens, window):
    place = torch.arange(len(tokens))
    i, j = ((place[:, None] - place[None]).abs() <= window).nonzero(as_tuple=True)
    return torch.stack([tokens[i], tokens[j]], dim=-1)


# %%
# reject: equal words make no pair · expects "each time counts"
# - return torch.cat(pairs)
# + both = torch.cat(pairs)
# + return both[both[:, 0] != both[:, 1]]

# %%
# reject: pairs in columns · expects "the pairs are (P, 2)"
# - return torch.cat(pairs)
# + return torch.cat(pairs).T

# %%
# reject: a window wider than the text breaks it · expects "skip_gram_pairs"
# - for k in range(1, window + 1):
# + for k in range(1, window + 1):
# +     assert k < len(tokens)


# %%
# reject: a negative place wraps · expects "a negative place counts from the end"
def skip_gram_pairs(tokens, window):
    words = tokens.tolist()
    found = [
        (words[i], words[j])
        for i in range(len(words))
        for j in range(i - window, min(len(words), i + window + 1))
        if i != j
    ]
    return torch.tensor(found, dtype=torch.int64).view(-1, 2)
