# ---
# Known right and wrong answers to every exercise of Lab 03. See docs/authors.md for the form.
# ---

# %% [markdown]
# # Exercise 1


# %%
# accept teacher_forcing: line by line
def teacher_forcing(y, begin, end, pad):
    inputs, targets = [], []
    for row in y.tolist():
        real = [token for token in row if token != pad]
        rest = [pad] * (len(row) - len(real))
        inputs.append([begin, *real, *rest])
        targets.append([*real, end, *rest])
    return torch.tensor(inputs), torch.tensor(targets)


# %%
# accept teacher_forcing: columns and scatter
def teacher_forcing(y, begin, end, pad):
    column = y.new_full((y.shape[0], 1), pad)
    targets = torch.cat([y, column], dim=1)
    targets = targets.scatter(1, (y != pad).sum(1, keepdim=True), end)
    return torch.cat([column + begin - pad, y], dim=1), targets


# %%
# accept teacher_forcing: the end where the line turns to padding, and end among the inputs too
def teacher_forcing(y, begin, end, pad):
    longer = F.pad(y, (0, 1), value=pad)
    is_pad = longer == pad
    is_end = is_pad & (is_pad.cumsum(dim=1) == 1)
    targets = torch.where(is_end, end, longer)
    inputs = targets.roll(1, dims=1)
    inputs[:, 0] = begin
    return inputs, targets


# %%
# reject teacher_forcing: the stub · expects "not written yet"
def teacher_forcing(y, begin, end, pad):
    raise NotImplementedError()


# %%
# reject teacher_forcing: all zeros · expects "every value is zero"
def teacher_forcing(y, begin, end, pad):
    empty = torch.zeros(len(y), y.shape[1] + 1, dtype=torch.long)
    return empty, empty


# %%
# reject teacher_forcing: inputs not shifted · expects "the inputs are not shifted"
def teacher_forcing(y, begin, end, pad):
    targets = F.pad(y, (0, 1), value=pad)
    targets[torch.arange(len(y)), (y != pad).sum(dim=1)] = end
    return F.pad(y, (0, 1), value=pad), targets


# %%
# reject teacher_forcing: inputs are the targets · expects "these are the targets"
def teacher_forcing(y, begin, end, pad):
    targets = F.pad(y, (0, 1), value=pad)
    targets[torch.arange(len(y)), (y != pad).sum(dim=1)] = end
    return targets, targets


# %%
# reject teacher_forcing: inputs shifted by two · expects "shifted by two"
def teacher_forcing(y, begin, end, pad):
    targets = F.pad(y, (0, 1), value=pad)
    targets[torch.arange(len(y)), (y != pad).sum(dim=1)] = end
    return F.pad(y, (2, 0), value=begin)[:, :-1], targets


# %%
# reject teacher_forcing: begin is forgotten · expects "the first column is padding"
def teacher_forcing(y, begin, end, pad):
    targets = F.pad(y, (0, 1), value=pad)
    targets[torch.arange(len(y)), (y != pad).sum(dim=1)] = end
    return F.pad(y, (1, 0), value=pad), targets


# %%
# reject teacher_forcing: end in the place of begin · expects "the first column is end"
def teacher_forcing(y, begin, end, pad):
    targets = F.pad(y, (0, 1), value=pad)
    targets[torch.arange(len(y)), (y != pad).sum(dim=1)] = end
    return F.pad(y, (1, 0), value=end), targets


# %%
# reject teacher_forcing: a roll without begin · expects "a roll brings the last column to the front"
def teacher_forcing(y, begin, end, pad):
    targets = F.pad(y, (0, 1), value=pad)
    targets[torch.arange(len(y)), (y != pad).sum(dim=1)] = end
    return F.pad(y, (0, 1), value=pad).roll(1, dims=1), targets


# %%
# reject teacher_forcing: end in the last column · expects "end stands in the last column"
def teacher_forcing(y, begin, end, pad):
    return F.pad(y, (1, 0), value=begin), F.pad(y, (0, 1), value=end)


# %%
# reject teacher_forcing: no end · expects "would never learn to stop"
def teacher_forcing(y, begin, end, pad):
    return F.pad(y, (1, 0), value=begin), F.pad(y, (0, 1), value=pad)


# %%
# reject teacher_forcing: end overwrites the last token · expects "is overwritten by end"
def teacher_forcing(y, begin, end, pad):
    targets = F.pad(y, (0, 1), value=pad)
    targets[torch.arange(len(y)), (y != pad).sum(dim=1) - 1] = end
    return F.pad(y, (1, 0), value=begin), targets


# %%
# reject teacher_forcing: all padding is end · expects "all padding is end"
def teacher_forcing(y, begin, end, pad):
    longer = F.pad(y, (0, 1), value=pad)
    return F.pad(y, (1, 0), value=begin), torch.where(longer == pad, end, longer)


# %%
# reject teacher_forcing: swapped results · expects "the order is inputs, targets"
def teacher_forcing(y, begin, end, pad):
    targets = F.pad(y, (0, 1), value=pad)
    targets[torch.arange(len(y)), (y != pad).sum(dim=1)] = end
    return targets, F.pad(y, (1, 0), value=begin)


# %%
# reject teacher_forcing: tensors of floats · expects "tokens are int64"
def teacher_forcing(y, begin, end, pad):
    inputs = torch.full((len(y), y.shape[1] + 1), float(begin))
    targets = torch.full((len(y), y.shape[1] + 1), float(pad))
    inputs[:, 1:], targets[:, :-1] = y, y
    targets[torch.arange(len(y)), (y != pad).sum(dim=1)] = end
    return inputs, targets


# %%
# reject teacher_forcing: all ends in every row · expects "every row got the ends of all rows"
def teacher_forcing(y, begin, end, pad):
    targets = F.pad(y, (0, 1), value=pad)
    targets[:, (y != pad).sum(dim=1)] = end
    return F.pad(y, (1, 0), value=begin), targets


# %%
# reject teacher_forcing: no place for end · expects "expected (batch, T_plus_1) = (3, 5), got (3, 4)"
def teacher_forcing(y, begin, end, pad):
    return torch.cat([y.new_full((len(y), 1), begin), y[:, :-1]], dim=1), y


# %%
# reject teacher_forcing: padding taken for 0 · expects "which is not always 0"
def teacher_forcing(y, begin, end, pad):
    targets = F.pad(y, (0, 1), value=pad)
    targets[torch.arange(len(y)), (y != pad).sum(dim=1)] = end
    return F.pad(y, (1, 0), value=begin), targets * (targets != pad)


# %%
# reject teacher_forcing: works in place · expects "changes its input in place"
def teacher_forcing(y, begin, end, pad):
    inputs = F.pad(y, (1, 0), value=begin)
    y[:, -1] = end
    return inputs, F.pad(y, (0, 1), value=pad)


# %% [markdown]
# # Exercise 2


# %%
# accept sequence_loss: gather and boolean index
def sequence_loss(logits, targets, pad):
    log_probs = torch.log_softmax(logits, dim=-1).gather(2, targets[..., None])[..., 0]
    return -log_probs[targets != pad].mean()


# %%
# accept sequence_loss: weights for every place
def sequence_loss(logits, targets, pad):
    real = (targets != pad).to(logits.dtype)
    each = F.cross_entropy(logits.transpose(1, 2), targets, reduction="none")
    return (each * real).sum() / real.sum()


# %%
# accept sequence_loss: a loop over the lines
def sequence_loss(logits, targets, pad):
    total, count = 0.0, 0
    for scores, line in zip(logits, targets):
        keep = line != pad
        total = total + F.cross_entropy(scores[keep], line[keep], reduction="sum")
        count += int(keep.sum())
    return total / count


# %%
# reject sequence_loss: the stub · expects "not written yet"
def sequence_loss(logits, targets, pad):
    raise NotImplementedError()


# %%
# reject sequence_loss: all zeros · expects "every value is zero"
def sequence_loss(logits, targets, pad):
    return logits.sum() * 0


# %%
# reject sequence_loss: padding counted · expects "padding is counted"
def sequence_loss(logits, targets, pad):
    return F.cross_entropy(logits.flatten(0, 1), targets.flatten())


# %%
# reject sequence_loss: divided by all places · expects "you divide by all places"
def sequence_loss(logits, targets, pad):
    each = F.cross_entropy(logits.transpose(1, 2), targets, reduction="none", ignore_index=pad)
    return each.mean()


# %%
# reject sequence_loss: a sum · expects "you sum"
def sequence_loss(logits, targets, pad):
    return F.cross_entropy(
        logits.flatten(0, 1), targets.flatten(), ignore_index=pad, reduction="sum"
    )


# %%
# reject sequence_loss: divided by the batch size · expects "you divide by the batch size"
def sequence_loss(logits, targets, pad):
    total = F.cross_entropy(
        logits.flatten(0, 1), targets.flatten(), ignore_index=pad, reduction="sum"
    )
    return total / len(targets)


