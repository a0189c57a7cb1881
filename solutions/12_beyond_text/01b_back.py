# %% [markdown]
# Now back. A network, given $x_t$, guesses $v$. The circle turns that into a guess of image and noise, a rotation by
# $-\varphi$:
#
# $$\hat x_0 = \cos\varphi\; x_t - \sin\varphi\; v, \qquad \hat\varepsilon = \sin\varphi\; x_t + \cos\varphi\; v.$$
#
# Do not jump to $\hat x_0$: seen through much noise it is a blur, the mean of all images that might be there. Go a
# little way, to $s < t$ with its angle $\psi$, and guess anew. There are two ways. **DDIM** ([Song et al.,
# 2020](https://arxiv.org/abs/2010.02502)) mixes the same two again. **DDPM** throws part of the noise away and draws
# fresh noise in its place:
#
# $$x_s = \cos\psi\, \hat x_0 + \sqrt{\sin^2\psi - \tilde\sigma^2}\; \hat\varepsilon + \tilde\sigma\, z, \qquad
# \tilde\sigma = \frac{\sin\psi}{\sin\varphi} \sqrt{1 - \frac{\cos^2\varphi}{\cos^2\psi}}.$$

# %% [markdown]
# ### Exercise 3 · One step back (3 points · 15 min · ●●○)
#
# Return $x_s$. Without `fresh` the step is DDIM's. With it, `fresh` is the noise $z$, and the step is DDPM's.
#
# - `x`, `v` and `fresh` have one shape, whatever it is.
# - `t` and `s` are numbers with $0 \le s < t \le 1$, the same for the whole batch.
#
# <details><summary>Hint 1: the idea</summary>First image and noise from x and v, then both mixed anew, with the angle
# of s. DDIM is the case σ̃ = 0.</details>
# <details><summary>Hint 2: the formula</summary>The two pairs of formulas above. φ belongs to t, ψ to s.</details>
# <details><summary>Hint 3: the line</summary>With plain numbers: <code>phi, psi = t * math.pi / 2, s * math.pi /
# 2</code>, then <code>math.cos</code>, <code>math.sin</code> and <code>math.sqrt</code>.</details>


# %% solution="step_back"
def step_back(
    x: torch.Tensor, v: torch.Tensor, t: float, s: float, fresh: torch.Tensor | None = None
) -> torch.Tensor:
    """From time t back to time s: a DDIM step (Song et al., 2020), or with fresh noise a DDPM step (Ho et al., 2020).

    Args:
        x: (B, ...), noisy images at time t.
        v: as x, their velocities.
        t, s: 0 ≤ s < t ≤ 1.
        fresh: as x, standard normal, or None.
    """
    ### BEGIN SOLUTION
    phi, psi = t * math.pi / 2, s * math.pi / 2
    image = math.cos(phi) * x - math.sin(phi) * v
    noise = math.sin(phi) * x + math.cos(phi) * v
    if fresh is None:
        return math.cos(psi) * image + math.sin(psi) * noise
    renewed = math.sin(psi) / math.sin(phi) * math.sqrt(1 - (math.cos(phi) / math.cos(psi)) ** 2)
    kept = math.sqrt(math.sin(psi) ** 2 - renewed**2)
    return math.cos(psi) * image + kept * noise + renewed * fresh
    ### END SOLUTION


# %% check="step_back_ddim" points=1
x = torch.tensor([[0.5, -1.0], [2.0, 0.0]], dtype=torch.float64)
v = torch.tensor([[1.0, 0.5], [0.0, -3.0]], dtype=torch.float64)
got = checks.run(step_back, x, v, 0.8, 0.5)  # from 72 degrees to 45
checks.shape("x_s", got, B=2, pixels=2)
phi, psi = 0.4 * math.pi, 0.25 * math.pi
c, s, both = math.cos(phi - psi), math.sin(phi - psi), math.sin(phi + psi)
with checks.hint("From 72 to 45 degrees, image and noise turn by 27 degrees."):
    slips = {
        "the angle is π/2 times t.": math.cos(2 * (phi - psi)) * x - math.sin(2 * (phi - psi)) * v,
        "you went on to more noise.": c * x + s * v,
        "that is the guess of the image; mix the noise in again.": math.cos(phi) * x
        - math.sin(phi) * v,
        "x stayed as it was.": x,
        "the guess of the image is cos φ · x minus sin φ · v.": c * x + both * v,
        "the guess of the noise is sin φ · x plus cos φ · v.": c * x - both * v,
    }
    checks.close("x_s without fresh noise", got, c * x - s * v, slips=slips)
