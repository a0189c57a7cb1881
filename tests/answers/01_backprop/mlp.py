# %%
# accept: nn.Sequential
class MLP(nn.Module):
    def __init__(self, d_in, d_hidden, n_classes):
        super().__init__()
        self.net = nn.Sequential(
            nn.Linear(d_in, d_hidden), nn.Tanh(), nn.Linear(d_hidden, n_classes)
        )

    def forward(self, x):
        return self.net(x)


# %%
# accept: own parameters, weights stored as (in, out)
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
# reject: the stub · expects "MLP is not written yet"
# - self.hidden = nn.Linear(d_in, d_hidden)
# - self.output = nn.Linear(d_hidden, n_classes)
# + raise NotImplementedError()
#
# - return self.output(torch.tanh(self.hidden(x)))
# + raise NotImplementedError()

# %%
# reject: softmax at the end · expects "return logits"
# in: nn.Sequential
# - nn.Linear(d_in, d_hidden), nn.Tanh(), nn.Linear(d_hidden, n_classes)
# + nn.Linear(d_in, d_hidden), nn.Tanh(), nn.Linear(d_hidden, n_classes), nn.Softmax(dim=1)

# %%
# reject: log-softmax at the end · expects "return logits"
# in: nn.Sequential
# - nn.Linear(d_in, d_hidden), nn.Tanh(), nn.Linear(d_hidden, n_classes)
# + nn.Linear(d_in, d_hidden),
# + nn.Tanh(),
# + nn.Linear(d_hidden, n_classes),
# + nn.LogSoftmax(dim=1),

# %%
# reject: no nonlinearity · expects "is tanh missing?"
# in: nn.Sequential
# - self.net = nn.Sequential(
# -     nn.Linear(d_in, d_hidden), nn.Tanh(), nn.Linear(d_hidden, n_classes)
# - )
# + self.net = nn.Sequential(nn.Linear(d_in, d_hidden), nn.Linear(d_hidden, n_classes))

# %%
# reject: ReLU · expects "is tanh missing?"
# in: nn.Sequential
# - nn.Linear(d_in, d_hidden), nn.Tanh(), nn.Linear(d_hidden, n_classes)
# + nn.Linear(d_in, d_hidden), nn.ReLU(), nn.Linear(d_hidden, n_classes)

# %%
# reject: sigmoid · expects "without biases, model(−x)"
# in: nn.Sequential
# - nn.Linear(d_in, d_hidden), nn.Tanh(), nn.Linear(d_hidden, n_classes)
# + nn.Linear(d_in, d_hidden), nn.Sigmoid(), nn.Linear(d_hidden, n_classes)

# %%
# reject: no biases · expects "the biases are missing"
# - self.hidden = nn.Linear(d_in, d_hidden)
# - self.output = nn.Linear(d_hidden, n_classes)
# + self.hidden = nn.Linear(d_in, d_hidden, bias=False)
# + self.output = nn.Linear(d_hidden, n_classes, bias=False)

# %%
# reject: layers in a plain list, not registered · expects "a plain Python list hides them"
# - self.hidden = nn.Linear(d_in, d_hidden)
# - self.output = nn.Linear(d_hidden, n_classes)
# + self.layers = [nn.Linear(d_in, d_hidden), nn.Linear(d_hidden, n_classes)]
#
# - return self.output(torch.tanh(self.hidden(x)))
# + return self.layers[1](torch.tanh(self.layers[0](x)))

# %%
# reject: one layer only · expects "expected 59 parameters"
# - self.hidden = nn.Linear(d_in, d_hidden)
# - self.output = nn.Linear(d_hidden, n_classes)
# + self.output = nn.Linear(d_in, n_classes)
#
# - return self.output(torch.tanh(self.hidden(x)))
# + return torch.tanh(self.output(x))

# %%
# reject: all zeros · expects "model(x)"

# %%
# reject: tanh on the logits, too · expects "nothing may follow the last layer"
# - return self.output(torch.tanh(self.hidden(x)))
# + return torch.tanh(self.output(torch.tanh(self.hidden(x))))

# %%
# reject: lazy layers · expects "MLP: a lazy layer has no size yet"
# - self.hidden = nn.Linear(d_in, d_hidden)
# - self.output = nn.Linear(d_hidden, n_classes)
# + self.hidden = nn.LazyLinear(d_hidden)
# + self.output = nn.LazyLinear(n_classes)
