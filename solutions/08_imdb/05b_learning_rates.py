# %% [markdown]
# **How fast may each part change?** The head knows nothing and must learn fast. The embeddings know much that holds for
# any text. So the learning rate falls from layer to layer on the way down ([Howard and Ruder,
# 2018](https://arxiv.org/abs/1801.06146)):
#
# $$\eta_\ell = \eta \cdot \gamma^{\,\ell}$$
#
# with the head's learning rate $\eta$, a factor $\gamma$ below 1, and depth $\ell = 0$ for the head, 1 for the
# topmost layer, and so on down to the embeddings. A second point: **weight decay** pulls weights toward 0. That is
# right for matrices. The weight of a LayerNorm multiplies, and its neutral value is 1, and a bias shifts: neither
# should shrink.

# %% [markdown]
# ![Head, three layers and embeddings from the top down, depth 0 to 4, with learning rates 0.00300, 0.00240, 0.00192,
# 0.00154 and 0.00123](figures/rates.svg)
#
# *What knows least changes fastest.*


# %% given="depths"
def depths_of(model: nn.Module) -> dict[str, int]:
    """For each parameter the number of steps below the head: 0 head, 1 topmost layer, …, the embeddings deepest."""
    layer = re.compile(r"\blayers?\.(\d+)\.")
    found = {name: layer.search(name) for name, _ in model.named_parameters()}
    n_layers = 1 + max((int(match[1]) for match in found.values() if match), default=-1)
    depths = {}
    for name, match in found.items():
        if match:
            depths[name] = n_layers - int(match[1])
        elif "embedding" in name:
            depths[name] = n_layers + 1
        else:
            depths[name] = 0 if not name.startswith("encoder.") else 1  # the last norm
    return depths


for name, depth in list(depths_of(Classifier(encoder, config.hidden_size)).items())[::4]:
    print(f"depth {depth}: {name}")

# %% [markdown]
# ### Exercise 7 · Parameter groups (3 points · 20 min · ●●○)
#
# `parameter_groups` returns a list of dicts for `torch.optim.AdamW`, each with `"params"` (a list), `"lr"` and
# `"weight_decay"`:
#
# - the learning rate of a parameter at depth ℓ is `lr · factor ** ℓ`, with depths from `depths_of(model)`;
# - matrices, parameters with two dimensions or more, get `weight_decay`; vectors and scalars, the norms and biases,
#   get 0;
# - parameters that do not need a gradient are left out; every other one appears in exactly one group.
#
# <details><summary>Hint 1: the idea</summary>One group for each pair of depth and kind. Or simply one group for each
# parameter.</details>
# <details><summary>Hint 2: the formula</summary><code>parameter.dim() &gt;= 2</code> tells matrices from the
# rest.</details>
# <details><summary>Hint 3: the line</summary><code>for name, parameter in model.named_parameters():</code></details>


# %% solution="parameter_groups"
def parameter_groups(
    model: nn.Module, lr: float, factor: float, weight_decay: float
) -> list[dict[str, object]]:
    """Groups for AdamW with layer-wise learning rates, and weight decay on matrices only.

    Args:
        model: its parameters that need a gradient are grouped.
        lr: the learning rate of the head.
        factor: the learning rate at depth ℓ is lr · factor ** ℓ.
        weight_decay: of parameters with two dimensions or more.
    """
    ### BEGIN SOLUTION
    depths = depths_of(model)
    return [
        {
            "params": [parameter],
            "lr": lr * factor ** depths[name],
            "weight_decay": weight_decay if parameter.dim() >= 2 else 0.0,
        }
        for name, parameter in model.named_parameters()
        if parameter.requires_grad
    ]
    ### END SOLUTION


# %% data="layered"
# Data · A model with the names of an encoder, for the checks
class Layered(nn.Module):
    """A model with the names of an encoder: embeddings, layers, a last norm, a head."""

    def __init__(self, n_layers: int = 3) -> None:
        super().__init__()
        self.encoder = nn.Module()
        self.encoder.embeddings = nn.ModuleList([nn.Embedding(9, 4), nn.LayerNorm(4)])
        blocks = [nn.ModuleList([nn.Linear(4, 4), nn.LayerNorm(4)]) for _ in range(n_layers)]
        self.encoder.layers = nn.ModuleList(blocks)
        self.encoder.final_norm = nn.LayerNorm(4)
        self.head, self.scale = nn.Linear(4, 2), nn.Parameter(torch.ones(()))
        self.kernel = nn.Parameter(torch.ones(2, 3, 4))


