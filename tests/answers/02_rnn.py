# ---
# Known right and wrong answers to every exercise of Lab 02. See docs/authors.md for the form.
# ---

# %% [markdown]
# # Exercise 1


# %%
# accept rnn_step: F.linear
def rnn_step(params, x, h):
    new = (F.linear(x, params["W_hx"], params["b_h"]) + F.linear(h, params["W_hh"])).tanh()
    return new, F.linear(new, params["W_oh"], params["b_o"])


# %%
# accept rnn_step: one product of the joined input and state
def rnn_step(params, x, h):
    both = torch.cat([x, h], dim=1)
    weight = torch.cat([params["W_hx"], params["W_hh"]], dim=1)
    new = torch.tanh(torch.einsum("bi,hi->bh", both, weight) + params["b_h"])
    return new, torch.einsum("bh,oh->bo", new, params["W_oh"]) + params["b_o"]


# %%
# reject rnn_step: the stub · expects "not written yet"
def rnn_step(params, x, h):
    raise NotImplementedError()


# %%
# reject rnn_step: all zeros · expects "every value is zero"
def rnn_step(params, x, h):
    return torch.zeros_like(h), h.new_zeros(len(h), len(params["b_o"]))


# %%
# reject rnn_step: no tanh · expects "tanh is missing"
def rnn_step(params, x, h):
    h = x @ params["W_hx"].T + h @ params["W_hh"].T + params["b_h"]
    return h, h @ params["W_oh"].T + params["b_o"]


# %%
# reject rnn_step: sigmoid · expects "not the sigmoid"
def rnn_step(params, x, h):
    h = torch.sigmoid(x @ params["W_hx"].T + h @ params["W_hh"].T + params["b_h"])
    return h, h @ params["W_oh"].T + params["b_o"]


# %%
# reject rnn_step: the old state is forgotten · expects "the old state is not used"
def rnn_step(params, x, h):
    h = torch.tanh(x @ params["W_hx"].T + params["b_h"])
    return h, h @ params["W_oh"].T + params["b_o"]


# %%
# reject rnn_step: W_hh transposed · expects "W_hh is transposed"
def rnn_step(params, x, h):
    h = torch.tanh(x @ params["W_hx"].T + h @ params["W_hh"] + params["b_h"])
    return h, h @ params["W_oh"].T + params["b_o"]


# %%
# reject rnn_step: no bias · expects "b_h is not added"
def rnn_step(params, x, h):
    h = torch.tanh(x @ params["W_hx"].T + h @ params["W_hh"].T)
    return h, h @ params["W_oh"].T + params["b_o"]


# %%
# reject rnn_step: the output from the previous state · expects "the output is read from the old state"
def rnn_step(params, x, h):
    new = torch.tanh(x @ params["W_hx"].T + h @ params["W_hh"].T + params["b_h"])
    return new, h @ params["W_oh"].T + params["b_o"]


# %%
# reject rnn_step: returns the previous state · expects "you return the old state"
def rnn_step(params, x, h):
    new = torch.tanh(x @ params["W_hx"].T + h @ params["W_hh"].T + params["b_h"])
    return h, new @ params["W_oh"].T + params["b_o"]


# %%
# reject rnn_step: tanh on the output · expects "the output has no activation"
def rnn_step(params, x, h):
    h = torch.tanh(x @ params["W_hx"].T + h @ params["W_hh"].T + params["b_h"])
    return h, torch.tanh(h @ params["W_oh"].T + params["b_o"])


# %%
# reject rnn_step: swapped results · expects "the order is h, o"
def rnn_step(params, x, h):
    h = torch.tanh(x @ params["W_hx"].T + h @ params["W_hh"].T + params["b_h"])
    return h @ params["W_oh"].T + params["b_o"], h


# %%
# reject rnn_step: changes the state in place · expects "changes its input in place"
def rnn_step(params, x, h):
    h.copy_(torch.tanh(x @ params["W_hx"].T + h @ params["W_hh"].T + params["b_h"]))
    return h, h @ params["W_oh"].T + params["b_o"]


# %% [markdown]
# # Exercise 2


# %%
# accept rnn: the mask as a number, a list of states
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
# accept rnn: inputs projected all at once, states written into a tensor
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
# reject rnn: the stub · expects "not written yet"
class RNN(nn.Module):
    def __init__(self, d_in, d_hidden, d_out):
        super().__init__()
        raise NotImplementedError()


# %%
# reject rnn: only the forward is a stub · expects "not written yet"
class RNN(nn.Module):
    def __init__(self, d_in, d_hidden, d_out):
        super().__init__()
        self.i2h, self.h2o = nn.Linear(d_in, d_hidden), nn.Linear(d_hidden, d_out)
        self.h2h = nn.Linear(d_hidden, d_hidden, bias=False)

    def init_hidden(self, x):
        raise NotImplementedError()

    def forward(self, x, mask=None):
        raise NotImplementedError()


# %%
# reject rnn: all zeros · expects "every value is zero"
class RNN(nn.Module):
    def __init__(self, d_in, d_hidden, d_out):
        super().__init__()
        self.i2h, self.h2o = nn.Linear(d_in, d_hidden), nn.Linear(d_hidden, d_out)
        self.h2h = nn.Linear(d_hidden, d_hidden, bias=False)

    def init_hidden(self, x):
        return x.new_zeros(len(x), self.h2h.in_features)

    def forward(self, x, mask=None):
        return x.new_zeros(*x.shape[:2], self.h2o.out_features), self.init_hidden(x)


# %%
# reject rnn: two biases · expects "h2h has a bias too"
class RNN(nn.Module):
    def __init__(self, d_in, d_hidden, d_out):
        super().__init__()
        self.i2h, self.h2o = nn.Linear(d_in, d_hidden), nn.Linear(d_hidden, d_out)
        self.h2h = nn.Linear(d_hidden, d_hidden)

    def init_hidden(self, x):
        return x.new_zeros(len(x), self.h2h.in_features)

    def forward(self, x, mask=None):
        h, outputs = self.init_hidden(x), []
        for t in range(x.shape[1]):
            h = torch.tanh(self.i2h(x[:, t]) + self.h2h(h))
            outputs.append(self.h2o(h))
        return torch.stack(outputs, dim=1), h


# %%
# reject rnn: the bias in h2h instead of i2h · expects "self.h2h should be a layer without bias"
class RNN(nn.Module):
    def __init__(self, d_in, d_hidden, d_out):
        super().__init__()
        self.i2h, self.h2o = nn.Linear(d_in, d_hidden, bias=False), nn.Linear(d_hidden, d_out)
        self.h2h = nn.Linear(d_hidden, d_hidden)

    def init_hidden(self, x):
        return x.new_zeros(len(x), self.h2h.in_features)

    def forward(self, x, mask=None):
        h, outputs = self.init_hidden(x), []
        for t in range(x.shape[1]):
            h = torch.tanh(self.i2h(x[:, t]) + self.h2h(h))
            outputs.append(self.h2o(h))
        return torch.stack(outputs, dim=1), h


# %%
# reject rnn: outputs stacked along the batch · expects "expected (batch, tokens, d_out)"
class RNN(nn.Module):
    def __init__(self, d_in, d_hidden, d_out):
        super().__init__()
        self.i2h, self.h2o = nn.Linear(d_in, d_hidden), nn.Linear(d_hidden, d_out)
        self.h2h = nn.Linear(d_hidden, d_hidden, bias=False)

    def init_hidden(self, x):
        return x.new_zeros(len(x), self.h2h.in_features)

    def forward(self, x, mask=None):
        h, outputs = self.init_hidden(x), []
        for t in range(x.shape[1]):
            new = torch.tanh(self.i2h(x[:, t]) + self.h2h(h))
            h = new if mask is None else torch.where(mask[:, t, None], new, h)
            outputs.append(self.h2o(h))
        return torch.stack(outputs, dim=0), h


# %%
# reject rnn: layers hidden in a list · expects "PyTorch sees no parameters"
class RNN(nn.Module):
    def __init__(self, d_in, d_hidden, d_out):
        super().__init__()
        self.layers = [nn.Linear(d_in, d_hidden), nn.Linear(d_hidden, d_hidden, bias=False)]

    def init_hidden(self, x):
        return x.new_zeros(len(x), 6)

    def forward(self, x, mask=None):
        return x, self.init_hidden(x)


