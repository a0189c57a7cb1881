# %%
# accept: F.linear
def forward(params, x):
    h = F.linear(x, params["W1"], params["b1"]).tanh()
    return softmax(F.linear(h, params["W2"], params["b2"])), h


# %%
# accept: einsum and torch.softmax
def forward(params, x):
    hidden = torch.einsum("bi,hi->bh", x, params["W1"]) + params["b1"][None, :]
    hidden = (hidden.exp() - (-hidden).exp()) / (hidden.exp() + (-hidden).exp())
    scores = torch.einsum("bh,ch->bc", hidden, params["W2"]) + params["b2"]
    return torch.softmax(scores, dim=-1), hidden


# %%
# accept: sample by sample
def forward(params, x):
    hs = [torch.tanh(params["W1"] @ sample + params["b1"]) for sample in x]
    ls = [params["W2"] @ h + params["b2"] for h in hs]
    return softmax(torch.stack(ls)), torch.stack(hs)


# %%
# reject: no bias in the hidden layer · expects "b1 is not added"
# - h = torch.tanh(x @ params["W1"].T + params["b1"])  # (B, d_hidden)
# + h = torch.tanh(x @ params["W1"].T)

# %%
# reject: no bias in the output layer · expects "b2 is not added"
# - logits = h @ params["W2"].T + params["b2"]  # (B, n_classes)
# - return softmax(logits), h
# + return softmax(h @ params["W2"].T), h

# %%
# reject: no tanh · expects "tanh is missing"
# - h = torch.tanh(x @ params["W1"].T + params["b1"])  # (B, d_hidden)
# + h = x @ params["W1"].T + params["b1"]

# %%
# reject: sigmoid · expects "not the sigmoid"
# - h = torch.tanh(x @ params["W1"].T + params["b1"])  # (B, d_hidden)
# + h = torch.sigmoid(x @ params["W1"].T + params["b1"])

# %%
# reject: ReLU · expects "another function stands in its place"
# - h = torch.tanh(x @ params["W1"].T + params["b1"])  # (B, d_hidden)
# + h = torch.relu(x @ params["W1"].T + params["b1"])

# %%
# reject: bias after tanh · expects "b1 is added after tanh"
# - h = torch.tanh(x @ params["W1"].T + params["b1"])  # (B, d_hidden)
# + h = torch.tanh(x @ params["W1"].T) + params["b1"]

# %%
# reject: no softmax · expects "these are the logits"
# - logits = h @ params["W2"].T + params["b2"]  # (B, n_classes)
# - return softmax(logits), h
# + return h @ params["W2"].T + params["b2"], h

# %%
# reject: swapped results · expects "the order is probs, h"
# - logits = h @ params["W2"].T + params["b2"]  # (B, n_classes)
# - return softmax(logits), h
# + return h, softmax(h @ params["W2"].T + params["b2"])

# %%
# reject: only the probabilities · expects "forward returns 2 values, probs, h"
# - return softmax(logits), h
# + return softmax(logits)


# %%
# reject: weights not transposed · expects "forward raised RuntimeError"
def forward(params, x):
    h = torch.tanh(x @ params["W1"] + params["b1"])
    return softmax(h @ params["W2"] + params["b2"]), h


# %%
# reject: softmax over the batch · expects "one by one"
# - return softmax(logits), h
# + return (softmax(logits) if len(x) == 1 else torch.softmax(logits, dim=0)), h

# %%
# reject: a softmax of its own that overflows · expects "survives large logits"
# - logits = h @ params["W2"].T + params["b2"]  # (B, n_classes)
# - return softmax(logits), h
# + e = torch.exp(h @ params["W2"].T + params["b2"])
# + return e / e.sum(dim=1, keepdim=True), h

# %%
# reject: all zeros · expects "every value is zero"

# %%
# reject: adds the bias in place to the parameters · expects "changes its input in place"
# + params["W1"].mul_(2).div_(2).add_(1e-3)
#   h = torch.tanh(x @ params["W1"].T + params["b1"])  # (B, d_hidden)
