# %% [markdown]
# Now train yours: a small one with a class token. It begins at random, with no word about neighbors.
# Two optimizers share the parameters, as in Lab 06, which explains Muon: Muon takes the matrices of all linear layers
# but the head, AdamW the rest. Labels are smoothed by 0.1: no image is a cat with full certainty. The learning rate
# rises for a tenth of the steps, then falls in a straight line to zero.

# %% experiment="vit_recipe"
# Experiment · Loss, schedule and optimizers of all trainings below
def flipped(images: torch.Tensor, labels: torch.Tensor, generator: torch.Generator) -> Batch:
    """Images (B, 3, H, W) uint8, half of them mirrored, and their labels."""
    return random_flip(images, generator), labels


def prepared(images: torch.Tensor) -> torch.Tensor:
    """What the models read: images (B, 3, 32, 32) uint8 → normalized floats."""
    return normalize(images, mean, std)


def smoothed_loss(model: nn.Module, batch: Batch) -> torch.Tensor:
    """Cross-entropy of a batch of bytes with smoothed labels."""
    return F.cross_entropy(model(prepared(batch[0])), batch[1], label_smoothing=0.1)


def rise_and_fall(progress: float) -> float:
    """The factor on the learning rate: up in the first tenth, then down to 0 in a straight line."""
    return min(progress / 0.1, (1 - progress) / 0.9)


def two_optimizers(model: nn.Module, factor: float = 1.0) -> list[torch.optim.Optimizer]:
    """Muon for the matrices of all linear layers but the head, AdamW for all other parameters."""
    layers = [m for m in model.modules() if isinstance(m, nn.Linear) and m.out_features != 10]
    if not layers:  # a plain convolutional net has none
        return [torch.optim.AdamW(model.parameters(), lr=5e-3 * factor, betas=(0.9, 0.95))]
    rates = {"muon_lr": 0.012 * factor, "adamw_lr": 5e-3 * factor}
    return muon_and_adamw(model, [m.weight for m in layers], **rates)


# %% experiment="vit_training"
# Experiment · A vision transformer learns the images
device.seed_everything(0)
vit = ViT(*scaled(full=(64, 4, 4), smoke=(32, 2, 2)), pool="token").to(place)
valid = valid_images.to(place), valid_labels.to(place)
batches = Batches(train_images, train_labels, batch_size=128, device=place, augment=flipped)
history = fit(
    vit,
    batches,
    smoothed_loss,
    steps=scaled(full=400, smoke=3),
    optimizer=two_optimizers(vit),
    schedule=rise_and_fall,
    evaluate=lambda model: {"validation accuracy": accuracy(model, *valid, prepared)},
    evaluate_every=scaled(full=100, smoke=None),
    title="ViT",
)
print(
    f"{history.samples:,} images in {history.seconds:.0f} s, validation {accuracy(vit, *valid, prepared):.1%}"
)

# %% [markdown]
# **What you saw.** It learns, and its curve still rises when the learning rate ends it: this is about one pass over
# CIFAR-10. Is that good or bad? A number without a rival says nothing. The next section brings two.

# %% [markdown]
# ### Question 1 · Shuffled patches (1 point · 5 min · ●○○)
#
# Take a ViT with mean pooling and without position embeddings, and shuffle the patches of an image. Answer in two or
# three sentences: *does the prediction change, and why?* What if the model has position embeddings?

# %% [markdown] manual="shuffled_patches" points=1
# It does not change. Attention and the feed-forward network treat all tokens alike, so the outputs are shuffled as the
# inputs are, and their average is the same: without positions the image is a bag of patches. With position embeddings
# each patch gets the vector of the place to which it was moved, so every sum changes, and with it the prediction.
