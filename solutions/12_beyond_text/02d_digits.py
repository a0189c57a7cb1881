# %% [markdown]
# **Experiment.** Digits by name. The prompts have two words, how the line is and which digit: *bold seven*. The first
# is found by measuring: more ink than the median of its digit is bold. Of 1,797 images 500 are held out.


# %% given="digit_prompts"
NAMES = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
DIGIT_WORDS = ("nothing", "thin", "bold", *NAMES)

scanned = load_digits()
digit_labels = torch.from_numpy(scanned.target)
digit_images = torch.from_numpy(scanned.images).float()[:, None] / 8 - 1  # (1797, 1, 8, 8)
ink = digit_images.mean(dim=(1, 2, 3))
median_ink = torch.stack([ink[digit_labels == k].median() for k in range(10)])
is_bold = ink > median_ink[digit_labels]
digit_prompts = torch.stack([1 + is_bold.long(), 3 + digit_labels], dim=1)  # (1797, 2)
order = torch.randperm(len(digit_labels), generator=torch.Generator().manual_seed(0))
held_out, in_training = order[:500], order[500:]

# %% experiment="digits_trained"
# Experiment · A diffusion transformer learns to write digits
device.seed_everything(0)
digit_model = Denoiser(
    1, 8, patch=2, n_words=2, vocabulary=len(DIGIT_WORDS), d_model=96, n_layers=4, n_heads=4
).to(place)
digit_batches = Batches(
    digit_images[in_training], digit_prompts[in_training], batch_size=64, device=place
)
digit_history = fit(
    digit_model,
    digit_batches,
    lambda model, batch: diffusion_loss(model, *batch),
    steps=scaled(full=1200, smoke=5),
    lr=2e-3,
    title="Digits by name",
)

# %% [markdown]
# Who says what was drawn? Not the model. A support vector machine, trained on scans alone, reads the images; first it
# reads the 500 held-out scans.


# %% experiment="digit_reader"
# Experiment · An independent reader, and a thousand digits for it
reader = SVC(gamma=0.04, C=10).fit(
    digit_images[in_training].flatten(1).numpy(), digit_labels[in_training].numpy()
)


def read_digits(images: torch.Tensor) -> torch.Tensor:
    """What the reader sees in images (B, 1, 8, 8): digits (B,)."""
    return torch.from_numpy(reader.predict(images.cpu().flatten(1).numpy()))


held_out_right = (
    (read_digits(digit_images[held_out]) == digit_labels[held_out]).double().mean().item()
)
print(f"real held-out digits: {held_out_right:.1%} read right")


