# %% [markdown]
# ## 11 · Five versions, one result
#
# You now have the same network in five versions: by hand, with your engine, with PyTorch's autograd, as a module
# updated by hand, and as a module with an optimizer. If every derivation is right, all five take the same steps. The
# cell starts them from the same parameters and lets each take 100 steps on the same batches.


# %% experiment="five_ways_setup"
# Experiment · The same start for all five versions
def copy_into(model: nn.Module, params: dict[str, torch.Tensor]) -> None:
    """Writes parameters into a module, each where its shape fits (transposed if the module wants that)."""
    with torch.no_grad():
        for target in model.parameters():
            fits = (v for p in params.values() for v in (p, p.mT if p.dim() == 2 else p))
            target.copy_(next(v for v in fits if v.shape == target.shape))


def engine_gradients(params: dict, x: torch.Tensor, y: torch.Tensor) -> dict:
    """The gradients of a batch, by your engine."""
    values = {name: Value(value) for name, value in params.items()}
    loss, _ = engine_loss(values, x, y)
    loss.backward()
    return {name: value.grad for name, value in values.items()}


def own_loss_fn(params: dict, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    return cross_entropy(forward(params, x)[0], y)


same_start = init_params(64, 32, 10, torch.Generator().manual_seed(7))


def from_the_start() -> tuple[dict, nn.Module, nn.Module]:
    """Tensors that record gradients and two modules, all with the values of `same_start`."""
    recording = {name: value.clone().requires_grad_() for name, value in same_start.items()}
    modules = MLP(64, 32, 10), MLP(64, 32, 10)
    for model in modules:
        copy_into(model, same_start)
    return recording, *modules


# %% experiment="five_ways"
# Experiment · One hundred steps of each version, side by side
order = torch.Generator().manual_seed(8)
by_hand = by_engine = same_start
with_autograd, module, optimized = from_the_start()
optimizer = torch.optim.SGD(optimized.parameters(), lr=0.3)
max_disagreement = 0.0
for _ in range(100):
    batch = torch.randperm(len(digits_x), generator=order)[:32]
    x, y = digits_x[batch], digits_y[batch]
    by_hand = sgd_step(by_hand, gradients(by_hand, x, y), 0.3)
    by_engine = sgd_step(by_engine, engine_gradients(by_engine, x, y), 0.3)
    autograd_step(own_loss_fn, with_autograd, x, y, 0.3)
    own_slopes = torch.autograd.grad(F.cross_entropy(module(x), y), list(module.parameters()))
    with torch.no_grad():
        for parameter, slope in zip(module.parameters(), own_slopes, strict=True):
            parameter -= 0.3 * slope
    train_step(optimized, optimizer, x, y)
    probs = [forward(p, digits_x_test)[0] for p in (by_hand, by_engine, with_autograd)]
    probs += [torch.softmax(m(digits_x_test), dim=1) for m in (module, optimized)]
    spread = torch.stack(probs).detach()  # (5, 450, 10)
    distance = (spread.max(dim=0).values - spread.min(dim=0).values).max().item()
    max_disagreement = max(max_disagreement, distance)
print(
    f"largest difference between any two of the five, in any probability, at any step: {max_disagreement:.1e}"
)
assert max_disagreement <= 1e-10, (
    "the five versions disagree: which of your exercises is not solved yet?"
)
