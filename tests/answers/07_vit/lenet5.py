# %%
# accept: tanh and average pooling, as in 1998
class LeNet5(nn.Module):
    def __init__(self):
        super().__init__()
        self.c1, self.c3 = nn.Conv2d(3, 6, 5), nn.Conv2d(6, 16, 5)
        self.c5, self.f6, self.out = nn.Linear(400, 120), nn.Linear(120, 84), nn.Linear(84, 10)

    def forward(self, x):
        x = F.avg_pool2d(self.c1(x).tanh(), 2)
        x = F.avg_pool2d(self.c3(x).tanh(), 2)
        x = self.c5(x.flatten(1)).tanh()
        return self.out(self.f6(x).tanh())


# %%
# accept: one Sequential, the third layer a convolution, pooled before the activation
class LeNet5(nn.Sequential):
    def __init__(self):
        super().__init__(
            nn.Conv2d(3, 6, 5),
            nn.AvgPool2d(2, 2),
            nn.ReLU(),
            nn.Conv2d(6, 16, 5),
            nn.AvgPool2d(2, 2),
            nn.ReLU(),
            nn.Conv2d(16, 120, 5),
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(120, 84),
            nn.ReLU(),
            nn.Linear(84, 10),
        )


# %%
# accept: LeCun's scaled tanh in the convolutions, GELU after, layers in a ModuleDict
class LeNet5(nn.Module):
    def __init__(self):
        super().__init__()
        self.parts = nn.ModuleDict(
            {
                "last": nn.Linear(84, 10),
                "b": nn.Conv2d(6, 16, (5, 5)),
                "a": nn.Conv2d(3, 6, (5, 5)),
                "c": nn.Linear(16 * 5 * 5, 120),
                "d": nn.Linear(120, 84),
            }
        )

    def forward(self, x):
        for name in "ab":
            x = F.max_pool2d(1.7159 * torch.tanh(2 / 3 * self.parts[name](x)), 2)
        x = x.permute(0, 2, 3, 1).reshape(-1, 400)
        for name in "cd":
            x = F.gelu(self.parts[name](x))
        return self.parts["last"](x)


# %%
# accept: adaptive pooling to the sizes of the table, sigmoid, own initialization
class LeNet5(nn.Module):
    def __init__(self):
        super().__init__()
        self.convolutions = nn.ModuleList([nn.Conv2d(3, 6, 5), nn.Conv2d(6, 16, 5)])
        self.linears = nn.ModuleList(
            [nn.Linear(a, b) for a, b in ((400, 120), (120, 84), (84, 10))]
        )
        for layer in self.linears:
            nn.init.xavier_normal_(layer.weight)

    def forward(self, x):
        for convolution, size in zip(self.convolutions, (14, 5)):
            x = F.adaptive_max_pool2d(torch.sigmoid(convolution(x)), size)
        x = torch.flatten(x, 1)
        for layer in self.linears[:-1]:
            x = torch.sigmoid(layer(x))
        return self.linears[-1](x)


# %%
# reject: every result is zero · expects "depends on no pixel"

# %%
# reject: no forward · expects "LeNet5 is not written yet"
# - return self.decision(self.features(x).flatten(1))
# + raise NotImplementedError("not written yet")


# %%
# reject: all zeros · expects "the table has a layer with 6 outputs"
class LeNet5(nn.Module):
    def __init__(self):
        super().__init__()
        self.unused = nn.Linear(3, 2)

    def forward(self, x):
        return torch.zeros(len(x), 10)


# %%
# reject: softmax at the end · expects "softmax belongs in the loss"
#   nn.Linear(84, 10),
# + nn.Softmax(dim=1),

# %%
# reject: log-softmax at the end · expects "these are log-probabilities"
# - return self.decision(self.features(x).flatten(1))
# + return self.decision(self.features(x).flatten(1)).log_softmax(dim=1)

# %%
# reject: ReLU at the end · expects "an activation follows the last layer, here ReLU"
#   nn.Linear(84, 10),
# + nn.ReLU(),

# %%
# reject: tanh at the end · expects "an activation follows the last layer, here tanh"
# in: tanh and average pooling, as in 1998
# - return self.out(self.f6(x).tanh())
# + return self.out(self.f6(x).tanh()).tanh()

# %%
# reject: no activation after the first convolution · expects "no activation after the first convolution"
#   nn.Conv2d(3, 6, 5),
# - nn.ReLU(),

# %%
# reject: no activation after the second convolution · expects "no activation after the second convolution"
# in: tanh and average pooling, as in 1998
# - x = F.avg_pool2d(self.c3(x).tanh(), 2)
# + x = F.avg_pool2d(self.c3(x), 2)

# %%
# reject: linear layers without activation · expects "no activation after the first linear layer"
#   nn.Linear(400, 120),
# - nn.ReLU(),
#   nn.Linear(120, 84),
# - nn.ReLU(),

# %%
# reject: no activation before the last layer · expects "no activation after the second linear layer"
#   nn.Linear(120, 84),
# - nn.ReLU(),

# %%
# reject: strides instead of pooling · expects "a stride in the convolutions instead of pooling"
# in: tanh and average pooling, as in 1998
# - self.c1, self.c3 = nn.Conv2d(3, 6, 5), nn.Conv2d(6, 16, 5)
# + self.c1, self.c3 = nn.Conv2d(3, 6, 5, stride=2), nn.Conv2d(6, 16, 5, stride=2)
#
# - x = F.avg_pool2d(self.c1(x).tanh(), 2)
# - x = F.avg_pool2d(self.c3(x).tanh(), 2)
# + x = self.c1(x).tanh()
# + x = self.c3(x).tanh()

