# %% [markdown]
# ### Better than what?
#
# Say the rewards of an opening are 10, 11 and 12. By the formula all three answers are made more probable, the last a
# little more than the others: only after many draws does the difference show. Rewards of −1, 0 and 1 say the same with
# far less noise. So a **baseline** is taken off, what could be expected anyway. Actor–critic methods such as PPO learn
# a second network for it. Group relative policy optimization (GRPO, [Shao et al.,
# 2024](https://arxiv.org/abs/2402.03300)) draws a *group* of $G$ answers to one opening: its mean is the baseline. What
# is left, in units of the group's scatter, is the **advantage**:
#
# $$A_{b,g} = \frac{R_{b,g} - \text{mean}_g\, R_{b,g}}{\text{std}_g\, R_{b,g} + \epsilon}$$

# %% [markdown]
# ![Four answers to one opening with their rewards 2, 1, 0 and 1; the mean is 1, so the advantages are plus 1.22, 0,
# minus 1.22 and 0](figures/group.svg)
#
# *Better than the group's mean is pushed up, worse is pushed down.*

# %% [markdown]
# ### Exercise 11 · Advantages (2 points · 10 min · ●○○)
#
# `rewards` is `(B, G)`: $G$ answers to each of $B$ openings. Return the advantages, `(B, G)`. Take the standard
# deviation with $G - 1$, as `torch.std` does, and $\epsilon$ = 0.0001.
#
# When all answers of a group are equally good there is nothing to learn from it: zeros.
#
# <details><summary>Hint 1: the idea</summary>Each row is a group and knows nothing of the other rows.</details>
# <details><summary>Hint 2: the formula</summary>Mean and standard deviation of each row, (B, 1), fit beside
# (B, G).</details>
# <details><summary>Hint 3: the line</summary><code>rewards.mean(dim=1, keepdim=True)</code></details>


# %% solution="group_advantages"
def group_advantages(rewards: torch.Tensor) -> torch.Tensor:
    """How much better than its group each answer is: rewards (B, G) → (B, G)."""
    ### BEGIN SOLUTION
    centered = rewards - rewards.mean(dim=1, keepdim=True)
    return centered / (rewards.std(dim=1, keepdim=True) + 1e-4)
    ### END SOLUTION


# %% check="advantages_value" points=1
rewards = torch.tensor([[2.0, 1, 0, 1], [-30, 10, 10, 10], [0.5, 0.25, 0.5, 0.75]])
got = checks.run(group_advantages, rewards)
checks.shape("group_advantages", got, B=3, G=4)
right = torch.tensor([[1.2246, 0, -1.2246, 0], [-1.5, 0.5, 0.5, 0.5], [0, -1.2241, 0, 1.2241]])
each = rewards - torch.tensor([[1.0], [0], [0.5]])
slips = {
    "the mean is that of all groups; each row has its own.": (rewards - 0.5) / 10.4627,
    "the standard deviation is that of all groups; each row has its own.": each / 10.4627,
    "mean and deviation run over the openings; a group is a row: dim=1.": torch.tensor(
        [
            [0.6184, -0.5068, -0.6211, -0.5535],
            [-1.1537, 1.1519, 1.1535, 1.1544],
            [0.5353, -0.6451, -0.5324, -0.6009],
        ]
    ),
    "the standard deviation divides by G; take G − 1.": right * (4 / 3) ** 0.5,
    "the deviation is missing: divide by it.": each,
    "that divides by the variance.": each / torch.tensor([[0.6668], [400.0], [0.041767]]),
    "nothing is taken off: the mean of each row is missing.": rewards
    / torch.tensor([[0.8166], [20.0001], [0.2042]]),
    "the sign is flipped: what is better has a positive advantage.": -right,
}
checks.close("three groups of four", got, right, atol=2e-3, slips=slips)
checks.passed("each group has its own mean and scatter")