# %%
# reject rnn: a new layer at every step, unshared weights · expects "must share their weights"
class RNN(nn.Module):
    def __init__(self, d_in, d_hidden, d_out):
        super().__init__()
        self.i2h, self.h2o = nn.Linear(d_in, d_hidden), nn.Linear(d_hidden, d_out)
        self.h2h = nn.Linear(d_hidden, d_hidden, bias=False)

    def init_hidden(self, x):
        return x.new_zeros(len(x), self.h2h.in_features)

    def forward(self, x, mask=None):
        h, outputs = self.init_hidden(x), []
        for t in range(x.shape[1]):
            step = getattr(self, f"step{t}", None) or nn.Linear(h.shape[1], h.shape[1], bias=False)
            setattr(self, f"step{t}", step.to(x))
            h = torch.tanh(self.i2h(x[:, t]) + step(h))
            outputs.append(self.h2o(h))
        return torch.stack(outputs, dim=1), h


# %%
# reject rnn: the state is not carried · expects "the state is not carried from step to step"
class RNN(nn.Module):
    def __init__(self, d_in, d_hidden, d_out):
        super().__init__()
        self.i2h, self.h2o = nn.Linear(d_in, d_hidden), nn.Linear(d_hidden, d_out)
        self.h2h = nn.Linear(d_hidden, d_hidden, bias=False)

    def init_hidden(self, x):
        return x.new_zeros(len(x), self.h2h.in_features)

    def forward(self, x, mask=None):
        outputs = []
        for t in range(x.shape[1]):
            h = self.init_hidden(x)
            h = torch.tanh(self.i2h(x[:, t]) + self.h2h(h))
            outputs.append(self.h2o(h))
        return torch.stack(outputs, dim=1), h


# %%
# reject rnn: outputs from the previous state · expects "read from the state before the step"
class RNN(nn.Module):
    def __init__(self, d_in, d_hidden, d_out):
        super().__init__()
        self.i2h, self.h2o = nn.Linear(d_in, d_hidden), nn.Linear(d_hidden, d_out)
        self.h2h = nn.Linear(d_hidden, d_hidden, bias=False)

    def init_hidden(self, x):
        return x.new_zeros(len(x), self.h2h.in_features)

    def forward(self, x, mask=None):
        h, outputs = self.init_hidden(x), []
        for t in range(x.shape[1]):
            outputs.append(self.h2o(h))
            h = torch.tanh(self.i2h(x[:, t]) + self.h2h(h))
        return torch.stack(outputs, dim=1), h


# %%
# reject rnn: the state survives from call to call · expects "the state of the first call is still there"
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
# reject rnn: init_hidden is random · expects "init_hidden(x): expected"
class RNN(nn.Module):
    def __init__(self, d_in, d_hidden, d_out):
        super().__init__()
        self.i2h, self.h2o = nn.Linear(d_in, d_hidden), nn.Linear(d_hidden, d_out)
        self.h2h = nn.Linear(d_hidden, d_hidden, bias=False)

    def init_hidden(self, x):
        return torch.randn(len(x), self.h2h.in_features).to(x)

    def forward(self, x, mask=None):
        h, outputs = self.init_hidden(x), []
        for t in range(x.shape[1]):
            h = torch.tanh(self.i2h(x[:, t]) + self.h2h(h))
            outputs.append(self.h2o(h))
        return torch.stack(outputs, dim=1), h


# %%
# reject rnn: a zero state of another dtype · expects "keeps the dtype of x"
class RNN(nn.Module):
    def __init__(self, d_in, d_hidden, d_out):
        super().__init__()
        self.i2h, self.h2o = nn.Linear(d_in, d_hidden), nn.Linear(d_hidden, d_out)
        self.h2h = nn.Linear(d_hidden, d_hidden, bias=False)

    def init_hidden(self, x):
        return torch.zeros(len(x), self.h2h.in_features)

    def forward(self, x, mask=None):
        h, outputs = self.init_hidden(x), []
        for t in range(x.shape[1]):
            h = torch.tanh(self.i2h(x[:, t]) + self.h2h(h))
            outputs.append(self.h2o(h))
        return torch.stack(outputs, dim=1), h


# %%
# reject rnn: the mask is not used · expects "the mask is not used"
class RNN(nn.Module):
    def __init__(self, d_in, d_hidden, d_out):
        super().__init__()
        self.i2h, self.h2o = nn.Linear(d_in, d_hidden), nn.Linear(d_hidden, d_out)
        self.h2h = nn.Linear(d_hidden, d_hidden, bias=False)

    def init_hidden(self, x):
        return x.new_zeros(len(x), self.h2h.in_features)

    def forward(self, x, mask=None):
        h, outputs = self.init_hidden(x), []
        for t in range(x.shape[1]):
            h = torch.tanh(self.i2h(x[:, t]) + self.h2h(h))
            outputs.append(self.h2o(h))
        return torch.stack(outputs, dim=1), h


# %%
# reject rnn: the state is emptied at padding · expects "the state is set to zero at padding"
class RNN(nn.Module):
    def __init__(self, d_in, d_hidden, d_out):
        super().__init__()
        self.i2h, self.h2o = nn.Linear(d_in, d_hidden), nn.Linear(d_hidden, d_out)
        self.h2h = nn.Linear(d_hidden, d_hidden, bias=False)

    def init_hidden(self, x):
        return x.new_zeros(len(x), self.h2h.in_features)

    def forward(self, x, mask=None):
        h, outputs = self.init_hidden(x), []
        for t in range(x.shape[1]):
            h = torch.tanh(self.i2h(x[:, t]) + self.h2h(h))
            if mask is not None:
                h = h * mask[:, t, None]
            outputs.append(self.h2o(h))
        return torch.stack(outputs, dim=1), h


# %%
# reject rnn: only the input is masked · expects "setting the input to zero is not enough"
class RNN(nn.Module):
    def __init__(self, d_in, d_hidden, d_out):
        super().__init__()
        self.i2h, self.h2o = nn.Linear(d_in, d_hidden), nn.Linear(d_hidden, d_out)
        self.h2h = nn.Linear(d_hidden, d_hidden, bias=False)

    def init_hidden(self, x):
        return x.new_zeros(len(x), self.h2h.in_features)

    def forward(self, x, mask=None):
        x = x if mask is None else x * mask[..., None]
        h, outputs = self.init_hidden(x), []
        for t in range(x.shape[1]):
            h = torch.tanh(self.i2h(x[:, t]) + self.h2h(h))
            outputs.append(self.h2o(h))
        return torch.stack(outputs, dim=1), h


# %%
# reject rnn: the mask is inverted · expects "the mask is inverted"
class RNN(nn.Module):
    def __init__(self, d_in, d_hidden, d_out):
        super().__init__()
        self.i2h, self.h2o = nn.Linear(d_in, d_hidden), nn.Linear(d_hidden, d_out)
        self.h2h = nn.Linear(d_hidden, d_hidden, bias=False)

    def init_hidden(self, x):
        return x.new_zeros(len(x), self.h2h.in_features)

    def forward(self, x, mask=None):
        h, outputs = self.init_hidden(x), []
        for t in range(x.shape[1]):
            new = torch.tanh(self.i2h(x[:, t]) + self.h2h(h))
            h = new if mask is None else torch.where(mask[:, t, None], h, new)
            outputs.append(self.h2o(h))
        return torch.stack(outputs, dim=1), h


# %%
# reject rnn: the last state is the first · expects "that is the state after the first step"
class RNN(nn.Module):
    def __init__(self, d_in, d_hidden, d_out):
        super().__init__()
        self.i2h, self.h2o = nn.Linear(d_in, d_hidden), nn.Linear(d_hidden, d_out)
        self.h2h = nn.Linear(d_hidden, d_hidden, bias=False)

    def init_hidden(self, x):
        return x.new_zeros(len(x), self.h2h.in_features)

    def forward(self, x, mask=None):
        h, states = self.init_hidden(x), []
        for t in range(x.shape[1]):
            h = torch.tanh(self.i2h(x[:, t]) + self.h2h(h))
            states.append(h)
        return self.h2o(torch.stack(states, dim=1)), states[0]


# %% [markdown]
# # Exercise 3


