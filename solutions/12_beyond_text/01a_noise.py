# %% [markdown]
# ## 1 · Noise and back
#
# To draw is hard, to smear is easy. **Diffusion** ([Ho et al., 2020](https://arxiv.org/abs/2006.11239)) turns the
# easy direction around. Take an image $x_0$ and add noise in many small steps. In each, a little of the image goes
# and a little noise comes:
#
# $$x_k = \sqrt{1 - \beta_k}\; x_{k-1} + \sqrt{\beta_k}\; \varepsilon_k, \qquad \varepsilon_k \sim \mathcal N(0, I)$$
#
# The two factors keep the variance: if $x_{k-1}$ has variance 1, then $x_k$ has $(1 - \beta_k) + \beta_k = 1$. One
# pixel of brightness 1, two steps with $\beta = 0.36$ and $0.75$: after the first, 0.8 of it is left, after the
# second 0.8 · 0.5 = 0.4. The noise of the first step is halved, too, and its variance is 0.25 · 0.36 = 0.09; the new
# noise brings 0.75. Together 0.84, and $0.4^2 + 0.84 = 1$.

# %% [markdown]
# ![A pixel of brightness 1 in three boxes, 1, then 0.8, then 0.4, and under each the variance of its noise, 0, 0.36
# and 0.84. An arrow goes from the first box to the last at once](figures/jump.svg)
#
# *Two small steps, or one jump: the same distribution.*

# %% [markdown]
# Noise plus noise is noise, so you need no loop: a sum of independent normal numbers is normal, and variances add.
# After $k$ steps
#
# $$x_k = a_k\, x_0 + b_k\, \varepsilon, \qquad \varepsilon \sim \mathcal N(0, I).$$
#
# ### Exercise 1 · One jump over many steps (2 points · 10 min · ●○○)
#
# Derive $a_k$ and $b_k$ from the formula of one step, and return both for all $k = 1 \dots K$.
#
# - `betas`, (K,): $\beta_1 \dots \beta_K$, each between 0 and 1.
# - The result: `signal` (K,) holds $a_k$, `noise` (K,) holds $b_k$, a standard deviation.
#
# <details><summary>Hint 1: the idea</summary>What is left of the image is a product. What is not image is noise: the
# squares of the two factors add up to 1.</details>
# <details><summary>Hint 2: the formula</summary>a² is the product of all (1 − β) up to k, and b² = 1 − a².</details>
# <details><summary>Hint 3: the line</summary><code>torch.cumprod(…, dim=0)</code> multiplies along a row and keeps
# every stage.</details>


