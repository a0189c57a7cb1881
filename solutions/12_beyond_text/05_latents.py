# %% [markdown]
# ## 5 · In latents
#
# So far each step saw pixels, and most pixels of a scene are as white as their neighbors. **Latent diffusion**
# ([Rombach et al., 2022](https://arxiv.org/abs/2112.10752)) squeezes first. An **autoencoder** is two networks: an
# encoder makes a few numbers of an image, its **latents**, and a decoder makes the image of them. Noise, words and
# guidance then work on latents, and the decoder runs once, at the end. Nothing you wrote knows what a pixel is, so all
# of it can stay.
#
# Here 24 × 24 × 3 = 1,728 numbers become 6 × 6 × 8 = 288, six times fewer. In patches of 2 × 2 that is 9 tokens, where
# the pixels of section 3 were 36.

# %% [markdown]
# ![Above, for training: an image goes through encode and standardized and becomes latents. Below, to draw: noise goes
# through sample, 20 steps with words, then times the deviation plus the mean, then once through
# decode](figures/latents.svg)
#
# *The thick part is walked 20 times. It never sees a pixel.*

# %% [markdown]
# The autoencoder learns from scenes alone, without words. Two lines of its loss keep latents tame: a little **noise**
# on them, since a drawn latent is never exact, and a small price for their **size**, without which they would grow
# until the noise is nothing.


# %% given="autoencoder"
class Autoencoder(nn.Module):
    """Images (B, 3, 4 n, 4 n) → latents (B, channels, n, n), and back."""

    def __init__(self, channels: int, wide: int) -> None:
        super().__init__()
        halved = {"kernel_size": 4, "stride": 2, "padding": 1}
        self.encode = nn.Sequential(
            nn.Conv2d(3, wide, **halved),
            nn.GELU(),
            nn.Conv2d(wide, 2 * wide, **halved),
            nn.GELU(),
            nn.Conv2d(2 * wide, channels, 1),
        )
        self.decode = nn.Sequential(
            nn.Conv2d(channels, 2 * wide, 3, padding=1),
            nn.GELU(),
            nn.ConvTranspose2d(2 * wide, wide, **halved),
            nn.GELU(),
            nn.ConvTranspose2d(wide, 3, **halved),
        )


def autoencoder_loss(model: nn.Module, batch: Batch) -> torch.Tensor:
    """How far decoded images are from the images (B, 3, H, W) of a batch, and the size of the latents."""
    latents = model.encode(batch[0])
    decoded = model.decode(latents + 0.05 * torch.randn_like(latents))
    return F.mse_loss(decoded, batch[0]) + 1e-3 * latents.square().mean()


# %% experiment="autoencoder_trained"
# Experiment · An autoencoder of scenes
generator = torch.Generator().manual_seed(11)
known_prompts = scene_prompts(scaled(full=12_000, smoke=120), generator)
known_prompts = known_prompts[~is_unseen(known_prompts)]
known_scenes = torch.stack([draw_scene(prompt, generator) for prompt in known_prompts])
device.seed_everything(0)
autoencoder = Autoencoder(channels=8, wide=32).to(place)
autoencoder_history = fit(
    autoencoder,
    Batches(known_scenes, batch_size=32, device=place),
    autoencoder_loss,
    steps=scaled(full=1000, smoke=10),
    lr=4e-3,
    title="Autoencoder",
)
with torch.no_grad():
    raw_latents = torch.cat(
        [autoencoder.encode(some.to(place)).float().cpu() for some in known_scenes.split(500)]
    )
    back = autoencoder.decode(autoencoder.encode(by_code.to(place))).float().cpu()
print(f"{known_scenes[0].numel():,} numbers of an image, {raw_latents[0].numel()} latents")
print(
    f"unseen sentences, there and back: {share_right(back, unseen_prompts[: len(back)]):.1%} right"
)
spread = ", ".join(f"{channel.std():.2f}" for channel in raw_latents.unbind(1))
print(f"standard deviations of the channels: {spread}")

