# %%
# accept: a gate for each token, whose gradient is the score
def gradient_times_input(function, vectors):
    gates = torch.ones(vectors.shape[:2], dtype=vectors.dtype, device=vectors.device)
    gates.requires_grad_()
    out = function(vectors.detach() * gates.unsqueeze(-1))
    return torch.autograd.grad(out.sum(), gates)[0]


# %%
# accept: backward that reaches the vectors only
def gradient_times_input(function, vectors):
    x = vectors.detach().clone()
    x.requires_grad = True
    function(x).sum().backward(inputs=[x])
    return torch.einsum("btd,btd->bt", x.grad, vectors.detach())


# %%
# accept: torch.func.grad
def gradient_times_input(function, vectors):
    gradient = torch.func.grad(lambda x: function(x).sum())(vectors.detach())
    return (gradient * vectors).sum(2).detach()


# %%
# accept: text by text
def gradient_times_input(function, vectors):
    leaf = vectors.clone().detach().requires_grad_(True)
    out = function(leaf)
    rows = []
    for b in range(len(out)):
        gradient = torch.autograd.grad(out[b], leaf, retain_graph=True)[0][b]
        rows.append((gradient * leaf[b]).sum(-1))
    return torch.stack(rows).detach()


# %%
# accept: the vectors keep their graph, a weight for each output
def gradient_times_input(function, vectors):
    with torch.enable_grad():
        x = vectors.clone() if vectors.requires_grad else vectors.clone().requires_grad_()
        out = function(x)
        gradient = torch.autograd.grad(out, x, grad_outputs=torch.ones_like(out))[0]
    with torch.no_grad():
        return torch.linalg.vecdot(gradient, x)


# %%
# reject: all zeros · expects "every value is zero"

# %%
# reject: the gradient alone · expects "multiply it by the vectors"
# - return (gradient * x.detach()).sum(dim=-1)  # (B, T)
# + return gradient.sum(dim=-1)

# %%
# reject: the length of the gradient · expects "that is the length of the gradient"
# - return (gradient * x.detach()).sum(dim=-1)  # (B, T)
# + return gradient.norm(dim=-1)

# %%
# reject: the signs are lost · expects "the scores lost their signs"
# - return (gradient * x.detach()).sum(dim=-1)  # (B, T)
# + return (gradient * x.detach()).sum(dim=-1).abs()

# %%
# reject: absolute values are summed · expects "absolute values are summed"
# - return (gradient * x.detach()).sum(dim=-1)  # (B, T)
# + return (gradient * x.detach()).abs().sum(dim=-1)

# %%
# reject: the mean over d_model · expects "averaged over d_model"
# - return (gradient * x.detach()).sum(dim=-1)  # (B, T)
# + return (gradient * x.detach()).mean(dim=-1)

# %%
# reject: the mean over the texts · expects "sum the outputs"
# - (gradient,) = torch.autograd.grad(function(x).sum(), x)
# + (gradient,) = torch.autograd.grad(function(x).mean(), x)

# %%
# reject: the first text alone · expects "only the first text has scores"
# - (gradient,) = torch.autograd.grad(function(x).sum(), x)
# + (gradient,) = torch.autograd.grad(function(x)[0], x)

# %%
# reject: scaled to a sum of 1 · expects "the scores are scaled"
# - return (gradient * x.detach()).sum(dim=-1)  # (B, T)
# + scores = (gradient * x.detach()).sum(dim=-1)
# + return scores / scores.abs().sum(dim=1, keepdim=True)

# %%
# reject: not summed · expects "One score for each token: sum over d_model"
# - return (gradient * x.detach()).sum(dim=-1)  # (B, T)
# + return gradient * x.detach()

# %%
# reject: summed over the tokens · expects "sum over d_model, the last dimension"
# - return (gradient * x.detach()).sum(dim=-1)  # (B, T)
# + return (gradient * x.detach()).sum(dim=1)

# %%
# reject: the outputs are not summed · expects "take the sum of several"
# - (gradient,) = torch.autograd.grad(function(x).sum(), x)
# + (gradient,) = torch.autograd.grad(function(x), x)


# %%
# reject: no gradient was asked for · expects "nothing was recorded"
def gradient_times_input(function, vectors):
    x = vectors.detach()
    (gradient,) = torch.autograd.grad(function(x).sum(), x)
    return (gradient * x).sum(dim=-1)


# %%
# reject: backward fills the weights' gradients too · expects "not backward()"
# - (gradient,) = torch.autograd.grad(function(x).sum(), x)
# - return (gradient * x.detach()).sum(dim=-1)  # (B, T)
# + function(x).sum().backward()
# + return (x.grad * x.detach()).sum(dim=-1)

# %%
# reject: the scores hang on the graph · expects "return them detached"
# - return (gradient * x.detach()).sum(dim=-1)  # (B, T)
# + return (gradient * x).sum(dim=-1)


# %%
# reject: the input requires a gradient afterwards · expects "work on vectors.detach()"
def gradient_times_input(function, vectors):
    vectors.requires_grad_()
    (gradient,) = torch.autograd.grad(function(vectors).sum(), vectors)
    return (gradient * vectors).sum(dim=-1).detach()


# %%
# reject: only for vectors without a graph · expects "detach them first"
def gradient_times_input(function, vectors):
    x = vectors.detach().requires_grad_() if vectors.is_leaf else vectors
    function(x).sum().backward(inputs=[x] if x.is_leaf else None)
    return (x.grad * x).sum(dim=-1).detach()


# %%
# reject: the tuple is multiplied · expects "torch.autograd.grad, for one, returns a tuple"
# - (gradient,) = torch.autograd.grad(function(x).sum(), x)
# + gradient = torch.autograd.grad(function(x).sum(), x)

# %%
# reject: the tuple is not unpacked · expects "expected a torch.Tensor, got a tuple"
# - (gradient,) = torch.autograd.grad(function(x).sum(), x)
# - return (gradient * x.detach()).sum(dim=-1)  # (B, T)
# + return torch.autograd.grad(function(x).sum(), x)
