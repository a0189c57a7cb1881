# %% [markdown]
# That is why every training from here on shows both: the loss on what is learned, and the loss on held-out text.
#
# Around the step belongs a loop. It lets the learning rate rise and fall, as in Lab 05: `warmup_cosine` gives the
# factor for a progress between 0 and 1. And from time to time it looks at the held-out text.

# %% [markdown]
# ### Exercise 7 · The training loop (3 points · 15 min · ●●○)
#
# `take_step(k)` makes step number `k` and returns its loss. Write the loop around it. For each `k` from 0 to `steps −
# 1`
#
# - set the learning rate of every parameter group of every optimizer to its **peak** times
#   `warmup_cosine((k + 0.5) / steps)`. The peak is the rate that the group has when training begins;
# - call `take_step(k)` and keep the loss;
# - whenever `every` more steps are done, call `evaluate()` and keep what it returns.
#
# Return both lists.
#
# <details><summary>Hint 1: the idea</summary>A group is a dict; <code>group["lr"]</code> is its rate. It forgets its
# peak when you write a new rate, so note all peaks before the loop.</details>
# <details><summary>Hint 2: the formula</summary>rate = peak · factor; never rate · factor, which would pile up. After
# step k, k + 1 steps are done.</details>
# <details><summary>Hint 3: the line</summary><code>groups = [group for optimizer in optimizers for group in
# optimizer.param_groups]</code>; <code>if (k + 1) % every == 0</code>.</details>


# %% solution="train"
def train(
    take_step: Callable[[int], float],
    optimizers: list[torch.optim.Optimizer],
    steps: int,
    evaluate: Callable[[], float],
    every: int,
) -> tuple[list[float], list[float]]:
    """Trains with a learning rate that rises and falls.

    Args:
        take_step: makes step number k and returns its loss.
        optimizers: those that make the steps; each parameter group begins with its peak learning rate.
        steps: how many to make. evaluate: called after every `every` steps.

    Returns:
        The losses of all steps, and what the evaluations returned.
    """
    ### BEGIN SOLUTION
    groups = [group for optimizer in optimizers for group in optimizer.param_groups]
    peaks = [group["lr"] for group in groups]
    losses, evaluations = [], []
    for k in range(steps):
        for group, peak in zip(groups, peaks, strict=True):
            group["lr"] = peak * warmup_cosine((k + 0.5) / steps)
        losses.append(take_step(k))
        if (k + 1) % every == 0:
            evaluations.append(evaluate())
    return losses, evaluations
    ### END SOLUTION


# %% data="watched_training"
# Data · A training that writes down what your loop does
def watched(steps: int, every: int) -> tuple[list[str], list[list[float]], list, list]:
    """What your loop did in order, the rates of three groups at each step, and the two lists that it returned."""
    weights = [nn.Parameter(torch.zeros(1)) for _ in range(3)]
    first = torch.optim.SGD(
        [{"params": weights[:1], "lr": 0.1}, {"params": weights[1:2], "lr": 2.0}]
    )
    optimizers = [first, torch.optim.SGD(weights[2:], lr=30.0)]
    did, rates = [], []

    def take_step(k: int) -> float:
        did.append(f"step {k}")
        rates.append([float(g["lr"]) for o in optimizers for g in o.param_groups])
        return 5.0 - k

    def evaluate() -> float:
        did.append("evaluate")
        return 100.0 + did.count("evaluate")

    result = checks.run(train, take_step, optimizers, steps, evaluate, every, may_change=True)
    if isinstance(result, list) and all(isinstance(x, float) for x in result):
        raise checks.CheckFailed(f"return two lists; yours returns one list of {len(result)}.")
    losses, evaluations = checks.unpack("train", result, "losses", "evaluations")
    return did, rates, losses, evaluations


# %% check="train_steps" points=1
did, rates, losses, _ = watched(steps=7, every=3)
taken = [what for what in did if what != "evaluate"]
checks.that(taken, "take_step is never called.")
checks.that(
    taken[0] == "step 0", f"the first call is take_step({taken[0][5:]}); steps count from 0."
)
checks.that(
    taken == [f"step {k}" for k in range(7)],
    f"7 steps: expected take_step(0) … take_step(6), each once; got {', '.join(taken)}.",
)
checks.that(isinstance(losses, list), f"losses: expected a list, got a {type(losses).__name__}.")
checks.that(
    losses == [5.0 - k for k in range(7)],
    f"losses: expected what take_step returns, one number for each of 7 steps; got {losses}.",
)
checks.passed("each step once, in order, and every loss is kept")

# %% check="train_evaluations" points=1
for steps, every in ((7, 3), (6, 2), (4, 1), (3, 5)):
    did, _, _, evaluations = watched(steps, every)
    right = []
    for k in range(steps):
        right += [f"step {k}"] + ["evaluate"] * ((k + 1) % every == 0)
    n = right.count("evaluate")
    early = did.index("evaluate") < every if "evaluate" in did else False
    cause = " Evaluate after a step, when every more steps are done." if early else ""
    cause = cause or (" Is it after the loop?" if did.count("evaluate") != n else "")
    checks.that(
        did == right,
        f"{steps} steps, every={every}: expected {', '.join(right)}; got {', '.join(did)}.{cause}",
    )
    checks.that(
        list(evaluations) == [101.0 + i for i in range(n)],
        f"evaluations: expected the {n} numbers that evaluate() returns, got {evaluations}.",
    )
