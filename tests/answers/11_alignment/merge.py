# %%
# accept: a new layer
def merge(module):
    inside = layer_of(module)
    d_out, d_in = inside.weight.shape
    plain = nn.Linear(d_in, d_out, bias=inside.bias is not None).to(inside.weight)
    with torch.no_grad():
        plain.weight.copy_(inside.weight + module.change())
        if inside.bias is not None:
            plain.bias.copy_(inside.bias)
    return plain


# %%
# accept: a new parameter in a copy
def merge(module):
    result = copy.deepcopy(layer_of(module))
    result.weight = nn.Parameter((result.weight + module.change()).detach())
    return result


# %%
# reject: without the change · expects "the change is missing"
# - merged.weight.data += module.change().detach()

# %%
# reject: subtracted · expects "the change is subtracted"
# - merged.weight.data += module.change().detach()
# + merged.weight.data -= module.change().detach()

# %%
# reject: without the bias · expects "the bias is missing"
# - return merged
# + merged.bias.data.zero_()
# + return merged

# %%
# reject: in place · expects "copy it first"
# - merged = copy.deepcopy(layer_of(module))
# + merged = layer_of(module)

# %%
# reject: the module itself · expects "merge returns an nn.Linear"
# - return merged
# + return module

# %%
# reject: the change alone · expects "expected"
# - merged.weight.data += module.change().detach()
# + merged.weight.data = module.change().detach()


# %%
# reject: a function · expects "merge returns an nn.Linear"
def merge(module):
    return lambda x: module(x)


# %%
# accept: a new layer of the usual dtype
def merge(module):
    old = layer_of(module)
    new = nn.Linear(old.in_features, old.out_features, bias=old.bias is not None)
    with torch.no_grad():
        new.weight.copy_(old.weight + module.change())
        if old.bias is not None:
            new.bias.copy_(old.bias)
    return new


# %%
# reject: names of one's own module · expects "the names inside are others here"
# - merged.weight.data += module.change().detach()
# + merged.weight.data += (module.scale * module.B @ module.A).detach()

# %%
# reject: copies the module · expects "the names inside are others here"
# - merged = copy.deepcopy(layer_of(module))
# + merged = copy.deepcopy(module)


# %%
# reject: needs a bias · expects "This layer has no bias"
def merge(module):
    old = layer_of(module)
    new = nn.Linear(old.in_features, old.out_features)
    new.weight.data = old.weight + module.change().detach()
    new.bias.data = old.bias.clone()
    return new