# %%
# reject: pooling of 3 · expects "Are the poolings larger than 2?"
# - nn.MaxPool2d(2),  # (B, 6, 14, 14)
# + nn.MaxPool2d(3, 2, padding=1),
#
# - nn.MaxPool2d(2),  # (B, 16, 5, 5)
# + nn.MaxPool2d(3, 2, padding=1),

# %%
# reject: padded convolutions, pooled to 5 × 5 · expects "Do the convolutions pad their input?"
# - nn.Conv2d(3, 6, 5),
# + nn.Conv2d(3, 6, 5, padding=2),
#
# - nn.Conv2d(6, 16, 5),
# + nn.Conv2d(6, 16, 5, padding=2),
#
# - nn.MaxPool2d(2),  # (B, 16, 5, 5)
# + nn.AdaptiveMaxPool2d(5),

# %%
# reject: padding in the first convolution, as for the digits · expects "the first convolution pads its input"
# - nn.Conv2d(3, 6, 5),
# + nn.Conv2d(3, 6, 5, padding=2),
#
# - nn.Linear(400, 120),
# + nn.Linear(576, 120),

# %%
# reject: no biases · expects "the layers have no bias"
# in: adaptive pooling to the sizes of the table, sigmoid, own initialization
# - self.convolutions = nn.ModuleList([nn.Conv2d(3, 6, 5), nn.Conv2d(6, 16, 5)])
# + self.convolutions = nn.ModuleList(
# +     [nn.Conv2d(3, 6, 5, bias=False), nn.Conv2d(6, 16, 5, bias=False)]
# + )
#
# - [nn.Linear(a, b) for a, b in ((400, 120), (120, 84), (84, 10))]
# + [nn.Linear(a, b, bias=False) for a, b in ((400, 120), (120, 84), (84, 10))]

# %%
# reject: one gray channel · expects "to have 1 channels, but got 3 channels"
# - nn.Conv2d(3, 6, 5),
# + nn.Conv2d(1, 6, 5),

# %%
# reject: the batch is flattened as well · expects "mat1 and mat2 shapes cannot be multiplied"
# - return self.decision(self.features(x).flatten(1))
# + return self.decision(self.features(x).flatten())

# %%
# reject: squeeze loses the batch of one · expects "the logits of one image"
#   nn.MaxPool2d(2),  # (B, 16, 5, 5)
# + nn.Conv2d(16, 120, 5),
# + nn.ReLU(),
#
# - nn.Linear(400, 120),
# - nn.ReLU(),
#
# - return self.decision(self.features(x).flatten(1))
# + return self.decision(self.features(x).squeeze())

# %%
# reject: dropout · expects "leave dropout out"
#   nn.MaxPool2d(2),  # (B, 16, 5, 5)
# + nn.Dropout(0.2),

# %%
# reject: batch normalization · expects "there is batch normalization"
#   nn.Conv2d(3, 6, 5),
# + nn.BatchNorm2d(6),
#
#   nn.Conv2d(6, 16, 5),
# + nn.BatchNorm2d(16),

# %%
# reject: batch normalization without parameters · expects "an image should not depend on its batch"
#   nn.Conv2d(3, 6, 5),
# + nn.BatchNorm2d(6, affine=False),

# %%
# reject: layers in a plain list · expects "A plain list hides them"
# in: adaptive pooling to the sizes of the table, sigmoid, own initialization
# - self.convolutions = nn.ModuleList([nn.Conv2d(3, 6, 5), nn.Conv2d(6, 16, 5)])
# - self.linears = nn.ModuleList(
# -     [nn.Linear(a, b) for a, b in ((400, 120), (120, 84), (84, 10))]
# - )
# + self.convolutions = [nn.Conv2d(3, 6, 5), nn.Conv2d(6, 16, 5)]
# + self.linears = [nn.Linear(a, b) for a, b in ((400, 120), (120, 84), (84, 10))]

# %%
# reject: lazy layers · expects "a lazy layer has no size yet"
# in: tanh and average pooling, as in 1998
# - self.c1, self.c3 = nn.Conv2d(3, 6, 5), nn.Conv2d(6, 16, 5)
# - self.c5, self.f6, self.out = nn.Linear(400, 120), nn.Linear(120, 84), nn.Linear(84, 10)
# + self.c1, self.c3 = nn.LazyConv2d(6, 5), nn.LazyConv2d(16, 5)
# + self.c5, self.f6, self.out = nn.LazyLinear(120), nn.LazyLinear(84), nn.LazyLinear(10)

# %%
# reject: channels and filters swapped · expects "expected input"
# in: tanh and average pooling, as in 1998
# - self.c1, self.c3 = nn.Conv2d(3, 6, 5), nn.Conv2d(6, 16, 5)
# + self.c1, self.c3 = nn.Conv2d(6, 3, 5), nn.Conv2d(16, 6, 5)

# %%
# reject: no super().__init__() · expects "LeNet5 raised AttributeError"
# - super().__init__()

# %%
# reject: super().__init__() is forgotten · expects "the first line of __init__ is missing"
# - super().__init__()
