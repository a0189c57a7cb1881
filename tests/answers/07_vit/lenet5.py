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
class LeNet5(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Linear(3072, 10)

    def forward(self, x):
        raise NotImplementedError("not written yet")


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
class LeNet5(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            *(nn.Conv2d(3, 6, 5), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()),
            *(nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10)),
            nn.Softmax(dim=1),
        )

    def forward(self, x):
        return self.layers(x)


# %%
# reject: log-softmax at the end · expects "these are log-probabilities"
class LeNet5(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            *(nn.Conv2d(3, 6, 5), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()),
            *(nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10)),
        )

    def forward(self, x):
        return self.layers(x).log_softmax(dim=1)


# %%
# reject: ReLU at the end · expects "an activation follows the last layer, here ReLU"
class LeNet5(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            *(nn.Conv2d(3, 6, 5), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()),
            *(nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10)),
        )

    def forward(self, x):
        return self.layers(x).relu()


# %%
# reject: tanh at the end · expects "an activation follows the last layer, here tanh"
class LeNet5(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            *(nn.Conv2d(3, 6, 5), nn.Tanh(), nn.MaxPool2d(2)),
            *(nn.Conv2d(6, 16, 5), nn.Tanh(), nn.MaxPool2d(2), nn.Flatten()),
            *(nn.Linear(400, 120), nn.Tanh(), nn.Linear(120, 84), nn.Tanh(), nn.Linear(84, 10)),
        )

    def forward(self, x):
        return self.layers(x).tanh()


# %%
# reject: no activation after the first convolution · expects "no activation after the first convolution"
class LeNet5(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            *(nn.Conv2d(3, 6, 5), nn.MaxPool2d(2)),
            *(nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()),
            *(nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10)),
        )

    def forward(self, x):
        return self.layers(x)


# %%
# reject: no activation after the second convolution · expects "no activation after the second convolution"
class LeNet5(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            *(nn.Conv2d(3, 6, 5), nn.Tanh(), nn.AvgPool2d(2)),
            *(nn.Conv2d(6, 16, 5), nn.AvgPool2d(2), nn.Flatten()),
            *(nn.Linear(400, 120), nn.Tanh(), nn.Linear(120, 84), nn.Tanh(), nn.Linear(84, 10)),
        )

    def forward(self, x):
        return self.layers(x)


# %%
# reject: linear layers without activation · expects "no activation after the first linear layer"
class LeNet5(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            *(nn.Conv2d(3, 6, 5), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()),
            *(nn.Linear(400, 120), nn.Linear(120, 84), nn.Linear(84, 10)),
        )

    def forward(self, x):
        return self.layers(x)


# %%
# reject: no activation before the last layer · expects "no activation after the second linear layer"
class LeNet5(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            *(nn.Conv2d(3, 6, 5), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()),
            *(nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.Linear(84, 10)),
        )

    def forward(self, x):
        return self.layers(x)


# %%
# reject: strides instead of pooling · expects "a stride in the convolutions instead of pooling"
class LeNet5(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            *(nn.Conv2d(3, 6, 5, stride=2), nn.ReLU()),
            *(nn.Conv2d(6, 16, 5, stride=2), nn.ReLU(), nn.Flatten()),
            *(nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10)),
        )

    def forward(self, x):
        return self.layers(x)


# %%
# reject: pooling of 3 · expects "Are the poolings larger than 2?"
class LeNet5(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            *(nn.Conv2d(3, 6, 5), nn.ReLU(), nn.MaxPool2d(3, 2, padding=1)),
            *(nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(3, 2, padding=1), nn.Flatten()),
            *(nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10)),
        )

    def forward(self, x):
        return self.layers(x)


# %%
# reject: padded convolutions, pooled to 5 × 5 · expects "Do the convolutions pad their input?"
class LeNet5(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            *(nn.Conv2d(3, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Conv2d(6, 16, 5, padding=2), nn.ReLU(), nn.AdaptiveMaxPool2d(5), nn.Flatten()),
            *(nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10)),
        )

    def forward(self, x):
        return self.layers(x)


# %%
# reject: padding in the first convolution, as for the digits · expects "the first convolution pads its input"
class LeNet5(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            *(nn.Conv2d(3, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()),
            *(nn.Linear(576, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10)),
        )

    def forward(self, x):
        return self.layers(x)


# %%
# reject: no biases · expects "the layers have no bias"
class LeNet5(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            *(nn.Conv2d(3, 6, 5, bias=False), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Conv2d(6, 16, 5, bias=False), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()),
            *(nn.Linear(400, 120, bias=False), nn.ReLU(), nn.Linear(120, 84, bias=False)),
            *(nn.ReLU(), nn.Linear(84, 10, bias=False)),
        )

    def forward(self, x):
        return self.layers(x)


# %%
# reject: one gray channel · expects "to have 1 channels, but got 3 channels"
class LeNet5(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            *(nn.Conv2d(1, 6, 5), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()),
            *(nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10)),
        )

    def forward(self, x):
        return self.layers(x)


# %%
# reject: the batch is flattened as well · expects "mat1 and mat2 shapes cannot be multiplied"
class LeNet5(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            *(nn.Conv2d(3, 6, 5), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2)),
        )
        self.layers = nn.Sequential(
            *(nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10)),
        )

    def forward(self, x):
        return self.layers(self.features(x).flatten())


# %%
# reject: squeeze loses the batch of one · expects "the logits of one image"
class LeNet5(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            *(nn.Conv2d(3, 6, 5), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(16, 120, 5), nn.ReLU()),
        )
        self.rest = nn.Sequential(nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10))

    def forward(self, x):
        return self.rest(self.layers(x).squeeze())


# %%
# reject: dropout · expects "leave dropout out"
class LeNet5(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            *(nn.Conv2d(3, 6, 5), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Dropout(0.2)),
            *(nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10)),
        )

    def forward(self, x):
        return self.layers(x)


# %%
# reject: batch normalization · expects "there is batch normalization"
class LeNet5(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            *(nn.Conv2d(3, 6, 5), nn.BatchNorm2d(6), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Conv2d(6, 16, 5), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()),
            *(nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10)),
        )

    def forward(self, x):
        return self.layers(x)


# %%
# reject: batch normalization without parameters · expects "an image should not depend on its batch"
class LeNet5(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            *(nn.Conv2d(3, 6, 5), nn.BatchNorm2d(6, affine=False), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()),
            *(nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10)),
        )

    def forward(self, x):
        return self.layers(x)


# %%
# reject: layers in a plain list · expects "A plain list hides them"
class LeNet5(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = [
            *(nn.Conv2d(3, 6, 5), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()),
            *(nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10)),
        ]

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x


# %%
# reject: lazy layers · expects "a lazy layer has no size yet"
class LeNet5(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            *(nn.LazyConv2d(6, 5), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.LazyConv2d(16, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()),
            *(nn.LazyLinear(120), nn.ReLU(), nn.LazyLinear(84), nn.ReLU(), nn.LazyLinear(10)),
        )

    def forward(self, x):
        return self.layers(x)


# %%
# reject: channels and filters swapped · expects "expected input"
class LeNet5(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            *(nn.Conv2d(6, 3, 5), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Conv2d(16, 6, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()),
            *(nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10)),
        )

    def forward(self, x):
        return self.layers(x)


# %%
# reject: no super().__init__() · expects "LeNet5 raised AttributeError"
class LeNet5(nn.Module):
    def __init__(self):
        self.layers = nn.Sequential(nn.Flatten(), nn.Linear(3072, 10))

    def forward(self, x):
        return self.layers(x)