# %% check="advantages_equal" points=1
got = checks.run(group_advantages, torch.tensor([[3.0, 3, 3], [0, 0, 6]]))
checks.finite("a group of equals", got, "0 / 0: the standard deviation needs its ε.")
checks.close("three equal rewards", got[0], torch.zeros(3))
got = checks.run(group_advantages, torch.tensor([[1.0, 1.0002]]))
slips = {
    "ε is added to the standard deviation; here it is missing.": torch.tensor([[-0.7071, 0.7071]]),
    "ε stands beside the standard deviation, not under its root.": torch.tensor([[-0.01, 0.01]]),
}
checks.close(
    "0.0001 / (0.000141 + ε)", got, torch.tensor([[-0.4142, 0.4142]]), atol=2e-3, slips=slips
)
### BEGIN HIDDEN TESTS
rewards = checks.normal(5, 6, seed=4) * torch.arange(1.0, 6)[:, None] + 7
got = checks.run(group_advantages, rewards)
checks.close("the mean of each group", got.mean(dim=1), torch.zeros(5).double(), atol=1e-6)
checks.close("the scatter of each group", got.std(dim=1), torch.ones(5).double(), rtol=2e-3)
order = torch.tensor([3, 0, 5, 1, 4, 2])
checks.close("in another order", checks.run(group_advantages, rewards[:, order]), got[:, order])
checks.any_device(group_advantages, rewards)
### END HIDDEN TESTS
checks.passed("equals teach nothing, and nothing is divided by zero")

# %% [markdown]
# **Experiment.** What does the baseline do to the gradient? The bandit is small enough to go through all groups of $G$
# answers, each as often as it would be drawn. Is the mean of their gradients the true one, and how far does a single
# group stray? Then the same with 10 added to every reward, which changes nothing about what is better.


# %% experiment="baseline_bandit"
# Experiment · Every group of the bandit
def all_groups(rewards: torch.Tensor, G: int, way: Callable[[torch.Tensor], torch.Tensor]):
    """The mean gradient over all groups of G answers, (3,), and the scatter of a single group's."""
    groups = torch.cartesian_prod(*[torch.arange(3)] * G)  # (3^G, G)
    often = weight[groups].prod(dim=1)  # (3^G,)
    directions = torch.eye(3) - weight  # row i: the gradient of ln π of answer i
    one = (way(rewards[groups])[..., None] * directions[groups]).mean(dim=1)  # (3^G, 3)
    mean = often @ one
    return mean, (often @ (one - mean).pow(2).sum(dim=1)).sqrt().item()


ways = {
    "no baseline": lambda rewards: rewards,
    "less the mean": lambda rewards: rewards - rewards.mean(dim=-1, keepdim=True),
    "your advantages": group_advantages,
}
print(f"G = 4{'mean / true gradient':>33}{'scatter / length':>20}{'rewards + 10':>16}")
for name, way in ways.items():
    mean, scatter = all_groups(kept.detach(), 4, way)
    _, scatter_far = all_groups(kept.detach() + 10, 4, way)
    length = mean.norm().item()
    ratio = (mean / summed).numpy().round(3)
    print(f"{name:17}{ratio!s:>21}{scatter / length:20.2f}{scatter_far / length:16.2f}")

# %% [markdown]
# **What you saw.** Without a baseline all depends on where the rewards lie: around zero a single group strays even
# less, since the mean of four answers is itself noisy; around 10 it is mostly noise. With one, it does not matter. The
# price: each answer is a part of its own baseline, so the gradient is $1 - 1/G$ of the true one; a learning rate makes
# up for that.
#
# Divided by the scatter of its group, it is no longer parallel to the true gradient: groups that differ by little are
# blown up. That is GRPO's bargain, one learning rate for rewards of any size
# ([Liu et al., 2025](https://arxiv.org/abs/2503.20783), take the division out again).
#
# This is a good place for a break.

# %% [markdown]
# ### Exercise 12 · The loss (2 points · 10 min · ●●○)
#
# `log_probs` `(n, N)` are those of $n$ answers of $N$ tokens, `advantages` `(n,)` one number each. `mask` `(n, N)` is
# True for the tokens that the model wrote, up to its `end`; what stands behind does not count. Return the scalar
#
# $$L = -\frac{1}{n} \sum_i A_i \sum_t \text{mask}_{i,t} \ln p_{i,t}$$
#
# Its gradient is the policy gradient, with the sign of a loss. The inner sum is $\ln \pi$ of the whole answer: a sum,
# not a mean, or long answers would count less for each token.
#
# <details><summary>Hint 1: the idea</summary>First one number for each answer, then their mean.</details>
# <details><summary>Hint 2: the formula</summary>A token that does not count is multiplied by 0.</details>
# <details><summary>Hint 3: the line</summary><code>(log_probs * mask).sum(dim=1)</code> is (n,).</details>


