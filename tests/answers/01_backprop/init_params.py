# %%
# accept: torch.normal with its own standard deviation
def init_params(d_in, d_hidden, n_classes, generator):
    return {
        "b2": torch.zeros(n_classes),
        "W2": torch.normal(0.0, d_hidden**-0.5, (n_classes, d_hidden), generator=generator),
        "b1": torch.zeros(d_hidden),
        "W1": torch.normal(0.0, d_in**-0.5, (d_hidden, d_in), generator=generator),
    }


# %%
# accept: empty tensors filled in place by nn.init
def init_params(d_in, d_hidden, n_classes, generator):
    W1 = nn.init.normal_(torch.empty(d_hidden, d_in), std=1 / math.sqrt(d_in), generator=generator)
    W2 = nn.init.kaiming_normal_(
        torch.empty(n_classes, d_hidden), nonlinearity="linear", generator=generator
    )
    return dict(W1=W1, b1=W1.new_zeros(d_hidden), W2=W2, b2=W2.new_zeros(n_classes))


# %%
# reject: a seed of its own · expects "another seed gives the same weights"
# + torch.manual_seed(0)
#   return {
#
# - "W1": torch.randn(d_hidden, d_in, generator=generator) / math.sqrt(d_in),
# + "W1": torch.randn(d_hidden, d_in) / math.sqrt(d_in),
#
# - "W2": torch.randn(n_classes, d_hidden, generator=generator) / math.sqrt(d_hidden),
# + "W2": torch.randn(n_classes, d_hidden) / math.sqrt(d_hidden),


# %%
# reject: nothing is returned · expects "Does your function end with `return`?"
def init_params(d_in, d_hidden, n_classes, generator):
    pass


# %%
# reject: weights transposed · expects "Are d_hidden and d_in swapped?"
# - "W1": torch.randn(d_hidden, d_in, generator=generator) / math.sqrt(d_in),
# + "W1": torch.randn(d_in, d_hidden, generator=generator) / math.sqrt(d_in),
#
# - "W2": torch.randn(n_classes, d_hidden, generator=generator) / math.sqrt(d_hidden),
# + "W2": torch.randn(d_hidden, n_classes, generator=generator) / math.sqrt(d_hidden),

# %%
# reject: no scaling · expects "Divide by the square root of the fan-in"
# - "W1": torch.randn(d_hidden, d_in, generator=generator) / math.sqrt(d_in),
# + "W1": torch.randn(d_hidden, d_in, generator=generator),
#
# - "W2": torch.randn(n_classes, d_hidden, generator=generator) / math.sqrt(d_hidden),
# + "W2": torch.randn(n_classes, d_hidden, generator=generator),

# %%
# reject: divided by the fan-in itself · expects "take the square root"
# - "W1": torch.randn(d_hidden, d_in, generator=generator) / math.sqrt(d_in),
# + "W1": torch.randn(d_hidden, d_in, generator=generator) / d_in,
#
# - "W2": torch.randn(n_classes, d_hidden, generator=generator) / math.sqrt(d_hidden),
# + "W2": torch.randn(n_classes, d_hidden, generator=generator) / d_hidden,

# %%
# reject: fan-out in the place of fan-in · expects "the fan-in is the number of inputs"
# - "W1": torch.randn(d_hidden, d_in, generator=generator) / math.sqrt(d_in),
# + "W1": torch.randn(d_hidden, d_in, generator=generator) / math.sqrt(d_hidden),
#
# - "W2": torch.randn(n_classes, d_hidden, generator=generator) / math.sqrt(d_hidden),
# + "W2": torch.randn(n_classes, d_hidden, generator=generator) / math.sqrt(n_classes),

# %%
# reject: all zeros, every unit alike · expects "all entries of W1 are equal"

# %%
# reject: the generator is ignored · expects "pass generator=generator"
# - "W1": torch.randn(d_hidden, d_in, generator=generator) / math.sqrt(d_in),
# + "W1": torch.randn(d_hidden, d_in) / math.sqrt(d_in),
#
# - "W2": torch.randn(n_classes, d_hidden, generator=generator) / math.sqrt(d_hidden),
# + "W2": torch.randn(n_classes, d_hidden) / math.sqrt(d_hidden),

# %%
# reject: a column for the biases · expects "There is an extra dimension of size 1"
# - "b1": torch.zeros(d_hidden),
# + "b1": torch.zeros(d_hidden, 1),
#
# - "b2": torch.zeros(n_classes),
# + "b2": torch.zeros(n_classes, 1),

# %%
# reject: random biases · expects "b1: expected"
# - "b1": torch.zeros(d_hidden),
# + "b1": torch.randn(d_hidden, generator=generator),
#
# - "b2": torch.zeros(n_classes),
# + "b2": torch.randn(n_classes, generator=generator),

# %%
# reject: a bias is forgotten · expects "missing from the dict: ['b2']"
# - "b2": torch.zeros(n_classes),

# %%
# reject: uniform from 0 to 1 · expects "Use torch.randn"
# - "W1": torch.randn(d_hidden, d_in, generator=generator) / math.sqrt(d_in),
# + "W1": torch.rand(d_hidden, d_in, generator=generator) / math.sqrt(d_in),
#
# - "W2": torch.randn(n_classes, d_hidden, generator=generator) / math.sqrt(d_hidden),
# + "W2": torch.rand(n_classes, d_hidden, generator=generator) / math.sqrt(d_hidden),
