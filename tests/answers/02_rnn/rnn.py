# %%
# accept: the mask as a number, a list of states
class RNN(nn.Module):
    def __init__(self, d_in, d_hidden, d_out):
        super().__init__()
        self.d_hidden = d_hidden
        self.h2o = nn.Linear(d_hidden, d_out)
        self.h2h = nn.Linear(d_hidden, d_hidden, bias=False)
        self.i2h = nn.Linear(d_in, d_hidden)

    def init_hidden(self, x):
        return torch.zeros(x.shape[0], self.d_hidden, dtype=x.dtype, device=x.device)

    def forward(self, x, mask=None):
        if mask is None:
            mask = torch.ones(x.shape[:2], dtype=torch.bool)
        states = [self.init_hidden(x)]
        for x_t, m in zip(x.unbind(1), mask.unbind(1), strict=True):
            m = m[:, None].to(x)
            new = torch.tanh(self.i2h(x_t) + self.h2h(states[-1]))
            states.append(m * new + (1 - m) * states[-1])
        return self.h2o(torch.stack(states[1:], dim=1)), states[-1]


# %%
# accept: inputs projected all at once, states written into a tensor
class RNN(nn.Module):
    def __init__(self, d_in, d_hidden, d_out):
        super().__init__()
        self.i2h, self.h2o = nn.Linear(d_in, d_hidden), nn.Linear(d_hidden, d_out)
        self.h2h = nn.Linear(d_hidden, d_hidden, bias=False)

    def init_hidden(self, x):
        return self.h2h.weight.new_zeros(len(x), self.h2h.out_features)

    def forward(self, x, mask=None):
        projected, h, outputs = self.i2h(x), self.init_hidden(x), []
        for t in range(x.shape[1]):
            before = h
            h = (projected[:, t] + self.h2h(h)).tanh()
            if mask is not None:
                h = h.masked_fill(~mask[:, t, None], 0) + before.masked_fill(mask[:, t, None], 0)
            outputs.append(self.h2o(h)[:, None])
        return torch.cat(outputs, dim=1), h


# %%
# reject: only the forward is a stub · expects "not written yet"
# - h, outputs = self.init_hidden(x), []
# + raise NotImplementedError()

# %%
# reject: all zeros · expects "every value is zero"

# %%
# reject: two biases · expects "h2h has a bias too"
# - self.i2h = nn.Linear(d_in, d_hidden)
# - self.h2h = nn.Linear(d_hidden, d_hidden, bias=False)
# - self.h2o = nn.Linear(d_hidden, d_out)
# + self.i2h, self.h2o = nn.Linear(d_in, d_hidden), nn.Linear(d_hidden, d_out)
# + self.h2h = nn.Linear(d_hidden, d_hidden)
#
# - new = torch.tanh(self.i2h(x[:, t]) + self.h2h(h))  # (B, d_hidden)
# - h = new if mask is None else torch.where(mask[:, t, None], new, h)
# + h = torch.tanh(self.i2h(x[:, t]) + self.h2h(h))

# %%
# reject: the bias in h2h instead of i2h · expects "self.h2h should be a layer without bias"
# - self.i2h = nn.Linear(d_in, d_hidden)
# - self.h2h = nn.Linear(d_hidden, d_hidden, bias=False)
# - self.h2o = nn.Linear(d_hidden, d_out)
# + self.i2h, self.h2o = nn.Linear(d_in, d_hidden, bias=False), nn.Linear(d_hidden, d_out)
# + self.h2h = nn.Linear(d_hidden, d_hidden)
#
# - new = torch.tanh(self.i2h(x[:, t]) + self.h2h(h))  # (B, d_hidden)
# - h = new if mask is None else torch.where(mask[:, t, None], new, h)
# + h = torch.tanh(self.i2h(x[:, t]) + self.h2h(h))

# %%
# reject: outputs stacked along the batch · expects "expected (batch, tokens, d_out)"
# - self.i2h = nn.Linear(d_in, d_hidden)
# + self.i2h, self.h2o = nn.Linear(d_in, d_hidden), nn.Linear(d_hidden, d_out)
#
# - self.h2o = nn.Linear(d_hidden, d_out)
#
# - return torch.stack(outputs, dim=1), h  # (B, T, d_out), (B, d_hidden)
# + return torch.stack(outputs, dim=0), h


# %%
# reject: layers hidden in a list · expects "PyTorch sees no parameters"
class RNN(nn.Module):
    def __init__(self, d_in, d_hidden, d_out):
        super().__init__()
        self.layers = [nn.Linear(d_in, d_hidden), nn.Linear(d_hidden, d_hidden, bias=False)]

    def init_hidden(self, x):
        return x.new_zeros(len(x), 6)

    def forward(self, x, mask=None):
        return x, self.init_hidden(x)


