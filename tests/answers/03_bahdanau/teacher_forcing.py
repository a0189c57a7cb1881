# %%
# accept: line by line
def teacher_forcing(y, begin, end, pad):
    inputs, targets = [], []
    for row in y.tolist():
        real = [token for token in row if token != pad]
        rest = [pad] * (len(row) - len(real))
        inputs.append([begin, *real, *rest])
        targets.append([*real, end, *rest])
    return torch.tensor(inputs), torch.tensor(targets)


# %%
# accept: columns and scatter
def teacher_forcing(y, begin, end, pad):
    column = y.new_full((y.shape[0], 1), pad)
    targets = torch.cat([y, column], dim=1)
    targets = targets.scatter(1, (y != pad).sum(1, keepdim=True), end)
    return torch.cat([column + begin - pad, y], dim=1), targets


# %%
# accept: the end where the line turns to padding, and end among the inputs too
def teacher_forcing(y, begin, end, pad):
    longer = F.pad(y, (0, 1), value=pad)
    is_pad = longer == pad
    is_end = is_pad & (is_pad.cumsum(dim=1) == 1)
    targets = torch.where(is_end, end, longer)
    inputs = targets.roll(1, dims=1)
    inputs[:, 0] = begin
    return inputs, targets


# %%
# reject: all zeros · expects "every value is zero"

# %%
# reject: inputs not shifted · expects "the inputs are not shifted"
# - inputs = F.pad(y, (1, 0), value=begin)  # (B, T + 1)
# + inputs = F.pad(y, (0, 1), value=pad)

# %%
# reject: inputs are the targets · expects "these are the targets"
# - return inputs, targets
# + return targets, targets

# %%
# reject: inputs shifted by two · expects "shifted by two"
# - inputs = F.pad(y, (1, 0), value=begin)  # (B, T + 1)
# + inputs = F.pad(y, (2, 0), value=begin)[:, :-1]

# %%
# reject: begin is forgotten · expects "the first column is padding"
# - inputs = F.pad(y, (1, 0), value=begin)  # (B, T + 1)
# + inputs = F.pad(y, (1, 0), value=pad)

# %%
# reject: end in the place of begin · expects "the first column is end"
# - inputs = F.pad(y, (1, 0), value=begin)  # (B, T + 1)
# + inputs = F.pad(y, (1, 0), value=end)

# %%
# reject: a roll without begin · expects "a roll brings the last column to the front"
# - inputs = F.pad(y, (1, 0), value=begin)  # (B, T + 1)
# + inputs = F.pad(y, (0, 1), value=pad).roll(1, dims=1)

# %%
# reject: end in the last column · expects "end stands in the last column"
# - targets = F.pad(y, (0, 1), value=pad)  # (B, T + 1)
# - targets[torch.arange(len(y)), (y != pad).sum(dim=1)] = end
# + targets = F.pad(y, (0, 1), value=end)

# %%
# reject: no end · expects "would never learn to stop"
# - targets[torch.arange(len(y)), (y != pad).sum(dim=1)] = end

# %%
# reject: end overwrites the last token · expects "is overwritten by end"
# - targets[torch.arange(len(y)), (y != pad).sum(dim=1)] = end
# + targets[torch.arange(len(y)), (y != pad).sum(dim=1) - 1] = end

# %%
# reject: all padding is end · expects "all padding is end"
# - targets[torch.arange(len(y)), (y != pad).sum(dim=1)] = end
# + targets[targets == pad] = end

# %%
# reject: swapped results · expects "the order is inputs, targets"
# - return inputs, targets
# + return targets, inputs

# %%
# reject: tensors of floats · expects "tokens are int64"
# - inputs = F.pad(y, (1, 0), value=begin)  # (B, T + 1)
# - targets = F.pad(y, (0, 1), value=pad)  # (B, T + 1)
# + inputs = torch.full((len(y), y.shape[1] + 1), float(begin))
# + targets = torch.full((len(y), y.shape[1] + 1), float(pad))
# + inputs[:, 1:], targets[:, :-1] = y, y

# %%
# reject: all ends in every row · expects "every row got the ends of all rows"
# - targets[torch.arange(len(y)), (y != pad).sum(dim=1)] = end
# + targets[:, (y != pad).sum(dim=1)] = end

# %%
# reject: no place for end · expects "expected (batch, T_plus_1) = (3, 5), got (3, 4)"
# - return inputs, targets
# + return inputs[:, :-1], y

# %%
# reject: padding taken for 0 · expects "which is not always 0"
# - return inputs, targets
# + return inputs, targets * (targets != pad)

# %%
# reject: works in place · expects "changes its input in place"
# + y[:, -1] = end
#   return inputs, targets
