# %%
# accept: F.linear
def rnn_step(params, x, h):
    new = (F.linear(x, params["W_hx"], params["b_h"]) + F.linear(h, params["W_hh"])).tanh()
    return new, F.linear(new, params["W_oh"], params["b_o"])


# %%
# accept: one product of the joined input and state
def rnn_step(params, x, h):
    both = torch.cat([x, h], dim=1)
    weight = torch.cat([params["W_hx"], params["W_hh"]], dim=1)
    new = torch.tanh(torch.einsum("bi,hi->bh", both, weight) + params["b_h"])
    return new, torch.einsum("bh,oh->bo", new, params["W_oh"]) + params["b_o"]


# %%
# reject: all zeros · expects "every value is zero"

# %%
# reject: no tanh · expects "tanh is missing"
# - h = torch.tanh(x @ params["W_hx"].T + h @ params["W_hh"].T + params["b_h"])
# + h = x @ params["W_hx"].T + h @ params["W_hh"].T + params["b_h"]

# %%
# reject: sigmoid · expects "not the sigmoid"
# - h = torch.tanh(x @ params["W_hx"].T + h @ params["W_hh"].T + params["b_h"])
# + h = torch.sigmoid(x @ params["W_hx"].T + h @ params["W_hh"].T + params["b_h"])

# %%
# reject: the old state is forgotten · expects "the old state is not used"
# - h = torch.tanh(x @ params["W_hx"].T + h @ params["W_hh"].T + params["b_h"])
# + h = torch.tanh(x @ params["W_hx"].T + params["b_h"])

# %%
# reject: W_hh transposed · expects "W_hh is transposed"
# - h = torch.tanh(x @ params["W_hx"].T + h @ params["W_hh"].T + params["b_h"])
# + h = torch.tanh(x @ params["W_hx"].T + h @ params["W_hh"] + params["b_h"])

# %%
# reject: no bias · expects "b_h is not added"
# - h = torch.tanh(x @ params["W_hx"].T + h @ params["W_hh"].T + params["b_h"])
# + h = torch.tanh(x @ params["W_hx"].T + h @ params["W_hh"].T)


# %%
# reject: the output from the previous state · expects "the output is read from the old state"
def rnn_step(params, x, h):
    new = torch.tanh(x @ params["W_hx"].T + h @ params["W_hh"].T + params["b_h"])
    return new, h @ params["W_oh"].T + params["b_o"]


# %%
# reject: returns the previous state · expects "you return the old state"
def rnn_step(params, x, h):
    new = torch.tanh(x @ params["W_hx"].T + h @ params["W_hh"].T + params["b_h"])
    return h, new @ params["W_oh"].T + params["b_o"]


# %%
# reject: tanh on the output · expects "the output has no activation"
# - return h, h @ params["W_oh"].T + params["b_o"]
# + return h, torch.tanh(h @ params["W_oh"].T + params["b_o"])

# %%
# reject: a sigmoid on the output · expects "the output has no activation, no sigmoid"
# - return h, h @ params["W_oh"].T + params["b_o"]
# + return h, torch.sigmoid(h @ params["W_oh"].T + params["b_o"])

# %%
# reject: a softmax on the output · expects "the output has no activation, no softmax"
# - return h, h @ params["W_oh"].T + params["b_o"]
# + return h, torch.softmax(h @ params["W_oh"].T + params["b_o"], dim=1)

# %%
# reject: swapped results · expects "the order is h, o"
# - return h, h @ params["W_oh"].T + params["b_o"]
# + return h @ params["W_oh"].T + params["b_o"], h

# %%
# reject: changes the state in place · expects "changes its input in place"
# - h = torch.tanh(x @ params["W_hx"].T + h @ params["W_hh"].T + params["b_h"])
# + h.copy_(torch.tanh(x @ params["W_hx"].T + h @ params["W_hh"].T + params["b_h"]))
