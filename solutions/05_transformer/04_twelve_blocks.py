# %% [markdown]
# ## 4 · Twelve blocks, and a schedule
#
# One block was easy to train. With many, the first steps decide. Adam makes each of its steps about as large as the
# learning rate says, however small the gradient, and its running averages have seen almost nothing yet. A **warm-up**
# begins with tiny steps. You have trained with one since Lab 02, inside of `fit`; now you write it.
#
# Linear warm-up, then half a cosine, nearly down to zero. With a warm-up of 4 steps out of 12, the factors on the peak
# learning rate begin with $\frac14, \frac24, \frac34, 1$. The cosine then starts at 1 and reaches $\frac12$ in the
# middle of the rest.

# %% [markdown]
# ### Exercise 4 · Warm-up and cosine (2 points · 8 min · ●○○)
#
# Return the factor for `step`, counted from 0. In the first `warmup` steps it is $(\text{step} + 1) /
# \text{warmup}$. After that, with $p = (\text{step} - \text{warmup}) / (\text{steps} - \text{warmup})$, it
# is $\frac12 (1 + \cos \pi p)$. `warmup` may be 0.
#
# <details><summary>Hint 1: the idea</summary>An if and two formulas.</details>
# <details><summary>Hint 2: the formula</summary>At step = warmup, p is 0 and the factor is 1; at step = steps it
# would be 0.</details>
# <details><summary>Hint 3: the line</summary><code>0.5 * (1 + math.cos(math.pi * p))</code></details>


# %% solution="learning_rate_factor"
def learning_rate_factor(step: int, warmup: int, steps: int) -> float:
    """The factor on the peak learning rate at a step from 0 to steps − 1."""
    ### BEGIN SOLUTION
    if step < warmup:
        return (step + 1) / warmup
    progress = (step - warmup) / (steps - warmup)
    return 0.5 * (1 + math.cos(math.pi * progress))
    ### END SOLUTION


# %% data="factors"
# Data · Your factors at chosen steps, for the checks
def factors(chosen: list[int], warmup: int, steps: int) -> torch.Tensor:
    """Your factors at the chosen steps, for the checks."""
    got = [checks.run(learning_rate_factor, step, warmup, steps) for step in chosen]
    return torch.tensor([float(factor) for factor in got])


# %% check="learning_rate_warmup" points=1
got = factors([0, 1, 2, 3], 4, 12)
slips = {
    "the first factor should not be 0: count (step + 1) / warmup.": torch.arange(4) / 4,
    "divide by warmup, not by steps.": torch.arange(1, 5) / 12,
    "there is no warm-up.": torch.tensor(
        [0.5 * (1 + math.cos(math.pi * s / 12)) for s in range(4)]
    ),
    "the warm-up lasts one step too long.": torch.arange(1, 5) / 5,
}
checks.close("the factors of steps 0 to 3", got, torch.tensor([0.25, 0.5, 0.75, 1.0]), slips=slips)
checks.close("the factor of step 0 without a warm-up", factors([0], 0, 50), torch.ones(1))
### BEGIN HIDDEN TESTS
checks.close("steps 0, 4, 9 of 10", factors([0, 4, 9], 10, 100), torch.tensor([0.1, 0.5, 1.0]))
### END HIDDEN TESTS
checks.passed("a linear warm-up")