# %%
# reject: a new layer at every step, unshared weights · expects "must share their weights"
# - self.i2h = nn.Linear(d_in, d_hidden)
# + self.i2h, self.h2o = nn.Linear(d_in, d_hidden), nn.Linear(d_hidden, d_out)
#
# - self.h2o = nn.Linear(d_hidden, d_out)
#
# - new = torch.tanh(self.i2h(x[:, t]) + self.h2h(h))  # (B, d_hidden)
# - h = new if mask is None else torch.where(mask[:, t, None], new, h)
# + step = getattr(self, f"step{t}", None) or nn.Linear(h.shape[1], h.shape[1], bias=False)
# + setattr(self, f"step{t}", step.to(x))
# + h = torch.tanh(self.i2h(x[:, t]) + step(h))

# %%
# reject: the state is not carried · expects "the state is not carried from step to step"
# - self.i2h = nn.Linear(d_in, d_hidden)
# + self.i2h, self.h2o = nn.Linear(d_in, d_hidden), nn.Linear(d_hidden, d_out)
#
# - self.h2o = nn.Linear(d_hidden, d_out)
#
# - h, outputs = self.init_hidden(x), []
# + outputs = []
#
# - new = torch.tanh(self.i2h(x[:, t]) + self.h2h(h))  # (B, d_hidden)
# - h = new if mask is None else torch.where(mask[:, t, None], new, h)
# + h = self.init_hidden(x)
# + h = torch.tanh(self.i2h(x[:, t]) + self.h2h(h))

# %%
# reject: outputs from the previous state · expects "read from the state before the step"
# - self.i2h = nn.Linear(d_in, d_hidden)
# + self.i2h, self.h2o = nn.Linear(d_in, d_hidden), nn.Linear(d_hidden, d_out)
#
# - self.h2o = nn.Linear(d_hidden, d_out)
#
# - new = torch.tanh(self.i2h(x[:, t]) + self.h2h(h))  # (B, d_hidden)
# - h = new if mask is None else torch.where(mask[:, t, None], new, h)
#
# +     h = torch.tanh(self.i2h(x[:, t]) + self.h2h(h))
#   return torch.stack(outputs, dim=1), h  # (B, T, d_out), (B, d_hidden)


# %%
# reject: the state survives from call to call · expects "the state of the first call is still there"
class RNN(nn.Module):
    def __init__(self, d_in, d_hidden, d_out):
        super().__init__()
        self.i2h, self.h2o = nn.Linear(d_in, d_hidden), nn.Linear(d_hidden, d_out)
        self.h2h = nn.Linear(d_hidden, d_hidden, bias=False)
        self.kept = None

    def init_hidden(self, x):
        return x.new_zeros(len(x), self.h2h.in_features)

    def forward(self, x, mask=None):
        h = self.kept if self.kept is not None and len(self.kept) == len(x) else self.init_hidden(x)
        outputs = []
        for t in range(x.shape[1]):
            h = torch.tanh(self.i2h(x[:, t]) + self.h2h(h.to(x)))
            outputs.append(self.h2o(h))
        self.kept = h.detach()
        return torch.stack(outputs, dim=1), h


# %%
# reject: init_hidden is random · expects "init_hidden(x): expected"
# - self.i2h = nn.Linear(d_in, d_hidden)
# + self.i2h, self.h2o = nn.Linear(d_in, d_hidden), nn.Linear(d_hidden, d_out)
#
# - self.h2o = nn.Linear(d_hidden, d_out)
#
# - return x.new_zeros(len(x), self.h2h.in_features)
# + return torch.randn(len(x), self.h2h.in_features).to(x)
#
# - new = torch.tanh(self.i2h(x[:, t]) + self.h2h(h))  # (B, d_hidden)
# - h = new if mask is None else torch.where(mask[:, t, None], new, h)
# + h = torch.tanh(self.i2h(x[:, t]) + self.h2h(h))

# %%
# reject: a zero state of another dtype · expects "keeps the dtype of x"
# - self.i2h = nn.Linear(d_in, d_hidden)
# + self.i2h, self.h2o = nn.Linear(d_in, d_hidden), nn.Linear(d_hidden, d_out)
#
# - self.h2o = nn.Linear(d_hidden, d_out)
#
# - return x.new_zeros(len(x), self.h2h.in_features)
# + return torch.zeros(len(x), self.h2h.in_features)
#
# - new = torch.tanh(self.i2h(x[:, t]) + self.h2h(h))  # (B, d_hidden)
# - h = new if mask is None else torch.where(mask[:, t, None], new, h)
# + h = torch.tanh(self.i2h(x[:, t]) + self.h2h(h))

# %%
# reject: the mask is not used · expects "the mask is not used"
# - self.i2h = nn.Linear(d_in, d_hidden)
# + self.i2h, self.h2o = nn.Linear(d_in, d_hidden), nn.Linear(d_hidden, d_out)
#
# - self.h2o = nn.Linear(d_hidden, d_out)
#
# - new = torch.tanh(self.i2h(x[:, t]) + self.h2h(h))  # (B, d_hidden)
# - h = new if mask is None else torch.where(mask[:, t, None], new, h)
# + h = torch.tanh(self.i2h(x[:, t]) + self.h2h(h))