def grouped(model: nn.Module, *args) -> dict[str, dict]:
    """The group of each parameter by name; fails when one is missing or stands in two."""
    needing = [p.requires_grad for p in model.parameters()]
    groups = checks.run(parameter_groups, model, *args, may_change=True)
    checks.that(
        needing == [p.requires_grad for p in model.parameters()],
        "other parameters need a gradient than before: leave requires_grad alone.",
    )
    checks.that(
        isinstance(groups, list), f"expected a list of dicts, got a {type(groups).__name__}."
    )
    found: dict[int, list] = {}
    for group in groups:
        missing = {"params", "lr", "weight_decay"} - set(group)
        checks.that(not missing, f"a group lacks {', '.join(sorted(missing))}.")
        checks.that(
            not isinstance(group["params"], torch.Tensor),
            '"params" is a list, also when it holds one parameter: [parameter].',
        )
        parts = list(group["params"])
        checks.that(
            all(isinstance(p, nn.Parameter) for p in parts),
            '"params" holds the parameters, not their names.',
        )
        for p in parts:
            found.setdefault(id(p), []).append(group)
    by_name = {}
    for name, p in model.named_parameters():
        count = len(found.get(id(p), []))
        if not p.requires_grad:
            checks.that(count == 0, f"{name} needs no gradient and must be left out.")
            continue
        checks.that(count == 1, f"{name} appears in {count} groups; expected exactly one.")
        by_name[name] = found[id(p)][0]
    return by_name


# %% check="groups_rates" points=1
model = Layered()
steps_below = depths_of(model)
depth = torch.arange(5, dtype=torch.float64)
for lr, factor in ((0.1, 0.5), (3e-4, 0.9)):
    groups = grouped(model, lr, factor, 0.2)
    rates = {steps_below[name]: float(group["lr"]) for name, group in groups.items()}
    slips = {
        "all parameters have the learning rate of the head; multiply by factor ** depth.": lr
        + 0 * depth,
        "multiply, do not divide: deeper layers change more slowly.": lr / factor**depth,
        "that is lr · factor · depth; the factor is raised to the power of the depth.": lr
        * factor
        * depth,
        "the depth is one too large.": lr * factor ** (depth + 1),
        "the depth is one too small.": lr * factor ** (depth - 1),
        "the depth counts from the wrong end: the head is 0, the embeddings are deepest.": lr
        * factor ** (4 - depth),
    }
    got = torch.tensor([rates[d] for d in range(5)], dtype=torch.float64)
    checks.close("the learning rates at depths 0 to 4", got, lr * factor**depth, slips=slips)
    for name, group in groups.items():
        what = f"the learning rate of {name}, depth {steps_below[name]}"
        checks.close(what, group["lr"], lr * factor ** steps_below[name])
### BEGIN HIDDEN TESTS
model = Layered(n_layers=6)
for name, group in grouped(model, 0.2, 0.7, 0.0).items():
    below = depths_of(model)[name]
    checks.close(f"the learning rate of {name}, depth {below}", group["lr"], 0.2 * 0.7**below)
### END HIDDEN TESTS
checks.passed("lr · factor to the depth")

# %% check="groups_decay" points=1
model = Layered()
for name, group in grouped(model, 0.1, 0.5, 0.2).items():
    matrix = dict(model.named_parameters())[name].dim() >= 2
    got = group["weight_decay"]
    kind = "a matrix" if matrix else "a vector or scalar"
    cause = " Matrices decay, that of the embedding too." if matrix and not got else ""
    if not matrix and got:
        cause = " Norms and biases do not decay; their names differ between models, the number of dimensions does not."
    checks.that(
        abs(got - 0.2 * matrix) < 1e-12,
        f"{name} is {kind}: expected weight decay {0.2 * matrix}, got {got}.{cause}",
    )
checks.passed("matrices decay, norms and biases do not")

# %% check="groups_once" points=1
model = Layered()
model.encoder.embeddings.requires_grad_(False)
model.encoder.layers[0].requires_grad_(False)
names = set(grouped(model, 0.1, 0.5, 0.2))
trained = {name for name, p in model.named_parameters() if p.requires_grad}
checks.that(names == trained, f"missing in the groups: {', '.join(sorted(trained - names))}.")
optimizer = torch.optim.AdamW(parameter_groups(model, 0.1, 0.5, 0.2))
checks.that(len(optimizer.param_groups) > 0, "AdamW got no groups.")
checks.passed("every parameter once, frozen ones left out")