# %%
# accept bidirectional: indices instead of flip
def bidirectional(forward_layer, backward_layer, x, mask):
    turn = torch.arange(x.shape[1] - 1, -1, -1)
    a = scan(forward_layer, x, mask)
    b = scan(backward_layer, x[:, turn], mask[:, turn])
    return torch.cat([a, b[:, turn]], dim=2), torch.cat([a[:, -1], b[:, -1]], dim=1)


# %%
# accept bidirectional: row by row, on the real tokens alone
def bidirectional(forward_layer, backward_layer, x, mask):
    d = forward_layer.hidden_size
    states, last = x.new_zeros(*x.shape[:2], 2 * d), []
    for k, (row, real) in enumerate(zip(x, mask, strict=True)):
        a = forward_layer(row[real])[0]
        b = backward_layer(row[real].flip(0))[0].flip(0)
        states[k, real] = torch.cat([a, b], dim=1)
        last.append(torch.cat([a[-1], b[0]]))
    return states, torch.stack(last)


# %%
# reject bidirectional: the stub · expects "not written yet"
def bidirectional(forward_layer, backward_layer, x, mask):
    raise NotImplementedError()


# %%
# reject bidirectional: all zeros · expects "every value is zero"
def bidirectional(forward_layer, backward_layer, x, mask):
    return x.new_zeros(*x.shape[:2], 12), x.new_zeros(len(x), 12)


# %%
# reject bidirectional: the states are not turned back · expects "the backward states are not turned back"
def bidirectional(forward_layer, backward_layer, x, mask):
    a = scan(forward_layer, x, mask)
    b = scan(backward_layer, x.flip(1), mask.flip(1))
    return torch.cat([a, b], dim=2), torch.cat([a[:, -1], b[:, -1]], dim=1)


# %%
# reject bidirectional: both directions read forwards · expects "the backward layer reads from left to right"
def bidirectional(forward_layer, backward_layer, x, mask):
    a, b = scan(forward_layer, x, mask), scan(backward_layer, x, mask)
    return torch.cat([a, b], dim=2), torch.cat([a[:, -1], b[:, -1]], dim=1)


# %%
# reject bidirectional: the same weights in both directions · expects "used for both directions"
def bidirectional(forward_layer, backward_layer, x, mask):
    a = scan(forward_layer, x, mask)
    b = scan(forward_layer, x.flip(1), mask.flip(1)).flip(1)
    return torch.cat([a, b], dim=2), torch.cat([a[:, -1], b[:, 0]], dim=1)


# %%
# reject bidirectional: the backward direction first · expects "the forward direction comes first"
def bidirectional(forward_layer, backward_layer, x, mask):
    a = scan(forward_layer, x, mask)
    b = scan(backward_layer, x.flip(1), mask.flip(1)).flip(1)
    return torch.cat([b, a], dim=2), torch.cat([b[:, 0], a[:, -1]], dim=1)


# %%
# reject bidirectional: the batch is turned, not the time · expects "the backward layer reads from left to right"
def bidirectional(forward_layer, backward_layer, x, mask):
    a = scan(forward_layer, x, mask)
    b = scan(backward_layer, x.flip(0), mask.flip(0)).flip(0)
    return torch.cat([a, b], dim=2), torch.cat([a[:, -1], b[:, 0]], dim=1)


# %%
# reject bidirectional: the features are turned, not the tokens · expects "flip(-1) turns the features around"
def bidirectional(forward_layer, backward_layer, x, mask):
    ahead = scan(forward_layer, x, mask)
    back = scan(backward_layer, x.flip(-1), mask).flip(-1)
    return torch.cat([ahead, back], -1), torch.cat([ahead[:, -1], back[:, 0]], -1)


# %%
# reject bidirectional: last states with the backward direction first · expects "the forward direction comes first"
def bidirectional(forward_layer, backward_layer, x, mask):
    ahead = scan(forward_layer, x, mask)
    back = scan(backward_layer, x.flip(1), mask.flip(1)).flip(1)
    return torch.cat([ahead, back], -1), torch.cat([back[:, 0], ahead[:, -1]], -1)


# %%
# reject bidirectional: the last backward state before it is turned back · expects "turn its states back"
def bidirectional(forward_layer, backward_layer, x, mask):
    ahead = scan(forward_layer, x, mask)
    turned = scan(backward_layer, x.flip(1), mask.flip(1))
    return torch.cat([ahead, turned.flip(1)], -1), torch.cat([ahead[:, -1], turned[:, 0]], -1)


# %%
# reject bidirectional: no mask for the backward layer · expects "the backward direction starts in the padding"
def bidirectional(forward_layer, backward_layer, x, mask):
    a = scan(forward_layer, x, mask)
    b = scan(backward_layer, x.flip(1), torch.ones_like(mask)).flip(1)
    return torch.cat([a, b], dim=2), torch.cat([a[:, -1], b[:, 0]], dim=1)


# %%
# reject bidirectional: the mask is not turned around · expects "turned around together with the tokens"
def bidirectional(forward_layer, backward_layer, x, mask):
    a = scan(forward_layer, x, mask)
    b = scan(backward_layer, x.flip(1), mask).flip(1)
    return torch.cat([a, b], dim=2), torch.cat([a[:, -1], b[:, 0]], dim=1)


# %%
# reject bidirectional: both last states taken at the last step · expects "take it at step 0"
def bidirectional(forward_layer, backward_layer, x, mask):
    a = scan(forward_layer, x, mask)
    b = scan(backward_layer, x.flip(1), mask.flip(1)).flip(1)
    states = torch.cat([a, b], dim=2)
    return states, states[:, -1]


# %%
# reject bidirectional: both taken at the last real token · expects "has read one token only; take it at step 0"
def bidirectional(forward_layer, backward_layer, x, mask):
    a = scan(forward_layer, x, mask)
    b = scan(backward_layer, x.flip(1), mask.flip(1)).flip(1)
    states = torch.cat([a, b], dim=2)
    return states, states[torch.arange(len(x)), mask.sum(1) - 1]


# %%
# reject bidirectional: directions added instead of joined · expects "expected (batch, tokens, features)"
def bidirectional(forward_layer, backward_layer, x, mask):
    a = scan(forward_layer, x, mask)
    b = scan(backward_layer, x.flip(1), mask.flip(1)).flip(1)
    return a + b, a[:, -1] + b[:, 0]


# %%
# accept stacked: recursion
def stacked(layers, x, mask):
    states, last = layers[0](x, mask)
    if len(layers) == 1:
        return states, last[None]
    top, others = stacked(layers[1:], states, mask)
    return top, torch.cat([last[None], others])


# %%
# accept stacked: lists of results
def stacked(layers, x, mask):
    results = [(x, None)]
    for layer in layers:
        results.append(layer(results[-1][0], mask))
    return results[-1][0], torch.stack([last for _, last in results[1:]], dim=0)


# %%
# reject stacked: the stub · expects "not written yet"
def stacked(layers, x, mask):
    raise NotImplementedError()


# %%
# reject stacked: all zeros · expects "every value is zero"
def stacked(layers, x, mask):
    return torch.zeros_like(x), x.new_zeros(len(layers), len(x), x.shape[2])


# %%
# reject stacked: each layer reads the input · expects "reads the states of the layer below"
def stacked(layers, x, mask):
    results = [layer(x, mask) for layer in layers]
    return results[-1][0], torch.stack([last for _, last in results])


# %%
# reject stacked: one layer for all heights · expects "the lowest layer is run at every height"
def stacked(layers, x, mask):
    lasts = []
    for _ in layers:
        x, last = layers[0](x, mask)
        lasts.append(last)
    return x, torch.stack(lasts)


# %%
# reject stacked: only the first layer · expects "only the lowest layer is run"
def stacked(layers, x, mask):
    for layer in layers:
        states, last = layer(x, mask)
        return states, torch.stack([last] * len(layers))


# %%
# reject stacked: from top to bottom · expects "the layers run in the wrong order"
def stacked(layers, x, mask):
    lasts = []
    for layer in layers[::-1]:
        x, last = layer(x, mask)
        lasts.append(last)
    return x, torch.stack(lasts)


# %%
# reject stacked: only the top layer's last state · expects "last: expected (layers, batch, features)"
def stacked(layers, x, mask):
    for layer in layers:
        x, last = layer(x, mask)
    return x, last


