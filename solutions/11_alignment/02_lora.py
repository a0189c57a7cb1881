# %% [markdown]
# ## 2 · Few numbers: LoRA
#
# This section *may wait*: no other needs it. It counts, 5 points.
#
# Fine-tuning changed all 2.6 million numbers. Of a model a thousand times as large, that is costly: Adam keeps two more
# numbers for each, and every task needs a copy of the whole. **Low-rank adaptation** ([Hu et al.,
# 2021](https://arxiv.org/abs/2106.09685)) leaves the weights as they are and learns a change of low rank beside them:
#
# $$y = Wx + b + \frac{\alpha}{r}\, B A x, \qquad A\text{: } r \times d_\text{in},\; B\text{: } d_\text{out} \times r$$
#
# A matrix of 192 × 192 has 36,864 numbers; with $r = 4$, A and B have 4 · (192 + 192) = 1,536 together. $B$ begins at
# zero, so the model begins as it was; $A$ begins at random. Were both zero, neither would get a gradient, ever.

# %% [markdown]
# ![An input x goes two ways: through the frozen matrix W, and through A, which has few rows, and B, which has few
# columns. What comes out is added](figures/lora.svg)
#
# *The wide way is frozen. The narrow one learns, and begins with nothing to say.*

# %% [markdown]
# ### Exercise 5 · A linear layer with an adapter (4 points · 20 min · ●●○)
#
# `layer` is a trained `nn.Linear`. Write the module that computes the formula above.
#
# - `__init__` keeps the layer, under any name, and freezes its weight and bias. It makes two parameters: A `(rank,
#   d_in)`, normal with standard deviation $1/\sqrt{d_\text{in}}$, and B `(d_out, rank)`, zero.
# - `change()` returns what is added to the weight, $\frac{\alpha}{r} BA$, `(d_out, d_in)`.
# - `forward` takes x `(..., d_in)` and returns `(..., d_out)`. Cheaper than building the large matrix, which passes as
#   well: x goes through A, then through B.
#
# <details><summary>Hint 1: the idea</summary><code>layer.requires_grad_(False)</code> freezes;
# <code>nn.Parameter(…)</code> makes what learns.</details>
# <details><summary>Hint 2: the formula</summary>Rows of x are vectors: Ax is <code>x @ A.T</code>.</details>
# <details><summary>Hint 3: the line</summary><code>x @ self.A.T @ self.B.T</code>, scaled, is added to what the layer
# returns.</details>


# %% solution="lora_linear"
class LoRALinear(nn.Module):
    """A frozen linear layer with a change of low rank beside it (Hu et al., 2021).

    Args:
        layer: d_in → d_out, with or without a bias.
        rank: r, the rows of A.
        alpha: the change is scaled by alpha / rank.
    """

    def __init__(self, layer: nn.Linear, rank: int, alpha: float) -> None:
        super().__init__()
        ### BEGIN SOLUTION
        self.layer, self.scale = layer.requires_grad_(False), alpha / rank
        weight = layer.weight
        self.A = nn.Parameter(
            torch.randn(rank, weight.shape[1]).to(weight) / weight.shape[1] ** 0.5
        )
        self.B = nn.Parameter(weight.new_zeros(weight.shape[0], rank))
        ### END SOLUTION

    def change(self) -> torch.Tensor:
        """What is added to the weight, (d_out, d_in)."""
        ### BEGIN SOLUTION
        return self.scale * self.B @ self.A
        ### END SOLUTION

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """x (..., d_in) → (..., d_out)."""
        ### BEGIN SOLUTION
        return self.layer(x) + self.scale * (x @ self.A.T @ self.B.T)
        ### END SOLUTION


# %% data="lora_referee"
# Data · A layer with an adapter, for the checks
def adapted(rank: int, alpha: float, d_in: int = 7, d_out: int = 5, bias: bool = True) -> nn.Module:
    """Your layer around a random one, in float64."""
    torch.manual_seed(0)
    layer = nn.Linear(d_in, d_out, bias=bias, dtype=torch.float64)
    return checks.run(LoRALinear, layer, rank, alpha, may_change=True).double()


def two_matrices(module: nn.Module, rank: int, d_in: int, d_out: int) -> list[nn.Parameter]:
    """What of a module learns: A (rank, d_in) and B (d_out, rank), by their shapes."""
    learns = [p for p in module.parameters() if p.requires_grad]
    shapes, wanted = [tuple(p.shape) for p in learns], [(rank, d_in), (d_out, rank)]
    frozen = (d_out,) not in shapes and (d_out, d_in) not in set(shapes) - set(wanted)
    checks.that(frozen, "the layer's own weight and bias still learn: requires_grad_(False).")
    checks.that(
        sorted(shapes) == sorted(wanted),
        f"what learns should be A {wanted[0]} and B {wanted[1]}; yours has {shapes}. "
        "Only an nn.Parameter is found by the optimizer.",
    )
    return [learns[shapes.index(shape)] for shape in wanted]