checks.close("all the way, from the noise to the image", checks.run(step_back, x, v, 1.0, 0.0), -v)
### BEGIN HIDDEN TESTS
x, v = checks.normal(2, 3, 4, 5, seed=0), checks.normal(2, 3, 4, 5, seed=1)
half = checks.run(step_back, x, v, 0.75, 0.25)
checks.close("from 67.5 to 22.5 degrees", half, 0.5**0.5 * (x - v))
### END HIDDEN TESTS
checks.passed("a DDIM step turns x toward the image")

# %% check="step_back_ddpm" points=1
x0, e = checks.normal(2, 3, seed=0), checks.normal(2, 3, seed=1)
z = checks.normal(2, 3, seed=2)
t, s = 2 / 3, 1 / 3  # 60 degrees and 30; σ̃ = √(2/9)
x, v = 0.5 * x0 + 0.75**0.5 * e, 0.5 * e - 0.75**0.5 * x0
checks.run(step_back, x, v, t, s)  # outside the hint, which is about fresh noise alone
with checks.hint(
    "Under a root nothing is negative: φ belongs to t, ψ to s, and σ̃² is at most sin² ψ."
):
    got = checks.run(step_back, x, v, t, s, z)
right = 0.75**0.5 * x0 + (1 / 36) ** 0.5 * e + (2 / 9) ** 0.5 * z
slips = {
    "the fresh noise is not used.": 0.75**0.5 * x0 + 0.5 * e,
    "the old noise stays whole: its factor is √(sin²ψ − σ̃²).": 0.75**0.5 * x0
    + 0.5 * e
    + (2 / 9) ** 0.5 * z,
    "σ̃ is a standard deviation; take the root.": 0.75**0.5 * x0
    + (0.25 - 4 / 81) ** 0.5 * e
    + 2 / 9 * z,
    "all noise is fresh; part of the old one stays.": 0.75**0.5 * x0 + 0.5 * z,
}
checks.close("x_s with fresh noise", got, right, slips=slips, rtol=1e-4, atol=1e-5)
checks.close("the last step", checks.run(step_back, x, v, t, 0.0, z), x0)
### BEGIN HIDDEN TESTS
first = checks.run(step_back, x, v, 1.0, 1 / 3, z)  # at t = 1, x says nothing of the image
checks.close("the first step", first, -(0.75**0.5) * v + 0.5 * z)
### END HIDDEN TESTS
checks.passed("a DDPM step renews part of the noise, and none at the end")

# %% [markdown]
# Is that σ̃ right? It was chosen so that $x_s$ is what Bayes' rule says of a point between $x_0$ and $x_t$. All three
# are normal, so the rule is one formula: given $x_0$, the pair $(x_s, x_t)$ has a covariance matrix, and what $x_t$
# tells of $x_s$ follows from it. The next check compares.

# %% check="step_back_bayes" points=1
phi, psi = 0.8 * math.pi / 2, 0.5 * math.pi / 2
shared = math.cos(phi) / math.cos(psi) * math.sin(psi) ** 2  # covariance of x_s and x_t, given x_0
slope = shared / math.sin(phi) ** 2
deviation = (math.sin(psi) ** 2 - slope * shared) ** 0.5
x0, e = checks.normal(5, 2, seed=0), checks.normal(5, 2, seed=1)
x, v = math.cos(phi) * x0 + math.sin(phi) * e, math.cos(phi) * e - math.sin(phi) * x0
expected = math.cos(psi) * x0 + slope * math.sin(phi) * e
z = torch.zeros_like(x)
checks.close(
    "the mean of x_s, given x_t and x_0",
    checks.run(step_back, x, v, 0.8, 0.5, z),
    expected,
    rtol=1e-4,
    atol=1e-5,
)
spread = checks.run(step_back, z, z, 0.8, 0.5, z + 1)
checks.close("its standard deviation", spread, z + deviation, rtol=1e-4, atol=1e-5)
checks.passed("a DDPM step draws from the posterior that Bayes' rule gives")