# %%
# reject stacked: last states in the reverse order · expects "the top layer comes last"
def stacked(layers, x, mask):
    lasts = []
    for layer in layers:
        x, last = layer(x, mask)
        lasts.insert(0, last)
    return x, torch.stack(lasts)


# %% [markdown]
# # Exercise 4


# %%
# accept split_by_territory: a random number for each territory
def split_by_territory(names, test_share, generator):
    codes = sorted(set(n[2] for n in names))
    keys = torch.rand(len(codes), generator=generator)
    drawn = [codes[i] for i in keys.argsort()[: round(test_share * len(codes))]]
    train, test = [], []
    for name in names:
        (test if name[2] in drawn else train).append(name)
    return train, test


# %%
# accept split_by_territory: groups, in the order of their first name
def split_by_territory(names, test_share, generator):
    groups = {}
    for name in names:
        groups.setdefault(name[2], []).append(name)
    groups = list(groups.values())
    n_test = round(test_share * len(groups))
    order = torch.randperm(len(groups), generator=generator)
    train = [name for i in order[n_test:] for name in groups[i]]
    return train, [name for i in order[:n_test] for name in groups[i]]


# %%
# reject split_by_territory: the stub · expects "not written yet"
def split_by_territory(names, test_share, generator):
    raise NotImplementedError()


# %%
# reject split_by_territory: two empty lists · expects "the two parts hold 0 and 0"
def split_by_territory(names, test_share, generator):
    return [], []


# %%
# reject split_by_territory: names are drawn, not territories · expects "draw territories, not names"
def split_by_territory(names, test_share, generator):
    order = torch.randperm(len(names), generator=generator).tolist()
    n_test = round(test_share * len(names))
    return [names[i] for i in order[n_test:]], [names[i] for i in order[:n_test]]


# %%
# reject split_by_territory: swapped parts · expects "the parts are swapped"
def split_by_territory(names, test_share, generator):
    territories = sorted({n[2] for n in names})
    order = torch.randperm(len(territories), generator=generator).tolist()
    test = {territories[i] for i in order[: round(test_share * len(territories))]}
    return [n for n in names if n[2] in test], [n for n in names if n[2] not in test]


# %%
# reject split_by_territory: the first territories of the alphabet · expects "draw the territories at random"
def split_by_territory(names, test_share, generator):
    territories = sorted({n[2] for n in names})
    test = set(territories[: round(test_share * len(territories))])
    return [n for n in names if n[2] not in test], [n for n in names if n[2] in test]


# %%
# reject split_by_territory: the global generator · expects "draw from the generator alone"
def split_by_territory(names, test_share, generator):
    territories = sorted({n[2] for n in names})
    order = torch.randperm(len(territories)).tolist()
    test = {territories[i] for i in order[: round(test_share * len(territories))]}
    return [n for n in names if n[2] not in test], [n for n in names if n[2] in test]


# %%
# reject split_by_territory: the training part keeps everything · expects "are in both parts"
def split_by_territory(names, test_share, generator):
    territories = sorted({n[2] for n in names})
    order = torch.randperm(len(territories), generator=generator).tolist()
    test = {territories[i] for i in order[: round(test_share * len(territories))]}
    return list(names), [n for n in names if n[2] in test]


# %%
# reject split_by_territory: a share of the names · expects "0.28 of 20 territories is"
def split_by_territory(names, test_share, generator):
    territories = sorted({n[2] for n in names})
    order = torch.randperm(len(territories), generator=generator).tolist()
    test = set()
    while sum(n[2] in test for n in names) < test_share * len(names) * 0.8:
        test.add(territories[order.pop()])
    test = test - {max(test)}
    return [n for n in names if n[2] not in test], [n for n in names if n[2] in test]


# %%
# reject split_by_territory: as many territories as a share of the names · expects "not of the names"
def split_by_territory(names, test_share, generator):
    territories = sorted({n[2] for n in names})
    order = torch.randperm(len(territories), generator=generator).tolist()
    test = {territories[i] for i in order[: round(test_share * len(names))]}
    return [n for n in names if n[2] not in test], [n for n in names if n[2] in test]


# %%
# reject split_by_territory: cuts off instead of rounding · expects "round, do not truncate"
def split_by_territory(names, test_share, generator):
    territories = sorted({n[2] for n in names})
    order = torch.randperm(len(territories), generator=generator).tolist()
    test = {territories[i] for i in order[: int(test_share * len(territories))]}
    return [n for n in names if n[2] not in test], [n for n in names if n[2] in test]


# %%
# reject split_by_territory: only the spellings · expects "should hold the names as they came"
def split_by_territory(names, test_share, generator):
    territories = sorted({n[2] for n in names})
    order = torch.randperm(len(territories), generator=generator).tolist()
    test = {territories[i] for i in order[: round(test_share * len(territories))]}
    return [n[0] for n in names if n[2] not in test], [n[0] for n in names if n[2] in test]


# %%
# reject split_by_territory: one name for each territory · expects "every name belongs to exactly one part"
def split_by_territory(names, test_share, generator):
    by_territory = {n[2]: n for n in names}
    territories = sorted(by_territory)
    order = torch.randperm(len(territories), generator=generator).tolist()
    n_test = round(test_share * len(territories))
    pick = [by_territory[territories[i]] for i in order]
    return pick[n_test:], pick[:n_test]


# %% [markdown]
# # Exercise 5


# %%
# accept gradient_norms: autograd through the whole sequence, row by row
def gradient_norms(step, x, h):
    states = [h.detach().clone().requires_grad_()]
    for x_t in x:
        states.append(step(x_t, states[-1]))
    rows = [
        torch.autograd.grad(states[-1][k], states, retain_graph=True, allow_unused=True)
        for k in range(len(h))
    ]
    matrices = [torch.stack([row[t] for row in rows]) for t in range(len(states))]
    return torch.linalg.svdvals(torch.stack(matrices))[:, 0]


# %%
# accept gradient_norms: the Jacobian of the rest of the sequence, from every state
def gradient_norms(step, x, h):
    def rest(state, t):
        for x_t in x[t:]:
            state = step(x_t, state)
        return state * 1

    norms = []
    for t in range(len(x) + 1):
        J = torch.autograd.functional.jacobian(lambda s, t=t: rest(s, t), h.detach())
        norms.append(torch.linalg.norm(J, ord=2))
        if t < len(x):
            h = step(x[t], h)
    return torch.stack(norms)


# %%
# reject gradient_norms: the stub · expects "not written yet"
def gradient_norms(step, x, h):
    raise NotImplementedError()


# %%
# reject gradient_norms: all zeros · expects "every value is zero"
def gradient_norms(step, x, h):
    return x.new_zeros(len(x) + 1)


# %%
# reject gradient_norms: in the reverse order · expects "the order is reversed"
def gradient_norms(step, x, h):
    jacobians = []
    for x_t in x:
        jacobians.append(torch.autograd.functional.jacobian(lambda s: step(x_t, s), h))
        h = step(x_t, h)
    product = torch.eye(len(h), dtype=h.dtype)
    norms = [torch.linalg.matrix_norm(product, 2)]
    for J in reversed(jacobians):
        product = product @ J
        norms.append(torch.linalg.matrix_norm(product, 2))
    return torch.stack(norms)


# %%
# reject gradient_norms: the Frobenius norm · expects "(Frobenius)"
def gradient_norms(step, x, h):
    jacobians = []
    for x_t in x:
        jacobians.append(torch.autograd.functional.jacobian(lambda s: step(x_t, s), h))
        h = step(x_t, h)
    product = torch.eye(len(h), dtype=h.dtype)
    norms = [product.norm()]
    for J in reversed(jacobians):
        product = product @ J
        norms.append(product.norm())
    return torch.stack(norms[::-1])


# %%
# reject gradient_norms: the product of the norms · expects "take the norm of the product"
def gradient_norms(step, x, h):
    norms = []
    for x_t in x:
        J = torch.autograd.functional.jacobian(lambda s: step(x_t, s), h)
        norms.append(torch.linalg.matrix_norm(J, 2))
        h = step(x_t, h)
    norms = torch.stack([*norms, torch.ones((), dtype=h.dtype)])
    return norms.flip(0).cumprod(0).flip(0)


# %%
# reject gradient_norms: only single steps · expects "these are the norms of single steps"
def gradient_norms(step, x, h):
    norms = []
    for x_t in x:
        J = torch.autograd.functional.jacobian(lambda s: step(x_t, s), h)
        norms.append(torch.linalg.matrix_norm(J, 2))
        h = step(x_t, h)
    return torch.stack([*norms, torch.ones((), dtype=h.dtype)])


