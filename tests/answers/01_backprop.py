# ---
# Known right and wrong answers to every exercise of Lab 01. See docs/authors.md for the form.
# ---

# %% [markdown]
# # Exercise 1

# %%
# accept init_params: torch.normal with its own standard deviation
def init_params(d_in, d_hidden, n_classes, generator):
    return {
        "b2": torch.zeros(n_classes),
        "W2": torch.normal(0.0, d_hidden**-0.5, (n_classes, d_hidden), generator=generator),
        "b1": torch.zeros(d_hidden),
        "W1": torch.normal(0.0, d_in**-0.5, (d_hidden, d_in), generator=generator),
    }


# %%
# accept init_params: empty tensors filled in place by nn.init
def init_params(d_in, d_hidden, n_classes, generator):
    W1 = nn.init.normal_(torch.empty(d_hidden, d_in), std=1 / math.sqrt(d_in), generator=generator)
    W2 = nn.init.kaiming_normal_(
        torch.empty(n_classes, d_hidden), nonlinearity="linear", generator=generator
    )
    return dict(W1=W1, b1=W1.new_zeros(d_hidden), W2=W2, b2=W2.new_zeros(n_classes))


# %%
# reject init_params: the stub · expects "not written yet"
def init_params(d_in, d_hidden, n_classes, generator):
    raise NotImplementedError()


# %%
# reject init_params: a seed of its own · expects "another seed gives the same weights"
def init_params(d_in, d_hidden, n_classes, generator):
    torch.manual_seed(0)
    return {
        "W1": torch.randn(d_hidden, d_in) / math.sqrt(d_in),
        "b1": torch.zeros(d_hidden),
        "W2": torch.randn(n_classes, d_hidden) / math.sqrt(d_hidden),
        "b2": torch.zeros(n_classes),
    }


# %%
# reject init_params: nothing is returned · expects "Does your function end with `return`?"
def init_params(d_in, d_hidden, n_classes, generator):
    pass


# %%
# reject init_params: weights transposed · expects "Are d_hidden and d_in swapped?"
def init_params(d_in, d_hidden, n_classes, generator):
    return {
        "W1": torch.randn(d_in, d_hidden, generator=generator) / math.sqrt(d_in),
        "b1": torch.zeros(d_hidden),
        "W2": torch.randn(d_hidden, n_classes, generator=generator) / math.sqrt(d_hidden),
        "b2": torch.zeros(n_classes),
    }


# %%
# reject init_params: no scaling · expects "Divide by the square root of the fan-in"
def init_params(d_in, d_hidden, n_classes, generator):
    return {
        "W1": torch.randn(d_hidden, d_in, generator=generator),
        "b1": torch.zeros(d_hidden),
        "W2": torch.randn(n_classes, d_hidden, generator=generator),
        "b2": torch.zeros(n_classes),
    }


# %%
# reject init_params: divided by the fan-in itself · expects "take the square root"
def init_params(d_in, d_hidden, n_classes, generator):
    return {
        "W1": torch.randn(d_hidden, d_in, generator=generator) / d_in,
        "b1": torch.zeros(d_hidden),
        "W2": torch.randn(n_classes, d_hidden, generator=generator) / d_hidden,
        "b2": torch.zeros(n_classes),
    }


# %%
# reject init_params: fan-out in the place of fan-in · expects "the fan-in is the number of inputs"
def init_params(d_in, d_hidden, n_classes, generator):
    return {
        "W1": torch.randn(d_hidden, d_in, generator=generator) / math.sqrt(d_hidden),
        "b1": torch.zeros(d_hidden),
        "W2": torch.randn(n_classes, d_hidden, generator=generator) / math.sqrt(n_classes),
        "b2": torch.zeros(n_classes),
    }


# %%
# reject init_params: all zeros, every unit alike · expects "all entries of W1 are equal"
def init_params(d_in, d_hidden, n_classes, generator):
    return {
        "W1": torch.zeros(d_hidden, d_in),
        "b1": torch.zeros(d_hidden),
        "W2": torch.zeros(n_classes, d_hidden),
        "b2": torch.zeros(n_classes),
    }


# %%
# reject init_params: the generator is ignored · expects "pass generator=generator"
def init_params(d_in, d_hidden, n_classes, generator):
    return {
        "W1": torch.randn(d_hidden, d_in) / math.sqrt(d_in),
        "b1": torch.zeros(d_hidden),
        "W2": torch.randn(n_classes, d_hidden) / math.sqrt(d_hidden),
        "b2": torch.zeros(n_classes),
    }


# %%
# reject init_params: a column for the biases · expects "There is an extra dimension of size 1"
def init_params(d_in, d_hidden, n_classes, generator):
    return {
        "W1": torch.randn(d_hidden, d_in, generator=generator) / math.sqrt(d_in),
        "b1": torch.zeros(d_hidden, 1),
        "W2": torch.randn(n_classes, d_hidden, generator=generator) / math.sqrt(d_hidden),
        "b2": torch.zeros(n_classes, 1),
    }


# %%
# reject init_params: random biases · expects "b1: expected"
def init_params(d_in, d_hidden, n_classes, generator):
    return {
        "W1": torch.randn(d_hidden, d_in, generator=generator) / math.sqrt(d_in),
        "b1": torch.randn(d_hidden, generator=generator),
        "W2": torch.randn(n_classes, d_hidden, generator=generator) / math.sqrt(d_hidden),
        "b2": torch.randn(n_classes, generator=generator),
    }


# %%
# reject init_params: a bias is forgotten · expects "missing from the dict: ['b2']"
def init_params(d_in, d_hidden, n_classes, generator):
    return {
        "W1": torch.randn(d_hidden, d_in, generator=generator) / math.sqrt(d_in),
        "b1": torch.zeros(d_hidden),
        "W2": torch.randn(n_classes, d_hidden, generator=generator) / math.sqrt(d_hidden),
    }


# %%
# reject init_params: uniform from 0 to 1 · expects "Use torch.randn"
def init_params(d_in, d_hidden, n_classes, generator):
    return {
        "W1": torch.rand(d_hidden, d_in, generator=generator) / math.sqrt(d_in),
        "b1": torch.zeros(d_hidden),
        "W2": torch.rand(n_classes, d_hidden, generator=generator) / math.sqrt(d_hidden),
        "b2": torch.zeros(n_classes),
    }


# %% [markdown]
# # Exercise 2


# %%
# accept softmax: through the logarithm
def softmax(logits):
    return torch.exp(logits - torch.logsumexp(logits, dim=-1, keepdim=True))


# %%
# accept softmax: PyTorch's own operator
def softmax(logits):
    return F.softmax(logits, dim=-1)


# %%
# accept softmax: a loop over the rows
def softmax(logits):
    rows = []
    for row in logits:
        e = (row - row.max()).exp()
        rows.append(e / e.sum())
    return torch.stack(rows)


# %%
# reject softmax: the stub · expects "not written yet"
def softmax(logits):
    raise NotImplementedError()