# %% solution="jump"
def jump(betas: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """What k small steps do at once: x_k = signal[k - 1] · x_0 + noise[k - 1] · ε (Ho et al., 2020, eq. 4).

    Args:
        betas: (K,), the variance of the noise that each step adds.

    Returns:
        signal (K,) and noise (K,).
    """
    ### BEGIN SOLUTION
    kept = torch.cumprod(1 - betas, dim=0)
    return kept.sqrt(), (1 - kept).sqrt()
    ### END SOLUTION


# %% check="jump_by_hand" points=1
betas = torch.tensor([0.36, 0.75, 0.5], dtype=torch.float64)
got = checks.unpack("jump", checks.run(jump, betas), "signal", "noise")
for name, value in zip(("signal", "noise"), got, strict=True):
    checks.shape(name, value, K=3)
by_hand = torch.tensor([0.8, 0.4, 0.08**0.5], dtype=torch.float64)
slips = {
    "that is the factor of one step alone; multiply those of all steps.": (1 - betas).sqrt(),
    "that is its square: take the root.": by_hand**2,
    "multiply the factors √(1 − β), not √β.": betas.cumprod(0).sqrt(),
    "the factors multiply; the βs do not add.": (-betas.cumsum(0) / 2).exp(),
    "that is what the noise has; the signal comes first.": (1 - by_hand**2).sqrt(),
}
checks.close("signal", got[0], by_hand, slips=slips)
slips = {
    "that is the variance: take the root.": 1 - by_hand**2,
    "that is the noise of one step alone.": betas.sqrt(),
    "the squares of signal and noise add up to 1, not signal and noise.": 1 - by_hand,
}
checks.close(
    "noise", got[1], torch.tensor([0.36, 0.84, 0.92], dtype=torch.float64).sqrt(), slips=slips
)
checks.passed("three steps by hand")

# %% check="jump_many" points=1
betas = torch.linspace(1e-4, 0.02, 1000, dtype=torch.float64)  # the steps of Ho et al.
got = checks.unpack("jump", checks.run(jump, betas), "signal", "noise")
checks.close("signal² + noise²", got[0] ** 2 + got[1] ** 2, torch.ones(1000, dtype=torch.float64))
checks.close("the signal after 1,000 steps", got[0][-1], 0.006353, rtol=1e-3)
### BEGIN HIDDEN TESTS
variance = torch.zeros((), dtype=torch.float64)
for beta in betas:  # of the noise, step by step
    variance = (1 - beta) * variance + beta
checks.close("the noise after 1,000 steps", got[1][-1], variance.sqrt())
checks.any_device(jump, betas)
### END HIDDEN TESTS
checks.passed("a thousand steps, and the variance stays 1")

# %% [markdown]
# Since $a^2 + b^2 = 1$, the two are a cosine and a sine. Forget the steps and keep the angle: at time $t$ from 0 to
# 1,
#
# $$x_t = \cos\varphi\; x_0 + \sin\varphi\; \varepsilon, \qquad \varphi = \tfrac{\pi}{2}\, t.$$
#
# At $t = 0$ this is the image, at $t = 1$ pure noise. As $\varphi$ grows, the point moves on a circle from image to
# noise, and its **velocity** along the circle is the derivative
#
# $$v = \frac{dx}{d\varphi} = -\sin\varphi\; x_0 + \cos\varphi\; \varepsilon.$$
#
# This is what your network will predict ([Salimans and Ho, 2022](https://arxiv.org/abs/2202.00512)): whoever knows
# $x_t$ and $v$ knows both the image and the noise.

# %% [markdown]
# ![A quarter of a circle between the axes image and noise. A point on it at 30 degrees has the coordinates 0.87 and
# 0.5; an arrow along the circle is its velocity](figures/circle.svg)
#
# *The image lies on one axis, the noise on the other; in between lies every mixture that keeps the
# variance. The velocity has length 1; its arrow is drawn shorter.*

# %% [markdown]
# ### Exercise 2 · The noised image and its velocity (2 points · 10 min · ●○○)
#
# Return $x_t$ and $v$ for a batch. Each image has a time of its own.
#
# - `x0` and `noise`, both `(B, ...)`: any number of dimensions after the first.
# - `t`, (B,): between 0 and 1.
#
# <details><summary>Hint 1: the idea</summary>One cosine and one sine for each image, made to broadcast over its
# pixels.</details>
# <details><summary>Hint 2: the formula</summary>The two formulas above; φ is π/2 times t.</details>
# <details><summary>Hint 3: the line</summary><code>angle = t.reshape(-1, *[1] * (x0.dim() - 1)) * math.pi / 2</code>
# has as many dimensions as x0.</details>


# %% solution="noised"
def noised(
    x0: torch.Tensor, noise: torch.Tensor, t: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """The image at time t, and the velocity with which it turns to noise.

    Args:
        x0: (B, ...), images.
        noise: (B, ...), standard normal.
        t: (B,), from 0, the image, to 1, the noise.

    Returns:
        x_t (B, ...) and v (B, ...).
    """
    ### BEGIN SOLUTION
    angle = t.reshape(-1, *[1] * (x0.dim() - 1)) * math.pi / 2
    return angle.cos() * x0 + angle.sin() * noise, angle.cos() * noise - angle.sin() * x0
    ### END SOLUTION


# %% check="noised_image" points=1
x0 = torch.tensor([[1.0, -2, 0.5], [1, 3, -1]], dtype=torch.float64)
noise = torch.tensor([[0.5, 1, -1], [2, -1, 1]], dtype=torch.float64)
t = torch.tensor([1 / 3, 1.0], dtype=torch.float64)  # 30 degrees, and 90
got = checks.unpack("noised", checks.run(noised, x0, noise, t), "x_t", "v")
checks.shape("x_t", got[0], B=2, pixels=3)
c, s = 0.75**0.5, 0.5
right = torch.stack([c * x0[0] + s * noise[0], noise[1]])
slips = {
    "image and noise are swapped: at t = 0 it is the image.": torch.stack(
        [s * x0[0] + c * noise[0], x0[1]]
    ),
    "the factors are cos and sin of the angle, not 1 − t and t.": (1 - t)[:, None] * x0
    + t[:, None] * noise,
    "the angle is π/2 times t.": t.cos()[:, None] * x0 + t.sin()[:, None] * noise,
}
checks.close("x_t at 30 and at 90 degrees", got[0], right, slips=slips)
### BEGIN HIDDEN TESTS
x0, noise = checks.normal(4, 3, 5, 2, seed=0), checks.normal(4, 3, 5, 2, seed=1)
t = torch.tensor([0.0, 0.2, 0.7, 1.0], dtype=torch.float64)
got = checks.unpack("noised", checks.run(noised, x0, noise, t), "x_t", "v")
checks.shape("x_t", got[0], B=4, channels=3, height=5, width=2)
checks.close("x_t at t = 0", got[0][0], x0[0])
checks.close("x_t at t = 1", got[0][3], noise[3])
checks.any_device(noised, x0, noise, t)
### END HIDDEN TESTS
checks.passed("from the image at t = 0 to the noise at t = 1")

# %% check="noised_velocity" points=1
x0, noise = checks.normal(4, 2, 5, seed=0), checks.normal(4, 2, 5, seed=1)
t = torch.tensor([0.1, 0.4, 0.6, 0.9], dtype=torch.float64)
both = [
    checks.unpack("noised", checks.run(noised, x0, noise, u), "x_t", "v")
    for u in (t - 1e-5, t, t + 1e-5)
]
for name, value in zip(("x_t", "v"), both[1], strict=True):
    checks.shape(name, value, B=4, channels=2, pixels=5)
angle = (t * math.pi / 2)[:, None, None]
checks.close("x_t", both[1][0], angle.cos() * x0 + angle.sin() * noise)
rise = (both[2][0] - both[0][0]) / (2e-5 * math.pi / 2)  # a difference quotient by the angle
slips = {
    "the derivative is by the angle, not by t: leave the factor π/2 out.": rise * math.pi / 2,
    "that is from noise to image; the angle grows toward the noise.": -rise,
    "that is noise minus image, the velocity on a straight line.": noise - x0,
}
with checks.hint("v is the derivative of x_t by the angle."):
    checks.close("v", both[1][1], rise, rtol=1e-6, atol=1e-8, slips=slips)
checks.passed("the velocity is the slope of x_t")
