# %% [markdown]
# ## 10 · Modules and optimizers
#
# `nn.Module` collects parameters, `nn.Linear` draws its own, and an optimizer such as `torch.optim.SGD`
# updates whatever it was given. `nn.CrossEntropyLoss` takes *logits*, not probabilities: it contains the
# softmax, in a form that cannot overflow.

# %% [markdown]
# ### Exercise 12 · The same network, the PyTorch way (4 points · 12 min · ●○○)
#
# Write the class `MLP` with one hidden layer and tanh; `forward` returns logits `(B, n_classes)`. Then
# write `train_step`: one step of `optimizer` on the cross-entropy of one batch. It returns the loss
# before the step as a Python float.
#
# <details><summary>Hint 1: the idea</summary>Two <code>nn.Linear</code> layers made in
# <code>__init__</code>, tanh between them in <code>forward</code>, and no softmax at all.</details>
# <details><summary>Hint 2: the formula</summary>logits = linear₂(tanh(linear₁(x))). A training step is
# zero, forward, loss, backward, step.</details>
# <details><summary>Hint 3: the
# line</summary><code>loss = nn.CrossEntropyLoss()(model(x), y)</code></details>


# %% solution="mlp"
class MLP(nn.Module):
    """A perceptron with one hidden layer: logits = W2 tanh(W1 x + b1) + b2."""

    def __init__(self, d_in: int, d_hidden: int, n_classes: int) -> None:
        super().__init__()
        ### BEGIN SOLUTION
        self.hidden = nn.Linear(d_in, d_hidden)
        self.output = nn.Linear(d_hidden, n_classes)
        ### END SOLUTION

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Maps inputs (B, d_in) to logits (B, n_classes)."""
        ### BEGIN SOLUTION
        return self.output(torch.tanh(self.hidden(x)))
        ### END SOLUTION


# %% check="mlp_parameters" points=1
model = checks.run(MLP, 6, 5, 4)
checks.that(isinstance(model, nn.Module), "MLP should be a subclass of nn.Module.")
total = sum(p.numel() for p in model.parameters())
expected = 5 * 6 + 5 + 4 * 5 + 4
checks.that(total != 5 * 6 + 4 * 5, "the biases are missing.")
checks.that(
    total > 0,
    "PyTorch sees no parameters: assign each layer to self; a plain Python list hides them.",
)
checks.that(total == expected, f"expected {expected} parameters, 5·6 + 5 + 4·5 + 4, got {total}.")
checks.passed("a module with two weight matrices and two biases")

# %% check="mlp_function" points=1
model = checks.run(MLP, 6, 5, 4)
x = checks.normal(7, 6, seed=30)
logits = checks.run(model, x)
checks.shape("model(x)", logits, batch=7, classes=4)
rows = logits.exp().sum(dim=1) if (logits <= 0).all() else logits.sum(dim=1)
checks.that(
    not torch.allclose(rows, torch.ones(7)),
    "these are probabilities; return logits: the loss has the softmax.",
)
with torch.no_grad():
    for p in model.parameters():
        if p.numel() in (5, 4):
            p.zero_()  # without biases the network is odd, because tanh is
    plus, minus, far, farther = (checks.run(model, factor * x) for factor in (1.0, -1.0, 1e6, 2e6))
checks.that(plus.any(), "model(x) is zero for every x.")
doubled = checks.run(model, 2 * x)
checks.that(
    not torch.allclose(2 * plus, doubled),
    "twice the input gives twice the output: is tanh missing?",
)
checks.close("without biases, model(−x)", minus, -plus)
checks.close("for huge inputs, where tanh is ±1, model(2x)", farther, far, rtol=1e-5)
with torch.no_grad():
    for p in model.parameters():
        if 4 in p.shape:
            p.mul_(10)  # the last layer is linear
last = checks.run(model, x)
checks.that(
    torch.allclose(last, 10 * plus),
    "nothing may follow the last layer: return its output as it is.",
)
checks.passed("the right function, and it returns logits")


# %% solution="train_step"
def train_step(
    model: nn.Module, optimizer: torch.optim.Optimizer, x: torch.Tensor, y: torch.Tensor
) -> float:
    """One optimizer step on the mean cross-entropy of a batch.

    Args:
        model: maps x to logits (B, n_classes).
        optimizer: holds the model's parameters.
        x: inputs, (B, d_in).
        y: true classes, (B,).

    Returns:
        The loss before the step.
    """
    ### BEGIN SOLUTION
    loss = nn.CrossEntropyLoss()(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()
    ### END SOLUTION


# %% data="linear_problem"
# Data · A linear classifier and its steps, for the checks
def linear_steps(n: int, loss_fn=F.cross_entropy, *, accumulate: bool = False) -> dict:
    """The weights of a linear classifier after n steps of size 0.5, without an optimizer."""
    weight, piled = checks.normal(4, 6, seed=31), torch.zeros(4, 6)
    for _ in range(n):
        w = weight.clone().requires_grad_()
        loss = loss_fn(F.linear(steps_x, w), steps_y)
        (grad,) = torch.autograd.grad(loss, w)
        piled = piled + grad if accumulate else grad
        weight = weight - 0.5 * piled
    return {"weight": weight}


def linear_model() -> tuple[nn.Module, torch.optim.Optimizer]:
    """The same classifier as a module, with its optimizer."""
    model = nn.Linear(6, 4, bias=False)
    with torch.no_grad():
        model.weight.copy_(checks.normal(4, 6, seed=31))
    return model, torch.optim.SGD(model.parameters(), lr=0.5)


steps_x, steps_y = checks.normal(7, 6, seed=32), torch.tensor([0, 3, 1, 1, 2, 3, 0])

# %% check="train_step_once" points=1
model, optimizer = linear_model()
before = F.cross_entropy(model(steps_x), steps_y).item()
loss = checks.run(train_step, model, optimizer, steps_x, steps_y)
slips = {
    "the weights did not change: is backward() or step() missing, or zero_grad() between them?": linear_steps(
        0
    ),
    "CrossEntropyLoss takes logits; do not apply softmax first.": linear_steps(
        1, lambda logits, y: F.cross_entropy(logits.softmax(dim=1), y)
    ),
    "the loss of exercise 3 takes probabilities; nn.CrossEntropyLoss takes logits.": linear_steps(
        1, lambda logits, y: F.nll_loss(logits.clamp(min=torch.finfo(logits.dtype).tiny).log(), y)
    ),
    "the loss is a sum over the batch; use the mean, the default.": linear_steps(
        1, lambda logits, y: F.cross_entropy(logits, y, reduction="sum")
    ),
}
checks.tensors("after one step, the", {"weight": model.weight}, linear_steps(1), slips=slips)
after = F.cross_entropy(model(steps_x), steps_y).item()
checks.close("the returned loss", loss, before, slips={"that is the loss after the step.": after})
checks.number("the returned loss", loss)
checks.passed("one step of the optimizer")

# %% check="train_step_again" points=1
model, optimizer = linear_model()
for _ in range(5):
    checks.run(train_step, model, optimizer, steps_x, steps_y)
slips = {
    "gradients pile up from step to step: call optimizer.zero_grad().": linear_steps(
        5, accumulate=True
    )
}
checks.tensors("after five steps, the", {"weight": model.weight}, linear_steps(5), slips=slips)
### BEGIN HIDDEN TESTS
model = nn.Sequential(nn.Linear(6, 5), nn.Tanh(), nn.Linear(5, 4))
optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
losses = [checks.run(train_step, model, optimizer, steps_x, steps_y) for _ in range(200)]
checks.that(
    losses[-1] < 0.1 * losses[0],
    "a small network does not learn seven samples in 200 steps of yours.",
)
### END HIDDEN TESTS
checks.passed("five steps in a row")