# %%
# reject softmax: the indices of the maximum are not taken off · expects "take .values"
def softmax(logits):
    e = torch.exp(logits - logits.max(dim=1, keepdim=True))
    return e / e.sum(dim=1, keepdim=True)


# %%
# reject softmax: over the batch · expects "the columns sum to 1, not the rows"
def softmax(logits):
    e = torch.exp(logits - logits.max(dim=0, keepdim=True).values)
    return e / e.sum(dim=0, keepdim=True)


# %%
# reject softmax: one sum for the whole batch · expects "you divide by the sum over all rows"
def softmax(logits):
    e = torch.exp(logits - logits.max())
    return e / e.sum()


# %%
# reject softmax: no subtraction of the maximum · expects "subtract the largest logit of each row"
def softmax(logits):
    e = torch.exp(logits)
    return e / e.sum(dim=1, keepdim=True)


# %%
# reject softmax: one maximum for the whole batch, so that small rows vanish · expects "NaN"
def softmax(logits):
    e = torch.exp(logits - logits.max())
    return e / e.sum(dim=1, keepdim=True)


# %%
# reject softmax: all zeros · expects "every value is zero"
def softmax(logits):
    return torch.zeros_like(logits)


# %%
# reject softmax: works in place · expects "changes its input in place"
def softmax(logits):
    logits -= logits.max(dim=1, keepdim=True).values
    return logits.exp() / logits.exp().sum(dim=1, keepdim=True)


# %%
# reject softmax: exp is forgotten · expects "did you forget exp"
def softmax(logits):
    return logits / logits.sum(dim=1, keepdim=True)


# %%
# reject softmax: the minus sign of another formula · expects "p₀ / p₁"
def softmax(logits):
    return F.softmax(-logits, dim=1)


# %%
# reject softmax: nothing is returned · expects "Does your function end with `return`?"
def softmax(logits):
    e = torch.exp(logits - logits.max(dim=1, keepdim=True).values)
    e / e.sum(dim=1, keepdim=True)


# %%
# reject softmax: the sum without keepdim · expects "softmax raised RuntimeError"
def softmax(logits):
    e = torch.exp(logits - logits.max(dim=1, keepdim=True).values)
    return e / e.sum(dim=1)


# %%
# reject softmax: never ends · expects "was stopped after"
def softmax(logits):
    while True:
        logits = logits / 2


# %%
# accept forward: F.linear
def forward(params, x):
    h = F.linear(x, params["W1"], params["b1"]).tanh()
    return softmax(F.linear(h, params["W2"], params["b2"])), h


# %%
# accept forward: einsum and torch.softmax
def forward(params, x):
    hidden = torch.einsum("bi,hi->bh", x, params["W1"]) + params["b1"][None, :]
    hidden = (hidden.exp() - (-hidden).exp()) / (hidden.exp() + (-hidden).exp())
    scores = torch.einsum("bh,ch->bc", hidden, params["W2"]) + params["b2"]
    return torch.softmax(scores, dim=-1), hidden


# %%
# accept forward: sample by sample
def forward(params, x):
    hs = [torch.tanh(params["W1"] @ sample + params["b1"]) for sample in x]
    ls = [params["W2"] @ h + params["b2"] for h in hs]
    return softmax(torch.stack(ls)), torch.stack(hs)


# %%
# reject forward: the stub · expects "not written yet"
def forward(params, x):
    raise NotImplementedError()


# %%
# reject forward: no bias in the hidden layer · expects "b1 is not added"
def forward(params, x):
    h = torch.tanh(x @ params["W1"].T)
    return softmax(h @ params["W2"].T + params["b2"]), h


# %%
# reject forward: no bias in the output layer · expects "b2 is not added"
def forward(params, x):
    h = torch.tanh(x @ params["W1"].T + params["b1"])
    return softmax(h @ params["W2"].T), h


# %%
# reject forward: no tanh · expects "tanh is missing"
def forward(params, x):
    h = x @ params["W1"].T + params["b1"]
    return softmax(h @ params["W2"].T + params["b2"]), h


# %%
# reject forward: sigmoid · expects "not the sigmoid"
def forward(params, x):
    h = torch.sigmoid(x @ params["W1"].T + params["b1"])
    return softmax(h @ params["W2"].T + params["b2"]), h


# %%
# reject forward: ReLU · expects "another function stands in its place"
def forward(params, x):
    h = torch.relu(x @ params["W1"].T + params["b1"])
    return softmax(h @ params["W2"].T + params["b2"]), h


# %%
# reject forward: bias after tanh · expects "b1 is added after tanh"
def forward(params, x):
    h = torch.tanh(x @ params["W1"].T) + params["b1"]
    return softmax(h @ params["W2"].T + params["b2"]), h


# %%
# reject forward: no softmax · expects "these are the logits"
def forward(params, x):
    h = torch.tanh(x @ params["W1"].T + params["b1"])
    return h @ params["W2"].T + params["b2"], h


# %%
# reject forward: swapped results · expects "the order is probs, h"
def forward(params, x):
    h = torch.tanh(x @ params["W1"].T + params["b1"])
    return h, softmax(h @ params["W2"].T + params["b2"])


# %%
# reject forward: only the probabilities · expects "forward returns 2 values, probs, h"
def forward(params, x):
    h = torch.tanh(x @ params["W1"].T + params["b1"])
    return softmax(h @ params["W2"].T + params["b2"])


# %%
# reject forward: weights not transposed · expects "forward raised RuntimeError"
def forward(params, x):
    h = torch.tanh(x @ params["W1"] + params["b1"])
    return softmax(h @ params["W2"] + params["b2"]), h


# %%
# reject forward: softmax over the batch · expects "one by one"
def forward(params, x):
    h = torch.tanh(x @ params["W1"].T + params["b1"])
    logits = h @ params["W2"].T + params["b2"]
    return (softmax(logits) if len(x) == 1 else torch.softmax(logits, dim=0)), h


# %%
# reject forward: a softmax of its own that overflows · expects "survives large logits"
def forward(params, x):
    h = torch.tanh(x @ params["W1"].T + params["b1"])
    e = torch.exp(h @ params["W2"].T + params["b2"])
    return e / e.sum(dim=1, keepdim=True), h


# %%
# reject forward: all zeros · expects "every value is zero"
def forward(params, x):
    return torch.zeros(len(x), len(params["b2"])), torch.zeros(len(x), len(params["b1"]))


# %%
# reject forward: adds the bias in place to the parameters · expects "changes its input in place"
def forward(params, x):
    params["W1"].mul_(2).div_(2).add_(1e-3)
    h = torch.tanh(x @ params["W1"].T + params["b1"])
    return softmax(h @ params["W2"].T + params["b2"]), h


# %% [markdown]
# # Exercise 3


# %%
# accept cross_entropy: gather
def cross_entropy(probs, y):
    picked = probs.gather(1, y[:, None]).squeeze(1)
    return -torch.log(
        torch.maximum(picked, torch.tensor(torch.finfo(probs.dtype).tiny, dtype=probs.dtype))
    ).mean()


