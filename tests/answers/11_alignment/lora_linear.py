# %%
# accept: two linear layers without a bias
class LoRALinear(nn.Module):
    def __init__(self, layer, rank, alpha):
        super().__init__()
        self.inner = layer
        for p in layer.parameters():
            p.requires_grad = False
        self.down = nn.Linear(layer.in_features, rank, bias=False)
        self.up = nn.Linear(rank, layer.out_features, bias=False)
        nn.init.normal_(self.down.weight, std=layer.in_features**-0.5)
        nn.init.zeros_(self.up.weight)
        self.to(layer.weight.device, layer.weight.dtype)
        self.factor = alpha / rank

    def change(self):
        return self.factor * torch.mm(self.up.weight, self.down.weight)

    def forward(self, x):
        return self.inner(x) + self.up(self.down(x)) * self.factor


# %%
# accept: through the large matrix, and the layer first
class LoRALinear(nn.Module):
    def __init__(self, layer, rank, alpha):
        super().__init__()
        self.layer, self.rank, self.alpha = layer, rank, alpha
        self.layer.requires_grad_(False)
        d_out, d_in = layer.weight.shape
        self.b = nn.Parameter(torch.zeros(d_out, rank))
        self.a = nn.Parameter(torch.randn(rank, d_in) / math.sqrt(d_in))

    def change(self):
        return torch.einsum("or,ri->oi", self.b, self.a) * self.alpha / self.rank

    def forward(self, x):
        return F.linear(x, self.layer.weight + self.change(), self.layer.bias)


# %%
# reject: the layer still learns · expects "the layer's own weight and bias still learn"
# - self.layer, self.scale = layer.requires_grad_(False), alpha / rank
# + self.layer, self.scale = layer, alpha / rank

# %%
# reject: plain tensors · expects "Only an nn.Parameter is found by the optimizer"
# - self.B = nn.Parameter(weight.new_zeros(weight.shape[0], rank))
# + self.B = weight.new_zeros(weight.shape[0], rank)

# %%
# reject: both zero · expects "A begins at random"
# - torch.randn(rank, weight.shape[1]).to(weight) / weight.shape[1] ** 0.5
# + torch.randn(rank, weight.shape[1]).to(weight) * 0

# %%
# reject: both random · expects "B begins at zero"
# - self.B = nn.Parameter(weight.new_zeros(weight.shape[0], rank))
# + self.B = nn.Parameter(torch.ones(weight.shape[0], rank).to(weight))

# %%
# reject: standard deviation 1 · expects "A's standard deviation should be"
# - torch.randn(rank, weight.shape[1]).to(weight) / weight.shape[1] ** 0.5
# + torch.randn(rank, weight.shape[1]).to(weight) / 1.0

# %%
# reject: transposed · expects "what learns should be A"
# - torch.randn(rank, weight.shape[1]).to(weight) / weight.shape[1] ** 0.5
# + torch.randn(weight.shape[1], rank).to(weight) / weight.shape[1] ** 0.5

# %%
# reject: no scale · expects "scale by alpha / rank."
# - self.layer, self.scale = layer.requires_grad_(False), alpha / rank
# + self.layer, self.scale = layer.requires_grad_(False), 1.0

# %%
# reject: scaled by alpha · expects "not by alpha."
# - self.layer, self.scale = layer.requires_grad_(False), alpha / rank
# + self.layer, self.scale = layer.requires_grad_(False), alpha

# %%
# reject: upside down · expects "not by rank / alpha"
# - self.layer, self.scale = layer.requires_grad_(False), alpha / rank
# + self.layer, self.scale = layer.requires_grad_(False), rank / alpha

# %%
# reject: the change is not scaled · expects "scale by alpha / rank."
# - return self.scale * self.B @ self.A
# + return self.B @ self.A

# %%
# reject: the output is not scaled · expects "scale by alpha / rank."
# - return self.layer(x) + self.scale * (x @ self.A.T @ self.B.T)
# + return self.layer(x) + x @ self.A.T @ self.B.T

# %%
# reject: the layer's output is missing · expects "at the start"
# - return self.layer(x) + self.scale * (x @ self.A.T @ self.B.T)
# + return self.scale * (x @ self.A.T @ self.B.T)

# %%
# reject: the adapter is not used · expects "the adapter is not added"
# - return self.layer(x) + self.scale * (x @ self.A.T @ self.B.T)
# + return self.layer(x)

# %%
# reject: cut off from the gradient · expects "gradients"
# - return self.layer(x) + self.scale * (x @ self.A.T @ self.B.T)
# + return self.layer(x) + self.scale * (x @ self.A.T @ self.B.T).detach()

# %%
# reject: needs a bias · expects "'NoneType' object has no attribute"
# - self.layer, self.scale = layer.requires_grad_(False), alpha / rank
# + self.layer, self.scale = layer, alpha / rank
# + layer.weight.requires_grad = False
# + layer.bias.requires_grad = False

# %%
# reject: the bias is forgotten · expects "the layer's bias is missing"
# - return self.layer(x) + self.scale * (x @ self.A.T @ self.B.T)
# + return x @ self.layer.weight.T + self.scale * (x @ self.A.T @ self.B.T)

# %%
# reject: uniform · expects "normal numbers, torch.randn"
# - torch.randn(rank, weight.shape[1]).to(weight) / weight.shape[1] ** 0.5
# + torch.rand(rank, weight.shape[1]).to(weight) / weight.shape[1] ** 0.5

# %%
# reject: divided by the number of inputs · expects "the square root of d_in"
# - torch.randn(rank, weight.shape[1]).to(weight) / weight.shape[1] ** 0.5
# + torch.randn(rank, weight.shape[1]).to(weight) / weight.shape[1]

# %%
# reject: columns for rows · expects "forward"
# - return self.layer(x) + self.scale * (x @ self.A.T @ self.B.T)
# + return self.layer(x) + self.scale * (x @ self.A @ self.B)