# %%
# reject sequence_loss: mean of the means of lines · expects "tokens of short lines then weigh more"
def sequence_loss(logits, targets, pad):
    lines = [F.cross_entropy(a, b, ignore_index=pad) for a, b in zip(logits, targets)]
    return torch.stack(lines).mean()


# %%
# reject sequence_loss: only padding counts · expects "only padding counts"
def sequence_loss(logits, targets, pad):
    return F.cross_entropy(logits[targets == pad], targets[targets == pad])


# %%
# reject sequence_loss: softmax twice · expects "do not apply softmax first"
def sequence_loss(logits, targets, pad):
    probs = logits.softmax(dim=2)
    return F.cross_entropy(probs.flatten(0, 1), targets.flatten(), ignore_index=pad)


# %%
# reject sequence_loss: padding taken for 0 · expects "the loss with pad = 3"
def sequence_loss(logits, targets, pad):
    return F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=0)


# %%
# reject sequence_loss: without a gradient · expects "the loss has no gradient"
def sequence_loss(logits, targets, pad):
    return F.cross_entropy(logits.detach().mT, targets, ignore_index=pad)


# %%
# reject sequence_loss: a reshape where a transpose is needed · expects "transpose with logits.mT"
def sequence_loss(logits, targets, pad):
    B, T, V = logits.shape
    return F.cross_entropy(logits.reshape(B, V, T), targets, ignore_index=pad)


# %%
# reject sequence_loss: no logarithm · expects "the logarithm is missing"
def sequence_loss(logits, targets, pad):
    chosen = logits.softmax(dim=2).gather(2, targets[:, :, None])[:, :, 0]
    return -chosen[targets != pad].mean()


# %%
# reject sequence_loss: one loss per line · expects "expected one number, of shape ()"
def sequence_loss(logits, targets, pad):
    return torch.stack([F.cross_entropy(a, b, ignore_index=pad) for a, b in zip(logits, targets)])


# %%
# reject sequence_loss: a reshape that mixes the tokens and the vocabulary · expects "sequence_loss raised"
def sequence_loss(logits, targets, pad):
    return F.cross_entropy(logits, targets, ignore_index=pad)


# %% [markdown]
# # Exercise 3