# %%
# accept cross_entropy: one-hot product
def cross_entropy(probs, y):
    safe = probs.clamp_min(torch.finfo(probs.dtype).tiny)
    return -(F.one_hot(y, probs.shape[1]) * safe.log()).sum() / len(y)


# %%
# accept cross_entropy: PyTorch's nll_loss
def cross_entropy(probs, y):
    return F.nll_loss(probs.clamp(torch.finfo(probs.dtype).tiny, 1).log(), y)


# %%
# reject cross_entropy: the stub · expects "not written yet"
def cross_entropy(probs, y):
    raise NotImplementedError()


# %%
# reject cross_entropy: sum over the batch · expects "take the mean"
def cross_entropy(probs, y):
    return -probs[torch.arange(len(y)), y].clamp(min=torch.finfo(probs.dtype).tiny).log().sum()


# %%
# reject cross_entropy: no minus sign · expects "the minus sign is missing"
def cross_entropy(probs, y):
    return probs[torch.arange(len(y)), y].clamp(min=torch.finfo(probs.dtype).tiny).log().mean()


# %%
# reject cross_entropy: mean over batch and classes · expects "divide by the batch size"
def cross_entropy(probs, y):
    safe = probs.clamp_min(torch.finfo(probs.dtype).tiny)
    return -(F.one_hot(y, probs.shape[1]) * safe.log()).mean()


# %%
# reject cross_entropy: a slice in the place of an index · expects "pick one entry per row"
def cross_entropy(probs, y):
    return -probs[:, y].clamp(min=torch.finfo(probs.dtype).tiny).log().mean()


# %%
# reject cross_entropy: all classes count · expects "pick the true class"
def cross_entropy(probs, y):
    return -probs.clamp(min=torch.finfo(probs.dtype).tiny).log().mean()


# %%
# reject cross_entropy: the mean first, then the logarithm · expects "take the logarithm first"
def cross_entropy(probs, y):
    return -probs[torch.arange(len(y)), y].mean().log()


# %%
# reject cross_entropy: no clamp · expects "clamp the probabilities"
def cross_entropy(probs, y):
    return -probs[torch.arange(len(y)), y].log().mean()


# %%
# reject cross_entropy: one loss per sample · expects "expected one number, of shape ()"
def cross_entropy(probs, y):
    return -probs[torch.arange(len(y)), y].clamp(min=torch.finfo(probs.dtype).tiny).log()


# %%
# reject cross_entropy: a float instead of a tensor · expects "expected a torch.Tensor, got a float"
def cross_entropy(probs, y):
    return (
        -probs[torch.arange(len(y)), y].clamp(min=torch.finfo(probs.dtype).tiny).log().mean().item()
    )


# %%
# reject cross_entropy: probabilities taken for logits · expects "the loss: expected"
def cross_entropy(probs, y):
    return F.cross_entropy(probs, y)


# %%
# reject cross_entropy: the most probable class · expects "use the true one"
def cross_entropy(probs, y):
    return -probs.max(dim=1).values.log().mean()


# %%
# reject cross_entropy: always zero · expects "every value is zero"
def cross_entropy(probs, y):
    return torch.zeros(())


# %%
# reject cross_entropy: a generous clamp · expects "clamping at torch.finfo(probs.dtype).tiny gives"
def cross_entropy(probs, y):
    return -probs[torch.arange(len(y)), y].clamp(min=1e-7).log().mean()


# %%
# reject cross_entropy: float64's tiny for every dtype · expects "tiny differs by dtype"
def cross_entropy(probs, y):
    tiny_number = 2.2250738585072014e-308
    return -probs[torch.arange(len(y)), y].clamp(min=tiny_number).log().mean()


# %%
# reject cross_entropy: clamps in place · expects "changes its input in place"
def cross_entropy(probs, y):
    probs.clamp_(min=torch.finfo(probs.dtype).tiny)
    return -probs[torch.arange(len(y)), y].log().mean()


# %%
# accept accuracy: a Python sum
def accuracy(probs, y):
    return sum(int(row.argmax()) == int(label) for row, label in zip(probs, y)) / len(y)


# %%
# accept accuracy: the true class has the largest probability
def accuracy(probs, y):
    best = probs.max(dim=-1)
    return float((best.indices == y).sum() / y.numel())


# %%
# reject accuracy: the stub · expects "not written yet"
def accuracy(probs, y):
    raise NotImplementedError()


# %%
# reject accuracy: a count · expects "divide by the batch size"
def accuracy(probs, y):
    return float((probs.argmax(dim=1) == y).sum())


# %%
# reject accuracy: a percentage · expects "that is a percentage"
def accuracy(probs, y):
    return 100 * (probs.argmax(dim=1) == y).double().mean().item()


# %%
# reject accuracy: nothing is returned · expects "nothing is returned"
def accuracy(probs, y):
    (probs.argmax(dim=1) == y).double().mean().item()


# %%
# reject accuracy: a tensor · expects "use .item()"
def accuracy(probs, y):
    return (probs.argmax(dim=1) == y).double().mean()


# %%
# reject accuracy: argmax over the batch · expects "accuracy raised RuntimeError"
def accuracy(probs, y):
    return (probs.argmax(dim=0) == y).double().mean().item()


# %%
# reject accuracy: the share of errors · expects "the share of errors"
def accuracy(probs, y):
    return (probs.argmax(dim=1) != y).double().mean().item()


# %%
# reject accuracy: always zero · expects "the accuracy"
def accuracy(probs, y):
    return 0.0


# %%
# reject accuracy: the mean probability of the true class · expects "the accuracy"
def accuracy(probs, y):
    return probs[torch.arange(len(y)), y].mean().item()


# %% [markdown]
# # Exercise 4


# %%
# accept backward: einsum, in the order of the derivation
def backward(params, x, y, probs, h):
    delta = probs.clone()
    delta[torch.arange(len(y)), y] -= 1
    delta /= len(y)
    through = torch.einsum("bc,ch->bh", delta, params["W2"])
    dz = through - through * h * h
    return {
        "b2": delta.sum(0),
        "W2": torch.einsum("bc,bh->ch", delta, h),
        "W1": torch.einsum("bh,bi->hi", dz, x),
        "b1": dz.sum(0),
    }


# %%
# accept backward: gradients per sample, then their mean
def backward(params, x, y, probs, h):
    rows = {"W1": [], "b1": [], "W2": [], "b2": []}
    for i in range(len(x)):
        delta = probs[i].clone()
        delta[y[i]] -= 1
        dz = (params["W2"].T @ delta) * (1 - h[i].square())
        rows["W1"].append(torch.outer(dz, x[i]))
        rows["b1"].append(dz)
        rows["W2"].append(torch.outer(delta, h[i]))
        rows["b2"].append(delta)
    return {name: torch.stack(value).mean(dim=0) for name, value in rows.items()}


