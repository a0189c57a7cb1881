# %% [markdown]
# ## 4 · Reinforcement learning from a reward
#
# The assistant writes, the reward model says how good it is, and no text says what should have stood there. So the
# assistant learns by trying: it writes several answers, and the better ones are made more probable.
#
# But the reward model was taught on texts of people. Far from them its numbers mean little. So the **policy** $\pi$,
# the model that learns, is kept near the **reference** $\pi_\text{ref}$, the assistant as it was before:
#
# $$J = \mathbb{E}_{y \sim \pi}\Big[\, r(y) - \beta \ln \frac{\pi(y)}{\pi_\text{ref}(y)} \Big]
# = \mathbb{E}_\pi[r] - \beta \, \mathrm{KL}(\pi \,\|\, \pi_\text{ref})$$
#
# $\beta$ is the length of the leash: what one nat of distance costs in reward.

# %% [markdown]
# ![The policy writes G answers to an opening; the reward model scores them, less beta times how much more probable they
# are for the policy than for the frozen reference; less the group's mean gives advantages, which update the
# policy](figures/rlhf_loop.svg)
#
# *One step. Only the policy learns; reward model and reference stay as they are.*

# %% [markdown]
# ### A bandit of three answers
#
# First a case so small that nothing has to be sampled. One question, three answers, a probability for each:
#
# | answer | $\pi$ | $\pi_\text{ref}$ | reward |
# |---|---|---|---|
# | great | ½ | ¼ | 1 |
# | fine | ¼ | ¼ | 0 |
# | awful | ¼ | ½ | −1 |
#
# With $\beta$ = ½: the expected reward is ½ − ¼ = ¼. The KL divergence is ½ ln 2 + ¼ ln 1 + ¼ ln ½ = ¼ ln 2 = 0.173.
# So $J$ = 0.25 − 0.087 = 0.163.
#
# A language model has more answers than can be summed. The **policy gradient** makes the gradient an average over
# answers that were drawn ([Williams, 1992](https://link.springer.com/article/10.1007/BF00992696)), since $\nabla \pi =
# \pi \, \nabla \ln \pi$:
#
# $$\nabla J = \mathbb{E}_{y \sim \pi}\big[\, R(y) \, \nabla \ln \pi(y) \big],
# \qquad R(y) = r(y) - \beta \ln \frac{\pi(y)}{\pi_\text{ref}(y)}$$
#
# In $R$ the policy is a number, without a gradient of its own: that would be $-\beta\, \mathbb{E}[\nabla \ln \pi] =
# -\beta\, \nabla \sum_y \pi(y) = -\beta\, \nabla 1 = 0$.

# %% experiment="bandit"
# Experiment · Two ways to the gradient, both exact
bandit_reward = torch.tensor([1.0, 0.0, -1.0])
bandit_ref = torch.tensor([0.25, 0.25, 0.5])
bandit_beta = 0.5
bandit_logits = torch.tensor([0.5, 0.25, 0.25]).log().requires_grad_()

chances = bandit_logits.softmax(dim=0)  # (3,)
kept = bandit_reward - bandit_beta * (chances / bandit_ref).log()  # R of each answer
objective = (chances * kept).sum()
(summed,) = torch.autograd.grad(objective, bandit_logits, retain_graph=True)
drawn = torch.zeros(3)
for answer in range(3):  # every answer, as often as it would be drawn
    (direction,) = torch.autograd.grad(chances[answer].log(), bandit_logits, retain_graph=True)
    drawn += chances[answer].detach() * kept[answer].detach() * direction
print(f"J = {objective.item():.4f}")
print(f"gradient of the sum    {summed.numpy().round(4)}")
print(f"mean over the answers  {drawn.numpy().round(4)}")

# %% [markdown]
# The same: the policy gradient is unbiased. One draw alone is noisy; that is what the rest of the section is about.
#
# An answer of a language model is many tokens, and its probability is their product. So $\ln \pi(y)$ is a sum over
# tokens, and we need its parts.

