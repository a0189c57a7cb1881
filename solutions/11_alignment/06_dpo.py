# %% [markdown]
# ## 6 · Preferences without a reward model
#
# Reinforcement needs a reward model, a reference and a policy that writes while it learns. Direct preference
# optimization (DPO, [Rafailov et al., 2023](https://arxiv.org/abs/2305.18290)) gets by with pairs of answers, of which
# one was preferred. In four lines:
#
# 1. The best policy is the tilted reference: $\pi^*(y) = \pi_\text{ref}(y)\, e^{r(y)/\beta} / Z$.
# 2. Solved for the reward: $r(y) = \beta \ln \frac{\pi^*(y)}{\pi_\text{ref}(y)} + \beta \ln Z$.
# 3. Bradley–Terry looks at a difference, where $Z$ drops out: with $\Delta^* = \ln \pi^*(y) - \ln \pi_\text{ref}(y)$,
#    $P(y_w \succ y_l) = \sigma(r(y_w) - r(y_l)) = \sigma(\beta\, [\Delta^*_w - \Delta^*_l])$.
# 4. So fit the policy itself to the preferences, as you fitted the reward model:
#
# $$L = -\ln \sigma\big(\beta\, [\Delta_w - \Delta_l]\big), \qquad \Delta = \ln \pi(y) - \ln \pi_\text{ref}(y)$$

# %% [markdown]
# ![Two ways from preferences to a policy: above by a reward model and reinforcement, below straight by the DPO
# loss](figures/two_ways.svg)
#
# *Both aim at the same policy, if people prefer as Bradley–Terry says. DPO trains one model, on pairs that were written
# before.*

# %% [markdown]
# ### Exercise 15 · DPO (3 points · 15 min · ●●○)
#
# `chosen` and `rejected` `(n,)` are $\ln \pi$ of whole answers, `ref_chosen` and `ref_rejected` those of the reference.
# Return the mean loss of the $n$ pairs, a scalar.
#
# By hand, with $\beta$ = ½: the policy gives the chosen answer −20 and the rejected one −22, the reference −21 and −21.
# Then $\Delta_w$ = 1, $\Delta_l$ = −1, the margin is ½ · 2 = 1, and the loss −ln σ(1) = 0.313. A policy that equals the
# reference has ln 2 = 0.693.
#
# A margin of −1,000 must give 1,000, not infinity.
#
# <details><summary>Hint 1: the idea</summary>How much more probable has each answer become? The chosen one should have
# gained more.</details>
# <details><summary>Hint 2: the formula</summary>margin = β ((chosen − ref_chosen) − (rejected −
# ref_rejected)).</details>
# <details><summary>Hint 3: the line</summary><code>F.logsigmoid</code> is ln σ, also where σ is rounded to
# 0.</details>


# %% solution="dpo_loss"
def dpo_loss(
    chosen: torch.Tensor,
    rejected: torch.Tensor,
    ref_chosen: torch.Tensor,
    ref_rejected: torch.Tensor,
    beta: float,
) -> torch.Tensor:
    """The mean DPO loss of n pairs from the log-probabilities of whole answers, each (n,) → a scalar."""
    ### BEGIN SOLUTION
    margins = (chosen - ref_chosen) - (rejected - ref_rejected)  # (n,)
    return -F.logsigmoid(beta * margins).mean()
    ### END SOLUTION


# %% check="dpo_value" points=1
four = torch.tensor([[-20.0, -22, -21, -21], [-30, -26, -28, -29], [-9, -9, -4, -10]])
got = checks.run(dpo_loss, *four[:1].T, 0.5)
checks.that(got.dim() == 0, f"the loss is a scalar; yours has the shape {tuple(got.shape)}.")
slips = {
    "the sign of the margin is flipped: the chosen one should gain more.": 1.3133,
    "the minus before ln σ is missing.": -0.3133,
    "β is missing.": 0.1269,
    "β divides; it multiplies.": 0.01815,
    "that is σ, not its logarithm.": 0.7311,
    "that is −σ, not its logarithm.": -0.7311,
}
checks.close("−ln σ(½ · 2)", got, 0.3133, rtol=1e-3, slips=slips)
got = checks.run(dpo_loss, *four.T, 0.5)
slips = {
    "the reference is not used.": 1.0444,
    "the reference is the wrong way around: ref_chosen belongs to chosen, and is taken off.": 0.6878,
    "that is the sum over the pairs; take their mean.": 5.9407,
    "the margins are averaged before ln σ; take the mean of the losses.": 1.7014,
}
checks.close("differences 2, −5, −6, each times ½", got, 1.9802, rtol=1e-3, slips=slips)
checks.passed("the loss of what the chosen answer has gained over the rejected one")