# %%
# reject gradient_norms: the largest eigenvalue · expects "that is the largest eigenvalue"
def gradient_norms(step, x, h):
    jacobians = []
    for x_t in x:
        jacobians.append(torch.autograd.functional.jacobian(lambda s: step(x_t, s), h))
        h = step(x_t, h)
    product = torch.eye(len(h), dtype=h.dtype)
    norms = [product.new_ones(())]
    for J in reversed(jacobians):
        product = product @ J
        norms.append(torch.linalg.eigvals(product).abs().max())
    return torch.stack(norms[::-1])


# %%
# reject gradient_norms: the factors in the wrong order · expects "the factors stand in the wrong order"
def gradient_norms(step, x, h):
    jacobians = []
    for x_t in x:
        jacobians.append(torch.autograd.functional.jacobian(lambda s: step(x_t, s), h))
        h = step(x_t, h)
    product = torch.eye(len(h), dtype=h.dtype)
    norms = [torch.linalg.matrix_norm(product, 2)]
    for J in reversed(jacobians):
        product = J @ product
        norms.append(torch.linalg.matrix_norm(product, 2))
    return torch.stack(norms[::-1])


# %%
# reject gradient_norms: the state never moves on · expects "the state does not move on"
def gradient_norms(step, x, h):
    J = torch.autograd.functional.jacobian(lambda s: step(x[0], s), h.detach())
    powers = [torch.linalg.matrix_power(J, len(x) - t) for t in range(len(x) + 1)]
    return torch.stack([torch.linalg.matrix_norm(p, 2) for p in powers])


# %%
# reject gradient_norms: forgets h = step(...) · expects "the state does not move on"
def gradient_norms(step, x, h):
    jacobians = [
        torch.autograd.functional.jacobian(lambda s, x_t=x_t: step(x_t, s), h) for x_t in x
    ]
    product = torch.eye(len(h), dtype=h.dtype)
    norms = [torch.linalg.matrix_norm(product, 2)]
    for J in reversed(jacobians):
        product = product @ J
        norms.append(torch.linalg.matrix_norm(product, 2))
    return torch.stack(norms[::-1])


# %%
# reject gradient_norms: the Jacobian at the next state · expects "take it at the state before"
def gradient_norms(step, x, h):
    jacobians = []
    for x_t in x:
        h = step(x_t, h)
        jacobians.append(torch.autograd.functional.jacobian(lambda s: step(x_t, s), h))
    product = torch.eye(len(h), dtype=h.dtype)
    norms = [torch.linalg.matrix_norm(product, 2)]
    for J in reversed(jacobians):
        product = product @ J
        norms.append(torch.linalg.matrix_norm(product, 2))
    return torch.stack(norms[::-1])


# %%
# reject gradient_norms: from the front, then turned around · expects "begin with the last step"
def gradient_norms(step, x, h):
    product = torch.eye(len(h), dtype=h.dtype)
    norms = [torch.linalg.matrix_norm(product, 2)]
    for x_t in x:
        product = torch.autograd.functional.jacobian(lambda s: step(x_t, s), h) @ product
        h = step(x_t, h)
        norms.append(torch.linalg.matrix_norm(product, 2))
    return torch.stack(norms[::-1])


# %%
# reject gradient_norms: the Jacobians in the order of the walk · expects "multiplied from the first step on"
def gradient_norms(step, x, h):
    jacobians = []
    for x_t in x:
        jacobians.append(torch.autograd.functional.jacobian(lambda s: step(x_t, s), h))
        h = step(x_t, h)
    product = torch.eye(len(h), dtype=h.dtype)
    norms = [torch.linalg.matrix_norm(product, 2)]
    for J in jacobians:
        product = product @ J
        norms.append(torch.linalg.matrix_norm(product, 2))
    return torch.stack(norms[::-1])


# %%
# reject gradient_norms: the identity at the end is missing · expects "expected (states,) = (7,)"
def gradient_norms(step, x, h):
    product, norms = torch.eye(len(h), dtype=h.dtype), []
    jacobians = []
    for x_t in x:
        jacobians.append(torch.autograd.functional.jacobian(lambda s: step(x_t, s), h))
        h = step(x_t, h)
    for J in reversed(jacobians):
        product = product @ J
        norms.append(torch.linalg.matrix_norm(product, 2))
    return torch.stack(norms[::-1])


# %% [markdown]
# # Exercise 6


# %%
# accept clip_gradients: torch's own function
def clip_gradients(parameters, max_norm):
    return nn.utils.clip_grad_norm_(list(parameters), max_norm).item()


# %%
# accept clip_gradients: one long vector and a factor that is never above 1
def clip_gradients(parameters, max_norm):
    parameters = [p for p in parameters if p.grad is not None]
    total = torch.cat([p.grad.flatten() for p in parameters]).norm().item()
    factor = min(1.0, max_norm / (total + 1e-12))
    for p in parameters:
        p.grad = p.grad * factor
    return total


# %%
# reject clip_gradients: the stub · expects "not written yet"
def clip_gradients(parameters, max_norm):
    raise NotImplementedError()


# %%
# reject clip_gradients: sets all gradients to zero · expects "every value is zero"
def clip_gradients(parameters, max_norm):
    for p in parameters:
        if p.grad is not None:
            p.grad.zero_()
    return 0.0


# %%
# reject clip_gradients: each tensor alone · expects "each tensor is clipped alone"
def clip_gradients(parameters, max_norm):
    total = 0.0
    for p in parameters:
        if p.grad is not None:
            norm = p.grad.norm().item()
            total += norm**2
            if norm > max_norm:
                p.grad.mul_(max_norm / norm)
    return math.sqrt(total)


# %%
# reject clip_gradients: scales to norm 1 · expects "the factor is max_norm / total"
def clip_gradients(parameters, max_norm):
    grads = [p.grad for p in parameters if p.grad is not None]
    total = math.sqrt(sum((g**2).sum().item() for g in grads))
    if total > max_norm:
        for g in grads:
            g.div_(total)
    return total


# %%
# reject clip_gradients: no return · expects "nothing is returned"
def clip_gradients(parameters, max_norm):
    torch.nn.utils.clip_grad_norm_([p for p in parameters if p.grad is not None], max_norm)


# %%
# reject clip_gradients: entries cut off · expects "every entry is cut off"
def clip_gradients(parameters, max_norm):
    grads = [p.grad for p in parameters if p.grad is not None]
    total = math.sqrt(sum((g**2).sum().item() for g in grads))
    for g in grads:
        g.clamp_(-max_norm, max_norm)
    return total


# %%
# reject clip_gradients: new tensors, the gradients stay · expects "nothing was clipped"
def clip_gradients(parameters, max_norm):
    grads = [p.grad for p in parameters if p.grad is not None]
    total = math.sqrt(sum((g**2).sum().item() for g in grads))
    if total > max_norm:
        grads = [g * max_norm / total for g in grads]
    return total


# %%
# reject clip_gradients: no square root · expects "you divide by the squared norm"
def clip_gradients(parameters, max_norm):
    grads = [p.grad for p in parameters if p.grad is not None]
    total = sum((g**2).sum().item() for g in grads)
    if total > max_norm:
        for g in grads:
            g.mul_(max_norm / total)
    return total


# %%
# reject clip_gradients: the sum of the norms · expects "you divide by the sum of the norms"
def clip_gradients(parameters, max_norm):
    grads = [p.grad for p in parameters if p.grad is not None]
    total = sum(g.norm().item() for g in grads)
    if total > max_norm:
        for g in grads:
            g.mul_(max_norm / total)
    return total


# %%
# reject clip_gradients: small gradients are scaled up · expects "were scaled up"
def clip_gradients(parameters, max_norm):
    grads = [p.grad for p in parameters if p.grad is not None]
    total = math.sqrt(sum((g**2).sum().item() for g in grads))
    for g in grads:
        g.mul_(max_norm / total)
    return total


# %%
# reject clip_gradients: returns the norm after clipping · expects "that is the norm after clipping"
def clip_gradients(parameters, max_norm):
    grads = [p.grad for p in parameters if p.grad is not None]
    total = math.sqrt(sum((g**2).sum().item() for g in grads))
    if total > max_norm:
        for g in grads:
            g.mul_(max_norm / total)
    return min(total, max_norm)