# %% check="lora_start" points=1
module = adapted(rank=3, alpha=6.0)
down, up = two_matrices(module, 3, 7, 5)
checks.that(
    down.detach().abs().sum() > 0, "A begins at random: with two zero matrices nothing learns."
)
checks.that(up.detach().abs().sum() == 0, "B begins at zero, so that the model begins as it was.")
x = checks.normal(2, 4, 7, seed=0)
torch.manual_seed(0)
plain = nn.Linear(7, 5, dtype=torch.float64)  # the same draws: the same layer
slips = {"the layer's bias is missing.": plain(x) - plain.bias}
checks.close("the output at the start", checks.run(module, x), plain(x), slips=slips)
deviation = two_matrices(adapted(9, 1.0, 400, 5), 9, 400, 5)[0].std().item()
wanted = (
    f"A's standard deviation should be 1/√400 = 0.05; it is {deviation:.3f}: normal numbers, torch.randn, "
    "divided by the square root of d_in."
)
checks.that(0.04 < deviation < 0.06, wanted)
two_matrices(adapted(2, 1.0, bias=False), 2, 7, 5)
checks.passed("it begins as the layer was, and only A and B learn")

# %% check="lora_change" points=1
module = adapted(rank=2, alpha=6.0)
down, up = two_matrices(module, 2, 7, 5)
with torch.no_grad():
    down.copy_(torch.tensor([[1.0, 0, 0, 0, 0, 0, 2], [0, 3, 0, 0, 0, 0, 0]]))
    up.copy_(torch.tensor([[1.0, 0], [0, 1], [0, 0], [2, 0], [0, 0]]))
got = checks.run(module.change)
checks.shape("change()", got, d_out=5, d_in=7)
right = torch.zeros(5, 7, dtype=torch.float64)
right[0, 0], right[0, 6], right[1, 1], right[3, 0], right[3, 6] = 3, 6, 9, 6, 12
slips = {
    "scale by alpha / rank.": right / 3,
    "scale by alpha / rank, not by alpha.": right * 2,
    "scale by alpha / rank, not by rank / alpha.": right / 9,
}
checks.close("3 · B A", got, right, slips=slips)
### BEGIN HIDDEN TESTS
module = adapted(rank=4, alpha=1.0)
down, up = two_matrices(module, 4, 7, 5)
with torch.no_grad():
    up.normal_()
checks.that(torch.linalg.matrix_rank(checks.run(module.change).detach()) == 4, "the rank is 4.")
### END HIDDEN TESTS
checks.passed("the change of the weight, scaled by alpha / rank")

# %% check="lora_forward" points=1
module = adapted(rank=2, alpha=5.0)
down, up = two_matrices(module, 2, 7, 5)
x = checks.normal(3, 7, seed=0)
before = checks.run(module, x).detach()
with torch.no_grad():
    up.copy_(checks.normal(5, 2, seed=1))
got = checks.run(module, x)
checks.shape("the output", got, B=3, d_out=5)
step = F.linear(F.linear(x, down), up).detach()  # without a scale
slips = {
    "the adapter is not added; only the layer answers.": before,
    "the layer's own output is missing.": 2.5 * step,
    "scale by alpha / rank.": before + step,
    "scale by alpha / rank, not by alpha.": before + 5 * step,
}
checks.close("W x + b and 5/2 · B A x", got, before + 2.5 * step, slips=slips)
### BEGIN HIDDEN TESTS
x = checks.normal(2, 3, 4, 7, seed=0)
four = checks.run(module, x)
checks.close("any leading dimensions", four[1, 2], checks.run(module, x[1, 2]))
checks.that(four.requires_grad, "the output must carry gradients to A and B.")
### END HIDDEN TESTS
checks.passed("the layer's output, and the scaled change beside it")

# %% [markdown]
# What is lost by the narrow way? With $r = d_\text{in}$ nothing has to be. Let A be a rotation, $A^\top A = I$, and
# $\alpha = r$. At the start $B = 0$, so only B gets a gradient: $\nabla_B = \nabla_W A^\top$. A step of gradient
# descent changes the weight by $-\eta\, \nabla_W A^\top A = -\eta\, \nabla_W$: the step of full fine-tuning. With a
# smaller $r$, $A^\top A$ lets through only what lies in $r$ of the $d_\text{in}$ directions. The next check takes that
# step.