# %% [markdown]
# ### Exercise 9 · The log-probabilities of what was written (2 points · 12 min · ●●○)
#
# `tokens` `(B, T)` are texts: `P` tokens of a prompt, then the answer. `logits` `(B, T, V)` is what the model says to
# them; those at place $t$ are for token $t + 1$, as in Exercise 4. Return the log-probability of each token of the
# answer, `(B, T − P)`.
#
# Gradients must flow back into `logits`. The prompt was not written by the model: it is read, and not scored.
#
# <details><summary>Hint 1: the idea</summary>In Lab 09 you scored one answer. Now a batch, and token by token: nothing
# is summed.</details>
# <details><summary>Hint 2: the formula</summary>The logits at the places P − 1, …, T − 2 are for the tokens P, …,
# T − 1.</details>
# <details><summary>Hint 3: the line</summary><code>gather(-1, index[..., None])</code> takes one number from each row
# of the last dimension; <code>.squeeze(-1)</code> takes that dimension away.</details>


# %% solution="written_log_probs"
def written_log_probs(logits: torch.Tensor, tokens: torch.Tensor, P: int) -> torch.Tensor:
    """ln p of each token of the answers: logits (B, T, V), tokens (B, T) → (B, T - P)."""
    ### BEGIN SOLUTION
    log_probs = logits[:, P - 1 : -1].log_softmax(dim=-1)  # (B, T - P, V)
    return log_probs.gather(-1, tokens[:, P:, None]).squeeze(-1)
    ### END SOLUTION


# %% data="fractions"
# Data · Logits with plain fractions, for the checks
def sixteenths(tokens: torch.Tensor) -> torch.Tensor:
    """After token i the next one is i + 1 with 8/16, i + 2 with 4/16, i + 3 with 3/16, i with 1/16, modulo 4."""
    row = torch.tensor([1.0, 8.0, 4.0, 3.0]) / 16
    table = torch.stack([row.roll(i) for i in range(4)])
    return table.log()[tokens] + tokens[..., None]  # a shift that the softmax takes away


# %% check="written_places" points=1
tokens = torch.tensor([[0, 1, 3, 3, 0, 3], [2, 0, 0, 1, 2, 1]])  # P = 3: answers 3 0 3 and 1 2 1
got = checks.run(written_log_probs, sixteenths(tokens), tokens, 3)
checks.shape("written_log_probs", got, B=2, answer=3)
right = torch.tensor([[1.0, 8, 3], [8, 8, 3]])
slips = {
    "these are probabilities; take logarithms.": right / 16,
    "each token is scored by itself: logits from P − 1 on belong to tokens from P on.": torch.full(
        (2, 3), 1 / 16
    ).log(),
    "the softmax runs over the places; take it over the vocabulary, dim=-1.": torch.tensor(
        [[-0.7652, -0.6963, -2.6666], [-1.4136, -0.4212, -0.3944]]
    ),
    "the softmax runs over the places; it runs over the vocabulary, dim=-1.": torch.tensor(
        [[-1.3455, -1.1195, -3.2469], [-2.1067, -1.1143, -1.0876]]
    ),
    "the logits are not normalized: log_softmax over the last dimension.": (right / 16).log()
    + torch.tensor([[3.0, 3, 0], [0, 1, 2]]),
    "the sign is flipped: log-probabilities are negative.": -(right / 16).log(),
}
checks.close(
    "ln 1/16, 8/16, 3/16; 8/16, 8/16, 3/16", got, (right / 16).log(), rtol=1e-3, slips=slips
)
checks.passed("each token is scored by the logits before it")

# %% check="written_gradients" points=1
logits = checks.normal(2, 7, 5, seed=1).requires_grad_()
tokens = torch.tensor([[1, 4, 0, 2, 2, 3, 1], [0, 0, 3, 1, 4, 4, 2]])
got = checks.run(written_log_probs, logits, tokens, 4)
checks.shape("written_log_probs", got, B=2, answer=3)
checks.that(got.requires_grad, "no gradient flows back: no detach, no no_grad, no item here.")
(gradient,) = torch.autograd.grad(got.sum(), logits)
reached = gradient.abs().sum(dim=-1).ne(0).int().tolist()
expected = [[0, 0, 0, 1, 1, 1, 0]] * 2
checks.that(
    reached == expected,
    f"of the places 0 to 6, those with a gradient are {reached[0]}; P = 4 needs {expected[0]}.",
)
### BEGIN HIDDEN TESTS
for row in range(2):
    for t in range(4, 7):
        z = torch.distributions.Categorical(logits=logits[row, t - 1].detach())
        value = z.log_prob(tokens[row, t])
        checks.close(f"row {row}, token {t}", got[row, t - 4].detach(), value)