# %%
# reject clip_gradients: a parameter without a gradient · expects "clip_gradients raised"
def clip_gradients(parameters, max_norm):
    grads = [p.grad for p in parameters]
    total = math.sqrt(sum((g**2).sum().item() for g in grads))
    if total > max_norm:
        for g in grads:
            g.mul_(max_norm / total)
    return total


# %%
# reject clip_gradients: returns a tensor · expects "return a float"
def clip_gradients(parameters, max_norm):
    return nn.utils.clip_grad_norm_(list(parameters), max_norm)


# %% [markdown]
# # Exercise 7


# %%
# accept lstm_step: four slices by hand
def lstm_step(params, x, h, c):
    d = h.shape[1]
    z = F.linear(x, params["W_x"], params["b"]) + F.linear(h, params["W_h"])
    write, keep, show = z[:, :d].sigmoid(), z[:, d : 2 * d].sigmoid(), z[:, 3 * d :].sigmoid()
    c = keep * c + write * z[:, 2 * d : 3 * d].tanh()
    return show * c.tanh(), c


# %%
# accept lstm_step: four separate products
def lstm_step(params, x, h, c):
    blocks = zip(params["W_x"].chunk(4), params["W_h"].chunk(4), params["b"].chunk(4), strict=True)
    i, f, g, o = [torch.einsum("bi,hi->bh", x, U) + h @ W.T + b for U, W, b in blocks]
    new = torch.addcmul(f.sigmoid() * c, i.sigmoid(), g.tanh())
    return o.sigmoid() * new.tanh(), new


# %%
# reject lstm_step: the stub · expects "not written yet"
def lstm_step(params, x, h, c):
    raise NotImplementedError()


# %%
# reject lstm_step: all zeros · expects "every value is zero"
def lstm_step(params, x, h, c):
    return torch.zeros_like(h), torch.zeros_like(c)


# %%
# reject lstm_step: i and f swapped · expects "the gates i and f are swapped"
def lstm_step(params, x, h, c):
    f, i, g, o = (x @ params["W_x"].T + h @ params["W_h"].T + params["b"]).chunk(4, dim=1)
    c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
    return torch.sigmoid(o) * torch.tanh(c), c


# %%
# reject lstm_step: g and o swapped · expects "the parts g and o are swapped"
def lstm_step(params, x, h, c):
    i, f, o, g = (x @ params["W_x"].T + h @ params["W_h"].T + params["b"]).chunk(4, dim=1)
    c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
    return torch.sigmoid(o) * torch.tanh(c), c


# %%
# reject lstm_step: the order f, i, o, g of other books · expects "in the order f, i, o, g"
def lstm_step(params, x, h, c):
    f, i, o, g = (x @ params["W_x"].T + h @ params["W_h"].T + params["b"]).chunk(4, dim=1)
    c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
    return torch.sigmoid(o) * torch.tanh(c), c


# %%
# reject lstm_step: the cell state is not carried · expects "the old cell state is not carried"
def lstm_step(params, x, h, c):
    i, f, g, o = (x @ params["W_x"].T + h @ params["W_h"].T + params["b"]).chunk(4, dim=1)
    c = torch.sigmoid(i) * torch.tanh(g)
    return torch.sigmoid(o) * torch.tanh(c), c


# %%
# reject lstm_step: no bias · expects "the bias b is not added"
def lstm_step(params, x, h, c):
    i, f, g, o = (x @ params["W_x"].T + h @ params["W_h"].T).chunk(4, dim=1)
    c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
    return torch.sigmoid(o) * torch.tanh(c), c


# %%
# reject lstm_step: the gates do not see the old h · expects "the gates read the old h too"
def lstm_step(params, x, h, c):
    i, f, g, o = (x @ params["W_x"].T + params["b"]).chunk(4, dim=1)
    c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
    return torch.sigmoid(o) * torch.tanh(c), c


# %%
# reject lstm_step: 1 - f for i, as in a GRU · expects "i is a gate of its own"
def lstm_step(params, x, h, c):
    i, f, g, o = (x @ params["W_x"].T + h @ params["W_h"].T + params["b"]).chunk(4, dim=1)
    c = torch.sigmoid(f) * c + (1 - torch.sigmoid(f)) * torch.tanh(g)
    return torch.sigmoid(o) * torch.tanh(c), c


# %%
# reject lstm_step: no forget gate · expects "the forget gate is not used"
def lstm_step(params, x, h, c):
    i, f, g, o = (x @ params["W_x"].T + h @ params["W_h"].T + params["b"]).chunk(4, dim=1)
    c = c + torch.sigmoid(i) * torch.tanh(g)
    return torch.sigmoid(o) * torch.tanh(c), c


# %%
# reject lstm_step: sigmoid for g · expects "g goes through tanh"
def lstm_step(params, x, h, c):
    i, f, g, o = (x @ params["W_x"].T + h @ params["W_h"].T + params["b"]).sigmoid().chunk(4, dim=1)
    c = f * c + i * g
    return o * torch.tanh(c), c


# %%
# reject lstm_step: g without tanh · expects "g needs a tanh"
def lstm_step(params, x, h, c):
    i, f, g, o = (x @ params["W_x"].T + h @ params["W_h"].T + params["b"]).chunk(4, dim=1)
    c = torch.sigmoid(f) * c + torch.sigmoid(i) * g
    return torch.sigmoid(o) * torch.tanh(c), c


# %%
# reject lstm_step: no tanh on the cell state · expects "tanh of the cell state is missing"
def lstm_step(params, x, h, c):
    i, f, g, o = (x @ params["W_x"].T + h @ params["W_h"].T + params["b"]).chunk(4, dim=1)
    c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
    return torch.sigmoid(o) * c, c


# %%
# reject lstm_step: h from the previous cell state · expects "h is read from the old cell state"
def lstm_step(params, x, h, c):
    i, f, g, o = (x @ params["W_x"].T + h @ params["W_h"].T + params["b"]).chunk(4, dim=1)
    new = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
    return torch.sigmoid(o) * torch.tanh(c), new


# %%
# reject lstm_step: the results are swapped · expects "the order of the returned values is h, c"
def lstm_step(params, x, h, c):
    i, f, g, o = (x @ params["W_x"].T + h @ params["W_h"].T + params["b"]).chunk(4, dim=1)
    c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
    return c, torch.sigmoid(o) * torch.tanh(c)


# %%
# reject lstm_step: gates interleaved instead of stacked · expects "the new c: expected"
def lstm_step(params, x, h, c):
    z = x @ params["W_x"].T + h @ params["W_h"].T + params["b"]
    i, f, g, o = z.reshape(len(x), -1, 4).unbind(-1)
    c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
    return torch.sigmoid(o) * torch.tanh(c), c


# %% [markdown]
# # Exercise 8


# %%
# accept shift: F.pad and scatter
def shift(tokens, mask, begin, end, pad):
    lengths = mask.sum(dim=1, keepdim=True)
    targets = F.pad(tokens.masked_fill(~mask, pad), (0, 1), value=pad).scatter(1, lengths, end)
    return F.pad(tokens, (1, 0), value=begin), targets, F.pad(mask, (1, 0), value=True)


# %%
# accept shift: row by row
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
# reject shift: the stub · expects "not written yet"
def shift(tokens, mask, begin, end, pad):
    raise NotImplementedError()


# %%
# reject shift: all zeros · expects "every value is zero"
def shift(tokens, mask, begin, end, pad):
    zero = F.pad(torch.zeros_like(tokens), (0, 1))
    return zero, zero, zero.bool()


# %%
# reject shift: the targets are the inputs · expects "the targets are not shifted"
def shift(tokens, mask, begin, end, pad):
    inputs = F.pad(tokens, (1, 0), value=begin)
    return inputs, inputs.clone(), F.pad(mask, (1, 0), value=True)


# %%
# reject shift: shifted by two · expects "the targets are shifted by two places"
def shift(tokens, mask, begin, end, pad):
    targets = F.pad(tokens, (0, 2), value=pad)
    targets[torch.arange(len(tokens)), mask.sum(1)] = end
    return F.pad(tokens, (1, 0), value=begin), targets[:, 1:], F.pad(mask, (1, 0), value=True)