# %% check="lora_full" points=1
module = adapted(rank=7, alpha=7.0)
down, _ = two_matrices(module, 7, 7, 5)
with torch.no_grad():
    down.copy_(torch.linalg.qr(checks.normal(7, 7, seed=0))[0])  # a rotation
torch.manual_seed(0)
plain = nn.Linear(7, 5, dtype=torch.float64)  # the same layer, to be trained in full
plain.bias.requires_grad_(False)
x, target = checks.normal(6, 7, seed=0), checks.normal(6, 5, seed=1)
for learner in (module, plain):
    learns = [p for p in learner.parameters() if p.requires_grad]
    loss = ((checks.run(learner, x) - target) ** 2).mean()
    checks.that(
        loss.requires_grad, "no gradient reaches A and B: the output does not depend on them."
    )
    for p, gradient in zip(
        learns, torch.autograd.grad(loss, learns, allow_unused=True), strict=True
    ):
        with torch.no_grad():
            p.sub_(0.1 * gradient if gradient is not None else 0)
checks.close("the outputs after one step", module(x), plain(x))
checks.passed("with full rank, one step is the step of full fine-tuning")

# %% [markdown]
# When the training is over, the narrow way can go: $W + \frac{\alpha}{r} BA$ is a matrix like any other.

# %% [markdown]
# ### Exercise 6 · Merged (1 point · 5 min · ●○○)
#
# Return a plain `nn.Linear` that computes what `module` computes. `module` stays as it is, and so does the layer in
# it, which other adapters may share. Use `layer_of(module)` and `module.change()` alone: the check passes a module of
# its own, with other names inside.
#
# <details><summary>Hint 1: the idea</summary>Copy the layer, and add the change to the copy's weight.</details>
# <details><summary>Hint 2: the formula</summary>The new weight is W + change.</details>
# <details><summary>Hint 3: the line</summary><code>copy.deepcopy(…)</code> copies, and <code>weight.data +=
# …</code> changes a weight without a gradient.</details>


# %% given="merge_task"
def layer_of(module: nn.Module) -> nn.Linear:
    """The plain layer inside of a module."""
    return next(part for part in module.modules() if isinstance(part, nn.Linear))


# %% solution="merge"
def merge(module: LoRALinear) -> nn.Linear:
    """A plain linear layer that computes the same; layer_of(module) is the one inside."""
    ### BEGIN SOLUTION
    merged = copy.deepcopy(layer_of(module))
    merged.weight.data += module.change().detach()
    return merged
    ### END SOLUTION


# %% data="merge_referee"
# Data · A module with a known change, for the check
class Changed(nn.Module):
    """Has a frozen layer 7 → 5 and a change, as your LoRALinear has."""

    def __init__(self, bias: bool = True) -> None:
        super().__init__()
        self.inside = nn.Linear(7, 5, bias=bias).requires_grad_(False)
        self.extra = nn.Parameter(checks.normal(5, 7, seed=4).float() / 2)

    def change(self) -> torch.Tensor:
        return 2 * self.extra

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.inside(x) + F.linear(x, self.change())


# %% check="merged" points=1
module, x = Changed(), checks.normal(3, 7, seed=0).float()
before, weight_before = module(x).detach(), module.inside.weight.clone()
with checks.hint(
    "Use layer_of(module) and module.change() alone; the names inside are others here."
):
    got = checks.run(merge, module, may_change=True)
checks.that(isinstance(got, nn.Linear), f"merge returns an nn.Linear, not a {type(got).__name__}.")
checks.that(
    torch.equal(module.inside.weight, weight_before),
    "the layer in the module was changed: copy it first.",
)
slips = {
    "the change is missing.": module.inside(x),
    "the change is subtracted; add it.": 2 * module.inside(x) - before,
    "the bias is missing.": before - module.inside.bias,
}
checks.close("the merged layer's output", checks.run(got, x), before, slips=slips)
plain = Changed(bias=False)
with checks.hint("This layer has no bias."):
    checks.close(
        "merged without a bias",
        checks.run(checks.run(merge, plain, may_change=True), x),
        plain(x),
    )
### BEGIN HIDDEN TESTS
checks.close("the module afterwards", module(x), before)
checks.that(len(list(got.parameters())) == 2, "weight and bias are all that a plain layer has.")
### END HIDDEN TESTS
checks.passed("one plain layer that computes the same")

# %% [markdown]
# **Experiment.** Adapters for all linear layers of the base model, trained on the same conversations for as many
# steps as full fine-tuning. Each way has a learning rate of its own; adapters take larger ones.


