# %%
# accept: F.pad and scatter
def shift(tokens, mask, begin, end, pad):
    lengths = mask.sum(dim=1, keepdim=True)
    targets = F.pad(tokens.masked_fill(~mask, pad), (0, 1), value=pad).scatter(1, lengths, end)
    return F.pad(tokens, (1, 0), value=begin), targets, F.pad(mask, (1, 0), value=True)


# %%
# accept: row by row
def shift(tokens, mask, begin, end, pad):
    B, T = tokens.shape
    inputs = torch.full((B, T + 1), pad)
    targets, real = inputs.clone(), torch.zeros(B, T + 1, dtype=torch.bool)
    for k in range(B):
        row = tokens[k][mask[k]].tolist()
        n = len(row) + 1
        inputs[k, :n] = torch.tensor([begin, *row])
        targets[k, :n] = torch.tensor([*row, end])
        real[k, :n] = True
    return inputs, targets, real


# %%
# reject: all zeros · expects "every value is zero"


# %%
# reject: the targets are the inputs · expects "the targets are not shifted"
def shift(tokens, mask, begin, end, pad):
    inputs = F.pad(tokens, (1, 0), value=begin)
    return inputs, inputs.clone(), F.pad(mask, (1, 0), value=True)


# %%
# reject: shifted by two · expects "the targets are shifted by two places"
def shift(tokens, mask, begin, end, pad):
    targets = F.pad(tokens, (0, 2), value=pad)
    targets[torch.arange(len(tokens)), mask.sum(1)] = end
    return F.pad(tokens, (1, 0), value=begin), targets[:, 1:], F.pad(mask, (1, 0), value=True)


# %%
# reject: the end token in the last column · expects "not after the padding"
def shift(tokens, mask, begin, end, pad):
    targets = F.pad(tokens, (0, 1), value=end)
    return F.pad(tokens, (1, 0), value=begin), targets, F.pad(mask, (1, 0), value=True)


# %%
# reject: no end token · expects "the end token is missing"
def shift(tokens, mask, begin, end, pad):
    targets = F.pad(tokens, (0, 1), value=pad)
    return F.pad(tokens, (1, 0), value=begin), targets, F.pad(mask, (1, 0), value=True)


# %%
# reject: the end token overwrites the last character · expects "overwrites the last real token"
def shift(tokens, mask, begin, end, pad):
    targets = F.pad(tokens, (0, 1), value=pad)
    targets[torch.arange(len(tokens)), mask.sum(1) - 1] = end
    return F.pad(tokens, (1, 0), value=begin), targets, F.pad(mask, (1, 0), value=True)


# %%
# reject: no begin token · expects "the inputs need the begin token in front"
def shift(tokens, mask, begin, end, pad):
    targets = F.pad(tokens, (0, 1), value=pad)
    targets[torch.arange(len(tokens)), mask.sum(1)] = end
    return F.pad(tokens, (0, 1), value=pad), targets, F.pad(mask, (1, 0), value=True)


# %%
# reject: a begin column of floats · expects "tokens are whole numbers, int64"
def shift(tokens, mask, begin, end, pad):
    targets = F.pad(tokens, (0, 1), value=pad)
    targets[torch.arange(len(tokens)), mask.sum(1)] = end
    inputs = torch.cat([begin * torch.ones(len(tokens), 1), tokens], dim=1)
    return inputs, targets, F.pad(mask, (1, 0), value=True)


# %%
# reject: the new True of the mask at the back · expects "the new True belongs in front"
def shift(tokens, mask, begin, end, pad):
    targets = F.pad(tokens, (0, 1), value=pad)
    targets[torch.arange(len(tokens)), mask.sum(1)] = end
    return F.pad(tokens, (1, 0), value=begin), targets, F.pad(mask, (0, 1), value=True)


# %%
# reject: all ends in every row · expects "every row got the ends of all rows"
def shift(tokens, mask, begin, end, pad):
    targets = F.pad(tokens, (0, 1), value=pad)
    targets[:, mask.sum(1)] = end
    return F.pad(tokens, (1, 0), value=begin), targets, F.pad(mask, (1, 0), value=True)


# %%
# reject: the mask without the end token · expects "the end token is a real target too"
def shift(tokens, mask, begin, end, pad):
    targets = F.pad(tokens, (0, 1), value=pad)
    targets[torch.arange(len(tokens)), mask.sum(1)] = end
    return F.pad(tokens, (1, 0), value=begin), targets, F.pad(mask, (0, 1), value=False)


# %%
# reject: padding is a target · expects "padding would count in the loss"
def shift(tokens, mask, begin, end, pad):
    targets = F.pad(tokens, (0, 1), value=pad)
    targets[torch.arange(len(tokens)), mask.sum(1)] = end
    return F.pad(tokens, (1, 0), value=begin), targets, torch.ones_like(targets, dtype=torch.bool)


# %%
# reject: the mask guessed from the ids · expects "the mask where a real token has the id of pad"
def shift(tokens, mask, begin, end, pad):
    targets = F.pad(tokens, (0, 1), value=pad)
    targets[torch.arange(len(tokens)), mask.sum(1)] = end
    return F.pad(tokens, (1, 0), value=begin), targets, targets != pad


# %%
# reject: writes into the tokens · expects "changes its input in place"
def shift(tokens, mask, begin, end, pad):
    tokens[~mask] = end
    targets = F.pad(tokens, (0, 1), value=end)
    return F.pad(tokens, (1, 0), value=begin), targets, F.pad(mask, (1, 0), value=True)