got = checks.run(written_log_probs, logits.detach(), tokens, 1)
checks.shape("a prompt of one token", got, B=2, answer=6)
checks.any_device(written_log_probs, logits.detach(), tokens, 2)
### END HIDDEN TESTS
checks.passed("gradients reach the places that the answer was drawn from, and no other")

# %% [markdown]
# ### How far is the policy from the reference?
#
# $\mathrm{KL}(\pi \| \pi_\text{ref}) = \mathbb{E}_{y \sim \pi}[\ln \pi(y) - \ln \pi_\text{ref}(y)]$ again has too many
# terms to sum. From an answer that the policy wrote it can be estimated. With $\ln \rho = \ln \pi_\text{ref}(y) -
# \ln \pi(y)$ there are three estimates in use ([Schulman, 2020](https://joschu.net/blog/kl-approx.html)):
#
# $$k_1 = -\ln \rho \qquad k_2 = \tfrac12 (\ln \rho)^2 \qquad k_3 = \rho - 1 - \ln \rho$$
#
# For "great" above, $\rho$ = ¼ / ½ = ½: $k_1$ = 0.693, $k_2$ = 0.240, $k_3$ = 0.193. For "awful", $\rho$ = 2:
# $k_1$ = −0.693. A distance below zero? Only the mean is one.

# %% [markdown]
# ### Exercise 10 · Three estimates of a distance (2 points · 10 min · ●○○)
#
# `log_probs` and `ref_log_probs` have any shape; they belong to the same tokens, drawn from the policy. Return
# `k1, k2, k3`, each of that shape.
#
# $k_3$ of two nearly equal numbers is tiny. Let it not be lost: $\rho - 1$ has a function of its own, which is exact
# for small $\ln \rho$.
#
# <details><summary>Hint 1: the idea</summary>All three are functions of one tensor, ln ρ.</details>
# <details><summary>Hint 2: the formula</summary>ln ρ = ref_log_probs − log_probs, and ρ − 1 = exp(ln ρ) − 1.</details>
# <details><summary>Hint 3: the line</summary><code>torch.expm1(x)</code> is exp(x) − 1, without the loss of
# digits.</details>


