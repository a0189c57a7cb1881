# %% [markdown]
# A model may half listen. **Classifier-free guidance** ([Ho and Salimans, 2022](https://arxiv.org/abs/2207.12598))
# makes it listen more: ask for the velocity with the prompt and without, and go on in the direction in which they
# differ:
#
# $$v = v_\text{nothing} + w\, (v_\text{prompt} - v_\text{nothing})$$
#
# At scale $w = 0$ the prompt is ignored, at 1 it is followed as learned, above 1 it is overdone. If one pixel has
# $v_\text{nothing} = 0.2$ and $v_\text{prompt} = 0.5$, then $w = 3$ says 0.2 + 3 · 0.3 = 1.1.

# %% [markdown]
# ![Two arrows from one point, nothing and prompt, and a longer one that goes on past the second, for w =
# 3](figures/guidance.svg)
#
# *Guidance goes on where the prompt points.*

# %% [markdown]
# ### Exercise 7 · Guidance (2 points · 10 min · ●○○)
#
# Return the guided velocity. "Nothing" is a prompt whose words are all 0.
#
# - `x` `(B, C, H, W)`; `t` is a number, and the model wants one for each image, `(B,)`; `prompts` `(B, S)`.
#
# <details><summary>Hint 1: the idea</summary>The same model twice, with the same x and t.</details>
# <details><summary>Hint 2: the formula</summary>The one above.</details>
# <details><summary>Hint 3: the line</summary><code>times = x.new_full((len(x),), t)</code> makes the times;
# <code>torch.lerp(a, b, w)</code> is a + w (b − a).</details>


# %% solution="guided"
def guided(
    model: nn.Module, x: torch.Tensor, t: float, prompts: torch.Tensor, scale: float
) -> torch.Tensor:
    """The velocity by classifier-free guidance (Ho and Salimans, 2022).

    Args:
        model: model(x, times (B,), prompts) → v, as x.
        x: (B, C, H, W), noisy images.
        t: the time of all of them.
        prompts: (B, S), ids of words.
        scale: 0 ignores the prompts, 1 follows them, more overdoes them.
    """
    ### BEGIN SOLUTION
    times = x.new_full((len(x),), t)
    without = model(x, times, torch.zeros_like(prompts))
    return torch.lerp(without, model(x, times, prompts), scale)
    ### END SOLUTION


# %% data="guided_referee"
# Data · A model whose velocity is known, for the checks
class Known(nn.Module):
    """The velocity t · x + the first word of the prompt + twice the second."""

    def forward(self, x: torch.Tensor, t: torch.Tensor, prompts: torch.Tensor) -> torch.Tensor:
        checks.shape("the times that the model got", t, B=len(x))
        checks.that(not prompts.is_floating_point(), "prompts are ids: leave them whole numbers.")
        words = prompts[:, 0] + 2.0 * prompts[:, 1]  # (B,)
        return t[:, None, None, None] * x + words[:, None, None, None]


# %% check="guided_scales" points=1
x, prompts = checks.normal(2, 1, 3, 4, seed=0), torch.tensor([[1, 2], [3, 0]])
without, words = 0.25 * x, torch.tensor([5.0, 3], dtype=torch.float64)[:, None, None, None]
for scale in (3.0, 0.0, 1.0):
    got = checks.run(guided, Known(), x, 0.25, prompts, scale)
    checks.shape("v", got, B=2, C=1, H=3, W=4)
    slips = {
        "the difference comes on top of the velocity without a prompt, not of the one with it.": without
        + (1 + scale) * words,
        "prompt and nothing are swapped.": without + (1 - scale) * words,
        "that is the difference alone.": 0 * x + scale * words,
        "the scale is not used.": without + words,
    }
    checks.close(f"v at scale {scale:g}", got, without + scale * words, slips=slips)
checks.passed("nothing at scale 0, the prompt at 1, beyond it at 3")

# %% check="guided_unchanged" points=1
x, prompts = checks.normal(3, 2, 2, 5, seed=1), torch.tensor([[4, 1], [1, 1], [0, 7]])
first = checks.run(guided, Known(), x, 0.5, prompts, 2.0)
checks.close("image 2 alone", checks.run(guided, Known(), x[2:], 0.5, prompts[2:], 2.0), first[2:])
with checks.hint("Without a prompt there is nothing to exaggerate."):
    nothing = torch.zeros(3, 2, dtype=torch.long)
    checks.close("v of nothing", checks.run(guided, Known(), x, 0.5, nothing, 5.0), 0.5 * x)
