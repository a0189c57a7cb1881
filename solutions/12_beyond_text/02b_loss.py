# %% [markdown]
# ### Exercise 6 · The loss (2 points · 10 min · ●●○)
#
# Return the mean squared error of the model's guess of $v$.
#
# - Draw for each image of `x0` `(B, C, H, W)` a time, uniform between 0 and 1, and noise.
# - Let Exercise 2 make $x_t$ and $v$; `model(x_t, t, prompts)` returns the guess.
# - With probability `drop`, for each image on its own, **all** words of its prompt become 0, which is "nothing": for
#   below you need a model that also draws without a prompt.
#
# <details><summary>Hint 1: the idea</summary>Three draws: times, noise, and who loses its prompt.</details>
# <details><summary>Hint 2: the formula</summary>mean over all pixels of (guess − v)².</details>
# <details><summary>Hint 3: the line</summary><code>prompts.masked_fill(dropped[:, None], 0)</code> leaves the
# batch's own prompts as they are.</details>


# %% solution="diffusion_loss"
def diffusion_loss(
    model: nn.Module, x0: torch.Tensor, prompts: torch.Tensor, drop: float = 0.1
) -> torch.Tensor:
    """The mean squared error of a model's guess of the velocity.

    Args:
        model: model(x_t, t, prompts) → v, as x_t.
        x0: (B, C, H, W), images.
        prompts: (B, S), ids of words.
        drop: the probability that an image's words all become 0.
    """
    ### BEGIN SOLUTION
    t = torch.rand(len(x0), device=x0.device)
    x, v = noised(x0, torch.randn_like(x0), t)
    dropped = torch.rand(len(x0), device=x0.device) < drop
    return F.mse_loss(model(x, t, prompts.masked_fill(dropped[:, None], 0)), v)
    ### END SOLUTION


# %% data="loss_referee"
# Data · A model that remembers what it was asked, for the checks
class Recorder(nn.Module):
    """Guesses `answer` times what came in, and keeps that."""

    def __init__(self, answer: float = 0.0) -> None:
        super().__init__()
        self.answer = nn.Parameter(torch.tensor(answer))

    def forward(self, x: torch.Tensor, t: torch.Tensor, prompts: torch.Tensor) -> torch.Tensor:
        self.x, self.t, self.prompts = x, t, prompts
        return self.answer * x


def recorded_loss(
    x0: torch.Tensor, prompts: torch.Tensor, drop: float = 0.1, answer: float = 0.0, seed: int = 0
) -> tuple[torch.Tensor, Recorder]:
    """Your loss of a recorder, and the recorder."""
    torch.manual_seed(seed)
    model = Recorder(answer)
    loss = checks.run(diffusion_loss, model, x0, prompts, drop, may_change=True)
    checks.shape("the loss", loss)
    checks.that(hasattr(model, "t"), "the model was not called.")
    checks.tensor("the times that the model got", model.t)
    checks.shape("the times that the model got", model.t, B=len(x0))
    checks.shape("the prompts that the model got", model.prompts, B=len(x0), S=prompts.shape[1])
    return loss, model


# %% check="loss_of_zero" points=1
x0 = torch.full((3000, 1, 2, 2), 3.0)
prompts = torch.ones(3000, 2, dtype=torch.long)
loss, model = recorded_loss(x0, prompts)
late = model.t > 0.1  # where noise can be told from the image
angle = (model.t[late] * math.pi / 2)[:, None, None, None]
noise = (model.x[late] - 3 * angle.cos()) / angle.sin()
checks.that(noise.std(dim=0).min() > 0.1, "each image has noise of its own; yours is alike in all.")
# the mean of cos² + 9 · sin² over the times
slips = {
    "compare with v, not with the noise.": torch.tensor(1.0),
    "compare with v, not with the image.": torch.tensor(9.0),
    "that is the velocity on a straight line; Exercise 2 has v.": torch.tensor(10.0),
    "the mean over all pixels, not their sum for each image.": torch.tensor(20.0),
    "normal noise is torch.randn_like, not rand_like.": torch.tensor(14 / 3 - 6 / math.pi / 2),
}
checks.close(
    "the loss of a model that says 0, of images that are 3", loss, 5.0, rtol=0.05, slips=slips
)
checks.that(
    model.t.min() < 0.01 and model.t.max() > 0.99 and abs(model.t.mean() - 0.5) < 0.03,
    "the times should be uniform between 0 and 1, another one for each image.",
)
checks.that(
    (model.x.flatten(1).std(dim=1) > 0).all(), "each pixel has noise of its own; yours is alike."
)
checks.any_device(diffusion_loss, Recorder(), x0, prompts)
### BEGIN HIDDEN TESTS
loss, model = recorded_loss(0 * x0, prompts, answer=1.0)
seen = model.x.detach().flatten(1)
sin = (model.t * math.pi / 2).sin()[:, None]
checks.close("the deviation of the noise in x_t", (seen / sin).std(), 1.0, rtol=0.05)
# of an image that is 0, v is cot φ · x_t
right = ((seen - seen * (1 / torch.tan(model.t * math.pi / 2))[:, None]) ** 2).mean()
checks.close("the loss of a model that says x_t", loss, right, rtol=1e-3)
loss.backward()
checks.that(model.answer.grad is not None, "the loss must carry gradients to the model.")
### END HIDDEN TESTS
checks.passed("the squared error of v, at times of all kinds")

# %% check="loss_drop" points=1
prompts = torch.randint(1, 9, (4000, 3), generator=torch.Generator().manual_seed(1))
before = prompts.clone()
_, model = recorded_loss(torch.zeros(4000, 1, 2, 2), prompts, drop=0.3)
checks.that(torch.equal(prompts, before), "the batch's own prompts were changed: use masked_fill.")
zeros = model.prompts == 0
checks.that(
    torch.equal(zeros.any(dim=1), zeros.all(dim=1)), "all words of a prompt go, or none of them."
)
kept = ~zeros[:, 0]
checks.that(torch.equal(model.prompts[kept], prompts[kept]), "the other prompts stay as they are.")
share = zeros[:, 0].double().mean().item()
wanted = f"with drop = 0.3, about 30% of the prompts go, each on its own; in yours {share:.0%} do."
checks.that(0.26 < share < 0.34, wanted)
_, again = recorded_loss(torch.zeros(4000, 1, 2, 2), prompts, drop=0.3, seed=1)
checks.that(
    not torch.equal(again.prompts, model.prompts), "each call draws anew who loses the prompt."
)
### BEGIN HIDDEN TESTS
_, model = recorded_loss(torch.zeros(500, 1, 2, 2), prompts[:500], drop=0.0)
checks.that(torch.equal(model.prompts, prompts[:500]), "with drop = 0, no prompt goes.")
### END HIDDEN TESTS
checks.passed("whole prompts are dropped, as often as asked")
