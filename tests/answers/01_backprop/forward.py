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
def forward(params, x):
    h = torch.tanh(x @ params["W1"].T)
    return softmax(h @ params["W2"].T + params["b2"]), h


# %%
# reject: no bias in the output layer · expects "b2 is not added"
def forward(params, x):
    h = torch.tanh(x @ params["W1"].T + params["b1"])
    return softmax(h @ params["W2"].T), h


# %%
# reject: no tanh · expects "tanh is missing"
def forward(params, x):
    h = x @ params["W1"].T + params["b1"]
    return softmax(h @ params["W2"].T + params["b2"]), h


# %%
# reject: sigmoid · expects "not the sigmoid"
def forward(params, x):
    h = torch.sigmoid(x @ params["W1"].T + params["b1"])
    return softmax(h @ params["W2"].T + params["b2"]), h


# %%
# reject: ReLU · expects "another function stands in its place"
def forward(params, x):
    h = torch.relu(x @ params["W1"].T + params["b1"])
    return softmax(h @ params["W2"].T + params["b2"]), h


# %%
# reject: bias after tanh · expects "b1 is added after tanh"
def forward(params, x):
    h = torch.tanh(x @ params["W1"].T) + params["b1"]
    return softmax(h @ params["W2"].T + params["b2"]), h


# %%
# reject: no softmax · expects "these are the logits"
def forward(params, x):
    h = torch.tanh(x @ params["W1"].T + params["b1"])
    return h @ params["W2"].T + params["b2"], h


# %%
# reject: swapped results · expects "the order is probs, h"
def forward(params, x):
    h = torch.tanh(x @ params["W1"].T + params["b1"])
    return h, softmax(h @ params["W2"].T + params["b2"])


# %%
# reject: only the probabilities · expects "forward returns 2 values, probs, h"
def forward(params, x):
    h = torch.tanh(x @ params["W1"].T + params["b1"])
    return softmax(h @ params["W2"].T + params["b2"])


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
def forward(params, x):
    h = torch.tanh(x @ params["W1"].T + params["b1"])
    e = torch.exp(h @ params["W2"].T + params["b2"])
    return e / e.sum(dim=1, keepdim=True), h


# %%
# reject: all zeros · expects "every value is zero"


# %%
# reject: adds the bias in place to the parameters · expects "changes its input in place"
def forward(params, x):
    params["W1"].mul_(2).div_(2).add_(1e-3)
    h = torch.tanh(x @ params["W1"].T + params["b1"])
    return softmax(h @ params["W2"].T + params["b2"]), h
