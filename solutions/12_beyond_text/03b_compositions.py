# %% experiment="scenes_loaded"
# Experiment · A trained network that draws scenes
folder = find_model("scenes-dit-mini", needed=("config.json", "model.safetensors"))
scene_sizes = json.loads((folder / "config.json").read_text())
scene_model = Denoiser(**scene_sizes)
weights = load_file(folder / "model.safetensors")
scene_model.load_state_dict({name: value.float() for name, value in weights.items()})
scene_model.to(place).eval()
print(f"{sum(p.numel() for p in scene_model.parameters()):,} parameters")


def draw_from(
    prompts: torch.Tensor, seed: int = 0, scale: float = 2.0, steps: int = 20
) -> torch.Tensor:
    """Images (B, 3, SIDE, SIDE) of prompts (B, 7), by your sample."""
    generator = torch.Generator().manual_seed(seed)
    noise = torch.randn(len(prompts), 3, SIDE, SIDE, generator=generator).to(place)
    return sample(scene_model, noise, prompts.to(place), steps, scale).cpu()


asked = scene_prompts(4000, torch.Generator().manual_seed(7))
seen_prompts, unseen_prompts = asked[~is_unseen(asked)], asked[is_unseen(asked)]

# %% figure="scenes_unseen"
# Figure · Sentences that training left out
eight = draw_from(unseen_prompts[:8])
plots.show(
    plots.image_grid(
        ((eight + 1) / 2).clamp(0, 1),
        [sentence(prompt) for prompt in unseen_prompts[:8]],
        title="Never seen together in training",
        columns=4,
    ),
    alt="Eight drawn scenes of two shapes each, with their sentences.",
    caption="Each sentence has a red circle, a green square, a blue triangle or a yellow cross in it.",
)

# %% [markdown]
# A judge counts. It is no network: it cuts the image into connected areas and compares each with all kinds and sizes
# drawn by the code above. An image is right when there are two shapes and no more, both with the right size, color
# and kind, and the second where the relation says. First it judges images that the code drew.


# %% experiment="compositions"
# Experiment · How many sentences are drawn right?
generator = torch.Generator().manual_seed(3)
count = scaled(full=400, smoke=4)
by_code = torch.stack([draw_scene(prompt, generator) for prompt in unseen_prompts[:count]])


def share_right(images: torch.Tensor, prompts: torch.Tensor) -> float:
    """The share of images that the judge finds right."""
    return sum(map(is_right, images, prompts)) / len(prompts)


print(f"drawn by code:           {share_right(by_code, unseen_prompts[:count]):6.1%} right")
others = share_right(by_code, unseen_prompts[count : 2 * count])
print(f"judged by other prompts: {others:6.1%} right")
began = time.perf_counter()
unseen_images = draw_from(unseen_prompts[:count])
scene_seconds = (time.perf_counter() - began) / count
seen_right = share_right(draw_from(seen_prompts[:count]), seen_prompts[:count])
compositions_right = share_right(unseen_images, unseen_prompts[:count])
print(f"seen sentences:          {seen_right:6.1%} right")
print(f"unseen sentences:        {compositions_right:6.1%} right")
print(f"64 scenes take {64 * scene_seconds:.1f} seconds")

# %% [markdown]
# **What you saw.** Sentences with a pair that training never had are drawn right about as often as others: nearly
# always. The judge is not generous: it says no to images of other sentences, and is wrong about one in a hundred that
# the code drew. This world is small; a dozen pairs were enough here to learn colors and kinds apart. Large models still
# mix up who has which color.

# %% [markdown]
# **Experiment.** Which patch asked which word? Your `cross_attention` returned the weights, and `Asking` kept them.
# Halfway from noise to image, take the mean over all heads and blocks: seven maps, one a word.


# %% experiment="word_maps"
# Experiment · Weights of all patches for each word, halfway to the image
def word_maps(image: torch.Tensor, prompt: torch.Tensor, t: float = 0.5) -> torch.Tensor:
    """(7, side, side): the weight that each patch of a noisy image gives to each word."""
    noise = torch.randn(image.shape, generator=torch.Generator().manual_seed(0))
    x, _ = noised(image[None], noise[None], torch.tensor([t]))
    with torch.no_grad():
        scene_model(x.to(place), torch.tensor([t], device=place), prompt[None].to(place))
    weights = torch.stack([block.words.asked[0].cpu() for block in scene_model.blocks])
    side = scene_model.side
    return weights.mean(dim=(0, 1)).mT.unflatten(1, (side, side))  # (7, side, side)


above = unseen_prompts[unseen_prompts[:, 3] == SCENE_WORDS.index("above")][
    : scaled(full=50, smoke=2)
]
shown = draw_from(above)
maps = torch.stack([word_maps(image, prompt) for image, prompt in zip(shown, above, strict=True)])
upper, lower = (half.mean(dim=(0, 2, 3)) for half in maps.chunk(2, dim=2))  # (7,) each
for name, half in (("upper", upper), ("lower", lower)):
    print(
        f"{name} half: first shape {half[:3].sum():.2f}, relation {half[3]:.2f}, second {half[4:].sum():.2f}"
    )

# %% figure="word_maps_shown"
# Figure · One scene, and which patches asked which word
fig, axes = plt.subplots(1, 8, figsize=(10, 1.9), layout="constrained")
axes[0].imshow(((shown[0] + 1) / 2).clamp(0, 1).permute(1, 2, 0))
axes[0].set_title("drawn", fontsize=9)
for ax, one, word in zip(
    axes[1:], maps[0], sentence(above[0]).replace("left of", "left_of").split(), strict=True
):
    ax.imshow(one, cmap="viridis", vmin=0, vmax=maps[0].max())
    ax.set_title(word, fontsize=9)
for ax in axes:
    ax.set(xticks=[], yticks=[])
plots.show(
    fig,
    alt="A drawn scene and seven maps of six by six patches, one a word; bright where a patch asks the word.",
    caption="Bright: this patch takes much from this word.",
)

# %% [markdown]
# **What you saw.** Patches of the upper half take most from the words of the first shape, those of the lower half
# from the words of the second. Colors are asked for where the shape will be, at a time when half of the image is
# noise. The word of a shape may stay dark: the words have read each other before, so another one may carry it.