# %%
# reject: the state is emptied at padding · expects "the state is set to zero at padding"
# - self.i2h = nn.Linear(d_in, d_hidden)
# + self.i2h, self.h2o = nn.Linear(d_in, d_hidden), nn.Linear(d_hidden, d_out)
#
# - self.h2o = nn.Linear(d_hidden, d_out)
#
# - new = torch.tanh(self.i2h(x[:, t]) + self.h2h(h))  # (B, d_hidden)
# - h = new if mask is None else torch.where(mask[:, t, None], new, h)
# + h = torch.tanh(self.i2h(x[:, t]) + self.h2h(h))
# + if mask is not None:
# +     h = h * mask[:, t, None]

# %%
# reject: only the input is masked · expects "setting the input to zero is not enough"
# - self.i2h = nn.Linear(d_in, d_hidden)
# + self.i2h, self.h2o = nn.Linear(d_in, d_hidden), nn.Linear(d_hidden, d_out)
#
# - self.h2o = nn.Linear(d_hidden, d_out)
#
# + x = x if mask is None else x * mask[..., None]
#   h, outputs = self.init_hidden(x), []
#
# - new = torch.tanh(self.i2h(x[:, t]) + self.h2h(h))  # (B, d_hidden)
# - h = new if mask is None else torch.where(mask[:, t, None], new, h)
# + h = torch.tanh(self.i2h(x[:, t]) + self.h2h(h))

# %%
# reject: the mask is inverted · expects "the mask is inverted"
# - self.i2h = nn.Linear(d_in, d_hidden)
# + self.i2h, self.h2o = nn.Linear(d_in, d_hidden), nn.Linear(d_hidden, d_out)
#
# - self.h2o = nn.Linear(d_hidden, d_out)
#
# - h = new if mask is None else torch.where(mask[:, t, None], new, h)
# + h = new if mask is None else torch.where(mask[:, t, None], h, new)

# %%
# reject: the mask picks the last state by length · expects "the last state is picked by length"
# - self.i2h = nn.Linear(d_in, d_hidden)
# + self.i2h, self.h2o = nn.Linear(d_in, d_hidden), nn.Linear(d_hidden, d_out)
#
# - self.h2o = nn.Linear(d_hidden, d_out)
#
# -     h = new if mask is None else torch.where(mask[:, t, None], new, h)
# -     outputs.append(self.h2o(h))
# - return torch.stack(outputs, dim=1), h  # (B, T, d_out), (B, d_hidden)
# +     h = new
# +     outputs.append(h)
# + states = torch.stack(outputs, dim=1)
# + if mask is not None:
# +     h = states[torch.arange(len(x)), mask.sum(1) - 1]
# + return self.h2o(states), h

# %%
# reject: the mask picks the state at the last real place · expects "the last state is picked by place"
# - self.i2h = nn.Linear(d_in, d_hidden)
# + self.i2h, self.h2o = nn.Linear(d_in, d_hidden), nn.Linear(d_hidden, d_out)
#
# - self.h2o = nn.Linear(d_hidden, d_out)
#
# -     h = new if mask is None else torch.where(mask[:, t, None], new, h)
# -     outputs.append(self.h2o(h))
# - return torch.stack(outputs, dim=1), h  # (B, T, d_out), (B, d_hidden)
# +     h = new
# +     outputs.append(h)
# + states = torch.stack(outputs, dim=1)
# + if mask is not None:
# +     h = states[torch.arange(len(x)), (mask * torch.arange(x.shape[1])).argmax(1)]
# + return self.h2o(states), h

# %%
# reject: the last state is the first · expects "that is the state after the first step"
# - self.i2h = nn.Linear(d_in, d_hidden)
# + self.i2h, self.h2o = nn.Linear(d_in, d_hidden), nn.Linear(d_hidden, d_out)
#
# - self.h2o = nn.Linear(d_hidden, d_out)
#
# -     new = torch.tanh(self.i2h(x[:, t]) + self.h2h(h))  # (B, d_hidden)
# -     h = new if mask is None else torch.where(mask[:, t, None], new, h)
# -     outputs.append(self.h2o(h))
# - return torch.stack(outputs, dim=1), h  # (B, T, d_out), (B, d_hidden)
# +     h = torch.tanh(self.i2h(x[:, t]) + self.h2h(h))
# +     outputs.append(h)
# + return self.h2o(torch.stack(outputs, dim=1)), outputs[0]

# %%
# reject: lazy layers · expects "a lazy layer has no size yet"
# - self.i2h = nn.Linear(d_in, d_hidden)
# - self.h2h = nn.Linear(d_hidden, d_hidden, bias=False)
# - self.h2o = nn.Linear(d_hidden, d_out)
# + self.d_hidden, self.i2h = d_hidden, nn.LazyLinear(d_hidden)
# + self.h2h, self.h2o = nn.LazyLinear(d_hidden, bias=False), nn.LazyLinear(d_out)
#
# - return x.new_zeros(len(x), self.h2h.in_features)
# + return x.new_zeros(len(x), self.d_hidden)
