# %%
# accept: pad, and write END by index
def teacher_forcing(target, lengths):
    inputs = F.pad(target, (1, 0), value=BEGIN)
    labels = F.pad(target, (0, 1), value=PAD)
    labels[torch.arange(len(target)), lengths] = END
    return inputs, labels


# %%
# accept: where on the places
def teacher_forcing(target, lengths):
    B, T = target.shape
    place = torch.arange(T + 1, device=target.device)
    longer = torch.full((B, T + 1), PAD, dtype=target.dtype, device=target.device)
    longer[:, :T] = target
    labels = torch.where(place == lengths[:, None], END, longer)
    inputs = torch.hstack([torch.full_like(target[:, :1], BEGIN), target])
    return inputs, labels


# %%
# accept: a loop over lists
def teacher_forcing(target, lengths):
    inputs, labels = [], []
    for row, n in zip(target.tolist(), lengths.tolist(), strict=True):
        padding = [PAD] * (len(row) - n)
        inputs.append([BEGIN, *row])
        labels.append([*row[:n], END, *padding])
    return torch.tensor(inputs, device=target.device), torch.tensor(labels, device=target.device)


# %%
# reject: a loop over lists, the result on the CPU · expects "It would fail on a GPU"
# in: a loop over lists
# - return torch.tensor(inputs, device=target.device), torch.tensor(labels, device=target.device)
# + return torch.tensor(inputs), torch.tensor(labels)

# %%
# reject: zeros · expects "every value is zero"

# %%
# reject: the unshifted target · expects "the input is not shifted"
# - inputs = torch.cat([first, target], dim=1)  # (B, T + 1)
# + inputs = torch.cat([target, last], dim=1)

# %%
# reject: the labels as inputs · expects "the order is inputs, labels"
# - return inputs, labels
# + return labels, labels

# %%
# reject: the wrong order · expects "the order is inputs, labels"
# - return inputs, labels
# + return labels, inputs

# %%
# reject: END in the inputs · expects "the input must not end with END"
# - return inputs, labels
# + return torch.cat([first, labels[:, :-1]], dim=1), labels

# %%
# reject: END after the padding · expects "END stands after the padding"
# - labels = torch.cat([target, last], dim=1).scatter(1, lengths[:, None], END)  # (B, T + 1)
# + labels = torch.cat([target, torch.full_like(last, END)], dim=1)

# %%
# reject: no END · expects "END is missing"
# in: pad, and write END by index
# - labels[torch.arange(len(target)), lengths] = END

# %%
# reject: labels begin with BEGIN · expects "should not begin with BEGIN"
# - return inputs, labels
# + return torch.cat([target, last], dim=1), inputs

# %%
# reject: END over the last token · expects "END replaces the last real token"
# - labels = torch.cat([target, last], dim=1).scatter(1, lengths[:, None], END)  # (B, T + 1)
# + labels = torch.cat([target, last], dim=1).scatter(1, lengths[:, None] - 1, END)

# %%
# reject: all padding becomes END · expects "all the padding became END"
# - labels = torch.cat([target, last], dim=1).scatter(1, lengths[:, None], END)  # (B, T + 1)
# + labels = torch.cat([target, last], dim=1)
# + labels = labels.where(labels != PAD, END)

# %%
# reject: inputs of T · expects "expected (batch, places)"
# - return inputs, labels
# + return inputs[:, :-1], labels

# %%
# reject: labels of T · expects "expected (batch, places)"
# - return inputs, labels
# + return inputs, labels[:, :-1]

# %%
# reject: one END for the longest only · expects "END stands after the padding"
# in: pad, and write END by index
# - labels[torch.arange(len(target)), lengths] = END
# + labels[:, lengths.max()] = END

# %%
# reject: target overwritten · expects "changes its input in place"
# + target[:, 0] = END
#   return inputs, labels

# %%
# reject: columns of floats · expects "keep its dtype"
# in: pad, and write END by index
# - inputs = F.pad(target, (1, 0), value=BEGIN)
# - labels = F.pad(target, (0, 1), value=PAD)
# + inputs = torch.cat([torch.ones(len(target), 1) * BEGIN, target], 1)
# + labels = torch.cat([target, torch.ones(len(target), 1) * PAD], 1)

# %%
# reject: int32 · expects "keep its dtype"
# - return inputs, labels
# + return inputs.int(), labels.int()

# %%
# reject: labels that begin with BEGIN · expects "should not begin with BEGIN"
# - return inputs, labels
# + return inputs, inputs.clone()

# %%
# reject: new columns on the CPU · expects "It would fail on a GPU"
# - first, last = (target.new_full((len(target), 1), symbol) for symbol in (BEGIN, PAD))
# + first, last = (torch.full((len(target), 1), symbol) for symbol in (BEGIN, PAD))