# %% check="learning_rate_cosine" points=1
got = factors([4, 6, 8, 10, 11], 4, 12)
expected = torch.tensor([1.0, 0.853553, 0.5, 0.146447, 0.038060])
raw = torch.tensor([0.0, 0.25, 0.5, 0.75, 0.875])
slips = {
    "the cosine goes on from 1 to −1: halve it, and add 1 first.": torch.cos(math.pi * raw),
    "that is a straight line, not a cosine.": 1 - raw,
    "the cosine runs over a quarter turn: π p.": torch.cos(math.pi / 2 * raw),
    "p starts at the end of the warm-up: (step − warmup) / (steps − warmup).": 0.5
    * (1 + torch.cos(math.pi * torch.tensor([4, 6, 8, 10, 11]) / 12)),
    "p divides by steps; the cosine has only steps − warmup of them.": 0.5
    * (1 + torch.cos(math.pi * torch.tensor([0, 2, 4, 6, 7]) / 12)),
    "the factor stays 1 after the warm-up: is p cut to a whole number (//), or the angle in degrees?": (
        torch.ones(5)
    ),
    "the warm-up lasts one step too long: it is the steps below warmup.": torch.tensor(
        [1.25, *expected[1:]]
    ),
    "π is missing.": 0.5 * (1 + torch.cos(raw)),
    "the half belongs to 1 and to the cosine: put both in parentheses.": 0.5
    + torch.cos(math.pi * raw),
    "p is 0 at step = warmup: no + 1.": 0.5 * (1 + torch.cos(math.pi * (raw + 0.125))),
    "the cosine lasts steps − warmup steps: no − 1.": 0.5 * (1 + torch.cos(math.pi * raw * 8 / 7)),
}
checks.close("the factors of steps 4, 6, 8, 10, 11", got, expected, rtol=1e-3, slips=slips)
### BEGIN HIDDEN TESTS
expected = torch.tensor([1.0, 0.853553, 0.5, 0.146447])
checks.close("steps 10, 35, 60, 85", factors([10, 35, 60, 85], 10, 110), expected, rtol=1e-4)
### END HIDDEN TESTS
checks.passed("then half a cosine")

# %% [markdown]
# **Experiment.** Twelve blocks reverse digits, in both orders of the norms, with your schedule and with the same one
# without its warm-up. The fifth row takes the residual connections away. All have the same learning rate, steps and
# sequences; each runs from three starts. Predict: which need the warm-up? Which learn nothing?


# %% experiment="deep_training"
# Experiment · Norm, warm-up and residual connection at 12 blocks
def train_deep(warmup: int, steps: int, norm_first: bool, residual: bool, seed: int):
    """An encoder of 12 blocks, trained, and its history."""
    device.seed_everything(seed)
    model = ReversingEncoder(12, norm_first)
    if not residual:  # the same parts, one after the other
        parts = [(b.norm1, b.attention, b.norm2, b.feed_forward) for b in model.blocks]
        model.blocks = nn.ModuleList(nn.Sequential(*p) for p in parts)
    train = random_digits(64 * steps, seed=100 + seed)
    batches = Batches(train, train.flip(1), batch_size=64, device=place)

    def schedule(progress: float) -> float:  # yours
        return learning_rate_factor(int(progress * steps), warmup, steps)

    model = model.to(place)
    options = {"steps": steps, "lr": 5e-3, "schedule": schedule, "show": False}
    return model, fit(model, batches, token_loss, **options)


