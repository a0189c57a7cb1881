# %%
# accept: packed lines and a bidirectional GRU
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
# accept: each line alone
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
# accept: GRU cells, which keep their state at padding
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
# reject: all zeros · expects "h is zero everywhere"

# %%
# reject: the mask is not used · expects "other states in the batch than alone"
# in: packed lines and a bidirectional GRU
# - lengths = mask.sum(dim=1).cpu()
# - packed = nn.utils.rnn.pack_padded_sequence(x, lengths, True, enforce_sorted=False)
# - packed, last = self.gru(packed)
# - h, _ = nn.utils.rnn.pad_packed_sequence(packed, True, total_length=x.shape[1])
# + h, last = self.gru(x)

# %%
# reject: padding set to zero, and read all the same · expects "the padding is read too"
# in: packed lines and a bidirectional GRU
# - lengths = mask.sum(dim=1).cpu()
# - packed = nn.utils.rnn.pack_padded_sequence(x, lengths, True, enforce_sorted=False)
# - packed, last = self.gru(packed)
# - h, _ = nn.utils.rnn.pad_packed_sequence(packed, True, total_length=x.shape[1])
# + h, last = self.gru(x * mask[:, :, None])

# %%
# reject: turned around with its padding · expects "turned around before their padding, not with it"
# - right, _ = self.to_right(x)  # (B, S, d_model / 2)
# - left = turn_around(self.to_left(turn_around(x, mask))[0], mask)
# + right, _ = self.to_right(x)[0], self.to_left(x.flip(1))[0].flip(1)
#
# - s = torch.cat([right[torch.arange(len(x)), last], left[:, 0]], dim=1)  # (B, d_model)
# - return torch.cat([right, left], dim=2), s
# + return torch.cat([right, _], 2), torch.cat(
# +     [right[torch.arange(len(x)), last], _[:, 0]], dim=1
# + )

# %%
# reject: the states are not turned around again · expects "the second half of h at token 1"
# - right, _ = self.to_right(x)  # (B, S, d_model / 2)
# - left = turn_around(self.to_left(turn_around(x, mask))[0], mask)
# + right, _ = self.to_right(x)[0], self.to_left(turn_around(x, mask))[0]
#
# - s = torch.cat([right[torch.arange(len(x)), last], left[:, 0]], dim=1)  # (B, d_model)
# - return torch.cat([right, left], dim=2), s
# + s = torch.arange(len(x))
# + return torch.cat([right, _], 2), torch.cat([right[s, last], _[s, last]], dim=1)

# %%
# reject: one direction · expects "there is one direction only"
# in: packed lines and a bidirectional GRU
# - self.gru = nn.GRU(d_in, d_model // 2, batch_first=True, bidirectional=True)
# + self.gru = nn.GRU(d_in, d_model, batch_first=True)
#
# - return h, torch.cat([last[0], last[1]], dim=1)
# + return h, last[0]

# %%
# reject: d_model units in each direction · expects "got (4, 6, 16)"
# in: packed lines and a bidirectional GRU
# - self.gru = nn.GRU(d_in, d_model // 2, batch_first=True, bidirectional=True)
# + self.gru = nn.GRU(d_in, d_model, batch_first=True, bidirectional=True)

# %%
# reject: a reshape that mixes the lines · expects "a reshape mixes the lines"
# in: packed lines and a bidirectional GRU
# - lengths = mask.sum(dim=1).cpu()
# - packed = nn.utils.rnn.pack_padded_sequence(x, lengths, True, enforce_sorted=False)
# + packed = nn.utils.rnn.pack_padded_sequence(x, mask.sum(1), True, False)
#
# - return h, torch.cat([last[0], last[1]], dim=1)
# + return h, last.reshape(len(x), -1)

# %%
# reject: both halves at the last token · expects "its last state is at token 0"
# in: packed lines and a bidirectional GRU
# - return h, torch.cat([last[0], last[1]], dim=1)
# + return h, h[torch.arange(len(x)), mask.sum(dim=1) - 1]

# %%
# reject: the last column · expects "the last column, which is padding"
# in: packed lines and a bidirectional GRU
# - return h, torch.cat([last[0], last[1]], dim=1)
# + return h, h[:, -1]

# %%
# reject: the halves of s swapped · expects "the two halves are swapped"
# in: packed lines and a bidirectional GRU
# - lengths = mask.sum(dim=1).cpu()
# - packed = nn.utils.rnn.pack_padded_sequence(x, lengths, True, enforce_sorted=False)
# + packed = nn.utils.rnn.pack_padded_sequence(x, mask.sum(1), True, False)
#
# - return h, torch.cat([last[0], last[1]], dim=1)
# + return h, torch.cat([last[1], last[0]], dim=1)

# %%
# reject: right to left comes first · expects "the two directions are in the wrong order"
# in: packed lines and a bidirectional GRU
# - lengths = mask.sum(dim=1).cpu()
# - packed = nn.utils.rnn.pack_padded_sequence(x, lengths, True, enforce_sorted=False)
# + packed = nn.utils.rnn.pack_padded_sequence(x, mask.sum(1), True, False)
#
# - return h, torch.cat([last[0], last[1]], dim=1)
# + return h.roll(h.shape[2] // 2, dims=2), torch.cat([last[1], last[0]], dim=1)

# %%
# reject: the final states of the GRUs · expects "a GRU's own final state has walked over the padding"
# - left = turn_around(self.to_left(turn_around(x, mask))[0], mask)
# - last = mask.sum(dim=1) - 1  # (B,)
# - s = torch.cat([right[torch.arange(len(x)), last], left[:, 0]], dim=1)  # (B, d_model)
# - return torch.cat([right, left], dim=2), s
# + left, back = self.to_left(turn_around(x, mask))
# + return torch.cat([right, turn_around(left, mask)], dim=2), torch.cat([_[0], back[0]], dim=1)


# %%
# reject: batch_first is forgotten · expects "is batch_first=True missing"
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
# reject: the width of the output is that of the longest line · expects "two more columns of padding"
# in: packed lines and a bidirectional GRU
# - lengths = mask.sum(dim=1).cpu()
# - packed = nn.utils.rnn.pack_padded_sequence(x, lengths, True, enforce_sorted=False)
# + packed = nn.utils.rnn.pack_padded_sequence(x, mask.sum(1), True, False)
#
# - h, _ = nn.utils.rnn.pad_packed_sequence(packed, True, total_length=x.shape[1])
# + h, _ = nn.utils.rnn.pad_packed_sequence(packed, True)

# %%
# reject: swapped results · expects "the order is h, s"
# in: packed lines and a bidirectional GRU
# - lengths = mask.sum(dim=1).cpu()
# - packed = nn.utils.rnn.pack_padded_sequence(x, lengths, True, enforce_sorted=False)
# + packed = nn.utils.rnn.pack_padded_sequence(x, mask.sum(1), True, False)
#
# - return h, torch.cat([last[0], last[1]], dim=1)
# + return torch.cat([last[0], last[1]], dim=1), h

# %%
# reject: two directions in a tuple of states · expects "Encoder.forward returns 2 values"
# in: packed lines and a bidirectional GRU
# - return h, torch.cat([last[0], last[1]], dim=1)
# + return h, last[0], last[1]