words = torch.tensor([6.0, 3, 14])[:, None, None, None]
slips = {
    "the difference comes on top of the velocity without a prompt.": 0.5 * x + 3 * words,
    "prompt and nothing are swapped.": 0.5 * x - words,
}
checks.close("v at scale 2", first, 0.5 * x + 2 * words, slips=slips)
checks.any_device(guided, Known(), x, 0.5, prompts, 2.0)
checks.passed("each image follows its own prompt")

# %% [markdown]
# ### Exercise 8 · From noise to images (2 points · 10 min · ●●○)
#
# Return images: begin with `noise` at $t = 1$, and go back to 0 in `steps` equal steps, each with your `guided` and
# your `step_back`, without fresh noise.
#
# <details><summary>Hint 1: the idea</summary>The loop of the Gaussian experiment, with a model.</details>
# <details><summary>Hint 2: the formula</summary>The k-th step goes from t = 1 − k / steps to 1 − (k + 1) /
# steps.</details>
# <details><summary>Hint 3: the line</summary><code>x = step_back(x, guided(…), t, s)</code></details>


# %% solution="sample"
@torch.no_grad()
def sample(
    model: nn.Module, noise: torch.Tensor, prompts: torch.Tensor, steps: int, scale: float
) -> torch.Tensor:
    """Images (B, C, H, W) made of noise, by DDIM steps of equal size.

    Args:
        model: model(x, times (B,), prompts) → v, as x.
        noise: (B, C, H, W), standard normal.
        prompts: (B, S), ids of words.
        steps: from t = 1 to t = 0.
        scale: of the guidance.
    """
    ### BEGIN SOLUTION
    x = noise
    for k in range(steps):
        t, s = 1 - k / steps, 1 - (k + 1) / steps
        x = step_back(x, guided(model, x, t, prompts, scale), t, s)
    return x
    ### END SOLUTION


# %% data="sample_referee"
# Data · A model that knows the image of each prompt
class OneImage(nn.Module):
    """The exact velocity when all images of a prompt are one: brightness 2 · first word − 1."""

    def __init__(self) -> None:
        super().__init__()
        self.times: list[float] = []

    def forward(self, x: torch.Tensor, t: torch.Tensor, prompts: torch.Tensor) -> torch.Tensor:
        self.times.append(t[0].item())
        phi = (t * math.pi / 2)[:, None, None, None]
        image = (2.0 * prompts[:, 0] - 1)[:, None, None, None]
        return (phi.cos() * x - image) / phi.sin()


# %% check="sample_image" points=1
noise, prompts = checks.normal(3, 1, 2, 5, seed=0), torch.tensor([[1, 1], [2, 5], [4, 1]])
got = checks.run(sample, OneImage(), noise, prompts, 7, 1.0)
checks.shape("the images", got, B=3, C=1, H=2, W=5)
right = torch.tensor([1.0, 3, 7], dtype=torch.float64)[:, None, None, None].expand(3, 1, 2, 5)
with checks.hint("Count the steps: with steps = 7 the last one ends at t = 0."):
    checks.close("three images of 7 steps", got, right, slips={"that is still the noise.": noise})
got = checks.run(sample, OneImage(), noise, prompts, 1, 2.0)
slips = {"the scale is not used: ask your guided, not the model.": right}
checks.close("with guidance", got, 2 * right + 1, slips=slips)
checks.that(not got.requires_grad, "sampling needs no gradients.")
checks.passed("from noise to what the model knows")

# %% check="sample_times" points=1
model = OneImage()
checks.run(
    sample, model, checks.normal(1, 1, 2, 2, seed=0), torch.ones(1, 2, dtype=torch.long), 4, 2.0
)
asked = sorted(set(model.times), reverse=True)
checks.that(
    len(asked) == 4, f"with 4 steps the model is asked at 4 times; yours asks at {len(asked)}."
)
wanted = torch.tensor([1.0, 0.75, 0.5, 0.25], dtype=torch.float64)
checks.close("the times", torch.tensor(asked, dtype=torch.float64), wanted)
checks.that(model.times == sorted(model.times, reverse=True), "the times go from 1 down.")
noise, words = checks.normal(1, 1, 2, 3, seed=2), torch.tensor([[1, 0]])
with checks.hint("Each step goes on from where the one before it ended."):
    # v = t · x + 1: the first turn by 45 degrees leaves -√½, the second -¼ - √½
    right = torch.full_like(noise, -0.25 - 0.5**0.5)
    checks.close("two steps", checks.run(sample, Known(), noise, words, 2, 1.0), right)
checks.passed("four equal steps, from t = 1 down")
