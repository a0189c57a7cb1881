# %%
# accept: rows filled one by one
def collate(sequences, pad):
    T = max(len(sequence) for sequence in sequences)
    tokens = torch.full((len(sequences), T), pad, dtype=torch.int64)
    mask = torch.zeros(len(sequences), T, dtype=torch.bool)
    for b, sequence in enumerate(sequences):
        tokens[b, : len(sequence)] = torch.tensor(sequence)
        mask[b, : len(sequence)] = True
    return tokens, mask


# %%
# accept: pad_sequence
def collate(sequences, pad):
    from torch.nn.utils.rnn import pad_sequence

    rows = [torch.tensor(sequence) for sequence in sequences]
    tokens = pad_sequence(rows, batch_first=True, padding_value=pad)
    mask = pad_sequence([torch.ones_like(row) for row in rows], batch_first=True) > 0
    return tokens, mask


# %%
# accept: zip_longest
def collate(sequences, pad):
    from itertools import zip_longest

    columns = list(zip_longest(*sequences))
    mask = torch.tensor([[i is not None for i in column] for column in columns]).T
    tokens = torch.tensor([[pad if i is None else i for i in column] for column in columns]).T
    return tokens, mask


# %%
# accept: lists, returned as a list
def collate(sequences, pad):
    T = max(map(len, sequences))
    tokens = torch.LongTensor([s + [pad] * (T - len(s)) for s in sequences])
    lengths = torch.tensor([len(s) for s in sequences]).unsqueeze(1)
    return [tokens, torch.arange(T).expand_as(tokens).lt(lengths)]


# %%
# reject: zeros · expects "every value is zero"

# %%
# reject: tokens alone · expects "returns 2 values, tokens, mask; yours returns a Tensor"
# - return tokens, mask
# + return tokens

# %%
# reject: filled with 0 · expects "fill it with pad"
# - tokens = torch.full(mask.shape, pad)
# + tokens = torch.zeros(mask.shape, dtype=torch.int64)

# %%
# reject: padded on the left · expects "the padding stands on the left"
# - mask = torch.arange(int(lengths.max())) < lengths[:, None]  # (B, T)
# + mask = (torch.arange(int(lengths.max())) < lengths[:, None]).flip(1)

# %%
# reject: padded to 512 · expects "T is the longest length in this batch"
# - mask = torch.arange(int(lengths.max())) < lengths[:, None]  # (B, T)
# + mask = torch.arange(512) < lengths[:, None]


# %%
# reject: cut to the shortest · expects "T is the longest length in this batch"
def collate(sequences, pad):
    T = min(map(len, sequences))
    tokens = torch.tensor([s[:T] for s in sequences])
    return tokens, torch.ones_like(tokens).bool()


# %%
# reject: batch and tokens swapped · expects "Are batch and tokens swapped?"
# - return tokens, mask
# + return tokens.T, mask.T

# %%
# reject: the longest first · expects "keep the order of the sequences"
# + sequences = sorted(sequences, key=len, reverse=True)
#   lengths = torch.tensor([len(sequence) for sequence in sequences])

# %%
# reject: tokens are floats · expects "An embedding needs int64"
# - tokens = torch.full(mask.shape, pad)
# - tokens[mask] = torch.tensor([i for sequence in sequences for i in sequence])
# + tokens = torch.ones(mask.shape) * pad
# + tokens[mask] = torch.tensor([float(i) for sequence in sequences for i in sequence])

# %%
# reject: the mask from the ids · expects "make the mask from the lengths"
# - return tokens, mask
# + return tokens, tokens != pad

# %%
# reject: the mask inverted · expects "True is for tokens, False for padding"
# - return tokens, mask
# + return tokens, ~mask

# %%
# reject: the mask of zeros and ones · expects "mask: expected bool, True where there is a token"
# - return tokens, mask
# + return tokens, mask.long()

# %%
# reject: everything is a token · expects "everything is marked as a token"
# - return tokens, mask
# + return tokens, torch.ones_like(mask)

# %%
# reject: lists · expects "expected a torch.Tensor, got a list"
# - return tokens, mask
# + return tokens.tolist(), mask.tolist()

# %%
# reject: the sequences themselves grow · expects "changes its input in place"
# + for sequence in sequences:
# +     sequence += [pad] * (mask.shape[1] - len(sequence))
#   return tokens, mask


# %%
# reject: no padding at all · expects "collate raised ValueError"
def collate(sequences, pad):
    tokens = torch.tensor(sequences)
    return tokens, tokens != pad


# %%
# reject: the numbers of the first check · expects "pad 9"
# - tokens = torch.full(mask.shape, pad)
# + tokens = torch.full(mask.shape, 1)


# %%
# reject: as wide as the second sequence · expects "tokens for [[4, 4, 4], [6]]"
def collate(sequences, pad):
    width = len(sequences[1])
    tokens = torch.tensor([(list(row) + [pad] * width)[:width] for row in sequences])
    mask = torch.tensor([[t < len(row) for t in range(width)] for row in sequences])
    return tokens, mask