# %% [markdown]
# Everything so far is exact, if $v$ is. When can one know the best guess of $v$ without a network? When the images
# are numbers from a normal distribution with mean $m$ and standard deviation $d$. Then $(v, x_t)$ is normal as well,
# and the best guess is a straight line:
#
# $$\mathbb E[v \mid x_t] = \mathbb E[v] + \frac{\text{Cov}(v, x_t)}{\text{Var}(x_t)}\,(x_t - \mathbb E[x_t])$$
#
# ### Exercise 4 · The ideal denoiser of a Gaussian (2 points · 15 min · ●●●)
#
# Work out the four quantities for $x_0 \sim \mathcal N(m, d^2)$ and return the best guess of $v$, shaped as `x`.
#
# <details><summary>Hint 1: the idea</summary>x_t and v are sums of the same two independent numbers, x_0 and ε. Means
# add; of products only those of a number with itself remain.</details>
# <details><summary>Hint 2: the formula</summary>E[x_t] = m cos φ, E[v] = −m sin φ, Var(x_t) = d² cos² φ + sin² φ, and
# Cov(v, x_t) = (1 − d²) sin φ cos φ.</details>
# <details><summary>Hint 3: the line</summary><code>slope = (1 - deviation**2) * sin * cos / variance</code></details>


# %% solution="gaussian_velocity"
def gaussian_velocity(x: torch.Tensor, t: float, mean: float, deviation: float) -> torch.Tensor:
    """The best guess of v, given x_t, for images x_0 that are normal numbers.

    Args:
        x: (B, ...), values at time t.
        t: between 0 and 1.
        mean, deviation: m and d of x_0.
    """
    ### BEGIN SOLUTION
    cos, sin = math.cos(t * math.pi / 2), math.sin(t * math.pi / 2)
    slope = (1 - deviation**2) * sin * cos / (deviation**2 * cos**2 + sin**2)
    return -mean * sin + slope * (x - mean * cos)
    ### END SOLUTION


# %% check="gaussian_velocity_cases" points=1
x = checks.normal(4, 3, seed=0)
c, s = 0.75**0.5, 0.5
with checks.hint("d = 1, m = 0: x_t and v are independent, and the guess is 0."):
    checks.close("m = 0, d = 1", checks.run(gaussian_velocity, x, 1 / 3, 0.0, 1.0), 0 * x)
checks.close("at t = 1, m = 3", checks.run(gaussian_velocity, x, 1.0, 3.0, 0.5), 0 * x - 3)
with checks.hint("d near 0: x_0 is m, so ε is (x − m cos φ) / sin φ, and you know v."):
    known = c * (x - 2 * c) / s - s * 2
    slope = (1 - 1e-6) * s * c / (1e-6 * c**2 + s**2)
    slips = {"d is a standard deviation; its square is the variance.": slope * (x - 2 * c) - s * 2}
    got = checks.run(gaussian_velocity, x, 1 / 3, 2.0, 1e-6)
    checks.close("m = 2, d = 1e-6", got, known, slips=slips)
checks.passed("three cases in which the guess is plain")

