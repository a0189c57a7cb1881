# %% [markdown]
# ### The assistant learns from the reward model
#
# All parts are there. The question is neutral: `Finish:` and the first words of a review, from reviews that neither
# the assistant nor the reward model has learned from. The reward model scores opening and answer as one text. A step
# takes a few openings, writes several answers to each, and changes the policy.
#
# A reward model has no unit: a model twice as sure gives numbers twice as large. So the scatter of the assistant's own
# answers becomes the unit, and $\beta$ = 0.1 says: ten nats cost one of them.


# %% experiment="reinforcement_set_up"
# Experiment · Policy, reference and reward
B, G = scaled(full=(8, 8), smoke=(2, 4))
RL_STEPS, RL_LR, BETA = scaled(full=40, smoke=2), 2e-4, 0.1
ANSWER = 40  # tokens of an answer at most
reference = chat_model.eval()
asked = torch.tensor(openings, device=place)  # (openings, P)
asked_later = torch.tensor(held_out_openings[: scaled(full=512, smoke=16)], device=place)


def finished(tokens: torch.Tensor) -> list[str]:
    """Opening and answer of each conversation (n, T) as one text."""
    return [finished_text(row) for row in tokens.tolist()]


@torch.no_grad()
def scores(texts: list[str]) -> torch.Tensor:
    """The reward model's reward of each text, (n,)."""
    rows = [encode(" " + text.strip()) for text in texts]
    lengths = torch.tensor([len(row) for row in rows], device=place)
    filled = [row + [markers.endoftext] * (max(lengths) - len(row)) for row in rows]
    return reward_model(torch.tensor(filled, device=place), lengths).float() / reward_unit


reward_unit = 1.0
first_answers = sample(
    reference, asked[: scaled(full=256, smoke=8)], ANSWER, 1.0, seeded(3), markers.end
)
reward_unit = scores(finished(first_answers)).std().item()
print(
    f"the rewards of the assistant's answers scatter by {reward_unit:.2f}: from here on, that is 1"
)


# %% experiment="attempt"
# Experiment · Answers and all that is known about them
class Attempt(NamedTuple):
    """Answers that a policy wrote: G to each of B prompts, n = B · G rows."""

    tokens: torch.Tensor  # (n, P + N)
    mask: torch.Tensor  # (n, N), True up to the end
    log_probs: torch.Tensor  # (n, N), by the policy as it was
    ref_log_probs: torch.Tensor  # (n, N), by the reference
    rewards: torch.Tensor  # (n,), of the reward model


def up_to_end(answers: torch.Tensor) -> torch.Tensor:
    """True for the tokens of answers (n, N) up to the first end, and for that end."""
    ends = (answers == markers.end).int()
    return ends.cumsum(dim=1) - ends == 0


@torch.no_grad()
def attempt(policy: GPT, prompts: torch.Tensor, G: int, generator: torch.Generator) -> Attempt:
    """Writes G answers to each of the prompts (B, P) and has them scored."""
    P = prompts.shape[1]
    asked = prompts.repeat_interleave(G, dim=0)  # (n, P)
    tokens = sample(policy, asked, ANSWER, generator=generator, end=markers.end)
    both = (written_log_probs(model(tokens), tokens, P) for model in (policy, reference))
    return Attempt(tokens, up_to_end(tokens[:, P:]), *both, scores(finished(tokens)))


# %% [markdown]
# Read the next function line by line: it is the whole method. `beta` is the price of a nat, and `passes` says how many
# steps of the optimizer a batch of answers serves for: one, except in Exercise 13.


# %% experiment="reinforce"
# Experiment · The whole method
def reinforce(
    policy: GPT, beta: float, steps: int, passes: int = 1, seed: int = 0
) -> Iterator[dict[str, float]]:
    """Trains the policy with the reward model; yields what each step measured."""
    generator = seeded(seed)
    optimizer = torch.optim.Adam(policy.parameters(), RL_LR)
    for step in range(steps):  # five steps of warm-up, then down to 0
        optimizer.param_groups[0]["lr"] = RL_LR * min((step + 1) / 5, 1 - step / steps)
        chosen = torch.randint(len(asked), (B,), generator=generator, device=place)
        got = attempt(policy, asked[chosen], G, generator)
        k1, _, k3 = kl_estimates(got.log_probs, got.ref_log_probs)
        kept = got.rewards - beta * torch.where(got.mask, k1, 0).sum(1)  # (n,)
        advantages = group_advantages(kept.view(B, G)).flatten()  # (n,)
        for _ in range(passes):
            now = written_log_probs(policy(got.tokens), got.tokens, asked.shape[1])
            if passes == 1:
                loss = policy_loss(now, advantages, got.mask)
            else:
                loss = clipped_loss(now, got.log_probs, advantages, got.mask)
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(policy.parameters(), 1.0)
            optimizer.step()
        kl = (k3 * got.mask).sum(dim=1).mean().item()
        yield {"reward": got.rewards.mean().item(), "KL (nats per answer)": kl}