# %%
# reject shift: the end token in the last column · expects "not after the padding"
def shift(tokens, mask, begin, end, pad):
    targets = F.pad(tokens, (0, 1), value=end)
    return F.pad(tokens, (1, 0), value=begin), targets, F.pad(mask, (1, 0), value=True)


# %%
# reject shift: no end token · expects "the end token is missing"
def shift(tokens, mask, begin, end, pad):
    targets = F.pad(tokens, (0, 1), value=pad)
    return F.pad(tokens, (1, 0), value=begin), targets, F.pad(mask, (1, 0), value=True)


# %%
# reject shift: the end token overwrites the last character · expects "overwrites the last real token"
def shift(tokens, mask, begin, end, pad):
    targets = F.pad(tokens, (0, 1), value=pad)
    targets[torch.arange(len(tokens)), mask.sum(1) - 1] = end
    return F.pad(tokens, (1, 0), value=begin), targets, F.pad(mask, (1, 0), value=True)


# %%
# reject shift: no begin token · expects "the inputs need the begin token in front"
def shift(tokens, mask, begin, end, pad):
    targets = F.pad(tokens, (0, 1), value=pad)
    targets[torch.arange(len(tokens)), mask.sum(1)] = end
    return F.pad(tokens, (0, 1), value=pad), targets, F.pad(mask, (1, 0), value=True)


# %%
# reject shift: a begin column of floats · expects "tokens are whole numbers, int64"
def shift(tokens, mask, begin, end, pad):
    targets = F.pad(tokens, (0, 1), value=pad)
    targets[torch.arange(len(tokens)), mask.sum(1)] = end
    inputs = torch.cat([begin * torch.ones(len(tokens), 1), tokens], dim=1)
    return inputs, targets, F.pad(mask, (1, 0), value=True)


# %%
# reject shift: the new True of the mask at the back · expects "the new True belongs in front"
def shift(tokens, mask, begin, end, pad):
    targets = F.pad(tokens, (0, 1), value=pad)
    targets[torch.arange(len(tokens)), mask.sum(1)] = end
    return F.pad(tokens, (1, 0), value=begin), targets, F.pad(mask, (0, 1), value=True)


# %%
# reject shift: all ends in every row · expects "every row got the ends of all rows"
def shift(tokens, mask, begin, end, pad):
    targets = F.pad(tokens, (0, 1), value=pad)
    targets[:, mask.sum(1)] = end
    return F.pad(tokens, (1, 0), value=begin), targets, F.pad(mask, (1, 0), value=True)


# %%
# reject shift: the mask without the end token · expects "the end token is a real target too"
def shift(tokens, mask, begin, end, pad):
    targets = F.pad(tokens, (0, 1), value=pad)
    targets[torch.arange(len(tokens)), mask.sum(1)] = end
    return F.pad(tokens, (1, 0), value=begin), targets, F.pad(mask, (0, 1), value=False)


# %%
# reject shift: padding is a target · expects "padding would count in the loss"
def shift(tokens, mask, begin, end, pad):
    targets = F.pad(tokens, (0, 1), value=pad)
    targets[torch.arange(len(tokens)), mask.sum(1)] = end
    return F.pad(tokens, (1, 0), value=begin), targets, torch.ones_like(targets, dtype=torch.bool)


# %%
# reject shift: the mask guessed from the ids · expects "the mask where a real token has the id of pad"
def shift(tokens, mask, begin, end, pad):
    targets = F.pad(tokens, (0, 1), value=pad)
    targets[torch.arange(len(tokens)), mask.sum(1)] = end
    return F.pad(tokens, (1, 0), value=begin), targets, targets != pad


# %%
# reject shift: writes into the tokens · expects "changes its input in place"
def shift(tokens, mask, begin, end, pad):
    tokens[~mask] = end
    targets = F.pad(tokens, (0, 1), value=end)
    return F.pad(tokens, (1, 0), value=begin), targets, F.pad(mask, (1, 0), value=True)


# %%
# accept perplexity: log_softmax and gather
def perplexity(batches):
    losses = []
    for logits, targets, mask in batches:
        picked = logits.log_softmax(dim=-1).gather(2, targets[..., None])[..., 0]
        losses.append(-picked[mask])
    return torch.cat(losses).mean().exp().item()


# %%
# accept perplexity: a product with the mask
def perplexity(batches):
    total = count = 0
    for logits, targets, mask in batches:
        losses = F.cross_entropy(logits.transpose(1, 2), targets, reduction="none")
        total, count = total + float((losses * mask).sum()), count + int(mask.sum())
    return float(torch.tensor(total / count, dtype=torch.float64).exp())


# %%
# reject perplexity: the stub · expects "not written yet"
def perplexity(batches):
    raise NotImplementedError()


# %%
# reject perplexity: zero · expects "every value is zero"
def perplexity(batches):
    return 0.0


# %%
# reject perplexity: padding counts · expects "padding counts in the loss"
def perplexity(batches):
    total = count = 0
    for logits, targets, mask in batches:
        total += F.cross_entropy(logits.mT, targets, reduction="sum").item()
        count += targets.numel()
    return math.exp(total / count)


# %%
# reject perplexity: padding in the count · expects "you divide by all places"
def perplexity(batches):
    total = count = 0
    for logits, targets, mask in batches:
        total += F.cross_entropy(logits[mask], targets[mask], reduction="sum").item()
        count += mask.numel()
    return math.exp(total / count)


# %%
# reject perplexity: the mean of the perplexities · expects "you average the perplexities of the batches"
def perplexity(batches):
    each = [math.exp(F.cross_entropy(a[m], b[m]).item()) for a, b, m in batches]
    return sum(each) / len(each)


# %%
# reject perplexity: the mean of the batch means · expects "each batch has the same weight"
def perplexity(batches):
    each = [F.cross_entropy(a[m], b[m]).item() for a, b, m in batches]
    return math.exp(sum(each) / len(each))


# %%
# reject perplexity: returns in the loop · expects "only the first batch counts"
def perplexity(batches):
    for logits, targets, mask in batches:
        return math.exp(F.cross_entropy(logits[mask], targets[mask]).item())


# %%
# reject perplexity: no exp · expects "take exp of it"
def perplexity(batches):
    total = count = 0
    for logits, targets, mask in batches:
        total += F.cross_entropy(logits[mask], targets[mask], reduction="sum").item()
        count += mask.sum().item()
    return total / count


# %%
# reject perplexity: the sign is flipped · expects "the sign is flipped"
def perplexity(batches):
    total = count = 0
    for logits, targets, mask in batches:
        total -= F.cross_entropy(logits[mask], targets[mask], reduction="sum").item()
        count += mask.sum().item()
    return math.exp(total / count)


# %%
# reject perplexity: a power of two · expects "a loss in nats"
def perplexity(batches):
    total = count = 0
    for logits, targets, mask in batches:
        total += F.cross_entropy(logits[mask], targets[mask], reduction="sum").item()
        count += mask.sum().item()
    return 2 ** (total / count)


# %%
# reject perplexity: the mean, divided once more · expects "cross_entropy took the mean already"
def perplexity(batches):
    total, count = 0.0, 0
    for logits, targets, mask in batches:
        total += F.cross_entropy(logits[mask], targets[mask]).item()
        count += mask.sum().item()
    return math.exp(total / count)


# %%
# reject perplexity: softmax before cross_entropy · expects "do not apply softmax first"
def perplexity(batches):
    total, count = 0.0, 0
    for logits, targets, mask in batches:
        probs = logits[mask].softmax(dim=-1)
        total += F.cross_entropy(probs, targets[mask], reduction="sum").item()
        count += mask.sum().item()
    return math.exp(total / count)


# %%
# reject perplexity: classes in the last dimension · expects "cross_entropy looks for the classes in dimension 1"
def perplexity(batches):
    total, count = 0.0, 0
    for logits, targets, mask in batches:
        total += (F.cross_entropy(logits, targets, reduction="none") * mask).sum().item()
        count += mask.sum().item()
    return math.exp(total / count)


# %%
# reject perplexity: a tensor · expects "return a float"
def perplexity(batches):
    losses = [F.cross_entropy(a[m], b[m], reduction="none") for a, b, m in batches]
    return torch.cat(losses).mean().exp()


# %% [markdown]
# # Exercise 9


