# %%
# accept: four slices by hand
def lstm_step(params, x, h, c):
    d = h.shape[1]
    z = F.linear(x, params["W_x"], params["b"]) + F.linear(h, params["W_h"])
    write, keep, show = z[:, :d].sigmoid(), z[:, d : 2 * d].sigmoid(), z[:, 3 * d :].sigmoid()
    c = keep * c + write * z[:, 2 * d : 3 * d].tanh()
    return show * c.tanh(), c


# %%
# accept: four separate products
def lstm_step(params, x, h, c):
    blocks = zip(params["W_x"].chunk(4), params["W_h"].chunk(4), params["b"].chunk(4), strict=True)
    i, f, g, o = [torch.einsum("bi,hi->bh", x, U) + h @ W.T + b for U, W, b in blocks]
    new = torch.addcmul(f.sigmoid() * c, i.sigmoid(), g.tanh())
    return o.sigmoid() * new.tanh(), new


# %%
# reject: all zeros · expects "every value is zero"

# %%
# reject: the batch is cut, not the features · expects "dim=1 cuts the features"
# - i, f, g, o = (x @ params["W_x"].T + h @ params["W_h"].T + params["b"]).chunk(4, dim=1)
# + i, f, g, o = (x @ params["W_x"].T + h @ params["W_h"].T + params["b"]).chunk(4)

# %%
# reject: i and f swapped · expects "the gates i and f are swapped"
# - i, f, g, o = (x @ params["W_x"].T + h @ params["W_h"].T + params["b"]).chunk(4, dim=1)
# + f, i, g, o = (x @ params["W_x"].T + h @ params["W_h"].T + params["b"]).chunk(4, dim=1)

# %%
# reject: g and o swapped · expects "the parts g and o are swapped"
# - i, f, g, o = (x @ params["W_x"].T + h @ params["W_h"].T + params["b"]).chunk(4, dim=1)
# + i, f, o, g = (x @ params["W_x"].T + h @ params["W_h"].T + params["b"]).chunk(4, dim=1)

# %%
# reject: the order f, i, o, g of other books · expects "in the order f, i, o, g"
# - i, f, g, o = (x @ params["W_x"].T + h @ params["W_h"].T + params["b"]).chunk(4, dim=1)
# + f, i, o, g = (x @ params["W_x"].T + h @ params["W_h"].T + params["b"]).chunk(4, dim=1)

# %%
# reject: the cell state is not carried · expects "the old cell state is not carried"
# - c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)  # (B, d_hidden)
# + c = torch.sigmoid(i) * torch.tanh(g)

# %%
# reject: no bias · expects "the bias b is not added"
# - i, f, g, o = (x @ params["W_x"].T + h @ params["W_h"].T + params["b"]).chunk(4, dim=1)
# + i, f, g, o = (x @ params["W_x"].T + h @ params["W_h"].T).chunk(4, dim=1)

# %%
# reject: the gates do not see the old h · expects "the gates read the old h too"
# - i, f, g, o = (x @ params["W_x"].T + h @ params["W_h"].T + params["b"]).chunk(4, dim=1)
# + i, f, g, o = (x @ params["W_x"].T + params["b"]).chunk(4, dim=1)

# %%
# reject: 1 - f for i, as in a GRU · expects "i is a gate of its own"
# - c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)  # (B, d_hidden)
# + c = torch.sigmoid(f) * c + (1 - torch.sigmoid(f)) * torch.tanh(g)

# %%
# reject: no forget gate · expects "the forget gate is not used"
# - c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)  # (B, d_hidden)
# + c = c + torch.sigmoid(i) * torch.tanh(g)


# %%
# reject: sigmoid for g · expects "g goes through tanh"
def lstm_step(params, x, h, c):
    i, f, g, o = (x @ params["W_x"].T + h @ params["W_h"].T + params["b"]).sigmoid().chunk(4, dim=1)
    c = f * c + i * g
    return o * torch.tanh(c), c


# %%
# reject: g without tanh · expects "g needs a tanh"
# - c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)  # (B, d_hidden)
# + c = torch.sigmoid(f) * c + torch.sigmoid(i) * g

# %%
# reject: no tanh on the cell state · expects "tanh of the cell state is missing"
# - return torch.sigmoid(o) * torch.tanh(c), c
# + return torch.sigmoid(o) * c, c

# %%
# reject: h from the previous cell state · expects "h is read from the old cell state"
# - c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)  # (B, d_hidden)
# - return torch.sigmoid(o) * torch.tanh(c), c
# + new = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
# + return torch.sigmoid(o) * torch.tanh(c), new

# %%
# reject: the results are swapped · expects "the order of the returned values is h, c"
# - return torch.sigmoid(o) * torch.tanh(c), c
# + return c, torch.sigmoid(o) * torch.tanh(c)

# %%
# reject: gates interleaved instead of stacked · expects "the new c: expected"
# - i, f, g, o = (x @ params["W_x"].T + h @ params["W_h"].T + params["b"]).chunk(4, dim=1)
# + z = x @ params["W_x"].T + h @ params["W_h"].T + params["b"]
# + i, f, g, o = z.reshape(len(x), -1, 4).unbind(-1)