# %% experiment="before_reinforcement"
# Experiment · The assistant before reinforcement
@torch.no_grad()
def measured(policy: GPT) -> tuple[dict[str, float], list[str]]:
    """What one answer to each held-out opening is worth, and the finished texts."""
    got = attempt(policy, asked_later, 1, seeded(0))
    _, _, k3 = kl_estimates(got.log_probs, got.ref_log_probs)
    texts = finished(got.tokens)
    figures = {
        "judged positive": positive_share(texts),
        "reward": got.rewards.mean().item(),
        "KL": (k3 * got.mask).sum().item() / len(texts),
    }
    return figures, texts


table = {"before": measured(reference)}
print(table["before"][0])


# %% experiment="reinforcement"
# Experiment · Reinforcement, on the leash
def trained_with(
    beta: float, steps: int, passes: int = 1, watch: bool = False
) -> tuple[GPT, dict[str, list[float]]]:
    """A copy of the reference after reinforcement, and what its steps measured; `watch` draws it."""
    policy, seen = copy.deepcopy(reference), {}
    picture = plots.placeholder() if watch else None
    for step, values in enumerate(reinforce(policy, beta, steps, passes), start=1):
        for name, value in values.items():
            seen.setdefault(name, []).append(value)
        if watch and (step == steps or step % scaled(full=5, smoke=1000) == 0):
            draw_training(policy, seen, picture)
    return policy, seen


def draw_training(policy: GPT, seen: dict[str, list[float]], picture) -> None:
    """Reward and KL so far, and what the policy says now to one opening."""
    (said,) = finished(sample(policy, asked_later[:1], ANSWER, 1.0, seeded(1), markers.end))
    fig, axes = plt.subplots(1, 2, figsize=(plots.WIDTH, 2.8), layout="constrained")
    for ax, (name, series) in zip(axes, seen.items(), strict=True):
        plots.curves(ax, {name: series}, title=name, xlabel="step", ylabel=name)
    caption = f"After {len(series)} steps: “{said}”"
    plots.show(fig, alt=training_alt, caption=caption, handle=picture)


training_alt = (
    "Two curves over the steps: the mean reward of the answers, and their KL from the reference."
)
tuned, tuned_steps = trained_with(BETA, RL_STEPS, watch=True)
table["RLHF"] = measured(tuned)
print(table["RLHF"][0])

# %% experiment="side_by_side"
# Experiment · The same openings, before and after
for i in range(3):
    for name in ("before", "RLHF"):
        print(textwrap.fill(f"{name:>7}: {table[name][1][i]}", 100, subsequent_indent=" " * 9))
    print()

# %% [markdown]
# **What you saw.** No example told the assistant what to write, and no opening asks for praise: it learned from numbers
# alone that praise pays. The judge, which nobody optimized, agrees: 53% positive before, 93% after in a run of ours.
# And the answers stay near the reference, at a KL of 7 nats: the logarithm of how much more probable an answer has
# become is 7 on average, a sixth of a nat for each of 40 tokens.

# %% [markdown]
# ### More than one step from a batch
#
# This part *may wait*: no other needs it. It counts, 2 points.
#
# Writing answers is the slow part. Was every one of them needed, or can a batch serve for several steps? After the
# first the policy is not the one that wrote. A ratio corrects that, $\rho_t = p_t / p_t^\text{old}$, for each token:
# $\nabla (\rho A) = \rho A \nabla \ln p$, which is the plain gradient while $\rho$ = 1. But a ratio far from 1 is not
# to be trusted. Proximal policy optimization (PPO, [Schulman et al., 2017](https://arxiv.org/abs/1707.06347)) **clips**
# it:
#
# $$L = -\frac{1}{n} \sum_i \sum_t \text{mask}_{i,t}
# \min\big(\rho_{i,t} A_i,\ \text{clip}(\rho_{i,t}, 1 - \epsilon, 1 + \epsilon)\, A_i\big)$$

# %% [markdown]
# ![Two curves of the objective over the ratio: with a positive advantage it rises up to 1.2 and is flat beyond; with
# a negative one it is flat below 0.8 and falls beyond](figures/clip.svg)
#
# *Where the curve is flat there is no gradient: that token has been moved far enough. The other side is never flat, so
# that what went wrong can be taken back.*

# %% [markdown]
# ### Exercise 13 · The clip (2 points · 12 min · ●●○)
#
# Write the loss above; a scalar. `log_probs` `(n, N)` are those of the policy now, `old_log_probs` those from when it
# wrote, `advantages` `(n,)`, `mask` `(n, N)` as before.
#
# With $\epsilon$ = 0.2 and $A$ = 1: $\rho$ = 1.1 gives 1.1, $\rho$ = 1.5 gives 1.2, $\rho$ = 0.5 gives 0.5. With
# $A$ = −1: $\rho$ = 1.5 gives −1.5, $\rho$ = 0.5 gives −0.8.
#
# <details><summary>Hint 1: the idea</summary>The minimum is taken token by token, after both were multiplied by
# A.</details>
# <details><summary>Hint 2: the formula</summary>ρ = exp(log_probs − old_log_probs).</details>
# <details><summary>Hint 3: the line</summary><code>advantages[:, None]</code> is (n, 1);
# <code>torch.minimum</code>, <code>.clamp</code>.</details>