# %% check="dpo_gradient" points=1
start = checks.normal(4, 5, seed=6) - 20  # rows: chosen, rejected; the reference says the same
chosen, rejected = (row.clone().requires_grad_() for row in start[:2])
loss = checks.run(dpo_loss, chosen, rejected, start[0], start[1], 0.3)
checks.close("a policy that equals the reference, ln 2", loss.detach(), 0.6931, rtol=1e-3)
checks.that(loss.requires_grad, "no gradient flows back to the policy's log-probabilities.")
gradients = torch.autograd.grad(loss, (chosen, rejected), allow_unused=True)
for side, gradient in zip(("chosen", "rejected"), gradients, strict=True):
    checks.that(gradient is not None, f"no gradient flows back to the {side} answers.")
expected = torch.full((5,), 0.03).double()  # β · ½ / n
checks.close("the gradient by the chosen answers, −β / 2n", gradients[0], -expected)
checks.close("the gradient by the rejected answers, β / 2n", gradients[1], expected)
### BEGIN HIDDEN TESTS
far = torch.tensor([0.0, -40, 25]).double().requires_grad_()
loss = checks.run(dpo_loss, far, *torch.zeros(3, 3).double(), 0.2)
(gradient,) = torch.autograd.grad(loss, far)
weight_of = torch.special.expit(-0.2 * far.detach())  # a pair that is right already hardly counts
checks.close("the gradient of other margins", gradient, -0.2 * weight_of / 3)
### END HIDDEN TESTS
checks.passed("chosen answers go up and rejected ones down, by β/2 at the start")

# %% check="dpo_far" points=1
zero = torch.zeros(1)
got = checks.run(dpo_loss, zero - 1000, zero, zero, zero, 1.0)
checks.finite("a margin of −1,000", got, "σ is rounded to 0 there; F.logsigmoid is the logarithm.")
checks.close("a margin of −1,000", got, 1000.0)
### BEGIN HIDDEN TESTS
got = checks.run(dpo_loss, zero - 300, zero + 300, zero, zero, 2.0)
checks.close("a margin of −1,200", got, 1200.0)
### END HIDDEN TESTS
checks.passed("margins of any size")

# %% [markdown]
# **Experiment.** Back to the bandit. Its best policy is known. Reinforcement climbs $J$; DPO gets every pair of
# answers, each preferred as often as Bradley–Terry says. Both exact, nothing drawn.

# %% experiment="bandit_both_ways"
# Experiment · Two ways to one policy
best = bandit_ref * (bandit_reward / bandit_beta).exp()
best = best / best.sum()
first, second = torch.cartesian_prod(torch.arange(3), torch.arange(3)).T  # all pairs, (9,) each
preferred = torch.sigmoid(bandit_reward[first] - bandit_reward[second])  # how often


def minus_objective(log_p: torch.Tensor) -> torch.Tensor:
    return -(log_p.exp() * (bandit_reward - bandit_beta * (log_p - bandit_ref.log()))).sum()


def pairs_loss(log_p: torch.Tensor) -> torch.Tensor:
    log_ref = bandit_ref.log()
    losses = torch.stack(
        [
            dpo_loss(log_p[[i]], log_p[[j]], log_ref[[i]], log_ref[[j]], bandit_beta)
            for i, j in zip(first.tolist(), second.tolist(), strict=True)
        ]
    )
    return (preferred * losses).mean()


print(f"{'the best policy':16} {best.numpy().round(4)}")
for name, loss_of in (("reinforcement", minus_objective), ("DPO", pairs_loss)):
    z = bandit_ref.log().clone().requires_grad_()
    optimizer = torch.optim.Adam([z], lr=0.05)
    for _ in range(400):
        optimizer.zero_grad()
        loss_of(z.log_softmax(dim=0)).backward()
        optimizer.step()
    print(f"{name:16} {z.softmax(dim=0).detach().numpy().round(4)}")