# %%
# accept backward: divides at the end
def backward(params, x, y, probs, h):
    B = x.size(0)
    dlogits = probs - torch.eye(probs.size(1))[y]
    dz = torch.mm(dlogits, params["W2"]) * (1 - torch.pow(h, 2))
    grads = dict(W1=torch.mm(dz.T, x), b1=dz.sum(0), W2=torch.mm(dlogits.T, h), b2=dlogits.sum(0))
    return {name: value / B for name, value in grads.items()}


# %%
# reject backward: the stub · expects "not written yet"
def backward(params, x, y, probs, h):
    raise NotImplementedError()


# %%
# reject backward: forgets to divide by the batch size · expects "divide by the batch size"
def backward(params, x, y, probs, h):
    dlogits = probs - F.one_hot(y, probs.shape[1])
    dz = (dlogits @ params["W2"]) * (1 - h**2)
    return {"W1": dz.T @ x, "b1": dz.sum(0), "W2": dlogits.T @ h, "b2": dlogits.sum(0)}


# %%
# reject backward: divides by the number of classes · expects "not by the batch size"
def backward(params, x, y, probs, h):
    dlogits = (probs - F.one_hot(y, probs.shape[1])) / probs.shape[1]
    dz = (dlogits @ params["W2"]) * (1 - h**2)
    return {"W1": dz.T @ x, "b1": dz.sum(0), "W2": dlogits.T @ h, "b2": dlogits.sum(0)}


# %%
# reject backward: 1 - h · expects "1 − h², not 1 − h"
def backward(params, x, y, probs, h):
    dlogits = (probs - F.one_hot(y, probs.shape[1])) / len(x)
    dz = (dlogits @ params["W2"]) * (1 - h)
    return {"W1": dz.T @ x, "b1": dz.sum(0), "W2": dlogits.T @ h, "b2": dlogits.sum(0)}


# %%
# reject backward: h (1 - h), the slope of the sigmoid · expects "which is the sigmoid's"
def backward(params, x, y, probs, h):
    dlogits = (probs - F.one_hot(y, probs.shape[1])) / len(x)
    dz = (dlogits @ params["W2"]) * h * (1 - h)
    return {"W1": dz.T @ x, "b1": dz.sum(0), "W2": dlogits.T @ h, "b2": dlogits.sum(0)}


# %%
# reject backward: no slope of tanh at all · expects "the slope of tanh is missing"
def backward(params, x, y, probs, h):
    dlogits = (probs - F.one_hot(y, probs.shape[1])) / len(x)
    dz = dlogits @ params["W2"]
    return {"W1": dz.T @ x, "b1": dz.sum(0), "W2": dlogits.T @ h, "b2": dlogits.sum(0)}


# %%
# reject backward: tanh applied twice in the slope · expects "h is tanh(z) already"
def backward(params, x, y, probs, h):
    dlogits = (probs - F.one_hot(y, probs.shape[1])) / len(x)
    dz = (dlogits @ params["W2"]) * (1 - torch.tanh(h) ** 2)
    return {"W1": dz.T @ x, "b1": dz.sum(0), "W2": dlogits.T @ h, "b2": dlogits.sum(0)}


# %%
# reject backward: transposed gradients · expects "Is it transposed?"
def backward(params, x, y, probs, h):
    dlogits = (probs - F.one_hot(y, probs.shape[1])) / len(x)
    dz = (dlogits @ params["W2"]) * (1 - h**2)
    return {"W1": x.T @ dz, "b1": dz.sum(0), "W2": h.T @ dlogits, "b2": dlogits.sum(0)}


# %%
# reject backward: one-hot minus probs · expects "the sign is flipped"
def backward(params, x, y, probs, h):
    dlogits = (F.one_hot(y, probs.shape[1]) - probs) / len(x)
    dz = (dlogits @ params["W2"]) * (1 - h**2)
    return {"W1": dz.T @ x, "b1": dz.sum(0), "W2": dlogits.T @ h, "b2": dlogits.sum(0)}


# %%
# reject backward: labels not subtracted · expects "are not subtracted from probs"
def backward(params, x, y, probs, h):
    dlogits = probs / len(x)
    dz = (dlogits @ params["W2"]) * (1 - h**2)
    return {"W1": dz.T @ x, "b1": dz.sum(0), "W2": dlogits.T @ h, "b2": dlogits.sum(0)}


# %%
# reject backward: the softmax derivative once more · expects "do not multiply by p(1 − p) again"
def backward(params, x, y, probs, h):
    dlogits = (probs - F.one_hot(y, probs.shape[1])) * probs * (1 - probs) / len(x)
    dz = (dlogits @ params["W2"]) * (1 - h**2)
    return {"W1": dz.T @ x, "b1": dz.sum(0), "W2": dlogits.T @ h, "b2": dlogits.sum(0)}


# %%
# reject backward: biases averaged after dividing already · expects "sum their rows"
def backward(params, x, y, probs, h):
    dlogits = (probs - F.one_hot(y, probs.shape[1])) / len(x)
    dz = (dlogits @ params["W2"]) * (1 - h**2)
    return {"W1": dz.T @ x, "b1": dz.mean(0), "W2": dlogits.T @ h, "b2": dlogits.mean(0)}


# %%
# reject backward: bias gradients not summed over the batch · expects "the gradient of b2: expected shape"
def backward(params, x, y, probs, h):
    dlogits = (probs - F.one_hot(y, probs.shape[1])) / len(x)
    dz = (dlogits @ params["W2"]) * (1 - h**2)
    return {"W1": dz.T @ x, "b1": dz, "W2": dlogits.T @ h, "b2": dlogits}


# %%
# reject backward: a missing bias · expects "the gradient of b1 is missing"
def backward(params, x, y, probs, h):
    dlogits = (probs - F.one_hot(y, probs.shape[1])) / len(x)
    dz = (dlogits @ params["W2"]) * (1 - h**2)
    return {"W1": dz.T @ x, "W2": dlogits.T @ h, "b2": dlogits.sum(0)}


# %%
# reject backward: divided twice · expects "divided by the batch size twice"
def backward(params, x, y, probs, h):
    dlogits = (probs - F.one_hot(y, probs.shape[1])) / len(x)
    dz = (dlogits @ params["W2"]) * (1 - h**2) / len(x)
    return {"W1": dz.T @ x, "b1": dz.sum(0), "W2": dlogits.T @ h, "b2": dlogits.sum(0)}


# %%
# reject backward: the error written into probs · expects "changes its input in place"
def backward(params, x, y, probs, h):
    probs[torch.arange(len(y)), y] -= 1
    dlogits = probs / len(x)
    dz = (dlogits @ params["W2"]) * (1 - h**2)
    return {"W1": dz.T @ x, "b1": dz.sum(0), "W2": dlogits.T @ h, "b2": dlogits.sum(0)}


# %%
# reject backward: all zeros · expects "every value is zero"
def backward(params, x, y, probs, h):
    return {name: torch.zeros_like(value) for name, value in params.items()}


