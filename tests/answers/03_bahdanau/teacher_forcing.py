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
def teacher_forcing(y, begin, end, pad):
    targets = F.pad(y, (0, 1), value=pad)
    targets[torch.arange(len(y)), (y != pad).sum(dim=1)] = end
    return F.pad(y, (0, 1), value=pad), targets


# %%
# reject: inputs are the targets · expects "these are the targets"
def teacher_forcing(y, begin, end, pad):
    targets = F.pad(y, (0, 1), value=pad)
    targets[torch.arange(len(y)), (y != pad).sum(dim=1)] = end
    return targets, targets


# %%
# reject: inputs shifted by two · expects "shifted by two"
def teacher_forcing(y, begin, end, pad):
    targets = F.pad(y, (0, 1), value=pad)
    targets[torch.arange(len(y)), (y != pad).sum(dim=1)] = end
    return F.pad(y, (2, 0), value=begin)[:, :-1], targets


# %%
# reject: begin is forgotten · expects "the first column is padding"
def teacher_forcing(y, begin, end, pad):
    targets = F.pad(y, (0, 1), value=pad)
    targets[torch.arange(len(y)), (y != pad).sum(dim=1)] = end
    return F.pad(y, (1, 0), value=pad), targets


# %%
# reject: end in the place of begin · expects "the first column is end"
def teacher_forcing(y, begin, end, pad):
    targets = F.pad(y, (0, 1), value=pad)
    targets[torch.arange(len(y)), (y != pad).sum(dim=1)] = end
    return F.pad(y, (1, 0), value=end), targets


# %%
# reject: a roll without begin · expects "a roll brings the last column to the front"
def teacher_forcing(y, begin, end, pad):
    targets = F.pad(y, (0, 1), value=pad)
    targets[torch.arange(len(y)), (y != pad).sum(dim=1)] = end
    return F.pad(y, (0, 1), value=pad).roll(1, dims=1), targets


# %%
# reject: end in the last column · expects "end stands in the last column"
def teacher_forcing(y, begin, end, pad):
    return F.pad(y, (1, 0), value=begin), F.pad(y, (0, 1), value=end)


# %%
# reject: no end · expects "would never learn to stop"
def teacher_forcing(y, begin, end, pad):
    return F.pad(y, (1, 0), value=begin), F.pad(y, (0, 1), value=pad)


# %%
# reject: end overwrites the last token · expects "is overwritten by end"
def teacher_forcing(y, begin, end, pad):
    targets = F.pad(y, (0, 1), value=pad)
    targets[torch.arange(len(y)), (y != pad).sum(dim=1) - 1] = end
    return F.pad(y, (1, 0), value=begin), targets


# %%
# reject: all padding is end · expects "all padding is end"
def teacher_forcing(y, begin, end, pad):
    longer = F.pad(y, (0, 1), value=pad)
    return F.pad(y, (1, 0), value=begin), torch.where(longer == pad, end, longer)


# %%
# reject: swapped results · expects "the order is inputs, targets"
def teacher_forcing(y, begin, end, pad):
    targets = F.pad(y, (0, 1), value=pad)
    targets[torch.arange(len(y)), (y != pad).sum(dim=1)] = end
    return targets, F.pad(y, (1, 0), value=begin)


# %%
# reject: tensors of floats · expects "tokens are int64"
# - inputs = F.pad(y, (1, 0), value=begin)  # (B, T + 1)
# - targets = F.pad(y, (0, 1), value=pad)  # (B, T + 1)
# + inputs = torch.full((len(y), y.shape[1] + 1), float(begin))
# + targets = torch.full((len(y), y.shape[1] + 1), float(pad))
# + inputs[:, 1:], targets[:, :-1] = y, y


# %%
# reject: all ends in every row · expects "every row got the ends of all rows"
def teacher_forcing(y, begin, end, pad):
    targets = F.pad(y, (0, 1), value=pad)
    targets[:, (y != pad).sum(dim=1)] = end
    return F.pad(y, (1, 0), value=begin), targets


# %%
# reject: no place for end · expects "expected (batch, T_plus_1) = (3, 5), got (3, 4)"
def teacher_forcing(y, begin, end, pad):
    return torch.cat([y.new_full((len(y), 1), begin), y[:, :-1]], dim=1), y


# %%
# reject: padding taken for 0 · expects "which is not always 0"
def teacher_forcing(y, begin, end, pad):
    targets = F.pad(y, (0, 1), value=pad)
    targets[torch.arange(len(y)), (y != pad).sum(dim=1)] = end
    return F.pad(y, (1, 0), value=begin), targets * (targets != pad)


# %%
# reject: works in place · expects "changes its input in place"
def teacher_forcing(y, begin, end, pad):
    inputs = F.pad(y, (1, 0), value=begin)
    y[:, -1] = end
    return inputs, F.pad(y, (0, 1), value=pad)
