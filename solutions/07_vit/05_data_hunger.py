# %% [markdown]
# ## 5 · Data hunger
#
# A convolution knows before the first image that neighbors belong together, and uses one kernel everywhere. A ViT must
# find this out, so one reads that it needs more images. Is that what you see? LeNet-5 and a ViT are trained on 1, 5, 20
# and 100% of the images, each time for as many steps, and both by the same two optimizers. Predict: which curve is
# steeper?
#
# The ViT starts at random. It is a small one with patches of 8, so 16 tokens, since eight trainings must fit in a few
# minutes. Accuracy on training images stands beside that on validation images: the gap between them says whether a
# model is short of images or of steps.

# %% experiment="hunger_trainings"
# Experiment · Both models on 1% to 100% of the images
shares = [0.01, 0.05, 0.2, 1.0]
makers = {
    "LeNet-5": LeNet5,
    "ViT": lambda: ViT(*scaled(full=(64, 4, 4), smoke=(32, 1, 2)), patch=8, pool="mean"),
}
hunger = {name: [] for name in makers}
known = {name: [] for name in makers}
for share in shares:
    some = int(share * len(train_labels))
    for name, make in makers.items():
        device.seed_everything(0)
        model = make().to(place)
        words = {"batch_size": 128, "device": place, "augment": flipped_and_cropped}
        few = Batches(train_images[:some], train_labels[:some], **words)
        fit(
            model,
            few,
            vit_loss,
            steps=scaled(full=350, smoke=2),
            optimizer=two_optimizers(model),
            show=False,
        )
        hunger[name].append(accuracy(model, *valid, prepared))
        seen = train_images[: min(some, 5000)].to(place), train_labels[: min(some, 5000)].to(place)
        known[name].append(accuracy(model, *seen, prepared))
        print(
            f"{name:8} {some:6,} images: training {known[name][-1]:6.1%}, validation {hunger[name][-1]:.1%}"
        )

# %% figure="hunger_plot"
# Figure · Accuracy against the number of images
fig, ax = plt.subplots(figsize=(7, 3.4), layout="constrained")
counts = [int(share * len(train_labels)) for share in shares]
words = {"xlabel": "training images", "ylabel": "accuracy", "x": counts}
both = {f"{name}, validation": values for name, values in hunger.items()}
both |= {f"{name}, training": values for name, values in known.items()}
plots.curves(ax, both, title="350 steps on more and more images", **words)
ax.set_xscale("log")
plots.show(
    fig,
    alt="Accuracy on training and on validation images against the number of training images, on a logarithmic axis, "
    "for LeNet-5 and a ViT. Training falls and validation rises until they meet.",
    caption="The same number of steps for each point: with few images each is seen more often.",
)

# %% [markdown]
# **What you saw.** With 450 images both models know their training images by heart and fail on most others: they are
# short of images. With all of them, training and validation meet: they are short of steps, as 350 batches of 128 are
# one pass. The two validation curves differ by a few points. The optimizer moves them by more: with AdamW alone this
# ViT had 37 to 39% on 2,250 and on 45,000 images, where LeNet had 47 to 50%. Give one of them the better optimizer and
# you can draw either conclusion.
#
# So hunger is not seen here. Dosovitskiy et al. saw it where models are trained to the end: after 1.3 million images
# their large ViTs were behind large convolutional nets, after 300 million ahead.