checks.passed("the held-out text is looked at after every few steps")

# %% check="train_schedule" points=1
peaks = torch.tensor([0.1, 2.0, 30.0])
for steps in (5, 20):
    _, rates, _, _ = watched(steps, every=2)
    got = torch.tensor(rates)  # (steps, 3)
    checks.shape("the rates of three groups", got, steps=steps, groups=3)
    middles = (torch.arange(steps) + 0.5) / steps
    factors = torch.tensor([warmup_cosine(float(p)) for p in middles])  # (steps,)
    shifted = [
        torch.tensor([warmup_cosine(k / steps + s / steps) for k in range(steps)]) for s in (0, 1)
    ]
    slips = {
        'the rates never change: write group["lr"] before each step.': peaks.expand(steps, 3),
        "the factors pile up: multiply the peak, not the rate of the step before.": factors.cumprod(
            0
        )[:, None]
        * peaks,
        "the progress is (k + 0.5) / steps, not k / steps.": shifted[0][:, None] * peaks,
        "the progress is (k + 0.5) / steps, not (k + 1) / steps.": shifted[1][:, None] * peaks,
        "the rates are set after the step; set them before it.": torch.cat(
            [torch.ones(1), factors[:-1]]
        )[:, None]
        * peaks,
        "the peaks are lost: each group has its own.": factors[:, None].expand(steps, 3),
        "all groups get the peak of the first one.": factors[:, None] * peaks[:1].expand(3),
        "all groups get the peak of the last one.": factors[:, None] * peaks[2:].expand(3),
        "all groups of an optimizer get the peak of its first one; each has its own.": torch.stack(
            [factors * 0.1, factors * 0.1, factors * 30], dim=1
        ),
        'the peak is group["lr"]; defaults hold a rate for groups that name none.': torch.stack(
            [factors * 0.001, factors * 0.001, factors * 30], dim=1
        ),
        "the groups of the first optimizer alone are changed.": torch.stack(
            [factors * 0.1, factors * 2, 30 + 0 * factors], dim=1
        ),
        "the groups of the last optimizer alone are changed.": torch.stack(
            [0.1 + 0 * factors, 2 + 0 * factors, factors * 30], dim=1
        ),
        "each optimizer may have several groups; only its first is changed.": torch.stack(
            [factors * 0.1, 2 + 0 * factors, factors * 30], dim=1
        ),
    }
    checks.close(f"the rates at {steps} steps", got, factors[:, None] * peaks, slips=slips)
checks.passed("each group rises to its own peak and falls again")

# %% [markdown]
# ### A second optimizer
#
# This part *may wait*, but run its cells: the last one needs them.
#
# Adam looks at each number of a matrix alone. **Muon** ([Jordan et al.,
# 2024](https://kellerjordan.github.io/posts/muon/)) looks at the matrix. It keeps a running mean $M$ of the gradients,
# as momentum does. A few directions of $M = U S V^\top$ are usually far larger than the others and would take the whole
# step. So Muon steps along $U V^\top$: the same directions, all of about the same size. It needs no decomposition: five
# rounds of a polynomial bring all but the smallest singular values to between about 0.7 and 1.2. That is not 1, but
# about equal, and it is enough.


# %% given="orthogonal"
def even_directions(M: torch.Tensor, rounds: int = 5) -> torch.Tensor:
    """About U Vᵀ of M = U S Vᵀ: small singular values rise fast, large ones stay near 1 (Jordan et al., 2024)."""
    X = M if M.shape[0] <= M.shape[1] else M.T  # the smaller side first: less to compute
    X = X / (X.norm() + 1e-7)  # now none is above 1
    for _ in range(rounds):
        A = X @ X.T
        X = 3.4445 * X + (-4.7750 * A + 2.0315 * A @ A) @ X
    return X if M.shape[0] <= M.shape[1] else X.T


skewed = torch.diag(torch.tensor([8.0, 2.0, 0.5])) @ checks.normal(3, 3, seed=1).float()
for name, matrix in (("M", skewed), ("Muon's step", even_directions(skewed))):
    sizes = torch.linalg.svdvals(matrix).tolist()
    print(f"singular values of {name}:", [round(size, 2) for size in sizes])


# %% given="muon"
class Muon(torch.optim.Optimizer):
    """Momentum whose steps go evenly in all directions, for matrices alone (Jordan et al., 2024)."""

    def __init__(self, matrices: list[nn.Parameter], lr: float, momentum: float = 0.95) -> None:
        super().__init__(matrices, {"lr": lr, "momentum": momentum})

    @torch.no_grad()
    def step(self) -> None:
        for group in self.param_groups:
            for W in group["params"]:
                M = self.state[W].setdefault("M", torch.zeros_like(W))
                M.lerp_(W.grad, 1 - group["momentum"])
                tall = max(1.0, W.shape[0] / W.shape[1]) ** 0.5  # as its authors scale it
                W -= group["lr"] * tall * even_directions(M)