# %% solution="policy_loss"
def policy_loss(
    log_probs: torch.Tensor, advantages: torch.Tensor, mask: torch.Tensor
) -> torch.Tensor:
    """The loss whose gradient is minus the policy gradient.

    Args:
        log_probs: of each token that was written, (n, N).
        advantages: one for each answer, (n,).
        mask: True where a token counts, (n, N).
    """
    ### BEGIN SOLUTION
    answer_log_probs = (log_probs * mask).sum(dim=1)  # (n,)
    return -(advantages * answer_log_probs).mean()
    ### END SOLUTION


# %% check="policy_loss_value" points=1
log_probs = torch.tensor([[-1.0, -2, -4, -8], [-3, -5, -6, -7], [-2, -2, -9, -9]])
advantages = torch.tensor([2.0, -1, 0.5])
mask = torch.tensor([[1, 1, 1, 0], [1, 1, 1, 1], [1, 1, 0, 0]]).bool()
got = checks.run(policy_loss, log_probs, advantages, mask)
checks.that(got.dim() == 0, f"the loss is a scalar; yours has the shape {tuple(got.shape)}.")
slips = {
    "the sign is flipped: it is minimized, so it has a minus.": -5 / 3,
    "that is the sum over the answers; take their mean.": -5.0,
    "the inner sum is divided by the number of tokens that count.": 0.4167 / 3,
    "the mean over all tokens that count; sum the tokens, divide by the answers.": -5 / 9,
    "the mean over all tokens; sum the tokens, divide by the answers.": -5 / 12,
    "the mask is not used: tokens behind the end count.": 20 / 3,
    "the advantages are not used.": 32 / 3,
    "the mask is the wrong way around.": 25 / 3,
}
checks.close("−(2 · −7 − 1 · −21 + ½ · −4) / 3", got, -5 / 3, slips=slips)
checks.passed("sums over the tokens that count, the mean over the answers")

# %% check="policy_loss_gradient" points=1
log_probs = (checks.normal(5, 3, seed=2) - 3).requires_grad_()
advantages = torch.tensor([1.0, -2, 0, 0.5, 3]).double()
mask = torch.tensor([[1, 1, 0], [1, 1, 1], [1, 0, 0], [1, 1, 1], [1, 1, 0]]).bool()
loss = checks.run(policy_loss, log_probs, advantages, mask)
checks.that(loss.dim() == 0, "the loss is a scalar: the mean over the answers.")
checks.that(loss.requires_grad, "no gradient flows back to the log-probabilities.")
(gradient,) = torch.autograd.grad(loss, log_probs)
checks.close("the gradient of tokens behind the end", gradient[~mask], torch.zeros(4).double())
expected = torch.tensor([-0.2, 0.4, 0, -0.1, -0.6]).double()
checks.close("the gradient of each first token, −A / n", gradient[:, 0], expected)
### BEGIN HIDDEN TESTS
z = torch.tensor([0.5, 0.25, 0.25]).log().requires_grad_()
p = z.softmax(dim=0)
R = torch.tensor([0.6534, 0.0, -0.6534])  # 1 − ½ ln 2, 0, −1 + ½ ln 2
draws = torch.tensor([0, 0, 1, 2])  # just as often as they would be
ones = torch.ones(4, 1, dtype=torch.bool)
loss = checks.run(policy_loss, z.log_softmax(dim=0)[draws, None], R[draws], ones)
(gradient,) = torch.autograd.grad(loss, z)
(true,) = torch.autograd.grad((p * R).sum(), z)
checks.close("the gradient on the bandit", gradient, -true)
### END HIDDEN TESTS
checks.passed("its gradient is minus the policy gradient")
