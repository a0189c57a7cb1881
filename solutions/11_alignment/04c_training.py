# %% [markdown]
# ### The assistant learns from the reward model
#
# All parts are there. The question is neutral: `Finish:` and the first words of a review, from reviews that no other
# part has seen. The reward model scores opening and answer as one text. A step takes a few openings, writes several
# answers to each, and changes the policy.
#
# A reward model has no unit: a model twice as sure gives numbers twice as large. So the scatter of the assistant's own
# answers becomes the unit, and $\beta$ = 0.1 says: ten nats cost one of them.


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
# steps of the optimizer a batch of answers serves for; with more than one, your clipped loss is taken.


# %% experiment="reinforce"
# Experiment · The whole method
def reinforce(
    policy: GPT, beta: float, steps: int, passes: int = 1, seed: int = 0
) -> Iterator[dict[str, float]]:
    """Trains the policy with the reward model; yields what each step measured."""
    generator = seeded(seed)
    optimizer = torch.optim.Adam(policy.parameters(), RL_LR)
    for step in range(steps):
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


# %% experiment="reinforcement_set_up"
# Experiment · Policy, reference and reward
B, G = scaled(full=(8, 8), smoke=(2, 4))
RL_STEPS, RL_LR, BETA = scaled(full=40, smoke=4), 2e-4, 0.1
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


# %% experiment="before_reinforcement"
# Experiment · The assistant before


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
# alone that praise pays. The judge, which nobody optimized, agrees. And the answers stay near the reference: a KL of 10
# nats says that the logarithm of how much more probable an answer has become is 10 on average, a quarter of a nat for
# each of 40 tokens.
#
# Was every answer needed? Once more with half of the steps, so half as many answers, and two passes over each batch,
# with your clip.

# %% experiment="two_passes"
# Experiment · Half of the answers, two passes each
again, again_steps = trained_with(BETA, RL_STEPS // 2, passes=2)
table["PPO, half"] = measured(again)
print(table["PPO, half"][0])