# %% experiment="digits_drawn"
# Experiment · Does it draw what it is told?
def draw_digits(scale: float, count: int, steps: int = 20) -> tuple[torch.Tensor, torch.Tensor]:
    """Images (count, 1, 8, 8) and their prompts, each digit as often, half of them bold."""
    numbers = torch.arange(count)
    prompts = torch.stack([1 + numbers // 10 % 2, 3 + numbers % 10], dim=1).to(place)
    noise = torch.randn(count, 1, 8, 8, generator=torch.Generator().manual_seed(1)).to(place)
    return sample(digit_model, noise, prompts, steps, scale), prompts


began = time.perf_counter()
drawn_digits, drawn_prompts = draw_digits(2.0, scaled(full=1000, smoke=40))
seconds_each = (time.perf_counter() - began) / len(drawn_digits)
right_digits = read_digits(drawn_digits) == drawn_prompts[:, 1].cpu() - 3
digits_agreement = right_digits.double().mean().item()
print(f"{len(drawn_digits)} drawn digits: {digits_agreement:.1%} read as what the prompt says")
print(f"64 images take {64 * seconds_each:.1f} seconds")

# %% figure="digits_gallery"
# Figure · Forty drawn digits
names = [" ".join(DIGIT_WORDS[word] for word in prompt) for prompt in drawn_prompts[:40].tolist()]
plots.show(
    plots.image_grid(
        ((drawn_digits[:40] + 1) / 2).clamp(0, 1).cpu(),
        names,
        title="Drawn, not scanned",
        columns=10,
    ),
    alt="Four rows of ten drawn digits, zero to nine in each; rows of thin ones and of bold ones take turns.",
    caption="Each image began as noise of its own. Rows are thin, bold, thin, bold.",
)

# %% [markdown]
# How loud should the words be? More guidance makes digits plainer, and more alike. As a measure of variety take the
# standard deviation of a pixel among the images of one prompt, averaged, divided by that of the scans.


# %% experiment="guidance_scales"
# Experiment · The scale of the guidance: agreement and variety
def variety(images: torch.Tensor, prompts: torch.Tensor) -> float:
    """How much images of the same prompt differ: a pixel's standard deviation, averaged."""
    groups = [images[(prompts == one).all(dim=1)] for one in prompts.unique(dim=0)]
    return float(np.mean([group.std(dim=0).mean().item() for group in groups if len(group) > 1]))


scales = scaled(full=(0.0, 0.5, 1.0, 2.0, 4.0, 8.0), smoke=(0.0, 2.0))
agreement_at, variety_at = [], []
for scale in scales:
    images, prompts = draw_digits(scale, scaled(full=400, smoke=40))
    agreement_at.append((read_digits(images) == prompts[:, 1].cpu() - 3).double().mean().item())
    variety_at.append(
        variety(images, prompts) / variety(digit_images[in_training], digit_prompts[in_training])
    )
    print(f"scale {scale:3.1f}: {agreement_at[-1]:6.1%} right, variety {variety_at[-1]:.2f}")

# %% figure="guidance_curves"
# Figure · Agreement and variety against the scale
fig, ax = plt.subplots(figsize=(6.5, 3.3), layout="constrained")
for values, label, color, style in (
    (agreement_at, "read as the prompt says", plots.COLORS[0], "-o"),
    (variety_at, "variety, scans = 1", plots.COLORS[1], "--s"),
):
    ax.plot(range(len(scales)), values, style, color=color, label=label)
ax.set_xticks(range(len(scales)), labels=[f"{scale:g}" for scale in scales])
ax.set(
    title="How loud are the words?", xlabel="scale of the guidance", ylabel="share", ylim=(0, None)
)
ax.legend()
plots.show(
    fig,
    alt="Agreement rises with the scale from a tenth to nearly all; variety falls beyond scale 1.",
    caption="Agreement is bought with variety.",
)

# %% [markdown]
# **What you saw.** At scale 0 the reader finds the asked digit about once in ten, by chance. At 1 most are right, at 2
# nearly all; from there on nothing is gained, and variety goes on falling. At scale 0 the images of one prompt are any
# digits, so they vary more than the scans of one digit do.

# %% [markdown]
# **Experiment.** What lies between two images? Mixing pixels would show both at half strength. Mix the **noises**: two
# long vectors of independent noise stand nearly at right angles, so the way from one to the other is your circle of
# Exercise 2, which keeps the variance. On the straight line it falls to a half in the middle, and the model was never
# shown so little noise. Mix the **prompts** by mixing their velocities.


# %% experiment="digits_between"
# Experiment · Between two noises, and between two prompts
class Between(nn.Module):
    """Mixes the velocities of two prompts, which come side by side, (B, 2 · words); share (B,) is the second's."""

    def __init__(self, model: nn.Module, share: torch.Tensor) -> None:
        super().__init__()
        self.model, self.share = model, share[:, None, None, None]

    def forward(self, x: torch.Tensor, t: torch.Tensor, prompts: torch.Tensor) -> torch.Tensor:
        first, second = prompts.chunk(2, dim=1)
        return torch.lerp(self.model(x, t, first), self.model(x, t, second), self.share)


mixtures = torch.linspace(0, 1, 9, device=place)
generator = torch.Generator().manual_seed(4)
one, other = (
    torch.randn(1, 1, 8, 8, generator=generator).to(place).expand(9, -1, -1, -1) for _ in "ab"
)
bold_three, bold_eight = (
    torch.tensor([[DIGIT_WORDS.index(word) for word in ("bold", digit)]], device=place).expand(
        9, -1
    )
    for digit in ("three", "eight")
)
on_circle, _ = noised(one, other, mixtures)
on_line = torch.lerp(one, other, mixtures[:, None, None, None])
mixed_prompts = torch.cat([bold_three, bold_eight], dim=1)
between = torch.cat(
    [
        sample(digit_model, on_circle, bold_three, 20, 2.0),
        sample(digit_model, on_line, bold_three, 20, 2.0),
        sample(Between(digit_model, mixtures), one, mixed_prompts, 20, 2.0),
    ]
).cpu()

# %% figure="digits_between_shown"
# Figure · From one noise to another, and from three to eight
plots.show(
    plots.image_grid(
        ((between + 1) / 2).clamp(0, 1),
        [
            f"{way}{share:.2f}"
            for way in ("circle ", "line ", "prompt ")
            for share in mixtures.tolist()
        ],
        title="What lies between",
        columns=9,
    ),
    alt="Three rows of nine digits. A three turns into another three on the circle and on the line between two "
    "noises; a three turns into an eight between two prompts.",
    caption="Two noises mixed on the circle, on the straight line, and two prompts, three and eight.",
)

# %% [markdown]
# **What you saw.** No image on the way is two at half strength. Between the noises one three turns into another, and
# between the prompts it grows into an eight. In our run the circle and the line can hardly be told apart. Is it so at
# scale 1, too, where the prompt pulls less?