# %% experiment="lora_trained"
# Experiment · The same training, with adapters
def linear_layers(model: GPT) -> list[tuple[nn.Module, str]]:
    """Where the linear layers of a GPT stand: parents and names."""
    places = []
    for block in model.blocks:
        places += [(block.attention, "qkv"), (block.attention, "out")]
        places += [(block.feed_forward, "0"), (block.feed_forward, "2")]
    return places


def with_adapters(model: GPT, rank: int, alpha: float) -> GPT:
    """Freezes a model, and puts your LoRALinear around each of its linear layers."""
    model.requires_grad_(False)
    for parent, name in linear_layers(model):
        parent.register_module(name, LoRALinear(getattr(parent, name), rank, alpha).to(place))
    return model


device.seed_everything(0)
lora_model = with_adapters(load_base(), rank=8, alpha=16)
lora_history = fit(
    lora_model,
    chat_batches(talks),
    sft_loss,
    steps=SFT_STEPS,
    lr=5e-3,
    title="Adapters of rank 8",
)


# %% experiment="lora_compared"
# Experiment · What the narrow way costs, and what it gives
@torch.no_grad()
def held_out_loss(model: GPT) -> float:
    """The mean loss of answers made of reviews that nobody has trained on."""
    batches = chat_batches(held_out_talks)
    return float(np.mean([sft_loss(model, batches[k]).item() for k in range(len(batches))]))


held_out_talks = talks_of(held_out)[: scaled(full=960, smoke=32)]
print(f"{'':10} {'learn':>9} {'Adam keeps':>11} {'seconds':>8} {'loss':>6}")
for name, model, history in [
    ("base", base, None),
    ("full", chat_model, sft_history),
    ("adapters", lora_model, lora_history),
]:
    learn = sum(p.numel() for p in model.parameters() if p.requires_grad) if history else 0
    spent = history.seconds if history else 0
    loss = held_out_loss(model)
    print(f"{name:10} {learn:9,} {8 * learn / 1e6:8.2f} MB {spent:8.0f} {loss:6.3f}")

# %% experiment="lora_merged"
# Experiment · Merged, the model is a plain one again
merged_model = copy.deepcopy(lora_model)
for parent, name in linear_layers(merged_model):
    parent.register_module(name, merge(getattr(parent, name)))
some = chat_batches(held_out_talks)[0][0]  # (B, T)
with torch.no_grad():
    apart = (merged_model(some) - lora_model(some)).abs().max().item()
print(f"logits differ by {apart:.0e} at most", end="; ")
print(f"{sum(p.numel() for p in merged_model.parameters()):,} parameters, as the base has")

# %% [markdown]
# **What you saw.** 98,304 numbers learn instead of 2.6 million, and Adam keeps 0.8 MB instead of 21. A step need not
# compute the gradients of the large matrices, a third of the arithmetic at most: forward and backward still go through
# them. What it costs in loss, the last column says. Merged, nothing is left of it but another matrix.
#
# Does full fine-tuning need all directions? Take the change of each matrix, trained minus pretrained, and its singular
# values. Their squares, added up from the largest, say how much of the change so many directions hold.


# %% figure="spectrum"
# Figure · How many directions hold the change
def held_by(change: torch.Tensor) -> np.ndarray:
    """The share of a change's squared norm in its first k directions, for k = 1, 2, …"""
    squares = torch.linalg.svdvals(change.float().cpu()) ** 2
    return (squares.cumsum(0) / squares.sum()).numpy()


with torch.no_grad():
    triples = zip(*map(linear_layers, (base, chat_model, lora_model)), strict=True)
    full_shares, lora_shares = [], []
    for (a, name), (b, _), (c, _) in triples:
        full_shares.append(held_by(getattr(b, name).weight - getattr(a, name).weight))
        lora_shares.append(held_by(getattr(c, name).change()))
fig, ax = plt.subplots(figsize=(6.5, 3.5), layout="constrained")
curves = ("full", full_shares, "-"), ("adapters of rank 8", lora_shares, "--")
for (label, shares, style), color in zip(curves, plots.COLORS, strict=False):
    means = np.mean(shares, axis=0)  # (192,)
    ax.plot(range(1, len(means) + 1), means, style, color=color, label=label)
ax.set(title="The change of a matrix, the mean of 16", xscale="log")
ax.set(xlabel="directions", ylabel="share of the change")
ax.set_xticks([1, 2, 4, 8, 16, 32, 64, 128], labels=["1", "2", "4", "8", "16", "32", "64", "128"])
ax.minorticks_off()
ax.legend()
plots.show(
    fig,
    alt="Two rising curves over the number of directions. The adapters reach 1 at 8, full fine-tuning later.",
    caption="Full fine-tuning spreads its change over many directions; adapters have eight.",
)