# %% solution="clipped_loss"
def clipped_loss(
    log_probs: torch.Tensor,
    old_log_probs: torch.Tensor,
    advantages: torch.Tensor,
    mask: torch.Tensor,
    epsilon: float = 0.2,
) -> torch.Tensor:
    """PPO's loss: log-probabilities now and then (n, N), advantages (n,), mask (n, N) → a scalar."""
    ### BEGIN SOLUTION
    ratio = (log_probs - old_log_probs).exp()  # (n, N)
    A = advantages[:, None]  # (n, 1)
    objective = torch.minimum(ratio * A, ratio.clamp(1 - epsilon, 1 + epsilon) * A)
    return -(objective * mask).sum(dim=1).mean()
    ### END SOLUTION


# %% check="clip_value" points=1
ratio = torch.tensor([[1.1, 1.5, 0.5], [1.4, 0.5, 0.9]])
old = torch.tensor([[-1.0, -2, -3], [-2, -4, -1]])
mask = torch.tensor([[True, True, True], [True, True, False]])
got = checks.run(clipped_loss, old + ratio.log(), old, torch.tensor([2.0, -1.0]), mask)
checks.that(got.dim() == 0, f"the loss is a scalar; yours has the shape {tuple(got.shape)}.")
slips = {
    "the maximum is taken, not the minimum.": -2.55,
    "the sign is flipped: it is minimized, so it has a minus.": 1.7,
    "the ratio is not clipped.": -2.15,
    "clip the ratio; yours clips the ratio times A.": -0.75,
    "the clipped one alone: the minimum with the plain one is missing.": -2.1,
    "the minimum is taken of the ratios; take it after they are multiplied by A.": -1.95,
    "that is the sum over the answers; take their mean.": -3.4,
    "the mask is not used: tokens behind the end count.": -1.25,
    "the mean over all tokens that count; sum the tokens, divide by the answers.": -0.68,
    "the mean over all tokens; sum the tokens, divide by the answers.": -3.4 / 6,
    "the ratio is old / new; it is new / old.": -1.3758,
    "the ratio is missing its exp: it is a difference of logarithms.": 0.9924,
}
checks.close("−(2 · (1.1 + 1.2 + 0.5) − (1.4 + 0.8)) / 2", got, -1.7, rtol=1e-3, slips=slips)
checks.passed("the smaller one of plain and clipped, token by token")

# %% check="clip_gradient" points=1
ratio = torch.tensor([[1.05, 1.15, 0.5], [1.5, 0.85, 1.05]])
old = torch.tensor([[-2.0, -2, -2], [-3, -3, -3]])
now = (old + ratio.log()).requires_grad_()
every = torch.ones(2, 3, dtype=torch.bool)
loss = checks.run(clipped_loss, now, old, torch.tensor([1.0, -1.0]), every, 0.1)
checks.that(loss.requires_grad, "no gradient flows back to the log-probabilities of now.")
(gradient,) = torch.autograd.grad(loss, now)
moves = gradient.ne(0).int().tolist()
checks.that(
    moves == [[1, 0, 1], [1, 0, 1]],
    "ε = 0.1, ρ = 1.05, 1.15, 0.5 with A = 1, and 1.5, 0.85, 1.05 with A = −1: those with a gradient are "
    f"{moves}; right is [[1, 0, 1], [1, 0, 1]]. Where the clipped one is smaller, it is flat.",
)
checks.close(
    "the gradient, −ρ A / n", gradient[:, [0, 2]], torch.tensor([[-0.525, -0.25], [0.75, 0.525]])
)
### BEGIN HIDDEN TESTS
now = (checks.normal(4, 6, seed=5) - 3).requires_grad_()
advantages = torch.tensor([0.7, -1.3, 0.2, 2.0]).double()
mask = torch.arange(6) < torch.tensor([[6], [2], [4], [1]])
loss = checks.run(clipped_loss, now, now.detach(), advantages, mask)
(gradient,) = torch.autograd.grad(loss, now)
plain = -(advantages[:, None] * mask) / 4
checks.close("the gradient while nothing has moved, that of policy gradients", gradient, plain)
checks.close("the loss while nothing has moved", loss.detach(), plain.sum())
### END HIDDEN TESTS
checks.passed("no gradient where a token has moved far enough; the policy gradient while none has")

# %% [markdown]
# **Experiment.** Once more with half of the steps, so half as many answers, and two passes over each batch, with your
# clip.

# %% experiment="two_passes"
# Experiment · Half of the answers, two passes each
again, again_steps = trained_with(BETA, RL_STEPS // 2, passes=2)
table["clip, half"] = measured(again)
print(table["clip, half"][0])

# %% [markdown]
# **What you saw.** In our run half of the answers went almost as far: 90% positive, at 7 nats, too.
