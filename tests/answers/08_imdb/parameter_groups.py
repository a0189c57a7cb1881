# %%
# accept: grouped by depth and kind
def parameter_groups(model, lr, factor, weight_decay):
    depths, groups = depths_of(model), {}
    for name, parameter in model.named_parameters():
        if not parameter.requires_grad:
            continue
        depth, matrix = depths[name], parameter.ndim > 1
        rate, decay = lr * factor**depth, weight_decay if matrix else 0
        group = groups.setdefault(
            (depth, matrix), {"params": [], "lr": rate, "weight_decay": decay}
        )
        group["params"].append(parameter)
    return list(groups.values())


# %%
# accept: loops over depths and kinds, some groups are empty
def parameter_groups(model, lr, factor, weight_decay):
    depths, groups = depths_of(model), []
    for depth in range(max(depths.values()) + 1):
        for matrix in (True, False):
            params = [
                p
                for name, p in model.named_parameters()
                if p.requires_grad and depths[name] == depth and (len(p.shape) >= 2) == matrix
            ]
            groups.append(
                {"params": params, "lr": lr * factor**depth, "weight_decay": weight_decay * matrix}
            )
    return groups


# %%
# accept: from the deepest up, by itertools.groupby, with further keys
def parameter_groups(model, lr, factor, weight_decay):
    from itertools import groupby

    depths = depths_of(model)
    trained = [
        (depths[n], p.dim() < 2, n, p) for n, p in model.named_parameters() if p.requires_grad
    ]
    trained.sort(key=lambda item: item[:3], reverse=True)
    groups = []
    for (depth, vector), members in groupby(trained, key=lambda item: item[:2]):
        groups.append({"params": [item[3] for item in members], "weight_decay": weight_decay})
        groups[-1] |= {"lr": lr * math.exp(depth * math.log(factor)), "depth": depth}
        if vector:
            groups[-1]["weight_decay"] = 0.0
    return groups


# %%
# accept: the rate is lowered step by step, "params" is a tuple
def parameter_groups(model, lr, factor, weight_decay):
    groups = []
    for name, depth in depths_of(model).items():
        parameter, rate = model.get_parameter(name), lr
        for _ in range(depth):
            rate = rate * factor
        if parameter.requires_grad:
            decay = 0.0 if parameter.dim() <= 1 else weight_decay
            groups += [dict(params=(parameter,), lr=rate, weight_decay=decay)]
    return groups


# %%
# reject: nothing returned · expects "expected a list of dicts, got a NoneType"
def parameter_groups(model, lr, factor, weight_decay):
    groups = list(model.parameters())


# %%
# reject: all rates zero · expects "every value is zero"


# %%
# reject: an empty list · expects "appears in 0 groups; expected exactly one"
def parameter_groups(model, lr, factor, weight_decay):
    return []


# %%
# reject: weight decay on everything · expects "Norms and biases do not decay"
# - "weight_decay": weight_decay if parameter.dim() >= 2 else 0.0,
# + "weight_decay": weight_decay,

# %%
# reject: LayerNorm decays, biases are told by name · expects "their names differ between models"
# - "weight_decay": weight_decay if parameter.dim() >= 2 else 0.0,
# + "weight_decay": 0.0 if name.endswith("bias") else weight_decay,

# %%
# reject: norms and biases are told by name · expects "the number of dimensions does not"
# - "weight_decay": weight_decay if parameter.dim() >= 2 else 0.0,
# + "weight_decay": 0.0 if "bias" in name or "norm" in name.lower() else weight_decay,

# %%
# reject: biases decay, norms do not · expects "Norms and biases do not decay"
#   depths = depths_of(model)
# + norms = [p for m in model.modules() if isinstance(m, nn.LayerNorm) for p in m.parameters()]
#
# - "weight_decay": weight_decay if parameter.dim() >= 2 else 0.0,
# + "weight_decay": 0.0 if any(parameter is p for p in norms) else weight_decay,

# %%
# reject: vectors decay, matrices do not · expects "Norms and biases do not decay"
# - "weight_decay": weight_decay if parameter.dim() >= 2 else 0.0,
# + "weight_decay": 0.0 if parameter.dim() >= 2 else weight_decay,

# %%
# reject: nothing decays · expects "Matrices decay"
# - "weight_decay": weight_decay if parameter.dim() >= 2 else 0.0,
# + "weight_decay": 0.0,

# %%
# reject: the embedding does not decay · expects "that of the embedding too"
# - "weight_decay": weight_decay if parameter.dim() >= 2 else 0.0,
# + "weight_decay": weight_decay * (parameter.dim() >= 2 and "embedding" not in name),

# %%
# reject: no layer-wise rates · expects "all parameters have the learning rate of the head"
# - "lr": lr * factor ** depths[name],
# + "lr": lr,

# %%
# reject: the factor is inverted · expects "multiply, do not divide"
# - "lr": lr * factor ** depths[name],
# + "lr": lr / factor ** depths[name],

# %%
# reject: linear instead of a power · expects "the factor is raised to the power of the depth"
# - "lr": lr * factor ** depths[name],
# + "lr": lr * factor * depths[name],

# %%
# reject: the wrong end · expects "counts from the wrong end"
# - "lr": lr * factor ** depths[name],
# + "lr": lr * factor ** (max(depths.values()) - depths[name]),

# %%
# reject: the head has depth 1 · expects "the depth is one too large"
# - "lr": lr * factor ** depths[name],
# + "lr": lr * factor ** (depths[name] + 1),

# %%
# reject: frozen parameters too · expects "needs no gradient and must be left out"
# - if parameter.requires_grad

# %%
# reject: the head is left out · expects "head.weight appears in 0 groups"
# - if parameter.requires_grad
# + if parameter.requires_grad and not name.startswith("head")

# %%
# reject: matrices alone · expects "appears in 0 groups"
# - if parameter.requires_grad
# + if parameter.requires_grad and parameter.dim() >= 2

# %%
# reject: the norms stand in two groups · expects "appears in 2 groups"
# in: loops over depths and kinds, some groups are empty
# - if p.requires_grad and depths[name] == depth and (len(p.shape) >= 2) == matrix
# + if p.requires_grad and depths[name] == depth and (len(p.shape) < 2 or matrix)

# %%
# reject: names instead of parameters · expects "holds the parameters, not their names"
# - "params": [parameter],
# + "params": [name],

# %%
# reject: a parameter without its list · expects "is a list, also when it holds one parameter"
# - "params": [parameter],
# + "params": parameter,

# %%
# reject: the decay is left to AdamW · expects "a group lacks weight_decay"
# - "weight_decay": weight_decay if parameter.dim() >= 2 else 0.0,

# %%
# reject: a dict of groups · expects "expected a list of dicts, got a dict"
# in: grouped by depth and kind
# - return list(groups.values())
# + return groups

# %%
# reject: decay for two dimensions only · expects "two dimensions or more, not exactly two"
# - "weight_decay": weight_decay if parameter.dim() >= 2 else 0.0,
# + "weight_decay": weight_decay if parameter.dim() == 2 else 0.0,

# %%
# reject: no deeper than 4 · expects "depth 7"
# - "lr": lr * factor ** depths[name],
# + "lr": lr * factor ** min(4, depths[name]),

# %%
# reject: thaws what was frozen · expects "leave requires_grad alone"
#   depths = depths_of(model)
# + names = {name for name, parameter in model.named_parameters() if parameter.requires_grad}
# + model.requires_grad_(True)
#
# - if parameter.requires_grad
# + if name in names