# %% [markdown]
# ### Exercise 10 · Latents of variance 1 (2 points · 12 min · ●○○)
#
# Your circle keeps the variance at 1 only if what is drowned has variance 1. Pixels came near that; latents have what
# the encoder gave them. (Stable Diffusion multiplies its latents by 0.18215 for this reason.)
#
# `standardized`: latents `(N, C, h, w)` → latents whose every channel has mean 0 and standard deviation 1 over all
# images and places; the `mean` and the `deviation` that each channel had, (C, 1, 1) both.
#
# `draw_in_latents`: draw latents with your `sample`, undo the standardization, and `decode`.
#
# <details><summary>Hint 1: the idea</summary>Subtract, then divide. Undo in the opposite order: multiply, then
# add.</details>
# <details><summary>Hint 2: the formula</summary>z = (latents − mean) / deviation, so latents = z · deviation +
# mean.</details>
# <details><summary>Hint 3: the line</summary><code>latents.mean(dim=(0, 2, 3))</code> is (C,); with
# <code>[:, None, None]</code> it fits the channels.</details>


# %% solution="standardized"
def standardized(latents: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Latents with mean 0 and standard deviation 1 in each channel.

    Args:
        latents: (N, C, h, w).

    Returns:
        the same, standardized; mean (C, 1, 1) and standard deviation (C, 1, 1) that the channels had.
    """
    ### BEGIN SOLUTION
    deviation, mean = torch.std_mean(latents, dim=(0, 2, 3))
    deviation, mean = deviation[:, None, None], mean[:, None, None]  # (C, 1, 1)
    return (latents - mean) / deviation, mean, deviation
    ### END SOLUTION


# %% check="standardized_channels" points=1
spreads = torch.tensor([[0.5], [2.0], [4.0]], dtype=torch.float64)[..., None]  # (C, 1, 1)
centers = torch.tensor([[1.0], [-3.0], [0.25]], dtype=torch.float64)[..., None]
drawn = checks.normal(400, 3, 2, 5, seed=0) * spreads + centers
drawn[:, :, 0] += 0.7  # the upper row is brighter
got = checks.unpack("standardized", checks.run(standardized, drawn), "z", "mean", "deviation")
for name, value, sizes in zip(
    ("z", "mean", "deviation"),
    got,
    ({"N": 400, "C": 3, "h": 2, "w": 5}, *[{"C": 3, "one": 1, "another": 1}] * 2),
    strict=True,
):
    checks.shape(name, value, **sizes)
channels = drawn.transpose(0, 1).flatten(1)  # (C, all others)
one = torch.ones(3, 1, 1, dtype=torch.float64)
right = (channels.var(dim=1) ** 0.5)[:, None, None]
slips = {
    "one mean for all channels; each has its own.": one * drawn.mean(),
    "mean and deviation are swapped: the mean comes first.": right,
}
checks.close("mean", got[1], channels.mean(dim=1)[:, None, None], slips=slips, rtol=1e-3)
slips = {
    "that is the variance: take the root.": right**2,
    "one deviation for all channels; each has its own.": one * drawn.std(),
}
checks.close("deviation", got[2], right, slips=slips, rtol=1e-2)
with checks.hint("Over all images and all places together, channel by channel."):
    by_channel = got[0].transpose(0, 1).flatten(1)
    checks.close("the mean of each channel of z", by_channel.mean(dim=1), torch.zeros(3), atol=1e-5)
    slips = {
        "divide by the deviation, not by the variance.": 1 / right.flatten(),
        "you only subtracted the mean; divide by the deviation, too.": right.flatten(),
    }
    checks.close(
        "its standard deviation", by_channel.std(dim=1), one.flatten(), slips=slips, rtol=1e-2
    )
checks.any_device(standardized, drawn)
### BEGIN HIDDEN TESTS
other = checks.normal(30, 4, 3, 2, seed=1) ** 2
z, mean, deviation = checks.run(standardized, other)
checks.close("z · deviation + mean", z * deviation + mean, other)
### END HIDDEN TESTS
checks.passed("each channel has mean 0 and standard deviation 1")


# %% solution="draw_in_latents"
@torch.no_grad()
def draw_in_latents(
    model: nn.Module,
    decode: Callable[[torch.Tensor], torch.Tensor],
    noise: torch.Tensor,
    prompts: torch.Tensor,
    steps: int,
    scale: float,
    mean: torch.Tensor,
    deviation: torch.Tensor,
) -> torch.Tensor:
    """Images of prompts, drawn in latents.

    Args:
        model: of standardized latents: model(x, times (B,), prompts) → v, as x.
        decode: latents (B, C, h, w), as the encoder makes them → images.
        noise: (B, C, h, w), standard normal.
        prompts, steps, scale: as for sample.
        mean, deviation: (C, 1, 1), of the encoder's latents.
    """
    ### BEGIN SOLUTION
    z = sample(model, noise, prompts, steps, scale)
    return decode(z * deviation + mean)
    ### END SOLUTION


# %% data="decoder_referee"
# Data · A decoder that counts its calls, for the checks
def large(latents: torch.Tensor) -> torch.Tensor:
    """Each latent becomes 2 × 2 pixels with the square of its value."""
    return F.interpolate(latents, scale_factor=2) ** 2


class TwiceAsLarge:
    """Decodes as large does."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, latents: torch.Tensor) -> torch.Tensor:
        self.calls += 1
        return large(latents)


# %% check="draw_in_latents_decoded" points=1
noise, prompts = checks.normal(2, 3, 2, 4, seed=0), torch.tensor([[1, 1], [2, 5]])
mean = torch.tensor([[0.5], [-1.0], [2.0]], dtype=torch.float64)[..., None]
deviation = torch.tensor([[0.5], [2.0], [3.0]], dtype=torch.float64)[..., None]
decode = TwiceAsLarge()
got = checks.run(
    draw_in_latents, OneImage(), decode, noise, prompts, 4, 1.0, mean, deviation, may_change=True
)
z = torch.tensor([1.0, 3.0], dtype=torch.float64)[:, None, None, None].expand(2, 3, 2, 4)
checks.that(got.shape[-1] != 4, "those are latents: decode them.")
checks.shape("the images", got, B=2, C=3, H=4, W=8)
slips = {
    "what sample returns is standardized; the decoder expects what the encoder makes.": large(z),
    "multiply first, then add the mean.": large((z + mean) * deviation),
    "that standardizes once more; undo it.": large((z - mean) / deviation),
    "the mean is added, not subtracted.": large(z * deviation - mean),
    "the mean is missing.": large(z * deviation),
    "the deviation is missing.": large(z + mean),
    "decode comes last, after the standardization is undone.": large(z) * deviation + mean,
}
checks.close("two images", got, large(z * deviation + mean), slips=slips)
checks.that(decode.calls == 1, f"one call of decode is enough; yours makes {decode.calls}.")
guided_twice = checks.run(
    draw_in_latents, OneImage(), TwiceAsLarge(), noise, prompts, 4, 2.0, mean, deviation
)
slips = {"the scale is not used.": got}
checks.close("with guidance", guided_twice, large((2 * z + 1) * deviation + mean), slips=slips)
### BEGIN HIDDEN TESTS
turns = OneImage()
checks.run(draw_in_latents, turns, TwiceAsLarge(), noise, prompts, 3, 2.0, mean, deviation)
checks.that(len(set(turns.times)) == 3, "with 3 steps the model is asked at 3 times.")
### END HIDDEN TESTS
checks.passed("drawn in latents, put back where they were, decoded once")

# %% [markdown]
# **Experiment.** The `Denoiser` of section 3, of the same width and depth, learns from latents, by your
# `diffusion_loss`, without the pairs that were left out. Then both draw the same sentences.


# %% experiment="latent_model_trained"
# Experiment · The same network, for latents
latents, latent_mean, latent_deviation = (part.to(place) for part in standardized(raw_latents))
device.seed_everything(0)
latent_sizes = scene_sizes | {"channels": latents.shape[1], "side": latents.shape[2], "patch": 2}
latent_model = Denoiser(**latent_sizes).to(place)
hidden = [*latent_model.blocks.parameters(), *latent_model.reader.parameters()]
latent_history = fit(
    latent_model,
    Batches(latents, known_prompts, batch_size=32, device=place),
    lambda model, batch: diffusion_loss(model, *batch),
    steps=scaled(full=1500, smoke=10),
    optimizer=muon_and_adamw(latent_model, hidden, muon_lr=0.02, adamw_lr=3e-3, muon_decay=0.05),
    title="Scenes in latents",
)


# %% experiment="latents_compared"
# Experiment · The same sentences, in pixels and in latents
def draw_latent_scenes(prompts: torch.Tensor, seed: int = 0) -> torch.Tensor:
    """Images (B, 3, SIDE, SIDE) of prompts (B, 7), by your draw_in_latents."""
    generator = torch.Generator().manual_seed(seed)
    noise = torch.randn(len(prompts), *latents.shape[1:], generator=generator).to(place)
    statistics = latent_mean, latent_deviation
    words = prompts.to(place)
    return draw_in_latents(
        latent_model, autoencoder.decode, noise, words, 20, 2.0, *statistics
    ).cpu()


def seconds_for(draw: Callable[[torch.Tensor], torch.Tensor], prompts: torch.Tensor) -> float:
    """The shortest of three runs: whatever else the machine does only adds."""
    taken = []
    for _ in range(3):
        began = time.perf_counter()
        draw(prompts)
        taken.append(time.perf_counter() - began)
    return min(taken)


judged = scaled(full=200, smoke=4)
latent_rights = [
    share_right(draw_latent_scenes(some[:judged]), some[:judged])
    for some in (seen_prompts, unseen_prompts)
]
timed_prompts = unseen_prompts[: scaled(full=64, smoke=4)]
pixels_ms, latents_ms = (
    1000 * seconds_for(draw, timed_prompts) / len(timed_prompts)
    for draw in (draw_from, draw_latent_scenes)
)
print(f"{'':8} {'tokens':>7} {'ms an image':>12} {'seen':>7} {'unseen':>7}")
for name, model, ms, rights in (
    ("pixels", scene_model, pixels_ms, (seen_right, compositions_right)),
    ("latents", latent_model, latents_ms, latent_rights),
):
    print(f"{name:8} {model.side**2:7} {ms:12.1f}" + "".join(f" {share:7.1%}" for share in rights))

# %% figure="latents_shown"
# Figure · Six sentences, drawn in pixels and in latents
six = unseen_prompts[8:14]
pairs = torch.cat([draw_from(six), draw_latent_scenes(six)])
plots.show(
    plots.image_grid(
        ((pairs + 1) / 2).clamp(0, 1),
        [
            sentence(prompt).replace(" above", "\nabove").replace(" below", "\nbelow")
            for prompt in six
        ]
        * 2,
        title="Above in pixels, below in latents",
        columns=6,
    ),
    alt="Two rows of six scenes for the same six sentences: above drawn in pixels, below in latents.",
    caption="Above the network of section 3, which learned for 6,000 steps; below the one of a minute or two.",
)

# %% [markdown]
# **What you saw.** A quarter of the tokens, about a third of the time; decoding costs next to nothing. In return fewer
# scenes are right: the autoencoder alone loses some, which no drawing wins back, and this network learned for far fewer
# steps. At 24 × 24 pixels latents need not pay. At 512 × 512 they do: 786,432 numbers become 64 × 64 × 4 = 16,384, 48
# times fewer. In patches of 2 × 2 those are 1,024 tokens, and the pixels would be 65,536, with 4,096 times as many
# pairs for attention. Larger patches make pixels fewer tokens, too, as yours of 4 × 4 did; but then each token has to
# say more: in patches of 16 × 16, 768 numbers in place of 16.