# %%
# reject backward: one-hot without the number of classes · expects "F.one_hot needs the number of classes"
def backward(params, x, y, probs, h):
    dlogits = (probs - F.one_hot(y)) / len(x)
    dz = (dlogits @ params["W2"]) * (1 - h**2)
    return {"W1": dz.T @ x, "b1": dz.sum(0), "W2": dlogits.T @ h, "b2": dlogits.sum(0)}


# %%
# reject backward: everything divided twice · expects "you divide by the batch size twice"
def backward(params, x, y, probs, h):
    dlogits = (probs - F.one_hot(y, probs.shape[1])) / len(x)
    dz = (dlogits @ params["W2"]) * (1 - h**2)
    grads = {"W1": dz.T @ x, "b1": dz.sum(0), "W2": dlogits.T @ h, "b2": dlogits.sum(0)}
    return {name: value / len(x) for name, value in grads.items()}


# %%
# reject backward: right for one sample only · expects "the gradient of"
def backward(params, x, y, probs, h):
    dlogits = (probs - F.one_hot(y, probs.shape[1]))[:1]
    dz = (dlogits @ params["W2"]) * (1 - h[:1] ** 2)
    return {"W1": dz.T @ x[:1], "b1": dz.sum(0), "W2": dlogits.T @ h[:1], "b2": dlogits.sum(0)}


# %% [markdown]
# # Exercise 5


# %%
# accept numerical_gradient: a fresh dict for every entry
def numerical_gradient(loss, params, eps=1e-5):
    grads = {}
    for name, value in params.items():
        slopes = []
        for i in range(value.numel()):
            step = torch.zeros(value.numel(), dtype=value.dtype)
            step[i] = eps
            step = step.reshape(value.shape)
            up, down = loss({**params, name: value + step}), loss({**params, name: value - step})
            slopes.append(float(up - down) / (2 * eps))
        grads[name] = torch.tensor(slopes, dtype=value.dtype).reshape(value.shape)
    return grads


# %%
# accept numerical_gradient: a copy of all parameters for each side, with many-dimensional indices
def numerical_gradient(loss, params, eps=1e-5):
    import copy
    import itertools

    grads = {name: torch.empty_like(value) for name, value in params.items()}
    for name in params:
        for index in itertools.product(*(range(n) for n in params[name].shape)):
            left, right = copy.deepcopy(params), copy.deepcopy(params)
            left[name][index] -= eps
            right[name][index] += eps
            grads[name][index] = (loss(right) - loss(left)) / eps / 2
    return grads


# %%
# reject numerical_gradient: the stub · expects "not written yet"
def numerical_gradient(loss, params, eps=1e-5):
    raise NotImplementedError()


# %%
# reject numerical_gradient: one-sided to the right · expects "this is the one-sided difference"
def numerical_gradient(loss, params, eps=1e-5):
    grads = {n: torch.zeros_like(v) for n, v in params.items()}
    here = loss(params)
    for name, value in params.items():
        for i in range(value.numel()):
            moved = value.clone()
            moved.view(-1)[i] += eps
            grads[name].view(-1)[i] = (loss({**params, name: moved}) - here) / eps
    return grads


# %%
# reject numerical_gradient: one-sided to the left · expects "to the left"
def numerical_gradient(loss, params, eps=1e-5):
    grads = {n: torch.zeros_like(v) for n, v in params.items()}
    here = loss(params)
    for name, value in params.items():
        for i in range(value.numel()):
            moved = value.clone()
            moved.view(-1)[i] -= eps
            grads[name].view(-1)[i] = (here - loss({**params, name: moved})) / eps
    return grads


# %%
# reject numerical_gradient: divided by eps · expects "divide by 2ε"
def numerical_gradient(loss, params, eps=1e-5):
    grads = {n: torch.zeros_like(v) for n, v in params.items()}
    for name, value in params.items():
        for i in range(value.numel()):
            up, down = value.clone(), value.clone()
            up.view(-1)[i] += eps
            down.view(-1)[i] -= eps
            grads[name].view(-1)[i] = (
                loss({**params, name: up}) - loss({**params, name: down})
            ) / eps
    return grads


# %%
# reject numerical_gradient: forgotten parentheses · expects "write (a − b) / (2 * ε)"
def numerical_gradient(loss, params, eps=1e-5):
    grads = {n: torch.zeros_like(v) for n, v in params.items()}
    for name, value in params.items():
        for i in range(value.numel()):
            up, down = value.clone(), value.clone()
            up.view(-1)[i] += eps
            down.view(-1)[i] -= eps
            grads[name].view(-1)[i] = (
                (loss({**params, name: up}) - loss({**params, name: down})) / 2 * eps
            )
    return grads


# %%
# reject numerical_gradient: below minus above · expects "the sign is flipped"
def numerical_gradient(loss, params, eps=1e-5):
    grads = {n: torch.zeros_like(v) for n, v in params.items()}
    for name, value in params.items():
        for i in range(value.numel()):
            up, down = value.clone(), value.clone()
            up.view(-1)[i] += eps
            down.view(-1)[i] -= eps
            grads[name].view(-1)[i] = (
                loss({**params, name: down}) - loss({**params, name: up})
            ) / (2 * eps)
    return grads


# %%
# reject numerical_gradient: all entries moved at once · expects "the numerical gradient of a"
def numerical_gradient(loss, params, eps=1e-5):
    grads = {}
    for name, value in params.items():
        slope = (loss({**params, name: value + eps}) - loss({**params, name: value - eps})) / (
            2 * eps
        )
        grads[name] = torch.full_like(value, float(slope))
    return grads


# %%
# reject numerical_gradient: entries not put back · expects "an entry is not put back"
def numerical_gradient(loss, params, eps=1e-5):
    shifted = {n: v.clone() for n, v in params.items()}
    grads = {n: torch.zeros_like(v) for n, v in params.items()}
    for name, value in shifted.items():
        flat = value.view(-1)
        for i in range(len(flat)):
            flat[i] += eps
            up = loss(shifted)
            flat[i] -= 2 * eps
            grads[name].view(-1)[i] = (up - loss(shifted)) / (2 * eps)
    return grads


# %%
# reject numerical_gradient: leaves the parameters moved · expects "changes its input in place"
def numerical_gradient(loss, params, eps=1e-5):
    grads = {n: torch.zeros_like(v) for n, v in params.items()}
    for name, value in params.items():
        flat = value.view(-1)
        for i in range(len(flat)):
            flat[i] += eps
            up = loss(params)
            flat[i] -= 2 * eps
            grads[name].view(-1)[i] = (up - loss(params)) / (2 * eps)
    return grads


# %%
# reject numerical_gradient: all zeros · expects "every value is zero"
def numerical_gradient(loss, params, eps=1e-5):
    return {n: torch.zeros_like(v) for n, v in params.items()}


# %%
# reject numerical_gradient: only the first parameter · expects "is missing from the returned dict"
def numerical_gradient(loss, params, eps=1e-5):
    name, value = next(iter(params.items()))
    grad = torch.zeros_like(value)
    for i in range(value.numel()):
        up, down = value.clone(), value.clone()
        up.view(-1)[i] += eps
        down.view(-1)[i] -= eps
        grad.view(-1)[i] = (loss({**params, name: up}) - loss({**params, name: down})) / (2 * eps)
    return {name: grad}


