# %% [markdown]
# ## 4 · Change a part of it
#
# **In-painting**: some pixels are given, the rest is to be drawn so that it fits. No new training is needed. Go back
# from noise as before, but after each step put the known pixels in place, with as much noise as is due at that time
# ([Lugmayr et al., 2022](https://arxiv.org/abs/2201.09865)). The network sees a whole noisy image, half of it true,
# and makes the other half fit.

# %% [markdown]
# ![Two images at time s: the step back gives one, the noised original the other. A mask takes known pixels from the
# second and the rest from the first](figures/inpainting.svg)
#
# *One line more in the loop. The original gets the noise with which the drawing began.*

# %% [markdown]
# ### Exercise 9 · In-painting (2 points · 15 min · ●●○)
#
# Return images whose known pixels are those of `image`.
#
# - `keep` `(B, 1, H, W)` is True where a pixel is known.
# - The known pixels at time $s$ are `image` at time $s$, made with the same `noise` that the drawing begins with. At
#   $t = 1$ that is the noise itself, so the start needs nothing.
#
# <details><summary>Hint 1: the idea</summary>The loop of Exercise 8, and one line more in it.</details>
# <details><summary>Hint 2: the formula</summary>x = known pixels where keep, x elsewhere; known pixels =
# noised(image, noise, s).</details>
# <details><summary>Hint 3: the line</summary><code>torch.where(keep, known, x)</code>; keep broadcasts over the
# channels.</details>


# %% solution="inpaint"
@torch.no_grad()
def inpaint(
    model: nn.Module,
    image: torch.Tensor,
    keep: torch.Tensor,
    noise: torch.Tensor,
    prompts: torch.Tensor,
    steps: int,
    scale: float,
) -> torch.Tensor:
    """Draws what is not known of images, so that it fits what is.

    Args:
        model: model(x, times (B,), prompts) → v, as x.
        image: (B, C, H, W).
        keep: (B, 1, H, W) bool, True where a pixel stays.
        noise: (B, C, H, W), standard normal.
        prompts, steps, scale: as for sample.
    """
    ### BEGIN SOLUTION
    x = noise
    for k in range(steps):
        t, s = 1 - k / steps, 1 - (k + 1) / steps
        x = step_back(x, guided(model, x, t, prompts, scale), t, s)
        known, _ = noised(image, noise, x.new_full((len(x),), s))
        x = torch.where(keep, known, x)
    return x
    ### END SOLUTION


# %% data="inpaint_referee"
# Data · A model that keeps what it was shown, for the checks
class Watcher(OneImage):
    """OneImage that also keeps each x that it got, by time."""

    def forward(self, x: torch.Tensor, t: torch.Tensor, prompts: torch.Tensor) -> torch.Tensor:
        self.saw = {**getattr(self, "saw", {}), round(t[0].item(), 6): x.clone()}
        return super().forward(x, t, prompts)


def half_known() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """Images (2, 3, 2, 5), which pixels are known, noise and prompts."""
    keep = torch.zeros(2, 1, 2, 5, dtype=torch.bool)
    keep[0, 0, 0], keep[1, 0, :, 2:] = True, True
    image, noise = checks.normal(2, 3, 2, 5, seed=0), checks.normal(2, 3, 2, 5, seed=1)
    return image, keep, noise, torch.tensor([[3, 1], [1, 1]])


# %% check="inpaint_result" points=1
image, keep, noise, prompts = half_known()
got = checks.run(inpaint, OneImage(), image, keep, noise, prompts, 5, 1.0)
checks.shape("the images", got, B=2, C=3, H=2, W=5)
drawn = torch.tensor([5.0, 1], dtype=torch.float64)[:, None, None, None].expand_as(image)
where = keep.expand_as(image)
same = "nothing was drawn: the whole image came back."
checks.that(not torch.equal(got, image.to(got)), same)
slips = {"keep is True where a pixel stays; yours draws those.": image[~where]}
checks.close("the pixels that were not known", got[~where], drawn[~where], slips=slips)
slips = {"the known pixels were drawn anew.": drawn[where], "they still hold noise.": noise[where]}
checks.close("the known pixels", got[where], image[where], slips=slips)
checks.that(not got.requires_grad, "drawing needs no gradients.")
checks.any_device(inpaint, Known(), image, keep, noise, prompts, 2, 1.0)
checks.passed("known pixels stay, the others are drawn")

# %% check="inpaint_on_the_way" points=1
image, keep, noise, prompts = half_known()
model = Watcher()
checks.run(inpaint, model, image, keep, noise, prompts, 3, 2.0)
checks.that(len(getattr(model, "saw", {})) == 3, "with 3 steps the model is asked at 3 times.")
where = keep.expand_as(image)
seen = next(x for t, x in model.saw.items() if abs(t - 1 / 3) < 0.01)
too_much = 0.5 * image + 0.75**0.5 * noise
slips = {
    "they come without noise; the network expects as much as is due at s.": image[where],
    "they have the noise of t, that of one step before.": too_much[where],
}
right = (0.75**0.5 * image + 0.5 * noise)[where]  # 30 degrees
with checks.hint("The known pixels take the noise that the drawing began with, and no other."):
    checks.close(
        "the known pixels at t = 1/3, as the model sees them", seen[where], right, slips=slips
    )
### BEGIN HIDDEN TESTS
first = next(x for t, x in model.saw.items() if t == 1)
checks.close("what the model sees at t = 1", first, noise)
### END HIDDEN TESTS
checks.passed("on the way, known pixels have as much noise as the others")

# %% experiment="scenes_inpainted"
# Experiment · One half stays, the other is drawn anew
half = torch.zeros(1, 1, SIDE, SIDE, dtype=torch.bool)
half[:, :, : SIDE // 2] = True
changed = above[:4].clone()
changed[:, 4:] = changed[:, 4:].roll(1, dims=0)  # what another sentence has below
generator = torch.Generator().manual_seed(5)
noise = torch.randn(len(changed), 3, SIDE, SIDE, generator=generator).to(place)
before = shown[:4].to(place)
repainted = inpaint(scene_model, before, half.to(place), noise, changed.to(place), 20, 2.0).cpu()
kept_exactly = torch.equal(repainted[:, :, : SIDE // 2], shown[:4, :, : SIDE // 2])
print(f"upper halves are the same, to the last bit: {kept_exactly}")

# %% figure="scenes_repainted"
# Figure · Before and after
pairs = torch.stack([shown[:4], repainted], dim=1).flatten(0, 1)
names = [sentence(p) for two in zip(above[:4], changed, strict=True) for p in two]
plots.show(
    plots.image_grid(((pairs + 1) / 2).clamp(0, 1), names, title="The upper half stays", columns=4),
    alt="Four pairs of scenes; in each the upper shape is the same and the lower one is another.",
    caption="Left of each pair the scene as it was, right of it with another lower half.",
)

# %% [markdown]
# **What you saw.** The lower half follows the new sentence, and no pixel of the upper half has changed.
