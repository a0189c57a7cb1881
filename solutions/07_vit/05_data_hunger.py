# %% [markdown]
# ## 5 · Data hunger
#
# A convolution knows before the first image that neighbors belong together, and uses one kernel everywhere. A ViT must
# find this out. So it should need more images. Does it? Both are trained on 1, 5, 20 and 100% of the images, each time
# for as many steps. Predict: which curve is steeper, and do they cross?
#
# The ViT starts at random. It is a small one with patches of 8, so 16 tokens, since eight trainings must fit in a few
# minutes.

# %% experiment="hunger_trainings"
# Experiment · Both models on 1% to 100% of the images
shares = [0.01, 0.05, 0.2, 1.0]
makers = {
    "LeNet-5": LeNet5,
    "ViT": lambda: ViT(*scaled(full=(64, 4, 4), smoke=(32, 1, 2)), patch=8, pool="mean"),
}
hunger = {name: [] for name in makers}
began = time.perf_counter()
for share in shares:
    some = int(share * len(train_labels))
    for name, make in makers.items():
        device.seed_everything(0)
        model = make().to(place)
        words = {"batch_size": 128, "device": place, "augment": flipped_and_cropped}
        few = Batches(train_images[:some], train_labels[:some], **words)
        optimizer = None if name == "LeNet-5" else muon_and_adamw(model)
        fit(
            model,
            few,
            vit_loss,
            steps=scaled(full=350, smoke=2),
            lr=5e-3,
            optimizer=optimizer,
            show=False,
        )
        hunger[name].append(accuracy(model, *valid, prepared))
        print(f"{name:8} {some:6,} images: {hunger[name][-1]:.1%}")
print(f"{time.perf_counter() - began:.0f} s")

# %% figure="hunger_plot"
# Figure · Accuracy against the number of images
fig, ax = plt.subplots(figsize=(7, 3.4), layout="constrained")
counts = [int(share * len(train_labels)) for share in shares]
words = {"xlabel": "training images", "ylabel": "validation accuracy", "x": counts}
plots.curves(ax, hunger, title="How much data a model needs", **words)
ax.set_xscale("log")
plots.show(
    fig,
    alt="Validation accuracy against the number of training images, on a logarithmic axis, for LeNet-5 and a ViT.",
    caption="The same number of steps for each point: with few images each is seen more often.",
)

# %% [markdown]
# **What you saw.** With 450 images LeNet is ahead: what it knows about neighbors is worth more than what so few images
# teach. With more images the ViT overtakes it, here between 1 and 5%: built-in knowledge helps while data is short. The
# gaps are of one point or less, so another seed may move the crossing. Both curves flatten at the end, for want of
# training, not of images: 350 batches of 128 are one pass over all of them.