# %%
# reject numerical_gradient: flat results · expects "It has the shape of a itself"
def numerical_gradient(loss, params, eps=1e-5):
    grads = {n: torch.zeros(v.numel()) for n, v in params.items()}
    for name, value in params.items():
        for i in range(value.numel()):
            up, down = value.clone(), value.clone()
            up.view(-1)[i] += eps
            down.view(-1)[i] -= eps
            grads[name][i] = (loss({**params, name: up}) - loss({**params, name: down})) / (2 * eps)
    return grads


# %% [markdown]
# # Exercise 6


# %%
# accept sgd_step: a loop
def sgd_step(params, grads, lr):
    new = {}
    for name in params:
        new[name] = torch.add(params[name], grads[name], alpha=-lr)
    return new


# %%
# accept sgd_step: copies that are changed in place
def sgd_step(params, grads, lr):
    new = {name: value.detach().clone() for name, value in params.items()}
    for name, value in new.items():
        value -= lr * grads[name]
    return new


# %%
# reject sgd_step: the stub · expects "not written yet"
def sgd_step(params, grads, lr):
    raise NotImplementedError()


# %%
# reject sgd_step: up the slope · expects "the step goes up the slope"
def sgd_step(params, grads, lr):
    return {name: value + lr * grads[name] for name, value in params.items()}


# %%
# reject sgd_step: in place · expects "changes its input in place"
def sgd_step(params, grads, lr):
    for name, value in params.items():
        value -= lr * grads[name]
    return params


# %%
# reject sgd_step: replaces the entries of the old dict · expects "changes its input in place"
def sgd_step(params, grads, lr):
    for name in params:
        params[name] = params[name] - lr * grads[name]
    return params


# %%
# reject sgd_step: no learning rate · expects "the learning rate is not used"
def sgd_step(params, grads, lr):
    return {name: value - grads[name] for name, value in params.items()}


# %%
# reject sgd_step: returns the step alone · expects "you return only the step"
def sgd_step(params, grads, lr):
    return {name: lr * grads[name] for name in params}


# %%
# reject sgd_step: returns nothing · expects "nothing is returned"
def sgd_step(params, grads, lr):
    new = {name: value - lr * grads[name] for name, value in params.items()}


# %%
# reject sgd_step: nothing changes · expects "you return the parameters as they were"
def sgd_step(params, grads, lr):
    return params


# %%
# reject sgd_step: divides by the learning rate · expects "you divide by the learning rate"
def sgd_step(params, grads, lr):
    return {name: value - grads[name] / lr for name, value in params.items()}


# %%
# reject sgd_step: knows only the names of this network · expects "sgd_step raised KeyError"
def sgd_step(params, grads, lr):
    return {name: params[name] - lr * grads[name] for name in ("W1", "b1", "W2", "b2")}


# %%
# reject sgd_step: all zeros · expects "every value is zero"
def sgd_step(params, grads, lr):
    return {name: torch.zeros_like(value) for name, value in params.items()}


# %%
# accept train_epoch: ranges over a permutation
def train_epoch(params, x, y, gradients, lr, batch_size, generator):
    order = torch.randperm(x.shape[0], generator=generator)
    for start in range(0, x.shape[0], batch_size):
        take = order[start : start + batch_size]
        params = sgd_step(params, gradients(params, x[take], y[take]), lr)
    return params


# %%
# accept train_epoch: a DataLoader
def train_epoch(params, x, y, gradients, lr, batch_size, generator):
    from torch.utils.data import DataLoader, TensorDataset

    loader = DataLoader(
        TensorDataset(x, y), batch_size=batch_size, shuffle=True, generator=generator
    )
    for bx, by in loader:
        grads = gradients(params, bx, by)
        params = sgd_step(params, grads, lr)
    return params


# %%
# accept train_epoch: shuffled copies, cut into chunks, without sgd_step
def train_epoch(params, x, y, gradients, lr, batch_size, generator):
    shuffled = torch.randperm(len(y), generator=generator)
    params = dict(params)
    for bx, by in zip(x[shuffled].split(batch_size), y[shuffled].split(batch_size)):
        grads = gradients(params, bx, by)
        params = {name: value - lr * grads[name] for name, value in params.items()}
    return params


# %%
# reject train_epoch: the stub · expects "not written yet"
def train_epoch(params, x, y, gradients, lr, batch_size, generator):
    raise NotImplementedError()


# %%
# reject train_epoch: no shuffling · expects "shuffle them"
def train_epoch(params, x, y, gradients, lr, batch_size, generator):
    for take in torch.arange(len(x)).split(batch_size):
        params = sgd_step(params, gradients(params, x[take], y[take]), lr)
    return params