# %% solution="kl_estimates"
def kl_estimates(
    log_probs: torch.Tensor, ref_log_probs: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Three estimates of KL(policy || reference) for tokens of the policy, each of the shape of the inputs."""
    ### BEGIN SOLUTION
    log_ratio = ref_log_probs - log_probs
    return -log_ratio, log_ratio**2 / 2, torch.expm1(log_ratio) - log_ratio
    ### END SOLUTION


# %% check="kl_values" points=1
policy = torch.tensor([[0.5, 0.25, 0.25], [0.1, 0.2, 0.7]])
frozen = torch.tensor([[0.25, 0.25, 0.5], [0.4, 0.2, 0.4]])
got = checks.unpack(
    "kl_estimates", checks.run(kl_estimates, policy.log(), frozen.log()), "k1", "k2", "k3"
)
expected = {
    "k1": [[0.6931, 0, -0.6931], [-1.3863, 0, 0.5596]],
    "k2": [[0.2402, 0, 0.2402], [0.9609, 0, 0.1566]],
    "k3": [[0.1931, 0, 0.3069], [1.6137, 0, 0.1310]],
}
swapped = {
    "k1": [[-0.6931, 0, 0.6931], [1.3863, 0, -0.5596]],
    "k2": [[0.4805, 0, 0.4805], [1.9218, 0, 0.3132]],
    "k3": [[0.3069, 0, 0.1931], [0.6363, 0, 0.1904]],
}
says = {
    "k1": "its sign is flipped, or policy and reference are swapped: k1 = ln π − ln π_ref.",
    "k2": "the factor ½ is missing.",
    "k3": "policy and reference are swapped: ρ = π_ref / π.",
}
for (name, values), value in zip(expected.items(), got, strict=True):
    checks.shape(name, value, rows=2, answers=3)
    slips = {says[name]: torch.tensor(swapped[name])}
    checks.close(name, value, torch.tensor(values), rtol=1e-3, atol=2e-4, slips=slips)
means = [(policy[0] * value[0]).sum() for value in got]
truth = torch.distributions.kl_divergence(
    *(torch.distributions.Categorical(probs=p[0]) for p in (policy, frozen))
)
checks.close("the mean of k1 over the policy, the KL divergence", means[0], truth)
checks.close("the mean of k3 over the policy, the KL divergence", means[2], truth)
checks.passed("three estimates, two of them right on average")

# %% check="kl_small" points=1
near = torch.tensor([-3.0, -0.2, -7.0])
got = checks.unpack("kl_estimates", checks.run(kl_estimates, near, near + 1e-3), "k1", "k2", "k3")
checks.that(bool((got[2] >= 0).all()), f"k3 is never negative; got {got[2].min():.1e}.")
with checks.hint("In float32 exp(0.001) − 1 has lost half of its digits; torch.expm1 keeps them."):
    checks.close(
        "k3 of ln ρ = 0.001, in millionths", got[2] * 1e6, torch.full((3,), 0.5), rtol=0.03
    )
### BEGIN HIDDEN TESTS
generator = torch.Generator().manual_seed(3)
a = torch.randn(2, 3, 5, generator=generator, dtype=torch.float64).requires_grad_()
b = torch.randn(2, 3, 5, generator=generator, dtype=torch.float64)
got = checks.run(kl_estimates, a, b)
checks.that(all(value.requires_grad for value in got), "gradients must flow back to log_probs.")
for value, slope in zip(got, (1 + 0 * a, a - b, 1 - (b - a).exp()), strict=True):
    (gradient,) = torch.autograd.grad(value.sum(), a, retain_graph=True)
    checks.close("the gradient by the policy's log-probabilities", gradient, slope.detach())
### END HIDDEN TESTS
checks.passed("k3 keeps its digits where policy and reference are close")

# %% [markdown]
# **Experiment.** The bandit knows the truth. What do the three say on average, how much do they scatter, and where does
# the gradient of each lead when you put it into a loss? Beside them the exact gradients of both directions of the KL.


# %% experiment="kl_bandit"
# Experiment · Value, scatter and gradient of the three
def exact_gradient(value_of: Callable[[torch.Tensor], torch.Tensor]) -> list[float]:
    """The gradient by the bandit's logits of a function of its three log-probabilities, rounded."""
    (gradient,) = torch.autograd.grad(value_of(bandit_logits.log_softmax(dim=0)), bandit_logits)
    return [round(x, 3) + 0.0 for x in gradient.tolist()]


weight = bandit_logits.softmax(dim=0).detach()  # how often each answer is drawn
for k, estimates in enumerate(kl_estimates(bandit_logits.log_softmax(dim=0), bandit_ref.log())):
    mean = (weight * estimates).sum().item()
    scatter = (weight * (estimates - mean) ** 2).sum().sqrt().item()
    slope = exact_gradient(
        lambda log_p, k=k: (weight * kl_estimates(log_p, bandit_ref.log())[k]).sum()
    )
    print(f"k{k + 1}: mean {mean:.4f}, scatter {scatter:.3f}, gradient as a loss {slope}")
both_ways = {
    "KL(π ‖ π_ref)": lambda log_p: F.kl_div(
        bandit_ref.log(), log_p, reduction="sum", log_target=True
    ),
    "KL(π_ref ‖ π)": lambda log_p: F.kl_div(log_p, bandit_ref, reduction="sum"),
}
for name, divergence in both_ways.items():
    value = divergence(bandit_logits.log_softmax(dim=0)).item()
    print(f"{name} = {value:.4f}, its gradient {exact_gradient(divergence)}")

# %% [markdown]
# **What you saw.** $k_1$ and $k_3$ are right on average, and $k_3$ scatters a fifth as much. $k_2$ is a little too
# large. As a *loss* all is different. $k_1$ has no gradient on average. $k_2$, whose value is wrong, has the right
# gradient; $k_3$ has that of the other direction
# ([Tang and Munos, 2025](https://arxiv.org/abs/2506.09477)). Both directions have the same value here, since one
# policy is the other with two answers swapped; their gradients differ.
#
# So we use $k_1$ where no gradient passes, inside of the reward, as in the formula for $R$, and $k_3$ to report how far
# we are.