# %%
# accept encoder: packed lines and a bidirectional GRU
class Encoder(nn.Module):
    def __init__(self, d_in, d_model):
        super().__init__()
        self.gru = nn.GRU(d_in, d_model // 2, batch_first=True, bidirectional=True)

    def forward(self, x, mask):
        lengths = mask.sum(dim=1).cpu()
        packed = nn.utils.rnn.pack_padded_sequence(x, lengths, True, enforce_sorted=False)
        packed, last = self.gru(packed)
        h, _ = nn.utils.rnn.pad_packed_sequence(packed, True, total_length=x.shape[1])
        return h, torch.cat([last[0], last[1]], dim=1)


# %%
# accept encoder: each line alone
class Encoder(nn.Module):
    def __init__(self, d_in, d_model):
        super().__init__()
        self.rnn = nn.GRU(d_in, d_model // 2, bidirectional=True)

    def forward(self, x, mask):
        hs, states = [], []
        for line, real in zip(x, mask):
            h, last = self.rnn(line[real])
            hs.append(F.pad(h, (0, 0, 0, x.shape[1] - len(h))))
            states.append(last.flatten())
        return torch.stack(hs), torch.stack(states)


# %%
# accept encoder: GRU cells, which keep their state at padding
class Encoder(nn.Module):
    def __init__(self, d_in, d_model):
        super().__init__()
        self.cells = nn.ModuleList(nn.GRUCell(d_in, d_model // 2) for _ in range(2))
        self.half = d_model // 2

    def forward(self, x, mask):
        both, last = [], []
        for cell, places in zip(self.cells, (range(x.shape[1]), reversed(range(x.shape[1])))):
            s, states = x.new_zeros(len(x), self.half), {}
            for j in places:
                s = torch.where(mask[:, j, None], cell(x[:, j], s), s)
                states[j] = s
            both.append(torch.stack([states[j] for j in sorted(states)], dim=1))
            last.append(s)
        return torch.cat(both, dim=2), torch.cat(last, dim=1)


# %%
# reject encoder: the stub · expects "not written yet"
class Encoder(nn.Module):
    def __init__(self, d_in, d_model):
        super().__init__()
        raise NotImplementedError()


# %%
# reject encoder: all zeros · expects "h is zero everywhere"
class Encoder(nn.Module):
    def __init__(self, d_in, d_model):
        super().__init__()
        self.d_model = d_model
        self.gru = nn.GRU(d_in, d_model // 2, bidirectional=True)

    def forward(self, x, mask):
        return x.new_zeros(*x.shape[:2], self.d_model), x.new_zeros(len(x), self.d_model)


# %%
# reject encoder: the mask is not used · expects "other states in the batch than alone"
class Encoder(nn.Module):
    def __init__(self, d_in, d_model):
        super().__init__()
        self.gru = nn.GRU(d_in, d_model // 2, batch_first=True, bidirectional=True)

    def forward(self, x, mask):
        h, last = self.gru(x)
        return h, torch.cat([last[0], last[1]], dim=1)


# %%
# reject encoder: padding set to zero, and read all the same · expects "the padding is read too"
class Encoder(nn.Module):
    def __init__(self, d_in, d_model):
        super().__init__()
        self.gru = nn.GRU(d_in, d_model // 2, batch_first=True, bidirectional=True)

    def forward(self, x, mask):
        h, last = self.gru(x * mask[:, :, None])
        return h, torch.cat([last[0], last[1]], dim=1)


# %%
# reject encoder: turned around with its padding · expects "turned around before their padding, not with it"
class Encoder(nn.Module):
    def __init__(self, d_in, d_model):
        super().__init__()
        self.a = nn.GRU(d_in, d_model // 2, batch_first=True)
        self.b = nn.GRU(d_in, d_model // 2, batch_first=True)

    def forward(self, x, mask):
        right, left = self.a(x)[0], self.b(x.flip(1))[0].flip(1)
        last = mask.sum(dim=1) - 1
        return torch.cat([right, left], 2), torch.cat(
            [right[torch.arange(len(x)), last], left[:, 0]], dim=1
        )


# %%
# reject encoder: the states are not turned around again · expects "the second half of h at token 1"
class Encoder(nn.Module):
    def __init__(self, d_in, d_model):
        super().__init__()
        self.a = nn.GRU(d_in, d_model // 2, batch_first=True)
        self.b = nn.GRU(d_in, d_model // 2, batch_first=True)

    def forward(self, x, mask):
        right, left = self.a(x)[0], self.b(turn_around(x, mask))[0]
        last = mask.sum(dim=1) - 1
        rows = torch.arange(len(x))
        return torch.cat([right, left], 2), torch.cat([right[rows, last], left[rows, last]], dim=1)


# %%
# reject encoder: one direction · expects "there is one direction only"
class Encoder(nn.Module):
    def __init__(self, d_in, d_model):
        super().__init__()
        self.gru = nn.GRU(d_in, d_model, batch_first=True)

    def forward(self, x, mask):
        h, _ = self.gru(x)
        return h, h[torch.arange(len(x)), mask.sum(dim=1) - 1]


# %%
# reject encoder: d_model units in each direction · expects "got (4, 6, 16)"
class Encoder(nn.Module):
    def __init__(self, d_in, d_model):
        super().__init__()
        self.gru = nn.GRU(d_in, d_model, batch_first=True, bidirectional=True)

    def forward(self, x, mask):
        h, last = self.gru(x)
        return h, torch.cat([last[0], last[1]], dim=1)


# %%
# reject encoder: a reshape that mixes the lines · expects "a reshape mixes the lines"
class Encoder(nn.Module):
    def __init__(self, d_in, d_model):
        super().__init__()
        self.gru = nn.GRU(d_in, d_model // 2, batch_first=True, bidirectional=True)

    def forward(self, x, mask):
        packed = nn.utils.rnn.pack_padded_sequence(x, mask.sum(1), True, False)
        packed, last = self.gru(packed)
        h, _ = nn.utils.rnn.pad_packed_sequence(packed, True, total_length=x.shape[1])
        return h, last.reshape(len(x), -1)


# %%
# reject encoder: both halves at the last token · expects "its last state is at token 0"
class Encoder(nn.Module):
    def __init__(self, d_in, d_model):
        super().__init__()
        self.gru = nn.GRU(d_in, d_model // 2, batch_first=True, bidirectional=True)

    def forward(self, x, mask):
        packed = nn.utils.rnn.pack_padded_sequence(x, mask.sum(1), True, False)
        h, _ = nn.utils.rnn.pad_packed_sequence(self.gru(packed)[0], True, total_length=x.shape[1])
        return h, h[torch.arange(len(x)), mask.sum(dim=1) - 1]


# %%
# reject encoder: the last column · expects "the last column, which is padding"
class Encoder(nn.Module):
    def __init__(self, d_in, d_model):
        super().__init__()
        self.gru = nn.GRU(d_in, d_model // 2, batch_first=True, bidirectional=True)

    def forward(self, x, mask):
        packed = nn.utils.rnn.pack_padded_sequence(x, mask.sum(1), True, False)
        h, _ = nn.utils.rnn.pad_packed_sequence(self.gru(packed)[0], True, total_length=x.shape[1])
        return h, h[:, -1]


# %%
# reject encoder: the halves of s swapped · expects "the two halves are swapped"
class Encoder(nn.Module):
    def __init__(self, d_in, d_model):
        super().__init__()
        self.gru = nn.GRU(d_in, d_model // 2, batch_first=True, bidirectional=True)

    def forward(self, x, mask):
        packed = nn.utils.rnn.pack_padded_sequence(x, mask.sum(1), True, False)
        packed, last = self.gru(packed)
        h, _ = nn.utils.rnn.pad_packed_sequence(packed, True, total_length=x.shape[1])
        return h, torch.cat([last[1], last[0]], dim=1)


# %%
# reject encoder: right to left comes first · expects "the two directions are in the wrong order"
class Encoder(nn.Module):
    def __init__(self, d_in, d_model):
        super().__init__()
        self.gru = nn.GRU(d_in, d_model // 2, batch_first=True, bidirectional=True)

    def forward(self, x, mask):
        packed = nn.utils.rnn.pack_padded_sequence(x, mask.sum(1), True, False)
        packed, last = self.gru(packed)
        h, _ = nn.utils.rnn.pad_packed_sequence(packed, True, total_length=x.shape[1])
        return h.roll(h.shape[2] // 2, dims=2), torch.cat([last[1], last[0]], dim=1)


# %%
# reject encoder: the final states of the GRUs · expects "a GRU's own final state has walked over the padding"
class Encoder(nn.Module):
    def __init__(self, d_in, d_model):
        super().__init__()
        self.to_right = nn.GRU(d_in, d_model // 2, batch_first=True)
        self.to_left = nn.GRU(d_in, d_model // 2, batch_first=True)

    def forward(self, x, mask):
        right, ahead = self.to_right(x)
        left, back = self.to_left(turn_around(x, mask))
        return torch.cat([right, turn_around(left, mask)], dim=2), torch.cat(
            [ahead[0], back[0]], dim=1
        )


# %%
# reject encoder: batch_first is forgotten · expects "is batch_first=True missing"
class Encoder(nn.Module):
    def __init__(self, d_in, d_model):
        super().__init__()
        self.gru = nn.GRU(d_in, d_model // 2, bidirectional=True)

    def forward(self, x, mask):
        h, _ = self.gru(x)
        half = h.shape[2] // 2
        last = h[torch.arange(len(x)), mask.sum(dim=1) - 1]
        return h, torch.cat([last[:, :half], h[:, 0, half:]], dim=1)


# %%
# reject encoder: the width of the output is that of the longest line · expects "two more columns of padding"
class Encoder(nn.Module):
    def __init__(self, d_in, d_model):
        super().__init__()
        self.gru = nn.GRU(d_in, d_model // 2, batch_first=True, bidirectional=True)

    def forward(self, x, mask):
        packed = nn.utils.rnn.pack_padded_sequence(x, mask.sum(1), True, False)
        packed, last = self.gru(packed)
        h, _ = nn.utils.rnn.pad_packed_sequence(packed, True)
        return h, torch.cat([last[0], last[1]], dim=1)


# %%
# reject encoder: swapped results · expects "the order is h, s"
class Encoder(nn.Module):
    def __init__(self, d_in, d_model):
        super().__init__()
        self.gru = nn.GRU(d_in, d_model // 2, batch_first=True, bidirectional=True)

    def forward(self, x, mask):
        packed = nn.utils.rnn.pack_padded_sequence(x, mask.sum(1), True, False)
        packed, last = self.gru(packed)
        h, _ = nn.utils.rnn.pad_packed_sequence(packed, True, total_length=x.shape[1])
        return torch.cat([last[0], last[1]], dim=1), h


# %%
# reject encoder: two directions in a tuple of states · expects "Encoder.forward returns 2 values"
class Encoder(nn.Module):
    def __init__(self, d_in, d_model):
        super().__init__()
        self.gru = nn.GRU(d_in, d_model // 2, batch_first=True, bidirectional=True)

    def forward(self, x, mask):
        h, last = self.gru(x)
        return h, last[0], last[1]


# %% [markdown]
# # Exercise 4


# %%
# accept greedy: a for loop with a break
def greedy(step, state, first, end, pad, max_len):
    out = first.new_full((len(first), max_len), pad)
    alive = torch.ones(len(first), dtype=torch.bool)
    last = first
    for t in range(max_len):
        logits, state = step(last, state)
        last = logits.max(dim=-1).indices
        out[alive, t] = last[alive]
        alive &= last != end
        if not alive.any():
            return out[:, : t + 1]
    return out


# %%
# accept greedy: recursion, tidied up at the end
def greedy(step, state, first, end, pad, max_len):
    columns, ended = [], set()

    def go(token, state):
        logits, state = step(token, state)
        token = torch.argmax(logits, dim=1)
        columns.append(token)
        ended.update((token == end).nonzero().flatten().tolist())
        if len(columns) < max_len and len(ended) < len(first):
            go(token, state)

    go(first, state)
    tokens = torch.stack(columns, dim=1)
    before = (tokens == end).long().cumsum(dim=1) - (tokens == end).long()
    return tokens.masked_fill(before > 0, pad)


# %%
# reject greedy: the stub · expects "not written yet"
def greedy(step, state, first, end, pad, max_len):
    raise NotImplementedError()


# %%
# reject greedy: all zeros · expects "got 0"
def greedy(step, state, first, end, pad, max_len):
    return first.new_zeros(len(first), max_len)


# %%
# reject greedy: feeds begin again and again · expects "fed again and again"
def greedy(step, state, first, end, pad, max_len):
    tokens, done = [], torch.zeros_like(first, dtype=torch.bool)
    while len(tokens) < max_len and not done.all():
        logits, state = step(first, state)
        token = torch.where(done, pad, logits.argmax(dim=1))
        done = done | (token == end)
        tokens.append(token)
    return torch.stack(tokens, dim=1)


# %%
# reject greedy: feeds a truth that is not there · expects "zeros are fed"
def greedy(step, state, first, end, pad, max_len):
    tokens, done, truth = [], torch.zeros_like(first, dtype=torch.bool), torch.zeros_like(first)
    while len(tokens) < max_len and not done.all():
        logits, state = step(truth, state)
        token = torch.where(done, pad, logits.argmax(dim=1))
        done = done | (token == end)
        tokens.append(token)
    return torch.stack(tokens, dim=1)


# %%
# reject greedy: feeds the token before the last one · expects "the tokens that were fed to step"
def greedy(step, state, first, end, pad, max_len):
    feed, token, tokens = first, first, []
    done = torch.zeros_like(first, dtype=torch.bool)
    while len(tokens) < max_len and not done.all():
        logits, state = step(feed, state)
        feed = token
        token = torch.where(done, pad, logits.argmax(dim=1))
        done = done | (token == end)
        tokens.append(token)
    return torch.stack(tokens, dim=1)


# %%
# reject greedy: the state is not carried · expects "every step should get the state"
def greedy(step, state, first, end, pad, max_len):
    token, tokens = first, []
    done = torch.zeros_like(first, dtype=torch.bool)
    while len(tokens) < max_len and not done.all():
        logits, _ = step(token, state)
        token = torch.where(done, pad, logits.argmax(dim=1))
        done = done | (token == end)
        tokens.append(token)
    return torch.stack(tokens, dim=1)


# %%
# reject greedy: does not stop at end · expects "it does not stop"
def greedy(step, state, first, end, pad, max_len):
    token, tokens = first, []
    done = torch.zeros_like(first, dtype=torch.bool)
    for _ in range(max_len):
        logits, state = step(token, state)
        token = torch.where(done, pad, logits.argmax(dim=1))
        done = done | (token == end)
        tokens.append(token)
    return torch.stack(tokens, dim=1)


# %%
# reject greedy: stops at the first line that ends · expects "it stops at the first line that ends"
def greedy(step, state, first, end, pad, max_len):
    token, tokens = first, []
    done = torch.zeros_like(first, dtype=torch.bool)
    while len(tokens) < max_len and not done.any():
        logits, state = step(token, state)
        token = torch.where(done, pad, logits.argmax(dim=1))
        done = done | (token == end)
        tokens.append(token)
    return torch.stack(tokens, dim=1)


# %%
# reject greedy: a line goes on after its end · expects "goes on talking"
def greedy(step, state, first, end, pad, max_len):
    token, tokens = first, []
    done = torch.zeros_like(first, dtype=torch.bool)
    while len(tokens) < max_len and not done.all():
        logits, state = step(token, state)
        token = logits.argmax(dim=1)
        done = done | (token == end)
        tokens.append(token)
    return torch.stack(tokens, dim=1)


# %%
# reject greedy: end is repeated · expects "a line repeats end"
def greedy(step, state, first, end, pad, max_len):
    token, tokens = first, []
    done = torch.zeros_like(first, dtype=torch.bool)
    while len(tokens) < max_len and not done.all():
        logits, state = step(token, state)
        token = torch.where(done, end, logits.argmax(dim=1))
        done = done | (token == end)
        tokens.append(token)
    return torch.stack(tokens, dim=1)


# %%
# reject greedy: only the token right after end is padded · expects "once it has ended, it stays ended"
def greedy(step, state, first, end, pad, max_len):
    token, tokens = first, []
    ended = torch.zeros_like(first, dtype=torch.bool)
    while len(tokens) < max_len and not ended.all():
        logits, state = step(token, state)
        token = torch.where(token == end, pad, logits.argmax(dim=1))
        ended = ended | (token == end)
        tokens.append(token)
    return torch.stack(tokens, dim=1)


# %%
# reject greedy: the end token is padded away · expects "the end token belongs to the result"
def greedy(step, state, first, end, pad, max_len):
    token, tokens = first, []
    done = torch.zeros_like(first, dtype=torch.bool)
    while len(tokens) < max_len and not done.all():
        logits, state = step(token, state)
        token = logits.argmax(dim=1)
        done = done | (token == end)
        tokens.append(torch.where(done, pad, token))
    return torch.stack(tokens, dim=1)


# %%
# reject greedy: argmax over the batch · expects "tokens: expected (batch, T) = (3, 4)"
def greedy(step, state, first, end, pad, max_len):
    token, tokens = first, []
    for _ in range(max_len):
        logits, state = step(token, state)
        token = logits.argmax(dim=0)
        tokens.append(token)
    return torch.stack(tokens, dim=1)


# %%
# reject greedy: the first tokens come along · expects "there is one token too many"
def greedy(step, state, first, end, pad, max_len):
    token, tokens = first, [first]
    done = torch.zeros_like(first, dtype=torch.bool)
    while len(tokens) <= max_len and not done.all():
        logits, state = step(token, state)
        token = torch.where(done, pad, logits.argmax(dim=1))
        done = done | (token == end)
        tokens.append(token)
    return torch.stack(tokens, dim=1)


# %%
# reject greedy: max_len is not obeyed · expects "max_len is 4"
def greedy(step, state, first, end, pad, max_len):
    token, tokens = first, []
    done = torch.zeros_like(first, dtype=torch.bool)
    while len(tokens) <= max_len and not done.all():
        logits, state = step(token, state)
        token = torch.where(done, pad, logits.argmax(dim=1))
        done = done | (token == end)
        tokens.append(token)
    return torch.stack(tokens, dim=1)


# %%
# reject greedy: no limit at all · expects "stop after max_len steps"
def greedy(step, state, first, end, pad, max_len):
    token, tokens = first, []
    done = torch.zeros_like(first, dtype=torch.bool)
    while not done.all():
        logits, state = step(token, state)
        token = torch.where(done, pad, logits.argmax(dim=1))
        done = done | (token == end)
        tokens.append(token)
    return torch.stack(tokens, dim=1)


# %%
# reject greedy: time in the first dimension · expects "Are batch and T swapped?"
def greedy(step, state, first, end, pad, max_len):
    token, tokens = first, []
    done = torch.zeros_like(first, dtype=torch.bool)
    while len(tokens) < max_len and not done.all():
        logits, state = step(token, state)
        token = torch.where(done, pad, logits.argmax(dim=1))
        done = done | (token == end)
        tokens.append(token)
    return torch.stack(tokens)


# %% [markdown]
# # Exercise 5


# %%
# accept hard_lookup: a loop over the keys
def hard_lookup(query, keys, values):
    best = max(range(len(keys)), key=lambda j: float(torch.dot(keys[j], query)))
    return values[best]


# %%
# accept hard_lookup: a one-hot product
def hard_lookup(query, keys, values):
    scores = torch.einsum("nd,d->n", keys, query)
    return F.one_hot(scores.argmax(), len(keys)).to(values.dtype) @ values


# %%
# reject hard_lookup: the stub · expects "not written yet"
def hard_lookup(query, keys, values):
    raise NotImplementedError()


# %%
# reject hard_lookup: all zeros · expects "every value is zero"
def hard_lookup(query, keys, values):
    return torch.zeros_like(values[0])


# %%
# reject hard_lookup: the key instead of the value · expects "that is a key"
def hard_lookup(query, keys, values):
    return keys[(keys @ query).argmax()]


# %%
# reject hard_lookup: the worst key · expects "the value of the worst key"
def hard_lookup(query, keys, values):
    return values[(keys @ query).argmin()]


# %%
# reject hard_lookup: the largest value · expects "that is the largest value"
def hard_lookup(query, keys, values):
    return values[values.sum(dim=1).argmax()]


# %%
# reject hard_lookup: soft after all · expects "that is a soft lookup"
def hard_lookup(query, keys, values):
    return torch.softmax(keys @ query, dim=0) @ values


# %%
# reject hard_lookup: the largest absolute score · expects "the sign counts"
def hard_lookup(query, keys, values):
    return values[(keys @ query).abs().argmax()]


# %%
# reject hard_lookup: the index alone · expects "the value: expected (d_v,) = (1,), got ()"
def hard_lookup(query, keys, values):
    return (keys @ query).argmax()


# %%
# accept soft_lookup: exp and sum
def soft_lookup(query, keys, values):
    e = torch.exp(torch.einsum("nd,d->n", keys, query))
    weights = e / e.sum()
    return torch.einsum("n,nv->v", weights, values), weights


# %%
# accept soft_lookup: a loop
def soft_lookup(query, keys, values):
    scores = torch.stack([torch.dot(key, query) for key in keys])
    weights = F.softmax(scores, dim=-1)
    return sum(w * value for w, value in zip(weights, values)), weights


# %%
# reject soft_lookup: the stub · expects "not written yet"
def soft_lookup(query, keys, values):
    raise NotImplementedError()


# %%
# reject soft_lookup: all zeros · expects "every value is zero"
def soft_lookup(query, keys, values):
    return torch.zeros_like(values[0]), torch.zeros(len(keys))


# %%
# reject soft_lookup: no softmax · expects "these are the scores: apply softmax"
def soft_lookup(query, keys, values):
    weights = keys @ query
    return weights @ values, weights


# %%
# reject soft_lookup: divided by the sum of sizes · expects "apply softmax, which needs exp"
def soft_lookup(query, keys, values):
    weights = keys @ query / (keys @ query).abs().sum()
    return weights @ values, weights


# %%
# reject soft_lookup: the context from the keys instead of the values · expects "it is the values that are returned"
def soft_lookup(query, keys, values):
    weights = torch.softmax(keys @ query, dim=0)
    return weights @ keys, weights


# %%
# reject soft_lookup: swapped results · expects "the order is value, weights"
def soft_lookup(query, keys, values):
    weights = torch.softmax(keys @ query, dim=0)
    return weights, weights @ values


# %%
# reject soft_lookup: hard after all · expects "this is a hard lookup"
def soft_lookup(query, keys, values):
    weights = F.one_hot((keys @ query).argmax(), len(keys)).to(values.dtype)
    return weights @ values, weights


# %%
# reject soft_lookup: the values are not weighted · expects "without weights"
def soft_lookup(query, keys, values):
    weights = torch.softmax(keys @ query, dim=0)
    return values.mean(dim=0), weights


# %%
# reject soft_lookup: all weights equal · expects "all weights are equal"
def soft_lookup(query, keys, values):
    weights = torch.full((len(keys),), 1 / len(keys), dtype=keys.dtype)
    return weights @ values, weights


# %%
# reject soft_lookup: the mean of the weighted values · expects "the weights sum to 1 already"
def soft_lookup(query, keys, values):
    weights = torch.softmax(keys @ query, dim=0)
    return (weights[:, None] * values).mean(dim=0), weights


# %%
# reject soft_lookup: scaled scores · expects "here they are not"
def soft_lookup(query, keys, values):
    weights = torch.softmax(keys @ query / math.sqrt(len(query)), dim=0)
    return weights @ values, weights


# %%
# reject soft_lookup: only the value · expects "soft_lookup returns 2 values"
def soft_lookup(query, keys, values):
    return torch.softmax(keys @ query, dim=0) @ values


# %% [markdown]
# # Exercise 6


# %%
# accept masked_softmax: finfo.min
def masked_softmax(scores, mask):
    return torch.where(mask, scores, torch.finfo(scores.dtype).min).softmax(dim=-1)


# %%
# accept masked_softmax: line by line
def masked_softmax(scores, mask):
    weights = torch.zeros_like(scores)
    for row, (line, real) in enumerate(zip(scores, mask)):
        weights[row, real] = torch.softmax(line[real], dim=0)
    return weights


# %%
# accept masked_softmax: an additive bias of −∞ by hand, with the largest score subtracted
def masked_softmax(scores, mask):
    masked = torch.where(mask, scores, -torch.inf)
    e = torch.exp(masked - masked.amax(dim=1, keepdim=True))
    return e / e.sum(dim=1, keepdim=True)


# %%
# reject masked_softmax: the stub · expects "not written yet"
def masked_softmax(scores, mask):
    raise NotImplementedError()


# %%
# reject masked_softmax: all zeros · expects "every value is zero"
def masked_softmax(scores, mask):
    return torch.zeros_like(scores)


# %%
# reject masked_softmax: mask forgotten · expects "the mask is not used"
def masked_softmax(scores, mask):
    return scores.softmax(dim=1)


# %%
# reject masked_softmax: mask inverted · expects "the mask is inverted"
def masked_softmax(scores, mask):
    return scores.masked_fill(mask, torch.finfo(scores.dtype).min).softmax(dim=1)


# %%
# reject masked_softmax: mask inverted, −∞ · expects "the mask is inverted"
def masked_softmax(scores, mask):
    return scores.masked_fill(mask, float("-inf")).softmax(dim=1)


# %%
# reject masked_softmax: mask after the softmax · expects "the mask comes after the softmax"
def masked_softmax(scores, mask):
    return scores.softmax(dim=1) * mask


# %%
# reject masked_softmax: mask after the softmax, normalized again · expects "the mask must come before the softmax"
def masked_softmax(scores, mask):
    weights = scores.softmax(dim=1) * mask
    return weights / weights.sum(dim=1, keepdim=True)


# %%
# reject masked_softmax: scores multiplied by the mask · expects "exp(0) is 1"
def masked_softmax(scores, mask):
    return (scores * mask).softmax(dim=1)


# %%
# reject masked_softmax: softmax over the batch · expects "the softmax runs over the batch"
def masked_softmax(scores, mask):
    return scores.masked_fill(~mask, float("-inf")).softmax(dim=0)


# %%
# reject masked_softmax: −1e9, too large for float16 · expects "overflow"
def masked_softmax(scores, mask):
    return scores.masked_fill(~mask, -1e9).softmax(dim=1)


# %%
# reject masked_softmax: a low number is added · expects "is not low enough"
def masked_softmax(scores, mask):
    return (scores - 10_000.0 * ~mask).softmax(dim=1)


# %%
# reject masked_softmax: −10,000 in place of the scores · expects "is not low enough"
def masked_softmax(scores, mask):
    return scores.masked_fill(~mask, -10_000.0).softmax(dim=1)


# %%
# reject masked_softmax: the largest score is not subtracted · expects "Likely cause"
def masked_softmax(scores, mask):
    e = scores.exp() * mask
    return e / e.sum(dim=1, keepdim=True)


# %%
# reject masked_softmax: one minus a bool · expects "use the `~`"
def masked_softmax(scores, mask):
    return (scores - 1e9 * (1 - mask)).softmax(dim=1)


# %%
# reject masked_softmax: minus infinity times the mask is added · expects "replace the scores with masked_fill"
def masked_softmax(scores, mask):
    return (scores + float("-inf") * (~mask)).softmax(dim=1)


# %%
# reject masked_softmax: no softmax · expects "the softmax is missing"
def masked_softmax(scores, mask):
    return torch.where(mask, scores, 0.0)


# %%
# reject masked_softmax: always float32 · expects "weights should have the dtype of the scores"
def masked_softmax(scores, mask):
    return scores.double().masked_fill(~mask, float("-inf")).softmax(dim=1)


# %%
# reject masked_softmax: in place · expects "changes its input in place"
def masked_softmax(scores, mask):
    return scores.masked_fill_(~mask, float("-inf")).softmax(dim=1)


# %% [markdown]
# # Exercise 7


# %%
# accept additive_score: F.linear and einsum
def additive_score(s, uh, W, v):
    z = torch.tanh(F.linear(s, W).unsqueeze(1) + uh)
    return torch.einsum("bsa,a->bs", z, v)


# %%
# accept additive_score: token by token
def additive_score(s, uh, W, v):
    ws = torch.einsum("bd,ad->ba", s, W)
    return torch.stack([(torch.tanh(ws + uh[:, j]) * v).sum(-1) for j in range(uh.shape[1])], dim=1)


# %%
# reject additive_score: the stub · expects "not written yet"
def additive_score(s, uh, W, v):
    raise NotImplementedError()


# %%
# reject additive_score: all zeros · expects "every value is zero"
def additive_score(s, uh, W, v):
    return uh.sum(dim=2) * 0


# %%
# reject additive_score: tanh missing · expects "tanh is missing"
def additive_score(s, uh, W, v):
    return ((s @ W.T)[:, None] + uh) @ v


# %%
# reject additive_score: tanh outside · expects "tanh comes after v"
def additive_score(s, uh, W, v):
    return torch.tanh(((s @ W.T)[:, None] + uh) @ v)


# %%
# reject additive_score: v missing · expects "v is missing"
def additive_score(s, uh, W, v):
    return torch.tanh((s @ W.T)[:, None] + uh).sum(dim=2)


# %%
# reject additive_score: tanh of each part · expects "take it of the sum"
def additive_score(s, uh, W, v):
    return (torch.tanh(s @ W.T)[:, None] + torch.tanh(uh)) @ v


# %%
# reject additive_score: without the query · expects "W s is missing"
def additive_score(s, uh, W, v):
    return torch.tanh(uh) @ v


# %%
# reject additive_score: without the keys · expects "U h is missing"
def additive_score(s, uh, W, v):
    return (torch.tanh(s @ W.T) @ v)[:, None].expand(uh.shape[:2])


# %%
# reject additive_score: a product of the parts · expects "they are added"
def additive_score(s, uh, W, v):
    return torch.tanh((s @ W.T)[:, None] * uh) @ v


# %%
# reject additive_score: sigmoid · expects "that is the sigmoid"
def additive_score(s, uh, W, v):
    return torch.sigmoid((s @ W.T)[:, None] + uh) @ v


# %%
# reject additive_score: W not transposed · expects "additive_score raised RuntimeError"
def additive_score(s, uh, W, v):
    return torch.tanh((s @ W)[:, None] + uh) @ v


# %%
# reject additive_score: the query broadcast over the batch · expects "additive_score raised RuntimeError"
def additive_score(s, uh, W, v):
    return torch.tanh((s @ W.T) + uh) @ v


# %%
# reject additive_score: softmax · expects "the scores: expected"
def additive_score(s, uh, W, v):
    return (torch.tanh((s @ W.T)[:, None] + uh) @ v).softmax(dim=1)


# %%
# reject additive_score: not summed over d_att · expects "multiply by v and sum over d_att"
def additive_score(s, uh, W, v):
    return torch.tanh((s @ W.T)[:, None] + uh) * v


# %%
# reject additive_score: the gradient is cut · expects "no gradient reaches the input"
def additive_score(s, uh, W, v):
    return (torch.tanh((s @ W.T)[:, None] + uh) @ v).detach()


# %%
# reject additive_score: a column too many · expects "There is an extra dimension of size 1"
def additive_score(s, uh, W, v):
    return torch.tanh((s @ W.T)[:, None] + uh) @ v[:, None]


# %% [markdown]
# # Exercise 8


# %%
# accept contexts: einsum
def contexts(weights, values):
    return torch.einsum("bts,bsd->btd", weights, values)


# %%
# accept contexts: broadcasting
def contexts(weights, values):
    return (weights[..., None] * values[:, None]).sum(dim=2)


# %%
# accept contexts: bmm
def contexts(weights, values):
    return torch.bmm(weights, values)


# %%
# reject contexts: the stub · expects "not written yet"
def contexts(weights, values):
    raise NotImplementedError()


# %%
# reject contexts: all zeros · expects "every value is zero"
def contexts(weights, values):
    return (weights @ values) * 0


# %%
# reject contexts: the mean of the values · expects "all steps get the mean of the values"
def contexts(weights, values):
    return values.mean(dim=1, keepdim=True).expand(-1, weights.shape[1], -1)


# %%
# reject contexts: the sum of the values · expects "all steps get the plain sum"
def contexts(weights, values):
    return values.sum(dim=1, keepdim=True).expand(-1, weights.shape[1], -1)


# %%
# reject contexts: one context for all steps · expects "do not sum over the steps"
def contexts(weights, values):
    return (weights @ values).sum(dim=1, keepdim=True).expand(-1, weights.shape[1], -1)


# %%
# reject contexts: hard · expects "that is a hard lookup"
def contexts(weights, values):
    return values[torch.arange(len(values))[:, None], weights.argmax(dim=2)]


# %%
# reject contexts: a mean over the tokens · expects "divided by the number of tokens"
def contexts(weights, values):
    return (weights[..., None] * values[:, None]).mean(dim=2)


# %%
# reject contexts: the values of line 0 · expects "all lines use the values of line 0"
def contexts(weights, values):
    return weights @ values[0]


# %%
# reject contexts: the lines mixed · expects "the lines are mixed"
def contexts(weights, values):
    return weights @ values.sum(dim=0)


# %%
# reject contexts: softmax once more · expects "the weights are normalized once more"
def contexts(weights, values):
    single = len(values) == 1
    return (weights if single else weights.softmax(dim=2)) @ values


# %%
# reject contexts: transposed weights · expects "contexts raised RuntimeError"
def contexts(weights, values):
    return weights.mT @ values


# %%
# reject contexts: transposed when the shapes allow it · expects "the weights are transposed"
def contexts(weights, values):
    return (weights.mT if weights.shape[1] == weights.shape[2] else weights) @ values


# %%
# reject contexts: d before T · expects "Are T and d swapped?"
def contexts(weights, values):
    return (weights @ values).mT


# %% [markdown]
# # Exercise 9


# %%
# accept rnnsearch_step: names for everything
def rnnsearch_step(y, s, attend, cell, output):
    context, alpha = attend(s)
    new = cell(torch.concat((y, context), dim=-1), s)
    logits = output(torch.concat((y, new, context), dim=-1))
    return logits, new, alpha


# %%
# accept rnnsearch_step: the inputs built by writing into empty tensors
def rnnsearch_step(y, s, attend, cell, output):
    c, weights = attend(s)
    d_y, d_s = y.shape[1], s.shape[1]
    x = y.new_empty(len(y), d_y + c.shape[1])
    x[:, :d_y], x[:, d_y:] = y, c
    s = cell(x, s)
    z = y.new_empty(len(y), d_y + d_s + c.shape[1])
    z[:, :d_y], z[:, d_y : d_y + d_s], z[:, d_y + d_s :] = y, s, c
    return [output(z), s, weights]


# %%
# reject rnnsearch_step: the stub · expects "not written yet"
def rnnsearch_step(y, s, attend, cell, output):
    raise NotImplementedError()


# %%
# reject rnnsearch_step: all zeros · expects "every value is zero"
def rnnsearch_step(y, s, attend, cell, output):
    c, weights = attend(s)
    s = cell(torch.cat([y, c], dim=1), s)
    return output(torch.cat([y, s, c], dim=1)) * 0, s * 0, weights * 0


# %%
# reject rnnsearch_step: the query is the state after the step · expects "Bahdanau's query is s before it"
def rnnsearch_step(y, s, attend, cell, output):
    c, _ = attend(s)
    s = cell(torch.cat([y, c], dim=1), s)
    c, weights = attend(s)
    return output(torch.cat([y, s, c], dim=1)), s, weights


# %%
# reject rnnsearch_step: Luong's order, the cell moves without a context · expects "Bahdanau's query is s before it"
def rnnsearch_step(y, s, attend, cell, output):
    c, _ = attend(s)
    s = cell(torch.cat([y, torch.zeros_like(c)], dim=1), s)
    c, weights = attend(s)
    return output(torch.cat([y, s, c], dim=1)), s, weights


# %%
# reject rnnsearch_step: the old state comes back · expects "the state comes back as it was"
def rnnsearch_step(y, s, attend, cell, output):
    c, weights = attend(s)
    new = cell(torch.cat([y, c], dim=1), s)
    return output(torch.cat([y, new, c], dim=1)), s, weights


# %%
# reject rnnsearch_step: the context does not enter the cell · expects "the context does not enter the cell"
def rnnsearch_step(y, s, attend, cell, output):
    c, weights = attend(s)
    s = cell(torch.cat([y, torch.zeros_like(c)], dim=1), s)
    return output(torch.cat([y, s, c], dim=1)), s, weights


# %%
# reject rnnsearch_step: the cell gets c, y · expects "the order of the cell's input is y, then c"
def rnnsearch_step(y, s, attend, cell, output):
    c, weights = attend(s)
    s = cell(torch.cat([c, y], dim=1), s)
    return output(torch.cat([y, s, c], dim=1)), s, weights


# %%
# reject rnnsearch_step: the cell begins from zeros · expects "the cell begins from zeros"
def rnnsearch_step(y, s, attend, cell, output):
    c, weights = attend(s)
    s = cell(torch.cat([y, c], dim=1), torch.zeros_like(s))
    return output(torch.cat([y, s, c], dim=1)), s, weights


# %%
# reject rnnsearch_step: the output sees the old state · expects "the output is given the old state"
def rnnsearch_step(y, s, attend, cell, output):
    c, weights = attend(s)
    new = cell(torch.cat([y, c], dim=1), s)
    return output(torch.cat([y, s, c], dim=1)), new, weights


# %%
# reject rnnsearch_step: the output does not see the context · expects "the context does not enter the output"
def rnnsearch_step(y, s, attend, cell, output):
    c, weights = attend(s)
    s = cell(torch.cat([y, c], dim=1), s)
    return output(torch.cat([y, s, torch.zeros_like(c)], dim=1)), s, weights


# %%
# reject rnnsearch_step: the output in another order · expects "the order of the output's input is y, s, c"
def rnnsearch_step(y, s, attend, cell, output):
    c, weights = attend(s)
    s = cell(torch.cat([y, c], dim=1), s)
    return output(torch.cat([s, c, y], dim=1)), s, weights


# %%
# reject rnnsearch_step: probabilities · expects "these are probabilities"
def rnnsearch_step(y, s, attend, cell, output):
    c, weights = attend(s)
    s = cell(torch.cat([y, c], dim=1), s)
    return output(torch.cat([y, s, c], dim=1)).softmax(dim=1), s, weights


# %%
# reject rnnsearch_step: asks twice · expects "attention is asked a second time"
def rnnsearch_step(y, s, attend, cell, output):
    c, weights = attend(s)
    s = cell(torch.cat([y, c], dim=1), s)
    return output(torch.cat([y, s, attend(s)[0]], dim=1)), s, weights


# %%
# reject rnnsearch_step: the context in place of the weights · expects "the weights: expected (batch, S) = (2, 6)"
def rnnsearch_step(y, s, attend, cell, output):
    c, _ = attend(s)
    s = cell(torch.cat([y, c], dim=1), s)
    return output(torch.cat([y, s, c], dim=1)), s, c


# %%
# reject rnnsearch_step: no weights · expects "rnnsearch_step returns 3 values"
def rnnsearch_step(y, s, attend, cell, output):
    c, _ = attend(s)
    s = cell(torch.cat([y, c], dim=1), s)
    return output(torch.cat([y, s, c], dim=1)), s


# %%
# reject rnnsearch_step: the results of attend swapped · expects "the input of cell, [y; c],"
def rnnsearch_step(y, s, attend, cell, output):
    weights, c = attend(s)
    s = cell(torch.cat([y, c], dim=1), s)
    return output(torch.cat([y, s, c], dim=1)), s, weights


# %%
# reject rnnsearch_step: the output without the token before · expects "the input of output, [y; s; c],"
def rnnsearch_step(y, s, attend, cell, output):
    c, weights = attend(s)
    s = cell(torch.cat([y, c], dim=1), s)
    return output(torch.cat([s, c], dim=1)), s, weights


# %%
# reject rnnsearch_step: the context alone for the cell · expects "the input of cell, [y; c],"
def rnnsearch_step(y, s, attend, cell, output):
    c, weights = attend(s)
    s = cell(c, s)
    return output(torch.cat([y, s, c], dim=1)), s, weights


# %% [markdown]
# # Exercise 10


# %%
# accept dot_score: einsum
def dot_score(s, h):
    return torch.einsum("bd,bsd->bs", s, h)


# %%
# accept dot_score: a product and a sum
def dot_score(s, h):
    return (s.unsqueeze(1) * h).sum(dim=-1)


# %%
# reject dot_score: the stub · expects "not written yet"
def dot_score(s, h):
    raise NotImplementedError()


# %%
# reject dot_score: all zeros · expects "every value is zero"
def dot_score(s, h):
    return h.sum(dim=2) * 0


# %%
# reject dot_score: scaled · expects "divided by √d"
def dot_score(s, h):
    return torch.einsum("bd,bsd->bs", s, h) / math.sqrt(s.shape[1])


# %%
# reject dot_score: the cosine · expects "that is the cosine"
def dot_score(s, h):
    return F.cosine_similarity(s[:, None], h, dim=2)


# %%
# reject dot_score: not summed · expects "the scores: expected (batch, S) = (3, 4)"
def dot_score(s, h):
    return s[:, None] * h


# %%
# reject dot_score: one query for all lines · expects "all lines use the query of line 0"
def dot_score(s, h):
    return h @ s[0]


# %%
# reject dot_score: the queries mixed · expects "the queries of all lines are mixed"
def dot_score(s, h):
    return h @ s.sum(dim=0)


# %%
# reject dot_score: softmax · expects "softmax is not part of the score"
def dot_score(s, h):
    return torch.einsum("bd,bsd->bs", s, h).softmax(dim=1)


# %%
# reject dot_score: a column too many · expects "There is an extra dimension of size 1"
def dot_score(s, h):
    return h @ s[:, :, None]


# %%
# accept scaled_dot_score: einsum
def scaled_dot_score(s, h):
    return torch.einsum("bd,bsd->bs", s, h) * h.shape[-1] ** -0.5


# %%
# accept scaled_dot_score: the query scaled first
def scaled_dot_score(s, h):
    return torch.matmul(h, (s / s.size(-1) ** 0.5).unsqueeze(-1)).squeeze(-1)


# %%
# reject scaled_dot_score: the stub · expects "not written yet"
def scaled_dot_score(s, h):
    raise NotImplementedError()


# %%
# reject scaled_dot_score: all zeros · expects "every value is zero"
def scaled_dot_score(s, h):
    return h.sum(dim=2) * 0


# %%
# reject scaled_dot_score: no scaling · expects "are they divided by √d?"
def scaled_dot_score(s, h):
    return torch.einsum("bd,bsd->bs", s, h)


# %%
# reject scaled_dot_score: divided by d · expects "take the square root"
def scaled_dot_score(s, h):
    return torch.einsum("bd,bsd->bs", s, h) / s.shape[1]


# %%
# reject scaled_dot_score: multiplied · expects "multiplied by √d: divide"
def scaled_dot_score(s, h):
    return torch.einsum("bd,bsd->bs", s, h) * math.sqrt(s.shape[1])


# %%
# reject scaled_dot_score: the number of keys · expects "divided by √S"
def scaled_dot_score(s, h):
    return torch.einsum("bd,bsd->bs", s, h) / math.sqrt(h.shape[1])


# %%
# reject scaled_dot_score: the batch size · expects "divided by √B"
def scaled_dot_score(s, h):
    return torch.einsum("bd,bsd->bs", s, h) / math.sqrt(len(h))


# %%
# reject scaled_dot_score: a constant that fits d = 6 · expects "they spread by about 1"
def scaled_dot_score(s, h):
    return torch.einsum("bd,bsd->bs", s, h) / math.sqrt(6)


# %%
# reject scaled_dot_score: the cosine · expects "that is the cosine"
def scaled_dot_score(s, h):
    return F.cosine_similarity(s[:, None], h, dim=2)


# %%
# accept content_score: unit vectors
def content_score(s, h):
    return torch.einsum("bd,bsd->bs", F.normalize(s, dim=-1), F.normalize(h, dim=-1))


# %%
# accept content_score: lengths by hand
def content_score(s, h):
    lengths = s.norm(dim=1)[:, None] * h.norm(dim=2)
    return (h @ s[:, :, None]).squeeze(2) / lengths.clamp(min=1e-12)


# %%
# reject content_score: the stub · expects "not written yet"
def content_score(s, h):
    raise NotImplementedError()


# %%
# reject content_score: all zeros · expects "every value is zero"
def content_score(s, h):
    return h.sum(dim=2) * 0


# %%
# reject content_score: the dot product · expects "that is the dot product, as it is"
def content_score(s, h):
    return torch.einsum("bd,bsd->bs", s, h)


# %%
# reject content_score: only the query normalized · expects "the keys must be too"
def content_score(s, h):
    return torch.einsum("bd,bsd->bs", F.normalize(s, dim=-1), h)


# %%
# reject content_score: only the keys normalized · expects "the query must be too"
def content_score(s, h):
    return torch.einsum("bd,bsd->bs", s, F.normalize(h, dim=-1))


# %%
# reject content_score: one length for the whole batch · expects "norm() without dim"
def content_score(s, h):
    return torch.einsum("bd,bsd->bs", s, h) / (s.norm() * h.norm())


# %%
# reject content_score: F.normalize over the tokens · expects "F.normalize runs over dimension 1"
def content_score(s, h):
    return torch.einsum("bd,bsd->bs", F.normalize(s), F.normalize(h))


# %%
# reject content_score: squares of the lengths · expects "take the lengths"
def content_score(s, h):
    lengths = (s**2).sum(dim=1)[:, None] * (h**2).sum(dim=2)
    return torch.einsum("bd,bsd->bs", s, h) / lengths


# %%
# reject content_score: cosine over the tokens · expects "content_score raised"
def content_score(s, h):
    return F.cosine_similarity(s, h, dim=1)


# %%
# reject content_score: cosine over the tokens with broadcasting · expects "got (3, 6)"
def content_score(s, h):
    return F.cosine_similarity(s[:, None], h, dim=1)


# %%
# reject content_score: keys of zeros · expects "padding may hold zeros"
def content_score(s, h):
    return torch.einsum("bd,bsd->bs", s, h) / (s.norm(dim=1)[:, None] * h.norm(dim=2))


# %%
# accept general_score: einsum
def general_score(s, h, W):
    return torch.einsum("bd,de,bse->bs", s, W, h)


# %%
# accept general_score: the keys are changed, not the query
def general_score(s, h, W):
    return ((h @ W.T) * s[:, None]).sum(dim=2)


# %%
# reject general_score: the stub · expects "not written yet"
def general_score(s, h, W):
    raise NotImplementedError()


# %%
# reject general_score: all zeros · expects "every value is zero"
def general_score(s, h, W):
    return h.sum(dim=2) * 0


# %%
# reject general_score: W transposed · expects "general_score raised RuntimeError"
def general_score(s, h, W):
    return (h @ (s @ W.T)[:, :, None])[:, :, 0]


# %%
# reject general_score: query and keys swapped where the shapes allow it · expects "query and keys are swapped"
def general_score(s, h, W):
    M = W.T if W.shape[0] == W.shape[1] else W
    return (h @ (s @ M)[:, :, None])[:, :, 0]


# %%
# reject general_score: W is left out where the shapes allow it · expects "W is missing"
def general_score(s, h, W):
    if s.shape[1] == h.shape[2]:
        return torch.einsum("bd,bsd->bs", s, h)
    return torch.einsum("bd,de,bse->bs", s, W, h)


# %%
# reject general_score: scaled · expects "the general score has no such factor"
def general_score(s, h, W):
    return torch.einsum("bd,de,bse->bs", s, W, h) / math.sqrt(h.shape[2])


# %%
# reject general_score: softmax · expects "softmax is not part of the score"
def general_score(s, h, W):
    return torch.einsum("bd,de,bse->bs", s, W, h).softmax(dim=1)


# %%
# reject general_score: one query for all lines · expects "all lines use the query of line 0"
def general_score(s, h, W):
    return h @ (s @ W)[0]


# %%
# reject general_score: tokens first · expects "Are batch and S swapped?"
def general_score(s, h, W):
    return torch.einsum("bd,de,bse->sb", s, W, h)


# %%
# accept location_score: F.linear, then cut
def location_score(s, S, W):
    return F.linear(s, W)[:, :S]


# %%
# accept location_score: place by place
def location_score(s, S, W):
    return torch.stack([(s * W[j]).sum(dim=1) for j in range(S)], dim=1)


# %%
# reject location_score: the stub · expects "not written yet"
def location_score(s, S, W):
    raise NotImplementedError()


# %%
# reject location_score: all zeros · expects "every value is zero"
def location_score(s, S, W):
    return s.new_zeros(len(s), S)


# %%
# reject location_score: all places · expects "keep the first S"
def location_score(s, S, W):
    return s @ W.T


# %%
# reject location_score: the last places · expects "those are the last S places"
def location_score(s, S, W):
    return (s @ W.T)[:, -S:]


# %%
# reject location_score: softmax · expects "it comes later, with the mask"
def location_score(s, S, W):
    return (s @ W[:S].T).softmax(dim=1)


# %%
# reject location_score: softmax before the cut · expects "the softmax over all places comes before the cut"
def location_score(s, S, W):
    return (s @ W.T).softmax(dim=1)[:, :S]


# %%
# reject location_score: W not transposed · expects "location_score raised RuntimeError"
def location_score(s, S, W):
    return (s @ W)[:, :S]


# %%
# reject location_score: W the wrong way round where the shapes allow it · expects "it has one row per place"
def location_score(s, S, W):
    return (s @ W if W.shape[0] == W.shape[1] else s @ W.T)[:, :S]


# %%
# reject location_score: scaled · expects "the location score has no such factor"
def location_score(s, S, W):
    return s @ W[:S].T / math.sqrt(s.shape[1])


# %%
# reject location_score: one query for all lines · expects "all lines use the query of line 0"
def location_score(s, S, W):
    return (W[:S] @ s[0]).expand(len(s), S)


# %% [markdown]
# # Exercise 11


# %%
# accept beam_search: a heap of the best
def beam_search(step, state, first, end, width, max_len):
    import heapq

    alive, ended = [(0.0, [], first, state)], []
    for _ in range(max_len):
        every = [(score, tokens, end, None) for score, tokens in ended]
        for score, tokens, last, past in alive:
            log_probs, new = step(last, past)
            for token in range(len(log_probs)):
                every.append((score + float(log_probs[token]), [*tokens, token], token, new))
        best = heapq.nlargest(width, every, key=lambda b: b[0])
        ended = [(b[0], b[1]) for b in best if b[1][-1] == end]
        alive = [b for b in best if b[1][-1] != end]
        if not alive:
            break
    score, tokens = max(ended + [(b[0], b[1]) for b in alive], key=lambda b: b[0])
    return tokens, score


# %%
# accept beam_search: only the best extensions of each beginning are looked at
def beam_search(step, state, first, end, width, max_len):
    beams = [{"score": 0.0, "tokens": (), "state": state, "done": False}]
    rounds = 0
    while rounds < max_len and not all(beam["done"] for beam in beams):
        rounds += 1
        pool = [beam for beam in beams if beam["done"]]
        for beam in beams:
            if beam["done"]:
                continue
            last = beam["tokens"][-1] if beam["tokens"] else first
            log_probs, after = step(last, beam["state"])
            best = log_probs.topk(min(width, len(log_probs)))
            for p, token in zip(best.values.tolist(), best.indices.tolist()):
                pool.append(
                    {
                        "score": beam["score"] + p,
                        "tokens": (*beam["tokens"], token),
                        "state": after,
                        "done": token == end,
                    }
                )
        pool.sort(key=lambda beam: -beam["score"])
        beams = pool[:width]
    return list(beams[0]["tokens"]), beams[0]["score"]


# %%
# reject beam_search: the stub · expects "not written yet"
def beam_search(step, state, first, end, width, max_len):
    raise NotImplementedError()


# %%
# reject beam_search: all zeros · expects "expected ba"
def beam_search(step, state, first, end, width, max_len):
    return [0] * max_len, 0.0


# %%
# reject beam_search: greedy · expects "aa is what greedy decoding finds"
def beam_search(step, state, first, end, width, max_len):
    tokens, score, token = [], 0.0, first
    while len(tokens) < max_len and token != end:
        log_probs, state = step(token, state)
        token = int(log_probs.argmax())
        score += float(log_probs[token])
        tokens.append(token)
    return tokens, score


# %%
# reject beam_search: the first token comes along · expects "the first token does not belong"
def beam_search(step, state, first, end, width, max_len):
    beams = [(0.0, [first], state)]
    for _ in range(max_len):
        grown = []
        for score, tokens, past in beams:
            if tokens[-1] == end:
                grown.append((score, tokens, past))
                continue
            log_probs, new = step(tokens[-1], past)
            grown += [(score + p, [*tokens, i], new) for i, p in enumerate(log_probs.tolist())]
        beams = sorted(grown, key=lambda beam: beam[0], reverse=True)[:width]
    return beams[0][1], beams[0][0]


# %%
# reject beam_search: ended lines are extended · expects "has ended is extended"
def beam_search(step, state, first, end, width, max_len):
    beams = [(0.0, [first], state)]
    for _ in range(max_len):
        grown = []
        for score, tokens, past in beams:
            log_probs, new = step(tokens[-1], past)
            grown += [(score + p, [*tokens, i], new) for i, p in enumerate(log_probs.tolist())]
        beams = sorted(grown, key=lambda beam: beam[0], reverse=True)[:width]
    return beams[0][1][1:], beams[0][0]


# %%
# reject beam_search: one state for all beginnings · expects "beam_search"
def beam_search(step, state, first, end, width, max_len):
    beams = [(0.0, [first])]
    for _ in range(max_len):
        grown = []
        for score, tokens in beams:
            if tokens[-1] == end:
                grown.append((score, tokens))
                continue
            log_probs, _ = step(tokens[-1], state)
            grown += [(score + p, [*tokens, i]) for i, p in enumerate(log_probs.tolist())]
        beams = sorted(grown, key=lambda beam: beam[0], reverse=True)[:width]
    return beams[0][1][1:], beams[0][0], "no state"


# %%
# reject beam_search: the lowest score is kept · expects "expected ba"
def beam_search(step, state, first, end, width, max_len):
    beams = [(0.0, [first], state)]
    for _ in range(max_len):
        grown = []
        for score, tokens, past in beams:
            if tokens[-1] == end:
                grown.append((score, tokens, past))
                continue
            log_probs, new = step(tokens[-1], past)
            grown += [(score + p, [*tokens, i], new) for i, p in enumerate(log_probs.tolist())]
        beams = sorted(grown, key=lambda beam: beam[0])[:width]
        if all(tokens[-1] == end for _, tokens, _ in beams):
            break
    return beams[0][1][1:], beams[0][0]


# %%
# reject beam_search: a probability · expects "the score is its logarithm"
def beam_search(step, state, first, end, width, max_len):
    beams = [(0.0, [first], state)]
    for _ in range(max_len):
        grown = []
        for score, tokens, past in beams:
            if tokens[-1] == end:
                grown.append((score, tokens, past))
                continue
            log_probs, new = step(tokens[-1], past)
            grown += [(score + p, [*tokens, i], new) for i, p in enumerate(log_probs.tolist())]
        beams = sorted(grown, key=lambda beam: beam[0], reverse=True)[:width]
        if all(tokens[-1] == end for _, tokens, _ in beams):
            break
    return beams[0][1][1:], math.exp(beams[0][0])


# %%
# reject beam_search: the mean of the log-probabilities · expects "that is the mean"
def beam_search(step, state, first, end, width, max_len):
    beams = [(0.0, [first], state)]
    for _ in range(max_len):
        grown = []
        for score, tokens, past in beams:
            if tokens[-1] == end:
                grown.append((score, tokens, past))
                continue
            log_probs, new = step(tokens[-1], past)
            grown += [(score + p, [*tokens, i], new) for i, p in enumerate(log_probs.tolist())]
        beams = sorted(grown, key=lambda beam: beam[0], reverse=True)[:width]
        if all(tokens[-1] == end for _, tokens, _ in beams):
            break
    return beams[0][1][1:], beams[0][0] / (len(beams[0][1]) - 1)


# %%
# reject beam_search: ended lines are dropped · expects "keep its place and its score"
def beam_search(step, state, first, end, width, max_len):
    beams, ended = [(0.0, [first], state)], []
    for _ in range(max_len):
        grown = []
        for score, tokens, past in beams:
            log_probs, new = step(tokens[-1], past)
            grown += [(score + p, [*tokens, i], new) for i, p in enumerate(log_probs.tolist())]
        beams = sorted(grown, key=lambda beam: beam[0], reverse=True)[:width]
        done = [beam for beam in beams if beam[1][-1] == end]
        beams = [beam for beam in beams if beam[1][-1] != end]
        if done:
            ended = done
        if not beams:
            break
    score, tokens, _ = (ended or beams)[0]
    return tokens[1:], score


# %%
# reject beam_search: everything is kept · expects "a beam of width 1 is greedy decoding"
def beam_search(step, state, first, end, width, max_len):
    beams = [(0.0, [first], state)]
    for _ in range(min(max_len, 4)):
        grown = []
        for score, tokens, past in beams:
            if tokens[-1] == end:
                grown.append((score, tokens, past))
                continue
            log_probs, new = step(tokens[-1], past)
            grown += [(score + p, [*tokens, i], new) for i, p in enumerate(log_probs.tolist())]
        beams = sorted(grown, key=lambda beam: beam[0], reverse=True)
    return beams[0][1][1:], beams[0][0]


# %%
# reject beam_search: the best extensions of each beginning are kept · expects "not of each one"
def beam_search(step, state, first, end, width, max_len):
    beams = [(0.0, [first], state)]
    for _ in range(max_len):
        grown = []
        for score, tokens, past in beams:
            if tokens[-1] == end and len(tokens) > 1:
                grown.append((score, tokens, past))
                continue
            log_probs, new = step(tokens[-1], past)
            best = log_probs.topk(width)
            pairs = zip(best.values.tolist(), best.indices.tolist(), strict=True)
            grown += [(score + p, [*tokens, i], new) for p, i in pairs]
        beams = grown
        if all(tokens[-1] == end for _, tokens, _ in beams):
            break
    score, tokens, _ = max(beams, key=lambda beam: beam[0])
    return tokens[1:], score


# %%
# reject beam_search: scores divided by the length decide · expects "not divided by the length"
def beam_search(step, state, first, end, width, max_len):
    beams = [(0.0, [first], state)]
    for _ in range(max_len):
        grown = []
        for score, tokens, past in beams:
            if tokens[-1] == end and len(tokens) > 1:
                grown.append((score, tokens, past))
                continue
            log_probs, new = step(tokens[-1], past)
            grown += [(score + p, [*tokens, i], new) for i, p in enumerate(log_probs.tolist())]
        beams = sorted(grown, key=lambda beam: beam[0] / (len(beam[1]) - 1), reverse=True)[:width]
        if all(tokens[-1] == end for _, tokens, _ in beams):
            break
    score, tokens, _ = beams[0]
    return tokens[1:], score


# %%
# reject beam_search: swapped results · expects "beam_search returns"
def beam_search(step, state, first, end, width, max_len):
    log_probs, _ = step(first, state)
    return log_probs.max()