# %% experiment="deep_grid"
# Experiment · Five ways, three starts each
steps = scaled(full=150, smoke=2)
ways = {
    "post-LN, no warm-up": (0, steps, False, True),
    "post-LN, warm-up": (steps // 5, steps, False, True),
    "pre-LN, no warm-up": (0, steps, True, True),
    "pre-LN, warm-up": (steps // 5, steps, True, True),
    "pre-LN, no residual": (steps // 5, steps, True, False),
}
deep, deep_losses = {}, {}
few_tests = test[:2000]
print("digits right, 2,000 unseen sequences, three starts")
for name, way in ways.items():
    runs = [train_deep(*way, seed) for seed in range(scaled(full=3, smoke=1))]
    deep[name], deep_histories = zip(*runs, strict=True)
    with torch.no_grad():
        shares = [
            (m(few_tests).argmax(-1) == few_tests.flip(1)).float().mean().item() for m in deep[name]
        ]
    print(f"  {name:20}", *(f"{share:7.1%}" for share in shares))
    deep_losses[name] = torch.tensor([h.loss for h in deep_histories]).mean(dim=0).tolist()

# %% figure="deep_curves"
# Figure · Loss of the five ways
fig, ax = plt.subplots(figsize=(7, 3.2))
axis_words = {"title": "Twelve blocks", "xlabel": "step", "ylabel": "loss, mean of three starts"}
plots.curves(ax, deep_losses, **axis_words)
ax.set_ylim(bottom=0)
plots.show(
    fig,
    alt="Mean loss of five ways to train 12 blocks. Post-LN without warm-up and pre-LN without residual connections "
    "stay at 2.3. Post-LN with warm-up falls late, both pre-LN ways earlier; all three end near 0.",
    caption="Two ways learn nothing: post-LN without a warm-up, and blocks without residual connections.",
)

# %% [markdown]
# **What you saw.** Without residual connections nothing is learned: the loss stays at $\ln 10 = 2.3$, guessing. Post-LN
# needs the warm-up: without it all three starts are lost, with it all three solve the task. Pre-LN solves it either
# way, and here a few steps sooner without. That is one reason why most models today are pre-LN.
#
# "Needs" holds for this learning rate, $5 \cdot 10^{-3}$. At $3 \cdot 10^{-3}$ and with 200 steps, post-LN learned
# from all three starts without a warm-up, too. At $6 \cdot 10^{-3}$ and at $10^{-2}$ even the warm-up saved only two
# starts of three. What it buys is a somewhat larger rate.

# %% [markdown]
# **Experiment.** Each block adds to the same stream, so the last norm and the head can read it **anywhere**, as if the
# blocks that follow did not exist. Do so with the three pre-LN models. Predict: after how many of the 12 blocks does
# the stream hold the reversed digits? And how long are its vectors, block by block?

# %% experiment="stream_reading"
# Experiment · The residual stream, read after each block
readings, vector_lengths = [], []  # a model each: 13 numbers
with torch.no_grad():
    for model in deep["pre-LN, warm-up"]:
        xs = model.stream(few_tests)
        read = torch.stack([model.read(x).argmax(dim=-1) for x in xs])  # (13, 2000, 16)
        readings.append((read == few_tests.flip(1)).float().mean(dim=(1, 2)).tolist())
        vector_lengths.append([x.norm(dim=-1).mean().item() for x in xs])
for shares, sizes in zip(readings, vector_lengths, strict=True):
    print("right:", *(f"{share:4.0%}" for share in shares))
    print("length:", *(f"{size:3.0f}" for size in sizes))

# %% figure="stream_curves"
# Figure · What the stream says, block by block
fig, axes = plt.subplots(1, 2, figsize=(10, 3.2), layout="constrained")
panels = {"digits right": readings, "mean length of its vectors": vector_lengths}
for ax, (ylabel, runs) in zip(axes, panels.items(), strict=True):
    starts = {f"start {i + 1}": run for i, run in enumerate(runs)}
    axis_words = {"title": "The residual stream", "xlabel": "after block", "ylabel": ylabel}
    plots.curves(ax, starts, x=range(13), **axis_words)
    ax.set_ylim(bottom=0)
plots.show(
    fig,
    alt="Two panels against the number of blocks, 0 to 12, three starts each. Left: the share of digits right, read "
    "from the stream, rises from 0.1 to 1 within three blocks and stays there. Right: the length of the vectors "
    "grows with the blocks.",
    caption="Three blocks do the work. The others agree, and add to the same vectors.",
)

# %% [markdown]
# **What you saw.** All three models are done after three blocks of twelve, and nothing told them to be quick. The
# blocks after that write the same answer again, so the vectors grow; the last norm brings them back to one size. A
# residual stream is a page on which each block may write, and from which any later part may read. Large language
# models are read in the same way; there the answer ripens over many more blocks.