# %%
# accept tempered: exp by hand, a limit instead of a case
def tempered(logits, temperature):
    centered = logits - logits.max(dim=1, keepdim=True).values
    exp = (centered / max(temperature, 1e-12)).exp()
    return exp / exp.sum(dim=1, keepdim=True)


# %%
# accept tempered: scatter at the argmax
def tempered(logits, temperature):
    if temperature < 1e-9:
        return torch.zeros_like(logits).scatter(1, logits.argmax(1, keepdim=True), 1.0)
    return F.softmax(logits * (1 / temperature), dim=1)


# %%
# reject tempered: the stub · expects "not written yet"
def tempered(logits, temperature):
    raise NotImplementedError()


# %%
# reject tempered: all zeros · expects "every value is zero"
def tempered(logits, temperature):
    return torch.zeros_like(logits)


# %%
# reject tempered: multiplies · expects "you multiply by the temperature"
def tempered(logits, temperature):
    return torch.softmax(logits * temperature, dim=-1)


# %%
# reject tempered: ignores the temperature · expects "the temperature is not used"
def tempered(logits, temperature):
    return torch.softmax(logits, dim=-1)


# %%
# reject tempered: divides the probabilities · expects "divide the logits, not the probabilities"
def tempered(logits, temperature):
    return torch.softmax(logits, dim=-1) / temperature


# %%
# reject tempered: whole numbers at temperature 0 · expects "add .to(logits)"
def tempered(logits, temperature):
    if temperature == 0:
        return F.one_hot(logits.argmax(dim=-1), logits.shape[-1])
    return torch.softmax(logits / temperature, dim=-1)


# %%
# reject tempered: powers of the probabilities · expects "no longer sum to 1"
def tempered(logits, temperature):
    return torch.softmax(logits, dim=-1) ** (1 / max(temperature, 1e-9))


# %%
# reject tempered: over the batch · expects "the softmax runs over the batch"
def tempered(logits, temperature):
    return torch.softmax(logits / temperature, dim=0)


# %%
# reject tempered: no softmax · expects "apply the softmax"
def tempered(logits, temperature):
    return logits / temperature


# %%
# reject tempered: no case for temperature 0 · expects "a division by a temperature of 0"
def tempered(logits, temperature):
    return torch.softmax(logits / torch.tensor(temperature), dim=-1)


# %%
# reject tempered: exp overflows · expects "an exp that overflows"
def tempered(logits, temperature):
    if temperature == 0:
        return F.one_hot(logits.argmax(dim=-1), logits.shape[-1]).to(logits)
    exp = (logits / temperature).exp()
    return exp / exp.sum(dim=1, keepdim=True)


# %%
# reject tempered: at 0 the distribution of the model · expects "at temperature 0 keep the most probable"
def tempered(logits, temperature):
    return torch.softmax(logits / (temperature or 1), dim=-1)


# %%
# reject tempered: at 0 all alike · expects "every token got the same probability"
def tempered(logits, temperature):
    if temperature == 0:
        return torch.full_like(logits, 1 / logits.shape[1])
    return torch.softmax(logits / temperature, dim=-1)


# %%
# reject tempered: at 0 the least probable token · expects "the least probable token is left; take the argmax"
def tempered(logits, temperature):
    if temperature == 0:
        return F.one_hot(logits.argmin(dim=-1), logits.shape[-1]).to(logits)
    return torch.softmax(logits / temperature, dim=-1)


# %% [markdown]
# # Exercise 10


# %%
# accept forecast: the whole past read again at every step
def forecast(model, past, future):
    rows, values = past, []
    for k in range(future.shape[1]):
        values.append(model(rows, None)[0][:, -1])
        row = torch.cat([future[:, k, :3], values[-1][:, None]], dim=1)
        rows = torch.cat([rows, row[:, None]], dim=1)
    return torch.stack(values, dim=1)


# %%
# accept forecast: a copy of the future that fills up
def forecast(model, past, future):
    rows = future.clone()
    rows[..., 3] = 0
    output, state = model(past, None)
    for k in range(rows.shape[1]):
        rows[:, k, 3] = output[:, -1].detach()
        output, state = model(rows[:, k : k + 1].clone(), state)
    return rows[..., 3]


# %%
# reject forecast: the stub · expects "not written yet"
def forecast(model, past, future):
    raise NotImplementedError()


# %%
# reject forecast: all zeros · expects "every value is zero"
def forecast(model, past, future):
    return torch.zeros_like(future[..., 0])


# %%
# reject forecast: true values are fed back · expects "true values are fed back"
def forecast(model, past, future):
    output, state = model(past, None)
    values = [output[:, -1]]
    for k in range(future.shape[1] - 1):
        output, state = model(future[:, k : k + 1], state)
        values.append(output[:, -1])
    return torch.stack(values, dim=1)


# %%
# reject forecast: teacher forcing in one call · expects "it peeks at column 3"
def forecast(model, past, future):
    return model(torch.cat([past, future], dim=1), None)[0][:, past.shape[1] - 1 : -1]


# %%
# reject forecast: the state is lost · expects "the state is not carried"
def forecast(model, past, future):
    values = [model(past, None)[0][:, -1]]
    for k in range(future.shape[1] - 1):
        row = torch.cat([future[:, k, :3], values[-1][:, None]], dim=1)[:, None]
        values.append(model(row, None)[0][:, -1])
    return torch.stack(values, dim=1)


# %%
# reject forecast: the last known value is repeated · expects "the last known value is fed back"
def forecast(model, past, future):
    output, state = model(past, None)
    values = [output[:, -1]]
    for k in range(future.shape[1] - 1):
        row = torch.cat([future[:, k, :3], past[:, -1, 3:]], dim=1)[:, None]
        output, state = model(row, state)
        values.append(output[:, -1])
    return torch.stack(values, dim=1)


# %%
# reject forecast: the last row of the past is read twice · expects "the last row of the past is read twice"
def forecast(model, past, future):
    _, state = model(past, None)
    output, state = model(past[:, -1:], state)
    values = [output[:, -1]]
    for k in range(future.shape[1] - 1):
        row = torch.cat([future[:, k, :3], values[-1][:, None]], dim=1)[:, None]
        output, state = model(row, state)
        values.append(output[:, -1])
    return torch.stack(values, dim=1)


# %%
# reject forecast: the whole future in one call · expects "the future is read in one call"
def forecast(model, past, future):
    _, state = model(past, None)
    return model(future, state)[0]


# %%
# reject forecast: the dates of the day after · expects "the dates are one day late"
def forecast(model, past, future):
    output, state = model(past, None)
    values = [output[:, -1]]
    for k in range(1, future.shape[1]):
        row = torch.cat([future[:, k, :3], values[-1][:, None]], dim=1)[:, None]
        output, state = model(row, state)
        values.append(output[:, -1])
    return torch.stack(values, dim=1)


# %%
# reject forecast: always the first date · expects "the dates do not move on"
def forecast(model, past, future):
    output, state = model(past, None)
    values = [output[:, -1]]
    for _ in range(1, future.shape[1]):
        row = torch.cat([future[:, 0, :3], values[-1][:, None]], dim=1)[:, None]
        output, state = model(row, state)
        values.append(output[:, -1])
    return torch.stack(values, dim=1)


# %%
# reject forecast: the first prediction is dropped · expects "the first prediction is missing"
def forecast(model, past, future):
    output, state = model(past, None)
    v, values = output[:, -1], []
    for k in range(future.shape[1]):
        row = torch.cat([future[:, k, :3], v[:, None]], dim=1)[:, None]
        output, state = model(row, state)
        v = output[:, -1]
        values.append(v)
    return torch.stack(values, dim=1)


# %%
# reject forecast: writes into the future · expects "changes its input in place"
def forecast(model, past, future):
    output, state = model(past, None)
    for k in range(future.shape[1]):
        future[:, k, 3] = output[:, -1].detach()
        output, state = model(future[:, k : k + 1].clone(), state)
    return future[..., 3]


# %%
# reject forecast: one value too many · expects "the forecast: expected (batch, days)"
def forecast(model, past, future):
    output, state = model(past, None)
    values = [output[:, -1]]
    for k in range(future.shape[1]):
        row = torch.cat([future[:, k, :3], values[-1][:, None]], dim=1)[:, None]
        output, state = model(row, state)
        values.append(output[:, -1])
    return torch.stack(values, dim=1)