# %% check="gaussian_velocity_fit" points=1
draws = torch.randn(2, 200_000, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
x0, e = 1.5 + 0.5 * draws[0], draws[1]
x, v = 0.8 * x0 + 0.6 * e, 0.8 * e - 0.6 * x0
line = torch.linalg.lstsq(torch.stack([x, torch.ones_like(x)], dim=1), v[:, None]).solution
at = torch.tensor([[-1.0], [0.5], [2.0]], dtype=torch.float64)
got = checks.run(gaussian_velocity, at, math.asin(0.6) * 2 / math.pi, 1.5, 0.5)
slips = {
    "d is a standard deviation; its square is the variance.": -0.9 + 0.24 / 0.68 * (at - 1.2),
    "E[v] is missing.": 0.36 / 0.52 * (at - 1.2),
    "E[x_t] is missing: it is not m.": -0.9 + 0.36 / 0.52 * (at - 1.5),
}
checks.close(
    "the guess at three points", got, line[0] * at + line[1], rtol=0.02, atol=0.02, slips=slips
)
checks.passed("200,000 draws and a regression line say the same")

# %% [markdown]
# **Experiment.** Put the two together: begin with noise, guess, step back, until $t = 0$. What comes out should be
# normal with $m = 2$ and $d = 0.5$, though all that goes in is standard normal noise.


# %% experiment="gaussian_sampled"
# Experiment · From noise to a Gaussian, with few steps and with many
def gaussian_samples(steps: int, renew: bool, count: int = 100_000) -> torch.Tensor:
    """Numbers (count,) made of noise by your two functions."""
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(count, generator=generator, dtype=torch.float64)
    for t, s in pairwise(np.linspace(1, 0, steps + 1).tolist()):
        z = torch.randn(count, generator=generator, dtype=torch.float64) if renew else None
        x = step_back(x, gaussian_velocity(x, t, 2.0, 0.5), t, s, z)
    return x


print(f"{'steps':>5}   {'DDIM: mean':>10} {'deviation':>9}   {'DDPM: mean':>10} {'deviation':>9}")
for steps in scaled(full=(1, 2, 5, 20, 100, 500), smoke=(1, 5, 20)):
    both = [gaussian_samples(steps, renew) for renew in (False, True)]
    print(f"{steps:5}   " + "   ".join(f"{x.mean():10.3f} {x.std():9.3f}" for x in both))

# %% [markdown]
# **What you saw.** The mean is right from the first step. The spread is not: one step gives the mean of all images, a
# single point. With more steps both find 0.5, and DDIM needs fewer; that is why it is the usual choice where steps
# cost a pass through a network. A third way has no circle: on straight lines, $x_t = (1 - t)\, x_0 + t\, \varepsilon$
# with the velocity $\varepsilon - x_0$, the same idea is **flow matching** ([Lipman et al.,
# 2022](https://arxiv.org/abs/2210.02747)).
#
# A distribution with two humps shows the paths. Its ideal velocity is a weighted mean of two Gaussian ones.


# %% figure="two_humps"
# Figure · Paths from noise to one of two humps
def two_humps_velocity(x: torch.Tensor, t: float) -> torch.Tensor:
    """The best guess of v when half of the x_0 are near -1.5 and half near 1.5."""
    phi, middles, deviation = t * math.pi / 2, torch.tensor([-1.5, 1.5]), 0.25
    spread = math.hypot(deviation * math.cos(phi), math.sin(phi))
    far = ((x[:, None] - middles * math.cos(phi)) / spread) ** 2
    shares = (-far / 2).softmax(dim=1)  # (B, 2)
    guesses = [gaussian_velocity(x, t, m, deviation) for m in middles.tolist()]
    return (shares * torch.stack(guesses, dim=1)).sum(dim=1)


fig, axes = plt.subplots(1, 2, figsize=(9, 3.2), sharey=True, layout="constrained")
times = np.linspace(1, 0, 101)
for ax, renew, title in zip(axes, (False, True), ("DDIM", "DDPM"), strict=True):
    generator = torch.Generator().manual_seed(1)
    paths = [torch.randn(12, generator=generator)]
    for t, s in pairwise(times.tolist()):
        z = torch.randn(12, generator=generator) if renew else None
        paths.append(step_back(paths[-1], two_humps_velocity(paths[-1], t), t, s, z))
    for path in torch.stack(paths, dim=1).numpy():
        hump = int(path[-1] > 0)
        ax.plot(times, path, color=plots.COLORS[hump], linestyle=("--", "-")[hump])
    ax.set(title=f"{title}, 100 steps", xlabel="time t", xlim=(1, 0))
axes[0].set_ylabel("x")
plots.show(
    fig,
    alt="Two panels, twelve paths each, from a cloud on the left to -1.5 or 1.5 on the right: smooth and rough.",
    caption="DDIM's paths are smooth and never cross; DDPM's wander, and may change their mind until late.",
)