# %%
# reject train_epoch: the last batch is dropped · expects "the last, smaller batch is dropped"
def train_epoch(params, x, y, gradients, lr, batch_size, generator):
    order = torch.randperm(len(x), generator=generator)
    for i in range(len(x) // batch_size):
        take = order[i * batch_size : (i + 1) * batch_size]
        params = sgd_step(params, gradients(params, x[take], y[take]), lr)
    return params


# %%
# reject train_epoch: labels not shuffled with the samples · expects "samples and labels are mixed up"
def train_epoch(params, x, y, gradients, lr, batch_size, generator):
    order = torch.randperm(len(x), generator=generator)
    for i, take in enumerate(order.split(batch_size)):
        labels = y[i * batch_size : i * batch_size + len(take)]
        params = sgd_step(params, gradients(params, x[take], labels), lr)
    return params


# %%
# reject train_epoch: samples drawn with replacement · expects "an epoch visits every sample once"
def train_epoch(params, x, y, gradients, lr, batch_size, generator):
    for size in [batch_size] * (len(x) // batch_size) + [len(x) % batch_size]:
        take = torch.randint(len(x), (size,), generator=generator)
        params = sgd_step(params, gradients(params, x[take], y[take]), lr)
    return params


# %%
# reject train_epoch: gradients always at the first parameters · expects "pass the latest ones"
def train_epoch(params, x, y, gradients, lr, batch_size, generator):
    new = params
    for take in torch.randperm(len(x), generator=generator).split(batch_size):
        new = sgd_step(new, gradients(params, x[take], y[take]), lr)
    return new


# %%
# reject train_epoch: every step from the first parameters · expects "start each from what the step before returned"
def train_epoch(params, x, y, gradients, lr, batch_size, generator):
    for take in torch.randperm(len(x), generator=generator).split(batch_size):
        new = sgd_step(params, gradients(params, x[take], y[take]), lr)
    return new


# %%
# reject train_epoch: the result of sgd_step is thrown away · expects "keep what sgd_step returns"
def train_epoch(params, x, y, gradients, lr, batch_size, generator):
    for take in torch.randperm(len(x), generator=generator).split(batch_size):
        sgd_step(params, gradients(params, x[take], y[take]), lr)
    return params


# %%
# reject train_epoch: the generator is ignored · expects "pass generator=generator"
def train_epoch(params, x, y, gradients, lr, batch_size, generator):
    for take in torch.randperm(len(x)).split(batch_size):
        params = sgd_step(params, gradients(params, x[take], y[take]), lr)
    return params


# %%
# reject train_epoch: the same order in every epoch · expects "both epochs have the same order"
def train_epoch(params, x, y, gradients, lr, batch_size, generator):
    for take in torch.randperm(len(x), generator=torch.Generator().manual_seed(0)).split(
        batch_size
    ):
        params = sgd_step(params, gradients(params, x[take], y[take]), lr)
    return params


# %%
# reject train_epoch: one step with the whole data · expects "expected batches of 5, 5, 5, 5 and 3"
def train_epoch(params, x, y, gradients, lr, batch_size, generator):
    order = torch.randperm(len(x), generator=generator)
    return sgd_step(params, gradients(params, x[order], y[order]), lr)


# %%
# reject train_epoch: one step per sample · expects "expected batches of 5, 5, 5, 5 and 3"
def train_epoch(params, x, y, gradients, lr, batch_size, generator):
    for take in torch.randperm(len(x), generator=generator):
        params = sgd_step(params, gradients(params, x[take][None], y[take][None]), lr)
    return params


# %%
# reject train_epoch: returns after the first batch · expects "an epoch visits every sample once"
def train_epoch(params, x, y, gradients, lr, batch_size, generator):
    for take in torch.randperm(len(x), generator=generator).split(batch_size):
        params = sgd_step(params, gradients(params, x[take], y[take]), lr)
        return params


# %% [markdown]
# # Exercise 7


# %%
# accept autograd_step: zeroes before, updates through .data
def autograd_step(loss_fn, params, x, y, lr):
    for value in params.values():
        if value.grad is not None:
            value.grad.zero_()
    loss = loss_fn(params, x, y)
    loss.backward()
    for value in params.values():
        value.data.sub_(lr * value.grad)
    return float(loss)


# %%
# accept autograd_step: torch.autograd.grad, which never touches .grad
def autograd_step(loss_fn, params, x, y, lr):
    loss = loss_fn(params, x, y)
    grads = torch.autograd.grad(loss, list(params.values()))
    with torch.no_grad():
        for value, grad in zip(params.values(), grads):
            value.copy_(value - lr * grad)
    return loss.item()


# %%
# accept autograd_step: new leaves in the same dict
def autograd_step(loss_fn, params, x, y, lr):
    loss = loss_fn(params, x, y)
    loss.backward()
    for name in list(params):
        params[name] = (params[name] - lr * params[name].grad).detach().requires_grad_()
    return loss.item()


# %%
# reject autograd_step: the stub · expects "not written yet"
def autograd_step(loss_fn, params, x, y, lr):
    raise NotImplementedError()


# %%
# reject autograd_step: gradients accumulate · expects "gradients pile up"
def autograd_step(loss_fn, params, x, y, lr):
    loss = loss_fn(params, x, y)
    loss.backward()
    with torch.no_grad():
        for value in params.values():
            value -= lr * value.grad
    return loss.item()


# %%
# reject autograd_step: no no_grad · expects "torch.no_grad"
def autograd_step(loss_fn, params, x, y, lr):
    loss = loss_fn(params, x, y)
    loss.backward()
    for value in params.values():
        value -= lr * value.grad
        value.grad = None
    return loss.item()


# %%
# reject autograd_step: new tensors that nobody keeps · expects "the parameters did not change"
def autograd_step(loss_fn, params, x, y, lr):
    loss = loss_fn(params, x, y)
    loss.backward()
    with torch.no_grad():
        for value in params.values():
            grad, value.grad = value.grad, None
            value = value - lr * grad
    return loss.item()


# %%
# reject autograd_step: new tensors without requires_grad · expects "lost its requires_grad"
def autograd_step(loss_fn, params, x, y, lr):
    loss = loss_fn(params, x, y)
    loss.backward()
    with torch.no_grad():
        for name in params:
            params[name] = params[name] - lr * params[name].grad
    return loss.item()


# %%
# reject autograd_step: up the slope · expects "the step goes up the slope"
def autograd_step(loss_fn, params, x, y, lr):
    loss = loss_fn(params, x, y)
    loss.backward()
    with torch.no_grad():
        for value in params.values():
            value += lr * value.grad
            value.grad = None
    return loss.item()


# %%
# reject autograd_step: the loss after the step · expects "that is the loss after the step"
def autograd_step(loss_fn, params, x, y, lr):
    loss_fn(params, x, y).backward()
    with torch.no_grad():
        for value in params.values():
            value -= lr * value.grad
            value.grad = None
    return loss_fn(params, x, y).item()


# %%
# reject autograd_step: backward is forgotten · expects "autograd_step raised TypeError"
def autograd_step(loss_fn, params, x, y, lr):
    loss = loss_fn(params, x, y)
    with torch.no_grad():
        for value in params.values():
            value -= lr * value.grad
    return loss.item()


# %%
# reject autograd_step: zeroes between backward and update · expects "the parameters did not change"
def autograd_step(loss_fn, params, x, y, lr):
    loss = loss_fn(params, x, y)
    loss.backward()
    with torch.no_grad():
        for value in params.values():
            value.grad.zero_()
            value -= lr * value.grad
    return loss.item()


# %%
# reject autograd_step: no learning rate · expects "the learning rate is not used"
def autograd_step(loss_fn, params, x, y, lr):
    loss = loss_fn(params, x, y)
    loss.backward()
    with torch.no_grad():
        for value in params.values():
            value -= value.grad
            value.grad = None
    return loss.item()


# %%
# reject autograd_step: returns the tensor · expects "use .item()"
def autograd_step(loss_fn, params, x, y, lr):
    loss = loss_fn(params, x, y)
    loss.backward()
    with torch.no_grad():
        for value in params.values():
            value -= lr * value.grad
            value.grad = None
    return loss


# %% [markdown]
# # Exercise 8


# %%
# accept mlp: nn.Sequential
class MLP(nn.Module):
    def __init__(self, d_in, d_hidden, n_classes):
        super().__init__()
        self.net = nn.Sequential(
            nn.Linear(d_in, d_hidden), nn.Tanh(), nn.Linear(d_hidden, n_classes)
        )

    def forward(self, x):
        return self.net(x)


# %%
# accept mlp: own parameters, weights stored as (in, out)
class MLP(nn.Module):
    def __init__(self, d_in, d_hidden, n_classes):
        super().__init__()
        self.A = nn.Parameter(torch.randn(d_in, d_hidden) / math.sqrt(d_in))
        self.a = nn.Parameter(torch.randn(d_hidden))
        self.B = nn.Parameter(torch.randn(d_hidden, n_classes) / math.sqrt(d_hidden))
        self.b = nn.Parameter(torch.randn(n_classes))

    def forward(self, x):
        return (x @ self.A + self.a).tanh() @ self.B + self.b


# %%
# reject mlp: the stub · expects "MLP is not written yet"
class MLP(nn.Module):
    def __init__(self, d_in, d_hidden, n_classes):
        super().__init__()
        raise NotImplementedError()

    def forward(self, x):
        raise NotImplementedError()


# %%
# reject mlp: softmax at the end · expects "return logits"
class MLP(nn.Module):
    def __init__(self, d_in, d_hidden, n_classes):
        super().__init__()
        self.net = nn.Sequential(
            nn.Linear(d_in, d_hidden), nn.Tanh(), nn.Linear(d_hidden, n_classes), nn.Softmax(dim=1)
        )

    def forward(self, x):
        return self.net(x)


# %%
# reject mlp: log-softmax at the end · expects "return logits"
class MLP(nn.Module):
    def __init__(self, d_in, d_hidden, n_classes):
        super().__init__()
        self.net = nn.Sequential(
            nn.Linear(d_in, d_hidden),
            nn.Tanh(),
            nn.Linear(d_hidden, n_classes),
            nn.LogSoftmax(dim=1),
        )

    def forward(self, x):
        return self.net(x)


# %%
# reject mlp: no nonlinearity · expects "is tanh missing?"
class MLP(nn.Module):
    def __init__(self, d_in, d_hidden, n_classes):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(d_in, d_hidden), nn.Linear(d_hidden, n_classes))

    def forward(self, x):
        return self.net(x)


# %%
# reject mlp: ReLU · expects "is tanh missing?"
class MLP(nn.Module):
    def __init__(self, d_in, d_hidden, n_classes):
        super().__init__()
        self.net = nn.Sequential(
            nn.Linear(d_in, d_hidden), nn.ReLU(), nn.Linear(d_hidden, n_classes)
        )

    def forward(self, x):
        return self.net(x)


# %%
# reject mlp: sigmoid · expects "without biases, model(−x)"
class MLP(nn.Module):
    def __init__(self, d_in, d_hidden, n_classes):
        super().__init__()
        self.net = nn.Sequential(
            nn.Linear(d_in, d_hidden), nn.Sigmoid(), nn.Linear(d_hidden, n_classes)
        )

    def forward(self, x):
        return self.net(x)


# %%
# reject mlp: no biases · expects "the biases are missing"
class MLP(nn.Module):
    def __init__(self, d_in, d_hidden, n_classes):
        super().__init__()
        self.hidden = nn.Linear(d_in, d_hidden, bias=False)
        self.output = nn.Linear(d_hidden, n_classes, bias=False)

    def forward(self, x):
        return self.output(torch.tanh(self.hidden(x)))


# %%
# reject mlp: layers in a plain list, not registered · expects "a plain Python list hides them"
class MLP(nn.Module):
    def __init__(self, d_in, d_hidden, n_classes):
        super().__init__()
        self.layers = [nn.Linear(d_in, d_hidden), nn.Linear(d_hidden, n_classes)]

    def forward(self, x):
        return self.layers[1](torch.tanh(self.layers[0](x)))


# %%
# reject mlp: one layer only · expects "expected 59 parameters"
class MLP(nn.Module):
    def __init__(self, d_in, d_hidden, n_classes):
        super().__init__()
        self.output = nn.Linear(d_in, n_classes)

    def forward(self, x):
        return torch.tanh(self.output(x))


# %%
# reject mlp: all zeros · expects "model(x)"
class MLP(nn.Module):
    def __init__(self, d_in, d_hidden, n_classes):
        super().__init__()
        self.hidden = nn.Linear(d_in, d_hidden)
        self.output = nn.Linear(d_hidden, n_classes)

    def forward(self, x):
        return 0 * self.output(torch.tanh(self.hidden(x)))


# %%
# reject mlp: tanh on the logits, too · expects "nothing may follow the last layer"
class MLP(nn.Module):
    def __init__(self, d_in, d_hidden, n_classes):
        super().__init__()
        self.hidden = nn.Linear(d_in, d_hidden)
        self.output = nn.Linear(d_hidden, n_classes)

    def forward(self, x):
        return torch.tanh(self.output(torch.tanh(self.hidden(x))))


# %%
# accept train_step: zeroes after the step, functional loss
def train_step(model, optimizer, x, y):
    loss = F.cross_entropy(model(x), y)
    loss.backward()
    optimizer.step()
    optimizer.zero_grad(set_to_none=False)
    return float(loss)


# %%
# accept train_step: log-softmax and nll
def train_step(model, optimizer, x, y):
    optimizer.zero_grad()
    loss = F.nll_loss(torch.log_softmax(model(x), dim=-1), y)
    loss.backward()
    optimizer.step()
    return loss.detach().item()


# %%
# reject train_step: the stub · expects "not written yet"
def train_step(model, optimizer, x, y):
    raise NotImplementedError()


# %%
# reject train_step: gradients accumulate · expects "gradients pile up"
def train_step(model, optimizer, x, y):
    loss = nn.CrossEntropyLoss()(model(x), y)
    loss.backward()
    optimizer.step()
    return loss.item()


# %%
# reject train_step: no step · expects "the weights did not change"
def train_step(model, optimizer, x, y):
    loss = nn.CrossEntropyLoss()(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    return loss.item()


# %%
# reject train_step: no backward · expects "the weights did not change"
def train_step(model, optimizer, x, y):
    loss = nn.CrossEntropyLoss()(model(x), y)
    optimizer.zero_grad()
    optimizer.step()
    return loss.item()


# %%
# reject train_step: zeroes between backward and step · expects "the weights did not change"
def train_step(model, optimizer, x, y):
    loss = nn.CrossEntropyLoss()(model(x), y)
    loss.backward()
    optimizer.zero_grad()
    optimizer.step()
    return loss.item()


# %%
# reject train_step: softmax before the loss · expects "do not apply softmax first"
def train_step(model, optimizer, x, y):
    loss = nn.CrossEntropyLoss()(torch.softmax(model(x), dim=1), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


# %%
# reject train_step: the loss of exercise 3, on logits · expects "the loss of exercise 3 takes probabilities"
def train_step(model, optimizer, x, y):
    loss = cross_entropy(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


# %%
# reject train_step: sum over the batch · expects "the loss is a sum over the batch"
def train_step(model, optimizer, x, y):
    loss = nn.CrossEntropyLoss(reduction="sum")(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


# %%
# reject train_step: the loss after the step · expects "that is the loss after the step"
def train_step(model, optimizer, x, y):
    optimizer.zero_grad()
    nn.CrossEntropyLoss()(model(x), y).backward()
    optimizer.step()
    return nn.CrossEntropyLoss()(model(x), y).item()


# %%
# reject train_step: returns nothing · expects "got None"
def train_step(model, optimizer, x, y):
    loss = nn.CrossEntropyLoss()(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()


# %%
# reject train_step: an optimizer of its own · expects "after one step, the"
def train_step(model, optimizer, x, y):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    loss = nn.CrossEntropyLoss()(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()
