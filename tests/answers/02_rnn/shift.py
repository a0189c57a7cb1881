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
# - return inputs, targets, torch.cat([torch.ones_like(mask[:, :1]), mask], dim=1)
# + return inputs, inputs.clone(), torch.cat([torch.ones_like(mask[:, :1]), mask], dim=1)

# %%
# reject: shifted by two · expects "the targets are shifted by two places"
# + targets = torch.cat([targets[:, 1:], column], dim=1)
#   return inputs, targets, torch.cat([torch.ones_like(mask[:, :1]), mask], dim=1)

# %%
# reject: the end token in the last column · expects "not after the padding"
# - targets = torch.cat([tokens, column], dim=1)  # (B, T + 1)
# - targets[torch.arange(len(tokens)), mask.sum(dim=1)] = end
# + targets = torch.cat([tokens, torch.full_like(column, end)], dim=1)

# %%
# reject: no end token · expects "the end token is missing"
# - targets[torch.arange(len(tokens)), mask.sum(dim=1)] = end

# %%
# reject: the end token overwrites the last character · expects "overwrites the last real token"
# - targets[torch.arange(len(tokens)), mask.sum(dim=1)] = end
# + targets[torch.arange(len(tokens)), mask.sum(dim=1) - 1] = end

# %%
# reject: no begin token · expects "the inputs need the begin token in front"
# - inputs = torch.cat([torch.full_like(column, begin), tokens], dim=1)  # (B, T + 1)
# + inputs = torch.cat([tokens, column], dim=1)

# %%
# reject: a begin column of floats · expects "tokens are whole numbers, int64"
# - inputs = torch.cat([torch.full_like(column, begin), tokens], dim=1)  # (B, T + 1)
# + inputs = torch.cat([begin * torch.ones(len(tokens), 1), tokens], dim=1)

# %%
# reject: the new True of the mask at the back · expects "the new True belongs in front"
# - return inputs, targets, torch.cat([torch.ones_like(mask[:, :1]), mask], dim=1)
# + return inputs, targets, torch.cat([mask, torch.ones_like(mask[:, :1])], dim=1)

# %%
# reject: all ends in every row · expects "every row got the ends of all rows"
# - targets[torch.arange(len(tokens)), mask.sum(dim=1)] = end
# + targets[:, mask.sum(dim=1)] = end

# %%
# reject: the mask without the end token · expects "the end token is a real target too"
# - return inputs, targets, torch.cat([torch.ones_like(mask[:, :1]), mask], dim=1)
# + return inputs, targets, torch.cat([mask, torch.zeros_like(mask[:, :1])], dim=1)

# %%
# reject: padding is a target · expects "padding would count in the loss"
# - return inputs, targets, torch.cat([torch.ones_like(mask[:, :1]), mask], dim=1)
# + return inputs, targets, torch.ones_like(targets, dtype=torch.bool)

# %%
# reject: the mask guessed from the ids · expects "the mask where a real token has the id of pad"
# - return inputs, targets, torch.cat([torch.ones_like(mask[:, :1]), mask], dim=1)
# + return inputs, targets, targets != pad

# %%
# reject: the ids of the example are written into the code · expects "The ids come as arguments"
# - column = torch.full_like(tokens[:, :1], pad)
# + begin, end, pad = 2, 3, 0
# + column = torch.full_like(tokens[:, :1], pad)

# %%
# reject: only the end token is written into the code · expects "The ids come as arguments"
# - targets[torch.arange(len(tokens)), mask.sum(dim=1)] = end
# + targets[torch.arange(len(tokens)), mask.sum(dim=1)] = 3

# %%
# reject: writes into the tokens · expects "changes its input in place"
# + tokens[~mask] = end
#   column = torch.full_like(tokens[:, :1], pad)