# %% [markdown]
# **Experiment.** Now the assistant. To compare the ways and not the data, the reward model plays the person who
# compares: the assistant writes 8 answers to each of some openings, and the best is paired with the worst, the second
# best with the last but one, and so on. Here the better one always wins, so no finite margin is enough: the same
# $\beta$ is a longer leash. Then DPO, without writing any more. The budget is about that of reinforcement: 1,920
# answers instead of 2,560, and 60 steps of 64 answers instead of 40.


# %% experiment="written_pairs"
# Experiment · Pairs that the assistant wrote
def ranked_pairs(n_openings: int) -> tuple[Attempt, torch.Tensor]:
    """Answers of the reference, and the rows of chosen and rejected ones among them, (pairs, 2)."""
    got = attempt(reference, asked[:n_openings], G, seeded(2))
    order = got.rewards.view(-1, G).argsort(dim=1, descending=True)  # (openings, G), best first
    rows = order + G * torch.arange(n_openings, device=place)[:, None]
    half = G // 2
    return got, torch.stack([rows[:, :half], rows.flip(1)[:, :half]], dim=-1).flatten(0, 1)


written, ranked = ranked_pairs(scaled(full=240, smoke=4))
print(f"{len(written.tokens):,} answers, {len(ranked):,} pairs")
gap = (written.rewards[ranked[:, 0]] - written.rewards[ranked[:, 1]]).mean().item()
print(f"the chosen answer's reward is higher by {gap:.2f} on average")


# %% experiment="dpo"
# Experiment · Direct preference optimization
def sums(values: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
    """The log-probability of whole answers: of tokens (n, N), and the rows that they are → (n,)."""
    return (values * written.mask[rows]).sum(dim=1)


def dpo_batch_loss(policy: GPT, batch: Batch) -> torch.Tensor:
    """The loss of pairs (n, 2) of rows of what was written."""
    (pair,) = batch
    n, rows = len(pair), pair.T.flatten()  # chosen, then rejected
    tokens = written.tokens[rows]
    now = written_log_probs(policy(tokens), tokens, asked.shape[1])
    ours, theirs = sums(now, rows), sums(written.ref_log_probs[rows], rows)
    return dpo_loss(ours[:n], ours[n:], theirs[:n], theirs[n:], BETA)


direct = copy.deepcopy(reference)
fit(
    direct,
    Batches(ranked, batch_size=scaled(full=32, smoke=4), device=place),
    dpo_batch_loss,
    steps=scaled(full=60, smoke=3),
    lr=RL_LR,
    title="DPO",
)
table["DPO"] = measured(direct)

# %% experiment="all_compared"
# Experiment · All ways compared
witnesses_all = {name: witnessed(name) for name in table}
print(f"{'':16}" + "".join(f"{name:>10}" for name in witnesses_all))
for name in witnesses_all["before"]:
    print(f"{name:16}" + "".join(f"{row[name]:10.2f}" for row in witnesses_all.values()))
for text in table["DPO"][1][:3]:
    print("\n" + textwrap.fill(text, 100))
before, rlhf = witnesses_all["before"], witnesses_all["RLHF"]
base_positive_share, rlhf_positive_share = before["judged positive"], rlhf["judged positive"]
rlhf_kl, distinct2_ratio = rlhf["KL"], rlhf["distinct-2"] / before["distinct-2"]
dpo_positive_share = witnesses_all["DPO"]["judged positive"]

# %% [markdown]
# **What you saw.** Both ways raise the judged share without a text that says how. A run of ours on IMDB, in which the
# reward model was right about 84% of held-out pairs:
#
# | | before | RLHF | no leash | DPO |
# |---|---|---|---|---|
# | judged positive | 53% | 93% | 100% | 89% |
# | KL in nats | 0 | 7 | 65 | 13 |
# | different pairs | 82% | 76% | 61% | 83% |
#
# DPO has less to do: no reward model and no writing while it learns, and a loss like that of any classifier. But it
# learns from answers of the *old* assistant, which it has left after some steps; reinforcement is told about what it
# writes now. A preference also says less than a reward: which, not by how much. And DPO may push both answers of a pair
# down, the rejected one farther: the loss sees their difference alone ([Pal et al.,
# 2024](https://arxiv.org/abs/2402.13228)).