# %% experiment="muon_like_torch"
# Experiment · A step of this class and one of PyTorch's
mine, theirs = (nn.Parameter(checks.normal(6, 4, seed=2).float()) for _ in range(2))
mine.grad, theirs.grad = (checks.normal(6, 4, seed=3).float() for _ in range(2))
Muon([mine], lr=0.1).step()
torch.optim.Muon([theirs], lr=0.1, weight_decay=0.0, nesterov=False).step()
difference = (mine - theirs).abs().max()
print(f"largest difference from PyTorch's, which computes in half precision: {difference:.4f}")

# %% [markdown]
# A step of Muon has one size, whatever the gradient, so its learning rate says how far the matrix moves. Embeddings are
# tables, not matrices that turn one vector into another: they stay with AdamW (Lab 01), and so do biases and norms.
# (Our embedding is the head, too; it stays all the same.)
#
# **Experiment.** Your step and your loop train a small GPT. The matrices of its blocks get AdamW or Muon, all else gets
# AdamW. For each of the two, both learning rates were tuned by factors of two on the held-out text, until no neighbor
# was better by more than 0.01 in the mean of three seeds. (0.12 for AdamW's embeddings is no slip of the pen.)

# %% experiment="adamw_and_muon"
# Experiment · AdamW and Muon on the matrices of the blocks
SMALL, small_steps, look_every = 64, scaled(full=200, smoke=4), scaled(full=20, smoke=2)
unseen = held_out_ids[: 64 * (SMALL + 1)].view(64, SMALL + 1).to(place)  # 64 windows
plain = {"betas": (0.9, 0.95), "weight_decay": 0.0}
chosen = {  # for the matrices, and the learning rate of AdamW for all else
    "AdamW": (lambda W: torch.optim.AdamW(W, lr=5e-4, **plain), 0.12),
    "Muon": (lambda W: Muon(W, lr=0.02), 0.03),
}


def trained_small(name: str, seed: int) -> tuple[list[float], list[float]]:
    """Trains a GPT of two blocks, the matrices of its blocks by the named optimizer, all else by AdamW."""
    device.seed_everything(seed)
    model = GPT(vocab_size, SMALL, 64, n_layers=2, n_heads=4).to(place)
    matrices = [p for p in model.blocks.parameters() if p.dim() == 2]
    others = [p for p in model.parameters() if not any(p is W for W in matrices)]
    make, rate_of_others = chosen[name]
    optimizers = [make(matrices), torch.optim.AdamW(others, lr=rate_of_others, **plain)]
    batches = Batches(windows_of(train_ids, SMALL), batch_size=16, device=place, seed=seed)

    @torch.no_grad()
    def unseen_loss() -> float:
        return F.cross_entropy(model(unseen[:, :-1]).mT, unseen[:, 1:]).item()

    def take_step(k: int) -> float:
        return train_step(model, *next_token(batches[k][0]), optimizers)

    return train(take_step, optimizers, small_steps, unseen_loss, look_every)


runs = {name: [trained_small(name, seed) for seed in range(3)] for name in chosen}
for name, of_seeds in runs.items():
    print(f"{name:<6} held-out loss of three seeds:", [round(run[1][-1], 2) for run in of_seeds])

# %% figure="adamw_and_muon_curves"
# Figure · Training and held-out loss with both optimizers
fig, ax = plt.subplots(figsize=(7, 3.6), layout="constrained")
series = {}
for name, of_seeds in runs.items():
    losses, held = (torch.tensor([run[i] for run in of_seeds]).mean(dim=0) for i in (0, 1))
    series[f"{name}, training text"] = losses.unflatten(0, (-1, look_every)).mean(dim=1).tolist()
    series[f"{name}, held-out text"] = held.tolist()
words = {"title": "A small GPT, mean of three seeds", "xlabel": "step", "ylabel": "loss (nats)"}
plots.curves(ax, series, x=range(look_every, small_steps + 1, look_every), **words)
for i, line in enumerate(ax.lines):  # a color for each optimizer, dashes for held-out text
    line.set(color=plots.COLORS[i // 2], linestyle=("-", "--")[i % 2])
ax.legend()
plots.show(
    fig,
    alt="Loss against steps, four curves: AdamW and Muon, each on training and on held-out text. All fall; those of "
    "Muon lie below those of AdamW, and both curves of an optimizer fall together.",
    caption="A color is an optimizer; solid: training text, dashed: held-out text. A point of training text is the "
    "mean over the steps since the point before it.",
)

# %% [markdown]
# **What you saw.** With each of the three seeds Muon ends lower than AdamW with any, by about 0.1 nats. The steps are
# equal, the work is not: a step of Muon takes about a tenth more arithmetic here. And it is one small model for 200
# steps: how far apart two optimizers end depends on size and length.
#
# The held-out text is easier than the rest, so its curves lie lower. What counts is that both curves of an optimizer
# fall together to the end. In 200 steps of 1,024 tokens the model reads about a third of the text, so it can know
# little of it by heart. The next run reads more than twice the whole.
